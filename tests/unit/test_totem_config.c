/*
 * Derived timers and checks of totem's configuration (totem.md 2.2, config-and-tools.md 3.1 and 4).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "corosync/totem/totem.h"

#include <string.h>

static void expect(uint32_t token, unsigned nodes, uint32_t runtime, uint32_t retransmit, uint32_t hold,
                   uint32_t consensus)
{
    struct totem_config in, out;
    char err[256];

    totem_config_defaults(&in);
    in.token = token;
    assert_int_equal(totem_config_derive(&in, nodes, &out, err, sizeof(err)), 0);
    assert_int_equal(out.token, runtime);
    assert_int_equal(out.token_retransmit, retransmit);
    assert_int_equal(out.hold, hold);
    assert_int_equal(out.consensus, consensus);
    assert_int_equal(out.warning, runtime * 75 / 100);
    assert_int_equal(out.heartbeat, 0);
}

static void test_derived(void **state)
{
    expect(3000, 1, 3000, 714, 561, 3600);
    expect(3000, 2, 3000, 714, 561, 3600);
    expect(3000, 3, 3650, 869, 685, 4380);
    expect(3000, 4, 4300, 1023, 808, 5160);
    expect(3000, 5, 4950, 1178, 932, 5940);
    expect(5000, 3, 5650, 1345, 1066, 6780);
    expect(4000, 2, 4000, 952, 751, 4800);
    expect(1000, 2, 1000, 238, 180, 1200);
}

static void test_explicit(void **state)
{
    struct totem_config in, out;
    char err[256];

    totem_config_defaults(&in);
    in.token_retransmit = 100;
    in.consensus = 2000;
    in.heartbeat_failures_allowed = 2;
    in.token_warning = 0;
    assert_int_equal(totem_config_derive(&in, 2, &out, err, sizeof(err)), 0);
    assert_int_equal(out.hold, 70);
    assert_int_equal(out.consensus, 2000);
    assert_int_equal(out.heartbeat, 250);
    assert_int_equal(out.warning, 0);
    in.heartbeat_failures_allowed = 40;     /* would not be shorter than the token timeout */
    assert_int_equal(totem_config_derive(&in, 2, &out, err, sizeof(err)), 0);
    assert_int_equal(out.heartbeat, 0);
}

static void refused(size_t offset, uint32_t value, const char *text)
{
    struct totem_config in, out;
    char err[256] = "";

    totem_config_defaults(&in);
    memcpy((char *) &in + offset, &value, sizeof(value));
    assert_int_equal(totem_config_derive(&in, 2, &out, err, sizeof(err)), -1);
    assert_string_equal(err, text);
}

#define REFUSED(field, value, text) refused(offsetof(struct totem_config, field), value, text)

static void test_refused(void **state)
{
    REFUSED(max_network_delay, 29, "The max_network_delay parameter (29 ms) may not be less than (30 ms).");
    REFUSED(token, 29, "The token timeout parameter (29 ms) may not be less than (30 ms).");
    REFUSED(token_warning, 101, "The token warning parameter (101%) must be between 0 (disabled) and 100.");
    REFUSED(token_retransmit, 29,
            "The token retransmit timeout parameter (29 ms) may not be less than (30 ms).");
    REFUSED(token, 100, "Not appropriate token or token_retransmits_before_loss_const value set");
    REFUSED(hold, 13, "The token hold timeout parameter (13 ms) may not be less than (14 ms).");
    REFUSED(join, 29, "The join timeout parameter (29 ms) may not be less than (30 ms).");
    REFUSED(consensus, 29, "The consensus timeout parameter (29 ms) may not be less than (30 ms).");
    REFUSED(consensus, 49,
            "The consensus timeout parameter (49 ms) may not be less than join timeout (50 ms).");
    REFUSED(merge, 29, "The merge timeout parameter (29 ms) may not be less than (30 ms).");
    REFUSED(downcheck, 29, "The downcheck timeout parameter (29 ms) may not be less than (30 ms).");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_derived),
        cmocka_unit_test(test_explicit),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("totem configuration", tests, NULL, NULL);
}
