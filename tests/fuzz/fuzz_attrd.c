/*
 * Feeds the attribute managers of three nodes with requests and messages as a broken or hostile client or
 * peer would send them. The input is XML text whose root's children are the steps: an element with attribute
 * from="1".."3" is a message of that node, one with client="1".."3" a request there; leave/join="1".."3" take
 * a node away and bring it back, timer="name" ends that attribute's timers and written="RC" all writes under
 * way. Every message is delivered to all; the values of a node that is present must then be the same
 * everywhere unless its messages are forged.
 *
 * fuzz-sources: pacemaker/attrd/attrd_peer.c pacemaker/attrd/attrd_request.c pacemaker/attrd/attrd_update.c
 * fuzz-sources: pacemaker/attrd/attrd_values.c pacemaker/attrd/attrd_write.c pacemaker/cluster/election.c
 * fuzz-sources: pacemaker/cluster/peers.c pacemaker/common/log.c pacemaker/common/md5.c
 * fuzz-sources: pacemaker/common/message.c pacemaker/common/results.c pacemaker/common/score.c
 * fuzz-sources: pacemaker/common/iso8601.c pacemaker/common/xml.c pacemaker/common/xml_parse.c
 * fuzz-sources: pacemaker/common/xml_plain.c pacemaker/common/xml_text.c
 * fuzz-flags: -I/usr/include/libxml2 -I/usr/include/glib-2.0 -I/usr/lib/x86_64-linux-gnu/glib-2.0/include
 * fuzz-flags: -lxml2 -lglib-2.0
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pacemaker/attrd/attrd_core.h"
#include "pacemaker/common/xml.h"

#define NODES 3u
#define INPUT_MAX 16384u
#define STEPS_MAX 100u
#define MESSAGES_MAX 2000u

struct node {
    uint32_t id;
    char name[4];
    peers_t *peers;
    attrd_t *attrd;
    int calls;
    char written[64];
};

static struct node nodes[NODES + 1];

static struct {
    uint32_t from;
    char to[4];
    xmlNode *msg;
} queue[MESSAGES_MAX];

static unsigned sent, delivered;
static long long now;

static void send_message(void *arg, const char *to, const xmlNode *msg, bool election)
{
    const struct node *node = arg;

    if (sent < MESSAGES_MAX) {
        queue[sent].from = node->id;
        queue[sent].msg = xml_copy(msg);
        snprintf(queue[sent].to, sizeof(queue[sent].to), "%.3s", to != NULL ? to : "");
        sent++;
    }
}

static int write_update(void *arg, const char *attribute, const xmlNode *update, bool mixed, const char *user)
{
    struct node *node = arg;

    snprintf(node->written, sizeof(node->written), "%s", attribute);
    return ++node->calls;
}

static void arm(void *arg, const char *attribute, unsigned ms)
{
}

static void cancel(void *arg, const char *attribute)
{
}

static void arm_election(void *arg, unsigned ms)
{
}

static void cancel_election(void *arg)
{
}

static void cpu_time(void *arg, long long *sec, long long *usec)
{
    *sec = ((struct node *)arg)->id;
    *usec = 0;
}

static long long clock_now(void *arg)
{
    return now;
}

static const attrd_ops_t ops = {
    .send = send_message,
    .write = write_update,
    .arm = arm,
    .cancel = cancel,
    .arm_election = arm_election,
    .cancel_election = cancel_election,
    .cpu_time = cpu_time,
    .now = clock_now,
};

static void deliver(void)
{
    for (; delivered < sent; delivered++) {
        for (uint32_t id = 1; id <= NODES; id++) {
            const char *to = queue[delivered].to, *from = nodes[queue[delivered].from].name;

            if (nodes[id].attrd == NULL || (to[0] != '\0' && strcmp(to, nodes[id].name) != 0)) {
                continue;
            }
            XML_AUTO xmlNode *msg = xml_copy(queue[delivered].msg);
            const peer_t *peer = peers_get(nodes[id].peers, queue[delivered].from, from);

            xml_set(msg, "src", from);
            attrd_peer_message(nodes[id].attrd, peer, msg);
        }
    }
}

static void see(struct node *node, const struct node *other, bool present)
{
    peer_t *peer = node->attrd != NULL ? peers_get(node->peers, other->id, other->name) : NULL;

    if (peer != NULL) {
        peers_set_processes(node->peers, peer, present ? PEER_PROC_CPG : 0);
    }
}

static void join(uint32_t id)
{
    struct node *node = &nodes[id];

    if (node->attrd != NULL) {
        return;
    }
    node->id = id;
    snprintf(node->name, sizeof(node->name), "n%u", (unsigned)id % 10);
    node->peers = peers_new(true, NULL);
    node->attrd = attrd_new(node->peers, id, node->name, &ops, node);
    attrd_start(node->attrd);
    for (uint32_t other = 1; other <= NODES; other++) {
        if (nodes[other].attrd != NULL) {
            see(&nodes[other], node, true);
            see(node, &nodes[other], true);
        }
    }
    deliver();
}

static void leave(uint32_t id)
{
    if (nodes[id].attrd == NULL) {
        return;
    }
    attrd_shut_down(nodes[id].attrd);
    attrd_free(nodes[id].attrd);
    peers_free(nodes[id].peers);
    nodes[id].attrd = NULL;
    for (uint32_t other = 1; other <= NODES; other++) {
        see(&nodes[other], &nodes[id], false);
    }
    deliver();
}

/* The node an attribute of a step names; 0 = none. */
static uint32_t node_of(const xmlNode *step, const char *attribute)
{
    long long id = 0;

    return xml_get_int(step, attribute, &id) == 0 && id >= 1 && id <= NODES ? (uint32_t)id : 0;
}

