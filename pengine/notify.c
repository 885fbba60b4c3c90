/* Notifications of clones: pseudo actions, data, and the notify actions of instances (decisions §15). */
#include "pengine/pe.h"

#include <stdlib.h>

struct instance {
    const pe_rsc *rsc;
    const pe_node *node;
};
struct instance_list {
    struct instance *v;
    uint32_t n, cap;
};

struct notification {
    const struct pe_notify_pseudo *pseudo;
    struct instance_list active, inactive, unpromoted, promoted, start, stop, promote, demote;
    struct pe_table data;
};

/* ---- pseudo actions ---- */

static pe_action *pseudo(pe_sched *s, pe_rsc *r, pe_action *about, const char *task, const char *type)
{
    const char *key = pe_printf(s, "%s_%s_notify_%s_0", r->id, type, about->task_text);
    pe_action *a = pe_action_get(s, r, pe_key_text(s, r, key), task, NULL, (about->flags & AF_OPTIONAL) != 0,
                                 "notifications");

    a->flags |= AF_PSEUDO;
    pe_table_add(s, &a->meta, "notify_key_type", pe_strdup(s, type));
    pe_table_add(s, &a->meta, "notify_key_operation", about->task_text);
    return a;
}

static void about(pe_sched *s, pe_action *a, const char *type, enum pe_task task)
{
    pe_table_add(s, &a->meta, "notify_type", type);
    pe_table_add(s, &a->meta, "notify_operation", pe_task_text(task));
}

static void runnable_like(pe_action *a, const pe_action *done)
{
    a->flags = (a->flags & ~(uint32_t)AF_RUNNABLE) | (done->flags & AF_RUNNABLE);
}

struct pe_notify_pseudo *pe_notify_pseudo(pe_sched *s, pe_rsc *r, enum pe_task task, pe_action *action,
                                          pe_action *done)
{
    struct pe_notify_pseudo *n;

    if (!r->notify) {
        return NULL;
    }
    n = pe_alloc(s, sizeof(*n));
    n->task = task;
    if (action != NULL) {
        n->pre = pseudo(s, r, action, "notify", "pre");
        n->pre->flags |= AF_RUNNABLE;
        about(s, n->pre, "pre", task);
        n->pre_done = pseudo(s, r, action, "notified", "confirmed-pre");
        n->pre_done->flags |= AF_RUNNABLE;
        about(s, n->pre_done, "pre", task);
        pe_link(s, n->pre, n->pre_done, LF_SEQ);
        pe_link(s, n->pre_done, action, LF_SEQ);
    }
    if (done != NULL) {
        n->post = pseudo(s, r, done, "notify", "post");
        n->post->priority = SCORE_INF;
        runnable_like(n->post, done);
        about(s, n->post, "post", task);
        n->post_done = pseudo(s, r, done, "notified", "confirmed-post");
        n->post_done->priority = SCORE_INF;
        runnable_like(n->post_done, done);
        about(s, n->post_done, "post", task);
        pe_link(s, done, n->post, LF_PULL_THEN);
        pe_link(s, n->post, n->post_done, LF_PULL_THEN);
    }
    if (action != NULL && done != NULL) {
        pe_link(s, n->pre_done, n->post, LF_SEQ);
    }
    return n;
}

/* ---- data ---- */

static void add_instance(pe_sched *s, struct instance_list *list, const pe_rsc *r, const pe_node *n)
{
    PE_PUSH(s, list, ((struct instance){r, n}));
}

static void collect_state(pe_sched *s, pe_rsc *r, struct notification *n)
{
    const pe_node *node = r->running.n > 0 ? r->running.v[0] : NULL;

    switch (r->role) {
        case ROLE_STOPPED:
            add_instance(s, &n->inactive, r, NULL);
            break;
        case ROLE_STARTED:
            add_instance(s, &n->active, r, node);
            break;
        case ROLE_UNPROMOTED:
            add_instance(s, &n->unpromoted, r, node);
            add_instance(s, &n->active, r, node);
            break;
        case ROLE_PROMOTED:
            add_instance(s, &n->promoted, r, node);
            add_instance(s, &n->active, r, node);
            break;
        default:
            break;
    }
}

static void collect_actions(pe_sched *s, pe_rsc *r, struct notification *n)
{
    for (uint32_t i = r->actions.n; i > 0; i--) {
        const pe_action *a = r->actions.v[i - 1];

        if ((a->flags & AF_OPTIONAL) || a->node == NULL ||
            (!(a->flags & AF_RUNNABLE) && !(a->task == TASK_STOP && a->node->unclean))) {
            continue;
        }
        switch (a->task) {
            case TASK_START: add_instance(s, &n->start, r, a->node); break;
            case TASK_STOP: add_instance(s, &n->stop, r, a->node); break;
            case TASK_PROMOTE: add_instance(s, &n->promote, r, a->node); break;
            case TASK_DEMOTE: add_instance(s, &n->demote, r, a->node); break;
            default: break;
        }
    }
}

