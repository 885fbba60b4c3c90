/* The operations on a CIB document (cib.md §3.5, §3.6), each a function from a tree and a request to an
 * edited tree, a new tree or output. Pure. */
#ifndef CIB_OPS_H
#define CIB_OPS_H

#include <stdbool.h>
#include <stdint.h>
#include "cib/track.h"

struct cib_op_args {
    const char *op;             /* CIB_OP_* */
    const char *section;        /* section name, XPath or NULL */
    uint32_t options;           /* CIB_OPT_* */
    const xmlNode *message;     /* the whole request; NULL for none */
    const xmlNode *input;       /* payload or NULL */
    xmlNode *cib;               /* the current tree (reading) or the tracked working copy */
    xmlNode *fresh;             /* out: a brand-new tree that replaces cib */
    xmlNode *output;            /* out: data of the reply */
};

/* 0 or a negative result. */
typedef int (*cib_op_fn)(struct cib_op_args *args);

struct cib_op {
    const char *name;
    bool modifies;
    bool privileged;
    cib_op_fn fn;               /* NULL: not an operation on the document */
};

/* NULL for an unknown name. */
const struct cib_op *cib_op_find(const char *name);

int cib_op_query(struct cib_op_args *args);
int cib_op_modify(struct cib_op_args *args);
int cib_op_create(struct cib_op_args *args);
int cib_op_delete(struct cib_op_args *args);
int cib_op_replace(struct cib_op_args *args);
int cib_op_apply_diff(struct cib_op_args *args);
int cib_op_bump(struct cib_op_args *args);
int cib_op_erase(struct cib_op_args *args);
int cib_op_noop(struct cib_op_args *args);
int cib_op_invalid(struct cib_op_args *args);

/* Sections (cib.md §3.3). An unknown name means the root, a known one that is absent (or ambiguous) NULL. */
xmlNode *section_find(xmlNode *cib, const char *section);
/* The element a known section belongs into; NULL for unknown names and the root, or when it is absent. */
xmlNode *section_parent(xmlNode *cib, const char *section);
/* The part of a request's payload that is the operation's input; NULL when there is none. */
const xmlNode *cib_request_input(const xmlNode *message);
const xmlNode *cib_input_of(const xmlNode *payload, const char *section);

/* Update target in place to show everything in update: attributes set ("name++" and "name+=N" counted),
 * children merged by name and id, missing ones created. */
void tree_merge(xmlNode *target, const xmlNode *update);
/* Create a child of parent like object (a comment becomes an element of that name, as in the reference). */
xmlNode *tree_create(xmlNode *parent, const xmlNode *object);
/* First element of node and below with the name and id of wanted (both without id also match). */
xmlNode *tree_find_same(xmlNode *node, const xmlNode *wanted);
/* Count "name++"/"name+=N" values that were stored literally, in what changed or everywhere. */
void tree_expand(xmlNode *root);
void tree_expand_all(xmlNode *root);
/* Remove elements that carry the attribute __delete__. */
void tree_delete_marked(xmlNode *node);

#endif
