/*
 * Votes. What must hold: two partitions are never both quorate (with options that promise so), and in the end
 * the members of the one ring agree.
 */
#include "sim.h"

#define S(ctx)  (((struct binding *) (ctx))->sim)
#define N(ctx)  (((struct binding *) (ctx))->node)

static bool disjoint(const struct node_list *a, const struct node_list *b)
{
    for (unsigned i = 0; i < a->n; i++) {
        if (node_list_has(b, a->id[i])) {
            return false;
        }
    }
    return true;
}

static void check_exclusive(struct sim *s, struct sim_node *n)
{
    for (unsigned i = 0; i < s->n_nodes; i++) {
        struct sim_node *other = &s->node[i];

        if (other != n && other->alive && other->quorate && disjoint(&n->vote_members,
                                                                     &other->vote_members)) {
            sim_fail(s, n, "is quorate, and so is node %u in another partition", other->id);
        }
    }
}

static void on_quorum(void *ctx, bool quorate, const uint32_t *members, size_t count,
                      const struct totem_ring *ring)
{
    struct sim_node *n = N(ctx);
    char text[512];

    n->quorate = quorate;
    node_list_clear(&n->vote_members);
    if (count == 0) {       /* before the first membership */
        node_list_add(&n->vote_members, n->id);
    }
    for (size_t i = 0; i < count; i++) {
        node_list_add(&n->vote_members, members[i]);
    }
    sim_note(S(ctx), n, "  %squorate {%s}", quorate ? "" : "not ",
             node_list_text(&n->vote_members, text, sizeof(text)));
    if (quorate && S(ctx)->exclusive_quorum) {
        check_exclusive(S(ctx), n);
    }
    if (S(ctx)->on_quorum != NULL) {
        S(ctx)->on_quorum(S(ctx), n, quorate, members, count, ring);
    }
}

static int on_send(void *ctx, const void *msg, size_t size)
{
    struct iovec iov = {.iov_base = (void *) (uintptr_t) msg, .iov_len = size};

    return layers_send(S(ctx), N(ctx), &iov, 1);
}

static void on_timer_start(void *ctx, enum vq_timer timer, uint32_t ms)
{
    struct sim *s = S(ctx);
    struct sim_node *n = N(ctx);

    n->vote_timer[timer].armed = true;
    n->vote_timer[timer].generation = ++s->next_generation;
    events_push(s, (struct event) {
        .at = s->now + ms * SIM_MS, .kind = EVENT_VOTE_TIMER, .node = n->index, .life = n->life,
        .timer = (uint32_t) timer, .generation = s->next_generation,
    });
}

static void on_timer_stop(void *ctx, enum vq_timer timer)
{
    N(ctx)->vote_timer[timer].armed = false;
}

static void on_notify(void *ctx)
{
}

static void on_notify_expected(void *ctx, uint32_t expected)
{
}

static void on_register_answer(void *ctx, cs_error_t error)
{
    if (error == CS_OK) {
        device_registered(S(ctx), N(ctx));
    } else {
        sim_fail(S(ctx), N(ctx), "does not register the device: %d", (int) error);
    }
}

static void on_publish(void *ctx, enum vq_value value, uint32_t number)
{
    if (value == VQ_VALUE_EV_TRACKING_BARRIER) {
        N(ctx)->vote_barrier = number;
    }
}

static void on_log(void *ctx, int priority, const char *text)
{
    sim_note(S(ctx), N(ctx), "  votequorum: %s", text);
}

void quorum_timer(struct sim *s, struct sim_node *n, const struct event *e)
{
    if (n->vote_timer[e->timer].armed && n->vote_timer[e->timer].generation == e->generation) {
        n->vote_timer[e->timer].armed = false;
        vq_timer_expired(n->vq, (enum vq_timer) e->timer);
    }
}

/* Options all nodes have. Those that trade exclusiveness for availability are exempt from the check. */
void quorum_pick(struct sim *s)
{
    unsigned dice = (unsigned) sim_below(s, 100);

    s->votes = (struct vq_config) {
        .have_nodelist = true,
        .node_count = s->n_nodes,
        .votes_sum = s->n_nodes,
        .own_votes = 1,
        .device_timeout = 10000,
        .device_sync_timeout = 30000,
        .last_man_standing_window = 1000,
    };
    s->exclusive_quorum = true;
    if (dice < 15) {
        s->votes.wait_for_all_set = s->votes.wait_for_all = true;
    } else if (dice < 30) {
        s->votes.auto_tie_breaker = true;
    } else if (dice < 40) {
        s->votes.last_man_standing = true;
        s->votes.wait_for_all_set = s->votes.wait_for_all = true;
        s->exclusive_quorum = false;
    } else if (dice < 50) {
        s->votes.allow_downscale = true;
        s->exclusive_quorum = false;
    } else if (dice < 60) {
        s->votes.expected_votes_tracking = true;
    } else if (s->n_nodes == 2 && dice < 85) {
        s->votes.two_node = true;
        s->votes.wait_for_all_set = dice < 70;
        s->exclusive_quorum = false;
    } else if (s->n_nodes > 1 && dice < 90) {
        device_pick(s);
    }
}

void quorum_boot(struct sim *s, struct sim_node *n)
{
    struct vq_ops ops = {
        .ctx = node_binding(s, n),
        .send = on_send,
        .timer_start = on_timer_start,
        .timer_stop = on_timer_stop,
        .quorum = on_quorum,
        .notify_quorum = on_notify,
        .notify_nodelist = on_notify,
        .notify_expected_votes = on_notify_expected,
        .register_answer = on_register_answer,
        .publish = on_publish,
        .log = on_log,
    };
    struct vq_config config = s->votes;
    const char *error;

    config.tracking_barrier = n->vote_barrier;
    n->quorate = false;
    node_list_clear(&n->vote_members);
    memset(n->vote_timer, 0, sizeof(n->vote_timer));
    n->vq = vq_new(n->id, &ops);
    assert(n->vq != NULL);
    error = vq_start(n->vq, &config);
    if (error != NULL) {
        sim_fail(s, n, "votequorum: %s", error);
    }
    device_boot(s, n);
}

void quorum_stop(struct sim_node *n)
{
    vq_free(n->vq);
    n->vq = NULL;
    n->quorate = false;
}

void quorum_check_end(struct sim *s)
{
    struct sim_node *first = NULL;
    struct vq_info a, b;
    unsigned alive = 0;

    for (unsigned i = 0; i < s->n_nodes && !s->failed; i++) {
        struct sim_node *n = &s->node[i];

        if (!n->alive) {
            continue;
        }
        alive++;
        first = first == NULL ? n : first;
        if (vq_get_info(first->vq, first->id, &a) != CS_OK || vq_get_info(n->vq, n->id, &b) != CS_OK ||
            a.total_votes != b.total_votes || a.quorum != b.quorum || first->quorate != n->quorate ||
            !node_list_same(&n->vote_members, &n->installed->members)) {
            sim_fail(s, n, "counts votes otherwise than node %u", first->id);
        }
    }
    if (!s->failed && alive == s->n_nodes && !first->quorate) {
        sim_fail(s, first, "all nodes are there but there is no quorum");
    }
}
