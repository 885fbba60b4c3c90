/* Attributes of history entries, their order,
 * and where the current activity begins (scheduler input §11.4, §11.7). */
#include "pacemaker/common/log.h"
#include "pengine/history.h"

#include <stdio.h>

int pe_history_rc(const xmlNode *op)
{
    return (int)int_parse(xml_get(op, "rc-code"), -1);
}

/* Up to nine digits and a colon; NULL when there is something else. */
static const char *plain_number(const char *text, int *value)
{
    int digits = 0;

    for (*value = 0; digits < 9 && text[digits] >= '0' && text[digits] <= '9'; digits++) {
        *value = *value * 10 + (text[digits] - '0');
    }
    return digits > 0 && text[digits] == ':' ? text + digits + 1 : NULL;
}

static bool decode_key(const char *key, int *action, int *transition, int *target, const char **uuid)
{
    const char *at = key == NULL ? NULL : plain_number(key, action);
    int used = 0;

    at = at == NULL ? NULL : plain_number(at, transition);
    at = at == NULL ? NULL : plain_number(at, target);
    if (at != NULL) {           /* what every key looks like */
        *uuid = at;
        return true;
    }
    if (key == NULL || sscanf(key, "%d:%d:%d:%n", action, transition, target, &used) != 3 || used == 0) {
        return false;
    }
    *uuid = key + used;
    return true;
}

int pe_op_target_rc(const xmlNode *op)
{
    int action, transition, target;
    const char *uuid;

    return decode_key(xml_get(op, "transition-key"), &action, &transition, &target, &uuid) ? target : -1;
}

/* The history records milliseconds. */
uint32_t pe_op_interval(const xmlNode *op)
{
    long long ms = int_parse(xml_get(op, "interval"), 0);

    return ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

int history_status(const xmlNode *op)
{
    const char *value = xml_get(op, "op-status");

    return value == NULL ? -2 : (int)int_parse(value, -1);
}

bool history_is_probe(const xmlNode *op)
{
    return pe_is_probe(xml_get(op, "operation"), pe_op_interval(op));
}

bool pe_maskable_probe(const xmlNode *op)
{
    int rc = pe_history_rc(op);

    return (rc == 5 || rc == 2 || history_status(op) == 7) && history_is_probe(op);
}

struct entry_key {
    const char *node, *id, *magic;
    int64_t call, changed;
};

static struct entry_key entry_key(const xmlNode *op)
{
    return (struct entry_key){
        .node = xml_get(op, "on_node"),
        .id = xml_id(op),
        .magic = xml_get(op, "transition-magic"),
        .call = int_parse(xml_get(op, "call-id"), -1),
        .changed = int_parse(xml_get(op, "last-rc-change"), -1),
    };
}

static bool decode_magic(const char *magic, int *transition, const char **uuid)
{
    int status, rc, action, target, used = 0, items;

    if (magic == NULL) {
        return false;
    }
    items = sscanf(magic, "%d:%d;%n", &status, &rc, &used);
    if (used == 0) {
        log_as("decode_transition_magic", LOG_WARNING,
               "Transition information '%s' incomplete (%d of 3 expected items)", magic,
               items < 0 ? 0 : items);
    }
    return items == 2 && used > 0 && decode_key(magic + used, &action, transition, &target, uuid);
}

static int compare_pending(const struct entry_key *a, const struct entry_key *b)
{
    int transition_a, transition_b;
    const char *uuid_a, *uuid_b;

    if (!decode_magic(a->magic, &transition_a, &uuid_a) || !decode_magic(b->magic, &transition_b, &uuid_b)) {
        return 0;
    }
    if (strcmp(uuid_a, uuid_b) != 0 || transition_a == transition_b) {
        return a->call == -1 ? 1 : b->call == -1 ? -1 : 0;
    }
    if ((transition_a >= 0 && transition_a < transition_b) || transition_b == -1) {
        return -1;
    }
    return 1;
}

/* Negative when a is older than b. */
int history_compare(const xmlNode *op_a, const xmlNode *op_b, bool same_node_default)
{
    struct entry_key a = entry_key(op_a), b = entry_key(op_b);
    bool same_node = a.node == NULL || b.node == NULL ? same_node_default : strcasecmp(a.node, b.node) == 0;

    if (same_node && a.id != NULL && b.id != NULL && strcmp(a.id, b.id) == 0) {
        return 0;
    }
    if (a.call == -1 && b.call == -1) {
        return 0;
    }
    if (same_node && a.call >= 0 && a.call < b.call) {
        return -1;
    }
    if (same_node && b.call >= 0 && a.call > b.call) {
        return 1;
    }
    if (a.call >= 0 && b.call >= 0 && (!same_node || a.call == b.call)) {
        if (a.changed >= 0 && a.changed < b.changed) {
            return -1;
        }
        return b.changed >= 0 && a.changed > b.changed ? 1 : 0;
    }
    return compare_pending(&a, &b);
}

static int by_age(const void *a, const void *b, void *arg)
{
    return history_compare(a, b, true);
}

int pe_sorted_history(pe_sched *s, xmlNode *lrm_rsc, xmlNode ***out)
{
    uint32_t n = 0;

    xml_foreach(op, lrm_rsc, "lrm_rsc_op") {
        n++;
    }
    *out = n == 0 ? NULL : pe_alloc(s, n * sizeof(**out));
    uint32_t i = n;

    xml_foreach(op, lrm_rsc, "lrm_rsc_op") {
        (*out)[--i] = op;
    }
    pe_sort((void **)*out, n, by_age, NULL);
    return (int)n;
}

void pe_history_limits(pe_sched *s, xmlNode **ops, int n, int *start, int *stop)
{
    int implied_monitor = -1, implied_clone = -1;

    (void)s;
    *start = *stop = -1;
    for (int i = 0; i < n; i++) {
        const char *task = xml_get(ops[i], "operation"), *status;

        if (task == NULL) {
            continue;
        }
        status = strcmp(task, "stop") == 0 ? xml_get(ops[i], "op-status") : NULL;
        if (status != NULL && strcmp(status, "0") == 0) {
            *stop = i;
        } else if (strcmp(task, "start") == 0 || strcmp(task, "migrate_from") == 0) {
            *start = i;
        } else if (implied_monitor <= *stop && strcmp(task, "monitor") == 0) {
            int rc = pe_history_rc(ops[i]);

            if (rc == 0 || rc == 8) {
                implied_monitor = i;
            }
        } else if (strcmp(task, "promote") == 0 || strcmp(task, "demote") == 0) {
            implied_clone = i;
        }
    }
    if (*start == -1) {
        *start = implied_clone != -1 ? implied_clone : implied_monitor;
    }
}
