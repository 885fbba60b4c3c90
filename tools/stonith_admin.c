/* stonith_admin: fencing by hand, fence devices and their agents, history (agents-and-tools.md B21). */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>
#include <glib.h>

#include "lrmd/lrmd_client.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/output.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/tool.h"
#include "stonithd/stonith_client.h"

#define NAME "stonith_admin"
#define FORMATS "text,html,xml"
#define VALUE_LETTERS "adehilorstvyBCDFHQRTU"
#define DEFAULT_TIMEOUT_S 120
#define INDEX_DEFAULT 1

static struct {
    struct tool_args common;
    gboolean registered, installed, metadata, validate, cleanup, broadcast, as_node_id;
    char *register_device, *remove_device, *register_level, *remove_level;
    char *list_for, *list_targets, *query, *history, *last;
    char *fence, *unfence, *reboot, *confirm;
    char *agent, *tag;
    char **devices;
    int index, timeout_s, delay_s;
    long long tolerance_ms;
    GHashTable *params;
} options = {.index = INDEX_DEFAULT, .timeout_s = DEFAULT_TIMEOUT_S};

static output_t *out;
static stonith_client_t *fencer;

/* ---- options ---- */

static gboolean take_option(const gchar *name, const gchar *value, gpointer data, GError **error)
{
    const char *equals = strchr(value, '=');

    if (equals == NULL || equals == value || equals[1] == '\0') {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "Invalid option: -o %s: %s", value,
                    pcmk_strerror(EPERM));
        return FALSE;
    }
    g_hash_table_replace(options.params, g_strndup(value, (gsize)(equals - value)), g_strdup(equals + 1));
    return TRUE;
}

static gboolean take_env_option(const gchar *name, const gchar *value, gpointer data, GError **error)
{
    char *variable = g_strdup_printf("OCF_RESKEY_%s", value);
    const char *found = getenv(variable);
    gboolean ok = found != NULL;

    if (ok) {
        g_hash_table_replace(options.params, g_strdup(value), g_strdup(found));
    } else {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "Invalid option: -e %s", value);
    }
    g_free(variable);
    return ok;
}

static gboolean take_tolerance(const gchar *name, const gchar *value, gpointer data, GError **error)
{
    options.tolerance_ms = msec_parse(value);
    if (options.tolerance_ms < 0) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "Invalid tolerance: %s", value);
        return FALSE;
    }
    return TRUE;
}

