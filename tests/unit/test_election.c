/* Elections told by several nodes in one process (messaging.md §4). Every message reaches everybody it is
 * for, in one order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "pacemaker/cluster/election.h"
#include "pacemaker/common/xml.h"
#include "tests/unit/story.h"

#define NODES 3
#define MESSAGES_MAX 1000

static struct story story;
static long long now;

struct node {
    unsigned id;
    char name[4];
    peers_t *peers;
    election_t *election;
    long long age;              /* CPU seconds */
    bool up, may_win, armed;
};

static struct node nodes[NODES];

static struct {
    xmlNode *msg;
    char to[4];                 /* "" = everybody */
} queue[MESSAGES_MAX];

static unsigned sent, delivered;

static void send_message(void *arg, const char *to, xmlNode *msg)
{
    const struct node *node = arg;

    assert_true(sent < MESSAGES_MAX);
    xml_set(msg, "src", node->name);
    queue[sent].msg = msg;
    snprintf(queue[sent].to, sizeof(queue[sent].to), "%s", to != NULL ? to : "");
    sent++;
    tell(&story, "%s > %s %s%s", node->name, xml_get(msg, "crm_task"), to != NULL ? "to " : "",
         to != NULL ? to : "");
}

static void arm(void *arg, unsigned ms)
{
    ((struct node *)arg)->armed = true;
}

static void cancel(void *arg)
{
    ((struct node *)arg)->armed = false;
}

static void won(void *arg)
{
    tell(&story, "%s   WON", ((struct node *)arg)->name);
}

static bool may_win(void *arg)
{
    return ((struct node *)arg)->may_win;
}

static void cpu_time(void *arg, long long *sec, long long *usec)
{
    *sec = ((struct node *)arg)->age;
    *usec = 0;
}

static long long clock_now(void *arg)
{
    return now;
}

static const election_ops_t ops = {send_message, arm, cancel, won, may_win, cpu_time, clock_now};

static void set_member(struct node *node, unsigned id, bool up)
{
    char name[4];

    snprintf(name, sizeof(name), "n%u", id);

    peer_t *peer = peers_get(node->peers, id, name);

    peers_set_state(node->peers, peer, up ? PEER_MEMBER : PEER_LOST, 1, now);
    peers_set_processes(node->peers, peer, up ? PEER_PROC_CPG : 0);
}

static int start(void **state)
{
    now = 100;
    sent = delivered = 0;
    forget(&story);
    for (unsigned i = 0; i < NODES; i++) {
        nodes[i] = (struct node){.id = i + 1, .age = 10, .up = true, .may_win = true};
        snprintf(nodes[i].name, sizeof(nodes[i].name), "n%u", i + 1);
        nodes[i].peers = peers_new(false, NULL);
        for (unsigned id = 1; id <= NODES; id++) {
            set_member(&nodes[i], id, true);
        }
        nodes[i].election = election_new("test", nodes[i].peers, i + 1, nodes[i].name, 1000, &ops, &nodes[i]);
    }
    return 0;
}

static int stop(void **state)
{
    for (unsigned i = 0; i < NODES; i++) {
        election_free(nodes[i].election);
        peers_free(nodes[i].peers);
    }
    for (unsigned i = 0; i < sent; i++) {
        xml_free(queue[i].msg);
    }
    return 0;
}

/* What the controller and attrd do with the outcome of a message. */
static void receive(struct node *node, xmlNode *msg)
{
    static const char *const names[] = {"start", "in progress", "lost", "won", "error"};
    enum election_state before = election_state(node->election);
    enum election_state after = election_count(node->election, msg);

    if (after != before) {
        tell(&story, "%s   %s of %s: %s", node->name, xml_get(msg, "crm_task"), xml_get(msg, "src"),
             names[after]);
    }
    if (after == ELECTION_START) {
        election_vote(node->election);
    } else if (after == ELECTION_IN_PROGRESS) {
        election_check(node->election);
    }
}

static void run(void)
{
    while (delivered < sent) {
        for (unsigned i = 0; i < NODES; i++) {
            if (nodes[i].up &&
                (queue[delivered].to[0] == '\0' || strcmp(queue[delivered].to, nodes[i].name) == 0)) {
                receive(&nodes[i], queue[delivered].msg);
            }
        }
        delivered++;
    }
}

