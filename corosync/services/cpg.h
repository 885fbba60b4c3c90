/*
 * Inside of the cpg service: its clients, and the part that deals with shared memory.
 */
#ifndef COROSYNC_SERVICES_CPG_H
#define COROSYNC_SERVICES_CPG_H

#include <sys/queue.h>

#include "corosync/client/proto_cpg.h"
#include "corosync/engine/service.h"
#include "corosync/services/cpg_core.h"

struct iteration;
struct cpg_zero_copy;

/* Private data of a connection. */
struct cpg_client {
    struct cpg_conn conn;
    struct ipc_conn *ipc;
    uint64_t last_handle; /* of an iteration or a mapping */
    LIST_HEAD(, iteration) iterations;
    LIST_HEAD(, cpg_zero_copy) zero_copies;
};

/* Multicasts a message to the client's group. */
cs_error_t cpg_client_mcast(struct cpg_client *client, const void *data, uint32_t length);

/* ---- cpg_zero_copy.c ---- */

void cpg_lib_zc_alloc(struct ipc_conn *conn, const void *msg, size_t size);
void cpg_lib_zc_free(struct ipc_conn *conn, const void *msg, size_t size);
void cpg_lib_zc_execute(struct ipc_conn *conn, const void *msg, size_t size);
void cpg_zero_copy_free_all(struct cpg_client *client);

#endif
