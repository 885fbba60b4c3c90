/* Describing an unpacked cluster as crm_mon, crm_simulate and crm_resource show it, in every output
 * format (agents-and-tools.md B11, B16). Library tools/libstatus.la.
 *
 * Each function prints one section and returns true when it printed something, so that the caller can
 * put an empty line between sections. Text follows the out->fancy conventions. */
#ifndef TOOLS_STATUS_H
#define TOOLS_STATUS_H

#include "pacemaker/common/output.h"
#include "pengine/pengine.h"

enum status_show {
    SHOW_INACTIVE = 1 << 0,        /* resources that are not active */
    SHOW_DETAIL = 1 << 1,          /* -R: ids, all clone instances, technical failures */
    SHOW_BRIEF = 1 << 2,           /* counts per agent */
    SHOW_BY_NODE = 1 << 3,         /* resources under their nodes */
    SHOW_PENDING = 1 << 4,         /* "Starting" and the like */
    SHOW_TIMING = 1 << 5,          /* operation history with times */
    SHOW_RSC_ONLY = 1 << 6,        /* a resource by itself, without its node (below a node) */
    SHOW_NO_FEATURES = 1 << 7,     /* nodes without their feature sets, however they differ */
};

/* What to limit the output to; NULL lists mean everything. Names compare in any case. */
struct status_filter {
    const char *const *nodes;      /* node names, NULL-terminated */
    const char *const *resources;  /* resource ids, NULL-terminated */
};

struct status_view {
    output_t *out;
    pe_sched *s;
    unsigned show;                 /* enum status_show */
    struct status_filter only;
};

enum status_part {
    PART_STACK = 1 << 0, PART_DC = 1 << 1, PART_TIMES = 1 << 2, PART_COUNTS = 1 << 3, PART_OPTIONS = 1 << 4,
    PART_MAINT = 1 << 5,
};

/* Cluster Summary: the chosen parts. now: local time of the display. */
bool status_summary(const struct status_view *v, unsigned parts, int64_t now);
/* Node List; with SHOW_BY_NODE resources below them. */
bool status_nodes(const struct status_view *v);
/* Resources under the heading their selection has; resources with indented lines as lists. always: print the
 * "No resources" line when there is nothing to show. */
bool status_resources(const struct status_view *v, bool always);
/* Node Attributes, if there are any; spacer: with one before. */
bool status_attributes(const struct status_view *v, bool spacer);
/* Operations when operations is set, otherwise Migration Summary. */
bool status_history(const struct status_view *v, bool operations);
bool status_failures(const struct status_view *v);
bool status_tickets(const struct status_view *v);
/* prefix: only constraints whose id begins with it, NULL all. */
bool status_bans(const struct status_view *v, const char *prefix);

/* One resource with its children, as status_resources() shows it.
 * name overrides the resource's id in text, or NULL. */
void status_resource(const struct status_view *v, pe_rsc *r);
/* One line "NAME<TAB>(AGENT):<TAB> STATE NODE (FLAGS)"; node NULL when it is active nowhere or on several. */
char *status_primitive_text(const struct status_view *v, pe_rsc *r, const char *name, const pe_node *node);

/* Name of a node as shown: guests with their host under SHOW_DETAIL, ids likewise. malloc'ed. */
char *status_node_name(const struct status_view *v, const pe_node *n);
/* Epoch seconds as ctime text without newline, local zone. */
const char *status_time_text(int64_t epoch, char out[32]);
bool status_node_wanted(const struct status_view *v, const char *name);
bool status_rsc_wanted(const struct status_view *v, const pe_rsc *r);

#endif
