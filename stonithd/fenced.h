/* The fencer daemon's parts (fencer.md). One process, one state. */
#ifndef STONITHD_FENCED_H
#define STONITHD_FENCED_H

#include <stdbool.h>
#include <glib.h>
#include <libxml/tree.h>
#include "pacemaker/cluster/cluster.h"
#include "pacemaker/common/ipc.h"
#include "stonithd/device.h"
#include "stonithd/fencing_core.h"

#define FENCED_NAME "pacemaker-fenced"
#define WATCHDOG_DEVICE "watchdog"

typedef struct {
    char *own_name;
    bool stand_alone;                    /* without cluster */
    bool without_cib;
    bool stopping;
    fencing_t *core;
    cluster_t *cluster;                  /* NULL when stand-alone */
    peers_t *peers;
    ipc_server_t *ipc;
    xmlNode *cib;                        /* our copy, NULL while unknown */
    long long watchdog_ms;               /* stonith-watchdog-timeout, 0 = no watchdog fencing */
    GPtrArray *watchdog_targets;         /* char *; empty = every node */
} fenced_t;

extern fenced_t fenced;

/* ---- fenced.c: clients and peers ---- */

void fenced_send(const char *node, const xmlNode *msg);                  /* NULL = all */
void fenced_notify(const char *type, const fence_result_t *result, const xmlNode *data);
void fenced_reply_client(const char *client_id, unsigned options, const xmlNode *msg);
void fenced_quit(int status);
bool fenced_watchdog_covers(const char *node);                           /* is it fenced by watchdog? */

/* ---- fenced_peers.c ---- */

/* st-reply for a request, with data (may be NULL). */
xmlNode *fenced_new_reply(const xmlNode *request, const fence_result_t *result, const xmlNode *data);
/* What subscribers of that type are told; data may be NULL. The caller frees it. */
xmlNode *fenced_new_notice(const char *type, const fence_result_t *result, const xmlNode *data);

/* Effects of the core that ask for the fencers of other nodes: how many run,
 * does one run there, any other. */
unsigned fenced_active_peers(void *arg);
bool fenced_peer_active(void *arg, const char *node);
const char *fenced_other_peer(void *arg);

void fenced_peer_message(peer_t *from, xmlNode *msg);
void fenced_broadcast_history(void);
void fenced_forget_node(const xmlNode *request);                          /* rm_node_cache */

/* ---- fenced_devices.c: the table of devices ---- */

void devices_init(void);
void devices_free(void);
unsigned devices_count(void);
device_t *devices_find(const char *id);
void devices_foreach(void (*fn)(device_t *device, void *arg), void *arg);    /* in order of registration */
/* Register from an st_device_id element or from the CIB. 0 or negative errno. */
int devices_register(const xmlNode *definition, bool from_cib);
int devices_add(device_t *device, bool from_cib);                         /* device is taken */
void devices_remove(const char *id, bool from_cib);
void devices_begin_cib_update(void);                                      /* forget what the CIB said ... */
void devices_end_cib_update(void); /* ... and drop what it did not say again */

/* ---- fenced_exec.c: running agents, a queue per device ---- */

typedef struct command command_t;
/* Called once from the main loop. */
typedef void (*command_done_fn)(command_t *command, const fence_result_t *result, void *arg);

typedef struct {
    const char *action, *target;         /* target NULL = none */
    int timeout_s;                       /* unless the device has its own */
    int delay_s;                         /* requested, -1 = no delays at all */
    const char *client_id;               /* for merging equal commands; NULL = never merged */
    unsigned nodeid;                     /* of the target, 0 = unknown */
} command_spec_t;

command_t *command_start(device_t *device, const command_spec_t *spec, command_done_fn done, void *arg);
const char *command_device(const command_t *command);
/* Take out of the queues what asks for the same as a command that succeeded; each gets its result. */
void commands_merge(const command_t *command, const fence_result_t *result);
bool command_was_merged(const command_t *command);
/* The device leaves the table: fail what waits (or move it to replacement), free it when nothing runs. */
void commands_release_device(device_t *device, device_t *replacement);

/* ---- fenced_local.c: what our devices can do for whom, and doing it ---- */

/* st_execute of a client. */
void local_execute(const xmlNode *request, fence_result_t *result,
                   bool *answered);
void local_fence(const xmlNode *request, const char *from); /* st_fence of a peer (NULL: stand-alone) */
/* Find capable devices and reply: to the peer `from`, or to the client (from NULL). */
void local_query(const xmlNode *request, const char *from);

/* ---- fenced_cib.c: devices and topology from the CIB ---- */

int fenced_cib_start(void);
void fenced_cib_stop(void);
bool fenced_node_has_attribute(const char *node, const char *attribute, const char *value);

#endif
