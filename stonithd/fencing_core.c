/* The fencing core: life of an operation, from the request to the result everybody hears of (fencer.md §8).
 */
#include "config.h"
#include "stonithd/fencing_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

#define TIMEOUT_TEXT                                                                                         \
    "Fencing did not complete within a total timeout based on the configured timeout and retries for any "   \
    "devices attempted"
#define DATA_DEPTH 8u

/* ---- small helpers ---- */

bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcasecmp(a, b) == 0);
}

bool text_is(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static const char *or_unknown(const char *text, const char *unknown)
{
    return text != NULL ? text : unknown;
}

static const char *client_of(const fencing_op_t *op)
{
    return or_unknown(op->client_name, "(unknown)");
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

static int get_int(const xmlNode *node, const char *name, int missing)
{
    long long value = 0;

    return xml_get_int(node, name, &value) == 0 && value >= INT32_MIN && value <= INT32_MAX ? (int)value
                                                                                            : missing;
}

/* The element itself or the first below it that has the attribute. */
static const xmlNode *find_with(const xmlNode *node, const char *attribute, unsigned depth)
{
    if (xml_get(node, attribute) != NULL) {
        return node;
    }
    xml_foreach (child, node, NULL) {
        const xmlNode *found = depth > 0 ? find_with(child, attribute, depth - 1) : NULL;
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static const char *get_deep(const xmlNode *node, const char *attribute)
{
    return xml_get(find_with(node, attribute, DATA_DEPTH), attribute);
}

static char *copy(const char *text)
{
    return g_strdup(text);
}

static void replace(char **target, const char *value)
{
    char *new_value = copy(value);

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

static void notify_history(fencing_t *f)
{
    f->ops->notify(f->arg, ST_NOTIFY_HISTORY, NULL, NULL);
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

static void free_level(fencing_op_t *op)
{
    g_list_free_full(op->devices, g_free);
    op->devices = NULL;
}

/* What only a running operation needs. */
static void release_progress(fencing_op_t *op)
{
    for (int timer = 0; timer < TIMER_COUNT; timer++) {
        op_disarm(op, (enum fencing_timer)timer);
    }
    free_peers(op);
    free_level(op);
    g_list_free_full(op->required, g_free);
    op->required = NULL;
}

static void op_free(fencing_op_t *op)
{
    release_progress(op);
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
    const xmlNode *data = find_with(msg, "st_target", DATA_DEPTH);
    const char *id = from_peer ? get_deep(msg, "st_remote_op") : NULL;
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
    const char *origin = get_deep(msg, "st_origin");
    fencing_op_t *op = g_new0(fencing_op_t, 1);
    *op = (fencing_op_t){
        .fencing = f,
        .id = copy(id),
        .target = copy(target),
        .asked_action = copy(action),
        .action = copy(action),
        .originator = copy(from_peer && origin != NULL ? origin : f->own_name),
        .client_id = copy(get_deep(msg, "st_clientid")),
        .client_name = copy(get_deep(msg, "st_clientname")),
        .client_node = copy(get_deep(msg, "st_clientnode")),
        .client_call_id = get_int(msg, "st_callid", 0),
        .options = (unsigned)get_int(msg, "st_callopt", 0),
        .base_timeout_s = get_int(msg, "st_timeout", 0),
        .delay_s = get_int(msg, "st_delay", 0),
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

/* ---- telling: the client, the subscribers, the peers ---- */

static xmlNode *new_command(const char *op_name, const fencing_op_t *op)
{
    xmlNode *msg = xml_new("stonith_command");

    xml_set(msg, "__name__", "stonith_command");
    xml_set(msg, "t", "stonith-ng");
    xml_set(msg, "st_async_id", op->id);
    xml_set(msg, "st_op", op_name);
    xml_set_int(msg, "st_callid", op->client_call_id);
    xml_set_int(msg, "st_callopt", op->options);
    xml_set(msg, "st_remote_op", op->id);
    xml_set(msg, "st_target", op->target);
    xml_set(msg, "st_device_action", op->action);
    xml_set(msg, "st_origin", op->originator);
    xml_set(msg, "st_clientid", op->client_id);
    xml_set(msg, "st_clientname", op->client_name);
    return msg;
}

static void send_query(fencing_op_t *op)
{
    fencing_t *f = op->fencing;
    XML_AUTO xmlNode *msg = new_command("st_query", op);

    xml_set(msg, "st_device_action", op->asked_action);
    xml_set_int(msg, "st_timeout", op->base_timeout_s);
    xml_set(msg, "st_remote_op_relay", op->relay_id);
    log_info("Querying peers about devices for %s of %s | id=%.8s", op->action, op->target, op->id);
    f->ops->send(f->arg, NULL, msg);
    op_arm(op, TIMER_QUERY, (unsigned)(op->base_timeout_s * TIMEOUT_FACTOR));
}

static void send_execute(fencing_op_t *op, const char *peer, const char *device, int timeout_s)
{
    fencing_t *f = op->fencing;
    XML_AUTO xmlNode *msg = new_command("st_fence", op);

    xml_set_int(msg, "st_timeout", timeout_s);
    xml_set_int(msg, "st_delay", op->delay_s);
    xml_set(msg, "st_device_id", device);
    f->ops->send(f->arg, peer, msg);
}

/* Tell the client how long it may take in all (§9). */
static void report_timeout(fencing_op_t *op)
{
    fencing_t *f = op->fencing;

    if ((op->options & (ST_OPT_SYNC_CALL | ST_OPT_MANUAL_ACK)) != 0 || op->client_node == NULL
        || op->client_id == NULL || op->client_call_id <= 0) {
        return;
    }
    if (same_text(op->client_node, f->own_name)) {
        XML_AUTO xmlNode *msg = xml_new("st-async-timeout-value");

        xml_set(msg, "t", "st-async-timeout-value");
        xml_set_int(msg, "st_callid", op->client_call_id);
        xml_set_int(msg, "st_timeout", op->total_timeout_s);
        f->ops->reply(f->arg, op->client_id, ST_OPT_NONE, msg);
    } else {
        XML_AUTO xmlNode *msg = xml_new("stonith_command");

        xml_set(msg, "st_op", "st_timeout_update");
        xml_set(msg, "st_clientid", op->client_id);
        xml_set_int(msg, "st_callid", op->client_call_id);
        xml_set_int(msg, "st_timeout", op->total_timeout_s);
        f->ops->send(f->arg, op->client_node, msg);
    }
}

static xmlNode *notify_data(const fencing_op_t *op, bool with_result)
{
    xmlNode *data = xml_new(ST_NOTIFY_FENCE);

    xml_set_int(data, "state", op->state);
    xml_set(data, "st_target", op->target);
    xml_set(data, "st_device_action", op->action);
    xml_set(data, "st_delegate", op->delegate);
    xml_set(data, "st_remote_op", op->id);
    xml_set(data, "st_origin", op->originator);
    xml_set(data, "st_clientid", op->client_id);
    xml_set(data, "st_clientname", op->client_name);
    if (with_result) {
        fence_result_to_xml(data, &op->result);
    }
    return data;
}

static bool result_final(const fence_result_t *result)
{
    return result->op_status != EXEC_UNKNOWN;
}

void op_broadcast_result(fencing_op_t *op, bool merged)
{
    fencing_t *f = op->fencing;
    XML_AUTO xmlNode *msg = xml_new("st-reply");

    if (!result_final(&op->result)) {
        fence_result_set(&op->result, CRM_EX_ERROR, EXEC_ERROR, NULL);
    }
    op->state = fence_result_ok(&op->result) ? FENCING_DONE : FENCING_FAILED;
    op->phase = PHASE_REQUESTED;
    replace(&op->action, op->asked_action);
    release_progress(op);
    XML_AUTO xmlNode *data = notify_data(op, true);
    xml_set(msg, "t", "st_notify");
    xml_set(msg, "subt", "broadcast");
    xml_set(msg, "st_op", "st_notify");
    xml_set_int(msg, "count", fencing_history_size(f));
    if (merged) {
        xml_set(msg, "st_op_merged", "true");
    }
    message_add_child(msg, "st_calldata", data);
    f->ops->send(f->arg, NULL, msg);
}

/* What the client that started it here gets. */
static void reply_client(fencing_op_t *op, const xmlNode *broadcast)
{
    fencing_t *f = op->fencing;
    XML_AUTO xmlNode *reply = xml_new("st-reply");

    if (op->client_id == NULL || op->client_call_id <= 0) {
        return;
    }
    xml_set(reply, "st_origin", "fencing_construct_reply");
    xml_set(reply, "t", "stonith-ng");
    fence_result_to_xml(reply, &op->result);
    xml_set(reply, "st_op", "st_fence");
    xml_set_int(reply, "st_callid", op->client_call_id);
    xml_set(reply, "st_clientid", op->client_id);
    xml_set(reply, "st_clientname", op->client_name);
    xml_set(reply, "st_remote_op", op->id);
    xml_set_int(reply, "st_callopt", op->options);
    xml_set(reply, "st_delegate", op->delegate);
    if (broadcast != NULL) {
        message_add_child(reply, "st_calldata", broadcast);
    }
    f->ops->reply(f->arg, op->client_id, op->options, reply);
}

/* ---- the end, as every node sees it ---- */

static void finish(fencing_op_t *op, const xmlNode *broadcast, bool merged);

static void finish_merged(fencing_op_t *op, const xmlNode *broadcast)
{
    while (op->merged != NULL) {
        fencing_op_t *other = op->merged->data;

        op->merged = g_list_delete_link(op->merged, op->merged);
        other->merged_into = NULL;
        other->state = op->state;
        replace(&other->delegate, op->delegate);
        fence_result_copy(&other->result, &op->result);
        finish(other, broadcast, true);
    }
}

static void log_end(const fencing_op_t *op, bool merged)
{
    const char *reason = or_unknown(op->result.exit_reason, "");
    char *text = g_strdup_printf(
        "Operation '%s'%s targeting %s by %s for %s@%s: %s (%s%s%s)", op->action, merged ? " (merged)" : "",
        op->target, or_unknown(op->delegate, "unknown node"), or_unknown(op->client_name, "unknown client"),
        op->originator, crm_exit_str((crm_exit_t)op->result.exit_status),
        exec_status_str(op->result.op_status), reason[0] != '\0' ? ": " : "", reason);

    if (fence_result_ok(&op->result)) {
        log_notice("%s | id=%.8s", text, op->id);
    } else {
        log_err("%s | id=%.8s", text, op->id);
    }
    g_free(text);
}

/* The result is in op: time it, say it, tell our clients. */
static void finish(fencing_op_t *op, const xmlNode *broadcast, bool merged)
{
    fencing_t *f = op->fencing;
    XML_AUTO xmlNode *data = NULL;

    release_progress(op);
    f->ops->now(f->arg, &op->completed, &op->completed_nsec);
    op->state = fence_result_ok(&op->result) ? FENCING_DONE : FENCING_FAILED;
    log_end(op, merged);
    reply_client(op, broadcast);
    data = notify_data(op, false);
    f->ops->notify(f->arg, ST_NOTIFY_FENCE, &op->result, data);
    notify_history(f);
    finish_merged(op, broadcast);
}

void fencing_on_broadcast(fencing_t *f, const char *from, const xmlNode *msg)
{
    const xmlNode *data = find_with(msg, "rc-code", DATA_DEPTH);
    fencing_op_t *op = fencing_find(f, get_deep(msg, "st_remote_op"));
    fence_result_t result = {0};

    fence_result_from_xml(data, &result);
    if (op == NULL && fence_result_ok(&result)) {
        op = op_create(f, data, true);      /* we came too late for the query */
    }
    if (op == NULL || (op_finished(op) && op->completed != 0)) {
        log_debug("Ignoring result of an unknown or finished fencing operation from %s", from);
        fence_result_clear(&result);
        return;
    }
    const char *delegate = get_deep(msg, "st_delegate");
    if (delegate == NULL && result.op_status != EXEC_NO_FENCE_DEVICE
        && !(result.op_status == EXEC_INVALID && result.exit_status == CRM_EX_EXPIRED)) {
        delegate = from;
    }
    if (delegate != NULL) {
        replace(&op->delegate, delegate);
    }
    fence_result_copy(&op->result, &result);
    fence_result_clear(&result);
    finish(op, msg, xml_get_true(msg, "st_op_merged"));
}

/* ---- topology levels ---- */

/* Take the devices of the next level that has any. */
bool op_next_level(fencing_op_t *op, bool empty_ok)
{
    const topology_entry_t *entry = topology_find(op->fencing->topology, op->target);

    /* a remapped reboot starts over as a reboot */
    if (op->phase != PHASE_REQUESTED) {
        log_info("Undoing remap of reboot targeting %s", op->target);
        op->phase = PHASE_REQUESTED;
        replace(&op->action, op->asked_action);
    }
    free_level(op);
    if (entry == NULL) {
        return false;
    }
    do {
        op->level++;
    } while (op->level <= TOPOLOGY_LEVEL_MAX
             && (entry->levels[op->level] == NULL || entry->levels[op->level]->len == 0));
    if (op->level > TOPOLOGY_LEVEL_MAX) {
        log_info("All fencing options targeting %s for client %s failed", op->target,
                 client_of(op));
        return false;
    }
    const GPtrArray *ids = entry->levels[op->level];
    for (guint i = 0; i < ids->len; i++) {
        op->devices = g_list_append(op->devices, g_strdup(g_ptr_array_index(ids, i)));
    }
    if (op->level > 1) {
        op->delay_s = 0;
    }
    if (ids->len > 1 && text_is(op->asked_action, "reboot")) {
        log_info("Remapping multiple-device reboot targeting %s | id=%.8s", op->target, op->id);
        op->phase = PHASE_OFF;
        replace(&op->action, "off");
    }
    return true;
}

/* All devices of the level are off: turn them on again, those that may be. */
static void begin_on_phase(fencing_op_t *op)
{
    fencing_t *f = op->fencing;
    const topology_entry_t *entry = topology_find(f->topology, op->target);
    const GPtrArray *ids = entry != NULL ? entry->levels[op->level] : NULL;

    log_info("Remapped 'off' targeting %s complete, remapping to 'on' for %s | id=%.8s", op->target,
             client_of(op), op->id);
    op->phase = PHASE_ON;
    replace(&op->action, "on");
    for (guint i = 0; ids != NULL && i < ids->len; i++) {
        const char *id = g_ptr_array_index(ids, i);

        if (op_device_required(op, id)) {
            continue;                    /* unfenced by the cluster later */
        }
        if (f->ops->may_turn_on(f->arg, id)) {
            op->devices = g_list_append(op->devices, g_strdup(id));
        } else {
            log_info("Not turning %s back on using %s because the device is configured to stay off",
                     op->target, id);
        }
    }
}

static void drop_required(fencing_op_t *op, const char *device)
{
    GList *found = g_list_find_custom(op->required, device, (GCompareFunc)strcmp);

    if (found != NULL) {
        g_free(found->data);
        op->required = g_list_delete_link(op->required, found);
    }
}

/* The current device is done: next one, or the end of the level. */
static void next_device(fencing_op_t *op)
{
    if (op->devices != NULL) {
        if (text_is(op->asked_action, "on")) {
            drop_required(op, op_device(op));
        }
        g_free(op->devices->data);
        op->devices = g_list_delete_link(op->devices, op->devices);
    }
    if (op->devices == NULL && text_is(op->asked_action, "on")) {
        op->devices = op->required;
        op->required = NULL;
    }
    if (op->devices == NULL && op->phase == PHASE_OFF) {
        begin_on_phase(op);
    }
    if (op->devices != NULL) {
        log_notice("Next targeting %s on behalf of %s@%s using %s", op->target,
                   client_of(op), op->originator, op_device(op));
        op->delay_s = op->delay_s > 0 ? 0 : op->delay_s;
        op_continue(op, NULL);
    } else {
        log_info("Marking complex fencing op targeting %s as complete", op->target);
        op->state = FENCING_DONE;
        fence_result_set(&op->result, CRM_EX_OK, EXEC_DONE, NULL);
        op_broadcast_result(op, false);
    }
}

/* ---- asking peers ---- */

static void fail(fencing_op_t *op, int exit_status, int op_status, const char *reason)
{
    fence_result_set(&op->result, exit_status, op_status, reason);
    op->state = FENCING_FAILED;
    op_broadcast_result(op, false);
}

static void start_total_timer(fencing_op_t *op, const fencing_peer_t *peer)
{
    if (op->total_timeout_s > 0) {
        return;
    }
    op->total_timeout_s = (int)(TIMEOUT_FACTOR * op_total_timeout(op, peer));
    log_info("Total timeout set to %d for peer's fencing targeting %s for %s | id=%.8s", op->total_timeout_s,
             op->target, client_of(op), op->id);
    op_arm(op, TIMER_TOTAL, (unsigned)op->total_timeout_s);
    report_timeout(op);
}

/* Seconds after which the target's watchdog will have done it, 0 = that is not how it is fenced now. */
static unsigned watchdog_wait(const fencing_op_t *op, const fencing_peer_t *peer, const char *device)
{
    fencing_t *f = op->fencing;
    bool itself = peer != NULL && same_text(peer->host, op->target) && !text_is(op->action, "on");

    return text_is(device, "watchdog") || itself ? f->ops->watchdog_s(f->arg, op->target) : 0;
}

static void ask_peer(fencing_op_t *op, fencing_peer_t *peer)
{
    const char *device = op_uses_topology(op) ? op_device(op) : NULL;
    int timeout_s = (int)(TIMEOUT_FACTOR * (device != NULL ? op_device_timeout(op, peer, device)
                                                          : op_peer_timeout(op, peer)));
    unsigned watchdog_s = watchdog_wait(op, peer, device);

    start_total_timer(op, peer);
    if (device != NULL) {
        log_notice("Requesting that %s perform '%s' action targeting %s using %s | for client %s (%ds)",
                   peer->host, op->action, op->target, device, client_of(op), timeout_s);
    } else {
        log_notice("Requesting that %s perform '%s' action targeting %s | for client %s (%ds, %ds)",
                   peer->host, op->action, op->target, client_of(op), timeout_s, op->total_timeout_s);
        peer->tried = true;
    }
    op->state = FENCING_EXEC;
    op->watchdog_wait = watchdog_s > 0;
    if (op->watchdog_wait) {
        log_notice("Waiting %us for %s to self-fence (%s) for client %s", watchdog_s, op->target, op->action,
                   client_of(op));
    }
    op_disarm(op, TIMER_DEVICE);
    op_arm(op, TIMER_DEVICE, op->watchdog_wait ? watchdog_s : (unsigned)timeout_s);
    send_execute(op, peer->host, device, timeout_s);
}

/* Nobody is left to ask, and every answer is in: maybe the target's watchdog does it. */
static void nobody_left(fencing_op_t *op)
{
    fencing_t *f = op->fencing;
    const char *device = op_device(op);
    unsigned watchdog_s =
        device == NULL || text_is(device, "watchdog") ? f->ops->watchdog_s(f->arg, op->target) : 0;

    if (watchdog_s > 0 && !text_is(op->action, "on")) {
        log_notice("Waiting %us for %s to self-fence (%s) for client %s", watchdog_s, op->target, op->action,
                   client_of(op));
        op->state = FENCING_EXEC;
        op->watchdog_wait = true;
        op_disarm(op, TIMER_DEVICE);
        op_arm(op, TIMER_DEVICE, watchdog_s);
    } else if (op->state == FENCING_QUERY) {
        log_warn("No peers (out of %u) have devices capable of '%s' targeting %s for client %s", op->replies,
                 op->action, op->target, client_of(op));
        fail(op, CRM_EX_ERROR, EXEC_NO_FENCE_DEVICE, NULL);
    } else if (op_uses_topology(op)) {
        fail(op, CRM_EX_ERROR, EXEC_NO_FENCE_DEVICE, NULL);
    } else {
        log_info("No peers can '%s' %s any more", op->action, op->target);
        op->state = FENCING_FAILED;
        op_broadcast_result(op, false);
    }
}

void op_continue(fencing_op_t *op, fencing_peer_t *preferred)
{
    bool wait = false;
    fencing_peer_t *peer = preferred != NULL ? preferred : op_choose_peer(op, &wait);

    op->waiting = false;
    if (peer != NULL) {
        ask_peer(op, peer);
    } else if (wait) {
        log_info("Waiting for more replies (%u of %u so far) to %s %s", op->replies, op->replies_expected,
                 op->action, op->target);
        op->waiting = true;
    } else if (op->phase == PHASE_ON) {
        log_info("Ignoring %s 'on' failure (no capable peers) targeting %s after successful 'off'",
                 op_device(op), op->target);
        next_device(op);
    } else if (!op->armed[TIMER_QUERY] && !op_has_all_replies(op)) {
        fail(op, CRM_EX_ERROR, EXEC_TIMEOUT, "All nodes failed, or are unable, to fence target");
    } else if (op_has_all_replies(op)) {
        nobody_left(op);
    } else {
        op->waiting = true;
    }
}

void fencing_on_query_reply(fencing_t *f, const char *from, const xmlNode *reply)
{
    fencing_op_t *op = fencing_find(f, get_deep(reply, "st_remote_op"));

    if (op == NULL || !op->owner || op_finished(op) || op->state == FENCING_DUPLICATE) {
        log_debug("Ignoring query reply of %s: no such operation is running", from);
        return;
    }
    op->replies++;
    fencing_peer_t *peer = peer_from_reply(op, from, reply);
    if (peer->devices->len == 0) {
        peer_free(peer);
        peer = NULL;
    } else {
        op_add_peer(op, peer);
    }
    bool all_in = op_has_all_replies(op);
    bool may_start = op->state == FENCING_QUERY || op->waiting;
    log_debug("Query reply %u of %u for %s from %s: %u devices", op->replies, op->replies_expected,
              op->target, from, peer != NULL ? peer->devices->len : 0);
    if (!may_start) {
        return;
    }
    if (all_in) {
        op_continue(op, NULL);
    } else if (op_uses_topology(op)) {
        if (op->state == FENCING_QUERY && op_topology_covered(op)) {
            op_continue(op, NULL);
        }
    } else if (peer != NULL && !same_text(from, op->target) && peer_has_verified(op, peer)) {
        op_continue(op, peer);
    }
}

void fencing_on_exec_reply(fencing_t *f, const char *from, const xmlNode *reply)
{
    fencing_op_t *op = fencing_find(f, get_deep(reply, "st_remote_op"));
    const char *device = get_deep(reply, "st_device_id");
    fence_result_t result = {0};

    if (op == NULL || !op->owner || op_finished(op)) {
        log_debug("Ignoring fencing result of %s: no such operation is running", from);
        return;
    }
    if (op_uses_topology(op) && device != NULL && !text_is(device, op_device(op))) {
        log_info("Ignoring outdated result of %s from %s (current device is %s)", device, from,
                 op_device(op) != NULL ? op_device(op) : "none");
        return;
    }
    op_disarm(op, TIMER_DEVICE);
    fence_result_from_xml(reply, &result);
    fence_result_copy(&op->result, &result);
    fence_result_clear(&result);
    const char *delegate = get_deep(reply, "st_delegate");
    bool ok = fence_result_ok(&op->result);
    if (ok) {
        replace(&op->delegate, delegate != NULL ? delegate : from);
    }
    log_notice("Action '%s' targeting %s%s%s on behalf of %s@%s: %s%s%s", op->action, op->target,
               device != NULL ? " using " : "", or_unknown(device, ""), client_of(op), op->originator,
               exec_status_str(op->result.op_status), op->result.exit_reason != NULL ? ": " : "",
               or_unknown(op->result.exit_reason, ""));
    if (op_uses_topology(op)) {
        if (ok) {
            next_device(op);
        } else if (op->phase == PHASE_ON) {
            log_warn("Ignoring %s 'on' failure (%s) targeting %s after successful 'off'",
                     or_unknown(device, "device"), exec_status_str(op->result.op_status), op->target);
            next_device(op);
        } else if (op_next_level(op, false)) {
            op_continue(op, NULL);
        } else {
            op->state = FENCING_FAILED;
            op_broadcast_result(op, false);
        }
    } else if (ok || op->result.op_status == EXEC_TIMEOUT) {
        op_broadcast_result(op, false);
    } else {
        op_continue(op, NULL);
    }
}

void fencing_on_timer(fencing_op_t *op, enum fencing_timer timer)
{
    op->armed[timer] = false;
    if (op_finished(op)) {
        return;
    }
    if (timer == TIMER_QUERY) {
        if (op->state == FENCING_QUERY || op->waiting) {
            if (op->peers != NULL) {
                op_continue(op, NULL);
            } else {
                fail(op, CRM_EX_ERROR, EXEC_TIMEOUT,
                     "No capable peers replied to device query within timeout");
            }
        }
    } else if (timer == TIMER_TOTAL) {
        if (op->phase == PHASE_ON) {
            /* it was off: that is what fencing is for */
            fence_result_set(&op->result, CRM_EX_OK, EXEC_DONE, NULL);
            op_broadcast_result(op, false);
        } else {
            fail(op, CRM_EX_ERROR, EXEC_TIMEOUT, TIMEOUT_TEXT);
        }
    } else if (op->watchdog_wait) {
        log_notice("Self-fencing (%s) by %s for %s assumed complete", op->action, op->target, client_of(op));
        op->watchdog_wait = false;
        fence_result_set(&op->result, CRM_EX_OK, EXEC_DONE, NULL);
        op_broadcast_result(op, false);
    } else {
        log_notice("Peer's '%s' action targeting %s for client %s timed out", op->action, op->target,
                   client_of(op));
        fence_result_set(&op->result, CRM_EX_ERROR, EXEC_TIMEOUT,
                         "Peer did not return fence result within timeout");
        if (op_uses_topology(op) && op->phase == PHASE_ON) {
            next_device(op);
        } else if (op_uses_topology(op) && !op_next_level(op, false)) {
            op_broadcast_result(op, false);
        } else {
            op_continue(op, NULL);
        }
    }
}

/* ---- the beginning ---- */

/* An equal operation that is under way, NULL = none (§8.3). */
static fencing_op_t *find_equal(const fencing_op_t *op)
{
    fencing_t *f = op->fencing;
    long long now = 0;
    long nsec = 0;

    f->ops->now(f->arg, &now, &nsec);
    for (GList *item = f->order.head; item != NULL; item = item->next) {
        fencing_op_t *other = item->data;

        if (other == op || (other->state != FENCING_QUERY && other->state != FENCING_EXEC)
            || !same_text(op->target, other->target) || !text_is(op->asked_action, other->asked_action)
            || text_is(op->client_name, other->client_name) || same_text(other->target, other->originator)) {
            continue;
        }
        if (!f->ops->peer_active(f->arg, other->originator)) {
            log_notice("Not merging with operation of %s: its owner is gone", other->originator);
            other->state = FENCING_FAILED;
            continue;
        }
        if (other->total_timeout_s > 0 && now > other->created + other->total_timeout_s) {
            continue;
        }
        return other;
    }
    return NULL;
}

static bool merge(fencing_op_t *op)
{
    fencing_op_t *other = find_equal(op);

    if (other == NULL) {
        return false;
    }
    if (other->total_timeout_s == 0) {
        other->total_timeout_s = op->total_timeout_s = (int)(TIMEOUT_FACTOR * op_total_timeout(op, NULL));
    }
    log_notice("Merging fencing action '%s' targeting %s originating from client %s with identical request "
               "from %s@%s | "
               "original=%.8s duplicate=%.8s total_timeout=%ds",
               op->action, op->target, client_of(op), client_of(other), other->originator, other->id, op->id,
               other->total_timeout_s);
    other->merged = g_list_append(other->merged, op);
    op->merged_into = other;
    op->state = FENCING_DUPLICATE;
    op->total_timeout_s = other->total_timeout_s;
    op_arm(op, TIMER_TOTAL, (unsigned)op->total_timeout_s);
    report_timeout(op);
    return true;
}

/* Drive the operation: topology, then ask who can do it. */
static void start(fencing_op_t *op)
{
    fencing_t *f = op->fencing;

    if (merge(op)) {
        return;
    }
    notify_history(f);
    if (topology_find(f->topology, op->target) != NULL) {
        op->options |= ST_OPT_TOPOLOGY;
        if (!op_next_level(op, true)) {
            fail(op, CRM_EX_ERROR, EXEC_ERROR, "All topology levels failed");
            return;
        }
    }
    log_notice("Requesting peer fencing (%s) targeting %s | id=%.8s state=%d base_timeout=%ds", op->action,
               op->target, op->id, op->state, op->base_timeout_s);
    send_query(op);
}

/* A recent equal success will do. */
static bool tolerated(fencing_t *f, const char *target, const char *action, int tolerance_s)
{
    long long now = 0;
    long nsec = 0;

    f->ops->now(f->arg, &now, &nsec);
    for (GList *item = f->order.head; tolerance_s > 0 && item != NULL; item = item->next) {
        const fencing_op_t *op = item->data;

        if (op->state == FENCING_DONE && same_text(op->target, target) && text_is(op->action, action)
            && op->completed + tolerance_s >= now) {
            log_notice("Target %s was fenced (%s) less than %ds ago by %s on behalf of %s", target, action,
                       tolerance_s, op->delegate, op->originator);
            return true;
        }
    }
    return false;
}

/* Let another node fence us; what we keep is only a placeholder (§8.9). */
static void relay(fencing_t *f, xmlNode *request, const char *peer)
{
    fencing_op_t *op = op_create(f, request, false);

    if (op == NULL) {
        return;
    }
    log_notice("Forwarding self-fencing request to peer %s due to topology or suicide rules", peer);
    op->owner = false;
    XML_AUTO xmlNode *msg = xml_copy(request);
    xml_set(msg, "st_op", "st_relay");
    xml_set(msg, "st_clientid", op->client_id);
    xml_set(msg, "st_remote_op", op->id);
    f->ops->send(f->arg, peer, msg);
    op_arm(op, TIMER_QUERY, (unsigned)(op->base_timeout_s * TIMEOUT_FACTOR));
}

static void confirm_manually(fencing_op_t *op)
{
    log_notice("Received manual confirmation that %s has been fenced", op->target);
    op->state = FENCING_DONE;
    replace(&op->delegate, "a human");
    fence_result_set(&op->result, CRM_EX_OK, EXEC_DONE, NULL);
    op_broadcast_result(op, false);
}

bool fencing_request(fencing_t *f, xmlNode *request, fence_result_t *result)
{
    const xmlNode *data = find_with(request, "st_target", DATA_DEPTH);
    const char *target = xml_get(data, "st_target"), *action = xml_get(data, "st_device_action");
    unsigned options = (unsigned)get_int(request, "st_callopt", 0);

    if (target == NULL || action == NULL) {
        fence_result_set(result, CRM_EX_PROTOCOL, EXEC_INVALID,
                         "Fencer API request missing required information (bug?)");
        return false;
    }
    if ((options & ST_OPT_MANUAL_ACK) == 0) {
        const char *peer = f->ops->other_peer(f->arg);

        if (tolerated(f, target, action, get_int(data, "st_tolerance", 0))) {
            fence_result_set(result, CRM_EX_OK, EXEC_DONE, NULL);
            return false;
        }
        if (same_text(target, f->own_name) && peer != NULL) {
            relay(f, request, peer);
            return true;
        }
    }
    fencing_op_t *op = op_create(f, request, false);
    if ((options & ST_OPT_MANUAL_ACK) != 0) {
        confirm_manually(op);
    } else {
        start(op);
    }
    return true;
}

void fencing_on_relay(fencing_t *f, xmlNode *request)
{
    fencing_op_t *op = op_create(f, request, false);

    if (op != NULL) {
        op->relay_id = copy(get_deep(request, "st_remote_op"));
        replace(&op->client_name, f->own_client_name);
        log_notice("Received forwarded fencing request from %s to fence (%s) peer %s",
                   xml_get(request, "src"), op->action, op->target);
        start(op);
    }
}

void fencing_on_query(fencing_t *f, const xmlNode *query)
{
    const char *id = get_deep(query, "st_remote_op");
    const char *relay_id = get_deep(query, "st_remote_op_relay");
    const char *target = get_deep(query, "st_target");
    fencing_op_t *placeholder =
        relay_id != NULL && same_text(target, f->own_name) ? fencing_find(f, relay_id) : NULL;

    if (placeholder != NULL && !placeholder->owner) {
        op_remove(placeholder);
    }
    if (id != NULL && fencing_find(f, id) == NULL && op_create(f, query, true) != NULL) {
        notify_history(f);
    }
}

/* ---- the core itself ---- */

static bool node_has_attribute(void *arg, const char *node, const char *attribute, const char *value)
{
    fencing_t *f = arg;

    return f->ops->node_has_attribute(f->arg, node, attribute, value);
}

fencing_t *fencing_new(const char *own_name, const char *own_client_name, const fencing_ops_t *ops, void *arg)
{
    fencing_t *f = g_new0(fencing_t, 1);

    f->own_name = copy(own_name);
    f->own_client_name = copy(own_client_name);
    f->ops = ops;
    f->arg = arg;
    f->topology = topology_new(ops->node_has_attribute != NULL ? node_has_attribute : NULL, f);
    f->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    g_queue_init(&f->order);
    return f;
}

void fencing_free(fencing_t *f)
{
    while (!g_queue_is_empty(&f->order)) {
        op_remove(g_queue_peek_head(&f->order));
    }
    g_hash_table_unref(f->by_id);
    topology_free(f->topology);
    g_free(f->own_name);
    g_free(f->own_client_name);
    g_free(f);
}

topology_t *fencing_topology(fencing_t *f)
{
    return f->topology;
}
