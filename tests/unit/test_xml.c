/* XML trees, their text forms and digests (cib.md §5, messaging.md §1.8). The digests were taken from
 * Debian's cibadmin. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "pacemaker/common/xml.h"

static xmlNode *parsed(const char *text)
{
    char *error = NULL;
    xmlNode *node = xml_parse(text, &error);

    assert_non_null(node);
    assert_null(error);
    xml_strip_text(node);
    return node;
}

static void expect_text(char *text, const char *expected)
{
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void expect_digests(const char *text, const char *v1, const char *v2)
{
    XML_AUTO xmlNode *node = parsed(text);

    expect_text(xml_digest_v1(node, false, false), v1);
    expect_text(xml_digest_v2(node, true), v2);
}

static void test_digests(void **state)
{
    expect_digests(
        "<cib crm_feature_set=\"3.16.1\" validate-with=\"pacemaker-3.9\" epoch=\"1\" num_updates=\"0\" "
        "admin_epoch=\"0\"><configuration><crm_config/><nodes/><resources/><constraints/></configuration>"
        "<status/></cib>",
        "a072cbbb8cf0bc0a4c9214043d46f53d", "2322e0c31d4a16bd152401aef7db04d8");
    expect_digests(
        "<cib crm_feature_set=\"3.16.1\" validate-with=\"pacemaker-3.9\" epoch=\"5\" num_updates=\"3\" "
        "admin_epoch=\"0\" cib-last-written=\"Mon Jan  1 00:00:00 2024\" update-origin=\"n1\" "
        "update-client=\"cibadmin\" update-user=\"root\" have-quorum=\"1\" dc-uuid=\"1\"/>",
        "e66081f50e1ba1f0984c04f0efa6a106", "0acfc6fe2de108b790c058876e8da280");
    expect_digests(
        "<cib crm_feature_set=\"3.16.1\" validate-with=\"pacemaker-3.9\" epoch=\"5\" num_updates=\"3\" "
        "admin_epoch=\"0\" cib-last-written=\"Mon Jan  1 00:00:00 2024\" update-origin=\"n1\" "
        "update-client=\"cibadmin\" update-user=\"root\" have-quorum=\"1\" dc-uuid=\"1\">\n"
        "  <configuration>\n    <crm_config>\n      <cluster_property_set id=\"cps\">\n"
        "        <nvpair id=\"o2\" name=\"note\" value=\"a&lt;b &amp; &quot;q&quot; 'x'\"/>\n"
        "      </cluster_property_set>\n    </crm_config>\n    <nodes/>\n    <!-- hello -->\n"
        "    <resources/>\n    <constraints/>\n  </configuration>\n  <status/>\n</cib>\n",
        "a9baa926c7bd37914c6a8685db9ebf17", "a844f3febc337435903f1f236d9b16e1");
}

static void expect_v1(const char *text, const char *v1)
{
    XML_AUTO xmlNode *node = parsed(text);

    expect_text(xml_digest_v1(node, false, false), v1);
}

/* Escaping in digests ends at the first multi-byte character. */
static void test_digests_of_odd_values(void **state)
{
    expect_v1("<node id=\"1\" uname=\"größe\" description=\"Zoë said &quot;hi&quot; &amp; left\"/>",
              "d762c3981cc45758935dddfac412a53d");
    expect_v1("<a b=\"x&#10;y&#9;z&#13;w\"/>", "09ad14de3848c0d964ec095c4c5ca516");
    expect_v1("<a b=\"\"/>", "a6fd85e93b972cb1766fe85e3161017c");
    expect_v1("<a><b>text</b><c/>  more<!-- c --><d> <e/></d></a>", "f8d7dbd5bef03224b40ff7f874928a1e");
    expect_v1("<a x=\"é&quot;\" y=\"aéb&quot;c\"  z=\"&#233;\"/>", "51ff580d71c4aef1898dec58c6cf5b14");
}

static void expect_operation(const char *text, const char *digest)
{
    XML_AUTO xmlNode *node = parsed(text);

    expect_text(xml_digest_operation(node), digest);
}

static void test_operation_digests(void **state)
{
    expect_operation("<attributes/>", "f2317cad3d54cec5d7d7aa7d0bf35cf8");
    expect_operation(
        "<attributes state=\"/x\" CRM_meta_timeout=\"20000\" fake=\"0\" crm_feature_set=\"3.16.1\"/>",
        "64e592bb9ff6add204b58d3c20472eb2");
    expect_operation(
        "<attributes CRM_meta_interval=\"10000\" state=\"/x\" CRM_meta_timeout=\"20000\" fake=\"0\"/>",
        "7ed4f8a373d832c38c91228acddf3d76");
}

