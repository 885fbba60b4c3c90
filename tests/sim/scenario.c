/*
 * From a seed to a cluster, a time of faults, and a calm in which everything must come together again.
 */
#include "sim.h"

#define SETTLE_LIMIT    (180 * SIM_SECOND)  /* virtual time a calm cluster may take to become one ring */

/* Few nodes mostly, up to 64 now and then. */
static unsigned pick_nodes(struct sim *s)
{
    unsigned dice = (unsigned) sim_below(s, 1000);

    if (dice < 850) {
        return (unsigned) (1 + sim_below(s, 6));
    }
    if (dice < 970) {
        return (unsigned) (7 + sim_below(s, 6));
    }
    return dice < 995 ? (unsigned) (13 + sim_below(s, 16)) : (unsigned) (29 + sim_below(s, 36));
}

static uint32_t pick_mtu(struct sim *s)
{
    static const uint32_t mtus[] = {400, 1500, 1500, 9000, 65536, 65536};

    return mtus[sim_below(s, sizeof(mtus) / sizeof(mtus[0]))];
}

static void pick_config(struct sim *s)
{
    struct totem_config c;
    char err[256];
    int rc;

    totem_config_defaults(&c);
    c.my_id = 1;
    c.token = (uint32_t) (300 + sim_below(s, 1500));
    c.token_coefficient = 100;
    c.heartbeat_failures_allowed = sim_chance(s, 10) ? 3 : 0;
    c.cancel_token_hold_on_retransmit = sim_chance(s, 30);
    c.send_join = sim_chance(s, 20) ? 30 : 0;
    c.seqno_unchanged_const = sim_chance(s, 30) ? 5 : 30;
    c.miss_count_const = (uint32_t) (1 + sim_below(s, 6));
    if (sim_chance(s, 20)) {
        c.window_size = 10;
        c.max_messages = 3;
    }
    if (sim_chance(s, 20)) {
        c.fail_recv_const = (uint32_t) (10 + sim_below(s, 50));
    }
    rc = totem_config_derive(&c, s->n_nodes, &s->config, err, sizeof(err));
    assert(rc == 0);
}

/* The weather: how bad the network is between faults. */
static void pick_weather(struct sim *s)
{
    s->loss = sim_chance(s, 50) ? 0 : (uint8_t) sim_below(s, sim_chance(s, 20) ? 31 : 6);
    s->duplicate = sim_chance(s, 60) ? 0 : (uint8_t) sim_below(s, 10);
    s->reorder = sim_chance(s, 50) ? 0 : (uint8_t) sim_below(s, 50);
    s->delay = (uint32_t) (50 + sim_below(s, sim_chance(s, 20) ? 20000 : 1000));
    s->jitter = (uint32_t) sim_below(s, 2 * s->delay);
}

void scenario_setup(struct sim *s, unsigned nodes)
{
    unsigned picked;

    s->rng = s->seed * 0x2545f4914f6cdd1dull + 1;
    picked = pick_nodes(s);
    s->n_nodes = nodes > 0 ? nodes : picked;
    pick_config(s);
    pick_weather(s);
    s->loopback_mcast = sim_chance(s, 50);
    s->app_interval = (uint32_t) (3000 + sim_below(s, 100000)) * (1 + s->n_nodes / 4);
    s->app_max_size = sim_chance(s, 4) ? 1000000 : sim_chance(s, 30) ? 100000 : 5000;
    s->app_budget = sim_chance(s, 5) ? 4000000 : 300000;
    s->client_interval = sim_chance(s, 60) ? s->app_interval : 0;
    quorum_pick(s);
    s->snipe = sim_chance(s, 25) ? (uint32_t) (20 + sim_below(s, 200)) : 0;
    s->fault_interval = (uint32_t) (100000 + sim_below(s, 4 * SIM_SECOND));
    s->chaos_until = (2 + sim_below(s, 12)) * SIM_SECOND;
    if (s->n_nodes > 16) {
        s->chaos_until = (3 + sim_below(s, 5)) * SIM_SECOND;
    }
    for (unsigned i = 0; i < s->n_nodes; i++) {
        s->node[i].index = (uint16_t) i;
        s->node[i].id = i + 1;
        s->node[i].mtu = pick_mtu(s);
        s->node[i].stored_ring_seq = sim_chance(s, 80) ? 0 : sim_below(s, 1000);
    }
    for (unsigned i = 0; i < s->n_nodes; i++) {
        events_push(s, (struct event) {
            .at = sim_chance(s, 70) ? sim_below(s, 50000) : sim_below(s, s->chaos_until),
                .kind = EVENT_RESTART,
            .node = (uint16_t) i,
        });
    }
    events_push(s, (struct event) {.at = sim_below(s, 3 * SIM_SECOND), .kind = EVENT_FAULT});
}

