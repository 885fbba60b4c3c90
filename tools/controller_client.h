/* Requests to the controller that forget history or inject failures (messaging.md §3.4). */
#ifndef TOOLS_CONTROLLER_CLIENT_H
#define TOOLS_CONTROLLER_CLIENT_H

#include <libxml/tree.h>

typedef struct controller_client controller_client_t;

/* Connect to the local controller; NULL and *rc. */
controller_client_t *controller_connect(int *rc);
void controller_disconnect(controller_client_t *c);

/* A resource as the executor knows it. provider may be NULL. */
struct controller_rsc {
    const char *id, *long_id;      /* long_id NULL: the same */
    const char *standard, *provider, *type;
};

/* Forget the history of a resource on a node; router: the cluster node that serves a remote node, or the node itself. A reply
 * is expected (controller_wait()) unless cib_only is set. */
int controller_forget(controller_client_t *c, const char *node, const char *router, const struct controller_rsc *rsc, int cib_only);
/* Record a failure of the resource on the node. */
int controller_fail(controller_client_t *c, const char *node, const char *router, const struct controller_rsc *rsc);
/* Probe everything anew on a node (NULL: all). */
int controller_reprobe(controller_client_t *c, const char *node, const char *router);

unsigned controller_replies_expected(const controller_client_t *c);
/* Wait until every reply has come, calling got(remaining) after each; -ETIME when none comes for timeout_ms. */
int controller_wait(controller_client_t *c, int timeout_ms, void (*got)(unsigned remaining, void *arg), void *arg);

#endif
