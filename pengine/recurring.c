/* Recurring operations (decisions §10.5). */
#include "pacemaker/common/time_format.h"
#include "pengine/pe.h"

static pe_action *cancel(pe_sched *s, pe_rsc *r, const struct pe_op *op, pe_node *n)
{
    return pe_schedule_cancel(s, r, op->name, op->interval, n, NULL);
}

/* Whether another operation has its name and interval, so that their results could not be told apart. */
static bool is_duplicate(pe_sched *s, const pe_rsc *r, const struct pe_op *op)
{
    const struct pe_op *first = NULL;

    for (uint32_t i = 0; i < r->ops->n; i++) {
        const struct pe_op *other = &r->ops->v[i];

        if (other->interval != op->interval || other->name == NULL || strcmp(other->name, op->name) != 0) {
            continue;
        }
        if (first != NULL) {
            pe_config_error(s, "is_op_dup", "Operation %s is duplicate of %s (do not use same name and "
                            "interval combination more than once per resource)", other->id, first->id);
            return true;
        }
        first = other;
    }
    return false;
}

static bool usable(pe_sched *s, const pe_rsc *r, const struct pe_op *op)
{
    static const char *const never[] = {"stop", "start", "demote", "promote", "reload-agent", "migrate_to",
                                        "migrate_from"};

    if (op->interval == 0 || op->id == NULL || op->name == NULL || !op->enabled) {
        return false;
    }
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        if (strcmp(op->name, never[i]) == 0) {
            pe_config_error(s, "is_recurring_history", "Ignoring %s because %s action cannot be recurring",
                            op->id, op->name);
            return false;
        }
    }
    return !is_duplicate(s, r, op);
}

static bool is_running(pe_sched *s, struct pe_keyset *key, pe_node *n, const pe_action *start)
{
    pe_action **found;
    uint32_t count;

    if (n == NULL || !(start->flags & AF_OPTIONAL)) {
        return false;
    }
    count = pe_find_exact(s, &key->actions, n, &found);
    for (uint32_t i = 0; i < count; i++) {
        if (found[i]->flags & AF_RESCHEDULE) {
            return false;
        }
    }
    return count > 0;
}

static void wrong_role(pe_sched *s, pe_rsc *r, const struct pe_op *op, pe_node *n)
{
    pe_action *a = cancel(s, r, op, n);
    enum pe_task then = TASK_OTHER;

    if (r->role == ROLE_STARTED || r->role == ROLE_UNPROMOTED) {
        then = r->next == ROLE_PROMOTED ? TASK_PROMOTE : r->next == ROLE_STOPPED ? TASK_STOP : TASK_OTHER;
    } else if (r->role == ROLE_PROMOTED) {
        then = TASK_DEMOTE;
    }
    if (then != TASK_OTHER) {
        pe_order_full(s, NULL, r, NULL, a, r, pe_key(s, r, then), NULL, LF_RUN_LEFT);
    }
}

static void order_after(pe_sched *s, pe_rsc *r, enum pe_task task, pe_action *op, uint32_t flags)
{
    pe_order_full(s, NULL, r, pe_key(s, r, task), NULL, NULL, NULL, op, flags);
}

static void active_part(pe_sched *s, pe_rsc *r, const struct pe_op *op, enum pcmk_role role, pe_action *start)
{
    struct pe_keyset *key = pe_key_op(s, r, op->name, op->interval);
    pe_node *n = r->assigned;
    bool optional;
    pe_action *a;

    if (role == ROLE_STOPPED) {
        return;
    }
    optional = is_running(s, key, n, start);
    if ((op->role_text != NULL && role != r->next) || (op->role_text == NULL && r->next == ROLE_PROMOTED)) {
        if (optional) {
            wrong_role(s, r, op, n);
        }
        return;
    }
    a = pe_action_get(s, r, key, op->name, n, optional, "it is configured");
    if (!(start->flags & AF_RUNNABLE) || n == NULL || !pe_clean(n)) {
        a->flags &= ~(uint32_t)AF_RUNNABLE;
    }
    if (r->next == ROLE_PROMOTED) {
        pe_table_set(s, &a->meta, "op_target_rc", "8");
    }
    if (n != NULL && !r->managed) {
        return;
    }
    order_after(s, r, TASK_START, a, LF_PULL_THEN | LF_RUN_LEFT);
    order_after(s, r, TASK_RELOAD, a, LF_PULL_THEN | LF_RUN_LEFT);
    if (r->next == ROLE_PROMOTED) {
        order_after(s, r, TASK_PROMOTE, a, LF_SEQ | LF_RUN_LEFT);
    } else if (r->role == ROLE_PROMOTED) {
        order_after(s, r, TASK_DEMOTE, a, LF_SEQ | LF_RUN_LEFT);
    }
}

