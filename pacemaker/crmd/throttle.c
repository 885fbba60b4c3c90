/* How much at once: load of the nodes, jobs per node, batch limit (controller.md §4.5). */
#include "pacemaker/crmd/private.h"

enum throttle_mode {
    MODE_NONE = 0,
    MODE_LOW = 1,
    MODE_MEDIUM = 0x10,
    MODE_HIGH = 0x100,
    MODE_EXTREME = 0x1000
};

struct throttle_record {
    enum throttle_mode mode;
    int max;
};

struct node_jobs {
    int jobs, migrations;
};

static const char *mode_name(enum throttle_mode mode)
{
    switch (mode) {
        case MODE_NONE: return "negligible";
        case MODE_LOW: return "low";
        case MODE_MEDIUM: return "medium";
        case MODE_HIGH: return "high";
        case MODE_EXTREME: return "extreme";
    }
    return "unknown";
}

static enum throttle_mode mode_from(int number)
{
    if (number >= MODE_EXTREME) {
        return MODE_EXTREME;
    }
    if (number >= MODE_HIGH) {
        return MODE_HIGH;
    }
    if (number >= MODE_MEDIUM) {
        return MODE_MEDIUM;
    }
    return number >= MODE_LOW ? MODE_LOW : MODE_NONE;
}

void throttle_init(struct crmd *c)
{
    c->job_max = 2 * (int)c->settings.cores;
    c->own_mode = -1;
    fsa_timer_run(c, CRMD_TIMER_THROTTLE);
}

void throttle_options(struct crmd *c)
{
    int limit = c->settings.node_action_limit;

    if (limit <= 0) {
        limit = (int)int_parse(option_text(c, "node-action-limit"), 0);
    }
    c->job_max = limit > 0 ? limit : 2 * (int)c->settings.cores;
}

static int load_threshold(struct crmd *c)
{
    return (int)int_parse(option_text(c, "load-threshold"), 80);
}

static enum throttle_mode mode_for(double load, double low, double medium, double high, double extreme)
{
    if (extreme > 0 && load > extreme) {
        return MODE_EXTREME;
    }
    if (load > high) {
        return MODE_HIGH;
    }
    if (load > medium) {
        return MODE_MEDIUM;
    }
    return load > low ? MODE_LOW : MODE_NONE;
}

static enum throttle_mode cib_mode(struct crmd *c, double share)
{
    double max = c->settings.cores == 1 ? 0.4 : 0.95;
    double threshold = load_threshold(c) / 100.0;

    if (threshold > 0 && threshold < max) {
        max = threshold;
    }
    return share < 0 ? MODE_NONE : mode_for(share, 0.8 * max, 0.9 * max, max, 1.5 * max);
}

static enum throttle_mode cpu_mode(struct crmd *c, double loadavg)
{
    double threshold = load_threshold(c) / 100.0;
    double cores = c->settings.cores == 1 ? 0.6 : c->settings.cores;

    if (threshold <= 0 || loadavg < 0) {
        return MODE_NONE;
    }
    return mode_for(loadavg, threshold * cores * 1.2, threshold * cores * 1.6, threshold * cores * 2.0, 0);
}

void crmd_load(crmd_t *c, double cib_share, double loadavg)
{
    enum throttle_mode cib, mode;

    if (c->stopped || !crmd_has(c, F_HA_CONNECTED)) {
        return;
    }
    cib = cib_mode(c, cib_share);
    mode = cpu_mode(c, loadavg);
    mode = cib > mode ? cib : mode;
    if ((int)mode == c->own_mode) {
        return;
    }
    log_info("New throttle mode: %s load (was %s)", mode_name(mode),
             c->own_mode < 0 ? "undetermined" : mode_name(mode_from(c->own_mode)));
    c->own_mode = (int)mode;

    xmlNode *msg XML_AUTO = message_request("throttle", NULL, NULL, SYS_CRMD, SYS_CRMD, NULL);

    xml_set_int(msg, "crm-limit-mode", mode);
    xml_set_int(msg, "crm-limit-max", c->job_max);
    c->ops.cluster_send(c->arg, NULL, CMSG_CRMD, msg);
}

