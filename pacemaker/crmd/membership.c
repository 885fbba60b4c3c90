/* Peers: what corosync says about them and what is written about them (controller.md §2). */
#include "pacemaker/crmd/private.h"

const char *peer_state_text(const peer_t *peer)
{
    switch (peer->state) {
        case PEER_MEMBER: return "member";
        case PEER_LOST: return "lost";
        default: return NULL;
    }
}

peer_t *local_peer(struct crmd *c)
{
    return peers_get(c->peers, c->id, c->name);
}

const char *node_uuid(struct crmd *c, const char *name)
{
    peer_t *peer = name ? peers_find_remote(c->peers, name) : NULL;

    if (peer == NULL && name) {
        peer = peers_find(c->peers, 0, name);
    }
    if (peer && peer->uuid) {
        return peer->uuid;
    }
    return name ? g_hash_table_lookup(c->known_nodes, name) : NULL;
}

void set_expected(struct crmd *c, peer_t *peer, const char *expected)
{
    (void)c;
    if (peer == NULL || peer->remote || same_text(peer->expected, expected)) {
        return;
    }
    log_info("%s: Node %s[%u] - expected state is now %s (was %s)", __func__, text_or(peer->name, "unknown"),
             peer->id, expected, text_or(peer->expected, "unset"));
    free(peer->expected);
    peer->expected = strdup(expected);
}

/* ---- the DC ---- */

void set_dc(struct crmd *c, const char *name, const char *version)
{
    char *last = g_strdup(c->dc);

    replace_text(&c->dc, name);
    replace_text(&c->dc_version, version);
    if (name) {
        g_hash_table_remove_all(c->announced);
    }
    if (name == NULL && last) {
        log_info("Unset DC (was %s)", last);
    } else if (name && !same_name(name, last)) {
        peer_t *peer = peers_find(c->peers, 0, name);

        log_info("Set DC to %s (%s)", name, text_or(version, "unknown version"));
        set_expected(c, peer, "member");
    }
    g_free(last);
}

bool accept_dc(struct crmd *c, const xmlNode *msg)
{
    const char *name = xml_get(msg, "src");
    const char *version = xml_get(msg, "version");
    bool invalid = name == NULL || version == NULL;

    if (!invalid && crmd_has(c, F_THE_DC) && !same_name(name, c->name)) {
        invalid = true;
    } else if (!invalid && c->dc && !same_name(c->dc, name)) {
        invalid = true;
    }
    if (invalid) {
        log_warn("Not accepting %s as DC from %s: %s is known", text_or(name, "a sender without name"),
                 text_or(xml_get(msg, "crm_task"), "message"), text_or(c->dc, "another"));
        fsa_add_actions(c, A_CL_JOIN_QUERY | A_DC_TIMER_START);
        return false;
    }
    set_dc(c, name, version);
    return true;
}

/* ---- node_state ---- */

xmlNode *node_state_add(struct crmd *c, xmlNode *parent, const peer_t *peer, unsigned flags,
                        const char *source)
{
    (void)c;
    if (peer == NULL || peer->state == PEER_UNKNOWN || peer->name == NULL || peer->uuid == NULL) {
        return NULL;
    }

    xmlNode *node = xml_add(parent, "node_state");

    if (peer->remote) {
        xml_set(node, "remote_node", "true");
    }
    xml_set(node, "id", peer->uuid);
    xml_set(node, "uname", peer->name);
    if (flags & UPDATE_CLUSTER) {
        xml_set_bool(node, "in_ccm", peer->state == PEER_MEMBER);
    }
    if (!peer->remote) {
        if (flags & UPDATE_PEER) {
            xml_set(node, "crmd", (peer->processes & PEER_PROC_CPG) ? "online" : "offline");
        }
        if (flags & UPDATE_JOIN) {
            xml_set(node, "join", peer->join_phase > JOIN_NONE ? "member" : "down");
        }
        if ((flags & UPDATE_EXPECTED) && peer->expected) {
            xml_set(node, "expected", peer->expected);
        }
    }
    xml_set(node, "crm-debug-origin", source);
    return node;
}

struct states_update {
    struct crmd *c;
    xmlNode *parent;
    unsigned flags;
    const char *source;
};

