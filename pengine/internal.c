/* Constraints every resource brings with it (decisions §7). */
#include "pengine/pe.h"

/* ---- primitives ---- */

static pe_rsc *contained_connection(pe_sched *s, const pe_rsc *container)
{
    for (uint32_t i = 0; s->have_remotes && i < container->fillers.n; i++) {
        if (container->fillers.v[i]->is_conn) {
            return container->fillers.v[i];
        }
    }
    return NULL;
}

static void ban_remote_nodes(pe_sched *s, pe_rsc *r, const char *why)
{
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        struct pe_entry *e = pe_own_entry(s, &r->allowed, s->nodes.v[i]);

        if (e != NULL && s->nodes.v[i]->conn != NULL) {
            pe_explain(s, r, s->nodes.v[i], e->score, -SCORE_INF, -SCORE_INF, why);
            e->score = -SCORE_INF;
        }
    }
}

static void container_constraints(pe_sched *s, pe_rsc *r)
{
    pe_rsc *container = r->container, *remote = NULL;

    if (r->is_conn) {
        if (!r->nested_ok) {
            ban_remote_nodes(s, container, "guests are not nested");
        }
        pe_order(s, container, TASK_MONITOR, r, TASK_STOP, LF_SEQ);
    } else if (container->is_conn) {
        remote = container;
    } else {
        remote = contained_connection(s, container);
    }
    if (remote != NULL) {
        for (uint32_t i = 0; i < s->nodes.n; i++) {
            struct pe_entry *e = pe_own_entry(s, &r->allowed, s->nodes.v[i]);

            if (e != NULL && s->nodes.v[i]->conn != remote) {
                pe_explain(s, r, s->nodes.v[i], e->score, -SCORE_INF, -SCORE_INF,
                           "runs in its container only");
                e->score = -SCORE_INF;
            }
        }
        return;
    }
    pe_order(s, container, TASK_START, r, TASK_START, LF_PULL_THEN | LF_RUN_LEFT);
    pe_order(s, r, TASK_STOP, container, TASK_STOP, LF_PULL_FIRST);
    pe_colocate(s, "resource-with-container", NULL, r->nested_ok ? 10000 : SCORE_INF, r, container,
                ROLE_UNKNOWN, ROLE_UNKNOWN, true);
}

static void unfencing_constraints(pe_sched *s, pe_rsc *r)
{
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        pe_node *n = s->nodes.v[i];
        pe_action *unfence;

        if (pe_own_entry(s, &r->allowed, n) == NULL) {
            continue;
        }
        unfence = pe_fence_action(s, n, "on", true, NULL, false);
        pe_order_full(s, NULL, r, pe_key(s, r, TASK_STOP), NULL, NULL, NULL, unfence, LF_SEQ | LF_SAME_NODE);
        pe_order_full(s, NULL, NULL, NULL, unfence, r, pe_key(s, r, TASK_START), NULL,
                      LF_PULL_THEN_NODE | LF_SAME_NODE);
    }
}

static pe_action *load_stopped(pe_sched *s, pe_node *n)
{
    char *name = pe_printf(s, "load_stopped_%s", n->name);
    pe_action *a = pe_pseudo(s, name, name);

    if (a->node == NULL) {
        a->node = n;
        a->flags &= ~(uint32_t)AF_OPTIONAL;
    }
    return a;
}

static void utilization_constraints(pe_sched *s, pe_rsc *r)
{
    for (uint32_t i = 0; i < r->running.n; i++) {
        pe_order_full(s, NULL, r, pe_key(s, r, TASK_STOP), NULL, NULL, NULL, load_stopped(s, r->running.v[i]),
                      LF_LOAD);
    }
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        pe_node *n = s->nodes.v[i];

        if (pe_own_entry(s, &r->allowed, n) != NULL) {
            pe_action *a = load_stopped(s, n);

            pe_order_full(s, NULL, NULL, NULL, a, r, pe_key(s, r, TASK_START), NULL, LF_LOAD);
            pe_order_full(s, NULL, NULL, NULL, a, r, pe_key(s, r, TASK_MIGRATE_TO), NULL, LF_LOAD);
        }
    }
}

