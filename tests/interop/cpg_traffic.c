/*
 * cpg_traffic: sends messages of known content to a process group and checks what arrives.
 *
 *   cpg_traffic GROUP PROCESSES MESSAGES MIN_SIZE MAX_SIZE [SEED]
 *
 * Joins the group, waits until it has PROCESSES members, sends MESSAGES messages of sizes
 * between MIN_SIZE and MAX_SIZE, and receives those of all members. Prints "order DIGEST": equal
 * digests mean that two processes received the same messages in the same order. Exits with 1 at
 * the first wrong byte, lost or repeated message.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <corosync/cpg.h>

#define PROCESSES_MAX 128
#define SIZE_MAX_BYTES (64 << 20)

struct peer {
    uint32_t nodeid;
    uint32_t pid;
    uint32_t received;
};

static struct {
    uint32_t processes;
    uint32_t messages;
    uint32_t min_size; /* bytes */
    uint32_t max_size;
    uint32_t seed;
} settings;

static struct peer peers[PROCESSES_MAX];
static size_t n_peers;
static size_t n_members;
static uint64_t n_received;
static uint64_t order_digest = UINT64_C(0xcbf29ce484222325);
static struct cpg_name group;

static void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "cpg_traffic: ");
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(EXIT_FAILURE);
}

/* ---- content ---- */

static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* What the message number `sequence` of a process is made from. */
static uint64_t message_seed(uint32_t nodeid, uint32_t pid, uint32_t sequence)
{
    return mix(mix((uint64_t)nodeid << 32 | pid) ^ ((uint64_t)settings.seed << 32 | sequence));
}

/* Sizes are spread evenly over powers of two, so that small ones are not rare. */
static uint32_t message_size(uint64_t seed)
{
    uint64_t range = (uint64_t)settings.max_size - settings.min_size + 1;
    unsigned bits = 0;

    while ((range >> bits) > 1) {
        bits++;
    }
    uint64_t limit = (uint64_t)1 << (mix(seed) % (bits + 1));

    return settings.min_size + (uint32_t)(mix(seed + 1) % (limit < range ? limit + 1 : range));
}

static void message_fill(uint8_t *bytes, uint32_t size, uint64_t seed)
{
    for (uint32_t at = 0; at < size; at += 8) {
        uint64_t word = mix(seed + at);

        memcpy(bytes + at, &word, size - at < 8 ? size - at : 8);
    }
}

/* ---- receiving ---- */

static struct peer *peer_find(uint32_t nodeid, uint32_t pid)
{
    for (size_t i = 0; i < n_peers; i++) {
        if (peers[i].nodeid == nodeid && peers[i].pid == pid) {
            return &peers[i];
        }
    }
    if (n_peers == PROCESSES_MAX) {
        fail("more than %d processes", PROCESSES_MAX);
    }
    peers[n_peers] = (struct peer){.nodeid = nodeid, .pid = pid};
    return &peers[n_peers++];
}

static void digest_add(uint64_t value)
{
    order_digest = (order_digest ^ value) * UINT64_C(0x100000001b3);
}

static void on_deliver(cpg_handle_t handle, const struct cpg_name *name, uint32_t nodeid, uint32_t pid,
                       void *msg,
                       size_t len)
{
    static uint8_t *expected;
    struct peer *peer = peer_find(nodeid, pid);
    uint64_t seed = message_seed(nodeid, pid, peer->received);
    uint32_t size = message_size(seed);

    if (expected == NULL) {
        expected = malloc((size_t)settings.max_size + 8);
    }
    if (len != size) {
        fail("message %u of %u/%u has %zu bytes instead of %u", peer->received, nodeid, pid, len, size);
    }
    message_fill(expected, size, seed);
    if (memcmp(expected, msg, len) != 0) {
        fail("message %u of %u/%u (%zu bytes) has wrong content", peer->received, nodeid, pid, len);
    }
    digest_add((uint64_t)nodeid << 32 | pid);
    digest_add(peer->received);
    peer->received++;
    n_received++;
}

