/*
 * Ordered lists of node ids without duplicates, at most TOTEM_MAX_NODES of them.
 */
#ifndef COROSYNC_TOTEM_NODE_LIST_H
#define COROSYNC_TOTEM_NODE_LIST_H

#include "totem.h"

struct node_list {
    unsigned n;
    uint32_t id[TOTEM_MAX_NODES];
};

void node_list_clear(struct node_list *l);
bool node_list_has(const struct node_list *l, uint32_t id);
/* Appends unless present or full; true if it was added. */
bool node_list_add(struct node_list *l, uint32_t id);
void node_list_add_all(struct node_list *l, const struct node_list *more);
/* out = a minus b, in the order of a. out must be neither of them. */
void node_list_minus(struct node_list *out, const struct node_list *a, const struct node_list *b);
bool node_list_subset(const struct node_list *a, const struct node_list *b);
bool node_list_same(const struct node_list *a, const struct node_list *b);
void node_list_sort(struct node_list *l);
/* Smallest id, 0 for an empty list. */
uint32_t node_list_min(const struct node_list *l);
/* Text "1 2 3"; truncated when it does not fit. */
const char *node_list_text(const struct node_list *l, char *buf, size_t size);

#endif
