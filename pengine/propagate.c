/* Effects of links: what is required, runnable or part of a migration spreads until nothing changes
 * (decisions §13.2 - §13.5). The recursion order is normative: it decides which reason is recorded first. */
#include "pengine/pe.h"

enum { CHANGED_NONE = 0, CHANGED_FIRST = 1, CHANGED_THEN = 2 };

/* ---- flags of collective actions ---- */

static void clear_both(pe_action *a, uint32_t *result, uint32_t flag)
{
    *result &= ~flag;
    a->flags &= ~flag;
}

/* The task of a primitive that the action of what it is part of stands for:
 * nothing stands for the halves of migrations, which primitives have on their own. */
static enum pe_task member_task(enum pe_task task)
{
    return task == TASK_MIGRATE_FROM || task == TASK_MIGRATE_TO ? TASK_OTHER : pe_task_uncompleted(task);
}

static uint32_t group_flags(pe_sched *s, pe_action *a, const pe_node *node)
{
    uint32_t result = AF_OPTIONAL | AF_RUNNABLE | AF_PSEUDO;
    pe_rsc *g = a->rsc;

    (void)s;
    for (uint32_t i = 0; i < g->children.n; i++) {
        enum pe_task task = member_task(a->task);
        pe_action *member = pe_find_first(g->children.v[i], task, node);

        if (member != NULL) {
            if (!(member->flags & AF_OPTIONAL)) {
                clear_both(a, &result, AF_OPTIONAL);
            }
            if (task != a->task && !(member->flags & AF_RUNNABLE)) {
                clear_both(a, &result, AF_RUNNABLE);
            }
        } else if (task != TASK_STOP && task != TASK_DEMOTE) {
            result &= ~(uint32_t)AF_RUNNABLE;
        }
    }
    return result;
}

/* The task of the instances that a clone's action stands for. */
static enum pe_task instance_task(const pe_action *a, const pe_rsc *first_child)
{
    enum pe_task task = a->task;

    if (task == TASK_NOTIFY || task == TASK_NOTIFIED) {
        const char *last = strrchr(a->key, '_'), *from = last;
        char name[64];

        while (from > a->key && from[-1] != '_') {
            from--;
        }
        if (last != NULL && (size_t)(last - from) < sizeof(name)) {
            memcpy(name, from, (size_t)(last - from));
            name[last - from] = '\0';
            task = pe_task_of(name);
        }
    }
    return first_child->variant == PE_PRIMITIVE ? member_task(task) : task;
}

static uint32_t instances_flags(pe_sched *s, pe_action *a, pe_rsc *const *children, uint32_t n,
                                const pe_node *node, enum pe_task task)
{
    uint32_t result = AF_OPTIONAL | AF_RUNNABLE | AF_PSEUDO;
    bool runnable = false;

    for (uint32_t i = 0; i < n; i++) {
        pe_action *child = pe_find_first(children[i], task,
                                         children[i]->variant == PE_PRIMITIVE ? node : NULL);
        uint32_t flags;

        if (child == NULL) {
            continue;
        }
        flags = pe_variant_flags(s, child, node);
        if ((result & AF_OPTIONAL) && !(flags & AF_OPTIONAL)) {
            clear_both(a, &result, AF_OPTIONAL);
        }
        runnable = runnable || (flags & AF_RUNNABLE);
    }
    if (!runnable) {
        result &= ~(uint32_t)AF_RUNNABLE;
        if (node == NULL) {
            a->flags &= ~(uint32_t)AF_RUNNABLE;
        }
    }
    return result;
}

static uint32_t bundle_flags(pe_sched *s, pe_action *a, const pe_node *node)
{
    struct pe_bundle_data *b = a->rsc->bundle;
    pe_rsc *small[32], **containers = small;
    uint32_t result;

    if (b->child != NULL && b->child->children.n > 0) {
        switch (a->task) {
            case TASK_OTHER:
            case TASK_NOTIFY:
            case TASK_NOTIFIED:
            case TASK_PROMOTE:
            case TASK_PROMOTED:
            case TASK_DEMOTE:
            case TASK_DEMOTED:
                return instances_flags(s, a, b->child->children.v, b->child->children.n, node,
                                       instance_task(a, b->child->children.v[0]));
            default:
                break;
        }
    }
    if (b->n > 32) {
        containers = g_new(pe_rsc *, b->n);
    }
    for (uint32_t i = 0; i < b->n; i++) {
        containers[i] = b->replicas[i].container;
    }
    result = instances_flags(s, a, containers, b->n, node, pe_task_uncompleted(a->task));
    if (containers != small) {
        g_free(containers);
    }
    return result;
}

