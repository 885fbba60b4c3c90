/*
 * Messages between libcmap and the cmap service (services.md 5.8).
 */
#ifndef COROSYNC_CLIENT_PROTO_CMAP_H
#define COROSYNC_CLIENT_PROTO_CMAP_H

#include "corosync/client/proto.h"

enum proto_cmap_request {
    CMAP_REQ_SET = 0,
    CMAP_REQ_DELETE = 1,
    CMAP_REQ_GET = 2,
    CMAP_REQ_ADJUST_INT = 3,
    CMAP_REQ_ITER_INIT = 4,
    CMAP_REQ_ITER_NEXT = 5,
    CMAP_REQ_ITER_FINALIZE = 6,
    CMAP_REQ_TRACK_ADD = 7,
    CMAP_REQ_TRACK_DELETE = 8,
    CMAP_REQ_SET_CURRENT_MAP = 9,
    CMAP_REQ_COUNT
};

enum proto_cmap_response {
    CMAP_RES_SET = 0,
    CMAP_RES_DELETE = 1,
    CMAP_RES_GET = 2,
    CMAP_RES_ADJUST_INT = 3,
    CMAP_RES_ITER_INIT = 4,
    CMAP_RES_ITER_NEXT = 5,
    CMAP_RES_ITER_FINALIZE = 6,
    CMAP_RES_TRACK_ADD = 7,
    CMAP_RES_TRACK_DELETE = 8,
    CMAP_EV_NOTIFY = 9,
    CMAP_RES_SET_CURRENT_MAP = 10
};

struct proto_cmap_set {
    proto_request header;
    struct proto_name key;
    mar_u64 value_len;
    mar_u8 type;
    uint8_t value[] __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_cmap_set, 296);

/* delete and iter_init */
struct proto_cmap_key_request {
    proto_request header;
    struct proto_name key;
};
PROTO_SIZE(struct proto_cmap_key_request, 280);

struct proto_cmap_get {
    proto_request header;
    struct proto_name key;
    mar_u64 value_len; /* room at the client, 0 to ask for the length */
};
PROTO_SIZE(struct proto_cmap_get, 288);

struct proto_cmap_value {
    proto_response header;
    mar_u64 value_len;
    mar_u8 type;
    uint8_t value[] __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_cmap_value, 40);

struct proto_cmap_adjust_int {
    proto_request header;
    struct proto_name key;
    mar_i32 step;
};
PROTO_SIZE(struct proto_cmap_adjust_int, 288);

/* iter_next, iter_finalize, track_delete */
struct proto_cmap_handle_request {
    proto_request header;
    mar_u64 handle;
};
PROTO_SIZE(struct proto_cmap_handle_request, 24);

/* iter_init, track_add, track_delete */
struct proto_cmap_handle_response {
    proto_response header;
    mar_u64 handle;
};
PROTO_SIZE(struct proto_cmap_handle_response, 32);

struct proto_cmap_iter_next {
    proto_response header;
    struct proto_name key;
    mar_u64 value_len;
    mar_u8 type;
};
PROTO_SIZE(struct proto_cmap_iter_next, 304);

struct proto_cmap_track_add {
    proto_request header;
    struct proto_name key;
    mar_i32 track_type;
    mar_u64 instance; /* the client's own handle, comes back in events */
};
PROTO_SIZE(struct proto_cmap_track_add, 296);

struct proto_cmap_set_map {
    proto_request header;
    mar_i32 map;
};
PROTO_SIZE(struct proto_cmap_set_map, 24);

/* The new value, then at once the old one. */
struct proto_cmap_notify {
    proto_response header;
    mar_u64 instance;
    struct proto_name key;
    mar_i32 event;
    mar_u8 new_type;
    mar_u8 old_type;
    mar_u64 new_len;
    mar_u64 old_len;
    uint8_t values[] __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_cmap_notify, 336);
PROTO_AT(struct proto_cmap_notify, event, 296);
PROTO_AT(struct proto_cmap_notify, new_len, 320);

#endif
