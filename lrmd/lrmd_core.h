/* The executor's core: pure. Resources, their queues of operations, recurring operations, cancellation, and
 * what is told to whom (executor.md §2-§5, §8.3, §10).
 *
 * Events in: requests of clients, ends of executions, expired timers, lost connections.
 * Effects out: the functions of lrmd_core_ops, called while an event is handled. Times come from now(). */
#ifndef LRMD_CORE_H
#define LRMD_CORE_H

#include <stdbool.h>
#include <glib.h>
#include <libxml/tree.h>

/* Bounds on what clients can make us keep. */
#define LRMD_RESOURCES_MAX 100000u
#define LRMD_QUEUE_MAX 10000u            /* operations of one resource */
#define LRMD_PARAMS_MAX 10000u           /* parameters of one operation */

typedef struct lrmd_core lrmd_core_t;
typedef struct lrmd_rsc lrmd_rsc_t;

/* One operation. Read-only for the shell, but for data. */
typedef struct lrmd_op {
    lrmd_rsc_t *rsc;
    int call_id;
    char *client_id;                     /* who asked */
    char *user_data;                     /* or NULL */
    unsigned options;                    /* LRMD_OPT_* */
    char *asked_action;                  /* as requested */
    char *action; /* to execute now: asked_action, or "monitor" while watching a start or stop */
    unsigned interval_ms;
    unsigned timeout_ms;                 /* of this execution */
    unsigned asked_timeout_ms;
    unsigned start_delay_ms;
    GHashTable *params;

    int rc;                              /* last result: enum ocf_exit */
    int status;                          /* enum exec_status */
    char *reason, *output;               /* or NULL */

    bool executing;                      /* handed to execute() */
    bool blocked;                        /* due, but another operation of the resource is executing */
    bool cancelled;
    bool delayed;                        /* the timer is its start delay */
    bool notified;                       /* since the last merge */
    int notified_rc, notified_status;

    long long queued_ms, first_start_ms; /* monotonic */
    long long started_ms;                /* monotonic; 0 = not through the queue */
    long long ended_ms;
    long long run_time;                  /* epoch seconds, 0 = not through the queue */
    long long rcchange_time;             /* epoch seconds, 0 = never */
    void *data;                          /* the shell's: what executes it */
} lrmd_op_t;

struct lrmd_rsc {
    lrmd_core_t *core;
    char *id, *standard, *provider, *type;   /* provider NULL when it has none */
    bool fencing;                            /* class stonith */
    unsigned options;                        /* of the registration */
    bool deleted;                            /* unregistered; kept until its last execution has ended */
    lrmd_op_t *active;                       /* came through the queue and executes */
    GQueue pending;                          /* lrmd_op_t, first come first served */
    GList *recurring;                        /* lrmd_op_t, executed at least once */
    int probe_rc, probe_status;              /* class stonith: answer to a probe */
    char *probe_reason;
};

typedef struct {
    /* Send msg to that client, or to everybody with a name (client_id NULL). */
    void (*notify)(void *arg, const char *client_id, const xmlNode *msg);
    /* Start executing; must end with lrmd_core_ended(), never from inside this call. */
    void (*execute)(void *arg, lrmd_op_t *op);
    /* Stop executing now, without lrmd_core_ended(). */
    void (*abort)(void *arg, lrmd_op_t *op);
    /* (Re)start or stop the operation's one timer; expiry is lrmd_core_timer(). */
    void (*arm)(void *arg, lrmd_op_t *op, unsigned ms);
    void (*disarm)(void *arg, lrmd_op_t *op);
    /* Call lrmd_core_run() soon, after the current event. */
    void (*wake)(void *arg);
    long long (*now_ms)(void *arg);      /* monotonic */
    long long (*epoch)(void *arg);       /* seconds */
} lrmd_core_ops_t;

/* Result of one execution. Strings are copied. */
typedef struct {
    int rc, status;
    const char *reason, *output;
    bool poll;                           /* accepted only: watch it with monitors until it is done (§8.3) */
    bool unprepared;                     /* there was no agent to run: no change of its status */
} lrmd_core_result_t;

lrmd_core_t *lrmd_core_new(const lrmd_core_ops_t *ops, void *arg);
void lrmd_core_free(lrmd_core_t *core);                      /* cancels everything, telling nobody */

/* ---- requests; client_id is the sender's. Each returns lrmd_rc ---- */

int lrmd_core_register(lrmd_core_t *core, const xmlNode *request);
int lrmd_core_unregister(lrmd_core_t *core, const xmlNode *request);     /* 0, -EINPROGRESS, -ENODEV */
int lrmd_core_exec(lrmd_core_t *core, const char *client_id, const xmlNode *request);   /* call id or error */
int lrmd_core_cancel(lrmd_core_t *core, const xmlNode *request);
/* Fill in reply. */
int lrmd_core_info(lrmd_core_t *core, const xmlNode *request, xmlNode *reply);
int lrmd_core_recurring(lrmd_core_t *core, const xmlNode *request, xmlNode *reply);
/* The lrmd_rsc element of a request, NULL when there is none. */
const xmlNode *lrmd_request_rsc(const xmlNode *request);

/* ---- events ---- */

void lrmd_core_run(lrmd_core_t *core);                       /* start what can start */
void lrmd_core_ended(lrmd_op_t *op, const lrmd_core_result_t *result);
void lrmd_core_timer(lrmd_op_t *op);
void lrmd_core_client_gone(lrmd_core_t *core, const char *client_id);
/* Cancel recurring operations of every resource registered to be dropped with its client (all clients gone).
 */
void lrmd_core_drop_all_recurring(lrmd_core_t *core);
/* The fencer is gone: end every operation of fence devices. */
void lrmd_core_fencer_lost(lrmd_core_t *core);

lrmd_rsc_t *lrmd_core_find(lrmd_core_t *core, const char *rsc_id);

#endif
