/* Schemas of the CIB: the known versions and validation. */
#include "config.h"
#include "cib/schema.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <glib.h>
#include <libxml/relaxng.h>
#include "cib/rng.h"
#include "cib/schema_transform.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/input.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

#define DEPRECATED "pacemaker-next"

struct schema {
    char *name;
    unsigned major, minor;
    bool tried;                     /* loading was tried */
    xmlRelaxNG *rng;                /* NULL: not loaded, unusable, or "none" */
};

static GPtrArray *schemas;          /* struct schema; the last two are pacemaker-next and none */
static struct rng *quick;           /* says of most valid documents that they are */
static char *directory;             /* where the schemas are */

static bool has_schemas(const char *dir)
{
    char *file = g_build_filename(dir, "pacemaker-3.0.rng", NULL);
    bool has = access(file, R_OK) == 0;

    g_free(file);
    return has;
}

/* Of a program in a build tree, or installed below a folder of its own; NULL: none. */
static char *directory_beside_program(void)
{
    static const char *const places[] = {"xml", "../xml", "../../xml", "../share/pacemaker",
                                         "../../share/pacemaker"};
    char *program = g_file_read_link("/proc/self/exe", NULL);
    char *folder = program != NULL ? g_path_get_dirname(program) : NULL;
    char *found = NULL;

    for (size_t i = 0; folder != NULL && found == NULL && i < G_N_ELEMENTS(places); i++) {
        found = g_build_filename(folder, places[i], NULL);
        if (!has_schemas(found)) {
            g_clear_pointer(&found, g_free);
        }
    }
    g_free(folder);
    g_free(program);
    return found;
}

static const char *schema_directory(void)
{
    const char *dir = getenv("PCMK_schema_directory");

    if (directory == NULL) {
        if (dir != NULL && *dir != '\0') {
            directory = g_strdup(dir);
        } else if (!has_schemas(PCMK_SCHEMA_DIR)) {
            directory = directory_beside_program();
        }
    }
    if (directory == NULL) {
        directory = g_strdup(PCMK_SCHEMA_DIR);
    }
    return directory;
}

static void schema_free(void *data)
{
    struct schema *schema = data;

    xmlRelaxNGFree(schema->rng);
    g_free(schema->name);
    g_free(schema);
}

static void add_schema(const char *name, unsigned major, unsigned minor)
{
    struct schema *schema = g_new0(struct schema, 1);

    schema->name = g_strdup(name);
    schema->major = major;
    schema->minor = minor;
    g_ptr_array_add(schemas, schema);
}

static gint by_version(gconstpointer a, gconstpointer b)
{
    const struct schema *x = *(const struct schema *const *)a, *y = *(const struct schema *const *)b;

    if (x->major != y->major) {
        return x->major < y->major ? -1 : 1;
    }
    return (x->minor > y->minor) - (x->minor < y->minor);
}

/* "pacemaker-X.Y.rng" */
static bool is_schema_file(const char *file, unsigned *major, unsigned *minor)
{
    int end = 0;

    return sscanf(file, "pacemaker-%3u.%3u.rng%n", major, minor, &end) == 2 && end > 0 && file[end] == '\0';
}

