/* The automaton of the quick RELAX NG check: what may follow after an attribute, a start tag, a child. */
#include "config.h"
#include "cib/rng_private.h"

/* ---- states ---- */

/* The state that has one way more than before. */
static uint32_t extend(struct rng *r, uint32_t before, uint32_t pattern)
{
    uint64_t key = rng_key(RNG_KEY_STATE, before == RNG_UNKNOWN ? 0 : before + 1, pattern);
    const struct rng_pattern *p = rng_pattern(r, pattern);
    struct rng_state state = {.before = before,
                              .pattern = pattern,
                              .ways = 1,
                              .accepts = p->nullable,
                              .dead = pattern == RNG_NOT_ALLOWED};
    uint32_t number;

    if (rng_find(r, key, &number)) {
        return number;
    }
    if (before != RNG_UNKNOWN) {
        const struct rng_state *others = rng_state(r, before);

        state.ways = others->ways + 1;
        state.accepts = others->accepts | (uint32_t)p->nullable << others->ways;
        state.dead = state.dead && others->dead;
    }
    number = rng_push(r, r->states, &state);
    if (number != RNG_UNKNOWN) {
        rng_put(r, key, number);
    }
    return number;
}

uint32_t rng_state_of(struct rng *r, const uint32_t *patterns, uint32_t n)
{
    uint32_t state = RNG_UNKNOWN;

    for (uint32_t i = 0; i < n; i++) {
        state = patterns[i] != RNG_UNKNOWN ? extend(r, state, patterns[i]) : RNG_UNKNOWN;
        if (state == RNG_UNKNOWN) {
            break;
        }
    }
    return state;
}

/* Its ways, in order; their number. */
static uint32_t ways_of(const struct rng *r, uint32_t state, uint32_t *patterns)
{
    uint32_t n = rng_state(r, state)->ways;

    for (uint32_t i = n; i > 0; i--, state = rng_state(r, state)->before) {
        patterns[i - 1] = rng_state(r, state)->pattern;
    }
    return n;
}

/* ---- attributes ---- */

/* Calls see() for each attribute pattern of that name that is not inside of another element; false when it
 * does so. */
static bool each_attribute(const struct rng *r, uint32_t pattern, uint32_t name,
                           bool (*see)(const struct rng *, uint32_t test, void *arg), void *arg)
{
    const struct rng_pattern *p = rng_pattern(r, pattern);

    if (!p->attributes || p->kind == RNG_KEY_ANYTHING) {
        return true;
    }
    if (p->kind == RNG_KEY_ATTRIBUTE) {
        return p->a != name || see(r, p->b, arg);
    }
    return each_attribute(r, p->a, name, see, arg) &&
           (p->kind == RNG_KEY_ONE_OR_MORE || each_attribute(r, p->b, name, see, arg));
}

static enum rng_type kind_of(const struct rng *r, uint32_t test)
{
    enum rng_type type = g_array_index(r->tests, struct rng_test, test).type;

    return type == RNG_TYPE_ID || type == RNG_TYPE_IDREF ? type : RNG_TYPE_TEXT;
}

/* Notes a test; false when there are too many, or an identifier in one way is none in another: libxml2
 * remembers identifiers also of ways that it gave up. */
static bool note_test(const struct rng *r, uint32_t test, void *arg)
{
    struct rng_step *step = arg;

    for (uint32_t i = 0; i < step->n_tests; i++) {
        if (step->tests[i] == test) {
            return true;
        }
    }
    if (step->n_tests == RNG_MAX_WAYS || (step->n_tests > 0 && kind_of(r, test) != step->kind)) {
        return false;
    }
    step->kind = kind_of(r, test);
    step->tests[step->n_tests++] = test;
    return true;
}

static uint32_t keep_step(struct rng *r, uint64_t key, bool ok, const struct rng_step *step)
{
    uint32_t number = ok ? rng_push(r, r->steps, step) : RNG_UNKNOWN;

    rng_put(r, key, number);
    return number;
}

uint32_t rng_attribute_step(struct rng *r, uint32_t state, uint32_t name)
{
    uint64_t key = rng_key(RNG_KEY_ATTRIBUTE_STEP, state, name);
    struct rng_step step = {.state = state, .name = name, .kind = RNG_TYPE_TEXT};
    uint32_t ways[RNG_MAX_WAYS], n, number;
    bool ok = true;

    if (rng_find(r, key, &number)) {
        return number;
    }
    n = ways_of(r, state, ways);
    for (uint32_t i = 0; ok && i < n; i++) {
        ok = each_attribute(r, ways[i], name, note_test, &step);
    }
    return keep_step(r, key, ok, &step);
}

