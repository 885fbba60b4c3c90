/* Services, and the agents that start, stop, monitor, promote and demote them. While there is chaos an
 * agent now and then fails or hangs, and a service may die by itself. An executor that is killed takes its
 * agents at work with it. */
#include "tests/sim/cluster/cluster.h"

#include "pacemaker/common/results.h"

struct agent {
    struct host *host;
    struct service *service;
    char action[16];
    struct host *migrate_target;    /* of a migrate_to */
    int rc, status;
    const char *reason;
    agent_done done;
    void *arg;
    task_id task;
};

static const char *const state_names[] = {"stopped", "starting", "started", "promoted", "stopping", "failed"};

const char *service_state_name(enum service_state state)
{
    return state_names[state];
}

bool service_active(const struct service *service)
{
    return service != NULL && service->state != SERVICE_STOPPED;
}

struct service *service_find(struct host *h, const char *name)
{
    return g_hash_table_lookup(h->services, name);
}

static struct service *service_get(struct host *h, const char *name)
{
    struct service *service = service_find(h, name);

    if (service == NULL) {
        service = g_new0(struct service, 1);
        service->name = g_strdup(name);
        g_hash_table_insert(h->services, service->name, service);
    }
    return service;
}

static void set_state(struct host *h, struct service *service, enum service_state state)
{
    enum service_state old = service->state;

    if (old != state) {
        service->state = state;
        note(h, "service %s is %s", service->name, state_names[state]);
        invariants_service_changed(h, service, old);
    }
}

void services_power_off(struct host *h)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, h->services);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct service *service = value;

        service->state = SERVICE_STOPPED;
        service->died = false;
        service->agent = NULL;
    }
}

void service_die(struct host *h, const char *name)
{
    struct service *service = service_find(h, name);

    if (service != NULL && service->agent == NULL &&
        (service->state == SERVICE_STARTED || service->state == SERVICE_PROMOTED)) {
        note(h, "service %s dies", name);
        service->died = true;
        set_state(h, service, sim_chance(h->cluster->sim, 70) ? SERVICE_STOPPED : SERVICE_FAILED);
    }
}

/* ---- what an agent finds out and does ---- */

static bool is(const struct agent *a, const char *action)
{
    return strcmp(a->action, action) == 0;
}

/* As crm_master: the better the later the node. */
static void set_promotion_score(struct host *h, const struct service *service, bool on)
{
    xmlNode *request = xml_new("request");

    xml_set(request, "task", "update");
    xml_setf(request, "attr_name", "master-%s", service->name);
    if (on) {
        xml_setf(request, "attr_value", "%u", 5 + h->index);
    }
    xml_set(request, "attr_host", h->name);
    attrd_call(h, request, NULL);
}

static int monitor_rc(const struct service *service)
{
    switch (service->state) {
    case SERVICE_STARTED: return OCF_OK;
    case SERVICE_PROMOTED: return OCF_RUNNING_PROMOTED;
    case SERVICE_FAILED: return OCF_UNKNOWN_ERROR;
    default: return OCF_NOT_RUNNING;
    }
}

/* What a start, stop, promote or demote that goes well leads to. */
static enum service_state goal(const struct agent *a)
{
    if (is(a, "start") || is(a, "demote")) {
        return SERVICE_STARTED;
    }
    return is(a, "stop") ? SERVICE_STOPPED : SERVICE_PROMOTED;
}

/* The service moves as it runs; when the target is down by then it is lost. */
static void migrate(struct agent *a)
{
    struct host *to = a->migrate_target;

    if (a->rc != OCF_OK || a->service->state != SERVICE_STARTED || to == NULL) {
        a->rc = OCF_UNKNOWN_ERROR;
        return;
    }
    set_state(a->host, a->service, SERVICE_STOPPED);
    if (to->power) {
        set_state(to, service_get(to, a->service->name), SERVICE_STARTED);
    }
}

