/* ISO 8601 dates, times and durations as the CIB uses them (cib.md §10.5, §10.6). Pure: "now" is given. */
#ifndef PCMK_ISO8601_H
#define PCMK_ISO8601_H

#include <stdbool.h>
#include <stdint.h>

/* The moment rules are evaluated at: seconds since the epoch,
 * and the local zone's offset then (seconds east). */
struct iso_now {
    int64_t epoch;
    int32_t offset;
};

/* A calendar time in a zone offset seconds east of UTC. */
struct iso_time {
    int64_t year;
    int month, day;      /* 1..12, 1..31 */
    int second;          /* of the day, 0..86400 */
    int32_t offset;
};

struct iso_duration {
    int64_t years, months, weeks, days, hours, minutes, seconds;
};

/* All calendar fields of a time that date_spec can ask for. */
struct iso_fields {
    int64_t years, months, monthdays, hours, minutes, seconds;
    int64_t yeardays, weekyears, weeks, weekdays, moon;
};

bool iso_parse(const char *text, const struct iso_now *now, struct iso_time *out);
int64_t iso_epoch(const struct iso_time *t);
struct iso_time iso_from_epoch(int64_t epoch, int32_t offset);
struct iso_fields iso_fields_of(const struct iso_time *t);

bool iso_duration_parse(const char *text, struct iso_duration *out);
/* Length in seconds as the reference counts it: the duration is taken for a date, so the
 * first year and the first day of weeks and days count nothing (P1D = 0, P2D = one day, P1Y =
 * 0), while each month is 30 days. */
int64_t iso_duration_seconds(const struct iso_duration *d);
/* t + d, adding years, months (day clipped to the month), weeks, days, hours,
 * minutes, seconds in this order. */
struct iso_time iso_add(const struct iso_time *t, const struct iso_duration *d);

/* "START/END", "START/DURATION", "DURATION/END", or "DURATION" that begins now. */
bool iso_period_parse(const char *text, const struct iso_now *now, struct iso_time *from,
                      struct iso_time *to);

/* "YYYY-MM-DD HH:MM:SSZ" (or +HH:MM) into out. */
const char *iso_text(const struct iso_time *t, char out[48]);

#endif
