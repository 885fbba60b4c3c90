/* The controller as a client of the local executor, and agents' metadata. */
#include "pacemaker/crmd/shell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <glib-unix.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

#define METADATA_TIMEOUT_MS (30u * 1000)
#define METADATA_MAX_BYTES (4u * 1024 * 1024)

/* ---- results ---- */

void shell_executor_event(lrmd_client_t *client, const lrmd_event_t *event, void *arg)
{
    struct shell *shell = arg;
    struct crmd_exec_event core;

    (void)client;
    if (event->type == LRMD_EVENT_DISCONNECT) {
        crmd_exec_lost(shell->core, event->remote_node);
        return;
    }
    if (event->type == LRMD_EVENT_NEW_CLIENT && event->remote_node) {
        crmd_remote_new_client(shell->core, event->remote_node);
        return;
    }
    if (event->type == LRMD_EVENT_POKE && event->remote_node) {
        crmd_remote_poked(shell->core, event->remote_node);
        return;
    }
    if (event->type == LRMD_EVENT_CONNECT && event->remote_node) {
        crmd_remote_connected(shell->core, event->remote_node, event->connection_rc);
        return;
    }
    if (event->type != LRMD_EVENT_EXEC_COMPLETE) {
        return;
    }
    core = (struct crmd_exec_event){
        .node = event->remote_node,
        .rsc_id = event->rsc_id,
        .op_type = event->action,
        .user_data = event->user_data,
        .exit_reason = event->exit_reason,
        .output = event->output,
        .interval_ms = event->interval_ms,
        .timeout_ms = event->timeout_ms,
        .start_delay_ms = event->start_delay_ms,
        .call_id = event->call_id,
        .rc = event->rc,
        .status = event->op_status,
        .run_time = event->run_time,
        .rcchange_time = event->rcchange_time,
        .exec_time_ms = event->exec_time_ms,
        .queue_time_ms = event->queue_time_ms,
        .rsc_deleted = event->rsc_deleted,
        .params = event->params,
    };
    crmd_exec_result(shell->core, &core);
}

static int do_connect(void *arg)
{
    struct shell *shell = arg;
    int rc;

    if (shell->executor == NULL) {
        shell->executor = lrmd_client_new(shell_executor_event, shell);
    }
    rc = lrmd_connect(shell->executor, "crmd", 0);
    if (rc < 0) {
        log_info("Could not connect to the executor: %s", pcmk_strerror(rc));
    }
    return rc;
}

static void do_disconnect(void *arg)
{
    struct shell *shell = arg;

    if (shell->executor) {
        lrmd_disconnect(shell->executor);
    }
}

/* ---- calls ---- */

static lrmd_client_t *client_of(struct shell *shell, const char *node)
{
    lrmd_client_t *client = node ? shell_remote_client(shell, node) : shell->executor;

    return client && lrmd_connected(client) ? client : NULL;
}

static int do_rsc_info(void *arg, const char *node, const char *id, struct crmd_rsc_info *info)
{
    lrmd_client_t *client = client_of(arg, node);
    lrmd_rsc_info_t *found = NULL;
    int rc = client ? lrmd_get_rsc_info(client, id, &found) : -ENOTCONN;

    if (rc == 0) {
        *info = (struct crmd_rsc_info){
            .id = g_strdup(found->id),
            .class = g_strdup(found->standard),
            .provider = g_strdup(found->provider),
            .type = g_strdup(found->type),
        };
        lrmd_rsc_info_free(found);
    }
    return rc;
}

static int do_register(void *arg, const char *node, const struct crmd_rsc_info *info)
{
    lrmd_client_t *client = client_of(arg, node);

    return client ? lrmd_register_rsc(client, info->id, info->class, info->provider, info->type,
                                      LRMD_OPT_DROP_RECURRING)
                  : -ENOTCONN;
}

static int do_unregister(void *arg, const char *node, const char *id)
{
    lrmd_client_t *client = client_of(arg, node);

    return client ? lrmd_unregister_rsc(client, id) : -ENOTCONN;
}

static int do_run(void *arg, const char *node, const char *rsc_id, const char *action, const char *user_data,
                  unsigned interval_ms, unsigned timeout_ms, unsigned start_delay_ms, GHashTable *params)
{
    lrmd_client_t *client = client_of(arg, node);

    return client ? lrmd_exec(client, rsc_id, action, user_data, interval_ms, timeout_ms, start_delay_ms,
                              LRMD_OPT_NOTIFY_CHANGES_ONLY, params)
                  : -ENOTCONN;
}

