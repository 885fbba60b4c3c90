/* What must hold: some of it after every step, some every second, some at rest. */
#include "tests/sim/cluster/cluster.h"

#include <stdarg.h>
#include "cib/version.h"

#define SETTLE_US (3 * SIM_SECOND)          /* a change is everywhere that long after its acknowledgement */
#define INQUORATE_LIMIT_US (400 * SIM_SECOND)
#define TWO_DCS_LIMIT_US (90 * SIM_SECOND)
#define PROBE_US (120 * SIM_SECOND)
#define QUIET_US (60 * SIM_SECOND)

/* ---- services ---- */

static bool exclusive(const char *name)
{
    return strncmp(name, "single", 6) == 0 || strcmp(name, "ip") == 0 || strcmp(name, "server") == 0
           || strcmp(name, "extra") == 0;
}

/* The host where a service is believed to run, or really does; NULL = nowhere. */
static struct host *runs_on(struct world *c, const char *name, const struct host *but)
{
    for (unsigned i = 0; i < c->n; i++) {
        struct host *h = &c->host[i];
        const struct service *service = h->power && h != but ? service_find(h, name) : NULL;

        if (service_active(service) || (service != NULL && service->died)) {
            return h;
        }
    }
    return NULL;
}

static void check_exclusive(struct host *h, const struct service *service)
{
    struct world *c = h->cluster;

    for (unsigned i = 0; i < c->n; i++) {
        struct host *other = &c->host[i];

        if (other != h && other->power && service_active(service_find(other, service->name))) {
            cluster_fail(c, h, "%s starts while it is %s on %s", service->name,
                         service_state_name(service_find(other, service->name)->state), other->name);
        }
    }
}

/* A controller that starts again must ask its services how they are. The scheduler orders starts after those
 * probes but, like the reference's, not the promotion of an instance that runs elsewhere. */
static bool unknown_to_cluster(struct host *h)
{
    return h->history_lost_at > 0 && h->cluster->sim->now - h->history_lost_at < PROBE_US;
}

static void check_promoted(struct host *h, const struct service *service)
{
    struct world *c = h->cluster;

    for (unsigned i = 0; i < c->n; i++) {
        const struct service *other = c->host[i].power ? service_find(&c->host[i], service->name) : NULL;

        if (&c->host[i] != h && other != NULL && other->state == SERVICE_PROMOTED
            && !unknown_to_cluster(&c->host[i])) {
            cluster_fail(c, h, "%s is promoted while it is promoted on %s", service->name, c->host[i].name);
        }
    }
}

static bool lost_lately(struct world *c)
{
    for (unsigned i = 0; i < c->n; i++) {
        if (c->host[i].lost_power_at > 0 && c->sim->now - c->host[i].lost_power_at < 120 * SIM_SECOND) {
            return true;
        }
    }
    return false;
}

/* B never starts before A; when A's host lost its power a moment ago the cluster may not know yet. */
static void check_order(struct host *h, const char *first, const char *then)
{
    if (runs_on(h->cluster, first, NULL) == NULL && !lost_lately(h->cluster)) {
        cluster_fail(h->cluster, h, "%s starts although %s runs nowhere", then, first);
    }
}

void invariants_service_changed(struct host *h, const struct service *service, enum service_state old)
{
    const struct plan *plan = &h->cluster->plan;

    if (!h->power) {
        return;
    }
    if (old == SERVICE_STOPPED && plan->fencing && exclusive(service->name)) {
        check_exclusive(h, service);
    }
    if (service->state == SERVICE_PROMOTED && plan->fencing) {
        check_promoted(h, service);
    }
    if (old == SERVICE_STOPPED && strcmp(service->name, "server") == 0) {
        check_order(h, "ip", "server");
    }
    if (old == SERVICE_STOPPED && strcmp(service->name, "ip") == 0 && plan->ordering) {
        check_order(h, "single1", "ip");
    }
}

void invariants_host_gone(struct host *h)
{
    for (guint i = 0; i < h->cluster->changes->len; i++) {
        struct change *change = g_ptr_array_index(h->cluster->changes, i);

        if (change->host == h->index && h->cluster->sim->now < change->acked_at + SETTLE_US) {
            change->doubtful = true;
        }
    }
}

/* ---- every second ---- */

static const char *running_service(struct host *h)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, h->services);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (service_active(value)) {
            return ((struct service *)value)->name;
        }
    }
    return NULL;
}

static void check_quorum(struct host *h)
{
    struct world *c = h->cluster;
    const char *service;

    if (!h->power || !h->node->alive || h->node->quorate || h->node->paused_until > c->sim->now
        || !daemon_of(h, CONTROLD)->running) {
        h->inquorate_since = 0;
        return;
    }
    if (h->inquorate_since == 0) {
        h->inquorate_since = c->sim->now;
    }
    service = running_service(h);
    if (service != NULL && strcmp(c->plan.no_quorum_policy, "stop") == 0 && h->stop_failed_at == 0
        && c->sim->now - h->inquorate_since > INQUORATE_LIMIT_US) {
        cluster_fail(c, h, "%s still runs without quorum", service);
    }
}

