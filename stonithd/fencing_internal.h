/* Inside the fencing core: the files fencing_core.c (operations), fencing_peers.c (whom to ask) and
 * fencing_history.c. */
#ifndef STONITHD_FENCING_INTERNAL_H
#define STONITHD_FENCING_INTERNAL_H

#include "stonithd/fencing_core.h"

#define TIMEOUT_FACTOR 1.2           /* what everything gets beyond its own timeout */

struct fencing {
    char *own_name;
    char *own_client_name;           /* what we are called as client of an operation relayed to us */
    const fencing_ops_t *ops;
    void *arg;
    topology_t *topology;
    GHashTable *by_id;               /* operation id -> fencing_op_t */
    GQueue order;                    /* fencing_op_t, oldest first */
};

/* ---- fencing_core.c ---- */

bool same_text(const char *a, const char *b);                /* in any case; NULL equals NULL only */
bool text_is(const char *a, const char *b);                  /* exactly */
bool op_finished(const fencing_op_t *op);
fencing_op_t *op_create(fencing_t *fencing, const xmlNode *msg, bool from_peer);
void op_remove(fencing_op_t *op);
void op_arm(fencing_op_t *op, enum fencing_timer timer, unsigned seconds);
void op_disarm(fencing_op_t *op, enum fencing_timer timer);
/* The owner's verdict: tell everybody (which ends the operation here too). */
void op_broadcast_result(fencing_op_t *op, bool merged);
/* Go on with the best peer and device, or give up. failed: the last result, NULL at the start. */
void op_continue(fencing_op_t *op, fencing_peer_t *preferred);
bool op_next_level(fencing_op_t *op, bool empty_ok);
const char *op_device(const fencing_op_t *op);               /* current topology device, NULL = any */
bool op_uses_topology(const fencing_op_t *op);
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
