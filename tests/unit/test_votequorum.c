/*
 * Votequorum: scenarios of a whole cluster of cores, told line by line.
 *
 * Partitions are lists of nodes; messages are delivered in one order to the sender's partition.
 * The narration says, for each node, what it told the quorum service and what it logged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <corosync/votequorum.h>

#include "corosync/services/votequorum_core.h"

#define NODES 9
#define QUEUE_MAX 4096

struct node {
    uint32_t id; /* 0: not started */
    struct vq *vq;
    uint32_t partition[NODES];
    size_t partition_size;
    uint32_t timer[2]; /* ms, 0 = off */
    cs_error_t register_answer;
    uint32_t expected_event;
    bool quorate; /* as reported to the quorum service */
};

static struct node nodes[NODES + 1]; /* by id */
static struct {
    uint32_t from;
    uint8_t bytes[528];
    size_t size;
} queue[QUEUE_MAX];
static size_t queue_head, queue_tail;
static uint64_t ring_seq;
static char narration[65536];

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void tell(const char *format, ...)
{
    size_t used = strlen(narration);
    va_list args;

    va_start(args, format);
    vsnprintf(narration + used, sizeof(narration) - used, format, args);
    va_end(args);
}

/* Checks what happened since the last call. */
static void expect(const char *expected)
{
    assert_string_equal(narration, expected);
    narration[0] = '\0';
}

/* ---- effects ---- */

static int on_send(void *ctx, const void *msg, size_t size)
{
    struct node *node = ctx;

    assert_true(queue_tail < QUEUE_MAX && size <= sizeof(queue[0].bytes));
    queue[queue_tail].from = node->id;
    memcpy(queue[queue_tail].bytes, msg, size);
    queue[queue_tail++].size = size;
    return 0;
}

static void on_timer_start(void *ctx, enum vq_timer timer, uint32_t ms)
{
    ((struct node *)ctx)->timer[timer] = ms;
}

static void on_timer_stop(void *ctx, enum vq_timer timer)
{
    ((struct node *)ctx)->timer[timer] = 0;
}

static void on_quorum(void *ctx, bool quorate, const uint32_t *members, size_t count,
                      const struct totem_ring *ring)
{
    struct node *node = ctx;

    node->quorate = quorate;
    tell("%u %s:", node->id, quorate ? "quorate" : "blocked");
    for (size_t i = 0; i < count; i++) {
        tell(" %u", members[i]);
    }
    tell("\n");
}

static void on_notify(void *ctx)
{
}

static void on_expected(void *ctx, uint32_t expected)
{
    ((struct node *)ctx)->expected_event = expected;
}

static void on_register_answer(void *ctx, cs_error_t error)
{
    ((struct node *)ctx)->register_answer = error;
}

static void on_publish(void *ctx, enum vq_value value, uint32_t number)
{
}

static void on_log(void *ctx, int priority, const char *text)
{
    tell("%u log: %s\n", ((struct node *)ctx)->id, text);
}

/* ---- the cluster ---- */

static const char *node_start(uint32_t id, const struct vq_config *config)
{
    struct node *node = &nodes[id];
    const struct vq_ops ops = {
        .ctx = node, .send = on_send, .timer_start = on_timer_start, .timer_stop = on_timer_stop,
        .quorum = on_quorum, .notify_quorum = on_notify, .notify_nodelist = on_notify,
        .notify_expected_votes = on_expected, .register_answer = on_register_answer, .publish = on_publish,
        .log = on_log,
    };

    *node = (struct node){.id = id, .partition = {id}, .partition_size = 1};
    node->vq = vq_new(id, &ops);
    assert_non_null(node->vq);
    return vq_start(node->vq, config);
}

static void node_crash(uint32_t id)
{
    vq_free(nodes[id].vq);
    nodes[id] = (struct node){0};
}

