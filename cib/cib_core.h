/* The CIB manager as a pure state machine: requests of clients, messages of peers and the digest timer in;
 * replies, messages, notifications and writes out (cib.md §3, §7, §8).
 *
 * Modifications are executed by every node when the process group delivers them, so all copies stay equal
 * without a log; the node whose client asked replies to it then. */
#ifndef CIB_CORE_H
#define CIB_CORE_H

#include <stdbool.h>
#include <stdint.h>
#include "cib/perform.h"

/* Milliseconds of silence after a change before the primary compares digests. */
#define CIB_DIGEST_DELAY_MS 5000u
/* Refused patches after which a lost answer to a request for synchronisation is assumed. */
#define CIB_SYNC_PATIENCE 5u

typedef struct cib_core cib_core_t;

enum cib_notify_bit {               /* of cib_change_section */
    CIB_CHANGED_NODES = 1, CIB_CHANGED_ALERTS = 2, CIB_CHANGED_STATUS = 4,
};

struct cib_core_ops {
    /* To a local client, as its response (sync) or as an event. The message stays the core's. */
    void (*reply)(void *arg, const char *client_id, const xmlNode *reply, bool sync);
    /* To the CIB manager of a node, NULL = of all nodes, own included; 0 or negative errno. */
    int (*send)(void *arg, const char *node, const xmlNode *message);
    /* To local subscribers of type. */
    void (*notify)(void *arg, const char *type, const xmlNode *message);
    /* The configuration changed: write it to disk. */
    void (*write)(void *arg);
    /* (Re)start the one digest timer. */
    void (*arm_digest_timer)(void *arg, unsigned ms);
    /* Cluster options may have changed. */
    void (*options_changed)(void *arg);
    /* A peer acknowledged our wish to leave. */
    void (*may_leave)(void *arg);
};

/* own_name: of this node. env is used, not owned. cib becomes the core's; status: 0, or why the configuration
 * cannot be used (every request is then answered with it). */
cib_core_t *cib_core_new(const char *own_name, const struct cib_core_ops *ops, void *arg, struct cib_env *env,
                         xmlNode *cib, int status);
void cib_core_free(cib_core_t *core);

/* Stand-alone: modifications are executed at once, there are no peers. */
void cib_core_set_alone(cib_core_t *core, bool alone);

/* The present tree, owned by the core, valid until the next event. */
const xmlNode *cib_core_cib(const cib_core_t *core);
bool cib_core_is_primary(const cib_core_t *core);
int cib_core_status(const cib_core_t *core);

/* A request of a local client (cib_clientid, cib_clientname and user already stamped); changed by the call.
 * privileged: the channel may execute privileged operations. */
void cib_core_request(cib_core_t *core, xmlNode *request, bool privileged);
/* A message of the process group, own ones included; from: sender's node name or NULL. */
void cib_core_peer_message(cib_core_t *core, const char *from, xmlNode *message);
void cib_core_digest_timer(cib_core_t *core);
/* Ask the others for leave: may_leave() follows when one answers. 0 or negative errno. */
int cib_core_leave(cib_core_t *core);

#endif
