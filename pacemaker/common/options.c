/* Cluster and daemon options: values with defaults, and their description as metadata (daemon.h). */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"

static const struct option_def *find_option(const struct option_def *defs, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(defs[i].name, name) == 0) {
            return &defs[i];
        }
    }
    return NULL;
}

const char *option_value(GHashTable *values, const struct option_def *defs, size_t n, const char *name)
{
    const struct option_def *def = find_option(defs, n, name);

    if (def == NULL) {
        return NULL;
    }
    const char *value = values != NULL ? g_hash_table_lookup(values, name) : NULL;

    if (value == NULL && values != NULL && def->old_name != NULL) {
        value = g_hash_table_lookup(values, def->old_name);
        if (value != NULL) {
            log_warn("Support for legacy name '%s' for cluster option '%s' is deprecated", def->old_name,
                     name);
        }
    }
    if (value != NULL && def->valid != NULL && !def->valid(value)) {
        log_err("Using default value for cluster option '%s' because '%s' is invalid", name, value);
        value = NULL;
    }
    return value != NULL ? value : def->default_value;
}

static void print_escaped(const char *text)
{
    char *escaped = xml_escape_value(text != NULL ? text : "");

    fputs(escaped, stdout);
    free(escaped);
}

static void print_description(const char *element, const char *indent, const char *text, const char *choices)
{
    printf("%s<%s lang=\"en\">", indent, element);
    print_escaped(text);
    if (choices != NULL) {
        printf("  Allowed values: %s", choices);
    }
    printf("</%s>\n", element);
}

static void print_choices(const char *choices)
{
    char **words = g_strsplit(choices, ", ", -1);

    fputs(">\n", stdout);
    for (char **word = words; *word != NULL; word++) {
        printf("        <option value=\"%s\" />\n", *word);
    }
    fputs("      </content>\n", stdout);
    g_strfreev(words);
}

static void print_parameter(const struct option_def *def)
{
    printf("    <parameter name=\"%s\">\n", def->name);
    print_description("longdesc", "      ", def->long_desc != NULL ? def->long_desc : def->short_desc,
                      def->values);
    print_description("shortdesc", "      ", def->short_desc, NULL);
    printf("      <content type=\"%s\"", def->type);
    if (def->default_value != NULL) {
        fputs(" default=\"", stdout);
        print_escaped(def->default_value);
        fputs("\"", stdout);
    }
    if (def->values != NULL && strcmp(def->type, "select") == 0) {
        print_choices(def->values);
    } else {
        fputs("/>\n", stdout);
    }
    fputs("    </parameter>\n", stdout);
}

void option_metadata_print(const char *name, const char *short_desc, const char *long_desc,
                           const struct option_def *defs, size_t n)
{
    printf("<?xml version=\"1.0\"?>\n<resource-agent name=\"%s\" version=\"%s\">\n", name, PACEMAKER_VERSION);
    printf("  <version>1.1</version>\n");
    print_description("longdesc", "  ", long_desc, NULL);
    print_description("shortdesc", "  ", short_desc, NULL);
    printf("  <parameters>\n");
    for (size_t i = 0; i < n; i++) {
        print_parameter(&defs[i]);
    }
    printf("  </parameters>\n</resource-agent>\n");
}
