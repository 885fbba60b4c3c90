/*
 * Log lines of the core go to the driver's hook.
 */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

#define LOG_LINE    2048

void totem_log(struct totem *t, int priority, const char *format, ...)
{
    char line[LOG_LINE];
    va_list ap;

    if (t->ops->log == NULL) {
        return;
    }
    va_start(ap, format);
    vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    t->ops->log(t->ctx, priority, line);
}
