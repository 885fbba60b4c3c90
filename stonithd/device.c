/* A fence device's configuration: parsing and the decisions that follow from it. */
#include "config.h"
#include "stonithd/device.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pacemaker/common/log.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/xml.h"

#define SECONDS_MAX 100000000

/* ---- lists and maps ---- */

static bool name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static void add_name(GPtrArray *names, const char *word, size_t length)
{
    size_t used = 0;

    while (used < length && name_char(word[used])) {
        used++;
    }
    if (used == 0 || names->len >= DEVICE_TARGETS_MAX) {
        return;
    }
    char *name = g_strndup(word, used);
    if (strcasecmp(name, "on") == 0 || strcasecmp(name, "off") == 0) {
        g_free(name);
    } else {
        g_ptr_array_add(names, name);
    }
}

static void parse_line(const char *line, size_t length, GPtrArray *names)
{
    char *text = g_strndup(line, length);

    if (strstr(text, "invalid") == NULL && strstr(text, "variable") == NULL) {
        for (const char *p = text; *p != '\0';) {
            size_t word = strcspn(p, " \t\r\n\v\f,;");
            add_name(names, p, word);
            p += word;
            p += strspn(p, " \t\r\n\v\f,;");
        }
    }
    g_free(text);
}

void parse_target_list(const char *text, GPtrArray *names)
{
    const char *p = text != NULL ? text : "";

    while (*p != '\0') {
        const char *end = p;

        while (*end != '\0' && *end != '\n' && !(end[0] == '\\' && end[1] == 'n')) {
            end++;
        }
        parse_line(p, (size_t)(end - p), names);
        p = end + (*end == '\n' ? 1 : *end == '\\' ? 2 : 0);
    }
}

static char *without_backslashes(const char *text, size_t length)
{
    char *result = g_malloc(length + 1);
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        if (text[i] != '\\') {
            result[used++] = text[i];
        }
    }
    result[used] = '\0';
    return result;
}

/* "node1:1;node2:2,3": both parts may be escaped with backslashes. */
static void parse_map(device_t *device, const char *map)
{
    char *name = NULL;
    const char *begin = map;

    for (const char *p = map; p != NULL; p++) {
        if (*p == '\\' && p[1] != '\0') {
            p++;
        } else if ((*p == '=' || *p == ':') && p > begin && name == NULL) {
            name = g_ascii_strdown(begin, p - begin);
            begin = p + 1;
        } else if (*p == '\0' || *p == ';' || *p == ' ' || *p == '\t') {
            if (name != NULL && g_hash_table_size(device->aliases) < DEVICE_TARGETS_MAX) {
                char *value = without_backslashes(begin, (size_t)(p - begin));
                g_ptr_array_add(device->targets, g_strdup(value));
                g_hash_table_replace(device->aliases, name, value);
                name = NULL;
            }
            begin = p + 1;
            if (*p == '\0') {
                break;
            }
        }
    }
    g_free(name);
}

/* ---- building ---- */

const char *device_param(const device_t *device, const char *name)
{
    return g_hash_table_lookup(device->params, name);
}

static void set_default(device_t *device, const char *name, const char *value)
{
    if (device_param(device, name) == NULL) {
        g_hash_table_replace(device->params, g_strdup(name), g_strdup(value));
    }
}

/* A parameter "action" makes no sense: turn it into what was meant. */
static void rewrite_action(device_t *device)
{
    char *value = g_strdup(device_param(device, "action"));

    if (value == NULL) {
        return;
    }
    log_warn("Device %s: parameter 'action' should not be set, use pcmk_off_action or pcmk_reboot_action",
             device->id);
    if (strcmp(value, "off") == 0) {
        set_default(device, "pcmk_reboot_action", value);
    } else if (value[0] != '\0' && strcmp(value, "reboot") != 0) {
        set_default(device, "pcmk_off_action", value);
        set_default(device, "pcmk_reboot_action", value);
    }
    g_hash_table_remove(device->params, "action");
    g_free(value);
}

device_t *device_new(const char *id, const char *agent, const char *name_space, GHashTable *params,
                     bool automatic_unfencing)
{
    device_t *device = g_new0(device_t, 1);

    device->id = g_strdup(id);
    device->agent = g_strdup(agent);
    device->name_space = g_strdup(name_space);
    device->params = params;
    device->aliases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    device->targets = g_ptr_array_new_with_free_func(g_free);
    device->on_target_actions = g_ptr_array_new_with_free_func(g_free);
    device->automatic_unfencing = automatic_unfencing;
    rewrite_action(device);
    parse_target_list(device_param(device, "pcmk_host_list"), device->targets);
    if (device_param(device, "pcmk_host_map") != NULL) {
        parse_map(device, device_param(device, "pcmk_host_map"));
    }
    return device;
}

