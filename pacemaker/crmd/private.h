/* Inside of the controller core: its state and what its files offer one another. */
#ifndef PCMK_CRMD_PRIVATE_H
#define PCMK_CRMD_PRIVATE_H

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "pacemaker/cluster/election.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/xml.h"
#include "pacemaker/crmd/core.h"
#include "pacemaker/crmd/fsa.h"

#define INFINITY_TEXT "INFINITY"

/* Limits on what peers and clients can make the core keep. */
#define MAX_QUEUE 100000u               /* queued FSA inputs */
#define MAX_GRAPH_ACTIONS 1000000u      /* actions and inputs of one graph */
#define MAX_SCHEDULER_WAIT_MS (120 * 1000)

/* The input register (§1.8). */
enum crmd_flag {
    F_THE_DC = 1u << 0,
    F_SHUTDOWN = 1u << 1,
    F_STAYDOWN = 1u << 2,
    F_READ_CONFIG = 1u << 3,
    F_CIB_CONNECTED = 1u << 4,
    F_PE_CONNECTED = 1u << 5,
    F_TE_CONNECTED = 1u << 6,
    F_LRM_CONNECTED = 1u << 7,
    F_PE_REQUIRED = 1u << 8,
    F_ST_REQUIRED = 1u << 9,
    F_HAVE_CIB = 1u << 10,
    F_CIB_ASKED = 1u << 11,
    F_MEMBERSHIP = 1u << 12,
    F_PEER_DATA = 1u << 13,
    F_HA_CONNECTED = 1u << 14,
    F_IN_RECOVERY = 1u << 16,
    F_IPC_OPEN = 1u << 17,
    F_ST_CONNECTED = 1u << 18,
};

/* Phases of a peer's join (peer_t.join_phase). */
enum join_phase {
    JOIN_NACK = -1,
    JOIN_NONE = 0,
    JOIN_WELCOMED = 1,
    JOIN_INTEGRATED = 2,
    JOIN_FINALIZED = 3,
    JOIN_CONFIRMED = 4,
};

/* Parts of node_state to write (§2.5). */
enum node_update {
    UPDATE_CLUSTER = 0x10,
    UPDATE_PEER = 0x20,
    UPDATE_JOIN = 0x40,
    UPDATE_EXPECTED = 0x100,
    UPDATE_ALL = UPDATE_CLUSTER | UPDATE_PEER | UPDATE_JOIN | UPDATE_EXPECTED,
};

/* What follows when a graph is complete; a stronger one replaces a weaker one. */
enum completion { DONE_DONE, DONE_WAIT, DONE_RESTART, DONE_SHUTDOWN };

enum te_type { TE_PSEUDO, TE_RSC, TE_CRM };

struct te_synapse;

struct te_action {
    int id;
    enum te_type type;
    xmlNode *xml;                       /* within graph->xml */
    struct te_synapse *synapse;
    unsigned timeout_ms;                /* CRM_meta_timeout + CRM_meta_start_delay */
    unsigned interval_ms;
    unsigned timer;                     /* running timer's id, 0 = none */
    bool executed, confirmed, failed, can_fail, sent_update, counted;
};

struct te_synapse {
    int id;
    int priority;
    bool executed, confirmed, failed;
    GPtrArray *actions;                 /* of struct te_action, owned */
    GPtrArray *inputs;                  /* of struct te_action, owned */
};

struct te_graph {
    int id;
    xmlNode *xml;                       /* own copy; the actions point into it */
    char *source;                       /* file the scheduler saved its input in */
    bool complete;
    int abort_priority;
    enum completion completion;
    char *reason;
    unsigned network_delay_ms, stonith_timeout_ms;
    int batch_limit, migration_limit;
    unsigned completed, pending, fired, skipped, incomplete;
    GPtrArray *synapses;                /* of struct te_synapse, owned */
};