static void test_equal_nodes(void **state)
{
    election_vote(nodes[2].election);
    run();
    /* alphabetically first: n1 */
    expect_story(&story, "n3 > vote \n"
                         "n1 > vote \n"
                         "n2 > vote \n"
                         "n2 > no-vote to n1\n"
                         "n2   vote of n1: lost\n"
                         "n3 > no-vote to n1\n"
                         "n3   vote of n1: lost\n"
                         "n1   vote of n2: start\n"
                         "n1 > vote \n"
                         "n3 > no-vote to n2\n"
                         "n2 > no-vote to n1\n"
                         "n3 > no-vote to n1\n"
                         "n1   WON\n");
    assert_int_equal(election_state(nodes[0].election), ELECTION_WON);
    assert_int_equal(election_state(nodes[1].election), ELECTION_LOST);
    assert_int_equal(election_state(nodes[2].election), ELECTION_LOST);
    assert_false(nodes[0].armed);
}

static void test_most_cpu_time_wins(void **state)
{
    nodes[1].age = 50;
    election_vote(nodes[0].election);
    run();
    assert_int_equal(election_state(nodes[1].election), ELECTION_WON);
    assert_int_equal(election_state(nodes[0].election), ELECTION_LOST);
    assert_int_equal(election_state(nodes[2].election), ELECTION_LOST);
}

static void test_not_eligible(void **state)
{
    nodes[0].may_win = nodes[1].may_win = false;
    election_vote(nodes[2].election);
    run();
    expect_story(&story, "n3 > vote \n"
                         "n1 > no-vote to n3\n"
                         "n1   vote of n3: lost\n"
                         "n2 > no-vote to n3\n"
                         "n2   vote of n3: lost\n"
                         "n3   WON\n");
}

static void test_silent_node(void **state)
{
    nodes[1].up = false;
    election_vote(nodes[0].election);
    run();
    assert_int_equal(election_state(nodes[0].election), ELECTION_IN_PROGRESS);
    assert_true(nodes[0].armed);
    forget(&story);
    /* it turns out to be lost: its answer is not needed any more */
    set_member(&nodes[0], 2, false);
    election_peer_lost(nodes[0].election, "n2", false);
    assert_true(election_check(nodes[0].election));
    expect_story(&story, "n1   WON\n");
}

static void test_timeout(void **state)
{
    nodes[1].up = nodes[2].up = false;
    election_vote(nodes[0].election);
    run();
    forget(&story);
    election_timer_expired(nodes[0].election);
    expect_story(&story, "n1   WON\n");
}

static void test_alone_and_inactive(void **state)
{
    for (unsigned id = 2; id <= NODES; id++) {
        set_member(&nodes[0], id, false);
    }
    nodes[1].up = nodes[2].up = false;
    election_vote(nodes[0].election);
    run();
    expect_story(&story, "n1 > vote \nn1   WON\n");
    set_member(&nodes[0], 1, false);
    election_vote(nodes[0].election);
    expect_story(&story, "");
}

static xmlNode *vote(const char *task, const char *from, const char *owner, const char *round,
                     const char *version)
{
    xmlNode *msg = xml_new("vote");

    xml_set(msg, "crm_task", task);
    xml_set(msg, "src", from);
    xml_set(msg, "election-owner", owner);
    xml_set(msg, "election-id", round);
    xml_set(msg, "version", version);
    xml_set(msg, "election-age-sec", "10");
    xml_set(msg, "election-age-nano-sec", "0");
    return msg;
}

static enum election_state count(struct node *node, xmlNode *msg)
{
    enum election_state state = election_count(node->election, msg);

    xml_free(msg);
    return state;
}

