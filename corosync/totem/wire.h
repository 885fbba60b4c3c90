/*
 * Byte layouts of totem frames (spec: totem.md sections 3 and 4, 12.1): offsets, sizes and unaligned access.
 * Everything is packed and little endian.
 */
#ifndef COROSYNC_TOTEM_WIRE_H
#define COROSYNC_TOTEM_WIRE_H

#include "totem.h"

#include <endian.h>
#include <string.h>

#define WIRE_MAGIC              0xC070u
#define WIRE_VERSION            3

enum wire_type {
    WIRE_ORF_TOKEN = 0,
    WIRE_MCAST = 1,
    WIRE_MERGE_DETECT = 2,
    WIRE_JOIN = 3,
    WIRE_COMMIT_TOKEN = 4,
    WIRE_HOLD_CANCEL = 5,
    WIRE_TYPES
};

#define WIRE_ENCAPSULATED       1           /* multicast that carries an old-ring multicast */
#define WIRE_ORDINARY           2

/* header, 3.2 */
#define HDR_MAGIC               0
#define HDR_VERSION             2
#define HDR_TYPE                3
#define HDR_ENCAPSULATED        4
#define HDR_NODEID              5
#define HDR_TARGET              9
#define HDR_SIZE                13

/* multicast, 4.1 */
#define MCAST_FROM              13
#define MCAST_SEQ               17
#define MCAST_THIS_SEQNO        21
#define MCAST_RING              25
#define MCAST_NODE_ID           37
#define MCAST_GUARANTEE         41
#define MCAST_SIZE              45

/* ORF token, 4.2 */
#define TOKEN_SEQ               13
#define TOKEN_TOKEN_SEQ         17
#define TOKEN_ARU               21
#define TOKEN_ARU_ADDR          25
#define TOKEN_RING              29
#define TOKEN_BACKLOG           41
#define TOKEN_FCC               45
#define TOKEN_RETRANS_FLG       49
#define TOKEN_ENTRIES           53
#define TOKEN_SIZE              57
#define TOKEN_ENTRY_SIZE        16
#define TOKEN_LONGEST           1500        /* longer tokens are dropped */
#define TOKEN_MAX_SIZE          (TOKEN_SIZE + TOTEM_MAX_RTR * TOKEN_ENTRY_SIZE)

/* merge detect, 4.3 */
#define MERGE_FROM              13
#define MERGE_RING              17
#define MERGE_SIZE              29

/* join, 4.4 */
#define JOIN_FROM               13
#define JOIN_PROC_ENTRIES       17
#define JOIN_FAILED_ENTRIES     21
#define JOIN_RING_SEQ           25
#define JOIN_SIZE               33
#define JOIN_MAX_SIZE           (JOIN_SIZE + 2 * 4 * TOTEM_MAX_NODES)

/* commit token, 4.5 */
#define COMMIT_TOKEN_SEQ        13
#define COMMIT_RING             17
#define COMMIT_RETRANS_FLG      29
#define COMMIT_INDEX            33
#define COMMIT_ENTRIES          37
#define COMMIT_SIZE             41
#define COMMIT_ADDR_SIZE        4
#define COMMIT_MEMB_SIZE        24
#define COMMIT_MAX_SIZE         (COMMIT_SIZE + (COMMIT_ADDR_SIZE + COMMIT_MEMB_SIZE) * TOTEM_MAX_NODES)

/* token-hold cancel, 4.6 */
#define CANCEL_RING             13
#define CANCEL_SIZE             25

/* pg frame: payload of a multicast, 12.1 */
#define PG_FRAGMENTED           4
#define PG_CONTINUATION         5
#define PG_COUNT                6
#define PG_SIZE                 8

#define WIRE_RING_SIZE          12

static inline uint16_t get16(const void *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof(v));
    return le16toh(v);
}

static inline uint32_t get32(const void *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return le32toh(v);
}

static inline uint64_t get64(const void *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return le64toh(v);
}

static inline void put16(void *p, uint16_t v)
{
    v = htole16(v);
    memcpy(p, &v, sizeof(v));
}

static inline void put32(void *p, uint32_t v)
{
    v = htole32(v);
    memcpy(p, &v, sizeof(v));
}

static inline void put64(void *p, uint64_t v)
{
    v = htole64(v);
    memcpy(p, &v, sizeof(v));
}

static inline struct totem_ring get_ring(const void *p)
{
    return (struct totem_ring) {.rep = get32(p), .seq = get64((const uint8_t *) p + 4)};
}

static inline void put_ring(void *p, struct totem_ring ring)
{
    put32(p, ring.rep);
    put64((uint8_t *) p + 4, ring.seq);
}

static inline bool ring_equal(struct totem_ring a, struct totem_ring b)
{
    return a.rep == b.rep && a.seq == b.seq;
}

/* Serial-number order of sequence numbers that wrap, 3.4. */
static inline bool seq_lt(uint32_t a, uint32_t b)
{
    return (int32_t) (a - b) < 0;
}

static inline bool seq_le(uint32_t a, uint32_t b)
{
    return (int32_t) (a - b) <= 0;
}

static inline uint32_t seq_min(uint32_t a, uint32_t b)
{
    return seq_lt(a, b) ? a : b;
}

static inline uint32_t seq_max(uint32_t a, uint32_t b)
{
    return seq_lt(a, b) ? b : a;
}

/* Writes a message header; target stays 0. */
static inline void put_header(uint8_t *p, enum wire_type type, uint8_t encapsulated, uint32_t nodeid)
{
    put16(p + HDR_MAGIC, WIRE_MAGIC);
    p[HDR_VERSION] = WIRE_VERSION;
    p[HDR_TYPE] = (uint8_t) type;
    p[HDR_ENCAPSULATED] = encapsulated;
    put32(p + HDR_NODEID, nodeid);
    put32(p + HDR_TARGET, 0);
}

/* True for a frame that starts with a header of ours and of a known type. */
static inline bool header_valid(const uint8_t *p, size_t len)
{
    return len >= HDR_SIZE && len <= TOTEM_MAX_FRAME && get16(p + HDR_MAGIC) == WIRE_MAGIC &&
           p[HDR_VERSION] == WIRE_VERSION;
}

#endif
