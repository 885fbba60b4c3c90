/* Running the transition: initiating actions, timers, aborts, completion (controller.md §4.3, §4.4, §4.6,
 * §4.7). */
#include "pacemaker/crmd/private.h"

bool te_state_idle(const struct crmd *c)
{
    switch (c->state) {
        case S_STARTING:
        case S_PENDING:
        case S_NOT_DC:
        case S_STOPPING:
        case S_TERMINATE:
            return true;
        default:
            return false;
    }
}

/* ---- the engine's life ---- */

static void graph_replace(struct crmd *c, struct te_graph *graph)
{
    GHashTableIter iter;
    gpointer id;

    g_hash_table_iter_init(&iter, c->action_timers);
    while (g_hash_table_iter_next(&iter, &id, NULL)) {
        c->ops.timer_stop(c->arg, GPOINTER_TO_UINT(id));
    }
    g_hash_table_remove_all(c->action_timers);
    graph_free(c->graph);
    c->graph = graph;
    jobs_reset(c);
}

void te_drop_graph(struct crmd *c)
{
    if (c->stopped) {
        graph_free(c->graph);
        c->graph = NULL;
        return;
    }
    graph_replace(c, NULL);
}

void act_te_start(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    if (c->te_uuid[0] == '\0') {
        c->ops.uuid(c->arg, c->te_uuid);
        log_info("Registering transition engine UUID: %s", c->te_uuid);
    }
    graph_replace(c, graph_blank());
    crmd_set_flag(c, F_TE_CONNECTED);
}

void act_te_stop(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    te_drop_graph(c);
    crmd_clear_flag(c, F_TE_CONNECTED);
}

void te_trigger(struct crmd *c)
{
    if (!c->stopped) {
        c->ops.wake_graph(c->arg);
    }
}

static void run_new_graph(struct crmd *c)
{
    const xmlNode *reply = c->sched_reply;
    const char *ref = xml_get(reply, "reference");
    const char *source = xml_get(reply, "crm-tgraph-in");

    if (!same_text(c->sched_ref, ref)) {
        te_abort(c, SCORE_INF, DONE_RESTART, "Transition Redundant", NULL);
    }
    if (fsa_timer_running(c, CRMD_TIMER_TRANSITION)) {
        log_info("Another transition is already scheduled");
        return;
    }

    struct te_graph *graph = graph_parse(message_data(reply), source);

    if (graph == NULL) {
        FSA_INTERNAL(c, I_FAIL);
        return;
    }
    graph_replace(c, graph);
    log_info("Processing graph %d (ref=%s) derived from %s", graph->id, ref, graph->source);

    const char *offset = xml_get(graph->xml, "failed-stop-offset");

    if (offset) {
        replace_text(&c->failed_stop_offset, offset);
    }
    offset = xml_get(graph->xml, "failed-start-offset");
    if (offset) {
        replace_text(&c->failed_start_offset, offset);
    }
    c->recheck_by = int_parse(xml_get(graph->xml, "recheck-by"), 0);
    te_trigger(c);
}

void act_te_invoke(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    if (!crmd_has(c, F_THE_DC) || c->sched_reply == NULL) {
        log_info("No need to invoke the transition engine in state %s", fsa_state_name(c->state));
        return;
    }
    if (c->graph && !c->graph->complete) {
        log_info("Another transition is already active");
        te_abort(c, SCORE_INF, DONE_RESTART, "Transition Active", NULL);
        return;
    }
    run_new_graph(c);
    xml_free(c->sched_reply);
    c->sched_reply = NULL;
}

void act_te_halt(struct crmd *c, const struct fsa_entry *entry)
{
    te_abort(c, SCORE_INF, DONE_WAIT, "Peer Halt", NULL);
    if (c->graph && !c->graph->complete) {
        fsa_stall(c, entry, A_TE_HALT);
    }
}

void act_te_cancel(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    te_abort(c, SCORE_INF, DONE_RESTART, "Peer Cancelled", NULL);
}

/* ---- aborts ---- */

