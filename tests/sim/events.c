/*
 * The event queue: a binary heap ordered by time, then by order of scheduling.
 */
#include "sim.h"

static bool before(const struct event *a, const struct event *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void swap(struct event *a, struct event *b)
{
    struct event c = *a;

    *a = *b;
    *b = c;
}

void events_push(struct sim *s, struct event e)
{
    uint32_t i = s->heap_n;

    if (s->heap_n == s->heap_capacity) {
        s->heap_capacity = s->heap_capacity == 0 ? 1024 : 2 * s->heap_capacity;
        s->heap = realloc(s->heap, s->heap_capacity * sizeof(*s->heap));
        assert(s->heap != NULL);
    }
    e.order = s->next_order++;
    s->heap[s->heap_n++] = e;
    while (i > 0 && before(&s->heap[i], &s->heap[(i - 1) / 2])) {
        swap(&s->heap[i], &s->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

bool events_pop(struct sim *s, struct event *e)
{
    uint32_t i = 0;

    if (s->heap_n == 0) {
        return false;
    }
    *e = s->heap[0];
    s->heap[0] = s->heap[--s->heap_n];
    for (;;) {
        uint32_t child = 2 * i + 1;

        if (child >= s->heap_n) {
            break;
        }
        if (child + 1 < s->heap_n && before(&s->heap[child + 1], &s->heap[child])) {
            child++;
        }
        if (!before(&s->heap[child], &s->heap[i])) {
            break;
        }
        swap(&s->heap[child], &s->heap[i]);
        i = child;
    }
    return true;
}

void packet_unref(struct packet *p)
{
    if (p != NULL && --p->refs == 0) {
        free(p);
    }
}

void events_free(struct sim *s)
{
    struct event e;

    while (events_pop(s, &e)) {
        packet_unref(e.packet);
    }
    free(s->heap);
    s->heap = NULL;
    s->heap_capacity = 0;
}
