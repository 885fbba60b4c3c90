/*
 * Votequorum: what the configuration means, at start and when it changes (services.md 4.3).
 */
#include <stdlib.h>
#include <string.h>

#include "corosync/services/votequorum_internal.h"

#define ERROR_PREFIX "configuration error: "

/* The work of one reading. */
struct reading {
    bool runtime;
    uint32_t expected; /* 0 = unset */
    uint32_t votes_sum;
    int64_t device_votes; /* -1 = unset */
    const char *error;    /* of the start, NULL if none */
};

/* An error is fatal at start; at run time it is only logged. */
static void complain(struct vq *vq, struct reading *reading, const char *error)
{
    if (reading->runtime) {
        vq_log(vq, LOG_CRIT, "%s", error);
    } else if (reading->error == NULL) {
        reading->error = error;
    }
}

static void device_forbid(struct vq *vq, struct reading *reading, const char *error)
{
    complain(vq, reading, error);
    if (reading->runtime) {
        vq->qdevice_can_operate = false;
        vq->ops.publish(vq->ops.ctx, VQ_VALUE_QDEVICE_CAN_OPERATE, 0);
    }
}

/* ---- read once, at start ---- */

static void tie_breaker_parse(struct vq *vq, const char *nodes)
{
    char *end;

    if (nodes == NULL || strcmp(nodes, "lowest") == 0) {
        vq->tie_breaker = VQ_ATB_LOWEST;
        return;
    }
    if (strcmp(nodes, "highest") == 0) {
        vq->tie_breaker = VQ_ATB_HIGHEST;
        return;
    }
    for (;;) {
        unsigned long nodeid = strtoul(nodes, &end, 10);

        if (nodeid == 0 || nodeid > UINT32_MAX || vq->n_tie_breaker_list >= VQ_ATB_LIST_MAX) {
            break;
        }
        vq->tie_breaker_list[vq->n_tie_breaker_list++] = (uint32_t)nodeid;
        nodes = end;
    }
    if (vq->n_tie_breaker_list == 0) {
        vq_log(vq, LOG_WARNING, "auto_tie_breaker_nodes is not valid. It must be 'lowest', 'highest' or a"
               " space-separated list of node IDs. auto_tie_breaker is disabled");
    } else {
        vq->tie_breaker = VQ_ATB_LIST;
    }
}

static void apply_startup(struct vq *vq, const struct vq_config *config)
{
    vq->allow_downscale = config->allow_downscale;
    vq->wait_for_all = config->wait_for_all_set && config->wait_for_all;
    vq->wait_for_all_auto = !config->wait_for_all_set;
    vq->last_man_standing = config->last_man_standing;
    vq->last_man_standing_window = config->last_man_standing_window;
    vq->tracking = config->expected_votes_tracking || config->allow_downscale;
    if (config->auto_tie_breaker) {
        tie_breaker_parse(vq, config->tie_breaker_node);
        vq->ops.publish(vq->ops.ctx, VQ_VALUE_ATB_TYPE, vq->tie_breaker);
    }
    vq->initial_tie_breaker = vq->tie_breaker;
    if (vq->tracking) {
        vq->tracking_barrier = config->tracking_barrier;
        vq->ops.publish(vq->ops.ctx, VQ_VALUE_EV_TRACKING_BARRIER, vq->tracking_barrier);
    }
}

/* ---- combinations that cannot be ---- */

static void check_two_node_and_device(struct vq *vq, const struct vq_config *config, struct reading *reading)
{
    static const char error[] =
        ERROR_PREFIX "two_node and quorum device cannot be configured at the same time!";

    if (!vq->two_node || !config->device) {
        return;
    }
    if (reading->runtime && (vq_us(vq)->flags & VQ_FLAG_QDEVICE_REGISTERED) != 0) {
        vq_log(vq, LOG_CRIT, "%s", error);
        vq->two_node = false;
    } else {
        device_forbid(vq, reading, error);
        if (reading->runtime) {
            vq_log(vq, LOG_CRIT, "quorum device is not registered, allowing two_node");
        }
    }
}

