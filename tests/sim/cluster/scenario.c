/* A seed's run: a cluster starts, suffers, and must come together again. */
#include "tests/sim/cluster/cluster.h"

#include <stdarg.h>
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"

#define START_LIMIT_S 300u
#define CALM_LIMIT_S 1800u
#define POLL_US (5 * SIM_SECOND)
#define STEPS_PER_POLL 3000000u     /* more events in a poll interval: something runs in circles */

static struct world *present;

void cluster_fail(struct world *c, const struct host *h, const char *format, ...)
{
    char text[400];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    sim_fail(c->sim, h != NULL ? h->node : NULL, "%s", text);
}

/* ---- log of the cores ---- */

static void sink(const struct log_site *site, va_list args)
{
    char text[1500];
    const char *who;

    if (present == NULL || site->level > LOG_INFO) {
        return;
    }
    present->elections += strncmp(site->format, "Unset DC", 8) == 0;
    present->offers += strncmp(site->format, "Sending join-", 13) == 0;
    if (!present->sim->trace) {
        return;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vsnprintf(text, sizeof text, site->format, args);
#pragma GCC diagnostic pop
    who = present->speaker != NULL ? part_name((int)present->speaker->part) : "launcher";
    sim_note(present->sim, present->speaking_host != NULL ? present->speaking_host->node : NULL, "%s %s: %s",
             who, site->level <= LOG_ERR ? "error" : site->level == LOG_WARNING ? "warning" : "", text);
}

static long long clock_of_speaker(void)
{
    return present != NULL && present->speaking_host != NULL ? host_wall(present->speaking_host) : 0;
}

/* ---- the world ---- */

static void configure_ring(struct world *c)
{
    struct sim *s = c->sim;
    struct totem_config config;
    char err[256];

    totem_config_defaults(&config);
    config.my_id = 1;
    config.token = 1000;
    if (totem_config_derive(&config, s->n_nodes, &s->config, err, sizeof err) != 0) {
        cluster_fail(c, NULL, "totem: %s", err);
    }
    s->delay = (uint32_t)(300 + sim_below(s, 1500));
    s->jitter = 300;
    s->loopback_mcast = true;
    s->votes = (struct vq_config){
        .have_nodelist = true, .node_count = c->n, .votes_sum = c->n, .own_votes = 1, .device_timeout = 10000,
        .device_sync_timeout = 30000, .last_man_standing_window = 10000, .two_node = c->n == 2,
        .wait_for_all = c->n == 2, .wait_for_all_set = c->n == 2,
    };
    s->exclusive_quorum = c->n != 2;
}

static void tick(void *owner, void *data)
{
    struct world *c = owner;

    invariants_tick(c);
    world_task(c, SIM_SECOND, tick, NULL, NULL);
}

static unsigned pick_size(struct sim *s)
{
    unsigned dice = (unsigned)sim_below(s, 100);

    if (dice < 75) {
        return dice < 20 ? 2 : 3;
    }
    return (unsigned)(dice < 97 ? 4 + sim_below(s, 3) : 7 + sim_below(s, HOSTS_MAX - 6));
}

void cluster_init(struct world *c, struct sim *s, unsigned nodes)
{
    c->sim = s;
    s->rng = s->seed * 0x2545f4914f6cdd1dull + 7;
    s->upper = c;
    s->on_quorum = group_quorum;
    c->n = nodes > 0 ? nodes : pick_size(s);
    s->n_nodes = c->n;
    c->changes = g_ptr_array_new_with_free_func(g_free);
    tasks_init();
    present = c;
    log_set_sink(sink);
    message_set_clock(clock_of_speaker);
    for (unsigned i = 0; i < c->n; i++) {
        s->node[i].index = (uint16_t)i;
        s->node[i].id = i + 1;
        s->node[i].mtu = 65536;
        host_init(c, i, &s->node[i]);
    }
    configure_ring(c);
    world_task(c, SIM_SECOND, tick, NULL, NULL);
}

void cluster_end(struct world *c)
{
    struct event e;

    for (unsigned i = 0; i < c->n; i++) {
        host_free(&c->host[i]);
    }
    while (events_pop(c->sim, &e)) {
        if (e.kind == EVENT_UPPER) {
            task_free(e.upper);
        }
        packet_unref(e.packet);
    }
    events_free(c->sim);
    tasks_end();
    g_ptr_array_unref(c->changes);
    log_set_sink(NULL);
    message_set_clock(NULL);
    present = NULL;
}

/* ---- time ---- */

static void later(struct sim *s, const struct event *e, uint64_t at)
{
    struct event copy = *e;

    copy.at = at;
    if (copy.packet != NULL) {
        copy.packet->refs++;
    }
    events_push(s, copy);
}

static void ring_event(struct sim *s, struct sim_node *n, const struct event *e)
{
    if (!n->alive || e->life != n->life) {
        return;
    }
    switch (e->kind) {
    case EVENT_FRAME:
        node_frame(s, n, e);
        break;
    case EVENT_TIMER:
        node_timer(s, n, e);
        break;
    case EVENT_VOTE_TIMER:
        quorum_timer(s, n, e);
        break;
    default:
        break;
    }
}

static void step(struct world *c, struct event *e)
{
    struct sim *s = c->sim;
    struct sim_node *n = e->node < c->n ? &s->node[e->node] : NULL;

    if (n != NULL && n->paused_until > s->now) {
        later(s, e, n->paused_until);
    } else if (e->kind == EVENT_UPPER) {
        task_run(c, e->upper);
    } else {
        ring_event(s, n, e);
    }
    packet_unref(e->packet);
}

void cluster_advance(struct world *c, uint64_t us)
{
    struct sim *s = c->sim;
    uint64_t until = s->now + us, steps = 0;
    struct event e;

    while (!s->failed && events_pop(s, &e)) {
        if (e.at > until) {
            events_push(s, e);
            break;
        }
        s->now = e.at;
        s->steps++;
        c->trail = (c->trail ^ (e.at * 32 + e.kind) ^ ((uint64_t)e.node << 48)) * 0x9e3779b97f4a7c15ull;
        if (++steps > STEPS_PER_POLL * (1 + us / POLL_US)) {
            cluster_fail(c, NULL, "something runs in circles");
        }
        step(c, &e);
    }
    s->now = s->failed ? s->now : until;
}

/* ---- the run ---- */

static void power_on_all(struct world *c)
{
    for (unsigned i = 0; i < c->n; i++) {
        if (!c->host[i].power) {
            host_power_on(&c->host[i], sim_below(c->sim, 5 * SIM_SECOND));
        }
    }
}

static bool wait_for_rest(struct world *c, unsigned limit_s, const char *when)
{
    uint64_t end = c->sim->now + limit_s * SIM_SECOND;
    char why[300] = "the scheduler never stopped";

    while (!c->sim->failed && c->sim->now < end) {
        bool moving = false;
        const char *wrong;

        cluster_advance(c, POLL_US);
        wrong = c->sim->failed ? NULL : invariants_rest(c, &moving);
        if (wrong == NULL) {
            return !c->sim->failed;
        }
        if (!moving) {
            g_strlcpy(why, wrong, sizeof why);
        }
    }
    if (!c->sim->failed) {
        cluster_fail(c, NULL, "no rest %s: %s", when, why);
    }
    return false;
}

/* A tidy administrator undoes what was done by hand and forgets failures. */
static void tidy(struct world *c)
{
    struct host *h = &c->host[sim_below(c->sim, c->n)];

    for (unsigned i = 0; i < c->n; i++) {
        admin_standby(h, c->host[i].name, false);
    }
    admin_tidy(h);
    cluster_advance(c, 10 * SIM_SECOND);
    admin_cleanup(c, h);
}

/* Everybody is up and follows one DC. */
static bool all_joined(struct world *c)
{
    const char *dc = NULL;

    for (unsigned i = 0; i < c->n; i++) {
        crmd_t *core = c->host[i].power && c->host[i].node->alive ? controld_core(&c->host[i]) : NULL;

        if (core == NULL || c->host[i].leaving || crmd_dc(core) == NULL
            || (dc != NULL && strcmp(dc, crmd_dc(core)) != 0) || !daemon_of(&c->host[i], BASED)->serving) {
            return false;
        }
        dc = crmd_dc(core);
    }
    return true;
}

/* Faults are over; hosts that went down meanwhile are started again. */
bool cluster_calm(struct world *c)
{
    uint64_t end = c->sim->now + CALM_LIMIT_S * SIM_SECOND;

    faults_end(c);
    do {
        cluster_advance(c, POLL_US);
        faults_end(c);
    } while (!c->sim->failed && !all_joined(c) && c->sim->now < end);
    cluster_advance(c, 60 * SIM_SECOND);
    tidy(c);
    for (unsigned i = 0; i < 12 && !c->sim->failed; i++) {
        cluster_advance(c, POLL_US);
        faults_end(c);
    }
    return wait_for_rest(c, CALM_LIMIT_S, "after the faults ended");
}

static void power_cycle(struct world *c)
{
    for (unsigned i = 0; i < c->n; i++) {
        host_power_off(&c->host[i], "power fails everywhere");
    }
    cluster_advance(c, SIM_SECOND);
    power_on_all(c);
}

static void begin(struct world *c)
{
    for (unsigned i = 0; i < c->n; i++) {
        c->host[i].disk = i + 1 == c->n && c->plan.newcomer ? NULL : config_new(c);
    }
    power_on_all(c);
}

bool cluster_start(struct world *c)
{
    begin(c);
    return wait_for_rest(c, START_LIMIT_S, "after the start");
}

bool scenario_seed(struct world *c)
{
    plan_pick(c);
    if (c->plan.early) {
        begin(c);
    } else if (!cluster_start(c)) {
        return false;
    }
    faults_start(c);
    cluster_advance(c, c->plan.chaos_s * SIM_SECOND);
    if (c->sim->failed || !cluster_calm(c) || !invariants_changes_kept(c)) {
        return false;
    }
    if (sim_chance(c->sim, 30)) {
        power_cycle(c);
        return wait_for_rest(c, START_LIMIT_S, "after power failed everywhere") && invariants_changes_kept(c);
    }
    return !c->sim->failed;
}
