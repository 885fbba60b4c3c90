/* pacemaker-remoted: an executor the cluster reaches over TLS, which also lets local programs talk to the
 * cluster's daemons through that connection (executor.md §13, messaging.md §8). This file: the TLS listener
 * and its clients. */
#include "config.h"
#include "lrmd/execd.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <glib.h>
#include <glib-unix.h>

#include "lrmd/lrmd_client.h"
#include "lrmd/lrmd_remote.h"
#include "lrmd/remoted.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

#define BACKLOG 10
#define HANDSHAKE_TIMEOUT_MS 10000u
#define SEND_TIMEOUT_MS 5000u
#define SHUTDOWN_PATIENCE_MS 20000u
#define CLIENTS_MAX 100u             /* connections at one time */

struct remote_peer {
    char *id;
    char *name;                      /* NULL until it said one */
    int fd;
    remote_stream_t stream;
    bool ready;                      /* handshake done */
    bool provider;                   /* will proxy IPC */
    guint source, timer;
};

static int listener = -1;
static guint listener_source;
static gnutls_psk_server_credentials_t credentials;
static GList *peers;                 /* remote_peer_t; providers that came last first */
static bool shutting_down, acknowledged;
static guint shutdown_timer;

/* ---- one connection ---- */

static void finish_shutdown(void)
{
    if (shutting_down && remoted_provider() == NULL) {
        execd_quit();
    }
}

static void peer_free(remote_peer_t *peer)
{
    if (peer->source != 0) {
        g_source_remove(peer->source);
    }
    if (peer->timer != 0) {
        g_source_remove(peer->timer);
    }
    remote_stream_clear(&peer->stream);
    close(peer->fd);
    g_free(peer->id);
    g_free(peer->name);
    g_free(peer);
}

/* The connection is over: drop what it asked for. */
static void peer_lost(remote_peer_t *peer)
{
    log_notice("Cleaning up after remote client %s disconnected", peer->name != NULL ? peer->name : peer->id);
    peers = g_list_remove(peers, peer);
    if (peer->provider) {
        remoted_proxy_provider_lost(peer);
    }
    if (peer->ready) {
        lrmd_core_client_gone(execd_core(), peer->id);
        if (peers == NULL) {
            lrmd_core_drop_all_recurring(execd_core());
        }
    }
    peer_free(peer);
    finish_shutdown();
}

static int peer_send(remote_peer_t *peer, const xmlNode *msg, long long id, const char *type)
{
    XML_AUTO xmlNode *copy = xml_copy(msg);

    xml_set_int(copy, "lrmd_remote_msg_id", id);
    xml_set(copy, "lrmd_remote_msg_type", type);
    int rc = remote_stream_send(&peer->stream, copy, SEND_TIMEOUT_MS);
    if (rc < 0) {
        log_warn("Cannot send to remote client %s: %s", peer->name != NULL ? peer->name : peer->id,
                 pcmk_strerror(rc));
    }
    return rc;
}

int remoted_notify_peer(remote_peer_t *peer, const xmlNode *msg)
{
    return peer_send(peer, msg, 0, "notify");
}

