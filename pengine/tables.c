/* Name/value tables and node tables. */
#include "pengine/pe.h"

#define SCAN_LIMIT 12       /* pairs up to which a table is scanned */

static uint32_t hash_text(const char *text)
{
    uint32_t h = 2166136261u;

    for (; *text != '\0'; text++) {
        h = (h ^ (unsigned char)*text) * 16777619u;
    }
    return h;
}

static struct pe_pair *find(const struct pe_table *t, const char *name)
{
    if (t->index == NULL) {
        for (uint32_t i = 0; i < t->n; i++) {
            if (strcmp(t->pairs[i].name, name) == 0) {
                return &t->pairs[i];
            }
        }
        return NULL;
    }
    for (uint32_t i = hash_text(name) & (t->index_size - 1); t->index[i] != 0;
         i = (i + 1) & (t->index_size - 1)) {
        struct pe_pair *p = &t->pairs[t->index[i] - 1];

        if (strcmp(p->name, name) == 0) {
            return p;
        }
    }
    return NULL;
}

static void index_pair(struct pe_table *t, uint32_t position)
{
    uint32_t i = hash_text(t->pairs[position].name) & (t->index_size - 1);

    while (t->index[i] != 0) {
        i = (i + 1) & (t->index_size - 1);
    }
    t->index[i] = position + 1;
}

static void build_index(pe_sched *s, struct pe_table *t)
{
    t->index_size = 64;
    while (t->index_size < t->n * 3) {
        t->index_size *= 2;
    }
    t->index = pe_alloc(s, t->index_size * sizeof(*t->index));
    for (uint32_t i = 0; i < t->n; i++) {
        index_pair(t, i);
    }
}

/* A removed pair keeps its place with value NULL. */
const char *pe_table_get(const struct pe_table *t, const char *name)
{
    struct pe_pair *p = find(t, name);

    return p != NULL ? p->value : NULL;
}

bool pe_table_add(pe_sched *s, struct pe_table *t, const char *name, const char *value)
{
    struct pe_pair *p = find(t, name);

    if (p != NULL) {
        if (p->value != NULL) {
            return false;
        }
        p->value = value;
        return true;
    }
    if (t->n == t->cap) {
        t->pairs = pe_grow(s, t->pairs, &t->cap, t->n, sizeof(*t->pairs));
    }
    t->pairs[t->n++] = (struct pe_pair){name, value};
    if (t->index != NULL && t->n * 2 < t->index_size) {
        index_pair(t, t->n - 1);
    } else if (t->n > SCAN_LIMIT) {
        build_index(s, t);
    }
    return true;
}

void pe_table_set(pe_sched *s, struct pe_table *t, const char *name, const char *value)
{
    struct pe_pair *p = find(t, name);

    if (p != NULL) {
        p->value = value;
    } else {
        pe_table_add(s, t, name, value);
    }
}

void pe_table_remove(struct pe_table *t, const char *name)
{
    struct pe_pair *p = find(t, name);

    if (p != NULL) {
        p->value = NULL;
    }
}

void pe_table_merge(pe_sched *s, struct pe_table *to, const struct pe_table *from)
{
    for (uint32_t i = 0; i < from->n; i++) {
        if (from->pairs[i].value != NULL) {
            pe_table_add(s, to, from->pairs[i].name, from->pairs[i].value);
        }
    }
}

void pe_table_sink(void *arg, const char *name, const char *value, bool overwrite)
{
    struct pe_table_target *target = arg;

    if (value == NULL) {
        pe_table_remove(target->table, name);
    } else if (overwrite) {
        pe_table_set(target->s, target->table, name, value);
    } else {
        pe_table_add(target->s, target->table, name, value);
    }
}

struct pe_entry *pe_entry_add(pe_sched *s, struct pe_node_table *t, const pe_node *node)
{
    struct pe_entry *e;

    if (node->index >= t->n) {
        uint32_t n = s->nodes_by_index.n > node->index ? s->nodes_by_index.n : node->index + 1;
        struct pe_entry *v = pe_alloc(s, n * sizeof(*v));

        if (t->n > 0) {
            memcpy(v, t->e, t->n * sizeof(*v));
        }
        t->e = v;
        t->n = n;
    }
    e = &t->e[node->index];
    if (!e->present) {
        *e = (struct pe_entry){.score = node->score,
                               .fixed = node->fixed,
                               .discover = (uint8_t)node->discover,
                               .present = true,
                               .seq = ++t->next_seq};
    }
    return e;
}

void pe_entry_remove(struct pe_node_table *t, const pe_node *node)
{
    struct pe_entry *e = pe_entry_of(t, node);

    if (e != NULL) {
        e->present = false;
    }
}

struct pe_node_table pe_node_table_copy(pe_sched *s, const struct pe_node_table *t)
{
    struct pe_node_table copy = *t;

    if (t->n > 0) {
        copy.e = pe_alloc(s, t->n * sizeof(*copy.e));
        memcpy(copy.e, t->e, t->n * sizeof(*copy.e));
        for (uint32_t i = 0; i < t->n; i++) {
            copy.e[i].count = 0;
        }
    }
    return copy;
}
