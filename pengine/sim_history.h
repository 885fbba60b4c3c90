/* History entries and node states that simulated events leave in a CIB. */
#ifndef PE_SIM_HISTORY_H
#define PE_SIM_HISTORY_H

#include "pengine/pengine.h"
#include "pengine/sim_index.h"
#include "pengine/simulate.h"

struct sim_entry {
    xmlNode *cib;
    struct sim_index *index;        /* of the cib's history lists */
    const char *node, *node_id;
    bool routed;                    /* executed by another node: the state's id is the node's name */
    const char *shown, *configured; /* resource names */
    const xmlNode *rsc;             /* holds class, provider, type */
    const char *task;
    uint32_t interval;
    const xmlNode *attributes;      /* of the action; NULL when injected */
    int rc, target_rc;
    int64_t now;
    bool add_nodes;                 /* see pe_simulation */
};
void sim_add_history(const struct sim_entry *e);
/* Counts the failure of the operation in the attributes of its node;
 * success and "not running" do not count. */
void sim_count_failure(const struct sim_entry *e, pe_attribute_fn attribute, void *arg);
void sim_node_lost(xmlNode *state);
/* The node_state of a node that something happens to: created when missing, with add_nodes the node too. */
xmlNode *sim_touch_node(xmlNode *cib, const char *node, const char *id, bool add_nodes);
const xmlNode *sim_find_node_state(xmlNode *cib, const char *node);

#endif
