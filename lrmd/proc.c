/* Running a program: fork, capture, limit, reap. */
#include "config.h"
#include "lrmd/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib.h>
#include <glib-unix.h>

#include "pacemaker/common/log.h"

#define KILL_PATIENCE_MS 5000u     /* after SIGKILL, until we complain */
#define REAP_PATIENCE_MS 2000u     /* proc_kill(): wait that long for the end */

/* Head and tail of one output stream. */
typedef struct {
    GString *head;                 /* first half of the limit */
    GString *tail;                 /* what came after; trimmed at the front */
    int fd;                        /* -1 once closed */
    guint source;
} capture_t;

struct proc {
    char *name;
    pid_t pid;
    bool kill_child_only;
    bool timed_out;
    unsigned timeout_ms;
    capture_t out, err;
    guint child_source, timer;
    proc_done_fn done;
    void *arg;
};

void proc_result_clear(proc_result_t *result)
{
    free(result->out);
    free(result->err);
    *result = (proc_result_t){0};
}

static void capture_init(capture_t *c, int fd)
{
    c->head = g_string_new(NULL);
    c->tail = g_string_new(NULL);
    c->fd = fd;
}

static void capture_add(capture_t *c, const char *data, size_t length)
{
    const size_t half = PROC_OUTPUT_MAX / 2;
    size_t room = half - c->head->len;
    size_t first = length < room ? length : room;

    g_string_append_len(c->head, data, (gssize)first);
    g_string_append_len(c->tail, data + first, (gssize)(length - first));
    if (c->tail->len > 2 * half) {
        g_string_erase(c->tail, 0, (gssize)(c->tail->len - half));
    }
}

/* Read what is there; false at the end of the stream. */
static bool capture_read(capture_t *c)
{
    char buffer[8192];

    for (unsigned rounds = 0; rounds < 128; rounds++) {
        ssize_t n = read(c->fd, buffer, sizeof(buffer));

        if (n > 0) {
            capture_add(c, buffer, (size_t)n);
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else {
            return n < 0 && errno == EAGAIN;
        }
    }
    return true;       /* a flood: let others run too */
}

static void capture_close(capture_t *c)
{
    if (c->source != 0) {
        g_source_remove(c->source);
        c->source = 0;
    }
    if (c->fd >= 0) {
        close(c->fd);
        c->fd = -1;
    }
}

/* The captured text; NULs inside become blanks so that it is one string. */
static char *capture_take(capture_t *c)
{
    const size_t half = PROC_OUTPUT_MAX / 2;

    if (c->tail->len > half) {
        g_string_erase(c->tail, 0, (gssize)(c->tail->len - half));
    }
    size_t length = c->head->len + c->tail->len;
    char *text = malloc(length + 1);

    if (text == NULL) {
        abort();
    }
    memcpy(text, c->head->str, c->head->len);
    memcpy(text + c->head->len, c->tail->str, c->tail->len);
    text[length] = '\0';
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\0') {
            text[i] = ' ';
        }
    }
    return text;
}

static void capture_free(capture_t *c)
{
    capture_close(c);
    g_string_free(c->head, TRUE);
    g_string_free(c->tail, TRUE);
}

/* ---- the child's side ---- */

static void close_inherited_fds(void)
{
    long limit = sysconf(_SC_OPEN_MAX);

    if (close_range(3, ~0U, 0) == 0) {
        return;
    }
    for (int fd = 3; fd < (limit > 0 && limit < 65536 ? (int)limit : 65536); fd++) {
        close(fd);
    }
}

static void reset_scheduling(void)
{
    struct sched_param param = {0};

    if (sched_getscheduler(0) != SCHED_OTHER) {
        (void)sched_setscheduler(0, SCHED_OTHER, &param);
    }
    (void)setpriority(PRIO_PROCESS, 0, 0);
}

