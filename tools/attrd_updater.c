/* attrd_updater: set and query transient node attributes (agents-and-tools.md B4). */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pacemaker/attrd/attrd_client.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/tool.h"

#define FORMATS "text,xml"

static struct {
    struct tool_args common;
    char command;               /* option letter; the last one given wins */
    char *name, *value, *delay, *set, *node;
    gboolean all, private, quiet;
} options = {.command = 'Q'};

static output_t *out;
static unsigned shown;

static gboolean take_command(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    static const struct {
        const char *option;
        char letter;
    } names[] = {{"--update", 'U'},       {"-U", 'U'}, {"-v", 'U'}, {"--update-both", 'B'}, {"-B", 'B'},
                 {"--update-delay", 'Y'}, {"-Y", 'Y'}, {"--query", 'Q'}, {"-Q", 'Q'},
                 {"--delete", 'D'},       {"-D", 'D'}, {"--refresh", 'R'}, {"-R", 'R'}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(option, names[i].option) == 0) {
            options.command = names[i].letter;
        }
    }
    if (value != NULL) {
        g_free(options.value);
        options.value = g_strdup(value);
    }
    return TRUE;
}

/* Accepted for compatibility; attributes of this daemon live until the next reboot in any case. */
static gboolean take_section(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    static const char *const known[] = {"nodes", "forever", "status", "reboot", NULL};

    if (!g_strv_contains(known, value)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "Unknown value for --lifetime: %s", value);
        return FALSE;
    }
    return TRUE;
}

static void add_commands(GOptionContext *context)
{
    const GOptionEntry entries[] = {
        {"update", 'U', 0, G_OPTION_ARG_CALLBACK, take_command,
         "Update attribute's value in pacemaker-attrd. If this causes the value\n"
         "                              to change, it will also be updated in the cluster configuration.",
         "VALUE"},
        {"update-both", 'B', 0, G_OPTION_ARG_CALLBACK, take_command,
         "Update attribute's value and time to wait (dampening) in pacemaker-attrd.\n"
         "                              Requires -d/--delay",
         "VALUE"},
        {"update-delay", 'Y', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command,
         "Update attribute's dampening in pacemaker-attrd.\n"
         "                              Requires -d/--delay",
         NULL},
        {"query", 'Q', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command,
         "Query the attribute's value from pacemaker-attrd", NULL},
        {"delete", 'D', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command,
         "Unset attribute from pacemaker-attrd. This sets its value to the empty string.", NULL},
        {"refresh", 'R', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command,
         "(Advanced) Force the pacemaker-attrd daemon to resend all current\n"
         "                              values to the CIB",
         NULL},
        {"legacy-update", 'v', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_CALLBACK, take_command, NULL, NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };

    tool_add_group(context, "command", "Command:", "Show command options (mutually exclusive)", entries);
}

static void add_options(GOptionContext *context)
{
    const GOptionEntry required[] = {
        {"name", 'n', 0, G_OPTION_ARG_STRING, &options.name, "The attribute's name", "NAME"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    const GOptionEntry additional[] = {
        {"delay", 'd', 0, G_OPTION_ARG_STRING, &options.delay,
         "The time to wait (dampening) in seconds for further changes\n"
         "                              before sending to the CIB",
         "SECONDS"},
        {"set", 's', 0, G_OPTION_ARG_STRING, &options.set,
         "(Advanced) The attribute set in which to place the value", "SET"},
        {"node", 'N', 0, G_OPTION_ARG_STRING, &options.node,
         "Set the attribute for the named node (instead of the local one)", "NODE"},
        {"all", 'A', 0, G_OPTION_ARG_NONE, &options.all,
         "Show values of the attribute for all nodes (query only)", NULL},
        {"lifetime", 'l', 0, G_OPTION_ARG_CALLBACK, take_section,
         "(Not yet implemented) Lifetime of the node attribute (silently\n"
         "                              ignored by cluster)",
         "SECTION"},
        {"private", 'p', 0, G_OPTION_ARG_NONE, &options.private,
         "If this creates a new attribute, never write the attribute to CIB", NULL},
        {"section", 'S', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_CALLBACK, take_section, NULL, NULL},
        {"quiet", 'q', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &options.quiet, NULL, NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };

    tool_add_group(context, "required", "Required Arguments:", "Show required arguments", required);
    add_commands(context);
    tool_add_group(context, "additional", "Additional Options:", "Show additional options", additional);
}

static void show_value(const char *node, const char *name, const char *value, void *arg)
{
    const char *text = value != NULL ? value : "";

    shown++;
    if (out->kind == OUTPUT_TEXT) {
        fprintf(out->dest, "name=\"%s\" host=\"%s\" value=\"%s\"\n", name, node != NULL ? node : "", text);
    } else {
        out_xml(out, "attribute", "name", name, "value", text, "host", node, NULL);
    }
}

static crm_exit_t query(void)
{
    const char *node = options.all ? NULL : attrd_default_node(options.node);
    int rc = attrd_client_query(options.name, node, show_value, NULL);

    if (rc == -ECONNREFUSED) {
        out_tool_err(out, "Could not connect to attrd: %s", pcmk_strerror(rc));
        return CRM_EX_DISCONNECT;
    }
    if (rc == -ENXIO || (rc == 0 && shown == 0)) {
        out_tool_err(out, "Could not query value of %s: attribute does not exist", options.name);
        return CRM_EX_CONFIG;
    }
    if (rc < 0) {
        out_tool_err(out, "Could not query value of %s: %s (%d)", options.name, pcmk_strerror(rc), -rc);
    }
    return pcmk_rc_to_exit(rc);
}

/* The texts for what is not given are part of a message that scripts look for. */
static crm_exit_t updated(int rc)
{
    if (rc < 0) {
        out_tool_err(out, "Could not update %s=%s: %s (%d)", options.name != NULL ? options.name : "(null)",
                     options.value != NULL ? options.value : "(null)", pcmk_strerror(rc), -rc);
    }
    return pcmk_rc_to_exit(rc);
}

static crm_exit_t update(void)
{
    const struct attrd_update request = {
        .node = attrd_default_node(options.node),
        .name = options.name,
        .value = options.command == 'D' ? NULL : options.value,
        .dampen = options.delay,
        .set = options.set,
        .flags = (options.command == 'B' ? ATTRD_BOTH : options.command == 'Y' ? ATTRD_DELAY : 0) |
                 (options.private ? ATTRD_PRIVATE : 0),
    };

    if (options.delay == NULL && (options.command == 'B' || options.command == 'Y')) {
        out_info(out, "Warning: '%c' command given without required --delay", options.command);
    }
    return updated(attrd_client_update(&request));
}

static crm_exit_t run(void)
{
    if (options.common.version) {
        out_version(out, false);
        return CRM_EX_OK;
    }
    if (options.command == 'R') {
        return updated(attrd_client_refresh());
    }
    if (options.name == NULL) {
        out_tool_err(out, "Command requires --name argument");
        return CRM_EX_USAGE;
    }
    return options.command == 'Q' ? query() : update();
}

int main(int argc, char **argv)
{
    GOptionContext *context =
        tool_context(&options.common, FORMATS, NULL, "query and update Pacemaker node attributes", 0);

    add_options(context);

    crm_exit_t rc = tool_parse(context, &options.common, argc, argv, "dlnsvBNUS", NULL);

    g_option_context_free(context);
    if (rc != CRM_EX_OK) {
        return (int)rc;
    }
    out = tool_output(&options.common, FORMATS);
    rc = run();
    attrd_client_close();
    output_finish(out, rc, true);
    output_free(out);
    return (int)rc;
}
