/* Around the controller's core: connections to the other daemons, timers, signals. */
#ifndef PCMK_CRMD_SHELL_H
#define PCMK_CRMD_SHELL_H

#include <glib.h>
#include "cib/cib_client.h"
#include "lrmd/lrmd_client.h"
#include "pacemaker/cluster/cluster.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/crmd/core.h"
#include "stonithd/stonith_client.h"

struct shell {
    crmd_t *core;
    peers_t *peers;
    GMainLoop *loop;
    int exit_status;
    bool quitting;

    cluster_t *cluster;
    cib_t *cib;
    lrmd_client_t *executor;
    ipc_conn_t *scheduler;
    ipc_server_t *ipc;
    ipc_conn_t *attrd_watch;    /* only tells when the attribute manager ends */
    guint attrd_retry;          /* source id, 0 = none */
    stonith_client_t *fencer;
    guint fencer_retry;         /* source id, 0 = none */
    bool fencer_wanted;

    GHashTable *timers;         /* id -> source id */
    guint fsa_source, graph_source;
    GHashTable *remotes;        /* node -> connection of shell_remote.c */
    GHashTable *proxies;        /* session id -> local connection */

    /* last sample of the CIB manager's CPU time */
    long long cib_ticks;
    long long cib_sample_ms;
};

/* shell_cluster.c */
void shell_cluster_ops(struct crmd_ops *ops);
/* shell_cib.c */
void shell_cib_ops(struct crmd_ops *ops);
void shell_cib_free(struct shell *shell);
/* shell_exec.c */
void shell_exec_ops(struct crmd_ops *ops);
void shell_exec_free(struct shell *shell);
/* events of the local and of remote executors; arg is the shell */
void shell_executor_event(lrmd_client_t *client, const lrmd_event_t *event, void *arg);
/* shell_remote.c */
void shell_remote_ops(struct crmd_ops *ops);
GHashTable *shell_remotes_new(void);
GHashTable *shell_proxies_new(void);
lrmd_client_t *shell_remote_client(struct shell *shell, const char *node);     /* NULL when there is none */
/* shell_ipc.c: our own IPC server, the scheduler's, attributes */
void shell_ipc_ops(struct crmd_ops *ops);
void shell_attrd_watch(
    struct shell *shell); /* from now on tell the core when the attribute manager was restarted */
void shell_ipc_free(struct shell *shell);
/* shell_fencer.c */
void shell_fencer_ops(struct crmd_ops *ops);
void shell_fencer_free(struct shell *shell);
/* shell_host.c: clocks, timers, load, watchdog, files */
void shell_host_ops(struct crmd_ops *ops);
void shell_host_free(struct shell *shell);

#endif
