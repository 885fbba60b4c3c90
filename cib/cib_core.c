/* The CIB manager as a pure state machine: who executes what, replies, primary and secondary. Pure. */
#include "config.h"
#include "cib/cib_core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "cib/acl.h"
#include "cib/cib_client.h"
#include "cib/core_private.h"
#include "cib/version.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

cib_core_t *cib_core_new(const char *own_name, const struct cib_core_ops *ops, void *arg, struct cib_env *env,
                         xmlNode *cib, int status)
{
    cib_core_t *core = g_new0(cib_core_t, 1);

    core->own_name = g_strdup(own_name);
    core->ops = *ops;
    core->arg = arg;
    core->env = env;
    core->cib = cib;
    core->status = status;
    return core;
}

void cib_core_free(cib_core_t *core)
{
    xml_free(core->cib);
    g_free(core->own_name);
    g_free(core);
}

void cib_core_set_alone(cib_core_t *core, bool alone)
{
    core->alone = alone;
}

const xmlNode *cib_core_cib(const cib_core_t *core)
{
    return core->cib;
}

bool cib_core_is_primary(const cib_core_t *core)
{
    return core->primary;
}

int cib_core_status(const cib_core_t *core)
{
    return core->status;
}

static uint32_t call_options(const xmlNode *request)
{
    long long options = 0;

    return xml_get_int(request, "cib_callopt", &options) == 0 ? (uint32_t)options : 0;
}

bool core_is_me(const cib_core_t *core, const char *node)
{
    return node != NULL && core->own_name != NULL && strcasecmp(node, core->own_name) == 0;
}

/* ---- replies ---- */

xmlNode *core_reply_new(const xmlNode *request, int rc, const xmlNode *output)
{
    static const char *const copied[] = {"cib_op", "cib_callid", "cib_clientid", "cib_callopt"};
    xmlNode *reply = xml_new("cib-reply");

    xml_set(reply, "t", "cib");
    for (size_t i = 0; i < G_N_ELEMENTS(copied); i++) {
        xml_set(reply, copied[i], xml_get(request, copied[i]));
    }
    xml_set_int(reply, "cib_rc", rc);
    if (output != NULL) {
        xml_add_copy(xml_add(reply, "cib_calldata"), output);
    }
    return reply;
}

static void reply_to_client(cib_core_t *core, const xmlNode *request, const xmlNode *reply)
{
    const char *client = xml_get(request, "cib_clientid");
    uint32_t options = call_options(request);

    if (client != NULL && (options & CIB_OPT_DISCARD_REPLY) == 0) {
        core->ops.reply(core->arg, client, reply, (options & CIB_OPT_SYNC_CALL) != 0);
    }
}

static void reply_to_peer(cib_core_t *core, const char *node, xmlNode *reply)
{
    if (node == NULL) {
        return;
    }
    xml_set(reply, "cib_isreplyto", node);
    core->ops.send(core->arg, node, reply);
}

/* ---- operations that concern the manager, not the document ---- */

static int become_primary(cib_core_t *core)
{
    if (!core->primary) {
        log_info("This node's configuration is now the primary copy");
        core->primary = true;
    }
    return 0;
}

static int become_secondary(cib_core_t *core)
{
    if (core->primary) {
        log_info("This node's configuration is now a secondary copy");
        core->primary = false;
    }
    return 0;
}

static int leave_request(cib_core_t *core, const xmlNode *request)
{
    if (xml_get(request, "cib_isreplyto") == NULL) {
        log_info("Node %s asks to leave", xml_get(request, "src"));
        return 0;
    }
    if (!core->leaving) {
        log_err("Node %s answers a request to leave that was not made", xml_get(request, "src"));
        return -EINVAL;
    }
    core->leaving = false;
    core->ops.may_leave(core->arg);
    return 0;
}

