/*
 * Joins and leaves (section 8.2, 8.3).
 */
#include "internal.h"

static void form_ring(struct totem *t)
{
    struct commit commit;

    create_commit(t, &commit);
    enter_commit(t, &commit);
}

/* 8.3 step 2: the sender sees the same processors and the same failures. True if that formed a ring. */
static bool sender_agrees(struct totem *t, const struct join *join)
{
    if (!join->leave) {
        node_list_add(&t->consensus, join->from);
    }
    if (t->state != TOTEM_GATHER || !consensus_agreed(t)) {
        return false;
    }
    if (t->failed_to_recv) {
        t->failed_to_recv = false;
        node_list_clear(&t->proc);
        node_list_add(&t->proc, t->my_id);
        node_list_clear(&t->failed);
        form_ring(t);
        return true;
    }
    if (i_am_lowest(t)) {
        form_ring(t);
        return true;
    }
    return false;
}

/*
 * 8.3 step 5: what the sender knows more than I. In GATHER, a join that teaches nothing (a failed list I do
 * not adopt) must not make me answer with another join: two such nodes would keep each other busy for ever.
 */
static void learn(struct totem *t, const struct join *join)
{
    unsigned known = t->proc.n + t->failed.n;

    node_list_add_all(&t->proc, &join->proc);
    if (node_list_has(&join->failed, t->my_id)) {
        node_list_add(&t->failed, join->from);
    } else if (node_list_has(&t->memb, join->from)) {
        node_list_add_all(&t->failed, &join->failed);
    }
    if (t->state == TOTEM_OPERATIONAL ||
        (t->state == TOTEM_GATHER && t->proc.n + t->failed.n > known)) {
        enter_gather(t, GATHER_MERGE_JOIN);
    }
}

/* J. In COMMIT and RECOVERY the caller enters GATHER afterwards. */
static void process_join(struct totem *t, const struct join *join)
{
    if (node_list_same(&join->proc, &t->proc) && node_list_same(&join->failed, &t->failed)) {
        if (sender_agrees(t, join)) {
            return;
        }
    } else if (!(node_list_subset(&join->proc, &t->proc) && node_list_subset(&join->failed, &t->failed)) &&
               !node_list_has(&t->failed, join->from)) {
        learn(t, join);
        return;
    }
    if (t->state == TOTEM_OPERATIONAL) {
        enter_gather(t, GATHER_JOIN_OPERATIONAL);
    }
}

static bool knows_more(const struct totem *t, const struct join *join)
{
    return !node_list_subset(&join->proc, &t->proc) || !node_list_subset(&join->failed, &t->failed);
}

/*
 * The ring I am forming will not come about: a member has given up on it, or, in COMMIT, has learned of
 * processors or failures after it agreed with me and will not take the commit token. The latter saves a token
 * timeout.
 */
static bool abandons_ring(const struct totem *t, const struct join *join)
{
    return node_list_has(&t->new_memb, join->from) && join->from != t->my_id &&
           (join->ring_seq >= t->ring.seq || (t->state == TOTEM_COMMIT && knows_more(t, join)));
}

/*
 * Old news, or a processor that cannot hear me. And until the token has been round a new ring once, its last
 * members are still about to install it: breaking it up for somebody who is not one of them would leave these
 * with their old failed lists, and two rings could keep each other from merging for ever. Whoever wants to
 * join asks again.
 */
static bool ignored_when_operational(const struct totem *t, const struct join *join)
{
    bool member = node_list_has(&t->memb, join->from);

    return node_list_has(&join->failed, t->my_id) || (member && join->ring_seq < t->ring.seq) ||
           (!member && t->settling);
}

void recv_join(struct totem *t, const struct join *join)
{
    if (join->ring_seq > t->max_seq_seen) {
        t->max_seq_seen = join->ring_seq;
    }
    if (join->leave && join->failed.n > 0) {
        node_list_add(&t->leave_seen, join->failed.id[join->failed.n - 1]);
    }
    switch (t->state) {
    case TOTEM_OPERATIONAL:
        if (!ignored_when_operational(t, join)) {
            process_join(t, join);
        }
        break;
    case TOTEM_GATHER:
        process_join(t, join);
        break;
    case TOTEM_COMMIT:
        if (abandons_ring(t, join)) {
            process_join(t, join);
            enter_gather(t, GATHER_JOIN_COMMIT);
        }
        break;
    case TOTEM_RECOVERY:
        if (abandons_ring(t, join)) {
            process_join(t, join);
            abandon_recovery(t);
            enter_gather(t, GATHER_JOIN_RECOVERY);
        }
        break;
    }
}
