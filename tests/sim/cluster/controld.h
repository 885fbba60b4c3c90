/* Inside of the simulated controller: controld.c and controld_parts.c. */
#ifndef TESTS_SIM_CLUSTER_CONTROLD_H
#define TESTS_SIM_CLUSTER_CONTROLD_H

#include "tests/sim/cluster/cluster.h"

struct controld {
    crmd_t *core;
    bool fsa;                       /* the state machine has something to do */
    task_id graph;
    GHashTable *timers;             /* id -> task_id */
    bool quorate;
    bool cib, executor, scheduler;  /* connected to them */
    bool fencer, fencer_wanted;
    task_id fencer_retry, attrd_retry;
    int fence_call;                 /* number of the last call */
    GHashTable *fence_calls;        /* number -> task_id of its time limit */
};

static inline struct controld *controld_of(void *daemon)
{
    return ((struct daemon *)daemon)->host->controld;
}

#endif
