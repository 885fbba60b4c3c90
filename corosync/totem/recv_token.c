/*
 * The ORF token (section 9.2 to 9.6).
 */
#include "internal.h"

#include <stdio.h>

/* A token the window cannot follow means this node has lost track: better lose it (17 trap 10). */
static bool acceptable(const struct totem *t, const struct token *token)
{
    return !t->token_discard && (t->state == TOTEM_OPERATIONAL || t->state == TOTEM_RECOVERY) &&
           ring_equal(token->ring, t->ring) && seq_lt(t->token_seq, token->token_seq) &&
           !seq_lt(token->seq, t->high_seq) && token->seq - t->aru < TOTEM_WINDOW;
}

/*
 * Steps 3 and 5. The token is not held while somebody misses a message, which would starve the
 * retransmission, nor before the ring is installed.
 */
static void note_activity(struct totem *t, const struct token *token)
{
    bool idle;

    if (token->seq == t->last_seq) {
        if (!t->merge_running) {
            t->merge_running = true;
            arm_timer(t, TOTEM_TIMER_MERGE, t->cfg.merge);
        }
        t->seq_unchanged++;
    } else {
        t->merge_running = false;
        cancel_timer(t, TOTEM_TIMER_MERGE);
        cancel_timer(t, TOTEM_TIMER_HOLD);
        t->seq_unchanged = 0;
    }
    t->last_seq = token->seq;
    idle = is_rep(t) ? t->seq_unchanged > t->cfg.seqno_unchanged_const
                     : t->seq_unchanged >= t->cfg.seqno_unchanged_const;
    t->settled = t->state == TOTEM_OPERATIONAL && token->n_rtr == 0 && token->aru == token->seq &&
                 t->aru == token->seq;
    t->token_held = idle && t->settled;
}

/* 9.3: how many frames I may send in this visit. */
static uint32_t allowance(struct totem *t, const struct token *token)
{
    uint32_t room = t->cfg.window_size > token->fcc ? t->cfg.window_size - token->fcc : 0;
    uint32_t a = room < t->cfg.max_messages ? room : t->cfg.max_messages;
    uint32_t d, b;

    t->cbl = t->state == TOTEM_RECOVERY ? t->retrans_q.n : active_queue(t)->n;
    d = token->backlog + t->cbl - t->pbl;
    if (d != 0) {
        b = (uint32_t) ((uint64_t) t->cfg.window_size * t->pbl / d);
        if (b > 0 && a > b) {
            a = b;
        }
    }
    return a;
}

static void log_entries(struct totem *t, const struct token *token)
{
    char text[TOTEM_MAX_RTR * 9 + 1];
    int used = 0;

    for (unsigned i = 0; i < token->n_rtr; i++) {
        used += snprintf(text + used, sizeof(text) - (size_t) used, "%x ", token->rtr[i].seq);
    }
    totem_log(t, LOG_NOTICE, "Retransmit List: %s", text);
}

static struct sort_queue *current_queue(struct totem *t)
{
    return t->state == TOTEM_RECOVERY ? &t->recovery_q : &t->regular_q;
}

/* 9.4 first part: serves what others ask for; entries of another ring go. Returns how many were sent. */
static uint32_t serve_retransmits(struct totem *t, struct token *token, uint32_t allowed)
{
    uint32_t resent = 0;
    unsigned kept = 0;

    for (unsigned i = 0; i < token->n_rtr; i++) {
        struct frame *f = NULL;

        if (!ring_equal(token->rtr[i].ring, t->ring)) {
            continue;
        }
        if (resent < allowed) {
            f = sort_queue_get(current_queue(t), token->rtr[i].seq);
        }
        if (f == NULL) {
            token->rtr[kept++] = token->rtr[i];
            continue;
        }
        t->ops->send_all(t->ctx, f->data, f->len, 0);
        t->stats.mcast_retx++;
        resent++;
    }
    token->n_rtr = kept;
    return resent;
}

static bool already_asked(const struct token *token, uint32_t seq)
{
    for (unsigned i = 0; i < token->n_rtr; i++) {
        if (token->rtr[i].seq == seq) {
            return true;
        }
    }
    return false;
}

/* 9.4 second part: asks for my own gaps once they are old enough. */
static void ask_for_gaps(struct totem *t, struct token *token)
{
    struct sort_queue *q = current_queue(t);

    for (uint32_t seq = t->aru + 1; seq_le(seq, token->seq); seq++) {
        if (token->n_rtr == TOTEM_MAX_RTR || !sort_queue_in_range(q, seq)) {
            break;
        }
        if (sort_queue_get(q, seq) != NULL || sort_queue_miss(q, seq) < t->cfg.miss_count_const ||
            already_asked(token, seq)) {
            continue;
        }
        token->rtr[token->n_rtr++] = (struct rtr_entry) {.ring = t->ring, .seq = seq};
    }
}