enum pass_result { PASS_ACTIVE, PASS_PENDING, PASS_COMPLETE, PASS_TERMINATED };

/* A resource's results on one executor (§5.1). */
struct op_record {
    char *op_type, *user_data, *exit_reason, *node;
    unsigned interval_ms, timeout_ms, start_delay_ms;
    int call_id, rc, status;
    long long run_time, rcchange_time;
    unsigned exec_time_ms, queue_time_ms;
    GHashTable *params;
};

struct rsc_history {
    char *id;
    struct crmd_rsc_info info;
    int last_callid;
    struct op_record *last, *failed;
    GList *recurring;                   /* of struct op_record, newest first */
    GHashTable *stop_params;
};

struct pending_op {
    char *rsc_id, *op_type, *op_key, *user_data;
    unsigned interval_ms;
    int call_id;
    long long start_time, lock_time;
    bool remove, cancelled;
    GHashTable *params;
};

struct exec_node {
    char *name;                         /* NULL = local */
    bool connected;
    GHashTable *history;                /* id -> struct rsc_history */
    GHashTable *pending;                /* "RSC:CALLID" -> struct pending_op */
    GHashTable *deletions;              /* reference -> xmlNode request */
    struct remote_conn *remote;         /* state of a remote node's connection, NULL for the local one */
    bool in_maintenance;                /* remote: last recorded maintenance state */
};

typedef void (*core_cib_done_fn)(struct crmd *c, int call_id, int rc, const xmlNode *output, void *data);

struct crmd {
    struct crmd_settings settings;
    peers_t *peers;
    struct crmd_ops ops;
    void *arg;
    bool stopped;                       /* quit was called: nothing more happens */

    /* state machine */
    enum fsa_state state;
    GQueue *queue;                      /* of struct fsa_entry */
    uint64_t actions;                   /* pending set */
    bool stall, in_fsa;
    struct fsa_entry *current;
    unsigned flags;
    unsigned wait_count;                /* attempts to reach the CIB manager or the executor */
    unsigned election_pops;

    /* ourselves and the DC */
    uint32_t id;
    char *name, *uuid;
    char *dc, *dc_version;

    /* CIB calls on their way */
    int next_call;
    GHashTable *calls;                  /* id -> struct cib_pending */
    int last_history_call;              /* the last resource history update, 0 = none outstanding */

    /* membership */
    uint64_t peer_seq;
    bool quorate, ever_quorate;
    GHashTable *known_nodes;            /* lower-case name -> uuid of the CIB's nodes section */
    GHashTable *gone;                   /* uuids whose process left since the last FSA run */

    /* election and join */
    election_t *election;
    int join_id;
    uint64_t join_seq, join_seq_raised;
    char *best_node;
    xmlNode *best_generation;
    int join_query, join_query_id;      /* outstanding generation query and the offer it answers */
    bool first_join_done;
    GHashTable *announced;              /* names of peers (and ours) that said they have no DC */

    /* transition engine */
    char te_uuid[37];
    struct te_graph *graph;
    char *sched_ref;                    /* reference of the expected scheduler reply */
    int pe_query;                       /* outstanding CIB query for the scheduler */
    /* monotonic ms of the first attempt to connect that failed, 0 = none */
    long long sched_missing_since;
    xmlNode *sched_reply;               /* reply waiting for TE_INVOKE */
    char *failed_stop_offset, *failed_start_offset;
    long long recheck_by;
    char *delayed_abort;                /* text, or NULL */
    char *last_unexpected;              /* identity of the last result nobody asked for */
    GHashTable *jobs;                   /* node -> struct node_jobs */
    GHashTable *action_timers;          /* timer id -> struct te_action */
    unsigned next_timer;
    struct timer_slot *timers;

    /* throttle */
    GHashTable *throttle;               /* node -> struct throttle_record */
    int own_mode;
    int job_max;

