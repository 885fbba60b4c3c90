/*
 * Closed process groups: messages between nodes and the synchronisation of the table.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corosync/services/cpg_internal.h"

struct cpg_core *cpg_core_new(uint32_t nodeid, const struct cpg_ops *ops)
{
    struct cpg_core *core = calloc(1, sizeof(*core));

    if (core != NULL) {
        core->nodeid = nodeid;
        core->ops = *ops;
        STAILQ_INIT(&core->leavings);
    }
    return core;
}

void cpg_core_free(struct cpg_core *core)
{
    if (core == NULL) {
        return;
    }
    while (!STAILQ_EMPTY(&core->leavings)) {
        struct cpg_leaving *leaving = STAILQ_FIRST(&core->leavings);

        STAILQ_REMOVE_HEAD(&core->leavings, entry);
        free(leaving);
    }
    for (size_t i = 0; i < core->n_groups; i++) {
        free(core->groups[i]->processes);
        free(core->groups[i]->changed);
        free(core->groups[i]);
    }
    free(core->groups);
    free(core->listed);
    free(core);
}

void cpg_log(const struct cpg_core *core, int priority, const char *format, ...)
{
    char text[256];
    va_list args;

    if (core->ops.log == NULL) {
        return;
    }
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    core->ops.log(core->ops.ctx, priority, text);
}

bool cpg_name_from_wire(struct cpg_name *name, const struct proto_cpg_name *wire)
{
    if (wire->length > CPG_MAX_NAME_LENGTH) {
        return false;
    }
    memset(name, 0, sizeof(*name));
    name->length = wire->length;
    memcpy(name->value, wire->value, wire->length);
    return true;
}

void cpg_name_to_wire(struct proto_cpg_name *wire, const struct cpg_name *name)
{
    memset(wire, 0, sizeof(*wire));
    wire->length = name->length;
    memcpy(wire->value, name->value, name->length);
}

/* ---- processes come and go ---- */

/* Keeps the joinlists that have arrived true when a process comes or goes after they were sent. */
static void listed_add(struct cpg_core *core, const struct cpg_name *group, uint32_t nodeid, uint32_t pid)
{
    if (core->n_listed >= CPG_PROCESSES_MAX ||
        !cpg_array_grow(&core->listed, &core->listed_size, core->n_listed, sizeof(core->listed[0]))) {
        cpg_log(core, LOG_ERR, "No room for process %u of node %u in the list of joining processes", pid,
                nodeid);
        return;
    }
    core->listed[core->n_listed++] = (struct cpg_listed){.group = *group, .nodeid = nodeid, .pid = pid};
}

static void listed_remove(struct cpg_core *core, const struct cpg_name *group, uint32_t nodeid, uint32_t pid)
{
    size_t kept = 0;

    for (size_t i = 0; i < core->n_listed; i++) {
        const struct cpg_listed *listed = &core->listed[i];

        if (listed->nodeid != nodeid || listed->pid != pid || !cpg_name_equal(&listed->group, group)) {
            core->listed[kept++] = *listed;
        }
    }
    core->n_listed = kept;
}

static void receive_procjoin(struct cpg_core *core, const struct cpg_wire_proc *message, uint32_t nodeid)
{
    struct cpg_name name;

    if (!cpg_name_from_wire(&name, &message->group)) {
        return;
    }
    struct cpg_group *group = cpg_group_find_or_add(core, &name);

    if (group == NULL || cpg_process_find(group, nodeid, message->pid) != NULL) {
        return;
    }
    if (cpg_process_add(core, group, nodeid, message->pid) != NULL) {
        if (core->syncing) {
            listed_add(core, &name, nodeid, message->pid);
        }
        cpg_change_collect(core, group, nodeid, message->pid, CPG_REASON_JOIN);
        cpg_change_send(core, group, true);
    }
    cpg_group_release(core, group);
}

static void receive_procleave(struct cpg_core *core, const struct cpg_wire_proc *message, uint32_t nodeid)
{
    struct cpg_name name;

    if (!cpg_name_from_wire(&name, &message->group)) {
        return;
    }
    struct cpg_group *group = cpg_group_find(core, &name);

    if (core->syncing) {
        listed_remove(core, &name, nodeid, message->pid);
    }
    if (group == NULL) {
        return;
    }
    struct cpg_process *process = cpg_process_find(group, nodeid, message->pid);

    if (process != NULL) {
        cpg_process_remove(core, group, process);
    }
    cpg_change_collect(core, group, nodeid, message->pid, message->reason);
    cpg_change_send(core, group, false);
    cpg_group_release(core, group);
}

/* ---- messages of the groups ---- */

static void deliver(struct cpg_core *core, struct cpg_message *message,
                    const struct proto_cpg_name *wire_name)
{
    struct cpg_name name;

    if (!cpg_name_from_wire(&name, wire_name)) {
        return;
    }
    const struct cpg_group *group = cpg_group_find(core, &name);

    if (group == NULL || !cpg_node_in_group(group, message->nodeid)) {
        cpg_log(core, LOG_WARNING, "Unknown node -> we will not deliver message");
        return;
    }
    struct cpg_conn *conn;

    message->group = &group->name;
    LIST_FOREACH(conn, &group->conns, in_group) {
        if ((conn->state == CPG_JOINED || conn->state == CPG_LEAVE_STARTED) && !conn->muted) {
            core->ops.deliver(core->ops.ctx, conn, message);
        }
    }
}

