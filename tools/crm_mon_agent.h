/* crm_mon --external-agent: a program is run for each result of an operation,
 * and for fencing when asked for. */
#ifndef TOOLS_CRM_MON_AGENT_H
#define TOOLS_CRM_MON_AGENT_H

#include <libxml/tree.h>

#include "stonithd/stonith_client.h"

/* What the program is told (variables CRM_notify_NAME); NULL is told as "". */
struct mon_event {
    const char *node, *rsc, *task, *desc;
    int rc, target_rc, status;
};

/* program: path; recipient may be NULL. Both are kept as they are. */
void mon_agent_init(const char *program, const char *recipient);
/* Runs the program for all results in a patch;
 * cib tells the names of nodes (may be NULL: their ids are told). Returns how many. */
unsigned mon_agent_patch(const xmlNode *patch, const xmlNode *cib);
/* Runs it for a fencing operation that has ended. */
void mon_agent_fencing(const stonith_event_t *event);

#endif