static bool raise_abort(struct te_graph *graph, int priority, enum completion completion, const char *text)
{
    bool changed = false;

    if (graph->abort_priority < priority) {
        graph->abort_priority = priority;
        replace_text(&graph->reason, text);
        changed = true;
    }
    if (graph->completion < completion) {
        graph->completion = completion;
        changed = true;
    }
    return changed;
}

static void log_abort(const struct te_graph *graph, const char *text, const char *detail, bool changed)
{
    if (changed) {
        log_notice("Transition %d aborted%s: %s | complete=%s", graph->id, detail ? detail : "", text,
                   graph->complete ? "true" : "false");
    } else {
        log_info("Transition %d aborted%s: %s | complete=%s", graph->id, detail ? detail : "", text,
                 graph->complete ? "true" : "false");
    }
}

void te_abort(struct crmd *c, int priority, enum completion completion, const char *text, const char *detail)
{
    if (c->graph == NULL || te_state_idle(c)) {
        log_debug("Ignoring abort (%s) in state %s", text, fsa_state_name(c->state));
        return;
    }
    fsa_timer_halt(c, CRMD_TIMER_DELAYED_ABORT);
    g_clear_pointer(&c->delayed_abort, g_free);
    sched_clear_expected(c);
    if (c->graph->complete) {
        log_abort(c->graph, text, detail, false);
        if (fsa_timer_period(c, CRMD_TIMER_TRANSITION) > 0) {
            fsa_timer_halt(c, CRMD_TIMER_TRANSITION);
            fsa_timer_run(c, CRMD_TIMER_TRANSITION);
        } else {
            FSA_INTERNAL(c, I_PE_CALC);
        }
        return;
    }
    log_abort(c->graph, text, detail, raise_abort(c->graph, priority, completion, text));
    te_trigger(c);
}

void te_delayed_abort(struct crmd *c, const char *text, unsigned ms)
{
    replace_text(&c->delayed_abort, text);
    fsa_timer_halt(c, CRMD_TIMER_DELAYED_ABORT);
    fsa_timer_run_for(c, CRMD_TIMER_DELAYED_ABORT, ms);
}

void te_delayed_abort_fire(struct crmd *c)
{
    char *text = c->delayed_abort;

    c->delayed_abort = NULL;
    if (text) {
        te_abort(c, SCORE_INF, DONE_RESTART, text, NULL);
    }
    g_free(text);
}

/* ---- a pass and its end ---- */

static void completed_in_transition(struct crmd *c, enum completion completion)
{
    if (completion == DONE_RESTART) {
        if (fsa_timer_period(c, CRMD_TIMER_TRANSITION) > 0) {
            fsa_timer_halt(c, CRMD_TIMER_TRANSITION);
            fsa_timer_run(c, CRMD_TIMER_TRANSITION);
        } else {
            FSA_INTERNAL(c, I_PE_CALC);
        }
    } else {
        FSA_INTERNAL(c, I_TE_SUCCESS);
    }
}

void te_graph_complete(struct crmd *c)
{
    static const char *const words[] = {"done", "stop", "restart", "shutdown"};
    struct te_graph *graph = c->graph;
    enum completion completion = graph->completion;

    if (completion == DONE_SHUTDOWN) {
        if (crmd_has(c, F_SHUTDOWN)) {
            FSA_INTERNAL(c, I_STOP);
        } else {
            log_err("We didn't ask to be shut down, yet the transition says so");
            FSA_INTERNAL(c, I_TERMINATE);
        }
    } else if (c->state == S_TRANSITION_ENGINE) {
        completed_in_transition(c, completion);
    } else if (completion == DONE_RESTART && c->state == S_POLICY_ENGINE) {
        fsa_add_actions(c, A_PE_INVOKE);
    }
    log_debug("Transition %d status: %s - %s", graph->id, words[completion],
              text_or(graph->reason, "unspecified"));
    graph->completion = DONE_DONE;
    g_clear_pointer(&graph->reason, g_free);
    c->ops.wake_fsa(c->arg);
}

