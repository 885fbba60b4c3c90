/* The transition summary: what will happen to nodes and resources (decisions §16.3). */
#ifndef PE_SUMMARY_H
#define PE_SUMMARY_H

#include "pengine/pengine.h"

/* One line of the summary in parts, as text and XML output need them. */
struct pe_summary_line {
    const char *change;             /* "Start", "Move", ...; "Fence (reboot)" for nodes */
    const pe_rsc *rsc;              /* NULL for nodes */
    const char *node;               /* name of the fenced node, with its container if a guest */
    const char *details;            /* between the parentheses; NULL for nodes */
    const char *reason;             /* NULL: none */
    const char *task;               /* for nodes: the fencing operation */
    bool blocked;
    const pe_node *origin, *destination;
    enum pcmk_role role, next;
    bool with_roles;
};
typedef void (*pe_summary_fn)(void *arg, const struct pe_summary_line *line);
void pe_summary(pe_sched *s, pe_summary_fn fn, void *arg);
/* The line as text, its columns as wide as the model says; the caller's to g_free(). */
char *pe_summary_text(const pe_sched *s, const struct pe_summary_line *line);

#endif
