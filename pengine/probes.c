/* Probes: finding out what runs where nobody has looked yet (decisions §10.2). */
#include "pengine/pe.h"

static bool contains_guest(const pe_rsc *r)
{
    for (uint32_t i = 0; i < r->fillers.n; i++) {
        if (r->fillers.v[i]->is_conn) {
            return true;
        }
    }
    return false;
}

static void order_guest(pe_sched *s, pe_rsc *guest, enum pe_task task, pe_rsc *r)
{
    pe_order(s, guest, task, pe_top(r), TASK_START, LF_SEQ);
}

/* A guest node can be probed only while its guest stays up. */
static bool guest_allows(pe_sched *s, pe_rsc *r, const pe_node *n)
{
    pe_rsc *guest = n->conn->container;

    if (guest->role == ROLE_STOPPED) {
        if (guest->assigned != NULL && !pe_known_on(guest, guest->assigned)) {
            order_guest(s, guest, TASK_MONITOR, r);
        }
        return false;
    }
    if (n->reset_needed || n->unclean || guest->failed || guest->next == ROLE_STOPPED ||
        (guest->assigned != NULL && !pe_runs_on(guest, guest->assigned))) {
        order_guest(s, guest, TASK_STOP, r);
        return false;
    }
    return true;
}

static bool may_probe(pe_sched *s, pe_rsc *r, pe_node *n)
{
    struct pe_entry *e = pe_entry_of(&r->allowed, n);
    bool guest = pe_is_guest(n);

    if (n->type == PE_REMOTE && (r->fencedev || r->is_conn || (guest && contains_guest(r)))) {
        return false;
    }
    if ((r->container != NULL && !r->is_conn) || r->orphan || pe_known_on(r, n)) {
        return false;
    }
    if ((r->exclusive || pe_top(r)->exclusive) && (e == NULL || e->discover != DISCOVER_EXCLUSIVE)) {
        return false;
    }
    if ((e != NULL ? (enum pe_discover)e->discover : n->discover) == DISCOVER_NEVER) {
        return false;
    }
    return !guest || guest_allows(s, r, n);
}

static bool probe_primitive(pe_sched *s, pe_rsc *r, pe_node *n)
{
    pe_rsc *after = pe_top(r);
    uint32_t flags = LF_SEQ;
    pe_action *probe;

    if (!may_probe(s, r, n)) {
        return false;
    }
    probe = pe_act(s, r, TASK_MONITOR, n, false, "its state on the node is not known");
    probe->flags &= ~(uint32_t)AF_OPTIONAL;
    pe_order_unfence(s, r, n, probe, LF_SEQ);
    if (!pe_runs_on(r, n)) {
        pe_table_set(s, &probe->meta, "op_target_rc", "7");
    } else if (r->role == ROLE_PROMOTED) {
        pe_table_set(s, &probe->meta, "op_target_rc", "8");
    }
    if ((r->fencedev && s->unfencing_enabled) || !pe_is_clone(after)) {
        after = r;
    }
    if (!(probe->flags & AF_RUNNABLE) && r->running.n == 0) {
        flags |= LF_RUN_LEFT;
    }
    pe_order_full(s, NULL, r, NULL, probe, after, pe_key(s, after, TASK_START), NULL, flags);
    pe_order_full(s, NULL, r, NULL, probe, after, pe_key(s, after, TASK_RELOAD), NULL, LF_SEQ);
    return true;
}

static bool known_anywhere(const pe_rsc *r, const pe_node *n)
{
    for (uint32_t i = 0; i < r->children.n; i++) {
        if (known_anywhere(r->children.v[i], n)) {
            return true;
        }
    }
    return r->children.n == 0 && pe_known_on(r, n);
}

