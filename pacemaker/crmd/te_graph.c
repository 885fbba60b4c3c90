/* The transition graph: reading it, one execution pass, confirmation of its actions (controller.md §4.2,
 * §4.3). */
#include "pacemaker/crmd/private.h"

const char *te_meta(const struct te_action *action, const char *name)
{
    return xml_get(xml_first(action->xml, "attributes"), name);
}

const char *te_task(const struct te_action *action)
{
    return xml_get(action->xml, "operation");
}

const char *te_key(const struct te_action *action)
{
    return text_or(xml_get(action->xml, "operation_key"), te_task(action));
}

const char *te_node(const struct te_action *action)
{
    return xml_get(action->xml, "on_node");
}

const char *te_node_uuid(const struct te_action *action)
{
    return xml_get(action->xml, "on_node_uuid");
}

const char *te_router(struct crmd *c, const struct te_action *action)
{
    const char *router = xml_get(action->xml, "router_node");

    if (router) {
        return router;
    }
    if (te_node(action)) {
        return te_node(action);
    }
    return same_text(xml_get(action->xml, "mode"), "cib") ? c->name : NULL;
}

static unsigned meta_ms(const struct te_action *action, const char *name)
{
    long long ms = int_parse(te_meta(action, name), 0);

    return ms < 0 ? 0 : ms > INT32_MAX ? INT32_MAX : (unsigned)ms;
}

static bool type_of(const xmlNode *xml, enum te_type *type)
{
    if (xml_is(xml, "rsc_op")) {
        *type = TE_RSC;
    } else if (xml_is(xml, "pseudo_event")) {
        *type = TE_PSEUDO;
    } else if (xml_is(xml, "crm_event")) {
        *type = TE_CRM;
    } else {
        return false;
    }
    return true;
}

static struct te_action *action_parse(xmlNode *xml, struct te_synapse *synapse)
{
    long long id = 0;
    enum te_type type;

    if (xml_get_int(xml, "id", &id) != 0 || id < 0 || id > INT32_MAX) {
        log_err("Ignoring transition graph action without id");
        return NULL;
    }
    if (!type_of(xml, &type)) {
        log_err("Ignoring transition graph action of unknown type '%s' | action=%lld", xml_name(xml), id);
        return NULL;
    }

    struct te_action *action = g_new0(struct te_action, 1);

    action->id = (int)id;
    action->type = type;
    action->xml = xml;
    action->synapse = synapse;
    action->timeout_ms = meta_ms(action, "CRM_meta_timeout") + meta_ms(action, "CRM_meta_start_delay");
    action->interval_ms = meta_ms(action, "CRM_meta_interval");
    action->can_fail = bool_true(te_meta(action, "CRM_meta_can_fail"));
    return action;
}

static void synapse_free(gpointer data)
{
    struct te_synapse *synapse = data;

    g_ptr_array_free(synapse->actions, TRUE);
    g_ptr_array_free(synapse->inputs, TRUE);
    g_free(synapse);
}

static bool synapse_parse(struct te_graph *graph, xmlNode *xml, unsigned *count)
{
    struct te_synapse *synapse = g_new0(struct te_synapse, 1);

    synapse->actions = g_ptr_array_new_with_free_func(g_free);
    synapse->inputs = g_ptr_array_new_with_free_func(g_free);
    synapse->id = (int)int_parse(xml_id(xml), -1);
    synapse->priority = score_parse(xml_get(xml, "priority"), NULL);
    g_ptr_array_add(graph->synapses, synapse);
    xml_foreach(set, xml, "action_set") {
        xml_foreach(child, set, NULL) {
            struct te_action *action = action_parse(child, synapse);

            if (action) {
                g_ptr_array_add(synapse->actions, action);
                (*count)++;
            }
        }
    }
    xml_foreach(inputs, xml, "inputs") {
        xml_foreach(trigger, inputs, "trigger") {
            xml_foreach(child, trigger, NULL) {
                struct te_action *input = action_parse(child, synapse);

                if (input) {
                    g_ptr_array_add(synapse->inputs, input);
                    (*count)++;
                }
            }
        }
    }
    return *count <= MAX_GRAPH_ACTIONS;
}

static struct te_graph *graph_new(void)
{
    struct te_graph *graph = g_new0(struct te_graph, 1);

    graph->id = -1;
    graph->migration_limit = -1;
    graph->completion = DONE_DONE;
    graph->synapses = g_ptr_array_new_with_free_func(synapse_free);
    return graph;
}

struct te_graph *graph_blank(void)
{
    struct te_graph *graph = graph_new();

    graph->complete = true;
    graph->completion = DONE_RESTART;
    graph->reason = g_strdup("DC Takeover");
    return graph;
}

