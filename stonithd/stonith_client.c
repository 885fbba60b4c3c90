/* The fencer's client: connection, calls and their results, notifications (fencer.md §3). */
#include "config.h"
#include "stonithd/stonith_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"
#include "stonithd/stonith_internal.h"

#define EXTRA_TIMEOUT_S 60u          /* what we wait longer than the fencer may take */
#define TIMEOUT_MAX_S 1000000u
#define CONNECT_PAUSE_S 2u

/* A call whose result is still to come. */
typedef struct {
    stonith_client_t *client;
    int call_id;
    guint timer;
    bool accept_updates;
    void *arg;
    stonith_done_fn fn;
    void (*free_arg)(void *);
} pending_t;

struct stonith_client {
    stonith_event_fn event;
    void *arg;
    ipc_conn_t *ipc;
    bool attached;
    char *token;
    int last_call_id;
    GHashTable *pending;             /* call id -> pending_t */
};

/* ---- results of calls ---- */

static void pending_free(gpointer data)
{
    pending_t *call = data;

    if (call->timer != 0) {
        g_source_remove(call->timer);
    }
    if (call->free_arg != NULL) {
        call->free_arg(call->arg);
    }
    g_free(call);
}

static void finish_call(pending_t *call, const fence_result_t *result, const xmlNode *data)
{
    stonith_client_t *client = call->client;

    g_hash_table_steal(client->pending, GINT_TO_POINTER(call->call_id));
    call->fn(client, call->call_id, result, data, call->arg);
    pending_free(call);
}

static gboolean on_call_timeout(gpointer data)
{
    pending_t *call = data;
    fence_result_t result = {0};

    call->timer = 0;
    log_err("The fencer did not answer call %d in time", call->call_id);
    fence_result_set(&result, CRM_EX_ERROR, EXEC_TIMEOUT,
                     "Fencer accepted request but result was not received in time");
    finish_call(call, &result, NULL);
    fence_result_clear(&result);
    return G_SOURCE_REMOVE;
}

static void arm_call(pending_t *call, unsigned timeout_s)
{
    if (call->timer != 0) {
        g_source_remove(call->timer);
        call->timer = 0;
    }
    if (timeout_s > 0) {
        timeout_s = timeout_s > TIMEOUT_MAX_S ? TIMEOUT_MAX_S : timeout_s;
        call->timer = g_timeout_add_seconds(timeout_s + EXTRA_TIMEOUT_S, on_call_timeout, call);
    }
}

int stonith_on_done(stonith_client_t *client, int call_id, unsigned timeout_s, unsigned options, void *arg,
                    stonith_done_fn fn, void (*free_arg)(void *))
{
    pending_t *call = g_new0(pending_t, 1);

    *call = (pending_t){
        .client = client, .call_id = call_id, .accept_updates = (options & ST_OPT_TIMEOUT_UPDATES) != 0,
        .arg = arg, .fn = fn, .free_arg = free_arg,
    };
    arm_call(call, timeout_s);
    g_hash_table_replace(client->pending, GINT_TO_POINTER(call_id), call);
    return 0;
}

static void handle_reply(stonith_client_t *client, const xmlNode *msg)
{
    int call_id = xml_int_or(msg, "st_callid", 0);
    pending_t *call = g_hash_table_lookup(client->pending, GINT_TO_POINTER(call_id));
    fence_result_t result = {0};

    if (call == NULL) {
        log_debug("Nobody waits for the result of fencer call %d", call_id);
        return;
    }
    if (!fence_result_from_xml(msg, &result)) {
        fence_result_set(&result, CRM_EX_ERROR, EXEC_ERROR, "Fencer reply contained no result");
    }
    finish_call(call, &result, message_child(msg, "st_calldata"));
    fence_result_clear(&result);
}

static void handle_timeout_update(stonith_client_t *client, const xmlNode *msg)
{
    int timeout = xml_int_or(msg, "st_timeout", 0);
    pending_t *call = g_hash_table_lookup(client->pending, GINT_TO_POINTER(xml_int_or(msg, "st_callid", 0)));

    if (call != NULL && call->accept_updates && timeout > 0) {
        arm_call(call, (unsigned)timeout);
    }
}

/* ---- notifications ---- */

