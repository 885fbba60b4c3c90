/* Telling administrators' agents of changed attributes (attrd_alerts.h). */
#include "config.h"

#include "pacemaker/attrd/attrd_alerts.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <glib.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/nvsets.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/time_format.h"
#include "pacemaker/common/xml.h"

#define ALERTS_MAX 1000u
#define TIMEOUT_DEFAULT_MS 30000
#define FORMAT_DEFAULT "%H:%M:%S.%06N"
#define OPTION_NOTIFY_ORIGINATOR "2"    /* the executor tells the outcome to nobody else */

struct alert {
    char *id, *path, *recipient, *format;
    unsigned timeout_ms;
    bool wanted;                /* attributes are selected */
    char **names;               /* the selected ones, NULL = all */
    GHashTable *environment;
};

static GPtrArray *alerts;       /* struct alert */
static ipc_conn_t *executor;
static char *token;             /* our id at the executor */

static void alert_free(gpointer data)
{
    struct alert *alert = data;

    g_free(alert->id);
    g_free(alert->path);
    g_free(alert->recipient);
    g_free(alert->format);
    g_strfreev(alert->names);
    g_hash_table_destroy(alert->environment);
    g_free(alert);
}

static void disconnect(void)
{
    ipc_disconnect(executor);
    executor = NULL;
    g_free(token);
    token = NULL;
}

void attrd_alerts_free(void)
{
    if (alerts != NULL) {
        g_ptr_array_free(alerts, TRUE);
        alerts = NULL;
    }
    disconnect();
}

/* ---- reading ---- */

static void put_value(void *table, const char *name, const char *value, bool overwrite)
{
    if (value != NULL && (overwrite || !g_hash_table_contains(table, name))) {
        g_hash_table_replace(table, g_strdup(name), g_strdup(value));
    }
}

static void unpack(xmlNode *element, const char *tag, GHashTable *table)
{
    struct rule_context context = {.now = {.epoch = (int64_t)time(NULL)}};
    const struct nvset_sink sink = {put_value, table};

    nvsets_unpack(element, tag, &context, NULL, true, &sink);
}

