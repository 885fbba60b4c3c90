/* Access control on the CIB. Pure. */
#include "cib/acl.h"

#include <stdlib.h>
#include <string.h>
#include "pacemaker/common/log.h"

/* Roles may refer to roles; configurations that nest deeper are cut here. */
#define MAX_ROLE_DEPTH 16u

struct acl_entry {
    unsigned mark;              /* MARK_ACL_* */
    char *xpath;
};

static void entry_free(void *data)
{
    struct acl_entry *entry = data;

    g_free(entry->xpath);
    g_free(entry);
}

/* ---- which permissions ---- */

static bool acl_enabled(const xmlNode *cib)
{
    const xmlNode *config = xml_first(xml_first(cib, "configuration"), "crm_config");
    bool enabled = false;

    xml_foreach(set, config, "cluster_property_set") {
        const xmlNode *option = xml_find(set, "nvpair", "name", "enable-acl");

        if (option != NULL) {
            enabled = xml_get_true(option, "value");
        }
    }
    return enabled;
}

bool acl_applies(const xmlNode *cib, const char *user)
{
    return user != NULL && *user != '\0' && strcmp(user, "root") != 0 && strcmp(user, "hacluster") != 0
        && acl_enabled(cib);
}

/* The XPath of a permission given by type, reference and attribute; NULL when none of them is given. */
static char *built_xpath(const char *type, const char *reference, const char *attribute)
{
    if (type == NULL && reference == NULL && attribute == NULL) {
        return NULL;
    }
    type = (type == NULL) ? "*" : type;
    if (reference != NULL && attribute != NULL) {
        return g_strdup_printf("//%s[@id='%s' and @%s]", type, reference, attribute);
    }
    if (reference != NULL) {
        return g_strdup_printf("//%s[@id='%s']", type, reference);
    }
    return attribute != NULL ? g_strdup_printf("//%s[@%s]", type, attribute) : g_strdup_printf("//%s", type);
}

static const char *either(const xmlNode *node, const char *name, const char *old_name)
{
    const char *value = xml_get(node, name);

    return value != NULL ? value : xml_get(node, old_name);
}

static void add_permission(GPtrArray *entries, const xmlNode *permission)
{
    const char *kind =
        xml_is(permission, "acl_permission") ? xml_get(permission, "kind") : xml_name(permission);
    const char *xpath = xml_get(permission, "xpath");
    struct acl_entry *entry;
    unsigned mark;

    if (g_strcmp0(kind, "read") == 0) {
        mark = MARK_ACL_READ;
    } else if (g_strcmp0(kind, "write") == 0) {
        mark = MARK_ACL_WRITE;
    } else if (g_strcmp0(kind, "deny") == 0) {
        mark = MARK_ACL_DENY;
    } else {
        log_warn("Access permission %s is of unknown kind %s", xml_id(permission),
                 kind != NULL ? kind : "(none)");
        return;
    }
    entry = g_new0(struct acl_entry, 1);
    entry->mark = mark;
    entry->xpath = xpath != NULL ? g_strdup(xpath)
        : built_xpath(either(permission, "object-type", "tag"), either(permission, "reference", "ref"),
                      xml_get(permission, "attribute"));
    if (entry->xpath == NULL) {
        entry_free(entry);
    } else {
        g_ptr_array_add(entries, entry);
    }
}

static void add_permissions(GPtrArray *entries, const xmlNode *acls, const xmlNode *holder, unsigned depth)
{
    xml_foreach(child, holder, NULL) {
        if (xml_is(child, "role") || xml_is(child, "role_ref")) {
            const char *id = xml_id(child);
            const xmlNode *role = (id == NULL) ? NULL : xml_find(acls, "acl_role", "id", id);

            if (role != NULL && depth < MAX_ROLE_DEPTH) {
                add_permissions(entries, acls, role, depth + 1);
            }
        } else if (xml_is(child, "acl_permission") || xml_is(child, "read") || xml_is(child, "write")
                   || xml_is(child, "deny")) {
            add_permission(entries, child);
        }
    }
}

static bool concerns(struct cib_env *env, const xmlNode *holder, const char *user)
{
    const char *name = either(holder, "name", "id");

    if (name == NULL) {
        return false;
    }
    if (xml_is(holder, "acl_target") || xml_is(holder, "acl_user")) {
        return strcmp(name, user) == 0;
    }
    return xml_is(holder, "acl_group") && env->user_in_group != NULL
           && env->user_in_group(env->arg, user, name);
}

static GPtrArray *entries_for(struct cib_env *env, const xmlNode *config, const char *user)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
    const xmlNode *acls = xml_first(xml_first(config, "configuration"), "acls");

    xml_foreach(holder, acls, NULL) {
        if (concerns(env, holder, user)) {
            add_permissions(entries, acls, holder, 0);
        }
    }
    return entries;
}

/* ---- marks ---- */

