/*
 * Feeds the services with requests of clients and messages of nodes as an attacker would make them.
 *
 * The input is a list of steps: a byte that chooses what happens, a byte with service and
 * connection, a byte with the function, two bytes of length, and that many bytes of message.
 * Most messages are cut or filled to a size that their handler takes.
 *
 * fuzz-sources: tests/unit/engine_mock.c corosync/services/*.c corosync/engine/icmap.c
 * fuzz-sources: corosync/client/common.c
 * fuzz-flags: -lqb
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "corosync/services/services.h"
#include "tests/unit/engine_mock.h"

#define CONNS 4 /* of each service */
#define STEPS_MAX 200

static struct service *const services[] = {&cmap_service, &cfg_service, &cpg_service, &quorum_service,
                                           &votequorum_service};

#define SERVICES (sizeof(services) / sizeof(services[0]))

static struct ipc_conn *conns[SERVICES][CONNS];

static void start_once(void)
{
    static bool started;

    if (started) {
        return;
    }
    started = true;
    mock_start();
    icmap_set_string(engine_map(), "quorum.provider", "corosync_votequorum");
    icmap_set_u32(engine_map(), "nodelist.local_node_pos", 0);
    icmap_set_u32(engine_map(), "nodelist.node.0.nodeid", MOCK_NODEID);
    for (size_t i = 0; service_table[i] != NULL; i++) {
        if (service_table[i] != &wd_service && mock_load(service_table[i]) != NULL) {
            abort();
        }
    }
}

static void synchronise(uint8_t shape)
{
    const uint32_t members[] = {MOCK_NODEID, 2, 3};
    const struct totem_ring ring = {.rep = MOCK_NODEID, .seq = 8};
    size_t count = 1 + shape % 3;
    size_t trans = 1 + (shape / 3) % count;

    for (size_t i = 0; i < SERVICES; i++) {
        if (services[i]->sync_init != NULL) {
            services[i]->sync_init(members, trans, members, count, &ring);
            services[i]->sync_process();
            mock_deliver();
            if ((shape & 0x80) != 0) {
                services[i]->sync_abort();
            } else {
                services[i]->sync_activate();
            }
        }
    }
}

/* A message as the engine hands it on: its header says its size, which is from min to max (0 = any). */
static void *message_make(int32_t id, const uint8_t *data, size_t length, size_t min, size_t max,
                          size_t *size)
{
    *size = length + sizeof(struct req_header);
    if (*size < min) {
        *size = min;
    }
    if (max != 0 && *size > max) {
        *size = max;
    }
    uint8_t *message = calloc(1, *size);
    struct req_header header = {.id = id, .size = (int32_t)*size};

    memcpy(message, &header, sizeof(header));
    if (length > *size - sizeof(header)) {
        length = *size - sizeof(header);
    }
    if (length > 0) {
        memcpy(message + sizeof(header), data, length);
    }
    return message;
}

static void send_message(struct service *service, uint8_t function, const uint8_t *data, size_t length)
{
    unsigned fn = function % 8;
    bool fit = (function & 0x20) == 0 && fn < service->exec_handler_count;
    size_t size;

    /* a kill of this node ends the process, as it must */
    if (service == &cfg_service && fn == 1) {
        return;
    }
    void *message = message_make(SERVICE_EXEC_ID(service->id, fn), data, length,
                                 fit ? service->exec_handlers[fn].min_size : 0, 0, &size);

    mock_message(service, message, size, 1 + function / 64);
    free(message);
}

static void send_request(struct ipc_conn *conn, struct service *service, uint8_t function,
                         const uint8_t *data,
                         size_t length)
{
    unsigned fn = function % 16;
    bool fit = (function & 0x80) == 0 && fn < service->lib_handler_count;
    const struct lib_handler *handler = fit ? &service->lib_handlers[fn] : NULL;
    size_t size;

    if (service == &cfg_service && fn == 2) {
        return;
    }
    void *message = message_make((int32_t)fn, data, length, fit ? handler->min_size : 0,
                                 fit ? handler->max_size : 0, &size);

    mock_request(conn, message, size);
    free(message);
}

static void step(uint8_t action, uint8_t which, uint8_t function, const uint8_t *data, size_t length)
{
    size_t s = which % SERVICES;
    struct ipc_conn **conn = &conns[s][(which / SERVICES) % CONNS];

    switch (action % 8) {
    case 0:
        if (*conn != NULL) {
            mock_disconnect(*conn);
            *conn = NULL;
        }
        break;
    case 1:
        mock_deliver();
        break;
    case 2:
        mock_timers_fire();
        break;
    case 3:
        synchronise(function);
        break;
    case 4:
        mock_room((function & 1) != 0);
        break;
    case 5:
        send_message(services[s], function, data, length);
        break;
    default:
        if (*conn == NULL) {
            *conn = mock_connect(services[s]);
        }
        send_request(*conn, services[s], function, data, length);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    start_once();
    mock_room(true);
    for (unsigned i = 0; i < STEPS_MAX && size >= 5; i++) {
        size_t length = (size_t)data[3] << 8 | data[4];

        length = length < size - 5 ? length : size - 5;
        step(data[0], data[1], data[2], data + 5, length);
        data += 5 + length;
        size -= 5 + length;
    }
    for (size_t s = 0; s < SERVICES; s++) {
        for (size_t c = 0; c < CONNS; c++) {
            if (conns[s][c] != NULL) {
                mock_disconnect(conns[s][c]);
                conns[s][c] = NULL;
            }
        }
    }
    mock_room(true);
    mock_timers_fire();
    mock_deliver();
    return 0;
}