static void add_state(peer_t *peer, void *arg)
{
    struct states_update *update = arg;

    node_state_add(update->c, update->parent, peer, update->flags, update->source);
}

static void drop_conflicting_node(struct crmd *c, const xmlNode *node)
{
    const char *id = xml_id(node);
    const char *name = xml_get(node, "uname");

    if (id == NULL || name == NULL || peers_find_uuid(c->peers, id)) {
        return;
    }
    log_notice("Deleting unknown node %s/%s from the configuration: its name belongs to another", id, name);

    xmlNode *entry XML_AUTO = xml_new("node");
    xmlNode *state XML_AUTO = xml_new("node_state");

    xml_set(entry, "id", id);
    xml_set(entry, "uname", name);
    xml_set(state, "id", id);
    xml_set(state, "uname", name);
    core_cib_call(c, "cib_delete", "nodes", entry, CIB_QUORUM_OVERRIDE, NULL, NULL, NULL);
    core_cib_call(c, "cib_delete", "status", state, CIB_QUORUM_OVERRIDE, NULL, NULL, NULL);
}

static void conflicting_found(struct crmd *c, int call_id, int rc, const xmlNode *output, void *data)
{
    (void)call_id;
    (void)data;
    if (rc != 0 || output == NULL) {
        return;
    }
    if (xml_is(output, "node")) {
        drop_conflicting_node(c, output);
        return;
    }
    xml_foreach(node, output, "node") {
        drop_conflicting_node(c, node);
    }
}

static void add_node(peer_t *peer, void *arg)
{
    struct states_update *update = arg;

    if (peer->name == NULL || peer->uuid == NULL) {
        return;
    }

    xmlNode *node = xml_add(update->parent, "node");
    char *xpath =
        g_strdup_printf("/cib/configuration/nodes/node[@uname='%s'][@id!='%s']", peer->name, peer->uuid);

    xml_set(node, "id", peer->uuid);
    xml_set(node, "uname", peer->name);
    core_cib_call(update->c, "cib_query", xpath, NULL, CIB_SCOPE_LOCAL | CIB_XPATH, conflicting_found, NULL,
                  NULL);
    g_free(xpath);
}

/* The peer cache holds corosync's whole node list from the start on. */
void write_nodes(struct crmd *c)
{
    xmlNode *nodes XML_AUTO = xml_new("nodes");
    struct states_update update = {c, nodes, 0, __func__};

    peers_foreach(c->peers, add_node, &update);
    core_cib_call(c, "cib_modify", "nodes", nodes, CIB_SCOPE_LOCAL | CIB_QUORUM_OVERRIDE | CIB_CAN_CREATE,
                  cib_check_error, (void *)"Update of the nodes section", NULL);
}

void write_node_states(struct crmd *c, unsigned flags, const char *source)
{
    xmlNode *status XML_AUTO = xml_new("status");
    struct states_update update = {c, status, flags, source};

    write_nodes(c);
    if (!crmd_has(c, F_THE_DC)) {
        return;
    }
    peers_foreach(c->peers, add_state, &update);
    peers_foreach_remote(c->peers, add_state, &update);
    core_cib_call(c, "cib_modify", "status", status, CIB_SCOPE_LOCAL | CIB_QUORUM_OVERRIDE | CIB_CAN_CREATE,
             cib_check_error, (void *)"Update of node states", NULL);
}

void crmd_cib_replaced(crmd_t *c, int change_section)
{
    if (c->stopped || !crmd_has(c, F_THE_DC)) {
        return;
    }
    if (c->state == S_FINALIZE_JOIN && crmd_has(c, F_CIB_ASKED)) {
        log_debug("The CIB was replaced by the sync we asked for");
        return;
    }
    if (change_section < 0 || (change_section & (1 | 4))) {
        log_notice("Updating all attributes and restarting the join after the CIB was replaced");
        write_node_states(c, UPDATE_ALL, __func__);
        FSA_INTERNAL(c, I_ELECTION);
    }
}

/* ---- quorum and membership ---- */

