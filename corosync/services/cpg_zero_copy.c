/*
 * The cpg service: messages in memory shared with a client (services.md 5.6, zero copy).
 *
 * The client may write to the mapping and truncate the file at any time. So nothing in the
 * mapping is believed, lengths are read once, and the data is fetched with pread(), which a
 * truncated file cannot turn into a fault.
 */
#include "config.h"

#include "corosync/services/cpg.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZERO_COPIES_MAX 64 /* mappings of one client */
#define NAME_BEGIN "corosync_zerocopy-"

struct cpg_zero_copy {
    LIST_ENTRY(cpg_zero_copy) entry;
    uint64_t token;
    int fd;
    size_t size; /* bytes of the mapping, with its header */
};

static struct cpg_zero_copy *zero_copy_find(struct cpg_client *client, uint64_t token)
{
    struct cpg_zero_copy *zero_copy;

    LIST_FOREACH(zero_copy, &client->zero_copies, entry) {
        if (zero_copy->token == token) {
            return zero_copy;
        }
    }
    return NULL;
}

static unsigned zero_copy_count(const struct cpg_client *client)
{
    const struct cpg_zero_copy *zero_copy;
    unsigned count = 0;

    LIST_FOREACH(zero_copy, &client->zero_copies, entry) {
        count++;
    }
    return count;
}

static void zero_copy_free(struct cpg_zero_copy *zero_copy)
{
    LIST_REMOVE(zero_copy, entry);
    close(zero_copy->fd);
    free(zero_copy);
}

/* A client may only hand us the files that its library makes, not any path of the system. */
static bool path_allowed(const char path[128])
{
    static const char *const directories[] = {"/dev/shm/", "/var/run/", "/run/"};

    if (memchr(path, '\0', 128) == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        size_t length = strlen(directories[i]);

        if (strncmp(path, directories[i], length) == 0) {
            return strncmp(path + length, NAME_BEGIN, strlen(NAME_BEGIN)) == 0 &&
                   strchr(path + length, '/') == NULL;
        }
    }
    return false;
}

/* Opens the file and removes its name. The file must be a private, regular one. */
static int shared_file_open(const char path[128], size_t size)
{
    struct stat status;

    if (!path_allowed(path)) {
        return -1;
    }
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        return -1;
    }
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1 ||
        (status.st_mode & (S_IRWXG | S_IRWXO)) != 0 || ftruncate(fd, (off_t)size) != 0) {
        close(fd);
        return -1;
    }
    unlink(path);
    return fd;
}

/* Leaves the token where the client looks for it. */
static bool token_write(const struct cpg_zero_copy *zero_copy)
{
    return pwrite(zero_copy->fd, &zero_copy->token, sizeof(zero_copy->token),
                  offsetof(struct proto_cpg_zc_map, server_address)) == (ssize_t)sizeof(zero_copy->token);
}

static cs_error_t zero_copy_alloc(struct cpg_client *client, const struct proto_cpg_zc_alloc *request)
{
    if (request->map_size < sizeof(struct proto_cpg_zc_map) || request->map_size > INT32_MAX) {
        return CS_ERR_INVALID_PARAM;
    }
    if (zero_copy_count(client) >= ZERO_COPIES_MAX) {
        return CS_ERR_NO_RESOURCES;
    }
    struct cpg_zero_copy *zero_copy = calloc(1, sizeof(*zero_copy));

    if (zero_copy == NULL) {
        return CS_ERR_NO_MEMORY;
    }
    zero_copy->fd = shared_file_open(request->path, request->map_size);
    zero_copy->size = request->map_size;
    zero_copy->token = ++client->last_handle;
    if (zero_copy->fd < 0 || !token_write(zero_copy)) {
        if (zero_copy->fd >= 0) {
            close(zero_copy->fd);
        }
        free(zero_copy);
        return CS_ERR_LIBRARY;
    }
    LIST_INSERT_HEAD(&client->zero_copies, zero_copy, entry);
    return CS_OK;
}

void cpg_lib_zc_alloc(struct ipc_conn *conn, const void *msg, size_t size)
{
    ipc_response_error(conn, 0, zero_copy_alloc(ipc_conn_private(conn), msg));
}

void cpg_lib_zc_free(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cpg_zc_free *request = msg;
    struct cpg_zero_copy *zero_copy = zero_copy_find(ipc_conn_private(conn), request->server_address);

    if (zero_copy != NULL) {
        zero_copy_free(zero_copy);
    }
    ipc_response_error(conn, 0, zero_copy == NULL ? CS_ERR_INVALID_PARAM : CS_OK);
}

/* Multicasts what the mapping announces. */
static cs_error_t zero_copy_execute(struct cpg_client *client, const struct cpg_zero_copy *zero_copy)
{
    struct proto_cpg_zc_map map;

    if (pread(zero_copy->fd, &map, sizeof(map), 0) != (ssize_t)sizeof(map)) {
        return CS_ERR_INVALID_PARAM;
    }
    size_t length = map.mcast.msglen;

    if (length > zero_copy->size - sizeof(map) ||
        length > PROTO_MESSAGE_MAX - sizeof(struct cpg_wire_mcast)) {
        return CS_ERR_INVALID_PARAM;
    }
    void *data = malloc(length + 1);
    cs_error_t error = CS_ERR_INVALID_PARAM;

    if (data == NULL) {
        return CS_ERR_NO_MEMORY;
    }
    if (pread(zero_copy->fd, data, length, sizeof(map)) == (ssize_t)length) {
        error = cpg_client_mcast(client, data, (uint32_t)length);
    }
    free(data);
    return error;
}

void cpg_lib_zc_execute(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cpg_zc_execute *request = msg;
    struct cpg_client *client = ipc_conn_private(conn);
    struct cpg_zero_copy *zero_copy = zero_copy_find(client, request->server_address);

    ipc_response_error(conn, CPG_RES_MCAST,
                       zero_copy == NULL ? CS_ERR_INVALID_PARAM : zero_copy_execute(client, zero_copy));
}

void cpg_zero_copy_free_all(struct cpg_client *client)
{
    while (!LIST_EMPTY(&client->zero_copies)) {
        zero_copy_free(LIST_FIRST(&client->zero_copies));
    }
}
