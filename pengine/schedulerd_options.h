/* The cluster options the scheduler reads, described for `pacemaker-schedulerd metadata` (cib.md §1). */
#ifndef PENGINE_SCHEDULERD_OPTIONS_H
#define PENGINE_SCHEDULERD_OPTIONS_H

/* Print the metadata to stdout. */
void schedulerd_metadata(void);

#endif
