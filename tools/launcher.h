/* Asking the launcher (pacemakerd) how far the cluster on this node is (messaging.md §3.2). */
#ifndef TOOLS_LAUNCHER_H
#define TOOLS_LAUNCHER_H

#include <stdint.h>

#include "pacemaker/common/output.h"

struct launcher_status {
    char state[32];                /* protocol word: "running", "init", ... */
    int64_t last_updated;          /* epoch seconds, 0 unknown */
};

/* 0, or a negative errno when the launcher cannot be asked (-ECONNREFUSED: not running).
 * Waits at most timeout_ms; problems are reported on out. */
int launcher_ping(struct launcher_status *status, int timeout_ms, output_t *out);
/* The state in words, e.g. "Pacemaker is running". */
const char *launcher_state_text(const char *state);

#endif