    /* fencing */
    GHashTable *fence_failures;         /* target -> count */
    GList *fence_cleanup;               /* names */
    GHashTable *fence_calls;            /* call id -> transition key */

    /* options */
    GHashTable *options;
    struct alert_list *alerts;

    /* executors */
    struct exec_node *local;
    GHashTable *remotes;                /* node -> struct exec_node */
    GHashTable *metadata;               /* class:provider:type -> struct agent_metadata */
    GHashTable *metadata_waiting;       /* cookie -> struct waiting_op */
    unsigned next_cookie;
    int remote_call_id;                 /* last call id of a connection resource */
    GHashTable *remote_sessions;        /* proxy session -> struct proxy_session */
};

static inline bool crmd_has(const struct crmd *c, unsigned flag)
{
    return (c->flags & flag) != 0;
}

static inline const char *text_or(const char *text, const char *other)
{
    return text ? text : other;
}

static inline bool same_name(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}

static inline bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

void replace_text(char **slot, const char *text);      /* free and duplicate */
GHashTable *name_table(GDestroyNotify free_value);      /* owned text keys, compared without case */

/* ---- control.c: start, stop, connections; timers.c ---- */
void fsa_timers_set(struct crmd *c, unsigned id, unsigned period_ms);
void fsa_timer_run(struct crmd *c, unsigned id);           /* a running one keeps running */
void fsa_timer_run_for(struct crmd *c, unsigned id, unsigned ms);
void fsa_timer_halt(struct crmd *c, unsigned id);
bool fsa_timer_running(const struct crmd *c, unsigned id);
unsigned fsa_timer_period(const struct crmd *c, unsigned id);
void recheck_timer_run(struct crmd *c);
void join_query_now(struct crmd *c);
void fsa_timers_init(struct crmd *c);
void fsa_timers_clear(struct crmd *c);
unsigned dynamic_timer(struct crmd *c);                /* a fresh id */
void crmd_quit(struct crmd *c, int status);
void crmd_set_flag(struct crmd *c, unsigned flag);
void crmd_clear_flag(struct crmd *c, unsigned flag);
void start_shutdown(struct crmd *c);

typedef void (*fsa_action_fn)(struct crmd *c, const struct fsa_entry *entry);
void act_startup(struct crmd *c, const struct fsa_entry *entry);
void act_cib_start(struct crmd *c, const struct fsa_entry *entry);
void act_cib_stop(struct crmd *c, const struct fsa_entry *entry);
void act_ha_connect(struct crmd *c, const struct fsa_entry *entry);
void act_ha_disconnect(struct crmd *c, const struct fsa_entry *entry);
void act_read_config(struct crmd *c, const struct fsa_entry *entry);
void act_lrm_connect(struct crmd *c, const struct fsa_entry *entry);
void act_lrm_disconnect(struct crmd *c, const struct fsa_entry *entry);
void act_started(struct crmd *c, const struct fsa_entry *entry);
void act_stop(struct crmd *c, const struct fsa_entry *entry);
void act_shutdown(struct crmd *c, const struct fsa_entry *entry);
void act_shutdown_req(struct crmd *c, const struct fsa_entry *entry);
void act_exit_0(struct crmd *c, const struct fsa_entry *entry);
void act_exit_1(struct crmd *c, const struct fsa_entry *entry);
void act_recover(struct crmd *c, const struct fsa_entry *entry);
void act_dc_timer_start(struct crmd *c, const struct fsa_entry *entry);
void act_route(struct crmd *c, const struct fsa_entry *entry);
void act_pe_start(struct crmd *c, const struct fsa_entry *entry);
void act_pe_stop(struct crmd *c, const struct fsa_entry *entry);
void act_pe_invoke(struct crmd *c, const struct fsa_entry *entry);
void act_te_start(struct crmd *c, const struct fsa_entry *entry);
void act_te_stop(struct crmd *c, const struct fsa_entry *entry);
void act_te_invoke(struct crmd *c, const struct fsa_entry *entry);
void act_te_halt(struct crmd *c, const struct fsa_entry *entry);
void act_te_cancel(struct crmd *c, const struct fsa_entry *entry);
void act_election_vote(struct crmd *c, const struct fsa_entry *entry);
void act_election_count(struct crmd *c, const struct fsa_entry *entry);
void act_election_check(struct crmd *c, const struct fsa_entry *entry);
void act_dc_takeover(struct crmd *c, const struct fsa_entry *entry);
void act_dc_release(struct crmd *c, const struct fsa_entry *entry);
void act_dc_released(struct crmd *c, const struct fsa_entry *entry);
void act_join_query(struct crmd *c, const struct fsa_entry *entry);
void act_join_announce(struct crmd *c, const struct fsa_entry *entry);
void act_join_request(struct crmd *c, const struct fsa_entry *entry);
void act_join_result(struct crmd *c, const struct fsa_entry *entry);
void act_join_offer_all(struct crmd *c, const struct fsa_entry *entry);
void act_join_offer_one(struct crmd *c, const struct fsa_entry *entry);
void act_join_process_req(struct crmd *c, const struct fsa_entry *entry);
void act_join_process_ack(struct crmd *c, const struct fsa_entry *entry);
void act_join_finalize(struct crmd *c, const struct fsa_entry *entry);
void act_join_final(struct crmd *c, const struct fsa_entry *entry);