/* ---- faults ---- */

static void fault_partition(struct sim *s)
{
    unsigned parts = (unsigned) (2 + sim_below(s, 2));
    uint8_t side[SIM_MAX_NODES];
    char text[4 * SIM_MAX_NODES + 1];
    int used = 0;

    for (unsigned i = 0; i < s->n_nodes; i++) {
        side[i] = (uint8_t) sim_below(s, parts);
        used += snprintf(text + used, sizeof(text) - (size_t) used, " %u", side[i]);
    }
    for (unsigned i = 0; i < s->n_nodes; i++) {
        for (unsigned j = 0; j < s->n_nodes; j++) {
            s->link[i][j].cut = side[i] != side[j];
        }
    }
    sim_note(s, NULL, "network parts, side of each node:%s", text);
}

static void heal(struct sim *s)
{
    for (unsigned i = 0; i < s->n_nodes; i++) {
        s->node[i].ingress.bytes_per_ms = 0;
    }
    memset(s->link, 0, sizeof(s->link));
    sim_note(s, NULL, "all connections are good");
}

static void fault_link(struct sim *s)
{
    unsigned i = (unsigned) sim_below(s, s->n_nodes), j = (unsigned) sim_below(s, s->n_nodes);
    struct link *l = &s->link[i][j];

    switch (sim_below(s, 4)) {
    case 0:
        l->cut = !l->cut;
        break;
    case 1:
        l->loss = (uint8_t) sim_below(s, 60);
        break;
    case 2:
        l->extra_delay = (uint32_t) sim_below(s, 50000);
        break;
    default:
        l->bytes_per_ms = sim_chance(s, 50) ? 0 : (uint32_t) (100 + sim_below(s, 1000));
        break;
    }
    sim_note(s, NULL, "connection %u to %u: %s, loss %u %%, delay %u us, %u bytes/ms", i + 1, j + 1,
             l->cut ? "cut" : "up", l->loss, l->extra_delay, l->bytes_per_ms);
}

static void fault_pause(struct sim *s, struct sim_node *n)
{
    n->paused_at = s->now;
    n->paused_until = s->now + sim_below(s, 3 * s->config.token * SIM_MS);
    sim_note(s, n, "does not run until %llu ms", (unsigned long long) (n->paused_until / SIM_MS));
}

static void fault_restart(struct sim *s, struct sim_node *n)
{
    events_push(s, (struct event) {
        .at = s->now + sim_below(s, sim_chance(s, 50) ? 20000 : 3 * SIM_SECOND), .kind = EVENT_RESTART,
        .node = n->index,
    });
}

static void fault_slow(struct sim *s)
{
    struct sim_node *n = &s->node[sim_below(s, s->n_nodes)];

    n->ingress = (struct ingress) {
        .bytes_per_ms = (uint32_t) (50 + sim_below(s, 2000)), .queue = (uint32_t) (70000 + sim_below(s,
                                                                                                     500000)),
    };
    sim_note(s, n, "gets no more than %u bytes/ms, with a queue of %u", n->ingress.bytes_per_ms,
             n->ingress.queue);
}

