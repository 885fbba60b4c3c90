/* The controller: the real core, its clocks and timers, and its group. What it wants of other daemons is in
 * controld_parts.c. */
#include "tests/sim/cluster/cluster.h"
#include "tests/sim/cluster/controld.h"

#include <errno.h>
#include "cib/cib_client.h"
#include "pacemaker/common/results.h"

#define FSA_LIMIT 1000u             /* runs in a row after one event */
#define GRAPH_MAX_US 200u

crmd_t *controld_core(struct host *h)
{
    return h->controld != NULL && !h->daemon[CONTROLD].ending ? h->controld->core : NULL;
}

/* ---- clocks, dice, timers ---- */

static long long on_wall(void *arg)
{
    return host_wall(((struct daemon *)arg)->host);
}

static long long on_mono(void *arg)
{
    return host_mono_ms(((struct daemon *)arg)->host);
}

static void on_cpu_time(void *arg, long long *sec, long long *usec)
{
    *sec = 0;
    *usec = (long long)((struct daemon *)arg)->host->cpu_us;
}

static void on_uuid(void *arg, char out[37])
{
    struct host *h = ((struct daemon *)arg)->host;

    snprintf(out, 37, "%08u-0000-4000-8000-%012x", ++h->cluster->next_uuid, h->index);
}

static void on_timestamp(void *arg, const char *format, char **text, long long *epoch, int *usec)
{
    *text = strdup("now");
    *epoch = on_wall(arg);
    *usec = 0;
}

static void on_wake_fsa(void *arg)
{
    controld_of(arg)->fsa = true;
}

static void run_graph(void *owner, void *data)
{
    struct controld *c = controld_of(owner);

    c->graph = 0;
    crmd_run_graph(c->core);
}

static void on_wake_graph(void *arg)
{
    struct daemon *d = arg;
    struct controld *c = controld_of(d);

    if (c->graph == 0) {
        c->graph = daemon_task(d, 1 + sim_below(d->host->cluster->sim, GRAPH_MAX_US), run_graph, NULL, NULL);
    }
}

static void timer(void *owner, void *data)
{
    struct controld *c = controld_of(owner);
    unsigned id = GPOINTER_TO_UINT(data);

    g_hash_table_remove(c->timers, data);
    if (id == CRMD_TIMER_THROTTLE) {
        crmd_load(c->core, 0, 0.1);
    }
    crmd_timer(c->core, id);
}

static void on_timer_stop(void *arg, unsigned id)
{
    GHashTable *timers = controld_of(arg)->timers;

    task_cancel(GPOINTER_TO_SIZE(g_hash_table_lookup(timers, GUINT_TO_POINTER(id))));
    g_hash_table_remove(timers, GUINT_TO_POINTER(id));
}

static void on_timer_start(void *arg, unsigned id, unsigned ms)
{
    on_timer_stop(arg, id);
    g_hash_table_insert(controld_of(arg)->timers, GUINT_TO_POINTER(id),
                        GSIZE_TO_POINTER(daemon_task(arg, ms * SIM_MS, timer, GUINT_TO_POINTER(id), NULL)));
}

/* The inputs that an event raised are handled before the next event. */
void controld_after_event(struct daemon *d)
{
    unsigned runs = 0;

    while (d->running && !d->ending && d->host->controld->fsa) {
        d->host->controld->fsa = false;
        crmd_run_fsa(d->host->controld->core);
        if (++runs > FSA_LIMIT) {
            cluster_fail(d->host->cluster, d->host, "the controller's state machine does not come to rest");
            return;
        }
    }
    d->host->cpu_us += 200;
}

/* ---- cluster ---- */

static int on_cluster_connect(void *arg)
{
    struct daemon *d = arg;
    peer_t *self;

    if (!group_join(d, false)) {
        return -ENOTCONN;
    }
    crmd_set_identity(d->host->controld->core, d->host->index + 1, d->host->name, d->host->uuid);
    self = peers_get(d->peers, d->host->index + 1, d->host->name);
    peers_set_processes(d->peers, self, self->processes | PEER_PROC_CPG);
    controld_of(d)->quorate = d->host->node->quorate;
    group_track_quorum(d);
    return 0;
}

static void on_cluster_disconnect(void *arg)
{
    group_leave(arg);
}

static bool on_cluster_quorate(void *arg)
{
    struct daemon *d = arg;

    return d->connected && controld_of(d)->quorate;
}

static void on_cluster_send(void *arg, const char *node, enum cluster_msg_type type, const xmlNode *msg)
{
    group_send(arg, node, type, msg);
}

static char *on_cluster_name(void *arg)
{
    return strdup("simulated");
}

static bool on_have_watchdog(void *arg)
{
    return false;
}

void controld_message(struct daemon *d, peer_t *from, xmlNode *msg)
{
    if (from->name != NULL) {
        crmd_cluster_message(d->host->controld->core, from->name, msg);
    }
}

void controld_quorum(struct daemon *d, bool quorate, uint64_t ring_seq)
{
    controld_of(d)->quorate = quorate;
    crmd_quorum(d->host->controld->core, quorate, ring_seq);
}

void controld_lost_cluster(struct daemon *d)
{
    crmd_cluster_lost(d->host->controld->core);
}

/* ---- the end ---- */

static void on_write_pe_core(void *arg, const xmlNode *cib)
{
}

static bool on_check_watchdog_timeout(void *arg, const char *value)
{
    return true;
}

static void on_panic(void *arg)
{
    daemon_exit_soon(arg, CRM_EX_PANIC);
}

static void on_quit(void *arg, int status)
{
    daemon_exit_soon(arg, status);
}

static struct crmd_ops ops = {
    .wall = on_wall,
    .mono_ms = on_mono,
    .cpu_time = on_cpu_time,
    .uuid = on_uuid,
    .timestamp = on_timestamp,
    .wake_fsa = on_wake_fsa,
    .wake_graph = on_wake_graph,
    .timer_start = on_timer_start,
    .timer_stop = on_timer_stop,
    .cluster_connect = on_cluster_connect,
    .cluster_disconnect = on_cluster_disconnect,
    .cluster_quorate = on_cluster_quorate,
    .cluster_send = on_cluster_send,
    .cluster_name = on_cluster_name,
    .have_watchdog = on_have_watchdog,
    .write_pe_core = on_write_pe_core,
    .check_watchdog_timeout = on_check_watchdog_timeout,
    .panic = on_panic,
    .quit = on_quit,
};

static void begin(void *owner, void *data)
{
    daemon_serves(owner);
    crmd_start(controld_of(owner)->core);
}

void controld_start(struct daemon *d)
{
    struct controld *c = d->host->controld = g_new0(struct controld, 1);
    struct crmd_settings settings = {.cib_timeout_s = 30, .cores = 4, .pid = (int)d->pid};

    controld_ops_parts(&ops);
    c->timers = g_hash_table_new(g_direct_hash, g_direct_equal);
    c->fence_calls = g_hash_table_new(g_direct_hash, g_direct_equal);
    d->peers = peers_new(false, NULL);
    c->core = crmd_new(&settings, d->peers, &ops, d);
    daemon_task(d, SIM_MS, begin, NULL, NULL);
}

void controld_stop(struct daemon *d)
{
    struct controld *c = d->host->controld;

    crmd_free(c->core);
    peers_free(d->peers);
    d->peers = NULL;
    g_hash_table_destroy(c->timers);
    g_hash_table_destroy(c->fence_calls);
    g_free(c);
    d->host->controld = NULL;
}

void controld_terminate(struct daemon *d)
{
    crmd_shutdown_signal(d->host->controld->core);
}
