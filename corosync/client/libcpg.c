/*
 * libcpg: closed process groups for client programs. Large messages are in libcpg_fragment.c,
 * shared memory messages in libcpg_zero_copy.c.
 */
#include "corosync/client/libcpg.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void cpg_destroy(void *object)
{
    struct cpg_client *cpg = object;

    assemblies_free(&cpg->assemblies);
    zero_copy_free_all(cpg);
    client_close(&cpg->client);
    free(cpg);
}

struct handle_table cpg_handles = HANDLE_TABLE_INIT(cpg_destroy);

struct iteration {
    cpg_handle_t cpg;       /* the connection it belongs to */
    uint64_t server_handle; /* the daemon's */
};

static struct handle_table iteration_handles = HANDLE_TABLE_INIT(free);

cs_error_t cpg_model_initialize(cpg_handle_t *handle, cpg_model_t model, cpg_model_data_t *model_data,
                                void *context)
{
    if (model != CPG_MODEL_V1) {
        return CS_ERR_INVALID_PARAM;
    }
    struct cpg_client *cpg = calloc(1, sizeof(*cpg));

    if (cpg == NULL) {
        return CS_ERR_NO_MEMORY;
    }
    if (model_data != NULL) {
        memcpy(&cpg->model, model_data, sizeof(cpg->model));
        if ((cpg->model.flags & ~(unsigned int)CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF) != 0) {
            free(cpg);
            return CS_ERR_INVALID_PARAM;
        }
    }
    cs_error_t error = client_open(&cpg->client, "cpg", PROTO_MESSAGE_MAX);

    if (error != CS_OK) {
        free(cpg);
        return error;
    }
    cpg->client.context = context;
    error = handle_add(&cpg_handles, cpg, handle);
    if (error != CS_OK) {
        cpg_destroy(cpg);
    }
    return error;
}

cs_error_t cpg_initialize(cpg_handle_t *handle, cpg_callbacks_t *callbacks)
{
    cpg_model_v1_data_t model = {.model = CPG_MODEL_V1};

    if (callbacks != NULL) {
        model.cpg_deliver_fn = callbacks->cpg_deliver_fn;
        model.cpg_confchg_fn = callbacks->cpg_confchg_fn;
    }
    return cpg_model_initialize(handle, CPG_MODEL_V1, (cpg_model_data_t *)&model, NULL);
}