void update_quorum(struct crmd *c, bool quorate, bool force)
{
    bool changed = quorate != c->quorate;

    c->quorate = quorate;
    c->ever_quorate = c->ever_quorate || quorate;
    if (!quorate && c->ever_quorate && same_name(option_text(c, "no-quorum-policy"), "suicide")
        && c->ops.have_watchdog(c->arg)) {
        log_crit("Quorum lost and no-quorum-policy is suicide: panicking this host");
        c->ops.panic(c->arg);
        return;
    }
    if (!crmd_has(c, F_THE_DC) || !(force || changed)) {
        return;
    }

    xmlNode *cib XML_AUTO = xml_new("cib");

    xml_set(cib, "have-quorum", quorate ? "1" : "0");
    xml_set(cib, "dc-uuid", c->uuid);
    log_debug("Updating quorum status to %s", quorate ? "true" : "false");
    core_cib_call(c, "cib_modify", "cib", cib, CIB_SCOPE_LOCAL | CIB_QUORUM_OVERRIDE, cib_check_error,
             (void *)"Quorum update", NULL);
    if (!changed) {
        return;
    }
    if (quorate) {
        te_delayed_abort(c, "Quorum gained", 5000);
    } else {
        te_abort(c, SCORE_INF, DONE_RESTART, "Quorum lost", NULL);
    }
}

static void check_lost_peer(peer_t *peer, void *arg)
{
    struct crmd *c = arg;

    if (peer_active(peer)) {
        return;
    }
    join_phase_set(c, peer, JOIN_NONE, __func__);
    if (same_name(peer->name, c->name)) {
        log_err("We're not part of the cluster anymore");
        fsa_append(c, C_FSA_INTERNAL, I_ERROR, NULL, __func__);
    } else if (!crmd_has(c, F_THE_DC) && c->dc && same_name(peer->name, c->dc)) {
        log_warn("Our DC node (%s) left the cluster", peer->name);
        fsa_append(c, C_FSA_INTERNAL, I_ELECTION, NULL, __func__);
    }
    if (c->state == S_INTEGRATION || c->state == S_FINALIZE_JOIN) {
        join_check(c, __func__);
    }
    if (peer->uuid) {
        te_fail_incompletable(c, peer->uuid);
    }
}

static void post_membership(struct crmd *c, uint64_t sequence)
{
    c->peer_seq = sequence;
    peers_foreach(c->peers, check_lost_peer, c);
    crmd_set_flag(c, F_MEMBERSHIP);
    if (crmd_has(c, F_THE_DC)) {
        write_node_states(c, UPDATE_CLUSTER | UPDATE_PEER | UPDATE_EXPECTED, __func__);
    }
    fsa_add_actions(c, A_ELECTION_CHECK);
    send_noop(c);
}

void crmd_quorum(crmd_t *c, bool quorate, uint64_t ring_seq)
{
    if (c->stopped) {
        return;
    }
    update_quorum(c, quorate, false);
    if (!c->stopped) {
        post_membership(c, ring_seq);
    }
}

/* ---- changes of single peers (§2.4) ---- */

static void remember_gone(struct crmd *c, const peer_t *peer)
{
    g_hash_table_add(c->gone, g_strdup(peer->name));
}

/* Peers that left together with the DC in one configuration change, before the DC's turn came. */
static void erase_gone(struct crmd *c)
{
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, c->gone);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        erase_node_state(c, name, STATE_ATTRS, CIB_SCOPE_LOCAL);
    }
    g_hash_table_remove_all(c->gone);
}

static void process_left(struct crmd *c, peer_t *peer)
{
    if (same_name(peer->name, c->name)) {
        log_err("Our own process group entry disappeared");
        fsa_append(c, C_CRMD_STATUS_CALLBACK, I_ERROR, NULL, __func__);
    } else if (c->dc && same_name(peer->name, c->dc)) {
        bool old = c->dc_version && version_compare(c->dc_version, "3.0.9") <= 0;

        fsa_append(c, C_CRMD_STATUS_CALLBACK, I_ELECTION, NULL, __func__);
        if (!old) {
            erase_node_state(c, peer->name, STATE_ATTRS, CIB_SCOPE_LOCAL);
        }
        erase_gone(c);
    } else if (crmd_has(c, F_THE_DC) || c->dc == NULL) {
        erase_node_state(c, peer->name, STATE_ATTRS, CIB_SCOPE_LOCAL);
    } else {
        remember_gone(c, peer);
    }
}

