/*
 * Closed process groups: processes on all nodes join named groups, every member gets every
 * message of the group and every change of its membership in the same order.
 */
#ifndef COROSYNC_CPG_H_DEFINED
#define COROSYNC_CPG_H_DEFINED

#include <netinet/in.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <corosync/corotypes.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint64_t cpg_handle_t;
typedef uint64_t cpg_iteration_handle_t;

/* Ordering of a message. Every value gives agreed ordering. */
typedef enum {
    CPG_TYPE_UNORDERED,
    CPG_TYPE_FIFO,
    CPG_TYPE_AGREED,
    CPG_TYPE_SAFE
} cpg_guarantee_t;

typedef enum {
    CPG_FLOW_CONTROL_DISABLED,
    CPG_FLOW_CONTROL_ENABLED
} cpg_flow_control_state_t;

/* Why a process joined or left. */
typedef enum {
    CPG_REASON_UNDEFINED = 0,
    CPG_REASON_JOIN = 1,     /* it called cpg_join() */
    CPG_REASON_LEAVE = 2,    /* it called cpg_leave() */
    CPG_REASON_NODEDOWN = 3, /* its node left */
    CPG_REASON_NODEUP = 4,   /* its node joined and it was a member there already */
    CPG_REASON_PROCDOWN = 5  /* it closed its connection without leaving */
} cpg_reason_t;

typedef enum {
    CPG_ITERATION_NAME_ONLY = 1, /* one entry a group */
    CPG_ITERATION_ONE_GROUP = 2, /* the members of one group */
    CPG_ITERATION_ALL = 3        /* the members of all groups */
} cpg_iteration_type_t;

typedef enum {
    CPG_MODEL_V1 = 1
} cpg_model_t;

/* A process. */
struct cpg_address {
    uint32_t nodeid;
    uint32_t pid;
    uint32_t reason; /* cpg_reason_t, for processes that joined or left */
};

#define CPG_MAX_NAME_LENGTH 128

/* Name of a group: any bytes, `length` of them. */
struct cpg_name {
    uint32_t length;
    char value[CPG_MAX_NAME_LENGTH];
};

/* Longest list of processes that a callback gets. */
#define CPG_MEMBERS_MAX 128

struct cpg_iteration_description_t {
    struct cpg_name group;
    uint32_t nodeid;
    uint32_t pid;
};

/* Identity of a ring of nodes: the node that formed it, and an increasing number. */
struct cpg_ring_id {
    uint32_t nodeid;
    uint64_t seq;
};

/* A message of `msg_len` bytes arrived; the callback may write to `msg`. */
typedef void (*cpg_deliver_fn_t)(cpg_handle_t handle, const struct cpg_name *group_name, uint32_t nodeid,
                                 uint32_t pid, void *msg, size_t msg_len);

/* The members of the group changed. */
typedef void (*cpg_confchg_fn_t)(cpg_handle_t handle, const struct cpg_name *group_name,
                                 const struct cpg_address *member_list, size_t member_list_entries,
                                 const struct cpg_address *left_list, size_t left_list_entries,
                                 const struct cpg_address *joined_list, size_t joined_list_entries);

/* The nodes of the cluster changed. */
typedef void (*cpg_totem_confchg_fn_t)(cpg_handle_t handle, struct cpg_ring_id ring_id,
                                       uint32_t member_list_entries, const uint32_t *member_list);

typedef struct {
    cpg_deliver_fn_t cpg_deliver_fn;
    cpg_confchg_fn_t cpg_confchg_fn;
} cpg_callbacks_t;

typedef struct {
    cpg_model_t model;
} cpg_model_data_t;

/* Flag of cpg_model_v1_data_t: call cpg_totem_confchg_fn once after joining, too. */
#define CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF 0x01

typedef struct {
    cpg_model_t model; /* CPG_MODEL_V1 */
    cpg_deliver_fn_t cpg_deliver_fn;
    cpg_confchg_fn_t cpg_confchg_fn;
    cpg_totem_confchg_fn_t cpg_totem_confchg_fn;
    unsigned int flags;
} cpg_model_v1_data_t;

/* Connects to the daemon; any callback, and `callbacks` itself, may be NULL. */
cs_error_t cpg_initialize(cpg_handle_t *handle, cpg_callbacks_t *callbacks);

/* Like cpg_initialize() with all callbacks; `context` is what cpg_context_get() will return. */
cs_error_t cpg_model_initialize(cpg_handle_t *handle, cpg_model_t model, cpg_model_data_t *model_data,
                                void *context);

/* Closes the connection; a group that is still joined is left. */
cs_error_t cpg_finalize(cpg_handle_t handle);

/* A descriptor that is readable when cpg_dispatch() has something to do. */
cs_error_t cpg_fd_get(cpg_handle_t handle, int *fd);

/* Longest message that travels in one piece, in bytes. Longer ones are split and put together again. */
cs_error_t cpg_max_atomic_msgsize_get(cpg_handle_t handle, uint32_t *size);

cs_error_t cpg_context_get(cpg_handle_t handle, void **context);
cs_error_t cpg_context_set(cpg_handle_t handle, void *context);

/* Calls the callbacks of pending events. */
cs_error_t cpg_dispatch(cpg_handle_t handle, cs_dispatch_flags_t dispatch_types);

/* A handle joins one group at a time. */
cs_error_t cpg_join(cpg_handle_t handle, const struct cpg_name *group);
cs_error_t cpg_leave(cpg_handle_t handle, const struct cpg_name *group);

/*
 * Sends the concatenation of the parts to the joined group. CS_OK means queued; CS_ERR_TRY_AGAIN
 * that the cluster is congested or forming, and nothing was sent.
 */
cs_error_t cpg_mcast_joined(cpg_handle_t handle, cpg_guarantee_t guarantee, const struct iovec *iovec,
                            unsigned int iov_len);

/* The members of any group. `member_list` must have room for all of them. */
cs_error_t cpg_membership_get(cpg_handle_t handle, struct cpg_name *group_name,
                              struct cpg_address *member_list, int *member_list_entries);

cs_error_t cpg_local_get(cpg_handle_t handle, unsigned int *local_nodeid);

cs_error_t cpg_flow_control_state_get(cpg_handle_t handle, cpg_flow_control_state_t *flow_control_enabled);

/* Memory shared with the daemon, for messages that are sent without copying them over. */
cs_error_t cpg_zcb_alloc(cpg_handle_t handle, size_t size, void **buffer);
cs_error_t cpg_zcb_free(cpg_handle_t handle, void *buffer);
cs_error_t cpg_zcb_mcast_joined(cpg_handle_t handle, cpg_guarantee_t guarantee, void *msg, size_t msg_len);

/* Walks over groups and their members as they were when the iteration began. */
cs_error_t cpg_iteration_initialize(cpg_handle_t handle, cpg_iteration_type_t iteration_type,
                                    const struct cpg_name *group,
                                    cpg_iteration_handle_t *cpg_iteration_handle);
cs_error_t cpg_iteration_next(cpg_iteration_handle_t handle,
                              struct cpg_iteration_description_t *description);
cs_error_t cpg_iteration_finalize(cpg_iteration_handle_t handle);

#ifdef __cplusplus
}
#endif

#endif
