/* Attributes and their values on the nodes. */
#include "config.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "pacemaker/attrd/attrd_private.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/xml.h"

static gint compare_exact(gconstpointer a, gconstpointer b, gpointer data)
{
    return strcmp(a, b);
}

static gint compare_nodes(gconstpointer a, gconstpointer b, gpointer data)
{
    return strcasecmp(a, b);
}

static void value_free(gpointer data)
{
    struct value *value = data;

    g_free(value->node);
    g_free(value->current);
    g_free(value->requested);
    g_free(value);
}

static void attribute_free(gpointer data)
{
    struct attribute *attribute = data;

    g_tree_destroy(attribute->values);
    g_free(attribute->name);
    g_free(attribute->set);
    g_free(attribute->key);
    g_free(attribute->user);
    g_free(attribute);
}

GTree *attributes_new(void)
{
    return g_tree_new_full(compare_exact, NULL, NULL, attribute_free);
}

struct attribute *attribute_find(const attrd_t *a, const char *name)
{
    return name != NULL ? g_tree_lookup(a->attributes, name) : NULL;
}

static unsigned dampening_of(const xmlNode *msg)
{
    int64_t ms = msec_parse(xml_get(msg, "attr_dampening"));

    return ms > 0 ? (ms < G_MAXINT32 ? (unsigned)ms : G_MAXINT32) : 0;
}

struct attribute *attribute_create(attrd_t *a, const xmlNode *msg)
{
    if (g_tree_nnodes(a->attributes) >= (gint)ATTRD_ATTRIBUTES_MAX) {
        log_err("Ignoring new attribute %s: there are %u already", xml_get(msg, "attr_name"),
                ATTRD_ATTRIBUTES_MAX);
        return NULL;
    }
    struct attribute *attribute = g_new0(struct attribute, 1);
    long long private = 0;

    attribute->name = g_strdup(xml_get(msg, "attr_name"));
    attribute->set = g_strdup(xml_get(msg, "attr_set"));
    attribute->key = g_strdup(xml_get(msg, "attr_key"));
    attribute->user = g_strdup(xml_get(msg, "attr_user"));
    attribute->private = xml_get_int(msg, "attr_is_private", &private) == 0 && private != 0;
    attribute->dampening = dampening_of(msg);
    attribute->values = g_tree_new_full(compare_nodes, NULL, NULL, value_free);
    g_tree_insert(a->attributes, attribute->name, attribute);
    log_debug("Created attribute %s with %s write delay", attribute->name,
              attribute->dampening > 0 ? xml_get(msg, "attr_dampening") : "no");
    return attribute;
}

struct value *value_find(const struct attribute *attribute, const char *node)
{
    return node != NULL ? g_tree_lookup(attribute->values, node) : NULL;
}

struct value *value_get(struct attribute *attribute, const char *node, bool remote)
{
    struct value *value = value_find(attribute, node);

    if (value == NULL) {
        value = g_new0(struct value, 1);
        value->node = g_strdup(node);
        value->remote = remote;
        g_tree_insert(attribute->values, value->node, value);
    }
    return value;
}

bool same_value(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcasecmp(a, b) == 0);
}

/* "value++" and "value+=N" with any five characters in front; anything else is itself (messaging.md §5.4). */
char *expand_value(const attrd_t *a, const char *attribute, const char *node, const char *text)
{
    static const struct health_scores health = {.red = -SCORE_INF};
    const struct attribute *known = attribute_find(a, attribute);
    const struct value *value = known != NULL ? value_find(known, node) : NULL;

    if (strlen(text) < 7 || text[5] != '+' || (text[6] != '+' && text[6] != '=')) {
        return g_strdup(text);
    }
    int current = value != NULL && value->current != NULL ? score_parse(value->current, &health) : 0;
    int sum = current + (text[6] == '+' ? 1 : score_parse(text + 7, &health));

    return g_strdup_printf("%d", sum > SCORE_INF ? SCORE_INF : sum);
}

char *failure_pattern(const char *resource, const char *operation, const char *interval_spec)
{
    if (resource == NULL) {
        return g_strdup("^(fail-count|last-failure)-");
    }
    if (operation == NULL) {
        return g_strdup_printf("^(fail-count|last-failure)-%s(#.+_[0-9]+)?$", resource);
    }
    return g_strdup_printf("^(fail-count|last-failure)-%s(#%s_%u)?$", resource, operation,
                           (unsigned)interval_parse(interval_spec, NULL));
}

struct match {
    regex_t regex;
    GPtrArray *names;
};

static gboolean match_name(gpointer key, gpointer value, gpointer data)
{
    struct match *match = data;

    if (regexec(&match->regex, key, 0, NULL, 0) == 0) {
        g_ptr_array_add(match->names, g_strdup(key));
    }
    return FALSE;
}

/* Names of the attributes a pattern matches; NULL when the pattern is invalid. */
GPtrArray *attributes_matching(const attrd_t *a, const char *pattern)
{
    struct match match;

    if (regcomp(&match.regex, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        return NULL;
    }
    match.names = g_ptr_array_new_with_free_func(g_free);
    g_tree_foreach(a->attributes, match_name, &match);
    regfree(&match.regex);
    return match.names;
}

void value_to_xml(xmlNode *parent, const struct attribute *attribute, const struct value *value, bool force)
{
    xmlNode *node = xml_add(parent, "attrd_add_value_xml");

    xml_set(node, "attr_name", attribute->name);
    xml_set(node, "attr_set", attribute->set);
    xml_set(node, "attr_key", attribute->key);
    xml_set(node, "attr_user", attribute->user);
    xml_set(node, "attr_host", value->node);
    xml_set_int(node, "attr_host_id", value->node_id);
    if (value->remote) {
        xml_set_int(node, "attr_is_remote", 1);
    }
    xml_set(node, "attr_value", value->current);
    xml_set_int(node, "attr_dampening", attribute->dampening / 1000);
    xml_set_int(node, "attr_is_private", attribute->private ? 1 : 0);
    xml_set_int(node, "attrd_is_force_write", force ? 1 : 0);
}

static gboolean add_node(gpointer key, gpointer value, gpointer data)
{
    g_ptr_array_add(data, g_strdup(key));
    return FALSE;
}

GPtrArray *node_names(const struct attribute *attribute)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    g_tree_foreach(attribute->values, add_node, names);
    return names;
}
