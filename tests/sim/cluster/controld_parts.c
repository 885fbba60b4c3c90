/* The controller's connections to the other daemons of its host: what shell_*.c of the real one do. */
#include "tests/sim/cluster/controld.h"

#include <errno.h>
#include "cib/cib_client.h"
#include "lrmd/lrmd_client.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "stonithd/stonith_client.h"

#define FENCER_RETRY_US (2 * SIM_SECOND)
#define ATTRD_RETRY_US (500 * SIM_MS)
#define FENCE_EXTRA_S 60u

static struct host *host_of(void *arg)
{
    return ((struct daemon *)arg)->host;
}

static void free_tree(gpointer data)
{
    xml_free(data);
}

/* ---- CIB manager ---- */

static int on_cib_connect(void *arg)
{
    controld_of(arg)->cib = daemon_of(host_of(arg), BASED)->serving;
    return controld_of(arg)->cib ? 0 : -ENOTCONN;
}

static void on_cib_disconnect(void *arg)
{
    controld_of(arg)->cib = false;
}

static void cib_done(struct daemon *d, int call, int rc, const xmlNode *output, void *arg)
{
    crmd_cib_reply(controld_of(d)->core, GPOINTER_TO_INT(arg), rc, output);
}

static void cib_failed(void *owner, void *data)
{
    crmd_cib_reply(controld_of(owner)->core, GPOINTER_TO_INT(data), -ENOTCONN, NULL);
}

static void on_cib_call(void *arg, const struct crmd_cib_call *call)
{
    int rc = -ENOTCONN;

    if (controld_of(arg)->cib) {
        rc = based_call(arg, call->op, call->host, call->section, call->data, (uint32_t)call->options,
                        call->timeout_s, call->want_reply ? cib_done : NULL, GINT_TO_POINTER(call->id), NULL);
    }
    if (rc < 0 && call->want_reply) {
        daemon_task(arg, 0, cib_failed, GINT_TO_POINTER(call->id), NULL);
    }
}

void controld_cib_notify(struct daemon *d, const char *type, const xmlNode *message)
{
    struct controld *c = controld_of(d);
    int rc = 0;

    if (!c->cib) {
        return;
    }
    if (strcmp(type, CIB_NOTIFY_REFRESH) == 0) {
        crmd_cib_replaced(c->core, xml_int_or(message, "cib_change_section", -1));
    } else if (strcmp(type, CIB_NOTIFY_DIFF) == 0) {
        rc = xml_int_or(message, "cib_rc", 0);
        crmd_cib_diff(c->core, rc, xml_first(xml_first(message, "cib_update_result"), "diff"));
    }
}

/* ---- local clients ---- */

static int on_ok(void *arg)
{
    return 0;
}

static void on_nothing(void *arg)
{
}

static bool on_ipc_send(void *arg, const char *client, const xmlNode *msg)
{
    return strncmp(client, "tool", 4) == 0;
}

static void take_request(void *owner, void *data)
{
    crmd_ipc_request(controld_of(owner)->core, "tool", data);
}

void controld_request(struct host *h, xmlNode *msg)
{
    struct daemon *d = daemon_of(h, CONTROLD);

    if (d->running && d->serving) {
        daemon_post(d, TOOL, take_request, msg, free_tree);
    } else {
        xml_free(msg);
    }
}

/* ---- executor ---- */

static int on_exec_connect(void *arg)
{
    controld_of(arg)->executor = daemon_of(host_of(arg), EXECD)->serving;
    return controld_of(arg)->executor ? 0 : -ENOTCONN;
}

static void on_exec_disconnect(void *arg)
{
    if (controld_of(arg)->executor && daemon_of(host_of(arg), EXECD)->serving) {
        execd_client_gone(host_of(arg));
    }
    controld_of(arg)->executor = false;
}

