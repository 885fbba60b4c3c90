/*
 * Totem cores of a few nodes on a perfect network with 1 ms delay, and their story as text: each input with
 * the time and the node, the outputs below it. For tests that compare stories.
 */
#ifndef TESTS_UNIT_TOTEM_CLUSTER_H
#define TESTS_UNIT_TOTEM_CLUSTER_H

#include "corosync/totem/internal.h"

#define CLUSTER_NODES   4
#define STORY_SIZE      (256 * 1024)

struct cluster;

struct cluster_node {
    struct cluster *cluster;
    uint32_t id;
    struct totem *totem;                /* NULL when down */
    uint64_t ring_seq;                  /* stored */
    struct {
        bool armed;
        uint64_t at;                    /* ms */
        uint64_t order;
    } timer[TOTEM_TIMER_COUNT];
    bool sync;                          /* acknowledges every regular change at once */
    unsigned delivered;                 /* messages of group "a" */
    size_t delivered_bytes;
    uint8_t last[64];                   /* beginning of the last message */
    size_t last_len;
    unsigned changes;                   /* regular configurations */
};

struct cluster_packet {
    struct cluster_packet *next;
    uint64_t at;
    uint32_t from, to;
    uint32_t len;
    uint8_t data[];
};

struct cluster {
    uint64_t now;                       /* ms */
    uint64_t order;
    struct totem_config config;
    struct cluster_node node[CLUSTER_NODES + 1];    /* by id, 0 unused */
    struct cluster_packet *head, *tail;
    /* true: the network loses this frame */
    bool (*lose)(uint32_t from, uint32_t to, const uint8_t *frame, size_t len);
    bool tell;                          /* write the story */
    bool tell_timers;                   /* with timers armed and cancelled */
    size_t story_len;
    char story[STORY_SIZE];
};

/* Cores exist but are not started. Defaults with token 1000, join 50, miss count 5. */
struct cluster *cluster_new(void);
void cluster_free(struct cluster *c);
void cluster_start(struct cluster *c, uint32_t id);
void cluster_stop(struct cluster *c, uint32_t id);      /* power failure */
/* Everything that happens within so many ms. */
void cluster_run(struct cluster *c, uint64_t ms);
void cluster_send(struct cluster *c, uint32_t id, const char *text);
/* Hands a frame to a node as if it came from the network. */
void cluster_inject(struct cluster *c, uint32_t id, const void *frame, size_t len);
/* Tells from here on, forgetting what was told. */
void cluster_tell(struct cluster *c);
void cluster_say(struct cluster *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Fails the test when the story is another one. */
void cluster_expect(struct cluster *c, const char *story);

#endif