static void receive_mcast(struct cpg_core *core, const void *msg, size_t size, uint32_t nodeid)
{
    struct cpg_wire_mcast wire;

    if (size < sizeof(wire)) {
        return;
    }
    memcpy(&wire, msg, sizeof(wire));
    if (wire.msglen > size - sizeof(wire)) {
        return;
    }
    struct cpg_message message = {.nodeid = nodeid, .pid = wire.pid, .length = wire.msglen,
                                  .data = (const uint8_t *)msg + sizeof(wire)};

    deliver(core, &message, &wire.group);
}

static void receive_partial_mcast(struct cpg_core *core, const void *msg, size_t size, uint32_t nodeid)
{
    struct cpg_wire_partial_mcast wire;

    if (size < sizeof(wire)) {
        return;
    }
    memcpy(&wire, msg, sizeof(wire));
    if (wire.fraglen > size - sizeof(wire)) {
        return;
    }
    struct cpg_message message = {.nodeid = nodeid, .pid = wire.pid, .length = wire.fraglen,
                                  .data = (const uint8_t *)msg + sizeof(wire), .fragment = true,
                                  .whole_length = wire.msglen, .fragment_type = wire.type};

    deliver(core, &message, &wire.group);
}

/* ---- synchronisation ---- */

static void receive_joinlist(struct cpg_core *core, const void *msg, size_t size, uint32_t nodeid)
{
    const uint8_t *bytes = msg;

    if (!core->syncing) {
        return;
    }
    for (size_t at = sizeof(struct cpg_wire_joinlist); size - at >= sizeof(struct cpg_wire_joinlist_entry);
         at += sizeof(struct cpg_wire_joinlist_entry)) {
        struct cpg_wire_joinlist_entry entry;
        struct cpg_name name;

        memcpy(&entry, bytes + at, sizeof(entry));
        if (cpg_name_from_wire(&name, &entry.group)) {
            listed_add(core, &name, nodeid, entry.pid);
        }
    }
}

static bool in_list(const uint32_t *list, size_t count, uint32_t nodeid)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == nodeid) {
            return true;
        }
    }
    return false;
}

void cpg_core_sync_init(struct cpg_core *core, const uint32_t *trans, size_t trans_count,
                        const uint32_t *members, size_t member_count, const struct totem_ring *ring)
{
    core->syncing = true;
    core->downlist_sent = false;
    core->n_listed = 0;
    core->ring = *ring;
    core->n_members = member_count < TOTEM_MAX_NODES ? member_count : TOTEM_MAX_NODES;
    memcpy(core->members, members, core->n_members * sizeof(members[0]));
    core->n_left = 0;
    for (size_t i = 0; i < core->n_old_members; i++) {
        if (!in_list(trans, trans_count, core->old_members[i])) {
            core->left[core->n_left++] = core->old_members[i];
        }
    }
}

static int downlist_send(struct cpg_core *core)
{
    struct cpg_wire_downlist message = {.old_members = (uint32_t)core->n_old_members,
                                        .left_nodes = (uint32_t)core->n_left};
    struct iovec iov = {.iov_base = &message, .iov_len = sizeof(message)};

    message.header.id = CPG_SERVICE << 16 | CPG_FN_DOWNLIST;
    message.header.size = (int32_t)sizeof(message);
    memcpy(message.nodeids, core->left, core->n_left * sizeof(core->left[0]));
    return core->ops.send(core->ops.ctx, &iov, 1);
}

static size_t local_process_count(const struct cpg_core *core)
{
    size_t count = 0;

    for (size_t g = 0; g < core->n_groups; g++) {
        for (size_t p = 0; p < core->groups[g]->n_processes; p++) {
            count += core->groups[g]->processes[p].nodeid == core->nodeid;
        }
    }
    return count;
}

static void joinlist_fill(const struct cpg_core *core, struct cpg_wire_joinlist *message, size_t count)
{
    size_t filled = 0;

    for (size_t g = 0; g < core->n_groups; g++) {
        const struct cpg_group *group = core->groups[g];

        for (size_t p = 0; p < group->n_processes && filled < count; p++) {
            if (group->processes[p].nodeid == core->nodeid) {
                message->entries[filled].pid = group->processes[p].pid;
                cpg_name_to_wire(&message->entries[filled].group, &group->name);
                filled++;
            }
        }
    }
}

