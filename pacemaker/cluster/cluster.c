/* Process group of a daemon and its peers (cluster.h, messaging.md §2). */
#include "config.h"

#include "pacemaker/cluster/cluster.h"
#include <errno.h>
#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "pacemaker/cluster/cluster_internal.h"
#include "pacemaker/cluster/cluster_wire.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"

#define CONNECT_TRIES 30
#define MESSAGES_PER_FLUSH 200u
#define EVENTS_PER_DISPATCH 50u

long long cluster_now(void)
{
    return (long long)time(NULL);
}

const char *cluster_cs_text(cs_error_t rc)
{
    static const char *const texts[] = {"no result",
                                        "success",
                                        "internal library error",
                                        "incompatible version",
                                        "initialisation failed",
                                        "timeout",
                                        "try again",
                                        "invalid parameter",
                                        "out of memory",
                                        "bad handle",
                                        "busy",
                                        "access denied",
                                        "does not exist",
                                        "name too long",
                                        "exists already"};

    if (rc == CS_ERR_NOT_EXIST) {
        return texts[12];
    }
    if ((size_t)rc < sizeof(texts) / sizeof(texts[0])) {
        return texts[rc];
    }
    return rc == CS_ERR_LIBRARY ? texts[2] : rc == CS_ERR_QUEUE_FULL ? "queue full" : "error";
}

static cluster_t *cluster_of(cpg_handle_t handle)
{
    void *context = NULL;

    return cpg_context_get(handle, &context) == CS_OK ? context : NULL;
}

void cluster_lost(cluster_t *cluster)
{
    if (cluster->cpg_source != 0) {
        g_source_remove(cluster->cpg_source);
        cluster->cpg_source = 0;
    }
    if (cluster->quorum_source != 0) {
        g_source_remove(cluster->quorum_source);
        cluster->quorum_source = 0;
    }
    if (cluster->ops->lost != NULL) {
        cluster->ops->lost(cluster, cluster->arg);
    }
}

/* ---- receiving ---- */

static void deliver(cpg_handle_t handle, const struct cpg_name *group, uint32_t nodeid, uint32_t pid,
                    void *data, size_t size)
{
    cluster_t *cluster = cluster_of(handle);
    char sender[CLUSTER_NAME_MAX + 1];
    XML_AUTO xmlNode *msg = NULL;

    if (cluster == NULL || cluster->freed) {
        return;
    }
    int rc = cluster_wire_decode(data, size, nodeid, cluster->own_id, cluster->own_name, sender, &msg);

    if (rc == -ENOENT) {
        return;
    }
    if (rc < 0) {
        log_err("Dropping an unusable message of %zu bytes from node %u, process %u", size, (unsigned)nodeid,
                (unsigned)pid);
        return;
    }
    peer_t *from = peers_get(cluster->peers, nodeid, sender[0] != '\0' ? sender : NULL);

    if (from != NULL) {
        xml_set(msg, "src", from->name);
        cluster->ops->message(cluster, from, msg, cluster->arg);
    }
}

static char *name_of(void *arg, uint32_t id)
{
    (void)arg;
    return cluster_name_of_id(id, 1);
}

struct group_view cluster_view(const cluster_t *cluster)
{
    return (struct group_view){
        .group = cluster->group,
        .peers = cluster->peers,
        .own_id = cluster->own_id,
        .own_pid = (uint32_t)getpid(),
        .own_name = cluster->own_name,
        .name_of = name_of,
        .now = cluster_now(),
    };
}

static void group_changed(cpg_handle_t handle, const struct cpg_name *group,
                          const struct cpg_address *members, size_t member_count,
                          const struct cpg_address *left, size_t left_count, const struct cpg_address *joined,
                          size_t joined_count)
{
    cluster_t *cluster = cluster_of(handle);

    if (cluster == NULL || cluster->freed) {
        return;
    }
    struct group_view view = cluster_view(cluster);

    if (!group_view_change(&view, members, member_count, left, left_count, joined, joined_count)) {
        cluster->evicted = true;
    }
}

static gboolean cpg_ready(gint fd, GIOCondition condition, gpointer data)
{
    cluster_t *cluster = data;
    cs_error_t rc = CS_OK;

    cluster->dispatching = true;
    for (unsigned i = 0; i < EVENTS_PER_DISPATCH && rc == CS_OK && !cluster->freed && !cluster->evicted;
         i++) {
        rc = cpg_dispatch(cluster->cpg, CS_DISPATCH_ONE_NONBLOCKING);
    }
    cluster->dispatching = false;
    if (cluster->freed) {
        cluster_disconnect(cluster);
        return G_SOURCE_REMOVE;
    }
    if ((rc == CS_OK || rc == CS_ERR_TRY_AGAIN) && !cluster->evicted) {
        return G_SOURCE_CONTINUE;
    }
    if (!cluster->evicted) {
        log_crit("Lost connection to corosync: %s", cluster_cs_text(rc));
    }
    cluster->cpg_source = 0;
    cluster_lost(cluster);
    return G_SOURCE_REMOVE;
}

