/*
 * Messages between libcpg and the cpg service (services.md 5.6).
 */
#ifndef COROSYNC_CLIENT_PROTO_CPG_H
#define COROSYNC_CLIENT_PROTO_CPG_H

#include <corosync/cpg.h>

#include "corosync/client/proto.h"

/* Longest message that travels in one piece. */
#define PROTO_CPG_ATOMIC_MAX (PROTO_MESSAGE_MAX - 1024)

enum proto_cpg_request {
    CPG_REQ_JOIN = 0,
    CPG_REQ_LEAVE = 1,
    CPG_REQ_MCAST = 2,
    CPG_REQ_MEMBERSHIP_GET = 3,
    CPG_REQ_LOCAL_GET = 4,
    CPG_REQ_ITERATION_INITIALIZE = 5,
    CPG_REQ_ITERATION_NEXT = 6,
    CPG_REQ_ITERATION_FINALIZE = 7,
    CPG_REQ_FINALIZE = 8,
    CPG_REQ_ZC_ALLOC = 9,
    CPG_REQ_ZC_FREE = 10,
    CPG_REQ_ZC_EXECUTE = 11,
    CPG_REQ_PARTIAL_MCAST = 12,
    CPG_REQ_COUNT
};

enum proto_cpg_response {
    CPG_RES_JOIN = 0,
    CPG_RES_LEAVE = 1,
    CPG_RES_MCAST = 2, /* also the answer to zc_execute */
    CPG_RES_MEMBERSHIP_GET = 3,
    CPG_EV_CONFCHG = 4,
    CPG_EV_DELIVER = 5,
    CPG_RES_LOCAL_GET = 7,
    CPG_RES_ITERATION_INITIALIZE = 9,
    CPG_RES_ITERATION_NEXT = 10,
    CPG_RES_ITERATION_FINALIZE = 11,
    CPG_RES_FINALIZE = 12,
    CPG_EV_TOTEM_CONFCHG = 13,
    CPG_EV_PARTIAL_DELIVER = 17,
    CPG_RES_PARTIAL_MCAST = 18
};

enum proto_cpg_fragment {
    CPG_FRAGMENT_FIRST = 1,
    CPG_FRAGMENT_CONTINUED = 2,
    CPG_FRAGMENT_LAST = 3
};

struct proto_cpg_name {
    mar_u32 length;
    char value[CPG_MAX_NAME_LENGTH] __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_cpg_name, 136);

struct proto_cpg_address {
    mar_u32 nodeid;
    mar_u32 pid;
    mar_u32 reason;
};
PROTO_SIZE(struct proto_cpg_address, 24);

struct proto_cpg_join {
    proto_request header;
    struct proto_cpg_name group;
    mar_u32 pid;
    mar_u32 flags; /* CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF */
};
PROTO_SIZE(struct proto_cpg_join, 168);

struct proto_cpg_leave {
    proto_request header;
    struct proto_cpg_name group;
    mar_u32 pid;
};
PROTO_SIZE(struct proto_cpg_leave, 160);

/* The two multicast requests begin with a response header. */
struct proto_cpg_mcast {
    proto_response header;
    mar_u32 guarantee;
    mar_u32 msglen;
    uint8_t message[] __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_cpg_mcast, 40);

struct proto_cpg_partial_mcast {
    proto_response header;
    mar_u32 guarantee;
    mar_u32 msglen; /* of the whole message */
    mar_u32 fraglen;
    mar_u32 type; /* enum proto_cpg_fragment */
    uint8_t message[] __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_cpg_partial_mcast, 56);

struct proto_cpg_membership_get {
    proto_request header;
    struct proto_cpg_name group;
};
PROTO_SIZE(struct proto_cpg_membership_get, 152);

struct proto_cpg_membership {
    proto_response header;
    mar_u32 count;
    struct proto_cpg_address members[PROTO_NODES_MAX];
};
PROTO_SIZE(struct proto_cpg_membership, 9248);

struct proto_cpg_local {
    proto_response header;
    mar_u32 nodeid;
};
PROTO_SIZE(struct proto_cpg_local, 32);

struct proto_cpg_iteration_initialize {
    proto_request header;
    struct proto_cpg_name group;
    mar_u32 type; /* cpg_iteration_type_t */
};
PROTO_SIZE(struct proto_cpg_iteration_initialize, 160);

struct proto_cpg_iteration {
    proto_response header;
    mar_u64 handle;
};
PROTO_SIZE(struct proto_cpg_iteration, 32);

/* iteration_next and iteration_finalize */
struct proto_cpg_iteration_request {
    proto_request header;
    mar_u64 handle;
};
PROTO_SIZE(struct proto_cpg_iteration_request, 24);

struct proto_cpg_iteration_next {
    proto_response header;
    struct proto_cpg_name group;
    uint32_t nodeid;
    uint32_t pid;
};
PROTO_SIZE(struct proto_cpg_iteration_next, 168);

struct proto_cpg_zc_alloc {
    proto_request header;
    mar_u64 map_size;
    char path[128] __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_cpg_zc_alloc, 152);

struct proto_cpg_zc_free {
    proto_request header;
    mar_u64 map_size;
    mar_u64 server_address;
};
PROTO_SIZE(struct proto_cpg_zc_free, 32);

struct proto_cpg_zc_execute {
    proto_request header;
    mar_u64 server_address;
};
PROTO_SIZE(struct proto_cpg_zc_execute, 24);

/* Begin of the shared mapping; the user's data follows. */
struct proto_cpg_zc_map {
    mar_i32 map_size;
    mar_u64 server_address;
    struct proto_cpg_mcast mcast;
};
PROTO_SIZE(struct proto_cpg_zc_map, 56);

/* Members, then left, then joined follow; the counters are in another order. */
struct proto_cpg_confchg {
    proto_response header;
    struct proto_cpg_name group;
    mar_u32 member_entries;
    mar_u32 joined_entries;
    mar_u32 left_entries;
    struct proto_cpg_address entries[] __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_cpg_confchg, 184);

struct proto_cpg_deliver {
    proto_response header;
    struct proto_cpg_name group;
    mar_u32 msglen;
    mar_u32 nodeid;
    mar_u32 pid;
    uint8_t message[] __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_cpg_deliver, 184);

struct proto_cpg_partial_deliver {
    proto_response header;
    struct proto_cpg_name group;
    mar_u32 msglen; /* of the whole message */
    mar_u32 fraglen;
    mar_u32 nodeid;
    mar_u32 pid;
    mar_u32 type; /* enum proto_cpg_fragment */
    uint8_t message[] __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_cpg_partial_deliver, 200);

/* The list begins in what looks like the padding of the count. */
struct proto_cpg_totem_confchg {
    proto_response header;
    struct proto_ring_id ring;
    mar_u32 member_entries;
    uint32_t members[];
};
PROTO_SIZE(struct proto_cpg_totem_confchg, 48);
PROTO_AT(struct proto_cpg_totem_confchg, members, 44);

#endif
