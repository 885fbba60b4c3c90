/* One action of the transition graph as XML (decisions §14.4). */
#include "pengine/pe.h"

#include <ctype.h>
#include <stdlib.h>

#include "pengine/graph_xml.h"

/* ---- where a remote node's action is executed ---- */

static bool leaves_first(const pe_action *a)
{
    enum pe_task task = a->task;

    if (task == TASK_NOTIFY) {
        task = pe_task_of(pe_table_get(&a->meta, "notify_operation"));
    }
    return task == TASK_CANCEL || task == TASK_STOP || task == TASK_DEMOTE || task == TASK_MIGRATE_FROM ||
           task == TASK_MIGRATE_TO;
}

static const pe_node *router(const pe_action *a)
{
    const pe_rsc *c = a->node->conn;
    const pe_node *begin, *end;

    if (a->node->type != PE_REMOTE || c == NULL) {
        return NULL;
    }
    begin = pe_current(c, NULL, NULL);
    end = c->assigned;
    if (begin == NULL || end == NULL || begin == end) {
        return begin != NULL ? begin : end;
    }
    return leaves_first(a) && !(c->container == NULL && c->partial_target != NULL) ? begin : end;
}

/* ---- keys ---- */

static const char *history_key(pe_sched *s, const pe_action *a)
{
    const char *name = a->rsc->hname, *type, *task;
    uint32_t interval = interval_parse(pe_table_get(&a->meta, "interval"), NULL);

    if (a->task == TASK_NOTIFY) {
        type = pe_table_get(&a->meta, "notify_type");
        task = pe_table_get(&a->meta, "notify_operation");
        return pe_printf(s, "%s_%s_notify_%s_0", name, type, task);
    }
    if (pe_table_get(&a->meta, "interval") != NULL) {
        interval = (uint32_t)int_parse(pe_table_get(&a->meta, "interval"), 0);
    }
    return pe_printf(s, "%s_%s_%u", name, a->cancelled_task != NULL ? a->cancelled_task : a->task_text,
                     interval);
}

static xmlNode *start_element(pe_sched *s, xmlNode *parent, pe_action *a, bool *node_info)
{
    const char *name = "rsc_op";
    xmlNode *xml;

    *node_info = true;
    if (a->task == TASK_STONITH) {
        name = a->flags & AF_PSEUDO ? "pseudo_event" : "crm_event";
    } else if (a->task == TASK_SHUTDOWN || a->task == TASK_CLEAR_FAILCOUNT || a->task == TASK_LRM_DELETE) {
        name = "crm_event";
    } else if (a->flags & AF_PSEUDO) {
        name = "pseudo_event";
        *node_info = false;
    }
    xml = xml_add(parent, name);
    if (a->task == TASK_LRM_DELETE) {
        xml_set(xml, "mode", "cib");
    }
    xml_set_int(xml, "id", a->id);
    xml_set(xml, "operation", a->task_text);
    if (a->rsc != NULL && a->rsc->hname != NULL) {
        xml_set(xml, "operation_key", history_key(s, a));
        xml_set(xml, "internal_operation_key", a->key);
    } else {
        xml_set(xml, "operation_key", a->key);
    }
    if (*node_info && a->node != NULL) {
        const pe_node *route = a->task == TASK_STONITH ? NULL : router(a);

        xml_set(xml, "on_node", a->node->name);
        xml_set(xml, "on_node_uuid", a->node->id);
        if (route != NULL) {
            xml_set(xml, "router_node", route->name);
        }
        pe_table_add(s, &a->meta, "on_node", a->node->name);
        pe_table_add(s, &a->meta, "on_node_uuid", a->node->id);
    }
    return xml;
}

/* ---- the resource ---- */

static void add_resource(pe_sched *s, xmlNode *xml, const pe_action *a)
{
    const pe_rsc *r = a->rsc;
    const char *attrs[] = {"class", "provider", "type"};
    xmlNode *child;

    if (a->node != NULL && r->lock_node == a->node && (!a->node->shutdown || a->task == TASK_STOP)) {
        xml_setf(xml, "shutdown-lock", "%lld", (long long)r->lock_time);
    }
    child = xml_add(xml, xml_name(r->xml));
    if (r->orphan && r->hname != NULL) {
        xml_set(child, "id", r->hname);
        xml_set(child, "long-id", r->id);
    } else if (!r->unique) {
        const char *id = pe_config_id(s, r);

        xml_set(child, "id", id);
        xml_set(child, "long-id", r->hname != NULL && strcmp(r->hname, id) != 0 ? r->hname : r->id);
    } else {
        xml_set(child, "id", r->id);
    }
    for (size_t i = 0; i < 3; i++) {
        const char *value = pe_meta(r, attrs[i]);

        if (value != NULL) {
            xml_set(child, attrs[i], value);
        }
    }
}

