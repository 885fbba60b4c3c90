/* Stories of controllers: start, join, failure of the DC and of members, partition, transitions, fencing,
 * shutdown. Each says what is done and then, line by line, what the nodes did. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "pacemaker/common/xml.h"
#include "tests/unit/crmd_cluster.h"

#define MINUTE 60000

static void story_is(vcluster_t *vc, const char *expected)
{
    char *story = vc_story(vc);

    if (getenv("CRMD_TEST_TELL")) {
        printf("<<<\n%s>>>\n", story);
    } else {
        assert_string_equal(story, expected);
    }
    free(story);
}

static vcluster_t *cluster_of(unsigned n)
{
    vcluster_t *vc = vc_new(n, NULL);

    for (unsigned i = 1; i <= n; i++) {
        vc_start(vc, i);
    }
    vc_run(vc, MINUTE);
    vc_forget(vc);
    return vc;
}

static void state_is(vcluster_t *vc, unsigned node, const char *state)
{
    assert_non_null(vc_core(vc, node));
    assert_string_equal(crmd_state_name(vc_core(vc, node)), state);
}

static void value_is(vcluster_t *vc, unsigned node, const char *xpath, const char *attribute,
                     const char *expected)
{
    const char *value = vc_cib_get(vc, node, xpath, attribute);

    if (expected == NULL) {
        assert_null(value);
    } else {
        assert_non_null(value);
        assert_string_equal(value, expected);
    }
}

/* Text of a resource action for a graph. */
static char *rsc_op(int id, const char *rsc, const char *op, unsigned interval, int target_rc,
                    const char *node, const char *extra)
{
    char *text = NULL;

    assert_true(
        asprintf(
            &text,
            "<rsc_op id='%d' operation='%s' operation_key='%s_%s_%u' on_node='node%s' on_node_uuid='%s'>"
            "<primitive id='%s' class='ocf' provider='pacemaker' type='Dummy'/>"
            "<attributes crm_feature_set='3.16.1' CRM_meta_timeout='20000' CRM_meta_interval='%u' "
            "CRM_meta_op_target_rc='%d' CRM_meta_on_node='node%s' state='/run/x' %s/></rsc_op>",
            id, op, rsc, op, interval, node, node, rsc, interval, target_rc, node, extra)
        > 0);
    return text;
}

/* A graph that starts a resource on a node and then monitors it. */
static void graph_start_and_monitor(vcluster_t *vc, const char *rsc, const char *node)
{
    char *start = rsc_op(1, rsc, "start", 0, 0, node, "CRM_meta_name='start'");
    char *monitor = rsc_op(2, rsc, "monitor", 10000, 0, node, "CRM_meta_name='monitor'");
    char *graph = NULL;

    assert_true(
        asprintf(
            &graph,
            "<synapse id='0'><action_set>%s</action_set><inputs/></synapse>"
            "<synapse id='1'><action_set>%s</action_set><inputs><trigger>%s</trigger></inputs></synapse>",
            start, monitor, start)
        > 0);
    vc_next_graph(vc, graph);
    free(graph);
    free(start);
    free(monitor);
}

/* Something to make the DC calculate. */
static void poke(vcluster_t *vc, unsigned node)
{
    char text[200];

    snprintf(text, sizeof text, "<cluster_property_set id='poke'><nvpair id='poke-1' name='poke' value='%u'/>"
             "</cluster_property_set>", vc_scheduler_calls(vc));
    vc_cib_modify(vc, node, "crm_config", text);
}

/* ---- membership ---- */

