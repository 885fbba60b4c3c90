/* Which agents there are, and their metadata (executor.md §9). */
#include "config.h"
#include "lrmd/lrmd_client.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "lrmd/services.h"
#include "lrmd/systemd.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "stonithd/fence_agents.h"

#define METADATA_TIMEOUT_MS 30000u
#define LSB_HEADER_LINES_MAX 1000u

/* ---- folders ---- */

enum entry_kind { ENTRY_DIR, ENTRY_PROGRAM };

static bool entry_matches(const char *folder, const char *name, enum entry_kind kind)
{
    struct stat st;
    char *path = g_build_filename(folder, name, NULL);
    bool ok = stat(path, &st) == 0;

    g_free(path);
    if (!ok) {
        return false;
    }
    return kind == ENTRY_DIR ? S_ISDIR(st.st_mode)
                             : S_ISREG(st.st_mode) && (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

/* Append the names in a folder that are of that kind, sorted by locale. */
static void list_folder(GPtrArray *names, const char *folder, enum entry_kind kind)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;

        if (name[0] != '.' && entry_matches(folder, name, kind)) {
            g_ptr_array_add(names, g_strdup(name));
        }
        free(entries[i]);
    }
    free(entries);
}

static char **finish_list(GPtrArray *names)
{
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static void append_list(GPtrArray *names, char **more)
{
    for (char **p = more; *p != NULL; p++) {
        g_ptr_array_add(names, *p);
    }
    g_free(more);
}

/* ---- listing ---- */

static void list_ocf_agents(GPtrArray *names, const char *provider)
{
    char **folders = g_strsplit(OCF_RESOURCE_PATH, ":", -1);

    for (char **f = folders; *f != NULL; f++) {
        char *folder = g_build_filename(*f, provider, NULL);
        list_folder(names, folder, ENTRY_PROGRAM);
        g_free(folder);
    }
    g_strfreev(folders);
}

char **lrmd_list_providers(const char *agent)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *result = g_ptr_array_new();
    char **folders = g_strsplit(OCF_RESOURCE_PATH, ":", -1);

    for (char **f = folders; *f != NULL; f++) {
        list_folder(all, *f, ENTRY_DIR);
    }
    for (guint i = 0; i < all->len; i++) {
        const char *provider = g_ptr_array_index(all, i);

        if (agent == NULL || rsc_agent_exists("ocf", provider, agent)) {
            g_ptr_array_add(result, g_strdup(provider));
        }
    }
    g_strfreev(folders);
    g_ptr_array_unref(all);
    return finish_list(result);
}

static char **list_nagios(void)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *names = g_ptr_array_new();

    list_folder(found, NAGIOS_DIR, ENTRY_PROGRAM);
    for (guint i = 0; i < found->len; i++) {
        const char *name = g_ptr_array_index(found, i);
        char *file = g_strdup_printf("%s/%s.xml", NAGIOS_METADATA_DIR, name);

        if (g_file_test(file, G_FILE_TEST_IS_REGULAR)) {
            g_ptr_array_add(names, g_strdup(name));
        }
        g_free(file);
    }
    g_ptr_array_unref(found);
    return finish_list(names);
}

static void list_class(GPtrArray *names, rsc_class_t class, const char *provider)
{
    switch (class) {
        case CLASS_OCF:
            if (provider != NULL) {
                list_ocf_agents(names, provider);
            } else {
                char **providers = lrmd_list_providers(NULL);
                for (char **p = providers; *p != NULL; p++) {
                    list_ocf_agents(names, *p);
                }
                g_strfreev(providers);
            }
            break;
        case CLASS_LSB:
            list_folder(names, LSB_DIR, ENTRY_PROGRAM);
            break;
        case CLASS_SYSTEMD:
            append_list(names, systemd_list_units());
            break;
        case CLASS_SERVICE:
            list_class(names, CLASS_LSB, NULL);
            list_class(names, CLASS_SYSTEMD, NULL);
            break;
        case CLASS_NAGIOS:
            append_list(names, list_nagios());
            break;
        case CLASS_STONITH:
            append_list(names, fence_agents_list());
            break;
        default:
            break;
    }
}

char **lrmd_list_agents(const char *standard, const char *provider)
{
    GPtrArray *names = g_ptr_array_new();

    if (standard != NULL) {
        list_class(names, rsc_class(standard), provider);
    } else {
        list_class(names, CLASS_LSB, NULL);
        list_class(names, CLASS_OCF, NULL);
        list_class(names, CLASS_SYSTEMD, NULL);
        list_class(names, CLASS_STONITH, NULL);
    }
    return finish_list(names);
}

