/* Synthetic events: what nodes, operations, tickets and options would look like in a CIB (decisions §17). */
#include "pengine/simulate.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pacemaker/common/xml.h"
#include "pengine/pe.h"
#include "pengine/sim_history.h"

/* The node of the model with that name. Where unknown nodes are added, a guest does not answer to its name in
 * another case: nothing in the CIB is called so. */
static const pe_node *known_node(const pe_sched *model, const char *name, bool add_nodes)
{
    const pe_node *n = pe_node_by_name(model, name);

    return n != NULL && add_nodes && pe_is_guest(n) && strcmp(n->name, name) != 0 ? NULL : n;
}

bool pe_sim_node_event(const pe_sched *model, xmlNode *cib, const char *node, enum pe_node_event what,
                       bool add_nodes)
{
    const pe_node *n = known_node(model, node, add_nodes);
    xmlNode *state;

    if (n == NULL && !add_nodes && sim_find_node_state(cib, node) == NULL) {
        return false;
    }
    state = sim_touch_node(cib, n != NULL ? n->name : node, n != NULL ? n->id : node, add_nodes);
    if (what == PE_NODE_DOWN) {
        sim_node_lost(state);
        xml_set(state, "crm-debug-origin", "crm_simulate");
        return true;
    }
    xml_set(state, "in_ccm", what == PE_NODE_UP ? "true" : "false");
    xml_set(state, "crmd", "online");
    xml_set(state, "join", "member");
    xml_set(state, "expected", "member");
    xml_set(state, "crm-debug-origin", "crm_simulate");
    return true;
}

static void set_attribute(const struct sim_entry *e, const char *name, const char *value,
                          pe_attribute_fn attribute, void *arg)
{
    const char *node_id = e->node_id;
    xmlNode *state = sim_touch_node(e->cib, e->node, node_id, e->add_nodes);
    xmlNode *transient = xml_first(state, "transient_attributes"), *set, *pair;

    if (transient == NULL) {
        transient = xml_add(state, "transient_attributes");
        xml_set(transient, "id", node_id);
    }
    set = xml_first(transient, "instance_attributes");
    if (set == NULL) {
        set = xml_add(transient, "instance_attributes");
        xml_setf(set, "id", "status-%s", node_id);
    }
    if (attribute != NULL) {
        attribute(arg, "/node_state", node_id, name, value);
    }
    pair = xml_find(set, "nvpair", "name", name);
    if (pair == NULL) {
        char *id = pe_safe_id(g_strdup_printf("status-%s-%s", node_id, name));

        pair = xml_add(set, "nvpair");
        xml_set(pair, "id", id);
        xml_set(pair, "name", name);
        g_free(id);
    }
    if (strcmp(value, "value++") == 0) {
        xml_set_int(pair, "value", score_add(score_parse(xml_get(pair, "value"), NULL), 1));
    } else {
        xml_set(pair, "value", value);
    }
}

void sim_count_failure(const struct sim_entry *e, pe_attribute_fn attribute, void *arg)
{
    char *name, *when;

    if (e->rc == 0 || (e->rc == 7 && e->interval == 0)) {
        return;
    }
    name = g_strdup_printf("fail-count-%s#%s_%u", e->shown, e->task, e->interval);
    when = g_strdup_printf("%lld", (long long)e->now);
    set_attribute(e, name, "value++", attribute, arg);
    g_free(name);
    name = g_strdup_printf("last-failure-%s#%s_%u", e->shown, e->task, e->interval);
    set_attribute(e, name, when, attribute, arg);
    g_free(name);
    g_free(when);
}

/* The fields RSC_TASK_INTERVAL, NODE and RC of a specification: how many are there, in order. */
static int spec_fields(char *spec, const char **node, int *rc)
{
    char *at = strrchr(spec, '@'), *equals = at == NULL ? NULL : strchr(at, '='), *end;

    if (at == NULL) {
        return 1;
    }
    *at = '\0';
    *node = at + 1;
    if (equals == NULL) {
        return 2;
    }
    *equals = '\0';
    *rc = (int)strtol(equals + 1, &end, 10);
    return end == equals + 1 ? 2 : 3;
}

