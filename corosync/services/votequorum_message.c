/*
 * Votequorum: messages between nodes, and the synchronisation (services.md 4.5 to 4.7).
 */
#include <string.h>

#include "corosync/services/votequorum_internal.h"

/* ---- sending ---- */

static void header_fill(proto_request *header, enum vq_function function, size_t size)
{
    header->id = VOTEQUORUM_SERVICE << 16 | function;
    header->size = (int32_t)size;
}

int vq_send_nodeinfo(struct vq *vq)
{
    const struct vq_node *us = vq_us(vq);
    struct vq_wire_nodeinfo message = {.nodeid = us->nodeid, .votes = us->votes,
                                       .expected_votes = us->expected_votes, .flags = us->flags};

    header_fill(&message.header, VQ_FN_NODEINFO, sizeof(message));
    vq->nodeinfo_due = vq->sync_in_progress;
    return vq->ops.send(vq->ops.ctx, &message, sizeof(message));
}

int vq_send_device_nodeinfo(struct vq *vq)
{
    struct vq_wire_nodeinfo message = {.nodeid = 0, .votes = vq->qdevice_votes};

    header_fill(&message.header, VQ_FN_NODEINFO, sizeof(message));
    return vq->ops.send(vq->ops.ctx, &message, sizeof(message));
}

int vq_send_reconfigure(struct vq *vq, enum vq_param param, uint32_t nodeid, uint32_t value)
{
    struct vq_wire_reconfigure message = {.nodeid = nodeid, .value = value, .param = (uint8_t)param};

    header_fill(&message.header, VQ_FN_RECONFIGURE, sizeof(message));
    return vq->ops.send(vq->ops.ctx, &message, sizeof(message));
}

int vq_send_qdevice_reg(struct vq *vq, bool registering, const char *name)
{
    struct vq_wire_qdevice_reg message = {.operation = registering};

    header_fill(&message.header, VQ_FN_QDEVICE_REG, sizeof(message));
    strncpy(message.name, name, sizeof(message.name) - 1);
    return vq->ops.send(vq->ops.ctx, &message, sizeof(message));
}

int vq_send_qdevice_reconfigure(struct vq *vq, const char *old_name, const char *new_name)
{
    struct vq_wire_qdevice_reconfigure message = {0};

    header_fill(&message.header, VQ_FN_QDEVICE_RECONFIGURE, sizeof(message));
    strncpy(message.old_name, old_name, sizeof(message.old_name) - 1);
    strncpy(message.new_name, new_name, sizeof(message.new_name) - 1);
    return vq->ops.send(vq->ops.ctx, &message, sizeof(message));
}

/* ---- receiving ---- */

/* A quorate node knows the device's votes better than we do; otherwise the larger number counts. */
static void receive_device_nodeinfo(struct vq *vq, const struct vq_wire_nodeinfo *message, uint32_t sender)
{
    const struct vq_node *node = vq_node_find(vq, sender);
    uint32_t old_votes = vq->qdevice_votes;

    if (node == NULL) {
        return;
    }
    if (!vq->quorate && (node->flags & VQ_FLAG_QUORATE) != 0) {
        vq->qdevice_votes = message->votes;
    } else if (message->votes > vq->qdevice_votes) {
        vq->qdevice_votes = message->votes;
    }
    if (vq->qdevice_votes != old_votes) {
        vq_recalculate(vq, false, false);
    }
}

static void last_man_standing_check(struct vq *vq, const struct vq_node *node)
{
    if (vq->last_man_standing && node->votes > 1) {
        vq_log(vq, LOG_WARNING, "Last Man Standing feature is supported only when all"
               " cluster nodes votes are set to 1. Disabling LMS.");
        vq->last_man_standing = false;
        vq->ops.timer_stop(vq->ops.ctx, VQ_TIMER_LAST_MAN_STANDING);
    }
}

static bool node_differs(const struct vq_node *a, const struct vq_node *b)
{
    return a->votes != b->votes || a->expected_votes != b->expected_votes || a->flags != b->flags ||
           a->state != b->state;
}

/*
 * The flags a message says its sender has. A message of our own may have waited in the queue through a change
 * of the ring, with the vote of a device that was lost since: what we know of ourselves is never older.
 */