static bool has_utilization(const pe_rsc *r)
{
    for (uint32_t i = 0; i < r->utilization.n; i++) {
        if (r->utilization.pairs[i].value != NULL) {
            return true;
        }
    }
    return false;
}

static void primitive(pe_sched *s, pe_rsc *r)
{
    if (!r->managed) {
        return;
    }
    pe_order(s, r, TASK_STOP, r, TASK_START, LF_SEQ | LF_PULL_THEN | LF_RESTART);
    if (pe_top(r)->promotable || r->role > ROLE_UNPROMOTED) {
        pe_order(s, r, TASK_DEMOTE, r, TASK_STOP, LF_PULL_FIRST_PROM);
        pe_order(s, r, TASK_START, r, TASK_PROMOTE, LF_RUN_LEFT);
    }
    pe_order(s, r, TASK_LRM_DELETE, r, TASK_MONITOR, LF_SAME_NODE | LF_CANCELS);
    pe_order(s, r, TASK_DELETE, r, TASK_MONITOR, LF_SAME_NODE | LF_CANCELS);
    if (!r->fencedev && s->unfencing_enabled && r->req_unfencing) {
        unfencing_constraints(s, r);
    }
    if (s->placement != PLACE_DEFAULT && has_utilization(r)) {
        utilization_constraints(s, r);
    }
    if (r->container != NULL) {
        container_constraints(s, r);
    }
    if (r->is_conn || r->fencedev) {
        ban_remote_nodes(s, r, "does not run on remote nodes");
    }
}

/* ---- groups ---- */

static void member_constraints(pe_sched *s, pe_rsc *g, pe_rsc *m, pe_rsc *previous, pe_rsc *last_active)
{
    uint32_t down = LF_SHOW_FIRST, post = LF_SHOW_THEN;
    bool promotable = pe_top(g)->promotable, ordered = g->group->ordered;

    primitive(s, m);
    if (previous != NULL && g->group->colocated) {
        pe_colocate(s, "group:internal_colocation", NULL, SCORE_INF, m, previous, ROLE_UNKNOWN, ROLE_UNKNOWN,
                    m->critical);
    }
    if (previous == NULL && ordered) {
        down |= LF_SEQ;
        post |= LF_PULL_THEN;
    }
    if (promotable) {
        pe_order(s, g, TASK_DEMOTE, m, TASK_DEMOTE, down);
        pe_order(s, m, TASK_DEMOTE, g, TASK_DEMOTED, post);
        pe_order(s, m, TASK_PROMOTE, g, TASK_PROMOTED, LF_RUN_LEFT | LF_PULL_THEN | LF_SHOW_THEN);
        pe_order(s, g, TASK_PROMOTE, m, TASK_PROMOTE, LF_SHOW_FIRST);
    }
    pe_order(s, g, TASK_STOP, m, TASK_STOP, down);
    pe_order(s, m, TASK_STOP, g, TASK_STOPPED, post);
    pe_order(s, g, TASK_START, m, TASK_START, LF_SHOW_FIRST);
    pe_order(s, m, TASK_START, g, TASK_STARTED, LF_RUN_LEFT | LF_PULL_THEN | LF_SHOW_THEN);
    if (!ordered) {
        pe_order(s, g, TASK_START, m, TASK_START, LF_PULL_THEN | LF_RUN_LEFT | LF_SHOW_FIRST);
        if (promotable) {
            pe_order(s, g, TASK_PROMOTE, m, TASK_PROMOTE, LF_PULL_THEN | LF_RUN_LEFT | LF_SHOW_FIRST);
        }
    } else if (previous == NULL) {
        pe_order(s, g, TASK_START, m, TASK_START, LF_NONE);
        if (promotable) {
            pe_order(s, g, TASK_PROMOTE, m, TASK_PROMOTE, LF_NONE);
        }
    } else {
        pe_order(s, previous, TASK_START, m, TASK_START, LF_PULL_THEN | LF_RUN_LEFT);
        pe_order(s, m, TASK_STOP, previous, TASK_STOP, LF_SEQ | LF_RESTART);
        if (promotable) {
            pe_order(s, previous, TASK_PROMOTE, m, TASK_PROMOTE, LF_PULL_THEN | LF_RUN_LEFT);
            pe_order(s, m, TASK_DEMOTE, previous, TASK_DEMOTE, LF_SEQ);
        }
    }
    if (m->running.n > 0 && ordered && previous != NULL && previous->running.n == 0 && last_active != NULL &&
        last_active->running.n > 0) {
        pe_order(s, m, TASK_STOP, last_active, TASK_STOP, LF_SEQ);
    }
}