uint32_t pe_variant_flags(pe_sched *s, pe_action *a, const pe_node *node)
{
    if (a->rsc == NULL) {
        return a->flags;
    }
    switch (a->rsc->variant) {
        case PE_GROUP:
            return group_flags(s, a, node);
        case PE_CLONE:
            return a->rsc->children.n == 0 ? a->flags :
                instances_flags(s, a, a->rsc->children.v, a->rsc->children.n, node,
                                instance_task(a, a->rsc->children.v[0]));
        case PE_BUNDLE:
            return bundle_flags(s, a, node);
        default:
            return a->flags;
    }
}

static uint32_t ordering_flags(pe_sched *s, pe_action *a, const pe_node *node)
{
    uint32_t flags, with_node;

    if (a->rsc == NULL) {
        return a->flags;
    }
    flags = pe_variant_flags(s, a, NULL);
    if (node == NULL || a->rsc->variant != PE_CLONE) {
        return flags;
    }
    with_node = pe_variant_flags(s, a, node);
    return with_node | (flags & AF_RUNNABLE);
}

/* ---- changes with a reason ---- */

static void clear_because(pe_sched *s, pe_action *x, const pe_action *y, uint32_t flag)
{
    const char *change;

    if (!(x->flags & flag)) {
        return;
    }
    x->flags &= ~flag;
    if (x->rsc == y->rsc) {
        return;
    }
    change = flag == AF_OPTIONAL ? "required" : "unrunnable";
    if (x->reason == NULL || flag == AF_MIG) {
        pe_action_reason(s, x, y->rsc == NULL ? pe_printf(s, "%s %s", change, y->task_text) :
                         pe_printf(s, "%s %s %s", change, y->rsc->id, y->task_text), flag == AF_MIG);
    }
}

/* ---- update methods ---- */

static void asymmetric(pe_sched *s, pe_action *a, pe_action *t)
{
    enum pcmk_role role;

    if (t->rsc == NULL) {
        return;
    }
    role = pe_state(t->rsc, true);
    if (role == ROLE_STOPPED && t->task == TASK_STOP) {
        return;
    }
    if (role >= ROLE_STARTED && t->task == TASK_START && (t->flags & AF_OPTIONAL) && t->node != NULL &&
        t->rsc->running.n == 1 && t->rsc->running.v[0] == t->node) {
        return;
    }
    if (!(a->flags & AF_RUNNABLE)) {
        clear_because(s, t, a, AF_OPTIONAL);
        clear_because(s, t, a, AF_RUNNABLE);
    }
}

static void restart_flags(pe_sched *s, pe_action *a, pe_action *t, uint32_t filter)
{
    bool cause = ((filter & AF_OPTIONAL) && !(t->flags & AF_OPTIONAL)) ||
                 ((filter & AF_RUNNABLE) && !(t->flags & AF_RUNNABLE) && t->rsc != NULL && t->rsc->managed &&
                  a->rsc == t->rsc);

    if (!cause) {
        return;
    }
    if (a->flags & AF_RUNNABLE) {
        clear_because(s, a, t, AF_OPTIONAL);
    }
    if (!(t->flags & AF_OPTIONAL)) {
        clear_because(s, a, t, AF_OPTIONAL);
    }
    if (!(t->flags & AF_MIG)) {
        clear_because(s, a, t, AF_MIG);
    }
    if (!(a->flags & AF_OPTIONAL) && !(a->flags & AF_RUNNABLE)) {
        clear_because(s, t, a, AF_RUNNABLE);
    }
}

