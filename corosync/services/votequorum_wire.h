/*
 * Messages of the votequorum service between nodes (services.md 3.4). The size includes the
 * padding at the end. They are not aligned in memory: copy before reading.
 */
#ifndef COROSYNC_SERVICES_VOTEQUORUM_WIRE_H
#define COROSYNC_SERVICES_VOTEQUORUM_WIRE_H

#include <corosync/corodefs.h>

#include "corosync/client/proto.h"

#define VQ_NAME_LEN 255 /* with NUL */

enum vq_function {
    VQ_FN_NODEINFO = 0,
    VQ_FN_RECONFIGURE = 1,
    VQ_FN_QDEVICE_REG = 2,
    VQ_FN_QDEVICE_RECONFIGURE = 3,
    VQ_FN_COUNT
};

/* Flags of a node on the wire; not those of the client interface. */
enum vq_flag {
    VQ_FLAG_QUORATE = 1,
    VQ_FLAG_LEAVING = 2,
    VQ_FLAG_WFASTATUS = 4,            /* still waiting for all */
    VQ_FLAG_FIRST = 8,                /* never was in a configuration with more than one node */
    VQ_FLAG_QDEVICE_REGISTERED = 16,
    VQ_FLAG_QDEVICE_ALIVE = 32,
    VQ_FLAG_QDEVICE_CAST_VOTE = 64,
    VQ_FLAG_QDEVICE_MASTER_WINS = 128,
};

struct vq_wire_nodeinfo {
    proto_request header;
    uint32_t nodeid; /* 0 = the quorum device of the sender */
    uint32_t votes;
    uint32_t expected_votes;
    uint32_t flags; /* enum vq_flag */
};
PROTO_SIZE(struct vq_wire_nodeinfo, 32);

enum vq_param {
    VQ_PARAM_EXPECTED_VOTES = 1,
    VQ_PARAM_NODE_VOTES = 2,
    VQ_PARAM_CANCEL_WFA = 3,
};

struct vq_wire_reconfigure {
    proto_request header;
    uint32_t nodeid;
    uint32_t value;
    uint8_t param; /* enum vq_param */
    uint8_t pad[7];
};
PROTO_SIZE(struct vq_wire_reconfigure, 32);

struct vq_wire_qdevice_reg {
    proto_request header;
    uint32_t operation; /* 0 unregister, 1 register */
    char name[VQ_NAME_LEN];
};
PROTO_SIZE(struct vq_wire_qdevice_reg, 280);
PROTO_AT(struct vq_wire_qdevice_reg, name, 20);

struct vq_wire_qdevice_reconfigure {
    proto_request header;
    char old_name[VQ_NAME_LEN];
    char new_name[VQ_NAME_LEN];
};
PROTO_SIZE(struct vq_wire_qdevice_reconfigure, 528);
PROTO_AT(struct vq_wire_qdevice_reconfigure, new_name, 271);

#endif
