/* The power switch that fence agents use: it takes a while, and now and then it fails. */
#include "tests/sim/cluster/cluster.h"

#define SWITCH_MIN_US (300 * SIM_MS)
#define SWITCH_SPREAD_US (3 * SIM_SECOND)
#define BOOT_MIN_US (5 * SIM_SECOND)
#define BOOT_SPREAD_US (30 * SIM_SECOND)

struct order {
    char action[8], target[16];
    switch_done done;
    void *arg;
    GDestroyNotify free_arg;
    struct daemon *who;
    bool ok;
};

static void order_free(gpointer data)
{
    struct order *o = data;

    if (o->free_arg != NULL) {
        o->free_arg(o->arg);
    }
    g_free(o);
}

static void answer(void *owner, void *data)
{
    struct order *o = data;

    o->done(o->arg, o->ok);
}

static void work(void *owner, void *data)
{
    struct world *c = owner;
    const struct order *o = data;
    struct host *h = host_find(c, o->target);

    if (h == NULL) {
        return;
    }
    if (strcmp(o->action, "on") != 0) {
        c->fencings++;
        host_power_off(h, "loses its power: fenced");
    }
    if (strcmp(o->action, "off") != 0) {
        host_power_on(h, BOOT_MIN_US + sim_below(c->sim, BOOT_SPREAD_US));
    }
}

void power_switch(struct daemon *who, const char *action, const char *target, switch_done done, void *arg,
                  GDestroyNotify free_arg)
{
    struct world *c = who->host->cluster;
    uint64_t us = SWITCH_MIN_US + sim_below(c->sim, SWITCH_SPREAD_US);
    struct order *o = g_new0(struct order, 1), *effect;

    g_strlcpy(o->action, action, sizeof o->action);
    g_strlcpy(o->target, target, sizeof o->target);
    o->who = who;
    o->ok = host_find(c, target) != NULL && !(c->chaos && sim_chance(c->sim, c->plan.fence_fails));
    effect = g_memdup2(o, sizeof *o);
    o->done = done;
    o->arg = arg;
    o->free_arg = free_arg;
    note(who->host, "asks the power switch: %s %s%s", action, target, o->ok ? "" : " (it will fail)");
    /* the switch does it whatever becomes of who asked */
    if (o->ok) {
        world_task(c, us, work, effect, g_free);
    } else {
        g_free(effect);
    }
    daemon_task(who, us + SIM_MS, answer, o, order_free);
}
