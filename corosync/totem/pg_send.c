/*
 * Packing and fragmentation of application messages into frames, the two queue classes, reservation and the
 * queue level (sections 12.3, 12.5, 13).
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>

#define PIECE_MIN       64u         /* bytes; a shorter beginning of a message is not worth a fragment */
/* part of a frame that is rather left empty than filled with a fragment */
#define LITTLE          32u
#define PER_FRAME       (t->mtu - 24)   /* message bytes a frame counts for in reservations */

/* Reads a vector front to back. */
struct cursor {
    const struct iovec *iov;
    size_t offset;
};

static void cursor_copy(struct cursor *c, uint8_t *to, size_t len)
{
    while (len > 0) {
        size_t part = c->iov->iov_len - c->offset;

        if (part > len) {
            part = len;
        }
        if (part > 0) {
            memcpy(to, (const uint8_t *) c->iov->iov_base + c->offset, part);
        }
        to += part;
        len -= part;
        c->offset += part;
        if (c->offset == c->iov->iov_len) {
            c->iov++;
            c->offset = 0;
        }
    }
}

struct frame_fifo *active_queue(struct totem *t)
{
    return t->waiting_trans_ack ? &t->trans_q : &t->new_q;
}

/*
 * 13.1, a slot being what the largest frame takes: frames may be smaller, then more of them go into a slot.
 */
static uint32_t avail(struct totem *t)
{
    size_t used = (active_queue(t)->bytes + t->mtu - 1) / t->mtu + 2;

    return used < t->slots ? (uint32_t) (t->slots - used) : 0;
}

/* An empty frame for n pieces of len bytes together; its multicast and pg headers are written. */
static struct frame *new_pg_frame(struct totem *t, uint32_t n, uint32_t len, uint8_t fragmented,
                                  uint8_t continuation, enum totem_guarantee guarantee)
{
    struct frame *f = frame_new(MCAST_SIZE + PG_SIZE + 2 * n + len);
    uint8_t *pg;

    if (f == NULL) {
        return NULL;
    }
    memset(f->data, 0, MCAST_SIZE + PG_SIZE);
    put_header(f->data, WIRE_MCAST, WIRE_ORDINARY, t->my_id);
    put32(f->data + MCAST_FROM, t->my_id);
    put32(f->data + MCAST_GUARANTEE, (uint32_t) guarantee);
    pg = f->data + MCAST_SIZE;
    pg[PG_FRAGMENTED] = fragmented;
    pg[PG_CONTINUATION] = continuation;
    put16(pg + PG_COUNT, (uint16_t) n);
    return f;
}

static void queue_frame(struct totem *t, struct frame *f)
{
    frame_fifo_push(active_queue(t), f);
    t->stats.mcast_tx++;
}

static uint8_t *stage_length(const struct totem *t, uint32_t piece)
{
    return t->stage.buf + t->room - 2 * (piece + 1);
}

static uint32_t stage_space(const struct totem *t)
{
    uint32_t used = t->stage.len + 2 * (t->stage.n + 1), room = pace_room(t);

    return used < room ? room - used : 0;
}

/* Makes a frame of what is staged. fragmented: id under which the last piece goes on, or 0. */
static bool close_stage(struct totem *t, uint8_t fragmented)
{
    struct staging *s = &t->stage;
    struct frame *f;
    uint8_t *table;

    f = new_pg_frame(t, s->n, s->len, fragmented, s->continuation, TOTEM_AGREED);
    if (f == NULL) {
        return false;
    }
    table = f->data + MCAST_SIZE + PG_SIZE;
    for (uint32_t i = 0; i < s->n; i++) {
        memcpy(table + 2 * i, stage_length(t, i), 2);
    }
    memcpy(table + 2 * s->n, s->buf, s->len);
    queue_frame(t, f);
    s->len = s->n = 0;
    s->continuation = 0;
    return true;
}

/* Adds a piece that fits. */
static void stage_piece(struct totem *t, struct cursor *c, uint32_t len)
{
    assert(len <= stage_space(t) && len <= UINT16_MAX);
    cursor_copy(c, t->stage.buf + t->stage.len, len);
    put16(stage_length(t, t->stage.n), (uint16_t) len);
    t->stage.len += len;
    t->stage.n++;
}

