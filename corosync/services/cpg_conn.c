/*
 * Closed process groups: the local clients and what they may do when (services.md 3.1.6).
 */
#include <stdlib.h>
#include <string.h>

#include "corosync/services/cpg_internal.h"

void cpg_conn_add(struct cpg_core *core, struct cpg_conn *conn)
{
    LIST_INSERT_HEAD(&core->conns, conn, all);
}

static int proc_send(struct cpg_core *core, const struct cpg_wire_proc *message)
{
    struct iovec iov = {.iov_base = (void *)message, .iov_len = sizeof(*message)};

    return core->ops.send(core->ops.ctx, &iov, 1);
}

static void proc_message(struct cpg_wire_proc *message, int fn, const struct cpg_name *group, uint32_t pid,
                         uint32_t reason)
{
    memset(message, 0, sizeof(*message));
    message->header.id = CPG_SERVICE << 16 | fn;
    message->header.size = (int32_t)sizeof(*message);
    cpg_name_to_wire(&message->group, group);
    message->pid = pid;
    message->reason = reason;
}

bool cpg_core_flush(struct cpg_core *core)
{
    while (!STAILQ_EMPTY(&core->leavings)) {
        struct cpg_leaving *leaving = STAILQ_FIRST(&core->leavings);

        if (proc_send(core, &leaving->message) != 0) {
            return false;
        }
        STAILQ_REMOVE_HEAD(&core->leavings, entry);
        free(leaving);
    }
    return true;
}

void cpg_conn_remove(struct cpg_core *core, struct cpg_conn *conn)
{
    struct cpg_group *group = conn->group;

    LIST_REMOVE(conn, all);
    if (group == NULL) {
        return;
    }
    if (conn->state != CPG_LEAVE_STARTED) {
        struct cpg_leaving *leaving = malloc(sizeof(*leaving));

        if (leaving == NULL) {
            cpg_log(core, LOG_CRIT, "No memory to tell that process %u is gone", conn->pid);
        } else {
            proc_message(&leaving->message, CPG_FN_PROCLEAVE, &group->name, conn->pid, CPG_REASON_PROCDOWN);
            STAILQ_INSERT_TAIL(&core->leavings, leaving, entry);
        }
    }
    LIST_REMOVE(conn, in_group);
    conn->group = NULL;
    conn->state = CPG_UNJOINED;
    core->n_joined--;
    cpg_group_release(core, group);
    cpg_core_flush(core);
}

/* Whether another client has joined the group as the same process. */
static bool group_has_conn(const struct cpg_group *group, uint32_t pid)
{
    const struct cpg_conn *conn;

    LIST_FOREACH(conn, &group->conns, in_group) {
        if (conn->pid == pid && conn->state != CPG_LEAVE_STARTED) {
            return true;
        }
    }
    return false;
}

static cs_error_t join_check(const struct cpg_core *core, const struct cpg_conn *conn,
                             const struct cpg_name *name, uint32_t pid)
{
    const struct cpg_group *group = cpg_group_find(core, name);

    if (conn->state == CPG_LEAVE_STARTED) {
        return CS_ERR_BUSY;
    }
    if (conn->state != CPG_UNJOINED || (group != NULL && group_has_conn(group, pid))) {
        return CS_ERR_EXIST;
    }
    if (group != NULL && cpg_process_find(group, core->nodeid, pid) != NULL) {
        return CS_ERR_TRY_AGAIN;
    }
    return core->n_joined >= CPG_LOCAL_MAX ? CS_ERR_NO_RESOURCES : CS_OK;
}

