/* The configuration annotated with what a user may do with each part (cib.md §9.6). */
#ifndef TOOLS_ACCESS_VIEW_H
#define TOOLS_ACCESS_VIEW_H

#include "pacemaker/common/xml.h"

enum access_format { ACCESS_NONE, ACCESS_TEXT, ACCESS_COLOR, ACCESS_NAMESPACE };

/* Text for printing, g_free()d by the caller. The permissions are those cib itself holds; its marks are left
 * on it. */
char *access_view(xmlNode *cib, const char *user, enum access_format format);

#endif
