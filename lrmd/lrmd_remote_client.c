/* The client's side of a connection to pacemaker-remoted: TCP, TLS handshake, calls. */
#include "config.h"
#include "lrmd/lrmd_remote.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <glib-unix.h>

#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"

#define REPLY_TIMEOUT_MS 10000u
#define SEND_TIMEOUT_MS 10000u
#define WAITING_MAX 10000u           /* messages kept while a call waits for its reply */

enum phase { PHASE_IDLE, PHASE_TCP, PHASE_TLS, PHASE_READY };

struct remote_client {
    char *server;
    int port;
    const remote_client_ops_t *ops;
    void *arg;
    enum phase phase;
    int fd;                          /* -1 = none */
    gnutls_psk_client_credentials_t credentials;
    remote_stream_t stream;
    long long last_id;               /* of our requests */
    unsigned discard;                /* answers to come that nobody waits for */
    GQueue waiting;                  /* messages that came during a call */
    guint source, timer, idle;
    struct addrinfo *addresses, *address;    /* all, and the one being tried */
    unsigned busy;                   /* callbacks in progress: freeing waits for their end */
    bool freed;
};

remote_client_t *remote_client_new(const char *server, int port, const remote_client_ops_t *ops, void *arg)
{
    remote_client_t *c = g_new0(remote_client_t, 1);

    c->server = g_strdup(server);
    c->port = port;
    c->ops = ops;
    c->arg = arg;
    c->fd = -1;
    g_queue_init(&c->waiting);
    return c;
}

static void remove_source(guint *source)
{
    if (*source != 0) {
        g_source_remove(*source);
        *source = 0;
    }
}

static void disconnect(remote_client_t *c)
{
    remove_source(&c->source);
    remove_source(&c->timer);
    remove_source(&c->idle);
    remote_stream_clear(&c->stream);
    if (c->credentials != NULL) {
        gnutls_psk_free_client_credentials(c->credentials);
        c->credentials = NULL;
    }
    if (c->fd >= 0) {
        close(c->fd);
        c->fd = -1;
    }
    if (c->addresses != NULL) {
        freeaddrinfo(c->addresses);
        c->addresses = c->address = NULL;
    }
    for (xmlNode *msg; (msg = g_queue_pop_head(&c->waiting)) != NULL;) {
        xml_free(msg);
    }
    c->phase = PHASE_IDLE;
    c->discard = 0;
}

static void leave(remote_client_t *c)
{
    if (--c->busy == 0 && c->freed) {
        g_free(c->server);
        g_free(c);
    }
}

void remote_client_free(remote_client_t *client)
{
    disconnect(client);
    client->busy++;
    client->freed = true;
    leave(client);
}

bool remote_client_alive(const remote_client_t *client)
{
    return client->phase == PHASE_READY;
}

/* ---- connecting ---- */

static int resolve(remote_client_t *c)
{
    char port[16];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};

    snprintf(port, sizeof(port), "%d", c->port);
    int rc = getaddrinfo(c->server, port, &hints, &c->addresses);
    if (rc != 0) {
        log_warn("Cannot resolve remote node %s: %s", c->server, gai_strerror(rc));
        return -EHOSTUNREACH;
    }
    c->address = c->addresses;
    return 0;
}

/* Begin a TCP connection to the current address; 0 or negative errno. */
static int open_socket(remote_client_t *c)
{
    const struct addrinfo *a = c->address;
    int one = 1;

    c->fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) {
        return -errno;
    }
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    (void)setsockopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
    if (connect(c->fd, a->ai_addr, a->ai_addrlen) < 0 && errno != EINPROGRESS) {
        return -errno;
    }
    c->phase = PHASE_TCP;
    return 0;
}

/* Try the next address until one takes the connection attempt. */
static int next_address(remote_client_t *c, bool first)
{
    int rc = -EHOSTUNREACH;

    for (bool begin = first; c->address != NULL; begin = true) {
        if (begin) {
            if (c->fd >= 0) {
                close(c->fd);
            }
            rc = open_socket(c);
            if (rc == 0) {
                return 0;
            }
        }
        c->address = c->address->ai_next;
    }
    return rc;
}

