/* Supervision of the daemons (launcher.h). */
#include "config.h"

#include "pacemaker/pacemakerd/launcher.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

#define CONTROLLER 5u

const struct child_def child_defs[CHILDREN] = {
    {"pacemaker-based", "cib_ro", false, true},       {"pacemaker-fenced", "stonith-ng", true, true},
    {"pacemaker-execd", "lrmd", true, false},         {"pacemaker-attrd", "attrd", false, true},
    {"pacemaker-schedulerd", "pengine", false, false}, {"pacemaker-controld", "crmd", false, true},
};

struct child {
    pid_t pid;                  /* 0 = not running */
    bool adopted;               /* started by an earlier pacemakerd */
    bool respawn;
    bool wait_cluster;          /* start when corosync is back */
    bool yielded;               /* another process serves its end-point; tolerated once */
    unsigned restarts, failures;
};

struct launcher {
    struct child children[CHILDREN];
    enum launcher_state state;
    bool fail_fast, fatal;
    unsigned next_check;
    int stopping;               /* child being stopped, CHILDREN = none yet, -1 = all are */
    unsigned ticks_stopping;
    long long progress;
    const launcher_ops_t *ops;
    void *arg;
};

const char *launcher_state_text(enum launcher_state state)
{
    static const char *const texts[] = {"init",    "starting_daemons", "wait_for_ping",
                                        "running", "shutting_down",    "shutdown_complete"};

    return texts[state];
}

launcher_t *launcher_new(bool fail_fast, const launcher_ops_t *ops, void *arg)
{
    launcher_t *l = calloc(1, sizeof(*l));

    if (l == NULL) {
        abort();
    }
    l->fail_fast = fail_fast;
    l->ops = ops;
    l->arg = arg;
    l->stopping = CHILDREN;
    l->progress = ops->now(arg);
    for (unsigned i = 0; i < CHILDREN; i++) {
        l->children[i].respawn = true;
    }
    return l;
}

void launcher_free(launcher_t *l)
{
    free(l);
}

enum launcher_state launcher_state(const launcher_t *l)
{
    return l->state;
}

long long launcher_progress(const launcher_t *l)
{
    return l->progress;
}

bool launcher_is_child(const launcher_t *l, pid_t pid)
{
    for (unsigned i = 0; i < CHILDREN; i++) {
        if (pid > 0 && l->children[i].pid == pid) {
            return true;
        }
    }
    return false;
}

static void progress(launcher_t *l)
{
    l->progress = l->ops->now(l->arg);
}

static void start_child(launcher_t *l, unsigned i)
{
    struct child *child = &l->children[i];
    pid_t pid = l->ops->start(l->arg, i);

    child->wait_cluster = child->adopted = false;
    child->failures = 0;
    child->pid = pid > 0 ? pid : 0;
    if (pid > 0) {
        log_info("Forked process %d for subdaemon %s", (int)pid, child_defs[i].name);
    }
}

int launcher_adopt(launcher_t *l)
{
    int found = 0;

    for (unsigned i = 0; i < CHILDREN; i++) {
        struct child *child = &l->children[i];
        pid_t pid = 0;

        switch (child->pid > 0 ? CHECK_GONE : l->ops->check(l->arg, i, &pid)) {
            case CHECK_OK:
            case CHECK_PID_ONLY:        /* hangs: the checks will see whether for ever */
                log_notice("Tracking existing %s process %d", child_defs[i].name, (int)pid);
                child->pid = pid;
                child->adopted = true;
                found++;
                break;
            case CHECK_UNAUTHORIZED:
                log_crit("Cannot use %s: its end-point is served by an unauthorized process",
                         child_defs[i].name);
                return -1;
            default:
                break;
        }
    }
    return found;
}

void launcher_wait_ping(launcher_t *l)
{
    log_notice("Waiting for startup-trigger from SBD");
    l->state = LAUNCHER_WAIT_PING;
}

void launcher_start(launcher_t *l)
{
    l->state = LAUNCHER_STARTING;
    for (unsigned i = 0; i < CHILDREN; i++) {
        if (l->children[i].pid == 0) {
            start_child(l, i);
        }
    }
    l->state = LAUNCHER_RUNNING;
    progress(l);
}

/* ---- stopping ---- */

