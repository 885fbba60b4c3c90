/* Inside of the evaluation of operation histories (scheduler input §11); for pengine/history*.c only. */
#ifndef PENGINE_HISTORY_H
#define PENGINE_HISTORY_H

#include "pengine/pe.h"

/* The evaluation of one lrm_resource. */
struct evaluation {
    pe_sched *s;
    pe_rsc *r;
    pe_node *node;
    enum pe_on_fail on_fail;
    xmlNode *last_failure;
    /* the entry at hand is of a probe that found that the resource cannot run */
    bool maskable;
};

/* ---- history_order.c: attributes and age of entries ---- */

int history_status(const xmlNode *op);
bool history_is_probe(const xmlNode *op);
/* < 0: a is older than b (§11.4); entries that do not say their node are of the same one or not */
int history_compare(const xmlNode *a, const xmlNode *b, bool same_node_default);

/* ---- history_find.c: the resource a history belongs to (§11.2, §11.3) ---- */

pe_rsc *history_find_resource(pe_sched *s, pe_node *node, const char *id);
pe_rsc *history_orphan(pe_sched *s, const char *id, xmlNode *lrm_rsc);
void history_connect_fillers(pe_sched *s, xmlNode *list);

/* ---- history_migration.c: migrations (§11.6) ---- */

void history_migrate_to_success(struct evaluation *e, xmlNode *op);
void history_migrate_to_failure(struct evaluation *e, xmlNode *op);
void history_migrate_from_failure(struct evaluation *e, xmlNode *op);

/* ---- history_apply.c: what follows from all entries together (§11.8, §11.9) ---- */

void history_recurring_actions(struct evaluation *e, xmlNode **ops, int n, int start, int stop);
void history_apply(struct evaluation *e);

#endif
