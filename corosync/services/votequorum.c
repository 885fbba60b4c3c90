/*
 * The votequorum service: connects the algorithm (votequorum_core.h) with the configuration,
 * the ring, timers and clients. Reading the configuration is in votequorum_read.c.
 */
#include "config.h"

#include "corosync/services/votequorum.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include <corosync/corodefs.h>

#include "corosync/client/proto_votequorum.h"
#include "corosync/services/services.h"
#include "corosync/services/votequorum_core.h"

#define RELOAD_KEY "config.totemconfig_reload_in_progress"
#define RELOAD_STATUS_KEY "config.reload_status"
#define CANCEL_WFA_KEY "quorum.cancel_wait_for_all"
#define SEND_RETRY_MS 10
#define UNSENT_MAX 256 /* messages that wait for room */

/* Private data of a connection. */
struct vq_client {
    LIST_ENTRY(vq_client) tracker;
    struct ipc_conn *ipc;
    bool tracking;
    uint64_t context; /* the client's */
};

/* A message that found no room in the send queue. */
struct unsent {
    STAILQ_ENTRY(unsent) entry;
    size_t size;
    uint8_t message[];
};

static struct vq *vq;
static LIST_HEAD(, vq_client) trackers = LIST_HEAD_INITIALIZER(trackers);
static struct vq_client *registering; /* waits for the answer to its registration */
static engine_timer timers[2];        /* by enum vq_timer */
static STAILQ_HEAD(, unsent) unsent = STAILQ_HEAD_INITIALIZER(unsent);
static unsigned unsent_count;
static engine_timer unsent_timer;

/* ---- sending ---- */

static int send_now(const void *msg, size_t size)
{
    struct iovec iov = {.iov_base = (void *)msg, .iov_len = size};

    return engine_mcast(&iov, 1);
}

static void unsent_flush(void *data)
{
    unsent_timer = 0;
    while (!STAILQ_EMPTY(&unsent)) {
        struct unsent *first = STAILQ_FIRST(&unsent);

        if (send_now(first->message, first->size) != 0) {
            unsent_timer = engine_timer_add(SEND_RETRY_MS, unsent_flush, NULL);
            return;
        }
        STAILQ_REMOVE_HEAD(&unsent, entry);
        unsent_count--;
        free(first);
    }
}

/* Nodes must learn of every change, in order: what finds no room is kept and sent later. */
static int on_send(void *ctx, const void *msg, size_t size)
{
    if (STAILQ_EMPTY(&unsent) && send_now(msg, size) == 0) {
        return 0;
    }
    struct unsent *later = unsent_count >= UNSENT_MAX ? NULL : malloc(sizeof(*later) + size);

    if (later == NULL) {
        return -1;
    }
    later->size = size;
    memcpy(later->message, msg, size);
    STAILQ_INSERT_TAIL(&unsent, later, entry);
    unsent_count++;
    if (unsent_timer == 0) {
        unsent_timer = engine_timer_add(SEND_RETRY_MS, unsent_flush, NULL);
    }
    return 0;
}

/* ---- timers ---- */

static void on_qdevice_timer(void *data)
{
    timers[VQ_TIMER_QDEVICE] = 0;
    vq_timer_expired(vq, VQ_TIMER_QDEVICE);
}

static void on_last_man_standing_timer(void *data)
{
    timers[VQ_TIMER_LAST_MAN_STANDING] = 0;
    vq_timer_expired(vq, VQ_TIMER_LAST_MAN_STANDING);
}

static void on_timer_stop(void *ctx, enum vq_timer timer)
{
    engine_timer_delete(timers[timer]);
    timers[timer] = 0;
}

static void on_timer_start(void *ctx, enum vq_timer timer, uint32_t ms)
{
    on_timer_stop(ctx, timer);
    timers[timer] = engine_timer_add(ms, timer == VQ_TIMER_QDEVICE ? on_qdevice_timer
                                                                   : on_last_man_standing_timer, NULL);
}

/* ---- values in the map, and the file of the tracking barrier ---- */

