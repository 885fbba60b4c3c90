/* pacemaker-fenced: start, clients, peers, and the fencing core's effects (fencer.md §1-§3, §7). */
#include "config.h"
#include "stonithd/fenced.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"
#include "stonithd/fenced_options.h"

fenced_t fenced;

static GMainLoop *mainloop;
static int exit_status;

/* What we keep of a client. */
typedef struct {
    unsigned subscriptions;              /* bits of subscription_bit() */
    uint32_t sync_request;               /* id of the synchronous call under way, 0 = none */
    uint32_t sync_flags;
} client_data_t;

void fenced_quit(int status)
{
    exit_status = status;
    fenced.stopping = true;
    if (g_main_loop_is_running(mainloop)) {
        g_main_loop_quit(mainloop);
    } else {
        daemon_exit((crm_exit_t)status);
    }
}

/* ---- sending ---- */

void fenced_send(const char *node, const xmlNode *msg)
{
    if (fenced.cluster == NULL) {
        log_debug("No cluster to send %s to", xml_get(msg, "st_op"));
        return;
    }
    const peer_t *to = node != NULL ? peers_find(fenced.peers, 0, node) : NULL;
    if (node != NULL && to == NULL) {
        log_warn("Cannot send %s to %s: unknown node", xml_get(msg, "st_op"), node);
        return;
    }
    int rc = cluster_send(fenced.cluster, to, CMSG_STONITH_NG, msg);
    if (rc < 0) {
        log_err("Cannot send %s to %s: %s", xml_get(msg, "st_op"), node != NULL ? node : "all",
                pcmk_strerror(rc));
    }
}

void fenced_reply_client(const char *client_id, unsigned options, const xmlNode *msg)
{
    ipc_client_t *client = client_id != NULL ? ipc_server_find(fenced.ipc, client_id) : NULL;
    int rc;

    if (client == NULL || client->data == NULL) {
        log_trace("Client %s is not connected here", client_id != NULL ? client_id : "");
        return;
    }
    client_data_t *data = client->data;
    if ((options & ST_OPT_SYNC_CALL) != 0 && data->sync_request != 0) {
        rc = ipc_respond(client, data->sync_request, data->sync_flags, msg);
        data->sync_request = 0;
    } else {
        rc = ipc_send_event(client, msg);
    }
    if (rc < 0) {
        log_warn("Could not answer client %s: %s", client->name != NULL ? client->name : client->id,
                 pcmk_strerror(rc));
    }
}

/* ---- notifications ---- */

static unsigned subscription_bit(const char *type)
{
    static const struct {
        const char *type;
        unsigned bit;
    } bits[] = {
        {ST_NOTIFY_FENCE, 1},    {ST_NOTIFY_DEVICE_REGISTER, 4}, {ST_NOTIFY_DEVICE_REMOVE, 16},
        {ST_NOTIFY_HISTORY, 32}, {ST_NOTIFY_HISTORY_SYNCED, 64},
    };

    for (size_t i = 0; type != NULL && i < G_N_ELEMENTS(bits); i++) {
        if (strcmp(type, bits[i].type) == 0) {
            return bits[i].bit;
        }
    }
    return 0;
}

typedef struct {
    const xmlNode *msg;
    unsigned bit;                        /* 0: everybody hears of it */
} notice_t;

static void notify_client(ipc_client_t *client, void *arg)
{
    const notice_t *notice = arg;
    const client_data_t *data = client->data;

    if (data != NULL && (notice->bit == 0 || (data->subscriptions & notice->bit) != 0)) {
        int rc = ipc_send_event(client, notice->msg);
        if (rc < 0) {
            log_warn("Could not notify client %s: %s", client->name != NULL ? client->name : client->id,
                     pcmk_strerror(rc));
        }
    }
}

