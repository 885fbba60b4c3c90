/*
 * libvotequorum: votes, expected votes and the quorum device, for client programs.
 */
#include <corosync/votequorum.h>

#include <stdlib.h>
#include <string.h>

#include "corosync/client/client.h"
#include "corosync/client/proto_votequorum.h"

struct vq_client {
    struct client client; /* must be first */
    votequorum_callbacks_t callbacks;
};

static void vq_destroy(void *object)
{
    struct vq_client *vq = object;

    client_close(&vq->client);
    free(vq);
}

static struct handle_table vq_handles = HANDLE_TABLE_INIT(vq_destroy);

cs_error_t votequorum_initialize(votequorum_handle_t *handle, votequorum_callbacks_t *callbacks)
{
    struct vq_client *vq = calloc(1, sizeof(*vq));

    if (vq == NULL) {
        return CS_ERR_NO_MEMORY;
    }
    if (callbacks != NULL) {
        vq->callbacks = *callbacks;
    }
    cs_error_t error = client_open(&vq->client, "votequorum", PROTO_LIST_MAX);

    if (error != CS_OK) {
        free(vq);
        return error;
    }
    error = handle_add(&vq_handles, vq, handle);
    if (error != CS_OK) {
        vq_destroy(vq);
    }
    return error;
}

cs_error_t votequorum_finalize(votequorum_handle_t handle)
{
    return handle_remove(&vq_handles, handle) ? CS_OK : CS_ERR_BAD_HANDLE;
}

cs_error_t votequorum_fd_get(votequorum_handle_t handle, int *fd)
{
    return client_fd(&vq_handles, handle, fd);
}

cs_error_t votequorum_context_get(votequorum_handle_t handle, void **context)
{
    return client_context_get(&vq_handles, handle, context);
}

cs_error_t votequorum_context_set(votequorum_handle_t handle, void *context)
{
    return client_context_set(&vq_handles, handle, context);
}

