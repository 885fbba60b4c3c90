/*
 * Closed process groups: who is in which group, and what the local clients hear about it
 * (services.md 3.1). Pure: events come in through the functions below, effects leave through
 * struct cpg_ops.
 *
 * cpg_core.c has the messages and the synchronisation, cpg_table.c the groups and processes,
 * cpg_conn.c the local clients.
 *
 * All nodes get the same messages in the same order and keep the same table of processes. A
 * local client is a struct cpg_conn that the caller owns. Effects are called before the event's
 * function returns; they must not call back into the core.
 */
#ifndef COROSYNC_SERVICES_CPG_CORE_H
#define COROSYNC_SERVICES_CPG_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/uio.h>

#include <corosync/corotypes.h>
#include <corosync/corodefs.h>
#include <corosync/cpg.h>

#include "corosync/services/cpg_wire.h"
#include "corosync/totem/totem.h"

/* Processes in all groups; joins beyond are ignored, the same on every node. */
#define CPG_PROCESSES_MAX 65536
/* Entries of one list of a membership event; longer lists of left and joined are sent in parts. */
#define CPG_LIST_MAX CPG_MEMBERS_MAX
/* Local members: as many as one joinlist message has room for. */
#define CPG_LOCAL_MAX \
    ((PROTO_MESSAGE_MAX - sizeof(struct cpg_wire_joinlist)) / sizeof(struct cpg_wire_joinlist_entry))

struct cpg_core;
struct cpg_group;

enum cpg_state {
    CPG_UNJOINED = 0,
    CPG_JOIN_STARTED,   /* our procjoin is on its way round the ring */
    CPG_JOINED,
    CPG_LEAVE_STARTED   /* our procleave is */
};

/* A local client. Zero it before cpg_conn_add(). */
struct cpg_conn {
    LIST_ENTRY(cpg_conn) all;
    LIST_ENTRY(cpg_conn) in_group;
    struct cpg_group *group;    /* NULL when unjoined */
    enum cpg_state state;
    uint32_t pid;
    uint32_t flags;             /* CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF */
    bool initial_conf_sent;     /* it had the totem configuration that its flag asks for */
    bool muted;                 /* it said goodbye: no more events */
    uint64_t changes;           /* membership events sent to it */
    uint64_t fragment_changes;  /* value of `changes` at the first fragment of its large message */
    void *user;
};

/* A message that a client is to get; pointers are valid during the call. */
struct cpg_message {
    const struct cpg_name *group;
    uint32_t nodeid;
    uint32_t pid;
    uint32_t length;            /* bytes of data */
    const void *data;           /* not aligned */
    bool fragment;              /* the next two are valid */
    uint32_t whole_length;
    uint32_t fragment_type;     /* enum proto_cpg_fragment */
};

/* A change of a group's membership. */
struct cpg_change {
    const struct cpg_name *group;
    const struct cpg_address *members, *left, *joined;
    size_t n_members, n_left, n_joined;
};

struct cpg_ops {
    void *ctx;
    /* Multicast. 0, or -1 when there is no room now. */
    int (*send)(void *ctx, const struct iovec *iov, unsigned iov_count);
    void (*deliver)(void *ctx, struct cpg_conn *conn, const struct cpg_message *message);
    void (*change)(void *ctx, struct cpg_conn *conn, const struct cpg_change *change);
    void (*totem_conf)(void *ctx, struct cpg_conn *conn, const struct totem_ring *ring,
                       const uint32_t *members, size_t count);
    /* priority: as in syslog.h. May be NULL. */
    void (*log)(void *ctx, int priority, const char *text);
};

/* NULL when there is no memory. */
struct cpg_core *cpg_core_new(uint32_t nodeid, const struct cpg_ops *ops);
/* Connections must have been removed. */
void cpg_core_free(struct cpg_core *core);

/* ---- messages between nodes ---- */

/* A message of CPG_FN_* function `fn`, header included. Damaged ones are ignored. */
void cpg_core_receive(struct cpg_core *core, unsigned fn, const void *msg, size_t size, uint32_t nodeid);

/* ---- synchronisation ---- */

void cpg_core_sync_init(struct cpg_core *core, const uint32_t *trans, size_t trans_count,
                        const uint32_t *members, size_t member_count, const struct totem_ring *ring);
/* 0 = done, -1 = call again. */
int cpg_core_sync_process(struct cpg_core *core);
void cpg_core_sync_activate(struct cpg_core *core);
void cpg_core_sync_abort(struct cpg_core *core);

/* ---- local clients ---- */

void cpg_conn_add(struct cpg_core *core, struct cpg_conn *conn);
/* The client is gone; if it was in a group the others are told, see cpg_core_flush(). */
void cpg_conn_remove(struct cpg_core *core, struct cpg_conn *conn);

/* Results as in services.md 3.1.6; CS_ERR_TRY_AGAIN also when there is no room to send. */
cs_error_t cpg_conn_join(struct cpg_core *core, struct cpg_conn *conn, const struct cpg_name *group,
                         uint32_t pid, uint32_t flags);
cs_error_t cpg_conn_leave(struct cpg_core *core, struct cpg_conn *conn, const struct cpg_name *group,
                          uint32_t pid);
cs_error_t cpg_conn_mcast(struct cpg_core *core, struct cpg_conn *conn, uint64_t source, const void *data,
                          uint32_t length);
cs_error_t cpg_conn_mcast_fragment(struct cpg_core *core, struct cpg_conn *conn, uint64_t source,
                                   uint32_t whole_length, uint32_t type, const void *data, uint32_t length);

/* Sends leaves that had no room before. True when none is left. */
bool cpg_core_flush(struct cpg_core *core);

/* ---- the table ---- */

/* Walks over all processes, group by group in the order of names. *walk is zero at the start.
 * False at the end. The table must not change meanwhile. */
struct cpg_walk {
    size_t group;
    size_t process;
};
bool cpg_core_walk(const struct cpg_core *core, struct cpg_walk *walk, const struct cpg_name **group,
                   uint32_t *nodeid, uint32_t *pid);
size_t cpg_core_process_count(const struct cpg_core *core);
/* Members of one group, at most max. */
size_t cpg_core_members(const struct cpg_core *core, const struct cpg_name *group, struct cpg_address *out,
                        size_t max);

#endif
