/*
 * Totem: the ordered multicast ring (spec: totem.md). Public interface of the pure core.
 *
 * The core owns membership, the token, ordering, retransmission, recovery and the packing layer (sections
 * 6-13). It does no I/O, reads no clock and no random source, spawns nothing. A driver feeds it inputs (the
 * functions below that take a struct totem) and carries out its outputs (struct totem_ops), which the core
 * calls in the order of section 16.3 while an input is being processed.
 *
 * Rules for the driver
 *  - One thread. Inputs do not nest, with these exceptions, allowed from inside deliver, confchg and hook:
 *    totem_send, totem_reserve, totem_release, totem_trans_ack, totem_hook_register, totem_signal and all
 *    getters. send_all and send_token must not call back into the core: frames a node sends to itself arrive
 *    as a later totem_recv.
 *  - send_all goes to every configured node including the sender (self-delivery is part of the protocol). The
 *    frame's target_nodeid is filled in by the core. A driver that can spares itself the copy of multicasts
 *    (type 1) to the sender: the core has them already. All other types are needed.
 *  - Pointers given to an output are valid only until it returns.
 *  - A timer that fires after it was cancelled or re-armed must be dropped by the driver.
 *  - Pause detection (section 7, PAUSE timer) is the driver's: it passes TOTEM_FRAME_STALE with a join that
 *    arrives after it threw away queued datagrams. It restarts PAUSE when a regular confchg arrives.
 *
 * All times are milliseconds. Integers on the wire are little endian; frames of the other byte order are
 * dropped silently (section 3.5 permits it).
 */
#ifndef COROSYNC_TOTEM_TOTEM_H
#define COROSYNC_TOTEM_TOTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define TOTEM_MAX_NODES         384         /* capacity of every member list */
#define TOTEM_MAX_FRAME         65536       /* bytes; larger frames are dropped */
#define TOTEM_MAX_MESSAGE       1048576     /* bytes of one application message; totem_send refuses more */
#define TOTEM_WINDOW            16384       /* slots of a sort queue */
#define TOTEM_MAX_IOV           16          /* elements totem_send takes */
#define TOTEM_MAX_RTR           30          /* retransmit entries in a token: never more */

struct totem;                               /* one ring participant */

/* Identity of a ring; zero/zero before the first membership work. */
struct totem_ring {
    uint32_t rep;                           /* node id of the representative: lowest of the ring */
    uint64_t seq;                           /* grows with every ring */
};

enum totem_state {
    TOTEM_OPERATIONAL = 1,
    TOTEM_GATHER = 2,
    TOTEM_COMMIT = 3,
    TOTEM_RECOVERY = 4,
};

enum totem_timer {
    TOTEM_TIMER_TOKEN,
    TOTEM_TIMER_WARN,
    TOTEM_TIMER_RETRANS,
    TOTEM_TIMER_HOLD,
    TOTEM_TIMER_MERGE,
    TOTEM_TIMER_JOIN,
    TOTEM_TIMER_CONSENSUS,
    TOTEM_TIMER_HEARTBEAT,
    TOTEM_TIMER_COUNT
};

/* Group names of section 12.2. Messages of other groups are delivered to nobody. */
enum totem_group {
    TOTEM_GROUP_A,                          /* "a": service messages */
    TOTEM_GROUP_SYNC,                       /* "sync": synchronisation */
};

enum totem_guarantee {                      /* carried in frames, never acted upon: both mean agreed order */
    TOTEM_AGREED = 0,
    TOTEM_SAFE = 1,
};

enum totem_level {                          /* fullness of the send queue, section 13.1 */
    TOTEM_LEVEL_LOW = 0,
    TOTEM_LEVEL_GOOD = 1,
    TOTEM_LEVEL_HIGH = 2,
    TOTEM_LEVEL_CRITICAL = 3,
};

enum totem_hook {
    TOTEM_HOOK_RECEIVED,                    /* token accepted, nothing sent yet in this visit */
    TOTEM_HOOK_SENT,                        /* token forwarded (or held), deliveries of this visit done */
};

/* Flags of totem_recv. */
#define TOTEM_FRAME_STALE   0x1u            /* a join after a process pause (section 7): ignored */
#define TOTEM_FRAME_FLUSH   0x2u            /* udp: read ahead of a token (9.2 step 4): joins are ignored */

/*
 * Configuration, section 2.2. totem_config_defaults fills the defaults; a driver overrides fields from cmap
 * and calls totem_config_derive, which replaces zeros by the default where the table says so.
 */
