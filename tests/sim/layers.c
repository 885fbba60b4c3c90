/*
 * Above the ring: the synchronisation of services, as corosync's engine does it, and the way of messages to
 * services.
 */
#include "sim.h"

#define S(ctx)  (((struct binding *) (ctx))->sim)
#define N(ctx)  (((struct binding *) (ctx))->node)

/* Services without code: only in the list of some nodes, to have different lists. */
#define EMPTY_SERVICE_1 3
#define EMPTY_SERVICE_2 9

static int on_send(void *ctx, const void *msg, size_t len)
{
    struct iovec iov = {.iov_base = (void *) (uintptr_t) msg, .iov_len = len};

    return totem_send(N(ctx)->totem, TOTEM_GROUP_SYNC, &iov, 1, TOTEM_AGREED) == 0 ? 0 : -1;
}

static void on_init(void *ctx, int32_t service, const uint32_t *trans, size_t trans_count,
                    const uint32_t *members,
                    size_t member_count, const struct totem_ring *ring)
{
    if (service == GROUPS_SERVICE) {
        cpg_core_sync_init(N(ctx)->cpg, trans, trans_count, members, member_count, ring);
    } else if (service == QUORUM_SERVICE) {
        vq_sync_init(N(ctx)->vq, members, member_count, ring);
        N(ctx)->device_synced = S(ctx)->now;
    }
}

static int on_process(void *ctx, int32_t service)
{
    if (service == GROUPS_SERVICE) {
        return cpg_core_sync_process(N(ctx)->cpg);
    }
    return service == QUORUM_SERVICE ? vq_sync_process(N(ctx)->vq) : 0;
}

static void on_activate(void *ctx, int32_t service)
{
    if (service == GROUPS_SERVICE) {
        cpg_core_sync_activate(N(ctx)->cpg);
    } else if (service == QUORUM_SERVICE) {
        vq_sync_activate(N(ctx)->vq);
    }
}

static void on_abort(void *ctx, int32_t service)
{
    if (service == GROUPS_SERVICE) {
        cpg_core_sync_abort(N(ctx)->cpg);
    }
}

static void on_want_token(void *ctx)
{
    N(ctx)->sync_wants_token = true;
    totem_hook_register(N(ctx)->totem, TOTEM_HOOK_SENT);
}

static void on_complete(void *ctx)
{
    N(ctx)->syncs++;
    sim_note(S(ctx), N(ctx), "  synchronised");
    totem_trans_ack(N(ctx)->totem);
}

static const struct sync_ops ops = {
    .send = on_send,
    .init = on_init,
    .process = on_process,
    .activate = on_activate,
    .abort = on_abort,
    .want_token = on_want_token,
    .complete = on_complete,
};

static void set_services(struct sim *s, struct sim_node *n)
{
    int32_t ids[8];
    size_t count = 0;

    ids[count++] = GROUPS_SERVICE;
    if (sim_chance(s, 20)) {
        ids[count++] = EMPTY_SERVICE_1;
    }
    ids[count++] = QUORUM_SERVICE;
    if (sim_chance(s, 20)) {
        ids[count++] = EMPTY_SERVICE_2;
    }
    sync_set_services(n->sync, ids, count);
}

void layers_boot(struct sim *s, struct sim_node *n)
{
    n->stopping = false;
    n->sync_wants_token = false;
    n->sync = sync_new(&ops, node_binding(s, n));
    assert(n->sync != NULL);
    groups_boot(s, n);
    quorum_boot(s, n);
    set_services(s, n);
    app_boot(s, n);
}

void layers_stop(struct sim *s, struct sim_node *n)
{
    n->stopping = true;
    groups_stop(s, n);
    quorum_stop(n);
    sync_free(n->sync);
    n->sync = NULL;
}

void layers_token(struct sim *s, struct sim_node *n)
{
    if (n->sync_wants_token) {
        n->sync_wants_token = false;
        sync_token(n->sync);
    }
}

void layers_confchg(struct sim *s, struct sim_node *n, const struct totem_confchg *change)
{
    sync_confchg(n->sync, change->transitional, change->members, change->n_members, &change->ring);
}

int layers_send(struct sim *s, struct sim_node *n, const struct iovec *iov, unsigned n_iov)
{
    return !n->stopping && totem_send(n->totem, TOTEM_GROUP_A, iov, n_iov, TOTEM_AGREED) == 0 ? 0 : -1;
}

void layers_deliver(struct sim *s, struct sim_node *n, enum totem_group group, uint32_t from,
                    const uint8_t *body, size_t len)
{
    uint32_t id;

    if (group == TOTEM_GROUP_SYNC) {
        sync_message(n->sync, from, body, len);
        return;
    }
    if (len < sizeof(proto_request) || get32(body + 8) != len) {
        sim_fail(s, n, "garbled message of %zu bytes from %u", len, from);
        return;
    }
    id = get32(body);
    switch (id >> 16) {
    case GROUPS_SERVICE:
        cpg_core_receive(n->cpg, id & 0xffff, body, len, from);
        break;
    case QUORUM_SERVICE:
        vq_receive(n->vq, id & 0xffff, body, len, from);
        break;
    case APP_SERVICE:
        app_receive(s, n, from, body, len);
        break;
    default:
        sim_fail(s, n, "message of unknown service %u from %u", id >> 16, from);
        break;
    }
}
