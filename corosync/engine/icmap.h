/*
 * The typed key/value map behind cmap: keys in byte order, twelve value types, trackers, read-only marks.
 *
 * There is one live map (engine_map()), short-lived staging maps (configuration reload) and the statistics
 * map (engine_stats_map()). Specification: services.md 5.8, 7.4, 7.5. Everything runs in the main thread.
 * The map itself does not enforce read-only marks: icmap_is_ro() is asked by whoever acts for a client.
 */
#ifndef COROSYNC_ENGINE_ICMAP_H
#define COROSYNC_ENGINE_ICMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corosync/corotypes.h>

#define ICMAP_KEY_MIN 3         /* shortest key, characters */
#define ICMAP_KEY_MAX 255       /* longest key, characters (without NUL) */
#define ICMAP_VALUE_MAX 16384   /* longest value, bytes */

/* Numbers are those of the IPC protocol. */
enum icmap_type {
    ICMAP_NONE = 0,             /* "no value", only in change events */
    ICMAP_I8 = 1, ICMAP_U8 = 2, ICMAP_I16 = 3, ICMAP_U16 = 4, ICMAP_I32 = 5, ICMAP_U32 = 6,
    ICMAP_I64 = 7, ICMAP_U64 = 8, ICMAP_FLOAT = 9, ICMAP_DOUBLE = 10, ICMAP_STRING = 11, ICMAP_BINARY = 12,
};

/* Track events, also the bits of a track mask. */
#define ICMAP_TRACK_DELETE 1
#define ICMAP_TRACK_MODIFY 2
#define ICMAP_TRACK_ADD    4
#define ICMAP_TRACK_PREFIX 8    /* mask only: the key is a prefix */

struct icmap;
struct icmap_track;

/* A borrowed value: data is aligned for its type and valid until its key is changed or deleted.
 * Strings: len counts the terminating NUL. */
struct icmap_value {
    enum icmap_type type;
    size_t len;
    const void *data;
};

/* event is one ICMAP_TRACK_ bit; the missing side has type ICMAP_NONE. Called synchronously from the
 * change. The callback may change the map and add or delete trackers, also its own. */
typedef void (*icmap_notify_fn)(int event, const char *key, const struct icmap_value *new_value,
                                const struct icmap_value *old_value, void *user_data);

struct icmap *icmap_new(void);
void icmap_free(struct icmap *map);

/* Whether key may be created: length and characters (a-z A-Z 0-9 . _ - / :). */
bool icmap_key_valid(const char *key);

/* Size of a fixed-size type in bytes, 0 for string and binary. */
size_t icmap_type_size(enum icmap_type type);

/*
 * Store a copy of the value. For strings len may or may not count a NUL: min(strlen, len) bytes are stored
 * plus a NUL; the scan never reads beyond len. An identical type and value succeeds without notification;
 * another type replaces the old one.
 * CS_OK; CS_ERR_NAME_TOO_LONG for a bad key name; CS_ERR_INVALID_PARAM for a bad type or length.
 */
cs_error_t icmap_set(struct icmap *map, const char *key, enum icmap_type type, const void *value, size_t len);
cs_error_t icmap_set_i8(struct icmap *map, const char *key, int8_t value);
cs_error_t icmap_set_u8(struct icmap *map, const char *key, uint8_t value);
cs_error_t icmap_set_i16(struct icmap *map, const char *key, int16_t value);
cs_error_t icmap_set_u16(struct icmap *map, const char *key, uint16_t value);
cs_error_t icmap_set_i32(struct icmap *map, const char *key, int32_t value);
cs_error_t icmap_set_u32(struct icmap *map, const char *key, uint32_t value);
cs_error_t icmap_set_i64(struct icmap *map, const char *key, int64_t value);
cs_error_t icmap_set_u64(struct icmap *map, const char *key, uint64_t value);
cs_error_t icmap_set_float(struct icmap *map, const char *key, float value);
cs_error_t icmap_set_double(struct icmap *map, const char *key, double value);
cs_error_t icmap_set_string(struct icmap *map, const char *key, const char *value);

/* CS_OK or CS_ERR_NOT_EXIST. */
cs_error_t icmap_get(const struct icmap *map, const char *key, struct icmap_value *out);
/* CS_OK, CS_ERR_NOT_EXIST, or CS_ERR_INVALID_PARAM when the stored type is another. *out only set on CS_OK.
 */
cs_error_t icmap_get_u8(const struct icmap *map, const char *key, uint8_t *out);
cs_error_t icmap_get_u16(const struct icmap *map, const char *key, uint16_t *out);
cs_error_t icmap_get_i32(const struct icmap *map, const char *key, int32_t *out);
cs_error_t icmap_get_u32(const struct icmap *map, const char *key, uint32_t *out);
cs_error_t icmap_get_u64(const struct icmap *map, const char *key, uint64_t *out);
/* Borrowed string (valid until the key changes), NULL when missing or not a string. */
const char *icmap_get_string(const struct icmap *map, const char *key);

/* CS_OK or CS_ERR_NOT_EXIST. */
cs_error_t icmap_delete(struct icmap *map, const char *key);

/* Add step to an integer, wrapping in its width. CS_ERR_NOT_EXIST, CS_ERR_INVALID_PARAM (not an integer). */
cs_error_t icmap_adjust(struct icmap *map, const char *key, int32_t step);

/*
 * Iteration in byte order over the keys that begin with prefix (NULL or "" = all). Keys may be added and
 * deleted meanwhile. icmap_iter_next returns the key, borrowed until the next call on the iterator, or NULL
 * at the end; *value (may be NULL) is borrowed as from icmap_get.
 */
struct icmap_iter {
    const struct icmap *map;
    char prefix[ICMAP_KEY_MAX + 1];
    char last[ICMAP_KEY_MAX + 1];
    bool started;
};
void icmap_iter_init(struct icmap_iter *iter, const struct icmap *map, const char *prefix);
const char *icmap_iter_next(struct icmap_iter *iter, struct icmap_value *value);

/*
 * Track changes of key, or with ICMAP_TRACK_PREFIX in mask of every key that begins with key (NULL or "" =
 * all). CS_ERR_INVALID_PARAM for unknown bits in mask. The tracker lives until icmap_track_delete or
 * icmap_free.
 */
cs_error_t icmap_track_add(struct icmap *map, const char *key, int32_t mask, icmap_notify_fn notify,
                           void *user_data, struct icmap_track **track);
void icmap_track_delete(struct icmap *map, struct icmap_track *track);
bool icmap_has_tracks(const struct icmap *map);

/* Read-only marks, by exact key or prefix; they need no existing key. */
void icmap_set_ro(struct icmap *map, const char *key, bool prefix, bool ro);
bool icmap_is_ro(const struct icmap *map, const char *key);

/*
 * A u64 key that is bumped very often (message counters). The handle stays valid until the key is deleted
 * or set with icmap_set. Bumping notifies modify with an empty old value when somebody tracks the key.
 */
struct icmap_counter;
struct icmap_counter *icmap_counter_new(struct icmap *map, const char *key);
void icmap_counter_inc(struct icmap *map, struct icmap_counter *counter);

#endif
