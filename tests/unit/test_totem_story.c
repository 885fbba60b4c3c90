/*
 * Stories of small rings, compared line by line (spec: totem.md 16.5 and sections 8 to 11). Frames take 1 ms.
 * A story can be shown with SHOW_STORY=1.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "totem_cluster.h"

/* Short timeouts, so that stories are short. */
static struct cluster *small_cluster(void)
{
    struct cluster *c = cluster_new();

    c->config.token = 100;
    c->config.token_retransmit = 40;
    c->config.hold = 30;
    c->config.merge = 20;
    c->config.join = 50;
    c->config.consensus = 60;
    c->config.warning = 0;
    c->config.seqno_unchanged_const = 2;
    c->config.miss_count_const = 1;
    return c;
}

/* A ring of the first n nodes that has come to rest; the story begins here. */
static struct cluster *ring_of_patient(uint32_t n, uint32_t miss_count)
{
    struct cluster *c = small_cluster();

    c->config.miss_count_const = miss_count;
    c->tell = false;
    for (uint32_t id = 1; id <= n; id++) {
        cluster_start(c, id);
    }
    cluster_run(c, 1000);
    for (uint32_t id = 1; id <= n; id++) {
        assert_int_equal(totem_state(c->node[id].totem), TOTEM_OPERATIONAL);
    }
    cluster_tell(c);
    return c;
}

static struct cluster *ring_of(uint32_t n)
{
    return ring_of_patient(n, 1);
}

/* 16.5, upper half */
static void test_alone(void **state)
{
    struct cluster *c = small_cluster();

    cluster_start(c, 1);
    cluster_run(c, 10);
    cluster_expect(c,
        "[     0] 1 > start\n"
        "             all < join of 1 {1} failed {} ring_seq 1\n"
        "[     1] 1 > join of 1 {1} failed {} ring_seq 1\n"
        "                   store ring seq 5\n"
        "               1 < commit 1.5 {1} token_seq 1 index 1 [1.1 aru 0 delivered 0 flg 1]\n"
        "[     2] 1 > commit 1.5 {1} token_seq 1 index 1 [1.1 aru 0 delivered 0 flg 1]\n"
        "               1 < commit 1.5 {1} token_seq 2 index 1 [1.1 aru 0 delivered 0 flg 1]\n"
        "[     3] 1 > commit 1.5 {1} token_seq 2 index 1 [1.1 aru 0 delivered 0 flg 1]\n"
        "               1 < token 1.5 seq 0 token_seq 0 aru -1/1\n"
        "[     4] 1 > token 1.5 seq 0 token_seq 0 aru -1/1\n"
        "               1 < token 1.5 seq 0 token_seq 1 aru 0/0\n"
        "[     5] 1 > token 1.5 seq 0 token_seq 1 aru 0/0\n"
        "               1 < token 1.5 seq 0 token_seq 2 aru 0/0\n"
        "[     6] 1 > token 1.5 seq 0 token_seq 2 aru 0/0\n"
        "               1 < token 1.5 seq 0 token_seq 3 aru 0/0\n"
        "[     7] 1 > token 1.5 seq 0 token_seq 3 aru 0/0\n"
        "                   transitional 1.5 {}\n"
        "                   regular 1.5 {1} joined 1\n"
        "               1 < token 1.5 seq 0 token_seq 4 aru 0/0\n"
        "[     8] 1 > token 1.5 seq 0 token_seq 4 aru 0/0\n");
    cluster_free(c);
}

/* 16.5, lower half: a node starts beside a ring of one */
static void test_join(void **state)
{
    struct cluster *c = ring_of(1);

    cluster_start(c, 2);
    cluster_run(c, 30);
    cluster_expect(c,
        "[  1000] 2 > start\n"
        "             all < join of 2 {2} failed {} ring_seq 1\n"
        "[  1001] 1 > join of 2 {2} failed {} ring_seq 1\n"
        "             all < join of 1 {1 2} failed {} ring_seq 5\n"
        "[  1001] 2 > join of 2 {2} failed {} ring_seq 1\n"
        "                   store ring seq 5\n"
        "               2 < commit 2.5 {2} token_seq 1 index 1 [2.1 aru 0 delivered 0 flg 1]\n"
        "[  1002] 1 > join of 1 {1 2} failed {} ring_seq 5\n"
        "[  1002] 2 > join of 1 {1 2} failed {} ring_seq 5\n"
        "[  1002] 2 > commit 2.5 {2} token_seq 1 index 1 [2.1 aru 0 delivered 0 flg 1]\n"
        "               2 < commit 2.5 {2} token_seq 2 index 1 [2.1 aru 0 delivered 0 flg 1]\n"
        "[  1003] 2 > commit 2.5 {2} token_seq 2 index 1 [2.1 aru 0 delivered 0 flg 1]\n"
        "               2 < token 2.5 seq 0 token_seq 0 aru -1/2\n"
        "[  1004] 2 > token 2.5 seq 0 token_seq 0 aru -1/2\n"
        "               2 < token 2.5 seq 0 token_seq 1 aru 0/0\n"
        "[  1005] 2 > token 2.5 seq 0 token_seq 1 aru 0/0\n"
        "               2 < token 2.5 seq 0 token_seq 2 aru 0/0\n"
        "[  1006] 2 > token 2.5 seq 0 token_seq 2 aru 0/0\n"
        "               2 < token 2.5 seq 0 token_seq 3 aru 0/0\n"
        "[  1007] 2 > token 2.5 seq 0 token_seq 3 aru 0/0\n"
        "                   transitional 2.5 {}\n"
        "                   regular 2.5 {2} joined 2\n"
        "               2 < token 2.5 seq 0 token_seq 4 aru 0/0\n"
        "[  1008] 2 > token 2.5 seq 0 token_seq 4 aru 0/0\n"
        "[  1024] 2 > merge timer\n"
        "             all < merge detect of 2 ring 2.5\n"
        "[  1025] 1 > merge detect of 2 ring 2.5\n"
        "[  1025] 2 > merge detect of 2 ring 2.5\n");
    cluster_free(c);
}

