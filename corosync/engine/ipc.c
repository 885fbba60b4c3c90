/*
 * The IPC server: one libqb service a loaded service, requests with reservation and flow control, ordered
 * events (services.md 5.1-5.5).
 */
#include "config.h"

#include <errno.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <qb/qbipcs.h>

#include "corosync/engine/clock.h"
#include "corosync/engine/engine.h"

#define QUEUE_MEMORY_SHARE 4            /* a quarter of the memory may wait for one client, ... */
#define QUEUE_BYTES_MIN (256u * 1024 * 1024) /* ... but always so much; more disconnects it */
#define READING_NS 1000000000ull        /* a client reads when it has read something in this time */
#define FLUSH_RETRY_NS 1000000ull
#define RECHECK_NS 1000000ull
#define PROCNAME_MAX 32

/* An event that did not fit the client's ring. */
struct queued_event {
    struct queued_event *next;
    size_t size;
    unsigned char bytes[];
};

struct ipc_conn {
    struct ipc_conn *next;
    uint64_t id;
    qb_ipcs_connection_t *qb;
    struct service *service;
    uint32_t pid;
    char procname[PROCNAME_MAX];
    bool gone;                          /* lib_exit has been called */
    struct queued_event *queue;
    struct queued_event **queue_end;
    size_t queue_bytes;
    uint64_t read_at;                   /* monotonic ns, when it last made room for queued events */
    struct clock_timer flush_timer;
    uint32_t queued;                    /* events ever queued */
    uint32_t sent;                      /* events sent from the queue */
    uint64_t invalid_request;
    uint64_t overload;
    alignas(16) unsigned char private_data[];
};

struct ipc_server {
    struct service *service;
    qb_ipcs_service_t *qb;              /* NULL = no socket */
    enum qb_ipcs_rate_limit rate;
};

/* A descriptor libqb wants polled. */
struct polled {
    struct polled *next;
    int32_t fd;
    enum qb_loop_priority priority;
    int32_t events;
    void *data;                         /* the libqb connection or service */
    qb_ipcs_dispatch_fn_t fn;
    bool stopped;                       /* only hang-ups are waited for */
};

static struct {
    struct polled *polled;
    struct ipc_server servers[SERVICE_ID_MAX];
    struct ipc_conn *connections;
    uint64_t last_id;
    uint64_t active;
    uint64_t closed;
    void *request;                      /* copy of a request that libqb did not align */
    size_t request_size;
    bool allowed;
    bool low_descriptors;
    size_t queue_bytes_max;             /* events waiting for one client; more and it is disconnected */
    struct clock_timer recheck_timer;
} ipc;

/* ---- what services call ---- */

void *ipc_conn_private(struct ipc_conn *conn)
{
    return conn->private_data;
}

uint64_t ipc_conn_id(const struct ipc_conn *conn)
{
    return conn->id;
}

struct ipc_conn *ipc_conn_find(uint64_t id)
{
    for (struct ipc_conn *conn = ipc.connections; conn != NULL; conn = conn->next) {
        if (conn->id == id) {
            return conn->gone ? NULL : conn;
        }
    }
    return NULL;
}

uint32_t ipc_conn_pid(const struct ipc_conn *conn)
{
    return conn->pid;
}

static void send_failed(const struct ipc_conn *conn, const char *what, ssize_t result)
{
    log_msg(SUBSYS_MAIN,
            result == -ENOTCONN || result == -ECONNRESET || result == -EPIPE ? LOG_DEBUG : LOG_WARNING,
            "%s to %s[%u] of service %s lost: %s", what, conn->procname, conn->pid, conn->service->ipc_name,
            strerror((int)-result));
}

void ipc_response_sendv(struct ipc_conn *conn, const struct iovec *iov, unsigned iov_count)
{
    ssize_t result = qb_ipcs_response_sendv(conn->qb, iov, iov_count);

    if (result < 0) {
        send_failed(conn, "response", result);
    }
}

void ipc_response_send(struct ipc_conn *conn, const void *msg, size_t size)
{
    struct iovec iov = {(void *)(uintptr_t)msg, size};

    ipc_response_sendv(conn, &iov, 1);
}

