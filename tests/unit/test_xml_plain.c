/* The quick reader of plain XML against libxml2: what it accepts is well-formed and gives the same tree,
 * whatever is done to a document; what is usual it accepts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libxml/parser.h>

#include "pacemaker/common/xml.h"
#include "pacemaker/common/xml_plain.h"

/* NULL unless it is well-formed without repair. */
static xmlDoc *by_libxml2(const char *text, size_t length)
{
    int options = XML_PARSE_COMPACT | XML_PARSE_NOBLANKS | XML_PARSE_NONET | XML_PARSE_NOERROR |
                  XML_PARSE_NOWARNING;
    xmlDoc *doc = xmlReadMemory(text, (int)length, NULL, NULL, options);

    xmlResetLastError();
    return doc;
}

static bool same_text(const xmlChar *a, const xmlChar *b)
{
    return xmlStrEqual(a, b) != 0;
}

static bool same_attributes(const xmlNode *a, const xmlNode *b)
{
    const xmlAttr *x = a->properties, *y = b->properties;

    for (; x != NULL && y != NULL; x = x->next, y = y->next) {
        if (!same_text(x->name, y->name) || x->type != y->type || x->atype != y->atype || x->ns != y->ns ||
            x->children == NULL || y->children == NULL || x->children != x->last || y->children != y->last ||
            x->children->type != y->children->type ||
            !same_text(x->children->content, y->children->content) || x->parent != a || x->doc != a->doc ||
            x->children->parent != (const xmlNode *)x || (x->prev == NULL) != (y->prev == NULL) ||
            x->children->doc != a->doc) {
            return false;
        }
    }
    return x == NULL && y == NULL;
}

static bool same_nodes(const xmlNode *a, const xmlNode *b, const xmlNode *parent)
{
    const xmlNode *previous = NULL;

    for (; a != NULL && b != NULL; previous = a, a = a->next, b = b->next) {
        if (a->type != b->type || !same_text(a->name, b->name) || a->parent != parent ||
            a->prev != previous || a->doc != parent->doc || (a->next == NULL && parent->last != a)) {
            return false;
        }
        if (a->type == XML_TEXT_NODE ? !same_text(a->content, b->content) :
            a->line != b->line || !same_attributes(a, b) || !same_nodes(a->children, b->children, a)) {
            return false;
        }
    }
    return a == NULL && b == NULL;
}

/* Whether the quick reader took it; if so libxml2 must have read the same. */
static bool agreed(const char *text, size_t length)
{
    xmlDoc *quick = xml_read_plain(text, length), *slow;

    if (quick == NULL) {
        return false;
    }
    slow = by_libxml2(text, length);
    if (slow == NULL || quick->properties != slow->properties || quick->standalone != slow->standalone ||
        !same_text(quick->encoding, slow->encoding) || !same_text(quick->version, slow->version) ||
        !same_nodes(quick->children, slow->children, (const xmlNode *)quick)) {
        fail_msg("libxml2 reads something else: %.*s", (int)length, text);
    }
    xmlFreeDoc(quick);
    xmlFreeDoc(slow);
    return true;
}

static const char *const plain[] = {
    "<a/>", "<a></a>", " <a />\n", "<?xml version=\"1.0\"?>\n<a/>",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>", "<a>  </a>", "<a>\n  <b/>\n\t<c>\n</c> </a>",
    "<a x=''/>", "<a x=\"y'y\" z = 'w\"w'></a >", "<a\n\n x='1'\n/>",
    "<a x='a much longer value than fits'><b x='short'/><b x='fifteen letters'/><b x='sixteen letters!'/>"
    "</a>",
    "<a x='&lt;&gt;&amp;&quot;&apos;' y='&#65;&#x42;&#xe9;&#8364;&#x1F600;' z='&#9;&#10;&#13;'/>",
    "<a x='&amp;lt;&#38;#38;'/>", "<a x='line\nbreak\tand tab'/>",
    "<a x='caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80'/>", "<_a.b-c d.e-f='>]]>--'/>",
    "<a><b c='1' d='2'/><b c='3' d='4'/><b d='5' c='6'/><bb c='1' dd='2'/></a>", "<a x='\x7f'/>",
    "<a b='1'><a b='2'/></a>",
};

static void usual_documents(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (!agreed(plain[i], strlen(plain[i]))) {
            fail_msg("not read: %s", plain[i]);
        }
    }
}

