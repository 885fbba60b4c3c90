/* Values of attributes in the quick RELAX NG check. Where libxml2's answer needs more thought than a look at
 * the characters, the answer here is "unsure". */
#include "config.h"
#include "cib/rng_private.h"

#include <string.h>
#include "pacemaker/common/xml.h"

#define SURE_DIGITS 18u /* longer numbers are not judged here */
#define XSD "http://www.w3.org/2001/XMLSchema-datatypes"

static const struct rng_test *test_at(const struct rng *r, uint32_t test)
{
    return &g_array_index(r->tests, struct rng_test, test);
}

/* ---- reading them ---- */

static bool of_xsd(const xmlNode *node)
{
    for (; node != NULL && node->type == XML_ELEMENT_NODE; node = node->parent) {
        const char *library = xml_get(node, "datatypeLibrary");

        if (library != NULL) {
            return strcmp(library, XSD) == 0;
        }
    }
    return false;
}

static bool type_of(const char *name, enum rng_type *type)
{
    static const struct {
        const char *name;
        enum rng_type type;
    } all[] = {
        {"string", RNG_TYPE_STRING},
        {"ID", RNG_TYPE_ID},
        {"IDREF", RNG_TYPE_IDREF},
        {"integer", RNG_TYPE_INTEGER},
        {"nonNegativeInteger", RNG_TYPE_NON_NEGATIVE},
        {"positiveInteger", RNG_TYPE_POSITIVE},
        {"boolean", RNG_TYPE_BOOLEAN},
    };

    for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(all); i++) {
        if (strcmp(all[i].name, name) == 0) {
            *type = all[i].type;
            return true;
        }
    }
    return false;
}

/* Only text below; "" when there is nothing. */
static char *text_below(const xmlNode *node)
{
    xmlChar *content;
    char *text = NULL;

    if (xml_first(node, NULL) == NULL) {
        content = xmlNodeGetContent(node);
        text = g_strdup(content != NULL ? (const char *)content : "");
        xmlFree(content);
    }
    return text;
}

/* No blanks but single spaces inside: equal tokens are equal texts. */
static bool is_token(const char *text)
{
    char last = ' ';

    for (; *text != '\0'; last = *text++) {
        if (*text == '\t' || *text == '\n' || *text == '\r' || (*text == ' ' && last == ' ')) {
            return false;
        }
    }
    return last != ' ';
}

static bool read_value(const xmlNode *node, struct rng_test *test)
{
    test->type = RNG_TYPE_VALUE;
    test->text = text_below(node);
    return node->properties == NULL && test->text != NULL && is_token(test->text);
}

static bool read_pattern(const xmlNode *param, struct rng_test *test)
{
    char *text = text_below(param);
    bool ok = text != NULL && test->type == RNG_TYPE_STRING && test->regexp == NULL &&
              test->except == RNG_UNKNOWN && g_strcmp0(xml_get(param, "name"), "pattern") == 0;

    if (ok) {
        test->regexp = xmlRegexpCompile((const xmlChar *)text);
    }
    g_free(text);
    return ok && test->regexp != NULL;
}

static bool read_except(struct rng *r, const xmlNode *except, struct rng_test *test)
{
    const xmlNode *child = xml_first(except, NULL);

    if (child == NULL || xml_next(child, NULL) != NULL || test->except != RNG_UNKNOWN ||
        test->type != RNG_TYPE_STRING) {
        return false;
    }
    test->except = rng_test_of(r, child);
    return test->except != RNG_UNKNOWN;
}

static bool read_data(struct rng *r, const xmlNode *node, struct rng_test *test)
{
    if (!type_of(xml_get(node, "type"), &test->type) || !of_xsd(node)) {
        return false;
    }
    xml_foreach(child, node, NULL) {
        if (!(xml_is(child, "param") ? read_pattern(child, test)
                                     : xml_is(child, "except") && read_except(r, child, test))) {
            return false;
        }
    }
    return true;
}

/* The alternatives from node on. */
static uint32_t choice_from(struct rng *r, const xmlNode *node)
{
    const xmlNode *next = xml_next(node, NULL);
    struct rng_test test = {.type = RNG_TYPE_CHOICE, .except = RNG_UNKNOWN};

    test.first = rng_test_of(r, node);
    if (next == NULL || test.first == RNG_UNKNOWN) {
        return test.first;
    }
    test.second = choice_from(r, next);
    return test.second == RNG_UNKNOWN ? RNG_UNKNOWN : rng_push(r, r->tests, &test);
}

