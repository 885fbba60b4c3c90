/* The peer cache (peers.h, messaging.md §2.7). */
#include "config.h"

#include "pacemaker/cluster/peers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "pacemaker/common/log.h"

/* Entries in order of creation; the tables stay far below this. */
#define PEERS_MAX 65536u

struct table {
    peer_t **items;
    size_t count, capacity;
};

struct peers {
    bool autoreap;
    void (*free_data)(void *);
    peer_changed_fn changed;
    void *arg;
    struct table cluster, remote;
};

static void *must(void *pointer)
{
    if (pointer == NULL) {
        abort();
    }
    return pointer;
}

static bool same_name(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}

static const char *state_text(enum peer_state state)
{
    return state == PEER_MEMBER ? "member" : state == PEER_LOST ? "lost" : "unset";
}

static const char *shown(const peer_t *peer)
{
    return peer->name != NULL ? peer->name : peer->uuid != NULL ? peer->uuid : "unknown";
}

static void notify(peers_t *peers, enum peer_change what, peer_t *peer, enum peer_state old_state,
                   uint32_t old_processes)
{
    if (peers->changed != NULL) {
        peers->changed(peers, what, peer, old_state, old_processes, peers->arg);
    }
}

static void set_text(char **field, const char *text)
{
    char *copy = text != NULL ? must(strdup(text)) : NULL;

    free(*field);
    *field = copy;
}

static void append(struct table *table, peer_t *peer)
{
    if (table->count == table->capacity) {
        table->capacity = table->capacity > 0 ? 2 * table->capacity : 16;
        table->items = must(realloc(table->items, table->capacity * sizeof(*table->items)));
    }
    table->items[table->count++] = peer;
}

static bool in_table(const struct table *table, const peer_t *peer)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->items[i] == peer) {
            return true;
        }
    }
    return false;
}

static void drop(peers_t *peers, struct table *table, peer_t *peer)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->items[i] == peer) {
            memmove(&table->items[i], &table->items[i + 1], (table->count - i - 1) * sizeof(*table->items));
            table->count--;
            break;
        }
    }
    if (peer->data != NULL && peers->free_data != NULL) {
        peers->free_data(peer->data);
    }
    free(peer->name);
    free(peer->uuid);
    free(peer->expected);
    free(peer);
}

static void remove_peer(peers_t *peers, struct table *table, peer_t *peer)
{
    log_info("Removing node %s from membership cache | id=%u state=%s", shown(peer), (unsigned)peer->id,
             state_text(peer->state));
    notify(peers, PEER_REMOVED, peer, peer->state, peer->processes);
    if (in_table(table, peer)) {
        drop(peers, table, peer);
    }
}

peers_t *peers_new(bool autoreap, void (*free_data)(void *))
{
    peers_t *peers = must(calloc(1, sizeof(*peers)));

    peers->autoreap = autoreap;
    peers->free_data = free_data;
    return peers;
}

void peers_free(peers_t *peers)
{
    struct table *tables[] = {&peers->cluster, &peers->remote};

    for (size_t i = 0; i < 2; i++) {
        while (tables[i]->count > 0) {
            drop(peers, tables[i], tables[i]->items[tables[i]->count - 1]);
        }
        free(tables[i]->items);
    }
    free(peers);
}

void peers_on_change(peers_t *peers, peer_changed_fn fn, void *arg)
{
    peers->changed = fn;
    peers->arg = arg;
}

/* ---- finding ---- */

static peer_t *by_id(const peers_t *peers, uint32_t id)
{
    for (size_t i = 0; id != 0 && i < peers->cluster.count; i++) {
        if (peers->cluster.items[i]->id == id) {
            return peers->cluster.items[i];
        }
    }
    return NULL;
}

static peer_t *by_name(const struct table *table, const char *name)
{
    for (size_t i = 0; name != NULL && i < table->count; i++) {
        if (same_name(table->items[i]->name, name)) {
            return table->items[i];
        }
    }
    return NULL;
}

peer_t *peers_find(const peers_t *peers, uint32_t id, const char *name)
{
    peer_t *with_name = by_name(&peers->cluster, name);
    peer_t *with_id = by_id(peers, id);

    if (with_id != NULL) {
        return with_id;
    }
    /* the same name under another id is another node */
    return with_name != NULL && id != 0 && with_name->id != 0 && with_name->id != id ? NULL : with_name;
}

