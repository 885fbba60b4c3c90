/* Results of operations: recording, acknowledging, bookkeeping (controller.md §5.2, §5.5, §5.12). */
#include "pacemaker/crmd/private.h"

bool op_recordable(const char *op)
{
    return op && strcmp(op, "cancel") != 0 && strcmp(op, "delete") != 0 && strcmp(op, "notify") != 0
           && strcmp(op, "meta-data") != 0;
}

bool op_failed(int rc, int status, int target_rc)
{
    switch (status) {
        case EXEC_TIMEOUT:
        case EXEC_NOT_SUPPORTED:
        case EXEC_ERROR:
        case EXEC_NOT_CONNECTED:
        case EXEC_INVALID:
        case EXEC_NO_FENCE_DEVICE:
        case EXEC_NO_SECRETS:
            return true;
        case EXEC_PENDING:
        case EXEC_CANCELLED:
            return false;
        default:
            return rc != target_rc;
    }
}

int event_target_rc(const char *key)
{
    int action, transition, target_rc = 0;
    char uuid[64];

    return parse_transition_key(key, &action, &transition, &target_rc, uuid) == 0 ? target_rc : 0;
}

/* ---- direct acknowledgement ---- */

void lrm_direct_ack(struct crmd *c, const char *to_host, const char *to_sys, const struct crmd_rsc_info *info,
                    const struct crmd_exec_event *event)
{
    xmlNode *parent XML_AUTO = xml_new("status");
    xmlNode *state = xml_add(parent, "node_state");
    xmlNode *lrm, *resource;

    xml_set(state, "id", c->uuid);
    xml_set(state, "uname", c->name);
    xml_set(state, "crm-debug-origin", __func__);
    lrm = xml_add(state, "lrm");
    xml_set(lrm, "id", c->uuid);
    resource = xml_add(xml_add(lrm, "lrm_resources"), "lrm_resource");
    xml_set(resource, "id", event->rsc_id);
    history_add_op(c, resource, info, event, __func__);

    xmlNode *msg XML_AUTO =
        message_request("lrm_invoke", state, to_host, text_or(to_sys, SYS_TENGINE), SYS_LRMD, NULL);

    log_debug("ACK'ing resource op %s_%s_%u from %s: %s", event->rsc_id, event->op_type, event->interval_ms,
              text_or(event->user_data, "nobody"), text_or(xml_get(msg, "reference"), ""));
    relay_message(c, msg, true);
}

/* ---- a result ---- */

static void old_dc_status(const struct crmd *c, struct crmd_exec_event *event)
{
    if (c->dc_version == NULL || version_compare(c->dc_version, "3.2.0") >= 0) {
        return;
    }
    if (event->status == EXEC_NOT_CONNECTED) {
        event->rc = 189;
        event->status = EXEC_ERROR;
    } else if (event->status == EXEC_INVALID) {
        event->rc = 99;
        event->status = EXEC_ERROR;
    }
}

static void normalise(const struct crmd *c, struct crmd_exec_event *event)
{
    old_dc_status(c, event);
    if (event->status == EXEC_ERROR
        && (event->rc == OCF_NOT_RUNNING || event->rc == OCF_RUNNING_PROMOTED || event->rc == OCF_DEGRADED
            || event->rc == OCF_DEGRADED_PROMOTED)) {
        event->status = EXEC_DONE;
    }
}

static void delete_cancelled_entry(struct crmd *c, const struct exec_node *node,
                                   const struct crmd_exec_event *event, const struct pending_op *pending)
{
    const char *name = text_or(node->name, c->name);
    char *xpath = g_strdup_printf("//node_state[@uname='%s']//lrm_resource[@id='%s']/lrm_rsc_op[@id='%s']",
                                  name, event->rsc_id, pending->op_key);

    log_debug("Deleting history entry of cancelled %s on %s", pending->op_key, name);
    core_cib_call(c, "cib_delete", xpath, NULL, CIB_QUORUM_OVERRIDE | CIB_XPATH, NULL, NULL, NULL);
    g_free(xpath);
}

static bool failure_is_of(const struct exec_node *node, const struct crmd_exec_event *event)
{
    const struct rsc_history *history = g_hash_table_lookup(node->history, event->rsc_id);

    return history && history->failed && same_text(history->failed->op_type, event->op_type)
           && history->failed->interval_ms == event->interval_ms;
}

static void record_cancelled(struct crmd *c, struct exec_node *node, const struct crmd_exec_event *event,
                             const struct pending_op *pending)
{
    if (event->interval_ms == 0) {
        lrm_direct_ack(c, NULL, NULL, NULL, event);
    } else if (pending && pending->remove) {
        delete_cancelled_entry(c, node, event, pending);
        if (failure_is_of(node, event)) {
            lrm_direct_ack(c, NULL, NULL, NULL, event);
        }
    } else if (event->rsc_deleted) {
        lrm_direct_ack(c, NULL, NULL, NULL, event);
    }
}

