/* Telling administrators' agents what happened (controller.md §7). */
#include "pacemaker/crmd/private.h"
#include "pacemaker/common/nvsets.h"

#define MAX_ALERTS 1000u

enum alert_kind { ALERT_NODE = 1, ALERT_FENCING = 2, ALERT_RESOURCE = 4 };

struct alert {
    char *id, *path, *recipient, *format;
    unsigned timeout_ms;
    unsigned kinds;
    GHashTable *environment;
};

struct alert_list {
    GPtrArray *alerts;          /* of struct alert */
};

static void alert_free(gpointer data)
{
    struct alert *alert = data;

    g_free(alert->id);
    g_free(alert->path);
    g_free(alert->recipient);
    g_free(alert->format);
    g_hash_table_destroy(alert->environment);
    g_free(alert);
}

void alerts_clear(struct crmd *c)
{
    if (c->alerts) {
        g_ptr_array_free(c->alerts->alerts, TRUE);
        g_free(c->alerts);
        c->alerts = NULL;
    }
}

/* ---- reading ---- */

static void put_first(void *arg, const char *name, const char *value, bool overwrite)
{
    GHashTable *table = arg;

    if (value && (overwrite || !g_hash_table_contains(table, name))) {
        g_hash_table_replace(table, g_strdup(name), g_strdup(value));
    }
}

static void unpack(struct crmd *c, xmlNode *element, const char *tag, GHashTable *table)
{
    struct rule_context context = {.now = {.epoch = c->ops.wall(c->arg)}};
    struct nvset_sink sink = {put_first, table};

    nvsets_unpack(element, tag, &context, NULL, true, &sink);
}

static unsigned selected_kinds(const xmlNode *select)
{
    unsigned kinds = 0;

    kinds |= xml_first(select, "select_nodes") ? ALERT_NODE : 0;
    kinds |= xml_first(select, "select_fencing") ? ALERT_FENCING : 0;
    kinds |= xml_first(select, "select_resources") ? ALERT_RESOURCE : 0;
    return kinds;
}

/* Options of an alert or, above them, of its recipient. */
static void apply_options(struct crmd *c, struct alert *alert, xmlNode *element)
{
    GHashTable *meta = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const xmlNode *select = xml_first(element, "select");
    const char *timeout, *format;

    unpack(c, element, "meta_attributes", meta);
    timeout = g_hash_table_lookup(meta, "timeout");
    format = g_hash_table_lookup(meta, "timestamp-format");
    if (timeout) {
        long long ms = msec_parse(timeout);

        alert->timeout_ms = ms > 0 && ms <= INT32_MAX ? (unsigned)ms : 30000;
    }
    if (format) {
        replace_text(&alert->format, format);
    }
    unpack(c, element, "instance_attributes", alert->environment);
    if (select && xml_first(select, NULL)) {
        alert->kinds = selected_kinds(select);
    }
    g_hash_table_destroy(meta);
}

static void add_alert(struct crmd *c, xmlNode *element, xmlNode *recipient)
{
    struct alert *alert = g_new0(struct alert, 1);

    alert->id = g_strdup(xml_id(element));
    alert->path = g_strdup(xml_get(element, "path"));
    alert->recipient = g_strdup(recipient ? xml_get(recipient, "value") : NULL);
    alert->format = g_strdup("%H:%M:%S.%06N");
    alert->timeout_ms = 30000;
    alert->kinds = ALERT_NODE | ALERT_FENCING | ALERT_RESOURCE;
    alert->environment = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    apply_options(c, alert, element);
    if (recipient) {
        apply_options(c, alert, recipient);
    }
    g_ptr_array_add(c->alerts->alerts, alert);
}

void alerts_read(struct crmd *c, const xmlNode *alerts)
{
    alerts_clear(c);
    if (alerts == NULL || xml_first(alerts, "alert") == NULL) {
        return;
    }
    c->alerts = g_new0(struct alert_list, 1);
    c->alerts->alerts = g_ptr_array_new_with_free_func(alert_free);
    xml_foreach(element, alerts, "alert") {
        xmlNode *recipient = xml_first(element, "recipient");

        if (xml_id(element) == NULL || xml_get(element, "path") == NULL) {
            log_err("Ignoring alert without %s", xml_id(element) ? "path" : "id");
            continue;
        }
        do {
            if (c->alerts->alerts->len >= MAX_ALERTS) {
                log_err("Ignoring alerts beyond the first %u", MAX_ALERTS);
                return;
            }
            add_alert(c, element, recipient);
            recipient = recipient ? xml_next(recipient, "recipient") : NULL;
        } while (recipient);
    }
}

/* ---- sending ---- */

