/* Waiting outside of the main loop: a signal to end is noticed, a child's end is not mistaken for one. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <glib.h>
#include "pacemaker/common/daemon.h"

static unsigned handled;

static void on_signal(int signum)
{
    (void)signum;
    handled++;
}

/* A signal after ms from outside of the program's flow. */
static void signal_later(int signum, unsigned ms)
{
    if (fork() == 0) {
        g_usleep(ms * 1000UL);
        kill(getppid(), signum);
        _exit(0);
    }
}

static void run_main_loop(void)
{
    for (int i = 0; i < 100; i++) {
        g_main_context_iteration(NULL, FALSE);
    }
}

static void an_undisturbed_pause_lasts(void **state)
{
    gint64 begin = g_get_monotonic_time();

    (void)state;
    assert_true(mainloop_pause(30));
    assert_true(g_get_monotonic_time() - begin >= 30000);
}

static void a_signal_ends_the_pause(void **state)
{
    (void)state;
    mainloop_add_signal(SIGTERM, on_signal);
    signal_later(SIGTERM, 50);
    assert_false(mainloop_pause(3600 * 1000));
    assert_int_equal(handled, 0);
    assert_false(mainloop_pause(3600 * 1000));          /* until the main loop has run the handler */
    run_main_loop();
    assert_int_equal(handled, 1);
    assert_true(mainloop_pause(1));
}

static void an_earlier_signal_is_seen(void **state)
{
    (void)state;
    mainloop_add_signal(SIGTERM, on_signal);
    handled = 0;
    raise(SIGTERM);
    assert_false(mainloop_pause(0));
    run_main_loop();
    assert_int_equal(handled, 1);
}

static void a_child_does_not_end_the_pause(void **state)
{
    (void)state;
    mainloop_add_signal(SIGCHLD, on_signal);
    handled = 0;
    raise(SIGCHLD);
    assert_true(mainloop_pause(20));
    run_main_loop();
    assert_int_equal(handled, 1);                       /* the main loop still learns of it */
}

/* Whatever a new process is doing when it is told to end, it ends. */
static void a_child_is_told_to_end_at_once(void **state)
{
    (void)state;
    mainloop_remove_signal(SIGCHLD);
    mainloop_add_signal(SIGTERM, on_signal);
    handled = 0;
    for (int i = 0; i < 300; i++) {
        pid_t pid = process_fork();
        int status = 0;

        assert_true(pid >= 0);
        if (pid == 0) {
            g_usleep(20 * G_USEC_PER_SEC);
            _exit(1);
        }
        g_usleep(i % 4 * 50UL);
        assert_int_equal(kill(pid, SIGTERM), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGTERM);
    }
    run_main_loop();
    assert_int_equal(handled, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_undisturbed_pause_lasts),
        cmocka_unit_test(a_signal_ends_the_pause),
        cmocka_unit_test(an_earlier_signal_is_seen),
        cmocka_unit_test(a_child_does_not_end_the_pause),
        cmocka_unit_test(a_child_is_told_to_end_at_once),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
