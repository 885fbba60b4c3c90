/* Placing the instances of clones and bundles (decisions §9.6, §9.7, §9.9). */
#include "pengine/pe.h"

#include <stdlib.h>

/* ---- order of instances ---- */

static int instance_number(const pe_rsc *r)
{
    const char *dash;

    if (r->clone_number >= 0) {
        return r->clone_number;
    }
    dash = strrchr(r->id, '-');
    return dash == NULL ? 0 : (int)int_parse(dash + 1, 0);
}

static int by_number(const void *a, const void *b, void *arg)
{
    int x = instance_number(a), y = instance_number(b);

    (void)arg;
    return x < y ? -1 : x > y;
}

void pe_sort_by_number(pe_rsc **v, uint32_t n)
{
    pe_sort((void **)v, n, by_number, NULL);
}

static bool failed(const pe_rsc *r)
{
    if (r->failed) {
        return true;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        if (r->children.v[i]->failed) {
            return true;
        }
    }
    return false;
}

static unsigned active_nodes(const pe_rsc *r)
{
    unsigned all;

    pe_current(r, &all, NULL);
    return all;
}

/* An instance active on a node where it may not run counts as inactive. */
static bool can_stay(const pe_rsc *r, const pe_node *n)
{
    const struct pe_entry *e = n == NULL ? NULL : pe_entry_of(&r->allowed, n);

    return e != NULL && e->score >= 0;
}

static int colocation_score(pe_sched *s, pe_rsc *r, pe_node *n)
{
    struct pe_node_table t = {0};
    pe_rsc *parent = r->parent;

    if (parent->this_with.n == 0 && parent->with_this.n == 0) {
        return n->score;
    }
    /* starts with the node's own score: -INFINITY when it is offline or shuts down */
    pe_entry_add(s, &t, n);
    for (uint32_t i = 0; i < parent->this_with.n; i++) {
        pe_colocation *c = parent->this_with.v[i];

        pe_add_colocated(s, c->primary, &t, c->node_attr, (float)c->score / (float)SCORE_INF, 0);
    }
    for (uint32_t i = 0; i < parent->with_this.n; i++) {
        pe_colocation *c = parent->with_this.v[i];

        if (pe_influences(c, r)) {
            pe_add_colocated(s, c->dependent, &t, c->node_attr, (float)c->score / (float)SCORE_INF,
                             AC_NONNEG);
        }
    }
    return t.e[n->index].score;
}

/* An instance while it is compared with others: nothing that its score depends on changes in between. */
struct candidate {
    pe_rsc *r;
    bool scored;
    int score;
};

static int score_of(pe_sched *s, struct candidate *c, pe_node *n)
{
    if (!c->scored) {
        c->score = colocation_score(s, c->r, n);
        c->scored = true;
    }
    return c->score;
}

static int compare_candidates(const void *va, const void *vb, void *arg)
{
    struct candidate *ca = (struct candidate *)va, *cb = (struct candidate *)vb;
    pe_rsc *a = ca->r, *b = cb->r;
    pe_sched *s = arg;
    pe_node *node_a = pe_current(a, NULL, NULL), *node_b = pe_current(b, NULL, NULL);
    unsigned active_a = active_nodes(a), active_b = active_nodes(b);
    int score_a, score_b;
    bool stay_a, stay_b;

    if (active_a > 0 && active_b > 0 && active_a != active_b) {
        return active_a < active_b ? -1 : 1;
    }
    stay_a = node_a == NULL || can_stay(a, node_a);
    stay_b = node_b == NULL || can_stay(b, node_b);
    if (stay_a != stay_b) {
        return stay_a ? -1 : 1;
    }
    node_a = stay_a ? node_a : NULL;
    node_b = stay_b ? node_b : NULL;
    if (a->priority != b->priority) {
        return a->priority > b->priority ? -1 : 1;
    }
    if (node_a == NULL && node_b == NULL) {
        return 0;
    }
    if ((node_a == NULL) != (node_b == NULL)) {
        return node_a != NULL ? -1 : 1;
    }
    {
        bool x = pe_node_available(node_a, 0, false), y = pe_node_available(node_b, 0, false);

        if (x != y) {
            return x ? -1 : 1;
        }
    }
    {
        struct pe_entry *x = pe_entry_of(&a->parent->allowed, node_a),
                        *y = pe_entry_of(&b->parent->allowed, node_b);

        if ((x == NULL) != (y == NULL)) {
            return x != NULL ? -1 : 1;
        }
        if (x != NULL && x->count != y->count) {
            return x->count < y->count ? -1 : 1;
        }
    }
    if (failed(a) != failed(b)) {
        return failed(a) ? 1 : -1;
    }
    score_a = score_of(s, ca, node_a);
    score_b = score_of(s, cb, node_b);
    return score_a != score_b ? (score_a > score_b ? -1 : 1) : by_number(a, b, NULL);
}

