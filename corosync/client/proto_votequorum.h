/*
 * Messages between libvotequorum and the votequorum service (services.md 5.10).
 */
#ifndef COROSYNC_CLIENT_PROTO_VOTEQUORUM_H
#define COROSYNC_CLIENT_PROTO_VOTEQUORUM_H

#include <corosync/votequorum.h>

#include "corosync/client/proto.h"

enum proto_votequorum_request {
    VQ_REQ_GETINFO = 0,
    VQ_REQ_SETEXPECTED = 1,
    VQ_REQ_SETVOTES = 2,
    VQ_REQ_TRACKSTART = 3,
    VQ_REQ_TRACKSTOP = 4,
    VQ_REQ_QDEVICE_REGISTER = 5,
    VQ_REQ_QDEVICE_UNREGISTER = 6,
    VQ_REQ_QDEVICE_UPDATE = 7,
    VQ_REQ_QDEVICE_POLL = 8,
    VQ_REQ_QDEVICE_MASTER_WINS = 9,
    VQ_REQ_COUNT
};

enum proto_votequorum_response {
    VQ_RES_STATUS = 0, /* the answer to everything but getinfo */
    VQ_RES_GETINFO = 1,
    VQ_EV_QUORUM = 3,
    VQ_EV_EXPECTEDVOTES = 4,
    VQ_EV_NODELIST = 5
};

#define PROTO_VQ_NAME_LEN VOTEQUORUM_QDEVICE_MAX_NAME_LEN

/* getinfo (node), setexpected (votes) */
struct proto_vq_number_request {
    proto_request header;
    mar_u32 value;
};
PROTO_SIZE(struct proto_vq_number_request, 24);

struct proto_vq_setvotes {
    proto_request header;
    uint32_t votes;
    uint32_t nodeid;
};
PROTO_SIZE(struct proto_vq_setvotes, 24);

struct proto_vq_trackstart {
    proto_request header;
    mar_u64 context;
    uint32_t flags;
    uint32_t pad;
};
PROTO_SIZE(struct proto_vq_trackstart, 32);

/* register and unregister */
struct proto_vq_qdevice_name {
    proto_request header;
    char name[PROTO_VQ_NAME_LEN];
};
PROTO_SIZE(struct proto_vq_qdevice_name, 272);

struct proto_vq_qdevice_update {
    proto_request header;
    char oldname[PROTO_VQ_NAME_LEN];
    char newname[PROTO_VQ_NAME_LEN];
};
PROTO_SIZE(struct proto_vq_qdevice_update, 528);

struct proto_vq_qdevice_poll {
    proto_request header;
    char name[PROTO_VQ_NAME_LEN];
    uint32_t cast_vote;
    struct proto_ring_id ring;
};
PROTO_SIZE(struct proto_vq_qdevice_poll, 296);
PROTO_AT(struct proto_vq_qdevice_poll, cast_vote, 272);
PROTO_AT(struct proto_vq_qdevice_poll, ring, 280);

struct proto_vq_qdevice_master_wins {
    proto_request header;
    char name[PROTO_VQ_NAME_LEN];
    uint32_t allow;
};
PROTO_SIZE(struct proto_vq_qdevice_master_wins, 280);
PROTO_AT(struct proto_vq_qdevice_master_wins, allow, 272);

struct proto_vq_getinfo {
    proto_response header;
    uint32_t nodeid;
    uint32_t state;
    uint32_t votes;
    uint32_t expected_votes;
    uint32_t highest_expected;
    uint32_t total_votes;
    uint32_t quorum;
    uint32_t flags;
    uint32_t qdevice_votes;
    char qdevice_name[PROTO_VQ_NAME_LEN];
};
PROTO_SIZE(struct proto_vq_getinfo, 320);
PROTO_AT(struct proto_vq_getinfo, qdevice_name, 60);

struct proto_vq_quorum {
    proto_response header;
    mar_u32 quorate;
    mar_u64 context;
    mar_u32 entries;
    votequorum_node_t list[] __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_vq_quorum, 48);

struct proto_vq_expectedvotes {
    proto_response header;
    mar_u64 context;
    mar_u32 expected_votes;
};
PROTO_SIZE(struct proto_vq_expectedvotes, 40);

struct proto_vq_nodelist {
    proto_response header;
    mar_u64 context;
    struct proto_ring_id ring;
    mar_u32 entries;
    uint32_t list[] __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_vq_nodelist, 56);

#endif
