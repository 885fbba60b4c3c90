/* pacemaker-execd: runs agents for the controller (executor.md). This file: start, IPC requests, and the
 * core's effects. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib.h>

#include "lrmd/execd.h"
#include "lrmd/execd_fence.h"
#include "lrmd/lrmd_client.h"
#include "lrmd/lrmd_core.h"
#include "lrmd/services.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

#define OUTPUT_KEPT 4096u            /* of an output too large for an IPC message, bytes */
#define ALERT_GRACE_MS 5000u
#define ALERTS_MAX 1000u             /* alert agents at one time */

static GMainLoop *mainloop;
static ipc_server_t *ipc;
static lrmd_core_t *core;
static int last_call_id;
static bool draining;                /* shutting down: alerts are no longer run */
static unsigned alerts_running, alert_number, alert_timeout_max;

/* ---- effects of the core ---- */

typedef struct {
    lrmd_op_t *op;
    guint source;
} op_timer_t;

static GHashTable *timers;           /* lrmd_op_t -> op_timer_t */
static guint wake_source;

static void send_event(ipc_client_t *client, const xmlNode *msg)
{
    int rc = ipc_send_event(client, msg);
    const char *output = xml_get(msg, "lrmd_rsc_output");

    if (rc == -EMSGSIZE && output != NULL && strlen(output) > OUTPUT_KEPT) {
        XML_AUTO xmlNode *small = xml_copy(msg);
        char *cut = g_strndup(output, OUTPUT_KEPT);

        xml_set(small, "lrmd_rsc_output", cut);
        g_free(cut);
        log_warn("Output of %s of %s is too large, only %u bytes of it are reported",
                 xml_get(msg, "lrmd_rsc_action"), xml_get(msg, "lrmd_rsc_id"), OUTPUT_KEPT);
        rc = ipc_send_event(client, small);
    }
    if (rc < 0) {
        log_warn("Could not notify client %s: %s", client->name != NULL ? client->name : client->id,
                 pcmk_strerror(rc));
    }
}

static void notify_one(ipc_client_t *client, void *arg)
{
    if (client->name != NULL) {
        send_event(client, arg);
    }
}

static void fx_notify(void *arg, const char *client_id, const xmlNode *msg)
{
    if (client_id == NULL) {
        ipc_server_foreach(ipc, notify_one, (void *)(uintptr_t)msg);
        execd_remote_notify(NULL, msg);
        return;
    }
    ipc_client_t *client = ipc_server_find(ipc, client_id);
    if (client != NULL) {
        notify_one(client, (void *)(uintptr_t)msg);
    } else {
        execd_remote_notify(client_id, msg);
    }
}

static void on_service_done(svc_t *svc, svc_result_t *result, void *arg)
{
    lrmd_op_t *op = arg;
    lrmd_core_result_t done = {
        .rc = result->rc,
        .status = result->status,
        .reason = result->reason,
        .output = result->err != NULL ? result->err : result->out,
        .poll = result->poll,
        .unprepared = result->unprepared,
    };

    op->data = NULL;
    lrmd_core_ended(op, &done);
}

static void fx_execute(void *arg, lrmd_op_t *op)
{
    const lrmd_rsc_t *rsc = op->rsc;

    if (rsc->fencing) {
        execd_fence_execute(op);
        return;
    }
    svc_request_t request = {
        .rsc_id = rsc->id,
        .standard = rsc->standard,
        .provider = rsc->provider,
        .agent = rsc->type,
        .action = op->action,
        .interval_ms = op->interval_ms,
        .timeout_ms = op->timeout_ms,
        .params = op->params,
    };
    op->data = svc_start(&request, on_service_done, op);
}

static void fx_abort(void *arg, lrmd_op_t *op)
{
    if (op->rsc->fencing) {
        execd_fence_abort(op);
    } else if (op->data != NULL) {
        svc_cancel(op->data);
        op->data = NULL;
    }
}

static gboolean on_timer(gpointer data)
{
    op_timer_t *timer = data;
    lrmd_op_t *op = timer->op;

    timer->source = 0;
    g_hash_table_remove(timers, op);
    lrmd_core_timer(op);
    return G_SOURCE_REMOVE;
}

