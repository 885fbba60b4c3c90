/* Scores that colocation constraints carry from one resource's table to another's (decisions §9.4, §9.5). */
#include "pengine/pe.h"

#define MARKER (-100000000)      /* a node preferred by nobody, but not forbidden (nonneg) */

/* ---- temporary tables: they live for one call only ---- */

static struct pe_node_table copy_table(const struct pe_node_table *t)
{
    struct pe_node_table copy = *t;

    copy.e = t->n == 0 ? NULL : g_memdup2(t->e, t->n * sizeof(*t->e));
    return copy;
}

static void store_table(pe_sched *s, struct pe_node_table *t, const struct pe_node_table *from)
{
    if (t->n < from->n) {
        t->e = pe_alloc(s, from->n * sizeof(*t->e));
        t->n = from->n;
    }
    if (from->n > 0) {
        memcpy(t->e, from->e, from->n * sizeof(*t->e));
    }
    t->next_seq = from->next_seq;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcasecmp(a, b) == 0);
}

/* Best score among r's available nodes whose attribute has this value. */
static int best_matching(pe_sched *s, const pe_rsc *r, const char *attr, const char *value)
{
    int best = -SCORE_INF;

    for (uint32_t i = 0; i < r->allowed.n; i++) {
        const struct pe_entry *e = &r->allowed.e[i];
        const pe_node *n = s->nodes_by_index.v[i];

        if (e->present && e->score > best && pe_node_available(n, e->score, false) &&
            same_text(value, pe_attr(n, attr))) {
            best = e->score;
        }
    }
    return best;
}

static void match(pe_sched *s, struct pe_node_table *w, const pe_rsc *r, const char *attr, float factor,
                  bool nonneg)
{
    for (uint32_t i = 0; i < w->n; i++) {
        struct pe_entry *e = &w->e[i];
        const pe_node *n = s->nodes_by_index.v[i];
        int score, weight, sum;
        float exact;

        if (!e->present) {
            continue;
        }
        if ((attr == NULL || strcmp(attr, "#uname") == 0) &&
            (n->type != PE_REMOTE || pe_attr(n, "#uname") != NULL)) {
            const struct pe_entry *own = pe_entry_of(&r->allowed, n);

            score = own != NULL && pe_node_available(n, own->score, false) && own->score > -SCORE_INF ?
                own->score : -SCORE_INF;
        } else {
            /* remote nodes without status have no attributes, not even a name, and match one another */
            attr = attr == NULL ? "#uname" : attr;
            score = best_matching(s, r, attr, pe_attr(n, attr));
        }
        if ((factor < 0 && score < 0) || e->score == MARKER) {
            continue;
        }
        exact = factor * (float)score;
        weight = (int)(exact < 0 ? exact - 0.5 : exact + 0.5);
        if (weight == 0 && score != 0) {
            weight = factor > 0 ? 1 : factor < 0 ? -1 : 0;
        }
        sum = score_add(weight, e->score);
        if (nonneg && sum < 0 && e->score > 0) {
            e->score = MARKER;
        } else if (!(nonneg && sum < 0 && e->score == 0)) {
            e->score = sum;
        }
    }
}

static void follow(pe_sched *s, pe_rsc *r, struct pe_node_table *w, float factor, unsigned flags)
{
    pe_rsc *holder = r->variant == PE_GROUP && !(flags & AC_THIS_WITH) ? r->children.v[r->children.n - 1] : r;
    const struct pe_colocation_vec *v = flags & AC_THIS_WITH ? &holder->this_with : &holder->with_this;

    for (uint32_t i = 0; i < v->n; i++) {
        pe_colocation *c = v->v[i];
        pe_rsc *other = flags & AC_THIS_WITH ? c->primary : c->dependent;
        float next = (factor < 0 ? -1.0f : 1.0f) * (float)c->score / (float)SCORE_INF;

        if (!(flags & AC_THIS_WITH) && (!pe_influences(c, NULL) || !pe_influences(c, r))) {
            continue;
        }
        pe_add_colocated(s, other, w, c->node_attr, next, (flags & ~(unsigned)AC_FRESH) | AC_ACTIVE);
    }
}

/* Ways along colocations may be very long, and where they part and join again very many. */
static bool may_go_on(pe_sched *s, const pe_rsc *r)
{
    struct pe_private *p = s->priv;

    if (p->chain_depth == 0) {
        p->chain_steps = 0;
    }
    if (p->chain_depth < PE_MAX_CHAIN && p->chain_steps < PE_MAX_CHAIN_STEPS) {
        p->chain_steps++;
        return true;
    }
    if (!p->chain_told) {
        pe_config_error(s, __func__, "Colocations are followed only as far as %s: more than %u resources "
                        "depend on one another, or they do in more than %u ways", r->id, PE_MAX_CHAIN,
                        PE_MAX_CHAIN_STEPS);
        p->chain_told = true;
    }
    return false;
}

