/* XML helpers on libxml2 trees: pure, used by every pacemaker part (cib.md digests; messaging.md §1.8).
 *
 * Every element these functions create lives in an xmlDoc whose root it (or its ancestor) is;
 * xml_free() of a root frees the document, of another element unlinks and frees the subtree.
 * Attribute getters return pointers into the tree, valid until it changes. */
#ifndef PCMK_XML_H
#define PCMK_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <libxml/tree.h>

/* Limits on foreign XML: a message or document beyond them is refused as unparsable. */
#define XML_MAX_BYTES (512u * 1024 * 1024)
#define XML_MAX_DEPTH 200u

xmlNode *xml_new(const char *name);                            /* new document, returns its root */
xmlNode *xml_add(xmlNode *parent, const char *name);           /* append a child element */
xmlNode *xml_copy(const xmlNode *node);                        /* deep copy in a new document */
xmlNode *xml_add_copy(xmlNode *parent, const xmlNode *node);   /* append a deep copy */
void xml_free(xmlNode *node);                                  /* NULL allowed */

#define XML_AUTO __attribute__((cleanup(xml_freep)))
void xml_freep(xmlNode **node);                                /* for XML_AUTO */

static inline const char *xml_name(const xmlNode *node)
{
    return (const char *)node->name;
}
bool xml_is(const xmlNode *node, const char *name);            /* false for NULL */

/* Attributes. */
const char *xml_get(const xmlNode *node, const char *name);    /* NULL when absent (or node NULL) */
void xml_set(xmlNode *node, const char *name, const char *value); /* value NULL: no change */
void xml_unset(xmlNode *node, const char *name);
/* Append an attribute that the element does not have: *last is its last one, NULL when it has none.
 * In a row of them each takes the same time, however many there are. */
void xml_append_attr(xmlNode *node, xmlAttr **last, const char *name, const char *value);
void xml_setf(xmlNode *node, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void xml_set_int(xmlNode *node, const char *name, long long value);
void xml_set_bool(xmlNode *node, const char *name, bool value);   /* "true" / "false" */
int xml_get_int(const xmlNode *node, const char *name, long long *value); /* 0, -ENXIO absent, -EINVAL */
/* missing: absent, no number, beyond int */
int xml_int_or(const xmlNode *node, const char *name, int missing);
bool xml_get_true(const xmlNode *node, const char *name); /* crm_is_true() of the value; false if absent */
const char *xml_id(const xmlNode *node);                       /* attribute "id" */
void xml_copy_attrs(xmlNode *target, const xmlNode *source);   /* overwrite/add all of source's */

/* Children; only elements are seen. name NULL = any. */
xmlNode *xml_first(const xmlNode *parent, const char *name);
xmlNode *xml_next(const xmlNode *node, const char *name);
#define xml_foreach(child, parent, name_)                                                          \
    for (xmlNode *child = xml_first((parent), (name_)); child != NULL; child = xml_next(child, (name_)))
/* Child with that name and attribute value (either may be NULL = any). */
xmlNode *xml_find(const xmlNode *parent, const char *name, const char *attr, const char *value);
/* First descendant of that name in document order, at most depth levels below the children; NULL: none. */
xmlNode *xml_find_below(const xmlNode *parent, const char *name, unsigned depth);
/* The element itself or the first below it in document order,
 * at most depth levels down, that has the attribute;
 * NULL: none. */
const xmlNode *xml_find_with(const xmlNode *node, const char *attribute, unsigned depth);

/* Parsing. Blank nodes dropped. On failure NULL and, when error is not NULL,
 * a malloc'ed text "line N: ..." the caller frees.
 * xml_parse: what peers send, in recover mode as the reference: takes what it can of badly escaped text.
 * xml_parse_strict: well-formed text only.
 * xml_parse_input: files and what users give: well-formed, but characters that XML does not have (an agent's
 * output can carry them into a saved CIB) are left out, with a warning. */
xmlNode *xml_parse(const char *text, char **error);
xmlNode *xml_parse_strict(const char *text, size_t length, char **error);
xmlNode *xml_parse_input(const char *text, char **error);

/* Serialising; results are malloc'ed. */
char *xml_text(const xmlNode *node);             /* wire form: one line, escaping of messaging.md §1.8 */
char *xml_text_pretty(
    const xmlNode *node); /* indented form, as cibadmin prints and the CIB file holds; ends with a newline */
char *xml_escape_value(const char *value);       /* an attribute value as the wire form escapes it */

/* Remove all text (not CDATA) below node, as the reference does with documents read from files. */
void xml_strip_text(xmlNode *node);
/* Attributes of node and everything below in ascending byte order of their names. */
void xml_sort_attrs(xmlNode *node);

/* XPath below/at node; returns a libxml2 node list wrapper the caller releases with xpath_free(). */
typedef struct xpath_result xpath_result_t;
xpath_result_t *xpath_eval(xmlNode *node, const char *path, char **error);
size_t xpath_count(const xpath_result_t *r);
xmlNode *xpath_get(const xpath_result_t *r, size_t i);   /* element (parent element for attributes) */
void xpath_free(xpath_result_t *r);

/* Digests (cib.md, digests): lower-case hex MD5 the caller frees. */
char *xml_digest_v1(const xmlNode *node, bool sort, bool filter);
char *xml_digest_v2(const xmlNode *node, bool filter);       /* CIB digests of feature sets >= 3.0.5 */
/* Digest of operation parameters (§5.5): takes all attributes of an action's parameters, of any element name,
 * filters a copy with xml_filter_operation_params() and sorts it. For parameters filtered already use
 * xml_digest_v1(node, true, false) with an element called "parameters". */
char *xml_digest_operation(const xmlNode *params);
void xml_filter_operation_params(xmlNode *params);
char *md5_hex(const void *data, size_t length);

/* true for "true", "on", "yes", "y", "1" in any case. */
bool crm_is_true(const char *text);

#endif
