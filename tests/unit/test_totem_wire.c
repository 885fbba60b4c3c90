/*
 * Byte layouts of totem frames against the tables of totem.md section 4 and 12, and frames that break their
 * rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "totem_cluster.h"

#include <stdlib.h>

#define RING_1_D    0x01, 0, 0, 0, 0x0d, 0, 0, 0, 0, 0, 0, 0

static void test_token(void **state)
{
    static const uint8_t expected[] = {
        0x70, 0xc0, 3, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,        /* header: type 0, from 2 */
        0x10, 0, 0, 0,                                      /* seq */
        0x11, 0, 0, 0,                                      /* token_seq */
        0x0f, 0, 0, 0,                                      /* aru */
        0x03, 0, 0, 0,                                      /* aru_addr */
        RING_1_D,
        0x07, 0, 0, 0,                                      /* backlog */
        0x05, 0, 0, 0,                                      /* fcc */
        0x01, 0, 0, 0,                                      /* retrans_flg */
        0x01, 0, 0, 0,                                      /* entries */
        RING_1_D, 0x10, 0, 0, 0,
    };
    struct token token = {
        .seq = 16, .token_seq = 17, .aru = 15, .aru_addr = 3, .ring = {1, 13}, .backlog = 7, .fcc = 5,
        .retrans_flg = 1, .n_rtr = 1, .rtr = {{{1, 13}, 16}},
    }, back;
    uint8_t p[TOKEN_MAX_SIZE];

    assert_int_equal(token_encode(&token, 2, p), sizeof(expected));
    assert_memory_equal(p, expected, sizeof(expected));
    assert_true(token_decode(&back, p, sizeof(expected)));
    assert_int_equal(back.aru_addr, 3);
    assert_int_equal(back.rtr[0].seq, 16);

    assert_false(token_decode(&back, p, sizeof(expected) - 1));
    assert_false(token_decode(&back, p, TOKEN_SIZE - 1));
    put32(p + TOKEN_ENTRIES, 31);
    assert_false(token_decode(&back, p, TOKEN_LONGEST));
    put32(p + TOKEN_ENTRIES, UINT32_MAX);
    assert_false(token_decode(&back, p, TOKEN_LONGEST));
    put32(p + TOKEN_ENTRIES, 0);
    assert_false(token_decode(&back, p, TOKEN_LONGEST + 1));
}

static void test_join(void **state)
{
    static const uint8_t expected[] = {
        0x70, 0xc0, 3, 3, 0, 2, 0, 0, 0, 0, 0, 0, 0,
        2, 0, 0, 0,                                         /* system_from */
        3, 0, 0, 0, 1, 0, 0, 0,                             /* counts */
        0x0d, 0, 0, 0, 0, 0, 0, 0,                          /* ring_seq */
        2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0,                 /* proc */
        3, 0, 0, 0,                                         /* failed */
    };
    static struct join back;
    struct join join = {.from = 2, .ring_seq = 13, .proc = {3, {2, 1, 3}}, .failed = {1, {3}}};
    uint8_t p[JOIN_MAX_SIZE];

    assert_int_equal(join_encode(&join, p), sizeof(expected));
    assert_memory_equal(p, expected, sizeof(expected));
    assert_true(join_decode(&back, p, sizeof(expected)));
    assert_false(back.leave);
    assert_int_equal(back.proc.n, 3);
    assert_int_equal(back.failed.id[0], 3);

    /* a leave has node id 0 in its header, the real one in system_from */
    join.leave = true;
    join_encode(&join, p);
    assert_int_equal(get32(p + HDR_NODEID), 0);
    assert_int_equal(get32(p + JOIN_FROM), 2);
    assert_true(join_decode(&back, p, sizeof(expected)));
    assert_true(back.leave);

    assert_false(join_decode(&back, p, sizeof(expected) - 1));
    put32(p + JOIN_PROC_ENTRIES, 385);
    assert_false(join_decode(&back, p, JOIN_MAX_SIZE));
    put32(p + JOIN_PROC_ENTRIES, 0x40000000);               /* times four wraps to 0 */
    assert_false(join_decode(&back, p, JOIN_MAX_SIZE));
    put32(p + JOIN_PROC_ENTRIES, 3);
    put32(p + JOIN_SIZE, 0);                                /* node id 0 in a list */
    assert_false(join_decode(&back, p, sizeof(expected)));
}