static int basic_update(pe_sched *s, pe_action *a, pe_action *t, uint32_t mask, uint32_t filter,
                        uint32_t type)
{
    uint32_t old_a = a->flags, old_t = t->flags;
    int changed = CHANGED_NONE;

    switch (type) {
        case LF_ASYM:
            asymmetric(s, a, t);
            break;
        case LF_PULL_FIRST:
            if (t->flags & AF_OPTIONAL) {
                break;
            }
            if ((filter & AF_OPTIONAL) && !(mask & AF_OPTIONAL) && (a->flags & AF_OPTIONAL)) {
                clear_because(s, a, t, AF_OPTIONAL);
            }
            if ((mask & AF_MIG) && !(t->flags & AF_MIG)) {
                clear_because(s, a, t, AF_MIG);
            }
            break;
        case LF_PULL_FIRST_PROM:
            if ((filter & AF_OPTIONAL) && !(t->flags & AF_OPTIONAL) && t->rsc != NULL &&
                t->rsc->role == ROLE_PROMOTED) {
                clear_because(s, a, t, AF_OPTIONAL);
                if ((a->flags & AF_MIG) && !(t->flags & AF_MIG)) {
                    clear_because(s, a, t, AF_MIG);
                }
            }
            break;
        case LF_PULL_FIRST_MIG:
            if (filter & AF_OPTIONAL) {
                if (!(t->flags & AF_MIG) || !(t->flags & AF_RUNNABLE)) {
                    clear_because(s, a, t, AF_RUNNABLE);
                }
                if (!(t->flags & AF_OPTIONAL)) {
                    clear_because(s, a, t, AF_OPTIONAL);
                }
            }
            break;
        case LF_PSEUDO_LEFT:
            if ((filter & AF_OPTIONAL) && !(a->flags & AF_RUNNABLE)) {
                clear_because(s, t, a, AF_MIG);
                t->flags &= ~(uint32_t)AF_PSEUDO;
            }
            break;
        case LF_RUN_LEFT:
            if ((filter & AF_RUNNABLE) && (t->flags & AF_RUNNABLE) && !(mask & AF_RUNNABLE)) {
                clear_because(s, t, a, AF_RUNNABLE);
                clear_because(s, t, a, AF_MIG);
            }
            break;
        case LF_PULL_THEN:
            if ((filter & AF_OPTIONAL) && (t->flags & AF_OPTIONAL) && !(mask & AF_OPTIONAL) &&
                !(a->flags & AF_MIG)) {
                clear_because(s, t, a, AF_OPTIONAL);
            }
            break;
        case LF_RESTART:
            restart_flags(s, a, t, filter);
            break;
        default:
            break;
    }
    if (t->flags != old_t) {
        changed |= CHANGED_THEN;
        if (t->rsc != NULL && t->rsc->parent != NULL) {
            pe_propagate(s, t);
        }
    }
    if (a->flags != old_a) {
        changed |= CHANGED_FIRST;
    }
    return changed;
}

static int update(pe_sched *s, pe_rsc *by, pe_action *a, pe_action *t, const pe_node *n, uint32_t mask,
                  uint32_t filter, uint32_t type);

static int group_update(pe_sched *s, pe_action *a, pe_action *t, const pe_node *n, uint32_t mask,
                        uint32_t filter, uint32_t type)
{
    int changed = basic_update(s, a, t, mask, filter, type);

    for (uint32_t i = 0; t->rsc != NULL && i < t->rsc->children.n; i++) {
        pe_rsc *member = t->rsc->children.v[i];
        pe_action *m = pe_find_first(member, t->task, n);

        if (m != NULL) {
            changed |= update(s, member, a, m, n, mask, filter, type);
        }
    }
    return changed;
}

static uint32_t instance_count(const pe_rsc *r)
{
    return r->variant == PE_BUNDLE ? r->bundle->n : r->children.n;
}

static pe_rsc *instance_at(const pe_rsc *r, uint32_t i)
{
    return r->variant == PE_BUNDLE ? r->bundle->replicas[i].container : r->children.v[i];
}

static bool can_interleave(const pe_action *a, const pe_action *t)
{
    const pe_rsc *decides;

    if (a->rsc == NULL || t->rsc == NULL || a->rsc == t->rsc || a->rsc->variant < PE_CLONE ||
        t->rsc->variant < PE_CLONE) {
        return false;
    }
    decides = pe_ends_with(t->key, "_stop_0") || pe_ends_with(t->key, "_demote_0") ? a->rsc : t->rsc;
    return pe_is_true_meta(decides, "interleave");
}

/* Some actions of a container stand for what it contains. */
static pe_rsc *acting_instance(const pe_action *whole, pe_rsc *instance, const pe_node *n, bool inside)
{
    if (inside && whole->rsc->variant == PE_BUNDLE) {
        struct pe_replica *p = pe_replica_of_container(whole->rsc, instance);

        if (p != NULL && p->child != NULL && n != NULL && p->node == n) {
            return p->child;
        }
    }
    return instance;
}

