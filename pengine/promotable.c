/* Promotion: scores and choice of the instances to promote (decisions §9.6). */
#include "pengine/pe.h"

/* ---- promotion scores ---- */

static pe_rsc *member_named(pe_sched *s, pe_rsc *instance, const char *base)
{
    return pe_find_member(s, instance, base);
}

static bool score_applies(pe_sched *s, pe_rsc *r, pe_node *n)
{
    struct pe_entry *e = pe_entry_of(&r->allowed, n);
    pe_rsc *clone = pe_top(r);

    if (e == NULL || e->score < 0) {
        return false;
    }
    if (!r->unique) {
        const char *base = pe_config_id(s, r);
        pe_rsc *active = NULL;
        bool known = false;

        for (uint32_t i = 0; i < clone->children.n && active == NULL; i++) {
            pe_rsc *m = member_named(s, clone->children.v[i], base);

            if (m != NULL && pe_runs_on(m, n)) {
                active = m;
            }
            known = known || (m != NULL && pe_known_on(m, n));
        }
        if (active == r) {
            return true;
        }
        if (active == NULL && known) {
            return true;
        }
    }
    if (r->running.n == 0 && r->known.next_seq == 0) {
        return true;
    }
    return pe_known_on(r, n) || pe_runs_on(r, n);
}

static const char *score_attribute(pe_sched *s, pe_node *n, const char *name, pe_rsc *r)
{
    char *attr = g_strdup_printf("master-%s", name);
    const char *value = pe_node_attr(s, n, attr, r);

    g_free(attr);
    return value;
}

int pe_promotion_score(pe_sched *s, pe_rsc *r, pe_node *n, bool *is_default)
{
    const char *name, *value;

    if (is_default != NULL) {
        *is_default = true;
    }
    if (r->children.n > 0) {
        int sum = 0;

        /* no overflow: 1000 scores fit an int */
        for (uint32_t i = 0; i < r->children.n && i < 1000; i++) {
            bool child_default;
            int score = pe_promotion_score(s, r->children.v[i], n, &child_default);

            sum += score;       /* plain: -INFINITY of one member does not rule */
            if (is_default != NULL && !child_default) {
                *is_default = false;
            }
        }
        return sum;
    }
    if (!score_applies(s, r, n)) {
        return 0;
    }
    name = r->hname != NULL ? r->hname : r->id;
    value = score_attribute(s, n, name, r);
    if (value == NULL && !r->unique) {
        const char *base = pe_base_name(s, name);

        if (strcmp(base, name) != 0) {
            value = score_attribute(s, n, base, r);
        }
    }
    if (value == NULL) {
        return 0;
    }
    if (is_default != NULL) {
        *is_default = false;
    }
    return score_parse(value, NULL);
}

void pe_add_promotion_scores(pe_sched *s, pe_rsc *r)
{
    if (r->clone->scores_added) {
        return;
    }
    r->clone->scores_added = true;
    for (uint32_t i = 0; i < r->children.n; i++) {
        pe_rsc *child = r->children.v[i];

        for (uint32_t k = 0; k < s->nodes.n; k++) {
            pe_node *n = s->nodes.v[k];
            struct pe_entry *e = pe_own_entry(s, &child->allowed, n);
            int score, before;

            if (e == NULL || !pe_node_available(n, e->score, false)) {
                continue;
            }
            score = pe_promotion_score(s, child, n, NULL);
            if (score <= 0) {
                continue;
            }
            before = e->score;
            e->score = score_add(e->score, score);
            pe_explain(s, child, n, before, score, e->score, "promotion score");
            if (score > child->priority) {
                child->priority = score;
            }
        }
    }
}

/* ---- priorities ---- */

static void unpromoted_role(pe_rsc *r)
{
    if (r->role == ROLE_STARTED) {
        r->role = ROLE_UNPROMOTED;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        unpromoted_role(r->children.v[i]);
    }
}