static void client(uint32_t id, const xmlNode *step)
{
    XML_AUTO xmlNode *request = xml_copy(step);
    struct attrd_answer answer;

    if (nodes[id].attrd == NULL) {
        return;
    }
    attrd_request(nodes[id].attrd, request, &answer);
    if (answer.kind == ATTRD_ANSWER_REPLY && answer.reply == NULL) {
        abort();
    }
    xml_free(answer.reply);
}

static void run_step(const xmlNode *step)
{
    uint32_t id = 0;
    long long rc = 0;

    now++;
    if ((id = node_of(step, "client")) != 0) {
        client(id, step);
    } else if ((id = node_of(step, "from")) != 0 && nodes[id].attrd != NULL) {
        send_message(&nodes[id], NULL, step, false);
    } else if ((id = node_of(step, "leave")) != 0) {
        leave(id);
    } else if ((id = node_of(step, "join")) != 0) {
        join(id);
    }
    for (id = 1; id <= NODES; id++) {
        if (nodes[id].attrd != NULL && xml_get(step, "timer") != NULL) {
            attrd_timer_expired(nodes[id].attrd, xml_get(step, "timer"));
        }
        if (nodes[id].attrd != NULL && xml_get_int(step, "written", &rc) == 0) {
            attrd_written(nodes[id].attrd, nodes[id].written, nodes[id].calls, rc == 0 ? 0 : -62);
        }
    }
    deliver();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[INPUT_MAX + 1];
    unsigned steps = 0;

    if (size > INPUT_MAX) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';

    XML_AUTO xmlNode *root = xml_parse(text, NULL);

    now = 100;
    sent = delivered = 0;
    for (uint32_t id = 1; root != NULL && id <= NODES; id++) {
        nodes[id].calls = 0;
        join(id);
    }
    xml_foreach(step, root, NULL) {
        if (++steps <= STEPS_MAX) {
            run_step(step);
        }
    }
    for (uint32_t id = 1; id <= NODES; id++) {
        leave(id);
    }
    for (unsigned i = 0; i < sent; i++) {
        xml_free(queue[i].msg);
    }
    return 0;
}