static int interleave(pe_sched *s, pe_action *a, pe_action *t, const pe_node *n, uint32_t filter,
                      uint32_t type)
{
    bool current = pe_ends_with(a->key, "_stopped_0") || pe_ends_with(a->key, "_demoted_0");
    int changed = CHANGED_NONE;

    for (uint32_t i = 0; i < instance_count(t->rsc); i++) {
        pe_rsc *then = instance_at(t->rsc, i), *first = pe_compatible(s, then, a->rsc, ROLE_UNKNOWN, current);
        pe_action *first_action, *then_action;

        if (first == NULL) {
            if (!current && (type == LF_RUN_LEFT || type == LF_PULL_THEN) && pe_unassign(s, then)) {
                changed |= CHANGED_THEN;
            }
            continue;
        }
        first_action = pe_find_first(acting_instance(a, first, n, strstr(a->task_text, "stop") != NULL),
                                     instance_task(a, first), n);
        then_action = pe_find_first(acting_instance(t, then, n, strstr(t->task_text, "mote") != NULL),
                                    t->task, n);
        if (first_action == NULL || then_action == NULL) {
            continue;
        }
        if (pe_link(s, first_action, then_action, type)) {
            changed |= CHANGED_FIRST | CHANGED_THEN;
        }
        changed |= update(s, then, first_action, then_action, n, pe_variant_flags(s, first_action, n),
                          filter, type);
    }
    return changed;
}

static void propagate_after(pe_sched *s, pe_action *a)
{
    for (uint32_t i = a->after.n; i > 0; i--) {
        pe_propagate(s, a->after.v[i - 1].action);
    }
}

static int instances_update(pe_sched *s, pe_action *a, pe_action *t, const pe_node *n, uint32_t mask,
                            uint32_t filter, uint32_t type)
{
    int changed;

    if (can_interleave(a, t)) {
        return interleave(s, a, t, n, filter, type);
    }
    if (t->rsc == NULL) {
        return CHANGED_NONE;
    }
    changed = basic_update(s, a, t, mask, filter, type);
    for (uint32_t i = 0; i < instance_count(t->rsc); i++) {
        pe_rsc *child = instance_at(t->rsc, i);
        pe_action *c = pe_find_first(child, t->task, n);

        if (c != NULL && (pe_variant_flags(s, c, n) & AF_RUNNABLE)) {
            int child_changed = update(s, child, a, c, n, mask, filter, type);

            changed |= child_changed;
            if (child_changed & CHANGED_THEN) {
                propagate_after(s, c);
            }
        }
    }
    return changed;
}

static int update(pe_sched *s, pe_rsc *by, pe_action *a, pe_action *t, const pe_node *n, uint32_t mask,
                  uint32_t filter, uint32_t type)
{
    switch (by->variant) {
        case PE_PRIMITIVE: return basic_update(s, a, t, mask, filter, type);
        case PE_GROUP: return group_update(s, a, t, n, mask, filter, type);
        default: return instances_update(s, a, t, n, mask, filter, type);
    }
}

/* ---- one link ---- */

static int pull_first(pe_sched *s, pe_action *a, pe_action *t, const pe_node *n, uint32_t af)
{
    if (a->rsc != NULL) {
        return update(s, a->rsc, a, t, n, af, AF_OPTIONAL, LF_PULL_FIRST);
    }
    if (!(af & AF_OPTIONAL) && (a->flags & AF_RUNNABLE)) {
        a->flags &= ~(uint32_t)AF_RUNNABLE;
        return CHANGED_FIRST;
    }
    return CHANGED_NONE;
}

static int count_runnable(pe_action *t, uint32_t af)
{
    if (!(af & AF_RUNNABLE)) {
        return CHANGED_NONE;
    }
    t->runnable_before++;
    if (t->runnable_before >= t->required_runnable && !(t->flags & AF_RUNNABLE)) {
        t->flags |= AF_RUNNABLE;
        return CHANGED_THEN;
    }
    return CHANGED_NONE;
}

static int lose(pe_action *t, uint32_t flag, bool cause)
{
    if (cause && (t->flags & flag)) {
        t->flags &= ~flag;
        return CHANGED_THEN;
    }
    return CHANGED_NONE;
}