static void on_confchg(cpg_handle_t handle, const struct cpg_name *name, const struct cpg_address *members,
                       size_t member_count, const struct cpg_address *left, size_t left_count,
                       const struct cpg_address *joined, size_t joined_count)
{
    n_members = member_count;
    for (size_t i = 0; i < left_count; i++) {
        const struct peer *peer = peer_find(left[i].nodeid, left[i].pid);

        if (peer->received != settings.messages) {
            fail("%u/%u left after %u messages", left[i].nodeid, left[i].pid, peer->received);
        }
    }
}

/* ---- sending ---- */

/* False when the daemon has no room now. */
static bool message_send(cpg_handle_t cpg, uint32_t nodeid, uint32_t sequence)
{
    static uint8_t *bytes;
    uint64_t seed = message_seed(nodeid, (uint32_t)getpid(), sequence);
    uint32_t size = message_size(seed);
    uint32_t half = size / 2;

    if (bytes == NULL) {
        bytes = malloc((size_t)settings.max_size + 8);
    }
    message_fill(bytes, size, seed);
    struct iovec iov[2] = {{.iov_base = bytes, .iov_len = half},
                           {.iov_base = bytes + half, .iov_len = size - half}};
    cs_error_t error = cpg_mcast_joined(cpg, CPG_TYPE_AGREED, iov, 2);

    if (error != CS_OK && error != CS_ERR_TRY_AGAIN && error != CS_ERR_INTERRUPT) {
        fail("cpg_mcast_joined: %s", cs_strerror(error));
    }
    return error == CS_OK;
}

static void dispatch(cpg_handle_t cpg, int fd, int timeout_ms)
{
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};

    if (poll(&pollfd, 1, timeout_ms) < 0 && errno != EINTR) {
        fail("poll: %s", strerror(errno));
    }
    cs_error_t error = cpg_dispatch(cpg, CS_DISPATCH_ALL);

    if (error != CS_OK) {
        fail("cpg_dispatch: %s", cs_strerror(error));
    }
}

static void run(cpg_handle_t cpg)
{
    uint32_t sent = 0;
    unsigned nodeid;
    int fd;

    if (cpg_fd_get(cpg, &fd) != CS_OK || cpg_local_get(cpg, &nodeid) != CS_OK) {
        fail("no descriptor or node id");
    }
    while (n_members < settings.processes) {
        dispatch(cpg, fd, 1000);
    }
    while (n_received < (uint64_t)settings.messages * settings.processes) {
        bool room = sent < settings.messages && message_send(cpg, nodeid, sent);

        sent += room;
        dispatch(cpg, fd, room ? 0 : 10);
    }
    printf("order %016" PRIx64 "\n", order_digest);
}

static uint32_t argument(const char *text, uint32_t max)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (end == text || *end != '\0' || number > max) {
        fail("%s is not a number up to %u", text, max);
    }
    return (uint32_t)number;
}

int main(int argc, char **argv)
{
    cpg_callbacks_t callbacks = {.cpg_deliver_fn = on_deliver, .cpg_confchg_fn = on_confchg};
    cpg_handle_t cpg;
    cs_error_t error;

    if (argc < 6 || argc > 7 || strlen(argv[1]) > CPG_MAX_NAME_LENGTH) {
        fail("usage: GROUP PROCESSES MESSAGES MIN_SIZE MAX_SIZE [SEED]");
    }
    settings.processes = argument(argv[2], PROCESSES_MAX);
    settings.messages = argument(argv[3], UINT32_MAX);
    settings.min_size = argument(argv[4], SIZE_MAX_BYTES);
    settings.max_size = argument(argv[5], SIZE_MAX_BYTES);
    settings.seed = argc > 6 ? argument(argv[6], UINT32_MAX) : 1;
    if (settings.max_size < settings.min_size) {
        fail("MAX_SIZE is less than MIN_SIZE");
    }
    group.length = (uint32_t)strlen(argv[1]);
    memcpy(group.value, argv[1], group.length);

    error = cpg_initialize(&cpg, &callbacks);
    if (error != CS_OK) {
        fail("cpg_initialize: %s", cs_strerror(error));
    }
    do {
        error = cpg_join(cpg, &group);
    } while (error == CS_ERR_TRY_AGAIN && usleep(10000) == 0);
    if (error != CS_OK) {
        fail("cpg_join: %s", cs_strerror(error));
    }
    run(cpg);
    cpg_finalize(cpg);
    return EXIT_SUCCESS;
}