/* As a daemon does whose clients cannot keep up. */
static void fault_hold_back(struct sim *s, struct sim_node *n)
{
    bool hold_back = sim_chance(s, 50);

    totem_hold_back(n->totem, hold_back);
    if (hold_back && sim_chance(s, 50)) {
        totem_let_through(n->totem, (uint32_t) sim_below(s, 60));
    }
    sim_note(s, n, "%s", hold_back ? "holds the ring back" : "does not hold the ring back");
    check_step(s, n);
}

static void fault_node(struct sim *s)
{
    struct sim_node *n = &s->node[sim_below(s, s->n_nodes)];

    if (!n->alive) {
        return;
    }
    switch (sim_below(s, 9)) {
    case 0:
    case 1:
    case 2:
        node_crash(s, n);
        fault_restart(s, n);
        break;
    case 3:
        node_leave(s, n);
        fault_restart(s, n);
        break;
    case 4:
        sim_note(s, n, "is forced to gather");
        totem_force_gather(n->totem);
        check_step(s, n);
        break;
    case 5:
        sim_note(s, n, "interface change");
        totem_iface_changed(n->totem);
        check_step(s, n);
        break;
    case 6:
        fault_hold_back(s, n);
        break;
    default:
        fault_pause(s, n);
        break;
    }
}

void scenario_fault(struct sim *s)
{
    if (s->calm) {
        return;
    }
    switch (sim_below(s, 11)) {
    case 0:
    case 1:
        fault_partition(s);
        break;
    case 2:
    case 3:
        heal(s);
        break;
    case 4:
    case 5:
        fault_link(s);
        break;
    case 6:
        pick_weather(s);
        sim_note(s, NULL, "weather: loss %u %%, duplicates %u %%, reordering %u %%, delay %u + %u us",
                 s->loss,
                 s->duplicate, s->reorder, s->delay, s->jitter);
        break;
    case 7:
        fault_slow(s);
        break;
    default:
        fault_node(s);
        break;
    }
    events_push(s, (struct event) {.at = s->now + sim_below(s, 2 * (uint64_t) s->fault_interval),
        .kind = EVENT_FAULT});
}

/* ---- running ---- */

static void restart(struct sim *s, struct sim_node *n)
{
    if (!n->alive) {
        node_boot(s, n);
    }
}

static void node_event(struct sim *s, struct sim_node *n, const struct event *e)
{
    if (!n->alive || e->life != n->life) {
        return;
    }
    if (n->paused_until > s->now) {
        struct event later = *e;

        later.at = n->paused_until;
        if (later.packet != NULL) {
            later.packet->refs++;
        }
        events_push(s, later);
        return;
    }
    if (s->snipe > 0 && !s->calm && n->totem->state > TOTEM_GATHER && sim_below(s, s->snipe) == 0) {
        node_crash(s, n);
        fault_restart(s, n);
        return;
    }
    switch (e->kind) {
    case EVENT_FRAME:
        node_frame(s, n, e);
        break;
    case EVENT_TIMER:
        node_timer(s, n, e);
        break;
    case EVENT_APP:
        app_wakeup(s, n);
        break;
    case EVENT_CLIENT:
        groups_wakeup(s, n);
        break;
    case EVENT_VOTE_TIMER:
        quorum_timer(s, n, e);
        break;
    case EVENT_DEVICE:
        device_wakeup(s, n);
        break;
    default:
        break;
    }
}

