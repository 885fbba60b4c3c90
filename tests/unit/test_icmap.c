/*
 * The cmap store: values, limits, order, trackers, read-only marks.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corosync/engine/icmap.h"

static int setup(void **state)
{
    *state = icmap_new();
    return *state == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    icmap_free(*state);
    return 0;
}

static void test_types_keep_value_and_type(void **state)
{
    struct icmap *map = *state;
    uint8_t u8 = 0;
    uint32_t u32 = 0;
    struct icmap_value value;

    assert_int_equal(icmap_set_u8(map, "a.u8", 200), CS_OK);
    assert_int_equal(icmap_get_u8(map, "a.u8", &u8), CS_OK);
    assert_int_equal(u8, 200);
    assert_int_equal(icmap_get_u32(map, "a.u8", &u32), CS_ERR_INVALID_PARAM);
    assert_int_equal(icmap_get_u32(map, "a.missing", &u32), CS_ERR_NOT_EXIST);
    /* another type replaces the old one */
    assert_int_equal(icmap_set_double(map, "a.u8", 1.5), CS_OK);
    assert_int_equal(icmap_get(map, "a.u8", &value), CS_OK);
    assert_int_equal(value.type, ICMAP_DOUBLE);
    assert_int_equal(value.len, sizeof(double));
}

static void test_string_lengths(void **state)
{
    struct icmap *map = *state;
    struct icmap_value value;

    /* clients send strings without NUL; the stored length counts it */
    assert_int_equal(icmap_set(map, "a.s", ICMAP_STRING, "abc", 3), CS_OK);
    assert_int_equal(icmap_get(map, "a.s", &value), CS_OK);
    assert_int_equal(value.len, 4);
    assert_string_equal(value.data, "abc");
    assert_int_equal(icmap_set(map, "a.s", ICMAP_STRING, "abc", 4), CS_OK);
    assert_int_equal(icmap_set(map, "a.s", ICMAP_STRING, "ab\0cd", 5), CS_ERR_INVALID_PARAM);
    assert_int_equal(icmap_set(map, "a.s", ICMAP_STRING, "xyzzyx", 2), CS_OK);
    assert_string_equal(icmap_get_string(map, "a.s"), "xy");
    assert_int_equal(icmap_set(map, "a.empty", ICMAP_STRING, "", 0), CS_OK);
    assert_string_equal(icmap_get_string(map, "a.empty"), "");
    assert_null(icmap_get_string(map, "a.missing"));
}

static void test_limits(void **state)
{
    struct icmap *map = *state;
    char key[ICMAP_KEY_MAX + 2];
    char *big = calloc(1, ICMAP_VALUE_MAX + 1);
    uint32_t u32 = 1;

    memset(key, 'k', sizeof(key));
    key[ICMAP_KEY_MAX] = '\0';
    assert_int_equal(icmap_set_u8(map, key, 1), CS_OK);
    key[ICMAP_KEY_MAX] = 'k';
    key[ICMAP_KEY_MAX + 1] = '\0';
    assert_int_equal(icmap_set_u8(map, key, 1), CS_ERR_NAME_TOO_LONG);
    assert_int_equal(icmap_set_u8(map, "ab", 1), CS_ERR_NAME_TOO_LONG);
    assert_int_equal(icmap_set_u8(map, "a b", 1), CS_ERR_NAME_TOO_LONG);
    assert_int_equal(icmap_set_u8(map, "aZ0._-/:", 1), CS_OK);
    assert_int_equal(icmap_set(map, "big", ICMAP_BINARY, big, ICMAP_VALUE_MAX), CS_OK);
    assert_int_equal(icmap_set(map, "big", ICMAP_BINARY, big, ICMAP_VALUE_MAX + 1), CS_ERR_INVALID_PARAM);
    assert_int_equal(icmap_set(map, "num", ICMAP_U32, &u32, 3), CS_ERR_INVALID_PARAM);
    assert_int_equal(icmap_set(map, "num", (enum icmap_type)0, &u32, 4), CS_ERR_INVALID_PARAM);
    assert_int_equal(icmap_set(map, "num", (enum icmap_type)13, &u32, 4), CS_ERR_INVALID_PARAM);
    assert_int_equal(icmap_set(map, "nul", ICMAP_BINARY, NULL, 0), CS_OK);
    assert_int_equal(icmap_set(map, "nul", ICMAP_BINARY, NULL, 1), CS_ERR_INVALID_PARAM);
    free(big);
}

static void test_adjust_wraps(void **state)
{
    struct icmap *map = *state;
    uint8_t u8 = 0;
    struct icmap_value value;

    icmap_set_u8(map, "a.u8", 255);
    assert_int_equal(icmap_adjust(map, "a.u8", 1), CS_OK);
    icmap_get_u8(map, "a.u8", &u8);
    assert_int_equal(u8, 0);
    icmap_set_i64(map, "a.i64", 0);
    assert_int_equal(icmap_adjust(map, "a.i64", -5), CS_OK);
    icmap_get(map, "a.i64", &value);
    assert_int_equal(*(const int64_t *)value.data, -5);
    icmap_set_string(map, "a.s", "1");
    assert_int_equal(icmap_adjust(map, "a.s", 1), CS_ERR_INVALID_PARAM);
    assert_int_equal(icmap_adjust(map, "a.none", 1), CS_ERR_NOT_EXIST);
}