static void after_stops(pe_sched *s, pe_rsc *r, pe_node *n, pe_action *op)
{
    pe_action **stops;
    uint32_t count = pe_find_exact(s, pe_actions_of(r, TASK_STOP), n, &stops);

    for (uint32_t i = 0; i < count; i++) {
        if (!(stops[i]->flags & AF_OPTIONAL) && !(op->flags & AF_OPTIONAL) && !r->managed) {
            op->flags |= AF_OPTIONAL;
        }
        if (!(stops[i]->flags & AF_RUNNABLE)) {
            op->flags &= ~(uint32_t)AF_RUNNABLE;
        }
        if (r->managed) {
            pe_order_full(s, NULL, r, pe_key(s, r, TASK_STOP), stops[i], NULL, NULL, op,
                          LF_PULL_THEN | LF_RUN_LEFT);
        }
    }
}

static void stopped_on(pe_sched *s, pe_rsc *r, const struct pe_op *op, struct pe_keyset *key, pe_node *n)
{
    pe_action *a, **found, **probes;
    bool exists = pe_find_exact(s, &key->actions, n, &found) > 0;
    uint32_t count;

    if (n == r->assigned) {
        if (exists) {
            a = cancel(s, r, op, n);
            if (r->next == ROLE_STARTED || r->next == ROLE_UNPROMOTED) {
                pe_order_full(s, NULL, r, NULL, a, r, pe_key(s, r, TASK_START), NULL, LF_RUN_LEFT);
            }
        }
        return;
    }
    a = pe_action_get(s, r, key, op->name, n, exists, "it is configured for the stopped role");
    pe_table_set(s, &a->meta, "op_target_rc", "7");
    count = r->managed ? pe_find_adopt(s, pe_actions_of(r, TASK_MONITOR), n, &probes) : 0;
    for (uint32_t i = 0; i < count; i++) {
        pe_link(s, probes[i], a, LF_RUN_LEFT);
    }
    after_stops(s, r, n, a);
    if (!pe_clean(n)) {
        a->flags &= ~(uint32_t)AF_RUNNABLE;
    }
    if ((a->flags & AF_RUNNABLE) && !(a->flags & AF_OPTIONAL)) {
        char text[INTERVAL_TEXT_SIZE];

        pe_message(s, PE_NOTICE, "recurring_op_for_inactive",
                   "Start recurring %s-interval %s for Stopped %s on %s",
                   interval_text(op->interval, text, sizeof(text)), op->name, r->id, n->name);
    }
}

void pe_recurring_actions(pe_sched *s, pe_rsc *r)
{
    pe_action *start = NULL;

    if (r->blocked || r->maint) {
        return;
    }
    if (r->assigned != NULL && !r->assigned->maintenance && (r->next != ROLE_STOPPED || !r->managed)) {
        start = pe_act(s, r, TASK_START, r->assigned, true, NULL);
    }
    for (uint32_t i = 0; i < r->ops->n; i++) {
        const struct pe_op *op = &r->ops->v[i];
        enum pcmk_role role = role_parse(op->role_text);

        if (!usable(s, r, op)) {
            continue;
        }
        if (start != NULL) {
            active_part(s, r, op, role, start);
        }
        if (role == ROLE_STOPPED && r->unique) {
            struct pe_keyset *key = pe_key_op(s, r, op->name, op->interval);

            for (uint32_t k = 0; k < s->nodes.n; k++) {
                stopped_on(s, r, op, key, s->nodes.v[k]);
            }
        }
    }
}