static int exec_call(void *arg, const char *node, const char *op, const xmlNode *data, unsigned options,
                     xmlNode **reply)
{
    XML_AUTO xmlNode *answer =
        node == NULL && controld_of(arg)->executor ? execd_call(host_of(arg), op, data, options) : NULL;
    int rc = answer != NULL ? xml_int_or(answer, "lrmd_rc", -ENOMSG) : -ENOTCONN;

    if (reply != NULL) {
        *reply = answer;
        answer = NULL;
    }
    return rc;
}

static xmlNode *rsc_data(const char *id)
{
    xmlNode *data = xml_new("lrmd_rsc");

    xml_set(data, "lrmd_rsc_id", id);
    return data;
}

static int on_rsc_info(void *arg, const char *node, const char *id, struct crmd_rsc_info *info)
{
    XML_AUTO xmlNode *data = rsc_data(id);
    XML_AUTO xmlNode *reply = NULL;
    int rc = exec_call(arg, node, "lrmd_rsc_info", data, LRMD_OPT_NONE, &reply);

    if (rc == 0) {
        *info = (struct crmd_rsc_info){
            .id = g_strdup(id), .class = g_strdup(xml_get(reply, "lrmd_class")),
            .provider = g_strdup(xml_get(reply, "lrmd_provider")),
            .type = g_strdup(xml_get(reply, "lrmd_type")),
        };
    }
    return rc;
}

static int on_register(void *arg, const char *node, const struct crmd_rsc_info *info)
{
    XML_AUTO xmlNode *data = rsc_data(info->id);

    xml_set(data, "lrmd_class", info->class);
    xml_set(data, "lrmd_provider", info->provider);
    xml_set(data, "lrmd_type", info->type);
    return exec_call(arg, node, "lrmd_rsc_register", data, LRMD_OPT_DROP_RECURRING, NULL);
}

static int on_unregister(void *arg, const char *node, const char *id)
{
    XML_AUTO xmlNode *data = rsc_data(id);

    return exec_call(arg, node, "lrmd_rsc_unregister", data, LRMD_OPT_NONE, NULL);
}

static int on_run(void *arg, const char *node, const char *rsc, const char *action, const char *user_data,
                  unsigned interval_ms, unsigned timeout_ms, unsigned start_delay_ms, GHashTable *params)
{
    XML_AUTO xmlNode *data = rsc_data(rsc);

    xml_set(data, "lrmd_rsc_action", action);
    xml_set(data, "lrmd_rsc_userdata_str", user_data);
    xml_set_int(data, "lrmd_rsc_interval", interval_ms);
    xml_set_int(data, "lrmd_timeout", timeout_ms);
    xml_set_int(data, "lrmd_rsc_start_delay", start_delay_ms);
    lrmd_params_to_xml(data, params);
    return exec_call(arg, node, "lrmd_rsc_exec", data, LRMD_OPT_NOTIFY_CHANGES_ONLY, NULL);
}

static int on_exec_cancel(void *arg, const char *node, const char *rsc, const char *action,
                          unsigned interval_ms)
{
    XML_AUTO xmlNode *data = rsc_data(rsc);

    xml_set(data, "lrmd_rsc_action", action);
    xml_set_int(data, "lrmd_rsc_interval", interval_ms);
    return exec_call(arg, node, "lrmd_rsc_cancel", data, LRMD_OPT_NONE, NULL);
}

static int on_alert(void *arg, const char *id, const char *path, unsigned timeout_ms, GHashTable *params)
{
    return 0;
}