_Noreturn static void run_child(const proc_spec_t *spec, int in, int out, int err)
{
    char *const plain_argv[] = {(char *)(uintptr_t)spec->path, NULL};
    sigset_t none;
    int status = 1;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    reset_scheduling();
    setpgid(0, 0);
    if ((in >= 0 && dup2(in, STDIN_FILENO) < 0) || dup2(out, STDOUT_FILENO) < 0
        || dup2(err, STDERR_FILENO) < 0) {
        _exit(1);
    }
    close_inherited_fds();
    if (spec->as_user
        && (setgroups(0, NULL) < 0 || setgid(spec->gid) < 0 || setuid(spec->uid) < 0)) {
        _exit(1);
    }
    execvpe(spec->path, spec->argv != NULL ? spec->argv : plain_argv,
            spec->envp != NULL ? spec->envp : environ);
    if (spec->exec_failed != NULL) {
        status = spec->exec_failed(errno, spec->exec_failed_arg);
    }
    _exit(status);
}

/* ---- starting ---- */

static void close_pair(int fds[2])
{
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
            fds[i] = -1;
        }
    }
}

/* A pipe that already holds the whole input and is closed for writing. */
static int input_pipe(const char *input, int fds[2])
{
    size_t length = strlen(input);

    if (length > PROC_INPUT_MAX) {
        return E2BIG;
    }
    if (pipe2(fds, O_CLOEXEC) < 0) {
        return errno;
    }
    if (fcntl(fds[1], F_SETFL, O_NONBLOCK) < 0 || write(fds[1], input, length) != (ssize_t)length) {
        return EIO;
    }
    close(fds[1]);
    fds[1] = -1;
    return 0;
}

static int fork_program(const proc_spec_t *spec, pid_t *pid, int *out_fd, int *err_fd)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
    int rc = spec->input != NULL ? input_pipe(spec->input, in) : 0;

    if (rc == 0 && (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)) {
        rc = errno;
    }
    if (rc == 0 && (*pid = fork()) < 0) {
        rc = errno;
    }
    if (rc == 0 && *pid == 0) {
        run_child(spec, in[0], out[1], err[1]);
    }
    if (rc == 0) {
        setpgid(*pid, *pid);       /* both sides do it, so that a kill of the group never comes too early */
        *out_fd = out[0];
        *err_fd = err[0];
        out[0] = err[0] = -1;
        (void)fcntl(*out_fd, F_SETFL, O_NONBLOCK);
        (void)fcntl(*err_fd, F_SETFL, O_NONBLOCK);
    }
    close_pair(in);
    close_pair(out);
    close_pair(err);
    return rc;
}

static void kill_program(pid_t pid, bool child_only)
{
    if (child_only || kill(-pid, SIGKILL) < 0) {
        (void)kill(pid, SIGKILL);
    }
}

static void decode_status(int status, proc_result_t *result)
{
    if (WIFSIGNALED(status)) {
        result->signo = WTERMSIG(status);
    } else {
        result->exit_status = WEXITSTATUS(status);
    }
}

/* ---- in a main loop ---- */

static void proc_free(proc_t *p)
{
    if (p->child_source != 0) {
        g_source_remove(p->child_source);
    }
    if (p->timer != 0) {
        g_source_remove(p->timer);
    }
    capture_free(&p->out);
    capture_free(&p->err);
    free(p->name);
    free(p);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    capture_t *c = data;

    if (capture_read(c)) {
        return G_SOURCE_CONTINUE;
    }
    c->source = 0;
    capture_close(c);
    return G_SOURCE_REMOVE;
}

static void on_child_ended(GPid pid, gint status, gpointer data)
{
    proc_t *p = data;
    proc_result_t result = {.timed_out = p->timed_out};

    p->child_source = 0;
    decode_status(status, &result);
    for (int i = 0; i < 2; i++) {
        capture_t *c = i == 0 ? &p->out : &p->err;

        if (c->fd >= 0) {
            capture_read(c);
        }
        capture_close(c);
    }
    result.out = capture_take(&p->out);
    result.err = capture_take(&p->err);
    p->done(p, &result, p->arg);
    proc_result_clear(&result);
    proc_free(p);
}

static gboolean on_kill_ignored(gpointer data)
{
    proc_t *p = data;

    p->timer = 0;
    log_warn("%s[%d] still running %us after it was killed", p->name, (int)p->pid, KILL_PATIENCE_MS / 1000);
    return G_SOURCE_REMOVE;
}

