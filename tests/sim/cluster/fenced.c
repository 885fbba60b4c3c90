/* The fencer: the real core, the real search for devices and handling of peers (stonithd/fenced_local.c,
 * fenced_peers.c), with devices whose agents use the power switch.
 *
 * Those two files know one fencer a process: its state is put in place before each event. */
#include "tests/sim/cluster/cluster.h"

#include <errno.h>
#include "cib/cib_client.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "stonithd/cib_devices.h"
#include "stonithd/fenced.h"

#define RETRY_US (500 * SIM_MS)
#define CIB_TRIES 20u
#define QUERY_TIMEOUT_S 120u
#define CONTROLLER "pacemaker-controld"

static const char metadata_text[] =
    "<resource-agent name='fence_switch'><parameters><parameter name='port'/></parameters><actions>"
    "<action name='on'/><action name='off'/><action name='reboot'/><action name='status'/>"
    "<action name='list'/><action name='monitor'/></actions></resource-agent>";

struct fenced_shell {
    fenced_t state;                 /* while another fencer is in place */
    bool dead;
    unsigned tries;
    GPtrArray *devices;             /* device_t */
    GList *commands;                /* command_t under way */
    bool querying, again;
    uint32_t cib_life;
};

fenced_t fenced;
static struct host *in_place;

static struct fenced_shell *enter(struct host *h)
{
    if (in_place != NULL && in_place->fenced != NULL) {
        in_place->fenced->state = fenced;
    }
    fenced = h->fenced->state;
    in_place = h;
    return h->fenced;
}

static struct daemon *present_daemon(void)
{
    return daemon_of(in_place, FENCED);
}

/* ---- what the fencer's files want of the daemon ---- */

static void free_tree(gpointer data)
{
    xml_free(data);
}

static void take_answer(void *owner, void *data)
{
    controld_fence_message(owner, data);
}

static void tell_controller(const xmlNode *msg)
{
    struct daemon *d = daemon_of(in_place, CONTROLD);

    if (d->running && !in_place->fenced->dead) {
        daemon_post(d, FENCED, take_answer, xml_copy(msg), free_tree);
    }
}

void fenced_send(const char *node, const xmlNode *msg)
{
    if (!in_place->fenced->dead) {
        group_send(present_daemon(), node, CMSG_STONITH_NG, msg);
    }
}

void fenced_reply_client(const char *client_id, unsigned options, const xmlNode *msg)
{
    char own[32];

    snprintf(own, sizeof own, CONTROLLER ".%d", (int)daemon_of(in_place, CONTROLD)->pid);
    if (client_id != NULL && strcmp(client_id, own) == 0) {
        tell_controller(msg);
    }
}

void fenced_notify(const char *type, const fence_result_t *result, const xmlNode *data)
{
    XML_AUTO xmlNode *msg = fenced_new_notice(type, result, data);

    tell_controller(msg);
}

bool fenced_watchdog_covers(const char *node)
{
    return false;
}

/* ---- devices ---- */

device_t *devices_find(const char *id)
{
    GPtrArray *devices = in_place->fenced->devices;

    for (guint i = 0; id != NULL && !in_place->fenced->dead && i < devices->len; i++) {
        if (strcmp(((device_t *)g_ptr_array_index(devices, i))->id, id) == 0) {
            return g_ptr_array_index(devices, i);
        }
    }
    return NULL;
}

void devices_foreach(void (*fn)(device_t *device, void *arg), void *arg)
{
    GPtrArray *devices = in_place->fenced->devices;

    for (guint i = 0; i < devices->len; i++) {
        fn(g_ptr_array_index(devices, i), arg);
    }
}

static void drop_if_unused(device_t *device)
{
    if (!device->api_registered && !device->cib_registered) {
        g_ptr_array_remove(in_place->fenced->devices, device);
    }
}

/* device is taken. */
static void add(device_t *device, bool from_cib)
{
    device_t *old = devices_find(device->id);
    XML_AUTO xmlNode *metadata = xml_parse(metadata_text, NULL);

    if (old == NULL || !device_equal(old, device)) {
        if (old != NULL) {
            device->api_registered = old->api_registered;
            g_ptr_array_remove(in_place->fenced->devices, old);
        }
        device_apply_metadata(device, metadata);
        g_ptr_array_add(in_place->fenced->devices, device);
        old = device;
    } else {
        device_free(device);
    }
    if (from_cib) {
        old->cib_registered = true;
    } else {
        old->api_registered = true;
    }
}

