/* Simulated execution of a transition graph, and changes to a CIB as events would make them (decisions §17).
 * Pure: the CIB tree is changed in place. */
#ifndef PE_SIMULATE_H
#define PE_SIMULATE_H

#include "pengine/pengine.h"

enum pe_event_kind {
    PE_EVENT_PSEUDO,
    PE_EVENT_RESOURCE,
    PE_EVENT_CLUSTER,
    PE_EVENT_FENCING,
    PE_EVENT_FAILURE
};

/* Something that is done. Texts are valid during the call. */
struct pe_event {
    enum pe_event_kind kind;
    const char *task, *node, *rsc;  /* node and rsc may be NULL */
    uint32_t interval;              /* ms */
    int action, rc;                 /* of a failure: the action's id in the graph, and its result */
};
typedef void (*pe_event_fn)(void *arg, const struct pe_event *event);
/* A node attribute that is written into the CIB. */
typedef void (*pe_attribute_fn)(void *arg, const char *node_path, const char *node, const char *name,
                                const char *value);

struct pe_simulation {
    xmlNode *graph;
    xmlNode *cib;                   /* changed; may be the one the model was made of */
    const pe_sched *model;          /* what the graph was made from; read only before the cib changes */
    const char *const *failures;    /* RSC_TASK_MS@NODE=RC, NULL-terminated; NULL: none */
    int64_t now;
    /* nodes that the configuration lacks are added to it, as after PE_NODE_UP */
    bool add_nodes;
    pe_event_fn event;
    pe_attribute_fn attribute;      /* of failures, after the event */
    void *arg;
};
/* Executes the graph. False when actions remain that can never be executed.
 * A model made of sim->cib can only be freed afterwards. */
bool pe_simulate(const struct pe_simulation *sim);

/* ---- events ---- */

/* Node state as after the node came up, went down (fenced) or failed; false: unknown node.
 * Once a node came up, this and the calls below add nodes that the configuration lacks (add_nodes). */
enum pe_node_event { PE_NODE_UP, PE_NODE_DOWN, PE_NODE_FAIL };
bool pe_sim_node_event(const pe_sched *model, xmlNode *cib, const char *node, enum pe_node_event what,
                       bool add_nodes);
/* A history entry. spec RSC_TASK_MS@NODE=RC. attribute() is told of each node attribute written.
 * NULL, or what is wrong with spec for the caller to g_free(); *unknown_node: that is its node. */
char *pe_sim_inject_operation(const pe_sched *model, xmlNode *cib, const char *spec, int64_t now,
                              bool add_nodes, bool *unknown_node, pe_attribute_fn attribute, void *arg);
void pe_sim_ticket(xmlNode *cib, const char *ticket, const char *name, bool value, int64_t now);
void pe_sim_option(xmlNode *cib, const char *name, const char *value);

#endif
