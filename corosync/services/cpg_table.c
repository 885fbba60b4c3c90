/*
 * The table of groups and processes, and the events about its changes.
 */
#include <stdlib.h>
#include <string.h>

#include "corosync/services/cpg_internal.h"

bool cpg_array_grow(void *array, size_t *size, size_t used, size_t element)
{
    void **pointer = array;

    if (used < *size) {
        return true;
    }
    size_t more = *size == 0 ? 8 : *size * 2;
    void *grown = realloc(*pointer, more * element);

    if (grown == NULL) {
        return false;
    }
    *pointer = grown;
    *size = more;
    return true;
}

/* ---- groups ---- */

static int name_compare(const struct cpg_name *a, const struct cpg_name *b)
{
    size_t shorter = a->length < b->length ? a->length : b->length;
    int difference = memcmp(a->value, b->value, shorter);

    if (difference != 0) {
        return difference;
    }
    return (a->length > b->length) - (a->length < b->length);
}

bool cpg_name_equal(const struct cpg_name *a, const struct cpg_name *b)
{
    return name_compare(a, b) == 0;
}

/* Where the group is, or where it has to be inserted. */
static size_t group_position(const struct cpg_core *core, const struct cpg_name *name, bool *found)
{
    size_t low = 0;
    size_t high = core->n_groups;

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = name_compare(name, &core->groups[middle]->name);

        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

struct cpg_group *cpg_group_find(const struct cpg_core *core, const struct cpg_name *name)
{
    bool found;
    size_t position = group_position(core, name, &found);

    return found ? core->groups[position] : NULL;
}

struct cpg_group *cpg_group_find_or_add(struct cpg_core *core, const struct cpg_name *name)
{
    bool found;
    size_t position = group_position(core, name, &found);

    if (found) {
        return core->groups[position];
    }
    struct cpg_group *group = calloc(1, sizeof(*group));

    if (group == NULL || !cpg_array_grow(&core->groups, &core->groups_size, core->n_groups, sizeof(group))) {
        free(group);
        return NULL;
    }
    group->name = *name;
    memmove(&core->groups[position + 1], &core->groups[position],
            (core->n_groups - position) * sizeof(core->groups[0]));
    core->groups[position] = group;
    core->n_groups++;
    return group;
}

void cpg_group_release(struct cpg_core *core, struct cpg_group *group)
{
    bool found;

    if (group->n_processes > 0 || !LIST_EMPTY(&group->conns)) {
        return;
    }
    size_t position = group_position(core, &group->name, &found);

    core->n_groups--;
    memmove(&core->groups[position], &core->groups[position + 1],
            (core->n_groups - position) * sizeof(core->groups[0]));
    free(group->processes);
    free(group->changed);
    free(group);
}

/* ---- processes ---- */

static size_t process_position(const struct cpg_group *group, uint32_t nodeid, uint32_t pid)
{
    size_t low = 0;
    size_t high = group->n_processes;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct cpg_process *process = &group->processes[middle];

        if (process->nodeid < nodeid || (process->nodeid == nodeid && process->pid < pid)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct cpg_process *cpg_process_find(const struct cpg_group *group, uint32_t nodeid, uint32_t pid)
{
    size_t position = process_position(group, nodeid, pid);

    if (position < group->n_processes && group->processes[position].nodeid == nodeid &&
        group->processes[position].pid == pid) {
        return &group->processes[position];
    }
    return NULL;
}

bool cpg_node_in_group(const struct cpg_group *group, uint32_t nodeid)
{
    size_t position = process_position(group, nodeid, 0);

    return position < group->n_processes && group->processes[position].nodeid == nodeid;
}

struct cpg_process *cpg_process_add(struct cpg_core *core, struct cpg_group *group, uint32_t nodeid,
                                    uint32_t pid)
{
    if (core->n_processes >= CPG_PROCESSES_MAX ||
        !cpg_array_grow(&group->processes, &group->processes_size, group->n_processes,
                        sizeof(group->processes[0]))) {
        cpg_log(core, LOG_ERR, "No room for process %u of node %u in the table of %zu processes", pid, nodeid,
                core->n_processes);
        return NULL;
    }
    size_t position = process_position(group, nodeid, pid);
    struct cpg_process *process = &group->processes[position];

    memmove(process + 1, process, (group->n_processes - position) * sizeof(*process));
    *process = (struct cpg_process){.nodeid = nodeid, .pid = pid};
    group->n_processes++;
    core->n_processes++;
    return process;
}

void cpg_process_remove(struct cpg_core *core, struct cpg_group *group, struct cpg_process *process)
{
    size_t position = (size_t)(process - group->processes);

    group->n_processes--;
    core->n_processes--;
    memmove(process, process + 1, (group->n_processes - position) * sizeof(*process));
}

/* ---- walking ---- */

bool cpg_core_walk(const struct cpg_core *core, struct cpg_walk *walk, const struct cpg_name **group,
                   uint32_t *nodeid, uint32_t *pid)
{
    while (walk->group < core->n_groups && walk->process >= core->groups[walk->group]->n_processes) {
        walk->group++;
        walk->process = 0;
    }
    if (walk->group >= core->n_groups) {
        return false;
    }
    const struct cpg_process *process = &core->groups[walk->group]->processes[walk->process++];

    *group = &core->groups[walk->group]->name;
    *nodeid = process->nodeid;
    *pid = process->pid;
    return true;
}

size_t cpg_core_process_count(const struct cpg_core *core)
{
    return core->n_processes;
}

static size_t members_copy(const struct cpg_group *group, struct cpg_address *out, size_t max)
{
    size_t count = group->n_processes < max ? group->n_processes : max;

    for (size_t i = 0; i < count; i++) {
        out[i] = (struct cpg_address){.nodeid = group->processes[i].nodeid, .pid = group->processes[i].pid};
    }
    return count;
}

size_t cpg_core_members(const struct cpg_core *core, const struct cpg_name *group, struct cpg_address *out,
                        size_t max)
{
    const struct cpg_group *found = cpg_group_find(core, group);

    return found == NULL ? 0 : members_copy(found, out, max);
}

/* ---- changes ---- */

void cpg_change_collect(struct cpg_core *core, struct cpg_group *group, uint32_t nodeid, uint32_t pid,
                        uint32_t reason)
{
    if (!cpg_array_grow(&group->changed, &group->changed_size, group->n_changed, sizeof(group->changed[0]))) {
        cpg_log(core, LOG_ERR, "No memory to report the change of process %u of node %u", pid, nodeid);
        return;
    }
    group->changed[group->n_changed++] = (struct cpg_address){.nodeid = nodeid, .pid = pid, .reason = reason};
}

static bool change_has(const struct cpg_change *change, bool joined, uint32_t nodeid, uint32_t pid)
{
    const struct cpg_address *list = joined ? change->joined : change->left;
    size_t count = joined ? change->n_joined : change->n_left;

    for (size_t i = 0; i < count; i++) {
        if (list[i].nodeid == nodeid && list[i].pid == pid) {
            return true;
        }
    }
    return false;
}

/* A client gets the change if it is a member, or becomes or ceases to be one with it. */
static void change_tell(struct cpg_core *core, struct cpg_conn *conn, const struct cpg_change *change)
{
    if (conn->state == CPG_JOIN_STARTED && change_has(change, true, core->nodeid, conn->pid)) {
        conn->state = CPG_JOINED;
    }
    if (conn->state != CPG_JOINED && conn->state != CPG_LEAVE_STARTED) {
        return;
    }
    conn->changes++;
    if (!conn->muted) {
        core->ops.change(core->ops.ctx, conn, change);
        if ((conn->flags & CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF) != 0 && !conn->initial_conf_sent) {
            conn->initial_conf_sent = true;
            core->ops.totem_conf(core->ops.ctx, conn, &core->old_ring, core->old_members,
                                 core->n_old_members);
        }
    }
    if (conn->state == CPG_LEAVE_STARTED && change_has(change, false, core->nodeid, conn->pid)) {
        LIST_REMOVE(conn, in_group);
        conn->group = NULL;
        conn->state = CPG_UNJOINED;
        conn->pid = 0;
        core->n_joined--;
    }
}

/* One event about at most CPG_LIST_MAX of the collected processes. */
static void change_send_part(struct cpg_core *core, struct cpg_group *group, bool joined, size_t from,
                             size_t count)
{
    struct cpg_address members[CPG_LIST_MAX];
    struct cpg_change change = {
        .group = &group->name,
        .members = members,
        .n_members = members_copy(group, members, CPG_LIST_MAX),
        .joined = joined ? group->changed + from : NULL,
        .n_joined = joined ? count : 0,
        .left = joined ? NULL : group->changed + from,
        .n_left = joined ? 0 : count,
    };
    struct cpg_conn *conn = LIST_FIRST(&group->conns);

    while (conn != NULL) {
        struct cpg_conn *next = LIST_NEXT(conn, in_group);

        change_tell(core, conn, &change);
        conn = next;
    }
}

void cpg_change_send(struct cpg_core *core, struct cpg_group *group, bool joined)
{
    for (size_t from = 0; from < group->n_changed; from += CPG_LIST_MAX) {
        size_t count = group->n_changed - from;

        change_send_part(core, group, joined, from, count < CPG_LIST_MAX ? count : CPG_LIST_MAX);
    }
    group->n_changed = 0;
}

void cpg_change_send_all(struct cpg_core *core, bool joined)
{
    size_t i = 0;

    while (i < core->n_groups) {
        struct cpg_group *group = core->groups[i];

        cpg_change_send(core, group, joined);
        cpg_group_release(core, group);
        if (i < core->n_groups && core->groups[i] == group) {
            i++;
        }
    }
}
