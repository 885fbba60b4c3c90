/* What the CIB says about fence devices: which there are, with which parameters, and whether this node may
 * use them. */
#include "config.h"
#include "stonithd/cib_devices.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pacemaker/common/log.h"
#include "pacemaker/common/nvsets.h"
#include "pacemaker/common/rules.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/xml.h"

#define SEARCH_DEPTH 12u
#define NESTING_MAX 8u

/* The node we look through: its attributes and id. */
typedef struct {
    xmlNode *cib;
    const char *name, *id;
    struct iso_now now;
    bool symmetric;                      /* resources may run anywhere unless told otherwise */
} view_t;

static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}

xmlNode *cib_section(xmlNode *cib, const char *name)
{
    return cib != NULL ? xml_first(xml_first(cib, "configuration"), name) : NULL;
}

static const xmlNode *find_nvpair(const xmlNode *node, const char *name, unsigned depth)
{
    xml_foreach (child, node, NULL) {
        if (xml_is(child, "nvpair") && xml_get(child, "name") != NULL
            && strcmp(xml_get(child, "name"), name) == 0) {
            return child;
        }
        const xmlNode *found = depth > 0 ? find_nvpair(child, name, depth - 1) : NULL;
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

const char *cib_option(xmlNode *cib, const char *name)
{
    const xmlNode *config = cib_section(cib, "crm_config");

    return config != NULL ? xml_get(find_nvpair(config, name, SEARCH_DEPTH), "value") : NULL;
}

/* ---- the node ---- */

static const xmlNode *node_entry(xmlNode *cib, const char *name)
{
    xml_foreach (node, cib_section(cib, "nodes"), "node") {
        if (same(xml_get(node, "uname"), name)) {
            return node;
        }
    }
    return NULL;
}

static const char *attribute_below(const xmlNode *node, const char *block, const char *name)
{
    xml_foreach (set, node, block) {
        const xmlNode *pair = find_nvpair(set, name, 2);
        if (pair != NULL) {
            return xml_get(pair, "value");
        }
    }
    return NULL;
}

bool cib_node_has_attribute(xmlNode *cib, const char *node, const char *attribute, const char *value)
{
    const char *found = attribute_below(node_entry(cib, node), "instance_attributes", attribute);

    return found != NULL && strcmp(found, value) == 0;
}

static const char *transient_attribute(const view_t *view, const char *name)
{
    xml_foreach (state, xml_first(view->cib, "status"), "node_state") {
        if (same(xml_get(state, "uname"), view->name)) {
            return attribute_below(xml_first(state, "transient_attributes"), "instance_attributes", name);
        }
    }
    return NULL;
}

/* Node attribute for rules. */
static const char *look_up(void *arg, const char *name)
{
    const view_t *view = arg;

    if (strcmp(name, "#uname") == 0) {
        return view->name;
    }
    if (strcmp(name, "#id") == 0) {
        return view->id;
    }
    if (strcmp(name, "#kind") == 0) {
        return "cluster";
    }
    const char *value = attribute_below(node_entry(view->cib, view->name), "instance_attributes", name);
    return value != NULL ? value : transient_attribute(view, name);
}

static struct rule_context context_of(const view_t *view)
{
    return (struct rule_context){
        .now = view->now, .node_attribute = look_up, .node = (void *)(uintptr_t)view};
}

/* ---- location constraints ---- */

static bool pattern_matches(const char *pattern, const char *id)
{
    bool negated = pattern[0] == '!';
    regex_t regex;

    if (regcomp(&regex, pattern + negated, REG_EXTENDED | REG_NOSUB) != 0) {
        return false;
    }
    bool matches = regexec(&regex, id, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches != negated;
}

static bool set_names(const xmlNode *constraint, const char *id)
{
    xml_foreach (set, constraint, "resource_set") {
        xml_foreach (ref, set, "resource_ref") {
            if (xml_id(ref) != NULL && strcmp(xml_id(ref), id) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool constraint_is_about(const xmlNode *constraint, const char *id)
{
    const char *rsc = xml_get(constraint, "rsc"), *pattern = xml_get(constraint, "rsc-pattern");

    return rsc != NULL       ? strcmp(rsc, id) == 0
           : pattern != NULL ? pattern_matches(pattern, id)
                             : set_names(constraint, id);
}

/* Score a rule gives this node; false: it does not apply. */
static bool rule_score(xmlNode *rule, const view_t *view, int *score)
{
    struct rule_context ctx = context_of(view);
    const char *attribute = xml_get(rule, "score-attribute");

    if (!rule_passes(rule, &ctx)) {
        return false;
    }
    const char *text =
        attribute != NULL ? look_up((void *)(uintptr_t)view, attribute) : xml_get(rule, "score");
    *score = score_parse(text, NULL);
    return true;
}

/* Is the resource kept away from this node? Seen for one id: its own, or that of what contains it. */
static bool banned(const view_t *view, const char *id)
{
    bool allowed = view->symmetric;
    int total = 0, score = 0;

    xml_foreach (constraint, cib_section(view->cib, "constraints"), "rsc_location") {
        if (!constraint_is_about(constraint, id)) {
            continue;
        }
        if (xml_get(constraint, "node") != NULL) {
            if (same(xml_get(constraint, "node"), view->name)) {
                total = score_add(total, score_parse(xml_get(constraint, "score"), NULL));
                allowed = true;
            }
            continue;
        }
        xml_foreach (rule, constraint, "rule") {
            if (rule_score(rule, view, &score)) {
                total = score_add(total, score);
                allowed = true;
            }
        }
    }
    return !allowed || total < 0;
}

/* ---- resources ---- */

static xmlNode *template_of(const view_t *view, const xmlNode *primitive)
{
    const char *name = xml_get(primitive, "template");

    return name != NULL ? xml_find(cib_section(view->cib, "resources"), "template", "id", name) : NULL;
}

static void set_pair(void *arg, const char *name, const char *value, bool overwrite)
{
    GHashTable *table = arg;

    if (value == NULL) {
        g_hash_table_remove(table, name);
    } else if (overwrite || !g_hash_table_contains(table, name)) {
        g_hash_table_replace(table, g_strdup(name), g_strdup(value));
    }
}

static void collect(const view_t *view, xmlNode *owner, const char *tag, GHashTable *table)
{
    struct rule_context ctx = context_of(view);
    struct nvset_sink sink = {.set = set_pair, .arg = table};

    if (owner != NULL) {
        nvsets_unpack(owner, tag, &ctx, NULL, false, &sink);
    }
}

static GHashTable *new_table(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

/* The primitive's own, its template's, its containers', then the defaults: the first that says it wins. */
static GHashTable *meta_of(const view_t *view, xmlNode *primitive, xmlNode *const *parents, unsigned depth)
{
    GHashTable *meta = new_table();

    collect(view, primitive, "meta_attributes", meta);
    collect(view, template_of(view, primitive), "meta_attributes", meta);
    for (unsigned i = depth; i > 0; i--) {
        collect(view, parents[i - 1], "meta_attributes", meta);
    }
    collect(view, cib_section(view->cib, "rsc_defaults"), "meta_attributes", meta);
    return meta;
}

static bool stopped(GHashTable *meta)
{
    return same(g_hash_table_lookup(meta, "target-role"), "Stopped");
}

static const char *attribute_or_template(const view_t *view, const xmlNode *primitive, const char *name)
{
    const char *value = xml_get(primitive, name);

    return value != NULL ? value : xml_get(template_of(view, primitive), name);
}

typedef struct {
    view_t view;
    cib_device_fn fn;
    void *arg;
    xmlNode *parents[NESTING_MAX];       /* groups and clones around the resource looked at */
} walk_t;

static void visit_primitive(walk_t *walk, xmlNode *primitive, unsigned depth)
{
    const view_t *view = &walk->view;
    const char *id = xml_id(primitive), *agent = attribute_or_template(view, primitive, "type");

    if (id == NULL || agent == NULL || !same(attribute_or_template(view, primitive, "class"), "stonith")) {
        return;
    }
    bool away = banned(view, id);
    for (unsigned i = 0; i < depth; i++) {
        away = away || banned(view, xml_id(walk->parents[i]));
    }
    GHashTable *meta = meta_of(view, primitive, walk->parents, depth);
    if (away || stopped(meta)) {
        log_info("Device %s is %s", id, away ? "not allowed on this node" : "disabled");
    } else {
        GHashTable *params = new_table();
        const char *provides = g_hash_table_lookup(meta, "provides");

        collect(view, primitive, "instance_attributes", params);
        collect(view, template_of(view, primitive), "instance_attributes", params);
        walk->fn(device_new(id, agent, "stonith-ng", params, same(provides, "unfencing")), walk->arg);
    }
    g_hash_table_unref(meta);
}

static void visit(walk_t *walk, xmlNode *resource, unsigned depth)
{
    if (xml_is(resource, "primitive")) {
        visit_primitive(walk, resource, depth);
    } else if ((xml_is(resource, "group") || xml_is(resource, "clone") || xml_is(resource, "master"))
               && xml_id(resource) != NULL && depth < NESTING_MAX) {
        walk->parents[depth] = resource;
        xml_foreach (child, resource, NULL) {
            visit(walk, child, depth + 1);
        }
    }
}

void cib_devices(xmlNode *cib, const char *node, struct iso_now now, cib_device_fn fn, void *arg)
{
    const char *symmetric = cib_option(cib, "symmetric-cluster");
    walk_t walk = {
        .view = {.cib = cib, .name = node, .id = xml_id(node_entry(cib, node)), .now = now,
                 .symmetric = symmetric == NULL || crm_is_true(symmetric)},
        .fn = fn, .arg = arg,
    };

    xml_foreach (resource, cib_section(cib, "resources"), NULL) {
        visit(&walk, resource, 0);
    }
}

/* ---- patches ---- */

static bool change_matters(const xmlNode *change)
{
    const char *path = xml_get(change, "path"), *operation = xml_get(change, "operation");

    if (path == NULL || same(operation, "move") || strstr(path, "/status") != NULL) {
        return false;
    }
    if (strstr(path, "/configuration") != NULL) {
        return true;
    }
    /* the whole CIB or its configuration is replaced; a change of the root's attributes is not ours */
    return !same(operation, "modify");
}

bool cib_patch_matters(const xmlNode *patch)
{
    if (patch == NULL || xml_get(patch, "format") == NULL || atoi(xml_get(patch, "format")) < 2) {
        return true;
    }
    xml_foreach (change, patch, "change") {
        if (change_matters(change)) {
            return true;
        }
    }
    return false;
}
