/*
 * Commit tokens (section 8.2, 8.8): the first round in GATHER, the second in COMMIT, the third reaches the
 * representative in RECOVERY and starts the ring.
 */
#include "internal.h"

/* 9.1 */
static void start_ring(struct totem *t)
{
    struct token token = {
        .aru = UINT32_MAX,
        .aru_addr = t->my_id,
        .ring = t->ring,
    };

    t->originated_token = true;
    t->set_retrans = t->retrans_q.n > 0;
    token.retrans_flg = t->set_retrans;
    save_token(t, &token);
    t->stats.orf_token_tx++;
    send_saved_token(t);
    arm_token(t);
    arm_retrans(t);
}

static void first_round(struct totem *t, struct commit *commit)
{
    struct node_list live;

    node_list_minus(&live, &t->proc, &t->failed);
    if (commit->ring.seq > t->ring.seq && node_list_same(&commit->addr, &live) &&
        commit->index < commit->addr.n && commit->addr.id[commit->index] == t->my_id) {
        enter_commit(t, commit);
    }
}

static void second_round(struct totem *t, struct commit *commit)
{
    if (ring_equal(commit->ring, t->ring) && commit->index == commit->addr.n &&
        node_list_same(&commit->addr, &t->new_memb)) {
        enter_recovery(t, commit);
    }
}

/* A copy of the first round that was sent twice has a lower token_seq than the one that went all the way. */
static bool came_round(const struct totem *t, const struct commit *commit)
{
    return !seq_lt(commit->token_seq, t->commit_sent_seq + commit->addr.n - 1);
}

void recv_commit(struct totem *t, struct commit *commit)
{
    switch (t->state) {
    case TOTEM_OPERATIONAL:
        break;
    case TOTEM_GATHER:
        first_round(t, commit);
        break;
    case TOTEM_COMMIT:
        second_round(t, commit);
        break;
    case TOTEM_RECOVERY:
        if (is_rep(t) && !t->originated_token && ring_equal(commit->ring, t->ring) && came_round(t, commit)) {
            start_ring(t);
        }
        break;
    }
}