/* One test for all data of a type without more conditions. */
static uint32_t keep_test(struct rng *r, struct rng_test *test)
{
    bool simple = test->type >= RNG_TYPE_STRING && test->regexp == NULL && test->except == RNG_UNKNOWN;
    uint64_t key = rng_key(RNG_KEY_TEST, 0, test->type); /* no address is as small */
    uint32_t number;

    if (simple && rng_find(r, key, &number)) {
        return number;
    }
    number = rng_push(r, r->tests, test);
    if (number == RNG_UNKNOWN) {
        rng_test_clear(test);
    } else if (simple) {
        rng_put(r, key, number);
    }
    return number;
}

static uint32_t read_test(struct rng *r, const xmlNode *node)
{
    struct rng_test test = {.type = RNG_TYPE_TEXT, .except = RNG_UNKNOWN};

    if (xml_is(node, "text")) {
        return RNG_TEXT;
    }
    if (xml_is(node, "choice")) {
        return xml_first(node, NULL) != NULL ? choice_from(r, xml_first(node, NULL)) : RNG_UNKNOWN;
    }
    if (xml_is(node, "data") ? read_data(r, node, &test) : xml_is(node, "value") && read_value(node, &test)) {
        return keep_test(r, &test);
    }
    rng_test_clear(&test);
    return RNG_UNKNOWN;
}

uint32_t rng_test_of(struct rng *r, const xmlNode *node)
{
    uint64_t key = rng_key(RNG_KEY_TEST, 0, (uint64_t)(uintptr_t)node);
    uint32_t test;

    if (!rng_find(r, key, &test)) {
        test = read_test(r, node);
        rng_put(r, key, test);
    }
    return test;
}

void rng_test_clear(void *data)
{
    struct rng_test *test = data;

    g_free(test->text);
    if (test->regexp != NULL) {
        xmlRegFreeRegexp(test->regexp);
    }
}

/* ---- asking them ---- */

/* Blanks are taken off before most comparisons; such values are left alone. */
static enum rng_verdict no_unless_blank(const char *value)
{
    return is_token(value) ? RNG_NO : RNG_UNSURE;
}

static bool is_name(const char *value)
{
    size_t n = strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    return n > 0 && value[n] == '\0' && strchr(".-0123456789", value[0]) == NULL;
}

static enum rng_verdict is_integer(const char *value)
{
    const char *digits = value + (*value == '+' || *value == '-');
    size_t n = strspn(digits, "0123456789");

    if (n == 0 || digits[n] != '\0') {
        return no_unless_blank(value);
    }
    return n <= SURE_DIGITS ? RNG_YES : RNG_UNSURE;
}

static enum rng_verdict is_counter(const char *value, bool positive)
{
    enum rng_verdict integer = is_integer(value);

    if (integer == RNG_YES &&
        (*value == '+' || *value == '-' || (positive && value[strspn(value, "0")] == '\0'))) {
        return RNG_UNSURE;
    }
    return integer;
}

static enum rng_verdict is_boolean(const char *value)
{
    static const char *const all[] = {"true", "false", "1", "0"};

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        if (strcmp(all[i], value) == 0) {
            return RNG_YES;
        }
    }
    return no_unless_blank(value);
}

static enum rng_verdict is_string(const struct rng *r, const struct rng_test *test, const char *value)
{
    enum rng_verdict excepted;

    if (test->regexp != NULL && xmlRegexpExec(test->regexp, (const xmlChar *)value) != 1) {
        return RNG_UNSURE;
    }
    excepted = test->except == RNG_UNKNOWN ? RNG_NO : rng_test(r, test->except, value);
    return excepted == RNG_NO ? RNG_YES : excepted == RNG_YES ? RNG_NO : RNG_UNSURE;
}

static enum rng_verdict is_data(const struct rng *r, const struct rng_test *test, const char *value)
{
    if (*value == '\0') {
        return RNG_UNSURE;
    }
    switch (test->type) {
    case RNG_TYPE_STRING:
        return is_string(r, test, value);
    case RNG_TYPE_ID:
    case RNG_TYPE_IDREF:
        return is_name(value) ? RNG_YES : RNG_UNSURE;
    case RNG_TYPE_INTEGER:
        return is_integer(value);
    case RNG_TYPE_BOOLEAN:
        return is_boolean(value);
    default:
        return is_counter(value, test->type == RNG_TYPE_POSITIVE);
    }
}

enum rng_verdict rng_test(const struct rng *r, uint32_t number, const char *value)
{
    const struct rng_test *test = test_at(r, number);
    enum rng_verdict first, second;

    switch (test->type) {
    case RNG_TYPE_TEXT:
        return RNG_YES;
    case RNG_TYPE_VALUE:
        return strcmp(test->text, value) == 0 ? RNG_YES : no_unless_blank(value);
    case RNG_TYPE_CHOICE:
        first = rng_test(r, test->first, value);
        if (first == RNG_YES) {
            return RNG_YES;
        }
        second = rng_test(r, test->second, value);
        return second == RNG_NO ? first : second;
    default:
        return is_data(r, test, value);
    }
}