/* A frame that holds nothing but a middle piece. */
static bool queue_middle(struct totem *t, struct cursor *c, uint32_t len, uint8_t fragmented,
                         uint8_t continuation,
                         enum totem_guarantee guarantee)
{
    struct frame *f = new_pg_frame(t, 1, len, fragmented, continuation, guarantee);

    if (f == NULL) {
        return false;
    }
    put16(f->data + MCAST_SIZE + PG_SIZE, (uint16_t) len);
    cursor_copy(c, f->data + MCAST_SIZE + PG_SIZE + 2, len);
    queue_frame(t, f);
    return true;
}

static uint8_t next_fragment_id(uint8_t id)
{
    return id == UINT8_MAX ? 1 : (uint8_t) (id + 1);
}

/*
 * Whether to close the frame before this message rather than to split the message: there is hardly space for
 * a beginning, or little is lost and a receiver need not put it together.
 */
static bool better_in_next_frame(const struct totem *t, size_t total)
{
    uint32_t space = stage_space(t), room = pace_room(t);

    return t->stage.n > 0 && (space < PIECE_MIN || (total <= room - 2 && space < room / LITTLE));
}

/*
 * Splits or stages a message of `total` bytes. Out of memory in the middle of a message leaves a fragment
 * that receivers throw away: the staging buffer's continuation stays 0.
 */
static int pack(struct totem *t, struct cursor *c, size_t total, enum totem_guarantee guarantee)
{
    uint8_t id = 0;
    uint32_t space;

    if (total > stage_space(t) && better_in_next_frame(t, total) && !close_stage(t, 0)) {
        return -ENOMEM;
    }
    while (total > (space = stage_space(t))) {
        uint8_t next = next_fragment_id(id);

        if (t->stage.n > 0) {
            stage_piece(t, c, space);
            if (!close_stage(t, next)) {
                t->stage.n--;
                t->stage.len -= space;
                return -ENOMEM;
            }
        } else if (!queue_middle(t, c, space, next, id, guarantee)) {
            return -ENOMEM;
        }
        id = next;
        total -= space;
    }
    if (id != 0) {
        t->stage.continuation = id;
    }
    stage_piece(t, c, (uint32_t) total);
    return 0;
}

/*
 * While waiting for trans-ack only the synchronisation may send: what it sends is followed by a barrier of
 * this node. Anything else would overtake what waits in the normal class. It might even be ordered after the
 * barrier that ends the wait, where receivers take it for normal traffic: if that was cut in the middle of a
 * message by the membership change, both would be lost. So it waits here for trans-ack and becomes normal
 * traffic.
 */
static int hold(struct totem *t, struct cursor *c, size_t total, enum totem_guarantee guarantee)
{
    struct held *h = malloc(sizeof(*h) + total);

    if (h == NULL) {
        return -ENOMEM;
    }
    *h = (struct held) {.guarantee = guarantee, .len = total};
    cursor_copy(c, h->data, total);
    if (t->held_last == NULL) {
        t->held = h;
    } else {
        t->held_last->next = h;
    }
    t->held_last = h;
    t->held_bytes += total + 2;
    return 0;
}

static void pack_held(struct totem *t)
{
    struct held *h;

    while ((h = t->held) != NULL) {
        struct iovec iov = {.iov_base = h->data, .iov_len = h->len};
        struct cursor c = {.iov = &iov};

        if (pack(t, &c, h->len, h->guarantee) != 0) {
            totem_log(t, LOG_ERR, "Out of memory, a message of %zu bytes is lost.", h->len);
        }
        t->held = h->next;
        free(h);
    }
    t->held_last = NULL;
    t->held_bytes = 0;
}

void pg_send_free(struct totem *t)
{
    struct held *h;

    while ((h = t->held) != NULL) {
        t->held = h->next;
        free(h);
    }
    frame_fifo_clear(&t->new_q);
    frame_fifo_clear(&t->trans_q);
    free(t->stage.buf);
}

