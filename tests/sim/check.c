/*
 * What must hold, checked as it happens:
 *  - a frame is determined by ring and sequence number;
 *  - a message is delivered at one place of the order by everybody who delivers it, to nobody twice, and
 *    messages of one sender in the order they were sent;
 *  - a regular configuration change follows exactly one transitional of the same ring; rings of one id have
 *    the same members; ring numbers of a node only grow, across restarts too;
 *  - nodes that move together from one ring to the next have delivered the same on the old one (extended
 *    virtual synchrony). A node may lack a message only if the sender began it before the two of them met;
 *  - in the end there is one ring of all living nodes, every node has delivered what it sent itself, and all
 *    have delivered what was sent in that ring;
 *  - the core's own invariants of section 16.4.
 */
#include "sim.h"

static void log_add(struct log *l, uint32_t id)
{
    if (l->n == l->capacity) {
        l->capacity = l->capacity == 0 ? 64 : 2 * l->capacity;
        l->id = realloc(l->id, l->capacity * sizeof(*l->id));
        assert(l->id != NULL);
    }
    l->id[l->n++] = id;
}

static unsigned ring_bucket(struct totem_ring ring)
{
    return (unsigned) ((ring.seq * 31 + ring.rep) % 256);
}

static struct ring_info *ring_find(struct sim *s, struct totem_ring ring)
{
    struct ring_info *r = s->rings[ring_bucket(ring)];

    while (r != NULL && !ring_equal(r->ring, ring)) {
        r = r->next;
    }
    return r;
}

static struct ring_info *ring_add(struct sim *s, struct totem_ring ring, const struct node_list *members)
{
    struct ring_info *r = calloc(1, sizeof(*r));
    unsigned bucket = ring_bucket(ring);

    assert(r != NULL);
    r->ring = ring;
    r->members = *members;
    r->next = s->rings[bucket];
    s->rings[bucket] = r;
    return r;
}

static void closing_free(struct closing *c)
{
    free(c->order.id);
    free(c);
}

void check_free(struct sim *s)
{
    for (unsigned i = 0; i < 256; i++) {
        while (s->rings[i] != NULL) {
            struct ring_info *r = s->rings[i];

            s->rings[i] = r->next;
            while (r->closings != NULL) {
                struct closing *c = r->closings;

                r->closings = c->next;
                closing_free(c);
            }
            free(r);
        }
    }
    for (unsigned i = 0; i < s->n_nodes; i++) {
        free(s->node[i].order.id);
        free(s->node[i].delivered);
    }
    free(s->wire);
    free(s->message);
}

void check_boot(struct sim *s, struct sim_node *n)
{
    n->installed = NULL;
    n->closing = NULL;
    n->between = false;
    n->order.n = n->mark = 0;
    n->announced = (struct totem_ring) {.rep = 0, .seq = n->stored_ring_seq};
    node_list_clear(&n->trans);
    memset(n->together_since, 0, sizeof(n->together_since));
    memset(n->last_heard_life, 0, sizeof(n->last_heard_life));
    if (n->delivered != NULL) {
        memset(n->delivered, 0, n->delivered_size);
    }
}

/* ---- frames ---- */

static uint32_t digest(const uint8_t *p, size_t len)
{
    uint64_t h = len * 0x9e3779b97f4a7c15ull;

    for (; len >= 8; p += 8, len -= 8) {
        h = (h ^ get64(p)) * 0xff51afd7ed558ccdull;
        h ^= h >> 32;
    }
    for (; len > 0; p++, len--) {
        h = (h ^ *p) * 0xff51afd7ed558ccdull;
    }
    return (uint32_t) (h ^ (h >> 32));
}

static struct wire_entry *wire_slot(struct wire_entry *table, uint32_t capacity, struct totem_ring ring,
                                    uint32_t seq)
{
    uint32_t i = (uint32_t) ((ring.seq * 0x9e3779b97f4a7c15ull + ring.rep * 77 + seq * 2654435761u) >> 7);

    for (;; i++) {
        struct wire_entry *e = &table[i & (capacity - 1)];

        if (e->seq == 0 || (e->seq == seq && ring_equal(e->ring, ring))) {
            return e;
        }
    }
}

