/* Forgetting resources and failures: cleanup, refresh, fail (controller.md §5.9, §5.11). */
#include "pacemaker/crmd/private.h"

static bool privileged_user(const char *user)
{
    return user == NULL || strcmp(user, "root") == 0 || strcmp(user, "hacluster") == 0;
}

static bool from_engine(const xmlNode *msg)
{
    return same_text(xml_get(msg, "crm_sys_from"), SYS_TENGINE);
}

/* Tell the requester how it ended: 0 or a negative errno. */
static void answer(struct crmd *c, struct exec_node *node, const xmlNode *msg, const char *rsc_id, int rc)
{
    const xmlNode *data = message_data(msg);
    bool engine = from_engine(msg);
    const char *key = text_or(xml_get(data, "transition-key"), xml_get(msg, "transition-key"));
    struct crmd_exec_event event = {
        .node = node ? node->name : NULL, .rsc_id = rsc_id, .op_type = "delete", .user_data = key,
        .run_time = c->ops.wall(c->arg), .rcchange_time = c->ops.wall(c->arg),
        .rc = rc == 0 ? OCF_OK : rc == -EACCES ? OCF_INSUFFICIENT_PRIV : OCF_UNKNOWN_ERROR,
        .status = rc == 0 ? EXEC_DONE : EXEC_ERROR,
    };

    lrm_direct_ack(c, engine ? NULL : xml_get(msg, "src"), xml_get(msg, "crm_sys_from"), NULL, &event);
    if (!engine && rc == 0) {
        char *now = g_strdup_printf("%lld", c->ops.wall(c->arg));

        cib_set_option(c, "last-lrm-refresh", now, NULL);
        g_free(now);
    }
}

static gboolean pending_of(gpointer id, gpointer value, gpointer rsc_id)
{
    (void)id;
    return same_text(((struct pending_op *)value)->rsc_id, rsc_id);
}

static void forget_resource(struct crmd *c, struct exec_node *node, const char *rsc_id, const char *user)
{
    log_info("Removing resource %s from memory and history of %s", rsc_id, text_or(node->name, c->name));
    g_hash_table_remove(node->history, rsc_id);
    history_erase(c, text_or(node->name, c->name), rsc_id, user);
    g_hash_table_foreach_remove(node->pending, pending_of, (gpointer)rsc_id);
}

/* Requests that waited for the executor to let go of the resource. */
static void answer_waiting(struct crmd *c, struct exec_node *node, const char *rsc_id)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, node->deletions);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const xmlNode *msg = value;

        if (same_text(xml_id(xml_first(message_data(msg), "primitive")), rsc_id)) {
            answer(c, node, msg, rsc_id, 0);
            g_hash_table_iter_remove(&iter);
        }
    }
}

void lrm_resource_deleted(struct crmd *c, struct exec_node *node, const char *rsc_id)
{
    forget_resource(c, node, rsc_id, NULL);
    answer_waiting(c, node, rsc_id);
}

static void unregister(struct crmd *c, struct exec_node *node, const xmlNode *msg, const char *rsc_id)
{
    const char *user = xml_get(msg, "crm_user");
    int rc = 0;

    if (remote_is_connection(c, rsc_id)) {
        if (from_engine(msg)) {
            remote_unregister(c, rsc_id);
        }
    } else if (node->connected) {
        rc = c->ops.exec_unregister(c->arg, node->name, rsc_id);
    }
    if (rc == -EINPROGRESS) {
        const char *reference = xml_get(msg, "reference");

        log_info("Deletion of resource %s is pending", rsc_id);
        g_hash_table_replace(node->deletions, g_strdup(text_or(reference, rsc_id)), xml_copy(msg));
        return;
    }
    if (rc < 0) {
        log_warn("Deletion of resource %s failed: %s", rsc_id, pcmk_strerror(rc));
        answer(c, node, msg, rsc_id, rc);
        return;
    }
    forget_resource(c, node, rsc_id, privileged_user(user) ? NULL : user);
    answer(c, node, msg, rsc_id, 0);
    answer_waiting(c, node, rsc_id);
}

struct checked_delete {
    char *node, *rsc_id;
    xmlNode *msg;
    bool cib_only;
};