void device_free(device_t *device)
{
    if (device != NULL) {
        g_hash_table_unref(device->params);
        g_hash_table_unref(device->aliases);
        g_ptr_array_unref(device->targets);
        g_ptr_array_unref(device->on_target_actions);
        g_free(device->id);
        g_free(device->agent);
        g_free(device->name_space);
        g_free(device);
    }
}

static void apply_action(device_t *device, const xmlNode *action)
{
    static const struct {
        const char *name;
        unsigned flag;
    } known[] = {
        {"list", DEVICE_LIST}, {"status", DEVICE_STATUS}, {"reboot", DEVICE_REBOOT}, {"on", DEVICE_ON}};
    const char *name = xml_get(action, "name");

    for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(known); i++) {
        if (strcmp(name, known[i].name) == 0) {
            device->flags |= known[i].flag;
        }
    }
    if (name != NULL && strcmp(name, "on") == 0
        && (xml_get_true(action, "automatic") || xml_get_true(action, "required"))) {
        device->automatic_unfencing = true;
    }
    if (name != NULL && xml_get_true(action, "on_target")) {
        g_ptr_array_add(device->on_target_actions, g_strdup(name));
    }
}

static void apply_parameter(device_t *device, const xmlNode *parameter)
{
    const char *name = xml_get(parameter, "name");

    if (name == NULL) {
        return;
    }
    if (strcmp(name, "plug") == 0) {
        device->flags |= DEVICE_PLUG;
    } else if (strcmp(name, "port") == 0) {
        device->flags |= DEVICE_PORT;
    } else if (strcmp(name, "nodeid") == 0 && device_param(device, "nodeid") == NULL) {
        device->wants_nodeid = true;
    }
}

void device_apply_metadata(device_t *device, const xmlNode *metadata)
{
    device->metadata_known = true;
    xml_foreach (action, xml_first(metadata, "actions"), "action") {
        apply_action(device, action);
    }
    xml_foreach (parameter, xml_first(metadata, "parameters"), "parameter") {
        apply_parameter(device, parameter);
    }
    if (strcmp(device_host_check(device), "static-list") != 0) {
        g_ptr_array_set_size(device->targets, 0);
    }
    if (device->on_target_actions->len > 0) {
        log_info("Fencing device '%s' requires actions (%s) to be executed on target", device->id,
                 (char *)g_ptr_array_index(device->on_target_actions, 0));
    }
    if (device->automatic_unfencing) {
        log_info("Fencing device '%s' requires unfencing", device->id);
    }
    if ((device->flags & DEVICE_REBOOT) == 0) {
        log_info("Agent '%s' of device '%s' does not support reboot", device->agent, device->id);
    }
}

static bool ignored_in_comparison(const char *name)
{
    return strncmp(name, "CRM_meta", 8) == 0 || strcmp(name, "crm_feature_set") == 0;
}

static bool params_within(const device_t *a, const device_t *b)
{
    GHashTableIter iter;
    gpointer name, value;

    g_hash_table_iter_init(&iter, a->params);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        const char *other = device_param(b, name);

        if (!ignored_in_comparison(name) && (other == NULL || strcasecmp(other, value) != 0)) {
            return false;
        }
    }
    return true;
}

bool device_equal(const device_t *a, const device_t *b)
{
    return strcmp(a->id, b->id) == 0 && strcmp(a->agent, b->agent) == 0 && params_within(a, b)
           && params_within(b, a);
}

/* ---- targets ---- */

const char *device_alias(const device_t *device, const char *node)
{
    char *lower = g_ascii_strdown(node, -1);
    const char *alias = g_hash_table_lookup(device->aliases, lower);

    g_free(lower);
    return alias;
}

const char *device_host_check(const device_t *device)
{
    const char *configured = device_param(device, "pcmk_host_check");

    if (configured != NULL) {
        return configured;
    }
    if (device_param(device, "pcmk_host_list") != NULL || device_param(device, "pcmk_host_map") != NULL) {
        return "static-list";
    }
    if ((device->flags & DEVICE_LIST) != 0 && !device->dynamic_to_status) {
        return "dynamic-list";
    }
    return (device->flags & DEVICE_STATUS) != 0 ? "status" : device->dynamic_to_status ? "status" : "none";
}

