/* Formatted output of command-line tools (agents-and-tools.md B3): text, xml, html or none.
 *
 * A tool makes one output_t, describes its result with the calls below, and ends with output_finish(). What a
 * message looks like in each format is the tool's: it branches on out->kind where the forms differ. Lists,
 * items, info lines, errors and the <pacemaker-result> envelope with its <status> are common. */
#ifndef PCMK_OUTPUT_H
#define PCMK_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>
#include <libxml/tree.h>
#include "pacemaker/common/results.h"

enum output_kind { OUTPUT_TEXT, OUTPUT_XML, OUTPUT_HTML, OUTPUT_NONE };

#define OUTPUT_MAX_DEPTH 64u        /* nested lists */

typedef struct output {
    enum output_kind kind;
    bool quiet;                     /* set by the tool from -q */
    bool fancy;                     /* text: headings, bullets and indentation */
    bool simple_lists;              /* xml: a list is an element named after its heading, without count */
    bool legacy_xml;                /* xml: root is <crm_mon version=>, errors go to stderr */
    bool html_cgi;                  /* html: print the Content-Type header */
    const char *html_title;         /* html: NULL = the request */
    const char *html_stylesheet;    /* html: link, or NULL */
    unsigned html_refresh;          /* html: seconds, 0 = none */
    FILE *dest;
    unsigned tool_errors;           /* how often out_tool_err() was called */
    struct output_private *priv;
} output_t;

/* format: "text", "xml", "html", "none" or NULL (text); allowed: the tool's formats, comma separated. file:
 * NULL or "-" = stdout. argv as typed, for the request attribute. NULL and *rc on failure:
 * PCMK_RC_UNKNOWN_FORMAT, or a negative errno of opening the file. */
output_t *output_new(const char *format, const char *allowed, const char *file, char **argv, int *rc);

/* Close open lists, print the document with the exit status and collected errors. print false: xml/html
 * documents are dropped. */
void output_finish(output_t *out, crm_exit_t status, bool print);
/* As finish and then start over with an empty document (crm_mon's refresh, file outputs are truncated). */
void output_reset(output_t *out);
void output_free(output_t *out);

/* Unformatted line; text only (info: not when quiet; html: paragraph-less text is dropped). Returns true if
 * something was printed. */
bool out_info(output_t *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Error line: text to stderr as it is, xml collected under <status><errors>. The tool adds its "NAME: "
 * itself or uses out_tool_err(). */
void out_err(output_t *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Another line of the last error. */
void out_err_more(output_t *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_tool_err(output_t *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Empty line between sections (text). */
void out_spacer(output_t *out);
/* Text in the current list's indentation without bullet, no newline added; text format only. */
void out_indented(output_t *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Lists. Nouns (both or none): text ends with "N NOUN found". Heading is printf text. */
void out_list_begin(output_t *out, const char *singular, const char *plural, const char *heading_fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* name may be NULL. text: "name: text"; xml: <item name=>text</item>; html: <li>. */
void out_list_item(output_t *out, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void out_list_increment(output_t *out);     /* count an entry that was printed by other means */
void out_list_end(output_t *out);

/* xml (and html: DOM) parents. out_xml() adds <name attr="value"...> to the current parent: pairs of
 * attribute name and value, ended by NULL; a NULL value leaves the attribute out. Returns the element, NULL
 * in other formats than xml. */
xmlNode *out_xml(output_t *out, const char *name, ...) __attribute__((sentinel));
/* The same, and the element becomes the current parent until out_xml_pop(). */
xmlNode *out_xml_push(output_t *out, const char *name, ...) __attribute__((sentinel));
void out_xml_pop(output_t *out);
xmlNode *out_xml_parent(output_t *out);
/* A copy of an element under the current parent. */
void out_xml_copy(output_t *out, const xmlNode *node);
/* html: element with text (may be NULL), id and class (may be NULL) under the current parent; NULL in other
 * formats. */
xmlNode *out_html(output_t *out, const char *name, const char *id, const char *css_class, const char *text);

/* A block of XML text: text prints it, xml puts it as CDATA into <name>. */
void out_xml_block(output_t *out, const char *name, const char *block);
/* What a child printed. */
void out_subprocess(output_t *out, int status, const char *out_text, const char *err_text);
/* The --version message; extended adds build and features (pacemakerd --features). */
void out_version(output_t *out, bool extended);

#endif
