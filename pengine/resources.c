/* Resources: what all kinds have in common when unpacked (scheduler input §7.1, §7.2). */
#include "pengine/pe.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>

pe_rsc *pe_top(const pe_rsc *r)
{
    while (r->parent != NULL && r->parent->variant != PE_BUNDLE) {
        r = r->parent;
    }
    return (pe_rsc *)r;
}

pe_rsc *pe_outer(const pe_rsc *r)
{
    while (r->parent != NULL) {
        r = r->parent;
    }
    return (pe_rsc *)r;
}

bool pe_bundled(const pe_rsc *r)
{
    return pe_top(r)->parent != NULL;
}

bool pe_is_anonymous_clone(const pe_rsc *r)
{
    return pe_is_clone(r) && !r->unique;
}

bool pe_is_inner_clone(const pe_rsc *r)
{
    return pe_is_clone(r) && r->parent != NULL && r->parent->variant == PE_BUNDLE;
}

const char *pe_meta(const pe_rsc *r, const char *name)
{
    return pe_table_get(&r->meta, name);
}

bool pe_is_true_meta(const pe_rsc *r, const char *name)
{
    return bool_true(pe_meta(r, name));
}

bool pe_is_guest_conn(const pe_rsc *r)
{
    return r->is_conn && pe_meta(r, "container") != NULL;
}

/* Configured without a container, and its node is no cluster node; it may not exist (yet):
 * orphans, members of groups. */
static bool is_remote_conn(const pe_sched *s, const pe_rsc *r)
{
    const pe_node *n;

    if (!r->is_conn || pe_meta(r, "container") != NULL) {
        return false;
    }
    n = pe_node_by_name(s, r->id);
    return n == NULL || pe_is_remote(n);
}

bool pe_connects_remote_node(pe_sched *s, const pe_rsc *r)
{
    const pe_node *n = r->is_conn ? pe_node_by_name(s, r->id) : NULL;

    return n != NULL && pe_is_remote(n);
}

void pe_set_tree(pe_rsc *r, size_t flag_offset, bool value)
{
    *(bool *)((char *)r + flag_offset) = value;
    for (uint32_t i = 0; i < r->children.n; i++) {
        pe_set_tree(r->children.v[i], flag_offset, value);
    }
}

void pe_register_rsc(pe_sched *s, pe_rsc *r)
{
    if (!g_hash_table_contains(s->priv->rsc_ids, r->id)) {
        g_hash_table_insert(s->priv->rsc_ids, (char *)r->id, r);
    }
}

static void unregister(pe_sched *s, pe_rsc *r)
{
    if (g_hash_table_lookup(s->priv->rsc_ids, r->id) == r) {
        g_hash_table_remove(s->priv->rsc_ids, r->id);
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        unregister(s, r->children.v[i]);
    }
}

void pe_set_hname(pe_sched *s, pe_rsc *r, const char *name)
{
    if (r->hname != NULL && g_hash_table_lookup(s->priv->rsc_hnames, r->hname) == r) {
        g_hash_table_remove(s->priv->rsc_hnames, r->hname);
    }
    r->hname = name;
    if (name != NULL && !g_hash_table_contains(s->priv->rsc_hnames, name)) {
        g_hash_table_insert(s->priv->rsc_hnames, (char *)name, r);
    }
}

/* ---- templates ---- */

static const char *op_template_key(pe_sched *s, xmlNode *op)
{
    const char *name = xml_get(op, "name"), *role = xml_get(op, "role");

    if (name == NULL) {
        return NULL;
    }
    if (role == NULL || strcasecmp(role, "Started") == 0 || strcasecmp(role, "Unpromoted") == 0 ||
        strcasecmp(role, "Slave") == 0) {
        role = "Unknown";
    }
    return pe_printf(s, "%s-%s", name, role);
}

