/*
 * The quorum service: tells clients whether this node is in a quorate partition and who is in
 * it, whatever provider decides that (services.md 5.9).
 */
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#include <corosync/corodefs.h>
#include <corosync/quorum.h>

#include "corosync/client/proto_quorum.h"
#include "corosync/services/services.h"

#define PROVIDER_KEY "quorum.provider"
#define PROVIDER_VOTEQUORUM "corosync_votequorum"
#define LOG_LIST_MAX 63 /* characters of node ids in a line */

/* Private data of a connection. */
struct quorum_client {
    LIST_ENTRY(quorum_client) tracker;
    struct ipc_conn *ipc;
    bool tracking;
    quorum_model_t model;
};

static LIST_HEAD(, quorum_client) trackers = LIST_HEAD_INITIALIZER(trackers);

static bool have_provider;

/* What the provider reported last. */
static bool quorate = true;
static struct totem_ring view_ring;
static uint32_t view[TOTEM_MAX_NODES];
static size_t view_count;

/* Of the last completed sync, and of the one in progress. */
struct node_list {
    uint32_t ids[TOTEM_MAX_NODES];
    size_t count;
};

static struct node_list old_members;
static struct node_list sync_members;
static struct node_list sync_joined;
static struct node_list sync_left;
static struct totem_ring sync_ring;

/* ---- log ---- */

/* "Members[3]: 1 2 3", in several lines if need be; all but the last end in a backslash. */
static void list_log(const char *title, const uint32_t *ids, size_t count)
{
    char line[LOG_LIST_MAX + 16] = "";
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        char id[16];
        size_t length = (size_t)snprintf(id, sizeof(id), " %u", ids[i]);

        if (used + length > LOG_LIST_MAX) {
            log_msg(SUBSYS_QUORUM, LOG_NOTICE, "%s[%zu]:%s\\", title, count, line);
            used = 0;
        }
        memcpy(line + used, id, length + 1);
        used += length;
    }
    log_msg(SUBSYS_QUORUM, LOG_NOTICE, "%s[%zu]:%s", title, count, line);
}

/* ---- events ---- */

#define LIST_ROOM (3 * TOTEM_MAX_NODES * sizeof(uint32_t))

static void header_fill(proto_response *header, int32_t id, size_t size)
{
    header->id = id;
    header->size = (int32_t)size;
    header->error = CS_OK;
}

static void send_v0_notification(struct quorum_client *client)
{
    union {
        struct proto_quorum_notification event;
        uint8_t room[sizeof(struct proto_quorum_notification) + LIST_ROOM];
    } message = {0};
    size_t size = sizeof(message.event) + view_count * sizeof(view[0]);

    header_fill(&message.event.header, QUORUM_EV_NOTIFICATION, size);
    message.event.quorate = quorate;
    message.event.ring_seq = view_ring.seq;
    message.event.entries = (uint32_t)view_count;
    memcpy(message.event.list, view, view_count * sizeof(view[0]));
    ipc_event_send(client->ipc, &message, size);
}

static void send_v1_quorum(struct quorum_client *client)
{
    union {
        struct proto_quorum_v1_quorum event;
        uint8_t room[sizeof(struct proto_quorum_v1_quorum) + LIST_ROOM];
    } message = {0};
    size_t size = sizeof(message.event) + view_count * sizeof(view[0]);

    header_fill(&message.event.header, QUORUM_EV_V1_QUORUM, size);
    message.event.quorate = quorate;
    message.event.ring.nodeid = view_ring.rep;
    message.event.ring.seq = view_ring.seq;
    message.event.entries = (uint32_t)view_count;
    memcpy(message.event.list, view, view_count * sizeof(view[0]));
    ipc_event_send(client->ipc, &message, size);
}

static void send_v1_nodelist(struct quorum_client *client, const struct node_list *joined,
                             const struct node_list *left)
{
    union {
        struct proto_quorum_v1_nodelist event;
        uint8_t room[sizeof(struct proto_quorum_v1_nodelist) + LIST_ROOM];
    } message = {0};
    size_t count = old_members.count + joined->count + left->count;
    size_t size = sizeof(message.event) + count * sizeof(uint32_t);
    uint32_t *list = message.event.list;

    header_fill(&message.event.header, QUORUM_EV_V1_NODELIST, size);
    message.event.ring.nodeid = sync_ring.rep;
    message.event.ring.seq = sync_ring.seq;
    message.event.members = (uint32_t)old_members.count;
    message.event.joined = (uint32_t)joined->count;
    message.event.left = (uint32_t)left->count;
    memcpy(list, old_members.ids, old_members.count * sizeof(list[0]));
    list += old_members.count;
    memcpy(list, joined->ids, joined->count * sizeof(list[0]));
    list += joined->count;
    memcpy(list, left->ids, left->count * sizeof(list[0]));
    ipc_event_send(client->ipc, &message, size);
}

