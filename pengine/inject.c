/* Synthetic events: what nodes, operations, tickets and options would look like in a CIB (decisions §17). */
#include "pengine/simulate.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pacemaker/common/xml.h"
#include "pengine/pe.h"
#include "pengine/sim_history.h"

bool pe_sim_node_event(const pe_sched *model, xmlNode *cib, const char *node, enum pe_node_event what)
{
    const pe_node *n = pe_node_by_name(model, node);
    xmlNode *state;

    if (n == NULL) {
        return false;
    }
    state = pe_sim_node_state(cib, n->name, n->id, true);
    if (what == PE_NODE_DOWN) {
        sim_node_lost(state);
        return true;
    }
    xml_set(state, "in_ccm", what == PE_NODE_UP ? "true" : "false");
    xml_set(state, "crmd", "online");
    xml_set(state, "join", "member");
    xml_set(state, "expected", "member");
    return true;
}

static void set_attribute(const pe_node *n, xmlNode *cib, const char *name, const char *value,
                          pe_attribute_fn attribute, void *arg)
{
    xmlNode *state = pe_sim_node_state(cib, n->name, n->id, true);
    xmlNode *transient = xml_first(state, "transient_attributes"), *set, *pair;
    char *path;

    if (transient == NULL) {
        transient = xml_add(state, "transient_attributes");
        xml_set(transient, "id", n->id);
    }
    set = xml_first(transient, "instance_attributes");
    if (set == NULL) {
        set = xml_add(transient, "instance_attributes");
        xml_setf(set, "id", "status-%s", n->id);
    }
    path = g_strdup_printf("/cib/status/node_state[@uname='%s']", n->name);
    if (attribute != NULL) {
        attribute(arg, path, n->id, name, value);
    }
    g_free(path);
    pair = xml_find(set, "nvpair", "name", name);
    if (pair == NULL) {
        pair = xml_add(set, "nvpair");
        xml_setf(pair, "id", "status-%s-%s", n->id, name);
        xml_set(pair, "name", name);
    }
    if (strcmp(value, "value++") == 0) {
        xml_set_int(pair, "value", score_add(score_parse(xml_get(pair, "value"), NULL), 1));
    } else {
        xml_set(pair, "value", value);
    }
}

const char *pe_sim_inject_operation(const pe_sched *model, xmlNode *cib, const char *spec, int64_t now,
                                    pe_attribute_fn attribute, void *arg)
{
    char *key = g_strdup(spec), *at = strrchr(key, '@'), *equals = at == NULL ? NULL : strchr(at, '=');
    const char *rsc_name, *task, *error = NULL;
    uint32_t interval;
    const pe_node *n;
    pe_rsc *r;
    char *end;
    long rc;

    if (equals == NULL) {
        g_free(key);
        return "it is not of the form RSC_TASK_INTERVAL@NODE=RC";
    }
    *at = *equals = '\0';
    rc = strtol(equals + 1, &end, 10);
    n = pe_node_by_name(model, at + 1);
    if (end == equals + 1 || !pe_parse_op_key((pe_sched *)model, key, &rsc_name, &task, &interval)) {
        error = "it is not of the form RSC_TASK_INTERVAL@NODE=RC";
    } else if (n == NULL) {
        error = "the node is not known";
    } else if ((r = pe_rsc_by_id(model, rsc_name)) == NULL || r->variant != PE_PRIMITIVE) {
        error = "the resource is not known";
    } else {
        struct sim_entry e = {
            .cib = cib, .node = n->name, .node_id = n->id, .shown = rsc_name, .configured = rsc_name, .rsc = r->xml,
            .task = task, .interval = interval, .rc = (int)rc, .target_rc = 0, .now = now,
        };

        if (rc != 0 && !(rc == 7 && interval == 0)) {
            char *name = g_strdup_printf("fail-count-%s#%s_%u", rsc_name, task, interval), *when;

            set_attribute(n, cib, name, "value++", attribute, arg);
            g_free(name);
            name = g_strdup_printf("last-failure-%s#%s_%u", rsc_name, task, interval);
            when = g_strdup_printf("%lld", (long long)now);
            set_attribute(n, cib, name, when, attribute, arg);
            g_free(name);
            g_free(when);
            e.failed = true;
        }
        sim_add_history(&e);
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
