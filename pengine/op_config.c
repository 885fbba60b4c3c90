/* Configuration of operations: meta-attributes, on-fail, what they need (scheduler input §14.3). */
#include "pengine/pe.h"

#include <stdio.h>

bool pe_is_probe(const char *task, uint32_t interval)
{
    return task != NULL && interval == 0 && strcmp(task, "monitor") == 0;
}

struct pe_op *pe_find_op(pe_rsc *r, const char *name, uint32_t interval, bool include_disabled)
{
    for (uint32_t i = 0; i < r->ops->n; i++) {
        struct pe_op *op = &r->ops->v[i];

        if (op->interval == interval && op->name != NULL && strcmp(op->name, name) == 0 &&
            (include_disabled || op->enabled)) {
            return op;
        }
    }
    return NULL;
}

static const struct pe_op *shortest_monitor(const pe_rsc *r)
{
    const struct pe_op *best = NULL;

    for (uint32_t i = 0; i < r->ops->n; i++) {
        const struct pe_op *op = &r->ops->v[i];

        if (op->enabled && op->interval > 0 && op->name != NULL && strcmp(op->name, "monitor") == 0 &&
            (best == NULL || op->interval < best->interval)) {
            best = op;
        }
    }
    return best;
}

static struct pe_op *configured_op(pe_rsc *r, const char *task, uint32_t interval)
{
    struct pe_op *op = pe_find_op(r, task, interval, true);

    if (op == NULL && interval == 0) {
        if (strcmp(task, "migrate_to") == 0 || strcmp(task, "migrate_from") == 0) {
            op = pe_find_op(r, "migrate", 0, true);
        } else if (strstr(task, "notify_") != NULL) {
            op = pe_find_op(r, "notify", 0, true);
        }
    }
    return op;
}

static void set_number(pe_sched *s, struct pe_table *t, const char *name, long long value)
{
    pe_table_set(s, t, name, pe_printf(s, "%lld", value));
}

static void start_delay(pe_sched *s, struct pe_table *meta, uint32_t interval)
{
    const char *delay = pe_table_get(meta, "start-delay"), *origin = pe_table_get(meta, "interval-origin");
    struct iso_time t;
    int64_t rest, seconds = interval / 1000;

    if (delay != NULL) {
        int64_t ms = msec_parse(delay);

        set_number(s, meta, "start-delay", ms < 0 ? 0 : ms);
    } else if (origin != NULL && seconds > 0 && iso_parse(origin, &s->now, &t)) {
        rest = (s->now.epoch - iso_epoch(&t)) % seconds;
        set_number(s, meta, "start-delay", ((rest <= 0 ? 0 : seconds) - rest) * 1000);
    }
}

static void build(pe_sched *s, pe_rsc *r, struct pe_opcfg *c)
{
    struct rule_context ctx = pe_rule_context(s);
    const char *value;
    int64_t timeout;

    ctx.has_rsc = ctx.has_op = true;
    ctx.rsc_class = r->class;
    ctx.rsc_provider = r->provider;
    ctx.rsc_type = r->type;
    ctx.op_name = c->key_task;
    ctx.op_interval = c->interval;
    pe_unpack_table(s, s->op_defaults, "meta_attributes", &ctx, false, &c->meta);
    if (pe_is_probe(c->key_task, c->interval)) {
        const struct pe_op *monitor = shortest_monitor(r);

        value = monitor == NULL ? NULL : xml_get(monitor->xml, "timeout");
        if (value != NULL) {
            pe_table_set(s, &c->meta, "timeout", value);
        }
    }
    if (c->op != NULL) {
        pe_unpack_table(s, c->op, "meta_attributes", &ctx, true, &c->meta);
        for (const xmlAttr *a = c->op->properties; a != NULL; a = a->next) {
            pe_table_set(s, &c->meta, (const char *)a->name, xml_get(c->op, (const char *)a->name));
        }
    }
    pe_table_remove(&c->meta, "id");
    if (c->interval > 0) {
        set_number(s, &c->meta, "interval", c->interval);
    } else {
        pe_table_remove(&c->meta, "interval");
    }
    if (r->fencedev && (strcmp(c->key_task, "start") == 0 || pe_is_probe(c->key_task, c->interval))) {
        value = pe_table_get(pe_params(s, r, NULL), "pcmk_monitor_timeout");
        if (value != NULL) {
            pe_table_set(s, &c->meta, "timeout", value);
        }
    }
    timeout = msec_parse(pe_table_get(&c->meta, "timeout"));
    set_number(s, &c->meta, "timeout", timeout < 0 ? 20000 : timeout);
    start_delay(s, &c->meta, c->interval);
}

