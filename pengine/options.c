/* Cluster options from crm_config (scheduler input §4). */
#include "pengine/pe.h"

#include <stdlib.h>

static bool any_text(const char *v) { return v != NULL; }
static bool valid_bool(const char *v) { return bool_parse(v) >= 0; }
static bool valid_time(const char *v)
{
    bool valid;

    interval_parse(v, &valid);
    return valid;
}
static bool valid_int(const char *v)
{
    char *end;

    if (strcasecmp(v, "INFINITY") == 0 || strcasecmp(v, "-INFINITY") == 0 ||
        strcasecmp(v, "+INFINITY") == 0) {
        return true;
    }
    strtoll(v, &end, 10);
    return end != v && *end == '\0';
}
static bool valid_quorum(const char *v)
{
    return !strcasecmp(v, "stop") || !strcasecmp(v, "freeze") || !strcasecmp(v, "ignore") ||
           !strcasecmp(v, "demote") || !strcasecmp(v, "suicide");
}
static bool valid_placement(const char *v)
{
    return !strcasecmp(v, "default") || !strcasecmp(v, "utilization") || !strcasecmp(v, "minimal") ||
           !strcasecmp(v, "balanced");
}
static bool valid_stonith_action(const char *v)
{
    return !strcmp(v, "reboot") || !strcmp(v, "poweroff") || !strcmp(v, "off");
}
static bool valid_health(const char *v)
{
    return !strcasecmp(v, "none") || !strcasecmp(v, "migrate-on-red") || !strcasecmp(v, "only-green") ||
           !strcasecmp(v, "progressive") || !strcasecmp(v, "custom");
}

static const struct {
    const char *name, *old_name, *fallback;
    bool (*valid)(const char *);
} definitions[] = {
    {"no-quorum-policy", "no_quorum_policy", "stop", valid_quorum},
    {"symmetric-cluster", "symmetric_cluster", "true", valid_bool},
    {"maintenance-mode", NULL, "false", valid_bool},
    {"start-failure-is-fatal", NULL, "true", valid_bool},
    {"enable-startup-probes", NULL, "true", valid_bool},
    {"shutdown-lock", NULL, "false", valid_bool},
    {"shutdown-lock-limit", NULL, "0", valid_time},
    {"stonith-enabled", "stonith_enabled", "true", valid_bool},
    {"stonith-action", "stonith_action", "reboot", valid_stonith_action},
    {"stonith-timeout", NULL, "60s", valid_time},
    {"have-watchdog", NULL, "false", valid_bool},
    {"concurrent-fencing", NULL, "false", valid_bool},
    {"startup-fencing", "startup_fencing", "true", valid_bool},
    {"priority-fencing-delay", NULL, "0", valid_time},
    {"cluster-delay", "transition_idle_timeout", "60s", valid_time},
    {"batch-limit", NULL, "0", valid_int},
    {"migration-limit", NULL, "-1", valid_int},
    {"stop-all-resources", NULL, "false", valid_bool},
    {"stop-orphan-resources", "stop_orphan_resources", "true", valid_bool},
    {"stop-orphan-actions", "stop_orphan_actions", "true", valid_bool},
    {"remove-after-stop", "remove_after_stop", "false", valid_bool},
    {"pe-error-series-max", NULL, "-1", valid_int},
    {"pe-warn-series-max", NULL, "5000", valid_int},
    {"pe-input-series-max", NULL, "4000", valid_int},
    {"node-health-strategy", NULL, "none", valid_health},
    {"node-health-base", NULL, "0", valid_int},
    {"node-health-green", NULL, "0", valid_int},
    {"node-health-yellow", NULL, "0", valid_int},
    {"node-health-red", NULL, "-INFINITY", valid_int},
    {"placement-strategy", NULL, "default", valid_placement},
    {"cluster-name", NULL, NULL, any_text},
};

const char *pe_option(const pe_sched *s, const char *name)
{
    for (size_t i = 0; i < sizeof(definitions) / sizeof(definitions[0]); i++) {
        const char *value;

        if (strcmp(definitions[i].name, name) != 0) {
            continue;
        }
        value = pe_table_get(&s->options, name);
        if (value == NULL && definitions[i].old_name != NULL) {
            value = pe_table_get(&s->options, definitions[i].old_name);
        }
        if (value != NULL && !definitions[i].valid(value)) {
            pe_config_error((pe_sched *)s, "cluster_option_value", "Using default value for cluster option "
                            "'%s' because '%s' is invalid", name, value);
            value = NULL;
        }
        return value != NULL ? value : definitions[i].fallback;
    }
    return pe_table_get(&s->options, name);
}

static bool option_bool(const pe_sched *s, const char *name)
{
    return bool_true(pe_option(s, name));
}

static int64_t option_seconds(const pe_sched *s, const char *name)
{
    return interval_parse(pe_option(s, name), NULL) / 1000;
}

static void quorum_policy(pe_sched *s)
{
    const char *v = pe_option(s, "no-quorum-policy");

    s->no_quorum_policy = QUORUM_STOP;
    if (strcasecmp(v, "ignore") == 0) {
        s->no_quorum_policy = QUORUM_IGNORE;
    } else if (strcasecmp(v, "freeze") == 0) {
        s->no_quorum_policy = QUORUM_FREEZE;
    } else if (strcasecmp(v, "demote") == 0) {
        s->no_quorum_policy = QUORUM_DEMOTE;
    } else if (strcasecmp(v, "suicide") == 0) {
        if (!s->stonith_enabled) {
            pe_config_error(s, "unpack_config", "Resetting no-quorum-policy to 'stop' because fencing is "
                            "disabled");
        } else if (s->quorum || int_parse(xml_get(s->cib, "no-quorum-panic"), 0) != 0) {
            s->no_quorum_policy = QUORUM_SUICIDE;
        }
    }
}

