/*
 * Clients that join and leave process groups and send to them. What must hold: a client hears of every change
 * of its group's members, messages of a process come in the order they were sent, and in the end all nodes
 * know the same processes, exactly those that are there.
 */
#include "sim.h"

#define S(ctx)  (((struct binding *) (ctx))->sim)
#define N(ctx)  (((struct binding *) (ctx))->node)

/* What a client sends. */
struct content {
    uint32_t node;
    uint32_t slot;
    uint32_t pid;
    uint32_t number;
};

static struct cpg_name group_name(unsigned group)
{
    struct cpg_name name = {.length = 6};

    snprintf(name.value, sizeof(name.value), "group%u", group % 10);
    return name;
}

static int on_send(void *ctx, const struct iovec *iov, unsigned n_iov)
{
    return layers_send(S(ctx), N(ctx), iov, n_iov);
}

static void on_deliver(void *ctx, struct cpg_conn *conn, const struct cpg_message *message)
{
    struct client *c = conn->user;
    struct content content;
    uint32_t *heard, *heard_pid;

    if (message->length < sizeof(content)) {
        sim_fail(S(ctx), N(ctx), "group message of %u bytes", message->length);
        return;
    }
    memcpy(&content, message->data, sizeof(content));
    if (content.node + 1 != message->nodeid || content.pid != message->pid || content.slot >= SIM_CLIENTS) {
        sim_fail(S(ctx), N(ctx), "garbled group message of node %u", message->nodeid);
        return;
    }
    heard = &c->heard[content.node][content.slot];
    heard_pid = &c->heard_pid[content.node][content.slot];
    if (*heard_pid == content.pid && content.number <= *heard) {
        sim_fail(S(ctx), N(ctx), "group message %u of process %u after its %u", content.number, content.pid,
                 *heard);
    }
    *heard = content.number;
    *heard_pid = content.pid;
}

static bool same_process(const struct cpg_address *a, const struct cpg_address *b)
{
    return a->nodeid == b->nodeid && a->pid == b->pid;
}

static bool address_in(const struct cpg_address *list, size_t n, const struct cpg_address *address)
{
    for (size_t i = 0; i < n; i++) {
        if (same_process(&list[i], address)) {
            return true;
        }
    }
    return false;
}

/* The members a client was told must be those it knew, plus who joined, minus who left. */
static void check_change(struct sim *s, struct sim_node *n, const struct client *c,
                         const struct cpg_change *change)
{
    for (size_t i = 0; i < change->n_members; i++) {
        if (!address_in(c->members, c->n_members, &change->members[i]) &&
            !address_in(change->joined, change->n_joined, &change->members[i])) {
            sim_fail(s, n, "process %u of node %u is a member of %s but never joined", change->members[i].pid,
                     change->members[i].nodeid, change->group->value);
        }
    }
    for (size_t i = 0; i < c->n_members; i++) {
        if (!address_in(change->members, change->n_members, &c->members[i]) &&
            !address_in(change->left, change->n_left, &c->members[i])) {
            sim_fail(s, n, "process %u of node %u is gone from %s but never left", c->members[i].pid,
                     c->members[i].nodeid, change->group->value);
        }
    }
}

static void on_change(void *ctx, struct cpg_conn *conn, const struct cpg_change *change)
{
    struct client *c = conn->user;
    struct sim_node *n = N(ctx);

    sim_note(S(ctx), n, "  client %u: %s has %zu members, %zu joined, %zu left", conn->pid,
             change->group->value,
             change->n_members, change->n_joined, change->n_left);
    if (change->n_members > SIM_MAX_NODES * SIM_CLIENTS) {
        sim_fail(S(ctx), n, "%zu members of %s", change->n_members, change->group->value);
        return;
    }
    if (c->informed) {
        check_change(S(ctx), n, c, change);
    }
    c->informed = true;
    c->n_members = change->n_members;
    for (size_t i = 0; i < change->n_members; i++) {
        c->members[i] = change->members[i];
    }
}

static void on_totem_conf(void *ctx, struct cpg_conn *conn, const struct totem_ring *ring,
                          const uint32_t *members,
                          size_t count)
{
}

static void on_log(void *ctx, int priority, const char *text)
{
    sim_note(S(ctx), N(ctx), "  cpg: %s", text);
}

static void wake_later(struct sim *s, struct sim_node *n)
{
    events_push(s, (struct event) {
        .at = s->now + 1 + sim_below(s, 2 * (uint64_t) s->client_interval), .kind = EVENT_CLIENT,
        .node = n->index,
        .life = n->life,
    });
}

static void connect_client(struct sim *s, struct sim_node *n, unsigned slot)
{
    struct client *c = &n->client[slot];

    memset(&c->conn, 0, sizeof(c->conn));
    memset(c->heard_pid, 0, sizeof(c->heard_pid));
    c->conn.user = c;
    c->node = n->index;
    c->slot = (uint16_t) slot;
    c->sent = 0;
    c->informed = false;
    c->n_members = 0;
    c->connected = true;
    cpg_conn_add(n->cpg, &c->conn);
}

