/* The executor: the real core. Agents are those of agents.c; its only client is the controller. */
#include "tests/sim/cluster/cluster.h"

#include <errno.h>
#include "lrmd/lrmd_client.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"

#define CLIENT "crmd"
#define FENCER_RETRY_US (2 * SIM_SECOND)
#define FENCER_TRIES 10

struct execd {
    lrmd_core_t *core;
    int last_call_id;
    GHashTable *timers;             /* lrmd_op_t -> task_id */
    task_id wake;
};

/* ---- effects of the core ---- */

static void take_event(void *owner, void *data)
{
    controld_exec_event(owner, data);
}

static void free_tree(gpointer data)
{
    xml_free(data);
}

static void on_notify(void *arg, const char *client_id, const xmlNode *msg)
{
    struct daemon *controld = daemon_of(((struct daemon *)arg)->host, CONTROLD);

    if (controld->running) {
        daemon_post(controld, EXECD, take_event, xml_copy(msg), free_tree);
    }
}

static void agent_ended(void *arg, int rc, int status, const char *reason)
{
    lrmd_op_t *op = arg;
    lrmd_core_result_t result = {.rc = rc, .status = status, .reason = reason};

    op->data = NULL;
    lrmd_core_ended(op, &result);
}

/* ---- class stonith: the fencer does it ---- */

/* An operation on its way to the fencer. */
struct fence_op {
    lrmd_op_t *op;                  /* NULL = aborted or ended */
    unsigned tries, refs;
};

static void fence_op_unref(gpointer data)
{
    struct fence_op *f = data;

    if (--f->refs == 0) {
        g_free(f);
    }
}

static void fence_op_end(struct fence_op *f, int rc, int status, const char *reason)
{
    lrmd_op_t *op = f->op;
    lrmd_core_result_t result = {.rc = rc, .status = status, .reason = reason};

    f->op = NULL;
    op->data = NULL;
    lrmd_core_ended(op, &result);
}

static void fence_op_run(struct daemon *d, struct fence_op *f)
{
    const lrmd_rsc_t *rsc = f->op->rsc;

    if (strcmp(f->op->action, "start") == 0) {
        fenced_device_register(d->host, rsc->id, rsc->type, rsc->provider, f->op->params);
        fence_op_end(f, OCF_OK, EXEC_DONE, NULL);
    } else if (strcmp(f->op->action, "stop") == 0) {
        fenced_device_remove(d->host, rsc->id);
        fence_op_end(f, OCF_OK, EXEC_DONE, NULL);
    } else if (fenced_device_active(d->host, rsc->id)) {
        fence_op_end(f, OCF_OK, EXEC_DONE, NULL);
    } else {
        fence_op_end(f, OCF_NOT_RUNNING, EXEC_ERROR, "not active");
    }
}

/* Whoever has no connection to the fencer tries for a while. */
static void fence_op_try(void *owner, void *data)
{
    struct daemon *d = owner;
    struct fence_op *f = data;

    if (f->op == NULL) {
        return;
    }
    if (daemon_of(d->host, FENCED)->serving) {
        fence_op_run(d, f);
    } else if (++f->tries < FENCER_TRIES) {
        f->refs++;
        daemon_task(d, FENCER_RETRY_US, fence_op_try, f, fence_op_unref);
    } else {
        fence_op_end(f, OCF_UNKNOWN_ERROR, EXEC_ERROR, "No connection to fencer");
    }
}

static void fence_op_start(struct daemon *d, lrmd_op_t *op)
{
    struct fence_op *f = g_new0(struct fence_op, 1);

    f->op = op;
    f->refs = 1;
    op->data = f;
    daemon_task(d, channel_delay(d->host, EXECD, FENCED) + sim_below(d->host->cluster->sim, 300 * SIM_MS),
                fence_op_try, f, fence_op_unref);
}

/* ---- executing ---- */

static void on_execute(void *arg, lrmd_op_t *op)
{
    struct daemon *d = arg;

    if (op->rsc->fencing) {
        fence_op_start(d, op);
    } else {
        const char *target = g_hash_table_lookup(op->params, "CRM_meta_migrate_target");

        op->data = agent_start(d->host, op->rsc->id, op->rsc->type, op->action, op->timeout_ms, target,
                               agent_ended, op);
    }
}

