/*
 * libquorum: whether the node is in a quorate partition, for client programs.
 */
#include <corosync/quorum.h>

#include <stdlib.h>
#include <string.h>

#include "corosync/client/client.h"
#include "corosync/client/proto_quorum.h"

struct quorum_client {
    struct client client; /* must be first */
    union {
        quorum_model_data_t any;
        quorum_model_v0_data_t v0;
        quorum_model_v1_data_t v1;
    } model;
};

static void quorum_destroy(void *object)
{
    struct quorum_client *quorum = object;

    client_close(&quorum->client);
    free(quorum);
}

static struct handle_table quorum_handles = HANDLE_TABLE_INIT(quorum_destroy);

/* The model 0 request is older: daemons that know only model 0 understand it. */
static cs_error_t type_request(struct quorum_client *quorum, quorum_model_t model, uint32_t *type)
{
    struct proto_quorum_number_request request = {.value = model};
    struct proto_quorum_number_response response;
    size_t size = model == QUORUM_MODEL_V0 ? sizeof(request.header) : sizeof(request);

    client_header(&request.header, model == QUORUM_MODEL_V0 ? QUORUM_REQ_GETTYPE : QUORUM_REQ_MODEL_GETTYPE,
                  size);
    cs_error_t error = client_call(&quorum->client, &request, size, &response, sizeof(response),
                                   sizeof(response));

    if (error == CS_OK && type != NULL) {
        *type = response.value;
    }
    return error;
}

cs_error_t quorum_model_initialize(quorum_handle_t *handle, quorum_model_t model,
                                   quorum_model_data_t *model_data, uint32_t *quorum_type, void *context)
{
    if (model != QUORUM_MODEL_V0 && model != QUORUM_MODEL_V1) {
        return CS_ERR_INVALID_PARAM;
    }
    struct quorum_client *quorum = calloc(1, sizeof(*quorum));

    if (quorum == NULL) {
        return CS_ERR_NO_MEMORY;
    }
    if (model_data != NULL) {
        memcpy(&quorum->model, model_data,
               model == QUORUM_MODEL_V0 ? sizeof(quorum->model.v0) : sizeof(quorum->model.v1));
    }
    quorum->model.any.model = model;
    cs_error_t error = client_open(&quorum->client, "quorum", PROTO_LIST_MAX);

    if (error != CS_OK) {
        free(quorum);
        return error;
    }
    quorum->client.context = context;
    error = type_request(quorum, model, quorum_type);
    if (error == CS_OK) {
        error = handle_add(&quorum_handles, quorum, handle);
    }
    if (error != CS_OK) {
        quorum_destroy(quorum);
    }
    return error;
}

cs_error_t quorum_initialize(quorum_handle_t *handle, quorum_callbacks_t *callbacks, uint32_t *quorum_type)
{
    quorum_model_v0_data_t model = {.model = QUORUM_MODEL_V0};

    if (callbacks != NULL) {
        model.quorum_notify_fn = callbacks->quorum_notify_fn;
    }
    return quorum_model_initialize(handle, QUORUM_MODEL_V0, (quorum_model_data_t *)&model, quorum_type, NULL);
}

cs_error_t quorum_finalize(quorum_handle_t handle)
{
    return handle_remove(&quorum_handles, handle) ? CS_OK : CS_ERR_BAD_HANDLE;
}

cs_error_t quorum_fd_get(quorum_handle_t handle, int *fd)
{
    return client_fd(&quorum_handles, handle, fd);
}

cs_error_t quorum_context_get(quorum_handle_t handle, const void **context)
{
    return client_context_get(&quorum_handles, handle, (void **)context);
}

cs_error_t quorum_context_set(quorum_handle_t handle, const void *context)
{
    return client_context_set(&quorum_handles, handle, (void *)context);
}