static void check_doubts(struct world *c)
{
    for (guint i = 0; i < c->changes->len; i++) {
        struct change *change = g_ptr_array_index(c->changes, i);

        if (change->acked_at > 0 && c->sim->now < change->acked_at + SETTLE_US
            && !host_quorate(&c->host[change->host])) {
            change->doubtful = true;
        }
    }
}

static bool is_dc(struct host *h)
{
    return h->power && h->node->alive && controld_core(h) != NULL && crmd_is_dc(controld_core(h));
}

static void check_dcs(struct world *c)
{
    bool two = false;

    for (unsigned i = 0; i < c->n; i++) {
        for (unsigned j = i + 1; j < c->n; j++) {
            two = two || (is_dc(&c->host[i]) && is_dc(&c->host[j])
                          && c->host[i].node->installed == c->host[j].node->installed);
        }
    }
    if (!two) {
        c->two_dcs_since = 0;
    } else if (c->two_dcs_since == 0) {
        c->two_dcs_since = c->sim->now;
    } else if (c->sim->now - c->two_dcs_since > TWO_DCS_LIMIT_US) {
        cluster_fail(c, NULL, "two DCs in one membership");
    }
}

void invariants_tick(struct world *c)
{
    for (unsigned i = 0; i < c->n; i++) {
        check_quorum(&c->host[i]);
    }
    check_doubts(c);
    check_dcs(c);
}

/* ---- at rest ---- */

static char complaint[300];

static const char *wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *wrong(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    vsnprintf(complaint, sizeof complaint, format, ap);
    va_end(ap);
    return complaint;
}

static const char *rest_of_daemons(struct world *c)
{
    for (unsigned i = 0; i < c->n; i++) {
        struct host *h = &c->host[i];

        if (!h->power || !h->node->alive || h->launcher == NULL) {
            return wrong("%s is down", h->name);
        }
        if (h->node->installed != c->host[0].node->installed) {
            return wrong("%s is in another ring", h->name);
        }
        for (unsigned part = 0; part < PARTS; part++) {
            if (!h->daemon[part].serving) {
                return wrong("%s does not serve on %s", part_name((int)part), h->name);
            }
        }
    }
    return NULL;
}

static const char *rest_of_controllers(struct world *c)
{
    const char *dc = NULL;
    unsigned dcs = 0;

    for (unsigned i = 0; i < c->n; i++) {
        crmd_t *core = controld_core(&c->host[i]);

        if (core == NULL || crmd_dc(core) == NULL || (dc != NULL && strcmp(dc, crmd_dc(core)) != 0)) {
            return wrong("%s follows %s", c->host[i].name,
                         core != NULL && crmd_dc(core) != NULL ? crmd_dc(core) : "nobody");
        }
        dc = crmd_dc(core);
        dcs += crmd_is_dc(core);
        if (strcmp(crmd_state_name(core), crmd_is_dc(core) ? "S_IDLE" : "S_NOT_DC") != 0) {
            return wrong("the controller of %s is in %s", c->host[i].name, crmd_state_name(core));
        }
    }
    return dcs == 1 ? NULL : wrong("there are %u DCs", dcs);
}

static const char *rest_of_cibs(struct world *c)
{
    char *first = cib_digest(based_cib(&c->host[0]), CRM_FEATURE_SET);
    const char *result = NULL;

    for (unsigned i = 1; i < c->n && result == NULL; i++) {
        char *other = cib_digest(based_cib(&c->host[i]), CRM_FEATURE_SET);

        if (strcmp(first, other) != 0) {
            result = wrong("the CIB of %s differs from that of node1", c->host[i].name);
        }
        free(other);
    }
    free(first);
    for (unsigned i = 0; i < c->n && result == NULL; i++) {
        const xmlNode *status = xml_first(based_cib(&c->host[0]), "status");
        const xmlNode *state = xml_find(status, "node_state", "id", c->host[i].uuid);

        if (g_strcmp0(xml_get(state, "join"), "member") != 0
            || g_strcmp0(xml_get(state, "crmd"), "online") != 0) {
            result = wrong("the CIB does not show %s as a member", c->host[i].name);
        }
    }
    return result;
}

static const char *attribute_of(struct host *h, const char *name, const char *node, char *value, size_t size)
{
    xmlNode *request = xml_new("attrd_request"), *reply = NULL;

    xml_set(request, "t", "attrd");
    xml_set(request, "task", "query");
    xml_set(request, "attr_name", name);
    g_strlcpy(value, "", size);
    if (attrd_call(h, request, &reply) == 0 && reply != NULL) {
        const xmlNode *entry = xml_find(reply, "node", "attr_host", node);

        g_strlcpy(value, xml_get(entry, "attr_value") != NULL ? xml_get(entry, "attr_value") : "", size);
    }
    xml_free(reply);
    return value;
}

