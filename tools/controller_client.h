/* Requests to the daemons that acknowledge and answer with an event: the controller and the launcher
 * (messaging.md §3.2, §3.4). */
#ifndef TOOLS_CONTROLLER_CLIENT_H
#define TOOLS_CONTROLLER_CLIENT_H

#include <libxml/tree.h>
#include "pacemaker/common/output.h"

/* How long a call without limit waits for its answer, ms. */
#define CONTROLLER_PATIENCE_MS 30000

typedef struct controller_client controller_client_t;

/* service: "crmd" or "pacemakerd"; name: of this client. NULL and *rc (after printing "error: Could not
 * connect to ...") on failure. */
controller_client_t *controller_open(const char *service, const char *name, output_t *out, int *rc);
void controller_close(controller_client_t *client);

/* A request from this client; to_node may be NULL. Free with xml_free(). */
xmlNode *controller_new_request(const controller_client_t *client, const char *task, const char *to_system,
                                const char *to_node);
/* Send and wait for the answer. timeout_ms 0 = none. *answer is the caller's. -ETIMEDOUT, -ENOTCONN, ... */
int controller_call(controller_client_t *client, const xmlNode *request, int timeout_ms, xmlNode **answer);
/* The cluster's name of this node as the local controller (or, on a remote node, that behind its connection)
 * has it; NULL when it cannot be asked. g_free(). Prints nothing. */
char *controller_own_node_name(const char *client_name);
/* Send; only the acknowledgement is waited for. */
int controller_tell(controller_client_t *client, const xmlNode *request);
/* Requests sent with controller_tell() whose answers come later as messages of their own: wait for count of
 * them, calling got() with how many are still missing after each. -ETIMEDOUT when none comes for timeout_ms,
 * -ENOTCONN. */
int controller_wait(controller_client_t *client, unsigned count, int timeout_ms,
                    void (*got)(unsigned missing, void *arg), void *arg);

#endif
