/*
 * Speed of the totem core alone: a ring of three in one process, no network, every node sends all the time.
 *
 *   bench_totem_core [SECONDS]      prints a line for each message size
 */
#include "corosync/totem/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NODES   3

/* Datagrams on their way; the frames are not copied again. */
struct datagram {
    struct datagram *next;
    uint32_t to;
    uint32_t refs_from;             /* sender */
    struct frame *frame;
};

static struct {
    struct totem *totem[NODES + 1];
    struct datagram *head, *tail;
    uint64_t delivered[NODES + 1];
} ring;

static void post(uint32_t from, uint32_t to, struct frame *f)
{
    struct datagram *d = malloc(sizeof(*d));

    assert(d != NULL);
    *d = (struct datagram) {.to = to, .refs_from = from, .frame = frame_ref(f)};
    if (ring.tail == NULL) {
        ring.head = d;
    } else {
        ring.tail->next = d;
    }
    ring.tail = d;
}

static uint32_t id_of(const void *ctx)
{
    return (uint32_t) (uintptr_t) ctx;
}

static void on_send_all(void *ctx, const void *frame, size_t len, uint32_t delay_max)
{
    struct frame *f = frame_copy(frame, len);

    assert(f != NULL);
    for (uint32_t to = 1; to <= NODES; to++) {
        if (to != id_of(ctx) || f->data[HDR_TYPE] != WIRE_MCAST) {
            post(id_of(ctx), to, f);
        }
    }
    frame_unref(f);
}

static void on_send_token(void *ctx, uint32_t target, const void *frame, size_t len)
{
    struct frame *f = frame_copy(frame, len);

    assert(f != NULL);
    post(id_of(ctx), target, f);
    frame_unref(f);
}

static void on_arm(void *ctx, enum totem_timer timer, uint32_t ms)
{
}

static void on_cancel(void *ctx, enum totem_timer timer)
{
}

static void on_deliver(void *ctx, enum totem_group group, uint32_t from, const void *body, size_t len)
{
    ring.delivered[id_of(ctx)]++;
}

static void on_confchg(void *ctx, const struct totem_confchg *change)
{
    if (!change->transitional) {
        totem_trans_ack(ring.totem[id_of(ctx)]);
    }
}

static void on_persist(void *ctx, uint64_t ring_seq)
{
}

static const struct totem_ops ops = {
    .send_all = on_send_all,
    .send_token = on_send_token,
    .arm = on_arm,
    .cancel = on_cancel,
    .deliver = on_deliver,
    .confchg = on_confchg,
    .persist = on_persist,
};

/* One datagram arrives; a silent network is set going by the join timers. */
static void step(void)
{
    struct datagram *d = ring.head;

    if (d == NULL) {
        for (uint32_t id = 1; id <= NODES; id++) {
            totem_timer_expired(ring.totem[id], TOTEM_TIMER_MERGE);
            totem_timer_expired(ring.totem[id], TOTEM_TIMER_JOIN);
            totem_timer_expired(ring.totem[id], TOTEM_TIMER_HOLD);
        }
        return;
    }
    ring.head = d->next;
    if (ring.head == NULL) {
        ring.tail = NULL;
    }
    totem_recv(ring.totem[d->to], d->frame->data, d->frame->len, 0);
    frame_unref(d->frame);
    free(d);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void fill(const uint8_t *body, size_t size)
{
    struct iovec iov = {.iov_base = (void *) (uintptr_t) body, .iov_len = size};

    for (uint32_t id = 1; id <= NODES; id++) {
        for (unsigned i = 0; i < 300; i++) {
            if (totem_send(ring.totem[id], TOTEM_GROUP_A, &iov, 1, TOTEM_AGREED) != 0) {
                break;
            }
        }
    }
}

static void measure(size_t size, double seconds)
{
    uint8_t *body = calloc(1, size);
    uint64_t before = ring.delivered[1];
    double from = now(), took;

    assert(body != NULL);
    do {
        fill(body, size);
        for (unsigned i = 0; i < 100; i++) {
            step();
        }
        took = now() - from;
    } while (took < seconds);
    printf("%8zu bytes: %10.0f messages/s, %8.1f MB/s, each delivered on %d nodes\n", size,
           (double) (ring.delivered[1] - before) / took,
           (double) (ring.delivered[1] - before) * (double) size / took / 1e6, NODES);
    free(body);
}

static bool formed(void)
{
    const uint32_t *members;

    for (uint32_t id = 1; id <= NODES; id++) {
        if (totem_state(ring.totem[id]) != TOTEM_OPERATIONAL ||
            totem_members(ring.totem[id], &members) != NODES) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {64, 320, 1600, 8000, 40000, 200000, 1000000};
    double seconds = argc > 1 ? atof(argv[1]) : 0.5;
    struct totem_config config;
    char err[128];

    totem_config_defaults(&config);
    if (totem_config_derive(&config, NODES, &config, err, sizeof(err)) != 0) {
        fprintf(stderr, "%s\n", err);
        return 1;
    }
    for (uint32_t id = 1; id <= NODES; id++) {
        config.my_id = id;
        ring.totem[id] = totem_new(&config, &ops, (void *) (uintptr_t) id);
        totem_start(ring.totem[id], 0);
    }
    for (unsigned i = 0; i < 1000000 && !formed(); i++) {
        step();
    }
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        measure(sizes[i], seconds);
    }
    for (uint32_t id = 1; id <= NODES; id++) {
        totem_free(ring.totem[id]);
    }
    return 0;
}
