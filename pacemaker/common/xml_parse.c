/* Parsing XML text and evaluating XPath, with limits on foreign input (xml.h). */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"
#include "pacemaker/common/xml_plain.h"

/* Steps one XPath evaluation may take; far beyond any sensible query. */
#define XPATH_MAX_STEPS 50000000UL

/* Hand an error text to the caller if it asked for one. */
static void report(char **error, int line, const char *message)
{
    char *text = NULL;

    if (error == NULL) {
        return;
    }
    int length = (int)strcspn(message, "\n");

    if ((line > 0 ? asprintf(&text, "line %d: %.*s", line, length, message)
                  : asprintf(&text, "%.*s", length, message)) < 0) {
        text = NULL;
    }
    *error = text;
}

static bool too_deep(const xmlNode *root)
{
    const xmlNode *node = root;
    unsigned depth = 1;

    while (node != NULL) {
        if (node->type == XML_ELEMENT_NODE && node->children != NULL) {
            node = node->children;
            if (++depth > XML_MAX_DEPTH) {
                return true;
            }
            continue;
        }
        while (node != root && node->next == NULL) {
            node = node->parent;
            depth--;
        }
        node = node == root ? NULL : node->next;
    }
    return false;
}

/* Why a parsed document cannot be used; NULL = it can. */
static const char *objection(const xmlDoc *doc)
{
    const xmlNode *root = xmlDocGetRootElement(doc);

    if (root == NULL) {
        return "no root element";
    }
    if (doc->intSubset != NULL || doc->extSubset != NULL) {
        return "a document type declaration is not accepted";
    }
    return too_deep(root) ? "elements are nested too deeply" : NULL;
}

/* Reads a text that is not plain, or wrong. */
static xmlNode *parse_any(const char *text, size_t length, int options, char **error)
{
    xmlParserCtxt *ctxt = xmlNewParserCtxt();

    if (ctxt == NULL) {
        abort();
    }
    xmlDoc *doc = xmlCtxtReadMemory(ctxt, text, (int)length, NULL, NULL,
                                    options | XML_PARSE_COMPACT | XML_PARSE_NOBLANKS | XML_PARSE_NONET |
                                        XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    const char *problem = doc != NULL ? objection(doc) : "not well-formed";
    int line = ctxt->lastError.line;

    if (problem != NULL && ctxt->lastError.message != NULL) {
        report(error, line, ctxt->lastError.message);
    } else if (problem != NULL) {
        report(error, 0, problem);
    } else if (ctxt->lastError.code != XML_ERR_OK && ctxt->lastError.level >= XML_ERR_ERROR) {
        log_debug("XML text was repaired at line %d: %s", line,
                  ctxt->lastError.message != NULL ? ctxt->lastError.message : "unknown");
    }
    xmlFreeParserCtxt(ctxt);
    if (problem != NULL) {
        xmlFreeDoc(doc);
        return NULL;
    }
    return xmlDocGetRootElement(doc);
}

static xmlNode *parse(const char *text, size_t length, int options, char **error)
{
    xmlDoc *plain;

    if (error != NULL) {
        *error = NULL;
    }
    if (text == NULL || length == 0) {
        report(error, 0, "no text");
        return NULL;
    }
    if (length > XML_MAX_BYTES) {
        report(error, 0, "text is too long");
        return NULL;
    }
    plain = xml_read_plain(text, length);
    return plain != NULL ? xmlDocGetRootElement(plain) : parse_any(text, length, options, error);
}

xmlNode *xml_parse(const char *text, char **error)
{
    return parse(text, text != NULL ? strlen(text) : 0, XML_PARSE_RECOVER, error);
}

xmlNode *xml_parse_strict(const char *text, size_t length, char **error)
{
    return parse(text, length, 0, error);
}

static bool is_xml_char(char c)
{
    return (unsigned char)c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
}

/* The text without control characters, to be freed; NULL: it has none. */
static char *without_control_characters(const char *text)
{
    size_t length = 0, dropped = 0;
    char *result = malloc(strlen(text) + 1);

    if (result == NULL) {
        abort();
    }
    for (; *text != '\0'; text++) {
        if (is_xml_char(*text)) {
            result[length++] = *text;
        } else {
            dropped++;
        }
    }
    result[length] = '\0';
    if (dropped == 0) {
        free(result);
        return NULL;
    }
    log_warn("Left out %zu characters that XML does not have", dropped);
    return result;
}

xmlNode *xml_parse_input(const char *text, char **error)
{
    xmlNode *root = parse(text, text != NULL ? strlen(text) : 0, 0, error);
    char *clean = root == NULL && text != NULL ? without_control_characters(text) : NULL;

    if (clean != NULL) {
        if (error != NULL) {
            free(*error);
        }
        root = parse(clean, strlen(clean), 0, error);
        free(clean);
    }
    return root;
}

void xml_strip_text(xmlNode *node)
{
    xmlNode *child = node->children;

    while (child != NULL) {
        xmlNode *next = child->next;

        if (child->type == XML_TEXT_NODE) {
            xmlUnlinkNode(child);
            xmlFreeNode(child);
        } else if (child->type == XML_ELEMENT_NODE) {
            xml_strip_text(child);
        }
        child = next;
    }
}

struct xpath_result {
    xmlXPathContext *context;
    xmlXPathObject *object;
};

static void ignore_error(void *data, const xmlError *error)
{
    (void)data;
    (void)error;
}

xpath_result_t *xpath_eval(xmlNode *node, const char *path, char **error)
{
    xmlXPathContext *context = xmlXPathNewContext(node->doc);
    xpath_result_t *result = calloc(1, sizeof(*result));

    if (error != NULL) {
        *error = NULL;
    }
    if (context == NULL || result == NULL) {
        abort();
    }
    context->node = node;
    context->opLimit = XPATH_MAX_STEPS;
    context->error = (xmlStructuredErrorFunc)ignore_error;
    result->context = context;
    result->object = xmlXPathEvalExpression((const xmlChar *)path, context);
    if (result->object == NULL) {
        const char *message = context->lastError.message;

        report(error, 0, message != NULL ? message : "invalid XPath expression");
        xpath_free(result);
        return NULL;
    }
    return result;
}

size_t xpath_count(const xpath_result_t *r)
{
    if (r == NULL || r->object->type != XPATH_NODESET || r->object->nodesetval == NULL) {
        return 0;
    }
    return (size_t)r->object->nodesetval->nodeNr;
}

xmlNode *xpath_get(const xpath_result_t *r, size_t i)
{
    if (i >= xpath_count(r)) {
        return NULL;
    }
    xmlNode *node = r->object->nodesetval->nodeTab[i];

    /* the expression selected an attribute, text or comment: the element it is in; the document: its root */
    if (node != NULL && node->type != XML_ELEMENT_NODE && node->type != XML_DOCUMENT_NODE) {
        node = node->parent;
    }
    if (node != NULL && node->type == XML_DOCUMENT_NODE) {
        node = xmlDocGetRootElement((xmlDoc *)node);
    }
    return node != NULL && node->type == XML_ELEMENT_NODE ? node : NULL;
}

void xpath_free(xpath_result_t *r)
{
    if (r == NULL) {
        return;
    }
    xmlXPathFreeObject(r->object);
    xmlXPathFreeContext(r->context);
    free(r);
}
