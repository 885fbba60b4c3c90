/* Choosing nodes: the order of resources, primitives, groups (decisions §9.1, §9.3, §9.7). */
#include "pengine/pe.h"

/* ---- score output ---- */

void pe_show_scores(pe_sched *s, pe_rsc *r, const char *function)
{
    if (s->hooks.score == NULL || r->orphan) {
        return;
    }
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        const struct pe_entry *e = pe_own_entry(s, &r->allowed, s->nodes.v[i]);

        if (e != NULL) {
            s->hooks.score(s->hooks.arg, function, r, s->nodes.v[i], e->score);
        }
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        pe_show_scores(s, r->children.v[i], function);
    }
}

/* ---- the result ---- */

static bool same_role_target(const pe_action *a)
{
    const char *rc = pe_table_get(&a->meta, "op_target_rc");

    return rc != NULL && strcmp(rc, "7") == 0;
}

static void unassigned_actions(pe_rsc *r)
{
    for (uint32_t i = r->actions.n; i > 0; i--) {
        pe_action *a = r->actions.v[i - 1];
        const char *interval = pe_table_get(&a->meta, "interval");

        if (a->task == TASK_STOP) {
            a->flags &= ~(uint32_t)AF_OPTIONAL;
        } else if (a->task == TASK_START) {
            a->flags &= ~(uint32_t)AF_RUNNABLE;
        } else if (interval != NULL && strcmp(interval, "0") != 0 && !same_role_target(a)) {
            a->flags &= ~(uint32_t)AF_RUNNABLE;
        }
    }
}

void pe_drop_assignment(pe_sched *s, pe_rsc *r)
{
    pe_node *old = r->assigned;

    if (old == NULL) {
        return;
    }
    r->assigned = NULL;
    r->provisional = true;
    for (uint32_t i = 0; i < old->assigned.n; i++) {
        if (old->assigned.v[i] == r) {
            memmove(&old->assigned.v[i], &old->assigned.v[i + 1],
                    (old->assigned.n - i - 1) * sizeof(pe_rsc *));
            old->assigned.n--;
            break;
        }
    }
    old->n_assigned--;
    pe_take_utilization(old, r, 1, s);
}

bool pe_finalise(pe_sched *s, pe_rsc *r, pe_node *node, bool forced)
{
    pe_node *old = r->assigned;
    struct pe_entry *e = node == NULL ? NULL : pe_entry_of(&r->allowed, node);
    int score = e != NULL ? e->score : node != NULL ? node->score : 0;

    if (!forced && node != NULL &&
        (score < 0 || (!pe_node_available(node, score, false) && !pe_is_guest(node)))) {
        r->next = ROLE_STOPPED;
        node = NULL;
    }
    pe_drop_assignment(s, r);
    r->provisional = false;
    if (node == NULL) {
        r->next = ROLE_STOPPED;
        unassigned_actions(r);
        return old != NULL;
    }
    r->assigned = node;
    /* forced: the node itself, not the resource's entry */
    r->assigned_score = forced ? node->score : score;
    PE_PUSH(s, &node->assigned, r);
    node->n_assigned++;
    if (e != NULL) {
        e->count++;
    }
    pe_take_utilization(node, r, -1, s);
    if (s->hooks.utilization != NULL) {
        s->hooks.utilization(s->hooks.arg, "pcmk__finalize_assignment", r, node);
    }
    return old != node;
}

bool pe_unassign(pe_sched *s, pe_rsc *r)
{
    bool changed = false;

    if (r->children.n == 0 || r->variant == PE_PRIMITIVE) {
        return pe_finalise(s, r, NULL, true);
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        changed = pe_unassign(s, r->children.v[i]) || changed;
    }
    return changed;
}

/* ---- primitives ---- */

static bool choose_node(pe_sched *s, pe_rsc *r, pe_node *prefer)
{
    pe_node **nodes, *chosen, *limited, *current;
    uint32_t n;

    limited = pe_capacity_limits(s, r);
    if (prefer == NULL) {
        prefer = limited;
    }
    if (!r->provisional) {
        return r->assigned != NULL;
    }
    nodes = g_new(pe_node *, s->nodes.n + 1);
    current = pe_current(r, NULL, NULL);
    n = pe_sort_nodes(s, &r->allowed, current, nodes);
    chosen = n > 0 ? nodes[0] : NULL;
    if (prefer != NULL && chosen != NULL) {
        struct pe_entry *e = pe_entry_of(&r->allowed, prefer);

        if (e != NULL && e->score >= r->allowed.e[chosen->index].score &&
            pe_node_available(prefer, e->score, true)) {
            g_free(nodes);
            return pe_finalise(s, r, prefer, false);
        }
    }
    if (chosen != NULL && !(r->parent != NULL && pe_is_clone(r->parent) && r->parent->unique)) {
        int best = r->allowed.e[chosen->index].score;

        if (best > 0 && pe_node_available(chosen, best, true) && current != NULL &&
            pe_node_available(current, current->score, true)) {
            int ties = 1;

            for (uint32_t i = 1; i < n && r->allowed.e[nodes[i]->index].score == best; i++) {
                ties++;
                if (nodes[i] == current) {
                    chosen = current;
                    break;
                }
            }
            if (ties > 1 && best >= SCORE_INF) {
                pe_message(s, PE_WARNING, "assign_best_node", "Chose %s for %s from %d nodes with score "
                           "INFINITY", chosen->name, r->id, ties);
            }
        }
    }
    g_free(nodes);
    return pe_finalise(s, r, chosen, false);
}

