/*
 * libsam: the supervisor, the parent of the supervised process.
 */
#include "config.h"

#include "corosync/client/libsam.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct supervision {
    struct sam_settings *settings;
    pid_t child;
    int socket;
    bool started;
    bool start_waits; /* for quorum; not answered yet */
    bool warned;
    bool killed;
    bool failed;      /* the process declared itself broken */
    uint64_t deadline; /* ms of the monotonic clock, 0 = none */
};

static uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * CS_TIME_NS_IN_SEC + (uint64_t)now.tv_nsec;
}

static uint64_t monotonic_ms(void)
{
    return monotonic_ns() / CS_TIME_NS_IN_MSEC;
}

/* ---- what others see ---- */

static bool publishes(const struct sam_settings *settings)
{
    return (settings->policy & SAM_RECOVERY_POLICY_CMAP) != 0;
}

static void key_of(char key[CMAP_KEYNAME_MAXLEN + 1], const char *item)
{
    snprintf(key, CMAP_KEYNAME_MAXLEN + 1, "resources.process.%d.%s", getpid(), item);
}

static cs_error_t publish_string(const struct sam_settings *settings, const char *item, const char *value)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];

    key_of(key, item);
    return publishes(settings) ? cmap_set_string(settings->cmap, key, value) : CS_OK;
}

static cs_error_t publish_u64(const struct sam_settings *settings, const char *item, uint64_t value)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];

    key_of(key, item);
    return publishes(settings) ? cmap_set_uint64(settings->cmap, key, value) : CS_OK;
}

static void publish_alive(const struct sam_settings *settings)
{
    publish_u64(settings, "last_updated", monotonic_ns());
}

static void publish_end(const struct sam_settings *settings, bool failed)
{
    static const char *const items[] = {"recovery", "poll_period", "last_updated", "state"};
    char key[CMAP_KEYNAME_MAXLEN + 1];

    if (!publishes(settings)) {
        return;
    }
    if (failed) {
        publish_string(settings, "state", "failed");
        return;
    }
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        key_of(key, items[i]);
        cmap_delete(settings->cmap, key);
    }
}

cs_error_t sam_publish_begin(struct sam_settings *settings)
{
    cs_error_t error;

    if (!publishes(settings)) {
        return CS_OK;
    }
    error = cmap_initialize(&settings->cmap);
    if (error != CS_OK) {
        return error;
    }
    error = publish_string(settings, "recovery",
                           sam_base_policy(settings) == SAM_RECOVERY_POLICY_RESTART ? "restart" : "quit");
    if (error == CS_OK) {
        error = publish_u64(settings, "poll_period", (uint64_t)settings->interval);
    }
    if (error == CS_OK) {
        error = publish_u64(settings, "last_updated", 0);
    }
    return error == CS_OK ? publish_string(settings, "state", "stopped") : error;
}

/* ---- commands of the process ---- */

static void answer(const struct supervision *supervision, cs_error_t error)
{
    uint32_t wire = error;

    sam_write(supervision->socket, &wire, sizeof(wire));
}

static void deadline_renew(struct supervision *supervision)
{
    uint64_t interval = (uint64_t)supervision->settings->interval;

    supervision->deadline = interval == 0 ? 0 : monotonic_ms() + interval;
}

static void begin(struct supervision *supervision)
{
    supervision->start_waits = false;
    supervision->started = true;
    supervision->warned = false;
    deadline_renew(supervision);
    publish_alive(supervision->settings);
    publish_string(supervision->settings, "state", "running");
    answer(supervision, CS_OK);
}

static void on_start(struct supervision *supervision)
{
    const struct sam_settings *settings = supervision->settings;

    if ((settings->policy & SAM_RECOVERY_POLICY_QUORUM) != 0 && !settings->quorate) {
        supervision->start_waits = true;
        publish_string(settings, "state", "waiting for quorum");
    } else {
        begin(supervision);
    }
}

static void on_store(struct supervision *supervision, size_t size)
{
    struct sam_settings *settings = supervision->settings;
    void *data = size > SAM_DATA_MAX ? NULL : malloc(size + 1);

    if (data == NULL || !sam_read(supervision->socket, data, size)) {
        free(data);
        answer(supervision, CS_ERR_NO_MEMORY);
        return;
    }
    free(settings->data);
    settings->data = data;
    settings->data_size = size;
    answer(supervision, CS_OK);
}

