/* The controller's finite state machine: states, inputs, actions and the engine that runs them
 * (controller.md §1). Part of the pure core; only files of this folder include it. */
#ifndef PCMK_CRMD_FSA_H
#define PCMK_CRMD_FSA_H

#include <stdbool.h>
#include <stdint.h>
#include <libxml/tree.h>

enum fsa_state {
    S_IDLE,
    S_ELECTION,
    S_INTEGRATION,
    S_FINALIZE_JOIN,
    S_NOT_DC,
    S_POLICY_ENGINE,
    S_RECOVERY,
    S_RELEASE_DC,
    S_STARTING,
    S_PENDING,
    S_STOPPING,
    S_TERMINATE,
    S_TRANSITION_ENGINE,
    S_COUNT,
};

enum fsa_input {
    I_NULL,
    I_DC_TIMEOUT,
    I_ELECTION,
    I_PE_CALC,
    I_RELEASE_DC,
    I_ELECTION_DC,
    I_ERROR,
    I_FAIL,
    I_INTEGRATED,
    I_FINALIZED,
    I_NODE_JOIN,
    I_NOT_DC,
    I_RELEASE_SUCCESS,
    I_TE_SUCCESS,
    I_ROUTER,
    I_SHUTDOWN,
    I_STOP,
    I_TERMINATE,
    I_STARTUP,
    I_PE_SUCCESS,
    I_JOIN_OFFER,
    I_JOIN_REQUEST,
    I_JOIN_RESULT,
    I_WAIT_FOR_EVENT,
    I_PENDING,
    I_COUNT,
};

/* Why an input was raised; appears in logs. */
enum fsa_cause {
    C_UNKNOWN,
    C_STARTUP,
    C_IPC_MESSAGE,
    C_HA_MESSAGE,
    C_CRMD_STATUS_CALLBACK,
    C_LRM_OP_CALLBACK,
    C_TIMER_POPPED,
    C_SHUTDOWN,
    C_FSA_INTERNAL,
};

/* Actions are a bit set; the lowest pending bit runs first (§1.5). */
enum fsa_action_bit {
    AB_ERROR,
    AB_WARN,
    AB_LOG,
    AB_EXIT_1,
    AB_STARTUP,
    AB_CIB_START,
    AB_HA_CONNECT,
    AB_READCONFIG,
    AB_LRM_CONNECT,
    AB_TE_START,
    AB_PE_START,
    AB_DC_TIMER_STOP,
    AB_INTEGRATE_TIMER_STOP,
    AB_INTEGRATE_TIMER_START,
    AB_FINALIZE_TIMER_STOP,
    AB_FINALIZE_TIMER_START,
    AB_MSG_ROUTE,
    AB_RECOVER,
    AB_CL_JOIN_RESULT,
    AB_CL_JOIN_REQUEST,
    AB_SHUTDOWN_REQ,
    AB_ELECTION_VOTE,
    AB_ELECTION_COUNT,
    AB_STARTED,
    AB_CL_JOIN_QUERY,
    AB_DC_TIMER_START,
    AB_DC_TAKEOVER,
    AB_DC_RELEASE,
    AB_DC_JOIN_FINAL,
    AB_ELECTION_CHECK,
    AB_ELECTION_START,
    AB_DC_JOIN_OFFER_ALL,
    AB_DC_JOIN_OFFER_ONE,
    AB_DC_JOIN_PROCESS_REQ,
    AB_DC_JOIN_PROCESS_ACK,
    AB_DC_JOIN_FINALIZE,
    AB_CL_JOIN_ANNOUNCE,
    AB_TE_HALT,
    AB_TE_CANCEL,
    AB_PE_INVOKE,
    AB_TE_INVOKE,
    AB_DC_RELEASED,
    AB_PE_STOP,
    AB_TE_STOP,
    AB_SHUTDOWN,
    AB_LRM_DISCONNECT,
    AB_HA_DISCONNECT,
    AB_CIB_STOP,
    AB_STOP,
    AB_EXIT_0,
    AB_COUNT,
};

