/* Stories of the fencing core: clients' requests and peers' messages, and what the owner of the operation did
 * about them. Also the parsing of device configurations and topology. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"
#include "stonithd/cib_devices.h"
#include "stonithd/device.h"
#include "stonithd/fencing_core.h"

/* ---- a world: we are node1 of as many fencers as a story says ---- */

static struct {
    fencing_t *fencing;
    GString *story;
    long long now;
    unsigned peers;                      /* active fencers, node1 included */
    unsigned uuids;
    bool may_turn_on;
    unsigned watchdog_s;
    xmlNode *broadcast;                  /* the last one sent to everybody, to be delivered */
    fencing_op_t *timers[TIMER_COUNT];   /* the operation whose timer runs */
} world;

static void tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void tell(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    g_string_append_vprintf(world.story, fmt, args);
    va_end(args);
    g_string_append_c(world.story, '\n');
}

static const char *get(const xmlNode *node, const char *name)
{
    const char *value = xml_get(node, name);
    return value != NULL ? value : "-";
}

static void w_send(void *arg, const char *node, const xmlNode *msg)
{
    const char *op = get(msg, "st_op");

    if (strcmp(op, "st_query") == 0) {
        tell("query %s of %s", get(msg, "st_device_action"), get(msg, "st_target"));
    } else if (strcmp(op, "st_notify") == 0) {
        const xmlNode *data = message_child(msg, "st_calldata");
        tell("broadcast %s of %s: rc=%s status=%s%s%s", get(data, "st_device_action"), get(data, "st_target"),
             get(data, "rc-code"), get(data, "op-status"),
             xml_get(data, "exit-reason") != NULL ? " because " : "",
             xml_get(data, "exit-reason") != NULL ? xml_get(data, "exit-reason") : "");
        xml_free(world.broadcast);
        world.broadcast = xml_copy(msg);
    } else if (strcmp(op, "st_relay") == 0) {
        tell("relay to %s", node);
    } else {
        tell("ask %s to %s %s using %s within %s", node, get(msg, "st_device_action"), get(msg, "st_target"),
             get(msg, "st_device_id"), get(msg, "st_timeout"));
    }
}

static void w_reply(void *arg, const char *client, unsigned options, const xmlNode *msg)
{
    if (xml_is(msg, "st-async-timeout-value")) {
        tell("client %s may have to wait %s", client, get(msg, "st_timeout"));
    } else {
        tell("client %s hears rc=%s st_rc=%s", client, get(msg, "rc-code"), get(msg, "st_rc"));
    }
}

static void w_notify(void *arg, const char *type, const fence_result_t *result, const xmlNode *data)
{
    if (strcmp(type, ST_NOTIFY_FENCE) == 0) {
        tell("notify %s of %s by %s state=%s", get(data, "st_device_action"), get(data, "st_target"),
             get(data, "st_delegate"), get(data, "state"));
    }
}

static const char *const timer_names[] = {"query", "total", "device"};

static void w_arm(void *arg, fencing_op_t *op, enum fencing_timer timer, unsigned seconds)
{
    tell("timer %s %u", timer_names[timer], seconds);
    world.timers[timer] = op;
}

static void w_disarm(void *arg, fencing_op_t *op, enum fencing_timer timer)
{
    if (world.timers[timer] == op) {
        world.timers[timer] = NULL;
    }
}

static void w_now(void *arg, long long *seconds, long *nsec)
{
    *seconds = world.now;
    *nsec = 0;
}

static void w_uuid(void *arg, char out[37])
{
    snprintf(out, 37, "00000000-0000-0000-0000-%012u", ++world.uuids);
}

static unsigned w_active(void *arg)
{
    return world.peers;
}

static bool w_peer_active(void *arg, const char *node)
{
    return true;
}

static const char *w_other(void *arg)
{
    return world.peers > 1 ? "node2" : NULL;
}

static bool w_may_turn_on(void *arg, const char *device)
{
    return world.may_turn_on;
}

static bool w_attribute(void *arg, const char *node, const char *attribute, const char *value)
{
    return strcmp(node, "node3") == 0 && strcmp(attribute, "rack") == 0 && strcmp(value, "7") == 0;
}

static unsigned w_watchdog(void *arg, const char *target)
{
    return world.watchdog_s;
}

