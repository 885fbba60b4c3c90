/* What agents say about their parameters, and the digests built from it (controller.md §5.8). */
#include "pacemaker/crmd/private.h"

#define MAX_PARAMETERS 10000u

struct agent_parameter {
    char *name;
    bool reloadable, unique, private;
};

struct agent_metadata {
    bool reload_agent, legacy_reload;
    GPtrArray *parameters;      /* of struct agent_parameter, in document order */
};

static void parameter_free(gpointer data)
{
    struct agent_parameter *parameter = data;

    g_free(parameter->name);
    g_free(parameter);
}

void metadata_free(void *data)
{
    struct agent_metadata *metadata = data;

    g_ptr_array_free(metadata->parameters, TRUE);
    g_free(metadata);
}

/* Version of the OCF standard the agent follows: the text of <version>. */
static bool follows_ocf_1_1(const xmlNode *root, const char *class)
{
    const xmlNode *version = xml_first(root, "version");
    bool new_enough = false;

    if (same_text(class, "ocf") && version && version->children && version->children->content) {
        char *text = g_strstrip(g_strdup((const char *)version->children->content));

        new_enough = version_compare(text, "1.1") >= 0;
        g_free(text);
    }
    return new_enough;
}

static void parse_actions(struct agent_metadata *metadata, const xmlNode *root, bool ocf_1_1)
{
    xml_foreach(action, xml_first(root, "actions"), "action") {
        if (same_text(xml_get(action, "name"), "reload-agent")) {
            metadata->reload_agent = ocf_1_1;
        } else if (same_text(xml_get(action, "name"), "reload")) {
            metadata->legacy_reload = !ocf_1_1;
        }
    }
}

static void parse_parameters(struct agent_metadata *metadata, const xmlNode *root)
{
    bool any_private = false;

    xml_foreach(element, xml_first(root, "parameters"), "parameter") {
        struct agent_parameter *parameter;

        if (xml_get(element, "name") == NULL || metadata->parameters->len >= MAX_PARAMETERS) {
            continue;
        }
        parameter = g_new0(struct agent_parameter, 1);
        parameter->name = g_strdup(xml_get(element, "name"));
        parameter->reloadable = xml_get_true(element, "reloadable");
        parameter->unique = xml_get_true(element, "unique");
        parameter->private = xml_get_true(element, "private");
        any_private = any_private || parameter->private;
        g_ptr_array_add(metadata->parameters, parameter);
    }
    for (guint i = 0; !any_private && i < metadata->parameters->len; i++) {
        struct agent_parameter *parameter = g_ptr_array_index(metadata->parameters, i);

        parameter->private = strcmp(parameter->name, "password") == 0
                             || strcmp(parameter->name, "passwd") == 0
                             || strcmp(parameter->name, "user") == 0;
    }
}

struct agent_metadata *metadata_parse(const char *text, const char *class)
{
    xmlDoc *doc = text ? xmlReadMemory(text, (int)strlen(text), NULL, NULL,
                                       XML_PARSE_NOBLANKS | XML_PARSE_NONET | XML_PARSE_RECOVER
                                           | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)
                       : NULL;
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    struct agent_metadata *metadata = NULL;

    if (root) {
        metadata = g_new0(struct agent_metadata, 1);
        metadata->parameters = g_ptr_array_new_with_free_func(parameter_free);
        parse_actions(metadata, root, follows_ocf_1_1(root, class));
        parse_parameters(metadata, root);
    }
    xmlFreeDoc(doc);
    return metadata;
}

static char *metadata_key(const struct crmd_rsc_info *info)
{
    return g_strdup_printf("%s:%s:%s", info->class, text_or(info->provider, ""), info->type);
}

const struct agent_metadata *metadata_find(struct crmd *c, const struct crmd_rsc_info *info)
{
    char *key = metadata_key(info);
    const struct agent_metadata *metadata = g_hash_table_lookup(c->metadata, key);

    g_free(key);
    return metadata;
}

void metadata_store(struct crmd *c, const struct crmd_rsc_info *info, const char *text)
{
    struct agent_metadata *metadata = metadata_parse(text, info->class);

    if (metadata) {
        g_hash_table_replace(c->metadata, metadata_key(info), metadata);
    } else {
        log_warn("Metadata of %s:%s:%s could not be parsed", info->class, text_or(info->provider, ""),
                 info->type);
    }
}

bool metadata_legacy_reload(const struct agent_metadata *metadata)
{
    return metadata && metadata->legacy_reload;
}

bool class_has_params(const char *class)
{
    return same_text(class, "ocf") || same_text(class, "stonith") || same_text(class, "nagios");
}

/* ---- digests ---- */

static bool kept_in_digest(const char *name, bool recurring)
{
    static const char *const dropped[] = {
        "id", "crm_feature_set", "op-digest", "on_node", "on_node_uuid", "pcmk_external_ip",
    };

    if (strncmp(name, "CRM_meta_", 9) == 0) {
        return recurring && strcmp(name, "CRM_meta_timeout") == 0;
    }
    for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++) {
        if (strcmp(name, dropped[i]) == 0) {
            return false;
        }
    }
    return true;
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

typedef bool (*wanted_fn)(const char *name, const void *arg);

