/*
 * Frames from the network: header checks, counting, dispatch (sections 3.2 and 4).
 */
#include "internal.h"

static void dispatch_join(struct totem *t, const uint8_t *p, size_t len, unsigned flags)
{
    struct join join;

    t->stats.memb_join_rx++;
    if (!join_decode(&join, p, len)) {
        t->stats.rx_msg_dropped++;
        return;
    }
    if ((flags & TOTEM_FRAME_STALE) != 0) {
        return;
    }
    if ((flags & TOTEM_FRAME_FLUSH) != 0) {
        if (join.leave && join.failed.n > 0) {
            node_list_add(&t->leave_seen, join.failed.id[join.failed.n - 1]);
        }
        return;
    }
    recv_join(t, &join);
}

static void dispatch_token(struct totem *t, const uint8_t *p, size_t len)
{
    struct token token;

    t->stats.orf_token_rx++;
    if (token_decode(&token, p, len)) {
        recv_token(t, &token);
    } else {
        t->stats.rx_msg_dropped++;
    }
}

static void dispatch_commit(struct totem *t, const uint8_t *p, size_t len)
{
    struct commit commit;

    t->stats.memb_commit_token_rx++;
    if (commit_decode(&commit, p, len)) {
        recv_commit(t, &commit);
    } else {
        t->stats.rx_msg_dropped++;
    }
}

void totem_recv(struct totem *t, const void *frame, size_t len, unsigned flags)
{
    const uint8_t *p = frame;
    static const uint16_t least[WIRE_TYPES] = {
        [WIRE_MCAST] = MCAST_SIZE,
        [WIRE_MERGE_DETECT] = MERGE_SIZE,
        [WIRE_HOLD_CANCEL] = CANCEL_SIZE,
    };

    if (!t->started || !header_valid(p, len)) {
        return;
    }
    if (p[HDR_TYPE] >= WIRE_TYPES || len < least[p[HDR_TYPE]]) {
        t->stats.rx_msg_dropped++;
        return;
    }
    switch ((enum wire_type) p[HDR_TYPE]) {
    case WIRE_ORF_TOKEN:
        dispatch_token(t, p, len);
        break;
    case WIRE_MCAST:
        t->stats.mcast_rx++;
        recv_mcast(t, p, len);
        break;
    case WIRE_MERGE_DETECT:
        t->stats.memb_merge_detect_rx++;
        recv_merge(t, p);
        break;
    case WIRE_JOIN:
        dispatch_join(t, p, len, flags);
        break;
    case WIRE_COMMIT_TOKEN:
        dispatch_commit(t, p, len);
        break;
    case WIRE_HOLD_CANCEL:
        t->stats.token_hold_cancel_rx++;
        recv_cancel(t, p);
        break;
    case WIRE_TYPES:
        break;
    }
}