void fenced_notify(const char *type, const fence_result_t *result, const xmlNode *data)
{
    XML_AUTO xmlNode *msg = fenced_new_notice(type, result, data);
    notice_t notice = {msg, subscription_bit(type)};
    ipc_server_foreach(fenced.ipc, notify_client, &notice);
}

static void notify_device(const char *type, const fence_result_t *result, const char *id, unsigned active)
{
    XML_AUTO xmlNode *data = xml_new(type);

    xml_set(data, "st_device_id", id);
    xml_set_int(data, "st_active", active);
    fenced_notify(type, result, data);
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

typedef struct {
    fencing_op_t *op;
    enum fencing_timer timer;
    guint source;
} op_timer_t;

static gboolean on_op_timer(gpointer data)
{
    op_timer_t *timer = data;
    fencing_op_t *op = timer->op;
    enum fencing_timer which = timer->timer;

    op->timer[which] = NULL;
    g_free(timer);
    fencing_on_timer(op, which);
    return G_SOURCE_REMOVE;
}

static void fx_disarm(void *arg, fencing_op_t *op, enum fencing_timer which)
{
    op_timer_t *timer = op->timer[which];

    if (timer != NULL) {
        g_source_remove(timer->source);
        g_free(timer);
        op->timer[which] = NULL;
    }
}

static void fx_arm(void *arg, fencing_op_t *op, enum fencing_timer which, unsigned seconds)
{
    op_timer_t *timer = g_new0(op_timer_t, 1);

    fx_disarm(arg, op, which);
    timer->op = op;
    timer->timer = which;
    timer->source = g_timeout_add(seconds > 2000000 ? 2000000000 : seconds * 1000, on_op_timer, timer);
    op->timer[which] = timer;
}

static void fx_now(void *arg, long long *seconds, long *nsec)
{
    gint64 now = g_get_real_time();

    *seconds = now / G_USEC_PER_SEC;
    *nsec = (long)(now % G_USEC_PER_SEC) * 1000;
}

static void fx_uuid(void *arg, char out[37])
{
    uuid_text(out);
}

static bool fx_may_turn_on(void *arg, const char *id)
{
    const device_t *device = devices_find(id);
    const char *action = device != NULL ? device_param(device, "pcmk_reboot_action") : NULL;

    return device != NULL && (device->flags & DEVICE_ON) != 0
           && (action == NULL || strcmp(action, "off") != 0);
}

bool fenced_watchdog_covers(const char *node)
{
    if (fenced.watchdog_ms == 0 || node == NULL) {
        return false;
    }
    for (guint i = 0; i < fenced.watchdog_targets->len; i++) {
        if (strcasecmp(g_ptr_array_index(fenced.watchdog_targets, i), node) == 0) {
            return true;
        }
    }
    return fenced.watchdog_targets->len == 0;
}

static unsigned fx_watchdog_s(void *arg, const char *target)
{
    return fenced_watchdog_covers(target) ? (unsigned)(fenced.watchdog_ms / 1000) : 0;
}

static bool fx_node_has_attribute(void *arg, const char *node, const char *attribute, const char *value)
{
    return fenced_node_has_attribute(node, attribute, value);
}

static fencing_ops_t effects = {
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

/* ---- requests ---- */

/* One request of a client, on its way. */
typedef struct {
    ipc_client_t *client;
    xmlNode *request;
    fence_result_t result;               /* the answer ... */
    xmlNode *data;                       /* ... and what goes with it; freed by the dispatcher */
    bool answered;                       /* somebody else answers, now or later */
} call_t;

static void do_execute(call_t *call)
{
    local_execute(call->request, &call->result, &call->answered);
}

static void do_query(call_t *call)
{
    call->answered = true;
    local_query(call->request, NULL);
}

static void do_fence(call_t *call)
{
    call->answered = true;
    if (fenced.stand_alone) {
        local_fence(call->request, NULL);
    } else {
        call->answered = fencing_request(fenced.core, call->request, &call->result);
    }
}

static void broadcast_cleanup(const char *target)
{
    XML_AUTO xmlNode *msg = xml_new("stonith_command");
    XML_AUTO xmlNode *data = xml_new("stonith_send_broadcast_history");

    xml_set(msg, "t", "stonith-ng");
    xml_set(msg, "subt", "broadcast");
    xml_set(msg, "st_op", "st_fence_history");
    xml_set_int(msg, "st_callopt", ST_OPT_CLEANUP | ST_OPT_DISCARD_REPLY);
    xml_set(data, "st_target", target);
    message_add_child(msg, "st_calldata", data);
    fenced_send(NULL, msg);
}

static void do_history(call_t *call)
{
    unsigned options = (unsigned)xml_int_or(call->request, "st_callopt", 0);
    const char *target = xml_get(message_child(call->request, "st_calldata"), "st_target");

    fence_result_set(&call->result, CRM_EX_OK, EXEC_DONE, NULL);
    if ((options & ST_OPT_CLEANUP) != 0) {
        if (fenced.stand_alone) {
            fencing_history_clean(fenced.core, target);
        } else {
            broadcast_cleanup(target);
        }
    } else if ((options & ST_OPT_BROADCAST) != 0) {
        fenced_notify(ST_NOTIFY_HISTORY_SYNCED, NULL, NULL);
        fenced_broadcast_history();
    } else {
        call->data = xml_new("st_history");
        fencing_history_list(fenced.core, target, call->data, false);
        if (xml_first(call->data, NULL) == NULL) {
            xml_free(call->data);
            call->data = NULL;
        }
    }
}

static bool must_be_privileged(call_t *call, const char *text)
{
    if (call->client->privileged) {
        return true;
    }
    log_warn("Rejecting request of unprivileged client %s", call->client->name);
    fence_result_set(&call->result, CRM_EX_INSUFFICIENT_PRIV, EXEC_INVALID, text);
    return false;
}

static void set_missing(fence_result_t *result)
{
    fence_result_set(result, CRM_EX_PROTOCOL, EXEC_INVALID,
                     "Fencer API request missing required information (bug?)");
}

static void do_device_register(call_t *call)
{
    const xmlNode *definition = xml_find_below(call->request, "st_device_id", 8);

    if (!must_be_privileged(call, "Unprivileged users must register device via CIB")) {
        notify_device(ST_NOTIFY_DEVICE_REGISTER, &call->result, xml_id(definition), devices_count());
        return;
    }
    if (definition == NULL || xml_id(definition) == NULL || xml_get(definition, "agent") == NULL) {
        set_missing(&call->result);
    } else {
        int rc = devices_register(definition, false);
        fence_result_set(&call->result, rc == 0 ? CRM_EX_OK : CRM_EX_ERROR,
                         rc == 0         ? EXEC_DONE
                         : rc == -ENODEV ? EXEC_NO_FENCE_DEVICE
                                         : EXEC_ERROR,
                         rc == 0 ? NULL : pcmk_strerror(rc));
    }
    notify_device(ST_NOTIFY_DEVICE_REGISTER, &call->result, xml_id(definition), devices_count());
}

static void do_device_remove(call_t *call)
{
    const xmlNode *definition = xml_find_below(call->request, "st_device_id", 8);

    if (must_be_privileged(call, "Unprivileged users must delete device via CIB")) {
        devices_remove(xml_id(definition), false);
        fence_result_set(&call->result, CRM_EX_OK, EXEC_DONE, NULL);
    }
    notify_device(ST_NOTIFY_DEVICE_REMOVE, &call->result, xml_id(definition), devices_count());
}

static void change_level(call_t *call, const char *refusal, const char *type,
                         void (*change)(topology_t *, const xmlNode *, fence_result_t *, char **))
{
    const xmlNode *level = xml_find_below(call->request, "fencing-level", 8);
    char *desc = NULL;

    if (must_be_privileged(call, refusal)) {
        if (level == NULL) {
            set_missing(&call->result);
        } else {
            change(fencing_topology(fenced.core), level, &call->result, &desc);
        }
    }
    notify_device(type, &call->result, desc, topology_size(fencing_topology(fenced.core)));
    g_free(desc);
}

static void do_level_add(call_t *call)
{
    change_level(call, "Unprivileged users must add level via CIB", ST_NOTIFY_LEVEL_ADD, topology_add);
}

static void do_level_remove(call_t *call)
{
    change_level(call, "Unprivileged users must delete level via CIB", ST_NOTIFY_LEVEL_REMOVE,
                 topology_remove);
}

static const struct {
    const char *op;
    void (*handle)(call_t *call);
} handlers[] = {
    {"st_execute", do_execute},
    {"st_query", do_query},
    {"st_fence", do_fence},
    {"st_fence_history", do_history},
    {"st_device_register", do_device_register},
    {"st_device_remove", do_device_remove},
    {"st_level_add", do_level_add},
    {"st_level_remove", do_level_remove},
};

static void dispatch(call_t *call, const char *op)
{
    for (size_t i = 0; i < G_N_ELEMENTS(handlers); i++) {
        if (strcmp(op, handlers[i].op) == 0) {
            handlers[i].handle(call);
            return;
        }
    }
    char *reason = g_strdup_printf("Unknown IPC request type '%s' (bug?)", op);
    log_err("Unknown request type '%s' of client %s", op, call->client->name);
    fence_result_set(&call->result, CRM_EX_PROTOCOL, EXEC_INVALID, reason);
    g_free(reason);
}

/* ---- clients ---- */

static void answer_hello(ipc_client_t *client, uint32_t id, uint32_t flags)
{
    XML_AUTO xmlNode *reply = xml_new("reply");

    xml_set(reply, "st_op", "register");
    xml_set(reply, "st_clientid", client->id);
    ipc_respond(client, id, flags, reply);
}

static void subscribe(ipc_client_t *client, uint32_t id, uint32_t flags, const xmlNode *request)
{
    client_data_t *data = client->data;

    data->subscriptions |= subscription_bit(xml_get(request, "st_notify_activate"));
    data->subscriptions &= ~subscription_bit(xml_get(request, "st_notify_deactivate"));
    ipc_ack(client, id, flags, "ack", CRM_EX_OK);
}

static void relay_node_removal(xmlNode *request)
{
    xml_set(request, "t", "stonith-ng");
    xml_set(request, "st_op", xml_get(request, "crm_task"));
    if (fenced.cluster != NULL) {
        fenced_send(NULL, request);
    } else {
        fenced_forget_node(request);
    }
}

static void set_client_name(ipc_client_t *client, const xmlNode *msg)
{
    const char *name = xml_get(msg, "st_clientname");

    if (client->name == NULL) {
        char *full = g_strdup_printf("%s.%u", name != NULL ? name : "unknown", (unsigned)client->pid);
        ipc_client_set_name(client, full);
        g_free(full);
    }
}

static void on_request(ipc_client_t *client, uint32_t id, uint32_t flags, xmlNode *msg)
{
    client_data_t *data = client->data;
    call_t call = {.client = client, .request = msg};

    if (msg == NULL) {
        ipc_ack(client, id, flags, "nack", CRM_EX_PROTOCOL);
        return;
    }
    const char *op = xml_get(msg, "st_op"), *task = xml_get(msg, "crm_task");
    set_client_name(client, msg);
    if (task != NULL && strcmp(task, "rm_node_cache") == 0) {
        relay_node_removal(msg);
        return;
    }
    unsigned options = (unsigned)xml_int_or(msg, "st_callopt", 0);
    xml_set(msg, "st_clientid", client->id);
    xml_set(msg, "st_clientname", client->name);
    xml_set(msg, "st_clientnode", fenced.own_name);
    if (op == NULL) {
        op = "";
    }
    if (strcmp(op, "register") == 0) {
        answer_hello(client, id, flags);
        return;
    }
    if (strcmp(op, "st_notify") == 0) {
        subscribe(client, id, flags, msg);
        return;
    }
    if ((options & ST_OPT_SYNC_CALL) != 0) {
        data->sync_request = id;
        data->sync_flags = flags;
    }
    log_debug("Processing %s of client %s (call options 0x%x)", op, client->name, options);
    dispatch(&call, op);
    if (!call.answered && (options & ST_OPT_DISCARD_REPLY) == 0) {
        XML_AUTO xmlNode *reply = fenced_new_reply(msg, &call.result, call.data);
        fenced_reply_client(client->id, options, reply);
    }
    xml_free(call.data);
    fence_result_clear(&call.result);
}

static int on_accept(ipc_server_t *server, uid_t uid, gid_t gid)
{
    return fenced.stopping ? -EPERM : 0;
}

static void on_connected(ipc_client_t *client)
{
    client->data = g_new0(client_data_t, 1);
}

static void on_closed(ipc_client_t *client)
{
    g_free(client->data);
    client->data = NULL;
}

static const ipc_server_ops_t ipc_ops = {
    .accept = on_accept, .connected = on_connected, .request = on_request, .closed = on_closed,
};

/* ---- peers ---- */

static void on_peer_message(cluster_t *cluster, peer_t *from, xmlNode *msg, void *arg)
{
    fenced_peer_message(from, msg);
}

static void on_cluster_lost(cluster_t *cluster, void *arg)
{
    if (!fenced.stopping) {
        log_crit("Lost connection to the cluster, ending");
        fenced_quit(CRM_EX_OK);
    }
}

static const cluster_ops_t cluster_ops = {.message = on_peer_message, .lost = on_cluster_lost};

/* Let a peer that changed learn our name. */
static void on_peer_changed(peers_t *peers, enum peer_change what, peer_t *peer, enum peer_state old_state,
                            uint32_t old_processes, void *arg)
{
    if (what != PEER_PROCESSES && what != PEER_REMOVED && !peer->remote && fenced.cluster != NULL) {
        XML_AUTO xmlNode *poke = xml_new("stonith_command");

        xml_set(poke, "__name__", "stonith_command");
        xml_set(poke, "t", "stonith-ng");
        xml_set(poke, "st_op", "poke");
        fenced_send(NULL, poke);
    }
}

/* ---- process ---- */

static void on_sigterm(int signum)
{
    fenced_quit(CRM_EX_OK);
}

static void usage(FILE *stream)
{
    fprintf(stream, "Usage: " FENCED_NAME " [options] [metadata]\n\n"
                    "Fences nodes for the cluster; started by the cluster.\n\n"
                    "  -s, --stand-alone         Intended for use in regression testing only\n"
                    "  -c, --stand-alone-w-cpg   Intended for use in regression testing only\n"
                    "  -l, --logfile FILE        Send logs to the additional named logfile\n"
                    "  -V, --verbose             Increase debug output\n"
                    "  -?, --help                Show this text\n"
                    "  -$, --version             Show the version\n");
}

static unsigned parse_options(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"stand-alone", no_argument, NULL, 's'},
        {"stand-alone-w-cpg", no_argument, NULL, 'c'},
        {"logfile", required_argument, NULL, 'l'},
        {"verbose", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, '?'},
        {"version", no_argument, NULL, '$'},
        {NULL, 0, NULL, 0},
    };
    unsigned verbosity = 0;
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "scl:V?$", long_options, NULL)) != -1) {
        switch (option) {
            case 's':
                fenced.stand_alone = fenced.without_cib = true;
                break;
            case 'c':
                fenced.without_cib = true;
                break;
            case 'l':
                env_option_set("logfile", optarg);
                break;
            case 'V':
                verbosity++;
                break;
            case '$':
                printf("Pacemaker %s\nWritten by Andrew Beekhof and the Pacemaker project contributors\n",
                       PACEMAKER_VERSION);
                exit(CRM_EX_OK);
            default: {
                bool asked = strcmp(argv[optind - 1], "-?") == 0 || strcmp(argv[optind - 1], "--help") == 0;
                usage(asked ? stdout : stderr);
                exit(asked ? CRM_EX_OK : CRM_EX_USAGE);
            }
        }
    }
    if (optind < argc && strcmp(argv[optind], "metadata") == 0) {
        fenced_print_metadata();
        exit(CRM_EX_OK);
    }
    return verbosity;
}

