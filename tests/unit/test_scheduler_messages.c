/* What the scheduler's messages make of its input, and who gets to hear them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <cmocka.h>
#include <glib.h>

#include "pacemaker/common/xml.h"
#include "pengine/pengine.h"

#define OPTION(name, value)                                                         \
    "<crm_config><cluster_property_set id='o'>"                                     \
    "<nvpair id='on' name='" name "' value='" value "'/>"                           \
    "</cluster_property_set></crm_config>"
#define UP(id, name, history)                                                       \
    "<node_state id='" id "' uname='" name "' in_ccm='true' crmd='online' "         \
    "join='member' expected='member'>" history "</node_state>"
#define CIB(options, resources, constraints, status)                                \
    "<cib have-quorum='1' crm_feature_set='3.16.1'><configuration>" options         \
    "<nodes><node id='1' uname='a'/><node id='2' uname='b'/></nodes>"               \
    "<resources>" resources "</resources>"                                          \
    "<constraints>" constraints "</constraints></configuration>"                    \
    "<status>" status "</status></cib>"
#define NO_FENCING OPTION("stonith-enabled", "false")
#define RSC(inside) "<primitive id='r' class='ocf' provider='pacemaker' type='Dummy'>" inside "</primitive>"
#define META(name, value)                                                           \
    "<meta_attributes id='m'>"                                                      \
    "<nvpair id='n' name='" name "' value='" value "'/></meta_attributes>"
#define HISTORY(rc, status)                                                         \
    "<lrm id='1'><lrm_resources>"                                                   \
    "<lrm_resource id='r' class='ocf' provider='pacemaker' type='Dummy'>"           \
    "<lrm_rsc_op id='r_last_0' operation_key='r_start_0' operation='start' "        \
    "call-id='5' rc-code='" rc "' op-status='" status "' interval='0' "             \
    "last-rc-change='1600000000' exit-reason='no disk' "                            \
    "transition-key='1:1:0:aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'/>"                 \
    "</lrm_resource></lrm_resources></lrm>"
#define BOTH UP("1", "a", "") UP("2", "b", "")

static GString *said;                       /* "function severity: text" of the last run, one a line */

static void on_message(void *arg, enum pe_severity severity, const char *function, const char *text)
{
    static const char *const names[] = {"crit", "error", "warning", "notice", "info", "told"};

    (void)arg;
    g_string_append_printf(said, "%s %s: %s\n", function, names[severity], text);
}

/* Decides; returns the findings. */
static unsigned decide(const char *text, enum pe_severity least, unsigned *once)
{
    struct pe_hooks hooks = {.message = on_message, .least = least};
    xmlNode *cib = xml_parse_strict(text, strlen(text), NULL);
    pe_sched *s;
    unsigned findings;

    assert_non_null(cib);
    g_string_truncate(said, 0);
    s = pe_schedule(&(struct pe_input){.cib = cib, .now = {.epoch = 1700000000}, .sort_lists = true,
                                       .hooks = &hooks, .said = once});
    findings = s->findings;
    pe_free(s);
    xml_free(cib);
    return findings;
}

static void assert_said(const char *line)
{
    if (strstr(said->str, line) == NULL) {
        fail_msg("'%s' is not among: %s", line, said->str);
    }
}

static void a_sound_configuration_has_no_findings(void **state)
{
    (void)state;
    assert_int_equal(decide(CIB(NO_FENCING, RSC(""), "", BOTH), PE_WARNING, NULL), 0);
    assert_string_equal(said->str, "unpack_config warning: Blind faith: not fencing unseen nodes\n");
}

static void a_failed_operation_is_no_finding(void **state)
{
    (void)state;
    assert_int_equal(decide(CIB(NO_FENCING, RSC(""), "", UP("1", "a", HISTORY("1", "4")) UP("2", "b", "")),
                            PE_WARNING, NULL),
                     0);
    assert_said("unpack_rsc_op_failure warning: Unexpected result (error: no disk) was recorded "
                "for start of r on a at Sep 13 12:26:40 2020 | rc=1 id=r_last_0\n");
}

