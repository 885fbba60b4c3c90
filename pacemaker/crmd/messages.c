/* Messages of controllers and clients: filter, routing, and the requests a controller answers itself
 * (controller.md §0.4-§0.6, §8). */
#include "pacemaker/crmd/private.h"

static enum cluster_msg_type type_of_system(const char *system)
{
    static const struct {
        const char *name;
        enum cluster_msg_type type;
    } types[] = {
        {"lrmd", CMSG_LRMD}, {"cib", CMSG_CIB}, {"attrd", CMSG_ATTRD}, {"stonithd", CMSG_STONITHD},
        {"tengine", CMSG_TE}, {"pengine", CMSG_PE}, {"stonith-ng", CMSG_STONITH_NG},
    };

    for (size_t i = 0; system && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].name, system) == 0) {
            return types[i].type;
        }
    }
    return CMSG_CRMD;
}

void send_to_peer(struct crmd *c, const char *node, const xmlNode *msg)
{
    if (crmd_has(c, F_HA_CONNECTED)) {
        c->ops.cluster_send(c->arg, node, type_of_system(xml_get(msg, "crm_sys_to")), msg);
    }
}

void send_crmd(struct crmd *c, const char *node, const char *task, const char *sys_to, const char *sys_from)
{
    xmlNode *msg XML_AUTO = message_request(task, NULL, node, sys_to, sys_from, NULL);

    c->ops.cluster_send(c->arg, node, CMSG_CRMD, msg);
}

void send_noop(struct crmd *c)
{
    send_crmd(c, NULL, "noop", SYS_CRMD, crmd_has(c, F_THE_DC) ? SYS_DC : SYS_CRMD);
}

void send_shutdown_req(struct crmd *c)
{
    if (crmd_has(c, F_HA_CONNECTED)) {
        send_crmd(c, NULL, "req_shutdown", SYS_CRMD, SYS_CRMD);
    }
}

void update_attr_shutdown(struct crmd *c, const char *node)
{
    char *now = g_strdup_printf("%lld", c->ops.wall(c->arg));
    struct crmd_attr attr = {"shutdown", now};

    c->ops.attr_update(c->arg, node, peers_find_remote(c->peers, node) != NULL, &attr, 1);
    g_free(now);
}

/* ---- routing ---- */

static bool is_system(const char *system, const char *a)
{
    return system && strcmp(system, a) == 0;
}

static bool is_dc_system(const char *system)
{
    return is_system(system, SYS_DC) || is_system(system, "dcib") || is_system(system, SYS_TENGINE);
}

static bool is_for_here(const struct crmd *c, const xmlNode *msg, bool local)
{
    const char *host = xml_get(msg, "crm_host_to");
    const char *to = xml_get(msg, "crm_sys_to");
    const char *task = xml_get(msg, "crm_task");

    if (is_system(to, SYS_CRMD) && is_system(task, "lrm_delete")
        && is_system(xml_get(message_data(msg), "mode"), "cib")) {
        return true;
    }
    if (host && host[0]) {
        return same_name(host, c->name);
    }
    if (is_dc_system(to)) {
        return false;
    }
    if (is_system(to, SYS_CRMD)) {
        return !local || is_system(task, "node-info") || is_system(task, "list-nodes");
    }
    return true;
}

static void relay_to_cluster(struct crmd *c, const xmlNode *msg)
{
    const char *host = xml_get(msg, "crm_host_to");

    if (host && host[0] == '\0') {
        host = NULL;
    }
    if (host && peers_find(c->peers, 0, host) == NULL) {
        log_warn("Dropping message for unknown node %s (%s)", host,
                 text_or(xml_get(msg, "crm_task"), "no task"));
        return;
    }
    send_to_peer(c, host, msg);
}

static bool relay_to_dc(struct crmd *c, xmlNode *msg, bool local)
{
    const char *from = xml_get(msg, "crm_sys_from");

    if (crmd_has(c, F_THE_DC)) {
        if (!is_system(xml_get(msg, "crm_sys_to"), SYS_TENGINE)) {
            return false;
        }
        te_process_message(c, msg);
        return true;
    }
    if (local && !is_system(from, SYS_PENGINE) && !is_system(from, SYS_TENGINE)) {
        relay_to_cluster(c, msg);
    }
    return true;
}

static void deliver_locally(struct crmd *c, xmlNode *msg)
{
    const char *to = xml_get(msg, "crm_sys_to");

    if (xml_get(msg, "src") == NULL) {
        xml_set(msg, "src", c->name);
    }
    if (c->ops.ipc_send(c->arg, to, msg)) {
        return;
    }
    if (is_system(to, SYS_TENGINE)) {
        te_process_message(c, msg);
    } else if (is_system(to, SYS_LRMD)) {
        lrm_invoke(c, msg);
    } else if (!remote_proxy_reply(c, to, msg)) {
        log_debug("No recipient %s here for %s", to, text_or(xml_get(msg, "crm_task"), "message"));
    }
}

