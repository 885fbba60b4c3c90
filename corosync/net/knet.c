/*
 * The knet transport: one libknet handle, channel 0, a loopback link for ourselves (totem.md 14.1-14.4).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libknet.h>
#include <qb/qblog.h>
#include <qb/qbutil.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "corosync/net/knet.h"
#include "corosync/net/nozzle.h"

#define CHANNEL 0
#define LINKS_DELAY_NS QB_TIME_NS_IN_MSEC
#define REJECTS_LOGGED 4                /* messages about rejected packets in each period */
#define REJECTS_PERIOD_NS (60 * 1000000000ull)
#define LOG_MESSAGES_MAX 64             /* log messages taken from the pipe per wake-up */

static void check(struct net_knet *knet, int result, const char *what)
{
    if (result != 0) {
        net_log(&knet->net, true, LOG_WARNING, "%s failed: %s", what, strerror(errno));
    }
}

/* ---- callbacks of libknet; they run in its threads ---- */

/* The frame's target decides (14.2). Own multicasts do not come back to us: the core has them already. */
static int filter(void *data, const unsigned char *frame, ssize_t len, uint8_t tx_rx,
                  knet_node_id_t this_host, knet_node_id_t source, int8_t *channel, knet_node_id_t *hosts,
                  size_t *host_count)
{
    struct net_knet *knet = data;
    uint32_t target;

    if (*channel == NOZZLE_CHANNEL) {
        *host_count = 1;
        return nozzle_destination(frame, len, hosts);
    }
    if (*channel != CHANNEL || len < NET_OFF_TARGET + 4) {
        return -1;
    }
    memcpy(&target, frame + NET_OFF_TARGET, sizeof(target));
    if (target != 0) {
        hosts[0] = (knet_node_id_t)target;
        *host_count = 1;
        return 0;
    }
    if (tx_rx == KNET_NOTIFY_TX && frame[NET_OFF_TYPE] == NET_TYPE_MCAST) {
        const struct net_knet_peers *peers = atomic_load_explicit(&knet->peers, memory_order_acquire);

        memcpy(hosts, peers->ids, peers->count * sizeof(*hosts));
        *host_count = peers->count;
        return 0;
    }
    return 1;
}

static void sock_notify(void *data, int fd, int8_t channel, uint8_t tx_rx, int error, int error_number)
{
    struct net_knet *knet = data;

    if ((error == -1 && error_number != EAGAIN) || error == 0) {
        knet_handle_remove_datafd(knet->handle, fd);
    }
}

static void host_notify(void *data, knet_node_id_t host, uint8_t reachable, uint8_t remote, uint8_t external)
{
    struct net_knet *knet = data;
    uint64_t one = 1;

    if (reachable && write(knet->peer_event, &one, sizeof(one)) < 0) {
        /* the counter is full: the main loop will be woken anyway */
        return;
    }
}

static int on_peer_event(int32_t fd, int32_t revents, void *data)
{
    struct net_knet *knet = data;
    uint64_t count;

    if (read(fd, &count, sizeof(count)) == (ssize_t)sizeof(count) && knet->started) {
        knet->net.callbacks.peer_up(knet->net.ctx);
    }
    return 0;
}

/* ---- receiving ---- */

static int on_data(int32_t fd, int32_t revents, void *data)
{
    struct net_knet *knet = data;
    int count;

    for (int i = 0; i < NET_KNET_BATCH; i++) {
        knet->iov[i].iov_base = knet->buffers + (size_t)i * NET_FRAME_MAX;
        knet->iov[i].iov_len = NET_FRAME_MAX;
        knet->batch[i].msg_hdr.msg_iov = &knet->iov[i];
        knet->batch[i].msg_hdr.msg_iovlen = 1;
        knet->batch[i].msg_hdr.msg_flags = 0;
    }
    count = recvmmsg(fd, knet->batch, NET_KNET_BATCH, MSG_DONTWAIT, NULL);
    if (count < 0 && errno == ENOTSOCK) {
        return -1;
    }
    knet->dropping = false;
    for (int i = 0; i < count && !knet->dropping; i++) {
        if ((knet->batch[i].msg_hdr.msg_flags & MSG_TRUNC) == 0 && knet->batch[i].msg_len > 0) {
            knet->net.callbacks.recv(knet->net.ctx, knet->iov[i].iov_base, knet->batch[i].msg_len, 0);
        }
    }
    return 0;
}