static void check_tie_breaker(struct vq *vq, struct reading *reading)
{
    if (vq->tie_breaker == VQ_ATB_NONE) {
        return;
    }
    if (vq->two_node) {
        vq_log(vq, LOG_CRIT, "two_node and auto_tie_breaker are both specified but are not compatible.");
        vq_log(vq, LOG_CRIT, "two_node has been disabled, please fix your corosync.conf");
        vq->two_node = false;
    }
    if (reading->votes_sum % 2 == 0 || vq->wait_for_all) {
        return;
    }
    if (vq->last_man_standing && !reading->runtime) {
        vq_log(vq, LOG_CRIT,
               "auto_tie_breaker and last_man_standing are both set, and the number of votes is odd.");
        vq_log(vq, LOG_CRIT,
               "Set wait_for_all, which auto_tie_breaker needs then, and unset last_man_standing.");
        complain(vq, reading,
                 ERROR_PREFIX "auto_tie_breaker & last_man_standing not available in odd sized cluster");
        return;
    }
    vq_log(vq, LOG_CRIT, "auto_tie_breaker is set and the cluster has an odd number of nodes.");
    vq_log(vq, LOG_CRIT, "wait_for_all needs to be set for this configuration but it is missing");
    vq_log(vq, LOG_CRIT, "Therefore auto_tie_breaker has been disabled. Please fix your corosync.conf");
    vq->tie_breaker = VQ_ATB_NONE;
    vq->ops.publish(vq->ops.ctx, VQ_VALUE_ATB_TYPE, VQ_ATB_NONE);
}

static void check_device(struct vq *vq, const struct vq_config *config, struct reading *reading)
{
    int64_t votes = reading->device_votes;

    if (!config->device) {
        return;
    }
    if (vq->last_man_standing) {
        device_forbid(vq, reading, ERROR_PREFIX "quorum.device is not compatible with last_man_standing");
    }
    if (vq->tie_breaker != VQ_ATB_NONE) {
        device_forbid(vq, reading, ERROR_PREFIX "quorum.device is not compatible with auto_tie_breaker");
    }
    if (vq->allow_downscale) {
        device_forbid(vq, reading, ERROR_PREFIX "quorum.device is not compatible with allow_downscale");
    }
    if (reading->expected != 0 && votes < 0) {
        device_forbid(vq, reading,
                      ERROR_PREFIX "quorum.device.votes must be specified when quorum.expected_votes is set");
    }
    if (votes < 0 && config->have_nodelist && config->node_count != reading->votes_sum) {
        device_forbid(vq, reading,
                      ERROR_PREFIX "quorum.device.votes must be specified when not all nodes votes 1");
    }
    if (votes > 0 && reading->expected != 0 && (int64_t)reading->expected - votes < 2) {
        device_forbid(vq, reading,
                      ERROR_PREFIX "quorum.device.votes is too high or expected_votes is too low");
    }
}

/* ---- votes ---- */

uint32_t vq_config_splits(const struct vq_config *config)
{
    uint64_t votes = (uint64_t)config->votes_sum + config->device_votes;
    uint64_t expected = config->expected_votes != 0 ? config->expected_votes : config->votes_sum;
    uint64_t quorum = expected / 2 + 1;

    if (!config->device || !config->device_votes_set || !config->have_nodelist || votes > UINT32_MAX) {
        return 0;
    }
    /* one part may be so small that the others are quorate, and the device makes it quorate as well */
    return quorum < config->votes_sum && 2 * quorum <= votes ? (uint32_t)votes : 0;
}

