/*
 * libcfg: administration of the cluster engine for client programs.
 */
#include <corosync/cfg.h>

#include <stdlib.h>
#include <string.h>

#include "corosync/client/client.h"
#include "corosync/client/proto_cfg.h"

struct cfg_client {
    struct client client; /* must be first */
    corosync_cfg_callbacks_t callbacks;
};

static void cfg_destroy(void *object)
{
    struct cfg_client *cfg = object;

    client_close(&cfg->client);
    free(cfg);
}

static struct handle_table cfg_handles = HANDLE_TABLE_INIT(cfg_destroy);

cs_error_t corosync_cfg_initialize(corosync_cfg_handle_t *cfg_handle,
                                   const corosync_cfg_callbacks_t *cfg_callbacks)
{
    struct cfg_client *cfg = calloc(1, sizeof(*cfg));

    if (cfg == NULL) {
        return CS_ERR_NO_MEMORY;
    }
    if (cfg_callbacks != NULL) {
        cfg->callbacks = *cfg_callbacks;
    }
    cs_error_t error = client_open(&cfg->client, "cfg", PROTO_LIST_MAX);

    if (error != CS_OK) {
        free(cfg);
        return error;
    }
    error = handle_add(&cfg_handles, cfg, cfg_handle);
    if (error != CS_OK) {
        cfg_destroy(cfg);
    }
    return error;
}

cs_error_t corosync_cfg_finalize(corosync_cfg_handle_t cfg_handle)
{
    return handle_remove(&cfg_handles, cfg_handle) ? CS_OK : CS_ERR_BAD_HANDLE;
}

cs_error_t corosync_cfg_fd_get(corosync_cfg_handle_t cfg_handle, int32_t *selection_fd)
{
    return client_fd(&cfg_handles, cfg_handle, selection_fd);
}

static cs_error_t on_event(void *object, uint64_t handle, void *event, size_t size)
{
    struct cfg_client *cfg = object;
    const struct proto_cfg_testshutdown *shutdown = event;

    if (shutdown->header.id != CFG_EV_TESTSHUTDOWN || size < sizeof(*shutdown)) {
        return CS_ERR_LIBRARY;
    }
    if (cfg->callbacks.corosync_cfg_shutdown_callback != NULL) {
        cfg->callbacks.corosync_cfg_shutdown_callback(handle, (corosync_cfg_shutdown_flags_t)shutdown->flags);
    }
    return CS_OK;
}

cs_error_t corosync_cfg_dispatch(corosync_cfg_handle_t cfg_handle, cs_dispatch_flags_t dispatch_flags)
{
    return client_dispatch(&cfg_handles, cfg_handle, dispatch_flags, false, on_event);
}

