/*
 * Reassembly and delivery of application messages (section 12.1, 12.2, 12.4). Whole messages are handed up
 * from the frame itself; only the parts of split ones are copied.
 */
#include "internal.h"

#include <stdlib.h>

#define ASSEMBLY_MAX    (TOTEM_MAX_MESSAGE + 65536u)    /* bytes of one message with its group header */
#define NOTHING_MATCHES 256                             /* last_frag no continuation equals */

static struct assembly **assembly_list(struct totem *t)
{
    return &t->assembly[t->waiting_trans_ack_recv ? 1 : 0];
}

/* An originator without an entry is between messages. */
static struct assembly *assembly_find(struct totem *t, uint32_t from)
{
    struct assembly *a = *assembly_list(t);

    while (a != NULL && a->from != from) {
        a = a->next;
    }
    return a;
}

static struct assembly *assembly_get(struct totem *t, uint32_t from)
{
    struct assembly *a = assembly_find(t, from);

    if (a == NULL && (a = calloc(1, sizeof(*a))) != NULL) {
        a->from = from;
        a->data = t->spare.data;
        a->capacity = t->spare.capacity;
        t->spare.data = NULL;
        t->spare.capacity = 0;
        a->next = *assembly_list(t);
        *assembly_list(t) = a;
    }
    return a;
}

/* The largest buffer is kept for the next message: big ones are expensive to get from the system. */
static void keep_spare(struct totem *t, struct assembly *a)
{
    if (a->capacity > t->spare.capacity) {
        free(t->spare.data);
        t->spare.data = a->data;
        t->spare.capacity = a->capacity;
    } else {
        free(a->data);
    }
}

static void assembly_forget(struct totem *t, struct assembly **list, uint32_t from)
{
    for (struct assembly **p = list; *p != NULL; p = &(*p)->next) {
        struct assembly *a = *p;

        if (a->from == from) {
            *p = a->next;
            keep_spare(t, a);
            free(a);
            return;
        }
    }
}

void pg_forget(struct totem *t, const struct node_list *left)
{
    for (unsigned i = 0; i < left->n; i++) {
        assembly_forget(t, &t->assembly[0], left->id[i]);
        assembly_forget(t, &t->assembly[1], left->id[i]);
    }
}

void pg_recv_free(struct totem *t)
{
    for (int set = 0; set < 2; set++) {
        while (t->assembly[set] != NULL) {
            assembly_forget(t, &t->assembly[set], t->assembly[set]->from);
        }
    }
    free(t->spare.data);
}

static bool assembly_append(struct assembly *a, const uint8_t *data, uint32_t len)
{
    uint32_t need = a->len + len, capacity = a->capacity == 0 ? 4096 : a->capacity;
    uint8_t *grown;

    if (need > ASSEMBLY_MAX) {
        return false;
    }
    while (capacity < need) {
        capacity *= 2;
    }
    if (capacity != a->capacity) {
        grown = realloc(a->data, capacity);
        if (grown == NULL) {
            return false;
        }
        a->data = grown;
        a->capacity = capacity;
    }
    memcpy(a->data + a->len, data, len);
    a->len = need;
    return true;
}

/* Strips the group header and delivers to each of our groups it names, once. */
static void deliver_message(struct totem *t, uint32_t from, const uint8_t *p, uint32_t len)
{
    uint32_t groups = len >= 2 ? get16(p) : 0, names = 2 + 2 * groups, body = names;
    bool to_a = false, to_sync = false;

    if (groups == 0 || names > len) {
        return;
    }
    for (uint32_t i = 0; i < groups; i++) {
        body += get16(p + 2 + 2 * i);
    }
    if (body > len) {
        totem_log(t, LOG_WARNING, "Message of node %u has a malformed group header, ignoring it.", from);
        return;
    }
    for (uint32_t i = 0; i < groups; i++) {
        uint32_t n = get16(p + 2 + 2 * i);

        to_a = to_a || (n == 1 && p[names] == 'a');
        to_sync = to_sync || (n == 4 && memcmp(p + names, "sync", 4) == 0);
        names += n;
    }
    if (to_a) {
        t->ops->deliver(t->ctx, TOTEM_GROUP_A, from, p + body, len - body);
    }
    if (to_sync) {
        t->ops->deliver(t->ctx, TOTEM_GROUP_SYNC, from, p + body, len - body);
    }
}

