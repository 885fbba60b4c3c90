/*
 * The cpg service: closed process groups for local clients. The groups are the core's
 * (cpg_core.h); here are requests, events, iterations, and sending to the ring.
 * Shared memory messages are in cpg_zero_copy.c.
 */
#include "corosync/services/cpg.h"

#include <stdlib.h>
#include <string.h>

#include "corosync/services/services.h"

#define FLUSH_RETRY_MS 10     /* until a leave that had no room is sent again */
#define ITERATIONS_MAX 64     /* of one client */

static struct cpg_core *core;
static engine_timer flush_timer;

/* A copy of the table (or a part of it) that a client walks through. */
struct iteration {
    LIST_ENTRY(iteration) entry;
    uint64_t handle;
    size_t count;
    size_t next;
    struct cpg_iteration_description_t entries[];
};

static struct cpg_client *client_of(struct ipc_conn *conn)
{
    return ipc_conn_private(conn);
}

/* ---- effects of the core ---- */

static int on_send(void *ctx, const struct iovec *iov, unsigned iov_count)
{
    return engine_mcast(iov, iov_count);
}

static void name_to_wire(struct proto_cpg_name *wire, const struct cpg_name *name)
{
    wire->length = name->length;
    memcpy(wire->value, name->value, sizeof(wire->value));
}

static void deliver_fragment(struct ipc_conn *ipc, const struct cpg_message *message)
{
    struct proto_cpg_partial_deliver event = {
        .msglen = message->whole_length, .fraglen = message->length, .nodeid = message->nodeid,
        .pid = message->pid, .type = message->fragment_type,
    };
    struct iovec iov[2] = {{.iov_base = &event, .iov_len = sizeof(event)},
                           {.iov_base = (void *)message->data, .iov_len = message->length}};

    event.header.id = CPG_EV_PARTIAL_DELIVER;
    event.header.size = (int32_t)(sizeof(event) + message->length);
    event.header.error = CS_OK;
    name_to_wire(&event.group, message->group);
    ipc_event_sendv(ipc, iov, 2);
}

static void on_deliver(void *ctx, struct cpg_conn *conn, const struct cpg_message *message)
{
    struct cpg_client *client = conn->user;

    if (message->fragment) {
        deliver_fragment(client->ipc, message);
        return;
    }
    struct proto_cpg_deliver event = {
        .msglen = message->length, .nodeid = message->nodeid, .pid = message->pid,
    };
    struct iovec iov[2] = {{.iov_base = &event, .iov_len = sizeof(event)},
                           {.iov_base = (void *)message->data, .iov_len = message->length}};

    event.header.id = CPG_EV_DELIVER;
    event.header.size = (int32_t)(sizeof(event) + message->length);
    event.header.error = CS_OK;
    name_to_wire(&event.group, message->group);
    ipc_event_sendv(client->ipc, iov, 2);
}

static struct proto_cpg_address *addresses_to_wire(struct proto_cpg_address *wire,
                                                   const struct cpg_address *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        wire[i].nodeid = list[i].nodeid;
        wire[i].pid = list[i].pid;
        wire[i].reason = list[i].reason;
    }
    return wire + count;
}

static void on_change(void *ctx, struct cpg_conn *conn, const struct cpg_change *change)
{
    struct cpg_client *client = conn->user;
    union {
        struct proto_cpg_confchg event;
        uint8_t room[sizeof(struct proto_cpg_confchg) + 2 * CPG_LIST_MAX * sizeof(struct proto_cpg_address)];
    } message = {0};
    struct proto_cpg_address *end = message.event.entries;

    message.event.member_entries = (uint32_t)change->n_members;
    message.event.joined_entries = (uint32_t)change->n_joined;
    message.event.left_entries = (uint32_t)change->n_left;
    end = addresses_to_wire(end, change->members, change->n_members);
    end = addresses_to_wire(end, change->left, change->n_left);
    end = addresses_to_wire(end, change->joined, change->n_joined);
    size_t size = (size_t)((uint8_t *)end - (uint8_t *)&message);

    message.event.header.id = CPG_EV_CONFCHG;
    message.event.header.size = (int32_t)size;
    message.event.header.error = CS_OK;
    name_to_wire(&message.event.group, change->group);
    ipc_event_send(client->ipc, &message, size);
}

