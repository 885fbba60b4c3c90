/* The GLib main loop of the daemons: signals, child processes, libqb's descriptors (daemon.h, mainloop.h). */
#include "config.h"

#include "pacemaker/common/mainloop.h"
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"

/* ---- signals: the handler only notes the signal, the main loop calls the owner ---- */

#define SIGNAL_MAX 64

static struct {
    void (*handler)(int signum);
    volatile sig_atomic_t pending;
} signal_table[SIGNAL_MAX];

static int signal_fd = -1;
static guint signal_source;

static void note_signal(int signum)
{
    int saved = errno;
    uint64_t one = 1;

    signal_table[signum].pending = 1;
    if (write(signal_fd, &one, sizeof(one)) < 0) {
        /* the counter is full: the loop is woken already */
    }
    errno = saved;
}

static gboolean dispatch_signals(gint fd, GIOCondition condition, gpointer data)
{
    uint64_t count = 0;

    if (read(fd, &count, sizeof(count)) < 0) {
        return G_SOURCE_CONTINUE;
    }
    for (int signum = 1; signum < SIGNAL_MAX; signum++) {
        if (!signal_table[signum].pending) {
            continue;
        }
        signal_table[signum].pending = 0;
        if (signal_table[signum].handler != NULL) {
            if (signum != SIGCHLD) {
                log_notice("Caught '%s' signal | %d (invoking handler)", strsignal(signum), signum);
            }
            signal_table[signum].handler(signum);
        }
    }
    return G_SOURCE_CONTINUE;
}

void mainloop_add_signal(int signum, void (*handler)(int signum))
{
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};

    if (signum <= 0 || signum >= SIGNAL_MAX) {
        return;
    }
    if (signal_fd < 0) {
        signal_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (signal_fd < 0) {
            log_crit("Could not watch signals: %s", strerror(errno));
            daemon_exit(CRM_EX_OSERR);
        }
        signal_source = g_unix_fd_add_full(G_PRIORITY_HIGH, signal_fd, G_IO_IN, dispatch_signals, NULL, NULL);
    }
    signal_table[signum].handler = handler;
    sigemptyset(&action.sa_mask);
    sigaction(signum, &action, NULL);
}

void mainloop_remove_signal(int signum)
{
    if (signum <= 0 || signum >= SIGNAL_MAX || signal_table[signum].handler == NULL) {
        return;
    }
    signal(signum, SIG_DFL);
    signal_table[signum].handler = NULL;
    signal_table[signum].pending = 0;
}

static bool signal_waits(void)
{
    for (int signum = 1; signum < SIGNAL_MAX; signum++) {
        if (signum != SIGCHLD && signal_table[signum].pending) {
            return true;
        }
    }
    return false;
}

static long long monotonic_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

bool mainloop_pause(unsigned ms)
{
    struct pollfd wake = {.fd = signal_fd, .events = POLLIN};       /* poll() ignores a negative descriptor */
    long long end = monotonic_ms() + ms;
    uint64_t noted = 0;
    bool child = false;

    while (!signal_waits() && monotonic_ms() < end) {
        if (poll(&wake, 1, (int)MIN(end - monotonic_ms(), INT_MAX)) > 0) {
            child = read(signal_fd, &noted, sizeof(noted)) > 0 || child;
        }
    }
    if (child) {
        noted = 1;
        child = write(signal_fd, &noted, sizeof(noted)) > 0;        /* the main loop shall still see it */
    }
    return !signal_waits();
}

/* ---- child processes ---- */

pid_t process_fork(void)
{
    sigset_t all, old;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &old);

    pid_t pid = fork();

    if (pid == 0) {
        for (int signum = 1; signum < NSIG; signum++) {
            signal(signum, SIG_DFL);
        }
        sigemptyset(&old);
    }
    sigprocmask(SIG_SETMASK, &old, NULL);
    return pid;
}

struct child {
    pid_t pid;
    char *name;
    guint timer;
    bool group, timed_out;
    child_ended_fn ended;
    void *arg;
};

static GList *children;         /* child_t, newest first */

static void child_free(child_t *child)
{
    children = g_list_remove(children, child);
    if (child->timer != 0) {
        g_source_remove(child->timer);
    }
    g_free(child->name);
    g_free(child);
}

/* True when the child ended (its callback has run and it is gone). */
static bool reap(child_t *child)
{
    int status = 0;
    pid_t rc = waitpid(child->pid, &status, WNOHANG);

    if (rc == 0 || (rc < 0 && errno == EINTR)) {
        return false;
    }
    int signo = rc > 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    int code = rc > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    pid_t pid = child->pid;
    child_ended_fn ended = child->ended;
    void *arg = child->arg;
    bool timed_out = child->timed_out;

    if (rc > 0 && !WIFSIGNALED(status) && !WIFEXITED(status)) {
        return false;
    }
    child_free(child);
    if (ended != NULL) {
        ended(pid, code, signo, timed_out, arg);
    }
    return true;
}