static unsigned delivered_after(struct cluster *c, uint64_t ms)
{
    cluster_run(c, ms);
    return c->node[1].delivered;
}

/* a node whose clients cannot keep up stops the ring, lets a few frames through, and lets it go on */
static void test_hold_back(void **state)
{
    struct cluster *c = ring_of(3);
    static char text[TOTEM_MAX_MESSAGE / 32];
    unsigned before, stopped, changes = c->node[1].changes;

    memset(text, 'x', sizeof(text) - 1);
    totem_hold_back(c->node[3].totem, true);
    before = delivered_after(c, 20);
    for (unsigned i = 0; i < 20; i++) {
        cluster_send(c, 1 + i % 3, text);   /* two or three frames each */
    }
    stopped = delivered_after(c, 2000);
    assert_int_equal(stopped, before);
    totem_let_through(c->node[3].totem, 6);
    stopped = delivered_after(c, 2000);
    assert_in_range(stopped, before + 1, before + 6);
    totem_hold_back(c->node[3].totem, false);
    assert_int_equal(delivered_after(c, 2000), before + 20);
    assert_int_equal(c->node[3].delivered, c->node[1].delivered);
    assert_int_equal(c->node[1].changes, changes);
    cluster_free(c);
}

/* with a member that holds back, rings still form and synchronise */
static void test_hold_back_membership(void **state)
{
    struct cluster *c = ring_of(2);
    unsigned changes;

    cluster_start(c, 3);
    totem_hold_back(c->node[1].totem, true);
    changes = c->node[2].changes;
    cluster_run(c, 3000);
    assert_int_equal(c->node[2].changes, changes + 1);
    assert_false(totem_waiting_trans_ack(c->node[2].totem));
    cluster_stop(c, 1);
    cluster_run(c, 5000);
    cluster_send(c, 2, "after");
    cluster_run(c, 100);
    assert_memory_equal(c->node[3].last, "after", 5);
    cluster_free(c);
}

/* only the representative counts idle rotations, a message sets them to zero,
 * and so does one that is missing */
static bool lose_mcast_of_2_to_1(uint32_t from, uint32_t to, const uint8_t *frame, size_t len)
{
    return from == 2 && to == 1 && frame[HDR_TYPE] == WIRE_MCAST;
}

static void test_idle_rotations(void **state)
{
    struct cluster *c = ring_of(2);

    cluster_run(c, 100);
    assert_true(totem_idle_rotations(c->node[1].totem) > 3);
    assert_int_equal(totem_idle_rotations(c->node[2].totem), 0);
    cluster_send(c, 2, "hello");
    cluster_run(c, 4);
    assert_int_equal(totem_idle_rotations(c->node[1].totem), 0);
    cluster_run(c, 100);
    assert_true(totem_idle_rotations(c->node[1].totem) > 3);
    c->lose = lose_mcast_of_2_to_1;
    cluster_send(c, 2, "lost");
    cluster_run(c, 60);
    assert_int_equal(totem_idle_rotations(c->node[1].totem), 0);
    cluster_free(c);
}

/* an idle ring: the representative keeps the token and sends it round once in
 * `hold` ms; a message sets it free */
static void test_hold(void **state)
{
    struct cluster *c = ring_of(2);

    c->tell_timers = true;
    cluster_run(c, 100);
    c->tell_timers = false;
    cluster_send(c, 2, "hello");
    cluster_run(c, 6);
    cluster_expect(c,
        "[  1001] 1 > merge detect of 1 ring 1.9\n"
        "[  1001] 2 > merge detect of 1 ring 1.9\n"
        "[  1010] 1 > hold timer\n"
        "               2 < token 1.9 seq 0 token_seq 64 aru 0/0\n"
        "[  1011] 2 > token 1.9 seq 0 token_seq 64 aru 0/0\n"
        "                   arm merge 20 ms\n"
        "               1 < token 1.9 seq 0 token_seq 65 aru 0/0\n"
        "                   arm token 100 ms\n"
        "                   arm retrans 40 ms\n"
        "[  1012] 1 > token 1.9 seq 0 token_seq 65 aru 0/0\n"
        "                   arm merge 20 ms\n"
        "                   arm token 100 ms\n"
        "                   arm retrans 40 ms\n"
        "                   arm hold 30 ms\n"
        "[  1031] 2 > merge timer\n"
        "[  1032] 1 > merge timer\n"
        "             all < merge detect of 1 ring 1.9\n"
        "[  1033] 1 > merge detect of 1 ring 1.9\n"
        "[  1033] 2 > merge detect of 1 ring 1.9\n"
        "[  1042] 1 > hold timer\n"
        "               2 < token 1.9 seq 0 token_seq 66 aru 0/0\n"
        "[  1043] 2 > token 1.9 seq 0 token_seq 66 aru 0/0\n"
        "                   arm merge 20 ms\n"
        "               1 < token 1.9 seq 0 token_seq 67 aru 0/0\n"
        "                   arm token 100 ms\n"
        "                   arm retrans 40 ms\n"
        "[  1044] 1 > token 1.9 seq 0 token_seq 67 aru 0/0\n"
        "                   arm merge 20 ms\n"
        "                   arm token 100 ms\n"
        "                   arm retrans 40 ms\n"
        "                   arm hold 30 ms\n"
        "[  1063] 2 > merge timer\n"
        "[  1064] 1 > merge timer\n"
        "             all < merge detect of 1 ring 1.9\n"
        "[  1065] 1 > merge detect of 1 ring 1.9\n"
        "[  1065] 2 > merge detect of 1 ring 1.9\n"
        "[  1074] 1 > hold timer\n"
        "               2 < token 1.9 seq 0 token_seq 68 aru 0/0\n"
        "[  1075] 2 > token 1.9 seq 0 token_seq 68 aru 0/0\n"
        "                   arm merge 20 ms\n"
        "               1 < token 1.9 seq 0 token_seq 69 aru 0/0\n"
        "                   arm token 100 ms\n"
        "                   arm retrans 40 ms\n"
        "[  1076] 1 > token 1.9 seq 0 token_seq 69 aru 0/0\n"
        "                   arm merge 20 ms\n"
        "                   arm token 100 ms\n"
        "                   arm retrans 40 ms\n"
        "                   arm hold 30 ms\n"
        "[  1095] 2 > merge timer\n"
        "[  1096] 1 > merge timer\n"
        "             all < merge detect of 1 ring 1.9\n"
        "[  1097] 1 > merge detect of 1 ring 1.9\n"
        "[  1097] 2 > merge detect of 1 ring 1.9\n"
        "[  1100] 2 > send \"hello\"\n"
        "             all < hold cancel of 2 ring 1.9\n"
        "[  1101] 1 > hold cancel of 2 ring 1.9\n"
        "               2 < token 1.9 seq 0 token_seq 70 aru 0/0\n"
        "[  1101] 2 > hold cancel of 2 ring 1.9\n"
        "[  1102] 2 > token 1.9 seq 0 token_seq 70 aru 0/0\n"
        "             all < mcast 1.9 seq 1 from 2\n"
        "               1 < token 1.9 seq 1 token_seq 71 aru 1/0\n"
        "                   deliver \"hello\" of 2\n"
        "[  1103] 1 > mcast 1.9 seq 1 from 2\n"
        "                   deliver \"hello\" of 2\n"
        "[  1103] 2 > mcast 1.9 seq 1 from 2\n"
        "[  1103] 1 > token 1.9 seq 1 token_seq 71 aru 1/0\n"
        "               2 < token 1.9 seq 1 token_seq 72 aru 1/0\n"
        "[  1104] 2 > token 1.9 seq 1 token_seq 72 aru 1/0\n"
        "               1 < token 1.9 seq 1 token_seq 73 aru 1/0\n"
        "[  1105] 1 > token 1.9 seq 1 token_seq 73 aru 1/0\n"
        "               2 < token 1.9 seq 1 token_seq 74 aru 1/0\n"
        "[  1106] 2 > token 1.9 seq 1 token_seq 74 aru 1/0\n"
        "               1 < token 1.9 seq 1 token_seq 75 aru 1/0\n");
    cluster_free(c);
}

