/* The fencer's client: one function a request, history, agents (fencer.md §3.1, §10, §11). */
#include "config.h"
#include "stonithd/stonith_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lrmd/lrmd_client.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/xml.h"
#include "stonithd/fence_agents.h"

#define DEVICES_MAX 10000

/* ---- fencing ---- */

int stonith_fence(stonith_client_t *client, unsigned options, const char *target, const char *action,
                  unsigned timeout_s, unsigned tolerance_s, int delay_s)
{
    XML_AUTO xmlNode *data = xml_new("stonith_fence");

    xml_set(data, "st_target", target);
    xml_set(data, "st_device_action", action);
    xml_set_int(data, "st_timeout", timeout_s);
    xml_set_int(data, "st_tolerance", tolerance_s);
    xml_set_int(data, "st_delay", delay_s);
    return stonith_call(client, "st_fence", data, options, timeout_s, NULL);
}

int stonith_confirm(stonith_client_t *client, unsigned options, const char *target)
{
    return stonith_fence(client, options | ST_OPT_MANUAL_ACK, target, "off", 0, 0, 0);
}

/* ---- one device ---- */

static int device_action(stonith_client_t *client, unsigned options, const char *device, const char *action,
                         const char *target, unsigned timeout_s, char **output)
{
    XML_AUTO xmlNode *data = xml_new("device_action");
    XML_AUTO xmlNode *reply = NULL;

    xml_set(data, "st_origin", "stonith_api_call");
    xml_set(data, "st_device_id", device);
    xml_set(data, "st_device_action", action);
    xml_set(data, "st_target", target);
    int rc = stonith_call(client, "st_execute", data, options, timeout_s, &reply);
    if (output != NULL) {
        const char *text = xml_get(reply, "st_output");
        *output = text != NULL ? strdup(text) : NULL;
    }
    return rc;
}

int stonith_list(stonith_client_t *client, unsigned options, const char *device, unsigned timeout_s,
                 char **output)
{
    return device_action(client, options, device, "list", NULL, timeout_s, output);
}

int stonith_monitor(stonith_client_t *client, unsigned options, const char *device, unsigned timeout_s)
{
    return device_action(client, options, device, "monitor", NULL, timeout_s, NULL);
}

int stonith_status(stonith_client_t *client, unsigned options, const char *device, const char *port,
                   unsigned timeout_s)
{
    return device_action(client, options, device, "status", port, timeout_s, NULL);
}

static void collect_devices(const xmlNode *node, GPtrArray *ids, unsigned depth)
{
    xml_foreach (child, node, NULL) {
        const char *agent = xml_get(child, "agent");

        if (agent != NULL && xml_id(child) != NULL && ids->len < DEVICES_MAX) {
            g_ptr_array_add(ids, g_strdup(xml_id(child)));
        } else if (depth > 0) {
            collect_devices(child, ids, depth - 1);
        }
    }
}

int stonith_query(stonith_client_t *client, const char *target, unsigned timeout_s, char ***devices)
{
    XML_AUTO xmlNode *data = xml_new("stonith_query");
    XML_AUTO xmlNode *reply = NULL;

    *devices = NULL;
    xml_set(data, "st_origin", "stonith_api_query");
    xml_set(data, "st_target", target);
    xml_set(data, "st_device_action", "off");
    int rc = stonith_call(client, "st_query", data, ST_OPT_SYNC_CALL, timeout_s, &reply);
    if (rc < 0) {
        return rc;
    }
    GPtrArray *ids = g_ptr_array_new();
    collect_devices(reply, ids, 8);
    int count = (int)ids->len;
    g_ptr_array_add(ids, NULL);
    *devices = (char **)g_ptr_array_free(ids, FALSE);
    return count;
}

int stonith_register_device(stonith_client_t *client, unsigned options, const char *id,
                            const char *name_space, const char *agent, GHashTable *params)
{
    XML_AUTO xmlNode *data = xml_new("st_device_id");

    xml_set(data, "id", id);
    xml_set(data, "st_origin", program_name());
    xml_set(data, "agent", agent);
    xml_set(data, "namespace", name_space);
    lrmd_params_to_xml(data, params);
    return stonith_call(client, "st_device_register", data, options, 0, NULL);
}

int stonith_remove_device(stonith_client_t *client, unsigned options, const char *id)
{
    XML_AUTO xmlNode *data = xml_new("st_device_id");

    xml_set(data, "st_origin", program_name());
    xml_set(data, "id", id);
    return stonith_call(client, "st_device_remove", data, options, 0, NULL);
}

/* ---- topology ---- */

static xmlNode *level_data(const char *node, const char *pattern, const char *attr, const char *value,
                           int level)
{
    xmlNode *data = xml_new("fencing-level");

    xml_set(data, "st_origin", program_name());
    xml_set_int(data, "id", level);
    xml_set_int(data, "index", level);
    if (node != NULL) {
        xml_set(data, "target", node);
    } else if (pattern != NULL) {
        xml_set(data, "target-pattern", pattern);
    } else {
        xml_set(data, "target-attribute", attr);
        xml_set(data, "target-value", value);
    }
    return data;
}

static bool valid_target(const char *node, const char *pattern, const char *attr, const char *value)
{
    return node != NULL || pattern != NULL || (attr != NULL && value != NULL);
}

