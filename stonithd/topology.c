/* Fencing topology: table of targets, lookup of a node's entry. */
#include "config.h"
#include "stonithd/topology.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

struct topology {
    topology_attribute_fn has_attribute;
    void *arg;
    GHashTable *entries;                 /* key -> topology_entry_t */
    GPtrArray *order;                    /* topology_entry_t as they were added */
};

static void entry_free(gpointer data)
{
    topology_entry_t *entry = data;

    for (unsigned i = 1; i <= TOPOLOGY_LEVEL_MAX; i++) {
        if (entry->levels[i] != NULL) {
            g_ptr_array_unref(entry->levels[i]);
        }
    }
    g_free(entry->key);
    g_free(entry->attribute);
    g_free(entry->value);
    g_free(entry);
}

topology_t *topology_new(topology_attribute_fn has_attribute, void *arg)
{
    topology_t *topology = g_new0(topology_t, 1);

    topology->has_attribute = has_attribute;
    topology->arg = arg;
    topology->entries = g_hash_table_new(g_str_hash, g_str_equal);
    topology->order = g_ptr_array_new_with_free_func(entry_free);
    return topology;
}

void topology_free(topology_t *topology)
{
    g_hash_table_unref(topology->entries);
    g_ptr_array_unref(topology->order);
    g_free(topology);
}

void topology_clear(topology_t *topology)
{
    g_hash_table_remove_all(topology->entries);
    g_ptr_array_set_size(topology->order, 0);
}

unsigned topology_size(const topology_t *topology)
{
    return g_hash_table_size(topology->entries);
}

static enum topology_kind level_kind(const topology_t *topology, const xmlNode *level)
{
    if (xml_get(level, "target") != NULL) {
        return TOPOLOGY_NAME;
    }
    if (xml_get(level, "target-pattern") != NULL) {
        return TOPOLOGY_PATTERN;
    }
    return topology->has_attribute != NULL && xml_get(level, "target-attribute") != NULL
           && xml_get(level, "target-value") != NULL ? TOPOLOGY_ATTRIBUTE : TOPOLOGY_INVALID;
}

static char *level_key(const xmlNode *level, enum topology_kind kind)
{
    switch (kind) {
        case TOPOLOGY_NAME:
            return g_strdup(xml_get(level, "target"));
        case TOPOLOGY_PATTERN:
            return g_strdup(xml_get(level, "target-pattern"));
        case TOPOLOGY_ATTRIBUTE:
            return g_strdup_printf("%s=%s", xml_get(level, "target-attribute"),
                                   xml_get(level, "target-value"));
        default:
            return NULL;
    }
}

/* text is taken. */
static void set_error(fence_result_t *result, char *text)
{
    fence_result_set(result, CRM_EX_INVALID_PARAM, EXEC_INVALID, text);
    log_warn("%s", text);
    g_free(text);
}

static topology_entry_t *new_entry(topology_t *topology, const xmlNode *level, enum topology_kind kind,
                                   const char *key)
{
    topology_entry_t *entry = g_new0(topology_entry_t, 1);

    entry->kind = kind;
    entry->key = g_strdup(key);
    entry->attribute = g_strdup(xml_get(level, "target-attribute"));
    entry->value = g_strdup(xml_get(level, "target-value"));
    g_hash_table_replace(topology->entries, entry->key, entry);
    g_ptr_array_add(topology->order, entry);
    return entry;
}

static void add_devices(topology_entry_t *entry, unsigned index, const char *devices)
{
    char **ids = g_strsplit(devices, ",", (gint)TOPOLOGY_DEVICES_MAX);

    if (entry->levels[index] == NULL) {
        entry->levels[index] = g_ptr_array_new_with_free_func(g_free);
    } else {
        log_info("Adding to the existing level %u of %s", index, entry->key);
    }
    for (char **id = ids; *id != NULL && entry->levels[index]->len < TOPOLOGY_DEVICES_MAX; id++) {
        if ((*id)[0] != '\0') {
            g_ptr_array_add(entry->levels[index], g_strdup(*id));
        }
    }
    g_strfreev(ids);
}

