/* Numbered series of saved scheduler inputs, for crm_simulate to look at later (messaging.md §3.3). */
#ifndef PENGINE_SAVED_INPUTS_H
#define PENGINE_SAVED_INPUTS_H

#include <libxml/tree.h>

#define SAVED_INPUTS_DIR LOCALSTATEDIR "/lib/pacemaker/pengine"

/* Write cib as the next file of series ("pe-input", ...), at most limit files (then the oldest are replaced; -1 without
 * limit), and advance the series' number. Returns the path, malloc'ed; NULL when it could not be written (logged). */
char *saved_input_write(const char *series, long long limit, const xmlNode *cib);

#endif
