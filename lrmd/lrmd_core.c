/* The executor's core: queues, repetition, cancellation, notifications. */
#include "config.h"
#include "lrmd/lrmd_core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

#define OPT_ORIG_ONLY      2u
#define OPT_DROP_RECURRING 3u
#define OPT_CHANGES_ONLY   4u
#define POLL_DELAY_MAX_MS  2000      /* between two looks at a unit that is starting or stopping */

struct lrmd_core {
    const lrmd_core_ops_t *ops;
    void *arg;
    GHashTable *resources;           /* id -> lrmd_rsc_t */
};

/* ---- small helpers ---- */

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcasecmp(a, b) == 0);
}

static long long now_ms(const lrmd_core_t *core)
{
    return core->ops->now_ms(core->arg);
}

static bool is_recurring(const lrmd_op_t *op)
{
    return op->interval_ms > 0;
}

/* A start or stop whose completion is being watched with monitors. */
static bool is_watching(const lrmd_op_t *op)
{
    return strcmp(op->action, op->asked_action) != 0;
}

static bool is_probe(const lrmd_op_t *op)
{
    return op->interval_ms == 0 && same(op->action, "monitor");
}

static void set_result(lrmd_op_t *op, int rc, int status, const char *reason, const char *output)
{
    char *new_reason = reason != NULL ? strdup(reason) : NULL;
    char *new_output = output != NULL ? strdup(output) : NULL;

    free(op->reason);
    free(op->output);
    op->rc = rc;
    op->status = status;
    op->reason = new_reason;
    op->output = new_output;
}

static void op_free(lrmd_op_t *op)
{
    g_hash_table_unref(op->params);
    free(op->client_id);
    free(op->user_data);
    free(op->asked_action);
    free(op->action);
    free(op->reason);
    free(op->output);
    free(op);
}

static void disarm(lrmd_op_t *op)
{
    lrmd_core_t *core = op->rsc->core;

    op->delayed = false;
    core->ops->disarm(core->arg, op);
}

/* ---- notifications ---- */

static bool worth_notifying(const lrmd_op_t *op)
{
    return (op->options & OPT_CHANGES_ONLY) == 0 || !op->notified || op->notified_rc != op->rc
           || op->notified_status != op->status;
}

static void add_params(xmlNode *msg, GHashTable *params)
{
    xmlNode *attributes = xml_add(msg, "attributes");
    GHashTableIter iter;
    gpointer name, value;

    g_hash_table_iter_init(&iter, params);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        if (g_ascii_isdigit(((const char *)name)[0])) {
            xmlNode *param = xml_add(attributes, "param");
            xml_set(param, "name", name);
            xml_set(param, "value", value);
        } else {
            xml_set(attributes, name, value);
        }
    }
}

static xmlNode *result_message(const lrmd_op_t *op)
{
    xmlNode *msg = xml_new("lrmd_notify");
    long long exec_ms = op->started_ms != 0 && op->ended_ms != 0 ? op->ended_ms - op->started_ms : 0;
    long long queue_ms = op->started_ms != 0 ? op->first_start_ms - op->queued_ms : 0;

    xml_set(msg, "lrmd_origin", "send_cmd_complete_notify");
    xml_set_int(msg, "lrmd_timeout", op->asked_timeout_ms);
    xml_set_int(msg, "lrmd_rsc_interval", op->interval_ms);
    xml_set_int(msg, "lrmd_rsc_start_delay", op->start_delay_ms);
    xml_set_int(msg, "lrmd_exec_rc", op->rc);
    xml_set_int(msg, "lrmd_exec_op_status", op->status);
    xml_set_int(msg, "lrmd_callid", op->call_id);
    xml_set_int(msg, "lrmd_rsc_deleted", op->rsc->deleted);
    xml_set_int(msg, "lrmd_run_time", op->run_time);
    xml_set_int(msg, "lrmd_rcchange_time", op->rcchange_time);
    xml_set_int(msg, "lrmd_exec_time", exec_ms);
    xml_set_int(msg, "lrmd_queue_time", queue_ms);
    xml_set(msg, "lrmd_op", "lrmd_rsc_exec");
    xml_set(msg, "lrmd_rsc_id", op->rsc->id);
    xml_set(msg, "lrmd_rsc_action", op->asked_action);
    xml_set(msg, "lrmd_rsc_userdata_str", op->user_data);
    xml_set(msg, "lrmd_rsc_exit_reason", op->reason);
    xml_set(msg, "lrmd_rsc_output", op->output);
    add_params(msg, op->params);
    return msg;
}