void crmd_run_graph(crmd_t *c)
{
    static const struct graph_fns fns = {te_allowed, te_initiate};
    enum pass_result result;

    if (c->stopped || c->graph == NULL || te_state_idle(c)) {
        return;
    }
    if (c->graph->complete) {
        te_graph_complete(c);
        return;
    }
    result = graph_pass(c, c->graph, throttle_batch_limit(c, c->graph->batch_limit), &fns);
    if (c->stopped || c->graph == NULL) {
        return;
    }
    graph_log_summary(c->graph, result);
    if (result == PASS_ACTIVE) {
        te_trigger(c);
    } else if (result == PASS_COMPLETE || result == PASS_TERMINATED) {
        te_graph_complete(c);
    }
}

/* ---- initiating ---- */

bool te_allowed(struct crmd *c, struct te_graph *graph, struct te_action *action)
{
    return action->type != TE_RSC || jobs_allowed(c, graph, action);
}

void te_stop_timer(struct crmd *c, struct te_action *action)
{
    if (action->timer) {
        c->ops.timer_stop(c->arg, action->timer);
        g_hash_table_remove(c->action_timers, GUINT_TO_POINTER(action->timer));
        action->timer = 0;
    }
}

static void start_timer(struct crmd *c, const struct te_graph *graph, struct te_action *action)
{
    unsigned long long ms = (action->timeout_ms ? action->timeout_ms : graph->network_delay_ms);

    ms += graph->network_delay_ms;
    action->timer = dynamic_timer(c);
    g_hash_table_insert(c->action_timers, GUINT_TO_POINTER(action->timer), action);
    c->ops.timer_start(c->arg, action->timer, ms > INT32_MAX ? INT32_MAX : (unsigned)ms);
}

void te_confirm(struct crmd *c, struct te_action *action)
{
    if (!action->confirmed && action->type == TE_RSC && te_node(action)) {
        jobs_add(c, action, -1);
    }
    te_stop_timer(c, action);
    action->confirmed = true;
    graph_update(c->graph, action);
    te_trigger(c);
}

static char *action_key(const struct crmd *c, const struct te_graph *graph, const struct te_action *action)
{
    int target_rc = (int)int_parse(te_meta(action, "CRM_meta_op_target_rc"), 0);

    return g_strdup_printf("%d:%d:%d:%-*s", action->id, graph->id, target_rc, 36, c->te_uuid);
}

static void send_maintenance(peer_t *peer, void *arg)
{
    void **args = arg;
    struct crmd *c = args[0];

    if (peer->name && !same_name(peer->name, c->name)) {
        xmlNode *msg XML_AUTO =
            message_request("maintenance_nodes", args[1], peer->name, SYS_CRMD, SYS_TENGINE, NULL);

        c->ops.cluster_send(c->arg, peer->name, CMSG_CRMD, msg);
    }
}

static void initiate_pseudo(struct crmd *c, struct te_action *action)
{
    const xmlNode *downed = xml_first(action->xml, "downed");

    if (same_text(te_task(action), "maintenance_nodes")) {
        void *args[] = {c, action->xml};

        peers_foreach(c->peers, send_maintenance, args);
        remote_record_maintenance(c, action->xml);
    } else if (same_text(te_task(action), "stonith") && downed) {
        const xmlNode *node = xml_first(downed, "node");

        if (node && xml_next(node, "node") == NULL && xml_id(node)) {
            remote_guest_down(c, xml_id(node));
        }
    }
    log_debug("Pseudo-action %d (%s) fired and confirmed", action->id, text_or(te_key(action), "?"));
    te_confirm(c, action);
}

static bool initiate_resource(struct crmd *c, struct te_graph *graph, struct te_action *action)
{
    const char *node = te_node(action);
    const char *router = te_router(c, action);

    if (node == NULL || router == NULL || te_task(action) == NULL) {
        log_err("Corrupted resource action %d: no %s", action->id, node ? "operation" : "node");
        return false;
    }

    char *key = action_key(c, graph, action);
    bool local = same_name(router, c->name);

    xml_set(action->xml, "transition-key", key);
    g_free(key);
    log_notice("Initiating %s operation %s %son %s | action %d", te_task(action), te_key(action),
               local ? "locally " : "", node, action->id);

    xmlNode *msg XML_AUTO = message_request("lrm_invoke", action->xml, router, SYS_LRMD, SYS_TENGINE, NULL);

    if (bool_true(te_meta(action, "CRM_meta_op_no_wait"))) {
        te_confirm(c, action);
    } else {
        jobs_add(c, action, 1);
        start_timer(c, graph, action);
    }
    if (local) {
        lrm_invoke(c, msg);
    } else if (peers_find(c->peers, 0, router)) {
        c->ops.cluster_send(c->arg, router, CMSG_LRMD, msg);
    } else {
        log_err("Could not send action %d: node %s is not known", action->id, router);
        te_stop_timer(c, action);
        return false;
    }
    return true;
}

