/* Connections to pacemaker-remoted on remote nodes, and local connections for their clients. */
#include "pacemaker/crmd/shell.h"

#include <errno.h>
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

#define RELAY_TIMEOUT_MS 5000

/* ---- executors ---- */

static void on_proxy(lrmd_client_t *client, xmlNode *msg, void *arg);

/* What a remote client's callbacks need to know; lives as long as the shell's table entry. */
struct remote {
    struct shell *shell;
    char *node;
    lrmd_client_t *client;
    guint idle;                 /* an event to tell later, source id */
    int rc;
};

static void remote_free(gpointer data)
{
    struct remote *remote = data;

    if (remote->idle) {
        g_source_remove(remote->idle);
    }
    lrmd_client_free(remote->client);
    g_free(remote->node);
    g_free(remote);
}

GHashTable *shell_remotes_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, remote_free);
}

lrmd_client_t *shell_remote_client(struct shell *shell, const char *node)
{
    struct remote *remote = g_hash_table_lookup(shell->remotes, node);

    return remote ? remote->client : NULL;
}

static gboolean tell_failure(gpointer data)
{
    struct remote *remote = data;

    remote->idle = 0;
    crmd_remote_connected(remote->shell->core, remote->node, remote->rc);
    return G_SOURCE_REMOVE;
}

static void do_connect(void *arg, const char *node, const char *server, int port, unsigned timeout_ms)
{
    struct shell *shell = arg;
    struct remote *remote = g_new0(struct remote, 1);

    remote->shell = shell;
    remote->node = g_strdup(node);
    remote->client = lrmd_client_new_remote(node, server, port, shell_executor_event, shell);
    lrmd_set_proxy(remote->client, on_proxy, remote);
    g_hash_table_replace(shell->remotes, g_strdup(node), remote);
    remote->rc = lrmd_connect_async(remote->client, "crmd", timeout_ms);
    if (remote->rc < 0) {
        remote->idle = g_idle_add(tell_failure, remote);
    }
}

static void do_disconnect(void *arg, const char *node)
{
    lrmd_client_t *client = shell_remote_client(arg, node);

    /* the object stays: this may be called from one of its callbacks */
    if (client) {
        lrmd_disconnect(client);
    }
}

static int do_poke(void *arg, const char *node)
{
    lrmd_client_t *client = shell_remote_client(arg, node);

    return client ? lrmd_poke(client) : -ENOTCONN;
}

static void do_check_watchdog(void *arg, const char *node)
{
    struct shell *shell = arg;
    lrmd_client_t *client = shell_remote_client(shell, node);

    if (client) {
        lrmd_check_watchdog(client, crmd_watchdog_timeout(shell->core));
    }
}

static void do_send(void *arg, const char *node, const xmlNode *msg)
{
    lrmd_client_t *client = shell_remote_client(arg, node);
    int rc = client ? lrmd_forward(client, msg) : -ENOTCONN;

    if (rc < 0) {
        log_warn("Could not send to Pacemaker Remote node %s: %s", node, pcmk_strerror(rc));
    }
}

static void on_proxy(lrmd_client_t *client, xmlNode *msg, void *arg)
{
    struct remote *remote = arg;

    (void)client;
    crmd_remote_proxy(remote->shell->core, remote->node, msg);
}

/* ---- sessions of their clients ---- */

struct session {
    struct shell *shell;
    char *id;
    ipc_conn_t *conn;
    guint idle;
};

static void session_free(gpointer data)
{
    struct session *session = data;

    if (session->idle) {
        g_source_remove(session->idle);
    }
    if (session->conn) {
        ipc_disconnect(session->conn);
    }
    g_free(session->id);
    g_free(session);
}

static void on_event(ipc_conn_t *conn, xmlNode *msg, void *arg)
{
    struct session *session = arg;

    (void)conn;
    crmd_proxy_event(session->shell->core, session->id, msg);
}

static gboolean tell_closed(gpointer data)
{
    struct session *session = data;

    session->idle = 0;
    crmd_proxy_closed(session->shell->core, session->id);
    return G_SOURCE_REMOVE;
}

static void on_closed(ipc_conn_t *conn, void *arg)
{
    struct session *session = arg;

    (void)conn;
    session->idle = g_idle_add(tell_closed, session);
}

static int do_open(void *arg, const char *id, const char *channel)
{
    static const ipc_conn_ops_t ops = {on_event, on_closed};
    struct shell *shell = arg;
    struct session *session = g_new0(struct session, 1);
    int rc = 0;

    session->shell = shell;
    session->id = g_strdup(id);
    session->conn = ipc_connect(channel, 0, &ops, session, &rc);
    if (session->conn) {
        rc = ipc_conn_attach(session->conn);
    }
    if (rc < 0) {
        session_free(session);
        return rc;
    }
    g_hash_table_replace(shell->proxies, g_strdup(id), session);
    return 0;
}

static void do_close(void *arg, const char *id)
{
    struct shell *shell = arg;

    g_hash_table_remove(shell->proxies, id);
}

static int do_relay(void *arg, const char *id, const xmlNode *msg, uint32_t flags, xmlNode **reply)
{
    struct shell *shell = arg;
    struct session *session = g_hash_table_lookup(shell->proxies, id);

    if (session == NULL) {
        return -ENOTCONN;
    }
    if (reply) {
        return ipc_call(session->conn, msg, flags & ~IPC_FLAG_PROXIED, RELAY_TIMEOUT_MS, reply);
    }
    return ipc_send(session->conn, msg, flags & ~IPC_FLAG_PROXIED);
}

GHashTable *shell_proxies_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, session_free);
}

void shell_remote_ops(struct crmd_ops *ops)
{
    ops->remote_connect = do_connect;
    ops->remote_disconnect = do_disconnect;
    ops->remote_poke = do_poke;
    ops->remote_check_watchdog = do_check_watchdog;
    ops->remote_send = do_send;
    ops->proxy_open = do_open;
    ops->proxy_close = do_close;
    ops->proxy_send = do_relay;
}
