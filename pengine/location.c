/* Location constraints: unpacking and application (decisions §2, §6.2). */
#include "pengine/pe.h"

#include <regex.h>
#include <stdlib.h>

struct pattern_match {
    const char *sub[10];
    size_t n;
};

static void add_node(pe_sched *s, pe_location *c, pe_node *n, int score)
{
    if (c->n_nodes == c->cap_nodes) {
        c->nodes = pe_grow(s, c->nodes, &c->cap_nodes, c->n_nodes, sizeof(*c->nodes));
    }
    c->nodes[c->n_nodes++] = (struct pe_location_node){n, score, c->discover};
}

pe_location *pe_location_new(pe_sched *s, const char *id, pe_rsc *r, int score, enum pe_discover discover,
                             bool has_discover, pe_node *node)
{
    pe_location *c = pe_alloc(s, sizeof(*c));

    c->id = id;
    c->rsc = r;
    c->discover = discover;
    c->has_discover = has_discover;
    if (discover == DISCOVER_EXCLUSIVE) {
        r->exclusive = true;
    }
    if (node != NULL) {
        add_node(s, c, node, score);
    }
    PE_PUSH(s, &s->locations, c);
    PE_PUSH(s, &r->locations, c);
    return c;
}

/* ---- node health ---- */

void pe_node_health_locations(pe_sched *s)
{
    if (strcasecmp(s->health_strategy, "none") == 0) {
        return;
    }
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        pe_node *n = s->nodes.v[i];
        int health = s->health_base;

        for (uint32_t k = 0; k < n->attrs.n; k++) {
            const struct pe_pair *p = &n->attrs.pairs[k];

            if (p->value != NULL && strncmp(p->name, "#health", 7) == 0) {
                health = score_add(health, score_parse(p->value, &s->health));
            }
        }
        for (uint32_t k = 0; health != 0 && k < s->resources.n; k++) {
            pe_rsc *r = s->resources.v[k];

            if (health >= 0 || !pe_is_true_meta(r, "allow-unhealthy-nodes")) {
                pe_location_new(s, s->health_strategy, r, health, DISCOVER_ALWAYS, false, n);
            }
        }
    }
}

/* ---- unpacking ---- */

static const char *node_attribute(void *arg, const char *name)
{
    return pe_attr(arg, name);
}

static const char *rsc_parameter(void *arg, const char *name)
{
    return pe_table_get(arg, name);
}

struct rsc_tables {
    const struct pe_table *params, *meta;
};

static const char *lookup_param(void *arg, const char *name)
{
    return rsc_parameter((void *)((struct rsc_tables *)arg)->params, name);
}

static const char *lookup_meta(void *arg, const char *name)
{
    return rsc_parameter((void *)((struct rsc_tables *)arg)->meta, name);
}

static bool rule_holds(pe_sched *s, xmlNode *rule, pe_rsc *r, pe_node *n, const struct pattern_match *match)
{
    struct rule_context ctx = pe_rule_context(s);
    struct rsc_tables tables = {pe_params(s, r, n), &r->meta};
    bool passes;

    ctx.node_attribute = node_attribute;
    ctx.node = n;
    ctx.resource = &tables;
    ctx.parameter = lookup_param;
    ctx.meta = lookup_meta;
    ctx.role = ROLE_UNKNOWN;
    if (match != NULL) {
        ctx.submatches = match->sub;
        ctx.n_submatches = match->n;
    }
    passes = rule_passes(rule, &ctx);
    if (ctx.next_change != 0) {
        pe_note_recheck(s, ctx.next_change);
    }
    return passes;
}

static int node_score(pe_sched *s, const char *score, bool raw, pe_node *n, pe_rsc *r)
{
    const char *value;

    if (score == NULL || raw) {
        return score_parse(score, &s->health);
    }
    value = pe_node_attr(s, n, score, r);
    return value == NULL ? -SCORE_INF : score_parse(value, &s->health);
}

/* The role a constraint is limited to. Started is as good as none, except in a rule. */
static bool filter_role(const char *text, bool in_rule, enum pcmk_role *role, pe_sched *s, const char *id)
{
    *role = ROLE_UNKNOWN;
    if (text == NULL) {
        return true;
    }
    *role = role_parse(text);
    if (*role == ROLE_UNKNOWN && strcasecmp(text, "Unknown") != 0) {
        pe_message(s, PE_ERROR, "text2role", "Unknown role: %s", text);
        pe_error(s, "unpack_rsc_location", "Invalid constraint %s: Bad role %s", id, text);
        return false;
    }
    if ((*role == ROLE_STARTED && !in_rule) || *role == ROLE_UNPROMOTED) {
        *role = ROLE_UNKNOWN;
    }
    return true;
}