static void add_from_cib(device_t *device, void *arg)
{
    add(device, true);
}

static void update_devices(struct host *h)
{
    GPtrArray *devices = h->fenced->devices;
    struct iso_now now = {.epoch = host_wall(h)};
    GPtrArray *before = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < devices->len; i++) {
        device_t *device = g_ptr_array_index(devices, i);

        if (device->cib_registered) {
            g_ptr_array_add(before, g_strdup(device->id));
            device->cib_registered = false;
        }
    }
    cib_devices(fenced.cib, h->name, now, add_from_cib, NULL);
    for (guint i = 0; i < before->len; i++) {
        device_t *device = devices_find(g_ptr_array_index(before, i));

        if (device != NULL && !device->cib_registered) {
            device->api_registered = false;
            drop_if_unused(device);
        }
    }
    g_ptr_array_unref(before);
}

int fenced_device_register(struct host *h, const char *id, const char *agent, const char *provider,
                           GHashTable *params)
{
    if (!daemon_of(h, FENCED)->serving) {
        return -ENOTCONN;
    }
    enter(h);
    GHashTable *copy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    GHashTableIter iter;
    gpointer name, value;

    g_hash_table_iter_init(&iter, params);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        g_hash_table_insert(copy, g_strdup(name), g_strdup(value));
    }
    add(device_new(id, agent, provider, copy, false), false);
    return 0;
}

int fenced_device_remove(struct host *h, const char *id)
{
    if (!daemon_of(h, FENCED)->serving) {
        return -ENOTCONN;
    }
    enter(h);
    device_t *device = devices_find(id);

    if (device != NULL) {
        device->api_registered = device->verified = false;
        drop_if_unused(device);
    }
    return 0;
}

bool fenced_device_active(struct host *h, const char *id)
{
    if (!daemon_of(h, FENCED)->serving) {
        return false;
    }
    enter(h);
    device_t *device = devices_find(id);

    if (device != NULL && device->api_registered) {
        device->verified = true;
    }
    return device != NULL && device->api_registered;
}

/* ---- commands ---- */

struct command {
    struct host *host;
    char *device;
    command_done_fn done;
    void *arg;
};

const char *command_device(const command_t *command)
{
    return command->device;
}

void commands_merge(const command_t *command, const fence_result_t *result)
{
}

bool command_was_merged(const command_t *command)
{
    return false;
}

static void command_free(gpointer data)
{
    command_t *command = data;

    g_free(command->device);
    g_free(command);
}

static void command_end(command_t *command, bool ok)
{
    struct fenced_shell *f = command->host->fenced;
    fence_result_t result = {0};

    f->commands = g_list_remove(f->commands, command);
    fence_result_set(&result, ok ? CRM_EX_OK : CRM_EX_ERROR, ok ? EXEC_DONE : EXEC_ERROR,
                     ok ? NULL : "the switch does not answer");
    command->done(command, &result, command->arg);
    fence_result_clear(&result);
}

static void switched(void *arg, bool ok)
{
    command_t *command = arg;

    enter(command->host);
    command_end(command, ok);
}

command_t *command_start(device_t *device, const command_spec_t *spec, command_done_fn done, void *arg)
{
    command_t *command = g_new(command_t, 1);

    *command = (command_t){in_place, g_strdup(device->id), done, arg};
    in_place->fenced->commands = g_list_append(in_place->fenced->commands, command);
    power_switch(present_daemon(), device_real_action(device, spec->action),
                 spec->target != NULL ? spec->target : "", switched, command, command_free);
    return command;
}

/* ---- effects of the core ---- */

static void fx_send(void *arg, const char *node, const xmlNode *msg)
{
    fenced_send(node, msg);
}

static void fx_reply(void *arg, const char *client_id, unsigned options, const xmlNode *msg)
{
    fenced_reply_client(client_id, options, msg);
}

static void fx_notify(void *arg, const char *type, const fence_result_t *result, const xmlNode *data)
{
    fenced_notify(type, result, data);
}