/* Pass a message on. False: it is for this controller itself. */
bool relay_message(struct crmd *c, xmlNode *msg, bool local)
{
    const char *to = xml_get(msg, "crm_sys_to");

    if (is_system(xml_get(msg, "crm_task"), "hello")) {
        return true;
    }
    if (!is_system(xml_get(msg, "t"), SYS_CRMD) || to == NULL) {
        log_warn("Dropping message without %s", to ? "controller type" : "recipient system");
        return true;
    }
    if (is_dc_system(to)) {
        return relay_to_dc(c, msg, local);
    }
    if (!is_for_here(c, msg, local)) {
        relay_to_cluster(c, msg);
        return true;
    }
    if (is_system(to, SYS_CRMD) || is_system(to, SYS_CIB)) {
        return false;
    }
    deliver_locally(c, msg);
    return true;
}

void act_route(struct crmd *c, const struct fsa_entry *entry)
{
    if (entry->msg && !relay_message(c, entry->msg, entry->cause == C_IPC_MESSAGE)) {
        handle_message(c, entry->msg, entry->cause);
    }
}

static void route(struct crmd *c, xmlNode *msg, enum fsa_cause cause)
{
    if (!relay_message(c, msg, cause == C_IPC_MESSAGE)) {
        handle_message(c, msg, cause);
    }
    c->ops.wake_fsa(c->arg);
}

static bool other_dc(struct crmd *c, const char *sender, const xmlNode *msg)
{
    if (!crmd_has(c, F_THE_DC) || !is_system(xml_get(msg, "crm_sys_from"), SYS_DC)
        || same_name(sender, c->name)) {
        return false;
    }
    log_warn("Another DC detected: %s (op=%s)", sender, text_or(xml_get(msg, "crm_task"), "none"));
    if (c->state != S_ELECTION) {
        fsa_error(c, C_FSA_INTERNAL, I_ELECTION, NULL, __func__);
    }
    return true;
}

void crmd_cluster_message(crmd_t *c, const char *sender, xmlNode *msg)
{
    peer_t *peer = sender ? peers_find(c->peers, 0, sender) : NULL;

    if (c->stopped || sender == NULL) {
        return;
    }
    xml_set(msg, "src", sender);
    if (peer && !(peer->processes & PEER_PROC_CPG)) {
        log_warn("Receiving messages from a node we think is dead: %s[%u]", sender, peer->id);
        peers_set_processes(c->peers, peer, peer->processes | PEER_PROC_CPG);
    }
    if (other_dc(c, sender, msg)) {
        return;
    }
    if (!crmd_has(c, F_THE_DC) && is_system(xml_get(msg, "crm_sys_to"), SYS_DC)) {
        if (is_system(xml_get(msg, "crm_task"), "join_announce")) {
            elect_announced(c, sender);
        }
        return;
    }
    route(c, msg, C_HA_MESSAGE);
}

void crmd_ipc_request(crmd_t *c, const char *client_id, xmlNode *msg)
{
    if (c->stopped) {
        return;
    }
    xml_set(msg, "crm_sys_from", client_id);
    route(c, msg, C_IPC_MESSAGE);
}

/* ---- requests answered here ---- */

static void reply(struct crmd *c, const xmlNode *request, const xmlNode *data)
{
    xmlNode *msg XML_AUTO = message_reply(request, data);

    if (!relay_message(c, msg, true)) {
        handle_message(c, msg, C_IPC_MESSAGE);
    }
}

static void handle_ping(struct crmd *c, xmlNode *msg)
{
    xmlNode *response XML_AUTO = xml_new("ping_response");
    const char *state = fsa_state_name(c->state);

    xml_set(response, "crm_subsystem", text_or(xml_get(msg, "crm_sys_to"), SYS_CRMD));
    xml_set(response, "crmd_state", state);
    log_notice("Current ping state: %s", state);
    xml_set(response, "result", "ok");
    reply(c, msg, response);
}

static peer_t *wanted_peer(struct crmd *c, const xmlNode *msg)
{
    const char *name = xml_get(msg, "uname");
    long long id = 0;
    peer_t *peer = NULL;

    if (xml_get_int(msg, "id", &id) != 0 || id < 0 || id > UINT32_MAX) {
        id = 0;
    }
    if (id == 0 && name == NULL) {
        name = c->name;
    }
    peer = name ? peers_find_remote(c->peers, name) : NULL;
    return peer ? peer : peers_find(c->peers, (uint32_t)id, name);
}

