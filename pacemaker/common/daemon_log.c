/* Where the log goes: libqb to syslog, detail file, stderr, and the flight recorder (daemon.h, messaging.md
 * §7). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <glib.h>
#include <qb/qblog.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"

#define LOG_DEFAULT_FILE LOCALSTATEDIR "/log/pacemaker/pacemaker.log"
#define STATE_DIR LOCALSTATEDIR "/lib/pacemaker"
#define FILE_LINE_MAX 800           /* bytes */
#define SYSLOG_LINE_MAX 256         /* bytes */
#define BLACKBOX_SIZE (5 * 1024 * 1024)

static int file_target = -1;
static int level = LOG_NOTICE;      /* of stderr and file */
static int syslog_level = LOG_NOTICE;
static bool tracing;                /* trace variables are set: libqb decides on every message */
static bool stderr_on, blackbox_on;
static GHashTable *split_formats;   /* formats with " | ", as libqb wants the separator */

/* ---- the sink ---- */

/* libqb marks the part that syslog does not get with QB_XS. */
static const char *qb_format(const struct log_site *site)
{
    const char *separator = strstr(site->format, " | ");

    if (separator == NULL) {
        return site->format;
    }
    if (split_formats == NULL) {
        split_formats = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    }
    char *format = g_hash_table_lookup(split_formats, site->format);

    if (format == NULL) {
        format = g_strdup_printf("%.*s" QB_XS "%s", (int)(separator - site->format + 1), site->format,
                                 separator + 2);
        g_hash_table_insert(split_formats, (gpointer)site->format, format);
    }
    return format;
}

static void dump_blackbox(const char *suffix)
{
    static unsigned next = 1;
    static time_t last;
    time_t now = time(NULL);
    char path[256];

    if (suffix == NULL) {
        if (now == last) {
            return;
        }
        last = now;
        snprintf(path, sizeof(path), STATE_DIR "/blackbox/%s-%d.%u", program_name(), (int)getpid(), next++);
    } else {
        snprintf(path, sizeof(path), STATE_DIR "/blackbox/%s-%d%s", program_name(), (int)getpid(), suffix);
    }
    qb_log_blackbox_write_to_file(path);
}

/* PCMK_trace_blackbox lists function:line places whose messages dump the recorder, too. */
static bool dump_wanted(const struct log_site *site)
{
    const char *places = env_option("trace_blackbox");
    char place[128];

    if (site->level <= LOG_ERR) {
        return true;
    }
    if (places == NULL) {
        return false;
    }
    snprintf(place, sizeof(place), "%s:%u", site->function, site->line);
    return strstr(places, place) != NULL;
}

static void sink(const struct log_site *site, va_list args)
{
    int most = level > syslog_level ? level : syslog_level;

    if (site->level > most && !tracing && !blackbox_on) {
        return;
    }
    const char *file = strrchr(site->file, '/');

    qb_log_from_external_source_va(site->function, file != NULL ? file + 1 : site->file, qb_format(site),
                                   (uint8_t)site->level, site->line, 0, args);
    if (blackbox_on && dump_wanted(site)) {
        dump_blackbox(NULL);
    }
}

/* ---- flight recorder ---- */

static void fatal_signal(int signum)
{
    signal(signum, SIG_DFL);
    dump_blackbox("");
    raise(signum);
}

static void blackbox_switch(bool on)
{
    static const int fatal[] = {SIGSEGV, SIGABRT, SIGILL, SIGBUS, SIGFPE};

    if (on == blackbox_on) {
        return;
    }
    if (on) {
        qb_log_ctl(QB_LOG_BLACKBOX, QB_LOG_CONF_SIZE, BLACKBOX_SIZE);
        qb_log_filter_ctl(QB_LOG_BLACKBOX, QB_LOG_FILTER_ADD, QB_LOG_FILTER_FILE, "*", LOG_TRACE);
    }
    qb_log_ctl(QB_LOG_BLACKBOX, QB_LOG_CONF_ENABLED, on ? QB_TRUE : QB_FALSE);
    blackbox_on = on;
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
        signal(fatal[i], on ? fatal_signal : SIG_DFL);
    }
    log_notice("Flight recorder %s | " STATE_DIR "/blackbox/%s-%d", on ? "enabled" : "disabled",
               program_name(), (int)getpid());
}

static void blackbox_signal(int signum)
{
    blackbox_switch(signum != SIGUSR2);
    if (signum == SIGTRAP) {
        dump_blackbox(NULL);
    }
}

