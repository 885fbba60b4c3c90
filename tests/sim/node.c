/*
 * One node: drives a totem core as corosync's main loop would.
 */
#include "sim.h"

#include <stdarg.h>

static struct binding bindings[SIM_MAX_NODES];

#define S(ctx)  (((struct binding *) (ctx))->sim)
#define N(ctx)  (((struct binding *) (ctx))->node)

static const char *const type_name[] = {"token", "mcast", "merge", "join", "commit", "cancel"};
static const char *const timer_name[] = {
    "token", "warn", "retrans", "hold", "merge", "join", "consensus", "heartbeat",
};

/* A frame in a few words, for the trace. */
static const char *frame_text(const uint8_t *p, size_t len, char *buf, size_t size)
{
    struct token token;
    struct commit commit;
    struct join join;
    char proc[256], failed[256];
    struct totem_ring ring;

    switch (p[HDR_TYPE]) {
    case WIRE_ORF_TOKEN:
        if (token_decode(&token, p, len)) {
            snprintf(buf, size, "token %x.%llx seq %u token_seq %u aru %x/%u flg %u rtr %u backlog %u fcc %u",
                     token.ring.rep, (unsigned long long) token.ring.seq, token.seq, token.token_seq,
                     token.aru,
                     token.aru_addr, token.retrans_flg, token.n_rtr, token.backlog, token.fcc);
        }
        break;
    case WIRE_COMMIT_TOKEN:
        if (commit_decode(&commit, p, len)) {
            snprintf(buf, size, "commit %x.%llx {%s} index %u token_seq %u", commit.ring.rep,
                     (unsigned long long) commit.ring.seq, node_list_text(&commit.addr, proc, sizeof(proc)),
                     commit.index, commit.token_seq);
        }
        break;
    case WIRE_JOIN:
        if (join_decode(&join, p, len)) {
            snprintf(buf, size, "%s from %u proc {%s} failed {%s} ring_seq %llx",
                     join.leave ? "leave" : "join",
                     join.from, node_list_text(&join.proc, proc, sizeof(proc)),
                     node_list_text(&join.failed, failed, sizeof(failed)),
                     (unsigned long long) join.ring_seq);
        }
        break;
    case WIRE_MCAST:
        ring = get_ring(p + MCAST_RING);
        snprintf(buf, size, "mcast %x.%llx seq %u from %u%s len %zu", ring.rep, (unsigned long long) ring.seq,
                 get32(p + MCAST_SEQ), get32(p + MCAST_FROM),
                 p[HDR_ENCAPSULATED] == WIRE_ENCAPSULATED ? " recovered" : "", len);
        break;
    default:
        snprintf(buf, size, "%s from %u", p[HDR_TYPE] < WIRE_TYPES ? type_name[p[HDR_TYPE]] : "?",
                 get32(p + HDR_NODEID));
        break;
    }
    return buf;
}

static void note_frame(struct sim *s, struct sim_node *n, const char *what, const void *frame, size_t len)
{
    char text[1024] = "?";

    if (s->trace) {
        sim_note(s, n, "%s %s", what, frame_text(frame, len, text, sizeof(text)));
    }
}

static void on_send_all(void *ctx, const void *frame, size_t len, uint32_t delay_max)
{
    struct sim *s = S(ctx);
    uint64_t wait = delay_max == 0 ? 0 : sim_below(s, delay_max * SIM_MS + 1);

    note_frame(s, N(ctx), "< all:", frame, len);
    check_wire(s, N(ctx), frame, len);
    network_send_all(s, N(ctx), frame, len, wait);
}

static void on_send_token(void *ctx, uint32_t target, const void *frame, size_t len)
{
    char to[32];

    if (S(ctx)->trace) {
        snprintf(to, sizeof(to), "< %u:", target);
        note_frame(S(ctx), N(ctx), to, frame, len);
    }
    network_send_one(S(ctx), N(ctx), target, frame, len);
}

