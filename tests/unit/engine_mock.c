/*
 * An engine for tests of the services (engine_mock.h).
 */
#include "tests/unit/engine_mock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMERS_MAX 256
#define QUEUE_MAX 4096

struct ipc_conn {
    struct service *service;
    void *data;
    uint64_t id;
    struct mock_answers answers;
};

static struct ipc_conn *conns[MOCK_CONNS_MAX];
static uint64_t last_conn_id;

static struct {
    void *bytes;
    size_t size;
} queue[QUEUE_MAX];
static size_t queue_length;
static bool room = true;

static struct {
    engine_timer id;
    void (*fn)(void *data);
    void *data;
} timers[TIMERS_MAX];
static engine_timer last_timer;

static struct service *loaded[SERVICE_ID_MAX];
static struct icmap *map;
static struct icmap *stats;
static struct mock_calls calls;

void mock_start(void)
{
    map = icmap_new();
    stats = icmap_new();
    icmap_set_u64(stats, "stats.srp.mcast_tx", 1);
    icmap_set_string(map, "runtime.members.1.status", "joined");
    room = true;
    memset(&calls, 0, sizeof(calls));
}

static void queue_clear(void)
{
    for (size_t i = 0; i < queue_length; i++) {
        free(queue[i].bytes);
    }
    queue_length = 0;
}

void mock_stop(void)
{
    for (size_t i = 0; i < MOCK_CONNS_MAX; i++) {
        if (conns[i] != NULL) {
            mock_disconnect(conns[i]);
        }
    }
    queue_clear();
    memset(timers, 0, sizeof(timers));
    memset(loaded, 0, sizeof(loaded));
    icmap_free(map);
    icmap_free(stats);
}

const char *mock_load(struct service *service)
{
    return engine_service_load(service);
}

struct mock_calls *mock_calls(void)
{
    return &calls;
}

/* ---- connections ---- */

struct ipc_conn *mock_connect(struct service *service)
{
    for (size_t i = 0; i < MOCK_CONNS_MAX; i++) {
        if (conns[i] != NULL) {
            continue;
        }
        conns[i] = calloc(1, sizeof(*conns[i]));
        conns[i]->service = service;
        conns[i]->id = ++last_conn_id;
        conns[i]->data = calloc(1, service->conn_private_size + 16);
        if (service->lib_init != NULL) {
            service->lib_init(conns[i]);
        }
        return conns[i];
    }
    return NULL;
}

void mock_disconnect(struct ipc_conn *conn)
{
    if (conn->service->lib_exit != NULL) {
        conn->service->lib_exit(conn);
    }
    for (size_t i = 0; i < MOCK_CONNS_MAX; i++) {
        if (conns[i] == conn) {
            conns[i] = NULL;
        }
    }
    free(conn->data);
    free(conn);
}

struct mock_answers *mock_answers(struct ipc_conn *conn)
{
    return &conn->answers;
}

/* A copy of exactly the message's size, so that reading beyond it is noticed. */
static void *exact_copy(const void *msg, size_t size)
{
    void *copy = malloc(size);

    memcpy(copy, msg, size);
    return copy;
}

bool mock_request(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct req_header *header = msg;

    if (size < sizeof(*header) || header->id < 0 ||
        (unsigned)header->id >= conn->service->lib_handler_count) {
        return false;
    }
    const struct lib_handler *handler = &conn->service->lib_handlers[header->id];
    size_t max = handler->max_size == 0 ? ENGINE_MESSAGE_MAX : handler->max_size;

    if (handler->fn == NULL || size < handler->min_size || size > max) {
        return false;
    }
    struct req_header *copy = exact_copy(msg, size);

    copy->size = (int32_t)size;
    handler->fn(conn, copy, size);
    free(copy);
    return true;
}