/* Every value is there under both names agents know. */
static void put(GHashTable *values, const char *name, const char *value)
{
    g_hash_table_replace(values, g_strdup_printf("CRM_notify_%s", name), g_strdup(text_or(value, "")));
    g_hash_table_replace(values, g_strdup_printf("CRM_alert_%s", name), g_strdup(text_or(value, "")));
}

static void put_int(GHashTable *values, const char *name, long long value)
{
    char *text = g_strdup_printf("%lld", value);

    put(values, name, text);
    g_free(text);
}

static void copy_into(GHashTable *target, GHashTable *source)
{
    GHashTableIter iter;
    gpointer name, value;

    g_hash_table_iter_init(&iter, source);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        g_hash_table_replace(target, g_strdup(name), g_strdup(value));
    }
}

static void put_time(struct crmd *c, GHashTable *values, const char *format)
{
    char *text = NULL;
    long long epoch = 0;
    int usec = 0;
    char *micro;

    c->ops.timestamp(c->arg, format, &text, &epoch, &usec);
    micro = g_strdup_printf("%06d", usec);
    put(values, "timestamp", text);
    put_int(values, "timestamp_epoch", epoch);
    put(values, "timestamp_usec", micro);
    g_free(micro);
    free(text);
}

static void send_alert(struct crmd *c, const struct alert *alert, const char *kind, GHashTable *details)
{
    GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    put(values, "kind", kind);
    put(values, "version", CRMD_VERSION);
    put(values, "recipient", alert->recipient);
    put_time(c, values, alert->format);
    copy_into(values, details);
    copy_into(values, alert->environment);
    log_debug("Sending %s alert via %s to %s", kind, alert->id,
              text_or(alert->recipient, "nobody in particular"));
    if (c->ops.exec_alert(c->arg, alert->id, alert->path, alert->timeout_ms, values) < 0) {
        log_warn("Could not send %s alert via %s", kind, alert->id);
    }
    g_hash_table_destroy(values);
}

static void send_all(struct crmd *c, enum alert_kind kind, const char *name, GHashTable *details)
{
    for (guint i = 0; i < c->alerts->alerts->len && c->local->connected; i++) {
        const struct alert *alert = g_ptr_array_index(c->alerts->alerts, i);

        if (alert->kinds & kind) {
            send_alert(c, alert, name, details);
        }
    }
    g_hash_table_destroy(details);
}

static GHashTable *details_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void alert_node(struct crmd *c, const peer_t *peer)
{
    GHashTable *details;

    if (c->alerts == NULL) {
        return;
    }
    details = details_new();
    put(details, "node", peer->name);
    put_int(details, "nodeid", peer->id);
    put(details, "desc", peer_state_text(peer));
    send_all(c, ALERT_NODE, "node", details);
}

void alert_resource(struct crmd *c, const char *node, const struct crmd_exec_event *event)
{
    GHashTable *details;
    int target_rc = event_target_rc(event->user_data);

    if (c->alerts == NULL || same_text(event->op_type, "meta-data")) {
        return;
    }
    if (event->interval_ms == 0 && event->rc == target_rc && same_text(event->op_type, "monitor")) {
        return;
    }
    details = details_new();
    put(details, "node", node);
    put(details, "rsc", event->rsc_id);
    put(details, "task", event->op_type);
    put_int(details, "interval", event->interval_ms);
    put_int(details, "target_rc", target_rc);
    put_int(details, "status", event->status);
    put_int(details, "rc", event->rc);
    put_int(details, "exec_time",
            event->status == EXEC_TIMEOUT && event->exec_time_ms == 0 ? event->timeout_ms
                                                                      : event->exec_time_ms);
    put(details, "desc",
        event->status == EXEC_DONE ? ocf_exit_str(event->rc) : exec_status_str(event->status));
    send_all(c, ALERT_RESOURCE, "resource", details);
}

void alert_fencing(struct crmd *c, const struct crmd_fence_event *event)
{
    bool ok = event->exit_status == CRM_EX_OK && event->status == EXEC_DONE;
    GHashTable *details;
    char *text;

    if (c->alerts == NULL) {
        return;
    }
    text = g_strdup_printf(
        "Operation %s of %s by %s for %s@%s: %s%s%s%s (ref=%s)", text_or(event->action, "?"), event->target,
        text_or(event->executioner, "<no-one>"), text_or(event->client, "?"), text_or(event->origin, "?"),
        ok ? "OK" : exec_status_str(event->status), event->reason ? " (" : "", text_or(event->reason, ""),
        event->reason ? ")" : "", text_or(event->id, "?"));
    details = details_new();
    put(details, "node", event->target);
    put(details, "desc", text);
    put(details, "task", text_or(event->operation, "st_notify_fence"));
    put_int(details, "rc", event->legacy_rc);
    send_all(c, ALERT_FENCING, "fencing", details);
    g_free(text);
}