static void add_promoted_locations(const struct pe_location_vec *v, pe_rsc *instance, const pe_node *n)
{
    for (uint32_t i = v->n; i > 0; i--) {
        const pe_location *c = v->v[i - 1];

        for (uint32_t k = 0; c->role == ROLE_PROMOTED && k < c->n_nodes; k++) {
            if (c->nodes[k].node == n) {
                instance->priority = score_add(c->nodes[k].score, instance->priority);
                break;
            }
        }
    }
}

static void set_priority(pe_sched *s, pe_rsc *r, pe_rsc *instance)
{
    enum pcmk_role next;
    bool is_default;
    pe_node *n;

    if (pe_state(instance, true) == ROLE_STARTED) {
        unpromoted_role(instance);
    }
    n = pe_where_is(instance, WHERE_NEXT);
    if (n == NULL) {
        return;
    }
    next = pe_state(instance, false);
    switch (next) {
        case ROLE_STARTED:
        case ROLE_UNKNOWN:
            instance->priority = pe_promotion_score(s, instance, n, &is_default);
            if (is_default) {
                instance->priority = -1;
            }
            break;
        case ROLE_UNPROMOTED:
        case ROLE_STOPPED:
            instance->priority = -SCORE_INF;
            break;
        default:
            break;
    }
    add_promoted_locations(&instance->locations, instance, n);
    add_promoted_locations(&r->locations, instance, n);
    for (uint32_t i = 0; i < instance->this_with.n; i++) {
        pe_apply_colocation(s, instance, instance->this_with.v[i]->primary, instance->this_with.v[i]);
    }
    instance->sort_index = instance->priority;
    if (next == ROLE_PROMOTED) {
        instance->sort_index = SCORE_INF;
    }
}

/* ---- order of promotion ---- */

static int by_promotion(const void *va, const void *vb, void *arg)
{
    const pe_rsc *a = va, *b = vb;
    enum pcmk_role x, y;

    if (a->sort_index != b->sort_index) {
        return a->sort_index > b->sort_index ? -1 : 1;
    }
    x = pe_state(a, true);
    y = pe_state(b, true);
    if (x != y) {
        return x > y ? -1 : 1;
    }
    return pe_compare_instances(arg, a, b);
}

static void merge_colocations(pe_sched *s, pe_rsc *r)
{
    for (uint32_t i = 0; i < r->this_with.n; i++) {
        pe_colocation *c = r->this_with.v[i];

        if (c->dependent_role == ROLE_PROMOTED) {
            pe_add_colocated(s, c->primary, &r->allowed, c->node_attr, (float)c->score / (float)SCORE_INF,
                             c->score >= SCORE_INF ? 0 : AC_ACTIVE);
        }
    }
    for (uint32_t i = 0; i < r->with_this.n; i++) {
        pe_colocation *c = r->with_this.v[i];

        if (c->primary_role == ROLE_PROMOTED && pe_influences(c, NULL)) {
            pe_add_colocated(s, c->dependent, &r->allowed, c->node_attr, (float)c->score / (float)SCORE_INF,
                             AC_ACTIVE | AC_NONNEG);
        }
    }
}