/* The element's own operations block wins; operations of the template it does not name are added. */
static void merge_operations(pe_sched *s, xmlNode *own, xmlNode *from_template)
{
    GHashTable *keys = g_hash_table_new(g_str_hash, g_str_equal);

    xml_foreach(op, own, "op") {
        const char *key = op_template_key(s, op);

        if (key != NULL) {
            g_hash_table_add(keys, (char *)key);
        }
    }
    xml_foreach(op, from_template, "op") {
        const char *key = op_template_key(s, op);

        if (key != NULL && !g_hash_table_contains(keys, key)) {
            xml_add_copy(own, op);
        }
    }
    g_hash_table_destroy(keys);
    xml_free(from_template);
}

static xmlNode *expand_template(pe_sched *s, xmlNode *xml)
{
    const char *name = xml_get(xml, "template"), *id = xml_id(xml);
    xmlNode *found, *copy, *template_ops;

    if (name == NULL) {
        return xml;
    }
    found = g_hash_table_lookup(s->priv->expanded, xml);
    if (found != NULL) {
        return found;
    }
    found = id != NULL && strcmp(name, id) == 0 ? NULL : xml_find(s->priv->resources, "template", "id", name);
    if (found == NULL) {
        if (id != NULL && strcmp(name, id) == 0) {
            pe_error(s, "unpack_template", "The resource object '%s' should not reference itself", id);
        } else {
            pe_error(s, "unpack_template", "No template named '%s'", name);
        }
        return NULL;
    }
    pe_tag_add(s, s->priv->templates, name, id);
    copy = xml_add_copy(s->priv->scratch, found);
    xmlNodeSetName(copy, (const xmlChar *)xml_name(xml));
    xml_set(copy, "id", id);
    template_ops = xml_first(copy, "operations");
    xml_foreach(child, xml, NULL) {
        xmlNode *added = xml_add_copy(copy, child);

        if (template_ops != NULL && xml_is(added, "operations")) {
            merge_operations(s, added, template_ops);
            template_ops = NULL;
        }
    }
    g_hash_table_insert(s->priv->expanded, xml, copy);
    return copy;
}

/* ---- operations ---- */

static struct pe_ops *unpack_ops(pe_sched *s, xmlNode *xml)
{
    struct pe_ops *ops = g_hash_table_lookup(s->priv->ops, xml);
    struct rule_context ctx = pe_rule_context(s);
    xmlNode *list;
    uint32_t cap = 0;

    if (ops != NULL) {
        return ops;
    }
    ops = pe_alloc(s, sizeof(*ops));
    g_hash_table_insert(s->priv->ops, xml, ops);
    list = xml_first(xml, "operations");
    list = list == NULL ? NULL : rule_dereference(list, &ctx);
    xml_foreach(op, list, "op") {
        const char *enabled = xml_get(op, "enabled");

        if (ops->n == cap) {
            ops->v = pe_grow(s, ops->v, &cap, ops->n, sizeof(*ops->v));
        }
        ops->v[ops->n++] = (struct pe_op){
            .xml = op, .id = xml_id(op), .name = xml_get(op, "name"), .role_text = xml_get(op, "role"),
            .interval = interval_parse(xml_get(op, "interval"), NULL),
            .enabled = enabled == NULL || bool_true(enabled),
        };
    }
    return ops;
}

/* ---- meta-attributes ---- */

static void unpack_meta(pe_sched *s, pe_rsc *r)
{
    struct rule_context ctx = pe_rule_context(s);

    ctx.has_rsc = true;
    ctx.rsc_class = r->class;
    ctx.rsc_provider = r->provider;
    ctx.rsc_type = r->type;
    if (r->clone_number >= 0) {
        pe_table_add(s, &r->meta, "clone", pe_printf(s, "%d", r->clone_number));
    }
    for (const xmlAttr *a = r->xml->properties; a != NULL; a = a->next) {
        const char *value = xml_get(r->xml, (const char *)a->name);

        if (value != NULL && strcasecmp(value, "#default") != 0) {
            pe_table_add(s, &r->meta, (const char *)a->name, value);
        }
    }
    pe_unpack_table(s, r->xml, "meta_attributes", &ctx, false, &r->meta);
    for (const pe_rsc *p = r->parent; p != NULL; p = p->parent) {
        struct pe_table own = {0};      /* "#default" there takes nothing away here */

        pe_unpack_table(s, p->xml, "meta_attributes", &ctx, false, &own);
        pe_table_merge(s, &r->meta, &own);
    }
    pe_unpack_table(s, s->rsc_defaults, "meta_attributes", &ctx, false, &r->meta);
    if (r->parent != NULL) {
        pe_table_merge(s, &r->meta, &r->parent->meta);
    }
}

