/*
 * Votequorum: the table of nodes, counting of votes, and the decision (services.md 4.4).
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <corosync/votequorum.h>

#include "corosync/services/votequorum_internal.h"

struct vq *vq_new(uint32_t nodeid, const struct vq_ops *ops)
{
    struct vq *vq = calloc(1, sizeof(*vq));

    if (vq == NULL) {
        return NULL;
    }
    vq->ops = *ops;
    vq->nodeid = nodeid;
    vq->lowest_id = UINT32_MAX;
    vq->highest_id = UINT32_MAX;
    vq->qdevice_can_operate = true;
    struct vq_node *us = vq_node_add(vq, nodeid);

    if (us == NULL) {
        free(vq);
        return NULL;
    }
    *us = (struct vq_node){.nodeid = nodeid, .state = VQ_MEMBER, .votes = 1, .flags = VQ_FLAG_FIRST};
    return vq;
}

void vq_free(struct vq *vq)
{
    if (vq != NULL) {
        free(vq->nodes);
        free(vq);
    }
}

void vq_log(const struct vq *vq, int priority, const char *format, ...)
{
    char text[512];
    va_list args;

    if (vq->ops.log == NULL) {
        return;
    }
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    vq->ops.log(vq->ops.ctx, priority, text);
}

/* ---- nodes ---- */

struct vq_node *vq_us(const struct vq *vq)
{
    return &vq->nodes[vq->us];
}

static size_t node_position(const struct vq *vq, uint32_t nodeid)
{
    size_t i = 0;

    while (i < vq->n_nodes && vq->nodes[i].nodeid < nodeid) {
        i++;
    }
    return i;
}

struct vq_node *vq_node_find(const struct vq *vq, uint32_t nodeid)
{
    size_t i = node_position(vq, nodeid);

    return i < vq->n_nodes && vq->nodes[i].nodeid == nodeid ? &vq->nodes[i] : NULL;
}

struct vq_node *vq_node_add(struct vq *vq, uint32_t nodeid)
{
    size_t i = node_position(vq, nodeid);
    struct vq_node *grown = vq->n_nodes >= VQ_NODES_MAX
                                ? NULL
                                : realloc(vq->nodes, (vq->n_nodes + 1) * sizeof(vq->nodes[0]));

    if (grown == NULL) {
        vq_log(vq, LOG_ERR, "No room for node %u among %zu nodes", nodeid, vq->n_nodes);
        return NULL;
    }
    vq->nodes = grown;
    memmove(&vq->nodes[i + 1], &vq->nodes[i], (vq->n_nodes - i) * sizeof(vq->nodes[0]));
    vq->nodes[i] = (struct vq_node){.nodeid = nodeid, .state = VQ_DEAD};
    vq->n_nodes++;
    vq->us = node_position(vq, vq->nodeid);
    return &vq->nodes[i];
}

/* ---- counting ---- */

static uint32_t max_u32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

uint32_t vq_calculate(const struct vq *vq, bool allow_decrease, uint32_t max_expected, uint32_t *total)
{
    uint64_t highest = 0;
    uint64_t votes = 0;
    size_t count = 0;

    if (vq->allow_downscale && allow_decrease && max_expected > 0) {
        max_expected = max_u32(vq->ev_barrier, max_expected);
    }
    for (size_t i = 0; i < vq->n_nodes; i++) {
        const struct vq_node *node = &vq->nodes[i];

        if (node->state == VQ_MEMBER) {
            highest = node->expected_votes > highest ? node->expected_votes : highest;
            votes += node->votes;
            count++;
        }
    }
    if ((vq_us(vq)->flags & VQ_FLAG_QDEVICE_CAST_VOTE) != 0) {
        votes += vq->qdevice_votes;
        count++;
    }
    if (max_expected > 0) {
        highest = max_expected;
    }
    uint32_t quorum = max_u32((uint32_t)((highest + 2) / 2), (uint32_t)((votes + 2) / 2));

    if (!allow_decrease) {
        quorum = max_u32(quorum, vq->quorum);
    }
    if (vq->two_node && count <= 2) {
        quorum = 1;
    }
    *total = (uint32_t)votes;
    return quorum;
}

void vq_expected_votes_set(struct vq *vq, uint32_t expected)
{
    for (size_t i = 0; i < vq->n_nodes; i++) {
        if (vq->nodes[i].state == VQ_MEMBER) {
            vq->nodes[i].expected_votes = expected;
        }
    }
}

