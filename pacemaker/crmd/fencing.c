/* Fencing as the transition engine and the controllers see it (controller.md §4.9). */
#include "pacemaker/crmd/private.h"

void fence_connect(struct crmd *c)
{
    crmd_set_flag(c, F_ST_REQUIRED);
    c->ops.fencer_connect(c->arg);
}

void crmd_fencer_connected(crmd_t *c)
{
    if (c->stopped) {
        return;
    }
    crmd_set_flag(c, F_ST_CONNECTED);
    log_notice("Fencer successfully connected");
    fsa_timer_halt(c, CRMD_TIMER_FENCE_SYNC_LONG);
    fsa_timer_run(c, CRMD_TIMER_FENCE_SYNC_LONG);
}

void crmd_history_synced(crmd_t *c)
{
    fsa_timer_halt(c, CRMD_TIMER_FENCE_SYNC_SHORT);
    fsa_timer_halt(c, CRMD_TIMER_FENCE_SYNC_LONG);
}

/* ---- failures per target ---- */

static unsigned failures(const struct crmd *c, const char *target)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(c->fence_failures, target));
}

static void count_failure(struct crmd *c, const char *target)
{
    g_hash_table_replace(c->fence_failures, g_strdup(target), GUINT_TO_POINTER(failures(c, target) + 1));
}

void fence_reset_count(struct crmd *c, const char *target)
{
    g_hash_table_remove(c->fence_failures, target);
}

static bool too_many_failures(struct crmd *c, const char *target)
{
    int max = score_parse(option_text(c, "stonith-max-attempts"), NULL);
    unsigned most = 0;
    const char *who = target;
    GHashTableIter iter;
    gpointer name, count;

    if (target) {
        most = failures(c, target);
    } else {
        g_hash_table_iter_init(&iter, c->fence_failures);
        while (g_hash_table_iter_next(&iter, &name, &count)) {
            if (GPOINTER_TO_UINT(count) > most) {
                most = GPOINTER_TO_UINT(count);
                who = name;
            }
        }
    }
    if (max > 0 && most >= (unsigned)max) {
        log_notice("Too many failures (%u) to fence %s, giving up", most, who);
        return true;
    }
    return false;
}

static void abort_for_failure(struct crmd *c, enum completion completion, const char *target)
{
    if (completion != DONE_WAIT && too_many_failures(c, target)) {
        completion = DONE_WAIT;
    }
    te_abort(c, SCORE_INF, completion, "Stonith failed", NULL);
}

/* ---- recording ---- */

static void update_done(struct crmd *c, int call_id, int rc, const xmlNode *output, void *data)
{
    (void)output;
    (void)data;
    if (rc < 0) {
        log_err("CIB update for a fenced node failed: %s | call=%d", pcmk_strerror(rc), call_id);
        te_abort(c, SCORE_INF, DONE_SHUTDOWN, "CIB update failed", NULL);
    }
}

void fence_update_node(struct crmd *c, const char *target, const char *uuid)
{
    unsigned flags = UPDATE_JOIN | UPDATE_EXPECTED;
    peer_t *peer = peers_find_remote(c->peers, target);
    xmlNode *status XML_AUTO = xml_new("status");
    xmlNode *state;

    if (peer == NULL) {
        peer = uuid ? peers_get(c->peers, (uint32_t)int_parse(uuid, 0), target)
                    : peers_find(c->peers, 0, target);
    }
    if (peer == NULL) {
        log_warn("Cannot record fencing of %s: it is not known", target);
        return;
    }
    if (peer->state == PEER_UNKNOWN) {
        flags |= UPDATE_CLUSTER;
        peers_set_state(c->peers, peer, PEER_LOST, 0, c->ops.wall(c->arg));
        peers_set_processes(c->peers, peer, 0);
    }
    join_phase_set(c, peer, JOIN_NONE, __func__);
    set_expected(c, peer, "down");
    state = node_state_add(c, status, peer, flags, __func__);
    if (state == NULL) {
        return;
    }
    if (peer->remote) {
        xml_setf(state, "node_fenced", "%lld", c->ops.wall(c->arg));
    }
    core_cib_call(c, "cib_modify", "status", status, CIB_QUORUM_OVERRIDE | CIB_SCOPE_LOCAL | CIB_CAN_CREATE,
                  update_done, NULL, NULL);
    erase_node_state(c, peer->name, STATE_ALL, CIB_SCOPE_LOCAL);
}

