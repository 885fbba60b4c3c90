/* A cluster of controller cores in one process, with virtual time, a virtual process group, a replicated
 * CIB made of the real CIB core, scripted executors and a scripted scheduler. What happens is told as text.
 */
#ifndef TEST_CRMD_CLUSTER_H
#define TEST_CRMD_CLUSTER_H

#include <stdbool.h>
#include <libxml/tree.h>
#include "pacemaker/crmd/core.h"

#define VC_MAX_NODES 8

typedef struct vcluster vcluster_t;

/* n nodes named node1.. with ids 1..; nothing runs yet. cib: initial document or NULL. */
vcluster_t *vc_new(unsigned n, const char *cib);
void vc_free(vcluster_t *vc);

/* Their corosync has a node list with all n of them. Before the first start. */
void vc_configure(vcluster_t *vc);
void vc_start(vcluster_t *vc, unsigned node);          /* its controller starts */
void vc_crash(vcluster_t *vc, unsigned node);          /* power failure */
void vc_shutdown(vcluster_t *vc, unsigned node);       /* SIGTERM */
bool vc_is_leaving(vcluster_t *vc, unsigned node);      /* it got SIGTERM and still runs */
/* Nodes with the same group number see each other; groups[i] is node i+1's. */
void vc_partition(vcluster_t *vc, const int *groups);
void vc_run(vcluster_t *vc, unsigned ms);              /* until that much virtual time has passed */

crmd_t *vc_core(vcluster_t *vc, unsigned node);        /* NULL when it does not run */
int vc_exit_status(vcluster_t *vc, unsigned node);     /* -1 while running */
xmlNode *vc_cib(vcluster_t *vc, unsigned node);
/* Value at an xpath attribute of node's CIB, e.g. "//node_state[@id='2']", "join"; NULL when absent. */
const char *vc_cib_get(vcluster_t *vc, unsigned node, const char *xpath, const char *attribute);
void vc_cib_modify(vcluster_t *vc, unsigned node, const char *section, const char *xml);

/* The graph for the next scheduler call (then empty graphs again). Text of <transition_graph>'s children. */
void vc_next_graph(vcluster_t *vc, const char *synapses);
/* How operations of a resource end from now on: rc 0.. after delay ms; rc -1 never. */
void vc_operation(vcluster_t *vc, const char *rsc, const char *op, int rc, unsigned delay_ms);
/* A recurring operation's later result. */
void vc_monitor_result(vcluster_t *vc, unsigned node, const char *rsc, int rc);
/* Whether fencing works. */
void vc_fencing(vcluster_t *vc, bool works);

/* Whether remote nodes can be reached; a message of a remote node's proxy. */
void vc_remote(vcluster_t *vc, bool up);
void vc_remote_message(vcluster_t *vc, unsigned node, const char *remote, const char *xml);

/* Narration since the last call; the caller frees it. */
char *vc_story(vcluster_t *vc);
void vc_forget(vcluster_t *vc);
unsigned vc_scheduler_calls(const vcluster_t *vc);
const char *vc_attribute(vcluster_t *vc, const char *node, const char *name);
/* Hand a message of a peer (or, sender NULL, of a local client) to a node as it is. */
void vc_inject(vcluster_t *vc, unsigned node, const char *sender, const char *xml);
/* Last message given to a local client of a node; NULL when none. */
const xmlNode *vc_client_reply(vcluster_t *vc, unsigned node);

#endif
