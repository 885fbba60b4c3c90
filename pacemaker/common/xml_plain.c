/* A quick reader for plain XML (xml_plain.h). The CIB and the daemons' messages are elements with attributes
 * and nothing else, and the scheduler of a large cluster would spend most of its time in a general parser.
 * Whatever is not plain is left to libxml2, so this file reports no errors and repairs nothing. */
#include "config.h"
#include "pacemaker/common/xml_plain.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/chvalid.h>
#include <libxml/dict.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlmemory.h>
#include "pacemaker/common/xml.h"

#define MAX_NAMES 400u              /* different names of elements and attributes */
#define SLOTS 1024u                 /* of the hash table over them, a power of two */
#define MAX_NAME 255u               /* bytes of a name */
#define MAX_VALUE (1u << 20)        /* bytes of an attribute's value */
#define LINE_MAX_KEPT 65535u        /* what a node's line field holds */

/* A name of an element or attribute. */
struct known {
    const xmlChar *name;            /* in the document's dictionary */
    uint32_t length;
    uint32_t element;               /* the element that has it as attribute, the last such */
    struct known *next;             /* the name that came after it last time: documents repeat themselves */
};

struct reader {
    const unsigned char *at, *end;
    xmlDoc *doc;
    xmlNode *open;                  /* the innermost element that is not closed yet, or NULL */
    unsigned depth, line;
    uint32_t element;               /* elements so far */
    struct known *last;             /* the name read last */
    uint32_t n_names;
    struct known names[MAX_NAMES + 1];  /* the first has no name */
    uint16_t slots[SLOTS];          /* hash -> index of names, 0: free */
};

/* What a byte may be part of. */
enum { NAME_START = 1, NAME = 2, VALUE = 4 };

#define RANGE(from, to, what) [from ... to] = (what)
static const uint8_t kinds[256] = {
    RANGE(' ', '!', VALUE), RANGE('#', '%', VALUE), RANGE('(', ',', VALUE), RANGE('-', '.', VALUE | NAME),
    ['/'] = VALUE, RANGE('0', '9', VALUE | NAME), RANGE(':', ';', VALUE), RANGE('=', '@', VALUE),
    RANGE('A', 'Z', VALUE | NAME | NAME_START), RANGE('[', '^', VALUE), ['_'] = VALUE | NAME | NAME_START,
    ['`'] = VALUE, RANGE('a', 'z', VALUE | NAME | NAME_START), RANGE('{', 0x7f, VALUE),
};

static bool more(const struct reader *r)
{
    return r->at < r->end;
}

static bool take(struct reader *r, const char *text)
{
    size_t n = strlen(text);

    if ((size_t)(r->end - r->at) < n || memcmp(r->at, text, n) != 0) {
        return false;
    }
    r->at += n;
    return true;
}

/* Goes over blanks; a carriage return is not plain, and stops it. */
static void skip_blanks(struct reader *r)
{
    while (more(r) && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t')) {
        r->line += *r->at == '\n';
        r->at++;
    }
}

static void *must(void *pointer)
{
    if (pointer == NULL) {
        abort();
    }
    return pointer;
}

/* ---- names ---- */

static struct known *look_up(struct reader *r, const unsigned char *name, uint32_t length, uint32_t hash)
{
    struct known *k;
    uint32_t i;

    for (i = hash & (SLOTS - 1); r->slots[i] != 0; i = (i + 1) & (SLOTS - 1)) {
        k = &r->names[r->slots[i]];
        if (k->length == length && memcmp(k->name, name, length) == 0) {
            return k;
        }
    }
    if (r->n_names == MAX_NAMES || (length == 5 && memcmp(name, "xmlns", 5) == 0)) {
        return NULL;
    }
    r->slots[i] = (uint16_t)++r->n_names;
    k = &r->names[r->n_names];
    *k = (struct known){
        .name = must((void *)xmlDictLookup(r->doc->dict, name, (int)length)),
        .length = length,
    };
    return k;
}

/* The name that starts here, NULL when there is none or it is not plain. */
static struct known *read_name(struct reader *r)
{
    struct known *k = r->last->next;
    const unsigned char *start = r->at;
    uint32_t hash = 2166136261u;

    if (k != NULL && (size_t)(r->end - r->at) > k->length && memcmp(r->at, k->name, k->length) == 0 &&
        !(kinds[r->at[k->length]] & NAME)) {
        r->at += k->length;
    } else {
        if (!more(r) || !(kinds[*r->at] & NAME_START)) {
            return NULL;
        }
        for (; more(r) && (kinds[*r->at] & NAME); r->at++) {
            hash = (hash ^ *r->at) * 16777619u;
        }
        k = r->at - start > (ptrdiff_t)MAX_NAME ? NULL : look_up(r, start, (uint32_t)(r->at - start), hash);
        if (k == NULL) {
            return NULL;
        }
        r->last->next = k;
    }
    r->last = k;
    return k;
}

/* ---- values ---- */

