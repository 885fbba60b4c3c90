/* Patchsets: what a change was, as XML (cib.md §4). Pure. */
#ifndef CIB_PATCH_H
#define CIB_PATCH_H

#include <stdbool.h>
#include "cib/track.h"
#include "cib/version.h"

/* The patch that leads from source to the tracked tree target, whose changes are not accepted yet. NULL when
 * there is none. format 0 chooses by the source's crm_feature_set. With count_versions the versions of target
 * are advanced as the change demands. Format 2 needs only the root element of source. *config_changed (may be
 * NULL): see track_config_changed(). */
xmlNode *patch_create(int format, const xmlNode *source, xmlNode *target, bool count_versions,
                      bool *config_changed);

/* Advance the versions of a tracked tree as its changes demand; true when the configuration changed. */
bool patch_count_versions(xmlNode *target, bool count_versions);

/* Add the digest of target (changes accepted); a format 1 patch gets its markers and content here. */
void patch_add_digest(xmlNode *patch, const xmlNode *source, const xmlNode *target);

/* Apply patch to cib. -PCMK_ERR_OLD_DATA: the tree is newer, -PCMK_ERR_DIFF_RESYNC: it is too old (tree
 * untouched, both only with check_version); -PCMK_ERR_DIFF_FAILED, -ENOMSG, -EINVAL: the result is useless,
 * get a fresh copy. A patch's digest, when present, is verified. Changes are not recorded by a tracker. NULL
 * patch: 0. */
int patch_apply(xmlNode *cib, const xmlNode *patch, bool check_version);

/* Versions a patch leads from and to; missing ones are derived from those of cib (may be NULL). */
void patch_versions(const xmlNode *patch, const xmlNode *cib, struct cib_version *from,
                    struct cib_version *to);

/* Number of the patch's format; 1 when it says nothing. */
long long patch_format(const xmlNode *patch);

/* Format 1, for trees without or with an ancient feature set (cib.md §4.7). */
xmlNode *patch1_create(const xmlNode *source, const xmlNode *target, bool config_changed);
int patch1_apply(xmlNode *cib, const xmlNode *patch);
void patch1_forget_versions(xmlNode *patch);

/* Attributes that versioned digests and format 1 leave out. */
bool patch_ignores_attribute(const char *name);

#endif
