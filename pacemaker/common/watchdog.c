/* Giving up the whole node (watchdog.h). */
#include "config.h"

#include "pacemaker/common/watchdog.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"

#define SBD_PROGRAM SBINDIR "/sbd"
#define SBD_PID_FILE "/run/sbd.pid"

/* One line of a small file, without its newline; false when it cannot be read. */
static bool read_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "re");
    bool found = file != NULL && fgets(line, (int)size, file) != NULL;

    if (file != NULL) {
        fclose(file);
    }
    if (found) {
        line[strcspn(line, "\n")] = '\0';
    }
    return found;
}

static pid_t pid_in_file(void)
{
    char line[32], path[64], program[256];

    if (!read_line(SBD_PID_FILE, line, sizeof(line))) {
        return 0;
    }
    pid_t pid = (pid_t)strtol(line, NULL, 10);

    snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);

    ssize_t length = pid > 0 ? readlink(path, program, sizeof(program) - 1) : -1;

    if (length < 0) {
        return 0;
    }
    program[length] = '\0';
    return strcmp(program, SBD_PROGRAM) == 0 ? pid : 0;
}

pid_t sbd_pid(void)
{
    pid_t pid = pid_in_file();

    return pid > 0 ? pid : process_find("sbd");
}

static void sysrq(char key)
{
    const char text[] = {key, '\n'};
    int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, sizeof(text)) < 0) {
        log_err("Could not use /proc/sysrq-trigger: %s", strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
}

static void stop_kernel(void)
{
    const char *action = env_option("panic_action");
    bool crash = action != NULL && (strcmp(action, "crash") == 0 || strcmp(action, "sync-crash") == 0);

    log_crit("Rebooting system | action=%s", action != NULL ? action : "reboot");
    if (action != NULL && strncmp(action, "sync-", 5) == 0) {
        sync();
    }
    sysrq(crash ? 'c' : 'b');
    reboot(RB_AUTOBOOT);
}

_Noreturn void node_panic(const char *origin)
{
    pid_t parent = getppid();
    pid_t sbd = sbd_pid();

    log_crit("Panicking because of %s", origin);
    if (sbd > 1) {
        log_crit("Signaling sbd[%d] to panic", (int)sbd);
        if (kill(sbd, SIGKILL) == 0) {
            daemon_exit(parent > 1 ? CRM_EX_PANIC : CRM_EX_FATAL);
        }
    }
    if (geteuid() == 0) {
        stop_kernel();
        daemon_exit(parent > 1 ? CRM_EX_PANIC : CRM_EX_FATAL);
    }
    if (parent == 1) {
        pid_t launcher = process_find("pacemakerd");

        if (launcher > 1) {
            kill(launcher, SIGQUIT);
        }
    }
    daemon_exit(CRM_EX_PANIC);
}