static void notify(lrmd_op_t *op)
{
    lrmd_core_t *core = op->rsc->core;
    XML_AUTO xmlNode *msg = NULL;

    if (!worth_notifying(op)) {
        log_debug("Nothing new of %s of %s: nobody is told", op->asked_action, op->rsc->id);
        return;
    }
    log_info("%s %s of %s (call %d, interval %ums): %s (%s%s%s)", op->cancelled ? "Cancelled" : "Finished",
             op->asked_action, op->rsc->id, op->call_id, op->interval_ms, ocf_exit_str(op->rc),
             exec_status_str(op->status), op->reason != NULL ? ": " : "",
             op->reason != NULL ? op->reason : "");
    op->notified = true;
    op->notified_rc = op->rc;
    op->notified_status = op->status;
    msg = result_message(op);
    core->ops->notify(core->arg, (op->options & OPT_ORIG_ONLY) != 0 ? op->client_id : NULL, msg);
}

/* ---- life of a resource ---- */

static void rsc_free(lrmd_rsc_t *rsc)
{
    free(rsc->id);
    free(rsc->standard);
    free(rsc->provider);
    free(rsc->type);
    free(rsc->probe_reason);
    free(rsc);
}

/* The operation of the resource that executes now, NULL = none. */
static lrmd_op_t *executing_op(const lrmd_rsc_t *rsc)
{
    if (rsc->active != NULL && rsc->active->executing) {
        return rsc->active;
    }
    for (GList *item = rsc->recurring; item != NULL; item = item->next) {
        lrmd_op_t *op = item->data;

        if (op->executing) {
            return op;
        }
    }
    return NULL;
}

/* Free a deleted resource once nothing of it executes. */
static void rsc_release(lrmd_rsc_t *rsc)
{
    if (rsc->deleted && rsc->active == NULL && rsc->recurring == NULL && g_queue_is_empty(&rsc->pending)) {
        rsc_free(rsc);
    }
}

static void set_probe(lrmd_rsc_t *rsc, int rc, int status, const char *reason)
{
    free(rsc->probe_reason);
    rsc->probe_rc = rc;
    rsc->probe_status = status;
    rsc->probe_reason = reason != NULL ? strdup(reason) : NULL;
}

/* ---- execution ---- */

static void execute(lrmd_op_t *op)
{
    lrmd_core_t *core = op->rsc->core;

    op->blocked = false;
    op->executing = true;
    log_debug("Executing %s of %s (call %d)", op->action, op->rsc->id, op->call_id);
    core->ops->execute(core->arg, op);
}

/* Execute, or wait until what executes of the same resource has ended. Fence devices have their
 * queue only. */
static void execute_when_free(lrmd_op_t *op)
{
    if (!op->rsc->fencing && executing_op(op->rsc) != NULL) {
        log_debug("%s of %s waits for another operation of the resource", op->action, op->rsc->id);
        op->blocked = true;
    } else {
        execute(op);
    }
}

/* Something of the resource ended: let a waiting operation execute, the queue's first. */
static void execute_blocked(lrmd_rsc_t *rsc)
{
    if (executing_op(rsc) != NULL) {
        return;
    }
    if (rsc->active != NULL && rsc->active->blocked) {
        execute(rsc->active);
        return;
    }
    for (GList *item = rsc->recurring; item != NULL; item = item->next) {
        lrmd_op_t *op = item->data;

        if (op->blocked) {
            execute(op);
            return;
        }
    }
}

