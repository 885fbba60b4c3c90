/*
 * Process groups: scenarios of a cluster of cores, told line by line.
 *
 * Messages are delivered in one order to the sender's partition. The narration says what each
 * local client heard: "node.client" and a membership change, a message or a new ring.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corosync/services/cpg_core.h"

#define NODES 5
#define CLIENTS 300
#define QUEUE_MAX 4096

struct node {
    uint32_t id;
    struct cpg_core *core;
    uint32_t partition[NODES];
    size_t partition_size;
    bool no_room;
};

struct client {
    struct cpg_conn conn;
    uint32_t nodeid;
    uint32_t pid;
    bool connected;
};

static struct node nodes[NODES + 1]; /* by id */
static struct client clients[CLIENTS];
static struct {
    uint32_t from;
    uint8_t *bytes;
    size_t size;
} queue[QUEUE_MAX];
static size_t queue_head, queue_tail;
static uint64_t ring_seq;
static char narration[1 << 20];
static bool tell_rings;
static bool quiet;

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void tell(const char *format, ...)
{
    size_t used = quiet ? 0 : strlen(narration);
    va_list args;

    if (quiet) {
        return;
    }
    va_start(args, format);
    vsnprintf(narration + used, sizeof(narration) - used, format, args);
    va_end(args);
}

static void expect(const char *expected)
{
    assert_string_equal(narration, expected);
    narration[0] = '\0';
}

/* ---- effects ---- */

static int on_send(void *ctx, const struct iovec *iov, unsigned count)
{
    struct node *node = ctx;
    size_t size = 0;

    if (node->no_room) {
        return -1;
    }
    assert_true(queue_tail < QUEUE_MAX);
    for (unsigned i = 0; i < count; i++) {
        size += iov[i].iov_len;
    }
    uint8_t *bytes = malloc(size);

    queue[queue_tail].from = node->id;
    queue[queue_tail].bytes = bytes;
    queue[queue_tail++].size = size;
    for (unsigned i = 0; i < count; i++) {
        if (iov[i].iov_len > 0) {
            memcpy(bytes, iov[i].iov_base, iov[i].iov_len);
        }
        bytes += iov[i].iov_len;
    }
    return 0;
}

static void tell_list(const char *word, const struct cpg_address *list, size_t count)
{
    static const char *const reasons[] = {"", "(join)", "(leave)", "(nodedown)", "(nodeup)", "(procdown)"};

    if (count > 0) {
        tell(" %s", word);
    }
    for (size_t i = 0; i < count; i++) {
        tell(" %u.%u%s", list[i].nodeid, list[i].pid, list[i].reason < 6 ? reasons[list[i].reason] : "(?)");
    }
}

static void on_change(void *ctx, struct cpg_conn *conn, const struct cpg_change *change)
{
    const struct client *client = conn->user;

    tell("%u.%u %.*s:", client->nodeid, client->pid, (int)change->group->length, change->group->value);
    tell_list("members", change->members, change->n_members);
    tell_list("left", change->left, change->n_left);
    tell_list("joined", change->joined, change->n_joined);
    tell("\n");
}

static void on_deliver(void *ctx, struct cpg_conn *conn, const struct cpg_message *message)
{
    const struct client *client = conn->user;

    tell("%u.%u got \"%.*s\" from %u.%u\n", client->nodeid, client->pid, (int)message->length,
         (const char *)message->data, message->nodeid, message->pid);
}

static void on_totem_conf(void *ctx, struct cpg_conn *conn, const struct totem_ring *ring,
                          const uint32_t *members,
                          size_t count)
{
    const struct client *client = conn->user;

    if (!tell_rings) {
        return;
    }
    tell("%u.%u ring:", client->nodeid, client->pid);
    for (size_t i = 0; i < count; i++) {
        tell(" %u", members[i]);
    }
    tell("\n");
}

static void on_log(void *ctx, int priority, const char *text)
{
    tell("%u log: %s\n", ((struct node *)ctx)->id, text);
}

/* ---- the cluster ---- */