static void collect(pe_sched *s, pe_rsc *r, struct notification *n)
{
    for (uint32_t i = 0; i < r->children.n; i++) {
        collect(s, r->children.v[i], n);
    }
    if (r->children.n == 0) {
        collect_state(s, r, n);
        collect_actions(s, r, n);
    }
}

static int by_name(const void *va, const void *vb)
{
    const struct instance *a = va, *b = vb;
    int order = strcmp(a->rsc->id, b->rsc->id);

    if (order != 0 || a->node == NULL || b->node == NULL) {
        return order != 0 ? order : (a->node != NULL) - (b->node != NULL);
    }
    return strcmp(a->node->id, b->node->id);
}

static void list_data(pe_sched *s, struct notification *n, struct instance_list *list, const char *name,
                      bool names)
{
    GString *ids = g_string_new(NULL), *nodes = g_string_new(NULL);
    const pe_rsc *last = NULL;

    if (list->n > 1) {
        qsort(list->v, list->n, sizeof(*list->v), by_name);
    }
    for (uint32_t i = 0; i < list->n; i++) {
        const struct instance *e = &list->v[i];

        if ((names && e->node == NULL) || e->rsc == last) {
            continue;
        }
        last = e->rsc;
        g_string_append_printf(ids, "%s%s", ids->len > 0 ? " " : "", e->rsc->id);
        if (names) {
            g_string_append_printf(nodes, "%s%s", nodes->len > 0 ? " " : "", e->node->name);
        }
    }
    pe_table_add(s, &n->data, pe_printf(s, "notify_%s_resource", name),
                 pe_strdup(s, ids->len > 0 ? ids->str : " "));
    if (names) {
        pe_table_add(s, &n->data, pe_printf(s, "notify_%s_uname", name),
                     pe_strdup(s, nodes->len > 0 ? nodes->str : " "));
    }
    g_string_free(ids, TRUE);
    g_string_free(nodes, TRUE);
}

static void node_data(pe_sched *s, struct notification *n, const char *name, const pe_rsc *allowed,
                      bool hosts)
{
    GString *names = g_string_new(NULL);

    for (uint32_t i = 0; i < s->nodes.n; i++) {
        const pe_node *node = s->nodes.v[i];

        if (allowed != NULL && pe_own_entry(s, &allowed->allowed, node) == NULL) {
            continue;
        }
        if (hosts && pe_is_guest(node) && node->conn->container->running.n > 0) {
            node = pe_current(node->conn->container, NULL, NULL);
        }
        g_string_append_printf(names, "%s%s", names->len > 0 ? " " : "", node->name);
    }
    pe_table_add(s, &n->data, name, pe_strdup(s, names->len > 0 ? names->str : " "));
    g_string_free(names, TRUE);
}

static void build_data(pe_sched *s, pe_rsc *clone, struct notification *n)
{
    const char *target = pe_meta(clone, "container-attribute-target");

    list_data(s, n, &n->stop, "stop", true);
    list_data(s, n, &n->start, "start", true);
    list_data(s, n, &n->demote, "demote", true);
    list_data(s, n, &n->promote, "promote", true);
    list_data(s, n, &n->active, "active", true);
    list_data(s, n, &n->unpromoted, "unpromoted", true);
    list_data(s, n, &n->unpromoted, "slave", true);
    list_data(s, n, &n->promoted, "promoted", true);
    list_data(s, n, &n->promoted, "master", true);
    list_data(s, n, &n->inactive, "inactive", false);
    node_data(s, n, "notify_available_uname", clone, false);
    node_data(s, n, "notify_all_uname", NULL, false);
    if (target != NULL && strcasecmp(target, "host") == 0) {
        node_data(s, n, "notify_all_hosts", NULL, true);
    }
}

/* ---- actions of instances ---- */

static pe_action *notify_action(pe_sched *s, pe_rsc *r, pe_node *node, pe_action *base, pe_action *done,
                                const struct notification *n)
{
    const char *key;
    pe_action *a;

    if (base == NULL || done == NULL || !node->online || !(base->flags & AF_RUNNABLE)) {
        return NULL;
    }
    key = pe_printf(s, "%s_%s_notify_%s_0", r->id, pe_table_get(&base->meta, "notify_type"),
                    pe_table_get(&base->meta, "notify_operation"));
    a = pe_action_get(s, r, pe_key_text(s, r, key), base->task_text, node, (base->flags & AF_OPTIONAL) != 0,
                      "notifications");
    pe_table_merge(s, &a->meta, &base->meta);
    pe_table_merge(s, &a->meta, &n->data);
    pe_link(s, base, a, LF_SEQ);
    pe_link(s, a, done, LF_SEQ);
    return a;
}

