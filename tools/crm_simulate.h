/* Parts of crm_simulate. */
#ifndef CRM_SIMULATE_H
#define CRM_SIMULATE_H

#include <stdbool.h>
#include "pacemaker/common/output.h"
#include "pengine/pengine.h"

/* What the printing functions need to know. */
struct sim_print {
    output_t *out;
    bool scores, utilization, quiet;
    bool deciding;                      /* notices are shown with scores or utilization only */
    const char *explain;                /* resource to explain, or NULL */
    struct explanation *notes;          /* crm_simulate_explain.c */
    bool executed;                      /* something was done in the simulation */
};

/* crm_simulate_input.c: the input CIB, upgraded, with a status section; NULL with *rc set. path NULL: live,
 * "-": stdin. upgraded (may be NULL): the CIB as read when it had to be upgraded. */
xmlNode *sim_read_cib(output_t *out, const char *path, bool live, bool quiet, crm_exit_t *rc);
bool sim_write_xml(const char *path, const xmlNode *xml);
bool sim_write_text(const char *path, const char *text);

/* crm_simulate_print.c */
struct pe_hooks sim_hooks(struct sim_print *p);
void sim_print_status(output_t *out, pe_sched *s, unsigned show, const char *heading, bool attributes,
                      bool failcounts);
bool sim_print_banner(output_t *out, const pe_sched *s);
void sim_print_summary(struct sim_print *p, pe_sched *s);
void sim_print_event(void *arg, const void *event);    /* arg: output_t, event: struct pe_event */

/* crm_simulate_explain.c */
void sim_explain_start(struct sim_print *p);
void sim_explain_print(struct sim_print *p, pe_sched *s);
void sim_explain_note(struct sim_print *p, const pe_rsc *r, const pe_node *n, int before, int added,
                      int after, const char *why);
void sim_explain_assigned(struct sim_print *p, const pe_rsc *r, const pe_node *n);

#endif
