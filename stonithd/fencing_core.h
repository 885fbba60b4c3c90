/* The fencing operation: pure. How this node gets a target fenced, and what it remembers of everybody's
 * fencing (fencer.md §7, §8, §10). Devices and agents are elsewhere (fenced_device.h); the core only asks
 * peers (itself included) to use theirs.
 *
 * Events in: a client's request, messages of peers, expired timers. Effects out: fencing_ops. */
#ifndef STONITHD_FENCING_CORE_H
#define STONITHD_FENCING_CORE_H

#include <stdbool.h>
#include <glib.h>
#include <libxml/tree.h>
#include "stonithd/stonith_client.h"
#include "stonithd/topology.h"

#define FENCING_HISTORY_MAX 500u         /* operations kept ... */
#define FENCING_HISTORY_KEEP 250u        /* ... of which that many completed ones survive trimming */
#define FENCING_PEER_DEVICES_MAX 1000u   /* devices taken from one query reply */

typedef struct fencing fencing_t;
typedef struct fencing_op fencing_op_t;

enum fencing_timer { TIMER_QUERY, TIMER_TOTAL, TIMER_DEVICE, TIMER_COUNT };

/* What an action is to the operation: with several devices a level's reboot becomes off, then on. */
enum fencing_phase { PHASE_REQUESTED, PHASE_OFF, PHASE_ON, PHASE_COUNT };

/* What a peer said about one of its devices. */
typedef struct {
    char *id;
    bool verified;                       /* answered to a monitor there */
    bool required;                       /* needs automatic unfencing, action on */
    bool supports_on;
    struct {
        bool executed, disallowed;
        int timeout_s, delay_max_s, delay_base_s;    /* 0 = not configured */
    } phase[PHASE_COUNT];
} fencing_device_t;

typedef struct {
    char *host;
    bool tried;                          /* asked without naming a device */
    GPtrArray *devices;                  /* fencing_device_t */
} fencing_peer_t;

struct fencing_op {
    fencing_t *fencing;
    char *id;                            /* UUID */
    char *target;
    char *asked_action, *action;         /* as requested; as wanted now */
    char *originator;                    /* node that owns the operation */
    char *client_id, *client_name, *client_node;
    char *delegate;                      /* node that did it */
    int client_call_id;
    unsigned options;                    /* ST_OPT_* */
    int base_timeout_s, delay_s, total_timeout_s;
    bool owner;                          /* we drive it */
    enum fencing_state state;
    fence_result_t result;
    long long created, completed;        /* epoch seconds; completed 0 while pending */
    long completed_nsec;
    enum fencing_phase phase;
    unsigned level;                      /* current topology level, 0 = none yet */
    GList *devices;                      /* char *: still to be used in this level, first is current */
    GList *required;                     /* char *: devices that must unfence in any case */
    GList *peers;                        /* fencing_peer_t, most devices first */
    unsigned replies, replies_expected;
    bool waiting;                        /* for more query replies */
    bool armed[TIMER_COUNT];
    bool watchdog_wait;                  /* the device timer's expiry is success */
    char *relay_id;                      /* placeholder at the node that relayed this to us */
    fencing_op_t *merged_into;           /* the equal operation whose result is ours */
    GList *merged;                       /* fencing_op_t */
    void *timer[TIMER_COUNT];            /* the shell's */
};

typedef struct {
    /* To a node's fencer, or to all (node NULL, ourselves included). */
    void (*send)(void *arg, const char *node, const xmlNode *msg);
    /* Answer a client of this node; nothing if there is no such client. */
    void (*reply)(void *arg, const char *client_id, unsigned options, const xmlNode *msg);
    /* Notify subscribed clients; result may be NULL. */
    void (*notify)(void *arg, const char *type, const fence_result_t *result, const xmlNode *data);
    void (*arm)(void *arg, fencing_op_t *op, enum fencing_timer timer, unsigned seconds);
    void (*disarm)(void *arg, fencing_op_t *op, enum fencing_timer timer);
    void (*now)(void *arg, long long *seconds, long *nsec);      /* wall clock */
    void (*uuid)(void *arg, char out[37]);
    unsigned (*active_peers)(void *arg);                         /* fencers, ours included */
    bool (*peer_active)(void *arg, const char *node);
    const char *(*other_peer)(void *arg); /* name of an active fencer but us, NULL = none */
    /* What our own device table knows (§8.7): may the device turn a node back on? */
    bool (*may_turn_on)(void *arg, const char *device);
    /* Does the CIB give that node the attribute value? NULL: there is no CIB. */
    bool (*node_has_attribute)(void *arg, const char *node, const char *attribute, const char *value);
    /* Seconds until the target's watchdog has surely fired, 0 = it is not fenced by watchdog. */
    unsigned (*watchdog_s)(void *arg, const char *target);
} fencing_ops_t;

/* own_client_name: whose request a relayed operation is said to be, NAME.PID. */
fencing_t *fencing_new(const char *own_name, const char *own_client_name, const fencing_ops_t *ops,
                       void *arg);
void fencing_free(fencing_t *fencing);
topology_t *fencing_topology(fencing_t *fencing);

/* st_fence of a client of ours. true: the core takes it, the client is answered later; false: *result is the
 * answer now. */
bool fencing_request(fencing_t *fencing, xmlNode *request, fence_result_t *result);

/* Messages of peers; from is the sender's name. */
void fencing_on_query(fencing_t *fencing, const xmlNode *query);             /* before it is answered */
void fencing_on_query_reply(fencing_t *fencing, const char *from, const xmlNode *reply);
void fencing_on_exec_reply(fencing_t *fencing, const char *from, const xmlNode *reply);
void fencing_on_broadcast(fencing_t *fencing, const char *from, const xmlNode *msg);
void fencing_on_relay(fencing_t *fencing, xmlNode *request);
void fencing_on_timer(fencing_op_t *op, enum fencing_timer timer);

/* History (§10). */
void fencing_history_list(fencing_t *fencing, const char *target, xmlNode *parent, bool with_ids);
void fencing_history_clean(fencing_t *fencing, const char *target);
unsigned fencing_history_size(const fencing_t *fencing);
/* A peer's history; returns what only we have as a new element (NULL = nothing). */
xmlNode *fencing_history_merge(fencing_t *fencing, const xmlNode *remote);

fencing_op_t *fencing_find(fencing_t *fencing, const char *id);

#endif