void ipc_response_error(struct ipc_conn *conn, int32_t id, cs_error_t error)
{
    struct res_header response = {.id = id, .size = sizeof(response), .error = (int32_t)error};

    ipc_response_send(conn, &response, sizeof(response));
}

/* ---- events ---- */

static void drop_queue(struct ipc_conn *conn)
{
    while (conn->queue != NULL) {
        struct queued_event *event = conn->queue;

        conn->queue = event->next;
        free(event);
    }
    conn->queue_end = &conn->queue;
    conn->queue_bytes = 0;
    clock_cancel(&conn->flush_timer);
}

static void flush_queue(void *data)
{
    struct ipc_conn *conn = data;

    while (conn->queue != NULL) {
        struct queued_event *event = conn->queue;
        ssize_t result = qb_ipcs_event_send(conn->qb, event->bytes, event->size);

        if (result == -EAGAIN) {
            clock_arm(&conn->flush_timer, FLUSH_RETRY_NS);
            return;
        }
        if (result < 0) {
            send_failed(conn, "event", result);
        }
        conn->queue = event->next;
        conn->queue_bytes -= event->size;
        conn->sent++;
        conn->read_at = engine_monotonic_ns();
        free(event);
    }
    conn->queue_end = &conn->queue;
}

static size_t total_size(const struct iovec *iov, unsigned iov_count)
{
    size_t size = 0;

    for (unsigned i = 0; i < iov_count; i++) {
        size += iov[i].iov_len;
    }
    return size;
}

static void overflow(struct ipc_conn *conn)
{
    log_msg(SUBSYS_MAIN, LOG_ERR, "%s[%u] of service %s does not read its events: disconnecting it",
            conn->procname, conn->pid, conn->service->ipc_name);
    drop_queue(conn);
    qb_ipcs_disconnect(conn->qb);
}

static void enqueue(struct ipc_conn *conn, const struct iovec *iov, unsigned iov_count)
{
    size_t size = total_size(iov, iov_count);
    struct queued_event *event;
    size_t used = 0;

    if (conn->queue_bytes + size > ipc.queue_bytes_max || (event = malloc(sizeof(*event) + size)) == NULL) {
        overflow(conn);
        return;
    }
    event->next = NULL;
    event->size = size;
    for (unsigned i = 0; i < iov_count; i++) {
        if (iov[i].iov_len > 0) {
            memcpy(event->bytes + used, iov[i].iov_base, iov[i].iov_len);
            used += iov[i].iov_len;
        }
    }
    *conn->queue_end = event;
    conn->queue_end = &event->next;
    conn->queue_bytes += size;
    conn->queued++;
    backlog_grew(conn->queue_bytes, conn->procname, conn->pid);
    if (!conn->flush_timer.armed) {
        clock_arm(&conn->flush_timer, FLUSH_RETRY_NS);
    }
}

void ipc_event_sendv(struct ipc_conn *conn, const struct iovec *iov, unsigned iov_count)
{
    ssize_t result;

    if (conn->gone) {
        return;
    }
    if (conn->queue != NULL) {
        flush_queue(conn);
    }
    if (conn->queue != NULL) {
        enqueue(conn, iov, iov_count);
        return;
    }
    result = qb_ipcs_event_sendv(conn->qb, iov, iov_count);
    if (result == -EAGAIN) {
        enqueue(conn, iov, iov_count);
    } else if (result < 0) {
        send_failed(conn, "event", result);
    }
}

void ipc_event_send(struct ipc_conn *conn, const void *msg, size_t size)
{
    struct iovec iov = {(void *)(uintptr_t)msg, size};

    ipc_event_sendv(conn, &iov, 1);
}

size_t ipc_backlog(void)
{
    uint64_t now = engine_monotonic_ns();
    size_t bytes = 0;

    for (const struct ipc_conn *conn = ipc.connections; conn != NULL; conn = conn->next) {
        if (conn->queue_bytes > bytes && now - conn->read_at < READING_NS) {
            bytes = conn->queue_bytes;
        }
    }
    return bytes;
}

/* ---- connections ---- */

