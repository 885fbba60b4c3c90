/*
 * Above the ring: a synchronisation of one barrier, and an application that sends numbered messages.
 */
#include "sim.h"

#define BARRIER_SIZE    12                  /* at least; the rest is filling, to make a message of several frames */
#define BARRIER_LONGEST 5000
#define BODY_HEADER     8                   /* u32 number, u32 size */

void layers_boot(struct sim *s, struct sim_node *n)
{
    n->in_sync = true;
    n->barrier_pending = false;
    n->sync_ring = (struct totem_ring) {.rep = 0};
    node_list_clear(&n->barriers);
    node_list_clear(&n->sync_members);
    if (s->app_interval > 0) {
        events_push(s, (struct event) {
            .at = s->now + sim_below(s, 2 * (uint64_t) s->app_interval), .kind = EVENT_APP, .node = n->index,
            .life = n->life,
        });
    }
}

static void send_barrier(struct sim *s, struct sim_node *n)
{
    uint8_t body[BARRIER_LONGEST] = {0};
    struct iovec iov = {.iov_base = body, .iov_len = BARRIER_SIZE};

    if (sim_chance(s, 20)) {
        iov.iov_len += sim_below(s, BARRIER_LONGEST - BARRIER_SIZE);
    }
    put_ring(body, n->sync_ring);
    n->barrier_pending = totem_send(n->totem, TOTEM_GROUP_SYNC, &iov, 1, TOTEM_AGREED) != 0;
}

void layers_token(struct sim *s, struct sim_node *n)
{
    if (n->barrier_pending) {
        send_barrier(s, n);
    }
}

void layers_confchg(struct sim *s, struct sim_node *n, const struct totem_confchg *change)
{
    n->in_sync = true;
    n->sync_ring = (struct totem_ring) {.rep = 0};
    if (change->transitional) {
        return;
    }
    n->sync_ring = change->ring;
    node_list_clear(&n->barriers);
    node_list_clear(&n->sync_members);
    for (unsigned i = 0; i < change->n_members; i++) {
        node_list_add(&n->sync_members, change->members[i]);
    }
    send_barrier(s, n);
}

static void recv_barrier(struct sim *s, struct sim_node *n, uint32_t from, const uint8_t *body, size_t len)
{
    if (len < BARRIER_SIZE || !ring_equal(get_ring(body), n->sync_ring)) {
        return;
    }
    node_list_add(&n->barriers, from);
    if (n->in_sync && node_list_same(&n->barriers, &n->sync_members)) {
        n->in_sync = false;
        n->syncs++;
        sim_note(s, n, "  synchronised");
        totem_trans_ack(n->totem);
    }
}

static uint8_t pattern(uint32_t id, uint32_t i)
{
    return (uint8_t) (id * 31 + i * 7 + (i >> 8));
}

static uint8_t *compose(uint32_t id, uint32_t size)
{
    static uint8_t body[TOTEM_MAX_MESSAGE];

    put32(body, id);
    put32(body + 4, size);
    for (uint32_t i = BODY_HEADER; i < size; i++) {
        body[i] = pattern(id, i);
    }
    return body;
}

static uint32_t add_message(struct sim *s, struct sim_node *n, uint32_t size, bool mandatory)
{
    if (s->n_messages == s->messages_capacity) {
        s->messages_capacity = s->messages_capacity == 0 ? 1024 : 2 * s->messages_capacity;
        s->message = realloc(s->message, s->messages_capacity * sizeof(*s->message));
        assert(s->message != NULL);
    }
    s->message[s->n_messages] = (struct message) {
        .sender = n->index,
        .life = n->life,
        .size = size,
        .ring_seq = n->installed == NULL ? 0 : n->installed->ring.seq,
        .transitional = totem_waiting_trans_ack(n->totem),
        .mandatory = mandatory,
    };
    return s->n_messages++;
}

/* False when the ring's queue is full: nothing was sent. */
bool app_send(struct sim *s, struct sim_node *n, uint32_t size, bool mandatory)
{
    uint32_t id;
    struct iovec iov[2];
    uint8_t *body;

    if (size < BODY_HEADER) {
        size = BODY_HEADER;
    }
    id = add_message(s, n, size, mandatory);
    body = compose(id, size);
    iov[0] = (struct iovec) {.iov_base = body, .iov_len = BODY_HEADER};
    iov[1] = (struct iovec) {.iov_base = body + BODY_HEADER, .iov_len = size - BODY_HEADER};
    if (totem_send(n->totem, TOTEM_GROUP_A, iov, 2, TOTEM_AGREED) != 0) {
        s->n_messages--;
        return false;
    }
    s->app_bytes += size;
    sim_note(s, n, "< message %u of %u bytes%s", id, size, s->message[id].transitional ? ", transitional" : "");
    return true;
}

static uint32_t random_size(struct sim *s)
{
    unsigned dice = (unsigned) sim_below(s, 100);
    uint64_t max = dice < 70 ? 200 : dice < 90 ? 3000 : dice < 98 ? 70000 : s->app_max_size;

    return (uint32_t) (BODY_HEADER + sim_below(s, max < s->app_max_size ? max : s->app_max_size));
}

void app_wakeup(struct sim *s, struct sim_node *n)
{
    /* while synchronising, clients are held back; a service still sends now and then */
    if (s->app_bytes < s->app_budget && (!n->in_sync || sim_chance(s, 10))) {
        for (unsigned burst = sim_chance(s, 5) ? 20 : 1; burst > 0 && app_send(s, n, random_size(s), false); burst--) {
        }
    }
    events_push(s, (struct event) {
        .at = s->now + 1 + sim_below(s, 2 * (uint64_t) s->app_interval), .kind = EVENT_APP, .node = n->index,
        .life = n->life,
    });
}

static void recv_message(struct sim *s, struct sim_node *n, uint32_t from, const uint8_t *body, size_t len)
{
    uint32_t id = len < BODY_HEADER ? UINT32_MAX : get32(body);

    if (id >= s->n_messages || s->message[id].size != len || get32(body + 4) != len ||
        s->node[s->message[id].sender].id != from) {
        sim_fail(s, n, "garbled message %u of %zu bytes from %u", id, len, from);
        return;
    }
    for (uint32_t i = BODY_HEADER; i < len; i += i < 64 || i + 64 > len ? 1 : 61) {
        if (body[i] != pattern(id, i)) {
            sim_fail(s, n, "message %u of %zu bytes differs at byte %u", id, len, i);
            return;
        }
    }
    check_message(s, n, id);
}

void layers_deliver(struct sim *s, struct sim_node *n, enum totem_group group, uint32_t from,
                    const uint8_t *body, size_t len)
{
    if (group == TOTEM_GROUP_SYNC) {
        recv_barrier(s, n, from, body, len);
    } else {
        recv_message(s, n, from, body, len);
    }
}