static bool given(const char *value)
{
    return value != NULL && strcasecmp(value, "default") != 0;
}

static void unpack_managed(pe_sched *s, pe_rsc *r)
{
    const char *value = pe_meta(r, "is-managed");

    r->managed = !s->maintenance_mode;
    if (given(value)) {
        r->managed = bool_true(value);
    }
    if (pe_is_true_meta(r, "maintenance") || s->maintenance_mode) {
        r->managed = false;
        r->maint = true;
    }
}

static void unpack_clone_flags(pe_sched *s, pe_rsc *r)
{
    pe_rsc *top = pe_top(r);

    if (!pe_is_clone(top)) {
        r->unique = true;
        return;
    }
    r->unique = pe_is_true_meta(r, "globally-unique");
    if (pe_is_true_meta(r, "promotable")) {
        r->promotable = true;
    } else if (xml_is(r->xml, "master")) {
        r->promotable = true;
        pe_table_set(s, &r->meta, "promotable", "true");
    }
}

static void unpack_multiple(pe_sched *s, pe_rsc *r)
{
    const char *value = pe_meta(r, "multiple-active");

    r->multiple = MULTIPLE_STOP_START;
    if (value == NULL) {
        return;
    }
    if (strcasecmp(value, "stop_only") == 0) {
        r->multiple = MULTIPLE_STOP_ONLY;
    } else if (strcasecmp(value, "block") == 0) {
        r->multiple = MULTIPLE_BLOCK;
    } else if (strcasecmp(value, "stop_unexpected") == 0) {
        r->multiple = MULTIPLE_STOP_UNEXPECTED;
    } else if (strcasecmp(value, "stop_start") != 0) {
        pe_warn(s, "pe__unpack_resource", "%s is not a valid value for multiple-active, using default of "
                "\"stop_start\"", value);
    }
}

static const char *default_requires(const pe_sched *s, const pe_rsc *r)
{
    if (r->fencedev || r->is_conn) {
        return "quorum";
    }
    if (s->unfencing_enabled) {
        return "unfencing";
    }
    if (s->stonith_enabled) {
        return "fencing";
    }
    return s->no_quorum_policy == QUORUM_IGNORE ? "nothing" : "quorum";
}

/* False: the text is no valid value. */
static bool set_requires(pe_sched *s, pe_rsc *r, const char *value)
{
    if (strcasecmp(value, "nothing") == 0) {
        return true;
    }
    if (strcasecmp(value, "quorum") == 0) {
        r->req_quorum = true;
    } else if (strcasecmp(value, "fencing") == 0) {
        r->req_fencing = true;
        if (!s->stonith_enabled) {
            pe_config_warn(s, "unpack_requires", "%s requires fencing but fencing is disabled", r->id);
        }
    } else if (strcasecmp(value, "unfencing") == 0) {
        if (r->fencedev || !s->stonith_enabled) {
            pe_config_warn(s, "unpack_requires", "Resetting \"requires\" for %s to \"quorum\" because %s",
                           r->id,
                           r->fencedev ? "fencing devices cannot require unfencing" : "fencing is disabled");
            r->req_quorum = true;
        } else {
            r->req_fencing = r->req_unfencing = true;
        }
    } else {
        return false;
    }
    return true;
}

static void unpack_requires(pe_sched *s, pe_rsc *r)
{
    const char *value = pe_meta(r, "requires");

    if (value == NULL) {
        set_requires(s, r, default_requires(s, r));
    } else if (!set_requires(s, r, value)) {
        pe_config_error(s, "unpack_requires", "Resetting 'requires' for %s to '%s' because '%s' is not valid",
                        r->id, default_requires(s, r), value);
        set_requires(s, r, default_requires(s, r));
    }
}

