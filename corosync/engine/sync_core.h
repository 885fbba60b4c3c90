/*
 * Synchronisation of the services after a membership change: a pure core (services.md 2).
 *
 * Inputs are the functions that take a struct sync, outputs the calls of struct sync_ops, made while an input
 * is processed. Messages are the bodies of totem's group "sync".
 */
#ifndef COROSYNC_ENGINE_SYNC_CORE_H
#define COROSYNC_ENGINE_SYNC_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "corosync/totem/totem.h"

#define SYNC_SERVICES_MAX 128           /* of the union of all nodes' services */

struct sync;

struct sync_ops {
    /* Multicast in group "sync". 0, or -1 when there is no room: the core tries again at the next token. */
    int (*send)(void *ctx, const void *msg, size_t len);
    /* The callbacks of local services; never called for services only other nodes have. */
    void (*init)(void *ctx, int32_t service, const uint32_t *trans, size_t trans_count,
                 const uint32_t *members, size_t member_count, const struct totem_ring *ring);
    int (*process)(void *ctx, int32_t service);     /* 0 = done, other = again at the next token */
    void (*activate)(void *ctx, int32_t service);
    void (*abort)(void *ctx, int32_t service);
    /* Call sync_token() after the next token. May be asked several times. */
    void (*want_token)(void *ctx);
    /* All services are synchronised. */
    void (*complete)(void *ctx);
};

/* NULL when out of memory. In progress from the beginning until the first completion. */
struct sync *sync_new(const struct sync_ops *ops, void *ctx);
void sync_free(struct sync *sync);

/* The local services that take part, ascending ids, at most SYNC_SERVICES_MAX. Taken at the next regular
 * change. */
void sync_set_services(struct sync *sync, const int32_t *ids, size_t count);

void sync_confchg(struct sync *sync, bool transitional, const uint32_t *members, size_t member_count,
                  const struct totem_ring *ring);
/* Anything malformed or of another ring is dropped. */
void sync_message(struct sync *sync, uint32_t from, const void *msg, size_t len);
void sync_token(struct sync *sync);

bool sync_in_progress(const struct sync *sync);

#endif
