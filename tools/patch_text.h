/* A patchset as text for people (agents-and-tools.md B15). */
#ifndef TOOLS_PATCH_TEXT_H
#define TOOLS_PATCH_TEXT_H

#include <stdio.h>
#include <libxml/tree.h>

/* Print a format 2 patch: versions, then a line for each change. */
void patch_text_print(FILE *out, const xmlNode *patch);

#endif