static void unpack_failure_timeout(pe_sched *s, pe_rsc *r)
{
    const char *value = pe_meta(r, "failure-timeout");

    if (value != NULL) {
        r->failure_timeout = interval_parse(value, NULL) / 1000;
    }
    if (is_remote_conn(s, r)) {
        value = pe_table_get(pe_params(s, r, NULL), "reconnect_interval");
        if (value != NULL) {
            r->reconnect_ms = interval_parse(value, NULL);
            r->failure_timeout = r->reconnect_ms / 1000;
        }
    }
}

enum pcmk_role pe_target_role(const pe_rsc *r)
{
    const char *value = pe_meta(r, "target-role");
    enum pcmk_role role;

    if (value == NULL || strcasecmp(value, "started") == 0 || strcasecmp(value, "default") == 0) {
        return ROLE_UNKNOWN;
    }
    role = role_parse(value);
    if (role > ROLE_STARTED && (!pe_top(r)->promotable || role > ROLE_UNPROMOTED)) {
        return ROLE_UNKNOWN;
    }
    return role == ROLE_STARTED ? ROLE_UNKNOWN : role;
}

static void check_target_role(pe_sched *s, const pe_rsc *r)
{
    const char *value = pe_meta(r, "target-role");
    enum pcmk_role role = role_parse(value);

    if (value != NULL && role == ROLE_UNKNOWN && strcasecmp(value, "default") != 0) {
        pe_message(s, PE_ERROR, "text2role", "Unknown role: %s", value);
        pe_config_error(s, "get_target_role", "Ignoring 'target-role' for %s because '%s' is not valid",
                        r->id, value);
    } else if (role > ROLE_STARTED && !pe_top(r)->promotable) {
        pe_config_error(s, "get_target_role", "Ignoring 'target-role' for %s because '%s' only makes sense "
                        "for promotable clones", r->id, value);
    }
}

/* ---- primitives ---- */

/* Only OCF agents can be promoted; only they and fence devices can have told-apart instances. */
static bool unpack_primitive(pe_sched *s, pe_rsc *r)
{
    pe_rsc *top = pe_top(r);
    const char *class = r->class != NULL ? r->class : "";
    bool ocf = strcmp(class, "ocf") == 0;

    if (top->variant == PE_CLONE && r->unique && !ocf && strcmp(class, "stonith") != 0) {
        PE_SET_TREE(top, unique, false);
        r->unique = false;
        top->clone->node_max = 1;
        if (top->clone->max > (int)s->nodes.n) {
            top->clone->max = (int)s->nodes.n;
        }
        pe_warn(s, "pe__force_anon", "Ignoring globally-unique for %s because %s resources such as %s can be "
                "used only as anonymous clones", top->id, class, r->id);
    }
    if (top->promotable && !ocf) {
        pe_error(s, "native_unpack", "Resource %s is of type %s and therefore cannot be used as a promotable "
                 "clone resource", r->id, class);
        return false;
    }
    return true;
}

static bool variant_of(xmlNode *xml, enum pe_variant *variant)
{
    if (xml_is(xml, "primitive")) {
        *variant = PE_PRIMITIVE;
    } else if (xml_is(xml, "group")) {
        *variant = PE_GROUP;
    } else if (xml_is(xml, "clone") || xml_is(xml, "master")) {
        *variant = PE_CLONE;
    } else if (xml_is(xml, "bundle")) {
        *variant = PE_BUNDLE;
    } else {
        return false;
    }
    return true;
}

static bool unpack_variant(pe_sched *s, pe_rsc *r)
{
    switch (r->variant) {
        case PE_GROUP: return pe_unpack_group(s, r);
        case PE_CLONE: return pe_unpack_clone(s, r);
        case PE_BUNDLE: return pe_unpack_bundle(s, r);
        default: return unpack_primitive(s, r);
    }
}

static void unpack_scores(pe_sched *s, pe_rsc *r)
{
    const char *value = pe_meta(r, "resource-stickiness");

    r->priority = score_parse(pe_meta(r, "priority"), NULL);
    if (given(value)) {
        r->stickiness = score_parse(value, NULL);
    }
    value = pe_meta(r, "migration-threshold");
    r->threshold = SCORE_INF;
    if (given(value)) {
        r->threshold = score_parse(value, NULL);
        if (r->threshold < 0) {
            pe_warn(s, "pe__unpack_resource", "migration-threshold must be non-negative, using 1 instead");
            r->threshold = 1;
        }
    }
}