static void barrier_store(uint32_t barrier)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/" VQ_BARRIER_FILE, engine_state_dir());
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

    if (fd < 0 || pwrite(fd, &barrier, sizeof(barrier),
                         0) != (ssize_t)sizeof(barrier) || fdatasync(fd) != 0) {
        log_msg(SUBSYS_VOTEQ, LOG_WARNING, "Can't store the expected votes barrier %u in %s: %s", barrier,
                path,
                strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
}

static void on_publish(void *ctx, enum vq_value value, uint32_t number)
{
    static const struct {
        const char *key;
        bool is_u8;
    } keys[] = {
        [VQ_VALUE_TWO_NODE] = {"runtime.votequorum.two_node", true},
        [VQ_VALUE_EV_BARRIER] = {"runtime.votequorum.ev_barrier", false},
        [VQ_VALUE_LOWEST_NODE_ID] = {"runtime.votequorum.lowest_node_id", false},
        [VQ_VALUE_HIGHEST_NODE_ID] = {"runtime.votequorum.highest_node_id", false},
        [VQ_VALUE_WAIT_FOR_ALL_STATUS] = {"runtime.votequorum.wait_for_all_status", true},
        [VQ_VALUE_ATB_TYPE] = {"runtime.votequorum.atb_type", false},
        [VQ_VALUE_EV_TRACKING_BARRIER] = {"runtime.votequorum.ev_tracking_barrier", false},
        [VQ_VALUE_QDEVICE_CAN_OPERATE] = {"runtime.votequorum.qdevice_can_operate", true},
        [VQ_VALUE_QDEVICE_MASTER_WINS] = {"runtime.votequorum.qdevice_master_wins", true},
    };

    if (keys[value].is_u8) {
        icmap_set_u8(engine_map(), keys[value].key, (uint8_t)number);
    } else {
        icmap_set_u32(engine_map(), keys[value].key, number);
    }
    if (value == VQ_VALUE_EV_TRACKING_BARRIER) {
        barrier_store(number);
    }
}

static void on_quorum(void *ctx, bool quorate, const uint32_t *members, size_t count,
                      const struct totem_ring *ring)
{
    quorum_report(quorate, members, count, ring);
}

static void on_log(void *ctx, int priority, const char *text)
{
    service_log_text(SUBSYS_VOTEQ, priority, text);
}

/* ---- events for clients ---- */

static void header_fill(proto_response *header, int32_t id, size_t size)
{
    header->id = id;
    header->size = (int32_t)size;
    header->error = CS_OK;
}

static void send_quorum(struct vq_client *client)
{
    union {
        struct proto_vq_quorum event;
        uint8_t room[sizeof(struct proto_vq_quorum) + (VQ_NODES_MAX + 1) * sizeof(votequorum_node_t)];
    } message = {0};
    struct vq_node_state nodes[VQ_NODES_MAX + 1];
    size_t count = vq_nodes(vq, nodes, VQ_NODES_MAX + 1);
    size_t size = sizeof(message.event) + count * sizeof(message.event.list[0]);

    header_fill(&message.event.header, VQ_EV_QUORUM, size);
    message.event.quorate = vq_quorate(vq);
    message.event.context = client->context;
    message.event.entries = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        message.event.list[i] = (votequorum_node_t){.nodeid = nodes[i].nodeid, .state = nodes[i].state};
    }
    ipc_event_send(client->ipc, &message, size);
}

static void send_nodelist(struct vq_client *client)
{
    union {
        struct proto_vq_nodelist event;
        uint8_t room[sizeof(struct proto_vq_nodelist) + TOTEM_MAX_NODES * sizeof(uint32_t)];
    } message = {0};
    struct totem_ring ring = vq_ring(vq);
    const uint32_t *members;
    size_t count = vq_members(vq, &members);
    size_t size = sizeof(message.event) + count * sizeof(members[0]);

    header_fill(&message.event.header, VQ_EV_NODELIST, size);
    message.event.context = client->context;
    message.event.ring.nodeid = ring.rep;
    message.event.ring.seq = ring.seq;
    message.event.entries = (uint32_t)count;
    memcpy(message.event.list, members, count * sizeof(members[0]));
    ipc_event_send(client->ipc, &message, size);
}

static void on_notify_quorum(void *ctx)
{
    struct vq_client *client;

    LIST_FOREACH(client, &trackers, tracker) {
        send_quorum(client);
    }
}

static void on_notify_nodelist(void *ctx)
{
    struct vq_client *client;

    LIST_FOREACH(client, &trackers, tracker) {
        send_nodelist(client);
    }
}