/* Attributes of the graph; false when a required one is missing. */
static bool graph_attributes(struct te_graph *graph)
{
    const char *id = xml_get(graph->xml, "transition_id");
    const char *delay = xml_get(graph->xml, "cluster-delay");
    const char *fencing = xml_get(graph->xml, "stonith-timeout");
    const char *batch = xml_get(graph->xml, "batch-limit");
    bool valid = false;

    if (id == NULL || delay == NULL) {
        log_err("Invalid transition graph: no %s", id ? "cluster-delay" : "transition_id");
        return false;
    }
    graph->id = (int)int_parse(id, -1);
    graph->network_delay_ms = interval_parse(delay, &valid);
    if (graph->id < 0 || !valid) {
        log_err("Invalid transition graph: bad %s", graph->id < 0 ? "transition_id" : "cluster-delay");
        return false;
    }
    graph->stonith_timeout_ms = fencing ? interval_parse(fencing, NULL) : graph->network_delay_ms;
    graph->batch_limit = (int)int_parse(batch, 0);
    if (graph->batch_limit < -1) {
        graph->batch_limit = 0;
    }
    graph->migration_limit = int_parse_min(xml_get(graph->xml, "migration-limit"), -1);
    return true;
}

struct te_graph *graph_parse(const xmlNode *xml, const char *source)
{
    struct te_graph *graph = graph_new();
    unsigned count = 0;

    if (!xml_is(xml, "transition_graph")) {
        log_err("Invalid transition graph: the scheduler's reply has none");
        graph_free(graph);
        return NULL;
    }
    graph->xml = xml_copy(xml);
    graph->source = g_strdup(text_or(source, "unknown"));
    if (!graph_attributes(graph)) {
        graph_free(graph);
        return NULL;
    }
    xml_foreach(child, graph->xml, "synapse") {
        if (!synapse_parse(graph, child, &count)) {
            log_err("Invalid transition graph: more than %u actions", MAX_GRAPH_ACTIONS);
            graph_free(graph);
            return NULL;
        }
    }
    log_debug("Unpacked transition %d from %s: %u actions in %u synapses", graph->id, graph->source, count,
              graph->synapses->len);
    return graph;
}

void graph_free(struct te_graph *graph)
{
    if (graph == NULL) {
        return;
    }
    g_ptr_array_free(graph->synapses, TRUE);
    xml_free(graph->xml);
    g_free(graph->source);
    g_free(graph->reason);
    g_free(graph);
}

void graph_foreach(struct te_graph *graph, void (*fn)(struct te_action *action, void *arg), void *arg)
{
    for (guint i = 0; i < graph->synapses->len; i++) {
        struct te_synapse *synapse = g_ptr_array_index(graph->synapses, i);

        for (guint j = 0; j < synapse->actions->len; j++) {
            fn(g_ptr_array_index(synapse->actions, j), arg);
        }
    }
}

struct te_action *graph_find(struct te_graph *graph, te_match_fn match, const void *arg)
{
    for (guint i = 0; i < graph->synapses->len; i++) {
        struct te_synapse *synapse = g_ptr_array_index(graph->synapses, i);

        for (guint j = 0; j < synapse->actions->len; j++) {
            struct te_action *action = g_ptr_array_index(synapse->actions, j);

            if (match(action, arg)) {
                return action;
            }
        }
    }
    return NULL;
}

/* ---- execution ---- */

static bool inputs_satisfied(const struct te_synapse *synapse)
{
    for (guint i = 0; i < synapse->inputs->len; i++) {
        const struct te_action *input = g_ptr_array_index(synapse->inputs, i);

        if (!input->confirmed || (input->failed && !input->can_fail)) {
            return false;
        }
    }
    return true;
}

static bool should_fire(struct crmd *c, struct te_graph *graph, const struct te_synapse *synapse,
                        const struct graph_fns *fns)
{
    if (synapse->executed || !inputs_satisfied(synapse)) {
        return false;
    }
    for (guint i = 0; i < synapse->actions->len; i++) {
        struct te_action *action = g_ptr_array_index(synapse->actions, i);

        if (action->type == TE_PSEUDO) {
            continue;
        }
        if (synapse->priority < graph->abort_priority) {
            log_trace("Skipping synapse %d: aborting", synapse->id);
            graph->skipped++;
            return false;
        }
        if (!fns->allowed(c, graph, action)) {
            return false;
        }
    }
    return true;
}

