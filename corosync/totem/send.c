/*
 * Frames the ring protocol sends, other than multicasts and tokens in passing.
 */
#include "internal.h"

static void send_join_frame(struct totem *t, const struct join *join, uint32_t delay_max)
{
    uint8_t p[JOIN_MAX_SIZE];
    size_t len = join_encode(join, p);

    t->stats.memb_join_tx++;
    t->ops->send_all(t->ctx, p, len, delay_max);
}

void send_join(struct totem *t)
{
    struct join join = {.from = t->my_id, .ring_seq = t->ring.seq};

    join.proc = t->proc;
    join.failed = t->failed;
    send_join_frame(t, &join, t->cfg.send_join);
}

/* A join that says good-bye, 8.7: I am the last of the failed list. */
void send_leave(struct totem *t)
{
    struct join join = {.leave = true, .from = t->my_id, .ring_seq = t->ring.seq};
    struct node_list me = {.n = 1, .id = {t->my_id}};

    node_list_minus(&join.failed, &t->failed, &me);
    node_list_add(&join.failed, t->my_id);
    t->failed = join.failed;
    node_list_minus(&join.proc, &t->proc, &me);
    send_join_frame(t, &join, 0);
}

void send_merge_detect(struct totem *t)
{
    uint8_t p[MERGE_SIZE];

    put_header(p, WIRE_MERGE_DETECT, 0, t->my_id);
    put32(p + MERGE_FROM, t->my_id);
    put_ring(p + MERGE_RING, t->ring);
    t->stats.memb_merge_detect_tx++;
    t->ops->send_all(t->ctx, p, sizeof(p), 0);
}

/* Lets go a token that is held, 9.7. */
void send_hold_cancel(struct totem *t)
{
    uint8_t p[CANCEL_SIZE];

    if (!t->token_held) {
        return;
    }
    t->token_held = false;
    put_header(p, WIRE_HOLD_CANCEL, 0, t->my_id);
    put_ring(p + CANCEL_RING, t->ring);
    t->stats.token_hold_cancel_tx++;
    t->ops->send_all(t->ctx, p, sizeof(p), 0);
}

void send_saved_token(struct totem *t)
{
    if (t->saved_token_len > 0) {
        put32(t->saved_token + HDR_TARGET, t->target);
        t->ops->send_token(t->ctx, t->target, t->saved_token, t->saved_token_len);
    }
}

void save_token(struct totem *t, const struct token *token)
{
    t->saved_token_len = token_encode(token, t->my_id, t->saved_token);
}