static void health(pe_sched *s)
{
    const char *v = s->health_strategy;

    if (strcasecmp(v, "migrate-on-red") == 0) {
        s->health.red = -SCORE_INF;
    } else if (strcasecmp(v, "only-green") == 0) {
        s->health.red = s->health.yellow = -SCORE_INF;
    } else if (strcasecmp(v, "none") != 0) {
        s->health.red = score_parse(pe_option(s, "node-health-red"), NULL);
        s->health.yellow = score_parse(pe_option(s, "node-health-yellow"), NULL);
        s->health.green = score_parse(pe_option(s, "node-health-green"), NULL);
    }
    s->health_base = 0;
    if (strcasecmp(v, "progressive") == 0) {
        s->health_base = score_parse(pe_option(s, "node-health-base"), NULL);
    }
}

/* provides=unfencing or requires=unfencing in a meta_attributes block directly holding the pair. */
static bool block_wants_unfencing(const xmlNode *block)
{
    xml_foreach(pair, block, "nvpair") {
        const char *name = xml_get(pair, "name"), *value = xml_get(pair, "value");

        if (name != NULL && value != NULL && strcmp(value, "unfencing") == 0 &&
            (strcmp(name, "provides") == 0 || strcmp(name, "requires") == 0)) {
            return true;
        }
    }
    return false;
}

static bool wants_unfencing(const xmlNode *root, unsigned depth)
{
    xml_foreach(child, root, NULL) {
        if (xml_is(child, "meta_attributes") ? block_wants_unfencing(child) :
            depth < PE_MAX_DEPTH && wants_unfencing(child, depth + 1)) {
            return true;
        }
    }
    return false;
}

void pe_unpack_options(pe_sched *s)
{
    struct rule_context ctx = pe_rule_context(s);
    struct pe_table_target target = {s, &s->options};
    struct nvset_sink sink = {pe_table_sink, &target};

    nvsets_unpack(xml_first(s->priv->config, "crm_config"), "cluster_property_set", &ctx,
                  "cib-bootstrap-options", false, &sink);
    if (ctx.next_change != 0) {
        pe_note_recheck(s, ctx.next_change);
    }
    s->stonith_enabled = option_bool(s, "stonith-enabled");
    s->stonith_action = pe_option(s, "stonith-action");
    if (strcmp(s->stonith_action, "poweroff") == 0) {
        pe_warn_once(s, PE_ONCE_POWEROFF, "unpack_config", "Support for stonith-action of 'poweroff' is "
                     "deprecated and will be removed in a future release (use 'off' instead)");
        s->stonith_action = "off";
    }
    s->have_watchdog = option_bool(s, "have-watchdog");
    s->fence_device_exists = s->have_watchdog;
    s->concurrent_fencing = option_bool(s, "concurrent-fencing");
    s->startup_fencing = s->stonith_enabled && option_bool(s, "startup-fencing");
    s->priority_fencing_delay = option_seconds(s, "priority-fencing-delay");
    s->symmetric = option_bool(s, "symmetric-cluster");
    s->maintenance_mode = option_bool(s, "maintenance-mode");
    s->start_failure_fatal = option_bool(s, "start-failure-is-fatal");
    s->startup_probes = option_bool(s, "enable-startup-probes");
    s->shutdown_lock = option_bool(s, "shutdown-lock");
    s->shutdown_lock_limit = option_seconds(s, "shutdown-lock-limit");
    s->stop_all = option_bool(s, "stop-all-resources");
    s->stop_orphans = option_bool(s, "stop-orphan-resources");
    s->stop_orphan_actions = option_bool(s, "stop-orphan-actions");
    s->remove_after_stop = option_bool(s, "remove-after-stop");
    s->cluster_name = pe_option(s, "cluster-name");
    s->health_strategy = pe_option(s, "node-health-strategy");
    health(s);
    quorum_policy(s);
    if (s->no_quorum_policy == QUORUM_IGNORE || s->no_quorum_policy == QUORUM_SUICIDE) {
        pe_message(s, PE_NOTICE, "unpack_config", "On loss of quorum: %s",
                   s->no_quorum_policy == QUORUM_IGNORE ? "Ignore" : "Fence all remaining nodes");
    }
    {
        const char *v = pe_option(s, "placement-strategy");

        s->placement = strcasecmp(v, "utilization") == 0 ? PLACE_UTILIZATION : strcasecmp(v, "minimal") == 0 ?
            PLACE_MINIMAL : strcasecmp(v, "balanced") == 0 ? PLACE_BALANCED : PLACE_DEFAULT;
    }
    s->unfencing_enabled = wants_unfencing(s->priv->resources, 0);
    xml_foreach(block, xml_first(s->priv->config, "rsc_defaults"), "meta_attributes") {
        s->unfencing_enabled = s->unfencing_enabled || block_wants_unfencing(block);
    }
    if (!s->startup_fencing) {
        if (pe_once(s, PE_ONCE_BLIND)) {
            pe_message(s, PE_WARNING, "unpack_config", "Blind faith: not fencing unseen nodes");
        }
    }
    if (!s->quorum && s->no_quorum_policy != QUORUM_IGNORE) {
        pe_message(s, PE_WARNING, "cluster_status", "Fencing and resource management disabled due to lack of "
                   "quorum");
    }
}
