/* What happens later: calls that are due at a moment of virtual time, unless their owner is gone by then. */
#include "tests/sim/cluster/cluster.h"

#define CHANNEL_MIN_US 20u
#define CHANNEL_SPREAD_US 150u

struct task {
    task_fn run;
    void *owner, *data;
    GDestroyNotify free_data;
    const uint32_t *guard;          /* NULL = always valid */
    uint32_t value;
    struct host *host;              /* NULL = the world */
    struct daemon *daemon;          /* whose core it is for, or NULL */
    task_id id;
};

static GHashTable *waiting;         /* id -> task */
static task_id last_id;

void tasks_init(void)
{
    waiting = g_hash_table_new(g_direct_hash, g_direct_equal);
    last_id = 0;
}

void tasks_end(void)
{
    g_hash_table_destroy(waiting);
    waiting = NULL;
}

static task_id push(struct world *c, struct task task, uint64_t us)
{
    struct task *t = g_new(struct task, 1);

    *t = task;
    t->id = ++last_id;
    g_hash_table_insert(waiting, GSIZE_TO_POINTER(t->id), t);
    t->value = t->guard != NULL ? *t->guard : 0;
    events_push(c->sim, (struct event){
        .at = c->sim->now + us, .kind = EVENT_UPPER, .upper = t,
        .node = t->host != NULL ? (uint16_t)t->host->index : UINT16_MAX,
    });
    return t->id;
}

task_id task_after(struct world *c, struct host *host, const uint32_t *guard, uint64_t us, task_fn run,
                        void *owner, void *data, GDestroyNotify free_data)
{
    return push(c, (struct task){.run = run, .owner = owner, .data = data, .free_data = free_data,
                                 .guard = guard, .host = host}, us);
}

task_id daemon_task(struct daemon *d, uint64_t us, task_fn run, void *data, GDestroyNotify free_data)
{
    return push(d->host->cluster, (struct task){.run = run, .owner = d, .data = data, .free_data = free_data,
                                                .guard = &d->life, .host = d->host, .daemon = d}, us);
}

task_id host_task(struct host *h, uint64_t us, task_fn run, void *data, GDestroyNotify free_data)
{
    return task_after(h->cluster, h, &h->boot, us, run, h, data, free_data);
}

task_id world_task(struct world *c, uint64_t us, task_fn run, void *data, GDestroyNotify free_data)
{
    return task_after(c, NULL, NULL, us, run, c, data, free_data);
}

void task_cancel(task_id id)
{
    struct task *task = g_hash_table_lookup(waiting, GSIZE_TO_POINTER(id));

    if (task != NULL) {
        task->run = NULL;
    }
}

void task_free(struct task *task)
{
    g_hash_table_remove(waiting, GSIZE_TO_POINTER(task->id));
    if (task->free_data != NULL) {
        task->free_data(task->data);
    }
    g_free(task);
}

static bool valid(const struct task *task)
{
    if (task->run == NULL || (task->guard != NULL && *task->guard != task->value)) {
        return false;
    }
    return task->daemon == NULL || (task->daemon->running && !task->daemon->ending);
}

void task_run(struct world *c, struct task *task)
{
    if (valid(task)) {
        c->speaker = task->daemon;
        c->speaking_host = task->host;
        task->run(task->owner, task->data);
        if (task->daemon != NULL && task->daemon->part == CONTROLD) {
            controld_after_event(task->daemon);
        }
        if (task->daemon != NULL && c->chaos && c->plan.snipe > 0 && sim_below(c->sim, c->plan.snipe) == 0) {
            fault_snipe(task->daemon);
        }
        c->speaker = NULL;
        c->speaking_host = NULL;
    }
    task_free(task);
}

uint64_t channel_delay(struct host *h, int from, int to)
{
    struct sim *s = h->cluster->sim;
    uint64_t at = s->now + CHANNEL_MIN_US + sim_below(s, CHANNEL_SPREAD_US + h->cluster->plan.spread_us);

    if (at < h->channel[from][to]) {
        at = h->channel[from][to];
    }
    h->channel[from][to] = at;
    return at - s->now;
}

void daemon_post(struct daemon *d, int from, task_fn run, void *data, GDestroyNotify free_data)
{
    daemon_task(d, channel_delay(d->host, from, (int)d->part), run, data, free_data);
}