static int record_result(struct crmd *c, struct exec_node *node, const struct crmd_rsc_info *info,
                         const struct crmd_exec_event *event, const struct pending_op *pending)
{
    if (event->status == EXEC_CANCELLED) {
        record_cancelled(c, node, event, pending);
        return 0;
    }
    if (op_recordable(event->op_type) && info) {
        history_write(c, node, info, event, pending ? pending->lock_time : 0);
        return c->last_history_call;
    }
    if (op_recordable(event->op_type)) {
        if (event->rsc_deleted) {
            log_notice("Not recording %s result in the CIB because resource %s was deleted", event->op_type,
                       event->rsc_id);
        } else {
            log_err("Unable to record %s result of %s in the CIB: the resource is not known", event->op_type,
                    event->rsc_id);
        }
    }
    lrm_direct_ack(c, NULL, NULL, NULL, event);
    return 0;
}

static void log_output(const struct crmd_exec_event *event)
{
    if (event->output == NULL || event->output[0] == '\0') {
        return;
    }
    if (event->rc != OCF_OK) {
        log_notice("%s_%s_%u@output: %s", event->rsc_id, event->op_type, event->interval_ms, event->output);
    } else {
        log_debug("%s_%s_%u output: %s", event->rsc_id, event->op_type, event->interval_ms, event->output);
    }
}

static void log_result(const struct crmd *c, const struct exec_node *node,
                       const struct crmd_exec_event *event, int update, bool confirmed)
{
    const char *text = event->status == EXEC_DONE ? ocf_exit_str(event->rc) : exec_status_str(event->status);
    const char *reason = event->exit_reason && event->exit_reason[0] ? event->exit_reason : NULL;
    char *tail = g_strdup_printf("%s%.0dgraph action %sconfirmed; call=%d key=%s_%s_%u",
                                 update ? "CIB update, " : "", 0, confirmed ? "" : "un", event->call_id,
                                 event->rsc_id, event->op_type, event->interval_ms);
    int level = event->status == EXEC_DONE        ? LOG_NOTICE
                : event->status == EXEC_CANCELLED ? LOG_INFO
                                                  : LOG_ERR;

#define RESULT_ARGS                                                                        \
    event->op_type, event->rsc_id, text_or(node->name, c->name), text, reason ? " (" : "", \
        reason ? reason : "", reason ? ")" : "", tail, event->rc
#define RESULT_FORMAT "Result of %s operation for %s on %s: %s%s%s%s | %s rc=%d"
    if (level == LOG_NOTICE) {
        log_notice(RESULT_FORMAT, RESULT_ARGS);
    } else if (level == LOG_INFO) {
        log_info(RESULT_FORMAT, RESULT_ARGS);
    } else {
        log_err(RESULT_FORMAT, RESULT_ARGS);
    }
#undef RESULT_ARGS
#undef RESULT_FORMAT
    g_free(tail);
    log_output(event);
}

/* What is known of the resource: asked from the executor, else remembered. */
static bool find_info(struct crmd *c, struct exec_node *node, const char *rsc_id, struct crmd_rsc_info *info)
{
    const struct rsc_history *history;

    if (remote_is_connection(c, rsc_id)) {
        *info = (struct crmd_rsc_info){
            .id = g_strdup(rsc_id), .class = g_strdup("ocf"), .provider = g_strdup("pacemaker"),
            .type = g_strdup("remote"),
        };
        return true;
    }
    history = g_hash_table_lookup(node->history, rsc_id);
    if (history) {
        *info = (struct crmd_rsc_info){
            .id = g_strdup(rsc_id), .class = g_strdup(history->info.class),
            .provider = g_strdup(history->info.provider), .type = g_strdup(history->info.type),
        };
        return true;
    }
    return node->connected && c->ops.exec_rsc_info(c->arg, node->name, rsc_id, info) == 0;
}

void lrm_handle_result(struct crmd *c, struct exec_node *node, const struct crmd_exec_event *given,
                       struct pending_op *pending)
{
    struct crmd_exec_event event = *given;
    struct crmd_rsc_info found = {0};
    const struct crmd_rsc_info *info;
    char *id = g_strdup_printf("%s:%d", event.rsc_id, event.call_id);
    bool over = event.interval_ms == 0 || event.status == EXEC_CANCELLED;
    int update;

