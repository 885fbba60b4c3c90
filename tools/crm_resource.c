/* crm_resource: everything about the cluster's resources from the command line (agents-and-tools.md B13). */
#include "config.h"
#include "tools/crm_resource.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lrmd/lrmd_client.h"
#include "pacemaker/common/daemon.h"

#define FORMATS "text,xml,none"
#define LETTERS "GHINSTdginpstuvx"

enum need {
    NEED_CIB = 1 << 0,
    NEED_RSC = 1 << 1,
    NEED_RSC_IF_NAMED = 1 << 2,
    NEED_ARGUMENT = 1 << 3,
    NEED_NODE = 1 << 4,
    NOT_IN_HELP = 1 << 5,
};

struct command {
    const char *name;
    char letter;
    crm_exit_t (*run)(struct res *r);
    unsigned need;
    const char *help, *argument;
    bool optional_argument;
};

static const struct command commands[] = {
    {"list", 'L', res_cmd_list, NEED_CIB, "List all cluster resources with status", NULL, false},
    {"list-raw", 'l', res_cmd_list_ids, NEED_CIB,
     "List IDs of all instantiated resources (individual members rather than groups etc.)", NULL, false},
    {"list-operations", 'O', res_cmd_operations, NEED_CIB,
     "List active resource operations, optionally filtered by -r and -N", NULL, false},
    {"list-all-operations", 'o', res_cmd_all_operations, NEED_CIB,
     "List all resource operations, optionally filtered by -r and -N", NULL, false},
    {"list-standards", 0, res_cmd_standards, 0, "List supported standards", NULL, false},
    {"list-ocf-providers", 0, res_cmd_providers, 0, "List all available OCF providers", NULL, false},
    {"list-agents", 0, res_cmd_agents, NEED_ARGUMENT,
     "List all agents available for the named standard and/or provider", "STD:PROV", false},
    {"list-ocf-alternatives", 0, res_cmd_alternatives, NEED_ARGUMENT,
     "List all available providers for the named OCF agent", "AGENT", false},
    {"show-metadata", 0, res_cmd_metadata, NEED_ARGUMENT,
     "Show the metadata for the named class:provider:agent", "SPEC", false},
    {"query-xml", 'q', res_cmd_query, NEED_CIB | NEED_RSC,
     "Show XML configuration of resource (after any template expansion)", NULL, false},
    {"query-xml-raw", 'w', res_cmd_query_raw, NEED_CIB | NEED_RSC,
     "Show XML configuration of resource (before any template expansion)", NULL, false},
    {"get-parameter", 'g', res_cmd_get_parameter, NEED_CIB | NEED_RSC | NEED_ARGUMENT,
     "Display named parameter for resource (use instance attribute unless --meta or --utilization is "
     "specified)", "PARAM", false},
    {"get-property", 'G', res_cmd_get_property, NEED_CIB | NEED_RSC | NEED_ARGUMENT | NOT_IN_HELP, NULL,
     "PROPERTY", false},
    {"set-property", 'S', res_cmd_set_property, NEED_CIB | NEED_RSC | NEED_ARGUMENT | NOT_IN_HELP, NULL,
     "PROPERTY", false},
    {"locate", 'W', res_cmd_locate, NEED_CIB | NEED_RSC,
     "Show node(s) currently running resource", NULL, false},
    {"constraints", 'a', res_cmd_constraints, NEED_CIB | NEED_RSC,
     "Display the location and colocation constraints that apply to a resource", NULL, false},
    {"stack", 'A', res_cmd_constraints, NEED_CIB | NEED_RSC,
     "Equivalent to --constraints --recursive", NULL, false},
    {"why", 'Y', res_cmd_why, NEED_CIB | NEED_RSC_IF_NAMED,
     "Show why resources are not running, optionally filtered by -r and -N", NULL, false},
    {"validate", 0, res_cmd_execute, NEED_CIB | NEED_RSC_IF_NAMED,
     "Validate resource configuration by calling agent's validate-all action", "LEVEL", true},
    {"cleanup", 'C', res_cmd_cleanup, NEED_CIB | NEED_RSC_IF_NAMED,
     "If resource has any past failures, clear its history and fail count", NULL, false},
    {"refresh", 'R', res_cmd_refresh, NEED_CIB | NEED_RSC_IF_NAMED,
     "Delete resource's history (including failures) so its current state is rechecked", NULL, false},
    {"set-parameter", 'p', res_cmd_set_parameter, NEED_CIB | NEED_RSC | NEED_ARGUMENT,
     "Set named parameter for resource (requires -v)", "PARAM", false},
    {"delete-parameter", 'd', res_cmd_delete_parameter, NEED_CIB | NEED_RSC | NEED_ARGUMENT,
     "Delete named parameter for resource", "PARAM", false},
    {"move", 'M', res_cmd_move, NEED_CIB | NEED_RSC, "Create a constraint to move resource", NULL, false},
    {"ban", 'B', res_cmd_ban, NEED_CIB | NEED_RSC,
     "Create a constraint to keep resource off a node", NULL, false},
    {"clear", 'U', res_cmd_clear, NEED_CIB | NEED_RSC_IF_NAMED,
     "Remove all constraints created by the --ban and/or --move commands", NULL, false},
    {"restart", 0, res_cmd_restart, NEED_CIB | NEED_RSC,
     "Tell the cluster to restart this resource and anything that depends on it", NULL, false},
    {"wait", 0, res_cmd_wait, NEED_CIB, "Wait until the cluster settles into a stable state", NULL, false},
    {"delete", 'D', res_cmd_delete, NEED_CIB,
     "(Advanced) Delete a resource from the CIB. Required: -t", NULL, false},
    {"fail", 'F', res_cmd_fail, NEED_CIB | NEED_RSC | NEED_NODE,
     "(Advanced) Tell the cluster this resource has failed", NULL, false},
    {"digests", 0, res_cmd_digests, NEED_CIB | NEED_RSC | NEED_NODE,
     "(Advanced) Show parameter hashes that Pacemaker uses to detect configuration changes (with -r and -N); "
     "NAME=VALUE words stand for parameters that have changed", NULL, false},
    {"force-start", 0, res_cmd_execute, NEED_CIB | NEED_RSC_IF_NAMED,
     "(Advanced) Bypass the cluster and start a resource on the local node", NULL, false},
    {"force-stop", 0, res_cmd_execute, NEED_CIB | NEED_RSC_IF_NAMED,
     "(Advanced) Bypass the cluster and stop a resource on the local node", NULL, false},
    {"force-promote", 0, res_cmd_execute, NEED_CIB | NEED_RSC_IF_NAMED,
     "(Advanced) Bypass the cluster and promote a resource on the local node", NULL, false},
    {"force-demote", 0, res_cmd_execute, NEED_CIB | NEED_RSC_IF_NAMED,
     "(Advanced) Bypass the cluster and demote a resource on the local node", NULL, false},
    {"force-check", 0, res_cmd_execute, NEED_CIB | NEED_RSC_IF_NAMED,
     "(Advanced) Bypass the cluster and check the state of a resource on the local node", "LEVEL", true},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static struct res res;
static const struct command *command;

static gboolean choose_command(const gchar *name, const gchar *value, gpointer user, GError **error)
{
    (void)user;
    (void)error;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(name + 1 + (name[1] == '-'), commands[i].name) == 0 ||
            (name[1] != '-' && commands[i].letter != 0 && name[1] == commands[i].letter)) {
            command = &commands[i];
        }
    }
    g_free(res.o.argument);
    res.o.argument = g_strdup(value);
    if (command->run == res_cmd_execute) {
        res.o.argument = g_strdup_printf("%s%s%s", command->name, value != NULL ? "=" : "",
                                         value != NULL ? value : "");
    }
    return TRUE;
}

