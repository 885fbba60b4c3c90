/* ISO 8601 dates, times and durations. */
#include "pacemaker/common/iso8601.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define YEAR_LIMIT 1000000      /* beyond it a date is not a date */

static bool leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_length(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && leap(year));
}

/* Days since 1970-01-01 of a proleptic Gregorian date. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
    int64_t era, yoe, doy;

    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    yoe = y - era * 400;
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_from_days(int64_t z, int64_t *year, int *month, int *day)
{
    int64_t era, doe, yoe, doy, mp;

    z += 719468;
    era = (z >= 0 ? z : z - 146096) / 146097;
    doe = z - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = yoe + era * 400 + (*month <= 2);
}

int64_t iso_epoch(const struct iso_time *t)
{
    return days_from_civil(t->year, t->month, t->day) * 86400 + t->second - t->offset;
}

struct iso_time iso_from_epoch(int64_t epoch, int32_t offset)
{
    struct iso_time t = {.offset = offset};
    int64_t local = epoch + offset, days = local / 86400, rest = local % 86400;

    if (rest < 0) {
        rest += 86400;
        days--;
    }
    civil_from_days(days, &t.year, &t.month, &t.day);
    t.second = (int)rest;
    return t;
}

static int year_day(const struct iso_time *t)
{
    return (int)(days_from_civil(t->year, t->month, t->day) - days_from_civil(t->year, 1, 1)) + 1;
}

/* Monday = 1 */
static int week_day(int64_t days)
{
    return (int)(((days + 3) % 7 + 7) % 7) + 1;
}

static int weeks_in_year(int64_t year)
{
    int jan1 = week_day(days_from_civil(year, 1, 1));

    return jan1 == 4 || (jan1 == 3 && leap(year)) ? 53 : 52;
}

static int moon_phase(int64_t year, int yday)
{
    int64_t golden = year % 19 + 1, epact = (11 * golden + 18) % 30;

    if ((epact == 25 && golden > 11) || epact == 24) {
        epact++;
    }
    return (int)(((((yday + epact) * 6) + 11) % 177) / 22) & 7;
}

struct iso_fields iso_fields_of(const struct iso_time *t)
{
    int64_t days = days_from_civil(t->year, t->month, t->day), week_year = t->year;
    int yday = year_day(t), wday = week_day(days), week = (yday - wday + 10) / 7;

    if (week < 1) {
        week_year--;
        week = weeks_in_year(week_year);
    } else if (week > weeks_in_year(week_year)) {
        week_year++;
        week = 1;
    }
    return (struct iso_fields){
        .years = t->year, .months = t->month, .monthdays = t->day, .hours = t->second / 3600,
        .minutes = t->second / 60 % 60, .seconds = t->second % 60, .yeardays = yday,
        .weekyears = week_year, .weeks = week, .weekdays = wday, .moon = moon_phase(t->year, yday),
    };
}

/* Date part: Y-M-D, YYYYMMDD, Y-DDD, Y-Www-D. */
static bool parse_date(const char *text, struct iso_time *out)
{
    int y = 0, m = 0, d = 0, week = 0;
    int64_t days;

    if (sscanf(text, "%d-%d-%d", &y, &m, &d) == 3 || (strspn(text, "0123456789") == 8 &&
        sscanf(text, "%4d%2d%2d", &y, &m, &d) == 3)) {
        if (m < 1 || m > 12 || y < 0 || y > YEAR_LIMIT || d < 1 || d > month_length(y, m)) {
            return false;
        }
        *out = (struct iso_time){.year = y, .month = m, .day = d};
        return true;
    }
    if (sscanf(text, "%d-W%d-%d", &y, &week, &d) == 3) {
        if (y < 0 || y > YEAR_LIMIT || week < 1 || week > weeks_in_year(y) || d < 1 || d > 7) {
            return false;
        }
        days = days_from_civil(y, 1, 4);
        days += -(week_day(days) - 1) + (week - 1) * 7 + d - 1;
        *out = (struct iso_time){0};
        civil_from_days(days, &out->year, &out->month, &out->day);
        return true;
    }
    if (sscanf(text, "%d-%d", &y, &d) == 2) {
        if (y < 0 || y > YEAR_LIMIT || d < 1 || d > 365 + leap(y)) {
            return false;
        }
        *out = (struct iso_time){0};
        civil_from_days(days_from_civil(y, 1, 1) + d - 1, &out->year, &out->month, &out->day);
        return true;
    }
    return false;
}