/* Every message to all of its sender's partition. */
static void deliver(void)
{
    while (queue_head < queue_tail) {
        size_t at = queue_head++;
        const struct node *from = &nodes[queue[at].from];
        int32_t header_id;

        memcpy(&header_id, queue[at].bytes, sizeof(header_id));
        for (size_t i = 0; i < from->partition_size; i++) {
            struct node *to = &nodes[from->partition[i]];

            if (to->id != 0) {
                vq_receive(to->vq, (unsigned)header_id & 0xffff, queue[at].bytes, queue[at].size, from->id);
            }
        }
    }
    queue_head = queue_tail = 0;
}

/* These nodes form a ring and synchronise; list ends with 0. */
static void form(uint32_t first, ...)
{
    struct totem_ring ring = {.rep = first, .seq = ++ring_seq};
    uint32_t ids[NODES];
    size_t count = 0;
    va_list args;

    va_start(args, first);
    for (uint32_t id = first; id != 0; id = va_arg(args, uint32_t)) {
        ids[count++] = id;
    }
    va_end(args);
    queue_head = queue_tail = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(nodes[ids[i]].partition, ids, sizeof(ids));
        nodes[ids[i]].partition_size = count;
        vq_sync_init(nodes[ids[i]].vq, ids, count, &ring);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(vq_sync_process(nodes[ids[i]].vq), 0);
    }
    deliver();
    for (size_t i = 0; i < count; i++) {
        vq_sync_activate(nodes[ids[i]].vq);
    }
    deliver();
}

/* Votes of 1 for each of n nodes. */
static struct vq_config config_of(uint32_t n)
{
    return (struct vq_config){.have_nodelist = true, .node_count = n, .votes_sum = n, .own_votes = 1,
                              .device_timeout = 10000, .device_sync_timeout = 30000,
                              .last_man_standing_window = 10000};
}

static void cluster_start(uint32_t n, const struct vq_config *config)
{
    for (uint32_t id = 1; id <= n; id++) {
        assert_null(node_start(id, config));
    }
    queue_head = queue_tail = 0;
    narration[0] = '\0';
}

static uint32_t quorum_of(uint32_t id)
{
    struct vq_info info;

    assert_int_equal(vq_get_info(nodes[id].vq, 0, &info), CS_OK);
    return info.quorum;
}

static struct vq_info info_of(uint32_t id, uint32_t about)
{
    struct vq_info info = {0};

    assert_int_equal(vq_get_info(nodes[id].vq, about, &info), CS_OK);
    return info;
}

static int cluster_end(void **state)
{
    for (uint32_t id = 1; id <= NODES; id++) {
        node_crash(id);
    }
    queue_head = queue_tail = 0;
    narration[0] = '\0';
    return 0;
}

/* ---- counting ---- */

static void a_lone_node_is_quorate_at_once(void **state)
{
    struct vq_config config = config_of(1);

    assert_null(node_start(1, &config));
    expect("1 quorate:\n");
    deliver();
    form(1, 0);
    expect("1 quorate: 1\n");
    assert_int_equal(quorum_of(1), 1);
}

static void a_majority_is_needed(void **state)
{
    static const uint32_t quorum[] = {0, 1, 2, 2, 3, 3, 4, 4, 5};

    for (uint32_t n = 1; n <= 8; n++) {
        struct vq_config config = config_of(n);

        cluster_start(n, &config);
        form(1, 0);
        assert_int_equal(quorum_of(1), quorum[n]);
        cluster_end(state);
    }
}

static void three_nodes_lose_and_regain_one(void **state)
{
    struct vq_config config = config_of(3);

    cluster_start(3, &config);
    form(1, 0);
    expect("1 blocked: 1\n");
    form(1, 2, 0);
    expect("1 quorate: 1 2\n"
           "2 quorate: 1 2\n");
    form(1, 2, 3, 0);
    expect("1 quorate: 1 2 3\n"
           "2 quorate: 1 2 3\n"
           "3 quorate: 1 2 3\n");
    form(1, 0);
    form(2, 3, 0);
    expect("1 blocked: 1\n"
           "2 quorate: 2 3\n"
           "3 quorate: 2 3\n");
    form(1, 2, 3, 0);
    expect("1 quorate: 1 2 3\n"
           "2 quorate: 1 2 3\n"
           "3 quorate: 1 2 3\n");
}