int stonith_register_level(stonith_client_t *client, unsigned options, const char *node, const char *pattern,
                           const char *attr, const char *value, int level, const char *const *devices)
{
    if (!valid_target(node, pattern, attr, value)) {
        return -EINVAL;
    }
    XML_AUTO xmlNode *data = level_data(node, pattern, attr, value, level);
    char *list = g_strjoinv(",", (char **)(uintptr_t)devices);
    xml_set(data, "devices", list);
    g_free(list);
    return stonith_call(client, "st_level_add", data, options, 0, NULL);
}

int stonith_remove_level(stonith_client_t *client, unsigned options, const char *node, const char *pattern,
                         const char *attr, const char *value, int level)
{
    if (!valid_target(node, pattern, attr, value)) {
        return -EINVAL;
    }
    XML_AUTO xmlNode *data = level_data(node, pattern, attr, value, level);
    return stonith_call(client, "st_level_remove", data, options, 0, NULL);
}

/* ---- history ---- */

static void history_free(gpointer data)
{
    stonith_history_t *event = data;

    free(event->target);
    free(event->action);
    free(event->origin);
    free(event->delegate);
    free(event->client);
    fence_result_clear(&event->result);
    free(event);
}

static char *get_copy(const xmlNode *node, const char *name)
{
    const char *value = xml_get(node, name);
    return value != NULL ? strdup(value) : NULL;
}

static stonith_history_t *history_event(const xmlNode *node)
{
    stonith_history_t *event = calloc(1, sizeof(*event));
    long long number = 0;

    event->target = get_copy(node, "st_target");
    event->action = get_copy(node, "st_device_action");
    event->origin = get_copy(node, "st_origin");
    event->delegate = get_copy(node, "st_delegate");
    event->client = get_copy(node, "st_clientname");
    (void)xml_get_int(node, "st_date", &event->completed);
    event->completed_nsec = xml_get_int(node, "st_date_nsec", &number) == 0 ? (long)number : 0;
    event->state = xml_get_int(node, "st_state", &number) == 0 ? (int)number : FENCING_FAILED;
    fence_result_from_xml(node, &event->result);
    return event;
}

static const xmlNode *find_history(const xmlNode *reply)
{
    const xmlNode *data = message_child(reply, "st_calldata");

    return xml_is(data, "st_history") ? data : xml_first(data, "st_history");
}

int stonith_history(stonith_client_t *client, unsigned options, const char *target, unsigned timeout_s,
                    GPtrArray **list)
{
    XML_AUTO xmlNode *data = NULL;
    XML_AUTO xmlNode *reply = NULL;

    if (target != NULL) {
        data = xml_new("history");
        xml_set(data, "st_target", target);
    }
    int rc = stonith_call(client, "st_fence_history", data, options | ST_OPT_SYNC_CALL, timeout_s, &reply);
    if (rc < 0 || list == NULL) {
        return rc;
    }
    *list = g_ptr_array_new_with_free_func(history_free);
    xml_foreach (node, find_history(reply), NULL) {
        g_ptr_array_add(*list, history_event(node));
    }
    return 0;
}

int stonith_sync_history(stonith_client_t *client, unsigned timeout_s)
{
    int rc = stonith_call(client, "st_fence_history", NULL, ST_OPT_BROADCAST, timeout_s, NULL);

    return rc < 0 ? rc : 0;
}

static bool is_pending(const stonith_history_t *event)
{
    return event->state != FENCING_DONE && event->state != FENCING_FAILED;
}

static gint compare_events(gconstpointer a, gconstpointer b)
{
    const stonith_history_t *x = *(const stonith_history_t *const *)a;
    const stonith_history_t *y = *(const stonith_history_t *const *)b;

    if (is_pending(x) != is_pending(y)) {
        return is_pending(x) ? -1 : 1;
    }
    if (x->completed != y->completed) {
        return x->completed > y->completed ? -1 : 1;
    }
    return x->completed_nsec > y->completed_nsec ? -1 : x->completed_nsec < y->completed_nsec;
}

void stonith_history_sort(GPtrArray *list)
{
    g_ptr_array_sort(list, compare_events);
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcasecmp(a, b) == 0);
}

const char *stonith_later_success(const stonith_history_t *event, const GPtrArray *list)
{
    const char *other = NULL;

    if (event->state != FENCING_FAILED) {
        return NULL;
    }
    for (guint i = 0; i < list->len; i++) {
        const stonith_history_t *later = g_ptr_array_index(list, i);

        if (later == event) {
            break;
        }
        if (later->state != FENCING_DONE || !same(later->target, event->target)
            || !same(later->action, event->action)) {
            continue;
        }
        if (later->delegate != NULL && event->delegate != NULL && same(later->delegate, event->delegate)) {
            return later->delegate;
        }
        if (other == NULL) {
            other = later->delegate != NULL ? later->delegate : "some node";
        }
    }
    return other;
}

const char *stonith_action_text(const char *action)
{
    return action == NULL ? "fencing" : strcmp(action, "on") == 0 ? "unfencing"
           : strcmp(action, "off") == 0 ? "turning off" : action;
}

const char *stonith_state_text(int state)
{
    return state == FENCING_FAILED ? "failed" : state == FENCING_DONE ? "successful" : "pending";
}

/* ---- agents ---- */

char **stonith_list_agents(void)
{
    return fence_agents_list();
}

bool stonith_agent_exists(const char *agent)
{
    return fence_agent_exists(agent);
}

int stonith_metadata(const char *agent, unsigned timeout_s, char **output)
{
    return fence_agent_metadata(agent, timeout_s, output);
}

int stonith_validate(const char *rsc_id, const char *agent, GHashTable *params, unsigned timeout_s,
                     char **output, char **error_output)
{
    return fence_agent_validate(rsc_id, agent, params, timeout_s, output, error_output);
}
