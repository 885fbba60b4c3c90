/* History entries and node states that simulated events leave in a CIB (decisions §17). */
#include "pengine/sim_history.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pacemaker/common/xml.h"
#include "pengine/simulate.h"

#define NO_UUID "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"

const xmlNode *sim_find_node_state(xmlNode *cib, const char *node)
{
    return xml_find(xml_first(cib, "status"), "node_state", "uname", node);
}

static xmlNode *node_state(xmlNode *cib, const char *node, const char *id)
{
    xmlNode *status = xml_first(cib, "status"), *state;

    if (status == NULL) {
        status = xml_add(cib, "status");
    }
    state = xml_find(status, "node_state", "uname", node);
    if (state == NULL) {
        state = xml_add(status, "node_state");
        xml_set(state, "id", id != NULL ? id : node);
        xml_set(state, "uname", node);
    }
    return state;
}

xmlNode *sim_touch_node(xmlNode *cib, const char *node, const char *id, bool add_nodes)
{
    xmlNode *nodes = xml_first(xml_first(cib, "configuration"), "nodes");

    if (add_nodes && xml_find(nodes, "node", "uname", node) == NULL) {
        xmlNode *added = xml_add(nodes, "node");

        xml_set(added, "id", node);
        xml_set(added, "uname", node);
    }
    return node_state(cib, node, id);
}

void sim_node_lost(xmlNode *state)
{
    xmlNode *child;

    xml_set(state, "in_ccm", "false");
    xml_set(state, "crmd", "offline");
    xml_set(state, "join", "down");
    xml_set(state, "expected", "down");
    while ((child = xml_first(state, "lrm")) != NULL) {
        xml_free(child);
    }
    while ((child = xml_first(state, "transient_attributes")) != NULL) {
        xml_free(child);
    }
}

static xmlNode *child_of(xmlNode *parent, const char *name)
{
    xmlNode *child = xml_first(parent, name);

    return child != NULL ? child : xml_add(parent, name);
}

static void merge_history(xmlNode *into, const xmlNode *from)
{
    xml_foreach(op, from, "lrm_rsc_op") {
        xmlNode *same = xml_find(into, "lrm_rsc_op", "id", xml_id(op));

        if (same != NULL) {
            xml_copy_attrs(same, op);
        } else {
            xml_add_copy(into, op);
        }
    }
}

/* The reference writes the whole state of a node, and merging that leaves the first of several histories of
 * one name with the entries of all, the later ones' where they have the same id. */
static void merge_duplicates(struct sim_index *index, xmlNode *list)
{
    if (!sim_index_has_duplicates(index, list)) {
        return;
    }
    xml_foreach(rsc, list, "lrm_resource") {
        const struct sim_found *found = xml_id(rsc) != NULL ? sim_index_find(index, list, xml_id(rsc)) : NULL;

        if (found != NULL && rsc != found->first) {
            merge_history(found->first, rsc);
        }
    }
}

static xmlNode *history_of(const struct sim_entry *e, bool *duplicated)
{
    static const char *const attrs[] = {"class", "provider", "type"};
    xmlNode *state = sim_touch_node(e->cib, e->node, e->routed ? e->node : e->node_id, e->add_nodes);
    xmlNode *lrm = child_of(state, "lrm"), *list, *rsc;
    const struct sim_found *found;

    if (xml_id(lrm) == NULL) {
        xml_set(lrm, "id", xml_id(state));
    }
    list = child_of(lrm, "lrm_resources");
    merge_duplicates(e->index, list);
    found = sim_index_find(e->index, list, e->shown);
    *duplicated = found != NULL && found->n > 1;    /* the reference finds none and counts calls anew */
    if (found != NULL) {
        return found->first;
    }
    found = sim_index_find(e->index, list, e->configured);
    if (found != NULL) {
        return found->first;
    }
    rsc = xml_add(list, "lrm_resource");
    xml_set(rsc, "id", e->configured);
    for (size_t i = 0; i < 3; i++) {
        xml_set(rsc, attrs[i], xml_get(e->rsc, attrs[i]));
    }
    sim_index_added(e->index, list, rsc);
    return rsc;
}

