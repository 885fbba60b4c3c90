/*
 * An application that sends numbered messages of all sizes, with a content that can be checked.
 */
#include "sim.h"

#define BODY_HEADER     24                  /* id, size as every service's messages; number */
#define BODY_NUMBER     16

void app_boot(struct sim *s, struct sim_node *n)
{
    if (s->app_interval > 0) {
        events_push(s, (struct event) {
            .at = s->now + sim_below(s, 2 * (uint64_t) s->app_interval), .kind = EVENT_APP, .node = n->index,
            .life = n->life,
        });
    }
}

static uint8_t pattern(uint32_t id, uint32_t i)
{
    return (uint8_t) (id * 31 + i * 7 + (i >> 8));
}

static uint8_t *compose(uint32_t id, uint32_t size)
{
    static uint8_t body[TOTEM_MAX_MESSAGE];

    memset(body, 0, BODY_HEADER);
    put32(body, APP_SERVICE << 16);
    put32(body + 8, size);
    put32(body + BODY_NUMBER, id);
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
    if (layers_send(s, n, iov, 2) != 0) {
        s->n_messages--;
        return false;
    }
    s->app_bytes += size;
    sim_note(s, n, "< message %u of %u bytes", id, size);
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
    if (s->app_bytes < s->app_budget && (!sync_in_progress(n->sync) || sim_chance(s, 10))) {
        for (unsigned burst = sim_chance(s, 5) ? 20 : 1;
             burst > 0 && app_send(s, n, random_size(s), false); burst--) {
        }
    }
    events_push(s, (struct event) {
        .at = s->now + 1 + sim_below(s, 2 * (uint64_t) s->app_interval), .kind = EVENT_APP, .node = n->index,
        .life = n->life,
    });
}

void app_receive(struct sim *s, struct sim_node *n, uint32_t from, const uint8_t *body, size_t len)
{
    uint32_t id = len < BODY_HEADER ? UINT32_MAX : get32(body + BODY_NUMBER);

    if (id >= s->n_messages || s->message[id].size != len || get32(body + 8) != len ||
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
