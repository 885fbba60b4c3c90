/*
 * cpg_slow: a process that sends faster than it reads.
 *
 *   cpg_slow MEGABYTES [send|read]
 *
 * A child sends so much in messages of 200 kB as fast as the daemon takes it; this process reads one message
 * every 20 ms for six seconds, then all. Exit status 0 when every message came, whole and in order. With a
 * second argument only one of both, to run them on two nodes; the sender ends when it is killed.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <corosync/cpg.h>

#define SIZE 200000u
#define SLOW_READS 300

static const struct cpg_name group = {.length = 4, .value = "slow"};
static uint32_t expected; /* number of the next message */
static uint32_t damaged;

static void on_deliver(cpg_handle_t handle, const struct cpg_name *name, uint32_t nodeid, uint32_t pid,
                       void *msg, size_t len)
{
    const uint8_t *bytes = msg;
    uint32_t number;

    memcpy(&number, bytes, sizeof(number));
    damaged += number != expected || len != SIZE || bytes[SIZE - 1] != (uint8_t)number;
    expected = number + 1;
}

static void pause_ms(long ms)
{
    struct timespec time = {.tv_nsec = ms * 1000000};

    nanosleep(&time, NULL);
}

static cpg_handle_t join(cpg_callbacks_t *callbacks)
{
    cpg_handle_t cpg;

    if (cpg_initialize(&cpg, callbacks) != CS_OK || cpg_join(cpg, &group) != CS_OK) {
        fprintf(stderr, "cpg_slow: no process group\n");
        exit(EXIT_FAILURE);
    }
    return cpg;
}

static int send_all(uint32_t count)
{
    static uint8_t bytes[SIZE];
    cpg_callbacks_t callbacks = {0};
    cpg_handle_t cpg = join(&callbacks);
    struct iovec iov = {bytes, SIZE};

    for (uint32_t number = 0; number < count;) {
        memcpy(bytes, &number, sizeof(number));
        bytes[SIZE - 1] = (uint8_t)number;
        cs_error_t error = cpg_mcast_joined(cpg, CPG_TYPE_AGREED, &iov, 1);

        if (error == CS_OK) {
            number++;
        } else if (error == CS_ERR_TRY_AGAIN) {
            cpg_dispatch(cpg, CS_DISPATCH_ALL);
            pause_ms(1);
        } else {
            fprintf(stderr, "cpg_slow: sending: %s\n", cs_strerror(error));
            return EXIT_FAILURE;
        }
        cpg_dispatch(cpg, CS_DISPATCH_ALL);
    }
    while (cpg_dispatch(cpg, CS_DISPATCH_ONE) == CS_OK && getppid() != 1) {
    }
    return EXIT_SUCCESS;
}

static bool read_all(cpg_handle_t cpg, uint32_t count)
{
    for (unsigned reads = 0; expected < count; reads++) {
        cs_error_t error = cpg_dispatch(cpg, CS_DISPATCH_ONE);

        if (error != CS_OK) {
            fprintf(stderr, "cpg_slow: reading: %s after %u messages\n", cs_strerror(error), expected);
            return false;
        }
        if (reads < SLOW_READS) {
            pause_ms(20);
        }
    }
    return damaged == 0;
}

int main(int argc, char **argv)
{
    uint32_t count = (argc > 1 ? (uint32_t)atoi(argv[1]) : 100) * 5;
    cpg_callbacks_t callbacks = {.cpg_deliver_fn = on_deliver};
    const char *role = argc > 2 ? argv[2] : "";

    if (strcmp(role, "send") == 0) {
        return send_all(count);
    }
    cpg_handle_t cpg = join(&callbacks);
    pid_t child = strcmp(role, "read") == 0 ? 0 : fork();

    if (child == 0 && role[0] == '\0') {
        exit(send_all(count));
    }
    bool good = read_all(cpg, count);

    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    printf("%u of %u messages, %u damaged\n", expected, count, damaged);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
