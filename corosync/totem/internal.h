/*
 * The core's own state and the functions its files share. Names of variables follow totem.md section 6.1.
 */
#ifndef COROSYNC_TOTEM_INTERNAL_H
#define COROSYNC_TOTEM_INTERNAL_H

#include "node_list.h"
#include "sort_queue.h"
#include "totem.h"
#include "wire.h"

#include <assert.h>
#include <sys/types.h>
#include <syslog.h>

#define STATS_VISITS    100u                /* token visits the means are taken over */

/* Why GATHER is entered, 8.1 */
enum gather_reason {
    GATHER_CONSENSUS_TIMEOUT = 0,
    GATHER_TOKEN_LOST = 2,
    GATHER_CONSENSUS_EXPIRED = 3,
    GATHER_COMMIT_LOST = 4,
    GATHER_RECOVERY_LOST = 5,
    GATHER_FAILED_TO_RECEIVE = 6,
    GATHER_FOREIGN_OPERATIONAL = 7,
    GATHER_FOREIGN_GATHER = 8,
    GATHER_MERGE_OPERATIONAL = 9,
    GATHER_MERGE_GATHER = 10,
    GATHER_MERGE_JOIN = 11,
    GATHER_JOIN_OPERATIONAL = 12,
    GATHER_JOIN_COMMIT = 13,
    GATHER_JOIN_RECOVERY = 14,
    GATHER_INTERFACE = 15,
};

/* An ORF token, decoded. */
struct token {
    uint32_t seq;
    uint32_t token_seq;
    uint32_t aru;
    uint32_t aru_addr;
    struct totem_ring ring;
    uint32_t backlog;
    uint32_t fcc;
    uint32_t retrans_flg;
    unsigned n_rtr;
    struct rtr_entry {
        struct totem_ring ring;
        uint32_t seq;
    } rtr[TOTEM_MAX_RTR];
};

/* A member's entry of a commit token. */
struct commit_entry {
    struct totem_ring ring;                 /* its previous ring */
    uint32_t aru;
    uint32_t high_delivered;
    uint32_t received_flg;
};

/* A commit token, decoded. */
struct commit {
    uint32_t token_seq;
    struct totem_ring ring;
    unsigned index;                         /* entries filled in */
    struct node_list addr;
    struct commit_entry entry[TOTEM_MAX_NODES];
};

/* A join or leave, decoded. */
struct join {
    bool leave;
    uint32_t from;
    uint64_t ring_seq;
    struct node_list proc;
    struct node_list failed;
};

/* Reassembly of one originator's messages, 12.4. */
struct assembly {
    struct assembly *next;
    uint32_t from;
    uint32_t len;                           /* bytes of the unfinished message */
    uint32_t capacity;
    uint16_t last_frag;                     /* what the next frame must continue */
    bool throw_away;
    uint8_t *data;
};

/* Messages being packed into the next frame: data from the front, lengths from the back. */
struct staging {
    uint8_t *buf;                           /* `room` bytes, allocated at first use */
    uint32_t len;                           /* bytes of data */
    uint32_t n;                             /* pieces */
    uint8_t continuation;                   /* of the first piece */
};

/* A message that waits for the end of the synchronisation, pg_send.c. */
struct held {
    struct held *next;
    enum totem_guarantee guarantee;
    size_t len;
    uint8_t data[];
};

struct totem {
    struct totem_config cfg;
    const struct totem_ops *ops;
    void *ctx;

    /* membership */
    enum totem_state state;
    uint32_t my_id;
    bool started;
    struct totem_ring ring;                 /* current, possibly being formed */
    struct totem_ring old_ring;             /* last installed, as of the first COMMIT after it */
    uint64_t max_seq_seen;
    struct node_list proc, failed, consensus, memb, new_memb, trans, deliver_memb, leave_seen;
    bool old_saved;                         /* old_ring, old_aru and old_high_seq are a snapshot */
    uint32_t old_aru, old_high_seq;
    bool settling;                          /* installed, but maybe not yet by all members */
    bool failed_to_recv;
    bool originated_token;
    bool token_discard;
    uint32_t received_flg;
    uint32_t target;                        /* successor on the ring */
    uint32_t commit_sent_seq;               /* token_seq of the commit token last sent */

    /* ordering */
    struct sort_queue regular_q, recovery_q;
    uint32_t aru, high_seq, high_delivered, last_released;
    struct frame_fifo new_q, trans_q, retrans_q;
    bool waiting_trans_ack;                 /* sending side */
    bool waiting_trans_ack_recv;            /* reassembly side */
    uint32_t this_seqno;

    /* token */
    uint32_t last_aru, last_seq, token_seq, seq_unchanged, aru_count;
    uint32_t trc, pbl, cbl;
    uint32_t pace;                          /* frames I send in a visit, times PACE_UNIT; congestion.c */
    uint32_t pace_seq;                      /* until all have this, the pace is not lowered again */
    uint32_t rotation;                      /* ms a busy token takes to come round, times ROTATION_UNIT */
    uint32_t aru_seen;                      /* my aru ... */
    uint64_t aru_since;                     /* ... and when it was last seen to change, ms */
    bool hold_back;                         /* nobody is to send: I claim what is left of the window ... */
    uint32_t let_through;                   /* ... but for so many frames, at the next visit only */
    bool busy;                              /* at the last visit the token was not to be held */
    uint32_t retrans_wait;                  /* ms RETRANS was armed with last */
    bool settled;                           /* the last token showed that nobody misses a message */
    bool token_held;
    bool merge_running;
    uint32_t retrans_cnt, rotation_cnt, install_seq;
    bool set_retrans;
    size_t saved_token_len;                 /* 0 = none */
    uint8_t saved_token[COMMIT_MAX_SIZE];

