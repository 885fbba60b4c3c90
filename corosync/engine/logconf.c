/*
 * Logging: libqb targets, formats and limits from logging.* (config-and-tools.md 8), and the blackbox.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <qb/qbdefs.h>
#include <qb/qblog.h>

#include "corosync/engine/engine.h"

#define BLACKBOX_SIZE (8192 * 1024)
#define LIBQB_TAG_BIT 31                /* libqb marks its own messages with this tag */
#define FORMAT_MAX 128

enum debug { DEBUG_OFF, DEBUG_ON, DEBUG_TRACE };
enum timestamp { TIMESTAMP_OFF, TIMESTAMP_ON, TIMESTAMP_HIRES };

struct subsys_log {
    enum debug debug;
    int syslog_priority;
    int logfile_priority;
    int file;                           /* libqb target, -1 = none */
    bool to_logfile;
};

struct log_settings {
    bool to_stderr;
    bool to_syslog;
    bool fileline;
    bool function_name;
    bool blackbox;
    enum timestamp timestamp;
    int facility;
    struct subsys_log all;              /* what subsystems without a section inherit */
    struct subsys_log subsys[SUBSYS_COUNT];
};

static const char *const subsys_names[SUBSYS_COUNT] = {
    [SUBSYS_NONE] = "MAIN", [SUBSYS_MAIN] = "MAIN", [SUBSYS_TOTEM] = "TOTEM", [SUBSYS_KNET] = "KNET",
    [SUBSYS_CFG] = "CFG", [SUBSYS_CMAP] = "CMAP", [SUBSYS_CPG] = "CPG", [SUBSYS_QUORUM] = "QUORUM",
    [SUBSYS_VOTEQ] = "VOTEQ", [SUBSYS_SERV] = "SERV", [SUBSYS_SYNC] = "SYNC", [SUBSYS_STATS] = "STATS",
    [SUBSYS_QB] = "QB", [SUBSYS_PLOAD] = "PLOAD", [SUBSYS_MON] = "MON", [SUBSYS_WD] = "WD",
    [SUBSYS_APIDEF] = "APIDEF", [SUBSYS_YKD] = "YKD",
};

struct log_file {
    struct log_file *next;
    int target;
    char path[];
};

static struct {
    struct log_settings settings;
    struct log_file *files;
    bool blackbox_on;
    bool thread;                        /* the log thread runs: targets may be handed to it */
    char reason[512];
} logging;

static unsigned callsite_subsys(const struct qb_log_callsite *callsite)
{
    if (callsite->tags & (1u << LIBQB_TAG_BIT)) {
        return SUBSYS_QB;
    }
    return callsite->tags < SUBSYS_COUNT ? callsite->tags : SUBSYS_MAIN;
}

static const char *tag_name(uint32_t tags)
{
    if (tags & (1u << LIBQB_TAG_BIT)) {
        return subsys_names[SUBSYS_QB];
    }
    return subsys_names[tags < SUBSYS_COUNT ? tags : SUBSYS_MAIN];
}

static int limit(const struct subsys_log *log, int priority)
{
    return log->debug == DEBUG_TRACE ? LOG_TRACE : log->debug == DEBUG_ON ? LOG_DEBUG : priority;
}

static void set_target(struct qb_log_callsite *callsite, int target, bool on)
{
    if (on) {
        qb_bit_set(callsite->targets, target);
    } else {
        qb_bit_clear(callsite->targets, target);
    }
}

/* libqb asks once for each place that logs, and again for all after every change of settings. */
static void filter(struct qb_log_callsite *callsite)
{
    unsigned subsys = callsite_subsys(callsite);
    const struct subsys_log *log = &logging.settings.subsys[subsys];
    int priority = callsite->priority;
    bool in_file = log->to_logfile && priority <= limit(log, log->logfile_priority);

    set_target(callsite, QB_LOG_SYSLOG, priority <= limit(log, log->syslog_priority));
    set_target(callsite, QB_LOG_STDERR, priority <= limit(log, log->logfile_priority));
    set_target(callsite, QB_LOG_BLACKBOX, priority <= (subsys == SUBSYS_QB ? LOG_DEBUG : LOG_TRACE));
    for (const struct log_file *file = logging.files; file != NULL; file = file->next) {
        set_target(callsite, file->target, in_file && file->target == log->file);
    }
}

