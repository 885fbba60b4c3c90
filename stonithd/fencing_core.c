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

static void notify_history(fencing_t *f)
{
    f->ops->notify(f->arg, ST_NOTIFY_HISTORY, NULL, NULL);
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
        text_replace(&other->delegate, op->delegate);
        fence_result_copy(&other->result, &op->result);
        finish(other, broadcast, true);
    }
}

static void log_end(const fencing_op_t *op, bool merged)
{
    const char *reason = text_or(op->result.exit_reason, "");
    char *text = g_strdup_printf(
        "Operation '%s'%s targeting %s by %s for %s@%s: %s (%s%s%s)", op->action, merged ? " (merged)" : "",
        op->target, text_or(op->delegate, "unknown node"), text_or(op->client_name, "unknown client"),
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

    op_release_progress(op);
    f->ops->now(f->arg, &op->completed, &op->completed_nsec);
    op->state = fence_result_ok(&op->result) ? FENCING_DONE : FENCING_FAILED;
    log_end(op, merged);
    op_reply_client(op, broadcast);
    data = op_notify_data(op, false);
    f->ops->notify(f->arg, ST_NOTIFY_FENCE, &op->result, data);
    notify_history(f);
    finish_merged(op, broadcast);
}

void fencing_on_broadcast(fencing_t *f, const char *from, const xmlNode *msg)
{
    const xmlNode *data = xml_find_with(msg, "rc-code", DATA_DEPTH);
    fencing_op_t *op = fencing_find(f, message_value(msg, "st_remote_op"));
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
    const char *delegate = message_value(msg, "st_delegate");
    if (delegate == NULL && result.op_status != EXEC_NO_FENCE_DEVICE
        && !(result.op_status == EXEC_INVALID && result.exit_status == CRM_EX_EXPIRED)) {
        delegate = from;
    }
    if (delegate != NULL) {
        text_replace(&op->delegate, delegate);
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
        text_replace(&op->action, op->asked_action);
    }
    op_free_level(op);
    if (entry == NULL) {
        return false;
    }
    do {
        op->level++;
    } while (op->level <= TOPOLOGY_LEVEL_MAX
             && (entry->levels[op->level] == NULL || entry->levels[op->level]->len == 0));
    if (op->level > TOPOLOGY_LEVEL_MAX) {
        log_info("All fencing options targeting %s for client %s failed", op->target,
                 op_client(op));
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
        text_replace(&op->action, "off");
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
             op_client(op), op->id);
    op->phase = PHASE_ON;
    text_replace(&op->action, "on");
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
                   op_client(op), op->originator, op_device(op));
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
             op->target, op_client(op), op->id);
    op_arm(op, TIMER_TOTAL, (unsigned)op->total_timeout_s);
    op_report_timeout(op);
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
                   peer->host, op->action, op->target, device, op_client(op), timeout_s);
    } else {
        log_notice("Requesting that %s perform '%s' action targeting %s | for client %s (%ds, %ds)",
                   peer->host, op->action, op->target, op_client(op), timeout_s, op->total_timeout_s);
        peer->tried = true;
    }
    op->state = FENCING_EXEC;
    op->watchdog_wait = watchdog_s > 0;
    if (op->watchdog_wait) {
        log_notice("Waiting %us for %s to self-fence (%s) for client %s", watchdog_s, op->target, op->action,
                   op_client(op));
    }
    op_disarm(op, TIMER_DEVICE);
    op_arm(op, TIMER_DEVICE, op->watchdog_wait ? watchdog_s : (unsigned)timeout_s);
    op_send_execute(op, peer->host, device, timeout_s);
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
                   op_client(op));
        op->state = FENCING_EXEC;
        op->watchdog_wait = true;
        op_disarm(op, TIMER_DEVICE);
        op_arm(op, TIMER_DEVICE, watchdog_s);
    } else if (op->state == FENCING_QUERY) {
        log_warn("No peers (out of %u) have devices capable of '%s' targeting %s for client %s", op->replies,
                 op->action, op->target, op_client(op));
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
    fencing_op_t *op = fencing_find(f, message_value(reply, "st_remote_op"));

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
    fencing_op_t *op = fencing_find(f, message_value(reply, "st_remote_op"));
    const char *device = message_value(reply, "st_device_id");
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
    const char *delegate = message_value(reply, "st_delegate");
    bool ok = fence_result_ok(&op->result);
    if (ok) {
        text_replace(&op->delegate, delegate != NULL ? delegate : from);
    }
    log_notice("Action '%s' targeting %s%s%s on behalf of %s@%s: %s%s%s", op->action, op->target,
               device != NULL ? " using " : "", text_or(device, ""), op_client(op), op->originator,
               exec_status_str(op->result.op_status), op->result.exit_reason != NULL ? ": " : "",
               text_or(op->result.exit_reason, ""));
    if (op_uses_topology(op)) {
        if (ok) {
            next_device(op);
        } else if (op->phase == PHASE_ON) {
            log_warn("Ignoring %s 'on' failure (%s) targeting %s after successful 'off'",
                     text_or(device, "device"), exec_status_str(op->result.op_status), op->target);
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
        log_notice("Self-fencing (%s) by %s for %s assumed complete", op->action, op->target, op_client(op));
        op->watchdog_wait = false;
        fence_result_set(&op->result, CRM_EX_OK, EXEC_DONE, NULL);
        op_broadcast_result(op, false);
    } else {
        log_notice("Peer's '%s' action targeting %s for client %s timed out", op->action, op->target,
                   op_client(op));
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
               op->action, op->target, op_client(op), op_client(other), other->originator, other->id, op->id,
               other->total_timeout_s);
    other->merged = g_list_append(other->merged, op);
    op->merged_into = other;
    op->state = FENCING_DUPLICATE;
    op->total_timeout_s = other->total_timeout_s;
    op_arm(op, TIMER_TOTAL, (unsigned)op->total_timeout_s);
    op_report_timeout(op);
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
    op_send_query(op);
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
    text_replace(&op->delegate, "a human");
    fence_result_set(&op->result, CRM_EX_OK, EXEC_DONE, NULL);
    op_broadcast_result(op, false);
}

bool fencing_request(fencing_t *f, xmlNode *request, fence_result_t *result)
{
    const xmlNode *data = xml_find_with(request, "st_target", DATA_DEPTH);
    const char *target = xml_get(data, "st_target"), *action = xml_get(data, "st_device_action");
    unsigned options = (unsigned)xml_int_or(request, "st_callopt", 0);

    if (target == NULL || action == NULL) {
        fence_result_set(result, CRM_EX_PROTOCOL, EXEC_INVALID,
                         "Fencer API request missing required information (bug?)");
        return false;
    }
    if ((options & ST_OPT_MANUAL_ACK) == 0) {
        const char *peer = f->ops->other_peer(f->arg);

        if (tolerated(f, target, action, xml_int_or(data, "st_tolerance", 0))) {
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
        op->relay_id = g_strdup(message_value(request, "st_remote_op"));
        text_replace(&op->client_name, f->own_client_name);
        log_notice("Received forwarded fencing request from %s to fence (%s) peer %s",
                   xml_get(request, "src"), op->action, op->target);
        start(op);
    }
}

void fencing_on_query(fencing_t *f, const xmlNode *query)
{
    const char *id = message_value(query, "st_remote_op");
    const char *relay_id = message_value(query, "st_remote_op_relay");
    const char *target = message_value(query, "st_target");
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

    f->own_name = g_strdup(own_name);
    f->own_client_name = g_strdup(own_client_name);
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
