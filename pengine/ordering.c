/* Order constraints: unpacking, and the list of orderings (decisions §1.1, §1.2, §4). */
#include "pengine/pe.h"

/* ---- the list ---- */

static pe_ordering *append(pe_sched *s)
{
    pe_ordering *o = pe_alloc(s, sizeof(*o));

    if (s->n_orderings == s->cap_orderings) {
        s->orderings = pe_grow(s, s->orderings, &s->cap_orderings, s->n_orderings, sizeof(*s->orderings));
    }
    s->orderings[s->n_orderings++] = o;
    return o;
}

static bool is_ancestor(const pe_rsc *ancestor, const pe_rsc *r)
{
    for (r = r->parent; r != NULL; r = r->parent) {
        if (r == ancestor) {
            return true;
        }
    }
    return false;
}

static enum pe_task side_task(const pe_action *a, const struct pe_keyset *key, const pe_rsc *r)
{
    if (a != NULL) {
        return a->task;
    }
    for (int i = 1; key != NULL && i < TASK_COUNT; i++) {
        if (r->fixed[i] == key) {
            return (enum pe_task)i;
        }
    }
    return TASK_OTHER;
}

/* What an ordering means when one side moves by live migration. */
static void add_migration_orderings(pe_sched *s, const pe_ordering *o)
{
    pe_rsc *first = o->first_rsc, *then = o->then_rsc;
    enum pe_task first_task, then_task;
    uint32_t flags = LF_SEQ;

    if (first == NULL || then == NULL || first == then || (!first->migratable && !then->migratable) ||
        is_ancestor(first, then) || is_ancestor(then, first)) {
        return;
    }
    first_task = side_task(o->first, o->first_key, first);
    then_task = side_task(o->then, o->then_key, then);
    if (first->migratable) {
        flags |= LF_NOMIG_FIRST;
    }
    if (first_task == TASK_START && then_task == TASK_START) {
        if (first->migratable && then->migratable) {
            pe_order_full(s, NULL, first, pe_key(s, first, TASK_MIGRATE_FROM), NULL, then,
                          pe_key(s, then, TASK_MIGRATE_TO), NULL, LF_SEQ);
        }
        if (then->migratable) {
            pe_order_full(s, NULL, first, pe_key(s, first, TASK_START), NULL, then,
                          pe_key(s, then, TASK_MIGRATE_TO), NULL, flags);
        }
    } else if (then->migratable && first_task == TASK_STOP && then_task == TASK_STOP) {
        pe_order_full(s, NULL, first, pe_key(s, first, TASK_STOP), NULL, then,
                      pe_key(s, then, TASK_MIGRATE_TO), NULL, flags);
        if (then->partial_target != NULL) {
            pe_order_full(s, NULL, first, pe_key(s, first, TASK_STOP), NULL, then,
                          pe_key(s, then, TASK_MIGRATE_FROM), NULL, flags);
        }
    } else if (first_task == TASK_PROMOTE && then_task == TASK_START && then->migratable) {
        pe_order_full(s, NULL, first, pe_key(s, first, TASK_PROMOTE), NULL, then,
                      pe_key(s, then, TASK_MIGRATE_TO), NULL, LF_SEQ);
    } else if (first_task == TASK_DEMOTE && then_task == TASK_STOP && then->migratable) {
        pe_order_full(s, NULL, first, pe_key(s, first, TASK_DEMOTE), NULL, then,
                      pe_key(s, then, TASK_MIGRATE_TO), NULL, LF_SEQ);
        if (then->partial_target != NULL) {
            pe_order_full(s, NULL, first, pe_key(s, first, TASK_DEMOTE), NULL, then,
                          pe_key(s, then, TASK_MIGRATE_FROM), NULL, LF_SEQ);
        }
    }
}