/* The process bit changed. False: no further consequence. */
static bool processes_changed(struct crmd *c, peer_t *peer, uint32_t old)
{
    bool now = (peer->processes & PEER_PROC_CPG) != 0;

    if (now == ((old & PEER_PROC_CPG) != 0)) {
        return false;
    }
    log_info("Node %s is %s a peer | DC=%s old=%#07x new=%#07x", peer->name, now ? "now" : "no longer",
             text_or(c->dc, "<none>"), old, peer->processes);
    if (!now) {
        g_hash_table_remove(c->announced, peer->name);
    }
    if (!now && c->election) {
        election_peer_lost(c->election, peer->name, same_name(peer->name, c->dc));
    }
    if (!crmd_has(c, F_CIB_CONNECTED) || c->state == S_STOPPING) {
        return false;
    }
    if (!now) {
        process_left(c, peer);
    } else if (crmd_has(c, F_THE_DC) || c->dc == NULL) {
        fsa_timer_run(c, CRMD_TIMER_FENCE_SYNC_SHORT);
    }
    return true;
}

static bool state_changed(struct crmd *c, peer_t *peer, enum peer_state old)
{
    static const char *const words[] = {"unset", "member", "lost"};

    log_info("%s node %s is now %s (was %s)", peer->remote ? "Remote" : "Cluster", peer->name,
             text_or(peer_state_text(peer), "unset"), words[old]);
    if (peer->state == PEER_MEMBER) {
        if (!peer->remote) {
            fence_cleanup_remove(c, peer->name);
        }
    } else if (!peer->remote && c->election) {
        election_peer_lost(c->election, peer->name, same_name(peer->name, c->dc));
    }
    alert_node(c, peer);
    return peer->state == PEER_MEMBER;
}

static int alive_score(const peer_t *peer)
{
    if (peer->remote) {
        return peer->state == PEER_MEMBER ? 1 : -1;
    }
    if (peer_active(peer)) {
        return 1;
    }
    return peer->state != PEER_MEMBER && !(peer->processes & PEER_PROC_CPG) ? -1 : 0;
}

static unsigned orderly_down(struct crmd *c, peer_t *peer, struct te_action *down, int alive)
{
    unsigned flags = 0;

    if (!peer->remote) {
        flags = UPDATE_JOIN | UPDATE_EXPECTED;
        join_phase_set(c, peer, JOIN_NONE, __func__);
        set_expected(c, peer, "down");
        join_check(c, __func__);
    }
    if (alive < 0) {
        log_info("do_shutdown of peer %s is complete | action=%d", peer->name, down->id);
        te_confirm(c, down);
        te_trigger(c);
    } else {
        log_info("do_shutdown of peer %s in progress", peer->name);
    }
    return flags;
}

static void unexpected_down(struct crmd *c, peer_t *peer)
{
    if (c->graph && c->graph->id >= 0) {
        log_warn("Stonith/shutdown of node %s was not expected", peer->name);
    } else {
        log_info("Stonith/shutdown of node %s is unknown to the current DC", peer->name);
    }
    if (!peer->remote) {
        join_phase_set(c, peer, JOIN_NONE, __func__);
        join_check(c, __func__);
    }
    te_abort(c, SCORE_INF, DONE_RESTART, "Node failure", NULL);
    if (peer->uuid) {
        te_fail_incompletable(c, peer->uuid);
    }
}

