/* Applying updates that came back from, or were sent to, the process group (messaging.md §5.7). */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "pacemaker/attrd/attrd_private.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/xml.h"

static bool is_one(const xmlNode *msg, const char *name)
{
    long long value = 0;

    return xml_get_int(msg, name, &value) == 0 && value == 1;
}

static const char *shown(const char *text)
{
    return text != NULL ? text : "(unset)";
}

/* Our own value wins over what another node remembers of it. */
static void insist(attrd_t *a, const struct attribute *attribute, const struct value *value)
{
    XML_AUTO xmlNode *sync = xml_new("sync");

    xml_set(sync, "task", "sync-response");
    value_to_xml(sync, attribute, value, false);
    log_notice("%s[%s]: local value '%s' takes priority over that of the writer", attribute->name,
               value->node, shown(value->current));
    send_message(a, NULL, sync);
}

static void change_value(attrd_t *a, const peer_t *from, struct attribute *attribute, struct value *value,
                         const char *text)
{
    char delay[24] = "no";

    if (attribute->dampening > 0) {
        snprintf(delay, sizeof(delay), "%ums", attribute->dampening);
    }
    log_notice("Setting %s[%s]: %s -> %s | from %s with %s write delay", attribute->name, value->node,
               shown(value->current), shown(text), from->name != NULL ? from->name : "unknown peer", delay);
    g_free(value->current);
    value->current = g_strdup(text);
    attribute->changed = true;
    if (strcasecmp(value->node, a->own_name) == 0 && strcmp(attribute->name, "shutdown") == 0) {
        a->shutdown_requested = text != NULL && strcmp(text, "0") != 0;
    }
    if (attribute->dampening > 0) {
        attribute->timer_running = true;
        attribute->retry_timer = false;
        a->ops->arm(a->arg, attribute->name, attribute->dampening);
    } else {
        write_or_elect(a, attribute);
    }
}

static void learn_node_id(attrd_t *a, struct value *value, const xmlNode *msg)
{
    long long id = 0;

    if (value->remote || value->node_id != 0 || xml_get_int(msg, "attr_host_id", &id) != 0 || id <= 0 ||
        id > UINT32_MAX) {
        return;
    }
    value->node_id = (uint32_t)id;
    peers_get(a->peers, value->node_id, value->node);
    log_trace("Learned id %u of node %s", (unsigned)value->node_id, value->node);
    if (attrd_is_writer(a)) {
        write_attributes(a, false, false);
    }
}

static void note_protocol(attrd_t *a, const struct attribute *attribute, const struct value *value,
                          const char *text)
{
    if (strcmp(attribute->name, "#attrd-protocol") != 0 || text == NULL) {
        return;
    }
    int version = (int)int_parse(text, -1);

    if (version > 0 && (a->minimum_protocol == -1 || version < a->minimum_protocol)) {
        a->minimum_protocol = version;
        log_trace("Set minimum attribute protocol version to %d because of %s", version, value->node);
    }
}

static void apply_to_node(attrd_t *a, const peer_t *from, struct attribute *attribute, const xmlNode *msg,
                          const char *node, bool filter)
{
    const char *text = xml_get(msg, "attr_value");
    bool remote = is_one(msg, "attr_is_remote");

    if (remote) {
        peers_get_remote(a->peers, node);
    }
    struct value *value = value_get(attribute, node, remote);
    bool equal = same_value(value->current, text);

    if (filter && !equal && strcasecmp(node, a->own_name) == 0) {
        insist(a, attribute, value);
    } else if (!equal) {
        change_value(a, from, attribute, value, text);
    } else if (is_one(msg, "attrd_is_force_write") && attribute->dampening > 0) {
        attribute->force_write = true;
    }
    value->seen = true;
    learn_node_id(a, value, msg);
    note_protocol(a, attribute, value, text);
}

/* Take the dampening of a message that carries one. False: the message is invalid. */
static bool apply_dampening(attrd_t *a, struct attribute *attribute, const xmlNode *msg)
{
    const char *text = xml_get(msg, "attr_dampening");
    int64_t ms = text != NULL ? msec_parse(text) : -1;

    if (ms < 0 || ms > INT32_MAX) {
        log_warn("Could not update %s: invalid delay %s", attribute->name, text != NULL ? text : "(none)");
        return false;
    }
    if (attribute->dampening != (unsigned)ms) {
        log_notice("Setting write delay of %s: %u ms -> %u ms", attribute->name, attribute->dampening,
                   (unsigned)ms);
        attribute->dampening = (unsigned)ms;
        if (ms == 0 && attribute->timer_running) {
            a->ops->cancel(a->arg, attribute->name);
            attribute->timer_running = attribute->retry_timer = false;
        }
        write_or_elect(a, attribute);
    }
    return true;
}

static void apply_one(attrd_t *a, const peer_t *from, xmlNode *msg, bool filter)
{
    const char *name = xml_get(msg, "attr_name"), *task = xml_get(msg, "task");
    const char *node = xml_get(msg, "attr_host");
    bool delay_only = task != NULL && strcmp(task, "update-delay") == 0;
    bool with_delay = task == NULL || delay_only || strcmp(task, "update-both") == 0;
    struct attribute *attribute = attribute_find(a, name);

    if (name == NULL) {
        log_warn("Ignoring an update without attribute name from %s",
                 from->name != NULL ? from->name : "unknown peer");
        return;
    }
    if (attribute == NULL && delay_only) {
        log_warn("Could not update %s: attribute does not exist", name);
        return;
    }
    if (attribute == NULL) {
        attribute = attribute_create(a, msg);
    }
    if (attribute == NULL || (with_delay && !apply_dampening(a, attribute, msg)) || delay_only) {
        return;
    }
    if (node != NULL) {
        apply_to_node(a, from, attribute, msg, node, filter);
        return;
    }
    GPtrArray *nodes = node_names(attribute);

    xml_unset(msg, "attr_host_id");
    for (guint i = 0; i < nodes->len; i++) {
        apply_to_node(a, from, attribute, msg, nodes->pdata[i], filter);
    }
    g_ptr_array_free(nodes, TRUE);
}

/* A part of a batch has what the whole has, unless it says otherwise. */
static void inherit(xmlNode *part, const xmlNode *whole)
{
    for (const xmlAttr *attr = whole->properties; attr != NULL; attr = attr->next) {
        const char *name = (const char *)attr->name;

        if (xml_get(part, name) == NULL) {
            xml_set(part, name, xml_get(whole, name));
        }
    }
}

void apply_message(attrd_t *a, const peer_t *from, xmlNode *msg, bool filter)
{
    if (filter) {
        xml_foreach(entry, msg, NULL) {
            apply_one(a, from, entry, true);
        }
        return;
    }
    if (xml_first(msg, NULL) == NULL) {
        apply_one(a, from, msg, false);
        return;
    }
    xml_foreach(part, msg, "op") {
        inherit(part, msg);
        apply_one(a, from, part, false);
    }
}