static void on_totem_conf(void *ctx, struct cpg_conn *conn, const struct totem_ring *ring,
                          const uint32_t *members, size_t count)
{
    struct cpg_client *client = conn->user;
    union {
        struct proto_cpg_totem_confchg event;
        uint8_t room[sizeof(struct proto_cpg_totem_confchg) + TOTEM_MAX_NODES * sizeof(uint32_t)];
    } message = {0};
    size_t size = sizeof(message.event) + count * sizeof(members[0]);

    message.event.header.id = CPG_EV_TOTEM_CONFCHG;
    message.event.header.size = (int32_t)size;
    message.event.header.error = CS_OK;
    message.event.ring.nodeid = ring->rep;
    message.event.ring.seq = ring->seq;
    message.event.member_entries = (uint32_t)count;
    memcpy(message.event.members, members, count * sizeof(members[0]));
    ipc_event_send(client->ipc, &message, size);
}

static void on_log(void *ctx, int priority, const char *text)
{
    service_log_text(SUBSYS_CPG, priority, text);
}

static const char *exec_init(void)
{
    const struct cpg_ops ops = {.send = on_send, .deliver = on_deliver, .change = on_change,
                                .totem_conf = on_totem_conf, .log = on_log};

    core = cpg_core_new(engine_nodeid(), &ops);
    return core == NULL ? "No memory for the process groups" : NULL;
}

/* ---- leaves that had no room ---- */

static void flush_later(void);

static void on_flush_timer(void *data)
{
    flush_timer = 0;
    flush_later();
}

static void flush_later(void)
{
    if (!cpg_core_flush(core) && flush_timer == 0) {
        flush_timer = engine_timer_add(FLUSH_RETRY_MS, on_flush_timer, NULL);
    }
}

/* ---- connections ---- */

static int lib_init(struct ipc_conn *conn)
{
    struct cpg_client *client = client_of(conn);

    client->ipc = conn;
    client->conn.user = client;
    LIST_INIT(&client->iterations);
    LIST_INIT(&client->zero_copies);
    cpg_conn_add(core, &client->conn);
    return 0;
}

static void lib_exit(struct ipc_conn *conn)
{
    struct cpg_client *client = client_of(conn);

    while (!LIST_EMPTY(&client->iterations)) {
        struct iteration *iteration = LIST_FIRST(&client->iterations);

        LIST_REMOVE(iteration, entry);
        free(iteration);
    }
    cpg_zero_copy_free_all(client);
    cpg_conn_remove(core, &client->conn);
    flush_later();
}

/* ---- join, leave ---- */

/* False when the name is too long; the rest of *name is zero. */
static bool name_from_wire(struct cpg_name *name, const struct proto_cpg_name *wire)
{
    memset(name, 0, sizeof(*name));
    if (wire->length > CPG_MAX_NAME_LENGTH) {
        return false;
    }
    name->length = wire->length;
    memcpy(name->value, wire->value, wire->length);
    return true;
}

static void lib_join(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cpg_join *request = msg;
    cs_error_t error = CS_ERR_NAME_TOO_LONG;
    struct cpg_name group;

    if (name_from_wire(&group, &request->group)) {
        error = cpg_conn_join(core, &client_of(conn)->conn, &group, request->pid, request->flags);
    }
    ipc_response_error(conn, CPG_RES_JOIN, error);
}

static void lib_leave(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cpg_leave *request = msg;
    cs_error_t error = CS_ERR_NAME_TOO_LONG;
    struct cpg_name group;

    if (name_from_wire(&group, &request->group)) {
        error = cpg_conn_leave(core, &client_of(conn)->conn, &group, request->pid);
    }
    ipc_response_error(conn, CPG_RES_LEAVE, error);
}

static void lib_finalize(struct ipc_conn *conn, const void *msg, size_t size)
{
    client_of(conn)->conn.muted = true;
    ipc_response_error(conn, CPG_RES_FINALIZE, CS_OK);
}

/* ---- messages ---- */

cs_error_t cpg_client_mcast(struct cpg_client *client, const void *data, uint32_t length)
{
    return cpg_conn_mcast(core, &client->conn, ipc_conn_id(client->ipc), data, length);
}

