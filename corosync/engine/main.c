/*
 * The corosync daemon: options, start, signals, orderly shutdown (config-and-tools.md 6, services.md 7).
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "corosync/engine/clock.h"
#include "corosync/engine/engine.h"
#include "corosync/net/net.h"

#define DEFAULT_CONFIG SYSCONFDIR "/corosync/corosync.conf"
#define DEFAULT_STATE_DIR LOCALSTATEDIR "/lib/corosync"
#ifdef HAVE_LIBNOZZLE
#define FEATURES "dbus monitoring watchdog systemd nozzle snmp"
#else
#define FEATURES "dbus monitoring watchdog systemd snmp"
#endif

struct engine engine;

static bool shutting_down;
static bool realtime;                   /* the process has a real-time policy */

struct conf_choices engine_conf_choices(void)
{
    return (struct conf_choices){net_crypto_models(), net_compression_models()};
}

const char *engine_state_dir(void)
{
    const char *dir = icmap_get_string(engine.map, "system.state_dir");

    return dir != NULL ? dir : DEFAULT_STATE_DIR;
}

struct icmap *engine_map(void)
{
    return engine.map;
}

/* ---- ends ---- */

void engine_fail(enum engine_status status, const char *file, int line)
{
    const char *name = strrchr(file, '/');

    log_msg(SUBSYS_MAIN, LOG_ERR, "Corosync Cluster Engine exiting with status %d at %s:%d.", (int)status,
            name != NULL ? name + 1 : file, line);
    log_end();
    _exit((int)status);
}

void engine_exit(int status)
{
    log_msg(SUBSYS_MAIN, LOG_ERR, "Corosync Cluster Engine exiting with status %d.",
            status == 255 ? -1 : status);
    log_end();
    _exit(status);
}

static void on_services_unloaded(void)
{
    qb_loop_stop(engine.loop);
}

void engine_shutdown(void)
{
    if (shutting_down) {
        return;
    }
    shutting_down = true;
    services_unload_all(on_services_unloaded);
}

static void finish(void)
{
    ring_stop();
    process_drop_lock_file();
    log_msg(SUBSYS_MAIN, LOG_NOTICE, "Corosync Cluster Engine exiting normally");
    log_end();
    exit(ENGINE_EXIT_OK);
}

/* ---- options ---- */

static void usage(void)
{
    fprintf(stderr, "usage:\n"
                    "        -c     : Corosync config file path.\n"
                    "        -f     : Start application in foreground.\n"
                    "        -t     : Test configuration and exit.\n"
                    "        -v     : Display version, git revision and some useful information about "
                    "Corosync and exit.\n");
}

static void print_names(const char *title, const char *const *names)
{
    printf("%s:", title);
    for (size_t i = 0; names[i] != NULL; i++) {
        printf(" %s", names[i]);
    }
    printf("\n");
}

static void version(void)
{
    printf("Corosync Cluster Engine, version '%s'\n\n", COROSYNC_VERSION);
    printf("Built-in features: %s\n", FEATURES);
    print_names("Available crypto models", net_crypto_models());
    print_names("Available compression models", net_compression_models());
}

static void parse_options(int argc, char **argv, bool *test)
{
    int option;

    while ((option = getopt(argc, argv, "c:ftv")) != -1) {
        switch (option) {
        case 'c':
            if (strlen(optarg) >= PATH_MAX) {
                fprintf(stderr, "Config file path too long.\n");
                exit(ENGINE_EXIT_USAGE);
            }
            engine.config_path = optarg;
            break;
        case 'f':
            engine.foreground = true;
            break;
        case 't':
            *test = true;
            break;
        case 'v':
            version();
            exit(ENGINE_EXIT_OK);
        default:
            usage();
            exit(ENGINE_EXIT_USAGE);
        }
    }
}

/* The daemon changes its directory; a relative path must still be found at reload. */
static void make_config_path_absolute(void)
{
    static char absolute[PATH_MAX];

    if (realpath(engine.config_path, absolute) != NULL) {
        char *slash = strrchr(absolute, '/');

        /* only relative paths are replaced, so that messages show what was given */
        if (engine.config_path[0] != '/' && slash != NULL) {
            engine.config_path = absolute;
        }
    }
}

