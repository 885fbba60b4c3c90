/*
 * libknet clears some 70 MB of buffers when a handle is made, and uses a few of them. Heap pages that hold nothing
 * but zeros are given back to the kernel: reading them yields zeros again, so nobody can tell the difference.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "corosync/net/transport.h"

#ifndef __SANITIZE_ADDRESS__
static bool is_zero(const unsigned char *page, size_t size)
{
    return page[0] == 0 && memcmp(page, page + 1, size - 1) == 0;
}

static void release_run(unsigned char *start, unsigned char *end)
{
    if (end > start) {
        (void)madvise(start, (size_t)(end - start), MADV_DONTNEED);
    }
}

static void release_zero_pages(unsigned char *start, unsigned char *end)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *run = start;

    for (unsigned char *page = start; page < end; page += size) {
        if (!is_zero(page, size)) {
            release_run(run, page);
            run = page + size;
        }
    }
    release_run(run, end);
}
#endif

void net_release_zero_pages(void)
{
#ifndef __SANITIZE_ADDRESS__
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];

    while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
        unsigned long start, end;

        if (strstr(line, "[heap]") != NULL && sscanf(line, "%lx-%lx", &start, &end) == 2) {
            release_zero_pages((unsigned char *)start, (unsigned char *)end);
        }
    }
    if (maps != NULL) {
        fclose(maps);
    }
#endif
}