cs_error_t cpg_finalize(cpg_handle_t handle)
{
    struct cpg_client *cpg = handle_get(&cpg_handles, handle);

    if (cpg == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    if (!handle_remove(&cpg_handles, handle)) {
        handle_put(&cpg_handles, handle);
        return CS_ERR_BAD_HANDLE;
    }
    proto_request request = {0};

    client_header(&request, CPG_REQ_FINALIZE, sizeof(request));
    cs_error_t error = client_call_simple(&cpg->client, &request, sizeof(request));

    handle_put(&cpg_handles, handle);
    return error;
}

cs_error_t cpg_fd_get(cpg_handle_t handle, int *fd)
{
    return client_fd(&cpg_handles, handle, fd);
}

cs_error_t cpg_context_get(cpg_handle_t handle, void **context)
{
    return client_context_get(&cpg_handles, handle, context);
}

cs_error_t cpg_context_set(cpg_handle_t handle, void *context)
{
    return client_context_set(&cpg_handles, handle, context);
}

cs_error_t cpg_max_atomic_msgsize_get(cpg_handle_t handle, uint32_t *size)
{
    if (handle_get(&cpg_handles, handle) == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    *size = PROTO_CPG_ATOMIC_MAX;
    handle_put(&cpg_handles, handle);
    return CS_OK;
}

cs_error_t cpg_flow_control_state_get(cpg_handle_t handle, cpg_flow_control_state_t *flow_control_enabled)
{
    if (handle_get(&cpg_handles, handle) == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    *flow_control_enabled = CPG_FLOW_CONTROL_DISABLED;
    handle_put(&cpg_handles, handle);
    return CS_OK;
}

/* ---- names ---- */

void name_to_wire(struct proto_cpg_name *wire, const struct cpg_name *name)
{
    wire->length = name->length;
    memcpy(wire->value, name->value, name->length);
}

void name_from_wire(struct cpg_name *name, const struct proto_cpg_name *wire)
{
    memset(name, 0, sizeof(*name));
    name->length = wire->length <= CPG_MAX_NAME_LENGTH ? wire->length : CPG_MAX_NAME_LENGTH;
    memcpy(name->value, wire->value, sizeof(name->value));
}

/* ---- events ---- */

static void addresses_from_wire(struct cpg_address *out, const struct proto_cpg_address *wire, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct cpg_address){.nodeid = wire[i].nodeid, .pid = wire[i].pid, .reason = wire[i].reason};
    }
}

static cs_error_t on_confchg(struct cpg_client *cpg, cpg_handle_t handle,
                             const struct proto_cpg_confchg *event,
                             size_t size)
{
    size_t n = event->member_entries;
    size_t n_left = event->left_entries;
    size_t n_joined = event->joined_entries;

    if (n > PROTO_NODES_MAX || n_left > PROTO_NODES_MAX || n_joined > PROTO_NODES_MAX ||
        !event_has(size, sizeof(*event), n + n_left + n_joined, sizeof(event->entries[0]))) {
        return CS_ERR_LIBRARY;
    }
    struct cpg_address list[n + n_left + n_joined + 1]; /* at most 3 * 384 * 12 bytes */
    struct cpg_name group;

    addresses_from_wire(list, event->entries, n + n_left + n_joined);
    name_from_wire(&group, &event->group);
    if (cpg->model.cpg_confchg_fn != NULL) {
        cpg->model.cpg_confchg_fn(handle, &group, list, n, list + n, n_left, list + n + n_left, n_joined);
    }
    for (size_t i = 0; i < n_left; i++) {
        assembly_discard(&cpg->assemblies, list[n + i].nodeid, list[n + i].pid);
    }
    return CS_OK;
}

static cs_error_t on_deliver(struct cpg_client *cpg, cpg_handle_t handle, struct proto_cpg_deliver *event,
                             size_t size)
{
    struct cpg_name group;

    if (!event_has(size, sizeof(*event), event->msglen, 1)) {
        return CS_ERR_LIBRARY;
    }
    if (cpg->model.cpg_deliver_fn != NULL) {
        name_from_wire(&group, &event->group);
        cpg->model.cpg_deliver_fn(handle, &group, event->nodeid, event->pid, event->message, event->msglen);
    }
    return CS_OK;
}

static cs_error_t on_partial_deliver(struct cpg_client *cpg, cpg_handle_t handle,
                                     const struct proto_cpg_partial_deliver *event, size_t size)
{
    struct cpg_name group;

    if (!event_has(size, sizeof(*event), event->fraglen, 1)) {
        return CS_ERR_LIBRARY;
    }
    struct assembly *done = assembly_add(&cpg->assemblies, event);

    if (done != NULL) {
        if (cpg->model.cpg_deliver_fn != NULL) {
            name_from_wire(&group, &event->group);
            cpg->model.cpg_deliver_fn(handle, &group, done->nodeid, done->pid, done->data, done->length);
        }
        assembly_free(done);
    }
    return CS_OK;
}

static cs_error_t on_totem_confchg(struct cpg_client *cpg, cpg_handle_t handle,
                                   const struct proto_cpg_totem_confchg *event, size_t size)
{
    struct cpg_ring_id ring = {.nodeid = event->ring.nodeid, .seq = event->ring.seq};

    if (!event_has(size, offsetof(struct proto_cpg_totem_confchg, members), event->member_entries,
                   sizeof(event->members[0]))) {
        return CS_ERR_LIBRARY;
    }
    if (cpg->model.cpg_totem_confchg_fn != NULL) {
        cpg->model.cpg_totem_confchg_fn(handle, ring, event->member_entries, event->members);
    }
    return CS_OK;
}

static cs_error_t on_event(void *object, uint64_t handle, void *event, size_t size)
{
    struct cpg_client *cpg = object;

    switch (((const proto_response *)event)->id) {
    case CPG_EV_DELIVER:
        return size < sizeof(struct proto_cpg_deliver) ? CS_ERR_LIBRARY : on_deliver(cpg, handle, event,
                                                                                     size);
    case CPG_EV_PARTIAL_DELIVER:
        return size < sizeof(struct proto_cpg_partial_deliver) ? CS_ERR_LIBRARY
                                                               : on_partial_deliver(cpg, handle, event, size);
    case CPG_EV_CONFCHG:
        return size < sizeof(struct proto_cpg_confchg) ? CS_ERR_LIBRARY : on_confchg(cpg, handle, event,
                                                                                     size);
    case CPG_EV_TOTEM_CONFCHG:
        return size < sizeof(struct proto_cpg_totem_confchg) ? CS_ERR_LIBRARY
                                                             : on_totem_confchg(cpg, handle, event, size);
    default:
        return CS_ERR_LIBRARY;
    }
}

cs_error_t cpg_dispatch(cpg_handle_t handle, cs_dispatch_flags_t dispatch_types)
{
    return client_dispatch(&cpg_handles, handle, dispatch_types, false, on_event);
}

/* ---- calls ---- */

#define BUSY_RETRY_US 1000

/* The daemon answers BUSY while an earlier join or leave of the handle is on its way round the ring. */
static cs_error_t call_until_not_busy(struct client *client, const void *request, size_t size)
{
    cs_error_t error = client_call_simple(client, request, size);

    while (error == CS_ERR_BUSY) {
        usleep(BUSY_RETRY_US);
        error = client_call_simple(client, request, size);
    }
    return error;
}

cs_error_t cpg_join(cpg_handle_t handle, const struct cpg_name *group)
{
    if (group->length > CPG_MAX_NAME_LENGTH) {
        return CS_ERR_NAME_TOO_LONG;
    }
    struct cpg_client *cpg = handle_get(&cpg_handles, handle);

    if (cpg == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    struct proto_cpg_join request = {.pid = (uint32_t)getpid(), .flags = cpg->model.flags};

    client_header(&request.header, CPG_REQ_JOIN, sizeof(request));
    name_to_wire(&request.group, group);
    cs_error_t error = call_until_not_busy(&cpg->client, &request, sizeof(request));

    handle_put(&cpg_handles, handle);
    return error;
}

cs_error_t cpg_leave(cpg_handle_t handle, const struct cpg_name *group)
{
    if (group->length > CPG_MAX_NAME_LENGTH) {
        return CS_ERR_NAME_TOO_LONG;
    }
    struct cpg_client *cpg = handle_get(&cpg_handles, handle);

    if (cpg == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    struct proto_cpg_leave request = {.pid = (uint32_t)getpid()};

    client_header(&request.header, CPG_REQ_LEAVE, sizeof(request));
    name_to_wire(&request.group, group);
    cs_error_t error = call_until_not_busy(&cpg->client, &request, sizeof(request));

    handle_put(&cpg_handles, handle);
    return error;
}

cs_error_t cpg_membership_get(cpg_handle_t handle, struct cpg_name *group_name,
                              struct cpg_address *member_list, int *member_list_entries)
{
    if (member_list == NULL || member_list_entries == NULL) {
        return CS_ERR_INVALID_PARAM;
    }
    if (group_name->length > CPG_MAX_NAME_LENGTH) {
        return CS_ERR_NAME_TOO_LONG;
    }
    struct cpg_client *cpg = handle_get(&cpg_handles, handle);

    if (cpg == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    struct proto_cpg_membership_get request = {0};
    struct proto_cpg_membership response;

    client_header(&request.header, CPG_REQ_MEMBERSHIP_GET, sizeof(request));
    name_to_wire(&request.group, group_name);
    cs_error_t error = client_call(&cpg->client, &request, sizeof(request), &response, sizeof(response),
                                   sizeof(response));

    handle_put(&cpg_handles, handle);
    if (error != CS_OK) {
        return error;
    }
    if (response.count > PROTO_NODES_MAX) {
        return CS_ERR_LIBRARY;
    }
    addresses_from_wire(member_list, response.members, response.count);
    *member_list_entries = (int)response.count;
    return CS_OK;
}

cs_error_t cpg_local_get(cpg_handle_t handle, unsigned int *local_nodeid)
{
    struct cpg_client *cpg = handle_get(&cpg_handles, handle);

    if (cpg == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    proto_request request = {0};
    struct proto_cpg_local response;

    client_header(&request, CPG_REQ_LOCAL_GET, sizeof(request));
    cs_error_t error = client_call(&cpg->client, &request, sizeof(request), &response, sizeof(response),
                                   sizeof(response));

    handle_put(&cpg_handles, handle);
    if (error == CS_OK) {
        *local_nodeid = response.nodeid;
    }
    return error;
}

/* ---- iteration ---- */

cs_error_t cpg_iteration_initialize(cpg_handle_t handle, cpg_iteration_type_t iteration_type,
                                    const struct cpg_name *group,
                                    cpg_iteration_handle_t *cpg_iteration_handle)
{
    bool one_group = iteration_type == CPG_ITERATION_ONE_GROUP;

    if (cpg_iteration_handle == NULL || one_group != (group != NULL) ||
        iteration_type < CPG_ITERATION_NAME_ONLY || iteration_type > CPG_ITERATION_ALL) {
        return CS_ERR_INVALID_PARAM;
    }
    if (group != NULL && group->length > CPG_MAX_NAME_LENGTH) {
        return CS_ERR_NAME_TOO_LONG;
    }
    struct cpg_client *cpg = handle_get(&cpg_handles, handle);

    if (cpg == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    struct proto_cpg_iteration_initialize request = {.type = iteration_type};
    struct proto_cpg_iteration response;

    client_header(&request.header, CPG_REQ_ITERATION_INITIALIZE, sizeof(request));
    if (group != NULL) {
        name_to_wire(&request.group, group);
    }
    cs_error_t error = client_call(&cpg->client, &request, sizeof(request), &response, sizeof(response),
                                   sizeof(response));

    handle_put(&cpg_handles, handle);
    if (error != CS_OK) {
        return error;
    }
    struct iteration *iteration = malloc(sizeof(*iteration));

    if (iteration == NULL) {
        return CS_ERR_NO_MEMORY;
    }
    *iteration = (struct iteration){.cpg = handle, .server_handle = response.handle};
    error = handle_add(&iteration_handles, iteration, cpg_iteration_handle);
    if (error != CS_OK) {
        free(iteration);
    }
    return error;
}

/* Sends a request about an iteration; the connection may have been finalized meanwhile. */
static cs_error_t iteration_call(const struct iteration *iteration, int32_t id, void *response, size_t size)
{
    struct cpg_client *cpg = handle_get(&cpg_handles, iteration->cpg);

    if (cpg == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    struct proto_cpg_iteration_request request = {.handle = iteration->server_handle};

    client_header(&request.header, id, sizeof(request));
    cs_error_t error = client_call(&cpg->client, &request, sizeof(request), response, size, size);

    handle_put(&cpg_handles, iteration->cpg);
    return error;
}

cs_error_t cpg_iteration_next(cpg_iteration_handle_t handle, struct cpg_iteration_description_t *description)
{
    if (description == NULL) {
        return CS_ERR_INVALID_PARAM;
    }
    struct iteration *iteration = handle_get(&iteration_handles, handle);

    if (iteration == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    struct proto_cpg_iteration_next response;
    cs_error_t error = iteration_call(iteration, CPG_REQ_ITERATION_NEXT, &response, sizeof(response));

    handle_put(&iteration_handles, handle);
    if (error == CS_OK) {
        name_from_wire(&description->group, &response.group);
        description->nodeid = response.nodeid;
        description->pid = response.pid;
    }
    return error;
}

cs_error_t cpg_iteration_finalize(cpg_iteration_handle_t handle)
{
    struct iteration *iteration = handle_get(&iteration_handles, handle);

    if (iteration == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    proto_response response;
    cs_error_t error = iteration_call(iteration, CPG_REQ_ITERATION_FINALIZE, &response, sizeof(response));

    handle_remove(&iteration_handles, handle);
    handle_put(&iteration_handles, handle);
    return error;
}
