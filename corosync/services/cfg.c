/*
 * The cfg service: administration of the engine. The negotiation before a shutdown is in
 * cfg_shutdown.c.
 */
#include "corosync/services/cfg.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <corosync/corodefs.h>

#include "corosync/services/services.h"

enum exec_function {
    FN_RINGREENABLE = 0,
    FN_KILLNODE = 1,
    FN_SHUTDOWN = 2,
    FN_RELOAD_CONFIG = 3,
    FN_CRYPTO_RECONFIG = 4,
    FN_COUNT
};

struct exec_source {
    proto_request header;
    struct proto_source source;
};
PROTO_SIZE(struct exec_source, 32);

struct exec_killnode {
    proto_request header;
    mar_u32 nodeid;
    struct proto_name reason;
};
PROTO_SIZE(struct exec_killnode, 288);

struct exec_crypto {
    proto_request header;
    mar_u32 phase;
};
PROTO_SIZE(struct exec_crypto, 24);

enum crypto_phase {
    CRYPTO_ACTIVATE = 1,
    CRYPTO_CLEANUP = 2,
};

#define CRYPTO_RETRY_MS 10

static uint32_t crypto_phase_to_send;

static int send_message(void *message, enum exec_function function, size_t size)
{
    struct iovec iov = {.iov_base = message, .iov_len = size};
    proto_request *header = message;

    header->id = SERVICE_EXEC_ID(CFG_SERVICE, function);
    header->size = (int32_t)size;
    return engine_mcast(&iov, 1);
}

/* ---- messages between nodes ---- */

static void exec_ringreenable(const void *msg, size_t size, uint32_t nodeid)
{
    /* of an older version; nothing to enable */
}

static void exec_killnode(const void *msg, size_t size, uint32_t nodeid)
{
    struct exec_killnode message;

    memcpy(&message, msg, sizeof(message));
    if (message.nodeid == engine_nodeid()) {
        log_msg(SUBSYS_CFG, LOG_NOTICE, "Killed by node %u : %.*s", nodeid,
                (int)strnlen((const char *)message.reason.value, sizeof(message.reason.value)),
                (const char *)message.reason.value);
        engine_exit(-1);
    }
}

int cfg_shutdown_send(void)
{
    proto_request message = {0};

    return send_message(&message, FN_SHUTDOWN, sizeof(message));
}

static void exec_shutdown(const void *msg, size_t size, uint32_t nodeid)
{
    log_msg(SUBSYS_CFG, LOG_NOTICE, "Node %u was shut down by sysadmin", nodeid);
    if (nodeid == engine_nodeid()) {
        engine_shutdown();
    }
}

/* The message must not be lost: without it the new keys are never used. */
static void crypto_phase_send(void *data)
{
    struct exec_crypto message = {.phase = crypto_phase_to_send};

    if (send_message(&message, FN_CRYPTO_RECONFIG, sizeof(message)) != 0) {
        engine_timer_add(CRYPTO_RETRY_MS, crypto_phase_send, NULL);
    }
}

static void exec_crypto_reconfig(const void *msg, size_t size, uint32_t nodeid)
{
    struct exec_crypto message;

    memcpy(&message, msg, sizeof(message));
    if (nodeid != engine_nodeid()) {
        return;
    }
    engine_crypto_reconfig(message.phase);
    if (message.phase < CRYPTO_CLEANUP) {
        crypto_phase_to_send = CRYPTO_CLEANUP;
        crypto_phase_send(NULL);
    }
}

static LIST_HEAD(, cfg_client) clients = LIST_HEAD_INITIALIZER(clients);

static void exec_reload_config(const void *msg, size_t size, uint32_t nodeid)
{
    struct exec_source message;
    struct cfg_client *client;
    bool crypto_changed = false;

    memcpy(&message, msg, sizeof(message));
    cs_error_t error = engine_reload(nodeid, &crypto_changed);

    if (crypto_changed) {
        crypto_phase_to_send = CRYPTO_ACTIVATE;
        crypto_phase_send(NULL);
    }
    if (nodeid != engine_nodeid()) {
        return;
    }
    LIST_FOREACH(client, &clients, entry) {
        if (client->reloading && ipc_conn_id(client->ipc) == message.source.conn) {
            client->reloading = false;
            ipc_response_error(client->ipc, CFG_RES_RELOAD_CONFIG, error);
            break;
        }
    }
}

/* ---- connections ---- */

static struct cfg_client *client_of(struct ipc_conn *conn)
{
    return ipc_conn_private(conn);
}

static int lib_init(struct ipc_conn *conn)
{
    struct cfg_client *client = client_of(conn);

    client->ipc = conn;
    LIST_INSERT_HEAD(&clients, client, entry);
    return 0;
}

static void lib_exit(struct ipc_conn *conn)
{
    struct cfg_client *client = client_of(conn);

    LIST_REMOVE(client, entry);
    cfg_shutdown_client_gone(client);
}