void pe_order_full(pe_sched *s, const char *id, pe_rsc *first_rsc, struct pe_keyset *first_key,
                   pe_action *first, pe_rsc *then_rsc, struct pe_keyset *then_key, pe_action *then,
                   uint32_t flags)
{
    pe_ordering *o;

    if ((first == NULL && first_rsc == NULL) || (then == NULL && then_rsc == NULL)) {
        return;
    }
    o = append(s);
    *o = (pe_ordering){
        .id = id, .first_rsc = first_rsc, .then_rsc = then_rsc, .first_key = first_key, .then_key = then_key,
        .first = first, .then = then, .flags = flags,
    };
    if (o->first_rsc == NULL && first != NULL) {
        o->first_rsc = first->rsc;
    }
    if (o->then_rsc == NULL && then != NULL) {
        o->then_rsc = then->rsc;
    }
    add_migration_orderings(s, o);
}

void pe_order(pe_sched *s, pe_rsc *first, enum pe_task first_task, pe_rsc *then, enum pe_task then_task,
              uint32_t flags)
{
    pe_order_full(s, NULL, first, pe_key(s, first, first_task), NULL, then, pe_key(s, then, then_task), NULL,
                  flags);
}

/* ---- kinds ---- */

enum order_kind { KIND_OPTIONAL, KIND_MANDATORY, KIND_SERIALIZE };
enum order_symmetry { ASYMMETRIC, SYMMETRIC, INVERSE };

static enum order_kind kind_of(pe_sched *s, xmlNode *xml)
{
    const char *kind = xml_get(xml, "kind"), *score;

    if (kind == NULL) {
        score = xml_get(xml, "score");
        return score == NULL || score_parse(score, NULL) != 0 ? KIND_MANDATORY : KIND_OPTIONAL;
    }
    if (strcasecmp(kind, "Optional") == 0) {
        return KIND_OPTIONAL;
    }
    if (strcasecmp(kind, "Serialize") == 0) {
        return KIND_SERIALIZE;
    }
    if (strcasecmp(kind, "Mandatory") != 0) {
        pe_config_error(s, "get_ordering_type", "Resetting 'kind' for constraint %s to 'Mandatory' because "
                        "'%s' is not valid", xml_id(xml), kind);
    }
    return KIND_MANDATORY;
}

static enum order_symmetry symmetry_of(pe_sched *s, xmlNode *xml, enum order_kind kind, const char *inherited)
{
    const char *text = xml_get(xml, "symmetrical");
    int value;

    text = text != NULL ? text : inherited;
    value = bool_parse(text);
    if (text != NULL && value == 1) {
        if (kind == KIND_SERIALIZE) {
            pe_config_warn(s, "get_ordering_symmetry", "Ignoring symmetrical for '%s' because not valid with "
                           "kind of 'Serialize'", xml_id(xml));
            return ASYMMETRIC;
        }
        return SYMMETRIC;
    }
    if (text != NULL && value == 0) {
        return ASYMMETRIC;
    }
    return kind == KIND_SERIALIZE ? ASYMMETRIC : SYMMETRIC;
}

static uint32_t order_flags(enum order_kind kind, const char *action, enum order_symmetry symmetry)
{
    if (kind == KIND_OPTIONAL) {
        return LF_SEQ;
    }
    if (kind == KIND_SERIALIZE) {
        return LF_SEQ | LF_SERIAL;
    }
    switch (symmetry) {
        case ASYMMETRIC:
            return LF_SEQ | LF_ASYM;
        case SYMMETRIC:
            return LF_SEQ | LF_PULL_THEN |
                   (strcmp(action, "start") == 0 || strcmp(action, "promote") == 0 ? LF_RUN_LEFT : 0);
        default:
            return LF_SEQ | LF_PULL_FIRST;
    }
}

static const char *invert(pe_sched *s, const char *action, const char *id)
{
    static const char *const pairs[][2] = {
        {"start", "stop"}, {"promote", "demote"}, {"running", "stopped"}, {"promoted", "demoted"},
    };

    for (size_t i = 0; i < 4; i++) {
        for (int k = 0; k < 2; k++) {
            if (strcasecmp(action, pairs[i][k]) == 0) {
                return pairs[i][1 - k];
            }
        }
    }
    pe_message(s, PE_WARNING, "invert_action", "Unknown action '%s' specified in order constraint", action);
    pe_config_warn(s, "inverse_ordering", "Cannot invert constraint '%s' (please specify inverse manually)",
                   id);
    return NULL;
}