static void on_notify_expected_votes(void *ctx, uint32_t expected_votes)
{
    struct vq_client *client;

    LIST_FOREACH(client, &trackers, tracker) {
        struct proto_vq_expectedvotes event = {.context = client->context, .expected_votes = expected_votes};

        header_fill(&event.header, VQ_EV_EXPECTEDVOTES, sizeof(event));
        ipc_event_send(client->ipc, &event, sizeof(event));
    }
}

/* ---- connections ---- */

static struct vq_client *client_of(struct ipc_conn *conn)
{
    return ipc_conn_private(conn);
}

static int lib_init(struct ipc_conn *conn)
{
    client_of(conn)->ipc = conn;
    return 0;
}

static void lib_exit(struct ipc_conn *conn)
{
    struct vq_client *client = client_of(conn);

    if (client->tracking) {
        client->tracking = false;
        LIST_REMOVE(client, tracker);
    }
    if (registering == client) {
        registering = NULL;
        vq_qdevice_register_abandon(vq);
    }
}

static void answer(struct ipc_conn *conn, cs_error_t error)
{
    ipc_response_error(conn, VQ_RES_STATUS, error);
}

static void on_register_answer(void *ctx, cs_error_t error)
{
    if (registering != NULL) {
        answer(registering->ipc, error);
        registering = NULL;
    }
}

/* ---- requests ---- */

static void lib_getinfo(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_vq_number_request *request = msg;
    struct proto_vq_getinfo response = {0};
    struct vq_info info;
    cs_error_t error = vq_get_info(vq, request->value, &info);

    header_fill(&response.header, VQ_RES_GETINFO, sizeof(response));
    response.header.error = error;
    if (error == CS_OK) {
        response.nodeid = info.nodeid;
        response.state = info.state;
        response.votes = info.votes;
        response.expected_votes = info.expected_votes;
        response.highest_expected = info.highest_expected;
        response.total_votes = info.total_votes;
        response.quorum = info.quorum;
        response.flags = info.flags;
        response.qdevice_votes = info.qdevice_votes;
        strncpy(response.qdevice_name, info.qdevice_name, sizeof(response.qdevice_name) - 1);
    }
    ipc_response_send(conn, &response, sizeof(response));
}

static void lib_setexpected(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_vq_number_request *request = msg;

    answer(conn, vq_set_expected(vq, request->value));
}

static void lib_setvotes(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_vq_setvotes *request = msg;

    answer(conn, vq_set_votes(vq, request->nodeid, request->votes));
}

static void lib_trackstart(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_vq_trackstart *request = msg;
    struct vq_client *client = client_of(conn);
    const uint32_t now = CS_TRACK_CURRENT | CS_TRACK_CHANGES;
    const uint32_t later = CS_TRACK_CHANGES | CS_TRACK_CHANGES_ONLY;
    uint64_t old_context = client->context;

    client->context = request->context;
    if ((request->flags & now) != 0) {
        send_nodelist(client);
        send_quorum(client);
    }
    if (client->tracking) {
        client->context = old_context;
        answer(conn, CS_ERR_EXIST);
        return;
    }
    if ((request->flags & later) != 0) {
        client->tracking = true;
        LIST_INSERT_HEAD(&trackers, client, tracker);
    }
    answer(conn, CS_OK);
}

static void lib_trackstop(struct ipc_conn *conn, const void *msg, size_t size)
{
    struct vq_client *client = client_of(conn);

    if (!client->tracking) {
        answer(conn, CS_ERR_NOT_EXIST);
        return;
    }
    client->tracking = false;
    LIST_REMOVE(client, tracker);
    answer(conn, CS_OK);
}

/* A name in a request that does not end is no name. */
static const char *name_of(const char name[PROTO_VQ_NAME_LEN])
{
    return memchr(name, '\0', PROTO_VQ_NAME_LEN) == NULL ? "" : name;
}

static void lib_qdevice_register(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_vq_qdevice_name *request = msg;
    cs_error_t error = vq_qdevice_register(vq, name_of(request->name));

    if (error == 0) {
        registering = client_of(conn);
    } else {
        answer(conn, error);
    }
}

static void lib_qdevice_unregister(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_vq_qdevice_name *request = msg;

    answer(conn, vq_qdevice_unregister(vq, name_of(request->name)));
}

static void lib_qdevice_update(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_vq_qdevice_update *request = msg;

    answer(conn, vq_qdevice_update(vq, name_of(request->oldname), name_of(request->newname)));
}