static int next_call(const xmlNode *history)
{
    int highest = 0;

    xml_foreach(op, history, "lrm_rsc_op") {
        int call = (int)int_parse(xml_get(op, "call-id"), 0);

        highest = call > highest ? call : highest;
    }
    return highest + 1;
}

/* Parameters as the operation was executed with, for its digest. */
static char *operation_digest(const struct sim_entry *e)
{
    xmlNode *params;
    char *digest;

    if (e->attributes == NULL) {
        return NULL;
    }
    params = xml_new("parameters");
    xml_copy_attrs(params, e->attributes);
    xml_foreach(param, e->attributes, "param") {    /* those whose names cannot be attributes */
        if (xml_get(param, "name") != NULL) {
            xml_set(params, xml_get(param, "name"), xml_get(param, "value"));
        }
    }
    digest = xml_digest_operation(params);
    xml_free(params);
    return digest;
}

static const char *attribute(const struct sim_entry *e, const char *name)
{
    return e->attributes == NULL ? NULL : xml_get(e->attributes, name);
}

static void write_entry(const struct sim_entry *e, xmlNode *history, const char *id, int call)
{
    const char *task = strcmp(e->task, "reload-agent") == 0 ? "start" : e->task;
    xmlNode *op = xml_find(history, "lrm_rsc_op", "id", id);
    char *digest = operation_digest(e), *key;

    if (op == NULL) {
        op = xml_add(history, "lrm_rsc_op");
        xml_set(op, "id", id);
    }
    key = g_strdup_printf("%s_%s_%u", e->configured, task, e->interval);
    xml_set(op, "operation_key", key);
    g_free(key);
    xml_set(op, "operation", task);
    xml_set(op, "crm-debug-origin", "crm_simulate");
    xml_set(op, "crm_feature_set", "3.16.1");
    xml_setf(op, "transition-key", "%d:-1:%d:%s", call, e->target_rc, NO_UUID);
    xml_setf(op, "transition-magic", "0:%d;%d:-1:%d:%s", e->rc, call, e->target_rc, NO_UUID);
    xml_set(op, "exit-reason", e->attributes == NULL ? "Simulated action result" : "");
    xml_set_int(op, "call-id", call);
    xml_set_int(op, "rc-code", e->rc);
    xml_set_int(op, "op-status", 0);
    xml_set_int(op, "interval", e->interval);
    xml_set_int(op, "last-rc-change", e->now);
    xml_set(op, "exec-time", "0");
    xml_set(op, "queue-time", "0");
    if (strcmp(task, "migrate_to") == 0 || strcmp(task, "migrate_from") == 0) {
        xml_set(op, "migrate_source", attribute(e, "CRM_meta_migrate_source"));
        xml_set(op, "migrate_target", attribute(e, "CRM_meta_migrate_target"));
    }
    if (digest != NULL) {
        xml_set(op, "op-digest", digest);
    }
    free(digest);
}

void sim_add_history(const struct sim_entry *e)
{
    bool duplicated;
    xmlNode *history = history_of(e, &duplicated);
    int call = duplicated ? 1 : next_call(history);
    bool notify = strcmp(e->task, "notify") == 0 && e->attributes != NULL;
    bool failed = e->rc != e->target_rc;        /* also recorded as last failure */
    char *id;

    if (notify) {
        id = g_strdup_printf("%s_%s_notify_%s_0", e->configured, attribute(e, "CRM_meta_notify_type"),
                             attribute(e, "CRM_meta_notify_operation"));
    } else if (failed) {
        id = g_strdup_printf("%s_last_failure_0", e->configured);
    } else if (strcmp(e->task, "migrate_to") == 0 || strcmp(e->task, "migrate_from") == 0 ||
               e->interval > 0) {
        id = g_strdup_printf("%s_%s_%u", e->configured, e->task, e->interval);
    } else {
        id = g_strdup_printf("%s_last_0", e->configured);
    }
    write_entry(e, history, id, call);
    g_free(id);
    if (failed && !notify && e->interval == 0) {
        id = g_strdup_printf("%s_last_0", e->configured);
        write_entry(e, history, id, call);
        g_free(id);
    }
}