/* ---- attributes ---- */

static void add_meta(pe_sched *s, struct pe_table *t, const char *name, const char *value, bool replace)
{
    char *full;

    if (value == NULL || strpbrk(name, "#:") != NULL) {
        return;
    }
    full = pe_printf(s, "CRM_meta_%s", name);
    for (char *p = full; *p != '\0'; p++) {
        if (*p == '-') {
            *p = '_';
        }
    }
    if (replace) {
        pe_table_set(s, t, full, value);
    } else {
        pe_table_add(s, t, full, value);
    }
}

static void add_meta_table(pe_sched *s, struct pe_table *t, const struct pe_table *from)
{
    for (uint32_t i = 0; i < from->n; i++) {
        add_meta(s, t, from->pairs[i].name, from->pairs[i].value, false);
    }
}

static void add_meta_int(pe_sched *s, struct pe_table *t, const char *name, int value)
{
    add_meta(s, t, name, pe_printf(s, "%d", value), true);
}

static void primitive_meta(pe_sched *s, struct pe_table *t, const pe_rsc *r)
{
    const char *value;

    add_meta(s, t, "clone", pe_meta(r, "clone"), true);
    add_meta(s, t, "remote-node", pe_meta(r, "remote-node"), true);
    for (const pe_rsc *p = r; p != NULL; p = p->parent) {
        if (p->container != NULL) {
            add_meta(s, t, "container", p->container->id, true);
        }
    }
    value = pe_meta(r, "external-ip");
    if (value != NULL) {
        pe_table_set(s, t, "pcmk_external_ip", value);
    }
}

static void clone_meta(pe_sched *s, struct pe_table *t, const pe_rsc *r)
{
    const struct pe_clone_data *c = r->clone;

    add_meta(s, t, "globally-unique", r->unique ? "true" : "false", true);
    add_meta(s, t, "notify", r->notify ? "true" : "false", true);
    add_meta_int(s, t, "clone-max", c->max);
    add_meta_int(s, t, "clone-node-max", c->node_max);
    if (r->promotable) {
        add_meta_int(s, t, "promoted-max", c->promoted_max);
        add_meta_int(s, t, "promoted-node-max", c->promoted_node_max);
        add_meta_int(s, t, "master-max", c->promoted_max);
        add_meta_int(s, t, "master-node-max", c->promoted_node_max);
    }
}

static void guest_meta(pe_sched *s, struct pe_table *t, const pe_action *a)
{
    const pe_rsc *container;
    const pe_node *host = NULL;
    enum pe_task task = a->task;

    if (a->node == NULL || !pe_is_guest(a->node)) {
        return;
    }
    container = a->node->conn->container;
    if (task == TASK_NOTIFY || task == TASK_NOTIFIED) {
        task = pe_task_of(pe_table_get(&a->meta, "notify_operation"));
    }
    switch (task) {
        case TASK_STOP: case TASK_STOPPED: case TASK_DEMOTE: case TASK_DEMOTED:
            host = pe_current(container, NULL, NULL);
            break;
        case TASK_START: case TASK_STARTED: case TASK_MONITOR: case TASK_PROMOTE: case TASK_PROMOTED:
            host = container->assigned;
            break;
        default:
            break;
    }
    if (host != NULL) {
        add_meta(s, t, "container-attribute-target", pe_meta(a->rsc, "container-attribute-target"), false);
        add_meta(s, t, "physical-host", host->name, false);
    }
}

static void add_params(pe_sched *s, struct pe_table *t, xmlNode *attributes, pe_action *a)
{
    const struct pe_table *params;

    if (a->node == NULL && a->rsc->variant != PE_PRIMITIVE) {
        return;
    }
    params = pe_params(s, a->rsc, a->node);
    for (uint32_t i = 0; i < params->n; i++) {
        const char *name = params->pairs[i].name, *value = params->pairs[i].value;

        if (value == NULL) {
            continue;
        }
        if (strcmp(value, "#uname") == 0 && strcmp(name, "addr") == 0) {
            const char *host = pe_remote_addr(s, a->rsc, NULL);

            value = host != NULL ? host : value;
        }
        if (isdigit((unsigned char)name[0])) {
            xmlNode *param = xml_add(attributes, "param");

            xml_set(param, "name", name);
            xml_set(param, "value", value);
        } else {
            pe_table_add(s, t, name, value);
        }
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct pe_pair *)a)->name, ((const struct pe_pair *)b)->name);
}

