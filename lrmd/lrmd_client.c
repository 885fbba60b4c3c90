/* The executor's client: requests and events; the connection is IPC, or TLS (lrmd_remote.h). */
#include "config.h"
#include "lrmd/lrmd_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lrmd/lrmd_remote.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

#define CALL_TIMEOUT_MS 30000 /* the executor answers requests at once, unless the machine is overloaded */
#define REMOTE_CONNECT_MS 10000u

struct lrmd_client {
    lrmd_event_fn event;
    void *arg;
    lrmd_proxy_fn proxy;
    void *proxy_arg;
    char *name;                      /* given at the connect */
    char *token;                     /* given by the executor */
    ipc_conn_t *ipc;                 /* local */
    char *node, *server;             /* remote */
    int port;
    remote_client_t *remote;
};

/* ---- events ---- */

static unsigned get_unsigned(const xmlNode *msg, const char *name)
{
    long long value = 0;

    return xml_get_int(msg, name, &value) == 0 && value > 0 && value <= UINT32_MAX ? (unsigned)value : 0;
}

static long long get_time(const xmlNode *msg, const char *name)
{
    long long value = 0;

    return xml_get_int(msg, name, &value) == 0 ? value : 0;
}

static void fill_result(lrmd_event_t *event, const xmlNode *msg)
{
    event->type = LRMD_EVENT_EXEC_COMPLETE;
    event->rc = xml_int_or(msg, "lrmd_exec_rc", OCF_UNKNOWN_ERROR);
    event->op_status = xml_int_or(msg, "lrmd_exec_op_status", EXEC_UNKNOWN);
    event->action = xml_get(msg, "lrmd_rsc_action");
    event->user_data = xml_get(msg, "lrmd_rsc_userdata_str");
    event->timeout_ms = get_unsigned(msg, "lrmd_timeout");
    event->interval_ms = get_unsigned(msg, "lrmd_rsc_interval");
    event->start_delay_ms = get_unsigned(msg, "lrmd_rsc_start_delay");
    event->rsc_deleted = xml_int_or(msg, "lrmd_rsc_deleted", 0) != 0;
    event->run_time = get_time(msg, "lrmd_run_time");
    event->rcchange_time = get_time(msg, "lrmd_rcchange_time");
    event->exec_time_ms = get_unsigned(msg, "lrmd_exec_time");
    event->queue_time_ms = get_unsigned(msg, "lrmd_queue_time");
    event->exit_reason = xml_get(msg, "lrmd_rsc_exit_reason");
    event->output = xml_get(msg, "lrmd_rsc_output");
    event->params = lrmd_params_from_xml(xml_first(msg, "attributes"));
}

static void handle_notification(lrmd_client_t *client, const xmlNode *msg)
{
    static const struct {
        const char *op;
        enum lrmd_event_type type;
    } generic[] = {
        {"lrmd_rsc_register", LRMD_EVENT_REGISTER}, {"lrmd_rsc_unregister", LRMD_EVENT_UNREGISTER},
        {"lrmd_rsc_poke", LRMD_EVENT_POKE}, {"lrmd_rsc_new_client", LRMD_EVENT_NEW_CLIENT},
    };
    const char *op = xml_get(msg, "lrmd_op");
    lrmd_event_t event = {
        .remote_node = client->node,
        .rsc_id = xml_get(msg, "lrmd_rsc_id"),
        .call_id = xml_int_or(msg, "lrmd_callid", 0),
        .rc = xml_int_or(msg, "lrmd_rc", 0),
        .xml = msg,
    };
    bool known = false;

    for (size_t i = 0; op != NULL && i < G_N_ELEMENTS(generic); i++) {
        if (strcmp(op, generic[i].op) == 0) {
            event.type = generic[i].type;
            known = true;
        }
    }
    if (op != NULL && strcmp(op, "lrmd_rsc_exec") == 0) {
        fill_result(&event, msg);
        known = true;
    }
    if (!known) {
        log_debug("Ignoring notification '%s' of the executor", op != NULL ? op : "");
    } else if (client->event != NULL) {
        client->event(client, &event, client->arg);
    }
    if (event.params != NULL) {
        g_hash_table_unref(event.params);
    }
}

