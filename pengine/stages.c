/* One calculation from beginning to end: unpacking, then the stages in their order (decisions §1). */
#include "pengine/pe.h"

int64_t pe_cib_time(const xmlNode *cib)
{
    return int_parse(xml_get(cib, "execution-date"), -1);
}

static void prepare(pe_sched *s, const struct pe_input *input)
{
    struct pe_private *p = s->priv;

    s->cib = input->cib;
    s->now = input->now;
    s->sanitized = input->sanitized;
    s->sort_lists = input->sort_lists;
    s->transition_id = input->transition_id;
    if (input->hooks != NULL) {
        s->hooks = *input->hooks;
    }
    s->priv->said = input->said != NULL ? input->said : &s->priv->said_here;
    s->feature_set = xml_get(s->cib, "crm_feature_set");
    s->next_action_id = 1;
    s->width_name = s->width_details = 5;
    p->rsc_ids = g_hash_table_new(g_str_hash, g_str_equal);
    p->rsc_hnames = g_hash_table_new(g_str_hash, g_str_equal);
    p->node_names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    p->node_ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    p->singletons = g_hash_table_new(g_str_hash, g_str_equal);
    p->expanded = g_hash_table_new(g_direct_hash, g_direct_equal);
    p->ops = g_hash_table_new(g_direct_hash, g_direct_equal);
    p->templates = g_hash_table_new(g_str_hash, g_str_equal);
    p->failed_keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    p->scratch = xml_new("scratch");
    p->config = xml_first(s->cib, "configuration");
    p->resources = xml_first(p->config, "resources");
    p->status = xml_first(s->cib, "status");
    s->op_defaults = xml_first(p->config, "op_defaults");
    s->rsc_defaults = xml_first(p->config, "rsc_defaults");
    s->dc_uuid = xml_get(s->cib, "dc-uuid");
    s->quorum = bool_true(xml_get(s->cib, "have-quorum"));
}

static void unpack_tags(pe_sched *s)
{
    xml_foreach(xml, xml_first(s->priv->config, "tags"), "tag") {
        const char *id = xml_id(xml);
        struct pe_tag *tag;

        if (id == NULL) {
            pe_config_error(s, "unpack_tags", "Ignoring <%s> without id", xml_name(xml));
            continue;
        }
        if (s->n_tags == s->cap_tags) {
            s->tags = pe_grow(s, s->tags, &s->cap_tags, s->n_tags, sizeof(*s->tags));
        }
        tag = &s->tags[s->n_tags++];
        *tag = (struct pe_tag){.id = id};
        xml_foreach(ref, xml, "obj_ref") {
            if (xml_id(ref) == NULL) {
                pe_config_error(s, "unpack_tags", "Ignoring <%s> for tag '%s' without id", xml_name(ref), id);
                continue;
            }
            if (tag->n == tag->cap) {
                tag->refs = pe_grow(s, tag->refs, &tag->cap, tag->n, sizeof(*tag->refs));
            }
            tag->refs[tag->n++] = xml_id(ref);
        }
    }
}

static void count_leaf(pe_sched *s, const pe_rsc *r)
{
    enum pcmk_role target;

    if (r == NULL || (r->orphan && r->role <= ROLE_STOPPED)) {
        return;
    }
    s->n_instances++;
    target = role_parse(pe_meta(r, "target-role"));
    if (target == ROLE_STOPPED || (target == ROLE_UNPROMOTED && pe_top(r)->promotable)) {
        s->n_disabled++;
    }
    if (r->blocked) {
        s->n_blocked++;
    }
}

static void count(pe_sched *s, const pe_rsc *r)
{
    if (r->variant == PE_BUNDLE) {
        for (uint32_t i = 0; i < r->bundle->n; i++) {
            const struct pe_replica *p = &r->bundle->replicas[i];

            count_leaf(s, p->ip);
            count_leaf(s, p->child);
            count_leaf(s, p->container);
            count_leaf(s, p->remote);
        }
        return;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        count(s, r->children.v[i]);
    }
    if (r->variant == PE_PRIMITIVE) {
        count_leaf(s, r);
    }
}