void vq_wait_for_all_set(struct vq *vq, bool waiting)
{
    vq->wait_for_all_status = waiting;
    if (waiting) {
        vq_us(vq)->flags |= VQ_FLAG_WFASTATUS;
    } else {
        vq_us(vq)->flags &= ~(uint32_t)VQ_FLAG_WFASTATUS;
    }
    vq->ops.publish(vq->ops.ctx, VQ_VALUE_WAIT_FOR_ALL_STATUS, waiting);
}

/* ---- deciding ---- */

/* Which nodes break a tie: remembered from the last quorate partition. Ids compare as signed numbers. */
static void extreme_ids_update(struct vq *vq)
{
    int32_t lowest = (int32_t)vq->nodeid;
    int32_t highest = (int32_t)vq->nodeid;

    for (size_t i = 0; i < vq->n_nodes; i++) {
        int32_t id = (int32_t)vq->nodes[i].nodeid;

        if (vq->nodes[i].state == VQ_MEMBER) {
            lowest = id < lowest ? id : lowest;
            highest = id > highest ? id : highest;
        }
    }
    vq->lowest_id = (uint32_t)lowest;
    vq->highest_id = (uint32_t)highest;
    vq->ops.publish(vq->ops.ctx, VQ_VALUE_LOWEST_NODE_ID, vq->lowest_id);
    vq->ops.publish(vq->ops.ctx, VQ_VALUE_HIGHEST_NODE_ID, vq->highest_id);
}

static bool in_list(const uint32_t *list, size_t count, uint32_t nodeid)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == nodeid) {
            return true;
        }
    }
    return false;
}

/* The first listed node that is here decides, unless an earlier one may live in the other half. */
static bool tie_breaker_list_check(const struct vq *vq)
{
    bool earlier_was_here = false;

    for (size_t i = 0; i < vq->n_tie_breaker_list; i++) {
        uint32_t nodeid = vq->tie_breaker_list[i];

        if (in_list(vq->members, vq->n_members, nodeid)) {
            return !earlier_was_here;
        }
        earlier_was_here |= in_list(vq->prev_members, vq->n_prev_members, nodeid);
    }
    return false;
}

static bool node_is_member(const struct vq *vq, uint32_t nodeid)
{
    const struct vq_node *node = vq_node_find(vq, nodeid);

    return node != NULL && node->state == VQ_MEMBER;
}

static bool tie_breaker_check(const struct vq *vq)
{
    switch (vq->tie_breaker) {
    case VQ_ATB_LOWEST:
        return node_is_member(vq, vq->lowest_id);
    case VQ_ATB_HIGHEST:
        return node_is_member(vq, vq->highest_id);
    case VQ_ATB_LIST:
        return tie_breaker_list_check(vq);
    default:
        return false;
    }
}

/* An even split that is not too small compared with what it was before, and has the tie breaker. */
static bool tie_is_ours(const struct vq *vq, uint32_t total)
{
    int64_t lost = (int64_t)vq->n_prev_members - (int64_t)vq->n_members;

    return vq->tie_breaker != VQ_ATB_NONE && total == vq_us(vq)->expected_votes / 2 &&
           lost < (int64_t)vq->quorum && tie_breaker_check(vq);
}

static bool master_is_here(const struct vq *vq)
{
    const uint32_t both = VQ_FLAG_QDEVICE_MASTER_WINS | VQ_FLAG_QDEVICE_CAST_VOTE;

    for (size_t i = 0; i < vq->n_nodes; i++) {
        if (vq->nodes[i].state == VQ_MEMBER && (vq->nodes[i].flags & both) == both) {
            return true;
        }
    }
    return false;
}

static bool decide_quorate(struct vq *vq, uint32_t total)
{
    bool quorate = total >= vq->quorum;

    if (quorate) {
        extreme_ids_update(vq);
    }
    if (tie_is_ours(vq, total)) {
        quorate = true;
    }
    if (vq->qdevice_master_wins && !quorate && master_is_here(vq)) {
        quorate = true;
    }
    return quorate;
}