static void send_quorum(struct quorum_client *client)
{
    if (client->model == QUORUM_MODEL_V0) {
        send_v0_notification(client);
    } else {
        send_v1_quorum(client);
    }
}

void quorum_report(bool now_quorate, const uint32_t *members, size_t count, const struct totem_ring *ring)
{
    bool change = quorate != now_quorate;
    struct quorum_client *client;

    quorate = now_quorate;
    view_ring = *ring;
    view_count = count < TOTEM_MAX_NODES ? count : TOTEM_MAX_NODES;
    memcpy(view, members, view_count * sizeof(view[0]));
    if (change && quorate) {
        log_msg(SUBSYS_QUORUM, LOG_NOTICE,
                "This node is within the primary component and will provide service.");
    } else if (change) {
        log_msg(SUBSYS_QUORUM, LOG_NOTICE,
                "This node is within the non-primary component and will NOT provide any services.");
    }
    list_log("Members", view, view_count);
    engine_flow_control_update();
    LIST_FOREACH(client, &trackers, tracker) {
        send_quorum(client);
    }
}

/* ---- synchronisation: who joined and left ---- */

static bool in_list(const uint32_t *ids, size_t count, uint32_t nodeid)
{
    for (size_t i = 0; i < count; i++) {
        if (ids[i] == nodeid) {
            return true;
        }
    }
    return false;
}

static void sync_init(const uint32_t *trans, size_t trans_count, const uint32_t *members, size_t member_count,
                      const struct totem_ring *ring)
{
    sync_left.count = 0;
    sync_joined.count = 0;
    for (size_t i = 0; i < old_members.count; i++) {
        uint32_t nodeid = old_members.ids[i];

        if (!in_list(trans, trans_count, nodeid) || !in_list(members, member_count, nodeid)) {
            sync_left.ids[sync_left.count++] = nodeid;
        }
    }
    sync_members.count = member_count < TOTEM_MAX_NODES ? member_count : TOTEM_MAX_NODES;
    for (size_t i = 0; i < sync_members.count; i++) {
        sync_members.ids[i] = members[i];
        if (!in_list(old_members.ids, old_members.count, members[i]) ||
            in_list(sync_left.ids, sync_left.count, members[i])) {
            sync_joined.ids[sync_joined.count++] = members[i];
        }
    }
    sync_ring = *ring;
    list_log("Sync members", sync_members.ids, sync_members.count);
    if (sync_joined.count > 0) {
        list_log("Sync joined", sync_joined.ids, sync_joined.count);
    }
    if (sync_left.count > 0) {
        list_log("Sync left", sync_left.ids, sync_left.count);
    }
}

static int sync_process(void)
{
    return 0;
}

static void sync_activate(void)
{
    struct quorum_client *client;

    old_members = sync_members;
    LIST_FOREACH(client, &trackers, tracker) {
        if (client->model == QUORUM_MODEL_V1) {
            send_v1_nodelist(client, &sync_joined, &sync_left);
        }
    }
}

static void sync_abort(void)
{
}

/* ---- requests ---- */

static struct quorum_client *client_of(struct ipc_conn *conn)
{
    return ipc_conn_private(conn);
}

static int lib_init(struct ipc_conn *conn)
{
    client_of(conn)->ipc = conn;
    client_of(conn)->model = QUORUM_MODEL_V0;
    return 0;
}

static void tracking_end(struct quorum_client *client)
{
    if (client->tracking) {
        client->tracking = false;
        LIST_REMOVE(client, tracker);
    }
}

static void lib_exit(struct ipc_conn *conn)
{
    tracking_end(client_of(conn));
}

static void number_response(struct ipc_conn *conn, int32_t id, cs_error_t error, uint32_t value)
{
    struct proto_quorum_number_response response = {.value = value};

    header_fill(&response.header, id, sizeof(response));
    response.header.error = error;
    ipc_response_send(conn, &response, sizeof(response));
}

static void lib_getquorate(struct ipc_conn *conn, const void *msg, size_t size)
{
    number_response(conn, QUORUM_RES_GETQUORATE, CS_OK, quorate);
}

