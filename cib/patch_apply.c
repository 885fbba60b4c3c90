/* Applying a patchset: version check, the changes of format 2, digest check (cib.md §4.6). Pure. */
#include "cib/patch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

/* Parents with more children than this get an index while a patch is applied. */
#define WIDE_PARENT 32u

/* A creation or move, done when all other changes are. */
struct deferred {
    const xmlNode *change;
    xmlNode *node;              /* the parent of a creation, the node of a move */
    bool move;
    long long position;
    unsigned order;             /* place in the patch: equal positions keep it */
};

struct patcher {
    xmlNode *cib;
    GHashTable *indexes;        /* wide parent -> child_index_t */
    GArray *deferred;
    GHashTable *moving;         /* nodes whose move is deferred */
    GHashTable *cursors;        /* parent -> struct cursor */
    GPtrArray *removed;         /* unlinked, freed at the end: a later change may still refer to them */
    int rc;                     /* first failure that does not stop the rest */
};

static int check_versions(const xmlNode *cib, const xmlNode *patch)
{
    struct cib_version own = cib_version_of(cib, 0), from, to;
    long long is[3], was[3], will[3];

    patch_versions(patch, cib, &from, &to);
    memcpy(is, (long long[]){own.admin_epoch, own.epoch, own.num_updates}, sizeof(is));
    memcpy(was, (long long[]){from.admin_epoch, from.epoch, from.num_updates}, sizeof(was));
    memcpy(will, (long long[]){to.admin_epoch, to.epoch, to.num_updates}, sizeof(will));
    for (int i = 0; i < 3; i++) {
        if (is[i] != was[i]) {
            log_info("Patch is for version %lld.%lld.%lld, not %lld.%lld.%lld",
                     was[0], was[1], was[2], is[0], is[1], is[2]);
            return is[i] < was[i] ? -PCMK_ERR_DIFF_RESYNC : -PCMK_ERR_OLD_DATA;
        }
    }
    for (int i = 0; i < 3; i++) {
        if (will[i] > was[i]) {
            return 0;
        }
    }
    log_info("Patch leads nowhere: versions %lld.%lld.%lld are not newer", will[0], will[1], will[2]);
    return -PCMK_ERR_OLD_DATA;
}

/* ---- finding nodes ---- */

static child_index_t *parent_index(struct patcher *patcher, xmlNode *parent)
{
    child_index_t *index = g_hash_table_lookup(patcher->indexes, parent);
    unsigned count = 0;

    if (index != NULL) {
        return index;
    }
    for (const xmlNode *child = tree_first(parent); child != NULL && count <= WIDE_PARENT;
         child = tree_next(child)) {
        count++;
    }
    if (count <= WIDE_PARENT) {
        return NULL;
    }
    index = child_index_new(parent);
    g_hash_table_insert(patcher->indexes, parent, index);
    return index;
}

static xmlNode *find_comment(xmlNode *parent, long long position)
{
    long long index = 0;

    for (xmlNode *child = tree_first(parent); child != NULL; child = tree_next(child)) {
        if (is_comment(child) && (position < 0 || index == position)) {
            return child;
        }
        index++;
    }
    return NULL;
}

static xmlNode *find_child(struct patcher *patcher, xmlNode *parent, const char *name, const char *id,
                           long long position)
{
    child_index_t *index;

    if (strcmp(name, "comment") == 0 && id == NULL) {
        return find_comment(parent, position);
    }
    index = parent_index(patcher, parent);
    return index != NULL ? child_index_find(index, name, id) : child_find(parent, name, id);
}

struct component {
    char *name, *id;            /* id NULL: none given */
};

static void component_clear(struct component *component)
{
    g_clear_pointer(&component->name, g_free);
    g_clear_pointer(&component->id, g_free);
}

