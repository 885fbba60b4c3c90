/* What a seed chooses: resources, options, how often agents fail; and the configuration that follows. */
#include "tests/sim/cluster/cluster.h"

#define SINGLES_MAX 4u

void plan_pick(struct world *c)
{
    struct sim *s = c->sim;
    struct plan *p = &c->plan;

    p->fencing = sim_chance(s, 85);
    p->singles = (unsigned)(1 + sim_below(s, SINGLES_MAX));
    p->group = sim_chance(s, 60);
    p->clone = sim_chance(s, 50);
    p->promotable = sim_chance(s, 50);
    p->ordering = p->group && sim_chance(s, 60);
    p->no_quorum_policy = sim_chance(s, 75) ? "stop" : sim_chance(s, 50) ? "freeze" : "suicide";
    p->start_fails = sim_chance(s, 50) ? 0 : (unsigned)sim_below(s, 80);
    p->stop_fails = !p->fencing || sim_chance(s, 60) ? 0 : (unsigned)sim_below(s, 40);
    p->monitor_fails = sim_chance(s, 50) ? 0 : (unsigned)sim_below(s, 30);
    p->promote_fails = sim_chance(s, 60) ? 0 : (unsigned)sim_below(s, 60);
    p->hangs = sim_chance(s, 70) ? 0 : (unsigned)sim_below(s, 20);
    p->fence_fails = sim_chance(s, 70) ? 0 : (unsigned)sim_below(s, 40);
    p->fault_interval_ms = (unsigned)(2000 + sim_below(s, 40000));
    p->chaos_s = (unsigned)(40 + sim_below(s, c->n > 6 ? 30 : 250));
    if (sim_chance(s, 15)) {
        p->fault_interval_ms = (unsigned)(200 + sim_below(s, 3000));      /* a storm */
        p->chaos_s = MIN(p->chaos_s, 60);
    }
    p->spread_us = sim_chance(s, 60) ? 0 : (unsigned)sim_below(s, sim_chance(s, 50) ? 5000 : 200000);
    p->disk_ms = sim_chance(s, 80) ? 0 : (unsigned)sim_below(s, 2000);
    p->migration = sim_chance(s, 30);
    p->threshold = sim_chance(s, 70) ? 0 : (unsigned)(1 + sim_below(s, 3));
    p->failure_timeout = sim_chance(s, 30);
    p->start_not_fatal = sim_chance(s, 30);
    p->failures_fence = p->fencing && sim_chance(s, 10);
    p->snipe = sim_chance(s, 70) ? 0 : (unsigned)(300 + sim_below(s, 10000));
    p->early = sim_chance(s, 30) && c->n > 2;    /* doc/simulation.md tells why not two */
    p->newcomer = sim_chance(s, 15);
    p->counted = true;              /* what is not counted may lose against a part that counted its status */
    p->admin = sim_chance(s, 80);
    p->power = sim_chance(s, 80);
    p->daemon_kills = sim_chance(s, 60);
    p->corosync_kills = sim_chance(s, 30);
    p->partitions = sim_chance(s, 60);
    p->clocks = sim_chance(s, 20);
    p->pauses = sim_chance(s, 30);
}

/* ---- pieces of the document ---- */

static void pair(xmlNode *parent, const char *prefix, const char *name, const char *value)
{
    xmlNode *nvpair = xml_add(parent, "nvpair");

    xml_setf(nvpair, "id", "%s-%s", prefix, name);
    xml_set(nvpair, "name", name);
    xml_set(nvpair, "value", value);
}

static xmlNode *set_of(xmlNode *parent, const char *kind, const char *id)
{
    xmlNode *set = xml_add(parent, kind);

    xml_set(set, "id", id);
    return set;
}

/* Meta attributes and more that single resources get. */
static void complete_single(const struct plan *p, xmlNode *rsc, const char *id)
{
    xmlNode *meta = set_of(rsc, "meta_attributes", id);
    xmlNode *monitor = xml_first(xml_first(rsc, "operations"), "op");

    xml_setf(meta, "id", "%s-meta", id);
    if (p->migration) {
        pair(meta, xml_id(meta), "allow-migrate", "true");
    }
    if (p->threshold > 0) {
        char text[16];

        snprintf(text, sizeof text, "%u", p->threshold);
        pair(meta, xml_id(meta), "migration-threshold", text);
    }
    if (p->failure_timeout) {
        pair(meta, xml_id(meta), "failure-timeout", "60s");
    }
    if (p->failures_fence) {
        xml_set(monitor, "on-fail", "fence");
    }
}

static void operation(xmlNode *operations, const char *rsc, const char *name, const char *interval,
                      const char *timeout, const char *role)
{
    xmlNode *op = xml_add(operations, "op");

    xml_setf(op, "id", "%s-%s-%s", rsc, name, interval);
    xml_set(op, "name", name);
    xml_set(op, "interval", interval);
    xml_set(op, "timeout", timeout);
    xml_set(op, "role", role);
}

