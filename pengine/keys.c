/* Task names, operation keys and ids. */
#include "pengine/pe.h"

#include <ctype.h>
#include <stdlib.h>

static const char *const task_names[TASK_COUNT] = {
    [TASK_OTHER] = "",
    [TASK_MONITOR] = "monitor",
    [TASK_START] = "start",
    [TASK_STARTED] = "running",
    [TASK_STOP] = "stop",
    [TASK_STOPPED] = "stopped",
    [TASK_PROMOTE] = "promote",
    [TASK_PROMOTED] = "promoted",
    [TASK_DEMOTE] = "demote",
    [TASK_DEMOTED] = "demoted",
    [TASK_NOTIFY] = "notify",
    [TASK_NOTIFIED] = "notified",
    [TASK_MIGRATE_TO] = "migrate_to",
    [TASK_MIGRATE_FROM] = "migrate_from",
    [TASK_RELOAD] = "reload-agent",
    [TASK_DELETE] = "delete",
    [TASK_CANCEL] = "cancel",
    [TASK_META_DATA] = "meta-data",
    [TASK_CLEAR_FAILCOUNT] = "clear_failcount",
    [TASK_LRM_DELETE] = "lrm_delete",
    [TASK_STONITH] = "stonith",
    [TASK_SHUTDOWN] = "do_shutdown",
    [TASK_PROBE_AGAIN] = "probe_again",
    [TASK_MAINTENANCE_NODES] = "maintenance_nodes",
};

const char *pe_task_text(enum pe_task task)
{
    return task_names[task];
}

enum pe_task pe_task_of(const char *text)
{
    for (int i = 1; text != NULL && i < TASK_COUNT; i++) {
        if (strcmp(text, task_names[i]) == 0) {
            return (enum pe_task)i;
        }
    }
    return TASK_OTHER;
}

enum pe_task pe_task_completed(enum pe_task task)
{
    switch (task) {
        case TASK_STOP: return TASK_STOPPED;
        case TASK_START: return TASK_STARTED;
        case TASK_NOTIFY: return TASK_NOTIFIED;
        case TASK_PROMOTE: return TASK_PROMOTED;
        case TASK_DEMOTE: return TASK_DEMOTED;
        default: return task;
    }
}

enum pe_task pe_task_uncompleted(enum pe_task task)
{
    switch (task) {
        case TASK_STOPPED: return TASK_STOP;
        case TASK_STARTED: return TASK_START;
        case TASK_NOTIFIED: return TASK_NOTIFY;
        case TASK_PROMOTED: return TASK_PROMOTE;
        case TASK_DEMOTED: return TASK_DEMOTE;
        default: return task;
    }
}

bool pe_ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

struct pe_keyset *pe_key(pe_sched *s, pe_rsc *r, enum pe_task task)
{
    if (r->fixed[task] == NULL) {
        r->fixed[task] = pe_alloc(s, sizeof(struct pe_keyset));
        r->fixed[task]->key = pe_printf(s, "%s_%s_0", r->id, task_names[task]);
    }
    return r->fixed[task];
}

static struct pe_keyset *add_key(pe_sched *s, pe_rsc *r, const char *key)
{
    struct pe_keyset *k = pe_alloc(s, sizeof(*k));

    k->key = key;
    if (r->n_keys == r->cap_keys) {
        r->keys = pe_grow(s, r->keys, &r->cap_keys, r->n_keys, sizeof(*r->keys));
    }
    r->keys[r->n_keys++] = k;
    return k;
}

struct pe_keyset *pe_key_text(pe_sched *s, pe_rsc *r, const char *key)
{
    size_t n = strlen(r->id);

    if (strncmp(key, r->id, n) == 0 && key[n] == '_' && pe_ends_with(key, "_0")) {
        size_t length = strlen(key) - n - 3;

        for (int i = 1; i < TASK_COUNT; i++) {
            if (strlen(task_names[i]) == length && strncmp(key + n + 1, task_names[i], length) == 0) {
                return pe_key(s, r, (enum pe_task)i);
            }
        }
    }
    for (uint32_t i = 0; i < r->n_keys; i++) {
        if (strcmp(r->keys[i]->key, key) == 0) {
            return r->keys[i];
        }
    }
    return add_key(s, r, pe_strdup(s, key));
}

struct pe_keyset *pe_key_op(pe_sched *s, pe_rsc *r, const char *task, uint32_t interval)
{
    enum pe_task known = pe_task_of(task);

    if (interval == 0 && known != TASK_OTHER) {
        return pe_key(s, r, known);
    }
    return pe_key_text(s, r, pe_printf(s, "%s_%s_%u", r->id, task, interval));
}

static bool notify_or_migrate(const char *text, size_t length)
{
    static const char *const exact[] = {"migrate_from", "migrate_to"};

    for (size_t i = 0; i < 2; i++) {
        if (length == strlen(exact[i]) && strncmp(text, exact[i], length) == 0) {
            return true;
        }
    }
    if (length > 11 && strncmp(text, "pre_notify_", 11) == 0) {
        text += 11;
        length -= 11;
    } else if (length > 12 && strncmp(text, "post_notify_", 12) == 0) {
        text += 12;
        length -= 12;
    } else {
        return false;
    }
    if (notify_or_migrate(text, length) && text[0] == 'm') {
        return true;
    }
    for (size_t i = 0; i < length; i++) {
        if (!islower((unsigned char)text[i])) {
            return false;
        }
    }
    return length > 0;
}

bool pe_parse_op_key(pe_sched *s, const char *key, const char **rsc, const char **task, uint32_t *interval)
{
    const char *last = key == NULL ? NULL : strrchr(key, '_'), *mid = NULL;
    char *end;
    unsigned long long ms;

    if (last == NULL || last == key) {
        return false;
    }
    ms = strtoull(last + 1, &end, 10);
    if (end == last + 1 || *end != '\0' || !isdigit((unsigned char)last[1])) {
        return false;
    }
    /* the longest resource name such that the rest is migrate_* or a notification */
    for (const char *p = last - 1; p > key; p--) {
        if (*p == '_' && mid == NULL) {
            mid = p;
        }
        if (*p == '_' && notify_or_migrate(p + 1, (size_t)(last - p - 1))) {
            mid = p;
            break;
        }
    }
    if (mid == NULL) {
        return false;
    }
    *rsc = pe_strndup(s, key, (size_t)(mid - key));
    *task = pe_strndup(s, mid + 1, (size_t)(last - mid - 1));
    *interval = ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
    return true;
}

const char *pe_base_name(pe_sched *s, const char *id)
{
    size_t n = strlen(id), i = n;

    while (i > 0 && isdigit((unsigned char)id[i - 1])) {
        i--;
    }
    if (i == n || i < 2 || id[i - 1] != ':') {
        return id;
    }
    return pe_strndup(s, id, i - 1);
}

char *pe_safe_id(char *id)
{
    for (char *p = id; *p != '\0'; p++) {
        if (*p == ':' || *p == '#') {
            *p = '.';
        }
    }
    return id;
}
