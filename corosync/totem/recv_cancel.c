/*
 * Token-hold cancels (section 8.2, 9.7).
 */
#include "internal.h"

void recv_cancel(struct totem *t, const uint8_t *p)
{
    if (!ring_equal(get_ring(p + CANCEL_RING), t->ring)) {
        return;
    }
    t->seq_unchanged = 0;
    if (is_rep(t) && t->state != TOTEM_GATHER) {
        totem_timer_expired(t, TOTEM_TIMER_RETRANS);
    }
}