/* An operation leaves everything it is in and is freed. */
static void op_remove(lrmd_op_t *op)
{
    lrmd_rsc_t *rsc = op->rsc;

    disarm(op);
    g_queue_remove(&rsc->pending, op);
    rsc->recurring = g_list_remove(rsc->recurring, op);
    if (rsc->active == op) {
        rsc->active = NULL;
        rsc->core->ops->wake(rsc->core->arg);
    }
    op_free(op);
}

/* The queue's share of one resource: start its first operation if nothing is active. */
static void run_queue(lrmd_rsc_t *rsc)
{
    lrmd_core_t *core = rsc->core;
    lrmd_op_t *op = g_queue_peek_head(&rsc->pending);

    if (rsc->active != NULL || op == NULL || op->delayed) {
        return;
    }
    g_queue_pop_head(&rsc->pending);
    rsc->active = op;
    if (!is_watching(op)) {
        op->started_ms = op->first_start_ms = now_ms(core);
        op->run_time = core->ops->epoch(core->arg);
        op->ended_ms = 0;
    }
    if (is_recurring(op) && g_list_find(rsc->recurring, op) == NULL) {
        rsc->recurring = g_list_append(rsc->recurring, op);
    }
    if (rsc->fencing && is_probe(op)) {
        lrmd_core_result_t known = {
            .rc = rsc->probe_rc, .status = rsc->probe_status, .reason = rsc->probe_reason};
        op->executing = true;
        lrmd_core_ended(op, &known);
    } else {
        execute_when_free(op);
    }
}

void lrmd_core_run(lrmd_core_t *core)
{
    GList *all = g_hash_table_get_values(core->resources);

    for (GList *item = all; item != NULL; item = item->next) {
        run_queue(item->data);
    }
    g_list_free(all);
}

/* ---- the end of an execution ---- */

/* Put a start or stop that was only accepted back into the queue as monitor. false: out of time. */
static bool watch_completion(lrmd_op_t *op)
{
    lrmd_core_t *core = op->rsc->core;
    long long left = (long long)op->asked_timeout_ms - (now_ms(core) - op->first_start_ms);
    long long delay = op->asked_timeout_ms / 10;

    if (delay >= left && left > 20) {
        delay = left / 2;
    }
    if (delay > POLL_DELAY_MAX_MS) {
        delay = POLL_DELAY_MAX_MS;
    }
    if (delay >= left) {
        set_result(op, OCF_UNKNOWN_ERROR, EXEC_TIMEOUT,
                   "Investigate reason for timeout, and adjust configured operation timeout if necessary",
                   NULL);
        return false;
    }
    free(op->action);
    op->action = strdup("monitor");
    op->start_delay_ms = (unsigned)delay;
    op->timeout_ms = (unsigned)left;
    op->rsc->active = NULL;
    g_queue_push_tail(&op->rsc->pending, op);
    if (delay > 0) {
        op->delayed = true;
        core->ops->arm(core->arg, op, op->start_delay_ms);
    }
    core->ops->wake(core->arg);
    return true;
}

static bool needs_watching(const lrmd_op_t *op, const lrmd_core_result_t *result)
{
    if (is_recurring(op) || op->rsc->fencing) {
        return false;
    }
    if (!is_watching(op)) {
        return result->poll && (same(op->action, "start") || same(op->action, "stop"));
    }
    if (same(op->rsc->standard, "nagios")) {
        return op->rc != OCF_OK;
    }
    return op->status == EXEC_PENDING
           || (op->status == EXEC_DONE && op->rc == OCF_OK && same(op->asked_action, "stop"));
}

/* What the last monitor means for the start or stop it watched. */
static void conclude_watching(lrmd_op_t *op)
{
    if (is_watching(op) && op->status == EXEC_DONE && op->rc == OCF_NOT_RUNNING) {
        op->rc = same(op->asked_action, "stop") ? OCF_OK : OCF_UNKNOWN_ERROR;
    }
}