static void test_commit(void **state)
{
    static const uint8_t expected[] = {
        0x70, 0xc0, 3, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0,
        3, 0, 0, 0,                                         /* token_seq */
        RING_1_D,
        0, 0, 0, 0,                                         /* retrans_flg */
        1, 0, 0, 0,                                         /* memb_index */
        2, 0, 0, 0,                                         /* addr_entries */
        1, 0, 0, 0, 4, 0, 0, 0,
        1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    };
    static struct commit back, commit = {
        .token_seq = 3, .ring = {1, 13}, .index = 1, .addr = {2, {1, 4}}, .entry = {{{1, 9}, 6, 5, 1}},
    };
    uint8_t p[COMMIT_MAX_SIZE];

    assert_int_equal(commit_encode(&commit, 1, p), sizeof(expected));
    assert_memory_equal(p, expected, sizeof(expected));
    assert_true(commit_decode(&back, p, sizeof(expected)));
    assert_int_equal(back.entry[0].high_delivered, 5);

    assert_false(commit_decode(&back, p, sizeof(expected) - 1));
    put32(p + COMMIT_INDEX, 3);
    assert_false(commit_decode(&back, p, sizeof(expected)));
    put32(p + COMMIT_INDEX, UINT32_MAX);
    assert_false(commit_decode(&back, p, sizeof(expected)));
    put32(p + COMMIT_INDEX, 0);
    put32(p + COMMIT_ENTRIES, 0);
    assert_false(commit_decode(&back, p, sizeof(expected)));
    put32(p + COMMIT_ENTRIES, 385);
    assert_false(commit_decode(&back, p, COMMIT_MAX_SIZE));
    put32(p + COMMIT_ENTRIES, 2);
    put32(p + COMMIT_SIZE + 4, 1);                          /* a member twice */
    assert_false(commit_decode(&back, p, sizeof(expected)));
    put32(p + COMMIT_SIZE, 5);                              /* not ascending, not led by the representative */
    put32(p + COMMIT_SIZE + 4, 4);
    assert_false(commit_decode(&back, p, sizeof(expected)));
}

static uint8_t captured[4096];
static size_t captured_len;

static bool capture_mcast(uint32_t from, uint32_t to, const uint8_t *frame, size_t len)
{
    if (frame[HDR_TYPE] == WIRE_MCAST && len <= sizeof(captured)) {
        memcpy(captured, frame, len);
        captured_len = len;
    }
    return false;
}

static bool capture_short(uint32_t from, uint32_t to, const uint8_t *frame, size_t len)
{
    if (frame[HDR_TYPE] == WIRE_MERGE_DETECT || frame[HDR_TYPE] == WIRE_HOLD_CANCEL) {
        memcpy(captured, frame, len);
        captured_len = len;
    }
    return false;
}

/* Two messages in one frame: 4.1, 12.1, 12.2. */
static void test_multicast(void **state)
{
    static const uint8_t expected[] = {
        0x70, 0xc0, 3, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0,        /* type 1, ordinary */
        1, 0, 0, 0,                                         /* system_from */
        1, 0, 0, 0,                                         /* seq */
        0, 0, 0, 0,                                         /* this_seqno */
        0x01, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0,              /* ring */
        0, 0, 0, 0,                                         /* node_id */
        0, 0, 0, 0,                                         /* guarantee */
        0, 0, 0, 0, 0, 0, 2, 0,                             /* pg: not fragmented, 2 pieces */
        7, 0, 8, 0,
        1, 0, 1, 0, 'a', 'h', 'i',
        1, 0, 1, 0, 'a', 'y', 'o', 'u',
    };
    struct cluster *c = cluster_new();

    c->tell = false;
    cluster_start(c, 1);
    cluster_run(c, 500);
    c->lose = capture_mcast;
    captured_len = 0;
    cluster_send(c, 1, "hi");
    cluster_send(c, 1, "you");
    cluster_run(c, 10);
    assert_int_equal(captured_len, sizeof(expected));
    assert_memory_equal(captured, expected, sizeof(expected));
    assert_int_equal(c->node[1].delivered, 2);
    cluster_free(c);
}

