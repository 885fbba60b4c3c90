/* Clones: unpacking and instances (scheduler input §7.4). */
#include "pengine/pe.h"

static const char *first_of(const pe_rsc *r, const char *name, const char *legacy)
{
    const char *value = pe_meta(r, name);

    return value != NULL || legacy == NULL ? value : pe_meta(r, legacy);
}

/* The number set under either name. */
static int limit(pe_sched *s, const pe_rsc *r, const char *name, const char *legacy, int fallback)
{
    const char *value = first_of(r, name, legacy);
    int n;

    if (value == NULL) {
        return fallback;
    }
    n = int_parse_min(value, 0);
    if (n > PE_MAX_INSTANCES) {
        pe_config_error(s, __func__, "%s: %s is %s, more than the %d supported: set a smaller number", r->id,
                        name, value, PE_MAX_INSTANCES);
        return PE_MAX_INSTANCES;
    }
    return n;
}

pe_rsc *pe_clone_instance(pe_sched *s, pe_rsc *clone)
{
    struct pe_clone_data *c = clone->clone;
    bool orphan = c->next_number >= c->max;
    pe_rsc *instance = pe_unpack_rsc(s, c->child_xml, clone, c->next_number);

    if (instance == NULL) {
        return NULL;
    }
    PE_PUSH(s, &clone->children, instance);
    c->next_number++;
    if (orphan) {
        PE_SET_TREE(instance, orphan, true);
    }
    pe_table_add(s, &instance->meta, "clone-max", pe_printf(s, "%d", c->max));
    return instance;
}

static xmlNode *child_of(xmlNode *xml)
{
    xml_foreach(child, xml, NULL) {
        if (xml_is(child, "primitive") || xml_is(child, "group")) {
            return child;
        }
    }
    return NULL;
}

bool pe_unpack_clone(pe_sched *s, pe_rsc *r)
{
    struct pe_clone_data *c = pe_alloc(s, sizeof(*c));

    r->clone = c;
    if (r->promotable) {
        c->promoted_max = limit(s, r, "promoted-max", "master-max", 1);
        c->promoted_node_max = limit(s, r, "promoted-node-max", "master-node-max", 1);
    }
    c->node_max_configured = limit(s, r, "clone-node-max", NULL, 1);
    c->node_max = c->node_max_configured;
    c->max = limit(s, r, "clone-max", NULL, s->nodes.n > 1 ? (int)s->nodes.n : 1);
    c->ordered = pe_is_true_meta(r, "ordered");
    if (!r->unique && c->node_max > 1) {
        pe_config_error(s, "clone_unpack", "Ignoring promoted-max for %s because anonymous clones support "
                        "only one instance per node", r->id);
        c->node_max = 1;
    }
    c->child_xml = child_of(r->xml);
    if (c->child_xml == NULL) {
        pe_config_error(s, "clone_unpack", "%s has nothing to clone", r->id);
        return false;
    }
    pe_table_add(s, &r->meta, "resource-stickiness", "1");
    pe_table_add(s, &r->meta, "globally-unique", r->unique ? "true" : "false");
    if (c->max <= 0) {
        return pe_clone_instance(s, r) != NULL;
    }
    for (int i = 0; i < c->max; i++) {
        if (pe_clone_instance(s, r) == NULL) {
            return false;
        }
    }
    return true;
}