static void a_bad_constraint_is_an_error_of_the_configuration_alone(void **state)
{
    (void)state;
    assert_int_equal(decide(CIB(NO_FENCING, RSC(""), "<rsc_order id='o1' first='r' then='x'/>", BOTH),
                            PE_WARNING, NULL),
                     PE_CONFIG_ERROR);
    assert_said("unpack_order_tags error: Ignoring constraint 'o1' because "
                "'x' is not a valid resource or tag\n");
}

static void an_orphan_is_a_warning_of_the_configuration_alone(void **state)
{
    (void)state;
    assert_int_equal(decide(CIB(NO_FENCING, "", "", UP("1", "a", HISTORY("0", "0")) UP("2", "b", "")),
                            PE_WARNING, NULL),
                     PE_CONFIG_WARNING);
    assert_said("process_rsc_state warning: Detected active orphan r running on a\n");
}

static void two_active_copies_are_an_error_of_the_graph_alone(void **state)
{
    (void)state;
    assert_int_equal(decide(CIB(NO_FENCING, RSC(""), "",
                                UP("1", "a", HISTORY("0", "0")) UP("2", "b", HISTORY("0", "0"))),
                            PE_WARNING, NULL),
                     PE_GRAPH_ERROR);
    assert_said("pcmk__primitive_create_actions error: ocf resource r might be active on 2 nodes "
                "(attempting recovery)\n");
}

static void an_unclean_node_is_both_warnings(void **state)
{
    (void)state;
    assert_int_equal(decide(CIB(OPTION("have-watchdog", "true"), RSC(""), "", UP("1", "a", "")
                                "<node_state id='2' uname='b' in_ccm='false' crmd='offline' join='down' "
                                "expected='member'/>"),
                            PE_WARNING, NULL), PE_GRAPH_WARNING | PE_CONFIG_WARNING);
    assert_said("pe_fence_node warning: Cluster node b will be fenced: "
                "peer is no longer part of the cluster\n");
    assert_said("determine_online_status warning: b is unclean\n");
    assert_said("schedule_fencing warning: Scheduling node b for fencing\n");
}

static void deprecations_are_told_once_by_a_process(void **state)
{
    const char *text = CIB(NO_FENCING, RSC(META("restart-type", "restart")), "", BOTH);
    unsigned once = 0;

    (void)state;
    assert_int_equal(decide(text, PE_WARNING, &once), PE_GRAPH_WARNING | PE_CONFIG_WARNING);
    assert_said("pe__unpack_resource warning: Support for restart-type is deprecated");
    assert_int_equal(decide(text, PE_WARNING, &once), 0);
    assert_string_equal(said->str, "");
    assert_int_equal(decide(text, PE_WARNING, NULL), PE_GRAPH_WARNING | PE_CONFIG_WARNING);
}

static void findings_do_not_need_a_listener(void **state)
{
    (void)state;
    assert_int_equal(decide(CIB(NO_FENCING, RSC(""), "<rsc_order id='o1' first='r' then='x'/>", BOTH),
                            PE_CRIT, NULL),
                     PE_CONFIG_ERROR);
    assert_string_equal(said->str, "");
}

static void levels_of_the_log(void **state)
{
    (void)state;
    assert_int_equal(pe_least_of(LOG_EMERG), PE_CRIT);
    assert_int_equal(pe_least_of(LOG_ERR), PE_ERROR);
    assert_int_equal(pe_least_of(LOG_WARNING), PE_WARNING);
    assert_int_equal(pe_least_of(LOG_DEBUG), PE_INFO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_configuration_has_no_findings),
        cmocka_unit_test(a_failed_operation_is_no_finding),
        cmocka_unit_test(a_bad_constraint_is_an_error_of_the_configuration_alone),
        cmocka_unit_test(an_orphan_is_a_warning_of_the_configuration_alone),
        cmocka_unit_test(two_active_copies_are_an_error_of_the_graph_alone),
        cmocka_unit_test(an_unclean_node_is_both_warnings),
        cmocka_unit_test(deprecations_are_told_once_by_a_process),
        cmocka_unit_test(findings_do_not_need_a_listener),
        cmocka_unit_test(levels_of_the_log),
    };
    int rc;

    said = g_string_new(NULL);
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    g_string_free(said, TRUE);
    return rc;
}
