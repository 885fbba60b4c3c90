/* Actions that take resources from their current state to the wanted one (decisions §10.3, §10.4, §10.6). */
#include "pengine/pe.h"

/* ---- single steps ---- */

/* Already where it should be, and only the other copies are to be stopped. */
static bool expected_node(const pe_rsc *r, const pe_node *n)
{
    return r->stop_unexpected && r->restarting && r->next > ROLE_STOPPED && r->assigned == n;
}

static void step_stop(pe_sched *s, pe_rsc *r, pe_node *node, bool optional)
{
    (void)node;
    for (uint32_t i = 0; i < r->running.n; i++) {
        pe_node *n = r->running.v[i];
        pe_action *stop;

        if (expected_node(r, n)) {
            continue;
        }
        if (r->partial_target != NULL) {
            if (n == r->partial_target && n == r->assigned) {
                continue;
            }
            optional = false;
        }
        stop = pe_act(s, r, TASK_STOP, n, optional, optional ? NULL : "its wanted state");
        if (r->assigned == NULL) {
            pe_action_reason(s, stop, "node availability", true);
        } else if (r->restarting && r->stop_unexpected) {
            pe_action_reason(s, stop, "being multiply active", true);
        }
        if (!r->managed) {
            stop->flags &= ~(uint32_t)AF_RUNNABLE;
        }
        if (s->remove_after_stop) {
            pe_schedule_cleanup(s, r, n, optional);
        }
        if (r->req_unfencing) {
            pe_link(s, stop, pe_fence_action(s, n, "on", true, NULL, false), LF_PULL_FIRST);
        }
    }
}

static void step_start(pe_sched *s, pe_rsc *r, pe_node *node, bool optional)
{
    pe_action *start = pe_act(s, r, TASK_START, node, true, optional ? NULL : "its wanted state");

    pe_order_unfence(s, r, node, start, LF_PULL_THEN);
    if ((start->flags & AF_RUNNABLE) && !optional) {
        start->flags &= ~(uint32_t)AF_OPTIONAL;
    }
    if (expected_node(r, node)) {
        start->flags |= AF_PSEUDO;
    }
}

static void step_promote(pe_sched *s, pe_rsc *r, pe_node *node, bool optional)
{
    pe_action **found;
    uint32_t n = pe_find_exact(s, pe_actions_of(r, TASK_START), node, &found);
    bool runnable = true;

    for (uint32_t i = 0; i < n; i++) {
        runnable = runnable && (found[i]->flags & AF_RUNNABLE);
    }
    if (runnable) {
        pe_action *promote = pe_act(s, r, TASK_PROMOTE, node, optional, optional ? NULL : "its wanted role");

        if (expected_node(r, node)) {
            promote->flags |= AF_PSEUDO;
        }
        return;
    }
    n = pe_find_exact(s, pe_actions_of(r, TASK_PROMOTE), node, &found);
    for (uint32_t i = 0; i < n; i++) {
        found[i]->flags &= ~(uint32_t)AF_RUNNABLE;
    }
}

static void step_demote(pe_sched *s, pe_rsc *r, pe_node *node, bool optional)
{
    (void)node;
    for (uint32_t i = 0; i < r->running.n; i++) {
        if (!expected_node(r, r->running.v[i])) {
            pe_act(s, r, TASK_DEMOTE, r->running.v[i], optional, optional ? NULL : "its wanted role");
        }
    }
}

typedef void (*step_fn)(pe_sched *, pe_rsc *, pe_node *, bool);

/* One step from a role towards another; NULL ends the walk. */
static step_fn next_step(enum pcmk_role from, enum pcmk_role to, enum pcmk_role *reached)
{
    if (from == to) {
        return NULL;
    }
    switch (from) {
        case ROLE_UNKNOWN:
            *reached = ROLE_STOPPED;
            return step_stop;
        case ROLE_STOPPED:
            if (to == ROLE_UNKNOWN) {
                return NULL;
            }
            *reached = to == ROLE_STARTED ? ROLE_STARTED : ROLE_UNPROMOTED;
            return step_start;
        case ROLE_STARTED:
            if (to == ROLE_UNPROMOTED) {
                return NULL;
            }
            *reached = to == ROLE_PROMOTED ? ROLE_PROMOTED : ROLE_STOPPED;
            return to == ROLE_PROMOTED ? step_promote : step_stop;
        case ROLE_UNPROMOTED:
            *reached = to == ROLE_PROMOTED ? ROLE_PROMOTED : ROLE_STOPPED;
            return to == ROLE_PROMOTED ? step_promote : step_stop;
        default:
            *reached = ROLE_UNPROMOTED;
            return step_demote;
    }
}

