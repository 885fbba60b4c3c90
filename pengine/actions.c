/* Actions: creation, search, runnability, links between them (scheduler input §14, decisions §1.1). */
#include "pengine/pe.h"

#include <stdio.h>

/* ---- reasons and flags ---- */

void pe_action_reason(pe_sched *s, pe_action *a, const char *reason, bool overwrite)
{
    if (a->reason != NULL && !overwrite) {
        return;
    }
    a->reason = pe_strdup(s, reason);
}

enum pe_quorum_policy pe_effective_quorum_policy(pe_sched *s, pe_rsc *r)
{
    if (s->quorum) {
        return QUORUM_IGNORE;
    }
    if (s->no_quorum_policy == QUORUM_DEMOTE) {
        if (r->role == ROLE_PROMOTED || r->role == ROLE_UNPROMOTED) {
            if (r->next > ROLE_UNPROMOTED) {
                r->next = ROLE_UNPROMOTED;
            }
            return QUORUM_IGNORE;
        }
        return QUORUM_STOP;
    }
    return s->no_quorum_policy;
}

static void check_quorum(pe_sched *s, pe_action *a)
{
    switch (pe_effective_quorum_policy(s, a->rsc)) {
        case QUORUM_STOP:
            a->flags &= ~(uint32_t)AF_RUNNABLE;
            pe_action_reason(s, a, "no quorum", true);
            break;
        case QUORUM_FREEZE:
            if (!pe_active(a->rsc, true) || a->rsc->next > a->rsc->role) {
                a->flags &= ~(uint32_t)AF_RUNNABLE;
                pe_action_reason(s, a, "quorum freeze", true);
            }
            break;
        default:
            a->flags |= AF_RUNNABLE;
    }
}

static void check_runnable(pe_sched *s, pe_action *a)
{
    pe_node *n = a->node;

    if (a->flags & AF_PSEUDO) {
        return;
    }
    if (n == NULL) {
        a->flags &= ~(uint32_t)AF_RUNNABLE;
    } else if (!(a->flags & AF_ON_DC) && !n->online && (!pe_is_guest(n) || n->reset_needed)) {
        a->flags &= ~(uint32_t)AF_RUNNABLE;
        pe_message(s, PE_WARNING, "update_resource_action_runnable", "%s on %s is unrunnable (node is "
                   "offline)", a->key, n->name);
        if (a->rsc->managed && a->task == TASK_STOP && !n->unclean) {
            pe_fence_request(s, n, "stop is unrunnable", false);
        }
    } else if (!(a->flags & AF_ON_DC) && n->pending) {
        a->flags &= ~(uint32_t)AF_RUNNABLE;
        pe_message(s, PE_WARNING, "update_resource_action_runnable", "Action %s on %s is unrunnable (node is "
                   "pending)", a->key, n->name);
    } else if (a->needs == NEEDS_NOTHING) {
        pe_action_reason(s, a, NULL, true);
        if (pe_is_guest(n) && !pe_can_fence(s, n)) {
            a->flags &= ~(uint32_t)AF_RUNNABLE;
        } else {
            a->flags |= AF_RUNNABLE;
        }
    } else {
        check_quorum(s, a);
    }
}

/* ---- creation ---- */

static const char *node_attribute(void *arg, const char *name)
{
    return pe_attr(arg, name);
}

static pe_action *new_action(pe_sched *s, const char *key, const char *task, pe_node *node, bool optional)
{
    pe_action *a = pe_alloc(s, sizeof(*a));

    a->id = s->next_action_id++;
    a->serial = ++s->priv->action_serial;
    a->key = key;
    a->task = pe_task_of(task);
    a->task_text = a->task != TASK_OTHER ? pe_task_text(a->task) : pe_strdup(s, task);
    a->node = node;
    a->flags = AF_RUNNABLE | (optional ? AF_OPTIONAL : 0);
    a->needs = NEEDS_NOTHING;
    PE_PUSH(s, &s->actions, a);
    return a;
}

/* Task and interval of RSC_TASK_INTERVAL. */
static const char *key_task(pe_sched *s, const pe_rsc *r, const char *key, uint32_t *interval)
{
    const char *rest = key + strlen(r->id) + 1, *last = strrchr(rest, '_');

    *interval = last == NULL ? 0 : (uint32_t)int_parse(last + 1, 0);
    return last == NULL ? rest : pe_strndup(s, rest, (size_t)(last - rest));
}