static void node_start(uint32_t id)
{
    const struct cpg_ops ops = {.ctx = &nodes[id], .send = on_send, .deliver = on_deliver,
                                .change = on_change,
                                .totem_conf = on_totem_conf, .log = on_log};

    nodes[id] = (struct node){.id = id, .partition = {id}, .partition_size = 1};
    nodes[id].core = cpg_core_new(id, &ops);
}

static struct client *client_connect(uint32_t nodeid, uint32_t pid)
{
    size_t i = 0;

    while (clients[i].connected) {
        i++;
    }
    clients[i] = (struct client){.nodeid = nodeid, .pid = pid, .connected = true};
    clients[i].conn.user = &clients[i];
    cpg_conn_add(nodes[nodeid].core, &clients[i].conn);
    return &clients[i];
}

static void client_disconnect(struct client *client)
{
    cpg_conn_remove(nodes[client->nodeid].core, &client->conn);
    client->connected = false;
}

static struct cpg_name name_of(const char *text)
{
    struct cpg_name name = {.length = (uint32_t)strlen(text)};

    memcpy(name.value, text, name.length);
    return name;
}

static cs_error_t join(struct client *client, const char *group)
{
    struct cpg_name name = name_of(group);

    return cpg_conn_join(nodes[client->nodeid].core, &client->conn, &name, client->pid, 0);
}

static cs_error_t leave(struct client *client, const char *group)
{
    struct cpg_name name = name_of(group);

    return cpg_conn_leave(nodes[client->nodeid].core, &client->conn, &name, client->pid);
}

static cs_error_t say(struct client *client, const char *text)
{
    return cpg_conn_mcast(nodes[client->nodeid].core, &client->conn, 0, text, (uint32_t)strlen(text));
}

static void deliver(void)
{
    while (queue_head < queue_tail) {
        size_t at = queue_head++;
        const struct node *from = &nodes[queue[at].from];
        int32_t id;

        memcpy(&id, queue[at].bytes, sizeof(id));
        for (size_t i = 0; i < from->partition_size; i++) {
            struct node *to = &nodes[from->partition[i]];

            if (to->core != NULL) {
                cpg_core_receive(to->core, (unsigned)id & 0xffff, queue[at].bytes, queue[at].size, from->id);
            }
        }
        free(queue[at].bytes);
    }
    queue_head = queue_tail = 0;
}

struct list {
    uint32_t ids[NODES];
    size_t count;
};

static struct list list_of(const char *text)
{
    struct list list = {.count = 0};

    for (; *text != '\0'; text++) {
        list.ids[list.count++] = (uint32_t)(*text - '0');
    }
    return list;
}

static void sync_begin(const char *members, const char *trans)
{
    struct list to = list_of(members);
    struct list from = list_of(trans);
    struct totem_ring ring = {.rep = to.ids[0], .seq = ++ring_seq};

    for (size_t i = 0; i < to.count; i++) {
        struct node *node = &nodes[to.ids[i]];
        struct list alone = {.ids = {to.ids[i]}, .count = 1};
        const struct list *came = memchr(trans, members[i], strlen(trans)) != NULL ? &from : &alone;

        memcpy(node->partition, to.ids, sizeof(to.ids));
        node->partition_size = to.count;
        cpg_core_sync_init(node->core, came->ids, came->count, to.ids, to.count, &ring);
    }
    for (size_t i = 0; i < to.count; i++) {
        assert_int_equal(cpg_core_sync_process(nodes[to.ids[i]].core), 0);
    }
}

static void sync_end(const char *members)
{
    deliver();
    for (; *members != '\0'; members++) {
        cpg_core_sync_activate(nodes[*members - '0'].core);
    }
}

/* These nodes form a ring; those in trans come from one ring, the others each from their own. */
static void form(const char *members, const char *trans)
{
    sync_begin(members, trans);
    sync_end(members);
}

static int cluster_start(void **state)
{
    for (uint32_t id = 1; id <= NODES; id++) {
        node_start(id);
    }
    form("123", "");
    narration[0] = '\0';
    tell_rings = false;
    return 0;
}

