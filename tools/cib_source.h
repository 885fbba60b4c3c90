/* Where tools that look at a whole CIB get it from: the cluster, or CIB_file or CIB_shadow. */
#ifndef TOOLS_CIB_SOURCE_H
#define TOOLS_CIB_SOURCE_H

#include <libxml/tree.h>

/* The whole CIB, the caller's. program: name of the client. On failure NULL and a negative result in *rc. */
xmlNode *source_live_cib(const char *program, int *rc);

#endif