static void reap_children(int signum)
{
    GList *item = children;

    /* a callback may add or remove children: start over after each that ended */
    while (item != NULL) {
        GList *next = item->next;

        item = reap(item->data) ? children : next;
    }
}

static gboolean child_timed_out(gpointer data)
{
    child_t *child = data;

    child->timer = 0;
    if (kill(child->pid, 0) < 0 && errno == ESRCH) {
        reap(child);
        return G_SOURCE_REMOVE;
    }
    child->timed_out = true;
    log_warn("%s[%d] timed out", child->name, (int)child->pid);
    child_kill(child, SIGKILL);
    return G_SOURCE_REMOVE;
}

child_t *child_watch(pid_t pid, unsigned timeout_ms, bool kill_group, const char *name, child_ended_fn fn,
                     void *arg)
{
    child_t *child = g_new0(child_t, 1);

    child->pid = pid;
    child->name = g_strdup(name);
    child->group = kill_group;
    child->ended = fn;
    child->arg = arg;
    if (timeout_ms > 0) {
        child->timer = g_timeout_add(timeout_ms, child_timed_out, child);
    }
    if (signal_table[SIGCHLD].handler == NULL) {
        mainloop_add_signal(SIGCHLD, reap_children);
    }
    children = g_list_prepend(children, child);
    /* it may have ended before the signal was watched */
    raise(SIGCHLD);
    return child;
}

void child_unwatch(child_t *child)
{
    if (child != NULL) {
        child_free(child);
    }
}

bool child_kill(child_t *child, int signum)
{
    return kill(child->group ? -child->pid : child->pid, signum) == 0;
}

/* ---- libqb's descriptors ---- */

struct watch {
    int fd;
    guint source;
    void *data;
    qb_ipcs_dispatch_fn_t fn;
};

static GHashTable *watches;     /* fd -> struct watch, owned by the GLib source */

static gint priority_of(enum qb_loop_priority p)
{
    return p == QB_LOOP_HIGH ? G_PRIORITY_HIGH : p == QB_LOOP_LOW ? G_PRIORITY_LOW : G_PRIORITY_DEFAULT;
}

static gboolean watch_ready(gint fd, GIOCondition condition, gpointer data)
{
    struct watch *watch = data;

    return watch->fn(fd, (int32_t)condition, watch->data) >= 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void watch_free(gpointer data)
{
    struct watch *watch = data;

    if (g_hash_table_lookup(watches, GINT_TO_POINTER(watch->fd)) == watch) {
        g_hash_table_remove(watches, GINT_TO_POINTER(watch->fd));
    }
    g_free(watch);
}

static int32_t watch_del(int32_t fd)
{
    struct watch *watch = watches != NULL ? g_hash_table_lookup(watches, GINT_TO_POINTER(fd)) : NULL;

    if (watch != NULL) {
        g_hash_table_remove(watches, GINT_TO_POINTER(fd));
        g_source_remove(watch->source);
    }
    return 0;
}

static int32_t watch_add(enum qb_loop_priority p, int32_t fd, int32_t events, void *data,
                         qb_ipcs_dispatch_fn_t fn)
{
    struct watch *watch = g_new0(struct watch, 1);

    watch_del(fd);
    if (watches == NULL) {
        watches = g_hash_table_new(NULL, NULL);
    }
    watch->fd = fd;
    watch->data = data;
    watch->fn = fn;
    g_hash_table_insert(watches, GINT_TO_POINTER(fd), watch);
    /* poll()'s and GLib's event bits are the same */
    watch->source =
        g_unix_fd_add_full(priority_of(p), fd, (GIOCondition)events, watch_ready, watch, watch_free);
    return 0;
}

struct job {
    void *data;
    qb_loop_job_dispatch_fn fn;
};

static gboolean run_job(gpointer data)
{
    struct job *job = data;

    job->fn(job->data);
    return G_SOURCE_REMOVE;
}

static int32_t job_add(enum qb_loop_priority p, void *data, qb_loop_job_dispatch_fn fn)
{
    struct job *job = g_new0(struct job, 1);

    job->data = data;
    job->fn = fn;
    g_idle_add_full(priority_of(p), run_job, job, g_free);
    return 0;
}

struct qb_ipcs_poll_handlers mainloop_poll_handlers(void)
{
    return (struct qb_ipcs_poll_handlers){
        .job_add = job_add,
        .dispatch_add = watch_add,
        .dispatch_mod = watch_add,
        .dispatch_del = watch_del,
    };
}
