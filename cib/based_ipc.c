/* pacemaker-based: local clients (cib.md §3.1, §8.1; messaging.md §3.5). */
#include "config.h"
#include "cib/based.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cib/cib_client.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

/* Synchronous calls of one client that may be unanswered: it can only wait for one, older ones have timed
 * out. */
#define MAX_SYNC_CALLS 16u

enum { SERVICE_RO, SERVICE_RW, SERVICE_SHM, SERVICES };

static ipc_server_t *servers[SERVICES];

struct sync_call {
    long long call_id;
    uint32_t ipc_id, ipc_flags;
};

struct client {
    unsigned subscriptions;         /* bits by type */
    GQueue sync_calls;              /* struct sync_call, oldest first */
};

static struct client *client_of(ipc_client_t *ipc)
{
    if (ipc->data == NULL) {
        struct client *client = g_new0(struct client, 1);

        g_queue_init(&client->sync_calls);
        ipc->data = client;
    }
    return ipc->data;
}

static int notify_bit(const char *type)
{
    static const char *const types[] = {
        CIB_NOTIFY_PRE, CIB_NOTIFY_POST, CIB_NOTIFY_REFRESH, CIB_NOTIFY_CONFIRM, CIB_NOTIFY_DIFF,
    };

    for (size_t i = 0; type != NULL && i < G_N_ELEMENTS(types); i++) {
        if (strcmp(type, types[i]) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* ---- requests ---- */

static void register_client(ipc_client_t *ipc, uint32_t id, uint32_t flags)
{
    XML_AUTO xmlNode *reply = xml_new("cib_common_callback_worker");

    xml_set(reply, "cib_op", "register");
    xml_set(reply, "cib_clientid", ipc->id);
    ipc_respond(ipc, id, flags, reply);
}

static void set_subscription(ipc_client_t *ipc, uint32_t id, uint32_t flags, const xmlNode *request)
{
    const char *type = xml_get(request, "cib_notify_type");
    bool on = xml_get_true(request, "cib_notify_activate");
    int bit = notify_bit(type);

    if (bit < 0) {
        log_warn("Client %s asks for unknown notifications %s", ipc->name, type != NULL ? type : "(none)");
    } else if (on) {
        client_of(ipc)->subscriptions |= 1u << bit;
    } else {
        client_of(ipc)->subscriptions &= ~(1u << bit);
    }
    ipc_ack(ipc, id, flags, "ack", bit < 0 ? CRM_EX_INVALID_PARAM : CRM_EX_OK);
}

static bool is_daemon_name(const char *name)
{
    static const char *const names[] = {
        "crmd", "stonithd", "stonith-ng", "attrd", "cib", "pacemakerd", "dc", "tengine", "lrmd",
        "pacemaker-controld", "pacemaker-fenced", "pacemaker-attrd", "pacemaker-based", "pacemaker-execd",
    };

    for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void set_queue_limit(ipc_client_t *ipc)
{
    unsigned long limit = based.ipc_limit != NULL ? strtoul(based.ipc_limit, NULL, 10) : 0;

    if (limit > 0 && limit <= G_MAXINT && ipc->privileged && is_daemon_name(ipc->name)) {
        ipc->queue_limit = (unsigned)limit;
    }
}

static void name_client(ipc_client_t *ipc, const xmlNode *request)
{
    const char *name = xml_get(request, "cib_clientname");
    char *text = NULL;

    if (ipc->name != NULL) {
        return;
    }
    if (name == NULL) {
        text = g_strdup_printf("%d", (int)ipc->pid);
        name = text;
    }
    ipc_client_set_name(ipc, name);
    g_free(text);
}

/* A client that waits for a response gets exactly one, with the id of its request. */
static void remember_sync_call(ipc_client_t *ipc, uint32_t id, uint32_t flags, const xmlNode *request)
{
    struct client *client = client_of(ipc);
    struct sync_call *call;
    long long options = 0, call_id = 0;

    if ((flags & IPC_FLAG_CLIENT_RESPONSE) == 0) {
        return;
    }
    if (xml_get_int(request, "cib_callopt", &options) != 0) {
        options = 0;
    }
    if ((options & CIB_OPT_SYNC_CALL) == 0 || xml_get_int(request, "cib_callid", &call_id) != 0) {
        ipc_ack(ipc, id, flags, "ack", CRM_EX_INDETERMINATE);
        return;
    }
    if (client->sync_calls.length >= MAX_SYNC_CALLS) {
        g_free(g_queue_pop_head(&client->sync_calls));
    }
    call = g_new0(struct sync_call, 1);
    call->call_id = call_id;
    call->ipc_id = id;
    call->ipc_flags = flags;
    g_queue_push_tail(&client->sync_calls, call);
}

static void handle_request(ipc_client_t *ipc, uint32_t id, uint32_t flags, xmlNode *request)
{
    const char *op = xml_get(request, "cib_op");
    bool privileged = (ipc->server != servers[SERVICE_RO]);

    if (request == NULL || op == NULL) {
        log_warn("Client %s sent a request that cannot be understood",
                 ipc->name != NULL ? ipc->name : ipc->id);
        ipc_ack(ipc, id, flags, "nack", CRM_EX_PROTOCOL);
        return;
    }
    name_client(ipc, request);
    set_queue_limit(ipc);
    if (strcmp(op, "register") == 0) {
        register_client(ipc, id, flags);
        return;
    }
    if (strcmp(op, "cib_notify") == 0) {
        set_subscription(ipc, id, flags, request);
        return;
    }
    xml_set(request, "cib_clientid", ipc->id);
    xml_set(request, "cib_clientname", ipc->name);
    ipc_stamp_user(ipc, request, "cib_user");
    xml_unset(request, "cib_update");
    xml_unset(request, "cib_isreplyto");
    remember_sync_call(ipc, id, flags, request);
    based_disk_begin_event();
    cib_core_request(based.core, request, privileged);
    based_disk_end_event();
}

/* ---- replies and notifications ---- */

static ipc_client_t *find_client(const char *id)
{
    ipc_client_t *ipc = NULL;

    for (int i = 0; i < SERVICES && ipc == NULL; i++) {
        ipc = (servers[i] == NULL) ? NULL : ipc_server_find(servers[i], id);
    }
    return ipc;
}

static struct sync_call *take_sync_call(struct client *client, long long call_id)
{
    for (GList *link = client->sync_calls.head; link != NULL; link = link->next) {
        struct sync_call *call = link->data;

        if (call->call_id == call_id) {
            g_queue_delete_link(&client->sync_calls, link);
            return call;
        }
    }
    return NULL;
}

void based_ipc_deliver(const char *client_id, const xmlNode *reply, bool sync)
{
    ipc_client_t *ipc = find_client(client_id);
    struct sync_call *call;
    long long call_id = 0;

    if (ipc == NULL) {
        log_debug("Client %s is gone: nobody to reply to", client_id);
        return;
    }
    if (!sync) {
        ipc_send_event(ipc, reply);
        return;
    }
    if (xml_get_int(reply, "cib_callid", &call_id) != 0) {
        return;
    }
    call = take_sync_call(client_of(ipc), call_id);
    if (call == NULL) {
        log_debug("Call %lld of client %s has its reply already", call_id, ipc->name);
        return;
    }
    ipc_respond(ipc, call->ipc_id, call->ipc_flags, reply);
    g_free(call);
}

void based_reply(void *arg, const char *client_id, const xmlNode *reply, bool sync)
{
    (void)arg;
    if (!based_disk_hold_reply(client_id, reply, sync)) {
        based_ipc_deliver(client_id, reply, sync);
    }
}

struct notification {
    int bit;
    const xmlNode *message;
};

static void notify_client(ipc_client_t *ipc, void *arg)
{
    const struct notification *notification = arg;
    const struct client *client = ipc->data;

    if (client != NULL && (client->subscriptions & (1u << notification->bit)) != 0) {
        ipc_send_event(ipc, notification->message);
    }
}

void based_notify(void *arg, const char *type, const xmlNode *message)
{
    struct notification notification = {notify_bit(type), message};

    (void)arg;
    for (int i = 0; i < SERVICES && notification.bit >= 0; i++) {
        if (servers[i] != NULL) {
            ipc_server_foreach(servers[i], notify_client, &notification);
        }
    }
}

/* ---- connections ---- */

static int accept_client(ipc_server_t *server, uid_t uid, gid_t gid)
{
    (void)server;
    (void)uid;
    (void)gid;
    return based.stopping ? -EPERM : 0;
}

static void client_closed(ipc_client_t *ipc)
{
    struct client *client = ipc->data;

    if (client != NULL) {
        g_queue_clear_full(&client->sync_calls, g_free);
        g_free(client);
        ipc->data = NULL;
    }
}

static const ipc_server_ops_t server_ops = {
    .accept = accept_client, .request = handle_request, .closed = client_closed,
};

int based_ipc_start(void)
{
    static const struct {
        const char *name;
        enum ipc_kind kind;
    } services[SERVICES] = {{"cib_ro", IPC_NATIVE}, {"cib_rw", IPC_NATIVE}, {"cib_shm", IPC_SHM}};
    int rc = 0;

    for (int i = 0; i < SERVICES; i++) {
        servers[i] = ipc_server_new(services[i].name, services[i].kind, false, &server_ops, NULL, &rc);
        if (servers[i] == NULL) {
            log_crit("Could not offer service %s: %s", services[i].name, strerror(-rc));
            return rc;
        }
    }
    return 0;
}

void based_ipc_stop_accepting(void)
{
    for (int i = 0; i < SERVICES; i++) {
        if (servers[i] != NULL) {
            ipc_server_stop_accepting(servers[i]);
        }
    }
}

static void disconnect(ipc_client_t *ipc, void *arg)
{
    (void)arg;
    ipc_client_disconnect(ipc);
}

void based_ipc_disconnect_all(void)
{
    for (int i = 0; i < SERVICES; i++) {
        if (servers[i] != NULL) {
            ipc_server_foreach(servers[i], disconnect, NULL);
        }
    }
}

unsigned based_ipc_clients(void)
{
    unsigned count = 0;

    for (int i = 0; i < SERVICES; i++) {
        count += servers[i] != NULL ? ipc_server_clients(servers[i]) : 0;
    }
    return count;
}

void based_ipc_free(void)
{
    for (int i = 0; i < SERVICES; i++) {
        ipc_server_free(servers[i]);
        servers[i] = NULL;
    }
}