void controld_exec_event(struct daemon *d, const xmlNode *msg)
{
    const char *op = xml_get(msg, "lrmd_op");
    struct crmd_exec_event event;

    if (!controld_of(d)->executor || op == NULL || strcmp(op, "lrmd_rsc_exec") != 0) {
        return;
    }
    event = (struct crmd_exec_event){
        .rsc_id = xml_get(msg, "lrmd_rsc_id"),
        .op_type = xml_get(msg, "lrmd_rsc_action"),
        .user_data = xml_get(msg, "lrmd_rsc_userdata_str"),
        .exit_reason = xml_get(msg, "lrmd_rsc_exit_reason"),
        .output = xml_get(msg, "lrmd_rsc_output"),
        .interval_ms = (unsigned)xml_int_or(msg, "lrmd_rsc_interval", 0),
        .timeout_ms = (unsigned)xml_int_or(msg, "lrmd_timeout", 0),
        .start_delay_ms = (unsigned)xml_int_or(msg, "lrmd_rsc_start_delay", 0),
        .call_id = xml_int_or(msg, "lrmd_callid", 0),
        .rc = xml_int_or(msg, "lrmd_exec_rc", OCF_UNKNOWN_ERROR),
        .status = xml_int_or(msg, "lrmd_exec_op_status", EXEC_UNKNOWN),
        .run_time = xml_int_or(msg, "lrmd_run_time", 0),
        .rcchange_time = xml_int_or(msg, "lrmd_rcchange_time", 0),
        .exec_time_ms = (unsigned)xml_int_or(msg, "lrmd_exec_time", 0),
        .queue_time_ms = (unsigned)xml_int_or(msg, "lrmd_queue_time", 0),
        .rsc_deleted = xml_int_or(msg, "lrmd_rsc_deleted", 0) != 0,
        .params = lrmd_params_from_xml(xml_first(msg, "attributes")),
    };
    crmd_exec_result(controld_of(d)->core, &event);
    g_hash_table_unref(event.params);
}

static const char dummy_metadata[] =
    "<resource-agent name='Dummy'><version>1.1</version><parameters><parameter name='state' reloadable='1'/>"
    "<parameter name='fake'/></parameters><actions><action name='start'/><action name='stop'/>"
    "<action name='monitor'/><action name='promote'/><action name='demote'/></actions></resource-agent>";

static void metadata_read(void *owner, void *data)
{
    crmd_metadata_done(controld_of(owner)->core, GPOINTER_TO_UINT(data), dummy_metadata);
}

static void on_metadata(void *arg, unsigned cookie, const struct crmd_rsc_info *info)
{
    daemon_task(arg, sim_below(host_of(arg)->cluster->sim, 100 * SIM_MS), metadata_read,
                GUINT_TO_POINTER(cookie), NULL);
}

/* ---- scheduler ---- */

static int on_sched_connect(void *arg)
{
    controld_of(arg)->scheduler = daemon_of(host_of(arg), SCHEDULERD)->serving;
    return controld_of(arg)->scheduler ? 0 : -ENOTCONN;
}

static void on_sched_disconnect(void *arg)
{
    controld_of(arg)->scheduler = false;
}

static void take_calculation(void *owner, void *data)
{
    schedulerd_request(owner, data);
}

static int on_sched_send(void *arg, const xmlNode *msg)
{
    if (!controld_of(arg)->scheduler || !daemon_of(host_of(arg), SCHEDULERD)->serving) {
        return -ENOTCONN;
    }
    daemon_post(daemon_of(host_of(arg), SCHEDULERD), CONTROLD, take_calculation, xml_copy(msg), free_tree);
    return 0;
}

void controld_sched_reply(struct daemon *d, xmlNode *msg)
{
    if (controld_of(d)->scheduler) {
        crmd_sched_reply(controld_of(d)->core, msg);
    }
}

/* ---- fencer ---- */

static void connect_fencer(void *owner, void *data)
{
    struct controld *c = controld_of(owner);

    c->fencer_retry = 0;
    if (!c->fencer_wanted || c->fencer) {
        return;
    }
    if (daemon_of(host_of(owner), FENCED)->serving) {
        c->fencer = true;
        crmd_fencer_connected(c->core);
    } else {
        c->fencer_retry = daemon_task(owner, FENCER_RETRY_US, connect_fencer, NULL, NULL);
    }
}

