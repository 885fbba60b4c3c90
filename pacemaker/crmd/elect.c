/* The DC's election, takeover and release (controller.md §3.1-§3.3). The election itself is
 * pacemaker/cluster's. */
#include "pacemaker/crmd/private.h"

static void elect_send(void *arg, const char *to_name, xmlNode *msg)
{
    struct crmd *c = arg;

    c->ops.cluster_send(c->arg, to_name, CMSG_CRMD, msg);
    xml_free(msg);
}

static void elect_arm(void *arg, unsigned ms)
{
    fsa_timer_halt(arg, CRMD_TIMER_ELECTION);
    fsa_timer_run_for(arg, CRMD_TIMER_ELECTION, ms);
}

static void elect_cancel(void *arg)
{
    fsa_timer_halt(arg, CRMD_TIMER_ELECTION);
}

static void elect_won(void *arg)
{
    FSA_INTERNAL((struct crmd *)arg, I_ELECTION_DC);
}

static bool elect_may_win(void *arg)
{
    const struct crmd *c = arg;

    return c->state != S_STARTING;
}

static void elect_cpu_time(void *arg, long long *sec, long long *usec)
{
    struct crmd *c = arg;

    c->ops.cpu_time(c->arg, sec, usec);
}

static long long elect_now(void *arg)
{
    struct crmd *c = arg;

    return c->ops.mono_ms(c->arg) / 1000;
}

void elect_init(struct crmd *c)
{
    static const election_ops_t ops = {
        .send = elect_send,
        .arm = elect_arm,
        .cancel = elect_cancel,
        .won = elect_won,
        .may_win = elect_may_win,
        .cpu_time = elect_cpu_time,
        .now = elect_now,
    };

    if (c->election == NULL) {
        c->election = election_new("election-DC", c->peers, c->id, c->name, 60 * 1000, &ops, c);
    }
}

void elect_local_secondary(struct crmd *c)
{
    core_cib_call(c, "cib_slave", NULL, NULL, CIB_SCOPE_LOCAL, NULL, NULL, NULL);
}

void act_election_vote(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    switch (c->state) {
        case S_STARTING:
        case S_RECOVERY:
        case S_STOPPING:
        case S_TERMINATE:
            log_warn("Not voting in election, we're in state %s", fsa_state_name(c->state));
            FSA_INTERNAL(c, crmd_has(c, F_THE_DC) ? I_RELEASE_DC : I_PENDING);
            return;
        default:
            election_vote(c->election);
    }
}

static void election_lost(struct crmd *c)
{
    set_dc(c, NULL, NULL);
    if (crmd_has(c, F_THE_DC)) {
        FSA_INTERNAL(c, I_RELEASE_DC);
        elect_local_secondary(c);
    } else if (c->state != S_STARTING) {
        FSA_INTERNAL(c, I_PENDING);
    }
}

void act_election_count(struct crmd *c, const struct fsa_entry *entry)
{
    if (entry->msg == NULL || c->election == NULL) {
        return;
    }
    if (!crmd_has(c, F_MEMBERSHIP)) {
        if (c->state != S_STARTING) {
            log_err("Ignoring election message before there is a membership | state=%s",
                    fsa_state_name(c->state));
        }
        return;
    }
    switch (election_count(c->election, entry->msg)) {
        case ELECTION_START:
            election_reset(c->election);
            FSA_INTERNAL(c, I_ELECTION);
            break;
        case ELECTION_LOST:
            election_lost(c);
            break;
        default:
            break;
    }
}

void act_election_check(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    if (c->state == S_ELECTION) {
        election_check(c->election);
    }
}

static void takeover_options(struct crmd *c)
{
    cib_set_option(c, "have-watchdog", c->ops.have_watchdog(c->arg) ? "true" : "false", NULL);
    cib_set_option(c, "dc-version", CRMD_VERSION "-" CRMD_BUILD, NULL);
    cib_set_option(c, "cluster-infrastructure", "corosync", NULL);
    if (option_text(c, "cluster-name") == NULL) {
        char *name = c->ops.cluster_name(c->arg);

        if (name && name[0]) {
            cib_set_option(c, "cluster-name", name, NULL);
        }
        free(name);
    }
}

void act_dc_takeover(struct crmd *c, const struct fsa_entry *entry)
{
    xmlNode *cib XML_AUTO = xml_new("cib");

    (void)entry;
    log_info("Taking over DC status for this partition");
    crmd_set_flag(c, F_THE_DC);
    fence_cleanup_execute(c);
    election_reset(c->election);
    core_cib_call(c, "cib_master", NULL, NULL, CIB_SCOPE_LOCAL, NULL, NULL, NULL);
    xml_set(cib, "crm_feature_set", CRM_FEATURE_SET);
    core_cib_call(c, "cib_modify", "cib", cib, CIB_QUORUM_OVERRIDE, cib_check_error,
                  (void *)"Feature set update", NULL);
    takeover_options(c);
    options_read(c);
}

/* ---- a first start does not wait for a DC that cannot be there ----
 *
 * Every controller announces itself when it starts without a DC. When all nodes of corosync's node
 * list are here and each has announced itself, nobody is the DC and nobody is missing: there is
 * nothing that dc-deadtime could wait for. A DC never announces itself, so this holds among
 * controllers of other makes, too. */

struct presence {
    const struct crmd *c;
    unsigned configured;
    bool complete;
};

static void check_presence(peer_t *peer, void *arg)
{
    struct presence *presence = arg;

    if (!peer->configured) {
        return;
    }
    presence->configured++;
    if (!peer_active(peer) || peer->name == NULL
        || !g_hash_table_contains(presence->c->announced, peer->name)) {
        presence->complete = false;
    }
}

void elect_if_complete(struct crmd *c)
{
    struct presence presence = {c, 0, true};

    if (c->state != S_PENDING || c->dc || crmd_has(c, F_SHUTDOWN) || g_hash_table_size(c->announced) == 0) {
        return;
    }
    peers_foreach(c->peers, check_presence, &presence);
    if (presence.configured > 0 && presence.complete) {
        log_notice("All %u configured nodes are here and none is the DC: electing one now",
                   presence.configured);
        g_hash_table_remove_all(c->announced);
        FSA_INTERNAL(c, I_ELECTION);
    }
}

void elect_announced(struct crmd *c, const char *name)
{
    if (c->dc == NULL && peers_find(c->peers, 0, name)) {
        g_hash_table_add(c->announced, g_strdup(name));
        elect_if_complete(c);
        c->ops.wake_fsa(c->arg);
    }
}

void act_dc_release(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    if (!crmd_has(c, F_THE_DC)) {
        return;
    }
    log_info("DC role released");
    crmd_clear_flag(c, F_THE_DC);
    sched_clear_expected(c);
}

void act_dc_released(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    if (crmd_has(c, F_SHUTDOWN)) {
        xmlNode *update XML_AUTO = xml_new("status");
        peer_t *self = local_peer(c);

        set_expected(c, self, "down");
        if (node_state_add(c, update, self, UPDATE_EXPECTED, __func__)) {
            core_cib_call(c, "cib_modify", "status", update, CIB_QUORUM_OVERRIDE, NULL, NULL, NULL);
        }
    }
    FSA_INTERNAL(c, I_RELEASE_SUCCESS);
}