static void wire_grow(struct sim *s)
{
    uint32_t capacity = s->wire_capacity == 0 ? 1024 : 2 * s->wire_capacity;
    struct wire_entry *table = calloc(capacity, sizeof(*table));

    assert(table != NULL);
    for (uint32_t i = 0; i < s->wire_capacity; i++) {
        if (s->wire[i].seq != 0) {
            *wire_slot(table, capacity, s->wire[i].ring, s->wire[i].seq) = s->wire[i];
        }
    }
    free(s->wire);
    s->wire = table;
    s->wire_capacity = capacity;
}

void check_wire(struct sim *s, struct sim_node *n, const uint8_t *frame, size_t len)
{
    struct wire_entry *e;
    uint32_t seq, d;
    struct totem_ring ring;

    if (frame[HDR_TYPE] != WIRE_MCAST) {
        return;
    }
    ring = get_ring(frame + MCAST_RING);
    seq = get32(frame + MCAST_SEQ);
    d = digest(frame, len);
    if (2 * s->wire_n >= s->wire_capacity) {
        wire_grow(s);
    }
    e = wire_slot(s->wire, s->wire_capacity, ring, seq);
    if (e->seq == 0) {
        *e = (struct wire_entry) {.ring = ring, .seq = seq, .digest = d};
        s->wire_n++;
    } else if (e->digest != d) {
        sim_fail(s, n, "sends another frame as %x.%llx seq %u", ring.rep, (unsigned long long) ring.seq, seq);
    }
}

/* ---- messages ---- */

/* The sender began the message before it and the node met. */
static bool may_lack(const struct sim *s, const uint64_t *together_since, uint32_t id)
{
    return s->message[id].ring_seq < together_since[s->message[id].sender];
}

static bool mark_delivered(struct sim_node *n, uint32_t id)
{
    if (id / 8 >= n->delivered_size) {
        uint32_t size = n->delivered_size == 0 ? 256 : 2 * n->delivered_size;

        while (size <= id / 8) {
            size *= 2;
        }
        n->delivered = realloc(n->delivered, size);
        assert(n->delivered != NULL);
        memset(n->delivered + n->delivered_size, 0, size - n->delivered_size);
        n->delivered_size = size;
    }
    if ((n->delivered[id / 8] & (1u << id % 8)) != 0) {
        return false;
    }
    n->delivered[id / 8] |= (uint8_t) (1u << id % 8);
    return true;
}

static bool has_delivered(const struct sim_node *n, uint32_t id)
{
    return id / 8 < n->delivered_size && (n->delivered[id / 8] & (1u << id % 8)) != 0;
}

static void check_fifo(struct sim *s, struct sim_node *n, uint32_t id)
{
    const struct message *m = &s->message[id];

    if (n->last_heard_life[m->sender] == m->life && id <= n->last_heard[m->sender]) {
        sim_fail(s, n, "message %u of node %u delivered after its %u", id, m->sender + 1,
                 n->last_heard[m->sender]);
    }
    n->last_heard_life[m->sender] = m->life;
    n->last_heard[m->sender] = id;
}

void check_message(struct sim *s, struct sim_node *n, uint32_t id)
{
    struct message *m = &s->message[id];
    struct totem_ring ring = n->totem->old_ring;
    uint32_t seq = n->totem->high_delivered;

    sim_note(s, n, "  delivers message %u of %u (%x.%llx seq %u)", id, m->sender + 1, ring.rep,
             (unsigned long long) ring.seq, seq);
    if (n->installed == NULL || !ring_equal(n->installed->ring, ring)) {
        sim_fail(s, n, "message %u delivered outside of a ring", id);
        return;
    }
    if (!mark_delivered(n, id)) {
        sim_fail(s, n, "message %u of node %u delivered twice", id, m->sender + 1);
        return;
    }
    n->delivered_count++;
    if (m->at_ring.rep == 0) {
        m->at_ring = ring;
        m->at_seq = seq;
    } else if (!ring_equal(m->at_ring, ring) || m->at_seq != seq) {
        sim_fail(s, n, "message %u delivered at %x.%llx seq %u, elsewhere at %x.%llx seq %u", id, ring.rep,
                 (unsigned long long) ring.seq, seq, m->at_ring.rep, (unsigned long long) m->at_ring.seq,
                 m->at_seq);
    }
    check_fifo(s, n, id);
    log_add(&n->order, id);
}

/* ---- configuration changes ---- */

static void to_list(struct node_list *l, const uint32_t *ids, unsigned count)
{
    node_list_clear(l);
    for (unsigned i = 0; i < count; i++) {
        node_list_add(l, ids[i]);
    }
}

