/*
 * The key/value map behind cmap (icmap.h): a sorted array of entries, trackers in registration order.
 */
#include "corosync/engine/icmap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ICMAP_ENTRIES_MAX 1000000u      /* more keys than any client has use for */

union small_value {
    uint64_t u64;
    double dbl;
    unsigned char bytes[8];
};

struct icmap_entry {
    enum icmap_type type;
    size_t len;                         /* bytes; strings with NUL */
    union small_value small;            /* the value when len <= sizeof(small) */
    void *large;                        /* the value otherwise, owned */
    uint64_t tracked_generation;        /* map->track_generation for which `tracked` holds */
    bool tracked;                       /* some tracker wants modifications */
    char key[];
};

struct icmap_track {
    struct icmap_track *next;
    char *key;
    int32_t mask;
    icmap_notify_fn notify;
    void *user_data;
    bool deleted;                       /* freed when no notification runs */
};

struct ro_mark {
    struct ro_mark *next;
    bool prefix;
    char key[];
};

struct icmap {
    struct icmap_entry **entries;       /* ascending by key */
    size_t count;
    size_t capacity;
    struct icmap_track *tracks;
    uint64_t track_generation;          /* changes whenever a tracker comes or goes */
    unsigned notifying;                 /* depth of running notifications */
    struct ro_mark *ro_marks;
};

struct icmap *icmap_new(void)
{
    struct icmap *map = calloc(1, sizeof(*map));

    if (map != NULL) {
        map->track_generation = 1;
    }
    return map;
}

static void entry_free(struct icmap_entry *entry)
{
    free(entry->large);
    free(entry);
}

static void sweep_tracks(struct icmap *map)
{
    struct icmap_track **link = &map->tracks;

    while (*link != NULL) {
        struct icmap_track *track = *link;

        if (track->deleted) {
            *link = track->next;
            free(track->key);
            free(track);
        } else {
            link = &track->next;
        }
    }
}

void icmap_free(struct icmap *map)
{
    if (map == NULL) {
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        entry_free(map->entries[i]);
    }
    free(map->entries);
    for (struct icmap_track *track = map->tracks; track != NULL; track = track->next) {
        track->deleted = true;
    }
    sweep_tracks(map);
    while (map->ro_marks != NULL) {
        struct ro_mark *mark = map->ro_marks;

        map->ro_marks = mark->next;
        free(mark);
    }
    free(map);
}

bool icmap_key_valid(const char *key)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:";
    size_t len = strnlen(key, ICMAP_KEY_MAX + 1);

    return len >= ICMAP_KEY_MIN && len <= ICMAP_KEY_MAX && strspn(key, allowed) == len;
}

size_t icmap_type_size(enum icmap_type type)
{
    switch (type) {
    case ICMAP_I8:
    case ICMAP_U8:
        return 1;
    case ICMAP_I16:
    case ICMAP_U16:
        return 2;
    case ICMAP_I32:
    case ICMAP_U32:
        return 4;
    case ICMAP_I64:
    case ICMAP_U64:
        return 8;
    case ICMAP_FLOAT:
        return sizeof(float);
    case ICMAP_DOUBLE:
        return sizeof(double);
    default:
        return 0;
    }
}

