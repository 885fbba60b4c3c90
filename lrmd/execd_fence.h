/* Class stonith in the executor: the fencer does the work (executor.md §10). */
#ifndef LRMD_EXECD_FENCE_H
#define LRMD_EXECD_FENCE_H

#include "lrmd/lrmd_core.h"

/* Sources of events for the core. */
void execd_fence_init(lrmd_core_t *core);
void execd_fence_end(void);
/* Execute a start, stop or recurring monitor of a fence device; lrmd_core_ended() follows. */
void execd_fence_execute(lrmd_op_t *op);
/* Forget the operation: its result, should it come, is dropped. */
void execd_fence_abort(lrmd_op_t *op);

#endif
