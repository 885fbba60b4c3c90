/* Fencing topology: which devices to use for a target, level by level (fencer.md §5). Pure. */
#ifndef STONITHD_TOPOLOGY_H
#define STONITHD_TOPOLOGY_H

#include <stdbool.h>
#include <glib.h>
#include <libxml/tree.h>
#include "stonithd/stonith_client.h"

#define TOPOLOGY_LEVEL_MAX 9u
#define TOPOLOGY_TARGETS_MAX 10000u
#define TOPOLOGY_DEVICES_MAX 1000u       /* in one level */

enum topology_kind { TOPOLOGY_NAME, TOPOLOGY_PATTERN, TOPOLOGY_ATTRIBUTE, TOPOLOGY_INVALID };

typedef struct {
    enum topology_kind kind;
    char *key;                           /* name, pattern, or ATTR=VALUE */
    char *attribute, *value;             /* TOPOLOGY_ATTRIBUTE */
    GPtrArray *levels[TOPOLOGY_LEVEL_MAX + 1];   /* char *: device ids; NULL = no such level; [0] unused */
} topology_entry_t;

typedef struct topology topology_t;

/* Does node have that attribute value? */
typedef bool (*topology_attribute_fn)(void *arg, const char *node, const char *attribute, const char *value);

/* has_attribute NULL: there are no nodes' attributes, levels for them are invalid. */
topology_t *topology_new(topology_attribute_fn has_attribute, void *arg);
void topology_free(topology_t *topology);
void topology_clear(topology_t *topology);
unsigned topology_size(const topology_t *topology);      /* targets */

/* Add devices to a level, or remove a level (index 0: the whole target). level: a fencing-level element.
 * result: what to answer; desc (may be NULL): TARGET[INDEX], g_free(). */
void topology_add(topology_t *topology, const xmlNode *level, fence_result_t *result, char **desc);
void topology_remove(topology_t *topology, const xmlNode *level, fence_result_t *result, char **desc);

/* What applies to a node, NULL = nothing. */
const topology_entry_t *topology_find(const topology_t *topology, const char *node);

#endif
