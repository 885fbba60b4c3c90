/* pacemaker-based: the CIB daemons of the other nodes. */
#include "config.h"
#include "cib/based.h"

#include <errno.h>
#include <string.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

static void on_message(cluster_t *cluster, peer_t *from, xmlNode *message, void *arg)
{
    (void)cluster;
    (void)arg;
    if (based.core == NULL) {
        return;
    }
    based_disk_begin_event();
    cib_core_peer_message(based.core, from != NULL ? from->name : NULL, message);
    based_disk_end_event();
}

static void on_lost(cluster_t *cluster, void *arg)
{
    (void)cluster;
    (void)arg;
    if (based.stopping) {
        log_info("Cluster layer is gone while we stop");
        based_stop(CRM_EX_OK);
        return;
    }
    log_crit("Lost connection to the cluster layer, shutting down");
    based_stop(CRM_EX_DISCONNECT);
}

static void on_peer_change(peers_t *peers, enum peer_change what, peer_t *peer, enum peer_state old_state,
                           uint32_t old_processes, void *arg)
{
    (void)old_state;
    (void)old_processes;
    (void)arg;
    if (what == PEER_PROCESSES && based.stopping && peers_active_count(peers) < 2) {
        log_info("No peer is left%s%s: exiting", peer->name != NULL ? " after " : "",
                 peer->name != NULL ? peer->name : "");
        based_stop(CRM_EX_OK);
    }
}

int based_peers_start(void)
{
    static const cluster_ops_t ops = {.message = on_message, .lost = on_lost};
    int rc = 0;

    peers_on_change(based.peers, on_peer_change, NULL);
    based.cluster = cluster_connect("cib", based.peers, &ops, NULL, &rc);
    if (based.cluster == NULL) {
        log_crit("Could not join the cluster: %s", pcmk_strerror(rc));
        return rc;
    }
    return 0;
}

int based_send(void *arg, const char *node, const xmlNode *message)
{
    const peer_t *to = NULL;

    (void)arg;
    if (based.cluster == NULL) {
        return -ENOTCONN;
    }
    if (node != NULL) {
        to = peers_get(based.peers, 0, node);
    }
    return cluster_send(based.cluster, to, CMSG_CIB, message);
}