/* Take "/name" or "/name[@id='ID']" off the path; false at its end or when it is malformed. */
static bool take_component(const char **path, struct component *component)
{
    const char *start = *path + 1, *end, *key;

    component_clear(component);
    if (**path != '/') {
        return false;
    }
    end = start + strcspn(start, "/");
    key = g_strstr_len(start, end - start, "[@id='");
    component->name = g_strndup(start, (gsize)((key != NULL ? key : end) - start));
    if (key != NULL) {
        key += strlen("[@id='");
        component->id = g_strndup(key, MIN(strcspn(key, "'"), (size_t)(end - key)));
    }
    *path = end;
    return component->name[0] != '\0';
}

static bool is_root(const xmlNode *root, const struct component *component)
{
    const char *id = xml_id(root);

    return strcmp(component->name, xml_name(root)) == 0
        && (component->id == NULL || (id != NULL && strcmp(component->id, id) == 0));
}

static xmlNode *locate(struct patcher *patcher, const char *path, long long position)
{
    struct component component = {NULL, NULL};
    xmlNode *node = NULL;

    if (take_component(&path, &component) && is_root(patcher->cib, &component)) {
        node = patcher->cib;
    }
    while (node != NULL && *path != '\0') {
        if (!take_component(&path, &component) || node->type != XML_ELEMENT_NODE) {
            node = NULL;
        } else {
            node = find_child(patcher, node, component.name, component.id, *path == '\0' ? position : -1);
        }
    }
    component_clear(&component);
    return node;
}

/* ---- changes ---- */

static void forget_place(struct patcher *patcher, xmlNode *node)
{
    child_index_t *index = g_hash_table_lookup(patcher->indexes, node->parent);

    if (index != NULL && node->type == XML_ELEMENT_NODE) {
        child_index_remove(index, node);
    }
}

static void remove_node(struct patcher *patcher, xmlNode *node)
{
    if (node == patcher->cib) {
        patcher->rc = -PCMK_ERR_DIFF_FAILED;
        return;
    }
    forget_place(patcher, node);
    xmlUnlinkNode(node);
    g_ptr_array_add(patcher->removed, node);
}

static void move_to_end(struct patcher *patcher, xmlNode *node)
{
    xmlNode *parent = node->parent;
    child_index_t *index = g_hash_table_lookup(patcher->indexes, parent);

    forget_place(patcher, node);
    xmlUnlinkNode(node);
    xmlAddChild(parent, node);
    if (index != NULL && node->type == XML_ELEMENT_NODE) {
        child_index_append(index, node);
    }
}

static int set_attributes(struct patcher *patcher, xmlNode *node, const xmlNode *change)
{
    const xmlNode *result = xml_first(xml_first(change, "change-result"), NULL);

    if (result == NULL || node->type != XML_ELEMENT_NODE) {
        log_err("Change of %s in a patch has no result", xml_name(node));
        return -ENOMSG;
    }
    if (g_strcmp0(xml_id(node), xml_id(result)) != 0) {
        g_hash_table_remove(patcher->indexes, node->parent);
    }
    while (node->properties != NULL) {
        xmlRemoveProp(node->properties);
    }
    for (const xmlAttr *attr = result->properties; attr != NULL; attr = attr->next) {
        xmlSetProp(node, attr->name, (const xmlChar *)attr_value(attr));
    }
    return 0;
}

static void defer(struct patcher *patcher, const xmlNode *change, xmlNode *node, bool move,
                  long long position)
{
    struct deferred deferred = {change, node, move, position, patcher->deferred->len};

    g_array_append_val(patcher->deferred, deferred);
    if (move) {
        g_hash_table_add(patcher->moving, node);
    }
}

