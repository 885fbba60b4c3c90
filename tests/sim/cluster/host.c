/* Hosts: power, corosync, the launcher of pacemaker's daemons, and the daemons' processes. */
#include "tests/sim/cluster/cluster.h"

#include <signal.h>
#include <stdarg.h>
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

#define EPOCH 1700000000
#define COROSYNC_POLL_US (100 * SIM_MS)
#define EXIT_US (2 * SIM_MS)

static const struct {
    const char *name;
    void (*start)(struct daemon *d);
    void (*stop)(struct daemon *d);
    void (*terminate)(struct daemon *d);        /* NULL: ends at once */
} parts[PARTS] = {
    {"based", based_start, based_stop, based_terminate},
    {"fenced", fenced_start, fenced_stop, NULL},
    {"execd", execd_start, execd_stop, NULL},
    {"attrd", attrd_shell_start, attrd_shell_stop, attrd_terminate},
    {"schedulerd", daemon_serves, NULL, NULL},
    {"controld", controld_start, controld_stop, controld_terminate},
};

const char *part_name(int part)
{
    return part < PARTS ? parts[part].name : part == COROSYNC ? "corosync" : "tool";
}

void note(struct host *h, const char *format, ...)
{
    char text[1024];
    va_list ap;

    if (!h->cluster->sim->trace) {
        return;
    }
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    sim_note(h->cluster->sim, h->node, "* %s", text);
}

struct host *host_find(struct world *c, const char *name)
{
    for (unsigned i = 0; name != NULL && i < c->n; i++) {
        if (g_ascii_strcasecmp(c->host[i].name, name) == 0) {
            return &c->host[i];
        }
    }
    return NULL;
}

long long host_mono_ms(const struct host *h)
{
    return (long long)((h->cluster->sim->now - h->powered_at) / SIM_MS) + 30000;
}

long long host_wall(const struct host *h)
{
    return EPOCH + h->wall_offset + (long long)(h->cluster->sim->now / SIM_SECOND);
}

bool host_quorate(const struct host *h)
{
    return h->power && h->node->alive && h->node->quorate;
}

void host_init(struct world *c, unsigned index, struct sim_node *node)
{
    struct host *h = &c->host[index];

    h->cluster = c;
    h->index = index;
    h->node = node;
    snprintf(h->name, sizeof h->name, "node%u", index + 1);
    snprintf(h->uuid, sizeof h->uuid, "%u", index + 1);
    for (unsigned i = 0; i < PARTS; i++) {
        h->daemon[i].host = h;
        h->daemon[i].part = (enum part)i;
        g_queue_init(&h->daemon[i].outbox);
    }
    h->services = g_hash_table_new(g_str_hash, g_str_equal);
}

/* ---- processes ---- */

static void clear_channels(struct host *h, int part)
{
    for (int i = 0; i < ENDS; i++) {
        h->channel[part][i] = h->channel[i][part] = 0;
    }
}

static pid_t start_process(struct host *h, unsigned child)
{
    struct daemon *d = &h->daemon[child];

    d->running = true;
    d->serving = d->ending = false;
    d->life++;
    d->pid = ++h->cluster->next_pid;
    clear_channels(h, (int)child);
    note(h, "%s starts", parts[child].name);
    parts[child].start(d);
    return d->pid;
}

struct ending {
    pid_t pid;
    int status, signo;
};

static void reap(void *owner, void *data)
{
    struct host *h = owner;
    const struct ending *ending = data;

    if (h->launcher != NULL) {
        launcher_child_ended(h->launcher, ending->pid, ending->status, ending->signo);
    }
}

static void closed(void *owner, void *data)
{
    struct daemon *client = owner;
    enum part part = (enum part)GPOINTER_TO_INT(data);

    if (client->part == CONTROLD) {
        controld_peer_lost(client, part);
    } else if (part == BASED && (client->part == ATTRD || client->part == FENCED)) {
        daemon_exit_soon(client, client->part == ATTRD ? CRM_EX_DISCONNECT : CRM_EX_OK);
    } else if (part == FENCED && client->part == EXECD) {
        execd_fencer_lost(client->host);
    } else if (part == CONTROLD && client->part == EXECD) {
        execd_client_gone(client->host);
    }
}