static void decide(struct vq *vq, uint32_t total)
{
    if (vq->wait_for_all && vq->wait_for_all_status) {
        if (total != vq_us(vq)->expected_votes) {
            vq_log(vq, LOG_NOTICE, "Waiting for all cluster members. Current votes: %u expected_votes: %u",
                   total, vq_us(vq)->expected_votes);
            return;
        }
        vq_wait_for_all_set(vq, false);
    }
    bool quorate = decide_quorate(vq, total);
    bool change = quorate != vq->quorate;

    vq->quorate = quorate;
    if (quorate) {
        vq_us(vq)->flags |= VQ_FLAG_QUORATE;
    } else {
        vq_us(vq)->flags &= ~(uint32_t)VQ_FLAG_QUORATE;
    }
    if (vq->wait_for_all) {
        vq_wait_for_all_set(vq, !quorate);
    }
    if (change && !vq->sync_in_progress) {
        vq->ops.quorum(vq->ops.ctx, quorate, vq->members, vq->n_members, &vq->ring);
        vq->ops.notify_quorum(vq->ops.ctx);
    }
}

/* Expected votes grow with the votes seen. */
static void expected_votes_grow(struct vq *vq, uint64_t votes)
{
    if (votes > vq_us(vq)->expected_votes) {
        vq_us(vq)->expected_votes = (uint32_t)votes;
        vq->ops.notify_expected_votes(vq->ops.ctx, (uint32_t)votes);
    }
    if (vq->tracking && vq_us(vq)->expected_votes > vq->tracking_barrier) {
        vq->tracking_barrier = vq_us(vq)->expected_votes;
        vq->ops.publish(vq->ops.ctx, VQ_VALUE_EV_TRACKING_BARRIER, vq->tracking_barrier);
    }
}

void vq_recalculate(struct vq *vq, bool allow_decrease, bool by_current_nodes)
{
    uint64_t votes = vq->qdevice_votes;
    uint32_t count = vq->qdevice_votes > 0 ? 1 : 0;
    uint32_t total;

    for (size_t i = 0; i < vq->n_nodes; i++) {
        if (vq->nodes[i].state == VQ_MEMBER) {
            votes += vq->nodes[i].votes;
            count++;
        }
    }
    if (!by_current_nodes) {
        count = 0;
    }
    expected_votes_grow(vq, votes > UINT32_MAX ? UINT32_MAX : votes);
    vq->quorum = vq_calculate(vq, allow_decrease, count, &total);
    if (count != 0) {
        vq_expected_votes_set(vq, count);
    }
    decide(vq, total);
}

/* ---- start, stop, timers ---- */

const char *vq_start(struct vq *vq, const struct vq_config *config)
{
    const char *error = vq_config_apply(vq, config, false);

    if (error != NULL) {
        return error;
    }
    vq_recalculate(vq, false, false);
    vq_send_nodeinfo(vq);
    return NULL;
}

int vq_stop(struct vq *vq)
{
    if (!vq->allow_downscale) {
        return 0;
    }
    vq_us(vq)->flags |= VQ_FLAG_LEAVING;
    return vq_send_nodeinfo(vq);
}

void vq_timer_expired(struct vq *vq, enum vq_timer timer)
{
    if (timer == VQ_TIMER_QDEVICE) {
        vq_qdevice_timer_expired(vq);
    } else if (vq->last_man_standing && vq->quorate) {
        vq_recalculate(vq, true, true);
    }
}

/* ---- requests ---- */

cs_error_t vq_set_expected(struct vq *vq, uint32_t expected)
{
    bool downscale = vq->allow_downscale;
    uint32_t total;

    vq->allow_downscale = false;
    uint32_t quorum = vq_calculate(vq, true, expected, &total);

    vq->allow_downscale = downscale;
    if (expected < total || (vq->quorate && quorum > total)) {
        return CS_ERR_INVALID_PARAM;
    }
    vq_expected_votes_set(vq, expected);
    return vq_send_reconfigure(vq, VQ_PARAM_EXPECTED_VOTES, vq->nodeid, expected) == 0 ? CS_OK
                                                                                      : CS_ERR_NO_RESOURCES;
}

