/* Tags and templates in constraints (decisions §2.3). */
#include "pengine/pe.h"

void pe_tag_add(pe_sched *s, GHashTable *templates, const char *id, const char *ref)
{
    struct pe_tag *tag = g_hash_table_lookup(templates, id);

    if (tag == NULL) {
        tag = pe_alloc(s, sizeof(*tag));
        tag->id = id;
        g_hash_table_insert(templates, (char *)id, tag);
    }
    for (uint32_t i = 0; i < tag->n; i++) {
        if (strcmp(tag->refs[i], ref) == 0) {
            return;
        }
    }
    if (tag->n == tag->cap) {
        tag->refs = pe_grow(s, tag->refs, &tag->cap, tag->n, sizeof(*tag->refs));
    }
    tag->refs[tag->n++] = ref;
}

struct pe_tag *pe_tag_find(pe_sched *s, const char *id)
{
    struct pe_tag *tag = g_hash_table_lookup(s->priv->templates, id);

    if (tag != NULL) {
        return tag;
    }
    for (uint32_t i = 0; i < s->n_tags; i++) {
        if (strcmp(s->tags[i].id, id) == 0) {
            return &s->tags[i];
        }
    }
    return NULL;
}

bool pe_pairs_allowed(pe_sched *s, const char *id, uint32_t a, uint32_t b)
{
    if ((uint64_t)a * b <= PE_MAX_PAIRS) {
        return true;
    }
    pe_config_error(s, __func__, "Ignoring what %s says of its resource sets: %u times %u pairs are more "
                    "than the %u supported; make the sets sequential or smaller", id, a, b, PE_MAX_PAIRS);
    return false;
}

pe_rsc *pe_constraint_rsc(pe_sched *s, const char *id)
{
    pe_rsc *r = pe_rsc_by_id(s, id);

    return r != NULL && strcmp(r->id, id) != 0 ? pe_top(r) : r;
}

void pe_unknown_name(pe_sched *s, const char *function, const xmlNode *constraint, const char *name)
{
    pe_message(s, PE_WARNING, "find_constraint_tag", "No template or tag named '%s'", name);
    pe_config_error(s, function, "Ignoring constraint '%s' because '%s' is not a valid resource or tag",
                    xml_id(constraint), name);
}

void pe_unknown_member(pe_sched *s, const char *function, const xmlNode *constraint, const xmlNode *set,
                       const xmlNode *ref)
{
    pe_message(s, PE_WARNING, "find_constraint_tag", "No template or tag named '%s'", xml_id(ref));
    pe_config_error(s, "pcmk__expand_tags_in_sets", "Ignoring resource sets for constraint '%s' because '%s' "
                    "is not a valid resource or tag", xml_id(constraint), xml_id(ref));
    pe_config_error(s, function, "%s: No resource found for %s", xml_id(set), xml_id(ref));
}

bool pe_refers_to_something(pe_sched *s, const char *id)
{
    return pe_constraint_rsc(s, id) != NULL || pe_tag_find(s, id) != NULL;
}

static void add_refs(xmlNode *set, const struct pe_tag *tag)
{
    for (uint32_t i = 0; i < tag->n; i++) {
        xml_set(xml_add(set, "resource_ref"), "id", tag->refs[i]);
    }
}

static bool refers_to_tag(pe_sched *s, const char *id, struct pe_tag **tag)
{
    *tag = id == NULL || pe_constraint_rsc(s, id) != NULL ? NULL : pe_tag_find(s, id);
    return *tag != NULL;
}

/* One reference to a tag becomes references to its members, in its place;
 * the first of them, or what followed. */
static xmlNode *expand_ref(xmlNode *set, xmlNode *ref, const struct pe_tag *tag)
{
    xmlNode *first = NULL, *next = xml_next(ref, "resource_ref");

    for (uint32_t i = 0; i < tag->n; i++) {
        xmlNode *member = xml_add(set, "resource_ref");

        xml_set(member, "id", tag->refs[i]);
        xmlAddPrevSibling(ref, member);
        first = first != NULL ? first : member;
    }
    xml_free(ref);
    return first != NULL ? first : next;
}

/* The members of a tag are looked at like other references: tags in tags are expanded too.
 * False: one is to nothing. */
static bool expand_set(pe_sched *s, xmlNode *set, const char *id, uint32_t *expanded)
{
    xmlNode *ref = xml_first(set, "resource_ref");
    struct pe_tag *tag;

    while (ref != NULL) {
        if (!refers_to_tag(s, xml_id(ref), &tag)) {
            if (xml_id(ref) == NULL || pe_constraint_rsc(s, xml_id(ref)) == NULL) {
                return false;
            }
            ref = xml_next(ref, "resource_ref");
            continue;
        }
        if (++*expanded > PE_MAX_TAG_REFS) {
            pe_config_error(s, __func__, "Ignoring the tags of constraint %s: more than the %u references to "
                            "tags supported (do tags refer to one another in a circle?)", id,
                            PE_MAX_TAG_REFS);
            return false;
        }
        ref = expand_ref(set, ref, tag);
    }
    return true;
}

static bool any_tag(pe_sched *s, const xmlNode *xml)
{
    struct pe_tag *tag;

    xml_foreach(set, xml, "resource_set") {
        xml_foreach(ref, set, "resource_ref") {
            if (refers_to_tag(s, xml_id(ref), &tag)) {
                return true;
            }
        }
    }
    return false;
}

/* References to tags inside resource sets become references to the members;
 * nothing changes when one refers to nothing. */
xmlNode *pe_expand_tag_sets(pe_sched *s, xmlNode *xml)
{
    xmlNode *copy;
    uint32_t expanded = 0;

    if (!any_tag(s, xml)) {
        return xml;
    }
    copy = xml_add_copy(s->priv->scratch, xml);
    xml_foreach(set, copy, "resource_set") {
        if (!expand_set(s, set, xml_id(xml), &expanded)) {
            return xml;
        }
    }
    return copy;
}

/* The attribute of a simple constraint as a set appended to xml; NULL when there is nothing to convert. */
xmlNode *pe_tag_to_set(pe_sched *s, xmlNode *xml, const char *attr, bool convert_plain)
{
    const char *id = xml_get(xml, attr);
    struct pe_tag *tag;
    xmlNode *set;

    if (id == NULL || (!refers_to_tag(s, id, &tag) && (!convert_plain || pe_constraint_rsc(s, id) == NULL))) {
        return NULL;
    }
    set = xml_add(xml, "resource_set");
    xml_set(set, "id", id);
    if (tag != NULL) {
        add_refs(set, tag);
        xml_set(set, "sequential", "false");
    } else {
        xml_set(xml_add(set, "resource_ref"), "id", id);
    }
    xml_unset(xml, attr);
    return set;
}