/* ---- cibcalls.c ---- */
/* data is borrowed; done NULL = no reply wanted. free_data frees data_arg (after done, or when dropped). */
int core_cib_call(struct crmd *c, const char *op, const char *section, const xmlNode *data, int options,
             core_cib_done_fn done, void *data_arg, void (*free_arg)(void *));
int core_cib_call_full(struct crmd *c, struct crmd_cib_call *call, core_cib_done_fn done, void *arg,
                  void (*free_arg)(void *));
void core_cib_forget(struct crmd *c, int call_id);
unsigned core_cib_outstanding(const struct crmd *c);        /* calls whose callback did not end yet */
void cib_calls_clear(struct crmd *c);
/* Logs and raises I_ERROR when rc < 0. */
void cib_check_error(struct crmd *c, int call_id, int rc, const xmlNode *output, void *what);
enum state_section { STATE_LRM, STATE_LRM_UNLOCKED, STATE_ATTRS, STATE_ALL, STATE_ALL_UNLOCKED };
void erase_node_state(struct crmd *c, const char *node, enum state_section what, int extra_options);
/* Set one nvpair in crm_config's cib-bootstrap-options (or where a pair of that name is). */
void cib_set_option(struct crmd *c, const char *name, const char *value, const char *user);

/* ---- membership.c ---- */
xmlNode *node_state_add(struct crmd *c, xmlNode *parent, const peer_t *peer, unsigned flags,
                        const char *source);
void write_node_states(struct crmd *c, unsigned flags, const char *source);
void write_nodes(struct crmd *c);
void update_quorum(struct crmd *c, bool quorate, bool force);
void peer_changed(peers_t *peers, enum peer_change what, peer_t *peer, enum peer_state old_state,
                  uint32_t old_processes, void *arg);
void refresh_node_caches(struct crmd *c, xmlNode *cib);
bool node_known(const struct crmd *c, const char *name);
void set_expected(struct crmd *c, peer_t *peer, const char *expected);
void set_dc(struct crmd *c, const char *name, const char *version);
bool accept_dc(struct crmd *c, const xmlNode *msg);    /* false: refuse the message (§3.6) */
const char *peer_state_text(const peer_t *peer);
peer_t *local_peer(struct crmd *c);
const char *node_uuid(struct crmd *c, const char *name);     /* NULL when unknown */