static void handle_node_info(struct crmd *c, xmlNode *msg)
{
    xmlNode *node XML_AUTO = xml_new("node");
    peer_t *peer = wanted_peer(c, msg);

    xml_set(node, "crm_subsystem", SYS_CRMD);
    xml_set_bool(node, "have-quorum", c->quorate);
    if (peer) {
        xml_set(node, "id", peer->uuid);
        xml_set(node, "uname", peer->name);
        xml_set(node, "crmd", peer_state_text(peer));
        xml_set_bool(node, "remote_node", peer->remote);
    }
    reply(c, msg, node);
}

static void list_peer(peer_t *peer, void *nodes)
{
    xmlNode *node = xml_add(nodes, "node");

    xml_setf(node, "id", "%u", peer->id);
    xml_set(node, "uname", peer->name);
    xml_set(node, "in_ccm", peer_state_text(peer));
}

static void handle_list_nodes(struct crmd *c, xmlNode *msg)
{
    xmlNode *nodes XML_AUTO = xml_new("nodes");

    peers_foreach(c->peers, list_peer, nodes);
    reply(c, msg, nodes);
}

static void handle_rm_node_cache(struct crmd *c, const xmlNode *msg)
{
    const char *name = xml_get(msg, "uname");
    long long id = 0;

    if (xml_get_int(msg, "id", &id) != 0 || id < 0 || id > UINT32_MAX) {
        id = 0;
    }
    if (id == 0 && name == NULL) {
        return;
    }
    peers_reap(c->peers, (uint32_t)id, name);
    if (name) {
        fence_reset_count(c, name);
    }
}

static void handle_req_shutdown(struct crmd *c, const xmlNode *msg)
{
    const char *node = xml_get(msg, "src");
    peer_t *peer = node ? peers_find(c->peers, 0, node) : NULL;

    if (peer) {
        set_expected(c, peer, "down");
    }
    if (!crmd_has(c, F_THE_DC)) {
        return;
    }
    if (node == NULL) {
        node = c->name;
    }
    log_info("Creating shutdown request for %s | state=%s", node, fsa_state_name(c->state));
    update_attr_shutdown(c, node);
}

/* "You may stop now" (§6.2). */
static void handle_do_shutdown(struct crmd *c, const xmlNode *msg)
{
    const char *from = xml_get(msg, "src");

    if (crmd_has(c, F_THE_DC)) {
        if (crmd_has(c, F_SHUTDOWN)) {
            FSA_INTERNAL(c, I_STOP);
        } else if (same_name(from, c->name)) {
            log_err("Got a request to shut down from ourselves without having asked for it");
            FSA_INTERNAL(c, I_TERMINATE);
        } else if (c->state != S_STOPPING) {
            log_err("Another DC told us to shut down: %s", text_or(from, "unknown"));
            FSA_INTERNAL(c, I_ELECTION);
        }
        return;
    }
    if (c->dc && !same_name(from, c->dc)) {
        log_warn("Ignoring shutdown request from %s, which is not our DC (%s)", text_or(from, "unknown"),
                 c->dc);
        return;
    }
    if (!crmd_has(c, F_SHUTDOWN)) {
        log_err("The DC asked us to shut down although we did not request it, staying down");
        crmd_set_flag(c, F_STAYDOWN);
    }
    FSA_INTERNAL(c, I_STOP);
}

static void handle_join_offer(struct crmd *c, const xmlNode *msg, enum fsa_cause cause)
{
    const char *version = text_or(xml_get(msg, "crm_feature_set"), "3.0.14");

    if (!feature_set_ok(version, CRM_FEATURE_SET)) {
        log_err("Local feature set %s is incompatible with the DC's (%s), staying down", CRM_FEATURE_SET,
                version);
        crmd_set_flag(c, F_STAYDOWN);
        crmd_quit(c, CRM_EX_FATAL);
        return;
    }
    fsa_append(c, cause, I_JOIN_OFFER, msg, __func__);
}

static void handle_vote(struct crmd *c, const xmlNode *msg, enum fsa_cause cause)
{
    fsa_append_actions(c, cause, A_ELECTION_COUNT | A_ELECTION_CHECK, msg, __func__);
}

static void handle_lrm_request(struct crmd *c, xmlNode *msg, enum fsa_cause cause)
{
    if (is_system(xml_get(msg, "crm_task"), "lrm_delete")
        && is_system(xml_get(message_data(msg), "mode"), "cib")) {
        lrm_delete_cib_only(c, msg);
        return;
    }
    xml_set(msg, "crm_sys_to", SYS_LRMD);
    fsa_append(c, cause, I_ROUTER, msg, __func__);
}