/* ---- signals ---- */

static int32_t on_stop_signal(int32_t number, void *data)
{
    log_msg(SUBSYS_MAIN, LOG_NOTICE, "Node was shut down by a signal");
    engine_shutdown();
    return 0;
}

static int32_t on_dump_signal(int32_t number, void *data)
{
    services_dump();
    return 0;
}

static void on_crash(int number)
{
    (void)signal(number, SIG_DFL);
    log_blackbox_dump();
    log_end();
    raise(number);
}

static void catch_crashes(void)
{
#ifndef __SANITIZE_ADDRESS__
    (void)signal(SIGSEGV, on_crash);
    (void)signal(SIGABRT, on_crash);
#else
    (void)on_crash;
#endif
    (void)signal(SIGPIPE, SIG_IGN);
}

static void watch_signals(void)
{
    qb_loop_signal_add(engine.loop, QB_LOOP_LOW, SIGUSR2, NULL, on_dump_signal, NULL);
    qb_loop_signal_add(engine.loop, QB_LOOP_HIGH, SIGINT, NULL, on_stop_signal, NULL);
    qb_loop_signal_add(engine.loop, QB_LOOP_HIGH, SIGQUIT, NULL, on_stop_signal, NULL);
    qb_loop_signal_add(engine.loop, QB_LOOP_HIGH, SIGTERM, NULL, on_stop_signal, NULL);
}

/* ---- start ---- */

static void load_configuration(void)
{
    struct conf_choices choices = engine_conf_choices();
    char err[CONF_ERROR_MAX];
    const char *reason;

    engine.map = icmap_new();
    if (engine.map == NULL) {
        fprintf(stderr, "Corosync Executive couldn't initialize configuration component.\n");
        exit(ENGINE_EXIT_ICMAP);
    }
    reload_mark_read_only(engine.map);
    if (conf_load(engine.map, engine.config_path, &choices, err, sizeof(err)) != 0) {
        fprintf(stderr, "%s\n", err);
        syslog(LOG_ERR, "%s", err);
        exit(ENGINE_EXIT_CONFIG);
    }
    if (stats_init() != 0) {
        fprintf(stderr, "Corosync Executive couldn't initialize statistics component.\n");
        exit(ENGINE_EXIT_STATS);
    }
    log_early();
    if (log_configure(engine.map, &reason) != 0) {
        fprintf(stderr, "parse error in config: %s.\n", reason);
        syslog(LOG_ERR, "parse error in config: %s.", reason);
        exit(ENGINE_EXIT_LOG_CONFIG);
    }
}

static void enter_state_dir(void)
{
    const char *dir = engine_state_dir();

    if (icmap_get_string(engine.map, "system.state_dir") == NULL) {
        (void)mkdir(dir, 0755);
    }
    if (chdir(dir) != 0) {
        log_msg(SUBSYS_MAIN, LOG_ERR, "Cannot chdir to state directory %s. %s", dir, strerror(errno));
        ENGINE_FAIL(ENGINE_EXIT_DIRECTORY);
    }
}

static void log_warnings(const struct totem_conf_warnings *warnings)
{
    if (warnings->members_ignored) {
        log_msg(SUBSYS_MAIN, LOG_WARNING, "member section is used together with nodelist. Members ignored.");
    }
    if (warnings->members_deprecated) {
        log_msg(SUBSYS_MAIN, LOG_WARNING, "member section is deprecated.");
    }
    if (warnings->nodeid) {
        log_msg(SUBSYS_MAIN, LOG_WARNING, "nodeid in totem section is deprecated and ignored. Nodelist (or "
                "autogenerated) nodeid is going to be used.");
    }
    if (warnings->bindnetaddr) {
        log_msg(SUBSYS_MAIN, LOG_WARNING,
                "interface section bindnetaddr is used together with nodelist. Nodelist one "
                "is going to be used.");
    }
    if (warnings->members_ignored || warnings->members_deprecated || warnings->nodeid ||
        warnings->bindnetaddr) {
        log_msg(SUBSYS_MAIN, LOG_WARNING, "Please migrate config file to nodelist.");
    }
}