static void test_short_frames(void **state)
{
    static const uint8_t merge[] = {
        0x70, 0xc0, 3, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x01, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0,
    };
    static const uint8_t cancel[] = {
        0x70, 0xc0, 3, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x01, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0,
    };
    struct cluster *c = cluster_new();

    c->tell = false;
    c->lose = capture_short;
    captured_len = 0;
    cluster_start(c, 1);
    cluster_run(c, 500);
    assert_int_equal(captured_len, sizeof(merge));
    assert_memory_equal(captured, merge, sizeof(merge));
    totem_signal(c->node[1].totem);
    assert_int_equal(captured_len, sizeof(cancel));
    assert_memory_equal(captured, cancel, sizeof(cancel));
    cluster_free(c);
}

/* What is not a frame of ours is dropped without a trace in the statistics; a bad type is counted. */
static void test_header(void **state)
{
    struct cluster *c = cluster_new();
    uint8_t p[TOTEM_MAX_FRAME] = {0};
    struct totem_stats before, after;

    c->tell = false;
    cluster_start(c, 1);
    cluster_run(c, 500);
    totem_stats(c->node[1].totem, &before);
    put_header(p, WIRE_ORF_TOKEN, 0, 1);
    cluster_inject(c, 1, p, HDR_SIZE - 1);
    p[HDR_VERSION] = 2;
    cluster_inject(c, 1, p, 100);
    p[HDR_VERSION] = WIRE_VERSION;
    p[0] = 0xc0;                                            /* the other byte order */
    p[1] = 0x70;
    cluster_inject(c, 1, p, 100);
    totem_stats(c->node[1].totem, &after);
    assert_memory_equal(&before, &after, sizeof(before));

    for (unsigned type = 0; type < 256; type++) {
        put_header(p, (enum wire_type) type, 0, 1);
        cluster_inject(c, 1, p, HDR_SIZE);
    }
    totem_stats(c->node[1].totem, &after);
    assert_int_equal(after.rx_msg_dropped - before.rx_msg_dropped, 256);
    assert_int_equal(totem_state(c->node[1].totem), TOTEM_OPERATIONAL);
    cluster_free(c);
}

/* Damaged copies of every frame a forming and working ring sends must not bring a node down. */
static uint32_t noise = 12345;

static uint32_t next_noise(void)
{
    noise ^= noise << 13;
    noise ^= noise >> 17;
    noise ^= noise << 5;
    return noise;
}

static struct cluster *noisy;

static bool also_damaged(uint32_t from, uint32_t to, const uint8_t *frame, size_t len)
{
    uint8_t *p;
    size_t n = len;

    if (from == 4) {
        return to != 4;
    }
    p = malloc(len);
    assert_non_null(p);
    memcpy(p, frame, len);
    for (unsigned i = next_noise() % 4; i > 0; i--) {
        p[next_noise() % len] = (uint8_t) next_noise();
    }
    if (next_noise() % 4 == 0) {
        n = next_noise() % (len + 1);
    }
    totem_recv(noisy->node[4].totem, p, n, next_noise() % 4);
    free(p);
    return to == 4;
}

static void test_damaged(void **state)
{
    struct cluster *c = cluster_new();

    /* node 4 is alone with the damaged copies of what the others say to each other */
    c->tell = false;
    noisy = c;
    cluster_start(c, 4);
    c->lose = also_damaged;
    for (uint32_t id = 1; id <= 3; id++) {
        cluster_start(c, id);
    }
    for (unsigned i = 0; i < 300; i++) {
        cluster_send(c, 1 + i % 3, "something to damage");
        cluster_run(c, 10);
    }
    assert_true(c->node[1].delivered > 0);
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_commit),
        cmocka_unit_test(test_multicast),
        cmocka_unit_test(test_short_frames),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests_name("totem frames", tests, NULL, NULL);
}