static struct closing *closing_get(struct ring_info *r, struct totem_ring to, bool *created)
{
    struct closing *c = r->closings;

    while (c != NULL && !ring_equal(c->to, to)) {
        c = c->next;
    }
    *created = c == NULL;
    if (c == NULL) {
        c = calloc(1, sizeof(*c));
        assert(c != NULL);
        c->to = to;
        c->next = r->closings;
        r->closings = c;
    }
    return c;
}

static void open_closing(struct sim *s, struct sim_node *n, const struct totem_confchg *change)
{
    bool created;
    struct closing *c = closing_get(n->installed, change->ring, &created);

    if (created) {
        c->trans = n->trans;
        c->high_delivered = n->totem->high_delivered;
    } else if (!node_list_same(&c->trans, &n->trans)) {
        sim_fail(s, n, "other transitional members than its companions");
    } else if (c->high_delivered != n->totem->high_delivered) {
        sim_fail(s, n, "delivered up to %u before the transitional change, its companions up to %u",
                 n->totem->high_delivered, c->high_delivered);
    }
    n->closing = c;
    n->mark = n->order.n;
}

static void check_transitional(struct sim *s, struct sim_node *n, const struct totem_confchg *change)
{
    struct node_list left, expected;

    if (n->between) {
        sim_fail(s, n, "two transitional changes in a row");
    }
    if (change->ring.seq <= n->announced.seq || change->ring.seq > n->stored_ring_seq) {
        sim_fail(s, n, "ring %llx after %llx, stored %llx", (unsigned long long) change->ring.seq,
                 (unsigned long long) n->announced.seq, (unsigned long long) n->stored_ring_seq);
    }
    n->between = true;
    n->announced = change->ring;
    to_list(&n->trans, change->members, change->n_members);
    to_list(&left, change->left, change->n_left);
    node_list_clear(&expected);
    if (n->installed != NULL) {
        node_list_minus(&expected, &n->installed->members, &n->trans);
        if (!node_list_has(&n->trans, n->id)) {
            sim_fail(s, n, "is not in its own transitional configuration");
        }
        open_closing(s, n, change);
    } else if (n->trans.n > 0) {
        sim_fail(s, n, "has transitional members in its first configuration");
    }
    if (!node_list_same(&left, &expected)) {
        sim_fail(s, n, "left list is not old members minus transitional ones");
    }
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

    return x < y ? -1 : x > y;
}

static struct log sorted_copy(const struct log *l)
{
    struct log copy = {.n = 0};

    for (uint32_t i = 0; i < l->n; i++) {
        log_add(&copy, l->id[i]);
    }
    if (copy.n > 0) {
        qsort(copy.id, copy.n, sizeof(copy.id[0]), compare_numbers);
    }
    return copy;
}

static bool contains(const struct log *sorted, uint32_t id)
{
    return sorted->n > 0 && bsearch(&id, sorted->id, sorted->n, sizeof(id), compare_numbers) != NULL;
}

/* Steps over messages the other node does not have but may lack. */
static uint32_t skip_lacking(struct sim *s, const struct log *l, uint32_t i, const struct log *other,
                             const uint64_t *other_since)
{
    while (i < l->n && !contains(other, l->id[i]) && may_lack(s, other_since, l->id[i])) {
        i++;
    }
    return i;
}

/*
 * Both left the same ring for the same ring: they must have delivered the same, with marks at the same place.
 */
static void compare_logs(struct sim *s, struct sim_node *n, const struct closing *c)
{
    struct log mine = sorted_copy(&n->order), theirs = sorted_copy(&c->order);
    uint32_t i = 0, j = 0;

    for (;; i++, j++) {
        i = skip_lacking(s, &n->order, i, &theirs, c->together_since);
        j = skip_lacking(s, &c->order, j, &mine, n->together_since);
        if (i == n->order.n || j == c->order.n || n->order.id[i] != c->order.id[j] ||
            (i < n->mark) != (j < c->mark)) {
            break;
        }
    }
    if (i < n->order.n || j < c->order.n) {
        sim_fail(s, n, "delivered other messages than node %u on ring %x.%llx: %d where that has %d",
                 c->node + 1,
                 n->installed->ring.rep, (unsigned long long) n->installed->ring.seq,
                 i < n->order.n ? (int) n->order.id[i] : -1, j < c->order.n ? (int) c->order.id[j] : -1);
    }
    free(mine.id);
    free(theirs.id);
}

