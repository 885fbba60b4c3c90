/*
 * cpg_speed: how many messages of a size a process group carries.
 *
 *   cpg_speed SECONDS SIZE...
 *
 * For each size: sends as fast as the daemon takes and counts what comes back to this process.
 * Prints "SIZE MESSAGES_PER_SECOND MEGABYTES_PER_SECOND MESSAGES CPU_MICROSECONDS", the last being what this
 * process used. Run it on one node; others may listen with SECONDS 0,
 * which receives until the process is killed.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <corosync/cpg.h>

#define SIZE_LIMIT (1 << 20)

static uint64_t received;      /* our messages of the current size */
static uint32_t current_size;  /* bytes */
static unsigned own_nodeid;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double cpu_seconds(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void on_deliver(cpg_handle_t handle, const struct cpg_name *name, uint32_t nodeid, uint32_t pid,
                       void *msg,
                       size_t len)
{
    received += nodeid == own_nodeid && pid == (uint32_t)getpid() && len == current_size;
}

static void __attribute__((noreturn)) fail(const char *what, cs_error_t error)
{
    fprintf(stderr, "cpg_speed: %s: %s\n", what, cs_strerror(error));
    exit(EXIT_FAILURE);
}

static void dispatch(cpg_handle_t cpg, int fd, int timeout_ms)
{
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};

    if (poll(&pollfd, 1, timeout_ms) > 0) {
        cs_error_t error = cpg_dispatch(cpg, CS_DISPATCH_ALL);

        if (error != CS_OK) {
            fail("cpg_dispatch", error);
        }
    }
}

/*
 * Sends one message and looks at what came in; waits only when there is no room to send. What was
 * sent counts when it has come back, and the time until the last one has counts, too.
 */
static void measure(cpg_handle_t cpg, int fd, uint32_t size, double seconds)
{
    static uint8_t data[SIZE_LIMIT];
    struct iovec iov = {.iov_base = data, .iov_len = size};
    uint64_t sent = 0;

    received = 0;
    current_size = size;
    double cpu = cpu_seconds();
    double start = now();
    double end = start + seconds;

    while (now() < end) {
        cs_error_t error = cpg_mcast_joined(cpg, CPG_TYPE_AGREED, &iov, 1);

        if (error != CS_OK && error != CS_ERR_TRY_AGAIN) {
            fail("cpg_mcast_joined", error);
        }
        sent += error == CS_OK;
        dispatch(cpg, fd, error == CS_OK ? 0 : 1);
    }
    while (received < sent) {
        dispatch(cpg, fd, 1000);
    }
    double elapsed = now() - start;

    printf("%8u %10.0f %8.1f %10" PRIu64 " %10.0f\n", size, (double)received / elapsed,
           (double)received * size / elapsed / 1e6, received, (cpu_seconds() - cpu) * 1e6);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    cpg_callbacks_t callbacks = {.cpg_deliver_fn = on_deliver};
    struct cpg_name group = {.length = 9, .value = "cpg_speed"};
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 1;
    cpg_handle_t cpg;
    int fd;

    cs_error_t error = cpg_initialize(&cpg, &callbacks);

    if (error != CS_OK) {
        fail("cpg_initialize", error);
    }
    error = cpg_join(cpg, &group);
    if (error != CS_OK) {
        fail("cpg_join", error);
    }
    cpg_fd_get(cpg, &fd);
    cpg_local_get(cpg, &own_nodeid);
    while (seconds <= 0) {
        dispatch(cpg, fd, 1000);
    }
    for (int i = 2; i < argc; i++) {
        unsigned long size = strtoul(argv[i], NULL, 10);

        if (size > SIZE_LIMIT) {
            fprintf(stderr, "cpg_speed: size %s is more than %d\n", argv[i], SIZE_LIMIT);
            return EXIT_FAILURE;
        }
        measure(cpg, fd, (uint32_t)size, seconds);
    }
    cpg_finalize(cpg);
    return EXIT_SUCCESS;
}
