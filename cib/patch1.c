/* Patchsets of format 1: pruned trees of what was removed and what was added (cib.md §4.7). Pure. */
#include "config.h"
#include "cib/patch.h"

#include <string.h>
#include "pacemaker/common/results.h"

#define MARKER "__crm_diff_marker__"

static const char *const version_names[] = {"admin_epoch", "epoch", "num_updates"};

static void copy_attrs(xmlNode *to, const xmlNode *from)
{
    for (const xmlAttr *attr = from->properties; attr != NULL; attr = attr->next) {
        if (!marked(attr, MARK_DELETED)) {
            xml_set(to, attr_name(attr), attr_value(attr));
        }
    }
}

static xmlNode *add_whole(xmlNode *parent, const xmlNode *node, const char *marker)
{
    xmlNode *copy = xmlDocCopyNode((xmlNode *)node, parent->doc, 1);

    xmlAddChild(parent, copy);
    if (copy->type == XML_ELEMENT_NODE) {
        xml_set(copy, MARKER, marker);
    }
    return copy;
}

static xmlNode *partner_of(const xmlNode *parent, const xmlNode *node)
{
    if (!is_comment(node)) {
        return child_find(parent, xml_name(node), xml_id(node));
    }
    for (xmlNode *child = tree_first(parent); child != NULL; child = tree_next(child)) {
        if (is_comment(child) && xmlStrcasecmp(child->content, node->content) == 0) {
            return child;
        }
    }
    return NULL;
}

static const char *visible_attr(const xmlNode *node, const char *name)
{
    const xmlAttr *attr = xmlHasProp((xmlNode *)node, (const xmlChar *)name);

    return (attr == NULL || marked(attr, MARK_DELETED)) ? NULL : attr_value(attr);
}

/* Attributes of a whose value b lacks or has differently go to part; true when there are any. */
static bool attrs_only_in(const xmlNode *a, const xmlNode *b, xmlNode *part)
{
    bool differs = false;

    for (const xmlAttr *attr = a->properties; attr != NULL; attr = attr->next) {
        const char *other = visible_attr(b, attr_name(attr));

        if (marked(attr, MARK_DELETED) || patch_ignores_attribute(attr_name(attr))
            || (other != NULL && strcmp(other, attr_value(attr)) == 0)) {
            continue;
        }
        xml_set(part, attr_name(attr), attr_value(attr));
        differs = true;
    }
    return differs;
}

/* What a has and b lacks, under part's parent; removes the element again when that is nothing. With all_attrs
 * the element carries all attributes of a as soon as anything differs from b. */
static bool subtract(const xmlNode *a, const xmlNode *b, xmlNode *part, const char *marker, bool all_attrs)
{
    bool differs;

    xml_set(part, "id", xml_id(a));
    differs = attrs_only_in(a, b, part);
    if (all_attrs && !differs) {
        XML_AUTO xmlNode *scratch = xml_new("scratch");

        differs = attrs_only_in(b, a, scratch);
    }
    for (const xmlNode *child = tree_first(a); child != NULL; child = tree_next(child)) {
        const xmlNode *other = partner_of(b, child);

        if (other == NULL) {
            add_whole(part, child, marker);
            differs = true;
        } else if (!is_comment(child)) {
            xmlNode *sub = xml_add(part, xml_name(child));

            if (subtract(child, other, sub, marker, all_attrs)) {
                differs = true;
            } else {
                xml_free(sub);
            }
        }
    }
    if (differs && all_attrs) {
        while (part->properties != NULL) {
            xmlRemoveProp(part->properties);
        }
        copy_attrs(part, a);
    }
    return differs;
}

static void set_versions(xmlNode *part, const xmlNode *tree)
{
    for (size_t i = 0; i < G_N_ELEMENTS(version_names); i++) {
        const char *value = visible_attr(tree, version_names[i]);

        if (value != NULL) {
            xml_set(part, version_names[i], value);
        }
    }
}

/* Versions always stand in an element cib. */
static xmlNode *cib_of_part(xmlNode *part)
{
    xmlNode *cib = xml_first(part, "cib");

    return cib != NULL ? cib : xml_add(part, "cib");
}

void patch1_forget_versions(xmlNode *patch)
{
    xml_foreach(part, patch, NULL) {
        for (size_t i = 0; i < G_N_ELEMENTS(version_names); i++) {
            xml_unset(part, version_names[i]);
            xml_unset(cib_of_part(part), version_names[i]);
        }
    }
}

xmlNode *patch1_create(const xmlNode *source, const xmlNode *target, bool config_changed)
{
    xmlNode *patch = xml_new("diff"), *removed, *added, *tree;
    bool differs;

    xml_set(patch, "crm_feature_set", CRM_FEATURE_SET);
    xml_set_int(patch, "format", 1);
    removed = xml_add(patch, "diff-removed");
    set_versions(removed, source);
    added = xml_add(patch, "diff-added");
    set_versions(added, target);
    tree = xml_add(removed, xml_name(source));
    differs = subtract(source, target, tree, "removed:top", false);
    tree = cib_of_part(removed);
    for (size_t i = 0; i < G_N_ELEMENTS(version_names); i++) {
        bool counts = config_changed || strcmp(version_names[i], "num_updates") == 0;

        xml_set(tree, version_names[i], counts ? xml_get(source, version_names[i]) : NULL);
    }
    tree = xml_add(added, xml_name(target));
    differs = subtract(target, source, tree, "added:top", true) || differs;
    if (!differs) {
        xml_free(patch);        /* only the order changed, which this format cannot say */
        return NULL;
    }
    copy_attrs(cib_of_part(added), target);
    return patch;
}

/* ---- applying ---- */

static void apply_removals(xmlNode *target, const xmlNode *part)
{
    for (const xmlNode *child = tree_first(part); child != NULL; child = tree_next(child)) {
        xmlNode *other = partner_of(target, child);

        if (other == NULL) {
            continue;
        }
        if (is_comment(child) || xml_get(child, MARKER) != NULL) {
            xmlUnlinkNode(other);
            xmlFreeNode(other);
        } else {
            apply_removals(other, child);
        }
    }
}

/* Attributes that vanish stand only in the removed part; the added part lists all that remain. */
static void apply_additions(xmlNode *target, const xmlNode *part)
{
    while (target->properties != NULL && part->properties != NULL) {
        xmlRemoveProp(target->properties);
    }
    copy_attrs(target, part);
    for (const xmlNode *child = tree_first(part); child != NULL; child = tree_next(child)) {
        xmlNode *other = partner_of(target, child);

        if (other == NULL) {
            xmlAddChild(target, xmlDocCopyNode((xmlNode *)child, target->doc, 1));
        } else if (!is_comment(child)) {
            apply_additions(other, child);
        }
    }
}

static void remove_markers(xmlNode *node)
{
    xml_unset(node, MARKER);
    xml_foreach(child, node, NULL) {
        remove_markers(child);
    }
}

/* The tree of a part that stands for the root of cib. */
static const xmlNode *part_tree(const xmlNode *patch, const char *name, const xmlNode *cib)
{
    return xml_first(xml_first(patch, name), xml_name(cib));
}

int patch1_apply(xmlNode *cib, const xmlNode *patch)
{
    const xmlNode *removed = part_tree(patch, "diff-removed", cib);
    const xmlNode *added = part_tree(patch, "diff-added", cib);

    if (removed != NULL) {
        apply_removals(cib, removed);
    }
    if (added != NULL) {
        apply_additions(cib, added);
    }
    remove_markers(cib);
    return 0;
}
