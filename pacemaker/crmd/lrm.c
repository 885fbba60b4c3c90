/* Requests to the executor: finding the resource, executing, cancelling (controller.md §5.3, §5.4,
 * §5.6). */
#include "pacemaker/crmd/private.h"

#define MAX_START_DELAY_MS (5u * 60 * 1000)

static struct exec_node *exec_node_new(const char *name)
{
    struct exec_node *node = g_new0(struct exec_node, 1);

    node->name = g_strdup(name);
    node->history = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, history_free);
    node->pending = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, pending_free);
    node->deletions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)xml_free);
    return node;
}

void lrm_node_free(struct exec_node *node)
{
    g_hash_table_destroy(node->history);
    g_hash_table_destroy(node->pending);
    g_hash_table_destroy(node->deletions);
    g_free(node->name);
    g_free(node);
}

struct waiting_op {
    char *node;                 /* NULL = local */
    xmlNode *msg;
    struct crmd_rsc_info info;
};

static void waiting_free(void *data)
{
    struct waiting_op *waiting = data;

    g_free(waiting->node);
    xml_free(waiting->msg);
    crmd_rsc_info_free(&waiting->info);
    g_free(waiting);
}

void lrm_init(struct crmd *c)
{
    c->local = exec_node_new(NULL);
    c->remotes = name_table((GDestroyNotify)lrm_node_free);
    c->metadata = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, metadata_free);
    c->metadata_waiting = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, waiting_free);
}

void lrm_clear(struct crmd *c)
{
    g_hash_table_destroy(c->metadata_waiting);
    g_hash_table_destroy(c->metadata);
    g_hash_table_destroy(c->remotes);
    lrm_node_free(c->local);
}

struct exec_node *lrm_node_add(struct crmd *c, const char *name)
{
    struct exec_node *node = lrm_node_find(c, name);

    if (node == NULL) {
        node = exec_node_new(name);
        g_hash_table_insert(c->remotes, g_strdup(name), node);
    }
    return node;
}

struct exec_node *lrm_node_find(struct crmd *c, const char *node)
{
    if (node == NULL || same_name(node, c->name)) {
        return c->local;
    }
    return g_hash_table_lookup(c->remotes, node);
}

/* ---- the executor, or the pseudo agent for remote connections ---- */

static int rsc_lookup(struct crmd *c, struct exec_node *node, const char *id, struct crmd_rsc_info *info)
{
    if (id == NULL) {
        return -ENODEV;
    }
    if (node == c->local && remote_is_connection(c, id)) {
        *info = (struct crmd_rsc_info){
            .id = g_strdup(id), .class = g_strdup("ocf"), .provider = g_strdup("pacemaker"),
            .type = g_strdup("remote"),
        };
        return 0;
    }
    return c->ops.exec_rsc_info(c->arg, node->name, id, info);
}

static int rsc_register(struct crmd *c, struct exec_node *node, const struct crmd_rsc_info *info)
{
    return remote_agent(info) ? remote_register(c, info) : c->ops.exec_register(c->arg, node->name, info);
}

/* What the request says about its resource. */
static bool info_of_request(const xmlNode *data, struct crmd_rsc_info *info)
{
    const xmlNode *primitive = xml_first(data, "primitive");

    if (xml_id(primitive) == NULL || xml_get(primitive, "class") == NULL
        || xml_get(primitive, "type") == NULL) {
        return false;
    }
    *info = (struct crmd_rsc_info){
        .id = g_strdup(xml_id(primitive)), .class = g_strdup(xml_get(primitive, "class")),
        .provider = g_strdup(xml_get(primitive, "provider")), .type = g_strdup(xml_get(primitive, "type")),
    };
    return true;
}

/* Find the resource of a request, registering it if allowed. 0, -ENODEV unknown, -EINVAL malformed,
 * -ENOTCONN. */
static int rsc_of_request(struct crmd *c, struct exec_node *node, const xmlNode *data, bool may_register,
                          struct crmd_rsc_info *info)
{
    const xmlNode *primitive = xml_first(data, "primitive");
    const char *id = xml_id(primitive), *long_id = xml_get(primitive, "long-id");
    int rc;