void groups_boot(struct sim *s, struct sim_node *n)
{
    struct cpg_ops ops = {
        .ctx = node_binding(s, n),
        .send = on_send,
        .deliver = on_deliver,
        .change = on_change,
        .totem_conf = on_totem_conf,
        .log = on_log,
    };

    n->cpg = cpg_core_new(n->id, &ops);
    assert(n->cpg != NULL);
    if (s->client_interval > 0) {
        wake_later(s, n);
    }
}

void groups_stop(struct sim *s, struct sim_node *n)
{
    for (unsigned i = 0; i < SIM_CLIENTS; i++) {
        if (n->client[i].connected) {
            cpg_conn_remove(n->cpg, &n->client[i].conn);
            n->client[i].connected = false;
        }
    }
    cpg_core_free(n->cpg);
    n->cpg = NULL;
}

static void join(struct sim *s, struct sim_node *n, struct client *c)
{
    struct cpg_name name = group_name((unsigned) sim_below(s, SIM_GROUPS));
    uint32_t pid = ++s->next_pid;

    c->informed = false;
    c->group = name;
    if (cpg_conn_join(n->cpg, &c->conn, &name, pid, 0) == CS_OK) {
        sim_note(s, n, "< client %u joins %s", pid, name.value);
    }
}

static void say(struct sim *s, struct sim_node *n, struct client *c)
{
    struct content content = {.node = n->index, .slot = c->slot, .pid = c->conn.pid, .number = c->sent + 1};

    if (cpg_conn_mcast(n->cpg, &c->conn, 0, &content, sizeof(content)) == CS_OK) {
        c->sent++;
    }
}

static void leave(struct sim *s, struct sim_node *n, struct client *c)
{
    struct cpg_name name = c->group;

    if (cpg_conn_leave(n->cpg, &c->conn, &name, c->conn.pid) == CS_OK) {
        sim_note(s, n, "< client %u leaves %s", c->conn.pid, name.value);
    }
}

static void act(struct sim *s, struct sim_node *n, unsigned slot)
{
    struct client *c = &n->client[slot];
    unsigned dice = (unsigned) sim_below(s, 10);

    if (!c->connected) {
        connect_client(s, n, slot);
    } else if (c->conn.state == CPG_UNJOINED) {
        join(s, n, c);
    } else if (dice == 0) {
        sim_note(s, n, "< client %u disconnects", c->conn.pid);
        cpg_conn_remove(n->cpg, &c->conn);
        c->connected = false;
    } else if (dice == 1) {
        leave(s, n, c);
    } else {
        say(s, n, c);
    }
}

void groups_wakeup(struct sim *s, struct sim_node *n)
{
    cpg_core_flush(n->cpg);
    if (!s->calm && (!sync_in_progress(n->sync) || sim_chance(s, 10))) {
        act(s, n, (unsigned) sim_below(s, SIM_CLIENTS));
    }
    wake_later(s, n);
}

/* ---- the end ---- */

static bool exists(const struct sim *s, const struct cpg_name *group, uint32_t nodeid, uint32_t pid)
{
    const struct sim_node *n = &s->node[nodeid - 1];

    for (unsigned i = 0; n->alive && i < SIM_CLIENTS; i++) {
        const struct cpg_conn *conn = &n->client[i].conn;

        if (n->client[i].connected && conn->state == CPG_JOINED && conn->pid == pid &&
            strcmp(n->client[i].group.value, group->value) == 0) {
            return true;
        }
    }
    return false;
}

static size_t count_joined(const struct sim *s)
{
    size_t count = 0;

    for (unsigned i = 0; i < s->n_nodes; i++) {
        for (unsigned j = 0; s->node[i].alive && j < SIM_CLIENTS; j++) {
            count += s->node[i].client[j].connected && s->node[i].client[j].conn.state == CPG_JOINED;
        }
    }
    return count;
}

void groups_check_end(struct sim *s)
{
    for (unsigned i = 0; i < s->n_nodes && !s->failed; i++) {
        struct sim_node *n = &s->node[i];
        struct cpg_walk walk = {0};
        const struct cpg_name *group;
        uint32_t nodeid, pid;

        if (!n->alive) {
            continue;
        }
        while (cpg_core_walk(n->cpg, &walk, &group, &nodeid, &pid)) {
            if (nodeid == 0 || nodeid > s->n_nodes || !exists(s, group, nodeid, pid)) {
                sim_fail(s, n, "knows process %u of node %u in %s, which is not there", pid, nodeid,
                         group->value);
            }
        }
        if (cpg_core_process_count(n->cpg) != count_joined(s)) {
            sim_fail(s, n, "knows %zu processes, there are %zu", cpg_core_process_count(n->cpg),
                     count_joined(s));
        }
    }
}
