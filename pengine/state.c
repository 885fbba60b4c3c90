/* Where resources are and in which state: questions and changes every stage needs
 * (scheduler input §3, §7.1, §11.9). */
#include "pengine/pe.h"

pe_node *pe_current(const pe_rsc *r, unsigned *all, unsigned *clean)
{
    pe_node *first_clean = NULL, *preferred = NULL;
    unsigned n_clean = 0;

    for (uint32_t i = 0; i < r->running.n; i++) {
        pe_node *n = r->running.v[i];

        if (pe_clean(n)) {
            n_clean++;
            first_clean = first_clean != NULL ? first_clean : n;
        }
        if (n == r->partial_source) {
            preferred = n;
        }
    }
    if (all != NULL) {
        *all = r->running.n;
    }
    if (clean != NULL) {
        *clean = n_clean;
    }
    if (r->running.n == 0) {
        return NULL;
    }
    if (r->partial_source != NULL) {
        return preferred != NULL ? preferred : r->running.v[0];
    }
    return !r->req_fencing && first_clean != NULL ? first_clean : r->running.v[0];
}

enum pcmk_role pe_state(const pe_rsc *r, bool current)
{
    enum pcmk_role highest = ROLE_UNKNOWN;

    if (r->variant == PE_PRIMITIVE) {
        return current ? r->role : r->next;
    }
    if (r->variant == PE_BUNDLE) {
        return ROLE_UNKNOWN;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        enum pcmk_role role = pe_state(r->children.v[i], current);

        highest = role > highest ? role : highest;
    }
    return highest;
}

static bool bundle_active(const pe_rsc *r, bool all)
{
    for (uint32_t i = 0; i < r->bundle->n; i++) {
        const struct pe_replica *p = &r->bundle->replicas[i];
        pe_rsc *const parts[] = {p->ip, p->child, p->container, p->remote};

        for (int k = 0; k < 4; k++) {
            if (parts[k] != NULL && pe_active(parts[k], all) != all) {
                return !all;
            }
        }
    }
    return all;
}

bool pe_active(const pe_rsc *r, bool all)
{
    if (r->variant == PE_BUNDLE) {
        return bundle_active(r, all);
    }
    if (r->variant == PE_PRIMITIVE) {
        for (uint32_t i = 0; i < r->running.n; i++) {
            if (r->running.v[i]->unclean || r->running.v[i]->online || !r->managed) {
                return true;
            }
        }
        return false;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        if (pe_active(r->children.v[i], all) != all) {
            return !all;
        }
    }
    return all && (r->variant != PE_GROUP || r->children.n > 0);
}

static void add_unique(pe_sched *s, struct pe_node_vec *list, pe_node *n)
{
    for (uint32_t i = 0; i < list->n; i++) {
        if (list->v[i] == n) {
            return;
        }
    }
    PE_PUSH(s, list, n);
}

pe_node *pe_location_of(const pe_rsc *r, struct pe_node_vec *list, enum pe_where where, pe_sched *s)
{
    if (r->children.n > 0) {
        for (uint32_t i = 0; i < r->children.n; i++) {
            pe_location_of(r->children.v[i], list, where, s);
        }
    } else if (r->variant == PE_PRIMITIVE) {
        if (where == WHERE_NEXT) {
            if (r->assigned != NULL) {
                add_unique(s, list, r->assigned);
            }
        } else {
            for (uint32_t i = 0; i < r->running.n; i++) {
                add_unique(s, list, r->running.v[i]);
            }
            if (where == WHERE_PENDING && r->pending_node != NULL) {
                add_unique(s, list, r->pending_node);
            }
        }
    }
    return list->n == 1 ? list->v[0] : NULL;
}

/* Collects into *found the only node; returns false as soon as there are two. */
static bool only_node(const pe_rsc *r, enum pe_where where, pe_node **found)
{
    if (r->children.n > 0) {
        for (uint32_t i = 0; i < r->children.n; i++) {
            if (!only_node(r->children.v[i], where, found)) {
                return false;
            }
        }
        return true;
    }
    if (r->variant != PE_PRIMITIVE) {
        return true;
    }
    if (where == WHERE_NEXT) {
        if (r->assigned != NULL && *found != NULL && *found != r->assigned) {
            return false;
        }
        *found = r->assigned != NULL ? r->assigned : *found;
        return true;
    }
    for (uint32_t i = 0; i < r->running.n; i++) {
        if (*found != NULL && *found != r->running.v[i]) {
            return false;
        }
        *found = r->running.v[i];
    }
    if (where == WHERE_PENDING && r->pending_node != NULL) {
        if (*found != NULL && *found != r->pending_node) {
            return false;
        }
        *found = r->pending_node;
    }
    return true;
}

