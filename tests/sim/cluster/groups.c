/* Process groups and membership between corosync's cores and the daemons: what libcpg, libquorum and
 * pacemaker/cluster do between processes. */
#include "tests/sim/cluster/cluster.h"

#include "corosync/cpg.h"
#include "pacemaker/cluster/cluster_wire.h"
#include "pacemaker/cluster/group_view.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

#define RETRY_US (10 * SIM_MS)
#define JOIN_RETRY_US (20 * SIM_MS)

#define S(ctx)  (((struct binding *)(ctx))->sim)
#define N(ctx)  (((struct binding *)(ctx))->node)

static const struct {
    const char *group;
    enum cluster_msg_type type;
    void (*message)(struct daemon *d, peer_t *from, xmlNode *msg);
} handlers[PARTS] = {
    [BASED] = {"cib", CMSG_CIB, based_message},
    [FENCED] = {"stonith-ng", CMSG_STONITH_NG, fenced_message},
    [ATTRD] = {"attrd", CMSG_ATTRD, attrd_message},
    [CONTROLD] = {"crmd", CMSG_CRMD, controld_message},
};

static struct host *host_of(struct sim *s, const struct sim_node *n)
{
    return &((struct world *)s->upper)->host[n->index];
}

bool group_ready(struct host *h)
{
    struct sim_node *n = h->node;

    return n->alive && n->installed != NULL && n->totem->state == TOTEM_OPERATIONAL
           && !sync_in_progress(n->sync);
}

/* ---- from corosync to a daemon ---- */

struct bytes {
    uint32_t nodeid, length;
    char data[];
};

static char *name_of(void *arg, uint32_t id)
{
    struct world *c = arg;

    return id >= 1 && id <= c->n ? strdup(c->host[id - 1].name) : NULL;
}

static struct group_view view_of(struct daemon *d)
{
    return (struct group_view){
        .group = handlers[d->part].group, .peers = d->peers, .own_id = d->host->index + 1,
        .own_pid = (uint32_t)d->pid, .own_name = d->host->name, .name_of = name_of, .arg = d->host->cluster,
        .now = host_wall(d->host),
    };
}

static void take_message(void *owner, void *data)
{
    struct daemon *d = owner;
    const struct bytes *bytes = data;
    struct host *h = d->host;
    char sender[CLUSTER_NAME_MAX + 1];
    XML_AUTO xmlNode *msg = NULL;
    int rc = cluster_wire_decode(bytes->data, bytes->length, bytes->nodeid, h->index + 1, h->name, sender,
                                 &msg);

    if (rc == -ENOENT || d->peers == NULL) {
        return;
    }
    if (rc < 0) {
        cluster_fail(h->cluster, h, "an unusable message for %s", part_name((int)d->part));
        return;
    }
    peer_t *from = peers_get(d->peers, bytes->nodeid, sender[0] != '\0' ? sender : NULL);

    if (from != NULL) {
        xml_set(msg, "src", from->name);
        handlers[d->part].message(d, from, msg);
    }
}

static void on_deliver(void *ctx, struct cpg_conn *conn, const struct cpg_message *message)
{
    struct daemon *d = conn->user;
    struct bytes *bytes = g_malloc(sizeof *bytes + message->length);

    bytes->nodeid = message->nodeid;
    bytes->length = message->length;
    memcpy(bytes->data, message->data, message->length);
    daemon_post(d, COROSYNC, take_message, bytes, g_free);
}

struct lists {
    size_t members, left, joined;
    struct cpg_address address[];
};

static void take_change(void *owner, void *data)
{
    struct daemon *d = owner;
    const struct lists *l = data;
    struct group_view view = view_of(d);
    const struct cpg_address *left = l->address + l->members, *joined = left + l->left;

    if (d->peers != NULL
        && !group_view_change(&view, l->address, l->members, left, l->left, joined, l->joined)) {
        cluster_fail(d->host->cluster, d->host, "%s is not in its own group", part_name((int)d->part));
    }
}

