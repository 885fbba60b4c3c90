/* Merging one tree into another, the heart of modify and create (cib.md §3.6). Pure. */
#include "cib/ops.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SCORE_INFINITY 1000000
/* More children than this on the update's side are looked up through an index. */
#define WIDE_UPDATE 16u

static long long to_score(const char *text)
{
    long long value;

    if (text == NULL) {
        return 0;
    }
    if (strcasecmp(text, "INFINITY") == 0 || strcasecmp(text, "+INFINITY") == 0) {
        return SCORE_INFINITY;
    }
    if (strcasecmp(text, "-INFINITY") == 0) {
        return -SCORE_INFINITY;
    }
    value = strtoll(text, NULL, 10);
    return CLAMP(value, -SCORE_INFINITY, SCORE_INFINITY);
}

/* Is value "NAME++" or "NAME+=N" for the attribute's own name? Then *sum is old counted up. */
static bool counts_up(const char *name, const char *value, const char *old, long long *sum)
{
    size_t length = strlen(name);

    if (strncmp(value, name, length) != 0) {
        return false;
    }
    if (strncmp(value + length, "++", 2) == 0) {
        *sum = to_score(old) + 1;
    } else if (strncmp(value + length, "+=", 2) == 0) {
        *sum = to_score(old) + to_score(value + length + 2);
    } else {
        return false;
    }
    *sum = MIN(*sum, SCORE_INFINITY);
    return true;
}

static void merge_attribute(xmlNode *target, const char *name, const char *value)
{
    const char *old = xml_get(target, name);
    long long sum;

    if (old != NULL && counts_up(name, value, old, &sum)) {
        track_set_attr_int(target, name, sum);
    } else {
        track_set_attr(target, name, value);
    }
}

static void merge_attributes(xmlNode *target, const xmlNode *update)
{
    for (const xmlAttr *attr = update->properties; attr != NULL; attr = attr->next) {
        merge_attribute(target, attr_name(attr), attr_value(attr));
    }
}

/* Attribute replace="a,b": the first children with these names make room for the update's. */
static void delete_replaced(xmlNode *target)
{
    const char *list = xml_get(target, "replace");
    char **names;

    if (list == NULL) {
        return;
    }
    names = g_strsplit(list, ",", 64);
    for (char **name = names; *name != NULL; name++) {
        xmlNode *child = (**name == '\0') ? NULL : xml_first(target, *name);

        if (child != NULL) {
            track_delete(child);
        }
    }
    g_strfreev(names);
    track_unset_attr(target, "replace");
}

static bool has_comment(const xmlNode *parent, const xmlNode *comment)
{
    for (const xmlNode *child = tree_first(parent); child != NULL; child = tree_next(child)) {
        if (is_comment(child) && xmlStrcasecmp(child->content, comment->content) == 0) {
            return true;
        }
    }
    return false;
}

static xmlNode *child_for(const xmlNode *target, const child_index_t *index, const xmlNode *update)
{
    const char *name = xml_name(update), *id = xml_id(update);
    const char *reference = (id == NULL) ? xml_get(update, "id-ref") : NULL;

    if (reference != NULL) {
        return xml_find(target, name, "id-ref", reference);
    }
    return index != NULL ? child_index_find(index, name, id) : child_find(target, name, id);
}

static bool is_wide(const xmlNode *parent)
{
    unsigned count = 0;

    for (const xmlNode *child = tree_first(parent); child != NULL && count <= WIDE_UPDATE;
         child = tree_next(child)) {
        count++;
    }
    return count > WIDE_UPDATE;
}

static void merge_tree(xmlNode *target, const xmlNode *update, bool creating);

static void merge_comment(xmlNode *target, const xmlNode *comment, bool creating)
{
    if (creating) {
        /* the reference creates by name, and a comment's name is "comment"; replicas have to agree */
        if (!child_has_comment(target)) {
            track_add(target, "comment");
        }
    } else if (!has_comment(target, comment)) {
        track_add_copy(target, comment);
    }
}

static void merge_children(xmlNode *target, const xmlNode *update, bool creating)
{
    child_index_t *index = is_wide(update) ? child_index_new(target) : NULL;

    for (const xmlNode *child = tree_first(update); child != NULL; child = tree_next(child)) {
        xmlNode *match;

        if (is_comment(child)) {
            merge_comment(target, child, creating);
            continue;
        }
        match = child_for(target, index, child);
        if (match != NULL) {
            merge_tree(match, child, creating);
            continue;
        }
        match = track_add(target, xml_name(child));
        merge_tree(match, child, creating);
        if (index != NULL) {
            child_index_append(index, match);
        }
    }
    child_index_free(index);
}

static void merge_tree(xmlNode *target, const xmlNode *update, bool creating)
{
    merge_attributes(target, update);
    delete_replaced(target);
    merge_children(target, update, creating);
}

void tree_merge(xmlNode *target, const xmlNode *update)
{
    merge_tree(target, update, false);
}

xmlNode *tree_create(xmlNode *parent, const xmlNode *object)
{
    xmlNode *node = track_add(parent, is_comment(object) ? "comment" : xml_name(object));

    if (!is_comment(object)) {
        merge_tree(node, object, true);
    }
    return node;
}

static bool same_element(const xmlNode *a, const xmlNode *b)
{
    return strcmp(xml_name(a), xml_name(b)) == 0 && g_strcmp0(xml_id(a), xml_id(b)) == 0;
}

xmlNode *tree_find_same(xmlNode *node, const xmlNode *wanted)
{
    if (same_element(node, wanted)) {
        return node;
    }
    xml_foreach(child, node, NULL) {
        xmlNode *found = tree_find_same(child, wanted);

        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static void expand(xmlNode *root, bool everywhere)
{
    if (!everywhere && !marked(root, MARK_TOUCHED | MARK_CREATED)) {
        return;
    }
    for (xmlAttr *attr = root->properties; attr != NULL; attr = attr->next) {
        long long sum;

        if (counts_up(attr_name(attr), attr_value(attr), NULL, &sum)) {
            track_set_attr_int(root, attr_name(attr), sum);
        }
    }
    xml_foreach(child, root, NULL) {
        expand(child, everywhere);
    }
}

void tree_expand(xmlNode *root)
{
    expand(root, false);
}

void tree_expand_all(xmlNode *root)
{
    expand(root, true);
}

void tree_delete_marked(xmlNode *node)
{
    if (xml_get(node, "__delete__") != NULL) {
        track_delete(node);
        return;
    }
    for (xmlNode *child = xml_first(node, NULL), *next; child != NULL; child = next) {
        next = xml_next(child, NULL);
        tree_delete_marked(child);
    }
}