static void handle_notification(stonith_client_t *client, const xmlNode *msg)
{
    const char *type = xml_get(msg, "subt");
    const xmlNode *data = message_child(msg, "st_calldata");
    fence_result_t result = {0};

    if (type == NULL || client->event == NULL) {
        return;
    }
    fence_result_from_xml(msg, &result);
    stonith_event_t event = {
        .type = type,
        .operation_id = xml_get(data, "st_remote_op"),
        .target = xml_get(data, "st_target"),
        .action = xml_get(data, "st_device_action"),
        .executioner = xml_get(data, "st_delegate"),
        .origin = xml_get(data, "st_origin"),
        .client_origin = xml_get(data, "st_clientname"),
        .device = xml_get(data, "st_device_id"),
        .state = xml_int_or(data, "state", FENCING_DONE),
        .result = &result,
        .xml = msg,
    };
    client->event(client, &event, client->arg);
    fence_result_clear(&result);
}

static void on_event(ipc_conn_t *conn, xmlNode *msg, void *arg)
{
    stonith_client_t *client = arg;
    const char *type = xml_get(msg, "t");

    if (type == NULL) {
        log_warn("Ignoring message of the fencer without type");
    } else if (strcmp(type, "stonith-ng") == 0) {
        handle_reply(client, msg);
    } else if (strcmp(type, "st_notify") == 0) {
        handle_notification(client, msg);
    } else if (strcmp(type, "st-async-timeout-value") == 0) {
        handle_timeout_update(client, msg);
    } else {
        log_warn("Ignoring message of the fencer of type '%s'", type);
    }
}

static void fail_pending(stonith_client_t *client)
{
    fence_result_t result = {0};
    GHashTableIter iter;
    gpointer call;

    fence_result_set(&result, CRM_EX_ERROR, EXEC_NOT_CONNECTED, "Lost connection to fencer");
    for (g_hash_table_iter_init(&iter, client->pending); g_hash_table_iter_next(&iter, NULL, &call);
         g_hash_table_iter_init(&iter, client->pending)) {
        finish_call(call, &result, NULL);
    }
    fence_result_clear(&result);
}

static void on_closed(ipc_conn_t *conn, void *arg)
{
    stonith_client_t *client = arg;
    stonith_event_t event = {.type = ST_NOTIFY_DISCONNECT};

    log_debug("Connection with the fencer closed");
    g_free(client->token);
    client->token = NULL;
    if (client->event != NULL) {
        client->event(client, &event, client->arg);
    }
    fail_pending(client);
}

static const ipc_conn_ops_t ipc_ops = {.event = on_event, .closed = on_closed};

/* ---- connection ---- */

stonith_client_t *stonith_client_new(stonith_event_fn event, void *arg)
{
    stonith_client_t *client = g_new0(stonith_client_t, 1);

    client->event = event;
    client->arg = arg;
    client->pending = g_hash_table_new_full(NULL, NULL, NULL, pending_free);
    return client;
}

static void close_connection(stonith_client_t *client)
{
    if (client->ipc != NULL) {
        ipc_disconnect(client->ipc);
        client->ipc = NULL;
    }
    g_free(client->token);
    client->token = NULL;
}

void stonith_client_free(stonith_client_t *client)
{
    if (client != NULL) {
        close_connection(client);
        g_hash_table_unref(client->pending);
        g_free(client);
    }
}

void stonith_disconnect(stonith_client_t *client)
{
    close_connection(client);
    fail_pending(client);
}

bool stonith_connected(const stonith_client_t *client)
{
    return client->token != NULL && client->ipc != NULL && ipc_conn_alive(client->ipc);
}

static int say_hello(stonith_client_t *client, const char *name)
{
    XML_AUTO xmlNode *hello = xml_new("stonith_command");
    XML_AUTO xmlNode *reply = NULL;

    xml_set(hello, "t", "stonith-ng");
    xml_set(hello, "st_op", "register");
    xml_set(hello, "st_clientname", name);
    int rc = ipc_call(client->ipc, hello, 0, -1, &reply);
    if (rc < 0) {
        return rc;
    }
    const char *op = xml_get(reply, "st_op");
    const char *token = xml_get(reply, "st_clientid");
    if (op == NULL || strcmp(op, "register") != 0 || token == NULL) {
        log_err("The fencer gave an unexpected answer to our registration");
        return -EPROTO;
    }
    client->token = g_strdup(token);
    return 0;
}

int stonith_connect(stonith_client_t *client, const char *name, bool attach)
{
    int rc = 0;

    close_connection(client);
    client->attached = attach;
    client->ipc = ipc_connect("stonith-ng", 0, &ipc_ops, client, &rc);
    if (client->ipc == NULL) {
        log_debug("Cannot reach the fencer: %s", pcmk_strerror(rc));
        return -ENOTCONN;
    }
    rc = attach ? ipc_conn_attach(client->ipc) : 0;
    if (rc >= 0) {
        rc = say_hello(client, name != NULL ? name : program_name());
    }
    if (rc < 0) {
        close_connection(client);
    }
    return rc;
}

