/*
 * Multicasts (section 8.2, 10.1, 17 trap 5).
 */
#include "internal.h"

/* A recovery message must carry a whole multicast of an old ring. */
static bool inner_valid(const uint8_t *p, size_t len)
{
    return len >= MCAST_SIZE && header_valid(p, len) && p[HDR_TYPE] == WIRE_MCAST;
}

static void foreign_mcast(struct totem *t, uint32_t from)
{
    switch (t->state) {
    case TOTEM_OPERATIONAL:
        if (!t->settling) {
            node_list_add(&t->proc, from);
            enter_gather(t, GATHER_FOREIGN_OPERATIONAL);
        }
        break;
    case TOTEM_GATHER:
        if (node_list_add(&t->proc, from)) {
            enter_gather(t, GATHER_FOREIGN_GATHER);
        }
        break;
    case TOTEM_COMMIT:
    case TOTEM_RECOVERY:
        t->stats.rx_msg_dropped++;
        break;
    }
}

/*
 * The queue a frame of the current ring belongs to, NULL to drop it. Until a ring is installed regular_q is
 * the old ring's: ordinary frames of the forming ring must not get into it, they are sent again later.
 */
static struct sort_queue *queue_for(struct totem *t, bool encapsulated)
{
    if (t->state == TOTEM_RECOVERY) {
        return encapsulated ? &t->recovery_q : NULL;
    }
    return encapsulated || t->old_saved ? NULL : &t->regular_q;
}

void recv_mcast(struct totem *t, const uint8_t *p, size_t len)
{
    bool encapsulated = p[HDR_ENCAPSULATED] == WIRE_ENCAPSULATED;
    uint32_t seq = get32(p + MCAST_SEQ);
    struct sort_queue *q;
    struct frame *f;

    if (!ring_equal(get_ring(p + MCAST_RING), t->ring)) {
        if (get32(p + MCAST_FROM) != 0) {
            foreign_mcast(t, get32(p + MCAST_FROM));
        }
        return;
    }
    q = queue_for(t, encapsulated);
    if (q == NULL || !sort_queue_in_range(q, seq) || sort_queue_get(q, seq) != NULL) {
        return;
    }
    if (encapsulated && !inner_valid(p + MCAST_SIZE, len - MCAST_SIZE)) {
        t->stats.rx_msg_dropped++;
        return;
    }
    f = frame_copy(p, len);
    if (f == NULL) {
        return;
    }
    put32(f->data + HDR_TARGET, 0);
    store_mcast(t, q, seq, f);
    if (encapsulated) {
        recovery_seen(t, f);
    }
    frame_unref(f);
    update_aru(t);
    if (t->state == TOTEM_OPERATIONAL) {
        deliver_up_to(t, t->high_seq, false);
    }
}
