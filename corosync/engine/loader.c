/*
 * Loading and unloading services, and the way of a message between services and ring
 * (services.md 1.5, 7.1, 7.3).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "corosync/engine/clock.h"
#include "corosync/engine/engine.h"

#define UNLOAD_RETRY_MS 10

static struct {
    struct service *loaded[SERVICE_ID_MAX];
    struct icmap_counter *tx[SERVICE_ID_MAX][SERVICE_HANDLERS_MAX];
    struct icmap_counter *rx[SERVICE_ID_MAX][SERVICE_HANDLERS_MAX];
    void (*unloaded)(void);
} loader;

struct service *services_find(int32_t id)
{
    return id >= 0 && id < SERVICE_ID_MAX ? loader.loaded[id] : NULL;
}

bool engine_service_loaded(uint16_t id)
{
    return services_find(id) != NULL;
}

/* "cpg" of "corosync_cpg" */
static const char *short_name(const struct service *service)
{
    const char *prefix = "corosync_";

    return strncmp(service->name, prefix, strlen(prefix)) == 0 ? service->name + strlen(prefix)
                                                               : service->name;
}

static void publish_keys(const struct service *service)
{
    char key[ICMAP_KEY_MAX + 1];

    snprintf(key, sizeof(key), "internal_configuration.service.%u.name", service->id);
    (void)icmap_set_string(engine.map, key, service->name);
    snprintf(key, sizeof(key), "internal_configuration.service.%u.ver", service->id);
    (void)icmap_set_u32(engine.map, key, 0);
    snprintf(key, sizeof(key), "runtime.services.%s.service_id", short_name(service));
    (void)icmap_set_u16(engine.map, key, service->id);
    for (unsigned i = 0; i < service->exec_handler_count && i < SERVICE_HANDLERS_MAX; i++) {
        snprintf(key, sizeof(key), "runtime.services.%s.%u.tx", short_name(service), i);
        loader.tx[service->id][i] = icmap_counter_new(engine.map, key);
        snprintf(key, sizeof(key), "runtime.services.%s.%u.rx", short_name(service), i);
        loader.rx[service->id][i] = icmap_counter_new(engine.map, key);
    }
}

static void delete_keys(const struct service *service)
{
    char prefix[ICMAP_KEY_MAX + 1];
    struct icmap_iter iter;
    const char *key;

    memset(loader.tx[service->id], 0, sizeof(loader.tx[0]));
    memset(loader.rx[service->id], 0, sizeof(loader.rx[0]));
    snprintf(prefix, sizeof(prefix), "internal_configuration.service.%u.", service->id);
    icmap_iter_init(&iter, engine.map, prefix);
    while ((key = icmap_iter_next(&iter, NULL)) != NULL) {
        (void)icmap_delete(engine.map, key);
    }
}

static void update_sync_services(void)
{
    int32_t ids[SERVICE_ID_MAX];
    size_t count = 0;

    for (int32_t id = 0; id < SERVICE_ID_MAX; id++) {
        if (loader.loaded[id] != NULL && loader.loaded[id]->sync_init != NULL) {
            ids[count++] = id;
        }
    }
    ring_set_sync_services(ids, count);
}

const char *engine_service_load(struct service *service)
{
    const char *error;

    if (service->id >= SERVICE_ID_MAX || loader.loaded[service->id] != NULL) {
        return "service id is taken";
    }
    publish_keys(service);
    loader.loaded[service->id] = service;
    error = service->exec_init != NULL ? service->exec_init() : NULL;
    if (error != NULL) {
        loader.loaded[service->id] = NULL;
        delete_keys(service);
        return error;
    }
    update_sync_services();
    log_msg(SUBSYS_SERV, LOG_NOTICE, "Service engine loaded: %s [%u]", service->display_name, service->id);
    if (service->ipc_name != NULL) {
        ipc_service_open(service);
    }
    return NULL;
}

void services_load_all(void)
{
    for (size_t i = 0; service_table[i] != NULL; i++) {
        const char *error = engine_service_load(service_table[i]);

        if (error != NULL) {
            log_msg(SUBSYS_SERV, LOG_ERR, "Service engine '%s' failed to load for reason '%s'",
                    service_table[i]->name, error);
            ENGINE_FAIL(ENGINE_EXIT_SERVICE);
        }
    }
}

