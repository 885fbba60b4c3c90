/* Results of operations as the transition engine sees them: classification, confirmation, fail counts
 * (controller.md §4.7, §4.8). */
#include "pacemaker/crmd/private.h"

/* ACTION:TRANSITION:TARGETRC:UUID */
int parse_transition_key(const char *key, int *action, int *transition, int *target_rc, char uuid[64])
{
    int used = 0;

    if (key == NULL || sscanf(key, "%d:%d:%d:%63s%n", action, transition, target_rc, uuid, &used) != 4) {
        return -EINVAL;
    }
    return 0;
}

/* "_INTERVAL" at the end of the text; returns where it begins, or NULL. */
static const char *interval_suffix(const char *key, unsigned *interval_ms)
{
    const char *underscore = strrchr(key, '_');
    char *end = NULL;
    unsigned long long value;

    if (underscore == NULL || underscore[1] < '0' || underscore[1] > '9') {
        return NULL;
    }
    value = strtoull(underscore + 1, &end, 10);
    if (*end != '\0' || value > UINT32_MAX) {
        return NULL;
    }
    *interval_ms = (unsigned)value;
    return underscore;
}

static bool is_lower_word(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] < 'a' || text[i] > 'z') {
            return false;
        }
    }
    return length > 0;
}

/* Is text[0..length) an operation whose name holds underscores? */
static bool is_compound_op(const char *text, size_t length)
{
    static const char *const prefixes[] = {"pre_notify_", "post_notify_"};

    if ((length == 10 && strncmp(text, "migrate_to", 10) == 0)
        || (length == 12 && strncmp(text, "migrate_from", 12) == 0)) {
        return true;
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t n = strlen(prefixes[i]);

        if (length > n && strncmp(text, prefixes[i], n) == 0) {
            return is_lower_word(text + n, length - n) || is_compound_op(text + n, length - n);
        }
    }
    return false;
}

/* The earliest underscore after which a compound operation fills the rest: "x_pre_notify_migrate_to" is a
 * notification, not a migration. */
static const char *compound_start(const char *key, const char *end)
{
    const char *found = NULL;

    for (const char *p = end - 1; p > key; p--) {
        if (*p != '_') {
            continue;
        }
        if (is_compound_op(p + 1, (size_t)(end - p - 1))) {
            found = p;
        }
    }
    return found;
}

/* RSC_OP_INTERVAL into its parts; the caller frees rsc and op. */
int parse_op_key(const char *key, char **rsc, char **op, unsigned *interval_ms)
{
    const char *end = key ? interval_suffix(key, interval_ms) : NULL;
    const char *start = NULL;
    unsigned underscores = 0;

    if (end == NULL || end == key) {
        return -EINVAL;
    }
    for (const char *p = key; p < end; p++) {
        underscores += *p == '_';
    }
    if (underscores > 1) {
        start = compound_start(key, end);
    }
    for (const char *p = end - 1; start == NULL && p > key; p--) {
        if (*p == '_') {
            start = p;
        }
    }
    if (start == NULL || start + 1 == end) {
        return -EINVAL;
    }
    *rsc = g_strndup(key, (gsize)(start - key));
    *op = g_strndup(start + 1, (gsize)(end - start - 1));
    return 0;
}

/* ---- fail counts ---- */

static const char *failure_value(struct crmd *c, const char *op, unsigned interval_ms, bool forced)
{
    const char *value = NULL;

    if (same_text(op, "start")) {
        value = c->failed_start_offset;
    } else if (same_text(op, "stop")) {
        value = c->failed_stop_offset;
    } else if (interval_ms > 0 || same_text(op, "promote") || same_text(op, "demote") || forced) {
        return "value++";
    }
    if (value && strcasecmp(value, INFINITY_TEXT) != 0) {
        value = "value++";
    }
    return value;
}

