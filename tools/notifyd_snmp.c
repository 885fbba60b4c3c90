/*
 * corosync-notifyd: SNMP traps, version 2c (RFC 3416). A trap is small, so it is encoded here,
 * from its end to its begin: a length is known when what it covers is written.
 */
#include "config.h"

#include "tools/notifyd.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define TRAP_PORT "162"
#define TRAP_MAX 1400 /* bytes; one datagram */

enum tag {
    TAG_INTEGER = 0x02,
    TAG_STRING = 0x04,
    TAG_OID = 0x06,
    TAG_SEQUENCE = 0x30,
    TAG_UNSIGNED = 0x42,
    TAG_TICKS = 0x43,
    TAG_TRAP = 0xa7,
};

#define VERSION_2C 1

/* Objects below 1.3.6.1.4.1.35488.1 */
enum object {
    OBJECT_NAME = 1,
    OBJECT_ID = 2,
    OBJECT_STATUS = 3,
    OBJECT_ADDRESS = 4,
    OBJECT_LOCAL_ID = 5,
    OBJECT_QUORUM = 21,
    OBJECT_LINK = 60,
    OBJECT_LINK_STATUS = 61,
};

/* Bytes are put in front of those that are there. */
struct packet {
    uint8_t bytes[TRAP_MAX];
    size_t begin; /* TRAP_MAX: empty */
    bool full;
};

static int trap_socket = -1;
static char trap_community[128];

/* ---- encoding ---- */

static void put_bytes(struct packet *packet, const void *bytes, size_t size)
{
    if (packet->begin < size) {
        packet->full = true;
        return;
    }
    packet->begin -= size;
    memcpy(packet->bytes + packet->begin, bytes, size);
}

static void put_byte(struct packet *packet, uint8_t byte)
{
    put_bytes(packet, &byte, 1);
}

/* Tag and length of everything that was put since `end`, the begin of the packet at that time. */
static void put_tag(struct packet *packet, enum tag tag, size_t end)
{
    size_t length = end - packet->begin;

    if (length < 0x80) {
        put_byte(packet, (uint8_t)length);
    } else {
        put_byte(packet, (uint8_t)length);
        put_byte(packet, (uint8_t)(length >> 8));
        put_byte(packet, 0x82);
    }
    put_byte(packet, (uint8_t)tag);
}

static void put_number(struct packet *packet, enum tag tag, uint32_t number)
{
    size_t end = packet->begin;
    uint8_t first;

    do {
        first = (uint8_t)number;
        put_byte(packet, first);
        number >>= 8;
    } while (number != 0);
    if ((first & 0x80) != 0) {
        put_byte(packet, 0);
    }
    put_tag(packet, tag, end);
}

static void put_string(struct packet *packet, const char *text)
{
    size_t end = packet->begin;

    put_bytes(packet, text, strlen(text));
    put_tag(packet, TAG_STRING, end);
}

/* The first two numbers of an OID are 1 and 3. */
static void put_oid(struct packet *packet, const uint32_t *numbers, size_t count)
{
    size_t end = packet->begin;

    for (size_t i = count; i-- > 2;) {
        uint32_t number = numbers[i];

        put_byte(packet, number & 0x7f);
        for (number >>= 7; number != 0; number >>= 7) {
            put_byte(packet, (uint8_t)(0x80 | (number & 0x7f)));
        }
    }
    put_byte(packet, (uint8_t)(numbers[0] * 40 + numbers[1]));
    put_tag(packet, TAG_OID, end);
}

