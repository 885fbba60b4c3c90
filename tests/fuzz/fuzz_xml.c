/*
 * Feeds the readers of XML with text from anywhere: what the quick reader takes is well-formed for libxml2
 * and the same tree, and can be written and read again.
 *
 * fuzz-sources: pacemaker/common/log.c pacemaker/common/md5.c pacemaker/common/xml.c
 * fuzz-sources: pacemaker/common/xml_parse.c pacemaker/common/xml_plain.c pacemaker/common/xml_text.c
 * fuzz-flags: -I/usr/include/libxml2 -I/usr/include/glib-2.0 -I/usr/lib/x86_64-linux-gnu/glib-2.0/include
 * fuzz-flags: -lxml2 -lglib-2.0
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/parser.h>

#include "pacemaker/common/xml.h"
#include "pacemaker/common/xml_plain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *text_of(xmlDoc *doc)
{
    xmlBuffer *buffer = xmlBufferCreate();

    xmlNodeDump(buffer, doc, xmlDocGetRootElement(doc), 0, 0);
    char *text = strdup((const char *)xmlBufferContent(buffer));

    xmlBufferFree(buffer);
    return text;
}

static void write_and_read_again(const xmlNode *root)
{
    char *written = xml_text(root);
    xmlNode *again = xml_parse(written, NULL);

    if (again == NULL) {
        abort();
    }
    xml_free(again);
    free(written);
}

static void compare_readers(const char *text, size_t size)
{
    xmlDoc *quick = xml_read_plain(text, size);

    if (quick == NULL) {
        return;
    }
    xmlDoc *other = xmlReadMemory(text, (int)size, NULL, NULL,
                                  XML_PARSE_NOBLANKS | XML_PARSE_NONET | XML_PARSE_NOERROR |
                                      XML_PARSE_NOWARNING);
    if (other == NULL) {
        abort();                /* the quick reader took what is not well-formed */
    }
    char *a = text_of(quick), *b = text_of(other);

    if (strcmp(a, b) != 0) {
        abort();
    }
    write_and_read_again(xmlDocGetRootElement(quick));
    free(a);
    free(b);
    xmlFreeDoc(quick);
    xmlFreeDoc(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    memcpy(text, data, size);
    text[size] = '\0';
    compare_readers(text, size);
    xml_free(xml_parse(text, NULL));
    free(text);
    return 0;
}