    event.node = node->name;
    normalise(c, &event);
    if (pending == NULL) {
        pending = g_hash_table_lookup(node->pending, id);
    }
    if (event.user_data == NULL && pending) {
        event.user_data = pending->user_data;
    }
    info = find_info(c, node, event.rsc_id, &found) ? &found : NULL;
    update = record_result(c, node, info, &event, pending);
    log_result(c, node, &event, update, pending != NULL || over);
    alert_resource(c, text_or(node->name, c->name), &event);
    if (event.rsc_deleted) {
        lrm_resource_deleted(c, node, event.rsc_id);
    }
    history_update(c, node, info, &event);
    if (over) {
        g_hash_table_remove(node->pending, id);
    }
    crmd_rsc_info_free(&found);
    g_free(id);
    c->ops.wake_fsa(c->arg);
}

void crmd_exec_result(crmd_t *c, const struct crmd_exec_event *event)
{
    struct exec_node *node = lrm_node_find(c, event->node);

    if (c->stopped || node == NULL || event->rsc_id == NULL || event->op_type == NULL) {
        return;
    }
    if (!node->connected) {
        log_info("Ignoring result of %s for %s after the executor was disconnected", event->op_type,
                 event->rsc_id);
        return;
    }
    if (remote_ignores_results(node)) {
        return;
    }
    lrm_handle_result(c, node, event, NULL);
}

/* ---- stopping ---- */

static bool is_active(const struct rsc_history *history)
{
    const struct op_record *last = history->last;

    if (last == NULL) {
        return false;
    }
    if (last->rc == OCF_OK
        && (strcmp(last->op_type, "stop") == 0 || strcmp(last->op_type, "migrate_to") == 0)) {
        return false;
    }
    if (last->rc == OCF_NOT_RUNNING || (last->interval_ms == 0 && last->rc == OCF_NOT_CONFIGURED)) {
        return false;
    }
    return true;
}

static void cancel_all_recurring(struct crmd *c, struct exec_node *node)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, node->pending);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct pending_op *pending = value;

        if (pending->interval_ms == 0) {
            continue;
        }
        if (!pending->cancelled) {
            pending->cancelled = true;
            c->ops.exec_cancel(c->arg, node->name, pending->rsc_id, pending->op_type, pending->interval_ms);
        }
        g_hash_table_iter_remove(&iter);
    }
}

/* Whether the executor may be left: nothing but what is lost anyway is still running there. */
bool lrm_verify_stopped(struct crmd *c, struct exec_node *node)
{
    unsigned pending, active = 0;
    GHashTableIter iter;
    gpointer value;

    cancel_all_recurring(c, node);
    pending = g_hash_table_size(node->pending);
    if (pending && c->state != S_TERMINATE) {
        log_notice("%u pending executor operations at shutdown, waiting", pending);
        return false;
    }
    g_hash_table_iter_init(&iter, node->history);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (is_active(value)) {
            log_notice("Recurring or active resource at shutdown: %s", ((struct rsc_history *)value)->id);
            active++;
        }
    }
    if (active) {
        log_err("%u resource%s active at shutdown", active, active == 1 ? " was" : "s were");
    }
    return true;
}

/* Whether a recurring operation told its first result already: nobody waits for another. */
static bool has_reported(struct exec_node *node, const struct pending_op *op)
{
    const struct rsc_history *history = op->interval_ms ? history_get(node, op->rsc_id, NULL) : NULL;

    for (GList *item = history ? history->recurring : NULL; item; item = item->next) {
        const struct op_record *record = item->data;

        if (record->call_id == op->call_id) {
            return true;
        }
    }
    return false;
}

/* The connection is gone: nothing pending will be answered. What recurs there just ends. */
void lrm_drop_pending(struct crmd *c, struct exec_node *node)
{
    GHashTable *pending = node->pending;
    GHashTableIter iter;
    gpointer value;

    node->pending = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, pending_free);
    g_hash_table_iter_init(&iter, pending);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct pending_op *op = value;
        struct crmd_exec_event event = {
            .node = node->name, .rsc_id = op->rsc_id, .op_type = op->op_type, .user_data = op->user_data,
            .exit_reason = "Action was pending when executor connection was dropped",
            .interval_ms = op->interval_ms, .call_id = op->call_id, .rc = OCF_UNKNOWN_ERROR,
            .status = EXEC_NOT_CONNECTED, .run_time = op->start_time, .rcchange_time = op->start_time,
            .params = op->params,
        };

        if (!has_reported(node, op)) {
            lrm_handle_result(c, node, &event, op);
        }
    }
    g_hash_table_destroy(pending);
}

void crmd_exec_lost(crmd_t *c, const char *node)
{
    struct exec_node *target = lrm_node_find(c, node);

    if (c->stopped || target == NULL || !target->connected) {
        return;
    }
    if (target == c->local) {
        if (!crmd_has(c, F_LRM_CONNECTED)) {
            return;
        }
        log_crit("Lost connection to the local executor");
        crmd_clear_flag(c, F_LRM_CONNECTED);
        target->connected = false;
        lrm_drop_pending(c, target);
        FSA_ERROR(c, I_ERROR);
        return;
    }
    remote_lost(c, node);
}