static void end_process(struct daemon *d, int status, int signo, bool told)
{
    struct host *h = d->host;
    struct ending *ending;

    if (!d->running) {
        return;
    }
    note(h, "%s ends, status %d signal %d", parts[d->part].name, status, signo);
    d->running = d->serving = false;
    d->life++;
    if (d->part == EXECD || d->part == CONTROLD) {
        h->history_lost_at = h->cluster->sim->now;
    }
    group_leave(d);
    if (parts[d->part].stop != NULL) {
        parts[d->part].stop(d);
    }
    if (!told) {
        return;
    }
    for (unsigned i = 0; i < PARTS; i++) {
        if (h->daemon[i].running) {
            daemon_post(&h->daemon[i], (int)d->part, closed, GINT_TO_POINTER(d->part), NULL);
        }
    }
    ending = g_new(struct ending, 1);
    *ending = (struct ending){d->pid, status, signo};
    host_task(h, EXIT_US, reap, ending, g_free);
}

void daemon_kill(struct daemon *d)
{
    end_process(d, 0, SIGKILL, true);
}

static void exit_now(void *owner, void *data)
{
    struct daemon *d = owner;

    if (d->running && d->ending) {
        end_process(d, GPOINTER_TO_INT(data), 0, true);
    }
}

void daemon_exit_soon(struct daemon *d, int status)
{
    if (d->running && !d->ending) {
        d->ending = true;
        task_after(d->host->cluster, d->host, &d->life, 0, exit_now, d, GINT_TO_POINTER(status), NULL);
    }
}

void daemon_serves(struct daemon *d)
{
    d->serving = true;
}

/* ---- the launcher's effects ---- */

static pid_t on_start(void *arg, unsigned child)
{
    return start_process(arg, child);
}

static enum check_result on_check(void *arg, unsigned child, pid_t *pid)
{
    struct daemon *d = &((struct host *)arg)->daemon[child];

    if (!d->running || (*pid > 0 && *pid != d->pid)) {
        return CHECK_GONE;
    }
    *pid = d->pid;
    return CHECK_OK;                /* a daemon that only starts up answers soon; none hangs here */
}

static void terminated(void *owner, void *data)
{
    struct daemon *d = owner;

    if (parts[d->part].terminate != NULL) {
        parts[d->part].terminate(d);
    } else {
        daemon_exit_soon(d, CRM_EX_OK);
    }
}

static void on_kill(void *arg, unsigned child, pid_t pid, int signum)
{
    struct daemon *d = &((struct host *)arg)->daemon[child];

    if (!d->running || d->pid != pid) {
        return;
    }
    if (signum == SIGTERM) {
        daemon_task(d, SIM_MS, terminated, NULL, NULL);
    } else {
        end_process(d, 0, signum, true);
    }
}

static bool on_cluster_up(void *arg)
{
    return group_ready(arg);
}

static void stop_expired(void *owner, void *data)
{
    struct host *h = owner;

    h->launcher_stop = 0;
    if (h->launcher != NULL) {
        launcher_stop_expired(h->launcher);
    }
}

static void on_arm_stop(void *arg, unsigned ms)
{
    struct host *h = arg;

    task_cancel(h->launcher_stop);
    h->launcher_stop = ms > 0 ? host_task(h, ms * SIM_MS, stop_expired, NULL, NULL) : 0;
}

static void panic(void *owner, void *data)
{
    host_power_off(owner, "panics");
    host_power_on(owner, 5 * SIM_SECOND);
}

static void on_panic(void *arg)
{
    host_task(arg, 0, panic, NULL, NULL);
}