static void votes_may_differ(void **state)
{
    struct vq_config heavy = config_of(3);
    struct vq_config light = config_of(3);

    heavy.votes_sum = light.votes_sum = 5;
    heavy.own_votes = 3;
    assert_null(node_start(1, &heavy));
    assert_null(node_start(2, &light));
    assert_null(node_start(3, &light));
    narration[0] = '\0';
    form(1, 2, 3, 0);
    narration[0] = '\0';
    form(1, 0);
    form(2, 3, 0);
    expect("1 quorate: 1\n"
           "2 blocked: 2 3\n"
           "3 blocked: 2 3\n");
}

static void expected_votes_grow_when_more_nodes_come(void **state)
{
    struct vq_config config = {.expected_votes = 2, .votes = 1};

    cluster_start(3, &config);
    form(1, 2, 0);
    assert_int_equal(quorum_of(1), 2);
    form(1, 2, 3, 0);
    assert_int_equal(info_of(1, 0).expected_votes, 3);
    assert_int_equal(quorum_of(1), 2);
    assert_int_equal(nodes[1].expected_event, 3);
}

/* ---- two nodes ---- */

static void two_nodes_wait_for_each_other_then_one_suffices(void **state)
{
    struct vq_config config = config_of(2);

    config.two_node = true;
    cluster_start(2, &config);
    form(1, 0);
    expect("1 log: Waiting for all cluster members. Current votes: 1 expected_votes: 2\n"
           "1 log: Waiting for all cluster members. Current votes: 1 expected_votes: 2\n"
           "1 blocked: 1\n");
    form(1, 2, 0);
    narration[0] = '\0';
    assert_true(nodes[1].quorate && nodes[2].quorate);
    assert_int_equal(quorum_of(1), 1);
    form(1, 0);
    form(2, 0);
    expect("1 quorate: 1\n"
           "2 quorate: 2\n");
}

static void a_restarted_node_joins_a_running_pair_half(void **state)
{
    struct vq_config config = config_of(2);

    config.two_node = true;
    cluster_start(2, &config);
    form(1, 2, 0);
    node_crash(2);
    form(1, 0);
    assert_null(node_start(2, &config));
    narration[0] = '\0';
    form(2, 0);
    assert_false(nodes[2].quorate);
    form(1, 2, 0);
    assert_true(nodes[1].quorate && nodes[2].quorate);
}

/* ---- wait for all ---- */

static void wait_for_all_needs_everybody_once(void **state)
{
    struct vq_config config = config_of(3);

    config.wait_for_all_set = config.wait_for_all = true;
    cluster_start(3, &config);
    form(1, 2, 0);
    assert_false(nodes[1].quorate || nodes[2].quorate);
    form(1, 2, 3, 0);
    assert_true(nodes[1].quorate && nodes[2].quorate && nodes[3].quorate);
    form(1, 2, 0);
    assert_true(nodes[1].quorate && nodes[2].quorate);
}

static void waiting_can_be_cancelled(void **state)
{
    struct vq_config config = config_of(3);

    config.wait_for_all_set = config.wait_for_all = true;
    cluster_start(3, &config);
    form(1, 2, 0);
    narration[0] = '\0';
    vq_cancel_wait_for_all(nodes[1].vq);
    deliver();
    expect("1 log: wait_for_all_status reset by user on node 1.\n"
           "1 quorate: 1 2\n"
           "2 log: wait_for_all_status reset by user on node 1.\n"
           "2 quorate: 1 2\n");
}

/* ---- tie breaker ---- */

static void the_half_with_the_lowest_node_survives(void **state)
{
    struct vq_config config = config_of(4);

    config.auto_tie_breaker = true;
    cluster_start(4, &config);
    form(1, 2, 3, 4, 0);
    narration[0] = '\0';
    form(1, 3, 0);
    form(2, 4, 0);
    expect("1 quorate: 1 3\n"
           "3 quorate: 1 3\n"
           "2 blocked: 2 4\n"
           "4 blocked: 2 4\n");
}

