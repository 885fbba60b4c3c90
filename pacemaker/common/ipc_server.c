/* Serving local clients over libqb (ipc.h, messaging.md §1). */
#include "config.h"

#include <errno.h>
#include <glib.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <qb/qbdefs.h>
#include <qb/qbipcs.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/ipc_internal.h"
#include "pacemaker/common/ipc_wire.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/mainloop.h"
#include "pacemaker/common/xml.h"

#define EVENTS_PER_FLUSH 100u
#define QUEUE_LIMIT_DEFAULT 500u

struct ipc_server {
    char *name;
    const ipc_server_ops_t *ops;
    void *data;
    qb_ipcs_service_t *qb;
    GHashTable *clients;            /* id -> ipc_client_t */
    unsigned connections;           /* libqb's, those not complete or not yet released included */
    bool closing;                   /* accept nobody */
    bool freed;                     /* goes with its last connection */
};

struct ipc_client_private {
    qb_ipcs_connection_t *qb;
    GQueue events;                  /* struct ipc_bytes, oldest first */
    guint flush_timer, evict_source;
    unsigned backlog;               /* events left over by the last flush */
    bool in_request, unwanted;      /* libqb must not lose a connection while it delivers from it */
};

/* ---- connections ---- */

static char *user_name(uid_t uid)
{
    const struct passwd *entry = getpwuid(uid);

    return g_strdup(entry != NULL ? entry->pw_name : "#unprivileged");
}

static bool uid_is_privileged(uid_t uid)
{
    uid_t daemon = 0;

    return uid == 0 || (daemon_user_ids(&daemon, NULL) == 0 && uid == daemon);
}

static ipc_client_t *client_new(ipc_server_t *server, qb_ipcs_connection_t *c, uid_t uid, gid_t gid)
{
    ipc_client_t *client = g_new0(ipc_client_t, 1);
    char id[37];

    uuid_text(id);
    client->id = g_strdup(id);
    client->uid = uid;
    client->gid = gid;
    client->user = user_name(uid);
    client->privileged = uid_is_privileged(uid);
    client->server = server;
    client->priv = g_new0(struct ipc_client_private, 1);
    client->priv->qb = c;
    g_queue_init(&client->priv->events);
    server->connections++;
    return client;
}

static int32_t accept_connection(qb_ipcs_connection_t *c, uid_t uid, gid_t gid)
{
    ipc_server_t *server = qb_ipcs_connection_service_context_get(c);
    gid_t group = 0;
    int rc = 0;

    if (server->closing) {
        log_info("Refusing a new %s client: shutting down | uid=%u", server->name, (unsigned)uid);
        return -EPERM;
    }
    if (server->ops->accept != NULL) {
        rc = server->ops->accept(server, uid, gid);
    }
    if (rc == 0 && uid != 0 && daemon_user_ids(NULL, &group) == 0) {
        /* members of the cluster's group may use the connection's files */
        qb_ipcs_connection_auth_set(c, (uid_t)-1, group, S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP);
    }
    if (rc == 0) {
        qb_ipcs_context_set(c, client_new(server, c, uid, gid));
    }
    return rc;
}

static void connection_created(qb_ipcs_connection_t *c)
{
    ipc_server_t *server = qb_ipcs_connection_service_context_get(c);
    ipc_client_t *client = qb_ipcs_context_get(c);
    struct qb_ipcs_connection_stats stats;

    memset(&stats, 0, sizeof(stats));
    qb_ipcs_connection_stats_get(c, &stats, QB_FALSE);
    client->pid = stats.client_pid;
    g_hash_table_insert(server->clients, client->id, client);
    log_debug("New %s client %s | pid=%d user=%s", server->name, client->id, (int)client->pid, client->user);
    if (server->ops->connected != NULL) {
        server->ops->connected(client);
    }
}

static void drop_timers(struct ipc_client_private *priv)
{
    if (priv->flush_timer != 0) {
        g_source_remove(priv->flush_timer);
        priv->flush_timer = 0;
    }
    if (priv->evict_source != 0) {
        g_source_remove(priv->evict_source);
        priv->evict_source = 0;
    }
}

static void drop_events(struct ipc_client_private *priv)
{
    g_queue_clear_full(&priv->events, free);
}