static bool lost_once;

static bool lose_first_mcast_to_1(uint32_t from, uint32_t to, const uint8_t *frame, size_t len)
{
    if (frame[HDR_TYPE] != WIRE_MCAST || to != 1 || lost_once) {
        return false;
    }
    lost_once = true;
    return true;
}

/* node 1 asks for what it missed and gets it */
static void test_retransmission(void **state)
{
    struct cluster *c = ring_of(2);

    lost_once = false;
    c->lose = lose_first_mcast_to_1;
    cluster_send(c, 2, "hello");
    cluster_run(c, 8);
    cluster_expect(c,
        "[  1000] 2 > send \"hello\"\n"
        "             all < hold cancel of 2 ring 1.9\n"
        "[  1001] 1 > merge detect of 1 ring 1.9\n"
        "[  1001] 2 > merge detect of 1 ring 1.9\n"
        "[  1001] 1 > hold cancel of 2 ring 1.9\n"
        "               2 < token 1.9 seq 0 token_seq 64 aru 0/0\n"
        "[  1001] 2 > hold cancel of 2 ring 1.9\n"
        "[  1002] 2 > token 1.9 seq 0 token_seq 64 aru 0/0\n"
        "             all < mcast 1.9 seq 1 from 2\n"
        "               1 < token 1.9 seq 1 token_seq 65 aru 1/0\n"
        "                   deliver \"hello\" of 2\n"
        "[  1003] 2 > mcast 1.9 seq 1 from 2\n"
        "[  1003] 1 > token 1.9 seq 1 token_seq 65 aru 1/0\n"
        "               2 < token 1.9 seq 1 token_seq 66 aru 0/1 asks for 1\n"
        "[  1004] 2 > token 1.9 seq 1 token_seq 66 aru 0/1 asks for 1\n"
        "             all < mcast 1.9 seq 1 from 2\n"
        "               1 < token 1.9 seq 1 token_seq 67 aru 0/1\n"
        "[  1005] 1 > mcast 1.9 seq 1 from 2\n"
        "                   deliver \"hello\" of 2\n"
        "[  1005] 2 > mcast 1.9 seq 1 from 2\n"
        "[  1005] 1 > token 1.9 seq 1 token_seq 67 aru 0/1\n"
        "               2 < token 1.9 seq 1 token_seq 68 aru 1/0\n"
        "[  1006] 2 > token 1.9 seq 1 token_seq 68 aru 1/0\n"
        "               1 < token 1.9 seq 1 token_seq 69 aru 1/0\n"
        "[  1007] 1 > token 1.9 seq 1 token_seq 69 aru 1/0\n"
        "               2 < token 1.9 seq 1 token_seq 70 aru 1/0\n"
        "[  1008] 2 > token 1.9 seq 1 token_seq 70 aru 1/0\n"
        "               1 < token 1.9 seq 1 token_seq 71 aru 1/0\n");
    assert_true(lost_once);
    cluster_free(c);
}

static bool lose_first_token(uint32_t from, uint32_t to, const uint8_t *frame, size_t len)
{
    if (frame[HDR_TYPE] != WIRE_ORF_TOKEN || lost_once) {
        return false;
    }
    lost_once = true;
    return true;
}