cs_error_t cpg_conn_join(struct cpg_core *core, struct cpg_conn *conn, const struct cpg_name *group,
                         uint32_t pid, uint32_t flags)
{
    struct cpg_wire_proc message;

    if (group->length > CPG_MAX_NAME_LENGTH) {
        return CS_ERR_NAME_TOO_LONG;
    }
    cs_error_t error = join_check(core, conn, group, pid);

    if (error != CS_OK) {
        return error;
    }
    struct cpg_group *joined = cpg_group_find_or_add(core, group);

    if (joined == NULL) {
        return CS_ERR_NO_MEMORY;
    }
    proc_message(&message, CPG_FN_PROCJOIN, group, pid, CPG_REASON_JOIN);
    if (!cpg_core_flush(core) || proc_send(core, &message) != 0) {
        cpg_group_release(core, joined);
        return CS_ERR_TRY_AGAIN;
    }
    conn->group = joined;
    conn->state = CPG_JOIN_STARTED;
    conn->pid = pid;
    conn->flags = flags;
    LIST_INSERT_HEAD(&joined->conns, conn, in_group);
    core->n_joined++;
    return CS_OK;
}

cs_error_t cpg_conn_leave(struct cpg_core *core, struct cpg_conn *conn, const struct cpg_name *group,
                          uint32_t pid)
{
    struct cpg_wire_proc message;

    if (group->length > CPG_MAX_NAME_LENGTH) {
        return CS_ERR_NAME_TOO_LONG;
    }
    if (conn->state == CPG_JOIN_STARTED) {
        return CS_ERR_BUSY;
    }
    if (conn->state != CPG_JOINED || pid != conn->pid || !cpg_name_equal(group, &conn->group->name)) {
        return CS_ERR_NOT_EXIST;
    }
    proc_message(&message, CPG_FN_PROCLEAVE, group, pid, CPG_REASON_LEAVE);
    if (proc_send(core, &message) != 0) {
        return CS_ERR_TRY_AGAIN;
    }
    conn->state = CPG_LEAVE_STARTED;
    return CS_OK;
}

static bool may_send(const struct cpg_conn *conn)
{
    return conn->state == CPG_JOIN_STARTED || conn->state == CPG_JOINED;
}

cs_error_t cpg_conn_mcast(struct cpg_core *core, struct cpg_conn *conn, uint64_t source, const void *data,
                          uint32_t length)
{
    struct cpg_wire_mcast message = {.msglen = length, .pid = conn->pid,
                                     .source = {.nodeid = core->nodeid, .conn = source}};
    struct iovec iov[2] = {{.iov_base = &message, .iov_len = sizeof(message)},
                           {.iov_base = (void *)data, .iov_len = length}};

    if (!may_send(conn)) {
        return CS_ERR_NOT_EXIST;
    }
    message.header.id = CPG_SERVICE << 16 | CPG_FN_MCAST;
    message.header.size = (int32_t)(sizeof(message) + length);
    cpg_name_to_wire(&message.group, &conn->group->name);
    return core->ops.send(core->ops.ctx, iov, 2) == 0 ? CS_OK : CS_ERR_TRY_AGAIN;
}

cs_error_t cpg_conn_mcast_fragment(struct cpg_core *core, struct cpg_conn *conn, uint64_t source,
                                   uint32_t whole_length, uint32_t type, const void *data, uint32_t length)
{
    struct cpg_wire_partial_mcast message = {.msglen = whole_length, .fraglen = length, .pid = conn->pid,
                                             .type = type,
                                             .source = {.nodeid = core->nodeid, .conn = source}};
    struct iovec iov[2] = {{.iov_base = &message, .iov_len = sizeof(message)},
                           {.iov_base = (void *)data, .iov_len = length}};

    if (!may_send(conn)) {
        return CS_ERR_NOT_EXIST;
    }
    if (type == CPG_FRAGMENT_FIRST) {
        conn->fragment_changes = conn->changes;
    }
    if (conn->fragment_changes != conn->changes) {
        return CS_ERR_INTERRUPT;
    }
    message.header.id = CPG_SERVICE << 16 | CPG_FN_PARTIAL_MCAST;
    message.header.size = (int32_t)(sizeof(message) + length);
    cpg_name_to_wire(&message.group, &conn->group->name);
    return core->ops.send(core->ops.ctx, iov, 2) == 0 ? CS_OK : CS_ERR_TRY_AGAIN;
}