/* ---- sending ---- */

static void flush(cluster_t *cluster);

static gboolean flush_timer_expired(gpointer data)
{
    cluster_t *cluster = data;

    cluster->flush_timer = 0;
    flush(cluster);
    return G_SOURCE_REMOVE;
}

static void flush(cluster_t *cluster)
{
    struct cluster_bytes *bytes = NULL;
    cs_error_t rc = CS_OK;

    for (unsigned i = 0; i < MESSAGES_PER_FLUSH && (bytes = g_queue_peek_head(&cluster->queue)) != NULL;
         i++) {
        struct iovec iov = {.iov_base = bytes->data, .iov_len = bytes->size};

        rc = cpg_mcast_joined(cluster->cpg, CPG_TYPE_AGREED, &iov, 1);
        if (rc != CS_OK) {
            break;
        }
        free(g_queue_pop_head(&cluster->queue));
    }
    unsigned left = g_queue_get_length(&cluster->queue);

    if (left > 0) {
        unsigned delay = rc == CS_OK ? 100 : 200 + 10 * left;

        if (rc != CS_OK) {
            log_debug("Group %s: %u messages must wait: %s", cluster->group, left, cluster_cs_text(rc));
        }
        cluster->flush_timer = g_timeout_add(delay < 1000 ? delay : 1000, flush_timer_expired, cluster);
    }
}

static uint32_t type_of_name(const char *name)
{
    static const struct {
        const char *name;
        enum cluster_msg_type type;
    } types[] = {{"ais", CMSG_AIS},           {"lrmd", CMSG_LRMD}, {"cib", CMSG_CIB},     {"crmd", CMSG_CRMD},
                 {"dc", CMSG_CRMD},           {"attrd", CMSG_ATTRD}, {"stonithd", CMSG_STONITHD},
                 {"tengine", CMSG_TE},        {"pengine", CMSG_PE}, {"stonith-ng", CMSG_STONITH_NG}};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(types[i].name, name) == 0) {
            return types[i].type;
        }
    }
    return (uint32_t)getpid();
}

int cluster_send(cluster_t *cluster, const peer_t *to, enum cluster_msg_type dest, const xmlNode *msg)
{
    struct cluster_bytes *bytes = cluster_wire_encode(msg, ++cluster->next_id, (uint32_t)getpid(),
                                                      to != NULL ? to->id : 0, to != NULL ? to->name : NULL,
                                                      dest, cluster->own_name, type_of_name(cluster->group));

    if (bytes == NULL) {
        return -ENOMEM;
    }
    g_queue_push_tail(&cluster->queue, bytes);

    unsigned length = g_queue_get_length(&cluster->queue);

    if (length % 1000 == 0) {
        log_err("Group %s: %u messages wait to be sent", cluster->group, length);
    } else if (length == 200) {
        log_warn("Group %s: %u messages wait to be sent", cluster->group, length);
    }
    if (cluster->flush_timer == 0) {
        flush(cluster);
    }
    return 0;
}

/* ---- connecting ---- */

/* Corosync must be what answers: a process of root. */
static int check_server(int fd)
{
    struct ucred peer = {.uid = (uid_t)-1, .gid = (gid_t)-1};
    socklen_t length = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 || peer.uid == 0 || peer.gid == 0) {
        return 0;
    }
    log_err("The process serving corosync's process groups is not root's | pid=%d uid=%u", (int)peer.pid,
            (unsigned)peer.uid);
    return -ECONNABORTED;
}

static bool again(cs_error_t rc)
{
    return rc == CS_ERR_TRY_AGAIN || rc == CS_ERR_QUEUE_FULL;
}

static cs_error_t initialize(cluster_t *cluster)
{
    cpg_model_v1_data_t model = {
        .model = CPG_MODEL_V1, .cpg_deliver_fn = deliver, .cpg_confchg_fn = group_changed};
    cs_error_t rc = CS_OK;

    for (unsigned try = 1; try <= CONNECT_TRIES; try++) {
        rc = cpg_model_initialize(&cluster->cpg, CPG_MODEL_V1, (cpg_model_data_t *)&model, cluster);
        if (!again(rc) || !mainloop_pause(try * 1000)) {
            break;
        }
    }
    return rc;
}