static bool class_has_agents(rsc_class_t class)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    list_class(names, class, NULL);
    bool any = names->len > 0;
    g_ptr_array_unref(names);
    return any;
}

char **lrmd_list_standards(void)
{
    GPtrArray *names = g_ptr_array_new();

    g_ptr_array_add(names, g_strdup("ocf"));
    g_ptr_array_add(names, g_strdup("lsb"));
    g_ptr_array_add(names, g_strdup("service"));
    if (class_has_agents(CLASS_SYSTEMD)) {
        g_ptr_array_add(names, g_strdup("systemd"));
    }
    if (class_has_agents(CLASS_NAGIOS)) {
        g_ptr_array_add(names, g_strdup("nagios"));
    }
    if (class_has_agents(CLASS_STONITH)) {
        g_ptr_array_add(names, g_strdup("stonith"));
    }
    return finish_list(names);
}

static bool program_exists(const char *folder, const char *name)
{
    return entry_matches(folder, name, ENTRY_PROGRAM);
}

bool rsc_agent_exists(const char *standard, const char *provider, const char *type)
{
    if (standard == NULL || type == NULL) {
        return false;
    }
    switch (rsc_class(standard)) {
        case CLASS_OCF: {
            char *folder = provider != NULL ? g_build_filename(OCF_RESOURCE_PATH, provider, NULL) : NULL;
            bool found = folder != NULL && program_exists(folder, type);
            g_free(folder);
            return found;
        }
        case CLASS_LSB:
            return program_exists(type[0] == '/' ? "/" : LSB_DIR, type);
        case CLASS_SYSTEMD:
            return systemd_unit_exists(type);
        case CLASS_SERVICE:
            return program_exists(LSB_DIR, type) || systemd_unit_exists(type);
        case CLASS_NAGIOS:
            return program_exists(NAGIOS_DIR, type);
        case CLASS_STONITH:
            return fence_agent_exists(type);
        default:
            return false;
    }
}

/* ---- metadata of init scripts ---- */

static const char *const lsb_keys[] = {
    "Provides",    "Required-Start", "Required-Stop", "Should-Start",
    "Should-Stop", "Default-Start",  "Default-Stop",
};

typedef struct {
    char *values[G_N_ELEMENTS(lsb_keys)];       /* escaped, with leading blank and trailing newline */
    char *short_desc;
    GString *long_desc;
} lsb_header_t;

static const char *header_value(const char *line, const char *key)
{
    size_t length = strlen(key);

    return strncmp(line, "# ", 2) == 0 && strncmp(line + 2, key, length) == 0 && line[2 + length] == ':'
           ? line + 2 + length + 1 : NULL;
}

static void replace_escaped(char **target, const char *value)
{
    if (*target == NULL) {
        *target = g_markup_escape_text(value, -1);
    }
}

/* One line of the block; true while a description may continue on the next. */
static bool lsb_header_line(lsb_header_t *header, const char *line, bool in_description)
{
    const char *value = header_value(line, "Description");

    if (value != NULL || (in_description && (strncmp(line, "#  ", 3) == 0 || strncmp(line, "#\t", 2) == 0))) {
        char *escaped = g_markup_escape_text(value != NULL ? value : line + 2, -1);
        g_string_append(header->long_desc, escaped);
        g_free(escaped);
        return true;
    }
    if ((value = header_value(line, "Short-Description")) != NULL) {
        replace_escaped(&header->short_desc, value);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lsb_keys); i++) {
        if ((value = header_value(line, lsb_keys[i])) != NULL) {
            replace_escaped(&header->values[i], value);
        }
    }
    return false;
}

static void lsb_read_header(FILE *file, lsb_header_t *header)
{
    char line[1024];
    bool inside = false, in_description = false;

    for (unsigned n = 0; n < LSB_HEADER_LINES_MAX && fgets(line, sizeof(line), file) != NULL; n++) {
        if (strncmp(line, "### BEGIN INIT INFO", 19) == 0) {
            inside = true;
        } else if (strncmp(line, "### END INIT INFO", 17) == 0) {
            return;
        } else if (inside) {
            in_description = lsb_header_line(header, line, in_description);
        }
    }
}