static int start_tls(remote_client_t *c)
{
    gnutls_datum_t key = {0};
    gnutls_session_t session = NULL;
    int rc = remote_load_key(&key);

    if (rc < 0) {
        return rc;
    }
    char *priorities = remote_priorities();
    gnutls_psk_allocate_client_credentials(&c->credentials);
    gnutls_psk_set_client_credentials(c->credentials, "lrmd", &key, GNUTLS_PSK_KEY_RAW);
    gnutls_free(key.data);
    gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NONBLOCK);
    if (gnutls_priority_set_direct(session, priorities, NULL) < 0) {
        log_err("TLS priorities '%s' are invalid", priorities);
        rc = -EINVAL;
    }
    g_free(priorities);
    gnutls_credentials_set(session, GNUTLS_CRD_PSK, c->credentials);
    gnutls_transport_set_int(session, c->fd);
    remote_stream_init(&c->stream, session);
    c->phase = PHASE_TLS;
    return rc;
}

/* One step further after the socket became ready. 0: connected; 1: wait on (*writing says for what); else
 * error. */
static int advance(remote_client_t *c, bool *writing)
{
    int error = 0;
    socklen_t size = sizeof(error);

    *writing = true;
    if (c->phase == PHASE_TCP) {
        if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error != 0) {
            return next_address(c, false) == 0 ? 1 : -(error != 0 ? error : ENOTCONN);
        }
        int rc = start_tls(c);
        if (rc < 0) {
            return rc;
        }
    }
    int rc = gnutls_handshake(c->stream.session);
    if (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED) {
        *writing = gnutls_record_get_direction(c->stream.session) == 1;
        return 1;
    }
    if (rc < 0) {
        log_warn("TLS handshake with remote node %s failed: %s", c->server, gnutls_strerror(rc));
        return -EPROTO;
    }
    c->phase = PHASE_READY;
    return 0;
}

static int begin(remote_client_t *c)
{
    disconnect(c);
    int rc = resolve(c);
    return rc < 0 ? rc : next_address(c, true);
}

/* ---- receiving ---- */

static bool is_reply(const xmlNode *msg, long long *id)
{
    const char *type = xml_get(msg, "lrmd_remote_msg_type");

    return type != NULL && strcmp(type, "reply") == 0 && xml_get_int(msg, "lrmd_remote_msg_id", id) == 0;
}

static void lost(remote_client_t *c)
{
    log_info("Connection with remote node %s lost", c->server);
    disconnect(c);
    c->ops->closed(c, c->arg);
}

/* Read and keep whole messages. 0 or negative errno. */
static int collect(remote_client_t *c)
{
    int rc = remote_stream_read(&c->stream);
    int error = 0;

    for (xmlNode *msg; error == 0 && (msg = remote_stream_next(&c->stream, &error)) != NULL;) {
        if (g_queue_get_length(&c->waiting) >= WAITING_MAX) {
            log_err("Remote node %s sends more than we can take", c->server);
            xml_free(msg);
            return -ENOBUFS;
        }
        g_queue_push_tail(&c->waiting, msg);
    }
    return error != 0 ? error : rc;
}

/* Hand out what was kept; stops when the owner disconnects. */
static void deliver(remote_client_t *c)
{
    xmlNode *msg;
    long long id;

    while (c->phase == PHASE_READY && (msg = g_queue_pop_head(&c->waiting)) != NULL) {
        if (!is_reply(msg, &id)) {
            c->ops->message(c, msg, c->arg);
        } else if (c->discard > 0) {
            c->discard--;
        } else {
            log_debug("Late reply %lld of remote node %s", id, c->server);
        }
        xml_free(msg);
    }
}

static gboolean on_idle(gpointer data)
{
    remote_client_t *c = data;

    c->idle = 0;
    c->busy++;
    deliver(c);
    leave(c);
    return G_SOURCE_REMOVE;
}

/* A call gave up on the connection: say so once the caller is done. */
static gboolean on_idle_lost(gpointer data)
{
    remote_client_t *c = data;

    c->idle = 0;
    c->busy++;
    lost(c);
    leave(c);
    return G_SOURCE_REMOVE;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    remote_client_t *c = data;
    int rc = collect(c);

    c->busy++;
    deliver(c);
    if (rc < 0 && c->phase == PHASE_READY) {
        lost(c);                     /* removes this source */
    }
    gboolean go_on = c->source != 0 && c->fd == fd;
    leave(c);
    return go_on;
}

static void attach(remote_client_t *c)
{
    if (c->source == 0) {
        c->source = g_unix_fd_add(c->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, c);
    }
}

/* ---- connecting, both ways ---- */