static void timer_free(gpointer data)
{
    op_timer_t *timer = data;

    if (timer->source != 0) {
        g_source_remove(timer->source);
    }
    g_free(timer);
}

static void fx_arm(void *arg, lrmd_op_t *op, unsigned ms)
{
    op_timer_t *timer = g_new0(op_timer_t, 1);

    timer->op = op;
    timer->source = g_timeout_add(ms, on_timer, timer);
    g_hash_table_replace(timers, op, timer);
}

static void fx_disarm(void *arg, lrmd_op_t *op)
{
    g_hash_table_remove(timers, op);
}

static gboolean on_wake(gpointer data)
{
    wake_source = 0;
    lrmd_core_run(core);
    return G_SOURCE_REMOVE;
}

static void fx_wake(void *arg)
{
    if (wake_source == 0) {
        wake_source = g_idle_add_full(G_PRIORITY_HIGH, on_wake, NULL, NULL);
    }
}

static long long fx_now_ms(void *arg)
{
    return g_get_monotonic_time() / 1000;
}

static long long fx_epoch(void *arg)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

static const lrmd_core_ops_t effects = {
    .notify = fx_notify,
    .execute = fx_execute,
    .abort = fx_abort,
    .arm = fx_arm,
    .disarm = fx_disarm,
    .wake = fx_wake,
    .now_ms = fx_now_ms,
    .epoch = fx_epoch,
};

lrmd_core_t *execd_core(void)
{
    return core;
}

ipc_server_t *execd_ipc(void)
{
    return ipc;
}

/* ---- alerts ---- */

static void maybe_quit(void)
{
    if (draining && alerts_running == 0) {
        g_main_loop_quit(mainloop);
    }
}

static void on_alert_done(void *arg)
{
    alerts_running--;
    maybe_quit();
}

static const xmlNode *find_alert(const xmlNode *request)
{
    const xmlNode *calldata = xml_first(request, "lrmd_calldata");

    return xml_first(calldata != NULL ? calldata : request, "lrmd_alert");
}

static int exec_alert(const xmlNode *request)
{
    const xmlNode *data = find_alert(request);
    const char *id = xml_get(data, "lrmd_alert_id");
    const char *path = xml_get(data, "lrmd_alert_path");
    long long timeout = 0;
    char number[16];

    if (id == NULL || path == NULL) {
        return -EINVAL;
    }
    if (draining) {
        return 0;
    }
    if (alerts_running >= ALERTS_MAX) {
        log_warn("Not running alert agent %s: %u are running", id, alerts_running);
        return 0;
    }
    if (xml_get_int(data, "lrmd_timeout", &timeout) != 0 || timeout < 0 || timeout > INT32_MAX) {
        timeout = 0;
    }
    GHashTable *env = lrmd_params_from_xml(xml_first(data, "attributes"));
    snprintf(number, sizeof(number), "%u", ++alert_number);
    g_hash_table_replace(env, g_strdup("CRM_notify_node_sequence"), g_strdup(number));
    g_hash_table_replace(env, g_strdup("CRM_alert_node_sequence"), g_strdup(number));
    int rc = svc_alert_start(id, path, (unsigned)timeout, env, on_alert_done, NULL);
    g_hash_table_unref(env);
    if (rc == 0) {
        alerts_running++;
        alert_timeout_max = (unsigned)timeout > alert_timeout_max ? (unsigned)timeout : alert_timeout_max;
    }
    return rc == -ENOENT || rc == -EACCES ? 0 : rc;     /* the result of an alert is only logged */
}

/* ---- requests ---- */

static int register_client(const execd_client_t *client, const xmlNode *request, xmlNode *reply)
{
    const char *version = xml_get(request, "lrmd_protocol_version");
    int rc = 0;

    if (version == NULL || strtol(version, NULL, 10) < 1) {
        log_err("Client %s speaks executor protocol %s, at least 1.0 is needed", client->name,
                version != NULL ? version : "(none)");
        rc = -EPROTO;
    } else if (xml_get_true(request, "lrmd_is_ipc_provider")) {
        rc = execd_remote_set_provider(client);
    }
    xml_set(reply, "lrmd_op", "register");
    xml_set(reply, "lrmd_clientid", client->id);
    xml_set(reply, "lrmd_protocol_version", LRMD_PROTOCOL_VERSION);
    return rc;
}

