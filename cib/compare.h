/* Comparison of two trees: leaves on the new one the marks that turn the old one into it (cib.md §4.2).
 * Pure. */
#ifndef CIB_COMPARE_H
#define CIB_COMPARE_H

#include "cib/track.h"

/* The new tree must be tracked; its tracker's lazy field says whether the order of attributes counts.
 * Both nodes must have the same name. The old tree is only read. */
void tree_compare(const xmlNode *old, xmlNode *fresh);

#endif
