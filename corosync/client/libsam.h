/*
 * Inside of libsam: what process and supervisor say to each other, and the supervisor.
 */
#ifndef COROSYNC_CLIENT_LIBSAM_H
#define COROSYNC_CLIENT_LIBSAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <corosync/cmap.h>
#include <corosync/quorum.h>
#include <corosync/sam.h>

#pragma GCC visibility push(hidden)

/* Commands of the process, answered by a cs_error_t (32 bits) except for heartbeats. */
enum sam_command {
    SAM_COMMAND_START = 1,
    SAM_COMMAND_STOP,
    SAM_COMMAND_HEARTBEAT,
    SAM_COMMAND_STORE,       /* argument: bytes of data that follow */
    SAM_COMMAND_WARN_SIGNAL, /* argument: the signal */
    SAM_COMMAND_MARK_FAILED,
};

struct sam_message {
    uint32_t command;
    uint32_t argument;
};

#define SAM_DATA_MAX (64U << 20) /* bytes of user data */

/* What is known before the first fork; the supervisor keeps it up to date for later ones. */
struct sam_settings {
    int interval; /* ms, 0 = no limit */
    sam_recovery_policy_t policy;
    int warn_signal;
    void *data;
    size_t data_size;
    quorum_handle_t quorum;
    bool quorate;
    cmap_handle_t cmap;
};

enum sam_outcome {
    SAM_RESTART, /* fork again */
    SAM_QUIT,
};

/* The part of the policy that says what to do after a failure. */
static inline sam_recovery_policy_t sam_base_policy(const struct sam_settings *settings)
{
    return settings->policy & (SAM_RECOVERY_POLICY_QUIT | SAM_RECOVERY_POLICY_RESTART);
}

/* Supervises the child until it is gone; *status becomes what waitpid() said. Closes the socket. */
enum sam_outcome sam_supervise(struct sam_settings *settings, pid_t child, int socket, int *status);

/* Publishes the state before the first fork. */
cs_error_t sam_publish_begin(struct sam_settings *settings);

/* The whole of a buffer through a socket. False at its end or on an error. */
bool sam_read(int socket, void *buffer, size_t size);
bool sam_write(int socket, const void *buffer, size_t size);

#pragma GCC visibility pop

#endif
