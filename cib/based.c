/* pacemaker-based: the daemon that keeps the cluster's configuration and status. Start, signals, end. */
#include "config.h"
#include "cib/based.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cib/env.h"
#include "cib/ops.h"
#include "cib/schema.h"
#include "cib/store.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

/* Seconds to wait for leave when the daemon stops. */
#define LEAVE_TIMEOUT 10u

struct based based;

static const struct option_def option_defs[] = {
    {"enable-acl", NULL, "boolean", NULL, "false", NULL, "Check access control lists",
     "Whether requests are checked against the access control lists of the configuration"},
    {"cluster-ipc-limit", NULL, "integer", NULL, "500", NULL,
     "Messages that may wait for a cluster daemon before it is disconnected",
     "Raise this when the log says that cluster daemons are evicted; the number of resources multiplied by "
     "the number "
     "of nodes is a good value"},
};

/* ---- core operations that belong to the process ---- */

static gboolean digest_timer_fired(gpointer data)
{
    (void)data;
    based.digest_timer = 0;
    cib_core_digest_timer(based.core);
    return G_SOURCE_REMOVE;
}

static void arm_digest_timer(void *arg, unsigned ms)
{
    (void)arg;
    if (based.digest_timer != 0) {
        g_source_remove(based.digest_timer);
    }
    based.digest_timer = g_timeout_add(ms, digest_timer_fired, NULL);
}

static void options_changed(void *arg)
{
    const xmlNode *config = xml_first(xml_first(cib_core_cib(based.core), "configuration"), "crm_config");

    (void)arg;
    g_clear_pointer(&based.ipc_limit, g_free);
    xml_foreach(set, config, "cluster_property_set") {
        const xmlNode *option = xml_find(set, "nvpair", "name", "cluster-ipc-limit");

        if (option != NULL && xml_get(option, "value") != NULL) {
            g_free(based.ipc_limit);
            based.ipc_limit = g_strdup(xml_get(option, "value"));
        }
    }
}

static void may_leave(void *arg)
{
    (void)arg;
    log_info("A peer acknowledged that we leave");
    based_stop(CRM_EX_OK);
}

static const struct cib_core_ops core_ops = {
    .reply = based_reply,
    .send = based_send,
    .notify = based_notify,
    .write = based_disk_write,
    .arm_digest_timer = arm_digest_timer,
    .options_changed = options_changed,
    .may_leave = may_leave,
};

/* ---- stopping ---- */

void based_stop(crm_exit_t status)
{
    based.exit_status = status;
    g_main_loop_quit(based.loop);
}

static gboolean leave_timed_out(gpointer data)
{
    (void)data;
    based.leave_timer = 0;
    log_err("No peer acknowledged that we leave: exiting now");
    based_stop(CRM_EX_ERROR);
    return G_SOURCE_REMOVE;
}

static void terminate(int signum)
{
    (void)signum;
    if (based.stopping) {
        return;
    }
    log_info("Shutting down");
    based.stopping = true;
    based_ipc_stop_accepting();
    based_ipc_disconnect_all();
    if (based.alone || peers_active_count(based.peers) < 2 || cib_core_leave(based.core) != 0) {
        based_stop(CRM_EX_OK);
        return;
    }
    based.leave_timer = g_timeout_add_seconds(LEAVE_TIMEOUT, leave_timed_out, NULL);
}

static void enable_writes(int signum)
{
    (void)signum;
    based_disk_enable();
}

/* ---- starting ---- */

static void print_help(FILE *out)
{
    fprintf(out, "pacemaker-based - keeps the cluster's configuration and status\n"
            "Usage: pacemaker-based [options]\n       pacemaker-based metadata\nOptions:\n"
            " -?, --help\t\tShow this help\n"
            " -V, --verbose\t\tLog more (can be repeated)\n"
            " -s, --stand-alone\tRun without a cluster\n"
            " -w, --disk-writes\tWrite changes to disk (the default)\n"
            " -r, --cib-root=DIR\tKeep the configuration in DIR instead of " CIB_DIR "\n");
}

