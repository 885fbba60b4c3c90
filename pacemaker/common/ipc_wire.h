/* Bytes of a local IPC message: header, plain or compressed XML text (messaging.md §1.3, §1.4). Pure. */
#ifndef PCMK_IPC_WIRE_H
#define PCMK_IPC_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <libxml/tree.h>

#define IPC_PROTOCOL_VERSION 1
#define IPC_BUFFER_DEFAULT 131072u      /* bytes */
#define IPC_BUFFER_MIN 12336u
#define IPC_FLAG_SERVER_FREE 0x00020000u

/* The largest XML text accepted after decompression, bytes. */
#define IPC_TEXT_MAX (256u * 1024 * 1024)

struct ipc_header {
    int32_t id __attribute__((aligned(8)));
    int32_t size __attribute__((aligned(8)));       /* header and payload, bytes */
    int32_t error __attribute__((aligned(8)));
    uint32_t size_uncompressed __attribute__((aligned(8)));  /* text with its NUL */
    uint32_t size_compressed;                       /* 0 = payload is plain text */
    uint32_t flags;
    uint8_t version;
};

_Static_assert(sizeof(struct ipc_header) == 40, "layout is fixed by the protocol");

struct ipc_bytes {
    size_t size;
    char data[];                /* a struct ipc_header and the payload */
};

/* Make a message no larger than limit bytes; *out is the caller's to free(). -EMSGSIZE when it cannot be made
 * to fit. */
int ipc_encode(const xmlNode *msg, int32_t id, uint32_t flags, size_t limit, struct ipc_bytes **out);

/* Take a received message apart. -EBADMSG: size or payload is damaged; -EPROTO: unknown version. The header
 * is filled whenever size allows, so that the sender can be answered. */
int ipc_decode(const void *data, size_t size, struct ipc_header *header, xmlNode **msg);

#endif
