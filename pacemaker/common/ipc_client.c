/* Talking to local daemons over libqb (ipc.h, messaging.md §1). */
#include "config.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <qb/qbipcc.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/ipc_internal.h"
#include "pacemaker/common/ipc_wire.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"

#define CALL_TIMEOUT_DEFAULT 5000       /* ms */
#define CONNECT_TIMEOUT 5000            /* ms the server may take to answer the connection request */
#define EVENTS_PER_DISPATCH 10u

struct ipc_conn {
    char *service;
    const ipc_conn_ops_t *ops;
    void *arg;
    qb_ipcc_connection_t *qb;
    char *buffer;
    size_t buffer_size;
    pid_t server_pid;
    uid_t server_uid;
    guint source;
    int32_t missing_reply;      /* id of a request whose response timed out; 0 = none */
    bool closed;                /* the peer is gone and closed() has been called */
    bool dispatching, freed;    /* a callback may disconnect */
};

size_t ipc_buffer_size(void)
{
    static size_t size;

    if (size == 0) {
        const char *text = env_option("ipc_buffer");
        char *end = NULL;
        long long wanted = text != NULL ? strtoll(text, &end, 10) : 0;

        if (wanted <= 0 || (end != NULL && *end != '\0')) {
            wanted = IPC_BUFFER_DEFAULT;
        }
        size = wanted < IPC_BUFFER_MIN ? IPC_BUFFER_MIN : wanted > UINT32_MAX ? UINT32_MAX : (size_t)wanted;
    }
    return size;
}

static long long monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Only root, the daemon user or the daemon group may serve. */
static int check_server(ipc_conn_t *conn, int fd)
{
    struct ucred peer = {0};
    socklen_t length = sizeof(peer);
    uid_t user = 0;
    gid_t group = 0;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) {
        return -errno;
    }
    conn->server_pid = peer.pid;
    conn->server_uid = peer.uid;
    if (peer.uid == 0) {
        return 0;
    }
    if (daemon_user_ids(&user, &group) == 0 && (peer.uid == user || peer.gid == group)) {
        return 0;
    }
    log_err("The process serving '%s' is not the cluster's | pid=%d uid=%u gid=%u", conn->service,
            (int)peer.pid, (unsigned)peer.uid, (unsigned)peer.gid);
    return -ECONNABORTED;
}

/* Connect within limit ms; libqb's connect() alone would wait for a hanging server without end. */
static int connect_qb(ipc_conn_t *conn, size_t size, int limit)
{
    int fd = -1;

    conn->qb = qb_ipcc_connect_async(conn->service, size, &fd);
    if (conn->qb == NULL) {
        return errno != 0 ? -errno : -ECONNREFUSED;
    }
    int rc = check_server(conn, fd);

    if (rc == 0) {
        struct pollfd poller = {.fd = fd, .events = POLLIN};

        do {
            rc = poll(&poller, 1, limit);
        } while (rc < 0 && errno == EINTR);
        rc = rc < 0 ? -errno : rc == 0 ? -EAGAIN : 0;
    }
    if (rc < 0) {
        qb_ipcc_disconnect(conn->qb);
        return rc;
    }
    /* on failure libqb has released the connection */
    return qb_ipcc_connect_continue(conn->qb);
}

int ipc_probe(const char *service, int limit_ms, pid_t *pid, uid_t *uid)
{
    ipc_conn_t conn = {.service = (char *)service};
    int rc = connect_qb(&conn, ipc_buffer_size(), limit_ms);

    *pid = conn.server_pid;
    *uid = conn.server_uid;
    if (rc == 0) {
        qb_ipcc_disconnect(conn.qb);
    }
    return rc;
}

ipc_conn_t *ipc_connect(const char *service, size_t buffer, const ipc_conn_ops_t *ops, void *arg, int *rc)
{
    ipc_conn_t *conn = g_new0(ipc_conn_t, 1);
    size_t size = buffer > ipc_buffer_size() ? buffer : ipc_buffer_size();

    conn->service = g_strdup(service);
    conn->ops = ops;
    conn->arg = arg;
    *rc = connect_qb(conn, size, CONNECT_TIMEOUT);
    if (*rc < 0) {
        log_debug("Could not connect to '%s': %s", service, strerror(-*rc));
        if (*rc == -ENOENT) {
            *rc = -ECONNREFUSED;
        }
        g_free(conn->service);
        g_free(conn);
        return NULL;
    }
    conn->buffer_size = (size_t)qb_ipcc_get_buffer_size(conn->qb);
    conn->buffer = g_malloc(conn->buffer_size);
    return conn;
}