static GList *cleanup_find(const struct crmd *c, const char *target)
{
    for (GList *item = c->fence_cleanup; item; item = item->next) {
        if (same_name(item->data, target)) {
            return item;
        }
    }
    return NULL;
}

static void cleanup_add(struct crmd *c, const char *target)
{
    if (cleanup_find(c, target) == NULL) {
        c->fence_cleanup = g_list_append(c->fence_cleanup, g_strdup(target));
    }
}

void fence_cleanup_remove(struct crmd *c, const char *target)
{
    GList *item = cleanup_find(c, target);

    if (item) {
        g_free(item->data);
        c->fence_cleanup = g_list_delete_link(c->fence_cleanup, item);
    }
}

void fence_cleanup_purge(struct crmd *c)
{
    g_list_free_full(c->fence_cleanup, g_free);
    c->fence_cleanup = NULL;
}

void fence_cleanup_execute(struct crmd *c)
{
    for (GList *item = c->fence_cleanup; item; item = item->next) {
        log_info("Marking %s, target of a previous fencing action, as clean", (const char *)item->data);
        fence_update_node(c, item->data, node_uuid(c, item->data));
    }
    fence_cleanup_purge(c);
}

/* ---- executing ---- */

bool fence_execute(struct crmd *c, struct te_graph *graph, struct te_action *action)
{
    const char *target = te_node(action), *uuid = te_node_uuid(action);
    const char *type = te_meta(action, "CRM_meta_stonith_action");
    const char *priority_delay = te_meta(action, "CRM_meta_priority_fencing_delay");
    unsigned delay_ms = priority_delay ? interval_parse(priority_delay, NULL) : 0;
    bool only_us = join_count(c, JOIN_CONFIRMED) <= 1;
    int call_id;

    if (target == NULL || uuid == NULL || type == NULL) {
        log_err("Corrupted fencing action %d: no %s", action->id,
                target ? uuid ? "action" : "uuid" : "target");
        return false;
    }
    if (priority_delay) {
        log_notice("Requesting fencing (%s) of node %s | action=%d timeout=%u priority_delay=%us", type,
                   target, action->id, graph->stonith_timeout_ms, delay_ms / 1000);
    } else {
        log_notice("Requesting fencing (%s) of node %s | action=%d timeout=%u", type, target, action->id,
                   graph->stonith_timeout_ms);
    }
    call_id = c->ops.fencer_fence(c->arg, target, type, graph->stonith_timeout_ms / 1000,
                                  (int)(delay_ms / 1000), only_us);
    if (call_id < 0) {
        log_err("Could not ask the fencer to %s %s: %s", type, target, pcmk_strerror(call_id));
        call_id = 0;
    }
    if (call_id == 0) {
        action->failed = true;
        return false;
    }
    g_hash_table_insert(c->fence_calls, GINT_TO_POINTER(call_id),
                        g_strdup_printf("%d:%d:0:%-*s", action->id, graph->id, 36, c->te_uuid));
    return true;
}

static bool is_fencing_with_id(struct te_action *action, const void *id)
{
    return action->id == *(const int *)id && same_text(te_task(action), "stonith");
}

static struct te_action *action_of_call(struct crmd *c, const char *key)
{
    int id, transition, target_rc;
    char uuid[64];

    if (!crmd_has(c, F_THE_DC) || c->graph == NULL || c->graph->complete
        || parse_transition_key(key, &id, &transition, &target_rc, uuid) != 0) {
        return NULL;
    }
    if (transition != c->graph->id || strcmp(uuid, c->te_uuid) != 0) {
        return NULL;
    }
    return graph_find(c->graph, is_fencing_with_id, &id);
}

