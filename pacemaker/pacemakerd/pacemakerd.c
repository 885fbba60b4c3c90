/* pacemakerd: starts and watches the daemons of a node (messaging.md §6). */
#include "config.h"

#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/tool.h"
#include "pacemaker/common/watchdog.h"
#include "pacemaker/common/xml.h"
#include "pacemaker/pacemakerd/host.h"
#include "pacemaker/pacemakerd/launcher.h"
#include "pacemaker/pacemakerd/service.h"

#define DAEMON_NAME "pacemakerd"
#define MAP_TRIES 5
#define ADOPT_ROUNDS 4
#define ADOPT_PAUSE_US 250000

static struct {
    GMainLoop *loop;
    launcher_t *launcher;
    guint stop_timer, reconnect_timer;
    crm_exit_t status;
} self;

/* ---- effects of the supervision ---- */

static void child_ended(pid_t pid, int status, int signo, bool timed_out, void *arg)
{
    launcher_child_ended(self.launcher, pid, status, signo);
}

static pid_t start_child(void *arg, unsigned child)
{
    pid_t pid = host_start_child(child);

    if (pid > 0) {
        child_watch(pid, 0, false, child_defs[child].name, child_ended, NULL);
    }
    return pid;
}

static enum check_result check_child(void *arg, unsigned child, pid_t *pid)
{
    return host_check_child(child, pid);
}

static void kill_child(void *arg, unsigned child, pid_t pid, int signum)
{
    if (kill(pid, signum) < 0 && errno != ESRCH) {
        log_err("Could not send signal %d to %s[%d]: %s", signum, child_defs[child].name, (int)pid,
                strerror(errno));
    }
}

static bool cluster_up(void *arg)
{
    return host_cluster_up();
}

static gboolean stop_expired(gpointer data)
{
    self.stop_timer = 0;
    launcher_stop_expired(self.launcher);
    return G_SOURCE_REMOVE;
}

static void arm_stop(void *arg, unsigned ms)
{
    if (self.stop_timer != 0) {
        g_source_remove(self.stop_timer);
        self.stop_timer = 0;
    }
    if (ms > 0) {
        self.stop_timer = g_timeout_add(ms, stop_expired, NULL);
    }
}

static void panic(void *arg)
{
    node_panic("a failed daemon");
}

/* An operator may want logs to reach the disk before the next reboot. */
static void shutdown_delay(void)
{
    const char *text = env_option("shutdown_delay");
    long seconds = text != NULL ? strtol(text, NULL, 10) : 0;

    if (seconds > 0) {
        sync();
        sleep((unsigned)seconds);
    }
}

static void down(void *arg, bool fatal)
{
    self.status = fatal ? CRM_EX_FATAL : CRM_EX_OK;
    if (fatal) {
        log_notice("Shutting down and staying down after fatal error");
        host_untrack_corosync();
        host_stop_corosync();
    } else {
        shutdown_delay();
    }
    if (fatal || !service_wait_for_sbd()) {
        g_main_loop_quit(self.loop);
    }
}

static long long epoch_seconds(void)
{
    return (long long)time(NULL);
}

static long long now(void *arg)
{
    return epoch_seconds();
}

/* ---- events ---- */

static gboolean tick(gpointer data)
{
    launcher_tick(self.launcher);
    return G_SOURCE_CONTINUE;
}

static void corosync_lost(void);

static gboolean reconnect(gpointer data)
{
    if (launcher_state(self.launcher) == LAUNCHER_DOWN) {
        self.reconnect_timer = 0;
        return G_SOURCE_REMOVE;
    }
    if (host_configure_from_map(1) < 0 || host_track_corosync(corosync_lost) < 0) {
        return G_SOURCE_CONTINUE;
    }
    log_notice("Reconnected to corosync");
    self.reconnect_timer = 0;
    launcher_cluster_restored(self.launcher);
    return G_SOURCE_REMOVE;
}

