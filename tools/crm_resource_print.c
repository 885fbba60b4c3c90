/* crm_resource: what only looks at the cluster's state. */
#include "config.h"
#include "tools/crm_resource.h"

#include <stdlib.h>
#include <string.h>

#include "tools/status_internal.h"

static struct status_view view_of(struct res *r, unsigned show)
{
    return (struct status_view){.out = r->out, .s = r->s, .show = show | SHOW_PENDING};
}

crm_exit_t res_cmd_list(struct res *r)
{
    struct status_view v = view_of(r, SHOW_INACTIVE | SHOW_RSC_ONLY);

    r->out->simple_lists = true;
    status_resources(&v, true);
    return r->s->resources.n > 0 ? CRM_EX_OK : CRM_EX_NOSUCH;
}

static unsigned list_id(struct res *r, const pe_rsc *rsc)
{
    if (rsc == NULL) {
        return 0;
    }
    out_list_item(r->out, NULL, "%s", rsc->id);
    return 1;
}

static unsigned list_ids(struct res *r, pe_rsc **list, uint32_t n)
{
    unsigned found = 0;

    for (uint32_t i = 0; i < n; i++) {
        if (list[i]->variant == PE_PRIMITIVE) {
            found += list_id(r, list[i]);
        } else if (list[i]->variant == PE_BUNDLE) {
            const struct pe_bundle_data *b = list[i]->bundle;

            /* what holds the replicas first, then what runs in them */
            for (uint32_t k = 0; k < b->n; k++) {
                found += list_id(r, b->replicas[k].ip) + list_id(r, b->replicas[k].container) +
                         list_id(r, b->replicas[k].remote);
            }
            for (uint32_t k = 0; k < b->n; k++) {
                found += list_id(r, b->replicas[k].child);
            }
        } else {
            found += list_ids(r, list[i]->children.v, list[i]->children.n);
        }
    }
    return found;
}

crm_exit_t res_cmd_list_ids(struct res *r)
{
    out_list_begin(r->out, NULL, NULL, "Resources");
    if (list_ids(r, r->s->resources.v, r->s->resources.n) == 0) {
        if (r->out->kind != OUTPUT_XML) {
            out_info(r->out, "NO resources configured");
        }
        out_list_end(r->out);
        return CRM_EX_NOSUCH;
    }
    out_list_end(r->out);
    return CRM_EX_OK;
}

/* ---- operations ---- */

struct op_entry {
    const xmlNode *op;
    const char *node, *rsc;
};

/* The first resource that has this id or keeps its history under it. */
static pe_rsc *rsc_of_history(pe_rsc **list, uint32_t n, const char *id)
{
    pe_rsc *found = NULL;

    for (uint32_t i = 0; i < n && found == NULL; i++) {
        bool same = strcmp(list[i]->id, id) == 0 ||
                    (list[i]->hname != NULL && strcmp(list[i]->hname, id) == 0);

        found = same ? list[i] : rsc_of_history(list[i]->children.v, list[i]->children.n, id);
    }
    return found;
}

static void print_operation(struct res *r, const struct op_entry *e)
{
    pe_rsc *own = rsc_of_history(r->s->resources.v, r->s->resources.n, e->rsc);
    pe_rsc *rsc = own != NULL ? own : pe_rsc_by_id(r->s, e->rsc);
    const char *key = xml_get(e->op, "operation_key");
    const char *call = xml_get(e->op, "call-id"), *rc = xml_get(e->op, "rc-code"),
               *exec = xml_get(e->op, "exec-time");
    const char *status = exec_status_str((int)int_parse(xml_get(e->op, "op-status"), 0));
    long long changed = int_parse(xml_get(e->op, "last-rc-change"), 0);
    char when[32];
    char *agent = rsc != NULL ? agent_text(rsc) : NULL;
    struct status_view v = view_of(r, SHOW_RSC_ONLY);
    struct text t = {NULL};

    key = key != NULL ? key : xml_id(e->op);
    if (r->out->kind == OUTPUT_XML) {
        xmlNode *x = out_xml(r->out, "operation", "op", key, "node", e->node, "call", call, "rc",
                             rc, "status", status, NULL);

        if (rsc != NULL) {
            xml_set(x, "rsc", e->rsc);
            xml_set(x, "agent", agent);
        }
        if (changed > 0) {
            xml_set(x, "last-rc-change", status_time_text(changed, when));
            xml_setf(x, "exec-time", "%s", exec != NULL ? exec : "0");
        }
    } else {
        if (rsc != NULL) {
            char *line = status_primitive_text(&v, rsc, rsc_shown_name(rsc), NULL);

            text_add(&t, "%s: ", line);
            free(line);
        } else {
            text_add(&t, "Unknown resource %s: ", e->rsc);
        }
        text_add(&t, "%s (node=%s, call=%s, rc=%s", key, e->node, call != NULL ? call : "",
                 rc != NULL ? rc : "");
        if (xml_get(e->op, "last-rc-change") != NULL) {
            text_add(&t, ", last-rc-change='%s', exec=%sms", status_time_text(changed, when),
                     exec != NULL ? exec : "0");
        }
        text_add(&t, "): %s", status);
        out_list_item(r->out, NULL, "%s", t.s);
        free(t.s);
    }
    free(agent);
}

