/* What crm_resource's files share: the options, the cluster's state, and the commands. */
#ifndef TOOLS_CRM_RESOURCE_H
#define TOOLS_CRM_RESOURCE_H

#include <glib.h>
#include <stdbool.h>

#include "cib/cib_client.h"
#include "pacemaker/common/tool.h"
#include "pacemaker/common/xml.h"
#include "pengine/pengine.h"

struct res_options {
    struct tool_args args;
    char *resource, *node, *operation, *interval, *value, *set, *prop_id, *lifetime, *element;
    char *timeout_text, *xml_file;
    char *argument;                /* of the command */
    gboolean promoted, force, expired, recursive, meta, utilization;
    char *agent_class, *agent_provider, *agent_type;
    char **overrides;              /* NAME=VALUE words */
    unsigned timeout_ms;
};

struct res {
    struct res_options o;
    char **words;                  /* what is left of the command line */
    output_t *out;
    cib_t *cib;
    xmlNode *doc;                  /* the CIB as queried */
    pe_sched *s;
    pe_rsc *rsc;                   /* -r, when it exists */
    pe_node *node;                 /* -N, when it exists */
};

/* Each command returns an exit status; 0 printed its result, others may have printed why. */
crm_exit_t res_cmd_list(struct res *r);
crm_exit_t res_cmd_list_ids(struct res *r);
crm_exit_t res_cmd_operations(struct res *r);
crm_exit_t res_cmd_all_operations(struct res *r);
crm_exit_t res_cmd_locate(struct res *r);
crm_exit_t res_cmd_query(struct res *r);
crm_exit_t res_cmd_query_raw(struct res *r);
crm_exit_t res_cmd_constraints(struct res *r);
crm_exit_t res_cmd_why(struct res *r);

crm_exit_t res_cmd_get_parameter(struct res *r);
crm_exit_t res_cmd_set_parameter(struct res *r);
crm_exit_t res_cmd_delete_parameter(struct res *r);
crm_exit_t res_cmd_get_property(struct res *r);
crm_exit_t res_cmd_set_property(struct res *r);
crm_exit_t res_cmd_delete(struct res *r);

crm_exit_t res_cmd_move(struct res *r);
crm_exit_t res_cmd_ban(struct res *r);
crm_exit_t res_cmd_clear(struct res *r);

crm_exit_t res_cmd_cleanup(struct res *r);
crm_exit_t res_cmd_refresh(struct res *r);
crm_exit_t res_cmd_fail(struct res *r);
crm_exit_t res_cmd_wait(struct res *r);
crm_exit_t res_cmd_restart(struct res *r);

crm_exit_t res_cmd_standards(struct res *r);
crm_exit_t res_cmd_providers(struct res *r);
crm_exit_t res_cmd_alternatives(struct res *r);
crm_exit_t res_cmd_agents(struct res *r);
crm_exit_t res_cmd_metadata(struct res *r);
crm_exit_t res_cmd_execute(struct res *r);     /* --validate, --force-*: argument is the command's name */

crm_exit_t res_cmd_digests(struct res *r);

/* Query the CIB anew and unpack it. */
int res_refresh(struct res *r);
/* Keep -r off a node without a word, as --ban does, and undo it. */
int res_keep_off(struct res *r, const char *node);
int res_let_back(struct res *r, const char *node);
/* Set (value not NULL) or remove an nvpair of a resource's attribute set;
 * *id (may be NULL pointer) gets its malloc'ed id. */
int res_write_nvpair(struct res *r, const pe_rsc *rsc, const char *set_tag, const char *name,
                     const char *value, bool quiet);

#endif
