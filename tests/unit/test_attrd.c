/* Attribute managers of several nodes in one process, told as stories (messaging.md §5).
 *
 * The network delivers every message of the group to all members in one order, as corosync does; a node's
 * write to the CIB is told and ends when the story says so. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "pacemaker/attrd/attrd_core.h"
#include "pacemaker/common/xml.h"
#include "tests/unit/story.h"

#define NODES 3
#define MESSAGES_MAX 2000

struct node {
    uint32_t id;
    char name[4];
    peers_t *peers;
    attrd_t *attrd;
    bool up;
    unsigned partition;         /* nodes of the same number hear each other */
    long long started;
    int next_call, last_call;
    char last_attribute[64];
    char last_update[2048];
};

static struct story story;
static struct node nodes[NODES + 1];        /* by id */
static long long now;

static struct {
    uint32_t from;
    unsigned partition;
    char to[4];
    xmlNode *msg;
} queue[MESSAGES_MAX];

static unsigned sent, delivered;

/* ---- effects ---- */

static void send_message(void *arg, const char *to, const xmlNode *msg, bool election)
{
    const struct node *node = arg;

    assert_true(sent < MESSAGES_MAX);
    assert_int_equal(election, xml_get(msg, "crm_task") != NULL);
    queue[sent].from = node->id;
    queue[sent].partition = node->partition;
    queue[sent].msg = xml_copy(msg);
    snprintf(queue[sent].to, sizeof(queue[sent].to), "%s", to != NULL ? to : "");
    sent++;
}

static void shorten(const xmlNode *update, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    xml_foreach(state, update, "node_state") {
        const xmlNode *set = xml_first(xml_first(state, "transient_attributes"), "instance_attributes");
        const xmlNode *pair = xml_first(set, "nvpair");

        used +=
            (size_t)snprintf(text + used, size - used, " %s:%s=%s%s", xml_id(state), xml_id(pair),
                             xml_get(pair, "value"), xml_get(pair, "__delete__") != NULL ? "(delete)" : "");
    }
}

static int write_update(void *arg, const char *attribute, const xmlNode *update, bool mixed, const char *user)
{
    struct node *node = arg;
    char text[1024];

    shorten(update, text, sizeof(text));
    node->last_call = ++node->next_call;
    snprintf(node->last_attribute, sizeof(node->last_attribute), "%s", attribute);

    char *whole = xml_text(update);

    snprintf(node->last_update, sizeof(node->last_update), "%s", whole);
    free(whole);
    tell(&story, "%s writes %s:%s%s%s", node->name, attribute, text, user != NULL ? " as " : "",
         user != NULL ? user : "");
    return node->last_call;
}

static void arm(void *arg, const char *attribute, unsigned ms)
{
    tell(&story, "%s waits %u ms with %s", ((struct node *)arg)->name, ms, attribute);
}

static void cancel(void *arg, const char *attribute)
{
    tell(&story, "%s waits no longer with %s", ((struct node *)arg)->name, attribute);
}

static void arm_election(void *arg, unsigned ms)
{
}

static void cancel_election(void *arg)
{
}

static void cpu_time(void *arg, long long *sec, long long *usec)
{
    *sec = now - ((struct node *)arg)->started;
    *usec = 0;
}

static long long clock_now(void *arg)
{
    return now;
}

static const attrd_ops_t ops = {send_message, write_update, arm,      cancel,
                                arm_election, cancel_election, NULL, cpu_time, clock_now};

/* ---- the virtual cluster ---- */

static void deliver(void)
{
    while (delivered < sent) {
        const struct node *from = &nodes[queue[delivered].from];

        for (uint32_t id = 1; id <= NODES; id++) {
            struct node *node = &nodes[id];

            if (!node->up || node->partition != queue[delivered].partition ||
                (queue[delivered].to[0] != '\0' && strcmp(queue[delivered].to, node->name) != 0)) {
                continue;
            }
            XML_AUTO xmlNode *msg = xml_copy(queue[delivered].msg);
            const peer_t *peer = peers_get(node->peers, from->id, from->name);

            xml_set(msg, "src", from->name);
            attrd_peer_message(node->attrd, peer, msg);
        }
        delivered++;
    }
}