static bool fire(struct crmd *c, struct te_graph *graph, struct te_synapse *synapse,
                 const struct graph_fns *fns)
{
    synapse->executed = true;
    synapse->confirmed = synapse->actions->len == 0;
    for (guint i = 0; i < synapse->actions->len; i++) {
        struct te_action *action = g_ptr_array_index(synapse->actions, i);

        action->executed = true;
        if (!fns->initiate(c, graph, action)) {
            log_err("Failed initiating action %d (%s) in synapse %d", action->id,
                    text_or(te_key(action), "?"), synapse->id);
            synapse->confirmed = true;
            action->confirmed = true;
            action->failed = true;
            return false;
        }
    }
    return true;
}

static void count_states(struct te_graph *graph)
{
    graph->completed = graph->pending = graph->fired = graph->skipped = graph->incomplete = 0;
    for (guint i = 0; i < graph->synapses->len; i++) {
        const struct te_synapse *synapse = g_ptr_array_index(graph->synapses, i);

        if (synapse->confirmed) {
            graph->completed++;
        } else if (!synapse->failed && synapse->executed) {
            graph->pending++;
        }
    }
}

static void try_synapse(struct crmd *c, struct te_graph *graph, struct te_synapse *synapse,
                        const struct graph_fns *fns)
{
    if (!should_fire(c, graph, synapse, fns)) {
        graph->incomplete++;
        return;
    }
    graph->fired++;
    if (!fire(c, graph, synapse, fns)) {
        graph->fired--;
        graph->abort_priority = SCORE_INF;
        graph->incomplete++;
    }
    if (!synapse->confirmed) {
        graph->pending++;
    }
}

enum pass_result graph_pass(struct crmd *c, struct te_graph *graph, int batch_limit,
                            const struct graph_fns *fns)
{
    count_states(graph);
    for (guint i = 0; i < graph->synapses->len; i++) {
        struct te_synapse *synapse = g_ptr_array_index(graph->synapses, i);

        if (batch_limit > 0 && graph->pending >= (unsigned)batch_limit) {
            log_debug("Throttling output: batch limit (%d) reached", batch_limit);
            break;
        }
        if (synapse->failed) {
            graph->skipped++;
        } else if (!synapse->confirmed && !synapse->executed) {
            try_synapse(c, graph, synapse, fns);
        }
    }
    if (graph->pending == 0 && graph->fired == 0) {
        graph->complete = true;
        if (graph->incomplete != 0 && graph->abort_priority <= 0) {
            return PASS_TERMINATED;
        }
        return PASS_COMPLETE;
    }
    return graph->fired ? PASS_ACTIVE : PASS_PENDING;
}

void graph_log_summary(const struct te_graph *graph, enum pass_result result)
{
#define SUMMARY "Transition %d (Complete=%u, Pending=%u, Fired=%u, Skipped=%u, Incomplete=%u, Source=%s): %s"
#define VALUES                                                                                    \
    graph->id, graph->completed, graph->pending, graph->fired, graph->skipped, graph->incomplete, \
        text_or(graph->source, "none")
    switch (result) {
        case PASS_TERMINATED: log_warn(SUMMARY, VALUES, "Terminated"); break;
        case PASS_COMPLETE: log_notice(SUMMARY, VALUES, graph->skipped ? "Stopped" : "Complete"); break;
        case PASS_ACTIVE: log_debug(SUMMARY, VALUES, "In-progress"); break;
        case PASS_PENDING: log_debug(SUMMARY, VALUES, "Pending"); break;
    }
#undef SUMMARY
#undef VALUES
}

/* ---- confirmation ---- */

static void confirm_executed(struct te_synapse *synapse, const struct te_action *done)
{
    bool all = true;

    for (guint i = 0; i < synapse->actions->len; i++) {
        struct te_action *action = g_ptr_array_index(synapse->actions, i);

        if (action->id == done->id) {
            action->confirmed = true;
        }
        all = all && action->confirmed;
    }
    synapse->confirmed = synapse->confirmed || all;
}

static void confirm_input(struct te_synapse *synapse, const struct te_action *done)
{
    for (guint i = 0; i < synapse->inputs->len; i++) {
        struct te_action *input = g_ptr_array_index(synapse->inputs, i);

        if (input->id == done->id) {
            input->confirmed = true;
        }
    }
}

/* A finished action confirms its own synapse and, unless it failed, the inputs of those that wait for it. */
void graph_update(struct te_graph *graph, const struct te_action *action)
{
    for (guint i = 0; i < graph->synapses->len; i++) {
        struct te_synapse *synapse = g_ptr_array_index(graph->synapses, i);

        if (synapse->confirmed || synapse->failed) {
            continue;
        }
        if (synapse->executed) {
            confirm_executed(synapse, action);
        } else if (!action->failed || synapse->priority >= SCORE_INF) {
            confirm_input(synapse, action);
        }
    }
}
