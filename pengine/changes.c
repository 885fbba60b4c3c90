/* Differences between what ran and what is configured now (decisions §8). */
#include "pacemaker/common/time_format.h"
#include "pengine/pe.h"

struct named {
    pe_rsc *r;
    struct named *next;         /* resources found earlier in the walk */
};

void pe_schedule_cleanup(pe_sched *s, pe_rsc *r, pe_node *n, bool optional)
{
    uint32_t flags = optional ? LF_PULL_THEN : LF_SEQ;

    if (r->failed || n == NULL || !pe_clean(n)) {
        return;
    }
    pe_message(s, PE_NOTICE, "pcmk__schedule_cleanup", "Scheduling clean-up of %s on %s", r->id, n->name);
    pe_act(s, r, TASK_DELETE, n, optional, "its history is cleaned up");
    pe_order(s, r, TASK_STOP, r, TASK_DELETE, flags);
    pe_order(s, r, TASK_DELETE, r, TASK_START, flags);
}

pe_action *pe_schedule_cancel(pe_sched *s, pe_rsc *r, const char *task, uint32_t interval, pe_node *n,
                              const char *call)
{
    pe_action *a = pe_action_get(s, r, pe_key_op(s, r, task, interval), "cancel", n, false,
                                 "no longer wanted");

    a->task = TASK_CANCEL;
    a->task_text = "cancel";
    a->cancelled_task = pe_strdup(s, task);
    pe_table_set(s, &a->meta, "operation", a->cancelled_task);
    pe_table_set(s, &a->meta, "interval", pe_printf(s, "%u", interval));
    if (call != NULL) {
        pe_table_set(s, &a->meta, "call-id", call);
    }
    return a;
}

/* As the reference words it, including that it repeats the text of the operation before,
 * told or cancelled, for an interval of 0. */
static const char *interval_words(pe_sched *s, uint32_t ms)
{
    if (ms > 0 || s->priv->last_interval == NULL) {
        char text[INTERVAL_TEXT_SIZE];

        s->priv->last_interval = pe_strdup(s, interval_text(ms, text, sizeof(text)));
    }
    return s->priv->last_interval;
}

static void cancel_entry(pe_sched *s, pe_rsc *r, const char *task, uint32_t interval, pe_node *n, xmlNode *op)
{
    pe_action *a = pe_schedule_cancel(s, r, task, interval, n, NULL);

    (void)interval_words(s, interval);
    pe_table_add(s, &a->meta, "call-id", xml_get(op, "call-id"));
    pe_order_full(s, NULL, r, pe_key(s, r, TASK_STOP), NULL, NULL, NULL, a, LF_SEQ);
}

void pe_schedule_reload(pe_sched *s, pe_rsc *r, pe_node *n)
{
    pe_action *a;

    if (r->children.n > 0) {
        for (uint32_t i = 0; i < r->children.n; i++) {
            pe_schedule_reload(s, r->children.v[i], n);
        }
        return;
    }
    if (n == NULL || !r->managed || r->failed) {
        return;
    }
    if (r->start_pending) {
        pe_act(s, r, TASK_STOP, n, false, "its parameters changed while it was starting");
        return;
    }
    r->reload = true;
    a = pe_act(s, r, TASK_RELOAD, n, false, "its parameters changed");
    pe_action_reason(s, a, "resource definition change", true);
    pe_order_full(s, NULL, NULL, NULL, a, r, pe_key(s, r, TASK_STOP), NULL, LF_SEQ | LF_CANCELS);
    pe_order_full(s, NULL, NULL, NULL, a, r, pe_key(s, r, TASK_DEMOTE), NULL, LF_SEQ | LF_CANCELS);
}

/* The task that has to run anew when the parameters of this one changed. */
static const char *task_to_repeat(const char *task, uint32_t interval)
{
    return interval == 0 && (strcmp(task, "monitor") == 0 || strcmp(task, "migrate_from") == 0 ||
                             strcmp(task, "promote") == 0) ? "start" : task;
}

static void force_restart(pe_sched *s, pe_rsc *r, const char *task, uint32_t interval)
{
    pe_action *a;

    task = task_to_repeat(task, interval);
    a = pe_action_get(s, r, pe_key_op(s, r, task, interval), task, NULL, false, "its definition changed");
    pe_action_reason(s, a, "resource definition change", true);
}