static bool parse_clock(const char *text, int *second)
{
    int h = 0, m = 0, s = 0;

    if (sscanf(text, "%d:%d:%d", &h, &m, &s) != 3) {
        s = 0;
        if (sscanf(text, "%d:%d", &h, &m) != 2) {
            m = 0;
            size_t digits = strspn(text, "0123456789");

            if (digits == 6 || digits == 4) {
                if (sscanf(text, "%2d%2d%2d", &h, &m, &s) < 2) {
                    return false;
                }
            } else if (sscanf(text, "%d", &h) != 1) {
                return false;
            }
        }
    }
    if (h == 24 && m == 0 && s == 0) {
        *second = 86400;
        return true;
    }
    if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59) {
        return false;
    }
    *second = h * 3600 + m * 60 + s;
    return true;
}

static bool parse_offset(const char *text, int32_t *offset)
{
    int sign = 1, second;

    text += strspn(text, " ");
    if (*text == '+' || *text == '-') {
        sign = *text == '-' ? -1 : 1;
        text++;
        text += strspn(text, " ");
    } else if (!isdigit((unsigned char)*text)) {
        *offset = 0;            /* "Z", nothing, or a zone's name: taken as UTC */
        return true;
    }
    if (!isdigit((unsigned char)*text) || !parse_clock(text, &second)) {
        return false;
    }
    *offset = sign * second;
    return true;
}

static bool parse_time(const char *text, const struct iso_now *now, struct iso_time *out)
{
    const char *blank;

    text += strspn(text, " T");
    if (!parse_clock(text, &out->second)) {
        return false;
    }
    blank = strchr(text, ' ');
    if (strchr(text, 'Z') != NULL) {
        out->offset = 0;
    } else if (blank != NULL) {
        return parse_offset(blank, &out->offset);
    } else {
        out->offset = now->offset;
    }
    return true;
}

static struct iso_time normalise(struct iso_time t)
{
    return iso_from_epoch(iso_epoch(&t), t.offset);
}

bool iso_parse(const char *text, const struct iso_now *now, struct iso_time *out)
{
    const char *rest;

    if (text == NULL || *text == '\0') {
        return false;
    }
    if (strncasecmp(text, "epoch", 5) == 0 &&
        (text[5] == '\0' || text[5] == '/' || isspace((unsigned char)text[5]))) {
        *out = iso_from_epoch(0, 0);
        return true;
    }
    if (text[0] == 'T' || (strlen(text) > 2 && text[2] == ':')) {
        *out = iso_from_epoch(now->epoch, now->offset);
        if (!parse_time(text, now, out)) {
            return false;
        }
        *out = normalise(*out);
        return true;
    }
    if (!parse_date(text, out)) {
        return false;
    }
    rest = text + strspn(text, "0123456789-W");
    if (*rest == ' ' || *rest == 'T') {
        if (!parse_time(rest, now, out)) {
            return false;
        }
    }
    *out = normalise(*out);
    return true;
}