static void sort_for_promotion(pe_sched *s, pe_rsc *r)
{
    if (r->clone->roles_sorted) {
        return;
    }
    r->clone->roles_sorted = true;
    r->merging = true;
    for (uint32_t i = 0; i < r->children.n; i++) {
        pe_rsc *instance = r->children.v[i];
        pe_node *n = pe_where_is(instance, WHERE_NEXT);
        struct pe_entry *e = n == NULL ? NULL : pe_entry_of(&r->allowed, n);

        if (e != NULL && instance->sort_index >= 0) {
            e->score = score_add(instance->sort_index, e->score);
        }
    }
    merge_colocations(s, r);
    for (uint32_t i = 0; i < r->n_tickets; i++) {
        const struct pe_ticket_constraint *t = r->tickets[i];

        if (t->role == ROLE_PROMOTED && (!t->ticket->granted || t->ticket->standby)) {
            pe_ban(s, r, NULL, "the ticket for promotion is missing");
        }
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        pe_rsc *instance = r->children.v[i];
        pe_node *n = pe_where_is(instance, WHERE_NEXT);

        if (!instance->managed && instance->next == ROLE_PROMOTED) {
            instance->sort_index = SCORE_INF;
        } else if (n != NULL && instance->sort_index >= 0) {
            struct pe_entry *e = pe_entry_of(&r->allowed, n);

            if (e != NULL) {
                instance->sort_index = e->score;
            }
        }
    }
    pe_sort((void **)r->children.v, r->children.n, by_promotion, s);
    r->merging = false;
}

/* ---- choice ---- */

static struct pe_entry *promotion_candidate(pe_sched *s, pe_rsc *r)
{
    pe_rsc *top = pe_top(r);
    struct pe_entry *e;
    pe_node *n;

    for (uint32_t i = 0; i < r->children.n; i++) {
        if (promotion_candidate(s, r->children.v[i]) == NULL) {
            return NULL;
        }
    }
    n = pe_where_is(r, WHERE_NEXT);
    if (n == NULL) {
        return NULL;
    }
    if (!r->managed) {
        if (pe_state(r, true) != ROLE_PROMOTED) {
            return NULL;
        }
        pe_message(s, PE_NOTICE, "node_to_be_promoted_on", "Unmanaged instance %s will be left promoted on "
                   "%s", r->id, n->name);
    } else if (r->priority < 0 || !pe_node_available(n, 0, false) || !pe_guest_can_run(n)) {
        return NULL;
    }
    e = pe_entry_of(&top->allowed, n);
    if (e == NULL || (e->count >= top->clone->promoted_node_max && r->managed)) {
        return NULL;
    }
    return e;
}

static void next_unpromoted(pe_rsc *r)
{
    if (r->children.n == 0) {
        r->next = r->assigned == NULL ? ROLE_STOPPED : ROLE_UNPROMOTED;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        next_unpromoted(r->children.v[i]);
    }
}

static void next_promoted(pe_rsc *r)
{
    if (r->next == ROLE_UNKNOWN) {
        r->next = ROLE_PROMOTED;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        next_promoted(r->children.v[i]);
    }
}

static bool promote(pe_sched *s, pe_rsc *r, pe_rsc *instance)
{
    struct pe_entry *e = promotion_candidate(s, instance);

    if (e == NULL) {
        return false;
    }
    if (pe_state(instance, true) < ROLE_PROMOTED && !s->quorum && s->no_quorum_policy == QUORUM_FREEZE) {
        pe_message(s, PE_NOTICE, "set_instance_role", "Clone instance %s cannot be promoted without quorum",
                   instance->id);
        return false;
    }
    (void)r;
    e->count++;
    next_promoted(instance);
    return true;
}

void pe_assign_roles(pe_sched *s, pe_rsc *r)
{
    int promoted = 0;

    for (uint32_t i = 0; i < r->allowed.n; i++) {
        r->allowed.e[i].count = 0;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        set_priority(s, r, r->children.v[i]);
    }
    sort_for_promotion(s, r);
    for (uint32_t i = 0; i < r->children.n; i++) {
        pe_rsc *instance = r->children.v[i];

        if (s->hooks.promotion_score != NULL) {
            s->hooks.promotion_score(s->hooks.arg, instance, pe_where_is(instance, WHERE_NEXT),
                                     instance->sort_index);
        }
        if (instance->sort_index >= 0 && (promoted < r->clone->promoted_max || !r->managed) &&
            promote(s, r, instance)) {
            promoted++;
        } else {
            next_unpromoted(instance);
        }
    }
    r->clone->n_promoted = promoted;
}
