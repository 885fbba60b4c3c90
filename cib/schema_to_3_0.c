/* The configuration's syntax of schema 3.0 instead of 2.10 (cib.md §1.13): old names of options and
 * parameters, defaults that were options, what operations required. Blocks that only refer to others
 * (id-ref) follow their original. Pure. */
#include "cib/schema_transform.h"

#include <string.h>
#include <glib.h>

#define NEW_ID "_2TO3_"

struct renamed {
    const char *from, *to;          /* to NULL: no more known */
};

static const struct renamed options[] = {
    {"cluster_recheck_interval", "cluster-recheck-interval"},
    {"dc_deadtime", "dc-deadtime"},
    {"election_timeout", "election-timeout"},
    {"no_quorum_policy", "no-quorum-policy"},
    {"remove_after_stop", "remove-after-stop"},
    {"shutdown_escalation", "shutdown-escalation"},
    {"startup_fencing", "startup-fencing"},
    {"stonith_action", "stonith-action"},
    {"stonith_enabled", "stonith-enabled"},
    {"stop_orphan_actions", "stop-orphan-actions"},
    {"stop_orphan_resources", "stop-orphan-resources"},
    {"symmetric_cluster", "symmetric-cluster"},
    {"transition_idle_timeout", "cluster-delay"},
    {"default-migration-threshold", NULL},
    {"default_migration_threshold", NULL},
    {"expected-quorum-votes", NULL},
    {"notification-agent", NULL},
    {"notification-recipient", NULL},
    {NULL, NULL},
};

static const struct renamed rsc_defaults[] = {
    {"default-resource-stickiness", "resource-stickiness"},
    {"default_resource_stickiness", "resource-stickiness"},
    {"is-managed-default", "is-managed"},
    {"is_managed_default", "is-managed"},
    {"default-resource-failure-stickiness", "migration-threshold"},
    {"default_resource_failure_stickiness", "migration-threshold"},
    {NULL, NULL},
};

static const struct renamed op_defaults[] = {
    {"default-action-timeout", "timeout"},
    {"default_action_timeout", "timeout"},
    {NULL, NULL},
};

static const struct renamed parameters[] = {
    {"pcmk_list_cmd", "pcmk_list_action"},
    {"pcmk_monitor_cmd", "pcmk_monitor_action"},
    {"pcmk_off_cmd", "pcmk_off_action"},
    {"pcmk_on_cmd", "pcmk_on_action"},
    {"pcmk_reboot_cmd", "pcmk_reboot_action"},
    {"pcmk_status_cmd", "pcmk_status_action"},
    {NULL, NULL},
};

static const struct renamed metas[] = {
    {"resource-failure-stickiness", "migration-threshold"},
    {"resource_failure_stickiness", "migration-threshold"},
    {"isolation", "target-role"},
    {"isolation-host", "target-role"},
    {"isolation-instance", "target-role"},
    {"isolation-wrapper", "target-role"},
    {NULL, NULL},
};

static const char *const infrastructures[] = {
    "heartbeat", "openais", "classic openais", "classic openais (with plugin)", "cman", NULL,
};

static const char *const op_settings[] = {
    "interval-origin", "start-delay", "enabled", "on-fail", "record-pending", "role", "timeout", NULL,
};

static const char *const op_counted[] = {"start", "promote", NULL};

static const char *id_of(const xmlNode *node)
{
    return xml_id(node) != NULL ? xml_id(node) : "";
}

static const struct renamed *find(const struct renamed *table, const char *name)
{
    for (; name != NULL && table->from != NULL; table++) {
        if (strcmp(table->from, name) == 0) {
            return table;
        }
    }
    return NULL;
}

static bool has(const char *const *list, const char *text)
{
    return text != NULL && g_strv_contains(list, text);
}

static void move(xmlNode *node, xmlNode *to)
{
    xmlUnlinkNode(node);
    xmlAddChild(to, node);
}

static void free_without_pairs(xmlNode *block)
{
    if (xml_get(block, "id-ref") == NULL && xml_first(block, "nvpair") == NULL) {
        xml_free(block);
    }
}

/* ---- options ---- */

/* "Failure stickiness" is a threshold of 1 when it was infinite, and nothing otherwise. False: the pair is
 * gone. */
static bool rename_pair(xmlNode *pair, const struct renamed *to)
{
    if (to->to != NULL && strcmp(to->to, "migration-threshold") == 0) {
        if (xml_get(pair, "value") == NULL || strcmp(xml_get(pair, "value"), "-INFINITY") != 0) {
            xml_free(pair);
            return false;
        }
        xml_set(pair, "value", "1");
    }
    if (to->to == NULL) {
        xml_free(pair);
        return false;
    }
    xml_set(pair, "name", to->to);
    return true;
}

