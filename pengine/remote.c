/* Actions on remote and guest nodes wait for the connection (decisions §11). */
#include "pengine/pe.h"

enum pe_remote_state pe_remote_state(const pe_node *n)
{
    const pe_rsc *c = n->conn;
    pe_node *host = pe_current(c, NULL, NULL);

    if (c->next == ROLE_STOPPED || c->assigned == NULL) {
        if (host != NULL && host->unclean) {
            return REMOTE_FAILED;
        }
        if (!c->failed) {
            return REMOTE_STOPPED;
        }
        if (c->next == ROLE_STOPPED && c->reconnect_ms != 0 && n->was_fenced && !pe_shutdown_requested(n)) {
            return REMOTE_UNKNOWN;
        }
        return REMOTE_FAILED;
    }
    if (host == NULL) {
        return REMOTE_UNKNOWN;
    }
    if (host->unclean || !host->online) {
        return REMOTE_RESTING;
    }
    if (c->running.n > 1 && c->partial_source != NULL && c->partial_target != NULL) {
        return REMOTE_RESTING;
    }
    return REMOTE_ALIVE;
}

static void after_start(pe_sched *s, pe_rsc *x, pe_action *a, uint32_t extra)
{
    if (x != NULL && a != NULL) {
        pe_order_full(s, NULL, x, pe_key(s, x, TASK_START), NULL, a->rsc, NULL, a,
                      LF_KEEP | LF_RUN_LEFT | extra);
    }
}

static void before_stop(pe_sched *s, pe_action *a, pe_rsc *x, uint32_t extra)
{
    if (x != NULL && a != NULL) {
        pe_order_full(s, NULL, a->rsc, NULL, a, x, pe_key(s, x, TASK_STOP), NULL, LF_KEEP | extra);
    }
}

static enum pe_task effective_task(const pe_action *a)
{
    return a->task == TASK_MIGRATE_TO || a->task == TASK_MIGRATE_FROM ? TASK_STOP : a->task;
}

static bool known_task(enum pe_task t)
{
    switch (t) {
        case TASK_OTHER:
        case TASK_CANCEL:
        case TASK_DELETE:
        case TASK_MIGRATE_TO:
        case TASK_MIGRATE_FROM:
        case TASK_RELOAD:
        case TASK_CLEAR_FAILCOUNT:
        case TASK_LRM_DELETE:
            return false;
        default:
            return true;
    }
}

static void order_guest_action(pe_sched *s, pe_action *a)
{
    pe_rsc *c = a->node->conn, *container = c->container;

    if (container->failed) {
        pe_fence_request(s, a->node, "container failed", false);
    }
    switch (effective_task(a)) {
        case TASK_START:
        case TASK_PROMOTE:
            after_start(s, container, a, LF_PULL_THEN);
            after_start(s, c, a, 0);
            break;
        case TASK_STOP:
        case TASK_DEMOTE:
            if (!container->failed) {
                before_stop(s, a, c, 0);
            }
            break;
        default:
            if (a->interval > 0) {
                if (known_task(a->task)) {
                    after_start(s, c, a, LF_PULL_THEN);
                }
            } else {
                after_start(s, c, a, 0);
            }
    }
}

static void order_remote_other(pe_sched *s, pe_action *a, enum pe_remote_state state)
{
    pe_rsc *c = a->node->conn;

    if (a->interval > 0) {
        after_start(s, c, a, LF_PULL_THEN);
        return;
    }
    if (a->task == TASK_MONITOR && state == REMOTE_FAILED) {
        pe_fence_request(s, a->node, "resources are in unknown state and connection is unrecoverable", false);
    }
    if (c->running.n > 0 && state == REMOTE_STOPPED) {
        before_stop(s, a, c, LF_RUN_LEFT);
    } else {
        after_start(s, c, a, 0);
    }
}

static void order_remote_action(pe_sched *s, pe_action *a)
{
    pe_rsc *c = a->node->conn;
    enum pe_remote_state state = pe_remote_state(a->node);

    switch (effective_task(a)) {
        case TASK_START:
        case TASK_PROMOTE:
            after_start(s, c, a, state == REMOTE_FAILED ? LF_PULL_THEN : 0);
            break;
        case TASK_STOP:
            if (state == REMOTE_ALIVE) {
                before_stop(s, a, c, LF_PULL_FIRST);
            } else if (state == REMOTE_FAILED) {
                pe_fence_request(s, a->node, "resources are active but connection is unrecoverable", false);
            } else if (c->next == ROLE_STOPPED) {
                before_stop(s, a, c, LF_PULL_FIRST);
            } else {
                after_start(s, c, a, 0);
            }
            break;
        case TASK_DEMOTE:
            if (state == REMOTE_RESTING || state == REMOTE_UNKNOWN) {
                after_start(s, c, a, 0);
            }
            break;
        default:
            order_remote_other(s, a, state);
    }
}

/* A move away from a remote node stops there only after the new connection is up. */
static void order_moves(pe_sched *s, pe_action *start)
{
    pe_rsc *r = start->rsc;

    for (uint32_t i = r->actions.n; i > 0; i--) {
        pe_action *other = r->actions.v[i - 1];

        if (other->task == TASK_STOP && other->node != NULL && other->node != start->node) {
            pe_order_full(s, NULL, start->node->conn, pe_key(s, start->node->conn, TASK_START), NULL, r, NULL,
                          other, LF_SEQ);
        }
    }
}

void pe_order_remote_actions(pe_sched *s)
{
    if (!s->have_remotes) {
        return;
    }
    for (uint32_t i = s->actions.n; i > 0; i--) {
        pe_action *a = s->actions.v[i - 1];

        if (a->rsc == NULL) {
            continue;
        }
        if (a->rsc->is_conn && a->task == TASK_CLEAR_FAILCOUNT) {
            pe_order_full(s, NULL, a->rsc, NULL, a, a->rsc, pe_key(s, a->rsc, TASK_START), NULL, LF_SEQ);
            continue;
        }
        if (a->node == NULL || a->node->type != PE_REMOTE || (a->flags & AF_PSEUDO) ||
            a->node->conn == NULL) {
            continue;
        }
        if (a->task == TASK_START) {
            order_moves(s, a);
        }
        if (a->node->conn->container != NULL) {
            order_guest_action(s, a);
        } else {
            order_remote_action(s, a);
        }
    }
}
