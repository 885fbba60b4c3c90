/* Comparison of two trees. Children are paired through hashes and positions kept in Fenwick trees, so wide
 * parents (thousands of resources) cost n log n. Pure. */
#include "cib/compare.h"

#include <string.h>
#include <strings.h>

/* Below this many children a linear search beats a hash. */
#define SMALL_PARENT 12u

/* The children of one node during the comparison. */
struct side {
    unsigned count;
    xmlNode **nodes;
    unsigned *tree;             /* Fenwick tree over "not skipped", 1-based */
    bool *skip;
    bool *seen;                 /* already compared with its partner */
    GHashTable *by_id, *by_name;    /* index + 1; only for many children */
};

static unsigned count_children(const xmlNode *parent)
{
    unsigned count = 0;

    for (const xmlNode *child = tree_first(parent); child != NULL; child = tree_next(child)) {
        count++;
    }
    return count;
}

static void side_hash(struct side *side)
{
    side->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    side->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = 0; i < side->count; i++) {
        const char *name = xml_name(side->nodes[i]), *id;

        if (is_comment(side->nodes[i])) {
            continue;
        }
        if (!g_hash_table_contains(side->by_name, name)) {
            g_hash_table_insert(side->by_name, (void *)name, GUINT_TO_POINTER(i + 1));
        }
        id = xml_id(side->nodes[i]);
        if (id != NULL) {
            char *key = g_strconcat(name, "\n", id, NULL);

            if (g_hash_table_contains(side->by_id, key)) {
                g_free(key);
            } else {
                g_hash_table_insert(side->by_id, key, GUINT_TO_POINTER(i + 1));
            }
        }
    }
}

static void side_init(struct side *side, const xmlNode *parent)
{
    unsigned i = 0;

    memset(side, 0, sizeof(*side));
    side->count = count_children(parent);
    side->nodes = g_new(xmlNode *, side->count);
    side->tree = g_new0(unsigned, side->count + 1);
    side->skip = g_new0(bool, side->count);
    side->seen = g_new0(bool, side->count);
    for (xmlNode *child = tree_first(parent); child != NULL; child = tree_next(child)) {
        side->nodes[i++] = child;
    }
    for (i = 1; i <= side->count; i++) {
        unsigned up = i + (i & -i);

        side->tree[i]++;
        if (up <= side->count) {
            side->tree[up] += side->tree[i];
        }
    }
    if (side->count > SMALL_PARENT) {
        side_hash(side);
    }
}

static void side_clear(struct side *side)
{
    g_free(side->nodes);
    g_free(side->tree);
    g_free(side->skip);
    g_free(side->seen);
    g_clear_pointer(&side->by_id, g_hash_table_destroy);
    g_clear_pointer(&side->by_name, g_hash_table_destroy);
}

static void side_skip(struct side *side, unsigned i)
{
    if (side->skip[i]) {
        return;
    }
    side->skip[i] = true;
    for (unsigned k = i + 1; k <= side->count; k += k & -k) {
        side->tree[k]--;
    }
}

/* Siblings before child i that are not skipped. */
static unsigned side_position(const struct side *side, unsigned i)
{
    unsigned position = 0;

    for (unsigned k = i; k > 0; k -= k & -k) {
        position += side->tree[k];
    }
    return position;
}

static int find_element(const struct side *side, const xmlNode *node)
{
    const char *name = xml_name(node), *id = xml_id(node);

    if (side->by_id != NULL && id != NULL) {
        char *key = g_strconcat(name, "\n", id, NULL);
        unsigned found = GPOINTER_TO_UINT(g_hash_table_lookup(side->by_id, key));

        g_free(key);
        return (int)found - 1;
    }
    if (side->by_name != NULL) {
        return (int)GPOINTER_TO_UINT(g_hash_table_lookup(side->by_name, name)) - 1;
    }
    for (unsigned i = 0; i < side->count; i++) {
        const char *other;

        if (is_comment(side->nodes[i]) || strcmp(xml_name(side->nodes[i]), name) != 0) {
            continue;
        }
        other = (id == NULL) ? NULL : xml_id(side->nodes[i]);
        if (id == NULL || (other != NULL && strcmp(id, other) == 0)) {
            return (int)i;
        }
    }
    return -1;
}

static bool same_comment(const xmlNode *a, const xmlNode *b)
{
    const char *text_a = a->content != NULL ? (const char *)a->content : "";
    const char *text_b = b->content != NULL ? (const char *)b->content : "";

    return strcasecmp(text_a, text_b) == 0;
}