/* a lost token is sent again by who sent it last; nobody leaves the ring */
static void test_lost_token(void **state)
{
    struct cluster *c = ring_of(2);
    unsigned changes = c->node[1].changes;

    lost_once = false;
    c->lose = lose_first_token;
    cluster_send(c, 1, "hello");
    cluster_run(c, 50);
    cluster_expect(c,
        "[  1000] 1 > send \"hello\"\n"
        "             all < hold cancel of 1 ring 1.9\n"
        "[  1001] 1 > merge detect of 1 ring 1.9\n"
        "[  1001] 2 > merge detect of 1 ring 1.9\n"
        "[  1001] 1 > hold cancel of 1 ring 1.9\n"
        "               2 < token 1.9 seq 0 token_seq 64 aru 0/0\n"
        "[  1001] 2 > hold cancel of 1 ring 1.9\n"
        "[  1010] 1 > hold timer\n"
        "               2 < token 1.9 seq 0 token_seq 64 aru 0/0\n"
        "[  1011] 2 > token 1.9 seq 0 token_seq 64 aru 0/0\n"
        "               1 < token 1.9 seq 0 token_seq 65 aru 0/0\n"
        "[  1012] 1 > token 1.9 seq 0 token_seq 65 aru 0/0\n"
        "             all < mcast 1.9 seq 1 from 1\n"
        "               2 < token 1.9 seq 1 token_seq 66 aru 1/0\n"
        "                   deliver \"hello\" of 1\n"
        "[  1013] 1 > mcast 1.9 seq 1 from 1\n"
        "[  1013] 2 > mcast 1.9 seq 1 from 1\n"
        "                   deliver \"hello\" of 1\n"
        "[  1013] 2 > token 1.9 seq 1 token_seq 66 aru 1/0\n"
        "               1 < token 1.9 seq 1 token_seq 67 aru 1/0\n"
        "[  1014] 1 > token 1.9 seq 1 token_seq 67 aru 1/0\n"
        "               2 < token 1.9 seq 1 token_seq 68 aru 1/0\n"
        "[  1015] 2 > token 1.9 seq 1 token_seq 68 aru 1/0\n"
        "               1 < token 1.9 seq 1 token_seq 69 aru 1/0\n"
        "[  1016] 1 > token 1.9 seq 1 token_seq 69 aru 1/0\n"
        "               2 < token 1.9 seq 1 token_seq 70 aru 1/0\n"
        "[  1017] 2 > token 1.9 seq 1 token_seq 70 aru 1/0\n"
        "               1 < token 1.9 seq 1 token_seq 71 aru 1/0\n"
        "[  1018] 1 > token 1.9 seq 1 token_seq 71 aru 1/0\n"
        "               2 < token 1.9 seq 1 token_seq 72 aru 1/0\n"
        "[  1019] 2 > token 1.9 seq 1 token_seq 72 aru 1/0\n"
        "               1 < token 1.9 seq 1 token_seq 73 aru 1/0\n"
        "[  1020] 1 > token 1.9 seq 1 token_seq 73 aru 1/0\n"
        "[  1035] 2 > merge timer\n"
        "[  1036] 1 > merge timer\n"
        "             all < merge detect of 1 ring 1.9\n"
        "[  1037] 1 > merge detect of 1 ring 1.9\n"
        "[  1037] 2 > merge detect of 1 ring 1.9\n"
        "[  1050] 1 > hold timer\n"
        "               2 < token 1.9 seq 1 token_seq 74 aru 1/0\n");
    assert_int_equal(c->node[1].changes, changes);
    cluster_free(c);
}

