/* The controller as a pure state machine (controller.md §10).
 *
 * Events come in through the crmd_* functions below; effects go out through the operations the shell
 * installs, in the order they are called. The core opens nothing, reads no clock and keeps no global
 * state, so several of them can run in one test process. The peer cache belongs to the caller and is
 * fed by the cluster layer; the core subscribes to its changes. */
#ifndef PCMK_CRMD_CORE_H
#define PCMK_CRMD_CORE_H

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include <libxml/tree.h>
#include "pacemaker/cluster/cluster.h"
#include "pacemaker/cluster/peers.h"

#define CRM_FEATURE_SET "3.16.1"
#define CRMD_VERSION "2.1.5"
#define CRMD_BUILD "a3f44794f94"

typedef struct crmd crmd_t;

/* Timers the core arms; ids from CRMD_TIMER_DYNAMIC on are handed out at run time. */
enum crmd_timer {
    CRMD_TIMER_ELECTION_TRIGGER = 1,
    CRMD_TIMER_INTEGRATION,
    CRMD_TIMER_FINALIZATION,
    CRMD_TIMER_TRANSITION,
    CRMD_TIMER_ESCALATION,
    CRMD_TIMER_WAIT,
    CRMD_TIMER_RECHECK,
    CRMD_TIMER_ELECTION,
    CRMD_TIMER_SCHEDULER,
    CRMD_TIMER_FENCE_SYNC_SHORT,
    CRMD_TIMER_FENCE_SYNC_LONG,
    CRMD_TIMER_DELAYED_ABORT,
    CRMD_TIMER_THROTTLE,
    CRMD_TIMER_JOIN_QUERY,
    CRMD_TIMER_PE_QUERY,
    CRMD_TIMER_DYNAMIC,
};

/* CIB call options (cib.md §3.2). */
enum {
    CIB_XPATH = 0x2,
    CIB_MULTIPLE = 0x4,
    CIB_CAN_CREATE = 0x8,
    CIB_NO_CHILDREN = 0x20,
    CIB_SCOPE_LOCAL = 0x100,
    CIB_DRYRUN = 0x200,
    CIB_QUORUM_OVERRIDE = 0x100000,
};

/* One CIB call. Everything is borrowed for the duration of the effect. */
struct crmd_cib_call {
    int id;                     /* own call number, answered through crmd_cib_reply() when wanted */
    const char *op;             /* cib_query, cib_modify, cib_delete, cib_sync, cib_master, cib_slave */
    const char *section;        /* section name or xpath, NULL = whole document */
    const char *host;           /* node that must execute it, NULL = any */
    const char *user;           /* on behalf of, NULL = ourselves */
    const xmlNode *data;
    int options;
    bool want_reply;
    unsigned timeout_s;
};

struct crmd_rsc_info {
    char *id, *class, *provider, *type;      /* provider may be NULL; free with crmd_rsc_info_free() */
};
void crmd_rsc_info_free(struct crmd_rsc_info *info);

/* What the executor reports about one operation (§5.2). Strings are borrowed. */
struct crmd_exec_event {
    const char *node;           /* remote node, NULL = local executor */
    const char *rsc_id, *op_type, *user_data, *exit_reason, *output;
    unsigned interval_ms, timeout_ms, start_delay_ms;
    int call_id, rc, status;
    long long run_time, rcchange_time;         /* epoch seconds, 0 = unknown */
    unsigned exec_time_ms, queue_time_ms;
    bool rsc_deleted;
    GHashTable *params;         /* char* to char*, may be NULL */
};

struct crmd_fence_event {       /* st_notify_fence */
    const char *target, *action, *executioner, *client, *origin, *id, *reason, *operation;
    int exit_status, status;
    int legacy_rc;              /* 0 or -errno */
};

/* One attribute update for the attribute manager. */
struct crmd_attr {
    const char *name, *value;   /* value NULL = unset */
};

struct crmd_ops {
    /* the world's clock and dice */
    long long (*wall)(void *arg);                      /* epoch seconds */
    long long (*mono_ms)(void *arg);
    void (*cpu_time)(void *arg, long long *sec, long long *usec);
    void (*uuid)(void *arg, char out[37]);
    /* formatted time of now for alerts (strftime-like format with %N); malloc'ed */
    void (*timestamp)(void *arg, const char *format, char **text, long long *epoch, int *usec);