static void test_version_before_everything(void **state)
{
    nodes[1].age = 1000;
    assert_int_equal(count(&nodes[1], vote("vote", "n3", "3", "1", "3.9.0")), ELECTION_LOST);
    assert_int_equal(count(&nodes[2], vote("vote", "n1", "1", "1", "3.16.2")), ELECTION_START);
    assert_int_equal(count(&nodes[2], vote("vote", "n1", "1", "1", "3.17")), ELECTION_START);
    assert_int_equal(count(&nodes[1], vote("vote", "n1", "1", "1", "3.16")), ELECTION_LOST);
    expect_story(&story, "n2 > no-vote to n3\nn2 > no-vote to n1\n");
}

/* Shortly after a loss we do not insist on being better. */
static void test_dampening(void **state)
{
    assert_int_equal(count(&nodes[0], vote("vote", "n3", "3", "1", "3.0.0")), ELECTION_LOST);
    now += 2;
    assert_int_equal(count(&nodes[0], vote("vote", "n2", "2", "1", "3.16.1")), ELECTION_LOST);
    now += 3;
    assert_int_equal(count(&nodes[0], vote("vote", "n2", "2", "2", "3.16.1")), ELECTION_START);
    assert_int_equal(count(&nodes[0], vote("vote", "n3", "3", "1", "3.0.0")), ELECTION_LOST);
    /* losing the leader ends it at once */
    election_peer_lost(nodes[0].election, "n3", true);
    assert_int_equal(count(&nodes[0], vote("vote", "n2", "2", "3", "3.16.1")), ELECTION_START);
}

static void test_superseded_and_foreign(void **state)
{
    election_vote(nodes[0].election);
    election_vote(nodes[0].election);
    assert_int_equal(count(&nodes[0], vote("no-vote", "n2", "1", "1", "3.16.1")), ELECTION_IN_PROGRESS);
    assert_false(election_check(nodes[0].election));
    assert_int_equal(count(&nodes[0], vote("no-vote", "n2", "3", "2", "3.16.1")), ELECTION_ERROR);
    set_member(&nodes[0], 3, false);
    assert_int_equal(count(&nodes[0], vote("vote", "n3", "3", "2", "3.16.1")), ELECTION_IN_PROGRESS);
    assert_int_equal(count(&nodes[0], vote("no-vote", "n2", "1", "2", "3.16.1")), ELECTION_IN_PROGRESS);
    assert_int_equal(count(&nodes[0], vote("no-vote", "n2", "1", "2", "3.16.1")), ELECTION_IN_PROGRESS);
    assert_false(election_check(nodes[0].election));
    assert_int_equal(count(&nodes[0], vote("vote", "n1", "1", "2", "3.16.1")), ELECTION_IN_PROGRESS);
    assert_true(election_check(nodes[0].election));
}

static void test_damaged_votes(void **state)
{
    static const char *const needed[] = {"crm_task", "src", "election-owner", "election-id", "version",
                                         "election-age-sec", "election-age-nano-sec"};

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        xmlNode *msg = vote("vote", "n2", "2", "1", "3.16.1");

        xml_unset(msg, needed[i]);
        assert_int_equal(count(&nodes[0], msg), ELECTION_ERROR);
    }
    assert_int_equal(count(&nodes[0], vote("vote", "n2", "2", "-1", "3.16.1")), ELECTION_ERROR);
    assert_int_equal(count(&nodes[0], vote("vote", "n2", "2", "1x", "3.16.1")), ELECTION_ERROR);
    assert_int_equal(count(&nodes[0], vote("ballot", "n2", "2", "1", "3.16.1")), ELECTION_ERROR);
    expect_story(&story, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_equal_nodes, start, stop),
        cmocka_unit_test_setup_teardown(test_most_cpu_time_wins, start, stop),
        cmocka_unit_test_setup_teardown(test_not_eligible, start, stop),
        cmocka_unit_test_setup_teardown(test_silent_node, start, stop),
        cmocka_unit_test_setup_teardown(test_timeout, start, stop),
        cmocka_unit_test_setup_teardown(test_alone_and_inactive, start, stop),
        cmocka_unit_test_setup_teardown(test_version_before_everything, start, stop),
        cmocka_unit_test_setup_teardown(test_dampening, start, stop),
        cmocka_unit_test_setup_teardown(test_superseded_and_foreign, start, stop),
        cmocka_unit_test_setup_teardown(test_damaged_votes, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