static void reschedule(pe_sched *s, pe_rsc *r, const char *task, uint32_t interval, pe_node *n)
{
    pe_action *a;

    pe_trigger_unfencing(s, r, n, "Device parameters changed (reschedule)", NULL);
    a = pe_action_get(s, r, pe_key_op(s, r, task, interval), task, n, true, "its parameters changed");
    a->flags |= AF_RESCHEDULE;
}

static bool only_secret(pe_sched *s, const struct pe_digest *d, xmlNode *op)
{
    const char *secure = xml_get(op, "op-secure-digest");

    return s->sanitized && d->rc != DIGEST_MATCH && secure != NULL && d->secure != NULL &&
           strcmp(secure, d->secure) == 0;
}

static bool entry_changed(pe_sched *s, pe_rsc *r, pe_node *n, xmlNode *op)
{
    const char *task = xml_get(op, "operation");
    uint32_t interval = pe_op_interval(op);
    struct pe_digest *d;

    if (interval > 0 && pe_find_op(r, task, interval, false) == NULL) {
        if (s->stop_orphan_actions) {
            cancel_entry(s, r, task, interval, n, op);
        }
        return true;
    }
    d = pe_digest_compare(s, r, op, n);
    if (only_secret(s, d, op)) {
        pe_message(s, PE_TOLD, __func__, "Only 'private' parameters to %s-interval %s for %s on %s changed: "
                   "%s", interval_words(s, interval), task_to_repeat(task, interval), r->id, n->name,
                   xml_get(op, "transition-magic"));
        return false;
    }
    switch (d->rc) {
        case DIGEST_MATCH:
            return false;
        case DIGEST_RESTART:
            force_restart(s, r, task, interval);
            pe_trigger_unfencing(s, r, n, "Device parameters changed", NULL);
            return true;
        default:
            if (interval > 0) {
                reschedule(s, r, task, interval, n);
            } else if (pe_op_restart_digest(s, op) != NULL) {
                pe_trigger_unfencing(s, r, n, "Device parameters changed (reload)", NULL);
                pe_schedule_reload(s, r, n);
            } else {
                force_restart(s, r, task, interval);
                pe_trigger_unfencing(s, r, n, "Device parameters changed", NULL);
            }
            return true;
    }
}

static void check_entry(pe_sched *s, pe_rsc *r, pe_node *n, xmlNode *op)
{
    if (entry_changed(s, r, n, op) && pe_fail_count(s, r, n, NULL, PE_FC_EFFECTIVE, NULL) != 0) {
        pe_clear_failcount(s, r, n, "action definition changed");
    }
}

static bool differs(const char *a, const char *b)
{
    return (a == NULL) != (b == NULL) || (a != NULL && strcmp(a, b) != 0);
}

static bool attribute_changed(pe_sched *s, const pe_rsc *r, const pe_node *n, const char *now,
                              const xmlNode *lrm_rsc, const char *name, bool active)
{
    const char *before = xml_get(lrm_rsc, name);

    if (!differs(now, before)) {
        return false;
    }
    if (active) {
        pe_message(s, PE_NOTICE, "pcmk__rsc_agent_changed", "Forcing restart of %s on %s because %s changed "
                   "from '%s' to '%s'", r->id, n->name, name, before != NULL ? before : "",
                   now != NULL ? now : "");
    }
    return true;
}

static bool agent_changed(pe_sched *s, pe_rsc *r, pe_node *n, xmlNode *lrm_rsc, bool active)
{
    bool changed = attribute_changed(s, r, n, r->class, lrm_rsc, "class", active);

    changed = attribute_changed(s, r, n, r->provider, lrm_rsc, "provider", active) || changed;
    changed = attribute_changed(s, r, n, r->type, lrm_rsc, "type", active) || changed;
    if (changed) {
        pe_trigger_unfencing(s, r, n, "Device definition changed", NULL);
        if (active) {
            pe_act(s, r, TASK_STOP, n, false, "its agent changed");
            r->start_pending = true;
        }
    }
    return changed;
}