static void test_md5(void **state)
{
    /* RFC 1321, appendix A.5 */
    expect_text(md5_hex("", 0), "d41d8cd98f00b204e9800998ecf8427e");
    expect_text(md5_hex("message digest", 14), "f96b697d7cb7938d525a2f31aaf161d0");
    expect_text(
        md5_hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890", 80),
        "57edf4a22be3c955ac49da2e2107b67a");
}

static void test_wire_text(void **state)
{
    XML_AUTO xmlNode *node = xml_new("a");

    xml_set(node, "x", "<>\"'&\t\n\r\001~\177");
    xml_set(node, "u", "Zoë \"x\" & y");
    xml_set(node, "empty", "");
    xml_set(node, "none", NULL);
    xml_add(node, "b");
    expect_text(xml_text(node), "<a x=\"&lt;&gt;&quot;&apos;&amp;    \\n\\r\\001~\\177\" "
                                "u=\"Zoë &quot;x&quot; &amp; y\" empty=\"\"><b/></a>");
}

static void test_bytes_that_are_no_text(void **state)
{
    expect_text(xml_escape_value("a\xff\xc3(b\xe2\x82\xac"), "a\\377\\303(b€");
    expect_text(xml_escape_value("\xe2\x82"), "\\342\\202");
    expect_text(xml_escape_value("\xf0\x9f\x98\x80<"), "😀&lt;");
}

static void test_pretty_text(void **state)
{
    XML_AUTO xmlNode *node = parsed("<a x=\"\" y=\"a&gt;b\"><b>text</b><c/><!-- c\n d --><d> <e/></d>"
                                    "<h><![CDATA[hi <there>]]></h><i>t<j/>u</i></a>");

    expect_text(xml_text_pretty(node),
                "<a x=\"\" y=\"a&gt;b\">\n  <b/>\n  <c/>\n  <!-- c\n d -->\n  <d>\n    <e/>\n"
                "  </d>\n  <h>\n    <![CDATA[hi <there>]]>\n  </h>\n  <i>\n    <j/>\n  </i>\n"
                "</a>\n");
}

static void test_attributes(void **state)
{
    XML_AUTO xmlNode *node = xml_new("a");
    long long number = 0;

    xml_set(node, "one", "1");
    xml_set(node, "two", "x");
    xml_set(node, "one", "yes");
    xml_setf(node, "three", "%d-%s", 3, "z");
    assert_true(xml_get_true(node, "one"));
    assert_false(xml_get_true(node, "two"));
    assert_false(xml_get_true(node, "absent"));
    assert_int_equal(xml_get_int(node, "two", &number), -EINVAL);
    assert_int_equal(xml_get_int(node, "absent", &number), -ENXIO);
    xml_set(node, "huge", "99999999999999999999");
    assert_int_equal(xml_get_int(node, "huge", &number), -EINVAL);
    xml_unset(node, "huge");
    xml_set_int(node, "two", -7);
    assert_int_equal(xml_get_int(node, "two", &number), 0);
    assert_int_equal(number, -7);
    /* a change keeps the place */
    expect_text(xml_text(node), "<a one=\"yes\" two=\"-7\" three=\"3-z\"/>");
    assert_null(xml_get(NULL, "x"));
}

static void test_appended_attributes(void **state)
{
    XML_AUTO xmlNode *node = xml_new("a"), *copy = xml_new("a");
    xmlAttr *last = NULL;

    (void)state;
    xml_append_attr(node, &last, "x", "1 & <2>");
    xml_append_attr(node, &last, "9", "");
    xml_append_attr(node, &last, "z", "&amp;");
    expect_text(xml_text(node), "<a x=\"1 &amp; &lt;2&gt;\" 9=\"\" z=\"&amp;amp;\"/>");
    xml_set(node, "9", "nine");
    xml_unset(node, "x");
    xml_copy_attrs(copy, node);
    expect_text(xml_text(copy), "<a 9=\"nine\" z=\"&amp;amp;\"/>");
    xml_set(node, "z", "26");
    xml_copy_attrs(copy, node);
    expect_text(xml_text(copy), "<a 9=\"nine\" z=\"26\"/>");
}

