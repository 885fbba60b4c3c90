/* Requests to the controller about one resource's history (messaging.md §3.4). */
#ifndef TOOLS_CONTROLLER_RSC_H
#define TOOLS_CONTROLLER_RSC_H

#include "tools/controller_client.h"

/* A resource as the executor knows it. provider and long_id may be NULL. */
struct controller_rsc {
    const char *id, *long_id;
    const char *standard, *provider, *type;
};

/* router: the cluster node that serves a remote node, or the node itself. Each request is answered by one
 * message that controller_wait() counts. */
int controller_forget(controller_client_t *client, const char *node, const char *router,
                      const struct controller_rsc *rsc);
int controller_fail(controller_client_t *client, const char *node, const char *router,
                    const struct controller_rsc *rsc);
/* Probe everything anew on a node (NULL: all). */
int controller_reprobe(controller_client_t *client, const char *node, const char *router);

#endif