void services_check(void)
{
    for (size_t i = 0; service_table[i] != NULL; i++) {
        if (service_table[i]->check != NULL) {
            service_table[i]->check();
        }
    }
}

/* The loaded service that goes next: highest priority number, then lowest id. */
static struct service *next_to_unload(void)
{
    struct service *next = NULL;

    for (int32_t id = 0; id < SERVICE_ID_MAX; id++) {
        if (loader.loaded[id] != NULL && (next == NULL || loader.loaded[id]->priority > next->priority)) {
            next = loader.loaded[id];
        }
    }
    return next;
}

static void unload_step(void *data);

static struct clock_timer unload_timer = {.fn = unload_step};

/* Through a timer, so that the loop handles everything else in between. */
static void unload_again(uint32_t ms)
{
    clock_arm(&unload_timer, ms * 1000000ull);
}

static void unload_step(void *data)
{
    struct service *service = next_to_unload();

    if (service == NULL) {
        loader.unloaded();
        return;
    }
    if (service->exec_exit != NULL && service->exec_exit() != 0) {
        unload_again(UNLOAD_RETRY_MS);
        return;
    }
    if (service->ipc_name != NULL) {
        ipc_service_close(service);
    }
    log_msg(SUBSYS_SERV, LOG_NOTICE, "Service engine unloaded: %s", service->display_name);
    delete_keys(service);
    loader.loaded[service->id] = NULL;
    update_sync_services();
    unload_again(0);
}

void services_unload_all(void (*done)(void))
{
    loader.unloaded = done;
    log_msg(SUBSYS_SERV, LOG_NOTICE, "Unloading all Corosync service engines.");
    unload_again(0);
}

void services_confchg(const struct totem_confchg *change)
{
    for (int32_t id = 0; id < SERVICE_ID_MAX; id++) {
        struct service *service = loader.loaded[id];

        if (service != NULL && service->confchg != NULL) {
            service->confchg(change->transitional, change->members, change->n_members, change->left,
                             change->n_left, change->joined, change->n_joined, &change->ring);
        }
    }
}

void services_dump(void)
{
    for (int32_t id = 0; id < SERVICE_ID_MAX; id++) {
        struct service *service = loader.loaded[id];

        if (service != NULL && service->exec_dump != NULL) {
            service->exec_dump();
        }
    }
}

/* services.md 1.5; never trusts what the message says about itself. */
void services_deliver(uint32_t nodeid, const void *msg, size_t size)
{
    struct req_header header;
    struct service *service;
    const struct exec_handler *handler;
    uint32_t function;

    if (size < sizeof(header)) {
        return;
    }
    memcpy(&header, msg, sizeof(header));
    service = services_find((int32_t)((uint32_t)header.id >> 16));
    function = (uint32_t)header.id & 0xffff;
    if (service == NULL) {
        return;
    }
    if (function >= service->exec_handler_count) {
        log_msg(SUBSYS_SERV, LOG_WARNING, "discarded unknown message %u for service %u (max id %u)", function,
                service->id, service->exec_handler_count);
        return;
    }
    handler = &service->exec_handlers[function];
    if (header.size < 0 || (size_t)header.size != size || size < handler->min_size) {
        log_msg(SUBSYS_SERV, LOG_WARNING,
                "discarded message %u for service %u from node %u with wrong size %zu", function, service->id,
                nodeid, size);
        return;
    }
    icmap_counter_inc(engine.map, loader.rx[service->id][function]);
    handler->fn(msg, size, nodeid);
}

int engine_mcast(const struct iovec *iov, unsigned iov_count)
{
    struct req_header header;
    uint32_t id, function;

    memcpy(&header, iov[0].iov_base, sizeof(header));
    if (ring_mcast(iov, iov_count) != 0) {
        return -1;
    }
    id = (uint32_t)header.id >> 16;
    function = (uint32_t)header.id & 0xffff;
    if (id < SERVICE_ID_MAX && function < SERVICE_HANDLERS_MAX && loader.tx[id][function] != NULL) {
        icmap_counter_inc(engine.map, loader.tx[id][function]);
    }
    return 0;
}
