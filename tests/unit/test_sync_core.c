/*
 * The sync core: several nodes share one message order; each test tells a story and compares the narration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corosync/engine/sync_core.h"

#define NODES 3
#define QUEUE 64

struct node {
    uint32_t id;
    struct sync *sync;
    bool wants_token;
    int process_rounds;                 /* how often process asks to be called again */
    bool send_fails;
};

static struct {
    struct node nodes[NODES];
    size_t count;
    struct {
        uint32_t from;
        size_t len;
        unsigned char bytes[600];
    } queue[QUEUE];
    size_t head, tail;
    char story[8192];
} world;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
    size_t used = strlen(world.story);
    va_list args;

    va_start(args, format);
    vsnprintf(world.story + used, sizeof(world.story) - used, format, args);
    va_end(args);
}

static int op_send(void *ctx, const void *msg, size_t len)
{
    struct node *node = ctx;

    if (node->send_fails) {
        return -1;
    }
    assert_true(world.tail < QUEUE && len <= sizeof(world.queue[0].bytes));
    world.queue[world.tail].from = node->id;
    world.queue[world.tail].len = len;
    memcpy(world.queue[world.tail++].bytes, msg, len);
    return 0;
}

static void op_init(void *ctx, int32_t service, const uint32_t *trans, size_t trans_count,
                    const uint32_t *members, size_t member_count, const struct totem_ring *ring)
{
    say("%u init %d trans %zu members %zu\n", ((struct node *)ctx)->id, service, trans_count, member_count);
}

static int op_process(void *ctx, int32_t service)
{
    struct node *node = ctx;

    say("%u process %d\n", node->id, service);
    return node->process_rounds-- > 0 ? -1 : 0;
}

static void op_activate(void *ctx, int32_t service)
{
    say("%u activate %d\n", ((struct node *)ctx)->id, service);
}

static void op_abort(void *ctx, int32_t service)
{
    say("%u abort %d\n", ((struct node *)ctx)->id, service);
}

static void op_want_token(void *ctx)
{
    ((struct node *)ctx)->wants_token = true;
}

static void op_complete(void *ctx)
{
    say("%u complete\n", ((struct node *)ctx)->id);
}

static const struct sync_ops ops = {
    .send = op_send, .init = op_init, .process = op_process, .activate = op_activate, .abort = op_abort,
    .want_token = op_want_token, .complete = op_complete,
};

static int setup(void **state)
{
    memset(&world, 0, sizeof(world));
    return 0;
}

static int teardown(void **state)
{
    for (size_t i = 0; i < world.count; i++) {
        sync_free(world.nodes[i].sync);
    }
    return 0;
}

static struct node *add_node(uint32_t id, const int32_t *services, size_t count)
{
    struct node *node = &world.nodes[world.count++];

    node->id = id;
    node->sync = sync_new(&ops, node);
    assert_non_null(node->sync);
    sync_set_services(node->sync, services, count);
    return node;
}

static void configure(uint64_t seq, const uint32_t *trans, size_t trans_count, const uint32_t *members,
                      size_t count)
{
    struct totem_ring ring = {members[0], seq};

    for (size_t i = 0; i < world.count; i++) {
        sync_confchg(world.nodes[i].sync, true, trans, trans_count, &ring);
        sync_confchg(world.nodes[i].sync, false, members, count, &ring);
    }
}

/* Delivers what is queued to everybody, then gives each node a token; returns whether anything happened. */
static bool step(void)
{
    bool any = world.head < world.tail;

    while (world.head < world.tail) {
        size_t at = world.head++;

        for (size_t i = 0; i < world.count; i++) {
            sync_message(world.nodes[i].sync, world.queue[at].from, world.queue[at].bytes,
                         world.queue[at].len);
        }
    }
    world.head = world.tail = 0;
    for (size_t i = 0; i < world.count; i++) {
        if (world.nodes[i].wants_token) {
            world.nodes[i].wants_token = false;
            any = true;
            sync_token(world.nodes[i].sync);
        }
    }
    return any;
}

