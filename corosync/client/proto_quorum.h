/*
 * Messages between libquorum and the quorum service (services.md 5.9).
 */
#ifndef COROSYNC_CLIENT_PROTO_QUORUM_H
#define COROSYNC_CLIENT_PROTO_QUORUM_H

#include "corosync/client/proto.h"

enum proto_quorum_request {
    QUORUM_REQ_GETQUORATE = 0,
    QUORUM_REQ_TRACKSTART = 1,
    QUORUM_REQ_TRACKSTOP = 2,
    QUORUM_REQ_GETTYPE = 3,
    QUORUM_REQ_MODEL_GETTYPE = 4,
    QUORUM_REQ_COUNT
};

enum proto_quorum_response {
    QUORUM_RES_GETQUORATE = 0,
    QUORUM_RES_TRACKSTART = 1,
    QUORUM_RES_TRACKSTOP = 2,
    QUORUM_EV_NOTIFICATION = 3, /* model 0 */
    QUORUM_RES_GETTYPE = 4,
    QUORUM_RES_MODEL_GETTYPE = 5,
    QUORUM_EV_V1_QUORUM = 6,
    QUORUM_EV_V1_NODELIST = 7
};

/* trackstart (flags), model_gettype (model) */
struct proto_quorum_number_request {
    proto_request header;
    mar_u32 value;
};
PROTO_SIZE(struct proto_quorum_number_request, 24);

/* getquorate, gettype, model_gettype */
struct proto_quorum_number_response {
    proto_response header;
    mar_u32 value;
};
PROTO_SIZE(struct proto_quorum_number_response, 32);

/* In each notification the list begins 4 bytes before the end of the struct. */
struct proto_quorum_notification {
    proto_response header;
    mar_i32 quorate;
    mar_u64 ring_seq;
    mar_u32 entries;
    uint32_t list[];
};
PROTO_SIZE(struct proto_quorum_notification, 48);
PROTO_AT(struct proto_quorum_notification, list, 44);

struct proto_quorum_v1_quorum {
    proto_response header;
    mar_i32 quorate;
    struct proto_ring_id ring;
    mar_u32 entries;
    uint32_t list[];
};
PROTO_SIZE(struct proto_quorum_v1_quorum, 56);
PROTO_AT(struct proto_quorum_v1_quorum, list, 52);

struct proto_quorum_v1_nodelist {
    proto_response header;
    struct proto_ring_id ring;
    mar_u32 members;
    mar_u32 joined;
    mar_u32 left;
    uint32_t list[]; /* members, joined, left */
};
PROTO_SIZE(struct proto_quorum_v1_nodelist, 64);
PROTO_AT(struct proto_quorum_v1_nodelist, list, 60);

#endif
