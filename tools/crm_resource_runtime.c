/* crm_resource: what changes the cluster's state: forgetting history,
 * injecting failures, waiting, restarting. */
#include "config.h"
#include "tools/crm_resource.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pacemaker/attrd/attrd_client.h"
#include "pacemaker/common/daemon.h"
#include "tools/controller_rsc.h"
#include "tools/status_internal.h"

#define REPLY_TIMEOUT_MS 60000
#define WAIT_DEFAULT_MS (60 * 60 * 1000)
#define POLL_SECONDS 2

/* ---- forgetting ---- */

struct forget {
    struct res *r;
    controller_client_t *controller;   /* NULL: working on a file */
    unsigned replies;                  /* expected */
    bool failures_only;
    bool dry_run;
};

static struct controller_rsc controller_rsc_of(const pe_rsc *rsc)
{
    const char *id = rsc->hname != NULL ? rsc->hname : rsc->unique ? rsc->id : xml_id(rsc->xml);

    return (struct controller_rsc){.id = id,
                                   .long_id = strcmp(id, rsc->id) != 0 ? rsc->id : NULL,
                                   .standard = rsc->class,
                                   .provider = rsc->provider,
                                   .type = rsc->type};
}

/* The cluster node whose controller handles a node: itself, or where the remote node's connection runs. */
static const char *router_of(const pe_node *n)
{
    if (n->type == PE_REMOTE && n->conn != NULL && n->conn->running.n > 0) {
        return n->conn->running.v[0]->name;
    }
    return n->name;
}

static bool operation_matches(const struct res *r, const xmlNode *op)
{
    const char *key = xml_get(op, "operation_key"), *rsc, *task;
    uint32_t interval;

    if (r->o.operation == NULL) {
        return true;
    }
    if (!pe_parse_op_key(r->s, key != NULL ? key : xml_id(op), &rsc, &task, &interval) ||
        strcmp(task, r->o.operation) != 0) {
        return false;
    }
    return r->o.interval == NULL || interval_parse(r->o.interval, NULL) == interval;
}

static bool has_failure(const struct res *r, const pe_rsc *rsc, const pe_node *n)
{
    struct controller_rsc c = controller_rsc_of(rsc);

    for (uint32_t i = 0; i < r->s->n_failed; i++) {
        const struct pe_failed_op *f = &r->s->failed[i];

        if (strcasecmp(f->node, n->name) == 0 &&
            (strcmp(f->rsc_id, c.id) == 0 || strcmp(f->rsc_id, rsc->id) == 0) &&
            operation_matches(r, f->xml)) {
            return true;
        }
    }
    return false;
}

static int forget_on(struct forget *f, pe_rsc *rsc, pe_node *n)
{
    struct res *r = f->r;
    struct controller_rsc c = controller_rsc_of(rsc);
    int rc;

    if (f->dry_run) {
        out_info(r->out, "Dry run: skipping clean-up of %s on %s due to CIB_file", rsc->id, n->name);
        return 0;
    }
    if (!n->online) {
        return 0;                      /* nothing runs there that could answer */
    }
    rc = attrd_client_clear_failures(n->name, c.id, r->o.operation, r->o.interval, NULL,
                                     n->type == PE_REMOTE ? ATTRD_REMOTE : ATTRD_NONE);
    if (rc != 0) {
        out_tool_err(r->out, "Unable to clean up %s failures on %s: %s", rsc->id, n->name, pcmk_strerror(rc));
        return rc;
    }
    if (!f->failures_only || has_failure(r, rsc, n)) {
        rc = controller_forget(f->controller, n->name, router_of(n), &c);
        f->replies += rc == 0;
    }
    if (rc != 0) {
        out_tool_err(r->out, "Cleaned %s failures on %s, but unable to clean history: %s",
                     rsc->id, n->name, pcmk_strerror(rc));
    } else {
        out_info(r->out, "Cleaned up %s on %s", rsc->id, n->name);
    }
    return rc;
}