static bool same_name(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static struct pe_opcfg *config(pe_sched *s, pe_rsc *r, const char *key_task, uint32_t interval,
                               const char *op_task)
{
    struct pe_opcfg *c;
    struct pe_op *op;

    for (c = r->ops->configs; c != NULL; c = c->next) {
        if (c->interval == interval && same_name(c->op_task, op_task) && strcmp(c->key_task, key_task) == 0) {
            return c;
        }
    }
    c = pe_alloc(s, sizeof(*c));
    op = op_task == NULL ? NULL : configured_op(r, op_task, interval);
    c->op_task = op_task == NULL ? NULL : pe_strdup(s, op_task);
    c->key_task = pe_strdup(s, key_task);
    c->interval = interval;
    c->op = op != NULL ? op->xml : NULL;
    build(s, r, c);
    c->next = r->ops->configs;
    r->ops->configs = c;
    return c;
}

struct pe_opcfg *pe_op_config(pe_sched *s, pe_rsc *r, const char *key_task, uint32_t interval)
{
    return config(s, r, key_task, interval, key_task);
}

static bool promoted_role(const char *role)
{
    return role_parse(role) == ROLE_PROMOTED;
}

/* A demote without own on-fail takes that of the promoted role's monitor, if it is an attribute there. */
static const char *demote_on_fail(const pe_rsc *r)
{
    for (uint32_t i = 0; i < r->ops->n; i++) {
        const struct pe_op *op = &r->ops->v[i];
        const char *value;

        if (!op->enabled || op->interval == 0 || op->name == NULL || strcmp(op->name, "monitor") != 0 ||
            !promoted_role(op->role_text)) {
            continue;
        }
        value = xml_get(op->xml, "on-fail");
        if (value != NULL && strcasecmp(value, "demote") != 0) {
            return value;
        }
    }
    return NULL;
}

static const char *on_fail_text(pe_sched *s, pe_rsc *r, const struct pe_opcfg *c)
{
    const char *value = pe_table_get(&c->meta, "on-fail");

    if (strcmp(c->key_task, "stop") == 0 && value != NULL &&
        (strcasecmp(value, "standby") == 0 || strcasecmp(value, "demote") == 0 ||
         strcasecmp(value, "stop") == 0)) {
        pe_config_error(s, "unpack_operation_on_fail", "Resetting 'on-fail' for %s stop action to default "
                        "value because '%s' is not allowed for stop", r->id, value);
        return NULL;
    }
    if (strcmp(c->key_task, "demote") == 0 && value == NULL) {
        return demote_on_fail(r);
    }
    if (strcmp(c->key_task, "lrm_delete") == 0) {
        return "ignore";
    }
    if (value != NULL && strcasecmp(value, "demote") == 0 && strcmp(c->key_task, "promote") != 0) {
        /* meta attributes do not count */
        const char *role = c->op == NULL ? NULL : xml_get(c->op, "role");

        if (strcmp(c->key_task, "monitor") != 0 || c->interval == 0 || !promoted_role(role)) {
            pe_config_error(s, "unpack_operation_on_fail", "Resetting 'on-fail' for %s %s action to default "
                            "value because 'demote' is not allowed for it", r->id, c->key_task);
            return NULL;
        }
    }
    return value;
}

static enum pe_on_fail default_on_fail(pe_sched *s, pe_rsc *r, const struct pe_opcfg *c,
                                       enum pcmk_role *fail_role)
{
    bool start_or_probe = strcmp(c->key_task, "start") == 0 || pe_is_probe(c->key_task, c->interval);

    if (pe_connects_remote_node(s, r) && !start_or_probe) {
        if (!r->managed) {
            *fail_role = ROLE_STOPPED;
            return ONFAIL_STOP;
        }
        if (r->reconnect_ms != 0) {
            *fail_role = ROLE_STOPPED;
        }
        return ONFAIL_RESET_REMOTE;
    }
    if (strcmp(c->key_task, "stop") == 0) {
        return s->stonith_enabled ? ONFAIL_FENCE : ONFAIL_BLOCK;
    }
    return ONFAIL_RECOVER;
}

enum pe_on_fail pe_op_on_fail(pe_sched *s, pe_rsc *r, const char *key_task, uint32_t interval,
                              const char *op_task, enum pcmk_role *fail_role)
{
    struct pe_opcfg *c = config(s, r, key_task, interval, op_task);
    const char *value = on_fail_text(s, r, c);
    enum pe_on_fail result;
    bool known = true;

    *fail_role = ROLE_UNKNOWN;
    if (value == NULL) {
        known = false;
        result = ONFAIL_RECOVER;
    } else if (strcasecmp(value, "block") == 0) {
        pe_table_set(s, &c->meta, "on-fail", "block");
        result = ONFAIL_BLOCK;
    } else if (strcasecmp(value, "fence") == 0) {
        result = ONFAIL_FENCE;
        if (!s->stonith_enabled) {
            pe_config_error(s, "unpack_operation", "Resetting 'on-fail' for operation '%s_%s_%u' to 'stop' "
                            "because 'fence' is not valid when fencing is disabled", r->id, key_task,
                            interval);
            result = ONFAIL_STOP;
            *fail_role = ROLE_STOPPED;
        }
    } else if (strcasecmp(value, "standby") == 0) {
        result = ONFAIL_STANDBY;
    } else if (strcasecmp(value, "ignore") == 0 || strcasecmp(value, "nothing") == 0) {
        result = ONFAIL_IGNORE;
    } else if (strcasecmp(value, "migrate") == 0) {
        result = ONFAIL_MIGRATE;
    } else if (strcasecmp(value, "stop") == 0) {
        result = ONFAIL_STOP;
        *fail_role = ROLE_STOPPED;
    } else if (strcasecmp(value, "restart") == 0) {
        result = ONFAIL_RECOVER;
    } else if (strcasecmp(value, "restart-container") == 0) {
        result = ONFAIL_RESTART_CONTAINER;
        known = r->container != NULL;
    } else if (strcasecmp(value, "demote") == 0) {
        result = ONFAIL_DEMOTE;
    } else {
        pe_error(s, "unpack_operation", "Resource %s: Unknown failure type (%s)", r->id, value);
        known = false;
        result = ONFAIL_RECOVER;
    }
    if (!known && r->container != NULL) {
        result = ONFAIL_RESTART_CONTAINER;
    } else if (!known || (pe_connects_remote_node(s, r) && !r->managed && strcmp(key_task, "start") != 0 &&
                          !pe_is_probe(key_task, interval))) {
        result = default_on_fail(s, r, c, fail_role);
    }
    if (*fail_role == ROLE_UNKNOWN) {
        *fail_role = role_parse(pe_table_get(&c->meta, "role_after_failure"));
    }
    if (*fail_role == ROLE_UNKNOWN) {
        *fail_role = strcmp(key_task, "promote") == 0 ? ROLE_UNPROMOTED : ROLE_STARTED;
    }
    return result;
}