static GHashTable *new_table(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static void apply_selection(struct alert *alert, const xmlNode *select)
{
    const xmlNode *attributes = xml_first(select, "select_attributes");
    GPtrArray *names = g_ptr_array_new();

    alert->wanted = attributes != NULL;
    xml_foreach(attribute, attributes, "attribute") {
        if (xml_get(attribute, "name") != NULL) {
            g_ptr_array_add(names, g_strdup(xml_get(attribute, "name")));
        }
    }
    g_strfreev(alert->names);
    alert->names = NULL;
    if (names->len > 0) {
        g_ptr_array_add(names, NULL);
        alert->names = (char **)g_ptr_array_free(names, FALSE);
    } else {
        g_ptr_array_free(names, TRUE);
    }
}

/* Options of an alert or, above them, of its recipient. */
static void apply_options(struct alert *alert, xmlNode *element)
{
    GHashTable *meta = new_table();
    const xmlNode *select = xml_first(element, "select");

    unpack(element, "meta_attributes", meta);

    const char *timeout = g_hash_table_lookup(meta, "timeout");
    const char *format = g_hash_table_lookup(meta, "timestamp-format");

    if (timeout != NULL) {
        int64_t ms = msec_parse(timeout);

        alert->timeout_ms = ms > 0 && ms <= INT32_MAX ? (unsigned)ms : TIMEOUT_DEFAULT_MS;
    }
    if (format != NULL) {
        g_free(alert->format);
        alert->format = g_strdup(format);
    }
    unpack(element, "instance_attributes", alert->environment);
    if (xml_first(select, NULL) != NULL) {
        apply_selection(alert, select);
    }
    g_hash_table_destroy(meta);
}

static void add_alert(xmlNode *element, xmlNode *recipient)
{
    struct alert *alert = g_new0(struct alert, 1);

    alert->id = g_strdup(xml_id(element));
    alert->path = g_strdup(xml_get(element, "path"));
    alert->recipient = g_strdup(recipient != NULL ? xml_get(recipient, "value") : NULL);
    alert->format = g_strdup(FORMAT_DEFAULT);
    alert->timeout_ms = TIMEOUT_DEFAULT_MS;
    alert->environment = new_table();
    apply_options(alert, element);
    if (recipient != NULL) {
        apply_options(alert, recipient);
    }
    if (alert->wanted) {
        g_ptr_array_add(alerts, alert);
    } else {
        alert_free(alert);
    }
}

void attrd_alerts_read(xmlNode *element)
{
    if (alerts != NULL) {
        g_ptr_array_free(alerts, TRUE);
    }
    alerts = g_ptr_array_new_with_free_func(alert_free);
    xml_foreach(alert, element, "alert") {
        xmlNode *recipient = xml_first(alert, "recipient");

        if (xml_id(alert) == NULL || xml_get(alert, "path") == NULL) {
            log_err("Ignoring an alert without id or path");
            continue;
        }
        do {
            if (alerts->len >= ALERTS_MAX) {
                log_err("Ignoring alerts beyond the first %u", ALERTS_MAX);
                return;
            }
            add_alert(alert, recipient);
            recipient = xml_next(recipient, "recipient");
        } while (recipient != NULL);
    }
}

/* ---- sending ---- */

static void executor_closed(ipc_conn_t *conn, void *arg)
{
    disconnect();
}

static int connect_executor(void)
{
    static const ipc_conn_ops_t ops = {.closed = executor_closed};
    XML_AUTO xmlNode *request = xml_new("lrmd_command"), *reply = NULL;
    int rc = 0;

    if (executor != NULL) {
        return 0;
    }
    executor = ipc_connect("lrmd", 0, &ops, NULL, &rc);
    if (executor == NULL) {
        return rc;
    }
    xml_set(request, "t", "lrmd");
    xml_set(request, "lrmd_op", "register");
    xml_set(request, "lrmd_clientname", "attrd");
    xml_set(request, "lrmd_protocol_version", "1.1");
    rc = ipc_call(executor, request, 0, 0, &reply);
    if (rc == 0) {
        token = g_strdup(xml_get(reply, "lrmd_clientid"));
        rc = token != NULL ? ipc_conn_attach(executor) : -EPROTO;
    }
    if (rc < 0) {
        disconnect();
    }
    return rc;
}

/* Agents know every value under two names. */
static void put(xmlNode *environment, const char *name, const char *value)
{
    static const char *const prefixes[] = {"CRM_notify_", "CRM_alert_"};
    char full[64];

    for (size_t i = 0; i < 2; i++) {
        snprintf(full, sizeof(full), "%s%s", prefixes[i], name);
        xml_set(environment, full, value != NULL ? value : "");
    }
}

/* digits: at least that many, with zeros in front. */
static void put_number(xmlNode *environment, const char *name, int digits, long long number)
{
    char text[24];

    snprintf(text, sizeof(text), "%0*lld", digits, number);
    put(environment, name, text);
}

static void put_time(xmlNode *environment, const char *format, const struct timeval *when)
{
    struct tm fields;

    localtime_r(&when->tv_sec, &fields);

    char *text = time_format(format, &fields, (unsigned)when->tv_usec);

    put(environment, "timestamp", text);
    put_number(environment, "timestamp_epoch", 1, (long long)when->tv_sec);
    put_number(environment, "timestamp_usec", 6, (long long)when->tv_usec);
    free(text);
}

/* What happened; all agents hear of the same moment. */
struct event {
    const char *node, *attribute, *value;
    uint32_t node_id;
    struct timeval when;
};

static xmlNode *execution(const struct alert *alert, const struct event *event)
{
    xmlNode *request = xml_new("lrmd_command");
    xmlNode *data = xml_add(xml_add(request, "lrmd_calldata"), "lrmd_alert");
    xmlNode *environment = xml_add(data, "attributes");
    GHashTableIter iter;
    gpointer name = NULL, text = NULL;

    xml_set(request, "t", "lrmd");
    xml_set(request, "lrmd_async_id", token);
    xml_set(request, "lrmd_op", "lrmd_alert_exec");
    xml_set_int(request, "lrmd_timeout", alert->timeout_ms);
    xml_set(request, "lrmd_callopt", OPTION_NOTIFY_ORIGINATOR);
    xml_set(data, "lrmd_origin", program_name());
    xml_set(data, "lrmd_alert_id", alert->id);
    xml_set(data, "lrmd_alert_path", alert->path);
    xml_set_int(data, "lrmd_timeout", alert->timeout_ms);
    put(environment, "kind", "attribute");
    put(environment, "version", PACEMAKER_VERSION);
    put(environment, "recipient", alert->recipient);
    put_time(environment, alert->format, &event->when);
    put(environment, "node", event->node);
    put_number(environment, "nodeid", 1, event->node_id);
    put(environment, "attribute_name", event->attribute);
    put(environment, "attribute_value", event->value);
    g_hash_table_iter_init(&iter, alert->environment);
    while (g_hash_table_iter_next(&iter, &name, &text)) {
        xml_set(environment, name, text);
    }
    return request;
}

void attrd_alerts_send(const char *node, uint32_t node_id, const char *attribute, const char *value)
{
    struct event event = {.node = node, .attribute = attribute, .value = value, .node_id = node_id};

    gettimeofday(&event.when, NULL);
    for (guint i = 0; alerts != NULL && i < alerts->len; i++) {
        const struct alert *alert = alerts->pdata[i];

        if (alert->names != NULL && !g_strv_contains((const char *const *)alert->names, attribute)) {
            continue;
        }
        int rc = connect_executor();

        if (rc == 0) {
            XML_AUTO xmlNode *request = execution(alert, &event);

            rc = ipc_call(executor, request, 0, 0, NULL);
        }
        if (rc < 0) {
            log_warn("Could not run alert %s for %s[%s]: %s", alert->id, attribute, node, pcmk_strerror(rc));
        }
    }
}