/* ---- parameters ---- */

static bool params_have_rules(pe_sched *s, pe_rsc *r)
{
    struct rule_context ctx = pe_rule_context(s);

    if (r->params_have_rules == 0) {
        r->params_have_rules = nvsets_have_rules(s->rsc_defaults, "instance_attributes", &ctx) ? 2 : 1;
        for (const pe_rsc *p = r; p != NULL; p = p->parent) {
            if (nvsets_have_rules(p->xml, "instance_attributes", &ctx)) {
                r->params_have_rules = 2;
            }
        }
    }
    return r->params_have_rules == 2;
}

static const char *node_attribute(void *arg, const char *name)
{
    return pe_attr(arg, name);
}

const struct pe_table *pe_params(pe_sched *s, pe_rsc *r, pe_node *node)
{
    struct rule_context ctx = pe_rule_context(s);
    struct pe_params *p;

    if (node != NULL && !params_have_rules(s, r)) {
        node = NULL;
    }
    for (p = r->params; p != NULL; p = p->next) {
        if (p->node == node) {
            return &p->table;
        }
    }
    p = pe_alloc(s, sizeof(*p));
    p->node = node;
    if (node != NULL) {
        ctx.node_attribute = node_attribute;
        ctx.node = node;
    }
    for (const pe_rsc *from = r; from != NULL; from = from->parent) {
        pe_unpack_table(s, from->xml, "instance_attributes", &ctx, false, &p->table);
    }
    pe_unpack_table(s, s->rsc_defaults, "instance_attributes", &ctx, false, &p->table);
    p->next = r->params;
    r->params = p;
    return &p->table;
}

/* ---- one resource ---- */

static bool too_deep(const pe_rsc *r)
{
    int depth = 0;

    for (; r != NULL; r = r->parent) {
        depth++;
    }
    return depth > 5;
}

pe_rsc *pe_unpack_rsc(pe_sched *s, xmlNode *xml, pe_rsc *parent, int clone_number)
{
    const char *id = xml_id(xml), *value;
    enum pe_variant variant;
    pe_rsc *r;

    if (id == NULL) {
        pe_config_error(s, "unpack_resources", "Ignoring <%s> resource without ID", xml_name(xml));
        return NULL;
    }
    if (!variant_of(xml, &variant) || too_deep(parent)) {
        pe_error(s, "pe__unpack_resource", "Ignoring resource '%s' of unknown type '%s'", id, xml_name(xml));
        return NULL;
    }
    if (s->priv->rsc_serial >= PE_MAX_RESOURCES || (xml = expand_template(s, xml)) == NULL) {
        return NULL;
    }
    r = pe_alloc(s, sizeof(*r));
    r->serial = s->priv->rsc_serial++;
    r->xml = xml;
    r->parent = parent;
    r->variant = variant;
    r->clone_number = clone_number;
    r->id = clone_number >= 0 ? pe_printf(s, "%s:%d", id, clone_number) : id;
    r->class = xml_get(xml, "class");
    r->provider = xml_get(xml, "provider");
    r->type = xml_get(xml, "type");
    pe_register_rsc(s, r);
    r->ops = unpack_ops(s, xml);
    unpack_meta(s, r);
    r->provisional = true;
    r->role = ROLE_STOPPED;
    r->next = ROLE_UNKNOWN;
    value = pe_meta(r, "critical");
    r->critical = value == NULL || bool_true(value);
    r->notify = pe_is_true_meta(r, "notify");
    r->is_conn = variant == PE_PRIMITIVE && r->type != NULL && strcasecmp(r->type, "remote") == 0 &&
                 r->provider != NULL && strcasecmp(r->provider, "pacemaker") == 0 && r->class != NULL &&
                 strcasecmp(r->class, "ocf") == 0;
    value = pe_meta(r, "allow-migrate");
    r->migratable = value != NULL ? bool_true(value) : r->is_conn && !pe_is_guest_conn(r);
    unpack_managed(s, r);
    unpack_clone_flags(s, r);
    value = pe_meta(r, "restart-type");
    r->restart_type_restart = value != NULL && strcasecmp(value, "restart") == 0;
    if (r->restart_type_restart) {
        pe_warn_once(s, PE_ONCE_RESTART_TYPE, "pe__unpack_resource",
                     "Support for restart-type is deprecated and will be removed in a future release");
    }
    unpack_multiple(s, r);
    unpack_scores(s, r);
    if (r->class != NULL && strcasecmp(r->class, "stonith") == 0) {
        r->fencedev = true;
        s->fence_device_exists = true;
    }
    unpack_requires(s, r);
    unpack_failure_timeout(s, r);
    {
        enum pcmk_role target = pe_target_role(r);

        check_target_role(s, r);
        if (target != ROLE_UNKNOWN) {
            r->next = target;
        }
    }
    if (params_have_rules(s, r)) {
        pe_params(s, r, NULL);      /* a rule that will change decides when to look again, used or not */
    }
    if (!unpack_variant(s, r)) {
        unregister(s, r);
        return NULL;
    }
    if (s->symmetric || pe_is_guest_conn(r)) {
        for (uint32_t i = 0; i < s->nodes.n; i++) {
            pe_node *n = s->nodes.v[i];

            if (!s->symmetric || (!r->exclusive && n->discover != DISCOVER_NEVER)) {
                pe_entry_add(s, &r->allowed, n);
            }
        }
    }
    {
        struct rule_context ctx = pe_rule_context(s);

        pe_unpack_table(s, xml, "utilization", &ctx, false, &r->utilization);
    }
    return r;
}

