/* pacemaker-attrd: the attribute manager's daemon around its core (attrd_core.h). */
#include "config.h"

#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "cib/cib_client.h"
#include "pacemaker/attrd/attrd_alerts.h"
#include "pacemaker/attrd/attrd_core.h"
#include "pacemaker/cluster/cluster.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/xml.h"

#define DAEMON_NAME "pacemaker-attrd"
#define SERVICE "attrd"
#define CIB_TRIES 60
#define CIB_PAUSE_MAX_MS 2000u
#define CIB_TIMEOUT_SEC 120u
#define ALERTS_DELAY_MS 100u            /* changes of the alerts are read together */

static struct {
    GMainLoop *loop;
    cluster_t *cluster;
    peers_t *peers;
    cib_t *cib;
    attrd_t *core;
    ipc_server_t *server;
    GHashTable *timers;         /* attribute -> GLib source */
    guint election_timer, alerts_source;
    bool stopping;
    crm_exit_t status;
} self;

static void stop(crm_exit_t status)
{
    self.stopping = true;
    if (self.status == CRM_EX_OK) {
        self.status = status;
    }
    if (self.core != NULL) {
        attrd_shut_down(self.core);
    }
    if (self.server != NULL) {
        ipc_server_stop_accepting(self.server);
    }
    g_main_loop_quit(self.loop);
}

/* ---- effects of the core ---- */

static void send_to_peers(void *arg, const char *to, const xmlNode *msg, bool election)
{
    const peer_t *peer = to != NULL ? peers_find(self.peers, 0, to) : NULL;

    if (to != NULL && peer == NULL) {
        log_warn("Cannot send to unknown node %s", to);
        return;
    }
    cluster_send(self.cluster, peer, election ? CMSG_CRMD : CMSG_ATTRD, msg);
}

static void write_done(cib_t *cib, int call_id, int rc, xmlNode *output, void *arg)
{
    attrd_written(self.core, arg, call_id, rc);
}

static int write_to_cib(void *arg, const char *attribute, const xmlNode *update, bool mixed, const char *user)
{
    uint32_t options = CIB_OPT_QUORUM_OVERRIDE | (mixed ? CIB_OPT_MIXED_UPDATE | CIB_OPT_SCOPE_LOCAL : 0);

    cib_set_user(self.cib, user);

    int call = cib_send(self.cib, CIB_OP_MODIFY, NULL, "status", update, options, CIB_TIMEOUT_SEC, write_done,
                        g_strdup(attribute), g_free);

    cib_set_user(self.cib, NULL);
    return call;
}

static gboolean timer_expired(gpointer data)
{
    char *attribute = g_strdup(data);       /* the table's key goes now */

    g_hash_table_remove(self.timers, attribute);
    attrd_timer_expired(self.core, attribute);
    g_free(attribute);
    return G_SOURCE_REMOVE;
}

static void cancel_timer(void *arg, const char *attribute)
{
    guint source = GPOINTER_TO_UINT(g_hash_table_lookup(self.timers, attribute));

    if (source != 0) {
        g_hash_table_remove(self.timers, attribute);
        g_source_remove(source);
    }
}

static void arm_timer(void *arg, const char *attribute, unsigned ms)
{
    char *key = g_strdup(attribute);

    cancel_timer(arg, attribute);
    g_hash_table_insert(self.timers, key,
                        GUINT_TO_POINTER(g_timeout_add_full(G_PRIORITY_DEFAULT, ms, timer_expired,
                                                            g_strdup(attribute), g_free)));
}

static gboolean election_expired(gpointer data)
{
    self.election_timer = 0;
    attrd_election_timer_expired(self.core);
    return G_SOURCE_REMOVE;
}

static void cancel_election(void *arg)
{
    if (self.election_timer != 0) {
        g_source_remove(self.election_timer);
        self.election_timer = 0;
    }
}

static void arm_election(void *arg, unsigned ms)
{
    cancel_election(arg);
    self.election_timer = g_timeout_add(ms, election_expired, NULL);
}

static void send_alert(void *arg, const char *node, uint32_t node_id, const char *attribute,
                       const char *value)
{
    attrd_alerts_send(node, node_id, attribute, value);
}

static void cpu_time(void *arg, long long *sec, long long *usec)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    *sec = usage.ru_utime.tv_sec;
    *usec = usage.ru_utime.tv_usec;
}

static long long monotonic_seconds(void *arg)
{
    return g_get_monotonic_time() / G_USEC_PER_SEC;
}

static long long epoch_seconds(void)
{
    return (long long)time(NULL);
}

/* ---- events for the core ---- */

static void peer_message(cluster_t *cluster, peer_t *from, xmlNode *msg, void *arg)
{
    if (self.core != NULL) {
        attrd_peer_message(self.core, from, msg);
    }
}