bool iso_duration_parse(const char *text, struct iso_duration *out)
{
    bool after_t = false;

    *out = (struct iso_duration){0};
    if (text == NULL || text[0] != 'P' || text[1] == '\0') {
        return false;
    }
    text++;
    for (int parts = 0; *text != '\0' && *text != '/' && !isspace((unsigned char)*text); parts++) {
        char *end;
        long long value;

        if (*text == 'T') {
            after_t = true;
            text++;
            continue;
        }
        value = strtoll(text, &end, 10);
        if (end == text || value > INT32_MAX || value < INT32_MIN) {
            return false;
        }
        switch (*end) {
            case 'Y': out->years = value; break;
            case 'M': *(after_t ? &out->minutes : &out->months) = value; break;
            case 'W': out->weeks = value; break;
            case 'D': out->days = value; break;
            case 'H': out->hours = value; break;
            case 'S': out->seconds = value; break;
            default: return false;
        }
        text = end + 1;
    }
    return true;
}

int64_t iso_duration_seconds(const struct iso_duration *d)
{
    int64_t years = d->years > YEAR_LIMIT ? YEAR_LIMIT : d->years, days = d->weeks * 7 + d->days;

    days -= days > 0;
    days += d->months * 30 + (years > 1 ? days_from_civil(years, 1, 1) - days_from_civil(1, 1, 1) : 0);
    return days * 86400 + d->hours * 3600 + d->minutes * 60 + d->seconds;
}

struct iso_time iso_add(const struct iso_time *t, const struct iso_duration *d)
{
    struct iso_time r = *t;
    int64_t months, seconds;

    /* the day of the year stays: 14 November becomes the 13th in a leap year */
    if (d->years != 0) {
        int64_t day = days_from_civil(t->year, t->month, t->day) - days_from_civil(t->year, 1, 1);

        civil_from_days(days_from_civil(t->year + d->years, 1, 1) + day, &r.year, &r.month, &r.day);
    }
    months = r.year * 12 + (r.month - 1) + d->months;
    r.year = months / 12;
    r.month = (int)(months % 12);
    if (r.month < 0) {
        r.month += 12;
        r.year--;
    }
    r.month++;
    if (r.day > month_length(r.year, r.month)) {
        r.day = month_length(r.year, r.month);
    }
    seconds = (d->weeks * 7 + d->days) * 86400 + d->hours * 3600 + d->minutes * 60 + d->seconds;
    return iso_from_epoch(iso_epoch(&r) + seconds, r.offset);
}

static struct iso_duration negative(const struct iso_duration *d)
{
    return (struct iso_duration){
        -d->years, -d->months, -d->weeks, -d->days, -d->hours, -d->minutes, -d->seconds,
    };
}

bool iso_period_parse(const char *text, const struct iso_now *now, struct iso_time *from, struct iso_time *to)
{
    const char *slash = text != NULL ? strchr(text, '/') : NULL;
    struct iso_duration length;

    if (text == NULL) {
        return false;
    }
    if (text[0] == 'P') {
        if (!iso_duration_parse(text, &length)) {
            return false;
        }
        if (slash == NULL) {
            *from = iso_from_epoch(now->epoch, now->offset);
            *to = iso_add(from, &length);
            return true;
        }
        if (!iso_parse(slash + 1, now, to)) {
            return false;
        }
        length = negative(&length);
        *from = iso_add(to, &length);
        return true;
    }
    if (slash == NULL || !iso_parse(text, now, from)) {
        return false;
    }
    if (slash[1] != 'P') {
        return iso_parse(slash + 1, now, to);
    }
    if (!iso_duration_parse(slash + 1, &length)) {
        return false;
    }
    *to = iso_add(from, &length);
    return true;
}

const char *iso_text(const struct iso_time *t, char out[48])
{
    char zone[16] = "Z";

    if (t->offset != 0) {
        int minutes = abs(t->offset) / 60 % 1440;

        snprintf(zone, sizeof(zone), " %c%02d:%02d", t->offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
    }
    snprintf(out, 48, "%04d-%02d-%02d %02d:%02d:%02d%s", (int)t->year, t->month, t->day, t->second / 3600,
             t->second / 60 % 60, t->second % 60, zone);
    return out;
}
