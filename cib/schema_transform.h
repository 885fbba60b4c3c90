/* Changes of the configuration's syntax between schemas (cib.md §1.13, transforms). Pure. */
#ifndef CIB_SCHEMA_TRANSFORM_H
#define CIB_SCHEMA_TRANSFORM_H

#include <stdbool.h>
#include "pacemaker/common/xml.h"

/* Is there a transform that leads away from this schema? */
bool schema_has_transform(const char *schema);
/* Rewrite cib in place; 0 or -EINVAL when it cannot be expressed in the next schema's syntax. */
int schema_transform(xmlNode *cib, const char *schema);
/* The step from pacemaker-2.10. */
void schema_to_3_0(xmlNode *cib);

#endif
