/* The scheduler's data model and entry points: from a CIB to a model of the cluster, and from there to a
 * transition graph. A pure library: no I/O, no clock ("now" is given), no global state; several working sets
 * may exist side by side. Specification: scheduler input (part 1) and decisions (part 2).
 *
 * Ownership: everything hangs off a pe_sched and lives in its arena until pe_free(). The CIB tree is the
 * caller's, is not modified and must outlive the working set, since strings point into it. Lists are arrays;
 * those the specification builds by prepending are stored oldest first and walked backwards. */
#ifndef PENGINE_H
#define PENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <libxml/tree.h>

#include "pacemaker/common/iso8601.h"
#include "pacemaker/common/rules.h"
#include "pacemaker/common/score.h"

typedef struct pe_sched pe_sched;
typedef struct pe_node pe_node;
typedef struct pe_rsc pe_rsc;
typedef struct pe_action pe_action;
typedef struct pe_ordering pe_ordering;
typedef struct pe_colocation pe_colocation;
typedef struct pe_location pe_location;
typedef struct pe_ticket pe_ticket;

/* ---- small containers ---- */

/* Name/value pairs in order of insertion; few entries scan, many are hashed. */
struct pe_table {
    struct pe_pair {
        const char *name, *value;
    } *pairs;
    uint32_t n, cap;
    uint32_t *index;                /* open addressing over pairs, NULL while small */
    uint32_t index_size;
};
const char *pe_table_get(const struct pe_table *t, const char *name);

struct pe_node_vec {
    pe_node **v;
    uint32_t n, cap;
};
struct pe_rsc_vec {
    pe_rsc **v;
    uint32_t n, cap;
};
struct pe_action_vec {
    pe_action **v;
    uint32_t n, cap;
};
struct pe_colocation_vec {
    pe_colocation **v;
    uint32_t n, cap;
};
struct pe_location_vec {
    pe_location **v;
    uint32_t n, cap;
};

/* ---- nodes ---- */

enum pe_node_type { PE_MEMBER, PE_REMOTE, PE_PING };
enum pe_discover { DISCOVER_ALWAYS, DISCOVER_NEVER, DISCOVER_EXCLUSIVE };

struct pe_node {
    const char *id, *name;
    uint32_t index;                 /* position in node tables: order of creation */
    enum pe_node_type type;
    int score;                      /* of the node object: what new table entries start with */
    bool fixed;
    enum pe_discover discover;
    bool online, standby, standby_onfail, pending, unclean, unseen, shutdown, expected_up, is_dc, maintenance;
    bool asked;                     /* whether it can be fenced is being found out */
    bool discovery_enabled, reset_needed, unpacked;
    int was_fenced, remote_maintenance;
    pe_rsc *conn;                   /* connection resource of a remote or guest node */
    struct pe_rsc_vec running;      /* in order of detection */
    struct pe_rsc_vec assigned;
    int n_assigned;
    int priority;
    struct pe_table attrs, utilization;
    struct pe_table failures;       /* internal: fail counts parsed from attrs */
    bool failures_parsed;
    void *digests;                  /* internal: digest cache */
    xmlNode *state;                 /* node_state, may be NULL */
};

/* What a resource thinks of one node. */
struct pe_entry {
    int score;
    int count;
    uint32_t seq;                   /* order of insertion into the table */
    bool present, fixed;
    uint8_t discover;
};
struct pe_node_table {
    struct pe_entry *e;             /* indexed by node->index */
    uint32_t n, next_seq;
};

/* ---- resources ---- */

enum pe_variant { PE_PRIMITIVE, PE_GROUP, PE_CLONE, PE_BUNDLE };
enum pe_on_fail {                   /* in order of severity */
    ONFAIL_IGNORE,
    ONFAIL_DEMOTE,
    ONFAIL_RECOVER,
    ONFAIL_RESET_REMOTE,
    ONFAIL_RESTART_CONTAINER,
    ONFAIL_MIGRATE,
    ONFAIL_BLOCK,
    ONFAIL_STOP,
    ONFAIL_STANDBY,
    ONFAIL_FENCE,
};
enum pe_multiple { MULTIPLE_STOP_START, MULTIPLE_STOP_ONLY, MULTIPLE_BLOCK, MULTIPLE_STOP_UNEXPECTED };