static void handle_message(lrmd_client_t *client, xmlNode *msg)
{
    if (!xml_is(msg, "lrmd_ipc_proxy")) {
        handle_notification(client, msg);
    } else if (client->proxy != NULL) {
        client->proxy(client, msg, client->proxy_arg);
    }
}

static void connection_event(lrmd_client_t *client, enum lrmd_event_type type, int rc)
{
    lrmd_event_t event = {.type = type, .connection_rc = rc, .remote_node = client->node};

    if (client->event != NULL) {
        client->event(client, &event, client->arg);
    }
}

static void on_ipc_event(ipc_conn_t *conn, xmlNode *msg, void *arg)
{
    handle_message(arg, msg);
}

static void on_ipc_closed(ipc_conn_t *conn, void *arg)
{
    lrmd_client_t *client = arg;

    log_info("Disconnected from the executor");
    connection_event(client, LRMD_EVENT_DISCONNECT, -ENOTCONN);
}

static const ipc_conn_ops_t ipc_ops = {.event = on_ipc_event, .closed = on_ipc_closed};

/* ---- connection ---- */

lrmd_client_t *lrmd_client_new(lrmd_event_fn event, void *arg)
{
    lrmd_client_t *client = g_new0(lrmd_client_t, 1);

    client->event = event;
    client->arg = arg;
    return client;
}

lrmd_client_t *lrmd_client_new_remote(const char *node, const char *server, int port, lrmd_event_fn event,
                                      void *arg)
{
    lrmd_client_t *client = lrmd_client_new(event, arg);

    client->node = g_strdup(node);
    client->server = g_strdup(server != NULL ? server : node);
    client->port = port > 0 ? port : LRMD_DEFAULT_PORT;
    return client;
}

void lrmd_disconnect(lrmd_client_t *client)
{
    if (client->ipc != NULL) {
        ipc_disconnect(client->ipc);
        client->ipc = NULL;
    }
    if (client->remote != NULL) {
        remote_client_free(client->remote);
        client->remote = NULL;
    }
    g_free(client->token);
    client->token = NULL;
}

void lrmd_client_free(lrmd_client_t *client)
{
    if (client != NULL) {
        lrmd_disconnect(client);
        g_free(client->name);
        g_free(client->node);
        g_free(client->server);
        g_free(client);
    }
}

bool lrmd_connected(const lrmd_client_t *client)
{
    return client->token != NULL
           && (client->remote != NULL ? remote_client_alive(client->remote)
                                      : client->ipc != NULL && ipc_conn_alive(client->ipc));
}

void lrmd_set_proxy(lrmd_client_t *client, lrmd_proxy_fn proxy, void *arg)
{
    client->proxy = proxy;
    client->proxy_arg = arg;
}

static xmlNode *hello_request(const lrmd_client_t *client)
{
    xmlNode *msg = xml_new("lrmd_command");

    xml_set(msg, "t", "lrmd");
    xml_set(msg, "lrmd_op", "register");
    xml_set(msg, "lrmd_clientname", client->name);
    xml_set(msg, "lrmd_protocol_version", LRMD_PROTOCOL_VERSION);
    if (client->proxy != NULL) {
        xml_set(msg, "lrmd_is_ipc_provider", "true");
    }
    return msg;
}

static int send_and_wait(lrmd_client_t *client, const xmlNode *msg, xmlNode **reply)
{
    if (client->remote != NULL) {
        return remote_client_call(client->remote, msg, reply);
    }
    return client->ipc != NULL ? ipc_call(client->ipc, msg, 0, CALL_TIMEOUT_MS, reply) : -ENOTCONN;
}

/* Keep what the executor answered to our hello. */
static int accept_hello(lrmd_client_t *client, const xmlNode *reply)
{
    int rc = xml_int_or(reply, "lrmd_rc", -EPROTO);
    const char *op = xml_get(reply, "lrmd_op");
    const char *token = xml_get(reply, "lrmd_clientid");

    if (rc == -EPROTO) {
        const char *version = xml_get(reply, "lrmd_protocol_version");
        log_err("Executor speaks protocol %s, we speak %s", version != NULL ? version : "?",
                LRMD_PROTOCOL_VERSION);
    } else if (rc == 0 && (op == NULL || strcmp(op, "register") != 0 || token == NULL)) {
        log_err("Executor gave an unexpected answer to our registration");
        rc = -EPROTO;
    }
    if (rc == 0) {
        g_free(client->token);
        client->token = g_strdup(token);
    }
    return rc;
}

