/* What tools print, in each format (agents-and-tools.md B3), and how they read options (B1). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "pacemaker/common/output.h"
#include "pacemaker/common/time_format.h"
#include "pacemaker/common/tool.h"
#include "pacemaker/common/xml.h"

static char *words[] = {"tool", "--output-as=xml", "it's a test", NULL};

/* An output whose text goes to memory. */
static output_t *output_to(const char *format, char **text, size_t *size)
{
    int rc = 0;
    output_t *out = output_new(format, "text,xml,html", NULL, words, &rc);

    assert_non_null(out);
    out->dest = open_memstream(text, size);
    return out;
}

static void expect(output_t *out, crm_exit_t status, char **text, const char *expected)
{
    output_finish(out, status, true);
    output_free(out);       /* closes the stream */
    assert_string_equal(*text, expected);
    free(*text);
}

static void describe(output_t *out)
{
    out_info(out, "hello %d", 5);
    out_list_begin(out, "thing", "things", "Active Resources");
    out_list_item(out, NULL, "a < b");
    out_list_begin(out, NULL, NULL, "Inner %s", "List");
    out_list_item(out, "name", "text");
    out_list_end(out);
    out_list_increment(out);
    out_list_end(out);
    out_xml(out, "node", "id", "1", "absent", NULL, "name", "é\t\"'", NULL);
}

static void test_text(void **state)
{
    char *text = NULL;
    size_t size = 0;
    output_t *out = output_to("text", &text, &size);

    describe(out);
    out_spacer(out);
    out_subprocess(out, 1, "out", "");
    expect(out, CRM_EX_OK, &text, "hello 5\na < b\ntext\n2 things found\n\nout\n");
}

static void test_fancy_text(void **state)
{
    char *text = NULL;
    size_t size = 0;
    output_t *out = output_to(NULL, &text, &size);

    out->fancy = true;
    describe(out);
    expect(out, CRM_EX_OK, &text, "hello 5\nActive Resources:\n  * a < b\n  * Inner List:\n    * name: text\n"
                                  "2 things found\n");
}

static void test_xml(void **state)
{
    char *text = NULL;
    size_t size = 0;
    output_t *out = output_to("xml", &text, &size);

    describe(out);
    out_err(out, "bad & worse");
    expect(out, CRM_EX_NOSUCH, &text,
           "<pacemaker-result api-version=\"2.25\" request=\"tool --output-as=xml 'it\\'s a test'\">\n"
           "  <list name=\"active resources\" count=\"2\">\n    <item>a &lt; b</item>\n"
           "    <list name=\"inner list\" count=\"1\">\n      <item name=\"name\">text</item>\n    </list>\n "
           " </list>\n"
           "  <node id=\"1\" name=\"&#xE9;&#9;&quot;'\"/>\n"
           "  <status code=\"105\" message=\"No such object\">\n    <errors>\n      <error>bad &amp; "
           "worse</error>\n"
           "    </errors>\n  </status>\n</pacemaker-result>\n");
}

static void test_simple_xml_lists(void **state)
{
    char *text = NULL;
    size_t size = 0;
    output_t *out = output_to("xml", &text, &size);

    out->simple_lists = true;
    out->legacy_xml = true;
    out_list_begin(out, NULL, NULL, "Full List of Resources");
    out_list_end(out);
    out_list_begin(out, NULL, NULL, "Nodes");
    out_xml_push(out, "node", "name", "n1", NULL);
    out_xml_block(out, "metadata", "<x>");
    /* what is open at the end is closed */
    expect(out, CRM_EX_OK, &text,
           "<crm_mon version=\"2.1.5\">\n  <resources/>\n  <nodes>\n    <node name=\"n1\">\n"
           "      <metadata><![CDATA[<x>]]></metadata>\n    </node>\n  </nodes>\n</crm_mon>\n");
}