struct totem_config {
    uint32_t my_id;                         /* own node id, not 0 */
    uint32_t netmtu;                        /* bytes: 65536 (knet), 1500 (udp, udpu); read at creation only */
    /* all times in ms */
    uint32_t token;                         /* before derive: totem.token; after: including the coefficient */
    uint32_t token_coefficient;             /* per node above two */
    uint32_t token_warning;                 /* percent of token, 0 = off */
    uint32_t token_retransmits_before_loss;
    uint32_t token_retransmit;              /* 0 = derive */
    uint32_t hold;                          /* 0 = derive */
    uint32_t join;
    uint32_t send_join;                     /* longest random delay of a join, 0 = none */
    uint32_t consensus;                     /* 0 = derive */
    uint32_t merge;
    uint32_t downcheck;                     /* not used by the core */
    uint32_t fail_recv_const;               /* token rotations */
    uint32_t seqno_unchanged_const;         /* token visits */
    uint32_t heartbeat_failures_allowed;    /* 0 = off */
    uint32_t max_network_delay;
    uint32_t window_size;                   /* frames a rotation */
    uint32_t max_messages;                  /* frames a node and visit */
    uint32_t miss_count_const;              /* token visits before a gap is asked for */
    bool cancel_token_hold_on_retransmit;
    /* results of totem_config_derive */
    uint32_t warning;                       /* ms, 0 = off */
    uint32_t heartbeat;                     /* ms, 0 = off */
};

/*
 * Configuration change, section 11.4. Every regular one is preceded by a transitional one with the same ring.
 * Lists are ascending node ids.
 */
struct totem_confchg {
    bool transitional;
    struct totem_ring ring;                 /* the new ring, in both */
    const uint32_t *members;
    const uint32_t *left;                   /* transitional only */
    const uint32_t *joined;                 /* regular only */
    unsigned n_members;
    unsigned n_left;
    unsigned n_joined;
};

/* Statistics, section 15; names as in cmap below stats.srp. and stats.pg. */
struct totem_stats {
    uint64_t orf_token_tx, orf_token_rx;
    uint64_t mcast_tx, mcast_retx, mcast_rx;
    uint64_t memb_join_tx, memb_join_rx;
    uint64_t memb_commit_token_tx, memb_commit_token_rx;
    uint64_t memb_merge_detect_tx, memb_merge_detect_rx;
    uint64_t token_hold_cancel_tx, token_hold_cancel_rx;
    uint64_t operational_entered, operational_token_lost;
    uint64_t gather_entered, gather_token_lost;
    uint64_t commit_entered, commit_token_lost;
    uint64_t recovery_entered, recovery_token_lost;
    uint64_t consensus_timeouts;
    uint64_t rx_msg_dropped;
    uint64_t last_token_rx;                 /* stat_now of the last accepted token, 0 = none */
    uint32_t continuous_gather;
    uint32_t mtt_rx_token;                  /* ms, mean over the last <= 100 visits */
    uint32_t avg_token_workload;            /* ms */
    uint32_t avg_backlog_calc;              /* messages */
    uint32_t msg_reserved;                  /* stats.pg. */
    uint32_t msg_queue_avail;               /* stats.pg.; stays 0 */
};

/* Outputs. Every function gets the context given to totem_new. Optional ones may be NULL. */
struct totem_ops {
    /* To all nodes including self. delay_max > 0: wait a random time in [0, delay_max] ms first (copy it). */
    void (*send_all)(void *ctx, const void *frame, size_t len, uint32_t delay_max);
    /* To one node, possibly self. */
    void (*send_token)(void *ctx, uint32_t target, const void *frame, size_t len);

    void (*arm)(void *ctx, enum totem_timer timer, uint32_t ms);    /* one-shot; arming again restarts */
    void (*cancel)(void *ctx, enum totem_timer timer);              /* also when it is not armed */

    /* A message in total order. body is not aligned and starts after the group header. */
    void (*deliver)(void *ctx, enum totem_group group, uint32_t from, const void *body, size_t len);
    void (*confchg)(void *ctx, const struct totem_confchg *change);

    /*
     * Ring seq to stable storage before the core goes on. Failure is the driver's to handle (fatal, exit 21).
     */
    void (*persist)(void *ctx, uint64_t ring_seq);

    void (*hook)(void *ctx, enum totem_hook hook);      /* optional; each time, also without registration */
    void (*queue_class)(void *ctx, bool waiting_trans_ack); /* optional */
    void (*members)(void *ctx, unsigned count);             /* optional; udp/udpu interface polling */
    void (*check_iface)(void *ctx);                     /* optional; udp/udpu, token lost when operational */
    void (*level)(void *ctx, enum totem_level level);       /* optional; the level changed */
    void (*log)(void *ctx, int priority, const char *text); /* optional; priority of syslog.h, no newline */
    /* Optional; monotonic ms, for statistics and for how long a busy token usually takes. */
    uint64_t (*stat_now)(void *ctx);
};