/* The character a reference after "&" stands for, 0 when it is not one every document knows. */
static unsigned reference(const char *name, size_t n)
{
    static const struct {
        const char *name;
        unsigned c;
    } all[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    bool hex = n > 1 && name[1] == 'x';
    size_t digits = n - (hex ? 2 : 1), used;
    char copy[12];
    unsigned long c;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (strlen(all[i].name) == n && memcmp(all[i].name, name, n) == 0) {
            return all[i].c;
        }
    }
    if (n < 2 || name[0] != '#' || digits == 0 || digits > 8) {
        return 0;
    }
    memcpy(copy, name + n - digits, digits);
    copy[digits] = '\0';
    used = strspn(copy, hex ? "0123456789abcdefABCDEF" : "0123456789");
    c = strtoul(copy, NULL, hex ? 16 : 10);
    return used == digits && c <= 0x10ffff && xmlIsCharQ((unsigned)c) ? (unsigned)c : 0;
}

/* Decodes a reference at r->at. */
static bool decode_reference(struct reader *r, unsigned char **out)
{
    size_t room = (size_t)(r->end - r->at), n;
    const unsigned char *semicolon = memchr(r->at, ';', room < 12 ? room : 12);
    unsigned c;

    if (semicolon == NULL) {
        return false;
    }
    n = (size_t)(semicolon - r->at) - 1;
    c = n == 0 ? 0 : reference((const char *)r->at + 1, n);
    if (c == 0) {
        return false;
    }
    *out += xmlCopyCharMultiByte(*out, (int)c);
    r->at = semicolon + 1;
    return true;
}

/* Copies one character that is not ASCII. */
static bool copy_wide(struct reader *r, unsigned char **out)
{
    static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    int n = r->end - r->at < 4 ? (int)(r->end - r->at) : 4, c = xmlGetUTF8Char(r->at, &n);

    if (*r->at < 0xc2 || c < 0 || n < 2 || n > 4 || (unsigned)c < smallest[n] || !xmlIsCharQ((unsigned)c)) {
        return false;           /* the function takes a byte from the middle for the first of two */
    }
    memcpy(*out, r->at, (size_t)n);
    *out += n;
    r->at += n;
    return true;
}

/* The rest of a value that starts at start and has references, line ends or characters beyond ASCII in it.
 * What it stands for is never longer than how it is written. NULL: it is not plain. */
static unsigned char *decode(struct reader *r, const unsigned char *start, unsigned char quote)
{
    size_t head = (size_t)(r->at - start), room = (size_t)(r->end - r->at);
    const unsigned char *close = memchr(r->at, quote, room);
    unsigned char *text, *out;
    bool ok = close != NULL && close - start <= (ptrdiff_t)MAX_VALUE;

    if (!ok) {
        return NULL;
    }
    text = must(xmlMalloc((size_t)(close - start) + 1));
    memcpy(text, start, head);
    out = text + head;
    while (ok && r->at < close) {
        if ((kinds[*r->at] & VALUE) || *r->at == '"' || *r->at == '\'') {
            *out++ = *r->at++;
        } else if (*r->at == '\n' || *r->at == '\t') {
            r->line += *r->at++ == '\n';
            *out++ = ' ';
        } else {
            ok = *r->at == '&' ? decode_reference(r, &out) : *r->at >= 0x80 && copy_wide(r, &out);
        }
    }
    *out = '\0';
    if (!ok || r->at != close) {
        xmlFree(text);
        return NULL;
    }
    return text;
}

/* A text node: with the content given, or with a copy of n bytes,
 * few of them inside the node as libxml2 does. */
static xmlNode *text_node(struct reader *r, xmlNode *parent, unsigned char *content,
                          const unsigned char *from, size_t n)
{
    xmlNode *node = must(xmlMalloc(sizeof(*node)));

    memset(node, 0, sizeof(*node));
    node->type = XML_TEXT_NODE;
    node->name = xmlStringText;
    node->parent = parent;
    node->doc = r->doc;
    if (content == NULL) {
        content = n < 2 * sizeof(void *) ? (unsigned char *)&node->properties : must(xmlMalloc(n + 1));
        memcpy(content, from, n);
        content[n] = '\0';
    }
    node->content = content;
    return node;
}

/* From the opening quote over the closing one. */
static xmlNode *read_value(struct reader *r, xmlNode *parent)
{
    unsigned char quote = more(r) ? *r->at++ : 0, *decoded = NULL;
    const unsigned char *start = r->at, *at = start, *end = r->end;

    if (quote != '"' && quote != '\'') {
        return NULL;
    }
    while (at < end && ((kinds[*at] & VALUE) || (*at != quote && (*at == '"' || *at == '\'')))) {
        at++;
    }
    r->at = at;
    if (at == end || at - start > (ptrdiff_t)MAX_VALUE) {
        return NULL;
    }
    if (*at != quote) {
        decoded = decode(r, start, quote);
        if (decoded == NULL) {
            return NULL;
        }
    }
    r->at++;
    return text_node(r, parent, decoded, start, (size_t)(at - start));
}

