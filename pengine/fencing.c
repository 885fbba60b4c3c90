/* Fencing and shutdown of nodes, and what they mean for resources (decisions §12). */
#include "pengine/pe.h"

static bool managed_exists(const struct pe_rsc_vec *v)
{
    for (uint32_t i = 0; i < v->n; i++) {
        if (v->v[i]->managed || managed_exists(&v->v[i]->children)) {
            return true;
        }
    }
    return false;
}

/* ---- resources and a fence action ---- */

static void order_starts(pe_sched *s, pe_rsc *r, pe_action *fence, pe_node *target)
{
    for (uint32_t i = r->actions.n; i > 0; i--) {
        pe_action *a = r->actions.v[i - 1];

        if (a->needs == NEEDS_FENCING) {
            pe_link(s, fence, a, LF_SEQ);
        } else if (a->needs == NEEDS_QUORUM && a->task == TASK_START &&
                   pe_entry_of(&r->allowed, target) != NULL) {
            if (!pe_known_on(r, target) &&
                !(r->parent != NULL && pe_is_anonymous_clone(r->parent) && pe_known_on(r->parent, target))) {
                pe_link(s, fence, a, LF_SEQ | LF_RUN_LEFT);
            }
        }
    }
}

static void imply_stops(pe_sched *s, pe_rsc *r, pe_action *fence, pe_node *target, bool implicit)
{
    pe_action **stops;
    uint32_t n = pe_find_adopt(s, pe_actions_of(r, TASK_STOP), target, &stops);
    pe_rsc *top = pe_top(r);

    for (uint32_t i = 0; i < n; i++) {
        pe_action *stop = stops[i];

        stop->flags |= AF_PSEUDO | AF_RUNNABLE;
        if (r->failed) {
            pe_message(s, PE_NOTICE, "order_stop_vs_fencing", "Stop of failed resource %s is implicit after "
                       "%s is fenced", r->id, target->name);
        }
        if (implicit) {
            stop->flags |= AF_IMPLIED;
            if (!pe_bundled(r)) {
                pe_link(s, fence, stop, LF_KEEP);
            }
            pe_link(s, fence, pe_find_first(top, TASK_STOP, NULL), LF_KEEP);
        }
        if (r->notify) {
            pe_fencing_notifications(s, r, fence, stop);
        }
    }
}

static void imply_demotes(pe_sched *s, pe_rsc *r, pe_action *fence, pe_node *target, bool implicit)
{
    pe_action **demotes;
    uint32_t n = pe_find_adopt(s, pe_actions_of(r, TASK_DEMOTE), target, &demotes);

    for (uint32_t i = 0; i < n; i++) {
        pe_action *demote = demotes[i];

        if (demote->node != NULL && pe_clean(demote->node) && !r->failed) {
            continue;
        }
        demote->flags |= AF_PSEUDO | AF_RUNNABLE;
        if (!pe_bundled(r) && implicit) {
            pe_link(s, fence, demote, LF_KEEP | LF_SEQ);
        }
    }
}

static void order_resource(pe_sched *s, pe_rsc *r, pe_action *fence, pe_node *target)
{
    bool implicit = r->req_fencing || pe_is_guest(target);

    if (r->children.n > 0) {
        for (uint32_t i = 0; i < r->children.n; i++) {
            order_resource(s, r->children.v[i], fence, target);
        }
        return;
    }
    if (!r->managed) {
        return;
    }
    order_starts(s, r, fence, target);
    imply_stops(s, r, fence, target, implicit);
    imply_demotes(s, r, fence, target, implicit);
}

static void order_resources(pe_sched *s, pe_action *fence, pe_node *target)
{
    for (uint32_t i = 0; i < s->resources.n; i++) {
        order_resource(s, s->resources.v[i], fence, target);
    }
}

/* ---- guests ---- */