static void parse_options(int argc, char **argv, unsigned *verbosity)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, '?'}, {"verbose", no_argument, NULL, 'V'},
        {"stand-alone", no_argument, NULL, 's'}, {"disk-writes", no_argument, NULL, 'w'},
        {"cib-root", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0},
    };
    int letter;

    while ((letter = getopt_long(argc, argv, "?Vswr:", options, NULL)) != -1) {
        if (letter == 'V') {
            (*verbosity)++;
        } else if (letter == 's') {
            based.alone = true;
        } else if (letter == 'r') {
            based.dir = optarg;
        } else if (letter != 'w') {
            bool asked = (strcmp(argv[optind - 1], "-?") == 0 || strcmp(argv[optind - 1], "--help") == 0);

            print_help(asked ? stdout : stderr);
            exit(asked ? CRM_EX_OK : CRM_EX_USAGE);
        }
    }
    if (optind < argc && strcmp(argv[optind], "metadata") == 0) {
        option_metadata_print("pacemaker-based", "Cluster Information Base manager options",
                              "Cluster options used by Pacemaker's Cluster Information Base manager",
                              option_defs, G_N_ELEMENTS(option_defs));
        exit(CRM_EX_OK);
    }
    if (optind < argc) {
        fprintf(stderr, "pacemaker-based: unexpected argument '%s'\n", argv[optind]);
        print_help(stderr);
        exit(CRM_EX_USAGE);
    }
}

static bool already_running(void)
{
    static const ipc_conn_ops_t no_ops = {NULL, NULL};
    int rc;
    ipc_conn_t *conn = ipc_connect("cib_ro", 0, &no_ops, NULL, &rc);

    if (conn == NULL) {
        return false;
    }
    ipc_disconnect(conn);
    return true;
}

static void remove_timers(void)
{
    if (based.digest_timer != 0) {
        g_source_remove(based.digest_timer);
    }
    if (based.leave_timer != 0) {
        g_source_remove(based.leave_timer);
    }
}

static void clean_up(void)
{
    remove_timers();
    based_ipc_free();
    based_disk_finish();
    if (based.cluster != NULL) {
        cluster_disconnect(based.cluster);
    }
    peers_free(based.peers);
    cib_core_free(based.core);
    g_main_loop_unref(based.loop);
    g_free(based.node_name);
    g_free(based.ipc_limit);
    schema_cleanup();
}

/* The core with the configuration from disk. */
static bool start_core(void)
{
    int status;
    xmlNode *cib = based_disk_load(&status);

    if (cib == NULL) {
        return false;
    }
    based.core = cib_core_new(based.node_name, &core_ops, NULL, &based.env, cib, status);
    cib_core_set_alone(based.core, based.alone);
    options_changed(NULL);
    if (status == 0) {
        based_disk_write(NULL);
    }
    return true;
}

static void start(void)
{
    cib_env_init(&based.env, false);
    based.peers = peers_new(true, NULL);
    int rc = based.alone ? 0 : based_peers_start();

    if (rc != 0) {
        daemon_exit(daemon_start_status(rc));
    }
    based.node_name = g_strdup(based.alone ? g_get_host_name() : cluster_local_name(based.cluster));
    if (!start_core()) {
        daemon_exit(CRM_EX_NOINPUT);
    }
    rc = based_ipc_start();
    if (rc != 0) {
        daemon_exit(daemon_start_status(rc));
    }
}

int main(int argc, char **argv)
{
    unsigned verbosity = 0;

    based.dir = CIB_DIR;
    parse_options(argc, argv, &verbosity);
    daemon_log_init("pacemaker-based", verbosity);
    if (already_running()) {
        log_crit("The CIB daemon is already running");
        daemon_exit(CRM_EX_OK);
    }
    if (access(based.dir, R_OK | W_OK | X_OK) != 0) {
        log_crit("Could not use directory %s: %s", based.dir, strerror(errno));
        daemon_exit(CRM_EX_FATAL);
    }
    based.loop = g_main_loop_new(NULL, FALSE);
    mainloop_add_signal(SIGTERM, terminate);
    mainloop_add_signal(SIGINT, terminate);
    mainloop_add_signal(SIGPIPE, enable_writes);
    start();
    log_notice("The CIB daemon has started%s", based.alone ? " stand-alone" : "");
    g_main_loop_run(based.loop);
    clean_up();
    daemon_exit(based.exit_status);
}