static cs_error_t call_simple(votequorum_handle_t handle, const void *request, size_t size)
{
    struct vq_client *vq = handle_get(&vq_handles, handle);

    if (vq == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = client_call_simple(&vq->client, request, size);

    handle_put(&vq_handles, handle);
    return error;
}

/* *info is filled whenever an answer came, also one that carries an error. */
cs_error_t votequorum_getinfo(votequorum_handle_t handle, unsigned int nodeid, struct votequorum_info *info)
{
    struct vq_client *vq = handle_get(&vq_handles, handle);

    if (vq == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    struct proto_vq_number_request request = {.value = nodeid};
    struct proto_vq_getinfo response;

    client_header(&request.header, VQ_REQ_GETINFO, sizeof(request));
    cs_error_t error = client_call(&vq->client, &request, sizeof(request), &response, sizeof(response),
                                   sizeof(response));

    handle_put(&vq_handles, handle);
    if (response.header.size != 0) {
        info->node_id = response.nodeid;
        info->node_state = response.state;
        info->node_votes = response.votes;
        info->node_expected_votes = response.expected_votes;
        info->highest_expected = response.highest_expected;
        info->total_votes = response.total_votes;
        info->quorum = response.quorum;
        info->flags = response.flags;
        info->qdevice_votes = response.qdevice_votes;
        memcpy(info->qdevice_name, response.qdevice_name, sizeof(info->qdevice_name));
        info->qdevice_name[sizeof(info->qdevice_name) - 1] = '\0';
    }
    return error;
}

cs_error_t votequorum_setexpected(votequorum_handle_t handle, unsigned int expected_votes)
{
    struct proto_vq_number_request request = {.value = expected_votes};

    client_header(&request.header, VQ_REQ_SETEXPECTED, sizeof(request));
    return call_simple(handle, &request, sizeof(request));
}

cs_error_t votequorum_setvotes(votequorum_handle_t handle, unsigned int nodeid, unsigned int votes)
{
    struct proto_vq_setvotes request = {.votes = votes, .nodeid = nodeid};

    client_header(&request.header, VQ_REQ_SETVOTES, sizeof(request));
    return call_simple(handle, &request, sizeof(request));
}

cs_error_t votequorum_trackstart(votequorum_handle_t handle, uint64_t context, unsigned int flags)
{
    struct proto_vq_trackstart request = {.context = context, .flags = flags};

    client_header(&request.header, VQ_REQ_TRACKSTART, sizeof(request));
    return call_simple(handle, &request, sizeof(request));
}

cs_error_t votequorum_trackstop(votequorum_handle_t handle)
{
    proto_request request = {0};

    client_header(&request, VQ_REQ_TRACKSTOP, sizeof(request));
    return call_simple(handle, &request, sizeof(request));
}

/* ---- quorum device ---- */

static bool name_to_wire(char wire[PROTO_VQ_NAME_LEN], const char *name)
{
    size_t length = name == NULL ? 0 : strlen(name);

    if (length == 0 || length >= PROTO_VQ_NAME_LEN) {
        return false;
    }
    memcpy(wire, name, length + 1);
    return true;
}

static cs_error_t named_call(votequorum_handle_t handle, int32_t id, const char *name)
{
    struct proto_vq_qdevice_name request = {0};

    if (!name_to_wire(request.name, name)) {
        return CS_ERR_INVALID_PARAM;
    }
    client_header(&request.header, id, sizeof(request));
    return call_simple(handle, &request, sizeof(request));
}

cs_error_t votequorum_qdevice_register(votequorum_handle_t handle, const char *name)
{
    return named_call(handle, VQ_REQ_QDEVICE_REGISTER, name);
}

cs_error_t votequorum_qdevice_unregister(votequorum_handle_t handle, const char *name)
{
    return named_call(handle, VQ_REQ_QDEVICE_UNREGISTER, name);
}

cs_error_t votequorum_qdevice_update(votequorum_handle_t handle, const char *oldname, const char *newname)
{
    struct proto_vq_qdevice_update request = {0};

    if (!name_to_wire(request.oldname, oldname) || !name_to_wire(request.newname, newname)) {
        return CS_ERR_INVALID_PARAM;
    }
    client_header(&request.header, VQ_REQ_QDEVICE_UPDATE, sizeof(request));
    return call_simple(handle, &request, sizeof(request));
}

cs_error_t votequorum_qdevice_poll(votequorum_handle_t handle, const char *name, unsigned int cast_vote,
                                   votequorum_ring_id_t ring_id)
{
    struct proto_vq_qdevice_poll request = {.cast_vote = cast_vote,
                                            .ring = {.nodeid = ring_id.nodeid, .seq = ring_id.seq}};

    if (!name_to_wire(request.name, name)) {
        return CS_ERR_INVALID_PARAM;
    }
    client_header(&request.header, VQ_REQ_QDEVICE_POLL, sizeof(request));
    return call_simple(handle, &request, sizeof(request));
}

cs_error_t votequorum_qdevice_master_wins(votequorum_handle_t handle, const char *name, unsigned int allow)
{
    struct proto_vq_qdevice_master_wins request = {.allow = allow};

    if (!name_to_wire(request.name, name)) {
        return CS_ERR_INVALID_PARAM;
    }
    client_header(&request.header, VQ_REQ_QDEVICE_MASTER_WINS, sizeof(request));
    return call_simple(handle, &request, sizeof(request));
}

/* ---- events ---- */

static cs_error_t on_quorum(struct vq_client *vq, votequorum_handle_t handle, struct proto_vq_quorum *event,
                            size_t size)
{
    if (!event_has(size, sizeof(*event), event->entries, sizeof(event->list[0]))) {
        return CS_ERR_LIBRARY;
    }
    if (vq->callbacks.votequorum_quorum_notify_fn != NULL) {
        vq->callbacks.votequorum_quorum_notify_fn(handle, event->context, event->quorate, event->entries,
                                                  event->list);
    }
    return CS_OK;
}

static cs_error_t on_expectedvotes(struct vq_client *vq, votequorum_handle_t handle,
                                   const struct proto_vq_expectedvotes *event)
{
    if (vq->callbacks.votequorum_expectedvotes_notify_fn != NULL) {
        vq->callbacks.votequorum_expectedvotes_notify_fn(handle, event->context, event->expected_votes);
    }
    return CS_OK;
}

static cs_error_t on_nodelist(struct vq_client *vq, votequorum_handle_t handle,
                              struct proto_vq_nodelist *event, size_t size)
{
    votequorum_ring_id_t ring = {.nodeid = event->ring.nodeid, .seq = event->ring.seq};

    if (!event_has(size, sizeof(*event), event->entries, sizeof(event->list[0]))) {
        return CS_ERR_LIBRARY;
    }
    if (vq->callbacks.votequorum_nodelist_notify_fn != NULL) {
        vq->callbacks.votequorum_nodelist_notify_fn(handle, event->context, ring, event->entries,
                                                    event->list);
    }
    return CS_OK;
}

static cs_error_t on_event(void *object, uint64_t handle, void *event, size_t size)
{
    struct vq_client *vq = object;

    switch (((const proto_response *)event)->id) {
    case VQ_EV_QUORUM:
        return size < sizeof(struct proto_vq_quorum) ? CS_ERR_LIBRARY : on_quorum(vq, handle, event, size);
    case VQ_EV_EXPECTEDVOTES:
        return size < sizeof(struct proto_vq_expectedvotes) ? CS_ERR_LIBRARY
                                                            : on_expectedvotes(vq, handle, event);
    case VQ_EV_NODELIST:
        return size < sizeof(struct proto_vq_nodelist) ? CS_ERR_LIBRARY : on_nodelist(vq, handle, event,
                                                                                      size);
    default:
        return CS_ERR_LIBRARY;
    }
}

cs_error_t votequorum_dispatch(votequorum_handle_t handle, cs_dispatch_flags_t dispatch_types)
{
    return client_dispatch(&vq_handles, handle, dispatch_types, true, on_event);
}
