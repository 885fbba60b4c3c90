/* The controller as a client of the CIB manager. */
#include "pacemaker/crmd/shell.h"

#include <errno.h>

#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/xml.h"

struct call {
    struct shell *shell;
    int id;
};

static void on_done(cib_t *cib, int call_id, int rc, xmlNode *output, void *arg)
{
    const struct call *call = arg;

    (void)cib;
    (void)call_id;
    crmd_cib_reply(call->shell->core, call->id, rc, output);
}

static void on_diff(cib_t *cib, const char *event, xmlNode *msg, void *arg)
{
    struct shell *shell = arg;
    int rc = 0;
    const xmlNode *patch = cib_notify_patch(msg, &rc);

    (void)cib;
    (void)event;
    crmd_cib_diff(shell->core, rc, patch);
}

static void on_replaced(cib_t *cib, const char *event, xmlNode *msg, void *arg)
{
    struct shell *shell = arg;

    (void)cib;
    (void)event;
    crmd_cib_replaced(shell->core, (int)int_parse(xml_get(msg, "cib_change_section"), -1));
}

static void on_lost(cib_t *cib, void *arg)
{
    struct shell *shell = arg;

    (void)cib;
    crmd_cib_lost(shell->core);
}

static int do_connect(void *arg)
{
    struct shell *shell = arg;
    int rc;

    if (shell->cib == NULL) {
        shell->cib = cib_new_daemon();
        cib_on_lost(shell->cib, on_lost, shell);
    }
    rc = cib_connect(shell->cib, "crmd", CIB_CHANNEL_RW);
    if (rc < 0) {
        /* it may just be starting, like ourselves */
        g_usleep(G_USEC_PER_SEC);
        rc = cib_connect(shell->cib, "crmd", CIB_CHANNEL_RW);
    }
    if (rc == 0) {
        rc = cib_attach(shell->cib);
    }
    if (rc == 0) {
        rc = cib_subscribe(shell->cib, CIB_NOTIFY_REFRESH, on_replaced, shell);
    }
    if (rc == 0) {
        rc = cib_subscribe(shell->cib, CIB_NOTIFY_DIFF, on_diff, shell);
    }
    if (rc < 0) {
        log_info("Could not connect to the CIB manager: %s", pcmk_strerror(rc));
        cib_disconnect(shell->cib);
    }
    return rc;
}

static void do_disconnect(void *arg)
{
    struct shell *shell = arg;

    if (shell->cib) {
        cib_disconnect(shell->cib);
    }
}

/* A call that cannot be sent ends like one that failed, but not before the caller has returned. */
static gboolean send_failed(gpointer data)
{
    struct call *call = data;

    crmd_cib_reply(call->shell->core, call->id, -ENOTCONN, NULL);
    return G_SOURCE_REMOVE;
}

static void do_call(void *arg, const struct crmd_cib_call *request)
{
    struct shell *shell = arg;
    struct call *call = g_new0(struct call, 1);
    int rc = -ENOTCONN;

    call->shell = shell;
    call->id = request->id;
    if (shell->cib && cib_connected(shell->cib)) {
        struct call *own = g_memdup2(call, sizeof *call);

        cib_set_user(shell->cib, request->user);
        rc = cib_send(shell->cib, request->op, request->host, request->section, request->data,
                      (uint32_t)request->options, request->timeout_s, request->want_reply ? on_done : NULL,
                      own, g_free);
        cib_set_user(shell->cib, NULL);
    }
    if (rc >= 0 || !request->want_reply) {
        g_free(call);
        return;
    }
    log_err("CIB call %s could not be sent: %s", request->op, pcmk_strerror(rc));
    g_idle_add_full(G_PRIORITY_DEFAULT, send_failed, call, g_free);
}

void shell_cib_ops(struct crmd_ops *ops)
{
    ops->cib_connect = do_connect;
    ops->cib_disconnect = do_disconnect;
    ops->cib_call = do_call;
}

void shell_cib_free(struct shell *shell)
{
    cib_free(shell->cib);
    shell->cib = NULL;
}
