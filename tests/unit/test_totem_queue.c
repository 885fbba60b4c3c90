/*
 * Sort queues (totem.md 6.2): window, release, miss counters, wrapping sequence numbers; node lists.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "corosync/totem/node_list.h"
#include "corosync/totem/sort_queue.h"
#include "corosync/totem/wire.h"

static bool put(struct sort_queue *q, uint32_t seq)
{
    struct frame *f = frame_copy(&seq, sizeof(seq));
    bool stored;

    assert_non_null(f);
    stored = sort_queue_put(q, seq, f);
    frame_unref(f);
    return stored;
}

static uint32_t value(const struct sort_queue *q, uint32_t seq)
{
    uint32_t v;

    assert_non_null(sort_queue_get(q, seq));
    memcpy(&v, sort_queue_get(q, seq)->data, sizeof(v));
    return v;
}

static void test_window(void **state)
{
    struct sort_queue q = {.base = 0};

    assert_true(put(&q, 1));
    assert_false(put(&q, 1));
    assert_true(put(&q, TOTEM_WINDOW - 1));
    assert_false(put(&q, TOTEM_WINDOW));
    assert_null(sort_queue_get(&q, TOTEM_WINDOW));
    assert_null(sort_queue_get(&q, 2));
    assert_int_equal(value(&q, 1), 1);
    assert_int_equal(value(&q, TOTEM_WINDOW - 1), TOTEM_WINDOW - 1);
    sort_queue_release(&q, 1);
    assert_int_equal(q.base, 2);
    assert_null(sort_queue_get(&q, 1));
    assert_false(put(&q, 1));
    assert_true(put(&q, TOTEM_WINDOW));
    assert_int_equal(value(&q, TOTEM_WINDOW - 1), TOTEM_WINDOW - 1);
    sort_queue_reset(&q, 7);
    assert_int_equal(q.base, 7);
    assert_null(sort_queue_get(&q, TOTEM_WINDOW));
    assert_null(q.slots);
}

/* The array grows around its contents, wherever the ring begins. */
static void test_growth(void **state)
{
    struct sort_queue q = {.base = 0};
    uint32_t seq = 0;

    for (uint32_t distance = 1; distance < 3000; distance = distance * 2 + 1) {
        for (uint32_t i = 0; i < distance; i++) {
            assert_true(put(&q, q.base + i));
        }
        for (uint32_t i = 0; i < distance; i++) {
            assert_int_equal(value(&q, q.base + i), q.base + i);
        }
        seq = q.base + distance - 1;
        sort_queue_release(&q, seq);
        assert_null(sort_queue_get(&q, seq));
        assert_int_equal(q.base, seq + 1);
    }
    sort_queue_reset(&q, 0);
}

static void test_misses(void **state)
{
    struct sort_queue q = {.base = 10};

    assert_int_equal(sort_queue_miss(&q, 9), 0);
    assert_int_equal(sort_queue_miss(&q, 12), 1);
    assert_int_equal(sort_queue_miss(&q, 12), 2);
    assert_int_equal(sort_queue_miss(&q, 500), 1);
    assert_int_equal(sort_queue_miss(&q, 12), 3);
    assert_int_equal(sort_queue_miss(&q, 10 + TOTEM_WINDOW), 0);
    assert_true(put(&q, 12));
    sort_queue_release(&q, 12);
    assert_int_equal(sort_queue_miss(&q, 500), 2);
    sort_queue_reset(&q, 0);
}

static void test_wrap(void **state)
{
    struct sort_queue q = {.base = UINT32_MAX - 1};

    for (uint32_t i = 0; i < 200; i++) {
        assert_true(put(&q, UINT32_MAX - 1 + i));
    }
    assert_int_equal(value(&q, UINT32_MAX), UINT32_MAX);
    assert_int_equal(value(&q, 0), 0);
    assert_int_equal(value(&q, 197), 197);
    sort_queue_release(&q, 5);
    assert_int_equal(q.base, 6);
    assert_null(sort_queue_get(&q, UINT32_MAX));
    assert_int_equal(value(&q, 6), 6);
    sort_queue_release(&q, UINT32_MAX);     /* long gone */
    assert_int_equal(q.base, 6);
    sort_queue_reset(&q, 0);

    assert_true(seq_lt(UINT32_MAX, 0));
    assert_true(seq_le(UINT32_MAX, UINT32_MAX));
    assert_false(seq_lt(5, UINT32_MAX));
    assert_int_equal(seq_min(UINT32_MAX, 3), UINT32_MAX);
    assert_int_equal(seq_max(UINT32_MAX, 3), 3);
}

static void test_lists(void **state)
{
    struct node_list a = {3, {5, 2, 9}}, b = {2, {9, 5}}, out;
    char text[64];

    assert_true(node_list_subset(&b, &a));
    assert_false(node_list_subset(&a, &b));
    assert_false(node_list_add(&a, 2));
    node_list_minus(&out, &a, &b);
    assert_string_equal(node_list_text(&out, text, sizeof(text)), "2");
    assert_true(node_list_add(&b, 2));
    assert_true(node_list_same(&a, &b));
    assert_int_equal(node_list_min(&a), 2);
    node_list_sort(&a);
    assert_string_equal(node_list_text(&a, text, sizeof(text)), "2 5 9");
    assert_string_equal(node_list_text(&a, text, 4), "2 5");
    for (uint32_t id = 1; id <= TOTEM_MAX_NODES + 10; id++) {
        node_list_add(&out, id);
    }
    assert_int_equal(out.n, TOTEM_MAX_NODES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_misses),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_lists),
    };

    return cmocka_run_group_tests_name("totem queues", tests, NULL, NULL);
}
