/* crm_resource --digests: the hashes that tell whether a resource's parameters have changed. */
#include "config.h"
#include "tools/crm_resource.h"

#include <string.h>

#include "pacemaker/common/table_order.h"
#include "pengine/pe.h"

/* NAME=VALUE words as a table; false after saying which word is none. */
static bool read_overrides(struct res *r, struct pe_table *overrides)
{
    for (char **word = r->words; word != NULL && *word != NULL; word++) {
        const char *equals = strchr(*word, '=');

        if (equals == NULL || equals == *word || equals[1] == '\0') {
            out_tool_err(r->out, "Error parsing '%s' as a name=value pair", *word);
            return false;
        }
        pe_table_set(r->s, overrides, pe_printf(r->s, "%.*s", (int)(equals - *word), *word), equals + 1);
    }
    return true;
}

/* The newest entry of the resource's start on the node. */
static xmlNode *start_entry(const struct res *r)
{
    xmlNode *state = xml_find(xml_first(r->doc, "status"), "node_state", "uname", r->node->name);
    xmlNode *resources = xml_first(xml_first(state, "lrm"), "lrm_resources");
    xmlNode *found = NULL;
    long long newest = -1;

    xml_foreach(entry, xml_find(resources, "lrm_resource", "id", r->rsc->id), "lrm_rsc_op") {
        const char *task = xml_get(entry, "operation");
        long long call = 0;

        xml_get_int(entry, "call-id", &call);
        if (task != NULL && strcmp(task, "start") == 0 && call > newest) {
            newest = call;
            found = entry;
        }
    }
    return found;
}

/* As attributes, in the order of a table. */
static void add_params(xmlNode *list, const struct pe_table *params)
{
    GHashTable *order = g_hash_table_new(table_order_hash, g_str_equal);
    GHashTableIter iter;
    gpointer name, value;

    for (uint32_t i = 0; i < params->n; i++) {
        g_hash_table_insert(order, (gpointer)params->pairs[i].name, (gpointer)params->pairs[i].value);
    }
    g_hash_table_iter_init(&iter, order);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        xml_set(list, name, value);
    }
    g_hash_table_destroy(order);
}

static void show(struct res *r, const char *type, const char *text, const char *hash,
                 const struct pe_table *params)
{
    if (hash == NULL) {
        return;
    }
    if (r->out->kind != OUTPUT_XML) {
        out_info(r->out, "%s (%s parameters)", hash, text);
        return;
    }
    out_xml_push(r->out, "digest", "type", type, "hash", hash, NULL);
    add_params(out_xml(r->out, "parameters", NULL), params);
    out_xml_pop(r->out);
}

crm_exit_t res_cmd_digests(struct res *r)
{
    struct pe_table overrides = {0};
    const struct pe_digest *d;

    if (!read_overrides(r, &overrides)) {
        return CRM_EX_USAGE;
    }
    if (r->node == NULL) {
        out_tool_err(r->out, "Node '%s' not found", r->o.node);
        return CRM_EX_NOSUCH;
    }
    if (r->rsc->variant != PE_PRIMITIVE) {
        out_tool_err(r->out, "'%s' is a collection: name one of its primitives", r->rsc->id);
        return CRM_EX_USAGE;
    }
    d = pe_digest_now(r->s, r->rsc, "start", 0, r->node, start_entry(r), &overrides);
    out_xml_push(r->out, "digests", "resource", r->rsc->id, "node", r->node->name, "task", "start",
                 "interval", "0ms", NULL);
    show(r, "all", "all", d->all, &d->all_params);
    show(r, "nonprivate", "non-private", d->secure, &d->secure_params);
    show(r, "nonreloadable", "non-reloadable", d->restart, &d->restart_params);
    out_xml_pop(r->out);
    return CRM_EX_OK;
}