void pe_sort_instances(pe_sched *s, pe_rsc **v, uint32_t n)
{
    struct candidate *all = g_new0(struct candidate, n), **sorted = g_new(struct candidate *, n);

    for (uint32_t i = 0; i < n; i++) {
        all[i].r = v[i];
        sorted[i] = &all[i];
    }
    pe_sort((void **)sorted, n, compare_candidates, s);
    for (uint32_t i = 0; i < n; i++) {
        v[i] = sorted[i]->r;
    }
    g_free(sorted);
    g_free(all);
}

int pe_compare_instances(pe_sched *s, const pe_rsc *a, const pe_rsc *b)
{
    struct candidate x = {.r = (pe_rsc *)a}, y = {.r = (pe_rsc *)b};

    return compare_candidates(&x, &y, s);
}

/* ---- placing one instance ---- */

static void set_entry_tree(pe_sched *s, pe_rsc *r, pe_node *n, int score, const char *why)
{
    struct pe_entry *e = pe_entry_of(&r->allowed, n);

    if (e != NULL && e->score != score) {
        pe_explain(s, r, n, e->score, score, score, why);
        e->score = score;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        set_entry_tree(s, r->children.v[i], n, score, why);
    }
}

static void copy_colocations(pe_sched *s, pe_rsc *parent, pe_rsc *child, bool all)
{
    for (uint32_t i = 0; i < parent->this_with.n; i++) {
        pe_colocation *c = parent->this_with.v[i];

        if (all || c->score < 0 || c->score >= SCORE_INF) {
            pe_insert_this_with(s, child, c);
        }
    }
    for (uint32_t i = 0; i < parent->with_this.n; i++) {
        pe_colocation *c = parent->with_this.v[i];

        if (pe_influences(c, NULL) && (all || c->score < 0)) {
            pe_insert_with_this(s, child, c);
        }
    }
}

static void restrict_to_parent(pe_sched *s, pe_rsc *parent, pe_rsc *child, int per_node)
{
    for (uint32_t i = 0; i < s->nodes_by_index.n; i++) {
        pe_node *n = s->nodes_by_index.v[i];
        struct pe_entry *e = pe_entry_of(&child->allowed, n), *p = pe_entry_of(&parent->allowed, n);

        if (e == NULL) {
            continue;
        }
        if (!pe_node_available(n, e->score, false) || child->orphan) {
            set_entry_tree(s, child, n, -SCORE_INF,
                           child->orphan ? "orphaned instance" : "node not available");
        } else if (p == NULL) {
            pe_message(s, PE_WARNING, "can_run_instance", "%s cannot run on %s: node not allowed", child->id,
                       n->name);
            set_entry_tree(s, child, n, -SCORE_INF, "not allowed there");
        } else if (p->count >= per_node) {
            set_entry_tree(s, child, n, -SCORE_INF, "enough instances there");
        } else if (p->score < 0) {
            set_entry_tree(s, child, n, -SCORE_INF, "the whole is not wanted there");
        }
    }
}

