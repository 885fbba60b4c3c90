/* Access control on the CIB (cib.md §9): the one place that decides what a user may read and change. Pure. */
#ifndef CIB_ACL_H
#define CIB_ACL_H

#include "cib/perform.h"

/* Do permissions have to be checked for user, with the options of that configuration? */
bool acl_applies(const xmlNode *cib, const char *user);

/* Put the marks of user's permissions, as configured in config, on tree; when tree is tracked its tracker
 * enforces them from now on. */
void acl_mark(struct cib_env *env, xmlNode *tree, const xmlNode *config, const char *user);
void acl_unmark(xmlNode *tree);

/* Copy of tree with what user may read; NULL when that is nothing. */
xmlNode *acl_filtered_copy(struct cib_env *env, const xmlNode *tree, const xmlNode *config, const char *user);

/* After an operation: were all edits allowed, created elements included? */
bool acl_check_created(struct cib_env *env, xmlNode *tree, const xmlNode *config, const char *user);

#endif