static int apply_change(struct patcher *patcher, const xmlNode *change)
{
    const char *operation = xml_get(change, "operation"), *path = xml_get(change, "path");
    long long position = -1;
    bool is_delete;
    xmlNode *node;

    if (operation == NULL) {
        return 0;
    }
    if (xml_get_int(change, "position", &position) != 0) {
        position = -1;
    }
    is_delete = (strcmp(operation, "delete") == 0);
    node = (path == NULL) ? NULL : locate(patcher, path, is_delete ? position : -1);
    if (node == NULL) {
        if (!is_delete) {
            log_err("Nothing to %s at %s in a patch", operation, path != NULL ? path : "(no path)");
            patcher->rc = -PCMK_ERR_DIFF_FAILED;
        }
    } else if (is_delete) {
        remove_node(patcher, node);
    } else if (strcmp(operation, "modify") == 0) {
        return set_attributes(patcher, node, change);
    } else if (strcmp(operation, "create") == 0) {
        defer(patcher, change, node, false, position);
    } else if (strcmp(operation, "move") == 0 && node != patcher->cib) {
        move_to_end(patcher, node);
        defer(patcher, change, node, true, position);
    } else {
        log_err("Unknown operation %s in a patch", operation);
        patcher->rc = -PCMK_ERR_DIFF_FAILED;
    }
    return 0;
}

/* ---- creations and moves, by ascending position ---- */

static gint by_position(gconstpointer a, gconstpointer b)
{
    const struct deferred *x = a, *y = b;

    if (x->position != y->position) {
        return x->position < y->position ? -1 : 1;
    }
    return x->order < y->order ? -1 : x->order > y->order;
}

/* How far the children of one parent have their final places; positions only ascend, so the search for the
 * next goes on from there. */
struct cursor {
    xmlNode *node;              /* NULL: start at the first child */
    long long index;            /* of node */
    bool irregular; /* a node that is still to be moved was passed: positions must be counted anew */
};

static struct cursor *cursor_of(struct patcher *patcher, xmlNode *parent)
{
    struct cursor *cursor = g_hash_table_lookup(patcher->cursors, parent);

    if (cursor == NULL) {
        cursor = g_new0(struct cursor, 1);
        g_hash_table_insert(patcher->cursors, parent, cursor);
    }
    return cursor;
}

/* The child now at position, NULL behind the last one. */
static xmlNode *child_at(struct patcher *patcher, xmlNode *parent, long long position)
{
    struct cursor *cursor = cursor_of(patcher, parent);
    bool resume = cursor->node != NULL && cursor->index <= position && !cursor->irregular;
    xmlNode *child = resume ? cursor->node : tree_first(parent);
    long long index = resume ? cursor->index : 0;

    for (; child != NULL && index < position; index++) {
        cursor->irregular = cursor->irregular || g_hash_table_contains(patcher->moving, child);
        child = tree_next(child);
    }
    if (child != NULL) {
        cursor->node = child;
        cursor->index = position;
    }
    return child;
}

static void placed(struct patcher *patcher, xmlNode *node, long long position)
{
    struct cursor *cursor = cursor_of(patcher, node->parent);

    cursor->node = node;
    cursor->index = position;
}

static long long index_of(const xmlNode *node)
{
    long long index = 0;

    for (const xmlNode *child = tree_first(node->parent); child != node; child = tree_next(child)) {
        index++;
    }
    return index;
}

static int create_node(struct patcher *patcher, const struct deferred *deferred)
{
    const xmlNode *body = tree_first(deferred->change);
    xmlNode *parent = deferred->node, *before, *node;

    if (body == NULL || parent->type != XML_ELEMENT_NODE) {
        log_err("Creation in a patch has no content");
        return -PCMK_ERR_DIFF_FAILED;
    }
    before = deferred->position < 0 ? NULL : child_at(patcher, parent, deferred->position);
    node = xmlDocCopyNode((xmlNode *)body, parent->doc, 1);
    if (before != NULL) {
        xmlAddPrevSibling(before, node);
        placed(patcher, node, deferred->position);
    } else {
        xmlAddChild(parent, node);
    }
    return 0;
}

/* Put node, which belongs to parent, before the child at position. */
static void put_at(struct patcher *patcher, xmlNode *parent, xmlNode *node, long long position)
{
    struct cursor *cursor = cursor_of(patcher, parent);
    xmlNode *before = (position < 0) ? NULL : child_at(patcher, parent, position);

    if (before == node) {
        return;
    }
    if (cursor->irregular || before == NULL) {
        /* node may stand before the place it goes to, which then counts without it */
        cursor->node = NULL;
        xmlUnlinkNode(node);
        before = (position < 0) ? NULL : child_at(patcher, parent, position);
    } else {
        xmlUnlinkNode(node);
    }
    if (before != NULL) {
        xmlAddPrevSibling(before, node);
        placed(patcher, node, position);
    } else {
        xmlAddChild(parent, node);
    }
}