static const char *attribute_in_cib(struct host *h, const char *name, const struct host *node)
{
    const xmlNode *state = xml_find(xml_first(based_cib(h), "status"), "node_state", "id", node->uuid);
    const xmlNode *set = xml_first(xml_first(state, "transient_attributes"), "instance_attributes");
    const char *value = xml_get(xml_find(set, "nvpair", "name", name), "value");

    return value != NULL ? value : "";
}

static const char *rest_of_attributes(struct world *c)
{
    static const char *const names[] = {
        "attribute0", "attribute1", "attribute2", "master-db", "#feature-set",
    };
    char first[100], other[100];

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        for (unsigned node = 0; node < c->n; node++) {
            attribute_of(&c->host[0], names[i], c->host[node].name, first, sizeof first);
            for (unsigned j = 1; j < c->n; j++) {
                attribute_of(&c->host[j], names[i], c->host[node].name, other, sizeof other);
                if (strcmp(first, other) != 0) {
                    return wrong("%s of %s is '%s' on node1 and '%s' on %s", names[i], c->host[node].name,
                                 first, other, c->host[j].name);
                }
            }
            if (strcmp(first, attribute_in_cib(&c->host[0], names[i], &c->host[node])) != 0) {
                return wrong("%s of %s is '%s' but '%s' in the CIB", names[i], c->host[node].name, first,
                             attribute_in_cib(&c->host[0], names[i], &c->host[node]));
            }
        }
    }
    return NULL;
}

static unsigned count(struct world *c, const char *name, enum service_state state)
{
    unsigned n = 0;

    for (unsigned i = 0; i < c->n; i++) {
        const struct service *service = service_find(&c->host[i], name);

        n += service != NULL && service->state == state;
    }
    return n;
}

/* A resource that was removed must be stopped. When a controller loses its memory just then nobody knows of
 * what runs there, in the reference as well. */
static const struct host *left_over(struct world *c, const char *name)
{
    for (unsigned i = 0; i < c->n; i++) {
        if (service_active(service_find(&c->host[i], name)) && c->host[i].history_lost_at == 0) {
            return &c->host[i];
        }
    }
    return NULL;
}

static const char *rest_of_services(struct world *c)
{
    char name[24];

    for (unsigned i = 0; i < c->plan.singles; i++) {
        snprintf(name, sizeof name, "single%u", i + 1);
        if (count(c, name, SERVICE_STARTED) != 1) {
            return wrong("%s runs on %u nodes", name, count(c, name, SERVICE_STARTED));
        }
    }
    if (left_over(c, "extra") != NULL) {
        return wrong("the resource that was removed still runs on %s", left_over(c, "extra")->name);
    }
    if (c->plan.group && (count(c, "ip", SERVICE_STARTED) != 1 || count(c, "server", SERVICE_STARTED) != 1)) {
        return wrong("the group runs on %u nodes", count(c, "server", SERVICE_STARTED));
    }
    if (c->plan.clone && count(c, "store", SERVICE_STARTED) != c->n) {
        return wrong("the clone runs on %u nodes", count(c, "store", SERVICE_STARTED));
    }
    if (c->plan.promotable
        && (count(c, "db", SERVICE_PROMOTED) != 1 || count(c, "db", SERVICE_STARTED) != c->n - 1)) {
        return wrong("the database is promoted on %u nodes, started on %u", count(c, "db", SERVICE_PROMOTED),
                     count(c, "db", SERVICE_STARTED));
    }
    return NULL;
}

const char *invariants_rest(struct world *c, bool *moving)
{
    const char *(*const rests[])(struct world *) = {    /* what takes long to find out comes last */
        rest_of_daemons, rest_of_controllers, rest_of_services, rest_of_attributes, rest_of_cibs,
    };

    *moving = c->sim->now - c->last_scheduler_run < QUIET_US;
    if (*moving) {
        return wrong("the scheduler ran a moment ago");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(rests); i++) {
        const char *result = rests[i](c);

        if (result != NULL) {
            return result;
        }
    }
    return NULL;
}

bool invariants_changes_kept(struct world *c)
{
    for (guint i = 0; i < c->changes->len; i++) {
        const struct change *change = g_ptr_array_index(c->changes, i);
        char path[100];
        xpath_result_t *found;
        bool there;

        if (!change->counts || change->doubtful) {
            continue;
        }
        snprintf(path, sizeof path, "//nvpair[@id='change-%u']", change->number);
        found = xpath_eval((xmlNode *)(uintptr_t)based_cib(&c->host[0]), path, NULL);
        there = found != NULL && xpath_count(found) == 1;
        xpath_free(found);
        if (!there) {
            cluster_fail(c, &c->host[change->host], "change %u, acknowledged at %llu ms, is lost",
                         change->number, (unsigned long long)(change->acked_at / SIM_MS));
            return false;
        }
    }
    return true;
}
