/*
 * libsam: the side of the supervised process. One process has one manager; its state is here.
 */
#include "config.h"

#include "corosync/client/libsam.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum status {
    NOT_INITIALIZED,
    INITIALIZED,
    REGISTERED,
    STARTED,
    FINALIZED,
};

static struct {
    enum status status;
    struct sam_settings settings;
    int socket; /* to the supervisor */
    pthread_mutex_t lock; /* a command and its answer belong together */
    sam_hc_callback_t health_check;
    pthread_t health_thread;
    bool health_thread_runs;
} sam = {.socket = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

bool sam_read(int socket, void *buffer, size_t size)
{
    for (size_t have = 0; have < size;) {
        ssize_t got = recv(socket, (uint8_t *)buffer + have, size - have, 0);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        have += (size_t)got;
    }
    return true;
}

bool sam_write(int socket, const void *buffer, size_t size)
{
    for (size_t written = 0; written < size;) {
        ssize_t wrote = send(socket, (const uint8_t *)buffer + written, size - written, MSG_NOSIGNAL);

        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote < 0) {
            return false;
        }
        written += (size_t)wrote;
    }
    return true;
}

/* ---- start ---- */

static void on_quorum(quorum_handle_t handle, uint32_t quorate, uint64_t ring_seq, uint32_t count,
                      uint32_t *list)
{
    sam.settings.quorate = quorate != 0;
}

static cs_error_t quorum_connect(void)
{
    quorum_callbacks_t callbacks = {.quorum_notify_fn = on_quorum};
    uint32_t type;
    cs_error_t error = quorum_initialize(&sam.settings.quorum, &callbacks, &type);

    if (error == CS_OK) {
        error = quorum_trackstart(sam.settings.quorum, CS_TRACK_CHANGES);
        if (error == CS_OK) {
            error = quorum_dispatch(sam.settings.quorum, CS_DISPATCH_ONE);
        }
        if (error != CS_OK) {
            quorum_finalize(sam.settings.quorum);
        }
    }
    return error;
}

cs_error_t sam_initialize(int time_interval, sam_recovery_policy_t recovery_policy)
{
    struct sam_settings settings = {.interval = time_interval, .policy = recovery_policy,
                                    .warn_signal = SIGTERM};
    const sam_recovery_policy_t known = SAM_RECOVERY_POLICY_QUIT | SAM_RECOVERY_POLICY_RESTART |
                                        SAM_RECOVERY_POLICY_QUORUM | SAM_RECOVERY_POLICY_CMAP;
    sam_recovery_policy_t base = sam_base_policy(&settings);

    if (sam.status != NOT_INITIALIZED) {
        return CS_ERR_BAD_HANDLE;
    }
    if (time_interval < 0 || (recovery_policy & ~known) != 0 ||
        (base != SAM_RECOVERY_POLICY_QUIT && base != SAM_RECOVERY_POLICY_RESTART)) {
        return CS_ERR_INVALID_PARAM;
    }
    sam.settings = settings;
    if ((recovery_policy & SAM_RECOVERY_POLICY_QUORUM) != 0) {
        cs_error_t error = quorum_connect();

        if (error != CS_OK) {
            return error;
        }
    }
    sam.status = INITIALIZED;
    return CS_OK;
}

/* The child goes on with its program; the parent stays here until it has nothing to supervise. */
static cs_error_t fork_and_supervise(unsigned int *instance_id)
{
    unsigned int instance = 0;
    int status = 0;

    for (;;) {
        int sockets[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
            return CS_ERR_LIBRARY;
        }
        instance++;
        pid_t child = fork();

        if (child < 0) {
            close(sockets[0]);
            close(sockets[1]);
            return CS_ERR_LIBRARY;
        }
        if (child == 0) {
            close(sockets[0]);
            sam.socket = sockets[1];
            sam.status = REGISTERED;
            if (instance_id != NULL) {
                *instance_id = instance;
            }
            return CS_OK;
        }
        close(sockets[1]);
        if (sam_supervise(&sam.settings, child, sockets[0], &status) == SAM_QUIT) {
            exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        }
    }
}

cs_error_t sam_register(unsigned int *instance_id)
{
    if (sam.status != INITIALIZED) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = sam_publish_begin(&sam.settings);

    return error == CS_OK ? fork_and_supervise(instance_id) : error;
}

/* ---- commands ---- */

/* Sends a command, with data if any, and waits for the answer. */
static cs_error_t command(enum sam_command what, uint32_t argument, const void *data, size_t size)
{
    struct sam_message message = {.command = what, .argument = argument};
    uint32_t answer = CS_ERR_LIBRARY;

    pthread_mutex_lock(&sam.lock);
    if (sam_write(sam.socket, &message, sizeof(message)) && (size == 0 || sam_write(sam.socket, data,
                                                                                    size)) &&
        !sam_read(sam.socket, &answer, sizeof(answer))) {
        answer = CS_ERR_LIBRARY;
    }
    pthread_mutex_unlock(&sam.lock);
    return (cs_error_t)answer;
}

cs_error_t sam_start(void)
{
    if (sam.status != REGISTERED) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = command(SAM_COMMAND_START, 0, NULL, 0);

    if (error == CS_OK) {
        sam.status = STARTED;
    }
    return error;
}

