/*
 * Numbers and headers that clients and the daemon agree on: services and the two headers
 * that every message between them starts with.
 */
#ifndef CORODEFS_H_DEFINED
#define CORODEFS_H_DEFINED

#include <stdint.h>
#include <sys/types.h>

/* Service ids; also the high half of the id of a message between nodes. */
enum corosync_service_types {
    CMAP_SERVICE = 0,
    CFG_SERVICE = 1,
    CPG_SERVICE = 2,
    QUORUM_SERVICE = 3,
    PLOAD_SERVICE = 4,
    VOTEQUORUM_SERVICE = 5,
    MON_SERVICE = 6,
    WD_SERVICE = 7
};

/* Bytes that the address of a node takes in a cfg message. */
#ifndef TOTEMIP_ADDRLEN
#define TOTEMIP_ADDRLEN (sizeof(struct in6_addr))
#endif

/* Links a node may have. */
#ifndef INTERFACE_MAX
#define INTERFACE_MAX 8
#endif

#endif