static bool key_is_one(const char *format, unsigned id)
{
    char key[64];
    uint8_t value = 0;

    snprintf(key, sizeof(key), "%s.%u", format, id);
    return icmap_get_u8(engine.map, key, &value) == CS_OK && value == 1;
}

static int32_t on_accept(qb_ipcs_connection_t *qb, uid_t uid, gid_t gid)
{
    if (!ipc.allowed) {
        return -EAGAIN;
    }
    if (services_find(qb_ipcs_service_id_get(qb)) == NULL) {
        return -ENOSYS;
    }
    if (ipc.low_descriptors) {
        return -EMFILE;
    }
    if (uid == 0 || gid == 0) {
        return 0;
    }
    if (key_is_one("uidgid.uid", uid) || key_is_one("uidgid.config.uid", uid) ||
        key_is_one("uidgid.gid", gid) || key_is_one("uidgid.config.gid", gid)) {
        return 0;
    }
    log_msg(SUBSYS_MAIN, LOG_ERR, "Denied connection attempt from %u:%u", uid, gid);
    return -EACCES;
}

/* The name in parentheses of /proc/PID/stat. */
static void read_procname(uint32_t pid, char name[PROCNAME_MAX])
{
    char path[64], line[512];
    FILE *file;
    char *start, *end;

    snprintf(name, PROCNAME_MAX, "%s", "");
    snprintf(path, sizeof(path), "/proc/%u/stat", pid);
    file = fopen(path, "re");
    if (file == NULL) {
        return;
    }
    if (fgets(line, sizeof(line), file) != NULL && (start = strchr(line, '(')) != NULL &&
        (end = strrchr(line, ')')) != NULL && end > start) {
        *end = '\0';
        snprintf(name, PROCNAME_MAX, "%.31s", start + 1);
    }
    fclose(file);
}

static uint32_t peer_pid(qb_ipcs_connection_t *qb)
{
    struct qb_ipcs_connection_stats stats;

    return qb_ipcs_connection_stats_get(qb, &stats, 0) == 0 ? (uint32_t)stats.client_pid : 0;
}

static void on_created(qb_ipcs_connection_t *qb)
{
    struct service *service = services_find(qb_ipcs_service_id_get(qb));
    struct ipc_conn *conn;

    if (service == NULL || (conn = calloc(1, sizeof(*conn) + service->conn_private_size)) == NULL) {
        qb_ipcs_disconnect(qb);
        return;
    }
    conn->id = ++ipc.last_id;
    conn->qb = qb;
    conn->service = service;
    conn->queue_end = &conn->queue;
    conn->flush_timer = (struct clock_timer){.fn = flush_queue, .data = conn};
    conn->pid = peer_pid(qb);
    read_procname(conn->pid, conn->procname);
    conn->next = ipc.connections;
    ipc.connections = conn;
    ipc.active++;
    qb_ipcs_context_set(qb, conn);
    log_msg(SUBSYS_MAIN, LOG_DEBUG, "connection created: %s[%u] to %s", conn->procname, conn->pid,
            service->ipc_name);
    if (service->lib_init != NULL && service->lib_init(conn) != 0) {
        log_msg(SUBSYS_MAIN, LOG_ERR, "lib_init failed, disconnecting");
        qb_ipcs_disconnect(qb);
    }
}

static int32_t on_closed(qb_ipcs_connection_t *qb)
{
    struct ipc_conn *conn = qb_ipcs_context_get(qb);

    if (conn == NULL || conn->gone) {
        return 0;
    }
    conn->gone = true;
    drop_queue(conn);
    ipc.active--;
    ipc.closed++;
    if (conn->service->lib_exit != NULL) {
        conn->service->lib_exit(conn);
    }
    return 0;
}

static void on_destroyed(qb_ipcs_connection_t *qb)
{
    struct ipc_conn *conn = qb_ipcs_context_get(qb);
    struct ipc_conn **link = &ipc.connections;

    if (conn == NULL) {
        return;
    }
    while (*link != NULL && *link != conn) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = conn->next;
    }
    qb_ipcs_context_set(qb, NULL);
    drop_queue(conn);
    free(conn);
}

/* ---- requests ---- */