    /* self-triggers: crmd_run_fsa() from a high-priority, crmd_run_graph() from a low-priority source */
    void (*wake_fsa)(void *arg);
    void (*wake_graph)(void *arg);
    void (*timer_start)(void *arg, unsigned id, unsigned ms);   /* one shot; restarts a running one */
    void (*timer_stop)(void *arg, unsigned id);

    /* cluster */
    int (*cluster_connect)(void *arg);                 /* calls crmd_set_identity() before it returns 0 */
    void (*cluster_disconnect)(void *arg);
    bool (*cluster_quorate)(void *arg);
    void (*cluster_send)(void *arg, const char *node, enum cluster_msg_type type, const xmlNode *msg);
    char *(*cluster_name)(void *arg);                  /* malloc'ed or NULL */
    bool (*have_watchdog)(void *arg);                  /* an sbd process exists */

    /* CIB manager */
    int (*cib_connect)(void *arg);                     /* includes the notifications */
    void (*cib_disconnect)(void *arg);
    void (*cib_call)(void *arg, const struct crmd_cib_call *call);

    /* local IPC of the controller */
    int (*ipc_open)(void *arg);
    void (*ipc_close)(void *arg);
    bool (*ipc_send)(void *arg, const char *client_id, const xmlNode *msg);  /* false: no such client */

    /* executors; node NULL = the local one */
    int (*exec_connect)(void *arg);
    void (*exec_disconnect)(void *arg);
    int (*exec_rsc_info)(void *arg, const char *node, const char *id, struct crmd_rsc_info *info);
    int (*exec_register)(void *arg, const char *node, const struct crmd_rsc_info *info);
    int (*exec_unregister)(void *arg, const char *node, const char *id);
    int (*exec_run)(void *arg, const char *node, const char *rsc_id, const char *action,
                    const char *user_data, unsigned interval_ms, unsigned timeout_ms,
                    unsigned start_delay_ms, GHashTable *params);
    int (*exec_cancel)(void *arg, const char *node, const char *rsc_id, const char *action,
                       unsigned interval_ms);
    int (*exec_alert)(void *arg, const char *id, const char *path, unsigned timeout_ms, GHashTable *params);
    void (*metadata)(void *arg, unsigned cookie, const struct crmd_rsc_info *info); /* crmd_metadata_done() */
    /* remote executors: crmd_remote_connected() answers */
    void (*remote_connect)(void *arg, const char *node, const char *server, int port, unsigned timeout_ms);
    void (*remote_disconnect)(void *arg, const char *node);
    int (*remote_poke)(void *arg, const char *node);
    /* hand crmd_watchdog_timeout() to the remote node for its own check */
    void (*remote_check_watchdog)(void *arg, const char *node);
    void (*remote_send)(void *arg, const char *node, const xmlNode *msg);   /* proxy messages */
    /* proxied clients of a remote node: a local IPC connection per session */
    int (*proxy_open)(void *arg, const char *session, const char *channel);
    void (*proxy_close)(void *arg, const char *session);
    /* relay a request; *reply (caller frees) when want_reply */
    int (*proxy_send)(void *arg, const char *session, const xmlNode *msg, uint32_t flags, xmlNode **reply);

    /* scheduler */
    int (*sched_connect)(void *arg);
    void (*sched_disconnect)(void *arg);
    int (*sched_send)(void *arg, const xmlNode *msg);

    /* fencer */
    void (*fencer_connect)(void *arg);                 /* keeps trying; crmd_fencer_connected() */
    void (*fencer_disconnect)(void *arg);
    int (*fencer_fence)(void *arg, const char *target, const char *action, unsigned timeout_s, int delay_s,
                        bool allow_suicide);           /* call id or negative errno */
    void (*fencer_sync_history)(void *arg);

