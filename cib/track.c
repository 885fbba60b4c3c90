/* Change tracking on a CIB tree: marks, edits and node paths. Pure. */
#include "cib/track.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void deleted_node_free(void *data)
{
    struct deleted_node *deleted = data;

    g_free(deleted->path);
    g_free(deleted);
}

struct track *track_begin(xmlNode *root)
{
    struct track *track = g_new0(struct track, 1);

    track_end(root);
    track->deleted = g_ptr_array_new_with_free_func(deleted_node_free);
    root->doc->_private = track;
    return track;
}

struct track *track_get(const xmlNode *node)
{
    return node->doc != NULL ? node->doc->_private : NULL;
}

static void accept_attributes(xmlNode *node)
{
    for (xmlAttr *attr = node->properties, *next; attr != NULL; attr = next) {
        next = attr->next;
        if (marked(attr, MARK_DELETED)) {
            xmlRemoveProp(attr);
        } else {
            attr->_private = NULL;
        }
    }
}

static void accept_marks(xmlNode *node, bool all)
{
    bool descend = all || marked(node, MARK_TOUCHED | MARK_CREATED);

    if (!descend) {
        return;
    }
    if (node->type == XML_ELEMENT_NODE) {
        accept_attributes(node);
    }
    node->_private = NULL;
    for (xmlNode *child = tree_first(node); child != NULL; child = tree_next(child)) {
        accept_marks(child, all || marked(child, MARK_CREATED));
    }
}

void track_end(xmlNode *root)
{
    struct track *track = track_get(root);

    if (track == NULL) {
        return;
    }
    accept_marks(root, track->acl_marked);
    g_ptr_array_free(track->deleted, TRUE);
    g_free(track);
    root->doc->_private = NULL;
}

static void touch(xmlNode *node)
{
    for (; node != NULL && node->type == XML_ELEMENT_NODE && !marked(node, MARK_TOUCHED);
         node = node->parent) {
        mark_set(node, MARK_TOUCHED);
    }
}

static void mark_dirty_up(xmlNode *node)
{
    for (; node != NULL && node->type == XML_ELEMENT_NODE; node = node->parent) {
        if ((marks_of(node) & (MARK_DIRTY | MARK_TOUCHED)) == (MARK_DIRTY | MARK_TOUCHED)) {
            break;
        }
        mark_set(node, MARK_DIRTY | MARK_TOUCHED);
    }
}

/* Inner permissions override outer ones; on one element deny beats write (cib.md §9.3). */
static bool may_write(struct track *track, const xmlNode *node)
{
    if (!track->acl_enabled) {
        return true;
    }
    for (; !track->acl_empty && node != NULL && node->type == XML_ELEMENT_NODE; node = node->parent) {
        if (marked(node, MARK_ACL_DENY)) {
            break;
        }
        if (marked(node, MARK_ACL_WRITE)) {
            return true;
        }
    }
    track->acl_denied = true;
    return false;
}

/* What was created in this operation is judged when the operation is over, unless the user has no permission
 * at all. */
static bool may_change(struct track *track, const xmlNode *node)
{
    return track == NULL || (marked(node, MARK_CREATED) && !track->acl_empty) || may_write(track, node);
}

void track_attr_changed(xmlNode *node, xmlAttr *attr, unsigned bits)
{
    struct track *track = track_get(node);

    /* a mere change of order needs no permission */
    if (track == NULL || ((bits & MARK_MOVED) == 0 && !may_change(track, node))) {
        return;
    }
    mark_set(attr, bits | MARK_DIRTY);
    track->dirty = true;
    mark_dirty_up(node);
}

void track_set_attr(xmlNode *node, const char *name, const char *value)
{
    struct track *track = track_get(node);
    xmlAttr *attr = xmlHasProp(node, (const xmlChar *)name);
    bool fresh = (attr == NULL);

    if (attr != NULL && !marked(attr, MARK_DELETED) && strcmp(attr_value(attr), value) == 0) {
        return;
    }
    if (!may_change(track, node)) {
        return;
    }
    attr = xmlSetProp(node, (const xmlChar *)name, (const xmlChar *)value);
    if (track == NULL || attr == NULL) {
        return;
    }
    mark_clear(attr, MARK_DELETED);
    mark_set(attr, MARK_DIRTY | (fresh ? MARK_CREATED : 0));
    track->dirty = true;
    mark_dirty_up(node);
}

