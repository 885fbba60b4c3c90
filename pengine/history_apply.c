/* What follows from a whole history: recurring operations, state,
 * failure handling (scheduler input §11.8, §11.9). */
#include "pengine/history.h"

void history_recurring_actions(struct evaluation *e, xmlNode **ops, int n, int start, int stop)
{
    for (int i = 0; i < n && e->node->online; i++) {
        uint32_t interval = (start < stop && i <= stop) || i < start ? 0 : pe_op_interval(ops[i]);
        const char *task = interval == 0 ? NULL : xml_get(ops[i], "operation"), *status;

        if (task == NULL) {
            continue;
        }
        status = xml_get(ops[i], "op-status");
        if (status != NULL && strcmp(status, "-1") == 0) {
            continue;
        }
        pe_action_get(e->s, e->r, pe_key_op(e->s, e->r, task, interval), task, e->node, true,
                      "active operation");
    }
}

static void set_known(struct evaluation *e)
{
    for (pe_rsc *p = e->r; p != NULL; p = p->parent) {
        pe_set_known(e->s, p, e->node);
        if (p->unique) {
            break;
        }
    }
}

static void fence_for_activity(struct evaluation *e)
{
    pe_sched *s = e->s;
    pe_node *n = e->node;
    const char *reason;

    if (pe_is_guest(n)) {
        e->r->failed = e->r->stop_wanted = true;
        pe_fence_request(s, n, pe_printf(s, "%s is thought to be active there", e->r->id), false);
        return;
    }
    if (!s->stonith_enabled) {
        return;
    }
    if (pe_is_remote(n) && n->conn != NULL && !n->conn->failed) {
        n->unseen = true;
        reason = pe_printf(s, "%s is active there (fencing will be revoked if remote connection can be "
                           "re-established elsewhere)", e->r->id);
    } else {
        reason = pe_printf(s, "%s is thought to be active there", e->r->id);
    }
    pe_fence_request(s, n, reason, false);
}

static void reset_remote(struct evaluation *e)
{
    pe_sched *s = e->s;
    pe_rsc *r = e->r;

    r->failed = r->stop_wanted = true;
    if (s->stonith_enabled) {
        pe_node *n = r->is_conn ? pe_node_by_name(s, r->id) : NULL;

        if (n != NULL && pe_is_remote(n) && !n->was_fenced) {
            pe_fence_request(s, n, "remote connection is unrecoverable", false);
        }
    }
    if (r->role > ROLE_STOPPED) {
        pe_act(s, r, TASK_STOP, e->node, false, "its connection must be reset");
    }
    if (r->reconnect_ms != 0) {
        r->next = ROLE_STOPPED;
    }
}

static void restart_container(struct evaluation *e)
{
    pe_sched *s = e->s;
    pe_rsc *r = e->r;

    r->failed = r->stop_wanted = true;
    if (r->container != NULL && pe_bundled(r)) {
        PE_PUSH(s, &s->bundle_restarts, r->container);
    } else if (r->container != NULL) {
        pe_act(s, r->container, TASK_STOP, e->node, false, "a resource it contains failed");
    } else if (r->role >= ROLE_STARTED) {
        pe_act(s, r, TASK_STOP, e->node, false, "its failure is recovered by restarting its container");
    }
}

static void act_on_failure(struct evaluation *e)
{
    pe_sched *s = e->s;
    pe_rsc *r = e->r;

    switch (e->on_fail) {
        case ONFAIL_IGNORE:
            break;
        case ONFAIL_DEMOTE:
            r->failed = true;
            pe_act(s, r, TASK_DEMOTE, e->node, false, "it failed and on-fail is demote");
            break;
        case ONFAIL_FENCE:
            pe_fence_request(s, e->node, pe_printf(s, "%s failed there", r->id), false);
            break;
        case ONFAIL_STANDBY:
            e->node->standby = e->node->standby_onfail = true;
            break;
        case ONFAIL_BLOCK:
            r->managed = false;
            r->blocked = true;
            break;
        case ONFAIL_MIGRATE:
            pe_ban(s, r, e->node, "it failed there and on-fail is migrate");
            break;
        case ONFAIL_STOP:
            r->next = ROLE_STOPPED;
            break;
        case ONFAIL_RECOVER:
            if (r->role != ROLE_STOPPED && r->role != ROLE_UNKNOWN) {
                r->failed = r->stop_wanted = true;
                pe_act(s, r, TASK_STOP, e->node, false, "it failed");
            }
            break;
        case ONFAIL_RESTART_CONTAINER:
            restart_container(e);
            break;
        case ONFAIL_RESET_REMOTE:
            reset_remote(e);
            break;
    }
}

static void forget_stops(struct evaluation *e)
{
    pe_action **stops;
    uint32_t n = pe_find_adopt(e->s, pe_actions_of(e->r, TASK_STOP), e->node, &stops);

    for (uint32_t i = 0; i < n; i++) {
        stops[i]->flags |= AF_OPTIONAL;
    }
}

static void report_orphan(pe_sched *s, const pe_rsc *r, const pe_node *n)
{
    if (r->managed) {
        pe_config_warn(s, "process_rsc_state", "Detected active orphan %s running on %s", r->id, n->name);
    } else {
        pe_config_warn(s, "process_rsc_state", "Resource '%s' must be stopped manually on %s because cluster "
                       "is configured not to stop active orphans", r->id, n->name);
    }
}

void history_apply(struct evaluation *e)
{
    pe_sched *s = e->s;
    pe_rsc *r = e->r;
    pe_node *n = e->node;
    enum pe_on_fail saved;

    if (r->role != ROLE_UNKNOWN) {
        set_known(e);
    }
    if (r->role > ROLE_STOPPED && !n->online && !n->maintenance && r->managed) {
        fence_for_activity(e);
    }
    saved = e->on_fail;
    if (n->unclean) {
        e->on_fail = ONFAIL_IGNORE;
    }
    act_on_failure(e);
    if (r->is_conn && r->failed) {
        pe_node *remote = pe_node_by_name(s, r->id);

        if (remote != NULL && remote->unclean) {
            remote->unseen = false;
        }
    }
    if (r->role != ROLE_STOPPED && r->role != ROLE_UNKNOWN) {
        if (r->orphan) {
            report_orphan(s, r, n);
        }
        pe_add_running(s, r, n, saved != ONFAIL_IGNORE);
        if (e->on_fail == ONFAIL_DEMOTE || e->on_fail == ONFAIL_BLOCK) {
            r->failed = true;
        } else if (e->on_fail != ONFAIL_IGNORE) {
            r->failed = r->stop_wanted = true;
        }
    } else if (r->hname != NULL && strchr(r->hname, ':') != NULL) {
        pe_set_hname(s, r, NULL);
    } else {
        forget_stops(e);
    }
    if (r->role == ROLE_STOPPED && r->partial_source == n && r->partial_target != NULL && r->running.n > 0) {
        r->role = ROLE_STARTED;
    }
}