enum pe_task {
    TASK_OTHER,
    TASK_MONITOR,
    TASK_START,
    TASK_STARTED,
    TASK_STOP,
    TASK_STOPPED,
    TASK_PROMOTE,
    TASK_PROMOTED,
    TASK_DEMOTE,
    TASK_DEMOTED,
    TASK_NOTIFY,
    TASK_NOTIFIED,
    TASK_MIGRATE_TO,
    TASK_MIGRATE_FROM,
    TASK_RELOAD,
    TASK_DELETE,
    TASK_CANCEL,
    TASK_META_DATA,
    TASK_CLEAR_FAILCOUNT,
    TASK_LRM_DELETE,
    TASK_STONITH,
    TASK_SHUTDOWN,
    TASK_PROBE_AGAIN,
    TASK_MAINTENANCE_NODES,
    TASK_COUNT
};

/* One configured operation. */
struct pe_op {
    xmlNode *xml;
    const char *id, *name;
    const char *role_text;
    uint32_t interval;              /* ms */
    bool enabled;
};

/* Actions of one key. */
struct pe_keyset {
    const char *key;
    struct pe_action_vec actions;   /* oldest first */
};

struct pe_group_data {
    bool ordered, colocated;
};

struct pe_clone_data {
    int max, node_max, promoted_max, promoted_node_max;
    int node_max_configured;            /* clone-node-max as it was set, also when it cannot be had */
    bool ordered;
    int next_number;                /* number of the next instance */
    xmlNode *child_xml;
    bool scores_added;              /* promotion scores merged into placement */
    bool roles_sorted;
    int n_promoted;
    bool sorted_by_number;
    struct pe_notify_pseudo *notify_start, *notify_stop, *notify_promote, *notify_demote;
};

struct pe_mount {
    const char *source, *target, *options;
    bool per_replica;
};
struct pe_port {
    const char *source, *target;
};
struct pe_replica {
    int offset;
    pe_rsc *ip, *container, *remote, *child;
    const char *ipaddr;
    pe_node *node;                  /* the bundle node */
};
struct pe_bundle_data {
    const char *agent;              /* docker, rkt, podman */
    int promoted_max, n_replicas, per_host;
    const char *image, *run_command, *options, *network, *ip_start, *netmask, *interface, *control_port;
    bool add_host;
    const char *host_entries, *attribute_target;
    struct pe_mount *mounts;
    struct pe_port *ports;
    uint32_t n_mounts, n_ports;
    pe_rsc *child;                  /* the inner clone */
    struct pe_replica *replicas;
    uint32_t n;
};

struct pe_rsc {
    const char *id, *hname;         /* hname: name in the history when different, or NULL */
    const char *class, *provider, *type;
    xmlNode *xml;                   /* configuration element with any template expanded */
    int clone_number;               /* -1 when not a clone instance */
    uint32_t serial;                /* order of creation */
    pe_rsc *parent;
    enum pe_variant variant;
    int priority, stickiness, sort_index;
    int64_t failure_timeout;        /* seconds */
    int threshold;                  /* migration-threshold */
    uint32_t reconnect_ms;
    const char *pending_task;
    pe_node *pending_node;
    enum pe_multiple multiple;
    bool restart_type_restart;

    bool orphan, managed, blocked, filler_orphan, notify, unique, fencedev, promotable, provisional,
        assigning;
    bool merging, restarting, stop_wanted, reload, nested_ok, critical, failed, start_pending,
        stop_unexpected;
    bool migratable, fail_ignored, maint, is_container, req_quorum, req_fencing, req_unfencing;
    bool is_conn, exclusive;


    struct pe_colocation_vec this_with, with_this;
    struct pe_location_vec locations;
    struct pe_ticket_constraint **tickets;
    uint32_t n_tickets;

    struct pe_action_vec actions;   /* oldest first */
    struct pe_keyset *fixed[TASK_COUNT];    /* keys ID_TASK_0 */
    struct pe_keyset **keys;        /* other keys */
    uint32_t n_keys, cap_keys;