static void the_half_with_the_highest_node_survives(void **state)
{
    struct vq_config config = config_of(4);

    config.auto_tie_breaker = true;
    config.tie_breaker_node = "highest";
    cluster_start(4, &config);
    form(1, 2, 3, 4, 0);
    form(1, 3, 0);
    form(2, 4, 0);
    assert_false(nodes[1].quorate || nodes[3].quorate);
    assert_true(nodes[2].quorate && nodes[4].quorate);
}

static void a_list_of_tie_breakers_is_walked_in_order(void **state)
{
    struct vq_config config = config_of(4);

    config.auto_tie_breaker = true;
    config.tie_breaker_node = "3 1";
    cluster_start(4, &config);
    form(1, 2, 3, 4, 0);
    form(1, 2, 0);
    form(3, 4, 0);
    /* node 1 is listed, but 3 was here before and may live on the other side */
    assert_false(nodes[1].quorate || nodes[2].quorate);
    assert_true(nodes[3].quorate && nodes[4].quorate);
}

static void never_both_halves_of_any_split(void **state)
{
    static const char *const breakers[] = {NULL, "highest", "2 1"};

    for (size_t b = 0; b < 3; b++) {
        for (unsigned mask = 1; mask < 15; mask++) {
            struct vq_config config = config_of(4);
            uint32_t part[2][NODES] = {{0}};
            size_t size[2] = {0, 0};

            config.auto_tie_breaker = true;
            config.tie_breaker_node = breakers[b];
            cluster_start(4, &config);
            form(1, 2, 3, 4, 0);
            for (uint32_t id = 1; id <= 4; id++) {
                unsigned side = (mask >> (id - 1)) & 1;

                part[side][size[side]++] = id;
            }
            form(part[0][0], part[0][1], part[0][2], part[0][3], 0);
            form(part[1][0], part[1][1], part[1][2], part[1][3], 0);
            assert_int_equal(nodes[part[0][0]].quorate + nodes[part[1][0]].quorate, 1);
            cluster_end(state);
        }
    }
}

static void a_tie_breaker_in_an_odd_cluster_needs_wait_for_all(void **state)
{
    struct vq_config config = config_of(3);

    config.auto_tie_breaker = true;
    assert_null(node_start(1, &config));
    assert_int_equal(info_of(1, 0).flags & VOTEQUORUM_INFO_AUTO_TIE_BREAKER, 0);
    node_crash(1);
    config.wait_for_all_set = config.wait_for_all = true;
    assert_null(node_start(1, &config));
    assert_int_equal(info_of(1, 0).flags & VOTEQUORUM_INFO_AUTO_TIE_BREAKER,
                     VOTEQUORUM_INFO_AUTO_TIE_BREAKER);
}

/* ---- last man standing ---- */

static void last_man_standing_shrinks_step_by_step(void **state)
{
    struct vq_config config = config_of(4);

    config.last_man_standing = true;
    cluster_start(4, &config);
    form(1, 2, 3, 4, 0);
    assert_int_equal(quorum_of(1), 3);
    form(1, 2, 3, 0);
    assert_int_equal(nodes[1].timer[VQ_TIMER_LAST_MAN_STANDING], 10000);
    for (uint32_t id = 1; id <= 3; id++) {
        vq_timer_expired(nodes[id].vq, VQ_TIMER_LAST_MAN_STANDING);
    }
    assert_int_equal(quorum_of(1), 2);
    form(1, 2, 0);
    assert_true(nodes[1].quorate);
}

static void last_man_standing_wants_single_votes(void **state)
{
    struct vq_config config = config_of(2);

    config.last_man_standing = true;
    config.own_votes = 2;
    config.votes_sum = 4;
    cluster_start(2, &config);
    form(1, 2, 0);
    assert_int_equal(info_of(1, 0).flags & VOTEQUORUM_INFO_LAST_MAN_STANDING, 0);
}