/* Sends a request and receives an answer of at most response_size bytes, at least `need` on success. */
static cs_error_t call(corosync_cfg_handle_t handle, const void *request, size_t size, void *response,
                       size_t response_size, size_t need)
{
    struct cfg_client *cfg = handle_get(&cfg_handles, handle);

    if (cfg == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = client_call(&cfg->client, request, size, response, response_size, need);

    handle_put(&cfg_handles, handle);
    return error;
}

static cs_error_t call_simple(corosync_cfg_handle_t handle, const void *request, size_t size)
{
    proto_response response;

    return call(handle, request, size, &response, sizeof(response), sizeof(response));
}

/* A request that is only a header. */
static cs_error_t call_bare(corosync_cfg_handle_t handle, int32_t id)
{
    proto_request request = {0};

    client_header(&request, id, sizeof(request));
    return call_simple(handle, &request, sizeof(request));
}

static void strings_free(char **strings, unsigned int count)
{
    for (unsigned int i = 0; strings != NULL && i < count; i++) {
        free(strings[i]);
    }
    free(strings);
}

/* Copies of `count` strings that lie `stride` bytes apart and need not end in NUL. */
static char **strings_copy(const char *first, size_t stride, unsigned int count)
{
    char **copy = calloc(count + 1, sizeof(*copy));

    for (unsigned int i = 0; copy != NULL && i < count; i++) {
        copy[i] = strndup(first + i * stride, stride);
        if (copy[i] == NULL) {
            strings_free(copy, count);
            copy = NULL;
        }
    }
    return copy;
}

cs_error_t corosync_cfg_ring_status_get(corosync_cfg_handle_t cfg_handle, char ***interface_names,
                                        char ***status, unsigned int *interface_count)
{
    proto_request request = {0};
    struct proto_cfg_ring_status response;

    client_header(&request, CFG_REQ_RING_STATUS_GET, sizeof(request));
    cs_error_t error = call(cfg_handle, &request, sizeof(request), &response, sizeof(response),
                            sizeof(response));

    if (error != CS_OK) {
        return error;
    }
    if (response.count > PROTO_CFG_RINGS_MAX) {
        return CS_ERR_LIBRARY;
    }
    *interface_names = strings_copy(response.name[0], sizeof(response.name[0]), response.count);
    *status = strings_copy(response.status[0], sizeof(response.status[0]), response.count);
    if (*interface_names == NULL || *status == NULL) {
        strings_free(*interface_names, response.count);
        strings_free(*status, response.count);
        *interface_names = NULL;
        *status = NULL;
        return CS_ERR_NO_MEMORY;
    }
    *interface_count = response.count;
    return CS_OK;
}

cs_error_t corosync_cfg_node_status_get(corosync_cfg_handle_t cfg_handle, unsigned int nodeid,
                                        corosync_cfg_node_status_version_t version, void *node_status)
{
    if (version != CFG_NODE_STATUS_V1 || node_status == NULL) {
        return CS_ERR_INVALID_PARAM;
    }
    struct proto_cfg_node_status_get request = {.nodeid = nodeid, .version = version};
    struct proto_cfg_node_status response;

    client_header(&request.header, CFG_REQ_NODE_STATUS_GET, sizeof(request));
    cs_error_t error = call(cfg_handle, &request, sizeof(request), &response, sizeof(response),
                            sizeof(response));

    if (error != CS_OK) {
        return error;
    }
    if (response.status.version != version) {
        return CS_ERR_NOT_SUPPORTED;
    }
    memcpy(node_status, &response.status, sizeof(response.status));
    return CS_OK;
}

cs_error_t corosync_cfg_kill_node(corosync_cfg_handle_t cfg_handle, unsigned int nodeid, const char *reason)
{
    struct proto_cfg_kill_node request = {.nodeid = nodeid};
    size_t length = strlen(reason);

    if (length >= CS_MAX_NAME_LENGTH) {
        return CS_ERR_NAME_TOO_LONG;
    }
    client_header(&request.header, CFG_REQ_KILL_NODE, sizeof(request));
    request.reason.length = (uint16_t)(length + 1);
    memcpy(request.reason.value, reason, length + 1);
    return call_simple(cfg_handle, &request, sizeof(request));
}

cs_error_t corosync_cfg_trackstart(corosync_cfg_handle_t cfg_handle, uint8_t track_flags)
{
    struct proto_cfg_trackstart request = {.flags = track_flags};

    client_header(&request.header, CFG_REQ_TRACKSTART, sizeof(request));
    return call_simple(cfg_handle, &request, sizeof(request));
}

cs_error_t corosync_cfg_trackstop(corosync_cfg_handle_t cfg_handle)
{
    return call_bare(cfg_handle, CFG_REQ_TRACKSTOP);
}

cs_error_t corosync_cfg_try_shutdown(corosync_cfg_handle_t cfg_handle, corosync_cfg_shutdown_flags_t flags)
{
    struct proto_cfg_number_request request = {.value = flags};

    client_header(&request.header, CFG_REQ_TRY_SHUTDOWN, sizeof(request));
    return call_simple(cfg_handle, &request, sizeof(request));
}

/* Whether a negotiation was running is not reported: answers cross with its end. */
cs_error_t corosync_cfg_replyto_shutdown(corosync_cfg_handle_t cfg_handle,
                                         corosync_cfg_shutdown_reply_flags_t flags)
{
    struct cfg_client *cfg = handle_get(&cfg_handles, cfg_handle);

    if (cfg == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    struct proto_cfg_number_request request = {.value = flags};
    proto_response response;
    struct iovec iov = {.iov_base = &request, .iov_len = sizeof(request)};

    client_header(&request.header, CFG_REQ_REPLYTO_SHUTDOWN, sizeof(request));
    pthread_mutex_lock(&cfg->client.lock);
    ssize_t received = qb_ipcc_sendv_recv(cfg->client.ipc, &iov, 1, &response, sizeof(response),
                                          CS_IPC_TIMEOUT_MS);

    pthread_mutex_unlock(&cfg->client.lock);
    handle_put(&cfg_handles, cfg_handle);
    return qb_to_cs_error((int)received);
}

/* A socket address of the family from the bytes on the wire; all zero gives family 0. */
static void node_address_from_wire(corosync_cfg_node_address_t *out, uint32_t family, const uint8_t bytes[16])
{
    static const uint8_t zeros[16];
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    bool is_in6 = family == AF_INET6;
    size_t size = is_in6 ? sizeof(in6.sin6_addr) : sizeof(in.sin_addr);

    memset(out, 0, sizeof(*out));
    if (memcmp(bytes, zeros, size) == 0) {
        in.sin_family = 0;
        in6.sin6_family = 0;
    }
    memcpy(&in.sin_addr, bytes, sizeof(in.sin_addr));
    memcpy(&in6.sin6_addr, bytes, sizeof(in6.sin6_addr));
    out->address_length = is_in6 ? (int)sizeof(in6) : (int)sizeof(in);
    memcpy(out->address, is_in6 ? (void *)&in6 : (void *)&in, is_in6 ? sizeof(in6) : sizeof(in));
}

cs_error_t corosync_cfg_get_node_addrs(corosync_cfg_handle_t cfg_handle, unsigned int nodeid,
                                       size_t max_addrs, int *num_addrs, corosync_cfg_node_address_t *addrs)
{
    struct proto_cfg_number_request request = {.value = nodeid};
    union {
        struct proto_cfg_node_addrs addrs;
        uint8_t room[8192]; /* a daemon with more links may answer with more */
    } response;

    if (addrs == NULL || num_addrs == NULL) {
        return CS_ERR_INVALID_PARAM;
    }
    client_header(&request.header, CFG_REQ_GET_NODE_ADDRS, sizeof(request));
    cs_error_t error = call(cfg_handle, &request, sizeof(request), &response, sizeof(response),
                            offsetof(struct proto_cfg_node_addrs, addrs));

    if (error != CS_OK) {
        return error;
    }
    size_t count = response.addrs.count;

    if (count > PROTO_CFG_ADDRS_MAX) {
        return CS_ERR_LIBRARY;
    }
    for (size_t i = 0; i < count && i < max_addrs; i++) {
        node_address_from_wire(&addrs[i], response.addrs.family, response.addrs.addrs[i]);
    }
    *num_addrs = (int)count;
    return CS_OK;
}

cs_error_t corosync_cfg_local_get(corosync_cfg_handle_t handle, unsigned int *local_nodeid)
{
    proto_request request = {0};
    struct proto_cfg_local response;

    client_header(&request, CFG_REQ_LOCAL_GET, sizeof(request));
    cs_error_t error = call(handle, &request, sizeof(request), &response, sizeof(response), sizeof(response));

    if (error == CS_OK) {
        *local_nodeid = response.nodeid;
    }
    return error;
}

cs_error_t corosync_cfg_reload_config(corosync_cfg_handle_t handle)
{
    return call_bare(handle, CFG_REQ_RELOAD_CONFIG);
}

cs_error_t corosync_cfg_reopen_log_files(corosync_cfg_handle_t handle)
{
    return call_bare(handle, CFG_REQ_REOPEN_LOG_FILES);
}