static void see(struct node *node, const struct node *other, bool present)
{
    peer_t *peer = peers_get(node->peers, other->id, other->name);

    peers_set_processes(node->peers, peer, present ? PEER_PROC_CPG : 0);
}

/* A node starts its manager: everybody there sees it, it sees everybody, and announces itself. */
static void join(uint32_t id)
{
    struct node *node = &nodes[id];

    node->id = id;
    snprintf(node->name, sizeof(node->name), "n%u", (unsigned)id % 100);
    node->peers = peers_new(true, NULL);
    node->attrd = attrd_new(node->peers, id, node->name, &ops, node);
    node->up = true;
    node->started = now;
    attrd_start(node->attrd);
    for (uint32_t other = 1; other <= NODES; other++) {
        if (nodes[other].up) {
            see(&nodes[other], node, true);
            if (other != id) {
                see(node, &nodes[other], true);
            }
        }
    }
    deliver();
}

static void leave(uint32_t id)
{
    struct node *node = &nodes[id];

    node->up = false;
    for (uint32_t other = 1; other <= NODES; other++) {
        if (nodes[other].up) {
            see(&nodes[other], node, false);
        }
    }
    deliver();
    attrd_free(node->attrd);
    peers_free(node->peers);
    *node = (struct node){.id = 0};
}

static int begin(void **state)
{
    now = 100;
    sent = delivered = 0;
    memset(nodes, 0, sizeof(nodes));
    forget(&story);
    return 0;
}

static int end(void **state)
{
    for (uint32_t id = 1; id <= NODES; id++) {
        if (nodes[id].up) {
            attrd_free(nodes[id].attrd);
            peers_free(nodes[id].peers);
        }
    }
    for (unsigned i = 0; i < sent; i++) {
        xml_free(queue[i].msg);
    }
    return 0;
}

/* ---- clients ---- */

static enum attrd_answer_kind ask(uint32_t id, const char *text, xmlNode **reply)
{
    XML_AUTO xmlNode *request = xml_parse(text, NULL);
    struct attrd_answer answer;

    assert_non_null(request);
    attrd_request(nodes[id].attrd, request, &answer);
    if (reply != NULL) {
        *reply = answer.reply;
    } else {
        xml_free(answer.reply);
    }
    deliver();
    return answer.kind;
}

static void set(uint32_t id, const char *name, const char *value)
{
    char text[256];

    snprintf(text, sizeof(text), "<x task='update' attr_name='%s' attr_value='%s'/>", name, value);
    assert_int_equal(ask(id, text, NULL), ATTRD_ANSWER_ACK_ALWAYS);
}

/* What node id answers about an attribute, as "n1=a n2=b" or "unknown". */
static void shown(uint32_t id, const char *name, const char *expected)
{
    char text[256], found[512] = "";
    xmlNode *reply = NULL;

    snprintf(text, sizeof(text), "<x task='query' attr_name='%s'/>", name);
    assert_int_equal(ask(id, text, &reply), ATTRD_ANSWER_REPLY);
    xml_foreach(node, reply, "node") {
        const char *value = xml_get(node, "attr_value");
        size_t used = strlen(found);

        snprintf(found + used, sizeof(found) - used, "%s%s=%s", used > 0 ? " " : "",
                 xml_get(node, "attr_host"), value != NULL ? value : "-");
    }
    assert_string_equal(xml_get(reply, "attr_name") != NULL ? found : "unknown", expected);
    xml_free(reply);
}

static void shown_everywhere(const char *name, const char *expected)
{
    for (uint32_t id = 1; id <= NODES; id++) {
        if (nodes[id].up) {
            shown(id, name, expected);
        }
    }
}

static void written(uint32_t id, int rc)
{
    attrd_written(nodes[id].attrd, nodes[id].last_attribute, nodes[id].last_call, rc);
}

/* ---- stories ---- */

static void test_alone(void **state)
{
    join(1);
    assert_true(attrd_is_writer(nodes[1].attrd));
    set(1, "a", "1");
    set(1, "b#c:d", "x");
    assert_string_equal(
        nodes[1].last_update,
        "<status><node_state id=\"1\"><transient_attributes id=\"1\"><instance_attributes id=\"status-1\">"
        "<nvpair id=\"status-1-b.c.d\" name=\"b#c:d\" value=\"x\"/></instance_attributes>"
        "</transient_attributes></node_state></status>");
    expect_story(&story, "n1 writes a: 1:status-1-a=1\nn1 writes b#c:d: 1:status-1-b.c.d=x\n");
    shown(1, "a", "n1=1");
    shown(1, "nothing", "unknown");
}