static void server_release(ipc_server_t *server)
{
    if (server->freed && server->connections == 0) {
        g_hash_table_destroy(server->clients);
        g_free(server->name);
        g_free(server);
    }
}

/* The client is gone for the daemon; its memory goes with libqb's last reference. */
static int32_t connection_closed(qb_ipcs_connection_t *c)
{
    ipc_client_t *client = qb_ipcs_context_get(c);

    if (client == NULL || !g_hash_table_remove(client->server->clients, client->id)) {
        return 0;
    }
    log_debug("Client %s of %s disconnected | name=%s pid=%d", client->id, client->server->name,
              client->name != NULL ? client->name : "none", (int)client->pid);
    if (client->server->ops->closed != NULL) {
        client->server->ops->closed(client);
    }
    drop_timers(client->priv);
    drop_events(client->priv);
    return 0;
}

static void connection_destroyed(qb_ipcs_connection_t *c)
{
    ipc_client_t *client = qb_ipcs_context_get(c);

    if (client == NULL) {
        return;
    }
    ipc_server_t *server = client->server;

    connection_closed(c);
    qb_ipcs_context_set(c, NULL);
    g_free(client->priv);
    g_free(client->id);
    g_free(client->name);
    g_free(client->user);
    g_free(client);
    server->connections--;
    server_release(server);
}

/* The disconnection that a daemon asked for while it handled the client's request. */
static gboolean hang_up(gpointer data)
{
    qb_ipcs_connection_t *c = data;
    ipc_client_t *client = qb_ipcs_context_get(c);

    if (g_hash_table_lookup(client->server->clients, client->id) == client) {
        qb_ipcs_disconnect(c);
    }
    qb_ipcs_connection_unref(c);
    return G_SOURCE_REMOVE;
}

static int32_t message_received(qb_ipcs_connection_t *c, void *data, size_t size)
{
    ipc_client_t *client = qb_ipcs_context_get(c);
    struct ipc_header header;
    XML_AUTO xmlNode *msg = NULL;

    if (client == NULL || client->priv->unwanted ||
        g_hash_table_lookup(client->server->clients, client->id) != client) {
        return 0;
    }
    int rc = ipc_decode(data, size, &header, &msg);

    if (rc < 0) {
        log_warn("Unusable %s request of %zu bytes from client %s (pid %d): %s", client->server->name, size,
                 client->name != NULL ? client->name : client->id, (int)client->pid,
                 rc == -EPROTO ? "unsupported protocol version" : "damaged header or payload");
    } else if ((header.flags & IPC_FLAG_PROXIED) != 0) {
        client->proxied = true;
    }
    client->priv->in_request = true;
    client->server->ops->request(client, (uint32_t)header.id, header.flags, msg);
    client->priv->in_request = false;
    if (client->priv->unwanted) {
        qb_ipcs_connection_ref(c);
        g_idle_add(hang_up, c);
    }
    return 0;
}

/* ---- service ---- */

static enum qb_ipc_type qb_type(enum ipc_kind kind)
{
    const char *wanted = env_option("ipc_type");

    if (wanted != NULL && strcmp(wanted, "socket") == 0) {
        return QB_IPC_SOCKET;
    }
    if (wanted != NULL && strcmp(wanted, "posix") == 0) {
        return QB_IPC_POSIX_MQ;
    }
    if (wanted != NULL && strcmp(wanted, "sysv") == 0) {
        return QB_IPC_SYSV_MQ;
    }
    /* libqb's native type is shared memory on this system, so both kinds are */
    return QB_IPC_SHM;
}

ipc_server_t *ipc_server_new(const char *service, enum ipc_kind kind, bool high_priority,
                             const ipc_server_ops_t *ops, void *data, int *rc)
{
    static const struct qb_ipcs_service_handlers handlers = {
        .connection_accept = accept_connection,
        .connection_created = connection_created,
        .msg_process = message_received,
        .connection_closed = connection_closed,
        .connection_destroyed = connection_destroyed,
    };
    struct qb_ipcs_poll_handlers poll_handlers = mainloop_poll_handlers();
    ipc_server_t *server = g_new0(ipc_server_t, 1);

    server->name = g_strdup(service);
    server->ops = ops;
    server->data = data;
    server->clients = g_hash_table_new(g_str_hash, g_str_equal);
    server->qb = qb_ipcs_create(service, 0, qb_type(kind), (struct qb_ipcs_service_handlers *)&handlers);
    *rc = server->qb != NULL ? 0 : -ENOMEM;
    if (*rc == 0) {
        qb_ipcs_service_context_set(server->qb, server);
        qb_ipcs_poll_handlers_set(server->qb, &poll_handlers);
        qb_ipcs_enforce_buffer_size(server->qb, (uint32_t)ipc_buffer_size());
        if (high_priority) {
            qb_ipcs_request_rate_limit(server->qb, QB_IPCS_RATE_FAST);
        }
        *rc = qb_ipcs_run(server->qb);
    }
    if (*rc < 0) {
        /* a failed qb_ipcs_run() has released the service */
        g_hash_table_destroy(server->clients);
        g_free(server->name);
        g_free(server);
        return NULL;
    }
    return server;
}