static int forget_resource(struct forget *f, pe_rsc *rsc)
{
    struct res *r = f->r;
    int rc = 0;

    for (uint32_t i = 0; i < rsc->children.n && rc == 0; i++) {
        rc = forget_resource(f, rsc->children.v[i]);
    }
    if (rsc->children.n > 0 || rc != 0) {
        return rc;
    }
    if (rsc->variant == PE_BUNDLE) {
        for (uint32_t i = 0; i < rsc->bundle->n && rc == 0; i++) {
            pe_rsc *const parts[] = {rsc->bundle->replicas[i].ip, rsc->bundle->replicas[i].child,
                                     rsc->bundle->replicas[i].container, rsc->bundle->replicas[i].remote};

            for (int k = 0; k < 4 && rc == 0; k++) {
                rc = parts[k] != NULL ? forget_resource(f, parts[k]) : 0;
            }
        }
        return rc;
    }
    if (rsc->variant != PE_PRIMITIVE) {
        return 0;
    }
    if (r->node != NULL) {
        return forget_on(f, rsc, r->node);
    }
    for (uint32_t i = 0; i < r->s->nodes.n && rc == 0; i++) {
        if (pe_known_on(rsc, r->s->nodes.v[i])) {
            rc = forget_on(f, rsc, r->s->nodes.v[i]);
        }
    }
    return rc;
}

/* What may keep it stopped even after its failures are forgotten. */
static void explain_stopped(struct res *r, const pe_rsc *rsc)
{
    enum pcmk_role role = role_parse(pe_meta(rsc, "target-role"));

    if (!rsc->managed) {
        out_info(r->out, "\n  * Resource '%s' is unmanaged: the cluster will not start or stop it", rsc->id);
    } else if (role == ROLE_STOPPED) {
        out_info(r->out, "\n  * The configuration specifies that '%s' should remain stopped", rsc->id);
    } else if (role == ROLE_UNPROMOTED && pe_top(rsc)->promotable) {
        out_info(r->out, "\n  * The configuration specifies that '%s' should not be promoted", rsc->id);
    }
}

static void got_reply(unsigned remaining, void *arg)
{
    struct res *r = arg;

    out_info(r->out, "... got reply%s", remaining == 0 ? " (done)" : "");
}

static crm_exit_t wait_replies(struct forget *f)
{
    unsigned n = f->replies;
    int rc;

    if (n == 0) {
        return CRM_EX_OK;
    }
    out_info(f->r->out, "Waiting for %u repl%s from the controller", n, n == 1 ? "y" : "ies");
    rc = controller_wait(f->controller, n, REPLY_TIMEOUT_MS, got_reply, f->r);
    if (rc == -ETIMEDOUT) {
        out_tool_err(f->r->out, "Aborting because no messages received in %d seconds",
                     REPLY_TIMEOUT_MS / 1000);
    }
    return pcmk_rc_to_exit(rc);
}

static crm_exit_t forget_open(struct forget *f)
{
    struct res *r = f->r;
    int rc = 0;

    if (r->o.node != NULL && r->node == NULL) {
        out_tool_err(r->out, "Node '%s' not found", r->o.node);
        return CRM_EX_NOSUCH;
    }
    f->dry_run = !cib_is_daemon(r->cib);
    if (!f->dry_run) {
        f->controller = controller_open("crmd", program_name(), r->out, &rc);
        if (f->controller == NULL) {
            return CRM_EX_DISCONNECT;
        }
    }
    return CRM_EX_OK;
}

static crm_exit_t forget_close(struct forget *f, int rc)
{
    crm_exit_t status = pcmk_rc_to_exit(rc);

    if (rc == 0 && f->controller != NULL) {
        status = wait_replies(f);
    }
    controller_close(f->controller);
    return status;
}

/* Fail counts of all resources, on the node that was named or on all nodes. 0 or -errno. */
static int clear_failures(const struct res *r, const char *operation, const char *interval)
{
    bool remote = r->node != NULL && r->node->type == PE_REMOTE;
    const char *node = r->node != NULL ? r->node->name : NULL;

    return attrd_client_clear_failures(node, NULL, operation, interval, NULL,
                                       remote ? ATTRD_REMOTE : ATTRD_NONE);
}

