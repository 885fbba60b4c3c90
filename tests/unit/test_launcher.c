/* Starting, watching, restarting and stopping the daemons, as a story (messaging.md §6). */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "pacemaker/pacemakerd/launcher.h"
#include "tests/unit/story.h"

static struct story story;
static launcher_t *l;
static pid_t next_pid;
static pid_t serving[CHILDREN];             /* who answers at the end-points, 0 = nobody */
static enum check_result results[CHILDREN]; /* CHECK_GONE = by serving[] */
static bool cluster, no_fork;
static long long moment;

static pid_t start_child(void *arg, unsigned child)
{
    if (no_fork) {
        tell(&story, "%s cannot be started", child_defs[child].name);
        return -1;
    }
    tell(&story, "start %s as %d", child_defs[child].name, (int)next_pid);
    serving[child] = next_pid;
    return next_pid++;
}

static enum check_result check(void *arg, unsigned child, pid_t *pid)
{
    if (results[child] != CHECK_GONE) {
        *pid = *pid > 0 ? *pid : serving[child];
        return results[child];
    }
    *pid = serving[child];
    return serving[child] > 0 ? CHECK_OK : CHECK_GONE;
}

static void kill_child(void *arg, unsigned child, pid_t pid, int signum)
{
    tell(&story, "signal %d to %s (%d)", signum, child_defs[child].name, (int)pid);
}

static bool cluster_up(void *arg)
{
    return cluster;
}

static void arm_stop(void *arg, unsigned ms)
{
    tell(&story, "stop limit %u", ms);
}

static void panic(void *arg)
{
    tell(&story, "panic");
}

static void down(void *arg, bool fatal)
{
    tell(&story, "down%s", fatal ? ", for good" : "");
}

static long long now(void *arg)
{
    return moment;
}

static const launcher_ops_t ops = {start_child, check, kill_child, cluster_up, arm_stop, panic, down, now};

static int begin(void **state)
{
    forget(&story);
    next_pid = 11;
    cluster = true;
    no_fork = false;
    moment = 1000;
    for (unsigned i = 0; i < CHILDREN; i++) {
        serving[i] = 0;
        results[i] = CHECK_GONE;
    }
    l = launcher_new(false, &ops, NULL);
    return 0;
}

static int end(void **state)
{
    launcher_free(l);
    return 0;
}

static void started(void)
{
    launcher_start(l);
    forget(&story);
}

static void ended(unsigned child, int status, int signo)
{
    pid_t pid = serving[child];

    serving[child] = 0;
    launcher_child_ended(l, pid, status, signo);
}

static void test_start(void **state)
{
    assert_int_equal(launcher_adopt(l), 0);
    assert_string_equal(launcher_state_text(launcher_state(l)), "init");
    launcher_start(l);
    expect_story(&story,
                 "start pacemaker-based as 11\nstart pacemaker-fenced as 12\nstart pacemaker-execd as 13\n"
                 "start pacemaker-attrd as 14\nstart pacemaker-schedulerd as 15\n"
                 "start pacemaker-controld as 16\n");
    assert_string_equal(launcher_state_text(launcher_state(l)), "running");
    assert_true(launcher_is_child(l, 13));
    assert_false(launcher_is_child(l, 99));
}

static void test_adopting(void **state)
{
    serving[2] = 500;
    assert_int_equal(launcher_adopt(l), 1);
    assert_int_equal(launcher_adopt(l), 0);
    launcher_start(l);
    expect_story(&story,
                 "start pacemaker-based as 11\nstart pacemaker-fenced as 12\nstart pacemaker-attrd as 13\n"
                 "start pacemaker-schedulerd as 14\nstart pacemaker-controld as 15\n");
    /* its end is noticed by looking */
    serving[2] = 0;
    for (unsigned i = 0; i < CHILDREN; i++) {
        launcher_tick(l);
    }
    expect_story(&story, "start pacemaker-execd as 16\n");
}

static void test_foreign_process(void **state)
{
    results[3] = CHECK_UNAUTHORIZED;
    assert_int_equal(launcher_adopt(l), -1);
}

static void test_respawn(void **state)
{
    started();
    ended(5, 0, SIGSEGV);
    ended(0, 1, 0);
    ended(0, 0, 0);
    launcher_child_ended(l, 99, 0, 0);      /* none of ours */
    expect_story(
        &story, "start pacemaker-controld as 17\nstart pacemaker-based as 18\nstart pacemaker-based as 19\n");
}

static void test_too_many_restarts(void **state)
{
    started();
    for (unsigned i = 0; i < RESTARTS_MAX; i++) {
        ended(2, 1, 0);
    }
    forget(&story);
    ended(2, 1, 0);
    expect_story(&story, "");
}

static void test_fail_fast(void **state)
{
    launcher_free(l);
    l = launcher_new(true, &ops, NULL);
    started();
    ended(1, 0, SIGKILL);
    expect_story(&story, "panic\n");
}

static void test_waits_for_corosync(void **state)
{
    started();
    cluster = false;
    ended(3, 102, 0);
    ended(4, 1, 0);                         /* the scheduler needs no corosync */
    expect_story(&story, "start pacemaker-schedulerd as 17\n");
    cluster = true;
    launcher_cluster_restored(l);
    launcher_cluster_restored(l);
    expect_story(&story, "start pacemaker-attrd as 18\n");
}

static void test_corosync_was_only_busy(void **state)
{
    started();
    cluster = false;
    ended(0, 0, SIGKILL);
    launcher_tick(l);
    expect_story(&story, "");
    cluster = true;
    launcher_tick(l);
    launcher_tick(l);
    expect_story(&story, "start pacemaker-based as 17\n");
}