static bool initiate_cluster(struct crmd *c, struct te_graph *graph, struct te_action *action)
{
    const char *task = te_task(action);
    const char *router = te_router(c, action);

    if (same_text(task, "stonith")) {
        return fence_execute(c, graph, action);
    }
    if (task == NULL || router == NULL) {
        log_err("Corrupted cluster action %d: no %s", action->id, task ? "node" : "operation");
        return false;
    }
    if (same_text(task, "do_shutdown") && same_name(router, c->name)) {
        log_info("Handling local do_shutdown of action %d: leaving when the transition is complete",
                 action->id);
        te_confirm(c, action);
        raise_abort(graph, 0, DONE_SHUTDOWN, "local shutdown");
        replace_text(&graph->reason, "local shutdown");
        return true;
    }
    if (same_text(task, "do_shutdown")) {
        set_expected(c, peers_find(c->peers, 0, router), "down");
    }
    if (peers_find(c->peers, 0, router) == NULL) {
        log_err("Could not send action %d: node %s is not known", action->id, router);
        return false;
    }

    xmlNode *msg XML_AUTO = message_request(task, action->xml, router, SYS_CRMD, SYS_TENGINE, NULL);
    char *key = action_key(c, graph, action);

    log_notice("Requesting %s of %s operation on %s | action %d", "execution", task, router, action->id);
    xml_set(msg, "transition-key", key);
    g_free(key);
    c->ops.cluster_send(c->arg, router, CMSG_CRMD, msg);
    if (bool_true(te_meta(action, "CRM_meta_op_no_wait"))) {
        te_confirm(c, action);
    } else {
        start_timer(c, graph, action);
    }
    return true;
}

bool te_initiate(struct crmd *c, struct te_graph *graph, struct te_action *action)
{
    switch (action->type) {
        case TE_PSEUDO:
            initiate_pseudo(c, action);
            return true;
        case TE_RSC:
            return initiate_resource(c, graph, action);
        default:
            return initiate_cluster(c, graph, action);
    }
}

/* ---- lost actions ---- */

static void record_lost(struct crmd *c, const struct te_action *action)
{
    const char *node = te_node(action), *uuid = te_node_uuid(action);
    const char *router = te_router(c, action);
    const xmlNode *primitive = xml_first(action->xml, "primitive");
    const char *rsc = text_or(xml_id(primitive), "");
    const char *long_id = xml_get(primitive, "long-id");
    char *reason;
    char *key = action_key(c, c->graph, action);

    if (node == NULL || uuid == NULL || primitive == NULL || !op_recordable(te_task(action))) {
        g_free(key);
        return;
    }
    reason = same_name(router, c->name)
        ? g_strdup("Local executor did not return result in time")
        : g_strdup_printf("Controller on %s did not return result in time", router);

    struct crmd_rsc_info info = {
        .id = (char *)(long_id ? long_id : rsc), .class = (char *)xml_get(primitive, "class"),
        .provider = (char *)xml_get(primitive, "provider"), .type = (char *)xml_get(primitive, "type"),
    };
    struct crmd_exec_event event = {
        .rsc_id = rsc,
        .op_type = te_task(action),
        .user_data = key,
        .exit_reason = reason,
        .interval_ms = action->interval_ms,
        .timeout_ms = action->timeout_ms,
        .call_id = -1,
        .rc = OCF_UNKNOWN_ERROR,
        .status = EXEC_TIMEOUT,
        .run_time = c->ops.wall(c->arg),
        .rcchange_time = c->ops.wall(c->arg),
    };
    xmlNode *status XML_AUTO = xml_new("status");
    xmlNode *state = xml_add(status, "node_state");
    xmlNode *lrm, *resource;

    if (peers_find_remote(c->peers, node)) {
        xml_set(state, "remote_node", "true");
    }
    xml_set(state, "id", uuid);
    xml_set(state, "uname", node);
    lrm = xml_add(state, "lrm");
    xml_set(lrm, "id", uuid);
    resource = xml_add(xml_add(lrm, "lrm_resources"), "lrm_resource");
    xml_set(resource, "id", rsc);
    xml_set(resource, "type", info.type);
    xml_set(resource, "class", info.class);
    xml_set(resource, "provider", info.provider);
    history_add_op(c, resource, NULL, &event, __func__);
    core_cib_call(c, "cib_modify", "status", status, CIB_QUORUM_OVERRIDE | CIB_SCOPE_LOCAL | CIB_CAN_CREATE,
                  NULL, NULL, NULL);
    g_free(reason);
    g_free(key);
}