static void copy(struct cpg_address *to, const struct cpg_address *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i];
    }
}

static void on_change(void *ctx, struct cpg_conn *conn, const struct cpg_change *change)
{
    size_t n = change->n_members + change->n_left + change->n_joined;
    struct lists *l = g_malloc(sizeof *l + n * sizeof l->address[0]);

    l->members = change->n_members;
    l->left = change->n_left;
    l->joined = change->n_joined;
    copy(l->address, change->members, l->members);
    copy(l->address + l->members, change->left, l->left);
    copy(l->address + l->members + l->left, change->joined, l->joined);
    daemon_post(conn->user, COROSYNC, take_change, l, g_free);
}

static void on_totem_conf(void *ctx, struct cpg_conn *conn, const struct totem_ring *ring,
                          const uint32_t *members, size_t count)
{
}

static int on_send(void *ctx, const struct iovec *iov, unsigned n_iov)
{
    return layers_send(S(ctx), N(ctx), iov, n_iov);
}

static void on_log(void *ctx, int priority, const char *text)
{
    sim_note(S(ctx), N(ctx), "  cpg: %s", text);
}

/* ---- the place of groups.c in the ring's simulator ---- */

static void flush_leaves(void *owner, void *data)
{
    struct host *h = owner;

    if (h->node->alive && !cpg_core_flush(h->node->cpg)) {
        host_task(h, RETRY_US, flush_leaves, NULL, NULL);
    }
}

void groups_boot(struct sim *s, struct sim_node *n)
{
    struct cpg_ops ops = {
        .ctx = node_binding(s, n), .send = on_send, .deliver = on_deliver, .change = on_change,
        .totem_conf = on_totem_conf, .log = on_log,
    };

    n->cpg = cpg_core_new(n->id, &ops);
    assert(n->cpg != NULL);
}

static void disconnect(struct daemon *d)
{
    if (d->connected) {
        cpg_conn_remove(d->host->node->cpg, &d->conn);
        d->connected = d->asked = false;
    }
}

static void lost(void *owner, void *data)
{
    struct daemon *d = owner;

    if (d->part == CONTROLD) {
        controld_lost_cluster(d);
    } else {
        daemon_exit_soon(d, d->part == FENCED ? CRM_EX_OK : CRM_EX_DISCONNECT);
    }
}

void groups_stop(struct sim *s, struct sim_node *n)
{
    struct host *h = host_of(s, n);

    for (unsigned i = 0; i < PARTS; i++) {
        struct daemon *d = &h->daemon[i];

        if (d->connected) {
            disconnect(d);
            daemon_post(d, COROSYNC, lost, NULL, NULL);
        }
    }
    cpg_core_free(n->cpg);
    n->cpg = NULL;
}

void groups_wakeup(struct sim *s, struct sim_node *n)
{
}

void groups_check_end(struct sim *s)
{
}

/* ---- from a daemon to corosync ---- */

static void flush(void *owner, void *data);

static void flush_after(struct daemon *d, uint64_t us)
{
    if (d->flush == 0) {
        d->flush = daemon_task(d, us, flush, NULL, NULL);
    }
}

static void ask_to_join(struct daemon *d)
{
    struct cpg_name name = {0};

    name.length = (uint32_t)strlen(handlers[d->part].group) + 1;
    memcpy(name.value, handlers[d->part].group, name.length);
    d->asked = cpg_conn_join(d->host->node->cpg, &d->conn, &name, (uint32_t)d->pid, 0) == CS_OK;
}