static void act(struct agent *a)
{
    struct service *service = a->service;

    if (is(a, "migrate_to")) {
        migrate(a);
    } else if (is(a, "migrate_from")) {
        a->rc = a->rc == OCF_OK && service->state == SERVICE_STARTED ? OCF_OK : OCF_UNKNOWN_ERROR;
    } else if (is(a, "monitor")) {
        if (a->rc == OCF_OK) {
            a->rc = monitor_rc(service);
        }
        if (service->promotable
            && (service->state == SERVICE_STARTED || service->state == SERVICE_PROMOTED)) {
            set_promotion_score(a->host, service, true);
        }
    } else if (is(a, "notify") || is(a, "meta-data") || is(a, "validate-all")) {
        return;
    } else if (a->rc != OCF_OK) {
        if (service->state != SERVICE_STOPPED) {
            bool down = is(a, "start") && sim_chance(a->host->cluster->sim, 50);

            set_state(a->host, service, down ? SERVICE_STOPPED : SERVICE_FAILED);
        }
        if (is(a, "stop")) {
            a->host->stop_failed_at = a->host->cluster->sim->now;
        }
    } else if (is(a, "demote") && service->state == SERVICE_STOPPED) {
        a->rc = OCF_NOT_RUNNING;
    } else {
        service->died = false;
        set_state(a->host, service, goal(a));
        if (service->promotable && !is(a, "demote")) {
            set_promotion_score(a->host, service, !is(a, "stop"));
        }
    }
}

static void end(void *owner, void *data)
{
    struct agent *a = data;

    if (a->service->agent == a) {
        a->service->agent = NULL;
    }
    act(a);
    a->done(a->arg, a->rc, a->status, a->reason);
}

/* ---- how long it takes and how it ends ---- */

static unsigned fail_rate(const struct plan *p, const char *action)
{
    return strcmp(action, "start") == 0                                         ? p->start_fails
           : strcmp(action, "stop") == 0                                        ? p->stop_fails
           : strcmp(action, "monitor") == 0                                     ? p->monitor_fails
           : strcmp(action, "promote") == 0 || strcmp(action, "demote") == 0 ? p->promote_fails
                                                                                : 0;
}

static uint64_t duration(struct sim *s)
{
    unsigned dice = (unsigned)sim_below(s, 100);

    return dice < 75 ? 5 * SIM_MS + sim_below(s, 100 * SIM_MS)
           : dice < 97 ? sim_below(s, SIM_SECOND) : sim_below(s, 8 * SIM_SECOND);
}

static uint64_t decide(struct world *c, struct agent *a, unsigned timeout_ms)
{
    struct sim *s = c->sim;
    uint64_t us = duration(s);

    a->rc = OCF_OK;
    a->status = EXEC_DONE;
    if (c->chaos && sim_below(s, 1000) < c->plan.hangs && !is(a, "notify")) {
        us = UINT64_MAX;
    } else if (is(a, "monitor") && a->service->state == SERVICE_STOPPED) {
        a->rc = OCF_OK;             /* what does not run is seen not to */
    } else if (c->chaos && sim_below(s, 1000) < fail_rate(&c->plan, a->action)) {
        a->rc = OCF_UNKNOWN_ERROR;
        a->reason = "bad luck";
    }
    if (timeout_ms > 0 && us > timeout_ms * SIM_MS) {
        us = timeout_ms * SIM_MS;
        a->rc = OCF_UNKNOWN_ERROR;
        a->status = EXEC_TIMEOUT;
        a->reason = "too slow";
    } else if (us == UINT64_MAX) {
        us = 20 * SIM_SECOND;
    }
    return us;
}

struct agent *agent_start(struct host *h, const char *rsc, const char *type, const char *action,
                          unsigned timeout_ms, const char *migrate_target, agent_done done, void *arg)
{
    struct agent *a = g_new0(struct agent, 1);
    uint64_t us;

    a->host = h;
    a->service = service_get(h, rsc);
    a->service->promotable = strcmp(type, "Stateful") == 0;
    a->done = done;
    a->arg = arg;
    a->migrate_target = host_find(h->cluster, migrate_target);
    snprintf(a->action, sizeof a->action, "%s", action);
    us = decide(h->cluster, a, timeout_ms);
    if (!is(a, "monitor")) {
        note(h, "agent %s %s", rsc, action);
        a->service->agent = a;
        h->cluster->starts += is(a, "start");
    }
    if (is(a, "start") && a->service->state == SERVICE_STOPPED) {
        set_state(h, a->service, SERVICE_STARTING);
    } else if (is(a, "stop") && a->service->state != SERVICE_STOPPED) {
        set_state(h, a->service, SERVICE_STOPPING);
    }
    a->task = task_after(h->cluster, h, &h->boot, us, end, h, a, g_free);
    return a;
}

void agent_abandon(struct agent *a)
{
    task_cancel(a->task);
    if (a->service->agent == a) {
        a->service->agent = NULL;
    }
    if (is(a, "start") || is(a, "stop")) {
        set_state(a->host, a->service,
                  sim_chance(a->host->cluster->sim, 50) ? SERVICE_STOPPED : SERVICE_FAILED);
    }
}