/* What the DC does about any change of a peer. */
static void dc_peer_changed(struct crmd *c, peer_t *peer, bool appeared)
{
    struct te_action *down = peer->uuid ? te_find_downed(c, peer->uuid) : NULL;
    int alive = alive_score(peer);
    unsigned flags = UPDATE_PEER;

    if (appeared && alive > 0 && !peer->remote) {
        fsa_prepend(c, C_FSA_INTERNAL, I_NODE_JOIN, NULL, "peer_update_callback");
    }
    if (down) {
        const char *task = te_task(down);

        if (same_text(task, "stonith")) {
            log_info("Node return implies fencing of %s is in progress or done", peer->name);
        } else if (!appeared && same_text(task, "do_shutdown")) {
            flags |= orderly_down(c, peer, down, alive);
        }
    } else if (!appeared) {
        unexpected_down(c, peer);
    }
    if (peer->remote) {
        flags |= UPDATE_CLUSTER;
        if (appeared) {
            te_abort(c, SCORE_INF, DONE_RESTART, "Pacemaker Remote node integrated", NULL);
        }
    }

    xmlNode *status XML_AUTO = xml_new("status");

    if (node_state_add(c, status, peer, flags, "peer_update_callback")) {
        core_cib_call(c, "cib_modify", "status", status, CIB_QUORUM_OVERRIDE | CIB_CAN_CREATE,
                      cib_check_error, (void *)"Update of a node state", NULL);
    }
}

static void greet_peer(struct crmd *c, const peer_t *peer, uint32_t old)
{
    if (!crmd_has(c, F_THE_DC) && (peer->processes & PEER_PROC_CPG) && !(old & PEER_PROC_CPG)
        && peer->name && !same_name(peer->name, c->name) && crmd_has(c, F_HA_CONNECTED)) {
        send_crmd(c, peer->name, "hello", SYS_CRMD, SYS_CRMD);
    }
}

void peer_changed(peers_t *peers, enum peer_change what, peer_t *peer, enum peer_state old_state,
                  uint32_t old_processes, void *arg)
{
    struct crmd *c = arg;
    bool appeared = false;

    (void)peers;
    if (c->stopped || what == PEER_REMOVED) {
        return;
    }
    if (!peer->remote) {
        crmd_set_flag(c, F_PEER_DATA);
        if (what == PEER_PROCESSES) {
            greet_peer(c, peer, old_processes);
        }
    }
    if (peer->name == NULL) {
        return;
    }
    switch (what) {
        case PEER_NAME:
            log_info("%s node %s is now known", peer->remote ? "Remote" : "Cluster", peer->name);
            return;
        case PEER_STATE:
            appeared = state_changed(c, peer, old_state);
            break;
        default:
            if (!processes_changed(c, peer, old_processes)) {
                c->ops.wake_fsa(c->arg);
                return;
            }
            appeared = (peer->processes & PEER_PROC_CPG) != 0;
            break;
    }
    if (crmd_has(c, F_THE_DC)) {
        dc_peer_changed(c, peer, appeared);
    }
    elect_if_complete(c);
    c->ops.wake_fsa(c->arg);
}

/* ---- nodes known from the configuration ---- */

bool node_known(const struct crmd *c, const char *name)
{
    return peers_find(c->peers, 0, name) || peers_find_remote(c->peers, name)
           || g_hash_table_contains(c->known_nodes, name);
}

static void remember_remote(struct crmd *c, xmlNode *cib, const char *xpath, const char *attribute)
{
    xpath_result_t *found = xpath_eval(cib, xpath, NULL);

    for (size_t i = 0; found && i < xpath_count(found); i++) {
        const char *name = xml_get(xpath_get(found, i), attribute);

        if (name && peers_find_remote(c->peers, name) == NULL) {
            peers_get_remote(c->peers, name);
        }
    }
    xpath_free(found);
}

/* Remote and configured nodes, looked up each time the CIB is fetched for the scheduler. */
void refresh_node_caches(struct crmd *c, xmlNode *cib)
{
    const xmlNode *configuration = xml_first(cib, "configuration");

    g_hash_table_remove_all(c->known_nodes);
    xml_foreach(node, xml_first(configuration, "nodes"), "node") {
        const char *name = xml_get(node, "uname");

        if (name && xml_id(node)) {
            g_hash_table_replace(c->known_nodes, g_strdup(name), g_strdup(xml_id(node)));
        }
    }
    remember_remote(c, cib, "/cib/status/node_state[@remote_node='true']", "uname");
    remember_remote(
        c, cib,
        "/cib/configuration/resources//primitive[@class='ocf'][@provider='pacemaker'][@type='remote']",
        "id");
    remember_remote(c, cib,
                    "/cib/configuration/resources//primitive//meta_attributes/nvpair[@name='remote-node']",
                    "value");
}