static int start_upgrade(cib_core_t *core, const xmlNode *request, xmlNode **output)
{
    XML_AUTO xmlNode *scratch = xml_copy(core->cib);
    xmlNode *fresh = NULL;
    int rc = core->env->upgrade != NULL ? core->env->upgrade(core->env->arg, scratch, NULL, &fresh)
        : -EPROTONOSUPPORT;
    const char *schema = xml_get(fresh != NULL ? fresh : scratch, "validate-with");
    const char *origin = xml_get(request, "src");
    XML_AUTO xmlNode *message = xml_new("cib_upgrade");

    (void)output;
    xml_set(message, "t", "cib");
    xml_set(message, "cib_op", CIB_OP_UPGRADE);
    xml_set(message, "cib_delegated_from", origin);
    xml_set(message, "cib_clientid", xml_get(request, "cib_clientid"));
    xml_set(message, "cib_callopt", xml_get(request, "cib_callopt"));
    xml_set(message, "cib_callid", xml_get(request, "cib_callid"));
    if (rc == 0) {
        xml_set(message, "cib_schema_max", schema);
        rc = core->ops.send(core->arg, NULL, message);
    } else if (origin != NULL && !core_is_me(core, origin)) {
        xml_set(message, "cib_isreplyto", origin);
        xml_set_int(message, "cib_upgrade_rc", rc);
        core->ops.send(core->arg, origin, message);
    }
    xml_free(fresh);
    return rc;
}

/* Does this operation concern the manager rather than the document? Then *rc is its result. */
static bool manager_operation(cib_core_t *core, const char *op, const xmlNode *request, xmlNode **output,
                              int *rc)
{
    if (strcmp(op, CIB_OP_PRIMARY) == 0) {
        *rc = become_primary(core);
    } else if (strcmp(op, CIB_OP_SECONDARY) == 0 || strcmp(op, CIB_OP_SECONDARY_ALL) == 0) {
        *rc = become_secondary(core);
    } else if (strcmp(op, CIB_OP_IS_PRIMARY) == 0) {
        *rc = core->primary ? 0 : -EPERM;
    } else if (strcmp(op, CIB_OP_SYNC) == 0) {
        *rc = core_sync(core, request, true);
    } else if (strcmp(op, CIB_OP_SYNC_ONE) == 0) {
        *rc = core_sync(core, request, false);
    } else if (strcmp(op, CIB_OP_SHUTDOWN) == 0) {
        *rc = leave_request(core, request);
    } else if (strcmp(op, CIB_OP_PING) == 0) {
        *output = core_ping_response(core, request);
        *rc = 0;
    } else {
        return false;
    }
    return true;
}

/* ---- operations on the document ---- */

static bool sections_differ(const cib_core_t *core, const xmlNode *a, const xmlNode *b, const char *section)
{
    const xmlNode *x = section_find((xmlNode *)a, section), *y = section_find((xmlNode *)b, section);
    char *digest_x, *digest_y;
    bool differ;

    (void)core;
    if (x == NULL || y == NULL) {
        return x != y;
    }
    digest_x = xml_digest_v2(x, true);
    digest_y = xml_digest_v2(y, true);
    differ = strcmp(digest_x, digest_y) != 0;
    free(digest_x);
    free(digest_y);
    return differ;
}

static unsigned changed_sections(const cib_core_t *core, const xmlNode *old, const xmlNode *fresh)
{
    unsigned sections = 0;

    sections |= sections_differ(core, old, fresh, "nodes") ? CIB_CHANGED_NODES : 0;
    sections |= sections_differ(core, old, fresh, "alerts") ? CIB_CHANGED_ALERTS : 0;
    sections |= sections_differ(core, old, fresh, "status") ? CIB_CHANGED_STATUS : 0;
    return sections;
}

static void add_generation(const cib_core_t *core, xmlNode *message, const char *wrapper)
{
    xml_copy_attrs(xml_add(xml_add(message, wrapper), "generation_tuple"), core->cib);
}

static void notify_diff(cib_core_t *core, const struct cib_change *change, const struct cib_result *result)
{
    XML_AUTO xmlNode *message = xml_new("notify");

    xml_set(message, "t", "cib_notify");
    xml_set(message, "subt", CIB_NOTIFY_DIFF);
    xml_set(message, "cib_op", change->op);
    xml_set_int(message, "cib_rc", result->rc);
    xml_set(message, "cib_object_type", change->input != NULL ? xml_name(change->input) : "diff");
    add_generation(core, message, "cib_generation");
    if (change->input != NULL) {
        xml_add_copy(xml_add(message, "cib_update"), change->input);
    }
    xml_add_copy(xml_add(message, "cib_update_result"), result->patch);
    core->ops.notify(core->arg, CIB_NOTIFY_DIFF, message);
}