    if (!node->connected) {
        return -ENOTCONN;
    }
    if (id == NULL) {
        return -EINVAL;
    }
    rc = rsc_lookup(c, node, id, info);
    if (rc < 0 && long_id) {
        rc = rsc_lookup(c, node, long_id, info);
    }
    if (rc == 0 || !may_register) {
        return rc;
    }
    if (!info_of_request(data, info)) {
        return -EINVAL;
    }
    rc = rsc_register(c, node, info);
    if (rc < 0) {
        log_err("Could not register resource %s with the executor on %s: %s", id,
                text_or(node->name, c->name), pcmk_strerror(rc));
        crmd_rsc_info_free(info);
        return -EIO;
    }
    return 0;
}

int lrm_find_resource(struct crmd *c, struct exec_node *node, const xmlNode *data)
{
    struct crmd_rsc_info info = {0};
    int rc = rsc_of_request(c, node, data, true, &info);

    crmd_rsc_info_free(&info);
    return rc;
}

/* ---- parameters of a request ---- */

static void add_param(GHashTable *params, const char *name, const char *value)
{
    if (strcmp(name, "CRM_meta_op_target_rc") != 0 && !g_hash_table_contains(params, name)) {
        g_hash_table_insert(params, g_strdup(name), g_strdup(value));
    }
}

GHashTable *request_params(const xmlNode *data)
{
    GHashTable *params = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const xmlNode *attributes = xml_first(data, "attributes");

    for (const xmlAttr *attr = attributes ? attributes->properties : NULL; attr; attr = attr->next) {
        const char *value = xml_get(attributes, (const char *)attr->name);

        if (value) {
            add_param(params, (const char *)attr->name, value);
        }
    }
    xml_foreach(param, attributes, "param") {
        if (xml_get(param, "name") && xml_get(param, "value")) {
            add_param(params, xml_get(param, "name"), xml_get(param, "value"));
        }
    }
    return params;
}

static unsigned param_ms(GHashTable *params, const char *name)
{
    long long ms = int_parse(g_hash_table_lookup(params, name), 0);

    return ms < 0 ? 0 : ms > INT32_MAX ? INT32_MAX : (unsigned)ms;
}

/* A stop runs with the instance parameters the resource was started with. */
static void use_stop_params(GHashTable *params, const struct rsc_history *history)
{
    GHashTableIter iter;
    gpointer name, value;

    if (history == NULL || history->stop_params == NULL) {
        return;
    }
    g_hash_table_iter_init(&iter, params);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (strncmp(name, "CRM_meta_", 9) != 0) {
            g_hash_table_iter_remove(&iter);
        }
    }
    g_hash_table_iter_init(&iter, history->stop_params);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        g_hash_table_replace(params, g_strdup(name), g_strdup(value));
    }
}

/* Fill event from a request; its params are the caller's to destroy. */
static void event_of_request(struct crmd *c, struct exec_node *node, const xmlNode *data, const char *rsc_id,
                             const char *class, const char *op, struct crmd_exec_event *event)
{
    GHashTable *params = request_params(data);

    (void)c;
    memset(event, 0, sizeof *event);
    event->node = node->name;
    event->rsc_id = rsc_id;
    event->op_type = op;
    event->user_data = xml_get(data, "transition-key");
    event->params = params;
    event->timeout_ms = param_ms(params, "CRM_meta_timeout");
    event->interval_ms = param_ms(params, "CRM_meta_interval");
    event->start_delay_ms = param_ms(params, "CRM_meta_start_delay");
    event->status = EXEC_PENDING;
    event->rc = OCF_UNKNOWN;
    event->call_id = -1;
    if (same_text(class, "stonith") && event->interval_ms > 0 && same_text(op, "monitor")) {
        const char *special = g_hash_table_lookup(params, "pcmk_monitor_timeout");

        event->timeout_ms = special ? interval_parse(special, NULL) : event->timeout_ms;
    }
    if (event->timeout_ms == 0) {
        event->timeout_ms = event->interval_ms;
    }
    if (same_text(op, "stop") || same_text(op, "start")) {
        event->interval_ms = 0;
    }
    if (same_text(op, "stop")) {
        use_stop_params(params, history_get(node, rsc_id, NULL));
    }
}

/* ---- results that were not produced by the executor ---- */