static void notify_generic(const xmlNode *request, const char *op, int rc)
{
    XML_AUTO xmlNode *msg = xml_new("lrmd_notify");

    xml_set(msg, "lrmd_origin", "send_generic_notify");
    xml_set_int(msg, "lrmd_rc", rc);
    xml_set(msg, "lrmd_callid", xml_get(request, "lrmd_callid"));
    xml_set(msg, "lrmd_op", op);
    xml_set(msg, "lrmd_rsc_id", xml_get(lrmd_request_rsc(request), "lrmd_rsc_id"));
    fx_notify(NULL, NULL, msg);
}

typedef struct {
    const execd_client_t *client;
    const xmlNode *request;
    xmlNode *reply;                  /* handler may add to it */
    bool notify;                     /* handler: tell everybody */
    bool silent;                     /* handler: no reply at all */
} call_t;

static int do_register_client(call_t *c)
{
    return register_client(c->client, c->request, c->reply);
}

static int do_register(call_t *c)
{
    c->notify = true;
    return lrmd_core_register(core, c->request);
}

static int do_unregister(call_t *c)
{
    int rc = lrmd_core_unregister(core, c->request);

    c->notify = rc == 0 || rc == -EINPROGRESS;
    return rc;
}

static int do_info(call_t *c)
{
    return lrmd_core_info(core, c->request, c->reply);
}

static int do_exec(call_t *c)
{
    return lrmd_core_exec(core, c->client->id, c->request);
}

static int do_cancel(call_t *c)
{
    return lrmd_core_cancel(core, c->request);
}

static int do_poke(call_t *c)
{
    c->notify = true;
    return 0;
}

static int do_check(call_t *c)
{
    c->silent = true;
    execd_check_watchdog(c->request);
    return 0;
}

static int do_alert(call_t *c)
{
    return exec_alert(c->request);
}

static int do_get_recurring(call_t *c)
{
    return lrmd_core_recurring(core, c->request, c->reply);
}

static int do_forward(call_t *c)
{
    return execd_remote_forward(c->client, c->request);
}

static const struct {
    const char *op;
    bool privileged;
    int (*handle)(call_t *call);
} handlers[] = {
    {"register", false, do_register_client}, {"lrmd_rsc_register", true, do_register},
    {"lrmd_rsc_info", true, do_info}, {"lrmd_rsc_unregister", true, do_unregister},
    {"lrmd_rsc_exec", true, do_exec}, {"lrmd_rsc_cancel", true, do_cancel},
    {"lrmd_rsc_poke", false, do_poke}, {"lrmd_check", true, do_check},
    {"lrmd_alert_exec", true, do_alert}, {"lrmd_get_recurring", true, do_get_recurring},
    {"ipc_fwd", true, do_forward},
};

/* Run the request; returns lrmd_rc. */
static int perform(call_t *call)
{
    const char *op = xml_get(call->request, "lrmd_op");

    for (size_t i = 0; op != NULL && i < G_N_ELEMENTS(handlers); i++) {
        if (strcmp(op, handlers[i].op) != 0) {
            continue;
        }
        if (handlers[i].privileged && !call->client->privileged) {
            log_warn("Client %s may not call %s: not privileged", call->client->name, op);
            call->silent = strcmp(op, "lrmd_check") == 0;
            return -EACCES;
        }
        return handlers[i].handle(call);
    }
    log_err("Client %s calls '%s': unknown", call->client->name, op != NULL ? op : "");
    return -EOPNOTSUPP;
}

