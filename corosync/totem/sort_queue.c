/*
 * Frames, queues of frames and sort queues.
 */
#include "sort_queue.h"
#include "wire.h"

#include <assert.h>
#include <stdlib.h>

#define FIRST_CAPACITY  64u

struct frame *frame_new(size_t len)
{
    struct frame *f;

    assert(len <= TOTEM_MAX_FRAME);
    f = malloc(sizeof(*f) + len);
    if (f == NULL) {
        return NULL;
    }
    f->next = NULL;
    f->refs = 1;
    f->len = (uint32_t) len;
    return f;
}

struct frame *frame_copy(const void *data, size_t len)
{
    struct frame *f = frame_new(len);

    if (f != NULL) {
        memcpy(f->data, data, len);
    }
    return f;
}

struct frame *frame_ref(struct frame *f)
{
    f->refs++;
    return f;
}

void frame_unref(struct frame *f)
{
    if (f != NULL && --f->refs == 0) {
        free(f);
    }
}

void frame_fifo_push(struct frame_fifo *q, struct frame *f)
{
    assert(f->next == NULL);
    if (q->tail == NULL) {
        q->head = f;
    } else {
        q->tail->next = f;
    }
    q->tail = f;
    q->n++;
    q->bytes += f->len;
}

struct frame *frame_fifo_pop(struct frame_fifo *q)
{
    struct frame *f = q->head;

    if (f == NULL) {
        return NULL;
    }
    q->head = f->next;
    if (q->head == NULL) {
        q->tail = NULL;
    }
    f->next = NULL;
    q->n--;
    q->bytes -= f->len;
    return f;
}

void frame_fifo_clear(struct frame_fifo *q)
{
    struct frame *f;

    while ((f = frame_fifo_pop(q)) != NULL) {
        frame_unref(f);
    }
}

static struct sort_slot *slot_of(const struct sort_queue *q, uint32_t seq)
{
    return &q->slots[seq & (q->capacity - 1)];
}

/* Makes the slot of seq addressable; false when out of memory. */
static bool grow_for(struct sort_queue *q, uint32_t seq)
{
    uint32_t need = seq - q->base + 1;
    uint32_t capacity = q->capacity == 0 ? FIRST_CAPACITY : q->capacity;
    struct sort_slot *slots;

    assert(need <= TOTEM_WINDOW);
    while (capacity < need) {
        capacity *= 2;
    }
    if (capacity == q->capacity) {
        return true;
    }
    slots = calloc(capacity, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < q->capacity; i++) {
        slots[(q->base + i) & (capacity - 1)] = *slot_of(q, q->base + i);
    }
    free(q->slots);
    q->slots = slots;
    q->capacity = capacity;
    return true;
}

void sort_queue_reset(struct sort_queue *q, uint32_t base)
{
    for (uint32_t i = 0; i < q->capacity; i++) {
        frame_unref(q->slots[i].frame);
    }
    free(q->slots);
    *q = (struct sort_queue) {.base = base};
}

bool sort_queue_in_range(const struct sort_queue *q, uint32_t seq)
{
    return seq - q->base < TOTEM_WINDOW;
}

struct frame *sort_queue_get(const struct sort_queue *q, uint32_t seq)
{
    return seq - q->base < q->capacity ? slot_of(q, seq)->frame : NULL;
}

bool sort_queue_put(struct sort_queue *q, uint32_t seq, struct frame *f)
{
    struct sort_slot *s;

    if (!sort_queue_in_range(q, seq) || !grow_for(q, seq)) {
        return false;
    }
    s = slot_of(q, seq);
    if (s->frame != NULL) {
        return false;
    }
    s->frame = frame_ref(f);
    s->misses = 0;
    return true;
}

uint32_t sort_queue_miss(struct sort_queue *q, uint32_t seq)
{
    if (!sort_queue_in_range(q, seq) || !grow_for(q, seq)) {
        return 0;
    }
    return ++slot_of(q, seq)->misses;
}

void sort_queue_release(struct sort_queue *q, uint32_t seq)
{
    uint32_t count = seq - q->base + 1;

    if (seq_lt(seq, q->base)) {
        return;
    }
    for (uint32_t i = 0; i < count && i < q->capacity; i++) {
        struct sort_slot *s = slot_of(q, q->base + i);

        frame_unref(s->frame);
        *s = (struct sort_slot) {.frame = NULL};
    }
    q->base = seq + 1;
}
