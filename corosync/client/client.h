/*
 * What every client library does with its connection: open, call, receive events, close.
 * Linked into each library with hidden visibility.
 */
#ifndef COROSYNC_CLIENT_CLIENT_H
#define COROSYNC_CLIENT_CLIENT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <qb/qbipcc.h>

#include "corosync/client/handle.h"
#include "corosync/client/proto.h"

/* First member of a library's object behind a handle. */
struct client {
    qb_ipcc_connection_t *ipc;
    pthread_mutex_t lock;     /* requests go one at a time */
    size_t message_max;       /* bytes of the largest message of the service */
    void *dispatch_buffer;    /* kept for the next dispatch, NULL while one uses it */
    void *context;            /* the user's */
};

/* Connect to the service of that name. The daemon keeps three buffers of message_max bytes for it. */
cs_error_t client_open(struct client *client, const char *service, size_t message_max);

/* Disconnect and free what the struct holds, not the struct. */
void client_close(struct client *client);

void client_header(proto_request *header, int32_t id, size_t size);

/*
 * One request and its response, without time limit. `response` has room for response_size bytes; it is
 * zeroed first. Returns the transport's error, else the one in the response. A response shorter than
 * `need` bytes (header included) that reports success is CS_ERR_LIBRARY.
 */
cs_error_t client_call(struct client *client, const void *request, size_t request_size, void *response,
                       size_t response_size, size_t need);
cs_error_t client_callv(struct client *client, const struct iovec *iov, unsigned int iov_count,
                        void *response,
                        size_t response_size, size_t need);

/* A call whose response is only an error. */
cs_error_t client_call_simple(struct client *client, const void *request, size_t request_size);

cs_error_t client_fd(struct handle_table *table, uint64_t handle, int *fd);
cs_error_t client_context_get(struct handle_table *table, uint64_t handle, void **context);
cs_error_t client_context_set(struct handle_table *table, uint64_t handle, void *context);

/* Handles one event of `size` bytes, header included. CS_OK, or the error dispatch ends with. */
typedef cs_error_t (*client_event_fn)(void *object, uint64_t handle, void *event, size_t size);

/* services.md 6.2. `strict`: refuse unknown flags. */
cs_error_t client_dispatch(struct handle_table *table, uint64_t handle, cs_dispatch_flags_t flags,
                           bool strict,
                           client_event_fn on_event);

/* Whether an event of `size` bytes has room for `count` elements of `each` bytes from offset `at`. */
static inline bool event_has(size_t size, size_t at, uint64_t count, size_t each)
{
    return size >= at && count <= (size - at) / each;
}

#endif