xmlNode *execd_request(const execd_client_t *client, xmlNode *request)
{
    xmlNode *reply = xml_new("lrmd_reply");
    call_t call = {.client = client, .request = request, .reply = reply};

    last_call_id = last_call_id == INT32_MAX ? 1 : last_call_id + 1;
    xml_set(request, "lrmd_clientid", client->id);
    xml_set(request, "lrmd_clientname", client->name);
    xml_set_int(request, "lrmd_callid", last_call_id);
    xml_set(reply, "lrmd_origin", "process_lrmd_message");
    xml_set(reply, "lrmd_rc", "0");
    xml_set(reply, "lrmd_callid", xml_get(request, "lrmd_callid"));
    int rc = perform(&call);
    xml_set_int(reply, "lrmd_rc", rc);
    if (call.notify) {
        notify_generic(request, xml_get(request, "lrmd_op"), rc);
    }
    if (call.silent) {
        xml_free(reply);
        reply = NULL;
    }
    return reply;
}

/* ---- IPC ---- */

static void on_request(ipc_client_t *client, uint32_t id, uint32_t flags, xmlNode *msg)
{
    char pid[16];

    if (msg == NULL) {
        log_warn("Ignoring unparsable request of client %s", client->id);
        return;
    }
    if (client->name == NULL) {
        const char *name = xml_get(msg, "lrmd_clientname");

        snprintf(pid, sizeof(pid), "%d", (int)client->pid);
        ipc_client_set_name(client, name != NULL ? name : pid);
    }
    if ((flags & IPC_FLAG_CLIENT_RESPONSE) == 0) {
        log_warn("Ignoring request of client %s: it does not wait for an answer", client->name);
        return;
    }
    execd_client_t who = {.id = client->id, .name = client->name, .privileged = client->privileged};
    XML_AUTO xmlNode *reply = execd_request(&who, msg);
    if (reply != NULL) {
        int rc = ipc_respond(client, id, flags, reply);
        if (rc < 0) {
            log_warn("Could not answer client %s: %s", client->name, pcmk_strerror(rc));
        }
    }
}

typedef struct {
    const char *new_id;
    const xmlNode *msg;
} greeting_t;

static void greet_other(ipc_client_t *client, void *arg)
{
    const greeting_t *greeting = arg;

    if (strcmp(client->id, greeting->new_id) != 0 && client->name != NULL) {
        send_event(client, greeting->msg);
    }
}

void execd_announce_client(const char *id)
{
    XML_AUTO xmlNode *msg = xml_new("lrmd_notify");
    greeting_t greeting = {id, msg};

    xml_set(msg, "lrmd_origin", "notify_of_new_client");
    xml_set(msg, "lrmd_op", "lrmd_rsc_new_client");
    ipc_server_foreach(ipc, greet_other, &greeting);
    execd_remote_notify(NULL, msg);      /* a new remote client has no name yet, so is left out */
}

static void on_connected(ipc_client_t *client)
{
    execd_announce_client(client->id);
}

static void on_closed(ipc_client_t *client)
{
    lrmd_core_client_gone(core, client->id);
}

static const ipc_server_ops_t ipc_ops = {
    .connected = on_connected, .request = on_request, .closed = on_closed};

/* ---- process ---- */

static gboolean on_drain_timeout(gpointer data)
{
    log_warn("Ending although %u alert agents are still running", alerts_running);
    g_main_loop_quit(mainloop);
    return G_SOURCE_REMOVE;
}

void execd_quit(void)
{
    if (draining) {
        return;
    }
    draining = true;
    if (alerts_running > 0) {
        log_info("Waiting for %u alert agents", alerts_running);
        g_timeout_add(alert_timeout_max + ALERT_GRACE_MS, on_drain_timeout, NULL);
    }
    maybe_quit();
}

static void on_sigterm(int signum)
{
    if (!execd_remote_shutdown()) {
        execd_quit();
    }
}

static bool usable(const char *value)
{
    return value != NULL && strcmp(value, "none") != 0 && strcmp(value, "/dev/null") != 0;
}