/* A node of the model, one that has left nothing but its node_state, or one to be added. */
static bool find_node(const pe_sched *model, xmlNode *cib, bool add_nodes, const char **name, const char **id)
{
    const pe_node *n = known_node(model, *name, add_nodes);
    const xmlNode *state = n != NULL ? NULL : sim_find_node_state(cib, *name);

    if (n != NULL) {
        *name = n->name;
        *id = n->id;
    } else if (state != NULL) {
        *id = xml_id(state);
    } else if (add_nodes) {
        *id = *name;
    }
    return *id != NULL;
}

char *pe_sim_inject_operation(const pe_sched *model, xmlNode *cib, const char *spec, int64_t now,
                              bool add_nodes, bool *unknown_node, pe_attribute_fn attribute, void *arg)
{
    char *key = g_strdup(spec), *error = NULL;
    const char *node = NULL, *node_id = NULL, *rsc_name, *task;
    uint32_t interval;
    pe_rsc *r = NULL;
    int rc = 0, fields = spec_fields(key, &node, &rc);

    *unknown_node = false;
    if (fields != 3) {
        error = g_strdup_printf("Invalid operation spec: %s.  Only found %d fields", spec, fields);
    } else if (!pe_parse_op_key((pe_sched *)model, key, &rsc_name, &task, &interval)) {
        error = g_strdup_printf("Invalid operation key: %s", key);
    } else if ((r = pe_rsc_by_id(model, rsc_name)) == NULL || r->variant != PE_PRIMITIVE) {
        error = g_strdup_printf("Invalid resource name: %s", rsc_name);
    } else if (!find_node(model, cib, add_nodes, &node, &node_id)) {
        error = g_strdup_printf("Invalid node name: %s", node);
        *unknown_node = true;
    } else {
        struct sim_entry e = {
            .cib = cib, .index = sim_index_new(), .node = node, .node_id = node_id, .shown = rsc_name,
            .configured = rsc_name, .rsc = r->xml,
            .task = task, .interval = interval, .rc = rc, .target_rc = 0, .now = now,
            .add_nodes = add_nodes,
        };

        sim_count_failure(&e, attribute, arg);
        sim_add_history(&e);
        sim_index_free(e.index);
    }
    g_free(key);
    return error;
}

void pe_sim_ticket(xmlNode *cib, const char *ticket, const char *name, bool value, int64_t now)
{
    xmlNode *status = xml_first(cib, "status"), *list, *state;

    list = xml_first(status, "tickets");
    if (list == NULL) {
        list = xml_add(status, "tickets");
    }
    state = xml_find(list, "ticket_state", "id", ticket);
    if (state == NULL) {
        state = xml_add(list, "ticket_state");
        xml_set(state, "id", ticket);
    }
    xml_set_bool(state, name, value);
    if (strcmp(name, "granted") == 0 && value) {
        xml_set_int(state, "last-granted", now);
    }
}

void pe_sim_option(xmlNode *cib, const char *name, const char *value)
{
    xmlNode *options = xml_first(xml_first(cib, "configuration"), "crm_config"), *set, *pair;

    set = xml_find(options, "cluster_property_set", "id", "cib-bootstrap-options");
    if (set == NULL) {
        set = xml_add(options, "cluster_property_set");
        xml_set(set, "id", "cib-bootstrap-options");
    }
    pair = xml_find(set, "nvpair", "name", name);
    if (pair == NULL) {
        pair = xml_add(set, "nvpair");
        xml_setf(pair, "id", "cib-bootstrap-options-%s", name);
        xml_set(pair, "name", name);
    }
    xml_set(pair, "value", value);
}
