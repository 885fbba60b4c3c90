/* Probes come before what could disturb or depend on them (decisions §13.6). */
#include "pengine/pe.h"

/* What is undone before the action is done: the stops of what starts, the demotions of what is promoted. */
static const struct pe_action_vec *undone_before(const pe_action *a)
{
    enum pe_task undone = TASK_OTHER;

    if (a->task == TASK_START) {
        undone = TASK_STOP;
    } else if (a->task == TASK_PROMOTE) {
        undone = TASK_DEMOTE;
    }
    return pe_actions_of(a->rsc, undone);
}

static bool undoes_something(const pe_action *a)
{
    const struct pe_action_vec *v;

    if (a->rsc == NULL || a->rsc->variant != PE_PRIMITIVE) {
        return false;
    }
    v = undone_before(a);
    for (uint32_t i = 0; i < v->n; i++) {
        if (!(v->v[i]->flags & AF_PSEUDO)) {
            return true;
        }
    }
    return false;
}

/* Whether a walk from any probe may take this link. */
static bool may_follow(const pe_action *after, const struct pe_link *w)
{
    const pe_rsc *r = w->action->rsc;

    return (w->flags & LF_PULL_THEN) ||
           (after->rsc != NULL && after->rsc->variant >= PE_GROUP && r != NULL && r->variant <= PE_GROUP &&
            r->parent == after->rsc);
}

/* The links a walk may take, backwards: action number n (by serial) is reached from those in
 * from[start[n]] to from[start[n + 1] - 1]. */
struct backwards {
    uint32_t *start;
    pe_action **from;
};

static struct backwards reverse_links(pe_sched *s)
{
    uint32_t n = s->priv->action_serial + 1;
    struct backwards b = {.start = g_new0(uint32_t, n + 2)};

    for (uint32_t i = 0; i < s->actions.n; i++) {
        const pe_action *a = s->actions.v[i];

        for (uint32_t k = 0; k < a->after.n; k++) {
            b.start[a->after.v[k].action->serial + 2] += may_follow(a, &a->after.v[k]);
        }
    }
    for (uint32_t i = 2; i < n + 2; i++) {
        b.start[i] += b.start[i - 1];
    }
    b.from = g_new(pe_action *, b.start[n + 1] + 1);
    for (uint32_t i = 0; i < s->actions.n; i++) {
        pe_action *a = s->actions.v[i];

        for (uint32_t k = 0; k < a->after.n; k++) {
            if (may_follow(a, &a->after.v[k])) {
                b.from[b.start[a->after.v[k].action->serial + 1]++] = a;
            }
        }
    }
    return b;
}

/* Marks the actions from which a walk may come to one that undoes something: in a cluster
 * that starts there are none, and the walks from every probe along a chain of orderings would
 * take time quadratic in its length. */
static void mark_worthwhile(pe_sched *s)
{
    struct backwards b = reverse_links(s);
    pe_action **queue = g_new(pe_action *, s->actions.n + 1);
    uint32_t n = 0;

    for (uint32_t i = 0; i < s->actions.n; i++) {
        s->actions.v[i]->worthwhile = undoes_something(s->actions.v[i]);
        if (s->actions.v[i]->worthwhile) {
            queue[n++] = s->actions.v[i];
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = b.start[queue[i]->serial]; k < b.start[queue[i]->serial + 1]; k++) {
            if (!b.from[k]->worthwhile) {
                b.from[k]->worthwhile = true;
                queue[n++] = b.from[k];
            }
        }
    }
    g_free(queue);
    g_free(b.from);
    g_free(b.start);
}

