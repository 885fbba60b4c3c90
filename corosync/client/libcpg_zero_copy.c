/*
 * libcpg: messages in memory shared with the daemon (services.md 5.6, zero copy).
 */
#include "config.h"

#include "corosync/client/libcpg.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Creates a file of that size in the first directory that takes it; path gets its name. */
static int shared_file_create(char path[128], size_t size)
{
    static const char *const directories[] = {"/dev/shm", "/var/run"};

    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        snprintf(path, 128, "%s/corosync_zerocopy-XXXXXX", directories[i]);
        int fd = mkostemp(path, O_CLOEXEC);

        if (fd < 0) {
            continue;
        }
        if (posix_fallocate(fd, 0, (off_t)size) == 0) {
            return fd;
        }
        unlink(path);
        close(fd);
    }
    return -1;
}

static struct proto_cpg_zc_map *shared_file_map(char path[128], size_t size)
{
    int fd = shared_file_create(path, size);

    if (fd < 0) {
        return NULL;
    }
    void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    close(fd);
    if (map == MAP_FAILED) {
        unlink(path);
        return NULL;
    }
    return map;
}

/* Tells the daemon to map the file; it removes the name and leaves its token in the mapping. */
static cs_error_t zero_copy_announce(struct cpg_client *cpg, struct zero_copy *zero_copy,
                                     const char path[128])
{
    struct proto_cpg_zc_alloc request = {.map_size = zero_copy->map_size};
    proto_response response;

    memcpy(request.path, path, sizeof(request.path));
    client_header(&request.header, CPG_REQ_ZC_ALLOC, sizeof(request));
    struct iovec iov = {.iov_base = &request, .iov_len = sizeof(request)};

    pthread_mutex_lock(&cpg->client.lock);
    ssize_t received = qb_ipcc_sendv_recv(cpg->client.ipc, &iov, 1, &response, sizeof(response),
                                          CS_IPC_TIMEOUT_MS);

    pthread_mutex_unlock(&cpg->client.lock);
    if (received < 0) {
        return qb_to_cs_error((int)received);
    }
    /* the error field of a success is undefined: what counts is the token */
    if (zero_copy->map->server_address == 0) {
        return (size_t)received >= sizeof(response) && response.error > CS_OK ? (cs_error_t)response.error
                                                                              : CS_ERR_LIBRARY;
    }
    return CS_OK;
}

cs_error_t cpg_zcb_alloc(cpg_handle_t handle, size_t size, void **buffer)
{
    struct cpg_client *cpg = handle_get(&cpg_handles, handle);

    if (cpg == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = CS_ERR_NO_MEMORY;
    struct zero_copy *zero_copy = calloc(1, sizeof(*zero_copy));
    char path[128] = "";

    if (size > INT_MAX - sizeof(struct proto_cpg_zc_map)) {
        error = CS_ERR_TOO_BIG;
    } else if (zero_copy != NULL) {
        zero_copy->map_size = size + sizeof(struct proto_cpg_zc_map);
        zero_copy->map = shared_file_map(path, zero_copy->map_size);
        if (zero_copy->map != NULL) {
            error = zero_copy_announce(cpg, zero_copy, path);
        }
    }
    if (error != CS_OK) {
        if (zero_copy != NULL && zero_copy->map != NULL) {
            munmap(zero_copy->map, zero_copy->map_size);
            unlink(path);
        }
        free(zero_copy);
    } else {
        zero_copy->map->map_size = (int32_t)zero_copy->map_size;
        *buffer = zero_copy->map + 1;
        pthread_mutex_lock(&cpg->client.lock);
        LIST_INSERT_HEAD(&cpg->zero_copies, zero_copy, entry);
        pthread_mutex_unlock(&cpg->client.lock);
    }
    handle_put(&cpg_handles, handle);
    return error;
}

static struct zero_copy *zero_copy_find(struct cpg_client *cpg, const void *buffer)
{
    struct zero_copy *zero_copy;

    pthread_mutex_lock(&cpg->client.lock);
    LIST_FOREACH(zero_copy, &cpg->zero_copies, entry) {
        if (zero_copy->map + 1 == buffer) {
            break;
        }
    }
    pthread_mutex_unlock(&cpg->client.lock);
    return zero_copy;
}

static void zero_copy_remove(struct cpg_client *cpg, struct zero_copy *zero_copy)
{
    pthread_mutex_lock(&cpg->client.lock);
    LIST_REMOVE(zero_copy, entry);
    pthread_mutex_unlock(&cpg->client.lock);
    munmap(zero_copy->map, zero_copy->map_size);
    free(zero_copy);
}

cs_error_t cpg_zcb_free(cpg_handle_t handle, void *buffer)
{
    struct cpg_client *cpg = handle_get(&cpg_handles, handle);

    if (cpg == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = CS_ERR_INVALID_PARAM;
    struct zero_copy *zero_copy = zero_copy_find(cpg, buffer);

    if (zero_copy != NULL) {
        struct proto_cpg_zc_free request = {.map_size = zero_copy->map_size,
                                            .server_address = zero_copy->map->server_address};
        proto_response response;
        struct iovec iov = {.iov_base = &request, .iov_len = sizeof(request)};

        client_header(&request.header, CPG_REQ_ZC_FREE, sizeof(request));
        pthread_mutex_lock(&cpg->client.lock);
        ssize_t received = qb_ipcc_sendv_recv(cpg->client.ipc, &iov, 1, &response, sizeof(response),
                                              CS_IPC_TIMEOUT_MS);

        pthread_mutex_unlock(&cpg->client.lock);
        error = qb_to_cs_error((int)received); /* the error field of the answer is undefined */
        zero_copy_remove(cpg, zero_copy);
    }
    handle_put(&cpg_handles, handle);
    return error;
}

cs_error_t cpg_zcb_mcast_joined(cpg_handle_t handle, cpg_guarantee_t guarantee, void *msg, size_t msg_len)
{
    if (msg_len > PROTO_MESSAGE_MAX) {
        return CS_ERR_TOO_BIG;
    }
    struct cpg_client *cpg = handle_get(&cpg_handles, handle);

    if (cpg == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = CS_ERR_INVALID_PARAM;
    struct zero_copy *zero_copy = zero_copy_find(cpg, msg);

    if (zero_copy != NULL && msg_len <= zero_copy->map_size - sizeof(*zero_copy->map)) {
        struct proto_cpg_mcast *mcast = &zero_copy->map->mcast;
        struct proto_cpg_zc_execute request = {.server_address = zero_copy->map->server_address};

        mcast->header.id = CPG_REQ_MCAST;
        mcast->header.size = (int32_t)(sizeof(*mcast) + msg_len);
        mcast->guarantee = guarantee;
        mcast->msglen = (uint32_t)msg_len;
        client_header(&request.header, CPG_REQ_ZC_EXECUTE, sizeof(request));
        error = client_call_simple(&cpg->client, &request, sizeof(request));
    }
    handle_put(&cpg_handles, handle);
    return error;
}

void zero_copy_free_all(struct cpg_client *cpg)
{
    while (!LIST_EMPTY(&cpg->zero_copies)) {
        zero_copy_remove(cpg, LIST_FIRST(&cpg->zero_copies));
    }
}
