/* Times as alert agents get them. Pure. */
#ifndef PCMK_TIME_FORMAT_H
#define PCMK_TIME_FORMAT_H

#include <time.h>

/* strftime() with %N, %3N, ...: that many digits (1-6, default 6) of the fraction of a second. malloc'ed; ""
 * when the result is longer than 255 bytes. */
char *time_format(const char *format, const struct tm *fields, unsigned usec);

#endif