/* A comment's partner is an equal comment at the same position. */
static int find_comment(const struct side *side, const xmlNode *node, unsigned position)
{
    for (unsigned i = 0; i < side->count; i++) {
        if (is_comment(side->nodes[i]) && !side->skip[i] && side_position(side, i) == position
            && same_comment(side->nodes[i], node)) {
            return (int)i;
        }
    }
    return -1;
}

/* Partner of child i of side "from" in side "in", -1 when there is none. */
static int find_partner(const struct side *in, const struct side *from, unsigned i)
{
    const xmlNode *node = from->nodes[i];

    return is_comment(node) ? find_comment(in, node, side_position(from, i)) : find_element(in, node);
}

static bool same_attributes(const xmlNode *old, const xmlNode *fresh)
{
    const xmlAttr *a = old->properties, *b = fresh->properties;

    while (a != NULL && b != NULL) {
        if (strcmp(attr_name(a), attr_name(b)) != 0 || strcmp(attr_value(a), attr_value(b)) != 0) {
            return false;
        }
        a = a->next;
        b = b->next;
    }
    return a == NULL && b == NULL;
}

/* Ordinal of attr among its element's attributes, leaving out those in skip. */
static unsigned attr_position(const xmlNode *node, const xmlAttr *attr, GHashTable *skip)
{
    unsigned position = 0;

    for (const xmlAttr *a = node->properties; a != NULL && a != attr; a = a->next) {
        position += !g_hash_table_contains(skip, a);
    }
    return position;
}

static void compare_attr_order(const xmlNode *old, xmlAttr *attr, xmlNode *fresh, xmlAttr *now,
                               GHashTable *skip)
{
    unsigned before = attr_position(old, attr, skip), after = attr_position(fresh, now, skip);

    if (before != after) {
        track_attr_changed(fresh, now, MARK_MOVED);
        g_hash_table_add(skip, before > after ? (void *)attr : (void *)now);
    }
}

static void compare_attributes(const xmlNode *old, xmlNode *fresh)
{
    GHashTable *skip;
    bool lazy = track_get(fresh)->lazy;

    if (same_attributes(old, fresh)) {
        return;
    }
    skip = g_hash_table_new(NULL, NULL);
    for (xmlAttr *attr = old->properties; attr != NULL; attr = attr->next) {
        xmlAttr *now = xmlHasProp(fresh, attr->name);

        if (now == NULL) {
            now = xmlSetProp(fresh, attr->name, (const xmlChar *)attr_value(attr));
            mark_set(now, MARK_DELETED);
            track_attr_changed(fresh, now, MARK_DELETED);
        } else if (strcmp(attr_value(attr), attr_value(now)) != 0) {
            track_attr_changed(fresh, now, 0);
        } else if (!lazy) {
            compare_attr_order(old, attr, fresh, now, skip);
        }
    }
    for (xmlAttr *now = fresh->properties; now != NULL; now = now->next) {
        if (xmlHasProp((xmlNode *)old, now->name) == NULL) {
            track_attr_changed(fresh, now, MARK_CREATED);
        }
    }
    g_hash_table_destroy(skip);
}

/* What became of the children of the old node. */
static void compare_old_children(struct side *old, struct side *fresh, struct track *track)
{
    for (unsigned i = 0; i < old->count; i++) {
        int partner = find_partner(fresh, old, i);

        if (partner < 0) {
            const xmlNode *gone = old->nodes[i];

            track_record_deleted(track, gone, is_comment(gone) ? (int)side_position(old, i) : -1);
            side_skip(old, i);
        } else if (!fresh->seen[partner]) {
            fresh->seen[partner] = true;
            if (!is_comment(old->nodes[i])) {
                tree_compare(old->nodes[i], fresh->nodes[partner]);
            }
        }
    }
}

/* Which children of the new node are new or stand elsewhere. */
static void compare_new_children(struct side *old, struct side *fresh)
{
    for (unsigned i = 0; i < fresh->count; i++) {
        int partner = find_partner(old, fresh, i);
        unsigned before, after;

        if (partner < 0) {
            side_skip(fresh, i);
            track_mark_created(fresh->nodes[i]);
            continue;
        }
        before = side_position(old, (unsigned)partner);
        after = side_position(fresh, i);
        if (before == after) {
            continue;
        }
        track_mark_moved(fresh->nodes[i]);
        if (before > after) {
            side_skip(old, (unsigned)partner);
        } else {
            side_skip(fresh, i);
        }
    }
}

void tree_compare(const xmlNode *old, xmlNode *fresh)
{
    struct side before, after;

    compare_attributes(old, fresh);
    if (old->children == NULL && fresh->children == NULL) {
        return;
    }
    side_init(&before, old);
    side_init(&after, fresh);
    compare_old_children(&before, &after, track_get(fresh));
    compare_new_children(&before, &after);
    side_clear(&before);
    side_clear(&after);
}