/* ---- join ---- */
bool join_phase_set(struct crmd *c, peer_t *peer, int phase, const char *why);
unsigned join_count(struct crmd *c, int phase);
bool join_check(struct crmd *c, const char *source);
const char *join_phase_text(int phase);
void join_log_unfinished(struct crmd *c);
void join_count_check(struct crmd *c);
bool feature_set_ok(const char *dc, const char *joiner);

/* ---- elect.c ---- */
void elect_init(struct crmd *c);
void elect_local_secondary(struct crmd *c);
void elect_announced(struct crmd *c, const char *name);      /* that node has no DC */
void elect_if_complete(struct crmd *c);

/* ---- messages.c ---- */
void send_to_peer(struct crmd *c, const char *node, const xmlNode *msg);   /* type from crm_sys_to */
void send_crmd(struct crmd *c, const char *node, const char *task, const char *sys_to, const char *sys_from);
bool relay_message(struct crmd *c, xmlNode *msg, bool local);
void handle_message(struct crmd *c, xmlNode *msg, enum fsa_cause cause);
void send_noop(struct crmd *c);
void send_shutdown_req(struct crmd *c);
void update_attr_shutdown(struct crmd *c, const char *node);

/* ---- graph ---- */
struct te_graph *graph_parse(const xmlNode *xml, const char *source);      /* NULL on nonsense */
struct te_graph *graph_blank(void);
void graph_free(struct te_graph *graph);
/* What a pass may do; initiate returns false when the action could not be started. */
struct graph_fns {
    bool (*allowed)(struct crmd *c, struct te_graph *graph, struct te_action *action);
    bool (*initiate)(struct crmd *c, struct te_graph *graph, struct te_action *action);
};
enum pass_result graph_pass(struct crmd *c, struct te_graph *graph, int batch_limit,
                            const struct graph_fns *fns);
void graph_update(struct te_graph *graph, const struct te_action *action);
void graph_log_summary(const struct te_graph *graph, enum pass_result result);
const char *te_meta(const struct te_action *action, const char *name);     /* attribute of <attributes> */
const char *te_task(const struct te_action *action);
const char *te_key(const struct te_action *action);
const char *te_node(const struct te_action *action);
const char *te_node_uuid(const struct te_action *action);
const char *te_router(struct crmd *c, const struct te_action *action);
/* First action in document order that matches. */
typedef bool (*te_match_fn)(struct te_action *action, const void *arg);
struct te_action *graph_find(struct te_graph *graph, te_match_fn match, const void *arg);
void graph_foreach(struct te_graph *graph, void (*fn)(struct te_action *action, void *arg), void *arg);

/* ---- te ---- */
/* detail: text between "aborted" and ": text" with its leading blank, or NULL. */
void te_abort(struct crmd *c, int priority, enum completion completion, const char *text, const char *detail);
void te_trigger(struct crmd *c);
void te_confirm(struct crmd *c, struct te_action *action);     /* stop timer, confirm, update the graph */
void te_stop_timer(struct crmd *c, struct te_action *action);
bool te_initiate(struct crmd *c, struct te_graph *graph, struct te_action *action);
bool te_allowed(struct crmd *c, struct te_graph *graph, struct te_action *action);
void te_action_timeout(struct crmd *c, unsigned timer);
void te_fail_incompletable(struct crmd *c, const char *uuid);
struct te_action *te_find_downed(struct crmd *c, const char *uuid);
void te_process_result(struct crmd *c, const xmlNode *op, const char *node);
void te_process_message(struct crmd *c, const xmlNode *msg);
bool te_confirm_cancel(struct crmd *c, const char *key, const char *uuid);
const char *name_of_uuid(struct crmd *c, const char *uuid);
void te_graph_complete(struct crmd *c);
void te_drop_graph(struct crmd *c);
void te_delayed_abort(struct crmd *c, const char *text, unsigned ms);
void te_delayed_abort_fire(struct crmd *c);
bool te_state_idle(const struct crmd *c);              /* states in which nothing is executed */
int parse_transition_key(const char *key, int *action, int *transition, int *target_rc, char uuid[64]);
int parse_op_key(const char *key, char **rsc, char **op, unsigned *interval_ms);
void sched_clear_expected(struct crmd *c);
void pe_query_retry(struct crmd *c);
void pe_query_ready(struct crmd *c);
void pe_query_forget(struct crmd *c);