static crm_exit_t operations(struct res *r, bool active_only)
{
    bool open = false;

    xml_foreach(state, xml_first(r->doc, "status"), "node_state") {
        const char *uname = xml_get(state, "uname");
        pe_node *node = uname != NULL ? pe_node_by_name(r->s, uname) : NULL;

        if (node == NULL || (r->o.node != NULL && strcasecmp(r->o.node, uname) != 0) ||
            (active_only && !node->online)) {
            continue;
        }
        xml_foreach(lrm, xml_first(xml_first(state, "lrm"), "lrm_resources"), "lrm_resource") {
            const char *id = xml_id(lrm);
            xmlNode **ops;
            int n, start = -1, stop = -1;

            if (id == NULL || (r->o.resource != NULL && strcmp(id, r->o.resource) != 0)) {
                continue;
            }
            n = pe_sorted_history(r->s, lrm, &ops);
            if (active_only) {
                pe_history_limits(r->s, ops, n, &start, &stop);
                if (start > stop ? false : stop == n - 1) {
                    continue;      /* ends with a stop: nothing of it is active */
                }
            }
            for (int i = 0; i < n; i++) {
                const char *task = xml_get(ops[i], "operation");
                struct op_entry e = {ops[i], uname, id};

                if (active_only && (i < start || i <= stop || (task != NULL && strcmp(task, "stop") == 0))) {
                    continue;
                }
                if (!open) {
                    out_list_begin(r->out, NULL, NULL, "Resource Operations");
                    open = true;
                }
                print_operation(r, &e);
            }
        }
    }
    if (open) {
        out_list_end(r->out);
    }
    return CRM_EX_OK;
}

crm_exit_t res_cmd_operations(struct res *r)
{
    return operations(r, true);
}

crm_exit_t res_cmd_all_operations(struct res *r)
{
    return operations(r, false);
}

/* ---- where it runs ---- */

static unsigned locate(struct res *r, pe_rsc *rsc, const char *name)
{
    unsigned found = 0;

    if (rsc->variant == PE_BUNDLE) {
        for (uint32_t i = 0; i < rsc->bundle->n; i++) {
            found += locate(r, rsc->bundle->replicas[i].container, name);
        }
        return found;
    }
    if (rsc->children.n > 0 && rsc->variant == PE_CLONE) {
        for (uint32_t i = 0; i < rsc->children.n; i++) {
            found += locate(r, rsc->children.v[i], name);
        }
        return found;
    }
    for (uint32_t i = 0; i < rsc->running.n; i++) {
        const char *node = rsc->running.v[i]->name;
        bool promoted = pe_state(rsc, true) == ROLE_PROMOTED;
        bool seen = false;

        for (uint32_t k = 0; k < i; k++) {
            seen = seen || rsc->running.v[k] == rsc->running.v[i];     /* a group lists a node per member */
        }
        if (seen) {
            continue;
        }
        found++;
        if (r->out->kind == OUTPUT_XML) {
            xmlNode *x = out_xml(r->out, "node", "state", promoted ? "promoted" : NULL, NULL);

            xmlNodeSetContent(x, (const xmlChar *)node);
        } else if (r->out->quiet) {
            out_list_item(r->out, NULL, "%s", node);
        } else {
            out_list_item(r->out, NULL, "resource %s is running on: %s%s", name, node,
                          promoted ? " Promoted" : "");
        }
    }
    return found;
}

crm_exit_t res_cmd_locate(struct res *r)
{
    const char *name = r->o.resource;
    unsigned found;

    if (r->out->kind == OUTPUT_XML) {
        out_xml_push(r->out, "nodes", "resource", name, NULL);
        locate(r, r->rsc, name);
        out_xml_pop(r->out);
        return CRM_EX_OK;
    }
    found = locate(r, r->rsc, name);
    if (found == 0 && !r->out->quiet) {
        out_err(r->out, "resource %s is NOT running", name);
    }
    return CRM_EX_OK;
}