void lrm_fake_result(struct crmd *c, struct exec_node *node, const xmlNode *msg, int rc, int status,
                     const char *reason)
{
    const xmlNode *data = message_data(msg);
    const char *rsc_id = xml_id(xml_first(data, "primitive"));
    const char *op = xml_get(data, "operation");
    struct crmd_exec_event event;
    struct exec_node *target = node ? node : c->local;
    const struct rsc_history *history;

    if (rsc_id == NULL || op == NULL) {
        log_info("Dropping request without %s", rsc_id ? "operation" : "resource");
        return;
    }
    event_of_request(c, target, data, rsc_id, NULL, op, &event);
    history = history_get(target, rsc_id, NULL);
    event.call_id = history ? history->last_callid + 1 : 999999999;
    event.rc = same_text(op, "notify") ? OCF_OK : rc;
    event.status = same_text(op, "notify") ? EXEC_DONE : status;
    event.exit_reason = reason;
    event.run_time = event.rcchange_time = c->ops.wall(c->arg);
    if (node == NULL) {
        lrm_direct_ack(c, NULL, NULL, NULL, &event);
    } else {
        lrm_handle_result(c, node, &event, NULL);
    }
    g_hash_table_unref(event.params);
}

/* ---- cancelling ---- */

struct cancel_data {
    struct crmd *c;
    struct exec_node *node;
    const char *rsc_id, *key;
    bool remove;
    bool in_progress;
};

static char *pending_key(const char *rsc_id, int call_id)
{
    return g_strdup_printf("%s:%d", rsc_id, call_id);
}

/* Ask for the cancellation of one pending operation; false when there was nothing left to cancel. */
static bool cancel_pending(struct crmd *c, struct exec_node *node, struct pending_op *pending, bool remove)
{
    int rc;

    pending->remove = pending->remove || remove;
    if (pending->cancelled) {
        return true;
    }
    pending->cancelled = true;
    if (remote_is_connection(c, pending->rsc_id)) {
        rc = remote_cancel(c, pending->rsc_id, pending->op_type, pending->interval_ms);
    } else {
        rc = c->ops.exec_cancel(c->arg, node->name, pending->rsc_id, pending->op_type, pending->interval_ms);
    }
    if (rc == 0) {
        log_debug("Op %d for %s (%s): cancelled", pending->call_id, pending->rsc_id, pending->op_key);
        return true;
    }
    log_debug("Op %d for %s (%s): nothing to cancel", pending->call_id, pending->rsc_id, pending->op_key);
    return false;
}

static gboolean cancel_matching(gpointer id, gpointer value, gpointer data)
{
    struct cancel_data *cancel = data;
    struct pending_op *pending = value;

    (void)id;
    if (!same_text(pending->rsc_id, cancel->rsc_id) || pending->interval_ms == 0
        || (cancel->key && !same_text(pending->op_key, cancel->key))) {
        return FALSE;
    }
    if (cancel_pending(cancel->c, cancel->node, pending, cancel->remove)) {
        cancel->in_progress = true;
        return FALSE;
    }
    return TRUE;
}

/* Cancel recurring operations of a resource: one key, or all. */
static bool cancel_recurring(struct crmd *c, struct exec_node *node, const char *rsc_id, const char *key,
                             bool remove)
{
    struct cancel_data cancel = {c, node, rsc_id, key, remove, false};

    g_hash_table_foreach_remove(node->pending, cancel_matching, &cancel);
    return cancel.in_progress;
}

/* The cancellation is done without a result to come: remove the entry and tell the requester. */
static void cancelled_at_once(struct crmd *c, struct exec_node *node, const xmlNode *msg,
                              const struct crmd_rsc_info *info, const char *task, unsigned interval_ms,
                              int call_id)
{
    const xmlNode *data = message_data(msg);
    struct crmd_exec_event event;
    char *key = op_key_text(info->id, task, interval_ms);
    char *xpath = g_strdup_printf("//node_state[@uname='%s']//lrm_resource[@id='%s']/lrm_rsc_op[@id='%s'%s",
                                  text_or(node->name, c->name), info->id, key, "");
    char *full = call_id > 0 ? g_strdup_printf("%s and @call-id='%d']", xpath, call_id)
                             : g_strdup_printf("%s]", xpath);

    core_cib_call(c, "cib_delete", full, NULL, CIB_QUORUM_OVERRIDE | CIB_XPATH, NULL, NULL, NULL);
    event_of_request(c, node, data, info->id, info->class, task, &event);
    event.rc = OCF_OK;
    event.status = EXEC_DONE;
    event.call_id = call_id;
    lrm_direct_ack(c, NULL, xml_get(msg, "crm_sys_from"), info, &event);
    g_hash_table_unref(event.params);
    g_free(full);
    g_free(xpath);
    g_free(key);
}

