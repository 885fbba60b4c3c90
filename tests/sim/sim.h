/*
 * A cluster of totem cores in one process: virtual time, a virtual network driven by one seed, and checks
 * after every step. Files:
 *   events.c    what happens when: a queue ordered by time
 *   network.c   delay, loss, duplication, reordering, cut links, slow links
 *   node.c      one node: the core, its driver, crash and restart
 *   layers.c    what runs above the ring: synchronisation of services, and which message goes to which
 *   app.c       an application that sends numbered messages
 *   groups.c    clients that join and leave process groups
 *   quorum.c    votes
 *   device.c    a quorum device that votes, too
 *   check.c     what must hold
 *   pains.c     situations in which clusters are known to suffer
 *   scenario.c  from a seed to a cluster and a sequence of faults
 *   main.c      command line, TAP
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "corosync/engine/sync_core.h"
#include "corosync/services/cpg_core.h"
#include "corosync/services/votequorum_core.h"
#include "corosync/totem/internal.h"

#include <stdio.h>
#include <stdlib.h>

#define SIM_MAX_NODES   64
#define SIM_CLIENTS     3                   /* of process groups, on each node */
#define SIM_GROUPS      3

#define SIM_MS          1000ull             /* virtual time is in microseconds */
#define SIM_SECOND      1000000ull

enum event_kind {
    EVENT_FRAME,
    EVENT_TIMER,
    EVENT_APP,                              /* the application of a node wants to send */
    EVENT_CLIENT,                           /* a client of a process group does something */
    EVENT_VOTE_TIMER,
    EVENT_DEVICE,                           /* the quorum device's client of a node wants to poll */
    EVENT_RESTART,
    EVENT_FAULT,                            /* the scenario does something */
    EVENT_UPPER,                            /* of what a program puts above the ring */
};

/* A datagram under way to one or more nodes. */
struct packet {
    uint32_t refs;
    uint32_t len;
    uint8_t data[];
};

struct event {
    uint64_t at;                            /* us */
    uint64_t order;                         /* breaks ties: first scheduled, first served */
    enum event_kind kind;
    uint16_t node;                          /* index */
    uint16_t from;                          /* EVENT_FRAME: index of the sender */
    uint32_t life;                          /* incarnation of the node it is for */
    uint32_t timer;                         /* EVENT_TIMER */
    uint64_t generation;                    /* EVENT_TIMER */
    struct packet *packet;                  /* EVENT_FRAME */
    void *upper;                            /* EVENT_UPPER */
};

/* A directed connection. */
struct link {
    bool cut;
    uint8_t loss;                           /* percent, on top of the network's */
    uint32_t extra_delay;                   /* us */
    uint32_t bytes_per_ms;                  /* 0 = unlimited */
    uint64_t free_at;                       /* limited links: when the last frame will have left */
    uint64_t last_arrival;                  /* for networks that keep order */
};

/* A node's connection to everybody: what arrives goes through one queue. */
struct ingress {
    uint32_t bytes_per_ms;                  /* 0 = unlimited */
    uint32_t queue;                         /* bytes; more is dropped */
    uint64_t free_at;
};

/* An application message. */
struct message {
    uint16_t sender;                        /* node index */
    uint32_t life;                          /* the sender's incarnation */
    uint32_t size;                          /* bytes of body */
    uint64_t ring_seq;                      /* ring the sender had installed when it sent it */
    bool mandatory;                         /* sent in the calm at the end: all must get it */
    struct totem_ring at_ring;              /* where somebody delivered it; rep 0 = nobody yet */
    uint32_t at_seq;
};

struct log {                                /* message numbers in order of delivery */
    uint32_t *id;
    uint32_t n, capacity;
};

/* A ring that some node installed. */
struct ring_info {
    struct ring_info *next;
    struct totem_ring ring;
    struct node_list members;
    struct closing *closings;
};

/* How the first of the nodes that moved on together from a ring left it; the others must agree. */
struct closing {
    struct closing *next;
    struct totem_ring to;                   /* the ring they moved to */
    struct node_list trans;
    uint32_t high_delivered;                /* at the transitional change */
    bool complete;                          /* the fields below are set */
    uint16_t node;
    struct log order;                       /* all messages delivered on the ring left */
    uint32_t mark;                          /* how many of them before the transitional change */
    uint64_t together_since[SIM_MAX_NODES];
};

/* A client of the process groups. */
struct client {
    struct cpg_conn conn;
    struct cpg_name group;                  /* it asked to join last */
    uint16_t node;                          /* index */
    uint16_t slot;
    bool connected;
    uint32_t sent;                          /* number of its last message */
    uint32_t heard[SIM_MAX_NODES][SIM_CLIENTS]; /* number of the last message of each client ... */
    uint32_t heard_pid[SIM_MAX_NODES][SIM_CLIENTS]; /* ... and that one's process id */
    bool informed;                          /* has heard of the group since it joined */
    struct cpg_address members[SIM_MAX_NODES * SIM_CLIENTS];
    size_t n_members;
};

