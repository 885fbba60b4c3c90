/* Writing attributes to the CIB (messaging.md §5.8). */
#include "config.h"

#include <errno.h>
#include <string.h>
#include "pacemaker/attrd/attrd_private.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

#define RETRY_MS 2000

/* An attribute's write while it is put together. */
struct writing {
    attrd_t *a;
    struct attribute *attribute;
    xmlNode *update;
    unsigned values, private_values;
    bool deletes;
};

/* XML ids must not contain these. */
static char *sanitized(char *id)
{
    for (char *c = id; *c != '\0'; c++) {
        if (*c == ':' || *c == '#') {
            *c = '.';
        }
    }
    return id;
}

static void add_update(struct writing *w, const char *uuid, const char *text)
{
    const struct attribute *attribute = w->attribute;
    char *set =
        sanitized(attribute->set != NULL ? g_strdup(attribute->set) : g_strdup_printf("status-%s", uuid));
    char *key = sanitized(attribute->key != NULL ? g_strdup(attribute->key)
                                                 : g_strdup_printf("%s-%s", set, attribute->name));
    xmlNode *node = xml_add(w->update, "node_state");

    xml_set(node, "id", uuid);
    node = xml_add(node, "transient_attributes");
    xml_set(node, "id", uuid);
    node = xml_add(node, "instance_attributes");
    xml_set(node, "id", set);
    node = xml_add(node, "nvpair");
    xml_set(node, "id", key);
    xml_set(node, "name", attribute->name);
    xml_set(node, "value", text != NULL ? text : "");
    if (text == NULL) {
        xml_set(node, "__delete__", "value");
        w->deletes = true;
    }
    g_free(set);
    g_free(key);
}

static gboolean collect(gpointer key, gpointer data, gpointer arg)
{
    struct value *value = data;
    struct writing *w = arg;
    const peer_t *peer = value->remote ? peers_find_remote(w->a->peers, value->node)
                                       : peers_find(w->a->peers, value->node_id, value->node);

    if (peer == NULL) {
        /* the update did not say that it is a remote node (a client there, for example) */
        peer = peers_find_remote(w->a->peers, value->node);
    }
    if (peer != NULL && peer->id != 0 && value->node_id == 0) {
        value->node_id = peer->id;
    }
    if (w->attribute->private) {
        w->private_values++;
        return FALSE;
    }
    if (peer == NULL || peer->uuid == NULL) {
        w->attribute->unknown_uuid = true;
        log_notice("Cannot update %s[%s]=%s because its node is not known yet", w->attribute->name,
                   value->node, value->current != NULL ? value->current : "(unset)");
        return FALSE;
    }
    add_update(w, peer->uuid, value->current);
    g_free(value->requested);
    value->requested = g_strdup(value->current);
    w->values++;
    return FALSE;
}

static gboolean raise_alert(gpointer key, gpointer data, gpointer arg)
{
    const struct value *value = data;
    const struct writing *w = arg;

    if (w->a->ops->alert != NULL) {
        w->a->ops->alert(w->a->arg, value->node, value->node_id, w->attribute->name, value->current);
    }
    return FALSE;
}

static void arm(attrd_t *a, struct attribute *attribute, unsigned ms, bool retry)
{
    attribute->timer_running = true;
    attribute->retry_timer = retry;
    a->ops->arm(a->arg, attribute->name, ms);
}

static void stop_timer(attrd_t *a, struct attribute *attribute)
{
    if (attribute->timer_running) {
        a->ops->cancel(a->arg, attribute->name);
        attribute->timer_running = attribute->retry_timer = false;
    }
}

/* Try again after the dampening, or soon. */
static void retry_later(attrd_t *a, struct attribute *attribute)
{
    attribute->changed = true;
    arm(a, attribute, attribute->dampening > 0 ? attribute->dampening : RETRY_MS, attribute->dampening == 0);
}

