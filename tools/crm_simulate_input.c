/* Reading and writing of crm_simulate's files. */
#include "config.h"
#include "tools/crm_simulate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cib/schema.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/input.h"
#include "pacemaker/common/xml.h"
#include "tools/cib_source.h"

#define MEMORY_PER_BYTE 16      /* what a CIB and its calculation take for each byte of text, rounded up */

static void expect_memory(const char *path)
{
    struct stat status;

    if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= XML_MAX_BYTES) {
        process_expect_memory((size_t)status.st_size * MEMORY_PER_BYTE);
    }
}

/* Brings an old configuration to the newest schema; false, and told why, when it does not fit its schema. */
static bool fits_schema(xmlNode **cib)
{
    enum schema_use use = schema_prepare(cib, schema_print, NULL);

    if (use == SCHEMA_UNCHECKED) {
        fprintf(stderr, "%s\n", SCHEMA_DISABLED);
    }
    if (use == SCHEMA_MISSING) {
        return true;
    }
    return use != SCHEMA_UNUSABLE && schema_validate(*cib, schema_print, NULL) == 0;
}

xmlNode *sim_read_cib(output_t *out, const char *path, bool live, bool quiet, crm_exit_t *rc)
{
    xmlNode *xml = NULL;

    (void)quiet;
    if (live) {
        int result;

        xml = source_live_cib("crm_simulate", &result);
        if (xml == NULL) {
            if (out->kind == OUTPUT_XML) {      /* no part of the document */
                fprintf(stderr, "crm_simulate: CIB query failed: Input file not available\n");
            } else {
                /* whatever the reason is */
                out_tool_err(out, "CIB query failed: Input file not available");
            }
            *rc = CRM_EX_NOINPUT;
            return NULL;
        }
    } else {
        char *text, *error = NULL;

        expect_memory(path);
        errno = 0;
        text = input_read_file(path);
        if (text == NULL) {
            out_err(out, "%s: %s", path, strerror(errno != 0 ? errno : EIO));
            *rc = CRM_EX_NOINPUT;
            return NULL;
        }
        xml = xml_parse_input(text, &error);
        free(text);
        if (xml == NULL) {
            out_err(out, "%s: %s", path, error != NULL ? error : "it is not XML");
            free(error);
            *rc = CRM_EX_DATAERR;
            return NULL;
        }
        free(error);
        schema_name_file(xml, strcmp(path, "-") != 0 ? path : "unknown.xml");
    }
    if (!xml_is(xml, "cib")) {
        out_err(out, "%s: the root element is <%s>, not <cib>", path, xml_name(xml));
        xml_free(xml);
        *rc = CRM_EX_DATAERR;
        return NULL;
    }
    if (xml_first(xml, "status") == NULL) {
        xml_add(xml, "status");
    }
    if (!fits_schema(&xml)) {
        xml_free(xml);
        *rc = CRM_EX_CONFIG;
        return NULL;
    }
    return xml;
}

bool sim_write_text(const char *path, const char *text)
{
    FILE *f = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    bool ok;

    if (f == NULL) {
        return false;
    }
    ok = fputs(text, f) >= 0;
    if (f != stdout) {
        ok = fclose(f) == 0 && ok;
    }
    return ok;
}

bool sim_write_xml(const char *path, const xmlNode *xml)
{
    char *text = xml_text_pretty(xml);
    bool ok = text != NULL && sim_write_text(path, text);

    free(text);
    return ok;
}