bool scenario_advance(struct sim *s, uint64_t until, bool (*done)(struct sim *))
{
    struct event e;
    uint64_t look = s->now;

    while (!s->failed && events_pop(s, &e)) {
        if (e.at > until) {
            events_push(s, e);
            break;
        }
        s->now = e.at;
        s->steps++;
        if (e.kind == EVENT_RESTART) {
            restart(s, &s->node[e.node]);
        } else if (e.kind == EVENT_FAULT) {
            scenario_fault(s);
        } else {
            node_event(s, &s->node[e.node], &e);
        }
        packet_unref(e.packet);
        if (done != NULL && s->now >= look) {
            look = s->now + 5 * SIM_MS;
            if (done(s)) {
                return true;
            }
        }
    }
    if (s->now < until && !s->failed) {
        s->now = until;
    }
    return done == NULL;
}

bool scenario_settled(struct sim *s)
{
    struct node_list alive = {.n = 0};
    struct sim_node *first = NULL;

    for (unsigned i = 0; i < s->n_nodes; i++) {
        if (s->node[i].alive) {
            node_list_add(&alive, s->node[i].id);
        }
    }
    for (unsigned i = 0; i < s->n_nodes; i++) {
        struct sim_node *n = &s->node[i];

        if (!n->alive) {
            continue;
        }
        first = first == NULL ? n : first;
        if (n->paused_until > s->now || n->totem->state != TOTEM_OPERATIONAL ||
            sync_in_progress(n->sync) || n->installed == NULL ||
            n->installed != first->installed || !node_list_same(&n->installed->members, &alive) ||
            n->totem->new_q.n > 0 || n->totem->stage.n > 0 ||
            n->totem->high_delivered != first->totem->high_delivered ||
            (s->votes.device && !device_settled(n))) {
            return false;
        }
    }
    return true;
}

static void settle(struct sim *s, const char *when)
{
    if (!s->failed && !scenario_advance(s, s->now + SETTLE_LIMIT, scenario_settled) && !s->failed) {
        sim_fail(s, NULL, "no single ring of the living nodes %s", when);
    }
}

static void send_mandatory(struct sim *s)
{
    for (unsigned i = 0; i < s->n_nodes; i++) {
        if (s->node[i].alive) {
            app_send(s, &s->node[i], 10 + (uint32_t) sim_below(s, 300), true);
        }
    }
}

/*
 * Faults end; what is left to send comes out, also what waits in the transitional class for another change.
 */
static void calm(struct sim *s)
{
    struct sim_node *n;

    s->calm = true;
    s->app_budget = 0;
    s->loss = s->duplicate = s->reorder = 0;
    s->delay = 200;
    s->jitter = 100;
    heal(s);
    for (unsigned i = 0; i < s->n_nodes; i++) {
        if (s->node[i].alive) {
            totem_hold_back(s->node[i].totem, false);
        }
    }
    settle(s, "after the faults ended");
    for (unsigned tries = 0; tries < 3 && !s->failed; tries++) {
        scenario_advance(s, s->now + sim_below(s, 2 * SIM_SECOND), NULL);
    }
    settle(s, "in the calm");
    if (s->failed) {
        return;
    }
    send_mandatory(s);
    settle(s, "after the last messages");
    do {
        n = &s->node[sim_below(s, s->n_nodes)];
    } while (!n->alive);
    if (!s->failed) {
        sim_note(s, n, "is forced to gather");
        totem_force_gather(n->totem);
        settle(s, "after a forced gather");
    }
}

void scenario_end(struct sim *s)
{
    for (unsigned i = 0; i < s->n_nodes; i++) {
        if (s->node[i].alive) {
            node_stop(s, &s->node[i]);
        }
    }
    events_free(s);
}

bool scenario_run(struct sim *s)
{
    scenario_advance(s, s->chaos_until, NULL);
    for (unsigned i = 0; i < s->n_nodes; i++) {
        if (!s->node[i].alive && !sim_chance(s, 20)) {
            fault_restart(s, &s->node[i]);
        }
    }
    if (!s->failed) {
        restart(s, &s->node[sim_below(s, s->n_nodes)]);
        calm(s);
    }
    if (!s->failed) {
        check_end(s);
    }
    scenario_end(s);
    return !s->failed;
}