static void corosync_lost(void)
{
    if (launcher_state(self.launcher) != LAUNCHER_DOWN && self.reconnect_timer == 0) {
        self.reconnect_timer = g_timeout_add_seconds(1, reconnect, NULL);
    }
}

static void start_children(void)
{
    launcher_start(self.launcher);
    env_option_set("respawned", "true");
}

static void shut_down(void)
{
    launcher_shut_down(self.launcher);
}

static void sbd_read_down(void)
{
    g_main_loop_quit(self.loop);
}

static void on_terminate(int signum)
{
    shut_down();
}

static void on_quit(int signum)
{
    node_panic("signal SIGQUIT");
}

/* ---- start ---- */

struct options {
    struct tool_args common;
    gboolean features, foreground, shutdown, standby;
    char *pid_file;
};

static crm_exit_t parse(struct options *options, int argc, char **argv)
{
    const GOptionEntry entries[] = {
        {"features", 'F', 0, G_OPTION_ARG_NONE, &options->features,
         "Display full version and list of features Pacemaker was built with", NULL},
        {"foreground", 'f', 0, G_OPTION_ARG_NONE, &options->foreground,
         "(Ignored) Pacemaker always runs in the foreground", NULL},
        {"pid-file", 'p', 0, G_OPTION_ARG_STRING, &options->pid_file, "(Ignored) Daemon pid file location",
         "FILE"},
        {"shutdown", 'S', 0, G_OPTION_ARG_NONE, &options->shutdown,
         "Instruct Pacemaker to shutdown on this machine", NULL},
        {"standby", 's', 0, G_OPTION_ARG_NONE, &options->standby, "Start node in standby state", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    GOptionContext *context =
        tool_context(&options->common, "text,xml", NULL,
                     "pacemakerd - primary Pacemaker daemon that launches and monitors all "
                     "subsidiary Pacemaker daemons",
                     0);

    tool_add_group(context, "main", NULL, NULL, entries);

    crm_exit_t rc = tool_parse(context, &options->common, argc, argv, "p", NULL);

    g_option_context_free(context);
    return rc;
}

/* -S: ask the running instance to stop. */
static crm_exit_t stop_running(output_t *out)
{
    int rc = 0;
    ipc_conn_t *conn = ipc_connect("pacemakerd", 0, NULL, NULL, &rc);
    char uuid[16];

    snprintf(uuid, sizeof(uuid), "%d", (int)getpid());
    if (conn != NULL) {
        XML_AUTO xmlNode *request = message_request("quit", NULL, NULL, SYS_PACEMAKERD, DAEMON_NAME, uuid);
        XML_AUTO xmlNode *ack = NULL;

        rc = ipc_call(conn, request, 0, 0, &ack);
        ipc_disconnect(conn);
    }
    if (rc < 0) {
        out_err(out, "Could not request shutdown of existing Pacemaker instance: %s", pcmk_strerror(rc));
    }
    return pcmk_rc_to_exit(rc);
}

/* What is done instead of running; true when there was something. */
static bool only_asked(const struct options *options, crm_exit_t *status)
{
    if (!options->features && !options->common.version && !options->shutdown) {
        return false;
    }
    output_t *out = tool_output(&options->common, "text,xml");

    *status = CRM_EX_OK;
    if (options->shutdown) {
        *status = stop_running(out);
    } else {
        out_version(out, options->features);
    }
    output_finish(out, *status, true);
    output_free(out);
    return true;
}

static bool already_running(void)
{
    int rc = 0;
    ipc_conn_t *conn = ipc_connect("pacemakerd", 0, NULL, NULL, &rc);

    ipc_disconnect(conn);
    return conn != NULL;
}

static void prepare_environment(const struct options *options)
{
    setenv("LC_ALL", "C", 1);
    setenv("OCF_OUTPUT_FORMAT", "text", 1);         /* the daemons hand it on to the agents */
    env_option_set("mcp", "true");
    if (options->standby) {
        env_option_set("node_start_state", "standby");
    }
}

static crm_exit_t connect_corosync(void)
{
    if (host_configure_from_map(MAP_TRIES) < 0) {
        log_crit("Could not connect to corosync: is it running?");
        return CRM_EX_UNAVAILABLE;
    }
    env_option_set("cluster_type", "corosync");
    env_option_set("quorum_type", "corosync");
    return CRM_EX_OK;
}

/* Daemons of an earlier instance may be starting or respawning each other still: look again after finding
 * one. */
static crm_exit_t adopt(void)
{
    int found = 1;

    for (unsigned round = 0; round < ADOPT_ROUNDS && found > 0; round++) {
        if (round > 0) {
            usleep(ADOPT_PAUSE_US);
        }
        found = launcher_adopt(self.launcher);
    }
    return found < 0 ? CRM_EX_CANTCREAT : CRM_EX_OK;
}

static crm_exit_t start(void)
{
    static const launcher_ops_t ops = {
        .start = start_child,
        .check = check_child,
        .kill = kill_child,
        .cluster_up = cluster_up,
        .arm_stop = arm_stop,
        .panic = panic,
        .down = down,
        .now = now,
    };
    static const service_ops_t service_ops = {
        .start = start_children, .shut_down = shut_down, .sbd_done = sbd_read_down};
    crm_exit_t rc = connect_corosync();

    if (rc != CRM_EX_OK) {
        return rc;
    }
    host_raise_core_limit();
    if (host_make_dirs() < 0) {
        return CRM_EX_NOUSER;
    }
    self.launcher = launcher_new(env_option_enabled(NULL, "fail_fast"), &ops, NULL);
    if (service_start(self.launcher, &service_ops) < 0) {
        return CRM_EX_OSERR;
    }
    if (host_track_corosync(corosync_lost) < 0) {
        log_crit("Could not connect to corosync's configuration service");
        return CRM_EX_PROTOCOL;
    }
    setenv("PCMK_watchdog", sbd_pid() > 0 ? "true" : "false", 1);
    return adopt();
}

static crm_exit_t run(void)
{
    /* whoever tells us to end early on means the daemons of an instance before us, too */
    mainloop_add_signal(SIGTERM, on_terminate);
    mainloop_add_signal(SIGINT, on_terminate);
    mainloop_add_signal(SIGQUIT, on_quit);
    signal(SIGHUP, SIG_IGN);

    crm_exit_t rc = start();

    if (rc != CRM_EX_OK) {
        return rc;
    }
    g_timeout_add_seconds(1, tick, NULL);
    if (service_syncs_with_sbd()) {
        launcher_wait_ping(self.launcher);
    } else if (mainloop_pause(0)) {
        start_children();
    }
    log_notice("Pacemaker daemon successfully started and accepting connections");
    g_main_loop_run(self.loop);
    return self.status;
}

int main(int argc, char **argv)
{
    struct options options = {.common = {.is_daemon = true}};
    crm_exit_t rc = parse(&options, argc, argv);

    if (rc != CRM_EX_OK || only_asked(&options, &rc)) {
        tool_args_clear(&options.common);
        g_free(options.pid_file);
        return (int)rc;
    }
    prepare_environment(&options);
    daemon_log_init(DAEMON_NAME, options.common.verbosity);
    message_set_clock(epoch_seconds);
    log_notice("Starting Pacemaker " PACEMAKER_VERSION);
    if (already_running()) {
        log_crit("Aborting start-up because another Pacemaker instance is active");
        daemon_exit(CRM_EX_FATAL);
    }
    self.loop = g_main_loop_new(NULL, FALSE);
    rc = run();
    service_stop();
    host_untrack_corosync();
    launcher_free(self.launcher);
    g_main_loop_unref(self.loop);
    tool_args_clear(&options.common);
    g_free(options.pid_file);
    daemon_exit(rc);
}
