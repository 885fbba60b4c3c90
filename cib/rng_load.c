/* Schema files of the quick RELAX NG check: reading them, and what their elements say as patterns. Whatever
 * is not known makes the pattern unknown. */
#include "config.h"
#include "cib/rng_private.h"

#include <stdlib.h>
#include <string.h>
#include "pacemaker/common/xml.h"

#define RELAX_NG "http://relaxng.org/ns/structure/1.0"

struct rng_file {
    xmlNode *grammar;    /* NULL: it cannot be used */
    GHashTable *defines; /* name -> its <define> */
    const xmlNode *start;
    uint32_t pattern; /* of the start, when it is known */
    bool compiled, busy;
};

static uint32_t compile(struct rng *r, const xmlNode *node, unsigned depth);

/* ---- files ---- */

void rng_file_free(void *data)
{
    struct rng_file *file = data;

    xml_free(file->grammar);
    g_hash_table_destroy(file->defines);
    g_free(file);
}

uint32_t rng_name(const struct rng *r, const char *name)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(r->names, name));
}

static uint32_t number_of(struct rng *r, const char *name)
{
    uint32_t number = rng_name(r, name);

    if (number == 0) {
        number = g_hash_table_size(r->names) + 1;
        g_hash_table_insert(r->names, (char *)name, GUINT_TO_POINTER(number)); /* the file's tree stays */
    }
    return number;
}

static const xmlNode *only_child(const xmlNode *node)
{
    const xmlNode *child = xml_first(node, NULL);

    return child != NULL && xml_next(child, NULL) == NULL ? child : NULL;
}

/* Nothing else than one start and definitions of different names. */
static bool index_grammar(struct rng_file *file)
{
    if (!xml_is(file->grammar, "grammar") || file->grammar->ns == NULL ||
        strcmp((const char *)file->grammar->ns->href, RELAX_NG) != 0) {
        return false;
    }
    xml_foreach(child, file->grammar, NULL) {
        const char *name = xml_get(child, "name");

        if (xml_get(child, "combine") != NULL || child->ns != file->grammar->ns) {
            return false;
        }
        if (xml_is(child, "start") && file->start == NULL) {
            file->start = child;
        } else if (!xml_is(child, "define") || name == NULL ||
                   !g_hash_table_insert(file->defines, (char *)name, child)) {
            return false;
        }
    }
    return file->start != NULL;
}

static struct rng_file *file_of(struct rng *r, const char *name)
{
    struct rng_file *file = g_hash_table_lookup(r->files, name);
    char *text;

    if (file != NULL || g_hash_table_size(r->files) >= RNG_MAX_FILES) {
        return file;
    }
    file = g_new0(struct rng_file, 1);
    file->defines = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(r->files, g_strdup(name), file);
    text = r->read(r->arg, name);
    file->grammar = text != NULL ? xml_parse_strict(text, strlen(text), NULL) : NULL;
    free(text);
    if (file->grammar != NULL && !index_grammar(file)) {
        xml_free(file->grammar);
        file->grammar = NULL;
    }
    if (file->grammar != NULL) {
        file->grammar->doc->_private = file;
    }
    return file;
}

uint32_t rng_load(struct rng *r, const char *name)
{
    struct rng_file *file = file_of(r, name);

    if (file == NULL || file->grammar == NULL || file->busy) {
        return RNG_UNKNOWN;
    }
    if (!file->compiled) {
        const xmlNode *start = only_child(file->start);

        file->busy = true;
        file->pattern = start != NULL ? compile(r, start, 0) : RNG_UNKNOWN;
        file->busy = false;
        file->compiled = true;
    }
    return file->pattern;
}

/* ---- everything may follow ---- */

/* <TAG><anyName/>REST</TAG>, where REST is one element (or nothing, if that is allowed) */
static bool is_any(const xmlNode *node, const char *tag, bool alone, const xmlNode **rest)
{
    const xmlNode *name = xml_first(node, NULL);

    if (!xml_is(node, tag) || node->properties != NULL || !xml_is(name, "anyName") ||
        xml_first(name, NULL) != NULL) {
        return false;
    }
    *rest = xml_next(name, NULL);
    return *rest == NULL ? alone : xml_next(*rest, NULL) == NULL;
}

/* Is the definition the name for "any attributes, any text, any elements, in which the same may follow"? */
static bool is_anything(const xmlNode *define)
{
    const xmlNode *many = only_child(define), *choice = xml_is(many, "zeroOrMore") ? only_child(many) : NULL,
                  *rest;
    bool attributes = false, text = false, elements = false;

    if (!xml_is(choice, "choice")) {
        return false;
    }
    xml_foreach(child, choice, NULL) {
        if (xml_is(child, "text")) {
            text = true;
        } else if (is_any(child, "attribute", true, &rest)) {
            attributes = attributes || rest == NULL || xml_is(rest, "text");
        } else if (is_any(child, "element", false, &rest)) {
            elements = elements || (xml_is(rest, "ref") &&
                                    g_strcmp0(xml_get(rest, "name"), xml_get(define, "name")) == 0);
        } else {
            return false;
        }
    }
    return attributes && text && elements;
}

