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

/* What Debian's cibadmin --upgrade makes of it */
static const char old_syntax[] =
    "<configuration><crm_config><cluster_property_set id='opts'>"
    "<nvpair id='o1' name='stonith_enabled' value='false'/>"
    "<nvpair id='o2' name='default_resource_stickiness' value='77'/>"
    "<nvpair id='o3' name='default-migration-threshold' value='3'/>"
    "<nvpair id='o4' name='default-action-timeout' value='99s'/>"
    "<nvpair id='o5' name='default-resource-failure-stickiness' value='-10'/>"
    "<nvpair id='o6' name='expected-quorum-votes' value='2'/></cluster_property_set>"
    "<cluster_property_set id='opts2' score='5'><rule id='ru1' score='INFINITY'>"
    "<date_expression id='de1' operation='gt' start='2001-01-01'/></rule>"
    "<nvpair id='p1' name='is-managed-default' value='false'/>"
    "<nvpair id='p2' name='default-resource-stickiness' value='88'/>"
    "<nvpair id='p3' name='default_action_timeout' value='55s'/></cluster_property_set>"
    "<cluster_property_set id='opts3'><nvpair id='q1' name='default-resource-stickiness' value='99'/>"
    "<nvpair id='q2' name='symmetric_cluster' value='true'/>"
    "<nvpair id='q3' name='stop_orphan_actions'/></cluster_property_set></crm_config><nodes>"
    "<node id='1' uname='node1' type='normal'/><node id='2' uname='node2' type='ping'/></nodes>"
    "<resources><template id='tt' class='ocf' provider='pacemaker' type='Dummy'>"
    "<meta_attributes id='tm'><nvpair id='tm1' name='resource-failure-stickiness' value='-INFINITY'/>"
    "</meta_attributes><operations><op id='top' name='promote' interval='0' requires='quorum'/>"
    "<op id='topm' name='monitor' interval='10' requires='quorum' timeout='3s'>"
    "<instance_attributes id='tia'><nvpair id='tia1' name='timeout' value='4s'/>"
    "<nvpair id='tia2' name='OCF_CHECK_LEVEL' value='10'/></instance_attributes></op></operations>"
    "</template><group id='gg'><meta_attributes id='gm'>"
    "<nvpair id='gm1' name='resource-failure-stickiness' value='-INFINITY'/>"
    "<nvpair id='gm2' name='isolation' value='docker'/></meta_attributes>"
    "<primitive id='r8' class='ocf' provider='pacemaker' type='Dummy'><instance_attributes id='a8'>"
    "<nvpair id='a81' name='x' value='1'/></instance_attributes><operations>"
    "<op id='op1' name='monitor' interval='10s' on-fail='stop'><meta_attributes id='om1'>"
    "<nvpair id='om11' name='timeout' value='9s'/><nvpair id='om12' name='requires' value='fencing'/>"
    "</meta_attributes><instance_attributes id='ia1'><nvpair id='ia11' name='on-fail' value='block'/>"
    "<nvpair id='ia12' name='timeout' value='17s'/><nvpair id='ia13' name='enabled' value='true'/>"
    "</instance_attributes></op><op id='op2' name='start' interval='0'><meta_attributes id='om2'>"
    "<nvpair id='om21' name='requires' value='nothing'/></meta_attributes></op>"
    "<op id='op3' name='stop' interval='0' requires='fencing' timeout='7s'/>"
    "<op id='op4' name='promote' interval='0'><instance_attributes id='om4'>"
    "<nvpair id='om41' name='requires' value='quorum'/></instance_attributes></op></operations>"
    "</primitive></group><primitive id='r9' class='ocf' provider='pacemaker' type='Dummy'>"
    "<meta_attributes id='ma9'><nvpair id='ma91' name='resource_failure_stickiness' value='-5'/>"
    "<nvpair id='ma92' name='isolation-host' value='h'/></meta_attributes><operations>"
    "<op id='op9' name='start' interval='0' requires='fencing'/></operations></primitive>"
    "<primitive id='f1' class='stonith' type='fence_xvm'><meta_attributes id='mf'>"
    "<nvpair id='mf1' name='requires' value='nothing'/></meta_attributes>"
    "<instance_attributes id='iaf'><nvpair id='if1' name='pcmk_reboot_cmd' value='off'/>"
    "<nvpair id='if2' name='pcmk_arg_map' value='port:domain'/>"
    "<nvpair id='if3' name='pcmk_monitor_cmd' value='x'/></instance_attributes><operations>"
    "<op id='opf' name='start' interval='0' requires='quorum'/></operations></primitive></resources>"
    "<constraints><rsc_colocation id='c1' rsc='r9' with-rsc='f1' score-attribute='aa'/></constraints>"
    "<op_defaults><meta_attributes id='opd'><nvpair id='opd1' name='timeout' value='66s'/>"
    "</meta_attributes></op_defaults><rsc_defaults><meta_attributes id='rscd'>"
    "<nvpair id='rscd1' name='migration-threshold' value='4'/></meta_attributes></rsc_defaults>"
    "</configuration>";