static void lib_qdevice_poll(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_vq_qdevice_poll *request = msg;
    struct totem_ring ring = {.rep = request->ring.nodeid, .seq = request->ring.seq};

    answer(conn, vq_qdevice_poll(vq, name_of(request->name), request->cast_vote != 0, &ring));
}

static void lib_qdevice_master_wins(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_vq_qdevice_master_wins *request = msg;

    answer(conn, vq_qdevice_master_wins(vq, name_of(request->name), request->allow != 0));
}

/* ---- messages between nodes ---- */

#define EXEC(name, function)                                                     \
    static void name(const void *msg, size_t size, uint32_t nodeid)              \
    {                                                                            \
        vq_receive(vq, function, msg, size, nodeid);                             \
    }

EXEC(exec_nodeinfo, VQ_FN_NODEINFO)
EXEC(exec_reconfigure, VQ_FN_RECONFIGURE)
EXEC(exec_qdevice_reg, VQ_FN_QDEVICE_REG)
EXEC(exec_qdevice_reconfigure, VQ_FN_QDEVICE_RECONFIGURE)

static void sync_init(const uint32_t *trans, size_t trans_count, const uint32_t *members, size_t member_count,
                      const struct totem_ring *ring)
{
    vq_sync_init(vq, members, member_count, ring);
}

static int sync_process(void)
{
    return vq_sync_process(vq);
}

static void sync_activate(void)
{
    vq_sync_activate(vq);
}

static void sync_abort(void)
{
}

/* ---- the configuration changes ---- */

static void reconfigure(void)
{
    struct vq_config config;

    vq_config_read(&config);
    vq_reconfigure(vq, &config);
}

/* Whether the user ends the waiting; the key springs back. */
static bool cancels_wait_for_all(const char *key)
{
    uint8_t cancel = 0;

    if (strcmp(key, CANCEL_WFA_KEY) != 0 || icmap_get_u8(engine_map(), CANCEL_WFA_KEY, &cancel) != CS_OK ||
        cancel == 0) {
        return false;
    }
    icmap_set_u8(engine_map(), CANCEL_WFA_KEY, 0);
    return true;
}

static void on_config_change(int event, const char *key, const struct icmap_value *new_value,
                             const struct icmap_value *old_value, void *user_data)
{
    uint8_t reloading = 0;
    int32_t status = CS_OK;

    if (icmap_get_u8(engine_map(), RELOAD_KEY, &reloading) == CS_OK && reloading != 0) {
        return;
    }
    if (strcmp(key, RELOAD_KEY) == 0 &&
        (icmap_get_i32(engine_map(), RELOAD_STATUS_KEY, &status) != CS_OK || status != CS_OK)) {
        return;
    }
    if (cancels_wait_for_all(key)) {
        vq_cancel_wait_for_all(vq);
    } else {
        reconfigure();
    }
}

static void config_watch(void)
{
    const int32_t any = ICMAP_TRACK_ADD | ICMAP_TRACK_MODIFY | ICMAP_TRACK_DELETE;
    static const char *const keys_not_for_clients[] = {
        "quorum.allow_downscale", "quorum.wait_for_all", "quorum.last_man_standing",
        "quorum.last_man_standing_window", "quorum.expected_votes_tracking", "quorum.auto_tie_breaker",
        "quorum.auto_tie_breaker_node",
    };
    struct icmap_track *track;

    for (size_t i = 0; i < sizeof(keys_not_for_clients) / sizeof(keys_not_for_clients[0]); i++) {
        icmap_set_ro(engine_map(), keys_not_for_clients[i], false, true);
    }
    icmap_track_add(engine_map(), "nodelist.", any | ICMAP_TRACK_PREFIX, on_config_change, NULL, &track);
    icmap_track_add(engine_map(), "quorum.", any | ICMAP_TRACK_PREFIX, on_config_change, NULL, &track);
    icmap_track_add(engine_map(), RELOAD_KEY, ICMAP_TRACK_ADD | ICMAP_TRACK_MODIFY, on_config_change, NULL,
                    &track);
}

/* ---- start and stop ---- */

