/*
 * The driver of the pure cores: feeds totem and sync with frames and timers, and carries out their effects.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "corosync/engine/clock.h"
#include "corosync/engine/engine.h"
#include "corosync/engine/sync_core.h"
#include "corosync/net/net.h"

#define FRAME_OFF_TYPE 3
#define FRAME_TYPE_TOKEN 0
#define FRAME_TYPE_JOIN 3
#define TOKEN_MAX 600                   /* bytes; 57 and at most 30 entries of 16 */
#define PACE_MESSAGES 4                 /* fewer a rotation never wait */
#define PACE_BYTES 262144               /* more fill the frames of a visit */
#define PACE_STEP_NS 200000ull          /* waiting ends when nothing has come for so long ... */
#define PACE_STEPS 5u                   /* ... and after so many steps at the latest */
#define IDLE_ROTATIONS 3u               /* rotations with nothing new that are not slowed down */
#define IDLE_NS 1000000ull
#define NS_PER_MS 1000000ull

struct ring_timer {
    enum totem_timer kind;
    struct clock_timer clock;
};

struct delayed_frame {
    struct clock_timer clock;
    size_t len;
    unsigned char bytes[];
};

static struct {
    struct totem *totem;
    struct net *net;
    struct sync *sync;
    struct ring_timer timers[TOTEM_TIMER_COUNT];
    uint64_t last_alive;                /* monotonic ns of the last PAUSE tick */
    struct clock_timer pause_timer;
    bool sync_wants_token;
    /* pacing of the token, see hold_token() */
    unsigned mcasts;                    /* of services since the last token */
    size_t mcast_bytes;
    unsigned activity;                  /* mcasts a rotation, falls by half with every idle one */
    struct clock_timer pace_timer;
    unsigned pace_steps;                /* since the token came that is held */
    unsigned pace_mcasts;               /* mcasts at the last step */
    size_t pace_bytes;                  /* mcast_bytes that end the wait */
    size_t held_len;                    /* 0 = no token is held */
    unsigned char held[TOKEN_MAX];
    struct totem_ring ring;             /* of the last configuration change */
} ring;

uint64_t engine_monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

/* ---- timers ---- */

static void on_timer(void *data)
{
    struct ring_timer *timer = data;

    totem_timer_expired(ring.totem, timer->kind);
}

static void arm(void *ctx, enum totem_timer kind, uint32_t ms)
{
    clock_arm(&ring.timers[kind].clock, ms * NS_PER_MS);
}

static void cancel(void *ctx, enum totem_timer kind)
{
    clock_cancel(&ring.timers[kind].clock);
}

static void stop_timers(void)
{
    for (unsigned kind = 0; kind < TOTEM_TIMER_COUNT; kind++) {
        clock_cancel(&ring.timers[kind].clock);
    }
    clock_cancel(&ring.pause_timer);
    clock_cancel(&ring.pace_timer);
    ring.held_len = 0;
}

/* ---- pause detection (totem.md 7) ---- */

static void on_pause_tick(void *data)
{
    ring.last_alive = engine_monotonic_ns();
    clock_arm(&ring.pause_timer, engine.conf->totem.token / 5 * NS_PER_MS);
}

/* A join that arrives after we did not run for long: what waits in the sockets is out of date. */
static bool is_stale_join(const unsigned char *frame, size_t len)
{
    uint64_t silent;

    if (len <= FRAME_OFF_TYPE || frame[FRAME_OFF_TYPE] != FRAME_TYPE_JOIN) {
        return false;
    }
    silent = (engine_monotonic_ns() - ring.last_alive) / NS_PER_MS;
    if (silent <= engine.conf->totem.token / 2) {
        return false;
    }
    log_msg(SUBSYS_TOTEM, LOG_WARNING,
            "Process pause detected for %" PRIu64 " ms, flushing membership messages.", silent);
    return net_flush(ring.net);
}

/* ---- effects of totem ---- */

static void on_delay_over(void *data)
{
    struct delayed_frame *frame = data;

    if (ring.net != NULL) {
        net_send_all(ring.net, frame->bytes, frame->len);
    }
    free(frame);
}

static void send_all(void *ctx, const void *bytes, size_t len, uint32_t delay_max)
{
    struct delayed_frame *frame;

    if (delay_max == 0) {
        net_send_all(ring.net, bytes, len);
        return;
    }
    frame = malloc(sizeof(*frame) + len);
    if (frame == NULL) {
        return;
    }
    frame->len = len;
    memcpy(frame->bytes, bytes, len);
    frame->clock = (struct clock_timer){.fn = on_delay_over, .data = frame};
    clock_arm(&frame->clock, (uint64_t)random() % ((uint64_t)delay_max + 1) * NS_PER_MS);
}