bool mock_message(struct service *service, const void *msg, size_t size, uint32_t nodeid)
{
    const struct req_header *header = msg;
    unsigned fn = (unsigned)header->id & 0xffff;

    if (size < sizeof(*header) || fn >= service->exec_handler_count ||
        size < service->exec_handlers[fn].min_size) {
        return false;
    }
    /* messages are not aligned */
    uint8_t *copy = malloc(size + 5);

    memcpy(copy + 5, msg, size);
    service->exec_handlers[fn].fn(copy + 5, size, nodeid);
    free(copy);
    return true;
}

static void keep(const struct iovec *iov, unsigned count, uint8_t *bytes, size_t room_for, size_t *size)
{
    size_t used = 0;

    *size = 0;
    for (unsigned i = 0; i < count; i++) {
        size_t copied = iov[i].iov_len < room_for - used ? iov[i].iov_len : room_for - used;

        if (copied > 0) {
            memcpy(bytes + used, iov[i].iov_base, copied);
        }
        used += copied;
        *size += iov[i].iov_len;
    }
}

void ipc_response_sendv(struct ipc_conn *conn, const struct iovec *iov, unsigned count)
{
    struct res_header header;

    keep(iov, count, conn->answers.response, sizeof(conn->answers.response), &conn->answers.response_size);
    memcpy(&header, conn->answers.response, sizeof(header));
    conn->answers.response_id = header.id;
    conn->answers.response_error = header.error;
    conn->answers.responses++;
    if ((size_t)header.size != conn->answers.response_size) {
        abort();
    }
}

void ipc_event_sendv(struct ipc_conn *conn, const struct iovec *iov, unsigned count)
{
    struct res_header header;

    keep(iov, count, conn->answers.event, sizeof(conn->answers.event), &conn->answers.event_size);
    memcpy(&header, conn->answers.event, sizeof(header));
    conn->answers.event_id = header.id;
    conn->answers.event_error = header.error;
    conn->answers.events++;
    if ((size_t)header.size != conn->answers.event_size) {
        abort();
    }
}

void ipc_response_send(struct ipc_conn *conn, const void *msg, size_t size)
{
    struct iovec iov = {.iov_base = (void *)msg, .iov_len = size};

    ipc_response_sendv(conn, &iov, 1);
}

void ipc_event_send(struct ipc_conn *conn, const void *msg, size_t size)
{
    struct iovec iov = {.iov_base = (void *)msg, .iov_len = size};

    ipc_event_sendv(conn, &iov, 1);
}

void ipc_response_error(struct ipc_conn *conn, int32_t id, cs_error_t error)
{
    struct res_header header = {.id = id, .size = (int32_t)sizeof(header), .error = error};

    ipc_response_send(conn, &header, sizeof(header));
}

void *ipc_conn_private(struct ipc_conn *conn)
{
    return conn->data;
}

uint64_t ipc_conn_id(const struct ipc_conn *conn)
{
    return conn->id;
}

uint32_t ipc_conn_pid(const struct ipc_conn *conn)
{
    return 1000 + (uint32_t)conn->id;
}

struct ipc_conn *ipc_conn_find(uint64_t id)
{
    for (size_t i = 0; i < MOCK_CONNS_MAX; i++) {
        if (conns[i] != NULL && conns[i]->id == id) {
            return conns[i];
        }
    }
    return NULL;
}

/* ---- ring ---- */

int engine_mcast(const struct iovec *iov, unsigned count)
{
    size_t size;

    if (!room || queue_length == QUEUE_MAX) {
        return -1;
    }
    queue[queue_length].bytes = malloc(ENGINE_MESSAGE_MAX + 1024);
    keep(iov, count, queue[queue_length].bytes, ENGINE_MESSAGE_MAX + 1024, &size);
    queue[queue_length++].size = size;
    return 0;
}

void mock_room(bool now)
{
    room = now;
}