static void order_text(pe_sched *s, const char *id, pe_rsc *first, const char *first_action, pe_rsc *then,
                       const char *then_action, uint32_t flags)
{
    pe_order_full(s, id, first, pe_key_op(s, first, first_action, 0), NULL, then,
                  pe_key_op(s, then, then_action, 0), NULL, flags);
}

/* ---- simple constraints ---- */

static pe_rsc *ordered_rsc(pe_sched *s, xmlNode *xml, const char *attr, const char *instance_attr)
{
    const char *id = xml_get(xml, attr), *number = xml_get(xml, instance_attr);
    pe_rsc *r = id == NULL ? NULL : pe_constraint_rsc(s, id);

    if (id == NULL) {
        pe_config_error(s, "get_ordering_resource", "Ignoring constraint '%s' without %s", xml_id(xml), attr);
        return NULL;
    }
    if (r == NULL) {
        pe_unknown_name(s, "unpack_order_tags", xml, id);
        return NULL;
    }
    if (number == NULL) {
        return r;
    }
    pe_warn_once(s, PE_ONCE_ORDER_INSTANCE, "get_ordering_resource", "Support for first-instance and "
                 "then-instance is deprecated and will be removed in a future release.");
    for (uint32_t i = 0; r->variant == PE_CLONE && i < r->children.n; i++) {
        if (r->children.v[i]->clone_number == (int)int_parse(number, -1)) {
            return r->children.v[i];
        }
    }
    if (r->variant != PE_CLONE) {
        pe_config_error(s, "get_ordering_resource", "Ignoring constraint '%s' because resource '%s' is not a "
                        "clone but instance '%s' was requested", xml_id(xml), r->id, number);
    } else {
        pe_config_error(s, "get_ordering_resource", "Ignoring constraint '%s' because resource '%s' does not "
                        "have an instance '%s'", xml_id(xml), r->id, number);
    }
    return NULL;
}

static int minimum_instances(pe_sched *s, xmlNode *xml, const pe_rsc *first)
{
    const char *value;

    if (first->variant != PE_CLONE) {
        return 0;
    }
    value = pe_meta(first, "clone-min");
    if (value != NULL) {
        return int_parse_min(value, 0);
    }
    if (xml_get(xml, "require-all") != NULL) {
        pe_warn_once(s, PE_ONCE_REQUIRE_ALL, "get_minimum_first_instances", "Support for require-all in "
                     "ordering constraints is deprecated and will be removed in a future release (use "
                     "clone-min clone meta-attribute instead)");
    }
    return bool_parse(xml_get(xml, "require-all")) == 0 ? 1 : 0;
}

static void order_minimum(pe_sched *s, const char *id, pe_rsc *first, const char *first_action, pe_rsc *then,
                          const char *then_action, uint32_t flags, int minimum)
{
    const char *name = pe_printf(s, "clone-one-or-more:%s", id);
    pe_action *pseudo = pe_pseudo(s, name, name);

    pseudo->required_runnable = minimum;
    pseudo->flags |= AF_ANY_OF;
    for (uint32_t i = 0; i < first->children.n; i++) {
        pe_order_full(s, id, first->children.v[i], pe_key_op(s, first->children.v[i], first_action, 0), NULL,
                      NULL, NULL, pseudo, LF_ANY_OF | LF_SHOW_THEN);
    }
    pe_order_full(s, id, NULL, NULL, pseudo, then, pe_key_op(s, then, then_action, 0), NULL,
                  flags | LF_RUN_LEFT);
}