static uint32_t flags_of_sender(const struct vq *vq, const struct vq_wire_nodeinfo *message)
{
    if (message->nodeid != vq->nodeid) {
        return message->flags;
    }
    return vq_us(vq)->flags | (message->flags & VQ_FLAG_LEAVING);
}

static void receive_nodeinfo(struct vq *vq, const struct vq_wire_nodeinfo *message)
{
    struct vq_node *node = vq_node_find(vq, message->nodeid);
    uint32_t flags = flags_of_sender(vq, message);
    bool is_new = node == NULL;
    bool quorate = (flags & VQ_FLAG_QUORATE) != 0;
    bool allow_decrease = false;
    bool by_current_nodes = false;

    if (is_new) {
        node = vq_node_add(vq, message->nodeid);
        if (node == NULL) {
            return;
        }
    }
    struct vq_node old = *node;

    node->flags = flags;
    node->votes = message->votes;
    node->state = VQ_MEMBER;
    if ((flags & VQ_FLAG_LEAVING) != 0) {
        node->state = VQ_LEAVING;
        allow_decrease = true;
        by_current_nodes = true;
    }
    if (!vq->quorate && quorate) {
        allow_decrease = true;
        vq_us(vq)->expected_votes = message->expected_votes;
    }
    node->expected_votes = quorate || vq->tracking ? message->expected_votes : vq_us(vq)->expected_votes;
    last_man_standing_check(vq, node);
    if (is_new || message->nodeid == vq->nodeid || (flags & VQ_FLAG_FIRST) != 0 ||
        node_differs(&old, node)) {
        vq_recalculate(vq, allow_decrease, by_current_nodes);
    }
    if (vq->wait_for_all && quorate && (flags & VQ_FLAG_WFASTATUS) == 0) {
        vq_wait_for_all_set(vq, false);
    }
}

static void receive_expected_votes(struct vq *vq, uint32_t value)
{
    if (value > 0) {
        vq_expected_votes_set(vq, value);
    }
    vq->ops.notify_expected_votes(vq->ops.ctx, value);
    vq->ev_barrier = value;
    vq->ops.publish(vq->ops.ctx, VQ_VALUE_EV_BARRIER, value);
    if (vq->tracking && vq->tracking_barrier > vq_us(vq)->expected_votes) {
        vq_us(vq)->expected_votes = vq->tracking_barrier;
    }
    vq_recalculate(vq, true, false);
}

static void receive_reconfigure(struct vq *vq, const struct vq_wire_reconfigure *message)
{
    struct vq_node *node;

    switch (message->param) {
    case VQ_PARAM_EXPECTED_VOTES:
        receive_expected_votes(vq, message->value);
        break;
    case VQ_PARAM_NODE_VOTES:
        node = vq_node_find(vq, message->nodeid);
        if (node != NULL) {
            node->votes = message->value;
            vq_recalculate(vq, true, false);
        }
        break;
    case VQ_PARAM_CANCEL_WFA:
        vq_log(vq, LOG_INFO, "wait_for_all_status reset by user on node %u.", message->nodeid);
        vq_wait_for_all_set(vq, false);
        vq_recalculate(vq, false, false);
        break;
    default:
        break;
    }
}

/* Copies a message whose length is as expected; names in it end in NUL. */
#define COPY(copy, msg, size) ((size) >= sizeof(copy) && memcpy(&(copy), (msg), sizeof(copy)) != NULL)

void vq_receive(struct vq *vq, unsigned fn, const void *msg, size_t size, uint32_t nodeid)
{
    struct vq_wire_nodeinfo nodeinfo;
    struct vq_wire_reconfigure reconfigure;
    struct vq_wire_qdevice_reg reg;
    struct vq_wire_qdevice_reconfigure rename;

    if (fn == VQ_FN_NODEINFO && COPY(nodeinfo, msg, size)) {
        if (nodeinfo.nodeid == 0) {
            receive_device_nodeinfo(vq, &nodeinfo, nodeid);
        } else {
            receive_nodeinfo(vq, &nodeinfo);
        }
    } else if (fn == VQ_FN_RECONFIGURE && COPY(reconfigure, msg, size)) {
        receive_reconfigure(vq, &reconfigure);
    } else if (fn == VQ_FN_QDEVICE_REG && COPY(reg, msg, size)) {
        reg.name[sizeof(reg.name) - 1] = '\0';
        vq_receive_qdevice_reg(vq, reg.operation != 0, reg.name, nodeid);
    } else if (fn == VQ_FN_QDEVICE_RECONFIGURE && COPY(rename, msg, size)) {
        rename.old_name[sizeof(rename.old_name) - 1] = '\0';
        rename.new_name[sizeof(rename.new_name) - 1] = '\0';
        vq_receive_qdevice_reconfigure(vq, rename.old_name, rename.new_name);
    }
}