void topology_add(topology_t *topology, const xmlNode *level, fence_result_t *result, char **desc)
{
    const char *id = xml_id(level), *devices = xml_get(level, "devices");
    enum topology_kind kind = level_kind(topology, level);
    char *key = level_key(level, kind);
    long long index = 0;

    (void)xml_get_int(level, "index", &index);
    if (desc != NULL) {
        *desc = g_strdup_printf("%s[%lld]", key != NULL ? key : "<unknown>", index);
    }
    topology_entry_t *entry = key != NULL ? g_hash_table_lookup(topology->entries, key) : NULL;
    if (id == NULL || id[0] == '\0') {
        set_error(result, g_strdup("Topology level is invalid without ID"));
    } else if (kind == TOPOLOGY_INVALID) {
        set_error(result, g_strdup_printf("Invalid target for topology level '%s'", id));
    } else if (index < 1 || index > (long long)TOPOLOGY_LEVEL_MAX) {
        set_error(result, g_strdup_printf("Invalid level number '%lld' for topology level '%s'", index, id));
    } else if (entry == NULL && topology_size(topology) >= TOPOLOGY_TARGETS_MAX) {
        set_error(result, g_strdup_printf("Too many targets for topology level '%s'", id));
    } else {
        entry = entry != NULL ? entry : new_entry(topology, level, kind, key);
        add_devices(entry, (unsigned)index, devices != NULL ? devices : "");
        fence_result_set(result, CRM_EX_OK, EXEC_DONE, NULL);
        log_info("Target %s has devices %s at level %lld", key, devices != NULL ? devices : "(none)", index);
    }
    g_free(key);
}

static void drop_entry(topology_t *topology, topology_entry_t *entry)
{
    g_hash_table_remove(topology->entries, entry->key);
    g_ptr_array_remove(topology->order, entry);
}

static bool entry_empty(const topology_entry_t *entry)
{
    for (unsigned i = 1; i <= TOPOLOGY_LEVEL_MAX; i++) {
        if (entry->levels[i] != NULL) {
            return false;
        }
    }
    return true;
}

void topology_remove(topology_t *topology, const xmlNode *level, fence_result_t *result, char **desc)
{
    enum topology_kind kind = level_kind(topology, level);
    char *key = level_key(level, kind);
    topology_entry_t *entry = key != NULL ? g_hash_table_lookup(topology->entries, key) : NULL;
    long long index = 0;

    (void)xml_get_int(level, "index", &index);
    if (desc != NULL) {
        *desc = g_strdup_printf("%s[%lld]", key != NULL ? key : "<unknown>", index);
    }
    if (index < 0 || index > (long long)TOPOLOGY_LEVEL_MAX) {
        const char *id = xml_id(level);
        set_error(result, g_strdup_printf("Invalid level number '%lld' for topology level %s", index,
                                          id != NULL ? id : "without ID"));
        g_free(key);
        return;
    }
    fence_result_set(result, CRM_EX_OK, EXEC_DONE, NULL);
    if (entry != NULL && index > 0 && entry->levels[index] != NULL) {
        g_ptr_array_unref(entry->levels[index]);
        entry->levels[index] = NULL;
    }
    if (entry != NULL && (index == 0 || entry_empty(entry))) {
        drop_entry(topology, entry);
    }
    g_free(key);
}

static bool pattern_matches(const char *pattern, const char *node)
{
    regex_t regex;

    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        log_info("Fencing topology: '%s' is no regular expression", pattern);
        return false;
    }
    bool matches = regexec(&regex, node, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches;
}

static bool entry_matches(const topology_t *topology, const topology_entry_t *entry, const char *node)
{
    switch (entry->kind) {
        case TOPOLOGY_ATTRIBUTE:
            return topology->has_attribute(topology->arg, node, entry->attribute, entry->value);
        case TOPOLOGY_PATTERN:
            return pattern_matches(entry->key, node);
        default:
            return strcasecmp(entry->key, node) == 0;
    }
}

const topology_entry_t *topology_find(const topology_t *topology, const char *node)
{
    const topology_entry_t *entry = g_hash_table_lookup(topology->entries, node);

    for (guint i = 0; entry == NULL && i < topology->order->len; i++) {
        const topology_entry_t *other = g_ptr_array_index(topology->order, i);

        if (entry_matches(topology, other, node)) {
            entry = other;
        }
    }
    return entry;
}