static void notify_refresh(cib_core_t *core, int rc, unsigned sections)
{
    XML_AUTO xmlNode *message = xml_new("notify-replace");

    xml_set(message, "t", "cib_notify");
    xml_set(message, "subt", CIB_NOTIFY_REFRESH);
    xml_set(message, "cib_op", CIB_OP_REPLACE);
    xml_set_int(message, "cib_rc", rc);
    xml_set_int(message, "cib_change_section", sections);
    add_generation(core, message, "cib-replace-generation");
    core->ops.notify(core->arg, CIB_NOTIFY_REFRESH, message);
}

/* Does a change reach into the part of the configuration at path, or create or delete what that is in? */
static bool change_touches(const xmlNode *change, const char *part)
{
    const char *path = xml_get(change, "path"), *operation = xml_get(change, "operation");
    bool whole = operation != NULL && (strcmp(operation, "create") == 0 || strcmp(operation, "delete") == 0);

    if (path == NULL) {
        return false;
    }
    return strstr(path, part) != NULL
        || (whole && (strcmp(path, "/cib") == 0 || strcmp(path, "/cib/configuration") == 0));
}

static bool patch_touches(const xmlNode *patch, const char *part)
{
    long long format = 1;

    if (xml_get_int(patch, "format", &format) != 0 || format != 2) {
        return true;
    }
    xml_foreach(change, patch, "change") {
        if (change_touches(change, part)) {
            return true;
        }
    }
    return false;
}

/* Must the result go to disk? The reference does not count a modification that only creates as a change of
 * the configuration, and neither do we since all copies must count alike; but it must survive a power
 * failure. */
static bool must_write(const struct cib_result *result, bool replace)
{
    return result->config_changed || replace
        || (result->patch != NULL && patch_touches(result->patch, "/cib/configuration"));
}

/* A successful change becomes the present state; refreshed tells which sections a replacement changed. */
static void activate(cib_core_t *core, const struct cib_change *change, struct cib_result *result,
                     unsigned *refreshed)
{
    bool replace = strcmp(change->op, CIB_OP_REPLACE) == 0;

    if (replace && result->patch != NULL && result->in_place) {
        *refreshed = CIB_CHANGED_STATUS;
    } else if (replace && result->patch != NULL) {
        *refreshed = changed_sections(core, core->cib, result->cib != NULL ? result->cib : core->cib);
    } else if (strcmp(change->op, CIB_OP_ERASE) == 0 && result->patch != NULL) {
        *refreshed = CIB_CHANGED_NODES | CIB_CHANGED_ALERTS | CIB_CHANGED_STATUS;
    }
    if (result->cib != NULL) {
        xml_free(core->cib);
        core->cib = result->cib;
        result->cib = NULL;
    }
    if (result->patch != NULL) {
        core->changes++;
    }
    if (must_write(result, replace)) {
        core->ops.write(core->arg);
    }
    if (result->patch != NULL && patch_touches(result->patch, "/crm_config")) {
        core->ops.options_changed(core->arg);
    }
    core->ops.arm_digest_timer(core->arg, CIB_DIGEST_DELAY_MS);
}

/* A secondary that cannot follow patches asks for the whole (cib.md §7.3). */
static bool waits_for_sync(cib_core_t *core)
{
    if (core->sync_in_progress == 0 || core->primary) {
        return false;
    }
    if (++core->sync_in_progress > CIB_SYNC_PATIENCE) {
        core->sync_in_progress = 0;
    }
    return true;
}

static int follow_patch_failure(cib_core_t *core, int rc)
{
    if (rc != -PCMK_ERR_DIFF_RESYNC) {
        return rc;
    }
    if (core->primary) {
        return -PCMK_ERR_DIFF_FAILED;
    }
    core->sync_in_progress = 1;
    core_ask_for_sync(core);
    return rc;
}

static void execute_change(cib_core_t *core, const struct cib_change *change, struct cib_result *result)
{
    bool patch = strcmp(change->op, CIB_OP_APPLY_DIFF) == 0;
    bool dry = (change->options & CIB_OPT_DRYRUN) != 0;
    unsigned refreshed = 0;

    if (patch && waits_for_sync(core)) {
        memset(result, 0, sizeof(*result));
        result->rc = -PCMK_ERR_DIFF_RESYNC;
        return;
    }
    cib_perform(core->env, change, core->cib, result);
    if (patch) {
        result->rc = follow_patch_failure(core, result->rc);
    }
    if (result->rc == 0 && !dry) {
        if (strcmp(change->op, CIB_OP_REPLACE) == 0 && xml_is(change->input, "cib")) {
            core->sync_in_progress = 0;
        }
        activate(core, change, result, &refreshed);
    }
    if (dry || (change->options & CIB_OPT_INHIBIT_NOTIFY) != 0) {
        return;
    }
    if (result->patch != NULL) {
        notify_diff(core, change, result);
    }
    if (refreshed != 0) {
        notify_refresh(core, result->rc, refreshed);
    }
}

