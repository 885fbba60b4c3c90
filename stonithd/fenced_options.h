/* Instance attributes every fence device takes from the cluster (fencer.md §12). */
#ifndef STONITHD_FENCED_OPTIONS_H
#define STONITHD_FENCED_OPTIONS_H

void fenced_print_metadata(void);

#endif