static void handle_clear_failcount(struct crmd *c, const xmlNode *msg)
{
    const xmlNode *data = message_data(msg);
    const xmlNode *attributes = xml_first(data, "attributes");
    const char *rsc = xml_id(xml_first(data, "primitive"));
    const char *node = xml_get(data, "on_node");
    const char *op = xml_get(attributes, "CRM_meta_clear_failure_op");
    const char *interval = xml_get(attributes, "CRM_meta_clear_failure_interval");
    unsigned interval_ms = interval ? (unsigned)int_parse(interval, 0) : 0;
    char *spec = g_strdup_printf("%ums", interval_ms);

    if (rsc == NULL || node == NULL) {
        log_warn("Ignoring clear_failcount without %s", rsc ? "node" : "resource");
    } else {
        c->ops.attr_clear_failure(c->arg, node, xml_get(data, "router_node") != NULL, rsc, op,
                                  op ? spec : NULL);
        lrm_clear_last_failure(c, node, rsc, op, interval_ms);
    }
    g_free(spec);
}

static bool handle_dc_request(struct crmd *c, xmlNode *msg, enum fsa_cause cause)
{
    static const struct {
        const char *task;
        enum fsa_input input;
    } joins[] = {
        {"join_announce", I_NODE_JOIN},
        {"join_request", I_JOIN_REQUEST},
        {"join_confirm", I_JOIN_RESULT},
    };
    const char *task = xml_get(msg, "crm_task");

    if (!crmd_has(c, F_THE_DC)) {
        return false;
    }
    for (size_t i = 0; i < sizeof joins / sizeof joins[0]; i++) {
        if (is_system(task, joins[i].task)) {
            fsa_append(c, cause, joins[i].input, msg, __func__);
            return true;
        }
    }
    if (is_system(task, "remote_state")) {
        remote_state_message(c, msg);
        return true;
    }
    return false;
}

static bool handle_cluster_request(struct crmd *c, xmlNode *msg, enum fsa_cause cause)
{
    const char *task = xml_get(msg, "crm_task");

    if (is_system(task, "no-vote") || is_system(task, "vote")) {
        handle_vote(c, msg, cause);
    } else if (is_system(task, "join_offer")) {
        handle_join_offer(c, msg, cause);
    } else if (is_system(task, "join_ack_nack")) {
        fsa_append(c, cause, I_JOIN_RESULT, msg, __func__);
    } else if (is_system(task, "req_shutdown")) {
        handle_req_shutdown(c, msg);
    } else if (is_system(task, "do_shutdown")) {
        handle_do_shutdown(c, msg);
    } else if (is_system(task, "throttle")) {
        throttle_message(c, msg);
    } else if (is_system(task, "clear_failcount")) {
        handle_clear_failcount(c, msg);
    } else if (is_system(task, "maintenance_nodes")) {
        remote_record_maintenance(c, message_data(msg));
    } else if (!is_system(task, "noop")) {
        return false;
    }
    return true;
}

static bool handle_client_request(struct crmd *c, xmlNode *msg, enum fsa_cause cause)
{
    const char *task = xml_get(msg, "crm_task");

    if (is_system(task, "ping")) {
        handle_ping(c, msg);
    } else if (is_system(task, "node-info")) {
        handle_node_info(c, msg);
    } else if (is_system(task, "list-nodes")) {
        handle_list_nodes(c, msg);
    } else if (is_system(task, "rm_node_cache")) {
        handle_rm_node_cache(c, msg);
    } else if (is_system(task, "start_shutdown")) {
        start_shutdown(c);
    } else if (is_system(task, "lrm_delete") || is_system(task, "lrm_fail") || is_system(task, "lrm_refresh")
               || is_system(task, "probe_again")) {
        handle_lrm_request(c, msg, cause);
    } else {
        return false;
    }
    return true;
}

/* A message addressed to this controller (§0.6). */
void handle_message(struct crmd *c, xmlNode *msg, enum fsa_cause cause)
{
    const char *kind = xml_get(msg, "subt");
    const char *task = xml_get(msg, "crm_task");

    if (task == NULL) {
        log_warn("Ignoring message without task from %s", text_or(xml_get(msg, "src"), "a local client"));
        return;
    }
    if (is_system(kind, "response")) {
        if (is_system(task, "pe_calc")) {
            crmd_sched_reply(c, msg);
        } else if (!is_system(task, "vote") && !strstr(task, "shutdown")) {
            log_err("Unexpected response '%s' from %s", task, text_or(xml_get(msg, "src"), "a local client"));
        }
        return;
    }
    if (!handle_dc_request(c, msg, cause) && !handle_cluster_request(c, msg, cause)
        && !handle_client_request(c, msg, cause)) {
        log_info("Ignoring unexpected request '%s' from %s", task,
                 text_or(xml_get(msg, "src"), "a local client"));
    }
}