static const fencing_ops_t effects = {
    .send = w_send,
    .reply = w_reply,
    .notify = w_notify,
    .arm = w_arm,
    .disarm = w_disarm,
    .now = w_now,
    .uuid = w_uuid,
    .active_peers = w_active,
    .peer_active = w_peer_active,
    .other_peer = w_other,
    .may_turn_on = w_may_turn_on,
    .node_has_attribute = w_attribute,
    .watchdog_s = w_watchdog,
};

static int begin(void **state)
{
    memset(&world, 0, sizeof(world));
    world.story = g_string_new(NULL);
    world.now = 1000;
    world.peers = 2;
    world.fencing = fencing_new("node1", "pacemaker-fenced.1", &effects, NULL);
    return 0;
}

static int finish(void **state)
{
    fencing_free(world.fencing);
    xml_free(world.broadcast);
    g_string_free(world.story, TRUE);
    return 0;
}

static void expect(const char *story)
{
    assert_string_equal(world.story->str, story);
    g_string_truncate(world.story, 0);
}

static bool request_as(const char *client, const char *target, const char *action, unsigned timeout,
                       unsigned options, unsigned tolerance, fence_result_t *result)
{
    XML_AUTO xmlNode *msg = xml_new("stonith_command");
    xmlNode *data = xml_add(xml_add(msg, "st_calldata"), "stonith_fence");

    xml_set_int(msg, "st_callid", 2);
    xml_set_int(msg, "st_callopt", options);
    xml_set_int(msg, "st_timeout", timeout);
    xml_set(msg, "st_clientid", client);
    xml_set(msg, "st_clientname", client);
    xml_set(msg, "st_clientnode", "node1");
    xml_set(data, "st_target", target);
    xml_set(data, "st_device_action", action);
    xml_set_int(data, "st_tolerance", tolerance);
    return fencing_request(world.fencing, msg, result);
}

static void ask(const char *target, const char *action, unsigned timeout)
{
    fence_result_t result = {0};

    assert_true(request_as("admin.1", target, action, timeout, ST_OPT_ALLOW_SUICIDE, 0, &result));
}

static const char *last_id(void)
{
    static char id[37];

    snprintf(id, sizeof(id), "00000000-0000-0000-0000-%012u", world.uuids);
    return id;
}

/* devices: elements as a peer would send them, e.g. "<st_device_id id='d1' st_monitor_verified='1'/>" */
static void answer(const char *from, const char *devices)
{
    char *text = g_strdup_printf("<st-reply st_op='st_query' st_remote_op='%s'><st_calldata>"
                                 "<x st-available-devices='1'>%s</x></st_calldata></st-reply>",
                                 last_id(), devices);
    XML_AUTO xmlNode *msg = xml_parse(text, NULL);

    fencing_on_query_reply(world.fencing, from, msg);
    g_free(text);
}

static void done(const char *from, const char *device, int rc, int status)
{
    XML_AUTO xmlNode *msg = xml_new("st-reply");

    xml_set(msg, "st_op", "st_fence");
    xml_set(msg, "st_remote_op", last_id());
    xml_set(msg, "st_device_id", device);
    xml_set_int(msg, "rc-code", rc);
    xml_set_int(msg, "op-status", status);
    fencing_on_exec_reply(world.fencing, from, msg);
}

/* Everybody gets the result, we too. */
static void deliver(void)
{
    xmlNode *msg = world.broadcast;

    world.broadcast = NULL;
    assert_non_null(msg);
    fencing_on_broadcast(world.fencing, "node1", msg);
    xml_free(msg);
}

static void ring(enum fencing_timer timer)
{
    fencing_op_t *op = world.timers[timer];

    assert_non_null(op);
    world.timers[timer] = NULL;
    fencing_on_timer(op, timer);
}

static void level(const char *target, int index, const char *devices)
{
    XML_AUTO xmlNode *xml = xml_new("fencing-level");
    fence_result_t result = {0};

    xml_set(xml, "id", "level");
    xml_set_int(xml, "index", index);
    xml_set(xml, "target", target);
    xml_set(xml, "devices", devices);
    topology_add(fencing_topology(world.fencing), xml, &result, NULL);
    assert_true(fence_result_ok(&result));
    fence_result_clear(&result);
}

/* ---- stories ---- */