static gboolean add_override(const gchar *name, const gchar *value, gpointer user, GError **error)
{
    guint n = res.o.overrides != NULL ? g_strv_length(res.o.overrides) : 0;

    (void)name;
    (void)user;
    if (strchr(value, '=') == NULL) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "Invalid value for --option: %s (NAME=VALUE is expected)", value);
        return FALSE;
    }
    res.o.overrides = g_renew(char *, res.o.overrides, n + 2);
    res.o.overrides[n] = g_strdup(value);
    res.o.overrides[n + 1] = NULL;
    return TRUE;
}

static const GOptionEntry location_entries[] = {
    {"expired", 'e', 0, G_OPTION_ARG_NONE, &res.o.expired,
     "With --clear: only constraints whose lifetime is over", NULL},
    {"lifetime", 'u', 0, G_OPTION_ARG_STRING, &res.o.lifetime,
     "Lifespan of constraints made by --ban and --move (ISO 8601 period)", "TIMESPEC"},
    {"promoted", 0, 0, G_OPTION_ARG_NONE, &res.o.promoted,
     "Limit scope of --move, --ban or --clear to the promoted role", NULL},
    {"master", 0, 0, G_OPTION_ARG_NONE, &res.o.promoted, "Deprecated: use --promoted", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry additional_entries[] = {
    {"resource", 'r', 0, G_OPTION_ARG_STRING, &res.o.resource, "Resource ID", "ID"},
    {"node", 'N', 0, G_OPTION_ARG_STRING, &res.o.node, "Node name", "NAME"},
    {"host-uname", 'H', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &res.o.node, NULL, "NAME"},
    {"operation", 'n', 0, G_OPTION_ARG_STRING, &res.o.operation,
     "Operation to clear instead of all (with -C -r)", "OPERATION"},
    {"interval", 'I', 0, G_OPTION_ARG_STRING, &res.o.interval,
     "Interval of operation to clear (default 0) (with -C -r -n)", "N"},
    {"class", 0, 0, G_OPTION_ARG_STRING, &res.o.agent_class,
     "The standard the resource agent conforms to (with --validate)", "CLASS"},
    {"agent", 0, 0, G_OPTION_ARG_STRING, &res.o.agent_type, "The agent to use (with --validate)", "AGENT"},
    {"provider", 0, 0, G_OPTION_ARG_STRING, &res.o.agent_provider,
     "The vendor that supplies the agent (with --validate)", "PROVIDER"},
    {"option", 0, 0, G_OPTION_ARG_CALLBACK, add_override,
     "Device configuration parameter as NAME=VALUE (may be repeated)", "PARAM"},
    {"set-name", 's', 0, G_OPTION_ARG_STRING, &res.o.set,
     "(Advanced) XML ID of attributes element to use", "ID"},
    {"nvpair", 'i', 0, G_OPTION_ARG_STRING, &res.o.prop_id,
     "(Advanced) XML ID of nvpair element to use", "ID"},
    {"timeout", 'T', 0, G_OPTION_ARG_STRING, &res.o.timeout_text,
     "Abort if command does not complete in this time", "N"},
    {"resource-type", 't', 0, G_OPTION_ARG_STRING, &res.o.element,
     "Resource XML element (primitive, group, ...) (with -D)", "ELEMENT"},
    {"parameter-value", 'v', 0, G_OPTION_ARG_STRING, &res.o.value, "Value to use with -p", "PARAM"},
    {"meta", 'm', 0, G_OPTION_ARG_NONE, &res.o.meta,
     "Use resource meta-attribute instead of instance attribute (with -p, -g, -d)", NULL},
    {"utilization", 'z', 0, G_OPTION_ARG_NONE, &res.o.utilization,
     "Use resource utilization attribute instead of instance attribute", NULL},
    {"recursive", 0, 0, G_OPTION_ARG_NONE, &res.o.recursive,
     "Follow colocation chains (with --constraints, -p -m)", NULL},
    {"force", 'f', 0, G_OPTION_ARG_NONE, &res.o.force, "Force the action to be performed", NULL},
    {"xml-file", 'x', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &res.o.xml_file, NULL, "FILE"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* The groups of the help: each begins with the command named first and ends where the next one begins. */
static const struct command_group {
    const char *name, *heading, *help, *first;
    const GOptionEntry *more;
} command_groups[] = {
    {"queries", "Queries:", "Show query help", "list", NULL},
    {"commands", "Commands:", "Show command help", "cleanup", NULL},
    {"locations", "Locations:", "Show location help", "move", location_entries},
    {"advanced", "Advanced:", "Show advanced option help", "restart", NULL},
};
#define N_GROUPS (sizeof(command_groups) / sizeof(command_groups[0]))

static GOptionEntry command_entry(const struct command *c)
{
    int flags = c->optional_argument ? G_OPTION_FLAG_OPTIONAL_ARG : 0;

    flags |= (c->need & NOT_IN_HELP) != 0 ? G_OPTION_FLAG_HIDDEN : 0;
    if (c->argument == NULL) {
        flags = G_OPTION_FLAG_NO_ARG;
    }
    return (GOptionEntry){
        c->name, c->letter, flags, G_OPTION_ARG_CALLBACK, choose_command, c->help, c->argument,
    };
}

static void add_command_groups(GOptionContext *context)
{
    GOptionEntry entries[N_COMMANDS + sizeof(location_entries) / sizeof(location_entries[0])];
    size_t next = 0, group = 0, count;

    while (group < N_GROUPS) {
        const struct command_group *g = &command_groups[group++];
        const char *end = group < N_GROUPS ? command_groups[group].first : NULL;

        for (count = 0; next < N_COMMANDS && (end == NULL || strcmp(commands[next].name, end) != 0); next++) {
            entries[count++] = command_entry(&commands[next]);
        }
        for (const GOptionEntry *more = g->more; more != NULL && more->long_name != NULL; more++) {
            entries[count++] = *more;
        }
        entries[count] = (GOptionEntry){0};
        tool_add_group(context, g->name, g->heading, g->help, entries);
    }
}

/* ---- the cluster's state ---- */

static struct iso_now local_now(void)
{
    time_t now = time(NULL);
    struct tm tm;

    localtime_r(&now, &tm);
    return (struct iso_now){.epoch = now, .offset = (int32_t)tm.tm_gmtoff};
}

int res_refresh(struct res *r)
{
    xmlNode *doc = NULL;
    int rc = cib_query(r->cib, NULL, CIB_OPT_SCOPE_LOCAL, &doc);

    if (rc != 0) {
        return rc;
    }
    pe_free(r->s);
    xml_free(r->doc);
    r->doc = doc;
    r->s = pe_unpack(&(struct pe_input){.cib = doc, .now = local_now()});
    r->rsc = r->o.resource != NULL ? pe_rsc_by_id(r->s, r->o.resource) : NULL;
    r->node = r->o.node != NULL ? pe_node_by_name(r->s, r->o.node) : NULL;
    return 0;
}

static crm_exit_t load(void)
{
    int rc;

    res.cib = res.o.xml_file != NULL ? cib_new_file(res.o.xml_file) : cib_new();
    rc = cib_connect(res.cib, program_name(), CIB_CHANNEL_RW);
    if (rc == 0) {
        rc = res_refresh(&res);
    }
    if (rc != 0) {
        out_tool_err(res.out, "Could not connect to the CIB: %s", pcmk_strerror(rc));
        return pcmk_rc_to_exit(rc);
    }
    return CRM_EX_OK;
}

static crm_exit_t check(void)
{
    if ((command->need & NEED_ARGUMENT) != 0 && res.o.argument == NULL) {
        return CRM_EX_USAGE;
    }
    if ((command->need & NEED_RSC) != 0 && res.o.resource == NULL) {
        out_tool_err(res.out, "Must supply a resource id with -r");
        return CRM_EX_USAGE;
    }
    if ((command->need & NEED_NODE) != 0 && res.o.node == NULL) {
        out_tool_err(res.out, "Must supply a node name with -N");
        return CRM_EX_USAGE;
    }
    if (res.o.timeout_text != NULL) {
        int64_t ms = msec_parse(res.o.timeout_text);

        if (ms < 0 || ms > UINT32_MAX) {
            out_tool_err(res.out, "Invalid timeout: %s", res.o.timeout_text);
            return CRM_EX_USAGE;
        }
        res.o.timeout_ms = (unsigned)ms;
    }
    return CRM_EX_OK;
}

static crm_exit_t run(void)
{
    crm_exit_t status = check();

    if (status == CRM_EX_OK && (command->need & NEED_CIB) != 0 &&
        !(command->run == res_cmd_execute && res.o.resource == NULL)) {
        status = load();
    }
    if (status != CRM_EX_OK) {
        return status;
    }
    if (res.rsc == NULL && res.o.resource != NULL && (command->need & (NEED_RSC | NEED_RSC_IF_NAMED)) != 0) {
        out_tool_err(res.out, "Resource '%s' not found", res.o.resource);
        return CRM_EX_NOSUCH;
    }
    status = command->run(&res);
    if (status == CRM_EX_OK && res.cib != NULL) {
        int rc = cib_disconnect(res.cib);

        status = pcmk_rc_to_exit(rc);
    }
    return status;
}

int main(int argc, char **argv)
{
    GOptionContext *context;
    crm_exit_t status;

    command = &commands[0];
    context = tool_context(&res.o.args, FORMATS, NULL,
                           "Perform tasks related to Pacemaker cluster resources", 'Q');
    add_command_groups(context);
    tool_add_group(context, "additional", "Additional Options:", "Show additional options",
                   additional_entries);
    status = tool_parse(context, &res.o.args, argc, argv, LETTERS, &res.words);
    if (status != CRM_EX_OK) {
        return status;
    }
    res.out = tool_output(&res.o.args, FORMATS);
    res.out->fancy = command->run == res_cmd_list || command->run == res_cmd_constraints;
    res.out->quiet = res.o.args.quiet;
    res.o.recursive = res.o.recursive || command->letter == 'A';
    if (res.o.args.version) {
        out_version(res.out, false);
    } else {
        status = run();
        if (status != CRM_EX_OK && status != CRM_EX_USAGE && res.out->tool_errors > 0) {
            out_err_more(res.out, "Error performing operation: %s", crm_exit_str(status));
        } else if (status != CRM_EX_OK && status != CRM_EX_USAGE) {
            out_tool_err(res.out, "Error performing operation: %s", crm_exit_str(status));
        }
    }
    output_finish(res.out, status, true);
    output_free(res.out);
    pe_free(res.s);
    xml_free(res.doc);
    cib_free(res.cib);
    g_option_context_free(context);
    tool_args_clear(&res.o.args);
    g_strfreev(res.words);
    return status;
}