int stonith_connect_retry(stonith_client_t *client, const char *name, unsigned attempts)
{
    int rc = -ENOTCONN;

    for (unsigned i = 0; i < attempts; i++) {
        rc = stonith_connect(client, name, true);
        if (rc == 0) {
            return 0;
        }
        if (i + 1 < attempts) {
            log_notice("Fencer connection attempt %u of %u failed (retrying in %us): %s", i + 1, attempts,
                       CONNECT_PAUSE_S, pcmk_strerror(rc));
            sleep(CONNECT_PAUSE_S);
        }
    }
    return rc;
}

int stonith_fd(const stonith_client_t *client)
{
    return client->ipc != NULL ? ipc_conn_fd(client->ipc) : -ENOTCONN;
}

int stonith_dispatch(stonith_client_t *client)
{
    return client->ipc != NULL ? ipc_conn_dispatch(client->ipc) : -ENOTCONN;
}

int stonith_subscribe(stonith_client_t *client, const char *type, bool on)
{
    XML_AUTO xmlNode *msg = xml_new("stonith_command");

    if (!stonith_connected(client)) {
        return -ENOTCONN;
    }
    xml_set(msg, "__name__", "stonith_command");
    xml_set(msg, "st_op", "st_notify");
    xml_set(msg, on ? "st_notify_activate" : "st_notify_deactivate", type);
    return ipc_call(client->ipc, msg, 0, -1, NULL);
}

/* ---- calls ---- */

static xmlNode *new_command(const stonith_client_t *client, int call_id, const char *op, const xmlNode *data,
                            unsigned options, unsigned timeout_s)
{
    xmlNode *msg = xml_new("stonith_command");

    xml_set(msg, "__name__", "stonith_command");
    xml_set(msg, "t", "stonith-ng");
    xml_set(msg, "st_async_id", client->token);
    xml_set(msg, "st_op", op);
    xml_set_int(msg, "st_callid", call_id);
    xml_set_int(msg, "st_callopt", options);
    xml_set_int(msg, "st_timeout", timeout_s);
    xml_set(msg, "st_delay", xml_get(data, "st_delay"));
    if (data != NULL) {
        message_add_child(msg, "st_calldata", data);
    }
    return msg;
}

static int next_call_id(stonith_client_t *client)
{
    client->last_call_id = client->last_call_id == INT32_MAX ? 1 : client->last_call_id + 1;
    return client->last_call_id;
}

static int call_and_wait(stonith_client_t *client, const xmlNode *msg, unsigned timeout_s, xmlNode **reply)
{
    XML_AUTO xmlNode *answer = NULL;
    fence_result_t result = {0};
    unsigned wait_s = (timeout_s > TIMEOUT_MAX_S ? TIMEOUT_MAX_S : timeout_s) + EXTRA_TIMEOUT_S;
    int rc = ipc_call(client->ipc, msg, 0, (int)(wait_s * 1000), &answer);

    if (rc < 0) {
        log_err("Could not call the fencer (%s): %s", xml_get(msg, "st_op"), pcmk_strerror(rc));
        return rc == -ETIMEDOUT ? -ETIME : -ECOMM;
    }
    rc = fence_result_from_xml(answer, &result) ? fence_result_legacy(&result) : -ENODATA;
    fence_result_clear(&result);
    if (reply != NULL) {
        *reply = answer;
        answer = NULL;
    }
    return rc;
}

int stonith_call(stonith_client_t *client, const char *op, const xmlNode *data, unsigned options,
                 unsigned timeout_s, xmlNode **reply)
{
    if (!stonith_connected(client)) {
        return -ENOTCONN;
    }
    int call_id = next_call_id(client);
    XML_AUTO xmlNode *msg = new_command(client, call_id, op, data, options, timeout_s);
    if ((options & ST_OPT_SYNC_CALL) != 0) {
        return call_and_wait(client, msg, timeout_s, reply);
    }
    int rc = ipc_send(client->ipc, msg, 0);
    if (rc < 0) {
        log_err("Could not call the fencer (%s): %s", op, pcmk_strerror(rc));
        return rc;
    }
    return call_id;
}

int stonith_forget_node(stonith_client_t *client, uint32_t id, const char *name)
{
    XML_AUTO xmlNode *msg = NULL;

    if (!stonith_connected(client)) {
        return -ENOTCONN;
    }
    msg = message_request("rm_node_cache", NULL, NULL, SYS_STONITH, program_system_name(), NULL);
    if (id > 0) {
        xml_set_int(msg, "id", id);
    }
    xml_set(msg, "uname", name);
    return ipc_send(client->ipc, msg, 0);
}