static void cluster_lost(cluster_t *cluster, void *arg)
{
    if (!self.stopping) {
        log_crit("Lost connection to the cluster layer, shutting down");
        stop(CRM_EX_DISCONNECT);
    }
}

static void cib_lost(cib_t *cib, void *arg)
{
    if (!self.stopping) {
        log_crit("Lost connection to the CIB manager, shutting down");
        stop(CRM_EX_DISCONNECT);
    }
}

/* ---- alerts ---- */

static void alerts_read(cib_t *cib, int call_id, int rc, xmlNode *output, void *arg)
{
    xmlNode *alerts = xml_is(output, "alerts") ? output : xml_first(output, "alerts");

    if (rc == 0 || rc == -ENXIO) {
        attrd_alerts_read(rc == 0 ? alerts : NULL);
    } else if (!self.stopping) {
        log_err("Could not read the alerts: %s", pcmk_strerror(rc));
    }
}

static void read_alerts(void)
{
    int rc = cib_send(self.cib, CIB_OP_QUERY, NULL, "//alerts", NULL, CIB_OPT_XPATH | CIB_OPT_SCOPE_LOCAL,
                      CIB_TIMEOUT_SEC, alerts_read, NULL, NULL);

    if (rc < 0) {
        log_err("Could not ask for the alerts: %s", pcmk_strerror(rc));
    }
}

static gboolean read_alerts_soon(gpointer data)
{
    self.alerts_source = 0;
    read_alerts();
    return G_SOURCE_REMOVE;
}

/* Does a patch touch the alerts, or the configuration as a whole? */
static bool touches_alerts(const xmlNode *patch)
{
    static const char configuration[] = "/cib/configuration";

    xml_foreach(change, patch, "change") {
        const char *path = xml_get(change, "path");

        if (path == NULL || strncmp(path, configuration, sizeof(configuration) - 1) != 0) {
            continue;
        }
        const char *rest = path + sizeof(configuration) - 1;

        if (strncmp(rest, "/alerts", 7) == 0 ||
            (rest[0] == '\0' && xml_is(xml_first(change, NULL), "alerts"))) {
            return true;
        }
    }
    return false;
}

static void cib_changed(cib_t *cib, const char *event, xmlNode *msg, void *arg)
{
    int rc = 0;
    const xmlNode *patch = cib_notify_patch(msg, &rc);

    if (rc >= 0 && patch != NULL && self.alerts_source == 0 && touches_alerts(patch)) {
        self.alerts_source = g_timeout_add(ALERTS_DELAY_MS, read_alerts_soon, NULL);
    }
}

static void cib_replaced(cib_t *cib, const char *event, xmlNode *msg, void *arg)
{
    long long sections = 0;

    if (xml_get_int(msg, "cib_change_section", &sections) != 0 || (sections & (1 | 4)) != 0) {
        attrd_cib_replaced(self.core);
    }
    if ((sections & 2) != 0 && self.alerts_source == 0) {
        self.alerts_source = g_timeout_add(ALERTS_DELAY_MS, read_alerts_soon, NULL);
    }
}

static int accept_client(ipc_server_t *server, uid_t uid, gid_t gid)
{
    return self.stopping ? -EPERM : 0;
}

static void client_request(ipc_client_t *client, uint32_t id, uint32_t flags, xmlNode *msg)
{
    struct attrd_answer answer = {.kind = ATTRD_ANSWER_NONE};

    if (msg == NULL) {
        ipc_ack_full(client, id, flags, "ack", CRM_EX_PROTOCOL, ATTRD_PROTOCOL_VERSION);
        return;
    }
    ipc_stamp_user(client, msg, "attr_user");
    attrd_request(self.core, msg, &answer);
    if (answer.kind == ATTRD_ANSWER_REPLY) {
        ipc_respond(client, id, flags, answer.reply);
        xml_free(answer.reply);
    } else if (answer.kind == ATTRD_ANSWER_ACK_ALWAYS ||
               (answer.kind == ATTRD_ANSWER_ACK && (flags & IPC_FLAG_CLIENT_RESPONSE) != 0)) {
        ipc_ack_full(client, id, flags, "ack", CRM_EX_INDETERMINATE, ATTRD_PROTOCOL_VERSION);
    }
}

static void terminate(int signum)
{
    log_info("Shutting down");
    stop(CRM_EX_OK);
}

/* ---- start ---- */

static bool already_running(void)
{
    int rc = 0;
    ipc_conn_t *conn = ipc_connect(SERVICE, 0, NULL, NULL, &rc);

    ipc_disconnect(conn);
    return conn != NULL;
}