static void test_one_write_at_a_time(void **state)
{
    join(1);
    set(1, "a", "1");
    set(1, "a", "2");
    set(1, "a", "3");
    expect_story(&story, "n1 writes a: 1:status-1-a=1\n");
    written(1, 0);
    expect_story(&story, "n1 writes a: 1:status-1-a=3\n");
    written(1, 0);
    set(1, "a", "3");
    set(1, "case", "Abc");
    written(1, 0);
    forget(&story);
    /* only another case: unchanged */
    set(1, "case", "ABC");
    expect_story(&story, "");
}

static void test_failed_write(void **state)
{
    join(1);
    set(1, "a", "1");
    forget(&story);
    written(1, -ETIME);
    expect_story(&story, "n1 waits 2000 ms with a\n");
    attrd_timer_expired(nodes[1].attrd, "a");
    expect_story(&story, "n1 writes a: 1:status-1-a=1\n");
    /* an answer to an older call changes nothing */
    attrd_written(nodes[1].attrd, "a", 1, -ETIME);
    expect_story(&story, "");
}

static void test_dampening(void **state)
{
    join(1);
    ask(1, "<x task='update-both' attr_name='a' attr_value='1' attr_dampening='5s'/>", NULL);
    ask(1, "<x task='update' attr_name='a' attr_value='2'/>", NULL);
    expect_story(&story, "n1 waits 5000 ms with a\nn1 waits 5000 ms with a\n");
    attrd_timer_expired(nodes[1].attrd, "a");
    expect_story(&story, "n1 writes a: 1:status-1-a=2\n");
    written(1, 0);
    ask(1, "<x task='update' attr_name='a' attr_value='3'/>", NULL);
    ask(1, "<x task='refresh'/>", NULL);
    expect_story(&story, "n1 waits 5000 ms with a\nn1 waits no longer with a\nn1 writes a: 1:status-1-a=3\n");
    written(1, 0);
    ask(1, "<x task='update-delay' attr_name='a' attr_dampening='0'/>", NULL);
    ask(1, "<x task='update-delay' attr_name='new' attr_dampening='3'/>", NULL);
    ask(1, "<x task='update-both' attr_name='a' attr_value='9'/>", NULL);      /* no delay given: refused */
    ask(1, "<x task='update-both' attr_name='a' attr_value='9' attr_dampening='soon'/>", NULL);
    expect_story(&story, "n1 writes a: 1:status-1-a=3\n");
    shown(1, "new", "unknown");
    shown(1, "a", "n1=3");
}

static void test_unset_and_private(void **state)
{
    join(1);
    set(1, "a", "1");
    written(1, 0);
    forget(&story);
    ask(1, "<x task='update' attr_name='a'/>", NULL);
    ask(1, "<x task='update' attr_name='p' attr_value='1' attr_is_private='1'/>", NULL);
    expect_story(&story, "n1 writes a: 1:status-1-a=(delete)\n");
    shown(1, "a", "n1=-");
    shown(1, "p", "n1=1");
}

static void test_arithmetic(void **state)
{
    join(1);
    ask(1, "<x task='update' attr_name='f' attr_value='value++'/>", NULL);
    shown(1, "f", "n1=1");
    ask(1, "<x task='update' attr_name='f' attr_value='value+=10'/>", NULL);
    shown(1, "f", "n1=11");
    ask(1, "<x task='update' attr_name='f' attr_value='value+=INFINITY'/>", NULL);
    shown(1, "f", "n1=1000000");
    ask(1, "<x task='update' attr_name='f' attr_value='value+'/>", NULL);
    shown(1, "f", "n1=value+");
}

