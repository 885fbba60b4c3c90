/* Orderings become links between actions (decisions §13.1, §13.7), in the order the stage prescribes. */
#include "pengine/pe.h"

/* ---- orderings to links ---- */

static void link_then(pe_sched *s, pe_rsc *then_rsc, pe_action *first, const pe_ordering *o)
{
    uint32_t flags = o->flags;

    if (first != NULL && first->rsc == then_rsc && (first->flags & AF_DANGLE)) {
        flags &= ~(uint32_t)LF_PULL_THEN;
    }
    if (o->then != NULL) {
        if (first != NULL) {
            pe_link(s, first, o->then, flags);
        }
        return;
    }
    for (uint32_t i = 0; o->then_key != NULL && i < o->then_key->actions.n; i++) {
        if (first != NULL) {
            pe_link(s, first, o->then_key->actions.v[i], flags);
        } else if (flags & LF_PULL_THEN) {
            o->then_key->actions.v[i]->flags &= ~(uint32_t)AF_RUNNABLE;
        }
    }
}

static const char *task_in_key(const pe_rsc *r, const char *key, size_t *length)
{
    const char *rest = key + strlen(r->id) + 1, *last = strrchr(rest, '_');

    *length = last == NULL ? strlen(rest) : (size_t)(last - rest);
    return rest;
}

/* The first action does not exist: create it, unless the resource's state says it never will. */
static pe_action *missing_first(pe_sched *s, const pe_ordering *o)
{
    pe_rsc *r = o->first_rsc;
    enum pcmk_role state;
    const char *task;
    size_t length;

    if (r == o->then_rsc || o->first_key == NULL) {
        return NULL;
    }
    task = task_in_key(r, o->first_key->key, &length);
    state = pe_state(r, true);
    if ((state == ROLE_STOPPED && length == 4 && strncmp(task, "stop", 4) == 0) ||
        (state == ROLE_UNPROMOTED && length == 6 && strncmp(task, "demote", 6) == 0)) {
        return NULL;
    }
    return pe_action_get(s, r, o->first_key, pe_strndup(s, task, length), NULL, true, o->id);
}

static void apply_ordering(pe_sched *s, const pe_ordering *o)
{
    uint32_t n;

    if (o->first_rsc == NULL) {
        if (o->then_rsc != NULL) {
            link_then(s, o->then_rsc, o->first, o);
        } else {
            pe_link(s, o->first, o->then, o->flags);
        }
        return;
    }
    if (o->first != NULL) {
        if (o->then_rsc == NULL) {
            pe_link(s, o->first, o->then, o->flags);
        } else {
            link_then(s, o->then_rsc, o->first, o);
        }
        return;
    }
    n = o->first_key == NULL ? 0 : o->first_key->actions.n;
    if (n == 0) {
        pe_action *created = missing_first(s, o);

        if (created == NULL) {
            return;
        }
        n = 1;
    }
    for (uint32_t i = 0; i < n; i++) {
        pe_action *first = o->first_key->actions.v[i];

        if (o->then_rsc == NULL) {
            pe_link(s, first, o->then, o->flags);
        } else {
            link_then(s, o->then_rsc, first, o);
        }
    }
}

/* ---- links that cannot hold ---- */

static bool leads_back(pe_sched *s, pe_action *from, pe_action *target, pe_action *then, struct pe_link *l)
{
    pe_action *a = l->action;

    (void)from;
    if (a->flags & AF_TRACK || !pe_input_accepted(s, then, l)) {
        return false;
    }
    if (a == target) {
        return true;
    }
    a->flags |= AF_TRACK;
    for (uint32_t i = a->before.n; i > 0; i--) {
        if (leads_back(s, from, target, a, &a->before.v[i - 1])) {
            a->flags &= ~(uint32_t)AF_TRACK;
            return true;
        }
    }
    a->flags &= ~(uint32_t)AF_TRACK;
    return false;
}

static void disable_invalid(pe_sched *s, pe_action *then)
{
    for (uint32_t i = then->before.n; i > 0; i--) {
        struct pe_link *l = &then->before.v[i - 1];
        pe_action *a = l->action;

        if (!(l->flags & LF_KEEP) && a->rsc != NULL && then->rsc != NULL && a->node != NULL &&
            pe_node_container(a->node) == then->rsc && l->flags != LF_NONE) {
            pe_message(s, PE_WARNING, "ordering_is_invalid", "Invalid ordering constraint between %s and %s",
                       a->rsc->id, then->rsc->id);
            l->flags = LF_NONE;
        }
        if (l->flags == LF_LOAD && then->task == TASK_MIGRATE_TO && leads_back(s, then, then, then, l)) {
            l->flags = LF_NONE;
        }
    }
}

/* ---- the stage ---- */

void pe_apply_orderings(pe_sched *s)
{
    for (uint32_t i = 0; i < s->n_orderings; i++) {
        apply_ordering(s, s->orderings[i]);
    }
    for (uint32_t i = s->actions.n; i > 0; i--) {
        pe_block_dependents(s, s->actions.v[i - 1]);
    }
    pe_order_probes(s);
    for (uint32_t i = s->actions.n; i > 0; i--) {
        pe_propagate(s, s->actions.v[i - 1]);
    }
    for (uint32_t i = s->actions.n; i > 0; i--) {
        disable_invalid(s, s->actions.v[i - 1]);
    }
}
