/*
 * libknet fills some 70 MB when a handle is made and uses little of it: half are cleared buffers, the other
 * half one table of two million equal entries. Both are given back without changing what anybody reads:
 *
 *   pages of zeros    are dropped; the kernel hands out a page of zeros when they are read again;
 *   equal pages       in a long row become private mappings of one small file with that content; a page that
 * is written gets a copy of its own, as always.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "corosync/net/transport.h"

#ifndef __SANITIZE_ADDRESS__

#define CHUNK_PAGES 64                  /* length of the shared file */
#define EQUAL_PAGES_MIN 1024            /* shorter rows are left alone */

static size_t page_size;

static bool is_zero(const unsigned char *page)
{
    return page[0] == 0 && memcmp(page, page + 1, page_size - 1) == 0;
}

static void drop(unsigned char *start, unsigned char *end)
{
    if (end > start) {
        (void)madvise(start, (size_t)(end - start), MADV_DONTNEED);
    }
}

static void drop_zero_pages(unsigned char *start, unsigned char *end)
{
    unsigned char *run = start;

    for (unsigned char *page = start; page < end; page += page_size) {
        if (!is_zero(page)) {
            drop(run, page);
            run = page + page_size;
        }
    }
    drop(run, end);
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
            drop_zero_pages((unsigned char *)start, (unsigned char *)end);
            break;
        }
    }
    if (maps != NULL) {
        fclose(maps);
    }
#endif
}