static void send_token(void *ctx, uint32_t target, const void *frame, size_t len)
{
    net_send_token(ring.net, target, frame, len);
}

static void deliver(void *ctx, enum totem_group group, uint32_t from, const void *body, size_t len)
{
    if (group == TOTEM_GROUP_SYNC) {
        sync_message(ring.sync, from, body, len);
    } else {
        services_deliver(from, body, len);
    }
}

static void confchg(void *ctx, const struct totem_confchg *change)
{
    ring.ring = change->ring;
    if (!change->transitional) {
        ring.last_alive = engine_monotonic_ns();
    }
    members_update(change->left, change->n_left, change->joined, change->n_joined);
    services_confchg(change);
    sync_confchg(ring.sync, change->transitional, change->members, change->n_members, &change->ring);
    engine_flow_control_update();
}

static const char *ring_id_path(char *path, size_t size)
{
    snprintf(path, size, "%s/ringid_%u", engine_state_dir(), engine.conf->net.nodeid);
    return path;
}

static void persist(void *ctx, uint64_t seq)
{
    char path[PATH_MAX];
    int fd = open(ring_id_path(path, sizeof(path)), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, &seq, sizeof(seq)) != (ssize_t)sizeof(seq)) {
        log_msg(SUBSYS_MAIN, LOG_ERR, "Couldn't store new ring id %" PRIx64 " to stable storage in %s: %s",
                seq, path, strerror(errno));
        ENGINE_FAIL(ENGINE_EXIT_RING_ID);
    }
    close(fd);
}

/* The stored ring sequence number, 0 when there is none; then the file is created. */
static uint64_t load_ring_seq(void)
{
    char path[PATH_MAX];
    uint64_t seq = 0;
    int fd = open(ring_id_path(path, sizeof(path)), O_RDONLY | O_CLOEXEC);
    bool complete = false;

    if (fd >= 0) {
        complete = read(fd, &seq, sizeof(seq)) == (ssize_t)sizeof(seq);
        close(fd);
    }
    if (!complete) {
        seq = 0;
        persist(NULL, 0);
    }
    return seq;
}

static void hook(void *ctx, enum totem_hook kind)
{
    if (kind != TOTEM_HOOK_SENT) {
        return;
    }
    if (ring.sync_wants_token) {
        ring.sync_wants_token = false;
        sync_token(ring.sync);
    }
    /* this visit emptied the send queue: clients that were stopped may go on at once */
    if (totem_level(ring.totem) == TOTEM_LEVEL_CRITICAL) {
        totem_check_level(ring.totem);
    }
}

static void members(void *ctx, unsigned count)
{
    net_set_members(ring.net, count);
}

static void check_iface(void *ctx)
{
    net_check_iface(ring.net);
}

static void level(void *ctx, enum totem_level new_level)
{
    engine_flow_control_update();
}

static void log_totem(void *ctx, int priority, const char *text)
{
    log_msg(SUBSYS_TOTEM, (uint8_t)priority, "%s", text);
}

static uint64_t stat_now(void *ctx)
{
    return engine_monotonic_ns() / NS_PER_MS;
}

static const struct totem_ops totem_ops = {
    .send_all = send_all, .send_token = send_token, .arm = arm, .cancel = cancel, .deliver = deliver,
    .confchg = confchg, .persist = persist, .hook = hook, .members = members, .check_iface = check_iface,
    .level = level, .log = log_totem, .stat_now = stat_now,
};

/* ---- effects of sync ---- */

static int sync_send(void *ctx, const void *msg, size_t len)
{
    struct iovec iov = {(void *)(uintptr_t)msg, len};

    return totem_send(ring.totem, TOTEM_GROUP_SYNC, &iov, 1, TOTEM_AGREED);
}

static void sync_init(void *ctx, int32_t id, const uint32_t *trans, size_t trans_count, const uint32_t *list,
                      size_t count, const struct totem_ring *id_of_ring)
{
    struct service *service = services_find(id);

    if (service != NULL) {
        service->sync_init(trans, trans_count, list, count, id_of_ring);
    }
}

static int sync_process(void *ctx, int32_t id)
{
    struct service *service = services_find(id);

    return service == NULL ? 0 : service->sync_process();
}

static void sync_activate(void *ctx, int32_t id)
{
    struct service *service = services_find(id);

    if (service != NULL) {
        service->sync_activate();
    }
}

static void sync_abort(void *ctx, int32_t id)
{
    struct service *service = services_find(id);

    if (service != NULL) {
        service->sync_abort();
    }
}

static void sync_want_token(void *ctx)
{
    ring.sync_wants_token = true;
    totem_hook_register(ring.totem, TOTEM_HOOK_SENT);
}