static int cluster_end(void **state)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        if (clients[i].connected) {
            client_disconnect(&clients[i]);
        }
    }
    while (queue_head < queue_tail) {
        free(queue[queue_head++].bytes);
    }
    for (uint32_t id = 1; id <= NODES; id++) {
        cpg_core_free(nodes[id].core);
        nodes[id].core = NULL;
    }
    queue_head = queue_tail = 0;
    narration[0] = '\0';
    return 0;
}

/* ---- scenarios ---- */

static void members_see_each_other_come_speak_and_go(void **state)
{
    struct client *a = client_connect(1, 10);
    struct client *b = client_connect(2, 20);

    assert_int_equal(say(a, "too early"), CS_ERR_NOT_EXIST);
    assert_int_equal(join(a, "g"), CS_OK);
    deliver();
    expect("1.10 g: members 1.10 joined 1.10(join)\n");
    assert_int_equal(join(b, "g"), CS_OK);
    deliver();
    expect("1.10 g: members 1.10 2.20 joined 2.20(join)\n"
           "2.20 g: members 1.10 2.20 joined 2.20(join)\n");
    assert_int_equal(say(a, "hello"), CS_OK);
    deliver();
    expect("1.10 got \"hello\" from 1.10\n"
           "2.20 got \"hello\" from 1.10\n");
    assert_int_equal(leave(b, "g"), CS_OK);
    deliver();
    expect("1.10 g: members 1.10 left 2.20(leave)\n"
           "2.20 g: members 1.10 left 2.20(leave)\n");
    client_disconnect(a);
    deliver();
    expect("");
}

static void a_client_that_left_may_join_again(void **state)
{
    struct client *a = client_connect(1, 10);

    assert_int_equal(join(a, "g"), CS_OK);
    assert_int_equal(join(a, "g"), CS_ERR_EXIST);
    assert_int_equal(leave(a, "g"), CS_ERR_BUSY);
    deliver();
    assert_int_equal(join(a, "g"), CS_ERR_EXIST);
    assert_int_equal(leave(a, "other"), CS_ERR_NOT_EXIST);
    assert_int_equal(leave(a, "g"), CS_OK);
    assert_int_equal(leave(a, "g"), CS_ERR_NOT_EXIST);
    assert_int_equal(join(a, "h"), CS_ERR_BUSY);
    assert_int_equal(say(a, "gone"), CS_ERR_NOT_EXIST);
    deliver();
    assert_int_equal(join(a, "h"), CS_OK);
    deliver();
    expect("1.10 g: members 1.10 joined 1.10(join)\n"
           "1.10 g: left 1.10(leave)\n"
           "1.10 h: members 1.10 joined 1.10(join)\n");
}

static void a_process_joins_a_group_once(void **state)
{
    struct client *a = client_connect(1, 10);
    struct client *same = client_connect(1, 10);

    assert_int_equal(join(a, "g"), CS_OK);
    assert_int_equal(join(same, "g"), CS_ERR_EXIST);
    assert_int_equal(join(same, "h"), CS_OK);
    deliver();
    client_disconnect(a);
    assert_int_equal(join(client_connect(1, 10), "g"), CS_ERR_TRY_AGAIN);
    deliver();
    assert_int_equal(join(client_connect(1, 10), "g"), CS_OK);
}

static void a_dead_process_is_reported(void **state)
{
    struct client *a = client_connect(1, 10);
    struct client *b = client_connect(2, 20);

    join(a, "g");
    join(b, "g");
    deliver();
    narration[0] = '\0';
    client_disconnect(b);
    deliver();
    expect("1.10 g: members 1.10 left 2.20(procdown)\n");
}

static void a_leave_without_room_is_sent_later(void **state)
{
    struct client *a = client_connect(1, 10);
    struct client *b = client_connect(2, 20);

    join(a, "g");
    join(b, "g");
    deliver();
    narration[0] = '\0';
    nodes[2].no_room = true;
    client_disconnect(b);
    deliver();
    expect("");
    assert_false(cpg_core_flush(nodes[2].core));
    nodes[2].no_room = false;
    assert_true(cpg_core_flush(nodes[2].core));
    deliver();
    expect("1.10 g: members 1.10 left 2.20(procdown)\n");
}