/* the representative fails: token lost, consensus without it, a ring of the others */
static void test_power_failure(void **state)
{
    struct cluster *c = ring_of(3);

    cluster_stop(c, 1);
    cluster_run(c, 175);
    cluster_expect(c,
        "[  1000] 1 > power failure\n"
        "[  1019] 2 > retrans timer\n"
        "               3 < token 1.9 seq 0 token_seq 91 aru 0/0\n"
        "[  1020] 3 > token 1.9 seq 0 token_seq 91 aru 0/0\n"
        "[  1020] 3 > retrans timer\n"
        "               1 < token 1.9 seq 0 token_seq 92 aru 0/0\n"
        "[  1059] 2 > retrans timer\n"
        "               3 < token 1.9 seq 0 token_seq 91 aru 0/0\n"
        "[  1060] 3 > token 1.9 seq 0 token_seq 91 aru 0/0\n"
        "[  1060] 3 > retrans timer\n"
        "               1 < token 1.9 seq 0 token_seq 92 aru 0/0\n"
        "[  1079] 2 > token timer\n"
        "             all < join of 2 {1 2 3} failed {} ring_seq 9\n"
        "[  1080] 2 > join of 2 {1 2 3} failed {} ring_seq 9\n"
        "[  1080] 3 > join of 2 {1 2 3} failed {} ring_seq 9\n"
        "             all < join of 3 {1 2 3} failed {} ring_seq 9\n"
        "[  1081] 2 > join of 3 {1 2 3} failed {} ring_seq 9\n"
        "[  1081] 3 > join of 3 {1 2 3} failed {} ring_seq 9\n"
        "[  1129] 2 > join timer\n"
        "             all < join of 2 {1 2 3} failed {} ring_seq 9\n"
        "[  1130] 2 > join of 2 {1 2 3} failed {} ring_seq 9\n"
        "[  1130] 3 > join of 2 {1 2 3} failed {} ring_seq 9\n"
        "[  1130] 3 > join timer\n"
        "             all < join of 3 {1 2 3} failed {} ring_seq 9\n"
        "[  1131] 2 > join of 3 {1 2 3} failed {} ring_seq 9\n"
        "[  1131] 3 > join of 3 {1 2 3} failed {} ring_seq 9\n"
        "[  1139] 2 > consensus timer\n"
        "             all < join of 2 {1 2 3} failed {1} ring_seq 9\n"
        "[  1140] 2 > join of 2 {1 2 3} failed {1} ring_seq 9\n"
        "[  1140] 3 > join of 2 {1 2 3} failed {1} ring_seq 9\n"
        "             all < join of 3 {1 2 3} failed {1} ring_seq 9\n"
        "[  1141] 2 > join of 3 {1 2 3} failed {1} ring_seq 9\n"
        "                   store ring seq 13\n"
        "               3 < commit 2.13 {2 3} token_seq 1 index 1 [1.9 aru 0 delivered 0 flg 1]\n"
        "[  1141] 3 > join of 3 {1 2 3} failed {1} ring_seq 9\n"
        "[  1142] 3 > commit 2.13 {2 3} token_seq 1 index 1 [1.9 aru 0 delivered 0 flg 1]\n"
        "                   store ring seq 13\n"
        "               2 < commit 2.13 {2 3} token_seq 2 index 2 [1.9 aru 0 delivered 0 flg 1] "
        "[1.9 aru 0 delivered 0 flg 1]\n"
        "[  1143] 2 > commit 2.13 {2 3} token_seq 2 index 2 [1.9 aru 0 delivered 0 flg 1] "
        "[1.9 aru 0 delivered 0 flg 1]\n"
        "               3 < commit 2.13 {2 3} token_seq 3 index 2 [1.9 aru 0 delivered 0 flg 1] "
        "[1.9 aru 0 delivered 0 flg 1]\n"
        "[  1144] 3 > commit 2.13 {2 3} token_seq 3 index 2 [1.9 aru 0 delivered 0 flg 1] "
        "[1.9 aru 0 delivered 0 flg 1]\n"
        "               2 < commit 2.13 {2 3} token_seq 4 index 2 [1.9 aru 0 delivered 0 flg 1] "
        "[1.9 aru 0 delivered 0 flg 1]\n"
        "[  1145] 2 > commit 2.13 {2 3} token_seq 4 index 2 [1.9 aru 0 delivered 0 flg 1] "
        "[1.9 aru 0 delivered 0 flg 1]\n"
        "               3 < token 2.13 seq 0 token_seq 0 aru -1/2\n"
        "[  1146] 3 > token 2.13 seq 0 token_seq 0 aru -1/2\n"
        "               2 < token 2.13 seq 0 token_seq 1 aru -1/2\n"
        "[  1147] 2 > token 2.13 seq 0 token_seq 1 aru -1/2\n"
        "               3 < token 2.13 seq 0 token_seq 2 aru 0/0\n"
        "[  1148] 3 > token 2.13 seq 0 token_seq 2 aru 0/0\n"
        "               2 < token 2.13 seq 0 token_seq 3 aru 0/0\n"
        "[  1149] 2 > token 2.13 seq 0 token_seq 3 aru 0/0\n"
        "               3 < token 2.13 seq 0 token_seq 4 aru 0/0\n"
        "[  1150] 3 > token 2.13 seq 0 token_seq 4 aru 0/0\n"
        "               2 < token 2.13 seq 0 token_seq 5 aru 0/0\n"
        "[  1151] 2 > token 2.13 seq 0 token_seq 5 aru 0/0\n"
        "               3 < token 2.13 seq 0 token_seq 6 aru 0/0\n"
        "[  1152] 3 > token 2.13 seq 0 token_seq 6 aru 0/0\n"
        "                   transitional 2.13 {2 3} left 1\n"
        "                   regular 2.13 {2 3}\n"
        "               2 < token 2.13 seq 0 token_seq 7 aru 0/0\n"
        "[  1153] 2 > token 2.13 seq 0 token_seq 7 aru 0/0\n"
        "                   transitional 2.13 {2 3} left 1\n"
        "                   regular 2.13 {2 3}\n"
        "               3 < token 2.13 seq 0 token_seq 8 aru 0/0\n"
        "[  1154] 3 > token 2.13 seq 0 token_seq 8 aru 0/0\n"
        "               2 < token 2.13 seq 0 token_seq 9 aru 0/0\n"
        "[  1155] 2 > token 2.13 seq 0 token_seq 9 aru 0/0\n"
        "[  1166] 3 > merge timer\n"
        "[  1167] 2 > merge timer\n"
        "             all < merge detect of 2 ring 2.13\n"
        "[  1168] 2 > merge detect of 2 ring 2.13\n"
        "[  1168] 3 > merge detect of 2 ring 2.13\n");
    cluster_free(c);
}

/* a leave re-forms the ring without waiting for timeouts */
static void test_leave(void **state)
{
    struct cluster *c = ring_of(2);

    cluster_say(c, "[%6u] 2 > leave\n", (unsigned) c->now);
    totem_leave(c->node[2].totem);
    totem_free(c->node[2].totem);
    c->node[2].totem = NULL;
    cluster_run(c, 10);
    cluster_expect(c,
        "[  1000] 2 > leave\n"
        "             all < leave of 2 {1} failed {2} ring_seq 9\n"
        "[  1001] 1 > merge detect of 1 ring 1.9\n"
        "[  1001] 1 > leave of 2 {1} failed {2} ring_seq 9\n"
        "             all < join of 1 {1 2} failed {2} ring_seq 9\n"
        "[  1002] 1 > join of 1 {1 2} failed {2} ring_seq 9\n"
        "                   store ring seq 13\n"
        "               1 < commit 1.13 {1} token_seq 1 index 1 [1.9 aru 0 delivered 0 flg 1]\n"
        "[  1003] 1 > commit 1.13 {1} token_seq 1 index 1 [1.9 aru 0 delivered 0 flg 1]\n"
        "               1 < commit 1.13 {1} token_seq 2 index 1 [1.9 aru 0 delivered 0 flg 1]\n"
        "[  1004] 1 > commit 1.13 {1} token_seq 2 index 1 [1.9 aru 0 delivered 0 flg 1]\n"
        "               1 < token 1.13 seq 0 token_seq 0 aru -1/1\n"
        "[  1005] 1 > token 1.13 seq 0 token_seq 0 aru -1/1\n"
        "               1 < token 1.13 seq 0 token_seq 1 aru 0/0\n"
        "[  1006] 1 > token 1.13 seq 0 token_seq 1 aru 0/0\n"
        "               1 < token 1.13 seq 0 token_seq 2 aru 0/0\n"
        "[  1007] 1 > token 1.13 seq 0 token_seq 2 aru 0/0\n"
        "               1 < token 1.13 seq 0 token_seq 3 aru 0/0\n"
        "[  1008] 1 > token 1.13 seq 0 token_seq 3 aru 0/0\n"
        "                   transitional 1.13 {1} left 2\n"
        "                   regular 1.13 {1}\n"
        "               1 < token 1.13 seq 0 token_seq 4 aru 0/0\n"
        "[  1009] 1 > token 1.13 seq 0 token_seq 4 aru 0/0\n");
    cluster_free(c);
}