static void restart(pe_sched *s, pe_rsc *r, pe_node *current, bool need_stop, bool need_promote)
{
    enum pcmk_role role = r->role, reached;
    step_fn step;

    r->restarting = true;
    while (role != ROLE_STOPPED && (step = next_step(role, ROLE_STOPPED, &reached)) != NULL) {
        step(s, r, current, !need_stop);
        role = reached;
    }
    while (r->role <= r->next && role != r->role && !r->blocked && r->assigned != NULL &&
           (step = next_step(role, r->role, &reached)) != NULL) {
        step(s, r, r->assigned, !(need_stop || (reached == ROLE_PROMOTED && need_promote)));
        role = reached;
    }
    r->restarting = false;
}

static void change_role(pe_sched *s, pe_rsc *r)
{
    enum pcmk_role role = r->role, reached;
    step_fn step;

    while (role != r->next && (step = next_step(role, r->next, &reached)) != NULL) {
        if (r->assigned == NULL && (step == step_start || step == step_promote)) {
            break;
        }
        step(s, r, r->assigned, false);
        role = reached;
    }
}

/* ---- live migration ---- */

void pe_migration_actions(pe_sched *s, pe_rsc *r, pe_node *current, bool partial)
{
    pe_action *start = pe_act(s, r, TASK_START, r->assigned, true, NULL);
    pe_action *stop = pe_act(s, r, TASK_STOP, current, true, NULL);
    pe_action *to = NULL, *from;

    if (!partial) {
        to = pe_act(s, r, TASK_MIGRATE_TO, current, true, "it moves by live migration");
    }
    from = pe_act(s, r, TASK_MIGRATE_FROM, r->assigned, true, "it moves by live migration");
    start->flags |= AF_MIG | AF_PSEUDO;
    stop->flags |= AF_MIG;
    from->flags |= AF_MIG;
    if (partial) {
        from->needs = start->needs;
        pe_order(s, r, TASK_MONITOR, r, TASK_MIGRATE_FROM, LF_SEQ);
    } else {
        to->flags |= AF_MIG;
        to->needs = start->needs;
        pe_order(s, r, TASK_MONITOR, r, TASK_MIGRATE_TO, LF_SEQ);
        pe_order(s, r, TASK_MIGRATE_TO, r, TASK_MIGRATE_FROM, LF_SEQ | LF_PULL_FIRST_MIG);
    }
    pe_order(s, r, TASK_MIGRATE_FROM, r, TASK_STOP, LF_SEQ | LF_PULL_FIRST_MIG);
    pe_order(s, r, TASK_MIGRATE_FROM, r, TASK_START, LF_SEQ | LF_PULL_FIRST_MIG | LF_PSEUDO_LEFT);
    if (to != NULL) {
        pe_table_add(s, &to->meta, "migrate_source", current->name);
        pe_table_add(s, &to->meta, "migrate_target", r->assigned->name);
        if (!r->is_conn) {
            pe_table_add(s, &to->meta, "record-pending", "true");
        }
    }
    pe_table_add(s, &from->meta, "migrate_source", current->name);
    pe_table_add(s, &from->meta, "migrate_target", r->assigned->name);
}

/* ---- primitives ---- */

static bool can_migrate(const pe_rsc *r, const pe_node *current)
{
    return r->migratable && r->managed && !r->failed && !r->start_pending && current != NULL &&
           !current->unclean && r->assigned != NULL && !r->assigned->unclean;
}

static bool multiply_active(pe_rsc *r)
{
    switch (r->multiple) {
        case MULTIPLE_STOP_START:
            return true;
        case MULTIPLE_STOP_UNEXPECTED:
            r->stop_unexpected = true;
            return true;
        default:
            return false;
    }
}