static void on_fencer_connect(void *arg)
{
    struct controld *c = controld_of(arg);

    c->fencer_wanted = true;
    if (c->fencer_retry == 0) {
        c->fencer_retry = daemon_task(arg, SIM_MS, connect_fencer, NULL, NULL);
    }
}

static void on_fencer_disconnect(void *arg)
{
    controld_of(arg)->fencer = controld_of(arg)->fencer_wanted = false;
}

static void fence_timed_out(void *owner, void *data)
{
    struct controld *c = controld_of(owner);

    g_hash_table_remove(c->fence_calls, data);
    crmd_fence_result(c->core, GPOINTER_TO_INT(data), CRM_EX_ERROR, EXEC_TIMEOUT, "no answer in time");
}

static void arm_call(struct daemon *d, int call, unsigned timeout_s)
{
    GHashTable *calls = controld_of(d)->fence_calls;
    gpointer key = GINT_TO_POINTER(call);

    task_cancel(GPOINTER_TO_SIZE(g_hash_table_lookup(calls, key)));
    g_hash_table_insert(calls, key,
                        GSIZE_TO_POINTER(daemon_task(d, (timeout_s + FENCE_EXTRA_S) * SIM_SECOND,
                                                     fence_timed_out, key, NULL)));
}

static xmlNode *fence_command(int call, const char *op, unsigned options, unsigned timeout_s,
                              const xmlNode *data)
{
    xmlNode *msg = xml_new("stonith_command");

    xml_set(msg, "__name__", "stonith_command");
    xml_set(msg, "t", "stonith-ng");
    xml_set(msg, "st_op", op);
    xml_set_int(msg, "st_callid", call);
    xml_set_int(msg, "st_callopt", options);
    xml_set_int(msg, "st_timeout", timeout_s);
    xml_set(msg, "st_delay", xml_get(data, "st_delay"));
    if (data != NULL) {
        message_add_child(msg, "st_calldata", data);
    }
    return msg;
}

static int on_fence(void *arg, const char *target, const char *action, unsigned timeout_s, int delay_s,
                    bool allow_suicide)
{
    struct controld *c = controld_of(arg);
    unsigned options = allow_suicide ? ST_OPT_ALLOW_SUICIDE : ST_OPT_NONE;
    XML_AUTO xmlNode *data = xml_new("stonith_fence");
    int rc;

    if (!c->fencer && daemon_of(host_of(arg), FENCED)->serving) {
        c->fencer = true;
        crmd_fencer_connected(c->core);
    }
    if (!c->fencer) {
        return -ENOTCONN;
    }
    xml_set(data, "st_target", target);
    xml_set(data, "st_device_action", action);
    xml_set_int(data, "st_timeout", timeout_s);
    xml_set_int(data, "st_tolerance", 0);
    xml_set_int(data, "st_delay", delay_s);
    rc = fenced_call(host_of(arg), fence_command(++c->fence_call, "st_fence", options, timeout_s, data));
    if (rc < 0) {
        return rc;
    }
    arm_call(arg, c->fence_call, timeout_s);
    return c->fence_call;
}

static void on_sync_history(void *arg)
{
    if (controld_of(arg)->fencer) {
        fenced_call(host_of(arg), fence_command(++controld_of(arg)->fence_call, "st_fence_history",
                                                ST_OPT_SYNC_CALL | ST_OPT_BROADCAST, 5, NULL));
    }
}

static void fence_reply(struct daemon *d, const xmlNode *msg)
{
    struct controld *c = controld_of(d);
    int call = xml_int_or(msg, "st_callid", 0);
    gpointer task = g_hash_table_lookup(c->fence_calls, GINT_TO_POINTER(call));
    fence_result_t result = {0};

    if (task == NULL) {
        return;
    }
    task_cancel(GPOINTER_TO_SIZE(task));
    g_hash_table_remove(c->fence_calls, GINT_TO_POINTER(call));
    fence_result_from_xml(msg, &result);
    crmd_fence_result(c->core, call, result.exit_status, result.op_status, result.exit_reason);
    fence_result_clear(&result);
}

