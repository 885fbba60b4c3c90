/* The CIB on disk: cib.xml, its signature and numbered earlier versions (cib.md §6).
 *
 * A write is durable and all-or-nothing: whatever moment the power fails, the next start finds either the old
 * or the new version, and a version whose write was reported is never lost. */
#ifndef CIB_STORE_H
#define CIB_STORE_H

#include <stdbool.h>
#include "pacemaker/common/xml.h"

#define CIB_DIR LOCALSTATEDIR "/lib/pacemaker/cib"
/* Earlier versions kept: numbers 0 .. STORE_BACKUPS - 1 are used in turn. */
#define STORE_BACKUPS 100

/* Read file and check it against file.sig. 0; -errno when it cannot be read; -PCMK_ERR_CIB_CORRUPT empty or
 * unparsable; -PCMK_ERR_CIB_MODIFIED signature differs (*cib is NULL in all these cases). A missing signature
 * is accepted. */
int store_read(const char *file, xmlNode **cib);

/* Write cib as dir/cib.xml, keeping the present version as a backup. 0; -PCMK_ERR_CIB_MODIFIED: the present
 * file was changed by somebody else, nothing was written; -PCMK_ERR_CIB_BACKUP, -PCMK_ERR_CIB_SAVE. */
int store_write(const char *dir, const xmlNode *cib);

struct store_start {
    xmlNode *cib;               /* best usable version, NULL when there is none */
    bool disable_writes;        /* a damaged file could not be set aside */
};

/* What to start with: the file, or after damage (which is set aside as cib.auto.*) the newest good backup.
 * 0, or -EACCES when file or directory have the wrong owner; group and user: of the daemon. */
int store_load(const char *dir, struct store_start *start);

/* Is dir/cib.xml the file path names? */
bool store_is_live(const char *path);

#endif
