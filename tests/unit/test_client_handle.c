/*
 * Handles of the client libraries: unknown, old and doubly closed ones are recognised, objects
 * live as long as somebody uses them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "corosync/client/handle.h"

static unsigned destroyed;

static void destroy(void *object)
{
    destroyed++;
}

static struct handle_table table;

static int setup(void **state)
{
    table = (struct handle_table)HANDLE_TABLE_INIT(destroy);
    destroyed = 0;
    return 0;
}

static int teardown(void **state)
{
    free(table.slots);
    return 0;
}

static void unknown_handles_are_refused(void **state)
{
    int object;
    uint64_t handle;

    assert_null(handle_get(&table, 0));
    assert_null(handle_get(&table, UINT64_MAX));
    assert_int_equal(handle_add(&table, &object, &handle), CS_OK);
    assert_int_not_equal(handle, 0);
    assert_null(handle_get(&table, handle + 1));
    assert_null(handle_get(&table, handle ^ (UINT64_C(1) << 40)));
    assert_false(handle_remove(&table, 0));
    assert_ptr_equal(handle_get(&table, handle), &object);
}

static void an_old_handle_does_not_reach_a_new_object(void **state)
{
    int first;
    int second;
    uint64_t old;
    uint64_t new;

    assert_int_equal(handle_add(&table, &first, &old), CS_OK);
    assert_true(handle_remove(&table, old));
    assert_int_equal(destroyed, 1);
    assert_int_equal(handle_add(&table, &second, &new), CS_OK);
    assert_null(handle_get(&table, old));
    assert_false(handle_remove(&table, old));
    assert_ptr_equal(handle_get(&table, new), &second);
}

static void a_used_object_lives_until_it_is_put_back(void **state)
{
    int object;
    uint64_t handle;

    assert_int_equal(handle_add(&table, &object, &handle), CS_OK);
    assert_ptr_equal(handle_get(&table, handle), &object);
    assert_false(handle_is_removed(&table, handle));
    assert_true(handle_remove(&table, handle));
    assert_false(handle_remove(&table, handle));
    assert_true(handle_is_removed(&table, handle));
    assert_null(handle_get(&table, handle));
    assert_int_equal(destroyed, 0);
    handle_put(&table, handle);
    assert_int_equal(destroyed, 1);
}

static void there_is_a_limit(void **state)
{
    int object;
    uint64_t handle;

    for (unsigned i = 0; i < HANDLES_MAX; i++) {
        table.last_check = i;
        assert_int_equal(handle_add(&table, &object, &handle), CS_OK);
    }
    assert_int_equal(handle_add(&table, &object, &handle), CS_ERR_NO_RESOURCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unknown_handles_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(an_old_handle_does_not_reach_a_new_object, setup, teardown),
        cmocka_unit_test_setup_teardown(a_used_object_lives_until_it_is_put_back, setup, teardown),
        cmocka_unit_test_setup_teardown(there_is_a_limit, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