static void refuse(struct ipc_conn *conn, const struct lib_handler *handler, cs_error_t error)
{
    if (handler != NULL && handler->one_way) {
        log_msg(SUBSYS_MAIN, LOG_DEBUG, "one-way request of %s[%u] dropped: %d", conn->procname, conn->pid,
                error);
        return;
    }
    ipc_response_error(conn, 0, error);
}

static const struct lib_handler *find_handler(const struct ipc_conn *conn, const struct req_header *header,
                                              size_t size)
{
    const struct lib_handler *handler;

    if (header->id < 0 || (uint32_t)header->id >= conn->service->lib_handler_count) {
        return NULL;
    }
    handler = &conn->service->lib_handlers[header->id];
    if (size < handler->min_size ||
        size > (handler->max_size != 0 ? handler->max_size : ENGINE_MESSAGE_MAX)) {
        return NULL;
    }
    return handler;
}

/* libqb's rings align messages to 4 bytes, services are promised 8: the request itself or a copy, NULL = no
 * memory. */
static const void *aligned_request(const void *data, size_t size)
{
    if (((uintptr_t)data & 7) == 0) {
        return data;
    }
    if (size > ipc.request_size) {
        void *larger = realloc(ipc.request, size);

        if (larger == NULL) {
            return NULL;
        }
        ipc.request = larger;
        ipc.request_size = size;
    }
    memcpy(ipc.request, data, size);
    return ipc.request;
}

static void handle_request(struct ipc_conn *conn, const struct lib_handler *handler, const void *data,
                           size_t size)
{
    const void *request = aligned_request(data, size);

    if (request == NULL) {
        refuse(conn, handler, CS_ERR_NO_MEMORY);
    } else {
        handler->fn(conn, request, size);
    }
}

static int32_t on_request(qb_ipcs_connection_t *qb, void *data, size_t size)
{
    struct ipc_conn *conn = qb_ipcs_context_get(qb);
    struct req_header header = {0};
    const struct lib_handler *handler;
    bool known_id;
    int reserved = 0;

    if (conn == NULL || conn->gone) {
        return 0;
    }
    if (size < sizeof(header) || size > (size_t)qb_ipcs_connection_get_buffer_size(qb)) {
        conn->invalid_request++;
        refuse(conn, NULL, CS_ERR_INVALID_PARAM);
        return 0;
    }
    memcpy(&header, data, sizeof(header));
    handler = find_handler(conn, &header, size);
    known_id = header.id >= 0 && (uint32_t)header.id < conn->service->lib_handler_count;
    if (handler != NULL && handler->flow_control) {
        reserved = ring_reserve(size + 1);
    }
    if (handler == NULL || reserved < 0) {
        conn->invalid_request++;
        refuse(conn, known_id ? &conn->service->lib_handlers[header.id] : NULL, CS_ERR_INVALID_PARAM);
        return 0;
    }
    if (handler->flow_control && (reserved == 0 || engine_sync_in_progress())) {
        conn->overload++;
        refuse(conn, handler, CS_ERR_TRY_AGAIN);
    } else {
        handle_request(conn, handler, data, size);
    }
    if (reserved > 0) {
        ring_release(reserved);
    }
    return 0;
}

/* ---- polled descriptors ---- */

/*
 * libqb leaves a stopped connection's descriptor in the loop, which then spins until the connection goes on.
 * So we remember what libqb asks for and ask the loop for hang-ups only while a connection is stopped.
 */
static struct polled *find_polled(int32_t fd)
{
    for (struct polled *polled = ipc.polled; polled != NULL; polled = polled->next) {
        if (polled->fd == fd) {
            return polled;
        }
    }
    return NULL;
}

static int32_t poll_add(enum qb_loop_priority priority, int32_t fd, int32_t events, void *data,
                        qb_ipcs_dispatch_fn_t fn)
{
    struct polled *polled = calloc(1, sizeof(*polled));
    int32_t result;

    if (polled == NULL) {
        return -ENOMEM;
    }
    result = qb_loop_poll_add(engine.loop, priority, fd, events, data, fn);
    if (result != 0) {
        free(polled);
        return result;
    }
    *polled = (struct polled){ipc.polled, fd, priority, events, data, fn, false};
    ipc.polled = polled;
    return 0;
}