/* ---- throttle.c ---- */
void throttle_init(struct crmd *c);
void throttle_options(struct crmd *c);
void throttle_message(struct crmd *c, const xmlNode *msg);
int throttle_batch_limit(struct crmd *c, int limit);
int throttle_job_limit(struct crmd *c, const char *node);
void jobs_add(struct crmd *c, const struct te_action *action, int delta);
void jobs_reset(struct crmd *c);
bool jobs_allowed(struct crmd *c, const struct te_graph *graph, const struct te_action *action);

/* ---- fencing.c ---- */
bool fence_execute(struct crmd *c, struct te_graph *graph, struct te_action *action);
void fence_update_node(struct crmd *c, const char *target, const char *uuid);
void fence_cleanup_execute(struct crmd *c);
void fence_cleanup_purge(struct crmd *c);
void fence_cleanup_remove(struct crmd *c, const char *target);
void fence_reset_count(struct crmd *c, const char *target);
void fence_fail_pending(struct crmd *c);
void fence_connect(struct crmd *c);

/* ---- options.c ---- */
void options_read(struct crmd *c);
void options_apply(struct crmd *c, const xmlNode *result);
const char *option_text(struct crmd *c, const char *name);
unsigned option_ms(struct crmd *c, const char *name);
bool option_true(struct crmd *c, const char *name);

/* ---- lrm ---- */
void lrm_init(struct crmd *c);
void lrm_clear(struct crmd *c);
struct exec_node *lrm_node_find(struct crmd *c, const char *node);
void lrm_node_free(struct exec_node *node);
void lrm_invoke(struct crmd *c, const xmlNode *msg);   /* §5.3 */
struct exec_node *lrm_node_add(struct crmd *c, const char *name);
GHashTable *request_params(const xmlNode *data);       /* parameters of a request; the caller's */
/* Find or register the resource of a request: 0 or negative errno. */
int lrm_find_resource(struct crmd *c, struct exec_node *node, const xmlNode *data);
void lrm_delete(struct crmd *c, struct exec_node *node, const xmlNode *msg, const struct crmd_rsc_info *info);
void lrm_resource_deleted(struct crmd *c, struct exec_node *node, const char *rsc_id);
void lrm_reprobe(struct crmd *c, struct exec_node *node, const xmlNode *msg);
void lrm_fail(struct crmd *c, struct exec_node *node, const xmlNode *msg);
bool lrm_verify_stopped(struct crmd *c, struct exec_node *node);
void lrm_drop_pending(struct crmd *c, struct exec_node *node);
void lrm_handle_result(struct crmd *c, struct exec_node *node, const struct crmd_exec_event *event,
                       struct pending_op *pending);
void lrm_delete_cib_only(struct crmd *c, const xmlNode *msg);      /* mode="cib" */
void lrm_execute(struct crmd *c, struct exec_node *node, const xmlNode *msg,
                 const struct crmd_rsc_info *info);
void lrm_fake_result(struct crmd *c, struct exec_node *node, const xmlNode *msg, int rc, int status,
                     const char *reason);
void lrm_clear_last_failure(struct crmd *c, const char *node, const char *rsc, const char *op,
                            unsigned interval_ms);
/* Direct acknowledgement of event to (host, system); info may be NULL. */
void lrm_direct_ack(struct crmd *c, const char *to_host, const char *to_sys, const struct crmd_rsc_info *info,
                    const struct crmd_exec_event *event);