static void load_names(void)
{
    DIR *stream;
    const struct dirent *entry;

    if (schemas != NULL) {
        return;
    }
    schemas = g_ptr_array_new_with_free_func(schema_free);
    stream = opendir(schema_directory());
    if (stream == NULL) {
        log_err("Could not read the schema directory %s: %s", schema_directory(), strerror(errno));
    }
    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        unsigned major, minor;

        if (is_schema_file(entry->d_name, &major, &minor)) {
            char *name = g_strndup(entry->d_name, strlen(entry->d_name) - strlen(".rng"));

            add_schema(name, major, minor);
            g_free(name);
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
    g_ptr_array_sort(schemas, by_version);
    add_schema(DEPRECATED, 0, 0);
    add_schema("none", 0, 0);
}

void schema_cleanup(void)
{
    g_clear_pointer(&schemas, g_ptr_array_unref);
    g_clear_pointer(&quick, rng_free);
    g_clear_pointer(&directory, g_free);
    xmlRelaxNGCleanupTypes();
}

static struct schema *schema_at(int index)
{
    load_names();
    return (index >= 0 && index < (int)schemas->len) ? schemas->pdata[index] : NULL;
}

const char *schema_name(int index)
{
    const struct schema *schema = schema_at(index);

    return schema != NULL ? schema->name : NULL;
}

int schema_index(const char *name)
{
    load_names();
    for (guint i = 0; name != NULL && i < schemas->len; i++) {
        if (strcasecmp(name, schema_name((int)i)) == 0) {
            return (int)i;
        }
    }
    return -1;
}

int schema_latest(void)
{
    load_names();
    return (int)schemas->len - 3;
}

bool schema_at_least(const char *name, const char *least)
{
    int index = schema_index(name), wanted = schema_index(least);

    return index >= 0 && index >= wanted;
}

/* ---- validation ---- */

struct reporter {
    schema_report_fn report;
    void *arg;
};

static void log_report(void *arg, const char *place, const char *text)
{
    (void)arg;
    if (*place != '\0') {
        log_as("xml_log", LOG_ERR, "%s", text);
    } else {
        log_as("cli_config_update", LOG_ERR, "%s", text);
    }
}

void schema_print(void *arg, const char *place, const char *text)
{
    (void)arg;
    fprintf(stderr, "%s%s\n", place, text);
}

/* In libxml2's own words. */
static char *place_of(const xmlError *error)
{
    const xmlNode *node = error->node;
    GString *place = g_string_new(NULL);

    if (error->file != NULL) {
        g_string_append_printf(place, "%s:%d: ", error->file, error->line);
    } else if (error->line != 0 && error->domain != XML_FROM_VALID) {
        g_string_append_printf(place, "Entity: line %d: ", error->line);
    }
    if (node != NULL && node->type == XML_ELEMENT_NODE) {
        g_string_append_printf(place, "element %s: ", (const char *)node->name);
    }
    g_string_append_printf(place, "%s%s : ", error->domain == XML_FROM_RELAXNGV ? "Relax-NG validity " :
                           error->domain == XML_FROM_RELAXNGP ? "Relax-NG parser " : "validity ",
                           error->level == XML_ERR_WARNING ? "warning" : "error");
    return g_string_free(place, FALSE);
}

void schema_name_file(xmlNode *cib, const char *path)
{
    if (!g_str_has_suffix(path, ".bz2")) {
        cib->doc->URL = xmlStrdup((const xmlChar *)path);
    }
}

static void validator_error(void *data, xmlError *error)
{
    const struct reporter *reporter = data;
    char *place, *text;

    if (reporter == NULL) {
        return;
    }
    place = place_of(error);
    text = g_strchomp(g_strdup(error->message != NULL ? error->message : "unknown error"));
    reporter->report(reporter->arg, place, text);
    g_free(text);
    g_free(place);
}

static xmlRelaxNG *load_schema(struct schema *schema)
{
    struct reporter reporter = {log_report, NULL};
    xmlRelaxNGParserCtxt *parser;
    char *file;

    if (schema->tried) {
        return schema->rng;
    }
    schema->tried = true;
    file = g_strdup_printf("%s/%s.rng", schema_directory(), schema->name);
    parser = xmlRelaxNGNewParserCtxt(file);
    if (parser != NULL) {
        xmlRelaxNGSetParserStructuredErrors(parser, validator_error, &reporter);
        schema->rng = xmlRelaxNGParse(parser);
        xmlRelaxNGFreeParserCtxt(parser);
    }
    if (schema->rng == NULL) {
        log_err("Could not load schema %s", file);
    }
    g_free(file);
    return schema->rng;
}

static char *read_schema(void *arg, const char *file)
{
    char *path = g_strdup_printf("%s/%s", schema_directory(), file), *text = input_read_file(path);

    (void)arg;
    g_free(path);
    return text;
}

static bool surely_conforms(const xmlNode *cib, const struct schema *schema)
{
    char *file = g_strdup_printf("%s.rng", schema->name);
    bool valid;

    if (quick == NULL) {
        quick = rng_new(read_schema, NULL);
    }
    valid = rng_surely_valid(quick, file, cib->doc);
    g_free(file);
    return valid;
}

static bool conforms(const xmlNode *cib, struct schema *schema, const struct reporter *reporter)
{
    xmlRelaxNGValidCtxt *validator;
    xmlRelaxNG *rng;
    int rc;

    if (strcmp(schema->name, DEPRECATED) == 0) {
        log_as("validate_with", LOG_WARNING,
               "The " DEPRECATED " schema is deprecated and will be removed in a future release.");
    }
    if (strcmp(schema->name, "none") == 0 || surely_conforms(cib, schema)) {
        return true;
    }
    rng = load_schema(schema);
    if (rng == NULL) {
        return false;
    }
    validator = xmlRelaxNGNewValidCtxt(rng);
    if (validator == NULL) {
        abort();
    }
    /* not the validator's own function: the check of references would not call it */
    xmlSetStructuredErrorFunc((void *)reporter, validator_error);
    rc = xmlRelaxNGValidateDoc(validator, cib->doc);
    xmlSetStructuredErrorFunc(NULL, NULL);
    if (rc < 0) {
        log_err("Internal error of the validator");
    }
    xmlRelaxNGFreeValidCtxt(validator);
    return rc <= 0;
}

int schema_validate(xmlNode *cib, schema_report_fn report, void *arg)
{
    struct reporter reporter = {report != NULL ? report : log_report, arg};
    const char *name = xml_get(cib, "validate-with");
    struct schema *schema;

    load_names();
    if (name == NULL) {
        for (int i = 0; i < (int)schemas->len; i++) {
            if (conforms(cib, schema_at(i), &reporter)) {
                xml_set(cib, "validate-with", schema_name(i));
            }
        }
        return 0;
    }
    schema = schema_at(schema_index(name));
    if (schema == NULL) {
        char *text = schema_latest() < 0 ? g_strdup_printf("There are no schemas in %s", schema_directory()) :
                     g_strdup_printf("Unknown schema %s", name);

        reporter.report(reporter.arg, "", text);
        g_free(text);
        return -PCMK_ERR_SCHEMA_VALIDATION;
    }
    return conforms(cib, schema, &reporter) ? 0 : -PCMK_ERR_SCHEMA_VALIDATION;
}

/* ---- upgrade ---- */

static bool conforms_to(xmlNode *cib, int index, const struct reporter *reporter)
{
    /* the schemas restrict validate-with to known names only, so it does not have to be changed for the
     * test */
    return conforms(cib, schema_at(index), reporter);
}

/* Bring cib from schema index to the next one. */
static int upgrade_step(xmlNode *cib, int index, const struct reporter *reporter)
{
    const char *from = schema_name(index);
    int rc;

    if (!schema_has_transform(from) || conforms_to(cib, index + 1, NULL)) {
        return 0;
    }
    rc = schema_transform(cib, from);
    if (rc != 0) {
        return -PCMK_ERR_TRANSFORM_FAILED;
    }
    return conforms_to(cib, index + 1, reporter) ? 0 : -PCMK_ERR_SCHEMA_VALIDATION;
}

int schema_upgrade(xmlNode *cib, const char *max, bool transform, int *best, schema_report_fn report,
                   void *arg)
{
    struct reporter reporter = {report != NULL ? report : log_report, arg};
    int start = schema_index(xml_get(cib, "validate-with")), latest = schema_latest(), rc = 0;
    int limit = (max == NULL) ? latest : schema_index(max);
    bool accepted = false;

    *best = start;
    if (start < 0) {
        start = 0;
    } else if (start >= latest) {
        return 0;
    }
    limit = (limit < 0 || limit > latest) ? latest : limit;
    for (int i = start; i <= latest; i++) {
        if (!conforms_to(cib, i, &reporter)) {
            if (accepted) {
                break;
            }
            rc = -PCMK_ERR_SCHEMA_VALIDATION;
            continue;
        }
        accepted = true;
        rc = 0;
        *best = i;
        if (!transform || i >= limit) {
            break;
        }
        rc = upgrade_step(cib, i, &reporter);
        if (rc != 0) {
            break;
        }
    }
    if (*best > start || (*best >= 0 && schema_index(xml_get(cib, "validate-with")) != *best)) {
        xml_set(cib, "validate-with", schema_name(*best));
    }
    return rc;
}

#define OLDEST_FOR_SCHEDULING "pacemaker-3.0"

enum schema_use schema_prepare(xmlNode **cib, schema_report_fn report, void *arg)
{
    struct reporter reporter = {report != NULL ? report : log_report, arg};
    const char *name = xml_get(*cib, "validate-with"), *start;
    xmlNode *upgraded;
    char *text;
    int best;

    if (name == NULL || strcasecmp(name, "none") == 0) {
        return SCHEMA_UNCHECKED;
    }
    if (schema_latest() < 0) {
        log_warn("There are no schemas in %s: the configuration is not checked", schema_directory());
        return SCHEMA_MISSING;
    }
    if (schema_at_least(name, OLDEST_FOR_SCHEDULING)) {
        return SCHEMA_USABLE;
    }
    upgraded = xml_copy(*cib);
    schema_upgrade(upgraded, NULL, true, &best, report, arg);
    if (schema_at_least(xml_get(upgraded, "validate-with"), OLDEST_FOR_SCHEDULING)) {
        xml_free(*cib);
        *cib = upgraded;
        return SCHEMA_USABLE;
    }
    start = schema_name(schema_index(name));
    text = g_strdup_printf("Cannot upgrade configuration (claiming schema %s) to at least "
                           OLDEST_FOR_SCHEDULING " because it does not validate with any schema "
                           "from %s to %s", name, start != NULL ? start : "unknown",
                           schema_name(schema_latest()));
    reporter.report(reporter.arg, "", text);
    g_free(text);
    xml_free(upgraded);
    return SCHEMA_UNUSABLE;
}