static int say_hello(lrmd_client_t *client)
{
    XML_AUTO xmlNode *hello = hello_request(client);
    XML_AUTO xmlNode *reply = NULL;
    int rc = send_and_wait(client, hello, &reply);

    return rc < 0 ? rc : accept_hello(client, reply);
}

/* ---- connection of a remote client ---- */

static void on_remote_message(remote_client_t *remote, xmlNode *msg, void *arg)
{
    handle_message(arg, msg);
}

static void on_remote_closed(remote_client_t *remote, void *arg)
{
    lrmd_client_t *client = arg;

    g_free(client->token);
    client->token = NULL;
    connection_event(client, LRMD_EVENT_DISCONNECT, -ENOTCONN);
}

static void on_remote_ready(remote_client_t *remote, int rc, void *arg)
{
    lrmd_client_t *client = arg;

    if (rc == 0) {
        rc = say_hello(client);
    }
    connection_event(client, LRMD_EVENT_CONNECT, rc);
}

static const remote_client_ops_t remote_ops = {
    .message = on_remote_message, .closed = on_remote_closed, .ready = on_remote_ready,
};

static void set_name(lrmd_client_t *client, const char *name)
{
    if (client->name != name) {
        g_free(client->name);
        client->name = g_strdup(name != NULL ? name : program_name());
    }
}

static int connect_local(lrmd_client_t *client)
{
    int rc = 0;

    client->ipc = ipc_connect("lrmd", 0, &ipc_ops, client, &rc);
    if (client->ipc == NULL) {
        return rc;
    }
    rc = ipc_conn_attach(client->ipc);
    return rc < 0 ? rc : say_hello(client);
}

static int connect_remote(lrmd_client_t *client, unsigned timeout_ms)
{
    int rc = 0;

    client->remote = remote_client_new(client->server, client->port, &remote_ops, client);
    rc = remote_client_connect(client->remote, timeout_ms != 0 ? timeout_ms : REMOTE_CONNECT_MS);
    return rc < 0 ? rc : say_hello(client);
}

int lrmd_connect(lrmd_client_t *client, const char *name, unsigned timeout_ms)
{
    lrmd_disconnect(client);
    set_name(client, name);
    int rc = client->server != NULL ? connect_remote(client, timeout_ms) : connect_local(client);

    if (rc < 0) {
        lrmd_disconnect(client);
    }
    return rc;
}

int lrmd_connect_async(lrmd_client_t *client, const char *name, unsigned timeout_ms)
{
    if (client->server == NULL) {
        int rc = lrmd_connect(client, name, timeout_ms);
        connection_event(client, LRMD_EVENT_CONNECT, rc);
        return rc;
    }
    lrmd_disconnect(client);
    set_name(client, name);
    client->remote = remote_client_new(client->server, client->port, &remote_ops, client);
    int rc = remote_client_connect_async(client->remote, timeout_ms != 0 ? timeout_ms : REMOTE_CONNECT_MS);
    if (rc < 0) {
        lrmd_disconnect(client);
    }
    return rc;
}

/* ---- requests ---- */

static xmlNode *new_request(const lrmd_client_t *client, const char *op, const xmlNode *data,
                            unsigned timeout_ms, unsigned options)
{
    xmlNode *msg = xml_new("lrmd_command");

    xml_set(msg, "__name__", "lrmd_command");
    xml_set(msg, "t", "lrmd");
    xml_set(msg, "lrmd_async_id", client->token);
    xml_set(msg, "lrmd_op", op);
    xml_set_int(msg, "lrmd_timeout", timeout_ms);
    xml_set_int(msg, "lrmd_callopt", options);
    if (data != NULL) {
        message_add_child(msg, "lrmd_calldata", data);
    }
    return msg;
}

