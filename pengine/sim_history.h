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
    bool failed;                    /* also recorded as last failure */
    int64_t now;
};
void sim_add_history(const struct sim_entry *e);
/* Counts the failure of the operation in the attributes of its node. */
void sim_count_failure(const struct sim_entry *e, pe_attribute_fn attribute, void *arg);
void sim_node_lost(xmlNode *state);

#endif