/* ---- leaving ---- */

static void allow_downscale_follows_an_orderly_leave(void **state)
{
    struct vq_config config = config_of(5);

    config.allow_downscale = true;
    config.votes_sum = 5;
    cluster_start(5, &config);
    form(1, 2, 3, 4, 5, 0);
    assert_int_equal(quorum_of(1), 3);
    assert_int_equal(vq_stop(nodes[5].vq), 0);
    deliver();
    assert_int_equal(info_of(1, 5).state, 3);
    assert_true(nodes[1].quorate);
    node_crash(5);
    form(1, 2, 3, 4, 0);
    assert_int_equal(info_of(1, 5).state, 2);
    assert_true(nodes[1].quorate);
}

static void a_plain_leave_sends_nothing(void **state)
{
    struct vq_config config = config_of(2);

    cluster_start(2, &config);
    assert_int_equal(vq_stop(nodes[1].vq), 0);
    assert_int_equal(queue_tail, 0);
}

/* ---- requests ---- */

static void expected_votes_and_votes_can_be_set(void **state)
{
    struct vq_config config = config_of(4);

    cluster_start(4, &config);
    form(1, 2, 0);
    assert_false(nodes[1].quorate);
    assert_int_equal(vq_set_expected(nodes[1].vq, 1), CS_ERR_INVALID_PARAM);
    assert_int_equal(vq_set_expected(nodes[1].vq, 2), CS_OK);
    deliver();
    assert_true(nodes[1].quorate && nodes[2].quorate);
    assert_int_equal(vq_set_expected(nodes[1].vq, 9), CS_ERR_INVALID_PARAM);
    assert_int_equal(vq_set_votes(nodes[1].vq, 7, 1), CS_ERR_NAME_NOT_FOUND);
    assert_int_equal(vq_set_votes(nodes[1].vq, 2, 3), CS_OK);
    deliver();
    assert_int_equal(info_of(1, 2).votes, 3);
    assert_int_equal(quorum_of(2), 3);
}

static void a_new_configuration_reaches_everybody(void **state)
{
    struct vq_config config = config_of(2);

    cluster_start(2, &config);
    form(1, 2, 0);
    config = config_of(3);
    vq_reconfigure(nodes[1].vq, &config);
    vq_reconfigure(nodes[2].vq, &config);
    deliver();
    assert_int_equal(info_of(1, 0).expected_votes, 3);
    assert_int_equal(info_of(2, 0).expected_votes, 3);
    assert_int_equal(quorum_of(1), 2);
}

static void errors_of_the_configuration_are_fatal(void **state)
{
    struct vq_config nothing = {0};
    struct vq_config device = config_of(2);

    assert_string_equal(node_start(1, &nothing),
                        "configuration error: nodelist or quorum.expected_votes must be configured!");
    node_crash(1);
    device.device = true;
    device.two_node = true;
    assert_string_equal(node_start(1, &device), "configuration error: two_node and quorum device cannot be"
                        " configured at the same time!");
    node_crash(1);
    device.two_node = false;
    device.last_man_standing = true;
    assert_string_equal(node_start(1, &device),
                        "configuration error: quorum.device is not compatible with last_man_standing");
    node_crash(1);
    device.last_man_standing = false;
    device.expected_votes = 3;
    assert_string_equal(node_start(1, &device),
                        "configuration error: quorum.device.votes must be specified when"
                        " quorum.expected_votes is set");
    node_crash(1);
    device.device_votes_set = true;
    device.device_votes = 2;
    assert_string_equal(node_start(1, &device),
                        "configuration error: quorum.device.votes is too high or expected_votes is too low");
}

static uint32_t splits(uint32_t count, uint32_t device_votes, uint32_t expected)
{
    struct vq_config config = config_of(count);

    config.device = config.device_votes_set = true;
    config.device_votes = device_votes;
    config.expected_votes = expected;
    return vq_config_splits(&config);
}