/* ---- configuration ---- */

static crm_exit_t query(struct res *r, const xmlNode *xml)
{
    struct status_view v = view_of(r, SHOW_INACTIVE);
    char *text = xml_text_pretty(xml);

    if (r->out->kind == OUTPUT_XML) {
        xmlNode *block;

        out_xml_push(r->out, "resource_config", NULL);
        status_resource(&v, r->rsc);
        block = out_xml(r->out, "xml", NULL);
        xmlAddChild(block, xmlNewCDataBlock(block->doc, (const xmlChar *)text, (int)strlen(text)));
        out_xml_pop(r->out);
    } else {
        r->out->fancy = false;
        status_resource(&v, r->rsc);
        fprintf(r->out->dest, "Resource XML:\n%s", text);
    }
    free(text);
    return CRM_EX_OK;
}

crm_exit_t res_cmd_query(struct res *r)
{
    return query(r, r->rsc->xml);
}

crm_exit_t res_cmd_query_raw(struct res *r)
{
    char *path = g_strdup_printf("//resources//*[@id='%s']", xml_id(r->rsc->xml));
    xpath_result_t *found = xpath_eval(r->doc, path, NULL);
    crm_exit_t rc = query(r, found != NULL && xpath_count(found) > 0 ? xpath_get(found, 0) : r->rsc->xml);

    xpath_free(found);
    g_free(path);
    return rc;
}

/* ---- constraints ---- */

static void print_locations(struct res *r, const pe_rsc *rsc)
{
    bool open = false;

    for (uint32_t i = 0; i < rsc->locations.n; i++) {
        const pe_location *l = rsc->locations.v[i];

        for (uint32_t k = 0; k < l->n_nodes; k++) {
            char score[16];

            score_text(l->nodes[k].score, score);
            if (r->out->kind == OUTPUT_XML) {
                out_xml(r->out, "rsc_location", "node", l->nodes[k].node->name, "rsc", rsc->id, "id",
                        l->id, "score", score, NULL);
                continue;
            }
            if (!open) {
                out_list_begin(r->out, NULL, NULL, "Locations");
                open = true;
            }
            out_list_item(r->out, NULL, "Node %s (score=%s, id=%s, rsc=%s)",
                          l->nodes[k].node->name, score, l->id, rsc->id);
        }
    }
    if (open) {
        out_list_end(r->out);
    }
}

static void print_colocation(struct res *r, const pe_colocation *c, const pe_rsc *other)
{
    char score[16];

    score_text(c->score, score);
    if (r->out->kind == OUTPUT_XML) {
        out_xml(r->out, "rsc_colocation", "id", c->id, "rsc", c->dependent->id, "with-rsc", c->primary->id,
                "score", score, "node-attribute", c->node_attr,
                "rsc-role", c->dependent_role != ROLE_UNKNOWN ? role_text(c->dependent_role) : NULL,
                "with-rsc-role", c->primary_role != ROLE_UNKNOWN ? role_text(c->primary_role) : NULL, NULL);
    } else {
        struct text t = {NULL};

        text_add(&t, "%s (score=%s", other->id, score);
        if (c->dependent_role > ROLE_STARTED) {
            text_add(&t, ", needs role=%s", role_text(c->dependent_role));
        }
        text_add(&t, ", id=%s)", c->id);
        out_list_item(r->out, NULL, "%s", t.s);
        free(t.s);
    }
}

static void print_related(struct res *r, const pe_rsc *rsc, bool dependents, GHashTable *seen)
{
    const struct pe_colocation_vec *list = dependents ? &rsc->with_this : &rsc->this_with;
    bool open = false;

    if (!g_hash_table_add(seen, (gpointer)rsc)) {
        return;
    }
    for (uint32_t i = 0; i < list->n; i++) {
        const pe_colocation *c = list->v[i];
        const pe_rsc *other = dependents ? c->dependent : c->primary;

        if (!open && r->out->kind != OUTPUT_XML) {
            out_list_begin(r->out, NULL, NULL,
                           dependents ? "Resources colocated with %s" : "Resources %s is colocated with",
                           rsc->id);
            open = true;
        }
        print_colocation(r, c, other);
        if (r->out->kind == OUTPUT_XML) {
            print_locations(r, other);
        } else {
            out_list_begin(r->out, NULL, NULL, NULL);
            print_locations(r, other);
            out_list_end(r->out);
        }
        if (r->o.recursive) {
            print_related(r, other, dependents, seen);
        }
    }
    if (open) {
        out_list_end(r->out);
    }
}