static const char new_syntax[] =
    "<configuration><crm_config><cluster_property_set id='opts'>"
    "<nvpair id='o1' name='stonith-enabled' value='false'/></cluster_property_set>"
    "<cluster_property_set id='opts3'><nvpair id='q2' name='symmetric-cluster' value='true'/>"
    "<nvpair id='q3' name='stop-orphan-actions'/></cluster_property_set></crm_config><nodes>"
    "<node id='1' uname='node1' type='member'/><node id='2' uname='node2' type='ping'/></nodes>"
    "<resources><template id='tt' class='ocf' provider='pacemaker' type='Dummy'>"
    "<meta_attributes id='tm'><nvpair id='tm1' name='migration-threshold' value='1'/>"
    "</meta_attributes><operations><op id='top' name='promote' interval='0'/>"
    "<op id='topm' name='monitor' interval='10' timeout='3s'><instance_attributes id='tia'>"
    "<nvpair id='tia2' name='OCF_CHECK_LEVEL' value='10'/></instance_attributes>"
    "<meta_attributes id='_2TO3_topm-meta'><nvpair id='tia1' name='timeout' value='4s'/>"
    "</meta_attributes></op></operations><meta_attributes id='_2TO3_tt-meta'>"
    "<nvpair id='_2TO3_top-meta-requires' name='requires' value='quorum'/></meta_attributes>"
    "</template><group id='gg'><meta_attributes id='gm'>"
    "<nvpair id='gm1' name='resource-failure-stickiness' value='-INFINITY'/>"
    "<nvpair id='gm2' name='isolation' value='docker'/></meta_attributes>"
    "<primitive id='r8' class='ocf' provider='pacemaker' type='Dummy'><instance_attributes id='a8'>"
    "<nvpair id='a81' name='x' value='1'/></instance_attributes><operations>"
    "<op id='op1' name='monitor' interval='10s' on-fail='stop'><meta_attributes id='om1'>"
    "<nvpair id='om11' name='timeout' value='9s'/><nvpair id='ia11' name='on-fail' value='block'/>"
    "<nvpair id='ia12' name='timeout' value='17s'/><nvpair id='ia13' name='enabled' value='true'/>"
    "</meta_attributes></op><op id='op2' name='start' interval='0'/>"
    "<op id='op3' name='stop' interval='0' timeout='7s'/><op id='op4' name='promote' interval='0'/>"
    "</operations><meta_attributes id='_2TO3_om2'><nvpair id='om21' name='requires' value='nothing'/>"
    "</meta_attributes></primitive></group>"
    "<primitive id='r9' class='ocf' provider='pacemaker' type='Dummy'><meta_attributes id='ma9'>"
    "<nvpair id='ma92' name='target-role' value='Stopped'/></meta_attributes><operations>"
    "<op id='op9' name='start' interval='0'/></operations><meta_attributes id='_2TO3_r9-meta'>"
    "<nvpair id='_2TO3_op9-meta-requires' name='requires' value='fencing'/></meta_attributes>"
    "</primitive><primitive id='f1' class='stonith' type='fence_xvm'><meta_attributes id='mf'>"
    "<nvpair id='mf1' name='requires' value='nothing'/></meta_attributes>"
    "<instance_attributes id='iaf'><nvpair id='if1' name='pcmk_reboot_action' value='off'/>"
    "<nvpair id='if2' name='pcmk_host_argument' value='domain'/>"
    "<nvpair id='if3' name='pcmk_monitor_action' value='x'/></instance_attributes><operations>"
    "<op id='opf' name='start' interval='0'/></operations></primitive></resources><constraints>"
    "<rsc_colocation id='c1' rsc='r9' with-rsc='f1'/></constraints><op_defaults>"
    "<meta_attributes id='opd'><nvpair id='opd1' name='timeout' value='66s'/></meta_attributes>"
    "</op_defaults><rsc_defaults><meta_attributes id='rscd'>"
    "<nvpair id='rscd1' name='migration-threshold' value='4'/>"
    "<nvpair id='o2' name='resource-stickiness' value='77'/>"
    "<nvpair id='q1' name='resource-stickiness' value='99'/></meta_attributes></rsc_defaults>"
    "</configuration>";

