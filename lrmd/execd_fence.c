/* Class stonith in the executor: operations wait here for the fencer's connection and its answers. */
#include "config.h"
#include "lrmd/execd_fence.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lrmd/lrmd_client.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "stonithd/stonith_client.h"

#define CONNECT_ATTEMPTS 10u
#define CONNECT_PAUSE_MS 2000u

/* One operation on its way; outlives the operation when that is aborted. */
typedef struct {
    lrmd_op_t *op;                   /* NULL = aborted */
    fence_result_t early;            /* result known before the main loop may hear of it */
    guint idle;
} request_t;

static lrmd_core_t *core;
static stonith_client_t *fencer;
static GList *waiting;               /* request_t: until we are connected */
static guint connect_timer;
static unsigned attempts;

/* ---- results ---- */

static bool is_action(const lrmd_op_t *op, const char *action)
{
    return strcasecmp(op->action, action) == 0;
}

/* The fencer's result in the executor's terms. */
static void map_result(const lrmd_op_t *op, const fence_result_t *result, lrmd_core_result_t *mapped)
{
    *mapped = (lrmd_core_result_t){
        .rc = result->exit_status == 0 ? OCF_OK : OCF_UNKNOWN_ERROR, .status = result->op_status,
        .reason = result->exit_reason, .output = result->output,
    };
    switch (result->op_status) {
        case EXEC_NOT_CONNECTED:
        case EXEC_INVALID:
            mapped->status = EXEC_ERROR;
            break;
        case EXEC_NO_FENCE_DEVICE:
            mapped->status = EXEC_ERROR;
            mapped->rc = is_action(op, "monitor") ? OCF_NOT_RUNNING
                         : is_action(op, "stop")  ? OCF_OK
                                                  : OCF_NOT_INSTALLED;
            break;
        case EXEC_NOT_SUPPORTED:
            mapped->rc = OCF_UNIMPLEMENTED;
            break;
        default:
            break;
    }
}

static void request_free(request_t *request)
{
    if (request->op != NULL) {
        request->op->data = NULL;
    }
    if (request->idle != 0) {
        g_source_remove(request->idle);
    }
    fence_result_clear(&request->early);
    g_free(request);
}

static void end_request(request_t *request, const fence_result_t *result)
{
    lrmd_op_t *op = request->op;
    lrmd_core_result_t mapped;

    if (op != NULL) {
        map_result(op, result, &mapped);
        request->op = NULL;
        op->data = NULL;
        lrmd_core_ended(op, &mapped);
    }
}

static gboolean on_early(gpointer data)
{
    request_t *request = data;

    request->idle = 0;
    end_request(request, &request->early);
    request_free(request);
    return G_SOURCE_REMOVE;
}

/* The result is known while the core is still in execute(): report it from the main loop. */
static void end_soon(request_t *request, int exit_status, int op_status, const char *reason)
{
    fence_result_set(&request->early, exit_status, op_status, reason);
    request->idle = g_idle_add_full(G_PRIORITY_DEFAULT, on_early, request, NULL);
}

static void end_with_errno(request_t *request, int rc)
{
    if (rc == 0) {
        end_soon(request, CRM_EX_OK, EXEC_DONE, pcmk_strerror(rc));
    } else {
        end_soon(request, CRM_EX_ERROR, EXEC_ERROR, rc == -PCMK_ERR_GENERIC ? NULL : pcmk_strerror(rc));
    }
}

/* ---- calls ---- */

static void on_monitor_done(stonith_client_t *client, int call_id, const fence_result_t *result,
                            const xmlNode *data, void *arg)
{
    end_request(arg, result);
}

static void free_request(void *arg)
{
    request_free(arg);
}

/* Ask for a monitor; its result is the operation's. */
static void start_monitor(request_t *request)
{
    unsigned timeout_s = request->op->timeout_ms / 1000;
    int call = stonith_monitor(fencer, ST_OPT_NONE, request->op->rsc->id, timeout_s);

    if (call < 0) {
        end_with_errno(request, call);
    } else {
        stonith_on_done(fencer, call, timeout_s, ST_OPT_NONE, request, on_monitor_done, free_request);
    }
}

static void call_fencer(request_t *request)
{
    lrmd_op_t *op = request->op;
    const lrmd_rsc_t *rsc = op->rsc;

    if (is_action(op, "start")) {
        int rc =
            stonith_register_device(fencer, ST_OPT_SYNC_CALL, rsc->id, rsc->provider, rsc->type, op->params);
        if (rc < 0) {
            end_with_errno(request, rc);
        } else {
            start_monitor(request);
        }
    } else if (is_action(op, "stop")) {
        end_with_errno(request, stonith_remove_device(fencer, ST_OPT_SYNC_CALL, rsc->id));
    } else if (op->interval_ms > 0 && is_action(op, "monitor")) {
        start_monitor(request);
    } else {
        end_soon(request, CRM_EX_ERROR, EXEC_ERROR, "Invalid fence device action (bug?)");
    }
}

/* ---- connection ---- */

static void on_event(stonith_client_t *client, const stonith_event_t *event, void *arg)
{
    if (strcmp(event->type, ST_NOTIFY_DISCONNECT) == 0) {
        log_warn("Lost connection to fencer");
        lrmd_core_fencer_lost(core);
    }
}

static void serve_waiting(bool connected)
{
    GList *requests = waiting;

    waiting = NULL;
    for (GList *item = requests; item != NULL; item = item->next) {
        request_t *request = item->data;

        if (request->op == NULL) {
            request_free(request);
        } else if (connected) {
            call_fencer(request);
        } else {
            end_soon(request, CRM_EX_ERROR, EXEC_NOT_CONNECTED, "No connection to fencer");
        }
    }
    g_list_free(requests);
}

static gboolean try_connect(gpointer data)
{
    int rc = stonith_connect(fencer, "pacemaker-execd", true);

    if (rc < 0 && ++attempts < CONNECT_ATTEMPTS) {
        log_debug("Cannot connect to the fencer yet: %s", pcmk_strerror(rc));
        connect_timer = g_timeout_add(CONNECT_PAUSE_MS, try_connect, NULL);
        return G_SOURCE_REMOVE;
    }
    if (rc < 0) {
        log_err("Could not connect to the fencer: %s", pcmk_strerror(rc));
    }
    connect_timer = 0;
    serve_waiting(rc == 0);
    return G_SOURCE_REMOVE;
}

void execd_fence_init(lrmd_core_t *the_core)
{
    core = the_core;
}

void execd_fence_end(void)
{
    if (connect_timer != 0) {
        g_source_remove(connect_timer);
        connect_timer = 0;
    }
    g_list_free_full(waiting, (GDestroyNotify)request_free);
    waiting = NULL;
    stonith_client_free(fencer);
    fencer = NULL;
}

void execd_fence_execute(lrmd_op_t *op)
{
    request_t *request = g_new0(request_t, 1);

    request->op = op;
    op->data = request;
    if (fencer == NULL) {
        fencer = stonith_client_new(on_event, NULL);
    }
    if (stonith_connected(fencer)) {
        call_fencer(request);
        return;
    }
    waiting = g_list_append(waiting, request);
    if (connect_timer == 0) {
        attempts = 0;
        connect_timer = g_idle_add(try_connect, NULL);
    }
}

void execd_fence_abort(lrmd_op_t *op)
{
    request_t *request = op->data;

    op->data = NULL;
    if (request != NULL) {
        request->op = NULL;
        if (request->idle != 0) {
            request_free(request);
        }
    }
}
