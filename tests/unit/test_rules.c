/* Scores, times, dates and rules of the CIB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pacemaker/common/iso8601.h"
#include "pacemaker/common/rules.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/xml.h"

static const struct iso_now now = {.epoch = 1700000000, .offset = 3600};     /* 2023-11-14 22:13:20Z */

static void scores_add_with_infinity(void **state)
{
    (void)state;
    assert_int_equal(score_parse("INFINITY", NULL), SCORE_INF);
    assert_int_equal(score_parse("-2000000", NULL), -SCORE_INF);
    assert_int_equal(score_parse("12x", NULL), 12);
    assert_int_equal(score_parse("x", NULL), 0);
    assert_int_equal(score_add(SCORE_INF, -SCORE_INF), -SCORE_INF);
    assert_int_equal(score_add(SCORE_INF, -5), SCORE_INF);
    assert_int_equal(score_add(999999, 999999), SCORE_INF);
    assert_int_equal(score_add(40, 2), 42);
}

static void intervals_have_units(void **state)
{
    static const struct {
        const char *text;
        uint32_t ms;
        bool valid;
    } cases[] = {
        {"10", 10000, true},
        {"10s", 10000, true},
        {"250ms", 250, true},
        {"2000us", 2, true},
        {"3 min", 180000, true},
        {"2h", 7200000, true},
        {"P30S", 30000, true},
        {"PT5M", 300000, true},
        {"P1D", 0, true},
        {"P2D", 86400000, true},
        {"-5", 0, false},
        {"5 parsecs", 0, false},
        {"", 0, false},
        {NULL, 0, true},
        {"99999999999999999999", UINT32_MAX, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool valid;

        assert_int_equal(interval_parse(cases[i].text, &valid), cases[i].ms);
        assert_int_equal(valid, cases[i].valid);
    }
}

static void dates_in_all_forms(void **state)
{
    static const struct {
        const char *text;
        int64_t epoch;
    } cases[] = {
        {"2023-11-14 22:13:20Z", 1700000000},
        {"20231114T221320Z", 1700000000},
        {"2023-318T22:13:20Z", 1700000000},
        {"2023-W46-2 22:13:20Z", 1700000000},
        {"2023-11-14", 1699920000},
        {"epoch", 0},
        {"2023-11-14 23:13:20", 1700000000}, /* local time: one hour ahead */
        {"2023-11-14 23:13:20 +01:00", 1700000000},
        {"2024-02-29 00:00:00Z", 1709164800},
        {"2023-12-31 24:00:00Z", 1704067200},
    };
    struct iso_time t;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(iso_parse(cases[i].text, &now, &t));
        assert_int_equal(iso_epoch(&t), cases[i].epoch);
    }
    assert_false(iso_parse("2023-02-29", &now, &t));
    assert_false(iso_parse("2023-13-01", &now, &t));
    assert_false(iso_parse("yesterday", &now, &t));
    assert_false(iso_parse("2023-11-14 25:00", &now, &t));
}

static void calendar_fields(void **state)
{
    struct iso_time t = iso_from_epoch(1700000000, 0);
    struct iso_fields f = iso_fields_of(&t);

    (void)state;
    assert_int_equal(f.years, 2023);
    assert_int_equal(f.yeardays, 318);
    assert_int_equal(f.weeks, 46);
    assert_int_equal(f.weekdays, 2);
    t = iso_from_epoch(1609459200, 0);                  /* 2021-01-01 is in week 53 of 2020 */
    f = iso_fields_of(&t);
    assert_int_equal(f.weekyears, 2020);
    assert_int_equal(f.weeks, 53);
}

#define RULE(expression) "<rule id='r'>" expression "</rule>"

static bool passes(const char *text, struct rule_context *ctx)
{
    xmlNode *xml = xml_parse_strict(text, strlen(text), NULL);
    bool result;

    assert_non_null(xml);
    result = rule_passes(xml, ctx);
    xml_free(xml);
    return result;
}

static const char *attribute(void *arg, const char *name)
{
    (void)arg;
    return strcmp(name, "cpu") == 0 ? "12" : strcmp(name, "ver") == 0 ? "1.10" : NULL;
}

static void expressions(void **state)
{
    struct rule_context ctx = {.now = now, .node_attribute = attribute};

    (void)state;
    assert_true(passes(RULE("<expression id='e' attribute='cpu' operation='gt' value='9'/>"), &ctx));
    assert_false(passes(RULE("<expression id='e' attribute='cpu' operation='gt' value='9' type='string'/>"),
                        &ctx));
    assert_true(passes(RULE("<expression id='e' attribute='ver' operation='gt' value='1.9' type='version'/>"),
                       &ctx));
    assert_false(passes(RULE("<expression id='e' attribute='ver' operation='gt' value='1.9'/>"), &ctx));
    assert_true(passes(RULE("<expression id='e' attribute='x' operation='not_defined'/>"), &ctx));
    assert_false(passes(RULE("<expression id='e' attribute='x' operation='lt' value='1'/>"), &ctx));
    assert_true(passes("<rule id='r' boolean-op='or'>"
                       "<expression id='e' attribute='x' operation='eq' value='1'/>"
                       "<expression id='f' attribute='cpu' operation='eq' value='12'/></rule>", &ctx));
    assert_false(passes("<rule id='r' boolean-op='or'/>", &ctx));
    assert_true(passes("<rule id='r'/>", &ctx));
    ctx.node_attribute = NULL;
    assert_false(passes(RULE("<expression id='e' attribute='x' operation='not_defined'/>"), &ctx));
}

static void dates_tell_when_they_change(void **state)
{
    struct rule_context ctx = {.now = now};

    (void)state;
    assert_false(passes(RULE("<date_expression id='d' operation='gt' start='2023-11-15'/>"), &ctx));
    assert_int_equal(ctx.next_change, 1700006401);
    ctx.next_change = 0;
    assert_true(passes(RULE("<date_expression id='d' operation='in_range' start='2023-11-14'>"
                            "<duration id='u' days='1'/></date_expression>"), &ctx));
    assert_int_equal(ctx.next_change, 1700006401);
    assert_true(passes(RULE("<date_expression id='d' operation='date_spec'>"
                            "<date_spec id='s' hours='20-23' weekdays='1-5'/></date_expression>"), &ctx));
    assert_false(passes(RULE("<date_expression id='d' operation='date_spec'>"
                             "<date_spec id='s' months='-10'/></date_expression>"), &ctx));
}

static void a_rule_referring_to_itself_fails(void **state)
{
    struct rule_context ctx = {.now = now};

    (void)state;
    assert_false(passes("<rule id='r' id-ref='r'/>", &ctx));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_add_with_infinity),
        cmocka_unit_test(intervals_have_units),
        cmocka_unit_test(dates_in_all_forms),
        cmocka_unit_test(calendar_fields),
        cmocka_unit_test(expressions),
        cmocka_unit_test(dates_tell_when_they_change),
        cmocka_unit_test(a_rule_referring_to_itself_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
