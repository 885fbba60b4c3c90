/* The controller's cluster options: reading, defaults, effects (controller.md §9). */
#include "pacemaker/crmd/private.h"
#include "pacemaker/common/nvsets.h"
#include "pacemaker/crmd/options.h"

static bool valid_interval(const char *value)
{
    bool valid = false;

    interval_parse(value, &valid);
    return valid;
}

static bool valid_boolean(const char *value)
{
    return bool_parse(value) >= 0;
}

static bool valid_integer(const char *value)
{
    char *end = NULL;

    if (value[0] && strcasecmp(value + (value[0] == '-' || value[0] == '+'), INFINITY_TEXT) == 0) {
        return true;
    }
    strtoll(value, &end, 10);
    return end != value && *end == '\0';
}

static bool valid_positive(const char *value)
{
    return strcasecmp(value, INFINITY_TEXT) == 0 || (valid_integer(value) && strtoll(value, NULL, 10) > 0);
}

static bool valid_percentage(const char *value)
{
    char *end = NULL;
    long number = strtol(value, &end, 10);

    return end != value && strcmp(end, "%") == 0 && number >= 0;
}

static bool valid_quorum_policy(const char *value)
{
    static const char *const words[] = {"stop", "freeze", "ignore", "demote", "suicide"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(value, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool valid_fence_reaction(const char *value)
{
    return strcasecmp(value, "stop") == 0 || strcasecmp(value, "panic") == 0;
}

const struct option_def crmd_options[] = {
    {"dc-version", NULL, "string", NULL, "none", NULL,
     "Pacemaker version on the cluster node elected Designated Controller (DC)",
     "Includes a build identifier. Written by the cluster, for information."},
    {"cluster-infrastructure", NULL, "string", NULL, "corosync", NULL,
     "The messaging layer on which Pacemaker is currently running",
     "Written by the cluster, for information."},
    {"cluster-name", NULL, "string", NULL, NULL, NULL, "An arbitrary name for the cluster",
     "Users may set it, for example to tell clusters apart in reports and rules."},
    {"dc-deadtime", NULL, "time", NULL, "20s", valid_interval,
     "How long to wait for a response from other nodes during start-up",
     "The best value depends on the speed and load of the network and on the switches in use."},
    {"cluster-recheck-interval", NULL, "time", NULL, "15min", valid_interval,
     "Polling interval to recheck cluster state and evaluate rules with date specifications",
     "Besides events, the state is looked at again after this time. 0 turns it off."},
    {"load-threshold", NULL, "percentage", NULL, "80%", valid_percentage,
     "Maximum amount of system load that should be used by cluster nodes",
     "The cluster slows its recovery down when CPU use comes near this limit."},
    {"node-action-limit", NULL, "integer", NULL, "0", valid_integer,
     "Maximum number of jobs that can be scheduled per node (0: twice the number of cores)", NULL},
    {"fence-reaction", NULL, "string", NULL, "stop", valid_fence_reaction,
     "How a node reacts when told that it has been fenced itself",
     "stop: leave the cluster at once. panic: reboot the host at once."},
    {"election-timeout", NULL, "time", NULL, "2min", valid_interval, "How long an election may take",
     "Change it only when elections do not end in time."},
    {"shutdown-escalation", NULL, "time", NULL, "20min", valid_interval,
     "How long an orderly shutdown may take before the node exits anyway", NULL},
    {"join-integration-timeout", "crmd-integration-timeout", "time", NULL, "3min", valid_interval,
     "How long to wait for nodes to ask to join", "Change it only when joining takes longer."},
    {"join-finalization-timeout", "crmd-finalization-timeout", "time", NULL, "30min", valid_interval,
     "How long to wait for nodes to complete their join", "Change it only when joining takes longer."},
    {"transition-delay", "crmd-transition-delay", "time", NULL, "0s", valid_interval,
     "Delay before a new transition is calculated",
     "With a delay, further events can be taken into account together. Slows the recovery down."},
    {"stonith-watchdog-timeout", NULL, "time", NULL, "0", valid_interval,
     "How long before a node without quorum or contact is known to have rebooted itself by its watchdog",
     "0: watchdog self-fencing is not relied on. Negative: twice SBD_WATCHDOG_TIMEOUT."},
    {"stonith-max-attempts", NULL, "integer", NULL, "10", valid_positive,
     "How many times fencing of a target may fail before the cluster no longer tries at once", NULL},
    {"no-quorum-policy", NULL, "select", "stop, freeze, ignore, demote, suicide", "stop",
     valid_quorum_policy, "What to do when the cluster does not have quorum", NULL},
    {"shutdown-lock", NULL, "boolean", NULL, "false", valid_boolean,
     "Whether resources stay locked to a node that was shut down cleanly", NULL},
};
const size_t crmd_options_count = sizeof crmd_options / sizeof crmd_options[0];

const char *option_text(struct crmd *c, const char *name)
{
    const struct option_def *def = NULL;

    for (size_t i = 0; i < crmd_options_count && def == NULL; i++) {
        def = strcmp(crmd_options[i].name, name) == 0 ? &crmd_options[i] : NULL;
    }
    if (def == NULL) {
        return NULL;
    }
    const char *value = c->options ? g_hash_table_lookup(c->options, def->name) : NULL;

    if (value == NULL && def->old_name && c->options) {
        value = g_hash_table_lookup(c->options, def->old_name);
    }
    if (value && def->valid && !def->valid(value)) {
        log_err("Using default value for %s because '%s' is not valid", def->name, value);
        value = NULL;
    }
    return value ? value : def->default_value;
}

unsigned option_ms(struct crmd *c, const char *name)
{
    return interval_parse(option_text(c, name), NULL);
}

bool option_true(struct crmd *c, const char *name)
{
    return bool_true(option_text(c, name));
}

const char *crmd_watchdog_timeout(crmd_t *c)
{
    return option_text(c, "stonith-watchdog-timeout");
}

static void option_put(void *arg, const char *name, const char *value, bool overwrite)
{
    GHashTable *options = arg;

    if (value && (overwrite || !g_hash_table_contains(options, name))) {
        g_hash_table_replace(options, g_strdup(name), g_strdup(value));
    }
}

static void options_unpack(struct crmd *c, xmlNode *config)
{
    struct rule_context context = {.now = {.epoch = c->ops.wall(c->arg)}};
    struct nvset_sink sink = {option_put, c->options};

    nvsets_unpack(config, "cluster_property_set", &context, "cib-bootstrap-options", false, &sink);
}

static void options_effects(struct crmd *c)
{
    fsa_timers_set(c, CRMD_TIMER_ELECTION_TRIGGER, option_ms(c, "dc-deadtime"));
    fsa_timers_set(c, CRMD_TIMER_INTEGRATION, option_ms(c, "join-integration-timeout"));
    fsa_timers_set(c, CRMD_TIMER_FINALIZATION, option_ms(c, "join-finalization-timeout"));
    fsa_timers_set(c, CRMD_TIMER_TRANSITION, option_ms(c, "transition-delay"));
    fsa_timers_set(c, CRMD_TIMER_ESCALATION, option_ms(c, "shutdown-escalation"));
    fsa_timers_set(c, CRMD_TIMER_RECHECK, option_ms(c, "cluster-recheck-interval"));
    if (c->election) {
        election_set_period(c->election, option_ms(c, "election-timeout"));
    }
    throttle_options(c);
    if (c->settings.watchdog_in_use
        && !c->ops.check_watchdog_timeout(c->arg, option_text(c, "stonith-watchdog-timeout"))) {
        log_crit("stonith-watchdog-timeout does not suit this node's watchdog, giving up");
        crmd_quit(c, CRM_EX_FATAL);
    }
}

/* The result of an xpath with two branches is wrapped; with one match it is that element. */
static xmlNode *result_part(xmlNode *result, const char *name)
{
    if (result == NULL || xml_is(result, name)) {
        return result;
    }
    xmlNode *part = xml_first(result, name);

    if (part == NULL && xml_is(result, "cib")) {
        part = xml_first(xml_first(result, "configuration"), name);
    }
    return part;
}

void options_apply(struct crmd *c, const xmlNode *result)
{
    xmlNode *copy XML_AUTO = result ? xml_copy(result) : NULL;
    xmlNode *config = result_part(copy, "crm_config");

    g_clear_pointer(&c->options, g_hash_table_destroy);
    c->options = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (config) {
        options_unpack(c, config);
    }
    options_effects(c);
    alerts_read(c, result_part(copy, "alerts"));
    crmd_set_flag(c, F_READ_CONFIG);
    c->ops.wake_fsa(c->arg);
}

static void config_read_done(struct crmd *c, int call_id, int rc, const xmlNode *output, void *data)
{
    (void)data;
    if (rc == 0 || rc == -ENXIO) {
        options_apply(c, rc == 0 ? output : NULL);
        return;
    }
    log_err("Local CIB query for the configuration failed: %s | call=%d", pcmk_strerror(rc), call_id);
    FSA_ERROR(c, I_ERROR);
    if (rc == -EACCES || rc == -PCMK_ERR_SCHEMA_VALIDATION) {
        log_err("The cluster is mis-configured - shutting down and staying down");
        crmd_set_flag(c, F_STAYDOWN);
    }
}

void options_read(struct crmd *c)
{
    core_cib_call(c, "cib_query", "//crm_config | //alerts", NULL, CIB_XPATH | CIB_SCOPE_LOCAL,
                  config_read_done, NULL, NULL);
}

void act_read_config(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    throttle_init(c);
    options_read(c);
}