static void one_node_starts_alone(void **state)
{
    vcluster_t *vc = vc_new(1, NULL);

    (void)state;
    vc_start(vc, 1);
    vc_run(vc, MINUTE);
    story_is(vc, "node1 S_STARTING -> S_PENDING (I_PENDING)\n"
             "node1 S_PENDING -> S_ELECTION (I_DC_TIMEOUT)\n"
             "node1 S_ELECTION -> S_INTEGRATION (I_ELECTION_DC)\n"
             "node1 S_INTEGRATION -> S_FINALIZE_JOIN (I_INTEGRATED)\n"
             "node1 Finalizing join-1 for 1 nodes (using our CIB)\n"
             "node1 S_FINALIZE_JOIN -> S_POLICY_ENGINE (I_FINALIZED)\n"
             "node1 Transition -1 aborted: Peer Cancelled\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 0 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n"
             "node1 Transition 0 aborted by transient_attributes.1 'create': Transient attribute change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 1 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    value_is(vc, 1, "/cib", "dc-uuid", "1");
    value_is(vc, 1, "/cib", "have-quorum", "1");
    value_is(vc, 1, "//node_state", "join", "member");
    value_is(vc, 1, "//node_state", "crmd", "online");
    value_is(vc, 1, "//nvpair[@name='cluster-name']", "value", "test");
    assert_string_equal(vc_attribute(vc, "node1", "#feature-set"), "3.16.1");
    vc_free(vc);
}

static void three_nodes_join(void **state)
{
    vcluster_t *vc = vc_new(3, NULL);

    (void)state;
    for (unsigned i = 1; i <= 3; i++) {
        vc_start(vc, i);
    }
    vc_run(vc, MINUTE);
    story_is(vc, "node1 S_STARTING -> S_PENDING (I_PENDING)\n"
             "node2 S_STARTING -> S_PENDING (I_PENDING)\n"
             "node3 S_STARTING -> S_PENDING (I_PENDING)\n"
             "node1 S_PENDING -> S_ELECTION (I_DC_TIMEOUT)\n"
             "node1 S_ELECTION -> S_INTEGRATION (I_ELECTION_DC)\n"
             "node1 S_INTEGRATION -> S_FINALIZE_JOIN (I_INTEGRATED)\n"
             "node1 Finalizing join-1 for 3 nodes (using our CIB)\n"
             "node2 S_PENDING -> S_NOT_DC (I_NOT_DC)\n"
             "node3 S_PENDING -> S_NOT_DC (I_NOT_DC)\n"
             "node1 S_FINALIZE_JOIN -> S_POLICY_ENGINE (I_FINALIZED)\n"
             "node1 Transition -1 aborted: Peer Cancelled\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 0 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n"
             "node1 Transition 0 aborted by transient_attributes.1 'create': Transient attribute change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 Transition 0 aborted by transient_attributes.2 'create': Transient attribute change\n"
             "node1 Transition 0 aborted by transient_attributes.3 'create': Transient attribute change\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 1 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    for (unsigned i = 1; i <= 3; i++) {
        assert_string_equal(crmd_dc(vc_core(vc, i)), "node1");
        assert_int_equal(crmd_is_dc(vc_core(vc, i)), i == 1);
    }
    value_is(vc, 2, "//node_state[@id='3']", "expected", "member");
    vc_free(vc);
}

static const char *dc_of(vcluster_t *vc, unsigned node)
{
    const char *dc = crmd_dc(vc_core(vc, node));

    return dc ? dc : "none";
}

static void a_complete_cluster_elects_at_once(void **state)
{
    vcluster_t *vc = vc_new(3, NULL);

    (void)state;
    vc_configure(vc);
    vc_start(vc, 1);
    vc_start(vc, 2);
    vc_run(vc, 5000);
    assert_string_equal(dc_of(vc, 1), "none");          /* node3 may still come with an older history */
    assert_string_equal(dc_of(vc, 2), "none");
    vc_start(vc, 3);
    vc_run(vc, 3000);
    for (unsigned i = 1; i <= 3; i++) {
        assert_string_equal(dc_of(vc, i), dc_of(vc, 1));
    }
    assert_string_not_equal(dc_of(vc, 1), "none");
    vc_free(vc);
}

static void an_incomplete_cluster_waits_for_its_nodes(void **state)
{
    vcluster_t *vc = vc_new(3, NULL);

    (void)state;
    vc_configure(vc);
    vc_start(vc, 1);
    vc_start(vc, 2);
    vc_run(vc, 17000);
    assert_string_equal(dc_of(vc, 1), "none");
    vc_crash(vc, 2);                    /* what it announced is void now */
    vc_start(vc, 3);
    vc_run(vc, 1500);
    assert_string_equal(dc_of(vc, 1), "none");
    vc_run(vc, 10000);
    assert_string_equal(dc_of(vc, 1), "node1");         /* dc-deadtime is over */
    assert_string_equal(dc_of(vc, 3), "node1");
    vc_free(vc);
}

static void a_lone_configured_node_elects_at_once(void **state)
{
    vcluster_t *vc = vc_new(1, NULL);

    (void)state;
    vc_configure(vc);
    vc_start(vc, 1);
    vc_run(vc, 3000);
    assert_true(crmd_is_dc(vc_core(vc, 1)));
    vc_free(vc);
}

static void a_joining_node_does_not_disturb_the_dc(void **state)
{
    vcluster_t *vc = vc_new(2, NULL);

    (void)state;
    vc_configure(vc);
    vc_start(vc, 1);
    vc_run(vc, MINUTE);
    vc_forget(vc);
    vc_start(vc, 2);
    vc_run(vc, MINUTE);

    char *story = vc_story(vc);

    assert_null(strstr(story, "S_ELECTION"));
    free(story);
    assert_string_equal(dc_of(vc, 2), "node1");
    vc_free(vc);
}

static void a_node_joins_an_existing_dc(void **state)
{
    vcluster_t *vc = vc_new(2, NULL);

    (void)state;
    vc_start(vc, 1);
    vc_run(vc, MINUTE);
    vc_forget(vc);
    vc_start(vc, 2);
    vc_run(vc, MINUTE);
    story_is(vc, "node1 S_IDLE -> S_INTEGRATION (I_NODE_JOIN)\n"
             "node1 Transition 1 aborted: Peer Halt\n"
             "node2 S_STARTING -> S_PENDING (I_PENDING)\n"
             "node1 Transition 1 aborted: Node join\n"
             "node1 S_INTEGRATION -> S_FINALIZE_JOIN (I_INTEGRATED)\n"
             "node1 Finalizing join-1 for 2 nodes (using our CIB)\n"
             "node2 S_PENDING -> S_NOT_DC (I_NOT_DC)\n"
             "node1 S_FINALIZE_JOIN -> S_POLICY_ENGINE (I_FINALIZED)\n"
             "node1 Transition 1 aborted: Peer Cancelled\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 2 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n"
             "node1 Transition 2 aborted by transient_attributes.2 'create': Transient attribute change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 3 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    vc_free(vc);
}

static void the_dc_fails(void **state)
{
    vcluster_t *vc = cluster_of(3);

    (void)state;
    vc_crash(vc, 1);
    vc_run(vc, MINUTE);
    story_is(vc, "node2 S_NOT_DC -> S_ELECTION (I_ELECTION)\n"
             "node3 S_NOT_DC -> S_ELECTION (I_ELECTION)\n"
             "node3 S_ELECTION -> S_PENDING (I_PENDING)\n"
             "node2 S_ELECTION -> S_INTEGRATION (I_ELECTION_DC)\n"
             "node2 S_INTEGRATION -> S_FINALIZE_JOIN (I_INTEGRATED)\n"
             "node2 Finalizing join-1 for 2 nodes (using our CIB)\n"
             "node3 S_PENDING -> S_NOT_DC (I_NOT_DC)\n"
             "node2 S_FINALIZE_JOIN -> S_POLICY_ENGINE (I_FINALIZED)\n"
             "node2 Transition -1 aborted: Peer Cancelled\n"
             "node2 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node2 Transition 2 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node2 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    value_is(vc, 2, "/cib", "dc-uuid", "2");
    value_is(vc, 2, "//node_state[@id='1']", "in_ccm", "false");
    value_is(vc, 2, "//node_state[@id='1']", "crmd", "offline");
    value_is(vc, 2, "//node_state[@id='1']", "join", "down");
    value_is(vc, 2, "//node_state[@id='1']", "expected", "member");
    vc_free(vc);
}

static void a_member_fails_and_returns(void **state)
{
    vcluster_t *vc = cluster_of(3);

    (void)state;
    vc_crash(vc, 3);
    vc_run(vc, MINUTE);
    story_is(vc, "node1 Transition 1 aborted: Node failure\n"
             "node1 Transition 1 aborted: Node failure\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 Transition 1 aborted by deletion of "
             "/cib/status/node_state[@id='3']/transient_attributes[@id='3']: Transient attribute change\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 2 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    vc_start(vc, 3);
    vc_run(vc, MINUTE);
    story_is(vc, "node1 S_IDLE -> S_INTEGRATION (I_NODE_JOIN)\n"
             "node1 Transition 2 aborted: Peer Halt\n"
             "node3 S_STARTING -> S_PENDING (I_PENDING)\n"
             "node1 Transition 2 aborted: Node join\n"
             "node1 S_INTEGRATION -> S_FINALIZE_JOIN (I_INTEGRATED)\n"
             "node1 Finalizing join-1 for 2 nodes (using our CIB)\n"
             "node3 S_PENDING -> S_NOT_DC (I_NOT_DC)\n"
             "node1 S_FINALIZE_JOIN -> S_POLICY_ENGINE (I_FINALIZED)\n"
             "node1 Transition 2 aborted: Peer Cancelled\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 3 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n"
             "node1 Transition 3 aborted by transient_attributes.3 'create': Transient attribute change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 4 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    value_is(vc, 1, "//node_state[@id='3']", "join", "member");
    vc_free(vc);
}

/* Whatever moment of its join a node fails at: nothing is left to wait for, so the DC goes on at once. */
static void a_node_fails_while_it_joins(void **state)
{
    (void)state;
    for (unsigned moment = 0; moment < 3000; moment += moment < 50 ? 5 : 100) {
        vcluster_t *vc = cluster_of(3);

        vc_crash(vc, 3);
        vc_run(vc, MINUTE);
        vc_start(vc, 3);
        vc_run(vc, moment);
        vc_crash(vc, 3);
        vc_run(vc, MINUTE / 2);
        if (strcmp(crmd_state_name(vc_core(vc, 1)), "S_IDLE") != 0) {
            print_error("failure after %u ms\n", moment);
        }
        state_is(vc, 1, "S_IDLE");
        state_is(vc, 2, "S_NOT_DC");
        vc_free(vc);
    }
}

static void a_partition_and_its_end(void **state)
{
    static const int split[] = {1, 1, 2}, whole[] = {1, 1, 1};
    vcluster_t *vc = cluster_of(3);

    (void)state;
    vc_partition(vc, split);
    vc_run(vc, MINUTE);
    story_is(vc, "node1 Transition 1 aborted: Node failure\n"
             "node1 Transition 1 aborted: Node failure\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node3 S_NOT_DC -> S_ELECTION (I_ELECTION)\n"
             "node1 Transition 1 aborted by deletion of "
             "/cib/status/node_state[@id='3']/transient_attributes[@id='3']: Transient attribute change\n"
             "node3 S_ELECTION -> S_INTEGRATION (I_ELECTION_DC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node3 S_INTEGRATION -> S_FINALIZE_JOIN (I_INTEGRATED)\n"
             "node3 Finalizing join-1 for 1 nodes (using our CIB)\n"
             "node3 S_FINALIZE_JOIN -> S_POLICY_ENGINE (I_FINALIZED)\n"
             "node3 Transition -1 aborted: Peer Cancelled\n"
             "node3 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 2 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node3 Transition 3 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n"
             "node3 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    assert_true(crmd_is_dc(vc_core(vc, 1)));
    assert_true(crmd_is_dc(vc_core(vc, 3)));
    value_is(vc, 3, "/cib", "have-quorum", "0");
    vc_partition(vc, whole);
    vc_run(vc, MINUTE);
    story_is(vc, "node1 S_IDLE -> S_INTEGRATION (I_NODE_JOIN)\n"
             "node1 Transition 2 aborted: Peer Halt\n"
             "node3 S_IDLE -> S_INTEGRATION (I_NODE_JOIN)\n"
             "node3 Transition 3 aborted: Peer Halt\n"
             "node3 Another DC detected: node1 (op=noop)\n"
             "node3 S_INTEGRATION -> S_ELECTION (I_ELECTION)\n"
             "node3 Another DC detected: node1 (op=join_offer)\n"
             "node1 Another DC detected: node3 (op=noop)\n"
             "node1 S_INTEGRATION -> S_ELECTION (I_ELECTION)\n"
             "node1 Another DC detected: node3 (op=join_offer)\n"
             "node2 S_NOT_DC -> S_PENDING (I_JOIN_OFFER)\n"
             "node2 S_PENDING -> S_ELECTION (I_ELECTION)\n"
             "node2 S_ELECTION -> S_PENDING (I_PENDING)\n"
             "node3 S_ELECTION -> S_RELEASE_DC (I_RELEASE_DC)\n"
             "node3 S_RELEASE_DC -> S_PENDING (I_RELEASE_SUCCESS)\n"
             "node1 S_ELECTION -> S_INTEGRATION (I_ELECTION_DC)\n"
             "node1 S_INTEGRATION -> S_FINALIZE_JOIN (I_INTEGRATED)\n"
             "node1 Finalizing join-2 for 3 nodes (sync'ing CIB from node3)\n"
             "node2 S_PENDING -> S_NOT_DC (I_NOT_DC)\n"
             "node3 S_PENDING -> S_NOT_DC (I_NOT_DC)\n"
             "node1 S_FINALIZE_JOIN -> S_POLICY_ENGINE (I_FINALIZED)\n"
             "node1 Transition -1 aborted: Peer Cancelled\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 4 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n"
             "node1 Transition 4 aborted by transient_attributes.1 'create': Transient attribute change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 5 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    assert_true(crmd_is_dc(vc_core(vc, 1)));
    assert_false(crmd_is_dc(vc_core(vc, 3)));
    value_is(vc, 3, "/cib", "have-quorum", "1");
    vc_free(vc);
}

/* ---- transitions ---- */

static void a_resource_is_started_and_monitored(void **state)
{
    vcluster_t *vc = cluster_of(2);
    const char *start = "//node_state[@id='2']//lrm_rsc_op[@id='r_last_0']";
    const char *monitor = "//node_state[@id='2']//lrm_rsc_op[@id='r_monitor_10000']";

    (void)state;
    graph_start_and_monitor(vc, "r", "2");
    poke(vc, 1);
    vc_run(vc, 5000);
    story_is(vc, "node1 Transition 1 aborted by cluster_property_set.poke 'create': Configuration change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Initiating start operation r_start_0 on node2\n"
             "node2 Result of start operation for r on node2: ok\n"
             "node1 Transition 2 action 1 (r_start_0 on node2) confirmed: ok\n"
             "node1 Initiating monitor operation r_monitor_10000 on node2\n"
             "node2 Result of monitor operation for r on node2: ok\n"
             "node1 Transition 2 action 2 (r_monitor_10000 on node2) confirmed: ok\n"
             "node1 Transition 2 (Complete=2, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    value_is(vc, 1, start, "operation_key", "r_start_0");
    value_is(vc, 1, start, "transition-magic", "0:0;1:2:0:00000001-0000-0000-0000-000000000000");
    value_is(vc, 1, start, "call-id", "1");
    value_is(vc, 1, start, "on_node", "node2");
    value_is(vc, 1, start, "op-digest", "6c40858de0a9ab143520439e33679af3");
    value_is(vc, 1, start, "op-force-restart", "  fake passwd  ");
    value_is(vc, 1, start, "op-secure-params", "  passwd  ");
    value_is(vc, 1, monitor, "interval", "10000");
    value_is(vc, 1, monitor, "op-digest", "68ec1086298c0c3572f7e0f449305a53");
    value_is(vc, 1, monitor, "op-force-restart", NULL);
    vc_free(vc);
}

static void a_start_fails(void **state)
{
    vcluster_t *vc = cluster_of(2);

    (void)state;
    vc_operation(vc, "r", "start", 1, 50);
    graph_start_and_monitor(vc, "r", "2");
    poke(vc, 1);
    vc_run(vc, 5000);
    story_is(vc, "node1 Transition 1 aborted by cluster_property_set.poke 'create': Configuration change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Initiating start operation r_start_0 on node2\n"
             "node2 Result of start operation for r on node2: error\n"
             "node1 Transition 2 aborted by operation r_start_0 'start' on node2: Event failed\n"
             "node1 Transition 2 action 1 (r_start_0 on node2): expected 'ok' but got 'error'\n"
             "node1 Transition 2 (Complete=1, Pending=0, Fired=0, Skipped=0, Incomplete=1, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 3 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n"
             "node1 Transition 3 aborted by status-2-1866208397 doing create "
             "last-failure-r#start_0=1700000060: Transient attribute change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 Transition 3 aborted by status-2-3747554422 doing create "
             "fail-count-r#start_0=INFINITY: Transient attribute change\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 4 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    assert_string_equal(vc_attribute(vc, "node2", "fail-count-r#start_0"), "INFINITY");
    assert_non_null(vc_attribute(vc, "node2", "last-failure-r#start_0"));
    value_is(vc, 1, "//lrm_rsc_op[@id='r_last_failure_0']", "rc-code", "1");
    value_is(vc, 1, "//lrm_rsc_op[@id='r_last_0']", "rc-code", "1");
    vc_free(vc);
}

static void a_monitor_fails_later(void **state)
{
    vcluster_t *vc = cluster_of(2);

    (void)state;
    graph_start_and_monitor(vc, "r", "2");
    poke(vc, 1);
    vc_run(vc, 5000);
    vc_forget(vc);
    vc_monitor_result(vc, 2, "r", 7);
    vc_run(vc, 5000);
    story_is(vc, "node2 Result of monitor operation for r on node2: not running\n"
             "node1 Transition 2 aborted by operation r_monitor_10000 'monitor' on node2: Change in "
             "recurring result\n"
             "node1 Transition 2 action 2 (r_monitor_10000 on node2): expected 'ok' but got 'not running'\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 3 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n"
             "node1 Transition 3 aborted by status-2-754350472 doing create "
             "last-failure-r#monitor_10000=1700000065: Transient attribute change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 Transition 3 aborted by status-2-2762609713 doing create "
             "fail-count-r#monitor_10000=1: Transient attribute change\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 4 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    assert_string_equal(vc_attribute(vc, "node2", "fail-count-r#monitor_10000"), "value++");
    value_is(vc, 1, "//lrm_rsc_op[@id='r_monitor_10000']", "rc-code", "0");
    value_is(vc, 1, "//lrm_rsc_op[@id='r_last_failure_0']", "rc-code", "7");
    vc_free(vc);
}

static void an_action_is_lost(void **state)
{
    vcluster_t *vc = cluster_of(2);

    (void)state;
    vc_operation(vc, "r", "start", -1, 0);
    graph_start_and_monitor(vc, "r", "2");
    poke(vc, 1);
    vc_run(vc, 79000);
    story_is(vc, "node1 Transition 1 aborted by cluster_property_set.poke 'create': Configuration change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Initiating start operation r_start_0 on node2\n");
    vc_run(vc, 5000);
    story_is(vc, "node1 Transition 2 aborted: Action lost\n"
             "node1 Transition 2 (Complete=1, Pending=0, Fired=0, Skipped=0, Incomplete=1, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 3 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    value_is(vc, 1, "//node_state[@id='2']//lrm_rsc_op[@id='r_last_failure_0']", "op-status", "2");
    vc_free(vc);
}

static void a_change_aborts_the_transition(void **state)
{
    vcluster_t *vc = cluster_of(2);

    (void)state;
    vc_operation(vc, "r", "start", 0, 3000);
    graph_start_and_monitor(vc, "r", "1");
    poke(vc, 1);
    vc_run(vc, 1000);
    vc_forget(vc);
    poke(vc, 1);
    vc_run(vc, 5000);
    story_is(vc, "node1 Transition 2 aborted by poke-1 doing modify poke=3: Configuration change\n"
             "node1 Result of start operation for r on node1: ok\n"
             "node1 Transition 2 action 1 (r_start_0 on node1) confirmed: ok\n"
             "node1 Transition 2 (Complete=1, Pending=0, Fired=0, Skipped=1, Incomplete=1, "
             "Source=input): Stopped\n"
             "node1 S_TRANSITION_ENGINE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 3 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    vc_free(vc);
}

static void a_node_dies_with_an_action_pending(void **state)
{
    vcluster_t *vc = cluster_of(3);

    (void)state;
    vc_operation(vc, "r", "start", -1, 0);
    graph_start_and_monitor(vc, "r", "3");
    poke(vc, 1);
    vc_run(vc, 1000);
    vc_forget(vc);
    vc_crash(vc, 3);
    vc_run(vc, 5000);
    story_is(vc, "node1 Transition 2 aborted: Node failure\n"
             "node1 Transition 2 aborted: Node failure\n"
             "node1 Transition 2 aborted: Node failure\n"
             "node1 Transition 2 aborted by deletion of "
             "/cib/status/node_state[@id='3']/transient_attributes[@id='3']: Transient attribute change\n"
             "node1 Transition 2 (Complete=0, Pending=0, Fired=0, Skipped=2, Incomplete=0, "
             "Source=input): Stopped\n"
             "node1 S_TRANSITION_ENGINE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 3 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    vc_free(vc);
}

static void the_scheduler_sees_all_our_writes(void **state)
{
    vcluster_t *vc = cluster_of(3);
    unsigned calls = vc_scheduler_calls(vc);

    (void)state;
    vc_cib_modify(vc, 2, "nodes", "<node id='2'><instance_attributes id='nodes-2'>"
                  "<nvpair id='nodes-2-standby' name='standby' value='on'/></instance_attributes></node>");
    vc_run(vc, 3000);
    story_is(vc, "node1 Transition 1 aborted by instance_attributes.nodes-2 'create': Configuration change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 2 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    assert_int_equal(vc_scheduler_calls(vc), calls + 1);
    vc_free(vc);
}

/* ---- fencing ---- */

static void graph_fence(vcluster_t *vc, const char *node)
{
    char *graph = NULL;

    assert_true(
        asprintf(
            &graph,
            "<synapse id='0'><action_set><crm_event id='1' operation='stonith' "
            "operation_key='stonith-node%s-reboot' on_node='node%s' on_node_uuid='%s'>"
            "<attributes CRM_meta_stonith_action='reboot'/><downed><node id='%s'/></downed></crm_event>"
            "</action_set><inputs/></synapse>",
            node, node, node, node)
        > 0);
    vc_next_graph(vc, graph);
    free(graph);
}

static void a_node_is_fenced(void **state)
{
    vcluster_t *vc = cluster_of(3);

    (void)state;
    graph_fence(vc, "3");
    poke(vc, 1);
    vc_run(vc, MINUTE);
    story_is(vc, "node1 Transition 1 aborted by cluster_property_set.poke 'create': Configuration change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Requesting fencing (reboot) of node node3\n"
             "node1 Transition 2 (Complete=1, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    value_is(vc, 1, "//node_state[@id='3']", "expected", "down");
    value_is(vc, 1, "//node_state[@id='3']", "join", "down");
    value_is(vc, 1, "//node_state[@id='3']/lrm", "id", NULL);
    vc_free(vc);
}

static void no_device_can_fence(void **state)
{
    vcluster_t *vc = cluster_of(3);

    (void)state;
    vc_fencing(vc, false);
    graph_fence(vc, "3");
    poke(vc, 1);
    vc_run(vc, MINUTE);
    story_is(vc, "node1 Transition 1 aborted by cluster_property_set.poke 'create': Configuration change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Requesting fencing (reboot) of node node3\n"
             "node1 Transition 2 aborted: Stonith failed\n"
             "node1 Transition 2 (Complete=1, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    state_is(vc, 1, "S_IDLE");
    vc_free(vc);
}

/* ---- remote nodes ---- */

static bool tells(vcluster_t *vc, const char *text)
{
    char *story = vc_story(vc);
    bool found = strstr(story, text) != NULL;

    if (getenv("CRMD_TEST_TELL")) {
        printf("<<<\n%s>>>\n", story);
    }
    free(story);
    return found;
}

/* An operation of the connection, with another action beside it, is asked for. */
static void order_beside(vcluster_t *vc, const char *beside, const char *op, unsigned interval)
{
    char *graph = NULL;

    assert_true(
        asprintf(&graph,
                 "%s<synapse id='1'><action_set><rsc_op id='1' operation='%s' operation_key='far_%s_%u' "
                 "on_node='node1' on_node_uuid='1'><primitive id='far' class='ocf' provider='pacemaker' "
                 "type='remote'/><attributes crm_feature_set='3.16.1' CRM_meta_timeout='20000' "
                 "CRM_meta_interval='%u' server='far.example'/></rsc_op></action_set><inputs/></synapse>",
                 beside, op, op, interval, interval)
        > 0);
    vc_next_graph(vc, graph);
    free(graph);
    poke(vc, 1);
}

static void graph_connection(vcluster_t *vc, const char *op, unsigned interval)
{
    order_beside(vc, "", op, interval);
    vc_run(vc, 4000);
}

static void a_remote_node_comes_and_goes(void **state)
{
    vcluster_t *vc = cluster_of(2);

    (void)state;
    vc_remote(vc, true);
    graph_connection(vc, "start", 0);
    graph_connection(vc, "monitor", 5000);
    story_is(vc,
             "node1 Transition 1 aborted by cluster_property_set.poke 'create': Configuration change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Initiating start operation far_start_0 locally on node1\n"
             "node1 Transition 2 aborted: Pacemaker Remote node integrated\n"
             "node1 Result of start operation for far on node1: ok\n"
             "node1 Transition 2 action 1 (far_start_0 on node1) confirmed: ok\n"
             "node1 Transition 2 (Complete=1, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 3 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n"
             "node1 Transition 3 aborted by transient_attributes.far 'create': Transient attribute "
             "change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 4 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n"
             "node1 Transition 4 aborted by poke-1 doing modify poke=5: Configuration change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Initiating monitor operation far_monitor_5000 locally on node1\n"
             "node1 Result of monitor operation for far on node1: ok\n"
             "node1 Transition 5 action 1 (far_monitor_5000 on node1) confirmed: ok\n"
             "node1 Transition 5 (Complete=1, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    value_is(vc, 1, "//node_state[@id='far']", "in_ccm", "true");
    value_is(vc, 1, "//node_state[@id='far']", "remote_node", "true");
    vc_remote_message(vc, 1, "far",
                      "<lrmd_ipc_proxy lrmd_ipc_op='new' lrmd_ipc_server='attrd' lrmd_ipc_session='s1'/>");
    vc_remote_message(
        vc, 1, "far",
        "<lrmd_ipc_proxy lrmd_ipc_op='request' lrmd_ipc_session='s1' lrmd_ipc_user='u' "
        "lrmd_ipc_msg_id='7' lrmd_ipc_msg_flags='512'><lrmd_ipc_msg><x task='update' attr_name='a'/>"
        "</lrmd_ipc_msg></lrmd_ipc_proxy>");
    vc_remote_message(vc, 1, "far",
                      "<lrmd_ipc_proxy lrmd_ipc_op='new' lrmd_ipc_server='crmd' lrmd_ipc_session='s2'/>");
    vc_remote_message(
        vc, 1, "far",
        "<lrmd_ipc_proxy lrmd_ipc_op='request' lrmd_ipc_session='s2' lrmd_ipc_user='u' "
        "lrmd_ipc_msg_id='8' lrmd_ipc_msg_flags='512'><lrmd_ipc_msg><x t='crmd' crm_task='node-info' "
        "subt='request' crm_sys_to='crmd'/></lrmd_ipc_msg></lrmd_ipc_proxy>");
    vc_remote_message(vc, 1, "far", "<lrmd_ipc_proxy lrmd_ipc_op='request' lrmd_ipc_session='gone'/>");
    vc_remote_message(vc, 1, "far", "<lrmd_ipc_proxy lrmd_ipc_op='shutdown_req' lrmd_ipc_session='0'/>");
    story_is(vc,
             "node1 relays update for far\n"
             "node1 tells far: response\n"
             "node1 tells far: response\n"
             "node1 tells far: event\n"
             "node1 tells far: destroy\n"
             "node1 tells far: shutdown_ack\n");
    assert_non_null(vc_attribute(vc, "far", "shutdown"));
    vc_run(vc, MINUTE);
    vc_forget(vc);
    vc_remote(vc, false);
    vc_run(vc, MINUTE);
    story_is(vc,
             "node1 Result of monitor operation for far on node1: Timed Out (Remote executor did not "
             "respond)\n"
             "node1 Transition 6 aborted by operation far_monitor_5000 'monitor' on node1: Change in "
             "recurring result\n"
             "node1 Transition 5 action 1 (far_monitor_5000 on node1): expected 'ok' but got 'error' "
             "(Remote executor did not respond)\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 7 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n"
             "node1 Transition 7 aborted by status-1-3150553187 doing create "
             "last-failure-far#monitor_5000=1700000149: Transient attribute change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 Transition 7 aborted by status-1-703631404 doing create "
             "fail-count-far#monitor_5000=1: Transient attribute change\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 8 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    graph_connection(vc, "stop", 0);
    story_is(vc,
             "node1 Transition 8 aborted by poke-1 doing modify poke=9: Configuration change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Initiating stop operation far_stop_0 locally on node1\n"
             "node1 Transition 9 aborted: Node failure\n"
             "node1 Result of stop operation for far on node1: ok\n"
             "node1 Transition 9 aborted by deletion of "
             "/cib/status/node_state[@id='far']/transient_attributes[@id='far']: Transient attribute "
             "change\n"
             "node1 Transition 9 action 1 (far_stop_0 on node1) confirmed: ok\n"
             "node1 Transition 9 (Complete=1, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 10 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    value_is(vc, 1, "//node_state[@id='far']", "in_ccm", "false");
    vc_free(vc);
}

/* A connection lost in the very second of its monitor's first success:
 * the failure must be the newer of the two. */
static void a_connection_is_lost_at_once(void **state)
{
    static const char op[] = "//lrm_resource[@id='far']/lrm_rsc_op[@id='far_%s']";
    const char *const names[] = {"monitor_60000", "last_failure_0"};
    long long changed[2];
    vcluster_t *vc = cluster_of(2);

    (void)state;
    vc_remote(vc, true);
    graph_connection(vc, "start", 0);
    order_beside(vc, "", "monitor", 60000);
    while (!tells(vc, "Result of monitor operation for far")) {
        vc_run(vc, 1);
    }
    crmd_exec_lost(vc_core(vc, 1), "far");
    vc_run(vc, 100);
    for (size_t i = 0; i < 2; i++) {
        char xpath[100];
        const char *text;

        snprintf(xpath, sizeof xpath, op, names[i]);
        text = vc_cib_get(vc, 1, xpath, "last-rc-change");
        assert_non_null(text);
        changed[i] = atoll(text);
    }
    assert_true(changed[1] > changed[0]);
    vc_free(vc);
}

/* An operation of db behind the connection. */
static char *action_behind_it(const char *op, unsigned interval)
{
    char *graph = NULL;

    assert_true(
        asprintf(&graph,
                 "<synapse id='0'><action_set><rsc_op id='2' operation='%s' operation_key='db_%s_%u' "
                 "on_node='far' on_node_uuid='far' router_node='node1'>"
                 "<primitive id='db' class='ocf' provider='pacemaker' type='Dummy'/>"
                 "<attributes crm_feature_set='3.16.1' CRM_meta_timeout='20000' CRM_meta_interval='%u'/>"
                 "</rsc_op></action_set><inputs/></synapse>",
                 op, op, interval, interval)
        > 0);
    return graph;
}

static void graph_behind_it(vcluster_t *vc, const char *op, unsigned interval)
{
    char *graph = action_behind_it(op, interval);

    vc_next_graph(vc, graph);
    free(graph);
    poke(vc, 1);
    vc_run(vc, 4000);
}

/* The monitors that recur behind it end with a connection that stops;
 * an operation that still runs there has failed. */
static void what_a_stopped_connection_leaves(void **state)
{
    vcluster_t *vc = cluster_of(2);
    char *starting = action_behind_it("start", 0);

    (void)state;
    vc_remote(vc, true);
    graph_connection(vc, "start", 0);
    graph_behind_it(vc, "start", 0);
    graph_behind_it(vc, "monitor", 5000);
    vc_forget(vc);
    graph_connection(vc, "stop", 0);
    assert_false(tells(vc, "db"));
    graph_connection(vc, "start", 0);
    vc_operation(vc, "db", "start", -1, 0);
    vc_forget(vc);
    order_beside(vc, starting, "stop", 0);
    vc_run(vc, 4000);
    assert_true(tells(vc, "Result of start operation for db on far: Internal communication failure"));
    free(starting);
    vc_free(vc);
}

/* ---- leaving ---- */

static void graph_shutdown(vcluster_t *vc, const char *node)
{
    char *graph = NULL;

    assert_true(
        asprintf(&graph,
                 "<synapse id='0'><action_set><crm_event id='1' operation='do_shutdown' "
                 "operation_key='do_shutdown-node%s' on_node='node%s' on_node_uuid='%s'>"
                 "<attributes CRM_meta_op_no_wait='true'/><downed><node id='%s'/></downed></crm_event>"
                 "</action_set><inputs/></synapse>",
                 node, node, node, node)
        > 0);
    vc_next_graph(vc, graph);
    free(graph);
}

static void a_member_leaves(void **state)
{
    vcluster_t *vc = cluster_of(3);

    (void)state;
    vc_shutdown(vc, 3);
    vc_run(vc, 1000);
    assert_non_null(vc_attribute(vc, "node3", "shutdown"));
    graph_shutdown(vc, "3");
    poke(vc, 1);
    vc_run(vc, MINUTE);
    story_is(vc, "node1 Transition 1 aborted by status-3-4232446817 doing create shutdown=1700000060: "
             "Transient attribute change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 2 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n"
             "node1 Transition 2 aborted by cluster_property_set.poke 'create': Configuration change\n"
             "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node3 S_NOT_DC -> S_STOPPING (I_STOP)\n"
             "node3 exits with 0\n"
             "node1 Transition 3 (Complete=1, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    assert_int_equal(vc_exit_status(vc, 3), 0);
    value_is(vc, 1, "//node_state[@id='3']", "expected", "down");
    vc_free(vc);
}

static void the_dc_leaves(void **state)
{
    vcluster_t *vc = cluster_of(2);

    (void)state;
    graph_shutdown(vc, "1");
    vc_shutdown(vc, 1);
    vc_run(vc, MINUTE);
    story_is(vc, "node1 S_IDLE -> S_POLICY_ENGINE (I_SHUTDOWN)\n"
             "node1 Transition 1 aborted by status-1-4232446817 doing create shutdown=1700000060: "
             "Transient attribute change\n"
             "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node1 Transition 2 (Complete=1, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node1 S_TRANSITION_ENGINE -> S_STOPPING (I_STOP)\n"
             "node1 exits with 0\n"
             "node2 S_NOT_DC -> S_ELECTION (I_ELECTION)\n"
             "node2 S_ELECTION -> S_INTEGRATION (I_ELECTION_DC)\n"
             "node2 S_INTEGRATION -> S_FINALIZE_JOIN (I_INTEGRATED)\n"
             "node2 Finalizing join-1 for 1 nodes (using our CIB)\n"
             "node2 S_FINALIZE_JOIN -> S_POLICY_ENGINE (I_FINALIZED)\n"
             "node2 Transition -1 aborted: Peer Cancelled\n"
             "node2 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
             "node2 Transition 3 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
             "Source=input): Complete\n"
             "node2 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    assert_int_equal(vc_exit_status(vc, 1), 0);
    value_is(vc, 2, "//node_state[@id='1']", "expected", "down");
    state_is(vc, 2, "S_IDLE");
    vc_free(vc);
}

/* ---- clients and peers ---- */

static void clients_ask(void **state)
{
    vcluster_t *vc = cluster_of(2);

    (void)state;
    vc_inject(
        vc, 2, NULL,
        "<m t='crmd' subt='request' reference='r' crm_task='ping' crm_sys_to='dc' crm_sys_from='x'/>");
    vc_run(vc, 100);
    assert_string_equal(xml_get(vc_client_reply(vc, 2), "src"), "node1");
    assert_string_equal(
        xml_get(xml_first(xml_first(vc_client_reply(vc, 2), "crm_xml"), "ping_response"), "crmd_state"),
        "S_IDLE");
    vc_inject(vc, 2, NULL,
              "<m t='crmd' subt='request' reference='r' crm_task='node-info' crm_sys_to='crmd' id='1'/>");
    vc_run(vc, 100);
    assert_string_equal(xml_get(xml_first(xml_first(vc_client_reply(vc, 2), "crm_xml"), "node"), "uname"),
                        "node1");
    vc_inject(vc, 2, NULL,
              "<m t='crmd' subt='request' reference='r' crm_task='list-nodes' crm_sys_to='crmd'/>");
    vc_run(vc, 100);
    assert_non_null(xml_first(xml_first(xml_first(vc_client_reply(vc, 2), "crm_xml"), "nodes"), "node"));
    vc_free(vc);
}

static void a_client_cleans_up(void **state)
{
    vcluster_t *vc = cluster_of(2);

    (void)state;
    graph_start_and_monitor(vc, "r", "2");
    poke(vc, 1);
    vc_run(vc, 5000);
    vc_forget(vc);
    vc_inject(vc, 1, NULL,
              "<m t='crmd' subt='request' reference='r' crm_task='lrm_delete' crm_sys_to='crmd' "
              "crm_host_to='node2'><crm_xml><rsc_op on_node='node2' transition-key='1:0:0:x'><primitive "
              "id='r' class='ocf' "
              "provider='pacemaker' type='Dummy'/><attributes/></rsc_op></crm_xml></m>");
    vc_run(vc, 5000);
    story_is(vc, "node1 Transition 2 aborted by deletion of "
                 "/cib/status/node_state[@id='2']/lrm[@id='2']/lrm_resources/lrm_resource[@id='r']: "
                 "Resource state removal\n"
                 "node1 S_IDLE -> S_POLICY_ENGINE (I_PE_CALC)\n"
                 "node1 Transition 2 aborted by cib-bootstrap-options-last-lrm-refresh doing create "
                 "last-lrm-refresh=1700000065: Configuration change\n"
                 "node1 S_POLICY_ENGINE -> S_TRANSITION_ENGINE (I_PE_SUCCESS)\n"
                 "node1 Transition 4 (Complete=0, Pending=0, Fired=0, Skipped=0, Incomplete=0, "
                 "Source=input): Complete\n"
                 "node1 S_TRANSITION_ENGINE -> S_IDLE (I_TE_SUCCESS)\n");
    value_is(vc, 1, "//lrm_resource[@id='r']", "id", NULL);
    assert_non_null(vc_cib_get(vc, 1, "//nvpair[@name='last-lrm-refresh']", "value"));
    assert_string_equal(xml_get(vc_client_reply(vc, 1), "crm_task"), "lrm_invoke");
    vc_free(vc);
}

/* crm_resource --fail: it counts as a failure, though no transition asked for the operation. */
static void a_client_fails_a_resource(void **state)
{
    vcluster_t *vc = cluster_of(2);

    (void)state;
    graph_start_and_monitor(vc, "r", "2");
    poke(vc, 1);
    vc_run(vc, 5000);
    vc_inject(vc, 1, NULL,
              "<m t='crmd' subt='request' reference='r' crm_task='lrm_fail' crm_sys_to='crmd' "
              "crm_host_to='node2' crm_user='root'><crm_xml><rsc_op on_node='node2' transition-key='1:0:0:x'>"
              "<primitive id='r' class='ocf' provider='pacemaker' type='Dummy'/><attributes/></rsc_op>"
              "</crm_xml></m>");
    vc_run(vc, 5000);
    value_is(vc, 1, "//lrm_rsc_op[@id='r_last_failure_0']", "operation_key", "r_asyncmon_0");
    assert_string_equal(vc_attribute(vc, "node2", "fail-count-r#asyncmon_0"), "value++");
    assert_non_null(vc_attribute(vc, "node2", "last-failure-r#asyncmon_0"));
    vc_free(vc);
}

/* Every message a controller understands, whole; each attribute and element is then left out in turn. */
static const char *const known_messages[] = {
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='join_announce' crm_sys_to='dc' "
    "crm_sys_from='crmd'/>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='join_request' crm_sys_to='dc' "
    "crm_sys_from='crmd' "
    "join_id='1' crm_feature_set='3.16.1'><crm_xml><generation_tuple epoch='1' num_updates='1' "
    "admin_epoch='0'/></crm_xml></m>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='join_confirm' crm_sys_to='dc' "
    "crm_sys_from='crmd' "
    "join_id='1'><crm_xml><node_state id='2' uname='node2'><lrm "
    "id='2'><lrm_resources/></lrm></node_state></crm_xml></m>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='vote' crm_sys_to='crmd' "
    "crm_sys_from='crmd' "
    "election-owner='2' election-id='1' election-age-sec='0' election-age-nano-sec='0'/>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='no-vote' crm_sys_to='crmd' "
    "crm_sys_from='crmd' "
    "election-owner='2' election-id='1'/>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='throttle' crm_sys_to='crmd' "
    "crm_sys_from='crmd' "
    "crm-limit-mode='1' crm-limit-max='8'/>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='noop' crm_sys_to='crmd' "
    "crm_sys_from='crmd'/>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='clear_failcount' "
    "crm_sys_to='crmd' "
    "crm_sys_from='tengine'><crm_xml><crm_event on_node='node1'><primitive id='r'/><attributes "
    "CRM_meta_clear_failure_op='start' CRM_meta_clear_failure_interval='0'/></crm_event></crm_xml></m>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='lrm_invoke' crm_sys_to='lrmd' "
    "crm_sys_from='tengine'><crm_xml><rsc_op id='3' operation='monitor' operation_key='r_monitor_0' "
    "on_node='node1' "
    "on_node_uuid='1' transition-key='3:1:7:00000001-0000-0000-0000-000000000000'><primitive id='r' "
    "class='ocf' "
    "provider='pacemaker' type='Dummy'/><attributes crm_feature_set='3.16.1' "
    "CRM_meta_timeout='20000'/></rsc_op></crm_xml></m>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='lrm_invoke' crm_sys_to='lrmd' "
    "crm_sys_from='tengine'><crm_xml><rsc_op id='3' operation='cancel' operation_key='r_cancel_0' "
    "on_node='node1' "
    "on_node_uuid='1'><primitive id='r' class='ocf' provider='pacemaker' type='Dummy'/><attributes "
    "CRM_meta_operation='monitor' CRM_meta_interval='10000' CRM_meta_call_id='4'/></rsc_op></crm_xml></m>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='lrm_invoke' crm_sys_to='tengine' "
    "crm_sys_from='lrmd'><crm_xml><node_state id='2' uname='node2'><lrm "
    "id='2'><lrm_resources><lrm_resource id='r'>"
    "<lrm_rsc_op id='r_last_0' operation_key='r_start_0' operation='start' transition-key='1:9:0:x' "
    "call-id='1' "
    "rc-code='1' op-status='0' "
    "interval='0'/></lrm_resource></lrm_resources></lrm></node_state></crm_xml></m>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='lrm_fail' crm_sys_to='crmd' "
    "crm_sys_from='c'>"
    "<crm_xml><rsc_op on_node='node1'><primitive id='r' class='ocf' provider='pacemaker' "
    "type='Dummy'/><attributes/></rsc_op>"
    "</crm_xml></m>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='lrm_delete' crm_sys_to='crmd' "
    "crm_sys_from='c'>"
    "<crm_xml><rsc_op on_node='node1' mode='cib'><primitive id='r' class='ocf' provider='pacemaker' "
    "type='Dummy'/>"
    "<attributes/></rsc_op></crm_xml></m>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='probe_again' crm_sys_to='crmd' "
    "crm_sys_from='c'>"
    "<crm_xml><data_for_probe_again on_node='node1'/></crm_xml></m>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='rm_node_cache' crm_sys_to='crmd' "
    "crm_sys_from='c' id='9' uname='nobody'/>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='remote_state' crm_sys_to='dc' "
    "crm_sys_from='crmd' id='remote1' in_ccm='true'/>",
    "<m t='crmd' version='3.16.1' subt='request' reference='r' crm_task='maintenance_nodes' "
    "crm_sys_to='crmd' "
    "crm_sys_from='tengine'><crm_xml><pseudo_event id='1'><maintenance><node id='remote1' "
    "node_in_maintenance='1'/>"
    "</maintenance></pseudo_event></crm_xml></m>",
    "<m t='crmd' version='3.16.1' subt='response' reference='r' crm_task='pe_calc' crm_sys_to='crmd' "
    "crm_sys_from='pengine'><crm_xml><transition_graph transition_id='1' "
    "cluster-delay='60s'/></crm_xml></m>",
};

static unsigned count_parts(const xmlNode *node)
{
    unsigned count = 0;

    for (const xmlAttr *attr = node->properties; attr; attr = attr->next) {
        count++;
    }
    xml_foreach(child, node, NULL) {
        count += 1 + count_parts(child);
    }
    return count;
}

/* Remove the n-th attribute or element below node; true when done. */
static bool remove_part(xmlNode *node, unsigned *n)
{
    for (xmlAttr *attr = node->properties; attr; attr = attr->next) {
        if ((*n)-- == 0) {
            xmlRemoveProp(attr);
            return true;
        }
    }
    xml_foreach(child, node, NULL) {
        if ((*n)-- == 0) {
            xml_free(child);
            return true;
        }
        if (remove_part(child, n)) {
            return true;
        }
    }
    return false;
}

static void inject_damaged(vcluster_t *vc, const char *text, unsigned part)
{
    xmlNode *msg = xml_parse(text, NULL);
    char *damaged;

    assert_non_null(msg);
    assert_true(remove_part(msg, &part));
    damaged = xml_text(msg);
    vc_inject(vc, 1, "node2", damaged);
    vc_run(vc, 10);
    if (vc_core(vc, 1)) {
        vc_inject(vc, 1, NULL, damaged);
        vc_run(vc, 10);
    }
    free(damaged);
    xml_free(msg);
}

static void damaged_messages_do_no_harm(void **state)
{
    vcluster_t *vc = cluster_of(2);

    (void)state;
    for (size_t i = 0; i < sizeof known_messages / sizeof known_messages[0]; i++) {
        xmlNode *whole = xml_parse(known_messages[i], NULL);
        unsigned parts = count_parts(whole);

        xml_free(whole);
        for (unsigned part = 0; part < parts; part++) {
            inject_damaged(vc, known_messages[i], part);
            assert_non_null(vc_core(vc, 1));
        }
        vc_inject(vc, 1, "node2", known_messages[i]);
        vc_run(vc, 100);
    }
    vc_run(vc, 5 * MINUTE);
    state_is(vc, 1, "S_IDLE");
    state_is(vc, 2, "S_NOT_DC");
    vc_free(vc);
}

static void damaged_graphs_do_no_harm(void **state)
{
    static const char *const graphs[] = {
        "<synapse/>",
        "<synapse id='0'><action_set><rsc_op/></action_set></synapse>",
        "<synapse id='0'><action_set><rsc_op id='1'/></action_set></synapse>",
        "<synapse id='0'><action_set><crm_event id='1' operation='stonith'/></action_set></synapse>",
        "<synapse id='0'><action_set><crm_event id='1'/></action_set></synapse>",
        "<synapse id='0'><action_set><other id='1'/></action_set></synapse>",
        "<synapse id='0'><action_set><rsc_op id='1' operation='start' "
        "on_node='nowhere'/></action_set></synapse>",
        "<synapse id='0'><action_set><crm_event id='1' operation='lrm_delete' "
        "mode='cib'/></action_set></synapse>",
    };

    (void)state;
    for (size_t i = 0; i < sizeof graphs / sizeof graphs[0]; i++) {
        vcluster_t *vc = cluster_of(1);

        vc_next_graph(vc, graphs[i]);
        poke(vc, 1);
        vc_run(vc, 5 * MINUTE);
        state_is(vc, 1, "S_IDLE");
        vc_free(vc);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_node_starts_alone),
        cmocka_unit_test(three_nodes_join),
        cmocka_unit_test(a_complete_cluster_elects_at_once),
        cmocka_unit_test(an_incomplete_cluster_waits_for_its_nodes),
        cmocka_unit_test(a_lone_configured_node_elects_at_once),
        cmocka_unit_test(a_joining_node_does_not_disturb_the_dc),
        cmocka_unit_test(a_node_joins_an_existing_dc),
        cmocka_unit_test(a_node_fails_while_it_joins),
        cmocka_unit_test(the_dc_fails),
        cmocka_unit_test(a_member_fails_and_returns),
        cmocka_unit_test(a_partition_and_its_end),
        cmocka_unit_test(a_resource_is_started_and_monitored),
        cmocka_unit_test(a_start_fails),
        cmocka_unit_test(a_monitor_fails_later),
        cmocka_unit_test(an_action_is_lost),
        cmocka_unit_test(a_change_aborts_the_transition),
        cmocka_unit_test(a_node_dies_with_an_action_pending),
        cmocka_unit_test(the_scheduler_sees_all_our_writes),
        cmocka_unit_test(a_node_is_fenced),
        cmocka_unit_test(no_device_can_fence),
        cmocka_unit_test(a_remote_node_comes_and_goes),
        cmocka_unit_test(a_connection_is_lost_at_once),
        cmocka_unit_test(what_a_stopped_connection_leaves),
        cmocka_unit_test(a_member_leaves),
        cmocka_unit_test(the_dc_leaves),
        cmocka_unit_test(clients_ask),
        cmocka_unit_test(a_client_cleans_up),
        cmocka_unit_test(a_client_fails_a_resource),
        cmocka_unit_test(damaged_messages_do_no_harm),
        cmocka_unit_test(damaged_graphs_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
