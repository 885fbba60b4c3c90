/* Schemas of the CIB: the known versions, validation, upgrade (cib.md §1.13). Reads RELAX NG files from the
 * schema directory when first needed: the environment's PCMK_schema_directory, or PCMK_SCHEMA_DIR, or when
 * nothing is installed there, that of the build tree or the installation that the program is part of. */
#ifndef CIB_SCHEMA_H
#define CIB_SCHEMA_H

#include <stdbool.h>
#include "pacemaker/common/xml.h"

/* One message of the validator. place: "" or where and what it is, e.g.
 * "file.xml:14: element rsc_order: validity error : ". */
typedef void (*schema_report_fn)(void *arg, const char *place, const char *text);
/* For tools: place and text on a line of standard error. */
void schema_print(void *arg, const char *place, const char *text);

/* The file that messages about cib tell; one that is packed is not told. */
void schema_name_file(xmlNode *cib, const char *path);

/* Index of a schema name in upgrade order (any case), -1 when unknown. "none" is the last, after
 * "pacemaker-next". */
int schema_index(const char *name);
const char *schema_name(int index);                 /* NULL when out of range */
int schema_latest(void);                            /* index of the newest stable one */
bool schema_at_least(const char *name, const char *least);

/* Does cib conform to what it says in validate-with? Without that attribute all schemas are tried and it is
 * set to the last that fits: "none". 0 or -PCMK_ERR_SCHEMA_VALIDATION. report NULL: messages are logged as
 * errors. */
int schema_validate(xmlNode *cib, schema_report_fn report, void *arg);

/* Upgrade cib in place as far as it conforms, at most to schema max (NULL = latest). With transform false
 * only up to where a transformation would be needed. *best: index reached. 0, -PCMK_ERR_SCHEMA_VALIDATION,
 * -PCMK_ERR_TRANSFORM_FAILED. */
int schema_upgrade(xmlNode *cib, const char *max, bool transform, int *best, schema_report_fn report,
                   void *arg);

/* Prepares *cib for being scheduled: one of an older schema than 3.0 is replaced by its upgrade, or is
 * unusable. One of "none" or without a schema is unchecked and stays as it is. Reports come as from
 * schema_upgrade(), and a last one without a place. Whether a newer one conforms is not looked at.
 * When there are no schemas at all it stays as it is, with a warning in the log. */
enum schema_use { SCHEMA_USABLE, SCHEMA_UNCHECKED, SCHEMA_UNUSABLE, SCHEMA_MISSING };
enum schema_use schema_prepare(xmlNode **cib, schema_report_fn report, void *arg);
/* What is told of SCHEMA_UNCHECKED. */
#define SCHEMA_DISABLED \
    "Schema validation of configuration is disabled (enabling is encouraged and prevents common " \
    "misconfigurations)"

/* Free what was loaded (tests, end of program). */
void schema_cleanup(void);

#endif