peer_t *peers_find_uuid(const peers_t *peers, const char *uuid)
{
    const struct table *tables[] = {&peers->cluster, &peers->remote};

    for (size_t t = 0; uuid != NULL && t < 2; t++) {
        for (size_t i = 0; i < tables[t]->count; i++) {
            peer_t *peer = tables[t]->items[i];

            if (peer->uuid != NULL && strcasecmp(peer->uuid, uuid) == 0) {
                return peer;
            }
        }
    }
    return NULL;
}

peer_t *peers_find_remote(const peers_t *peers, const char *name)
{
    return by_name(&peers->remote, name);
}

/* ---- creating ---- */

static void learn_id(peer_t *peer, uint32_t id)
{
    char uuid[16];

    peer->id = id;
    snprintf(uuid, sizeof(uuid), "%u", (unsigned)id);
    set_text(&peer->uuid, uuid);
    log_info("Node %s has uuid %s", shown(peer), uuid);
}

/* Entries that cannot stand beside (id, name): the name has moved to another id. */
static void drop_conflict(peers_t *peers, uint32_t id, const char *name)
{
    peer_t *with_id = by_id(peers, id);
    peer_t *with_name = by_name(&peers->cluster, name);

    if (with_name == NULL || with_name == with_id || id == 0 || with_name->id == 0 || with_name->id == id) {
        return;
    }
    if (with_id != NULL && same_name(with_id->name, name)) {
        log_crit("Node %s changed its id from %u to %u", name, (unsigned)with_name->id, (unsigned)id);
        remove_peer(peers, &peers->cluster, with_name);
    } else if (with_name->state != PEER_MEMBER) {
        /* an offline entry left over from before the node got a new id */
        log_warn("Node %u is now known as %s; forgetting the offline node %u of that name", (unsigned)id,
                 name, (unsigned)with_name->id);
        remove_peer(peers, &peers->cluster, with_name);
    }
}

static void learn_name(peers_t *peers, peer_t *peer, const char *name)
{
    for (const char *c = name; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z') {
            log_warn("Node names with capitals are discouraged, consider changing '%s'", name);
            break;
        }
    }
    set_text(&peer->name, name);
    log_info("Node %u is now known as %s", (unsigned)peer->id, name);
    notify(peers, PEER_NAME, peer, peer->state, peer->processes);
}

peer_t *peers_get(peers_t *peers, uint32_t id, const char *name)
{
    if (id == 0 && name == NULL) {
        return NULL;
    }
    drop_conflict(peers, id, name);

    peer_t *peer = peers_find(peers, id, name);

    if (peer == NULL) {
        if (peers->cluster.count >= PEERS_MAX) {
            log_crit("Too many nodes are known; ignoring node %u", (unsigned)id);
            return NULL;
        }
        peer = must(calloc(1, sizeof(*peer)));
        append(&peers->cluster, peer);
        log_info("Created entry for node %s | id=%u", name != NULL ? name : "(unknown)", (unsigned)id);
    }
    if (id != 0 && peer->id == 0) {
        learn_id(peer, id);
    }
    if (name != NULL && (peer->name == NULL || strcasecmp(peer->name, name) != 0)) {
        learn_name(peers, peer, name);
        /* the owner's callback may have changed the table */
        return in_table(&peers->cluster, peer) ? peer : NULL;
    }
    return peer;
}

peer_t *peers_get_remote(peers_t *peers, const char *name)
{
    peer_t *peer = by_name(&peers->remote, name);
    peer_t *cluster = by_name(&peers->cluster, name);

    if (name == NULL) {
        return NULL;
    }
    if (cluster != NULL && cluster->uuid == NULL) {
        /* it was taken for a cluster node before anything but the name was known */
        remove_peer(peers, &peers->cluster, cluster);
    }
    if (peer == NULL) {
        if (peers->remote.count >= PEERS_MAX) {
            log_crit("Too many remote nodes are known; ignoring %s", name);
            return NULL;
        }
        peer = must(calloc(1, sizeof(*peer)));
        peer->remote = true;
        set_text(&peer->name, name);
        set_text(&peer->uuid, name);
        append(&peers->remote, peer);
        notify(peers, PEER_NAME, peer, peer->state, peer->processes);
        return by_name(&peers->remote, name);
    }
    return peer;
}