    pe_node *assigned;
    int assigned_score;             /* of the chosen entry */
    pe_node *partial_source, *partial_target;
    struct pe_node_vec running;     /* may hold duplicates for collective resources */
    struct pe_node_table known;     /* nodes where the state is known */
    struct pe_node_table allowed;
    enum pcmk_role role, next;
    struct pe_table meta;
    struct pe_table utilization;
    struct pe_params *params;       /* internal: parameters per node */
    int8_t params_have_rules;       /* internal: 0 not known, 1 no, 2 yes */
    struct pe_ops *ops;
    struct pe_rsc_vec children;
    struct pe_node_vec dangling;
    pe_rsc *container;
    struct pe_rsc_vec fillers;
    pe_node *lock_node;
    int64_t lock_time;

    struct pe_group_data *group;
    struct pe_clone_data *clone;
    struct pe_bundle_data *bundle;
};

/* ---- actions and links ---- */

enum pe_action_flag {
    AF_PSEUDO = 1 << 0, AF_RUNNABLE = 1 << 1, AF_OPTIONAL = 1 << 2, AF_PRINT = 1 << 3, AF_MIG = 1 << 4,
    AF_IMPLIED = 1 << 5, AF_IN_GRAPH = 1 << 6, AF_DANGLE = 1 << 7, AF_ANY_OF = 1 << 8, AF_RESCHEDULE = 1 << 9,
    AF_TRACK = 1 << 10, AF_DEDUP = 1 << 11, AF_ON_DC = 1 << 12,
};
enum pe_needs { NEEDS_NOTHING, NEEDS_QUORUM, NEEDS_FENCING };

enum pe_link_flag {
    LF_NONE = 0,
    LF_SEQ = 1 << 0,
    LF_PULL_THEN = 1 << 1,
    LF_PULL_FIRST = 1 << 2,
    LF_PULL_FIRST_PROM = 1 << 3,
    LF_PULL_FIRST_MIG = 1 << 4,
    LF_RUN_LEFT = 1 << 5,
    LF_PSEUDO_LEFT = 1 << 6,
    LF_PULL_THEN_NODE = 1 << 7,
    LF_PROBE = 1 << 8,
    LF_RESTART = 1 << 9,
    LF_SERIAL = 1 << 10,
    LF_SAME_NODE = 1 << 11,
    LF_SHOW_FIRST = 1 << 12,
    LF_SHOW_THEN = 1 << 13,
    LF_ASYM = 1 << 14,
    LF_LOAD = 1 << 15,
    LF_ANY_OF = 1 << 16,
    LF_ANTI = 1 << 17,
    LF_KEEP = 1 << 18,
    LF_CANCELS = 1 << 19,
    LF_NOMIG_FIRST = 1 << 20,
};

struct pe_link {
    pe_action *action;              /* the other side */
    uint32_t flags;
    bool accepted;                  /* a trigger in the graph */
};
struct pe_link_vec {
    struct pe_link *v;              /* oldest first */
    uint32_t n, cap;
};

struct pe_action {
    int id;                         /* from 1; 0 for actions that are not saved */
    uint32_t serial;
    uint32_t visited;               /* internal: walk that saw it last */
    bool worthwhile;                /* internal: a walk that comes here may find something */
    const char *key;
    enum pe_task task;
    const char *task_text;
    uint32_t interval;              /* ms, from meta "interval" */
    pe_rsc *rsc;
    pe_node *node;
    struct pe_table meta, extra;
    bool extra_done;
    uint32_t flags;
    int priority;
    enum pe_needs needs;
    enum pe_on_fail on_fail;
    enum pcmk_role fail_role;
    const char *reason;
    const char *cancelled_task;     /* of a cancel */
    struct pe_link_vec before, after;
    struct pe_link *inputs;         /* before-links sorted for the graph */
    uint32_t n_inputs;
    bool sorted;
    int required_runnable, runnable_before;
    const char *created_by;         /* for explanations */
};

/* ---- the working set ---- */

enum pe_quorum_policy { QUORUM_STOP, QUORUM_FREEZE, QUORUM_IGNORE, QUORUM_DEMOTE, QUORUM_SUICIDE };
enum pe_placement { PLACE_DEFAULT, PLACE_UTILIZATION, PLACE_MINIMAL, PLACE_BALANCED };
/* PE_TOLD is no log message but something for the user of a tool, among the scores. */
enum pe_severity { PE_CRIT, PE_ERROR, PE_WARNING, PE_NOTICE, PE_INFO, PE_TOLD };
/* What the messages of a run say about its input. Most say nothing: a failed operation is worth a warning,
 * but puts neither the configuration nor the graph in doubt. */