static void a_node_goes_and_returns(void **state)
{
    struct client *a = client_connect(1, 10);
    struct client *b = client_connect(2, 20);
    struct client *c = client_connect(3, 30);

    join(a, "g");
    join(b, "g");
    join(c, "h");
    deliver();
    narration[0] = '\0';
    form("13", "13");
    form("2", "2");
    expect("1.10 g: members 1.10 left 2.20(nodedown)\n"
           "2.20 g: members 2.20 left 1.10(nodedown)\n");
    form("123", "13");
    expect("1.10 g: members 1.10 2.20 joined 2.20(nodeup)\n"
           "2.20 g: members 1.10 2.20 joined 1.10(nodeup)\n");
}

static void a_node_that_was_away_for_a_moment_goes_and_returns_at_once(void **state)
{
    struct client *a = client_connect(1, 10);
    struct client *b = client_connect(2, 20);

    join(a, "g");
    join(b, "g");
    deliver();
    narration[0] = '\0';
    form("123", "13");
    expect("1.10 g: members 1.10 left 2.20(nodedown)\n"
           "1.10 g: members 1.10 2.20 joined 2.20(nodeup)\n"
           "2.20 g: members 2.20 left 1.10(nodedown)\n"
           "2.20 g: members 1.10 2.20 joined 1.10(nodeup)\n");
}

static void a_process_that_its_node_forgot_is_removed(void **state)
{
    struct client *a = client_connect(1, 10);
    struct client *b = client_connect(2, 20);

    join(a, "g");
    join(b, "g");
    deliver();
    narration[0] = '\0';
    /* node 2 restarts so fast that no ring was formed without it */
    client_disconnect(b);
    while (queue_head < queue_tail) {
        free(queue[queue_head++].bytes);
    }
    queue_head = queue_tail = 0;
    cpg_core_free(nodes[2].core);
    node_start(2);
    form("123", "123");
    expect("1.10 g: members 1.10 left 2.20(procdown)\n");
}

static void a_process_that_dies_during_sync_does_not_come_back(void **state)
{
    struct client *a = client_connect(1, 10);
    struct client *b = client_connect(2, 20);

    join(a, "g");
    join(b, "g");
    deliver();
    form("13", "13");
    narration[0] = '\0';
    sync_begin("123", "13");
    client_disconnect(b);
    sync_end("123");
    expect("1.10 g: members 1.10 left 2.20(procdown)\n");
}

static void groups_change_in_the_order_of_their_names(void **state)
{
    struct client *z = client_connect(1, 1);
    struct client *y = client_connect(1, 2);
    struct client *x = client_connect(1, 3);

    join(z, "zz");
    join(y, "b\x01");
    join(x, "b");
    join(client_connect(2, 20), "b");
    join(client_connect(2, 21), "zz");
    join(client_connect(2, 22), "b\x01");
    deliver();
    narration[0] = '\0';
    form("13", "13");
    expect("1.3 b: members 1.3 left 2.20(nodedown)\n"
           "1.2 b\x01: members 1.2 left 2.22(nodedown)\n"
           "1.1 zz: members 1.1 left 2.21(nodedown)\n");
}

static void every_client_hears_of_a_new_ring(void **state)
{
    struct client *a = client_connect(1, 10);

    tell_rings = true;
    form("12", "12");
    expect("1.10 ring: 1 2\n");
    struct cpg_name name = name_of("g");

    assert_int_equal(cpg_conn_join(nodes[1].core, &a->conn, &name, 10,
                                   CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF),
                     CS_OK);
    deliver();
    expect("1.10 g: members 1.10 joined 1.10(join)\n"
           "1.10 ring: 1 2\n");
}