/* Send a request and return its lrmd_rc; reply (may be NULL) gets the whole answer. */
static int call(lrmd_client_t *client, const char *op, const xmlNode *data, unsigned timeout_ms,
                unsigned options, xmlNode **reply)
{
    XML_AUTO xmlNode *msg = NULL;
    XML_AUTO xmlNode *answer = NULL;

    if (!lrmd_connected(client)) {
        return -ENOTCONN;
    }
    msg = new_request(client, op, data, timeout_ms, options);
    int rc = send_and_wait(client, msg, &answer);
    if (rc < 0) {
        log_warn("Executor did not answer %s: %s", op, pcmk_strerror(rc));
        return rc;
    }
    rc = xml_int_or(answer, "lrmd_rc", -ENOMSG);
    if (reply != NULL) {
        *reply = answer;
        answer = NULL;
    }
    return rc;
}

static xmlNode *rsc_data(const char *rsc_id)
{
    xmlNode *data = xml_new("lrmd_rsc");

    xml_set(data, "lrmd_origin", program_name());
    xml_set(data, "lrmd_rsc_id", rsc_id);
    return data;
}

int lrmd_register_rsc(lrmd_client_t *client, const char *rsc_id, const char *standard, const char *provider,
                      const char *type, unsigned options)
{
    if (rsc_id == NULL || standard == NULL || type == NULL
        || (rsc_class_has_provider(standard) && provider == NULL)) {
        return -EINVAL;
    }
    XML_AUTO xmlNode *data = rsc_data(rsc_id);
    xml_set(data, "lrmd_class", standard);
    xml_set(data, "lrmd_provider", provider);
    xml_set(data, "lrmd_type", type);
    return call(client, "lrmd_rsc_register", data, 0, options, NULL);
}

int lrmd_unregister_rsc(lrmd_client_t *client, const char *rsc_id)
{
    XML_AUTO xmlNode *data = rsc_data(rsc_id);

    return call(client, "lrmd_rsc_unregister", data, 0, LRMD_OPT_NONE, NULL);
}

void lrmd_rsc_info_free(lrmd_rsc_info_t *info)
{
    if (info != NULL) {
        g_free(info->id);
        g_free(info->standard);
        g_free(info->provider);
        g_free(info->type);
        g_free(info);
    }
}

int lrmd_get_rsc_info(lrmd_client_t *client, const char *rsc_id, lrmd_rsc_info_t **info)
{
    XML_AUTO xmlNode *data = rsc_data(rsc_id);
    XML_AUTO xmlNode *reply = NULL;

    *info = NULL;
    int rc = call(client, "lrmd_rsc_info", data, 0, LRMD_OPT_NONE, &reply);
    if (rc < 0) {
        return rc;
    }
    const char *standard = xml_get(reply, "lrmd_class");
    const char *provider = xml_get(reply, "lrmd_provider");
    const char *type = xml_get(reply, "lrmd_type");
    if (standard == NULL || type == NULL || (rsc_class_has_provider(standard) && provider == NULL)) {
        log_err("Executor gave incomplete information about resource %s", rsc_id);
        return -EBADMSG;
    }
    *info = g_new0(lrmd_rsc_info_t, 1);
    **info = (lrmd_rsc_info_t){g_strdup(rsc_id), g_strdup(standard), g_strdup(provider), g_strdup(type)};
    return 0;
}

int lrmd_exec(lrmd_client_t *client, const char *rsc_id, const char *action, const char *user_data,
              unsigned interval_ms, unsigned timeout_ms, unsigned start_delay_ms, unsigned options,
              GHashTable *params)
{
    XML_AUTO xmlNode *data = rsc_data(rsc_id);

    xml_set(data, "lrmd_rsc_action", action);
    xml_set(data, "lrmd_rsc_userdata_str", user_data);
    xml_set_int(data, "lrmd_rsc_interval", interval_ms);
    xml_set_int(data, "lrmd_timeout", timeout_ms);
    xml_set_int(data, "lrmd_rsc_start_delay", start_delay_ms);
    lrmd_params_to_xml(data, params);
    return call(client, "lrmd_rsc_exec", data, timeout_ms, options, NULL);
}