static void execute_on_document(cib_core_t *core, const struct cib_op *op, const xmlNode *request,
                                bool privileged, struct cib_result *result)
{
    bool update = xml_get_true(request, "cib_update");
    struct cib_change change = {
        .op = op->name, .section = xml_get(request, "cib_section"), .options = call_options(request),
        .user = xml_get(request, "cib_user"), .privileged = privileged, .message = request,
        .input = cib_request_input(request), .origin = xml_get(request, "src"),
        .client = xml_get(request, "cib_clientname"),
    };

    change.count_versions = !update && (change.options & CIB_OPT_INHIBIT_BCAST) == 0;
    if (op->modifies) {
        execute_change(core, &change, result);
    } else {
        cib_perform(core->env, &change, core->cib, result);
    }
}

/* Execute request; the reply is the caller's. NULL when there is nothing to reply. */
static xmlNode *execute(cib_core_t *core, const struct cib_op *op, const xmlNode *request, bool privileged)
{
    struct cib_result result = {0};
    xmlNode *reply;

    if (core->status != 0) {
        result.rc = core->status;
        result.output = xml_copy(core->cib);
    } else if (op->privileged && !privileged) {
        result.rc = -EACCES;
    } else if (strcmp(op->name, CIB_OP_UPGRADE) == 0 && xml_get(request, "cib_schema_max") == NULL) {
        result.rc = start_upgrade(core, request, &result.output);
        if (result.rc == 0) {
            return NULL;        /* the second message is answered */
        }
    } else if (!manager_operation(core, op->name, request, &result.output, &result.rc)) {
        execute_on_document(core, op, request, privileged, &result);
    }
    reply = core_reply_new(request, result.rc, result.output);
    cib_result_clear(&result);
    return reply;
}

/* ---- requests of local clients ---- */

static void execute_for_client(cib_core_t *core, const struct cib_op *op, const xmlNode *request,
                               bool privileged)
{
    XML_AUTO xmlNode *reply = execute(core, op, request, privileged);

    if (reply != NULL) {
        reply_to_client(core, request, reply);
    }
}

static void forward(cib_core_t *core, xmlNode *request, const char *host)
{
    int rc;

    xml_set(request, "cib_delegated_from", core->own_name);
    rc = core->ops.send(core->arg, host, request);
    if (rc != 0) {
        XML_AUTO xmlNode *reply = core_reply_new(request, rc, NULL);

        reply_to_client(core, request, reply);
    }
}

static bool is_op(const struct cib_op *op, const char *name)
{
    return strcmp(op->name, name) == 0;
}

/* Which requests are executed here and now; the others when the process group delivers them. */
static bool is_local(const cib_core_t *core, const struct cib_op *op, const char *host)
{
    if (core->alone || is_op(op, CIB_OP_PRIMARY) || is_op(op, CIB_OP_SECONDARY)) {
        return true;
    }
    return !op->modifies && (host == NULL || *host == '\0' || core_is_me(core, host));
}

void cib_core_request(cib_core_t *core, xmlNode *request, bool privileged)
{
    const char *name = xml_get(request, "cib_op"), *host = xml_get(request, "cib_host");
    const struct cib_op *op = cib_op_find(name);

    if (op == NULL) {
        log_err("Ignoring request for unknown operation %s of client %s", name != NULL ? name : "(none)",
                xml_get(request, "cib_clientname"));
        return;
    }
    xml_set(request, "src", core->own_name);
    if (op->modifies && op->fn != NULL && host != NULL) {
        /* changed by one node alone the copies would differ, and nobody would reply */
        xml_unset(request, "cib_host");
        host = NULL;
    }
    if (core->alone && is_op(op, CIB_OP_UPGRADE) && xml_get(request, "cib_schema_max") == NULL) {
        xml_set(request, "cib_schema_max", CIB_LATEST_SCHEMA);
    }
    if (is_local(core, op, host)) {
        execute_for_client(core, op, request, privileged);
    } else if (op->privileged && !privileged) {
        XML_AUTO xmlNode *reply = core_reply_new(request, -EACCES, NULL);

        reply_to_client(core, request, reply);
    } else {
        forward(core, request, (host != NULL && *host == '\0') ? NULL : host);
    }
}