static void post_notify(pe_sched *s, pe_rsc *r, pe_node *node, const struct notification *n)
{
    pe_action *a = notify_action(s, r, node, n->pseudo->post, n->pseudo->post_done, n);

    if (a != NULL) {
        a->priority = SCORE_INF;
    }
    for (uint32_t i = r->actions.n; n->pseudo->post_done != NULL && i > 0; i--) {
        pe_action *recurring = r->actions.v[i - 1];
        const char *interval = pe_table_get(&recurring->meta, "interval");

        if (interval != NULL && strcmp(interval, "0") != 0 && recurring->task != TASK_CANCEL) {
            pe_link(s, n->pseudo->post_done, recurring, LF_SEQ);
        }
    }
}

static void before_and_after_stop(pe_sched *s, pe_rsc *r, const struct notification *n)
{
    const pe_action *stop = pe_find_first(r, TASK_STOP, NULL);

    for (uint32_t i = 0; i < r->running.n; i++) {
        pe_node *node = r->running.v[i];

        if (stop != NULL && (stop->flags & AF_PSEUDO) && (node->unclean || node->reset_needed)) {
            continue;
        }
        notify_action(s, r, node, n->pseudo->pre, n->pseudo->pre_done, n);
        if (n->pseudo->task == TASK_DEMOTE || stop == NULL || (stop->flags & AF_OPTIONAL)) {
            post_notify(s, r, node, n);
        }
    }
}

static void before_and_after_start(pe_sched *s, pe_rsc *r, const struct notification *n)
{
    const pe_action *start = pe_find_first(r, TASK_START, NULL);

    if (start != NULL && start->node != NULL && start->node->conn != NULL) {
        const pe_action *conn_start = pe_find_first(start->node->conn, TASK_START, NULL);

        if (conn_start != NULL && !(conn_start->flags & AF_RUNNABLE)) {
            return;
        }
    }
    if (r->assigned == NULL) {
        return;
    }
    if (n->pseudo->task != TASK_START || start == NULL || (start->flags & AF_OPTIONAL)) {
        notify_action(s, r, r->assigned, n->pseudo->pre, n->pseudo->pre_done, n);
    }
    post_notify(s, r, r->assigned, n);
}

static void create_for(pe_sched *s, pe_rsc *r, const struct notification *n)
{
    enum pe_task task = n->pseudo->task;

    if (r->children.n > 0) {
        for (uint32_t i = 0; i < r->children.n; i++) {
            create_for(s, r->children.v[i], n);
        }
        return;
    }
    for (uint32_t i = r->actions.n; i > 0; i--) {
        pe_action *a = r->actions.v[i - 1];

        if (!(a->flags & AF_OPTIONAL) && a->node != NULL &&
            (a->task == TASK_START || a->task == TASK_STOP || a->task == TASK_PROMOTE ||
             a->task == TASK_DEMOTE)) {
            pe_table_merge(s, &a->meta, &n->data);
        }
    }
    if ((task == TASK_START && n->start.n == 0) || (task == TASK_PROMOTE && n->promote.n == 0) ||
        (task == TASK_DEMOTE && n->demote.n == 0)) {
        return;
    }
    if (r->role != ROLE_STOPPED && (task == TASK_STOP || task == TASK_DEMOTE)) {
        before_and_after_stop(s, r, n);
    }
    if (r->next != ROLE_STOPPED && (task == TASK_START || task == TASK_PROMOTE)) {
        before_and_after_start(s, r, n);
    }
}

static void require(pe_action *a)
{
    if (a != NULL) {
        a->flags &= ~(uint32_t)AF_OPTIONAL;
    }
}

void pe_notifications(pe_sched *s, pe_rsc *clone, struct pe_notify_pseudo *pseudo_actions)
{
    struct notification n = {.pseudo = pseudo_actions};
    const struct instance_list *own;

    if (pseudo_actions == NULL) {
        return;
    }
    collect(s, clone, &n);
    build_data(s, clone, &n);
    own = pseudo_actions->task == TASK_START ? &n.start : pseudo_actions->task == TASK_STOP ? &n.stop :
        pseudo_actions->task == TASK_PROMOTE ? &n.promote : &n.demote;
    if (own->n > 0) {
        require(pseudo_actions->pre);
        require(pseudo_actions->pre_done);
        require(pseudo_actions->post);
        require(pseudo_actions->post_done);
    }
    create_for(s, clone, &n);
}

void pe_fencing_notifications(pe_sched *s, pe_rsc *r, pe_action *fence, pe_action *stop)
{
    struct notification n = {.pseudo = pe_notify_pseudo(s, r, TASK_STOP, NULL, fence)};

    if (n.pseudo == NULL) {
        return;
    }
    pe_table_add(s, &n.data, "notify_stop_resource", r->id);
    if (stop->node != NULL) {
        pe_table_add(s, &n.data, "notify_stop_uname", stop->node->name);
    }
    create_for(s, pe_top(r), &n);
}
