/*
 * OPERATIONAL: installing a recovered ring (section 11.4).
 */
#include "internal.h"

/* Step 2: recovered old-ring frames go where they would have been. */
static void unwrap_recovered(struct totem *t)
{
    for (uint32_t seq = t->recovery_q.base; seq_le(seq, t->aru); seq++) {
        struct frame *f = sort_queue_get(&t->recovery_q, seq), *inner;
        const uint8_t *p;
        uint32_t inner_seq;

        if (f == NULL || f->data[HDR_ENCAPSULATED] != WIRE_ENCAPSULATED) {
            continue;
        }
        p = f->data + MCAST_SIZE;
        inner_seq = get32(p + MCAST_SEQ);
        if (!ring_equal(get_ring(p + MCAST_RING), t->old_ring) ||
            !sort_queue_in_range(&t->regular_q, inner_seq) ||
            sort_queue_get(&t->regular_q, inner_seq) != NULL) {
            continue;
        }
        inner = frame_copy(p, f->len - MCAST_SIZE);
        if (inner != NULL && sort_queue_put(&t->regular_q, inner_seq, inner)) {
            t->old_high_seq = seq_max(t->old_high_seq, inner_seq);
        }
        frame_unref(inner);
    }
}

static void call_confchg(struct totem *t, bool transitional, const struct node_list *members,
                         const struct node_list *left, const struct node_list *joined)
{
    struct totem_confchg change = {
        .transitional = transitional,
        .ring = t->ring,
        .members = members->id,
        .n_members = members->n,
        .left = left == NULL ? NULL : left->id,
        .n_left = left == NULL ? 0 : left->n,
        .joined = joined == NULL ? NULL : joined->id,
        .n_joined = joined == NULL ? 0 : joined->n,
    };

    t->sync_may_send = true;
    t->ops->confchg(t->ctx, &change);
    t->sync_may_send = false;
}

/* Steps 11 and 13: the recovery messages become the start of the new ring's sequence, all delivered. */
static void adopt_recovery_queue(struct totem *t)
{
    uint32_t seq = t->high_seq;

    sort_queue_reset(&t->regular_q, 0);
    t->regular_q = t->recovery_q;
    t->recovery_q = (struct sort_queue) {.base = 0};
    while (seq_lt(t->regular_q.base, seq) && sort_queue_get(&t->regular_q, seq) == NULL) {
        seq--;
    }
    if (sort_queue_get(&t->regular_q, seq) == NULL) {
        seq = 0;
    }
    t->high_delivered = seq;
    t->last_released = seq;
    sort_queue_reset(&t->regular_q, seq + 1);
}

static void log_membership(struct totem *t, const struct node_list *joined, const struct node_list *left)
{
    char j[1024] = "", l[1024] = "", m[1024];
    struct node_list missed;

    if (left->n > 0) {
        node_list_minus(&missed, left, &t->leave_seen);
        if (missed.n > 0) {
            totem_log(t, LOG_NOTICE, "Failed to receive the leave message. failed: %s",
                      node_list_text(&missed, m, sizeof(m)));
        }
    }
    totem_log(t, LOG_NOTICE, "A new membership (%x.%llx) was formed. Members%s%s%s%s", t->ring.rep,
              (unsigned long long) t->ring.seq, joined->n > 0 ? " joined: " : "",
              node_list_text(joined, j, sizeof(j)), left->n > 0 ? " left: " : "",
              node_list_text(left, l, sizeof(l)));
}

/* O */
void enter_operational(struct totem *t)
{
    struct node_list left, joined;
    uint32_t keep;

    t->originated_token = false;
    node_list_clear(&t->consensus);
    t->old_saved = false;
    unwrap_recovered(t);
    keep = t->aru;
    t->aru = t->old_aru;
    deliver_up_to(t, t->old_high_seq, false);

    node_list_minus(&left, &t->memb, &t->trans);
    node_list_minus(&joined, &t->new_memb, &t->trans);
    t->memb = t->new_memb;
    t->last_released = 0;
    t->set_retrans = false;
    pg_forget(t, &left);
    call_confchg(t, true, &t->trans, &left, NULL);
    pg_set_waiting(t);
    deliver_up_to(t, t->old_high_seq, true);
    t->waiting_trans_ack_recv = true;
    t->aru = keep;
    call_confchg(t, false, &t->memb, NULL, &joined);

    t->last_aru = 0;
    t->proc = t->memb;
    node_list_clear(&t->failed);
    adopt_recovery_queue(t);
    log_membership(t, &joined, &left);
    node_list_clear(&t->leave_seen);

    t->state = TOTEM_OPERATIONAL;
    t->settling = true;
    t->stats.operational_entered++;
    t->stats.continuous_gather = 0;
    t->received_flg = 1;
    t->old_ring = t->ring;
}