struct op_timer {
    fencing_op_t *op;
    enum fencing_timer which;
};

static void op_timer(void *owner, void *data)
{
    struct op_timer *timer = data;

    enter(((struct daemon *)owner)->host);
    timer->op->timer[timer->which] = NULL;
    fencing_on_timer(timer->op, timer->which);
}

static void fx_disarm(void *arg, fencing_op_t *op, enum fencing_timer which)
{
    task_cancel(GPOINTER_TO_SIZE(op->timer[which]));
    op->timer[which] = NULL;
}

static void fx_arm(void *arg, fencing_op_t *op, enum fencing_timer which, unsigned seconds)
{
    struct op_timer *timer = g_new(struct op_timer, 1);

    fx_disarm(arg, op, which);
    *timer = (struct op_timer){op, which};
    op->timer[which] = GSIZE_TO_POINTER(daemon_task(arg, seconds * SIM_SECOND, op_timer, timer, g_free));
}

static void fx_now(void *arg, long long *seconds, long *nsec)
{
    struct host *h = ((struct daemon *)arg)->host;

    *seconds = host_wall(h);
    *nsec = (long)(h->cluster->sim->now % SIM_SECOND) * 1000;
}

static void fx_uuid(void *arg, char out[37])
{
    struct host *h = ((struct daemon *)arg)->host;

    snprintf(out, 37, "%08u-0000-4000-8000-%012x", ++h->cluster->next_uuid, h->index);
}

static bool fx_may_turn_on(void *arg, const char *id)
{
    const device_t *device = devices_find(id);

    return device != NULL && (device->flags & DEVICE_ON) != 0;
}

static bool fx_node_has_attribute(void *arg, const char *node, const char *attribute, const char *value)
{
    return fenced.cib != NULL && cib_node_has_attribute(fenced.cib, node, attribute, value);
}

static unsigned fx_watchdog_s(void *arg, const char *target)
{
    return 0;
}

static const fencing_ops_t ops = {
    .send = fx_send,
    .reply = fx_reply,
    .notify = fx_notify,
    .arm = fx_arm,
    .disarm = fx_disarm,
    .now = fx_now,
    .uuid = fx_uuid,
    .active_peers = fenced_active_peers,
    .peer_active = fenced_peer_active,
    .other_peer = fenced_other_peer,
    .may_turn_on = fx_may_turn_on,
    .node_has_attribute = fx_node_has_attribute,
    .watchdog_s = fx_watchdog_s,
};

/* ---- the CIB ---- */

static void fetch(struct daemon *d);

static void fetched(struct daemon *d, int call, int rc, const xmlNode *output, void *arg)
{
    struct fenced_shell *f = enter(d->host);

    f->querying = false;
    if (rc == 0 && output != NULL) {
        xml_free(fenced.cib);
        fenced.cib = xml_copy(output);
        topology_clear(fencing_topology(fenced.core));
        xml_foreach (level, cib_section(fenced.cib, "fencing-topology"), "fencing-level") {
            fence_result_t result = {0};
            char *desc = NULL;

            topology_add(fencing_topology(fenced.core), level, &result, &desc);
            fence_result_clear(&result);
            g_free(desc);
        }
        update_devices(d->host);
    }
    if (f->again) {
        fetch(d);
    }
}

static void fetch(struct daemon *d)
{
    struct fenced_shell *f = d->host->fenced;

    f->again = f->querying;
    if (!f->querying) {
        f->querying = based_call(d, CIB_OP_QUERY, NULL, NULL, NULL, CIB_OPT_SCOPE_LOCAL, QUERY_TIMEOUT_S,
                                 fetched, NULL, NULL) > 0;
    }
}

void fenced_cib_notify(struct daemon *d, const char *type, const xmlNode *message)
{
    long long rc = 0;
    const xmlNode *patch = xml_first(xml_first(message, "cib_update_result"), NULL);

    if (strcmp(type, CIB_NOTIFY_DIFF) == 0 && daemon_of(d->host, FENCED)->serving && patch != NULL
        && (xml_get_int(message, "cib_rc", &rc) != 0 || rc >= 0) && cib_patch_matters(patch)) {
        fetch(d);
    }
}

