/* The CIB daemon, pacemaker-based: what its files share. The deciding is done by the core (cib_core.h); here
 * are its clients, peers, disk and life cycle. */
#ifndef CIB_BASED_H
#define CIB_BASED_H

#include <stdbool.h>
#include <glib.h>
#include "cib/cib_core.h"
#include "pacemaker/cluster/cluster.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/results.h"

struct based {
    cib_core_t *core;
    struct cib_env env;
    cluster_t *cluster;             /* NULL when stand-alone */
    peers_t *peers;
    GMainLoop *loop;
    const char *dir;                /* of cib.xml */
    char *node_name;
    bool alone, stopping;
    crm_exit_t exit_status;
    guint digest_timer, leave_timer;
    char *ipc_limit;                /* cluster-ipc-limit, NULL = default */
};

extern struct based based;

/* based.c */
void based_stop(crm_exit_t status);

/* based_ipc.c */
int based_ipc_start(void);
void based_ipc_stop_accepting(void);
void based_ipc_disconnect_all(void);
unsigned based_ipc_clients(void);
void based_ipc_free(void);
/* core operations */
void based_reply(void *arg, const char *client_id, const xmlNode *reply, bool sync);
void based_notify(void *arg, const char *type, const xmlNode *message);
/* To the client at once, without waiting for the disk. */
void based_ipc_deliver(const char *client_id, const xmlNode *reply, bool sync);

/* based_disk.c */
/* Read the configuration; *status: 0 or why it cannot be used. NULL: cannot run at all. */
xmlNode *based_disk_load(int *status);
void based_disk_write(void *arg);           /* core operation: write soon */
void based_disk_enable(void);               /* forget earlier failures */
void based_disk_disable(const char *why);
void based_disk_finish(void);               /* write what is outstanding now, waiting for it */
/* Around handling one message: replies to what it changed wait until the change is on disk. */
void based_disk_begin_event(void);
void based_disk_end_event(void);
bool based_disk_hold_reply(const char *client_id, const xmlNode *reply, bool sync);

/* based_peers.c */
int based_peers_start(void);
int based_send(void *arg, const char *node, const xmlNode *message);

#endif