static int joinlist_send(struct cpg_core *core)
{
    size_t count = local_process_count(core);

    if (count == 0) {
        return 0;
    }
    if (count > CPG_LOCAL_MAX) {
        cpg_log(core, LOG_ERR, "Only %zu of %zu local processes fit in the joinlist", CPG_LOCAL_MAX, count);
        count = CPG_LOCAL_MAX;
    }
    size_t size = sizeof(struct cpg_wire_joinlist) + count * sizeof(struct cpg_wire_joinlist_entry);
    struct cpg_wire_joinlist *message = calloc(1, size);

    if (message == NULL) {
        return -1;
    }
    struct iovec iov = {.iov_base = message, .iov_len = size};

    message->header.id = CPG_SERVICE << 16 | CPG_FN_JOINLIST;
    message->header.size = (int32_t)size;
    joinlist_fill(core, message, count);
    int result = core->ops.send(core->ops.ctx, &iov, 1);

    free(message);
    return result;
}

int cpg_core_sync_process(struct cpg_core *core)
{
    if (!core->downlist_sent) {
        if (downlist_send(core) != 0) {
            return -1;
        }
        core->downlist_sent = true;
    }
    return joinlist_send(core);
}

/* Processes of nodes that left. */
static void activate_downs(struct cpg_core *core)
{
    for (size_t g = 0; g < core->n_groups; g++) {
        struct cpg_group *group = core->groups[g];
        size_t kept = 0;

        for (size_t p = 0; p < group->n_processes; p++) {
            struct cpg_process *process = &group->processes[p];

            if (in_list(core->left, core->n_left, process->nodeid)) {
                cpg_change_collect(core, group, process->nodeid, process->pid, CPG_REASON_NODEDOWN);
                core->n_processes--;
            } else {
                process->listed = false;
                group->processes[kept++] = *process;
            }
        }
        group->n_processes = kept;
    }
    cpg_change_send_all(core, false);
}

/* Processes of other nodes that are new to us. The newest joinlist entry comes first. */
static void activate_ups(struct cpg_core *core)
{
    for (size_t i = core->n_listed; i-- > 0;) {
        const struct cpg_listed *listed = &core->listed[i];
        struct cpg_group *group;

        if (listed->nodeid == core->nodeid || !in_list(core->members, core->n_members, listed->nodeid)) {
            continue;
        }
        group = cpg_group_find_or_add(core, &listed->group);
        if (group == NULL) {
            continue;
        }
        struct cpg_process *process = cpg_process_find(group, listed->nodeid, listed->pid);

        if (process == NULL) {
            process = cpg_process_add(core, group, listed->nodeid, listed->pid);
            if (process != NULL) {
                cpg_change_collect(core, group, listed->nodeid, listed->pid, CPG_REASON_NODEUP);
            }
        }
        if (process != NULL) {
            process->listed = true;
        }
    }
    cpg_change_send_all(core, true);
}

/* Processes of other nodes that their node does not know any more: one event each. */
static void activate_zombies(struct cpg_core *core)
{
    size_t g = 0;

    while (g < core->n_groups) {
        struct cpg_group *group = core->groups[g];
        size_t p = 0;

        while (p < group->n_processes) {
            struct cpg_process process = group->processes[p];

            if (process.nodeid == core->nodeid || process.listed) {
                p++;
                continue;
            }
            cpg_process_remove(core, group, &group->processes[p]);
            cpg_change_collect(core, group, process.nodeid, process.pid, CPG_REASON_PROCDOWN);
            cpg_change_send(core, group, false);
        }
        cpg_group_release(core, group);
        if (g < core->n_groups && core->groups[g] == group) {
            g++;
        }
    }
}

void cpg_core_sync_activate(struct cpg_core *core)
{
    struct cpg_conn *conn;

    memcpy(core->old_members, core->members, core->n_members * sizeof(core->members[0]));
    core->n_old_members = core->n_members;
    core->old_ring = core->ring;
    activate_downs(core);
    activate_ups(core);
    activate_zombies(core);
    core->n_listed = 0;
    core->syncing = false;
    LIST_FOREACH(conn, &core->conns, all) {
        if (!conn->muted) {
            core->ops.totem_conf(core->ops.ctx, conn, &core->ring, core->members, core->n_members);
        }
    }
}

void cpg_core_sync_abort(struct cpg_core *core)
{
    core->n_listed = 0;
    core->syncing = false;
}

/* ---- entry ---- */

void cpg_core_receive(struct cpg_core *core, unsigned fn, const void *msg, size_t size, uint32_t nodeid)
{
    struct cpg_wire_proc proc;

    switch (fn) {
    case CPG_FN_PROCJOIN:
    case CPG_FN_PROCLEAVE:
        if (size >= sizeof(proc)) {
            memcpy(&proc, msg, sizeof(proc));
            (fn == CPG_FN_PROCJOIN ? receive_procjoin : receive_procleave)(core, &proc, nodeid);
        }
        break;
    case CPG_FN_JOINLIST:
        if (size >= sizeof(struct cpg_wire_joinlist)) {
            receive_joinlist(core, msg, size, nodeid);
        }
        break;
    case CPG_FN_MCAST:
        receive_mcast(core, msg, size, nodeid);
        break;
    case CPG_FN_PARTIAL_MCAST:
        receive_partial_mcast(core, msg, size, nodeid);
        break;
    default: /* downlists inform only: each node computes its own */
        break;
    }
}