static void from_rule(pe_sched *s, xmlNode *rule, pe_rsc *r, enum pe_discover discover,
                      const struct pattern_match *match)
{
    struct rule_context ctx = pe_rule_context(s);
    const char *score, *op;
    enum pcmk_role role;
    char *expanded = NULL;
    pe_location *c;
    bool raw = true, any;

    rule = rule_dereference(rule, &ctx);
    if (rule == NULL) {
        return;
    }
    score = xml_get(rule, "score");
    if (score == NULL) {
        score = xml_get(rule, "score-attribute");
        raw = score == NULL;
        if (score != NULL && match != NULL) {
            expanded = rule_expand_submatches(score, match->sub, match->n);
            score = expanded != NULL ? pe_strdup(s, expanded) : score;
            free(expanded);
        }
    }
    if (!filter_role(xml_get(rule, "role"), true, &role, s, xml_id(rule))) {
        return;
    }
    op = xml_get(rule, "boolean-op");
    any = op != NULL && strcasecmp(op, "or") == 0;
    c = pe_location_new(s, xml_id(rule), r, 0, discover, true, NULL);
    c->role = role;
    c->any_order = any;
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        pe_node *n = s->nodes.v[i];

        if (rule_holds(s, rule, r, n, match)) {
            int value = node_score(s, score, raw, n, r);

            add_node(s, c, n, any ? score_add(n->score, value) : value);
        }
    }
}

static enum pe_discover discovery(pe_sched *s, xmlNode *xml)
{
    const char *value = xml_get(xml, "resource-discovery");

    if (value == NULL || strcasecmp(value, "always") == 0) {
        return DISCOVER_ALWAYS;
    }
    if (strcasecmp(value, "never") == 0) {
        return DISCOVER_NEVER;
    }
    if (strcasecmp(value, "exclusive") == 0) {
        return DISCOVER_EXCLUSIVE;
    }
    pe_error(s, "pcmk__new_location", "Invalid resource-discovery value %s in location constraint", value);
    return DISCOVER_ALWAYS;
}

static void for_rsc(pe_sched *s, xmlNode *xml, pe_rsc *r, const char *role, const char *score,
                    const struct pattern_match *match)
{
    const char *node = xml_get(xml, "node");
    enum pe_discover discover = discovery(s, xml);
    pe_location *c;
    pe_node *n;

    score = score != NULL ? score : xml_get(xml, "score");
    role = role != NULL ? role : xml_get(xml, "role");
    if (node != NULL && score != NULL) {
        enum pcmk_role filter;

        n = pe_node_by_name(s, node);
        if (n == NULL || !filter_role(role, false, &filter, s, xml_id(xml))) {
            return;
        }
        c = pe_location_new(s, xml_id(xml), r, score_parse(score, &s->health), discover, true, n);
        c->role = filter;
        return;
    }
    if (xml_first(xml, "rule") == NULL) {
        pe_config_error(s, "unpack_rsc_location", "Ignoring constraint '%s' because it contains no rules",
                        xml_id(xml));
        return;
    }
    xml_foreach(rule, xml, "rule") {
        from_rule(s, rule, r, discover, match);
    }
}

static void for_pattern(pe_sched *s, xmlNode *xml, const char *pattern)
{
    bool invert = pattern[0] == '!';
    regex_t regex;

    if (regcomp(&regex, pattern + invert, REG_EXTENDED) != 0) {
        pe_config_error(s, "unpack_simple_location", "Ignoring constraint '%s' because rsc-pattern has "
                        "invalid value '%s'", xml_id(xml), pattern);
        return;
    }
    for (uint32_t i = 0; i < s->resources.n; i++) {
        pe_rsc *r = s->resources.v[i];
        regmatch_t m[10];
        bool matches = regexec(&regex, r->id, 10, m, 0) == 0;
        struct pattern_match match = {.n = 0};

        if (matches == invert) {
            continue;
        }
        for (size_t k = 0; !invert && k < 10 && k <= regex.re_nsub; k++) {
            size_t length = m[k].rm_so < 0 ? 0 : (size_t)(m[k].rm_eo - m[k].rm_so);

            match.sub[k] = length == 0 ? "" : pe_strndup(s, r->id + m[k].rm_so, length);
            match.n = k + 1;
        }
        for_rsc(s, xml, r, NULL, NULL, invert ? NULL : &match);
    }
    regfree(&regex);
}