static int32_t poll_mod(enum qb_loop_priority priority, int32_t fd, int32_t events, void *data,
                        qb_ipcs_dispatch_fn_t fn)
{
    struct polled *polled = find_polled(fd);

    if (polled != NULL) {
        polled->priority = priority;
        polled->events = events;
        polled->data = data;
        polled->fn = fn;
        if (polled->stopped) {
            return 0;
        }
    }
    return qb_loop_poll_mod(engine.loop, priority, fd, events, data, fn);
}

static int32_t poll_del(int32_t fd)
{
    for (struct polled **link = &ipc.polled; *link != NULL; link = &(*link)->next) {
        struct polled *polled = *link;

        if (polled->fd == fd) {
            *link = polled->next;
            free(polled);
            break;
        }
    }
    return qb_loop_poll_del(engine.loop, fd);
}

static bool is_connection_of(const void *data, const struct service *service)
{
    for (const struct ipc_conn *conn = ipc.connections; conn != NULL; conn = conn->next) {
        if (conn->qb == data && conn->service == service) {
            return true;
        }
    }
    return false;
}

static void stop_or_resume(const struct service *service, bool stop)
{
    for (struct polled *polled = ipc.polled; polled != NULL; polled = polled->next) {
        if (polled->stopped != stop && is_connection_of(polled->data, service)) {
            polled->stopped = stop;
            qb_loop_poll_mod(engine.loop, polled->priority, polled->fd, stop ? 0 : polled->events,
                             polled->data, polled->fn);
        }
    }
}

/* ---- servers ---- */

static int32_t job_add(enum qb_loop_priority priority, void *data, qb_loop_job_dispatch_fn fn)
{
    return qb_loop_job_add(engine.loop, priority, data, fn);
}

static struct qb_ipcs_poll_handlers poll_handlers = {
    .job_add = job_add, .dispatch_add = poll_add, .dispatch_mod = poll_mod, .dispatch_del = poll_del,
};

static struct qb_ipcs_service_handlers service_handlers = {
    .connection_accept = on_accept, .connection_created = on_created, .msg_process = on_request,
    .connection_closed = on_closed, .connection_destroyed = on_destroyed,
};

static enum qb_ipc_type ipc_type(void)
{
    const char *type = icmap_get_string(engine.map, "system.qb_ipc_type");

    if (type != NULL && strcmp(type, "shm") == 0) {
        return QB_IPC_SHM;
    }
    return type != NULL && strcmp(type, "socket") == 0 ? QB_IPC_SOCKET : QB_IPC_NATIVE;
}

void ipc_service_open(struct service *service)
{
    struct ipc_server *server = &ipc.servers[service->id];
    int32_t result;

    server->service = service;
    server->rate = QB_IPCS_RATE_NORMAL;
    server->qb = qb_ipcs_create(service->ipc_name, service->id, ipc_type(), &service_handlers);
    if (server->qb == NULL) {
        log_msg(SUBSYS_SERV, LOG_ERR, "Can't initialize IPC of %s", service->name);
        return;
    }
    qb_ipcs_poll_handlers_set(server->qb, &poll_handlers);
    result = qb_ipcs_run(server->qb);
    if (result != 0) {
        log_msg(SUBSYS_SERV, LOG_ERR, "Can't listen on IPC socket '%s': %s", service->ipc_name,
                strerror(-result));
        server->qb = NULL;
        return;
    }
    log_msg(SUBSYS_QB, LOG_INFO, "server name: %s", service->ipc_name);
    engine_flow_control_update();
}

void ipc_service_close(struct service *service)
{
    struct ipc_server *server = &ipc.servers[service->id];

    if (server->qb != NULL) {
        qb_ipcs_service_t *qb = server->qb;

        server->qb = NULL;
        qb_ipcs_destroy(qb);
    }
}

void ipc_allow(void)
{
    ipc.allowed = true;
}

/* ---- flow control ---- */

