/*
 * Simple availability manager: a process forks a supervisor that restarts it, or ends with it,
 * when it dies or stops sending heartbeats.
 */
#ifndef COROSYNC_SAM_H_DEFINED
#define COROSYNC_SAM_H_DEFINED

#include <stddef.h>
#include <stdint.h>

#include <corosync/corotypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the supervisor does when the process fails; QUORUM and CMAP may be added to the first two. */
typedef enum {
    SAM_RECOVERY_POLICY_QUIT = 1,
    SAM_RECOVERY_POLICY_RESTART = 2,
    SAM_RECOVERY_POLICY_QUORUM = 0x08, /* the process runs only while the node is quorate */
    SAM_RECOVERY_POLICY_QUORUM_QUIT = SAM_RECOVERY_POLICY_QUORUM | SAM_RECOVERY_POLICY_QUIT,
    SAM_RECOVERY_POLICY_QUORUM_RESTART = SAM_RECOVERY_POLICY_QUORUM | SAM_RECOVERY_POLICY_RESTART,
    SAM_RECOVERY_POLICY_CMAP = 0x10, /* state is published in the map of the daemon */
    SAM_RECOVERY_POLICY_CONFDB = 0x10
} sam_recovery_policy_t;

/* Health check of the process: 0 is healthy. */
typedef int (*sam_hc_callback_t)(void);

/* time_interval: ms within which a heartbeat must come, 0 for no limit. */
cs_error_t sam_initialize(int time_interval, sam_recovery_policy_t recovery_policy);
cs_error_t sam_finalize(void);

/* Forks and returns in the child, again for each restart, with *instance_id 1, 2, ... */
cs_error_t sam_register(unsigned int *instance_id);

/* Supervision begins and pauses. */
cs_error_t sam_start(void);
cs_error_t sam_stop(void);

/* Signal that warns the process before it is killed. Default: SIGTERM. */
cs_error_t sam_warn_signal_set(int warn_signal);

cs_error_t sam_hc_send(void);
cs_error_t sam_hc_callback_register(sam_hc_callback_t cb);

/* Data that the supervisor keeps for the next incarnation. */
cs_error_t sam_data_getsize(size_t *size);
cs_error_t sam_data_restore(void *data, size_t size);
cs_error_t sam_data_store(const void *data, size_t size);

/* The process declares itself broken beyond a restart; needs SAM_RECOVERY_POLICY_CMAP. */
cs_error_t sam_mark_failed(void);

#ifdef __cplusplus
}
#endif

#endif