/* What the fencer's answers say about the device (§10). */
static void update_probe_state(const lrmd_op_t *op)
{
    if (op->status != EXEC_DONE || op->rc != OCF_OK) {
        return;
    }
    if (same(op->action, "start")) {
        set_probe(op->rsc, OCF_OK, EXEC_DONE, NULL);
    } else if (same(op->action, "stop")) {
        set_probe(op->rsc, OCF_NOT_RUNNING, EXEC_ERROR, NULL);
    }
}

/* Report an operation and let it wait for its next turn, or forget it. */
static void op_finish(lrmd_op_t *op)
{
    lrmd_rsc_t *rsc = op->rsc;
    lrmd_core_t *core = rsc->core;

    if (op->cancelled) {
        set_result(op, op->rc, EXEC_CANCELLED, NULL, NULL);
    }
    notify(op);
    if (rsc->active == op) {
        rsc->active = NULL;
        core->ops->wake(core->arg);
    }
    if (is_recurring(op) && !op->cancelled && !rsc->deleted) {
        op->started_ms = op->ended_ms = op->run_time = 0;
        core->ops->arm(core->arg, op, op->interval_ms);
    } else {
        op_remove(op);
    }
}

void lrmd_core_ended(lrmd_op_t *op, const lrmd_core_result_t *result)
{
    lrmd_rsc_t *rsc = op->rsc;
    lrmd_core_t *core = rsc->core;

    op->executing = false;
    op->ended_ms = now_ms(core);
    if (result->rc != op->rc && !rsc->fencing && !result->unprepared) {
        op->rcchange_time = core->ops->epoch(core->arg);
    }
    set_result(op, result->rc, result->status, result->reason, result->output);
    if (rsc->fencing) {
        update_probe_state(op);
    }
    if (!op->cancelled && needs_watching(op, result) && watch_completion(op)) {
        execute_blocked(rsc);
        return;
    }
    conclude_watching(op);
    op_finish(op);
    execute_blocked(rsc);
    rsc_release(rsc);
}

void lrmd_core_timer(lrmd_op_t *op)
{
    lrmd_rsc_t *rsc = op->rsc;
    lrmd_core_t *core = rsc->core;

    if (op->delayed) {
        op->delayed = false;
        core->ops->wake(core->arg);
    } else if (rsc->fencing) {
        op->queued_ms = now_ms(core);
        g_queue_push_tail(&rsc->pending, op);
        core->ops->wake(core->arg);
    } else if (!op->executing && !op->blocked) {
        execute_when_free(op);
    }
}

/* ---- cancelling ---- */

/* Cancel one operation of the queue or the recurring list. */
static void cancel_op(lrmd_op_t *op)
{
    lrmd_rsc_t *rsc = op->rsc;
    lrmd_core_t *core = rsc->core;
    op->cancelled = true;
    disarm(op);
    if (op->executing && rsc->fencing) {
        return;                      /* reported when the fencer answers */
    }
    if (op->executing) {
        core->ops->abort(core->arg, op);
        op->executing = false;
        set_result(op, OCF_OK, EXEC_CANCELLED, NULL, NULL);
    }
    op_finish(op);
    execute_blocked(rsc);
}

static bool matches(const lrmd_op_t *op, const char *action, unsigned interval_ms)
{
    return op->interval_ms == interval_ms && same(op->asked_action, action);
}

static lrmd_op_t *find_op(GList *list, const char *action, unsigned interval_ms)
{
    for (GList *item = list; item != NULL; item = item->next) {
        if (matches(item->data, action, interval_ms)) {
            return item->data;
        }
    }
    return NULL;
}

/* Recurring operations, queued or not, of that client (NULL = of any); what executes comes last, so that its
 * end lets nothing start that is to be cancelled too. List of lrmd_op_t. */
static GList *recurring_ops(lrmd_rsc_t *rsc, const char *client_id)
{
    GList *all = g_list_concat(g_list_copy(rsc->pending.head), g_list_copy(rsc->recurring));
    GList *found = NULL;

    for (GList *item = all; item != NULL; item = item->next) {
        lrmd_op_t *op = item->data;

        if (is_recurring(op) && g_list_find(found, op) == NULL
            && (client_id == NULL || same(op->client_id, client_id))) {
            found = op->executing ? g_list_append(found, op) : g_list_prepend(found, op);
        }
    }
    g_list_free(all);
    return found;
}

