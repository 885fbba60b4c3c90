/* Utilization: what a resource and those colocated with it need, and where it fits (decisions §9.8). */
#include "pengine/pe.h"

#include <stdio.h>

static int value_of(const struct pe_table *t, const char *name)
{
    return (int)int_parse(pe_table_get(t, name), 0);
}

/* An attribute that the node does not have only comes into being, as 0. */
void pe_take_utilization(pe_node *n, pe_rsc *r, int sign, pe_sched *s)
{
    for (uint32_t i = 0; i < r->utilization.n; i++) {
        const struct pe_pair *p = &r->utilization.pairs[i];

        if (pe_table_get(&n->utilization, p->name) == NULL) {
            pe_table_set(s, &n->utilization, p->name, "0");
        } else if (p->value != NULL) {
            int value = value_of(&n->utilization, p->name) + sign * (int)int_parse(p->value, 0);

            pe_table_set(s, &n->utilization, p->name, pe_printf(s, "%d", value));
        }
    }
}

/* ---- sets of colocated resources ---- */

static bool contains(const struct pe_rsc_vec *v, const pe_rsc *r)
{
    for (uint32_t i = 0; i < v->n; i++) {
        if (v->v[i] == r) {
            return true;
        }
    }
    return false;
}

static void colocated_set(pe_sched *s, pe_rsc *r, pe_rsc *origin, struct pe_rsc_vec *set);

static void generic_set(pe_sched *s, pe_rsc *r, pe_rsc *origin, struct pe_rsc_vec *set)
{
    if (contains(set, r)) {
        return;
    }
    PE_PUSH(s, set, r);
    for (uint32_t i = 0; i < r->this_with.n; i++) {
        pe_colocation *c = r->this_with.v[i];

        if (c->primary != origin && c->score >= SCORE_INF &&
            pe_colocation_effect(r, c->primary, c, true) == COLOC_LOCATION) {
            colocated_set(s, c->primary, origin, set);
        }
    }
    for (uint32_t i = 0; i < r->with_this.n; i++) {
        pe_colocation *c = r->with_this.v[i];

        if (c->dependent == origin || c->score < SCORE_INF ||
            (r->variant == PE_CLONE && !pe_is_clone(c->dependent))) {
            continue;
        }
        if (pe_colocation_effect(c->dependent, r, c, true) == COLOC_LOCATION) {
            colocated_set(s, c->dependent, origin, set);
        }
    }
}

static void colocated_set(pe_sched *s, pe_rsc *r, pe_rsc *origin, struct pe_rsc_vec *set)
{
    if (s->priv->depth > 2000) {
        return;
    }
    s->priv->depth++;
    if (r->variant == PE_GROUP && !contains(set, r) && r->children.n > 0) {
        if (r->group->colocated || pe_is_clone(r->parent)) {
            for (uint32_t i = 0; i < r->children.n; i++) {
                colocated_set(s, r->children.v[i], origin, set);
            }
        } else {
            colocated_set(s, r->children.v[0], origin, set);
        }
    }
    generic_set(s, r, origin, set);
    s->priv->depth--;
}

/* ---- needs ---- */

static void add_utilization(pe_sched *s, const pe_rsc *r, struct pe_table *sum)
{
    for (uint32_t i = 0; i < r->utilization.n; i++) {
        const struct pe_pair *p = &r->utilization.pairs[i];

        if (p->value != NULL) {
            pe_table_set(s, sum, p->name,
                         pe_printf(s, "%d", value_of(sum, p->name) + (int)int_parse(p->value, 0)));
        }
    }
}

static void add_needs(pe_sched *s, pe_rsc *r, const struct pe_rsc_vec *set, struct pe_table *sum);

static bool child_in_set(const pe_rsc *child, const struct pe_rsc_vec *set)
{
    if (contains(set, child)) {
        return true;
    }
    for (uint32_t i = 0; i < child->children.n; i++) {
        if (contains(set, child->children.v[i])) {
            return true;
        }
    }
    return false;
}

static void add_clone_needs(pe_sched *s, pe_rsc *r, const struct pe_rsc_vec *set, struct pe_table *sum)
{
    for (uint32_t i = 0; i < r->children.n; i++) {
        if (child_in_set(r->children.v[i], set)) {
            return;             /* that instance counts for itself */
        }
    }
    if (r->children.n > 0) {
        add_needs(s, r->children.v[0], set, sum);
    }
}

static void add_needs(pe_sched *s, pe_rsc *r, const struct pe_rsc_vec *set, struct pe_table *sum)
{
    if (!r->provisional) {
        return;
    }
    switch (r->variant) {
        case PE_GROUP:
            for (uint32_t i = 0; i < r->children.n; i++) {
                if ((r->group->colocated || pe_is_clone(r->parent) || i == 0) &&
                    !contains(set, r->children.v[i])) {
                    add_needs(s, r->children.v[i], set, sum);
                }
            }
            break;
        case PE_CLONE:
            add_clone_needs(s, r, set, sum);
            break;
        case PE_BUNDLE:
            if (r->bundle->n > 0 && r->bundle->replicas[0].container != NULL) {
                add_needs(s, r->bundle->replicas[0].container, set, sum);
            }
            break;
        default:
            add_utilization(s, r, sum);
    }
}

static bool fits(const pe_node *n, const struct pe_table *need)
{
    for (uint32_t i = 0; i < need->n; i++) {
        const struct pe_pair *p = &need->pairs[i];

        if (p->value != NULL && (int)int_parse(p->value, 0) > value_of(&n->utilization, p->name)) {
            return false;
        }
    }
    return true;
}

pe_node *pe_capacity_limits(pe_sched *s, pe_rsc *r)
{
    struct pe_table need = {0};
    struct pe_rsc_vec set = {0};
    pe_node *most = NULL;
    bool any_fits = false;
    GHashTable *nodes;
    GHashTableIter iter;
    gpointer value;

    if (s->placement == PLACE_DEFAULT) {
        return NULL;
    }
    colocated_set(s, r, r, &set);
    for (uint32_t i = 0; i < set.n; i++) {
        if (set.v[i]->provisional) {
            struct pe_rsc_vec others = set;

            add_needs(s, set.v[i], &others, &need);
        }
    }
    nodes = pe_hashed_nodes(s, &r->allowed);
    g_hash_table_iter_init(&iter, nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        pe_node *n = value;

        if (!pe_entry_available(&r->allowed, n, true)) {
            continue;
        }
        any_fits = any_fits || fits(n, &need);
        if (most == NULL || pe_compare_capacity(most, n) > 0) {
            most = n;
        }
    }
    g_hash_table_destroy(nodes);
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        pe_node *n = s->nodes.v[i];

        if (pe_own_entry(s, &r->allowed, n) != NULL && pe_entry_available(&r->allowed, n, true) &&
            !fits(n, any_fits ? &need : &r->utilization)) {
            pe_ban(s, r, n, "not enough capacity");
        }
    }
    return any_fits ? NULL : most;
}