static void left_to_libxml2(void **state)
{
    static const char *const others[] = {
        "", " ", "a", "<", "<a", "<a>", "</a>", "<a/><b/>", "<a/>x", "<a>text</a>", "<a><!-- c --></a>",
        "<!-- c --><a/>", "<a><![CDATA[x]]></a>", "<a><?p i?></a>", "<!DOCTYPE a><a/>", "<a xmlns='u'/>",
        "<a xmlns:b='u' b:c='1'/>", "<b:a/>", "<a x='1' x='2'/>", "<a x='<'/>", "<a x='&other;'/>",
        "<a x='&lt'/>", "<a x='&#0;'/>", "<a x='&#xFFFE;'/>", "<a x='&#xD800;'/>", "<a x='&#x110000;'/>",
        "<a x='&#;'/>", "<a x='&#x;'/>", "<a x='&#12a;'/>", "<a x='&;'/>", "<a x='\x01'/>", "<a x='\r'/>",
        "<a>\r\n</a>", "<a x='\xff'/>", "<a x='\xc0\x80'/>", "<a x='\xed\xa0\x80'/>", "<a x='\x82\xac'/>",
        "<a x='\xef\xbf\xbe'/>", "<a x='\xe2\x82'/>", "<a x='\xf8\x88\x80\x80\x80'/>", "\xef\xbb\xbf<a/>",
        "<1a/>", "<a 1='2'/>", "<a x/>", "<a x=/>", "<a x=1/>", "<a x='1'y='2'/>", "<a></b>", "<a></ab>",
        "<ab></a>", "<a><b></a></b>", "<a/ >", "<a x='&#-5;'/>", "<a x='&#+65;'/>", "<a x='&# 65;'/>",
        "<?xml version=\"1.1\"?><a/>", "<a x='1",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a x='\xe9'/>", "<a x='&#x00000000000041;'/>",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (agreed(others[i], strlen(others[i]))) {
            fail_msg("this is not plain: %s", others[i]);
        }
    }
    assert_false(agreed("<a x='1\0'/>", 11));
}

/* Depths, lengths and numbers up to the limits and beyond. */
static void limits(void **state)
{
    for (unsigned depth = XML_MAX_DEPTH - 1; depth <= XML_MAX_DEPTH + 1; depth++) {
        char *text = calloc(depth + 1, 7), *at = text;

        for (unsigned i = 0; i < 2 * depth; i++) {
            at = stpcpy(at, i < depth ? "<a>" : "</a>");
        }
        assert_int_equal(agreed(text, strlen(text)), depth <= XML_MAX_DEPTH);
        free(text);
    }
    for (unsigned names = 1; names < 2000; names *= 3) {        /* more different names than are remembered */
        char *text = calloc(names, 16), *at = stpcpy(text, "<a");

        for (unsigned i = 0; i < names; i++) {
            at += sprintf(at, " n%u='%u'", i, i);
        }
        strcpy(at, "/>");
        assert_int_equal(agreed(text, strlen(text)), names < 400);
        free(text);
    }
    {
        size_t size = (1u << 20) + 1;
        char *text = malloc(size + 10);

        memcpy(text, "<a x='", 6);
        memset(text + 6, 'v', size);
        memcpy(text + 6 + size, "'/>", 3);
        assert_false(agreed(text, size + 9));
        memcpy(text + 6 + size - 1, "'/>", 3);
        assert_true(agreed(text, size + 8));
        free(text);
    }
    (void)state;
}

/* Damage of all kinds at random places: cut, overwritten, doubled. */
static void damaged(void **state)
{
    static const char marks[] = "<>/='\"&;#x! ?-\n\t\r:aA0.\x80\xc3\xa9\xff\x01[]";
    uint64_t seed = 1;
    unsigned read = 0;

    (void)state;
    for (unsigned round = 0; round < 200000; round++) {
        const char *original = plain[round % (sizeof(plain) / sizeof(plain[0]))];
        size_t length = strlen(original), at, n;
        char *text = malloc(2 * length + 1);

        memcpy(text, original, length);
        for (unsigned changes = 1 + round % 3; changes > 0; changes--) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            at = (seed >> 33) % length;
            switch ((seed >> 20) % 8) {
                case 0:
                    length = at + 1;
                    break;
                case 1:
                    n = length - at < 5 ? length - at : 5;
                    if (length + n <= 2 * strlen(original)) {
                        memmove(text + at + n, text + at, length - at);
                        length += n;
                    }
                    break;
                default:
                    text[at] = marks[(seed >> 24) % (sizeof(marks) - 1)];
            }
        }
        text = realloc(text, length);       /* reading beyond the end is to be noticed */
        read += agreed(text, length);
        free(text);
    }
    assert_true(read > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_documents), cmocka_unit_test(left_to_libxml2), cmocka_unit_test(limits),
        cmocka_unit_test(damaged),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    xmlCleanupParser();
    return failed;
}
