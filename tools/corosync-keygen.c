/*
 * corosync-keygen: writes a file of random bytes, the key that the nodes of a cluster share.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/corosync_number.h"

#define KEY_FILE SYSCONFDIR "/corosync/authkey"
#define RANDOM_FILE "/dev/urandom"
#define KEY_MIN 128 /* bytes */
#define KEY_MAX 4096
#define KEY_DEFAULT 256

/* Exit statuses. */
enum {
    EXIT_ARGUMENTS = 1, /* also: no random numbers */
    EXIT_CREATE = 2,
    EXIT_MODE = 3,
    EXIT_WRITE = 4,
    EXIT_CLOSE = 5,
};

static const char usage[] =
    "Usage: corosync-keygen [-k <keyfile>] [-s size] [-r <randomfile>] [-l] [-h]\n"
    "     -k / --key-file=<filename> -  File to write, instead of " KEY_FILE ".\n"
    "     -r / --random-file=<filename> -  Source of random numbers, instead of " RANDOM_FILE ".\n"
    "     -s / --size=<bytes> -  Length of the key, 128 to 4096 bytes; 256 if not given.\n"
    "     -l / --less-secure -  Accepted for compatibility, has no effect.\n"
    "     -h / --help -  Print this help.\n";

static void __attribute__((noreturn)) fail(int status, const char *what, const char *file)
{
    fprintf(stderr, "corosync-keygen: %s%s: %s\n", what, file, strerror(errno));
    exit(status);
}

/* Fills the key; a source that ends is no source. */
static void key_gather(uint8_t *key, size_t size, const char *file)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        fail(EXIT_ARGUMENTS, "Failed to open random source", "");
    }
    for (size_t have = 0; have < size;) {
        ssize_t got = read(fd, key + have, size - have);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            fail(EXIT_ARGUMENTS, "Could not read random source ", file);
        }
        if (got == 0) {
            fprintf(stderr, "corosync-keygen: Random source %s ended after %zu of %zu bytes\n", file, have,
                    size);
            exit(EXIT_ARGUMENTS);
        }
        have += (size_t)got;
    }
    close(fd);
}

static void key_write(const uint8_t *key, size_t size, const char *file)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0) {
        fail(EXIT_CREATE, "Could not create ", file);
    }
    if (fchmod(fd, 0400) != 0) {
        fail(EXIT_MODE, "Failed to set key file permissions to 0400 on ", file);
    }
    printf("Writing corosync key to %s.\n", file);
    for (size_t written = 0; written < size;) {
        ssize_t wrote = write(fd, key + written, size - written);

        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote < 0) {
            fail(EXIT_WRITE, "Could not write ", file);
        }
        written += (size_t)wrote;
    }
    if (fsync(fd) != 0 && errno != EINVAL && errno != EROFS) {
        fail(EXIT_WRITE, "Could not write ", file);
    }
    if (close(fd) != 0) {
        fail(EXIT_CLOSE, "Could not close ", file);
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"key-file", required_argument, NULL, 'k'}, {"random-file", required_argument, NULL, 'r'},
        {"less-secure", no_argument, NULL, 'l'},    {"size", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
    };
    const char *key_file = KEY_FILE;
    const char *random_file = RANDOM_FILE;
    long long size = KEY_DEFAULT;
    uint8_t key[KEY_MAX];
    int option;

    while ((option = getopt_long(argc, argv, "k:r:s:lh", options, NULL)) != -1) {
        switch (option) {
        case 'k':
            key_file = optarg;
            break;
        case 'r':
            random_file = optarg;
            break;
        case 's':
            if (!number_parse(optarg, KEY_MIN, KEY_MAX, &size)) {
                fprintf(stderr, "corosync-keygen: Unsupported key size (supported <%d,%d>)\n\n", KEY_MIN,
                        KEY_MAX);
                return EXIT_ARGUMENTS;
            }
            break;
        case 'l':
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs("Error parsing command line options.\n", stderr);
            return EXIT_ARGUMENTS;
        }
    }
    printf("Corosync Cluster Engine Authentication key generator.\n");
    printf("Gathering %lld bits for key from %s.\n", size * 8, random_file);
    fflush(stdout);
    key_gather(key, (size_t)size, random_file);
    key_write(key, (size_t)size, key_file);
    return 0;
}