static void set_formats(const struct log_settings *settings)
{
    char stderr_format[FORMAT_MAX], file_format[FORMAT_MAX], syslog_format[FORMAT_MAX];
    const char *stamp = settings->timestamp == TIMESTAMP_HIRES ? "%T " : "%t ";
    const char *place = settings->fileline ? (settings->function_name ? "%f:%n:%l " : "%f:%l ")
                                           : (settings->function_name ? "%n " : "");

    if (settings->timestamp == TIMESTAMP_OFF) {
        stamp = "";
    }
    snprintf(stderr_format, sizeof(stderr_format), "%s%%7p [%%6g] %s%%b", stamp, place);
    snprintf(file_format, sizeof(file_format), "%s[%%P] %%H %%N%s%%7p [%%6g] %s%%b", stamp,
             stamp[0] != '\0' ? " " : "", place);
    snprintf(syslog_format, sizeof(syslog_format), " [%%6g] %s%%b", place);
    qb_log_format_set(QB_LOG_STDERR, stderr_format);
    qb_log_format_set(QB_LOG_SYSLOG, syslog_format);
    for (const struct log_file *file = logging.files; file != NULL; file = file->next) {
        qb_log_format_set(file->target, file_format);
    }
}

static void apply(void)
{
    const struct log_settings *settings = &logging.settings;

    set_formats(settings);
    qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_FACILITY, settings->facility);
    qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_ENABLED, settings->to_syslog);
    qb_log_ctl(QB_LOG_STDERR, QB_LOG_CONF_ENABLED, settings->to_stderr);
    for (const struct log_file *file = logging.files; file != NULL; file = file->next) {
        bool used = false;

        for (unsigned i = 0; i < SUBSYS_COUNT; i++) {
            used = used || (settings->subsys[i].to_logfile && settings->subsys[i].file == file->target);
        }
        qb_log_ctl(file->target, QB_LOG_CONF_ENABLED, used);
    }
    qb_log_filter_fn_set(filter);
}

static void set_defaults(struct log_settings *settings)
{
    memset(settings, 0, sizeof(*settings));
    settings->to_stderr = settings->to_syslog = settings->blackbox = true;
    settings->timestamp = TIMESTAMP_HIRES;
    settings->facility = LOG_DAEMON;
    settings->all.syslog_priority = settings->all.logfile_priority = LOG_INFO;
    settings->all.file = -1;
    for (unsigned i = 0; i < SUBSYS_COUNT; i++) {
        settings->subsys[i] = settings->all;
    }
}

void log_early(void)
{
    qb_log_init("corosync", LOG_DAEMON, LOG_INFO);
    qb_log_tags_stringify_fn_set(tag_name);
    qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_PRIORITY_BUMP, LOG_INFO - LOG_DEBUG);
    set_defaults(&logging.settings);
    apply();
}

/* ---- reading logging.* ---- */

static int bad(const char *format, const char *what)
{
    snprintf(logging.reason, sizeof(logging.reason), "%s%s", format, what);
    return -1;
}

static const char *setting(const struct icmap *map, const char *path, const char *name)
{
    char key[2 * ICMAP_KEY_MAX];

    snprintf(key, sizeof(key), "%s.%s", path, name);
    return icmap_get_string(map, key);
}

/* "on"/"off", and "yes"/"no" where allowed. */
static int read_switch(const struct icmap *map, const char *path, const char *name, bool yes_no, bool *out)
{
    const char *value = setting(map, path, name);

    if (value == NULL) {
        return 0;
    }
    if (strcmp(value, "on") == 0 || (yes_no && strcmp(value, "yes") == 0)) {
        *out = true;
    } else if (strcmp(value, "off") == 0 || (yes_no && strcmp(value, "no") == 0)) {
        *out = false;
    } else {
        return bad("unknown value for ", name);
    }
    return 0;
}

static int read_priority(const struct icmap *map, const char *path, const char *name, const char *error,
                         int *out)
{
    static const struct {
        const char *name;
        int priority;
    } names[] = {
        {"alert", LOG_ALERT}, {"crit", LOG_CRIT},     {"debug", LOG_DEBUG},
        {"emerg", LOG_EMERG}, {"err", LOG_ERR},       {"error", LOG_ERR},
        {"info", LOG_INFO},   {"notice", LOG_NOTICE}, {"warning", LOG_WARNING},
    };
    const char *value = setting(map, path, name);

    if (value == NULL) {
        return 0;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(names[i].name, value) == 0) {
            *out = names[i].priority;
            return 0;
        }
    }
    return bad(error, "");
}

static int read_debug(const struct icmap *map, const char *path, enum debug *out)
{
    const char *value = setting(map, path, "debug");

    if (value == NULL || strcmp(value, "off") == 0) {
        *out = DEBUG_OFF;
    } else if (strcmp(value, "on") == 0) {
        *out = DEBUG_ON;
    } else if (strcmp(value, "trace") == 0) {
        *out = DEBUG_TRACE;
    } else {
        return bad("unknown value for ", "debug");
    }
    return 0;
}