static bool defined_in(const xmlNode *section, const char *name)
{
    xml_foreach(block, section, "meta_attributes") {
        if (xml_find(block, "nvpair", "name", name) != NULL) {
            return true;
        }
    }
    return false;
}

/* Where defaults go: a section of its own, or the first block of the present one.
 * NULL: that one has a rule, or is none. */
static xmlNode *defaults_block(xmlNode *configuration, const char *section, const char *id)
{
    xmlNode *found = xml_first(configuration, section), *block;

    if (found == NULL) {
        block = xml_add(xml_add(configuration, section), "meta_attributes");
        xml_set(block, "id", id);
        return block;
    }
    block = xml_first(found, "meta_attributes");
    if (block == NULL || xml_get(block, "id-ref") != NULL || xml_first(block, "rule") != NULL) {
        return NULL;
    }
    return block;
}

static void add_defaults(xmlNode *configuration, const char *section, const char *id, xmlNode *pairs)
{
    xmlNode *present = xml_first(configuration, section), *block;

    for (xmlNode *pair = xml_first(pairs, "nvpair"), *next; pair != NULL; pair = next) {
        next = xml_next(pair, "nvpair");
        if (defined_in(present, xml_get(pair, "name"))) {
            xml_free(pair);
        }
    }
    block = xml_first(pairs, "nvpair") == NULL ? NULL : defaults_block(configuration, section, id);
    while (block != NULL && xml_first(pairs, "nvpair") != NULL) {
        move(xml_first(pairs, "nvpair"), block);
    }
}

/* Defaults among the options of a set that has a rule are lost. */
static void convert_option(xmlNode *pair, bool ruled, xmlNode *rsc, xmlNode *op)
{
    const char *name = xml_get(pair, "name"), *value = xml_get(pair, "value");
    const struct renamed *option = find(options, name), *to_rsc = find(rsc_defaults, name);
    const struct renamed *to_op = find(op_defaults, name);

    if (option != NULL) {
        rename_pair(pair, option);
    } else if (to_rsc != NULL || to_op != NULL) {
        if (ruled) {
            xml_free(pair);
        } else if (rename_pair(pair, to_rsc != NULL ? to_rsc : to_op)) {
            move(pair, to_rsc != NULL ? rsc : op);
        }
    } else if (name != NULL && strcmp(name, "cluster-infrastructure") == 0 && has(infrastructures, value)) {
        xml_free(pair);
    }
}

static void convert_options(xmlNode *configuration)
{
    /* of the same document, whose dictionary the names are in */
    XML_AUTO xmlNode *moved = xmlNewDocNode(configuration->doc, NULL, (const xmlChar *)"moved", NULL);
    xmlNode *rsc = xml_add(moved, "rsc_defaults"), *op = xml_add(moved, "op_defaults"), *next;
    xmlNode *set = xml_first(xml_first(configuration, "crm_config"), "cluster_property_set");

    for (; set != NULL; set = next) {
        bool ruled = xml_first(set, "rule") != NULL, had = xml_first(set, "nvpair") != NULL;

        next = xml_next(set, "cluster_property_set");
        for (xmlNode *pair = xml_first(set, "nvpair"), *following; pair != NULL; pair = following) {
            following = xml_next(pair, "nvpair");
            convert_option(pair, ruled, rsc, op);
        }
        if (had) {
            free_without_pairs(set);
        }
    }
    add_defaults(configuration, "op_defaults", NEW_ID "-op-defaults", op);
    add_defaults(configuration, "rsc_defaults", NEW_ID "-rsc-defaults", rsc);
}

/* ---- resources ---- */

static void convert_meta(xmlNode *pair)
{
    const struct renamed *to = find(metas, xml_get(pair, "name"));

    if (to == NULL || !rename_pair(pair, to)) {
        return;
    }
    if (strcmp(to->to, "target-role") == 0) {
        xml_set(pair, "value", "Stopped");          /* what ran isolated does not run any more */
    }
}

static void convert_parameter(xmlNode *pair)
{
    const char *name = xml_get(pair, "name"), *value = xml_get(pair, "value");
    const struct renamed *to = find(parameters, name);

    if (to != NULL) {
        rename_pair(pair, to);
    } else if (name != NULL && strcmp(name, "pcmk_arg_map") == 0) {
        if (value != NULL && g_str_has_prefix(value, "port:") && strchr(value, ',') == NULL) {
            char *argument = g_strdup(value + strlen("port:"));

            xml_set(pair, "name", "pcmk_host_argument");
            xml_set(pair, "value", argument);
            g_free(argument);
        } else {
            xml_free(pair);
        }
    }
}

