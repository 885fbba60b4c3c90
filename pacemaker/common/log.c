/* The log sink all pacemaker code writes through (log.h). */
#include "config.h"

#include "pacemaker/common/log.h"
#include <stddef.h>

static log_sink_fn current_sink;

log_sink_fn log_set_sink(log_sink_fn sink)
{
    log_sink_fn previous = current_sink;

    current_sink = sink;
    return previous;
}

void log_emit(const struct log_site *site, ...)
{
    if (current_sink == NULL) {
        return;
    }
    va_list args;

    va_start(args, site);
    current_sink(site, args);
    va_end(args);
}
