/*
 * The vote-counting quorum algorithm (services.md 3.4 and 4). Pure: events come in through the
 * functions below, effects leave through struct vq_ops.
 *
 * votequorum_core.c counts votes and decides; votequorum_config.c interprets the configuration;
 * votequorum_message.c has the messages and the synchronisation; votequorum_device.c the quorum
 * device. Effects are called before the event's function returns and must not call back into the
 * core, except for the functions marked "query".
 */
#ifndef COROSYNC_SERVICES_VOTEQUORUM_CORE_H
#define COROSYNC_SERVICES_VOTEQUORUM_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corosync/corotypes.h>

#include "corosync/services/votequorum_wire.h"
#include "corosync/totem/totem.h"

#define VQ_NODES_MAX 1024 /* nodes ever seen; further ones are ignored and logged */

struct vq;

/* What the configuration says; "unset" as described. Only the startup values marked (S) are read once. */
struct vq_config {
    bool have_nodelist;           /* a nodelist with this node in it */
    uint32_t node_count;          /* in the nodelist */
    uint32_t votes_sum;           /* of the nodelist */
    uint32_t own_votes;           /* of this node in the nodelist */
    uint32_t votes;               /* quorum.votes, 0 = unset */
    uint32_t expected_votes;      /* quorum.expected_votes, 0 = unset */
    bool two_node;
    bool device;                  /* quorum.device.model is not empty */
    bool device_votes_set;
    uint32_t device_votes;
    uint32_t device_timeout;      /* ms */
    uint32_t device_sync_timeout; /* ms */
    bool wait_for_all_set;        /* (S) unset: follows two_node */
    bool wait_for_all;            /* (S) */
    bool auto_tie_breaker;        /* (S) */
    const char *tie_breaker_node; /* (S) NULL = unset */
    bool last_man_standing;       /* (S) */
    uint32_t last_man_standing_window; /* (S) ms */
    bool allow_downscale;         /* (S) */
    bool expected_votes_tracking; /* (S) */
    uint32_t tracking_barrier;    /* (S) stored by an earlier run, 0 = none */
};

/*
 * The votes that exist when the device's are configured but not expected from the start, and two parts of the
 * cluster can both reach the quorum of the expected votes until all have met; else 0.
 */
uint32_t vq_config_splits(const struct vq_config *config);

/* Values that others may see; the caller knows their cmap names. */
enum vq_value {
    VQ_VALUE_TWO_NODE,             /* u8 */
    VQ_VALUE_EV_BARRIER,           /* u32 */
    VQ_VALUE_LOWEST_NODE_ID,       /* u32 */
    VQ_VALUE_HIGHEST_NODE_ID,      /* u32 */
    VQ_VALUE_WAIT_FOR_ALL_STATUS,  /* u8 */
    VQ_VALUE_ATB_TYPE,             /* u32 */
    VQ_VALUE_EV_TRACKING_BARRIER,  /* u32; also to be stored for the next run */
    VQ_VALUE_QDEVICE_CAN_OPERATE,  /* u8 */
    VQ_VALUE_QDEVICE_MASTER_WINS,  /* u8 */
};

enum vq_timer {
    VQ_TIMER_QDEVICE,
    VQ_TIMER_LAST_MAN_STANDING,
};

struct vq_ops {
    void *ctx;
    /* Multicast. 0, or -1 when there is no room now. */
    int (*send)(void *ctx, const void *msg, size_t size);
    /* Start or restart a timer; it ends in vq_timer_expired(). */
    void (*timer_start)(void *ctx, enum vq_timer timer, uint32_t ms);
    void (*timer_stop)(void *ctx, enum vq_timer timer);
    /* Report to the quorum service. */
    void (*quorum)(void *ctx, bool quorate, const uint32_t *members, size_t count,
                   const struct totem_ring *ring);
    /* Events to those who track; their content comes from queries. */
    void (*notify_quorum)(void *ctx);
    void (*notify_nodelist)(void *ctx);
    void (*notify_expected_votes)(void *ctx, uint32_t expected_votes);
    /* Answer to a registration that vq_qdevice_register() deferred. */
    void (*register_answer)(void *ctx, cs_error_t error);
    void (*publish)(void *ctx, enum vq_value value, uint32_t number);
    /* priority: as in syslog.h. May be NULL. */
    void (*log)(void *ctx, int priority, const char *text);
};

/* NULL when there is no memory. */
struct vq *vq_new(uint32_t nodeid, const struct vq_ops *ops);
void vq_free(struct vq *vq);

/* Begin work. NULL, or the text (static) of an error in the configuration. */
const char *vq_start(struct vq *vq, const struct vq_config *config);
/* The configuration changed. */
void vq_reconfigure(struct vq *vq, const struct vq_config *config);
/* quorum.cancel_wait_for_all was set. */
void vq_cancel_wait_for_all(struct vq *vq);
/* Before the end. 0 = done, -1 = no room to send, call again. */
int vq_stop(struct vq *vq);

/* A message of VQ_FN_* function `fn`, header included. Damaged ones are ignored. */
void vq_receive(struct vq *vq, unsigned fn, const void *msg, size_t size, uint32_t nodeid);
void vq_timer_expired(struct vq *vq, enum vq_timer timer);

/* Synchronisation. At most TOTEM_MAX_NODES members. */
void vq_sync_init(struct vq *vq, const uint32_t *members, size_t count, const struct totem_ring *ring);
/* 0 = done, -1 = call again. */
int vq_sync_process(struct vq *vq);
void vq_sync_activate(struct vq *vq);

/* ---- requests of clients; results as in services.md 4.8 and 4.9 ---- */

cs_error_t vq_set_expected(struct vq *vq, uint32_t expected);
cs_error_t vq_set_votes(struct vq *vq, uint32_t nodeid, uint32_t votes);

/* Names must end in NUL within VQ_NAME_LEN bytes; longer ones give CS_ERR_INVALID_PARAM. */
/* 0: the answer comes through ops.register_answer. */
cs_error_t vq_qdevice_register(struct vq *vq, const char *name);
/* The client that waits for that answer is gone. */
void vq_qdevice_register_abandon(struct vq *vq);
cs_error_t vq_qdevice_unregister(struct vq *vq, const char *name);
cs_error_t vq_qdevice_update(struct vq *vq, const char *old_name, const char *new_name);
cs_error_t vq_qdevice_poll(struct vq *vq, const char *name, bool cast_vote, const struct totem_ring *ring);
cs_error_t vq_qdevice_master_wins(struct vq *vq, const char *name, bool allow);

/* ---- queries ---- */

struct vq_info {
    uint32_t nodeid;
    uint32_t state;          /* enum vq_state */
    uint32_t votes;
    uint32_t expected_votes;
    uint32_t highest_expected;
    uint32_t total_votes;
    uint32_t quorum;
    uint32_t flags;          /* VOTEQUORUM_INFO_* of the client interface */
    uint32_t qdevice_votes;
    const char *qdevice_name;
};

struct vq_node_state {
    uint32_t nodeid;
    uint32_t state;
};

/* Node 0 is this node. CS_ERR_NOT_EXIST when unknown. */
cs_error_t vq_get_info(const struct vq *vq, uint32_t nodeid, struct vq_info *info);
/* All known nodes by id, then (0, 0) for a device that is registered here; at most max. */
size_t vq_nodes(const struct vq *vq, struct vq_node_state *out, size_t max);
size_t vq_members(const struct vq *vq, const uint32_t **members);
struct totem_ring vq_ring(const struct vq *vq);
bool vq_quorate(const struct vq *vq);

#endif