static void group(pe_sched *s, pe_rsc *g)
{
    pe_rsc *previous = NULL, *last_active = NULL;

    pe_order(s, g, TASK_STOP, g, TASK_STOPPED, LF_RUN_LEFT);
    pe_order(s, g, TASK_STOPPED, g, TASK_START, LF_SEQ);
    pe_order(s, g, TASK_START, g, TASK_STARTED, LF_RUN_LEFT);
    for (uint32_t i = 0; i < g->children.n; i++) {
        pe_rsc *m = g->children.v[i];

        member_constraints(s, g, m, previous, last_active);
        previous = m;
        if (m->running.n > 0) {
            last_active = m;
        }
    }
}

/* ---- clones ---- */

static void restart_set(pe_sched *s, pe_rsc *x)
{
    pe_order(s, x, TASK_STOPPED, x, TASK_START, LF_SEQ);
    pe_order(s, x, TASK_STOPPED, x, TASK_PROMOTE, LF_SEQ);
    pe_order(s, x, TASK_DEMOTED, x, TASK_STOP, LF_SEQ);
    pe_order(s, x, TASK_DEMOTED, x, TASK_START, LF_SEQ);
    pe_order(s, x, TASK_DEMOTED, x, TASK_PROMOTE, LF_SEQ);
    pe_order(s, x, TASK_STARTED, x, TASK_PROMOTE, LF_SEQ);
    pe_order(s, x, TASK_DEMOTE, x, TASK_DEMOTED, LF_SEQ);
}

static void promotable(pe_sched *s, pe_rsc *c)
{
    pe_rsc *previous = NULL;

    restart_set(s, c);
    for (uint32_t i = 0; i < c->children.n; i++) {
        pe_rsc *child = c->children.v[i];

        pe_order(s, child, TASK_DEMOTE, child, TASK_PROMOTE, LF_SEQ);
        pe_order(s, c, TASK_PROMOTE, child, TASK_PROMOTE, LF_SEQ);
        pe_order(s, child, TASK_PROMOTE, c, TASK_PROMOTED, LF_SEQ);
        if (previous != NULL && c->clone->ordered) {
            pe_order(s, previous, TASK_PROMOTE, child, TASK_PROMOTE, LF_SEQ);
        }
        pe_order(s, c, TASK_DEMOTE, child, TASK_DEMOTE, LF_SHOW_FIRST);
        pe_order(s, child, TASK_DEMOTE, c, TASK_DEMOTED, LF_SHOW_THEN);
        if (previous != NULL && c->clone->ordered) {
            pe_order(s, child, TASK_DEMOTE, previous, TASK_DEMOTE, LF_SEQ);
        }
        previous = child;
    }
}

