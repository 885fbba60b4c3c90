/*
 * Sort queues (section 6.2): sequence number -> stored frame, with a miss counter per slot, a window of
 * TOTEM_WINDOW numbers from `base`. Frames are reference-counted and allocated to their exact size; the slot
 * array is allocated on demand and grows with the distance actually used.
 */
#ifndef COROSYNC_TOTEM_SORT_QUEUE_H
#define COROSYNC_TOTEM_SORT_QUEUE_H

#include "totem.h"

/* A frame in memory. */
struct frame {
    struct frame *next;                     /* link in a frame_fifo */
    uint32_t refs;
    uint32_t len;                           /* bytes in data */
    uint8_t data[];
};

/* Both NULL when out of memory. */
struct frame *frame_new(size_t len);        /* data uninitialised, one reference */
struct frame *frame_copy(const void *data, size_t len);
struct frame *frame_ref(struct frame *f);
void frame_unref(struct frame *f);          /* NULL is fine */

/* Frames waiting to be sent. The queue holds one reference to each. */
struct frame_fifo {
    struct frame *head;
    struct frame *tail;
    unsigned n;
    size_t bytes;                           /* of all frames */
};

void frame_fifo_push(struct frame_fifo *q, struct frame *f);    /* takes the caller's reference */
struct frame *frame_fifo_pop(struct frame_fifo *q);             /* gives the reference; NULL when empty */
void frame_fifo_clear(struct frame_fifo *q);

struct sort_slot {
    struct frame *frame;
    uint32_t misses;
};

struct sort_queue {
    struct sort_slot *slots;                /* ring, index = seq & (capacity - 1) */
    uint32_t capacity;                      /* power of two, 0 before first use */
    uint32_t base;                          /* lowest number that can be stored */
};

/* Frees everything; base becomes `base`. */
void sort_queue_reset(struct sort_queue *q, uint32_t base);
bool sort_queue_in_range(const struct sort_queue *q, uint32_t seq);
/* NULL when empty or out of range. The queue keeps its reference. */
struct frame *sort_queue_get(const struct sort_queue *q, uint32_t seq);
/* Takes a reference of its own when it stores; false if out of range, occupied or out of memory. */
bool sort_queue_put(struct sort_queue *q, uint32_t seq, struct frame *f);
/* Counts a miss of an empty slot in range; returns the count. */
uint32_t sort_queue_miss(struct sort_queue *q, uint32_t seq);
/* Frees every slot up to and including seq; base becomes seq + 1. */
void sort_queue_release(struct sort_queue *q, uint32_t seq);

#endif