struct sim_node {
    uint16_t index;
    uint32_t id;
    bool alive;
    uint32_t life;                          /* incarnation, from 1 */
    uint32_t mtu;
    struct totem *totem;
    uint64_t stored_ring_seq;               /* survives crashes */
    uint64_t paused_until;                  /* us */
    uint64_t paused_at;
    struct {
        bool armed;
        uint64_t generation;
    } timer[TOTEM_TIMER_COUNT];
    uint64_t last_self_arrival;
    struct ingress ingress;

    /* layers.c */
    struct sync *sync;
    bool sync_wants_token;
    bool stopping;                          /* nothing more is sent */
    uint64_t syncs;

    /* groups.c */
    struct cpg_core *cpg;
    struct client client[SIM_CLIENTS];

    /* quorum.c */
    struct vq *vq;
    struct {
        bool armed;
        uint64_t generation;
    } vote_timer[2];
    uint32_t vote_barrier;                  /* of expected_votes_tracking; survives crashes */
    uint64_t device_polled;                 /* us, when the quorum device's client last polled ... */
    uint64_t device_synced;                 /* ... and when a synchronisation last began to wait for it */
    bool quorate;
    struct node_list vote_members;          /* of the last report */

    /* check.c */
    struct ring_info *installed;
    struct log order;                       /* messages delivered since `installed` was installed */
    uint32_t mark;                          /* how many of them before the transitional change */
    struct closing *closing;                /* between transitional and regular change */
    bool between;                           /* a transitional change is not followed by its regular one yet */
    struct totem_ring announced;
    struct node_list trans;
    uint64_t together_since[SIM_MAX_NODES]; /* ring seq since which it and a peer moved together */
    uint8_t *delivered;                     /* bit per message number, this incarnation */
    uint32_t delivered_size;                /* bytes */
    uint32_t last_heard[SIM_MAX_NODES];     /* last message of each peer, for FIFO */
    uint32_t last_heard_life[SIM_MAX_NODES];
    uint64_t delivered_count;
};

struct sim {
    uint64_t seed;
    uint64_t rng;
    uint64_t now;                           /* us */
    bool trace;
    FILE *out;
    bool failed;
    char reason[512];

    struct event *heap;
    uint32_t heap_n, heap_capacity;
    uint64_t next_order;
    uint64_t next_generation;
    uint64_t steps;

    unsigned n_nodes;
    struct sim_node node[SIM_MAX_NODES];
    struct link link[SIM_MAX_NODES][SIM_MAX_NODES];
    struct totem_config config;

    /* network */
    uint8_t loss;                           /* percent */
    uint8_t duplicate;                      /* percent */
    uint8_t reorder;                        /* percent of frames that may overtake */
    uint32_t delay;                         /* us, one way */
    uint32_t jitter;                        /* us */
    bool loopback_mcast;                    /* own multicasts come back */
    uint64_t frames, bytes;

    /* application */
    struct message *message;
    uint32_t n_messages, messages_capacity;
    uint32_t app_interval;                  /* us between two sends of a node, 0 = silent */
    uint32_t app_max_size;
    uint64_t app_bytes, app_budget;         /* bytes sent, and how many may be while faults happen */

    uint32_t client_interval;               /* us between two actions of a node's clients, 0 = no clients */
    uint32_t next_pid;

    /* votes: what all nodes have configured */
    struct vq_config votes;
    bool master_wins;                       /* of the quorum device */
    bool exclusive_quorum;                  /* with these options two partitions must never both be quorate */

    /* faults */
    uint64_t chaos_until;                   /* us */
    uint32_t fault_interval;                /* us, mean */
    bool calm;
    /* one in so many steps of COMMIT and RECOVERY is a crash, 0 = none */
    uint32_t snipe;

    /* frames on the wire: (ring, seq) -> digest */
    struct wire_entry {
        struct totem_ring ring;
        uint32_t seq;
        uint32_t digest;
    } *wire;
    uint32_t wire_n, wire_capacity;
    struct ring_info *rings[256];

    /* What stands above the ring in place of the clients of groups.c, NULL = nothing;
     * and who wants to hear of quorum. */
    void *upper;
    void (*on_quorum)(struct sim *s, struct sim_node *n, bool quorate, const uint32_t *members, size_t count,
                      const struct totem_ring *ring);
};

