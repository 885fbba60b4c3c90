/* crm_mon: shows the state of the cluster, once or continuously (agents-and-tools.md B11). */
#include "config.h"
#include "tools/crm_mon.h"
#include "tools/crm_mon_agent.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pacemaker/common/daemon.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/xml.h"
#include "stonithd/stonith_client.h"

#define FORMATS "console,text,html,xml,none"
#define LETTERS "ehimpxEILU"
#define REDRAW_AFTER_MS 2000         /* a change is shown this much later at the latest */

static struct {
    struct tool_args args;
    char *interval, *xml_file, *pid_file, *as_html;
    char *agent, *recipient;
    gboolean watch_fencing, one_shot, daemonize, as_xml, no_ncurses, web_cgi, simple, hide_headers;
    unsigned reconnect_ms;
} options = {.reconnect_ms = 5000};

static struct mon_view view = {.fence_level = 1, .show = SHOW_PENDING};
static struct mon_data data;
static bool xml_output, console;
static GMainLoop *loop;
static cib_t *cib;
static stonith_client_t *fencer, *watcher;
static guint redraw_timer;

/* ---- options ---- */

static gboolean parse_sections(const gchar *name, const gchar *value, gpointer user, GError **error)
{
    bool include = strcmp(name, "-I") == 0 || strcmp(name, "--include") == 0;
    char *problem = NULL;

    (void)user;
    if (!mon_sections_apply(&view, include, value, xml_output, &problem)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s", problem);
        g_free(problem);
        return FALSE;
    }
    return TRUE;
}

static const struct {
    const char *option, *letter;
    unsigned sections, show;
} toggles[] = {
    {"--group-by-node", "-n", 0, SHOW_BY_NODE}, {"--inactive", "-r", 0, SHOW_INACTIVE},
    {"--failcounts", "-f", MON_FAILCOUNTS, 0},  {"--operations", "-o", MON_OPERATIONS, 0},
    {"--timing-details", "-t", MON_OPERATIONS, SHOW_TIMING}, {"--tickets", "-c", MON_TICKETS, 0},
    {"--show-node-attributes", "-A", MON_ATTRIBUTES, 0}, {"--show-detail", "-R", 0, SHOW_DETAIL},
    {"--brief", "-b", 0, SHOW_BRIEF}, {"--pending", "-j", 0, SHOW_PENDING},
};

static gboolean parse_toggle(const gchar *name, const gchar *value, gpointer user, GError **error)
{
    (void)value;
    (void)user;
    (void)error;
    for (size_t i = 0; i < sizeof(toggles) / sizeof(toggles[0]); i++) {
        if (strcmp(name, toggles[i].option) == 0 || strcmp(name, toggles[i].letter) == 0) {
            view.sections |= toggles[i].sections;
            view.show |= toggles[i].show;
        }
    }
    return TRUE;
}

static gboolean parse_bans(const gchar *name, const gchar *value, gpointer user, GError **error)
{
    (void)name;
    (void)user;
    (void)error;
    view.sections |= MON_BANS;
    g_free(view.bans_prefix);
    view.bans_prefix = g_strdup(value);
    return TRUE;
}

static void apply_fence_level(void)
{
    static const unsigned kinds[] = {0, MON_FENCE_FAILED | MON_FENCE_PENDING, MON_FENCING, MON_FENCING};

    view.full_fencing = view.fence_level >= 2;
    view.sections = (view.sections & ~(unsigned)MON_FENCING) | kinds[view.fence_level];
}

static gboolean parse_fence_history(const gchar *name, const gchar *value, gpointer user, GError **error)
{
    char *end = NULL;
    long level = value != NULL ? strtol(value, &end, 10) : 2;

    (void)name;
    (void)user;
    if (level < 0 || level > 3 || (value != NULL && (end == value || *end != '\0'))) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "Fence history must be 0-3");
        return FALSE;
    }
    view.fence_level = (int)level;
    apply_fence_level();
    return TRUE;
}