/* Two parts with the device's votes in one of them: found by trying all. */
static bool two_quorate_parts(uint32_t count, uint32_t device_votes, uint32_t expected)
{
    uint32_t quorum = (expected != 0 ? expected : count) / 2 + 1;

    for (uint32_t part = 1; part < count; part++) {
        if (part + device_votes >= quorum && count - part >= quorum) {
            return true;
        }
    }
    return false;
}

static void votes_of_the_device_that_are_not_expected_are_told(void **state)
{
    struct vq_config config = config_of(3);

    assert_int_equal(splits(3, 1, 0), 4);
    assert_int_equal(splits(2, 1, 0), 0);
    assert_int_equal(splits(4, 3, 0), 7);
    for (uint32_t count = 1; count <= 9; count++) {
        for (uint32_t votes = 0; votes <= count; votes++) {
            for (uint32_t expected = 0; expected <= 20; expected++) {
                assert_int_equal(splits(count, votes, expected) != 0,
                                 two_quorate_parts(count, votes, expected));
            }
            assert_int_equal(splits(count, votes, count + votes), 0);
        }
    }
    config.device = true;                   /* the votes follow from the number of nodes and are expected */
    assert_int_equal(vq_config_splits(&config), 0);
}

/* ---- quorum device ---- */

static void device_start(uint32_t n)
{
    struct vq_config config = config_of(n);

    config.device = true;
    cluster_start(n, &config);
}

static struct totem_ring ring_now(uint32_t id)
{
    return vq_ring(nodes[id].vq);
}

static void the_device_votes_in_a_split_pair(void **state)
{
    struct totem_ring ring;

    device_start(2);
    form(1, 2, 0);
    assert_int_equal(info_of(1, 0).expected_votes, 3);
    assert_int_equal(quorum_of(1), 2);
    ring = ring_now(1);
    assert_int_equal(vq_qdevice_poll(nodes[1].vq, "Qdevice", true, &ring), CS_ERR_NOT_EXIST);
    for (uint32_t id = 1; id <= 2; id++) {
        assert_int_equal(vq_qdevice_register(nodes[id].vq, "Qdevice"), 0);
        deliver();
        assert_int_equal(nodes[id].register_answer, CS_OK);
        assert_int_equal(vq_qdevice_register(nodes[id].vq, "Qdevice"), CS_OK);
        assert_int_equal(vq_qdevice_register(nodes[id].vq, "other"), CS_ERR_EXIST);
        assert_int_equal(vq_qdevice_poll(nodes[id].vq, "Qdevice", true, &ring), CS_OK);
        deliver();
    }
    assert_int_equal(info_of(1, 0).total_votes, 3);

    /* the network splits: the sync waits for the device, which votes for node 1 only */
    ring = (struct totem_ring){.rep = 1, .seq = ++ring_seq};
    for (uint32_t id = 1; id <= 2; id++) {
        nodes[id].partition[0] = id;
        nodes[id].partition_size = 1;
        vq_sync_init(nodes[id].vq, &id, 1, &ring);
        assert_int_equal(nodes[id].timer[VQ_TIMER_QDEVICE], 30000);
        assert_int_equal(vq_sync_process(nodes[id].vq), -1);
        assert_int_equal(vq_sync_process(nodes[id].vq), -1);
    }
    struct totem_ring old = {.rep = 1, .seq = 1};

    assert_int_equal(vq_qdevice_poll(nodes[1].vq, "Qdevice", true, &old), CS_ERR_MESSAGE_ERROR);
    assert_int_equal(vq_sync_process(nodes[1].vq), -1);
    assert_int_equal(vq_qdevice_poll(nodes[1].vq, "Qdevice", true, &ring), CS_OK);
    assert_int_equal(vq_qdevice_poll(nodes[2].vq, "Qdevice", false, &ring), CS_OK);
    deliver();
    narration[0] = '\0';
    for (uint32_t id = 1; id <= 2; id++) {
        assert_int_equal(vq_sync_process(nodes[id].vq), 0);
        vq_sync_activate(nodes[id].vq);
    }
    expect("1 quorate: 1\n"
           "2 blocked: 2\n");
}