static bool probe_clone(pe_sched *s, pe_rsc *r, pe_node *n)
{
    struct pe_entry *e = pe_entry_of(&r->allowed, n);
    pe_rsc *chosen = NULL;
    bool any = false;

    if (!r->clone->sorted_by_number) {
        pe_sort_by_number(r->children.v, r->children.n);
        r->clone->sorted_by_number = true;
    }
    if (r->exclusive && e != NULL && e->discover != DISCOVER_EXCLUSIVE) {
        pe_entry_remove(&r->allowed, n);
        return false;
    }
    if (r->unique) {
        for (uint32_t i = 0; i < r->children.n; i++) {
            any = pe_probe(s, r->children.v[i], n) || any;
        }
        return any;
    }
    for (uint32_t i = 0; chosen == NULL && i < r->children.n; i++) {
        chosen = known_anywhere(r->children.v[i], n) ? r->children.v[i] : NULL;
    }
    for (uint32_t i = 0; chosen == NULL && i < r->children.n; i++) {
        chosen = pe_where_is(r->children.v[i], WHERE_NEXT) == n ? r->children.v[i] : NULL;
    }
    if (chosen == NULL && r->children.n > 0) {
        chosen = r->children.v[0];
    }
    return chosen != NULL && pe_probe(s, chosen, n);
}

static bool probe_bundle(pe_sched *s, pe_rsc *r, pe_node *n)
{
    bool any = false;

    for (uint32_t i = 0; i < r->bundle->n; i++) {
        struct pe_replica *p = &r->bundle->replicas[i];

        if (p->ip != NULL) {
            any = pe_probe(s, p->ip, n) || any;
        }
        if (p->child != NULL && p->node == n) {
            any = pe_probe(s, p->child, n) || any;
        }
        if (pe_probe(s, p->container, n)) {
            any = true;
            for (uint32_t k = 0; r->bundle->per_host == 1 && k < r->bundle->n; k++) {
                if (k != i) {
                    pe_order(s, p->container, TASK_MONITOR, r->bundle->replicas[k].container, TASK_START,
                             LF_SEQ | LF_SAME_NODE);
                }
            }
        }
        if (p->remote != NULL && pe_probe(s, p->remote, n)) {
            pe_action *probe = pe_newest(pe_actions_of(p->remote, TASK_MONITOR), n);

            any = true;
            if (probe != NULL) {
                pe_order_full(s, NULL, p->container, pe_key(s, p->container, TASK_START), NULL, p->remote,
                              NULL, probe, LF_PROBE);
            }
        }
    }
    return any;
}

bool pe_probe(pe_sched *s, pe_rsc *r, pe_node *n)
{
    bool any = false;

    switch (r->variant) {
        case PE_GROUP:
            if (r->children.n == 0) {
                return probe_primitive(s, r, n);        /* the reference looks at an empty group itself */
            }
            for (uint32_t i = 0; i < r->children.n; i++) {
                any = pe_probe(s, r->children.v[i], n) || any;
            }
            return any;
        case PE_CLONE:
            return probe_clone(s, r, n);
        case PE_BUNDLE:
            return probe_bundle(s, r, n);
        default:
            return probe_primitive(s, r, n);
    }
}

static void probe_again(pe_sched *s, pe_node *n)
{
    char *key = pe_printf(s, "probe_again-%s", n->name);
    pe_action *a = pe_pseudo(s, key, "probe_again");

    a->node = n;
    a->flags &= ~(uint32_t)(AF_PSEUDO | AF_OPTIONAL);
    pe_table_set(s, &a->meta, "op_no_wait", "true");
}

static bool node_needs_probes(pe_sched *s, pe_node *n)
{
    const char *complete = pe_attr(n, "probe_complete");

    if (!n->online) {
        if (pe_is_remote(n) && n->conn != NULL && pe_remote_state(n) == REMOTE_FAILED) {
            pe_fence_request(s, n, "the connection is unrecoverable", false);
        }
        return false;
    }
    if (n->unclean || !n->discovery_enabled) {
        return false;
    }
    if (complete != NULL && !bool_true(complete)) {
        probe_again(s, n);
        return false;
    }
    return true;
}

void pe_create_probes(pe_sched *s)
{
    for (uint32_t i = 0; s->startup_probes && i < s->nodes.n; i++) {
        pe_node *n = s->nodes.v[i];

        if (!node_needs_probes(s, n)) {
            continue;
        }
        for (uint32_t k = 0; k < s->resources.n; k++) {
            pe_probe(s, s->resources.v[k], n);
        }
    }
}