/* ---- targets ---- */

static int facility_number(const char *name)
{
    static const struct {
        const char *name;
        int facility;
    } facilities[] = {{"daemon", LOG_DAEMON}, {"user", LOG_USER},     {"local0", LOG_LOCAL0},
                      {"local1", LOG_LOCAL1}, {"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3},
                      {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5}, {"local6", LOG_LOCAL6},
                      {"local7", LOG_LOCAL7}, {"auth", LOG_AUTH},     {"cron", LOG_CRON},
                      {"kern", LOG_KERN},     {"lpr", LOG_LPR},       {"mail", LOG_MAIL},
                      {"news", LOG_NEWS},     {"syslog", LOG_SYSLOG}};

    for (size_t i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++) {
        if (g_ascii_strcasecmp(name, facilities[i].name) == 0) {
            return facilities[i].facility;
        }
    }
    return -1;
}

static int severity_number(const char *name)
{
    static const char *const names[] = {"emerg",  "alert", "crit",  "error", "warning",
                                        "notice", "info",  "debug", "trace"};

    for (int i = 0; i < 9; i++) {
        if (g_ascii_strcasecmp(name, names[i]) == 0) {
            return i;
        }
    }
    return LOG_NOTICE;
}

static void set_level(int target, int most)
{
    static const struct {
        const char *variable;
        enum qb_log_filter_type type;
    } traces[] = {{"trace_functions", QB_LOG_FILTER_FUNCTION},
                  {"trace_files", QB_LOG_FILTER_FILE},
                  {"trace_formats", QB_LOG_FILTER_FORMAT}};

    qb_log_filter_ctl(target, QB_LOG_FILTER_CLEAR_ALL, QB_LOG_FILTER_FILE, "*", LOG_TRACE);
    qb_log_filter_ctl(target, QB_LOG_FILTER_ADD, QB_LOG_FILTER_FILE, "*", (uint8_t)most);
    for (size_t i = 0; target != QB_LOG_SYSLOG && i < sizeof(traces) / sizeof(traces[0]); i++) {
        const char *value = env_option(traces[i].variable);

        if (value != NULL) {
            qb_log_filter_ctl(target, QB_LOG_FILTER_ADD, traces[i].type, value, LOG_TRACE);
            tracing = true;
        }
    }
}

static void set_format(int target)
{
    const char *place = tracing ? "(%n@%f:%l)" : "(%n)";
    struct utsname host;
    char *format = NULL;

    if (target == QB_LOG_SYSLOG) {
        format = g_strdup(" %p: %b");
    } else if (target == QB_LOG_STDERR) {
        format = g_strdup_printf("%s %%g\t%%p: %%b", place);
    } else {
        uname(&host);
        format = g_strdup_printf("%%T %s %-20s[%d] %s %%g\t%%p: %%b", host.nodename, program_name(),
                                 (int)getpid(), place);
    }
    qb_log_format_set(target, format);
    g_free(format);
}

/* Let every daemon, whoever it runs as, append to the common file. */
static void share_log_file(const char *path)
{
    const char *mode_text = env_option("logfile_mode");
    mode_t mode = mode_text != NULL ? (mode_t)strtoul(mode_text, NULL, 8) : 0660;
    struct stat info;
    uid_t user = 0;
    gid_t group = 0;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode);

    if (fd < 0) {
        return;
    }
    if (geteuid() == 0 && fstat(fd, &info) == 0 && daemon_user_ids(&user, &group) == 0 &&
        (info.st_gid != group || (info.st_mode & (S_IRGRP | S_IWGRP)) != (S_IRGRP | S_IWGRP)) &&
        (fchown(fd, user, group) < 0 || fchmod(fd, mode) < 0)) {
        log_warn("Could not share log file %s with group " DAEMON_GROUP ": %s", path, strerror(errno));
    }
    close(fd);
}

static void open_file(const char *path)
{
    if (strcmp(path, "none") == 0 || strcmp(path, "/dev/null") == 0) {
        return;
    }
    share_log_file(path);
    file_target = qb_log_file_open(path);
    if (file_target < 0) {
        log_err("Could not log to %s: %s", path, strerror(-file_target));
        return;
    }
    qb_log_ctl(file_target, QB_LOG_CONF_MAX_LINE_LEN, FILE_LINE_MAX);
    qb_log_ctl(file_target, QB_LOG_CONF_EXTENDED, QB_TRUE);
    set_level(file_target, level);
    set_format(file_target);
    qb_log_ctl(file_target, QB_LOG_CONF_ENABLED, QB_TRUE);
}

