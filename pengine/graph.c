/* The transition graph: which actions and inputs enter it, in which order (decisions §14.1 - §14.3). */
#include "pengine/pe.h"

#include "pengine/graph_xml.h"

bool pe_eligible(pe_sched *s, const pe_action *a)
{
    (void)s;
    if (!(a->flags & AF_RUNNABLE) || ((a->flags & AF_OPTIONAL) && !(a->flags & AF_PRINT))) {
        return false;
    }
    if (a->rsc != NULL && !a->rsc->managed) {
        const char *interval = pe_table_get(&a->meta, "interval");

        if (a->task != TASK_MONITOR && (interval == NULL || strcmp(interval, "0") == 0)) {
            return false;
        }
    }
    if ((a->flags & AF_PSEUDO) || a->task == TASK_STONITH || a->task == TASK_SHUTDOWN) {
        return true;
    }
    if (a->node == NULL) {
        return false;
    }
    if ((a->flags & AF_ON_DC) || (pe_is_guest(a->node) && !a->node->reset_needed)) {
        return true;
    }
    return pe_clean(a->node);
}

/* A link that only keeps utilization in bounds: decided by where the two actions are. */
static bool load_accepted(pe_action *then, struct pe_link *l)
{
    const pe_action *a = l->action;
    bool migrates = then->task == TASK_MIGRATE_TO;
    const pe_node *wanted = !migrates ? then->node : then->rsc != NULL ? then->rsc->assigned : NULL;

    if (migrates ? a->node == NULL || a->node != wanted : a->node != wanted || (a->flags & AF_OPTIONAL)) {
        l->flags = LF_NONE;
        return false;
    }
    return true;
}

/* A link that only keeps two resources apart: decided by where the two actions are, whatever else is known of
 * the first. */
static bool anti_accepted(const pe_action *then, struct pe_link *l)
{
    const pe_action *a = l->action;

    if ((a->node != NULL && then->node != NULL && a->node != then->node) || (a->flags & AF_OPTIONAL)) {
        l->flags = LF_NONE;
        return false;
    }
    return true;
}

bool pe_input_accepted(pe_sched *s, pe_action *then, struct pe_link *l)
{
    const pe_action *a = l->action;

    if (l->accepted) {
        return true;
    }
    if (l->flags == LF_NONE) {
        return false;
    }
    if (!(a->flags & AF_RUNNABLE) && (!(l->flags & ~(uint32_t)(LF_SHOW_FIRST | LF_SHOW_THEN | LF_SEQ)) ||
                                      (l->flags & LF_ANY_OF) || (l->flags & LF_PULL_FIRST_MIG))) {
        return false;
    }
    if ((l->flags & LF_NOMIG_FIRST) && (a->flags & AF_MIG)) {
        return false;
    }
    if (l->flags == LF_SEQ && (a->flags & AF_MIG) && pe_ends_with(a->key, "_stop_0")) {
        return false;
    }
    if (l->flags == LF_LOAD) {
        return load_accepted(then, l);
    }
    if (l->flags == LF_ANTI) {
        return anti_accepted(then, l);
    }
    if (a->rsc != NULL && a->rsc != then->rsc && a->rsc->failed && !a->rsc->managed &&
        pe_ends_with(a->key, "_stop_0") && then->rsc != NULL && then->rsc->variant == PE_CLONE) {
        return false;
    }
    return !(a->flags & AF_OPTIONAL) || (a->flags & (AF_PRINT | AF_IN_GRAPH)) || pe_eligible(s, a);
}

static int by_id(const void *va, const void *vb, void *arg)
{
    const struct pe_link *a = va, *b = vb;

    (void)arg;
    return a->action->id < b->action->id ? -1 : a->action->id > b->action->id;
}

/* Inputs by id, one per action. */
static void sort_inputs(pe_sched *s, pe_action *a)
{
    struct pe_link **order;
    uint32_t n = a->before.n;

    a->sorted = true;
    if (n == 0) {
        return;
    }
    order = g_new(struct pe_link *, n);
    for (uint32_t i = 0; i < n; i++) {
        order[i] = &a->before.v[n - 1 - i];
    }
    pe_sort((void **)order, n, by_id, NULL);
    a->inputs = pe_alloc(s, n * sizeof(*a->inputs));
    for (uint32_t i = 0; i < n; i++) {
        struct pe_link *last = a->n_inputs > 0 ? &a->inputs[a->n_inputs - 1] : NULL;

        if (last != NULL && last->action == order[i]->action) {
            last->flags |= order[i]->flags;
        } else {
            a->inputs[a->n_inputs++] = *order[i];
        }
    }
    g_free(order);
}

