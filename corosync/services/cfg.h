/*
 * Inside of the cfg service: its clients, and the negotiation before a shutdown.
 */
#ifndef COROSYNC_SERVICES_CFG_H
#define COROSYNC_SERVICES_CFG_H

#include <sys/queue.h>

#include "corosync/client/proto_cfg.h"
#include "corosync/engine/service.h"

enum cfg_vote {
    CFG_VOTE_NONE = 0, /* not asked */
    CFG_VOTE_WAITING,  /* asked, no answer yet */
    CFG_VOTE_YES,
    CFG_VOTE_NO,
};

/* Private data of a connection. */
struct cfg_client {
    LIST_ENTRY(cfg_client) entry;
    struct ipc_conn *ipc;
    bool reloading;                  /* waits for the answer to its reload request */

    LIST_ENTRY(cfg_client) tracker;  /* while tracking */
    bool tracking;                   /* is asked before a shutdown */
    enum cfg_vote vote;              /* in the negotiation that is running */
};

/* Multicasts that this node shuts down. 0, or -1 when there is no room. */
int cfg_shutdown_send(void);

/* ---- cfg_shutdown.c ---- */

void cfg_lib_try_shutdown(struct ipc_conn *conn, const void *msg, size_t size);
void cfg_lib_replyto_shutdown(struct ipc_conn *conn, const void *msg, size_t size);
void cfg_lib_trackstart(struct ipc_conn *conn, const void *msg, size_t size);
void cfg_lib_trackstop(struct ipc_conn *conn, const void *msg, size_t size);
void cfg_shutdown_client_gone(struct cfg_client *client);

#endif