/* Node 1 of a pair has the device's vote and is alone; returns its ring. */
static struct totem_ring alone_with_device(void)
{
    struct totem_ring ring;

    device_start(2);
    form(1, 0);
    assert_int_equal(vq_qdevice_register(nodes[1].vq, "Qdevice"), 0);
    deliver();
    ring = ring_now(1);
    assert_int_equal(vq_qdevice_poll(nodes[1].vq, "Qdevice", true, &ring), CS_OK);
    return ring;
}

/* our message that we have the vote waited in the queue while the vote was lost */
static void an_old_message_does_not_bring_a_vote_back(void **state)
{
    (void)alone_with_device();
    vq_timer_expired(nodes[1].vq, VQ_TIMER_QDEVICE);
    narration[0] = '\0';
    deliver();
    assert_false(nodes[1].quorate);
    expect("");
}

/* what the device says during a synchronisation is sent again before its end */
static void others_hear_of_a_vote_before_the_sync_ends(void **state)
{
    struct totem_ring ring = alone_with_device();
    const uint32_t id = 1;

    deliver();
    ring.seq++;
    vq_sync_init(nodes[1].vq, &id, 1, &ring);
    assert_int_equal(vq_sync_process(nodes[1].vq), -1);
    assert_int_equal(vq_qdevice_poll(nodes[1].vq, "Qdevice", false, &ring), CS_OK);
    size_t before = queue_tail;

    assert_int_equal(vq_sync_process(nodes[1].vq), 0);
    assert_int_equal(queue_tail, before + 1);
    struct vq_wire_nodeinfo last;

    memcpy(&last, queue[before].bytes, sizeof(last));
    assert_int_equal(last.nodeid, 1);
    assert_int_equal(last.flags & VQ_FLAG_QDEVICE_CAST_VOTE, 0);
    assert_int_equal(vq_sync_process(nodes[1].vq), 0);
    assert_int_equal(queue_tail, before + 1);
}

static void a_silent_device_loses_its_vote(void **state)
{
    struct totem_ring ring;

    device_start(2);
    form(1, 0);
    assert_int_equal(vq_qdevice_register(nodes[1].vq, "Qdevice"), 0);
    deliver();
    ring = ring_now(1);
    assert_int_equal(vq_qdevice_poll(nodes[1].vq, "Qdevice", true, &ring), CS_OK);
    deliver();
    assert_true(nodes[1].quorate);
    narration[0] = '\0';
    vq_timer_expired(nodes[1].vq, VQ_TIMER_QDEVICE);
    deliver();
    expect("1 log: lost contact with quorum device Qdevice\n"
           "1 blocked: 1\n");
}

static void a_device_can_leave_and_be_renamed(void **state)
{
    device_start(2);
    form(1, 2, 0);
    assert_int_equal(vq_qdevice_unregister(nodes[1].vq, "Qdevice"), CS_ERR_NOT_EXIST);
    assert_int_equal(vq_qdevice_register(nodes[1].vq, "Qdevice"), 0);
    deliver();
    assert_int_equal(vq_qdevice_register(nodes[2].vq, "other"), 0);
    deliver();
    assert_int_equal(nodes[2].register_answer, CS_ERR_EXIST);
    assert_int_equal(vq_qdevice_update(nodes[1].vq, "other", "third"), CS_ERR_INVALID_PARAM);
    assert_int_equal(vq_qdevice_update(nodes[1].vq, "Qdevice", "third"), CS_OK);
    deliver();
    assert_string_equal(info_of(2, 0).qdevice_name, "third");
    assert_int_equal(vq_qdevice_unregister(nodes[1].vq, "Qdevice"), CS_ERR_INVALID_PARAM);
    assert_int_equal(vq_qdevice_unregister(nodes[1].vq, "third"), CS_OK);
    deliver();
    assert_string_equal(info_of(2, 0).qdevice_name, "");
}

