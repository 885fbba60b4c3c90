/* crmadmin: state of the controllers and the launcher, and the nodes there are (agents-and-tools.md B19). */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "cib/cib_client.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/tool.h"
#include "pacemaker/common/xml.h"
#include "tools/controller_client.h"

#define FORMATS "text,xml"

enum command { NO_COMMAND, STATUS, PACEMAKERD, DC, NODES };

static struct {
    struct tool_args common;
    enum command command;
    char *node, *types, *timeout, *ipc_name;
    gboolean bash_export;
    bool health;
} options = {.common = {.quiet_help = "Display only the essential query information"}};

static output_t *out;

static gboolean take_command(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    if (strcmp(option, "--status") == 0 || strcmp(option, "-S") == 0) {
        options.command = STATUS;
        g_free(options.node);
        options.node = g_strdup(value);
    } else if (strcmp(option, "--pacemakerd") == 0 || strcmp(option, "-P") == 0) {
        options.command = PACEMAKERD;
    } else if (strcmp(option, "--dc_lookup") == 0 || strcmp(option, "-D") == 0) {
        options.command = DC;
    } else if (strcmp(option, "--nodes") == 0 || strcmp(option, "-N") == 0) {
        options.command = NODES;
        g_free(options.types);
        options.types = g_strdup(value);
    } else {
        options.health = true;
    }
    return TRUE;
}

static void add_options(GOptionContext *context)
{
    const GOptionEntry commands[] = {
        {"status", 'S', 0, G_OPTION_ARG_CALLBACK, take_command,
         "Display the status of the specified node.\n"
         "                             Result is state of node's internal finite state\n"
         "                             machine, which can be useful for debugging",
         "NODE"},
        {"pacemakerd", 'P', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command,
         "Display the status of local pacemakerd.\n"
         "                             Result is the state of the sub-daemons watched\n"
         "                             by pacemakerd.",
         NULL},
        {"dc_lookup", 'D', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command,
         "Display the uname of the node co-ordinating the cluster.", NULL},
        {"nodes", 'N', G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, take_command,
         "Display the uname of all member nodes [optionally filtered by type (comma-separated)]\n"
         "                             Types: all (default), cluster, guest, remote",
         "TYPE"},
        {"health", 'H', G_OPTION_FLAG_NO_ARG | G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_CALLBACK, take_command,
         NULL, NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    const GOptionEntry additional[] = {
        {"timeout", 't', 0, G_OPTION_ARG_STRING, &options.timeout,
         "Time to wait before declaring the operation failed", "TIMESPEC"},
        {"bash-export", 'B', 0, G_OPTION_ARG_NONE, &options.bash_export,
         "Display nodes as shell commands of the form 'export uname=uuid'\n"
         "                             (valid with -N/--nodes)",
         NULL},
        {"ipc-name", 'i', 0, G_OPTION_ARG_STRING, &options.ipc_name,
         "Name to use for ipc instead of 'crmadmin' (with -P/--pacemakerd).", "NAME"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };

    tool_add_group(context, "command", "Commands:", "Show command options", commands);
    tool_add_group(context, "additional", "Additional Options:", "Show additional options", additional);
    g_option_context_set_description(
        context,
        "Notes:\n\nTime Specification:\n\nThe TIMESPEC in any command line option can be specified in many "
        "different\nformats.  It can be just an integer number of seconds, a number plus units\n"
        "(ms/msec/us/usec/s/sec/m/min/h/hr), or an ISO 8601 period specification.\n\n"
        "Report bugs to users@clusterlabs.org\n");
}

/* ---- controllers and launcher ---- */

static const char *text_or(const char *text, const char *fallback)
{
    return text != NULL ? text : fallback;
}

static void show_controller(const xmlNode *answer)
{
    const xmlNode *data = message_data(answer);
    const char *node = text_or(xml_get(answer, "src"), ""), *state = text_or(xml_get(data, "crmd_state"), "");
    const char *result = text_or(xml_get(data, "result"), "");

    if (out->kind == OUTPUT_XML) {
        out_xml(out, text_or(xml_get(data, "crm_subsystem"), "crmd"), "node_name", node, "state", state,
                "result", result, NULL);
    } else if (out->quiet) {
        fprintf(out->dest, "%s\n", state);
    } else {
        out_info(out, "Controller on %s in state %s: %s", node, state, result);
    }
}

static void show_dc(const xmlNode *answer)
{
    const char *node = text_or(xml_get(answer, "src"), "");

    if (out->kind == OUTPUT_XML) {
        out_xml(out, "dc", "node_name", node, NULL);
    } else if (out->quiet) {
        fprintf(out->dest, "%s\n", node);
    } else {
        out_info(out, "Designated Controller is: %s", node[0] != '\0' ? node : "not yet elected");
    }
}

static const char *friendly_state(const char *state)
{
    static const char *const states[][2] = {
        {"init", "Initializing pacemaker"},
        {"starting_daemons", "Pacemaker daemons are starting"},
        {"wait_for_ping", "Waiting for startup trigger from SBD"},
        {"running", "Pacemaker is running"},
        {"shutting_down", "Pacemaker daemons are shutting down"},
        {"shutdown_complete", "Pacemaker daemons are shut down (reporting to SBD)"},
    };

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(state, states[i][0]) == 0) {
            return states[i][1];
        }
    }
    return "Invalid pacemakerd state";
}

static void show_launcher(const xmlNode *answer)
{
    const xmlNode *data = message_data(answer);
    const char *system = text_or(xml_get(data, "crm_subsystem"), "pacemakerd");
    const char *state = text_or(xml_get(data, "pacemakerd_state"), "invalid");
    long long epoch = 0;
    char when[48] = "";

    if (xml_get_int(data, "crm-timestamp", &epoch) == 0) {
        time_t moment = (time_t)epoch;
        struct tm fields;

        localtime_r(&moment, &fields);

        size_t length = strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &fields);

        if (fields.tm_gmtoff == 0) {
            strcpy(when + length, "Z");
        } else {
            long offset = labs(fields.tm_gmtoff) / 60;

            snprintf(when + length, sizeof(when) - length, " %c%02ld:%02ld", fields.tm_gmtoff < 0 ? '-' : '+',
                     offset / 60, offset % 60);
        }
    }
    if (out->kind == OUTPUT_XML) {
        out_xml(out, "pacemakerd", "sys_from", system, "state", state, "last_updated", when, NULL);
    } else if (out->quiet) {
        fprintf(out->dest, "%s\n", state);
    } else {
        out_info(out, "Status of %s: '%s' (last updated %s)", system, friendly_state(state), when);
    }
}

