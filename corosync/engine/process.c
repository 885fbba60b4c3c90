/*
 * The daemon as a process: scheduling, memory, background, lock file, pause detector (config-and-tools.md 6).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "corosync/engine/clock.h"
#include "corosync/engine/engine.h"

#define LOCK_FILE LOCALSTATEDIR "/run/corosync.pid"
#define CGROUP_RT "/sys/fs/cgroup/cpu/cpu.rt_runtime_us"
#define CGROUP_V1 "/sys/fs/cgroup/cpu/tasks"
#define CGROUP_V2 "/sys/fs/cgroup/cgroup.procs"

static int lock_fd = -1;

static void move_to_root_cgroup(void)
{
    const char *path = access(CGROUP_RT, F_OK) == 0   ? CGROUP_V1
                       : access(CGROUP_V2, F_OK) == 0 ? CGROUP_V2
                                                      : NULL;
    FILE *file = path != NULL ? fopen(path, "we") : NULL;

    if (path == NULL) {
        return;
    }
    if (file == NULL) {
        log_msg(SUBSYS_MAIN, LOG_WARNING, "Can't open cgroups tasks file for writing");
        return;
    }
    if (fprintf(file, "%jd\n", (intmax_t)getpid()) <= 0) {
        log_msg(SUBSYS_MAIN, LOG_WARNING, "Can't write corosync pid into cgroups tasks file");
    }
    if (fclose(file) != 0) {
        log_msg(SUBSYS_MAIN, LOG_WARNING, "Can't close cgroups tasks file");
    }
}

void process_move_to_root_cgroup(const struct icmap *map)
{
    const char *mode = icmap_get_string(map, "system.move_to_root_cgroup");

    if (mode != NULL && strcmp(mode, "yes") == 0) {
        move_to_root_cgroup();
    }
}

static bool set_realtime(void)
{
    struct sched_param param = {.sched_priority = sched_get_priority_max(SCHED_RR)};

    return sched_setscheduler(0, SCHED_RR, &param) == 0;
}

static bool set_sched_rr(bool retry_in_root_cgroup)
{
    if (set_realtime()) {
        return true;
    }
    if (retry_in_root_cgroup) {
        move_to_root_cgroup();
        if (set_realtime()) {
            return true;
        }
    }
    log_msg(SUBSYS_MAIN, LOG_WARNING, "Could not set SCHED_RR at priority %d: %s (%d)",
            sched_get_priority_max(SCHED_RR), strerror(errno), errno);
    if (setpriority(PRIO_PGRP, 0, INT_MIN) != 0) {
        log_msg(SUBSYS_MAIN, LOG_WARNING, "Could not set priority %d: %s (%d)", INT_MIN, strerror(errno),
                errno);
    }
    return false;
}

static void set_nice(const char *text)
{
    char *end;
    long value;

    if (strcmp(text, "max") == 0) {
        value = INT_MIN;
    } else if (strcmp(text, "min") == 0) {
        value = INT_MAX;
    } else {
        errno = 0;
        value = strtol(text, &end, 10);
        if (errno != 0 || end == text || *end != '\0' || value < INT_MIN || value > INT_MAX) {
            log_msg(SUBSYS_MAIN, LOG_ERR, "Priority value %s is invalid", text);
            ENGINE_FAIL(ENGINE_EXIT_CONFIG);
        }
    }
    if (value != 0 && setpriority(PRIO_PGRP, 0, (int)value) != 0) {
        log_msg(SUBSYS_MAIN, LOG_WARNING, "Could not set priority %ld: %s (%d)", value, strerror(errno),
                errno);
    }
}

bool process_set_priority(const struct icmap *map)
{
    const char *sched_rr = icmap_get_string(map, "system.sched_rr");
    const char *cgroup = icmap_get_string(map, "system.move_to_root_cgroup");
    const char *priority = icmap_get_string(map, "system.priority");

    if (sched_rr == NULL || strcmp(sched_rr, "no") != 0) {
        return set_sched_rr(cgroup == NULL || strcmp(cgroup, "auto") == 0);
    }
    if (priority != NULL) {
        set_nice(priority);
    }
    return false;
}

static void redirect_stdio(void)
{
    int fd = open("/dev/null", O_RDWR);

    if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0) {
        log_msg(SUBSYS_MAIN, LOG_ERR, "Can't redirect standard streams to /dev/null: %s", strerror(errno));
        ENGINE_FAIL(ENGINE_EXIT_STDIO);
    }
    if (fd > 2) {
        close(fd);
    }
}

void process_daemonize(void)
{
    pid_t pid = fork();

    if (pid < 0) {
        log_msg(SUBSYS_MAIN, LOG_ERR, "Can't fork: %s", strerror(errno));
        ENGINE_FAIL(ENGINE_EXIT_FORK);
    }
    if (pid > 0) {
        _exit(0);
    }
    (void)setsid();
    redirect_stdio();
}

/* Pages are locked when first touched, so that large buffers cost only what is used of them. */
void process_lock_memory(void)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0) {
        log_msg(SUBSYS_MAIN, LOG_WARNING, "Could not increase RLIMIT_MEMLOCK, not locking memory: %s (%d)",
                strerror(errno), errno);
        return;
    }
    if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
        log_msg(SUBSYS_MAIN, LOG_WARNING, "Could not lock memory of service to avoid page faults: %s (%d)",
                strerror(errno), errno);
    }
}