static void simple(pe_sched *s, xmlNode *xml)
{
    const char *id = xml_id(xml), *first_action = xml_get(xml, "first-action");
    const char *then_action = xml_get(xml, "then-action");
    pe_rsc *first = ordered_rsc(s, xml, "first", "first-instance");
    pe_rsc *then = first == NULL ? NULL : ordered_rsc(s, xml, "then", "then-instance");
    enum order_kind kind = kind_of(s, xml);
    enum order_symmetry symmetry = symmetry_of(s, xml, kind, NULL);
    uint32_t flags;
    int minimum;

    if (first == NULL || then == NULL) {
        return;
    }
    first_action = first_action != NULL ? first_action : "start";
    then_action = then_action != NULL ? then_action : first_action;
    flags = order_flags(kind, first_action, symmetry);
    if (then->restart_type_restart && kind == KIND_OPTIONAL) {
        flags |= LF_PULL_THEN;
    }
    minimum = minimum_instances(s, xml, first);
    if (minimum > 0) {
        order_minimum(s, id, first, first_action, then, then_action, flags, minimum);
    } else {
        order_text(s, id, first, first_action, then, then_action, flags);
    }
    if (symmetry != SYMMETRIC) {
        return;
    }
    first_action = invert(s, first_action, id);
    then_action = invert(s, then_action, id);
    if (first_action == NULL || then_action == NULL) {
        return;
    }
    flags = order_flags(kind, first_action, INVERSE);
    if (then->restart_type_restart && kind == KIND_OPTIONAL) {
        flags |= LF_PULL_FIRST;
    }
    order_text(s, id, then, then_action, first, first_action, flags);
}

/* ---- sets ---- */

struct order_set {
    xmlNode *xml;
    const char *id, *action, *sequential;
    pe_rsc **members;
    uint32_t n;
};

static bool read_set(pe_sched *s, xmlNode *constraint, xmlNode *xml, struct order_set *set)
{
    uint32_t cap = 0;

    *set = (struct order_set){.xml = xml, .id = xml_id(xml), .action = xml_get(xml, "action"),
                              .sequential = xml_get(xml, "sequential")};
    if (set->action == NULL) {
        set->action = "start";
    }
    if (set->id == NULL) {
        set->id = xml_id(constraint);
    }
    xml_foreach(ref, xml, "resource_ref") {
        pe_rsc *r = xml_id(ref) == NULL ? NULL : pe_constraint_rsc(s, xml_id(ref));

        if (r == NULL) {
            pe_unknown_member(s, "unpack_order_set", constraint, xml, ref);
            return false;
        }
        if (set->n == cap) {
            set->members = pe_grow(s, set->members, &cap, set->n, sizeof(*set->members));
        }
        set->members[set->n++] = r;
    }
    return true;
}

static void inside_set(pe_sched *s, xmlNode *constraint, const struct order_set *set,
                       enum order_kind parent_kind, const char *parent_symmetrical)
{
    enum order_kind kind = xml_get(set->xml, "kind") != NULL ? kind_of(s, set->xml) : parent_kind;
    enum order_symmetry symmetry = symmetry_of(s, set->xml, kind, parent_symmetrical);
    uint32_t flags = order_flags(kind, set->action, symmetry);
    bool sequential = set->sequential == NULL || bool_true(set->sequential);
    const char *inverse;

    (void)constraint;
    if (set->n < 2 || (kind == KIND_SERIALIZE && !pe_pairs_allowed(s, set->id, set->n, set->n / 2))) {
        return;
    }
    for (uint32_t i = 0; i < set->n; i++) {
        if (kind == KIND_SERIALIZE) {
            for (uint32_t k = i + 1; k < set->n; k++) {
                order_text(s, set->id, set->members[i], set->action, set->members[k], set->action, flags);
            }
        } else if (sequential && i > 0) {
            order_text(s, set->id, set->members[i - 1], set->action, set->members[i], set->action, flags);
        }
    }
    if (symmetry != SYMMETRIC || !sequential) {
        return;
    }
    inverse = invert(s, set->action, set->id);
    if (inverse == NULL) {
        return;
    }
    flags = order_flags(kind, inverse, INVERSE);
    for (uint32_t i = 1; i < set->n; i++) {
        order_text(s, set->id, set->members[i], inverse, set->members[i - 1], inverse, flags);
    }
}

static void one_or_more(pe_sched *s, const struct order_set *set1, const char *action1,
                        const struct order_set *set2, const char *action2, uint32_t flags)
{
    const char *name = pe_printf(s, "one-or-more:%s", set1->id);
    pe_action *pseudo = pe_pseudo(s, name, name);

    pseudo->flags |= AF_ANY_OF;
    for (uint32_t i = 0; i < set1->n; i++) {
        pe_order_full(s, set1->id, set1->members[i], pe_key_op(s, set1->members[i], action1, 0), NULL, NULL,
                      NULL, pseudo, LF_ANY_OF | LF_SHOW_THEN);
    }
    for (uint32_t i = 0; i < set2->n; i++) {
        pe_order_full(s, set2->id, NULL, NULL, pseudo, set2->members[i],
                      pe_key_op(s, set2->members[i], action2, 0), NULL, flags | LF_RUN_LEFT);
    }
}

