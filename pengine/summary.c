/* The transition summary: what will happen to nodes and resources (decisions §16.3). */
#include "pengine/pe.h"

#include "pengine/summary.h"

struct reporter {
    pe_sched *s;
    pe_summary_fn fn;
    void *arg;
};

/* ---- nodes ---- */

static void report_node_action(const struct reporter *p, const pe_action *a)
{
    struct pe_summary_line line = {.reason = a->reason};
    const char *op;

    if (a->task == TASK_SHUTDOWN && a->node != NULL && !(a->flags & AF_OPTIONAL)) {
        pe_message(p->s, PE_NOTICE, "node_action", " * Shutdown %s", a->node->name);
    }
    if (a->task != TASK_STONITH || a->node == NULL || (a->flags & AF_OPTIONAL) || a->reason == NULL) {
        return;
    }
    op = pe_table_get(&a->meta, "stonith_action");
    line.task = op;
    line.change = pe_printf(p->s, "Fence (%s)", op);
    line.node = a->node->name;
    if (pe_is_guest(a->node)) {
        line.node = pe_printf(p->s, "%s (resource: %s)", a->node->name, a->node->conn->container->id);
    }
    p->fn(p->arg, &line);
}

/* ---- one resource ---- */

static const char *details(pe_sched *s, const struct pe_summary_line *l)
{
    const char *from = role_text(l->role), *to = role_text(l->next);
    const char *origin = l->origin != NULL ? l->origin->name : NULL;
    const char *dest = l->destination != NULL ? l->destination->name : NULL;
    bool same_node = l->origin == l->destination, same_role = l->role == l->next;

    if (origin == NULL) {
        return l->with_roles ? pe_printf(s, "%s -> %s %s", from, to, dest) : dest;
    }
    if (dest == NULL) {
        return l->with_roles ? pe_printf(s, "%s %s", from, origin) : origin;
    }
    if (same_role && same_node) {
        return l->with_roles ? pe_printf(s, "%s %s", from, origin) : origin;
    }
    if (same_role) {
        return l->with_roles ? pe_printf(s, "%s -> %s %s", origin, dest, from) :
                               pe_printf(s, "%s -> %s", origin, dest);
    }
    if (same_node) {
        return pe_printf(s, "%s -> %s %s", from, to, origin);
    }
    return pe_printf(s, "%s %s -> %s %s", from, origin, to, dest);
}

static void report(const struct reporter *p, const char *change, const pe_rsc *r, const pe_node *origin,
                   const pe_node *destination, const pe_action *action, const pe_action *source)
{
    struct pe_summary_line line = {
        .change = change,
        .rsc = r,
        .origin = origin,
        .destination = destination,
        .role = r->role,
        .next = r->next,
    };

    if (action == NULL || (origin == NULL && destination == NULL)) {
        return;
    }
    if (source == NULL) {
        source = action;
    }
    line.with_roles = r->role > ROLE_STARTED || r->next > ROLE_UNPROMOTED;
    line.details = details(p->s, &line);
    line.blocked = !(action->flags & AF_RUNNABLE);
    line.reason = source->reason;
    p->fn(p->arg, &line);
}

static pe_action *oldest(pe_sched *s, pe_rsc *r, enum pe_task task, pe_node *node)
{
    pe_action **found;

    return pe_find_adopt(s, pe_actions_of(r, task), node, &found) > 0 ? found[0] : NULL;
}

static bool required(const pe_action *a)
{
    return a != NULL && !(a->flags & AF_OPTIONAL);
}

struct actions {
    pe_action *start, *stop, *promote, *demote;
};

static void unchanged_role(const struct reporter *p, pe_rsc *r, pe_node *current, pe_node *next, bool moving,
                           const struct actions *a)
{
    pe_action **found;
    uint32_t n = next == NULL ? 0 : pe_find_adopt(p->s, pe_actions_of(r, TASK_MIGRATE_FROM), next, &found);

    if (n > 0 && (found[0]->flags & AF_RUNNABLE) && current != NULL) {
        report(p, "Migrate", r, current, next, a->start, NULL);
    } else if (r->reload) {
        report(p, "Reload", r, current, next, a->start, NULL);
    } else if (!required(a->start)) {
        if (required(a->demote) && required(a->promote)) {
            report(p, "Re-promote", r, current, next, a->promote, a->demote);
        }
    } else if (!(a->start->flags & AF_RUNNABLE)) {
        report(p, "Stop", r, current, NULL, a->stop,
               a->stop != NULL && a->stop->reason != NULL ? a->stop : a->start);
    } else if (moving && current != NULL) {
        report(p, r->failed ? "Recover" : "Move", r, current, next, a->stop, NULL);
    } else if (r->failed) {
        report(p, "Recover", r, current, NULL, a->stop, NULL);
    } else {
        report(p, "Restart", r, current, next, a->start, NULL);
    }
}

static void report_stops(const struct reporter *p, pe_rsc *r, const pe_action *start)
{
    for (uint32_t i = 0; i < r->running.n; i++) {
        pe_node *n = r->running.v[i];
        pe_action *stop = oldest(p->s, r, TASK_STOP, n);

        if (stop == NULL && r->stop_unexpected) {
            continue;
        }
        report(p, "Stop", r, n, NULL, stop, stop != NULL && stop->reason != NULL ? stop : start);
    }
}

