/* Rules of the CIB: conditions on node attributes, roles, time,
 * resources and operations (cib.md §10). Pure. */
#ifndef PCMK_RULES_H
#define PCMK_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libxml/tree.h>

#include "pacemaker/common/iso8601.h"
#include "pacemaker/common/score.h"

#define RULE_MAX_DEPTH 64       /* nesting and id-ref chains; deeper rules fail */

typedef const char *(*rule_lookup_fn)(void *arg, const char *name);

/* What a rule is evaluated against. Missing parts make the expressions that need them false. */
struct rule_context {
    struct iso_now now;
    rule_lookup_fn node_attribute;      /* NULL: no node */
    void *node;
    enum pcmk_role role;                /* ROLE_UNKNOWN: none */
    rule_lookup_fn parameter, meta;     /* for value-source; NULL: none */
    void *resource;
    const char *const *submatches;      /* %0..%9 */
    size_t n_submatches;
    bool has_rsc;
    const char *rsc_class, *rsc_provider, *rsc_type;
    bool has_op;
    const char *op_name;
    uint32_t op_interval;               /* ms */
    /* element named tag with that id, for id-ref; NULL function: searched in the element's document */
    xmlNode *(*resolve)(void *arg, const char *tag, const char *id);
    void *resolve_arg;
    /* out: earliest time after now at which a date expression seen changes its value; 0 none */
    int64_t next_change;
};

/* The element itself, or what its id-ref names (NULL when that does not exist once). */
xmlNode *rule_dereference(xmlNode *element, const struct rule_context *ctx);
/* One rule element. */
bool rule_passes(xmlNode *rule, struct rule_context *ctx);
/* All rule children of an element: true when there is none or at least one passes. */
bool rules_pass(xmlNode *element, struct rule_context *ctx);
/* How now lies to what a date_expression asks for. */
enum rule_date {
    RULE_DATE_BEFORE,           /* it will hold later */
    RULE_DATE_WITHIN,           /* it holds: a range */
    RULE_DATE_AFTER,            /* it held */
    RULE_DATE_SATISFIED,        /* it holds: a date_spec */
    RULE_DATE_UNDETERMINED,     /* the expression is incomplete or unreadable */
};
enum rule_date rule_date_check(xmlNode *expression, struct rule_context *ctx);
/* Replaces %0..%9 by the submatches; NULL when there is nothing to replace, else malloc'ed text. */
char *rule_expand_submatches(const char *text, const char *const *submatches, size_t n);

#endif
