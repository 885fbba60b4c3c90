/*
 * The sync protocol (sync_core.h): build the union of services, then for each one process, barrier, activate.
 */
#include "corosync/engine/sync_core.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum message_id { MESSAGE_BARRIER = 0, MESSAGE_BUILD = 1 };

/* Ring id on the wire: 12 bytes, packed. */
struct wire_ring {
    uint32_t rep;
    uint64_t seq;
} __attribute__((packed));

struct wire_header {
    int32_t id;
    int32_t pad0;
    int32_t size;
    int32_t pad1;
    struct wire_ring ring;
    int32_t pad2;
} __attribute__((packed));

struct wire_build {
    struct wire_header header;
    int32_t entries;
    int32_t pad;
    int32_t services[SYNC_SERVICES_MAX];
} __attribute__((packed));

_Static_assert(sizeof(struct wire_header) == 32, "barrier is 32 bytes");
_Static_assert(sizeof(struct wire_build) == 552, "service build is 552 bytes");

enum phase { PHASE_BUILD, PHASE_PROCESS, PHASE_BARRIER };

struct member {
    uint32_t nodeid;
    bool received;                      /* its message of this phase has arrived */
};

struct sync_service {
    int32_t id;
    bool local;                         /* false: only other nodes have it */
};

struct sync {
    const struct sync_ops *ops;
    void *ctx;
    bool in_progress;
    enum phase phase;
    struct wire_ring ring;              /* zero = nothing is accepted */
    struct member members[TOTEM_MAX_NODES];
    size_t member_count;
    uint32_t trans[TOTEM_MAX_NODES];
    size_t trans_count;
    int32_t local[SYNC_SERVICES_MAX];
    size_t local_count;
    struct sync_service services[SYNC_SERVICES_MAX];
    size_t service_count;
    size_t index;                       /* of the service being synchronised */
    bool send_pending;                  /* this phase's message did not fit the queue */
};

struct sync *sync_new(const struct sync_ops *ops, void *ctx)
{
    struct sync *sync = calloc(1, sizeof(*sync));

    if (sync != NULL) {
        sync->ops = ops;
        sync->ctx = ctx;
        sync->in_progress = true;
    }
    return sync;
}

void sync_free(struct sync *sync)
{
    free(sync);
}

bool sync_in_progress(const struct sync *sync)
{
    return sync->in_progress;
}

void sync_set_services(struct sync *sync, const int32_t *ids, size_t count)
{
    assert(count <= SYNC_SERVICES_MAX);
    if (count > 0) {
        memcpy(sync->local, ids, count * sizeof(*ids));
    }
    sync->local_count = count;
}

static bool contains(const uint32_t *list, size_t count, uint32_t nodeid)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == nodeid) {
            return true;
        }
    }
    return false;
}

static struct wire_header header(const struct sync *sync, enum message_id id, size_t size)
{
    return (struct wire_header){.id = (int32_t)id, .size = (int32_t)size, .ring = sync->ring};
}

static int send_build(struct sync *sync)
{
    struct wire_build msg;

    memset(&msg, 0, sizeof(msg));
    msg.header = header(sync, MESSAGE_BUILD, sizeof(msg));
    msg.entries = (int32_t)sync->local_count;
    memcpy(msg.services, sync->local, sync->local_count * sizeof(sync->local[0]));
    return sync->ops->send(sync->ctx, &msg, sizeof(msg));
}

static int send_barrier(struct sync *sync)
{
    struct wire_header msg = header(sync, MESSAGE_BARRIER, sizeof(msg));

    return sync->ops->send(sync->ctx, &msg, sizeof(msg));
}

/* Sends the message of the phase, now or at a later token. */
static void send_phase_message(struct sync *sync)
{
    int result = sync->phase == PHASE_BUILD ? send_build(sync) : send_barrier(sync);

    sync->send_pending = result != 0;
    if (sync->send_pending) {
        sync->ops->want_token(sync->ctx);
    }
}

static void clear_received(struct sync *sync)
{
    for (size_t i = 0; i < sync->member_count; i++) {
        sync->members[i].received = false;
    }
}

static void complete(struct sync *sync)
{
    sync->in_progress = false;
    sync->ops->complete(sync->ctx);
}

static void enter_process(struct sync *sync)
{
    sync->phase = PHASE_PROCESS;
    if (sync->index >= sync->service_count) {
        complete(sync);
        return;
    }
    clear_received(sync);
    sync->ops->want_token(sync->ctx);
}

static void abort_sync(struct sync *sync)
{
    if (sync->phase == PHASE_PROCESS && sync->index < sync->service_count &&
        sync->services[sync->index].local) {
        sync->ops->abort(sync->ctx, sync->services[sync->index].id);
    }
    memset(&sync->ring, 0, sizeof(sync->ring));
    sync->phase = PHASE_BUILD;
    sync->send_pending = false;
}

