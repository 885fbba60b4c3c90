/* Numbered series of saved scheduler inputs, for crm_simulate to look at later (messaging.md §3.3). */
#ifndef PENGINE_SAVED_INPUTS_H
#define PENGINE_SAVED_INPUTS_H

#include <libxml/tree.h>
#include <stdbool.h>

#define SAVED_INPUTS_DIR LOCALSTATEDIR "/lib/pacemaker/pengine"

/* The next file of a series. */
struct saved_input {
    const char *series;             /* "pe-input", "pe-warn" or "pe-error"; borrowed */
    long long limit;                /* files of the series, then the oldest are replaced; -1: without limit */
    unsigned number;
    char *path;                     /* malloc'ed, the caller's; NULL: no memory */
};

/* Where the next input of series will be saved. Writes nothing. False when there is no memory. */
bool saved_input_next(struct saved_input *input, const char *series, long long limit);

/* Writes cib there, compressed, and advances the series' number.
 * False when it could not be written (logged). */
bool saved_input_write(const struct saved_input *input, const xmlNode *cib);

#endif