static void clone_constraints(pe_sched *s, pe_rsc *c)
{
    pe_rsc *previous = NULL;

    pe_order(s, c, TASK_STOPPED, c, TASK_START, LF_SEQ);
    pe_order(s, c, TASK_START, c, TASK_STARTED, LF_RUN_LEFT);
    pe_order(s, c, TASK_STOP, c, TASK_STOPPED, LF_RUN_LEFT);
    if (c->promotable) {
        pe_order(s, c, TASK_DEMOTED, c, TASK_STOP, LF_SEQ);
        pe_order(s, c, TASK_STARTED, c, TASK_PROMOTE, LF_RUN_LEFT);
    }
    if (c->clone->ordered) {
        pe_sort_by_number(c->children.v, c->children.n);
    }
    for (uint32_t i = 0; i < c->children.n; i++) {
        pe_rsc *child = c->children.v[i];

        pe_internal_constraints(s, child);
        pe_order(s, c, TASK_START, child, TASK_START, LF_RUN_LEFT | LF_SHOW_FIRST);
        pe_order(s, child, TASK_START, c, TASK_STARTED, LF_SHOW_THEN);
        if (c->clone->ordered && previous != NULL) {
            pe_order(s, previous, TASK_START, child, TASK_START, LF_SEQ);
        }
        pe_order(s, c, TASK_STOP, child, TASK_STOP, LF_SHOW_FIRST);
        pe_order(s, child, TASK_STOP, c, TASK_STOPPED, LF_SHOW_THEN);
        if (c->clone->ordered && previous != NULL) {
            pe_order(s, child, TASK_STOP, previous, TASK_STOP, LF_SEQ);
        }
        previous = child;
    }
    if (c->promotable) {
        promotable(s, c);
    }
}

/* ---- bundles ---- */

static void replica(pe_sched *s, pe_rsc *b, struct pe_replica *p)
{
    pe_internal_constraints(s, p->container);
    pe_order(s, b, TASK_START, p->container, TASK_START, LF_RUN_LEFT | LF_SHOW_FIRST);
    if (p->child != NULL) {
        pe_order(s, b, TASK_STOP, p->child, TASK_STOP, LF_SHOW_FIRST);
    }
    pe_order(s, b, TASK_STOP, p->container, TASK_STOP, LF_SHOW_FIRST);
    pe_order(s, p->container, TASK_START, b, TASK_STARTED, LF_SHOW_THEN);
    pe_order(s, p->container, TASK_STOP, b, TASK_STOPPED, LF_SHOW_THEN);
    if (p->ip != NULL) {
        pe_internal_constraints(s, p->ip);
        pe_order(s, p->ip, TASK_START, p->container, TASK_START, LF_RUN_LEFT | LF_KEEP);
        pe_order(s, p->container, TASK_STOP, p->ip, TASK_STOP, LF_PULL_FIRST | LF_KEEP);
        pe_colocate(s, "ip-with-docker", NULL, SCORE_INF, p->ip, p->container,
                    ROLE_UNKNOWN, ROLE_UNKNOWN, true);
    }
    if (p->remote != NULL) {
        pe_internal_constraints(s, p->remote);
    }
}

static void bundle(pe_sched *s, pe_rsc *b)
{
    pe_rsc *k = b->bundle->child;

    if (k != NULL) {
        pe_order(s, b, TASK_START, k, TASK_START, LF_SHOW_FIRST);
        pe_order(s, b, TASK_STOP, k, TASK_STOP, LF_SHOW_FIRST);
        pe_order(s, k, TASK_STARTED, b, TASK_STARTED, LF_SHOW_THEN);
        pe_order(s, k, TASK_STOPPED, b, TASK_STOPPED, LF_SHOW_THEN);
    }
    for (uint32_t i = 0; i < b->bundle->n; i++) {
        replica(s, b, &b->bundle->replicas[i]);
    }
    if (k != NULL) {
        pe_internal_constraints(s, k);
        if (k->promotable) {
            restart_set(s, b);
            pe_order(s, k, TASK_DEMOTED, b, TASK_DEMOTED, LF_SHOW_THEN);
            pe_order(s, b, TASK_DEMOTE, k, TASK_DEMOTE, LF_SHOW_FIRST);
            pe_order(s, k, TASK_PROMOTED, b, TASK_PROMOTED, LF_SHOW_THEN);
            pe_order(s, b, TASK_PROMOTE, k, TASK_PROMOTE, LF_SHOW_FIRST);
        }
    }
}

void pe_internal_constraints(pe_sched *s, pe_rsc *r)
{
    switch (r->variant) {
        case PE_PRIMITIVE: primitive(s, r); break;
        case PE_GROUP: group(s, r); break;
        case PE_CLONE: clone_constraints(s, r); break;
        case PE_BUNDLE: bundle(s, r); break;
    }
}