/* ---- configuration ---- */

void totem_config_defaults(struct totem_config *config);

/*
 * Fills derived values of *out from *in. nodes_on_link0: nodelist entries with a ring0_addr.
 * Returns 0, or -1 with corosync's text in err when a value is out of range.
 */
int totem_config_derive(const struct totem_config *in, unsigned nodes_on_link0, struct totem_config *out,
                        char *err, size_t err_size);

/* ---- life ---- */

/* config must be derived. ops and ctx must outlive the core. NULL when out of memory. */
struct totem *totem_new(const struct totem_config *config, const struct totem_ops *ops, void *ctx);
void totem_free(struct totem *t);

/* All links reported: stored_ring_seq comes from the ring-id file (0 if it was missing). Enters GATHER. */
void totem_start(struct totem *t, uint64_t stored_ring_seq);

/* Timers take the new values the next time they are armed. my_id and netmtu are not changed. */
void totem_set_config(struct totem *t, const struct totem_config *config);

/*
 * Says good-bye (leave message). Last input before totem_free; the frame must get out before sockets close.
 */
void totem_leave(struct totem *t);

/* ---- inputs ---- */

/* One datagram, own ones included, in arrival order. Anything malformed is dropped. */
void totem_recv(struct totem *t, const void *frame, size_t len, unsigned flags);
void totem_timer_expired(struct totem *t, enum totem_timer timer);
void totem_force_gather(struct totem *t);       /* cmap runtime.force_gather */
void totem_iface_changed(struct totem *t);      /* udp/udpu interface up or down; knet: never */

/* ---- application side ---- */

/*
 * Queues one message for the ring; the bytes are copied. Returns 0, or -EAGAIN when the queue is full (try
 * again after a token), -EMSGSIZE when the message is longer than TOTEM_MAX_MESSAGE, -ENOMEM.
 *
 * While waiting for trans-ack (from a transitional confchg, and from creation, to totem_trans_ack) messages
 * of group "sync" go out at once, and so do messages of group "a" sent from inside the confchg and hook
 * callbacks: the state that services exchange in their synchronisation. A barrier of this node must follow
 * those. All other messages wait for totem_trans_ack, behind what was sent before.
 */
int totem_send(struct totem *t, enum totem_group group, const struct iovec *iov, unsigned n_iov,
               enum totem_guarantee guarantee);

/* Reserves queue room for a message of `bytes`. > 0: room reserved, pass it to totem_release; 0: try later;
 * -1: can never fit. */
int totem_reserve(struct totem *t, size_t bytes);
void totem_release(struct totem *t, int reserved);
/* Re-evaluates the queue level; ops->level is called when it changed. */
void totem_check_level(struct totem *t);

/*
 * Backpressure of a node that cannot take more: while it holds back, no node of the ring sends anything
 * new, but for so many frames after each totem_let_through(): a node may send them, and those behind it on
 * the ring once more when they leave the window. Membership changes and synchronisation go on.
 */
void totem_hold_back(struct totem *t, bool hold_back);
void totem_let_through(struct totem *t, uint32_t frames);

/* The sync engine has finished: normal traffic resumes (12.5). From the delivery of the last barrier. */
void totem_trans_ack(struct totem *t);

/* Somebody waits for ops->hook: lets a held token go (13.2). */
void totem_hook_register(struct totem *t, enum totem_hook hook);
/* Application event signal: lets a held token go (9.7). */
void totem_signal(struct totem *t);

/* ---- views ---- */

enum totem_state totem_state(const struct totem *t);
struct totem_ring totem_ring(const struct totem *t);        /* current ring, possibly still forming */
unsigned totem_members(const struct totem *t, const uint32_t **members);    /* of the last regular confchg */
bool totem_waiting_trans_ack(const struct totem *t);
enum totem_level totem_level(const struct totem *t);
/* Rotations since the token brought something new, as the representative counts them before it holds the
 * token (9.7). 0 on other nodes, and while somebody misses a message. */
uint32_t totem_idle_rotations(const struct totem *t);
size_t totem_max_reserve(const struct totem *t);            /* totem_reserve fails for this size and above */
void totem_stats(const struct totem *t, struct totem_stats *stats);
void totem_stats_clear(struct totem *t);
const char *totem_state_name(enum totem_state state);

#endif