static void update_failcount(struct crmd *c, const xmlNode *op, const char *node, int rc, int target_rc,
                             bool forced, bool ignore)
{
    const char *key = xml_get(op, "operation_key");
    char *rsc = NULL, *task = NULL;
    unsigned interval_ms = 0;

    if (rc == target_rc || same_text(xml_get(op, "crm-debug-origin"), "build_active_RAs")) {
        return;
    }
    if (parse_op_key(key, &rsc, &task, &interval_ms) != 0) {
        log_err("Could not parse operation key '%s' of a failure", text_or(key, "none"));
        return;
    }

    const char *value = failure_value(c, task, interval_ms, forced);

    if (value) {
        char *fail_name = g_strdup_printf("fail-count-%s#%s_%u", rsc, task, interval_ms);
        char *last_name = g_strdup_printf("last-failure-%s#%s_%u", rsc, task, interval_ms);
        char *now = g_strdup_printf("%lld", c->ops.wall(c->arg));
        struct crmd_attr attrs[] = {{last_name, now}, {fail_name, value}};

        log_info("Updating %s for %s on %s after failed %s: rc=%d (update=%s, time=%s)",
                 ignore ? "last failure" : "failcount", rsc, node, task, rc, value, now);
        c->ops.attr_update(c->arg, node, peers_find_remote(c->peers, node) != NULL, attrs, ignore ? 1 : 2);
        g_free(fail_name);
        g_free(last_name);
        g_free(now);
    }
    g_free(rsc);
    g_free(task);
}

/* ---- one result ---- */

static bool has_id(struct te_action *action, const void *id)
{
    return action->id == *(const int *)id;
}

struct cancel_match {
    const char *key, *uuid;
};

static bool is_cancel_of(struct te_action *action, const void *arg)
{
    const struct cancel_match *match = arg;

    return same_text(te_task(action), "cancel")
           && same_text(xml_get(action->xml, "operation_key"), match->key)
           && same_text(te_node_uuid(action), match->uuid);
}

/* Confirm the graph's cancellation of an operation on a node; false when there is none. */
bool te_confirm_cancel(struct crmd *c, const char *key, const char *uuid)
{
    struct cancel_match match = {key, uuid};
    struct te_action *cancel = c->graph ? graph_find(c->graph, is_cancel_of, &match) : NULL;

    if (cancel == NULL) {
        return false;
    }
    log_info("Cancellation of %s on %s confirmed (action %d)", key, text_or(te_node(cancel), uuid),
             cancel->id);
    te_confirm(c, cancel);
    return true;
}

struct result {
    const xmlNode *op;
    const char *node;           /* uuid */
    const char *name;
    const char *key;
    int rc, status, call_id;
    int action, transition, target_rc;
    char uuid[64];
    long long interval_ms;
    bool ignore;
};

static void abort_for_result(struct crmd *c, const struct result *r, int priority, const char *text)
{
    char *detail = g_strdup_printf(" by operation %s '%s' on %s",
                                   text_or(xml_get(r->op, "operation_key"), xml_id(r->op)),
                                   text_or(xml_get(r->op, "operation"), "?"), text_or(r->name, r->node));

    te_abort(c, priority, DONE_RESTART, text, detail);
    g_free(detail);
}

/* The result belongs to the running transition: confirm its action. False: nothing more to do. */
static bool result_of_graph(struct crmd *c, struct result *r)
{
    struct te_action *action = graph_find(c->graph, has_id, &r->action);

    if (action == NULL) {
        abort_for_result(c, r, SCORE_INF, "Unknown event");
        return true;
    }
    if (action->confirmed) {
        log_debug("Action %d was already confirmed", r->action);
        return false;
    }
    if (same_text(te_meta(action, "CRM_meta_on_fail"), "ignore")) {
        r->ignore = true;
    } else if (r->rc != r->target_rc) {
        action->failed = true;
    }
    te_confirm(c, action);
    if (action->failed) {
        int priority = action->synapse->priority;

        abort_for_result(c, r, priority < SCORE_INF ? priority + 1 : SCORE_INF, "Event failed");
    }
    return true;
}

/* A result nobody asked for stands twice in the history (last and last failure) and must be counted once. */
static bool seen_before(struct crmd *c, const struct result *r)
{
    char *same = g_strdup_printf("%s %s %d %s %s", r->node, text_or(xml_get(r->op, "operation_key"), ""),
                                 r->call_id, r->key, text_or(xml_get(r->op, "last-rc-change"), ""));
    bool seen = same_text(same, c->last_unexpected);

    replace_text(&c->last_unexpected, same);
    g_free(same);
    return seen;
}

