/* What the operation history says about a resource on a node, entry by entry (scheduler input §11). */
#include "pengine/history.h"

#include "pacemaker/common/results.h"

/* ---- what is said of an entry ---- */

static const char *reason_of(const xmlNode *op)
{
    const char *reason = xml_get(op, "exit-reason");

    return reason != NULL ? reason : "";
}

static const char *when(pe_sched *s, const xmlNode *op)
{
    int64_t changed = int_parse(xml_get(op, "last-rc-change"), 0);

    return changed > 0 ? pe_time_text(s, changed) : "unknown time";
}

/* The arguments of "(%s%s%s)": what an operation ended with, and why. */
#define RESULT(rc, op) ocf_exit_str(rc), *reason_of(op) != '\0' ? ": " : "", reason_of(op)

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

static void unrecoverable(struct evaluation *e, const xmlNode *op, int rc)
{
    const char *task = xml_get(op, "operation");

    if (strcmp(task, "stop") == 0 && !pe_can_fence(e->s, e->node)) {
        pe_graph_error(e->s, "check_recoverable", "No further recovery can be attempted for %s because "
                   "%s on %s failed (%s%s%s) at %s | rc=%d id=%s", e->r->id, task, e->node->name,
                   RESULT(rc, op), when(e->s, op), rc, xml_id(op));
        e->r->managed = false;
        e->r->blocked = true;
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

    if (rc == 5 || e->maskable) {
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
        history_migrate_to_success(e, op);
    } else if (r->role < ROLE_STARTED) {
        set_active(r);
    }
    if (clear) {
        clear_failure(e);
    }
}

/* What the configuration wants when the entry's operation fails; its key decides which op that is. */
static enum pe_on_fail configured_on_fail(struct evaluation *e, const xmlNode *op, enum pcmk_role *fail_role)
{
    const char *rsc, *task, *key = key_of_entry(op);
    uint32_t interval = pe_op_interval(op);
    bool own = key != NULL && pe_parse_op_key(e->s, key, &rsc, &task, &interval) &&
               (strcmp(rsc, e->r->id) == 0 || (e->r->hname != NULL && strcmp(rsc, e->r->hname) == 0));

    return pe_op_on_fail(e->s, e->r, xml_get(op, "operation"), interval, own ? task : NULL, fail_role);
}

static void report_failure(struct evaluation *e, const xmlNode *op, int rc)
{
    bool probe = history_is_probe(op);

    pe_message(e->s, PE_WARNING, "unpack_rsc_op_failure", "Unexpected result (%s%s%s) was recorded for %s of "
               "%s on %s at %s | rc=%d id=%s", RESULT(rc, op), probe ? "probe" : xml_get(op, "operation"),
               e->r->id, e->node->name, when(e->s, op), rc, xml_id(op));
    if (probe && rc != 0) {
        pe_message(e->s, PE_NOTICE, "unpack_rsc_op_failure", "If it is not possible for %s to run on %s, see "
                   "the resource-discovery option for location constraints", e->r->id, e->node->name);
    }
}

static void failure(struct evaluation *e, xmlNode *op, int rc)
{
    const char *task = xml_get(op, "operation");
    enum pcmk_role fail_role;
    enum pe_on_fail on_fail = configured_on_fail(e, op, &fail_role);
    pe_rsc *r = e->r;

    e->last_failure = op;
    if (e->s->symmetric || rc != 5) {
        report_failure(e, op, rc);
        record_failure(e, op);
    }
    if (e->on_fail < on_fail) {
        e->on_fail = on_fail;
    }
    if (strcmp(task, "stop") == 0) {
        pe_ban(e->s, r, e->node, "its stop failed there");
    } else if (strcmp(task, "migrate_to") == 0) {
        history_migrate_to_failure(e, op);
    } else if (strcmp(task, "migrate_from") == 0) {
        history_migrate_from_failure(e, op);
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
    if (history_is_probe(op) && rc == 5) {
        r->role = ROLE_STOPPED;
    } else if (r->role < ROLE_STARTED) {
        set_active(r);
    }
    if (fail_role != ROLE_STARTED && r->next < fail_role) {
        r->next = fail_role;
    }
    if (fail_role == ROLE_STOPPED) {
        pe_rsc *top = pe_top(r);

        pe_message(e->s, PE_NOTICE, "unpack_rsc_op_failure", "%s will not be started under current "
                   "conditions", r->id);
        pe_rebuild_allowed(e->s, pe_is_clone(top) && !r->unique ? top : r);
    }
}

/* Result and status as the scheduler understands them. */
static void remap(struct evaluation *e, xmlNode *op, int *rc, int *status, int target)
{
    const char *task = xml_get(op, "operation");
    bool probe = history_is_probe(op);

    if (strcmp(task, "monitor") == 0 && (*rc == 190 || *rc == 191)) {
        *rc = *rc == 190 ? 0 : 8;
        if (!e->node->shutdown || e->node->online) {
            record_failure(e, op);
        }
    }
    if (e->maskable) {
        *status = 0;
        *rc = 7;
    }
    if (*status != 0 && *status != 4) {
        return;
    }
    *status = target < 0 || target == *rc ? 0 : 4;
    if (target < 0) {
        pe_message(e->s, PE_WARNING, "remap_operation", "Expected result not found for %s on %s (corrupt or "
                   "obsolete CIB?)", key_of_entry(op), e->node->name);
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
            unrecoverable(e, op, *rc);
            *status = 5;
            break;
        case 5:
        case 2:
        case 4:
            unrecoverable(e, op, *rc);
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
    if (e->r->pending_task == NULL && !history_is_probe(op)) {
        e->r->pending_task = task;
        e->r->pending_node = e->node;
    }
}

static void error_entry(struct evaluation *e, xmlNode *op, int rc, int status, int target)
{
    const char *task = xml_get(op, "operation");
    enum pcmk_role fail_role;
    enum pe_on_fail configured = configured_on_fail(e, op, &fail_role);

    if (configured == ONFAIL_IGNORE ||
        (configured == ONFAIL_RESTART_CONTAINER && strcmp(task, "stop") == 0)) {
        pe_message(e->s, PE_WARNING, "unpack_rsc_op", "Pretending failed %s (%s%s%s) of %s on %s at %s "
                   "succeeded | rc=%d id=%s", task, RESULT(rc, op), e->r->id, e->node->name, when(e->s, op),
                   rc, xml_id(op));
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
        pe_message(e->s, rc == 5 ? PE_NOTICE : PE_ERROR, "unpack_rsc_op", "Preventing %s from restarting on "
                   "%s because of hard failure (%s%s%s)| rc=%d id=%s", fail_parent(e->r)->id, e->node->name,
                   RESULT(rc, op), rc, xml_id(op));
        pe_ban(e->s, fail_parent(e->r), e->node, "a hard error there");
    } else if (status == 6) {
        pe_message(e->s, PE_ERROR, "unpack_rsc_op", "Preventing %s from restarting anywhere because of fatal "
                   "failure (%s%s%s) | rc=%d id=%s", fail_parent(e->r)->id, RESULT(rc, op), rc, xml_id(op));
        pe_ban(e->s, fail_parent(e->r), NULL, "a fatal error");
    }
}

static void not_installed(struct evaluation *e, xmlNode *op, int rc)
{
    enum pcmk_role fail_role;

    if (configured_on_fail(e, op, &fail_role) == ONFAIL_IGNORE) {
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
    int rc = pe_history_rc(op), original = rc, status = history_status(op), target = pe_op_target_rc(op);
    bool expired = false;

    if (task == NULL || xml_id(op) == NULL || strcmp(task, "notify") == 0 || strcmp(task, "meta-data") == 0 ||
        status < -1 || status > 11) {
        return;
    }
    if (status != 7) {
        expired = pe_check_expired(e->s, e->r, e->node, op);
    }
    e->maskable = !pe_bundled(e->r) && pe_maskable_probe(op);
    remap(e, op, &rc, &status, target);
    if (expired && e->maskable && original != target) {
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
            pe_message(e->s, PE_NOTICE, "unpack_rsc_op", "Rescheduling %s after failure expired on %s | "
                       "actual=%d expected=%d magic=%s", key_of_entry(op), e->node->name, rc, target,
                       xml_get(op, "transition-magic"));
            mark_for_reschedule(e->s, op);
            return;
        }
    }
    if (e->maskable) {
        pe_message(e->s, PE_NOTICE, "unpack_rsc_op", "Treating probe result '%s' for %s on %s as 'not "
                   "running'", ocf_exit_str(original), e->r->id, e->node->name);
        update_state(e, op, target);
        record_failure(e, op);
        pe_ban(e->s, fail_parent(e->r), e->node, "a probe says it cannot run there");
        return;
    }
    switch (status) {
        case 1:
            pe_error(e->s, "unpack_rsc_op", "Resource history contains cancellation '%s' (%s of %s on "
                            "%s at %s)", xml_id(op), task, e->r->id, e->node->name, when(e->s, op));
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
    r = history_find_resource(s, node, id);
    if (r == NULL) {
        r = n == 0 ? NULL : history_orphan(s, id, lrm_rsc);
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
    history_recurring_actions(&e, ops, n, start, stop);
    history_apply(&e);

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

void pe_unpack_history(pe_sched *s, pe_node *node, xmlNode *state)
{
    xmlNode *list = xml_first(xml_first(state, "lrm"), "lrm_resources");
    bool orphan_filler = false;

    xml_foreach(lrm_rsc, list, "lrm_resource") {
        pe_rsc *r = unpack_resource_history(s, node, lrm_rsc);

        orphan_filler = orphan_filler || (r != NULL && r->filler_orphan);
    }
    if (orphan_filler) {
        history_connect_fillers(s, list);
    }
}
