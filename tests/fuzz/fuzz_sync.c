/*
 * Feeds the sync core with configuration changes, tokens and messages as an attacker on the ring would make
 * them.
 *
 * The input is a list of steps: a byte that chooses what happens, a byte with the sender, a byte with a
 * length, and that many bytes that replace the beginning of a valid message.
 *
 * fuzz-sources: corosync/engine/sync_core.c
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "corosync/engine/sync_core.h"

static int processed;
static int active = -1;                 /* service between process and activate */

static int op_send(void *ctx, const void *msg, size_t len)
{
    return (processed++ & 3) == 3 ? -1 : 0;
}

static void op_init(void *ctx, int32_t service, const uint32_t *trans, size_t trans_count,
                    const uint32_t *members, size_t member_count, const struct totem_ring *ring)
{
    active = -1;
}

static int op_process(void *ctx, int32_t service)
{
    active = service;
    return processed++ & 1;
}

/* Only a local service that was processed is activated. */
static void op_activate(void *ctx, int32_t service)
{
    if (service != 0 && service != 2 && service != 5) {
        abort();
    }
    active = -1;
}

static void op_abort(void *ctx, int32_t service)
{
    active = -1;
}

static void op_nothing(void *ctx)
{
}

static const struct sync_ops ops = {
    .send = op_send, .init = op_init, .process = op_process, .activate = op_activate, .abort = op_abort,
    .want_token = op_nothing, .complete = op_nothing,
};

static void configure(struct sync *sync, unsigned count, uint64_t seq)
{
    static const uint32_t members[] = {1, 2, 3, 4};
    struct totem_ring ring = {1, seq};

    sync_confchg(sync, true, members, count / 2, &ring);
    sync_confchg(sync, false, members, count, &ring);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int32_t services[] = {0, 2, 5};
    struct sync *sync = sync_new(&ops, NULL);
    uint64_t seq = 1;

    processed = 0;
    sync_set_services(sync, services, 3);
    configure(sync, 2, seq);
    while (size >= 3) {
        /* id, pad, size, pad, ring, pad, entries */
        unsigned char msg[552] = {0};
        size_t len = data[2] < size - 3 ? data[2] : size - 3;

        msg[0] = data[0] & 1;
        msg[16] = 1;
        memcpy(msg + 20, &seq, sizeof(seq));
        switch (data[0] >> 5) {
        case 0:
            configure(sync, 1 + data[1] % 4, ++seq);
            break;
        case 1:
            sync_token(sync);
            break;
        case 2:
            memcpy(msg, data + 3, len);
            sync_message(sync, data[1] % 6, msg, len);
            break;
        default:
            memcpy(msg + 32, data + 3, len);
            sync_message(sync, data[1] % 6, msg, msg[0] ? 552 : 32);
            break;
        }
        data += 3 + len;
        size -= 3 + len;
    }
    sync_free(sync);
    return 0;
}
