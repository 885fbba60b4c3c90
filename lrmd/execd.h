/* The executor daemon's parts: what the local executor and pacemaker-remoted share, and where they differ.
 * execd.c is built twice; EXECD_REMOTE tells the builds apart. */
#ifndef LRMD_EXECD_H
#define LRMD_EXECD_H

#include <stdbool.h>
#include <libxml/tree.h>
#include "lrmd/lrmd_core.h"
#include "pacemaker/common/ipc.h"

#ifdef EXECD_REMOTE
#define EXECD_NAME "pacemaker-remoted"
#define EXECD_KIND "remote"
#define EXECD_OPTIONS "Vl:p:?$"
#define EXECD_USAGE "  -p, --port PORT      Port to listen on\n"
#else
#define EXECD_NAME "pacemaker-execd"
#define EXECD_KIND "local"
#define EXECD_OPTIONS "Vl:?$"
#define EXECD_USAGE ""
#endif

/* Who sent a request. */
typedef struct {
    const char *id, *name;           /* name NULL: gets no notifications */
    bool privileged;
    void *remote;                    /* pacemaker-remoted: the TLS connection, NULL for IPC clients */
} execd_client_t;

lrmd_core_t *execd_core(void);
ipc_server_t *execd_ipc(void);
/* Handle a request (which gets the client's marks); the reply is the caller's, NULL = none is due. */
xmlNode *execd_request(const execd_client_t *client, xmlNode *request);
/* Tell the others that a client came. */
void execd_announce_client(const char *id);
/* End once the alert agents have. */
void execd_quit(void);
/* lrmd_check: compare the watchdog timeout of the cluster with this host's. */
void execd_check_watchdog(const xmlNode *request);

/* ---- the remote side; the local executor has none of it ---- */

void execd_early(int argc, char **argv);                   /* before anything else */
int execd_remote_start(void);
void execd_remote_stop(void);
bool execd_remote_shutdown(void);                          /* true: the end comes later */
void execd_remote_notify(const char *client_id, const xmlNode *msg);
int execd_remote_set_provider(const execd_client_t *client);
int execd_remote_forward(const execd_client_t *client, const xmlNode *request);

#endif