static void test_three_nodes(void **state)
{
    join(1);
    join(2);
    join(3);
    assert_true(attrd_is_writer(nodes[1].attrd));
    assert_string_equal(attrd_writer(nodes[3].attrd), "n1");
    set(3, "a", "x");
    ask(2, "<x task='update' attr_name='a' attr_value='y' attr_host='n3'/>", NULL);
    set(2, "a", "z");
    expect_story(&story, "n1 writes a: 3:status-3-a=x\n");
    written(1, 0);
    /* all nodes' values are in each write */
    expect_story(&story, "n1 writes a: 2:status-2-a=z 3:status-3-a=y\n");
    shown_everywhere("a", "n2=z n3=y");
    shown_everywhere("#attrd-protocol", "n1=4 n2=4 n3=4");
}

static void test_late_node_learns(void **state)
{
    join(1);
    set(1, "a", "1");
    set(1, "b", "2");
    join(2);
    shown(2, "a", "n1=1");
    shown(2, "b", "n1=2");
    assert_string_equal(attrd_writer(nodes[2].attrd), "n1");
}

static void test_writer_dies(void **state)
{
    join(1);
    join(2);
    join(3);
    set(1, "a", "1");
    set(2, "a", "2");
    written(1, 0);
    set(3, "b", "3");
    forget(&story);
    now += 60;
    leave(1);
    assert_true(attrd_is_writer(nodes[2].attrd));
    assert_string_equal(attrd_writer(nodes[3].attrd), "n2");
    /* the new writer writes all it knows; the dead node's values are gone from memory only */
    expect_story(&story, "n2 writes a: 2:status-2-a=2\nn2 writes b: 3:status-3-b=3\n");
    shown_everywhere("a", "n2=2");
    join(1);
    assert_false(attrd_is_writer(nodes[1].attrd));
    shown_everywhere("a", "n2=2");
    shown_everywhere("b", "n3=3");
}

/* A message that was under way when its node left brings that node's value back on one node only; the next
 * synchronisation by a writer removes it there. */
static void test_left_over_value(void **state)
{
    static const char old[] = "<x task='update' attr_name='a' attr_host='n9' attr_value='old'/>";
    static const char new[] = "<x task='update' attr_name='b' attr_host='n3' attr_value='3'/>";
    XML_AUTO xmlNode *stale = xml_parse(old, NULL);
    XML_AUTO xmlNode *own = xml_parse(new, NULL);

    join(1);
    join(2);
    join(3);
    set(1, "a", "1");
    written(1, 0);
    attrd_peer_message(nodes[3].attrd, peers_find(nodes[3].peers, 0, "n1"), stale);
    attrd_peer_message(nodes[3].attrd, peers_find(nodes[3].peers, 0, "n1"), own);
    shown(3, "a", "n1=1 n9=old");
    now += 60;
    leave(1);
    assert_true(attrd_is_writer(nodes[2].attrd));
    shown(3, "a", "");
    /* but what a node that lives knows of itself comes back through that node */
    shown_everywhere("b", "n3=3");
}

/* Two writers meet after a partition: one remains, and each node's own values hold. */
static void test_healed_partition(void **state)
{
    join(1);
    join(2);
    nodes[2].partition = 1;
    see(&nodes[1], &nodes[2], false);
    see(&nodes[2], &nodes[1], false);
    deliver();
    set(1, "a", "one");
    set(2, "a", "two");
    assert_true(attrd_is_writer(nodes[1].attrd));
    assert_true(attrd_is_writer(nodes[2].attrd));
    now += 60;
    nodes[2].partition = 0;
    see(&nodes[1], &nodes[2], true);
    see(&nodes[2], &nodes[1], true);
    deliver();
    assert_true(attrd_is_writer(nodes[1].attrd));
    assert_false(attrd_is_writer(nodes[2].attrd));
    shown_everywhere("a", "n1=one n2=two");
}