static void report_multiple(pe_sched *s, const pe_rsc *r, unsigned nodes)
{
    static const char *const recoveries[] = {
        [MULTIPLE_STOP_START] = "attempting recovery",
        [MULTIPLE_STOP_ONLY] = "shutting it down",
        [MULTIPLE_BLOCK] = "waiting for an administrator",
        [MULTIPLE_STOP_UNEXPECTED] = "stopping unexpected instances",
    };

    pe_graph_error(s, "pcmk__primitive_create_actions", "%s resource %s might be active on %u nodes (%s)",
                   r->class, r->id, nodes, recoveries[r->multiple]);
    pe_message(s, PE_NOTICE, "pcmk__primitive_create_actions", "See "
               "https://wiki.clusterlabs.org/wiki/FAQ#Resource_is_Too_Active for more information");
}

static void create_primitive(pe_sched *s, pe_rsc *r)
{
    bool need_stop = false, need_promote = false, moving, migrate = false, partial = false, multiple = false;
    unsigned all, clean;
    pe_node *current;

    if (r->next == ROLE_UNKNOWN) {
        r->next = r->assigned == NULL ? ROLE_STOPPED : ROLE_STARTED;
    }
    current = pe_current(r, &all, &clean);
    for (uint32_t i = 0; i < r->dangling.n; i++) {
        pe_action *stop = pe_act(s, r, TASK_STOP, r->dangling.v[i], false,
                                 "a migration left it behind there");

        stop->flags |= AF_DANGLE;
        if (s->remove_after_stop) {
            pe_schedule_cleanup(s, r, r->dangling.v[i], false);
        }
    }
    moving = current != NULL && r->assigned != NULL && current != r->assigned && r->next >= ROLE_STARTED;
    if (moving) {
        migrate = can_migrate(r, current);
        need_stop = true;
    }
    if (r->partial_source != NULL && r->partial_target != NULL && migrate && all == 2 &&
        current == r->partial_source && r->assigned == r->partial_target) {
        partial = true;
    } else if (r->partial_source != NULL || r->partial_target != NULL) {
        need_stop = true;
        r->partial_source = r->partial_target = NULL;
        migrate = false;
    } else if ((r->req_fencing ? all : clean) > 1) {
        multiple = true;
        report_multiple(s, r, r->req_fencing ? all : clean);
        need_stop = multiply_active(r) || need_stop;
    }
    if (!multiple || r->multiple != MULTIPLE_STOP_UNEXPECTED) {
        r->stop_unexpected = false;
    }
    if (r->start_pending) {
        pe_act(s, r, TASK_START, r->assigned, true, "it was starting")->flags |= AF_PRINT;
    }
    if (!moving) {
        if (r->failed) {
            need_stop = need_stop || r->stop_wanted;
            need_promote = !r->stop_wanted && r->next == ROLE_PROMOTED;
        } else if (r->blocked) {
            need_stop = true;
        } else if (r->role > ROLE_STARTED && current != NULL && r->assigned != NULL) {
            pe_action *start = pe_act(s, r, TASK_START, r->assigned, true, NULL);

            need_stop = need_stop || !(start->flags & AF_OPTIONAL);
        }
    }
    restart(s, r, current, need_stop, need_promote);
    change_role(s, r);
    pe_recurring_actions(s, r);
    if (migrate) {
        pe_migration_actions(s, r, current, partial);
    }
}

/* ---- collective resources ---- */

static pe_action *pseudo(pe_sched *s, pe_rsc *r, enum pe_task task, bool optional, bool runnable)
{
    pe_action *a = pe_act(s, r, task, NULL, optional, optional ? NULL : "its instances");

    a->flags |= AF_PSEUDO | (runnable ? AF_RUNNABLE : 0);
    return a;
}

static void create_group(pe_sched *s, pe_rsc *g)
{
    static const enum pe_task basic[] = {TASK_START, TASK_STARTED, TASK_STOP, TASK_STOPPED};
    static const enum pe_task promotion[] = {TASK_DEMOTE, TASK_DEMOTED, TASK_PROMOTE, TASK_PROMOTED};

    for (uint32_t i = 0; i < g->children.n; i++) {
        pe_create_actions(s, g->children.v[i]);
    }
    for (int i = 0; i < 4; i++) {
        pseudo(s, g, basic[i], true, true);
    }
    for (int i = 0; pe_is_true_meta(g, "promotable") && i < 4; i++) {
        pseudo(s, g, promotion[i], true, true);
    }
}

