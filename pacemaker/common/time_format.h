/* Times and lengths of time as people and alert agents get them. Pure. */
#ifndef PCMK_TIME_FORMAT_H
#define PCMK_TIME_FORMAT_H

#include <stddef.h>
#include <time.h>

/* strftime() with %N, %3N, ...: that many digits (1-6, default 6) of the fraction of a second. malloc'ed; ""
 * when the result is longer than 255 bytes. */
char *time_format(const char *format, const struct tm *fields, unsigned usec);

/* A length of time as the reference writes it: "1m1s", "500ms", "60s" (§6.6 of executor.md); 0 is "0s".
 * Returns buffer; INTERVAL_TEXT_SIZE bytes are enough. */
#define INTERVAL_TEXT_SIZE 48
const char *interval_text(unsigned long long ms, char *buffer, size_t size);

#endif