/* What follows in pattern after the attribute of the step, whose value passed these tests. */
static uint32_t after_attribute(struct rng *r, uint32_t pattern, const struct rng_step *step, uint32_t passed)
{
    const struct rng_pattern p = *rng_pattern(r, pattern);
    uint32_t a, b;

    if (!p.attributes || p.kind == RNG_KEY_ANYTHING) {
        return p.attributes ? pattern : (uint32_t)RNG_NOT_ALLOWED;
    }
    if (p.kind == RNG_KEY_ATTRIBUTE) {
        for (uint32_t i = 0; p.a == step->name && i < step->n_tests; i++) {
            if (step->tests[i] == p.b && (passed & 1u << i)) {
                return RNG_EMPTY;
            }
        }
        return RNG_NOT_ALLOWED;
    }
    a = after_attribute(r, p.a, step, passed);
    if (p.kind == RNG_KEY_ONE_OR_MORE) {
        return rng_group(r, a, rng_choice(r, pattern, RNG_EMPTY));
    }
    b = after_attribute(r, p.b, step, passed);
    if (p.kind == RNG_KEY_CHOICE) {
        return rng_choice(r, a, b);
    }
    if (p.kind == RNG_KEY_GROUP) { /* attributes have no order */
        return rng_choice(r, rng_group(r, a, p.b), rng_group(r, p.a, b));
    }
    return rng_choice(r, rng_interleave(r, a, p.b), rng_interleave(r, p.a, b));
}

uint32_t rng_attribute_next(struct rng *r, uint32_t number, uint32_t passed)
{
    const struct rng_step step = *rng_step(r, number);
    uint64_t key = rng_key(RNG_KEY_NEXT, number, passed);
    uint32_t ways[RNG_MAX_WAYS], n, next;

    if (!rng_find(r, key, &next)) {
        n = ways_of(r, step.state, ways);
        for (uint32_t i = 0; i < n; i++) {
            ways[i] = after_attribute(r, ways[i], &step, passed);
        }
        next = rng_state_of(r, ways, n);
        rng_put(r, key, next);
    }
    return next;
}

/* ---- the end of the start tag ---- */

/* The pattern once no attribute can come any more. */
static uint32_t without_attributes(struct rng *r, uint32_t pattern)
{
    const struct rng_pattern p = *rng_pattern(r, pattern);
    uint32_t a;

    if (!p.attributes || p.kind == RNG_KEY_ANYTHING) {
        return pattern;
    }
    if (p.kind == RNG_KEY_ATTRIBUTE) {
        return RNG_NOT_ALLOWED;
    }
    a = without_attributes(r, p.a);
    if (p.kind == RNG_KEY_ONE_OR_MORE) {
        return rng_one_or_more(r, a);
    }
    return p.kind == RNG_KEY_CHOICE  ? rng_choice(r, a, without_attributes(r, p.b))
           : p.kind == RNG_KEY_GROUP ? rng_group(r, a, without_attributes(r, p.b))
                                     : rng_interleave(r, a, without_attributes(r, p.b));
}

uint32_t rng_closed(struct rng *r, uint32_t state)
{
    uint32_t ways[RNG_MAX_WAYS], n, closed = rng_state(r, state)->closed;

    if (closed == 0) {
        n = ways_of(r, state, ways);
        for (uint32_t i = 0; i < n; i++) {
            ways[i] = without_attributes(r, ways[i]);
        }
        closed = rng_state_of(r, ways, n);
        rng_state(r, state)->closed = closed; /* never state 0, which is none of an element's */
    }
    return closed;
}

/* ---- children ---- */

/* Ways in which a child can be meant, and what follows after it. */
struct openings {
    uint32_t name, n;
    bool ok;
    uint32_t content[RNG_MAX_WAYS], rest[RNG_MAX_WAYS];
};

static void add_opening(struct rng *r, struct openings *all, uint32_t content, uint32_t rest)
{
    if (content == RNG_UNKNOWN || rest == RNG_UNKNOWN) {
        all->ok = false;
        return;
    }
    for (uint32_t i = 0; i < all->n; i++) {
        if (all->content[i] == content) {
            all->rest[i] = rng_choice(r, all->rest[i], rest);
            return;
        }
    }
    if (all->n == RNG_MAX_WAYS) {
        all->ok = false;
        return;
    }
    all->content[all->n] = content;
    all->rest[all->n++] = rest;
}