struct instance_state {
    bool active, starting, stopping, promoting, demoting;
};

static void look_at(const pe_rsc *r, struct instance_state *state)
{
    for (uint32_t i = 0; i < r->children.n; i++) {
        look_at(r->children.v[i], state);
    }
    if (r->children.n > 0) {
        return;
    }
    state->active = state->active || r->running.n > 0;
    for (uint32_t i = 0; i < r->actions.n; i++) {
        const pe_action *a = r->actions.v[i];

        if (a->flags & AF_OPTIONAL) {
            continue;
        }
        if (a->task == TASK_STOP) {
            state->stopping = state->stopping || (a->flags & (AF_RUNNABLE | AF_PSEUDO));
        } else if (a->task == TASK_START) {
            state->starting = state->starting || (a->flags & AF_RUNNABLE);
        } else if (a->task == TASK_PROMOTE) {
            state->promoting = true;
        } else if (a->task == TASK_DEMOTE) {
            state->demoting = true;
        }
    }
}

void pe_clone_pseudo_actions(pe_sched *s, pe_rsc *r, pe_rsc **children, uint32_t n, bool notify)
{
    struct instance_state any = {0};
    bool migratable = true;
    pe_action *start, *started, *stop, *stopped;

    for (uint32_t i = 0; i < n; i++) {
        struct instance_state one = {0};

        pe_create_actions(s, children[i]);
        look_at(children[i], &one);
        any.active = any.active || one.active;
        any.starting = any.starting || one.starting;
        any.stopping = any.stopping || one.stopping;
        if (one.starting && one.stopping) {
            migratable = false;
        }
    }
    start = pseudo(s, r, TASK_START, !any.starting, true);
    started = pseudo(s, r, TASK_STARTED, !any.starting, any.active || any.starting);
    started->priority = SCORE_INF;
    if (notify && r->clone->notify_start == NULL) {
        r->clone->notify_start = pe_notify_pseudo(s, r, TASK_START, start, started);
    }
    stop = pseudo(s, r, TASK_STOP, !any.stopping, true);
    stopped = pseudo(s, r, TASK_STOPPED, !any.stopping, true);
    stopped->priority = SCORE_INF;
    if (migratable) {
        stop->flags |= AF_MIG;
    }
    if (notify && r->clone->notify_stop == NULL) {
        r->clone->notify_stop = pe_notify_pseudo(s, r, TASK_STOP, stop, stopped);
        if (r->clone->notify_start != NULL && r->clone->notify_stop != NULL) {
            pe_link(s, r->clone->notify_stop->post_done, r->clone->notify_start->pre, LF_SEQ);
        }
    }
}

static pe_action *only_required(pe_rsc *r, enum pe_task task)
{
    struct pe_action_vec *v = pe_actions_of(r, task);

    return v->n == 1 && !(v->v[0]->flags & AF_OPTIONAL) ? v->v[0] : NULL;
}

static void order_instances(pe_sched *s, pe_rsc *r)
{
    pe_action *last_stop = NULL, *last_start = NULL;

    pe_sort_by_number(r->children.v, r->children.n);
    for (uint32_t i = 0; i < r->children.n; i++) {
        pe_action *stop = only_required(r->children.v[i], TASK_STOP);
        pe_action *start = only_required(r->children.v[i], TASK_START);

        if (stop != NULL) {
            pe_link(s, stop, last_stop, LF_SEQ);
            last_stop = stop;
        }
        if (start != NULL) {
            pe_link(s, last_start, start, LF_SEQ);
            last_start = start;
        }
    }
}

static void link_notifications(pe_sched *s, const struct pe_clone_data *c)
{
    struct pe_notify_pseudo *start = c->notify_start, *stop = c->notify_stop;
    struct pe_notify_pseudo *promote = c->notify_promote, *demote = c->notify_demote;

    if (promote == NULL || demote == NULL) {
        return;
    }
    if (stop != NULL) {
        pe_link(s, stop->post_done, promote->pre, LF_SEQ);
    }
    if (start != NULL) {
        pe_link(s, start->post_done, promote->pre, LF_SEQ);
    }
    pe_link(s, demote->post_done, promote->pre, LF_SEQ);
    if (start != NULL) {
        pe_link(s, demote->post_done, start->pre, LF_SEQ);
    }
    if (stop != NULL) {
        pe_link(s, demote->post_done, stop->pre, LF_SEQ);
    }
}

