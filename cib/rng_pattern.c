/* Patterns of the quick RELAX NG check: equal ones are one number, simplified when they are made; and the
 * table behind that, which keeps the automaton's states and steps, too. */
#include "config.h"
#include "cib/rng_private.h"

struct rng_slot {
    uint64_t key; /* 0: free */
    uint32_t value;
};

#define FIRST_SLOTS 4096u /* a power of two */

/* ---- the table ---- */

static uint32_t slot_of(const struct rng *r, uint64_t key)
{
    uint32_t i = (uint32_t)((key * 0x9e3779b97f4a7c15u) >> 32) & (r->n_slots - 1);

    while (r->slots[i].key != 0 && r->slots[i].key != key) {
        i = (i + 1) & (r->n_slots - 1);
    }
    return i;
}

bool rng_find(const struct rng *r, uint64_t key, uint32_t *value)
{
    uint32_t i = slot_of(r, key);

    *value = r->slots[i].value;
    return r->slots[i].key != 0;
}

static void grow(struct rng *r)
{
    struct rng_slot *old = r->slots;
    uint32_t n = r->n_slots;

    r->n_slots *= 2;
    r->slots = g_new0(struct rng_slot, r->n_slots);
    for (uint32_t i = 0; i < n; i++) {
        if (old[i].key != 0) {
            r->slots[slot_of(r, old[i].key)] = old[i];
        }
    }
    g_free(old);
}

void rng_put(struct rng *r, uint64_t key, uint32_t value)
{
    uint32_t i;

    if (r->n_used >= r->n_slots / 2) {
        grow(r);
    }
    i = slot_of(r, key);
    r->n_used += r->slots[i].key == 0;
    r->slots[i].key = key;
    r->slots[i].value = value;
}

uint32_t rng_push(struct rng *r, GArray *array, const void *object)
{
    if (array->len >= RNG_MAX_OBJECTS || r->n_used >= 4 * RNG_MAX_OBJECTS) {
        r->full = true;
        return RNG_UNKNOWN;
    }
    g_array_append_vals(array, object, 1);
    return array->len - 1;
}

void rng_table_init(struct rng *r)
{
    const struct rng_pattern nothing = {.kind = RNG_KEY_EMPTY},
                             empty = {.kind = RNG_KEY_EMPTY, .nullable = true},
                             anything = {.kind = RNG_KEY_ANYTHING, .nullable = true, .attributes = true};

    r->n_slots = FIRST_SLOTS;
    r->n_used = 0;
    r->slots = g_new0(struct rng_slot, r->n_slots);
    rng_push(r, r->patterns, &nothing);
    rng_push(r, r->patterns, &empty);
    rng_push(r, r->patterns, &anything);
}

void rng_table_clear(struct rng *r)
{
    g_free(r->slots);
}

/* ---- patterns ---- */

static uint32_t make(struct rng *r, uint64_t key, const struct rng_pattern *pattern)
{
    uint32_t p;

    if (!rng_find(r, key, &p)) {
        p = rng_push(r, r->patterns, pattern);
        if (p != RNG_UNKNOWN) {
            rng_put(r, key, p);
        }
    }
    return p;
}

static uint32_t make_pair(struct rng *r, enum rng_key kind, uint32_t a, uint32_t b)
{
    const struct rng_pattern *x = rng_pattern(r, a), *y = rng_pattern(r, b);
    struct rng_pattern pattern = {
        .kind = kind,
        .nullable = kind == RNG_KEY_CHOICE ? x->nullable || y->nullable : x->nullable && y->nullable,
        .attributes = x->attributes || y->attributes,
        .a = a,
        .b = b,
    };

    return make(r, rng_key(kind, a, b), &pattern);
}

static bool unknown(uint32_t a, uint32_t b)
{
    return a == RNG_UNKNOWN || b == RNG_UNKNOWN;
}

/* Is a, no choice itself, among the alternatives of b? */
static bool has_alternative(const struct rng *r, uint32_t b, uint32_t a)
{
    while (rng_pattern(r, b)->kind == RNG_KEY_CHOICE) {
        if (rng_pattern(r, b)->a == a) {
            return true;
        }
        b = rng_pattern(r, b)->b;
    }
    return a == b;
}

uint32_t rng_choice(struct rng *r, uint32_t a, uint32_t b)
{
    if (unknown(a, b)) {
        return RNG_UNKNOWN;
    }
    if (a == RNG_NOT_ALLOWED || a == b) {
        return b;
    }
    if (b == RNG_NOT_ALLOWED) {
        return a;
    }
    if (rng_pattern(r, a)->kind == RNG_KEY_CHOICE) {
        uint32_t rest = rng_choice(r, rng_pattern(r, a)->b, b);

        return rng_choice(r, rng_pattern(r, a)->a, rest);
    }
    if (has_alternative(r, b, a) || (a == RNG_EMPTY && rng_pattern(r, b)->nullable)) {
        return b;
    }
    return make_pair(r, RNG_KEY_CHOICE, a, b);
}

uint32_t rng_group(struct rng *r, uint32_t a, uint32_t b)
{
    if (unknown(a, b)) {
        return RNG_UNKNOWN;
    }
    if (a == RNG_NOT_ALLOWED || b == RNG_NOT_ALLOWED) {
        return RNG_NOT_ALLOWED;
    }
    if (a == RNG_EMPTY || b == RNG_EMPTY) {
        return a == RNG_EMPTY ? b : a;
    }
    return make_pair(r, RNG_KEY_GROUP, a, b);
}

uint32_t rng_interleave(struct rng *r, uint32_t a, uint32_t b)
{
    if (unknown(a, b)) {
        return RNG_UNKNOWN;
    }
    if (a == RNG_NOT_ALLOWED || b == RNG_NOT_ALLOWED) {
        return RNG_NOT_ALLOWED;
    }
    if (a == RNG_EMPTY || b == RNG_EMPTY) {
        return a == RNG_EMPTY ? b : a;
    }
    return make_pair(r, RNG_KEY_INTERLEAVE, a, b);
}

uint32_t rng_one_or_more(struct rng *r, uint32_t a)
{
    struct rng_pattern pattern = {.kind = RNG_KEY_ONE_OR_MORE, .a = a};

    if (a == RNG_UNKNOWN || a == RNG_NOT_ALLOWED || a == RNG_EMPTY) {
        return a;
    }
    pattern.nullable = rng_pattern(r, a)->nullable;
    pattern.attributes = rng_pattern(r, a)->attributes;
    return make(r, rng_key(RNG_KEY_ONE_OR_MORE, 0, a), &pattern);
}

uint32_t rng_attribute(struct rng *r, uint32_t name, uint32_t test)
{
    struct rng_pattern pattern = {.kind = RNG_KEY_ATTRIBUTE, .attributes = true, .a = name, .b = test};

    return test == RNG_UNKNOWN ? RNG_UNKNOWN : make(r, rng_key(RNG_KEY_ATTRIBUTE, name, test), &pattern);
}

uint32_t rng_element(struct rng *r, uint32_t name, const xmlNode *node)
{
    struct rng_pattern pattern = {.kind = RNG_KEY_ELEMENT, .a = name, .node = node};

    return make(r, rng_key(RNG_KEY_ELEMENT, 0, (uint64_t)(uintptr_t)node), &pattern);
}