static const uint32_t oid_uptime[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static const uint32_t oid_trap[] = {1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 1.3.6.1.4.1.35488.<group>.<number> */
static void put_own_oid(struct packet *packet, uint32_t group, uint32_t number)
{
    const uint32_t oid[] = {1, 3, 6, 1, 4, 1, 35488, group, number};

    put_oid(packet, oid, COUNT(oid));
}

static void put_object_string(struct packet *packet, enum object object, const char *text)
{
    size_t end = packet->begin;

    put_string(packet, text);
    put_own_oid(packet, 1, object);
    put_tag(packet, TAG_SEQUENCE, end);
}

static void put_object_number(struct packet *packet, enum object object, uint32_t number)
{
    size_t end = packet->begin;

    put_number(packet, TAG_UNSIGNED, number);
    put_own_oid(packet, 1, object);
    put_tag(packet, TAG_SEQUENCE, end);
}

/* In reverse, like all. */
static void put_objects(struct packet *packet, const struct notification *n)
{
    switch (n->kind) {
    case NOTIFY_NODE:
        put_object_string(packet, OBJECT_STATUS, n->state);
        put_object_string(packet, OBJECT_ADDRESS, n->address);
        break;
    case NOTIFY_QUORUM:
        put_object_string(packet, OBJECT_QUORUM, n->state);
        break;
    case NOTIFY_APPLICATION:
        break;                          /* not sent */
    case NOTIFY_LINK:
        put_object_string(packet, OBJECT_LINK_STATUS, n->state);
        put_object_number(packet, OBJECT_LINK, n->link);
        put_object_number(packet, OBJECT_LOCAL_ID, n->local_nodeid);
        break;
    }
    put_object_number(packet, OBJECT_ID, n->nodeid);
    put_object_string(packet, OBJECT_NAME, n->name);
}

/* Since when is not important: the clock of the system. */
static uint32_t uptime_ticks(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint32_t)(now.tv_sec * 100 + now.tv_nsec / 10000000);
}

static void put_variables(struct packet *packet, const struct notification *n)
{
    size_t list_end = packet->begin;
    size_t end;

    put_objects(packet, n);
    end = packet->begin;
    put_own_oid(packet, 0, n->kind);
    put_oid(packet, oid_trap, COUNT(oid_trap));
    put_tag(packet, TAG_SEQUENCE, end);
    end = packet->begin;
    put_number(packet, TAG_TICKS, uptime_ticks());
    put_oid(packet, oid_uptime, COUNT(oid_uptime));
    put_tag(packet, TAG_SEQUENCE, end);
    put_tag(packet, TAG_SEQUENCE, list_end);
}

static void trap_encode(struct packet *packet, const struct notification *n)
{
    static uint32_t request_id;

    packet->begin = TRAP_MAX;
    packet->full = false;
    put_variables(packet, n);
    put_number(packet, TAG_INTEGER, 0); /* error index */
    put_number(packet, TAG_INTEGER, 0); /* error status */
    put_number(packet, TAG_INTEGER, ++request_id);
    put_tag(packet, TAG_TRAP, TRAP_MAX);
    put_string(packet, trap_community);
    put_number(packet, TAG_INTEGER, VERSION_2C);
    put_tag(packet, TAG_SEQUENCE, TRAP_MAX);
}

/* ---- sending ---- */

bool notify_snmp_open(const char *manager, const char *community)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    struct addrinfo *addresses;
    int error = getaddrinfo(manager, TRAP_PORT, &hints, &addresses);

    if (error != 0) {
        fprintf(stderr, "SNMP manager %s: %s\n", manager, gai_strerror(error));
        return false;
    }
    snprintf(trap_community, sizeof(trap_community), "%s", community);
    for (const struct addrinfo *a = addresses; a != NULL && trap_socket < 0; a = a->ai_next) {
        trap_socket = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (trap_socket >= 0 && connect(trap_socket, a->ai_addr, a->ai_addrlen) != 0) {
            close(trap_socket);
            trap_socket = -1;
        }
    }
    freeaddrinfo(addresses);
    if (trap_socket < 0) {
        fprintf(stderr, "SNMP manager %s: %s\n", manager, strerror(errno));
    }
    return trap_socket >= 0;
}

void notify_snmp(const struct notification *notification)
{
    struct packet packet;

    /* every call of a tool connects: as the reference,
     * which has these traps in its MIB and never sends them */
    if (notification->kind == NOTIFY_APPLICATION) {
        return;
    }
    trap_encode(&packet, notification);
    if (packet.full) {
        syslog(LOG_ERR, "SNMP trap is longer than %d bytes", TRAP_MAX);
    } else if (send(trap_socket, packet.bytes + packet.begin, TRAP_MAX - packet.begin, 0) < 0) {
        syslog(LOG_ERR, "Can't send SNMP trap: %s", strerror(errno));
    }
}
