/*
 * Fuzzing of totem's frames: a core is brought into a state, then gets the input as frames, timer expiries
 * and application messages. Frames may be completed with the right magic and ring id, to get past the first
 * checks.
 *
 * fuzz-sources: corosync/totem/*.c
 */
#include "corosync/totem/internal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOOP_FRAMES     64          /* own frames that come back, at most so many waiting */

/* What the node sent to itself. */
static struct frame_fifo loop;
static volatile size_t seen;        /* bytes delivered, read so that sanitizers look at them */

static void on_send_all(void *ctx, const void *frame, size_t len, uint32_t delay_max)
{
    if (loop.n < LOOP_FRAMES) {
        frame_fifo_push(&loop, frame_copy(frame, len));
    }
}

static void on_send_token(void *ctx, uint32_t target, const void *frame, size_t len)
{
    if (target == 1) {
        on_send_all(ctx, frame, len, 0);
    }
}

static void on_arm(void *ctx, enum totem_timer timer, uint32_t ms)
{
}

static void on_cancel(void *ctx, enum totem_timer timer)
{
}

static void on_deliver(void *ctx, enum totem_group group, uint32_t from, const void *body, size_t len)
{
    const uint8_t *p = body;

    for (size_t i = 0; i < len; i++) {
        seen += p[i];
    }
}

static void on_confchg(void *ctx, const struct totem_confchg *change)
{
    struct totem **t = ctx;

    for (unsigned i = 0; i < change->n_members; i++) {
        seen += change->members[i];
    }
    if (!change->transitional && change->ring.seq % 8 != 1) {
        totem_trans_ack(*t);
    }
}

static void on_persist(void *ctx, uint64_t ring_seq)
{
}

static void on_log(void *ctx, int priority, const char *text)
{
    seen += strlen(text);
}

static const struct totem_ops ops = {
    .send_all = on_send_all,
    .send_token = on_send_token,
    .arm = on_arm,
    .cancel = on_cancel,
    .deliver = on_deliver,
    .confchg = on_confchg,
    .persist = on_persist,
    .log = on_log,
};

/* Gives the node up to `frames` of its own frames back. */
static void loop_back(struct totem *t, unsigned frames)
{
    struct frame *f;

    while (frames-- > 0 && (f = frame_fifo_pop(&loop)) != NULL) {
        totem_recv(t, f->data, f->len, 0);
        frame_unref(f);
    }
}

/* Where the ring id of a frame type is; 0 = it has none. */
static size_t ring_offset(uint8_t type)
{
    static const uint8_t offsets[WIRE_TYPES] = {
        TOKEN_RING, MCAST_RING, MERGE_RING, 0, COMMIT_RING, CANCEL_RING,
    };

    return type < WIRE_TYPES ? offsets[type] : 0;
}

/* Makes a frame of ours of the bytes, with the ring of now, or a later one. */
static void complete(const struct totem *t, uint8_t *p, size_t len, bool later)
{
    struct totem_ring ring = t->ring;
    size_t offset;

    if (len < HDR_SIZE) {
        return;
    }
    put16(p, WIRE_MAGIC);
    p[HDR_VERSION] = WIRE_VERSION;
    p[HDR_TYPE] %= WIRE_TYPES;
    offset = ring_offset(p[HDR_TYPE]);
    ring.seq += later ? 4 : 0;
    if (offset > 0 && len >= offset + WIRE_RING_SIZE) {
        put_ring(p + offset, ring);
    }
    if (p[HDR_TYPE] == WIRE_ORF_TOKEN && len >= TOKEN_SIZE) {
        put32(p + TOKEN_TOKEN_SEQ, t->token_seq + 1);
    }
}

static void step(struct totem *t, uint8_t what, const uint8_t *data, size_t len)
{
    struct iovec iov = {.iov_base = (void *) (uintptr_t) data, .iov_len = len};
    uint8_t *copy;

    switch (what % 8) {
    case 0:
        totem_recv(t, data, len, what / 8 % 4);
        break;
    case 1:
        loop_back(t, 1 + what / 8);
        break;
    case 2:
        totem_timer_expired(t, (enum totem_timer) (what / 8 % TOTEM_TIMER_COUNT));
        break;
    case 3:
        totem_send(t, what / 8 % 2 == 0 ? TOTEM_GROUP_A : TOTEM_GROUP_SYNC, &iov, 1, TOTEM_AGREED);
        break;
    default:
        copy = malloc(len + 1);
        if (copy != NULL) {
            memcpy(copy, data, len);
            complete(t, copy, len, what / 8 % 2 == 1);
            totem_recv(t, copy, len, 0);
            free(copy);
        }
        break;
    }
}

/* Input: one byte for the state to begin in, then records {what, length (2 bytes), bytes}. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct totem_config raw, config;
    struct totem *t;
    char err[128];

    if (size == 0) {
        return 0;
    }
    totem_config_defaults(&raw);
    raw.my_id = 1;
    raw.netmtu = data[0] % 2 == 0 ? TOTEM_MAX_FRAME : 300;
    raw.miss_count_const = 1;
    raw.fail_recv_const = 5;
    if (totem_config_derive(&raw, 2, &config, err, sizeof(err)) != 0) {
        abort();
    }
    t = totem_new(&config, &ops, &t);
    if (t == NULL) {
        return 0;
    }
    totem_start(t, data[0] / 2);
    loop_back(t, data[0] / 16);
    for (size_t at = 1; at + 3 <= size;) {
        size_t len = get16(data + at + 1);

        if (len > size - at - 3) {
            len = size - at - 3;
        }
        step(t, data[at], data + at + 3, len);
        at += 3 + len;
    }
    totem_free(t);
    frame_fifo_clear(&loop);
    return 0;
}
