/* Clocks, timers, load, the watchdog and files of the host the controller runs on. */
#include "pacemaker/crmd/shell.h"

#include <bzlib.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/time_format.h"
#include "pacemaker/common/watchdog.h"
#include "pacemaker/common/xml.h"

/* ---- clocks ---- */

static long long do_wall(void *arg)
{
    (void)arg;
    return (long long)time(NULL);
}

static long long do_mono(void *arg)
{
    (void)arg;
    return g_get_monotonic_time() / 1000;
}

static void do_cpu_time(void *arg, long long *sec, long long *usec)
{
    struct rusage usage;

    (void)arg;
    getrusage(RUSAGE_SELF, &usage);
    *sec = usage.ru_utime.tv_sec;
    *usec = usage.ru_utime.tv_usec;
}

static void do_uuid(void *arg, char out[37])
{
    (void)arg;
    uuid_text(out);
}

static void do_timestamp(void *arg, const char *format, char **text, long long *epoch, int *usec)
{
    struct timeval now;
    struct tm tm;

    (void)arg;
    gettimeofday(&now, NULL);
    localtime_r(&now.tv_sec, &tm);
    *epoch = now.tv_sec;
    *usec = (int)now.tv_usec;
    *text = time_format(format, &tm, (unsigned)now.tv_usec);
}

/* ---- the core's own triggers and timers ---- */

static gboolean run_fsa(gpointer data)
{
    struct shell *shell = data;

    shell->fsa_source = 0;
    crmd_run_fsa(shell->core);
    return G_SOURCE_REMOVE;
}

static gboolean run_graph(gpointer data)
{
    struct shell *shell = data;

    shell->graph_source = 0;
    crmd_run_graph(shell->core);
    return G_SOURCE_REMOVE;
}

static void do_wake_fsa(void *arg)
{
    struct shell *shell = arg;

    if (shell->fsa_source == 0 && !shell->quitting) {
        shell->fsa_source = g_idle_add_full(G_PRIORITY_HIGH, run_fsa, shell, NULL);
    }
}

static void do_wake_graph(void *arg)
{
    struct shell *shell = arg;

    if (shell->graph_source == 0 && !shell->quitting) {
        shell->graph_source = g_idle_add_full(G_PRIORITY_LOW, run_graph, shell, NULL);
    }
}

struct timer {
    struct shell *shell;
    unsigned id;
};

static void sample_load(struct shell *shell);

static gboolean timer_fired(gpointer data)
{
    struct timer *timer = data;
    struct shell *shell = timer->shell;
    unsigned id = timer->id;

    g_hash_table_remove(shell->timers, GUINT_TO_POINTER(id));
    if (id == CRMD_TIMER_THROTTLE) {
        sample_load(shell);
    }
    crmd_timer(shell->core, id);
    return G_SOURCE_REMOVE;
}

static void do_timer_stop(void *arg, unsigned id)
{
    struct shell *shell = arg;
    gpointer source = g_hash_table_lookup(shell->timers, GUINT_TO_POINTER(id));

    if (source) {
        g_hash_table_remove(shell->timers, GUINT_TO_POINTER(id));
        g_source_remove(GPOINTER_TO_UINT(source));
    }
}

static void do_timer_start(void *arg, unsigned id, unsigned ms)
{
    struct shell *shell = arg;
    struct timer *timer;
    guint source;

    do_timer_stop(shell, id);
    timer = g_new0(struct timer, 1);
    timer->shell = shell;
    timer->id = id;
    source = g_timeout_add_full(G_PRIORITY_DEFAULT, ms, timer_fired, timer, g_free);
    g_hash_table_insert(shell->timers, GUINT_TO_POINTER(id), GUINT_TO_POINTER(source));
}

/* ---- watchdog ---- */

static bool do_have_watchdog(void *arg)
{
    (void)arg;
    return sbd_pid() > 0;
}