/* Decide what the result means (§4.7 step 4). False: it is of no further interest. */
static bool classify(struct crmd *c, struct result *r, bool *forced)
{
    bool ours = strcmp(r->uuid, c->te_uuid) == 0;

    if (r->transition == -1) {
        if (seen_before(c, r)) {
            return false;
        }
        *forced = true;
        abort_for_result(c, r, SCORE_INF, "Unexpected event");
    } else if (r->action < 0 || !ours) {
        abort_for_result(c, r, SCORE_INF, "Foreign event");
    } else if (r->transition != c->graph->id || c->graph->complete) {
        if (r->interval_ms != 0 && r->status == EXEC_CANCELLED) {
            te_confirm_cancel(c, xml_get(r->op, "operation_key"), r->node);
            return false;
        }
        abort_for_result(c, r, SCORE_INF, r->interval_ms != 0 ? "Change in recurring result"
                         : r->transition != c->graph->id ? "Old event" : "Inactive graph");
    } else {
        return result_of_graph(c, r);
    }
    return true;
}

static void log_result(const struct result *r)
{
    const char *key = text_or(xml_get(r->op, "operation_key"), xml_id(r->op));
    const char *reason = xml_get(r->op, "exit-reason");
    bool has_reason = reason && reason[0];

    if (r->rc == r->target_rc) {
        log_info("Transition %d action %d (%s on %s) confirmed: %s | rc=%d call-id=%d", r->transition,
                 r->action, key, text_or(r->name, r->node), ocf_exit_str(r->rc), r->rc, r->call_id);
    } else {
        log_notice("Transition %d action %d (%s on %s): expected '%s' but got '%s'%s%s%s | target-rc=%d "
                   "rc=%d call-id=%d",
                   r->transition, r->action, key, text_or(r->name, r->node), ocf_exit_str(r->target_rc),
                   ocf_exit_str(r->rc), has_reason ? " (" : "", has_reason ? reason : "",
                   has_reason ? ")" : "", r->target_rc, r->rc, r->call_id);
    }
}

static int mapped_rc(int rc)
{
    return rc == OCF_DEGRADED ? OCF_OK : rc == OCF_DEGRADED_PROMOTED ? OCF_RUNNING_PROMOTED : rc;
}

const char *name_of_uuid(struct crmd *c, const char *uuid)
{
    peer_t *peer = uuid ? peers_find_uuid(c->peers, uuid) : NULL;

    return peer ? peer->name : NULL;
}

/* node is the uuid of the node the history belongs to. */
void te_process_result(struct crmd *c, const xmlNode *op, const char *node)
{
    struct result r = {.op = op, .node = node, .name = name_of_uuid(c, node)};
    bool forced = false;

    r.key = xml_get(op, "transition-key");
    if (r.key == NULL || c->graph == NULL) {
        return;
    }
    r.status = (int)int_parse(xml_get(op, "op-status"), EXEC_DONE);
    if (r.status == EXEC_PENDING) {
        return;
    }
    r.rc = mapped_rc((int)int_parse(xml_get(op, "rc-code"), OCF_UNKNOWN_ERROR));
    r.call_id = (int)int_parse(xml_get(op, "call-id"), 0);
    r.interval_ms = int_parse(xml_get(op, "interval"), 0);
    if (parse_transition_key(r.key, &r.action, &r.transition, &r.target_rc, r.uuid) != 0) {
        abort_for_result(c, &r, SCORE_INF, "Bad event");
        return;
    }
    if (!classify(c, &r, &forced)) {
        return;
    }
    if (r.name && r.status != EXEC_INVALID) {
        update_failcount(c, op, r.name, r.rc, r.target_rc, forced, r.ignore);
    }
    log_result(&r);
}

/* A direct acknowledgement: results that are not stored (§4.7). */
void te_process_message(struct crmd *c, const xmlNode *msg)
{
    const xmlNode *state = message_data(msg);

    if (!same_text(xml_get(msg, "crm_task"), "lrm_invoke")
        || !same_text(xml_get(msg, "crm_sys_from"), SYS_LRMD)) {
        log_err("Unexpected message to the transition engine: %s",
                text_or(xml_get(msg, "crm_task"), "no task"));
        return;
    }
    if (state == NULL || xml_id(state) == NULL) {
        log_warn("Ignoring operation result without node");
        return;
    }
    xml_foreach(lrm, state, "lrm") {
        xml_foreach(resources, lrm, "lrm_resources") {
            xml_foreach(resource, resources, "lrm_resource") {
                xml_foreach(op, resource, "lrm_rsc_op") {
                    te_process_result(c, op, xml_id(state));
                }
            }
        }
    }
}
