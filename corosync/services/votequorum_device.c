/*
 * Votequorum: the quorum device (services.md 4.8).
 */
#include <string.h>

#include "corosync/services/votequorum_internal.h"

static bool has_flag(const struct vq *vq, uint32_t flag)
{
    return (vq_us(vq)->flags & flag) != 0;
}

static void flag_set(struct vq *vq, uint32_t flag, bool on)
{
    if (on) {
        vq_us(vq)->flags |= flag;
    } else {
        vq_us(vq)->flags &= ~flag;
    }
}

static bool name_is_ours(const struct vq *vq, const char *name)
{
    return strcmp(vq->qdevice_name, name) == 0;
}

static bool name_valid(const char *name)
{
    size_t length = strnlen(name, VQ_NAME_LEN);

    return length > 0 && length < VQ_NAME_LEN;
}

static void name_store(struct vq *vq, const char *name)
{
    memset(vq->qdevice_name, 0, sizeof(vq->qdevice_name));
    strncpy(vq->qdevice_name, name, sizeof(vq->qdevice_name) - 1);
}

/* ---- requests ---- */

cs_error_t vq_qdevice_register(struct vq *vq, const char *name)
{
    if (!name_valid(name)) {
        return CS_ERR_INVALID_PARAM;
    }
    if (!vq->qdevice_can_operate) {
        return CS_ERR_ACCESS;
    }
    if (has_flag(vq, VQ_FLAG_QDEVICE_REGISTERED)) {
        return name_is_ours(vq, name) ? CS_OK : CS_ERR_EXIST;
    }
    if (vq->register_pending || vq_send_qdevice_reg(vq, true, name) != 0) {
        return CS_ERR_TRY_AGAIN;
    }
    vq->register_pending = true;
    return (cs_error_t)0;
}

void vq_qdevice_register_abandon(struct vq *vq)
{
    vq->register_pending = false;
}

/* The device must be registered here under that name. */
static cs_error_t registered_check(const struct vq *vq, const char *name)
{
    if (!has_flag(vq, VQ_FLAG_QDEVICE_REGISTERED)) {
        return CS_ERR_NOT_EXIST;
    }
    return name_valid(name) && name_is_ours(vq, name) ? CS_OK : CS_ERR_INVALID_PARAM;
}

cs_error_t vq_qdevice_unregister(struct vq *vq, const char *name)
{
    cs_error_t error = registered_check(vq, name);

    if (error != CS_OK) {
        return error;
    }
    vq->ops.timer_stop(vq->ops.ctx, VQ_TIMER_QDEVICE);
    vq->sync_wait = false;
    flag_set(vq, VQ_FLAG_QDEVICE_REGISTERED | VQ_FLAG_QDEVICE_ALIVE | VQ_FLAG_QDEVICE_CAST_VOTE |
             VQ_FLAG_QDEVICE_MASTER_WINS, false);
    vq_send_nodeinfo(vq);
    vq_send_qdevice_reg(vq, false, name);
    return CS_OK;
}

cs_error_t vq_qdevice_update(struct vq *vq, const char *old_name, const char *new_name)
{
    cs_error_t error = registered_check(vq, old_name);

    if (error == CS_OK && !name_valid(new_name)) {
        error = CS_ERR_INVALID_PARAM;
    }
    if (error == CS_OK && vq_send_qdevice_reconfigure(vq, old_name, new_name) != 0) {
        error = CS_ERR_TRY_AGAIN;
    }
    return error;
}

cs_error_t vq_qdevice_poll(struct vq *vq, const char *name, bool cast_vote, const struct totem_ring *ring)
{
    if (!vq->qdevice_can_operate) {
        return CS_ERR_ACCESS;
    }
    if (!has_flag(vq, VQ_FLAG_QDEVICE_REGISTERED)) {
        return CS_ERR_NOT_EXIST;
    }
    if (ring->rep != vq->ring.rep || ring->seq != vq->ring.seq) {
        return CS_ERR_MESSAGE_ERROR;
    }
    cs_error_t error = registered_check(vq, name);

    if (error != CS_OK) {
        return error;
    }
    uint32_t old_flags = vq_us(vq)->flags;

    flag_set(vq, VQ_FLAG_QDEVICE_ALIVE, true);
    flag_set(vq, VQ_FLAG_QDEVICE_CAST_VOTE, cast_vote);
    if (vq_us(vq)->flags != old_flags) {
        vq_send_nodeinfo(vq);
    }
    vq->ops.timer_start(vq->ops.ctx, VQ_TIMER_QDEVICE, vq->qdevice_timeout);
    vq->sync_wait = false;
    return CS_OK;
}

cs_error_t vq_qdevice_master_wins(struct vq *vq, const char *name, bool allow)
{
    if (!vq->qdevice_can_operate) {
        return CS_ERR_ACCESS;
    }
    cs_error_t error = registered_check(vq, name);

    if (error != CS_OK) {
        return error;
    }
    uint32_t old_flags = vq_us(vq)->flags;

    flag_set(vq, VQ_FLAG_QDEVICE_MASTER_WINS, allow);
    if (vq_us(vq)->flags != old_flags) {
        vq_send_nodeinfo(vq);
    }
    vq->qdevice_master_wins = allow;
    vq->ops.publish(vq->ops.ctx, VQ_VALUE_QDEVICE_MASTER_WINS, allow);
    return CS_OK;
}

void vq_qdevice_timer_expired(struct vq *vq)
{
    if (!has_flag(vq, VQ_FLAG_QDEVICE_ALIVE)) {
        return;
    }
    flag_set(vq, VQ_FLAG_QDEVICE_ALIVE | VQ_FLAG_QDEVICE_CAST_VOTE, false);
    vq_log(vq, LOG_INFO, "lost contact with quorum device %s", vq->qdevice_name);
    vq_send_nodeinfo(vq);
    vq->sync_wait = false;
}

/* ---- messages ---- */

/* Our own registration came back. */
static void registration_complete(struct vq *vq, const char *name)
{
    if (has_flag(vq, VQ_FLAG_QDEVICE_REGISTERED) || !vq->register_pending) {
        return;
    }
    cs_error_t answer = CS_ERR_EXIST;

    vq->register_pending = false;
    if (vq->qdevice_name[0] == '\0') {
        name_store(vq, name);
    }
    if (name_is_ours(vq, name)) {
        flag_set(vq, VQ_FLAG_QDEVICE_REGISTERED, true);
        vq_send_device_nodeinfo(vq);
        vq_send_nodeinfo(vq);
        answer = CS_OK;
    }
    vq->ops.register_answer(vq->ops.ctx, answer);
}

static bool any_member_registered(const struct vq *vq)
{
    for (size_t i = 0; i < vq->n_nodes; i++) {
        if (vq->nodes[i].state == VQ_MEMBER && (vq->nodes[i].flags & VQ_FLAG_QDEVICE_REGISTERED) != 0) {
            return true;
        }
    }
    return false;
}

void vq_receive_qdevice_reg(struct vq *vq, bool registering, const char *name, uint32_t nodeid)
{
    if (!registering) {
        if (!any_member_registered(vq)) {
            name_store(vq, "");
        }
    } else if (nodeid == vq->nodeid) {
        registration_complete(vq, name);
    } else if (vq->qdevice_name[0] == '\0') {
        name_store(vq, name);
    }
}

void vq_receive_qdevice_reconfigure(struct vq *vq, const char *old_name, const char *new_name)
{
    if (name_is_ours(vq, old_name)) {
        name_store(vq, new_name);
    }
}