void ipc_server_free(ipc_server_t *server)
{
    if (server == NULL) {
        return;
    }
    server->closing = true;

    GList *clients = g_hash_table_get_values(server->clients);

    for (GList *item = clients; item != NULL; item = item->next) {
        ipc_client_disconnect(item->data);
    }
    g_list_free(clients);
    qb_ipcs_destroy(server->qb);
    /* libqb may release the last connections later */
    server->freed = true;
    server_release(server);
}

void ipc_server_stop_accepting(ipc_server_t *server)
{
    server->closing = true;
}

void *ipc_server_data(const ipc_server_t *server)
{
    return server->data;
}

const char *ipc_server_name(const ipc_server_t *server)
{
    return server->name;
}

unsigned ipc_server_clients(const ipc_server_t *server)
{
    return g_hash_table_size(server->clients);
}

ipc_client_t *ipc_server_find(const ipc_server_t *server, const char *client_id)
{
    return client_id != NULL ? g_hash_table_lookup(server->clients, client_id) : NULL;
}

void ipc_server_foreach(ipc_server_t *server, void (*fn)(ipc_client_t *, void *), void *arg)
{
    GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer id = NULL;

    /* fn may disconnect clients */
    g_hash_table_iter_init(&iter, server->clients);
    while (g_hash_table_iter_next(&iter, &id, NULL)) {
        g_ptr_array_add(ids, g_strdup(id));
    }
    for (guint i = 0; i < ids->len; i++) {
        ipc_client_t *client = g_hash_table_lookup(server->clients, ids->pdata[i]);

        if (client != NULL) {
            fn(client, arg);
        }
    }
    g_ptr_array_free(ids, TRUE);
}

void ipc_client_set_name(ipc_client_t *client, const char *name)
{
    char *copy = g_strdup(name);

    g_free(client->name);
    client->name = copy;
}

void ipc_client_disconnect(ipc_client_t *client)
{
    if (client->priv->in_request) {
        client->priv->unwanted = true;
    } else {
        qb_ipcs_disconnect(client->priv->qb);
    }
}

/* ---- sending ---- */

static void flush_events(ipc_client_t *client);

static gboolean flush_timer_expired(gpointer data)
{
    ipc_client_t *client = data;

    client->priv->flush_timer = 0;
    flush_events(client);
    return G_SOURCE_REMOVE;
}

static gboolean evict(gpointer data)
{
    ipc_client_t *client = data;

    client->priv->evict_source = 0;
    ipc_client_disconnect(client);
    return G_SOURCE_REMOVE;
}

/* Decide about a client that leaves events unread (messaging.md §1.7). */
static void check_backlog(ipc_client_t *client)
{
    struct ipc_client_private *priv = client->priv;
    unsigned left = g_queue_get_length(&priv->events);
    unsigned limit = client->queue_limit > QUEUE_LIMIT_DEFAULT ? client->queue_limit : QUEUE_LIMIT_DEFAULT;
    const char *name = client->name != NULL ? client->name : client->id;

    if (left > limit) {
        if (priv->backlog <= 1 || left < priv->backlog) {
            log_warn("Client %s with process ID %d has a backlog of %u messages | %p", name, (int)client->pid,
                     left, (void *)client);
        } else {
            log_err("Evicting client %s with process ID %d due to backlog of %u messages | %p", name,
                    (int)client->pid, left, (void *)client);
            drop_events(priv);
            priv->backlog = 0;
            priv->evict_source = g_idle_add(evict, client);
            return;
        }
    }
    priv->backlog = left;
    priv->flush_timer = g_timeout_add(left < 5 ? 1000 + 100 * left : 1500, flush_timer_expired, client);
}

