/* Several CIB managers in one process, joined by a virtual process group: what each of them does, told line
 * by line. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <glib.h>
#include "cib/cib_client.h"
#include "cib/cib_core.h"
#include "cib/version.h"
#include "pacemaker/common/results.h"

#define NODES 3

struct node {
    char name[8];
    cib_core_t *core;
    struct cib_env env;
    bool timer;
};

struct letter {
    int from;
    char *to;                   /* NULL = all */
    xmlNode *message;
};

static struct node nodes[NODES];
static GQueue group = G_QUEUE_INIT;
static GString *story;
static bool cut[NODES];         /* the node does not get what is sent to all */

static void tell(const struct node *node, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void tell(const struct node *node, const char *format, ...)
{
    va_list args;

    g_string_append_printf(story, "%s ", node->name);
    va_start(args, format);
    g_string_append_vprintf(story, format, args);
    va_end(args);
    g_string_append_c(story, '\n');
}

static const char *attr(const xmlNode *message, const char *name)
{
    const char *value = xml_get(message, name);

    return value != NULL ? value : "-";
}

static void on_reply(void *arg, const char *client, const xmlNode *reply, bool sync)
{
    tell(arg, "replies to %s: %s %s%s", client, attr(reply, "cib_op"), attr(reply, "cib_rc"),
         sync ? " (sync)" : "");
}

static int on_send(void *arg, const char *to, const xmlNode *message)
{
    const struct node *node = arg;
    struct letter *letter = g_new0(struct letter, 1);

    tell(node, "sends %s to %s", attr(message, "cib_op"), to != NULL ? to : "all");
    letter->from = (int)(node - nodes);
    letter->to = g_strdup(to);
    letter->message = xml_copy(message);
    g_queue_push_tail(&group, letter);
    return 0;
}

static void on_notify(void *arg, const char *type, const xmlNode *message)
{
    tell(arg, "notifies %s %s %s", type, attr(message, "cib_op"), attr(message, "cib_rc"));
}

static void on_write(void *arg)
{
    struct cib_version version = cib_version_of(cib_core_cib(((struct node *)arg)->core), 0);

    tell(arg, "writes %lld.%lld.%lld", version.admin_epoch, version.epoch, version.num_updates);
}

static void on_timer(void *arg, unsigned ms)
{
    (void)ms;
    ((struct node *)arg)->timer = true;
}

static void on_options(void *arg)
{
    tell(arg, "reads its options again");
}

static void on_may_leave(void *arg)
{
    tell(arg, "may leave");
}

static const struct cib_core_ops ops = {
    .reply = on_reply, .send = on_send, .notify = on_notify, .write = on_write, .arm_digest_timer = on_timer,
    .options_changed = on_options, .may_leave = on_may_leave,
};

static int refuse_bogus(void *arg, xmlNode *cib)
{
    (void)arg;
    return xml_first(xml_first(xml_first(cib, "configuration"), "resources"), "bogus") != NULL
        ? -PCMK_ERR_SCHEMA_VALIDATION : 0;
}

static int setup(void **state)
{
    (void)state;
    story = g_string_new(NULL);
    memset(cut, 0, sizeof(cut));
    for (int i = 0; i < NODES; i++) {
        memset(&nodes[i], 0, sizeof(nodes[i]));
        g_snprintf(nodes[i].name, sizeof(nodes[i].name), "n%d", i + 1);
        nodes[i].env.validate = refuse_bogus;
        nodes[i].core = cib_core_new(nodes[i].name, &ops, &nodes[i], &nodes[i].env, cib_empty(0), 0);
    }
    return 0;
}

static void letter_free(struct letter *letter)
{
    g_free(letter->to);
    xml_free(letter->message);
    g_free(letter);
}

static int teardown(void **state)
{
    (void)state;
    while (group.length > 0) {
        letter_free(g_queue_pop_head(&group));
    }
    for (int i = 0; i < NODES; i++) {
        cib_core_free(nodes[i].core);
    }
    g_string_free(story, TRUE);
    return 0;
}

/* Deliver everything that was sent, in one order to all. */
static void deliver(void)
{
    struct letter *letter;

    while ((letter = g_queue_pop_head(&group)) != NULL) {
        for (int i = 0; i < NODES; i++) {
            XML_AUTO xmlNode *copy = NULL;

            if (letter->to != NULL ? strcmp(letter->to, nodes[i].name) != 0 : cut[i]) {
                continue;
            }
            copy = xml_copy(letter->message);
            cib_core_peer_message(nodes[i].core, nodes[letter->from].name, copy);
        }
        letter_free(letter);
    }
}

static void request(int node, const char *op, const char *section, const char *data, const char *more)
{
    bool plain = (more == NULL || strstr(more, "cib_callopt") == NULL);
    char *text = g_strdup_printf("<cib_command t='cib' cib_op='%s' cib_callid='1' %s cib_clientid='c' "
                                 "cib_clientname='test' %s><cib_calldata>%s</cib_calldata></cib_command>",
                                 op, plain ? "cib_callopt='0'" : "", more != NULL ? more : "",
                                 data != NULL ? data : "");
    XML_AUTO xmlNode *message = xml_parse_strict(text, strlen(text), NULL);

    assert_non_null(message);
    xml_set(message, "cib_section", section);
    g_free(text);
    cib_core_request(nodes[node].core, message, true);
}

static void expect_story(const char *expected)
{
    assert_string_equal(story->str, expected);
    g_string_truncate(story, 0);
}

static void expect_equal_copies(void)
{
    char *first = cib_digest(cib_core_cib(nodes[0].core), CRM_FEATURE_SET);

    for (int i = 1; i < NODES; i++) {
        char *other = cib_digest(cib_core_cib(nodes[i].core), CRM_FEATURE_SET);

        assert_string_equal(first, other);
        free(other);
    }
    free(first);
}

static void test_change_is_executed_everywhere(void **state)
{
    (void)state;
    request(1, CIB_OP_CREATE, "resources", "<primitive id='a' class='ocf'/>", NULL);
    expect_story("n2 sends cib_create to all\n");
    deliver();
    expect_story("n1 writes 0.1.0\n"
                 "n1 notifies cib_diff_notify cib_create 0\n"
                 "n2 writes 0.1.0\n"
                 "n2 notifies cib_diff_notify cib_create 0\n"
                 "n2 replies to c: cib_create 0\n"
                 "n3 writes 0.1.0\n"
                 "n3 notifies cib_diff_notify cib_create 0\n");
    expect_equal_copies();
}

/* Counted like the reference does, as if the status had changed; but kept. */
static void test_creation_by_modify_is_written(void **state)
{
    (void)state;
    request(0, CIB_OP_MODIFY, "crm_config", "<cluster_property_set id='a'/>", "cib_callopt='8'");
    deliver();
    expect_story("n1 sends cib_modify to all\n"
                 "n1 writes 0.0.1\n"
                 "n1 reads its options again\n"
                 "n1 notifies cib_diff_notify cib_modify 0\n"
                 "n1 replies to c: cib_modify 0\n"
                 "n2 writes 0.0.1\n"
                 "n2 reads its options again\n"
                 "n2 notifies cib_diff_notify cib_modify 0\n"
                 "n3 writes 0.0.1\n"
                 "n3 reads its options again\n"
                 "n3 notifies cib_diff_notify cib_modify 0\n");
    expect_equal_copies();
}

static void test_status_is_not_written(void **state)
{
    (void)state;
    request(0, CIB_OP_MODIFY, "status", "<node_state id='1' uname='n1'/>", "cib_callopt='8'");
    deliver();
    g_string_truncate(story, 0);
    request(0, CIB_OP_MODIFY, "status", "<node_state id='1' crmd='online'/>", NULL);
    deliver();
    expect_story("n1 sends cib_modify to all\n"
                 "n1 notifies cib_diff_notify cib_modify 0\n"
                 "n1 replies to c: cib_modify 0\n"
                 "n2 notifies cib_diff_notify cib_modify 0\n"
                 "n3 notifies cib_diff_notify cib_modify 0\n");
    expect_equal_copies();
}

static void test_refused_change_leaves_everything_alone(void **state)
{
    char *before = cib_digest(cib_core_cib(nodes[0].core), CRM_FEATURE_SET), *after;

    (void)state;
    request(0, CIB_OP_CREATE, "resources", "<bogus id='a'/>", NULL);
    deliver();
    expect_story("n1 sends cib_create to all\n"
                 "n1 notifies cib_diff_notify cib_create -203\n"
                 "n1 replies to c: cib_create -203\n"
                 "n2 notifies cib_diff_notify cib_create -203\n"
                 "n3 notifies cib_diff_notify cib_create -203\n");
    after = cib_digest(cib_core_cib(nodes[0].core), CRM_FEATURE_SET);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void test_query_is_local(void **state)
{
    (void)state;
    request(2, CIB_OP_QUERY, "nodes", NULL, NULL);
    expect_story("n3 replies to c: cib_query 0\n");
}

static void test_query_of_another_node(void **state)
{
    (void)state;
    request(2, CIB_OP_QUERY, "nodes", NULL, "cib_host='n1'");
    deliver();
    expect_story("n3 sends cib_query to n1\n"
                 "n1 sends cib_query to n3\n"
                 "n3 replies to c: cib_query 0\n");
}

/* The reference changes the one node's copy only and does not reply. */
static void test_change_for_another_node_concerns_all(void **state)
{
    (void)state;
    request(2, CIB_OP_MODIFY, "nodes", "<node id='7' uname='seven'/>", "cib_host='n1' cib_callopt='4'");
    deliver();
    expect_equal_copies();
    assert_non_null(strstr(story->str, "n3 replies to c: cib_modify "));
    assert_null(strstr(story->str, "n1 replies"));
    g_string_truncate(story, 0);
}

static void test_primary_is_a_private_flag(void **state)
{
    (void)state;
    request(0, CIB_OP_IS_PRIMARY, NULL, NULL, NULL);
    request(0, CIB_OP_PRIMARY, NULL, NULL, NULL);
    request(0, CIB_OP_IS_PRIMARY, NULL, NULL, NULL);
    request(0, CIB_OP_SECONDARY, NULL, NULL, NULL);
    request(0, CIB_OP_IS_PRIMARY, NULL, NULL, NULL);
    expect_story("n1 replies to c: cib_ismaster -1\n"
                 "n1 replies to c: cib_master 0\n"
                 "n1 replies to c: cib_ismaster 0\n"
                 "n1 replies to c: cib_slave 0\n"
                 "n1 replies to c: cib_ismaster -1\n");
}

/* n3 misses a change; the primary's digest check finds out and sends it a copy. */
static void test_digest_check_repairs_a_copy(void **state)
{
    (void)state;
    request(0, CIB_OP_PRIMARY, NULL, NULL, NULL);
    cut[2] = true;
    request(0, CIB_OP_CREATE, "resources", "<primitive id='a'/>", NULL);
    deliver();
    cut[2] = false;
    assert_true(nodes[0].timer);
    g_string_truncate(story, 0);
    cib_core_digest_timer(nodes[0].core);
    deliver();
    expect_story("n1 sends ping to all\n"
                 "n1 sends ping to n1\n"
                 "n2 sends ping to n1\n"
                 "n3 sends ping to n1\n"
                 "n1 sends cib_replace to n3\n"
                 "n3 writes 0.1.0\n"
                 "n3 notifies cib_diff_notify cib_replace 0\n");
    expect_equal_copies();
    cib_core_digest_timer(nodes[1].core);
    expect_story("");
}

/* The DC asks the node with the best copy to send it to all; its call ends when the copy is in place. */
static void test_sync_from_the_best_node(void **state)
{
    (void)state;
    cut[0] = cut[2] = true;
    request(1, CIB_OP_CREATE, "resources", "<primitive id='a'/>", NULL);
    deliver();
    cut[0] = cut[2] = false;
    g_string_truncate(story, 0);
    request(0, CIB_OP_SYNC, NULL, NULL, "cib_host='n2'");
    deliver();
    expect_story("n1 sends cib_sync to n2\n"
                 "n2 sends cib_replace to all\n"
                 "n2 sends cib_sync to n1\n"
                 "n1 writes 0.1.0\n"
                 "n1 notifies cib_diff_notify cib_replace 0\n"
                 "n1 replies to c: cib_replace 0\n"
                 "n2 writes 0.1.0\n"
                 "n3 writes 0.1.0\n"
                 "n3 notifies cib_diff_notify cib_replace 0\n"
                 "n1 replies to c: cib_sync 0\n");
    expect_equal_copies();
}

static void test_older_copy_is_refused(void **state)
{
    (void)state;
    cut[0] = cut[1] = true;
    request(2, CIB_OP_BUMP, NULL, NULL, NULL);
    deliver();
    cut[0] = cut[1] = false;
    g_string_truncate(story, 0);
    request(0, CIB_OP_SYNC, NULL, NULL, NULL);
    deliver();
    assert_non_null(strstr(story->str, "n1 replies to c: cib_replace 0\n"));
    assert_null(strstr(story->str, "n3 writes"));
    assert_int_equal(cib_version_of(cib_core_cib(nodes[2].core), 0).epoch, 1);
}

/* A change is under way when the copy is sent: each node makes it on what it has,
 * then finds the copy too old. */
static void test_sync_overtaken_by_a_change(void **state)
{
    (void)state;
    cut[1] = cut[2] = true;
    request(0, CIB_OP_CREATE, "nodes", "<node id='1' uname='n1'/>", NULL);
    deliver();
    cut[0] = cut[2] = true;
    cut[1] = false;
    request(1, CIB_OP_CREATE, "nodes", "<node id='2' uname='n2'/>", NULL);
    deliver();
    cut[0] = cut[2] = false;
    request(1, CIB_OP_CREATE, "resources", "<primitive id='a'/>", NULL);
    request(0, CIB_OP_SYNC, NULL, NULL, "cib_host='n1'");
    deliver();
    expect_equal_copies();
}

static const char *const far_patch =
    "<diff format='2'><version><source admin_epoch='0' epoch='7' num_updates='0'/>"
    "<target admin_epoch='0' epoch='8' num_updates='0'/></version></diff>";

/* Everybody but the primary asks for the whole when a patch is ahead of it, and waits for it. */
static void test_patch_from_the_future(void **state)
{
    (void)state;
    request(0, CIB_OP_PRIMARY, NULL, NULL, NULL);
    g_string_truncate(story, 0);
    cut[2] = true;
    request(1, CIB_OP_APPLY_DIFF, NULL, far_patch, NULL);
    deliver();
    assert_non_null(
        strstr(story->str, "n2 sends cib_sync_one to all\nn2 replies to c: cib_apply_diff -207\n"));
    assert_non_null(strstr(story->str, "n1 sends cib_replace to n2\n"));
    assert_null(strstr(story->str, "n1 sends cib_sync_one"));
    expect_equal_copies();
}

static void test_erase_and_replace_tell_to_refresh(void **state)
{
    (void)state;
    request(0, CIB_OP_REPLACE, "nodes", "<nodes><node id='1' uname='n1'/></nodes>", NULL);
    deliver();
    assert_non_null(strstr(story->str, "n2 notifies cib_refresh_notify cib_replace 0\n"));
    g_string_truncate(story, 0);
    request(0, CIB_OP_REPLACE, "resources", "<resources><primitive id='a'/></resources>", NULL);
    deliver();
    assert_null(strstr(story->str, "cib_refresh_notify"));
    g_string_truncate(story, 0);
    request(0, CIB_OP_ERASE, NULL, NULL, NULL);
    deliver();
    assert_non_null(strstr(story->str, "n3 notifies cib_refresh_notify cib_replace 0\n"));
    expect_equal_copies();
}

static void test_options_are_reread(void **state)
{
    (void)state;
    request(
        0, CIB_OP_MODIFY, "crm_config",
        "<crm_config><cluster_property_set id='s'><nvpair id='i' name='x' value='1'/></cluster_property_set>"
        "</crm_config>",
        NULL);
    deliver();
    assert_non_null(strstr(story->str, "n3 reads its options again\n"));
}

static void test_leaving(void **state)
{
    (void)state;
    assert_int_equal(cib_core_leave(nodes[1].core), 0);
    deliver();
    expect_story("n2 sends cib_shutdown_req to all\n"
                 "n1 sends cib_shutdown_req to n2\n"
                 "n2 sends cib_shutdown_req to n2\n"
                 "n3 sends cib_shutdown_req to n2\n"
                 "n2 may leave\n");
}

static void test_dry_run_changes_nothing(void **state)
{
    (void)state;
    request(0, CIB_OP_CREATE, "resources", "<primitive id='a'/>", NULL);
    deliver();
    g_string_truncate(story, 0);
    request(0, CIB_OP_DELETE, "resources", "<primitive id='a'/>", "cib_callopt='512'");
    deliver();
    expect_story("n1 sends cib_delete to all\n"
                 "n1 replies to c: cib_delete 0\n");
    assert_int_equal(cib_version_of(cib_core_cib(nodes[0].core), 0).epoch, 1);
}

static void test_unusable_configuration_answers_with_its_status(void **state)
{
    (void)state;
    cib_core_free(nodes[0].core);
    nodes[0].core =
        cib_core_new("n1", &ops, &nodes[0], &nodes[0].env, cib_empty(0), -PCMK_ERR_SCHEMA_VALIDATION);
    request(0, CIB_OP_QUERY, NULL, NULL, NULL);
    expect_story("n1 replies to c: cib_query -203\n");
}

static void test_alone_executes_at_once(void **state)
{
    (void)state;
    cib_core_set_alone(nodes[0].core, true);
    request(0, CIB_OP_CREATE, "resources", "<primitive id='a'/>", NULL);
    expect_story("n1 writes 0.1.0\n"
                 "n1 notifies cib_diff_notify cib_create 0\n"
                 "n1 replies to c: cib_create 0\n");
}

static void test_unprivileged_channel_cannot_change(void **state)
{
    const char *text =
        "<cib_command t='cib' cib_op='cib_erase' cib_callid='1' cib_callopt='0' cib_clientid='c'/>";
    XML_AUTO xmlNode *message = xml_parse_strict(text, strlen(text), NULL);

    (void)state;
    cib_core_request(nodes[0].core, message, false);
    expect_story("n1 replies to c: cib_erase -13\n");
}

/* Whatever a peer or client sends: no crash, nothing changes, the rest goes on. */
static void test_damaged_messages(void **state)
{
    static const char *const texts[] = {
        "<x/>",
        "<x cib_op=''/>",
        "<x cib_op='nonsense'/>",
        "<x cib_op='cib_replace'/>",
        "<x cib_op='cib_replace' cib_update='true' digest='00'><cib_calldata><cib/></cib_calldata></x>",
        "<x cib_op='cib_replace'><cib_calldata><cib epoch='-5' admin_epoch='x'/></cib_calldata></x>",
        "<x cib_op='cib_modify' cib_section='status'><cib_calldata/></x>",
        "<x cib_op='cib_modify' cib_callopt='-1'><cib_calldata><a/></cib_calldata></x>",
        "<x cib_op='cib_modify' cib_callopt='2' cib_section='//['><cib_calldata><a/></cib_calldata></x>",
        "<x cib_op='cib_delete' cib_callopt='6' cib_section='/'/>",
        "<x cib_op='cib_delete' cib_callopt='6' cib_section='//cib'/>",
        "<x cib_op='cib_apply_diff'><cib_calldata><diff format='9'/></cib_calldata></x>",
        "<x cib_op='cib_apply_diff'><cib_calldata><diff format='2'><change operation='move' path='/cib' "
        "position='3'/>"
        "</diff></cib_calldata></x>",
        "<x cib_op='cib_apply_diff' cib_update='true'><cib_update_diff><diff/></cib_update_diff></x>",
        "<x cib_op='ping' cib_isreplyto='n1'/>",
        "<x cib_op='ping' cib_isreplyto='n1'><cib_calldata><p digest='1'/></cib_calldata></x>",
        "<x cib_op='cib_upgrade' cib_upgrade_rc='x' cib_isreplyto='n1'/>",
        "<x cib_op='cib_shutdown_req' cib_isreplyto='n1'/>",
        "<x cib_op='cib_sync'/>",
        "<x cib_op='cib_create' cib_section='resources'><cib_calldata><!-- c --></cib_calldata></x>",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        XML_AUTO xmlNode *message = xml_parse_strict(texts[i], strlen(texts[i]), NULL);
        XML_AUTO xmlNode *copy = xml_copy(message);

        assert_non_null(message);
        cib_core_peer_message(nodes[0].core, i % 2 == 0 ? "n2" : NULL, message);
        cib_core_request(nodes[0].core, copy, true);
        deliver();
    }
    request(0, CIB_OP_QUERY, NULL, NULL, NULL);
    assert_true(g_str_has_suffix(story->str, "n1 replies to c: cib_query 0\n"));
    assert_true(xml_is(cib_core_cib(nodes[0].core), "cib"));
}

#define story_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(test_change_is_executed_everywhere),
        story_test(test_creation_by_modify_is_written),
        story_test(test_status_is_not_written),
        story_test(test_refused_change_leaves_everything_alone),
        story_test(test_query_is_local),
        story_test(test_query_of_another_node),
        story_test(test_change_for_another_node_concerns_all),
        story_test(test_primary_is_a_private_flag),
        story_test(test_digest_check_repairs_a_copy),
        story_test(test_sync_from_the_best_node),
        story_test(test_sync_overtaken_by_a_change),
        story_test(test_older_copy_is_refused),
        story_test(test_patch_from_the_future),
        story_test(test_erase_and_replace_tell_to_refresh),
        story_test(test_options_are_reread),
        story_test(test_leaving),
        story_test(test_dry_run_changes_nothing),
        story_test(test_unusable_configuration_answers_with_its_status),
        story_test(test_alone_executes_at_once),
        story_test(test_unprivileged_channel_cannot_change),
        story_test(test_damaged_messages),
    };

    return cmocka_run_group_tests_name("cib core", tests, NULL, NULL);
}