static void fence_guest(pe_sched *s, pe_node *n)
{
    pe_rsc *container = n->conn->container;
    pe_action *stop = pe_find_first(container, TASK_STOP, NULL);
    const char *op = pe_find_first(container, TASK_START, NULL) != NULL ? "reboot" : "off";
    pe_action *fence = pe_fence_action(s, n, op, false, "guest is unclean", false);

    fence->flags |= AF_PSEUDO | AF_RUNNABLE;
    if (stop != NULL && (stop->flags & AF_PSEUDO)) {
        pe_action *host = NULL;

        if (stop->node != NULL) {
            host = pe_fence_action(s, stop->node, NULL, false, NULL, false);
        }
        pe_link(s, host, fence, LF_RUN_LEFT | LF_PULL_THEN);
    } else if (stop != NULL) {
        pe_link(s, stop, fence, LF_RUN_LEFT | LF_PULL_THEN);
    } else {
        stop = pe_find_first(n->conn, TASK_STOP, NULL);
        pe_link(s, stop, fence, LF_SEQ);
    }
    order_resources(s, fence, n);
}

/* ---- nodes ---- */

static pe_action *shut_down(pe_sched *s, pe_node *n)
{
    pe_action *shutdown = pe_shutdown_action(s, n);

    for (uint32_t i = s->actions.n; i > 0; i--) {
        pe_action *a = s->actions.v[i - 1];

        if (a->rsc == NULL || a->node != n || a->task != TASK_STOP || a->rsc->maint || n->maintenance ||
            (!a->rsc->managed && !a->rsc->blocked)) {
            continue;
        }
        a->flags &= ~(uint32_t)AF_OPTIONAL;
        pe_order_full(s, NULL, a->rsc, NULL, a, NULL, NULL, shutdown, LF_SEQ | LF_RUN_LEFT);
    }
    return shutdown;
}

struct plan {
    pe_action *dc_down;
    struct pe_action_vec fencing, shutdowns;
};

/* False: n is unclean and stays so. */
static bool handle_node(pe_sched *s, pe_node *n, bool managed, struct plan *p)
{
    pe_action *a;

    if (pe_is_guest(n)) {
        if (n->reset_needed && managed && pe_can_fence(s, n)) {
            fence_guest(s, n);
        }
        return true;
    }
    if (n->unclean && managed && pe_can_fence(s, n)) {
        a = pe_fence_action(s, n, NULL, false, "node is unclean", false);
        pe_warn(s, "schedule_fencing", "Scheduling node %s for fencing", n->name);
        order_resources(s, a, n);
        if (n->is_dc) {
            p->dc_down = a;
            return true;
        }
        if (!s->concurrent_fencing && p->fencing.n > 0) {
            pe_link(s, p->fencing.v[p->fencing.n - 1], a, LF_SEQ);
        }
        PE_PUSH(s, &p->fencing, a);
        return true;
    }
    if (n->type != PE_REMOTE && n->online && n->shutdown) {
        a = shut_down(s, n);
        if (n->is_dc) {
            p->dc_down = a;
        } else {
            PE_PUSH(s, &p->shutdowns, a);
        }
    }
    if (n->unclean) {
        pe_warn(s, "schedule_fencing_and_shutdowns", "Node %s is unclean but cannot be fenced", n->name);
    }
    return !n->unclean;
}

static void warn_of_unclean(pe_sched *s)
{
    if (!s->stonith_enabled) {
        pe_warn(s, "schedule_fencing_and_shutdowns", "Resource functionality and data integrity cannot be "
                "guaranteed (configure, enable, and test fencing to correct this)");
    } else if (!s->quorum) {
        pe_message(s, PE_NOTICE, "schedule_fencing_and_shutdowns", "Unclean nodes will not be fenced until "
                   "quorum is attained or no-quorum-policy is set to ignore");
    }
}

void pe_fence_and_shutdown(pe_sched *s)
{
    bool managed = managed_exists(&s->resources);
    struct plan p = {0};
    bool clean = true;

    if (!managed) {
        pe_message(s, PE_NOTICE, "schedule_fencing_and_shutdowns", "No fencing will be done until there are "
                   "resources to manage");
    }
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        clean = handle_node(s, s->nodes.v[i], managed, &p) && clean;
    }
    if (!clean) {
        warn_of_unclean(s);
    }
    if (p.dc_down == NULL) {
        return;
    }
    if (p.dc_down->task == TASK_SHUTDOWN) {
        for (uint32_t i = p.shutdowns.n; i > 0; i--) {
            pe_link(s, p.shutdowns.v[i - 1], p.dc_down, LF_SEQ);
        }
    }
    for (uint32_t i = p.fencing.n; i > 0; i--) {
        pe_link(s, p.fencing.v[i - 1], p.dc_down, LF_SEQ);
        if (!s->concurrent_fencing) {
            break;
        }
    }
}