enum pe_finding { PE_GRAPH_ERROR = 1, PE_GRAPH_WARNING = 2, PE_CONFIG_ERROR = 4, PE_CONFIG_WARNING = 8 };
/* Said only once by a process; see pe_input.said. */
enum pe_once {
    PE_ONCE_BLIND = 1 << 0,
    PE_ONCE_RESTART_TYPE = 1 << 1,
    PE_ONCE_REQUIRE_ALL = 1 << 2,
    PE_ONCE_POWEROFF = 1 << 3,
    PE_ONCE_GROUP_ORDERED = 1 << 4,
    PE_ONCE_GROUP_COLOCATED = 1 << 5,
    PE_ONCE_PING = 1 << 6,
    PE_ONCE_ORDER_INSTANCE = 1 << 7,
    PE_ONCE_COLOCATION_INSTANCE = 1 << 8,
};

struct pe_hooks {
    /* one line without newline; function is the place a reader of logs knows it by */
    void (*message)(void *arg, enum pe_severity severity, const char *function, const char *text);
    enum pe_severity least;         /* messages that are less severe are not made, but for PE_TOLD */
    /* a line of the score output: score lines carry rsc/node/score for structured output */
    void (*score)(void *arg, const char *function, const pe_rsc *rsc, const pe_node *node, int score);
    void (*promotion_score)(void *arg, const pe_rsc *rsc, const pe_node *node, int score);
    void (*capacity)(void *arg, const char *comment, const pe_node *node);
    void (*utilization)(void *arg, const char *function, const pe_rsc *rsc, const pe_node *node);
    /* one contribution to a resource's score on a node, for explanations */
    void (*explain)(void *arg, const pe_rsc *rsc, const pe_node *node, int before, int added, int after,
                    const char *why);
    void *arg;
};

struct pe_input {
    xmlNode *cib;                   /* not changed; must live as long as the pe_sched made of it */
    /* time of the calculation; the caller applies execution-date (pe_cib_time) */
    struct iso_now now;
    bool sanitized;                 /* secure digests are honoured (crm_simulate on files) */
    bool sort_lists;                /* crm_simulate: true */
    int transition_id;
    const struct pe_hooks *hooks;   /* copied; NULL: none */
    /* enum pe_once of what was said before and is not repeated; NULL: nothing was */
    unsigned *said;
};

struct pe_failed_op {
    xmlNode *xml;                   /* the history entry */
    const char *node, *rsc_id;
    const char *key_rsc;            /* the resource its operation key names, NULL: the key is invalid */
};

struct pe_tag {
    const char *id;
    const char **refs;
    uint32_t n, cap;
};

struct pe_ticket {
    const char *id;
    bool granted, standby;
    int64_t last_granted;           /* -1 unknown */
    struct pe_table state;
    xmlNode *xml;
};

struct pe_sched {
    struct pe_arena *arena;
    xmlNode *cib;
    struct iso_now now;
    bool sanitized, sort_lists;
    int transition_id;
    struct pe_hooks hooks;
    unsigned findings;              /* enum pe_finding */
    const char *feature_set;

    /* options */
    struct pe_table options;
    enum pe_quorum_policy no_quorum_policy;
    bool symmetric, maintenance_mode, start_failure_fatal, startup_probes, shutdown_lock, stonith_enabled;
    bool have_watchdog, concurrent_fencing, startup_fencing, stop_all, stop_orphans, stop_orphan_actions;
    bool remove_after_stop;
    int64_t shutdown_lock_limit;    /* seconds */
    const char *stonith_action;
    int64_t priority_fencing_delay; /* seconds */
    enum pe_placement placement;
    const char *health_strategy;
    struct health_scores health;
    int health_base;
    const char *cluster_name;
    bool quorum;
    bool unfencing_enabled, fence_device_exists, have_remotes;
    const char *dc_uuid;
    pe_node *dc;
    xmlNode *op_defaults, *rsc_defaults;