static void test_html(void **state)
{
    char *text = NULL;
    size_t size = 0;
    output_t *out = output_to("html", &text, &size);

    out->html_title = "T";
    describe(out);
    output_finish(out, CRM_EX_OK, true);
    output_free(out);
    assert_ptr_equal(strstr(text, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<title>T</title>"), text);
    assert_non_null(
        strstr(text, "<h2>Active Resources</h2>\n<ul>\n<li>a &lt; b</li>\n<li>\n<h3>Inner List</h3>"));
    free(text);
}

static void test_quiet_and_reset(void **state)
{
    char *text = NULL;
    size_t size = 0;
    output_t *out = output_to("text", &text, &size);

    out->quiet = true;
    assert_false(out_info(out, "not shown"));
    output_finish(out, CRM_EX_OK, true);
    output_reset(out);
    out->quiet = false;
    assert_true(out_info(out, "shown"));
    expect(out, CRM_EX_OK, &text, "shown\n");
    out = output_to("none", &text, &size);
    describe(out);
    expect(out, CRM_EX_OK, &text, "");
}

static void test_unknown_format(void **state)
{
    int rc = 0;

    assert_null(output_new("pdf", "text", NULL, words, &rc));
    assert_int_equal(rc, PCMK_RC_UNKNOWN_FORMAT);
    assert_null(output_new("html", "text,xml", NULL, words, &rc));
    assert_int_equal(rc, PCMK_RC_UNKNOWN_FORMAT);
    assert_null(output_new("text", "text", "/nonexistent/file", words, &rc));
    assert_int_equal(rc, -ENOENT);
}

struct parsed {
    struct tool_args args;
    gboolean flag;
    char *value;
    char **rest;
    crm_exit_t rc;
};

static struct parsed parse(char **argv)
{
    static struct parsed p;
    int argc = 0;

    p = (struct parsed){.args = {.is_daemon = true}};    /* no logging */

    const GOptionEntry entries[] = {
        {"flag", 'f', 0, G_OPTION_ARG_NONE, &p.flag, NULL, NULL},
        {"value", 'n', 0, G_OPTION_ARG_STRING, &p.value, NULL, NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    GOptionContext *context = tool_context(&p.args, "text,xml", NULL, "test", 'q');

    tool_add_group(context, "main", NULL, NULL, entries);
    while (argv[argc] != NULL) {
        argc++;
    }
    p.rc = tool_parse(context, &p.args, argc, argv, "n", &p.rest);
    g_option_context_free(context);
    return p;
}

static void release(struct parsed *p)
{
    g_free(p->value);
    g_strfreev(p->rest);
    tool_args_clear(&p->args);
}

static void test_options(void **state)
{
    struct parsed p = parse((char *[]){"tool", "-fVVnabc", "rest", "-q", NULL});

    assert_int_equal(p.rc, CRM_EX_OK);
    assert_true(p.flag);
    assert_true(p.args.quiet);
    assert_int_equal(p.args.verbosity, 2);
    assert_string_equal(p.value, "abc");
    assert_string_equal(p.rest[0], "rest");
    assert_null(p.rest[1]);
    release(&p);

    p = parse((char *[]){"tool", "-n", "-5", "--", "-f", NULL});
    assert_int_equal(p.rc, CRM_EX_OK);
    assert_string_equal(p.value, "-5");
    assert_false(p.flag);
    assert_string_equal(p.rest[0], "-f");
    release(&p);

    p = parse((char *[]){"tool", "-Z", NULL});
    assert_int_equal(p.rc, CRM_EX_USAGE);
    release(&p);
}

static void test_time_format(void **state)
{
    struct tm fields = {.tm_hour = 7, .tm_min = 8, .tm_sec = 9, .tm_year = 126, .tm_mday = 2};
    static const struct {
        const char *format, *text;
    } cases[] = {
        {"%H:%M:%S.%06N", "07:08:09.012345"}, {"%Y %3N", "2026 012"}, {"%%N%N", "%N012345"},
        {"%9N", "012345"},                    {"", ""},               {"%", "%"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = time_format(cases[i].format, &fields, 12345);

        assert_string_equal(text, cases[i].text);
        free(text);
    }
    char longest[600];

    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    free(time_format(longest, &fields, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),            cmocka_unit_test(test_fancy_text),
        cmocka_unit_test(test_xml),             cmocka_unit_test(test_simple_xml_lists),
        cmocka_unit_test(test_html),            cmocka_unit_test(test_quiet_and_reset),
        cmocka_unit_test(test_unknown_format),  cmocka_unit_test(test_options),
        cmocka_unit_test(test_time_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