static void follow_primaries(pe_sched *s, pe_rsc *r)
{
    for (uint32_t i = 0; i < r->this_with.n; i++) {
        pe_colocation *c = r->this_with.v[i];
        bool archived = c->dependent_role == ROLE_PROMOTED || (c->score < 0 && c->score > -SCORE_INF);
        struct pe_node_table archive = {0};

        if (archived) {
            archive = pe_node_table_copy(s, &r->allowed);
        }
        pe_assign(s, c->primary, NULL);
        pe_apply_colocation(s, r, c->primary, c);
        if (archived && !pe_any_available(s, &r->allowed, true)) {
            r->allowed = archive;
        }
    }
}

static void follow_dependents(pe_sched *s, pe_rsc *r)
{
    for (uint32_t i = 0; i < r->with_this.n; i++) {
        pe_colocation *c = r->with_this.v[i];
        struct pe_node_table before = {0};

        if (!pe_influences(c, NULL) || !pe_influences(c, r)) {
            continue;
        }
        if (s->hooks.explain != NULL) {
            before = pe_node_table_copy(s, &r->allowed);
        }
        pe_add_colocated(s, c->dependent, &r->allowed, c->node_attr, (float)c->score / (float)SCORE_INF,
                         AC_ACTIVE);
        for (uint32_t k = 0; s->hooks.explain != NULL && k < before.n; k++) {
            if (before.e[k].present && before.e[k].score != r->allowed.e[k].score) {
                pe_explain(s, r, s->nodes_by_index.v[k], before.e[k].score,
                           r->allowed.e[k].score - before.e[k].score, r->allowed.e[k].score, c->id);
            }
        }
    }
}

static void connection_assigned(pe_rsc *r, pe_sched *s)
{
    pe_node *n = pe_node_by_name(s, r->id);

    if (n == NULL) {
        return;
    }
    if (r->assigned != NULL && r->next != ROLE_STOPPED) {
        n->online = true;
        if (n->unseen) {
            n->unclean = false;
        }
    } else {
        n->shutdown = true;
    }
}

pe_node *pe_assign_primitive(pe_sched *s, pe_rsc *r, pe_node *prefer)
{
    if (r->parent != NULL && !r->parent->assigning) {
        pe_assign(s, r->parent, prefer);
    }
    if (!r->provisional) {
        return r->assigned;
    }
    if (r->assigning) {
        return NULL;
    }
    r->assigning = true;
    follow_primaries(s, r);
    follow_dependents(s, r);
    if (r->next == ROLE_STOPPED) {
        pe_ban(s, r, NULL, "it is to be stopped");
    } else if (r->next > r->role && !s->quorum && s->no_quorum_policy == QUORUM_FREEZE) {
        r->next = r->role;
    }
    pe_show_scores(s, r, "pcmk__primitive_assign");
    if (s->stonith_enabled && !s->fence_device_exists) {
        r->managed = false;
    }
    if (!r->managed) {
        r->next = r->role;
        pe_finalise(s, r, pe_current(r, NULL, NULL), true);
    } else if (s->stop_all) {
        pe_finalise(s, r, NULL, true);
    } else if (r->provisional) {
        choose_node(s, r, prefer);
    }
    r->assigning = false;
    if (r->is_conn) {
        connection_assigned(r, s);
    }
    return r->assigned;
}

/* ---- groups ---- */

/* What holds for the group holds for its first (group with others) or last (others with group) member. Those
 * without influence count for utilization only, so whether they have any is asked where they are used. */
