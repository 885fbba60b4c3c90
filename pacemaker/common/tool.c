/* Option parsing of the glib-style tools (tool.h). */
#include "config.h"

#include "pacemaker/common/tool.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"

#define BUG_ADDRESS "Report bugs to users@clusterlabs.org\n"

static char *format_help;               /* GLib keeps pointers to the texts of entries */
static struct tool_args *parsing;       /* GOption callbacks get no data from entries of the main group */

static gboolean count_verbose(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    parsing->verbosity++;
    return TRUE;
}

static void add_output_group(GOptionContext *context, struct tool_args *args, const char *formats)
{
    char **names = g_strsplit(formats, ",", -1);
    GString *list = g_string_new("Specify output format as one of: ");

    for (char **name = names; *name != NULL; name++) {
        g_string_append_printf(list, "%s%s%s", name == names ? "" : ", ", *name,
                               name == names ? " (default)" : "");
    }
    g_strfreev(names);
    g_free(format_help);
    format_help = g_string_free(list, FALSE);

    const int html = strstr(formats, "html") != NULL ? 0 : G_OPTION_FLAG_HIDDEN;
    const GOptionEntry entries[] = {
        {"output-as", 0, 0, G_OPTION_ARG_STRING, &args->output_as, format_help, "FORMAT"},
        {"output-to", 0, 0, G_OPTION_ARG_STRING, &args->output_to,
         "Specify file name for output (or \"-\" for stdout)", "DEST"},
        {"html-cgi", 0, html, G_OPTION_ARG_NONE, &args->html_cgi,
         "Begin with the header of a CGI answer (requires --output-as=html)", NULL},
        {"html-stylesheet", 0, html, G_OPTION_ARG_STRING, &args->html_stylesheet,
         "Link to a style sheet (requires --output-as=html)", "URI"},
        {"html-title", 0, html, G_OPTION_ARG_STRING, &args->html_title,
         "Title of the page (requires --output-as=html)", "TITLE"},
        {"text-fancy", 0, 0, G_OPTION_ARG_NONE, &args->text_fancy,
         "Use more highly formatted output (requires --output-as=text)", NULL},
        {"xml-simple-list", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &args->xml_simple_list, NULL, NULL},
        {"xml-substitute", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &args->xml_substitute, NULL, NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    GOptionGroup *group = g_option_group_new("output", "Output Options:", "Show output help", NULL, NULL);

    g_option_group_add_entries(group, entries);
    g_option_context_add_group(context, group);
}

GOptionContext *tool_context(struct tool_args *args, const char *formats, const char *arguments,
                             const char *summary, char quiet_short)
{
    GOptionContext *context = g_option_context_new(arguments);
    const GOptionEntry common[] = {
        {"version", '$', 0, G_OPTION_ARG_NONE, &args->version, "Display software version and exit", NULL},
        {"verbose", 'V', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, count_verbose,
         "Increase debug output (may be specified multiple times)", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    const GOptionEntry quiet[] = {
        {"quiet", quiet_short, 0, G_OPTION_ARG_NONE, &args->quiet,
         args->quiet_help != NULL ? args->quiet_help : "Be less descriptive in output.", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };

    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, BUG_ADDRESS);
    g_option_context_add_main_entries(context, common, NULL);
    if (quiet_short != 0) {
        g_option_context_add_main_entries(context, quiet, NULL);
    }
    if (formats != NULL) {
        add_output_group(context, args, formats);
    }
    return context;
}

void tool_add_group(GOptionContext *context, const char *name, const char *heading, const char *help,
                    const GOptionEntry *entries)
{
    if (strcmp(name, "main") == 0) {
        g_option_context_add_main_entries(context, entries, NULL);
        return;
    }
    GOptionGroup *group = g_option_group_new(name, heading, help, NULL, NULL);

    g_option_group_add_entries(group, entries);
    g_option_context_add_group(context, group);
}

/* One word beginning with a single dash: -abc as -a -b -c, a letter that takes a value with the rest of the
 * word. Returns true when the value is the next word. */
static bool split_cluster(GPtrArray *words, const char *word, const char *letters)
{
    for (const char *c = word + 1; *c != '\0'; c++) {
        g_ptr_array_add(words, g_strdup_printf("-%c", *c));
        if (letters == NULL || strchr(letters, *c) == NULL) {
            continue;
        }
        if (c[1] == '\0') {
            return true;
        }
        g_ptr_array_add(words, g_strdup(c + 1));
        return false;
    }
    return false;
}

static bool is_negative_number(const char *word)
{
    return word[1] >= '1' && word[1] <= '9' && word[1 + strspn(word + 1, "0123456789")] == '\0';
}

static char **split_words(char **argv, const char *letters)
{
    GPtrArray *words = g_ptr_array_new();
    bool verbatim = false, value_next = false;

    for (; *argv != NULL; argv++) {
        const char *word = *argv;

        if (strcmp(word, "--") == 0) {
            verbatim = true;
        }
        /* a word that begins with a dash is no value, but the value may be missing */
        if (verbatim || word[0] != '-' || word[1] == '\0' || word[1] == '-' || is_negative_number(word) ||
            value_next) {
            g_ptr_array_add(words, g_strdup(word));
            value_next = false;
            continue;
        }
        value_next = split_cluster(words, word, letters);
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

crm_exit_t tool_parse(GOptionContext *context, struct tool_args *args, int argc, char **argv,
                      const char *letters, char ***rest)
{
    GError *error = NULL;
    char **words = split_words(argv, letters);

    args->argv = g_strdupv(argv);
    parsing = args;
    if (!g_option_context_parse_strv(context, &words, &error)) {
        fprintf(stderr, "%s: %s\n", program_name(), error->message);
        g_clear_error(&error);
        g_strfreev(words);
        return CRM_EX_USAGE;
    }
    if (!args->is_daemon) {
        tool_log_init(program_name(), args->verbosity);
    }
    if (rest != NULL) {
        /* without the program's own name and the "--" */
        *rest = g_strdupv(words[0] != NULL && words[1] != NULL && strcmp(words[1], "--") == 0 ? words + 2
                          : words[0] != NULL                                                  ? words + 1
                                                                                              : words);
    }
    g_strfreev(words);
    return CRM_EX_OK;
}

output_t *tool_output(const struct tool_args *args, const char *formats)
{
    int rc = 0;
    output_t *out = output_new(args->output_as, formats, args->output_to, args->argv, &rc);

    if (out == NULL) {
        fprintf(stderr, "%s: Error creating output format %s: %s\n", program_name(),
                args->output_as != NULL ? args->output_as : "text", pcmk_strerror(rc));
        exit(CRM_EX_ERROR);
    }
    out->quiet = args->quiet;
    out->fancy = args->text_fancy;
    out->simple_lists = args->xml_simple_list;
    out->html_cgi = args->html_cgi;
    out->html_title = args->html_title;
    out->html_stylesheet = args->html_stylesheet;
    return out;
}

crm_exit_t tool_run(const struct tool_args *args, const char *formats, crm_exit_t (*run)(output_t *out))
{
    output_t *out = tool_output(args, formats);
    crm_exit_t status = CRM_EX_OK;

    if (args->version) {
        out_version(out, false);
    } else {
        status = run(out);
    }
    output_finish(out, status, true);
    output_free(out);
    return status;
}

void tool_args_clear(struct tool_args *args)
{
    g_free(args->output_as);
    g_free(args->output_to);
    g_free(args->html_title);
    g_free(args->html_stylesheet);
    g_strfreev(args->argv);
    *args = (struct tool_args){0};
}

void tool_usage(GOptionContext *context)
{
    char *help = g_option_context_get_help(context, TRUE, NULL);

    fprintf(stderr, "%s", help);
    g_free(help);
}