static void configure(pe_sched *s, pe_action *a, enum pe_task fixed)
{
    pe_rsc *r = a->rsc;
    uint32_t interval = 0;
    const char *task = fixed != TASK_OTHER ? pe_task_text(fixed) : key_task(s, r, a->key, &interval);
    struct pe_opcfg *c = pe_op_config(s, r, task, interval);

    a->interval = interval;
    a->on_fail = pe_op_on_fail(s, r, task, interval, task, &a->fail_role);
    pe_table_merge(s, &a->meta, &c->meta);
    if (strcmp(task, "start") == 0 || strcmp(task, "promote") == 0) {
        a->needs = r->req_fencing ? NEEDS_FENCING : r->req_quorum ? NEEDS_QUORUM : NEEDS_NOTHING;
    }
}

static void evaluate_extra(pe_sched *s, pe_action *a)
{
    uint32_t interval = 0;
    const char *task = key_task(s, a->rsc, a->key, &interval);
    struct pe_opcfg *c;

    a->extra_done = true;
    if (a->rsc->ops->n == 0) {
        return;
    }
    c = pe_op_config(s, a->rsc, task, interval);
    if (c->op != NULL && xml_first(c->op, "instance_attributes") != NULL) {
        struct rule_context ctx = pe_rule_context(s);

        ctx.node_attribute = node_attribute;
        ctx.node = a->node;
        pe_unpack_table(s, c->op, "instance_attributes", &ctx, false, &a->extra);
    }
}

static pe_action *existing(struct pe_keyset *key, pe_node *node)
{
    pe_action *oldest = NULL;

    for (uint32_t i = 0; i < key->actions.n; i++) {
        pe_action *a = key->actions.v[i];

        if (node != NULL && a->node == NULL) {
            a->node = node;
        }
        if (oldest == NULL && (node == NULL || a->node == node)) {
            oldest = a;
        }
    }
    return oldest;
}

static pe_action *get(pe_sched *s, pe_rsc *r, struct pe_keyset *key, enum pe_task fixed, const char *task,
                      pe_node *node, bool optional, const char *why)
{
    pe_action *a = existing(key, node);

    if (a == NULL) {
        a = new_action(s, key->key, task, node, optional);
        a->rsc = r;
        a->created_by = why;
        if (a->task == TASK_LRM_DELETE) {
            a->flags |= AF_ON_DC;
        }
        PE_PUSH(s, &r->actions, a);
        PE_PUSH(s, &key->actions, a);
        configure(s, a, fixed);
    }
    if (!r->managed && a->node != NULL && !(a->flags & AF_PSEUDO) &&
        pe_table_get(&a->meta, "interval") == NULL) {
        a->flags |= AF_OPTIONAL;
    } else if (!optional) {
        if ((a->flags & AF_OPTIONAL) && why != NULL) {
            a->created_by = why;
        }
        a->flags &= ~(uint32_t)AF_OPTIONAL;
    }
    if (a->node != NULL && !a->extra_done) {
        evaluate_extra(s, a);
    }
    check_runnable(s, a);
    return a;
}

pe_action *pe_action_get(pe_sched *s, pe_rsc *r, struct pe_keyset *key, const char *task, pe_node *node,
                         bool optional, const char *why)
{
    return get(s, r, key, TASK_OTHER, task, node, optional, why);
}

pe_action *pe_act(pe_sched *s, pe_rsc *r, enum pe_task task, pe_node *node, bool optional, const char *why)
{
    return get(s, r, pe_key(s, r, task), task, pe_task_text(task), node, optional, why);
}

static pe_action *singleton(pe_sched *s, const char *key, const char *task, pe_node *node, bool optional,
                            bool *created)
{
    pe_action *a = g_hash_table_lookup(s->priv->singletons, key);

    *created = a == NULL;
    if (a == NULL) {
        a = new_action(s, pe_strdup(s, key), task, node, optional);
        g_hash_table_insert(s->priv->singletons, (char *)a->key, a);
    } else {
        if (a->node == NULL) {
            a->node = node;
        }
        if (!optional) {
            a->flags &= ~(uint32_t)AF_OPTIONAL;
        }
    }
    return a;
}

pe_action *pe_pseudo(pe_sched *s, const char *name, const char *task)
{
    bool created;
    pe_action *a = singleton(s, name, task, NULL, true, &created);

    if (created) {
        a->flags |= AF_PSEUDO | AF_RUNNABLE;
    }
    return a;
}

pe_action *pe_shutdown_action(pe_sched *s, pe_node *n)
{
    bool created;
    char *key = pe_printf(s, "do_shutdown-%s", n->name);
    pe_action *a = singleton(s, key, "do_shutdown", n, false, &created);

    pe_table_set(s, &a->meta, "op_no_wait", "true");
    return a;
}

/* ---- search ---- */

