/* The program of crm_mon --external-agent: for which changes it runs, and what it is told. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "pacemaker/common/xml.h"
#include "tools/crm_mon_agent.h"

#define OP(key, task, rc, status)                                                   \
    "<lrm_rsc_op id='x' operation_key='" key "' operation='" task "' "              \
    "rc-code='" rc "' op-status='" status "' transition-key='4:2:0:uuid'/>"
#define MODIFY(path, element)                                                       \
    "<change operation='modify' path=\"" path "\"><change-list/>"                   \
    "<change-result>" element "</change-result></change>"

static char folder[] = "/tmp/test-mon-agent.XXXXXX", program[64], story[64];

static int prepare(void **state)
{
    FILE *f;

    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(program, sizeof(program), "%s/agent", folder);
    snprintf(story, sizeof(story), "%s/story", folder);
    f = fopen(program, "w");
    if (f == NULL) {
        return -1;
    }
    fprintf(f, "#!/bin/sh\necho \"$CRM_notify_recipient $CRM_notify_node $CRM_notify_rsc $CRM_notify_task "
               "[$CRM_notify_desc] $CRM_notify_rc $CRM_notify_target_rc $CRM_notify_status\" >>%s\n", story);
    fclose(f);
    mon_agent_init(program, "admin");
    return chmod(program, 0700);
}

static int clean(void **state)
{
    (void)state;
    unlink(program);
    unlink(story);
    return rmdir(folder);
}

/* What the program wrote about one patch. */
static void expect(const char *changes, unsigned runs, const char *told)
{
    char *text = NULL, read[256] = "";
    xmlNode *cib = xml_parse("<cib><status><node_state id='1' uname='n1'/></status></cib>", NULL), *patch;
    FILE *f;

    assert_int_not_equal(asprintf(&text, "<diff format='2'>%s</diff>", changes), -1);
    patch = xml_parse(text, NULL);
    assert_non_null(patch);
    unlink(story);
    assert_int_equal(mon_agent_patch(patch, cib), runs);
    while (wait(NULL) > 0) {        /* all of them have ended when there is no child left */
    }
    f = fopen(story, "r");
    if (f != NULL) {
        read[fread(read, 1, sizeof(read) - 1, f)] = '\0';
        fclose(f);
    }
    assert_string_equal(read, told);
    xml_free(patch);
    xml_free(cib);
    free(text);
}

static void a_changed_result_is_told(void **state)
{
    (void)state;
    expect(MODIFY("/cib/status/node_state[@id='1']/lrm[@id='1']/x", OP("web_start_0", "start", "0", "0")), 1,
           "admin n1 web start [OK] 0 0 0\n");
    expect(MODIFY("/cib/status/node_state[@id='1']/x", OP("a_b_monitor_10000", "monitor", "7", "0")), 1,
           "admin n1 a_b monitor [not running] 7 0 0\n");
    expect(MODIFY("/cib/status/node_state[@id='9']/x", OP("web_stop_0", "stop", "1", "2")), 1,
           "admin 9 web stop [Timed Out] 1 0 2\n");
}

static void a_new_history_is_told(void **state)
{
    (void)state;
    expect("<change operation='create' path='/cib/status'><node_state id='1'><lrm id='1'><lrm_resources>"
           "<lrm_resource id='web'>" OP("web_start_0", "start", "5", "0") "</lrm_resource></lrm_resources>"
           "</lrm></node_state></change>", 1, "admin n1 web start [not installed] 5 0 0\n");
}

static void other_changes_are_not(void **state)
{
    (void)state;
    expect(MODIFY("/cib/status/node_state[@id='1']/x", OP("web_start_0", "start", "193", "-1")), 0, "");
    expect(MODIFY("/cib/configuration", "<nvpair id='x' name='y' value='z'/>"), 0, "");
    expect("<change operation='delete' path=\"/cib/status/node_state[@id='1']\"/>", 0, "");
    expect("<change operation='modify'/><change operation='create'/><change/>", 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_result_is_told),
        cmocka_unit_test(a_new_history_is_told),
        cmocka_unit_test(other_changes_are_not),
    };

    return cmocka_run_group_tests(tests, prepare, clean);
}