static xmlNode *params_element(GHashTable *params, wanted_fn wanted, const void *arg)
{
    xmlNode *element = xml_new("parameters");
    GList *names = g_list_sort(g_hash_table_get_keys(params), compare_names);

    for (GList *item = names; item; item = item->next) {
        if (wanted(item->data, arg)) {
            xml_set(element, item->data, g_hash_table_lookup(params, item->data));
        }
    }
    g_list_free(names);
    return element;
}

static bool is_recurring(GHashTable *params)
{
    return int_parse(g_hash_table_lookup(params, "CRM_meta_interval"), 0) > 0;
}

static bool wanted_all(const char *name, const void *recurring)
{
    return kept_in_digest(name, *(const bool *)recurring);
}

xmlNode *digest_params(GHashTable *params)
{
    bool recurring = is_recurring(params);

    return params_element(params, wanted_all, &recurring);
}

struct secure_choice {
    const struct agent_metadata *metadata;
    bool recurring, declared_only;
};

static const struct agent_parameter *parameter_find(const struct agent_metadata *metadata, const char *name)
{
    for (guint i = 0; i < metadata->parameters->len; i++) {
        const struct agent_parameter *parameter = g_ptr_array_index(metadata->parameters, i);

        if (strcmp(parameter->name, name) == 0) {
            return parameter;
        }
    }
    return NULL;
}

static bool wanted_secure(const char *name, const void *arg)
{
    const struct secure_choice *choice = arg;
    const struct agent_parameter *parameter = parameter_find(choice->metadata, name);

    if (!kept_in_digest(name, choice->recurring)) {
        return false;
    }
    return parameter ? !parameter->private : !choice->declared_only;
}

typedef bool (*selects_fn)(const struct agent_parameter *parameter);

static bool is_private(const struct agent_parameter *parameter)
{
    return parameter->private;
}

static bool is_not_reloadable(const struct agent_parameter *parameter)
{
    return !parameter->reloadable;
}

static bool is_unique(const struct agent_parameter *parameter)
{
    return parameter->unique;
}

/* "  a b  ", the last declared parameter first; NULL when none is selected. */
static char *parameter_list(const struct agent_metadata *metadata, selects_fn selects)
{
    GString *list = NULL;

    for (guint i = metadata->parameters->len; i > 0; i--) {
        const struct agent_parameter *parameter = g_ptr_array_index(metadata->parameters, i - 1);

        if (!selects(parameter)) {
            continue;
        }
        if (list == NULL) {
            list = g_string_new("  ");
        } else {
            g_string_append_c(list, ' ');
        }
        g_string_append(list, parameter->name);
    }
    if (list) {
        g_string_append(list, "  ");
    }
    return list ? g_string_free(list, FALSE) : NULL;
}

struct restart_choice {
    const struct agent_metadata *metadata;
    selects_fn selects;
};

static bool wanted_restart(const char *name, const void *arg)
{
    const struct restart_choice *choice = arg;
    const struct agent_parameter *parameter = parameter_find(choice->metadata, name);

    return parameter && choice->selects(parameter);
}

static void set_digest(xmlNode *op, const char *attribute, const xmlNode *params)
{
    char *digest = xml_digest_v1(params, true, false);

    xml_set(op, attribute, digest);
    free(digest);
}

static void add_restart(xmlNode *op, const struct agent_metadata *metadata, GHashTable *params)
{
    struct restart_choice choice = {metadata, metadata->reload_agent ? is_not_reloadable : is_unique};
    char *list = parameter_list(metadata, choice.selects);
    xmlNode *chosen XML_AUTO = params_element(params, wanted_restart, &choice);

    xml_set(op, "op-force-restart", text_or(list, ""));
    set_digest(op, "op-restart-digest", chosen);
    g_free(list);
}

static void add_secure(xmlNode *op, const struct agent_metadata *metadata, GHashTable *params,
                       const char *feature_set)
{
    char *list = parameter_list(metadata, is_private);

    if (list) {
        struct secure_choice choice = {metadata, is_recurring(params),
                                       version_compare(feature_set, "3.16.0") < 0};
        xmlNode *chosen XML_AUTO = params_element(params, wanted_secure, &choice);

        xml_set(op, "op-secure-params", list);
        set_digest(op, "op-secure-digest", chosen);
    }
    g_free(list);
}

bool metadata_wanted(const char *class, const char *op)
{
    static const char *const ops[] = {
        "start",        "monitor",    "promote",      "demote", "reload",
        "reload-agent", "migrate_to", "migrate_from", "notify",
    };

    for (size_t i = 0; class_has_params(class) && i < sizeof ops / sizeof ops[0]; i++) {
        if (same_text(op, ops[i])) {
            return true;
        }
    }
    return false;
}

void digests_add(struct crmd *c, xmlNode *op, const struct crmd_rsc_info *info,
                 const struct crmd_exec_event *event, const char *op_type, const char *feature_set)
{
    const struct agent_metadata *metadata;

    if (event->params == NULL || !metadata_wanted(info->class, op_type)) {
        return;
    }
    metadata = metadata_find(c, info);
    if (metadata == NULL) {
        return;
    }
    if (event->interval_ms == 0 && (metadata->reload_agent || metadata->legacy_reload)) {
        add_restart(op, metadata, event->params);
    }
    add_secure(op, metadata, event->params, feature_set);
}
