/* Schemas of the CIB: names and their order, what conforms, what an upgrade makes of a configuration. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <glib.h>
#include "cib/schema.h"
#include "pacemaker/common/results.h"

static unsigned reports;

static void count_report(void *arg, const char *place, const char *text)
{
    (void)arg;
    (void)place;
    (void)text;
    reports++;
}

static xmlNode *cib_with(const char *schema, const char *configuration)
{
    char *text = g_strdup_printf(
        "<cib %s%s%s admin_epoch='0' epoch='1' num_updates='0'><configuration>%s</configuration>"
        "<status/></cib>",
        schema != NULL ? "validate-with='" : "", schema != NULL ? schema : "", schema != NULL ? "'" : "",
        configuration);
    xmlNode *cib = xml_parse_strict(text, strlen(text), NULL);

    assert_non_null(cib);
    g_free(text);
    return cib;
}

#define EMPTY "<crm_config/><nodes/><resources/><constraints/>"
#define RESOURCES(text) "<crm_config/><nodes/><resources>" text "</resources><constraints/>"

static bool conforms(const char *schema, const char *configuration)
{
    XML_AUTO xmlNode *cib = cib_with(schema, configuration);

    reports = 0;
    return schema_validate(cib, count_report, NULL) == 0;
}

static void test_names(void **state)
{
    (void)state;
    assert_int_equal(schema_index("pacemaker-1.0"), 0);
    assert_string_equal(schema_name(schema_latest()), "pacemaker-3.9");
    assert_true(schema_index("pacemaker-2.10") > schema_index("pacemaker-2.9"));
    assert_true(schema_index("pacemaker-3.0") == schema_index("pacemaker-2.10") + 1);
    assert_true(schema_index("NONE") > schema_index("Pacemaker-Next"));
    assert_int_equal(schema_index("pacemaker-7.7"), -1);
    assert_int_equal(schema_index(NULL), -1);
    assert_null(schema_name(-1));
    assert_true(schema_at_least("pacemaker-1.2", "pacemaker-1.2"));
    assert_false(schema_at_least("pacemaker-1.0", "pacemaker-1.2"));
    assert_true(schema_at_least("none", "pacemaker-3.9"));
}

static void test_every_schema_accepts_an_empty_configuration(void **state)
{
    (void)state;
    for (int i = 0; schema_name(i) != NULL; i++) {
        if (!conforms(schema_name(i), EMPTY)) {
            fail_msg("%s refuses an empty configuration", schema_name(i));
        }
    }
}

static void test_what_conforms(void **state)
{
    static const struct {
        const char *schema, *configuration;
        bool conforms;
    } cases[] = {
        {"pacemaker-3.9", RESOURCES("<primitive id='a' class='ocf' provider='p' type='t'/>"), true},
        {"pacemaker-3.9", RESOURCES("<primitive id='a' class='ocf' type='t'/>"), false},
        {"pacemaker-3.9",
         RESOURCES(
             "<primitive id='a' class='ocf' provider='p' type='t'/><primitive id='a' class='lsb' type='t'/>"),
         false},
        {"pacemaker-3.9", RESOURCES("<bogus/>"), false},
        {"none", RESOURCES("<bogus/>"), true},
        {"NONE", RESOURCES("<bogus/>"), true},
        {"pacemaker-9.9", EMPTY, false},
        {"Pacemaker-3.9", EMPTY, false},
        {"pacemaker-3.9", "<crm_config/><nodes/><resources/>", false},
        {"pacemaker-3.9", "<constraints/><resources/><nodes/><crm_config/>", true},
        {"pacemaker-3.6",
         RESOURCES(
             "<primitive id='a' class='lsb' type='t'><operations><op id='o' name='monitor' interval='1' "
             "role='Promoted'/></operations></primitive>"),
         false},
        {"pacemaker-3.7",
         RESOURCES(
             "<primitive id='a' class='lsb' type='t'><operations><op id='o' name='monitor' interval='1' "
             "role='Promoted'/></operations></primitive>"),
         true},
        {"pacemaker-3.9",
         "<crm_config/><nodes/><resources/><constraints><rsc_location id='l' rsc='nobody' node='n' "
         "score='1'/>"
         "</constraints>",
         false},
        {"pacemaker-3.9",
         "<crm_config><cluster_property_set id='s'><nvpair id='i' name='stonith_enabled' value='1'/>"
         "</cluster_property_set></crm_config><nodes/><resources/><constraints/>",
         false},
        {"pacemaker-2.10",
         "<crm_config><cluster_property_set id='s'><nvpair id='i' name='stonith_enabled' value='1'/>"
         "</cluster_property_set></crm_config><nodes/><resources/><constraints/>",
         true},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        if (conforms(cases[i].schema, cases[i].configuration) != cases[i].conforms) {
            fail_msg("%s, %s", cases[i].schema, cases[i].configuration);
        }
        assert_true(cases[i].conforms || reports > 0);
    }
}

static void test_no_schema_becomes_none(void **state)
{
    XML_AUTO xmlNode *cib = cib_with(NULL, RESOURCES("<bogus/>"));

    (void)state;
    assert_int_equal(schema_validate(cib, count_report, NULL), 0);
    assert_string_equal(xml_get(cib, "validate-with"), "none");
}

static void test_upgrade_renames(void **state)
{
    XML_AUTO xmlNode *cib = cib_with("pacemaker-3.0", EMPTY);
    int best = -1;

    (void)state;
    assert_int_equal(schema_upgrade(cib, "pacemaker-3.4", true, &best, count_report, NULL), 0);
    assert_string_equal(xml_get(cib, "validate-with"), "pacemaker-3.4");
    assert_int_equal(schema_upgrade(cib, NULL, true, &best, count_report, NULL), 0);
    assert_string_equal(xml_get(cib, "validate-with"), "pacemaker-3.9");
    assert_int_equal(best, schema_latest());
}

static void test_upgrade_of_access_control(void **state)
{
    XML_AUTO xmlNode *cib =
        cib_with("pacemaker-1.3",
                 EMPTY "<acls><acl_role id='r'><read id='p' tag='nodes'/></acl_role>"
                       "<acl_user id='u'><role_ref id='r'/></acl_user>"
                       "<acl_user id='v'><write id='q' xpath='//a' attribute='b'/></acl_user></acls>");
    XML_AUTO xmlNode *acls = NULL;
    int best = -1;
    char *text;

    (void)state;
    assert_int_equal(schema_upgrade(cib, "pacemaker-2.0", true, &best, count_report, NULL), 0);
    assert_string_equal(xml_get(cib, "validate-with"), "pacemaker-2.0");
    acls = xml_copy(xml_first(xml_first(cib, "configuration"), "acls"));
    text = xml_text(acls);
    assert_string_equal(
        text,
        "<acls><acl_role id=\"r\"><acl_permission id=\"p\" kind=\"read\" object-type=\"nodes\"/></acl_role>"
        "<acl_target id=\"u\"><role id=\"r\"/></acl_target><acl_target id=\"v\"><role "
        "id=\"auto-v\"/></acl_target>"
        "<acl_role id=\"auto-v\"><acl_permission id=\"q\" kind=\"write\" "
        "xpath=\"//a[@b]\"/></acl_role></acls>");
    free(text);
}

static int cleanup(void **state)
{
    (void)state;
    schema_cleanup();
    return 0;
}

int main(void)
{
    const char *build = getenv("top_builddir");
    char *dir = g_strdup_printf("%s/xml", build != NULL ? build : ".");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_every_schema_accepts_an_empty_configuration),
        cmocka_unit_test(test_what_conforms),
        cmocka_unit_test(test_no_schema_becomes_none),
        cmocka_unit_test(test_upgrade_renames),
        cmocka_unit_test(test_upgrade_of_access_control),
    };

    g_setenv("PCMK_schema_directory", dir, TRUE);
    g_free(dir);
    return cmocka_run_group_tests_name("cib schemas", tests, NULL, cleanup);
}
