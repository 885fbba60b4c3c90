/* The two text forms of pacemaker's XML and its digests (cib.md §5, messaging.md §1.8).
 *
 * Both forms and the digests share one escaping of attribute values, except that a digest stops
 * escaping at the first multi-byte character, as the reference does, while texts to be parsed
 * again stay well-formed. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pacemaker/common/md5.h"
#include "pacemaker/common/xml.h"

struct text {
    char *data;
    size_t length, capacity;
};

/* How to write a tree. */
struct form {
    bool pretty;            /* one element a line, indented */
    bool raw_tail;          /* stop escaping at the first multi-byte character of a value */
    bool filter;            /* leave out attributes that differ between equal CIBs */
};

static void put(struct text *t, const char *bytes, size_t length)
{
    if (t->capacity - t->length <= length) {
        size_t wanted = t->length + length + 1;
        size_t capacity = t->capacity > 0 ? t->capacity : 1024;

        while (capacity < wanted) {
            capacity *= 2;
        }
        t->data = realloc(t->data, capacity);
        if (t->data == NULL) {
            abort();
        }
        t->capacity = capacity;
    }
    memcpy(t->data + t->length, bytes, length);
    t->length += length;
    t->data[t->length] = '\0';
}

static void puts_text(struct text *t, const char *text)
{
    put(t, text, strlen(text));
}

static void put_indent(struct text *t, const struct form *form, unsigned depth)
{
    static const char blanks[] = "                                ";

    for (size_t left = form->pretty ? 2 * (size_t)depth : 0; left > 0;) {
        size_t n = left < sizeof(blanks) - 1 ? left : sizeof(blanks) - 1;

        put(t, blanks, n);
        left -= n;
    }
}

static void put_newline(struct text *t, const struct form *form)
{
    if (form->pretty) {
        put(t, "\n", 1);
    }
}

