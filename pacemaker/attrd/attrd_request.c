/* Requests of local clients (messaging.md §5.2, §5.3). */
#include "config.h"

#include <string.h>
#include <strings.h>
#include "pacemaker/attrd/attrd_private.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"

#define PROTOCOL_CLEAR_FAILURE 2
#define PROTOCOL_BATCH 4

/* Fill in the node and the arithmetic of one update; false when it cannot be done. */
static bool complete_update(attrd_t *a, xmlNode *update)
{
    const char *name = xml_get(update, "attr_name"), *task = xml_get(update, "task");

    if (name == NULL) {
        log_err("Ignoring an update without attribute name or pattern");
        return false;
    }
    if (xml_get(update, "attr_host") == NULL) {
        xml_set(update, "attr_host", a->own_name);
        xml_set_int(update, "attr_host_id", a->own_id);
    }
    if (task != NULL && strcmp(task, "update-delay") == 0 && attribute_find(a, name) == NULL) {
        log_err("Could not set the delay of %s: attribute does not exist", name);
        return false;
    }
    const char *text = xml_get(update, "attr_value");

    if (text != NULL) {
        char *expanded = expand_value(a, name, xml_get(update, "attr_host"), text);

        if (strcmp(expanded, text) != 0) {
            log_info("Expanded %s=%s to %s", name, text, expanded);
            xml_set(update, "attr_value", expanded);
        }
        g_free(expanded);
    }
    return true;
}

static void update_matching(attrd_t *a, xmlNode *update, const char *pattern)
{
    GPtrArray *names = attributes_matching(a, pattern);

    if (names == NULL) {
        log_err("Ignoring an update with invalid pattern '%s'", pattern);
        return;
    }
    for (guint i = 0; i < names->len; i++) {
        xml_set(update, "attr_name", names->pdata[i]);
        send_message(a, NULL, update);
    }
    g_ptr_array_free(names, TRUE);
}

static void update_single(attrd_t *a, xmlNode *update)
{
    const char *pattern = xml_get(update, "attr_regex");

    if (xml_get(update, "attr_name") == NULL && pattern != NULL) {
        update_matching(a, update, pattern);
    } else if (complete_update(a, update)) {
        send_message(a, NULL, update);
    }
}

static void update_batch(attrd_t *a, xmlNode *request)
{
    bool whole = a->minimum_protocol >= PROTOCOL_BATCH;
    xmlNode *next = NULL;

    for (xmlNode *part = xml_first(request, "op"); part != NULL; part = next) {
        const char *task = xml_get(part, "task");

        next = xml_next(part, "op");
        xml_set(part, "task", task != NULL ? NULL : xml_get(request, "task"));
        if (!whole) {
            XML_AUTO xmlNode *single = xml_copy(part);

            for (const xmlAttr *attr = request->properties; attr != NULL; attr = attr->next) {
                if (xml_get(single, (const char *)attr->name) == NULL) {
                    xml_set(single, (const char *)attr->name, xml_get(request, (const char *)attr->name));
                }
            }
            update_single(a, single);
        } else if (!complete_update(a, part)) {
            xml_free(part);
        }
    }
    if (whole && xml_first(request, "op") != NULL) {
        send_message(a, NULL, request);
    }
}

static void clear_failure(attrd_t *a, xmlNode *request)
{
    if (a->minimum_protocol >= PROTOCOL_CLEAR_FAILURE) {
        send_message(a, NULL, request);
        return;
    }
    /* older managers only know updates */
    char *pattern =
        failure_pattern(xml_get(request, "attr_resource"), xml_get(request, "attr_clear_operation"),
                        xml_get(request, "attr_clear_interval"));

    xml_set(request, "task", "update");
    xml_set(request, "attr_regex", pattern);
    xml_unset(request, "attr_name");
    xml_unset(request, "attr_value");
    g_free(pattern);
    update_single(a, request);
}

static void peer_remove(attrd_t *a, xmlNode *request)
{
    long long id = 0;

    if (xml_get(request, "attr_host") == NULL && xml_get_int(request, "attr_host_id", &id) == 0 && id > 0 &&
        id <= UINT32_MAX) {
        const peer_t *peer = peers_find(a->peers, (uint32_t)id, NULL);

        xml_set(request, "attr_host", peer != NULL ? peer->name : NULL);
    }
    if (xml_get(request, "attr_host") == NULL) {
        log_info("Ignoring a request to remove an unspecified node");
        return;
    }
    send_message(a, NULL, request);
}

static void add_value(xmlNode *reply, const char *node, const char *text)
{
    xmlNode *entry = xml_add(reply, "node");

    xml_set(entry, "attr_host", node);
    xml_set(entry, "attr_value", text);
}

static gboolean add_each(gpointer key, gpointer data, gpointer reply)
{
    const struct value *value = data;

    add_value(reply, value->node, value->current);
    return FALSE;
}

static xmlNode *query(attrd_t *a, const xmlNode *request)
{
    const char *name = xml_get(request, "attr_name"), *node = xml_get(request, "attr_host");
    const struct attribute *attribute = attribute_find(a, name);
    xmlNode *reply = xml_new("build_query_reply");

    xml_set(reply, "t", "attrd");
    xml_set(reply, "subt", "query");
    xml_set(reply, "attr_version", ATTRD_PROTOCOL_VERSION);
    if (attribute == NULL) {
        return reply;
    }
    xml_set(reply, "attr_name", name);
    if (node == NULL) {
        g_tree_foreach(attribute->values, add_each, reply);
        return reply;
    }
    if (strcasecmp(node, "localhost") == 0) {
        node = a->own_name;
    }
    const struct value *value = value_find(attribute, node);

    add_value(reply, node, value != NULL ? value->current : NULL);
    return reply;
}

void attrd_request(attrd_t *a, xmlNode *request, struct attrd_answer *answer)
{
    const char *task = xml_get(request, "task");

    *answer = (struct attrd_answer){.kind = ATTRD_ANSWER_ACK};
    if (task == NULL) {
        answer->kind = ATTRD_ANSWER_NONE;
    } else if (strcmp(task, "update") == 0 || strcmp(task, "update-both") == 0 ||
               strcmp(task, "update-delay") == 0) {
        answer->kind = ATTRD_ANSWER_ACK_ALWAYS;
        if (xml_first(request, "op") != NULL) {
            update_batch(a, request);
        } else {
            update_single(a, request);
        }
    } else if (strcmp(task, "clear-failure") == 0) {
        clear_failure(a, request);
    } else if (strcmp(task, "peer-remove") == 0) {
        peer_remove(a, request);
    } else if (strcmp(task, "refresh") == 0) {
        log_info("Updating all attributes");
        write_attributes(a, true, true);
    } else if (strcmp(task, "query") == 0 && xml_get(request, "attr_name") != NULL) {
        answer->kind = ATTRD_ANSWER_REPLY;
        answer->reply = query(a, request);
    } else {
        log_info("Ignoring unknown request %s", task);
        answer->kind = ATTRD_ANSWER_NONE;
    }
}