static int move_node(struct patcher *patcher, const struct deferred *deferred)
{
    xmlNode *node = deferred->node, *parent = node->parent;
    struct cursor *cursor;
    bool first = g_hash_table_contains(patcher->moving, node);

    if (parent == NULL || parent->type != XML_ELEMENT_NODE) {
        return 0;       /* deleted by a later change */
    }
    if (!first) {
        cursor_of(patcher, parent)->irregular = true;
    }
    put_at(patcher, parent, node, deferred->position);
    g_hash_table_remove(patcher->moving, node);
    cursor = cursor_of(patcher, parent);
    if (cursor->node == node && cursor->index == deferred->position && !cursor->irregular) {
        return 0;
    }
    if (index_of(node) != deferred->position) {
        log_err("Moved %s in a patch to position %lld instead of %lld", xml_name(node), index_of(node),
                deferred->position);
        return -PCMK_ERR_DIFF_FAILED;
    }
    return 0;
}

static void apply_deferred(struct patcher *patcher)
{
    g_array_sort(patcher->deferred, by_position);
    for (guint i = 0; i < patcher->deferred->len; i++) {
        const struct deferred *deferred = &g_array_index(patcher->deferred, struct deferred, i);
        int rc = deferred->move ? move_node(patcher, deferred) : create_node(patcher, deferred);

        if (rc != 0) {
            patcher->rc = rc;
        }
    }
}

static int patch2_apply(xmlNode *cib, const xmlNode *patch)
{
    struct patcher patcher = {.cib = cib};
    int rc = 0;

    patcher.indexes = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)child_index_free);
    patcher.moving = g_hash_table_new(NULL, NULL);
    patcher.cursors = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    patcher.deferred = g_array_new(FALSE, FALSE, sizeof(struct deferred));
    patcher.removed = g_ptr_array_new_with_free_func((GDestroyNotify)xmlFreeNode);
    for (const xmlNode *change = xml_first(patch, "change"); change != NULL && rc == 0;
         change = xml_next(change, "change")) {
        rc = apply_change(&patcher, change);
    }
    if (rc == 0) {
        apply_deferred(&patcher);
        rc = patcher.rc;
    }
    g_hash_table_destroy(patcher.indexes);
    g_hash_table_destroy(patcher.moving);
    g_hash_table_destroy(patcher.cursors);
    g_array_free(patcher.deferred, TRUE);
    g_ptr_array_free(patcher.removed, TRUE);
    return rc;
}

static int check_digest(const xmlNode *cib, const xmlNode *patch)
{
    const char *expected = xml_get(patch, "digest");
    char *digest;
    int rc = 0;

    if (expected == NULL) {
        return 0;
    }
    digest = cib_digest(cib, xml_get(cib, "crm_feature_set"));
    if (digest == NULL || strcasecmp(digest, expected) != 0) {
        log_info("Digest after a patch is %s, expected %s", digest, expected);
        rc = -PCMK_ERR_DIFF_FAILED;
    }
    free(digest);
    return rc;
}

int patch_apply(xmlNode *cib, const xmlNode *patch, bool check_version)
{
    long long format;
    int rc = 0;

    if (patch == NULL) {
        return 0;
    }
    if (cib == NULL) {
        return -EINVAL;
    }
    format = patch_format(patch);
    if (format != 1 && format != 2) {
        log_err("Unknown patch format %lld", format);
        return -EINVAL;
    }
    if (check_version) {
        rc = check_versions(cib, patch);
    }
    if (rc == 0) {
        rc = (format == 2) ? patch2_apply(cib, patch) : patch1_apply(cib, patch);
    }
    return rc != 0 ? rc : check_digest(cib, patch);
}
