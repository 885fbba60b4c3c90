/* Changes of the configuration's syntax between schemas: that of access control in 2.0 is here, 3.0's in
 * schema_to_3_0.c. Pure. */
#include "cib/schema_transform.h"

#include <errno.h>
#include <string.h>
#include <glib.h>

bool schema_has_transform(const char *schema)
{
    return strcmp(schema, "pacemaker-1.3") == 0 || strcmp(schema, "pacemaker-2.10") == 0;
}

static bool is_permission(const xmlNode *node)
{
    return xml_is(node, "read") || xml_is(node, "write") || xml_is(node, "deny");
}

/* read/write/deny becomes acl_permission. */
static void convert_permission(xmlNode *node)
{
    char *kind = g_strdup(xml_name(node)), *id = g_strdup(xml_id(node));
    char *reference = g_strdup(xml_get(node, "ref")), *tag = g_strdup(xml_get(node, "tag"));
    char *attribute = g_strdup(xml_get(node, "attribute")), *xpath = g_strdup(xml_get(node, "xpath"));

    xmlNodeSetName(node, (const xmlChar *)"acl_permission");
    while (node->properties != NULL) {
        xmlRemoveProp(node->properties);
    }
    xml_set(node, "id", id);
    xml_set(node, "kind", kind);
    if (reference != NULL) {
        xml_set(node, "reference", reference);
    } else if (tag != NULL) {
        xml_set(node, "object-type", tag);
        xml_set(node, "attribute", attribute);
    } else if (xpath != NULL && attribute != NULL) {
        xml_setf(node, "xpath", "%s[@%s]", xpath, attribute);
    } else {
        xml_set(node, "xpath", xpath);
    }
    g_free(kind);
    g_free(id);
    g_free(reference);
    g_free(tag);
    g_free(attribute);
    g_free(xpath);
}

static void convert_permissions(xmlNode *holder)
{
    xml_foreach(child, holder, NULL) {
        if (is_permission(child)) {
            convert_permission(child);
        }
    }
}

/* Permissions that stood in a user move to a role of its own. */
static void move_permissions(xmlNode *user)
{
    xmlNode *role = xmlNewDocNode(user->doc, NULL, (const xmlChar *)"acl_role", NULL);

    xml_setf(role, "id", "auto-%s", xml_id(user) != NULL ? xml_id(user) : "");
    for (xmlNode *child = xml_first(user, NULL), *next; child != NULL; child = next) {
        next = xml_next(child, NULL);
        if (is_permission(child)) {
            xmlUnlinkNode(child);
            xmlAddChild(role, child);
        }
    }
    xmlAddNextSibling(user, role);
    xml_set(xml_add(user, "role"), "id", xml_id(role));
}

static void convert_user(xmlNode *user)
{
    bool own_permissions = false;

    xmlNodeSetName(user, (const xmlChar *)"acl_target");
    xml_foreach(child, user, NULL) {
        if (xml_is(child, "role_ref")) {
            xmlNodeSetName(child, (const xmlChar *)"role");
        }
        own_permissions = own_permissions || is_permission(child);
    }
    if (own_permissions) {
        move_permissions(user);
    }
}

static int to_2_0(xmlNode *cib)
{
    xmlNode *acls = xml_first(xml_first(cib, "configuration"), "acls");

    xml_foreach(holder, acls, NULL) {
        if (xml_is(holder, "acl_user")) {
            convert_user(holder);
        }
    }
    xml_foreach(role, acls, "acl_role") {
        convert_permissions(role);
    }
    xml_set(cib, "validate-with", "pacemaker-2.0");
    return 0;
}

int schema_transform(xmlNode *cib, const char *schema)
{
    if (strcmp(schema, "pacemaker-2.10") == 0) {
        schema_to_3_0(cib);
        return 0;
    }
    return strcmp(schema, "pacemaker-1.3") == 0 ? to_2_0(cib) : -EINVAL;
}
