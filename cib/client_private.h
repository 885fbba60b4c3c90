/* Inside of the CIB client library: what its files share. */
#ifndef CIB_CLIENT_PRIVATE_H
#define CIB_CLIENT_PRIVATE_H

#include <glib.h>
#include "cib/cib_client.h"
#include "cib/env.h"
#include "pacemaker/common/ipc.h"

/* Calls a client may have under way. */
#define CIB_MAX_PENDING 100000u

struct cib_call_args {
    const char *op, *host, *section;
    const xmlNode *data;
    uint32_t options;
    unsigned timeout;               /* seconds, > 0 */
};

struct subscription {
    char *event;
    cib_notify_fn fn;
    void *arg;
};

/* An asynchronous call waiting for its reply. */
struct pending {
    cib_t *cib;
    int call_id;
    gint64 deadline;                /* monotonic microseconds */
    guint timer;
    cib_done_fn done;
    void *arg;
    void (*free_arg)(void *);
};

enum cib_kind { CIB_KIND_DAEMON, CIB_KIND_FILE };

struct cib {
    enum cib_kind kind;
    char *name, *user;
    bool connected;
    int next_call;
    GPtrArray *subscriptions;
    GHashTable *pending;            /* call id -> struct pending */
    void (*lost)(cib_t *cib, void *arg);
    void *lost_arg;
    unsigned depth;                 /* callbacks being executed */
    bool doomed;                    /* cib_free() called inside a callback */

    /* file */
    char *path;
    xmlNode *tree;
    bool changed;
    struct cib_env env;

    /* daemon */
    ipc_conn_t *ipc;
    bool attached;
    char *token;
};

/* A request message; NULL never. */
xmlNode *cib_request_new(cib_t *cib, int call_id, const struct cib_call_args *args);
int cib_next_call(cib_t *cib);

int file_connect(cib_t *cib);
int file_disconnect(cib_t *cib);
int file_call(cib_t *cib, const struct cib_call_args *args, xmlNode **output);

int daemon_connect(cib_t *cib, enum cib_channel channel);
void daemon_disconnect(cib_t *cib);
int daemon_call(cib_t *cib, const struct cib_call_args *args, xmlNode **output);
int daemon_send(cib_t *cib, const struct cib_call_args *args, int call_id);
int daemon_set_notify(cib_t *cib, const char *event, bool on);

/* An asynchronous reply or the end of waiting for it. */
void cib_call_over(cib_t *cib, int call_id, int rc, xmlNode *output);
void cib_deliver_notification(cib_t *cib, xmlNode *msg);

/* Around callbacks: cib_leave() frees an object whose end was asked for meanwhile. */
void cib_enter(cib_t *cib);
void cib_leave(cib_t *cib);

#endif
