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
    int transition_id;
    char *digest;                  /* of the last input */
    char *saved_as;                /* where it was saved, or NULL */
} schedulerd;

/* ---- one calculation ---- */

struct findings {
    bool errors, warnings;
};

static void finding(void *arg, enum pe_severity severity, const char *text)
{
    struct findings *f = arg;

    switch (severity) {
    case PE_ERROR:
        f->errors = true;
        log_err("%s", text);
        break;
    case PE_WARNING:
        f->warnings = true;
        log_warn("%s", text);
        break;
    case PE_NOTICE:
        log_notice("%s", text);
        break;
    default:
        log_info("%s", text);
        break;
    }
}

static bool usable(xmlNode *cib)
{
    const char *schema = xml_get(cib, "validate-with");
    int best;

    if (schema != NULL && (strcmp(schema, "none") == 0 || schema_at_least(schema, OLDEST_SCHEMA))) {
        return true;
    }
    return schema_upgrade(cib, NULL, true, &best, NULL, NULL) == 0 && best >= schema_index(OLDEST_SCHEMA);
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

/* Saves the input unless it is the one calculated before; its path is schedulerd.saved_as then. */
static void save_input(xmlNode *cib, const struct findings *f, const pe_sched *s, int64_t now)
{
    const char *series = f->errors ? "pe-error" : f->warnings ? "pe-warn" : "pe-input";
    char option[32];
    long long limit = -1;

    snprintf(option, sizeof(option), "%s-series-max", series);
    if (s != NULL) {
        limit = int_parse(pe_option(s, option), -1);
    }
    free(schedulerd.saved_as);
    schedulerd.saved_as = NULL;
    if (limit == 0) {
        return;
    }
    xml_setf(cib, "execution-date", "%lld", (long long)now);
    schedulerd.saved_as = saved_input_write(series, limit, cib);
}

static void log_end(const struct findings *f, int id)
{
    const char *where = schedulerd.saved_as != NULL ? schedulerd.saved_as : "nowhere";

    if (f->errors) {
        log_err("Calculated transition %d (with errors), saving inputs in %s", id, where);
    } else if (f->warnings) {
        log_warn("Calculated transition %d (with warnings), saving inputs in %s", id, where);
    } else {
        log_notice("Calculated transition %d, saving inputs in %s", id, where);
    }
    if (f->errors) {
        log_notice("Configuration errors found during scheduler processing,  please run \"crm_verify -L\" to identify issues");
    }
}

/* Calculates for a cib (changed by it) and answers the request. */
static void calculate(ipc_client_t *client, const xmlNode *request, xmlNode *cib)
{
    struct findings f = {false, false};
    struct pe_hooks hooks = {.message = finding, .arg = &f};
    struct iso_now now = now_local();
    char *digest = xml_digest_v2(cib, false);
    bool repeated = schedulerd.digest != NULL && strcmp(digest, schedulerd.digest) == 0;
    xmlNode *original = xml_copy(cib), *graph = NULL, *reply;
    pe_sched *s = NULL;
    int id = schedulerd.transition_id++;

    free(schedulerd.digest);
    schedulerd.digest = digest;
    if (usable(cib)) {
        s = pe_schedule(&(struct pe_input){.cib = cib, .now = now, .transition_id = id, .hooks = &hooks});
        graph = s->graph;
    } else {
        f.errors = true;
        log_err("The configuration cannot be used: it does not conform to %s or a later schema; crm_verify -L says where",
                OLDEST_SCHEMA);
        graph = empty_graph();
    }
    if (!repeated) {
        save_input(original, &f, s, now.epoch);
    }
    reply = message_reply(request, graph);
    if (schedulerd.saved_as != NULL) {
        xml_set(reply, "crm-tgraph-in", schedulerd.saved_as);
    }
    xml_set_int(reply, "graph-errors", f.errors);
    xml_set_int(reply, "graph-warnings", f.warnings);
    xml_set_int(reply, "config-errors", f.errors);
    xml_set_int(reply, "config-warnings", f.warnings);
    if (ipc_send_event(client, reply) != 0) {
        log_err("Could not send the graph of transition %d to client %s", id, client->id);
    }
    log_end(&f, id);
    xml_free(reply);
    xml_free(original);
    if (s != NULL) {
        pe_free(s);
    } else {
        xml_free(graph);
    }
}

/* ---- requests ---- */

static void request(ipc_client_t *client, uint32_t id, uint32_t flags, xmlNode *msg)
{
    const char *task = msg != NULL ? xml_get(msg, "crm_task") : NULL;
    const char *to = msg != NULL ? xml_get(msg, "crm_sys_to") : NULL, *kind = msg != NULL ? xml_get(msg, "subt") : NULL;
    xmlNode *cib;

    if (msg == NULL) {
        ipc_ack(client, id, flags, "ack", CRM_EX_PROTOCOL);
        return;
    }
    if (g_strcmp0(kind, "response") == 0 || (to != NULL && strcmp(to, SYS_PENGINE) != 0) || g_strcmp0(task, "hello") == 0) {
        ipc_ack(client, id, flags, "ack", CRM_EX_INDETERMINATE);
        return;
    }
    cib = message_data(msg);
    if (g_strcmp0(task, "pe_calc") != 0 || cib == NULL) {
        log_warn("Ignored request %s from client %s: %s", task != NULL ? task : "without crm_task", client->id,
                 cib == NULL ? "it has no payload" : "the scheduler knows pe_calc only");
        ipc_ack(client, id, flags, "ack", CRM_EX_INVALID_PARAM);
        return;
    }
    ipc_ack(client, id, flags, "ack", CRM_EX_INDETERMINATE);
    cib = xml_copy(cib);
    calculate(client, msg, cib);
    xml_free(cib);
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
            printf("Usage: pacemaker-schedulerd [metadata] [-V] [--version]\n\nThe cluster starts this daemon; `metadata` prints "
                   "the options it knows.\n");
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
        daemon_exit(CRM_EX_FATAL);
    }
    schedulerd.loop = g_main_loop_new(NULL, FALSE);
    mainloop_add_signal(SIGTERM, terminate);
    mainloop_add_signal(SIGINT, terminate);
    log_notice("Pacemaker scheduler successfully started and accepting connections");
    g_main_loop_run(schedulerd.loop);
    ipc_server_free(schedulerd.server);
    free(schedulerd.digest);
    free(schedulerd.saved_as);
    daemon_exit(CRM_EX_OK);
}