/* Frames behind the one being handled in this batch, and those still in the socket. */
static bool knet_flush(struct net *net)
{
    struct net_knet *knet = (struct net_knet *)net;
    char byte;
    bool any = false;

    while (recv(knet->fd, &byte, 1, MSG_DONTWAIT | MSG_TRUNC) > 0) {
        any = true;
    }
    knet->dropping = any;
    return any;
}

static int log_priority(uint8_t level)
{
    switch (level) {
    case KNET_LOG_ERR:
        return LOG_ERR;
    case KNET_LOG_WARN:
        return LOG_WARNING;
    case KNET_LOG_INFO:
        return LOG_INFO;
    case KNET_LOG_DEBUG:
        return LOG_DEBUG;
    default:
        return LOG_TRACE;
    }
}

/*
 * Frames that fail authentication cost libknet two messages each, and anybody can send them: a few are
 * logged, the rest is counted. Returns whether the message is to be dropped.
 */
static bool limit_rejects(struct net_knet *knet, const struct knet_log_msg *message)
{
    uint64_t now;

    if (message->msglevel != KNET_LOG_ERR ||
        (message->subsystem != KNET_SUB_RX && message->subsystem != KNET_SUB_CRYPTO &&
         message->subsystem != KNET_SUB_NSSCRYPTO && message->subsystem != KNET_SUB_OPENSSLCRYPTO)) {
        return false;
    }
    now = qb_util_nano_current_get();
    if (now - knet->rejects_since > REJECTS_PERIOD_NS) {
        if (knet->rejects > REJECTS_LOGGED) {
            net_log(&knet->net, true, LOG_ERR,
                    "%" PRIu64 " more messages about received packets that were rejected",
                    knet->rejects - REJECTS_LOGGED);
        }
        knet->rejects = 0;
        knet->rejects_since = now;
    }
    return ++knet->rejects > REJECTS_LOGGED;
}

static int on_log(int32_t fd, int32_t revents, void *data)
{
    struct net_knet *knet = data;
    struct knet_log_msg message;

    for (int i = 0; i < LOG_MESSAGES_MAX; i++) {
        if (read(fd, &message, sizeof(message)) != (ssize_t)sizeof(message)) {
            break;
        }
        message.msg[sizeof(message.msg) - 1] = '\0';
        if (limit_rejects(knet, &message)) {
            continue;
        }
        net_log(&knet->net, true, log_priority(message.msglevel), "%s: %s",
                knet_log_get_subsystem_name(message.subsystem), message.msg);
    }
    return 0;
}

/* ---- sending ---- */