static int forget_all(struct forget *f)
{
    struct res *r = f->r;
    int rc = 0;

    if (!f->dry_run) {
        rc = clear_failures(r, r->o.operation, r->o.interval);
        if (rc != 0) {
            out_tool_err(r->out, "Unable to clean up all failures: %s", pcmk_strerror(rc));
            return rc;
        }
    }
    for (uint32_t i = 0; i < r->s->n_failed && rc == 0 && !f->dry_run; i++) {
        const struct pe_failed_op *failed = &r->s->failed[i];
        pe_node *n = pe_node_by_name(r->s, failed->node);
        pe_rsc *rsc = pe_rsc_by_id(r->s, failed->rsc_id);

        if (n == NULL || rsc == NULL || !n->online || (r->node != NULL && r->node != n) ||
            !operation_matches(r, failed->xml)) {
            continue;
        }
        struct controller_rsc c = controller_rsc_of(rsc);

        rc = controller_forget(f->controller, n->name, router_of(n), &c);
        f->replies += rc == 0;
    }
    if (rc == 0) {
        out_info(r->out, "Cleaned up all resources on %s", r->node != NULL ? r->node->name : "all nodes");
    }
    return rc;
}

crm_exit_t res_cmd_cleanup(struct res *r)
{
    struct forget f = {.r = r, .failures_only = true};
    crm_exit_t status = forget_open(&f);
    int rc;

    if (status != CRM_EX_OK) {
        return status;
    }
    if (r->rsc != NULL) {
        pe_rsc *rsc = r->o.force ? r->rsc : pe_top(r->rsc);

        rc = forget_resource(&f, rsc);
        if (rc == 0) {
            explain_stopped(r, rsc);
        }
    } else {
        rc = forget_all(&f);
    }
    return forget_close(&f, rc);
}

crm_exit_t res_cmd_refresh(struct res *r)
{
    struct forget f = {.r = r};
    crm_exit_t status = forget_open(&f);
    int rc = 0;

    if (status != CRM_EX_OK) {
        return status;
    }
    if (r->rsc != NULL) {
        pe_rsc *rsc = r->o.force ? r->rsc : pe_top(r->rsc);

        rc = forget_resource(&f, rsc);
        if (rc == 0) {
            explain_stopped(r, rsc);
        }
    } else if (f.dry_run) {
        out_info(r->out, "Dry run: skipping clean-up of %s due to CIB_file",
                 r->node != NULL ? r->node->name : "all nodes");
    } else {
        rc = clear_failures(r, NULL, NULL);
        if (rc == 0) {
            rc = controller_reprobe(f.controller, r->node != NULL ? r->node->name : NULL,
                                    r->node != NULL ? router_of(r->node) : NULL);
            f.replies += rc == 0;
        }
    }
    return forget_close(&f, rc);
}

crm_exit_t res_cmd_fail(struct res *r)
{
    struct forget f = {.r = r};
    crm_exit_t status;
    struct controller_rsc c;

    if (r->node == NULL) {
        out_tool_err(r->out, "Node '%s' not found", r->o.node);
        return CRM_EX_NOSUCH;
    }
    if (r->rsc->variant != PE_PRIMITIVE) {
        out_tool_err(r->out, "We can only process primitive resources, not %s", r->o.resource);
        return CRM_EX_INVALID_PARAM;
    }
    status = forget_open(&f);
    if (status != CRM_EX_OK) {
        return status;
    }
    c = controller_rsc_of(r->rsc);
    f.replies = 1;
    return forget_close(&f, controller_fail(f.controller, r->node->name, router_of(r->node), &c));
}

/* ---- waiting ---- */

/* Actions the cluster still has to do, as the scheduler sees it; prints them when print is set. */
static unsigned pending_actions(struct res *r, bool print)
{
    struct pe_input input = {.cib = r->doc, .now = r->s->now};
    pe_sched *s = pe_schedule(&input);
    unsigned n = 0;

    for (uint32_t i = 0; i < s->actions.n; i++) {
        const pe_action *a = s->actions.v[i];

        if ((a->flags & AF_OPTIONAL) != 0 || (a->flags & AF_PSEUDO) != 0 || (a->flags & AF_RUNNABLE) == 0 ||
            (a->task == TASK_OTHER && a->rsc == NULL && a->node == NULL)) {
            continue;
        }
        if (print && n == 0) {
            out_list_begin(r->out, NULL, NULL, "Pending actions");
        }
        n++;
        if (print) {
            out_list_item(r->out, NULL, "Action %d: %s%s%s", a->id, a->key, a->node != NULL ? "\ton " : "",
                          a->node != NULL ? a->node->name : "");
        }
    }
    for (uint32_t i = 0; i < s->resources.n && n == 0; i++) {
        n += s->resources.v[i]->pending_task != NULL;
    }
    pe_free(s);
    if (print && n > 0) {
        out_list_end(r->out);
    }
    return n;
}

