/* Building, reading and walking XML trees (xml.h). */
#include "config.h"

#include "pacemaker/common/xml.h"
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const xmlChar *xc(const char *text)
{
    return (const xmlChar *)text;
}

/* Memory exhaustion inside a tree operation cannot be repaired half-way. */
static void *must(void *pointer)
{
    if (pointer == NULL) {
        abort();
    }
    return pointer;
}

xmlNode *xml_new(const char *name)
{
    xmlDoc *doc = must(xmlNewDoc(xc("1.0")));
    xmlNode *root = must(xmlNewDocNode(doc, NULL, xc(name), NULL));

    xmlDocSetRootElement(doc, root);
    return root;
}

xmlNode *xml_add(xmlNode *parent, const char *name)
{
    xmlNode *child = must(xmlNewDocNode(parent->doc, NULL, xc(name), NULL));

    xmlAddChild(parent, child);
    return child;
}

xmlNode *xml_copy(const xmlNode *node)
{
    if (node == NULL) {
        return NULL;
    }
    xmlDoc *doc = must(xmlNewDoc(xc("1.0")));
    xmlNode *root = must(xmlDocCopyNode((xmlNode *)node, doc, 1));

    xmlDocSetRootElement(doc, root);
    return root;
}

xmlNode *xml_add_copy(xmlNode *parent, const xmlNode *node)
{
    if (node == NULL) {
        return NULL;
    }
    xmlNode *child = must(xmlDocCopyNode((xmlNode *)node, parent->doc, 1));

    xmlAddChild(parent, child);
    return child;
}

void xml_free(xmlNode *node)
{
    if (node == NULL) {
        return;
    }
    if (node->doc != NULL && xmlDocGetRootElement(node->doc) == node) {
        xmlFreeDoc(node->doc);
        return;
    }
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}

void xml_freep(xmlNode **node)
{
    xml_free(*node);
    *node = NULL;
}

bool xml_is(const xmlNode *node, const char *name)
{
    return node != NULL && node->type == XML_ELEMENT_NODE && strcmp(xml_name(node), name) == 0;
}

const char *xml_get(const xmlNode *node, const char *name)
{
    if (node == NULL || node->type != XML_ELEMENT_NODE) {
        return NULL;
    }
    for (const xmlAttr *attr = node->properties; attr != NULL; attr = attr->next) {
        /* the first letter tells most names apart without a call */
        if (attr->name[0] == (xmlChar)name[0] && strcmp((const char *)attr->name, name) == 0) {
            const xmlNode *text = attr->children;

            return text != NULL && text->content != NULL ? (const char *)text->content : "";
        }
    }
    return NULL;
}

void xml_set(xmlNode *node, const char *name, const char *value)
{
    if (value != NULL) {
        must(xmlSetProp(node, xc(name), xc(value)));
    }
}

void xml_append_attr(xmlNode *node, xmlAttr **last, const char *name, const char *value)
{
    xmlAttr *attr = must(xmlNewDocProp(node->doc, xc(name), NULL));

    attr->children = attr->last = must(xmlNewDocText(node->doc, xc(value)));
    attr->children->parent = (xmlNode *)attr;
    attr->parent = node;
    attr->prev = *last;
    if (*last != NULL) {
        (*last)->next = attr;
    } else {
        node->properties = attr;
    }
    *last = attr;
}

void xml_unset(xmlNode *node, const char *name)
{
    xmlUnsetProp(node, xc(name));
}

void xml_setf(xmlNode *node, const char *name, const char *fmt, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, fmt);
    int length = vasprintf(&text, fmt, args);
    va_end(args);
    if (length < 0) {
        abort();
    }
    xml_set(node, name, text);
    free(text);
}

void xml_set_int(xmlNode *node, const char *name, long long value)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", value);
    xml_set(node, name, text);
}

void xml_set_bool(xmlNode *node, const char *name, bool value)
{
    xml_set(node, name, value ? "true" : "false");
}

int xml_get_int(const xmlNode *node, const char *name, long long *value)
{
    const char *text = xml_get(node, name);
    char *end = NULL;

    if (text == NULL) {
        return -ENXIO;
    }
    errno = 0;
    long long parsed = strtoll(text, &end, 10);

    if (errno != 0 || end == text || *end != '\0') {
        return -EINVAL;
    }
    *value = parsed;
    return 0;
}

int xml_int_or(const xmlNode *node, const char *name, int missing)
{
    long long value = 0;

    if (xml_get_int(node, name, &value) != 0 || value < INT_MIN || value > INT_MAX) {
        return missing;
    }
    return (int)value;
}

bool xml_get_true(const xmlNode *node, const char *name)
{
    return crm_is_true(xml_get(node, name));
}

const char *xml_id(const xmlNode *node)
{
    return xml_get(node, "id");
}

void xml_copy_attrs(xmlNode *target, const xmlNode *source)
{
    bool fresh = target->properties == NULL;
    xmlAttr *last = NULL;

    for (const xmlAttr *attr = source->properties; attr != NULL; attr = attr->next) {
        const char *name = (const char *)attr->name;
        const xmlChar *text = attr->children != NULL ? attr->children->content : NULL;
        const char *value = text != NULL ? (const char *)text : "";

        if (fresh) {
            xml_append_attr(target, &last, name, value);
        } else {
            xml_set(target, name, value);
        }
    }
}

/* The node itself or its nearest following sibling that is an element called name. */
static xmlNode *element_from(xmlNode *node, const char *name)
{
    for (; node != NULL; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && (name == NULL || strcmp(xml_name(node), name) == 0)) {
            return node;
        }
    }
    return NULL;
}

xmlNode *xml_first(const xmlNode *parent, const char *name)
{
    return parent != NULL ? element_from(parent->children, name) : NULL;
}

xmlNode *xml_next(const xmlNode *node, const char *name)
{
    return node != NULL ? element_from(node->next, name) : NULL;
}

xmlNode *xml_find(const xmlNode *parent, const char *name, const char *attr, const char *value)
{
    xml_foreach(child, parent, name) {
        const char *found = attr != NULL ? xml_get(child, attr) : NULL;

        if (attr == NULL || (found != NULL && (value == NULL || strcmp(found, value) == 0))) {
            return child;
        }
    }
    return NULL;
}

xmlNode *xml_find_below(const xmlNode *parent, const char *name, unsigned depth)
{
    xml_foreach(child, parent, NULL) {
        xmlNode *found;

        if (xml_is(child, name)) {
            return child;
        }
        found = depth > 0 ? xml_find_below(child, name, depth - 1) : NULL;
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

const xmlNode *xml_find_with(const xmlNode *node, const char *attribute, unsigned depth)
{
    if (node == NULL || xml_get(node, attribute) != NULL) {
        return node;
    }
    xml_foreach(child, node, NULL) {
        const xmlNode *found = depth > 0 ? xml_find_with(child, attribute, depth - 1) : NULL;

        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

bool crm_is_true(const char *text)
{
    static const char *const words[] = {"true", "on", "yes", "y", "1"};

    for (size_t i = 0; text != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(text, words[i]) == 0) {
            return true;
        }
    }
    return false;
}