static void defer(pe_sched *s, pe_rsc *r, pe_node *n, xmlNode *op)
{
    struct pe_private *p = s->priv;

    if (p->n_deferred == p->cap_deferred) {
        p->deferred = pe_grow(s, p->deferred, &p->cap_deferred, p->n_deferred, sizeof(*p->deferred));
    }
    p->deferred[p->n_deferred++] = (struct pe_deferred_check){r, n, op, true};
}

static void check_history(pe_sched *s, pe_rsc *r, pe_node *n, xmlNode *lrm_rsc)
{
    int count, start, stop;
    xmlNode **ops;

    if (r->orphan) {
        if (!pe_is_anonymous_clone(pe_top(r))) {
            pe_schedule_cleanup(s, r, n, false);
        }
        return;
    }
    if (!pe_runs_on(r, n)) {
        if (agent_changed(s, r, n, lrm_rsc, false)) {
            pe_schedule_cleanup(s, r, n, false);
        }
        return;
    }
    if (agent_changed(s, r, n, lrm_rsc, true)) {
        pe_schedule_cleanup(s, r, n, false);
    }
    count = pe_sorted_history(s, lrm_rsc, &ops);
    pe_history_limits(s, ops, count, &start, &stop);
    if (start < stop) {
        return;
    }
    for (int i = start < 0 ? 0 : start; i < count; i++) {
        const char *task = xml_get(ops[i], "operation");
        uint32_t interval = pe_op_interval(ops[i]);

        if (task == NULL) {
            continue;
        }
        if (interval > 0 && (r->maint || n->maintenance)) {
            cancel_entry(s, r, task, interval, n, ops[i]);
        } else if (interval > 0 || strcmp(task, "monitor") == 0 || strcmp(task, "start") == 0 ||
                   strcmp(task, "promote") == 0 || strcmp(task, "migrate_from") == 0) {
            if (pe_needs_uname_addr(r)) {
                defer(s, r, n, ops[i]);
            } else {
                check_entry(s, r, n, ops[i]);
            }
        }
    }
}

/* Type "last failure": forget the failure if the parameters changed; type "active":
 * as any running operation. */
void pe_deferred_checks(pe_sched *s)
{
    for (uint32_t i = s->priv->n_deferred; i > 0; i--) {
        struct pe_deferred_check *d = &s->priv->deferred[i - 1];

        if (d->active) {
            check_entry(s, d->rsc, d->node, d->op);
        } else {
            enum pe_digest_result rc = pe_digest_compare(s, d->rsc, d->op, d->node)->rc;

            if (rc != DIGEST_MATCH && rc != DIGEST_UNKNOWN) {
                pe_clear_failcount(s, d->rsc, d->node, "resource parameters have changed");
            }
        }
    }
}

static void add_name(pe_sched *s, GHashTable *names, const char *name, pe_rsc *r)
{
    struct named *entry = pe_alloc(s, sizeof(*entry));

    *entry = (struct named){r, g_hash_table_lookup(names, name)};
    g_hash_table_insert(names, (char *)name, entry);
}

static void index_names(pe_sched *s, GHashTable *names, struct pe_rsc_vec *v)
{
    for (uint32_t i = 0; i < v->n; i++) {
        pe_rsc *r = v->v[i];

        if (r->variant != PE_PRIMITIVE) {
            index_names(s, names, &r->children);
            continue;
        }
        add_name(s, names, r->id, r);
        if (r->hname != NULL && strcmp(r->hname, r->id) != 0) {
            add_name(s, names, r->hname, r);
        }
    }
}

void pe_check_configuration(pe_sched *s)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);

    index_names(s, names, &s->resources);
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        pe_node *n = s->nodes.v[i];
        xmlNode *list = xml_first(xml_first(n->state, "lrm"), "lrm_resources");

        if (!n->maintenance && !pe_node_available(n, 0, false)) {
            continue;
        }
        xml_foreach(lrm_rsc, list, "lrm_resource") {
            const char *id = xml_id(lrm_rsc);

            if (id == NULL || xml_first(lrm_rsc, NULL) == NULL) {
                continue;
            }
            for (struct named *m = g_hash_table_lookup(names, id); m != NULL; m = m->next) {
                check_history(s, m->r, n, lrm_rsc);
            }
        }
    }
    g_hash_table_destroy(names);
}
