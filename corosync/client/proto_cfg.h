/*
 * Messages between libcfg and the cfg service (services.md 5.7).
 */
#ifndef COROSYNC_CLIENT_PROTO_CFG_H
#define COROSYNC_CLIENT_PROTO_CFG_H

#include <corosync/cfg.h>

#include "corosync/client/proto.h"

#define PROTO_CFG_RINGS_MAX 16
#define PROTO_CFG_ADDRS_MAX 8

enum proto_cfg_request {
    CFG_REQ_RING_STATUS_GET = 0,
    CFG_REQ_RING_REENABLE = 1,
    CFG_REQ_KILL_NODE = 2,
    CFG_REQ_TRY_SHUTDOWN = 3,
    CFG_REQ_REPLYTO_SHUTDOWN = 4,
    CFG_REQ_GET_NODE_ADDRS = 5,
    CFG_REQ_LOCAL_GET = 6,
    CFG_REQ_RELOAD_CONFIG = 7,
    CFG_REQ_REOPEN_LOG_FILES = 8,
    CFG_REQ_NODE_STATUS_GET = 9,
    CFG_REQ_TRACKSTART = 10,
    CFG_REQ_TRACKSTOP = 11,
    CFG_REQ_COUNT
};

enum proto_cfg_response {
    CFG_RES_RING_STATUS_GET = 0,
    CFG_RES_RING_REENABLE = 1,
    CFG_RES_TRACKSTART = 2,
    CFG_RES_TRACKSTOP = 3,
    CFG_RES_KILL_NODE = 8,
    CFG_RES_TRY_SHUTDOWN = 9,
    CFG_EV_TESTSHUTDOWN = 10,
    CFG_RES_GET_NODE_ADDRS = 11,
    CFG_RES_LOCAL_GET = 12,
    CFG_RES_REPLYTO_SHUTDOWN = 13,
    CFG_RES_RELOAD_CONFIG = 14,
    CFG_RES_REOPEN_LOG_FILES = 15,
    CFG_RES_NODE_STATUS_GET = 16
};

struct proto_cfg_ring_status {
    proto_response header;
    mar_u32 count;
    char name[PROTO_CFG_RINGS_MAX][128] __attribute__((aligned(8)));
    char status[PROTO_CFG_RINGS_MAX][512];
};
PROTO_SIZE(struct proto_cfg_ring_status, 10272);

struct proto_cfg_kill_node {
    proto_request header;
    mar_u32 nodeid;
    cs_name_t reason __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_cfg_kill_node, 288);
PROTO_AT(struct proto_cfg_kill_node, reason, 24);

/* Requests with one number: try_shutdown (flags), replyto_shutdown (answer), get_node_addrs (node). */
struct proto_cfg_number_request {
    proto_request header;
    mar_u32 value;
};
PROTO_SIZE(struct proto_cfg_number_request, 24);

struct proto_cfg_trackstart {
    proto_request header;
    mar_u8 flags;
};
PROTO_SIZE(struct proto_cfg_trackstart, 24);

struct proto_cfg_node_addrs {
    proto_response header;
    uint32_t family;
    uint32_t count;
    uint8_t addrs[PROTO_CFG_ADDRS_MAX][16];
};
PROTO_SIZE(struct proto_cfg_node_addrs, 32 + 16 * PROTO_CFG_ADDRS_MAX);

struct proto_cfg_local {
    proto_response header;
    mar_u32 nodeid;
};
PROTO_SIZE(struct proto_cfg_local, 32);

struct proto_cfg_node_status_get {
    proto_request header;
    mar_u32 nodeid;
    mar_u32 version;
};
PROTO_SIZE(struct proto_cfg_node_status_get, 32);

struct proto_cfg_node_status {
    proto_response header;
    struct corosync_cfg_node_status_v1 status __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_cfg_node_status, 4200);

struct proto_cfg_testshutdown {
    proto_response header;
    mar_u32 flags;
};
PROTO_SIZE(struct proto_cfg_testshutdown, 32);

#endif