/* Feature sets up to 3.0.8 do not take the removed entry for the confirmation. */
static bool wants_cancel_ack(const xmlNode *attributes)
{
    const char *version = xml_get(attributes, "crm_feature_set");

    return version && version_compare(version, "3.0.8") <= 0;
}

static void do_cancel(struct crmd *c, struct exec_node *node, const xmlNode *msg,
                      const struct crmd_rsc_info *info)
{
    const xmlNode *attributes = xml_first(message_data(msg), "attributes");
    const char *task = xml_get(attributes, "CRM_meta_operation");
    const char *interval = xml_get(attributes, "CRM_meta_interval");
    int call_id = (int)int_parse(xml_get(attributes, "CRM_meta_call_id"), 0);
    bool in_progress = false;
    unsigned interval_ms;
    char *key;

    if (task == NULL || interval == NULL) {
        log_warn("Ignoring cancel request without %s", task ? "interval" : "operation");
        return;
    }
    interval_ms = (unsigned)int_parse(interval, 0);
    key = op_key_text(info->id, task, interval_ms);
    log_debug("The DC requested that op %s be cancelled (call %d)", key, call_id);
    if (call_id <= 0) {
        in_progress = cancel_recurring(c, node, info->id, key, true);
    } else {
        char *id = pending_key(info->id, call_id);
        struct pending_op *pending = g_hash_table_lookup(node->pending, id);

        in_progress = pending && cancel_pending(c, node, pending, true);
        if (pending && !in_progress) {
            g_hash_table_remove(node->pending, id);
        }
        g_free(id);
    }
    if (!in_progress || remote_is_connection(c, info->id) || wants_cancel_ack(attributes)) {
        cancelled_at_once(c, node, msg, info, task, interval_ms, call_id);
    }
    g_free(key);
}

/* ---- executing ---- */

static const char *real_reload(struct crmd *c, const struct crmd_rsc_info *info, const char *op)
{
    if (!same_text(op, "reload") && !same_text(op, "reload-agent")) {
        return op;
    }
    return metadata_legacy_reload(metadata_find(c, info)) ? "reload" : "reload-agent";
}

static bool record_pending(const struct crmd_exec_event *event)
{
    const char *wanted = g_hash_table_lookup(event->params, "CRM_meta_record_pending");

    return op_recordable(event->op_type) && (wanted == NULL || bool_parse(wanted) != 0);
}

/* Refused without asking the executor: NULL, or why. */
static const char *refusal(struct crmd *c, const char *op)
{
    if (crmd_has(c, F_SHUTDOWN) && same_text(op, "start")) {
        FSA_INTERNAL(c, I_SHUTDOWN);
        return "Not attempting start due to shutdown in progress";
    }
    if (c->state != S_NOT_DC && c->state != S_POLICY_ENGINE && c->state != S_TRANSITION_ENGINE
        && !same_text(op, "stop")) {
        return "Controller cannot attempt actions at this time";
    }
    return NULL;
}

static int run(struct crmd *c, struct exec_node *node, const struct crmd_rsc_info *info,
               const struct crmd_exec_event *event)
{
    if (remote_agent(info)) {
        return remote_exec(c, info->id, event->op_type, event->user_data, event->interval_ms,
                           event->timeout_ms, event->start_delay_ms, event->params);
    }
    return c->ops.exec_run(c->arg, node->name, info->id, event->op_type, event->user_data, event->interval_ms,
                           event->timeout_ms, event->start_delay_ms, event->params);
}