/* A pg frame taken apart. */
struct pg_frame {
    uint8_t fragmented;
    uint8_t continuation;
    uint32_t n;
    const uint8_t *lengths;
    const uint8_t *data;
};

static bool pg_parse(struct pg_frame *f, const uint8_t *p, size_t len)
{
    size_t total;

    if (len < PG_SIZE) {
        return false;
    }
    f->fragmented = p[PG_FRAGMENTED];
    f->continuation = p[PG_CONTINUATION];
    f->n = get16(p + PG_COUNT);
    f->lengths = p + PG_SIZE;
    f->data = f->lengths + 2 * f->n;
    total = PG_SIZE + 2 * (size_t) f->n;
    if (f->n == 0 || total > len) {
        return false;
    }
    for (uint32_t i = 0; i < f->n; i++) {
        total += get16(f->lengths + 2 * i);
    }
    return total == len;
}

/* Keeps the beginning (or a middle piece) of a message that goes on in the originator's next frame. */
static void keep_last_piece(struct totem *t, uint32_t from, const struct pg_frame *f, const uint8_t *piece)
{
    struct assembly *a = assembly_get(t, from);
    uint32_t len = get16(f->lengths + 2 * (f->n - 1));

    if (a == NULL) {
        return;
    }
    if (f->n > 1) {
        a->len = 0;
    }
    a->last_frag = f->fragmented;
    if (!assembly_append(a, piece, len)) {
        totem_log(t, LOG_WARNING, "Message of node %u is too long, ignoring it.", from);
        a->len = 0;
        a->throw_away = true;
    }
}

static void deliver_pieces(struct totem *t, uint32_t from, const struct pg_frame *f)
{
    struct assembly *a = assembly_find(t, from);
    uint32_t full = f->n - (f->fragmented != 0);
    const uint8_t *piece = f->data;

    for (uint32_t i = 0; i < full; i++) {
        uint32_t len = get16(f->lengths + 2 * i);

        if (i > 0 || a == NULL || a->len == 0) {
            deliver_message(t, from, piece, len);
        } else if (assembly_append(a, piece, len)) {
            deliver_message(t, from, a->data, a->len);
        }
        piece += len;
    }
    if (f->fragmented != 0) {
        keep_last_piece(t, from, f, piece);
    }
}

/* 12.4 step 2: a frame while the rest of a message is being thrown away. True when it was one. */
static bool thrown_away(struct assembly *a, const struct pg_frame *f)
{
    if (a == NULL || !a->throw_away) {
        return false;
    }
    if (f->fragmented == 1) {
        a->throw_away = false;
        a->len = 0;
        a->last_frag = NOTHING_MATCHES;
    }
    return true;
}

/*
 * 12.4 step 3: the frame does not continue what this node has of the originator, in the middle of whose
 * message it came in. True when so.
 */
static bool out_of_step(struct totem *t, uint32_t from, struct assembly *a, const struct pg_frame *f)
{
    if (f->continuation == (a == NULL ? 0 : a->last_frag)) {
        return false;
    }
    totem_log(t, LOG_DEBUG, "fragmented continuation %u is not equal to assembly last_frag %u of node %u",
              f->continuation, a == NULL ? 0 : a->last_frag, from);
    a = assembly_get(t, from);
    if (a != NULL) {
        a->throw_away = true;
    }
    return true;
}

void pg_deliver(struct totem *t, uint32_t from, const uint8_t *payload, size_t len)
{
    struct assembly **list = assembly_list(t);
    struct assembly *a = assembly_find(t, from);
    struct pg_frame f;

    if (!pg_parse(&f, payload, len)) {
        totem_log(t, LOG_WARNING, "Message of node %u has an invalid length table, ignoring it.", from);
        return;
    }
    if (!thrown_away(a, &f) && !out_of_step(t, from, a, &f)) {
        deliver_pieces(t, from, &f);
    }
    if (f.fragmented == 0) {
        assembly_forget(t, list, from);
    }
}
