/* Inside the fencing core: the files fencing_core.c (an operation's life), fencing_op.c (its fields and the
 * table), fencing_messages.c (what is said about it), fencing_peers.c (whom to ask) and fencing_history.c. */
#ifndef STONITHD_FENCING_INTERNAL_H
#define STONITHD_FENCING_INTERNAL_H

#include "stonithd/fencing_core.h"

#define TIMEOUT_FACTOR 1.2           /* what everything gets beyond its own timeout */
#define DATA_DEPTH 8u                /* how deep a message is searched */

struct fencing {
    char *own_name;
    char *own_client_name;           /* what we are called as client of an operation relayed to us */
    const fencing_ops_t *ops;
    void *arg;
    topology_t *topology;
    GHashTable *by_id;               /* operation id -> fencing_op_t */
    GQueue order;                    /* fencing_op_t, oldest first */
};

/* ---- fencing_op.c ---- */

bool same_text(const char *a, const char *b);                /* in any case; NULL equals NULL only */
bool text_is(const char *a, const char *b);                  /* exactly */
const char *text_or(const char *text, const char *missing);  /* text, or missing in place of NULL */
void text_replace(char **target, const char *value);         /* frees what was there */
/* of the first element that has it */
const char *message_value(const xmlNode *message, const char *attribute);

fencing_op_t *op_create(fencing_t *fencing, const xmlNode *msg, bool from_peer);
void op_remove(fencing_op_t *op);
bool op_finished(const fencing_op_t *op);
bool op_uses_topology(const fencing_op_t *op);
const char *op_device(const fencing_op_t *op);               /* current topology device, NULL = any */
const char *op_client(const fencing_op_t *op);               /* the client's name, for people */
void op_free_level(fencing_op_t *op);
void op_release_progress(fencing_op_t *op);                  /* what only a running operation needs */
void op_arm(fencing_op_t *op, enum fencing_timer timer, unsigned seconds);
void op_disarm(fencing_op_t *op, enum fencing_timer timer);

/* ---- fencing_messages.c ---- */

void op_send_query(fencing_op_t *op);                        /* arms TIMER_QUERY */
void op_send_execute(fencing_op_t *op, const char *peer, const char *device, int timeout_s);
/* tells the client how long it may take in all */
void op_report_timeout(fencing_op_t *op);
xmlNode *op_notify_data(const fencing_op_t *op, bool with_result);   /* the caller frees it */
void op_reply_client(fencing_op_t *op, const xmlNode *broadcast);
/* The owner's verdict: tell everybody (which ends the operation here too). */
void op_broadcast_result(fencing_op_t *op, bool merged);

/* ---- fencing_core.c ---- */

/* Go on with the best peer and device, or give up. failed: the last result, NULL at the start. */
void op_continue(fencing_op_t *op, fencing_peer_t *preferred);
bool op_next_level(fencing_op_t *op, bool empty_ok);

/* ---- fencing_history.c ---- */

void history_trim(fencing_t *fencing);

/* ---- fencing_peers.c ---- */

void peer_free(fencing_peer_t *peer);
fencing_peer_t *peer_from_reply(const fencing_op_t *op, const char *host, const xmlNode *reply);
void op_add_peer(fencing_op_t *op, fencing_peer_t *peer);
bool op_has_all_replies(const fencing_op_t *op);
/* Every device of every level can be had from some peer. */
bool op_topology_covered(const fencing_op_t *op);
bool peer_has_verified(const fencing_op_t *op, const fencing_peer_t *peer);
/* The peer to ask next, its device marked used. NULL: *wait tells whether replies are still to come. */
fencing_peer_t *op_choose_peer(fencing_op_t *op, bool *wait);
int op_device_timeout(const fencing_op_t *op, const fencing_peer_t *peer, const char *device);
int op_peer_timeout(const fencing_op_t *op, const fencing_peer_t *peer);
int op_total_timeout(const fencing_op_t *op, const fencing_peer_t *peer);
bool op_device_required(const fencing_op_t *op, const char *device);

#endif
