/*
 * Ordered lists of node ids without duplicates.
 */
#include "node_list.h"

#include <stdio.h>
#include <stdlib.h>

void node_list_clear(struct node_list *l)
{
    l->n = 0;
}

bool node_list_has(const struct node_list *l, uint32_t id)
{
    for (unsigned i = 0; i < l->n; i++) {
        if (l->id[i] == id) {
            return true;
        }
    }
    return false;
}

bool node_list_add(struct node_list *l, uint32_t id)
{
    if (l->n == TOTEM_MAX_NODES || node_list_has(l, id)) {
        return false;
    }
    l->id[l->n++] = id;
    return true;
}

void node_list_add_all(struct node_list *l, const struct node_list *more)
{
    for (unsigned i = 0; i < more->n; i++) {
        node_list_add(l, more->id[i]);
    }
}

void node_list_minus(struct node_list *out, const struct node_list *a, const struct node_list *b)
{
    out->n = 0;
    for (unsigned i = 0; i < a->n; i++) {
        if (!node_list_has(b, a->id[i])) {
            out->id[out->n++] = a->id[i];
        }
    }
}

bool node_list_subset(const struct node_list *a, const struct node_list *b)
{
    for (unsigned i = 0; i < a->n; i++) {
        if (!node_list_has(b, a->id[i])) {
            return false;
        }
    }
    return true;
}

bool node_list_same(const struct node_list *a, const struct node_list *b)
{
    return a->n == b->n && node_list_subset(a, b);
}

static int compare_ids(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

    return x < y ? -1 : x > y;
}

void node_list_sort(struct node_list *l)
{
    qsort(l->id, l->n, sizeof(l->id[0]), compare_ids);
}

uint32_t node_list_min(const struct node_list *l)
{
    uint32_t min = l->n > 0 ? l->id[0] : 0;

    for (unsigned i = 1; i < l->n; i++) {
        if (l->id[i] < min) {
            min = l->id[i];
        }
    }
    return min;
}

const char *node_list_text(const struct node_list *l, char *buf, size_t size)
{
    size_t used = 0;

    buf[0] = '\0';
    for (unsigned i = 0; i < l->n && used < size; i++) {
        used += (size_t) snprintf(buf + used, size - used, i == 0 ? "%u" : " %u", l->id[i]);
    }
    return buf;
}
