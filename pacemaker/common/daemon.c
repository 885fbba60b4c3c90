/* Identity, environment options and small services of every pacemaker process (daemon.h). */
#include "config.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include "pacemaker/common/daemon.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <malloc.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>
#include "pacemaker/common/xml.h"

#define TASK_COMM_SIZE 16                /* of the kernel, with the terminating zero */

const char *program_name(void)
{
    const char *name = program_invocation_short_name;

    return strncmp(name, "lt-", 3) == 0 ? name + 3 : name;
}

const char *program_system_name(void)
{
    static const char *const names[][2] = {
        {"pacemaker-attrd", "attrd"},
        {"pacemaker-based", "cib"},
        {"pacemaker-controld", "crmd"},
        {"pacemaker-execd", "lrmd"},
        {"pacemaker-fenced", "stonith-ng"},
        {"pacemaker-schedulerd", "pengine"},
        {"cib", "cib"},
        {"stonithd", "stonith-ng"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(program_name(), names[i][0]) == 0) {
            return names[i][1];
        }
    }
    return program_name();
}

static const char *const env_prefixes[] = {"PCMK_", "HA_"};

const char *env_option(const char *name)
{
    char full[128];

    for (size_t i = 0; i < 2; i++) {
        snprintf(full, sizeof(full), "%s%s", env_prefixes[i], name);

        const char *value = getenv(full);

        if (value != NULL) {
            return value;
        }
    }
    return NULL;
}

bool env_option_enabled(const char *daemon, const char *name)
{
    const char *value = env_option(name);

    return value != NULL && (crm_is_true(value) || (daemon != NULL && strstr(value, daemon) != NULL));
}

void env_option_set(const char *name, const char *value)
{
    char full[128];

    for (size_t i = 0; i < 2; i++) {
        snprintf(full, sizeof(full), "%s%s", env_prefixes[i], name);
        if (value != NULL) {
            setenv(full, value, 1);
        } else {
            unsetenv(full);
        }
    }
}

int daemon_user_ids(uid_t *uid, gid_t *gid)
{
    static int known;           /* 0 not looked up, 1 found, -ENOENT */
    static uid_t user;
    static gid_t group;

    if (known == 0) {
        const struct passwd *entry = getpwnam(DAEMON_USER);
        const struct group *group_entry = getgrnam(DAEMON_GROUP);

        known = entry != NULL ? 1 : -ENOENT;
        if (entry != NULL) {
            user = entry->pw_uid;
            group = group_entry != NULL ? group_entry->gr_gid : entry->pw_gid;
        }
    }
    if (known < 0) {
        return known;
    }
    if (uid != NULL) {
        *uid = user;
    }
    if (gid != NULL) {
        *gid = group;
    }
    return 0;
}

void uuid_text(char out[37])
{
    uuid_t uuid;

    uuid_generate(uuid);
    uuid_unparse_lower(uuid, out);
}

#define DEEP_STACK_BYTES ((rlim_t)1024 * 1024 * 1024)

void process_allow_deep_recursion(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        limit.rlim_cur < DEEP_STACK_BYTES) {
        bool enough = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > DEEP_STACK_BYTES;

        limit.rlim_cur = enough ? DEEP_STACK_BYTES : limit.rlim_max;
        setrlimit(RLIMIT_STACK, &limit);
    }
}

static bool process_has_name(const char *pid, const char *name)
{
    char path[64], line[TASK_COMM_SIZE + 1] = "";

    if ((size_t)snprintf(path, sizeof(path), "/proc/%s/comm", pid) >= sizeof(path)) {
        return false;
    }
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        return false;
    }
    bool found = fgets(line, sizeof(line), file) != NULL;

    fclose(file);
    line[strcspn(line, "\n")] = '\0';
    return found && strncmp(line, name, TASK_COMM_SIZE - 1) == 0 &&
           strlen(line) == strnlen(name, TASK_COMM_SIZE - 1);
}

pid_t process_find(const char *name)
{
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    pid_t found = 0;

    while (processes != NULL && found == 0 && (entry = readdir(processes)) != NULL) {
        if (isdigit((unsigned char)entry->d_name[0]) && process_has_name(entry->d_name, name)) {
            found = (pid_t)strtol(entry->d_name, NULL, 10);
        }
    }
    if (processes != NULL) {
        closedir(processes);
    }
    return found;
}

crm_exit_t daemon_start_status(int rc)
{
    switch (-rc) {
        /* another instance serves: the launcher takes it over, or ends it if it hangs */
        case EADDRINUSE:
        case EINTR:                 /* told to end meanwhile */
            return CRM_EX_OK;
        case ENOTCONN:              /* what we need has gone, or has hung, in this moment */
        case ECONNREFUSED:
        case ECONNRESET:
        case EPIPE:
        case ETIME:
        case ETIMEDOUT:
        case EAGAIN:
            return CRM_EX_DISCONNECT;
        default:
            return CRM_EX_FATAL;
    }
}

#define LARGE_PAGE ((size_t)2 * 1024 * 1024)
#define USUAL_MMAP_MAX 65536            /* glibc's own */

void process_expect_memory(size_t bytes)
{
    uintptr_t start, end;
    void *block;

    if (bytes < 2 * LARGE_PAGE) {
        return;
    }
    mallopt(M_TRIM_THRESHOLD, INT_MAX);                 /* what is freed at the heap's end stays */
    mallopt(M_MMAP_MAX, 0);                             /* from the heap, however much it is */
    block = malloc(bytes);
    mallopt(M_MMAP_MAX, USUAL_MMAP_MAX);
    if (block == NULL) {
        return;
    }
    start = ((uintptr_t)block + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1);
    end = ((uintptr_t)block + bytes) & ~(uintptr_t)(LARGE_PAGE - 1);
    madvise((void *)start, end - start, MADV_HUGEPAGE); /* only a hint */
    free(block);
}
