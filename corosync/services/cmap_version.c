/*
 * The cmap service: nodes tell each other the version of their configuration
 * (totem.config_version), so that a node with an old one does not join (services.md 3.3).
 */
#include "corosync/services/cmap.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "corosync/client/proto.h"
#include "corosync/services/services.h"

#define VERSION_KEY "totem.config_version"
#define SEND_RETRY_MS 10
#define ITEMS_MAX 32

enum reason {
    REASON_SYNC = 0,
    REASON_NEW_VERSION = 1,
};

struct message {
    proto_request header;
    mar_u8 reason;
    mar_u8 item_count;
    mar_u8 reserved1;
    mar_u8 reserved2;
};
PROTO_SIZE(struct message, CMAP_VERSION_MESSAGE_MIN);

/* The value follows, and padding to a multiple of 8. */
struct item {
    struct proto_name key;
    mar_u8 type; /* 0 = the key does not exist */
    mar_u64 value_len;
};
PROTO_SIZE(struct item, 280);

static uint64_t my_version;
static uint64_t highest_version;
static size_t sync_members;
static bool first_sync_done; /* with other nodes */
static engine_timer send_timer;

static int version_send(enum reason reason)
{
    struct {
        struct message message;
        struct item item;
        uint64_t value;
    } wire = {.message = {.reason = (uint8_t)reason, .item_count = 1}};
    struct iovec iov = {.iov_base = &wire, .iov_len = sizeof(wire)};

    wire.item.key.length = strlen(VERSION_KEY);
    memcpy(wire.item.key.value, VERSION_KEY, strlen(VERSION_KEY));
    if (icmap_get_u64(engine_map(), VERSION_KEY, &wire.value) == CS_OK) {
        wire.item.type = ICMAP_U64;
        wire.item.value_len = sizeof(wire.value);
    } else {
        iov.iov_len -= sizeof(wire.value);
    }
    wire.message.header.id = SERVICE_EXEC_ID(0, 0);
    wire.message.header.size = (int32_t)iov.iov_len;
    return engine_mcast(&iov, 1);
}

static void version_announce(void *data)
{
    send_timer = 0;
    if (version_send(REASON_NEW_VERSION) != 0) {
        send_timer = engine_timer_add(SEND_RETRY_MS, version_announce, NULL);
    }
}

static void on_version_change(int event, const char *key, const struct icmap_value *new_value,
                              const struct icmap_value *old_value, void *user_data)
{
    if (send_timer == 0) {
        version_announce(NULL);
    }
}

const char *cmap_version_init(void)
{
    struct icmap_track *track;
    cs_error_t error = icmap_track_add(engine_map(), VERSION_KEY,
                                       ICMAP_TRACK_ADD | ICMAP_TRACK_MODIFY | ICMAP_TRACK_DELETE,
                                       on_version_change, NULL, &track);

    return error == CS_OK ? NULL : "Can't track " VERSION_KEY;
}

/* The version among the items of a message; 0 when there is none or it does not exist. */
static uint64_t version_find(const uint8_t *bytes, size_t size)
{
    struct message message;
    size_t at = sizeof(message);

    memcpy(&message, bytes, sizeof(message));
    for (unsigned i = 0; i < message.item_count && i < ITEMS_MAX && size - at >= sizeof(struct item); i++) {
        struct item item;
        uint64_t version;

        memcpy(&item, bytes + at, sizeof(item));
        at += sizeof(item);
        if (item.value_len > size - at) {
            return 0;
        }
        if (item.key.length == strlen(VERSION_KEY) &&
            memcmp(item.key.value, VERSION_KEY, item.key.length) == 0) {
            if (item.type != ICMAP_U64 || item.value_len != sizeof(version)) {
                return 0;
            }
            memcpy(&version, bytes + at, sizeof(version));
            return version;
        }
        size_t padded = (item.value_len + 7) & ~(size_t)7;

        if (padded > size - at) {
            return 0;
        }
        at += padded;
    }
    return 0;
}

void cmap_version_receive(const void *msg, size_t size, uint32_t nodeid)
{
    uint64_t version = version_find(msg, size);
    char key[ICMAP_KEY_MAX + 1];

    if (nodeid != engine_nodeid() && version > highest_version) {
        highest_version = version;
    }
    snprintf(key, sizeof(key), "runtime.members.%u.config_version", nodeid);
    icmap_set_u64(engine_map(), key, version);
}

void cmap_version_sync_init(const uint32_t *trans, size_t trans_count, const uint32_t *members,
                            size_t member_count, const struct totem_ring *ring)
{
    sync_members = member_count;
    if (icmap_get_u64(engine_map(), VERSION_KEY, &my_version) != CS_OK) {
        my_version = 0;
    }
    highest_version = my_version;
}

int cmap_version_sync_process(void)
{
    return version_send(REASON_SYNC);
}

void cmap_version_sync_activate(void)
{
    if (sync_members <= 1 || first_sync_done) {
        return;
    }
    first_sync_done = true;
    if (my_version != 0 && highest_version != my_version) {
        log_msg(SUBSYS_CMAP, LOG_ERR,
                "Received config version (%" PRIu64 ") is different than my config version (%" PRIu64 ")!"
                " Exiting",
                highest_version, my_version);
        engine_shutdown();
    }
}

void cmap_version_sync_abort(void)
{
}