static void flush_events(ipc_client_t *client)
{
    struct ipc_client_private *priv = client->priv;
    struct ipc_bytes *bytes = NULL;

    for (unsigned sent = 0; sent < EVENTS_PER_FLUSH && (bytes = g_queue_peek_head(&priv->events)) != NULL;
         sent++) {
        ssize_t rc = qb_ipcs_event_send(priv->qb, bytes->data, bytes->size);

        if (rc < 0) {
            log_trace("Event of %zu bytes for client %s must wait: %s", bytes->size, client->id,
                      strerror((int)-rc));
            break;
        }
        free(g_queue_pop_head(&priv->events));
    }
    if (g_queue_is_empty(&priv->events)) {
        priv->backlog = 0;
        return;
    }
    check_backlog(client);
}

static int send_event(ipc_client_t *client, uint32_t flags, const xmlNode *msg)
{
    static int32_t next_event = 1;
    struct ipc_client_private *priv = client->priv;
    struct ipc_bytes *bytes = NULL;

    if (priv->evict_source != 0 || g_hash_table_lookup(client->server->clients, client->id) != client) {
        return -ENOTCONN;
    }
    int rc = ipc_encode(msg, next_event, flags | IPC_FLAG_SERVER_EVENT | IPC_FLAG_SERVER_FREE,
                        ipc_buffer_size(), &bytes);

    if (rc < 0) {
        return rc;
    }
    next_event = next_event == INT32_MAX ? 1 : next_event + 1;
    g_queue_push_tail(&priv->events, bytes);
    if (priv->flush_timer == 0) {
        flush_events(client);
    }
    return 0;
}

int ipc_send_event(ipc_client_t *client, const xmlNode *msg)
{
    return send_event(client, 0, msg);
}

int ipc_respond(ipc_client_t *client, uint32_t id, uint32_t flags, const xmlNode *msg)
{
    struct ipc_bytes *bytes = NULL;

    if (client->proxied) {
        return send_event(client, IPC_FLAG_PROXIED_RELAY, msg);
    }
    int rc = ipc_encode(msg, (int32_t)id, (flags & ~IPC_FLAG_COMPRESSED) | IPC_FLAG_SERVER_FREE,
                        ipc_buffer_size(), &bytes);

    if (rc < 0) {
        return rc;
    }
    ssize_t sent = qb_ipcs_response_send(client->priv->qb, bytes->data, bytes->size);

    free(bytes);
    if (sent < 0) {
        log_warn("Response %u to client %s with process ID %d is lost: %s", (unsigned)id,
                 client->name != NULL ? client->name : client->id, (int)client->pid, strerror((int)-sent));
        return (int)sent;
    }
    return 0;
}

void ipc_ack_full(ipc_client_t *client, uint32_t id, uint32_t flags, const char *name, int status,
                  const char *protocol_version)
{
    XML_AUTO xmlNode *ack = xml_new(name);

    xml_set(ack, "function", __func__);
    xml_set_int(ack, "line", __LINE__);
    xml_set(ack, "ipc-protocol-version", protocol_version);
    xml_set_int(ack, "status", status);
    ipc_respond(client, id, flags, ack);
}

void ipc_ack(ipc_client_t *client, uint32_t id, uint32_t flags, const char *name, int status)
{
    if ((flags & IPC_FLAG_CLIENT_RESPONSE) != 0) {
        ipc_ack_full(client, id, flags, name, status, NULL);
    }
}

const char *ipc_stamp_user(ipc_client_t *client, xmlNode *msg, const char *legacy_field)
{
    static char *own_user;
    const char *requested = xml_get(msg, "acl_target");
    const char *user = client->user;

    if (own_user == NULL) {
        own_user = user_name(geteuid());
    }
    if (requested == NULL) {
        requested = xml_get(msg, legacy_field);
    }
    if (!uid_is_privileged(geteuid())) {
        user = own_user;
    } else if (client->privileged && requested != NULL) {
        user = requested;
    }
    char *copy = g_strdup(user);    /* requested lives in the attributes set now */

    xml_set(msg, "acl_target", copy);
    xml_set(msg, legacy_field, copy);
    g_free(copy);
    return xml_get(msg, "acl_target");
}