static int do_cancel(void *arg, const char *node, const char *rsc_id, const char *action,
                     unsigned interval_ms)
{
    lrmd_client_t *client = client_of(arg, node);

    return client ? lrmd_cancel(client, rsc_id, action, interval_ms) : -ENOTCONN;
}

static int do_alert(void *arg, const char *id, const char *path, unsigned timeout_ms, GHashTable *params)
{
    lrmd_client_t *client = client_of(arg, NULL);

    return client ? lrmd_exec_alert(client, id, path, timeout_ms, params) : -ENOTCONN;
}

/* ---- metadata: a child of ours reads it, so that a slow agent delays nothing else ---- */

struct metadata_read {
    struct shell *shell;
    unsigned cookie;
    int fd;
    guint source;
    GString *text;
    bool eof, ended, failed;
};

static void metadata_finish(struct metadata_read *read)
{
    if (!read->eof || !read->ended) {
        return;
    }
    crmd_metadata_done(read->shell->core, read->cookie,
                       read->failed || read->text->len == 0 ? NULL : read->text->str);
    g_string_free(read->text, TRUE);
    g_free(read);
}

static gboolean metadata_input(gint fd, GIOCondition condition, gpointer data)
{
    struct metadata_read *read_data = data;
    char buffer[16384];
    ssize_t n = read(fd, buffer, sizeof buffer);

    (void)condition;
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return G_SOURCE_CONTINUE;
    }
    if (n > 0 && read_data->text->len + (size_t)n <= METADATA_MAX_BYTES) {
        g_string_append_len(read_data->text, buffer, n);
        return G_SOURCE_CONTINUE;
    }
    read_data->failed = read_data->failed || n != 0;
    read_data->eof = true;
    read_data->source = 0;
    close(fd);
    metadata_finish(read_data);
    return G_SOURCE_REMOVE;
}

static void metadata_ended(pid_t pid, int exit_status, int signo, bool timed_out, void *arg)
{
    struct metadata_read *read_data = arg;

    (void)pid;
    if (signo || timed_out || exit_status) {
        log_warn("Reading agent metadata failed (%s)", timed_out ? "timeout" : signo ? "killed" : "error");
        read_data->failed = true;
    }
    read_data->ended = true;
    metadata_finish(read_data);
}

static _Noreturn void metadata_child(int fd, const struct crmd_rsc_info *info)
{
    char *text = NULL;
    size_t done = 0, length;

    if (lrmd_get_metadata(info->class, info->provider, info->type, NULL, METADATA_TIMEOUT_MS, &text) < 0
        || text == NULL) {
        _exit(1);
    }
    length = strlen(text);
    while (done < length) {
        ssize_t n = write(fd, text + done, length - done);

        if (n < 0 && errno != EINTR) {
            _exit(1);
        }
        done += n > 0 ? (size_t)n : 0;
    }
    _exit(0);
}

static gboolean metadata_failed(gpointer data)
{
    struct metadata_read *read_data = data;

    read_data->eof = read_data->ended = read_data->failed = true;
    metadata_finish(read_data);
    return G_SOURCE_REMOVE;
}

static void do_metadata(void *arg, unsigned cookie, const struct crmd_rsc_info *info)
{
    struct metadata_read *read_data = g_new0(struct metadata_read, 1);
    int fds[2];
    pid_t pid = -1;

    read_data->shell = arg;
    read_data->cookie = cookie;
    read_data->text = g_string_new(NULL);
    if (g_unix_open_pipe(fds, FD_CLOEXEC, NULL)) {
        pid = fork();
        if (pid == 0) {
            close(fds[0]);
            metadata_child(fds[1], info);
        }
        close(fds[1]);
        if (pid < 0) {
            close(fds[0]);
        }
    }
    if (pid < 0) {
        log_err("Could not start a process for the metadata of %s: %s", info->type, strerror(errno));
        g_idle_add(metadata_failed, read_data);
        return;
    }
    read_data->fd = fds[0];
    read_data->source = g_unix_fd_add(fds[0], G_IO_IN | G_IO_HUP | G_IO_ERR, metadata_input, read_data);
    child_watch(pid, METADATA_TIMEOUT_MS + 5000, false, "metadata", metadata_ended, read_data);
}

void shell_exec_ops(struct crmd_ops *ops)
{
    ops->exec_connect = do_connect;
    ops->exec_disconnect = do_disconnect;
    ops->exec_rsc_info = do_rsc_info;
    ops->exec_register = do_register;
    ops->exec_unregister = do_unregister;
    ops->exec_run = do_run;
    ops->exec_cancel = do_cancel;
    ops->exec_alert = do_alert;
    ops->metadata = do_metadata;
}

void shell_exec_free(struct shell *shell)
{
    lrmd_client_free(shell->executor);
    shell->executor = NULL;
}