static bool must_wait(attrd_t *a, struct attribute *attribute, bool ignore_delay)
{
    if (attribute->private) {
        return false;
    }
    if (attribute->call > 0 && attribute->call < a->last_call_done) {
        log_info("CIB update %d of %s is considered lost", attribute->call, attribute->name);
        attribute->call = 0;
    }
    if (attribute->call > 0) {
        log_info("Write of %s is delayed: update %d is in progress", attribute->name, attribute->call);
        /* also when no value is new: the CIB that took the update may have been replaced since */
        attribute->changed = true;
        return true;
    }
    if (attribute->timer_running && ignore_delay) {
        stop_timer(a, attribute);
    }
    return attribute->timer_running;
}

void write_attribute(attrd_t *a, struct attribute *attribute, bool ignore_delay)
{
    struct writing w = {.a = a, .attribute = attribute};

    if (must_wait(a, attribute, ignore_delay)) {
        return;
    }
    attribute->changed = attribute->unknown_uuid = attribute->force_write = false;
    w.update = xml_new("status");
    g_tree_foreach(attribute->values, collect, &w);
    if (w.private_values > 0) {
        log_info("Processed %u private change%s for %s | set=%s", w.private_values,
                 w.private_values == 1 ? "" : "s", attribute->name,
                 attribute->set != NULL ? attribute->set : "none");
    }
    if (w.values > 0) {
        int call = a->ops->write(a->arg, attribute->name, w.update, w.deletes, attribute->user);

        if (call > 0) {
            attribute->call = call;
            log_info("Sent CIB request %d with %u change%s for %s | set=%s", call, w.values,
                     w.values == 1 ? "" : "s", attribute->name,
                     attribute->set != NULL ? attribute->set : "none");
            g_tree_foreach(attribute->values, raise_alert, &w);
        } else {
            log_err("Could not send the CIB request for %s: %s", attribute->name, pcmk_strerror(call));
            retry_later(a, attribute);
        }
    }
    xml_free(w.update);
}

struct all {
    attrd_t *a;
    bool all, ignore_delay;
};

static gboolean write_one(gpointer key, gpointer data, gpointer arg)
{
    struct attribute *attribute = data;
    const struct all *what = arg;

    if (!what->all && attribute->unknown_uuid) {
        attribute->changed = true;
    }
    if (what->all || attribute->changed || attribute->force_write) {
        write_attribute(what->a, attribute, what->ignore_delay || attribute->force_write);
    }
    return FALSE;
}

void write_attributes(attrd_t *a, bool all, bool ignore_delay)
{
    struct all what = {.a = a, .all = all, .ignore_delay = ignore_delay};

    log_debug("Writing out %s attributes", all ? "all" : "changed");
    g_tree_foreach(a->attributes, write_one, &what);
}

void write_or_elect(attrd_t *a, struct attribute *attribute)
{
    if (attrd_is_writer(a)) {
        write_attribute(a, attribute, false);
    } else {
        elect_if_needed(a);
    }
}

void attrd_timer_expired(attrd_t *a, const char *name)
{
    struct attribute *attribute = attribute_find(a, name);

    if (attribute != NULL && attribute->timer_running) {
        attribute->timer_running = attribute->retry_timer = false;
        log_debug("Dampen interval expired for %s", name);
        write_or_elect(a, attribute);
    }
}

void attrd_written(attrd_t *a, const char *name, int call, int rc)
{
    struct attribute *attribute = attribute_find(a, name);

    if (attribute == NULL || attribute->call != call) {
        return;
    }
    attribute->call = 0;
    if (rc == 0) {
        a->last_call_done = call;
        if (attribute->retry_timer) {
            stop_timer(a, attribute);
        }
        log_info("CIB update %d result for %s: OK", call, name);
    } else {
        log_warn("CIB update %d result for %s: %s", call, name, pcmk_strerror(rc));
        attribute->changed = true;
    }
    if (!attribute->changed || !attrd_is_writer(a)) {
        return;
    }
    if (rc == 0) {
        write_attribute(a, attribute, false);
    } else {
        retry_later(a, attribute);
    }
}

void attrd_cib_replaced(attrd_t *a)
{
    if (!a->shutdown_requested && attrd_is_writer(a)) {
        log_notice("Updating all attributes after a replacement in the CIB");
        write_attributes(a, true, false);
    }
}
