/*
 * What the fencing core says about an operation: to the peers, the client that asked,
 * the subscribers (fencer.md §8, §9).
 */
#include "config.h"
#include "stonithd/fencing_internal.h"

#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

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

void op_send_query(fencing_op_t *op)
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

void op_send_execute(fencing_op_t *op, const char *peer, const char *device, int timeout_s)
{
    fencing_t *f = op->fencing;
    XML_AUTO xmlNode *msg = new_command("st_fence", op);

    xml_set_int(msg, "st_timeout", timeout_s);
    xml_set_int(msg, "st_delay", op->delay_s);
    xml_set(msg, "st_device_id", device);
    f->ops->send(f->arg, peer, msg);
}

/* Tell the client how long it may take in all (§9). */
void op_report_timeout(fencing_op_t *op)
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

xmlNode *op_notify_data(const fencing_op_t *op, bool with_result)
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
    text_replace(&op->action, op->asked_action);
    op_release_progress(op);
    XML_AUTO xmlNode *data = op_notify_data(op, true);
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
void op_reply_client(fencing_op_t *op, const xmlNode *broadcast)
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
