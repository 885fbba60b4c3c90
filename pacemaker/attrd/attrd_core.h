/* The attribute manager's decisions: pure (messaging.md §5).
 *
 * Events in: requests of local clients, messages of peers (own ones included, in delivery order), changes of
 * the peer cache (the core registers its callback there), timers, results of CIB writes. Effects out: through
 * ops, in order. Nothing a client asks for changes a value here before the message has come back from the
 * process group. */
#ifndef PCMK_ATTRD_CORE_H
#define PCMK_ATTRD_CORE_H

#include <stdbool.h>
#include <stdint.h>
#include <libxml/tree.h>
#include "pacemaker/cluster/peers.h"

#define ATTRD_PROTOCOL_VERSION "4"
#define ATTRD_ATTRIBUTES_MAX 100000u    /* names; further ones are refused */

typedef struct attrd attrd_t;

typedef struct {
    /* To the managers of all nodes (to NULL) or of one; msg is borrowed. */
    void (*send)(void *arg, const char *to, const xmlNode *msg, bool election);
    /* Start an asynchronous modification of the CIB's status section; the number of the call (> 0), whose end
     * is told to attrd_written(), or a negative errno. mixed: update holds deletions, too. user may be NULL.
     */
    int (*write)(void *arg, const char *attribute, const xmlNode *update, bool mixed, const char *user);
    void (*arm)(void *arg, const char *attribute, unsigned ms);     /* (re)start that attribute's timer */
    void (*cancel)(void *arg, const char *attribute);
    void (*arm_election)(void *arg, unsigned ms);
    void (*cancel_election)(void *arg);
    /* A value was sent to the CIB; may be NULL. */
    void (*alert)(void *arg, const char *node, uint32_t node_id, const char *attribute, const char *value);
    void (*cpu_time)(void *arg, long long *sec, long long *usec);   /* of this process */
    long long (*now)(void *arg);                                    /* monotonic seconds */
} attrd_ops_t;

/* peers must outlive the core. */
attrd_t *attrd_new(peers_t *peers, uint32_t own_id, const char *own_name, const attrd_ops_t *ops, void *arg);
void attrd_free(attrd_t *a);
void attrd_start(attrd_t *a);               /* joined the process group: announce the protocol version */
void attrd_shut_down(attrd_t *a);           /* from now on only elections are answered */

enum attrd_answer_kind {
    ATTRD_ANSWER_NONE,
    ATTRD_ANSWER_ACK,           /* if the client asked for one */
    ATTRD_ANSWER_ACK_ALWAYS,
    ATTRD_ANSWER_REPLY,         /* reply is the caller's */
};

struct attrd_answer {
    enum attrd_answer_kind kind;
    xmlNode *reply;
};

/* A client's request; its attributes may be changed. */
void attrd_request(attrd_t *a, xmlNode *request, struct attrd_answer *answer);
/* A message of the process group; its attribute src is the sender's name. */
void attrd_peer_message(attrd_t *a, const peer_t *from, xmlNode *msg);
void attrd_timer_expired(attrd_t *a, const char *attribute);
void attrd_election_timer_expired(attrd_t *a);
void attrd_written(attrd_t *a, const char *attribute, int call, int rc);
/* The CIB's nodes or status section was replaced: what we wrote there may be gone. */
void attrd_cib_replaced(attrd_t *a);

bool attrd_is_writer(const attrd_t *a);
const char *attrd_writer(const attrd_t *a);         /* name of the known writer, or NULL */

#endif