static void lib_mcast(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cpg_mcast *request = msg;
    cs_error_t error = CS_ERR_INVALID_PARAM;

    if (request->msglen <= size - sizeof(*request)) {
        error = cpg_client_mcast(client_of(conn), request->message, request->msglen);
    }
    if (error != CS_OK) {
        log_msg(SUBSYS_CPG, LOG_ERR, "Message of %u bytes from process %u is dropped: %s", request->msglen,
                ipc_conn_pid(conn), cs_strerror(error));
    }
}

static void lib_partial_mcast(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cpg_partial_mcast *request = msg;
    struct cpg_client *client = client_of(conn);
    cs_error_t error = CS_ERR_INVALID_PARAM;

    if (request->fraglen <= size - sizeof(*request) && request->fraglen <= PROTO_CPG_ATOMIC_MAX &&
        request->type >= CPG_FRAGMENT_FIRST && request->type <= CPG_FRAGMENT_LAST) {
        error = cpg_conn_mcast_fragment(core, &client->conn, ipc_conn_id(conn), request->msglen,
                                        request->type,
                                        request->message, request->fraglen);
    }
    ipc_response_error(conn, CPG_RES_PARTIAL_MCAST, error);
}

/* ---- queries ---- */

static void lib_membership_get(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cpg_membership_get *request = msg;
    struct proto_cpg_membership response = {0};
    struct cpg_address members[PROTO_NODES_MAX];
    struct cpg_name group;

    response.header.id = CPG_RES_MEMBERSHIP_GET;
    response.header.size = (int32_t)sizeof(response);
    response.header.error = CS_ERR_NAME_TOO_LONG;
    if (name_from_wire(&group, &request->group)) {
        response.header.error = CS_OK;
        response.count = (uint32_t)cpg_core_members(core, &group, members, CPG_LIST_MAX);
        addresses_to_wire(response.members, members, response.count);
    }
    ipc_response_send(conn, &response, sizeof(response));
}

static void lib_local_get(struct ipc_conn *conn, const void *msg, size_t size)
{
    struct proto_cpg_local response = {.nodeid = engine_nodeid()};

    response.header.id = CPG_RES_LOCAL_GET;
    response.header.size = (int32_t)sizeof(response);
    response.header.error = CS_OK;
    ipc_response_send(conn, &response, sizeof(response));
}

/* ---- iterations ---- */

static struct iteration *iteration_find(struct cpg_client *client, uint64_t handle)
{
    struct iteration *iteration;

    LIST_FOREACH(iteration, &client->iterations, entry) {
        if (iteration->handle == handle) {
            return iteration;
        }
    }
    return NULL;
}

static bool names_equal(const struct cpg_name *a, const struct cpg_name *b)
{
    return a->length == b->length && memcmp(a->value, b->value, a->length) == 0;
}

/* Copies what the type asks for: one entry a group, or the processes of one or all groups. */
static void iteration_fill(struct iteration *iteration, cpg_iteration_type_t type,
                           const struct cpg_name *only)
{
    struct cpg_walk walk = {0};
    const struct cpg_name *last = NULL;
    const struct cpg_name *group;
    uint32_t nodeid;
    uint32_t pid;

    while (cpg_core_walk(core, &walk, &group, &nodeid, &pid)) {
        struct cpg_iteration_description_t *entry = &iteration->entries[iteration->count];

        if ((type == CPG_ITERATION_ONE_GROUP && !names_equal(group, only)) ||
            (type == CPG_ITERATION_NAME_ONLY && group == last)) {
            continue;
        }
        entry->group = *group;
        entry->nodeid = type == CPG_ITERATION_NAME_ONLY ? 0 : nodeid;
        entry->pid = type == CPG_ITERATION_NAME_ONLY ? 0 : pid;
        iteration->count++;
        last = group;
    }
}