/* Stop one daemon after the other; called again whenever one has ended. */
static void stop_next(launcher_t *l)
{
    while (l->stopping >= 0) {
        if (l->stopping < (int)CHILDREN && l->children[l->stopping].pid > 0) {
            return;                     /* wait for it */
        }
        if (--l->stopping < 0) {
            break;
        }
        struct child *child = &l->children[l->stopping];

        child->respawn = child->wait_cluster = false;
        if (child->pid > 0) {
            log_notice("Stopping %s | sent signal %d to process %d", child_defs[l->stopping].name, SIGTERM,
                       (int)child->pid);
            l->ticks_stopping = 0;
            l->ops->kill(l->arg, (unsigned)l->stopping, child->pid, SIGTERM);
            l->ops->arm_stop(l->arg, l->stopping == CONTROLLER ? 0 : STOP_LIMIT_MS);
        }
    }
    if (l->state != LAUNCHER_DOWN) {
        l->ops->arm_stop(l->arg, 0);
        l->state = LAUNCHER_DOWN;
        log_notice("Shutdown complete");
        l->ops->down(l->arg, l->fatal);
    }
}

void launcher_shut_down(launcher_t *l)
{
    if (l->state == LAUNCHER_SHUTTING_DOWN || l->state == LAUNCHER_DOWN) {
        return;
    }
    log_notice("Shutting down Pacemaker");
    l->state = LAUNCHER_SHUTTING_DOWN;
    stop_next(l);
}

void launcher_stop_expired(launcher_t *l)
{
    if (l->state != LAUNCHER_SHUTTING_DOWN || l->stopping < 0 || l->stopping >= (int)CHILDREN) {
        return;
    }
    const struct child *child = &l->children[l->stopping];

    log_err("%s is taking more than %u s to stop: forcing an exit", child_defs[l->stopping].name,
            STOP_LIMIT_MS / 1000);
    l->ops->kill(l->arg, (unsigned)l->stopping, child->pid, SIGSEGV);
}

/* ---- ends of daemons ---- */

static void replace_child(launcher_t *l, unsigned i)
{
    struct child *child = &l->children[i];
    pid_t pid = 0;
    enum check_result result = child->yielded ? CHECK_GONE : l->ops->check(l->arg, i, &pid);

    if (result == CHECK_OK || result == CHECK_PID_ONLY) {
        log_warn("Not starting %s: process %d serves its end-point", child_defs[i].name, (int)pid);
        child->yielded = true;
        child->pid = pid;
        child->adopted = true;
        return;
    }
    child->yielded = false;
    if (child_defs[i].needs_cluster && !l->ops->cluster_up(l->arg)) {
        log_notice("Not respawning %s until corosync is available again", child_defs[i].name);
        child->wait_cluster = true;
        return;
    }
    log_notice("Respawning %s subdaemon after unexpected exit", child_defs[i].name);
    start_child(l, i);
}

static void child_gone(launcher_t *l, unsigned i)
{
    struct child *child = &l->children[i];

    child->pid = 0;
    child->failures = 0;
    if (++child->restarts > RESTARTS_MAX && child->respawn) {
        log_err("Child respawn count exceeded by %s", child_defs[i].name);
        child->respawn = false;
    }
    if (l->state == LAUNCHER_SHUTTING_DOWN) {
        stop_next(l);
    } else if (!child->respawn) {
        return;
    } else if (l->fail_fast) {
        log_err("Rebooting system because of %s", child_defs[i].name);
        l->ops->panic(l->arg);
    } else {
        replace_child(l, i);
    }
}

static void log_end(unsigned i, pid_t pid, int status, int signo)
{
    const char *name = child_defs[i].name;

    if (signo != 0) {
        log_warn("%s[%d] terminated with signal %d (%s)", name, (int)pid, signo, strsignal(signo));
    } else if (status == CRM_EX_OK) {
        log_info("%s[%d] exited with status %d (%s)", name, (int)pid, status, crm_exit_str(CRM_EX_OK));
    } else if (status == CRM_EX_FATAL || status == CRM_EX_PANIC) {
        log_crit("%s[%d] exited with status %d (%s)", name, (int)pid, status,
                 crm_exit_str((crm_exit_t)status));
    } else {
        log_err("%s[%d] exited with status %d (%s)", name, (int)pid, status,
                crm_exit_str((crm_exit_t)status));
    }
}