/* ---- start and end ---- */

static void on_peer_changed(peers_t *peers, enum peer_change what, peer_t *peer, enum peer_state old_state,
                            uint32_t old_processes, void *arg)
{
    struct daemon *d = arg;

    if (what != PEER_PROCESSES && what != PEER_REMOVED && !peer->remote && d->connected) {
        XML_AUTO xmlNode *poke = xml_new("stonith_command");

        xml_set(poke, "__name__", "stonith_command");
        xml_set(poke, "t", "stonith-ng");
        xml_set(poke, "st_op", "poke");
        group_send(d, NULL, CMSG_STONITH_NG, poke);
    }
}

static void connect_cib(void *owner, void *data)
{
    struct daemon *d = owner;
    struct fenced_shell *f = d->host->fenced;

    if (daemon_of(d->host, BASED)->serving) {
        fetch(d);
    } else if (++f->tries < CIB_TRIES) {
        daemon_task(d, RETRY_US, connect_cib, NULL, NULL);
    } else {
        daemon_exit_soon(d, CRM_EX_OK);
    }
}

static void begin(void *owner, void *data)
{
    struct daemon *d = owner;
    char name[32];

    if (!group_ready(d->host) || !group_join(d, true)) {
        daemon_task(d, RETRY_US, begin, NULL, NULL);
        return;
    }
    enter(d->host);
    fenced.peers = d->peers;
    snprintf(name, sizeof name, FENCED_NAME ".%d", (int)d->pid);
    fenced.own_name = g_strdup(d->host->name);
    fenced.core = fencing_new(d->host->name, name, &ops, d);
    daemon_serves(d);
    connect_cib(d, NULL);
}

static void device_destroy(gpointer data)
{
    device_free(data);
}

void fenced_start(struct daemon *d)
{
    struct fenced_shell *f = d->host->fenced = g_new0(struct fenced_shell, 1);

    f->devices = g_ptr_array_new_with_free_func(device_destroy);
    d->peers = peers_new(true, NULL);
    peers_on_change(d->peers, on_peer_changed, d);
    daemon_task(d, SIM_MS, begin, NULL, NULL);
}

void fenced_stop(struct daemon *d)
{
    struct fenced_shell *f = enter(d->host);

    f->dead = true;
    while (f->commands != NULL) {
        command_end(f->commands->data, false);
    }
    if (fenced.core != NULL) {
        fencing_free(fenced.core);
    }
    xml_free(fenced.cib);
    g_free(fenced.own_name);
    g_ptr_array_unref(f->devices);
    peers_free(d->peers);
    d->peers = NULL;
    g_free(f);
    d->host->fenced = NULL;
    in_place = NULL;
}

/* ---- events ---- */

void fenced_message(struct daemon *d, peer_t *from, xmlNode *msg)
{
    enter(d->host);
    if (fenced.core != NULL) {
        fenced_peer_message(from, msg);
    }
}

static void take_request(void *owner, void *data)
{
    struct daemon *d = owner;
    xmlNode *request = data;
    fence_result_t result = {0};

    enter(d->host);
    if (fenced.core == NULL) {
        return;
    }
    xml_set(request, "st_clientnode", fenced.own_name);
    if (strcmp(xml_get(request, "st_op"), "st_fence_history") == 0) {
        fenced_notify(ST_NOTIFY_HISTORY_SYNCED, NULL, NULL);
        fenced_broadcast_history();
    } else if (!fencing_request(fenced.core, request, &result)) {
        XML_AUTO xmlNode *reply = fenced_new_reply(request, &result, NULL);

        tell_controller(reply);
    }
    fence_result_clear(&result);
}

int fenced_call(struct host *h, xmlNode *request)
{
    struct daemon *controld = daemon_of(h, CONTROLD);

    if (!daemon_of(h, FENCED)->serving) {
        xml_free(request);
        return -ENOTCONN;
    }
    xml_setf(request, "st_clientid", CONTROLLER ".%d", (int)controld->pid);
    xml_setf(request, "st_clientname", CONTROLLER ".%d", (int)controld->pid);
    daemon_post(daemon_of(h, FENCED), CONTROLD, take_request, request, free_tree);
    return 0;
}