static bool do_check_watchdog(void *arg, const char *value)
{
    const char *sbd = getenv("SBD_WATCHDOG_TIMEOUT");
    int64_t sbd_ms = sbd ? msec_parse(sbd) : 0;
    int64_t ms = value ? msec_parse(value) : 0;

    (void)arg;
    if (ms == 0 || ms < -1) {
        return true;
    }
    if (value && value[0] == '-') {
        return true;
    }
    if (sbd_pid() == 0) {
        log_crit("Shutting down: stonith-watchdog-timeout is configured (%s) but SBD does not run", value);
        return false;
    }
    if (sbd_ms > 0 && ms < sbd_ms) {
        log_crit("Shutting down: stonith-watchdog-timeout (%s) is shorter than SBD_WATCHDOG_TIMEOUT (%s)",
                 value, sbd);
        return false;
    }
    return true;
}

/* ---- load ---- */

static long long cib_cpu_ticks(void)
{
    pid_t pid = process_find("pacemaker-based");
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    const char *after;
    FILE *file;
    size_t n;

    if (pid <= 0) {
        return -1;
    }
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    file = fopen(path, "re");
    if (file == NULL) {
        return -1;
    }
    n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    after = strrchr(text, ')');
    if (after == NULL
        || sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2) {
        return -1;
    }
    return (long long)(user + system);
}

static double load_average(void)
{
    double load[1];

    return getloadavg(load, 1) == 1 ? load[0] : -1;
}

static void sample_load(struct shell *shell)
{
    long long ticks = cib_cpu_ticks();
    long long now = do_mono(shell);
    double share = 0;

    if (ticks >= 0 && shell->cib_sample_ms > 0 && now > shell->cib_sample_ms && ticks >= shell->cib_ticks) {
        share = (double)(ticks - shell->cib_ticks) / (double)sysconf(_SC_CLK_TCK)
                / ((double)(now - shell->cib_sample_ms) / 1000.0);
    }
    shell->cib_ticks = ticks;
    shell->cib_sample_ms = now;
    crmd_load(shell->core, share, load_average());
}

/* ---- the end ---- */

static void do_write_pe_core(void *arg, const xmlNode *cib)
{
    char uuid[37];
    char *path, *text = xml_text_pretty(cib);
    BZFILE *file;

    (void)arg;
    uuid_text(uuid);
    path = g_strdup_printf(LOCALSTATEDIR "/lib/pacemaker/pengine/pe-core-%s.bz2", uuid);
    file = BZ2_bzopen(path, "wb");
    if (file == NULL || BZ2_bzwrite(file, text, (int)strlen(text)) < 0) {
        log_err("Could not save the cluster's state to %s: %s", path, strerror(errno));
    } else {
        log_notice("Saved the cluster's state after the scheduler's crash in %s", path);
    }
    if (file) {
        BZ2_bzclose(file);
    }
    free(text);
    g_free(path);
}

static void do_panic(void *arg)
{
    pid_t sbd = sbd_pid();

    (void)arg;
    if (sbd > 0) {
        log_crit("Signaling sbd[%ld] to panic this host", (long)sbd);
        kill(sbd, SIGKILL);
    }
    daemon_exit(CRM_EX_PANIC);
}

static void do_quit(void *arg, int status)
{
    struct shell *shell = arg;

    shell->exit_status = status;
    shell->quitting = true;
    g_main_loop_quit(shell->loop);
}

void shell_host_ops(struct crmd_ops *ops)
{
    ops->wall = do_wall;
    ops->mono_ms = do_mono;
    ops->cpu_time = do_cpu_time;
    ops->uuid = do_uuid;
    ops->timestamp = do_timestamp;
    ops->wake_fsa = do_wake_fsa;
    ops->wake_graph = do_wake_graph;
    ops->timer_start = do_timer_start;
    ops->timer_stop = do_timer_stop;
    ops->have_watchdog = do_have_watchdog;
    ops->check_watchdog_timeout = do_check_watchdog;
    ops->write_pe_core = do_write_pe_core;
    ops->panic = do_panic;
    ops->quit = do_quit;
}

void shell_host_free(struct shell *shell)
{
    GHashTableIter iter;
    gpointer source;

    g_hash_table_iter_init(&iter, shell->timers);
    while (g_hash_table_iter_next(&iter, NULL, &source)) {
        g_source_remove(GPOINTER_TO_UINT(source));
    }
    g_hash_table_destroy(shell->timers);
    if (shell->fsa_source) {
        g_source_remove(shell->fsa_source);
    }
    if (shell->graph_source) {
        g_source_remove(shell->graph_source);
    }
}