void te_action_timeout(struct crmd *c, unsigned timer)
{
    struct te_action *action = g_hash_table_lookup(c->action_timers, GUINT_TO_POINTER(timer));

    if (action == NULL || c->graph == NULL) {
        return;
    }
    g_hash_table_remove(c->action_timers, GUINT_TO_POINTER(timer));
    action->timer = 0;
    if (c->graph->complete) {
        log_notice("Node %s did not send %s result (via %s) within %ums after the transition was complete",
                   text_or(te_node(action), "?"), text_or(te_task(action), "?"),
                   text_or(te_router(c, action), "?"), action->timeout_ms + c->graph->network_delay_ms);
        return;
    }
    log_err("Node %s did not send %s result (via %s) within %ums (action timeout plus cluster-delay)",
            text_or(te_node(action), "?"), text_or(te_task(action), "?"), text_or(te_router(c, action), "?"),
            action->timeout_ms + c->graph->network_delay_ms);
    action->failed = true;
    te_confirm(c, action);
    te_abort(c, SCORE_INF, DONE_RESTART, "Action lost", NULL);
    if (action->type == TE_RSC) {
        record_lost(c, action);
    }
}

static bool lost_with(struct crmd *c, const struct te_action *action, const char *uuid)
{
    const char *router;

    if (action->type == TE_PSEUDO || action->confirmed || same_text(te_task(action), "stonith")) {
        return false;
    }
    if (same_text(te_node_uuid(action), uuid)) {
        return true;
    }
    router = xml_get(action->xml, "router_node");
    return router && same_text(node_uuid(c, router), uuid);
}

void te_fail_incompletable(struct crmd *c, const char *uuid)
{
    bool any = false;

    if (c->graph == NULL || c->graph->complete) {
        return;
    }
    for (guint i = 0; i < c->graph->synapses->len; i++) {
        struct te_synapse *synapse = g_ptr_array_index(c->graph->synapses, i);

        for (guint j = 0; j < synapse->actions->len && !synapse->confirmed && !synapse->failed; j++) {
            struct te_action *action = g_ptr_array_index(synapse->actions, j);

            if (lost_with(c, action, uuid)) {
                action->failed = true;
                synapse->failed = true;
                te_stop_timer(c, action);
                log_notice("Action %d (%s) was pending on %s (offline)", action->id,
                           text_or(te_key(action), "?"), text_or(te_node(action), "?"));
                graph_update(c->graph, action);
                any = true;
            }
        }
    }
    if (any) {
        te_abort(c, SCORE_INF, DONE_RESTART, "Node failure", NULL);
    }
}

static bool downs(struct te_action *action, const void *uuid)
{
    if (!action->executed) {
        return false;
    }
    xml_foreach(node, xml_first(action->xml, "downed"), "node") {
        if (same_text(xml_id(node), uuid)) {
            return true;
        }
    }
    return false;
}

struct te_action *te_find_downed(struct crmd *c, const char *uuid)
{
    return c->graph && uuid ? graph_find(c->graph, downs, uuid) : NULL;
}