static void open_pattern(struct rng *r, uint32_t pattern, struct openings *all);

/* The openings of pattern a, followed by join(what follows in it, b); swap: join(b, what follows). */
static void open_part(struct rng *r, uint32_t a, uint32_t b,
                      uint32_t (*join)(struct rng *, uint32_t, uint32_t), bool swap, struct openings *all)
{
    struct openings part = {.name = all->name, .ok = true};

    open_pattern(r, a, &part);
    all->ok = all->ok && part.ok;
    for (uint32_t i = 0; i < part.n; i++) {
        add_opening(r, all, part.content[i], swap ? join(r, b, part.rest[i]) : join(r, part.rest[i], b));
    }
}

static void open_pattern(struct rng *r, uint32_t pattern, struct openings *all)
{
    const struct rng_pattern p = *rng_pattern(r, pattern);

    switch (p.kind) {
    case RNG_KEY_ELEMENT:
        if (p.a == all->name) {
            add_opening(r, all, rng_content(r, pattern), RNG_EMPTY);
        }
        break;
    case RNG_KEY_ANYTHING:
        add_opening(r, all, RNG_ANYTHING, RNG_ANYTHING);
        break;
    case RNG_KEY_CHOICE:
        open_pattern(r, p.a, all);
        open_pattern(r, p.b, all);
        break;
    case RNG_KEY_GROUP:
        open_part(r, p.a, p.b, rng_group, false, all);
        if (rng_pattern(r, p.a)->nullable) {
            open_pattern(r, p.b, all);
        }
        break;
    case RNG_KEY_INTERLEAVE:
        open_part(r, p.a, p.b, rng_interleave, false, all);
        open_part(r, p.b, p.a, rng_interleave, true, all);
        break;
    case RNG_KEY_ONE_OR_MORE:
        open_part(r, p.a, rng_choice(r, pattern, RNG_EMPTY), rng_group, false, all);
        break;
    default:
        break;
    }
}

/* All ways of a state to have a child of that name. */
static bool openings_of(struct rng *r, const uint32_t *ways, uint32_t n, struct openings *all)
{
    for (uint32_t i = 0; i < n; i++) {
        open_pattern(r, ways[i], all);
    }
    return all->ok;
}

uint32_t rng_child_step(struct rng *r, uint32_t state, uint32_t name)
{
    uint64_t key = rng_key(RNG_KEY_CHILD_STEP, state, name);
    struct rng_step step = {.state = state, .name = name};
    struct openings all = {.name = name, .ok = true};
    uint32_t ways[RNG_MAX_WAYS], number;
    bool ok;

    if (rng_find(r, key, &number)) {
        return number;
    }
    ok = openings_of(r, ways, ways_of(r, state, ways), &all) && all.n > 0;
    step.child = ok ? rng_state_of(r, all.content, all.n) : RNG_UNKNOWN;
    return keep_step(r, key, step.child != RNG_UNKNOWN, &step);
}

/* What follows in one way after a child that was what the bits say. */
static uint32_t after_child(struct rng *r, uint32_t pattern, uint32_t name, uint32_t child, uint32_t accepted)
{
    struct openings own = {.name = name, .ok = true};
    uint32_t contents[RNG_MAX_WAYS], n = ways_of(r, child, contents), rest = RNG_NOT_ALLOWED;

    open_pattern(r, pattern, &own);
    for (uint32_t i = 0; i < own.n; i++) {
        for (uint32_t k = 0; k < n; k++) {
            if (contents[k] == own.content[i] && (accepted & 1u << k)) {
                rest = rng_choice(r, rest, own.rest[i]);
            }
        }
    }
    return own.ok ? rest : RNG_UNKNOWN;
}

uint32_t rng_child_next(struct rng *r, uint32_t number, uint32_t accepted)
{
    const struct rng_step step = *rng_step(r, number);
    uint64_t key = rng_key(RNG_KEY_NEXT, number, accepted);
    uint32_t ways[RNG_MAX_WAYS], n, next;

    if (!rng_find(r, key, &next)) {
        n = ways_of(r, step.state, ways);
        for (uint32_t i = 0; i < n; i++) {
            ways[i] = after_child(r, ways[i], step.name, step.child, accepted);
        }
        next = rng_state_of(r, ways, n);
        rng_put(r, key, next);
    }
    return next;
}