bool device_has_target(const device_t *device, const char *name)
{
    for (guint i = 0; i < device->targets->len; i++) {
        if (strcasecmp(g_ptr_array_index(device->targets, i), name) == 0) {
            return true;
        }
    }
    return false;
}

void device_set_targets(device_t *device, const char *list, long long now)
{
    g_ptr_array_set_size(device->targets, 0);
    parse_target_list(list, device->targets);
    device->targets_age = now;
}

/* ---- who may ---- */

bool device_may_do_alone(const device_t *device, const char *action, const char *target, const char *own_name,
                         bool allow_suicide)
{
    bool self = target != NULL && strcasecmp(target, own_name) == 0;

    for (guint i = 0; i < device->on_target_actions->len; i++) {
        if (strstr(g_ptr_array_index(device->on_target_actions, i), action) != NULL) {
            return self;
        }
    }
    return !self || allow_suicide;
}

bool device_may_do(const device_t *device, const char *action, const char *target, const char *own_name,
                   bool allow_suicide)
{
    if (action == NULL) {
        return true;
    }
    if (strcmp(action, "reboot") == 0) {
        return device_may_do_alone(device, "reboot", target, own_name, allow_suicide)
               || device_may_do_alone(device, "off", target, own_name, allow_suicide)
               || device_may_do_alone(device, "on", target, own_name, false);
    }
    return device_may_do_alone(device, action, target, own_name, allow_suicide);
}

const char *device_real_action(const device_t *device, const char *action)
{
    return strcmp(action, "reboot") == 0 && device->metadata_known && (device->flags & DEVICE_REBOOT) == 0
               ? "off"
               : action;
}

bool device_requires_on(const device_t *device, const char *action)
{
    return device->automatic_unfencing && action != NULL && strcmp(action, "on") == 0;
}

/* ---- times and limits ---- */

static const char *action_option(const device_t *device, const char *action, const char *suffix)
{
    char *name = g_strdup_printf("pcmk_%s_%s", action, suffix);
    const char *value = device_param(device, name);

    g_free(name);
    return value;
}

bool device_has_action_timeout(const device_t *device, const char *action, int *timeout_s)
{
    const char *value = action_option(device, device_real_action(device, action), "timeout");

    *timeout_s = value != NULL ? atoi(value) : 0;
    if (*timeout_s < 0 || *timeout_s > SECONDS_MAX) {
        *timeout_s = *timeout_s < 0 ? 0 : SECONDS_MAX;
    }
    return value != NULL;
}

int device_action_timeout(const device_t *device, const char *action, int fallback_s)
{
    int own = 0;

    return device_has_action_timeout(device, action, &own) ? own : fallback_s;
}

int device_action_limit(const device_t *device)
{
    const char *value = device_param(device, "pcmk_action_limit");
    int limit = value != NULL ? atoi(value) : 1;

    return limit == 0 ? 1 : limit;
}

int device_retries(const device_t *device, const char *action)
{
    const char *value = action_option(device, action, "retries");

    return value != NULL ? atoi(value) : 2;
}

static bool takes_delay(const char *action)
{
    return strcmp(action, "off") == 0 || strcmp(action, "reboot") == 0 || strcmp(action, "poweroff") == 0;
}

static int seconds_of(const char *text)
{
    bool valid = true;
    uint32_t ms = text != NULL ? interval_parse(text, &valid) : 0;

    return valid ? (int)(ms / 1000) : 0;
}

int device_delay_max(const device_t *device, const char *action)
{
    return takes_delay(action) ? seconds_of(device_param(device, "pcmk_delay_max")) : 0;
}

int device_delay_base(const device_t *device, const char *action, const char *target)
{
    const char *value = device_param(device, "pcmk_delay_base");
    int delay = 0;

    if (value == NULL || !takes_delay(action)) {
        return 0;
    }
    if (strchr(value, ':') == NULL) {
        return seconds_of(value);
    }
    if (target == NULL) {
        return 0;
    }
    char **entries = g_strsplit_set(value, "; \t", -1);
    for (char **entry = entries; *entry != NULL; entry++) {
        char *colon = strchr(*entry, ':');

        if (colon != NULL && colon > *entry && strncasecmp(*entry, target, (size_t)(colon - *entry)) == 0) {
            delay = seconds_of(colon + 1);
            break;
        }
    }
    g_strfreev(entries);
    return delay;
}