static void run(void)
{
    for (int i = 0; i < 100 && step(); i++) {
    }
}

static void test_union_of_services(void **state)
{
    const int32_t first[] = {0, 2}, second[] = {0, 5};
    const uint32_t members[] = {1, 2};

    add_node(1, first, 2);
    add_node(2, second, 2);
    configure(9, NULL, 0, members, 2);
    run();
    assert_string_equal(world.story,
                        "1 init 0 trans 0 members 2\n1 init 2 trans 0 members 2\n"
                        "2 init 0 trans 0 members 2\n2 init 5 trans 0 members 2\n"
                        "1 process 0\n2 process 0\n1 activate 0\n2 activate 0\n"
                        "1 process 2\n1 activate 2\n"
                        "2 process 5\n1 complete\n2 activate 5\n2 complete\n");
    assert_false(sync_in_progress(world.nodes[0].sync));
}

static void test_process_is_repeated(void **state)
{
    const int32_t services[] = {2};
    const uint32_t members[] = {7};
    struct node *node = add_node(7, services, 1);

    node->process_rounds = 2;
    configure(5, NULL, 0, members, 1);
    run();
    assert_string_equal(world.story, "7 init 2 trans 0 members 1\n7 process 2\n7 process 2\n7 process 2\n"
                        "7 activate 2\n7 complete\n");
}

static void test_no_services(void **state)
{
    const uint32_t members[] = {7};

    add_node(7, NULL, 0);
    configure(5, NULL, 0, members, 1);
    run();
    assert_string_equal(world.story, "7 complete\n");
}

static void test_abort_in_process(void **state)
{
    const int32_t services[] = {2};
    const uint32_t one[] = {1}, both[] = {1, 2};
    struct node *node = add_node(1, services, 1);

    node->process_rounds = 1;
    configure(5, NULL, 0, one, 1);
    step();
    add_node(2, services, 1);
    configure(9, one, 1, both, 2);
    run();
    assert_string_equal(world.story,
                        "1 init 2 trans 0 members 1\n1 process 2\n1 abort 2\n1 init 2 trans 1 members 2\n"
                        "2 init 2 trans 1 members 2\n1 process 2\n2 process 2\n1 activate 2\n1 complete\n"
                        "2 activate 2\n2 complete\n");
}

static void test_full_queue_is_retried(void **state)
{
    const int32_t services[] = {2};
    const uint32_t members[] = {1};
    struct node *node = add_node(1, services, 1);

    node->send_fails = true;
    configure(5, NULL, 0, members, 1);
    step();
    assert_true(sync_in_progress(node->sync));
    node->send_fails = false;
    run();
    assert_false(sync_in_progress(node->sync));
}

/* Messages of another ring, cut short, or with wild counts change nothing. */
static void test_damaged_messages(void **state)
{
    const int32_t services[] = {0, 2};
    const uint32_t members[] = {1, 2};
    unsigned char copy[600];

    add_node(1, services, 2);
    add_node(2, services, 2);
    configure(5, NULL, 0, members, 2);
    assert_int_equal(world.tail, 2);
    for (size_t len = 0; len < world.queue[1].len; len++) {
        memcpy(copy, world.queue[1].bytes, len);
        sync_message(world.nodes[0].sync, 2, copy, len);
    }
    for (size_t at = 0; at < 48; at++) {
        memcpy(copy, world.queue[1].bytes, world.queue[1].len);
        copy[at] ^= 0xff;
        sync_message(world.nodes[0].sync, 3, copy, world.queue[1].len);
    }
    sync_message(world.nodes[0].sync, 1, "", 0);
    run();
    assert_false(sync_in_progress(world.nodes[0].sync));
    assert_false(sync_in_progress(world.nodes[1].sync));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_union_of_services, setup, teardown),
        cmocka_unit_test_setup_teardown(test_process_is_repeated, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_services, setup, teardown),
        cmocka_unit_test_setup_teardown(test_abort_in_process, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_queue_is_retried, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_messages, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