static void test_simple(void **state)
{
    ask("node3", "off", 10);
    answer("node1", "");
    expect("query off of node3\n"
           "timer query 12\n");
    answer("node2", "<st_device_id id='d1' st_monitor_verified='1' st_device_support_flags='63'/>");
    expect("timer total 12\n"
           "client admin.1 may have to wait 12\n"
           "timer device 12\n"
           "ask node2 to off node3 using - within 12\n");
    done("node2", "d1", 0, EXEC_DONE);
    expect("broadcast off of node3: rc=0 status=0\n");
    deliver();
    expect("client admin.1 hears rc=0 st_rc=0\n"
           "notify off of node3 by node2 state=2\n");
}

static void test_verified_peer_need_not_wait(void **state)
{
    world.peers = 5;
    ask("node3", "off", 10);
    answer("node2", "<st_device_id id='d1' st_monitor_verified='0'/>");
    expect("query off of node3\ntimer query 12\n");
    answer("node4",
           "<st_device_id id='d1' st_monitor_verified='1'/><st_device_id id='d2' st_monitor_verified='1'/>");
    expect("timer total 24\n"
           "client admin.1 may have to wait 24\n"
           "timer device 24\n"
           "ask node4 to off node3 using - within 24\n");
}

static void test_nobody_can(void **state)
{
    ask("node3", "off", 10);
    answer("node1", "");
    answer("node2", "");
    expect("query off of node3\ntimer query 12\n"
           "broadcast off of node3: rc=1 status=10\n");
    deliver();
    expect("client admin.1 hears rc=1 st_rc=-19\n"
           "notify off of node3 by - state=4\n");
}

static void test_nobody_answers(void **state)
{
    ask("node3", "off", 10);
    g_string_truncate(world.story, 0);
    ring(TIMER_QUERY);
    expect("broadcast off of node3: rc=1 status=2 because No capable peers replied to device query within "
           "timeout\n");
}

static void test_next_peer_after_failure(void **state)
{
    ask("node3", "off", 10);
    answer("node1", "<st_device_id id='d1'/>");
    answer("node2", "<st_device_id id='d1'/>");
    g_string_truncate(world.story, 0);
    done("node2", "d1", 1, EXEC_DONE);
    expect("timer device 12\n"
           "ask node1 to off node3 using - within 12\n");
    done("node1", "d1", 1, EXEC_DONE);
    expect("broadcast off of node3: rc=1 status=0\n");
}

static void test_peer_is_silent(void **state)
{
    ask("node3", "off", 10);
    answer("node1", "<st_device_id id='d1'/>");
    answer("node2", "<st_device_id id='d1'/>");
    g_string_truncate(world.story, 0);
    ring(TIMER_DEVICE);
    expect("timer device 12\n"
           "ask node1 to off node3 using - within 12\n");
    ring(TIMER_TOTAL);
    expect("broadcast off of node3: rc=1 status=2 because Fencing did not complete within a total timeout "
           "based on the configured"
           " timeout and retries for any devices attempted\n");
    done("node1", "d1", 0, EXEC_DONE);                   /* too late */
    expect("");
}

static void test_target_is_asked_last(void **state)
{
    ask("node2", "off", 5);
    answer("node2", "<st_device_id id='d1' st_monitor_verified='1'/>");
    expect("query off of node2\ntimer query 6\n");
    answer("node1", "");
    expect("timer total 6\n"
           "client admin.1 may have to wait 6\n"
           "timer device 6\n"
           "ask node2 to off node2 using - within 6\n");
}

static void test_levels(void **state)
{
    level("node3", 1, "a,b");
    level("node3", 3, "c");
    ask("node3", "off", 5);
    answer("node1", "");
    answer("node2",
           "<st_device_id id='a'/><st_device_id id='b' st_action_timeout='10'/><st_device_id id='c'/>");
    expect("query off of node3\n"
           "timer query 6\n"
           "timer total 24\n"
           "client admin.1 may have to wait 24\n"
           "timer device 6\n"
           "ask node2 to off node3 using a within 6\n");
    done("node2", "z", 0, EXEC_DONE);                    /* about something else */
    expect("");
    done("node2", "a", 0, EXEC_DONE);
    expect("timer device 12\n"
           "ask node2 to off node3 using b within 12\n");
    done("node2", "b", 1, EXEC_DONE);
    expect("timer device 6\n"
           "ask node2 to off node3 using c within 6\n");
    done("node2", "c", 0, EXEC_DONE);
    expect("broadcast off of node3: rc=0 status=0\n");
}

