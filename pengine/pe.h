/* What the files of the scheduler share among themselves: memory, lists,
 * and the functions of each concern. */
#ifndef PE_INTERNAL_H
#define PE_INTERNAL_H

#include <glib.h>
#include <string.h>
#include <strings.h>

#include "pacemaker/common/nvsets.h"
#include "pacemaker/common/rules.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/xml.h"
#include "pengine/pengine.h"

#define PE_MAX_NODES 65536u          /* nodes of one cluster */
#define PE_MAX_RESOURCES 4000000u    /* resources including instances */
#define PE_MAX_INSTANCES 2000        /* instances of one clone */
#define PE_MAX_REPLICAS 500          /* replicas of one bundle */
/* references to tags that the resource sets of one constraint may have, nested included */
#define PE_MAX_TAG_REFS 10000u
/* pairs of members that one resource set, or two, may be ordered or colocated in */
#define PE_MAX_PAIRS 1000000u
#define PE_MAX_MEMBERS 3000u         /* members of one group */
#define PE_MAX_CHAIN 2000u           /* resources in a row that colocations carry scores along */
#define PE_MAX_CHAIN_STEPS 500000u   /* resources on all ways that colocations lead from one resource */
#define PE_MAX_BUNDLE_DEPTH 200       /* bundles that lead to one another by colocation */
#define PE_MAX_DEPTH 32              /* nesting of resources; recursion over colocations */

/* ---- memory ---- */

struct pe_arena *pe_arena_new(void);
void pe_arena_free(struct pe_arena *a);
void *pe_arena_alloc(struct pe_arena *a, size_t size);

