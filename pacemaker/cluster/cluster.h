/* Messages between the same daemon on all nodes, over corosync's closed process groups, and what
 * is known of the peers (messaging.md §2). GLib main loop. */
#ifndef PCMK_CLUSTER_H
#define PCMK_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <libxml/tree.h>
#include "pacemaker/cluster/peers.h"

enum cluster_msg_type {
    CMSG_NONE = 0, CMSG_AIS = 1, CMSG_LRMD = 2, CMSG_CIB = 3, CMSG_CRMD = 4, CMSG_ATTRD = 5,
    CMSG_STONITHD = 6, CMSG_TE = 7, CMSG_PE = 8, CMSG_STONITH_NG = 9,
};

/* The largest XML text accepted from a peer after decompression, bytes. */
#define CLUSTER_MSG_MAX (256u * 1024 * 1024)

typedef struct cluster cluster_t;

typedef struct {
    /* One message of our group in delivery order, own messages included; its attribute src is set to the
     * sender's name. from is the sender's entry in the peer cache (name may be NULL if unknown); msg is freed
     * after the call. */
    void (*message)(cluster_t *cluster, peer_t *from, xmlNode *msg, void *arg);
    void (*lost)(cluster_t *cluster, void *arg);         /* corosync connection gone or we were evicted */
    /* Quorum and membership from corosync, only after cluster_track_quorum(). */
    void (*quorum)(cluster_t *cluster, bool quorate, uint64_t ring_seq, void *arg);   /* may be NULL */
} cluster_ops_t;

/* Connect and join group (e.g. "cib"). Retries as specified. NULL and *rc negative errno on failure.
 * The peer cache is cluster_peers(); register its change callback there before connecting. */
cluster_t *cluster_connect(const char *group, peers_t *peers, const cluster_ops_t *ops, void *arg, int *rc);
void cluster_disconnect(cluster_t *cluster);
peers_t *cluster_peers(cluster_t *cluster);

uint32_t cluster_local_id(const cluster_t *cluster);
const char *cluster_local_name(const cluster_t *cluster);
const char *cluster_local_uuid(const cluster_t *cluster);      /* decimal node id */

/* Queue a message to a node (NULL = all, own copy included). dest: destination.type of §2.3. 0 or negative
 * errno. */
int cluster_send(cluster_t *cluster, const peer_t *to, enum cluster_msg_type dest, const xmlNode *msg);

/* controld: connect libquorum, load the nodelist into the peers; quorum() is called from then on. */
int cluster_track_quorum(cluster_t *cluster);
bool cluster_has_quorum(const cluster_t *cluster);

/* Name of a node id by the rules of §2.6 (0 = own); malloc'ed, NULL when unknown. Works without a connection
 * (tools). */
char *cluster_node_name(uint32_t id);
char *cluster_name(void);                                      /* totem.cluster_name, malloc'ed */

#endif