static cs_error_t local_get(cluster_t *cluster)
{
    unsigned int id = 0;
    cs_error_t rc = CS_OK;

    for (unsigned try = 1; try <= CONNECT_TRIES; try++) {
        rc = cpg_local_get(cluster->cpg, &id);
        if (!again(rc) || !mainloop_pause(try * 1000)) {
            break;
        }
    }
    cluster->own_id = id;
    return rc == CS_OK && id == 0 ? CS_ERR_NOT_EXIST : rc;
}

static cs_error_t join(cluster_t *cluster)
{
    struct cpg_name name = {0};
    size_t length = strnlen(cluster->group, CPG_MAX_NAME_LENGTH - 1);
    cs_error_t rc = CS_OK;

    memcpy(name.value, cluster->group, length);
    name.length = (uint32_t)length + 1;     /* with the NUL */
    for (unsigned try = 1; try <= CONNECT_TRIES; try++) {
        rc = cpg_join(cluster->cpg, &name);
        if (!again(rc) || !mainloop_pause(try * 1000)) {
            break;
        }
    }
    return rc;
}

static void learn_own_name(cluster_t *cluster)
{
    struct utsname host;

    cluster->own_uuid = g_strdup_printf("%u", (unsigned)cluster->own_id);
    cluster->own_name = cluster_node_name(cluster->own_id);
    if (cluster->own_name == NULL) {
        uname(&host);
        log_notice("Defaulting to uname -n for the local corosync node name");
        cluster->own_name = strdup(host.nodename);
    }
}

static int start(cluster_t *cluster)
{
    const char *type = env_option("cluster_type");
    int fd = -1;

    if (type != NULL && strcmp(type, "corosync") != 0) {
        log_crit("Cluster type '%s' is not supported", type);
        return -EINVAL;
    }
    cs_error_t rc = initialize(cluster);

    if (again(rc) && !mainloop_pause(0)) {
        log_notice("Not waiting for corosync's process groups any longer: told to end");
        return -EINTR;
    }
    if (rc != CS_OK) {
        log_crit("Could not connect to corosync's process groups: %s", cluster_cs_text(rc));
        return rc == CS_ERR_ACCESS ? -EACCES : -ENOTCONN;
    }
    rc = cpg_fd_get(cluster->cpg, &fd);
    if (rc == CS_OK && check_server(fd) < 0) {
        return -ECONNABORTED;
    }
    if (rc == CS_OK) {
        rc = local_get(cluster);
    }
    if (rc == CS_OK) {
        learn_own_name(cluster);
        rc = join(cluster);
    }
    if (rc != CS_OK) {
        log_crit("Could not join process group %s: %s", cluster->group, cluster_cs_text(rc));
        return -ENOTCONN;
    }
    peers_get(cluster->peers, cluster->own_id, cluster->own_name);
    cluster->cpg_source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, cpg_ready, cluster);
    return 0;
}

cluster_t *cluster_connect(const char *group, peers_t *peers, const cluster_ops_t *ops, void *arg, int *rc)
{
    cluster_t *cluster = g_new0(cluster_t, 1);

    cluster->group = g_strdup(group);
    cluster->peers = peers;
    cluster->ops = ops;
    cluster->arg = arg;
    g_queue_init(&cluster->queue);
    *rc = start(cluster);
    if (*rc < 0) {
        cluster_disconnect(cluster);
        return NULL;
    }
    return cluster;
}

void cluster_disconnect(cluster_t *cluster)
{
    if (cluster == NULL) {
        return;
    }
    cluster->freed = true;
    if (cluster->dispatching) {
        return;             /* done when the callback has returned */
    }
    cluster_quorum_stop(cluster);
    if (cluster->cpg_source != 0) {
        g_source_remove(cluster->cpg_source);
    }
    if (cluster->flush_timer != 0) {
        g_source_remove(cluster->flush_timer);
    }
    if (cluster->cpg != 0) {
        cpg_finalize(cluster->cpg);
    }
    g_queue_clear_full(&cluster->queue, free);
    free(cluster->own_name);
    g_free(cluster->own_uuid);
    g_free(cluster->group);
    g_free(cluster);
}

peers_t *cluster_peers(cluster_t *cluster)
{
    return cluster->peers;
}

uint32_t cluster_local_id(const cluster_t *cluster)
{
    return cluster->own_id;
}

const char *cluster_local_name(const cluster_t *cluster)
{
    return cluster->own_name;
}

const char *cluster_local_uuid(const cluster_t *cluster)
{
    return cluster->own_uuid;
}
