/* A quick reader for plain XML; for pacemaker/common/xml_parse.c and its test only. */
#ifndef PCMK_XML_PLAIN_H
#define PCMK_XML_PLAIN_H

#include <stddef.h>
#include <libxml/tree.h>

/* The tree libxml2 (without blanks) makes of a text that is well-formed and plain: elements,
 * attributes and blanks, at most XML_MAX_DEPTH deep. NULL for everything else, be it wrong or only
 * unusual (comments, text, namespaces, document types, ...): libxml2 is to read that, and to say what
 * is wrong. Freed with xmlFreeDoc(). */
xmlDoc *xml_read_plain(const char *text, size_t length);

#endif