/* ---- synchronisation ---- */

static bool in_list(const uint32_t *list, size_t count, uint32_t nodeid)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == nodeid) {
            return true;
        }
    }
    return false;
}

/* Old members that are not in the new list are dead. True if there were any. */
static bool bury_left_nodes(struct vq *vq, const uint32_t *members, size_t count)
{
    bool left = false;

    for (size_t i = 0; i < vq->n_members; i++) {
        struct vq_node *node = vq_node_find(vq, vq->members[i]);

        if (!in_list(members, count, vq->members[i])) {
            left = true;
            if (node != NULL) {
                node->state = VQ_DEAD;
            }
        }
    }
    return left;
}

static bool lowest_is_member(const struct vq *vq)
{
    const struct vq_node *node = vq_node_find(vq, vq->lowest_id);

    return node != NULL && node->state == VQ_MEMBER;
}

void vq_sync_init(struct vq *vq, const uint32_t *members, size_t count, const struct totem_ring *ring)
{
    const uint32_t device_lives = VQ_FLAG_QDEVICE_REGISTERED | VQ_FLAG_QDEVICE_ALIVE;

    vq->sync_in_progress = true;
    vq->nodeinfo_sent = false;
    vq->nodeinfo_due = false;
    vq->sync_wait = false;
    count = count < TOTEM_MAX_NODES ? count : TOTEM_MAX_NODES;
    if (count > 1) {
        vq_us(vq)->flags &= ~(uint32_t)VQ_FLAG_FIRST;
    }
    bool left = bury_left_nodes(vq, members, count);

    if (vq->last_man_standing &&
        ((count >= vq->quorum && left) ||
         (count <= vq->quorum && vq->tie_breaker != VQ_ATB_NONE && lowest_is_member(vq)))) {
        vq->ops.timer_start(vq->ops.ctx, VQ_TIMER_LAST_MAN_STANDING, vq->last_man_standing_window);
    }
    memcpy(vq->prev_members, vq->members, sizeof(vq->prev_members));
    vq->n_prev_members = vq->n_members;
    memcpy(vq->members, members, count * sizeof(members[0]));
    vq->n_members = count;
    vq->ring = *ring;
    if ((vq_us(vq)->flags & device_lives) == device_lives) {
        vq->sync_wait = true;
        vq->ops.timer_start(vq->ops.ctx, VQ_TIMER_QDEVICE, vq->qdevice_sync_timeout);
        vq_log(vq, LOG_INFO, "waiting for quorum device %s poll (but maximum for %u ms)", vq->qdevice_name,
               vq->qdevice_sync_timeout);
    }
}

/*
 * What is sent from here arrives before the synchronisation ends. Other messages wait until then, perhaps
 * behind many: what the device says meanwhile is sent once more, lest others count a vote it took back.
 */
int vq_sync_process(struct vq *vq)
{
    if (!vq->nodeinfo_sent) {
        if (vq_send_nodeinfo(vq) != 0 || vq_send_device_nodeinfo(vq) != 0 ||
            (vq->qdevice_name[0] != '\0' && vq_send_qdevice_reg(vq, true, vq->qdevice_name) != 0)) {
            return -1;
        }
        vq->ops.notify_nodelist(vq->ops.ctx);
        vq->nodeinfo_sent = true;
        vq->nodeinfo_due = false;
    }
    if (vq->sync_wait && (vq_us(vq)->flags & VQ_FLAG_QDEVICE_REGISTERED) != 0) {
        return -1;
    }
    if (vq->nodeinfo_due && vq_send_nodeinfo(vq) != 0) {
        return -1;
    }
    vq->nodeinfo_due = false;
    return 0;
}

void vq_sync_activate(struct vq *vq)
{
    vq_recalculate(vq, false, false);
    vq->ops.quorum(vq->ops.ctx, vq->quorate, vq->members, vq->n_members, &vq->ring);
    vq->ops.notify_quorum(vq->ops.ctx);
    vq->sync_in_progress = false;
}
