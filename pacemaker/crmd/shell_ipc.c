/* The controller's own IPC server, its scheduler connection and the attribute manager. */
#include "pacemaker/crmd/shell.h"

#include <errno.h>
#include "pacemaker/attrd/attrd_client.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/xml.h"

#define SCHEDULER_BUFFER (5u * 1024 * 1024)

/* ---- clients ---- */

static bool version_ok(const char *text)
{
    return text && text[0] >= '0' && text[0] <= '9' && int_parse(text, -1) >= 0;
}

/* The greeting of a client library: only its own data is checked. */
static void handle_hello(ipc_client_t *client, const xmlNode *msg)
{
    const xmlNode *options = message_data(msg);
    const char *name = xml_get(options, "client_name");

    if (name == NULL || name[0] == '\0' || !version_ok(xml_get(options, "major_version"))
        || !version_ok(xml_get(options, "minor_version"))) {
        log_err("Disconnecting client %s: invalid greeting", client->id);
        ipc_client_disconnect(client);
        return;
    }
    ipc_client_set_name(client, name);
}

static void on_request(ipc_client_t *client, uint32_t id, uint32_t flags, xmlNode *msg)
{
    struct shell *shell = ipc_server_data(client->server);
    const char *task;

    if (msg == NULL) {
        ipc_ack(client, id, flags, "ack", CRM_EX_PROTOCOL);
        return;
    }
    ipc_ack(client, id, flags, "ack", CRM_EX_INDETERMINATE);
    ipc_stamp_user(client, msg, "crm_user");
    task = xml_get(msg, "crm_task");
    if (task && g_strcmp0(task, "hello") == 0) {
        handle_hello(client, msg);
        return;
    }
    crmd_ipc_request(shell->core, client->id, msg);
}

static int do_open(void *arg)
{
    static const ipc_server_ops_t ops = {.request = on_request};
    struct shell *shell = arg;
    int rc = 0;

    if (shell->ipc == NULL) {
        shell->ipc = ipc_server_new("crmd", IPC_NATIVE, false, &ops, shell, &rc);
    }
    return shell->ipc ? 0 : rc < 0 ? rc : -EIO;
}

static void do_close(void *arg)
{
    struct shell *shell = arg;

    ipc_server_free(shell->ipc);
    shell->ipc = NULL;
}

static bool do_send(void *arg, const char *client_id, const xmlNode *msg)
{
    struct shell *shell = arg;
    ipc_client_t *client = shell->ipc ? ipc_server_find(shell->ipc, client_id) : NULL;

    if (client == NULL) {
        return false;
    }
    if (ipc_send_event(client, msg) < 0) {
        log_warn("Could not deliver %s to client %s", xml_get(msg, "crm_task"),
                 client->name ? client->name : client->id);
    }
    return true;
}

/* ---- the scheduler ---- */

static void on_scheduler_event(ipc_conn_t *conn, xmlNode *msg, void *arg)
{
    struct shell *shell = arg;

    (void)conn;
    crmd_sched_reply(shell->core, msg);
}

static gboolean scheduler_gone(gpointer data)
{
    struct shell *shell = data;

    if (shell->scheduler && !ipc_conn_alive(shell->scheduler)) {
        ipc_disconnect(shell->scheduler);
        shell->scheduler = NULL;
        crmd_sched_lost(shell->core);
    }
    return G_SOURCE_REMOVE;
}

static void on_scheduler_closed(ipc_conn_t *conn, void *arg)
{
    (void)conn;
    g_idle_add_full(G_PRIORITY_HIGH, scheduler_gone, arg, NULL);
}

static int do_sched_connect(void *arg)
{
    static const ipc_conn_ops_t ops = {on_scheduler_event, on_scheduler_closed};
    struct shell *shell = arg;
    int rc = 0;

    if (shell->scheduler) {
        return 0;
    }
    for (unsigned attempt = 0; attempt < 5 && shell->scheduler == NULL; attempt++) {
        shell->scheduler = ipc_connect("pengine", SCHEDULER_BUFFER, &ops, shell, &rc);
        if (shell->scheduler == NULL) {
            g_usleep(200 * 1000);
        }
    }
    if (shell->scheduler == NULL) {
        return rc < 0 ? rc : -ENOTCONN;
    }
    rc = ipc_conn_attach(shell->scheduler);
    if (rc < 0) {
        ipc_disconnect(shell->scheduler);
        shell->scheduler = NULL;
    }
    return rc;
}

