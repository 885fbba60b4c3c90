/* Change tracking on a CIB tree: every edit of an operation goes through these functions, which leave marks
 * that the patch, the version counters and access control are derived from (cib.md §2.2, §4.1). Pure.
 *
 * Marks live in the _private fields of libxml2's nodes and attributes; a tracker hangs at the document. A
 * tree that is not tracked can be edited with the same functions: they then only edit. Trees hold elements
 * and comments only (tree_strip()). */
#ifndef CIB_TRACK_H
#define CIB_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <glib.h>
#include "pacemaker/common/xml.h"

enum mark {
    MARK_CREATED    = 0x01,     /* node or attribute is new */
    MARK_DIRTY      = 0x02,     /* as the reference propagates it: decides what a configuration change is */
    MARK_TOUCHED    = 0x04,     /* this node or something below has a mark: walks skip the rest */
    MARK_DELETED    = 0x08,     /* attribute kept only until the changes are accepted */
    MARK_MOVED      = 0x10,
    MARK_ACL_READ   = 0x20,
    MARK_ACL_WRITE  = 0x40,
    MARK_ACL_DENY   = 0x80,
};
#define MARK_ACL (MARK_ACL_READ | MARK_ACL_WRITE | MARK_ACL_DENY)

struct deleted_node {
    char *path;                 /* as it was when deleted */
    int position;               /* of a comment; -1 for elements */
};

struct track {
    bool dirty;                 /* something changed that a patch shows */
    bool lazy;                  /* order of attributes is no change */
    bool acl_marked;            /* permissions are marked all over the tree */
    bool acl_enabled;           /* and are enforced */
    bool acl_denied;            /* an edit was refused: the operation must fail */
    bool acl_empty;             /* no entry at all applies to the user */
    GPtrArray *deleted;         /* struct deleted_node, in order of deletion */
};

/* Marks of a node or attribute (both libxml2 structs begin with _private). */
static inline unsigned marks_of(const void *node)
{
    return (unsigned)(gsize) *(void *const *)node;
}

static inline bool marked(const void *node, unsigned bits)
{
    return (marks_of(node) & bits) != 0;
}

static inline void mark_set(void *node, unsigned bits)
{
    *(void **)node = (void *)(gsize)(marks_of(node) | bits);
}

static inline void mark_clear(void *node, unsigned bits)
{
    *(void **)node = (void *)(gsize)(marks_of(node) & ~bits);
}

static inline const char *attr_name(const xmlAttr *attr)
{
    return (const char *)attr->name;
}

static inline const char *attr_value(const xmlAttr *attr)
{
    const xmlNode *text = attr->children;

    return (text != NULL && text->content != NULL) ? (const char *)text->content : "";
}

static inline bool is_comment(const xmlNode *node)
{
    return node->type == XML_COMMENT_NODE;
}

/* Begin and end tracking of the document root belongs to. Ending accepts: marks vanish, deleted attributes
 * go. */
struct track *track_begin(xmlNode *root);
struct track *track_get(const xmlNode *node);       /* NULL when not tracked */
void track_end(xmlNode *root);

/* Edits. A refusal by access control leaves the tree alone and is remembered in the tracker. */
void track_set_attr(xmlNode *node, const char *name, const char *value);
void track_set_attr_int(xmlNode *node, const char *name, long long value);
void track_unset_attr(xmlNode *node, const char *name);
xmlNode *track_add(xmlNode *parent, const char *name);              /* create by name, no attributes yet */
xmlNode *track_add_copy(xmlNode *parent, const xmlNode *node);      /* insert a deep copy at the end */
void track_delete(xmlNode *node);                                   /* remove and free */

/* For comparison: mark without editing. */
void track_mark_created(xmlNode *node);             /* whole subtree, counted as a change of its parents */
void track_mark_moved(xmlNode *node);
void track_attr_changed(xmlNode *node, xmlAttr *attr, unsigned bits);
void track_record_deleted(struct track *track, const xmlNode *node, int position);

/* Does the tracker hold a configuration change (cib.md §2.2)? */
bool track_config_changed(const xmlNode *root);

/* "/cib/configuration/resources/primitive[@id='a']"; the caller frees. */
char *node_path(const xmlNode *node);
void node_path_append(GString *path, const xmlNode *node);

/* Remove everything but elements, comments and their attributes. */
void tree_strip(xmlNode *root);
/* Next sibling that is an element or comment, node itself included. */
xmlNode *tree_node(xmlNode *node);
static inline xmlNode *tree_first(const xmlNode *parent)
{
    return tree_node(parent->children);
}
static inline xmlNode *tree_next(const xmlNode *node)
{
    return tree_node(node->next);
}

/* Children of one parent by name and id, for parents with many. A lookup gives the first child in document
 * order with that name and, unless id is NULL, that id. */
typedef struct child_index child_index_t;
child_index_t *child_index_new(const xmlNode *parent);
xmlNode *child_index_find(const child_index_t *index, const char *name, const char *id);
/* Keep up with the tree: call before node leaves its place, and after it was appended as last child. */
void child_index_remove(child_index_t *index, const xmlNode *node);
void child_index_append(child_index_t *index, xmlNode *node);
void child_index_free(child_index_t *index);       /* NULL allowed */

/* Is there a comment, or an element of that name? */
bool child_has_comment(const xmlNode *parent);

/* The same without an index: linear. */
xmlNode *child_find(const xmlNode *parent, const char *name, const char *id);

#endif
