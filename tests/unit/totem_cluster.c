/*
 * Totem cores on a perfect network, and their story (totem_cluster.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "totem_cluster.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const timer_name[] = {
    "token", "warn", "retrans", "hold", "merge", "join", "consensus", "heartbeat",
};

static void tell_va(struct cluster *c, const char *format, va_list ap)
{
    int n;

    if (!c->tell) {
        return;
    }
    n = vsnprintf(c->story + c->story_len, STORY_SIZE - c->story_len, format, ap);
    assert_true(n >= 0 && c->story_len + (size_t) n < STORY_SIZE);
    c->story_len += (size_t) n;
}

void cluster_say(struct cluster *c, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    tell_va(c, format, ap);
    va_end(ap);
}

static const char *list(const uint32_t *ids, unsigned n, char *buf, size_t size)
{
    struct node_list l = {.n = n};

    if (n > 0) {
        memcpy(l.id, ids, n * sizeof(ids[0]));
    }
    return node_list_text(&l, buf, size);
}

static void frame_text(const uint8_t *p, size_t len, char *buf, size_t size)
{
    struct token token;
    static struct commit commit;
    static struct join join;
    struct totem_ring ring;
    char a[256], b[256];

    switch (p[HDR_TYPE]) {
    case WIRE_ORF_TOKEN:
        assert_true(token_decode(&token, p, len));
        snprintf(buf, size, "token %u.%u seq %u token_seq %u aru %d/%u%s", token.ring.rep,
                 (unsigned) token.ring.seq,
                 token.seq, token.token_seq, (int) token.aru, token.aru_addr,
                     token.retrans_flg ? " recovering" : "");
        for (unsigned i = 0; i < token.n_rtr; i++) {
            snprintf(buf + strlen(buf), size - strlen(buf), " asks for %u", token.rtr[i].seq);
        }
        break;
    case WIRE_COMMIT_TOKEN:
        assert_true(commit_decode(&commit, p, len));
        snprintf(buf, size, "commit %u.%u {%s} token_seq %u index %u", commit.ring.rep,
                 (unsigned) commit.ring.seq,
                 list(commit.addr.id, commit.addr.n, a, sizeof(a)), commit.token_seq, commit.index);
        for (unsigned i = 0; i < commit.index; i++) {
            const struct commit_entry *e = &commit.entry[i];

            snprintf(buf + strlen(buf), size - strlen(buf), " [%u.%u aru %u delivered %u flg %u]",
                     e->ring.rep,
                     (unsigned) e->ring.seq, e->aru, e->high_delivered, e->received_flg);
        }
        break;
    case WIRE_JOIN:
        assert_true(join_decode(&join, p, len));
        snprintf(buf, size, "%s of %u {%s} failed {%s} ring_seq %u", join.leave ? "leave" : "join", join.from,
                 list(join.proc.id, join.proc.n, a, sizeof(a)), list(join.failed.id, join.failed.n, b,
                                                                     sizeof(b)),
                 (unsigned) join.ring_seq);
        break;
    case WIRE_MCAST:
        ring = get_ring(p + MCAST_RING);
        snprintf(buf, size, "mcast %u.%u seq %u from %u%s", ring.rep, (unsigned) ring.seq,
                 get32(p + MCAST_SEQ),
                 get32(p + MCAST_FROM), p[HDR_ENCAPSULATED] == WIRE_ENCAPSULATED ? " with an old one" : "");
        break;
    case WIRE_MERGE_DETECT:
        ring = get_ring(p + MERGE_RING);
        snprintf(buf, size, "merge detect of %u ring %u.%u", get32(p + MERGE_FROM), ring.rep,
                 (unsigned) ring.seq);
        break;
    default:
        ring = get_ring(p + CANCEL_RING);
        snprintf(buf, size, "hold cancel of %u ring %u.%u", get32(p + HDR_NODEID), ring.rep,
                 (unsigned) ring.seq);
        break;
    }
}

/* ---- network ---- */

static void post(struct cluster *c, uint32_t from, uint32_t to, const void *frame, size_t len)
{
    struct cluster_packet *p;

    if (c->lose != NULL && c->lose(from, to, frame, len)) {
        return;
    }
    p = malloc(sizeof(*p) + len);
    assert_non_null(p);
    *p = (struct cluster_packet) {.at = c->now + 1, .from = from, .to = to, .len = (uint32_t) len};
    memcpy(p->data, frame, len);
    if (c->tail == NULL) {
        c->head = p;
    } else {
        c->tail->next = p;
    }
    c->tail = p;
}

