/* The CIB's version triple, feature sets, digests and the empty CIB (cib.md §2, §5). Pure. */
#ifndef CIB_VERSION_H
#define CIB_VERSION_H

#include <stdbool.h>
#include "pacemaker/common/xml.h"

struct cib_version {
    long long admin_epoch, epoch, num_updates;
};

/* Attributes of node; a missing, negative or unreadable one counts as "missing". */
struct cib_version cib_version_of(const xmlNode *node, long long missing);
/* <0, 0, >0 */
int cib_version_compare(const struct cib_version *a, const struct cib_version *b);

/* Feature sets and other dotted versions: numeric field by field; NULL counts as "". */
int feature_set_compare(const char *a, const char *b);

/* Digest of a CIB as peers of that feature set compute it: hex text the caller frees. */
char *cib_digest(const xmlNode *cib, const char *feature_set);

/* A CIB without anything in it, at the given epoch. */
xmlNode *cib_empty(long long epoch);

#define CIB_LATEST_SCHEMA "pacemaker-3.9"

#endif