static void hand_down_colocations(pe_sched *s, pe_rsc *g)
{
    pe_rsc *first = g->children.v[0], *last = g->children.v[g->children.n - 1];
    bool unmanaged = !first->managed;

    for (uint32_t i = 0; i < g->this_with.n; i++) {
        pe_insert_this_with(s, first, g->this_with.v[i]);
    }
    for (uint32_t i = 1; i < g->children.n; i++) {
        pe_rsc *m = g->children.v[i];

        if (unmanaged) {
            for (uint32_t k = 0; k < g->this_with.n; k++) {
                if (g->this_with.v[k]->score >= SCORE_INF) {
                    pe_insert_this_with(s, m, g->this_with.v[k]);
                }
            }
        } else if (!m->managed) {
            unmanaged = true;
        }
    }
    g->this_with.n = 0;
    for (uint32_t i = 0; i < g->with_this.n; i++) {
        pe_insert_with_this(s, last, g->with_this.v[i]);
    }
    g->with_this.n = 0;
}

pe_node *pe_assign_group(pe_sched *s, pe_rsc *g, pe_node *prefer)
{
    pe_node *result = NULL;

    if (!g->provisional) {
        return g->assigned;
    }
    if (g->assigning) {
        return NULL;
    }
    if (g->children.n == 0) {
        g->provisional = false;
        return NULL;
    }
    g->assigning = true;
    g->role = g->children.v[0]->role;
    hand_down_colocations(s, g);
    pe_show_scores(s, g, "pcmk__group_assign");
    for (uint32_t i = 0; i < g->children.n; i++) {
        pe_node *n = pe_assign(s, g->children.v[i], prefer);

        result = result != NULL ? result : n;
    }
    g->next = g->children.v[0]->next;
    g->assigning = g->provisional = false;
    return g->group->colocated ? result : NULL;
}

/* ---- all ---- */

pe_node *pe_assign(pe_sched *s, pe_rsc *r, pe_node *prefer)
{
    switch (r->variant) {
        case PE_GROUP: return pe_assign_group(s, r, prefer);
        case PE_CLONE: return pe_assign_clone(s, r, prefer);
        case PE_BUNDLE: return pe_assign_bundle(s, r, prefer);
        default: return pe_assign_primitive(s, r, prefer);
    }
}

struct processing_order {
    pe_sched *s;
    pe_node **nodes;
    uint32_t n;
};

static int score_on(const struct pe_node_table *t, const pe_node *n)
{
    struct pe_entry *e = n == NULL ? NULL : pe_entry_of(t, n);

    return e == NULL ? -SCORE_INF : e->score;
}

static int compare_processing(const void *va, const void *vb, void *arg)
{
    pe_rsc *a = (pe_rsc *)va, *b = (pe_rsc *)vb;
    struct processing_order *o = arg;
    struct pe_node_table ta = {0}, tb = {0};
    int x, y;

    if (a->priority != b->priority) {
        return a->priority > b->priority ? -1 : 1;
    }
    pe_add_colocated(o->s, a, &ta, NULL, 1, AC_THIS_WITH | AC_FRESH);
    pe_add_colocated(o->s, b, &tb, NULL, 1, AC_THIS_WITH | AC_FRESH);
    x = score_on(&ta, pe_current(a, NULL, NULL));
    y = score_on(&tb, pe_current(b, NULL, NULL));
    for (uint32_t i = 0; x == y && i < o->n; i++) {
        x = score_on(&ta, o->nodes[i]);
        y = score_on(&tb, o->nodes[i]);
    }
    return x == y ? 0 : x > y ? -1 : 1;
}

/* With utilization the resources that want their nodes most come first. */
static void order_resources(pe_sched *s)
{
    struct pe_node_table all = {0};
    struct processing_order order = {.s = s, .nodes = g_new(pe_node *, s->nodes.n + 1)};

    for (uint32_t i = 0; i < s->nodes.n; i++) {
        pe_entry_add(s, &all, s->nodes.v[i]);
        order.nodes[order.n++] = s->nodes.v[i];
    }
    pe_sort_node_list(s, &all, NULL, order.nodes, order.n);
    pe_sort((void **)s->resources.v, s->resources.n, compare_processing, &order);
    g_free(order.nodes);
}

static void show_capacities(pe_sched *s, const char *comment)
{
    for (uint32_t i = 0; s->hooks.capacity != NULL && i < s->nodes.n; i++) {
        s->hooks.capacity(s->hooks.arg, comment, s->nodes.v[i]);
    }
}

void pe_assign_all(pe_sched *s)
{
    if (s->placement != PLACE_DEFAULT) {
        order_resources(s);
    }
    show_capacities(s, "Original");
    for (uint32_t i = 0; s->have_remotes && i < s->resources.n; i++) {
        if (s->resources.v[i]->is_conn) {
            pe_assign(s, s->resources.v[i], s->resources.v[i]->partial_target);
        }
    }
    for (uint32_t i = 0; i < s->resources.n; i++) {
        if (!s->resources.v[i]->is_conn) {
            pe_assign(s, s->resources.v[i], NULL);
        }
    }
    show_capacities(s, "Remaining");
}