static void add_attributes(pe_sched *s, xmlNode *xml, pe_action *a)
{
    xmlNode *attributes = xml_add(xml, "attributes");
    struct pe_table t = {0};
    xmlAttr *last = NULL;

    pe_table_add(s, &t, "crm_feature_set", "3.16.1");
    pe_table_merge(s, &t, &a->extra);
    if (a->rsc != NULL) {
        add_params(s, &t, attributes, a);
    }
    add_meta_table(s, &t, &a->meta);
    if (a->rsc != NULL) {
        for (const pe_rsc *r = a->rsc; r != NULL; r = r->parent) {
            if (r->variant == PE_PRIMITIVE) {
                primitive_meta(s, &t, r);
            } else if (r->variant == PE_CLONE) {
                clone_meta(s, &t, r);
            }
        }
        guest_meta(s, &t, a);
    } else if (a->task == TASK_STONITH && a->node != NULL) {
        add_meta_table(s, &t, &a->node->attrs);
    }
    qsort(t.pairs, t.n, sizeof(*t.pairs), by_name);
    for (uint32_t i = 0; i < t.n; i++) {
        if (t.pairs[i].value != NULL) {
            xml_append_attr(attributes, &last, t.pairs[i].name, t.pairs[i].value);
        }
    }
}

/* ---- consequences for nodes ---- */

static bool migrating(const pe_action *stop)
{
    for (uint32_t i = 0; i < stop->before.n; i++) {
        const pe_action *a = stop->before.v[i].action;

        if (a->rsc == stop->rsc && a->task == TASK_MIGRATE_FROM) {
            return true;
        }
    }
    return false;
}

static void add_down_node(xmlNode *downed, const char *id)
{
    xml_set(xml_add(downed, "node"), "id", id);
}

static void add_downed(pe_sched *s, xmlNode *xml, const pe_action *a)
{
    if (a->task == TASK_SHUTDOWN) {
        add_down_node(xml_add(xml, "downed"), a->node->id);
    } else if (a->task == TASK_STONITH) {
        const char *op = pe_table_get(&a->meta, "stonith_action");
        xmlNode *downed;

        if (op == NULL ||
            (strcmp(op, "off") != 0 && strcmp(op, "reboot") != 0 && strcmp(op, "poweroff") != 0)) {
            return;
        }
        downed = xml_add(xml, "downed");
        add_down_node(downed, a->node->id);
        for (uint32_t i = 0; i < a->node->running.n; i++) {
            const pe_rsc *r = a->node->running.v[i];
            const pe_node *guest = r->is_conn && r->container != NULL ? pe_node_by_name(s, r->id) : NULL;

            if (guest != NULL) {
                add_down_node(downed, guest->id);
            }
        }
    } else if (a->rsc != NULL && a->rsc->is_conn && a->task == TASK_STOP && !migrating(a)) {
        add_down_node(xml_add(xml, "downed"), a->rsc->id);
    }
}

static void add_maintenance(pe_sched *s, xmlNode *xml)
{
    xmlNode *list = xml_add(xml, "maintenance");

    for (uint32_t i = 0; i < s->nodes.n; i++) {
        const pe_node *n = s->nodes.v[i];

        if (n->type == PE_REMOTE && n->maintenance != (n->remote_maintenance != 0)) {
            xmlNode *node = xml_add(list, "node");

            xml_set(node, "id", n->id);
            xml_set(node, "node_in_maintenance", n->maintenance ? "1" : "0");
        }
    }
}

void pe_action_xml(pe_sched *s, xmlNode *parent, pe_action *a, bool full)
{
    bool node_info;
    xmlNode *xml = start_element(s, parent, a, &node_info);

    if (!full) {
        return;
    }
    if (a->rsc != NULL && !(a->flags & AF_PSEUDO)) {
        add_resource(s, xml, a);
    }
    add_attributes(s, xml, a);
    if (node_info && a->node != NULL) {
        add_downed(s, xml, a);
    }
    if (a->task == TASK_MAINTENANCE_NODES) {
        add_maintenance(s, xml);
    }
}
