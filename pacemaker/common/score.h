/* Scores, booleans, roles, times and versions as text (scheduler input, §2.1). Pure. */
#ifndef PCMK_SCORE_H
#define PCMK_SCORE_H

#include <stdbool.h>
#include <stdint.h>

#define SCORE_INF 1000000

/* Values the words red, yellow and green stand for in a score (node-health-strategy). */
struct health_scores {
    int red, yellow, green;
};

/* Score text: missing 0, [+-]INFINITY, health words (0 without a table),
 * else an integer clipped to +-1000000. */
int score_parse(const char *text, const struct health_scores *health);
/* "INFINITY", "-INFINITY" or the number; written to out, returned. */
const char *score_text(int score, char out[16]);
/* Sum where -INFINITY wins over INFINITY wins over numbers; the result is clipped. */
int score_add(int a, int b);

/* Boolean text: returns 1 true, 0 false, -1 neither (also for NULL). */
int bool_parse(const char *text);
/* Parses as true. */
bool bool_true(const char *text);

/* Leading decimal integer; fallback when there are no digits or text is NULL. */
long long int_parse(const char *text, long long fallback);
bool int_scan(const char *text, long long *value);      /* the same without fallback: false without digits */
/* Integer not below minimum; missing or invalid: minimum; above 2^31-1: clipped. */
int int_parse_min(const char *text, int minimum);

/* Time with unit in milliseconds (none = seconds); -1 when invalid. NULL is invalid. */
int64_t msec_parse(const char *text);
/* Interval in milliseconds: as msec_parse or an ISO 8601 duration; missing or invalid 0; at most 2^32-1.
 * valid (may be NULL) tells whether the text could be read. */
uint32_t interval_parse(const char *text, bool *valid);

/* Version texts compared by numeric components, missing ones 0: <0, 0, >0. */
int version_compare(const char *a, const char *b);

enum pcmk_role {
    ROLE_UNKNOWN = 0, ROLE_STOPPED = 1, ROLE_STARTED = 2, ROLE_UNPROMOTED = 3, ROLE_PROMOTED = 4,
};
/* ROLE_UNKNOWN for anything else; legacy names accepted, any case. */
enum pcmk_role role_parse(const char *text);
const char *role_text(enum pcmk_role role);

#endif
