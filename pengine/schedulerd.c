/* pacemaker-schedulerd: computes transition graphs for the controller (messaging.md §3.3). */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cib/schema.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"
#include "pengine/pe.h"
#include "pengine/saved_inputs.h"
#include "pengine/schedulerd_options.h"

#define OLDEST_SCHEMA "pacemaker-3.0"     /* older configurations are upgraded before they are looked at */

static struct {
    GMainLoop *loop;
    ipc_server_t *server;
    int next_id;                   /* of a transition */
    unsigned said;                 /* enum pe_once */
    char *digest;                  /* of the last input */
    struct saved_input saved;      /* where it is saved; path NULL: nowhere */
} schedulerd;

/* ---- one calculation ---- */

static void message(void *arg, enum pe_severity severity, const char *function, const char *text)
{
    (void)arg;
    pe_log(severity, function, text);
}

static xmlNode *empty_graph(void)
{
    xmlNode *graph = xml_new("transition_graph");

    xml_set(graph, "transition_id", "0");
    xml_set(graph, "cluster-delay", "0");
    return graph;
}

static struct iso_now now_local(void)
{
    time_t now = time(NULL);
    struct tm tm;

    localtime_r(&now, &tm);
    return (struct iso_now){.epoch = now, .offset = (int32_t)tm.tm_gmtoff};
}

/* Chooses where the input will be saved: errors of the configuration alone do not make a pe-error. False when
 * saving is disabled. */
static bool choose_file(unsigned findings, const pe_sched *s)
{
    const char *milder = findings & PE_GRAPH_WARNING ? "pe-warn" : "pe-input";
    const char *series = findings & PE_GRAPH_ERROR ? "pe-error" : milder;
    char option[32];
    long long limit = -1;

    snprintf(option, sizeof(option), "%s-series-max", series);
    if (s != NULL) {
        limit = int_parse(pe_option(s, option), -1);
    }
    free(schedulerd.saved.path);
    schedulerd.saved.path = NULL;
    return limit != 0 && saved_input_next(&schedulerd.saved, series, limit);
}

static void save(xmlNode *cib, int64_t now)
{
    xml_setf(cib, "execution-date", "%lld", (long long)now);
    if (!saved_input_write(&schedulerd.saved, cib)) {
        free(schedulerd.saved.path);
        schedulerd.saved.path = NULL;
    }
}

static void log_end(unsigned findings, int id)
{
    const char *where = schedulerd.saved.path != NULL ? schedulerd.saved.path : "nowhere";

    if (findings & PE_GRAPH_ERROR) {
        log_err("Calculated transition %d (with errors), saving inputs in %s", id, where);
    } else if (findings & PE_GRAPH_WARNING) {
        log_warn("Calculated transition %d (with warnings), saving inputs in %s", id, where);
    } else {
        log_notice("Calculated transition %d, saving inputs in %s", id, where);
    }
    if (findings & PE_CONFIG_ERROR) {
        log_notice("Configuration errors found during scheduler processing,  "
                   "please run \"crm_verify -L\" to identify issues");
    }
}

/* The configuration to decide, not the caller's when that had to be upgraded; NULL: it cannot be used. */
static xmlNode *usable(xmlNode *cib, enum schema_use *use)
{
    const char *name = xml_get(cib, "validate-with");
    bool old = name != NULL && schema_index(name) < schema_index(OLDEST_SCHEMA);
    xmlNode *prepared = old ? xml_copy(cib) : cib;

    *use = schema_prepare(&prepared, NULL, NULL);
    if (*use == SCHEMA_UNCHECKED) {
        log_as("cli_config_update", LOG_WARNING, "%s", SCHEMA_DISABLED);
    } else if (*use == SCHEMA_UNUSABLE) {
        xml_free(prepared);
        return NULL;
    } else if (old) {
        log_as("cli_config_update", LOG_INFO,
               "Configuration with schema %s was internally upgraded to latest version %s", name,
               xml_get(prepared, "validate-with"));
    }
    return prepared;
}

static void answer(ipc_client_t *client, const xmlNode *request, const xmlNode *graph, unsigned findings,
                   int id)
{
    xmlNode *reply = message_reply(request, graph);

    if (schedulerd.saved.path != NULL) {
        xml_set(reply, "crm-tgraph-in", schedulerd.saved.path);
    }
    xml_set_int(reply, "graph-errors", (findings & PE_GRAPH_ERROR) != 0);
    xml_set_int(reply, "graph-warnings", (findings & PE_GRAPH_WARNING) != 0);
    xml_set_int(reply, "config-errors", (findings & PE_CONFIG_ERROR) != 0);
    xml_set_int(reply, "config-warnings", (findings & PE_CONFIG_WARNING) != 0);
    if (ipc_send_event(client, reply) != 0) {
        log_err("Could not send the graph of transition %d to client %s", id, client->id);
    }
    xml_free(reply);
}

/* Calculates for a cib and answers the request. The cib itself gets nothing but its execution date.
 * The answer does not wait until the input is compressed and saved. */