/* 9.6. Returns how many were sent. */
static uint32_t send_new(struct totem *t, struct token *token, uint32_t allowed)
{
    bool recovery = t->state == TOTEM_RECOVERY;
    struct frame_fifo *from = recovery ? &t->retrans_q : active_queue(t);
    struct sort_queue *q = current_queue(t);
    uint32_t sent = 0;

    while (sent < allowed && from->n > 0 && sort_queue_in_range(q, token->seq + 1)) {
        struct frame *f = frame_fifo_pop(from);

        token->seq++;
        put32(f->data + MCAST_SEQ, token->seq);
        put32(f->data + MCAST_THIS_SEQNO, t->this_seqno++);
        put_ring(f->data + MCAST_RING, t->ring);
        store_mcast(t, q, token->seq, f);
        t->ops->send_all(t->ctx, f->data, f->len, 0);
        frame_unref(f);
        t->high_seq = token->seq;
        sent++;
    }
    if (sent > 0) {
        update_aru(t);
        if (recovery) {
            arm_retrans(t);
        }
    }
    return sent;
}

/* Step 10 */
static void transmit(struct totem *t, struct token *token, bool *forward)
{
    uint32_t allowed = allowance(t, token), resent, sent, claimed;

    if (token->n_rtr > 0) {
        log_entries(t, token);
    }
    pace_adapt(t, token);
    allowed = pace_limit(t, allowed);
    resent = serve_retransmits(t, token, allowed);
    ask_for_gaps(t, token);
    allowed -= resent;
    if (t->cfg.cancel_token_hold_on_retransmit && t->token_held && (token->n_rtr > 0 || resent > 0)) {
        t->token_held = false;
        *forward = true;
    }
    if (pace_stop(t, token) ||
        seq_lt(t->last_released + TOTEM_WINDOW - allowed - t->cfg.window_size, token->seq)) {
        allowed = 0;
    }
    sent = send_new(t, token, allowed);
    token->fcc += resent + sent - t->trc;
    claimed = claim_window(t, token->fcc);
    token->fcc += claimed;
    token->backlog += t->cbl - t->pbl;
    t->trc = resent + sent + claimed;
    t->pbl = t->cbl;
}

/* Steps 11 to 13. False when I cannot keep up and have left for GATHER. */
static bool update_token_aru(struct totem *t, struct token *token, uint32_t prev_aru)
{
    if (seq_lt(t->aru, token->aru) || token->aru_addr == t->my_id || token->aru_addr == 0) {
        token->aru = t->aru;
        token->aru_addr = token->aru == token->seq ? 0 : t->my_id;
    }
    t->aru_count = token->aru == prev_aru && token->aru_addr != 0 ? t->aru_count + 1 : 0;
    if (!stuck(t, token) && (t->aru_count <= t->cfg.fail_recv_const || token->aru_addr != t->my_id)) {
        return true;
    }
    totem_log(t, LOG_ERR, "FAILED TO RECEIVE");
    if (t->state == TOTEM_RECOVERY) {
        abandon_recovery(t);
    }
    t->failed_to_recv = true;
    node_list_add(&t->failed, t->my_id);
    enter_gather(t, GATHER_FAILED_TO_RECEIVE);
    return false;
}

static void rearm_heartbeat(struct totem *t, bool forward)
{
    if (t->cfg.heartbeat == 0) {
        return;
    }
    if (forward) {
        arm_timer(t, TOTEM_TIMER_HEARTBEAT, t->cfg.heartbeat);
    } else {
        cancel_timer(t, TOTEM_TIMER_HEARTBEAT);
    }
}

static void call_hook(struct totem *t, enum totem_hook hook)
{
    if (t->ops->hook != NULL) {
        t->sync_may_send = true;
        t->ops->hook(t->ctx, hook);
        t->sync_may_send = false;
    }
}

void recv_token(struct totem *t, struct token *token)
{
    uint32_t prev_aru = t->last_aru;
    bool forward;

    if (!acceptable(t, token)) {
        return;
    }
    note_activity(t, token);
    forward = !(is_rep(t) && t->token_held);
    if (t->state == TOTEM_OPERATIONAL) {
        t->settling = false;
        release_messages(t, token->aru);
    }
    stats_token_received(t);
    call_hook(t, TOTEM_HOOK_RECEIVED);
    pg_flush(t);

    t->last_aru = token->aru;
    transmit(t, token, &forward);
    if (!update_token_aru(t, token, prev_aru)) {
        return;
    }
    t->token_seq = token->token_seq;
    token->token_seq++;
    if (t->state == TOTEM_RECOVERY && recovery_progress(t, token)) {
        enter_operational(t);
    }
    save_token(t, token);
    if (forward) {
        send_saved_token(t);
    }
    if (t->state == TOTEM_OPERATIONAL) {
        deliver_up_to(t, t->high_seq, false);
    }
    arm_token(t);
    arm_retrans_busy(t);
    if (is_rep(t) && t->token_held) {
        arm_timer(t, TOTEM_TIMER_HOLD, t->cfg.hold);
    }
    stats_token_sent(t, t->cbl);
    call_hook(t, TOTEM_HOOK_SENT);
    rearm_heartbeat(t, forward);
}
