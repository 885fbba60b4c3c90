/*
 * Feeds the quick check against RELAX NG schemas with documents, and with schemas: what it calls valid by
 * a schema like those of the CIB is valid for libxml2, and no schema makes it stumble. The first byte says
 * which it is.
 *
 * fuzz-sources: cib/rng.c cib/rng_data.c cib/rng_derive.c cib/rng_load.c cib/rng_pattern.c
 * fuzz-sources: pacemaker/common/log.c pacemaker/common/md5.c pacemaker/common/xml.c
 * fuzz-sources: pacemaker/common/xml_parse.c pacemaker/common/xml_plain.c pacemaker/common/xml_text.c
 * fuzz-flags: -I/usr/include/libxml2 -I/usr/include/glib-2.0 -I/usr/lib/x86_64-linux-gnu/glib-2.0/include
 * fuzz-flags: -lxml2 -lglib-2.0
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/relaxng.h>

#include "cib/rng.h"
#include "pacemaker/common/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char schema[] =
    "<grammar xmlns='http://relaxng.org/ns/structure/1.0' datatypeLibrary='http://www.w3.org/2001/XMLSche"
    "ma-datatypes'><start><element name='c'><interleave><element name='r'><zeroOrMore><ref name='p'/></ze"
    "roOrMore></element><optional><element name='s'><ref name='any'/></element></optional></interleave></"
    "element></start><define name='p'><choice><element name='p'><attribute name='id'><data type='ID'/></a"
    "ttribute><choice><attribute name='t'><data type='IDREF'/></attribute><group><attribute name='k'><cho"
    "ice><value>x</value><value>y</value></choice></attribute><optional><attribute name='n'><choice><data"
    " type='integer'/><value>INF</value></choice></attribute></optional></group></choice><zeroOrMore><cho"
    "ice><element name='m'><attribute name='a'><data type='string'><except><value>old</value></except></d"
    "ata></attribute></element><element name='m'><attribute name='b'><data type='boolean'/></attribute></"
    "element></choice></zeroOrMore></element><element name='g'><attribute name='id'><data type='ID'/></at"
    "tribute><optional><attribute name='i'><data type='positiveInteger'/></attribute></optional><optional"
    "><attribute name='l'><data type='string'><param name='pattern'>([0-9\\-]+)</param></data></attribute"
    "></optional><oneOrMore><ref name='p'/></oneOrMore></element></choice></define><define name='any'><ze"
    "roOrMore><choice><attribute><anyName/></attribute><text/><element><anyName/><ref name='any'/></eleme"
    "nt></choice></zeroOrMore></define></grammar>";
static const char document[] =
    "<c><r><p id='a' k='x' n='1'><m a='new'/><m b='true'/></p><g id='b' i='2' l='1-2'><p id='d' t='a'/></"
    "g></r><s x='y'><z/></s></c>";

static char *given(void *arg, const char *file)
{
    (void)file;
    return strdup(arg);
}

static void say_nothing(void *arg, xmlError *error)
{
    (void)arg;
    (void)error;
}

static bool is_valid(xmlNode *root)
{
    xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewMemParserCtxt(schema, sizeof(schema) - 1);
    xmlRelaxNG *rng = xmlRelaxNGParse(parser);
    xmlRelaxNGValidCtxt *validator = xmlRelaxNGNewValidCtxt(rng);

    xmlSetStructuredErrorFunc(NULL, say_nothing);
    int rc = xmlRelaxNGValidateDoc(validator, root->doc);

    xmlSetStructuredErrorFunc(NULL, NULL);
    xmlRelaxNGFreeValidCtxt(validator);
    xmlRelaxNGFree(rng);
    xmlRelaxNGFreeParserCtxt(parser);
    return rc == 0;
}

static bool check(const char *rules, xmlNode *root)
{
    struct rng *rng = rng_new(given, (void *)rules);
    bool known = rng_surely_valid(rng, "x.rng", root->doc);

    rng_free(rng);
    return known;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    char *text = malloc(size);

    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    xmlNode *root = xml_parse(data[0] == 's' ? document : text, NULL);

    if (root != NULL && data[0] == 's') {
        check(text, root);
    } else if (root != NULL && check(schema, root) && !is_valid(root)) {
        abort();
    }
    xml_free(root);
    free(text);
    return 0;
}