static int read_facility(const struct icmap *map, const char *path, int *out)
{
    const char *value = setting(map, path, "syslog_facility");

    *out = LOG_DAEMON;
    if (value == NULL) {
        return 0;
    }
    *out = qb_log_facility2int(value);
    return *out < 0 ? bad("unknown syslog facility specified", "") : 0;
}

static int file_target(const char *path, int *target)
{
    struct log_file *file;

    for (file = logging.files; file != NULL; file = file->next) {
        if (strcmp(file->path, path) == 0) {
            *target = file->target;
            return 0;
        }
    }
    *target = qb_log_file_open(path);
    if (*target < 0) {
        snprintf(logging.reason, sizeof(logging.reason), "Can't open logfile '%s' for reason: %s (%d)", path,
                 strerror(-*target), -*target);
        return -1;
    }
    file = calloc(1, sizeof(*file) + strlen(path) + 1);
    if (file == NULL) {
        return bad("no memory for a log file", "");
    }
    strcpy(file->path, path);
    file->target = *target;
    file->next = logging.files;
    logging.files = file;
    if (logging.thread) {
        qb_log_ctl(*target, QB_LOG_CONF_THREADED, QB_TRUE);
    }
    return 0;
}

/* The keys that both the top level and a logger_subsys section have. */
static int read_common(const struct icmap *map, const char *path, struct log_settings *settings,
                       struct subsys_log *log)
{
    const char *logfile = setting(map, path, "logfile");
    bool ignored = false;

    if (read_switch(map, path, "to_stderr", true, &ignored) != 0 ||
        read_switch(map, path, "to_syslog", true, &ignored) != 0 ||
        read_switch(map, path, "to_logfile", true, &log->to_logfile) != 0 ||
        read_switch(map, path, "to_file", true, &log->to_logfile) != 0 ||
        read_facility(map, path, &settings->facility) != 0 ||
        read_priority(map, path, "syslog_level", "unknown syslog level specified", &log->syslog_priority) !=
            0 ||
        read_priority(map, path, "syslog_priority", "unknown syslog priority specified",
                      &log->syslog_priority) != 0) {
        return -1;
    }
    if (logfile != NULL && file_target(logfile, &log->file) != 0) {
        return -1;
    }
    if (read_priority(map, path, "logfile_priority", "unknown logfile priority specified",
                      &log->logfile_priority) != 0) {
        return -1;
    }
    return read_debug(map, path, &log->debug);
}

static int read_timestamp(const struct icmap *map, enum timestamp *out)
{
    const char *value = icmap_get_string(map, "logging.timestamp");

    if (value == NULL || strcmp(value, "hires") == 0) {
        *out = TIMESTAMP_HIRES;
    } else if (strcmp(value, "on") == 0) {
        *out = TIMESTAMP_ON;
    } else if (strcmp(value, "off") == 0) {
        *out = TIMESTAMP_OFF;
    } else {
        return bad("unknown value for ", "timestamp");
    }
    return 0;
}

static int read_subsystems(const struct icmap *map, struct log_settings *settings)
{
    struct icmap_iter iter;
    const char *key;

    icmap_iter_init(&iter, map, "logging.logger_subsys.");
    while ((key = icmap_iter_next(&iter, NULL)) != NULL) {
        char path[ICMAP_KEY_MAX + 1];
        struct subsys_log log = settings->all;
        const char *dot = strrchr(key, '.');
        const char *name;

        if (strcmp(dot, ".subsys") != 0) {
            continue;
        }
        snprintf(path, sizeof(path), "%.*s", (int)(dot - key), key);
        if (read_common(map, path, settings, &log) != 0) {
            return -1;
        }
        name = path + strlen("logging.logger_subsys.");
        for (unsigned i = SUBSYS_MAIN; i < SUBSYS_COUNT; i++) {
            if (strcmp(subsys_names[i], name) == 0) {
                settings->subsys[i] = log;
            }
        }
    }
    return 0;
}

static void warn_obsolete(const struct icmap *map)
{
    if (icmap_get_string(map, "logging.to_file") != NULL) {
        log_msg(SUBSYS_MAIN, LOG_WARNING, "Warning: the to_file config parameter has been obsoleted. See "
                "corosync.conf man page to_logfile directive.");
    }
    if (icmap_get_string(map, "logging.syslog_level") != NULL) {
        log_msg(SUBSYS_MAIN, LOG_WARNING,
                "Warning: the syslog_level config parameter has been obsoleted. See "
                "corosync.conf man page syslog_priority directive.");
    }
}