/* ---- patterns ---- */

/* The children from node on, one after the other. */
static uint32_t compile_row(struct rng *r, const xmlNode *node, unsigned depth,
                            uint32_t (*join)(struct rng *, uint32_t, uint32_t))
{
    const xmlNode *next = node != NULL ? xml_next(node, NULL) : NULL;
    uint32_t first = node != NULL && depth < RNG_MAX_DEPTH ? compile(r, node, depth + 1) : RNG_UNKNOWN;

    return next == NULL || first == RNG_UNKNOWN ? first
                                                : join(r, first, compile_row(r, next, depth + 1, join));
}

static uint32_t compile_group(struct rng *r, const xmlNode *node, unsigned depth)
{
    return compile_row(r, xml_first(node, NULL), depth, rng_group);
}

static uint32_t compile_choice(struct rng *r, const xmlNode *node, unsigned depth)
{
    return compile_row(r, xml_first(node, NULL), depth, rng_choice);
}

static uint32_t compile_interleave(struct rng *r, const xmlNode *node, unsigned depth)
{
    return compile_row(r, xml_first(node, NULL), depth, rng_interleave);
}

static uint32_t compile_optional(struct rng *r, const xmlNode *node, unsigned depth)
{
    return rng_choice(r, compile_group(r, node, depth), RNG_EMPTY);
}

static uint32_t compile_some(struct rng *r, const xmlNode *node, unsigned depth)
{
    return rng_one_or_more(r, compile_group(r, node, depth));
}

static uint32_t compile_many(struct rng *r, const xmlNode *node, unsigned depth)
{
    return rng_choice(r, compile_some(r, node, depth), RNG_EMPTY);
}

static uint32_t compile_empty(struct rng *r, const xmlNode *node, unsigned depth)
{
    (void)r;
    (void)node;
    (void)depth;
    return RNG_EMPTY;
}

/* A plain name that stands for itself. */
static const char *name_of(const xmlNode *node)
{
    const char *name = xml_get(node, "name");

    return name != NULL && strpbrk(name, ": \t\r\n") == NULL && xml_get(node, "ns") == NULL ? name : NULL;
}

static uint32_t compile_element(struct rng *r, const xmlNode *node, unsigned depth)
{
    const char *name = name_of(node);

    (void)depth;
    return name != NULL ? rng_element(r, number_of(r, name), node) : RNG_UNKNOWN;
}

static uint32_t compile_attribute(struct rng *r, const xmlNode *node, unsigned depth)
{
    const char *name = name_of(node);
    const xmlNode *child = xml_first(node, NULL);

    (void)depth;
    if (name == NULL || (child != NULL && xml_next(child, NULL) != NULL)) {
        return RNG_UNKNOWN;
    }
    return rng_attribute(r, number_of(r, name), child != NULL ? rng_test_of(r, child) : RNG_TEXT);
}

static uint32_t compile_ref(struct rng *r, const xmlNode *node, unsigned depth)
{
    const struct rng_file *file = node->doc->_private;
    const char *name = xml_get(node, "name");
    const xmlNode *define = name != NULL ? g_hash_table_lookup(file->defines, name) : NULL;
    uint64_t key;
    uint32_t pattern;

    if (define == NULL) {
        return RNG_UNKNOWN;
    }
    key = rng_key(RNG_KEY_DEFINITION, 0, (uint64_t)(uintptr_t)define);
    if (!rng_find(r, key, &pattern)) {
        rng_put(r, key, RNG_UNKNOWN);   /* for those that contain themselves */
        pattern = is_anything(define) ? (uint32_t)RNG_ANYTHING : compile_group(r, define, depth);
        rng_put(r, key, pattern);
    }
    return pattern;
}

static uint32_t compile_external(struct rng *r, const xmlNode *node, unsigned depth)
{
    const char *file = xml_get(node, "href");

    (void)depth;
    return file != NULL && strchr(file, '/') == NULL ? rng_load(r, file) : RNG_UNKNOWN;
}

static uint32_t compile(struct rng *r, const xmlNode *node, unsigned depth)
{
    static const struct {
        const char *name;
        uint32_t (*compile)(struct rng *, const xmlNode *, unsigned);
    } all[] = {
        {"attribute", compile_attribute},  {"optional", compile_optional}, {"ref", compile_ref},
        {"element", compile_element},      {"group", compile_group},       {"choice", compile_choice},
        {"zeroOrMore", compile_many},      {"oneOrMore", compile_some},    {"interleave", compile_interleave},
        {"externalRef", compile_external}, {"empty", compile_empty},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        if (xml_is(node, all[i].name)) {
            return all[i].compile(r, node, depth);
        }
    }
    return RNG_UNKNOWN;
}

uint32_t rng_content(struct rng *r, uint32_t element)
{
    uint32_t content = rng_pattern(r, element)->content;

    if (content == 0) {
        content = compile_group(r, rng_pattern(r, element)->node, 0);
        rng_pattern(r, element)->content = content; /* none is "not allowed", which is what 0 says */
    }
    return content;
}
