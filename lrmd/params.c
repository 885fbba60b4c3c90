/* Parameters of operations: tables and their XML form (executor.md §2.4). */
#include "config.h"
#include "lrmd/lrmd_client.h"

#include <ctype.h>
#include <string.h>

#include "pacemaker/common/xml.h"

GHashTable *lrmd_params_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static void add_first(GHashTable *params, const char *name, const char *value)
{
    if (name != NULL && value != NULL && !g_hash_table_contains(params, name)) {
        g_hash_table_insert(params, g_strdup(name), g_strdup(value));
    }
}

GHashTable *lrmd_params_from_xml(const xmlNode *attributes)
{
    GHashTable *params = lrmd_params_new();

    if (attributes == NULL) {
        return params;
    }
    for (const xmlAttr *a = attributes->properties; a != NULL; a = a->next) {
        add_first(params, (const char *)a->name, xml_get(attributes, (const char *)a->name));
    }
    xml_foreach (param, attributes, "param") {
        add_first(params, xml_get(param, "name"), xml_get(param, "value"));
    }
    return params;
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

xmlNode *lrmd_params_to_xml(xmlNode *parent, GHashTable *params)
{
    xmlNode *attributes = xml_add(parent, "attributes");
    GList *names = params != NULL ? g_list_sort(g_hash_table_get_keys(params), compare_names) : NULL;

    for (GList *item = names; item != NULL; item = item->next) {
        const char *name = item->data;
        const char *value = g_hash_table_lookup(params, name);

        if (isdigit((unsigned char)name[0])) {
            xmlNode *param = xml_add(attributes, "param");
            xml_set(param, "name", name);
            xml_set(param, "value", value);
        } else {
            xml_set(attributes, name, value);
        }
    }
    g_list_free(names);
    return attributes;
}