static void test_patterns(void **state)
{
    join(1);
    join(2);
    set(1, "fail-count-r1#start_0", "1");
    set(2, "fail-count-r1#start_0", "2");
    set(2, "last-failure-r1#start_0", "99");
    set(2, "fail-count-r1#monitor_10000", "4");
    set(2, "fail-count-r10#start_0", "3");
    set(2, "other", "x");
    assert_int_equal(
        ask(1, "<x task='clear-failure' attr_resource='r1' attr_clear_operation='start'/>", NULL),
        ATTRD_ANSWER_ACK);
    shown_everywhere("fail-count-r1#start_0", "n1=- n2=-");
    shown_everywhere("fail-count-r1#monitor_10000", "n2=4");
    ask(1,
        "<x task='clear-failure' attr_resource='r1' attr_clear_operation='monitor' attr_clear_interval='10s' "
        "attr_host='n1'/>",
        NULL);
    ask(2,
        "<x task='clear-failure' attr_resource='r1' attr_clear_operation='monitor' "
        "attr_clear_interval='10000ms' "
        "attr_host='n2'/>",
        NULL);
    shown_everywhere("fail-count-r1#monitor_10000", "n1=- n2=-");
    shown_everywhere("fail-count-r10#start_0", "n2=3");
    ask(2, "<x task='clear-failure'/>", NULL);
    shown_everywhere("fail-count-r10#start_0", "n2=-");
    shown_everywhere("other", "n2=x");
    ask(2, "<x task='update' attr_regex='^oth' attr_value='y'/>", NULL);
    shown_everywhere("other", "n2=y");
    ask(2, "<x task='update' attr_regex='(' attr_value='z'/>", NULL);
    ask(2, "<x task='clear-failure' attr_resource='(('/>", NULL);
    shown_everywhere("other", "n2=y");
}

static void test_batch(void **state)
{
    join(1);
    join(2);
    ask(2,
        "<x task='update'><op attr_name='a' attr_value='1'/><op attr_name='b' attr_value='2' attr_host='n1'/>"
        "<op attr_value='nameless'/></x>",
        NULL);
    shown_everywhere("a", "n2=1");
    shown_everywhere("b", "n1=2");
    ask(2, "<x task='update'><op/></x>", NULL);
}

static void test_remote_node(void **state)
{
    join(1);
    ask(1, "<x task='update' attr_name='a' attr_value='1' attr_host='r1' attr_is_remote='1'/>", NULL);
    expect_story(&story, "n1 writes a: r1:status-r1-a=1\n");
    written(1, 0);
    join(2);
    shown(2, "a", "r1=1");
    /* the new node called an election, and its winner writes everything */
    expect_story(&story, "n1 writes a: r1:status-r1-a=1\n");
    assert_non_null(peers_find_remote(nodes[2].peers, "r1"));
    assert_int_equal(ask(2, "<x task='peer-remove' attr_host='r1'/>", NULL), ATTRD_ANSWER_ACK);
    shown_everywhere("a", "");
    assert_null(peers_find_remote(nodes[1].peers, "r1"));
    expect_story(&story, "");
}

/* A value of a node nobody has seen cannot be written until its id is known. */
static void test_unknown_node(void **state)
{
    join(1);
    ask(1, "<x task='update' attr_name='a' attr_value='1' attr_host='n2'/>", NULL);
    expect_story(&story, "");
    ask(1, "<x task='update' attr_name='b' attr_value='2' attr_host='n2' attr_host_id='2'/>", NULL);
    expect_story(&story, "n1 writes a: 2:status-2-a=1\nn1 writes b: 2:status-2-b=2\n");
}

/* What others remember of a node that starts anew is not true any more. */
static void test_own_value_takes_priority(void **state)
{
    join(1);
    ask(1, "<x task='update' attr_name='a' attr_value='1' attr_host='n2' attr_host_id='2'/>", NULL);
    written(1, 0);
    join(2);
    expect_story(&story, "n1 writes a: 2:status-2-a=1\nn1 writes a: 2:status-2-a=(delete)\n");
    shown_everywhere("a", "n2=-");
}

static void test_cib_replaced(void **state)
{
    join(1);
    join(2);
    set(1, "a", "1");
    written(1, 0);
    forget(&story);
    attrd_cib_replaced(nodes[2].attrd);
    attrd_cib_replaced(nodes[1].attrd);
    expect_story(&story, "n1 writes a: 1:status-1-a=1\n");
    /* what is being written may have been replaced before the answer comes */
    attrd_cib_replaced(nodes[1].attrd);
    expect_story(&story, "");
    written(1, 0);
    expect_story(&story, "n1 writes a: 1:status-1-a=1\n");
    written(1, 0);
    expect_story(&story, "");
    /* a node that is leaving does not */
    set(1, "shutdown", "1700000000");
    written(1, 0);
    forget(&story);
    attrd_cib_replaced(nodes[1].attrd);
    expect_story(&story, "");
}