static const GOptionEntry definition_options[] = {
    {"register", 'R', 0, G_OPTION_ARG_STRING, &options.register_device,
     "Register the named stonith device. Requires: --agent.\n"
     "                                    Optional: --option, --env-option.",
     "DEVICE"},
    {"deregister", 'D', 0, G_OPTION_ARG_STRING, &options.remove_device,
     "De-register the named stonith device.", "DEVICE"},
    {"register-level", 'r', 0, G_OPTION_ARG_STRING, &options.register_level,
     "Register a stonith level for the named target,\n"
     "                                    specified as one of NAME, @PATTERN, or ATTR=VALUE.\n"
     "                                    Requires: --index and one or more --device entries.",
     "TARGET"},
    {"deregister-level", 'd', 0, G_OPTION_ARG_STRING, &options.remove_level,
     "Unregister a stonith level for the named target,\n"
     "                                    specified as for --register-level. Requires: --index",
     "TARGET"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry queries_options[] = {
    {"list", 'l', 0, G_OPTION_ARG_STRING, &options.list_for,
     "List devices that can terminate the specified host.\n"
     "                                    Optional: --timeout",
     "HOST"},
    {"list-registered", 'L', 0, G_OPTION_ARG_NONE, &options.registered,
     "List all registered devices. Optional: --timeout.", NULL},
    {"list-installed", 'I', 0, G_OPTION_ARG_NONE, &options.installed,
     "List all installed devices. Optional: --timeout.", NULL},
    {"list-targets", 's', 0, G_OPTION_ARG_STRING, &options.list_targets,
     "List the targets that can be fenced by the\n"
     "                                    named device. Optional: --timeout.",
     "DEVICE"},
    {"metadata", 'M', 0, G_OPTION_ARG_NONE, &options.metadata,
     "Show agent metadata. Requires: --agent.\n"
     "                                    Optional: --timeout.",
     NULL},
    {"query", 'Q', 0, G_OPTION_ARG_STRING, &options.query,
     "Check the named device's status. Optional: --timeout.", "DEVICE"},
    {"history", 'H', 0, G_OPTION_ARG_STRING, &options.history,
     "Show last successful fencing operation for named node\n"
     "                                    (or '*' for all nodes). Optional: --timeout, --cleanup,\n"
     "                                    --quiet (show only the operation's epoch timestamp),\n"
     "                                    --verbose (show all recorded and pending operations),\n"
     "                                    --broadcast (update history from all nodes available).",
     "NODE"},
    {"last", 'h', 0, G_OPTION_ARG_STRING, &options.last,
     "Indicate when the named node was last fenced.\n"
     "                                    Optional: --as-node-id.",
     "NODE"},
    {"validate", 'K', 0, G_OPTION_ARG_NONE, &options.validate,
     "Validate a fence device configuration.\n"
     "                                    Requires: --agent. Optional: --option, --env-option,\n"
     "                                    --quiet (print no output, only return status).",
     NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry fencing_options[] = {
    {"fence", 'F', 0, G_OPTION_ARG_STRING, &options.fence,
     "Fence named host. Optional: --timeout, --tolerance, --delay.", "HOST"},
    {"unfence", 'U', 0, G_OPTION_ARG_STRING, &options.unfence,
     "Unfence named host. Optional: --timeout, --tolerance, --delay.", "HOST"},
    {"reboot", 'B', 0, G_OPTION_ARG_STRING, &options.reboot,
     "Reboot named host. Optional: --timeout, --tolerance, --delay.", "HOST"},
    {"confirm", 'C', 0, G_OPTION_ARG_STRING, &options.confirm,
     "Tell cluster that named host is now safely down.", "HOST"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry additional_options[] = {
    {"cleanup", 'c', 0, G_OPTION_ARG_NONE, &options.cleanup,
     "Cleanup wherever appropriate. Requires --history.", NULL},
    {"broadcast", 'b', 0, G_OPTION_ARG_NONE, &options.broadcast, "Broadcast wherever appropriate.", NULL},
    {"agent", 'a', 0, G_OPTION_ARG_STRING, &options.agent,
     "The agent to use (for example, fence_xvm;\n"
     "                                    with --register, --metadata, --validate).",
     "AGENT"},
    {"option", 'o', 0, G_OPTION_ARG_CALLBACK, (gpointer)take_option,
     "Specify a device configuration parameter as NAME=VALUE\n"
     "                                    (may be specified multiple times; with --register,\n"
     "                                    --validate).",
     "PARAM"},
    {"env-option", 'e', 0, G_OPTION_ARG_CALLBACK, (gpointer)take_env_option,
     "Specify a device configuration parameter with the\n"
     "                                    specified name, using the value of the\n"
     "                                    environment variable of the same name prefixed with\n"
     "                                    OCF_RESKEY_ (may be specified multiple times;\n"
     "                                    with --register, --validate).",
     "PARAM"},
    {"tag", 'T', 0, G_OPTION_ARG_STRING, &options.tag,
     "Identify fencing operations in logs with the specified\n"
     "                                    tag; useful when multiple entities might invoke\n"
     "                                    stonith_admin (used with most commands).",
     "TAG"},
    {"device", 'v', 0, G_OPTION_ARG_STRING_ARRAY, &options.devices,
     "Device ID (with --register-level, device to associate with\n"
     "                                    a given host and level; may be specified multiple times)\n"
     "                                    (with --validate, name to use to load CIB secrets).",
     "DEVICE"},
    {"index", 'i', 0, G_OPTION_ARG_INT, &options.index,
     "The stonith level (1-9) (with --register-level,\n"
     "                                    --deregister-level).",
     "LEVEL"},
    {"timeout", 't', 0, G_OPTION_ARG_INT, &options.timeout_s,
     "Operation timeout in seconds (default 120;\n"
     "                                    used with most commands).",
     "SECONDS"},
    {"delay", 'y', 0, G_OPTION_ARG_INT, &options.delay_s,
     "Apply a fencing delay in seconds. Any static/random delays from\n"
     "                                    pcmk_delay_base/max will be added, otherwise all\n"
     "                                    disabled with the value -1\n"
     "                                    (default 0; with --fence, --reboot, --unfence).",
     "SECONDS"},
    {"as-node-id", 'n', 0, G_OPTION_ARG_NONE, &options.as_node_id,
     "(Advanced) The supplied node is the corosync node ID\n"
     "                                    (with --last).",
     NULL},
    {"tolerance", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer)take_tolerance,
     "(Advanced) Do nothing if an equivalent --fence request\n"
     "                                    succeeded less than this many seconds earlier\n"
     "                                    (with --fence, --unfence, --reboot).",
     "SECONDS"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static void add_options(GOptionContext *context)
{
    tool_add_group(context, "definition", "Device Definition Commands:", "Show device definition help",
                   definition_options);
    tool_add_group(context, "queries", "Queries:", "Show query help", queries_options);
    tool_add_group(context, "fence", "Fencing Commands:", "Show fence help", fencing_options);
    tool_add_group(context, "additional", "Additional Options:", "Show additional options",
                   additional_options);
}

/* ---- helpers ---- */

static crm_exit_t exit_of(int rc)
{
    return rc >= 0 ? CRM_EX_OK : pcmk_rc_to_exit(rc);
}

static unsigned timeout_s(void)
{
    return options.timeout_s > 0 ? (unsigned)options.timeout_s : 0;
}

static const char *client_name(void)
{
    return options.tag != NULL ? options.tag : NAME;
}

/* "2026-11-21 16:50:07Z", or with the zone's offset. */
static const char *time_text(long long epoch, char buffer[64])
{
    time_t when = (time_t)epoch;
    struct tm local;

    localtime_r(&when, &local);
    size_t used = strftime(buffer, 64, "%Y-%m-%d %H:%M:%S", &local);
    long minutes = labs(local.tm_gmtoff) / 60;
    if (minutes == 0) {
        g_strlcat(buffer, "Z", 64);
    } else {
        snprintf(buffer + used, 64 - used, " %c%02ld:%02ld", local.tm_gmtoff < 0 ? '-' : '+', minutes / 60,
                 minutes % 60);
    }
    return buffer;
}

static int list_devices(const char *target, const char *heading)
{
    char **devices = NULL;
    int rc = stonith_query(fencer, target, timeout_s(), &devices);

    if (rc < 0) {
        out_err(out, "Failed to list %s: %s", heading, pcmk_strerror(rc));
        return rc;
    }
    out_list_begin(out, "fence device", "fence devices", "%s", heading);
    for (char **device = devices; *device != NULL; device++) {
        out_list_item(out, "device", "%s", *device);
    }
    out_list_end(out);
    g_strfreev(devices);
    return 0;
}

/* ---- queries ---- */

static int cmd_installed(void)
{
    char **agents = stonith_list_agents();

    out_list_begin(out, "fence device", "fence devices", "Installed fence devices");
    for (char **agent = agents; *agent != NULL; agent++) {
        out_list_item(out, "device", "%s", *agent);
    }
    out_list_end(out);
    g_strfreev(agents);
    return 0;
}

static int cmd_registered(void)
{
    return list_devices(NULL, "Registered fence devices");
}

static int cmd_list_for(void)
{
    return list_devices(options.list_for, "Registered fence devices");
}

/* Output lines of a device's list travel with "\n" as two characters. */
static int cmd_targets(void)
{
    char *text = NULL;
    int rc = stonith_list(fencer, ST_OPT_SYNC_CALL | ST_OPT_ALLOW_SUICIDE, options.list_targets, timeout_s(),
                          &text);

    if (rc < 0) {
        out_err(out, "Couldn't list targets: %s", pcmk_strerror(rc));
        return rc;
    }
    char **parts = g_strsplit(text != NULL ? text : "", "\\n", -1);
    char *joined = g_strjoinv("\n", parts);
    char **lines = g_strsplit(joined, "\n", -1);
    out_list_begin(out, "fence target", "fence targets", "Fence Targets");
    for (char **line = lines; *line != NULL; line++) {
        char *name = g_strstrip(*line);
        name[strcspn(name, ", \t")] = '\0';
        if (name[0] != '\0') {
            out_list_item(out, NULL, "%s", name);
        }
    }
    out_list_end(out);
    g_strfreev(lines);
    g_free(joined);
    g_strfreev(parts);
    free(text);
    return 0;
}

static int cmd_query(void)
{
    int rc = stonith_monitor(fencer, ST_OPT_SYNC_CALL | ST_OPT_ALLOW_SUICIDE, options.query, timeout_s());

    return rc < 0 ? stonith_list(fencer, ST_OPT_SYNC_CALL | ST_OPT_ALLOW_SUICIDE, options.query, timeout_s(),
                                 NULL)
                  : rc;
}

static int cmd_metadata(void)
{
    char *text = NULL;
    int rc =
        stonith_agent_exists(options.agent) ? stonith_metadata(options.agent, timeout_s(), &text) : -ENODEV;

    if (rc < 0) {
        out_err(out, "Can't get fence agent meta-data: %s", pcmk_strerror(rc));
    } else {
        out_xml_block(out, "metadata", text);
    }
    free(text);
    return rc;
}

static int cmd_validate(void)
{
    const char *device = options.devices != NULL ? options.devices[0] : NULL;
    char *output = NULL, *error_output = NULL;
    int rc = -ENODEV;

    if (stonith_agent_exists(options.agent)) {
        rc = stonith_validate(device, options.agent, options.params, timeout_s(), &output, &error_output);
    } else {
        error_output = g_strdup_printf("Agent %s not found", options.agent);
        device = NULL;
    }
    if (out->kind == OUTPUT_XML) {
        out_xml_push(out, "validate", "agent", options.agent, "valid", rc == 0 ? "true" : "false", NULL);
        out_subprocess(out, rc, output, error_output);
        out_xml_pop(out);
    } else {
        out_info(out, "Validation of %s%s%s %s", options.agent, device != NULL ? " on " : "",
                 device != NULL ? device : "", rc == 0 ? "succeeded" : "failed");
        if ((output != NULL && output[0] != '\0') || (error_output != NULL && error_output[0] != '\0')) {
            out_subprocess(out, rc, output, error_output);
        }
    }
    free(output);
    free(error_output);
    return rc;
}

/* ---- devices and levels ---- */

static int cmd_register(void)
{
    int rc = stonith_register_device(fencer, ST_OPT_SYNC_CALL | ST_OPT_ALLOW_SUICIDE, options.register_device,
                                     NULL, options.agent, options.params);

    if (rc < 0) {
        out_err(out, "Can't register device %s using agent %s: %s", options.register_device, options.agent,
                pcmk_strerror(rc));
    }
    return rc;
}

static int cmd_remove(void)
{
    int rc = stonith_remove_device(fencer, ST_OPT_SYNC_CALL | ST_OPT_ALLOW_SUICIDE, options.remove_device);

    if (rc < 0) {
        out_err(out, "Can't unregister device %s: %s", options.remove_device, pcmk_strerror(rc));
    }
    return rc;
}

/* NAME, @PATTERN or ATTR=VALUE. */
static int change_level(char *target, bool add)
{
    static const char *const none[] = {NULL};
    const char *node = NULL, *pattern = NULL, *attribute = NULL, *value = NULL;
    char *equals = strchr(target, '=');

    if (target[0] == '@') {
        pattern = target + 1;
    } else if (equals != NULL) {
        *equals = '\0';
        attribute = target;
        value = equals + 1;
    } else {
        node = target;
    }
    unsigned call_options = ST_OPT_SYNC_CALL | ST_OPT_ALLOW_SUICIDE;
    int rc =
        add ? stonith_register_level(fencer, call_options, node, pattern, attribute, value, options.index,
                                     options.devices != NULL ? (const char *const *)options.devices : none)
            : stonith_remove_level(fencer, call_options, node, pattern, attribute, value, options.index);
    if (rc < 0) {
        out_err(out, "Can't %s topology level %d for %s: %s", add ? "register" : "unregister", options.index,
                target, pcmk_strerror(rc));
    }
    return rc;
}

static int cmd_register_level(void)
{
    return change_level(options.register_level, true);
}

static int cmd_remove_level(void)
{
    return change_level(options.remove_level, false);
}

/* ---- fencing ---- */

typedef struct {
    fence_result_t result;
    bool done;
} outcome_t;

static void on_fenced(stonith_client_t *client, int call_id, const fence_result_t *result,
                      const xmlNode *data, void *arg)
{
    outcome_t *outcome = arg;

    fence_result_copy(&outcome->result, result);
    outcome->done = true;
}

static void report_failure(const char *target, const char *action, int rc, const char *reason)
{
    bool same_text = reason == NULL || reason[0] == '\0';

    out_tool_err(out, "Couldn't %sfence %s: %s%s%s%s", strcmp(action, "on") == 0 ? "un" : "", target,
                 pcmk_strerror(rc), same_text ? "" : " (", same_text ? "" : reason, same_text ? "" : ")");
}

static int fence(const char *target, const char *action)
{
    outcome_t outcome = {0};
    int rc = stonith_connect(fencer, client_name(), true);
    int call = rc;

    if (rc == 0) {
        call = stonith_fence(fencer, ST_OPT_ALLOW_SUICIDE, target, action, timeout_s(),
                             (unsigned)(options.tolerance_ms / 1000), options.delay_s);
    }
    if (call < 0) {
        report_failure(target, action, call, NULL);
        return call;
    }
    stonith_on_done(fencer, call, timeout_s(), ST_OPT_TIMEOUT_UPDATES, &outcome, on_fenced, NULL);
    while (!outcome.done) {
        g_main_context_iteration(NULL, TRUE);
    }
    rc = fence_result_legacy(&outcome.result);
    if (rc < 0) {
        report_failure(target, action, rc, outcome.result.exit_reason);
    }
    fence_result_clear(&outcome.result);
    return rc;
}

static int cmd_fence(void)
{
    return fence(options.fence, "off");
}

static int cmd_reboot(void)
{
    return fence(options.reboot, "reboot");
}

static int cmd_unfence(void)
{
    return fence(options.unfence, "on");
}

static int cmd_confirm(void)
{
    return stonith_confirm(fencer, ST_OPT_SYNC_CALL | ST_OPT_ALLOW_SUICIDE, options.confirm);
}

/* ---- history ---- */

static void print_event(const stonith_history_t *event, const GPtrArray *all, bool every)
{
    char when[64];
    const char *later = stonith_later_success(event, all);
    bool pending = event->state != FENCING_DONE && event->state != FENCING_FAILED;
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "%s of %s %s", stonith_action_text(event->action), event->target,
                           stonith_state_text(event->state));
    if (event->state == FENCING_FAILED && event->result.exit_reason != NULL) {
        g_string_append_printf(text, " (%s)", event->result.exit_reason);
    }
    g_string_append(text, ": ");
    if (event->delegate != NULL) {
        g_string_append_printf(text, "delegate=%s, ", event->delegate);
    }
    g_string_append_printf(text, "client=%s, origin=%s", event->client, event->origin);
    if (!pending) {
        g_string_append_printf(text, ", %s='%s'", every ? "completed"
                               : event->state == FENCING_FAILED ? "last-failed" : "last-successful",
                               time_text(event->completed, when));
    }
    if (later != NULL) {
        g_string_append_printf(text, " (a later attempt from %s succeeded)", later);
    }
    out_list_item(out, NULL, "%s", text->str);
    g_string_free(text, TRUE);
}

static void event_xml(const stonith_history_t *event)
{
    char when[64], state[16];
    bool pending = event->state != FENCING_DONE && event->state != FENCING_FAILED;

    g_snprintf(state, sizeof(state), "%d", event->state);
    out_xml(out, "fence_event", "action", event->action, "target", event->target, "client", event->client,
            "origin", event->origin, "status",
            event->state == FENCING_FAILED ? "failed"
            : pending                      ? "pending"
                                           : "success",
            "extended-status", pending ? state : NULL, "exit-reason", event->result.exit_reason, "delegate",
            event->delegate, "completed", pending ? NULL : time_text(event->completed, when), NULL);
    out_list_increment(out);
}

static void show_event(const stonith_history_t *event, const GPtrArray *all, bool every)
{
    if (out->kind == OUTPUT_XML) {
        event_xml(event);
    } else if (options.common.quiet) {
        out_list_item(out, NULL, "%lld", event->completed);
    } else {
        print_event(event, all, every);
    }
}

static void history_request(const char *target)
{
    if (options.cleanup) {
        out_info(out, "cleaning up fencing-history%s%s", target != NULL ? " for node " : "", options.history);
    }
    if (options.broadcast) {
        out_info(out, "gather fencing-history from all nodes");
    }
}

static int cmd_history(void)
{
    const char *target = strcmp(options.history, "*") == 0 ? NULL : options.history;
    bool every = options.common.verbosity > 0;
    GPtrArray *list = NULL;

    history_request(options.history);
    unsigned call_options = (options.cleanup ? ST_OPT_CLEANUP : 0)
                            | (options.broadcast ? ST_OPT_BROADCAST : 0) | ST_OPT_ALLOW_SUICIDE;
    int rc = stonith_history(fencer, call_options, target, timeout_s(), &list);
    if (rc < 0 || options.cleanup) {
        if (list != NULL) {
            g_ptr_array_unref(list);
        }
        return rc;
    }
    stonith_history_sort(list);
    out_list_begin(out, "event", "events", "Fencing history");
    for (guint i = 0; i < list->len; i++) {
        const stonith_history_t *event = g_ptr_array_index(list, i);

        if (every) {
            show_event(event, list, true);
        } else if (event->state == FENCING_DONE) {
            show_event(event, list, false);
            break;
        }
    }
    out_list_end(out);
    g_ptr_array_unref(list);
    return 0;
}

/* When was it last fenced? Asks the fencer as the library interface of other programs does. */
static int cmd_last(void)
{
    GPtrArray *list = NULL;
    long long last = 0;
    char when[64];
    unsigned call_options = options.as_node_id ? ST_OPT_CS_NODEID : ST_OPT_NONE;
    int rc = stonith_history(fencer, call_options, options.last, timeout_s(), &list);

    if (rc < 0) {
        return rc;
    }
    for (guint i = 0; i < list->len; i++) {
        const stonith_history_t *event = g_ptr_array_index(list, i);

        if (event->state == FENCING_DONE && event->completed > last) {
            last = event->completed;
        }
    }
    g_ptr_array_unref(list);
    if (out->kind == OUTPUT_XML) {
        if (last == 0) {
            return -EIO;
        }
        out_xml(out, "last-fenced", "target", options.last, "when", time_text(last, when), NULL);
    } else if (last > 0) {
        time_t seconds = (time_t)last;
        struct tm local;

        localtime_r(&seconds, &local);
        strftime(when, sizeof(when), "%a %b %e %H:%M:%S %Y", &local);
        out_info(out, "Node %s last fenced at: %s", options.last, when);
    } else {
        out_info(out, "Node %s has never been fenced", options.last);
    }
    return 0;
}

/* ---- which command ---- */

typedef struct {
    int (*run)(void);
    bool needs_connection, needs_agent;
} command_t;

/* Of several commands the last in this order wins. */
static command_t choose(void)
{
    const struct {
        bool wanted;
        command_t command;
    } table[] = {
        {options.validate, {cmd_validate, false, true}},
        {options.installed, {cmd_installed, false, false}},
        {options.registered, {cmd_registered, true, false}},
        {options.register_device != NULL, {cmd_register, true, true}},
        {options.query != NULL, {cmd_query, true, false}},
        {options.remove_device != NULL, {cmd_remove, true, false}},
        {options.list_targets != NULL, {cmd_targets, true, false}},
        {options.list_for != NULL, {cmd_list_for, true, false}},
        {options.metadata, {cmd_metadata, false, true}},
        {options.reboot != NULL, {cmd_reboot, false, false}},
        {options.fence != NULL, {cmd_fence, false, false}},
        {options.unfence != NULL, {cmd_unfence, false, false}},
        {options.confirm != NULL, {cmd_confirm, true, false}},
        {options.last != NULL, {cmd_last, true, false}},
        {options.history != NULL, {cmd_history, true, false}},
        {options.register_level != NULL, {cmd_register_level, true, false}},
        {options.remove_level != NULL, {cmd_remove_level, true, false}},
    };
    command_t chosen = {0};

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        if (table[i].wanted) {
            chosen = table[i].command;
        }
    }
    return chosen;
}

static crm_exit_t run(command_t command)
{
    fencer = stonith_client_new(NULL, NULL);
    if (command.needs_connection) {
        int rc = stonith_connect(fencer, client_name(), false);

        if (rc < 0) {
            out_err(out, "Could not connect to fencer: %s", pcmk_strerror(rc));
            stonith_client_free(fencer);
            return CRM_EX_DISCONNECT;
        }
    }
    int rc = command.run();
    stonith_client_free(fencer);
    return exit_of(rc);
}

static void clear_options(void)
{
    char *texts[] = {
        options.register_device, options.remove_device, options.register_level,
        options.remove_level,    options.list_for,      options.list_targets,
        options.query,           options.history,       options.last,
        options.fence,           options.unfence,       options.reboot,
        options.confirm,         options.agent,         options.tag,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_free(texts[i]);
    }
    g_strfreev(options.devices);
    g_hash_table_unref(options.params);
    tool_args_clear(&options.common);
}

int main(int argc, char **argv)
{
    GOptionContext *context = tool_context(&options.common, FORMATS, NULL,
                                           NAME " - Access the Pacemaker fencing API", 'q');

    options.params = lrmd_params_new();
    add_options(context);
    crm_exit_t status = tool_parse(context, &options.common, argc, argv, VALUE_LETTERS, NULL);
    if (status != CRM_EX_OK) {
        g_option_context_free(context);
        clear_options();
        return (int)status;
    }
    out = tool_output(&options.common, FORMATS);
    out->quiet = false;                  /* --quiet shortens the history only */
    command_t command = choose();
    if (options.common.version) {
        out_version(out, false);
    } else if (command.run == NULL || (command.needs_agent && options.agent == NULL)) {
        if (command.run != NULL) {
            out_err(out, "Please specify an agent to query using -a,--agent [value]");
        }
        tool_usage(context);
        status = CRM_EX_USAGE;
    } else {
        status = run(command);
    }
    output_finish(out, status, true);
    output_free(out);
    g_option_context_free(context);
    clear_options();
    return (int)status;
}