cs_error_t sam_stop(void)
{
    if (sam.status != STARTED) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = command(SAM_COMMAND_STOP, 0, NULL, 0);

    if (error == CS_OK) {
        sam.status = REGISTERED;
    }
    return error;
}

cs_error_t sam_hc_send(void)
{
    struct sam_message message = {.command = SAM_COMMAND_HEARTBEAT};

    if (sam.status != STARTED) {
        return CS_ERR_BAD_HANDLE;
    }
    pthread_mutex_lock(&sam.lock);
    bool sent = sam_write(sam.socket, &message, sizeof(message));

    pthread_mutex_unlock(&sam.lock);
    return sent ? CS_OK : CS_ERR_LIBRARY;
}

cs_error_t sam_warn_signal_set(int warn_signal)
{
    if (sam.status != INITIALIZED && sam.status != REGISTERED && sam.status != STARTED) {
        return CS_ERR_BAD_HANDLE;
    }
    if (warn_signal < 1 || warn_signal >= NSIG) {
        return CS_ERR_INVALID_PARAM;
    }
    cs_error_t error = CS_OK;

    if (sam.status != INITIALIZED) {
        error = command(SAM_COMMAND_WARN_SIGNAL, (uint32_t)warn_signal, NULL, 0);
    }
    if (error == CS_OK) {
        sam.settings.warn_signal = warn_signal;
    }
    return error;
}

cs_error_t sam_mark_failed(void)
{
    if (sam.status != REGISTERED && sam.status != STARTED) {
        return CS_ERR_BAD_HANDLE;
    }
    if ((sam.settings.policy & SAM_RECOVERY_POLICY_CMAP) == 0) {
        return CS_ERR_INVALID_PARAM;
    }
    return command(SAM_COMMAND_MARK_FAILED, 0, NULL, 0);
}

cs_error_t sam_finalize(void)
{
    if (sam.status != INITIALIZED && sam.status != REGISTERED && sam.status != STARTED) {
        return CS_ERR_BAD_HANDLE;
    }
    if (sam.status == STARTED) {
        sam_stop();
    }
    sam.status = FINALIZED;
    free(sam.settings.data);
    sam.settings.data = NULL;
    sam.settings.data_size = 0;
    return CS_OK;
}

/* ---- user data ---- */

static bool data_allowed(void)
{
    return sam.status == INITIALIZED || sam.status == REGISTERED || sam.status == STARTED;
}

cs_error_t sam_data_getsize(size_t *size)
{
    if (size == NULL) {
        return CS_ERR_INVALID_PARAM;
    }
    if (!data_allowed()) {
        return CS_ERR_BAD_HANDLE;
    }
    *size = sam.settings.data_size;
    return CS_OK;
}

cs_error_t sam_data_restore(void *data, size_t size)
{
    if (data == NULL) {
        return CS_ERR_INVALID_PARAM;
    }
    if (!data_allowed()) {
        return CS_ERR_BAD_HANDLE;
    }
    if (size < sam.settings.data_size) {
        return CS_ERR_INVALID_PARAM;
    }
    if (sam.settings.data_size > 0) {
        memcpy(data, sam.settings.data, sam.settings.data_size);
    }
    return CS_OK;
}

cs_error_t sam_data_store(const void *data, size_t size)
{
    if (!data_allowed()) {
        return CS_ERR_BAD_HANDLE;
    }
    if (data == NULL) {
        size = 0;
    }
    if (size > SAM_DATA_MAX) {
        return CS_ERR_TOO_BIG;
    }
    void *copy = malloc(size + 1);

    if (copy == NULL) {
        return CS_ERR_NO_MEMORY;
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    cs_error_t error = CS_OK;

    if (sam.status != INITIALIZED) {
        error = command(SAM_COMMAND_STORE, (uint32_t)size, copy, size);
    }
    if (error != CS_OK) {
        free(copy);
        return error;
    }
    free(sam.settings.data);
    sam.settings.data = copy;
    sam.settings.data_size = size;
    return CS_OK;
}

/* ---- health checks ---- */

/* Heartbeats four times an interval, and a check before each fourth. A failed check ends them. */
static void *health_loop(void *unused)
{
    unsigned int beats = 0;

    for (;;) {
        usleep((useconds_t)sam.settings.interval * 1000 / 4);
        sam_hc_callback_t check = __atomic_load_n(&sam.health_check, __ATOMIC_ACQUIRE);

        if (sam.status == FINALIZED) {
            return NULL;
        }
        if (sam.status != STARTED || check == NULL) {
            continue;
        }
        if (++beats % 4 == 0 && check() != 0) {
            return NULL;
        }
        sam_hc_send();
    }
}

cs_error_t sam_hc_callback_register(sam_hc_callback_t cb)
{
    if (sam.status != REGISTERED) {
        return CS_ERR_BAD_HANDLE;
    }
    if (sam.settings.interval == 0 || (cb == NULL && sam.health_check == NULL)) {
        return CS_ERR_INVALID_PARAM;
    }
    __atomic_store_n(&sam.health_check, cb, __ATOMIC_RELEASE);
    if (!sam.health_thread_runs) {
        if (pthread_create(&sam.health_thread, NULL, health_loop, NULL) != 0) {
            sam.health_check = NULL;
            return CS_ERR_LIBRARY;
        }
        pthread_detach(sam.health_thread);
        sam.health_thread_runs = true;
    }
    return CS_OK;
}