static void on_send_all(void *ctx, const void *frame, size_t len, uint32_t delay_max)
{
    struct cluster_node *n = ctx;
    char text[2048];

    frame_text(frame, len, text, sizeof(text));
    cluster_say(n->cluster, "             all < %s\n", text);
    for (uint32_t id = 1; id <= CLUSTER_NODES; id++) {
        post(n->cluster, n->id, id, frame, len);
    }
}

static void on_send_token(void *ctx, uint32_t target, const void *frame, size_t len)
{
    struct cluster_node *n = ctx;
    char text[2048];

    assert_int_equal(get32((const uint8_t *) frame + HDR_TARGET), target);
    frame_text(frame, len, text, sizeof(text));
    cluster_say(n->cluster, "               %u < %s\n", target, text);
    post(n->cluster, n->id, target, frame, len);
}

/* ---- timers ---- */

static void on_arm(void *ctx, enum totem_timer timer, uint32_t ms)
{
    struct cluster_node *n = ctx;

    n->timer[timer].armed = true;
    n->timer[timer].at = n->cluster->now + ms;
    n->timer[timer].order = ++n->cluster->order;
    if (n->cluster->tell_timers) {
        cluster_say(n->cluster, "                   arm %s %u ms\n", timer_name[timer], ms);
    }
}

static void on_cancel(void *ctx, enum totem_timer timer)
{
    struct cluster_node *n = ctx;

    if (n->timer[timer].armed && n->cluster->tell_timers) {
        cluster_say(n->cluster, "                   cancel %s\n", timer_name[timer]);
    }
    n->timer[timer].armed = false;
}

/* ---- upwards ---- */

static void on_deliver(void *ctx, enum totem_group group, uint32_t from, const void *body, size_t len)
{
    struct cluster_node *n = ctx;

    n->last_len = len;
    memcpy(n->last, body, len < sizeof(n->last) ? len : sizeof(n->last));
    if (group == TOTEM_GROUP_A) {
        n->delivered++;
        n->delivered_bytes += len;
    }
    cluster_say(n->cluster, "                   deliver \"%.*s\" of %u\n", (int) (len < 40 ? len : 40),
                (const char *) body, from);
}

static void on_confchg(void *ctx, const struct totem_confchg *change)
{
    struct cluster_node *n = ctx;
    char members[256], left[256], joined[256];

    cluster_say(n->cluster, "                   %s %u.%u {%s}%s%s%s%s\n",
                change->transitional ? "transitional" : "regular", change->ring.rep,
                    (unsigned) change->ring.seq,
                list(change->members, change->n_members, members, sizeof(members)),
                change->n_left > 0 ? " left " : "", list(change->left, change->n_left, left, sizeof(left)),
                change->n_joined > 0 ? " joined " : "",
                list(change->joined, change->n_joined, joined, sizeof(joined)));
    n->changes += !change->transitional;
    if (!change->transitional && n->sync) {
        totem_trans_ack(n->totem);
    }
}

static void on_persist(void *ctx, uint64_t ring_seq)
{
    struct cluster_node *n = ctx;

    n->ring_seq = ring_seq;
    cluster_say(n->cluster, "                   store ring seq %u\n", (unsigned) ring_seq);
}

static const struct totem_ops ops = {
    .send_all = on_send_all,
    .send_token = on_send_token,
    .arm = on_arm,
    .cancel = on_cancel,
    .deliver = on_deliver,
    .confchg = on_confchg,
    .persist = on_persist,
};

/* ---- running ---- */

struct cluster *cluster_new(void)
{
    struct cluster *c = calloc(1, sizeof(*c));
    struct totem_config config;
    char err[256];

    assert_non_null(c);
    totem_config_defaults(&config);
    config.token = 1000;
    assert_int_equal(totem_config_derive(&config, 2, &c->config, err, sizeof(err)), 0);
    for (uint32_t id = 1; id <= CLUSTER_NODES; id++) {
        c->node[id].cluster = c;
        c->node[id].id = id;
        c->node[id].sync = true;
    }
    c->tell = true;
    return c;
}

static struct cluster_packet *take(struct cluster *c)
{
    struct cluster_packet *p = c->head;

    c->head = p->next;
    if (c->head == NULL) {
        c->tail = NULL;
    }
    return p;
}

void cluster_free(struct cluster *c)
{
    while (c->head != NULL) {
        free(take(c));
    }
    for (uint32_t id = 1; id <= CLUSTER_NODES; id++) {
        totem_free(c->node[id].totem);
    }
    free(c);
}

