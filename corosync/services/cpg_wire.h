/*
 * Messages of the cpg service between nodes (services.md 3.1). They are not aligned in memory:
 * copy the fixed part before reading it.
 */
#ifndef COROSYNC_SERVICES_CPG_WIRE_H
#define COROSYNC_SERVICES_CPG_WIRE_H

#include "corosync/client/proto_cpg.h"

enum cpg_function {
    CPG_FN_PROCJOIN = 0,
    CPG_FN_PROCLEAVE = 1,
    CPG_FN_JOINLIST = 2,
    CPG_FN_MCAST = 3,
    CPG_FN_DOWNLIST_OLD = 4, /* never sent, ignored */
    CPG_FN_DOWNLIST = 5,
    CPG_FN_PARTIAL_MCAST = 6,
    CPG_FN_COUNT
};

/* procjoin and procleave */
struct cpg_wire_proc {
    proto_request header;
    struct proto_cpg_name group;
    mar_u32 pid;
    mar_u32 reason;
};
PROTO_SIZE(struct cpg_wire_proc, 168);

struct cpg_wire_joinlist_entry {
    mar_u32 pid;
    struct proto_cpg_name group;
};
PROTO_SIZE(struct cpg_wire_joinlist_entry, 144);

/* Begins with a response header. */
struct cpg_wire_joinlist {
    proto_response header;
    struct cpg_wire_joinlist_entry entries[];
};
PROTO_SIZE(struct cpg_wire_joinlist, 24);

struct cpg_wire_downlist {
    proto_request header;
    mar_u32 old_members;
    mar_u32 left_nodes;
    uint32_t nodeids[PROTO_NODES_MAX] __attribute__((aligned(8)));
};
PROTO_SIZE(struct cpg_wire_downlist, 1568);

struct cpg_wire_mcast {
    proto_request header;
    struct proto_cpg_name group;
    mar_u32 msglen;
    mar_u32 pid;
    struct proto_source source;
};
PROTO_SIZE(struct cpg_wire_mcast, 184);

struct cpg_wire_partial_mcast {
    proto_request header;
    struct proto_cpg_name group;
    mar_u32 msglen; /* of the whole message */
    mar_u32 fraglen;
    mar_u32 pid;
    mar_u32 type; /* enum proto_cpg_fragment */
    struct proto_source source;
};
PROTO_SIZE(struct cpg_wire_partial_mcast, 200);

#endif