/* A reference to nothing ends it: members before it count. */
static void for_sets(pe_sched *s, xmlNode *xml)
{
    xml_foreach(ref_set, xml, "resource_set") {
        struct rule_context ctx = pe_rule_context(s);
        xmlNode *set = rule_dereference(ref_set, &ctx);

        xml_foreach(ref, set, "resource_ref") {
            pe_rsc *r = xml_id(ref) == NULL ? NULL : pe_constraint_rsc(s, xml_id(ref));

            if (r == NULL) {
                pe_unknown_member(s, "unpack_location_set", xml, set, ref);
                return;
            }
            for_rsc(s, xml, r, xml_get(set, "role"), xml_get(set, "score"), NULL);
        }
    }
}

void pe_unpack_location(pe_sched *s, xmlNode *xml)
{
    xmlNode *expanded = pe_expand_tag_sets(s, xml);
    const char *id;

    if (expanded == xml) {
        struct pe_tag *tag = NULL;

        id = xml_get(xml, "rsc");
        if (id != NULL && pe_constraint_rsc(s, id) == NULL && (tag = pe_tag_find(s, id)) != NULL) {
            xmlNode *set;
            const char *role;

            expanded = xml_add_copy(s->priv->scratch, xml);
            set = pe_tag_to_set(s, expanded, "rsc", false);
            role = xml_get(expanded, "role");
            if (set != NULL && role != NULL) {
                xml_set(set, "role", role);
                xml_unset(expanded, "role");
            }
        }
    }
    xml = expanded;
    if (xml_first(xml, "resource_set") != NULL) {
        for_sets(s, xml);
        return;
    }
    id = xml_get(xml, "rsc");
    if (id != NULL) {
        pe_rsc *r = pe_constraint_rsc(s, id);

        if (r == NULL) {
            pe_unknown_name(s, "unpack_location_tags", xml, id);
            return;
        }
        for_rsc(s, xml, r, NULL, NULL, NULL);
    }
    if (xml_get(xml, "rsc-pattern") != NULL) {
        for_pattern(s, xml, xml_get(xml, "rsc-pattern"));
    }
}

/* ---- application ---- */

static void apply_here(pe_sched *s, pe_rsc *r, const pe_location *c, bool zero)
{
    for (uint32_t i = 0; i < c->n_nodes; i++) {
        const struct pe_location_node *from = &c->nodes[i];
        struct pe_entry *e = pe_entry_of(&r->allowed, from->node);
        int score = zero ? 0 : from->score;

        if (e == NULL) {
            e = pe_entry_add(s, &r->allowed, from->node);
            e->score = score;
            pe_explain(s, r, from->node, 0, score, e->score, c->id);
        } else {
            int before = e->score;

            e->score = score_add(e->score, score);
            pe_explain(s, r, from->node, before, score, e->score, c->id);
        }
        if (e->discover < c->discover) {
            e->discover = (uint8_t)c->discover;
            if (c->discover == DISCOVER_EXCLUSIVE) {
                r->exclusive = true;
            }
        }
    }
}

static void apply(pe_sched *s, pe_rsc *r, pe_location *c, bool zero)
{
    /* what it contains may have the role all the same */
    if (c->role == ROLE_UNKNOWN || c->role == r->next) {
        apply_here(s, r, c, zero);
    }
    if (r->variant == PE_CLONE) {
        for (uint32_t i = 0; i < r->children.n; i++) {
            apply(s, r->children.v[i], c, zero);
        }
    } else if (r->variant == PE_GROUP) {
        for (uint32_t i = 0; i < r->children.n; i++) {
            apply(s, r->children.v[i], c, zero || (i > 0 && r->group->colocated));
        }
    } else if (r->variant == PE_BUNDLE) {
        for (uint32_t i = 0; i < r->bundle->n; i++) {
            if (r->bundle->replicas[i].container != NULL) {
                apply(s, r->bundle->replicas[i].container, c, zero);
            }
            if (r->bundle->replicas[i].ip != NULL) {
                apply(s, r->bundle->replicas[i].ip, c, zero);
            }
        }
    }
}

void pe_apply_location(pe_sched *s, pe_rsc *r, pe_location *c)
{
    if (r->variant == PE_BUNDLE && r->bundle->child != NULL && (c->role == ROLE_PROMOTED ||
                                                               c->role == ROLE_UNPROMOTED)) {
        apply(s, r, c, false);
        apply(s, r->bundle->child, c, false);
        PE_PUSH(s, &r->bundle->child->locations, c);
        return;
    }
    apply(s, r, c, false);
}