static void close_ring(struct sim *s, struct sim_node *n)
{
    struct closing *c = n->closing;

    if (c == NULL) {
        return;
    }
    if (c->complete) {
        compare_logs(s, n, c);
    } else {
        c->complete = true;
        c->node = n->index;
        c->mark = n->mark;
        memcpy(c->together_since, n->together_since, sizeof(c->together_since));
        for (uint32_t i = 0; i < n->order.n; i++) {
            log_add(&c->order, n->order.id[i]);
        }
    }
    n->closing = NULL;
}

static void check_regular(struct sim *s, struct sim_node *n, const struct totem_confchg *change)
{
    struct node_list members, joined, expected;
    struct ring_info *r;

    if (!n->between || !ring_equal(change->ring, n->announced)) {
        sim_fail(s, n, "regular change without its transitional one");
    }
    n->between = false;
    to_list(&members, change->members, change->n_members);
    to_list(&joined, change->joined, change->n_joined);
    node_list_minus(&expected, &members, &n->trans);
    if (!node_list_same(&joined, &expected) || change->n_left != 0) {
        sim_fail(s, n, "joined list is not members minus transitional ones");
    }
    if (!node_list_has(&members, n->id) || node_list_min(&members) != change->ring.rep) {
        sim_fail(s, n, "is not a member, or the representative is not the lowest");
    }
    close_ring(s, n);
    for (unsigned i = 0; i < s->n_nodes; i++) {
        if (!node_list_has(&n->trans, s->node[i].id)) {
            n->together_since[i] = change->ring.seq;
        }
    }
    r = ring_find(s, change->ring);
    if (r == NULL) {
        r = ring_add(s, change->ring, &members);
    } else if (!node_list_same(&r->members, &members)) {
        sim_fail(s, n, "other members of ring %x.%llx than elsewhere", change->ring.rep,
                 (unsigned long long) change->ring.seq);
    }
    n->installed = r;
    n->order.n = n->mark = 0;
}

void check_confchg(struct sim *s, struct sim_node *n, const struct totem_confchg *change)
{
    char members[512];
    struct node_list l;

    to_list(&l, change->members, change->n_members);
    sim_note(s, n, "  %s configuration %x.%llx {%s}", change->transitional ? "transitional" : "regular",
             change->ring.rep, (unsigned long long) change->ring.seq,
             node_list_text(&l, members, sizeof(members)));
    if (change->transitional) {
        check_transitional(s, n, change);
    } else {
        check_regular(s, n, change);
    }
}

/* ---- the core itself ---- */

void check_step(struct sim *s, struct sim_node *n)
{
    const struct totem *t = n->totem;

    if (t->state == TOTEM_OPERATIONAL &&
        (seq_lt(t->high_seq, t->aru) || seq_lt(t->aru, t->high_delivered) ||
         seq_lt(t->high_delivered, t->last_released))) {
        sim_fail(s, n, "released %u delivered %u aru %u high %u", t->last_released, t->high_delivered, t->aru,
                 t->high_seq);
    }
    if (t->state == TOTEM_GATHER
        ? !n->timer[TOTEM_TIMER_CONSENSUS].armed && !n->timer[TOTEM_TIMER_TOKEN].armed
        : !n->timer[TOTEM_TIMER_TOKEN].armed) {
        sim_fail(s, n, "nothing would ever wake it in %s", totem_state_name(t->state));
    }
    if (n->between) {
        sim_fail(s, n, "transitional change without its regular one");
    }
}

/* ---- the end ---- */

static void check_own(struct sim *s, struct sim_node *n)
{
    for (uint32_t id = 0; id < s->n_messages; id++) {
        const struct message *m = &s->message[id];

        if (m->sender == n->index && m->life == n->life && !has_delivered(n, id)) {
            sim_fail(s, n, "own message %u of %u bytes never delivered", id, m->size);
            return;
        }
        if (m->mandatory && !has_delivered(n, id) && !may_lack(s, n->together_since, id)) {
            sim_fail(s, n, "message %u of node %u, sent in the calm, never delivered", id, m->sender + 1);
            return;
        }
    }
}

void check_end(struct sim *s)
{
    for (unsigned i = 0; i < s->n_nodes && !s->failed; i++) {
        if (s->node[i].alive) {
            check_own(s, &s->node[i]);
        }
    }
    groups_check_end(s);
    quorum_check_end(s);
}