static void set_attr(struct crmd *c, const char *node, const char *name, const char *value)
{
    struct crmd_attr attr = {name, value};

    c->ops.attr_update(c->arg, node, peers_find_remote(c->peers, node) != NULL, &attr, 1);
}

static void unfenced(struct crmd *c, const struct te_action *action, const char *target)
{
    const char *all = te_meta(action, "CRM_meta_digests_all");
    const char *secure = te_meta(action, "CRM_meta_digests_secure");
    char *now = g_strdup_printf("%lld", c->ops.wall(c->arg));

    set_attr(c, target, "#node-unfenced", now);
    set_attr(c, target, "#digests-all", all);
    set_attr(c, target, "#digests-secure", secure);
    g_free(now);
}

static void fencing_succeeded(struct crmd *c, struct te_action *action, const char *target)
{
    log_info("Fencing operation %d for %s passed", action->id, target);
    if (!action->confirmed) {
        te_confirm(c, action);
        if (same_text(te_meta(action, "CRM_meta_stonith_action"), "on")) {
            unfenced(c, action, target);
        } else if (!action->sent_update) {
            fence_update_node(c, target, te_node_uuid(action));
            action->sent_update = true;
        }
    }
    fence_reset_count(c, target);
}

static void fencing_failed(struct crmd *c, struct te_action *action, const char *target, int status,
                           const char *reason)
{
    action->failed = true;
    count_failure(c, target);
    if (status == EXEC_NO_FENCE_DEVICE) {
        log_warn("Fencing operation %d for %s failed: %s (aborting transition and giving up for now)",
                 action->id, target, text_or(reason, exec_status_str(status)));
        abort_for_failure(c, DONE_WAIT, target);
    } else {
        log_notice("Fencing operation %d for %s failed: %s (aborting transition)", action->id, target,
                   text_or(reason, exec_status_str(status)));
        abort_for_failure(c, DONE_RESTART, target);
    }
}

void crmd_fence_result(crmd_t *c, int call_id, int exit_status, int status, const char *reason)
{
    char *key = NULL;
    struct te_action *action;

    if (c->stopped
        || !g_hash_table_steal_extended(c->fence_calls, GINT_TO_POINTER(call_id), NULL, (gpointer *)&key)) {
        return;
    }
    action = action_of_call(c, key);
    if (action == NULL) {
        log_info("Ignoring result of fencing call %d: it is not from this transition (%s)", call_id, key);
        g_free(key);
        return;
    }

    const char *target = te_node(action);

    if (exit_status == CRM_EX_OK && status == EXEC_DONE) {
        fencing_succeeded(c, action, target);
    } else {
        fencing_failed(c, action, target, status, reason);
    }
    graph_update(c->graph, action);
    te_trigger(c);
    g_free(key);
}

struct pending_fencing {
    struct crmd *c;
    bool any;
};

static void fail_fencing(struct te_action *action, void *arg)
{
    struct pending_fencing *pending = arg;

    if (action->executed && !action->confirmed && same_text(te_task(action), "stonith")) {
        log_notice("Fencing action %d (%s) of %s failed: the fencer is gone", action->id,
                   text_or(te_key(action), "?"), text_or(te_node(action), "?"));
        action->failed = true;
        pending->any = true;
    }
}

void fence_fail_pending(struct crmd *c)
{
    struct pending_fencing pending = {c, false};

    if (c->graph == NULL || c->graph->complete) {
        return;
    }
    graph_foreach(c->graph, fail_fencing, &pending);
    if (pending.any) {
        for (guint i = 0; i < c->graph->synapses->len; i++) {
            struct te_synapse *synapse = g_ptr_array_index(c->graph->synapses, i);

            for (guint j = 0; j < synapse->actions->len; j++) {
                struct te_action *action = g_ptr_array_index(synapse->actions, j);

                if (action->failed && !action->confirmed && same_text(te_task(action), "stonith")) {
                    te_confirm(c, action);
                }
            }
        }
        abort_for_failure(c, DONE_RESTART, NULL);
    }
}

