/*
 * Packing, fragmentation, reassembly, reservation and the queue level (totem.md sections 12 and 13).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "totem_cluster.h"

#include <errno.h>
#include <stdlib.h>

static struct cluster *ring_with_mtu(uint32_t n, uint32_t mtu)
{
    struct cluster *c = cluster_new();

    c->tell = false;
    c->config.netmtu = mtu;
    for (uint32_t id = 1; id <= n; id++) {
        cluster_start(c, id);
    }
    cluster_run(c, 1000);
    return c;
}

static int send_bytes(struct cluster *c, uint32_t id, size_t size, uint8_t fill)
{
    uint8_t *body = malloc(size + 1);
    struct iovec iov[3];
    int rc;

    assert_non_null(body);
    memset(body, fill, size + 1);
    iov[0] = (struct iovec) {.iov_base = body, .iov_len = size / 3};
    iov[1] = (struct iovec) {.iov_base = NULL, .iov_len = 0};
    iov[2] = (struct iovec) {.iov_base = body + size / 3, .iov_len = size - size / 3};
    rc = totem_send(c->node[id].totem, TOTEM_GROUP_A, iov, 3, TOTEM_SAFE);
    free(body);
    return rc;
}

static void test_sizes(void **state)
{
    static const uint32_t mtus[] = {200, 1500, TOTEM_MAX_FRAME};
    static const size_t sizes[] = {0, 1, 50, 60, 61, 62, 1395, 1396, 1397, 1398, 5000,
                                   65431, 65432, 65433, 65434, 200000};

    for (unsigned m = 0; m < 3; m++) {
        struct cluster *c = ring_with_mtu(2, mtus[m]);
        size_t total = 0;
        unsigned count = 0;

        for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            for (unsigned repeat = 0; repeat < 3; repeat++) {
                assert_int_equal(send_bytes(c, 1 + repeat % 2, sizes[i], (uint8_t) i), 0);
                total += sizes[i];
                count++;
            }
            cluster_run(c, 700);
            assert_int_equal(c->node[1].delivered, count);
            assert_int_equal(c->node[2].delivered, count);
            assert_int_equal(c->node[2].last_len, sizes[i]);
            assert_true(sizes[i] == 0 || c->node[2].last[0] == (uint8_t) i);
        }
        assert_int_equal(c->node[1].delivered_bytes, total);
        assert_int_equal(c->node[2].delivered_bytes, total);
        cluster_free(c);
    }
}

static unsigned frames;

static bool count_frames(uint32_t from, uint32_t to, const uint8_t *frame, size_t len)
{
    frames += frame[HDR_TYPE] == WIRE_MCAST && to == 1;
    return false;
}

/* Small messages share frames. */
static void test_packing(void **state)
{
    struct cluster *c = ring_with_mtu(1, TOTEM_MAX_FRAME);

    frames = 0;
    c->lose = count_frames;
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(send_bytes(c, 1, 64, 1), 0);
    }
    cluster_run(c, 50);
    assert_int_equal(c->node[1].delivered, 1000);
    assert_int_equal(frames, 5);            /* 71 bytes each; a new ring begins with 16384 bytes of room */
    cluster_free(c);
}

/* A frame's end is not left empty where a beginning of the next message fits. */
static void test_full_frames(void **state)
{
    struct cluster *c = ring_with_mtu(1, TOTEM_MAX_FRAME);

    frames = 0;
    c->lose = count_frames;
    for (unsigned i = 0; i < 16; i++) {
        assert_int_equal(send_bytes(c, 1, 3000, 1), 0);
    }
    cluster_run(c, 50);
    assert_int_equal(c->node[1].delivered, 16);
    assert_int_equal(frames, 3);            /* five whole messages in each frame would make four */
    cluster_free(c);
}

static void test_limits(void **state)
{
    struct cluster *c = ring_with_mtu(1, TOTEM_MAX_FRAME);
    struct totem *t = c->node[1].totem;
    struct iovec many[TOTEM_MAX_IOV + 1] = {{.iov_len = 0}};
    unsigned sent = 0;

    assert_int_equal(send_bytes(c, 1, TOTEM_MAX_MESSAGE + 1, 1), -EMSGSIZE);
    assert_int_equal(totem_send(t, TOTEM_GROUP_A, many, TOTEM_MAX_IOV + 1, TOTEM_AGREED), -EMSGSIZE);
    while (sent < 100 && send_bytes(c, 1, TOTEM_MAX_MESSAGE, 1) == 0) {
        sent++;
    }
    assert_int_equal(sent, 3);              /* of 62 frames that are free each takes 17 */
    assert_int_equal(send_bytes(c, 1, TOTEM_MAX_MESSAGE, 1), -EAGAIN);
    cluster_run(c, 50);
    assert_int_equal(c->node[1].delivered, 3);
    assert_int_equal(c->node[1].last_len, TOTEM_MAX_MESSAGE);
    assert_int_equal(send_bytes(c, 1, TOTEM_MAX_MESSAGE, 1), 0);
    cluster_free(c);
}