static void changed_role(const struct reporter *p, pe_rsc *r, pe_node *current, pe_node *next, bool moving,
                         const struct actions *a)
{
    if (a->stop != NULL &&
        (r->next == ROLE_STOPPED || (a->start != NULL && !(a->start->flags & AF_RUNNABLE)))) {
        report_stops(p, r, a->start);
    } else if (a->stop != NULL && r->failed && r->stop_wanted) {
        report(p, "Recover", r, current, next, a->stop, a->start);
    } else if (moving) {
        report(p, "Move", r, current, next, a->stop, NULL);
    } else if (r->reload) {
        report(p, "Reload", r, current, next, a->start, NULL);
    } else if (required(a->stop)) {
        report(p, "Restart", r, current, next, a->start, NULL);
    } else if (r->role == ROLE_PROMOTED) {
        report(p, "Demote", r, current, next, a->demote, NULL);
    } else if (r->next == ROLE_PROMOTED) {
        report(p, "Promote", r, current, next, a->promote, NULL);
    } else if (r->role == ROLE_STOPPED) {
        report(p, "Start", r, current, next, a->start, NULL);
    }
}

static void report_primitive(const struct reporter *p, pe_rsc *r)
{
    pe_node *current = pe_current(r, NULL, NULL), *next = r->assigned;
    struct actions a;
    bool moving;

    if (current != NULL && r->role == ROLE_STOPPED) {
        r->role = ROLE_STARTED;
    }
    if (current == NULL && r->orphan) {
        return;
    }
    if (!r->managed || (current == NULL && next == NULL)) {
        return;
    }
    moving = current != NULL && next != NULL && current != next;
    a.start = oldest(p->s, r, TASK_START, next);
    a.stop = oldest(p->s, r, TASK_STOP, a.start != NULL && (a.start->flags & AF_RUNNABLE) ? current : NULL);
    if (a.stop == NULL && r->stop_unexpected) {
        a.stop = oldest(p->s, r, TASK_STOP, NULL);
    }
    a.promote = oldest(p->s, r, TASK_PROMOTE, next);
    a.demote = oldest(p->s, r, TASK_DEMOTE, next);
    if (r->role == r->next) {
        unchanged_role(p, r, current, next, moving, &a);
    } else {
        changed_role(p, r, current, next, moving, &a);
    }
}

static void report_rsc(const struct reporter *p, pe_rsc *r)
{
    if (r->variant == PE_BUNDLE) {
        for (uint32_t i = 0; i < r->bundle->n; i++) {
            struct pe_replica *b = &r->bundle->replicas[i];
            pe_rsc *const parts[] = {b->ip, b->container, b->remote, b->child};

            for (int k = 0; k < 4; k++) {
                if (parts[k] != NULL) {
                    report_rsc(p, parts[k]);
                }
            }
        }
        return;
    }
    if (r->variant == PE_PRIMITIVE) {
        report_primitive(p, r);
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        report_rsc(p, r->children.v[i]);
    }
}

void pe_summary(pe_sched *s, pe_summary_fn fn, void *arg)
{
    struct reporter p = {s, fn, arg};

    for (uint32_t i = s->actions.n; i > 0; i--) {
        if (s->actions.v[i - 1]->rsc == NULL) {
            report_node_action(&p, s->actions.v[i - 1]);
        }
    }
    for (uint32_t i = 0; i < s->resources.n; i++) {
        report_rsc(&p, s->resources.v[i]);
    }
}

char *pe_summary_text(const pe_sched *s, const struct pe_summary_line *l)
{
    if (l->rsc == NULL) {
        return g_strdup_printf("%s %s '%s'", l->change, l->node, l->reason);
    }
    if (l->reason != NULL) {
        return g_strdup_printf("%-8s   %-*s   ( %*s )  due to %s%s", l->change, s->width_name, l->rsc->id,
                               s->width_details, l->details, l->reason, l->blocked ? " (blocked)" : "");
    }
    return g_strdup_printf("%-8s   %-*s   ( %*s )%s", l->change, s->width_name, l->rsc->id, s->width_details,
                           l->details, l->blocked ? "  blocked" : "");
}

static void widen(pe_sched *s, const struct pe_summary_line *line)
{
    if (line->rsc == NULL) {
        return;
    }
    if ((int)strlen(line->rsc->id) > s->width_name) {
        s->width_name = (int)strlen(line->rsc->id) + 2;
    }
    if (line->details != NULL && (int)strlen(line->details) > s->width_details) {
        s->width_details = (int)strlen(line->details);
    }
}

static void log_line(void *arg, const struct pe_summary_line *line)
{
    pe_sched *s = arg;

    widen(s, line);
    if (pe_listening(s, PE_NOTICE)) {
        char *text = pe_summary_text(s, line);

        pe_say(s, PE_NOTICE, "log_list_item", "Actions: %s", text);
        g_free(text);
    }
}

/* The action list is logged before the graph is made; that pass fixes the widths of the columns. */
void pe_summary_log_pass(pe_sched *s)
{
    pe_summary(s, log_line, s);
}
