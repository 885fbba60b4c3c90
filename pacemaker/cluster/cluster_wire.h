/* Bytes of a message between peers: 592-byte header and XML text (messaging.md §2.2-§2.5). Pure. */
#ifndef PCMK_CLUSTER_WIRE_H
#define PCMK_CLUSTER_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <libxml/tree.h>

#define CLUSTER_NAME_MAX 256u           /* bytes of a node name in the header */
#define CLUSTER_COMPRESS_FROM 131072u   /* texts of this many bytes and more travel compressed */

struct cluster_host {
    uint32_t id, pid;
    int32_t local;
    uint32_t type, size;                /* size: of uname */
    char uname[CLUSTER_NAME_MAX];
} __attribute__((packed));

struct cluster_header {
    int32_t class;                      /* 0 = cluster message */
    uint32_t pad1;
    int32_t size;                       /* header and data, bytes */
    uint32_t pad2;
    int32_t error;                      /* 1 = CS_OK */
    uint32_t pad3;
    uint32_t id;
    int32_t is_compressed;
    struct cluster_host destination, sender;
    uint32_t text_size;                 /* with its NUL */
    uint32_t compressed_size;
} __attribute__((packed));

_Static_assert(sizeof(struct cluster_host) == 276, "layout is fixed by the protocol");
_Static_assert(sizeof(struct cluster_header) == 592, "layout is fixed by the protocol");

struct cluster_bytes {
    size_t size;
    char data[];
};

/* Build a message. id: number of it in this process. to_id 0 / to_name NULL = anybody. malloc'ed; NULL
 * without memory. */
struct cluster_bytes *cluster_wire_encode(const xmlNode *msg, uint32_t id, uint32_t pid, uint32_t to_id,
                                          const char *to_name, uint32_t to_type, const char *own_name,
                                          uint32_t own_type);

/* Take a message of node sender_id apart. 0: *msg is the caller's, sender (CLUSTER_NAME_MAX + 1 bytes) its
 * name or "". -ENOENT: meant for another node; sender is filled. -EBADMSG: damaged, or not from that node. */
int cluster_wire_decode(const void *data, size_t size, uint32_t sender_id, uint32_t own_id,
                        const char *own_name, char *sender, xmlNode **msg);

#endif
