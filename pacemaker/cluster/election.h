/* Election of the DC (controld) and the writer (attrd): pure (messaging.md §4).
 *
 * Events in: start, a received vote/no-vote, peer loss, timer expiry. Effects out: through ops, in order. */
#ifndef PCMK_ELECTION_H
#define PCMK_ELECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <libxml/tree.h>
#include "pacemaker/cluster/peers.h"

enum election_state { ELECTION_START, ELECTION_IN_PROGRESS, ELECTION_LOST, ELECTION_WON, ELECTION_ERROR };

typedef struct election election_t;

typedef struct {
    void (*send)(void *arg, const char *to_name,
                 xmlNode *msg); /* to_name NULL = everybody; msg is the callee's to free */
    void (*arm)(void *arg, unsigned ms);                          /* (re)start the one timer */
    void (*cancel)(void *arg);
    void (*won)(void *arg);
    bool (*may_win)(void *arg);
    void (*cpu_time)(void *arg, long long *sec,
                     long long *usec); /* own ru_utime, caching of §4.1 done by the core */
    long long (*now)(void *arg);                                  /* monotonic seconds, for dampening */
} election_ops_t;

election_t *election_new(const char *name, peers_t *peers, uint32_t own_id, const char *own_name,
                         unsigned period_ms, const election_ops_t *ops, void *arg);
void election_free(election_t *e);
void election_set_period(election_t *e, unsigned ms);
enum election_state election_state(const election_t *e);
void election_vote(election_t *e);                      /* start an election */
void election_reset(election_t *e);                     /* drop votes, stop the timer */
void election_stop_timer(election_t *e);
bool election_check(election_t *e);                     /* count; true when just won */
void election_peer_lost(election_t *e, const char *name, bool was_leader);
void election_timer_expired(election_t *e);
/* A vote or no-vote (attribute src set). can_win as of now through ops. Returns the state after it;
 * ELECTION_START means "we pass: start your own vote", ELECTION_LOST "we lost to the sender". */
enum election_state election_count(election_t *e, xmlNode *msg);

#endif
