/* Fence agents of the RHCS kind: "name=value" lines on stdin, metadata as XML on stdout (fencer.md §6.3,
 * §11). */
#include "config.h"
#include "stonithd/fence_agents.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "lrmd/proc.h"
#include "lrmd/services.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

#define DEFAULT_TIMEOUT_S 120u

/* ---- which there are ---- */

static int is_fence_name(const struct dirent *entry)
{
    return strncmp(entry->d_name, "fence_", 6) == 0;
}

static bool is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

char *fence_agent_path(const char *agent)
{
    char *base = g_path_get_basename(agent);
    char *path = g_build_filename(FENCE_AGENT_DIR, base, NULL);

    g_free(base);
    return path;
}

bool fence_agent_exists(const char *agent)
{
    char *path = fence_agent_path(agent);
    bool exists = agent[0] != '\0' && is_file(path);

    g_free(path);
    return exists;
}

char **fence_agents_list(void)
{
    GPtrArray *names = g_ptr_array_new();
    struct dirent **entries = NULL;
    int count = scandir(FENCE_AGENT_DIR, &entries, is_fence_name, alphasort);

    for (int i = 0; i < count; i++) {
        if (fence_agent_exists(entries[i]->d_name)) {
            g_ptr_array_add(names, g_strdup(entries[i]->d_name));
        }
        free(entries[i]);
    }
    free(entries);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

/* ---- what they read ---- */

/* pcmk_X_action, pcmk_X_timeout, pcmk_X_retries */
static bool is_action_option(const char *name)
{
    if (strncmp(name, "pcmk_", 5) != 0) {
        return false;
    }
    const char *end = strchr(name + 5, '_');
    return end != NULL
           && (strcmp(end, "_action") == 0 || strcmp(end, "_timeout") == 0 || strcmp(end, "_retries") == 0);
}

/* Parameters that are for us, not for the agent. */
static bool is_internal(const char *name)
{
    static const char *const ours[] = {
        "provides",           "stonith-timeout", "pcmk_action_limit", "pcmk_delay_base", "pcmk_delay_max",
        "pcmk_host_argument", "pcmk_host_check", "pcmk_host_list",    "pcmk_host_map",   "crm_feature_set",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(ours); i++) {
        if (strcmp(name, ours[i]) == 0) {
            return true;
        }
    }
    return strcasecmp(name, "action") == 0 || strstr(name, "CRM_meta") != NULL || is_action_option(name);
}

static void put(GHashTable *lines, const char *name, const char *value)
{
    g_hash_table_replace(lines, g_strdup(name), g_strdup(value));
}

static const char *param(GHashTable *params, const char *name)
{
    return params != NULL ? g_hash_table_lookup(params, name) : NULL;
}

static void put_target(GHashTable *lines, const char *agent, const char *target, const char *alias,
                       const char *default_host_arg, unsigned nodeid, GHashTable *params)
{
    const char *host_arg = param(params, "pcmk_host_argument");

    put(lines, "nodename", target);
    if (nodeid > 0) {
        char text[16];
        g_snprintf(text, sizeof(text), "%u", nodeid);
        put(lines, "nodeid", text);
    }
    if (strcmp(agent, "fence_legacy") == 0 || (host_arg != NULL && strcmp(host_arg, "none") == 0)) {
        return;
    }
    if (host_arg == NULL) {
        host_arg = default_host_arg != NULL ? default_host_arg : "port";
    }
    const char *configured = param(params, host_arg);
    if (configured == NULL || strcasecmp(configured, "dynamic") == 0) {
        put(lines, host_arg, alias != NULL ? alias : target);
    }
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

static char *join_lines(GHashTable *lines)
{
    GString *text = g_string_new(NULL);
    GList *names = g_list_sort(g_hash_table_get_keys(lines), compare_names);

    for (GList *item = names; item != NULL; item = item->next) {
        g_string_append_printf(text, "%s=%s\n", (char *)item->data,
                               (char *)g_hash_table_lookup(lines, item->data));
    }
    g_list_free(names);
    return g_string_free(text, FALSE);
}

char *fence_agent_input(const char *agent, const char *action, const char *target, const char *alias,
                        const char *default_host_arg, unsigned nodeid, GHashTable *params)
{
    GHashTable *lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    char *option = g_strdup_printf("pcmk_%s_action", action);
    const char *own_action = param(params, option);
    GHashTableIter iter;
    gpointer name, value;

    put(lines, "action", own_action != NULL ? own_action : action);
    if (target != NULL) {
        put_target(lines, agent, target, alias, default_host_arg, nodeid, params);
    }
    if (params != NULL) {
        g_hash_table_iter_init(&iter, params);
        while (g_hash_table_iter_next(&iter, &name, &value)) {
            /* the host parameter may be "dynamic": then what was put above stands */
            bool dynamic = strcasecmp(value, "dynamic") == 0 && g_hash_table_contains(lines, name);
            if (!is_internal(name) && !dynamic) {
                put(lines, name, value);
            }
        }
    }
    char *text = join_lines(lines);
    g_hash_table_unref(lines);
    g_free(option);
    return text;
}

/* ---- running one without a main loop ---- */

static int run_agent(const char *agent, const char *input, unsigned timeout_s, proc_result_t *run)
{
    char *path = fence_agent_path(agent);
    proc_spec_t spec = {
        .name = agent, .path = path, .input = input,
        .timeout_ms = (timeout_s != 0 ? timeout_s : DEFAULT_TIMEOUT_S) * 1000,
    };
    int rc = !is_file(path) ? -ENOENT : -proc_run(&spec, run);

    if (rc == 0 && run->timed_out) {
        rc = -ETIME;
    }
    g_free(path);
    return rc;
}

/* Mark a parameter as optional: the cluster supplies it. */
static void make_optional(xmlNode *root, const char *name)
{
    xmlNode *parameter = xml_find(xml_first(root, "parameters"), "parameter", "name", name);

    if (parameter != NULL) {
        xml_set(parameter, "required", "0");
    }
}

static void add_action(xmlNode *actions, const char *name)
{
    xmlNode *action = xml_add(actions, "action");

    xml_set(action, "name", name);
    xml_set(action, "timeout", "20s");
}

/* What crm shells expect of every stonith agent (§11), as indented text without declaration. Works on the
 * libxml2 tree, so that descriptions stay. */
static char *touch_up(const char *metadata)
{
    xmlDoc *doc = xmlReadMemory(metadata, (int)strlen(metadata), "metadata", NULL,
                                XML_PARSE_NOBLANKS | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET
                                | XML_PARSE_RECOVER);
    xmlNode *root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
    char *text = NULL;

    if (root != NULL) {
        xmlNode *actions = xml_first(root, "actions");
        xmlBuffer *buffer = xmlBufferCreate();

        if (actions != NULL && xml_find(actions, "action", "name", "stop") == NULL) {
            add_action(actions, "stop");
            add_action(actions, "start");
        }
        make_optional(root, "action");
        make_optional(root, "plug");
        make_optional(root, "port");
        if (xmlNodeDump(buffer, doc, root, 0, 1) > 0) {
            xmlBufferCat(buffer, BAD_CAST "\n");
            text = strdup((const char *)xmlBufferContent(buffer));
        }
        xmlBufferFree(buffer);
    }
    xmlFreeDoc(doc);
    return text;
}

int fence_agent_metadata(const char *agent, unsigned timeout_s, char **output)
{
    proc_result_t run = {0};
    int rc = run_agent(agent, "action=metadata\n", timeout_s, &run);

    *output = NULL;
    if (rc == 0 && (run.signo != 0 || run.exit_status != 0)) {
        log_err("Fence agent %s ended with %s %d when asked for its metadata", agent,
                run.signo != 0 ? "signal" : "status", run.signo != 0 ? run.signo : run.exit_status);
        rc = -EIO;
    }
    if (rc == 0) {
        *output = touch_up(run.out);
        if (*output == NULL) {
            log_err("Metadata of fence agent %s is no XML", agent);
            rc = -EIO;
        }
    }
    proc_result_clear(&run);
    return rc;
}

int fence_agent_validate(const char *rsc_id, const char *agent, GHashTable *params, unsigned timeout_s,
                         char **output, char **error_output)
{
    proc_result_t run = {0};
    char *input = fence_agent_input(agent, "validate-all", "node1", NULL, "port", 0, params);
    int rc = run_agent(agent, input, timeout_s, &run);

    g_free(input);
    if (rc == 0 && (run.signo != 0 || run.exit_status != 0)) {
        rc = -PCMK_ERR_GENERIC;
    }
    log_debug("Validation of %s%s%s: %s", agent, rsc_id != NULL ? " on " : "", rsc_id != NULL ? rsc_id : "",
              rc == 0 ? "ok" : "failed");
    if (output != NULL) {
        *output = run.out;
        run.out = NULL;
    }
    if (error_output != NULL) {
        *error_output = run.err;
        run.err = NULL;
    }
    proc_result_clear(&run);
    return rc;
}
