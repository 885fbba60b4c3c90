/* What a node did with its resources: memory of results and their form in the CIB (controller.md §5.1,
 * §5.7). */
#include "pacemaker/crmd/private.h"

char *op_key_text(const char *rsc, const char *op, unsigned interval_ms)
{
    return g_strdup_printf("%s_%s_%u", rsc, op, interval_ms);
}

void crmd_rsc_info_free(struct crmd_rsc_info *info)
{
    g_free(info->id);
    g_free(info->class);
    g_free(info->provider);
    g_free(info->type);
    memset(info, 0, sizeof *info);
}

static GHashTable *params_copy(GHashTable *params)
{
    GHashTable *copy;
    GHashTableIter iter;
    gpointer name, value;

    if (params == NULL) {
        return NULL;
    }
    copy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_iter_init(&iter, params);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        g_hash_table_insert(copy, g_strdup(name), g_strdup(value));
    }
    return copy;
}

static void record_free(void *data)
{
    struct op_record *record = data;

    if (record == NULL) {
        return;
    }
    g_free(record->op_type);
    g_free(record->user_data);
    g_free(record->exit_reason);
    g_free(record->node);
    if (record->params) {
        g_hash_table_unref(record->params);
    }
    g_free(record);
}

static struct op_record *record_new(const struct crmd_exec_event *event)
{
    struct op_record *record = g_new0(struct op_record, 1);

    record->op_type = g_strdup(event->op_type);
    record->user_data = g_strdup(event->user_data);
    record->exit_reason = g_strdup(event->exit_reason);
    record->node = g_strdup(event->node);
    record->interval_ms = event->interval_ms;
    record->timeout_ms = event->timeout_ms;
    record->start_delay_ms = event->start_delay_ms;
    record->call_id = event->call_id;
    record->rc = event->rc;
    record->status = event->status;
    record->run_time = event->run_time;
    record->rcchange_time = event->rcchange_time;
    record->exec_time_ms = event->exec_time_ms;
    record->queue_time_ms = event->queue_time_ms;
    record->params = params_copy(event->params);
    return record;
}

void event_from_record(struct crmd_exec_event *event, const struct op_record *record, const char *rsc_id)
{
    *event = (struct crmd_exec_event){
        .node = record->node,
        .rsc_id = rsc_id,
        .op_type = record->op_type,
        .user_data = record->user_data,
        .exit_reason = record->exit_reason,
        .interval_ms = record->interval_ms,
        .timeout_ms = record->timeout_ms,
        .start_delay_ms = record->start_delay_ms,
        .call_id = record->call_id,
        .rc = record->rc,
        .status = record->status,
        .run_time = record->run_time,
        .rcchange_time = record->rcchange_time,
        .exec_time_ms = record->exec_time_ms,
        .queue_time_ms = record->queue_time_ms,
        .params = record->params,
    };
}

void history_drop_failure(struct rsc_history *history)
{
    record_free(history->failed);
    history->failed = NULL;
}

static void recurring_clear(struct rsc_history *history)
{
    g_list_free_full(history->recurring, record_free);
    history->recurring = NULL;
}

void history_free(void *data)
{
    struct rsc_history *history = data;

    g_free(history->id);
    crmd_rsc_info_free(&history->info);
    record_free(history->last);
    record_free(history->failed);
    recurring_clear(history);
    if (history->stop_params) {
        g_hash_table_destroy(history->stop_params);
    }
    g_free(history);
}

void pending_free(void *data)
{
    struct pending_op *pending = data;

    g_free(pending->rsc_id);
    g_free(pending->op_type);
    g_free(pending->op_key);
    g_free(pending->user_data);
    if (pending->params) {
        g_hash_table_unref(pending->params);
    }
    g_free(pending);
}

/* Entry of a resource; created when info is given. */
struct rsc_history *history_get(struct exec_node *node, const char *rsc_id, const struct crmd_rsc_info *info)
{
    struct rsc_history *history = g_hash_table_lookup(node->history, rsc_id);

    if (history || info == NULL) {
        return history;
    }
    history = g_new0(struct rsc_history, 1);
    history->id = g_strdup(rsc_id);
    history->info = (struct crmd_rsc_info){
        .id = g_strdup(rsc_id), .class = g_strdup(info->class), .provider = g_strdup(info->provider),
        .type = g_strdup(info->type),
    };
    g_hash_table_insert(node->history, g_strdup(rsc_id), history);
    return history;
}

static void recurring_drop(struct rsc_history *history, const char *op_type, unsigned interval_ms)
{
    for (GList *item = history->recurring; item; item = item->next) {
        struct op_record *record = item->data;

        if (record->interval_ms == interval_ms && same_text(record->op_type, op_type)) {
            record_free(record);
            history->recurring = g_list_delete_link(history->recurring, item);
            return;
        }
    }
}