bool op_failed(int rc, int status, int target_rc);
bool op_recordable(const char *op);
int event_target_rc(const char *key);
void event_from_record(struct crmd_exec_event *event, const struct op_record *record, const char *rsc_id);

/* ---- lrm_history.c ---- */
struct rsc_history *history_get(struct exec_node *node, const char *rsc_id, const struct crmd_rsc_info *info);
void history_update(struct crmd *c, struct exec_node *node, const struct crmd_rsc_info *info,
                    const struct crmd_exec_event *event);
void history_free(void *history);
void history_drop_failure(struct rsc_history *history);
void pending_free(void *pending);
void history_write(struct crmd *c, struct exec_node *node, const struct crmd_rsc_info *info,
                   const struct crmd_exec_event *event, long long lock_time);
void history_add_op(struct crmd *c, xmlNode *parent, const struct crmd_rsc_info *info,
                    const struct crmd_exec_event *event, const char *origin);
/* Whole history of one executor as node_state (join confirm). */
xmlNode *history_node_state(struct crmd *c, struct exec_node *node);
void history_erase(struct crmd *c, const char *node, const char *rsc_id, const char *user);
char *op_key_text(const char *rsc, const char *op, unsigned interval_ms);

/* ---- lrm_metadata.c ---- */
struct agent_metadata;
struct agent_metadata *metadata_parse(const char *text, const char *class);
void metadata_free(void *metadata);
const struct agent_metadata *metadata_find(struct crmd *c, const struct crmd_rsc_info *info);
void metadata_store(struct crmd *c, const struct crmd_rsc_info *info, const char *text);
bool metadata_legacy_reload(const struct agent_metadata *metadata);
void digests_add(struct crmd *c, xmlNode *op, const struct crmd_rsc_info *info,
                 const struct crmd_exec_event *event, const char *op_type, const char *feature_set);
bool class_has_params(const char *class);
/* Operation needs the agent's metadata for its digests. */
bool metadata_wanted(const char *class, const char *op);
/* <parameters> with everything an operation digest covers. */
xmlNode *digest_params(GHashTable *params);

/* ---- alerts.c ---- */
void alerts_read(struct crmd *c, const xmlNode *alerts);
void alerts_clear(struct crmd *c);
void alert_node(struct crmd *c, const peer_t *peer);
void alert_resource(struct crmd *c, const char *node, const struct crmd_exec_event *event);
void alert_fencing(struct crmd *c, const struct crmd_fence_event *event);

/* ---- remote.c ---- */
bool remote_is_connection(struct crmd *c, const char *rsc_id);  /* a remote connection resource known here */
bool remote_agent(const struct crmd_rsc_info *info);            /* ocf:pacemaker:remote */
int remote_register(struct crmd *c, const struct crmd_rsc_info *info);
void remote_unregister(struct crmd *c, const char *rsc_id);
int remote_exec(struct crmd *c, const char *rsc_id, const char *action, const char *user_data,
                unsigned interval_ms, unsigned timeout_ms, unsigned start_delay_ms, GHashTable *params);
int remote_cancel(struct crmd *c, const char *rsc_id, const char *action, unsigned interval_ms);
void remote_clear(struct crmd *c);
void remote_lost(struct crmd *c, const char *node);
bool remote_is_guest(struct crmd *c, const char *name);
bool remote_ignores_results(const struct exec_node *node);
void proxy_clear(struct crmd *c);
void proxy_close_node(struct crmd *c, const char *node);
void remote_record_maintenance(struct crmd *c, const xmlNode *action);
bool remote_timer(struct crmd *c, unsigned id);
void remote_guest_down(struct crmd *c, const char *node);
void remote_fenced(struct crmd *c, const char *node);
/* ---- remote_proxy.c ---- */
bool remote_proxy_reply(struct crmd *c, const char *session, const xmlNode *msg);
void remote_state_message(struct crmd *c, const xmlNode *msg);

#endif
