/*
 * A fencing operation as a thing: its fields from a message, its timers,
 * its place in the table of operations.
 */
#include "config.h"
#include "stonithd/fencing_internal.h"

#include <string.h>
#include <strings.h>

#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

/* ---- small helpers ---- */

bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcasecmp(a, b) == 0);
}

bool text_is(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

const char *text_or(const char *text, const char *unknown)
{
    return text != NULL ? text : unknown;
}

const char *op_client(const fencing_op_t *op)
{
    return text_or(op->client_name, "(unknown)");
}

bool op_finished(const fencing_op_t *op)
{
    return op->state == FENCING_DONE || op->state == FENCING_FAILED;
}

bool op_uses_topology(const fencing_op_t *op)
{
    return (op->options & ST_OPT_TOPOLOGY) != 0;
}

const char *op_device(const fencing_op_t *op)
{
    return op->devices != NULL ? op->devices->data : NULL;
}

const char *message_value(const xmlNode *node, const char *attribute)
{
    return xml_get(xml_find_with(node, attribute, DATA_DEPTH), attribute);
}

void text_replace(char **target, const char *value)
{
    char *new_value = g_strdup(value);

    g_free(*target);
    *target = new_value;
}

void op_arm(fencing_op_t *op, enum fencing_timer timer, unsigned seconds)
{
    op->armed[timer] = true;
    op->fencing->ops->arm(op->fencing->arg, op, timer, seconds);
}

void op_disarm(fencing_op_t *op, enum fencing_timer timer)
{
    if (op->armed[timer]) {
        op->armed[timer] = false;
        op->fencing->ops->disarm(op->fencing->arg, op, timer);
    }
}

/* ---- operations and their table ---- */

fencing_op_t *fencing_find(fencing_t *fencing, const char *id)
{
    return id != NULL ? g_hash_table_lookup(fencing->by_id, id) : NULL;
}

static void free_peers(fencing_op_t *op)
{
    g_list_free_full(op->peers, (GDestroyNotify)peer_free);
    op->peers = NULL;
}

void op_free_level(fencing_op_t *op)
{
    g_list_free_full(op->devices, g_free);
    op->devices = NULL;
}

/* What only a running operation needs. */
void op_release_progress(fencing_op_t *op)
{
    for (int timer = 0; timer < TIMER_COUNT; timer++) {
        op_disarm(op, (enum fencing_timer)timer);
    }
    free_peers(op);
    op_free_level(op);
    g_list_free_full(op->required, g_free);
    op->required = NULL;
}

static void op_free(fencing_op_t *op)
{
    op_release_progress(op);
    for (GList *item = op->merged; item != NULL; item = item->next) {
        ((fencing_op_t *)item->data)->merged_into = NULL;
    }
    g_list_free(op->merged);
    if (op->merged_into != NULL) {
        op->merged_into->merged = g_list_remove(op->merged_into->merged, op);
    }
    fence_result_clear(&op->result);
    g_free(op->id);
    g_free(op->target);
    g_free(op->asked_action);
    g_free(op->action);
    g_free(op->originator);
    g_free(op->client_id);
    g_free(op->client_name);
    g_free(op->client_node);
    g_free(op->delegate);
    g_free(op->relay_id);
    g_free(op);
}

void op_remove(fencing_op_t *op)
{
    g_hash_table_remove(op->fencing->by_id, op->id);
    g_queue_remove(&op->fencing->order, op);
    op_free(op);
}

/* Record an operation: of a client's request, or a copy of a peer's. NULL: the message lacks something. */
fencing_op_t *op_create(fencing_t *f, const xmlNode *msg, bool from_peer)
{
    const xmlNode *data = xml_find_with(msg, "st_target", DATA_DEPTH);
    const char *id = from_peer ? message_value(msg, "st_remote_op") : NULL;
    const char *target = xml_get(data, "st_target");
    const char *action = xml_get(data, "st_device_action");
    char uuid[37];
    long nsec = 0;

    if (target == NULL || action == NULL || (from_peer && id == NULL)) {
        return NULL;
    }
    if (!from_peer) {
        f->ops->uuid(f->arg, uuid);
        id = uuid;
    }
    const char *origin = message_value(msg, "st_origin");
    fencing_op_t *op = g_new0(fencing_op_t, 1);
    *op = (fencing_op_t){
        .fencing = f,
        .id = g_strdup(id),
        .target = g_strdup(target),
        .asked_action = g_strdup(action),
        .action = g_strdup(action),
        .originator = g_strdup(from_peer && origin != NULL ? origin : f->own_name),
        .client_id = g_strdup(message_value(msg, "st_clientid")),
        .client_name = g_strdup(message_value(msg, "st_clientname")),
        .client_node = g_strdup(message_value(msg, "st_clientnode")),
        .client_call_id = xml_int_or(msg, "st_callid", 0),
        .options = (unsigned)xml_int_or(msg, "st_callopt", 0),
        .base_timeout_s = xml_int_or(msg, "st_timeout", 0),
        .delay_s = xml_int_or(msg, "st_delay", 0),
        .owner = !from_peer,
        .state = FENCING_QUERY,
        .replies_expected = f->ops->active_peers(f->arg),
    };
    if (op->base_timeout_s < 0) {
        op->base_timeout_s = 0;
    }
    fence_result_set(&op->result, CRM_EX_ERROR, EXEC_UNKNOWN, NULL);
    f->ops->now(f->arg, &op->created, &nsec);
    fencing_op_t *old = fencing_find(f, op->id);
    if (old != NULL) {
        op_remove(old);
    }
    g_hash_table_replace(f->by_id, op->id, op);
    g_queue_push_tail(&f->order, op);
    history_trim(f);
    return op;
}