void track_set_attr_int(xmlNode *node, const char *name, long long value)
{
    char text[24];

    g_snprintf(text, sizeof(text), "%lld", value);
    track_set_attr(node, name, text);
}

void track_unset_attr(xmlNode *node, const char *name)
{
    struct track *track = track_get(node);
    xmlAttr *attr = xmlHasProp(node, (const xmlChar *)name);

    if (attr == NULL || marked(attr, MARK_DELETED) || !may_change(track, node)) {
        return;
    }
    if (track == NULL) {
        xmlRemoveProp(attr);
        return;
    }
    mark_set(attr, MARK_DELETED | MARK_DIRTY);
    track->dirty = true;
    mark_dirty_up(node);
}

xmlNode *track_add(xmlNode *parent, const char *name)
{
    xmlNode *node = xmlNewChild(parent, NULL, (const xmlChar *)name, NULL);

    if (track_get(parent) != NULL) {
        mark_set(node, MARK_CREATED | MARK_TOUCHED);
        touch(parent);
    }
    return node;
}

static void mark_created_tree(xmlNode *node)
{
    mark_set(node, MARK_CREATED | MARK_TOUCHED);
    for (xmlNode *child = tree_first(node); child != NULL; child = tree_next(child)) {
        mark_created_tree(child);
    }
}

xmlNode *track_add_copy(xmlNode *parent, const xmlNode *node)
{
    struct track *track = track_get(parent);
    xmlNode *copy = xmlDocCopyNode((xmlNode *)node, parent->doc, 1);

    if (copy->type == XML_ELEMENT_NODE) {
        tree_strip(copy);
    }
    xmlAddChild(parent, copy);
    if (track != NULL) {
        mark_created_tree(copy);
        track->dirty = true;
        touch(parent);
    }
    return copy;
}

void track_mark_created(xmlNode *node)
{
    struct track *track = track_get(node);

    mark_created_tree(node);
    track->dirty = true;
    mark_dirty_up(node->parent);
}

void track_mark_moved(xmlNode *node)
{
    struct track *track = track_get(node);

    mark_set(node, MARK_MOVED);
    track->dirty = true;
    touch(node);
    mark_dirty_up(node->parent);
}

static int comment_position(const xmlNode *node)
{
    int position = 0;

    for (const xmlNode *before = node->prev; before != NULL; before = before->prev) {
        if (before->type == XML_ELEMENT_NODE || is_comment(before)) {
            position++;
        }
    }
    return position;
}

void track_record_deleted(struct track *track, const xmlNode *node, int position)
{
    struct deleted_node *deleted;

    if (!may_write(track, is_comment(node) ? node->parent : node)) {
        return;
    }
    deleted = g_new0(struct deleted_node, 1);
    deleted->path = node_path(node);
    deleted->position = position;
    g_ptr_array_add(track->deleted, deleted);
    track->dirty = true;
}

void track_delete(xmlNode *node)
{
    struct track *track = track_get(node);

    if (track != NULL && !marked(node, MARK_CREATED)) {
        track_record_deleted(track, node, is_comment(node) ? comment_position(node) : -1);
        if (track->acl_denied) {
            return;
        }
    }
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}

bool track_config_changed(const xmlNode *root)
{
    const struct track *track = track_get(root);
    const xmlNode *configuration = xml_first(root, "configuration");

    if (track == NULL) {
        return false;
    }
    if (configuration != NULL && marked(configuration, MARK_DIRTY)) {
        return true;
    }
    for (guint i = 0; i < track->deleted->len; i++) {
        const struct deleted_node *deleted = track->deleted->pdata[i];

        if (strstr(deleted->path, "/cib/configuration") != NULL) {
            return true;
        }
    }
    return false;
}

void node_path_append(GString *path, const xmlNode *node)
{
    const char *id;

    g_string_append_c(path, '/');
    if (is_comment(node)) {
        g_string_append(path, "comment");
        return;
    }
    g_string_append(path, xml_name(node));
    id = xml_id(node);
    if (id != NULL) {
        g_string_append_printf(path, "[@id='%s']", id);
    }
}