void launcher_child_ended(launcher_t *l, pid_t pid, int status, int signo)
{
    unsigned i = 0;

    while (i < CHILDREN && l->children[i].pid != pid) {
        i++;
    }
    if (i == CHILDREN) {
        return;
    }
    log_end(i, pid, status, signo);
    if (signo == 0 && (status == CRM_EX_FATAL || status == CRM_EX_PANIC)) {
        l->children[i].respawn = false;
        l->fatal = true;
        if (status == CRM_EX_PANIC) {
            l->ops->panic(l->arg);
        }
        l->children[i].pid = 0;
        launcher_shut_down(l);
    }
    child_gone(l, i);
}

void launcher_cluster_restored(launcher_t *l)
{
    for (unsigned i = 0; i < CHILDREN; i++) {
        if (l->children[i].wait_cluster && l->state == LAUNCHER_RUNNING) {
            log_notice("Respawning %s now that corosync is available", child_defs[i].name);
            start_child(l, i);
        }
    }
}

/* Corosync may have been busy, not gone, when a daemon ended: then nobody reports its return. */
static void start_waiting(launcher_t *l)
{
    for (unsigned i = 0; i < CHILDREN; i++) {
        if (l->children[i].wait_cluster) {
            if (l->ops->cluster_up(l->arg)) {
                launcher_cluster_restored(l);
            }
            return;
        }
    }
}

/* ---- checks ---- */

static void give_up(launcher_t *l)
{
    l->fatal = true;
    l->state = LAUNCHER_DOWN;
    l->ops->down(l->arg, true);
}

static void not_answering(launcher_t *l, unsigned i)
{
    struct child *child = &l->children[i];

    if (++child->failures >= CHECK_FAILURES_MAX) {
        log_crit("%s[%d] is unresponsive to ipc after %u tries: killing it", child_defs[i].name,
                 (int)child->pid, child->failures);
        child->failures = 0;
        l->ops->kill(l->arg, i, child->pid, SIGKILL);
        return;
    }
    log_notice("%s[%d] is unresponsive to ipc after %u tries", child_defs[i].name, (int)child->pid,
               child->failures);
    if (child->respawn) {
        progress(l);
    }
}

static void check_child(launcher_t *l, unsigned i)
{
    struct child *child = &l->children[i];
    pid_t pid = child->pid;

    switch (l->ops->check(l->arg, i, &pid)) {
        case CHECK_OK:
            if (child->pid == 0 && child->respawn && !child->wait_cluster) {
                child->pid = pid;
                child->adopted = true;
            }
            child->failures = 0;
            progress(l);
            break;
        case CHECK_PID_ONLY:
            not_answering(l, i);
            break;
        case CHECK_GONE:
            if (child->pid > 0 && child->adopted) {
                log_err("%s[%d] has gone", child_defs[i].name, (int)child->pid);
                child_gone(l, i);
            } else if (child->pid == 0 && child->respawn && !child->wait_cluster) {
                replace_child(l, i);        /* it could not be forked */
            } else if (!child->respawn && child->restarts <= RESTARTS_MAX) {
                progress(l);
            }
            break;
        default:
            log_crit("Could not check %s: its end-point is not ours", child_defs[i].name);
            give_up(l);
            break;
    }
}

/* An adopted daemon's end is seen only by looking. */
static void watch_stopping(launcher_t *l)
{
    pid_t pid = l->stopping >= 0 && l->stopping < (int)CHILDREN ? l->children[l->stopping].pid : 0;

    progress(l);
    if (pid == 0) {
        return;
    }
    if (++l->ticks_stopping % 30 == 0) {
        log_notice("Still waiting for %s to terminate | pid=%d", child_defs[l->stopping].name, (int)pid);
    }
    if (l->children[l->stopping].adopted &&
        l->ops->check(l->arg, (unsigned)l->stopping, &pid) == CHECK_GONE) {
        child_gone(l, (unsigned)l->stopping);
    }
}

void launcher_tick(launcher_t *l)
{
    if (l->state == LAUNCHER_SHUTTING_DOWN) {
        watch_stopping(l);
    } else if (l->state == LAUNCHER_RUNNING) {
        unsigned i = l->next_check;

        l->next_check = (l->next_check + 1) % CHILDREN;
        start_waiting(l);
        check_child(l, i);
    } else if (l->state != LAUNCHER_DOWN) {
        progress(l);
    }
}