static void handle_request(remote_peer_t *peer, xmlNode *msg)
{
    long long id = 0;

    if (xml_get_int(msg, "lrmd_remote_msg_id", &id) != 0) {
        log_warn("Ignoring request of remote client %s without id", peer->id);
        return;
    }
    if (peer->name == NULL && xml_get(msg, "lrmd_clientname") != NULL) {
        peer->name = g_strdup(xml_get(msg, "lrmd_clientname"));
    }
    execd_client_t who = {.id = peer->id, .name = peer->name, .privileged = true, .remote = peer};
    XML_AUTO xmlNode *reply = execd_request(&who, msg);
    if (reply != NULL) {
        peer_send(peer, reply, id, "reply");
    }
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    remote_peer_t *peer = data;
    int rc = remote_stream_read(&peer->stream), error = 0;

    for (xmlNode *msg; error == 0 && (msg = remote_stream_next(&peer->stream, &error)) != NULL;) {
        handle_request(peer, msg);
        xml_free(msg);
    }
    if (rc < 0 || error < 0) {
        peer->source = 0;
        peer_lost(peer);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static gboolean on_handshake_timeout(gpointer data)
{
    remote_peer_t *peer = data;

    log_warn("Remote client did not finish the TLS handshake in time");
    peer->timer = 0;
    peer_lost(peer);
    return G_SOURCE_REMOVE;
}

static gboolean on_handshake(gint fd, GIOCondition condition, gpointer data)
{
    remote_peer_t *peer = data;
    int rc = gnutls_handshake(peer->stream.session);

    if (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED) {
        return G_SOURCE_CONTINUE;
    }
    peer->source = 0;
    if (rc < 0) {
        log_err("TLS handshake with remote client failed: %s", gnutls_strerror(rc));
        peer_lost(peer);
        return G_SOURCE_REMOVE;
    }
    g_source_remove(peer->timer);
    peer->timer = 0;
    peer->ready = true;
    log_notice("Remote client connected | id: %s", peer->id);
    peer->source = g_unix_fd_add(peer->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, peer);
    execd_announce_client(peer->id);
    return G_SOURCE_REMOVE;
}

/* ---- listening ---- */

static gnutls_session_t new_session(int fd)
{
    gnutls_session_t session = NULL;
    char *priorities = remote_priorities();

    if (gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NONBLOCK) < 0) {
        session = NULL;
    } else if (gnutls_priority_set_direct(session, priorities, NULL) < 0) {
        log_err("TLS priorities '%s' are invalid", priorities);
        gnutls_deinit(session);
        session = NULL;
    } else {
        gnutls_credentials_set(session, GNUTLS_CRD_PSK, credentials);
        gnutls_transport_set_int(session, fd);
    }
    g_free(priorities);
    return session;
}

static gboolean on_connection(gint fd, GIOCondition condition, gpointer data)
{
    int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    gnutls_session_t session = NULL;
    char id[37];
    int one = 1;

    if (client < 0) {
        return G_SOURCE_CONTINUE;
    }
    if (shutting_down || g_list_length(peers) >= CLIENTS_MAX || (session = new_session(client)) == NULL) {
        log_warn("Refusing a connection of the cluster");
        close(client);
        return G_SOURCE_CONTINUE;
    }
    (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    (void)setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
    remote_peer_t *peer = g_new0(remote_peer_t, 1);
    uuid_text(id);
    peer->id = g_strdup(id);
    peer->fd = client;
    remote_stream_init(&peer->stream, session);
    peers = g_list_prepend(peers, peer);
    peer->timer = g_timeout_add(HANDSHAKE_TIMEOUT_MS, on_handshake_timeout, peer);
    peer->source = g_unix_fd_add(client, G_IO_IN | G_IO_HUP | G_IO_ERR, on_handshake, peer);
    return G_SOURCE_CONTINUE;
}

/* The key of any client: we do not look at the name. */
static int on_psk(gnutls_session_t session, const char *username, gnutls_datum_t *key)
{
    return remote_load_key(key) < 0 ? -1 : 0;
}

static int bind_address(const struct addrinfo *address)
{
    int one = 1, zero = 0;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) {
        return -errno;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (address->ai_family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
    }
    if (bind(fd, address->ai_addr, address->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
        int rc = -errno;
        close(fd);
        return rc;
    }
    return fd;
}

/* First IPv6 address that can be bound, else IPv4. */
static int open_listener(const char *host, const char *port)
{
    static const int families[] = {AF_INET6, AF_INET};
    struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses = NULL;
    int rc = getaddrinfo(host, port, &hints, &addresses);
    int fd = -EADDRNOTAVAIL;

    if (rc != 0) {
        log_err("Cannot listen on %s port %s: %s", host != NULL ? host : "*", port, gai_strerror(rc));
        return fd;
    }
    for (size_t i = 0; fd < 0 && i < G_N_ELEMENTS(families); i++) {
        for (const struct addrinfo *a = addresses; fd < 0 && a != NULL; a = a->ai_next) {
            if (a->ai_family == families[i]) {
                fd = bind_address(a);
            }
        }
    }
    freeaddrinfo(addresses);
    return fd;
}

static void init_tls(void)
{
    unsigned bits = gnutls_sec_param_to_pk_bits(GNUTLS_PK_DH, GNUTLS_SEC_PARAM_NORMAL);
    const char *min = env_option("dh_min_bits"), *max = env_option("dh_max_bits");

    if (min != NULL && atoi(min) > 0 && bits < (unsigned)atoi(min)) {
        bits = (unsigned)atoi(min);
    }
    if (max != NULL && atoi(max) > 0 && bits > (unsigned)atoi(max)) {
        bits = (unsigned)atoi(max);
    }
    gnutls_global_init();
    gnutls_psk_allocate_server_credentials(&credentials);
    gnutls_psk_set_server_credentials_function(credentials, on_psk);
    /* a well-known group of that strength: generating one takes many seconds and gains nothing */
    if (gnutls_psk_set_server_known_dh_params(credentials,
                                              bits >= 3072 ? GNUTLS_SEC_PARAM_HIGH : GNUTLS_SEC_PARAM_MEDIUM)
        < 0) {
        log_warn("No Diffie-Hellman parameters of %u bits", bits);
    }
}

/* ---- what execd.c calls ---- */

int execd_remote_start(void)
{
    const char *port = env_option("remote_port"), *address = env_option("remote_address");

    init_tls();
    listener = open_listener(address, port != NULL && atoi(port) > 0 ? port : "3121");
    if (listener < 0) {
        return listener;
    }
    listener_source = g_unix_fd_add(listener, G_IO_IN, on_connection, NULL);
    return remoted_proxy_start();
}

static void stop_listening(void)
{
    if (listener_source != 0) {
        g_source_remove(listener_source);
        listener_source = 0;
    }
    if (listener >= 0) {
        close(listener);
        listener = -1;
    }
}

void execd_remote_stop(void)
{
    stop_listening();
    if (shutdown_timer != 0) {
        g_source_remove(shutdown_timer);
        shutdown_timer = 0;
    }
    while (peers != NULL) {
        remote_peer_t *peer = peers->data;
        peers = g_list_remove(peers, peer);
        if (peer->provider) {
            remoted_proxy_provider_lost(peer);
        }
        peer_free(peer);
    }
    remoted_proxy_stop();
    gnutls_psk_free_server_credentials(credentials);
    gnutls_global_deinit();
}

remote_peer_t *remoted_provider(void)
{
    for (GList *item = peers; item != NULL; item = item->next) {
        remote_peer_t *peer = item->data;

        if (peer->provider) {
            return peer;
        }
    }
    return NULL;
}

int execd_remote_set_provider(const execd_client_t *client)
{
    remote_peer_t *peer = client->remote;

    if (peer == NULL) {
        return -EACCES;
    }
    peer->provider = true;
    peers = g_list_remove(peers, peer);
    peers = g_list_prepend(peers, peer);
    return 0;
}

void execd_remote_notify(const char *client_id, const xmlNode *msg)
{
    GList *copies = g_list_copy(peers);

    for (GList *item = copies; item != NULL; item = item->next) {
        remote_peer_t *peer = item->data;

        if (peer->ready && peer->name != NULL && (client_id == NULL || strcmp(client_id, peer->id) == 0)) {
            peer_send(peer, msg, 0, "notify");
        }
    }
    g_list_free(copies);
}

/* ---- shutdown (§13.2) ---- */

static gboolean on_shutdown_patience_over(gpointer data)
{
    shutdown_timer = 0;
    log_info("The cluster did not acknowledge our shutdown in time, ending");
    execd_quit();
    return G_SOURCE_REMOVE;
}

bool execd_remote_shutdown(void)
{
    remote_peer_t *provider = remoted_provider();

    if (shutting_down) {
        log_notice("Waiting for the cluster to stop resources before ending");
        return true;
    }
    if (provider == NULL) {
        return false;
    }
    XML_AUTO xmlNode *msg = xml_new("lrmd_ipc_proxy");
    xml_set(msg, "lrmd_ipc_op", "shutdown_req");
    xml_set(msg, "lrmd_ipc_session", "0");
    shutting_down = true;
    if (peer_send(provider, msg, 0, "notify") < 0) {
        return false;
    }
    log_notice("Asking the cluster to stop resources on this node");
    stop_listening();
    shutdown_timer = g_timeout_add(SHUTDOWN_PATIENCE_MS, on_shutdown_patience_over, NULL);
    return true;
}

void remoted_shutdown_answer(bool ack)
{
    if (!shutting_down || acknowledged) {
        return;
    }
    if (shutdown_timer != 0) {
        g_source_remove(shutdown_timer);
        shutdown_timer = 0;
    }
    if (!ack) {
        log_notice("The cluster does not manage this node now, ending at once");
        execd_quit();
        return;
    }
    log_info("The cluster acknowledged our shutdown");
    acknowledged = true;
}
