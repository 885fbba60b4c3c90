/*
 * Inside of the votequorum core: its state, and what its files share.
 */
#ifndef COROSYNC_SERVICES_VOTEQUORUM_INTERNAL_H
#define COROSYNC_SERVICES_VOTEQUORUM_INTERNAL_H

#include <syslog.h>

#include "corosync/services/votequorum_core.h"

enum vq_state {
    VQ_MEMBER = 1,
    VQ_DEAD = 2,
    VQ_LEAVING = 3,
};

enum vq_tie_breaker {
    VQ_ATB_NONE = 0,
    VQ_ATB_LOWEST = 1,
    VQ_ATB_HIGHEST = 2,
    VQ_ATB_LIST = 3,
};

#define VQ_ATB_LIST_MAX TOTEM_MAX_NODES

struct vq_node {
    uint32_t nodeid;
    uint32_t state; /* enum vq_state */
    uint32_t votes;
    uint32_t expected_votes;
    uint32_t flags; /* enum vq_flag */
};

struct vq {
    struct vq_ops ops;

    /* Every node ever seen, by id; this one is always there. Entries stay when a node dies. */
    struct vq_node *nodes;
    size_t n_nodes;
    size_t us; /* index of this node in `nodes` */
    uint32_t nodeid;

    uint32_t quorum; /* votes needed */
    bool quorate;

    bool two_node;
    bool wait_for_all;
    bool wait_for_all_auto;   /* follows two_node */
    bool wait_for_all_status; /* true: still waiting */
    enum vq_tie_breaker tie_breaker;
    enum vq_tie_breaker initial_tie_breaker;
    uint32_t tie_breaker_list[VQ_ATB_LIST_MAX];
    size_t n_tie_breaker_list;
    uint32_t lowest_id;  /* of the last quorate partition; compared as signed numbers */
    uint32_t highest_id;
    bool last_man_standing;
    uint32_t last_man_standing_window; /* ms */
    bool allow_downscale;
    uint32_t ev_barrier;
    bool tracking;
    uint32_t tracking_barrier;

    uint32_t qdevice_votes;
    uint32_t qdevice_timeout;      /* ms */
    uint32_t qdevice_sync_timeout; /* ms */
    bool qdevice_can_operate;
    bool qdevice_master_wins;
    char qdevice_name[VQ_NAME_LEN]; /* of the cluster, empty = none */
    bool register_pending;          /* a client waits for its registration */

    uint32_t members[TOTEM_MAX_NODES];
    size_t n_members;
    uint32_t prev_members[TOTEM_MAX_NODES];
    size_t n_prev_members;
    struct totem_ring ring;

    bool sync_in_progress;
    bool nodeinfo_sent;
    bool nodeinfo_due; /* our flags changed since, the others must know before the end of the sync */
    bool sync_wait; /* for a poll of the device */
};

void vq_log(const struct vq *vq, int priority, const char *format, ...) __attribute__((format(printf, 3, 4)));

struct vq_node *vq_us(const struct vq *vq);
struct vq_node *vq_node_find(const struct vq *vq, uint32_t nodeid);
/* NULL when the table is full. */
struct vq_node *vq_node_add(struct vq *vq, uint32_t nodeid);

/* Votes needed and votes present (services.md 4.4). */
uint32_t vq_calculate(const struct vq *vq, bool allow_decrease, uint32_t max_expected, uint32_t *total);
void vq_recalculate(struct vq *vq, bool allow_decrease, bool by_current_nodes);
void vq_wait_for_all_set(struct vq *vq, bool waiting);
void vq_expected_votes_set(struct vq *vq, uint32_t expected);

/* ---- votequorum_config.c ---- */

/* NULL or the text of an error that is fatal at start. */
const char *vq_config_apply(struct vq *vq, const struct vq_config *config, bool runtime);

/* ---- votequorum_message.c ---- */

/* Each returns 0, or -1 when there was no room. */
int vq_send_nodeinfo(struct vq *vq);
int vq_send_device_nodeinfo(struct vq *vq);
int vq_send_reconfigure(struct vq *vq, enum vq_param param, uint32_t nodeid, uint32_t value);
int vq_send_qdevice_reg(struct vq *vq, bool registering, const char *name);
int vq_send_qdevice_reconfigure(struct vq *vq, const char *old_name, const char *new_name);

/* ---- votequorum_device.c ---- */

void vq_receive_qdevice_reg(struct vq *vq, bool registering, const char *name, uint32_t nodeid);
void vq_receive_qdevice_reconfigure(struct vq *vq, const char *old_name, const char *new_name);
void vq_qdevice_timer_expired(struct vq *vq);

#endif