pe_action *pe_newest(const struct pe_action_vec *v, const pe_node *node)
{
    for (uint32_t i = v->n; i > 0; i--) {
        if (node == NULL || v->v[i - 1]->node == node) {
            return v->v[i - 1];
        }
    }
    return NULL;
}

pe_action *pe_find_first(pe_rsc *r, enum pe_task task, const pe_node *node)
{
    /* only these tasks have all their actions under the key ID_TASK_0 */
    bool keyed = task != TASK_MONITOR && task != TASK_NOTIFY && task != TASK_NOTIFIED && task != TASK_OTHER &&
                 task != TASK_CANCEL;
    struct pe_action_vec *v = keyed ? pe_actions_of(r, task) : &r->actions;

    for (uint32_t i = v->n; i > 0; i--) {
        pe_action *a = v->v[i - 1];

        if (a->task == task && (node == NULL || a->node == node)) {
            return a;
        }
    }
    return NULL;
}

uint32_t pe_find_adopt(pe_sched *s, struct pe_action_vec *v, pe_node *node, pe_action ***out)
{
    uint32_t n = 0;

    *out = NULL;
    if (v->n == 0) {
        return 0;
    }
    *out = pe_alloc(s, v->n * sizeof(**out));
    for (uint32_t i = 0; i < v->n; i++) {
        pe_action *a = v->v[i];

        if (node != NULL && a->node == NULL) {
            a->node = node;
        }
        if (node == NULL || a->node == node) {
            (*out)[n++] = a;
        }
    }
    return n;
}

uint32_t pe_find_exact(pe_sched *s, struct pe_action_vec *v, pe_node *node, pe_action ***out)
{
    uint32_t n = 0;

    *out = NULL;
    if (v->n == 0) {
        return 0;
    }
    *out = pe_alloc(s, v->n * sizeof(**out));
    for (uint32_t i = 0; i < v->n; i++) {
        if (node != NULL && v->v[i]->node == node) {
            (*out)[n++] = v->v[i];
        }
    }
    return n;
}

/* ---- links ---- */

static uint32_t *link_slot(struct pe_private *p, uint64_t key)
{
    uint64_t h = key * 0x9E3779B97F4A7C15ull;
    uint32_t i = (uint32_t)(h >> 32) & (p->link_cap - 1);

    while (p->link_keys[i] != 0 && p->link_keys[i] != key) {
        i = (i + 1) & (p->link_cap - 1);
    }
    p->link_keys[i] = key;
    return &p->link_flags[i];
}

static void grow_links(struct pe_private *p)
{
    uint64_t *keys = p->link_keys;
    uint32_t *flags = p->link_flags, cap = p->link_cap;

    p->link_cap = cap == 0 ? 1024 : cap * 2;
    p->link_keys = g_new0(uint64_t, p->link_cap);
    p->link_flags = g_new0(uint32_t, p->link_cap);
    for (uint32_t i = 0; i < cap; i++) {
        if (keys[i] != 0) {
            *link_slot(p, keys[i]) = flags[i];
        }
    }
    g_free(keys);
    g_free(flags);
}

bool pe_link(pe_sched *s, pe_action *first, pe_action *then, uint32_t flags)
{
    struct pe_private *p = s->priv;
    uint32_t *known;

    if (flags == LF_NONE || first == NULL || then == NULL) {
        return false;
    }
    if (p->link_n * 2 >= p->link_cap) {
        grow_links(p);
    }
    known = link_slot(p, (uint64_t)first->serial << 32 | then->serial);
    if (*known & flags) {
        return false;
    }
    p->link_n += *known == 0;
    *known |= flags;
    PE_PUSH(s, &first->after, ((struct pe_link){then, flags, false}));
    PE_PUSH(s, &then->before, ((struct pe_link){first, flags, false}));
    return true;
}

/* ---- fencing ---- */

static void collect_unfencing(pe_sched *s, struct pe_rsc_vec *from, struct pe_rsc_vec *out)
{
    for (uint32_t i = 0; i < from->n; i++) {
        pe_rsc *r = from->v[i];
        const char *provides;

        if (r->children.n > 0) {
            collect_unfencing(s, &r->children, out);
            continue;
        }
        provides = pe_meta(r, "provides");
        if (r->fencedev &&
            (r->req_unfencing || (provides != NULL && strcasecmp(provides, "unfencing") == 0))) {
            PE_PUSH(s, out, r);
        }
    }
}

