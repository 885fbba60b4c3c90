/* Fencing history in crm_mon's forms (agents-and-tools.md B11.1, B11.2). */
#ifndef TOOLS_STATUS_FENCING_H
#define TOOLS_STATUS_FENCING_H

#include "stonithd/stonith_client.h"
#include "tools/status.h"

enum { FENCING_SHOW_FAILED = 1, FENCING_SHOW_PENDING = 2, FENCING_SHOW_SUCCEEDED = 4 };

/* Events of the chosen kinds (sorted list, may be NULL); rc: the result of asking the fencer. full:
 * the form of a whole history (not only of the last failures). Returns whether something was printed. */
bool status_fencing(const struct status_view *v, const GPtrArray *history, int rc, unsigned kinds, bool full);

#endif