static void lib_gettype(struct ipc_conn *conn, const void *msg, size_t size)
{
    number_response(conn, QUORUM_RES_GETTYPE, CS_OK, have_provider ? QUORUM_SET : QUORUM_FREE);
}

static void lib_model_gettype(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_quorum_number_request *request = msg;
    cs_error_t error = CS_ERR_INVALID_PARAM;

    if (request->value == QUORUM_MODEL_V0 || request->value == QUORUM_MODEL_V1) {
        client_of(conn)->model = (quorum_model_t)request->value;
        error = CS_OK;
    }
    number_response(conn, QUORUM_RES_MODEL_GETTYPE, error, have_provider ? QUORUM_SET : QUORUM_FREE);
}

static void lib_trackstart(struct ipc_conn *conn, const void *msg, size_t size)
{
    static const struct node_list nobody;
    const struct proto_quorum_number_request *request = msg;
    struct quorum_client *client = client_of(conn);
    cs_error_t error = CS_OK;

    if ((request->value & (CS_TRACK_CURRENT | CS_TRACK_CHANGES)) != 0) {
        if (client->model == QUORUM_MODEL_V1) {
            send_v1_nodelist(client, &nobody, &nobody);
        }
        send_quorum(client);
    }
    if (client->tracking) {
        error = CS_ERR_EXIST;
    } else if ((request->value & (CS_TRACK_CHANGES | CS_TRACK_CHANGES_ONLY)) != 0) {
        client->tracking = true;
        LIST_INSERT_HEAD(&trackers, client, tracker);
    }
    ipc_response_error(conn, QUORUM_RES_TRACKSTART, error);
}

static void lib_trackstop(struct ipc_conn *conn, const void *msg, size_t size)
{
    tracking_end(client_of(conn));
    ipc_response_error(conn, QUORUM_RES_TRACKSTOP, CS_OK);
}

/* ---- start ---- */

static const char *exec_init(void)
{
    const char *provider = icmap_get_string(engine_map(), PROVIDER_KEY);

    if (provider == NULL) {
        return NULL; /* without a provider every partition is quorate */
    }
    log_msg(SUBSYS_QUORUM, LOG_NOTICE, "Using quorum provider %s", provider);
    if (strcmp(provider, PROVIDER_VOTEQUORUM) != 0) {
        log_msg(SUBSYS_QUORUM, LOG_CRIT, "Quorum provider: %s failed to initialize.", provider);
        return "Invalid quorum provider";
    }
    have_provider = true;
    quorate = false;
    const char *error = engine_service_load(&votequorum_service);

    if (error != NULL) {
        log_msg(SUBSYS_QUORUM, LOG_CRIT, "Quorum provider: %s failed to initialize.", provider);
    }
    return error;
}

static void exec_dump(void)
{
    log_msg(SUBSYS_QUORUM, LOG_INFO, "quorate: %s", quorate ? "yes" : "no");
    list_log("Members", view, view_count);
}

#define EXACT(type) .min_size = sizeof(type), .max_size = sizeof(type)

static const struct lib_handler lib_handlers[QUORUM_REQ_COUNT] = {
    [QUORUM_REQ_GETQUORATE] = {.fn = lib_getquorate, EXACT(proto_request)},
    [QUORUM_REQ_TRACKSTART] = {.fn = lib_trackstart, EXACT(struct proto_quorum_number_request)},
    [QUORUM_REQ_TRACKSTOP] = {.fn = lib_trackstop, EXACT(proto_request)},
    [QUORUM_REQ_GETTYPE] = {.fn = lib_gettype, EXACT(proto_request)},
    [QUORUM_REQ_MODEL_GETTYPE] = {.fn = lib_model_gettype, EXACT(struct proto_quorum_number_request)},
};

struct service quorum_service = {
    .id = QUORUM_SERVICE,
    .priority = 1,
    .name = "corosync_quorum",
    .ipc_name = "quorum",
    .display_name = "corosync cluster quorum service v0.1",
    .conn_private_size = sizeof(struct quorum_client),
    .lib_handlers = lib_handlers,
    .lib_handler_count = QUORUM_REQ_COUNT,
    .exec_init = exec_init,
    .check = vq_config_check,
    .exec_dump = exec_dump,
    .lib_init = lib_init,
    .lib_exit = lib_exit,
    .sync_init = sync_init,
    .sync_process = sync_process,
    .sync_activate = sync_activate,
    .sync_abort = sync_abort,
};
