/* Stories of the executor's core: each event, and what the core did about it, line by line. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>

#include "lrmd/lrmd_core.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

#define BOOT 5000            /* the clock when a story begins, ms */

/* ---- a world of one executor and its clock ---- */

typedef struct {
    lrmd_op_t *op;
    long long due;
} alarm_t;

static struct {
    lrmd_core_t *core;
    long long now;                   /* ms */
    int call;
    GString *story;
    GList *executing;                /* lrmd_op_t, oldest first */
    GList *alarms;                   /* alarm_t */
    bool wake;
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

static const char *get(const xmlNode *msg, const char *name)
{
    const char *value = xml_get(msg, name);
    return value != NULL ? value : "-";
}

static void w_notify(void *arg, const char *client, const xmlNode *msg)
{
    tell("tell %s: %s of %s call=%s rc=%s status=%s%s%s%s%s", client != NULL ? client : "all",
         get(msg, "lrmd_rsc_action"), get(msg, "lrmd_rsc_id"), get(msg, "lrmd_callid"),
         get(msg, "lrmd_exec_rc"), get(msg, "lrmd_exec_op_status"),
         strcmp(get(msg, "lrmd_rsc_deleted"), "1") == 0 ? " deleted" : "",
         xml_get(msg, "lrmd_rsc_exit_reason") != NULL ? " because " : "",
         xml_get(msg, "lrmd_rsc_exit_reason") != NULL ? xml_get(msg, "lrmd_rsc_exit_reason") : "",
         strcmp(get(msg, "lrmd_exec_time"), "0") != 0 ? " timed" : "");
}

static void w_execute(void *arg, lrmd_op_t *op)
{
    tell("run %s of %s", op->action, op->rsc->id);
    world.executing = g_list_append(world.executing, op);
}

static void w_abort(void *arg, lrmd_op_t *op)
{
    tell("abort %s of %s", op->action, op->rsc->id);
    world.executing = g_list_remove(world.executing, op);
}

static void w_disarm(void *arg, lrmd_op_t *op)
{
    for (GList *item = world.alarms; item != NULL; item = item->next) {
        alarm_t *alarm = item->data;

        if (alarm->op == op) {
            world.alarms = g_list_delete_link(world.alarms, item);
            free(alarm);
            return;
        }
    }
}

static void w_arm(void *arg, lrmd_op_t *op, unsigned ms)
{
    alarm_t *alarm = malloc(sizeof(*alarm));

    w_disarm(arg, op);
    *alarm = (alarm_t){op, world.now + ms};
    world.alarms = g_list_append(world.alarms, alarm);
}

static void w_wake(void *arg)
{
    world.wake = true;
}

static long long w_now(void *arg)
{
    return world.now;
}

static long long w_epoch(void *arg)
{
    return 1000000 + world.now / 1000;
}

static const lrmd_core_ops_t effects = {
    .notify = w_notify,
    .execute = w_execute,
    .abort = w_abort,
    .arm = w_arm,
    .disarm = w_disarm,
    .wake = w_wake,
    .now_ms = w_now,
    .epoch = w_epoch,
};

static void settle(void)
{
    while (world.wake) {
        world.wake = false;
        lrmd_core_run(world.core);
    }
}

/* Let time pass; alarms ring in order. */
static void pass(unsigned ms)
{
    long long until = world.now + ms;

    for (;;) {
        alarm_t *next = NULL;

        for (GList *item = world.alarms; item != NULL; item = item->next) {
            alarm_t *alarm = item->data;
            if (alarm->due <= until && (next == NULL || alarm->due < next->due)) {
                next = alarm;
            }
        }
        if (next == NULL) {
            break;
        }
        lrmd_op_t *op = next->op;
        world.now = next->due;
        w_disarm(NULL, op);
        lrmd_core_timer(op);
        settle();
    }
    world.now = until;
}

static void end_full(const char *rsc, const char *action, int rc, int status, const char *reason, bool poll)
{
    for (GList *item = world.executing; item != NULL; item = item->next) {
        lrmd_op_t *op = item->data;

        if (strcmp(op->rsc->id, rsc) == 0 && strcmp(op->action, action) == 0) {
            lrmd_core_result_t result = {.rc = rc, .status = status, .reason = reason, .poll = poll};

            world.executing = g_list_delete_link(world.executing, item);
            lrmd_core_ended(op, &result);
            settle();
            return;
        }
    }
    fail_msg("%s of %s is not executing", action, rsc);
}

static void end(const char *rsc, const char *action, int rc)
{
    end_full(rsc, action, rc, EXEC_DONE, NULL, false);
}

static xmlNode *request(unsigned options, const char *rsc)
{
    xmlNode *msg = xml_new("lrmd_command");
    xmlNode *data = xml_add(xml_add(msg, "lrmd_calldata"), "lrmd_rsc");

    xml_set_int(msg, "lrmd_callid", ++world.call);
    xml_set_int(msg, "lrmd_callopt", options);
    xml_set(data, "lrmd_rsc_id", rsc);
    return msg;
}

static xmlNode *data_of(xmlNode *msg)
{
    return xml_first(xml_first(msg, "lrmd_calldata"), "lrmd_rsc");
}

static int add_with(const char *rsc, const char *standard, const char *type, unsigned options)
{
    XML_AUTO xmlNode *msg = request(options, rsc);

    xml_set(data_of(msg), "lrmd_class", standard);
    xml_set(data_of(msg), "lrmd_provider", strcasecmp(standard, "ocf") == 0 ? "test" : NULL);
    xml_set(data_of(msg), "lrmd_type", type);
    return lrmd_core_register(world.core, msg);
}

static int add(const char *rsc, const char *standard)
{
    return add_with(rsc, standard, "Type", 0);
}

static int drop(const char *rsc)
{
    XML_AUTO xmlNode *msg = request(0, rsc);
    int rc = lrmd_core_unregister(world.core, msg);

    settle();
    return rc;
}

static int ask_with(const char *rsc, const char *action, unsigned interval, unsigned delay, unsigned options,
                    const char *client)
{
    XML_AUTO xmlNode *msg = request(options, rsc);

    xml_set(data_of(msg), "lrmd_rsc_action", action);
    xml_set_int(data_of(msg), "lrmd_rsc_interval", interval);
    xml_set_int(data_of(msg), "lrmd_timeout", 20000);
    xml_set_int(data_of(msg), "lrmd_rsc_start_delay", delay);
    int rc = lrmd_core_exec(world.core, client, msg);
    settle();
    return rc;
}

static int ask(const char *rsc, const char *action, unsigned interval)
{
    return ask_with(rsc, action, interval, 0, 0, "controller");
}

static int cancel(const char *rsc, const char *action, unsigned interval)
{
    XML_AUTO xmlNode *msg = request(0, rsc);

    xml_set(data_of(msg), "lrmd_rsc_action", action);
    xml_set_int(data_of(msg), "lrmd_rsc_interval", interval);
    int rc = lrmd_core_cancel(world.core, msg);
    settle();
    return rc;
}

/* What happened since the last look. */
static void expect(const char *story)
{
    assert_string_equal(world.story->str, story);
    g_string_truncate(world.story, 0);
}

static int begin(void **state)
{
    memset(&world, 0, sizeof(world));
    world.now = BOOT;
    world.story = g_string_new(NULL);
    world.core = lrmd_core_new(&effects, NULL);
    return 0;
}

static int finish(void **state)
{
    lrmd_core_free(world.core);
    g_list_free(world.executing);
    assert_null(world.alarms);
    g_string_free(world.story, TRUE);
    return 0;
}

/* ---- the stories ---- */

static void test_life(void **state)
{
    assert_int_equal(add("r", "ocf"), 0);
    assert_int_equal(ask("r", "start", 0), 2);
    expect("run start of r\n");
    pass(30);
    end("r", "start", 0);
    expect("tell all: start of r call=2 rc=0 status=0 timed\n");
    assert_int_equal(ask("r", "monitor", 10000), 3);
    end("r", "monitor", 0);
    expect("run monitor of r\n"
           "tell all: monitor of r call=3 rc=0 status=0\n");
    pass(9999);
    expect("");
    pass(1);
    expect("run monitor of r\n");
    end_full("r", "monitor", 7, EXEC_DONE, "it is gone", false);
    expect("tell all: monitor of r call=3 rc=7 status=0 because it is gone\n");
    ask("r", "stop", 0);
    expect("tell all: monitor of r call=3 rc=7 status=1\n"
           "run stop of r\n");
    end("r", "stop", 0);
    expect("tell all: stop of r call=4 rc=0 status=0\n");
    pass(100000);
    expect("");
    assert_int_equal(drop("r"), 0);
    expect("");
}

static void test_one_at_a_time(void **state)
{
    add("a", "ocf");
    add("b", "ocf");
    ask("a", "start", 0);
    ask("a", "monitor", 5000);
    ask("b", "start", 0);
    expect("run start of a\n"
           "run start of b\n");
    end("a", "start", 0);
    expect("tell all: start of a call=3 rc=0 status=0\n"
           "run monitor of a\n");
}

static void test_recurring_waits_for_action(void **state)
{
    add("r", "ocf");
    ask("r", "monitor", 1000);
    end("r", "monitor", 0);
    ask("r", "reload", 0);
    pass(1500);
    expect("run monitor of r\n"
           "tell all: monitor of r call=2 rc=0 status=0\n"
           "run reload of r\n");
    end("r", "reload", 0);
    expect("tell all: reload of r call=3 rc=0 status=0 timed\n"
           "run monitor of r\n");
    ask("r", "demote", 0);
    expect("");
    end("r", "monitor", 0);
    expect("tell all: monitor of r call=2 rc=0 status=0\n"
           "run demote of r\n");
}

static void test_duplicates_merge(void **state)
{
    add("r", "ocf");
    assert_int_equal(ask("r", "monitor", 1000), 2);
    assert_int_equal(ask("r", "monitor", 1000), 3);      /* while the first runs */
    assert_int_equal(ask("r", "MONITOR", 1000), 4);
    expect("run monitor of r\n");
    end("r", "monitor", 0);
    expect("tell all: monitor of r call=4 rc=0 status=0\n");
    ask("r", "monitor", 1000);                           /* while it waits: runs at once */
    expect("run monitor of r\n");
    end("r", "monitor", 0);
    expect("tell all: monitor of r call=5 rc=0 status=0\n");
    assert_int_equal(cancel("r", "monitor", 1000), 0);
    expect("tell all: monitor of r call=5 rc=0 status=1\n");
    assert_int_equal(cancel("r", "monitor", 1000), -EOPNOTSUPP);
}

static void test_changes_only(void **state)
{
    add("r", "ocf");
    ask_with("r", "monitor", 1000, 0, 4, "controller");
    end("r", "monitor", 0);
    pass(1000);
    end("r", "monitor", 0);
    pass(1000);
    end("r", "monitor", 7);
    expect("run monitor of r\n"
           "tell all: monitor of r call=2 rc=0 status=0\n"
           "run monitor of r\n"
           "run monitor of r\n"
           "tell all: monitor of r call=2 rc=7 status=0\n");
}

static void test_only_the_asker_hears(void **state)
{
    add("r", "ocf");
    ask_with("r", "start", 0, 0, 2, "tool");
    end("r", "start", 0);
    expect("run start of r\n"
           "tell tool: start of r call=2 rc=0 status=0\n");
}

static void test_delay_holds_the_queue(void **state)
{
    add("r", "ocf");
    ask_with("r", "start", 0, 3000, 0, "controller");
    ask("r", "monitor", 0);
    pass(2999);
    expect("");
    pass(1);
    expect("run start of r\n");
    end("r", "start", 0);
    end("r", "monitor", 0);
    expect("tell all: start of r call=2 rc=0 status=0\n"
           "run monitor of r\n"
           "tell all: monitor of r call=3 rc=0 status=0\n");
    ask_with("r", "stop", 0, 5000, 0, "controller");
    assert_int_equal(cancel("r", "stop", 0), 0);
    expect("tell all: stop of r call=4 rc=0 status=1\n");
}

static void test_cancel_while_running(void **state)
{
    add("r", "ocf");
    ask("r", "monitor", 1000);
    assert_int_equal(cancel("r", "monitor", 999), -EOPNOTSUPP);
    assert_int_equal(cancel("r", "start", 1000), -EOPNOTSUPP);
    assert_int_equal(cancel("x", "start", 1000), -ENODEV);
    assert_int_equal(cancel("r", "monitor", 1000), 0);
    expect("run monitor of r\n"
           "abort monitor of r\n"
           "tell all: monitor of r call=2 rc=0 status=1\n");
    ask("r", "start", 0);
    assert_int_equal(cancel("r", "start", 0), -EOPNOTSUPP);     /* one-shot operations end by themselves */
    expect("run start of r\n");
}

static void test_unregister_busy(void **state)
{
    add("r", "ocf");
    ask("r", "start", 0);
    ask("r", "monitor", 1000);
    assert_int_equal(drop("r"), -EINPROGRESS);
    expect("run start of r\n"
           "tell all: monitor of r call=3 rc=0 status=1 deleted\n");
    assert_int_equal(ask("r", "start", 0), -ENODEV);
    end("r", "start", 0);
    expect("tell all: start of r call=2 rc=0 status=0 deleted\n");
    assert_int_equal(drop("r"), 0);
}

static void test_other_agent_replaces(void **state)
{
    assert_int_equal(add_with("r", "ocf", "Old", 0), 0);
    ask("r", "monitor", 1000);
    end("r", "monitor", 0);
    assert_int_equal(add_with("r", "OCF", "old", 0), 0);        /* the same, in other letters */
    expect("run monitor of r\n"
           "tell all: monitor of r call=2 rc=0 status=0\n");
    assert_int_equal(add_with("r", "ocf", "New", 0), 0);
    expect("tell all: monitor of r call=2 rc=0 status=1 deleted\n");
    assert_string_equal(lrmd_core_find(world.core, "r")->type, "New");
}

static void test_client_leaves(void **state)
{
    add_with("kept", "ocf", "T", 0);
    add_with("dropped", "ocf", "T", 3);
    ask_with("kept", "monitor", 1000, 0, 0, "one");
    ask_with("dropped", "monitor", 1000, 0, 0, "one");
    ask_with("dropped", "monitor", 2000, 0, 0, "two");
    end("kept", "monitor", 0);
    end("dropped", "monitor", 0);
    end("dropped", "monitor", 0);
    g_string_truncate(world.story, 0);
    lrmd_core_client_gone(world.core, "one");
    expect("tell all: monitor of dropped call=4 rc=0 status=1\n");
    lrmd_core_drop_all_recurring(world.core);
    expect("tell all: monitor of dropped call=5 rc=0 status=1\n");
}

static void test_systemd_start_is_watched(void **state)
{
    add("s", "systemd");
    ask("s", "start", 0);
    end_full("s", "start", 0, EXEC_DONE, NULL, true);
    expect("run start of s\n");
    pass(2000);
    end_full("s", "monitor", OCF_UNKNOWN, EXEC_PENDING, NULL, false);
    expect("run monitor of s\n");
    pass(2000);
    end("s", "monitor", 0);
    expect("run monitor of s\n"
           "tell all: start of s call=2 rc=0 status=0 timed\n");
    ask("s", "start", 0);
    end_full("s", "start", 0, EXEC_DONE, NULL, true);
    pass(2000);
    end_full("s", "monitor", OCF_NOT_RUNNING, EXEC_DONE, "failed", false);
    expect("run start of s\n"
           "run monitor of s\n"
           "tell all: start of s call=3 rc=1 status=0 because failed timed\n");
}

static void test_systemd_stop_is_watched(void **state)
{
    add("s", "systemd");
    ask("s", "stop", 0);
    end_full("s", "stop", 0, EXEC_DONE, NULL, true);
    pass(2000);
    end("s", "monitor", 0);                              /* still active */
    pass(2000);
    end_full("s", "monitor", OCF_NOT_RUNNING, EXEC_DONE, "inactive", false);
    expect("run stop of s\n"
           "run monitor of s\n"
           "run monitor of s\n"
           "tell all: stop of s call=2 rc=0 status=0 because inactive timed\n");
}

static void test_watching_runs_out_of_time(void **state)
{
    add("s", "systemd");
    ask("s", "stop", 0);
    end_full("s", "stop", 0, EXEC_DONE, NULL, true);
    g_string_truncate(world.story, 0);
    for (int i = 0; i < 100 && world.story->len < 4000 && strstr(world.story->str, "tell") == NULL; i++) {
        pass(2000);
        if (world.executing != NULL) {
            end("s", "monitor", 0);
        }
    }
    assert_non_null(
        strstr(world.story->str, "tell all: stop of s call=2 rc=1 status=2 because Investigate reason"));
    assert_true(world.now <= BOOT + 20000);
}

static void test_fencing_probe_and_loss(void **state)
{
    add("f", "stonith");
    ask("f", "monitor", 0);
    expect("tell all: monitor of f call=2 rc=7 status=4\n");     /* never started here */
    ask("f", "start", 0);
    end("f", "start", 0);
    ask("f", "monitor", 0);
    ask("f", "monitor", 5000);
    expect("run start of f\n"
           "tell all: start of f call=3 rc=0 status=0\n"
           "tell all: monitor of f call=4 rc=0 status=0\n"
           "run monitor of f\n");
    lrmd_core_fencer_lost(world.core);
    settle();
    expect("abort monitor of f\n"
           "tell all: monitor of f call=5 rc=1 status=4 because Lost connection to fencer\n");
    ask("f", "monitor", 0);
    expect("tell all: monitor of f call=6 rc=1 status=4 because Lost connection to fencer\n");
    pass(5000);
    expect("run monitor of f\n");
    assert_int_equal(cancel("f", "monitor", 5000), 0);
    expect("");                                           /* told when the fencer answers */
    end("f", "monitor", 0);
    expect("tell all: monitor of f call=5 rc=0 status=1\n");
}

static void test_bad_requests(void **state)
{
    XML_AUTO xmlNode *empty = xml_new("lrmd_command");
    XML_AUTO xmlNode *reply = xml_new("lrmd_reply");

    add("r", "ocf");
    assert_int_equal(lrmd_core_register(world.core, empty), -EINVAL);
    assert_int_equal(lrmd_core_unregister(world.core, empty), -ENODEV);
    assert_int_equal(lrmd_core_exec(world.core, "c", empty), -EINVAL);
    assert_int_equal(lrmd_core_cancel(world.core, empty), -EINVAL);
    assert_int_equal(lrmd_core_info(world.core, empty, reply), -ENODEV);
    assert_int_equal(ask("r", NULL, 0), -EINVAL);
    assert_int_equal(ask("nobody", "start", 0), -ENODEV);
    assert_int_equal(lrmd_core_recurring(world.core, empty, reply), 0);
    expect("");
}

static void test_queue_is_limited(void **state)
{
    int rc = 0;

    add("r", "ocf");
    for (unsigned i = 0; rc >= 0 && i < LRMD_QUEUE_MAX + 10; i++) {
        rc = ask("r", "start", 0);
    }
    assert_int_equal(rc, -ENOBUFS);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(test_life),
        STORY(test_one_at_a_time),
        STORY(test_recurring_waits_for_action),
        STORY(test_duplicates_merge),
        STORY(test_changes_only),
        STORY(test_only_the_asker_hears),
        STORY(test_delay_holds_the_queue),
        STORY(test_cancel_while_running),
        STORY(test_unregister_busy),
        STORY(test_other_agent_replaces),
        STORY(test_client_leaves),
        STORY(test_systemd_start_is_watched),
        STORY(test_systemd_stop_is_watched),
        STORY(test_watching_runs_out_of_time),
        STORY(test_fencing_probe_and_loss),
        STORY(test_bad_requests),
        STORY(test_queue_is_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