/* ---- requests ---- */

static void lib_ring_status_get(struct ipc_conn *conn, const void *msg, size_t size)
{
    struct proto_cfg_ring_status response = {0};
    struct engine_ring_status rings[PROTO_CFG_RINGS_MAX];

    memset(rings, 0, sizeof(rings));
    response.header.id = CFG_RES_RING_STATUS_GET;
    response.header.size = (int32_t)sizeof(response);
    response.header.error = CS_OK;
    response.count = (uint32_t)engine_ring_status(rings, PROTO_CFG_RINGS_MAX);
    for (uint32_t i = 0; i < response.count; i++) {
        memcpy(response.name[i], rings[i].name, sizeof(response.name[i]));
        memcpy(response.status[i], rings[i].status, sizeof(response.status[i]));
    }
    ipc_response_send(conn, &response, sizeof(response));
}

static void lib_ring_reenable(struct ipc_conn *conn, const void *msg, size_t size)
{
    ipc_response_error(conn, CFG_RES_RING_REENABLE, CS_ERR_NOT_SUPPORTED);
}

static bool node_is_joined(uint32_t nodeid)
{
    char key[ICMAP_KEY_MAX + 1];

    snprintf(key, sizeof(key), "runtime.members.%u.status", nodeid);
    const char *status = icmap_get_string(engine_map(), key);

    return status != NULL && strcmp(status, "joined") == 0;
}

static void lib_kill_node(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cfg_kill_node *request = msg;
    struct exec_killnode message = {.nodeid = request->nodeid};
    size_t length = strnlen((const char *)request->reason.value, CS_MAX_NAME_LENGTH - 1);
    cs_error_t error = CS_ERR_NOT_EXIST;

    if (node_is_joined(request->nodeid)) {
        memcpy(message.reason.value, request->reason.value, length);
        message.reason.length = (uint16_t)(length + 1);
        error = send_message(&message, FN_KILLNODE, sizeof(message)) == 0 ? CS_OK : CS_ERR_TRY_AGAIN;
    }
    ipc_response_error(conn, CFG_RES_KILL_NODE, error);
}

/* The 16 bytes of an address on the wire. False for one that is not set. */
static bool address_to_wire(uint8_t wire[16], const struct sockaddr_storage *address)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;

    if (address->ss_family == AF_INET) {
        memcpy(wire, &in->sin_addr, sizeof(in->sin_addr));
    } else {
        memcpy(wire, &in6->sin6_addr, sizeof(in6->sin6_addr));
    }
    return wire[0] != 0 || wire[1] != 0;
}

static void lib_get_node_addrs(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cfg_number_request *request = msg;
    struct proto_cfg_node_addrs response = {0};
    struct sockaddr_storage addrs[PROTO_CFG_ADDRS_MAX];
    size_t count = engine_node_addrs(request->value == 0 ? engine_nodeid() : request->value, addrs,
                                     PROTO_CFG_ADDRS_MAX);

    for (size_t i = 0; i < count; i++) {
        uint8_t wire[16] = {0};

        if (address_to_wire(wire, &addrs[i])) {
            memcpy(response.addrs[response.count++], wire, sizeof(wire));
        }
    }
    response.family = count > 0 ? addrs[0].ss_family : 0;
    response.header.id = CFG_RES_GET_NODE_ADDRS;
    response.header.error = response.count > 0 ? CS_OK : CS_ERR_NOT_EXIST;
    response.header.size = (int32_t)(offsetof(struct proto_cfg_node_addrs, addrs) +
                                     response.count * sizeof(response.addrs[0]));
    ipc_response_send(conn, &response, (size_t)response.header.size);
}

static void lib_local_get(struct ipc_conn *conn, const void *msg, size_t size)
{
    struct proto_cfg_local response = {.nodeid = engine_nodeid()};

    response.header.id = CFG_RES_LOCAL_GET;
    response.header.size = (int32_t)sizeof(response);
    response.header.error = CS_OK;
    ipc_response_send(conn, &response, sizeof(response));
}

static void lib_reload_config(struct ipc_conn *conn, const void *msg, size_t size)
{
    struct exec_source message = {.source = {.nodeid = engine_nodeid(), .conn = ipc_conn_id(conn)}};

    if (send_message(&message, FN_RELOAD_CONFIG, sizeof(message)) != 0) {
        ipc_response_error(conn, CFG_RES_RELOAD_CONFIG, CS_ERR_TRY_AGAIN);
    } else {
        client_of(conn)->reloading = true;
    }
}

static void lib_reopen_log_files(struct ipc_conn *conn, const void *msg, size_t size)
{
    engine_reopen_logs();
    ipc_response_error(conn, CFG_RES_REOPEN_LOG_FILES, CS_OK);
}