/* Index of the first entry whose key is not below `key`. */
static size_t lower_bound(const struct icmap *map, const char *key)
{
    size_t low = 0;
    size_t high = map->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (strcmp(map->entries[mid]->key, key) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static struct icmap_entry *find(const struct icmap *map, const char *key)
{
    size_t at = lower_bound(map, key);

    if (at < map->count && strcmp(map->entries[at]->key, key) == 0) {
        return map->entries[at];
    }
    return NULL;
}

static const void *entry_data(const struct icmap_entry *entry)
{
    return entry->large != NULL ? entry->large : entry->small.bytes;
}

static bool track_matches(const struct icmap_track *track, const char *key)
{
    if (track->mask & ICMAP_TRACK_PREFIX) {
        return strncmp(key, track->key, strlen(track->key)) == 0;
    }
    return strcmp(key, track->key) == 0;
}

static bool has_tracker(const struct icmap *map, const char *key, int event)
{
    for (const struct icmap_track *track = map->tracks; track != NULL; track = track->next) {
        if (!track->deleted && (track->mask & event) && track_matches(track, key)) {
            return true;
        }
    }
    return false;
}

/* Trackers that are added by a callback are appended and do not see the event at hand. */
static void notify(struct icmap *map, int event, const char *key, const struct icmap_value *new_value,
                   const struct icmap_value *old_value)
{
    struct icmap_track *last = NULL;

    for (struct icmap_track *track = map->tracks; track != NULL; track = track->next) {
        last = track;
    }
    map->notifying++;
    for (struct icmap_track *track = map->tracks; track != NULL; track = track->next) {
        if (!track->deleted && (track->mask & event) && track_matches(track, key)) {
            track->notify(event, key, new_value, old_value, track->user_data);
        }
        if (track == last) {
            break;
        }
    }
    map->notifying--;
    if (map->notifying == 0) {
        sweep_tracks(map);
    }
}

static cs_error_t check_value(enum icmap_type type, const void *value, size_t len, size_t *stored_len)
{
    size_t fixed = icmap_type_size(type);

    if (len > ICMAP_VALUE_MAX || (value == NULL && len != 0)) {
        return CS_ERR_INVALID_PARAM;
    }
    if (fixed != 0) {
        *stored_len = fixed;
        return len == fixed ? CS_OK : CS_ERR_INVALID_PARAM;
    }
    if (type == ICMAP_STRING) {
        size_t text = len == 0 ? 0 : strnlen(value, len);

        *stored_len = text + 1;
        return len <= text + 1 ? CS_OK : CS_ERR_INVALID_PARAM;
    }
    *stored_len = len;
    return type == ICMAP_BINARY ? CS_OK : CS_ERR_INVALID_PARAM;
}

static bool same_value(const struct icmap_entry *entry, enum icmap_type type, const void *value,
                       size_t stored_len)
{
    size_t compare = type == ICMAP_STRING ? stored_len - 1 : stored_len;

    return entry->type == type && entry->len == stored_len &&
           (compare == 0 || memcmp(entry_data(entry), value, compare) == 0);
}

/* Overwrites the value of an entry whose old `large` has been taken away or freed by the caller. */
static bool store_value(struct icmap_entry *entry, enum icmap_type type, const void *value, size_t stored_len)
{
    size_t copy = type == ICMAP_STRING ? stored_len - 1 : stored_len;
    void *large = NULL;
    unsigned char *to = entry->small.bytes;

    if (stored_len > sizeof(entry->small)) {
        large = malloc(stored_len);
        if (large == NULL) {
            return false;
        }
        to = large;
    }
    if (copy > 0) {
        memcpy(to, value, copy);
    }
    if (type == ICMAP_STRING) {
        to[copy] = '\0';
    }
    entry->large = large;
    entry->type = type;
    entry->len = stored_len;
    return true;
}

static struct icmap_entry *insert_entry(struct icmap *map, const char *key)
{
    size_t key_size = strlen(key) + 1;
    size_t at = lower_bound(map, key);
    struct icmap_entry *entry;

    if (map->count == map->capacity) {
        size_t capacity = map->capacity == 0 ? 64 : map->capacity * 2;
        struct icmap_entry **entries = reallocarray(map->entries, capacity, sizeof(*entries));

        if (entries == NULL) {
            return NULL;
        }
        map->entries = entries;
        map->capacity = capacity;
    }
    entry = calloc(1, sizeof(*entry) + key_size);
    if (entry == NULL) {
        return NULL;
    }
    memcpy(entry->key, key, key_size);
    memmove(&map->entries[at + 1], &map->entries[at], (map->count - at) * sizeof(*map->entries));
    map->entries[at] = entry;
    map->count++;
    return entry;
}

static void remove_entry(struct icmap *map, struct icmap_entry *entry)
{
    size_t at = lower_bound(map, entry->key);

    assert(at < map->count && map->entries[at] == entry);
    map->count--;
    memmove(&map->entries[at], &map->entries[at + 1], (map->count - at) * sizeof(*map->entries));
}

/* Tells trackers of `key`'s new value from a copy, because they may change the map. */
static void notify_stored(struct icmap *map, int event, const char *key, const struct icmap_entry *entry,
                          const struct icmap_value *old_value)
{
    char name[ICMAP_KEY_MAX + 1];
    union small_value small = entry->small;
    void *copy = NULL;
    struct icmap_value now = {entry->type, entry->len, small.bytes};

    if (!has_tracker(map, key, event)) {
        return;
    }
    if (entry->large != NULL) {
        copy = malloc(entry->len);
        if (copy == NULL) {
            return;
        }
        memcpy(copy, entry->large, entry->len);
        now.data = copy;
    }
    strcpy(name, entry->key);
    notify(map, event, name, &now, old_value);
    free(copy);
}

cs_error_t icmap_set(struct icmap *map, const char *key, enum icmap_type type, const void *value, size_t len)
{
    size_t stored_len = 0;
    cs_error_t result = check_value(type, value, len, &stored_len);
    struct icmap_entry *entry = find(map, key);
    struct icmap_value old_value = {ICMAP_NONE, 0, NULL};
    union small_value old_small;
    void *old_large;
    bool is_new = entry == NULL;

    if (result != CS_OK) {
        return result;
    }
    if (is_new) {
        if (!icmap_key_valid(key)) {
            return CS_ERR_NAME_TOO_LONG;
        }
        entry = map->count < ICMAP_ENTRIES_MAX ? insert_entry(map, key) : NULL;
        if (entry == NULL) {
            return CS_ERR_NO_MEMORY;
        }
    } else if (same_value(entry, type, value, stored_len)) {
        return CS_OK;
    }
    old_small = entry->small;
    old_large = entry->large;
    if (!is_new) {
        old_value.type = entry->type;
        old_value.len = entry->len;
        old_value.data = old_large != NULL ? old_large : old_small.bytes;
    }
    if (!store_value(entry, type, value, stored_len)) {
        if (is_new) {
            remove_entry(map, entry);
            entry_free(entry);
        }
        return CS_ERR_NO_MEMORY;
    }
    notify_stored(map, is_new ? ICMAP_TRACK_ADD : ICMAP_TRACK_MODIFY, key, entry, &old_value);
    free(old_large);
    return CS_OK;
}

#define DEFINE_SET(name, ctype, itype) \
    cs_error_t icmap_set_##name(struct icmap *map, const char *key, ctype value) \
    { \
        return icmap_set(map, key, itype, &value, sizeof(value)); \
    }
DEFINE_SET(i8, int8_t, ICMAP_I8)
DEFINE_SET(u8, uint8_t, ICMAP_U8)
DEFINE_SET(i16, int16_t, ICMAP_I16)
DEFINE_SET(u16, uint16_t, ICMAP_U16)
DEFINE_SET(i32, int32_t, ICMAP_I32)
DEFINE_SET(u32, uint32_t, ICMAP_U32)
DEFINE_SET(i64, int64_t, ICMAP_I64)
DEFINE_SET(u64, uint64_t, ICMAP_U64)
DEFINE_SET(float, float, ICMAP_FLOAT)
DEFINE_SET(double, double, ICMAP_DOUBLE)
#undef DEFINE_SET

cs_error_t icmap_set_string(struct icmap *map, const char *key, const char *value)
{
    return icmap_set(map, key, ICMAP_STRING, value, strlen(value));
}

cs_error_t icmap_get(const struct icmap *map, const char *key, struct icmap_value *out)
{
    const struct icmap_entry *entry = find(map, key);

    if (entry == NULL) {
        return CS_ERR_NOT_EXIST;
    }
    *out = (struct icmap_value){entry->type, entry->len, entry_data(entry)};
    return CS_OK;
}

static cs_error_t get_typed(const struct icmap *map, const char *key, enum icmap_type type, void *out,
                            size_t size)
{
    const struct icmap_entry *entry = find(map, key);

    if (entry == NULL) {
        return CS_ERR_NOT_EXIST;
    }
    if (entry->type != type) {
        return CS_ERR_INVALID_PARAM;
    }
    memcpy(out, entry_data(entry), size);
    return CS_OK;
}

#define DEFINE_GET(name, ctype, itype) \
    cs_error_t icmap_get_##name(const struct icmap *map, const char *key, ctype *out) \
    { \
        return get_typed(map, key, itype, out, sizeof(*out)); \
    }
DEFINE_GET(u8, uint8_t, ICMAP_U8)
DEFINE_GET(u16, uint16_t, ICMAP_U16)
DEFINE_GET(i32, int32_t, ICMAP_I32)
DEFINE_GET(u32, uint32_t, ICMAP_U32)
DEFINE_GET(u64, uint64_t, ICMAP_U64)
#undef DEFINE_GET

const char *icmap_get_string(const struct icmap *map, const char *key)
{
    const struct icmap_entry *entry = find(map, key);

    return entry != NULL && entry->type == ICMAP_STRING ? entry_data(entry) : NULL;
}

cs_error_t icmap_delete(struct icmap *map, const char *key)
{
    struct icmap_entry *entry = find(map, key);
    struct icmap_value none = {ICMAP_NONE, 0, NULL};
    struct icmap_value old_value;

    if (entry == NULL) {
        return CS_ERR_NOT_EXIST;
    }
    remove_entry(map, entry);
    old_value = (struct icmap_value){entry->type, entry->len, entry_data(entry)};
    notify(map, ICMAP_TRACK_DELETE, entry->key, &none, &old_value);
    entry_free(entry);
    return CS_OK;
}

cs_error_t icmap_adjust(struct icmap *map, const char *key, int32_t step)
{
    struct icmap_entry *entry = find(map, key);
    uint64_t value = 0;
    size_t size;

    if (entry == NULL) {
        return CS_ERR_NOT_EXIST;
    }
    if (entry->type < ICMAP_I8 || entry->type > ICMAP_U64) {
        return CS_ERR_INVALID_PARAM;
    }
    /* little endian: the low bytes of a wider sum are the sum modulo the narrower width */
    size = entry->len;
    memcpy(&value, entry->small.bytes, size);
    value += (uint64_t)(int64_t)step;
    return icmap_set(map, key, entry->type, &value, size);
}

void icmap_iter_init(struct icmap_iter *iter, const struct icmap *map, const char *prefix)
{
    memset(iter, 0, sizeof(*iter));
    iter->map = map;
    if (prefix != NULL) {
        strncpy(iter->prefix, prefix, ICMAP_KEY_MAX);
    }
}

const char *icmap_iter_next(struct icmap_iter *iter, struct icmap_value *value)
{
    const struct icmap *map = iter->map;
    size_t at = lower_bound(map, iter->started ? iter->last : iter->prefix);
    const struct icmap_entry *entry;

    if (iter->started && at < map->count && strcmp(map->entries[at]->key, iter->last) == 0) {
        at++;
    }
    if (at >= map->count) {
        return NULL;
    }
    entry = map->entries[at];
    if (strncmp(entry->key, iter->prefix, strlen(iter->prefix)) != 0) {
        return NULL;
    }
    strcpy(iter->last, entry->key);
    iter->started = true;
    if (value != NULL) {
        *value = (struct icmap_value){entry->type, entry->len, entry_data(entry)};
    }
    return iter->last;
}

cs_error_t icmap_track_add(struct icmap *map, const char *key, int32_t mask, icmap_notify_fn notify_fn,
                           void *user_data, struct icmap_track **track)
{
    const int32_t known = ICMAP_TRACK_DELETE | ICMAP_TRACK_MODIFY | ICMAP_TRACK_ADD | ICMAP_TRACK_PREFIX;
    struct icmap_track **link = &map->tracks;
    struct icmap_track *added;

    if ((mask & ~known) != 0 || notify_fn == NULL) {
        return CS_ERR_INVALID_PARAM;
    }
    added = calloc(1, sizeof(*added));
    if (added == NULL) {
        return CS_ERR_NO_MEMORY;
    }
    added->key = strdup(key != NULL ? key : "");
    if (added->key == NULL) {
        free(added);
        return CS_ERR_NO_MEMORY;
    }
    added->mask = mask;
    added->notify = notify_fn;
    added->user_data = user_data;
    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = added;
    map->track_generation++;
    if (track != NULL) {
        *track = added;
    }
    return CS_OK;
}

void icmap_track_delete(struct icmap *map, struct icmap_track *track)
{
    if (track == NULL) {
        return;
    }
    track->deleted = true;
    map->track_generation++;
    if (map->notifying == 0) {
        sweep_tracks(map);
    }
}

bool icmap_has_tracks(const struct icmap *map)
{
    return map->tracks != NULL;
}

void icmap_set_ro(struct icmap *map, const char *key, bool prefix, bool ro)
{
    size_t key_size = strlen(key) + 1;
    struct ro_mark **link = &map->ro_marks;
    struct ro_mark *mark;

    while (*link != NULL && ((*link)->prefix != prefix || strcmp((*link)->key, key) != 0)) {
        link = &(*link)->next;
    }
    mark = *link;
    if (mark != NULL && !ro) {
        *link = mark->next;
        free(mark);
    } else if (mark == NULL && ro) {
        mark = calloc(1, sizeof(*mark) + key_size);
        if (mark != NULL) {
            mark->prefix = prefix;
            memcpy(mark->key, key, key_size);
            *link = mark;
        }
    }
}

bool icmap_is_ro(const struct icmap *map, const char *key)
{
    for (const struct ro_mark *mark = map->ro_marks; mark != NULL; mark = mark->next) {
        if (mark->prefix ? strncmp(key, mark->key, strlen(mark->key)) == 0 : strcmp(key, mark->key) == 0) {
            return true;
        }
    }
    return false;
}

struct icmap_counter *icmap_counter_new(struct icmap *map, const char *key)
{
    if (icmap_set_u64(map, key, 0) != CS_OK) {
        return NULL;
    }
    return (struct icmap_counter *)find(map, key);
}

void icmap_counter_inc(struct icmap *map, struct icmap_counter *counter)
{
    struct icmap_entry *entry = (struct icmap_entry *)counter;
    struct icmap_value none = {ICMAP_NONE, 0, NULL};

    if (entry == NULL) {
        return;
    }
    entry->small.u64++;
    if (entry->tracked_generation != map->track_generation) {
        entry->tracked_generation = map->track_generation;
        entry->tracked = has_tracker(map, entry->key, ICMAP_TRACK_MODIFY);
    }
    if (entry->tracked) {
        notify_stored(map, ICMAP_TRACK_MODIFY, entry->key, entry, &none);
    }
}
