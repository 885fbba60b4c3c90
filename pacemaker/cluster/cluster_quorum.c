/* Membership and quorum as corosync reports them, for the controller (messaging.md §2.7). */
#include "config.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <string.h>
#include "pacemaker/cluster/cluster_internal.h"
#include "pacemaker/common/log.h"

static void quorum_changed(quorum_handle_t handle, uint32_t quorate, uint64_t ring_seq, uint32_t count,
                           uint32_t *ids)
{
    const void *context = NULL;

    if (quorum_context_get(handle, &context) != CS_OK || context == NULL) {
        return;
    }
    cluster_t *cluster = (cluster_t *)context;
    struct group_view view = cluster_view(cluster);
    bool changed = cluster->quorate != (quorate != 0);

    if (count == 0 && !cluster->tracking) {
        log_info("Ignoring an empty member list during start-up");
        return;
    }
    cluster->tracking = true;
    cluster->quorate = quorate != 0;
    if (changed) {
        log_notice("Quorum %s | membership=%llu members=%u", quorate ? "acquired" : "lost",
                   (unsigned long long)ring_seq, (unsigned)count);
    } else {
        log_info("Quorum %s | membership=%llu members=%u", quorate ? "retained" : "still lost",
                 (unsigned long long)ring_seq, (unsigned)count);
    }
    group_view_members(&view, ids, count, ring_seq);
    if (cluster->ops->quorum != NULL) {
        cluster->ops->quorum(cluster, cluster->quorate, ring_seq, cluster->arg);
    }
}

static gboolean quorum_ready(gint fd, GIOCondition condition, gpointer data)
{
    cluster_t *cluster = data;
    cs_error_t rc = quorum_dispatch(cluster->quorum, CS_DISPATCH_ALL);

    if (rc == CS_OK || rc == CS_ERR_TRY_AGAIN) {
        return G_SOURCE_CONTINUE;
    }
    log_err("Lost the connection to corosync's quorum service: %s", cluster_cs_text(rc));
    cluster->quorum_source = 0;
    cluster_lost(cluster);
    return G_SOURCE_REMOVE;
}

static cs_error_t start(cluster_t *cluster, uint32_t *type, int *fd)
{
    quorum_callbacks_t callbacks = {.quorum_notify_fn = quorum_changed};
    int quorate = 0;
    cs_error_t rc = quorum_initialize(&cluster->quorum, &callbacks, type);

    if (rc != CS_OK || *type != QUORUM_SET) {
        return rc;
    }
    quorum_context_set(cluster->quorum, cluster);
    rc = quorum_getquorate(cluster->quorum, &quorate);
    if (rc == CS_OK) {
        cluster->quorate = quorate != 0;
        log_notice("Quorum %s", quorate ? "acquired" : "not yet acquired");
        rc = quorum_trackstart(cluster->quorum, CS_TRACK_CHANGES | CS_TRACK_CURRENT);
    }
    return rc == CS_OK ? quorum_fd_get(cluster->quorum, fd) : rc;
}

int cluster_track_quorum(cluster_t *cluster)
{
    uint32_t type = 0;
    int fd = -1;
    int rc = cluster_load_nodelist(cluster->peers);

    if (rc == -ENOTUNIQ) {
        return rc;
    }
    cs_error_t result = start(cluster, &type, &fd);

    if (result != CS_OK) {
        log_err("Could not use corosync's quorum service: %s", cluster_cs_text(result));
        return -ENOTCONN;
    }
    if (type != QUORUM_SET) {
        log_err("Corosync has no quorum provider: set quorum.provider in corosync.conf");
        cluster_quorum_stop(cluster);
        return -ENOTSUP;
    }
    cluster->quorum_source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, quorum_ready, cluster);
    return 0;
}

void cluster_quorum_stop(cluster_t *cluster)
{
    if (cluster->quorum_source != 0) {
        g_source_remove(cluster->quorum_source);
        cluster->quorum_source = 0;
    }
    if (cluster->quorum != 0) {
        quorum_finalize(cluster->quorum);
        cluster->quorum = 0;
    }
}

bool cluster_has_quorum(const cluster_t *cluster)
{
    return cluster->quorate;
}