static const char *const two_devices =
    "<st_device_id id='a' st_device_support_flags='63'><st_device_action id='off' "
    "st_action_timeout='1'/><st_device_action id='on'/></st_device_id>"
    "<st_device_id id='b' st_device_support_flags='63'><st_device_action id='off' "
    "st_action_timeout='2'/><st_device_action id='on'/></st_device_id>";

static void test_reboot_becomes_off_and_on(void **state)
{
    world.may_turn_on = true;
    level("node3", 1, "a,b");
    ask("node3", "reboot", 10);
    answer("node1", "");
    answer("node2", two_devices);
    expect("query reboot of node3\n"
           "timer query 12\n"
           "timer total 3\n"
           "client admin.1 may have to wait 3\n"
           "timer device 1\n"
           "ask node2 to off node3 using a within 1\n");
    done("node2", "a", 0, EXEC_DONE);
    done("node2", "b", 0, EXEC_DONE);
    expect("timer device 2\n"
           "ask node2 to off node3 using b within 2\n"
           "timer device 12\n"
           "ask node2 to on node3 using a within 12\n");
    done("node2", "a", 1, EXEC_DONE);                    /* it was off: that is what counts */
    expect("timer device 12\n"
           "ask node2 to on node3 using b within 12\n");
    done("node2", "b", 0, EXEC_DONE);
    expect("broadcast reboot of node3: rc=0 status=0\n");
}

static void test_reboot_stays_off(void **state)
{
    level("node3", 1, "a,b");
    ask("node3", "reboot", 10);
    answer("node1", "");
    answer("node2", two_devices);
    g_string_truncate(world.story, 0);
    done("node2", "a", 0, EXEC_DONE);
    done("node2", "b", 0, EXEC_DONE);
    expect("timer device 2\n"
           "ask node2 to off node3 using b within 2\n"
           "broadcast reboot of node3: rc=0 status=0\n");
}

static void test_equal_requests_merge(void **state)
{
    fence_result_t result = {0};

    ask("node3", "off", 10);
    answer("node2", "<st_device_id id='d1' st_monitor_verified='1'/>");
    g_string_truncate(world.story, 0);
    assert_true(request_as("other.2", "node3", "off", 10, 0, 0, &result));
    expect("timer total 12\n"
           "client other.2 may have to wait 12\n");
    world.uuids = 1;
    done("node2", "d1", 0, EXEC_DONE);
    deliver();
    expect("broadcast off of node3: rc=0 status=0\n"
           "client admin.1 hears rc=0 st_rc=0\n"
           "notify off of node3 by node2 state=2\n"
           "client other.2 hears rc=0 st_rc=0\n"
           "notify off of node3 by node2 state=2\n");
    assert_int_equal(fencing_history_size(world.fencing), 2);
    /* a recent success will do for who tolerates it */
    world.now += 5;
    assert_false(request_as("third.3", "node3", "off", 10, 0, 10, &result));
    assert_true(fence_result_ok(&result));
    assert_true(request_as("third.3", "node3", "off", 10, 0, 3, &result));
}

static void test_confirmation_by_hand(void **state)
{
    fence_result_t result = {0};

    assert_true(request_as("admin.1", "node3", "off", 0, ST_OPT_MANUAL_ACK | ST_OPT_SYNC_CALL, 0, &result));
    deliver();
    expect("broadcast off of node3: rc=0 status=0\n"
           "client admin.1 hears rc=0 st_rc=0\n"
           "notify off of node3 by a human state=2\n");
}

static void test_own_fencing_is_relayed(void **state)
{
    ask("node1", "off", 10);
    expect("relay to node2\n"
           "timer query 12\n");
    ring(TIMER_QUERY);
    expect("broadcast off of node1: rc=1 status=2 because No capable peers replied to device query within "
           "timeout\n");
}

static void test_watchdog_stands_in(void **state)
{
    world.watchdog_s = 15;
    ask("node3", "reboot", 10);
    answer("node1", "");
    answer("node2", "");
    expect("query reboot of node3\ntimer query 12\n"
           "timer device 15\n");
    ring(TIMER_DEVICE);
    expect("broadcast reboot of node3: rc=0 status=0\n");
}

