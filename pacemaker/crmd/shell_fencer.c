/* The controller as a client of the fencer. */
#include "pacemaker/crmd/shell.h"

#include <errno.h>
#include <string.h>
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

#define CLIENT_NAME "pacemaker-controld"
#define HISTORY_SYNC_TIMEOUT_S 5u

static void schedule(struct shell *shell, guint seconds);

static void on_fence(struct shell *shell, const stonith_event_t *event)
{
    const fence_result_t *result = event->result;
    struct crmd_fence_event core = {
        .target = event->target, .action = event->action, .executioner = event->executioner,
        .client = event->client_origin, .origin = event->origin, .id = event->operation_id,
        .operation = event->type,
        .exit_status = result ? result->exit_status : CRM_EX_ERROR,
        .status = result ? result->op_status : EXEC_UNKNOWN,
        .reason = result ? result->exit_reason : NULL,
        .legacy_rc = result ? fence_result_legacy(result) : -EIO,
    };

    crmd_fence_notify(shell->core, &core);
}

static void on_event(stonith_client_t *client, const stonith_event_t *event, void *arg)
{
    struct shell *shell = arg;

    (void)client;
    if (strcmp(event->type, ST_NOTIFY_DISCONNECT) == 0) {
        crmd_fencer_lost(shell->core);
    } else if (strcmp(event->type, ST_NOTIFY_FENCE) == 0) {
        on_fence(shell, event);
    } else if (strcmp(event->type, ST_NOTIFY_HISTORY_SYNCED) == 0) {
        crmd_history_synced(shell->core);
    }
}

static int connect_now(struct shell *shell, unsigned attempts)
{
    int rc;

    if (shell->fencer == NULL) {
        shell->fencer = stonith_client_new(on_event, shell);
    }
    if (stonith_connected(shell->fencer)) {
        return 0;
    }
    rc = attempts > 1 ? stonith_connect_retry(shell->fencer, CLIENT_NAME, attempts)
                      : stonith_connect(shell->fencer, CLIENT_NAME, true);
    if (rc == 0) {
        rc = stonith_subscribe(shell->fencer, ST_NOTIFY_FENCE, true);
    }
    if (rc == 0) {
        rc = stonith_subscribe(shell->fencer, ST_NOTIFY_HISTORY_SYNCED, true);
    }
    if (rc == 0) {
        crmd_fencer_connected(shell->core);
    }
    return rc;
}

static gboolean try_connect(gpointer data)
{
    struct shell *shell = data;
    int rc;

    shell->fencer_retry = 0;
    if (!shell->fencer_wanted) {
        return G_SOURCE_REMOVE;
    }
    rc = connect_now(shell, 1);
    if (rc < 0) {
        log_info("Could not connect to the fencer, will retry: %s", pcmk_strerror(rc));
        schedule(shell, 2);
    }
    return G_SOURCE_REMOVE;
}

static void schedule(struct shell *shell, guint seconds)
{
    if (shell->fencer_retry == 0) {
        shell->fencer_retry =
            seconds ? g_timeout_add_seconds_full(G_PRIORITY_LOW, seconds, try_connect, shell, NULL)
                    : g_idle_add_full(G_PRIORITY_LOW, try_connect, shell, NULL);
    }
}

static void do_connect(void *arg)
{
    struct shell *shell = arg;

    shell->fencer_wanted = true;
    schedule(shell, 0);
}

static void do_disconnect(void *arg)
{
    struct shell *shell = arg;

    shell->fencer_wanted = false;
    if (shell->fencer_retry) {
        g_source_remove(shell->fencer_retry);
        shell->fencer_retry = 0;
    }
    if (shell->fencer) {
        stonith_disconnect(shell->fencer);
    }
}

static void on_done(stonith_client_t *client, int call_id, const fence_result_t *result,
                    const xmlNode *data, void *arg)
{
    struct shell *shell = arg;

    (void)client;
    (void)data;
    crmd_fence_result(shell->core, call_id, result->exit_status, result->op_status, result->exit_reason);
}

static int do_fence(void *arg, const char *target, const char *action, unsigned timeout_s, int delay_s,
                    bool allow_suicide)
{
    struct shell *shell = arg;
    int rc = connect_now(shell, 30);

    if (rc < 0) {
        return rc;
    }
    rc = stonith_fence(shell->fencer, allow_suicide ? ST_OPT_ALLOW_SUICIDE : ST_OPT_NONE, target, action,
                       timeout_s, 0, delay_s);
    if (rc > 0) {
        int call = rc;

        rc = stonith_on_done(shell->fencer, call, timeout_s, ST_OPT_TIMEOUT_UPDATES, shell, on_done, NULL);
        rc = rc < 0 ? rc : call;
    }
    return rc;
}

static void do_sync(void *arg)
{
    struct shell *shell = arg;
    int rc;

    if (shell->fencer && stonith_connected(shell->fencer)) {
        rc = stonith_sync_history(shell->fencer, HISTORY_SYNC_TIMEOUT_S);
        if (rc < 0) {
            log_info("Could not synchronise the fencing history: %s", pcmk_strerror(rc));
        }
    }
}

void shell_fencer_ops(struct crmd_ops *ops)
{
    ops->fencer_connect = do_connect;
    ops->fencer_disconnect = do_disconnect;
    ops->fencer_fence = do_fence;
    ops->fencer_sync_history = do_sync;
}

void shell_fencer_free(struct shell *shell)
{
    do_disconnect(shell);
    stonith_client_free(shell->fencer);
    shell->fencer = NULL;
}