/* Bytes of the UTF-8 character at p if it is a well-formed multi-byte one, else 0. */
static size_t multibyte_length(const unsigned char *p)
{
    size_t n = p[0] >= 0xc2 && p[0] <= 0xdf   ? 2
               : (p[0] & 0xf0) == 0xe0        ? 3
               : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
                                              : 0;

    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

static const char *entity(unsigned char byte)
{
    switch (byte) {
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&apos;";
        case '&':
            return "&amp;";
        case '\t':
            return "    ";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        default:
            return NULL;
    }
}

static void put_value(struct text *t, const struct form *form, const char *value)
{
    const unsigned char *p = (const unsigned char *)value;

    while (*p != '\0') {
        size_t plain = 0;

        while (p[plain] >= 0x20 && p[plain] <= 0x7e && entity(p[plain]) == NULL) {
            plain++;
        }
        if (plain > 0) {
            put(t, (const char *)p, plain);
            p += plain;
            continue;
        }
        if (form->raw_tail && p[0] >= 0x80 && p[1] >= 0x80) {
            puts_text(t, (const char *)p);
            return;
        }
        size_t wide = form->raw_tail ? 0 : multibyte_length(p);
        const char *replacement = entity(*p);
        char octal[8];

        if (wide > 0) {
            put(t, (const char *)p, wide);
            p += wide;
            continue;
        }
        if (replacement == NULL) {
            snprintf(octal, sizeof(octal), "\\%.3o", *p);
            replacement = octal;
        }
        puts_text(t, replacement);
        p++;
    }
}

static bool filtered(const char *name)
{
    static const char *const names[] = {"crm-debug-origin", "cib-last-written", "update-origin",
                                        "update-client", "update-user"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void put_attributes(struct text *t, const struct form *form, const xmlNode *node)
{
    for (const xmlAttr *attr = node->properties; attr != NULL; attr = attr->next) {
        const char *name = (const char *)attr->name;

        if (form->filter && filtered(name)) {
            continue;
        }
        put(t, " ", 1);
        puts_text(t, name);
        put(t, "=\"", 2);
        put_value(t, form, xml_get(node, name));
        put(t, "\"", 1);
    }
}

static void put_wrapped(struct text *t, const struct form *form, unsigned depth, const char *open,
                        const xmlChar *content, const char *close)
{
    put_indent(t, form, depth);
    puts_text(t, open);
    puts_text(t, content != NULL ? (const char *)content : "");
    puts_text(t, close);
    put_newline(t, form);
}

/* In the compact form any child, a text too, forces the long form of an element; in the pretty form texts are
 * not there. */
static bool has_children(const struct form *form, const xmlNode *node)
{
    const xmlNode *child = node->children;

    while (form->pretty && child != NULL && child->type == XML_TEXT_NODE) {
        child = child->next;
    }
    return child != NULL;
}

static void put_node(struct text *t, const struct form *form, unsigned depth, const xmlNode *node);

static void put_element(struct text *t, const struct form *form, unsigned depth, const xmlNode *node)
{
    put_indent(t, form, depth);
    put(t, "<", 1);
    puts_text(t, xml_name(node));
    put_attributes(t, form, node);
    if (!has_children(form, node)) {
        put(t, "/>", 2);
        put_newline(t, form);
        return;
    }
    put(t, ">", 1);
    put_newline(t, form);
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        put_node(t, form, depth + 1, child);
    }
    put_indent(t, form, depth);
    put(t, "</", 2);
    puts_text(t, xml_name(node));
    put(t, ">", 1);
    put_newline(t, form);
}

static void put_node(struct text *t, const struct form *form, unsigned depth, const xmlNode *node)
{
    switch (node->type) {
        case XML_ELEMENT_NODE:
            put_element(t, form, depth, node);
            break;
        case XML_COMMENT_NODE:
            put_wrapped(t, form, depth, "<!--", node->content, "-->");
            break;
        case XML_CDATA_SECTION_NODE:
            put_wrapped(t, form, depth, "<![CDATA[", node->content, "]]>");
            break;
        default:
            break;
    }
}

static char *text_of(const xmlNode *node, const struct form *form)
{
    struct text t = {0};

    put(&t, "", 0);
    put_node(&t, form, 0, node);
    return t.data;
}

char *xml_text(const xmlNode *node)
{
    return text_of(node, &(struct form){0});
}

char *xml_text_pretty(const xmlNode *node)
{
    return text_of(node, &(struct form){.pretty = true});
}

char *xml_escape_value(const char *value)
{
    struct text t = {0};

    put(&t, "", 0);
    put_value(&t, &(struct form){0}, value);
    return t.data;
}

static int compare_names(const void *a, const void *b)
{
    const xmlAttr *const *left = a, *const *right = b;

    return strcmp((const char *)(*left)->name, (const char *)(*right)->name);
}

/* Put the attributes of an element into ascending byte order of their names. */
static void sort_attributes(xmlNode *node)
{
    size_t n = 0;

    for (const xmlAttr *attr = node->properties; attr != NULL; attr = attr->next) {
        n++;
    }
    if (n < 2) {
        return;
    }
    xmlAttr **order = calloc(n, sizeof(*order));
    size_t i = 0;

    if (order == NULL) {
        abort();
    }
    for (xmlAttr *attr = node->properties; attr != NULL; attr = attr->next) {
        order[i++] = attr;
    }
    qsort(order, n, sizeof(*order), compare_names);
    for (i = 0; i < n; i++) {
        order[i]->prev = i > 0 ? order[i - 1] : NULL;
        order[i]->next = i + 1 < n ? order[i + 1] : NULL;
    }
    node->properties = order[0];
    free(order);
}

void xml_sort_attrs(xmlNode *node)
{
    sort_attributes(node);
    xml_foreach(child, node, NULL) {
        xml_sort_attrs(child);
    }
}

char *xml_digest_v1(const xmlNode *node, bool sort, bool filter)
{
    const struct form form = {.raw_tail = true, .filter = filter};
    struct text t = {0};
    XML_AUTO xmlNode *sorted = NULL;

    if (sort) {
        sorted = xml_copy(node);
        xml_sort_attrs(sorted);
        node = sorted;
    }
    put(&t, " ", 1);
    put_node(&t, &form, 0, node);
    put(&t, "\n", 1);

    char *hex = md5_hex(t.data, t.length);

    free(t.data);
    return hex;
}

char *xml_digest_v2(const xmlNode *node, bool filter)
{
    char *text = text_of(node, &(struct form){.raw_tail = true, .filter = filter});
    char *hex = md5_hex(text, strlen(text));

    free(text);
    return hex;
}

void xml_filter_operation_params(xmlNode *params)
{
    static const char *const names[] = {"id", "crm_feature_set", "op-digest", "on_node", "on_node_uuid",
                                        "pcmk_external_ip"};
    long long interval = 0;
    bool keep_timeout = xml_get_int(params, "CRM_meta_interval", &interval) == 0 && interval > 0;
    xmlAttr *attr = params->properties;

    while (attr != NULL) {
        xmlAttr *next = attr->next;
        const char *name = (const char *)attr->name;
        bool drop =
            strncmp(name, "CRM_meta_", 9) == 0 && !(keep_timeout && strcmp(name, "CRM_meta_timeout") == 0);

        for (size_t i = 0; !drop && i < sizeof(names) / sizeof(names[0]); i++) {
            drop = strcmp(name, names[i]) == 0;
        }
        if (drop) {
            xmlRemoveProp(attr);
        }
        attr = next;
    }
}

char *xml_digest_operation(const xmlNode *params)
{
    XML_AUTO xmlNode *copy = xml_new("parameters");

    xml_copy_attrs(copy, params);
    xml_filter_operation_params(copy);
    return xml_digest_v1(copy, true, false);
}