static void write_lock_file(void)
{
    char text[32];
    int len = snprintf(text, sizeof(text), "%jd\n", (intmax_t)getpid());

    if (ftruncate(lock_fd, 0) != 0 || write(lock_fd, text, (size_t)len) != len) {
        log_msg(SUBSYS_MAIN, LOG_ERR, "Can't write pid to lock file '%s': %s", LOCK_FILE, strerror(errno));
        ENGINE_FAIL(ENGINE_EXIT_LOCK);
    }
}

void process_take_lock_file(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    lock_fd = open(LOCK_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    if (lock_fd < 0) {
        log_msg(SUBSYS_MAIN, LOG_ERR, "Corosync Executive couldn't create lock file '%s': %s", LOCK_FILE,
                strerror(errno));
        ENGINE_FAIL(ENGINE_EXIT_LOCK);
    }
    if (fcntl(lock_fd, F_SETLK, &lock) != 0) {
        if (errno == EAGAIN || errno == EACCES) {
            log_msg(SUBSYS_MAIN, LOG_ERR, "Another Corosync instance is already running.");
            ENGINE_FAIL(ENGINE_EXIT_RUNNING);
        }
        log_msg(SUBSYS_MAIN, LOG_ERR, "Corosync Executive couldn't acquire lock file '%s': %s", LOCK_FILE,
                strerror(errno));
        ENGINE_FAIL(ENGINE_EXIT_LOCK);
    }
    write_lock_file();
}

void process_drop_lock_file(void)
{
    if (lock_fd >= 0) {
        unlink(LOCK_FILE);
        close(lock_fd);
        lock_fd = -1;
    }
}

/* ---- pause detector ---- */

static uint64_t last_run;               /* monotonic ns */
static uint64_t last_token;             /* ms, when the timer was armed */

static void on_pause_check(void *data);

static struct clock_timer pause_timer = {.fn = on_pause_check};

static void on_pause_check(void *data)
{
    uint64_t token = engine.conf->totem.token;
    uint64_t now = engine_monotonic_ns();
    float waited = (float)(now - last_run) / 1e6f;
    float threshold = (float)last_token * 0.8f;
    struct timespec wall;

    if (waited > threshold) {
        uint64_t stamp;

        clock_gettime(CLOCK_REALTIME, &wall);
        stamp = (uint64_t)wall.tv_sec * 1000 + (uint64_t)wall.tv_nsec / 1000000;
        log_msg(SUBSYS_MAIN, LOG_WARNING,
                "Corosync main process was not scheduled (@%llu) for %0.4f ms (threshold "
                "is %0.4f ms). Consider token timeout increase.",
                (unsigned long long)stamp, (double)waited, (double)threshold);
        stats_schedmiss(stamp, waited);
    }
    last_run = now;
    last_token = token;
    clock_arm(&pause_timer, token * 1000000ull / 3);
}

void process_watch_pauses(void)
{
    last_run = engine_monotonic_ns();
    last_token = engine.conf->totem.token;
    on_pause_check(NULL);
}