static void add_action(pe_sched *s, pe_action *a, int *synapses)
{
    xmlNode *synapse, *set, *inputs;
    int priority;

    if (!a->sorted) {
        sort_inputs(s, a);
    }
    if ((a->flags & AF_IN_GRAPH) || !pe_eligible(s, a)) {
        return;
    }
    a->flags |= AF_IN_GRAPH;
    synapse = xml_add(s->graph, "synapse");
    xml_set_int(synapse, "id", (*synapses)++);
    priority = a->rsc != NULL && a->rsc->priority > a->priority ? a->rsc->priority : a->priority;
    if (priority > 0) {
        xml_set_int(synapse, "priority", priority);
    }
    set = xml_add(synapse, "action_set");
    pe_action_xml(s, set, a, true);
    inputs = xml_add(synapse, "inputs");
    for (uint32_t i = 0; i < a->n_inputs; i++) {
        if (pe_input_accepted(s, a, &a->inputs[i])) {
            a->inputs[i].accepted = true;
            pe_action_xml(s, xml_add(inputs, "trigger"), a->inputs[i].action, false);
        }
    }
}

/* A node that is to leave, with a stop that cannot run: it would have to wait forever. */
static void report_blocked_shutdown(pe_sched *s, const pe_action *a)
{
    if (a->rsc == NULL || a->node == NULL || a->task != TASK_STOP || !a->node->shutdown || a->rsc->maint ||
        (a->flags & (AF_OPTIONAL | AF_RUNNABLE)) || (!s->quorum && s->no_quorum_policy != QUORUM_IGNORE)) {
        return;
    }
    pe_message(s, PE_CRIT, "pcmk__create_graph", "Cannot %s %s because of %s:%s%s (%s)",
               a->node->unclean ? "fence" : "shut down", a->node->name, a->rsc->id,
               a->rsc->managed ? " blocked" : " unmanaged", a->rsc->failed ? " failed" : "", a->key);
}

static void add_actions(pe_sched *s, struct pe_action_vec *v, int *synapses)
{
    for (uint32_t i = v->n; i > 0; i--) {
        add_action(s, v->v[i - 1], synapses);
    }
}

static void add_resource(pe_sched *s, pe_rsc *r, int *synapses);

static void add_bundle(pe_sched *s, pe_rsc *r, int *synapses)
{
    if (r->bundle->child != NULL) {
        add_resource(s, r->bundle->child, synapses);
    }
    for (uint32_t i = 0; i < r->bundle->n; i++) {
        struct pe_replica *p = &r->bundle->replicas[i];

        if (p->ip != NULL) {
            add_resource(s, p->ip, synapses);
        }
        add_resource(s, p->container, synapses);
        if (p->remote != NULL) {
            add_resource(s, p->remote, synapses);
        }
    }
}

static void add_clone(pe_sched *s, pe_rsc *r)
{
    for (uint32_t i = r->actions.n; i > 0; i--) {
        pe_variant_flags(s, r->actions.v[i - 1], NULL);
    }
    pe_notifications(s, r, r->clone->notify_start);
    pe_notifications(s, r, r->clone->notify_stop);
    pe_notifications(s, r, r->clone->notify_promote);
    pe_notifications(s, r, r->clone->notify_demote);
}

static void add_resource(pe_sched *s, pe_rsc *r, int *synapses)
{
    if (r->variant == PE_BUNDLE) {
        add_bundle(s, r, synapses);
        return;
    }
    if (r->variant == PE_CLONE) {
        add_clone(s, r);
        for (uint32_t i = 0; i < r->children.n; i++) {
            add_resource(s, r->children.v[i], synapses);
        }
        add_actions(s, &r->actions, synapses);
        return;
    }
    add_actions(s, &r->actions, synapses);
    for (uint32_t i = 0; i < r->children.n; i++) {
        add_resource(s, r->children.v[i], synapses);
    }
}

static void add_maintenance_action(pe_sched *s)
{
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        const pe_node *n = s->nodes.v[i];

        if (n->type == PE_REMOTE && n->maintenance != (n->remote_maintenance != 0)) {
            pe_pseudo(s, "maintenance_nodes", "maintenance_nodes")->flags |= AF_PRINT;
            return;
        }
    }
}

static void start_graph(pe_sched *s)
{
    const char *limit = pe_option(s, "migration-limit");

    s->graph = xml_new("transition_graph");
    xml_set(s->graph, "cluster-delay", pe_option(s, "cluster-delay"));
    xml_set(s->graph, "stonith-timeout", pe_option(s, "stonith-timeout"));
    xml_set(s->graph, "failed-stop-offset", "INFINITY");
    xml_set(s->graph, "failed-start-offset", s->start_failure_fatal ? "INFINITY" : "1");
    xml_set(s->graph, "batch-limit", pe_option(s, "batch-limit"));
    xml_set_int(s->graph, "transition_id", s->transition_id);
    if (int_parse(limit, -1) > 0) {
        xml_set(s->graph, "migration-limit", limit);
    }
    if (s->recheck_by > 0) {
        xml_set_int(s->graph, "recheck-by", s->recheck_by);
    }
}

void pe_make_graph(pe_sched *s)
{
    int synapses = 0;

    start_graph(s);
    for (uint32_t i = 0; i < s->resources.n; i++) {
        add_resource(s, s->resources.v[i], &synapses);
    }
    add_maintenance_action(s);
    for (uint32_t i = s->actions.n; i > 0; i--) {
        report_blocked_shutdown(s, s->actions.v[i - 1]);
        add_action(s, s->actions.v[i - 1], &synapses);
    }
}
