/* The fencing core: what peers can do, whom to ask next, how long it may take (fencer.md §7.2, §8.5, §8.6).
 */
#include "config.h"
#include "stonithd/fencing_internal.h"

#include <stdlib.h>
#include <string.h>

#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"

#define SUPPORTS_ON 32
#define TIMEOUT_MAX_S 100000000

/* ---- query replies ---- */

static void device_free(gpointer data)
{
    fencing_device_t *device = data;

    g_free(device->id);
    g_free(device);
}

void peer_free(fencing_peer_t *peer)
{
    g_ptr_array_unref(peer->devices);
    g_free(peer->host);
    g_free(peer);
}

static int get_seconds(const xmlNode *node, const char *name)
{
    long long value = 0;

    return xml_get_int(node, name, &value) != 0 || value < 0 ? 0
           : value > TIMEOUT_MAX_S                           ? TIMEOUT_MAX_S
                                                             : (int)value;
}

static bool get_flag(const xmlNode *node, const char *name)
{
    const char *value = xml_get(node, name);

    return value != NULL && (crm_is_true(value) || atoi(value) != 0);
}

static void read_phase(fencing_device_t *device, enum fencing_phase phase, const xmlNode *node)
{
    device->phase[phase].timeout_s = get_seconds(node, "st_action_timeout");
    device->phase[phase].delay_max_s = get_seconds(node, "st_delay_max");
    device->phase[phase].delay_base_s = get_seconds(node, "st_delay_base");
    device->phase[phase].disallowed = get_flag(node, "st_action_disallowed");
    if (get_flag(node, "st_required")) {
        device->required = true;
    }
}

static fencing_device_t *read_device(const xmlNode *node)
{
    fencing_device_t *device = g_new0(fencing_device_t, 1);
    long long flags = SUPPORTS_ON;

    (void)xml_get_int(node, "st_device_support_flags", &flags);
    device->id = g_strdup(xml_id(node));
    device->verified = get_flag(node, "st_monitor_verified");
    device->supports_on = (flags & SUPPORTS_ON) != 0;
    read_phase(device, PHASE_REQUESTED, node);
    xml_foreach (action, node, "st_device_action") {
        if (text_is(xml_id(action), "off")) {
            read_phase(device, PHASE_OFF, action);
        } else if (text_is(xml_id(action), "on")) {
            read_phase(device, PHASE_ON, action);
        }
    }
    return device;
}