void pe_add_colocated(pe_sched *s, pe_rsc *r, struct pe_node_table *t, const char *attr, float factor,
                      unsigned flags)
{
    bool fresh = (flags & AC_FRESH) != 0, nonneg = (flags & AC_NONNEG) != 0;
    struct pe_node_table w;

    /* what to release: the members of a group may fill the table from the arena */
    struct pe_entry *owned = NULL;

    if (r->merging || (r->variant == PE_GROUP && r->children.n == 0) || !may_go_on(s, r)) {
        return;
    }
    r->merging = true;
    s->priv->chain_depth++;
    if (r->variant == PE_GROUP) {
        w = copy_table(t);
        owned = w.e;
        pe_add_colocated(s, r->children.v[fresh ? r->children.n - 1 : 0], &w, attr, factor, flags);
    } else if (fresh) {
        w = copy_table(&r->allowed);
        owned = w.e;
    } else {
        w = copy_table(t);
        owned = w.e;
        match(s, &w, r, attr, factor, nonneg);
    }
    if (pe_any_available(s, &w, true)) {
        follow(s, r, &w, factor, flags);
    } else if (flags & AC_ACTIVE) {
        g_free(owned);
        r->merging = false;
        s->priv->chain_depth--;
        return;
    }
    for (uint32_t i = 0; nonneg && i < w.n; i++) {
        if (w.e[i].present && w.e[i].score == MARKER) {
            w.e[i].score = 1;
        }
    }
    if (t->e != NULL && t->n >= w.n) {
        memcpy(t->e, w.e, w.n * sizeof(*w.e));
    } else {
        store_table(s, t, &w);
    }
    g_free(owned);
    r->merging = false;
    s->priv->chain_depth--;
}

/* ---- one constraint ---- */

enum pe_coloc_effect pe_colocation_effect(const pe_rsc *dependent, const pe_rsc *primary,
                                          const pe_colocation *c, bool preview)
{
    if (!preview && primary->provisional) {
        return COLOC_NOTHING;
    }
    if (c->dependent_role >= ROLE_UNPROMOTED && dependent->parent != NULL && dependent->parent->promotable &&
        !dependent->provisional) {
        return COLOC_ROLE;
    }
    if (!preview && !dependent->provisional) {
        return COLOC_NOTHING;
    }
    if (c->score > 0 && ((c->dependent_role != ROLE_UNKNOWN && c->dependent_role != dependent->next) ||
                         (c->primary_role != ROLE_UNKNOWN && c->primary_role != primary->next))) {
        return COLOC_NOTHING;
    }
    if (c->score < 0 && ((c->dependent_role != ROLE_UNKNOWN && c->dependent_role == dependent->next) ||
                         (c->primary_role != ROLE_UNKNOWN && c->primary_role == primary->next))) {
        return COLOC_NOTHING;
    }
    return COLOC_LOCATION;
}

static const char *coloc_attr(const pe_colocation *c, const char *fallback)
{
    return c->node_attr != NULL ? c->node_attr : fallback;
}

static void affect_location(pe_sched *s, pe_rsc *d, const pe_rsc *p, const pe_colocation *c)
{
    const char *attr = coloc_attr(c, "#id"), *value = p->assigned == NULL ? NULL : pe_attr(p->assigned, attr);
    struct pe_node_table w;

    if (p->assigned == NULL && c->score < 0) {
        return;
    }
    w = copy_table(&d->allowed);
    for (uint32_t i = 0; i < w.n; i++) {
        if (!w.e[i].present) {
            continue;
        }
        if (p->assigned == NULL) {
            w.e[i].score = score_add(-c->score, w.e[i].score);
        } else if (same_text(pe_attr(s->nodes_by_index.v[i], attr), value)) {
            if (c->score < SCORE_INF) {
                w.e[i].score = score_add(c->score, w.e[i].score);
            }
        } else if (c->score >= SCORE_INF) {
            w.e[i].score = score_add(-SCORE_INF, w.e[i].score);
        }
    }
    if (c->score <= -SCORE_INF || c->score >= SCORE_INF || pe_any_available(s, &w, true)) {
        for (uint32_t i = 0; s->hooks.explain != NULL && i < w.n; i++) {
            if (w.e[i].present && w.e[i].score != d->allowed.e[i].score) {
                pe_explain(s, d, s->nodes_by_index.v[i], d->allowed.e[i].score, c->score, w.e[i].score,
                           c->id);
            }
        }
        if (w.n > 0) {
            memcpy(d->allowed.e, w.e, w.n * sizeof(*w.e));
        }
    }
    g_free(w.e);
}