static void kill_child(struct supervision *supervision)
{
    supervision->killed = true;
    supervision->deadline = 0;
    kill(supervision->child, SIGKILL);
}

/* False when the process is gone. */
static bool on_command(struct supervision *supervision)
{
    struct sam_message message;

    if (!sam_read(supervision->socket, &message, sizeof(message))) {
        return false;
    }
    switch (message.command) {
    case SAM_COMMAND_START:
        on_start(supervision);
        break;
    case SAM_COMMAND_STOP:
        supervision->started = false;
        supervision->deadline = 0;
        publish_string(supervision->settings, "state", "stopped");
        answer(supervision, CS_OK);
        break;
    case SAM_COMMAND_HEARTBEAT:
        if (supervision->started && !supervision->warned) {
            deadline_renew(supervision);
            publish_alive(supervision->settings);
        }
        break;
    case SAM_COMMAND_STORE:
        on_store(supervision, message.argument);
        break;
    case SAM_COMMAND_WARN_SIGNAL:
        supervision->settings->warn_signal = (int)message.argument;
        answer(supervision, CS_OK);
        break;
    case SAM_COMMAND_MARK_FAILED:
        supervision->failed = true;
        answer(supervision, CS_OK);
        kill_child(supervision);
        break;
    default:
        answer(supervision, CS_ERR_INVALID_PARAM);
        break;
    }
    return true;
}

/* ---- what can happen to the process ---- */

static void warn_child(struct supervision *supervision)
{
    supervision->warned = true;
    deadline_renew(supervision);
    kill(supervision->child, supervision->settings->warn_signal);
}

static void on_deadline(struct supervision *supervision)
{
    if (supervision->warned) {
        kill_child(supervision);
    } else {
        warn_child(supervision);
    }
}

static void on_quorum_event(struct supervision *supervision)
{
    struct sam_settings *settings = supervision->settings;

    if (quorum_dispatch(settings->quorum, CS_DISPATCH_ALL) != CS_OK) {
        settings->quorate = false; /* without the daemon there is no quorum */
        quorum_finalize(settings->quorum);
        settings->quorum = 0;
    }
    if (supervision->start_waits && settings->quorate) {
        begin(supervision);
    } else if (supervision->started && !settings->quorate && !supervision->warned) {
        warn_child(supervision);
    }
}

static int time_left(const struct supervision *supervision)
{
    uint64_t now = monotonic_ms();

    if (supervision->deadline == 0) {
        return -1;
    }
    return supervision->deadline <= now ? 0 : (int)(supervision->deadline - now);
}

/* Until the process is gone. Its children may keep its end of the socket open, so that is watched, too. */
static void watch(struct supervision *supervision, int process)
{
    for (;;) {
        struct pollfd fds[3] = {{.fd = supervision->socket, .events = POLLIN},
                                {.fd = -1, .events = POLLIN},
                                {.fd = process, .events = POLLIN}};

        if (supervision->settings->quorum != 0) {
            quorum_fd_get(supervision->settings->quorum, &fds[1].fd);
        }
        int ready = poll(fds, 3, time_left(supervision));

        if (ready < 0 && errno != EINTR) {
            return;
        }
        if (ready > 0 && fds[0].revents != 0 && !on_command(supervision)) {
            return;
        }
        if (ready > 0 && fds[1].revents != 0) {
            on_quorum_event(supervision);
        }
        if (ready > 0 && fds[0].revents == 0 && fds[2].revents != 0) {
            return;
        }
        if (supervision->deadline != 0 && time_left(supervision) == 0) {
            on_deadline(supervision);
        }
    }
}

enum sam_outcome sam_supervise(struct sam_settings *settings, pid_t child, int socket, int *status)
{
    struct supervision supervision = {.settings = settings, .child = child, .socket = socket};

    int process = (int)syscall(SYS_pidfd_open, child, 0);

    watch(&supervision, process);
    if (process >= 0) {
        close(process);
    }
    close(socket);
    if (supervision.killed) {
        kill(child, SIGKILL);
    }
    while (waitpid(child, status, 0) < 0 && errno == EINTR) {
    }
    bool restart = supervision.started && !supervision.failed &&
                   sam_base_policy(settings) == SAM_RECOVERY_POLICY_RESTART;

    if (restart) {
        publish_string(settings, "state", "stopped");
        return SAM_RESTART;
    }
    publish_end(settings, supervision.failed || supervision.started);
    return SAM_QUIT;
}
