/* Name/value blocks under one element. */
#include "pacemaker/common/nvsets.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pacemaker/common/xml.h"

struct block {
    xmlNode *xml;
    int score;
    bool first;
    unsigned position;
};

/* Precedence: the special block, then higher score, then later in the document. */
static int compare_blocks(const void *a, const void *b)
{
    const struct block *x = a, *y = b;

    if (x->first != y->first) {
        return x->first ? -1 : 1;
    }
    if (x->score != y->score) {
        return x->score > y->score ? -1 : 1;
    }
    return x->position > y->position ? -1 : x->position < y->position;
}

static void unpack_block(xmlNode *block, struct rule_context *ctx, bool overwrite,
                         const struct nvset_sink *sink)
{
    xmlNode *list = xml_first(block, NULL);

    list = xml_is(list, "attributes") ? list : block;
    xml_foreach(pair, list, "nvpair") {
        xmlNode *ref = rule_dereference(pair, ctx);
        const char *name = xml_get(pair, "name"), *value = xml_get(pair, "value");

        if (ref == NULL) {
            continue;
        }
        name = name != NULL ? name : xml_get(ref, "name");
        value = value != NULL ? value : xml_get(ref, "value");
        if (name == NULL || value == NULL) {
            continue;
        }
        sink->set(sink->arg, name, strcasecmp(value, "#default") == 0 ? NULL : value, overwrite);
    }
}

void nvsets_unpack(xmlNode *parent, const char *tag, struct rule_context *ctx, const char *first_id,
                   bool overwrite, const struct nvset_sink *sink)
{
    struct block small[8], *blocks = small;
    size_t n = 0, cap = 8;

    xml_foreach(child, parent, tag) {
        xmlNode *block = rule_dereference(child, ctx);
        const char *id = block != NULL ? xml_id(block) : NULL;

        if (block == NULL || n >= NVSET_MAX_BLOCKS) {
            continue;
        }
        if (n == cap) {
            struct block *more = malloc(2 * cap * sizeof(*more));

            if (more == NULL) {
                break;
            }
            memcpy(more, blocks, n * sizeof(*more));
            if (blocks != small) {
                free(blocks);
            }
            blocks = more;
            cap *= 2;
        }
        blocks[n] = (struct block){block, score_parse(xml_get(block, "score"), NULL),
                                   first_id != NULL && id != NULL && strcmp(id, first_id) == 0, (unsigned)n};
        n++;
    }
    if (n > 1) {
        qsort(blocks, n, sizeof(*blocks), compare_blocks);
    }
    for (size_t i = 0; i < n; i++) {
        if (rules_pass(blocks[i].xml, ctx)) {
            unpack_block(blocks[i].xml, ctx, overwrite, sink);
        }
    }
    if (blocks != small) {
        free(blocks);
    }
}

bool nvsets_have_rules(xmlNode *parent, const char *tag, const struct rule_context *ctx)
{
    xml_foreach(child, parent, tag) {
        xmlNode *block = rule_dereference(child, ctx);

        if (block != NULL && xml_first(block, "rule") != NULL) {
            return true;
        }
    }
    return false;
}
