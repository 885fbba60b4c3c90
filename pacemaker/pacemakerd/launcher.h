/* Supervision of the daemons: which to start, restart, kill and in which order to stop. Pure (messaging.md
 * §6). */
#ifndef PCMK_LAUNCHER_H
#define PCMK_LAUNCHER_H

#include <stdbool.h>
#include <sys/types.h>

#define CHILDREN 6u
#define CHECK_FAILURES_MAX 5u           /* at this many in a row a hanging daemon is killed */
#define RESTARTS_MAX 100u
#define STOP_LIMIT_MS 180000u           /* a daemon but the controller gets to stop */

struct child_def {
    const char *name, *endpoint;        /* program; IPC service watched */
    bool as_root, needs_cluster;
};

/* In the order of start; stopped in reverse. */
extern const struct child_def child_defs[CHILDREN];

enum launcher_state {
    LAUNCHER_INIT,
    LAUNCHER_STARTING,
    LAUNCHER_WAIT_PING,
    LAUNCHER_RUNNING,
    LAUNCHER_SHUTTING_DOWN,
    LAUNCHER_DOWN,
};

const char *launcher_state_text(enum launcher_state state);   /* as in pings */

/* What looking at a daemon's end-point gave. */
enum check_result {
    CHECK_OK,                   /* a process of the right user answers */
    /* nobody answers, but the daemon's process (or one that has its end-point) exists */
    CHECK_PID_ONLY,
    CHECK_GONE,
    CHECK_UNAUTHORIZED,         /* another user's process answers */
    CHECK_ERROR,
};

typedef struct launcher launcher_t;

typedef struct {
    pid_t (*start)(void *arg, unsigned child);                  /* process id, or -1 */
    /* pid in: the known one or 0; out: of the process that has the end-point. */
    enum check_result (*check)(void *arg, unsigned child, pid_t *pid);
    void (*kill)(void *arg, unsigned child, pid_t pid, int signum);
    bool (*cluster_up)(void *arg);                              /* can daemons join process groups? */
    void (*arm_stop)(void *arg, unsigned ms); /* launcher_stop_expired() after ms; 0 cancels */
    void (*panic)(void *arg);
    void (*down)(void *arg, bool fatal);                        /* everything has stopped, or cannot go on */
    long long (*now)(void *arg);                                /* epoch seconds */
} launcher_ops_t;

launcher_t *launcher_new(bool fail_fast, const launcher_ops_t *ops, void *arg);
void launcher_free(launcher_t *l);

/* Take over daemons that run already; how many more than before. -1 when a foreign process is in the way. */
int launcher_adopt(launcher_t *l);
void launcher_wait_ping(launcher_t *l);     /* do not start before sbd has asked for our state */
void launcher_start(launcher_t *l);
void launcher_tick(launcher_t *l);          /* each second: check one daemon */
void launcher_child_ended(launcher_t *l, pid_t pid, int status, int signo);
void launcher_cluster_restored(launcher_t *l);
void launcher_shut_down(launcher_t *l);
void launcher_stop_expired(launcher_t *l);

enum launcher_state launcher_state(const launcher_t *l);
long long launcher_progress(const launcher_t *l);   /* epoch seconds of the last check that went well */
bool launcher_is_child(const launcher_t *l, pid_t pid);

#endif