static void test_children(void **state)
{
    XML_AUTO xmlNode *node = parsed("<a><b id=\"1\"/><!-- --><c/><b id=\"2\"/></a>");
    unsigned count = 0;

    xml_foreach(child, node, "b") {
        count++;
        assert_true(xml_is(child, "b"));
    }
    assert_int_equal(count, 2);
    assert_string_equal(xml_id(xml_find(node, "b", "id", "2")), "2");
    assert_null(xml_find(node, "b", "id", "3"));
    assert_string_equal(xml_name(xml_find(node, NULL, NULL, NULL)), "b");

    xmlNode *copy = xml_add_copy(node, xml_first(node, "c"));

    xml_free(xml_first(node, "b"));
    xml_free(copy);
    expect_text(xml_text(node), "<a><!-- --><c/><b id=\"2\"/></a>");
}

static void refused(const char *text)
{
    char *error = NULL;

    assert_null(xml_parse(text, &error));
    assert_non_null(error);
    free(error);
}

static void test_damaged_text(void **state)
{
    char *error = NULL;

    refused(NULL);
    refused("");
    refused("no xml at all");
    refused("<!DOCTYPE a [<!ENTITY x \"y\">]><a b=\"&x;\"/>");
    assert_null(xml_parse_strict("<a>\n<b>\n</a>", 12, &error));
    assert_non_null(strstr(error, "line 3"));
    free(error);

    /* recovery takes what it can */
    XML_AUTO xmlNode *node = xml_parse("<a x=\"1\"><b></a>", NULL);

    assert_string_equal(xml_get(node, "x"), "1");
}

static void test_input(void **state)
{
    char *error = NULL;

    assert_null(xml_parse_input("<a>\n<b id=\"1\"/>\n<b id=\"2", &error));
    assert_non_null(strstr(error, "line 3"));
    free(error);
    assert_null(xml_parse_input("<a x=\"1\" x=\"2\"/>", &error));
    assert_non_null(strstr(error, "redefined"));
    free(error);

    /* terminal colours in an agent's exit reason */
    XML_AUTO xmlNode *node = xml_parse_input("<a reason=\"\033[31mfailed\033[0m\"><b/></a>", &error);

    assert_null(error);
    assert_string_equal(xml_get(node, "reason"), "[31mfailed[0m");
    assert_non_null(xml_first(node, "b"));
    assert_null(xml_parse_input("<a reason=\"\033[31mfail", &error));
    assert_non_null(strstr(error, "line 1"));
    free(error);
    assert_null(xml_parse_input(NULL, NULL));
}

static void test_depth(void **state)
{
    char text[8 * XML_MAX_DEPTH] = "";

    for (unsigned i = 0; i < XML_MAX_DEPTH; i++) {
        strcat(text, "<a>");
    }
    for (unsigned i = 0; i < XML_MAX_DEPTH; i++) {
        strcat(text, "</a>");
    }
    XML_AUTO xmlNode *node = xml_parse(text, NULL);

    assert_non_null(node);
    memmove(text + 7, text, strlen(text) + 1);
    memcpy(text, "<a><b/>", 7);
    strcat(text, "</a>");
    refused(text);
}

static void test_xpath(void **state)
{
    XML_AUTO xmlNode *node = parsed("<a><b id=\"1\"><c/></b><b id=\"2\"/></a>");
    char *error = NULL;
    xpath_result_t *found = xpath_eval(node, "//b[@id='2']", &error);

    assert_int_equal(xpath_count(found), 1);
    assert_string_equal(xml_id(xpath_get(found, 0)), "2");
    assert_null(xpath_get(found, 1));
    xpath_free(found);
    found = xpath_eval(node, "//b/@id", NULL);
    assert_int_equal(xpath_count(found), 2);
    assert_string_equal(xml_name(xpath_get(found, 0)), "b");
    xpath_free(found);
    assert_null(xpath_eval(node, "//b[", &error));
    assert_non_null(error);
    free(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests),          cmocka_unit_test(test_digests_of_odd_values),
        cmocka_unit_test(test_operation_digests), cmocka_unit_test(test_md5),
        cmocka_unit_test(test_wire_text),        cmocka_unit_test(test_bytes_that_are_no_text),
        cmocka_unit_test(test_pretty_text),      cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_children),         cmocka_unit_test(test_damaged_text),
        cmocka_unit_test(test_input),
        cmocka_unit_test(test_depth),            cmocka_unit_test(test_xpath),
        cmocka_unit_test(test_appended_attributes),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    xmlCleanupParser();
    return failed;
}