    /* attribute manager; 0 or negative errno */
    int (*attr_update)(void *arg, const char *node, bool remote, const struct crmd_attr *attrs, size_t n);
    int (*attr_clear_failure)(void *arg, const char *node, bool remote, const char *rsc, const char *op,
                              const char *interval);
    int (*attr_purge)(void *arg, const char *node);
    int (*attr_refresh)(void *arg);                    /* write all values to the CIB again */

    void (*write_pe_core)(void *arg, const xmlNode *cib);
    bool (*check_watchdog_timeout)(void *arg, const char *value);  /* false = must not run */
    void (*panic)(void *arg);
    void (*quit)(void *arg, int status);               /* the core does nothing after it */
};

struct crmd_settings {
    const char *node_start_state;       /* PCMK_node_start_state or NULL */
    int node_action_limit;              /* PCMK_node_action_limit, 0 = unset */
    unsigned cib_timeout_s;             /* PCMK_cib_timeout, at least 30 */
    unsigned cores;
    int pid;
    bool watchdog_in_use;               /* SBD fences this node by watchdog only */
};

crmd_t *crmd_new(const struct crmd_settings *settings, peers_t *peers, const struct crmd_ops *ops, void *arg);
void crmd_free(crmd_t *c);
void crmd_start(crmd_t *c);                            /* raises I_STARTUP */
/* Cluster identity, told during ops->cluster_connect. */
void crmd_set_identity(crmd_t *c, uint32_t id, const char *name, const char *uuid);

void crmd_run_fsa(crmd_t *c);
void crmd_run_graph(crmd_t *c);
void crmd_timer(crmd_t *c, unsigned id);
void crmd_shutdown_signal(crmd_t *c);                  /* SIGTERM */

void crmd_quorum(crmd_t *c, bool quorate, uint64_t ring_seq);
void crmd_cluster_lost(crmd_t *c);
void crmd_cluster_message(crmd_t *c, const char *sender, xmlNode *msg);   /* msg is changed, not freed */

void crmd_cib_reply(crmd_t *c, int call_id, int rc, const xmlNode *output);
void crmd_cib_diff(crmd_t *c, int rc, const xmlNode *patchset);
void crmd_cib_replaced(crmd_t *c, int change_section); /* -1 = not told */
void crmd_cib_lost(crmd_t *c);

/* A client's request, already acknowledged and stamped with its user. */
void crmd_ipc_request(crmd_t *c, const char *client_id, xmlNode *msg);

void crmd_exec_result(crmd_t *c, const struct crmd_exec_event *event);
void crmd_exec_lost(crmd_t *c, const char *node);
void crmd_metadata_done(crmd_t *c, unsigned cookie, const char *text);
void crmd_remote_connected(crmd_t *c, const char *node, int rc);
void crmd_remote_poked(crmd_t *c, const char *node);
void crmd_remote_new_client(crmd_t *c, const char *node);
void crmd_remote_proxy(crmd_t *c, const char *node, xmlNode *msg);
void crmd_proxy_event(crmd_t *c, const char *session, const xmlNode *msg);
void crmd_proxy_closed(crmd_t *c, const char *session);

void crmd_sched_reply(crmd_t *c, const xmlNode *msg);
void crmd_sched_lost(crmd_t *c);

/* The local attribute manager is back after a restart: it has forgotten this node's values. */
void crmd_attrd_restarted(crmd_t *c);

void crmd_fencer_connected(crmd_t *c);
void crmd_fencer_lost(crmd_t *c);
void crmd_fence_result(crmd_t *c, int call_id, int exit_status, int status, const char *reason);
void crmd_fence_notify(crmd_t *c, const struct crmd_fence_event *event);
void crmd_history_synced(crmd_t *c);

/* Load figures, answered to CRMD_TIMER_THROTTLE: cib_share = CPU share of the CIB manager (0..n),
 * loadavg = 1-minute average; negative = unknown. */
void crmd_load(crmd_t *c, double cib_share, double loadavg);

/* For tests and status questions. */
const char *crmd_watchdog_timeout(crmd_t *c);          /* the cluster option */
const char *crmd_state_name(const crmd_t *c);
const char *crmd_dc(const crmd_t *c);                  /* NULL when unknown */
bool crmd_is_dc(const crmd_t *c);

#endif
