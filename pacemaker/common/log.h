/* Logging for all pacemaker code, pure cores included.
 *
 * Code logs with the macros; they call one sink that the program installs (log_init() in
 * daemon_log.h installs libqb logging; unit tests install a collector; without a sink nothing is
 * written). Text after " | " goes to files and stderr only, never to syslog (messaging.md §7.1). */
#ifndef PCMK_LOG_H
#define PCMK_LOG_H

#include <stdarg.h>
#include <syslog.h>

#define LOG_TRACE (LOG_DEBUG + 1)   /* below debug; pacemaker's "trace" */

/* One call site. The format is a literal, so a sink may cache by its address. */
struct log_site {
    const char *function;
    const char *file;
    const char *format;
    unsigned line;
    int level;                      /* LOG_ERR .. LOG_DEBUG, LOG_TRACE */
};

typedef void (*log_sink_fn)(const struct log_site *site, va_list args);

/* Install the sink, return the previous one. NULL = discard. */
log_sink_fn log_set_sink(log_sink_fn sink);

void log_emit(const struct log_site *site, ...);

/* Under the name of a function that readers of logs know the message by. */
#define log_as(function_, level_, fmt, ...)                                                        \
    do {                                                                                           \
        static const struct log_site log_site_ = {function_, __FILE__, fmt, __LINE__, level_};     \
        if (0) {                                                                                   \
            log_check_format(fmt, ##__VA_ARGS__);                                                  \
        }                                                                                          \
        log_emit(&log_site_, ##__VA_ARGS__);                                                       \
    } while (0)

static inline void __attribute__((format(printf, 1, 2), unused)) log_check_format(const char *fmt, ...)
{
    (void)fmt;
}

#define log_at(level, fmt, ...) log_as(__func__, level, fmt, ##__VA_ARGS__)
#define log_crit(fmt, ...)   log_at(LOG_CRIT, fmt, ##__VA_ARGS__)
#define log_err(fmt, ...)    log_at(LOG_ERR, fmt, ##__VA_ARGS__)
#define log_warn(fmt, ...)   log_at(LOG_WARNING, fmt, ##__VA_ARGS__)
#define log_notice(fmt, ...) log_at(LOG_NOTICE, fmt, ##__VA_ARGS__)
#define log_info(fmt, ...)   log_at(LOG_INFO, fmt, ##__VA_ARGS__)
#define log_debug(fmt, ...)  log_at(LOG_DEBUG, fmt, ##__VA_ARGS__)
#define log_trace(fmt, ...)  log_at(LOG_TRACE, fmt, ##__VA_ARGS__)

#endif