const char *pe_config_id(pe_sched *s, const pe_rsc *r)
{
    (void)s;
    return xml_id(r->xml);
}

/* ---- the whole section ---- */

static int by_priority(const void *a, const void *b, void *arg)
{
    const pe_rsc *x = a, *y = b;

    return x->priority == y->priority ? 0 : x->priority > y->priority ? -1 : 1;
}

static void unpack_top(pe_sched *s, xmlNode *xml)
{
    pe_rsc *r = pe_unpack_rsc(s, xml, NULL, -1);

    if (r != NULL) {
        PE_PUSH(s, &s->resources, r);
    } else if (xml_id(xml) != NULL) {
        pe_config_error(s, "unpack_resources", "Ignoring <%s> resource '%s' because configuration is invalid",
                        xml_name(xml), xml_id(xml));
    }
}

static void note_template(pe_sched *s, xmlNode *xml)
{
    const char *id = xml_id(xml);

    if (id != NULL && !g_hash_table_contains(s->priv->templates, id)) {
        struct pe_tag *tag = pe_alloc(s, sizeof(*tag));

        tag->id = id;
        g_hash_table_insert(s->priv->templates, (char *)id, tag);
    }
}

void pe_unpack_resources(pe_sched *s)
{
    xml_foreach(xml, s->priv->resources, NULL) {
        if (xml_is(xml, "template")) {
            note_template(s, xml);
            continue;
        }
        unpack_top(s, xml);
    }
    for (uint32_t i = 0; s->priv->virtual_conns != NULL && s->priv->virtual_conns[i] != NULL; i++) {
        pe_rsc *r = pe_unpack_rsc(s, s->priv->virtual_conns[i], NULL, -1);

        if (r != NULL) {
            PE_PUSH(s, &s->resources, r);
        }
    }
    pe_link_containers(s);
    pe_sort((void **)s->resources.v, s->resources.n, by_priority, NULL);
    if (s->stonith_enabled && !s->fence_device_exists) {
        pe_config_error(s, "unpack_resources", "Resource start-up disabled since no STONITH resources have "
                        "been defined");
        pe_config_error(s, "unpack_resources", "Either configure some or disable STONITH with the "
                        "stonith-enabled option");
        pe_config_error(s, "unpack_resources", "NOTE: Clusters with shared data need STONITH to ensure data "
                        "integrity");
    }
}