static void keep_surviving_trans(struct sync *sync, const uint32_t *members, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < sync->trans_count; i++) {
        if (contains(members, count, sync->trans[i])) {
            sync->trans[kept++] = sync->trans[i];
        }
    }
    sync->trans_count = kept;
}

static void start(struct sync *sync, const uint32_t *members, size_t count, const struct totem_ring *ring)
{
    sync->ring = (struct wire_ring){ring->rep, ring->seq};
    sync->phase = PHASE_BUILD;
    sync->index = 0;
    sync->member_count = count;
    for (size_t i = 0; i < count; i++) {
        sync->members[i] = (struct member){members[i], false};
    }
    sync->service_count = sync->local_count;
    for (size_t i = 0; i < sync->local_count; i++) {
        sync->services[i] = (struct sync_service){sync->local[i], true};
    }
    send_phase_message(sync);
    keep_surviving_trans(sync, members, count);
    for (size_t i = 0; i < sync->local_count; i++) {
        sync->ops->init(sync->ctx, sync->local[i], sync->trans, sync->trans_count, members, count, ring);
    }
}

void sync_confchg(struct sync *sync, bool transitional, const uint32_t *members, size_t member_count,
                  const struct totem_ring *ring)
{
    assert(member_count <= TOTEM_MAX_NODES);
    if (sync->in_progress) {
        abort_sync(sync);
    }
    sync->in_progress = true;
    if (transitional) {
        if (member_count > 0) {
            memcpy(sync->trans, members, member_count * sizeof(*members));
        }
        sync->trans_count = member_count;
    } else {
        start(sync, members, member_count, ring);
    }
}

/* Marks the sender; true when all members have been heard. */
static bool mark_received(struct sync *sync, uint32_t from)
{
    bool all = true;

    for (size_t i = 0; i < sync->member_count; i++) {
        if (sync->members[i].nodeid == from) {
            sync->members[i].received = true;
        }
        all = all && sync->members[i].received;
    }
    return all;
}

/* Adds a service of another node, keeping ids ascending. */
static void add_foreign_service(struct sync *sync, int32_t id)
{
    size_t at = 0;

    while (at < sync->service_count && sync->services[at].id < id) {
        at++;
    }
    if ((at < sync->service_count && sync->services[at].id == id) ||
        sync->service_count == SYNC_SERVICES_MAX) {
        return;
    }
    memmove(&sync->services[at + 1], &sync->services[at],
            (sync->service_count - at) * sizeof(sync->services[0]));
    sync->services[at] = (struct sync_service){id, false};
    sync->service_count++;
}

static void recv_build(struct sync *sync, uint32_t from, const void *body, size_t len)
{
    struct wire_build msg;

    if (sync->phase != PHASE_BUILD || len < sizeof(msg)) {
        return;
    }
    memcpy(&msg, body, sizeof(msg));
    if (msg.entries < 0 || msg.entries > SYNC_SERVICES_MAX) {
        return;
    }
    for (int32_t i = 0; i < msg.entries; i++) {
        add_foreign_service(sync, msg.services[i]);
    }
    if (mark_received(sync, from)) {
        enter_process(sync);
    }
}

static void recv_barrier(struct sync *sync, uint32_t from)
{
    if (sync->phase == PHASE_BUILD || !mark_received(sync, from)) {
        return;
    }
    if (sync->services[sync->index].local) {
        sync->ops->activate(sync->ctx, sync->services[sync->index].id);
    }
    sync->index++;
    enter_process(sync);
}

static bool is_member(const struct sync *sync, uint32_t nodeid)
{
    for (size_t i = 0; i < sync->member_count; i++) {
        if (sync->members[i].nodeid == nodeid) {
            return true;
        }
    }
    return false;
}

void sync_message(struct sync *sync, uint32_t from, const void *msg, size_t len)
{
    struct wire_header head;
    struct wire_ring none;

    if (len < sizeof(head) || !sync->in_progress || !is_member(sync, from)) {
        return;
    }
    memcpy(&head, msg, sizeof(head));
    memset(&none, 0, sizeof(none));
    if (memcmp(&head.ring, &sync->ring, sizeof(head.ring)) != 0 ||
        memcmp(&sync->ring, &none, sizeof(none)) == 0) {
        return;
    }
    if (head.id == MESSAGE_BUILD) {
        recv_build(sync, from, msg, len);
    } else if (head.id == MESSAGE_BARRIER) {
        recv_barrier(sync, from);
    }
}

void sync_token(struct sync *sync)
{
    if (!sync->in_progress) {
        return;
    }
    if (sync->send_pending) {
        send_phase_message(sync);
        return;
    }
    if (sync->phase != PHASE_PROCESS) {
        return;
    }
    if (sync->services[sync->index].local &&
        sync->ops->process(sync->ctx, sync->services[sync->index].id) != 0) {
        sync->ops->want_token(sync->ctx);
        return;
    }
    sync->phase = PHASE_BARRIER;
    send_phase_message(sync);
}
