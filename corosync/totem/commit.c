/*
 * COMMIT: the commit token's first round collects what every member has (section 8.1, 8.6).
 */
#include "internal.h"

/* K: a commit token for everybody I do not consider failed. */
void create_commit(struct totem *t, struct commit *commit)
{
    *commit = (struct commit) {.ring = {.rep = t->my_id, .seq = t->max_seq_seen + 4}};
    node_list_minus(&commit->addr, &t->proc, &t->failed);
    node_list_sort(&commit->addr);
    totem_log(t, LOG_DEBUG, "Creating commit token because I am the rep.");
}

/* Entries of my old ring that have less than the best of it have not received everything; 8.6 step 3. */
static void mark_incomplete(struct totem *t, struct commit *commit)
{
    unsigned me = commit->index;
    struct commit_entry *mine = &commit->entry[me];
    uint32_t highest = mine->aru;

    for (unsigned i = 0; i <= me; i++) {
        if (ring_equal(commit->entry[i].ring, mine->ring)) {
            highest = seq_max(highest, commit->entry[i].aru);
        }
    }
    for (unsigned i = 0; i <= me; i++) {
        if (ring_equal(commit->entry[i].ring, mine->ring) && seq_lt(commit->entry[i].aru, highest)) {
            commit->entry[i].received_flg = 0;
            if (i == me) {
                t->received_flg = 0;
            }
        }
    }
}

static void fill_entry(struct totem *t, struct commit *commit)
{
    struct commit_entry *mine = &commit->entry[commit->index];

    assert(commit->addr.id[commit->index] == t->my_id);
    t->new_memb = commit->addr;
    t->received_flg = t->aru == t->high_seq;
    mine->ring = t->old_ring;
    mine->aru = t->old_aru;
    mine->high_delivered = t->high_delivered;
    mine->received_flg = t->received_flg;
    mark_incomplete(t, commit);
    commit->index++;
}

/* C: commit->index is my place in commit->addr. */
void enter_commit(struct totem *t, struct commit *commit)
{
    if (!t->old_saved) {
        t->old_saved = true;
        t->old_ring = t->ring;
        t->old_aru = t->aru;
        t->old_high_seq = t->high_seq;
    }
    fill_entry(t, commit);
    t->target = commit->addr.id[commit->index % commit->addr.n];
    commit->token_seq++;

    t->ring = commit->ring;
    t->max_seq_seen = t->ring.seq;
    t->ops->persist(t->ctx, t->ring.seq);

    t->saved_token_len = commit_encode(commit, t->my_id, t->saved_token);
    t->commit_sent_seq = commit->token_seq;
    t->stats.memb_commit_token_tx++;
    send_saved_token(t);
    cancel_timer(t, TOTEM_TIMER_JOIN);
    cancel_timer(t, TOTEM_TIMER_CONSENSUS);
    totem_log(t, LOG_DEBUG, "entering COMMIT state.");
    t->state = TOTEM_COMMIT;
    arm_retrans(t);
    arm_token(t);
    t->trc = t->pbl = t->cbl = 0;
    t->stats.commit_entered++;
    t->stats.continuous_gather = 0;
}