static void mark_entry(xmlNode *tree, const struct acl_entry *entry)
{
    char *error = NULL;
    xpath_result_t *matches = xpath_eval(tree, entry->xpath, &error);
    size_t count = xpath_count(matches);

    if (matches == NULL) {
        log_warn("Access permission has the invalid XPath '%s': %s", entry->xpath, error);
        free(error);
    }
    for (size_t i = 0; i < count; i++) {
        xmlNode *match = xpath_get(matches, i);

        if (match != NULL) {
            mark_set(match, entry->mark);
        }
    }
    xpath_free(matches);
}

static void mark_entries(xmlNode *tree, const GPtrArray *entries)
{
    for (guint i = 0; i < entries->len; i++) {
        mark_entry(tree, entries->pdata[i]);
    }
}

void acl_mark(struct cib_env *env, xmlNode *tree, const xmlNode *config, const char *user)
{
    GPtrArray *entries = entries_for(env, config, user);
    struct track *track = track_get(tree);

    mark_entries(tree, entries);
    if (track != NULL) {
        track->acl_marked = true;
        track->acl_enabled = true;
        track->acl_empty = (entries->len == 0);
    }
    g_ptr_array_free(entries, TRUE);
}

void acl_unmark(xmlNode *tree)
{
    mark_clear(tree, MARK_ACL);
    xml_foreach(child, tree, NULL) {
        acl_unmark(child);
    }
}

/* ---- changes ---- */

static bool is_scaffolding(const xmlNode *node)
{
    char *path;
    bool inside_acls;

    for (const xmlAttr *attr = node->properties; attr != NULL; attr = attr->next) {
        if (strcmp(attr_name(attr), "id") != 0) {
            return false;
        }
    }
    path = node_path(node);
    inside_acls = strstr(path, "/acls/") != NULL;
    g_free(path);
    return !inside_acls;
}

static bool may_create(const struct track *track, const xmlNode *node)
{
    if (is_scaffolding(node)) {
        return true;
    }
    for (; !track->acl_empty && node != NULL && node->type == XML_ELEMENT_NODE; node = node->parent) {
        if (marked(node, MARK_ACL_DENY)) {
            return false;
        }
        if (marked(node, MARK_ACL_WRITE)) {
            return true;
        }
    }
    return false;
}

static bool check_created(const struct track *track, xmlNode *node)
{
    if (!marked(node, MARK_TOUCHED | MARK_CREATED)) {
        return true;
    }
    if (marked(node, MARK_CREATED) && !may_create(track, node)) {
        log_info("Creation of %s %s is not permitted", xml_name(node),
                 xml_id(node) != NULL ? xml_id(node) : "");
        return false;
    }
    xml_foreach(child, node, NULL) {
        if (!check_created(track, child)) {
            return false;
        }
    }
    return true;
}

bool acl_check_created(struct cib_env *env, xmlNode *tree, const xmlNode *config, const char *user)
{
    struct track *track = track_get(tree);

    if (track->acl_denied) {
        return false;
    }
    acl_unmark(tree);
    acl_mark(env, tree, config, user);
    track->acl_enabled = false;     /* what follows is bookkeeping, not the user's */
    return check_created(track, tree);
}

/* ---- reading ---- */

/* Remove what the user may not read of node; true when something readable is left (node itself then
 * stays). */
static bool purge(xmlNode *node)
{
    bool readable = false;

    if (!marked(node, MARK_ACL_DENY) && marked(node, MARK_ACL_READ | MARK_ACL_WRITE)) {
        return true;
    }
    for (xmlAttr *attr = node->properties, *next; attr != NULL; attr = next) {
        next = attr->next;
        if (strcmp(attr_name(attr), "id") != 0) {
            xmlRemoveProp(attr);
        }
    }
    for (xmlNode *child = tree_first(node), *next; child != NULL; child = next) {
        next = tree_next(child);
        if (is_comment(child)) {
            xmlUnlinkNode(child);
            xmlFreeNode(child);
        } else if (purge(child)) {
            readable = true;
        } else {
            xmlUnlinkNode(child);
            xmlFreeNode(child);
        }
    }
    return readable;
}

/* Purge what deny marks hide; false when the root itself is gone. Elements below a removed one vanish with
 * it. */
static bool purge_denied(xmlNode *node)
{
    if (marked(node, MARK_ACL_DENY)) {
        return purge(node);
    }
    for (xmlNode *child = xml_first(node, NULL), *next; child != NULL; child = next) {
        next = xml_next(child, NULL);
        if (!purge_denied(child)) {
            xmlUnlinkNode(child);
            xmlFreeNode(child);
        }
    }
    return true;
}

xmlNode *acl_filtered_copy(struct cib_env *env, const xmlNode *tree, const xmlNode *config, const char *user)
{
    GPtrArray *entries = entries_for(env, config, user);
    xmlNode *copy = xml_copy(tree);
    bool readable = entries->len > 0;

    mark_entries(copy, entries);
    readable = readable && purge_denied(copy) && purge(copy);
    acl_unmark(copy);
    g_ptr_array_free(entries, TRUE);
    if (!readable) {
        xml_free(copy);
        return NULL;
    }
    return copy;
}
