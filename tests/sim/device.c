/*
 * A quorum device: on each node a client that registers, asks the arbiter at intervals and polls with its
 * answer, now and then dead for a while; one arbiter for all, which no partition can hide from. It gives
 * its vote to one partition and to another only when nobody counts on it any more. What must hold besides
 * the rules of quorum.c: a vote lapses when its client is silent, and synchronisation waits for a client
 * but not for ever.
 */
#include "sim.h"

#include <corosync/votequorum.h>

#define POLL_MS         200u
#define SILENT_MAX_MS   5000u           /* a client that fails comes back after at most so long */
#define NAME            "Arbiter"

void device_pick(struct sim *s)
{
    s->votes.device = true;
    s->votes.device_votes_set = sim_chance(s, 50);
    s->votes.device_votes = s->votes.device_votes_set ? 1 : 0;
    s->votes.device_timeout = 1000;
    s->votes.device_sync_timeout = 2000;
    if (s->votes.device_votes_set && s->n_nodes % 2 == 1) {
        /* the expected votes count such a device's only once all nodes have met: until then its vote makes
         * a minority of an odd number of nodes equal to the others (services.md 4.3, step 14) */
        s->exclusive_quorum = false;
    }
    s->master_wins = sim_chance(s, 30);
}

static void next_poll(struct sim *s, struct sim_node *n, uint64_t ms)
{
    events_push(s, (struct event) {
        .at = s->now + ms * SIM_MS, .kind = EVENT_DEVICE, .node = n->index, .life = n->life,
    });
}

void device_boot(struct sim *s, struct sim_node *n)
{
    n->device_polled = 0;
    if (s->votes.device) {
        next_poll(s, n, sim_below(s, POLL_MS));
    }
}

static uint32_t flags_of(const struct sim_node *n)
{
    struct vq_info info;

    return vq_get_info(n->vq, n->id, &info) == CS_OK ? info.flags : 0;
}

static bool casts(const struct sim_node *n)
{
    return (flags_of(n) & VOTEQUORUM_INFO_QDEVICE_CAST_VOTE) != 0;
}

bool device_settled(const struct sim_node *n)
{
    return casts(n);
}

/* Whether the partition of this node may have the vote: no node outside of it counts on it. */
static bool arbiter_grants(const struct sim *s, const struct sim_node *n)
{
    const uint32_t *members;
    size_t count = vq_members(n->vq, &members);

    for (unsigned i = 0; i < s->n_nodes; i++) {
        const struct sim_node *other = &s->node[i];
        bool member = other == n;

        for (size_t m = 0; m < count; m++) {
            member = member || members[m] == other->id;
        }
        if (!member && other->alive && (other->quorate || casts(other))) {
            return false;
        }
    }
    return true;
}

static void poll_device(struct sim *s, struct sim_node *n)
{
    struct totem_ring ring = vq_ring(n->vq);
    bool grant = arbiter_grants(s, n);
    bool before = casts(n);
    cs_error_t error = vq_qdevice_poll(n->vq, NAME, grant, &ring);

    if (error != CS_OK) {
        sim_fail(s, n, "refuses the device's poll: %d", (int) error);
        return;
    }
    n->device_polled = s->now;
    if (before != grant) {
        sim_note(s, n, "  device %s", grant ? "votes for this node" : "takes its vote back");
    }
}

/* Each new ring gives a device that is alive the time of a synchronisation. */
static void check_lapse(struct sim *s, struct sim_node *n)
{
    uint64_t limit = (s->votes.device_timeout + s->votes.device_sync_timeout + 2 * POLL_MS) * SIM_MS;
    uint64_t since = n->device_polled > n->device_synced ? n->device_polled : n->device_synced;

    if (casts(n) && s->now - since > limit) {
        sim_fail(s, n, "casts the vote of a device that has been silent for %llu ms",
                 (unsigned long long) ((s->now - n->device_polled) / SIM_MS));
    }
}

static void act(struct sim *s, struct sim_node *n)
{
    if ((flags_of(n) & VOTEQUORUM_INFO_QDEVICE_REGISTERED) != 0) {
        poll_device(s, n);
        return;
    }
    if (vq_qdevice_register(n->vq, NAME) == CS_OK) {
        sim_fail(s, n, "is registered but does not say so");
    }
}

void device_wakeup(struct sim *s, struct sim_node *n)
{
    bool silent = !s->calm && sim_chance(s, 2);

    if (n->paused_at + (uint64_t) s->config.token * 3 * SIM_MS < s->now) {
        check_lapse(s, n);
    }
    if (silent) {
        next_poll(s, n, sim_below(s, SILENT_MAX_MS));
        return;
    }
    act(s, n);
    next_poll(s, n, POLL_MS);
}

/* The core has put the registration through. */
void device_registered(struct sim *s, struct sim_node *n)
{
    if (s->master_wins && vq_qdevice_master_wins(n->vq, NAME, true) != CS_OK) {
        sim_fail(s, n, "refuses master wins");
    }
}