cs_error_t quorum_getquorate(quorum_handle_t handle, int *quorate)
{
    struct quorum_client *quorum = handle_get(&quorum_handles, handle);

    if (quorum == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    proto_request request = {0};
    struct proto_quorum_number_response response;

    client_header(&request, QUORUM_REQ_GETQUORATE, sizeof(request));
    cs_error_t error = client_call(&quorum->client, &request, sizeof(request), &response, sizeof(response),
                                   sizeof(response));

    handle_put(&quorum_handles, handle);
    if (error == CS_OK) {
        *quorate = (int)response.value;
    }
    return error;
}

static cs_error_t call_simple(quorum_handle_t handle, const void *request, size_t size)
{
    struct quorum_client *quorum = handle_get(&quorum_handles, handle);

    if (quorum == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = client_call_simple(&quorum->client, request, size);

    handle_put(&quorum_handles, handle);
    return error;
}

cs_error_t quorum_trackstart(quorum_handle_t handle, unsigned int flags)
{
    struct proto_quorum_number_request request = {.value = flags};

    client_header(&request.header, QUORUM_REQ_TRACKSTART, sizeof(request));
    return call_simple(handle, &request, sizeof(request));
}

cs_error_t quorum_trackstop(quorum_handle_t handle)
{
    proto_request request = {0};

    client_header(&request, QUORUM_REQ_TRACKSTOP, sizeof(request));
    return call_simple(handle, &request, sizeof(request));
}

/* ---- events ---- */

static cs_error_t on_v0_quorum(struct quorum_client *quorum, quorum_handle_t handle,
                               struct proto_quorum_notification *event, size_t size)
{
    if (!event_has(size, offsetof(struct proto_quorum_notification, list), event->entries,
                   sizeof(uint32_t))) {
        return CS_ERR_LIBRARY;
    }
    if (quorum->model.any.model == QUORUM_MODEL_V0 && quorum->model.v0.quorum_notify_fn != NULL) {
        quorum->model.v0.quorum_notify_fn(handle, (uint32_t)event->quorate, event->ring_seq, event->entries,
                                          event->list);
    }
    return CS_OK;
}

static cs_error_t on_v1_quorum(struct quorum_client *quorum, quorum_handle_t handle,
                               const struct proto_quorum_v1_quorum *event, size_t size)
{
    struct quorum_ring_id ring = {.nodeid = event->ring.nodeid, .seq = event->ring.seq};

    if (!event_has(size, offsetof(struct proto_quorum_v1_quorum, list), event->entries, sizeof(uint32_t))) {
        return CS_ERR_LIBRARY;
    }
    if (quorum->model.any.model == QUORUM_MODEL_V1 && quorum->model.v1.quorum_notify_fn != NULL) {
        quorum->model.v1.quorum_notify_fn(handle, (uint32_t)event->quorate, ring, event->entries,
                                          event->list);
    }
    return CS_OK;
}

static cs_error_t on_v1_nodelist(struct quorum_client *quorum, quorum_handle_t handle,
                                 const struct proto_quorum_v1_nodelist *event, size_t size)
{
    struct quorum_ring_id ring = {.nodeid = event->ring.nodeid, .seq = event->ring.seq};
    uint64_t count = (uint64_t)event->members + event->joined + event->left;

    if (!event_has(size, offsetof(struct proto_quorum_v1_nodelist, list), count, sizeof(uint32_t))) {
        return CS_ERR_LIBRARY;
    }
    if (quorum->model.any.model == QUORUM_MODEL_V1 && quorum->model.v1.nodelist_notify_fn != NULL) {
        quorum->model.v1.nodelist_notify_fn(handle, ring, event->members, event->list, event->joined,
                                            event->list + event->members, event->left,
                                            event->list + event->members + event->joined);
    }
    return CS_OK;
}

static cs_error_t on_event(void *object, uint64_t handle, void *event, size_t size)
{
    struct quorum_client *quorum = object;

    switch (((const proto_response *)event)->id) {
    case QUORUM_EV_NOTIFICATION:
        return size < sizeof(struct proto_quorum_notification) ? CS_ERR_LIBRARY
                                                               : on_v0_quorum(quorum, handle, event, size);
    case QUORUM_EV_V1_QUORUM:
        return size < sizeof(struct proto_quorum_v1_quorum) ? CS_ERR_LIBRARY
                                                            : on_v1_quorum(quorum, handle, event, size);
    case QUORUM_EV_V1_NODELIST:
        return size < sizeof(struct proto_quorum_v1_nodelist) ? CS_ERR_LIBRARY
                                                              : on_v1_nodelist(quorum, handle, event, size);
    default:
        return CS_ERR_LIBRARY;
    }
}

cs_error_t quorum_dispatch(quorum_handle_t handle, cs_dispatch_flags_t dispatch_types)
{
    return client_dispatch(&quorum_handles, handle, dispatch_types, true, on_event);
}
