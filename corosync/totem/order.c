/*
 * The ordered stream: storing, contiguous reception, delivery and release (sections 9.5, 10).
 */
#include "internal.h"

/* Stores a frame of the current ring (10.1). */
void store_mcast(struct totem *t, struct sort_queue *q, uint32_t seq, struct frame *f)
{
    if (sort_queue_put(q, seq, f)) {
        t->high_seq = seq_max(t->high_seq, seq);
    }
}

void update_aru(struct totem *t)
{
    const struct sort_queue *q = t->state == TOTEM_RECOVERY ? &t->recovery_q : &t->regular_q;

    while (seq_lt(t->aru, t->high_seq) && sort_queue_get(q, t->aru + 1) != NULL) {
        t->aru++;
    }
}

/* 10.2. skip: past gaps, but then only originators of deliver_memb. */
void deliver_up_to(struct totem *t, uint32_t end, bool skip)
{
    while (seq_lt(t->high_delivered, end) && sort_queue_in_range(&t->regular_q, t->high_delivered + 1)) {
        struct frame *f = sort_queue_get(&t->regular_q, t->high_delivered + 1);

        if (f == NULL && !skip) {
            break;
        }
        t->high_delivered++;
        if (f == NULL || (skip && !node_list_has(&t->deliver_memb, get32(f->data + MCAST_FROM)))) {
            continue;
        }
        pg_deliver(t, get32(f->data + HDR_NODEID), f->data + MCAST_SIZE, f->len - MCAST_SIZE);
    }
}

/* 9.5: what two tokens in a row showed everybody to have. */
void release_messages(struct totem *t, uint32_t token_aru)
{
    uint32_t to = seq_min(seq_min(token_aru, t->last_aru), t->high_delivered);

    if (seq_le(to, t->last_released)) {
        return;
    }
    sort_queue_release(&t->regular_q, to);
    t->last_released = to;
}
