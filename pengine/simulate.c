/* Simulated execution of a transition graph (decisions §17). */
#include "pengine/simulate.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pacemaker/common/score.h"
#include "pacemaker/common/xml.h"
#include "pengine/pe.h"
#include "pengine/sim_history.h"

struct synapse {
    xmlNode *xml;
    uint32_t waits;                 /* inputs it still waits for */
    /* of the highest priority: does not mind what failed, and fires after an abort too */
    bool urgent;
};

/* Numbers of synapses; the lowest is taken out first. */
struct heap {
    uint32_t *v, n;
};

struct run {
    const struct pe_simulation *sim;
    struct synapse *synapses;
    uint32_t n;
    GHashTable *waiting;            /* action id -> GArray of the numbers of the synapses that wait for it */
    struct heap ready, later;       /* synapses to fire in this pass over the graph, and in the next */
    uint32_t current;               /* the synapse that fires */
    /* elements of resources in the graph that the model knows by their long-id */
    GHashTable *renamed;
    struct sim_index *index;
    bool aborted;
    bool misfired;                  /* an action of the synapse at hand has nobody to execute it */
};

/* ---- the order of execution: passes over the graph, as long as one finds something to do ---- */

static void heap_add(struct heap *h, uint32_t number)
{
    uint32_t at = h->n++;

    while (at > 0 && h->v[(at - 1) / 2] > number) {
        h->v[at] = h->v[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    h->v[at] = number;
}

static uint32_t heap_take(struct heap *h)
{
    uint32_t lowest = h->v[0], moved = h->v[--h->n], at = 0, child;

    while ((child = 2 * at + 1) < h->n) {
        child += child + 1 < h->n && h->v[child + 1] < h->v[child];
        if (h->v[child] >= moved) {
            break;
        }
        h->v[at] = h->v[child];
        at = child;
    }
    h->v[at] = moved;
    return lowest;
}

/* An action is done: what waits for it waits no more;
 * of those that fire already in this pass only what comes after it. */
static void settle(struct run *run, const char *id, bool succeeded)
{
    GArray *waiting = g_hash_table_lookup(run->waiting, id);
    guint kept = 0;

    for (guint i = 0; waiting != NULL && i < waiting->len; i++) {
        uint32_t number = g_array_index(waiting, uint32_t, i);
        struct synapse *synapse = &run->synapses[number];

        if (!succeeded && !synapse->urgent) {
            g_array_index(waiting, uint32_t, kept++) = number;
        } else if (--synapse->waits == 0) {
            heap_add(number > run->current ? &run->ready : &run->later, number);
        }
    }
    if (waiting != NULL) {
        g_array_set_size(waiting, kept);
    }
}

static const char *attribute(const xmlNode *action, const char *name)
{
    return xml_get(xml_first(action, "attributes"), name);
}

static uint32_t interval_of(const xmlNode *action)
{
    return (uint32_t)int_parse(attribute(action, "CRM_meta_interval"), 0);
}

static void tell(const struct run *run, enum pe_event_kind kind, const char *task, const char *node,
                 const char *rsc, uint32_t interval)
{
    struct pe_event event = {.kind = kind, .task = task, .node = node, .rsc = rsc, .interval = interval};

    if (run->sim->event != NULL) {
        run->sim->event(run->sim->arg, &event);
    }
}

/* The failure the caller asked for, -1 for none. */
static int wanted_failure(const struct run *run, const char *rsc, const char *task, uint32_t interval,
                          const char *node)
{
    char *key = g_strdup_printf("%s_%s_%u@%s=", rsc, task, interval, node);
    int rc = -1;

    for (size_t i = 0; run->sim->failures != NULL && run->sim->failures[i] != NULL; i++) {
        const char *spec = run->sim->failures[i];

        if (strncasecmp(spec, key, strlen(key)) == 0) {
            rc = (int)int_parse(spec + strlen(key), 1);
            break;
        }
    }
    g_free(key);
    return rc;
}

static xmlNode *resource_of(const xmlNode *action)
{
    xml_foreach(child, action, NULL) {
        if (xml_is(child, "primitive") || xml_get(child, "class") != NULL) {
            return child;
        }
    }
    return NULL;
}

/* The failure counts for the name the caller used. */
static void pretend_failure(const struct run *run, const xmlNode *action, const struct sim_entry *entry,
                            const char *name)
{
    struct pe_event event = {.kind = PE_EVENT_FAILURE,
                             .action = (int)int_parse(xml_id(action), 0),
                             .rc = entry->rc};
    struct sim_entry counted = *entry;

    if (run->sim->event != NULL) {
        run->sim->event(run->sim->arg, &event);
    }
    counted.shown = name;
    sim_count_failure(&counted, run->sim->attribute, run->sim->arg);
}

static bool resource_action(struct run *run, xmlNode *action)
{
    const struct pe_simulation *sim = run->sim;
    const char *task = xml_get(action, "operation"), *node = xml_get(action, "on_node");
    xmlNode *rsc = resource_of(action);
    struct sim_entry entry;
    const char *shown, *failing;
    int rc;

    if (task == NULL || node == NULL || strcmp(task, "probe_again") == 0) {
        return true;
    }
    if (rsc == NULL || xml_id(rsc) == NULL) {
        run->aborted = run->misfired = true;
        return false;
    }
    shown = g_hash_table_contains(run->renamed, rsc) ? xml_get(rsc, "long-id") : xml_id(rsc);
    tell(run, PE_EVENT_RESOURCE, task, node, shown, interval_of(action));
    if (strcmp(task, "delete") == 0 || strcmp(task, "meta-data") == 0) {
        return true;
    }
    entry = (struct sim_entry){
        .cib = sim->cib,
        .index = run->index,
        .node = node,
        .node_id = xml_get(action, "on_node_uuid"),
        .routed = xml_get(action, "router_node") != NULL,
        .shown = shown,
        .configured = xml_id(rsc),
        .rsc = rsc,
        .task = task,
        .interval = interval_of(action),
        .attributes = xml_first(action, "attributes"),
        .rc = (int)int_parse(attribute(action, "CRM_meta_op_target_rc"), 0),
        .now = sim->now,
        .add_nodes = sim->add_nodes,
    };
    entry.target_rc = entry.rc;
    failing = shown;
    rc = wanted_failure(run, failing, task, entry.interval, node);
    if (rc < 0 && strcmp(shown, entry.configured) != 0) {
        failing = entry.configured;
        rc = wanted_failure(run, failing, task, entry.interval, node);
    }
    if (rc >= 0) {
        entry.rc = rc;
        run->aborted = true;
        pretend_failure(run, action, &entry, failing);
    }
    sim_add_history(&entry);
    return rc < 0;
}

static void fence(struct run *run, xmlNode *action)
{
    const char *op = attribute(action, "CRM_meta_stonith_action"), *node = xml_get(action, "on_node");
    xmlNode *state;

    tell(run, PE_EVENT_FENCING, op, node, NULL, 0);
    if (op == NULL || node == NULL || strcmp(op, "on") == 0) {
        return;
    }
    state = sim_touch_node(run->sim->cib, node, xml_get(action, "on_node_uuid"), run->sim->add_nodes);
    sim_node_lost(state);
    sim_index_forget(run->index);
    xml_set(state, "crm-debug-origin", "simulate_fencing_action");
}

static bool execute(struct run *run, xmlNode *action)
{
    const char *task = xml_get(action, "operation"), *node = xml_get(action, "on_node");

    if (xml_is(action, "pseudo_event")) {
        tell(run, PE_EVENT_PSEUDO, xml_get(action, "operation_key"), node, NULL, 0);
        return true;
    }
    if (xml_is(action, "rsc_op")) {
        return resource_action(run, action);
    }
    if (task != NULL && strcmp(task, "stonith") == 0) {
        fence(run, action);
        return true;
    }
    {
        const xmlNode *rsc = NULL;

        xml_foreach(child, action, NULL) {
            rsc = xml_id(child) != NULL ? child : rsc;
        }
        tell(run, PE_EVENT_CLUSTER, task, node, rsc != NULL ? xml_id(rsc) : NULL, 0);
    }
    return true;
}

/* After a failure only pseudo actions go on, and what is urgent. */
static bool may_fire(const struct run *run, const struct synapse *synapse)
{
    if (run->aborted && !synapse->urgent) {
        xml_foreach(action, xml_first(synapse->xml, "action_set"), NULL) {
            if (!xml_is(action, "pseudo_event")) {
                return false;
            }
        }
    }
    return true;
}

/* False: it has an action that nobody can execute. */
static bool fire(struct run *run, const struct synapse *synapse)
{
    run->misfired = false;
    xml_foreach(action, xml_first(synapse->xml, "action_set"), NULL) {
        bool succeeds = execute(run, action);

        if (xml_id(action) != NULL) {
            settle(run, xml_id(action), succeeds);
        }
    }
    if (run->misfired) {
        pe_message(run->sim->model, PE_ERROR, "pcmk__execute_graph", "Synapse %s failed to fire",
                   xml_id(synapse->xml));
    }
    return !run->misfired;
}

/* Notes which name the model has for the resource of each action:
 * it is not asked any more once the cib changes. */
static void note_name(struct run *run, const xmlNode *action)
{
    const pe_sched *model = run->sim->model;
    xmlNode *rsc = resource_of(action);
    const char *long_id = rsc != NULL ? xml_get(rsc, "long-id") : NULL;

    if (long_id != NULL && xml_id(rsc) != NULL && pe_rsc_by_id(model, xml_id(rsc)) == NULL &&
        pe_rsc_by_id(model, long_id) != NULL) {
        g_hash_table_add(run->renamed, rsc);
    }
}

static void wait_for(struct run *run, uint32_t number, const char *id)
{
    GArray *waiting = id != NULL ? g_hash_table_lookup(run->waiting, id) : NULL;

    run->synapses[number].waits++;
    if (id == NULL) {
        return;                     /* for ever */
    }
    if (waiting == NULL) {
        waiting = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_hash_table_insert(run->waiting, (char *)id, waiting);
    }
    g_array_append_val(waiting, number);
}

static void read_synapse(struct run *run, xmlNode *x)
{
    uint32_t number = run->n++;

    run->synapses[number] = (struct synapse){
        .xml = x, .urgent = int_parse(xml_get(x, "priority"), 0) >= SCORE_INF,
    };
    xml_foreach(trigger, xml_first(x, "inputs"), "trigger") {
        xml_foreach(action, trigger, NULL) {
            wait_for(run, number, xml_id(action));
        }
    }
    xml_foreach(action, xml_first(x, "action_set"), "rsc_op") {
        note_name(run, action);
    }
    if (run->synapses[number].waits == 0) {
        heap_add(&run->ready, number);
    }
}

static void read_graph(struct run *run)
{
    uint32_t n = 1;

    xml_foreach(x, run->sim->graph, "synapse") {
        n++;
    }
    run->synapses = g_new0(struct synapse, n);
    run->ready.v = g_new(uint32_t, n);
    run->later.v = g_new(uint32_t, n);
    xml_foreach(x, run->sim->graph, "synapse") {
        read_synapse(run, x);
    }
}

/* Returns how many were fired; *skipped: how many would have been, without the failure. */
static uint32_t execute_all(struct run *run, uint32_t *skipped)
{
    uint32_t fired = 0;

    while (run->ready.n > 0) {
        while (run->ready.n > 0) {
            run->current = heap_take(&run->ready);
            if (!may_fire(run, &run->synapses[run->current])) {
                ++*skipped;
            } else if (fire(run, &run->synapses[run->current])) {
                fired++;
            }
        }
        struct heap next = run->later;

        run->later = run->ready;
        run->ready = next;
    }
    return fired;
}

static void report(const struct run *run, uint32_t fired, uint32_t skipped)
{
    bool stuck = fired < run->n && !run->aborted;

    pe_message(run->sim->model, stuck ? PE_WARNING : PE_NOTICE, "pcmk__execute_graph",
               "Transition %lld (Complete=%u, Pending=0, Fired=0, Skipped=%u, Incomplete=%u, "
               "Source=crm_simulate): %s",
               int_parse(xml_get(run->sim->graph, "transition_id"), 0), fired, skipped, run->n - fired,
               stuck ? "Terminated" : skipped > 0 ? "Stopped" : "Complete");
}

bool pe_simulate(const struct pe_simulation *sim)
{
    struct run run = {.sim = sim,
                      .renamed = g_hash_table_new(g_direct_hash, g_direct_equal),
                      .index = sim_index_new(),
                      .waiting = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
                                                       (GDestroyNotify)g_array_unref)};
    uint32_t fired, skipped = 0;

    read_graph(&run);
    fired = execute_all(&run, &skipped);
    report(&run, fired, skipped);
    g_free(run.synapses);
    g_free(run.ready.v);
    g_free(run.later.v);
    g_hash_table_destroy(run.waiting);
    g_hash_table_destroy(run.renamed);
    sim_index_free(run.index);
    return fired == run.n || run.aborted;
}