static void knet_send_frame(struct net_knet *knet, const void *frame, size_t len)
{
    ssize_t sent;

    do {
        sent = send(knet->fd, frame, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno == EAGAIN && knet->drops++ == 0) {
        net_log(&knet->net, false, LOG_DEBUG, "knet data socket is full: frame dropped");
    }
}

static void knet_send_all(struct net *net, const void *frame, size_t len)
{
    struct net_knet *knet = (struct net_knet *)net;
    const unsigned char *bytes = frame;

    if (len > NET_OFF_TYPE && bytes[NET_OFF_TYPE] == NET_TYPE_MCAST &&
        atomic_load_explicit(&knet->peers, memory_order_relaxed)->count == 0) {
        return;
    }
    knet_send_frame(knet, frame, len);
}

static void knet_send_token(struct net *net, uint32_t nodeid, const void *frame, size_t len)
{
    knet_send_frame((struct net_knet *)net, frame, len);
}

/* ---- encryption ---- */

static int load_crypto(struct net_knet *knet, const struct net_crypto *crypto, uint8_t slot)
{
    struct knet_handle_crypto_cfg *config = calloc(1, sizeof(*config));
    int result;

    if (config == NULL) {
        return -1;
    }
    snprintf(config->crypto_model, sizeof(config->crypto_model), "%.15s", crypto->model);
    snprintf(config->crypto_cipher_type, sizeof(config->crypto_cipher_type), "%.15s", crypto->cipher);
    snprintf(config->crypto_hash_type, sizeof(config->crypto_hash_type), "%.15s", crypto->hash);
    memcpy(config->private_key, crypto->key, crypto->key_len);
    config->private_key_len = (unsigned)crypto->key_len;
    result = knet_handle_crypto_set_config(knet->handle, config, slot);
    explicit_bzero(config, sizeof(*config));
    free(config);
    return result;
}

static int start_crypto(struct net_knet *knet, const struct net_crypto *crypto, char *err, size_t err_size)
{
    if (!net_crypto_enabled(crypto)) {
        return knet_handle_crypto_rx_clear_traffic(knet->handle, KNET_CRYPTO_RX_ALLOW_CLEAR_TRAFFIC);
    }
    knet->crypto_slot = 1;
    knet->crypto_on = true;
    if (load_crypto(knet, crypto, 1) != 0 || knet_handle_crypto_use_config(knet->handle, 1) != 0 ||
        knet_handle_crypto_rx_clear_traffic(knet->handle, KNET_CRYPTO_RX_DISALLOW_CLEAR_TRAFFIC) != 0) {
        snprintf(err, err_size, "knet_handle_crypto_set_config (index %d) failed: %s", 1, strerror(errno));
        return -1;
    }
    return 0;
}

/* The new keys go into the other slot: reception works with both until phase 2. */
static int knet_crypto_prepare(struct net *net, const struct net_crypto *crypto, char *err, size_t err_size)
{
    struct net_knet *knet = (struct net_knet *)net;
    uint8_t slot = (uint8_t)(knet->crypto_slot == 0 ? 1 : 3 - knet->crypto_slot);
    bool on = net_crypto_enabled(crypto);

    if (!on || !knet->crypto_on) {
        /* while some nodes still or already talk in clear */
        check(knet, knet_handle_crypto_rx_clear_traffic(knet->handle, KNET_CRYPTO_RX_ALLOW_CLEAR_TRAFFIC),
              "allowing clear traffic");
    }
    if (on && load_crypto(knet, crypto, slot) != 0) {
        snprintf(err, err_size, "knet_handle_crypto_set_config (index %u) failed: %s", slot, strerror(errno));
        return -1;
    }
    knet->next_slot = slot;
    knet->next_on = on;
    net_log(net, false, LOG_INFO, "kronosnet crypto reconfigured on index %u: %s/%s/%s", slot, crypto->model,
            crypto->cipher, crypto->hash);
    return 0;
}

static void knet_crypto_phase(struct net *net, unsigned phase)
{
    struct net_knet *knet = (struct net_knet *)net;
    static const struct net_crypto off = {.model = "none", .cipher = "none", .hash = "none"};

    if (phase == 1 && knet->next_slot != 0) {
        check(knet, knet_handle_crypto_use_config(knet->handle, knet->next_on ? knet->next_slot : 0),
              "knet_handle_crypto_use_config");
        knet->crypto_slot = knet->next_slot;
        knet->crypto_on = knet->next_on;
    } else if (phase == 2 && knet->next_slot != 0) {
        check(knet, load_crypto(knet, &off, (uint8_t)(3 - knet->crypto_slot)), "forgetting the old keys");
        if (knet->crypto_on) {
            check(knet,
                  knet_handle_crypto_rx_clear_traffic(knet->handle, KNET_CRYPTO_RX_DISALLOW_CLEAR_TRAFFIC),
                  "forbidding clear traffic");
        }
        knet->next_slot = 0;
    }
}

/* ---- handle ---- */

static void set_log_level(struct net_knet *knet, bool debug)
{
    for (unsigned subsystem = 0; subsystem < KNET_MAX_SUBSYSTEMS; subsystem++) {
        (void)knet_log_set_loglevel(knet->handle, (uint8_t)subsystem, debug ? KNET_LOG_DEBUG : KNET_LOG_INFO);
    }
}

/*
 * libknet 1.25 crashes when a peer compresses with zstd and this node has never chosen zstd: the context is
 * made only then. So "none" is zstd with a threshold that no packet reaches.
 */
static void apply_compression(struct net_knet *knet, const struct net_conf *conf)
{
    struct knet_handle_compress_cfg config;

    memset(&config, 0, sizeof(config));
    if (strcmp(conf->compression_model, "none") == 0) {
        snprintf(config.compress_model, sizeof(config.compress_model), "zstd");
        config.compress_threshold = KNET_MAX_PACKET_SIZE;
        config.compress_level = 1;
        if (knet_handle_compress(knet->handle, &config) == 0) {
            return;
        }
    }
    snprintf(config.compress_model, sizeof(config.compress_model), "%.15s", conf->compression_model);
    config.compress_threshold = conf->compression_threshold;
    config.compress_level = conf->compression_level;
    check(knet, knet_handle_compress(knet->handle, &config), "knet_handle_compress");
}

static int new_handle(struct net_knet *knet, const struct net_conf *conf, char *err, size_t err_size)
{
    void *heap_end = net_heap_begin();

    knet->handle = knet_handle_new((knet_node_id_t)conf->nodeid, knet->log_pipe[1], KNET_LOG_DEBUG);
    if (knet->handle == NULL && errno == ENAMETOOLONG && conf->knet_handle_fallback) {
        knet->handle = knet_handle_new_ex((knet_node_id_t)conf->nodeid, knet->log_pipe[1], KNET_LOG_DEBUG, 0);
    }
    net_heap_end(heap_end);
    if (knet->handle == NULL) {
        snprintf(err, err_size, "knet_handle_new failed: %s", strerror(errno));
        return -1;
    }
    net_spare_pages();
    set_log_level(knet, conf->knet_debug);
    check(knet, knet_handle_enable_access_lists(knet->handle, conf->block_unlisted_ips), "access lists");
    check(knet, knet_handle_pmtud_setfreq(knet->handle, conf->knet_pmtud_interval),
          "knet_handle_pmtud_setfreq");
    check(knet, knet_handle_pmtud_set(knet->handle, conf->knet_mtu), "knet_handle_pmtud_set");
    return 0;
}

static int start_handle(struct net_knet *knet, const struct net_conf *conf, char *err, size_t err_size)
{
    int8_t channel = CHANNEL;

    if (knet_handle_enable_filter(knet->handle, knet, filter) != 0 ||
        knet_host_enable_status_change_notify(knet->handle, knet, host_notify) != 0 ||
        knet_handle_enable_sock_notify(knet->handle, knet, sock_notify) != 0 ||
        knet_handle_add_datafd(knet->handle, &knet->fd, &channel) != 0) {
        snprintf(err, err_size, "knet data socket: %s", strerror(errno));
        return -1;
    }
    if (start_crypto(knet, &conf->crypto, err, err_size) != 0) {
        return -1;
    }
    apply_compression(knet, conf);
    if (knet_handle_setfwd(knet->handle, 1) != 0) {
        snprintf(err, err_size, "knet_handle_setfwd failed: %s", strerror(errno));
        return -1;
    }
    return 0;
}

static void on_links_due(void *data)
{
    struct net_knet *knet = data;

    knet->links_timer = 0;
    knet_links_apply(knet, knet->net.conf);
    nozzle_apply(knet, &knet->net.conf->nozzle);
    knet->started = true;
    knet->net.callbacks.ready(knet->net.ctx);
}

static void knet_reconfigure(struct net *net, const struct net_conf *conf)
{
    struct net_knet *knet = (struct net_knet *)net;
    const struct net_conf *old = net->conf;

    check(knet, knet_handle_enable_access_lists(knet->handle, conf->block_unlisted_ips), "access lists");
    check(knet, knet_handle_pmtud_setfreq(knet->handle, conf->knet_pmtud_interval),
          "knet_handle_pmtud_setfreq");
    if (old->knet_mtu != conf->knet_mtu) {
        check(knet, knet_handle_pmtud_set(knet->handle, conf->knet_mtu), "knet_handle_pmtud_set");
    }
    if (strcmp(old->compression_model, conf->compression_model) != 0 ||
        old->compression_threshold != conf->compression_threshold ||
        old->compression_level != conf->compression_level) {
        apply_compression(knet, conf);
    }
    set_log_level(knet, conf->knet_debug);
    if (knet->started) {
        knet_links_apply(knet, conf);
        nozzle_apply(knet, &conf->nozzle);
    }
}

/* libknet drains its queue in setfwd(0); the data socket is drained first by waiting for its thread. */
static void drain(struct net_knet *knet)
{
    struct timespec pause = {0, 2000000};

    nanosleep(&pause, NULL);
    check(knet, knet_handle_setfwd(knet->handle, 0), "knet_handle_setfwd");
}

static void knet_free(struct net *net)
{
    struct net_knet *knet = (struct net_knet *)net;

    if (knet->links_timer != 0) {
        qb_loop_timer_del(net->loop, knet->links_timer);
    }
    if (knet->settle_timer != 0) {
        qb_loop_timer_del(net->loop, knet->settle_timer);
    }
    if (knet->handle != NULL) {
        nozzle_drop(knet);
        if (knet->fd > 0) {
            qb_loop_poll_del(net->loop, knet->fd);
            drain(knet);
        }
        knet_links_remove_all(knet);
        knet_handle_free(knet->handle);
    }
    if (knet->peer_event >= 0) {
        qb_loop_poll_del(net->loop, knet->peer_event);
        close(knet->peer_event);
    }
    if (knet->log_pipe[0] >= 0) {
        qb_loop_poll_del(net->loop, knet->log_pipe[0]);
        close(knet->log_pipe[0]);
        close(knet->log_pipe[1]);
    }
    knet_links_free(knet);
    free(knet->buffers);
    free(knet);
}

static const struct net_transport_ops knet_ops = {
    .free = knet_free, .send_all = knet_send_all, .send_token = knet_send_token, .flush = knet_flush,
    .reconfigure = knet_reconfigure, .crypto_prepare = knet_crypto_prepare, .crypto_phase = knet_crypto_phase,
    .node_status = knet_node_status, .link_text = knet_link_text, .stats = knet_stats,
    .stats_clear = knet_stats_clear,
};

static void ignore_log(void *ctx, bool knet, int priority, const char *text)
{
}

struct net *net_knet_new(const struct net_conf *conf, qb_loop_t *loop, char *err, size_t err_size)
{
    struct net_knet *knet = calloc(1, sizeof(*knet));

    if (knet == NULL || (knet->buffers = malloc((size_t)NET_KNET_BATCH * NET_FRAME_MAX)) == NULL) {
        free(knet);
        snprintf(err, err_size, "out of memory");
        return NULL;
    }
    knet->net.ops = &knet_ops;
    knet->net.conf = conf;
    knet->net.loop = loop;
    knet->net.callbacks.log = ignore_log;
    knet->log_pipe[0] = knet->log_pipe[1] = -1;
    knet_links_init(knet);
    knet->peer_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (knet->peer_event < 0 || pipe2(knet->log_pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        snprintf(err, err_size, "log pipe: %s", strerror(errno));
        knet_free(&knet->net);
        return NULL;
    }
    qb_loop_poll_add(loop, QB_LOOP_MED, knet->peer_event, POLLIN, knet, on_peer_event);
    qb_loop_poll_add(loop, QB_LOOP_MED, knet->log_pipe[0], POLLIN, knet, on_log);
    if (new_handle(knet, conf, err, err_size) != 0 || start_handle(knet, conf, err, err_size) != 0) {
        knet_free(&knet->net);
        return NULL;
    }
    qb_loop_poll_add(loop, QB_LOOP_HIGH, knet->fd, POLLIN, knet, on_data);
    qb_loop_timer_add(loop, QB_LOOP_MED, LINKS_DELAY_NS, knet, on_links_due, &knet->links_timer);
    return &knet->net;
}