static long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int wait_idle(struct res *r, long long until)
{
    for (;;) {
        int rc = res_refresh(r);

        if (rc != 0) {
            return rc;
        }
        if (pending_actions(r, false) == 0) {
            return 0;
        }
        if (now_ms() >= until) {
            pending_actions(r, true);
            return -ETIME;
        }
        sleep(POLL_SECONDS);
    }
}

static long long limit_of(const struct res *r)
{
    return now_ms() + (r->o.timeout_ms > 0 ? (long long)r->o.timeout_ms : WAIT_DEFAULT_MS);
}

crm_exit_t res_cmd_wait(struct res *r)
{
    return pcmk_rc_to_exit(wait_idle(r, limit_of(r)));
}

/* ---- restart ---- */

struct restart {
    struct res *r;
    char *id;               /* of the primitive, group, clone or bundle */
    char *target_role;      /* as configured before, or NULL */
    const char *node;       /* only the instance there; NULL = wherever it runs */
    long long until;        /* ms */
};

static bool runs(const struct restart *x)
{
    const pe_rsc *rsc = pe_rsc_by_id(x->r->s, x->id);

    for (uint32_t i = 0; rsc != NULL && i < rsc->running.n; i++) {
        if (x->node == NULL || strcmp(rsc->running.v[i]->name, x->node) == 0) {
            return true;
        }
    }
    return false;
}

/* Keep it stopped, by a ban where only one instance is meant. */
static int stop_it(struct restart *x)
{
    if (x->node != NULL) {
        return res_keep_off(x->r, x->node);
    }
    return res_write_nvpair(x->r, x->r->rsc, "meta_attributes", "target-role", "stopped", false);
}

static int let_it_start(struct restart *x)
{
    int rc = res_refresh(x->r);
    const pe_rsc *rsc = rc == 0 ? pe_rsc_by_id(x->r->s, x->id) : NULL;

    if (rc == 0 && x->node != NULL) {
        rc = res_let_back(x->r, x->node);
    } else if (rsc != NULL) {
        rc = res_write_nvpair(x->r, rsc, "meta_attributes", "target-role", x->target_role, false);
    }
    return rc;
}

static void say_waiting(const struct restart *x, const char *what)
{
    if (x->node == NULL) {
        out_info(x->r->out, "Waiting for 1 resources to %s:\n * %s", what, x->id);
    }
}

static int restart(struct restart *x)
{
    int rc = stop_it(x), restored;

    if (rc == 0) {
        say_waiting(x, "stop");
        do {
            rc = wait_idle(x->r, x->until);
        } while (rc == 0 && runs(x) && now_ms() < x->until);
    }
    /* whatever happened, it must not stay stopped because of us */
    restored = let_it_start(x);
    rc = rc != 0 ? rc : restored;
    if (rc == 0) {
        say_waiting(x, "start again");
        rc = wait_idle(x->r, x->until);
    }
    return rc;
}

crm_exit_t res_cmd_restart(struct res *r)
{
    struct restart x = {.r = r, .until = limit_of(r)};
    int rc;

    if (pe_top(r->rsc)->variant == PE_CLONE || pe_top(r->rsc)->variant == PE_BUNDLE) {
        r->rsc = pe_top(r->rsc);
        g_free(r->o.resource);
        r->o.resource = g_strdup(r->rsc->id);
        x.node = r->o.node;
    }
    if (r->rsc->running.n == 0 || (r->o.node != NULL && (r->node == NULL || !pe_runs_on(r->rsc, r->node)))) {
        if (r->o.node != NULL) {
            out_err(r->out, "%s is not running on %s and so cannot be restarted", r->o.resource, r->o.node);
        } else {
            out_err(r->out, "%s is not running anywhere and so cannot be restarted", r->o.resource);
        }
        return CRM_EX_NOSUCH;
    }
    r->o.meta = TRUE;
    x.id = g_strdup(xml_id(r->rsc->xml));
    x.target_role = g_strdup(pe_meta(r->rsc, "target-role"));
    rc = restart(&x);
    if (rc != 0) {
        out_tool_err(r->out, "Could not complete restart of %s: %s", x.id, pcmk_strerror(rc));
    }
    g_free(x.id);
    g_free(x.target_role);
    return pcmk_rc_to_exit(rc);
}
