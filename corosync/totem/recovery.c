/*
 * RECOVERY: members that come from the same old ring bring each other up to date (section 11.1 to 11.3).
 */
#include "internal.h"

/* Wraps a stored old-ring frame for the new ring; its seq is assigned when it is sent. */
static struct frame *encapsulate(struct totem *t, const struct frame *old)
{
    struct frame *f;

    if (old->len + MCAST_SIZE > TOTEM_MAX_FRAME) {
        return NULL;
    }
    f = frame_new(MCAST_SIZE + old->len);
    if (f == NULL) {
        return NULL;
    }
    memset(f->data, 0, MCAST_SIZE);
    put_header(f->data, WIRE_MCAST, WIRE_ENCAPSULATED, t->my_id);
    put32(f->data + MCAST_FROM, t->my_id);
    put_ring(f->data + MCAST_RING, t->ring);
    memcpy(f->data + MCAST_SIZE, old->data, old->len);
    return f;
}

/* 11.2 step 6 */
static void queue_old_messages(struct totem *t, uint32_t low)
{
    uint32_t seq = seq_max(low + 1, t->regular_q.base);

    for (; seq_le(seq, t->old_high_seq) && sort_queue_in_range(&t->regular_q, seq); seq++) {
        struct frame *old = sort_queue_get(&t->regular_q, seq);
        struct frame *f = old == NULL ? NULL : encapsulate(t, old);

        if (f != NULL) {
            frame_fifo_push(&t->retrans_q, f);
        }
    }
}

/* 11.2 steps 3 to 6 */
static void plan_recovery(struct totem *t, const struct commit *commit)
{
    bool complete = true;
    uint32_t low = t->old_high_seq;
    unsigned position[TOTEM_MAX_NODES];

    node_list_clear(&t->trans);
    for (unsigned i = 0; i < commit->addr.n; i++) {
        if (node_list_has(&t->memb, commit->addr.id[i]) && ring_equal(commit->entry[i].ring, t->old_ring)) {
            position[t->trans.n] = i;
            node_list_add(&t->trans, commit->addr.id[i]);
            complete = complete && commit->entry[i].received_flg != 0;
        }
    }
    if (complete) {
        return;
    }
    t->deliver_memb = t->trans;
    for (unsigned i = 0; i < t->trans.n; i++) {
        low = seq_min(low, commit->entry[position[i]].aru);
    }
    queue_old_messages(t, low);
    totem_log(t, LOG_DEBUG, "recovering messages %x to %x of ring %x.%llx: %u to send", low + 1,
              t->old_high_seq,
              t->old_ring.rep, (unsigned long long) t->old_ring.seq, t->retrans_q.n);
}

/* R: commit is complete. */
void enter_recovery(struct totem *t, struct commit *commit)
{
    t->token_discard = false;
    sort_queue_reset(&t->recovery_q, 0);
    frame_fifo_clear(&t->retrans_q);

    commit->token_seq++;
    t->saved_token_len = commit_encode(commit, t->my_id, t->saved_token);
    t->commit_sent_seq = commit->token_seq;
    t->stats.memb_commit_token_tx++;
    send_saved_token(t);
    t->token_seq = UINT32_MAX;
    if (t->ops->members != NULL) {
        t->ops->members(t->ctx, t->new_memb.n);
    }
    plan_recovery(t, commit);

    t->aru = t->aru_count = t->seq_unchanged = t->high_seq = t->install_seq = t->last_released = 0;
    t->retrans_cnt = t->rotation_cnt = 0;
    t->aru_since = t->ops->stat_now == NULL ? 0 : t->ops->stat_now(t->ctx);
    totem_log(t, LOG_DEBUG, "entering RECOVERY state.");
    arm_token(t);
    arm_retrans(t);
    t->state = TOTEM_RECOVERY;
    t->stats.recovery_entered++;
    t->stats.continuous_gather = 0;
}

/*
 * Another member sent an old-ring message that I was going to send too: all members of the new ring will have
 * it, once is enough. The queue is in the order of the old ring's seqs.
 */
void recovery_seen(struct totem *t, const struct frame *f)
{
    const uint8_t *inner = f->data + MCAST_SIZE;
    uint32_t seq = get32(inner + MCAST_SEQ);

    if (!ring_equal(get_ring(inner + MCAST_RING), t->old_ring)) {
        return;
    }
    for (struct frame **p = &t->retrans_q.head, *prev = NULL; *p != NULL; prev = *p, p = &(*p)->next) {
        struct frame *queued = *p;
        uint32_t queued_seq = get32(queued->data + MCAST_SIZE + MCAST_SEQ);

        if (queued_seq == seq) {
            *p = queued->next;
            if (t->retrans_q.tail == queued) {
                t->retrans_q.tail = prev;
            }
            t->retrans_q.n--;
            t->retrans_q.bytes -= queued->len;
            frame_unref(queued);
            return;
        }
        if (seq_lt(seq, queued_seq)) {
            return;
        }
    }
}

/* 11.3, at every accepted token, after my own updates of it. True when the ring is to be installed. */
bool recovery_progress(struct totem *t, struct token *token)
{
    if (t->retrans_q.n > 0) {
        if (token->retrans_flg == 0) {
            token->retrans_flg = 1;
            t->set_retrans = true;
        }
    } else if (token->retrans_flg == 1 && t->set_retrans) {
        token->retrans_flg = 0;
        t->set_retrans = false;
    }
    t->retrans_cnt = token->retrans_flg == 0 ? t->retrans_cnt + 1 : 0;
    if (t->retrans_cnt == 2) {
        t->install_seq = token->seq;
    }
    if (t->retrans_cnt >= 2 && t->received_flg == 0 && seq_le(t->install_seq, t->aru)) {
        t->received_flg = 1;
        t->deliver_memb = t->trans;
    }
    if (t->retrans_cnt >= 3 && seq_le(t->install_seq, token->aru)) {
        t->rotation_cnt++;
    } else {
        t->rotation_cnt = 0;
    }
    if (t->rotation_cnt < 2) {
        return false;
    }
    t->rotation_cnt = t->retrans_cnt = 0;
    return true;
}

/* The ring being recovered is given up: back to what the last installed one had (11.5). */
void abandon_recovery(struct totem *t)
{
    t->aru = t->old_aru;
    t->high_seq = t->old_high_seq;
    t->last_released = t->regular_q.base - (t->regular_q.base > 0);
    t->token_discard = true;
    t->stats.recovery_token_lost++;
}
