/* Client of the CIB connected to the local daemon (messaging.md §3.5). */
#include "config.h"
#include "cib/client_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

/* Smallest IPC buffer: a notification may hold a whole configuration. */
#define IPC_BUFFER (512u * 1024)
#define REGISTER_TIMEOUT_MS 30000

static void on_event(ipc_conn_t *conn, xmlNode *msg, void *arg)
{
    cib_t *cib = arg;
    const char *type = xml_get(msg, "t");
    long long call_id = 0, rc = 0;

    (void)conn;
    if (type != NULL && strcmp(type, "cib_notify") == 0) {
        cib_deliver_notification(cib, msg);
        return;
    }
    if (type == NULL || strcmp(type, "cib") != 0 || xml_get_int(msg, "cib_callid", &call_id) != 0) {
        log_debug("Ignoring an event of type %s from the CIB daemon", type != NULL ? type : "(none)");
        return;
    }
    if (xml_get_int(msg, "cib_rc", &rc) != 0) {
        rc = 0;
    }
    cib_call_over(cib, (int)call_id, (int)rc, xml_first(xml_first(msg, "cib_calldata"), NULL));
}

static void on_closed(ipc_conn_t *conn, void *arg)
{
    cib_t *cib = arg;

    (void)conn;
    log_debug("The CIB daemon closed the connection");
    cib_enter(cib);
    if (cib->lost != NULL) {
        cib->lost(cib, cib->lost_arg);
    }
    cib_leave(cib);
}

static const ipc_conn_ops_t ipc_ops = {.event = on_event, .closed = on_closed};

static int register_client(cib_t *cib)
{
    XML_AUTO xmlNode *request = xml_new("cib_command");
    xmlNode *reply = NULL;
    int rc;

    xml_set(request, "t", "cib");
    xml_set(request, "cib_op", "register");
    xml_set(request, "cib_clientname", cib->name);
    xml_set_int(request, "cib_callopt", CIB_OPT_SYNC_CALL);
    rc = ipc_call(cib->ipc, request, IPC_FLAG_CLIENT_RESPONSE, REGISTER_TIMEOUT_MS, &reply);
    if (rc >= 0) {
        const char *op = xml_get(reply, "cib_op"), *token = xml_get(reply, "cib_clientid");

        rc = (op != NULL && strcmp(op, "register") == 0 && token != NULL) ? 0 : -EPROTO;
        g_free(cib->token);
        cib->token = g_strdup(token);
    }
    xml_free(reply);
    return rc;
}

int daemon_connect(cib_t *cib, enum cib_channel channel)
{
    static const char *const services[] = {"cib_ro", "cib_rw", "cib_shm"};
    int rc = 0;

    cib->ipc = ipc_connect(services[channel], IPC_BUFFER, &ipc_ops, cib, &rc);
    if (cib->ipc == NULL) {
        return rc == -EACCES ? rc : -ENOTCONN;
    }
    rc = register_client(cib);
    if (rc == 0 && cib->attached) {
        rc = ipc_conn_attach(cib->ipc);
    }
    if (rc != 0) {
        daemon_disconnect(cib);
    }
    return rc;
}

void daemon_disconnect(cib_t *cib)
{
    ipc_disconnect(cib->ipc);
    cib->ipc = NULL;
    g_clear_pointer(&cib->token, g_free);
}

int cib_attach(cib_t *cib)
{
    cib->attached = true;
    if (cib->ipc == NULL) {
        return cib->kind == CIB_KIND_FILE ? 0 : -ENOTCONN;
    }
    return ipc_conn_attach(cib->ipc);
}

int cib_fd(const cib_t *cib)
{
    return cib->ipc != NULL ? ipc_conn_fd(cib->ipc) : -ENOTCONN;
}

/* Without a main loop nobody else watches the time. */
static void expire_calls(cib_t *cib)
{
    gint64 now = g_get_monotonic_time();
    GHashTableIter iter;
    gpointer value;
    GArray *late = g_array_new(FALSE, FALSE, sizeof(int));

    g_hash_table_iter_init(&iter, cib->pending);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct pending *pending = value;

        if (pending->deadline <= now) {
            g_array_append_val(late, pending->call_id);
        }
    }
    cib_enter(cib);
    for (guint i = 0; i < late->len; i++) {
        cib_call_over(cib, g_array_index(late, int, i), -ETIME, NULL);
    }
    cib_leave(cib);
    g_array_free(late, TRUE);
}

int cib_dispatch(cib_t *cib)
{
    int rc;

    if (cib->ipc == NULL) {
        return -ENOTCONN;
    }
    cib_enter(cib);
    rc = ipc_conn_dispatch(cib->ipc);
    if (rc == 0 && cib->connected && !cib->attached) {
        expire_calls(cib);
    }
    cib_leave(cib);
    return rc;
}

static int send_failed(int rc)
{
    return (rc == -ECONNREFUSED || rc == -ECONNRESET || rc == -ESHUTDOWN || rc == -EPIPE) ? -ENOTCONN : rc;
}

int daemon_call(cib_t *cib, const struct cib_call_args *args, xmlNode **output)
{
    int call_id = cib_next_call(cib), rc;
    XML_AUTO xmlNode *request = cib_request_new(cib, call_id, args);
    bool discard = (args->options & CIB_OPT_DISCARD_REPLY) != 0;
    xmlNode *reply = NULL;
    long long reply_id = -1, result = -EPROTO;

    if (discard) {
        rc = ipc_send(cib->ipc, request, 0);
        return rc < 0 ? send_failed(rc) : 0;
    }
    rc = ipc_call(cib->ipc, request, IPC_FLAG_CLIENT_RESPONSE, (int)MIN(args->timeout, 2000000u) * 1000,
                  &reply);
    if (rc < 0) {
        xml_free(reply);
        return rc == -ETIMEDOUT || rc == -EAGAIN ? -ETIME : send_failed(rc);
    }
    if (xml_get_int(reply, "cib_callid", &reply_id) == 0 && reply_id == call_id) {
        const xmlNode *data = xml_first(xml_first(reply, "cib_calldata"), NULL);

        if (xml_get_int(reply, "cib_rc", &result) != 0) {
            result = -EPROTO;
        }
        *output = (data == NULL) ? NULL : xml_copy(data);
    } else {
        log_err("Reply to call %d of the CIB daemon is for call %lld", call_id, reply_id);
        result = -ENOMSG;
    }
    xml_free(reply);
    return (int)result;
}

int daemon_send(cib_t *cib, const struct cib_call_args *args, int call_id)
{
    XML_AUTO xmlNode *request = cib_request_new(cib, call_id, args);
    int rc = ipc_send(cib->ipc, request, 0);

    return rc < 0 ? send_failed(rc) : 0;
}

int daemon_set_notify(cib_t *cib, const char *event, bool on)
{
    XML_AUTO xmlNode *request = xml_new("cib-callback");
    xmlNode *reply = NULL;
    long long status = 0;
    int rc;

    if (!cib->connected) {
        return -ENOTCONN;
    }
    xml_set(request, "cib_op", "cib_notify");
    xml_set(request, "cib_notify_type", event);
    xml_set_int(request, "cib_notify_activate", on ? 1 : 0);
    rc = ipc_call(cib->ipc, request, IPC_FLAG_CLIENT_RESPONSE, REGISTER_TIMEOUT_MS, &reply);
    if (rc < 0) {
        rc = send_failed(rc);
    } else {
        rc = (xml_get_int(reply, "status", &status) == 0 && status != 0) ? -EINVAL : 0;
    }
    xml_free(reply);
    return rc;
}
