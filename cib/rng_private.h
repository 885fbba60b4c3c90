/* Inside the quick RELAX NG check (rng.h). Patterns, states and steps are numbers; one table finds them. */
#ifndef CIB_RNG_PRIVATE_H
#define CIB_RNG_PRIVATE_H

#include <stdint.h>
#include <glib.h>
#include <libxml/xmlregexp.h>
#include "cib/rng.h"

#define RNG_MAX_OBJECTS 100000u     /* patterns, states or steps; beyond, all is forgotten and learnt anew */
#define RNG_MAX_DEPTH 300u          /* of documents, and of what is nested in a schema's definitions */
#define RNG_MAX_WAYS 16u            /* patterns of a state, tests of an attribute */
#define RNG_MAX_FILES 200u          /* of all schemas together */

/* What a key of the table is about; the operands take 28 bits each, or 56 when there is one. */
enum rng_key {
    RNG_KEY_FREE, RNG_KEY_EMPTY, RNG_KEY_ANYTHING, RNG_KEY_CHOICE, RNG_KEY_GROUP, RNG_KEY_INTERLEAVE,
    RNG_KEY_ONE_OR_MORE, RNG_KEY_ELEMENT, RNG_KEY_ATTRIBUTE, RNG_KEY_TEST, RNG_KEY_STATE,
    RNG_KEY_ATTRIBUTE_STEP, RNG_KEY_CHILD_STEP, RNG_KEY_NEXT, RNG_KEY_DEFINITION,
};

/* Patterns 0 to 2 are always there. */
enum { RNG_NOT_ALLOWED, RNG_EMPTY, RNG_ANYTHING };
#define RNG_TEXT 0u                 /* the test that every value passes */
#define RNG_UNKNOWN UINT32_MAX      /* no number: not supported, or a limit was reached */

struct rng_pattern {
    enum rng_key kind;              /* RNG_KEY_EMPTY (also of RNG_NOT_ALLOWED) to RNG_KEY_ATTRIBUTE */
    bool nullable;                  /* nothing has to follow */
    bool attributes;                /* attributes may follow */
    uint32_t a, b;                  /* operands; of an attribute its name and test; of an element its name */
    const xmlNode *node;            /* of an element: where it is written */
    uint32_t content;               /* of an element: 0 when not expanded yet */
};

/* What is asked of an attribute's value. */
enum rng_type {
    RNG_TYPE_TEXT, RNG_TYPE_CHOICE, RNG_TYPE_VALUE, RNG_TYPE_STRING, RNG_TYPE_ID, RNG_TYPE_IDREF,
    RNG_TYPE_INTEGER, RNG_TYPE_NON_NEGATIVE, RNG_TYPE_POSITIVE, RNG_TYPE_BOOLEAN,
};
enum rng_verdict { RNG_NO, RNG_YES, RNG_UNSURE };

struct rng_test {
    enum rng_type type;
    uint32_t first, second;         /* of a choice */
    char *text;                     /* of a value */
    uint32_t except;                /* of data: test that must fail; RNG_UNKNOWN: none */
    xmlRegexp *regexp;              /* of a string: NULL, or what it must match */
};

/* A state inside an element: what may follow, in each of the ways the element may have been meant. The ways
 * are a list of states; a way that led nowhere keeps its place. */
struct rng_state {
    uint32_t before;                /* the state with the ways before the last one; RNG_UNKNOWN: none */
    uint32_t pattern;               /* the last way */
    uint32_t ways;
    uint32_t accepts;               /* bit i: way i may end here */
    bool dead;                      /* no way is left */
    uint32_t closed;                /* the state after the start tag; 0 when not calculated yet */
};

/* An attribute or a child of some name in some state. */
struct rng_step {
    uint32_t state, name;
    uint32_t child;                 /* of a child: the state at its start */
    uint32_t n_tests;
    uint32_t tests[RNG_MAX_WAYS];
    enum rng_type kind;             /* RNG_TYPE_ID, RNG_TYPE_IDREF, or anything else */
};

struct rng_file;

struct rng {
    rng_read_fn read;
    void *arg;
    bool full;                      /* a limit was reached */
    GHashTable *files;              /* name -> struct rng_file */
    GHashTable *names;              /* name of an element or attribute -> number from 1 */
    GArray *patterns, *tests, *states, *steps;
    struct rng_slot *slots;         /* the table */
    uint32_t n_slots, n_used;
};

/* ---- rng_pattern.c: the table, and patterns in normal form ---- */

static inline uint64_t rng_key(enum rng_key kind, uint64_t a, uint64_t b)
{
    return (uint64_t)kind << 56 | a << 28 | b;
}

void rng_table_init(struct rng *r);
void rng_table_clear(struct rng *r);
bool rng_find(const struct rng *r, uint64_t key, uint32_t *value);
void rng_put(struct rng *r, uint64_t key, uint32_t value);
uint32_t rng_push(struct rng *r, GArray *array, const void *object);    /* its number */

static inline struct rng_pattern *rng_pattern(const struct rng *r, uint32_t p)
{
    return &g_array_index(r->patterns, struct rng_pattern, p);
}

/* Operands and results may be RNG_UNKNOWN. */
uint32_t rng_choice(struct rng *r, uint32_t a, uint32_t b);
uint32_t rng_group(struct rng *r, uint32_t a, uint32_t b);
uint32_t rng_interleave(struct rng *r, uint32_t a, uint32_t b);
uint32_t rng_one_or_more(struct rng *r, uint32_t a);
uint32_t rng_attribute(struct rng *r, uint32_t name, uint32_t test);
uint32_t rng_element(struct rng *r, uint32_t name, const xmlNode *node);

/* ---- rng_load.c: from files to patterns ---- */

uint32_t rng_load(struct rng *r, const char *file);             /* what the file's start says */
uint32_t rng_content(struct rng *r, uint32_t element);          /* of an element pattern */
uint32_t rng_name(const struct rng *r, const char *name);       /* 0: no schema has it */
void rng_file_free(void *file);

/* ---- rng_data.c: values ---- */

uint32_t rng_test_of(struct rng *r, const xmlNode *node);       /* of <data>, <value>, <choice> or <text> */
enum rng_verdict rng_test(const struct rng *r, uint32_t test, const char *value);
void rng_test_clear(void *test);

/* ---- rng_derive.c: states and the steps between them ---- */

static inline struct rng_state *rng_state(const struct rng *r, uint32_t s)
{
    return &g_array_index(r->states, struct rng_state, s);
}

static inline struct rng_step *rng_step(const struct rng *r, uint32_t s)
{
    return &g_array_index(r->steps, struct rng_step, s);
}

uint32_t rng_state_of(struct rng *r, const uint32_t *patterns, uint32_t n);
uint32_t rng_attribute_step(struct rng *r, uint32_t state, uint32_t name);
uint32_t rng_attribute_next(struct rng *r, uint32_t step, uint32_t passed);     /* bit i: test i is passed */
uint32_t rng_closed(struct rng *r, uint32_t state);
uint32_t rng_child_step(struct rng *r, uint32_t state, uint32_t name);
/* accepted, bit i: the child was what way i says. */
uint32_t rng_child_next(struct rng *r, uint32_t step, uint32_t accepted);

#endif