static void checked_free(void *data)
{
    struct checked_delete *checked = data;

    g_free(checked->node);
    g_free(checked->rsc_id);
    xml_free(checked->msg);
    g_free(checked);
}

static void delete_from_cib(struct crmd *c, const xmlNode *msg, const char *node, const char *rsc_id,
                            const char *user)
{
    history_erase(c, node, rsc_id, user);
    answer(c, lrm_node_find(c, node), msg, rsc_id, 0);
}

/* The trial of the deletion as the requesting user ended. */
static void may_delete(struct crmd *c, int call_id, int rc, const xmlNode *output, void *data)
{
    const struct checked_delete *checked = data;
    struct exec_node *node = lrm_node_find(c, checked->node);

    (void)call_id;
    (void)output;
    if (rc < 0 && rc != -ENXIO) {
        log_err("Not deleting history of %s as the user may not: %s", checked->rsc_id, pcmk_strerror(rc));
        answer(c, node, checked->msg, checked->rsc_id, rc);
    } else if (checked->cib_only) {
        delete_from_cib(c, checked->msg, text_or(checked->node, c->name), checked->rsc_id,
                        xml_get(checked->msg, "crm_user"));
    } else if (node) {
        unregister(c, node, checked->msg, checked->rsc_id);
    }
}

static void try_as_user(struct crmd *c, const xmlNode *msg, const char *node, const char *rsc_id,
                        bool cib_only)
{
    struct checked_delete *checked = g_new0(struct checked_delete, 1);
    char *xpath = g_strdup_printf("//node_state[@uname='%s']/lrm/lrm_resources/lrm_resource[@id='%s']",
                                  text_or(node, c->name), rsc_id);
    struct crmd_cib_call call = {
        .op = "cib_delete", .section = xpath, .user = xml_get(msg, "crm_user"),
        .options = CIB_QUORUM_OVERRIDE | CIB_XPATH | CIB_DRYRUN,
    };

    checked->node = g_strdup(node);
    checked->rsc_id = g_strdup(rsc_id);
    checked->msg = xml_copy(msg);
    checked->cib_only = cib_only;
    core_cib_call_full(c, &call, may_delete, checked, checked_free);
    g_free(xpath);
}

/* info NULL: the executor does not know the resource, which is as good as deleted. */
void lrm_delete(struct crmd *c, struct exec_node *node, const xmlNode *msg, const struct crmd_rsc_info *info)
{
    const char *rsc_id = info ? info->id : xml_id(xml_first(message_data(msg), "primitive"));

    if (rsc_id == NULL) {
        log_warn("Ignoring deletion request without resource");
        return;
    }
    if (info == NULL) {
        log_notice("Not registering resource '%s' for a delete event", rsc_id);
    }
    if (privileged_user(xml_get(msg, "crm_user"))) {
        unregister(c, node, msg, rsc_id);
    } else {
        try_as_user(c, msg, node->name, rsc_id, false);
    }
}

void lrm_delete_cib_only(struct crmd *c, const xmlNode *msg)
{
    const xmlNode *data = message_data(msg);
    const char *node = xml_get(data, "on_node");
    const char *rsc_id = xml_id(xml_first(data, "primitive"));
    const char *user = xml_get(msg, "crm_user");

    if (node == NULL || rsc_id == NULL) {
        log_err("Ignoring deletion request without %s", node ? "resource" : "node");
    } else if (privileged_user(user)) {
        delete_from_cib(c, msg, node, rsc_id, NULL);
    } else {
        try_as_user(c, msg, node, rsc_id, true);
    }
}

/* ---- probe again ---- */

static void reprobe_resources(struct crmd *c, struct exec_node *node)
{
    GList *names = g_hash_table_get_keys(node->history);

    for (GList *item = names; item; item = item->next) {
        char *rsc_id = g_strdup(item->data);

        if (!remote_is_connection(c, rsc_id)) {
            if (node->connected) {
                c->ops.exec_unregister(c->arg, node->name, rsc_id);
            }
            forget_resource(c, node, rsc_id, NULL);
        } else {
            struct exec_node *remote = lrm_node_find(c, rsc_id);

            if (remote && remote != node) {
                reprobe_resources(c, remote);
                erase_node_state(c, rsc_id, STATE_LRM, CIB_SCOPE_LOCAL);
            }
            forget_resource(c, node, rsc_id, NULL);
        }
        g_free(rsc_id);
    }
    g_list_free(names);
}