static void sync_complete(void *ctx)
{
    totem_trans_ack(ring.totem);
    engine_flow_control_update();
    ipc_allow();
    sd_notify(0, "READY=1");
    log_msg(SUBSYS_MAIN, LOG_NOTICE, "Completed service synchronization, ready to provide service.");
}

static const struct sync_ops sync_ops = {
    .send = sync_send,
    .init = sync_init,
    .process = sync_process,
    .activate = sync_activate,
    .abort = sync_abort,
    .want_token = sync_want_token,
    .complete = sync_complete,
};

/* ---- events of the transport ---- */

/* A frame goes to the ring; a token takes along what has been queued. */
static void receive(const unsigned char *frame, size_t len, unsigned flags)
{
    if (len > FRAME_OFF_TYPE && frame[FRAME_OFF_TYPE] == FRAME_TYPE_TOKEN) {
        ring.mcasts = 0;
        ring.mcast_bytes = 0;
    }
    totem_recv(ring.totem, frame, len, flags);
}

static void release_token(void)
{
    if (ring.held_len > 0) {
        size_t len = ring.held_len;

        ring.held_len = 0;
        clock_cancel(&ring.pace_timer);
        receive(ring.held, len, 0);
    }
}

static void hold_step(void)
{
    ring.pace_mcasts = ring.mcasts;
    clock_arm(&ring.pace_timer, PACE_STEP_NS);
}

/* The token waits on while messages keep coming. */
static void on_pace_timer(void *data)
{
    if (++ring.pace_steps < PACE_STEPS && ring.mcasts != ring.pace_mcasts &&
        ring.mcast_bytes < ring.pace_bytes) {
        hold_step();
    } else {
        release_token();
    }
}

/*
 * While local clients send many messages, a token that leaves at once takes only the few that have just
 * come, and all processors are busy passing tokens. A short wait lets frames fill. One message now and then
 * never waits, clients that wait for an answer hardly, and full frames need not.
 */
static bool busy_wait(void)
{
    if (ring.activity < PACE_MESSAGES || ring.mcast_bytes >= PACE_BYTES) {
        return false;
    }
    ring.pace_bytes = PACE_BYTES;
    ring.pace_steps = 0;
    hold_step();
    return true;
}

/*
 * Between the last message and the hold of an idle ring lie thirty rotations with nothing to carry, as fast
 * as the network goes. Messages that come one by one, as those of a resource manager, would keep all nodes
 * busy with them. So the representative slows them down, until anything comes.
 */
static bool idle_wait(void)
{
    if (ring.mcasts > 0 || totem_idle_rotations(ring.totem) < IDLE_ROTATIONS) {
        return false;
    }
    ring.pace_bytes = 1;
    ring.pace_steps = PACE_STEPS;
    clock_arm(&ring.pace_timer, IDLE_NS);
    return true;
}

/* Whether the token waits a moment before the ring gets it. */
static bool hold_token(const unsigned char *frame, size_t len)
{
    if (len <= FRAME_OFF_TYPE || frame[FRAME_OFF_TYPE] != FRAME_TYPE_TOKEN || len > sizeof(ring.held)) {
        return false;
    }
    ring.activity = ring.mcasts > ring.activity / 2 ? ring.mcasts : ring.activity / 2;
    if (totem_state(ring.totem) != TOTEM_OPERATIONAL || engine_sync_in_progress() ||
        !(busy_wait() || idle_wait())) {
        return false;
    }
    memcpy(ring.held, frame, len);
    ring.held_len = len;
    return true;
}

static void on_frame(void *ctx, const void *frame, size_t len, unsigned flags)
{
    release_token();
    if (hold_token(frame, len)) {
        return;
    }
    if (is_stale_join(frame, len)) {
        flags |= TOTEM_FRAME_STALE;
    }
    receive(frame, len, flags);
}

static void on_links_ready(void *ctx)
{
    services_load_all();
    totem_start(ring.totem, load_ring_seq());
}

/* A node can be reached again: say at once that this ring exists instead of at the next idle rotation. */
static void on_peer_up(void *ctx)
{
    if (totem_state(ring.totem) == TOTEM_OPERATIONAL) {
        totem_timer_expired(ring.totem, TOTEM_TIMER_MERGE);
    }
}

static void on_iface_changed(void *ctx)
{
    totem_iface_changed(ring.totem);
}

static void log_net(void *ctx, bool knet, int priority, const char *text)
{
    if (knet) {
        log_msg(SUBSYS_KNET, (uint8_t)priority, "%s", text);
    } else {
        log_msg(SUBSYS_TOTEM, (uint8_t)priority, "%s", text);
    }
}