static void do_sched_disconnect(void *arg)
{
    struct shell *shell = arg;

    if (shell->scheduler) {
        ipc_disconnect(shell->scheduler);
        shell->scheduler = NULL;
    }
}

static int do_sched_send(void *arg, const xmlNode *msg)
{
    struct shell *shell = arg;

    return shell->scheduler ? ipc_send(shell->scheduler, msg, 0) : -ENOTCONN;
}

/* ---- attributes ---- */

static int attrd_result(int rc, const char *what, const char *node)
{
    if (rc < 0) {
        log_err("Could not %s of %s: %s", what, node ? node : "the local node", pcmk_strerror(rc));
    }
    return rc;
}

static int do_attr_update(void *arg, const char *node, bool remote, const struct crmd_attr *attrs, size_t n)
{
    struct shell *shell = arg;
    int rc = 0;

    if (shell->attrd_retry == 0) {
        shell_attrd_watch(shell);
    }
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = attrd_client_set(node, attrs[i].name, attrs[i].value, remote ? ATTRD_REMOTE : ATTRD_NONE);
    }
    return attrd_result(rc, "update an attribute", node);
}

static int do_attr_clear(void *arg, const char *node, bool remote, const char *rsc, const char *op,
                         const char *interval)
{
    (void)arg;
    return attrd_result(
        attrd_client_clear_failures(node, rsc, op, interval, NULL, remote ? ATTRD_REMOTE : ATTRD_NONE),
        "clear failures", node);
}

static int do_attr_purge(void *arg, const char *node)
{
    (void)arg;
    return attrd_result(attrd_client_peer_remove(node, 0), "purge attributes", node);
}

static int do_attr_refresh(void *arg)
{
    (void)arg;
    return attrd_result(attrd_client_refresh(), "refresh attributes", NULL);
}

/* ---- watching the attribute manager ---- */

#define ATTRD_RETRY_MS 500

static gboolean attrd_try(gpointer arg)
{
    struct shell *shell = arg;

    shell_attrd_watch(shell);
    if (shell->attrd_watch == NULL) {
        return G_SOURCE_CONTINUE;
    }
    shell->attrd_retry = 0;
    crmd_attrd_restarted(shell->core);
    return G_SOURCE_REMOVE;
}

static void attrd_gone(ipc_conn_t *conn, void *arg)
{
    struct shell *shell = arg;

    ipc_disconnect(conn);
    shell->attrd_watch = NULL;
    if (shell->attrd_retry == 0 && !shell->quitting) {
        log_notice("The attribute manager is gone: our attributes will be set again when it is back");
        shell->attrd_retry = g_timeout_add(ATTRD_RETRY_MS, attrd_try, shell);
    }
}

void shell_attrd_watch(struct shell *shell)
{
    static const ipc_conn_ops_t ops = {.closed = attrd_gone};
    int rc = 0;

    if (shell->attrd_watch == NULL) {
        shell->attrd_watch = ipc_connect("attrd", 0, &ops, shell, &rc);
    }
    if (shell->attrd_watch != NULL && ipc_conn_attach(shell->attrd_watch) < 0) {
        ipc_disconnect(shell->attrd_watch);
        shell->attrd_watch = NULL;
    }
}

void shell_ipc_ops(struct crmd_ops *ops)
{
    ops->ipc_open = do_open;
    ops->ipc_close = do_close;
    ops->ipc_send = do_send;
    ops->sched_connect = do_sched_connect;
    ops->sched_disconnect = do_sched_disconnect;
    ops->sched_send = do_sched_send;
    ops->attr_update = do_attr_update;
    ops->attr_clear_failure = do_attr_clear;
    ops->attr_purge = do_attr_purge;
    ops->attr_refresh = do_attr_refresh;
}

void shell_ipc_free(struct shell *shell)
{
    do_sched_disconnect(shell);
    do_close(shell);
    if (shell->attrd_retry != 0) {
        g_source_remove(shell->attrd_retry);
    }
    ipc_disconnect(shell->attrd_watch);
    attrd_client_close();
}