static void remember_pending(struct crmd *c, struct exec_node *node, const struct crmd_exec_event *event,
                             int call_id, const char *lock)
{
    struct pending_op *pending = g_new0(struct pending_op, 1);

    pending->rsc_id = g_strdup(event->rsc_id);
    pending->op_type = g_strdup(event->op_type);
    pending->op_key = op_key_text(event->rsc_id, event->op_type, event->interval_ms);
    pending->user_data = g_strdup(event->user_data);
    pending->interval_ms = event->interval_ms;
    pending->call_id = call_id;
    pending->start_time = c->ops.wall(c->arg);
    pending->lock_time = int_parse(lock, 0);
    pending->params = event->params ? g_hash_table_ref(event->params) : NULL;
    g_hash_table_replace(node->pending, pending_key(event->rsc_id, call_id), pending);
}

static void start_operation(struct crmd *c, struct exec_node *node, const xmlNode *msg,
                            const struct crmd_rsc_info *info, struct crmd_exec_event *event)
{
    const xmlNode *data = message_data(msg);
    int call_id;

    if (record_pending(event)) {
        event->run_time = event->rcchange_time = c->ops.wall(c->arg);
        history_write(c, node, info, event, 0);
    }
    if (event->interval_ms > 0) {
        char *key = op_key_text(info->id, event->op_type, event->interval_ms);

        cancel_recurring(c, node, info->id, key, false);
        g_free(key);
    }
    call_id = run(c, node, info, event);
    if (call_id <= 0) {
        log_err("Could not initiate %s action for resource %s on %s: %s", event->op_type, info->id,
                text_or(node->name, c->name), pcmk_strerror(call_id));
        lrm_fake_result(c, node, msg, OCF_UNKNOWN_ERROR, EXEC_NOT_CONNECTED, pcmk_strerror(call_id));
        if (node == c->local && !remote_agent(info)) {
            FSA_INTERNAL(c, I_FAIL);
        }
        return;
    }
    remember_pending(c, node, event, call_id, xml_get(data, "shutdown-lock"));
    if (event->interval_ms > 0 && event->start_delay_ms > MAX_START_DELAY_MS) {
        struct crmd_exec_event ack = *event;

        ack.rc = event_target_rc(event->user_data);
        ack.status = EXEC_DONE;
        ack.call_id = call_id;
        lrm_direct_ack(c, NULL, NULL, info, &ack);
    }
}

void lrm_execute(struct crmd *c, struct exec_node *node, const xmlNode *msg, const struct crmd_rsc_info *info)
{
    const xmlNode *data = message_data(msg);
    const char *op = real_reload(c, info, xml_get(data, "operation"));
    const char *why = refusal(c, op);
    struct crmd_exec_event event;
    char *key;

    event_of_request(c, node, data, info->id, info->class, op, &event);
    key = op_key_text(info->id, op, event.interval_ms);
    if (why) {
        log_notice("Not initiating %s of %s: %s", op, info->id, why);
        event.rc = OCF_UNKNOWN_ERROR;
        event.status = EXEC_INVALID;
        event.exit_reason = why;
        lrm_direct_ack(c, NULL, NULL, info, &event);
    } else {
        if (event.interval_ms == 0 && !same_text(op, "monitor") && !same_text(op, "notify")
            && !(same_text(op, "migrate_to") && remote_agent(info))) {
            cancel_recurring(c, node, info->id, NULL, false);
        }
        log_notice("Requesting local execution of %s operation for %s on %s | transition_key=%s op_key=%s",
                   op, info->id, text_or(node->name, c->name), text_or(event.user_data, ""), key);
        start_operation(c, node, msg, info, &event);
    }
    g_free(key);
    g_hash_table_unref(event.params);
}

/* Run it, after the agent's metadata has been read when that is needed. */
static void execute_with_metadata(struct crmd *c, struct exec_node *node, const xmlNode *msg,
                                  const struct crmd_rsc_info *info)
{
    const char *op = xml_get(message_data(msg), "operation");
    bool cached = metadata_find(c, info) != NULL && !same_text(op, "start");
    struct waiting_op *waiting;

    if (cached || remote_agent(info) || !metadata_wanted(info->class, op)) {
        lrm_execute(c, node, msg, info);
        return;
    }
    waiting = g_new0(struct waiting_op, 1);
    waiting->node = g_strdup(node->name);
    waiting->msg = xml_copy(msg);
    waiting->info = (struct crmd_rsc_info){
        .id = g_strdup(info->id), .class = g_strdup(info->class), .provider = g_strdup(info->provider),
        .type = g_strdup(info->type),
    };
    c->next_cookie++;
    g_hash_table_insert(c->metadata_waiting, GUINT_TO_POINTER(c->next_cookie), waiting);
    c->ops.metadata(c->arg, c->next_cookie, info);
}