static void affect_role(pe_rsc *d, const pe_rsc *p, const pe_colocation *c)
{
    const char *attr = coloc_attr(c, "#id");
    int score = c->score;

    if (p->assigned == NULL || d->assigned == NULL) {
        return;
    }
    if (!same_text(pe_attr(d->assigned, attr), pe_attr(p->assigned, attr))) {
        if (c->score >= SCORE_INF && c->dependent_role == ROLE_PROMOTED) {
            d->priority = -SCORE_INF;
        }
        return;
    }
    if (c->primary_role != ROLE_UNKNOWN && c->primary_role != p->next) {
        return;
    }
    if (c->dependent_role == ROLE_UNPROMOTED) {
        score = -score;
    }
    d->priority = score_add(score, d->priority);
}

/* The nodes of some resources; every other node of the dependent is out of the question. */
struct node_set {
    int *score;                 /* by node index; of the node where the primary runs */
    bool *in;
};

static void limit_to(pe_sched *s, pe_rsc *d, const struct node_set *set, bool add_scores, const char *why)
{
    for (uint32_t i = 0; i < s->nodes_by_index.n; i++) {
        pe_node *n = s->nodes_by_index.v[i];
        struct pe_entry *e = pe_entry_of(&d->allowed, n);

        if (e == NULL) {
            if (set->in[i]) {
                e = pe_entry_add(s, &d->allowed, n);
                e->score = -SCORE_INF;
            }
        } else if (!set->in[i]) {
            pe_explain(s, d, n, e->score, -SCORE_INF, -SCORE_INF, why);
            e->score = score_add(e->score, -SCORE_INF);
        } else if (add_scores) {
            e->score = score_add(e->score, set->score[i]);
        }
    }
}

static struct node_set new_set(pe_sched *s)
{
    return (struct node_set){g_new0(int, s->nodes_by_index.n), g_new0(bool, s->nodes_by_index.n)};
}

static void free_set(struct node_set *set)
{
    g_free(set->score);
    g_free(set->in);
}

static bool blocked_somewhere(const pe_rsc *r)
{
    if (r->blocked) {
        return true;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        if (blocked_somewhere(r->children.v[i])) {
            return true;
        }
    }
    return false;
}

static int location_score(const pe_rsc *r)
{
    while (r->variant != PE_PRIMITIVE && r->children.n > 0) {
        r = r->children.v[0];
    }
    return r->assigned != NULL ? r->assigned_score : 0;
}

static void with_promotable(pe_sched *s, pe_rsc *d, pe_rsc *p, const pe_colocation *c)
{
    const char *attr = coloc_attr(c, "#uname");
    bool limit = c->score >= SCORE_INF &&
                 (c->dependent_role != ROLE_PROMOTED || c->primary_role != ROLE_PROMOTED);
    struct node_set set = new_set(s);

    for (uint32_t i = 0; i < p->children.n; i++) {
        pe_rsc *instance = p->children.v[i];
        pe_node *n = pe_where_is(instance, WHERE_NEXT);

        if (n == NULL || pe_state(instance, false) != c->primary_role) {
            continue;
        }
        if (c->score < SCORE_INF) {
            const char *value = pe_attr(n, attr);

            for (uint32_t k = 0; k < d->allowed.n; k++) {
                struct pe_entry *e = &d->allowed.e[k];

                if (e->present && same_text(pe_attr(s->nodes_by_index.v[k], attr), value)) {
                    int before = e->score;

                    e->score = score_add(e->score, c->score);
                    pe_explain(s, d, s->nodes_by_index.v[k], before, c->score, e->score, c->id);
                }
            }
        }
        if (!set.in[n->index]) {
            set.in[n->index] = true;
            set.score[n->index] = location_score(instance);
        }
    }
    if (limit) {
        limit_to(s, d, &set, true, c->id);
    }
    free_set(&set);
}

static void priority_with_promotable(pe_sched *s, pe_rsc *d, pe_rsc *p, const pe_colocation *c)
{
    if (pe_compatible(s, d, p, c->primary_role, false) != NULL) {
        d->priority = score_add(c->score, d->priority);
    } else if (c->score >= SCORE_INF) {
        d->priority = -SCORE_INF;
    }
}

static bool interleaves(const pe_rsc *p, const pe_colocation *c)
{
    return (c->dependent->variant == PE_CLONE || c->dependent->variant == PE_BUNDLE) &&
           pe_is_true_meta(c->dependent, "interleave") &&
           pe_instance_limit(c->dependent) == pe_instance_limit(p);
}