static void path_from_root(GString *path, const xmlNode *node)
{
    if (node->parent != NULL && node->parent->type == XML_ELEMENT_NODE) {
        path_from_root(path, node->parent);
    }
    node_path_append(path, node);
}

char *node_path(const xmlNode *node)
{
    GString *path = g_string_sized_new(128);

    path_from_root(path, node);
    return g_string_free(path, FALSE);
}

xmlNode *tree_node(xmlNode *node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE && !is_comment(node)) {
        node = node->next;
    }
    return node;
}

void tree_strip(xmlNode *root)
{
    for (xmlNode *child = root->children, *next; child != NULL; child = next) {
        next = child->next;
        if (child->type == XML_ELEMENT_NODE) {
            tree_strip(child);
        } else if (!is_comment(child)) {
            xmlUnlinkNode(child);
            xmlFreeNode(child);
        }
    }
}

/* ---- children by name and id ---- */

struct child_index {
    GHashTable *by_id;          /* "name\nid" -> first xmlNode */
    GHashTable *by_name;        /* name -> first xmlNode */
    GHashTable *repeated;       /* keys of by_id that several children share */
};

static char *index_key(const char *name, const char *id)
{
    return g_strconcat(name, "\n", id, NULL);
}

void child_index_append(child_index_t *index, xmlNode *node)
{
    const char *id = xml_id(node);
    char *key;

    if (!g_hash_table_contains(index->by_name, xml_name(node))) {
        g_hash_table_insert(index->by_name, g_strdup(xml_name(node)), node);
    }
    if (id == NULL) {
        return;
    }
    key = index_key(xml_name(node), id);
    if (g_hash_table_contains(index->by_id, key)) {
        g_hash_table_add(index->repeated, key);
    } else {
        g_hash_table_insert(index->by_id, key, node);
    }
}

child_index_t *child_index_new(const xmlNode *parent)
{
    child_index_t *index = g_new0(child_index_t, 1);

    index->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    index->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    index->repeated = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    xml_foreach(child, parent, NULL) {
        child_index_append(index, child);
    }
    return index;
}

xmlNode *child_index_find(const child_index_t *index, const char *name, const char *id)
{
    char *key;
    xmlNode *found;

    if (id == NULL) {
        return g_hash_table_lookup(index->by_name, name);
    }
    key = index_key(name, id);
    found = g_hash_table_lookup(index->by_id, key);
    g_free(key);
    return found;
}

/* The next sibling with the same name and, when id is not NULL, the same id takes the place in the table. */
static void index_replace(GHashTable *table, char *key, const xmlNode *node, const char *id, bool unique)
{
    xmlNode *next;

    if (g_hash_table_lookup(table, key) != node) {
        g_free(key);
        return;
    }
    next = unique ? NULL : xml_next(node, xml_name(node));
    for (; next != NULL; next = xml_next(next, xml_name(node))) {
        const char *other = xml_id(next);

        if (id == NULL || (other != NULL && strcmp(id, other) == 0)) {
            break;
        }
    }
    if (next != NULL) {
        g_hash_table_insert(table, key, next);
    } else {
        g_hash_table_remove(table, key);
        g_free(key);
    }
}

void child_index_remove(child_index_t *index, const xmlNode *node)
{
    const char *id = xml_id(node);
    char *key;

    index_replace(index->by_name, g_strdup(xml_name(node)), node, NULL, false);
    if (id != NULL) {
        key = index_key(xml_name(node), id);
        index_replace(index->by_id, key, node, id, !g_hash_table_contains(index->repeated, key));
    }
}

void child_index_free(child_index_t *index)
{
    if (index != NULL) {
        g_hash_table_destroy(index->by_id);
        g_hash_table_destroy(index->by_name);
        g_hash_table_destroy(index->repeated);
        g_free(index);
    }
}

bool child_has_comment(const xmlNode *parent)
{
    const xmlNode *child = tree_first(parent);

    while (child != NULL && strcmp(xml_name(child), "comment") != 0) {
        child = tree_next(child);       /* libxml2 names comments "comment" too */
    }
    return child != NULL;
}

xmlNode *child_find(const xmlNode *parent, const char *name, const char *id)
{
    xml_foreach(child, parent, name) {
        const char *child_id = xml_id(child);

        if (id == NULL || (child_id != NULL && strcmp(id, child_id) == 0)) {
            return child;
        }
    }
    return NULL;
}