void crmd_fencer_lost(crmd_t *c)
{
    if (c->stopped) {
        return;
    }
    crmd_clear_flag(c, F_ST_CONNECTED);
    if (!crmd_has(c, F_ST_REQUIRED)) {
        log_info("Fencer disconnected");
        return;
    }
    log_crit("Lost connection to the fencer, reconnecting");
    g_hash_table_remove_all(c->fence_calls);
    if (crmd_has(c, F_THE_DC)) {
        fence_fail_pending(c);
        te_trigger(c);
    }
    c->ops.fencer_connect(c->arg);
}

/* ---- notifications ---- */

static void fenced_ourselves(struct crmd *c, const struct crmd_fence_event *event)
{
    log_crit("We were allegedly just fenced by %s for %s!", text_or(event->executioner, "the cluster"),
             text_or(event->origin, "unknown"));
    if (same_name(option_text(c, "fence-reaction"), "panic")) {
        c->ops.panic(c->arg);
    } else {
        crmd_quit(c, CRM_EX_FATAL);
    }
}

static void log_notification(const struct crmd_fence_event *event, bool ok)
{
    log_notice("Peer %s was%s terminated (%s) by %s on behalf of %s@%s: %s%s%s%s | event=%s", event->target,
               ok ? "" : " not", text_or(event->action, "?"), text_or(event->executioner, "<anyone>"),
               text_or(event->client, "?"), text_or(event->origin, "?"),
               ok ? "OK" : exec_status_str(event->status), event->reason ? " (" : "",
               text_or(event->reason, ""), event->reason ? ")" : "", text_or(event->id, "?"));
}

static bool own_client(const struct crmd *c, const char *client)
{
    char *own = g_strdup_printf("pacemaker-controld.%d", c->settings.pid);
    bool same = same_text(own, client);

    g_free(own);
    return same;
}

/* A node is certainly down: what the rest of the cluster must know. */
static void target_down(struct crmd *c, const struct crmd_fence_event *event)
{
    const char *uuid = node_uuid(c, event->target);
    peer_t *peer = peers_find_remote(c->peers, event->target);
    bool remote = peer != NULL;

    if (crmd_has(c, F_THE_DC)) {
        fence_update_node(c, event->target, uuid);
        if (!own_client(c, event->client)) {
            te_abort(c, SCORE_INF, DONE_RESTART, "External Fencing Operation", NULL);
        }
    } else if (!remote && (c->dc == NULL || same_name(c->dc, event->target))) {
        if (same_name(event->executioner, c->name)) {
            fence_update_node(c, event->target, uuid);
        }
        cleanup_add(c, event->target);
    }
    if (remote) {
        remote_fenced(c, event->target);
    } else {
        peer = peers_find(c->peers, 0, event->target);
    }
    if (peer) {
        join_phase_set(c, peer, JOIN_NONE, __func__);
        peers_set_state(c->peers, peer, PEER_LOST, peer->last_seen, c->ops.wall(c->arg));
        if (!remote) {
            peers_set_processes(c->peers, peer, 0);
        }
    }
}

void crmd_fence_notify(crmd_t *c, const struct crmd_fence_event *event)
{
    bool ok = event->exit_status == CRM_EX_OK && event->status == EXEC_DONE;

    if (c->stopped || event->target == NULL) {
        return;
    }
    alert_fencing(c, event);
    if (same_text(event->action, "on")) {
        log_notice("Peer %s was%s unfenced by %s at the request of %s@%s", event->target, ok ? "" : " not",
                   text_or(event->executioner, "<anyone>"), text_or(event->client, "?"),
                   text_or(event->origin, "?"));
        return;
    }
    if (ok && same_name(event->target, c->name)) {
        fenced_ourselves(c, event);
        return;
    }
    if (!crmd_has(c, F_THE_DC)) {
        if (ok) {
            fence_reset_count(c, event->target);
        } else {
            count_failure(c, event->target);
        }
    }
    log_notification(event, ok);
    if (ok && node_known(c, event->target)) {
        target_down(c, event);
    }
}
