/* The fencing core: history of operations, and its agreement between nodes (fencer.md §10). */
#include "config.h"
#include "stonithd/fencing_internal.h"

#include <stdlib.h>
#include <string.h>

#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

unsigned fencing_history_size(const fencing_t *f)
{
    return g_queue_get_length((GQueue *)(uintptr_t)&f->order);
}

static gint newest_first(gconstpointer a, gconstpointer b)
{
    const fencing_op_t *x = a, *y = b;

    if (x->completed != y->completed) {
        return x->completed > y->completed ? -1 : 1;
    }
    return x->completed_nsec > y->completed_nsec ? -1 : x->completed_nsec < y->completed_nsec;
}

void history_trim(fencing_t *f)
{
    if (fencing_history_size(f) <= FENCING_HISTORY_MAX) {
        return;
    }
    GList *done = NULL;
    for (GList *item = f->order.head; item != NULL; item = item->next) {
        if (op_finished(item->data)) {
            done = g_list_prepend(done, item->data);
        }
    }
    done = g_list_sort(done, newest_first);
    for (GList *item = g_list_nth(done, FENCING_HISTORY_KEEP); item != NULL; item = item->next) {
        op_remove(item->data);
    }
    g_list_free(done);
    log_debug("Fencing history trimmed to %u operations", fencing_history_size(f));
}

static void list_op(const fencing_op_t *op, xmlNode *parent, bool with_id)
{
    xmlNode *node = xml_add(parent, "st_execute");

    if (with_id) {
        xml_set(node, "st_remote_op", op->id);
    }
    xml_set(node, "st_target", op->target);
    xml_set(node, "st_device_action", op->action);
    xml_set(node, "st_origin", op->originator);
    xml_set(node, "st_delegate", op->delegate);
    xml_set(node, "st_clientname", op->client_name);
    xml_set_int(node, "st_date", op->completed);
    xml_set_int(node, "st_date_nsec", op->completed_nsec);
    xml_set_int(node, "st_state", op->state);
    fence_result_to_xml(node, &op->result);
}

void fencing_history_list(fencing_t *f, const char *target, xmlNode *parent, bool with_ids)
{
    for (GList *item = f->order.head; item != NULL; item = item->next) {
        const fencing_op_t *op = item->data;

        if (target == NULL || text_is(op->target, target)) {
            list_op(op, parent, with_ids);
        }
    }
}

void fencing_history_clean(fencing_t *f, const char *target)
{
    GList *all = g_list_copy(f->order.head);

    for (GList *item = all; item != NULL; item = item->next) {
        fencing_op_t *op = item->data;

        if (op_finished(op) && (target == NULL || text_is(op->target, target))) {
            op_remove(op);
        }
    }
    g_list_free(all);
    f->ops->notify(f->arg, ST_NOTIFY_HISTORY, NULL, NULL);
}

/* ---- merging ---- */

static bool state_final(int state)
{
    return state == FENCING_DONE || state == FENCING_FAILED;
}

/* Take over what the peer knows. */
static void update_op(fencing_op_t *op, const xmlNode *node)
{
    const char *delegate = xml_get(node, "st_delegate");
    int state = xml_int_or(node, "st_state", 0);

    op->state =
        state >= FENCING_QUERY && state <= FENCING_FAILED ? (enum fencing_state)state : FENCING_FAILED;
    (void)xml_get_int(node, "st_date", &op->completed);
    op->completed_nsec = xml_int_or(node, "st_date_nsec", 0);
    if (delegate != NULL) {
        g_free(op->delegate);
        op->delegate = g_strdup(delegate);
    }
    fence_result_from_xml(node, &op->result);
}

/* An operation only the peer knows. */
static void add_remote(fencing_t *f, const xmlNode *node)
{
    fencing_op_t *op = op_create(f, node, true);

    if (op == NULL) {
        log_warn("Ignoring incomplete entry in a peer's fencing history");
        return;
    }
    update_op(op, node);
    if (!op_finished(op) && same_text(op->originator, f->own_name)) {
        log_warn("Failing pending fencing of %s (%s) of an earlier fencer process here", op->target,
                 op->action);
        op->state = FENCING_FAILED;
        fence_result_set(&op->result, CRM_EX_EXPIRED, EXEC_INVALID,
                         "Initiated by earlier fencer process and presumed failed");
        op_broadcast_result(op, false);
    }
}

xmlNode *fencing_history_merge(fencing_t *f, const xmlNode *remote)
{
    GHashTable *known = g_hash_table_new(g_str_hash, g_str_equal);
    xmlNode *ours = NULL;

    xml_foreach (node, remote, NULL) {
        const char *id = xml_get(node, "st_remote_op");
        fencing_op_t *op = fencing_find(f, id);
        bool remote_final = state_final(xml_int_or(node, "st_state", 0));

        if (id == NULL) {
            continue;
        }
        if (op == NULL) {
            add_remote(f, node);
            g_hash_table_add(known, (gpointer)(uintptr_t)id);
        } else if (!op_finished(op) && remote_final) {
            update_op(op, node);
            g_hash_table_add(known, (gpointer)(uintptr_t)id);
        } else if (op_finished(op) == remote_final) {
            g_hash_table_add(known, (gpointer)(uintptr_t)id);
        }
    }
    for (GList *item = f->order.head; item != NULL; item = item->next) {
        const fencing_op_t *op = item->data;

        if (!g_hash_table_contains(known, op->id)) {
            ours = ours != NULL ? ours : xml_new("st_history");
            list_op(op, ours, true);
        }
    }
    g_hash_table_unref(known);
    f->ops->notify(f->arg, ST_NOTIFY_HISTORY, NULL, NULL);
    return ours;
}