static void cancel_recurring(lrmd_rsc_t *rsc, const char *client_id)
{
    GList *ops = recurring_ops(rsc, client_id);

    for (GList *item = ops; item != NULL; item = item->next) {
        cancel_op(item->data);
    }
    g_list_free(ops);
}

/* The resource is no longer ours: cancel what waits, let what executes end. */
static void rsc_delete(lrmd_rsc_t *rsc)
{
    rsc->deleted = true;
    while (!g_queue_is_empty(&rsc->pending)) {
        cancel_op(g_queue_peek_head(&rsc->pending));
    }
    cancel_recurring(rsc, NULL);
    rsc_release(rsc);
}

/* ---- requests ---- */

const xmlNode *lrmd_request_rsc(const xmlNode *request)
{
    return xml_is(request, "lrmd_rsc") ? request : xml_find_below(request, "lrmd_rsc", 8);
}

lrmd_rsc_t *lrmd_core_find(lrmd_core_t *core, const char *rsc_id)
{
    return rsc_id != NULL ? g_hash_table_lookup(core->resources, rsc_id) : NULL;
}

static char *copy(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

static int get_option(const xmlNode *request, unsigned *options)
{
    long long value = 0;
    int rc = xml_get_int(request, "lrmd_callopt", &value);

    *options = rc == 0 && value >= 0 && value <= UINT32_MAX ? (unsigned)value : 0;
    return rc == -EINVAL ? rc : 0;
}

int lrmd_core_register(lrmd_core_t *core, const xmlNode *request)
{
    const xmlNode *data = lrmd_request_rsc(request);
    const char *id = xml_get(data, "lrmd_rsc_id");
    const char *standard = xml_get(data, "lrmd_class");
    const char *provider = xml_get(data, "lrmd_provider");
    const char *type = xml_get(data, "lrmd_type");
    lrmd_rsc_t *old = lrmd_core_find(core, id);

    if (id == NULL) {
        return -EINVAL;
    }
    if (old != NULL && same(old->standard, standard) && same(old->provider, provider)
        && same(old->type, type)) {
        log_debug("Resource %s is registered already", id);
        return 0;
    }
    if (old == NULL && g_hash_table_size(core->resources) >= LRMD_RESOURCES_MAX) {
        log_err("Cannot register resource %s: there are %u already", id, LRMD_RESOURCES_MAX);
        return -ENOSPC;
    }
    lrmd_rsc_t *rsc = calloc(1, sizeof(*rsc));
    *rsc = (lrmd_rsc_t){
        .core = core,
        .id = strdup(id),
        .standard = copy(standard),
        .provider = copy(provider),
        .type = copy(type),
        .fencing = same(standard, "stonith"),
    };
    get_option(request, &rsc->options);
    set_probe(rsc, OCF_NOT_RUNNING, EXEC_ERROR, NULL);
    g_hash_table_replace(core->resources, rsc->id, rsc);
    if (old != NULL) {
        log_info("Resource %s gets another agent", id);
        rsc_delete(old);
    }
    return 0;
}

int lrmd_core_unregister(lrmd_core_t *core, const xmlNode *request)
{
    const char *id = xml_get(lrmd_request_rsc(request), "lrmd_rsc_id");
    lrmd_rsc_t *rsc = lrmd_core_find(core, id);

    if (id == NULL) {
        return -ENODEV;
    }
    if (rsc == NULL) {
        return 0;
    }
    int rc = rsc->active != NULL ? -EINPROGRESS : 0;
    g_hash_table_remove(core->resources, id);
    rsc_delete(rsc);
    return rc;
}

int lrmd_core_info(lrmd_core_t *core, const xmlNode *request, xmlNode *reply)
{
    const lrmd_rsc_t *rsc = lrmd_core_find(core, xml_get(lrmd_request_rsc(request), "lrmd_rsc_id"));

    if (rsc == NULL) {
        return -ENODEV;
    }
    xml_set(reply, "lrmd_rsc_id", rsc->id);
    xml_set(reply, "lrmd_class", rsc->standard);
    xml_set(reply, "lrmd_provider", rsc->provider);
    xml_set(reply, "lrmd_type", rsc->type);
    return 0;
}

static unsigned get_ms(const xmlNode *data, const char *name)
{
    long long value = 0;

    return xml_get_int(data, name, &value) != 0 || value < 0 ? 0
           : value > INT32_MAX ? INT32_MAX : (unsigned)value;
}

static bool add_param(GHashTable *params, const char *name, const char *value)
{
    if (name != NULL && value != NULL && !g_hash_table_contains(params, name)) {
        g_hash_table_insert(params, strdup(name), strdup(value));
    }
    return g_hash_table_size(params) <= LRMD_PARAMS_MAX;
}

static GHashTable *read_params(const xmlNode *attributes)
{
    GHashTable *params = g_hash_table_new_full(g_str_hash, g_str_equal, free, free);
    bool ok = true;

    for (const xmlAttr *a = attributes != NULL ? attributes->properties : NULL; ok && a != NULL;
         a = a->next) {
        ok = add_param(params, (const char *)a->name, xml_get(attributes, (const char *)a->name));
    }
    xml_foreach (param, attributes, "param") {
        ok = ok && add_param(params, xml_get(param, "name"), xml_get(param, "value"));
    }
    if (!ok) {
        g_hash_table_unref(params);
        params = NULL;
    }
    return params;
}

static lrmd_op_t *op_new(lrmd_rsc_t *rsc, const char *client_id, const xmlNode *request, const xmlNode *data)
{
    GHashTable *params = read_params(data != NULL ? xml_first(data, "attributes") : NULL);
    long long call_id = 0;

    if (params == NULL) {
        return NULL;
    }
    lrmd_op_t *op = calloc(1, sizeof(*op));
    const char *action = xml_get(data, "lrmd_rsc_action");
    (void)xml_get_int(request, "lrmd_callid", &call_id);
    *op = (lrmd_op_t){
        .rsc = rsc,
        .call_id = (int)call_id,
        .client_id = copy(client_id),
        .user_data = copy(xml_get(data, "lrmd_rsc_userdata_str")),
        .asked_action = copy(action),
        .action = copy(action),
        .interval_ms = get_ms(data, "lrmd_rsc_interval"),
        .timeout_ms = get_ms(data, "lrmd_timeout"),
        .start_delay_ms = get_ms(data, "lrmd_rsc_start_delay"),
        .params = params,
    };
    op->asked_timeout_ms = op->timeout_ms;
    get_option(request, &op->options);
    return op;
}

/* Let an equal recurring operation take over the request (§4). */
static bool merge(lrmd_op_t *op)
{
    lrmd_rsc_t *rsc = op->rsc;
    lrmd_op_t *queued = find_op(rsc->pending.head, op->asked_action, op->interval_ms);
    lrmd_op_t *old = queued != NULL ? queued : find_op(rsc->recurring, op->asked_action, op->interval_ms);

    if (!is_recurring(op) || old == NULL || (rsc->fencing && old->cancelled)) {
        return false;
    }
    log_debug("Merging recurring %s of %s (call %d) into call %d", op->asked_action, rsc->id, op->call_id,
              old->call_id);
    old->call_id = op->call_id;
    free(old->user_data);
    old->user_data = op->user_data;
    op->user_data = NULL;
    old->notified = false;
    if (queued == NULL && !old->executing && !old->blocked && rsc->active != old) {
        disarm(old);
        lrmd_core_timer(old);
    }
    return true;
}

static void schedule(lrmd_op_t *op)
{
    lrmd_rsc_t *rsc = op->rsc;
    lrmd_core_t *core = rsc->core;

    if (same(op->action, "stop")) {
        cancel_recurring(rsc, NULL);
    }
    op->queued_ms = now_ms(core);
    g_queue_push_tail(&rsc->pending, op);
    if (op->start_delay_ms > 0) {
        op->delayed = true;
        core->ops->arm(core->arg, op, op->start_delay_ms);
    }
    core->ops->wake(core->arg);
}

int lrmd_core_exec(lrmd_core_t *core, const char *client_id, const xmlNode *request)
{
    const xmlNode *data = lrmd_request_rsc(request);
    const char *id = xml_get(data, "lrmd_rsc_id");
    lrmd_rsc_t *rsc = lrmd_core_find(core, id);

    if (id == NULL || (rsc != NULL && xml_get(data, "lrmd_rsc_action") == NULL)) {
        return -EINVAL;
    }
    if (rsc == NULL) {
        return -ENODEV;
    }
    if (g_queue_get_length(&rsc->pending) + g_list_length(rsc->recurring) >= LRMD_QUEUE_MAX) {
        log_err("Resource %s has %u operations waiting already", id, LRMD_QUEUE_MAX);
        return -ENOBUFS;
    }
    lrmd_op_t *op = op_new(rsc, client_id, request, data);
    if (op == NULL) {
        log_err("Operation of resource %s has more than %u parameters", id, LRMD_PARAMS_MAX);
        return -E2BIG;
    }
    int call_id = op->call_id;
    if (merge(op)) {
        op_free(op);
    } else {
        schedule(op);
    }
    return call_id;
}

int lrmd_core_cancel(lrmd_core_t *core, const xmlNode *request)
{
    const xmlNode *data = lrmd_request_rsc(request);
    const char *id = xml_get(data, "lrmd_rsc_id");
    const char *action = xml_get(data, "lrmd_rsc_action");
    unsigned interval_ms = get_ms(data, "lrmd_rsc_interval");
    lrmd_rsc_t *rsc = lrmd_core_find(core, id);

    if (id == NULL || action == NULL) {
        return -EINVAL;
    }
    if (rsc == NULL) {
        return -ENODEV;
    }
    lrmd_op_t *op = find_op(rsc->pending.head, action, interval_ms);
    if (op == NULL && interval_ms > 0) {
        op = find_op(rsc->recurring, action, interval_ms);
    }
    if (op == NULL) {
        return -EOPNOTSUPP;
    }
    cancel_op(op);
    return 0;
}

static void add_recurring(xmlNode *reply, const lrmd_rsc_t *rsc)
{
    xmlNode *xml_rsc = xml_add(reply, "lrmd_rsc");

    xml_set(xml_rsc, "lrmd_rsc_id", rsc->id);
    for (GList *item = rsc->recurring; item != NULL; item = item->next) {
        const lrmd_op_t *op = item->data;
        xmlNode *xml_op = xml_add(xml_rsc, "lrmd_rsc_op");

        xml_set(xml_op, "lrmd_rsc_action", op->asked_action);
        xml_set_int(xml_op, "lrmd_rsc_interval", op->interval_ms);
        xml_set_int(xml_op, "lrmd_timeout", op->asked_timeout_ms);
    }
}

static gint compare_rsc(gconstpointer a, gconstpointer b)
{
    return strcmp(((const lrmd_rsc_t *)a)->id, ((const lrmd_rsc_t *)b)->id);
}

int lrmd_core_recurring(lrmd_core_t *core, const xmlNode *request, xmlNode *reply)
{
    xmlNode *calldata = xml_first(request, "lrmd_calldata");
    const char *id = calldata != NULL ? xml_get(xml_first(calldata, "lrmd_rsc"), "lrmd_rsc_id") : NULL;

    if (id != NULL) {
        const lrmd_rsc_t *rsc = lrmd_core_find(core, id);

        if (rsc == NULL) {
            return -ENODEV;
        }
        add_recurring(reply, rsc);
        return 0;
    }
    GList *all = g_list_sort(g_hash_table_get_values(core->resources), compare_rsc);
    for (GList *item = all; item != NULL; item = item->next) {
        add_recurring(reply, item->data);
    }
    g_list_free(all);
    return 0;
}

/* ---- lost connections ---- */

static bool drops_recurring(const lrmd_rsc_t *rsc)
{
    return (rsc->options & OPT_DROP_RECURRING) == OPT_DROP_RECURRING;
}

void lrmd_core_client_gone(lrmd_core_t *core, const char *client_id)
{
    GList *all = g_hash_table_get_values(core->resources);

    for (GList *item = all; item != NULL; item = item->next) {
        if (drops_recurring(item->data)) {
            cancel_recurring(item->data, client_id);
        }
    }
    g_list_free(all);
}

void lrmd_core_drop_all_recurring(lrmd_core_t *core)
{
    GList *all = g_hash_table_get_values(core->resources);

    for (GList *item = all; item != NULL; item = item->next) {
        if (drops_recurring(item->data)) {
            cancel_recurring(item->data, NULL);
        }
    }
    g_list_free(all);
}

/* Every operation of the device ends with this result; recurring ones go on later. */
static void fence_rsc_lost(lrmd_rsc_t *rsc)
{
    const char *reason = "Lost connection to fencer";
    GList *ops = g_list_copy(rsc->recurring);

    if (rsc->probe_status == EXEC_DONE && rsc->probe_rc == OCF_OK) {
        set_probe(rsc, OCF_UNKNOWN_ERROR, EXEC_ERROR, reason);
    }
    if (rsc->active != NULL && g_list_find(ops, rsc->active) == NULL) {
        ops = g_list_append(ops, rsc->active);
    }
    for (GList *item = rsc->pending.head; item != NULL; item = item->next) {
        if (g_list_find(ops, item->data) == NULL) {
            ops = g_list_append(ops, item->data);
        }
    }
    for (GList *item = ops; item != NULL; item = item->next) {
        lrmd_op_t *op = item->data;

        if (op->executing) {
            rsc->core->ops->abort(rsc->core->arg, op);
            op->executing = false;
        }
        g_queue_remove(&rsc->pending, op);
        disarm(op);
        if (is_recurring(op) && g_list_find(rsc->recurring, op) == NULL) {
            rsc->recurring = g_list_append(rsc->recurring, op);
        }
        op->ended_ms = now_ms(rsc->core);
        set_result(op, OCF_UNKNOWN_ERROR, EXEC_ERROR, reason, NULL);
        op_finish(op);
    }
    g_list_free(ops);
    rsc_release(rsc);
}

void lrmd_core_fencer_lost(lrmd_core_t *core)
{
    GList *all = g_hash_table_get_values(core->resources);

    for (GList *item = all; item != NULL; item = item->next) {
        lrmd_rsc_t *rsc = item->data;

        if (rsc->fencing) {
            fence_rsc_lost(rsc);
        }
    }
    g_list_free(all);
}

/* ---- the core itself ---- */

lrmd_core_t *lrmd_core_new(const lrmd_core_ops_t *ops, void *arg)
{
    lrmd_core_t *core = calloc(1, sizeof(*core));

    core->ops = ops;
    core->arg = arg;
    core->resources = g_hash_table_new(g_str_hash, g_str_equal);
    return core;
}

static void drop_op(lrmd_op_t *op)
{
    lrmd_core_t *core = op->rsc->core;

    if (op->executing) {
        core->ops->abort(core->arg, op);
    }
    op_remove(op);
}

void lrmd_core_free(lrmd_core_t *core)
{
    GList *all = g_hash_table_get_values(core->resources);

    for (GList *item = all; item != NULL; item = item->next) {
        lrmd_rsc_t *rsc = item->data;

        while (rsc->recurring != NULL) {
            drop_op(rsc->recurring->data);
        }
        if (rsc->active != NULL) {
            drop_op(rsc->active);
        }
        while (!g_queue_is_empty(&rsc->pending)) {
            drop_op(g_queue_peek_head(&rsc->pending));
        }
        rsc_free(rsc);
    }
    g_list_free(all);
    g_hash_table_unref(core->resources);
    free(core);
}