static void the_master_wins(void **state)
{
    struct totem_ring ring;

    device_start(4);
    form(1, 2, 3, 4, 0);
    assert_int_equal(info_of(1, 0).expected_votes, 7);
    assert_int_equal(quorum_of(1), 4);
    assert_int_equal(vq_qdevice_register(nodes[1].vq, "Qdevice"), 0);
    deliver();
    assert_int_equal(vq_qdevice_master_wins(nodes[1].vq, "Qdevice", true), CS_OK);
    ring = ring_now(1);
    assert_int_equal(vq_qdevice_poll(nodes[1].vq, "Qdevice", true, &ring), CS_OK);
    deliver();
    assert_int_equal(info_of(1, 0).flags & VOTEQUORUM_INFO_QDEVICE_MASTER_WINS,
                     VOTEQUORUM_INFO_QDEVICE_MASTER_WINS);
}

/* ---- damaged input ---- */

static void damaged_messages_are_ignored(void **state)
{
    struct vq_config config = config_of(2);
    uint8_t junk[600];

    cluster_start(2, &config);
    form(1, 2, 0);
    narration[0] = '\0';
    memset(junk, 0xff, sizeof(junk));
    for (unsigned fn = 0; fn < 8; fn++) {
        for (size_t size = 0; size < 32; size++) {
            vq_receive(nodes[1].vq, fn, junk, size, 2);
        }
    }
    vq_receive(nodes[1].vq, VQ_FN_QDEVICE_REG, junk, 280, 2);
    vq_receive(nodes[1].vq, VQ_FN_QDEVICE_RECONFIGURE, junk, 528, 2);
    expect("");
    assert_int_equal(strlen(info_of(1, 0).qdevice_name), 254);
}

static void the_table_of_nodes_has_a_limit(void **state)
{
    struct vq_config config = config_of(2);

    cluster_start(1, &config);
    for (uint32_t id = 2; id < VQ_NODES_MAX + 10; id++) {
        struct vq_wire_nodeinfo message = {.nodeid = id, .votes = 1};

        vq_receive(nodes[1].vq, VQ_FN_NODEINFO, &message, sizeof(message), id);
    }
    struct vq_node_state list[VQ_NODES_MAX + 20];

    assert_int_equal(vq_nodes(nodes[1].vq, list, VQ_NODES_MAX + 20), VQ_NODES_MAX);
}

#define TEST(name) cmocka_unit_test_teardown(name, cluster_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_lone_node_is_quorate_at_once),
        TEST(a_majority_is_needed),
        TEST(three_nodes_lose_and_regain_one),
        TEST(votes_may_differ),
        TEST(expected_votes_grow_when_more_nodes_come),
        TEST(two_nodes_wait_for_each_other_then_one_suffices),
        TEST(a_restarted_node_joins_a_running_pair_half),
        TEST(wait_for_all_needs_everybody_once),
        TEST(waiting_can_be_cancelled),
        TEST(the_half_with_the_lowest_node_survives),
        TEST(the_half_with_the_highest_node_survives),
        TEST(a_list_of_tie_breakers_is_walked_in_order),
        TEST(never_both_halves_of_any_split),
        TEST(a_tie_breaker_in_an_odd_cluster_needs_wait_for_all),
        TEST(last_man_standing_shrinks_step_by_step),
        TEST(last_man_standing_wants_single_votes),
        TEST(allow_downscale_follows_an_orderly_leave),
        TEST(a_plain_leave_sends_nothing),
        TEST(expected_votes_and_votes_can_be_set),
        TEST(a_new_configuration_reaches_everybody),
        TEST(errors_of_the_configuration_are_fatal),
        TEST(votes_of_the_device_that_are_not_expected_are_told),
        TEST(the_device_votes_in_a_split_pair),
        TEST(an_old_message_does_not_bring_a_vote_back),
        TEST(others_hear_of_a_vote_before_the_sync_ends),
        TEST(a_silent_device_loses_its_vote),
        TEST(a_device_can_leave_and_be_renamed),
        TEST(the_master_wins),
        TEST(damaged_messages_are_ignored),
        TEST(the_table_of_nodes_has_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
