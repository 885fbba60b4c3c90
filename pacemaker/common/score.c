/* Scores, booleans, roles, times and versions as text. */
#include "pacemaker/common/log.h"
#include "pacemaker/common/score.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pacemaker/common/iso8601.h"

static int clip(long long value)
{
    if (value >= SCORE_INF) {
        return SCORE_INF;
    }
    return value <= -SCORE_INF ? -SCORE_INF : (int)value;
}

int score_parse(const char *text, const struct health_scores *health)
{
    if (text == NULL) {
        return 0;
    }
    if (strcasecmp(text, "-INFINITY") == 0) {
        return -SCORE_INF;
    }
    if (strcasecmp(text, "INFINITY") == 0 || strcasecmp(text, "+INFINITY") == 0) {
        return SCORE_INF;
    }
    if (health != NULL) {
        if (strcasecmp(text, "red") == 0) {
            return health->red;
        }
        if (strcasecmp(text, "yellow") == 0) {
            return health->yellow;
        }
        if (strcasecmp(text, "green") == 0) {
            return health->green;
        }
    }
    return clip(int_parse(text, 0));
}

const char *score_text(int score, char out[16])
{
    if (score >= SCORE_INF) {
        return strcpy(out, "INFINITY");
    }
    if (score <= -SCORE_INF) {
        return strcpy(out, "-INFINITY");
    }
    snprintf(out, 16, "%d", score);
    return out;
}

int score_add(int a, int b)
{
    if (a <= -SCORE_INF || b <= -SCORE_INF) {
        return -SCORE_INF;
    }
    if (a >= SCORE_INF || b >= SCORE_INF) {
        return SCORE_INF;
    }
    return clip((long long)a + b);
}

int bool_parse(const char *text)
{
    static const char *const yes[] = {"true", "on", "yes", "y", "1"};
    static const char *const no[] = {"false", "off", "no", "n", "0"};

    if (text == NULL) {
        return -1;
    }
    for (size_t i = 0; i < 5; i++) {
        if (strcasecmp(text, yes[i]) == 0) {
            return 1;
        }
        if (strcasecmp(text, no[i]) == 0) {
            return 0;
        }
    }
    return -1;
}

bool bool_true(const char *text)
{
    return bool_parse(text) == 1;
}

bool int_scan(const char *text, long long *value)
{
    char *end = NULL;
    int digits = 0;

    *value = 0;
    while (digits < 18 && text[digits] >= '0' && text[digits] <= '9') {     /* most are no more than that */
        *value = *value * 10 + (text[digits++] - '0');
    }
    if (digits > 0 && digits < 18 && text[digits] == '\0') {
        return true;
    }
    *value = strtoll(text, &end, 10);
    if (end != text && *end != '\0') {
        log_as("scan_ll", LOG_WARNING, "Characters left over after parsing '%s': '%s'", text, end);
    }
    return end != text;
}

long long int_parse(const char *text, long long fallback)
{
    long long value;

    return text != NULL && int_scan(text, &value) ? value : fallback;
}

int int_parse_min(const char *text, int minimum)
{
    long long value = int_parse(text, minimum);

    if (value < minimum) {
        return minimum;
    }
    return value > INT_MAX ? INT_MAX : (int)value;
}

static bool starts_with(const char *text, const char *word)
{
    return strncasecmp(text, word, strlen(word)) == 0;
}

int64_t msec_parse(const char *text)
{
    long long value, multiplier = 1000, divisor = 1;
    char *end = NULL;

    if (text == NULL) {
        return -1;
    }
    text += strspn(text, " \t\r\n");
    value = strtoll(text, &end, 10);
    if (end == text) {
        return -1;
    }
    end += strspn(end, "0123456789+-.");
    end += strspn(end, " \t\r\n");
    if (starts_with(end, "ms")) {
        multiplier = 1;
    } else if (starts_with(end, "us")) {
        multiplier = 1;
        divisor = 1000;
    } else if (starts_with(end, "s")) {
        multiplier = 1000;
    } else if (starts_with(end, "m")) {
        multiplier = 60000;
    } else if (starts_with(end, "h")) {
        multiplier = 3600000;
    } else if (*end != '\0') {
        return -1;
    }
    if (value > LLONG_MAX / multiplier) {
        return LLONG_MAX;
    }
    return value < LLONG_MIN / multiplier ? -1 : value * multiplier / divisor;
}

uint32_t interval_parse(const char *text, bool *valid)
{
    int64_t value = 0;

    if (valid != NULL) {
        *valid = true;
    }
    if (text == NULL) {
        return 0;
    }
    if (text[0] == 'P') {
        struct iso_duration d;

        value = iso_duration_parse(text, &d) ? iso_duration_seconds(&d) : -1;
        value = value < 0 ? -1 : value * 1000;
    } else {
        value = msec_parse(text);
    }
    if (value < 0) {
        if (valid != NULL) {
            *valid = false;
        }
        return 0;
    }
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

int version_compare(const char *a, const char *b)
{
    if (a == NULL || b == NULL) {
        return (a != NULL) - (b != NULL);
    }
    while (*a != '\0' || *b != '\0') {
        char *end_a, *end_b;
        long long x = strtoll(a, &end_a, 10), y = strtoll(b, &end_b, 10);

        if (x != y) {
            return x < y ? -1 : 1;
        }
        a = end_a + strcspn(end_a, ".");
        b = end_b + strcspn(end_b, ".");
        a += *a == '.';
        b += *b == '.';
    }
    return 0;
}

enum pcmk_role role_parse(const char *text)
{
    static const struct {
        const char *name;
        enum pcmk_role role;
    } names[] = {
        {"Stopped", ROLE_STOPPED}, {"Started", ROLE_STARTED}, {"Unpromoted", ROLE_UNPROMOTED},
        {"Slave", ROLE_UNPROMOTED}, {"Promoted", ROLE_PROMOTED}, {"Master", ROLE_PROMOTED},
    };

    for (size_t i = 0; text != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(text, names[i].name) == 0) {
            return names[i].role;
        }
    }
    return ROLE_UNKNOWN;
}

const char *role_text(enum pcmk_role role)
{
    static const char *const names[] = {"Unknown", "Stopped", "Started", "Unpromoted", "Promoted"};

    return role > ROLE_PROMOTED ? names[0] : names[role];
}