static void test_fatal_exit(void **state)
{
    started();
    ended(0, 100, 0);
    expect_story(&story, "signal 15 to pacemaker-controld (16)\nstop limit 0\n");
    for (unsigned i = CHILDREN - 1; i > 0; i--) {
        ended(i, 0, 0);
    }
    expect_story(&story, "signal 15 to pacemaker-schedulerd (15)\nstop limit 180000\n"
                         "signal 15 to pacemaker-attrd (14)\nstop limit 180000\n"
                         "signal 15 to pacemaker-execd (13)\nstop limit 180000\n"
                         "signal 15 to pacemaker-fenced (12)\nstop limit 180000\n"
                         "stop limit 0\ndown, for good\n");
}

static void test_panic_exit(void **state)
{
    started();
    ended(5, 101, 0);
    expect_story(&story, "panic\nsignal 15 to pacemaker-schedulerd (15)\nstop limit 180000\n");
}

static void test_shutdown(void **state)
{
    started();
    launcher_shut_down(l);
    launcher_shut_down(l);
    assert_string_equal(launcher_state_text(launcher_state(l)), "shutting_down");
    /* one that dies before its turn is not restarted, and skipped */
    ended(3, 0, SIGKILL);
    ended(5, 0, 0);
    launcher_stop_expired(l);
    ended(4, 0, SIGSEGV);
    ended(2, 0, 0);
    ended(1, 0, 0);
    ended(0, 0, 0);
    expect_story(&story, "signal 15 to pacemaker-controld (16)\nstop limit 0\n"
                         "signal 15 to pacemaker-schedulerd (15)\nstop limit 180000\n"
                         "signal 11 to pacemaker-schedulerd (15)\n"
                         "signal 15 to pacemaker-execd (13)\nstop limit 180000\n"
                         "signal 15 to pacemaker-fenced (12)\nstop limit 180000\n"
                         "signal 15 to pacemaker-based (11)\nstop limit 180000\n"
                         "stop limit 0\ndown\n");
    assert_string_equal(launcher_state_text(launcher_state(l)), "shutdown_complete");
}

static void test_shutdown_of_adopted(void **state)
{
    for (unsigned i = 0; i < CHILDREN; i++) {
        serving[i] = 500 + (pid_t)i;
    }
    launcher_adopt(l);
    started();
    launcher_shut_down(l);
    for (unsigned i = 0; i < CHILDREN; i++) {
        launcher_tick(l);
        serving[CHILDREN - 1 - i] = 0;
        launcher_tick(l);
    }
    assert_string_equal(launcher_state_text(launcher_state(l)), "shutdown_complete");
}

static void test_hanging_daemon(void **state)
{
    started();
    results[0] = CHECK_PID_ONLY;
    moment = 2000;
    for (unsigned i = 0; i < CHECK_FAILURES_MAX * CHILDREN; i++) {
        launcher_tick(l);
    }
    expect_story(&story, "signal 9 to pacemaker-based (11)\n");
    assert_int_equal(launcher_progress(l), 2000);
}

/* A daemon of an earlier launcher has the end-point and does not answer:
 * none is started beside it, it is killed. */
static void test_hanging_daemon_of_before(void **state)
{
    serving[2] = 500;
    results[2] = CHECK_PID_ONLY;
    assert_int_equal(launcher_adopt(l), 1);
    started();
    for (unsigned i = 0; i < CHECK_FAILURES_MAX * CHILDREN; i++) {
        launcher_tick(l);
    }
    expect_story(&story, "signal 9 to pacemaker-execd (500)\n");
    results[2] = CHECK_GONE;
    serving[2] = 0;
    for (unsigned i = 0; i < CHILDREN; i++) {
        launcher_tick(l);
    }
    expect_story(&story, "start pacemaker-execd as 16\n");
}

static void test_fork_fails(void **state)
{
    started();
    no_fork = true;
    ended(4, 0, SIGKILL);
    expect_story(&story, "pacemaker-schedulerd cannot be started\n");
    no_fork = false;
    for (unsigned i = 0; i < CHILDREN; i++) {
        launcher_tick(l);
    }
    expect_story(&story, "start pacemaker-schedulerd as 17\n");
}

static void test_hijacked_end_point(void **state)
{
    started();
    results[1] = CHECK_UNAUTHORIZED;
    launcher_tick(l);
    launcher_tick(l);
    expect_story(&story, "down, for good\n");
}

/* Somebody else's process serves after the daemon's end: once it is let be. */
static void test_replaced_by_another(void **state)
{
    started();
    launcher_child_ended(l, serving[4], 1, 0);
    expect_story(&story, "");
    ended(4, 1, 0);
    expect_story(&story, "start pacemaker-schedulerd as 17\n");
}

static void test_wait_ping(void **state)
{
    launcher_wait_ping(l);
    launcher_tick(l);
    expect_story(&story, "");
    assert_string_equal(launcher_state_text(launcher_state(l)), "wait_for_ping");
    started();
    assert_string_equal(launcher_state_text(launcher_state(l)), "running");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_start),           TEST(test_adopting),       TEST(test_foreign_process),
        TEST(test_respawn),         TEST(test_too_many_restarts), TEST(test_fail_fast),
        TEST(test_waits_for_corosync), TEST(test_fatal_exit),  TEST(test_panic_exit),
        TEST(test_shutdown),        TEST(test_shutdown_of_adopted), TEST(test_hanging_daemon),
        TEST(test_hijacked_end_point), TEST(test_replaced_by_another), TEST(test_wait_ping),
        TEST(test_corosync_was_only_busy), TEST(test_hanging_daemon_of_before), TEST(test_fork_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
