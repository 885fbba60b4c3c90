/*
 * Situations in which clusters of this kind are known to suffer, and how they must be got through.
 */
#include "sim.h"

/* A good network and n nodes that are going to boot at once. */
static void good_cluster(struct sim *s, unsigned n)
{
    struct totem_config config;
    char err[256];
    int rc;

    s->rng = 42;
    s->n_nodes = n;
    totem_config_defaults(&config);
    config.my_id = 1;
    rc = totem_config_derive(&config, n, &s->config, err, sizeof(err));
    assert(rc == 0);
    s->delay = 100;
    s->jitter = 50;
    s->app_max_size = 8000;
    s->votes = (struct vq_config) {
        .have_nodelist = true, .node_count = n, .votes_sum = n, .own_votes = 1,
            .last_man_standing_window = 1000,
    };
    s->exclusive_quorum = true;
    for (unsigned i = 0; i < n; i++) {
        s->node[i].index = (uint16_t) i;
        s->node[i].id = i + 1;
        s->node[i].mtu = TOTEM_MAX_FRAME;
    }
}

static void boot(struct sim *s, unsigned index, uint64_t at)
{
    events_push(s, (struct event) {.at = at, .kind = EVENT_RESTART, .node = (uint16_t) index});
}

static void boot_all(struct sim *s)
{
    for (unsigned i = 0; i < s->n_nodes; i++) {
        boot(s, i, sim_below(s, 20 * SIM_MS));
    }
}

static void wait_settled(struct sim *s, uint64_t limit, const char *when)
{
    uint64_t from = s->now;

    if (!s->failed && !scenario_advance(s, s->now + limit, scenario_settled) && !s->failed) {
        sim_fail(s, NULL, "not settled %s within %llu ms", when, (unsigned long long) (limit / SIM_MS));
    }
    sim_note(s, NULL, "settled %s after %.1f ms", when, (double) (s->now - from) / SIM_MS);
}

/* All nodes send as fast as a budget of bytes per second lets them. */
static void load(struct sim *s, uint32_t interval)
{
    s->app_interval = interval;
    s->app_budget = UINT64_MAX;
    for (unsigned i = 0; i < s->n_nodes; i++) {
        if (s->node[i].alive) {
            app_boot(s, &s->node[i]);
        }
    }
}

static bool in_ring(const struct sim_node *n, const struct sim_node *peer)
{
    return n->installed != NULL && node_list_has(&n->installed->members, peer->id);
}

/*
 * A node that gets only 0.1 MB/s while the others send far more. The others stay together, whatever becomes
 * of it, and go on.
 */
static void slow_link(struct sim *s)
{
    uint64_t before;

    good_cluster(s, 4);
    boot_all(s);
    wait_settled(s, 2 * SIM_SECOND, "at first");
    s->node[3].ingress = (struct ingress) {.bytes_per_ms = 100, .queue = 64 * 1024};
    load(s, 2000);
    for (unsigned second = 0; second < 60 && !s->failed; second++) {
        before = s->node[0].delivered_count;
        for (unsigned part = 0; part < 100 && !s->failed; part++) {
            scenario_advance(s, s->now + 100 * SIM_MS, NULL);
            if (!in_ring(&s->node[0], &s->node[1]) || !in_ring(&s->node[0], &s->node[2]) ||
                !in_ring(&s->node[1], &s->node[2])) {
                sim_fail(s, NULL, "the ring of the good nodes fell apart");
            }
        }
        sim_note(s, NULL, "%llu messages in 10 s",
                 (unsigned long long) (s->node[0].delivered_count - before));
        if (s->node[0].delivered_count == before) {
            sim_fail(s, NULL, "nothing delivered for 10 s");
        }
    }
}

static bool everybody_has_all(struct sim *s)
{
    for (unsigned i = 0; i < s->n_nodes; i++) {
        if (s->node[i].delivered_count != s->n_messages) {
            return false;
        }
    }
    return true;
}

/*
 * The last messages before silence are lost on the way to one node: holding the token must not keep it
 * waiting.
 */