static int apply_link(pe_sched *s, pe_action *a, pe_action *t, struct pe_link *l, uint32_t af, uint32_t tf)
{
    const pe_node *n = t->node;
    uint32_t flags = l->flags;
    int changed = CHANGED_NONE;

    if (flags & LF_PULL_THEN_NODE) {
        l->flags = flags = (flags & ~(uint32_t)LF_PULL_THEN_NODE) | LF_PULL_THEN;
        n = a->node;
    }
    if (flags & LF_PULL_THEN) {
        changed |= t->rsc != NULL ? update(s, t->rsc, a, t, n, af & AF_OPTIONAL, AF_OPTIONAL, LF_PULL_THEN) :
            lose(t, AF_OPTIONAL, !(af & AF_OPTIONAL));
    }
    if ((flags & LF_RESTART) && t->rsc != NULL) {
        changed |= update(s, t->rsc, a, t, n, af, AF_OPTIONAL | AF_RUNNABLE, LF_RESTART);
    }
    if (flags & LF_PULL_FIRST) {
        changed |= pull_first(s, a, t, n, af);
    }
    if ((flags & LF_PULL_FIRST_PROM) && t->rsc != NULL) {
        changed |= update(s, t->rsc, a, t, n, af & AF_OPTIONAL, AF_OPTIONAL, LF_PULL_FIRST_PROM);
    }
    if (flags & LF_ANY_OF) {
        changed |= t->rsc != NULL ? update(s, t->rsc, a, t, n, af, AF_RUNNABLE, LF_ANY_OF) :
                                    count_runnable(t, af);
    }
    if ((flags & LF_PROBE) && t->rsc != NULL) {
        if (!(af & AF_RUNNABLE) && a->rsc != NULL && a->rsc->running.n > 0) {
            l->flags = flags = LF_NONE;
        } else {
            changed |= update(s, t->rsc, a, t, n, af, AF_RUNNABLE, LF_RUN_LEFT);
        }
    }
    if (flags & LF_RUN_LEFT) {
        changed |= t->rsc != NULL ? update(s, t->rsc, a, t, n, af, AF_RUNNABLE, LF_RUN_LEFT) :
            lose(t, AF_RUNNABLE, !(af & AF_RUNNABLE));
    }
    if ((flags & LF_PULL_FIRST_MIG) && t->rsc != NULL) {
        changed |= update(s, t->rsc, a, t, n, af, AF_OPTIONAL, LF_PULL_FIRST_MIG);
    }
    if ((flags & LF_PSEUDO_LEFT) && t->rsc != NULL) {
        changed |= update(s, t->rsc, a, t, n, af, AF_OPTIONAL, LF_PSEUDO_LEFT);
    }
    if ((flags & LF_SEQ) && t->rsc != NULL) {
        changed |= update(s, t->rsc, a, t, n, af, AF_RUNNABLE, LF_SEQ);
    }
    if ((flags & LF_ASYM) && t->rsc != NULL) {
        changed |= update(s, t->rsc, a, t, n, af, AF_RUNNABLE, LF_ASYM);
    }
    if ((flags & LF_SHOW_THEN) && (a->flags & AF_RUNNABLE) && !(af & AF_OPTIONAL)) {
        t->flags |= AF_PRINT;
    }
    if ((flags & LF_SHOW_FIRST) && !(tf & AF_OPTIONAL)) {
        a->flags |= AF_PRINT;
    }
    if ((flags & (LF_PULL_THEN | LF_PULL_FIRST | LF_RESTART)) && a->rsc != NULL && !a->rsc->managed &&
        a->rsc->blocked && !(a->flags & AF_RUNNABLE) && a->task == TASK_STOP) {
        changed |= lose(t, AF_RUNNABLE, true);
    }
    return changed;
}

/* ---- the walk ---- */

static const pe_node *place_of(const pe_action *a)
{
    if (a->rsc != NULL && a->rsc->variant == PE_GROUP && a->task == TASK_START) {
        return pe_where_is(a->rsc, WHERE_NEXT);
    }
    return a->node;
}

static bool is_ancestor(const pe_rsc *ancestor, const pe_rsc *r)
{
    for (r = r->parent; r != NULL; r = r->parent) {
        if (r == ancestor) {
            return true;
        }
    }
    return false;
}

/* Others wait for the completion of a collective resource's action, or for its notifications. */
static pe_action *completed_form(pe_sched *s, pe_action *a)
{
    pe_rsc *r = a->rsc;
    enum pe_task done;
    struct pe_action_vec *v;
    pe_action *found;

    if (r->variant == PE_PRIMITIVE || strstr(a->key, "notify") != NULL) {
        return a;
    }
    switch (a->task) {
        case TASK_STOP: case TASK_START: case TASK_NOTIFY: case TASK_PROMOTE: case TASK_DEMOTE:
        case TASK_STOPPED: case TASK_STARTED: case TASK_NOTIFIED: case TASK_PROMOTED: case TASK_DEMOTED:
            done = pe_task_completed(a->task);
            break;
        default:
            return a;
    }
    if (r->notify && (r->parent == NULL || pe_is_inner_clone(r))) {
        v = &pe_key_text(s, r, pe_printf(s, "%s_confirmed-post_notify_%s_0", r->id, pe_task_text(done)))
                 ->actions;
    } else {
        v = pe_actions_of(r, done);
    }
    found = pe_newest(v, NULL);
    return found != NULL ? found : a;
}