static void test_upgrade_to_3_0(void **state)
{
    XML_AUTO xmlNode *cib = xml_new("cib");
    XML_AUTO xmlNode *old = xml_parse(old_syntax, NULL);
    XML_AUTO xmlNode *configuration = NULL;
    GString *wanted = g_string_new(new_syntax);
    int best = -1;
    char *text;

    (void)state;
    xml_set(cib, "validate-with", "pacemaker-2.10");
    xml_set_int(cib, "epoch", 1);
    xml_set_int(cib, "num_updates", 1);
    xml_set_int(cib, "admin_epoch", 0);
    xml_add_copy(cib, old);
    xml_add(cib, "status");
    assert_int_equal(schema_upgrade(cib, NULL, true, &best, count_report, NULL), 0);
    assert_int_equal(best, schema_latest());
    configuration = xml_copy(xml_first(cib, "configuration"));
    g_string_replace(wanted, "'", "\"", 0);
    text = xml_text(configuration);
    assert_string_equal(text, wanted->str);
    g_string_free(wanted, TRUE);
    free(text);
}

static int cleanup(void **state)
{
    (void)state;
    schema_cleanup();
    return 0;
}

static void test_where_schemas_are(void **state)
{
    char *configured = g_strdup(getenv("PCMK_schema_directory"));
    XML_AUTO xmlNode *cib = cib_with("pacemaker-3.0", RESOURCES("<nonsense/>"));

    (void)state;
    /* not installed, not told: the build tree's */
    schema_cleanup();
    unsetenv("PCMK_schema_directory");
    assert_true(schema_index("pacemaker-3.0") >= 0);

    /* none: what is to be scheduled is scheduled, what is to be checked is not right */
    schema_cleanup();
    setenv("PCMK_schema_directory", "/nonexistent", 1);
    assert_int_equal(schema_prepare(&cib, count_report, NULL), SCHEMA_MISSING);
    assert_string_equal(xml_get(cib, "validate-with"), "pacemaker-3.0");
    reports = 0;
    assert_int_equal(schema_validate(cib, count_report, NULL), -PCMK_ERR_SCHEMA_VALIDATION);
    assert_int_equal(reports, 1);

    schema_cleanup();
    if (configured != NULL) {
        setenv("PCMK_schema_directory", configured, 1);
    } else {
        unsetenv("PCMK_schema_directory");
    }
    g_free(configured);
}

int main(void)
{
    const char *build = getenv("top_builddir");
    char *dir = g_strdup_printf("%s/xml", build != NULL ? build : ".");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_where_schemas_are),
        cmocka_unit_test(test_every_schema_accepts_an_empty_configuration),
        cmocka_unit_test(test_what_conforms),
        cmocka_unit_test(test_no_schema_becomes_none),
        cmocka_unit_test(test_upgrade_renames),
        cmocka_unit_test(test_upgrade_of_access_control),
        cmocka_unit_test(test_upgrade_to_3_0),
    };

    g_setenv("PCMK_schema_directory", dir, TRUE);
    g_free(dir);
    return cmocka_run_group_tests_name("cib schemas", tests, NULL, cleanup);
}