/* main.c */
void sim_note(struct sim *s, const struct sim_node *n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void sim_fail(struct sim *s, const struct sim_node *n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* trace.c: lines of the story are printed to out or,
 * between trace_keep(true) and (false), kept for trace_tell() */
void trace_keep(bool keep);
void trace_line(FILE *out, const char *line);
void trace_tell(void);

/* random numbers: splitmix64 */
static inline uint64_t sim_random(struct sim *s)
{
    uint64_t z = (s->rng += 0x9e3779b97f4a7c15ull);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static inline uint64_t sim_below(struct sim *s, uint64_t n)
{
    return n == 0 ? 0 : sim_random(s) % n;
}

static inline bool sim_chance(struct sim *s, unsigned percent)
{
    return percent > 0 && sim_below(s, 100) < percent;
}

/* events.c */
void events_push(struct sim *s, struct event e);
bool events_pop(struct sim *s, struct event *e);
void events_free(struct sim *s);
void packet_unref(struct packet *p);

/* network.c */
void network_send_all(struct sim *s, struct sim_node *from, const void *frame, size_t len, uint64_t wait);
void network_send_one(struct sim *s, struct sim_node *from, uint32_t target, const void *frame, size_t len);
struct sim_node *sim_find(struct sim *s, uint32_t id);

/* node.c */
void node_boot(struct sim *s, struct sim_node *n);
void node_stop(struct sim *s, struct sim_node *n);
void node_crash(struct sim *s, struct sim_node *n);
void node_leave(struct sim *s, struct sim_node *n);
void node_frame(struct sim *s, struct sim_node *n, const struct event *e);
void node_timer(struct sim *s, struct sim_node *n, const struct event *e);

/* layers.c */
void layers_boot(struct sim *s, struct sim_node *n);
void layers_stop(struct sim *s, struct sim_node *n);
void layers_confchg(struct sim *s, struct sim_node *n, const struct totem_confchg *change);
void layers_deliver(struct sim *s, struct sim_node *n, enum totem_group group, uint32_t from,
                    const uint8_t *body, size_t len);
void layers_token(struct sim *s, struct sim_node *n);
/* Group "a"; 0 or -1. */
int layers_send(struct sim *s, struct sim_node *n, const struct iovec *iov, unsigned n_iov);

/* app.c: a service that takes no part in the synchronisation */
#define APP_SERVICE     60
void app_boot(struct sim *s, struct sim_node *n);
void app_wakeup(struct sim *s, struct sim_node *n);
bool app_send(struct sim *s, struct sim_node *n, uint32_t size, bool mandatory);
void app_receive(struct sim *s, struct sim_node *n, uint32_t from, const uint8_t *body, size_t len);

/* groups.c */
#define GROUPS_SERVICE  2
void groups_boot(struct sim *s, struct sim_node *n);
void groups_stop(struct sim *s, struct sim_node *n);
void groups_wakeup(struct sim *s, struct sim_node *n);
void groups_check_end(struct sim *s);

/* quorum.c */
#define QUORUM_SERVICE  5
void quorum_pick(struct sim *s);
void quorum_boot(struct sim *s, struct sim_node *n);
void quorum_stop(struct sim_node *n);
void quorum_timer(struct sim *s, struct sim_node *n, const struct event *e);
void quorum_check_end(struct sim *s);

/* device.c */
void device_pick(struct sim *s);
void device_boot(struct sim *s, struct sim_node *n);
void device_wakeup(struct sim *s, struct sim_node *n);
void device_registered(struct sim *s, struct sim_node *n);
bool device_settled(const struct sim_node *n);

/* node.c: what the callbacks of a node's layers get as context */
struct binding {
    struct sim *sim;
    struct sim_node *node;
};
struct binding *node_binding(struct sim *s, struct sim_node *n);

/* check.c */
void check_boot(struct sim *s, struct sim_node *n);
void check_wire(struct sim *s, struct sim_node *n, const uint8_t *frame, size_t len);
void check_confchg(struct sim *s, struct sim_node *n, const struct totem_confchg *change);
void check_message(struct sim *s, struct sim_node *n, uint32_t id);
void check_step(struct sim *s, struct sim_node *n);
void check_end(struct sim *s);
void check_free(struct sim *s);

/* scenario.c */
void scenario_setup(struct sim *s, unsigned nodes);
void scenario_fault(struct sim *s);
/* Runs one seed; false when something did not hold (s->reason says what). */
bool scenario_run(struct sim *s);
/* Until a time, or until `done` holds (looked at every now and then); false if it never did. */
bool scenario_advance(struct sim *s, uint64_t until, bool (*done)(struct sim *));
/* One ring of all living nodes, synchronised, nothing left to send or to deliver. */
bool scenario_settled(struct sim *s);
void scenario_end(struct sim *s);

/* pains.c */
unsigned pains_count(void);
const char *pains_name(unsigned pain);
/* False when it hurts (s->reason says how). */
bool pains_run(struct sim *s, unsigned pain);

#endif