static void on_abort(void *arg, lrmd_op_t *op)
{
    if (op->data != NULL && op->rsc->fencing) {
        ((struct fence_op *)op->data)->op = NULL;
    } else if (op->data != NULL) {
        agent_abandon(op->data);
    }
    op->data = NULL;
}

static void timer(void *owner, void *data)
{
    struct daemon *d = owner;

    g_hash_table_remove(d->host->execd->timers, data);
    lrmd_core_timer(data);
}

static void on_disarm(void *arg, lrmd_op_t *op)
{
    GHashTable *timers = ((struct daemon *)arg)->host->execd->timers;

    task_cancel(GPOINTER_TO_SIZE(g_hash_table_lookup(timers, op)));
    g_hash_table_remove(timers, op);
}

static void on_arm(void *arg, lrmd_op_t *op, unsigned ms)
{
    struct daemon *d = arg;

    on_disarm(arg, op);
    g_hash_table_insert(d->host->execd->timers, op,
                        GSIZE_TO_POINTER(daemon_task(d, ms * SIM_MS, timer, op, NULL)));
}

static void wake(void *owner, void *data)
{
    struct execd *e = ((struct daemon *)owner)->host->execd;

    e->wake = 0;
    lrmd_core_run(e->core);
}

static void on_wake(void *arg)
{
    struct daemon *d = arg;

    if (d->host->execd->wake == 0) {
        d->host->execd->wake = daemon_task(d, 0, wake, NULL, NULL);
    }
}

static long long on_now_ms(void *arg)
{
    return host_mono_ms(((struct daemon *)arg)->host);
}

static long long on_epoch(void *arg)
{
    return host_wall(((struct daemon *)arg)->host);
}

static const lrmd_core_ops_t ops = {
    .notify = on_notify, .execute = on_execute, .abort = on_abort, .arm = on_arm, .disarm = on_disarm,
    .wake = on_wake, .now_ms = on_now_ms, .epoch = on_epoch,
};

void execd_start(struct daemon *d)
{
    struct execd *e = d->host->execd = g_new0(struct execd, 1);

    e->timers = g_hash_table_new(g_direct_hash, g_direct_equal);
    e->core = lrmd_core_new(&ops, d);
    daemon_serves(d);
}

void execd_stop(struct daemon *d)
{
    struct execd *e = d->host->execd;

    lrmd_core_free(e->core);
    g_hash_table_destroy(e->timers);
    g_free(e);
    d->host->execd = NULL;
}

void execd_client_gone(struct host *h)
{
    lrmd_core_client_gone(h->execd->core, CLIENT);
}

void execd_fencer_lost(struct host *h)
{
    lrmd_core_fencer_lost(h->execd->core);
}

/* ---- requests; the client waits for the answer ---- */

static int perform(struct execd *e, const char *op, const xmlNode *request, xmlNode *reply)
{
    if (strcmp(op, "lrmd_rsc_register") == 0) {
        return lrmd_core_register(e->core, request);
    }
    if (strcmp(op, "lrmd_rsc_unregister") == 0) {
        return lrmd_core_unregister(e->core, request);
    }
    if (strcmp(op, "lrmd_rsc_info") == 0) {
        return lrmd_core_info(e->core, request, reply);
    }
    if (strcmp(op, "lrmd_rsc_exec") == 0) {
        return lrmd_core_exec(e->core, CLIENT, request);
    }
    return strcmp(op, "lrmd_rsc_cancel") == 0 ? lrmd_core_cancel(e->core, request) : -EOPNOTSUPP;
}

xmlNode *execd_call(struct host *h, const char *op, const xmlNode *data, unsigned options)
{
    struct execd *e = h->execd;
    XML_AUTO xmlNode *request = NULL;
    xmlNode *reply;

    if (e == NULL || !daemon_of(h, EXECD)->serving) {
        return NULL;
    }
    request = xml_new("lrmd_command");
    reply = xml_new("lrmd_reply");
    xml_set(request, "lrmd_op", op);
    xml_set_int(request, "lrmd_callopt", options);
    xml_set(request, "lrmd_clientid", CLIENT);
    xml_set(request, "lrmd_clientname", CLIENT);
    xml_set_int(request, "lrmd_callid", ++e->last_call_id);
    message_add_child(request, "lrmd_calldata", data);
    xml_set_int(reply, "lrmd_rc", perform(e, op, request, reply));
    return reply;
}
