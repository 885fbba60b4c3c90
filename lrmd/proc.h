/* Running a program with captured output, an optional stdin text and a time limit (executor.md §6.2, §6.5).
 * Used for resource agents, fence agents and alert agents. */
#ifndef LRMD_PROC_H
#define LRMD_PROC_H

#include <stdbool.h>
#include <sys/types.h>

/* What is kept of each output stream, bytes; of more, the first and the last halves are kept. */
#define PROC_OUTPUT_MAX (512u * 1024)
/* The longest stdin text, bytes: what a pipe takes at once. */
#define PROC_INPUT_MAX 65536u

typedef struct {
    const char *name;            /* for the log, e.g. resource_action_interval */
    const char *path;            /* searched in PATH when it has no slash */
    char *const *argv;           /* NULL-terminated, argv[0] included; NULL: just path */
    char *const *envp;           /* whole environment; NULL: ours */
    const char *input;           /* text for stdin; NULL: stdin is inherited */
    unsigned timeout_ms;         /* 0 = no limit */
    bool kill_child_only;        /* at the limit kill the process, not its group */
    bool as_user;                /* run as uid/gid below, without supplementary groups */
    uid_t uid;
    gid_t gid;
    /* In the child, when the program cannot be executed: may print, returns the exit status. NULL: 1. */
    int (*exec_failed)(int error, void *arg);
    void *exec_failed_arg;
} proc_spec_t;

typedef struct {
    int exit_status;             /* when signo is 0 */
    int signo;                   /* signal that ended it, or 0 */
    bool timed_out;              /* we killed it at its limit */
    char *out, *err;             /* captured streams; never NULL, owned by the result */
} proc_result_t;

void proc_result_clear(proc_result_t *result);

typedef struct proc proc_t;
/* Called once from the main loop; the callee may take out/err by setting them NULL. proc is freed after. */
typedef void (*proc_done_fn)(proc_t *proc, proc_result_t *result, void *arg);

/* Start in the default main context. NULL and *error (positive errno) when it cannot be started. */
proc_t *proc_start(const proc_spec_t *spec, proc_done_fn done, void *arg, int *error);
pid_t proc_pid(const proc_t *proc);
/* Kill the process group, reap and free; no callback. */
void proc_kill(proc_t *proc);

/* Run to the end without a main loop. 0 or positive errno when it cannot be started. */
int proc_run(const proc_spec_t *spec, proc_result_t *result);

#endif