static cs_error_t iteration_start(struct cpg_client *client, cpg_iteration_type_t type,
                                  const struct cpg_name *only, uint64_t *handle)
{
    struct iteration *iteration;
    unsigned count = 0;

    if (type < CPG_ITERATION_NAME_ONLY || type > CPG_ITERATION_ALL) {
        return CS_ERR_INVALID_PARAM;
    }
    LIST_FOREACH(iteration, &client->iterations, entry) {
        count++;
    }
    if (count >= ITERATIONS_MAX) {
        return CS_ERR_NO_RESOURCES;
    }
    iteration = calloc(1, sizeof(*iteration) + cpg_core_process_count(core) * sizeof(iteration->entries[0]));
    if (iteration == NULL) {
        return CS_ERR_NO_MEMORY;
    }
    iteration_fill(iteration, type, only);
    iteration->handle = ++client->last_handle;
    LIST_INSERT_HEAD(&client->iterations, iteration, entry);
    *handle = iteration->handle;
    return CS_OK;
}

/* The group is only set when it matters. */
static void lib_iteration_initialize(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cpg_iteration_initialize *request = msg;
    struct proto_cpg_iteration response = {0};
    cs_error_t error = CS_ERR_NAME_TOO_LONG;
    uint64_t handle = 0;
    struct cpg_name only;

    if (name_from_wire(&only, &request->group) || request->type != CPG_ITERATION_ONE_GROUP) {
        error = iteration_start(client_of(conn), (cpg_iteration_type_t)request->type, &only, &handle);
    }
    response.header.id = CPG_RES_ITERATION_INITIALIZE;
    response.header.size = (int32_t)sizeof(response);
    response.header.error = error;
    response.handle = handle;
    ipc_response_send(conn, &response, sizeof(response));
}

static void lib_iteration_next(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cpg_iteration_request *request = msg;
    struct iteration *iteration = iteration_find(client_of(conn), request->handle);
    struct proto_cpg_iteration_next response = {0};

    response.header.id = CPG_RES_ITERATION_NEXT;
    response.header.size = (int32_t)sizeof(response);
    if (iteration == NULL) {
        response.header.error = CS_ERR_LIBRARY;
    } else if (iteration->next >= iteration->count) {
        response.header.error = CS_ERR_NO_SECTIONS;
    } else {
        const struct cpg_iteration_description_t *entry = &iteration->entries[iteration->next++];

        response.header.error = CS_OK;
        name_to_wire(&response.group, &entry->group);
        response.nodeid = entry->nodeid;
        response.pid = entry->pid;
    }
    ipc_response_send(conn, &response, sizeof(response));
}

static void lib_iteration_finalize(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cpg_iteration_request *request = msg;
    struct iteration *iteration = iteration_find(client_of(conn), request->handle);

    if (iteration != NULL) {
        LIST_REMOVE(iteration, entry);
        free(iteration);
    }
    ipc_response_error(conn, CPG_RES_ITERATION_FINALIZE, iteration == NULL ? CS_ERR_LIBRARY : CS_OK);
}

/* ---- messages between nodes ---- */

#define EXEC(name, function)                                                     \
    static void name(const void *msg, size_t size, uint32_t nodeid)              \
    {                                                                            \
        cpg_core_receive(core, function, msg, size, nodeid);                     \
    }

EXEC(exec_procjoin, CPG_FN_PROCJOIN)
EXEC(exec_procleave, CPG_FN_PROCLEAVE)
EXEC(exec_joinlist, CPG_FN_JOINLIST)
EXEC(exec_mcast, CPG_FN_MCAST)
EXEC(exec_downlist_old, CPG_FN_DOWNLIST_OLD)
EXEC(exec_downlist, CPG_FN_DOWNLIST)
EXEC(exec_partial_mcast, CPG_FN_PARTIAL_MCAST)

static void sync_init(const uint32_t *trans, size_t trans_count, const uint32_t *members, size_t member_count,
                      const struct totem_ring *ring)
{
    cpg_core_sync_init(core, trans, trans_count, members, member_count, ring);
}

static int sync_process(void)
{
    return cpg_core_sync_process(core);
}

static void sync_activate(void)
{
    cpg_core_sync_activate(core);
}

static void sync_abort(void)
{
    cpg_core_sync_abort(core);
}

static void exec_dump(void)
{
    struct cpg_walk walk = {0};
    const struct cpg_name *group;
    uint32_t nodeid;
    uint32_t pid;

    log_msg(SUBSYS_CPG, LOG_INFO, "%zu processes in groups", cpg_core_process_count(core));
    while (cpg_core_walk(core, &walk, &group, &nodeid, &pid)) {
        log_msg(SUBSYS_CPG, LOG_INFO, "group %.*s: node %u process %u", (int)group->length, group->value,
                nodeid,
                pid);
    }
}

