/* What the operation history says about a resource on a node (scheduler input §11). */
#include "pengine/pe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* The evaluation of one lrm_resource. */
struct evaluation {
    pe_sched *s;
    pe_rsc *r;
    pe_node *node;
    enum pe_on_fail on_fail;
    xmlNode *last_failure;
};

int pe_history_rc(const xmlNode *op)
{
    return (int)int_parse(xml_get(op, "rc-code"), -1);
}

static bool decode_key(const char *key, int *action, int *transition, int *target, const char **uuid)
{
    int used = 0;

    if (key == NULL || sscanf(key, "%d:%d:%d:%n", action, transition, target, &used) != 3 || used == 0) {
        return false;
    }
    *uuid = key + used;
    return true;
}

int pe_op_target_rc(const xmlNode *op)
{
    int action, transition, target;
    const char *uuid;

    return decode_key(xml_get(op, "transition-key"), &action, &transition, &target, &uuid) ? target : -1;
}

/* The history records milliseconds. */
uint32_t pe_op_interval(const xmlNode *op)
{
    long long ms = int_parse(xml_get(op, "interval"), 0);

    return ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

static int op_status(const xmlNode *op)
{
    return (int)int_parse(xml_get(op, "op-status"), -2);
}

static bool is_probe_op(const xmlNode *op)
{
    return pe_is_probe(xml_get(op, "operation"), pe_op_interval(op));
}

bool pe_maskable_probe(const xmlNode *op)
{
    int rc = pe_history_rc(op);

    return is_probe_op(op) && (rc == 5 || rc == 2 || op_status(op) == 7);
}

/* ---- order of history entries ---- */

struct entry_key {
    const char *node, *id, *magic;
    int64_t call, changed;
};

static struct entry_key entry_key(const xmlNode *op)
{
    return (struct entry_key){
        .node = xml_get(op, "on_node"), .id = xml_id(op), .magic = xml_get(op, "transition-magic"),
        .call = int_parse(xml_get(op, "call-id"), -1), .changed = int_parse(xml_get(op, "last-rc-change"), -1),
    };
}

static int compare_pending(const struct entry_key *a, const struct entry_key *b)
{
    int status, rc, action, transition_a, transition_b, target, used_a = 0, used_b = 0;
    const char *uuid_a, *uuid_b;

    if (a->magic == NULL || b->magic == NULL || sscanf(a->magic, "%d:%d;%n", &status, &rc, &used_a) != 2 ||
        sscanf(b->magic, "%d:%d;%n", &status, &rc, &used_b) != 2 ||
        !decode_key(a->magic + used_a, &action, &transition_a, &target, &uuid_a) ||
        !decode_key(b->magic + used_b, &action, &transition_b, &target, &uuid_b)) {
        return 0;
    }
    if (strcmp(uuid_a, uuid_b) != 0 || transition_a == transition_b) {
        return a->call == -1 ? 1 : b->call == -1 ? -1 : 0;
    }
    if ((transition_a >= 0 && transition_a < transition_b) || transition_b == -1) {
        return -1;
    }
    return 1;
}

/* Negative when a is older than b. */
static int compare_ops(const xmlNode *op_a, const xmlNode *op_b, bool same_node_default)
{
    struct entry_key a = entry_key(op_a), b = entry_key(op_b);
    bool same_node = a.node == NULL || b.node == NULL ? same_node_default : strcasecmp(a.node, b.node) == 0;

    if (same_node && a.id != NULL && b.id != NULL && strcmp(a.id, b.id) == 0) {
        return 0;
    }
    if (a.call == -1 && b.call == -1) {
        return 0;
    }
    if (same_node && a.call >= 0 && a.call < b.call) {
        return -1;
    }
    if (same_node && b.call >= 0 && a.call > b.call) {
        return 1;
    }
    if (a.call >= 0 && b.call >= 0 && (!same_node || a.call == b.call)) {
        if (a.changed >= 0 && a.changed < b.changed) {
            return -1;
        }
        return b.changed >= 0 && a.changed > b.changed ? 1 : 0;
    }
    return compare_pending(&a, &b);
}

static int by_age(const void *a, const void *b, void *arg)
{
    return compare_ops(a, b, true);
}

int pe_sorted_history(pe_sched *s, xmlNode *lrm_rsc, xmlNode ***out)
{
    uint32_t n = 0;

    xml_foreach(op, lrm_rsc, "lrm_rsc_op") {
        n++;
    }
    *out = n == 0 ? NULL : pe_alloc(s, n * sizeof(**out));
    uint32_t i = n;

    xml_foreach(op, lrm_rsc, "lrm_rsc_op") {
        (*out)[--i] = op;
    }
    pe_sort((void **)*out, n, by_age, NULL);
    return (int)n;
}

/* ---- finding the resource ---- */

pe_rsc *pe_find_member(pe_sched *s, pe_rsc *root, const char *base)
{
    if (strcmp(pe_config_id(s, root), base) == 0) {
        return root;
    }
    for (uint32_t i = 0; i < root->children.n; i++) {
        pe_rsc *found = pe_find_member(s, root->children.v[i], base);

        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static bool somewhere(const pe_rsc *r)
{
    if (r->children.n > 0) {
        for (uint32_t i = 0; i < r->children.n; i++) {
            if (somewhere(r->children.v[i])) {
                return true;
            }
        }
        return false;
    }
    return r->running.n > 0 || r->pending_node != NULL;
}

static pe_rsc *orphan_instance(pe_sched *s, pe_rsc *clone, const char *base)
{
    pe_rsc *instance = pe_clone_instance(s, clone);

    return instance == NULL ? NULL : pe_find_member(s, instance, base);
}

static pe_rsc *find_instance(pe_sched *s, pe_node *node, pe_rsc *clone, const char *base)
{
    pe_rsc *found = NULL, *inactive = NULL;
    bool skip_inactive = false;

    for (uint32_t i = 0; found == NULL && i < clone->children.n; i++) {
        pe_rsc *instance = clone->children.v[i];

        if (somewhere(instance)) {
            if (pe_where_is(instance, WHERE_PENDING) != node) {
                continue;
            }
            found = pe_find_member(s, instance, base);
            if (found != NULL && found->running.n > 0) {
                skip_inactive = true;
                found = NULL;
            }
        } else if (!skip_inactive && inactive == NULL && !instance->blocked) {
            inactive = pe_find_member(s, instance, base);
            if (inactive != NULL && inactive->pending_node != NULL && inactive->pending_node != node) {
                inactive = NULL;
            }
        }
    }
    if (found == NULL && !skip_inactive) {
        found = inactive;
    }
    if (found != NULL && !found->req_fencing && !pe_clean(node) && !pe_is_guest(node) &&
        clone->clone->max != (int)s->nodes.n) {
        found = NULL;
    }
    return found != NULL ? found : orphan_instance(s, clone, base);
}

static pe_rsc *find_resource(pe_sched *s, pe_node *node, const char *id)
{
    pe_rsc *r = pe_rsc_by_id(s, id), *top = NULL;

    if (r == NULL) {
        char *zero = g_strdup_printf("%s:0", pe_base_name(s, id));

        r = pe_rsc_by_id(s, zero);
        g_free(zero);
        if (r == NULL || r->unique) {
            return NULL;
        }
        top = pe_top(r);
    } else if (r->variant != PE_PRIMITIVE) {
        return NULL;
    } else {
        top = pe_top(r);
    }
    if (pe_is_anonymous_clone(top)) {
        if (pe_bundled(top)) {
            struct pe_replica *p = pe_replica_on_node(top->parent, node);

            r = p != NULL ? p->child : NULL;
        } else {
            r = find_instance(s, node, top, pe_base_name(s, id));
        }
    }
    if (r != NULL && strcmp(r->id, id) != 0 && (r->hname == NULL || strcmp(r->hname, id) != 0)) {
        pe_set_hname(s, r, id);
    }
    return r;
}

static pe_rsc *orphan_resource(pe_sched *s, const char *id, xmlNode *lrm_rsc, pe_node *node)
{
    xmlNode *xml = xml_add(s->priv->scratch, "primitive");
    pe_rsc *r;

    (void)node;
    xml_copy_attrs(xml, lrm_rsc);
    xml_set(xml, "id", id);
    r = pe_unpack_rsc(s, xml, NULL, -1);
    if (r == NULL) {
        return NULL;
    }
    if (r->is_conn) {
        pe_node *n = pe_node_by_name(s, id);

        if (n == NULL) {
            n = pe_node_new(s, id, id, PE_REMOTE, NULL);
        }
        pe_link_connection(s, r);
        n->shutdown = true;
    }
    if (pe_meta(r, "container") != NULL) {
        r->filler_orphan = true;
    }
    r->orphan = true;
    PE_PUSH(s, &s->resources, r);
    if (!s->stop_orphans) {
        r->managed = false;
    } else {
        pe_ban(s, r, NULL, "orphaned resources do not run");
    }
    return r;
}

/* ---- state changes ---- */

static void record_failure(struct evaluation *e, xmlNode *op)
{
    pe_sched *s = e->s;
    const char *key = xml_get(op, "operation_key"), *task;
    struct pe_failed_op *failed;
    char *combined, *lower;
    uint32_t interval;

    if (!e->node->online) {
        return;
    }
    combined = g_strdup_printf("%s\n%s", key != NULL ? key : "", e->node->name);
    lower = g_ascii_strdown(combined, -1);
    g_free(combined);
    if (!g_hash_table_add(s->priv->failed_keys, lower)) {
        return;
    }
    if (s->n_failed == s->cap_failed) {
        s->failed = pe_grow(s, s->failed, &s->cap_failed, s->n_failed, sizeof(*s->failed));
    }
    failed = &s->failed[s->n_failed++];
    *failed = (struct pe_failed_op){op, e->node->name, e->r->id, NULL};
    if (key != NULL && !pe_parse_op_key(s, key, &failed->key_rsc, &task, &interval)) {
        failed->key_rsc = NULL;
    }
}

static void set_active(pe_rsc *r)
{
    r->role = pe_top(r)->promotable ? ROLE_UNPROMOTED : ROLE_STARTED;
}

/* What a ban because of a failure on the node applies to. */
static pe_rsc *fail_parent(pe_rsc *r)
{
    return r->unique ? r : pe_top(r);
}

static void unrecoverable(struct evaluation *e, const char *task)
{
    if (strcmp(task, "stop") == 0 && !pe_can_fence(e->s, e->node)) {
        e->r->managed = false;
        e->r->blocked = true;
    }
}

/* ---- migration history ---- */

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
    if (found != NULL && rc >= 0 && (pe_history_rc(found) != rc || op_status(found) != 0)) {
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
            compare_ops(op, reference, same_node) > 0) {
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
    return monitor != NULL && compare_ops(monitor, reference, same_node) > 0;
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

static void migrate_to_success(struct evaluation *e, xmlNode *op)
{
    const char *source = xml_get(op, "migrate_source"), *target = xml_get(op, "migrate_target");
    pe_node *target_node;
    bool newer_source, newer_target;
    xmlNode *from;

    if (source == NULL || target == NULL) {
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
    if (from != NULL && pe_history_rc(from) == 0 && op_status(from) == 0) {
        e->r->role = ROLE_STOPPED;
        dangle(e);
    } else if (from != NULL && op_status(from) != -1) {
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

static void migrate_to_failure(struct evaluation *e, xmlNode *op)
{
    const char *source = xml_get(op, "migrate_source"), *target = xml_get(op, "migrate_target");
    xmlNode *from;

    if (source == NULL || target == NULL) {
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

static void migrate_from_failure(struct evaluation *e, xmlNode *op)
{
    const char *source = xml_get(op, "migrate_source"), *target = xml_get(op, "migrate_target");
    xmlNode *to;

    if (source == NULL || target == NULL) {
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

/* ---- one entry ---- */

/* In old histories the id of an entry is its key. */
static const char *key_of_entry(const xmlNode *op)
{
    const char *key = xml_get(op, "operation_key");

    return key != NULL ? key : xml_id(op);
}

static bool same_operation(const xmlNode *a, const xmlNode *b)
{
    const char *x = key_of_entry(a), *y = key_of_entry(b);

    return x != NULL && y != NULL && strcmp(x, y) == 0;
}

static void clear_failure(struct evaluation *e)
{
    switch (e->on_fail) {
        case ONFAIL_BLOCK:
        case ONFAIL_IGNORE:
        case ONFAIL_DEMOTE:
        case ONFAIL_RECOVER:
        case ONFAIL_RESTART_CONTAINER:
            e->on_fail = ONFAIL_IGNORE;
            e->r->next = ROLE_UNKNOWN;
            break;
        case ONFAIL_RESET_REMOTE:
            if (e->r->reconnect_ms == 0) {
                e->on_fail = ONFAIL_IGNORE;
                e->r->next = ROLE_UNKNOWN;
            }
            break;
        default:
            break;
    }
}

static void update_state(struct evaluation *e, xmlNode *op, int rc)
{
    const char *task = xml_get(op, "operation");
    bool clear = false;
    pe_rsc *r = e->r;

    if (rc == 5 || (!pe_bundled(r) && pe_maskable_probe(op))) {
        r->role = ROLE_STOPPED;
    } else if (rc == 7) {
        clear = true;
    } else if (strcmp(task, "monitor") == 0) {
        clear = e->last_failure != NULL && same_operation(op, e->last_failure);
        if (r->role < ROLE_STARTED) {
            set_active(r);
        }
    } else if (strcmp(task, "start") == 0) {
        r->role = ROLE_STARTED;
        clear = true;
    } else if (strcmp(task, "stop") == 0) {
        r->role = ROLE_STOPPED;
        clear = true;
    } else if (strcmp(task, "promote") == 0) {
        r->role = ROLE_PROMOTED;
        clear = true;
    } else if (strcmp(task, "demote") == 0) {
        clear = e->on_fail == ONFAIL_DEMOTE;
        r->role = ROLE_UNPROMOTED;
    } else if (strcmp(task, "migrate_from") == 0) {
        r->role = ROLE_STARTED;
        clear = true;
    } else if (strcmp(task, "migrate_to") == 0) {
        migrate_to_success(e, op);
    } else if (r->role < ROLE_STARTED) {
        set_active(r);
    }
    if (clear) {
        clear_failure(e);
    }
}

static void failure(struct evaluation *e, xmlNode *op, int rc)
{
    const char *task = xml_get(op, "operation");
    enum pcmk_role fail_role;
    enum pe_on_fail on_fail = pe_op_on_fail(e->s, e->r, task, pe_op_interval(op), &fail_role);
    pe_rsc *r = e->r;

    e->last_failure = op;
    if (e->s->symmetric || rc != 5) {
        record_failure(e, op);
    }
    if (e->on_fail < on_fail) {
        e->on_fail = on_fail;
    }
    if (strcmp(task, "stop") == 0) {
        pe_ban(e->s, r, e->node, "its stop failed there");
    } else if (strcmp(task, "migrate_to") == 0) {
        migrate_to_failure(e, op);
    } else if (strcmp(task, "migrate_from") == 0) {
        migrate_from_failure(e, op);
    } else if (strcmp(task, "promote") == 0) {
        r->role = ROLE_PROMOTED;
    } else if (strcmp(task, "demote") == 0) {
        if (on_fail == ONFAIL_BLOCK) {
            r->role = ROLE_PROMOTED;
            r->next = ROLE_STOPPED;
        } else {
            r->role = rc == 7 ? ROLE_STOPPED : ROLE_UNPROMOTED;
        }
    }
    if (is_probe_op(op) && rc == 5) {
        r->role = ROLE_STOPPED;
    } else if (r->role < ROLE_STARTED) {
        set_active(r);
    }
    if (fail_role != ROLE_STARTED && r->next < fail_role) {
        r->next = fail_role;
    }
    if (fail_role == ROLE_STOPPED) {
        pe_rsc *top = pe_top(r);

        pe_rebuild_allowed(e->s, pe_is_clone(top) && !r->unique ? top : r);
    }
}

/* Result and status as the scheduler understands them. */
static void remap(struct evaluation *e, xmlNode *op, int *rc, int *status, int target)
{
    const char *task = xml_get(op, "operation");
    bool probe = is_probe_op(op);

    if (strcmp(task, "monitor") == 0 && (*rc == 190 || *rc == 191)) {
        *rc = *rc == 190 ? 0 : 8;
        if (!e->node->shutdown || e->node->online) {
            record_failure(e, op);
        }
    }
    if (!pe_bundled(e->r) && pe_maskable_probe(op)) {
        *status = 0;
        *rc = 7;
    }
    if (*status != 0 && *status != 4) {
        return;
    }
    *status = target < 0 || target == *rc ? 0 : 4;
    if (target < 0) {
        *status = 4;
    }
    switch (*rc) {
        case 0:
            if (probe && target == 7) {
                *status = 0;
            }
            break;
        case 7:
            if (probe || target == 7 || !e->r->managed) {
                *status = 0;
                e->r->role = ROLE_STOPPED;
                e->on_fail = ONFAIL_IGNORE;
                e->r->next = ROLE_UNKNOWN;
            }
            break;
        case 8:
            if (probe && target != 8) {
                *status = 0;
            }
            e->r->role = ROLE_PROMOTED;
            break;
        case 191:
        case 9:
            e->r->role = ROLE_PROMOTED;
            *status = 4;
            break;
        case 6:
            *status = 6;
            break;
        case 3:
            if (pe_op_interval(op) > 0) {
                *status = 3;
                break;
            }
            unrecoverable(e, task);
            *status = 5;
            break;
        case 5:
        case 2:
        case 4:
            unrecoverable(e, task);
            *status = 5;
            break;
        default:
            *status = *status == 0 ? 4 : *status;
    }
}

static void pending(struct evaluation *e, xmlNode *op)
{
    const char *task = xml_get(op, "operation");

    if (strcmp(task, "start") == 0) {
        e->r->start_pending = true;
        set_active(e->r);
    } else if (strcmp(task, "promote") == 0) {
        e->r->role = ROLE_PROMOTED;
    } else if (strcmp(task, "migrate_to") == 0 && e->node->unclean) {
        pe_node *n = pe_node_by_name(e->s, xml_get(op, "migrate_target"));

        if (n != NULL) {
            pe_act(e->s, e->r, TASK_STOP, n, false, "its migration source is unclean");
        }
    }
    if (e->r->pending_task == NULL && !is_probe_op(op)) {
        e->r->pending_task = task;
        e->r->pending_node = e->node;
    }
}

static void error_entry(struct evaluation *e, xmlNode *op, int rc, int status, int target)
{
    const char *task = xml_get(op, "operation");
    enum pcmk_role fail_role;
    enum pe_on_fail configured = pe_op_on_fail(e->s, e->r, task, pe_op_interval(op), &fail_role);

    if (configured == ONFAIL_IGNORE || (configured == ONFAIL_RESTART_CONTAINER && strcmp(task, "stop") == 0)) {
        update_state(e, op, target);
        e->r->fail_ignored = true;
        record_failure(e, op);
        if (configured == ONFAIL_RESTART_CONTAINER && e->on_fail <= ONFAIL_RECOVER) {
            e->on_fail = configured;
        }
        return;
    }
    failure(e, op, rc);
    if (status == 5) {
        pe_ban(e->s, fail_parent(e->r), e->node, "a hard error there");
    } else if (status == 6) {
        pe_ban(e->s, fail_parent(e->r), NULL, "a fatal error");
    }
}

static void not_installed(struct evaluation *e, xmlNode *op, int rc)
{
    enum pcmk_role fail_role;

    if (pe_op_on_fail(e->s, e->r, xml_get(op, "operation"), pe_op_interval(op), &fail_role) == ONFAIL_IGNORE) {
        e->on_fail = ONFAIL_MIGRATE;
    }
    pe_ban(e->s, fail_parent(e->r), e->node, "not installed there");
    failure(e, op, rc);
}

static void mark_for_reschedule(pe_sched *s, xmlNode *op)
{
    if (s->priv->override == NULL) {
        s->priv->override = g_hash_table_new(g_direct_hash, g_direct_equal);
    }
    g_hash_table_insert(s->priv->override, op, (char *)"calculated-failure-timeout");
}

static void entry(struct evaluation *e, xmlNode *op)
{
    const char *task = xml_get(op, "operation");
    int rc = pe_history_rc(op), original = rc, status = op_status(op), target = pe_op_target_rc(op);
    bool expired = false, maskable;

    if (task == NULL || xml_id(op) == NULL || strcmp(task, "notify") == 0 || strcmp(task, "meta-data") == 0 ||
        status < -1 || status > 11) {
        return;
    }
    if (status != 7) {
        expired = pe_check_expired(e->s, e->r, e->node, op);
    }
    remap(e, op, &rc, &status, target);
    maskable = !pe_bundled(e->r) && pe_maskable_probe(op);
    if (expired && maskable && original != target) {
        if (e->r->role <= ROLE_STOPPED) {
            e->r->role = ROLE_UNKNOWN;
        }
        return;
    }
    if (expired && rc != target) {
        if (pe_op_interval(op) == 0) {
            return;
        }
        if (pe_clean(e->node)) {
            mark_for_reschedule(e->s, op);
            return;
        }
    }
    if (maskable) {
        update_state(e, op, target);
        record_failure(e, op);
        pe_ban(e->s, fail_parent(e->r), e->node, "a probe says it cannot run there");
        return;
    }
    switch (status) {
        case 1:
            break;
        case -1:
            pending(e, op);
            break;
        case 0:
            update_state(e, op, rc);
            break;
        case 7:
            not_installed(e, op, rc);
            break;
        case 8:
            if (e->node->type == PE_REMOTE && e->node->conn != NULL && e->node->conn->managed) {
                e->node->conn->failed = e->node->conn->stop_wanted = true;
            }
            error_entry(e, op, rc, status, target);
            break;
        case 10:
        case 11:
            error_entry(e, op, rc, 5, target);
            break;
        default:
            error_entry(e, op, rc, status, target);
    }
}

/* ---- the whole history of one resource on one node ---- */

void pe_history_limits(pe_sched *s, xmlNode **ops, int n, int *start, int *stop)
{
    int implied_monitor = -1, implied_clone = -1;

    (void)s;
    *start = *stop = -1;
    for (int i = 0; i < n; i++) {
        const char *task = xml_get(ops[i], "operation"), *status = xml_get(ops[i], "op-status");
        int rc = pe_history_rc(ops[i]);

        if (task == NULL) {
            continue;
        }
        if (strcmp(task, "stop") == 0 && status != NULL && strcmp(status, "0") == 0) {
            *stop = i;
        } else if (strcmp(task, "start") == 0 || strcmp(task, "migrate_from") == 0) {
            *start = i;
        } else if (implied_monitor <= *stop && strcmp(task, "monitor") == 0) {
            if (rc == 0 || rc == 8) {
                implied_monitor = i;
            }
        } else if (strcmp(task, "promote") == 0 || strcmp(task, "demote") == 0) {
            implied_clone = i;
        }
    }
    if (*start == -1) {
        *start = implied_clone != -1 ? implied_clone : implied_monitor;
    }
}

static void recurring_actions(struct evaluation *e, xmlNode **ops, int n, int start, int stop)
{
    for (int i = 0; i < n && e->node->online; i++) {
        const char *task = xml_get(ops[i], "operation"), *status = xml_get(ops[i], "op-status");
        uint32_t interval = pe_op_interval(ops[i]);

        if ((start < stop && i <= stop) || i < start || interval == 0 || task == NULL ||
            (status != NULL && strcmp(status, "-1") == 0)) {
            continue;
        }
        pe_action_get(e->s, e->r, pe_key_op(e->s, e->r, task, interval), task, e->node, true, "active operation");
    }
}

static void set_known(struct evaluation *e)
{
    for (pe_rsc *p = e->r; p != NULL; p = p->parent) {
        pe_set_known(e->s, p, e->node);
        if (p->unique) {
            break;
        }
    }
}

static void fence_for_activity(struct evaluation *e)
{
    pe_sched *s = e->s;
    pe_node *n = e->node;
    const char *reason;

    if (pe_is_guest(n)) {
        e->r->failed = e->r->stop_wanted = true;
        pe_fence_request(s, n, pe_printf(s, "%s is thought to be active there", e->r->id), false);
        return;
    }
    if (!s->stonith_enabled) {
        return;
    }
    if (pe_is_remote(n) && n->conn != NULL && !n->conn->failed) {
        n->unseen = true;
        reason = pe_printf(s, "%s is active there (fencing will be revoked if remote connection can be "
                           "re-established elsewhere)", e->r->id);
    } else {
        reason = pe_printf(s, "%s is thought to be active there", e->r->id);
    }
    pe_fence_request(s, n, reason, false);
}

static void reset_remote(struct evaluation *e)
{
    pe_sched *s = e->s;
    pe_rsc *r = e->r;

    r->failed = r->stop_wanted = true;
    if (s->stonith_enabled) {
        pe_node *n = r->is_conn ? pe_node_by_name(s, r->id) : NULL;

        if (n != NULL && pe_is_remote(n) && !n->was_fenced) {
            pe_fence_request(s, n, "remote connection is unrecoverable", false);
        }
    }
    if (r->role > ROLE_STOPPED) {
        pe_act(s, r, TASK_STOP, e->node, false, "its connection must be reset");
    }
    if (r->reconnect_ms != 0) {
        r->next = ROLE_STOPPED;
    }
}

static void restart_container(struct evaluation *e)
{
    pe_sched *s = e->s;
    pe_rsc *r = e->r;

    r->failed = r->stop_wanted = true;
    if (r->container != NULL && pe_bundled(r)) {
        PE_PUSH(s, &s->bundle_restarts, r->container);
    } else if (r->container != NULL) {
        pe_act(s, r->container, TASK_STOP, e->node, false, "a resource it contains failed");
    } else if (r->role >= ROLE_STARTED) {
        pe_act(s, r, TASK_STOP, e->node, false, "its failure is recovered by restarting its container");
    }
}

static void act_on_failure(struct evaluation *e)
{
    pe_sched *s = e->s;
    pe_rsc *r = e->r;

    switch (e->on_fail) {
        case ONFAIL_IGNORE:
            break;
        case ONFAIL_DEMOTE:
            r->failed = true;
            pe_act(s, r, TASK_DEMOTE, e->node, false, "it failed and on-fail is demote");
            break;
        case ONFAIL_FENCE:
            pe_fence_request(s, e->node, pe_printf(s, "%s failed there", r->id), false);
            break;
        case ONFAIL_STANDBY:
            e->node->standby = e->node->standby_onfail = true;
            break;
        case ONFAIL_BLOCK:
            r->managed = false;
            r->blocked = true;
            break;
        case ONFAIL_MIGRATE:
            pe_ban(s, r, e->node, "it failed there and on-fail is migrate");
            break;
        case ONFAIL_STOP:
            r->next = ROLE_STOPPED;
            break;
        case ONFAIL_RECOVER:
            if (r->role != ROLE_STOPPED && r->role != ROLE_UNKNOWN) {
                r->failed = r->stop_wanted = true;
                pe_act(s, r, TASK_STOP, e->node, false, "it failed");
            }
            break;
        case ONFAIL_RESTART_CONTAINER:
            restart_container(e);
            break;
        case ONFAIL_RESET_REMOTE:
            reset_remote(e);
            break;
    }
}

static void forget_stops(struct evaluation *e)
{
    pe_action **stops;
    uint32_t n = pe_find_adopt(e->s, pe_actions_of(e->r, TASK_STOP), e->node, &stops);

    for (uint32_t i = 0; i < n; i++) {
        stops[i]->flags |= AF_OPTIONAL;
    }
}

static void apply_state(struct evaluation *e)
{
    pe_sched *s = e->s;
    pe_rsc *r = e->r;
    pe_node *n = e->node;
    enum pe_on_fail saved;

    if (r->role != ROLE_UNKNOWN) {
        set_known(e);
    }
    if (r->role > ROLE_STOPPED && !n->online && !n->maintenance && r->managed) {
        fence_for_activity(e);
    }
    saved = e->on_fail;
    if (n->unclean) {
        e->on_fail = ONFAIL_IGNORE;
    }
    act_on_failure(e);
    if (r->is_conn && r->failed) {
        pe_node *remote = pe_node_by_name(s, r->id);

        if (remote != NULL && remote->unclean) {
            remote->unseen = false;
        }
    }
    if (r->role != ROLE_STOPPED && r->role != ROLE_UNKNOWN) {
        pe_add_running(s, r, n, saved != ONFAIL_IGNORE);
        if (e->on_fail == ONFAIL_DEMOTE || e->on_fail == ONFAIL_BLOCK) {
            r->failed = true;
        } else if (e->on_fail != ONFAIL_IGNORE) {
            r->failed = r->stop_wanted = true;
        }
    } else if (r->hname != NULL && strchr(r->hname, ':') != NULL) {
        pe_set_hname(s, r, NULL);
    } else {
        forget_stops(e);
    }
    if (r->role == ROLE_STOPPED && r->partial_source == n && r->partial_target != NULL && r->running.n > 0) {
        r->role = ROLE_STARTED;
    }
}

static void shutdown_lock(struct evaluation *e, xmlNode *lrm_rsc)
{
    pe_sched *s = e->s;
    int64_t when = int_parse(xml_get(lrm_rsc, "shutdown-lock"), 0);

    if (when == 0) {
        return;
    }
    if (s->shutdown_lock_limit > 0 && s->now.epoch > when + s->shutdown_lock_limit) {
        pe_act(s, e->r, TASK_LRM_DELETE, e->node, false, "its shutdown lock expired");
    } else {
        e->r->lock_node = e->node;
        e->r->lock_time = when;
    }
}

static pe_rsc *unpack_resource_history(pe_sched *s, pe_node *node, xmlNode *lrm_rsc)
{
    const char *id = xml_id(lrm_rsc);
    enum pcmk_role saved, target;
    struct evaluation e;
    xmlNode **ops;
    int n, start, stop;
    pe_rsc *r;

    if (id == NULL || strchr(id, '\n') != NULL) {
        return NULL;
    }
    n = pe_sorted_history(s, lrm_rsc, &ops);
    if (n == 0 && !s->shutdown_lock) {
        return NULL;
    }
    r = find_resource(s, node, id);
    if (r == NULL) {
        r = n == 0 ? NULL : orphan_resource(s, id, lrm_rsc, node);
        if (r == NULL) {
            return NULL;
        }
    }
    e = (struct evaluation){.s = s, .r = r, .node = node, .on_fail = ONFAIL_IGNORE};
    if (s->shutdown_lock) {
        shutdown_lock(&e, lrm_rsc);
    }
    saved = r->role;
    r->role = ROLE_UNKNOWN;
    for (int i = 0; i < n; i++) {
        entry(&e, ops[i]);
    }
    pe_history_limits(s, ops, n, &start, &stop);
    recurring_actions(&e, ops, n, start, stop);
    apply_state(&e);

    if (pe_meta(r, "target-role") != NULL) {
        target = pe_target_role(r);
        if (target != ROLE_UNKNOWN && (r->next == ROLE_UNKNOWN || target < r->next)) {
            r->next = target;
        }
    }
    if (saved > r->role) {
        r->role = saved;
    }
    return r;
}

static void connect_orphan_fillers(pe_sched *s, xmlNode *list)
{
    xml_foreach(lrm_rsc, list, "lrm_resource") {
        const char *name = xml_get(lrm_rsc, "container");
        pe_rsc *container, *r;

        if (name == NULL || xml_id(lrm_rsc) == NULL) {
            continue;
        }
        container = pe_rsc_by_id(s, name);
        r = pe_rsc_by_id(s, xml_id(lrm_rsc));
        if (container == NULL || r == NULL || !r->filler_orphan || r->container != NULL) {
            continue;
        }
        r->container = container;
        PE_PUSH(s, &container->fillers, r);
    }
}

void pe_unpack_history(pe_sched *s, pe_node *node, xmlNode *state)
{
    xmlNode *list = xml_first(xml_first(state, "lrm"), "lrm_resources");
    bool orphan_filler = false;

    xml_foreach(lrm_rsc, list, "lrm_resource") {
        pe_rsc *r = unpack_resource_history(s, node, lrm_rsc);

        orphan_filler = orphan_filler || (r != NULL && r->filler_orphan);
    }
    if (orphan_filler) {
        connect_orphan_fillers(s, list);
    }
}