static bool lose_between(uint32_t from, uint32_t to, const uint8_t *frame, size_t len)
{
    return from != to;
}

/* two rings find each other by the representative's merge detect */
static void test_merge(void **state)
{
    struct cluster *c = small_cluster();

    c->tell = false;
    c->lose = lose_between;
    cluster_start(c, 1);
    cluster_start(c, 2);
    cluster_run(c, 1000);
    assert_int_equal(c->node[1].changes, 1);
    assert_int_equal(c->node[2].changes, 1);
    c->lose = NULL;
    cluster_tell(c);
    cluster_run(c, 45);
    cluster_expect(c,
        "[  1020] 1 > merge timer\n"
        "             all < merge detect of 1 ring 1.5\n"
        "[  1020] 2 > merge timer\n"
        "             all < merge detect of 2 ring 2.5\n"
        "[  1021] 1 > merge detect of 1 ring 1.5\n"
        "[  1021] 2 > merge detect of 1 ring 1.5\n"
        "             all < join of 2 {2 1} failed {} ring_seq 5\n"
        "[  1021] 1 > merge detect of 2 ring 2.5\n"
        "             all < join of 1 {1 2} failed {} ring_seq 5\n"
        "[  1021] 2 > merge detect of 2 ring 2.5\n"
        "[  1022] 1 > join of 2 {2 1} failed {} ring_seq 5\n"
        "                   store ring seq 9\n"
        "               2 < commit 1.9 {1 2} token_seq 1 index 1 [1.5 aru 0 delivered 0 flg 1]\n"
        "[  1022] 2 > join of 2 {2 1} failed {} ring_seq 5\n"
        "[  1022] 1 > join of 1 {1 2} failed {} ring_seq 5\n"
        "[  1022] 2 > join of 1 {1 2} failed {} ring_seq 5\n"
        "[  1023] 2 > commit 1.9 {1 2} token_seq 1 index 1 [1.5 aru 0 delivered 0 flg 1]\n"
        "                   store ring seq 9\n"
        "               1 < commit 1.9 {1 2} token_seq 2 index 2 [1.5 aru 0 delivered 0 flg 1] "
        "[2.5 aru 0 delivered 0 flg 1]\n"
        "[  1024] 1 > commit 1.9 {1 2} token_seq 2 index 2 [1.5 aru 0 delivered 0 flg 1] "
        "[2.5 aru 0 delivered 0 flg 1]\n"
        "               2 < commit 1.9 {1 2} token_seq 3 index 2 [1.5 aru 0 delivered 0 flg 1] "
        "[2.5 aru 0 delivered 0 flg 1]\n"
        "[  1025] 2 > commit 1.9 {1 2} token_seq 3 index 2 [1.5 aru 0 delivered 0 flg 1] "
        "[2.5 aru 0 delivered 0 flg 1]\n"
        "               1 < commit 1.9 {1 2} token_seq 4 index 2 [1.5 aru 0 delivered 0 flg 1] "
        "[2.5 aru 0 delivered 0 flg 1]\n"
        "[  1026] 1 > commit 1.9 {1 2} token_seq 4 index 2 [1.5 aru 0 delivered 0 flg 1] "
        "[2.5 aru 0 delivered 0 flg 1]\n"
        "               2 < token 1.9 seq 0 token_seq 0 aru -1/1\n"
        "[  1027] 2 > token 1.9 seq 0 token_seq 0 aru -1/1\n"
        "               1 < token 1.9 seq 0 token_seq 1 aru -1/1\n"
        "[  1028] 1 > token 1.9 seq 0 token_seq 1 aru -1/1\n"
        "               2 < token 1.9 seq 0 token_seq 2 aru 0/0\n"
        "[  1029] 2 > token 1.9 seq 0 token_seq 2 aru 0/0\n"
        "               1 < token 1.9 seq 0 token_seq 3 aru 0/0\n"
        "[  1030] 1 > token 1.9 seq 0 token_seq 3 aru 0/0\n"
        "               2 < token 1.9 seq 0 token_seq 4 aru 0/0\n"
        "[  1031] 2 > token 1.9 seq 0 token_seq 4 aru 0/0\n"
        "               1 < token 1.9 seq 0 token_seq 5 aru 0/0\n"
        "[  1032] 1 > token 1.9 seq 0 token_seq 5 aru 0/0\n"
        "               2 < token 1.9 seq 0 token_seq 6 aru 0/0\n"
        "[  1033] 2 > token 1.9 seq 0 token_seq 6 aru 0/0\n"
        "                   transitional 1.9 {2}\n"
        "                   regular 1.9 {1 2} joined 1\n"
        "               1 < token 1.9 seq 0 token_seq 7 aru 0/0\n"
        "[  1034] 1 > token 1.9 seq 0 token_seq 7 aru 0/0\n"
        "                   transitional 1.9 {1}\n"
        "                   regular 1.9 {1 2} joined 2\n"
        "               2 < token 1.9 seq 0 token_seq 8 aru 0/0\n"
        "[  1035] 2 > token 1.9 seq 0 token_seq 8 aru 0/0\n"
        "               1 < token 1.9 seq 0 token_seq 9 aru 0/0\n"
        "[  1036] 1 > token 1.9 seq 0 token_seq 9 aru 0/0\n");
    cluster_free(c);
}

static bool lose_mcast_of_3_to_2(uint32_t from, uint32_t to, const uint8_t *frame, size_t len)
{
    return frame[HDR_TYPE] == WIRE_MCAST && from == 3 && to == 2;
}

static bool is_mcast_from_3(const uint8_t *frame)
{
    return frame[HDR_TYPE] == WIRE_MCAST && get32(frame + MCAST_FROM) == 3;
}

