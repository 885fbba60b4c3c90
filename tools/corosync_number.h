/*
 * Numbers on the command lines of the corosync tools: decimal, the whole argument, in a range.
 */
#ifndef TOOLS_COROSYNC_NUMBER_H
#define TOOLS_COROSYNC_NUMBER_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static inline bool number_parse(const char *text, long long min, long long max, long long *number)
{
    char *end;

    errno = 0;
    *number = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *number >= min && *number <= max;
}

#endif