static int ask(const char *service, const char *system, const char *node, void (*show)(const xmlNode *answer))
{
    XML_AUTO xmlNode *request = NULL, *answer = NULL;
    int rc = 0;
    bool launcher = strcmp(service, SYS_PACEMAKERD) == 0;
    controller_client_t *client = controller_open(
        service, launcher && options.ipc_name != NULL ? options.ipc_name : "crmadmin", out, &rc);

    if (client == NULL) {
        return rc;
    }
    request = controller_new_request(client, "ping", system, node);
    rc = controller_call(client, request, (int)interval_parse(options.timeout, NULL), &answer);
    if (rc == 0) {
        show(answer);
    }
    controller_close(client);
    return rc;
}

/* ---- nodes ---- */

/* Of several types given, remote is always one, as in the reference. */
static bool wanted(const char *type)
{
    if (options.types != NULL && strcmp(type, "remote") == 0 && strchr(options.types, ',') != NULL) {
        return true;
    }
    if (options.types == NULL || options.types[0] == '\0' || strcmp(options.types, "all") == 0) {
        return true;
    }
    char **types = g_strsplit(options.types, ",", -1);
    bool found = g_strv_contains((const char *const *)types, type) ||
                 g_strv_contains((const char *const *)types, "all");

    g_strfreev(types);
    return found;
}