int daemon_log_level(void)
{
    return tracing || blackbox_on ? LOG_TRACE : level > syslog_level ? level : syslog_level;
}

void daemon_log_stderr(bool on)
{
    stderr_on = on;
    set_level(QB_LOG_STDERR, level);
    set_format(QB_LOG_STDERR);
    qb_log_ctl(QB_LOG_STDERR, QB_LOG_CONF_EXTENDED, QB_TRUE);
    qb_log_ctl(QB_LOG_STDERR, QB_LOG_CONF_ENABLED, on ? QB_TRUE : QB_FALSE);
}

static void start_syslog(const char *default_facility)
{
    const char *facility = env_option("logfacility");
    const char *priority = env_option("logpriority");
    int number = facility_number(facility != NULL ? facility : default_facility);

    qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_ENABLED, QB_FALSE);
    if (number < 0) {
        syslog_level = -1;
        return;
    }
    syslog_level = severity_number(priority != NULL ? priority : "notice");
    qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_FACILITY, number);
    qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_MAX_LINE_LEN, SYSLOG_LINE_MAX);
    qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_EXTENDED, QB_FALSE);
    set_level(QB_LOG_SYSLOG, syslog_level);
    set_format(QB_LOG_SYSLOG);
    qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_ENABLED, QB_TRUE);
}

static int verbose_level(int base, unsigned verbosity)
{
    return verbosity > (unsigned)(LOG_TRACE - base) ? LOG_TRACE : base + (int)verbosity;
}

static void start_log(const char *name, int facility)
{
    qb_log_init(name, facility, LOG_NOTICE);
    log_set_sink(sink);
}

static bool works_for_the_cluster(void)
{
    uid_t user = 0;

    return geteuid() == 0 || (daemon_user_ids(&user, NULL) == 0 && geteuid() == user);
}

/* Where we log by default is told to our children: agents log there, too. */
static void export_destinations(void)
{
    if (env_option("logfacility") == NULL) {
        env_option_set("logfacility", "daemon");
    }
    if (env_option("logfile") == NULL && file_target >= 0) {
        env_option_set("logfile", LOG_DEFAULT_FILE);
    }
}

void daemon_log_init(const char *name, unsigned verbosity)
{
    const char *file = env_option("logfile");
    bool debug = env_option_enabled(name, "debug");

    level = verbose_level(debug ? LOG_DEBUG : LOG_INFO, verbosity);
    umask(S_IWGRP | S_IWOTH | S_IROTH);
    start_log(name, LOG_DAEMON);
    start_syslog("daemon");
    daemon_log_stderr(verbosity > 0 || env_option_enabled(name, "stderr"));
    open_file(file != NULL ? file : LOG_DEFAULT_FILE);
    export_destinations();
    setenv("PCMK_service", name, 1);
    if (works_for_the_cluster() && chdir(STATE_DIR "/cores") < 0) {
        log_info("Cannot change active directory to " STATE_DIR "/cores: %s", strerror(errno));
    }
    mainloop_add_signal(SIGUSR1, blackbox_signal);
    mainloop_add_signal(SIGUSR2, blackbox_signal);
    mainloop_add_signal(SIGTRAP, blackbox_signal);
    if (env_option_enabled(name, "blackbox")) {
        blackbox_switch(true);
    }
}

void tool_log_init(const char *name, unsigned verbosity)
{
    const char *file = env_option("logfile");

    level = verbose_level(LOG_CRIT, verbosity);
    start_log(name, LOG_USER);
    start_syslog("none");
    daemon_log_stderr(verbosity > 0);
    if (file != NULL) {
        int shown = level;

        level = level > LOG_INFO ? level : LOG_INFO;
        open_file(file);
        level = level > shown ? level : shown;
        set_level(QB_LOG_STDERR, shown);
    }
}

void daemon_log_verbosity(unsigned verbosity)
{
    level = verbose_level(LOG_INFO, verbosity);
    daemon_log_stderr(stderr_on || verbosity > 0);
    if (file_target >= 0) {
        set_level(file_target, level);
    }
}

_Noreturn void daemon_exit(crm_exit_t status)
{
    log_info("Exiting %s | with status %d (%s)", program_name(), (int)status, crm_exit_str(status));
    log_set_sink(NULL);
    qb_log_fini();
    exit((int)status);
}