void peers_forget_remote(peers_t *peers, const char *name)
{
    peer_t *peer = by_name(&peers->remote, name);

    if (peer != NULL) {
        remove_peer(peers, &peers->remote, peer);
    }
}

/* ---- changing ---- */

unsigned peers_reap(peers_t *peers, uint32_t id, const char *name)
{
    unsigned removed = 0;
    size_t i = 0;

    while ((id != 0 || name != NULL) && i < peers->cluster.count) {
        peer_t *peer = peers->cluster.items[i];
        bool matches = id != 0 ? peer->id == id : same_name(peer->name, name);

        if (matches && !peer_active(peer)) {
            remove_peer(peers, &peers->cluster, peer);
            removed++;
            i = 0;
        } else {
            i++;
        }
    }
    return removed;
}

void peers_set_state(peers_t *peers, peer_t *peer, enum peer_state state, uint64_t membership, long long now)
{
    enum peer_state old = peer->state;
    struct table *table = peer->remote ? &peers->remote : &peers->cluster;

    if (state == PEER_MEMBER) {
        peer->when_lost = 0;
        if (membership != 0) {
            peer->last_seen = membership;
        }
    }
    if (old == state) {
        return;
    }
    peer->state = state;
    if (state == PEER_LOST) {
        peer->when_lost = now;
    }
    log_notice("Node %s state is now %s | nodeid=%u previous=%s", shown(peer), state_text(state),
               (unsigned)peer->id, old == PEER_UNKNOWN ? "unknown" : state_text(old));
    notify(peers, PEER_STATE, peer, old, peer->processes);
    if (state == PEER_LOST && peers->autoreap && !peer->remote && in_table(table, peer)) {
        remove_peer(peers, table, peer);
    }
}

void peers_set_processes(peers_t *peers, peer_t *peer, uint32_t processes)
{
    uint32_t old = peer->processes;

    if (peer->remote || old == processes) {
        return;
    }
    peer->processes = processes;
    log_info("Node %s is %s our process group | id=%u", shown(peer),
             (processes & PEER_PROC_CPG) != 0 ? "in" : "no longer in", (unsigned)peer->id);
    notify(peers, PEER_PROCESSES, peer, peer->state, old);
    if (peers->autoreap && in_table(&peers->cluster, peer)) {
        peers_set_state(peers, peer, (processes & PEER_PROC_CPG) != 0 ? PEER_MEMBER : PEER_LOST, 0, 0);
    }
}

/* ---- counting and walking ---- */

bool peer_active(const peer_t *peer)
{
    return peer != NULL && !peer->remote && peer->state == PEER_MEMBER &&
           (peer->processes & PEER_PROC_CPG) != 0;
}

unsigned peers_active_count(const peers_t *peers)
{
    unsigned count = 0;

    for (size_t i = 0; i < peers->cluster.count; i++) {
        count += peer_active(peers->cluster.items[i]) ? 1 : 0;
    }
    return count;
}

unsigned peers_count(const peers_t *peers, bool remote)
{
    return (unsigned)(remote ? peers->remote.count : peers->cluster.count);
}

/* fn may change the table: walk a copy and leave out what is gone. */
static void walk(struct table *table, void (*fn)(peer_t *peer, void *arg), void *arg)
{
    size_t count = table->count;

    if (count == 0) {
        return;
    }
    peer_t **copy = must(malloc(count * sizeof(*copy)));

    memcpy(copy, table->items, count * sizeof(*copy));
    for (size_t i = 0; i < count; i++) {
        if (in_table(table, copy[i])) {
            fn(copy[i], arg);
        }
    }
    free(copy);
}

void peers_foreach(peers_t *peers, void (*fn)(peer_t *peer, void *arg), void *arg)
{
    walk(&peers->cluster, fn, arg);
}

void peers_foreach_remote(peers_t *peers, void (*fn)(peer_t *peer, void *arg), void *arg)
{
    walk(&peers->remote, fn, arg);
}
