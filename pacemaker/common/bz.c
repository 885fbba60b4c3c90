/* bzip2 helpers (bz.h). */
#include "config.h"

#include "pacemaker/common/bz.h"
#include <bzlib.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define BZ_BLOCKS 4
#define BZ_WORK_FACTOR 20

int bz_compress(const void *data, size_t size, size_t limit, char **out, size_t *out_size)
{
    size_t bound = size + size / 100 + 601;
    unsigned int length = (unsigned int)(bound < limit ? bound : limit);

    if (size > UINT_MAX / 2) {
        return -EMSGSIZE;
    }
    char *buffer = malloc(length > 0 ? length : 1);

    if (buffer == NULL) {
        return -ENOMEM;
    }
    int rc = BZ2_bzBuffToBuffCompress(buffer, &length, (char *)data, (unsigned int)size, BZ_BLOCKS, 0,
                                      BZ_WORK_FACTOR);

    if (rc != BZ_OK) {
        free(buffer);
        return rc == BZ_MEM_ERROR ? -ENOMEM : -EMSGSIZE;
    }
    *out = buffer;
    *out_size = length;
    return 0;
}

int bz_decompress_text(const void *data, size_t size, size_t text_size, char **text)
{
    unsigned int length = (unsigned int)text_size;

    if (text_size == 0 || text_size > INT_MAX || size > INT_MAX) {
        return -EBADMSG;
    }
    char *buffer = malloc(text_size);

    if (buffer == NULL) {
        return -ENOMEM;
    }
    int rc = BZ2_bzBuffToBuffDecompress(buffer, &length, (char *)data, (unsigned int)size, 0, 0);

    if (rc != BZ_OK || length != text_size || memchr(buffer, '\0', text_size) != buffer + text_size - 1) {
        free(buffer);
        return -EBADMSG;
    }
    *text = buffer;
    return 0;
}
