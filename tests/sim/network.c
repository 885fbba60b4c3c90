/*
 * The network: every frame to every node goes its own way, decided by the seed.
 */
#include "sim.h"

#define LIMITED_BACKLOG     (512 * 1024u)   /* bytes a slow link's sender queues before it drops */
#define LOOPBACK_DELAY      5u              /* us */

struct sim_node *sim_find(struct sim *s, uint32_t id)
{
    return id >= 1 && id <= s->n_nodes ? &s->node[id - 1] : NULL;
}

static struct packet *packet_new(const void *frame, size_t len)
{
    struct packet *p = malloc(sizeof(*p) + len);

    assert(p != NULL);
    p->refs = 1;
    p->len = (uint32_t) len;
    memcpy(p->data, frame, len);
    return p;
}

/* Time a frame needs to get onto a slow link; false when the sender's queue is full. */
static bool occupy(struct sim *s, struct link *l, size_t len, uint64_t *wait)
{
    uint64_t takes;

    if (l->bytes_per_ms == 0) {
        return true;
    }
    takes = len * SIM_MS / l->bytes_per_ms;
    if (l->free_at < s->now) {
        l->free_at = s->now;
    }
    if (l->free_at - s->now > LIMITED_BACKLOG * SIM_MS / l->bytes_per_ms) {
        return false;
    }
    l->free_at += takes;
    *wait += l->free_at - s->now;
    return true;
}

/* The same for the queue in front of a node; the time it adds is not known before the frame gets there. */
static bool enter(struct sim *s, struct ingress *in, size_t len, uint64_t *at)
{
    if (in->bytes_per_ms == 0) {
        return true;
    }
    if (in->free_at < *at) {
        in->free_at = *at;
    }
    if ((in->free_at - *at) * in->bytes_per_ms / SIM_MS + len > in->queue) {
        return false;
    }
    in->free_at += len * SIM_MS / in->bytes_per_ms;
    *at = in->free_at;
    return true;
}

static void arrive(struct sim *s, struct sim_node *from, struct sim_node *to, struct packet *p, uint64_t at)
{
    p->refs++;
    events_push(s, (struct event) {
        .at = at, .kind = EVENT_FRAME, .node = to->index, .from = from->index, .life = to->life, .packet = p,
    });
}

/* A node's frames to itself are never lost and keep their order. */
static void loop_back(struct sim *s, struct sim_node *n, struct packet *p, uint64_t wait)
{
    uint64_t at = s->now + wait + LOOPBACK_DELAY;

    if (p->data[HDR_TYPE] == WIRE_MCAST && !s->loopback_mcast) {
        return;
    }
    if (at < n->last_self_arrival) {
        at = n->last_self_arrival;
    }
    n->last_self_arrival = at;
    arrive(s, n, n, p, at);
}

static void transmit(struct sim *s, struct sim_node *from, struct sim_node *to, struct packet *p,
                     uint64_t wait)
{
    struct link *l = &s->link[from->index][to->index];
    uint64_t at;

    if (from == to) {
        loop_back(s, from, p, wait);
        return;
    }
    if (!to->alive || l->cut || sim_chance(s, s->loss) || sim_chance(s, l->loss) ||
        !occupy(s, l, p->len, &wait)) {
        return;
    }
    s->frames++;
    s->bytes += p->len;
    at = s->now + wait + s->delay + l->extra_delay + sim_below(s, s->jitter + 1);
    if (!enter(s, &to->ingress, p->len, &at)) {
        return;
    }
    if (!sim_chance(s, s->reorder) && at < l->last_arrival) {
        at = l->last_arrival;
    }
    if (at > l->last_arrival) {
        l->last_arrival = at;
    }
    arrive(s, from, to, p, at);
    if (sim_chance(s, s->duplicate)) {
        arrive(s, from, to, p, at + sim_below(s, 2 * (uint64_t) s->delay + 1));
    }
}

void network_send_all(struct sim *s, struct sim_node *from, const void *frame, size_t len, uint64_t wait)
{
    struct packet *p = packet_new(frame, len);

    for (unsigned i = 0; i < s->n_nodes; i++) {
        transmit(s, from, &s->node[i], p, wait);
    }
    packet_unref(p);
}

void network_send_one(struct sim *s, struct sim_node *from, uint32_t target, const void *frame, size_t len)
{
    struct sim_node *to = sim_find(s, target);
    struct packet *p;

    if (to == NULL) {
        return;
    }
    p = packet_new(frame, len);
    transmit(s, from, to, p, 0);
    packet_unref(p);
}
