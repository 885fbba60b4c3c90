/* Shared inside pacemaker/cluster. */
#ifndef PCMK_CLUSTER_INTERNAL_H
#define PCMK_CLUSTER_INTERNAL_H

#include <glib.h>
#include <corosync/cpg.h>
#include <corosync/quorum.h>
#include "pacemaker/cluster/cluster.h"
#include "pacemaker/cluster/group_view.h"

struct cluster {
    char *group;
    peers_t *peers;
    const cluster_ops_t *ops;
    void *arg;
    uint32_t own_id;
    char *own_name, *own_uuid;

    cpg_handle_t cpg;
    guint cpg_source;
    bool evicted, dispatching, freed;
    GQueue queue;               /* struct cluster_bytes to send, oldest first */
    guint flush_timer;
    uint32_t next_id;

    quorum_handle_t quorum;
    guint quorum_source;
    bool tracking, quorate;
};

/* As cluster_node_name(), with so many attempts to connect, a growing number of seconds apart. */
char *cluster_name_of_id(uint32_t id, unsigned tries);
/* Load every node of corosync's nodelist into the peers; 0 or negative errno. */
int cluster_load_nodelist(peers_t *peers);
void cluster_quorum_stop(cluster_t *cluster);
/* The cluster as this process sees it now. */
struct group_view cluster_view(const cluster_t *cluster);
/* The connection to corosync ended: tell the owner, once. */
void cluster_lost(cluster_t *cluster);
long long cluster_now(void);    /* epoch seconds */
/* A text for a result of corosync's libraries. */
const char *cluster_cs_text(cs_error_t rc);

#endif
