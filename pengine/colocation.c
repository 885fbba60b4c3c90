/* Colocation constraints: unpacking (decisions §3). */
#include "pengine/pe.h"

static int compare_colocations(const pe_rsc *a, const pe_colocation *x, const pe_rsc *b,
                               const pe_colocation *y)
{
    (void)x;
    (void)y;
    if (a->priority != b->priority) {
        return a->priority > b->priority ? -1 : 1;
    }
    if (a->variant != b->variant) {
        return a->variant > b->variant ? -1 : 1;
    }
    if (a->variant == PE_CLONE && a->promotable != b->promotable) {
        return a->promotable ? -1 : 1;
    }
    return strcmp(a->id, b->id);
}

static void insert(pe_sched *s, struct pe_colocation_vec *v, pe_colocation *c, bool by_primary)
{
    uint32_t low = 0, high = v->n;

    while (low < high) {        /* first element that is not smaller: newest first among equals */
        uint32_t mid = (low + high) / 2;
        const pe_colocation *other = v->v[mid];
        const pe_rsc *a = by_primary ? other->primary : other->dependent;
        const pe_rsc *b = by_primary ? c->primary : c->dependent;

        if (compare_colocations(a, other, b, c) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    PE_PUSH(s, v, c);
    memmove(&v->v[low + 1], &v->v[low], (v->n - 1 - low) * sizeof(*v->v));
    v->v[low] = c;
}

void pe_insert_this_with(pe_sched *s, pe_rsc *r, pe_colocation *c)
{
    insert(s, &r->this_with, c, true);
}

void pe_insert_with_this(pe_sched *s, pe_rsc *r, pe_colocation *c)
{
    insert(s, &r->with_this, c, false);
}

bool pe_influences(const pe_colocation *c, const pe_rsc *r)
{
    if (r == NULL) {
        r = c->primary;
    }
    if (c->dependent->nested_ok && !r->failed && r->running.n == 1) {
        return false;
    }
    return c->influence || r->running.n == 0;
}

/* Mandatory anti-colocation: A must lose its role before B gains it, and the other way round. */
static void anti_order(pe_sched *s, pe_rsc *first, enum pcmk_role first_role, pe_rsc *then,
                       enum pcmk_role then_role)
{
    enum pe_task lose[2] = {TASK_OTHER, TASK_OTHER}, gain[2] = {TASK_OTHER, TASK_OTHER};

    lose[0] = first_role == ROLE_PROMOTED ? TASK_DEMOTE : TASK_STOP;
    if (first_role == ROLE_UNPROMOTED) {
        lose[1] = TASK_PROMOTE;
    }
    gain[0] = then_role == ROLE_PROMOTED ? TASK_PROMOTE : TASK_START;
    if (then_role == ROLE_UNPROMOTED) {
        gain[1] = TASK_DEMOTE;
    }
    for (int i = 0; i < 2 && lose[i] != TASK_OTHER; i++) {
        for (int k = 0; k < 2 && gain[k] != TASK_OTHER; k++) {
            pe_order(s, first, lose[i], then, gain[k], LF_ANTI);
        }
    }
}

pe_colocation *pe_colocate(pe_sched *s, const char *id, const char *attr, int score, pe_rsc *dependent,
                           pe_rsc *primary, enum pcmk_role dependent_role, enum pcmk_role primary_role,
                           bool influence)
{
    pe_colocation *c;

    if (score == 0 || dependent == NULL || primary == NULL) {
        return NULL;
    }
    c = pe_alloc(s, sizeof(*c));
    *c = (pe_colocation){
        .id = id, .node_attr = attr, .dependent = dependent, .primary = primary, .score = score,
        .dependent_role = dependent_role == ROLE_STARTED ? ROLE_UNKNOWN : dependent_role,
        .primary_role = primary_role == ROLE_STARTED ? ROLE_UNKNOWN : primary_role, .influence = influence,
    };
    pe_insert_this_with(s, dependent, c);
    pe_insert_with_this(s, primary, c);
    if (score <= -SCORE_INF) {
        anti_order(s, dependent, c->dependent_role, primary, c->primary_role);
        anti_order(s, primary, c->primary_role, dependent, c->dependent_role);
    }
    return c;
}

static bool influence_of(pe_sched *s, xmlNode *xml, const pe_rsc *dependent)
{
    const char *text = xml_get(xml, "influence");
    int value = bool_parse(text);

    if (text != NULL && value < 0) {
        pe_config_error(s, "unpack_influence", "Constraint '%s' has invalid value for influence (using "
                        "default)", xml_id(xml));
    }
    return value >= 0 ? value == 1 : dependent->critical;
}

static pe_rsc *member(pe_sched *s, xmlNode *ref, xmlNode *constraint)
{
    pe_rsc *r = xml_id(ref) == NULL ? NULL : pe_constraint_rsc(s, xml_id(ref));

    if (r == NULL) {
        pe_unknown_member(s, "unpack_colocation_set", constraint, ref->parent, ref);
    }
    return r;
}

static bool sequential(const xmlNode *set)
{
    const char *value = xml_get(set, "sequential");

    return value == NULL || bool_true(value);
}

static uint32_t size_of(const xmlNode *set)
{
    uint32_t n = 0;

    xml_foreach(ref, set, "resource_ref") {
        n++;
    }
    return n;
}

static void inside_set(pe_sched *s, xmlNode *xml, xmlNode *set, const char *default_score)
{
    const char *text = xml_get(set, "score"), *ordering = xml_get(set, "ordering");
    int score = score_parse(text != NULL ? text : default_score, NULL);
    enum pcmk_role role = role_parse(xml_get(set, "role"));
    const char *id = xml_id(set) != NULL ? xml_id(set) : xml_id(xml);
    pe_rsc *last = NULL;

    if (score == 0 || !sequential(set)) {
        return;
    }
    if (score > 0) {
        bool grouped = ordering == NULL || strcasecmp(ordering, "group") == 0;

        xml_foreach(ref, set, "resource_ref") {
            pe_rsc *r = member(s, ref, xml);

            if (r == NULL) {
                return;
            }
            if (last != NULL) {
                pe_rsc *dependent = grouped ? r : last;

                pe_colocate(s, id, NULL, score, dependent, grouped ? last : r, role, role,
                            influence_of(s, xml, dependent));
            }
            last = r;
        }
        return;
    }
    if (!pe_pairs_allowed(s, id, size_of(set), size_of(set) / 2)) {
        return;
    }
    xml_foreach(ref, set, "resource_ref") {
        pe_rsc *r = member(s, ref, xml);

        if (r == NULL) {
            return;
        }
        xml_foreach(earlier, set, "resource_ref") {
            pe_rsc *with;

            /* a member of a clone stands for the clone, whose id is none of the set's:
             * it meets all of them, itself too */
            if (xml_id(earlier) != NULL && strcmp(xml_id(earlier), r->id) == 0) {
                break;
            }
            with = member(s, earlier, xml);
            if (with != NULL) {
                pe_colocate(s, id, NULL, score, r, with, role, role, influence_of(s, xml, r));
            }
        }
    }
}

static xmlNode *last_ref(xmlNode *set)
{
    xmlNode *last = NULL;

    xml_foreach(ref, set, "resource_ref") {
        last = ref;
    }
    return last;
}

/* A reference to nothing ends it: pairs before it count. */
static void between_sets(pe_sched *s, xmlNode *xml, xmlNode *set1, xmlNode *set2, int score)
{
    enum pcmk_role role1 = role_parse(xml_get(set1, "role")), role2 = role_parse(xml_get(set2, "role"));
    xmlNode *only1 = sequential(set1) ? xml_first(set1, "resource_ref") : NULL;
    xmlNode *only2 = sequential(set2) ? last_ref(set2) : NULL;
    const char *id = xml_id(xml);

    if (score == 0 ||
        !pe_pairs_allowed(s, id, only1 != NULL ? 1 : size_of(set1), only2 != NULL ? 1 : size_of(set2))) {
        return;
    }
    xml_foreach(ref1, set1, "resource_ref") {
        pe_rsc *dependent;

        if (only1 != NULL && ref1 != only1) {
            continue;
        }
        dependent = member(s, ref1, xml);
        if (dependent == NULL) {
            return;
        }
        xml_foreach(ref2, set2, "resource_ref") {
            pe_rsc *primary;

            if (only2 != NULL && ref2 != only2) {
                continue;
            }
            primary = member(s, ref2, xml);
            if (primary == NULL) {
                return;
            }
            pe_colocate(s, id, NULL, score, dependent, primary, role1, role2,
                        influence_of(s, xml, dependent));
        }
    }
}

static pe_rsc *instance_of(pe_sched *s, xmlNode *xml, pe_rsc *r, const char *what)
{
    const char *number = xml_get(xml, what);

    if (r == NULL || number == NULL) {
        return r;
    }
    pe_warn_once(s, PE_ONCE_COLOCATION_INSTANCE, "unpack_simple_colocation", "Support for %s is deprecated "
                 "and will be removed in a future release.", what);
    if (r->variant != PE_CLONE) {
        pe_config_error(s, "unpack_simple_colocation", "Ignoring constraint '%s' because resource '%s' is "
                        "not a clone but instance '%s' was requested", xml_id(xml), r->id, number);
        return NULL;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        if (r->children.v[i]->clone_number == (int)int_parse(number, -1)) {
            return r->children.v[i];
        }
    }
    pe_config_error(s, "unpack_simple_colocation", "Ignoring constraint '%s' because resource '%s' does not "
                    "have an instance '%s'", xml_id(xml), r->id, number);
    return NULL;
}

static void simple(pe_sched *s, xmlNode *xml)
{
    const char *dep_id = xml_get(xml, "rsc"), *pri_id = xml_get(xml, "with-rsc"),
               *score = xml_get(xml, "score");
    pe_rsc *dependent = dep_id == NULL ? NULL : pe_constraint_rsc(s, dep_id);
    pe_rsc *primary = pri_id == NULL ? NULL : pe_constraint_rsc(s, pri_id);

    if (dependent == NULL || primary == NULL) {
        pe_unknown_name(s, "unpack_colocation_tags", xml, dependent == NULL ? dep_id : pri_id);
        return;
    }
    dependent = instance_of(s, xml, dependent, "rsc-instance");
    primary = instance_of(s, xml, primary, "with-rsc-instance");
    if (dependent == NULL || primary == NULL) {
        return;
    }
    if (bool_true(xml_get(xml, "symmetrical"))) {
        pe_config_warn(s, "unpack_simple_colocation", "The colocation constraint 'symmetrical' attribute has "
                       "been removed");
    }
    pe_colocate(s, xml_id(xml), xml_get(xml, "node-attribute"), score_parse(score, NULL), dependent, primary,
                role_parse(xml_get(xml, "rsc-role")), role_parse(xml_get(xml, "with-rsc-role")),
                influence_of(s, xml, dependent));
}

static void move_attribute(xmlNode *from, const char *name, xmlNode *set, const char *as)
{
    const char *value = xml_get(from, name);

    if (set != NULL && value != NULL) {
        xml_set(set, as, value);
        xml_unset(from, name);
    }
}

/* A tag on one side makes a constraint with two sets. */
static xmlNode *expand_tags(pe_sched *s, xmlNode *xml)
{
    xmlNode *expanded = pe_expand_tag_sets(s, xml), *set;
    const char *dep = xml_get(xml, "rsc"), *pri = xml_get(xml, "with-rsc");
    bool dep_tag, pri_tag;

    if (expanded != xml || dep == NULL || pri == NULL || !pe_refers_to_something(s, dep) ||
        !pe_refers_to_something(s, pri)) {
        return expanded;
    }
    dep_tag = pe_constraint_rsc(s, dep) == NULL && pe_tag_find(s, dep) != NULL;
    pri_tag = pe_constraint_rsc(s, pri) == NULL && pe_tag_find(s, pri) != NULL;
    if (dep_tag && pri_tag) {
        pe_config_error(s, "unpack_colocation_tags", "Ignoring constraint '%s' because two templates or tags "
                        "cannot be colocated", xml_id(xml));
        return NULL;
    }
    if (!dep_tag && !pri_tag) {
        return xml;
    }
    expanded = xml_add_copy(s->priv->scratch, xml);
    set = pe_tag_to_set(s, expanded, "rsc", true);
    move_attribute(expanded, "rsc-role", set, "role");
    set = pe_tag_to_set(s, expanded, "with-rsc", true);
    move_attribute(expanded, "with-rsc-role", set, "role");
    return expanded;
}

void pe_unpack_colocation(pe_sched *s, xmlNode *xml)
{
    const char *score = xml_get(xml, "score");
    xmlNode *last = NULL;

    xml = expand_tags(s, xml);
    if (xml == NULL) {
        return;
    }
    xml_foreach(ref, xml, "resource_set") {
        struct rule_context ctx = pe_rule_context(s);
        xmlNode *set = rule_dereference(ref, &ctx);

        if (set == NULL) {
            return;
        }
        inside_set(s, xml, set, score);
        if (last != NULL) {
            between_sets(s, xml, last, set, score_parse(score, NULL));
        }
        last = set;
    }
    if (last == NULL) {
        simple(s, xml);
    }
}