pe_node *pe_where_is(const pe_rsc *r, enum pe_where where)
{
    pe_node *found = NULL;

    return only_node(r, where, &found) ? found : NULL;
}

bool pe_runs_on(const pe_rsc *r, const pe_node *n)
{
    for (uint32_t i = 0; i < r->running.n; i++) {
        if (r->running.v[i] == n) {
            return true;
        }
    }
    return false;
}

bool pe_known_on(const pe_rsc *r, const pe_node *n)
{
    return pe_entry_of(&r->known, n) != NULL;
}

void pe_set_known(pe_sched *s, pe_rsc *r, const pe_node *n)
{
    pe_entry_add(s, &r->known, n);
}

void pe_explain(pe_sched *s, const pe_rsc *r, const pe_node *n, int before, int added, int after,
                const char *why)
{
    if (s->hooks.explain != NULL) {
        s->hooks.explain(s->hooks.arg, r, n, before, added, after, why);
    }
}

void pe_add_score(pe_sched *s, pe_rsc *r, pe_node *n, int score, const char *why)
{
    struct pe_entry *e;
    int before;

    for (uint32_t i = 0; i < r->children.n; i++) {
        pe_add_score(s, r->children.v[i], n, score, why);
    }
    e = pe_entry_add(s, &r->allowed, n);
    before = e->score;
    e->score = score_add(e->score, score);
    pe_explain(s, r, n, before, score, e->score, why);
}

static void drop_assignments(pe_sched *s, pe_rsc *r)
{
    (void)s;
    r->assigned = NULL;
}

void pe_add_score_all(pe_sched *s, pe_rsc *r, int score, const char *why)
{
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        pe_add_score(s, r, s->nodes.v[i], score, why);
    }
    if (score == -SCORE_INF && r->assigned != NULL) {
        drop_assignments(s, r);
    }
}

void pe_ban(pe_sched *s, pe_rsc *r, pe_node *node, const char *why)
{
    if (node != NULL) {
        pe_add_score(s, r, node, -SCORE_INF, why);
    } else {
        pe_add_score_all(s, r, -SCORE_INF, why);
    }
}

void pe_rebuild_allowed(pe_sched *s, pe_rsc *r)
{
    r->allowed = (struct pe_node_table){0};
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        struct pe_entry *e = pe_entry_add(s, &r->allowed, s->nodes.v[i]);

        e->score = -SCORE_INF;
    }
}

static void add_node_priority(pe_rsc *r, pe_node *node, bool failed)
{
    int priority = r->priority;

    if (priority == 0 || failed) {
        return;
    }
    if (r->role == ROLE_PROMOTED) {
        priority = score_add(priority, 1);
    }
    node->priority = score_add(node->priority, priority);
    if (pe_is_guest(node)) {
        pe_rsc *container = node->conn->container;

        for (uint32_t i = 0; i < container->running.n; i++) {
            container->running.v[i]->priority = score_add(container->running.v[i]->priority, priority);
        }
    }
}

static void block_multiple(pe_rsc *r)
{
    pe_rsc *p = r->parent;

    r->managed = false;
    r->blocked = true;
    if (p != NULL && (p->variant == PE_GROUP || p->variant == PE_BUNDLE) && p->multiple == MULTIPLE_BLOCK) {
        for (uint32_t i = 0; i < p->children.n; i++) {
            p->children.v[i]->managed = false;
            p->children.v[i]->blocked = true;
        }
    }
}

void pe_add_running(pe_sched *s, pe_rsc *r, pe_node *node, bool failed)
{
    if (pe_runs_on(r, node)) {
        return;
    }
    PE_PUSH(s, &r->running, node);
    if (r->variant == PE_PRIMITIVE) {
        PE_PUSH(s, &node->running, r);
        add_node_priority(r, node, failed);
        if (node->maintenance) {
            r->managed = false;
        }
    }
    if (!r->managed) {
        pe_add_score(s, r, node, SCORE_INF, "not managed, so it stays where it is");
        if (node->online) {
            for (pe_rsc *p = r->parent; p != NULL; p = p->parent) {
                PE_PUSH(s, &p->running, node);
            }
        }
        return;
    }
    if (r->variant == PE_PRIMITIVE) {
        unsigned all, clean;

        pe_current(r, &all, &clean);
        if ((r->req_fencing ? all : clean) > 1) {
            if (r->multiple == MULTIPLE_STOP_ONLY) {
                pe_rebuild_allowed(s, r);
            } else if (r->multiple == MULTIPLE_BLOCK) {
                block_multiple(r);
            }
        }
    }
    if (r->parent != NULL) {
        pe_add_running(s, r->parent, node, false);
    }
}