static void test_iteration_survives_changes(void **state)
{
    struct icmap *map = *state;
    struct icmap_iter iter;

    icmap_set_u8(map, "p.c", 1);
    icmap_set_u8(map, "p.a", 1);
    icmap_set_u8(map, "q.a", 1);
    icmap_set_u8(map, "p.b", 1);
    icmap_iter_init(&iter, map, "p.");
    assert_string_equal(icmap_iter_next(&iter, NULL), "p.a");
    icmap_delete(map, "p.a");
    icmap_delete(map, "p.b");
    icmap_set_u8(map, "p.bb", 1);
    assert_string_equal(icmap_iter_next(&iter, NULL), "p.bb");
    assert_string_equal(icmap_iter_next(&iter, NULL), "p.c");
    assert_null(icmap_iter_next(&iter, NULL));
    icmap_iter_init(&iter, map, NULL);
    assert_string_equal(icmap_iter_next(&iter, NULL), "p.bb");
}

struct story {
    char text[1024];
    struct icmap *map;
    struct icmap_track *self;
};

static void tell(int event, const char *key, const struct icmap_value *new_value,
                 const struct icmap_value *old_value, void *data)
{
    struct story *story = data;
    size_t used = strlen(story->text);

    snprintf(story->text + used, sizeof(story->text) - used, "%s %s %d<-%d;",
             event == ICMAP_TRACK_ADD ? "add" : event == ICMAP_TRACK_MODIFY ? "modify" : "delete", key,
             new_value->type == ICMAP_U8 ? *(const uint8_t *)new_value->data : -1,
             old_value->type == ICMAP_U8 ? *(const uint8_t *)old_value->data : -1);
}

static void test_trackers(void **state)
{
    struct icmap *map = *state;
    struct story story = {.map = map};
    struct icmap_track *track;
    const int32_t all = ICMAP_TRACK_ADD | ICMAP_TRACK_MODIFY | ICMAP_TRACK_DELETE;

    assert_int_equal(icmap_track_add(map, "t.", all | ICMAP_TRACK_PREFIX, tell, &story, &track), CS_OK);
    icmap_set_u8(map, "t.x", 1);
    icmap_set_u8(map, "t.x", 1);
    icmap_set_u8(map, "t.x", 2);
    icmap_set_u8(map, "other", 2);
    icmap_delete(map, "t.x");
    assert_string_equal(story.text, "add t.x 1<--1;modify t.x 2<-1;delete t.x -1<-2;");
    icmap_track_delete(map, track);
    icmap_set_u8(map, "t.x", 3);
    assert_string_equal(story.text, "add t.x 1<--1;modify t.x 2<-1;delete t.x -1<-2;");
    assert_int_equal(icmap_track_add(map, "t.", 16, tell, &story, &track), CS_ERR_INVALID_PARAM);
}

/* Deletes itself and the key it is told about. */
static void suicide(int event, const char *key, const struct icmap_value *new_value,
                    const struct icmap_value *old_value, void *data)
{
    struct story *story = data;

    tell(event, key, new_value, old_value, data);
    icmap_track_delete(story->map, story->self);
    icmap_delete(story->map, key);
}

static void test_tracker_may_change_the_map(void **state)
{
    struct icmap *map = *state;
    struct story first = {.map = map}, second = {.map = map};

    icmap_track_add(map, "key", ICMAP_TRACK_ADD | ICMAP_TRACK_DELETE, suicide, &first, &first.self);
    icmap_track_add(map, NULL, ICMAP_TRACK_ADD | ICMAP_TRACK_DELETE | ICMAP_TRACK_PREFIX, tell, &second,
                    NULL);
    icmap_set_u8(map, "key", 7);
    assert_string_equal(first.text, "add key 7<--1;");
    assert_string_equal(second.text, "delete key -1<-7;add key 7<--1;");
    icmap_set_u8(map, "key", 8);
    assert_string_equal(first.text, "add key 7<--1;");
}

static void test_counter(void **state)
{
    struct icmap *map = *state;
    struct story story = {.map = map};
    struct icmap_counter *counter = icmap_counter_new(map, "count.rx");
    uint64_t value = 0;

    icmap_counter_inc(map, counter);
    icmap_track_add(map, "count.", ICMAP_TRACK_MODIFY | ICMAP_TRACK_PREFIX, tell, &story, NULL);
    icmap_counter_inc(map, counter);
    icmap_get_u64(map, "count.rx", &value);
    assert_int_equal(value, 2);
    assert_string_equal(story.text, "modify count.rx -1<--1;");
    icmap_counter_inc(map, NULL);
}

static void test_read_only_marks(void **state)
{
    struct icmap *map = *state;

    icmap_set_ro(map, "nodelist.", true, true);
    icmap_set_ro(map, "totem.key", false, true);
    assert_true(icmap_is_ro(map, "nodelist.node.0.name"));
    assert_true(icmap_is_ro(map, "totem.key"));
    assert_false(icmap_is_ro(map, "totem.keyfile"));
    icmap_set_ro(map, "nodelist.", true, false);
    assert_false(icmap_is_ro(map, "nodelist.node.0.name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_types_keep_value_and_type, setup, teardown),
        cmocka_unit_test_setup_teardown(test_string_lengths, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_adjust_wraps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iteration_survives_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trackers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tracker_may_change_the_map, setup, teardown),
        cmocka_unit_test_setup_teardown(test_counter, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_only_marks, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
