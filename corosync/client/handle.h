/*
 * Handles of the client libraries: numbers that stand for objects, checked, counted, thread-safe.
 */
#ifndef COROSYNC_CLIENT_HANDLE_H
#define COROSYNC_CLIENT_HANDLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <corosync/corotypes.h>

struct handle_slot;

/* Use HANDLE_TABLE_INIT; `destroy` gets an object when it is removed and nobody uses it any more. */
struct handle_table {
    pthread_mutex_t lock;
    struct handle_slot *slots;
    uint32_t slot_count;
    uint32_t last_check; /* of the handle created last; a handle is never 0 */
    void (*destroy)(void *object);
};

#define HANDLE_TABLE_INIT(destroy_fn) {.lock = PTHREAD_MUTEX_INITIALIZER, .destroy = (destroy_fn)}

/* Live handles a process may have in one table. */
#define HANDLES_MAX 8192

/* CS_OK, or CS_ERR_NO_MEMORY or CS_ERR_NO_RESOURCES and the object is still the caller's. */
cs_error_t handle_add(struct handle_table *table, void *object, uint64_t *handle);

/* The object, which stays until handle_put(); NULL when the handle is unknown or removed. */
void *handle_get(struct handle_table *table, uint64_t handle);
void handle_put(struct handle_table *table, uint64_t handle);

/* The handle is unknown from now on. False when it already was. */
bool handle_remove(struct handle_table *table, uint64_t handle);

/* Between get and put: whether somebody removed the handle. */
bool handle_is_removed(struct handle_table *table, uint64_t handle);

#endif