static void conn_destroy(ipc_conn_t *conn)
{
    qb_ipcc_disconnect(conn->qb);
    g_free(conn->buffer);
    g_free(conn->service);
    g_free(conn);
}

void ipc_disconnect(ipc_conn_t *conn)
{
    if (conn == NULL) {
        return;
    }
    if (conn->source != 0) {
        g_source_remove(conn->source);
        conn->source = 0;
    }
    conn->freed = true;
    if (!conn->dispatching) {
        conn_destroy(conn);
    }
}

bool ipc_conn_alive(const ipc_conn_t *conn)
{
    return conn != NULL && !conn->closed && qb_ipcc_is_connected(conn->qb);
}

pid_t ipc_conn_server_pid(const ipc_conn_t *conn)
{
    return conn->server_pid;
}

int ipc_conn_fd(const ipc_conn_t *conn)
{
    int32_t fd = -1;

    qb_ipcc_fd_get(conn->qb, &fd);
    return fd;
}

/* ---- events ---- */

static void deliver_event(ipc_conn_t *conn, size_t size)
{
    struct ipc_header header;
    XML_AUTO xmlNode *msg = NULL;
    int rc = ipc_decode(conn->buffer, size, &header, &msg);

    if (rc < 0) {
        log_err("Ignoring an unusable event of %zu bytes from '%s'", size, conn->service);
    } else if (conn->ops != NULL && conn->ops->event != NULL) {
        conn->ops->event(conn, msg, conn->arg);
    }
}

static void note_closed(ipc_conn_t *conn)
{
    if (conn->closed) {
        return;
    }
    conn->closed = true;
    if (conn->source != 0) {
        g_source_remove(conn->source);
        conn->source = 0;
    }
    if (conn->ops != NULL && conn->ops->closed != NULL) {
        conn->ops->closed(conn, conn->arg);
    }
}

/* At most limit events; true when there may be more. */
static bool read_events(ipc_conn_t *conn, unsigned limit)
{
    ssize_t size = 0;

    while (!conn->freed && limit-- > 0) {
        size = qb_ipcc_event_recv(conn->qb, conn->buffer, conn->buffer_size, 0);
        if (size <= 0) {
            return false;
        }
        deliver_event(conn, (size_t)size);
    }
    return true;
}

static int dispatch(ipc_conn_t *conn, unsigned limit)
{
    if (conn->closed) {
        return -ENOTCONN;
    }
    if (conn->dispatching) {
        return 0;
    }
    conn->dispatching = true;
    read_events(conn, limit);
    if (!conn->freed && !qb_ipcc_is_connected(conn->qb)) {
        note_closed(conn);
    }
    conn->dispatching = false;

    int rc = conn->closed ? -ENOTCONN : 0;

    if (conn->freed) {
        conn_destroy(conn);
        return -ENOTCONN;
    }
    return rc;
}

int ipc_conn_dispatch(ipc_conn_t *conn)
{
    return dispatch(conn, UINT32_MAX);
}

static gboolean conn_ready(gint fd, GIOCondition condition, gpointer data)
{
    ipc_conn_t *conn = data;

    if ((condition & (G_IO_HUP | G_IO_NVAL | G_IO_ERR)) != 0 && (condition & G_IO_IN) == 0) {
        conn->dispatching = true;
        read_events(conn, UINT32_MAX);
        conn->source = 0;
        if (!conn->freed) {
            note_closed(conn);
        }
        conn->dispatching = false;
        if (conn->freed) {
            conn_destroy(conn);
        }
        return G_SOURCE_REMOVE;
    }
    /* an ended connection removes this source itself */
    return dispatch(conn, EVENTS_PER_DISPATCH) == 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

int ipc_conn_attach(ipc_conn_t *conn)
{
    int fd = ipc_conn_fd(conn);

    if (fd < 0) {
        return -ENOTCONN;
    }
    if (conn->source == 0) {
        conn->source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR | G_IO_NVAL, conn_ready, conn);
    }
    return 0;
}