static const struct exec_handler exec_handlers[CPG_FN_COUNT] = {
    [CPG_FN_PROCJOIN] = {.fn = exec_procjoin, .min_size = sizeof(struct cpg_wire_proc)},
    [CPG_FN_PROCLEAVE] = {.fn = exec_procleave, .min_size = sizeof(struct cpg_wire_proc)},
    [CPG_FN_JOINLIST] = {.fn = exec_joinlist, .min_size = sizeof(struct cpg_wire_joinlist)},
    [CPG_FN_MCAST] = {.fn = exec_mcast, .min_size = sizeof(struct cpg_wire_mcast)},
    [CPG_FN_DOWNLIST_OLD] = {.fn = exec_downlist_old, .min_size = sizeof(proto_request)},
    [CPG_FN_DOWNLIST] = {.fn = exec_downlist, .min_size = sizeof(proto_request)},
    [CPG_FN_PARTIAL_MCAST] = {.fn = exec_partial_mcast, .min_size = sizeof(struct cpg_wire_partial_mcast)},
};

#define EXACT(type) .min_size = sizeof(type), .max_size = sizeof(type)

static const struct lib_handler lib_handlers[CPG_REQ_COUNT] = {
    [CPG_REQ_JOIN] = {.fn = lib_join, EXACT(struct proto_cpg_join), .flow_control = true},
    [CPG_REQ_LEAVE] = {.fn = lib_leave, EXACT(struct proto_cpg_leave), .flow_control = true},
    [CPG_REQ_MCAST] = {.fn = lib_mcast, .min_size = sizeof(struct proto_cpg_mcast), .flow_control = true,
                       .one_way = true},
    [CPG_REQ_MEMBERSHIP_GET] = {.fn = lib_membership_get, EXACT(struct proto_cpg_membership_get)},
    [CPG_REQ_LOCAL_GET] = {.fn = lib_local_get, EXACT(proto_request)},
    [CPG_REQ_ITERATION_INITIALIZE] = {.fn = lib_iteration_initialize,
                                      EXACT(struct proto_cpg_iteration_initialize)},
    [CPG_REQ_ITERATION_NEXT] = {.fn = lib_iteration_next, EXACT(struct proto_cpg_iteration_request)},
    [CPG_REQ_ITERATION_FINALIZE] = {.fn = lib_iteration_finalize, EXACT(struct proto_cpg_iteration_request)},
    [CPG_REQ_FINALIZE] = {.fn = lib_finalize, EXACT(proto_request), .flow_control = true},
    [CPG_REQ_ZC_ALLOC] = {.fn = cpg_lib_zc_alloc, EXACT(struct proto_cpg_zc_alloc), .flow_control = true},
    [CPG_REQ_ZC_FREE] = {.fn = cpg_lib_zc_free, EXACT(struct proto_cpg_zc_free), .flow_control = true},
    [CPG_REQ_ZC_EXECUTE] = {.fn = cpg_lib_zc_execute, EXACT(struct proto_cpg_zc_execute),
                            .flow_control = true},
    [CPG_REQ_PARTIAL_MCAST] = {.fn = lib_partial_mcast, .min_size = sizeof(struct proto_cpg_partial_mcast),
                               .flow_control = true},
};

struct service cpg_service = {
    .id = CPG_SERVICE,
    .priority = 1,
    .name = "corosync_cpg",
    .ipc_name = "cpg",
    .display_name = "corosync cluster closed process group service v1.01",
    .conn_private_size = sizeof(struct cpg_client),
    .exec_handlers = exec_handlers,
    .exec_handler_count = CPG_FN_COUNT,
    .lib_handlers = lib_handlers,
    .lib_handler_count = CPG_REQ_COUNT,
    .exec_init = exec_init,
    .exec_dump = exec_dump,
    .lib_init = lib_init,
    .lib_exit = lib_exit,
    .sync_init = sync_init,
    .sync_process = sync_process,
    .sync_activate = sync_activate,
    .sync_abort = sync_abort,
};