static unsigned show_nodes(xmlNode *cib, const char *type, const char *path, const char *name_attr,
                           const char *id_attr)
{
    xpath_result_t *nodes = wanted(type) ? xpath_eval(cib, path, NULL) : NULL;
    unsigned count = (unsigned)xpath_count(nodes);

    for (size_t i = 0; i < count; i++) {
        const xmlNode *node = xpath_get(nodes, i);
        const char *name = text_or(xml_get(node, name_attr), ""), *id = text_or(xml_get(node, id_attr), "");

        if (out->kind == OUTPUT_XML) {
            out_xml(out, "node", "type", type, "name", name, "id", id, NULL);
        } else if (out->quiet) {
            fprintf(out->dest, "%s\n", name);
        } else if (options.bash_export) {
            fprintf(out->dest, "export %s=%s\n", name, id);
        } else {
            out_info(out, "%s node: %s (%s)", type, name, id);
        }
    }
    xpath_free(nodes);
    return count;
}

static int list_nodes(void)
{
    XML_AUTO xmlNode *document = NULL;
    cib_t *cib = cib_new();
    int rc = cib_connect(cib, program_name(), CIB_CHANNEL_RO);

    if (rc == 0) {
        rc = cib_query(cib, NULL, CIB_OPT_SCOPE_LOCAL, &document);
    }
    cib_free(cib);
    if (rc < 0 || document == NULL) {
        return rc == -ENOTCONN || rc == -ECONNREFUSED || rc == 0 ? PCMK_RC_NO_INPUT : rc;
    }
    if (out->kind == OUTPUT_TEXT && out->fancy) {
        fprintf(out->dest, "nodes:\n");
    }
    out_xml_push(out, "nodes", NULL);

    unsigned count = show_nodes(
        document, "cluster", "/cib/configuration/nodes/node[not(@type) or @type='member' or @type='normal']",
        "uname", "id");

    count += show_nodes(document, "guest",
                        "/cib/configuration/resources//primitive/meta_attributes/nvpair[@name='remote-node']",
                        "value", "value");
    count += show_nodes(
        document, "remote",
        "/cib/configuration/resources//primitive[@class='ocf'][@provider='pacemaker'][@type='remote']", "id",
        "id");
    out_xml_pop(out);
    if (count == 0) {
        out_info(out, "No nodes configured");
    }
    return 0;
}

static crm_exit_t run(GOptionContext *context)
{
    int rc = 0;

    if (options.common.version) {
        out_version(out, false);
        return CRM_EX_OK;
    }
    if (options.health) {
        out_err(out, "Cluster-wide health option not supported");
    }
    switch (options.command) {
        case STATUS:
            rc = ask(SYS_CRMD, SYS_CRMD, options.node, show_controller);
            break;
        case PACEMAKERD:
            rc = ask(SYS_PACEMAKERD, SYS_PACEMAKERD, NULL, show_launcher);
            break;
        case DC:
            rc = ask(SYS_CRMD, SYS_DC, NULL, show_dc);
            break;
        case NODES:
            rc = list_nodes();
            break;
        default:
            out_err(out, "error: Must specify a command option");
            if (out->kind == OUTPUT_TEXT) {
                tool_usage(context);
            }
            return CRM_EX_USAGE;
    }
    if (rc != 0) {
        out_err(out, "error: Command failed: %s", pcmk_strerror(rc));
    }
    return pcmk_rc_to_exit(rc);
}

static long long epoch_seconds(void)
{
    return (long long)time(NULL);
}

int main(int argc, char **argv)
{
    GOptionContext *context =
        tool_context(&options.common, FORMATS, NULL, "query and manage the Pacemaker controller", 'q');

    add_options(context);

    crm_exit_t rc = tool_parse(context, &options.common, argc, argv, "itKNS", NULL);

    if (rc == CRM_EX_OK) {
        message_set_clock(epoch_seconds);
        out = tool_output(&options.common, FORMATS);
        rc = run(context);
        output_finish(out, rc, true);
        output_free(out);
    }
    g_option_context_free(context);
    return (int)rc;
}
