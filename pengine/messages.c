/* What the scheduler says while it decides, and what that makes of its input. */
#include "pacemaker/common/log.h"
#include "pengine/pe.h"

#include <stdarg.h>
#include <stdio.h>

bool pe_once(pe_sched *s, enum pe_once what)
{
    bool first = (*s->priv->said & what) == 0;

    *s->priv->said |= what;
    return first;
}

const char *pe_time_text(pe_sched *s, int64_t epoch)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct iso_time t = iso_from_epoch(epoch, s->now.offset);
    struct iso_fields f = iso_fields_of(&t);

    return pe_printf(s, "%s %2d %02d:%02d:%02d %lld", months[(f.months + 11) % 12], (int)f.monthdays,
                     (int)f.hours, (int)f.minutes, (int)f.seconds, (long long)f.years);
}

void pe_say(const pe_sched *s, enum pe_severity severity, const char *function, const char *fmt, ...)
{
    char small[256], *text = small;
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(small, sizeof(small), fmt, args);
    va_end(args);
    if (n >= (int)sizeof(small)) {
        va_start(args, fmt);
        text = g_strdup_vprintf(fmt, args);
        va_end(args);
    }
    s->hooks.message(s->hooks.arg, severity, function, text);
    if (text != small) {
        g_free(text);
    }
}

static int log_level(enum pe_severity severity)
{
    static const int levels[] = {
        [PE_CRIT] = LOG_CRIT, [PE_ERROR] = LOG_ERR, [PE_WARNING] = LOG_WARNING, [PE_NOTICE] = LOG_NOTICE,
        [PE_INFO] = LOG_INFO, [PE_TOLD] = LOG_INFO,
    };

    return levels[severity];
}

enum pe_severity pe_least_of(int level)
{
    enum pe_severity least = PE_CRIT;

    while (least < PE_INFO && log_level(least + 1) <= level) {
        least++;
    }
    return least;
}

void pe_log(enum pe_severity severity, const char *function, const char *text)
{
    const char *details = strstr(text, " | ");      /* for readers of the detail log only */
    struct log_site site = {function, function, details != NULL ? "%.*s | %s" : "%.*s%s", 0,
                            log_level(severity)};
    /* the place is in the name of the file, too: libqb tells messages of one format apart by it */
    int length = details != NULL ? (int)(details - text) : (int)strlen(text);

    log_emit(&site, length, text, details != NULL ? details + 3 : "");
}
