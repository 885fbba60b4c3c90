/* The controller in its process group and in the membership. */
#include "pacemaker/crmd/shell.h"

#include <errno.h>

#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

static void on_message(cluster_t *cluster, peer_t *from, xmlNode *msg, void *arg)
{
    struct shell *shell = arg;

    (void)cluster;
    if (from && from->name) {
        crmd_cluster_message(shell->core, from->name, msg);
    }
}

static void on_lost(cluster_t *cluster, void *arg)
{
    struct shell *shell = arg;

    (void)cluster;
    crmd_cluster_lost(shell->core);
}

static void on_quorum(cluster_t *cluster, bool quorate, uint64_t ring_seq, void *arg)
{
    struct shell *shell = arg;

    (void)cluster;
    crmd_quorum(shell->core, quorate, ring_seq);
}

static int do_connect(void *arg)
{
    static const cluster_ops_t ops = {on_message, on_lost, on_quorum};
    struct shell *shell = arg;
    peer_t *self;
    int rc = 0;

    shell->cluster = cluster_connect("crmd", shell->peers, &ops, shell, &rc);
    if (shell->cluster == NULL) {
        return rc < 0 ? rc : -ENOTCONN;
    }
    crmd_set_identity(shell->core, cluster_local_id(shell->cluster), cluster_local_name(shell->cluster),
                      cluster_local_uuid(shell->cluster));
    /* we are in the group now; a membership event may come before the group's own */
    self = peers_get(shell->peers, cluster_local_id(shell->cluster), cluster_local_name(shell->cluster));
    peers_set_processes(shell->peers, self, self->processes | PEER_PROC_CPG);
    rc = cluster_track_quorum(shell->cluster);
    if (rc < 0) {
        log_err("Could not follow the cluster's quorum: %s", pcmk_strerror(rc));
    }
    return rc;
}

static void do_disconnect(void *arg)
{
    struct shell *shell = arg;

    cluster_disconnect(shell->cluster);
    shell->cluster = NULL;
}

static bool do_quorate(void *arg)
{
    struct shell *shell = arg;

    return shell->cluster && cluster_has_quorum(shell->cluster);
}

static void do_send(void *arg, const char *node, enum cluster_msg_type type, const xmlNode *msg)
{
    struct shell *shell = arg;
    const peer_t *to = node ? peers_find(shell->peers, 0, node) : NULL;
    int rc;

    if (shell->cluster == NULL) {
        return;
    }
    if (node && to == NULL) {
        log_warn("Could not send %s to %s: no such node", xml_get(msg, "crm_task"), node);
        return;
    }
    rc = cluster_send(shell->cluster, to, type, msg);
    if (rc < 0) {
        log_err("Could not send %s to %s: %s", xml_get(msg, "crm_task"), node ? node : "all nodes",
                pcmk_strerror(rc));
    }
}

static char *do_name(void *arg)
{
    (void)arg;
    return cluster_name();
}

void shell_cluster_ops(struct crmd_ops *ops)
{
    ops->cluster_connect = do_connect;
    ops->cluster_disconnect = do_disconnect;
    ops->cluster_quorate = do_quorate;
    ops->cluster_send = do_send;
    ops->cluster_name = do_name;
}