int lrmd_cancel(lrmd_client_t *client, const char *rsc_id, const char *action, unsigned interval_ms)
{
    XML_AUTO xmlNode *data = xml_new("lrmd_rsc");

    xml_set(data, "lrmd_origin", program_name());
    xml_set(data, "lrmd_rsc_action", action);
    xml_set(data, "lrmd_rsc_id", rsc_id);
    xml_set_int(data, "lrmd_rsc_interval", interval_ms);
    return call(client, "lrmd_rsc_cancel", data, 0, LRMD_OPT_NONE, NULL);
}

int lrmd_exec_alert(lrmd_client_t *client, const char *alert_id, const char *path, unsigned timeout_ms,
                    GHashTable *params)
{
    XML_AUTO xmlNode *data = xml_new("lrmd_alert");

    xml_set(data, "lrmd_origin", program_name());
    xml_set(data, "lrmd_alert_id", alert_id);
    xml_set(data, "lrmd_alert_path", path);
    xml_set_int(data, "lrmd_timeout", timeout_ms);
    lrmd_params_to_xml(data, params);
    return call(client, "lrmd_alert_exec", data, timeout_ms, LRMD_OPT_NOTIFY_ORIG_ONLY, NULL);
}

/* Requests whose answer, if any, a remote connection discards. */
static int send_only(lrmd_client_t *client, const char *op, const xmlNode *data)
{
    XML_AUTO xmlNode *msg = NULL;

    if (!lrmd_connected(client)) {
        return -ENOTCONN;
    }
    msg = new_request(client, op, data, 0, LRMD_OPT_NONE);
    if (client->remote != NULL) {
        return remote_client_send(client->remote, msg);
    }
    return ipc_send(client->ipc, msg, 0);
}

int lrmd_poke(lrmd_client_t *client)
{
    XML_AUTO xmlNode *data = rsc_data(NULL);

    return client->remote != NULL ? send_only(client, "lrmd_rsc_poke", data)
                                  : call(client, "lrmd_rsc_poke", data, 0, LRMD_OPT_NONE, NULL);
}

int lrmd_check_watchdog(lrmd_client_t *client, const char *watchdog_timeout)
{
    XML_AUTO xmlNode *data = xml_new("lrmd_rsc");

    xml_set(data, "lrmd_origin", program_name());
    xml_set(data, "lrmd_watchdog", watchdog_timeout);
    return send_only(client, "lrmd_check", data);
}

static void free_recurring(gpointer data)
{
    lrmd_recurring_t *op = data;

    g_free(op->rsc_id);
    g_free(op->action);
    g_free(op);
}

int lrmd_get_recurring(lrmd_client_t *client, const char *rsc_id, GPtrArray **list)
{
    XML_AUTO xmlNode *data = rsc_id != NULL ? rsc_data(rsc_id) : NULL;
    XML_AUTO xmlNode *reply = NULL;
    int rc = call(client, "lrmd_get_recurring", data, 0, LRMD_OPT_NONE, &reply);

    *list = NULL;
    if (rc < 0) {
        return rc;
    }
    *list = g_ptr_array_new_with_free_func(free_recurring);
    xml_foreach (rsc, reply, "lrmd_rsc") {
        xml_foreach (xml_op, rsc, "lrmd_rsc_op") {
            lrmd_recurring_t *op = g_new0(lrmd_recurring_t, 1);

            op->rsc_id = g_strdup(xml_get(rsc, "lrmd_rsc_id"));
            op->action = g_strdup(xml_get(xml_op, "lrmd_rsc_action"));
            op->interval_ms = get_unsigned(xml_op, "lrmd_rsc_interval");
            op->timeout_ms = get_unsigned(xml_op, "lrmd_timeout");
            g_ptr_array_add(*list, op);
        }
    }
    return 0;
}

int lrmd_forward(lrmd_client_t *client, const xmlNode *proxy_msg)
{
    XML_AUTO xmlNode *msg = NULL;

    if (client->remote == NULL || !lrmd_connected(client)) {
        return -ENOTCONN;
    }
    msg = xml_copy(proxy_msg);
    xml_set(msg, "lrmd_op", "ipc_fwd");
    return remote_client_send(client->remote, msg);
}