/* Members of a set that take part in an ordering with another set. */
static void ends_of(const struct order_set *set, bool last, uint32_t *from, uint32_t *to)
{
    *from = 0;
    *to = set->n;
    if (set->sequential != NULL && bool_true(set->sequential) && set->n > 0) {
        *from = last ? set->n - 1 : 0;
        *to = *from + 1;
    }
}

static void between_sets(pe_sched *s, const char *id, const struct order_set *set1,
                         const struct order_set *set2, enum order_kind kind, enum order_symmetry symmetry)
{
    const char *action1 = set1->action, *action2 = set2->action;
    const char *require = xml_get(set1->xml, "require-all");
    bool require_all = require == NULL || bool_true(require), inverse = symmetry == INVERSE;
    uint32_t flags, from1, to1, from2, to2;

    if (inverse) {
        action1 = invert(s, action1, id);
        action2 = invert(s, action2, id);
        if (action1 == NULL || action2 == NULL) {
            return;
        }
    }
    if (strcmp(action1, "stop") == 0 || strcmp(action1, "demote") == 0) {
        require_all = true;
    }
    flags = order_flags(kind, action2, symmetry);
    if (!require_all) {
        one_or_more(s, set1, action1, set2, action2, flags);
        return;
    }
    ends_of(set1, !inverse, &from1, &to1);
    ends_of(set2, inverse, &from2, &to2);
    if (!pe_pairs_allowed(s, id, to1 - from1, to2 - from2)) {
        return;
    }
    for (uint32_t i = from1; i < to1; i++) {
        for (uint32_t k = from2; k < to2; k++) {
            order_text(s, id, set1->members[i], action1, set2->members[k], action2, flags);
        }
    }
}

/* ---- tags ---- */

static void move_action(xmlNode *xml, const char *name, xmlNode *set)
{
    const char *action = xml_get(xml, name);

    if (set != NULL && action != NULL) {
        xml_set(set, "action", action);
        xml_unset(xml, name);
    }
}

static xmlNode *expand_tags(pe_sched *s, xmlNode *xml)
{
    xmlNode *expanded = pe_expand_tag_sets(s, xml), *set;
    const char *first = xml_get(xml, "first"), *then = xml_get(xml, "then");

    if (expanded != xml || first == NULL || then == NULL) {
        return expanded;
    }
    if (!pe_refers_to_something(s, first) || !pe_refers_to_something(s, then) ||
        (pe_constraint_rsc(s, first) != NULL && pe_constraint_rsc(s, then) != NULL)) {
        return xml;
    }
    expanded = xml_add_copy(s->priv->scratch, xml);
    set = pe_tag_to_set(s, expanded, "first", true);
    move_action(expanded, "first-action", set);
    set = pe_tag_to_set(s, expanded, "then", true);
    move_action(expanded, "then-action", set);
    return expanded;
}

void pe_unpack_order(pe_sched *s, xmlNode *xml)
{
    struct order_set last = {0};
    enum order_kind kind;
    enum order_symmetry symmetry;

    xml = expand_tags(s, xml);
    if (xml_first(xml, "resource_set") == NULL) {
        simple(s, xml);
        return;
    }
    kind = kind_of(s, xml);
    symmetry = symmetry_of(s, xml, kind, NULL);
    xml_foreach(ref, xml, "resource_set") {
        struct rule_context ctx = pe_rule_context(s);
        xmlNode *set_xml = rule_dereference(ref, &ctx);
        struct order_set set;

        if (set_xml == NULL || !read_set(s, xml, set_xml, &set)) {
            return;
        }
        inside_set(s, xml, &set, kind, xml_get(xml, "symmetrical"));
        if (last.xml != NULL) {
            between_sets(s, xml_id(xml), &last, &set, kind, symmetry);
            if (symmetry == SYMMETRIC) {
                between_sets(s, xml_id(xml), &set, &last, kind, INVERSE);
            }
        }
        last = set;
    }
}