pe_sched *pe_unpack(const struct pe_input *input)
{
    struct pe_arena *arena = pe_arena_new();
    pe_sched *s = pe_arena_alloc(arena, sizeof(*s));

    s->arena = arena;
    s->priv = pe_alloc(s, sizeof(*s->priv));
    prepare(s, input);
    pe_unpack_options(s);
    pe_unpack_nodes(s);
    pe_unpack_remote_nodes(s);
    pe_unpack_resources(s);
    unpack_tags(s);
    pe_unpack_status(s);
    for (uint32_t i = 0; i < s->resources.n; i++) {
        count(s, s->resources.v[i]);
    }
    return s;
}

static void internal_constraints(pe_sched *s)
{
    for (uint32_t i = 0; i < s->resources.n; i++) {
        pe_internal_constraints(s, s->resources.v[i]);
    }
}

void pe_unpack_constraints(pe_sched *s)
{
    xml_foreach(xml, xml_first(s->priv->config, "constraints"), NULL) {
        struct rule_context ctx = pe_rule_context(s);
        xmlNode *lifetime = xml_first(xml, "lifetime");

        if (xml_id(xml) == NULL) {
            pe_config_error(s, "pcmk__unpack_constraints", "Ignoring <%s> constraint without id",
                            xml_name(xml));
            continue;
        }
        if (lifetime != NULL) {
            bool passed = rules_pass(lifetime, &ctx);

            if (ctx.next_change != 0) {
                pe_note_recheck(s, ctx.next_change);
            }
            if (!passed) {
                continue;
            }
        }
        if (xml_is(xml, "rsc_order")) {
            pe_unpack_order(s, xml);
        } else if (xml_is(xml, "rsc_colocation")) {
            pe_unpack_colocation(s, xml);
        } else if (xml_is(xml, "rsc_location")) {
            pe_unpack_location(s, xml);
        } else if (xml_is(xml, "rsc_ticket")) {
            pe_unpack_ticket(s, xml);
        } else {
            pe_error(s, "pcmk__unpack_constraints", "Unsupported constraint type: %s", xml_name(xml));
        }
    }
}

void pe_decide(pe_sched *s)
{
    static void (*const stages[])(pe_sched *) = {
        pe_node_health_locations,
        pe_unpack_constraints,
        pe_node_criteria,
        internal_constraints,
        pe_check_configuration,
        pe_assign_all,
        pe_create_all_actions,
        pe_order_remote_actions,
        pe_fence_and_shutdown,
        pe_apply_orderings,
        pe_summary_log_pass,
        pe_make_graph,
    };

    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
        stages[i](s);
    }
}

pe_sched *pe_schedule(const struct pe_input *input)
{
    pe_sched *s = pe_unpack(input);

    pe_decide(s);
    return s;
}

void pe_free(pe_sched *s)
{
    struct pe_private *p;
    GHashTable *tables[11];

    if (s == NULL) {
        return;
    }
    p = s->priv;
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        if (s->nodes.v[i]->digests != NULL) {
            g_hash_table_destroy(s->nodes.v[i]->digests);
        }
    }
    memcpy(tables,
           ((GHashTable *[]){p->rsc_ids, p->rsc_hnames, p->node_names, p->node_ids, p->singletons, p->ids,
                             p->expanded, p->ops, p->templates, p->history, p->failed_keys}),
           sizeof(tables));
    for (size_t i = 0; i < 11; i++) {
        if (tables[i] != NULL) {
            g_hash_table_destroy(tables[i]);
        }
    }
    if (p->override != NULL) {
        g_hash_table_destroy(p->override);
    }
    g_free(p->link_keys);
    g_free(p->link_flags);
    xml_free(p->scratch);
    xml_free(s->graph);
    pe_arena_free(s->arena);
}
