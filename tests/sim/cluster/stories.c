/* Named runs: each tells what once went wrong, or what is worth looking at by itself. */
#include "tests/sim/cluster/cluster.h"

static const struct plan plain = {
    .fencing = true, .promotable = true, .clone = true, .group = true, .ordering = true, .singles = 2,
    .no_quorum_policy = "stop",
};

static bool start(struct world *c, const struct plan *plan)
{
    c->plan = *plan;
    return cluster_start(c);
}

static void seconds(struct world *c, unsigned s)
{
    cluster_advance(c, s * SIM_SECOND);
}

static struct host *dc_of(struct world *c)
{
    for (unsigned i = 0; i < c->n; i++) {
        if (controld_core(&c->host[i]) != NULL && crmd_is_dc(controld_core(&c->host[i]))) {
            return &c->host[i];
        }
    }
    return NULL;
}

static struct host *not_dc(struct world *c)
{
    return dc_of(c) == &c->host[0] ? &c->host[1] : &c->host[0];
}

static bool expect(struct world *c, bool ok, const char *what)
{
    if (!ok && !c->sim->failed) {
        cluster_fail(c, NULL, "%s", what);
    }
    return ok;
}

/* A node was down while the configuration changed. Its CIB once looked like the best one when it came back:
 * the synchronisation was refused, and the DC had to be elected again. */
static bool returning_node(struct world *c)
{
    struct host *h = not_dc(c);
    uint64_t before;

    host_power_off(h, "power fails");
    seconds(c, 3);
    admin_change(c, dc_of(c));
    before = c->elections;
    seconds(c, 90);
    if (!expect(c, h->power && c->changes->len == 1, "the node was not fenced by a reboot")) {
        return false;
    }
    return expect(c, c->elections == before, "the return of a node cost an election");
}

/* The DC dies while another node is stopping, and that one becomes the DC. It once expected itself down
 * before its wish to stop was in the CIB, and its promoted instance was promoted elsewhere, too. */
static bool stopping_node_becomes_dc(struct world *c)
{
    struct host *dc = dc_of(c), *h = NULL;

    for (unsigned i = 0; i < c->n; i++) {
        const struct service *db = service_find(&c->host[i], "db");

        h = db != NULL && db->state == SERVICE_PROMOTED ? &c->host[i] : h;
    }
    if (h == dc) {
        h = not_dc(c);
        daemon_kill(daemon_of(dc, CONTROLD));       /* another DC is elected */
        h->cpu_us = 20 * SIM_SECOND;
        seconds(c, 60);
        h = dc;
        dc = dc_of(c);
    }
    if (!expect(c, h != NULL && dc != NULL && h != dc, "the DC is where the database is promoted")) {
        return false;
    }
    h->cpu_us = 100 * SIM_SECOND;
    host_power_off(dc, "power fails");
    host_stop_pacemaker(h);
    seconds(c, 120);
    return expect(c, !h->power, "the node did not stop");
}

/* A new DC whose scheduler is not there for a moment once began the join anew without a pause until it
 * was. */
static bool scheduler_is_away(struct world *c)
{
    struct host *h = not_dc(c);
    uint64_t before = c->offers;

    h->cpu_us = 100 * SIM_SECOND;
    daemon_kill(daemon_of(dc_of(c), CONTROLD));
    for (unsigned i = 0; i < 80 && !c->sim->failed; i++) {
        daemon_kill(daemon_of(h, SCHEDULERD));
        cluster_advance(c, i % 2 == 0 ? SIM_MS : 20 * SIM_MS);
    }
    seconds(c, 60);
    return expect(c, dc_of(c) != NULL && c->offers < before + 5 * c->n,
                  "the join began anew again and again");
}

/* The DC's host loses its power: its services run elsewhere, after it was fenced. */
static bool dc_dies(struct world *c)
{
    struct host *h = dc_of(c);
    uint64_t before = c->fencings;

    host_power_off(h, "power fails");
    seconds(c, 120);
    return expect(c, c->fencings > before, "the DC was not fenced");
}

/* A change that only creates something in the configuration is not counted in the epoch, and was once not
 * written to disk: the power failed everywhere, and it was gone. */
static bool created_and_dark(struct world *c)
{
    admin_change(c, &c->host[0]);
    seconds(c, 10);
    for (unsigned i = 0; i < c->n; i++) {
        host_power_off(&c->host[i], "power fails everywhere");
    }
    seconds(c, 1);
    for (unsigned i = 0; i < c->n; i++) {
        host_power_on(&c->host[i], (1 + i) * SIM_SECOND);
    }
    return expect(c, c->changes->len == 1 && ((struct change *)g_ptr_array_index(c->changes, 0))->counts,
                  "the change was not acknowledged");
}

static bool every_daemon_dies(struct world *c)
{
    for (unsigned i = 0; i < c->n; i++) {
        for (unsigned part = 0; part < PARTS; part++) {
            daemon_kill(&c->host[i].daemon[part]);
            seconds(c, 45);
        }
    }
    return true;
}

static bool rolling_stop(struct world *c)
{
    for (unsigned i = 0; i < c->n; i++) {
        host_stop_pacemaker(&c->host[i]);
        seconds(c, 60);
        if (!expect(c, !c->host[i].power, "an orderly stop takes more than a minute")) {
            return false;
        }
        host_power_on(&c->host[i], SIM_SECOND);
        seconds(c, 60);
    }
    return expect(c, c->fencings == 0, "a node that stopped in good order was fenced");
}

static const struct {
    const char *name;
    unsigned nodes;
    bool (*run)(struct world *c);
} stories[] = {
    {"a node returns with an older CIB without an election", 3, returning_node},
    {"the DC's power fails", 3, dc_dies},
    {"a stopping node becomes the DC", 3, stopping_node_becomes_dc},
    {"the scheduler of a new DC is away", 3, scheduler_is_away},
    {"a created object survives a power failure everywhere", 3, created_and_dark},
    {"each daemon of each node dies", 3, every_daemon_dies},
    {"a rolling stop and start fences nobody", 4, rolling_stop},
};

unsigned stories_count(void)
{
    return G_N_ELEMENTS(stories);
}

const char *stories_name(unsigned story)
{
    return stories[story].name;
}

unsigned stories_nodes(unsigned story)
{
    return stories[story].nodes;
}

bool story_run(struct world *c, unsigned story)
{
    return start(c, &plain) && stories[story].run(c) && !c->sim->failed && cluster_calm(c)
           && invariants_changes_kept(c);
}
