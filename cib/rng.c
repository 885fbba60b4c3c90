/* The quick RELAX NG check: a walk through the document along the automaton. */
#include "config.h"
#include "cib/rng_private.h"

#include <string.h>
#include <libxml/hash.h>
#include <libxml/valid.h>

struct walk {
    struct rng *r;
    GHashTable *ids; /* set of their texts */
    GPtrArray *references;
};

/* ---- what was learnt ---- */

static void learn_nothing(struct rng *r)
{
    const struct rng_test text = {.type = RNG_TYPE_TEXT, .except = RNG_UNKNOWN};

    r->full = false;
    r->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, rng_file_free);
    r->names = g_hash_table_new(g_str_hash, g_str_equal);
    r->patterns = g_array_new(FALSE, FALSE, sizeof(struct rng_pattern));
    r->tests = g_array_new(FALSE, FALSE, sizeof(struct rng_test));
    r->states = g_array_new(FALSE, FALSE, sizeof(struct rng_state));
    r->steps = g_array_new(FALSE, FALSE, sizeof(struct rng_step));
    g_array_set_clear_func(r->tests, rng_test_clear);
    rng_table_init(r);
    rng_push(r, r->tests, &text);
}

static void forget(struct rng *r)
{
    rng_table_clear(r);
    g_array_free(r->steps, TRUE);
    g_array_free(r->states, TRUE);
    g_array_free(r->tests, TRUE);
    g_array_free(r->patterns, TRUE);
    g_hash_table_destroy(r->names);
    g_hash_table_destroy(r->files);
}

struct rng *rng_new(rng_read_fn read, void *arg)
{
    struct rng *r = g_new0(struct rng, 1);

    r->read = read;
    r->arg = arg;
    learn_nothing(r);
    return r;
}

void rng_free(struct rng *r)
{
    if (r != NULL) {
        forget(r);
        g_free(r);
    }
}

/* ---- the walk ---- */

static bool keep_identifier(const struct walk *w, enum rng_type kind, const char *value)
{
    if (kind == RNG_TYPE_ID) {
        return g_hash_table_add(w->ids, (char *)value);
    }
    if (kind == RNG_TYPE_IDREF) {
        g_ptr_array_add(w->references, (char *)value);
    }
    return true;
}

/* NULL: made of more than a piece of text. */
static const char *value_of(const xmlAttr *attribute)
{
    const xmlNode *text = attribute->children;

    if (text == NULL) {
        return "";
    }
    return text->next == NULL && text->type == XML_TEXT_NODE ? (const char *)text->content : NULL;
}

static bool take_attribute(const struct walk *w, const xmlAttr *attribute, uint32_t *state)
{
    const char *value = value_of(attribute);
    uint32_t number = rng_attribute_step(w->r, *state, rng_name(w->r, (const char *)attribute->name)),
             passed = 0;
    const struct rng_step *step;

    if (attribute->ns != NULL || value == NULL || number == RNG_UNKNOWN) {
        return false;
    }
    step = rng_step(w->r, number);
    for (uint32_t i = 0; i < step->n_tests; i++) {
        enum rng_verdict verdict = rng_test(w->r, step->tests[i], value);

        if (verdict == RNG_UNSURE) {
            return false;
        }
        passed |= (uint32_t)(verdict == RNG_YES) << i;
    }
    if (!keep_identifier(w, step->kind, value)) {
        return false;
    }
    *state = rng_attribute_next(w->r, number, passed);
    return *state != RNG_UNKNOWN && !rng_state(w->r, *state)->dead;
}

static bool take_element(const struct walk *w, const xmlNode *node, uint32_t *state, unsigned depth);

/* What is between elements and matters to nobody. */
static bool is_ignored(const xmlNode *node)
{
    return node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE ||
           (node->type == XML_TEXT_NODE && xmlIsBlankNode(node));
}

/* From the start of an element to its end; accepted: the ways it may have been meant. */
static bool take_content(const struct walk *w, const xmlNode *node, uint32_t state, unsigned depth,
                         uint32_t *accepted)
{
    const struct rng_state *start = rng_state(w->r, state);

    if (start->ways == 1 && start->pattern == RNG_ANYTHING) {
        *accepted = 1;
        return true;
    }
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
        if (!take_attribute(w, a, &state)) {
            return false;
        }
    }
    state = rng_closed(w->r, state);
    if (state == RNG_UNKNOWN || rng_state(w->r, state)->dead) {
        return false;
    }
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        if (!is_ignored(child) && !take_element(w, child, &state, depth + 1)) {
            return false;
        }
    }
    *accepted = rng_state(w->r, state)->accepts;
    return *accepted != 0;
}

static bool take_element(const struct walk *w, const xmlNode *node, uint32_t *state, unsigned depth)
{
    uint32_t step, accepted;

    if (node->type != XML_ELEMENT_NODE || node->ns != NULL || node->nsDef != NULL || depth > RNG_MAX_DEPTH) {
        return false;
    }
    step = rng_child_step(w->r, *state, rng_name(w->r, (const char *)node->name));
    if (step == RNG_UNKNOWN || !take_content(w, node, rng_step(w->r, step)->child, depth, &accepted)) {
        return false;
    }
    *state = rng_child_next(w->r, step, accepted);
    return *state != RNG_UNKNOWN && !rng_state(w->r, *state)->dead;
}

/* ---- documents ---- */

static void see_foreign_id(void *payload, void *data, const xmlChar *name)
{
    const xmlID *id = payload;
    bool *foreign = data;

    (void)name;
    *foreign = *foreign || id->attr == NULL || id->attr->ns != NULL;
}

/* Nothing that makes identifiers of its own: a document type, xml:id. */
static bool is_plain(const xmlDoc *doc)
{
    bool foreign = false;

    if (doc->ids != NULL) {
        xmlHashScan(doc->ids, see_foreign_id, &foreign);
    }
    return !foreign && doc->intSubset == NULL && doc->extSubset == NULL;
}

static bool references_exist(const struct walk *w)
{
    for (guint i = 0; i < w->references->len; i++) {
        if (!g_hash_table_contains(w->ids, w->references->pdata[i])) {
            return false;
        }
    }
    return true;
}

static bool walk_document(const struct walk *w, const char *file, const xmlNode *root)
{
    uint32_t pattern = rng_load(w->r, file), nowhere = RNG_NOT_ALLOWED, state;

    rng_state_of(w->r, &nowhere, 1); /* state 0 */
    state = rng_state_of(w->r, &pattern, 1);
    return state != RNG_UNKNOWN && take_element(w, root, &state, 0) && rng_state(w->r, state)->accepts == 1 &&
           references_exist(w);
}

bool rng_surely_valid(struct rng *r, const char *file, const xmlDoc *doc)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    struct walk w = {.r = r};
    bool valid;

    if (r->full) {
        forget(r);
        learn_nothing(r);
    }
    if (root == NULL || !is_plain(doc)) {
        return false;
    }
    w.ids = g_hash_table_new(g_str_hash, g_str_equal);
    w.references = g_ptr_array_new();
    valid = walk_document(&w, file, root);
    g_ptr_array_free(w.references, TRUE);
    g_hash_table_destroy(w.ids);
    return valid;
}