static void test_reservation(void **state)
{
    struct cluster *c = ring_with_mtu(1, TOTEM_MAX_FRAME);
    struct totem *t = c->node[1].totem;
    struct totem_stats stats;
    int total = 0, k;

    /* 2.3: slots 64, largest reservation below (64 - 3) * (65446 - 24) */
    assert_int_equal(totem_max_reserve(t), 3990742);
    assert_int_equal(totem_reserve(t, 3990742), -1);
    assert_int_equal(totem_reserve(t, 3990741), 61);
    totem_release(t, 61);
    assert_int_equal(totem_reserve(t, 100), 1);
    totem_release(t, 1);
    totem_check_level(t);
    assert_int_equal(totem_level(t), TOTEM_LEVEL_LOW);
    while ((k = totem_reserve(t, 65422)) > 0 && total < 40) {
        assert_int_equal(k, 2);
        total += k;
    }
    totem_stats(t, &stats);
    assert_int_equal(stats.msg_reserved, 1 + total + k);
    totem_release(t, k);
    totem_check_level(t);
    assert_int_equal(totem_level(t), TOTEM_LEVEL_HIGH);
    k = totem_reserve(t, 65422 * 20);
    assert_int_equal(k, 21);
    assert_int_equal(totem_level(t), TOTEM_LEVEL_CRITICAL);
    totem_release(t, k);
    totem_release(t, total);
    totem_check_level(t);
    assert_int_equal(totem_level(t), TOTEM_LEVEL_LOW);
    cluster_free(c);
}

/* A multicast of node 9 with a pg frame, as the next in the ring's order. */
static void inject_pg(struct cluster *c, uint32_t seq, uint8_t continuation, uint8_t fragmented,
                      const char *const *pieces, unsigned n)
{
    uint8_t p[4096] = {0};
    uint8_t *pg = p + MCAST_SIZE, *data = pg + PG_SIZE + 2 * n;

    put_header(p, WIRE_MCAST, WIRE_ORDINARY, 9);
    put32(p + MCAST_FROM, 9);
    put32(p + MCAST_SEQ, seq);
    put_ring(p + MCAST_RING, totem_ring(c->node[1].totem));
    pg[PG_FRAGMENTED] = fragmented;
    pg[PG_CONTINUATION] = continuation;
    put16(pg + PG_COUNT, (uint16_t) n);
    for (unsigned i = 0; i < n; i++) {
        put16(pg + PG_SIZE + 2 * i, (uint16_t) strlen(pieces[i]));
        memcpy(data, pieces[i], strlen(pieces[i]));
        data += strlen(pieces[i]);
    }
    cluster_inject(c, 1, p, (size_t) (data - p));
}

#define PG(seq, continuation, fragmented, ...) do { \
        static const char *const pieces_[] = {__VA_ARGS__}; \
        inject_pg(c, seq, continuation, fragmented, pieces_, sizeof(pieces_) / sizeof(pieces_[0])); \
    } while (0)

/*
 * Group header without its zero bytes does not exist: pieces below use a header of one group "a" put together
 * here.
 */
#define A1  "\x01\x01\x01\x01"

/* 12.4: whole messages, one over three frames, and what a node does that came in the middle of a message. */
static void test_reassembly(void **state)
{
    struct cluster *c = ring_with_mtu(1, TOTEM_MAX_FRAME);
    struct assembly *a;

    cluster_tell(c);
    /* not our groups: the header asks for 257 groups, longer than the message */
    PG(1, 0, 0, A1 "body");
    assert_int_equal(c->node[1].delivered, 0);

    PG(2, 0, 1, "first", "beginn");
    a = c->node[1].totem->assembly[0];
    assert_non_null(a);
    assert_int_equal(a->len, 6);
    assert_int_equal(a->last_frag, 1);
    PG(3, 1, 2, "ing, middle");
    assert_int_equal(a->len, 17);
    assert_int_equal(a->last_frag, 2);
    PG(4, 2, 0, ", end", "more");
    assert_null(c->node[1].totem->assembly[0]);

    /* a continuation of something unknown: thrown away until a frame that ends whole */
    PG(5, 7, 8, "tail");
    a = c->node[1].totem->assembly[0];
    assert_true(a->throw_away);
    PG(6, 8, 9, "tail");
    assert_true(a->throw_away);
    PG(7, 9, 0, "tail", "whole but lost too");
    assert_null(c->node[1].totem->assembly[0]);

    /* fragment 1 is the beginning of a message, but it was begun in a frame thrown away: lost as well */
    PG(8, 7, 8, "tail");
    PG(9, 8, 1, "tail", "beginning");
    assert_false(c->node[1].totem->assembly[0]->throw_away);
    PG(10, 1, 0, "end");
    assert_null(c->node[1].totem->assembly[0]);
    cluster_free(c);
}