int log_configure(const struct icmap *map, const char **reason)
{
    struct log_settings settings;
    int result;

    set_defaults(&settings);
    *reason = logging.reason;
    if (read_switch(map, "logging", "fileline", false, &settings.fileline) != 0 ||
        read_switch(map, "logging", "function_name", false, &settings.function_name) != 0 ||
        read_timestamp(map, &settings.timestamp) != 0 ||
        read_switch(map, "logging", "blackbox", false, &settings.blackbox) != 0 ||
        read_common(map, "logging", &settings, &settings.all) != 0 ||
        read_switch(map, "logging", "to_stderr", true, &settings.to_stderr) != 0 ||
        read_switch(map, "logging", "to_syslog", true, &settings.to_syslog) != 0) {
        return -1;
    }
    for (unsigned i = 0; i < SUBSYS_COUNT; i++) {
        settings.subsys[i] = settings.all;
    }
    result = read_subsystems(map, &settings);
    if (result != 0) {
        return -1;
    }
    logging.settings = settings;
    apply();
    warn_obsolete(map);
    return 0;
}

/* ---- at run time ---- */

static void on_logging_change(int event, const char *key, const struct icmap_value *new_value,
                              const struct icmap_value *old_value, void *data)
{
    const char *reason;
    uint8_t reloading = 0;

    (void)icmap_get_u8(engine.map, "config.reload_in_progress", &reloading);
    if (reloading == 0) {
        (void)log_configure(engine.map, &reason);
    }
}

int log_run(bool realtime)
{
    if (realtime) {
        (void)qb_log_thread_priority_set(SCHED_RR, sched_get_priority_max(SCHED_RR));
    }
    if (qb_log_thread_start() != 0) {
        return -1;
    }
    logging.thread = true;
    qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_THREADED, QB_TRUE);
    for (const struct log_file *file = logging.files; file != NULL; file = file->next) {
        qb_log_ctl(file->target, QB_LOG_CONF_THREADED, QB_TRUE);
    }
    (void)icmap_track_add(engine.map, "logging.", ICMAP_TRACK_ADD | ICMAP_TRACK_MODIFY | ICMAP_TRACK_DELETE |
                          ICMAP_TRACK_PREFIX, on_logging_change, NULL, NULL);
    (void)icmap_track_add(engine.map, "config.reload_in_progress", ICMAP_TRACK_ADD | ICMAP_TRACK_MODIFY,
                          on_logging_change, NULL, NULL);
    return 0;
}

void log_end(void)
{
    qb_log_fini();
    while (logging.files != NULL) {
        struct log_file *file = logging.files;

        logging.files = file->next;
        free(file);
    }
}

void engine_reopen_logs(void)
{
    for (const struct log_file *file = logging.files; file != NULL; file = file->next) {
        int result = qb_log_file_reopen(file->target, NULL);

        if (result < 0) {
            log_msg(SUBSYS_MAIN, LOG_ERR, "Can't reopen log file %s: %s", file->path, strerror(-result));
        }
    }
}

/* ---- blackbox ---- */

void log_blackbox_start(void)
{
    /* libqb puts the process id into formats once: this is called after every fork */
    set_formats(&logging.settings);
    if (logging.blackbox_on) {
        qb_log_ctl(QB_LOG_BLACKBOX, QB_LOG_CONF_ENABLED, QB_FALSE);
        logging.blackbox_on = false;
    }
    if (!logging.settings.blackbox) {
        return;
    }
    if (qb_log_ctl(QB_LOG_BLACKBOX, QB_LOG_CONF_SIZE, BLACKBOX_SIZE) < 0 ||
        qb_log_ctl(QB_LOG_BLACKBOX, QB_LOG_CONF_ENABLED, QB_TRUE) < 0) {
        log_msg(
            SUBSYS_MAIN, LOG_WARNING,
            "Unable to initialize log flight recorder. The most common cause of this "
            "error is not enough space on /dev/shm. Corosync will continue work, but blackbox will not be "
            "available");
        return;
    }
    logging.blackbox_on = true;
}

void log_blackbox_dump(void)
{
    char path[PATH_MAX], link_path[PATH_MAX], stamp[64];
    time_t now = time(NULL);
    struct tm local;

    localtime_r(&now, &local);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &local);
    snprintf(path, sizeof(path), "%s/fdata-%s-%jd", engine_state_dir(), stamp, (intmax_t)getpid());
    if (qb_log_blackbox_write_to_file(path) < 0) {
        log_msg(SUBSYS_MAIN, LOG_ERR, "Can't store blackbox file: %s (%d)", strerror(errno), errno);
        return;
    }
    snprintf(link_path, sizeof(link_path), "%s/fdata", engine_state_dir());
    unlink(link_path);
    if (symlink(path, link_path) != 0) {
        log_msg(SUBSYS_MAIN, LOG_ERR, "Can't create symlink to '%s' for corosync blackbox file '%s': %s",
                path, link_path, strerror(errno));
    }
}
