/* Inside of the CIB core: what its files share. */
#ifndef CIB_CORE_PRIVATE_H
#define CIB_CORE_PRIVATE_H

#include "cib/cib_core.h"

struct cib_core {
    char *own_name;
    struct cib_core_ops ops;
    void *arg;
    struct cib_env *env;
    xmlNode *cib;
    int status;                     /* 0, or why the configuration cannot be used */
    bool primary, alone, leaving;
    unsigned sync_in_progress;      /* 0, or 1 + patches refused since the request for synchronisation */
    unsigned long long changes;     /* counts what makes the digest change */
    unsigned long long ping_changes;    /* its value when the last ping was sent */
    long long ping_sequence;        /* of the last ping sent, from 1 */
    unsigned overtaken;             /* copies of ours in a row that changes under way made too old */
};

bool core_is_me(const cib_core_t *core, const char *node);
xmlNode *core_reply_new(const xmlNode *request, int rc, const xmlNode *output);

/* Send the whole CIB to all nodes or to the request's sender. */
int core_sync(cib_core_t *core, const xmlNode *request, bool to_all);
/* Our own copy to all was executed with rc: was it too old by then? */
void core_sync_done(cib_core_t *core, const xmlNode *message, int rc);
void core_ask_for_sync(cib_core_t *core);
xmlNode *core_ping_response(const cib_core_t *core, const xmlNode *request);
/* The answer of a node to our ping. */
void core_ping_result(cib_core_t *core, const xmlNode *message);

#endif