static enum qb_ipcs_rate_limit rate_for(const struct service *service, enum totem_level level, bool syncing)
{
    if (level == TOTEM_LEVEL_CRITICAL || (syncing && !service->ipc_during_sync)) {
        return QB_IPCS_RATE_OFF_2;
    }
    if (level == TOTEM_LEVEL_LOW) {
        return QB_IPCS_RATE_FAST;
    }
    return level == TOTEM_LEVEL_GOOD ? QB_IPCS_RATE_NORMAL : QB_IPCS_RATE_SLOW;
}

static void on_recheck(void *data)
{
    ring_check_level();
    engine_flow_control_update();
}

void engine_flow_control_update(void)
{
    enum totem_level level = ring_level();
    bool syncing = engine_sync_in_progress();
    bool off = false;

    for (unsigned id = 0; id < SERVICE_ID_MAX; id++) {
        struct ipc_server *server = &ipc.servers[id];
        enum qb_ipcs_rate_limit rate;

        if (server->qb == NULL) {
            continue;
        }
        rate = rate_for(server->service, level, syncing);
        off = off || rate == QB_IPCS_RATE_OFF_2;
        if (rate != server->rate) {
            server->rate = rate;
            qb_ipcs_request_rate_limit(server->qb, rate);
            stop_or_resume(server->service, rate == QB_IPCS_RATE_OFF_2);
        }
    }
    if (off && level == TOTEM_LEVEL_CRITICAL && !ipc.recheck_timer.armed) {
        clock_arm(&ipc.recheck_timer, RECHECK_NS);
    }
}

static void on_low_descriptors(int32_t not_enough, int32_t available)
{
    ipc.low_descriptors = not_enough != 0;
    log_msg(SUBSYS_MAIN, ipc.low_descriptors ? LOG_WARNING : LOG_NOTICE, "file descriptors left: %d%s",
            available, ipc.low_descriptors ? ", refusing new connections" : "");
}

/* Like the original while there is memory, but a client that was stopped for good does not use all of it. */
static size_t queue_limit(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page_size = sysconf(_SC_PAGESIZE);
    size_t limit = pages > 0 && page_size > 0 ? (size_t)pages / QUEUE_MEMORY_SHARE * (size_t)page_size : 0;

    return limit > QUEUE_BYTES_MIN ? limit : QUEUE_BYTES_MIN;
}

void ipc_init(void)
{
    ipc.queue_bytes_max = queue_limit();
    qb_loop_poll_low_fds_event_set(engine.loop, on_low_descriptors);
    ipc.recheck_timer.fn = on_recheck;
}

/* ---- statistics ---- */

static void one_conn_stats(const struct ipc_conn *conn, ipc_stats_fn fn, void *ctx)
{
    struct qb_ipcs_connection_stats qb;
    struct ipc_conn_stats stats = {
        .service = conn->service->id, .pid = conn->pid, .pointer = conn, .procname = conn->procname,
        .invalid_request = conn->invalid_request, .overload = conn->overload, .queued = conn->queued,
        .sent = conn->sent, .queueing = conn->queue != NULL,
    };

    if (conn->gone || qb_ipcs_connection_stats_get(conn->qb, &qb, 0) != 0) {
        return;
    }
    stats.requests = qb.requests;
    stats.responses = qb.responses;
    stats.dispatched = qb.events;
    stats.send_retries = qb.send_retries;
    stats.recv_retries = qb.recv_retries;
    stats.flow_control = (uint32_t)qb.flow_control_state;
    stats.flow_control_count = qb.flow_control_count;
    fn(ctx, &stats);
}

void ipc_stats(ipc_stats_fn fn, void *ctx, uint64_t *active, uint64_t *closed)
{
    *active = ipc.active;
    *closed = ipc.closed;
    for (const struct ipc_conn *conn = ipc.connections; conn != NULL; conn = conn->next) {
        one_conn_stats(conn, fn, ctx);
    }
}

void ipc_stats_clear(void)
{
    ipc.closed = 0;
    for (struct ipc_conn *conn = ipc.connections; conn != NULL; conn = conn->next) {
        struct qb_ipcs_connection_stats ignored;

        conn->invalid_request = conn->overload = 0;
        conn->queued = conn->sent = 0;
        if (!conn->gone) {
            (void)qb_ipcs_connection_stats_get(conn->qb, &ignored, 1);
        }
    }
}