void crmd_metadata_done(crmd_t *c, unsigned cookie, const char *text)
{
    struct waiting_op *waiting = NULL;
    struct exec_node *node;

    if (!g_hash_table_steal_extended(c->metadata_waiting, GUINT_TO_POINTER(cookie), NULL,
                                     (gpointer *)&waiting)) {
        return;
    }
    if (text) {
        metadata_store(c, &waiting->info, text);
    } else {
        log_warn("Could not get metadata of %s:%s:%s", waiting->info.class,
                 text_or(waiting->info.provider, ""), waiting->info.type);
    }
    node = lrm_node_find(c, waiting->node);
    if (!c->stopped && node) {
        lrm_execute(c, node, waiting->msg, &waiting->info);
    } else if (!c->stopped) {
        lrm_fake_result(c, NULL, waiting->msg, OCF_UNKNOWN_ERROR, EXEC_NOT_CONNECTED,
                        "Local node has no connection to remote");
    }
    waiting_free(waiting);
}

/* ---- dispatch ---- */

static void operation_request(struct crmd *c, struct exec_node *node, const xmlNode *msg, const char *op)
{
    const xmlNode *data = message_data(msg);
    struct crmd_rsc_info info = {0};
    int rc = rsc_of_request(c, node, data, true, &info);

    switch (rc) {
        case 0:
            if (same_text(op, "cancel")) {
                do_cancel(c, node, msg, &info);
            } else {
                execute_with_metadata(c, node, msg, &info);
            }
            break;
        case -ENOTCONN:
            lrm_fake_result(c, node, msg, OCF_UNKNOWN_ERROR, EXEC_NOT_CONNECTED,
                            "Not connected to remote executor");
            break;
        case -EINVAL:
            log_err("Invalid resource definition for %s",
                    text_or(xml_id(xml_first(data, "primitive")), "a resource"));
            lrm_fake_result(c, node, msg, OCF_NOT_CONFIGURED, EXEC_ERROR, "Invalid resource definition");
            break;
        default:
            lrm_fake_result(c, node, msg, OCF_INVALID_PARAM, EXEC_ERROR,
                            "Could not register resource with executor");
            if (node == c->local) {
                FSA_INTERNAL(c, I_FAIL);
            }
            break;
    }
    crmd_rsc_info_free(&info);
}

static void no_such_node(struct crmd *c, const xmlNode *msg, const char *target)
{
    log_err("Failing action because local node has no connection to remote node %s", target);
    lrm_fake_result(c, NULL, msg, OCF_UNKNOWN_ERROR, EXEC_NOT_CONNECTED,
                    "Local node has no connection to remote");
}

void lrm_invoke(struct crmd *c, const xmlNode *msg)
{
    const xmlNode *data = message_data(msg);
    const char *task = xml_get(msg, "crm_task");
    const char *target = xml_get(data, "on_node");
    const char *op = xml_get(data, "operation");
    struct exec_node *node = lrm_node_find(c, target);

    if (same_text(task, "lrm_delete")) {
        op = "delete";
    }
    if (node == NULL) {
        no_such_node(c, msg, target);
    } else if (same_text(task, "lrm_refresh")) {
        log_debug("Ignoring obsolete refresh request");
    } else if (same_text(task, "lrm_fail")) {
        lrm_fail(c, node, msg);
    } else if (same_text(task, "probe_again") || same_text(op, "probe_again")) {
        lrm_reprobe(c, node, msg);
    } else if (op == NULL) {
        log_err("Ignoring executor request '%s' without operation", text_or(task, "none"));
    } else if (same_text(op, "delete")) {
        struct crmd_rsc_info info = {0};
        int rc = rsc_of_request(c, node, data, false, &info);

        lrm_delete(c, node, msg, rc == 0 ? &info : NULL);
        crmd_rsc_info_free(&info);
    } else {
        operation_request(c, node, msg, op);
    }
}