static pe_node *place(pe_sched *s, pe_rsc *parent, pe_rsc *child, pe_node *prefer, bool all, int per_node)
{
    struct pe_node_table saved;
    pe_node *chosen;

    if (!child->provisional) {
        return pe_where_is(child, WHERE_NEXT);
    }
    if (child->assigning) {
        return NULL;
    }
    copy_colocations(s, parent, child, all);
    if (prefer != NULL) {
        struct pe_entry *e = pe_entry_of(&child->allowed, prefer);

        if (e == NULL || e->score < 0) {
            return NULL;
        }
    }
    restrict_to_parent(s, parent, child, per_node);
    saved = prefer == NULL ? (struct pe_node_table){0} : pe_node_table_copy(s, &child->allowed);
    chosen = pe_assign(s, child, prefer);
    if (prefer != NULL && chosen != NULL && chosen != prefer) {
        child->allowed = saved;
        pe_drop_assignment(s, child);
        return NULL;
    }
    if (chosen != NULL) {
        struct pe_entry *e = pe_entry_of(&parent->allowed, chosen);

        if (e != NULL) {
            e->count++;
        }
    }
    return chosen;
}

static bool runs_here(const pe_rsc *r)
{
    return r->running.n > 0 && r->provisional && !r->failed;
}

void pe_distribute(pe_sched *s, pe_rsc *r, pe_rsc **children, uint32_t n, pe_node **nodes, uint32_t n_nodes,
                   int max, int per_node)
{
    int available = 0, loop_max, placed = 0;
    bool all;

    for (uint32_t i = 0; i < n_nodes; i++) {
        struct pe_entry *e = pe_entry_of(&r->allowed, nodes[i]);

        e->count = 0;
        available += pe_node_available(nodes[i], e->score, false);
    }
    all = max < available;
    loop_max = available > 0 ? max / available : max;
    loop_max = loop_max < 1 ? 1 : loop_max;
    for (uint32_t i = 0; i < n && placed < max; i++) {
        pe_node *current;
        struct pe_entry *e;

        if (!runs_here(children[i])) {
            continue;
        }
        current = pe_current(children[i], NULL, NULL);
        e = pe_entry_of(&r->allowed, current);
        if (!pe_node_available(current, current->score, true) || (e != NULL && e->count >= loop_max)) {
            continue;
        }
        if (place(s, r, children[i], current, all, per_node) != NULL) {
            placed++;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        pe_node *current = pe_current(children[i], NULL, NULL);

        if (current != NULL && pe_entry_of(&r->allowed, current) == NULL) {
            pe_message(s, PE_ERROR, "distribute_children", "%s is running on %s which isn't allowed",
                       children[i]->id, current->name);
        }
        if (!children[i]->provisional) {
            continue;
        }
        if (placed >= max) {
            pe_ban(s, children[i], NULL, "enough instances run");
        } else if (place(s, r, children[i], NULL, all, per_node) != NULL) {
            placed++;
        }
    }
}

/* ---- clones ---- */

pe_node *pe_assign_clone(pe_sched *s, pe_rsc *r, pe_node *prefer)
{
    pe_node **nodes;
    uint32_t n;

    if (!r->provisional || r->assigning) {
        return NULL;
    }
    if (r->promotable) {
        pe_add_promotion_scores(s, r);
    }
    r->assigning = true;
    for (uint32_t i = 0; i < r->this_with.n; i++) {
        pe_assign(s, r->this_with.v[i]->primary, prefer);
    }
    for (uint32_t i = 0; i < r->with_this.n; i++) {
        pe_colocation *c = r->with_this.v[i];

        if (pe_influences(c, NULL)) {
            pe_add_colocated(s, c->dependent, &r->allowed, c->node_attr, (float)c->score / (float)SCORE_INF,
                             AC_ACTIVE | AC_NONNEG);
        }
    }
    pe_show_scores(s, r, "pcmk__clone_allocate");
    nodes = g_new(pe_node *, s->nodes.n + 1);
    n = pe_sort_nodes(s, &r->allowed, NULL, nodes);
    pe_sort_instances(s, r->children.v, r->children.n);
    pe_distribute(s, r, r->children.v, r->children.n, nodes, n, r->clone->max, r->clone->node_max);
    g_free(nodes);
    if (r->promotable) {
        pe_assign_roles(s, r);
    }
    r->assigning = r->provisional = false;
    return NULL;
}

/* ---- bundles ---- */

static void place_replica(pe_sched *s, pe_rsc *r, struct pe_replica *p, pe_node *prefer)
{
    pe_node *host = p->container->assigned;

    if (p->ip != NULL) {
        pe_assign(s, p->ip, prefer);
    }
    if (p->remote != NULL) {
        if (host != NULL && host->type == PE_REMOTE) {
            pe_colocate(s, "child-remote-with-docker-remote", NULL, SCORE_INF, p->remote, host->conn,
                        ROLE_UNKNOWN, ROLE_UNKNOWN, true);
        }
        pe_assign(s, p->remote, prefer);
    }
    if (p->child == NULL) {
        return;
    }
    for (uint32_t i = 0; i < p->child->allowed.n; i++) {
        struct pe_entry *e = &p->child->allowed.e[i];
        pe_node *n = s->nodes_by_index.v[i];
        pe_rsc *banned;

        if (!e->present) {
            continue;
        }
        if (n != p->node) {
            e->score = -SCORE_INF;
        } else if (!pe_threshold_reached(s, p->child, n, &banned)) {
            e->score = SCORE_INF;
        }
    }
    r->bundle->child->assigning = true;
    pe_assign(s, p->child, p->node);
    r->bundle->child->assigning = false;
}

pe_node *pe_assign_bundle(pe_sched *s, pe_rsc *r, pe_node *prefer)
{
    struct pe_bundle_data *b = r->bundle;
    pe_rsc **containers;
    pe_node **nodes;
    uint32_t n;

    if (s->priv->depth > PE_MAX_BUNDLE_DEPTH) {
        return NULL;
    }
    s->priv->depth++;
    r->assigning = true;        /* a bundle is looked at anew each time something is colocated with it */
    pe_show_scores(s, r, "pcmk__bundle_allocate");
    nodes = g_new(pe_node *, s->nodes.n + 1);
    n = pe_sort_nodes(s, &r->allowed, NULL, nodes);
    containers = g_new(pe_rsc *, b->n + 1);
    for (uint32_t i = 0; i < b->n; i++) {
        containers[i] = b->replicas[i].container;
    }
    pe_sort_instances(s, containers, b->n);
    pe_distribute(s, r, containers, b->n, nodes, n, b->n_replicas, b->per_host);
    g_free(containers);
    g_free(nodes);
    for (uint32_t i = 0; i < b->n; i++) {
        place_replica(s, r, &b->replicas[i], prefer);
    }
    if (b->child != NULL) {
        for (uint32_t i = 0; i < b->child->allowed.n; i++) {
            if (b->child->allowed.e[i].present) {
                b->child->allowed.e[i].score =
                    pe_replica_on_node(r, s->nodes_by_index.v[i]) != NULL ? 0 : -SCORE_INF;
            }
        }
        pe_assign(s, b->child, prefer);
    }
    r->assigning = r->provisional = false;
    s->priv->depth--;
    return NULL;
}

/* ---- compatible instances ---- */

int pe_instance_limit(const pe_rsc *r)
{
    if (r->variant == PE_CLONE) {
        return r->clone->node_max_configured;
    }
    return r->variant == PE_BUNDLE ? r->bundle->per_host : 1;
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

static pe_rsc *compatible_on(pe_rsc *x, const pe_node *n, enum pcmk_role role, bool current)
{
    uint32_t count = x->variant == PE_BUNDLE ? x->bundle->n : x->children.n;

    for (uint32_t i = 0; i < count; i++) {
        pe_rsc *instance = x->variant == PE_BUNDLE ? x->bundle->replicas[i].container : x->children.v[i];

        if (pe_where_is(instance, current ? WHERE_CURRENT : WHERE_NEXT) == n &&
            !blocked_somewhere(instance) && (role == ROLE_UNKNOWN || pe_state(instance, current) == role)) {
            return instance;
        }
    }
    return NULL;
}

pe_rsc *pe_compatible(pe_sched *s, pe_rsc *d, pe_rsc *x, enum pcmk_role role, bool current)
{
    pe_node *n = pe_where_is(d, current ? WHERE_CURRENT : WHERE_NEXT), **nodes;
    pe_rsc *found = NULL;
    uint32_t count;

    if (n != NULL) {
        return compatible_on(x, n, role, current);
    }
    nodes = g_new(pe_node *, s->nodes.n + 1);
    count = pe_sort_nodes(s, &d->allowed, NULL, nodes);
    for (uint32_t i = 0; found == NULL && i < count; i++) {
        found = compatible_on(x, nodes[i], role, current);
    }
    g_free(nodes);
    return found;
}