static void test_shutting_down(void **state)
{
    join(1);
    join(2);
    attrd_shut_down(nodes[1].attrd);
    set(2, "a", "1");
    shown(1, "a", "unknown");
    leave(1);
    assert_true(attrd_is_writer(nodes[2].attrd));
    expect_story(&story, "n2 writes a: 2:status-2-a=1\n");
}

static void test_users_and_sets(void **state)
{
    join(1);
    ask(1,
        "<x task='update' attr_name='a' attr_value='1' attr_set='set:1' attr_key='key#1' attr_user='bob'/>",
        NULL);
    assert_non_null(strstr(nodes[1].last_update, "instance_attributes id=\"set.1\"><nvpair id=\"key.1\""));
    expect_story(&story, "n1 writes a: 1:key.1=1 as bob\n");
}

static void test_queries(void **state)
{
    xmlNode *reply = NULL;

    join(1);
    set(1, "a", "1");
    assert_int_equal(ask(1, "<x task='query' attr_name='a' attr_host='localhost'/>", &reply),
                     ATTRD_ANSWER_REPLY);
    assert_string_equal(xml_get(xml_first(reply, "node"), "attr_host"), "n1");
    assert_string_equal(xml_get(xml_first(reply, "node"), "attr_value"), "1");
    assert_string_equal(xml_get(reply, "attr_version"), "4");
    xml_free(reply);
    ask(1, "<x task='query' attr_name='a' attr_host='n7'/>", &reply);
    assert_string_equal(xml_get(xml_first(reply, "node"), "attr_host"), "n7");
    assert_null(xml_get(xml_first(reply, "node"), "attr_value"));
    xml_free(reply);
    assert_int_equal(ask(1, "<x task='query'/>", NULL), ATTRD_ANSWER_NONE);
}

static void test_damaged_requests(void **state)
{
    static const char *const texts[] = {
        "<x/>",
        "<x task='dance'/>",
        "<x task='peer-remove'/>",
        "<x task='peer-remove' attr_host_id='zz'/>",
        "<x task='peer-remove' attr_host_id='99999999999'/>",
        "<x task='update'/>",
        "<x task='update' attr_value='1'/>",
        "<x task='update-delay' attr_name='q'/>",
    };

    join(1);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ask(1, texts[i], NULL);
    }
    expect_story(&story, "");
}

static void test_damaged_messages(void **state)
{
    static const char *const texts[] = {
        "<x/>",
        "<x task='dance'/>",
        "<x task='update'/>",
        "<x task='peer-remove'/>",
        "<x task='query' attr_name='a'/>",
        "<x task='sync-response'><y/><y attr_name='a'/><y attr_name='a' attr_dampening='-1'/></x>",
        "<x task='sync-response' attr_writer='x'/>",
        "<x crm_task='vote'/>",
        "<x crm_task='dance' src='n2'/>",
        "<x task='clear-failure' attr_resource='('/>",
        "<x task='update'><op/><other attr_name='a' attr_value='1'/></x>",
        "<x task='flush'/>",
    };
    join(1);
    join(2);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        XML_AUTO xmlNode *msg = xml_parse(texts[i], NULL);

        send_message(&nodes[2], NULL, msg, xml_get(msg, "crm_task") != NULL);
        deliver();
    }
    expect_story(&story, "");
    assert_true(attrd_is_writer(nodes[1].attrd));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_alone),            TEST(test_one_write_at_a_time), TEST(test_failed_write),
        TEST(test_dampening),        TEST(test_unset_and_private),   TEST(test_arithmetic),
        TEST(test_three_nodes),      TEST(test_late_node_learns),    TEST(test_writer_dies),
        TEST(test_left_over_value),
        TEST(test_healed_partition), TEST(test_patterns),            TEST(test_batch),
        TEST(test_remote_node),      TEST(test_unknown_node),        TEST(test_cib_replaced),
        TEST(test_own_value_takes_priority),
        TEST(test_shutting_down),    TEST(test_users_and_sets),      TEST(test_queries),
        TEST(test_damaged_requests), TEST(test_damaged_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
