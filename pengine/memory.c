/* Arena, growing arrays and the stable sort of a working set. */
#include "pengine/pe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK (256u * 1024)

struct chunk {
    struct chunk *next;
    size_t used, size;
    max_align_t data[];
};

struct pe_arena {
    struct chunk *chunks;
};

struct pe_arena *pe_arena_new(void)
{
    return g_new0(struct pe_arena, 1);
}

void pe_arena_free(struct pe_arena *a)
{
    while (a->chunks != NULL) {
        struct chunk *next = a->chunks->next;

        g_free(a->chunks);
        a->chunks = next;
    }
    g_free(a);
}

void *pe_arena_alloc(struct pe_arena *a, size_t size)
{
    struct chunk *c = a->chunks;
    void *result;

    size = (size + 15) & ~(size_t)15;
    if (c == NULL || c->size - c->used < size) {
        size_t want = size > CHUNK / 4 ? size : CHUNK;

        c = g_malloc0(sizeof(*c) + want);
        c->size = want;
        if (want == size && a->chunks != NULL) {        /* a large block does not end the current chunk */
            c->next = a->chunks->next;
            a->chunks->next = c;
        } else {
            c->next = a->chunks;
            a->chunks = c;
        }
    }
    result = (char *)c->data + c->used;
    c->used += size;
    return result;
}

void *pe_alloc(pe_sched *s, size_t size)
{
    return pe_arena_alloc(s->arena, size);
}

char *pe_strndup(pe_sched *s, const char *text, size_t n)
{
    char *copy = pe_alloc(s, n + 1);

    memcpy(copy, text, n);
    return copy;
}

char *pe_strdup(pe_sched *s, const char *text)
{
    return text == NULL ? NULL : pe_strndup(s, text, strlen(text));
}

char *pe_printf(pe_sched *s, const char *fmt, ...)
{
    char small[256], *out;
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(small, sizeof(small), fmt, args);
    va_end(args);
    if (n < (int)sizeof(small)) {
        return pe_strndup(s, small, n < 0 ? 0 : (size_t)n);
    }
    out = pe_alloc(s, (size_t)n + 1);
    va_start(args, fmt);
    vsnprintf(out, (size_t)n + 1, fmt, args);
    va_end(args);
    return out;
}

void *pe_grow(pe_sched *s, void *old, uint32_t *cap, uint32_t n, size_t size)
{
    uint32_t bigger = *cap == 0 ? 4 : *cap * 2;
    void *v;

    if (n < *cap) {
        return old;
    }
    v = pe_alloc(s, (size_t)bigger * size);
    if (n > 0) {
        memcpy(v, old, (size_t)n * size);
    }
    *cap = bigger;
    return v;
}

static void merge(void **v, void **tmp, uint32_t n, pe_compare_fn compare, void *arg)
{
    uint32_t half = n / 2, i = 0, j = half, k = 0;

    if (n < 2) {
        return;
    }
    merge(v, tmp, half, compare, arg);
    merge(v + half, tmp, n - half, compare, arg);
    memcpy(tmp, v, half * sizeof(*v));
    while (i < half && j < n) {
        v[k++] = compare(tmp[i], v[j], arg) <= 0 ? tmp[i++] : v[j++];
    }
    while (i < half) {
        v[k++] = tmp[i++];
    }
}

void pe_sort(void **v, uint32_t n, pe_compare_fn compare, void *arg)
{
    void *small[64], **tmp = small;

    if (n < 2) {
        return;
    }
    if (n / 2 > 64) {
        tmp = g_new(void *, n / 2);
    }
    merge(v, tmp, n, compare, arg);
    if (tmp != small) {
        g_free(tmp);
    }
}
