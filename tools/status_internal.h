/* What the files of the cluster status display share. */
#ifndef TOOLS_STATUS_INTERNAL_H
#define TOOLS_STATUS_INTERNAL_H

#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"
#include "pengine/pe.h"
#include "tools/status.h"

struct text {
    char *s;                       /* NULL while empty */
};
void text_add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

enum pcmk_role displayed_role(const pe_rsc *r);
const char *displayed_state(const struct status_view *v, const pe_rsc *r);
bool monitor_pending(const pe_rsc *r);             /* a recurring monitor is under way */
const char *rsc_shown_name(const pe_rsc *r);
char *agent_text(const pe_rsc *r);
bool rsc_runs_where_wanted(const struct status_view *v, const pe_rsc *r);

void resource_xml(const struct status_view *v, pe_rsc *r);
/* The connection to a guest is not shown in text: its container stands for it. */
bool status_container_stands_for(const struct status_view *v, const pe_rsc *r);
/* Lines that count primitives per agent and node; false when there is nothing to count. */
bool status_brief(const struct status_view *v, pe_rsc **resources, uint32_t n);

#endif