cs_error_t vq_set_votes(struct vq *vq, uint32_t nodeid, uint32_t votes)
{
    struct vq_node *node = vq_node_find(vq, nodeid);
    uint32_t total;

    if (node == NULL) {
        return CS_ERR_NAME_NOT_FOUND;
    }
    uint32_t saved = node->votes;

    node->votes = votes;
    uint32_t quorum = vq_calculate(vq, true, 0, &total);

    if (quorum < total / 2 || quorum > total) {
        node->votes = saved;
        return CS_ERR_INVALID_PARAM;
    }
    return vq_send_reconfigure(vq, VQ_PARAM_NODE_VOTES, nodeid, votes) == 0 ? CS_OK : CS_ERR_NO_RESOURCES;
}

void vq_cancel_wait_for_all(struct vq *vq)
{
    vq_send_reconfigure(vq, VQ_PARAM_CANCEL_WFA, vq->nodeid, 0);
}

/* ---- queries ---- */

static uint32_t info_flags(const struct vq *vq, const struct vq_node *node)
{
    static const struct {
        uint32_t node;
        uint32_t info;
    } of_node[] = {
        {VQ_FLAG_QDEVICE_REGISTERED, VOTEQUORUM_INFO_QDEVICE_REGISTERED},
        {VQ_FLAG_QDEVICE_ALIVE, VOTEQUORUM_INFO_QDEVICE_ALIVE},
        {VQ_FLAG_QDEVICE_CAST_VOTE, VOTEQUORUM_INFO_QDEVICE_CAST_VOTE},
        {VQ_FLAG_QDEVICE_MASTER_WINS, VOTEQUORUM_INFO_QDEVICE_MASTER_WINS},
    };
    uint32_t flags = (vq->two_node ? VOTEQUORUM_INFO_TWONODE : 0U) |
                     (vq->quorate ? VOTEQUORUM_INFO_QUORATE : 0U) |
                     (vq->wait_for_all ? VOTEQUORUM_INFO_WAIT_FOR_ALL : 0U) |
                     (vq->last_man_standing ? VOTEQUORUM_INFO_LAST_MAN_STANDING : 0U) |
                     (vq->tie_breaker != VQ_ATB_NONE ? VOTEQUORUM_INFO_AUTO_TIE_BREAKER : 0U) |
                     (vq->allow_downscale ? VOTEQUORUM_INFO_ALLOW_DOWNSCALE : 0U);

    for (size_t i = 0; i < sizeof(of_node) / sizeof(of_node[0]); i++) {
        if ((node->flags & of_node[i].node) != 0) {
            flags |= of_node[i].info;
        }
    }
    return flags;
}

cs_error_t vq_get_info(const struct vq *vq, uint32_t nodeid, struct vq_info *info)
{
    const struct vq_node *node = nodeid == 0 ? vq_us(vq) : vq_node_find(vq, nodeid);

    if (node == NULL) {
        return CS_ERR_NOT_EXIST;
    }
    *info = (struct vq_info){
        .nodeid = node->nodeid,
        .state = node->state,
        .votes = node->votes,
        .expected_votes = node->expected_votes,
        .quorum = vq->quorum,
        .flags = info_flags(vq, node),
        .qdevice_votes = vq->qdevice_votes,
        .qdevice_name = vq->qdevice_name,
    };
    for (size_t i = 0; i < vq->n_nodes; i++) {
        if (vq->nodes[i].state == VQ_MEMBER) {
            info->highest_expected = max_u32(info->highest_expected, vq->nodes[i].expected_votes);
            info->total_votes += vq->nodes[i].votes;
        }
    }
    if ((node->flags & VQ_FLAG_QDEVICE_CAST_VOTE) != 0) {
        info->total_votes += vq->qdevice_votes;
    }
    return CS_OK;
}

size_t vq_nodes(const struct vq *vq, struct vq_node_state *out, size_t max)
{
    size_t count = 0;

    for (; count < vq->n_nodes && count < max; count++) {
        out[count] = (struct vq_node_state){.nodeid = vq->nodes[count].nodeid,
                                            .state = vq->nodes[count].state};
    }
    if ((vq_us(vq)->flags & VQ_FLAG_QDEVICE_REGISTERED) != 0 && count < max) {
        out[count++] = (struct vq_node_state){0};
    }
    return count;
}

size_t vq_members(const struct vq *vq, const uint32_t **members)
{
    *members = vq->members;
    return vq->n_members;
}

struct totem_ring vq_ring(const struct vq *vq)
{
    return vq->ring;
}

bool vq_quorate(const struct vq *vq)
{
    return vq->quorate;
}