void throttle_message(struct crmd *c, const xmlNode *msg)
{
    const char *node = xml_get(msg, "src");
    long long mode = 0, max = 0;
    struct throttle_record *record;

    if (node == NULL || xml_get_int(msg, "crm-limit-mode", &mode) != 0
        || xml_get_int(msg, "crm-limit-max", &max) != 0) {
        log_warn("Ignoring throttle message without %s", node ? "mode or maximum" : "sender");
        return;
    }
    record = g_hash_table_lookup(c->throttle, node);
    if (record == NULL) {
        record = g_new0(struct throttle_record, 1);
        g_hash_table_insert(c->throttle, g_strdup(node), record);
    }
    record->mode = mode_from(mode > INT32_MAX ? INT32_MAX : mode < 0 ? 0 : (int)mode);
    record->max = max > INT32_MAX ? INT32_MAX : max < 0 ? 0 : (int)max;
    log_debug("Node %s has %s load and supports at most %d jobs", node, mode_name(record->mode), record->max);
    if (crmd_has(c, F_THE_DC) && c->graph && !c->graph->complete) {
        te_trigger(c);
    }
}

int throttle_job_limit(struct crmd *c, const char *node)
{
    const struct throttle_record *record = node ? g_hash_table_lookup(c->throttle, node) : NULL;
    enum throttle_mode mode = record ? record->mode : MODE_LOW;
    int max = record ? record->max : c->job_max;

    switch (mode) {
        case MODE_NONE: break;
        case MODE_LOW: max /= 2; break;
        case MODE_MEDIUM: max /= 4; break;
        default: max = 1; break;
    }
    return max > 1 ? max : 1;
}

int throttle_batch_limit(struct crmd *c, int limit)
{
    int peers = (int)peers_active_count(c->peers);
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, c->throttle);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct throttle_record *record = value;
        int part = record->mode == MODE_EXTREME ? peers / 4 : record->mode == MODE_HIGH ? peers / 2 : -1;

        if (part >= 0 && (limit == 0 || limit > part)) {
            limit = part > 1 ? part : 1;
        }
    }
    return limit;
}

/* ---- jobs under way ---- */

static struct node_jobs *jobs_of(struct crmd *c, const char *node)
{
    struct node_jobs *jobs = g_hash_table_lookup(c->jobs, node);

    if (jobs == NULL) {
        jobs = g_new0(struct node_jobs, 1);
        g_hash_table_insert(c->jobs, g_strdup(node), jobs);
    }
    return jobs;
}

static bool is_migration(const struct te_action *action)
{
    return same_text(te_task(action), "migrate_to") || same_text(te_task(action), "migrate_from");
}

static void job_add(struct crmd *c, const char *node, const struct te_action *action, int delta)
{
    if (node) {
        struct node_jobs *jobs = jobs_of(c, node);

        jobs->jobs += delta;
        jobs->migrations += is_migration(action) ? delta : 0;
    }
}

void jobs_add(struct crmd *c, const struct te_action *action, int delta)
{
    const char *router = xml_get(action->xml, "router_node");

    if (router == NULL && is_migration(action)) {
        job_add(c, te_meta(action, "CRM_meta_migrate_source"), action, delta);
        job_add(c, te_meta(action, "CRM_meta_migrate_target"), action, delta);
        return;
    }
    job_add(c, router ? router : te_node(action), action, delta);
}

void jobs_reset(struct crmd *c)
{
    g_hash_table_remove_all(c->jobs);
}

static bool job_allowed(struct crmd *c, const struct te_graph *graph, const struct te_action *action,
                        const char *node)
{
    const struct node_jobs *jobs = node ? g_hash_table_lookup(c->jobs, node) : NULL;
    int limit;

    if (node == NULL) {
        return true;
    }
    limit = throttle_job_limit(c, node);
    if (jobs && jobs->jobs >= limit) {
        log_debug("Peer %s is over its job limit of %d: deferring %s", node, limit,
                  text_or(te_key(action), "?"));
        return false;
    }
    if (jobs && graph->migration_limit > 0 && jobs->migrations >= graph->migration_limit
        && is_migration(action)) {
        log_debug("Peer %s is over its migration limit of %d: deferring %s", node, graph->migration_limit,
                  text_or(te_key(action), "?"));
        return false;
    }
    return true;
}

bool jobs_allowed(struct crmd *c, const struct te_graph *graph, const struct te_action *action)
{
    const char *router = xml_get(action->xml, "router_node");

    if (router == NULL && is_migration(action)) {
        return job_allowed(c, graph, action, te_meta(action, "CRM_meta_migrate_source"))
               && job_allowed(c, graph, action, te_meta(action, "CRM_meta_migrate_target"));
    }
    return job_allowed(c, graph, action, router ? router : te_node(action));
}