static const GOptionEntry display_options[] = {
    {"include", 'I', 0, G_OPTION_ARG_CALLBACK, parse_sections,
     "A list of sections to include in the output", "SECTION(s)"},
    {"exclude", 'U', 0, G_OPTION_ARG_CALLBACK, parse_sections,
     "A list of sections to exclude from the output", "SECTION(s)"},
    {"node", 0, 0, G_OPTION_ARG_STRING, &view.only_node,
     "Show only this node, or the nodes with this tag", "NODE"},
    {"resource", 0, 0, G_OPTION_ARG_STRING, &view.only_rsc,
     "Show only this resource, or those with this tag", "RSC"},
    {"group-by-node", 'n', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, parse_toggle,
     "Group resources by node", NULL},
    {"inactive", 'r', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, parse_toggle,
     "Display inactive resources", NULL},
    {"failcounts", 'f', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, parse_toggle,
     "Display resource fail counts", NULL},
    {"operations", 'o', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, parse_toggle,
     "Display operation history", NULL},
    {"timing-details", 't', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, parse_toggle,
     "Display operation history with timing details", NULL},
    {"tickets", 'c', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, parse_toggle,
     "Display cluster tickets", NULL},
    {"fence-history", 'm', G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, parse_fence_history,
     "Show fence history: 0=off, 1=failures and pending (default without option),\n"
     "2=add successes (default without value for option), 3=show full history without reduction",
     "LEVEL"},
    {"neg-locations", 'L', G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, parse_bans,
     "Display negative location constraints, optionally those whose id begins with PREFIX", "PREFIX"},
    {"show-node-attributes", 'A', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, parse_toggle,
     "Display node attributes", NULL},
    {"hide-headers", 'D', 0, G_OPTION_ARG_NONE, &options.hide_headers, "Hide all headers", NULL},
    {"show-detail", 'R', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, parse_toggle,
     "Show more details (node ids, clone instances)", NULL},
    {"brief", 'b', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, parse_toggle, "Brief output", NULL},
    {"pending", 'j', G_OPTION_FLAG_HIDDEN | G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, parse_toggle,
     "Display pending state", NULL},
    {"simple-status", 's', 0, G_OPTION_ARG_NONE, &options.simple,
     "Display the cluster status once as a simple one-line output", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry mode_options[] = {
    {"interval", 'i', 0, G_OPTION_ARG_STRING, &options.interval,
     "Update frequency (default is 5 seconds)", "TIMESPEC"},
    {"one-shot", '1', 0, G_OPTION_ARG_NONE, &options.one_shot,
     "Display the cluster status once and exit", NULL},
    {"daemonize", 'd', 0, G_OPTION_ARG_NONE, &options.daemonize,
     "Run in the background as a daemon.\n"
     "Requires at least one of --output-to and --external-agent.", NULL},
    {"pid-file", 'p', 0, G_OPTION_ARG_FILENAME, &options.pid_file,
     "(Advanced) Daemon pid file location", "FILE"},
    {"external-agent", 'E', 0, G_OPTION_ARG_FILENAME, &options.agent,
     "A program to run when resource operations take place", "FILE"},
    {"external-recipient", 'e', 0, G_OPTION_ARG_STRING, &options.recipient,
     "A recipient for your program (told to it as CRM_notify_recipient)", "RCPT"},
    {"watch-fencing", 'W', 0, G_OPTION_ARG_NONE, &options.watch_fencing,
     "Listen for fencing events too. For use with --external-agent.", NULL},
    {"xml-file", 'x', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &options.xml_file,
     "Show the state in this file", "FILE"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry deprecated_options[] = {
    {"as-html", 'h', 0, G_OPTION_ARG_FILENAME, &options.as_html,
     "Write cluster status to FILE as HTML", "FILE"},
    {"as-xml", 'X', 0, G_OPTION_ARG_NONE, &options.as_xml, "Write cluster status as XML", NULL},
    {"disable-ncurses", 'N', 0, G_OPTION_ARG_NONE, &options.no_ncurses, "Do not use a full screen", NULL},
    {"web-cgi", 'w', 0, G_OPTION_ARG_NONE, &options.web_cgi, "Web mode for use as a CGI program", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* ---- getting the data ---- */

static void forget_data(void)
{
    xml_free(data.cib);
    data.cib = NULL;
    if (data.fencing != NULL) {
        g_ptr_array_unref(data.fencing);
        data.fencing = NULL;
    }
}

static int fetch_fencing(void)
{
    int rc = 0;

    if ((view.sections & MON_FENCING) == 0) {
        return 0;
    }
    if (fencer == NULL) {
        fencer = stonith_client_new(NULL, NULL);
    }
    if (!stonith_connected(fencer)) {
        rc = stonith_connect(fencer, program_name(), false);
    }
    if (rc == 0) {
        rc = stonith_history(fencer, ST_OPT_SYNC_CALL, NULL, 120, &data.fencing);
    }
    if (rc == 0 && data.fencing != NULL) {
        stonith_history_sort(data.fencing);
    }
    return rc;
}

/* Everything anew: CIB and fencing history. */
static int fetch(void)
{
    forget_data();
    if (!cib_connected(cib)) {
        data.cib_rc = cib_connect(cib, program_name(), CIB_CHANNEL_RO);
        if (data.cib_rc != 0) {
            return data.cib_rc;
        }
    }
    data.cib_rc = cib_query(cib, NULL, CIB_OPT_SCOPE_LOCAL, &data.cib);
    if (data.cib_rc == 0 && data.live) {
        data.fencing_rc = fetch_fencing();
    }
    return data.cib_rc;
}

/* ---- output ---- */

static output_t *new_output(const char *file)
{
    struct tool_args args = options.args;
    output_t *out;

    args.output_to = (char *)file;
    if (console) {
        args.output_as = (char *)"text";
    }
    out = tool_output(&args, "text,html,xml,none");
    out->fancy = true;
    out->simple_lists = true;
    out->legacy_xml = options.as_xml;
    out->html_cgi = out->html_cgi || options.web_cgi;
    if (out->html_title == NULL) {
        out->html_title = "Cluster Status";
    }
    if (out->kind == OUTPUT_HTML && file != NULL && strcmp(file, "-") != 0) {
        out->html_refresh = (options.reconnect_ms + 999) / 1000;
    }
    return out;
}

static crm_exit_t finish(output_t *out, crm_exit_t status)
{
    output_finish(out, status, true);
    output_free(out);
    return status;
}

/* As launcher_ping(), but a remote node's refusal is no reason for a message: there is no launcher. */
static int ask_launcher(output_t *out)
{
    output_t *silent = output_new("none", "none", NULL, NULL, &(int){0});
    int rc = launcher_ping(&data.launcher, 10000, silent);

    output_free(silent);
    if (rc == -EREMOTEIO) {
        data.on_remote_node = true;
        return 0;
    }
    return rc == 0 ? 0 : launcher_ping(&data.launcher, 10000, out);
}

static crm_exit_t one_shot(void)
{
    output_t *out = new_output(options.args.output_to);
    int rc = 0;

    if (data.live) {
        rc = ask_launcher(out);
        if (rc != 0 && options.simple) {
            out_tool_err(out, "CLUSTER CRIT: Connection to cluster failed: %s", pcmk_strerror(rc));
            return finish(out, CRM_EX_INVALID_PARAM);
        }
        if (rc != 0) {
            out_tool_err(out, "Connection to cluster failed: %s", pcmk_strerror(rc));
            return finish(out, CRM_EX_DISCONNECT);
        }
        data.have_launcher = !data.on_remote_node;
        if (data.have_launcher && strcmp(data.launcher.state, "running") != 0 &&
            strcmp(data.launcher.state, "shutting_down") != 0) {
            out_info(out, "Status of pacemakerd: '%s'", launcher_state_text(data.launcher.state));
            out_tool_err(out, "Error: cluster is not available on this node");
            return finish(out, CRM_EX_DISCONNECT);
        }
    }
    rc = fetch();
    if (rc != 0 && data.on_remote_node) {
        out_tool_err(out, "Error: remote-node not connected to cluster");
        return finish(out, CRM_EX_DISCONNECT);
    }
    if (rc != 0) {
        out_err(out, "Could not connect to the CIB: %s", pcmk_strerror(rc));
        return finish(out, CRM_EX_OK);      /* so the reference: scripts look at the text */
    }
    if (options.simple) {
        mon_print_simple(out, &data);
    } else {
        mon_print(out, &view, &data);
    }
    return finish(out, CRM_EX_OK);
}

/* ---- continuous display ---- */

static char *render(void)
{
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    output_t *out = new_output(NULL);
    FILE *real = out->dest;

    if (memory == NULL) {
        daemon_exit(CRM_EX_OSERR);
    }
    out->dest = memory;
    if (data.cib != NULL) {
        mon_print(out, &view, &data);
    } else {
        out_info(out, "Waiting until cluster is available on this node ... (%s)",
                 data.have_launcher ? launcher_state_text(data.launcher.state) : pcmk_strerror(data.cib_rc));
    }
    fclose(memory);
    out->dest = real;
    output_free(out);
    return text;
}

static void redraw(void)
{
    if (console) {
        char *text = render();

        if (options.no_ncurses) {
            printf("\033[H\033[2J%s", text);
            fflush(stdout);
        } else {
            mon_screen_draw(text);
        }
        free(text);
    } else if (data.cib != NULL) {
        output_t *out = new_output(options.args.output_to);

        mon_print(out, &view, &data);
        finish(out, CRM_EX_OK);
    }
}

static void refresh_now(void)
{
    if (data.live) {
        output_t *silent = output_new("none", "none", NULL, NULL, &(int){0});

        data.have_launcher = launcher_ping(&data.launcher, 5000, silent) == 0;
        output_free(silent);
    }
    fetch();
    redraw();
}

static gboolean redraw_due(gpointer unused)
{
    (void)unused;
    redraw_timer = 0;
    refresh_now();
    return G_SOURCE_REMOVE;
}

static void cib_changed(cib_t *c, const char *event, xmlNode *msg, void *arg)
{
    int rc;
    const xmlNode *patch = cib_notify_patch(msg, &rc);

    (void)c;
    (void)event;
    (void)arg;
    if (options.agent != NULL && rc == 0 && patch != NULL) {
        mon_agent_patch(patch, data.cib);
    }
    if (redraw_timer == 0) {
        bool hurry = options.reconnect_ms < REDRAW_AFTER_MS;

        redraw_timer = g_timeout_add(hurry ? options.reconnect_ms : REDRAW_AFTER_MS / 4, redraw_due, NULL);
    }
}

static void fencing_event(stonith_client_t *client, const stonith_event_t *event, void *arg)
{
    (void)client;
    (void)arg;
    if (strcmp(event->type, ST_NOTIFY_FENCE) == 0 && event->result != NULL) {
        mon_agent_fencing(event);
    }
}

/* A connection of its own, for events; the other one is for questions. */
static void watch_fencing(void)
{
    if (!options.watch_fencing || options.agent == NULL) {
        return;
    }
    if (watcher == NULL) {
        watcher = stonith_client_new(fencing_event, NULL);
    }
    if (!stonith_connected(watcher) && stonith_connect(watcher, "crm_mon-events", true) == 0) {
        stonith_subscribe(watcher, ST_NOTIFY_FENCE, true);
    }
}

static void attach_cib(void)
{
    if (cib_connected(cib) && cib_is_daemon(cib)) {
        cib_attach(cib);
        cib_subscribe(cib, CIB_NOTIFY_DIFF, cib_changed, NULL);
    }
}

static void cib_lost(cib_t *c, void *arg)
{
    (void)arg;
    cib_disconnect(c);
    forget_data();
    data.cib_rc = -ENOTCONN;
    redraw();
}

static gboolean tick(gpointer unused)
{
    bool was = cib_connected(cib);

    (void)unused;
    refresh_now();
    if (!was) {
        attach_cib();
    }
    watch_fencing();
    return G_SOURCE_CONTINUE;
}

static void toggle_key(int key)
{
    switch (key) {
    case 'm':
        view.fence_level = (view.fence_level + 1) % 4;
        apply_fence_level();
        break;
    case 'c':
        view.sections ^= MON_TICKETS;
        break;
    case 'f':
        view.sections ^= MON_FAILCOUNTS;
        break;
    case 'o':
        view.sections ^= MON_OPERATIONS;
        break;
    case 'A':
        view.sections ^= MON_ATTRIBUTES;
        break;
    case 'L':
        view.sections ^= MON_BANS;
        break;
    case 'D':
        view.sections ^= MON_SUMMARY;
        break;
    case 't':
        view.show ^= SHOW_TIMING;
        view.sections |= (view.show & SHOW_TIMING) != 0 ? (unsigned)MON_OPERATIONS : 0u;
        break;
    case 'n':
        view.show ^= SHOW_BY_NODE;
        break;
    case 'r':
        view.show ^= SHOW_INACTIVE;
        break;
    case 'R':
        view.show ^= SHOW_DETAIL;
        break;
    case 'b':
        view.show ^= SHOW_BRIEF;
        break;
    case 'j':
        view.show ^= SHOW_PENDING;
        break;
    default:
        break;
    }
}

static gboolean key_pressed(gint fd, GIOCondition condition, gpointer unused)
{
    static bool help;
    int key = mon_screen_key();

    (void)fd;
    (void)condition;
    (void)unused;
    if (key == 0) {
        return G_SOURCE_CONTINUE;
    }
    if (key == '?' && !help) {
        help = true;
        mon_screen_draw(mon_keys_help());
        return G_SOURCE_CONTINUE;
    }
    help = false;
    toggle_key(key);
    refresh_now();
    return G_SOURCE_CONTINUE;
}

static gboolean stop(gpointer unused)
{
    (void)unused;
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

static gboolean window_changed(gpointer unused)
{
    (void)unused;
    redraw();
    return G_SOURCE_CONTINUE;
}

static int write_pid_file(const char *path)
{
    FILE *f = fopen(path, "we");

    if (f == NULL) {
        return -errno;
    }
    fprintf(f, "%d\n", (int)getpid());
    return fclose(f) == 0 ? 0 : -errno;
}

static crm_exit_t run_loop(void)
{
    bool screen = console && !options.no_ncurses;

    if (options.daemonize) {
        const char *path = options.pid_file != NULL ? options.pid_file : "/tmp/ClusterMon.pid";
        int rc;

        if (daemon(1, 0) < 0 || (rc = write_pid_file(path)) != 0) {
            fprintf(stderr, "crm_mon: could not write the pid file %s\n", path);
            return CRM_EX_CANTCREAT;
        }
    }
    loop = g_main_loop_new(NULL, FALSE);
    cib_on_lost(cib, cib_lost, NULL);
    if (screen) {
        mon_screen_open();
        g_unix_fd_add(STDIN_FILENO, G_IO_IN, key_pressed, NULL);
        g_unix_signal_add(SIGWINCH, window_changed, NULL);
    }
    g_unix_signal_add(SIGINT, stop, NULL);
    g_unix_signal_add(SIGTERM, stop, NULL);
    if (options.agent != NULL) {
        mon_agent_init(options.agent, options.recipient);
    }
    refresh_now();
    attach_cib();
    watch_fencing();
    g_timeout_add(options.reconnect_ms, tick, NULL);
    g_main_loop_run(loop);
    if (screen) {
        mon_screen_close();
    }
    if (options.daemonize && options.pid_file != NULL) {
        unlink(options.pid_file);
    }
    return CRM_EX_OK;
}

/* ---- main ---- */

/* The format must be known before section lists are read: xml's "all" is larger. */
static void find_format(char **argv)
{
    for (; *argv != NULL; argv++) {
        xml_output = xml_output || strcmp(*argv, "--output-as=xml") == 0 || strcmp(*argv, "-X") == 0 ||
                     strcmp(*argv, "--as-xml") == 0 ||
                     (strcmp(*argv, "--output-as") == 0 && argv[1] != NULL && strcmp(argv[1], "xml") == 0);
    }
}

static crm_exit_t check_options(void)
{
    if (options.interval != NULL) {
        long long ms = msec_parse(options.interval);

        if (ms < 0) {
            fprintf(stderr, "crm_mon: Invalid value for -i: %s\n", options.interval);
            return CRM_EX_INVALID_PARAM;
        }
        options.reconnect_ms = ms < 1 ? 1 : ms > 86400000 ? 86400000u : (unsigned)ms;
    }
    if (options.as_html != NULL) {
        options.args.output_as = g_strdup("html");
        options.args.output_to = options.as_html;
    } else if (options.as_xml) {
        options.args.output_as = g_strdup("xml");
    } else if (options.web_cgi) {
        options.args.output_as = g_strdup("html");
        options.one_shot = TRUE;
    }
    options.one_shot = options.one_shot || options.simple || xml_output || options.xml_file != NULL ||
                       !data.live;
    if (options.args.output_as == NULL || strcmp(options.args.output_as, "console") == 0) {
        console = !options.one_shot && options.args.output_to == NULL && !options.daemonize;
        g_free(options.args.output_as);
        options.args.output_as = g_strdup("text");
    }
    if (options.agent != NULL && access(options.agent, X_OK) != 0) {
        fprintf(stderr, "crm_mon: --external-agent %s cannot be run: %s\n", options.agent, strerror(errno));
        return CRM_EX_INVALID_PARAM;
    }
    if (options.daemonize && options.agent != NULL && options.args.output_to == NULL) {
        options.args.output_to = g_strdup("/dev/null");
    }
    if (options.daemonize && options.args.output_to == NULL) {
        fprintf(stderr, "crm_mon: --daemonize requires at least one of --output-to and --external-agent\n");
        return CRM_EX_USAGE;
    }
    if (options.daemonize && strcmp(options.args.output_to, "-") == 0) {
        fprintf(stderr, "crm_mon: --daemonize requires --output-to (with value not set to '-')\n");
        return CRM_EX_USAGE;
    }
    if (options.hide_headers) {
        view.sections &= ~(unsigned)(MON_SUMMARY | MON_OPTIONS);
    }
    if (options.args.quiet) {
        view.sections &= ~(unsigned)MON_TIMES;
    }
    if (xml_output) {
        view.show |= SHOW_INACTIVE | SHOW_TIMING;
    }
    return CRM_EX_OK;
}

int main(int argc, char **argv)
{
    GOptionContext *context;
    crm_exit_t status;

    find_format(argv);
    view.sections = xml_output ? MON_ALL : MON_DEFAULT | MON_FENCE_FAILED | MON_FENCE_PENDING;
    if (g_str_has_suffix(argv[0], "crm_mon.cgi")) {
        options.web_cgi = TRUE;
    }
    context = tool_context(&options.args, FORMATS, NULL, "Provides a summary of cluster's current state.\n\n"
                           "Outputs varying levels of detail in a number of different formats.", 'Q');
    tool_add_group(context, "display", "Display Options:", "Show display options", display_options);
    tool_add_group(context, "additional", "Additional Options:", "Show additional options", mode_options);
    tool_add_group(context, "deprecated", "Deprecated Options:", "Show deprecated options",
                   deprecated_options);
    status = tool_parse(context, &options.args, argc, argv, LETTERS, NULL);
    if (status != CRM_EX_OK) {
        return status;
    }
    if (options.args.version) {
        output_t *out = new_output(NULL);

        out_version(out, false);
        return finish(out, CRM_EX_OK);
    }
    cib = options.xml_file != NULL ? cib_new_file(options.xml_file) : cib_new();
    data.live = cib_is_daemon(cib);
    status = check_options();
    if (status == CRM_EX_OK) {
        status = options.one_shot ? one_shot() : run_loop();
    }
    forget_data();
    stonith_client_free(fencer);
    stonith_client_free(watcher);
    cib_free(cib);
    g_option_context_free(context);
    tool_args_clear(&options.args);
    return status;
}