static void test_history_is_agreed(void **state)
{
    XML_AUTO xmlNode *theirs =
        xml_parse("<st_history>"
                  "<st_execute st_remote_op='x1' st_target='n9' st_device_action='off' st_origin='node2' "
                  "st_clientname='c' st_date='900'"
                  " st_state='2' op-status='0' rc-code='0'/>"
                  "<st_execute st_remote_op='x2' st_target='n8' st_device_action='off' st_origin='node1' "
                  "st_clientname='c' st_state='1'"
                  " op-status='-1' rc-code='0'/>"
                  "<st_execute st_target='n7'/></st_history>",
                  NULL);
    XML_AUTO xmlNode *ours = NULL;

    ask("node3", "off", 10);
    g_string_truncate(world.story, 0);
    ours = fencing_history_merge(world.fencing, theirs);
    expect("broadcast off of n8: rc=110 status=9 because Initiated by earlier fencer process and presumed "
           "failed\n");
    assert_non_null(ours);                               /* what they do not have */
    assert_string_equal(xml_get(xml_first(ours, NULL), "st_target"), "node3");
    assert_int_equal(fencing_history_size(world.fencing), 3);
    fencing_history_clean(world.fencing, "n9");
    assert_int_equal(fencing_history_size(world.fencing), 2);
}

static void test_history_is_trimmed(void **state)
{
    fence_result_t result = {0};

    for (unsigned i = 0; i < FENCING_HISTORY_MAX * 2; i++) {
        world.now++;
        request_as("admin.1", "node3", "off", 0, ST_OPT_MANUAL_ACK, 0, &result);
        deliver();
        g_string_truncate(world.story, 0);
    }
    assert_true(fencing_history_size(world.fencing) <= FENCING_HISTORY_MAX);
}

static void test_odd_messages(void **state)
{
    static const char *const texts[] = {
        "<st-reply/>", "<st-reply st_remote_op='none'/>", "<stonith_command st_op='st_query'/>",
        "<st-reply st_remote_op='none' rc-code='0' op-status='0'/>",
        "<st-reply st_remote_op='none' rc-code='x' op-status='y'/>", "<a><b><c st_target='t'/></b></a>",
    };
    fence_result_t result = {0};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        XML_AUTO xmlNode *msg = xml_parse(texts[i], NULL);

        fencing_on_query(world.fencing, msg);
        fencing_on_query_reply(world.fencing, "node2", msg);
        fencing_on_exec_reply(world.fencing, "node2", msg);
        fencing_on_broadcast(world.fencing, "node2", msg);
        fencing_on_relay(world.fencing, msg);
        xml_free(fencing_history_merge(world.fencing, msg));
        assert_false(fencing_request(world.fencing, msg, &result));
        fence_result_clear(&result);
    }
    expect("");
}

/* ---- devices ---- */

static GHashTable *params(const char *first, ...)
{
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    va_list args;

    va_start(args, first);
    for (const char *name = first; name != NULL; name = va_arg(args, const char *)) {
        g_hash_table_replace(table, g_strdup(name), g_strdup(va_arg(args, const char *)));
    }
    va_end(args);
    return table;
}

static void test_lists(void **state)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    parse_target_list("a b,c;d\\ne on OFF\n an invalid line\nf.x-1_y(p) \t g", names);
    g_ptr_array_add(names, NULL);
    char *joined = g_strjoinv(" ", (char **)names->pdata);
    assert_string_equal(joined, "a b c d e f.x-1_y g");
    g_free(joined);
    g_ptr_array_unref(names);
}

static void test_host_map(void **state)
{
    device_t *d = device_new(
        "d", "fence_x", NULL,
        params("pcmk_host_map", "Node1:1,2;node2=p\\ 2 node3:3", "pcmk_host_list", "x", NULL), false);

    assert_string_equal(device_alias(d, "NODE1"), "1,2");
    assert_string_equal(device_alias(d, "node2"), "p 2");
    assert_string_equal(device_alias(d, "node3"), "3");
    assert_null(device_alias(d, "node4"));
    assert_true(device_has_target(d, "X") && device_has_target(d, "3"));
    assert_string_equal(device_host_check(d), "static-list");
    device_free(d);
}