/* Everything has stopped in good order: the host goes down, and an administrator starts it again. */
static void stopped(void *owner, void *data)
{
    struct host *h = owner;

    if (h->node->alive) {
        node_leave(h->cluster->sim, h->node);
    }
    host_power_off(h, "has stopped in good order");
}

static void on_down(void *arg, bool fatal)
{
    host_task(arg, SIM_MS, stopped, NULL, NULL);
}

static long long on_now(void *arg)
{
    return host_wall(arg);
}

static const launcher_ops_t launcher_ops = {
    .start = on_start, .check = on_check, .kill = on_kill, .cluster_up = on_cluster_up,
    .arm_stop = on_arm_stop, .panic = on_panic, .down = on_down, .now = on_now,
};

static void tick(void *owner, void *data)
{
    struct host *h = owner;

    if (h->launcher != NULL) {
        launcher_tick(h->launcher);
        if (group_ready(h)) {
            launcher_cluster_restored(h->launcher);
        }
        host_task(h, SIM_SECOND, tick, NULL, NULL);
    }
}

/* pacemakerd starts when corosync answers. */
static void start_launcher(void *owner, void *data)
{
    struct host *h = owner;

    if (h->launcher != NULL) {
        return;
    }
    if (!group_ready(h)) {
        host_task(h, COROSYNC_POLL_US, start_launcher, NULL, NULL);
        return;
    }
    h->launcher = launcher_new(false, &launcher_ops, h);
    launcher_start(h->launcher);
    host_task(h, SIM_SECOND, tick, NULL, NULL);
}

/* ---- power ---- */

static void start_corosync(void *owner, void *data)
{
    struct host *h = owner;

    if (!h->node->alive) {
        node_boot(h->cluster->sim, h->node);
    }
    if (h->launcher == NULL) {
        host_task(h, COROSYNC_POLL_US, start_launcher, NULL, NULL);
    }
}

void host_power_on(struct host *h, uint64_t boot_us)
{
    if (h->power) {
        return;
    }
    note(h, "power on");
    h->power = true;
    h->leaving = false;
    h->boot++;
    h->powered_at = h->cluster->sim->now;
    h->stop_failed_at = h->inquorate_since = 0;
    h->cpu_us = sim_below(h->cluster->sim, 50000);
    host_task(h, boot_us, start_corosync, NULL, NULL);
}

static void drop_launcher(struct host *h)
{
    launcher_free(h->launcher);
    h->launcher = NULL;
    h->launcher_stop = 0;
}

void host_power_off(struct host *h, const char *why)
{
    if (!h->power) {
        return;
    }
    note(h, "%s", why);
    h->power = false;
    h->boot++;
    h->lost_power_at = h->cluster->sim->now;
    invariants_host_gone(h);
    drop_launcher(h);
    for (unsigned i = 0; i < PARTS; i++) {
        end_process(&h->daemon[i], 0, SIGKILL, false);
    }
    services_power_off(h);
    if (h->node->alive) {
        node_crash(h->cluster->sim, h->node);
    }
    h->node->paused_until = 0;
}

void host_stop_pacemaker(struct host *h)
{
    if (h->launcher != NULL && !h->leaving) {
        note(h, "is asked to stop");
        h->leaving = true;
        launcher_shut_down(h->launcher);
    }
}

void host_kill_corosync(struct host *h)
{
    if (h->node->alive) {
        node_crash(h->cluster->sim, h->node);
        host_task(h, SIM_SECOND, start_corosync, NULL, NULL);   /* systemd */
    }
}

static void service_free(gpointer data)
{
    struct service *service = data;

    g_free(service->name);
    g_free(service);
}

void host_free(struct host *h)
{
    GHashTableIter iter;
    gpointer service;

    host_power_off(h, "the end");
    g_hash_table_iter_init(&iter, h->services);
    while (g_hash_table_iter_next(&iter, NULL, &service)) {
        service_free(service);
    }
    g_hash_table_destroy(h->services);
    xml_free(h->disk);
}
