/*
 * ipc_damage: sends requests with wild numbers, sizes and contents to every service of the daemon on this
 * host.
 *
 *   ipc_damage [ROUNDS [SEED]]
 *
 * The daemon may refuse or ignore each of them; a refused connection afterwards means that it died (exit
 * status 1).
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qb/qbipcc.h>

#define BUFFER 1048576u
#define REQUESTS 30                     /* on one connection */
#define WAIT_MS 2

struct header {
    int32_t id;
    int32_t pad0;
    int32_t size;
    int32_t pad1;
};

static unsigned seed = 1;

static unsigned number(unsigned below)
{
    return (unsigned)rand_r(&seed) % below;
}

/* Mostly a number the service knows, so that its handlers are reached. kill_node and try_shutdown would end
 * the test. */
static int32_t choose_id(const char *service)
{
    int32_t id = number(8) == 0 ? (int32_t)rand_r(&seed) : (int32_t)number(16) - 1;

    return strcmp(service, "cfg") == 0 && (id == 2 || id == 3) ? 6 : id;
}

static int32_t choose_size(size_t len)
{
    switch (number(10)) {
    case 0:
        return (int32_t)number(32);
    case 1:
        return (int32_t)rand_r(&seed);
    case 2:
        return -5;
    case 3:
        return (int32_t)len + 100000;
    default:
        return (int32_t)len;
    }
}

static int attack(const char *service, unsigned char *buffer)
{
    qb_ipcc_connection_t *connection = qb_ipcc_connect(service, BUFFER);
    unsigned char answer[65536];

    if (connection == NULL) {
        fprintf(stderr, "ipc_damage: cannot connect to %s: %s\n", service, strerror(errno));
        return -1;
    }
    for (int i = 0; i < REQUESTS; i++) {
        size_t len = sizeof(struct header) + number(400);
        struct header header = {.id = choose_id(service), .size = choose_size(len)};

        for (size_t at = 0; at < len; at++) {
            buffer[at] = (unsigned char)number(256);
        }
        memcpy(buffer, &header, sizeof(header));
        if (qb_ipcc_send(connection, buffer, len) > 0) {
            (void)qb_ipcc_recv(connection, answer, sizeof(answer), WAIT_MS);
        }
    }
    qb_ipcc_disconnect(connection);
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const services[] = {"cmap", "cfg", "cpg", "quorum", "votequorum"};
    int rounds = argc > 1 ? atoi(argv[1]) : 20;
    unsigned char *buffer = calloc(1, BUFFER);

    if (argc > 2) {
        seed = (unsigned)strtoul(argv[2], NULL, 10);
    }
    for (int round = 0; buffer != NULL && round < rounds; round++) {
        for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
            if (attack(services[i], buffer) != 0) {
                free(buffer);
                return EXIT_FAILURE;
            }
        }
    }
    free(buffer);
    return EXIT_SUCCESS;
}