void cluster_start(struct cluster *c, uint32_t id)
{
    struct totem_config config = c->config;
    struct cluster_node *n = &c->node[id];

    assert_null(n->totem);
    config.my_id = id;
    n->totem = totem_new(&config, &ops, n);
    assert_non_null(n->totem);
    cluster_say(c, "[%6u] %u > start\n", (unsigned) c->now, id);
    totem_start(n->totem, n->ring_seq);
}

void cluster_stop(struct cluster *c, uint32_t id)
{
    cluster_say(c, "[%6u] %u > power failure\n", (unsigned) c->now, id);
    totem_free(c->node[id].totem);
    c->node[id].totem = NULL;
    memset(c->node[id].timer, 0, sizeof(c->node[id].timer));
}

void cluster_inject(struct cluster *c, uint32_t id, const void *frame, size_t len)
{
    totem_recv(c->node[id].totem, frame, len, 0);
}

static void deliver_packet(struct cluster *c, const struct cluster_packet *p)
{
    char text[2048];

    if (c->node[p->to].totem == NULL) {
        return;
    }
    frame_text(p->data, p->len, text, sizeof(text));
    cluster_say(c, "[%6u] %u > %s\n", (unsigned) c->now, p->to, text);
    totem_recv(c->node[p->to].totem, p->data, p->len, 0);
}

/* The timer that expires next, of the node and kind in *id and *kind; false when none is armed. */
static bool next_timer(const struct cluster *c, uint32_t *id, enum totem_timer *kind)
{
    bool found = false;

    for (uint32_t i = 1; i <= CLUSTER_NODES; i++) {
        for (unsigned k = 0; c->node[i].totem != NULL && k < TOTEM_TIMER_COUNT; k++) {
            const struct cluster_node *n = &c->node[i], *best = &c->node[*id];

            if (n->timer[k].armed &&
                (!found || n->timer[k].at < best->timer[*kind].at ||
                 (n->timer[k].at == best->timer[*kind].at && n->timer[k].order < best->timer[*kind].order))) {
                *id = i;
                *kind = (enum totem_timer) k;
                found = true;
            }
        }
    }
    return found;
}

static void expire(struct cluster *c, uint32_t id, enum totem_timer kind)
{
    struct cluster_node *n = &c->node[id];

    c->now = n->timer[kind].at > c->now ? n->timer[kind].at : c->now;
    n->timer[kind].armed = false;
    cluster_say(c, "[%6u] %u > %s timer\n", (unsigned) c->now, id, timer_name[kind]);
    totem_timer_expired(n->totem, kind);
}

void cluster_run(struct cluster *c, uint64_t ms)
{
    uint64_t until = c->now + ms;

    for (;;) {
        uint32_t id = 1;
        enum totem_timer kind = TOTEM_TIMER_TOKEN;
        bool timer = next_timer(c, &id, &kind);

        if (c->head != NULL && c->head->at <= until && (!timer ||
                                                        c->head->at <= c->node[id].timer[kind].at)) {
            struct cluster_packet *p = take(c);

            c->now = p->at;
            deliver_packet(c, p);
            free(p);
        } else if (timer && c->node[id].timer[kind].at <= until) {
            expire(c, id, kind);
        } else {
            break;
        }
    }
    c->now = until;
}

void cluster_send(struct cluster *c, uint32_t id, const char *text)
{
    struct iovec iov = {.iov_base = (void *) (uintptr_t) text, .iov_len = strlen(text)};

    cluster_say(c, "[%6u] %u > send \"%.40s\"\n", (unsigned) c->now, id, text);
    assert_int_equal(totem_send(c->node[id].totem, TOTEM_GROUP_A, &iov, 1, TOTEM_AGREED), 0);
}

void cluster_tell(struct cluster *c)
{
    c->tell = true;
    c->story_len = 0;
    c->story[0] = '\0';
}

/*
 * Shows the first line that differs, or with SHOW_STORY in the environment the whole story without comparing.
 */
void cluster_expect(struct cluster *c, const char *story)
{
    const char *a = c->story, *b = story;

    if (getenv("SHOW_STORY") != NULL) {
        fprintf(stderr, "%s", c->story);
        return;
    }
    while (*a != '\0' || *b != '\0') {
        size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");

        if (n != m || strncmp(a, b, n) != 0) {
            print_error("expected: %.*s\nhappened: %.*s\n", (int) m, b, (int) n, a);
            fail();
        }
        a += n + (a[n] == '\n');
        b += m + (b[m] == '\n');
    }
}
