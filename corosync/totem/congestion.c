/*
 * What this node does better than the protocol asks for when the network is bad.
 *
 * How fast this node sends when the network or a member cannot keep up. The protocol's own flow control
 * (9.3) counts frames of a rotation but does not look at whether they arrive: behind a slow link they pile
 * up, the token with them, until it is lost. So each node lowers its pace when frames are asked for again
 * or the slowest member is far behind, and raises it slowly while all is well. Slow also means smaller
 * frames: one of 64 kB does not get through a queue of 40 kB at all. A new ring starts with a quarter.
 * Other nodes need not do the same.
 *
 * When to give up: a member that gets nothing new while the others wait for it holds them up for
 * fail_recv_const rotations, which can be many minutes. After a few token times it gives up by itself.
 *
 * When this node's clients cannot keep up: the other nodes do not see that, but they keep to the window,
 * the frames of a rotation (9.3). So a node may claim what is left of it as if it had sent so many frames.
 *
 * When a token is sent again: token_retransmit is made for the longest wait. A busy token comes round in a
 * few milliseconds, and when it has not after several times that, it is lost: sent again at once, it costs
 * the ring little. A token too many does no harm, receivers know its token_seq.
 */
#include "internal.h"

#define SMALLEST_ROOM   4096u       /* bytes of a frame at the lowest pace */
#define START_SHARE     4u          /* of the full pace */
#define FAR_BEHIND      3u          /* windows the slowest member may be behind before it is congestion */
#define LOWEST_PACE     1u          /* frames a visit */
#define LOSSY_PACE      4u          /* the same when frames get lost but do not pile up ... */
#define PILE_UP         50u         /* ... because the token comes round in less than so many ms */
#define STOP            6u          /* windows behind at which nothing new is sent */

void pace_reset(struct totem *t)
{
    t->pace = t->cfg.max_messages * PACE_UNIT / START_SHARE;
    if (t->pace < LOWEST_PACE * PACE_UNIT) {
        t->pace = LOWEST_PACE * PACE_UNIT;
    }
    t->pace_seq = 0;
}

/* Frames that not all members have. */
static uint32_t behind(const struct token *token)
{
    return token->aru_addr != 0 && seq_lt(token->aru, token->seq) ? token->seq - token->aru : 0;
}

static uint32_t lowest_pace(const struct totem *t)
{
    uint32_t frames = t->rotation > PILE_UP * ROTATION_UNIT ? LOWEST_PACE : LOSSY_PACE;

    return (frames < t->cfg.max_messages ? frames : t->cfg.max_messages) * PACE_UNIT;
}

/* At every accepted token. Halved at most once for the frames that are under way. */
void pace_adapt(struct totem *t, const struct token *token)
{
    uint32_t full = t->cfg.max_messages * PACE_UNIT;
    bool congested = token->n_rtr > 0 || behind(token) > FAR_BEHIND * t->cfg.window_size;

    if (!congested) {
        t->pace += t->pace < full && t->trc > 0;
    } else if (seq_le(t->pace_seq, token->aru)) {
        t->pace = t->pace / 2 > lowest_pace(t) ? t->pace / 2 : lowest_pace(t);
        t->pace_seq = token->seq;
    }
}

/* Of the allowed frames, resent ones included, so many may be sent in this visit. */
uint32_t pace_limit(const struct totem *t, uint32_t allowed)
{
    uint32_t frames = t->pace / PACE_UNIT;

    return allowed < frames ? allowed : frames;
}

/* Nothing new until the slowest member has caught up. */
bool pace_stop(const struct totem *t, const struct token *token)
{
    return behind(token) > STOP * t->cfg.window_size;
}

/* Bytes of length table and data in the frames made now. */
uint32_t pace_room(const struct totem *t)
{
    uint64_t room = (uint64_t) t->room * t->pace / (t->cfg.max_messages * PACE_UNIT);

    if (room < SMALLEST_ROOM) {
        room = SMALLEST_ROOM;
    }
    return room < t->room ? (uint32_t) room : t->room;
}

#define ROTATIONS       4u          /* times round after which a token is missed ... */
#define SPARE           10u         /* ... and ms more, for the scheduling of processes */

/* Time since the last token, when the ring was busy; a moving average. */
void rotation_measure(struct totem *t, uint32_t ms)
{
    uint32_t longest = t->cfg.token_retransmit;

    if (ms > longest) {
        ms = longest;
    }
    t->rotation = t->rotation - t->rotation / 8 + ms * ROTATION_UNIT / 8;
}

/* How long to wait for the token before the last one is sent again, ms. */
uint32_t rotation_patience(const struct totem *t)
{
    uint32_t patience = t->rotation * ROTATIONS / ROTATION_UNIT + SPARE;

    if (t->ops->stat_now == NULL || t->token_held || patience > t->cfg.token_retransmit) {
        return t->cfg.token_retransmit;
    }
    return patience;
}

#define STUCK_TOKENS    4u          /* token times without anything new after which a member gives up */

/* At every accepted token: true when I have been missing something for long and get nothing any more. */
bool stuck(struct totem *t, const struct token *token)
{
    uint64_t now = t->ops->stat_now == NULL ? 0 : t->ops->stat_now(t->ctx);

    if (t->aru != t->aru_seen || t->aru == token->seq) {
        t->aru_seen = t->aru;
        t->aru_since = now;
    }
    return now - t->aru_since > (uint64_t) STUCK_TOKENS * t->cfg.token;
}

void totem_hold_back(struct totem *t, bool hold_back)
{
    t->hold_back = hold_back;
    t->let_through = 0;
    if (!hold_back) {
        send_hold_cancel(t);
    }
}

void totem_let_through(struct totem *t, uint32_t frames)
{
    t->let_through = frames;
    send_hold_cancel(t);
}

/*
 * At every accepted token: how many frames to claim when `fcc` have been sent in this rotation. Never more
 * than there are: members may take a count above the window for no limit (17 trap 8).
 */
uint32_t claim_window(struct totem *t, uint32_t fcc)
{
    uint32_t wanted = fcc + t->let_through;

    t->let_through = 0;
    if (!t->hold_back || t->state != TOTEM_OPERATIONAL || t->waiting_trans_ack ||
        wanted >= t->cfg.window_size) {
        return 0;
    }
    return t->cfg.window_size - wanted;
}