/* Is there a fencer here already? */
static bool already_running(void)
{
    static const ipc_conn_ops_t none = {0};
    int rc = 0;
    ipc_conn_t *conn = ipc_connect("stonith-ng", 0, &none, NULL, &rc);

    if (conn != NULL) {
        ipc_disconnect(conn);
    }
    return conn != NULL;
}

static void join_cluster(void)
{
    int rc = 0;

    if (fenced.stand_alone) {
        fenced.own_name = g_strdup("localhost");
        return;
    }
    fenced.peers = peers_new(true, NULL);
    peers_on_change(fenced.peers, on_peer_changed, NULL);
    fenced.cluster = cluster_connect("stonith-ng", fenced.peers, &cluster_ops, NULL, &rc);
    if (fenced.cluster == NULL) {
        log_crit("Cannot sign in to the cluster: %s", pcmk_strerror(rc));
        daemon_exit(daemon_start_status(rc));
    }
    fenced.own_name = g_strdup(cluster_local_name(fenced.cluster));
}

static void start_serving(void)
{
    int rc = 0;

    fenced.watchdog_targets = g_ptr_array_new_with_free_func(g_free);
    devices_init();
    join_cluster();
    if (fenced.stand_alone) {
        effects.node_has_attribute = NULL;
    }
    char *client_name = g_strdup_printf(FENCED_NAME ".%d", (int)getpid());
    fenced.core = fencing_new(fenced.own_name, client_name, &effects, NULL);
    g_free(client_name);
    fenced.ipc = ipc_server_new("stonith-ng", IPC_NATIVE, true, &ipc_ops, NULL, &rc);
    if (fenced.ipc == NULL) {
        log_crit("Could not create IPC server 'stonith-ng': %s", pcmk_strerror(rc));
        daemon_exit(daemon_start_status(rc));
    }
    if (!fenced.without_cib && fenced_cib_start() < 0) {
        daemon_exit(CRM_EX_OK);          /* to be started again, when the CIB is there */
    }
}