static void with_compatible(pe_sched *s, pe_rsc *d, pe_rsc *p, pe_colocation *c)
{
    pe_rsc *instance = pe_compatible(s, d, p, ROLE_UNKNOWN, false);

    if (instance != NULL) {
        pe_apply_colocation(s, d, instance, c);
    } else if (c->score >= SCORE_INF) {
        pe_message(s, PE_NOTICE,
                   p->variant == PE_BUNDLE ? "pcmk__bundle_apply_coloc_score" :
                                             "pcmk__clone_apply_coloc_score",
                   "Cannot pair %s with instance of %s", d->id, p->id);
        pe_finalise(s, d, NULL, true);
    }
}

static void with_clone(pe_sched *s, pe_rsc *d, pe_rsc *p, pe_colocation *c)
{
    struct node_set set;

    if (p->provisional) {
        return;
    }
    if (p->promotable && c->primary_role != ROLE_UNKNOWN && d->provisional) {
        with_promotable(s, d, p, c);
        return;
    }
    if (p->promotable && c->primary_role != ROLE_UNKNOWN && c->dependent_role == ROLE_PROMOTED) {
        priority_with_promotable(s, d, p, c);
        return;
    }
    if (interleaves(p, c)) {
        with_compatible(s, d, p, c);
        return;
    }
    if (c->score < SCORE_INF) {
        for (uint32_t i = 0; i < p->children.n; i++) {
            pe_apply_colocation(s, d, p->children.v[i], c);
        }
        return;
    }
    set = new_set(s);
    for (uint32_t i = 0; i < p->children.n; i++) {
        pe_node *n = pe_where_is(p->children.v[i], WHERE_NEXT);

        if (n != NULL && !blocked_somewhere(p->children.v[i])) {
            set.in[n->index] = true;
        }
    }
    limit_to(s, d, &set, false, c->id);
    free_set(&set);
}

static void with_bundle(pe_sched *s, pe_rsc *d, pe_rsc *p, pe_colocation *c)
{
    struct node_set set;

    if (p->provisional) {
        return;
    }
    if (c->dependent->variant > PE_GROUP) {
        with_compatible(s, d, p, c);
        return;
    }
    set = new_set(s);
    for (uint32_t i = 0; i < p->bundle->n; i++) {
        struct pe_replica *r = &p->bundle->replicas[i];
        pe_node *n;

        if (c->score < SCORE_INF) {
            pe_apply_colocation(s, d, r->container, c);
            continue;
        }
        n = pe_where_is(r->container, WHERE_NEXT);
        if (n == NULL || blocked_somewhere(r->container) || (c->primary_role >= ROLE_PROMOTED &&
            (r->child == NULL || r->child->next < ROLE_PROMOTED))) {
            continue;
        }
        set.in[n->index] = true;
    }
    if (c->score >= SCORE_INF) {
        limit_to(s, d, &set, false, c->id);
    }
    free_set(&set);
}

static void with_group(pe_sched *s, pe_rsc *d, pe_rsc *p, pe_colocation *c)
{
    if (p->provisional || p->children.n == 0) {
        return;
    }
    if (p->group->colocated) {
        pe_apply_colocation(s, d, p->children.v[c->score >= SCORE_INF ? p->children.n - 1 : 0], c);
        return;
    }
    if (c->score >= SCORE_INF) {
        pe_config_error(s, __func__, "%s cannot be colocated mandatorily with the non-colocated group %s",
                        d->id, p->id);
        return;
    }
    for (uint32_t i = 0; i < p->children.n; i++) {
        pe_apply_colocation(s, d, p->children.v[i], c);
    }
}

void pe_apply_colocation(pe_sched *s, pe_rsc *d, pe_rsc *p, pe_colocation *c)
{
    if (d->variant == PE_GROUP) {
        if (d->children.n == 0) {
            return;
        }
        if (d->group->colocated) {
            pe_apply_colocation(s, d->children.v[0], p, c);
        } else if (c->score < SCORE_INF) {
            for (uint32_t i = 0; i < d->children.n; i++) {
                pe_apply_colocation(s, d->children.v[i], p, c);
            }
        } else {
            pe_config_error(s, __func__, "The non-colocated group %s cannot be colocated mandatorily with %s",
                            d->id, p->id);
        }
        return;
    }
    switch (p->variant) {
        case PE_GROUP: with_group(s, d, p, c); return;
        case PE_CLONE: with_clone(s, d, p, c); return;
        case PE_BUNDLE: with_bundle(s, d, p, c); return;
        default: break;
    }
    switch (pe_colocation_effect(d, p, c, false)) {
        case COLOC_LOCATION: affect_location(s, d, p, c); break;
        case COLOC_ROLE: affect_role(d, p, c); break;
        default: break;
    }
}
