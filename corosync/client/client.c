/*
 * What every client library does with its connection: open, call, receive events, close.
 */
#include "corosync/client/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* 0 or -errno. qb_ipcc_connect() gives up when a signal arrives before the
 * daemon's answer: a program that gets
 * SIGCHLD at that moment would take corosync for gone. */
static int connect_ipc(struct client *client, const char *service)
{
    struct pollfd poller = {.events = POLLIN};

    client->ipc = qb_ipcc_connect_async(service, client->message_max, &poller.fd);
    if (client->ipc == NULL) {
        return -errno;
    }
    while (poll(&poller, 1, -1) < 0) {
        if (errno != EINTR) {
            int rc = -errno;

            qb_ipcc_disconnect(client->ipc);
            return rc;
        }
    }
    return qb_ipcc_connect_continue(client->ipc);   /* releases the connection on failure */
}

cs_error_t client_open(struct client *client, const char *service, size_t message_max)
{
    int rc;

    client->message_max = message_max;
    rc = connect_ipc(client, service);
    if (rc < 0) {
        return qb_to_cs_error(rc);
    }
    pthread_mutex_init(&client->lock, NULL);
    client->dispatch_buffer = NULL;
    return CS_OK;
}

void client_close(struct client *client)
{
    qb_ipcc_disconnect(client->ipc);
    pthread_mutex_destroy(&client->lock);
    free(client->dispatch_buffer);
}

void client_header(proto_request *header, int32_t id, size_t size)
{
    header->id = id;
    header->size = (int32_t)size;
}

cs_error_t client_callv(struct client *client, const struct iovec *iov, unsigned int iov_count,
                        void *response,
                        size_t response_size, size_t need)
{
    const proto_response *header = response;

    memset(response, 0, response_size);
    pthread_mutex_lock(&client->lock);
    ssize_t received = qb_ipcc_sendv_recv(client->ipc, iov, iov_count, response, response_size,
                                          CS_IPC_TIMEOUT_MS);

    pthread_mutex_unlock(&client->lock);
    if (received < 0) {
        return qb_to_cs_error((int)received);
    }
    if ((size_t)received < sizeof(*header)) {
        return CS_ERR_LIBRARY;
    }
    if (header->error == CS_OK && (size_t)received < need) {
        return CS_ERR_LIBRARY;
    }
    return (cs_error_t)header->error;
}

cs_error_t client_call(struct client *client, const void *request, size_t request_size, void *response,
                       size_t response_size, size_t need)
{
    struct iovec iov = {.iov_base = (void *)request, .iov_len = request_size};

    return client_callv(client, &iov, 1, response, response_size, need);
}

cs_error_t client_call_simple(struct client *client, const void *request, size_t request_size)
{
    proto_response response;

    return client_call(client, request, request_size, &response, sizeof(response), sizeof(response));
}

cs_error_t client_fd(struct handle_table *table, uint64_t handle, int *fd)
{
    struct client *client = handle_get(table, handle);

    if (client == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = qb_to_cs_error(qb_ipcc_fd_get(client->ipc, fd));

    handle_put(table, handle);
    return error;
}

cs_error_t client_context_get(struct handle_table *table, uint64_t handle, void **context)
{
    struct client *client = handle_get(table, handle);

    if (client == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    *context = client->context;
    handle_put(table, handle);
    return CS_OK;
}

cs_error_t client_context_set(struct handle_table *table, uint64_t handle, void *context)
{
    struct client *client = handle_get(table, handle);

    if (client == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    client->context = context;
    handle_put(table, handle);
    return CS_OK;
}

/* The buffer of the last dispatch, or a new one when a callback or another thread dispatches meanwhile. */
static void *dispatch_buffer_take(struct client *client)
{
    void *buffer = __atomic_exchange_n(&client->dispatch_buffer, NULL, __ATOMIC_ACQ_REL);

    return buffer != NULL ? buffer : malloc(client->message_max);
}

static void dispatch_buffer_give(struct client *client, void *buffer)
{
    free(__atomic_exchange_n(&client->dispatch_buffer, buffer, __ATOMIC_ACQ_REL));
}

/* Receives and handles events until one of the ends of services.md 6.2. */
static cs_error_t dispatch_loop(struct handle_table *table, uint64_t handle, struct client *client,
                                cs_dispatch_flags_t flags, void *buffer, client_event_fn on_event)
{
    bool wait = flags != CS_DISPATCH_ALL && flags != CS_DISPATCH_ONE_NONBLOCKING;
    bool one = flags == CS_DISPATCH_ONE || flags == CS_DISPATCH_ONE_NONBLOCKING;

    for (;;) {
        ssize_t received = qb_ipcc_event_recv(client->ipc, buffer, client->message_max, wait ? -1 : 0);

        if (received == -EBADF) {
            return CS_OK;
        }
        cs_error_t error = qb_to_cs_error((int)received);

        if (error == CS_ERR_TRY_AGAIN && flags == CS_DISPATCH_ALL) {
            return CS_OK;
        }
        if (error == CS_ERR_TRY_AGAIN && wait) {
            continue;
        }
        if (error != CS_OK) {
            return error;
        }
        if ((size_t)received < sizeof(proto_response)) {
            return CS_ERR_LIBRARY;
        }
        error = on_event(client, handle, buffer, (size_t)received);
        if (handle_is_removed(table, handle)) {
            return CS_ERR_BAD_HANDLE;
        }
        if (error != CS_OK || one) {
            return error;
        }
    }
}

cs_error_t client_dispatch(struct handle_table *table, uint64_t handle, cs_dispatch_flags_t flags,
                           bool strict,
                           client_event_fn on_event)
{
    if (strict && (flags < CS_DISPATCH_ONE || flags > CS_DISPATCH_ONE_NONBLOCKING)) {
        return CS_ERR_INVALID_PARAM;
    }
    struct client *client = handle_get(table, handle);

    if (client == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = CS_ERR_NO_MEMORY;
    void *buffer = dispatch_buffer_take(client);

    if (buffer != NULL) {
        error = dispatch_loop(table, handle, client, flags, buffer, on_event);
        dispatch_buffer_give(client, buffer);
    }
    handle_put(table, handle);
    return error;
}
