/* What entries about migrations say about source and target (scheduler input §11.6). */
#include "pengine/history.h"

static xmlNode *find_op(struct evaluation *e, const char *task, const char *node, const char *source, int rc)
{
    xmlNode *found = NULL;

    xml_foreach(op, pe_history_of(e->s, node, e->r->id), "lrm_rsc_op") {
        const char *t = xml_get(op, "operation"), *other = NULL;

        if (t == NULL || strcmp(t, task) != 0) {
            continue;
        }
        if (source != NULL) {
            other = xml_get(op, strcmp(task, "migrate_to") == 0 ? "migrate_target" : "migrate_source");
            if (other == NULL || strcmp(other, source) != 0) {
                continue;
            }
        }
        if (found != NULL) {
            return NULL;
        }
        found = op;
    }
    if (found != NULL && rc >= 0 && (pe_history_rc(found) != rc || history_status(found) != 0)) {
        return NULL;
    }
    return found;
}

static bool non_monitor_newer(struct evaluation *e, const char *node, xmlNode *reference, bool same_node)
{
    xml_foreach(op, pe_history_of(e->s, node, e->r->id), "lrm_rsc_op") {
        const char *task = xml_get(op, "operation");

        if (task != NULL && (strcmp(task, "start") == 0 || strcmp(task, "stop") == 0 ||
                             strcmp(task, "migrate_to") == 0 || strcmp(task, "migrate_from") == 0) &&
            history_compare(op, reference, same_node) > 0) {
            return true;
        }
    }
    return false;
}

static bool newer_state(struct evaluation *e, const char *node, xmlNode *to, xmlNode *from)
{
    xmlNode *reference = to, *monitor;
    const char *source, *target;
    bool same_node = false;

    source = xml_get(from != NULL ? from : to, "migrate_source");
    target = xml_get(from != NULL ? from : to, "migrate_target");
    if (target != NULL && strcasecmp(node, target) == 0) {
        reference = from != NULL ? from : to;
        same_node = from != NULL;
    } else if (source != NULL && strcasecmp(node, source) == 0) {
        reference = to != NULL ? to : from;
        same_node = to != NULL;
    }
    if (non_monitor_newer(e, node, reference, same_node)) {
        return true;
    }
    monitor = find_op(e, "monitor", node, NULL, 7);
    return monitor != NULL && history_compare(monitor, reference, same_node) > 0;
}

/* Nothing but pending operations (rc 193) is recorded there. */
static bool unknown_on(struct evaluation *e, const char *node)
{
    xml_foreach(op, pe_history_of(e->s, node, e->r->id), "lrm_rsc_op") {
        const char *rc = xml_get(op, "rc-code");

        if (rc != NULL && strcmp(rc, "193") != 0) {
            return false;
        }
    }
    return true;
}

static void dangle(struct evaluation *e)
{
    struct pe_node_vec *v = &e->r->dangling;

    PE_PUSH(e->s, v, e->node);
    memmove(&v->v[1], &v->v[0], (v->n - 1) * sizeof(*v->v));
    v->v[0] = e->node;
}

static void lost_migration(pe_rsc *r)
{
    r->failed = r->stop_wanted = true;
    r->migratable = false;
}

/* An entry of another node's migration, or without names, says nothing. */
static bool of_this_node(const struct evaluation *e, const char *here, const char *other)
{
    return here != NULL && other != NULL && strcmp(here, e->node->name) == 0;
}

void history_migrate_to_success(struct evaluation *e, xmlNode *op)
{
    const char *source = xml_get(op, "migrate_source"), *target = xml_get(op, "migrate_target");
    pe_node *target_node;
    bool newer_source, newer_target;
    xmlNode *from;

    if (!of_this_node(e, source, target)) {
        return;
    }
    newer_source = non_monitor_newer(e, source, op, true);
    from = find_op(e, "migrate_from", target, source, -1);
    if (newer_source && from != NULL) {
        return;
    }
    newer_target = newer_state(e, target, op, from);
    if (newer_source && newer_target) {
        return;
    }
    e->r->role = ROLE_STARTED;
    target_node = pe_node_by_name(e->s, target);
    if (from != NULL && pe_history_rc(from) == 0 && history_status(from) == 0) {
        e->r->role = ROLE_STOPPED;
        dangle(e);
    } else if (from != NULL && history_status(from) != -1) {
        if (!newer_target && target_node != NULL && target_node->online) {
            pe_add_running(e->s, e->r, target_node, true);
        } else {
            lost_migration(e->r);
        }
    } else if (target_node != NULL && target_node->online && unknown_on(e, target)) {
        return;                 /* where nothing is known of the resource, it has not arrived */
    } else if (!newer_target && target_node != NULL && target_node->online) {
        pe_node *source_node = pe_node_by_name(e->s, source);

        pe_add_running(e->s, e->r, target_node, false);
        if (source_node != NULL && source_node->online) {
            e->r->partial_target = target_node;
            e->r->partial_source = source_node;
        }
    } else if (!newer_source) {
        lost_migration(e->r);
    }
}

void history_migrate_to_failure(struct evaluation *e, xmlNode *op)
{
    const char *source = xml_get(op, "migrate_source"), *target = xml_get(op, "migrate_target");
    xmlNode *from;

    if (!of_this_node(e, source, target)) {
        return;
    }
    e->r->role = ROLE_STARTED;
    from = find_op(e, "migrate_from", target, source, 0);
    if (!unknown_on(e, target) && !newer_state(e, target, op, from)) {
        pe_node *n = pe_node_by_name(e->s, target);

        if (n != NULL && n->online) {
            pe_add_running(e->s, e->r, n, false);
        }
    } else if (!non_monitor_newer(e, source, op, true)) {
        dangle(e);
    }
}

void history_migrate_from_failure(struct evaluation *e, xmlNode *op)
{
    const char *source = xml_get(op, "migrate_source"), *target = xml_get(op, "migrate_target");
    xmlNode *to;

    if (!of_this_node(e, target, source)) {
        return;
    }
    e->r->role = ROLE_STARTED;
    to = find_op(e, "migrate_to", source, target, 0);
    if (!unknown_on(e, source) && !newer_state(e, source, to, op)) {
        pe_node *n = pe_node_by_name(e->s, source);

        if (n != NULL && n->online) {
            pe_add_running(e->s, e->r, n, true);
        }
    }
}