crm_exit_t res_cmd_constraints(struct res *r)
{
    const pe_rsc *rsc = r->o.force ? r->rsc : pe_top(r->rsc);
    GHashTable *seen = g_hash_table_new(NULL, NULL);

    pe_unpack_constraints(r->s);
    if (r->out->kind == OUTPUT_XML) {
        out_xml_push(r->out, "constraints", NULL);
    }
    print_locations(r, rsc);
    print_related(r, rsc, false, seen);
    g_hash_table_remove_all(seen);
    print_related(r, rsc, true, seen);
    if (r->out->kind == OUTPUT_XML) {
        out_xml_pop(r->out);
    }
    g_hash_table_unref(seen);
    return CRM_EX_OK;
}

/* ---- why ---- */

static void why_checks(struct res *r, const pe_rsc *rsc)
{
    const char *role = pe_meta(rsc, "target-role");
    enum pcmk_role target = role_parse(role);

    if (r->out->kind == OUTPUT_XML) {
        xmlNode *x = out_xml(r->out, "check", "id", rsc->id, NULL);

        if (target == ROLE_STOPPED) {
            xml_set(x, "remain_stopped", "true");
        } else if (target == ROLE_UNPROMOTED) {
            xml_set(x, "promotable", "false");
        }
        if (!rsc->managed) {
            xml_set(x, "unmanaged", "true");
        }
        if (rsc->lock_node != NULL) {
            xml_set(x, "locked-to", rsc->lock_node->name);
        }
        return;
    }
    if (target == ROLE_STOPPED) {
        out_list_item(r->out, "check", "Configuration specifies '%s' should remain stopped", rsc->id);
    } else if (target == ROLE_UNPROMOTED) {
        out_list_item(r->out, "check", "Configuration specifies '%s' should not be promoted", rsc->id);
    }
    if (!rsc->managed) {
        out_list_item(r->out, "check",
                      "Configuration prevents cluster from stopping or starting unmanaged '%s'", rsc->id);
    }
    if (rsc->lock_node != NULL) {
        out_list_item(r->out, "check", "'%s' is locked to node %s due to shutdown",
                      rsc->id, rsc->lock_node->name);
    }
}

static void why_one(struct res *r, const pe_rsc *rsc, const pe_node *where)
{
    bool running = where != NULL ? pe_runs_on(rsc, where) : rsc->running.n > 0;
    const char *host = where != NULL ? where->name : running ? rsc->running.v[0]->name : NULL;

    if (r->out->kind == OUTPUT_XML) {
        out_xml_push(r->out, "resource", "id", rsc->id, "running", running ? "true" : "false",
                     "host", where != NULL ? host : NULL, NULL);
        why_checks(r, rsc);
        out_xml_pop(r->out);
        return;
    }
    if (where != NULL) {
        out_list_item(r->out, "reason", "Resource %s is %srunning on host %s",
                      rsc->id, running ? "" : "not ", host);
    } else {
        out_list_item(r->out, "reason", "Resource %s is %srunning", rsc->id, running ? "" : "not ");
    }
    why_checks(r, rsc);
}

crm_exit_t res_cmd_why(struct res *r)
{
    if (r->out->kind == OUTPUT_XML) {
        out_xml_push(r->out, "reason",
                     "running", r->rsc != NULL ? (r->rsc->running.n > 0 ? "true" : "false") : NULL, NULL);
        if (r->rsc == NULL) {
            out_xml_push(r->out, "resources", NULL);
        }
    }
    if (r->rsc != NULL) {
        if (r->out->kind == OUTPUT_XML) {
            why_checks(r, r->rsc);
        } else {
            why_one(r, r->rsc, r->node);
        }
    } else {
        for (uint32_t i = 0; i < r->s->resources.n; i++) {
            const pe_rsc *rsc = r->s->resources.v[i];

            if (r->node == NULL || pe_runs_on(rsc, r->node)) {
                why_one(r, rsc, r->node);
            }
        }
    }
    if (r->out->kind == OUTPUT_XML) {
        if (r->rsc == NULL) {
            out_xml_pop(r->out);
        }
        out_xml_pop(r->out);
    }
    return CRM_EX_OK;
}