#define A_ERROR (UINT64_C(1) << AB_ERROR)
#define A_WARN (UINT64_C(1) << AB_WARN)
#define A_LOG (UINT64_C(1) << AB_LOG)
#define A_EXIT_1 (UINT64_C(1) << AB_EXIT_1)
#define A_STARTUP (UINT64_C(1) << AB_STARTUP)
#define A_CIB_START (UINT64_C(1) << AB_CIB_START)
#define A_HA_CONNECT (UINT64_C(1) << AB_HA_CONNECT)
#define A_READCONFIG (UINT64_C(1) << AB_READCONFIG)
#define A_LRM_CONNECT (UINT64_C(1) << AB_LRM_CONNECT)
#define A_TE_START (UINT64_C(1) << AB_TE_START)
#define A_PE_START (UINT64_C(1) << AB_PE_START)
#define A_DC_TIMER_STOP (UINT64_C(1) << AB_DC_TIMER_STOP)
#define A_INTEGRATE_TIMER_STOP (UINT64_C(1) << AB_INTEGRATE_TIMER_STOP)
#define A_INTEGRATE_TIMER_START (UINT64_C(1) << AB_INTEGRATE_TIMER_START)
#define A_FINALIZE_TIMER_STOP (UINT64_C(1) << AB_FINALIZE_TIMER_STOP)
#define A_FINALIZE_TIMER_START (UINT64_C(1) << AB_FINALIZE_TIMER_START)
#define A_MSG_ROUTE (UINT64_C(1) << AB_MSG_ROUTE)
#define A_RECOVER (UINT64_C(1) << AB_RECOVER)
#define A_CL_JOIN_RESULT (UINT64_C(1) << AB_CL_JOIN_RESULT)
#define A_CL_JOIN_REQUEST (UINT64_C(1) << AB_CL_JOIN_REQUEST)
#define A_SHUTDOWN_REQ (UINT64_C(1) << AB_SHUTDOWN_REQ)
#define A_ELECTION_VOTE (UINT64_C(1) << AB_ELECTION_VOTE)
#define A_ELECTION_COUNT (UINT64_C(1) << AB_ELECTION_COUNT)
#define A_STARTED (UINT64_C(1) << AB_STARTED)
#define A_CL_JOIN_QUERY (UINT64_C(1) << AB_CL_JOIN_QUERY)
#define A_DC_TIMER_START (UINT64_C(1) << AB_DC_TIMER_START)
#define A_DC_TAKEOVER (UINT64_C(1) << AB_DC_TAKEOVER)
#define A_DC_RELEASE (UINT64_C(1) << AB_DC_RELEASE)
#define A_DC_JOIN_FINAL (UINT64_C(1) << AB_DC_JOIN_FINAL)
#define A_ELECTION_CHECK (UINT64_C(1) << AB_ELECTION_CHECK)
#define A_ELECTION_START (UINT64_C(1) << AB_ELECTION_START)
#define A_DC_JOIN_OFFER_ALL (UINT64_C(1) << AB_DC_JOIN_OFFER_ALL)
#define A_DC_JOIN_OFFER_ONE (UINT64_C(1) << AB_DC_JOIN_OFFER_ONE)
#define A_DC_JOIN_PROCESS_REQ (UINT64_C(1) << AB_DC_JOIN_PROCESS_REQ)
#define A_DC_JOIN_PROCESS_ACK (UINT64_C(1) << AB_DC_JOIN_PROCESS_ACK)
#define A_DC_JOIN_FINALIZE (UINT64_C(1) << AB_DC_JOIN_FINALIZE)
#define A_CL_JOIN_ANNOUNCE (UINT64_C(1) << AB_CL_JOIN_ANNOUNCE)
#define A_TE_HALT (UINT64_C(1) << AB_TE_HALT)
#define A_TE_CANCEL (UINT64_C(1) << AB_TE_CANCEL)
#define A_PE_INVOKE (UINT64_C(1) << AB_PE_INVOKE)
#define A_TE_INVOKE (UINT64_C(1) << AB_TE_INVOKE)
#define A_DC_RELEASED (UINT64_C(1) << AB_DC_RELEASED)
#define A_PE_STOP (UINT64_C(1) << AB_PE_STOP)
#define A_TE_STOP (UINT64_C(1) << AB_TE_STOP)
#define A_SHUTDOWN (UINT64_C(1) << AB_SHUTDOWN)
#define A_LRM_DISCONNECT (UINT64_C(1) << AB_LRM_DISCONNECT)
#define A_HA_DISCONNECT (UINT64_C(1) << AB_HA_DISCONNECT)
#define A_CIB_STOP (UINT64_C(1) << AB_CIB_STOP)
#define A_STOP (UINT64_C(1) << AB_STOP)
#define A_EXIT_0 (UINT64_C(1) << AB_EXIT_0)

#define O_RELEASE (A_DC_TIMER_STOP | A_DC_RELEASE | A_PE_STOP | A_TE_STOP | A_DC_RELEASED)
#define O_EXIT (A_SHUTDOWN | A_STOP | A_LRM_DISCONNECT | A_HA_DISCONNECT | A_EXIT_0 | A_CIB_STOP)
#define O_LRM_RECONNECT (A_LRM_CONNECT | A_LRM_DISCONNECT)
#define O_DC_TIMER_RESTART (A_DC_TIMER_STOP | A_DC_TIMER_START)

struct crmd;

/* One queued input. */
struct fsa_entry {
    enum fsa_input input;
    enum fsa_cause cause;
    uint64_t actions;           /* actions saved with it */
    xmlNode *msg;               /* own copy of the message that caused it, or NULL */
    const char *origin;         /* function that raised it */
};

enum fsa_state fsa_next_state(enum fsa_input input, enum fsa_state state);
uint64_t fsa_input_actions(enum fsa_input input, enum fsa_state state);
const char *fsa_state_name(enum fsa_state state);
const char *fsa_input_name(enum fsa_input input);
const char *fsa_cause_name(enum fsa_cause cause);

/* Queue an input at the end, at the head, or as an error (pending actions are saved behind it).
 * msg is copied. The machine is woken. */
void fsa_append(struct crmd *c, enum fsa_cause cause, enum fsa_input input, const xmlNode *msg,
                const char *origin);
void fsa_prepend(struct crmd *c, enum fsa_cause cause, enum fsa_input input, const xmlNode *msg,
                 const char *origin);
void fsa_error(struct crmd *c, enum fsa_cause cause, enum fsa_input input, const xmlNode *msg,
               const char *origin);
/* Queue I_NULL carrying actions. */
void fsa_append_actions(struct crmd *c, enum fsa_cause cause, uint64_t actions, const xmlNode *msg,
                        const char *origin);
/* Add actions to the pending set. */
void fsa_add_actions(struct crmd *c, uint64_t actions);
/* Called by an action that cannot run yet: it is kept and the machine stops until it is woken again. */
void fsa_stall(struct crmd *c, const struct fsa_entry *entry, uint64_t action);
/* Drop everything queued (at the end). */
void fsa_clear(struct crmd *c);

#define FSA_INTERNAL(c, input) fsa_append((c), C_FSA_INTERNAL, (input), NULL, __func__)
#define FSA_ERROR(c, input) fsa_error((c), C_FSA_INTERNAL, (input), NULL, __func__)

#endif
