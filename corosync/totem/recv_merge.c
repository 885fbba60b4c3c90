/*
 * Merge detects: another ring is within reach (section 8.2).
 */
#include "internal.h"

void recv_merge(struct totem *t, const uint8_t *p)
{
    uint32_t from = get32(p + MERGE_FROM);

    if (from == 0 || ring_equal(get_ring(p + MERGE_RING), t->ring)) {
        return;
    }
    if (t->state == TOTEM_OPERATIONAL && t->settling) {
        return;
    }
    if (t->state == TOTEM_OPERATIONAL) {
        node_list_add(&t->proc, from);
        enter_gather(t, GATHER_MERGE_OPERATIONAL);
    } else if (t->state == TOTEM_GATHER && node_list_add(&t->proc, from)) {
        enter_gather(t, GATHER_MERGE_GATHER);
    }
}