/* Variables agents use for their own logging. */
static void export_logging(const char *daemon)
{
    const char *facility = env_option("logfacility");
    const char *logfile = env_option("logfile");

    if (usable(facility)) {
        setenv("HA_LOGFACILITY", facility, 1);
    }
    if (usable(logfile)) {
        setenv("HA_LOGFILE", logfile, 1);
        if (env_option_enabled(daemon, "debug")) {
            setenv("HA_DEBUGLOG", logfile, 1);
        }
    }
    unsetenv("NOTIFY_SOCKET");
}

static void make_agent_dir(void)
{
    const char *dir = "/run/resource-agents";

    if (mkdir(dir, 0755) < 0 && errno != EEXIST) {
        log_warn("Could not create %s: %s", dir, strerror(errno));
    }
}

static void usage(const char *name, FILE *stream)
{
    fprintf(stream, "Usage: %s [options]\n\n"
                    "Executes resource agents for the cluster; started by the cluster.\n\n"
                    "  -V, --verbose        Increase debug output\n"
                    "  -l, --logfile FILE   Send logs to the additional named logfile\n"
                    EXECD_USAGE
                    "  -?, --help           Show this text\n"
                    "  -$, --version        Show the version\n", name);
}

static unsigned parse_options(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"verbose", no_argument, NULL, 'V'},    {"logfile", required_argument, NULL, 'l'},
        {"port", required_argument, NULL, 'p'}, {"help", no_argument, NULL, '?'},
        {"version", no_argument, NULL, '$'},    {NULL, 0, NULL, 0},
    };
    unsigned verbosity = 0;
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, EXECD_OPTIONS, long_options, NULL)) != -1) {
        switch (option) {
            case 'V':
                verbosity++;
                break;
            case 'l':
                env_option_set("logfile", optarg);
                break;
            case 'p':
                setenv("PCMK_remote_port", optarg, 1);
                break;
            case '$':
                printf("Pacemaker %s\nWritten by Andrew Beekhof and the Pacemaker project contributors\n",
                       PACEMAKER_VERSION);
                exit(CRM_EX_OK);
            default: {
                bool asked = strcmp(argv[optind - 1], "-?") == 0 || strcmp(argv[optind - 1], "--help") == 0;
                usage(EXECD_NAME, asked ? stdout : stderr);
                exit(asked ? CRM_EX_OK : CRM_EX_USAGE);
            }
        }
    }
    return verbosity;
}

static void start_serving(void)
{
    int rc = 0;

    timers = g_hash_table_new_full(NULL, NULL, NULL, timer_free);
    core = lrmd_core_new(&effects, NULL);
    execd_fence_init(core);
    ipc = ipc_server_new("lrmd", IPC_SHM, false, &ipc_ops, NULL, &rc);
    if (ipc == NULL) {
        log_crit("Could not create IPC server 'lrmd': %s", pcmk_strerror(rc));
        daemon_exit(daemon_start_status(rc));
    }
    rc = execd_remote_start();
    if (rc < 0) {
        log_crit("Could not listen for connections of the cluster: %s", pcmk_strerror(rc));
        daemon_exit(CRM_EX_FATAL);
    }
}

static void stop_serving(void)
{
    execd_fence_end();
    execd_remote_stop();
    ipc_server_free(ipc);
    lrmd_core_free(core);
    if (wake_source != 0) {
        g_source_remove(wake_source);
    }
    g_hash_table_unref(timers);
    g_main_loop_unref(mainloop);
}

int main(int argc, char **argv)
{
    execd_early(argc, argv);
    unsigned verbosity = parse_options(argc, argv);

    export_logging(EXECD_NAME);
    daemon_log_init(EXECD_NAME, verbosity);
    log_notice("Starting Pacemaker " EXECD_KIND " executor");
    log_notice("OCF resource agent search path is %s", OCF_RESOURCE_PATH);
    make_agent_dir();
    mainloop = g_main_loop_new(NULL, FALSE);
    start_serving();
    mainloop_add_signal(SIGTERM, on_sigterm);
    log_notice("Pacemaker " EXECD_KIND " executor successfully started and accepting connections");
    g_main_loop_run(mainloop);
    log_notice("Stopping Pacemaker " EXECD_KIND " executor");
    stop_serving();
    daemon_exit(CRM_EX_OK);
}