static bool remembers_stop_params(const char *op)
{
    static const char *const ops[] = {"start", "reload", "reload-agent", "monitor"};

    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (strcmp(op, ops[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Instance parameters a stop will be run with: those of the last successful start, reload or probe. */
static void remember_stop_params(struct rsc_history *history, GHashTable *params)
{
    GHashTableIter iter;
    gpointer name, value;

    if (params == NULL) {
        return;
    }
    if (history->stop_params) {
        g_hash_table_destroy(history->stop_params);
    }
    history->stop_params = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_iter_init(&iter, params);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        if (strncmp(name, "CRM_meta_", 9) != 0) {
            g_hash_table_insert(history->stop_params, g_strdup(name), g_strdup(value));
        }
    }
}

static void remember_result(struct rsc_history *history, const struct crmd_exec_event *event)
{
    if (op_failed(event->rc, event->status, event_target_rc(event->user_data))) {
        record_free(history->failed);
        history->failed = record_new(event);
    } else if (event->interval_ms == 0) {
        record_free(history->last);
        history->last = record_new(event);
        if (remembers_stop_params(event->op_type)) {
            remember_stop_params(history, event->params);
        }
    }
    if (event->interval_ms > 0) {
        recurring_drop(history, event->op_type, event->interval_ms);
        history->recurring = g_list_prepend(history->recurring, record_new(event));
    } else if (strcmp(event->op_type, "monitor") != 0) {
        recurring_clear(history);
    }
}

void history_update(struct crmd *c, struct exec_node *node, const struct crmd_rsc_info *info,
                    const struct crmd_exec_event *event)
{
    struct rsc_history *history;

    if (event->rsc_deleted) {
        history_erase(c, text_or(node->name, c->name), event->rsc_id, NULL);
        return;
    }
    if (same_text(event->op_type, "notify")) {
        return;
    }
    history = history_get(node, event->rsc_id, info);
    if (history == NULL) {
        log_info("Resource %s no longer exists here: its result is not remembered", event->rsc_id);
        return;
    }
    history->last_callid = event->call_id;
    if (event->status == EXEC_CANCELLED) {
        if (event->interval_ms > 0) {
            recurring_drop(history, event->op_type, event->interval_ms);
        }
        return;
    }
    remember_result(history, event);
}

/* ---- the form in the CIB ---- */

static char *notify_key(const struct crmd_exec_event *event)
{
    const char *type = event->params ? g_hash_table_lookup(event->params, "CRM_meta_notify_type") : NULL;
    const char *op = event->params ? g_hash_table_lookup(event->params, "CRM_meta_notify_operation") : NULL;

    return g_strdup_printf("%s_%s_notify_%s_0", event->rsc_id, text_or(type, "pre"), text_or(op, "start"));
}

/* A successful reload is remembered as a start, another as a probe. */
static const char *recorded_task(const struct crmd_exec_event *event)
{
    if (strcmp(event->op_type, "reload") == 0 || strcmp(event->op_type, "reload-agent") == 0) {
        return event->status == EXEC_DONE ? "start" : "monitor";
    }
    return event->op_type;
}

struct entry_ids {
    char *id, *second;          /* second: another entry with the same content, or NULL */
    char *key;
};

static void choose_ids(struct entry_ids *ids, const struct crmd_exec_event *event, const char *task,
                       bool failed)
{
    ids->key = op_key_text(event->rsc_id, task, event->interval_ms);
    if (strcmp(task, "notify") == 0) {
        ids->id = notify_key(event);
    } else if (strcmp(task, "migrate_to") == 0 || strcmp(task, "migrate_from") == 0) {
        ids->id = g_strdup(ids->key);
    } else if (failed) {
        ids->id = op_key_text(event->rsc_id, "last_failure", 0);
        ids->second = event->interval_ms == 0 ? op_key_text(event->rsc_id, "last", 0) : NULL;
    } else if (event->interval_ms > 0) {
        ids->id = g_strdup(ids->key);
    } else {
        ids->id = op_key_text(event->rsc_id, "last", 0);
    }
}

static void add_times(xmlNode *op, const struct crmd_exec_event *event)
{
    if (event->run_time == 0 && event->rcchange_time == 0 && event->exec_time_ms == 0
        && event->queue_time_ms == 0) {
        return;
    }
    xml_set_int(op, "last-rc-change",
                event->interval_ms > 0 && event->rcchange_time > 0 ? event->rcchange_time : event->run_time);
    xml_set_int(op, "exec-time", event->exec_time_ms);
    xml_set_int(op, "queue-time", event->queue_time_ms);
}

static void add_migration(xmlNode *op, const struct crmd_exec_event *event, const char *task)
{
    if (event->params && (strcmp(task, "migrate_to") == 0 || strcmp(task, "migrate_from") == 0)) {
        xml_set(op, "migrate_source", g_hash_table_lookup(event->params, "CRM_meta_migrate_source"));
        xml_set(op, "migrate_target", g_hash_table_lookup(event->params, "CRM_meta_migrate_target"));
    }
}

static void add_op_digest(xmlNode *op, const struct crmd_exec_event *event)
{
    xmlNode *params XML_AUTO = NULL;
    char *digest;

    if (event->params == NULL) {
        return;
    }
    params = digest_params(event->params);
    digest = xml_digest_v1(params, true, false);
    xml_set(op, "op-digest", digest);
    free(digest);
}

static const char *event_feature_set(const struct crmd *c, const struct crmd_exec_event *event)
{
    const char *version = event->params ? g_hash_table_lookup(event->params, "crm_feature_set") : NULL;

    return text_or(version, text_or(c->dc_version, CRM_FEATURE_SET));
}

static xmlNode *entry_write(struct crmd *c, xmlNode *parent, const char *id, const char *key,
                            const char *task, const struct crmd_exec_event *event, const char *origin,
                            bool failed)
{
    xmlNode *op = xml_find(parent, "lrm_rsc_op", "id", id);
    bool notify_done = strcmp(task, "notify") == 0 && event->status != EXEC_PENDING;
    int rc = notify_done ? OCF_OK : event->rc;
    int status = notify_done ? EXEC_DONE : event->status;
    char *made_key = NULL;
    const char *transition = event->user_data;

    if (op == NULL) {
        op = xml_add(parent, "lrm_rsc_op");
    }
    if (transition == NULL) {
        /* nobody asked for it, so anything but success is a failure */
        made_key = g_strdup_printf("%d:-1:%d:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", event->call_id, OCF_OK);
        transition = made_key;
    }
    xml_set(op, "id", id);
    xml_set(op, "operation_key", key);
    xml_set(op, "operation", task);
    xml_set(op, "crm-debug-origin", origin);
    xml_set(op, "crm_feature_set", event_feature_set(c, event));
    xml_set(op, "transition-key", transition);
    xml_setf(op, "transition-magic", "%d:%d;%s", status, rc, transition);
    xml_set(op, "exit-reason", failed && event->exit_reason ? event->exit_reason : "");
    xml_set(op, "on_node", c->name);
    xml_set_int(op, "call-id", event->call_id);
    xml_set_int(op, "rc-code", rc);
    xml_set_int(op, "op-status", status);
    xml_set_int(op, "interval", event->interval_ms);
    add_times(op, event);
    add_migration(op, event, task);
    add_op_digest(op, event);
    g_free(made_key);
    return op;
}

void history_add_op(struct crmd *c, xmlNode *parent, const struct crmd_rsc_info *info,
                    const struct crmd_exec_event *event, const char *origin)
{
    const char *task = recorded_task(event);
    bool failed = event->status != EXEC_PENDING
                  && op_failed(event->rc, event->status, event_target_rc(event->user_data));
    struct entry_ids ids = {NULL, NULL, NULL};
    xmlNode *op;

    choose_ids(&ids, event, task, failed);
    op = entry_write(c, parent, ids.id, ids.key, task, event, origin, failed);
    if (ids.second) {
        op = entry_write(c, parent, ids.second, ids.key, task, event, origin, failed);
    }
    if (info) {
        digests_add(c, op, info, event, event->op_type, event_feature_set(c, event));
    }
    g_free(ids.id);
    g_free(ids.second);
    g_free(ids.key);
}

static xmlNode *resource_add(xmlNode *parent, const char *id, const struct crmd_rsc_info *info,
                             GHashTable *params)
{
    xmlNode *resource = xml_add(parent, "lrm_resource");

    xml_set(resource, "id", id);
    if (info) {
        xml_set(resource, "type", info->type);
        xml_set(resource, "class", info->class);
        xml_set(resource, "provider", info->provider);
    }
    if (params) {
        xml_set(resource, "container", g_hash_table_lookup(params, "CRM_meta_container"));
    }
    return resource;
}

/* <node_state><lrm><lrm_resources> of a node; returns lrm_resources. */
static xmlNode *lrm_skeleton(struct crmd *c, xmlNode *state, const char *node, const char *origin)
{
    const char *uuid = node ? node : c->uuid;
    xmlNode *lrm;

    if (node) {
        xml_set(state, "remote_node", "true");
    }
    xml_set(state, "id", uuid);
    xml_set(state, "uname", node ? node : c->name);
    xml_set(state, "crm-debug-origin", origin);
    lrm = xml_add(state, "lrm");
    xml_set(lrm, "id", uuid);
    return xml_add(lrm, "lrm_resources");
}

static void write_done(struct crmd *c, int call_id, int rc, const xmlNode *output, void *data)
{
    (void)output;
    (void)data;
    if (rc == 0 || rc == -PCMK_ERR_DIFF_FAILED || rc == -PCMK_ERR_DIFF_RESYNC) {
        log_trace("Resource history update completed (call=%d rc=%d)", call_id, rc);
    } else {
        log_warn("Resource update %d failed: (rc=%d) %s", call_id, rc, pcmk_strerror(rc));
    }
    if (call_id == c->last_history_call) {
        c->last_history_call = 0;
        c->ops.wake_fsa(c->arg);
    }
}

static void add_lock(xmlNode *resource, const struct crmd_exec_event *event, long long lock_time)
{
    bool stopped = (strcmp(event->op_type, "stop") == 0 && event->rc == OCF_OK)
                   || (strcmp(event->op_type, "monitor") == 0 && event->rc == OCF_NOT_RUNNING);

    if (lock_time > 0) {
        xml_set_int(resource, "shutdown-lock", stopped ? lock_time : 0);
    }
}

void history_write(struct crmd *c, struct exec_node *node, const struct crmd_rsc_info *info,
                   const struct crmd_exec_event *event, long long lock_time)
{
    xmlNode *status XML_AUTO = xml_new("status");
    xmlNode *resources = lrm_skeleton(c, xml_add(status, "node_state"), node->name, __func__);
    xmlNode *resource = resource_add(resources, event->rsc_id, info, event->params);
    int options = CIB_QUORUM_OVERRIDE;

    if (c->state == S_ELECTION || c->state == S_PENDING) {
        options |= CIB_SCOPE_LOCAL;
    }
    if (event->status != EXEC_PENDING) {
        add_lock(resource, event, lock_time);
    }
    history_add_op(c, resource, info, event, "do_update_resource");
    c->last_history_call =
        core_cib_call(c, "cib_modify", "status", status, options | CIB_CAN_CREATE, write_done, NULL, NULL);
}

/* ---- the whole history at join ---- */

static gint compare_text(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

static void dump_record(struct crmd *c, xmlNode *resource, const struct rsc_history *history,
                        const struct op_record *record)
{
    struct crmd_exec_event event;

    if (record) {
        event_from_record(&event, record, history->id);
        history_add_op(c, resource, &history->info, &event, "build_active_RAs");
    }
}

static void dump_history(struct crmd *c, xmlNode *resources, const struct rsc_history *history)
{
    GHashTable *params = history->last ? history->last->params : NULL;
    xmlNode *resource = resource_add(resources, history->id, &history->info, params);

    dump_record(c, resource, history, history->failed);
    dump_record(c, resource, history, history->last);
    for (GList *item = history->recurring; item; item = item->next) {
        dump_record(c, resource, history, item->data);
    }
}

xmlNode *history_node_state(struct crmd *c, struct exec_node *node)
{
    xmlNode *parent XML_AUTO = xml_new("status");
    xmlNode *state = node_state_add(c, parent, local_peer(c), UPDATE_CLUSTER | UPDATE_PEER, __func__);
    GList *names;
    xmlNode *lrm, *resources;

    if (state == NULL) {
        return NULL;
    }
    lrm = xml_add(state, "lrm");
    xml_set(lrm, "id", c->uuid);
    resources = xml_add(lrm, "lrm_resources");
    names = g_list_sort(g_hash_table_get_keys(node->history), compare_text);
    for (GList *item = names; item; item = item->next) {
        dump_history(c, resources, g_hash_table_lookup(node->history, item->data));
    }
    g_list_free(names);
    return xml_copy(state);
}

/* ---- deletion ---- */

static void erased(struct crmd *c, int call_id, int rc, const xmlNode *output, void *xpath)
{
    (void)c;
    (void)output;
    if (rc < 0) {
        log_warn("Could not delete resource history %s: %s | call=%d", (const char *)xpath,
                 pcmk_strerror(rc), call_id);
    }
}

void history_erase(struct crmd *c, const char *node, const char *rsc_id, const char *user)
{
    char *xpath =
        g_strdup_printf("//node_state[@uname='%s']/lrm/lrm_resources/lrm_resource[@id='%s']", node, rsc_id);
    struct crmd_cib_call call = {
        .op = "cib_delete", .section = xpath, .user = user, .options = CIB_QUORUM_OVERRIDE | CIB_XPATH,
    };

    core_cib_call_full(c, &call, erased, xpath, g_free);
}
