/* Reading whole input files: plain, compressed and standard input. */
#include "config.h"
#include "pacemaker/common/input.h"

#include <bzlib.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "pacemaker/common/xml.h"

/* Up to size bytes into a buffer: how many, 0 at the end, negative on failure. */
typedef int (*read_fn)(void *source, char *buffer, int size);

static int read_plain(void *source, char *buffer, int size)
{
    size_t n = fread(buffer, 1, (size_t)size, source);

    return n == 0 && ferror((FILE *)source) ? -1 : (int)n;
}

static int read_bz2(void *source, char *buffer, int size)
{
    int n = BZ2_bzread(source, buffer, size);

    if (n < 0) {
        errno = EBADMSG;
    }
    return n;
}

/* expected: how many bytes there probably are. */
static char *read_all(read_fn fn, void *source, size_t expected)
{
    size_t size = 0, room = expected < XML_MAX_BYTES ? expected + 65536 : 65536;
    char *text = malloc(room), *more;
    int n;

    while (text != NULL && (n = fn(source, text + size, (int)(room - size - 1))) != 0) {
        size += n > 0 ? (size_t)n : 0;
        if (n < 0 || size > XML_MAX_BYTES) {
            errno = n < 0 ? errno : EFBIG;
            free(text);
            return NULL;
        }
        if (room - size < 2) {
            room *= 2;
            more = realloc(text, room);
            if (more == NULL) {
                free(text);
            }
            text = more;
        }
    }
    if (text != NULL) {
        text[size] = '\0';
    }
    return text;
}

char *input_read_stream(FILE *stream)
{
    struct stat status;
    bool known = fstat(fileno(stream), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;

    return read_all(read_plain, stream, known ? (size_t)status.st_size : 0);
}

static char *read_bz2_file(const char *path)
{
    BZFILE *file = BZ2_bzopen(path, "re");
    char *text;

    if (file == NULL) {
        return NULL;
    }
    text = read_all(read_bz2, file, 0);
    BZ2_bzclose(file);
    return text;
}

static char *read_plain_file(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text;
    int saved;

    if (file == NULL) {
        return NULL;
    }
    text = input_read_stream(file);
    saved = errno;
    fclose(file);
    errno = saved;
    return text;
}

char *input_read_file(const char *path)
{
    size_t n = strlen(path);

    if (strcmp(path, "-") == 0) {
        return input_read_stream(stdin);
    }
    return n > 4 && strcmp(path + n - 4, ".bz2") == 0 ? read_bz2_file(path) : read_plain_file(path);
}