static gboolean on_time_limit(gpointer data)
{
    proc_t *p = data;

    log_warn("%s[%d] timed out after %ums", p->name, (int)p->pid, p->timeout_ms);
    p->timed_out = true;
    kill_program(p->pid, p->kill_child_only);
    p->timer = g_timeout_add(KILL_PATIENCE_MS, on_kill_ignored, p);
    return G_SOURCE_REMOVE;
}

proc_t *proc_start(const proc_spec_t *spec, proc_done_fn done, void *arg, int *error)
{
    proc_t *p = calloc(1, sizeof(*p));
    int out_fd = -1, err_fd = -1;
    int rc = p == NULL ? ENOMEM : fork_program(spec, &p->pid, &out_fd, &err_fd);

    if (rc != 0) {
        free(p);
        *error = rc;
        return NULL;
    }
    p->name = strdup(spec->name != NULL ? spec->name : spec->path);
    p->kill_child_only = spec->kill_child_only;
    p->timeout_ms = spec->timeout_ms;
    p->done = done;
    p->arg = arg;
    capture_init(&p->out, out_fd);
    capture_init(&p->err, err_fd);
    p->out.source = g_unix_fd_add(out_fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, &p->out);
    p->err.source = g_unix_fd_add(err_fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, &p->err);
    p->child_source = g_child_watch_add(p->pid, on_child_ended, p);
    if (spec->timeout_ms != 0) {
        p->timer = g_timeout_add(spec->timeout_ms, on_time_limit, p);
    }
    return p;
}

pid_t proc_pid(const proc_t *proc)
{
    return proc->pid;
}

static void reap_quietly(GPid pid, gint status, gpointer data)
{
    log_info("Process %d ended at last after it was killed", (int)pid);
}

void proc_kill(proc_t *proc)
{
    pid_t pid = proc->pid;
    bool reaped = false;

    g_source_remove(proc->child_source);
    proc->child_source = 0;
    kill_program(pid, false);
    for (unsigned waited = 0; !reaped && waited < REAP_PATIENCE_MS; waited++) {
        reaped = waitpid(pid, NULL, WNOHANG) != 0;
        if (!reaped) {
            g_usleep(1000);
        }
    }
    if (!reaped) {
        log_warn("%s[%d] does not end although it was killed", proc->name, (int)pid);
        g_child_watch_add(pid, reap_quietly, NULL);
    }
    proc_free(proc);
}

/* ---- without a main loop ---- */

/* Wait for output or up to 20 ms, so that the end of a child that keeps its streams open elsewhere is seen.
 */
static void wait_for_output(capture_t *out, capture_t *err)
{
    struct pollfd fds[2] = {{.fd = out->fd, .events = POLLIN}, {.fd = err->fd, .events = POLLIN}};

    (void)poll(fds, 2, 20);
    for (int i = 0; i < 2; i++) {
        capture_t *c = i == 0 ? out : err;

        if (c->fd >= 0 && fds[i].revents != 0 && !capture_read(c)) {
            capture_close(c);
        }
    }
}

int proc_run(const proc_spec_t *spec, proc_result_t *result)
{
    capture_t out = {0}, err = {0};
    int out_fd = -1, err_fd = -1, status = 0;
    pid_t pid = 0, ended = 0;
    gint64 limit = g_get_monotonic_time() + (gint64)spec->timeout_ms * 1000;
    int rc = fork_program(spec, &pid, &out_fd, &err_fd);

    *result = (proc_result_t){0};
    if (rc != 0) {
        return rc;
    }
    capture_init(&out, out_fd);
    capture_init(&err, err_fd);
    while ((ended = waitpid(pid, &status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
        wait_for_output(&out, &err);
        if (spec->timeout_ms != 0 && !result->timed_out && g_get_monotonic_time() >= limit) {
            result->timed_out = true;
            kill_program(pid, spec->kill_child_only);
        }
    }
    if (ended < 0) {
        status = 1 << 8;       /* somebody else reaped it: its status is lost */
    }
    wait_for_output(&out, &err);
    decode_status(status, result);
    result->out = capture_take(&out);
    result->err = capture_take(&err);
    capture_free(&out);
    capture_free(&err);
    return 0;
}
