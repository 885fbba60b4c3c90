/* Name/value blocks (meta_attributes, instance_attributes, ...) under one
 * element (scheduler input §5.1). Pure. */
#ifndef PCMK_NVSETS_H
#define PCMK_NVSETS_H

#include <stdbool.h>
#include <libxml/tree.h>

#include "pacemaker/common/rules.h"

#define NVSET_MAX_BLOCKS 4096   /* blocks read below one element */

/* Where values go. set() is called for each pair in order of decreasing precedence and applies
 * the rule for an existing entry itself: replace it only if overwrite. value NULL asks to remove
 * an existing entry ("#default"). */
struct nvset_sink {
    void (*set)(void *arg, const char *name, const char *value, bool overwrite);
    void *arg;
};

/* Reads all blocks named tag below parent. first_id (may be NULL): the block with this id is read first.
 * Blocks with equal score are read in reverse document order. Names and values point into the tree. */
void nvsets_unpack(xmlNode *parent, const char *tag, struct rule_context *ctx, const char *first_id,
                   bool overwrite, const struct nvset_sink *sink);
/* Whether any of these blocks holds a rule (its values then depend on the context). */
bool nvsets_have_rules(xmlNode *parent, const char *tag, const struct rule_context *ctx);

#endif