static void calculate(ipc_client_t *client, const xmlNode *request, xmlNode *cib)
{
    struct pe_hooks hooks = {.message = message, .least = pe_least_of(daemon_log_level())};
    struct iso_now now = now_local();
    char *digest = xml_digest_v2(cib, false);
    bool repeated = schedulerd.digest != NULL && strcmp(digest, schedulerd.digest) == 0, save_it;
    enum schema_use use;
    xmlNode *prepared = usable(cib, &use), *graph = NULL;
    struct pe_input input = {.cib = prepared, .now = now, .hooks = &hooks, .said = &schedulerd.said};
    unsigned findings = PE_CONFIG_ERROR;
    pe_sched *s = NULL;
    int id;

    free(schedulerd.digest);
    schedulerd.digest = digest;
    if (prepared != NULL) {
        input.transition_id = schedulerd.next_id++;
        s = pe_schedule(&input);
        graph = s->graph;
        findings = s->findings | (use == SCHEMA_UNCHECKED ? PE_CONFIG_WARNING : 0);
    } else {
        graph = empty_graph();
    }
    id = schedulerd.next_id - 1;    /* without a calculation that of the last one, as the reference has it */
    save_it = !repeated && choose_file(findings, s);
    answer(client, request, graph, findings, id);
    log_end(findings, id);
    if (save_it) {
        save(cib, now.epoch);
    }
    if (s != NULL) {
        pe_free(s);
    } else {
        xml_free(graph);
    }
    if (prepared != cib) {
        xml_free(prepared);
    }
}

/* ---- requests ---- */

static void request(ipc_client_t *client, uint32_t id, uint32_t flags, xmlNode *msg)
{
    const char *task = msg != NULL ? xml_get(msg, "crm_task") : NULL;
    const char *to = msg != NULL ? xml_get(msg, "crm_sys_to") : NULL;
    const char *kind = msg != NULL ? xml_get(msg, "subt") : NULL;
    xmlNode *cib;

    if (msg == NULL) {
        ipc_ack(client, id, flags, "ack", CRM_EX_PROTOCOL);
        return;
    }
    if (g_strcmp0(kind, "response") == 0 || (to != NULL && strcmp(to, SYS_PENGINE) != 0) ||
        g_strcmp0(task, "hello") == 0) {
        ipc_ack(client, id, flags, "ack", CRM_EX_INDETERMINATE);
        return;
    }
    cib = message_data(msg);
    if (g_strcmp0(task, "pe_calc") != 0 || cib == NULL) {
        log_warn("Ignored request %s from client %s: %s", task != NULL ? task : "without crm_task",
                 client->id, cib == NULL ? "it has no payload" : "the scheduler knows pe_calc only");
        ipc_ack(client, id, flags, "ack", CRM_EX_INVALID_PARAM);
        return;
    }
    ipc_ack(client, id, flags, "ack", CRM_EX_INDETERMINATE);
    calculate(client, msg, cib);
}

static void terminate(int signum)
{
    (void)signum;
    g_main_loop_quit(schedulerd.loop);
}

static const struct option long_options[] = {
    {"help", no_argument, NULL, '?'},
    {"version", no_argument, NULL, '$'},
    {"verbose", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static unsigned parse_options(int argc, char **argv)
{
    unsigned verbosity = 0;
    int c;

    while ((c = getopt_long(argc, argv, "?V$", long_options, NULL)) != -1) {
        switch (c) {
        case 'V':
            verbosity++;
            break;
        case '$':
            printf("Pacemaker %s\n", PACEMAKER_VERSION);
            exit(CRM_EX_OK);
        default:
            printf("Usage: pacemaker-schedulerd [metadata] [-V] [--version]\n\n"
                   "The cluster starts this daemon; `metadata` prints the options it knows.\n");
            exit(optopt == 0 ? CRM_EX_OK : CRM_EX_USAGE);
        }
    }
    if (optind < argc && strcmp(argv[optind], "metadata") == 0) {
        schedulerd_metadata();
        exit(CRM_EX_OK);
    }
    return verbosity;
}

int main(int argc, char **argv)
{
    static const ipc_server_ops_t ops = {.request = request};
    unsigned verbosity = parse_options(argc, argv);
    int rc;

    daemon_log_init("pacemaker-schedulerd", verbosity);
    log_notice("Starting Pacemaker scheduler");
    process_allow_deep_recursion();
    schedulerd.server = ipc_server_new("pengine", IPC_NATIVE, false, &ops, NULL, &rc);
    if (schedulerd.server == NULL) {
        log_crit("Could not serve the IPC name pengine: %s", pcmk_strerror(rc));
        daemon_exit(daemon_start_status(rc));
    }
    schedulerd.loop = g_main_loop_new(NULL, FALSE);
    mainloop_add_signal(SIGTERM, terminate);
    mainloop_add_signal(SIGINT, terminate);
    log_notice("Pacemaker scheduler successfully started and accepting connections");
    g_main_loop_run(schedulerd.loop);
    ipc_server_free(schedulerd.server);
    free(schedulerd.digest);
    free(schedulerd.saved.path);
    daemon_exit(CRM_EX_OK);
}