static void link_status_to_wire(struct corosync_knet_link_status_v1 *wire,
                                const struct engine_link_status *link)
{
    wire->enabled = link->enabled;
    wire->connected = link->connected;
    wire->dynconnected = link->dynconnected;
    wire->mtu = link->mtu;
    snprintf(wire->src_ipaddr, sizeof(wire->src_ipaddr), "%s", link->src);
    snprintf(wire->dst_ipaddr, sizeof(wire->dst_ipaddr), "%s", link->dst);
}

static void lib_node_status_get(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cfg_node_status_get *request = msg;
    struct proto_cfg_node_status response = {0};
    struct engine_node_status status = {0};
    cs_error_t error = request->version != CFG_NODE_STATUS_V1 ? CS_ERR_NOT_SUPPORTED
                                                              : engine_node_status(request->nodeid, &status);

    if (error == CS_OK) {
        response.status = (struct corosync_cfg_node_status_v1){
            .version = CFG_NODE_STATUS_V1,
            .nodeid = status.nodeid,
            .reachable = status.reachable,
            .remote = status.remote,
            .external = status.external,
            .onwire_min = status.onwire_min,
            .onwire_max = status.onwire_max,
            .onwire_ver = status.onwire_ver,
        };
        for (size_t i = 0; i < CFG_MAX_LINKS; i++) {
            link_status_to_wire(&response.status.link_status[i], &status.links[i]);
        }
    }
    response.header.id = CFG_RES_NODE_STATUS_GET;
    response.header.error = error;
    response.header.size = error == CS_OK ? (int32_t)sizeof(response) : 32;
    ipc_response_send(conn, &response, (size_t)response.header.size);
}

static const struct exec_handler exec_handlers[FN_COUNT] = {
    [FN_RINGREENABLE] = {.fn = exec_ringreenable, .min_size = sizeof(proto_request)},
    [FN_KILLNODE] = {.fn = exec_killnode, .min_size = sizeof(struct exec_killnode)},
    [FN_SHUTDOWN] = {.fn = exec_shutdown, .min_size = sizeof(proto_request)},
    [FN_RELOAD_CONFIG] = {.fn = exec_reload_config, .min_size = sizeof(struct exec_source)},
    [FN_CRYPTO_RECONFIG] = {.fn = exec_crypto_reconfig, .min_size = sizeof(struct exec_crypto)},
};

#define EXACT(type) .min_size = sizeof(type), .max_size = sizeof(type)

static const struct lib_handler lib_handlers[CFG_REQ_COUNT] = {
    [CFG_REQ_RING_STATUS_GET] = {.fn = lib_ring_status_get, EXACT(proto_request), .flow_control = true},
    [CFG_REQ_RING_REENABLE] = {.fn = lib_ring_reenable, EXACT(proto_request), .flow_control = true},
    [CFG_REQ_KILL_NODE] = {.fn = lib_kill_node, EXACT(struct proto_cfg_kill_node), .flow_control = true},
    [CFG_REQ_TRY_SHUTDOWN] = {.fn = cfg_lib_try_shutdown, EXACT(struct proto_cfg_number_request),
                              .flow_control = true},
    [CFG_REQ_REPLYTO_SHUTDOWN] = {.fn = cfg_lib_replyto_shutdown, EXACT(struct proto_cfg_number_request),
                                  .flow_control = true},
    [CFG_REQ_GET_NODE_ADDRS] = {.fn = lib_get_node_addrs, EXACT(struct proto_cfg_number_request)},
    [CFG_REQ_LOCAL_GET] = {.fn = lib_local_get, EXACT(proto_request)},
    [CFG_REQ_RELOAD_CONFIG] = {.fn = lib_reload_config, EXACT(proto_request), .flow_control = true},
    [CFG_REQ_REOPEN_LOG_FILES] = {.fn = lib_reopen_log_files, EXACT(proto_request)},
    [CFG_REQ_NODE_STATUS_GET] = {.fn = lib_node_status_get, EXACT(struct proto_cfg_node_status_get)},
    [CFG_REQ_TRACKSTART] = {.fn = cfg_lib_trackstart, EXACT(struct proto_cfg_trackstart),
                            .flow_control = true},
    [CFG_REQ_TRACKSTOP] = {.fn = cfg_lib_trackstop, EXACT(proto_request), .flow_control = true},
};

struct service cfg_service = {
    .id = CFG_SERVICE,
    .priority = 1,
    .name = "corosync_cfg",
    .ipc_name = "cfg",
    .display_name = "corosync configuration service",
    .conn_private_size = sizeof(struct cfg_client),
    .exec_handlers = exec_handlers,
    .exec_handler_count = FN_COUNT,
    .lib_handlers = lib_handlers,
    .lib_handler_count = CFG_REQ_COUNT,
    .lib_init = lib_init,
    .lib_exit = lib_exit,
};