/* Lets a ring run until a node has sent its message, then cuts the power of node 3. */
static void fail_3_after_its_message(struct cluster *c, uint64_t ms)
{
    cluster_run(c, ms);
    cluster_stop(c, 3);
    c->lose = NULL;
}

/* what only node 1 got of node 3's last message, node 2 gets in recovery, before the configuration changes */
static void test_recovery(void **state)
{
    struct cluster *c = ring_of(3);

    c->lose = lose_mcast_of_3_to_2;
    c->tell = false;
    cluster_send(c, 3, "last words");
    fail_3_after_its_message(c, 4);
    assert_int_equal(c->node[1].delivered, 1);
    assert_int_equal(c->node[2].delivered, 0);
    cluster_run(c, 160);
    cluster_tell(c);
    cluster_run(c, 25);
    cluster_expect(c,
        "[  1165] 1 > join of 1 {1 2 3} failed {3} ring_seq 9\n"
        "[  1165] 2 > join of 1 {1 2 3} failed {3} ring_seq 9\n"
        "             all < join of 2 {1 2 3} failed {3} ring_seq 9\n"
        "[  1166] 1 > join of 2 {1 2 3} failed {3} ring_seq 9\n"
        "                   store ring seq 13\n"
        "               2 < commit 1.13 {1 2} token_seq 1 index 1 [1.9 aru 1 delivered 1 flg 1]\n"
        "[  1166] 2 > join of 2 {1 2 3} failed {3} ring_seq 9\n"
        "[  1167] 2 > commit 1.13 {1 2} token_seq 1 index 1 [1.9 aru 1 delivered 1 flg 1]\n"
        "                   store ring seq 13\n"
        "               1 < commit 1.13 {1 2} token_seq 2 index 2 [1.9 aru 1 delivered 1 flg 1] "
        "[1.9 aru 0 delivered 0 flg 0]\n"
        "[  1168] 1 > commit 1.13 {1 2} token_seq 2 index 2 [1.9 aru 1 delivered 1 flg 1] "
        "[1.9 aru 0 delivered 0 flg 0]\n"
        "               2 < commit 1.13 {1 2} token_seq 3 index 2 [1.9 aru 1 delivered 1 flg 1] "
        "[1.9 aru 0 delivered 0 flg 0]\n"
        "[  1169] 2 > commit 1.13 {1 2} token_seq 3 index 2 [1.9 aru 1 delivered 1 flg 1] "
        "[1.9 aru 0 delivered 0 flg 0]\n"
        "               1 < commit 1.13 {1 2} token_seq 4 index 2 [1.9 aru 1 delivered 1 flg 1] "
        "[1.9 aru 0 delivered 0 flg 0]\n"
        "[  1170] 1 > commit 1.13 {1 2} token_seq 4 index 2 [1.9 aru 1 delivered 1 flg 1] "
        "[1.9 aru 0 delivered 0 flg 0]\n"
        "               2 < token 1.13 seq 0 token_seq 0 aru -1/1 recovering\n"
        "[  1171] 2 > token 1.13 seq 0 token_seq 0 aru -1/1 recovering\n"
        "               1 < token 1.13 seq 0 token_seq 1 aru -1/1 recovering\n"
        "[  1172] 1 > token 1.13 seq 0 token_seq 1 aru -1/1 recovering\n"
        "             all < mcast 1.13 seq 1 from 1 with an old one\n"
        "               2 < token 1.13 seq 1 token_seq 2 aru 1/0\n"
        "[  1173] 1 > mcast 1.13 seq 1 from 1 with an old one\n"
        "[  1173] 2 > mcast 1.13 seq 1 from 1 with an old one\n"
        "[  1173] 2 > token 1.13 seq 1 token_seq 2 aru 1/0\n"
        "               1 < token 1.13 seq 1 token_seq 3 aru 1/0\n"
        "[  1174] 1 > token 1.13 seq 1 token_seq 3 aru 1/0\n"
        "               2 < token 1.13 seq 1 token_seq 4 aru 1/0\n"
        "[  1175] 2 > token 1.13 seq 1 token_seq 4 aru 1/0\n"
        "               1 < token 1.13 seq 1 token_seq 5 aru 1/0\n"
        "[  1176] 1 > token 1.13 seq 1 token_seq 5 aru 1/0\n"
        "               2 < token 1.13 seq 1 token_seq 6 aru 1/0\n"
        "[  1177] 2 > token 1.13 seq 1 token_seq 6 aru 1/0\n"
        "               1 < token 1.13 seq 1 token_seq 7 aru 1/0\n"
        "[  1178] 1 > token 1.13 seq 1 token_seq 7 aru 1/0\n"
        "                   transitional 1.13 {1 2} left 3\n"
        "                   regular 1.13 {1 2}\n"
        "               2 < token 1.13 seq 1 token_seq 8 aru 1/0\n"
        "[  1179] 2 > token 1.13 seq 1 token_seq 8 aru 1/0\n"
        "                   deliver \"last words\" of 3\n"
        "                   transitional 1.13 {1 2} left 3\n"
        "                   regular 1.13 {1 2}\n"
        "               1 < token 1.13 seq 1 token_seq 9 aru 1/0\n"
        "[  1180] 1 > token 1.13 seq 1 token_seq 9 aru 1/0\n");
    assert_int_equal(c->node[2].delivered, 1);
    cluster_free(c);
}

static unsigned mcasts_of_3;

/* the first message of node 3 reaches nobody, its second everybody */
static bool lose_first_of_3(uint32_t from, uint32_t to, const uint8_t *frame, size_t len)
{
    return is_mcast_from_3(frame) && from != to && mcasts_of_3++ < 2;
}

/*
 * A gap nobody can fill: after it, of the surviving members' messages all are delivered, in the transitional
 * configuration, and none of node 3's, which might depend on the lost one.
 */
