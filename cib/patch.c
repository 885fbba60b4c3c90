/* Patchsets of format 2: building them from the marks of a tracked tree; what both formats share. Pure. */
#include "config.h"
#include "cib/patch.h"

#include <string.h>
#include "pacemaker/common/results.h"

static const char *const version_names[] = {"admin_epoch", "epoch", "num_updates"};

bool patch_ignores_attribute(const char *name)
{
    static const char *const ignored[] = {
        "crm-debug-origin", "cib-last-written", "update-origin", "update-client", "update-user",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(ignored); i++) {
        if (strcmp(name, ignored[i]) == 0) {
            return true;
        }
    }
    return false;
}

long long patch_format(const xmlNode *patch)
{
    long long format;

    return xml_get_int(patch, "format", &format) == 0 ? format : 1;
}

static void add_version(xmlNode *version, const char *name, const xmlNode *tree)
{
    xmlNode *entry = xml_add(version, name);

    for (size_t i = 0; i < G_N_ELEMENTS(version_names); i++) {
        const char *value = xml_get(tree, version_names[i]);

        xml_set(entry, version_names[i], value != NULL ? value : "1");
    }
}

static xmlNode *add_change(xmlNode *patch, const char *operation, const char *path, int position)
{
    xmlNode *change = xml_add(patch, "change");

    xml_set(change, "operation", operation);
    xml_set(change, "path", path);
    if (position >= 0) {
        xml_set_int(change, "position", position);
    }
    return change;
}

static void add_deletions(xmlNode *patch, const struct track *track)
{
    for (guint i = 0; i < track->deleted->len; i++) {
        const struct deleted_node *deleted = track->deleted->pdata[i];

        add_change(patch, "delete", deleted->path, deleted->position);
    }
}

static void add_attribute_changes(xmlNode *patch, const char *path, const xmlNode *node)
{
    xmlNode *change = NULL, *list = NULL, *result;

    for (const xmlAttr *attr = node->properties; attr != NULL; attr = attr->next) {
        xmlNode *entry;

        if (!marked(attr, MARK_DIRTY | MARK_DELETED)) {
            continue;
        }
        if (change == NULL) {
            change = add_change(patch, "modify", path, -1);
            list = xml_add(change, "change-list");
        }
        entry = xml_add(list, "change-attr");
        xml_set(entry, "name", attr_name(attr));
        if (marked(attr, MARK_DELETED)) {
            xml_set(entry, "operation", "unset");
        } else {
            xml_set(entry, "operation", "set");
            xml_set(entry, "value", attr_value(attr));
        }
    }
    if (change == NULL) {
        return;
    }
    result = xml_add(xml_add(change, "change-result"), xml_name(node));
    for (const xmlAttr *attr = node->properties; attr != NULL; attr = attr->next) {
        if (!marked(attr, MARK_DELETED)) {
            xml_set(result, attr_name(attr), attr_value(attr));
        }
    }
}

static void add_creation(xmlNode *patch, const char *parent_path, int position, const xmlNode *node)
{
    xmlNode *change = add_change(patch, "create", parent_path, position);

    xmlAddChild(change, xmlDocCopyNode((xmlNode *)node, change->doc, 1));
}

/* path is that of node's parent and is left as it was. */
static void add_changes(xmlNode *patch, GString *path, const xmlNode *node, int position)
{
    gsize parent_length = path->len;
    int index = 0;

    if (marked(node, MARK_CREATED)) {
        add_creation(patch, path->str, position, node);
        return;
    }
    if (!marked(node, MARK_TOUCHED)) {
        return;
    }
    node_path_append(path, node);
    if (node->type == XML_ELEMENT_NODE) {
        add_attribute_changes(patch, path->str, node);
        for (xmlNode *child = tree_first(node); child != NULL; child = tree_next(child)) {
            add_changes(patch, path, child, index++);
        }
    }
    if (marked(node, MARK_MOVED)) {
        add_change(patch, "move", path->str, position);
    }
    g_string_truncate(path, parent_length);
}

static xmlNode *patch2_create(const xmlNode *source, const xmlNode *target)
{
    xmlNode *patch = xml_new("diff"), *version;
    GString *path = g_string_sized_new(256);

    xml_set_int(patch, "format", 2);
    version = xml_add(patch, "version");
    add_version(version, "source", source);
    add_version(version, "target", target);
    add_deletions(patch, track_get(target));
    add_changes(patch, path, target, 0);
    g_string_free(path, TRUE);
    return patch;
}

static void count_up(xmlNode *cib, const char *name)
{
    long long value;

    track_set_attr_int(cib, name, xml_get_int(cib, name, &value) == 0 ? value + 1 : 1);
}

bool patch_count_versions(xmlNode *target, bool count_versions)
{
    bool config = track_config_changed(target);

    if (count_versions && config) {
        track_set_attr(target, "num_updates", "0");
        count_up(target, "epoch");
    } else if (count_versions) {
        count_up(target, "num_updates");
    }
    return config;
}

xmlNode *patch_create(int format, const xmlNode *source, xmlNode *target, bool count_versions,
                      bool *config_changed)
{
    const struct track *track = track_get(target);
    bool config;

    if (config_changed != NULL) {
        *config_changed = false;
    }
    if (track == NULL || !track->dirty) {
        return NULL;
    }
    config = patch_count_versions(target, count_versions);
    if (config_changed != NULL) {
        *config_changed = config;
    }
    if (format == 0) {
        format = feature_set_compare(xml_get(source, "crm_feature_set"), "3.0.8") > 0 ? 2 : 1;
    }
    return format == 2 ? patch2_create(source, target) : patch1_create(source, target, config);
}

void patch_add_digest(xmlNode *patch, const xmlNode *source, const xmlNode *target)
{
    const char *features = patch_format(patch) == 1 ? xml_get(source, "crm_feature_set") : CRM_FEATURE_SET;
    char *digest = cib_digest(target, features);

    xml_set(patch, "digest", digest);
    free(digest);
}

static struct cib_version version_or(const xmlNode *node, const struct cib_version *other)
{
    struct cib_version version = *other;

    if (node != NULL) {
        struct cib_version own = cib_version_of(node, -1);

        version.admin_epoch = own.admin_epoch >= 0 ? own.admin_epoch : other->admin_epoch;
        version.epoch = own.epoch >= 0 ? own.epoch : other->epoch;
        version.num_updates = own.num_updates >= 0 ? own.num_updates : other->num_updates;
    }
    return version;
}

/* Where format 1 keeps the versions: on the part's cib element, else on the part itself. */
static const xmlNode *patch1_part(const xmlNode *patch, const char *name)
{
    const xmlNode *part = xml_first(patch, name), *cib = xml_first(part, "cib");

    return cib != NULL ? cib : part;
}

void patch_versions(const xmlNode *patch, const xmlNode *cib, struct cib_version *from,
                    struct cib_version *to)
{
    struct cib_version own = {0, 0, 0}, next;
    const xmlNode *source, *target;

    if (cib != NULL) {
        own = cib_version_of(cib, 0);
    }
    next = own;
    next.num_updates++;
    if (patch_format(patch) == 2) {
        const xmlNode *version = xml_first(patch, "version");

        source = xml_first(version, "source");
        target = xml_first(version, "target");
    } else {
        source = patch1_part(patch, "diff-removed");
        target = patch1_part(patch, "diff-added");
    }
    *from = version_or(source, &own);
    *to = version_or(target, &next);
}