static int connect_cib(void)
{
    unsigned pause = 50;
    int rc = -ENOTCONN;

    self.cib = cib_new_daemon();
    for (unsigned try = 0; try < CIB_TRIES && rc < 0; try++) {
        if (try > 0) {
            if (!mainloop_pause(pause)) {
                return -EINTR;
            }
            pause = pause * 2 < CIB_PAUSE_MAX_MS ? pause * 2 : CIB_PAUSE_MAX_MS;
        }
        rc = cib_connect(self.cib, SERVICE, CIB_CHANNEL_RW);
    }
    if (rc == 0) {
        cib_on_lost(self.cib, cib_lost, NULL);
        rc = cib_attach(self.cib);
    }
    if (rc == 0) {
        rc = cib_subscribe(self.cib, CIB_NOTIFY_REFRESH, cib_replaced, NULL);
    }
    if (rc == 0) {
        rc = cib_subscribe(self.cib, CIB_NOTIFY_DIFF, cib_changed, NULL);
    }
    if (rc < 0) {
        log_err("Could not use the CIB manager: %s", pcmk_strerror(rc));
    }
    return rc;
}

static int connect_cluster(void)
{
    static const cluster_ops_t ops = {.message = peer_message, .lost = cluster_lost};
    static const attrd_ops_t core_ops = {
        .send = send_to_peers,
        .write = write_to_cib,
        .arm = arm_timer,
        .cancel = cancel_timer,
        .arm_election = arm_election,
        .cancel_election = cancel_election,
        .alert = send_alert,
        .cpu_time = cpu_time,
        .now = monotonic_seconds,
    };
    int rc = 0;

    self.peers = peers_new(true, NULL);
    self.cluster = cluster_connect(SERVICE, self.peers, &ops, NULL, &rc);
    if (self.cluster == NULL) {
        return rc;
    }
    self.core = attrd_new(self.peers, cluster_local_id(self.cluster), cluster_local_name(self.cluster),
                          &core_ops, NULL);
    return 0;
}

/* What an earlier life of this node left in the CIB is not true any more. */
static void erase_own_values(void)
{
    char *path =
        g_strdup_printf("//node_state[@uname='%s']/transient_attributes", cluster_local_name(self.cluster));
    int call = cib_send(self.cib, CIB_OP_DELETE, NULL, path, NULL, CIB_OPT_XPATH | CIB_OPT_QUORUM_OVERRIDE,
                        CIB_TIMEOUT_SEC, NULL, NULL, NULL);

    if (call < 0) {
        log_warn("Could not clear the transient attributes of this node: %s", pcmk_strerror(call));
    }
    g_free(path);
}

static int serve(void)
{
    static const ipc_server_ops_t ops = {.accept = accept_client, .request = client_request};
    int rc = 0;

    self.server = ipc_server_new(SERVICE, IPC_NATIVE, false, &ops, NULL, &rc);
    if (self.server == NULL) {
        log_crit("Could not serve '" SERVICE "': %s; verify that pacemaker is not running already",
                 pcmk_strerror(rc));
    }
    return rc;
}

static int start(void)
{
    int rc = connect_cib();

    if (rc == 0) {
        rc = connect_cluster();
    }
    if (rc < 0) {
        return rc;
    }
    erase_own_values();
    read_alerts();
    attrd_start(self.core);
    return serve();
}

static void clean_up(void)
{
    ipc_server_free(self.server);
    cancel_election(NULL);
    if (self.alerts_source != 0) {
        g_source_remove(self.alerts_source);
    }
    attrd_alerts_free();
    cib_free(self.cib);
    attrd_free(self.core);
    cluster_disconnect(self.cluster);
    if (self.peers != NULL) {
        peers_free(self.peers);
    }
    g_hash_table_destroy(self.timers);
    g_main_loop_unref(self.loop);
}

int main(int argc, char **argv)
{
    unsigned verbosity = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--version") == 0 || strcmp(argv[i], "-$") == 0) {
            printf("Pacemaker %s\nWritten by Andrew Beekhof and the Pacemaker project contributors\n",
                   PACEMAKER_VERSION);
            return CRM_EX_OK;
        }
        if (strcmp(argv[i], "--verbose") == 0 || strcmp(argv[i], "-V") == 0) {
            verbosity++;
        } else {
            fprintf(stderr, "Usage: %s [-V] [--version]\n", argv[0]);
            return CRM_EX_USAGE;
        }
    }
    daemon_log_init(DAEMON_NAME, verbosity);
    log_notice("Starting Pacemaker node attribute manager");
    if (already_running()) {
        log_crit("Aborting start-up because an attribute manager instance is already active");
        daemon_exit(CRM_EX_OK);
    }
    message_set_clock(epoch_seconds);
    self.loop = g_main_loop_new(NULL, FALSE);
    self.timers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    mainloop_add_signal(SIGTERM, terminate);
    int rc = start();

    if (rc < 0) {
        clean_up();
        daemon_exit(daemon_start_status(rc));
    }
    log_notice("Pacemaker node attribute manager successfully started and accepting connections");
    g_main_loop_run(self.loop);
    log_info("Shutting down attribute manager");
    clean_up();
    daemon_exit(self.status);
}
