/* What goes wrong, at random. */
#include "tests/sim/cluster/cluster.h"

static struct host *some_host(struct world *c)
{
    return &c->host[sim_below(c->sim, c->n)];
}

static void heal(struct world *c)
{
    struct sim *s = c->sim;

    memset(s->link, 0, sizeof s->link);
    sim_note(s, NULL, "* the network is whole");
}

static void partition(struct world *c)
{
    struct sim *s = c->sim;
    uint8_t side[HOSTS_MAX];
    char text[4 * HOSTS_MAX + 1];
    int used = 0;

    for (unsigned i = 0; i < c->n; i++) {
        side[i] = (uint8_t)sim_below(s, sim_chance(s, 80) ? 2 : 3);
        used += snprintf(text + used, sizeof text - (size_t)used, " %u", side[i]);
    }
    for (unsigned i = 0; i < c->n; i++) {
        for (unsigned j = 0; j < c->n; j++) {
            s->link[i][j].cut = side[i] != side[j];
        }
    }
    sim_note(s, NULL, "* the network parts, side of each node:%s", text);
}

static void cut_off(struct world *c)
{
    struct host *h = some_host(c);
    bool one_way = sim_chance(c->sim, 20);

    for (unsigned i = 0; i < c->n; i++) {
        c->sim->link[h->index][i].cut = true;
        c->sim->link[i][h->index].cut = !one_way;
    }
    note(h, one_way ? "is no longer heard" : "is cut off");
}

static void weather(struct world *c)
{
    struct sim *s = c->sim;

    s->loss = sim_chance(s, 50) ? 0 : (uint8_t)sim_below(s, 10);
    s->jitter = (uint32_t)sim_below(s, sim_chance(s, 20) ? 5000 : 1000);
    sim_note(s, NULL, "* loss %u %%, delay %u + %u us", s->loss, s->delay, s->jitter);
}

static void pause_host(struct world *c, struct host *h)
{
    struct sim *s = c->sim;

    if (h->power && h->node->alive) {
        h->node->paused_at = s->now;
        h->node->paused_until = s->now + sim_below(s, sim_chance(s, 70) ? 2 * SIM_SECOND : 60 * SIM_SECOND);
        note(h, "does not run for %llu ms", (unsigned long long)((h->node->paused_until - s->now) / SIM_MS));
    }
}

static void power_back(void *owner, void *data)
{
    struct host *h = data;

    if (!h->power) {
        host_power_on(h, 2 * SIM_SECOND + sim_below(h->cluster->sim, 20 * SIM_SECOND));
    }
}

/* Somebody goes and switches a host that is off on again. */
static void someone_returns(struct world *c)
{
    struct host *h = some_host(c);

    if (!h->power) {
        power_back(c, h);
    }
}

static void power_fails(struct world *c, struct host *h)
{
    host_power_off(h, "power fails");
    world_task(c, sim_below(c->sim, 60 * SIM_SECOND), power_back, h, NULL);
}

static void all_fail(struct world *c)
{
    for (unsigned i = 0; i < c->n; i++) {
        power_fails(c, &c->host[i]);
    }
}

static void fault_service(struct world *c)
{
    struct host *h = some_host(c);
    GList *names = g_list_sort(g_hash_table_get_keys(h->services), (GCompareFunc)g_strcmp0);
    guint n = g_list_length(names);

    if (n > 0) {
        service_die(h, g_list_nth_data(names, (guint)sim_below(c->sim, n)));
    }
    g_list_free(names);
}

static void kill_daemon(struct world *c)
{
    struct host *h = some_host(c);
    struct daemon *d = &h->daemon[sim_below(c->sim, PARTS)];

    if (d->running) {
        note(h, "kill -9 of %s", part_name((int)d->part));
        daemon_kill(d);
    }
}

void fault_snipe(struct daemon *d)
{
    if (!d->running) {
        return;
    }
    if (sim_chance(d->host->cluster->sim, 40)) {
        power_fails(d->host->cluster, d->host);
    } else {
        note(d->host, "kill -9 of %s, right now", part_name((int)d->part));
        daemon_kill(d);
    }
}

static void jump_clock(struct world *c)
{
    struct host *h = some_host(c);

    h->wall_offset += (long long)sim_below(c->sim, 4000) - 2000;
    note(h, "its clock jumps, it is off by %lld s now", h->wall_offset);
}

void fault_random(struct world *c)
{
    const struct plan *p = &c->plan;

    switch (sim_below(c->sim, 16)) {
    case 0:
    case 1:
        if (p->power) {
            sim_chance(c->sim, 6) ? all_fail(c) : power_fails(c, some_host(c));
        }
        break;
    case 2:
        someone_returns(c);
        break;
    case 3:
        if (p->partitions) {
            sim_chance(c->sim, 50) ? partition(c) : cut_off(c);
        }
        break;
    case 4:
    case 5:
        heal(c);
        break;
    case 6:
        weather(c);
        break;
    case 7:
        if (p->pauses) {
            pause_host(c, some_host(c));
        }
        break;
    case 8:
    case 9:
        fault_service(c);
        break;
    case 10:
    case 11:
        if (p->daemon_kills) {
            kill_daemon(c);
        }
        break;
    case 12:
        if (p->clocks) {
            jump_clock(c);
        }
        break;
    case 13:
        if (p->corosync_kills) {
            struct host *h = some_host(c);

            note(h, "kill -9 of corosync");
            host_kill_corosync(h);
        }
        break;
    case 14:
        if (p->power) {
            host_stop_pacemaker(some_host(c));
        }
        break;
    default:
        break;
    }
}

static void next_fault(void *owner, void *data)
{
    struct world *c = owner;

    if (c->chaos) {
        for (unsigned burst = sim_chance(c->sim, 10) ? 4 : 1; burst > 0; burst--) {
            fault_random(c);
        }
        world_task(c, sim_below(c->sim, 2 * c->plan.fault_interval_ms * SIM_MS), next_fault, NULL, NULL);
    }
}

static void next_act(void *owner, void *data)
{
    struct world *c = owner;

    if (c->chaos) {
        admin_act(c);
        world_task(c, sim_below(c->sim, 10 * SIM_SECOND), next_act, NULL, NULL);
    }
}

void faults_start(struct world *c)
{
    c->chaos = true;
    world_task(c, sim_below(c->sim, c->plan.fault_interval_ms * SIM_MS), next_fault, NULL, NULL);
    if (c->plan.admin) {
        world_task(c, 0, next_act, NULL, NULL);
    }
}

void faults_end(struct world *c)
{
    c->chaos = false;
    c->sim->loss = 0;
    c->sim->jitter = 300;
    heal(c);
    for (unsigned i = 0; i < c->n; i++) {
        c->host[i].node->paused_until = 0;
        power_back(c, &c->host[i]);
    }
}