static void test_metadata(void **state)
{
    XML_AUTO xmlNode *metadata = xml_parse(
        "<resource-agent><parameters><parameter name='plug'/><parameter name='nodeid'/></parameters><actions>"
        "<action name='off'/><action name='on' automatic='1' on_target='1'/><action "
        "name='list'/></actions></resource-agent>",
        NULL);
    device_t *d = device_new("d", "fence_x", NULL, params("action", "off", NULL), false);

    device_apply_metadata(d, metadata);
    assert_int_equal(d->flags, DEVICE_PLUG | DEVICE_ON | DEVICE_LIST);
    assert_true(d->automatic_unfencing && d->wants_nodeid);
    assert_string_equal(device_host_check(d), "dynamic-list");
    assert_string_equal(device_real_action(d, "reboot"), "off");
    assert_string_equal(device_param(d, "pcmk_reboot_action"), "off");
    assert_null(device_param(d, "action"));
    assert_true(device_may_do(d, "on", "me", "me", false));
    assert_false(device_may_do(d, "on", "you", "me", true));
    assert_false(device_may_do(d, "off", "me", "me", false));
    assert_true(device_may_do(d, "off", "me", "me", true));
    device_free(d);
}

static void test_delays_and_limits(void **state)
{
    device_t *d = device_new("d", "fence_x", NULL,
                             params("pcmk_delay_base", "nod:5;other:10s", "pcmk_delay_max", "1m",
                                    "pcmk_off_timeout", "2m", "pcmk_action_limit", "0", NULL),
                             false);

    assert_int_equal(device_delay_base(d, "off", "node1"), 5);
    assert_int_equal(device_delay_base(d, "off", "OTHER"), 10);
    assert_int_equal(device_delay_base(d, "off", "else"), 0);
    assert_int_equal(device_delay_base(d, "on", "node1"), 0);
    assert_int_equal(device_delay_max(d, "reboot"), 60);
    assert_int_equal(device_action_timeout(d, "off", 60), 2);        /* the unit is ignored, as ever */
    assert_int_equal(device_action_timeout(d, "on", 60), 60);
    assert_int_equal(device_action_limit(d), 1);
    assert_int_equal(device_retries(d, "off"), 2);
    device_free(d);
}

static void test_topology_lookup(void **state)
{
    topology_t *t = fencing_topology(world.fencing);
    static const char *const texts[] = {
        "<fencing-level id='l1' index='1' target='node1' devices='a'/>",
        "<fencing-level id='l2' index='1' target-pattern='^web' devices='b'/>",
        "<fencing-level id='l3' index='9' target-attribute='rack' target-value='7' devices='c,d'/>",
    };
    static const char *const wrong[] = {
        "<fencing-level index='1' target='x'/>", "<fencing-level id='l' index='10' target='x'/>",
        "<fencing-level id='l' index='0' target='x'/>", "<fencing-level id='l' index='1'/>",
        "<fencing-level id='l' index='1' target-attribute='x'/>",
    };
    fence_result_t result = {0};

    for (size_t i = 0; i < 3; i++) {
        XML_AUTO xmlNode *xml = xml_parse(texts[i], NULL);
        topology_add(t, xml, &result, NULL);
        assert_true(fence_result_ok(&result));
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        XML_AUTO xmlNode *xml = xml_parse(wrong[i], NULL);
        topology_add(t, xml, &result, NULL);
        assert_int_equal(result.exit_status, CRM_EX_INVALID_PARAM);
        assert_int_equal(fence_result_legacy(&result), -22);
    }
    fence_result_clear(&result);
    assert_string_equal(topology_find(t, "NODE1")->key, "node1");
    assert_string_equal(topology_find(t, "web4")->key, "^web");
    assert_string_equal(topology_find(t, "node3")->key, "rack=7");
    assert_null(topology_find(t, "node4"));
    XML_AUTO xmlNode *remove = xml_parse("<fencing-level index='0' target-pattern='^web'/>", NULL);
    topology_remove(t, remove, &result, NULL);
    assert_null(topology_find(t, "web4"));
    assert_int_equal(topology_size(t), 2);
}

static void note_device(device_t *device, void *arg)
{
    const char *ip = device_param(device, "ip");

    g_string_append_printf(arg, "%s(%s,%s) ", device->id, device->agent, ip != NULL ? ip : "-");
    device_free(device);
}