int remote_client_connect(remote_client_t *client, unsigned timeout_ms)
{
    gint64 limit = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    bool writing = true;
    int rc = begin(client);

    while (rc == 0 && client->phase != PHASE_READY) {
        struct pollfd fd = {.fd = client->fd, .events = writing ? POLLOUT : POLLIN};
        gint64 left = (limit - g_get_monotonic_time()) / 1000;

        if (left <= 0 || (poll(&fd, 1, (int)left) == 0)) {
            rc = -ETIMEDOUT;
        } else {
            rc = advance(client, &writing);
            rc = rc > 0 ? 0 : rc;
        }
    }
    if (rc == 0) {
        attach(client);
    } else {
        disconnect(client);
    }
    return rc;
}

static void finish_connect(remote_client_t *c, int rc)
{
    remove_source(&c->timer);
    if (rc == 0) {
        attach(c);
    } else {
        disconnect(c);
    }
    c->busy++;
    c->ops->ready(c, rc, c->arg);
    leave(c);
}

static gboolean on_connect_timeout(gpointer data)
{
    remote_client_t *c = data;

    c->timer = 0;
    log_warn("Connection to remote node %s timed out", c->server);
    finish_connect(c, -ETIMEDOUT);
    return G_SOURCE_REMOVE;
}

static gboolean on_connect_ready(gint fd, GIOCondition condition, gpointer data)
{
    remote_client_t *c = data;
    bool writing = true;
    int rc = advance(c, &writing);

    c->source = 0;
    if (rc > 0) {
        c->source =
            g_unix_fd_add(c->fd, (writing ? G_IO_OUT : G_IO_IN) | G_IO_HUP | G_IO_ERR, on_connect_ready, c);
    } else {
        finish_connect(c, rc);
    }
    return G_SOURCE_REMOVE;
}

int remote_client_connect_async(remote_client_t *client, unsigned timeout_ms)
{
    int rc = begin(client);

    if (rc < 0) {
        disconnect(client);
        return rc;
    }
    client->source = g_unix_fd_add(client->fd, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_connect_ready, client);
    client->timer = g_timeout_add(timeout_ms, on_connect_timeout, client);
    return 0;
}

/* ---- calls ---- */

static int send_request(remote_client_t *c, const xmlNode *msg)
{
    if (c->phase != PHASE_READY) {
        return -ENOTCONN;
    }
    XML_AUTO xmlNode *request = xml_copy(msg);
    xml_set_int(request, "lrmd_remote_msg_id", ++c->last_id);
    xml_set(request, "lrmd_remote_msg_type", "request");
    return remote_stream_send(&c->stream, request, SEND_TIMEOUT_MS);
}

int remote_client_send(remote_client_t *client, const xmlNode *msg)
{
    int rc = send_request(client, msg);

    if (rc == 0) {
        client->discard++;
    }
    return rc;
}

/* Take the reply with that id out of the kept messages. */
static xmlNode *take_reply(remote_client_t *c, long long wanted)
{
    for (GList *item = c->waiting.head; item != NULL; item = item->next) {
        long long id = 0;

        if (is_reply(item->data, &id) && id == wanted) {
            xmlNode *msg = item->data;
            g_queue_delete_link(&c->waiting, item);
            return msg;
        }
    }
    return NULL;
}

int remote_client_call(remote_client_t *client, const xmlNode *msg, xmlNode **reply)
{
    gint64 limit = g_get_monotonic_time() + (gint64)REPLY_TIMEOUT_MS * 1000;
    int rc = send_request(client, msg);

    *reply = NULL;
    while (rc == 0 && (*reply = take_reply(client, client->last_id)) == NULL) {
        struct pollfd fd = {.fd = client->fd, .events = POLLIN};
        gint64 left = (limit - g_get_monotonic_time()) / 1000;

        if (left <= 0) {
            rc = -ETIMEDOUT;
        } else if (poll(&fd, 1, (int)left) > 0) {
            rc = collect(client);
        }
    }
    if (!g_queue_is_empty(&client->waiting) && client->idle == 0) {
        client->idle = g_idle_add(on_idle, client);
    }
    if (rc < 0 && client->phase == PHASE_READY) {
        log_warn("Remote node %s did not answer: %s", client->server, strerror(-rc));
        disconnect(client);          /* a late reply would confuse: start over */
        client->idle = g_idle_add(on_idle_lost, client);
    }
    return rc;
}
