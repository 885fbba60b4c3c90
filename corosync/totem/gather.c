/*
 * GATHER: collecting processors that agree on the next ring (section 8.1, 8.5).
 */
#include "internal.h"

static const char *reason_text(enum gather_reason reason)
{
    switch (reason) {
    case GATHER_CONSENSUS_TIMEOUT:
        return "consensus timeout";
    case GATHER_TOKEN_LOST:
        return "The token was lost in the OPERATIONAL state.";
    case GATHER_CONSENSUS_EXPIRED:
        return "The consensus timeout expired.";
    case GATHER_COMMIT_LOST:
        return "The token was lost in the COMMIT state.";
    case GATHER_RECOVERY_LOST:
        return "The token was lost in the RECOVERY state.";
    case GATHER_FAILED_TO_RECEIVE:
        return "failed to receive";
    case GATHER_FOREIGN_OPERATIONAL:
        return "foreign message in operational state";
    case GATHER_FOREIGN_GATHER:
        return "foreign message in gather state";
    case GATHER_MERGE_OPERATIONAL:
        return "merge during operational state";
    case GATHER_MERGE_GATHER:
        return "merge during gather state";
    case GATHER_MERGE_JOIN:
        return "merge during join";
    case GATHER_JOIN_OPERATIONAL:
        return "join during operational state";
    case GATHER_JOIN_COMMIT:
        return "join during commit state";
    case GATHER_JOIN_RECOVERY:
        return "join during recovery";
    case GATHER_INTERFACE:
        return "interface change";
    }
    return "unknown";
}

/* G(reason) */
void enter_gather(struct totem *t, enum gather_reason reason)
{
    t->token_discard = true;
    t->originated_token = false;
    node_list_add(&t->proc, t->my_id);
    send_join(t);

    arm_timer(t, TOTEM_TIMER_JOIN, t->cfg.join);
    arm_timer(t, TOTEM_TIMER_CONSENSUS, t->cfg.consensus);
    cancel_timer(t, TOTEM_TIMER_RETRANS);
    cancel_token(t);
    cancel_timer(t, TOTEM_TIMER_MERGE);
    cancel_timer(t, TOTEM_TIMER_HOLD);
    cancel_timer(t, TOTEM_TIMER_HEARTBEAT);
    t->merge_running = false;
    t->token_held = false;
    t->busy = false;

    node_list_clear(&t->consensus);
    node_list_add(&t->consensus, t->my_id);
    totem_log(t, LOG_DEBUG, "entering GATHER state from %d(%s).", (int) reason, reason_text(reason));
    t->state = TOTEM_GATHER;
    t->stats.gather_entered++;
    if (reason == GATHER_CONSENSUS_EXPIRED) {
        t->stats.continuous_gather++;
    }
}

/*
 * Every processor that I do not consider failed has the same lists as I. One that fails to receive may be
 * left with nobody to agree with: it then agrees with itself to be alone.
 */
bool consensus_agreed(const struct totem *t)
{
    struct node_list live;

    node_list_minus(&live, &t->proc, &t->failed);
    return (live.n > 0 || t->failed_to_recv) && node_list_subset(&live, &t->consensus);
}

bool i_am_lowest(const struct totem *t)
{
    struct node_list live;

    node_list_minus(&live, &t->proc, &t->failed);
    return node_list_min(&live) == t->my_id;
}

/*
 * 8.5. Agreement without a ring: the representative's commit token has not come, wait a token time for it.
 * No agreement: whoever has not agreed is failed.
 */
void consensus_expired(struct totem *t)
{
    struct node_list missing;

    t->stats.consensus_timeouts++;
    if (consensus_agreed(t)) {
        node_list_clear(&t->consensus);
        node_list_add(&t->consensus, t->my_id);
        arm_token(t);
        return;
    }
    node_list_minus(&missing, &t->proc, &t->consensus);
    node_list_add_all(&t->failed, &missing);
    enter_gather(t, GATHER_CONSENSUS_TIMEOUT);
}
