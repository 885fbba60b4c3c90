/* Times as alert agents get them (time_format.h). */
#include "config.h"

#include "pacemaker/common/time_format.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESULT_MAX 256

/* Digits of a "%N" at p (behind the percent sign); 0 when it is another conversion. *length: bytes it takes.
 */
static int fraction_digits(const char *p, size_t *length)
{
    size_t n = strspn(p, "0123456789");

    if (p[n] != 'N') {
        return 0;
    }
    long digits = n > 0 ? strtol(p, NULL, 10) : 6;

    *length = n + 1;
    return digits >= 1 && digits <= 6 ? (int)digits : 6;
}

char *time_format(const char *format, const struct tm *fields, unsigned usec)
{
    char expanded[RESULT_MAX] = "", result[RESULT_MAX], fraction[16];
    size_t used = 0;

    snprintf(fraction, sizeof(fraction), "%06u", usec % 1000000);
    while (*format != '\0' && used + 8 < sizeof(expanded)) {
        size_t length = 0;
        int digits = *format == '%' ? fraction_digits(format + 1, &length) : 0;

        if (digits > 0) {
            memcpy(expanded + used, fraction, (size_t)digits);
            used += (size_t)digits;
            format += length + 1;
        } else if (*format == '%' && format[1] != '\0') {
            expanded[used++] = *format++;
            expanded[used++] = *format++;
        } else {
            expanded[used++] = *format++;
        }
    }
    expanded[used] = '\0';
    /* the format is the administrator's: strftime() knows no dangerous conversion */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (strftime(result, sizeof(result), expanded, fields) == 0) {
        result[0] = '\0';
    }
#pragma GCC diagnostic pop
    return strdup(result);
}

const char *interval_text(unsigned long long ms, char *buffer, size_t size)
{
    static const struct {
        unsigned long long ms;
        char letter;
    } units[] = {{86400000, 'd'}, {3600000, 'h'}, {60000, 'm'}};
    size_t used = 0;

    buffer[0] = '\0';
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (ms > units[i].ms) {       /* strictly: 60000 is "60s" */
            used += (size_t)snprintf(buffer + used, size - used, "%llu%c", ms / units[i].ms, units[i].letter);
            ms %= units[i].ms;
        }
    }
    if (ms > 1000 && ms % 1000 == 0) {
        snprintf(buffer + used, size - used, "%llus", ms / 1000);
    } else if (ms > 1000) {
        snprintf(buffer + used, size - used, "%llu.%03llus", ms / 1000, ms % 1000);
    } else if (ms > 0) {
        snprintf(buffer + used, size - used, "%llums", ms);
    } else if (used == 0) {
        snprintf(buffer, size, "0s");
    }
    return buffer;
}