void lrm_reprobe(struct crmd *c, struct exec_node *node, const xmlNode *msg)
{
    const char *from = xml_get(msg, "crm_sys_from");
    const char *name = text_or(node->name, c->name);
    struct crmd_attr probed = {"probe_complete", NULL};

    log_notice("Forcing the status of all resources to be redetected");
    reprobe_resources(c, node);
    erase_node_state(c, name, STATE_LRM, CIB_SCOPE_LOCAL);
    c->ops.attr_update(c->arg, name, node->name != NULL, &probed, 1);
    if (!same_text(from, SYS_PENGINE) && !same_text(from, SYS_TENGINE)) {
        xmlNode *reply XML_AUTO =
            message_request("lrm_invoke", NULL, xml_get(msg, "src"), from, SYS_LRMD, c->uuid);

        relay_message(c, reply, true);
    }
}

/* ---- pretend a failure ---- */

static void fail_answer(struct crmd *c, const xmlNode *msg, struct crmd_exec_event *event, int rc, int status,
                        const char *reason)
{
    event->rc = rc;
    event->status = status;
    event->exit_reason = reason;
    lrm_direct_ack(c, xml_get(msg, "src"), xml_get(msg, "crm_sys_from"), NULL, event);
}

void lrm_fail(struct crmd *c, struct exec_node *node, const xmlNode *msg)
{
    const xmlNode *data = message_data(msg);
    const char *rsc_id = xml_id(xml_first(data, "primitive"));
    GHashTable *params = request_params(data);
    struct crmd_exec_event event = {
        .node = node->name, .rsc_id = text_or(rsc_id, "unknown"), .op_type = "asyncmon", .params = params,
        .run_time = c->ops.wall(c->arg), .rcchange_time = c->ops.wall(c->arg),
    };

    if (!privileged_user(xml_get(msg, "crm_user"))) {
        log_err("%s is not permitted to fail %s", xml_get(msg, "crm_user"), event.rsc_id);
        fail_answer(c, msg, &event, OCF_INSUFFICIENT_PRIV, EXEC_ERROR,
                    "Unprivileged user cannot fail resources");
    } else if (rsc_id == NULL || lrm_find_resource(c, node, data) != 0) {
        fail_answer(c, msg, &event, OCF_UNKNOWN_ERROR, EXEC_ERROR, "Cannot fail unknown resource");
    } else {
        const struct rsc_history *history = history_get(node, rsc_id, NULL);

        log_info("Failing resource %s", rsc_id);
        event.call_id = history ? history->last_callid + 1 : 999999999;
        event.rc = OCF_UNKNOWN_ERROR;
        event.status = EXEC_DONE;
        event.exit_reason = "Simulated failure";
        lrm_handle_result(c, node, &event, NULL);
        fail_answer(c, msg, &event, OCF_OK, EXEC_DONE, NULL);
    }
    g_hash_table_unref(params);
}

/* ---- the last failure alone ---- */

static void forget_failure(struct exec_node *node, const char *rsc, const char *op, unsigned interval_ms)
{
    struct rsc_history *history = node ? g_hash_table_lookup(node->history, rsc) : NULL;

    if (history == NULL || history->failed == NULL) {
        return;
    }
    if (op && (!same_text(history->failed->op_type, op) || history->failed->interval_ms != interval_ms)) {
        return;
    }
    history_drop_failure(history);
}

void lrm_clear_last_failure(struct crmd *c, const char *node, const char *rsc, const char *op,
                            unsigned interval_ms)
{
    char *base =
        g_strdup_printf("/cib/status/node_state[@uname='%s']/lrm/lrm_resources/lrm_resource[@id='%s']"
                        "/lrm_rsc_op[@id='%s_last_failure_0'",
                        node, rsc, rsc);
    char *xpath = op ? g_strdup_printf("%s and @operation_key='%s_%s_%u']", base, rsc, op, interval_ms)
                     : g_strdup_printf("%s]", base);

    core_cib_call(c, "cib_delete", xpath, NULL, CIB_QUORUM_OVERRIDE | CIB_XPATH, NULL, NULL, NULL);
    forget_failure(lrm_node_find(c, node), rsc, op, interval_ms);
    g_free(xpath);
    g_free(base);
}
