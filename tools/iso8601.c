/* iso8601: shows and computes with dates, durations and intervals as the CIB writes
 * them (agents-and-tools.md B20). */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pacemaker/common/daemon.h"
#include "pacemaker/common/iso8601.h"
#include "pacemaker/common/tool.h"

#define VALUE_LETTERS "dpDE"
#define SECONDS_BEFORE_EPOCH INT64_C(62135596800)   /* from the start of year 1 */
#define TEXT_SIZE 48

static struct {
    struct tool_args args;
    gboolean seconds, epoch, local, ordinal, week;
    char *date, *period, *duration, *expected;
} opt;

static gboolean take_now(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    (void)option;
    (void)value;
    (void)data;
    (void)error;
    g_free(opt.date);
    opt.date = g_strdup("now");
    return TRUE;
}

static const GOptionEntry commands[] = {
    {"now", 'n', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_now,
     "Display the current date/time", NULL},
    {"date", 'd', 0, G_OPTION_ARG_STRING, &opt.date,
     "Parse an ISO 8601 date/time (for example, '2019-09-24 00:30:00 +01:00' or '2019-040')", "DATE"},
    {"period", 'p', 0, G_OPTION_ARG_STRING, &opt.period,
     "Parse an ISO 8601 period (interval) with start time (for example, '2005-040/2005-043')", "PERIOD"},
    {"duration", 'D', 0, G_OPTION_ARG_STRING, &opt.duration,
     "Parse an ISO 8601 duration (for example, 'P1M')", "DURATION"},
    {"expected", 'E', 0, G_OPTION_ARG_STRING, &opt.expected,
     "Exit with error status if the result does not match this text. Requires: -n or -d", "TEXT"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry modifiers[] = {
    {"seconds", 's', 0, G_OPTION_ARG_NONE, &opt.seconds,
     "Show result as seconds since 0000-001 00:00:00Z", NULL},
    {"epoch", 'S', 0, G_OPTION_ARG_NONE, &opt.epoch,
     "Show result as seconds since the epoch (1970-001 00:00:00Z)", NULL},
    {"local", 'L', 0, G_OPTION_ARG_NONE, &opt.local, "Show result as a 'local' date/time", NULL},
    {"ordinal", 'O', 0, G_OPTION_ARG_NONE, &opt.ordinal, "Show result as an 'ordinal' date/time", NULL},
    {"week", 'W', 0, G_OPTION_ARG_NONE, &opt.week, "Show result as a 'calendar week' date/time", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static struct iso_now current_time(void)
{
    time_t now = time(NULL);
    struct tm fields;

    localtime_r(&now, &fields);
    return (struct iso_now){.epoch = now, .offset = (int32_t)fields.tm_gmtoff};
}

/* The date part in the form asked for, the clock as always. */
static const char *date_text(const struct iso_time *t, char out[TEXT_SIZE])
{
    struct iso_time shown = opt.local ? *t : iso_from_epoch(iso_epoch(t), 0);
    struct iso_fields f = iso_fields_of(&shown);
    char usual[TEXT_SIZE];

    if (opt.seconds) {
        snprintf(out, TEXT_SIZE, "%" PRId64, iso_epoch(t) + SECONDS_BEFORE_EPOCH);
    } else if (opt.epoch) {
        snprintf(out, TEXT_SIZE, "%" PRId64, iso_epoch(t));
    } else if (opt.week) {
        snprintf(out, TEXT_SIZE, "%04" PRId64 "-W%02" PRId64 "-%" PRId64 "%s", f.weekyears, f.weeks,
                 f.weekdays, strchr(iso_text(&shown, usual), ' '));
    } else if (opt.ordinal) {
        snprintf(out, TEXT_SIZE, "%04" PRId64 "-%03" PRId64 "%s", f.years, f.yeardays,
                 strchr(iso_text(&shown, usual), ' '));
    } else {
        iso_text(&shown, out);
    }
    return out;
}

static void add_count(GString *text, int width, int64_t count, const char *noun)
{
    if (count != 0) {
        g_string_append_printf(text, "%*" PRId64 " %s%s ", width, count, noun, count == 1 ? "" : "s");
    }
}

/* "  1 year  2 months 25 days 18367 seconds (5 hours 6 minutes 7 seconds)" */
static char *duration_text(const struct iso_duration *d)
{
    int64_t seconds = d->hours * 3600 + d->minutes * 60 + d->seconds, rest = imaxabs(seconds);
    GString *text = g_string_new(NULL);
    const char *gap = "";

    add_count(text, 4, d->years, "year");
    add_count(text, 2, d->months, "month");
    add_count(text, 2, d->weeks * 7 + d->days, "day");
    if (seconds != 0 || text->len == 0) {
        g_string_append_printf(text, "%" PRId64 " second%s", seconds, seconds == 1 ? "" : "s");
    }
    if (rest < 60) {
        return g_string_free(text, FALSE);
    }
    g_string_append(text, " (");
    for (int unit = 3600; unit > 0; unit /= 60) {
        int64_t count = rest / unit;

        rest %= unit;
        if (count != 0) {
            const char *name = unit == 3600 ? "hour" : unit == 60 ? "minute" : "second";

            g_string_append_printf(text, "%s%" PRId64 " %s%s", gap, count, name, count == 1 ? "" : "s");
            gap = " ";
        }
    }
    g_string_append_c(text, ')');
    return g_string_free(text, FALSE);
}

static crm_exit_t invalid(output_t *out, const char *what, const char *text)
{
    out_tool_err(out, "Invalid %s specified: %s", what, text);
    return CRM_EX_INVALID_PARAM;
}

/* start: the date given with -d, or now. */
static crm_exit_t show_date(output_t *out, const struct iso_now *now, struct iso_time *start)
{
    char text[TEXT_SIZE];

    *start = iso_from_epoch(now->epoch, now->offset);
    if (opt.date == NULL) {
        return CRM_EX_OK;
    }
    if (strcmp(opt.date, "now") == 0) {
        out_info(out, "Current date/time: %s", date_text(start, text));
    } else if (iso_parse(opt.date, now, start)) {
        out_info(out, "Date: %s", date_text(start, text));
    } else {
        return invalid(out, "date/time", opt.date);
    }
    return opt.expected == NULL || strcmp(text, opt.expected) == 0 ? CRM_EX_OK : CRM_EX_ERROR;
}

static void show_period(output_t *out, const struct iso_time *from, const struct iso_time *to)
{
    char begin[TEXT_SIZE], end[TEXT_SIZE];

    out_info(out, "Period: %s to %s", date_text(from, begin), date_text(to, end));
}

static crm_exit_t run(output_t *out)
{
    struct iso_now now = current_time();
    struct iso_time start, from, to;
    struct iso_duration length;
    char text[TEXT_SIZE];
    crm_exit_t status = show_date(out, &now, &start);

    if (status == CRM_EX_INVALID_PARAM) {
        return status;
    }
    if (opt.duration != NULL) {
        char *words;

        if (!iso_duration_parse(opt.duration, &length)) {
            return invalid(out, "duration", opt.duration);
        }
        words = duration_text(&length);
        out_info(out, "Duration: %s", words);
        g_free(words);
    }
    if (opt.period != NULL) {
        if (!iso_period_parse(opt.period, &now, &from, &to)) {
            return invalid(out, "interval", opt.period);
        }
        show_period(out, &from, &to);
    }
    if (opt.date != NULL && opt.duration != NULL) {
        to = iso_add(&start, &length);
        out_info(out, "Duration ends at: %s", date_text(&to, text));
    }
    return status;
}

int main(int argc, char **argv)
{
    GOptionContext *context = tool_context(&opt.args, NULL, NULL,
                                           "Display and parse ISO 8601 dates and times", 0);
    crm_exit_t status;

    g_option_context_set_description(context,
                                     "The notation is explained in https://en.wikipedia.org/wiki/ISO_8601\n");
    tool_add_group(context, "commands", "Commands:", "Show command options", commands);
    tool_add_group(context, "modifiers", "Output modifiers:", "Show output modifiers", modifiers);
    status = tool_parse(context, &opt.args, argc, argv, VALUE_LETTERS, NULL);
    g_option_context_free(context);
    if (status != CRM_EX_OK) {
        return status;
    }
    status = tool_run(&opt.args, "text", run);
    tool_args_clear(&opt.args);
    daemon_exit(status);
}