    /* pg */
    uint32_t mtu;
    uint32_t room;                          /* bytes of length table and data in my largest frames */
    uint32_t slots;                         /* N of 13.1 */
    uint32_t reserved;
    enum totem_level level;
    struct staging stage;
    bool sync_may_send;                     /* in a callback from which the synchronisation sends */
    struct held *held, *held_last;
    size_t held_bytes;
    struct assembly *assembly[2];           /* normal, transitional */
    struct {
        uint8_t *data;
        uint32_t capacity;
    } spare;                                /* buffer for the next assembly */

    /* statistics */
    struct totem_stats stats;
    struct {
        uint64_t rx, tx;
        uint32_t backlog;
    } visit[STATS_VISITS];
    uint32_t visits;                        /* since the start, wraps */
    uint32_t visits_valid;
};

static inline bool is_rep(const struct totem *t)
{
    return t->ring.rep == t->my_id;
}

/* log.c */
void totem_log(struct totem *t, int priority, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* codec.c: decoding checks everything section 4 asks for; false means drop. */
bool token_decode(struct token *token, const uint8_t *p, size_t len);
size_t token_encode(const struct token *token, uint32_t nodeid, uint8_t *p);
bool commit_decode(struct commit *commit, const uint8_t *p, size_t len);
size_t commit_encode(const struct commit *commit, uint32_t nodeid, uint8_t *p);
bool join_decode(struct join *join, const uint8_t *p, size_t len);
size_t join_encode(const struct join *join, uint8_t *p);

/* send.c */
void send_join(struct totem *t);
void send_leave(struct totem *t);
void send_merge_detect(struct totem *t);
void send_hold_cancel(struct totem *t);
void send_saved_token(struct totem *t);
void save_token(struct totem *t, const struct token *token);

/* timers.c */
void arm_timer(struct totem *t, enum totem_timer timer, uint32_t ms);
void cancel_timer(struct totem *t, enum totem_timer timer);
void arm_token(struct totem *t);
void cancel_token(struct totem *t);
void arm_retrans(struct totem *t);
void arm_retrans_busy(struct totem *t);

/* gather.c */
void enter_gather(struct totem *t, enum gather_reason reason);
void consensus_expired(struct totem *t);
bool consensus_agreed(const struct totem *t);
bool i_am_lowest(const struct totem *t);

/* recv_join.c, recv_commit.c, recv_token.c, recv_mcast.c, recv_merge.c, recv_cancel.c */
void recv_join(struct totem *t, const struct join *join);
void recv_commit(struct totem *t, struct commit *commit);
void recv_token(struct totem *t, struct token *token);
void recv_mcast(struct totem *t, const uint8_t *p, size_t len);
void recv_merge(struct totem *t, const uint8_t *p);
void recv_cancel(struct totem *t, const uint8_t *p);

/* commit.c */
void create_commit(struct totem *t, struct commit *commit);
void enter_commit(struct totem *t, struct commit *commit);

/* recovery.c */
void enter_recovery(struct totem *t, struct commit *commit);
bool recovery_progress(struct totem *t, struct token *token);
void recovery_seen(struct totem *t, const struct frame *f);
void abandon_recovery(struct totem *t);

/* operational.c */
void enter_operational(struct totem *t);

/* congestion.c */
#define PACE_UNIT       16u
void pace_reset(struct totem *t);
void pace_adapt(struct totem *t, const struct token *token);
uint32_t pace_limit(const struct totem *t, uint32_t allowed);
bool pace_stop(const struct totem *t, const struct token *token);
uint32_t pace_room(const struct totem *t);
#define ROTATION_UNIT   16u
void rotation_measure(struct totem *t, uint32_t ms);
uint32_t rotation_patience(const struct totem *t);
bool stuck(struct totem *t, const struct token *token);
uint32_t claim_window(struct totem *t, uint32_t fcc);

/* order.c */
void store_mcast(struct totem *t, struct sort_queue *q, uint32_t seq, struct frame *f);
void update_aru(struct totem *t);
void deliver_up_to(struct totem *t, uint32_t end, bool skip);
void release_messages(struct totem *t, uint32_t token_aru);

/* pg_send.c */
void pg_flush(struct totem *t);
void pg_set_waiting(struct totem *t);
void pg_send_free(struct totem *t);
struct frame_fifo *active_queue(struct totem *t);

/* pg_recv.c */
void pg_deliver(struct totem *t, uint32_t from, const uint8_t *payload, size_t len);
void pg_forget(struct totem *t, const struct node_list *left);
void pg_recv_free(struct totem *t);

/* stats.c */
void stats_token_received(struct totem *t);
void stats_token_sent(struct totem *t, uint32_t backlog);

#endif
