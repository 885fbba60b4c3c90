/* Inside pacemaker-remoted: TLS connections of the cluster (remoted.c) and the IPC proxy (remoted_proxy.c).
 */
#ifndef LRMD_REMOTED_H
#define LRMD_REMOTED_H

#include <stdbool.h>
#include <libxml/tree.h>

typedef struct remote_peer remote_peer_t;

/* The connection that proxies IPC for new clients, NULL = none. */
remote_peer_t *remoted_provider(void);
int remoted_notify_peer(remote_peer_t *peer, const xmlNode *msg);
/* The cluster answered to our wish to end. */
void remoted_shutdown_answer(bool ack);

int remoted_proxy_start(void);                           /* 0 or negative errno */
void remoted_proxy_stop(void);
void remoted_proxy_provider_lost(remote_peer_t *peer);   /* its clients are disconnected */

#endif