static void create_promotion(pe_sched *s, pe_rsc *r)
{
    struct pe_clone_data *c = r->clone;
    struct instance_state any = {0};
    pe_action *a, *done;

    for (uint32_t i = 0; i < r->children.n; i++) {
        pe_create_actions(s, r->children.v[i]);
        look_at(r->children.v[i], &any);
    }
    a = pseudo(s, r, TASK_PROMOTE, !any.promoting, true);
    done = pseudo(s, r, TASK_PROMOTED, !any.promoting, true);
    done->priority = SCORE_INF;
    if (c->notify_promote == NULL) {
        c->notify_promote = pe_notify_pseudo(s, r, TASK_PROMOTE, a, done);
    }
    a = pseudo(s, r, TASK_DEMOTE, !any.demoting, true);
    done = pseudo(s, r, TASK_DEMOTED, !any.demoting, true);
    done->priority = SCORE_INF;
    if (c->notify_demote == NULL) {
        c->notify_demote = pe_notify_pseudo(s, r, TASK_DEMOTE, a, done);
        link_notifications(s, c);
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        r->children.v[i]->priority = r->priority;
    }
}

static void create_clone(pe_sched *s, pe_rsc *r)
{
    pe_clone_pseudo_actions(s, r, r->children.v, r->children.n, true);
    if (r->clone->ordered) {
        order_instances(s, r);
    }
    if (r->promotable) {
        create_promotion(s, r);
    }
}

static void create_bundle(pe_sched *s, pe_rsc *r)
{
    struct pe_bundle_data *b = r->bundle;
    pe_rsc **containers = g_new(pe_rsc *, b->n + 1);

    for (uint32_t i = 0; i < b->n; i++) {
        struct pe_replica *p = &b->replicas[i];

        containers[i] = p->container;
        if (p->ip != NULL) {
            pe_create_actions(s, p->ip);
        }
        pe_create_actions(s, p->container);
        if (p->remote != NULL) {
            pe_create_actions(s, p->remote);
        }
    }
    pe_clone_pseudo_actions(s, r, containers, b->n, false);
    g_free(containers);
    if (b->child == NULL) {
        return;
    }
    pe_create_actions(s, b->child);
    if (b->child->promotable) {
        pseudo(s, r, TASK_PROMOTE, true, true);
        pseudo(s, r, TASK_PROMOTED, true, true)->priority = SCORE_INF;
        pseudo(s, r, TASK_DEMOTE, true, true);
        pseudo(s, r, TASK_DEMOTED, true, true)->priority = SCORE_INF;
    }
}

void pe_create_actions(pe_sched *s, pe_rsc *r)
{
    switch (r->variant) {
        case PE_GROUP: create_group(s, r); break;
        case PE_CLONE: create_clone(s, r); break;
        case PE_BUNDLE: create_bundle(s, r); break;
        default: create_primitive(s, r); break;
    }
}

/* ---- all ---- */

static void forget_orphan_failures(pe_sched *s)
{
    for (uint32_t i = 0; s->stop_orphans && i < s->resources.n; i++) {
        pe_rsc *r = s->resources.v[i];

        for (uint32_t k = 0; r->orphan && k < s->nodes.n; k++) {
            pe_node *n = s->nodes.v[k];

            if (n->online && pe_fail_count(s, r, n, NULL, PE_FC_EFFECTIVE, NULL) != 0) {
                pe_action *clear = pe_clear_failcount(s, r, n, "it is orphaned");

                pe_order_full(s, NULL, r, NULL, clear, r, pe_key(s, r, TASK_STOP), NULL, LF_SEQ);
            }
        }
    }
}

void pe_create_all_actions(pe_sched *s)
{
    pe_deferred_checks(s);
    pe_create_probes(s);
    forget_orphan_failures(s);
    for (uint32_t i = 0; i < s->resources.n; i++) {
        pe_create_actions(s, s->resources.v[i]);
    }
}