static const struct net_callbacks net_callbacks = {
    .recv = on_frame,
    .ready = on_links_ready,
    .peer_up = on_peer_up,
    .iface_changed = on_iface_changed,
    .log = log_net,
};

/* ---- life ---- */

int ring_start(char *err, size_t err_size)
{
    for (unsigned kind = 0; kind < TOTEM_TIMER_COUNT; kind++) {
        ring.timers[kind].kind = (enum totem_timer)kind;
        ring.timers[kind].clock = (struct clock_timer){.fn = on_timer, .data = &ring.timers[kind]};
    }
    ring.sync = sync_new(&sync_ops, NULL);
    ring.totem = totem_new(&engine.conf->totem, &totem_ops, NULL);
    if (ring.sync == NULL || ring.totem == NULL) {
        snprintf(err, err_size, "out of memory");
        return -1;
    }
    ring.net = net_new(&engine.conf->net, engine.loop, &net_callbacks, NULL, err, err_size);
    if (ring.net == NULL) {
        return -1;
    }
    ring.pause_timer.fn = on_pause_tick;
    ring.pace_timer.fn = on_pace_timer;
    on_pause_tick(NULL);
    return 0;
}

void ring_stop(void)
{
    if (ring.totem != NULL && ring.net != NULL) {
        totem_leave(ring.totem);
    }
    stop_timers();
    backlog_stop();
    net_free(ring.net);
    ring.net = NULL;
    totem_free(ring.totem);
    ring.totem = NULL;
    sync_free(ring.sync);
    ring.sync = NULL;
}

bool ring_is_up(void)
{
    return ring.totem != NULL;
}

/* ---- what the rest of the engine asks ---- */

int ring_mcast(const struct iovec *iov, unsigned iov_count)
{
    ring.mcasts++;
    for (unsigned i = 0; i < iov_count; i++) {
        ring.mcast_bytes += iov[i].iov_len;
    }
    if (ring.held_len > 0 && ring.mcast_bytes >= ring.pace_bytes) {
        ring.pace_steps = PACE_STEPS;
        clock_arm(&ring.pace_timer, 0);
    }
    return totem_send(ring.totem, TOTEM_GROUP_A, iov, iov_count, TOTEM_AGREED);
}

int ring_reserve(size_t bytes)
{
    return totem_reserve(ring.totem, bytes);
}

void ring_release(int reserved)
{
    totem_release(ring.totem, reserved);
}

void ring_check_level(void)
{
    if (ring.totem != NULL) {
        totem_check_level(ring.totem);
    }
}

void ring_hold_back(bool hold_back, uint32_t let_through)
{
    totem_hold_back(ring.totem, hold_back);
    if (hold_back) {
        totem_let_through(ring.totem, let_through);
    }
}

enum totem_level ring_level(void)
{
    return ring.totem != NULL ? totem_level(ring.totem) : TOTEM_LEVEL_GOOD;
}

void ring_set_sync_services(const int32_t *ids, size_t count)
{
    if (ring.sync != NULL) {
        sync_set_services(ring.sync, ids, count);
    }
}

bool engine_sync_in_progress(void)
{
    return ring.sync != NULL && sync_in_progress(ring.sync);
}

struct totem_ring engine_ring_id(void)
{
    return ring.ring;
}

uint32_t engine_nodeid(void)
{
    return engine.conf->net.nodeid;
}

void engine_force_gather(void)
{
    totem_force_gather(ring.totem);
}

void ring_totem_stats(struct totem_stats *stats)
{
    totem_stats(ring.totem, stats);
}

void ring_totem_stats_clear(void)
{
    totem_stats_clear(ring.totem);
}

void ring_stats(net_stat_fn fn, void *ctx)
{
    net_stats(ring.net, fn, ctx);
}

void ring_stats_clear(void)
{
    net_stats_clear(ring.net);
}

uint32_t ring_send_failures(void)
{
    return net_send_failures(ring.net);
}

int ring_node_status(uint32_t nodeid, struct net_node_status *status)
{
    return net_node_status(ring.net, nodeid, status);
}

void ring_link_text(unsigned link, char *text, size_t size)
{
    net_link_text(ring.net, link, text, size);
}

void ring_reconfigure(const struct engine_conf *next)
{
    totem_set_config(ring.totem, &next->totem);
    net_reconfigure(ring.net, &next->net);
}

int ring_crypto_prepare(const struct net_crypto *crypto, char *err, size_t err_size)
{
    return net_crypto_prepare(ring.net, crypto, err, err_size);
}

void engine_crypto_reconfig(uint32_t phase)
{
    net_crypto_phase(ring.net, phase);
}