unsigned mock_deliver(void)
{
    unsigned delivered = 0;

    for (size_t i = 0; i < queue_length; i++) {
        const struct req_header *header = queue[i].bytes;
        struct service *service = loaded[((uint32_t)header->id >> 16) % SERVICE_ID_MAX];

        if (service != NULL) {
            mock_message(service, queue[i].bytes, queue[i].size, MOCK_NODEID);
        }
        delivered++;
    }
    queue_clear();
    return delivered;
}

bool engine_sync_in_progress(void)
{
    return false;
}

void engine_flow_control_update(void)
{
    calls.flow_control_update++;
}

uint32_t engine_nodeid(void)
{
    return MOCK_NODEID;
}

struct totem_ring engine_ring_id(void)
{
    return (struct totem_ring){.rep = MOCK_NODEID, .seq = 4};
}

size_t engine_node_addrs(uint32_t nodeid, struct sockaddr_storage *addrs, size_t max)
{
    struct sockaddr_in *in = (struct sockaddr_in *)addrs;

    if (nodeid != MOCK_NODEID || max == 0) {
        return 0;
    }
    memset(addrs, 0, sizeof(*addrs));
    in->sin_family = AF_INET;
    in->sin_addr.s_addr = htonl(0x7f000001);
    return 1;
}

cs_error_t engine_node_status(uint32_t nodeid, struct engine_node_status *out)
{
    out->nodeid = nodeid;
    return nodeid == MOCK_NODEID ? CS_OK : CS_ERR_FAILED_OPERATION;
}

size_t engine_ring_status(struct engine_ring_status *out, size_t max)
{
    snprintf(out->name, sizeof(out->name), "0 127.0.0.1");
    snprintf(out->status, sizeof(out->status), "n");
    return 1;
}

void engine_force_gather(void)
{
}

/* ---- time ---- */

engine_timer engine_timer_add(uint32_t ms, void (*fn)(void *data), void *data)
{
    for (size_t i = 0; i < TIMERS_MAX; i++) {
        if (timers[i].id == 0) {
            timers[i].id = ++last_timer;
            timers[i].fn = fn;
            timers[i].data = data;
            return timers[i].id;
        }
    }
    abort();
}

void engine_timer_delete(engine_timer timer)
{
    for (size_t i = 0; i < TIMERS_MAX; i++) {
        if (timer != 0 && timers[i].id == timer) {
            timers[i].id = 0;
        }
    }
}

void mock_timers_fire(void)
{
    engine_timer limit = last_timer;

    for (size_t i = 0; i < TIMERS_MAX; i++) {
        if (timers[i].id != 0 && timers[i].id <= limit) {
            timers[i].id = 0;
            timers[i].fn(timers[i].data);
        }
    }
}

uint64_t engine_monotonic_ns(void)
{
    return 1000000000;
}

/* ---- daemon ---- */

const char *engine_service_load(struct service *service)
{
    loaded[service->id] = service;
    return service->exec_init == NULL ? NULL : service->exec_init();
}

bool engine_service_loaded(uint16_t id)
{
    return id < SERVICE_ID_MAX && loaded[id] != NULL;
}

struct icmap *engine_map(void)
{
    return map;
}

struct icmap *engine_stats_map(const char *prefix)
{
    return stats;
}

cs_error_t engine_stats_clear(const char *key)
{
    return strcmp(key, "stats.clear.all") == 0 ? CS_OK : CS_ERR_NOT_SUPPORTED;
}

cs_error_t engine_reload(uint32_t requested_by, bool *crypto_changed)
{
    calls.reload++;
    *crypto_changed = false;
    return CS_OK;
}

void engine_crypto_reconfig(uint32_t phase)
{
}

void engine_reopen_logs(void)
{
    calls.reopen_logs++;
}

void engine_shutdown(void)
{
    calls.shutdown++;
}

void engine_exit(int status)
{
    exit(status);
}

const char *engine_state_dir(void)
{
    return "/nonexistent";
}