static void fence_notice(struct daemon *d, const xmlNode *msg)
{
    const char *type = xml_get(msg, "subt");
    const xmlNode *data = message_child(msg, "st_calldata");
    fence_result_t result = {0};

    if (strcmp(type, ST_NOTIFY_HISTORY_SYNCED) == 0) {
        crmd_history_synced(controld_of(d)->core);
    } else if (strcmp(type, ST_NOTIFY_FENCE) == 0) {
        fence_result_from_xml(msg, &result);
        struct crmd_fence_event event = {
            .target = xml_get(data, "st_target"), .action = xml_get(data, "st_device_action"),
            .executioner = xml_get(data, "st_delegate"), .client = xml_get(data, "st_clientname"),
            .origin = xml_get(data, "st_origin"), .id = xml_get(data, "st_remote_op"), .operation = type,
            .exit_status = result.exit_status, .status = result.op_status, .reason = result.exit_reason,
            .legacy_rc = fence_result_legacy(&result),
        };
        crmd_fence_notify(controld_of(d)->core, &event);
        fence_result_clear(&result);
    }
}

void controld_fence_message(struct daemon *d, const xmlNode *msg)
{
    const char *type = xml_get(msg, "t");

    if (!controld_of(d)->fencer || type == NULL) {
        return;
    }
    if (strcmp(type, "stonith-ng") == 0) {
        fence_reply(d, msg);
    } else if (strcmp(type, "st_notify") == 0) {
        fence_notice(d, msg);
    } else if (strcmp(type, "st-async-timeout-value") == 0
               && g_hash_table_contains(controld_of(d)->fence_calls,
                                        GINT_TO_POINTER(xml_int_or(msg, "st_callid", 0)))) {
        arm_call(d, xml_int_or(msg, "st_callid", 0), (unsigned)xml_int_or(msg, "st_timeout", 0));
    }
}

static void fail_fence_calls(struct daemon *d)
{
    struct controld *c = controld_of(d);

    for (int call = 1; call <= c->fence_call; call++) {
        gpointer task = g_hash_table_lookup(c->fence_calls, GINT_TO_POINTER(call));

        if (task != NULL) {
            task_cancel(GPOINTER_TO_SIZE(task));
            g_hash_table_remove(c->fence_calls, GINT_TO_POINTER(call));
            crmd_fence_result(c->core, call, CRM_EX_ERROR, EXEC_NOT_CONNECTED, "Lost connection to fencer");
        }
    }
}

/* ---- attribute manager ---- */

static xmlNode *attrd_request_new(const char *task, const char *node, bool remote)
{
    xmlNode *request = xml_new("attrd_request");

    xml_set(request, "t", "attrd");
    xml_set(request, "src", "crmd");
    xml_set(request, "task", task);
    xml_set(request, "attr_host", node);
    xml_set_int(request, "attr_is_remote", remote);
    return request;
}

static int on_attr_update(void *arg, const char *node, bool remote, const struct crmd_attr *attrs, size_t n)
{
    int rc = 0;

    for (size_t i = 0; i < n && rc == 0; i++) {
        xmlNode *request = attrd_request_new("update", node, remote);

        xml_set(request, "attr_name", attrs[i].name);
        xml_set(request, "attr_value", attrs[i].value);
        rc = attrd_call(host_of(arg), request, NULL);
    }
    return rc;
}

static int on_attr_clear(void *arg, const char *node, bool remote, const char *rsc, const char *op,
                         const char *interval)
{
    xmlNode *request = attrd_request_new("clear-failure", node, remote);

    xml_set(request, "attr_resource", rsc);
    xml_set(request, "attr_clear_operation", op);
    xml_set(request, "attr_clear_interval", interval);
    return attrd_call(host_of(arg), request, NULL);
}