/* ---- elements ---- */

static bool read_attribute(struct reader *r, xmlNode *node, xmlAttr **last)
{
    struct known *k = read_name(r);
    xmlAttr *attr;

    if (k == NULL || k->element == r->element) {
        return false;
    }
    k->element = r->element;
    skip_blanks(r);
    if (!more(r) || *r->at++ != '=') {
        return false;
    }
    skip_blanks(r);
    attr = must(xmlMalloc(sizeof(*attr)));
    memset(attr, 0, sizeof(*attr));
    attr->type = XML_ATTRIBUTE_NODE;
    attr->name = k->name;
    attr->parent = node;
    attr->doc = r->doc;
    attr->prev = *last;
    if (*last != NULL) {
        (*last)->next = attr;
    } else {
        node->properties = attr;
    }
    *last = attr;
    attr->children = attr->last = read_value(r, (xmlNode *)attr);
    return attr->children != NULL;
}

static void append(xmlNode *parent, xmlNode *node)
{
    node->parent = parent;
    node->prev = parent->last;
    if (parent->last != NULL) {
        parent->last->next = node;
    } else {
        parent->children = node;
    }
    parent->last = node;
}

static unsigned line_of(const struct reader *r)
{
    return r->line < LINE_MAX_KEPT ? r->line : LINE_MAX_KEPT;
}

static bool close_element(struct reader *r)
{
    r->open = r->open->parent->type == XML_ELEMENT_NODE ? r->open->parent : NULL;
    r->depth--;
    return true;
}

/* A start tag, after its "<". */
static bool start_tag(struct reader *r)
{
    struct known *k = read_name(r);
    xmlNode *node;
    xmlAttr *last = NULL;

    if (k == NULL || ++r->depth > XML_MAX_DEPTH) {
        return false;
    }
    node = must(xmlMalloc(sizeof(*node)));
    memset(node, 0, sizeof(*node));
    node->type = XML_ELEMENT_NODE;
    node->name = k->name;
    node->doc = r->doc;
    append(r->open != NULL ? r->open : (xmlNode *)r->doc, node);
    r->open = node;
    r->element++;
    for (;;) {
        const unsigned char *blank = r->at;

        skip_blanks(r);
        if (!more(r)) {
            return false;
        }
        if (*r->at == '>' || *r->at == '/') {
            break;
        }
        if (r->at == blank || !read_attribute(r, node, &last)) {
            return false;
        }
    }
    node->line = (unsigned short)line_of(r);
    if (*r->at == '>') {
        r->at++;
        return true;
    }
    return take(r, "/>") && close_element(r);
}

/* An end tag, after its "</". */
static bool end_tag(struct reader *r)
{
    const char *name = (const char *)r->open->name;

    if (!take(r, name)) {
        return false;
    }
    skip_blanks(r);
    return take(r, ">") && close_element(r);
}

/* All up to the end of the root element. */
static bool read_elements(struct reader *r)
{
    if (!take(r, "<") || !start_tag(r)) {
        return false;
    }
    while (r->open != NULL) {
        const unsigned char *blank = r->at;
        bool ok;

        skip_blanks(r);
        if (!take(r, "<")) {
            return false;
        }
        if (!more(r) || *r->at != '/') {
            ok = start_tag(r);
        } else {
            if (r->at - 1 > blank && r->open->children == NULL) {       /* the only blanks that count */
                append(r->open, text_node(r, r->open, NULL, blank, (size_t)(r->at - 1 - blank)));
            }
            r->at++;
            ok = end_tag(r);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* The XML declaration, if there is one, and what may follow it. */
static bool read_head(struct reader *r)
{
    if (take(r, "<?xml version=\"1.0\"")) {
        if (take(r, " encoding=\"UTF-8\"")) {
            r->doc->encoding = must(xmlStrdup((const xmlChar *)"UTF-8"));
        }
        r->doc->standalone = -2;        /* not declared */
        if (!take(r, "?>")) {
            return false;
        }
    }
    skip_blanks(r);
    return true;
}

xmlDoc *xml_read_plain(const char *text, size_t length)
{
    struct reader r;
    bool ok;

    r.at = (const unsigned char *)text;
    r.end = r.at + length;
    r.open = NULL;
    r.depth = 0;
    r.line = 1;
    r.element = 0;
    r.n_names = 0;
    r.names[0].next = NULL;
    r.last = &r.names[0];
    memset(r.slots, 0, sizeof(r.slots));
    r.doc = must(xmlNewDoc((const xmlChar *)"1.0"));
    r.doc->dict = must(xmlDictCreate());
    ok = read_head(&r) && read_elements(&r);
    skip_blanks(&r);
    if (!ok || more(&r)) {
        xmlFreeDoc(r.doc);
        return NULL;
    }
    r.doc->properties = XML_DOC_WELLFORMED | XML_DOC_NSVALID | XML_DOC_DTDVALID;     /* as libxml2 has it */
    return r.doc;
}