static void read_totem(void)
{
    struct totem_conf_warnings warnings;
    char err[TOTEM_CONF_ERROR_MAX];
    bool plain;

    engine.conf = calloc(1, sizeof(*engine.conf));
    if (engine.conf == NULL) {
        log_msg(SUBSYS_MAIN, LOG_ERR, "out of memory");
        ENGINE_FAIL(ENGINE_EXIT_CONFIG);
    }
    if (totem_conf_read(engine.map, false, engine.conf, &warnings, err, sizeof(err)) != 0) {
        log_msg(SUBSYS_MAIN, LOG_ERR, "%s", err);
        ENGINE_FAIL(ENGINE_EXIT_CONFIG);
    }
    log_warnings(&warnings);
    totem_conf_find_scripts(engine.config_path, &engine.conf->net);
    if (totem_conf_validate(engine.map, false, engine.conf, &plain, err, sizeof(err)) != 0) {
        if (plain) {
            log_msg(SUBSYS_MAIN, LOG_ERR, "%s", err);
        } else {
            log_msg(SUBSYS_MAIN, LOG_ERR, "parse error in config: %s", err);
        }
        ENGINE_FAIL(ENGINE_EXIT_CONFIG);
    }
    totem_conf_ping_defaults(&engine.conf->net, engine.conf->totem.token);
    totem_conf_publish_pings(engine.map, &engine.conf->net);
    totem_conf_publish(engine.map, engine.conf);
}

static void become_daemon(void)
{
    process_move_to_root_cgroup(engine.map);
    realtime = process_set_priority(engine.map);
    if (!engine.foreground) {
        process_daemonize();
    }
    log_blackbox_start();
    engine.loop = qb_loop_create();
    if (engine.loop == NULL || clock_init(engine.loop) != 0) {
        ENGINE_FAIL(ENGINE_EXIT_FATAL);
    }
    watch_signals();
    process_take_lock_file();
}

static void run(void)
{
    char err[TOTEM_CONF_ERROR_MAX];

    srandom((unsigned)(time(NULL) ^ getpid()));
    ipc_init();
    process_watch_pauses();
    log_msg(SUBSYS_TOTEM, LOG_NOTICE, "Initializing transport (%s).",
            engine.conf->net.transport == NET_KNET ? "Kronosnet"
            : engine.conf->net.transport == NET_UDPU ? "UDP/IP Unicast" : "UDP/IP Multicast");
    if (ring_start(err, sizeof(err)) != 0) {
        log_msg(SUBSYS_MAIN, LOG_ERR, "Can't initialize TOTEM layer: %s", err);
        ENGINE_FAIL(ENGINE_EXIT_FATAL);
    }
    /* the transport has given back what it does not use; from here on pages stay */
    process_lock_memory();
    if (log_run(realtime) != 0) {
        log_msg(SUBSYS_MAIN, LOG_ERR, "Can't start logging thread");
        ENGINE_FAIL(ENGINE_EXIT_LOG_CONFIG);
    }
    runtime_keys_init();
    stats_run();
    qb_loop_run(engine.loop);
    finish();
}

int main(int argc, char **argv)
{
    bool test = false;

    engine.config_path = DEFAULT_CONFIG;
    parse_options(argc, argv, &test);
    catch_crashes();
    make_config_path_absolute();
    load_configuration();
    if (!test) {
        log_msg(SUBSYS_MAIN, LOG_NOTICE, "Corosync Cluster Engine %s starting up", COROSYNC_VERSION);
        log_msg(SUBSYS_MAIN, LOG_INFO, "Corosync built-in features: %s", FEATURES);
    }
    enter_state_dir();
    read_totem();
    if (test) {
        services_check();
        log_msg(SUBSYS_MAIN, LOG_NOTICE, "Corosync Cluster Engine exiting normally");
        log_end();
        return ENGINE_EXIT_OK;
    }
    become_daemon();
    run();
    return ENGINE_EXIT_OK;
}