static int on_attr_purge(void *arg, const char *node)
{
    return attrd_call(host_of(arg), attrd_request_new("peer-remove", node, false), NULL);
}

static int on_attr_refresh(void *arg)
{
    return attrd_call(host_of(arg), attrd_request_new("refresh", NULL, false), NULL);
}

static void try_attrd(void *owner, void *data)
{
    struct controld *c = controld_of(owner);

    c->attrd_retry = 0;
    if (daemon_of(host_of(owner), ATTRD)->serving) {
        crmd_attrd_restarted(c->core);
    } else {
        c->attrd_retry = daemon_task(owner, ATTRD_RETRY_US, try_attrd, NULL, NULL);
    }
}

/* ---- a daemon of this host ended ---- */

void controld_peer_lost(struct daemon *d, enum part part)
{
    struct controld *c = controld_of(d);

    if (part == BASED && c->cib) {
        c->cib = false;
        crmd_cib_lost(c->core);
    } else if (part == EXECD && c->executor) {
        c->executor = false;
        crmd_exec_lost(c->core, NULL);
    } else if (part == SCHEDULERD && c->scheduler) {
        c->scheduler = false;
        crmd_sched_lost(c->core);
    } else if (part == FENCED && c->fencer) {
        c->fencer = false;
        crmd_fencer_lost(c->core);
        fail_fence_calls(d);
    } else if (part == ATTRD && c->attrd_retry == 0) {
        c->attrd_retry = daemon_task(d, ATTRD_RETRY_US, try_attrd, NULL, NULL);
    }
}

/* ---- remote nodes: none here ---- */

static void on_remote_connect(void *arg, const char *node, const char *server, int port, unsigned timeout_ms)
{
}

static void on_remote_name(void *arg, const char *node)
{
}

static int on_remote_poke(void *arg, const char *node)
{
    return -ENOTCONN;
}

static void on_remote_send(void *arg, const char *node, const xmlNode *msg)
{
}

static int on_proxy_open(void *arg, const char *session, const char *channel)
{
    return -ENOTCONN;
}

static int on_proxy_send(void *arg, const char *session, const xmlNode *msg, uint32_t flags, xmlNode **reply)
{
    return -ENOTCONN;
}

void controld_ops_parts(struct crmd_ops *ops)
{
    ops->cib_connect = on_cib_connect;
    ops->cib_disconnect = on_cib_disconnect;
    ops->cib_call = on_cib_call;
    ops->ipc_open = on_ok;
    ops->ipc_close = on_nothing;
    ops->ipc_send = on_ipc_send;
    ops->exec_connect = on_exec_connect;
    ops->exec_disconnect = on_exec_disconnect;
    ops->exec_rsc_info = on_rsc_info;
    ops->exec_register = on_register;
    ops->exec_unregister = on_unregister;
    ops->exec_run = on_run;
    ops->exec_cancel = on_exec_cancel;
    ops->exec_alert = on_alert;
    ops->metadata = on_metadata;
    ops->sched_connect = on_sched_connect;
    ops->sched_disconnect = on_sched_disconnect;
    ops->sched_send = on_sched_send;
    ops->fencer_connect = on_fencer_connect;
    ops->fencer_disconnect = on_fencer_disconnect;
    ops->fencer_fence = on_fence;
    ops->fencer_sync_history = on_sync_history;
    ops->attr_update = on_attr_update;
    ops->attr_clear_failure = on_attr_clear;
    ops->attr_purge = on_attr_purge;
    ops->attr_refresh = on_attr_refresh;
    ops->remote_connect = on_remote_connect;
    ops->remote_disconnect = on_remote_name;
    ops->remote_poke = on_remote_poke;
    ops->remote_check_watchdog = on_remote_name;
    ops->remote_send = on_remote_send;
    ops->proxy_open = on_proxy_open;
    ops->proxy_close = on_remote_name;
    ops->proxy_send = on_proxy_send;
}
