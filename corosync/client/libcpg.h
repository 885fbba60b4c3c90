/*
 * Inside of libcpg: the connection, messages in several fragments, shared memory.
 */
#ifndef COROSYNC_CLIENT_LIBCPG_H
#define COROSYNC_CLIENT_LIBCPG_H

#include <sys/queue.h>

#include <corosync/cpg.h>

#include "corosync/client/client.h"
#include "corosync/client/proto_cpg.h"

/* Nothing here is visible outside the library. */
#pragma GCC visibility push(hidden)

/* A large message of which fragments have arrived. */
struct assembly {
    LIST_ENTRY(assembly) entry;
    uint32_t nodeid;
    uint32_t pid;
    size_t length;   /* of the whole message, bytes */
    size_t received; /* bytes so far */
    uint8_t data[];
};

LIST_HEAD(assembly_list, assembly);

/* A mapping shared with the daemon. */
struct zero_copy {
    LIST_ENTRY(zero_copy) entry;
    struct proto_cpg_zc_map *map;
    size_t map_size; /* bytes */
};

LIST_HEAD(zero_copy_list, zero_copy);

struct cpg_client {
    struct client client; /* must be first */
    cpg_model_v1_data_t model;
    struct assembly_list assemblies;
    struct zero_copy_list zero_copies; /* under client.lock */
};

extern struct handle_table cpg_handles;

/* The length has been checked against CPG_MAX_NAME_LENGTH. */
void name_to_wire(struct proto_cpg_name *wire, const struct cpg_name *name);
/* A length that is too large is cut. */
void name_from_wire(struct cpg_name *name, const struct proto_cpg_name *wire);

/*
 * Adds a fragment, whose size has been checked. Returns the message when this was its last
 * fragment, out of the list and for the caller to free.
 */
struct assembly *assembly_add(struct assembly_list *list, const struct proto_cpg_partial_deliver *fragment);
void assembly_free(struct assembly *assembly);
void assembly_discard(struct assembly_list *list, uint32_t nodeid, uint32_t pid);
void assemblies_free(struct assembly_list *list);

/* Unmaps what the user did not free. */
void zero_copy_free_all(struct cpg_client *cpg);

#pragma GCC visibility pop

#endif