static const char *exec_init(void)
{
    const struct vq_ops ops = {
        .send = on_send,
        .timer_start = on_timer_start,
        .timer_stop = on_timer_stop,
        .quorum = on_quorum,
        .notify_quorum = on_notify_quorum,
        .notify_nodelist = on_notify_nodelist,
        .notify_expected_votes = on_notify_expected_votes,
        .register_answer = on_register_answer,
        .publish = on_publish,
        .log = on_log,
    };
    struct vq_config config;

    vq = vq_new(engine_nodeid(), &ops);
    if (vq == NULL) {
        return "No memory for votequorum";
    }
    icmap_set_u32(engine_map(), "runtime.votequorum.this_node_id", engine_nodeid());
    vq_config_read(&config);
    const char *error = vq_start(vq, &config);

    if (error == NULL) {
        config_watch();
    }
    return error;
}

static int exec_exit(void)
{
    return vq_stop(vq);
}

static void exec_dump(void)
{
    struct vq_node_state nodes[VQ_NODES_MAX + 1];
    size_t count = vq_nodes(vq, nodes, VQ_NODES_MAX + 1);
    struct vq_info info;

    for (size_t i = 0; i < count; i++) {
        if (vq_get_info(vq, nodes[i].nodeid, &info) == CS_OK) {
            log_msg(SUBSYS_VOTEQ, LOG_INFO,
                    "node %u: state %u, votes %u, expected votes %u, quorum %u, flags %u",
                    info.nodeid, info.state, info.votes, info.expected_votes, info.quorum, info.flags);
        }
    }
}

static const struct exec_handler exec_handlers[VQ_FN_COUNT] = {
    [VQ_FN_NODEINFO] = {.fn = exec_nodeinfo, .min_size = sizeof(struct vq_wire_nodeinfo)},
    [VQ_FN_RECONFIGURE] = {.fn = exec_reconfigure, .min_size = sizeof(struct vq_wire_reconfigure)},
    [VQ_FN_QDEVICE_REG] = {.fn = exec_qdevice_reg, .min_size = sizeof(struct vq_wire_qdevice_reg)},
    [VQ_FN_QDEVICE_RECONFIGURE] = {.fn = exec_qdevice_reconfigure,
                                   .min_size = sizeof(struct vq_wire_qdevice_reconfigure)},
};

#define EXACT(type) .min_size = sizeof(type), .max_size = sizeof(type)

static const struct lib_handler lib_handlers[VQ_REQ_COUNT] = {
    [VQ_REQ_GETINFO] = {.fn = lib_getinfo, EXACT(struct proto_vq_number_request)},
    [VQ_REQ_SETEXPECTED] = {.fn = lib_setexpected, EXACT(struct proto_vq_number_request)},
    [VQ_REQ_SETVOTES] = {.fn = lib_setvotes, EXACT(struct proto_vq_setvotes)},
    [VQ_REQ_TRACKSTART] = {.fn = lib_trackstart, EXACT(struct proto_vq_trackstart)},
    [VQ_REQ_TRACKSTOP] = {.fn = lib_trackstop, EXACT(proto_request)},
    [VQ_REQ_QDEVICE_REGISTER] = {.fn = lib_qdevice_register, EXACT(struct proto_vq_qdevice_name)},
    [VQ_REQ_QDEVICE_UNREGISTER] = {.fn = lib_qdevice_unregister, EXACT(struct proto_vq_qdevice_name)},
    [VQ_REQ_QDEVICE_UPDATE] = {.fn = lib_qdevice_update, EXACT(struct proto_vq_qdevice_update)},
    [VQ_REQ_QDEVICE_POLL] = {.fn = lib_qdevice_poll, EXACT(struct proto_vq_qdevice_poll)},
    [VQ_REQ_QDEVICE_MASTER_WINS] = {.fn = lib_qdevice_master_wins,
                                    EXACT(struct proto_vq_qdevice_master_wins)},
};

struct service votequorum_service = {
    .id = VOTEQUORUM_SERVICE,
    .priority = 2,
    .name = "corosync_votequorum",
    .ipc_name = "votequorum",
    .display_name = "corosync vote quorum service v1.0",
    .conn_private_size = sizeof(struct vq_client),
    .ipc_during_sync = true,
    .exec_handlers = exec_handlers,
    .exec_handler_count = VQ_FN_COUNT,
    .lib_handlers = lib_handlers,
    .lib_handler_count = VQ_REQ_COUNT,
    .exec_init = exec_init,
    .exec_exit = exec_exit,
    .exec_dump = exec_dump,
    .lib_init = lib_init,
    .lib_exit = lib_exit,
    .sync_init = sync_init,
    .sync_process = sync_process,
    .sync_activate = sync_activate,
    .sync_abort = sync_abort,
};