static void apply_votes(struct vq *vq, const struct vq_config *config, struct reading *reading)
{
    struct vq_node *us = vq_us(vq);

    if (config->device && reading->device_votes < 0 && reading->expected == 0 && config->have_nodelist &&
        config->node_count == reading->votes_sum) {
        reading->device_votes = (int64_t)reading->votes_sum - 1;
        reading->votes_sum += (uint32_t)reading->device_votes;
    }
    if (vq->tracking) {
        reading->expected = vq->tracking_barrier;
    }
    if (config->have_nodelist) {
        us->votes = config->own_votes;
        us->expected_votes = reading->votes_sum;
    } else {
        us->votes = config->votes != 0 ? config->votes : 1;
    }
    if (reading->expected != 0) {
        us->expected_votes = reading->expected;
    }
    if (!config->device) {
        vq->qdevice_votes = 0;
    } else if (reading->device_votes >= 0) {
        vq->qdevice_votes = (uint32_t)reading->device_votes;
    }
    vq->ev_barrier = us->expected_votes;
    vq->ops.publish(vq->ops.ctx, VQ_VALUE_EV_BARRIER, vq->ev_barrier);
}

static void apply_wait_for_all(struct vq *vq, const struct reading *reading)
{
    if (vq->wait_for_all && !reading->runtime) {
        vq_wait_for_all_set(vq, true);
    }
    if (!vq->wait_for_all && vq->wait_for_all_auto && vq->wait_for_all_status) {
        vq_wait_for_all_set(vq, false);
    }
}

const char *vq_config_apply(struct vq *vq, const struct vq_config *config, bool runtime)
{
    struct reading reading = {
        .runtime = runtime,
        .expected = config->expected_votes,
        .votes_sum = config->have_nodelist ? config->votes_sum : 0,
        .device_votes = !config->device ? 0 : config->device_votes_set ? (int64_t)config->device_votes : -1,
    };

    if (!config->have_nodelist && config->expected_votes == 0) {
        complain(vq, &reading, ERROR_PREFIX "nodelist or quorum.expected_votes must be configured!");
        return reading.error;
    }
    if (runtime) {
        vq->tie_breaker = vq->initial_tie_breaker;
        vq->ops.publish(vq->ops.ctx, VQ_VALUE_ATB_TYPE, vq->tie_breaker);
    } else {
        apply_startup(vq, config);
    }
    vq->two_node = config->two_node;
    if (config->device) {
        vq->qdevice_timeout = config->device_timeout;
        vq->qdevice_sync_timeout = config->device_sync_timeout;
        vq->qdevice_can_operate = true;
        vq->ops.publish(vq->ops.ctx, VQ_VALUE_QDEVICE_CAN_OPERATE, 1);
    }
    check_two_node_and_device(vq, config, &reading);
    if (vq->wait_for_all_auto) {
        vq->wait_for_all = vq->two_node;
    }
    check_tie_breaker(vq, &reading);
    check_device(vq, config, &reading);
    if (reading.error != NULL) {
        return reading.error;
    }
    apply_votes(vq, config, &reading);
    vq->ops.publish(vq->ops.ctx, VQ_VALUE_TWO_NODE, vq->two_node);
    apply_wait_for_all(vq, &reading);
    return NULL;
}

void vq_reconfigure(struct vq *vq, const struct vq_config *config)
{
    uint32_t votes = vq_us(vq)->votes;
    uint32_t expected = vq_us(vq)->expected_votes;

    vq_config_apply(vq, config, true);
    vq_send_nodeinfo(vq);
    vq_send_device_nodeinfo(vq);
    if (vq_us(vq)->votes != votes) {
        vq_send_reconfigure(vq, VQ_PARAM_NODE_VOTES, vq->nodeid, vq_us(vq)->votes);
    }
    if (vq_us(vq)->expected_votes != expected) {
        vq_send_reconfigure(vq, VQ_PARAM_EXPECTED_VOTES, vq->nodeid, vq_us(vq)->expected_votes);
    }
}