static void restart_after_probe(pe_sched *s, pe_action *probe, pe_action *after)
{
    pe_rsc *compatible = NULL;
    bool interleaved = false;

    if (!after->worthwhile || after->visited == (uint32_t)s->priv->track) {
        return;
    }
    after->visited = (uint32_t)s->priv->track;
    if (after->rsc != NULL && after->rsc->variant == PE_PRIMITIVE && after->rsc != probe->rsc) {
        const struct pe_action_vec *v = undone_before(after);

        for (uint32_t i = 0; i < v->n; i++) {
            if (!(v->v[i]->flags & AF_PSEUDO)) {
                pe_link(s, probe, v->v[i], LF_SEQ);
            }
        }
    }
    if (after->rsc != NULL && after->rsc->variant >= PE_CLONE && pe_is_true_meta(after->rsc, "interleave")) {
        interleaved = true;
        compatible = pe_compatible(s, probe->rsc, after->rsc, ROLE_UNKNOWN, false);
    }
    for (uint32_t i = after->after.n; i > 0; i--) {
        const struct pe_link *w = &after->after.v[i - 1];
        pe_rsc *r = w->action->rsc;

        if (!(w->flags & LF_PULL_THEN)) {
            if (after->rsc == NULL || after->rsc->variant < PE_GROUP || probe->rsc->parent == after->rsc ||
                r == NULL || r->variant > PE_GROUP || r->parent != after->rsc) {
                continue;
            }
            if (after->rsc->variant > PE_GROUP && interleaved && (compatible == NULL || compatible != r)) {
                continue;
            }
        }
        restart_after_probe(s, probe, w->action);
    }
}

static void restarts(pe_sched *s, struct pe_rsc_vec *v)
{
    for (uint32_t i = 0; i < v->n; i++) {
        pe_rsc *r = v->v[i];
        struct pe_action_vec *probes;

        if (r->children.n > 0) {
            restarts(s, &r->children);
            continue;
        }
        if (r->variant != PE_PRIMITIVE) {
            continue;
        }
        probes = pe_actions_of(r, TASK_MONITOR);
        for (uint32_t k = 0; k < probes->n; k++) {
            pe_action *probe = probes->v[k];

            for (uint32_t j = probe->after.n; j > 0; j--) {
                s->priv->track++;
                restart_after_probe(s, probe, probe->after.v[j - 1].action);
            }
        }
    }
}

static bool is_stop(const pe_ordering *o)
{
    return o->first != NULL ? o->first->task == TASK_STOP :
        o->first_key != NULL && pe_ends_with(o->first_key->key, "_stop_0");
}

static bool then_is_stop(const pe_ordering *o)
{
    return o->then != NULL ? o->then->task == TASK_STOP :
        o->then_key != NULL && pe_ends_with(o->then_key->key, "_stop_0");
}

static void probe_then(pe_sched *s, pe_action *probe, pe_action *then, uint32_t flags)
{
    if (then->task == TASK_STONITH) {
        const char *op = pe_table_get(&then->meta, "stonith_action");

        if (op != NULL && strcmp(op, "on") == 0 && probe->node == then->node) {
            return;
        }
    } else if (then->task == TASK_SHUTDOWN && probe->node != NULL && then->node != NULL &&
               probe->node != then->node) {
        return;
    }
    pe_link(s, probe, then, flags);
}

static void before_ordering(pe_sched *s, const pe_ordering *o)
{
    struct pe_action_vec *probes;
    uint32_t flags = LF_SEQ;

    if (o->flags == LF_NONE || o->first_rsc == NULL || o->first_rsc == o->then_rsc || !is_stop(o)) {
        return;
    }
    probes = pe_actions_of(o->first_rsc, TASK_MONITOR);
    if (probes->n == 0 || (o->first_rsc->container != NULL && o->first_rsc->container == o->then_rsc &&
                           then_is_stop(o))) {
        return;
    }
    flags |= o->flags & (LF_NOMIG_FIRST | LF_SAME_NODE);
    if (o->flags == LF_ANTI || o->flags == LF_LOAD) {
        flags = o->flags;
    }
    for (uint32_t i = 0; i < probes->n; i++) {
        if (o->then != NULL) {
            probe_then(s, probes->v[i], o->then, flags);
        } else if (o->then_rsc != NULL && o->then_key != NULL) {
            for (uint32_t k = 0; k < o->then_key->actions.n; k++) {
                probe_then(s, probes->v[i], o->then_key->actions.v[k], flags);
            }
        }
    }
}

void pe_order_probes(pe_sched *s)
{
    mark_worthwhile(s);
    restarts(s, &s->resources);
    for (uint32_t i = 0; i < s->n_orderings; i++) {
        before_ordering(s, s->orderings[i]);
    }
}