static int follow(pe_sched *s, pe_action *t, uint32_t i)
{
    struct pe_link *l = &t->before.v[i], copy;
    pe_action *a = l->action, *form;
    const pe_node *place_a = place_of(a), *place_t = place_of(t);
    int changed = CHANGED_NONE;

    if ((l->flags & LF_SAME_NODE) && place_a != NULL && place_t != NULL && place_a != place_t) {
        l->flags = LF_NONE;
        return CHANGED_NONE;
    }
    if ((l->flags & LF_CANCELS) && a->rsc != NULL && !(t->flags & AF_OPTIONAL)) {
        a->flags |= AF_OPTIONAL;
        if (a->task == TASK_RELOAD) {
            a->rsc->reload = false;
        }
    }
    form = a;
    if (a->rsc != NULL && t->rsc != NULL && a->rsc != t->rsc && !is_ancestor(a->rsc, t->rsc)) {
        form = completed_form(s, a);
    }
    if (form != a) {
        if (pe_link(s, form, t, l->flags)) {
            changed |= CHANGED_THEN;
            t->before.v[i].flags = LF_NONE;
        }
        return changed;
    }
    copy = *l;
    changed = apply_link(s, a, t, &copy, ordering_flags(s, a, place_t), ordering_flags(s, t, place_a));
    if (copy.flags != l->flags) {
        t->before.v[i].flags = copy.flags;
    }
    return changed;
}

void pe_propagate(pe_sched *s, pe_action *t)
{
    uint32_t old = t->flags;
    bool changed = false;

    if (t->flags & AF_ANY_OF) {
        t->runnable_before = 0;
        if (t->required_runnable == 0) {
            t->required_runnable = 1;
        }
        t->flags &= ~(uint32_t)AF_RUNNABLE;
    }
    for (uint32_t i = t->before.n; i > 0; i--) {
        pe_action *a = t->before.v[i - 1].action;
        int one = follow(s, t, i - 1);

        changed = changed || (one & CHANGED_THEN);
        if (one & CHANGED_FIRST) {
            propagate_after(s, a);
            pe_propagate(s, a);
        }
    }
    if (t->flags & AF_ANY_OF) {
        changed = t->flags != old;
    }
    if (changed) {
        if ((old & AF_RUNNABLE) && !(t->flags & AF_RUNNABLE)) {
            pe_block_dependents(s, t);
        }
        pe_propagate(s, t);
        propagate_after(s, t);
    }
}

/* ---- colocation dependents of what cannot run ---- */

static void block_actions(pe_sched *s, pe_rsc *r, enum pe_task task, const pe_rsc *because)
{
    for (uint32_t i = r->actions.n; i > 0; i--) {
        pe_action *a = r->actions.v[i - 1];

        if (a->task == task && (a->flags & AF_RUNNABLE)) {
            a->flags &= ~(uint32_t)AF_RUNNABLE;
            pe_action_reason(s, a, pe_printf(s, "colocation with %s", because->id), false);
            pe_block_dependents(s, a);
            pe_propagate(s, a);
        }
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        block_actions(s, r->children.v[i], task, because);
    }
}

void pe_block_dependents(pe_sched *s, pe_action *x)
{
    pe_rsc *r;

    if ((x->flags & AF_RUNNABLE) || x->rsc == NULL || (x->task != TASK_START && x->task != TASK_PROMOTE)) {
        return;
    }
    r = pe_outer(x->rsc);
    if (r->with_this.n == 0) {
        return;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        pe_action *child = pe_find_first(r->children.v[i], x->task, NULL);

        if (child == NULL || (child->flags & AF_RUNNABLE)) {
            return;
        }
    }
    for (uint32_t i = 0; i < r->with_this.n; i++) {
        const pe_colocation *c = r->with_this.v[i];

        if (c->score < SCORE_INF || (x->task == TASK_PROMOTE && c->primary_role != ROLE_PROMOTED)) {
            continue;
        }
        block_actions(s, c->dependent,
                      c->dependent_role == ROLE_PROMOTED ? TASK_PROMOTE : TASK_START, x->rsc);
    }
}