static void test_gap(void **state)
{
    struct cluster *c = ring_of_patient(3, 100);

    mcasts_of_3 = 0;
    c->lose = lose_first_of_3;
    c->tell = false;
    cluster_send(c, 3, "lost");
    cluster_run(c, 3);
    cluster_send(c, 3, "depends on it");
    cluster_send(c, 1, "survives");
    fail_3_after_its_message(c, 4);
    assert_int_equal(c->node[1].delivered, 0);
    cluster_run(c, 160);
    cluster_tell(c);
    cluster_run(c, 30);
    cluster_expect(c,
        "[  1168] 1 > join of 1 {1 2 3} failed {3} ring_seq 9\n"
        "[  1168] 2 > join of 1 {1 2 3} failed {3} ring_seq 9\n"
        "             all < join of 2 {1 2 3} failed {3} ring_seq 9\n"
        "[  1169] 1 > join of 2 {1 2 3} failed {3} ring_seq 9\n"
        "                   store ring seq 13\n"
        "               2 < commit 1.13 {1 2} token_seq 1 index 1 [1.9 aru 0 delivered 0 flg 0]\n"
        "[  1169] 2 > join of 2 {1 2 3} failed {3} ring_seq 9\n"
        "[  1170] 2 > commit 1.13 {1 2} token_seq 1 index 1 [1.9 aru 0 delivered 0 flg 0]\n"
        "                   store ring seq 13\n"
        "               1 < commit 1.13 {1 2} token_seq 2 index 2 [1.9 aru 0 delivered 0 flg 0] "
        "[1.9 aru 0 delivered 0 flg 0]\n"
        "[  1171] 1 > commit 1.13 {1 2} token_seq 2 index 2 [1.9 aru 0 delivered 0 flg 0] "
        "[1.9 aru 0 delivered 0 flg 0]\n"
        "               2 < commit 1.13 {1 2} token_seq 3 index 2 [1.9 aru 0 delivered 0 flg 0] "
        "[1.9 aru 0 delivered 0 flg 0]\n"
        "[  1172] 2 > commit 1.13 {1 2} token_seq 3 index 2 [1.9 aru 0 delivered 0 flg 0] "
        "[1.9 aru 0 delivered 0 flg 0]\n"
        "               1 < commit 1.13 {1 2} token_seq 4 index 2 [1.9 aru 0 delivered 0 flg 0] "
        "[1.9 aru 0 delivered 0 flg 0]\n"
        "[  1173] 1 > commit 1.13 {1 2} token_seq 4 index 2 [1.9 aru 0 delivered 0 flg 0] "
        "[1.9 aru 0 delivered 0 flg 0]\n"
        "               2 < token 1.13 seq 0 token_seq 0 aru -1/1 recovering\n"
        "[  1174] 2 > token 1.13 seq 0 token_seq 0 aru -1/1 recovering\n"
        "             all < mcast 1.13 seq 1 from 2 with an old one\n"
        "             all < mcast 1.13 seq 2 from 2 with an old one\n"
        "               1 < token 1.13 seq 2 token_seq 1 aru -1/1 recovering\n"
        "[  1175] 1 > mcast 1.13 seq 1 from 2 with an old one\n"
        "[  1175] 2 > mcast 1.13 seq 1 from 2 with an old one\n"
        "[  1175] 1 > mcast 1.13 seq 2 from 2 with an old one\n"
        "[  1175] 2 > mcast 1.13 seq 2 from 2 with an old one\n"
        "[  1175] 1 > token 1.13 seq 2 token_seq 1 aru -1/1 recovering\n"
        "               2 < token 1.13 seq 2 token_seq 2 aru 2/0\n"
        "[  1176] 2 > token 1.13 seq 2 token_seq 2 aru 2/0\n"
        "               1 < token 1.13 seq 2 token_seq 3 aru 2/0\n"
        "[  1177] 1 > token 1.13 seq 2 token_seq 3 aru 2/0\n"
        "               2 < token 1.13 seq 2 token_seq 4 aru 2/0\n"
        "[  1178] 2 > token 1.13 seq 2 token_seq 4 aru 2/0\n"
        "               1 < token 1.13 seq 2 token_seq 5 aru 2/0\n"
        "[  1179] 1 > token 1.13 seq 2 token_seq 5 aru 2/0\n"
        "               2 < token 1.13 seq 2 token_seq 6 aru 2/0\n"
        "[  1180] 2 > token 1.13 seq 2 token_seq 6 aru 2/0\n"
        "               1 < token 1.13 seq 2 token_seq 7 aru 2/0\n"
        "[  1181] 1 > token 1.13 seq 2 token_seq 7 aru 2/0\n"
        "                   transitional 1.13 {1 2} left 3\n"
        "                   deliver \"survives\" of 1\n"
        "                   regular 1.13 {1 2}\n"
        "               2 < token 1.13 seq 2 token_seq 8 aru 2/0\n"
        "[  1182] 2 > token 1.13 seq 2 token_seq 8 aru 2/0\n"
        "                   transitional 1.13 {1 2} left 3\n"
        "                   deliver \"survives\" of 1\n"
        "                   regular 1.13 {1 2}\n"
        "               1 < token 1.13 seq 2 token_seq 9 aru 2/0\n"
        "[  1183] 1 > token 1.13 seq 2 token_seq 9 aru 2/0\n"
        "[  1197] 1 > merge timer\n"
        "             all < merge detect of 1 ring 1.13\n");
    assert_int_equal(c->node[1].delivered, 1);
    assert_int_equal(c->node[2].delivered, 1);
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_hold),
        cmocka_unit_test(test_idle_rotations),
        cmocka_unit_test(test_hold_back),
        cmocka_unit_test(test_hold_back_membership),
        cmocka_unit_test(test_retransmission),
        cmocka_unit_test(test_lost_token),
        cmocka_unit_test(test_power_failure),
        cmocka_unit_test(test_leave),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_recovery),
        cmocka_unit_test(test_gap),
    };

    return cmocka_run_group_tests_name("totem stories", tests, NULL, NULL);
}