/* ---- requests ---- */

static int send_bytes(ipc_conn_t *conn, const struct ipc_bytes *bytes, long long deadline)
{
    useconds_t pause = 1000;

    for (;;) {
        ssize_t rc = qb_ipcc_send(conn->qb, bytes->data, bytes->size);

        if (rc >= 0) {
            return 0;
        }
        if (rc != -EAGAIN || !qb_ipcc_is_connected(conn->qb)) {
            return rc == -EAGAIN ? -ENOTCONN : (int)rc;
        }
        if (deadline >= 0 && monotonic_ms() >= deadline) {
            return -EAGAIN;
        }
        usleep(pause);
        pause = pause < 100000 ? pause * 2 : pause;
    }
}

/* Wait for the response to request id; *reply NULL when its content is unusable. */
static int receive_reply(ipc_conn_t *conn, int32_t id, long long deadline, xmlNode **reply)
{
    struct ipc_header header;

    for (;;) {
        long long left = deadline >= 0 ? deadline - monotonic_ms() : 1000;
        ssize_t size = qb_ipcc_recv(conn->qb, conn->buffer, conn->buffer_size,
                                    left > 1000 ? 1000 : left > 0 ? (int)left : 0);

        if (size > 0) {
            int rc = ipc_decode(conn->buffer, (size_t)size, &header, reply);

            if ((size_t)size >= sizeof(header) && header.id == id) {
                return rc == 0 ? 0 : -ENOMSG;
            }
            /* a late response to an earlier request */
            log_debug("Discarding response %d of '%s' while waiting for %d", (int)header.id, conn->service,
                      (int)id);
            xml_free(*reply);
            *reply = NULL;
            continue;
        }
        if (!qb_ipcc_is_connected(conn->qb)) {
            return -ENOTCONN;
        }
        if (size < 0 && size != -EAGAIN && size != -ETIMEDOUT && size != -EINTR) {
            return (int)size;
        }
        if (left <= 0) {
            return -ETIMEDOUT;
        }
    }
}

static int transmit(ipc_conn_t *conn, const xmlNode *msg, uint32_t flags, long long deadline, int32_t *id)
{
    static int32_t next_request = 1;
    struct ipc_bytes *bytes = NULL;
    XML_AUTO xmlNode *late = NULL;

    if (!ipc_conn_alive(conn)) {
        return -ENOTCONN;
    }
    if (conn->missing_reply != 0) {
        int rc = receive_reply(conn, conn->missing_reply, deadline, &late);

        if (rc == -ETIMEDOUT) {
            return -EALREADY;
        }
        conn->missing_reply = 0;
        if (rc == -ENOTCONN) {
            return rc;
        }
    }
    *id = next_request;
    next_request = next_request == INT32_MAX ? 1 : next_request + 1;

    int rc = ipc_encode(msg, *id, flags, conn->buffer_size, &bytes);

    if (rc == 0) {
        rc = send_bytes(conn, bytes, deadline >= 0 ? deadline + 1000 : -1);
        free(bytes);
    }
    return rc;
}

int ipc_send(ipc_conn_t *conn, const xmlNode *msg, uint32_t flags)
{
    int32_t id = 0;

    return transmit(conn, msg, flags & ~IPC_FLAG_CLIENT_RESPONSE, monotonic_ms() + CALL_TIMEOUT_DEFAULT, &id);
}

int ipc_call(ipc_conn_t *conn, const xmlNode *msg, uint32_t flags, int timeout_ms, xmlNode **reply)
{
    long long deadline =
        timeout_ms < 0 ? -1 : monotonic_ms() + (timeout_ms > 0 ? timeout_ms : CALL_TIMEOUT_DEFAULT);
    xmlNode *answer = NULL;
    int32_t id = 0;
    int rc = transmit(conn, msg, flags | IPC_FLAG_CLIENT_RESPONSE, deadline, &id);

    if (rc == 0) {
        rc = receive_reply(conn, id, deadline, &answer);
    }
    if (rc == -ETIMEDOUT) {
        conn->missing_reply = id;
    }
    if (rc == 0 && reply != NULL) {
        *reply = answer;
    } else {
        xml_free(answer);
    }
    return rc;
}