/* Whether the device definitions changed since the node was unfenced; their digests go into the action. */
static bool unfencing_digests(pe_sched *s, pe_action *a, pe_node *n)
{
    GString *all = g_string_new(NULL), *secure = g_string_new(NULL);
    struct pe_rsc_vec devices = {0};
    bool changed = false;

    collect_unfencing(s, &s->resources, &devices);
    for (uint32_t i = devices.n; i > 0; i--) {
        pe_rsc *r = devices.v[i - 1];
        const char *agent = pe_meta(r, "type");
        struct pe_digest *d = pe_fence_digest(s, r, agent != NULL ? agent : "", n);

        if (d->rc == DIGEST_ALL) {
            changed = true;
            pe_message(s, PE_TOLD, __func__, "notice: Unfencing Pacemaker Remote node %s because the "
                       "definition of %s changed", n->name, r->id);
        }
        g_string_append_printf(all, "%s:%s:%s,", r->id, agent, d->all);
        g_string_append_printf(secure, "%s:%s:%s,", r->id, agent, d->secure);
    }
    pe_table_set(s, &a->meta, "digests-all", pe_strdup(s, all->str));
    pe_table_set(s, &a->meta, "digests-secure", pe_strdup(s, secure->str));
    g_string_free(all, TRUE);
    g_string_free(secure, TRUE);
    return changed;
}

static int64_t priority_delay(const pe_sched *s, const pe_node *target)
{
    int members = 0, online = 0, top = 0, lowest = 0;

    if (target->type != PE_MEMBER || target->online) {
        return 0;
    }
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        const pe_node *n = s->nodes.v[i];

        if (n->type != PE_MEMBER) {
            continue;
        }
        online += n->online;
        top = members == 0 || n->priority > top ? n->priority : top;
        lowest = members == 0 || n->priority < lowest ? n->priority : lowest;
        members++;
    }
    return online > members / 2 || lowest == top || target->priority < top ? 0 : s->priority_fencing_delay;
}

pe_action *pe_fence_action(pe_sched *s, pe_node *n, const char *op, bool optional, const char *reason,
                           bool priority)
{
    bool created;
    char *key;
    pe_action *a;

    if (op == NULL) {
        op = s->stonith_action;
    }
    key = pe_printf(s, "stonith-%s-%s", n->name, op);
    a = singleton(s, key, "stonith", n, true, &created);
    if (created) {
        pe_table_set(s, &a->meta, "on_node", n->name);
        pe_table_set(s, &a->meta, "on_node_uuid", n->id);
        pe_table_set(s, &a->meta, "stonith_action", op);
        if (s->unfencing_enabled && unfencing_digests(s, a, n)) {
            optional = false;
        }
    }
    if (s->priority_fencing_delay > 0 &&
        (priority || pe_table_get(&a->meta, "priority-fencing-delay") != NULL)) {
        pe_table_set(s, &a->meta, "priority-fencing-delay",
                     pe_printf(s, "%lld", (long long)priority_delay(s, n)));
    }
    if (!optional && pe_can_fence(s, n)) {
        a->flags &= ~(uint32_t)AF_OPTIONAL;
    }
    if (reason != NULL) {
        pe_action_reason(s, a, reason, false);
    }
    return a;
}

static bool never_unfenced(const pe_node *n)
{
    const char *value = pe_attr(n, "#node-unfenced");

    return value == NULL || strcmp(value, "0") == 0;
}

void pe_order_unfence(pe_sched *s, pe_rsc *r, pe_node *n, pe_action *a, uint32_t flags)
{
    pe_action *unfence;

    if (n == NULL || !((r->fencedev && s->unfencing_enabled) || r->req_unfencing)) {
        return;
    }
    unfence = pe_fence_action(s, n, "on", true, NULL, false);
    pe_link(s, unfence, a, flags);
    if (never_unfenced(n)) {
        pe_trigger_unfencing(s, NULL, n, pe_printf(s, "required by %s %s", r->id, a->task_text), a);
    }
}

static bool unfenceable(const pe_node *n)
{
    return n->online && !n->unclean && !n->shutdown;
}

void pe_trigger_unfencing(pe_sched *s, pe_rsc *r, pe_node *n, const char *reason, pe_action *dependency)
{
    GHashTable *order;
    GHashTableIter iter;
    gpointer value;

    (void)dependency;
    if (!s->unfencing_enabled || (r != NULL && !r->fencedev)) {
        return;
    }
    if (n != NULL && unfenceable(n)) {
        pe_fence_action(s, n, "on", false, reason, false);
        return;
    }
    if (r == NULL) {
        return;
    }
    order = pe_hashed_nodes(s, &r->allowed);
    g_hash_table_iter_init(&iter, order);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (unfenceable(value)) {
            pe_fence_action(s, value, "on", false, reason, false);
        }
    }
    g_hash_table_destroy(order);
}
