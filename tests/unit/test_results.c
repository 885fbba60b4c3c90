/* Names, texts and exit codes of results, as Debian's crm_error prints them (agents-and-tools.md B2). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

static void test_texts(void **state)
{
    assert_string_equal(pcmk_strerror(0), "OK");
    assert_string_equal(pcmk_strerror(-ENXIO), "No such device or address");
    assert_string_equal(pcmk_strerror(ENXIO), "No such device or address");
    assert_string_equal(pcmk_strerror(-PCMK_ERR_OLD_DATA), "Update was older than existing configuration");
    assert_string_equal(pcmk_strerror(PCMK_RC_NO_INPUT), "Input file not available");
    assert_string_equal(pcmk_strerror(-1050), "Error");
    assert_string_equal(pcmk_strerror(INT32_MIN), "Error");
    assert_string_equal(pcmk_rc_name(-EOPNOTSUPP), "EOPNOTSUPP");
    assert_string_equal(pcmk_rc_name(-PCMK_ERR_DIFF_RESYNC), "pcmk_err_diff_resync");
    assert_string_equal(pcmk_rc_name(PCMK_RC_GRAPH_ERROR), "pcmk_rc_graph_error");
    assert_string_equal(pcmk_rc_name(5000), "Unknown");
    assert_string_equal(crm_exit_str(CRM_EX_DISCONNECT), "Not connected");
    assert_string_equal(crm_exit_str((crm_exit_t)137), "Interrupted by signal");
    assert_string_equal(crm_exit_str((crm_exit_t)50), "Unknown exit status");
    assert_string_equal(crm_exit_name(CRM_EX_NOSUCH), "CRM_EX_NOSUCH");
    assert_string_equal(ocf_exit_str(7), "not running");
    assert_string_equal(ocf_exit_str(77), "unknown");
    assert_string_equal(exec_status_str(EXEC_NOT_CONNECTED), "Internal communication failure");
    assert_string_equal(exec_status_str(-2), "UNKNOWN!");
}

static void test_exit_codes(void **state)
{
    static const struct {
        int rc;
        crm_exit_t status;
    } cases[] = {
        {0, CRM_EX_OK},
        {-EACCES, CRM_EX_INSUFFICIENT_PRIV},
        {-ECONNREFUSED, CRM_EX_DISCONNECT},
        {-ENXIO, CRM_EX_NOSUCH},
        {-EAGAIN, CRM_EX_UNSATISFIED},
        {-ETIME, CRM_EX_TIMEOUT},
        {-EPERM, CRM_EX_ERROR},
        {-EPROTO, CRM_EX_PROTOCOL},
        {-EEXIST, CRM_EX_EXISTS},
        {-PCMK_ERR_SCHEMA_VALIDATION, CRM_EX_CONFIG},
        {-PCMK_ERR_OLD_DATA, CRM_EX_OLD},
        {-PCMK_ERR_NO_QUORUM, CRM_EX_QUORUM},
        {-PCMK_ERR_DIFF_FAILED, CRM_EX_ERROR},
        {PCMK_RC_WITHIN_RANGE, CRM_EX_OK},
        {PCMK_RC_AFTER_RANGE, CRM_EX_EXPIRED},
        {PCMK_RC_NO_INPUT, CRM_EX_NOINPUT},
        {PCMK_RC_ERROR, CRM_EX_ERROR},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(pcmk_rc_to_exit(cases[i].rc), cases[i].status);
    }
}

static long long moment(void)
{
    return 1700000000;
}

static void test_envelope(void **state)
{
    XML_AUTO xmlNode *data = xml_new("ping_response");

    message_set_clock(moment);

    XML_AUTO xmlNode *request = message_request("ping", data, "n2", SYS_CRMD, "crmadmin", "77");

    assert_string_equal(xml_get(request, "crm_sys_from"), "77_crmadmin");
    assert_string_equal(xml_get(request, "reference"), "ping-crmadmin-1700000000-0");
    assert_string_equal(xml_get(request, "crm_host_to"), "n2");
    assert_true(xml_is(message_data(request), "ping_response"));
    xml_set(request, "src", "n1");

    XML_AUTO xmlNode *reply = message_reply(request, NULL);

    assert_string_equal(xml_get(reply, "subt"), "response");
    assert_string_equal(xml_get(reply, "reference"), "ping-crmadmin-1700000000-0");
    assert_string_equal(xml_get(reply, "crm_sys_to"), "77_crmadmin");
    assert_string_equal(xml_get(reply, "crm_host_to"), "n1");
    assert_null(message_data(reply));

    XML_AUTO xmlNode *empty = message_request(NULL, NULL, "", NULL, NULL, NULL);

    assert_string_equal(xml_get(empty, "reference"), "_empty_-_empty_-1700000000-1");
    assert_null(xml_get(empty, "crm_host_to"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_envelope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