static void convert_blocks(xmlNode *rsc, const char *tag, void (*convert)(xmlNode *pair))
{
    for (xmlNode *block = xml_first(rsc, tag), *next; block != NULL; block = next) {
        bool had = xml_first(block, "nvpair") != NULL;

        next = xml_next(block, tag);
        for (xmlNode *pair = xml_first(block, "nvpair"), *following; pair != NULL; pair = following) {
            following = xml_next(pair, "nvpair");
            convert(pair);
        }
        if (had) {
            free_without_pairs(block);
        }
    }
}

/* Settings of an operation among its parameters. */
static void move_settings(xmlNode *op)
{
    xmlNode *meta = xml_first(op, "meta_attributes");

    for (xmlNode *block = xml_first(op, "instance_attributes"), *next; block != NULL; block = next) {
        next = xml_next(block, "instance_attributes");
        for (xmlNode *pair = xml_first(block, "nvpair"), *following; pair != NULL; pair = following) {
            following = xml_next(pair, "nvpair");
            if (!has(op_settings, xml_get(pair, "name"))) {
                continue;
            }
            if (meta == NULL) {
                meta = xml_add(op, "meta_attributes");
                xml_setf(meta, "id", NEW_ID "%s-meta", id_of(op));
            }
            move(pair, meta);
        }
        free_without_pairs(block);
    }
}

/* What an operation requires: kept for the resource when that says nothing and the operation is a start or
 * promote. */
struct requirement {
    char *block_id, *pair_id, *value;
};

static void note_requirement(struct requirement *r, char *block_id, char *pair_id, const char *value)
{
    if (r->value == NULL) {
        *r = (struct requirement){block_id, pair_id, g_strdup(value)};
    } else {
        g_free(block_id);
        g_free(pair_id);
    }
}

static void take_requirement(xmlNode *op, const char *tag, bool counts, struct requirement *r)
{
    for (xmlNode *block = xml_first(op, tag), *next; block != NULL; block = next) {
        xmlNode *pair = xml_find(block, "nvpair", "name", "requires");

        next = xml_next(block, tag);
        if (pair == NULL) {
            continue;
        }
        if (counts && xml_get(pair, "value") != NULL) {
            note_requirement(r, g_strdup_printf(NEW_ID "%s", id_of(block)), g_strdup(id_of(pair)),
                             xml_get(pair, "value"));
        }
        xml_free(pair);
        free_without_pairs(block);
    }
}

static void convert_requirements(xmlNode *rsc)
{
    struct requirement r = {0};
    bool said = defined_in(rsc, "requires");

    xml_foreach(op, xml_first(rsc, "operations"), "op") {
        bool counts = !said && has(op_counted, xml_get(op, "name"));

        if (counts && xml_get(op, "requires") != NULL) {
            note_requirement(&r, g_strdup_printf(NEW_ID "%s-meta", id_of(rsc)),
                             g_strdup_printf(NEW_ID "%s-meta-requires", id_of(op)), xml_get(op, "requires"));
        }
        xml_unset(op, "requires");
        take_requirement(op, "meta_attributes", counts, &r);
        take_requirement(op, "instance_attributes", counts, &r);
    }
    if (r.value != NULL) {
        xmlNode *block = xml_add(rsc, "meta_attributes"), *pair = xml_add(block, "nvpair");

        xml_set(block, "id", r.block_id);
        xml_set(pair, "id", r.pair_id);
        xml_set(pair, "name", "requires");
        xml_set(pair, "value", r.value);
    }
    g_free(r.block_id);
    g_free(r.pair_id);
    g_free(r.value);
}

static void convert_resource(xmlNode *rsc)
{
    convert_blocks(rsc, "meta_attributes", convert_meta);
    convert_blocks(rsc, "instance_attributes", convert_parameter);
    convert_requirements(rsc);
    xml_foreach(op, xml_first(rsc, "operations"), "op") {
        move_settings(op);
    }
}

/* Resources are nested no deeper than bundle or clone, group, primitive. */
static void convert_resources(xmlNode *parent, unsigned depth)
{
    xml_foreach(rsc, parent, NULL) {
        if (xml_is(rsc, "primitive") || xml_is(rsc, "template")) {
            convert_resource(rsc);
        } else if (depth > 0) {
            convert_resources(rsc, depth - 1);
        }
    }
}

void schema_to_3_0(xmlNode *cib)
{
    xmlNode *configuration = xml_first(cib, "configuration");

    if (configuration == NULL) {
        return;
    }
    convert_options(configuration);
    xml_foreach(node, xml_first(configuration, "nodes"), "node") {
        if (xml_get(node, "type") != NULL && strcmp(xml_get(node, "type"), "normal") == 0) {
            xml_set(node, "type", "member");
        }
    }
    convert_resources(xml_first(configuration, "resources"), 3);
    xml_foreach(colocation, xml_first(configuration, "constraints"), "rsc_colocation") {
        xml_unset(colocation, "score-attribute");
        xml_unset(colocation, "score-attribute-mangle");
    }
    xml_set(cib, "validate-with", "pacemaker-3.0");
}