/* ---- messages of peers ---- */

struct peer_plan {
    bool execute, reply_to_client, reply_to_peer, pass_on;
};

static void plan_upgrade(cib_core_t *core, xmlNode *message, struct peer_plan *plan)
{
    const char *result = xml_get(message, "cib_upgrade_rc");
    bool for_me = core_is_me(core, xml_get(message, "cib_isreplyto"));

    if (result != NULL) {
        xml_set(message, "cib_rc", result);
        plan->pass_on = for_me;
    } else if (xml_get(message, "cib_schema_max") != NULL || core->primary) {
        plan->execute = true;
    }
}

/* The first row of the table that fits decides (cib.md §3.7). */
static void plan_message(cib_core_t *core, const struct cib_op *op, xmlNode *message, struct peer_plan *plan)
{
    const char *host = xml_get(message, "cib_host"), *reply_to = xml_get(message, "cib_isreplyto");
    bool for_me = core_is_me(core, reply_to), is_replace = strcmp(op->name, CIB_OP_REPLACE) == 0;

    host = (host != NULL && *host == '\0') ? NULL : host;
    if (is_replace && reply_to != NULL) {
        xml_set(message, "cib_delegated_from", reply_to);
    } else if (strcmp(op->name, CIB_OP_PING) == 0 && for_me) {
        core_ping_result(core, message);
        return;
    } else if (strcmp(op->name, CIB_OP_UPGRADE) == 0) {
        plan_upgrade(core, message, plan);
        return;
    } else if (!is_replace && xml_get_true(message, "cib_update")) {
        log_warn("Ignoring an update of the kind ancient peers send from %s", xml_get(message, "src"));
        return;
    } else if (for_me && op->modifies) {
        return;
    } else if (strcmp(op->name, CIB_OP_SHUTDOWN) == 0) {
        plan->execute = true;
        plan->reply_to_peer = (reply_to == NULL);
        return;
    } else if (for_me) {
        plan->pass_on = true;
        return;
    } else if (host != NULL && !core_is_me(core, host)) {
        return;
    } else if (host != NULL || strcmp(op->name, CIB_OP_PING) == 0) {
        plan->reply_to_peer = !op->modifies;
    }
    plan->execute = true;
}

static void execute_for_peer(cib_core_t *core, const struct cib_op *op, xmlNode *message, const char *from,
                             const struct peer_plan *plan)
{
    bool mine = core_is_me(core, xml_get(message, "cib_delegated_from"));
    XML_AUTO xmlNode *reply = execute(core, op, message, true);

    if (reply == NULL) {
        return;
    }
    if (strcmp(op->name, CIB_OP_REPLACE) == 0 && core_is_me(core, from) &&
        xml_get_true(message, "cib_update")) {
        long long rc = 0;

        xml_get_int(reply, "cib_rc", &rc);
        core_sync_done(core, message, (int)rc);
    }
    if (plan->reply_to_peer && !core_is_me(core, from)) {
        reply_to_peer(core, from, reply);
    } else if (plan->reply_to_peer
               && (strcmp(op->name, CIB_OP_PING) == 0 || strcmp(op->name, CIB_OP_SHUTDOWN) == 0)) {
        reply_to_peer(core, from, reply);
    } else if (mine) {
        reply_to_client(core, message, reply);
    }
}

void cib_core_peer_message(cib_core_t *core, const char *from, xmlNode *message)
{
    const char *name = xml_get(message, "cib_op");
    const struct cib_op *op = cib_op_find(name);
    struct peer_plan plan = {0};

    if (op == NULL) {
        log_err("Ignoring message for unknown operation %s from %s", name != NULL ? name : "(none)",
                from != NULL ? from : "an unknown node");
        return;
    }
    if (from != NULL) {
        xml_set(message, "src", from);
    }
    plan_message(core, op, message, &plan);
    if (plan.pass_on) {
        reply_to_client(core, message, message);
    } else if (plan.execute) {
        execute_for_peer(core, op, message, from, &plan);
    }
}