static void on_arm(void *ctx, enum totem_timer timer, uint32_t ms)
{
    struct sim *s = S(ctx);
    struct sim_node *n = N(ctx);

    n->timer[timer].armed = true;
    n->timer[timer].generation = ++s->next_generation;
    events_push(s, (struct event) {
        .at = s->now + ms * SIM_MS, .kind = EVENT_TIMER, .node = n->index, .life = n->life, .timer = timer,
        .generation = s->next_generation,
    });
}

static void on_cancel(void *ctx, enum totem_timer timer)
{
    N(ctx)->timer[timer].armed = false;
}

static void on_deliver(void *ctx, enum totem_group group, uint32_t from, const void *body, size_t len)
{
    layers_deliver(S(ctx), N(ctx), group, from, body, len);
}

static void on_confchg(void *ctx, const struct totem_confchg *change)
{
    check_confchg(S(ctx), N(ctx), change);
    layers_confchg(S(ctx), N(ctx), change);
}

static void on_persist(void *ctx, uint64_t ring_seq)
{
    N(ctx)->stored_ring_seq = ring_seq;
}

static void on_hook(void *ctx, enum totem_hook hook)
{
    if (hook == TOTEM_HOOK_SENT) {
        layers_token(S(ctx), N(ctx));
    }
}

static void on_log(void *ctx, int priority, const char *text)
{
    if (S(ctx)->trace) {
        sim_note(S(ctx), N(ctx), "  %s", text);
    }
}

static uint64_t on_stat_now(void *ctx)
{
    return S(ctx)->now / SIM_MS;
}

static const struct totem_ops ops = {
    .send_all = on_send_all,
    .send_token = on_send_token,
    .arm = on_arm,
    .cancel = on_cancel,
    .deliver = on_deliver,
    .confchg = on_confchg,
    .persist = on_persist,
    .hook = on_hook,
    .log = on_log,
    .stat_now = on_stat_now,
};

struct binding *node_binding(struct sim *s, struct sim_node *n)
{
    bindings[n->index] = (struct binding) {.sim = s, .node = n};
    return &bindings[n->index];
}

void node_boot(struct sim *s, struct sim_node *n)
{
    struct totem_config config = s->config;

    assert(!n->alive);
    config.my_id = n->id;
    config.netmtu = n->mtu;
    n->life++;
    n->alive = true;
    n->paused_until = 0;
    n->last_self_arrival = 0;
    memset(n->timer, 0, sizeof(n->timer));
    n->totem = totem_new(&config, &ops, node_binding(s, n));
    assert(n->totem != NULL);
    sim_note(s, n, "boots, stored ring seq %llx", (unsigned long long) n->stored_ring_seq);
    check_boot(s, n);
    layers_boot(s, n);
    totem_start(n->totem, n->stored_ring_seq);
    check_step(s, n);
}

void node_stop(struct sim *s, struct sim_node *n)
{
    layers_stop(s, n);
    totem_free(n->totem);
    n->totem = NULL;
    n->alive = false;
}

void node_crash(struct sim *s, struct sim_node *n)
{
    sim_note(s, n, "crashes");
    node_stop(s, n);
}

void node_leave(struct sim *s, struct sim_node *n)
{
    sim_note(s, n, "leaves");
    totem_leave(n->totem);
    node_stop(s, n);
}

void node_frame(struct sim *s, struct sim_node *n, const struct event *e)
{
    unsigned flags = 0;

    /* the driver throws away what is queued after a pause, section 7 */
    if (e->packet->data[HDR_TYPE] == WIRE_JOIN && n->paused_until == s->now &&
        n->paused_until - n->paused_at > s->config.token * SIM_MS / 2) {
        flags = TOTEM_FRAME_STALE;
    }
    note_frame(s, n, ">", e->packet->data, e->packet->len);
    totem_recv(n->totem, e->packet->data, e->packet->len, flags);
    check_step(s, n);
}

void node_timer(struct sim *s, struct sim_node *n, const struct event *e)
{
    if (!n->timer[e->timer].armed || n->timer[e->timer].generation != e->generation) {
        return;
    }
    n->timer[e->timer].armed = false;
    sim_note(s, n, "> timer %s in %s", timer_name[e->timer], totem_state_name(totem_state(n->totem)));
    totem_timer_expired(n->totem, (enum totem_timer) e->timer);
    check_step(s, n);
}