static xmlNode *primitive(xmlNode *parent, const char *id, const char *type)
{
    xmlNode *rsc = xml_add(parent, "primitive");
    xmlNode *operations;

    xml_set(rsc, "id", id);
    xml_set(rsc, "class", "ocf");
    xml_set(rsc, "provider", "pacemaker");
    xml_set(rsc, "type", type);
    operations = xml_add(rsc, "operations");
    if (strcmp(type, "Stateful") == 0) {
        operation(operations, id, "monitor", "11s", "20s", "Promoted");
        operation(operations, id, "monitor", "13s", "20s", "Unpromoted");
        operation(operations, id, "promote", "0s", "20s", NULL);
        operation(operations, id, "demote", "0s", "20s", NULL);
    } else {
        operation(operations, id, "monitor", "10s", "20s", NULL);
    }
    operation(operations, id, "start", "0s", "20s", NULL);
    operation(operations, id, "stop", "0s", "20s", NULL);
    return rsc;
}

static xmlNode *with_meta(xmlNode *parent, const char *element, const char *id)
{
    xmlNode *node = xml_add(parent, element);

    xml_set(node, "id", id);
    return node;
}

static void fence_device(struct world *c, xmlNode *resources)
{
    xmlNode *rsc = xml_add(resources, "primitive"), *set;
    GString *list = g_string_new(NULL);

    for (unsigned i = 0; i < c->n; i++) {
        g_string_append_printf(list, "%s%s", i > 0 ? " " : "", c->host[i].name);
    }
    xml_set(rsc, "id", "Fencing");
    xml_set(rsc, "class", "stonith");
    xml_set(rsc, "type", "fence_switch");
    set = set_of(rsc, "instance_attributes", "Fencing-params");
    pair(set, "Fencing", "pcmk_host_list", list->str);
    operation(xml_add(rsc, "operations"), "Fencing", "monitor", "60s", "20s", NULL);
    g_string_free(list, TRUE);
}

static void add_resources(struct world *c, xmlNode *resources)
{
    const struct plan *p = &c->plan;
    xmlNode *node, *meta;
    char id[24];

    if (p->fencing) {
        fence_device(c, resources);
    }
    for (unsigned i = 0; i < p->singles; i++) {
        snprintf(id, sizeof id, "single%u", i + 1);
        complete_single(p, primitive(resources, id, "Dummy"), id);
    }
    if (p->group) {
        node = with_meta(resources, "group", "web");
        primitive(node, "ip", "Dummy");
        primitive(node, "server", "Dummy");
    }
    if (p->clone) {
        node = with_meta(resources, "clone", "store-clone");
        primitive(node, "store", "Dummy");
    }
    if (p->promotable) {
        node = with_meta(resources, "clone", "db-clone");
        meta = set_of(node, "meta_attributes", "db-clone-meta");
        pair(meta, "db-clone", "promotable", "true");
        primitive(node, "db", "Stateful");
    }
}

static void add_constraints(struct world *c, xmlNode *constraints)
{
    xmlNode *node;

    if (!c->plan.ordering) {
        return;
    }
    node = xml_add(constraints, "rsc_order");
    xml_set(node, "id", "single1-then-web");
    xml_set(node, "first", "single1");
    xml_set(node, "then", "web");
    if (c->plan.promotable) {
        node = xml_add(constraints, "rsc_colocation");
        xml_set(node, "id", "web-with-db");
        xml_set(node, "rsc", "web");
        xml_set(node, "with-rsc", "db-clone");
        xml_set(node, "with-rsc-role", "Promoted");
        xml_set(node, "score", "INFINITY");
    }
}

xmlNode *config_new(struct world *c)
{
    const struct plan *p = &c->plan;
    xmlNode *cib = xml_new("cib"), *configuration, *options, *set;

    xml_set(cib, "crm_feature_set", CRM_FEATURE_SET);
    xml_set(cib, "validate-with", "pacemaker-3.9");
    xml_set(cib, "epoch", "10");
    xml_set(cib, "num_updates", "0");
    xml_set(cib, "admin_epoch", "0");
    configuration = xml_add(cib, "configuration");
    options = xml_add(configuration, "crm_config");
    if (p->counted) {
        set_of(options, "cluster_property_set", "changes");
    }
    set = set_of(options, "cluster_property_set", "cib-bootstrap-options");
    pair(set, "opt", "stonith-enabled", p->fencing ? "true" : "false");
    pair(set, "opt", "no-quorum-policy", p->no_quorum_policy);
    pair(set, "opt", "dc-deadtime", "5s");
    pair(set, "opt", "stonith-timeout", "30s");
    pair(set, "opt", "start-failure-is-fatal", p->start_not_fatal ? "false" : "true");
    pair(set, "opt", "cluster-recheck-interval", "5min");
    xml_add(configuration, "nodes");
    add_resources(c, xml_add(configuration, "resources"));
    add_constraints(c, xml_add(configuration, "constraints"));
    xml_add(cib, "status");
    return cib;
}