static void a_large_message_is_interrupted_by_a_change(void **state)
{
    struct client *a = client_connect(1, 10);
    struct client *b = client_connect(2, 20);

    join(a, "g");
    deliver();
    narration[0] = '\0';
    assert_int_equal(cpg_conn_mcast_fragment(nodes[1].core, &a->conn, 0, 4, CPG_FRAGMENT_FIRST, "ab", 2),
                     CS_OK);
    deliver();
    assert_int_equal(cpg_conn_mcast_fragment(nodes[1].core, &a->conn, 0, 4, CPG_FRAGMENT_LAST, "cd", 2),
                     CS_OK);
    deliver();
    expect("1.10 got \"ab\" from 1.10\n"
           "1.10 got \"cd\" from 1.10\n");
    assert_int_equal(cpg_conn_mcast_fragment(nodes[1].core, &a->conn, 0, 4, CPG_FRAGMENT_FIRST, "ab", 2),
                     CS_OK);
    join(b, "g");
    deliver();
    assert_int_equal(cpg_conn_mcast_fragment(nodes[1].core, &a->conn, 0, 4, CPG_FRAGMENT_LAST, "cd", 2),
                     CS_ERR_INTERRUPT);
}

static void long_lists_come_in_parts(void **state)
{
    struct client *a = client_connect(1, 10);

    join(a, "g");
    quiet = true;
    for (uint32_t i = 0; i < 200; i++) {
        join(client_connect(2, 1000 + i), "g");
    }
    deliver();
    quiet = false;
    form("13", "13");
    size_t events = 0;
    size_t left = 0;

    for (const char *line = narration; *line != '\0'; line = strchr(line, '\n') + 1) {
        events++;
    }
    for (const char *at = narration; (at = strstr(at, "(nodedown)")) != NULL; at++) {
        left++;
    }
    assert_int_equal(events, 2);
    assert_int_equal(left, 200);
}

static void a_stranger_is_not_delivered(void **state)
{
    struct client *a = client_connect(1, 10);
    struct cpg_wire_mcast message = {.msglen = 0};

    join(a, "g");
    deliver();
    narration[0] = '\0';
    message.group.length = 1;
    message.group.value[0] = 'g';
    cpg_core_receive(nodes[1].core, CPG_FN_MCAST, &message, sizeof(message), 3);
    expect("1 log: Unknown node -> we will not deliver message\n");
}

static void damaged_messages_are_ignored(void **state)
{
    struct client *a = client_connect(1, 10);
    uint8_t junk[2048];

    join(a, "g");
    deliver();
    narration[0] = '\0';
    memset(junk, 0xff, sizeof(junk));
    for (unsigned fn = 0; fn < 9; fn++) {
        for (size_t size = 0; size < sizeof(junk); size += 7) {
            cpg_core_receive(nodes[1].core, fn, junk, size, 2);
        }
    }
    expect("");
    assert_int_equal(cpg_core_process_count(nodes[1].core), 1);
}

static void the_table_can_be_walked(void **state)
{
    struct cpg_walk walk = {0};
    const struct cpg_name *group;
    uint32_t nodeid;
    uint32_t pid;

    join(client_connect(2, 20), "g");
    join(client_connect(1, 10), "g");
    join(client_connect(1, 11), "a");
    deliver();
    narration[0] = '\0';
    while (cpg_core_walk(nodes[3].core, &walk, &group, &nodeid, &pid)) {
        tell("%.*s %u.%u\n", (int)group->length, group->value, nodeid, pid);
    }
    expect("a 1.11\n"
           "g 1.10\n"
           "g 2.20\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, cluster_start, cluster_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(members_see_each_other_come_speak_and_go),
        TEST(a_client_that_left_may_join_again),
        TEST(a_process_joins_a_group_once),
        TEST(a_dead_process_is_reported),
        TEST(a_leave_without_room_is_sent_later),
        TEST(a_node_goes_and_returns),
        TEST(a_node_that_was_away_for_a_moment_goes_and_returns_at_once),
        TEST(a_process_that_its_node_forgot_is_removed),
        TEST(a_process_that_dies_during_sync_does_not_come_back),
        TEST(groups_change_in_the_order_of_their_names),
        TEST(every_client_hears_of_a_new_ring),
        TEST(a_large_message_is_interrupted_by_a_change),
        TEST(long_lists_come_in_parts),
        TEST(a_stranger_is_not_delivered),
        TEST(damaged_messages_are_ignored),
        TEST(the_table_can_be_walked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