static char *lsb_metadata_text(const char *type, const lsb_header_t *header)
{
    GString *text = g_string_new("<?xml version='1.0'?>\n<!DOCTYPE resource-agent SYSTEM 'ra-api-1.dtd'>\n");
    char *name = g_markup_escape_text(type, -1);

    g_string_append_printf(text,
        "<resource-agent name='%s' version='0.1'>\n"
        "  <version>1.0</version>\n"
        "  <longdesc lang='en'>\n%s  </longdesc>\n"
        "  <shortdesc lang='en'>%s</shortdesc>\n"
        "  <parameters>\n  </parameters>\n"
        "  <actions>\n"
        "    <action name='meta-data'    timeout='5' />\n"
        "    <action name='start'        timeout='15' />\n"
        "    <action name='stop'         timeout='15' />\n"
        "    <action name='status'       timeout='15' />\n"
        "    <action name='restart'      timeout='15' />\n"
        "    <action name='force-reload' timeout='15' />\n"
        "    <action name='monitor'      timeout='15' interval='15' />\n"
        "  </actions>\n"
        "  <special tag='LSB'>\n",
        name, header->long_desc->len > 0 ? header->long_desc->str : name,
        header->short_desc != NULL ? header->short_desc : name);
    for (size_t i = 0; i < G_N_ELEMENTS(lsb_keys); i++) {
        g_string_append_printf(text, "    <%s>%s</%s>\n", lsb_keys[i],
                               header->values[i] != NULL ? header->values[i] : "", lsb_keys[i]);
    }
    g_string_append(text, "  </special>\n</resource-agent>\n");
    g_free(name);
    return g_string_free(text, FALSE);
}

static int lsb_metadata(const char *type, char **output)
{
    lsb_header_t header = {.long_desc = g_string_new(NULL)};
    char *path = type[0] == '/' ? g_strdup(type) : g_build_filename(LSB_DIR, type, NULL);
    FILE *file = fopen(path, "re");
    int rc = file == NULL ? -errno : 0;

    g_free(path);
    if (file != NULL) {
        lsb_read_header(file, &header);
        fclose(file);
        *output = lsb_metadata_text(type, &header);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lsb_keys); i++) {
        g_free(header.values[i]);
    }
    g_free(header.short_desc);
    g_string_free(header.long_desc, TRUE);
    return rc;
}

/* ---- metadata of the other classes ---- */

static int ocf_metadata(const char *provider, const char *type, GHashTable *params, unsigned timeout_ms,
                        char **output)
{
    svc_request_t request = {
        .rsc_id = type, .standard = "ocf", .provider = provider, .agent = type, .action = "meta-data",
        .timeout_ms = timeout_ms, .params = params,
    };
    svc_result_t result = {0};
    int rc = 0;

    svc_run(&request, &result);
    if (result.status == EXEC_NOT_INSTALLED) {
        rc = -ENOENT;
    } else if (result.status == EXEC_TIMEOUT) {
        rc = -ETIME;
    } else if (result.status != EXEC_DONE || result.rc != OCF_OK || result.out == NULL) {
        rc = -EIO;
    } else {
        *output = result.out;
        result.out = NULL;
    }
    if (rc < 0) {
        log_err("Could not get metadata of ocf:%s:%s: %s", provider, type,
                result.reason != NULL ? result.reason : ocf_exit_str(result.rc));
    }
    svc_result_clear(&result);
    return rc;
}

static int nagios_metadata(const char *type, char **output)
{
    char *path = g_strdup_printf("%s/%s.xml", NAGIOS_METADATA_DIR, type);
    int rc = strchr(type, '/') == NULL && g_file_get_contents(path, output, NULL, NULL) ? 0 : -ENOENT;

    g_free(path);
    return rc;
}

int lrmd_get_metadata(const char *standard, const char *provider, const char *type, GHashTable *params,
                      unsigned timeout_ms, char **output)
{
    unsigned limit = timeout_ms != 0 ? timeout_ms : METADATA_TIMEOUT_MS;

    *output = NULL;
    if (standard == NULL || type == NULL || (rsc_class_has_provider(standard) && provider == NULL)) {
        return -EINVAL;
    }
    switch (rsc_class_resolve(rsc_class(standard), type)) {
        case CLASS_OCF:
            return ocf_metadata(provider, type, params, limit, output);
        case CLASS_LSB:
            return lsb_metadata(type, output);
        case CLASS_SYSTEMD:
            *output = systemd_metadata(type);
            return *output != NULL ? 0 : -ENOTCONN;
        case CLASS_NAGIOS:
            return nagios_metadata(type, output);
        case CLASS_STONITH:
            return fence_agent_metadata(type, (limit + 999) / 1000, output);
        default:
            return -EINVAL;
    }
}