static void last_message_lost(struct sim *s)
{
    uint64_t from;

    good_cluster(s, 3);
    boot_all(s);
    wait_settled(s, 2 * SIM_SECOND, "at first");
    scenario_advance(s, s->now + SIM_SECOND, NULL);
    for (unsigned i = 0; i < 5; i++) {
        app_send(s, &s->node[0], 100, false);
    }
    s->link[0][2].loss = 100;
    scenario_advance(s, s->now + SIM_MS, NULL);
    s->link[0][2].loss = 0;
    from = s->now;
    if (!s->failed && !scenario_advance(s, s->now + 50 * SIM_MS, everybody_has_all)) {
        sim_fail(s, NULL, "not sent again within 50 ms");
    }
    sim_note(s, NULL, "sent again after %.1f ms", (double) (s->now - from) / SIM_MS);
    scenario_advance(s, s->now + SIM_SECOND, NULL);
    if (s->node[0].totem->stats.mcast_retx > 10 || !s->node[0].totem->token_held) {
        sim_fail(s, NULL, "the ring does not come to rest");
    }
}

static bool newcomer_synchronised(struct sim *s)
{
    const struct sim_node *n = &s->node[s->n_nodes - 1];

    return n->installed != NULL && n->installed->members.n == s->n_nodes && !sync_in_progress(n->sync);
}

/* A node starts while the others send all the time. */
static void join_under_load(struct sim *s)
{
    uint64_t from;

    good_cluster(s, 4);
    for (unsigned i = 0; i < 3; i++) {
        boot(s, i, 0);
    }
    scenario_advance(s, 2 * SIM_SECOND, NULL);
    load(s, 500);
    scenario_advance(s, s->now + 5 * SIM_SECOND, NULL);
    s->app_interval = 500;
    boot(s, 3, s->now);
    from = s->now;
    if (!s->failed && !scenario_advance(s, s->now + 3 * s->config.token * SIM_MS, newcomer_synchronised) &&
        !s->failed) {
        sim_fail(s, NULL, "not a member within three token times");
    }
    sim_note(s, NULL, "joined after %.1f ms", (double) (s->now - from) / SIM_MS);
}

/* A big cluster starts, and clients on all nodes join groups at once. */
static void storm_of_joins(struct sim *s)
{
    good_cluster(s, 32);
    s->client_interval = 1000;
    boot_all(s);
    scenario_advance(s, 500 * SIM_MS, NULL);
    s->calm = true;
    wait_settled(s, 5 * SIM_SECOND, "after the start");
    if (!s->failed) {
        groups_check_end(s);
        quorum_check_end(s);
    }
}

/*
 * Frames that never get through to one node, as when they are larger than the queue of its link. It drops out
 * and the others go on.
 */
static void blocked_link(struct sim *s)
{
    uint64_t before;

    good_cluster(s, 4);
    boot_all(s);
    wait_settled(s, 2 * SIM_SECOND, "at first");
    s->node[3].ingress = (struct ingress) {.bytes_per_ms = 100, .queue = 3000};
    load(s, 2000);
    scenario_advance(s, s->now + 60 * SIM_SECOND, NULL);
    before = s->node[0].delivered_count;
    scenario_advance(s, s->now + 120 * SIM_SECOND, NULL);
    if (!in_ring(&s->node[0], &s->node[1]) || !in_ring(&s->node[0], &s->node[2])) {
        sim_fail(s, NULL, "the ring of the good nodes fell apart");
    }
    sim_note(s, NULL, "%llu messages in 120 s", (unsigned long long) (s->node[0].delivered_count - before));
    if (s->node[0].delivered_count - before < 1000) {
        sim_fail(s, NULL, "only %llu messages delivered in 120 s",
                 (unsigned long long) (s->node[0].delivered_count - before));
    }
}

/* Three nodes started together are one ring within a second. */
static void cold_start(struct sim *s)
{
    good_cluster(s, 3);
    boot_all(s);
    wait_settled(s, SIM_SECOND, "after the start");
}

static const struct {
    const char *name;
    void (*run)(struct sim *s);
} pains[] = {
    {"a slow link under load: the others stay together", slow_link},
    {"frames never reach a node: the others go on", blocked_link},
    {"the last message is lost: it is sent again at once", last_message_lost},
    {"a node starts under load: it joins soon", join_under_load},
    {"a storm of joins on a cold start settles", storm_of_joins},
    {"three nodes form a ring within a second", cold_start},
};

unsigned pains_count(void)
{
    return sizeof(pains) / sizeof(pains[0]);
}

const char *pains_name(unsigned pain)
{
    return pains[pain].name;
}

bool pains_run(struct sim *s, unsigned pain)
{
    pains[pain].run(s);
    scenario_end(s);
    return !s->failed;
}
