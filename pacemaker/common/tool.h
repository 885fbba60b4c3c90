/* What the glib-style command-line tools share: option parsing, version and output options
 * (agents-and-tools.md B1). */
#ifndef PCMK_TOOL_H
#define PCMK_TOOL_H

#include <stdbool.h>
#include <glib.h>
#include "pacemaker/common/output.h"

struct tool_args {
    gboolean version, quiet;
    unsigned verbosity;
    char *output_as, *output_to;        /* --output-as, --output-to */
    gboolean text_fancy, xml_simple_list, xml_substitute, html_cgi;
    char *html_title, *html_stylesheet;
    char **argv;                        /* as typed */
    const char *quiet_help;             /* set before tool_context(): what -q does, NULL = the usual */
    bool is_daemon;                     /* set before parsing: the program starts its logging itself */
};

/* A context with the common options. formats: NULL (the tool has no --output-as) or e.g. "text,xml".
 * quiet_short: 'q', 'Q' or 0. Help is -h, or -? when help_question. */
GOptionContext *tool_context(struct tool_args *args, const char *formats, const char *arguments,
                             const char *summary, char quiet_short);
/* Add a group of options: name e.g. "commands", heading "Commands:", its --help-NAME text. The group "main"
 * is the context's own. */
void tool_add_group(GOptionContext *context, const char *name, const char *heading, const char *help,
                    const GOptionEntry *entries);

/* Split clusters of short options, then parse. letters: short options that take a value. On failure prints
 * "TOOL: MESSAGE" and returns CRM_EX_USAGE. *rest (may be NULL pointer): remaining words, free with
 * g_strfreev(). Also sets args->argv. */
crm_exit_t tool_parse(GOptionContext *context, struct tool_args *args, int argc, char **argv,
                      const char *letters, char ***rest);

/* Output for the parsed options; exits with the message when the format is unknown. formats as given to
 * tool_context(). */
output_t *tool_output(const struct tool_args *args, const char *formats);
/* Prints the version when asked to, else calls run; finishes the output with its status. */
crm_exit_t tool_run(const struct tool_args *args, const char *formats, crm_exit_t (*run)(output_t *out));
void tool_args_clear(struct tool_args *args);

/* Print help on stderr (a command is missing). */
void tool_usage(GOptionContext *context);

#endif