static void stop_serving(void)
{
    fenced.stopping = true;
    fenced_cib_stop();
    if (fenced.cluster != NULL) {
        cluster_disconnect(fenced.cluster);
        fenced.cluster = NULL;
    }
    fencing_free(fenced.core);
    devices_free();
    ipc_server_free(fenced.ipc);
    if (fenced.peers != NULL) {
        peers_free(fenced.peers);
    }
    g_ptr_array_unref(fenced.watchdog_targets);
    g_free(fenced.own_name);
    g_main_loop_unref(mainloop);
}

int main(int argc, char **argv)
{
    unsigned verbosity = parse_options(argc, argv);

    daemon_log_init(FENCED_NAME, verbosity);
    log_notice("Starting Pacemaker fencer");
    if (already_running()) {
        log_crit("Aborting start-up: a fencer instance is already active");
        daemon_exit(CRM_EX_OK);
    }
    mainloop = g_main_loop_new(NULL, FALSE);
    mainloop_add_signal(SIGTERM, on_sigterm);
    start_serving();
    log_notice("Pacemaker fencer successfully started and accepting connections");
    g_main_loop_run(mainloop);
    log_notice("Stopping Pacemaker fencer");
    stop_serving();
    daemon_exit((crm_exit_t)exit_status);
}
