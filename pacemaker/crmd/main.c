/* pacemaker-controld: the daemon around the controller's core (controller.md §0.1). */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/watchdog.h"
#include "pacemaker/crmd/options.h"
#include "pacemaker/crmd/shell.h"

static struct shell shell;

static void usage(FILE *out)
{
    fprintf(out, "Usage: pacemaker-controld [-V] [metadata|version]\n"
                 "Coordinate all cluster actions. Started by pacemakerd.\n\n"
                 "  -V, --verbose   more messages; may be given several times\n"
                 "  -?, --help      this text\n"
                 "  metadata        print the description of the controller's cluster options\n"
                 "  version         print the version\n");
}

/* Options that end the program at once. */
static void early_command(const char *command)
{
    if (strcmp(command, "metadata") == 0) {
        option_metadata_print("pacemaker-controld", "Cluster options used by Pacemaker's controller",
                              "Cluster options used by Pacemaker's controller", crmd_options,
                              crmd_options_count);
        exit(CRM_EX_OK);
    }
    if (strcmp(command, "version") == 0) {
        printf("CRM Version: %s (%s)\n", CRMD_VERSION, CRMD_BUILD);
        exit(CRM_EX_OK);
    }
    usage(stderr);
    exit(CRM_EX_USAGE);
}

static unsigned parse_arguments(int argc, char **argv)
{
    static const struct option options[] = {
        {"verbose", no_argument, NULL, 'V'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
    };
    unsigned verbosity = 0;
    int c;

    while ((c = getopt_long(argc, argv, "V?", options, NULL)) != -1) {
        if (c == 'V') {
            verbosity++;
        } else {
            bool asked = c == 'h' || optopt == '?';

            usage(asked ? stdout : stderr);
            exit(asked ? CRM_EX_OK : CRM_EX_USAGE);
        }
    }
    if (optind < argc) {
        early_command(argv[optind]);
    }
    return verbosity;
}

static bool already_running(void)
{
    int rc = 0;
    ipc_conn_t *conn = ipc_connect("crmd", 0, NULL, NULL, &rc);

    if (conn == NULL) {
        return false;
    }
    ipc_disconnect(conn);
    return true;
}

static void require_writable(const char *folder)
{
    if (access(folder, W_OK) != 0) {
        log_crit("Bad permissions on %s: %s", folder, strerror(errno));
        daemon_exit(CRM_EX_FATAL);
    }
}

static void on_sigterm(int signum)
{
    (void)signum;
    crmd_shutdown_signal(shell.core);
}

static long long clock_seconds(void)
{
    return (long long)time(NULL);
}

static int positive_option(const char *name)
{
    const char *text = env_option(name);
    long long value = text ? int_parse(text, 0) : 0;

    return value > 0 && value <= INT32_MAX ? (int)value : 0;
}

static void create_core(void)
{
    struct crmd_ops ops = {0};
    struct crmd_settings settings = {
        .node_start_state = env_option("node_start_state"),
        .node_action_limit = positive_option("node_action_limit"),
        .cib_timeout_s = (unsigned)positive_option("cib_timeout"),
        .cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
        .pid = (int)getpid(),
        .watchdog_in_use = getenv("SBD_WATCHDOG_TIMEOUT") != NULL && sbd_pid() > 0,
    };

    settings.cib_timeout_s = settings.cib_timeout_s < 30 ? 30 : settings.cib_timeout_s;
    settings.cores = settings.cores < 1 ? 1 : settings.cores;
    shell_host_ops(&ops);
    shell_cluster_ops(&ops);
    shell_cib_ops(&ops);
    shell_ipc_ops(&ops);
    shell_exec_ops(&ops);
    shell_fencer_ops(&ops);
    shell_remote_ops(&ops);
    shell.timers = g_hash_table_new(g_direct_hash, g_direct_equal);
    shell.remotes = shell_remotes_new();
    shell.proxies = shell_proxies_new();
    shell.peers = peers_new(false, NULL);
    shell.core = crmd_new(&settings, shell.peers, &ops, &shell);
}

static void destroy_all(void)
{
    shell_fencer_free(&shell);
    shell_ipc_free(&shell);
    shell_exec_free(&shell);
    if (shell.cluster) {
        cluster_disconnect(shell.cluster);
    }
    shell_cib_free(&shell);
    crmd_free(shell.core);
    g_hash_table_destroy(shell.remotes);
    g_hash_table_destroy(shell.proxies);
    peers_free(shell.peers);
    shell_host_free(&shell);
    g_main_loop_unref(shell.loop);
}

int main(int argc, char **argv)
{
    unsigned verbosity = parse_arguments(argc, argv);

    daemon_log_init("pacemaker-controld", verbosity);
    log_notice("Starting Pacemaker controller");
    if (already_running()) {
        log_crit("Aborting start-up because another controller instance is already active");
        daemon_exit(CRM_EX_OK);
    }
    require_writable(LOCALSTATEDIR "/lib/pacemaker/pengine");
    require_writable(LOCALSTATEDIR "/lib/pacemaker/cib");
    message_set_clock(clock_seconds);
    setenv("OCF_OUTPUT_FORMAT", "log", 1);          /* for agents that we ask for their metadata */
    signal(SIGPIPE, SIG_IGN);
    shell.loop = g_main_loop_new(NULL, FALSE);
    create_core();
    mainloop_add_signal(SIGTERM, on_sigterm);
    crmd_start(shell.core);
    g_main_loop_run(shell.loop);
    destroy_all();
    log_info("[pacemaker-controld] stopped (%d)", shell.exit_status);
    daemon_exit((crm_exit_t)shell.exit_status);
}