/* Frames whose length table is wrong, or without pieces, are ignored; the next one is understood. */
static void test_bad_table(void **state)
{
    struct cluster *c = ring_with_mtu(1, TOTEM_MAX_FRAME);
    uint8_t p[MCAST_SIZE + 64] = {0};
    uint8_t *pg = p + MCAST_SIZE;
    static const uint8_t message[] = {1, 0, 1, 0, 'a', 'x'};
    static const size_t lengths[] = {0, 7, 8, 10, 15, 17};

    put_header(p, WIRE_MCAST, WIRE_ORDINARY, 9);
    put32(p + MCAST_FROM, 9);
    put_ring(p + MCAST_RING, totem_ring(c->node[1].totem));
    put16(pg + PG_COUNT, 1);
    put16(pg + PG_SIZE, sizeof(message));
    memcpy(pg + PG_SIZE + 2, message, sizeof(message));
    for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        put32(p + MCAST_SEQ, i + 1);
        cluster_inject(c, 1, p, MCAST_SIZE + lengths[i]);
        assert_int_equal(c->node[1].delivered, 0);
    }
    put32(p + MCAST_SEQ, 7);
    cluster_inject(c, 1, p, MCAST_SIZE + 16);
    assert_int_equal(c->node[1].delivered, 1);
    put32(p + MCAST_SEQ, 8);
    put16(pg + PG_COUNT, 0xffff);
    cluster_inject(c, 1, p, MCAST_SIZE + 16);
    put16(pg + PG_COUNT, 0);
    put32(p + MCAST_SEQ, 9);
    cluster_inject(c, 1, p, MCAST_SIZE + PG_SIZE);
    assert_int_equal(c->node[1].delivered, 1);
    cluster_free(c);
}

static uint32_t noise = 99;

static uint32_t next_noise(void)
{
    noise ^= noise << 13;
    noise ^= noise >> 17;
    noise ^= noise << 5;
    return noise;
}

/* Any bytes as payload. */
static void test_noise(void **state)
{
    struct cluster *c = ring_with_mtu(1, TOTEM_MAX_FRAME);
    uint8_t p[MCAST_SIZE + 200] = {0};

    put_header(p, WIRE_MCAST, WIRE_ORDINARY, 9);
    put32(p + MCAST_FROM, 9);
    put_ring(p + MCAST_RING, totem_ring(c->node[1].totem));
    for (uint32_t seq = 1; seq < 16000; seq++) {
        size_t len = next_noise() % 60;
        uint8_t *pg = p + MCAST_SIZE;

        for (size_t i = 0; i < 60; i++) {
            pg[i] = (uint8_t) next_noise();
        }
        if (len >= PG_SIZE + 4) {
            pg[PG_FRAGMENTED] = (uint8_t) (next_noise() % 3);
            pg[PG_CONTINUATION] = (uint8_t) (next_noise() % 3);
            put16(pg + PG_COUNT, 1);
            put16(pg + PG_SIZE, (uint16_t) (len - PG_SIZE - 2));
            put16(pg + PG_SIZE + 2, (uint16_t) (next_noise() % 3));
        }
        put32(p + HDR_NODEID, 9 + next_noise() % 3);
        put32(p + MCAST_SEQ, seq);
        cluster_inject(c, 1, p, MCAST_SIZE + len);
    }
    assert_int_equal(c->node[1].totem->high_delivered, 15999);
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_packing),
        cmocka_unit_test(test_full_frames),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_reservation),
        cmocka_unit_test(test_reassembly),
        cmocka_unit_test(test_bad_table),
        cmocka_unit_test(test_noise),
    };

    return cmocka_run_group_tests_name("totem packing", tests, NULL, NULL);
}
