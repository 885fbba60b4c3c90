/*
 * What the messages between client libraries and daemon have in common: headers, member
 * alignment, shared composites. One proto_*.h per service has the messages themselves.
 *
 * A member begins on an 8-byte boundary unless its table in the specification (services.md 5)
 * says otherwise. Integers are in host order. Sizes are asserted where the structs are defined.
 */
#ifndef COROSYNC_CLIENT_PROTO_H
#define COROSYNC_CLIENT_PROTO_H

#include <stdint.h>

#include <qb/qbipc_common.h>

#include <corosync/corotypes.h>

typedef uint8_t mar_u8 __attribute__((aligned(8)));
typedef uint16_t mar_u16 __attribute__((aligned(8)));
typedef int32_t mar_i32 __attribute__((aligned(8)));
typedef uint32_t mar_u32 __attribute__((aligned(8)));
typedef uint64_t mar_u64 __attribute__((aligned(8)));

#define PROTO_SIZE(type, size) _Static_assert(sizeof(type) == (size), "wire size of " #type)
#define PROTO_AT(type, field, offset) \
    _Static_assert(__builtin_offsetof(type, field) == (offset), "wire offset of " #type "." #field)

#define PROTO_MESSAGE_MAX 1048576 /* bytes of the largest request, response or event */
#define PROTO_LIST_MAX 65536      /* the same where none carries users' data: cfg, quorum, votequorum */
#define PROTO_NODES_MAX 384       /* nodes in any list */

/* Headers: id at 0, size of the whole message at 8, error (cs_error_t) at 16. */
typedef struct qb_ipc_request_header proto_request;
typedef struct qb_ipc_response_header proto_response;
PROTO_SIZE(proto_request, 16);
PROTO_SIZE(proto_response, 24);

/* A name of up to 256 bytes. */
struct proto_name {
    mar_u16 length;
    uint8_t value[256] __attribute__((aligned(8)));
};
PROTO_SIZE(struct proto_name, 264);

struct proto_ring_id {
    mar_u32 nodeid;
    mar_u64 seq;
};
PROTO_SIZE(struct proto_ring_id, 16);

/* Sender of a message: the conn is opaque to everybody but the sending daemon. */
struct proto_source {
    mar_u32 nodeid;
    mar_u64 conn;
};
PROTO_SIZE(struct proto_source, 16);

#endif
