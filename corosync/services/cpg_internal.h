/*
 * Inside of the cpg core: the table of groups and processes, and what its files share.
 */
#ifndef COROSYNC_SERVICES_CPG_INTERNAL_H
#define COROSYNC_SERVICES_CPG_INTERNAL_H

#include <syslog.h>

#include "corosync/services/cpg_core.h"

struct cpg_process {
    uint32_t nodeid;
    uint32_t pid;
    bool listed; /* in a joinlist of the sync that is being completed */
};

/* A group that has a process or a local client. */
struct cpg_group {
    struct cpg_name name;
    struct cpg_process *processes; /* by node and pid */
    size_t n_processes;
    size_t processes_size;
    struct cpg_address *changed;   /* collected for the next change */
    size_t n_changed;
    size_t changed_size;
    LIST_HEAD(, cpg_conn) conns;
};

/* One process that a joinlist named. */
struct cpg_listed {
    struct cpg_name group;
    uint32_t nodeid;
    uint32_t pid;
};

/* A leave that could not be sent yet. */
struct cpg_leaving {
    STAILQ_ENTRY(cpg_leaving) entry;
    struct cpg_wire_proc message;
};

struct cpg_core {
    uint32_t nodeid; /* ours */
    struct cpg_ops ops;

    struct cpg_group **groups; /* by name */
    size_t n_groups;
    size_t groups_size;
    size_t n_processes; /* in all groups */
    LIST_HEAD(, cpg_conn) conns;
    size_t n_joined; /* local clients that are in a group */
    STAILQ_HEAD(, cpg_leaving) leavings;

    /* last completed sync */
    uint32_t old_members[TOTEM_MAX_NODES];
    size_t n_old_members;
    struct totem_ring old_ring;

    /* the one in progress */
    bool syncing;
    bool downlist_sent;
    uint32_t members[TOTEM_MAX_NODES];
    size_t n_members;
    uint32_t left[TOTEM_MAX_NODES];
    size_t n_left;
    struct totem_ring ring;
    struct cpg_listed *listed; /* in the order of arrival */
    size_t n_listed;
    size_t listed_size;
};

void cpg_log(const struct cpg_core *core, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A valid name from a message, or false. */
bool cpg_name_from_wire(struct cpg_name *name, const struct proto_cpg_name *wire);
void cpg_name_to_wire(struct proto_cpg_name *wire, const struct cpg_name *name);
bool cpg_name_equal(const struct cpg_name *a, const struct cpg_name *b);

/* ---- cpg_table.c ---- */

/* NULL when there is none; find_or_add also when there is no memory. */
struct cpg_group *cpg_group_find(const struct cpg_core *core, const struct cpg_name *name);
struct cpg_group *cpg_group_find_or_add(struct cpg_core *core, const struct cpg_name *name);
/* Removes the group if nobody is in it. */
void cpg_group_release(struct cpg_core *core, struct cpg_group *group);

struct cpg_process *cpg_process_find(const struct cpg_group *group, uint32_t nodeid, uint32_t pid);
bool cpg_node_in_group(const struct cpg_group *group, uint32_t nodeid);
/* NULL when the table is full or there is no memory. The process must not be there. */
struct cpg_process *cpg_process_add(struct cpg_core *core, struct cpg_group *group, uint32_t nodeid,
                                    uint32_t pid);
void cpg_process_remove(struct cpg_core *core, struct cpg_group *group, struct cpg_process *process);

/* Collects a process for the next cpg_change_send(). */
void cpg_change_collect(struct cpg_core *core, struct cpg_group *group, uint32_t nodeid, uint32_t pid,
                        uint32_t reason);
/* Tells the local clients of the group what was collected, as joined or as left. */
void cpg_change_send(struct cpg_core *core, struct cpg_group *group, bool joined);
/* All groups with something collected, in order. Groups may vanish. */
void cpg_change_send_all(struct cpg_core *core, bool joined);

/* Grows an array so that it has room for one more element. False: no memory. */
bool cpg_array_grow(void *array, size_t *size, size_t used, size_t element);

#endif