void *pe_alloc(pe_sched *s, size_t size);                           /* zeroed */
char *pe_strdup(pe_sched *s, const char *text);                     /* NULL stays NULL */
char *pe_strndup(pe_sched *s, const char *text, size_t n);
char *pe_printf(pe_sched *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void *pe_grow(pe_sched *s, void *old, uint32_t *cap, uint32_t n, size_t size); /* room for n + 1 elements */

#define PE_PUSH(s, vec, item)                                                                      \
    do {                                                                                           \
        if ((vec)->n == (vec)->cap) {                                                              \
            (vec)->v = pe_grow((s), (vec)->v, &(vec)->cap, (vec)->n, sizeof(*(vec)->v));           \
        }                                                                                          \
        (vec)->v[(vec)->n++] = (item);                                                             \
    } while (0)

/* Stable sort of pointers; compare as qsort_r but with the elements themselves. */
typedef int (*pe_compare_fn)(const void *a, const void *b, void *arg);
void pe_sort(void **v, uint32_t n, pe_compare_fn compare, void *arg);

/* Name/value tables. */
void pe_table_set(pe_sched *s, struct pe_table *t, const char *name, const char *value);      /* replace */
bool pe_table_add(pe_sched *s, struct pe_table *t, const char *name, const char *value);      /* if absent */
void pe_table_remove(struct pe_table *t, const char *name);
/* absent ones */
void pe_table_merge(pe_sched *s, struct pe_table *to, const struct pe_table *from);
/* Values of a sink go to (s, table). */
struct pe_table_target {
    pe_sched *s;
    struct pe_table *table;
};
void pe_table_sink(void *arg, const char *name, const char *value, bool overwrite);

/* Node tables. */
static inline struct pe_entry *pe_entry_of(const struct pe_node_table *t, const pe_node *node)
{
    return node->index < t->n && t->e[node->index].present ? &t->e[node->index] : NULL;
}
/* copy of the node object */
struct pe_entry *pe_entry_add(pe_sched *s, struct pe_node_table *t, const pe_node *node);
void pe_entry_remove(struct pe_node_table *t, const pe_node *node);
struct pe_node_table pe_node_table_copy(pe_sched *s, const struct pe_node_table *t);

/* ---- internal records ---- */

struct pe_opcfg {
    struct pe_opcfg *next;
    const char *key_task;
    uint32_t interval;
    /* name of the op that applies: another than key_task where the history's key says so,
     * NULL for the key of another resource */
    const char *op_task;
    xmlNode *op;
    struct pe_table meta;
};

struct pe_ops {                      /* operations of one configured primitive, shared by its instances */
    struct pe_op *v;
    uint32_t n;
    struct pe_opcfg *configs;
};

struct pe_params {
    struct pe_params *next;
    pe_node *node;
    struct pe_table table;
};

struct pe_ticket_constraint {
    pe_ticket *ticket;
    enum pcmk_role role;
    enum { LOSS_STOP, LOSS_DEMOTE, LOSS_FENCE, LOSS_FREEZE } policy;
};

struct pe_location_node {
    pe_node *node;
    int score;
    enum pe_discover discover;
};
struct pe_location {
    const char *id;
    pe_rsc *rsc;
    enum pcmk_role role;
    enum pe_discover discover;
    bool has_discover;
    bool any_order;                  /* made by a rule with boolean-op="or": listed first node first */
    struct pe_location_node *nodes;
    uint32_t n_nodes, cap_nodes;
};

struct pe_colocation {
    const char *id, *node_attr;
    pe_rsc *dependent, *primary;
    int score;
    enum pcmk_role dependent_role, primary_role;
    bool influence;
};

struct pe_ordering {
    const char *id;                  /* constraint it comes from, or NULL */
    pe_rsc *first_rsc, *then_rsc;
    struct pe_keyset *first_key, *then_key;
    pe_action *first, *then;
    uint32_t flags;
};


struct pe_deferred_check {
    pe_rsc *rsc;
    pe_node *node;
    xmlNode *op;
    bool active;                     /* type "active", else "last failure" */
};

struct pe_history {                  /* one lrm_resource */
    struct pe_history *next_same;    /* another one for the same node and resource */
    const char *node, *rsc;
    xmlNode *xml;
    struct pe_history *hash_next;
};

struct pe_private {
    GHashTable *rsc_ids, *rsc_hnames;        /* text -> pe_rsc */
    GHashTable *node_names, *node_ids;       /* lower-case text -> pe_node */
    GHashTable *singletons;                  /* key -> pe_action without resource */
    GHashTable *ids;                         /* "tag id" -> element, or &ambiguous */
    GHashTable *expanded;                    /* element -> element with its template */
    GHashTable *ops;                         /* element -> struct pe_ops */
    GHashTable *templates;                   /* template id -> struct pe_tag */
    GHashTable *history;                     /* "node\nrsc" -> struct pe_history */
    GHashTable *failed_keys;                 /* "key\nnode" -> itself */
    GHashTable *override;                    /* history entry -> op-restart-digest in force */
    uint64_t *link_keys;                     /* (first serial, then serial) -> flags, open addressing */
    uint32_t *link_flags;
    uint32_t link_cap, link_n;
    xmlNode *scratch;                        /* root of the elements made here */
    xmlNode *config, *resources, *status;
    struct pe_deferred_check *deferred;
    uint32_t n_deferred, cap_deferred;
    uint32_t action_serial, rsc_serial, tab_serial;
    bool has_history, has_op_default_rules, has_rsc_default_rules;
    xmlNode **virtual_conns;                 /* implicit connections to unpack, in order; NULL-terminated */
    uint32_t depth;
    uint32_t chain_depth, chain_steps;       /* where the walk along colocations is */
    bool chain_told;                         /* that one was cut off */
    int track;
    const char *last_interval;               /* text of the last interval that was not 0 */
    bool transient_mode;
    unsigned *said, said_here;               /* enum pe_once */
};

/* ---- messages: messages.c ----
 * A message carries the name of a function, since the reference's logs are read and searched by it;
 * __func__ where the reference has no such message. Nothing is formatted when nobody listens. */
void pe_say(const pe_sched *s, enum pe_severity severity, const char *function, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* "Mar 21 23:12:42 2018", in the local zone of now; in the arena. */
const char *pe_time_text(pe_sched *s, int64_t epoch);
bool pe_once(pe_sched *s, enum pe_once what);       /* false when it was said before */
static inline bool pe_listening(const pe_sched *s, enum pe_severity severity)
{
    return s->hooks.message != NULL && (severity <= s->hooks.least || severity == PE_TOLD);
}
#define pe_message(s, severity, ...) \
    (pe_listening((s), (severity)) ? pe_say((s), (severity), __VA_ARGS__) : (void)0)
#define pe_finding(s, found, severity, ...)                                                                  \
    ((s)->findings |= (found), pe_message((s), (severity), __VA_ARGS__))
#define pe_config_error(s, ...) pe_finding((s), PE_CONFIG_ERROR, PE_ERROR, __VA_ARGS__)
#define pe_config_warn(s, ...) pe_finding((s), PE_CONFIG_WARNING, PE_WARNING, __VA_ARGS__)
#define pe_graph_error(s, ...) pe_finding((s), PE_GRAPH_ERROR, PE_ERROR, __VA_ARGS__)
#define pe_error(s, ...) pe_finding((s), PE_GRAPH_ERROR | PE_CONFIG_ERROR, PE_ERROR, __VA_ARGS__)
#define pe_warn(s, ...) pe_finding((s), PE_GRAPH_WARNING | PE_CONFIG_WARNING, PE_WARNING, __VA_ARGS__)
#define pe_warn_once(s, what, ...) (pe_once((s), (what)) ? pe_warn((s), __VA_ARGS__) : (void)0)

/* ---- tasks and keys: keys.c ---- */
const char *pe_task_text(enum pe_task task);
enum pe_task pe_task_of(const char *text);
enum pe_task pe_task_completed(enum pe_task task);       /* start -> running; itself when it has none */
enum pe_task pe_task_uncompleted(enum pe_task task);
struct pe_keyset *pe_key(pe_sched *s, pe_rsc *r, enum pe_task task);                    /* ID_TASK_0 */
struct pe_keyset *pe_key_op(pe_sched *s, pe_rsc *r, const char *task, uint32_t interval);
struct pe_keyset *pe_key_text(pe_sched *s, pe_rsc *r, const char *key);
char *pe_safe_id(char *id);             /* fit for an XML id, in place; returns it */
static inline struct pe_action_vec *pe_actions_of(pe_rsc *r, enum pe_task task)
{
    static struct pe_action_vec none;

    return r->fixed[task] != NULL ? &r->fixed[task]->actions : &none;
}
bool pe_ends_with(const char *text, const char *end);

/* ---- XML: lookup.c ---- */
xmlNode *pe_resolve(void *arg, const char *tag, const char *id);   /* unique element by tag and id */
struct rule_context pe_rule_context(pe_sched *s);
void pe_note_recheck(pe_sched *s, int64_t when);
void pe_unpack_table(pe_sched *s, xmlNode *parent, const char *tag, struct rule_context *ctx, bool overwrite,
                     struct pe_table *table);
/* The only lrm_resource of r on that node; NULL when there is none or several. */
xmlNode *pe_history_of(pe_sched *s, const char *node, const char *rsc);

/* ---- options.c ---- */
void pe_unpack_options(pe_sched *s);
const char *pe_option(const pe_sched *s, const char *name);

/* ---- nodes.c ---- */
pe_node *pe_node_new(pe_sched *s, const char *id, const char *name, enum pe_node_type type,
                     const char *score);
/* The entry under the node's id; NULL also when it is about another node with that id.
 * For walks through all nodes. */
struct pe_entry *pe_own_entry(const pe_sched *s, const struct pe_node_table *t, const pe_node *n);
void pe_unpack_nodes(pe_sched *s);
void pe_node_startup_fencing(pe_sched *s, pe_node *n);
void pe_node_attributes(pe_sched *s, pe_node *n, xmlNode *element, bool overwrite);
int pe_compare_node_names(const char *a, const char *b);
bool pe_node_available(const pe_node *n, int score, bool consider_score);
bool pe_entry_available(const struct pe_node_table *t, const pe_node *n, bool consider_score);
bool pe_guest_can_run(const pe_node *n);
bool pe_any_available(pe_sched *s, const struct pe_node_table *t, bool consider_score);
/* Nodes of the table, best first; returns how many were written to out (room for all nodes). */
uint32_t pe_sort_nodes(pe_sched *s, const struct pe_node_table *t, pe_node *active, pe_node **out);
/* The same for a list of nodes that are all in the table:
 * capacities do not compare transitively, its order matters. */
void pe_sort_node_list(pe_sched *s, const struct pe_node_table *t, pe_node *active, pe_node **list,
                       uint32_t n);
/* Nodes of the table by id in a hash table like the reference's, whose order decides some ties.
 * The caller's to destroy. */
GHashTable *pe_hashed_nodes(pe_sched *s, const struct pe_node_table *t);
int pe_compare_capacity(const pe_node *a, const pe_node *b);
bool pe_can_fence(pe_sched *s, pe_node *n);
static inline bool pe_clean(const pe_node *n)
{
    return n->online && !n->unclean;
}
/* container-attribute-target */
const char *pe_node_attr(pe_sched *s, pe_node *n, const char *name, pe_rsc *r);

/* ---- resources.c and one file a variant ---- */
pe_rsc *pe_unpack_rsc(pe_sched *s, xmlNode *xml, pe_rsc *parent, int clone_number);
bool pe_unpack_group(pe_sched *s, pe_rsc *r);
bool pe_unpack_clone(pe_sched *s, pe_rsc *r);
bool pe_unpack_bundle(pe_sched *s, pe_rsc *r);
pe_rsc *pe_clone_instance(pe_sched *s, pe_rsc *clone);
void pe_unpack_resources(pe_sched *s);
void pe_unpack_remote_nodes(pe_sched *s);
xmlNode *pe_make_connection_xml(pe_sched *s, const char *name, const char *container, const char *migratable,
                                const char *managed, const char *start_timeout, const char *server,
                                const char *port);
void pe_link_containers(pe_sched *s);
void pe_link_connection(pe_sched *s, pe_rsc *conn);
void pe_register_rsc(pe_sched *s, pe_rsc *r);
void pe_set_hname(pe_sched *s, pe_rsc *r, const char *name);
bool pe_connects_remote_node(pe_sched *s, const pe_rsc *r);     /* connection whose node is (yet) no guest */
bool pe_is_guest_conn(const pe_rsc *r);
bool pe_is_true_meta(const pe_rsc *r, const char *name);
void pe_set_tree(pe_rsc *r, size_t flag_offset, bool value);
#define PE_SET_TREE(r, field, value) pe_set_tree((r), offsetof(pe_rsc, field), (value))
pe_rsc *pe_bundle_of(const pe_rsc *r);      /* bundle r is part of, or NULL */
struct pe_replica *pe_replica_of_container(const pe_rsc *bundle, const pe_rsc *container);
struct pe_replica *pe_replica_on_node(const pe_rsc *bundle, const pe_node *node);
bool pe_is_inner_clone(const pe_rsc *r);    /* clone inside a bundle */
const char *pe_config_id(pe_sched *s, const pe_rsc *r);   /* configured id without instance number */
pe_rsc *pe_find_member(pe_sched *s, pe_rsc *root, const char *base);
const char *pe_remote_addr(pe_sched *s, pe_rsc *r, struct pe_table *params);
bool pe_needs_uname_addr(const pe_rsc *r);

/* ---- state.c: location and state of resources ---- */
enum pe_where { WHERE_CURRENT, WHERE_NEXT, WHERE_PENDING };
pe_node *pe_location_of(const pe_rsc *r, struct pe_node_vec *list, enum pe_where where, pe_sched *s);
pe_node *pe_where_is(const pe_rsc *r, enum pe_where where);   /* the only node, or NULL */
bool pe_runs_on(const pe_rsc *r, const pe_node *n);
bool pe_known_on(const pe_rsc *r, const pe_node *n);
void pe_set_known(pe_sched *s, pe_rsc *r, const pe_node *n);
void pe_add_score(pe_sched *s, pe_rsc *r, pe_node *n, int score, const char *why);
void pe_add_score_all(pe_sched *s, pe_rsc *r, int score, const char *why);
void pe_ban(pe_sched *s, pe_rsc *r, pe_node *node, const char *why);       /* node NULL: everywhere */
void pe_add_running(pe_sched *s, pe_rsc *r, pe_node *node, bool failed);
void pe_rebuild_allowed(pe_sched *s, pe_rsc *r);
void pe_explain(pe_sched *s, const pe_rsc *r, const pe_node *n, int before, int added, int after,
                const char *why);

/* ---- status.c, history.c, failures.c, digests.c ---- */
void pe_unpack_status(pe_sched *s);
bool pe_shutdown_requested(const pe_node *n);     /* its attribute "shutdown" says so */
void pe_unpack_history(pe_sched *s, pe_node *node, xmlNode *state);
void pe_fence_request(pe_sched *s, pe_node *n, const char *reason, bool priority);
int pe_sorted_history(pe_sched *s, xmlNode *lrm_rsc, xmlNode ***out);      /* oldest first; arena */
void pe_history_limits(pe_sched *s, xmlNode **ops, int n, int *start, int *stop);
bool pe_check_expired(pe_sched *s, pe_rsc *r, pe_node *n, xmlNode *op);
pe_action *pe_clear_failcount(pe_sched *s, pe_rsc *r, pe_node *n, const char *reason);
int pe_history_rc(const xmlNode *op);
int pe_op_target_rc(const xmlNode *op);
uint32_t pe_op_interval(const xmlNode *op);
bool pe_maskable_probe(const xmlNode *op);
const char *pe_op_restart_digest(pe_sched *s, xmlNode *op);
enum pe_digest_result { DIGEST_MATCH, DIGEST_RESTART, DIGEST_ALL, DIGEST_UNKNOWN };
struct pe_digest {
    struct pe_digest *next;
    pe_rsc *rsc;
    const char *task;
    uint32_t interval;
    enum pe_digest_result rc;
    const char *all, *secure, *restart;
    struct pe_table all_params, secure_params, restart_params;     /* what they were made from */
};
/* The digests the operation would have now, whether it ever ran or not: entry is its history, or NULL;
 * overrides replace parameters (may be NULL). Not kept. */
struct pe_digest *pe_digest_now(pe_sched *s, pe_rsc *r, const char *task, uint32_t interval, pe_node *node,
                                xmlNode *entry, const struct pe_table *overrides);
struct pe_digest *pe_digest_compare(pe_sched *s, pe_rsc *r, xmlNode *op, pe_node *node);
struct pe_digest *pe_fence_digest(pe_sched *s, pe_rsc *r, const char *agent, pe_node *node);
struct pe_digest *pe_digest_of(pe_sched *s, pe_rsc *r, const char *task, uint32_t interval, pe_node *node,
                               xmlNode *op, bool secure);
char *pe_params_digest(pe_sched *s, const struct pe_table *params);

/* ---- constraints ---- */
void pe_unpack_constraints(pe_sched *s);
void pe_unpack_location(pe_sched *s, xmlNode *xml);
void pe_unpack_colocation(pe_sched *s, xmlNode *xml);
void pe_unpack_order(pe_sched *s, xmlNode *xml);
void pe_unpack_ticket(pe_sched *s, xmlNode *xml);
pe_ticket *pe_ticket_get(pe_sched *s, const char *id, bool create);
void pe_node_health_locations(pe_sched *s);
pe_location *pe_location_new(pe_sched *s, const char *id, pe_rsc *r, int score, enum pe_discover discover,
                             bool has_discover, pe_node *node);
void pe_apply_location(pe_sched *s, pe_rsc *r, pe_location *c);
/* Replaces references to tags: returns the element to use (expanded copy or xml itself). */
xmlNode *pe_expand_tag_sets(pe_sched *s, xmlNode *xml);
struct pe_tag *pe_tag_find(pe_sched *s, const char *id);
void pe_tag_add(pe_sched *s, GHashTable *templates, const char *tag, const char *ref);
/* Whether a constraint may relate a times b pairs of members of its sets; says so when not. */
bool pe_pairs_allowed(pe_sched *s, const char *id, uint32_t a, uint32_t b);
pe_rsc *pe_constraint_rsc(pe_sched *s, const char *id);
/* Says, under that name, that a constraint, or a member of a set in it, names nothing that is there. */
void pe_unknown_name(pe_sched *s, const char *function, const xmlNode *constraint, const char *name);
void pe_unknown_member(pe_sched *s, const char *function, const xmlNode *constraint, const xmlNode *set,
                       const xmlNode *ref);
/* Whether it is the name of a resource, template or tag. */
bool pe_refers_to_something(pe_sched *s, const char *id);
xmlNode *pe_tag_to_set(pe_sched *s, xmlNode *xml, const char *attr, bool convert_plain);

pe_colocation *pe_colocate(pe_sched *s, const char *id, const char *attr, int score, pe_rsc *dependent,
                           pe_rsc *primary, enum pcmk_role dependent_role, enum pcmk_role primary_role,
                           bool influence);
void pe_insert_this_with(pe_sched *s, pe_rsc *r, pe_colocation *c);
void pe_insert_with_this(pe_sched *s, pe_rsc *r, pe_colocation *c);
bool pe_influences(const pe_colocation *c, const pe_rsc *r);
void pe_order(pe_sched *s, pe_rsc *first, enum pe_task first_task, pe_rsc *then, enum pe_task then_task,
              uint32_t flags);
void pe_order_full(pe_sched *s, const char *id, pe_rsc *first_rsc, struct pe_keyset *first_key,
                   pe_action *first, pe_rsc *then_rsc, struct pe_keyset *then_key, pe_action *then,
                   uint32_t flags);

/* ---- actions.c ---- */
pe_action *pe_action_get(pe_sched *s, pe_rsc *r, struct pe_keyset *key, const char *task, pe_node *node,
                         bool optional, const char *why);
pe_action *pe_act(pe_sched *s, pe_rsc *r, enum pe_task task, pe_node *node, bool optional, const char *why);
pe_action *pe_pseudo(pe_sched *s, const char *name, const char *task);
pe_action *pe_find_first(pe_rsc *r, enum pe_task task, const pe_node *node);   /* newest; node NULL: any */
pe_action *pe_newest(const struct pe_action_vec *v, const pe_node *node);
/* Actions of a key on a node, oldest first, adopting node-less ones;
 * fills out (arena), returns the number. */
uint32_t pe_find_adopt(pe_sched *s, struct pe_action_vec *v, pe_node *node, pe_action ***out);
uint32_t pe_find_exact(pe_sched *s, struct pe_action_vec *v, pe_node *node, pe_action ***out);
pe_action *pe_fence_action(pe_sched *s, pe_node *n, const char *op, bool optional, const char *reason,
                           bool priority);
void pe_trigger_unfencing(pe_sched *s, pe_rsc *r, pe_node *n, const char *reason, pe_action *dependency);
void pe_order_unfence(pe_sched *s, pe_rsc *r, pe_node *n, pe_action *a, uint32_t flags);
void pe_action_reason(pe_sched *s, pe_action *a, const char *reason, bool overwrite);
bool pe_link(pe_sched *s, pe_action *first, pe_action *then, uint32_t flags);
pe_action *pe_shutdown_action(pe_sched *s, pe_node *n);
enum pe_on_fail pe_op_on_fail(pe_sched *s, pe_rsc *r, const char *key_task, uint32_t interval,
                              const char *op_task, enum pcmk_role *fail_role);
struct pe_opcfg *pe_op_config(pe_sched *s, pe_rsc *r, const char *key_task, uint32_t interval);
enum pe_quorum_policy pe_effective_quorum_policy(pe_sched *s, pe_rsc *r);
struct pe_op *pe_find_op(pe_rsc *r, const char *name, uint32_t interval, bool include_disabled);
bool pe_is_probe(const char *task, uint32_t interval);
pe_action *pe_action_start_only(pe_rsc *r);

/* ---- stages ---- */
void pe_node_criteria(pe_sched *s);
bool pe_threshold_reached(pe_sched *s, pe_rsc *r, pe_node *n, pe_rsc **banned);
void pe_internal_constraints(pe_sched *s, pe_rsc *r);
void pe_check_configuration(pe_sched *s);
void pe_assign_all(pe_sched *s);
void pe_create_all_actions(pe_sched *s);
void pe_create_probes(pe_sched *s);
void pe_order_remote_actions(pe_sched *s);
void pe_fence_and_shutdown(pe_sched *s);
void pe_apply_orderings(pe_sched *s);
void pe_make_graph(pe_sched *s);
void pe_summary_log_pass(pe_sched *s);

/* ---- assignment ---- */
pe_node *pe_assign(pe_sched *s, pe_rsc *r, pe_node *prefer);
pe_node *pe_assign_primitive(pe_sched *s, pe_rsc *r, pe_node *prefer);
pe_node *pe_assign_group(pe_sched *s, pe_rsc *r, pe_node *prefer);
pe_node *pe_assign_clone(pe_sched *s, pe_rsc *r, pe_node *prefer);
pe_node *pe_assign_bundle(pe_sched *s, pe_rsc *r, pe_node *prefer);
bool pe_finalise(pe_sched *s, pe_rsc *r, pe_node *node, bool forced);
void pe_drop_assignment(pe_sched *s, pe_rsc *r); /* back to undecided; no effect on collective resources */
int pe_compare_instances(pe_sched *s, const pe_rsc *a, const pe_rsc *b);
bool pe_unassign(pe_sched *s, pe_rsc *r);       /* forced to none, recursively; whether something changed */
void pe_add_colocated(pe_sched *s, pe_rsc *r, struct pe_node_table *t, const char *attr, float factor,
                      unsigned flags);
enum {
    AC_THIS_WITH = 1,
    AC_NONNEG = 2,
    AC_ACTIVE = 4,
    AC_FRESH = 8 /* there is no table yet: start from r's */
};
void pe_apply_colocation(pe_sched *s, pe_rsc *dependent, pe_rsc *primary, pe_colocation *c);
enum pe_coloc_effect { COLOC_NOTHING, COLOC_LOCATION, COLOC_ROLE };
enum pe_coloc_effect pe_colocation_effect(const pe_rsc *dependent, const pe_rsc *primary,
                                          const pe_colocation *c, bool preview);
pe_rsc *pe_compatible(pe_sched *s, pe_rsc *d, pe_rsc *x, enum pcmk_role role, bool current);
void pe_distribute(pe_sched *s, pe_rsc *r, pe_rsc **children, uint32_t n, pe_node **nodes, uint32_t n_nodes,
                   int max, int per_node);
void pe_sort_instances(pe_sched *s, pe_rsc **v, uint32_t n);
void pe_sort_by_number(pe_rsc **v, uint32_t n);
int pe_promotion_score(pe_sched *s, pe_rsc *r, pe_node *n, bool *is_default);
void pe_add_promotion_scores(pe_sched *s, pe_rsc *r);
void pe_assign_roles(pe_sched *s, pe_rsc *r);
void pe_show_scores(pe_sched *s, pe_rsc *r, const char *function);
pe_node *pe_capacity_limits(pe_sched *s, pe_rsc *r);
void pe_take_utilization(pe_node *n, pe_rsc *r, int sign, pe_sched *s);
int pe_instance_limit(const pe_rsc *r);         /* configured instances of a clone or bundle per node */

/* ---- actions of resources ---- */
void pe_create_actions(pe_sched *s, pe_rsc *r);
void pe_recurring_actions(pe_sched *s, pe_rsc *r);
void pe_migration_actions(pe_sched *s, pe_rsc *r, pe_node *current, bool partial);
void pe_clone_actions(pe_sched *s, pe_rsc *r);
void pe_clone_pseudo_actions(pe_sched *s, pe_rsc *r, pe_rsc **children, uint32_t n, bool notify);
void pe_bundle_actions(pe_sched *s, pe_rsc *r);
void pe_schedule_cleanup(pe_sched *s, pe_rsc *r, pe_node *n, bool optional);
pe_action *pe_schedule_cancel(pe_sched *s, pe_rsc *r, const char *task, uint32_t interval, pe_node *n,
                              const char *call);
void pe_schedule_reload(pe_sched *s, pe_rsc *r, pe_node *n);
void pe_deferred_checks(pe_sched *s);
bool pe_probe(pe_sched *s, pe_rsc *r, pe_node *n);

/* ---- notifications: notify.c ---- */
struct pe_notify_pseudo *pe_notify_pseudo(pe_sched *s, pe_rsc *clone, enum pe_task task, pe_action *action,
                                          pe_action *done);
struct pe_notify_pseudo {
    pe_action *pre, *pre_done, *post, *post_done;
    enum pe_task task;
};
void pe_notifications(pe_sched *s, pe_rsc *clone, struct pe_notify_pseudo *n);
void pe_fencing_notifications(pe_sched *s, pe_rsc *r, pe_action *fence, pe_action *stop);

/* ---- remote.c ---- */
enum pe_remote_state { REMOTE_UNKNOWN, REMOTE_ALIVE, REMOTE_RESTING, REMOTE_FAILED, REMOTE_STOPPED };
enum pe_remote_state pe_remote_state(const pe_node *n);

/* ---- propagation ---- */
void pe_propagate(pe_sched *s, pe_action *a);
uint32_t pe_variant_flags(pe_sched *s, pe_action *a, const pe_node *node);
void pe_block_dependents(pe_sched *s, pe_action *a);
void pe_order_probes(pe_sched *s);
bool pe_input_accepted(pe_sched *s, pe_action *then, struct pe_link *l);
bool pe_eligible(pe_sched *s, const pe_action *a);

#endif