/* Everything a daemon wants of corosync goes in order; while services synchronise corosync takes nothing. */
static void flush(void *owner, void *data)
{
    struct daemon *d = owner;
    struct cluster_bytes *bytes;

    d->flush = 0;
    if (!d->connected) {
        return;
    }
    if (!group_ready(d->host)) {
        flush_after(d, RETRY_US);
        return;
    }
    if (!d->asked) {
        ask_to_join(d);
    }
    while (d->asked && (bytes = g_queue_peek_head(&d->outbox)) != NULL) {
        if (cpg_conn_mcast(d->host->node->cpg, &d->conn, 0, bytes->data, (uint32_t)bytes->size) != CS_OK) {
            break;
        }
        free(g_queue_pop_head(&d->outbox));
    }
    if (!d->asked || !g_queue_is_empty(&d->outbox)) {
        flush_after(d, d->asked ? RETRY_US : JOIN_RETRY_US);
    }
}

bool group_join(struct daemon *d, bool autoreap)
{
    if (!d->host->node->alive) {
        return false;
    }
    memset(&d->conn, 0, sizeof d->conn);
    d->conn.user = d;
    cpg_conn_add(d->host->node->cpg, &d->conn);
    d->connected = true;
    d->asked = false;
    d->peers = d->peers != NULL ? d->peers : peers_new(autoreap, NULL);
    peers_get(d->peers, d->host->index + 1, d->host->name);
    flush_after(d, channel_delay(d->host, (int)d->part, COROSYNC));
    return true;
}

void group_leave(struct daemon *d)
{
    d->flush = 0;
    g_queue_clear_full(&d->outbox, free);
    if (d->connected) {
        disconnect(d);
        host_task(d->host, RETRY_US, flush_leaves, NULL, NULL);
    }
}

void group_send(struct daemon *d, const char *to, enum cluster_msg_type type, const xmlNode *msg)
{
    const peer_t *peer = to != NULL ? peers_find(d->peers, 0, to) : NULL;

    if (to != NULL && peer == NULL) {
        note(d->host, "%s cannot send to unknown node %s", part_name((int)d->part), to);
        return;
    }
    if (!d->connected) {
        return;
    }
    g_queue_push_tail(&d->outbox, cluster_wire_encode(msg, ++d->next_id, (uint32_t)d->pid,
                                                      peer != NULL ? peer->id : 0,
                                                      peer != NULL ? peer->name : NULL, type, d->host->name,
                                                      handlers[d->part].type));
    flush_after(d, channel_delay(d->host, (int)d->part, COROSYNC));
}

/* ---- quorum, for the controller ---- */

struct quorum_news {
    bool quorate;
    uint64_t ring_seq;
    uint32_t count;
    uint32_t id[SIM_MAX_NODES];
};

static void take_quorum(void *owner, void *data)
{
    struct daemon *d = owner;
    const struct quorum_news *news = data;
    struct group_view view = view_of(d);

    if (d->peers != NULL) {
        group_view_members(&view, news->id, news->count, news->ring_seq);
        controld_quorum(d, news->quorate, news->ring_seq);
    }
}

static void tell_quorum(struct daemon *d, bool quorate, const uint32_t *members, size_t count,
                        uint64_t ring_seq)
{
    struct quorum_news *news = g_new0(struct quorum_news, 1);

    *news = (struct quorum_news){.quorate = quorate, .ring_seq = ring_seq, .count = (uint32_t)count};
    for (size_t i = 0; i < count && i < SIM_MAX_NODES; i++) {
        news->id[i] = members[i];
    }
    daemon_post(d, QUORUM, take_quorum, news, g_free);
}

void group_track_quorum(struct daemon *d)
{
    struct sim_node *n = d->host->node;
    const uint32_t *members;
    size_t count = vq_members(n->vq, &members);

    for (unsigned i = 0; i < d->host->cluster->n; i++) {
        peers_get(d->peers, i + 1, d->host->cluster->host[i].name);
    }
    tell_quorum(d, n->quorate, members, count, vq_ring(n->vq).seq);
}

void group_quorum(struct sim *s, struct sim_node *n, bool quorate, const uint32_t *members, size_t count,
                  const struct totem_ring *ring)
{
    struct host *h = host_of(s, n);
    struct daemon *d = daemon_of(h, CONTROLD);

    if (count > 0 && d->running && d->connected) {
        tell_quorum(d, quorate, members, count, ring->seq);
    }
}