    struct pe_node_vec nodes;       /* in numeric name order */
    struct pe_node_vec nodes_by_index;
    struct pe_rsc_vec resources;    /* top level, in order of processing */
    struct pe_rsc_vec bundle_restarts;      /* internal */
    struct pe_rsc_vec explicit_children;    /* internal */
    struct pe_tag *tags;
    uint32_t n_tags, cap_tags;
    struct pe_ticket **tickets;
    uint32_t n_tickets, cap_tickets;
    struct pe_failed_op *failed;
    uint32_t n_failed, cap_failed;
    int n_disabled, n_blocked, n_instances;
    int64_t recheck_by;             /* epoch seconds, 0 none */

    struct pe_action_vec actions;   /* all saved actions, oldest first */
    int next_action_id;
    struct pe_ordering **orderings; /* oldest first */
    uint32_t n_orderings, cap_orderings;
    struct pe_location_vec locations;       /* oldest first */
    xmlNode *graph;                 /* the result: <transition_graph>, in its own document */
    int width_name, width_details;  /* columns of the transition summary */
    struct pe_private *priv;
};

/* Unpack only: nodes, resources, status. Never NULL except out of memory. */
pe_sched *pe_unpack(const struct pe_input *input);
/* Runs all stages, once, on what was unpacked; the graph is in ->graph. */
void pe_decide(pe_sched *s);
/* Unpacks and decides. */
pe_sched *pe_schedule(const struct pe_input *input);
void pe_free(pe_sched *s);
/* Writes a message to the log, under the name of that function. */
void pe_log(enum pe_severity severity, const char *function, const char *text);
/* The least severe messages that a log of that level (LOG_ERR and so on) shows. */
enum pe_severity pe_least_of(int log_level);

/* The CIB's execution-date, or -1. */
int64_t pe_cib_time(const xmlNode *cib);

/* ---- questions about an unpacked cluster ---- */

pe_node *pe_node_by_name(const pe_sched *s, const char *name);     /* any case */
pe_node *pe_node_by_id(const pe_sched *s, const char *id);
pe_rsc *pe_rsc_by_id(const pe_sched *s, const char *id);           /* id or name in the history */
bool pe_is_remote(const pe_node *n);        /* remote node */
bool pe_is_guest(const pe_node *n);
/* The container whose connection has the name of the node;
 * a cluster node may have one by mistake. Or NULL. */
pe_rsc *pe_node_container(const pe_node *n);
bool pe_is_bundle_node(const pe_node *n);
int pe_node_health(const pe_sched *s, const pe_node *n);          /* -1 red, 0 yellow, 1 green */
pe_rsc *pe_top(const pe_rsc *r);            /* outermost ancestor below any bundle */
pe_rsc *pe_outer(const pe_rsc *r);          /* outermost ancestor, bundles included */
bool pe_bundled(const pe_rsc *r);
static inline bool pe_is_clone(const pe_rsc *r)
{
    return r != NULL && r->variant == PE_CLONE;
}
bool pe_is_anonymous_clone(const pe_rsc *r);
/* Current node and counts of active nodes (all, online and clean); counts may be NULL. */
pe_node *pe_current(const pe_rsc *r, unsigned *all, unsigned *clean);
enum pcmk_role pe_state(const pe_rsc *r, bool current);
bool pe_active(const pe_rsc *r, bool all);
const char *pe_meta(const pe_rsc *r, const char *name);
/* Parameters of a resource on a node (NULL: without node context). */
const struct pe_table *pe_params(pe_sched *s, pe_rsc *r, pe_node *node);
/* Role text of meta target-role that disables or limits the resource; ROLE_UNKNOWN: none. */
enum pcmk_role pe_target_role(const pe_rsc *r);
const char *pe_attr(const pe_node *n, const char *name);
/* Fail count of r on node; PE_FC_EFFECTIVE honours failure-timeout,
 * PE_FC_FILLERS adds those of contained resources. */
enum { PE_FC_EFFECTIVE = 1, PE_FC_FILLERS = 2 };
int pe_fail_count(pe_sched *s, pe_rsc *r, pe_node *node, time_t *last_failure, int flags, xmlNode *op);
/* The id without an instance number; valid until the working set is freed. */
const char *pe_base_name(pe_sched *s, const char *id);
bool pe_parse_op_key(pe_sched *s, const char *key, const char **rsc, const char **task, uint32_t *interval);

#endif