static void test_devices_of_a_cib(void **state)
{
    XML_AUTO xmlNode *cib =
        xml_parse("<cib><configuration><crm_config><cluster_property_set id='o'><nvpair id='o1' "
                  "name='stonith-watchdog-timeout' value='10s'/>"
                  "</cluster_property_set></crm_config>"
                  "<nodes><node id='1' uname='node1'><instance_attributes id='a'><nvpair id='a1' name='rack' "
                  "value='7'/></instance_attributes>"
                  "</node></nodes><resources>"
                  "<template id='T' class='stonith' type='fence_t'><instance_attributes id='ti'><nvpair "
                  "id='t1' name='ip' value='1.1.1.1'/>"
                  "</instance_attributes></template>"
                  "<primitive id='p1' class='stonith' type='fence_a'/>"
                  "<primitive id='p2' template='T'/>"
                  "<primitive id='p3' class='stonith' type='fence_a'><meta_attributes id='m'><nvpair id='m1' "
                  "name='target-role' value='Stopped'/>"
                  "</meta_attributes></primitive>"
                  "<primitive id='p4' class='stonith' type='fence_a'/>"
                  "<primitive id='p5' class='ocf' provider='pacemaker' type='Dummy'/>"
                  "<clone id='c'><primitive id='p6' class='stonith' type='fence_a'/></clone>"
                  "<group id='g'><primitive id='p7' class='stonith' type='fence_a'/></group>"
                  "<primitive id='p8' class='stonith' type='fence_a'/>"
                  "</resources><constraints>"
                  "<rsc_location id='l1' rsc='p4' node='node1' score='-INFINITY'/>"
                  "<rsc_location id='l2' rsc='g' node='node1' score='-1'/>"
                  "<rsc_location id='l3' rsc='p8'><rule id='r' score='-INFINITY'><expression id='e' "
                  "attribute='rack' operation='eq' value='7'/>"
                  "</rule></rsc_location>"
                  "</constraints></configuration><status/></cib>",
                  NULL);
    GString *found = g_string_new(NULL);

    cib_devices(cib, "node1", (struct iso_now){.epoch = 1000}, note_device, found);
    assert_string_equal(found->str, "p1(fence_a,-) p2(fence_t,1.1.1.1) p6(fence_a,-) ");
    assert_string_equal(cib_option(cib, "stonith-watchdog-timeout"), "10s");
    assert_true(cib_node_has_attribute(cib, "node1", "rack", "7"));
    assert_false(cib_node_has_attribute(cib, "node2", "rack", "7"));
    g_string_free(found, TRUE);
}

static void test_patches_that_matter(void **state)
{
    static const struct {
        const char *text;
        bool matters;
    } patches[] = {
        {"<diff format='2'><change operation='modify' path='/cib'/></diff>", false},
        {"<diff format='2'><change operation='create' path='/cib/status'/></diff>", false},
        {"<diff format='2'><change operation='move' path='/cib/configuration/resources/primitive'/></diff>",
         false},
        {"<diff format='2'><change operation='create' path='/cib/configuration/resources'/></diff>", true},
        {"<diff format='2'><change operation='create' path='/cib'/></diff>", true},
        {"<diff/>", true},
    };

    for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
        XML_AUTO xmlNode *patch = xml_parse(patches[i].text, NULL);
        assert_int_equal(cib_patch_matters(patch), patches[i].matters);
    }
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(test_simple),
        STORY(test_verified_peer_need_not_wait),
        STORY(test_nobody_can),
        STORY(test_nobody_answers),
        STORY(test_next_peer_after_failure),
        STORY(test_peer_is_silent),
        STORY(test_target_is_asked_last),
        STORY(test_levels),
        STORY(test_reboot_becomes_off_and_on),
        STORY(test_reboot_stays_off),
        STORY(test_equal_requests_merge),
        STORY(test_confirmation_by_hand),
        STORY(test_own_fencing_is_relayed),
        STORY(test_watchdog_stands_in),
        STORY(test_history_is_agreed),
        STORY(test_history_is_trimmed),
        STORY(test_odd_messages),
        STORY(test_topology_lookup),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_host_map),
        cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_delays_and_limits),
        cmocka_unit_test(test_devices_of_a_cib),
        cmocka_unit_test(test_patches_that_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
