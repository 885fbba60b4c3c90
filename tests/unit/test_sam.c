/*
 * libsam: processes that fail, hang and recover under their supervisor.
 *
 * Each scenario is a function that runs in a process of its own, which becomes the supervisor;
 * the test looks at how it ends.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <corosync/sam.h>

#define WRONG 99

/* Ends the process with WRONG if the call does not give the expected result. */
#define MUST(call, expected)                                                            \
    do {                                                                                \
        cs_error_t got_ = (call);                                                       \
        if (got_ != (expected)) {                                                       \
            fprintf(stderr, "%s: %d instead of %d\n", #call, (int)got_, (int)(expected)); \
            _exit(WRONG);                                                               \
        }                                                                               \
    } while (0)

static int run(void (*scenario)(void))
{
    int status;

    fflush(NULL);
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(600);
        scenario();
        _exit(WRONG);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void calls_in_the_wrong_order(void)
{
    unsigned int instance;
    size_t size;

    MUST(sam_register(&instance), CS_ERR_BAD_HANDLE);
    MUST(sam_start(), CS_ERR_BAD_HANDLE);
    MUST(sam_stop(), CS_ERR_BAD_HANDLE);
    MUST(sam_hc_send(), CS_ERR_BAD_HANDLE);
    MUST(sam_finalize(), CS_ERR_BAD_HANDLE);
    MUST(sam_data_getsize(&size), CS_ERR_BAD_HANDLE);
    MUST(sam_initialize(0, SAM_RECOVERY_POLICY_QUIT | SAM_RECOVERY_POLICY_RESTART), CS_ERR_INVALID_PARAM);
    MUST(sam_initialize(0, SAM_RECOVERY_POLICY_CMAP), CS_ERR_INVALID_PARAM);
    MUST(sam_initialize(0, SAM_RECOVERY_POLICY_QUIT), CS_OK);
    MUST(sam_initialize(0, SAM_RECOVERY_POLICY_QUIT), CS_ERR_BAD_HANDLE);
    MUST(sam_mark_failed(), CS_ERR_BAD_HANDLE);
    MUST(sam_register(&instance), CS_OK);
    MUST(sam_mark_failed(), CS_ERR_INVALID_PARAM);
    MUST(sam_register(&instance), CS_ERR_BAD_HANDLE);
    MUST(sam_hc_callback_register(NULL), CS_ERR_INVALID_PARAM);
    MUST(sam_start(), CS_OK);
    MUST(sam_start(), CS_ERR_BAD_HANDLE);
    MUST(sam_stop(), CS_OK);
    MUST(sam_finalize(), CS_OK);
    MUST(sam_finalize(), CS_ERR_BAD_HANDLE);
    _exit((int)instance + 40);
}

static void a_failing_process_is_restarted_with_its_data(void)
{
    uint32_t counter = 0;
    unsigned int instance;
    size_t size;

    MUST(sam_initialize(0, SAM_RECOVERY_POLICY_RESTART), CS_OK);
    MUST(sam_data_store(&counter, sizeof(counter)), CS_OK);
    MUST(sam_register(&instance), CS_OK);
    MUST(sam_data_getsize(&size), CS_OK);
    MUST((cs_error_t)size, (cs_error_t)sizeof(counter));
    MUST(sam_data_restore(&counter, 1), CS_ERR_INVALID_PARAM);
    MUST(sam_data_restore(&counter, sizeof(counter)), CS_OK);
    MUST((cs_error_t)counter, (cs_error_t)(instance - 1));
    MUST(sam_start(), CS_OK);
    counter++;
    MUST(sam_data_store(&counter, sizeof(counter)), CS_OK);
    if (instance < 4) {
        raise(SIGKILL);
    }
    MUST(sam_stop(), CS_OK);
    _exit((int)(10 + instance));
}

static void a_failing_process_ends_with_its_supervisor(void)
{
    MUST(sam_initialize(0, SAM_RECOVERY_POLICY_QUIT), CS_OK);
    MUST(sam_register(NULL), CS_OK);
    MUST(sam_start(), CS_OK);
    _exit(23);
}

static void a_hanging_process_is_killed(void)
{
    unsigned int instance;

    MUST(sam_initialize(50, SAM_RECOVERY_POLICY_RESTART), CS_OK);
    MUST(sam_register(&instance), CS_OK);
    if (instance == 2) {
        _exit(31);
    }
    signal(SIGTERM, SIG_IGN);
    MUST(sam_start(), CS_OK);
    for (;;) {
        pause();
    }
}

static volatile sig_atomic_t warned;

static void on_warning(int number)
{
    warned = 1;
}

static void a_hanging_process_is_warned_first(void)
{
    MUST(sam_initialize(200, SAM_RECOVERY_POLICY_QUIT), CS_OK);
    MUST(sam_register(NULL), CS_OK);
    signal(SIGUSR1, on_warning);
    MUST(sam_warn_signal_set(SIGUSR1), CS_OK);
    MUST(sam_start(), CS_OK);
    while (!warned) {
        pause();
    }
    _exit(37);
}

static int health_checks;

static int healthy_five_times(void)
{
    return ++health_checks >= 5;
}

static void health_checks_keep_a_process_alive_until_they_fail(void)
{
    unsigned int instance;

    MUST(sam_initialize(40, SAM_RECOVERY_POLICY_RESTART), CS_OK);
    MUST(sam_register(&instance), CS_OK);
    if (instance == 2) {
        _exit(41);
    }
    MUST(sam_hc_callback_register(healthy_five_times), CS_OK);
    MUST(sam_start(), CS_OK);
    for (;;) {
        pause();
    }
}

#define SCENARIO(name, expected)              \
    static void test_##name(void **state)     \
    {                                         \
        assert_int_equal(run(name), expected); \
    }

SCENARIO(calls_in_the_wrong_order, 41)
SCENARIO(a_failing_process_is_restarted_with_its_data, 14)
SCENARIO(a_failing_process_ends_with_its_supervisor, 23)
SCENARIO(a_hanging_process_is_killed, 31)
SCENARIO(a_hanging_process_is_warned_first, 37)
SCENARIO(health_checks_keep_a_process_alive_until_they_fail, 41)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_in_the_wrong_order),
        cmocka_unit_test(test_a_failing_process_is_restarted_with_its_data),
        cmocka_unit_test(test_a_failing_process_ends_with_its_supervisor),
        cmocka_unit_test(test_a_hanging_process_is_killed),
        cmocka_unit_test(test_a_hanging_process_is_warned_first),
        cmocka_unit_test(test_health_checks_keep_a_process_alive_until_they_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