static const xmlNode *find_list(const xmlNode *node, unsigned depth)
{
    if (xml_get(node, "st-available-devices") != NULL) {
        return node;
    }
    xml_foreach (child, node, NULL) {
        const xmlNode *found = depth > 0 ? find_list(child, depth - 1) : NULL;
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

fencing_peer_t *peer_from_reply(const fencing_op_t *op, const char *host, const xmlNode *reply)
{
    const xmlNode *list = find_list(reply, DATA_DEPTH);
    fencing_peer_t *peer = g_new0(fencing_peer_t, 1);

    peer->host = g_strdup(host);
    peer->devices = g_ptr_array_new_with_free_func(device_free);
    if (list == NULL) {
        log_err("Query reply of %s for fencing %s lists no devices", host, op->target);
    }
    for (const xmlNode *node = list != NULL ? xml_first(list, NULL) : NULL;
         node != NULL && peer->devices->len < FENCING_PEER_DEVICES_MAX; node = xml_next(node, NULL)) {
        if (xml_id(node) != NULL) {
            g_ptr_array_add(peer->devices, read_device(node));
        }
    }
    return peer;
}

static gint compare_peers(gconstpointer a, gconstpointer b)
{
    const fencing_peer_t *x = a, *y = b;

    return (gint)y->devices->len - (gint)x->devices->len;
}

void op_add_peer(fencing_op_t *op, fencing_peer_t *peer)
{
    op->peers = g_list_insert_sorted(op->peers, peer, compare_peers);
    for (guint i = 0; i < peer->devices->len; i++) {
        const fencing_device_t *device = g_ptr_array_index(peer->devices, i);

        if (device->required && !op_device_required(op, device->id)) {
            op->required = g_list_append(op->required, g_strdup(device->id));
        }
    }
}

bool op_device_required(const fencing_op_t *op, const char *device)
{
    return g_list_find_custom(op->required, device, (GCompareFunc)strcmp) != NULL;
}

bool op_has_all_replies(const fencing_op_t *op)
{
    unsigned active = op->fencing->ops->active_peers(op->fencing->arg);

    return op->replies >= (op->replies_expected < active ? op->replies_expected : active);
}

/* ---- choosing ---- */

static fencing_device_t *find_device(const fencing_peer_t *peer, const char *id)
{
    for (guint i = 0; i < peer->devices->len; i++) {
        fencing_device_t *device = g_ptr_array_index(peer->devices, i);

        if (strcmp(device->id, id) == 0) {
            return device;
        }
    }
    return NULL;
}

static bool usable(const fencing_op_t *op, const fencing_device_t *device, bool verified_only)
{
    return device != NULL && !device->phase[op->phase].executed && !device->phase[op->phase].disallowed
           && (!verified_only || device->verified) && (device->supports_on || !text_is(op->action, "on"));
}

static bool is_target(const fencing_op_t *op, const fencing_peer_t *peer)
{
    return same_text(peer->host, op->target);
}

static bool any_usable(const fencing_op_t *op, const fencing_peer_t *peer, bool verified_only)
{
    for (guint i = 0; i < peer->devices->len; i++) {
        if (usable(op, g_ptr_array_index(peer->devices, i), verified_only)) {
            return true;
        }
    }
    return false;
}

bool peer_has_verified(const fencing_op_t *op, const fencing_peer_t *peer)
{
    return any_usable(op, peer, true);
}

static bool device_available(const fencing_op_t *op, const char *id)
{
    bool not_by_itself =
        text_is(op->action, "off") || text_is(op->action, "reboot") || text_is(op->action, "poweroff");

    for (GList *item = op->peers; item != NULL; item = item->next) {
        const fencing_peer_t *peer = item->data;

        if (!(not_by_itself && is_target(op, peer)) && usable(op, find_device(peer, id), false)) {
            return true;
        }
    }
    return false;
}

bool op_topology_covered(const fencing_op_t *op)
{
    const topology_entry_t *entry = topology_find(op->fencing->topology, op->target);

    for (unsigned level = 1; entry != NULL && level <= TOPOLOGY_LEVEL_MAX; level++) {
        for (guint i = 0; entry->levels[level] != NULL && i < entry->levels[level]->len; i++) {
            if (!device_available(op, g_ptr_array_index(entry->levels[level], i))) {
                return false;
            }
        }
    }
    return entry != NULL;
}

enum who { WHO_OTHERS, WHO_TARGET };

static fencing_peer_t *find_peer(fencing_op_t *op, const char *device, enum who who, bool verified_only)
{
    for (GList *item = op->peers; item != NULL; item = item->next) {
        fencing_peer_t *peer = item->data;

        if (is_target(op, peer) != (who == WHO_TARGET)) {
            continue;
        }
        if (device != NULL) {
            fencing_device_t *found = find_device(peer, device);
            if (usable(op, found, verified_only)) {
                found->phase[op->phase].executed = true;
                return peer;
            }
        } else if (!peer->tried && any_usable(op, peer, verified_only)) {
            return peer;
        }
    }
    return NULL;
}

fencing_peer_t *op_choose_peer(fencing_op_t *op, bool *wait)
{
    fencing_peer_t *peer = NULL;

    *wait = false;
    do {
        const char *device = op_device(op);

        if (op_uses_topology(op) && device == NULL) {
            return NULL;
        }
        peer = find_peer(op, device, WHO_OTHERS, true);
        if (peer == NULL && op->armed[TIMER_QUERY] && !op_has_all_replies(op)) {
            *wait = true;
            return NULL;
        }
        if (peer == NULL) {
            peer = find_peer(op, device, WHO_OTHERS, false);
        }
        if (peer == NULL && op->phase != PHASE_ON) {
            peer = find_peer(op, device, WHO_TARGET, false);
        }
    } while (peer == NULL && op_uses_topology(op) && op->phase != PHASE_ON && op_next_level(op, true));
    return peer;
}

/* ---- timeouts, seconds ---- */

static int device_timeout(const fencing_op_t *op, const fencing_device_t *device, enum fencing_phase phase)
{
    int own = device->phase[phase].timeout_s;

    return (own > 0 ? own : op->base_timeout_s) + device->phase[phase].delay_max_s;
}

int op_device_timeout(const fencing_op_t *op, const fencing_peer_t *peer, const char *device)
{
    const fencing_device_t *found = peer != NULL && device != NULL ? find_device(peer, device) : NULL;

    return found != NULL ? device_timeout(op, found, op->phase) : op->base_timeout_s;
}

int op_peer_timeout(const fencing_op_t *op, const fencing_peer_t *peer)
{
    long long total = 0;

    for (guint i = 0; i < peer->devices->len; i++) {
        const fencing_device_t *device = g_ptr_array_index(peer->devices, i);

        if (usable(op, device, false)) {
            total += device_timeout(op, device, op->phase);
        }
    }
    return total == 0 ? op->base_timeout_s : total > TIMEOUT_MAX_S ? TIMEOUT_MAX_S : (int)total;
}

/* The device as the first peer that has it knows it. */
static const fencing_device_t *first_device(const fencing_op_t *op, const char *id)
{
    for (GList *item = op->peers; item != NULL; item = item->next) {
        const fencing_device_t *device = find_device(item->data, id);

        if (device != NULL) {
            return device;
        }
    }
    return NULL;
}

static bool in_level(const topology_entry_t *entry, const char *id)
{
    for (unsigned level = 1; level <= TOPOLOGY_LEVEL_MAX; level++) {
        for (guint i = 0; entry->levels[level] != NULL && i < entry->levels[level]->len; i++) {
            if (text_is(g_ptr_array_index(entry->levels[level], i), id)) {
                return true;
            }
        }
    }
    return false;
}

static long long topology_timeout(const fencing_op_t *op, const topology_entry_t *entry)
{
    long long total = 0;

    for (unsigned level = 1; level <= TOPOLOGY_LEVEL_MAX; level++) {
        const GPtrArray *ids = entry->levels[level];
        bool remapped = ids != NULL && ids->len > 1 && text_is(op->asked_action, "reboot");

        for (guint i = 0; ids != NULL && i < ids->len; i++) {
            const fencing_device_t *device = first_device(op, g_ptr_array_index(ids, i));

            if (device != NULL) {
                total += device_timeout(op, device, remapped ? PHASE_OFF : PHASE_REQUESTED);
            }
        }
    }
    for (GList *item = op->required; item != NULL; item = item->next) {
        const fencing_device_t *device = in_level(entry, item->data) ? NULL : first_device(op, item->data);

        if (device != NULL) {
            total += device_timeout(op, device, PHASE_REQUESTED);
        }
    }
    return total;
}

int op_total_timeout(const fencing_op_t *op, const fencing_peer_t *peer)
{
    const topology_entry_t *entry =
        op_uses_topology(op) ? topology_find(op->fencing->topology, op->target) : NULL;
    long long total = entry != NULL  ? topology_timeout(op, entry)
                      : peer != NULL ? op_peer_timeout(op, peer)
                                     : 0;

    return total <= 0 ? op->base_timeout_s : total > TIMEOUT_MAX_S ? TIMEOUT_MAX_S : (int)total;
}
