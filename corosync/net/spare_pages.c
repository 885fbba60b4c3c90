/*
 * libknet fills some 70 MB when a handle is made and uses little of it: half are cleared buffers, the other
 * half one table of two million equal entries. Both are given back without changing what anybody reads:
 *
 *   pages of zeros    are dropped; the kernel hands out a page of zeros when they are read again;
 *   equal pages       in a long row become private mappings of one small file with that content; a page that
 * is written gets a copy of its own, as always.
 *
 * Each host that is added brings another 2 MB of cleared buffers, of which few are ever used.
 */
#include "config.h"

#include <limits.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "corosync/net/transport.h"

/* Bytes: libqb's buffers for clients are not in the heap, where calloc() would touch them, ... */
#define MMAP_THRESHOLD (1 << 20)
/* ... those of messages are, and are not given back after each of them. */
#define TRIM_THRESHOLD (8 << 20)

#ifndef __SANITIZE_ADDRESS__

#define CHUNK_PAGES 64                  /* length of the shared file */
#define EQUAL_PAGES_MIN 1024            /* shorter rows are left alone */
#define ZERO_PAGES_MIN 16               /* in memory that other threads know: what lies among data stays */

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24         /* Linux 5.18 */
#endif

static size_t page_size;

static bool is_zero(const unsigned char *page)
{
    return page[0] == 0 && memcmp(page, page + 1, page_size - 1) == 0;
}

/* Locked pages, too. */
static void drop(unsigned char *start, unsigned char *end, size_t pages_min)
{
    if (end >= start + pages_min * page_size &&
        madvise(start, (size_t)(end - start), MADV_DONTNEED_LOCKED) != 0) {
        (void)madvise(start, (size_t)(end - start), MADV_DONTNEED);
    }
}

/* Rows of at least so many pages of zeros. */
static void drop_zero_pages(unsigned char *start, unsigned char *end, size_t pages_min)
{
    unsigned char *run = start;

    for (unsigned char *page = start; page < end; page += page_size) {
        if (!is_zero(page)) {
            drop(run, page, pages_min);
            run = page + page_size;
        }
    }
    drop(run, end, pages_min);
}

/* A file of CHUNK_PAGES copies of the page, -1 on failure. */
static int chunk_file(const unsigned char *page)
{
    int fd = memfd_create("corosync-pages", MFD_CLOEXEC);

    for (unsigned i = 0; fd >= 0 && i < CHUNK_PAGES; i++) {
        if (write(fd, page, page_size) != (ssize_t)page_size) {
            close(fd);
            fd = -1;
        }
    }
    return fd;
}

static void share(unsigned char *start, unsigned char *end)
{
    size_t chunk = CHUNK_PAGES * page_size;
    int fd = chunk_file(start);

    if (fd < 0) {
        return;
    }
    for (; start + chunk <= end; start += chunk) {
        if (mmap(start, chunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED) {
            break;
        }
    }
    close(fd);
}

static void share_equal_pages(unsigned char *start, unsigned char *end)
{
    unsigned char *run = start;

    for (unsigned char *page = start + page_size; page <= end; page += page_size) {
        if (page < end && memcmp(run, page, page_size) == 0) {
            continue;
        }
        if (page - run >= (ptrdiff_t)(EQUAL_PAGES_MIN * page_size) && !is_zero(run)) {
            share(run, page);
        }
        run = page;
    }
}

#endif

void net_spare_pages(void)
{
#ifndef __SANITIZE_ADDRESS__
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];

    page_size = (size_t)sysconf(_SC_PAGESIZE);
    while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
        unsigned long start, end;

        if (strstr(line, "[heap]") != NULL && sscanf(line, "%lx-%lx", &start, &end) == 2) {
            share_equal_pages((unsigned char *)start, (unsigned char *)end);
            drop_zero_pages((unsigned char *)start, (unsigned char *)end, 1);
            break;
        }
    }
    if (maps != NULL) {
        fclose(maps);
    }
#endif
}

/* The end of the heap, where large blocks go from now on, too. */
void *net_heap_begin(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, INT_MAX);
    (void)malloc_trim(0);
    return sbrk(0);
}

void net_heap_end(void *heap_end)
{
#ifndef __SANITIZE_ADDRESS__
    uintptr_t page_mask;

    page_size = (size_t)sysconf(_SC_PAGESIZE);
    page_mask = page_size - 1;
    drop_zero_pages((unsigned char *)(((uintptr_t)heap_end + page_mask) & ~page_mask),
                    (unsigned char *)((uintptr_t)sbrk(0) & ~page_mask), ZERO_PAGES_MIN);
#endif
    (void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
    (void)mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD);
}