/* The message with its group header in front; -EMSGSIZE, or the number of bytes. */
static ssize_t add_group(enum totem_group group, struct iovec *parts, const struct iovec *iov, unsigned n_iov)
{
    static const uint8_t group_a[] = {1, 0, 1, 0, 'a'};
    static const uint8_t group_sync[] = {1, 0, 4, 0, 's', 'y', 'n', 'c'};
    size_t total = 0;

    if (n_iov > TOTEM_MAX_IOV) {
        return -EMSGSIZE;
    }
    for (unsigned i = 0; i < n_iov; i++) {
        parts[i + 1] = iov[i];
        total += iov[i].iov_len;
        if (iov[i].iov_len > TOTEM_MAX_MESSAGE || total > TOTEM_MAX_MESSAGE) {
            return -EMSGSIZE;
        }
    }
    parts[0] = group == TOTEM_GROUP_A
        ? (struct iovec) {.iov_base = (void *) (uintptr_t) group_a, .iov_len = sizeof(group_a)}
        : (struct iovec) {.iov_base = (void *) (uintptr_t) group_sync, .iov_len = sizeof(group_sync)};
    return (ssize_t) (total + parts[0].iov_len);
}

int totem_send(struct totem *t, enum totem_group group, const struct iovec *iov, unsigned n_iov,
               enum totem_guarantee guarantee)
{
    struct iovec parts[TOTEM_MAX_IOV + 1];
    struct cursor c = {.iov = parts};
    ssize_t total = add_group(group, parts, iov, n_iov);

    if (total < 0) {
        return (int) total;
    }
    send_hold_cancel(t);
    if (avail(t) < (t->stage.len + 2 * t->stage.n + t->held_bytes + (size_t) total) / PER_FRAME + 1) {
        return -EAGAIN;
    }
    if (t->stage.buf == NULL && (t->stage.buf = malloc(t->room)) == NULL) {
        return -ENOMEM;
    }
    if (t->waiting_trans_ack && group != TOTEM_GROUP_SYNC && !t->sync_may_send) {
        return hold(t, &c, (size_t) total, guarantee);
    }
    return pack(t, &c, (size_t) total, guarantee);
}

/* The staging buffer goes with this token (13.2). */
void pg_flush(struct totem *t)
{
    if (t->stage.n > 0 && avail(t) > 0) {
        close_stage(t, 0);
    }
}

static void report_class(struct totem *t)
{
    if (t->ops->queue_class != NULL) {
        t->ops->queue_class(t->ctx, t->waiting_trans_ack);
    }
}

/*
 * Sending side of 11.4 step 6. What is staged may continue a message of the class that ends here: it must not
 * end up in the other one.
 */
void pg_set_waiting(struct totem *t)
{
    if (t->stage.n > 0) {
        close_stage(t, 0);
    }
    t->waiting_trans_ack = true;
    report_class(t);
}

/* Nothing of the synchronisation is left: this node's last barrier came back, and it was the last it sent. */
void totem_trans_ack(struct totem *t)
{
    if (!t->waiting_trans_ack) {
        return;
    }
    if (t->stage.n > 0) {
        close_stage(t, 0);
    }
    t->waiting_trans_ack = t->waiting_trans_ack_recv = false;
    pack_held(t);
    report_class(t);
}

size_t totem_max_reserve(const struct totem *t)
{
    return (size_t) (t->slots - 3) * PER_FRAME;
}

void totem_check_level(struct totem *t)
{
    uint32_t free_slots = avail(t) > t->reserved ? avail(t) - t->reserved : 0;
    uint32_t used = 100 - free_slots * 100 / t->slots;
    enum totem_level level = t->level;

    if (used >= 75) {
        level = TOTEM_LEVEL_CRITICAL;
    } else if (used < 30) {
        level = TOTEM_LEVEL_LOW;
    } else if (used > 40 && used < 50) {
        level = TOTEM_LEVEL_GOOD;
    } else if (used > 60 && used < 70) {
        level = TOTEM_LEVEL_HIGH;
    }
    if (level != t->level) {
        t->level = level;
        if (t->ops->level != NULL) {
            t->ops->level(t->ctx, level);
        }
    }
}

int totem_reserve(struct totem *t, size_t bytes)
{
    uint32_t k;

    if (bytes >= totem_max_reserve(t)) {
        return -1;
    }
    k = (uint32_t) (bytes / PER_FRAME) + 1;
    if (avail(t) < k) {
        k = 0;
    }
    t->reserved += k;
    totem_check_level(t);
    return (int) k;
}

void totem_release(struct totem *t, int reserved)
{
    assert(reserved >= 0 && (uint32_t) reserved <= t->reserved);
    t->reserved -= (uint32_t) reserved;
}

void totem_hook_register(struct totem *t, enum totem_hook hook)
{
    (void) hook;
    send_hold_cancel(t);
}

void totem_signal(struct totem *t)
{
    send_hold_cancel(t);
}
