/* The controller's state tables: what each input does in each state, and which state follows
 * (controller.md §1.2, §1.3). Inputs and the state that 2.1.5 never reaches are left out. */
#include "pacemaker/crmd/fsa.h"

#define IDL (1u << S_IDLE)
#define ELE (1u << S_ELECTION)
#define INT (1u << S_INTEGRATION)
#define FIN (1u << S_FINALIZE_JOIN)
#define NDC (1u << S_NOT_DC)
#define POL (1u << S_POLICY_ENGINE)
#define RCV (1u << S_RECOVERY)
#define REL (1u << S_RELEASE_DC)
#define STA (1u << S_STARTING)
#define PEN (1u << S_PENDING)
#define STP (1u << S_STOPPING)
#define TER (1u << S_TERMINATE)
#define TRA (1u << S_TRANSITION_ENGINE)

/* In any of the states in the set, the input changes the state to next; otherwise it stays. */
static const struct {
    enum fsa_input input;
    enum fsa_state next;
    unsigned states;
} next_rules[] = {
    {I_DC_TIMEOUT, S_RECOVERY, IDL | INT | FIN | POL | REL | TRA},
    {I_DC_TIMEOUT, S_ELECTION, NDC | PEN},
    {I_ELECTION, S_ELECTION, IDL | INT | FIN | NDC | POL | PEN | TRA},
    {I_PE_CALC, S_POLICY_ENGINE, IDL | TRA},
    {I_PE_CALC, S_RECOVERY, STA},
    {I_RELEASE_DC, S_RELEASE_DC, IDL | ELE | INT | FIN | POL | TRA},
    {I_RELEASE_DC, S_RECOVERY, STA},
    {I_ELECTION_DC, S_INTEGRATION, IDL | ELE | FIN | NDC | POL | TRA},
    {I_ELECTION_DC, S_RECOVERY, STA},
    {I_ERROR, S_RECOVERY, IDL | ELE | INT | FIN | NDC | POL | REL | STA | PEN | TRA},
    {I_ERROR, S_TERMINATE, STP},
    {I_FAIL, S_RECOVERY, IDL | NDC},
    {I_FAIL, S_RELEASE_DC, ELE},
    {I_FAIL, S_INTEGRATION, FIN | POL},
    {I_FAIL, S_STOPPING, STA | PEN},
    {I_FAIL, S_POLICY_ENGINE, TRA},
    {I_INTEGRATED, S_FINALIZE_JOIN, INT},
    {I_INTEGRATED, S_RECOVERY, STA | PEN},
    {I_FINALIZED, S_POLICY_ENGINE, FIN},
    {I_FINALIZED, S_RECOVERY, STA | PEN},
    {I_NODE_JOIN, S_INTEGRATION, IDL | FIN | POL | TRA},
    {I_NODE_JOIN, S_RECOVERY, STA},
    {I_NOT_DC, S_RECOVERY, IDL | INT | FIN | POL | STA | TRA},
    {I_NOT_DC, S_NOT_DC, PEN},
    {I_RELEASE_SUCCESS, S_RECOVERY, IDL | INT | FIN | POL | STA | TRA},
    {I_RELEASE_SUCCESS, S_PENDING, REL},
    {I_TE_SUCCESS, S_RECOVERY, STA},
    {I_TE_SUCCESS, S_IDLE, TRA},
    {I_SHUTDOWN, S_POLICY_ENGINE, IDL | TRA},
    {I_SHUTDOWN, S_STOPPING, RCV | STA},
    {I_STOP, S_STOPPING, IDL | ELE | INT | FIN | NDC | POL | RCV | REL | STA | PEN | TRA},
    {I_TERMINATE, S_TERMINATE, IDL | ELE | INT | FIN | NDC | POL | RCV | REL | STA | PEN | STP | TRA},
    {I_STARTUP, S_RECOVERY, IDL | ELE | INT | FIN | NDC | POL | TRA},
    {I_PE_SUCCESS, S_TRANSITION_ENGINE, POL},
    {I_PE_SUCCESS, S_RECOVERY, STA},
    {I_JOIN_OFFER, S_PENDING, NDC},
    {I_JOIN_REQUEST, S_INTEGRATION, IDL | FIN | POL | TRA},
    {I_JOIN_RESULT, S_INTEGRATION, IDL | POL | TRA},
    {I_JOIN_RESULT, S_PENDING, NDC},
    {I_JOIN_RESULT, S_RECOVERY, STA},
    {I_PENDING, S_PENDING, IDL | ELE | INT | FIN | NDC | POL | STA | TRA},
};

/* In any of the states in the set, the input causes these actions. */
static const struct {
    enum fsa_input input;
    uint64_t actions;
    unsigned states;
} action_rules[] = {
    {I_DC_TIMEOUT, A_WARN, IDL | INT | FIN | POL | REL | STA},
    {I_DC_TIMEOUT, A_ELECTION_VOTE, ELE},
    {I_DC_TIMEOUT, A_ELECTION_VOTE | A_WARN, NDC | PEN},
    {I_DC_TIMEOUT, A_TE_CANCEL | A_WARN, TRA},
    {I_ELECTION, A_ELECTION_VOTE, IDL | ELE | INT | FIN | NDC | POL | PEN | TRA},
    {I_ELECTION, A_LOG, RCV | REL | STP | TER},
    {I_ELECTION, A_WARN, STA},
    {I_PE_CALC, A_PE_INVOKE, IDL | POL | TRA},
    {I_PE_CALC, A_WARN, NDC | PEN | STP},
    {I_PE_CALC, A_ERROR, STA | TER},
    {I_RELEASE_DC, O_RELEASE, IDL | ELE | RCV},
    {I_RELEASE_DC, O_RELEASE | A_WARN, INT | FIN | POL | REL | TRA},
    {I_RELEASE_DC, A_WARN, NDC | PEN | STP | TER},
    {I_RELEASE_DC, A_ERROR, STA},
    {I_ELECTION_DC, A_WARN | A_ELECTION_VOTE, IDL | POL | REL | TRA},
    {I_ELECTION_DC, A_LOG | A_DC_TAKEOVER | A_PE_START | A_TE_START | A_DC_JOIN_OFFER_ALL | A_DC_TIMER_STOP,
        ELE},
    {I_ELECTION_DC, A_WARN | A_ELECTION_VOTE | A_DC_JOIN_OFFER_ALL, INT | FIN},
    {I_ELECTION_DC, A_LOG | A_ELECTION_VOTE, NDC},
    {I_ELECTION_DC, A_WARN, RCV | STP | TER},
    {I_ELECTION_DC, A_LOG | A_WARN, STA | PEN},
    {I_ERROR, A_ERROR | A_RECOVER | O_RELEASE | A_ELECTION_START, IDL | INT | FIN | POL | TRA},
    {I_ERROR, A_ERROR | A_RECOVER | O_RELEASE, ELE},
    {I_ERROR, A_ERROR | A_RECOVER, NDC | REL | STA | PEN},
    {I_ERROR, A_ERROR | O_RELEASE, RCV},
    {I_ERROR, A_ERROR | A_EXIT_1, STP | TER},
    {I_FAIL, A_WARN, IDL | ELE | NDC | REL | STA | PEN | STP},
    {I_FAIL, A_WARN | A_DC_JOIN_OFFER_ALL, INT | FIN},
    {I_FAIL, A_WARN | A_DC_JOIN_OFFER_ALL | A_TE_CANCEL, POL},
    {I_FAIL, A_WARN | O_RELEASE, RCV},
    {I_FAIL, A_WARN | A_EXIT_1, TER},
    {I_FAIL, A_WARN | O_LRM_RECONNECT | A_PE_INVOKE | A_TE_CANCEL, TRA},
    {I_INTEGRATED, A_WARN, ELE | FIN | NDC | RCV | REL | STA | PEN | STP | TER},
    {I_INTEGRATED, A_DC_JOIN_FINALIZE, INT},
    {I_FINALIZED, A_WARN, ELE | INT | NDC | RCV | REL | STA | PEN | STP | TER},
    {I_FINALIZED, A_DC_JOIN_FINAL | A_TE_CANCEL, FIN},
    {I_NODE_JOIN, A_TE_HALT | A_DC_JOIN_OFFER_ONE, IDL | TRA},
    {I_NODE_JOIN, A_WARN, ELE | NDC | RCV | REL | STA | PEN | STP | TER},
    {I_NODE_JOIN, A_DC_JOIN_OFFER_ONE, INT | FIN | POL},
    {I_NOT_DC, A_WARN | O_RELEASE, IDL},
    {I_NOT_DC, A_ERROR | A_ELECTION_START | A_DC_TIMER_STOP, ELE},
    {I_NOT_DC, A_ERROR | O_RELEASE, INT | FIN | POL | RCV | REL | TRA},
    {I_NOT_DC, A_LOG, NDC},
    {I_NOT_DC, A_WARN, STA | STP | TER},
    {I_NOT_DC, A_LOG | A_DC_TIMER_STOP, PEN},
    {I_RELEASE_SUCCESS, A_WARN, IDL | ELE | INT | FIN | NDC | POL | RCV | STA | STP | TER | TRA},
    {I_RELEASE_SUCCESS, A_LOG, REL | PEN},
    {I_TE_SUCCESS, A_LOG, IDL | TRA},
    {I_TE_SUCCESS, A_WARN, ELE | INT | FIN | POL | REL | STP | TER},
    {I_TE_SUCCESS, A_ERROR, NDC | STA | PEN},
    {I_TE_SUCCESS, A_RECOVER | A_WARN, RCV},
    {I_ROUTER, A_MSG_ROUTE, IDL | ELE | INT | FIN | NDC | POL | RCV | REL | STA | PEN | STP | TER | TRA},
    {I_SHUTDOWN, A_LOG | A_SHUTDOWN_REQ, IDL | INT | FIN | POL},
    {I_SHUTDOWN, A_LOG | A_SHUTDOWN_REQ | A_ELECTION_VOTE, ELE},
    {I_SHUTDOWN, A_SHUTDOWN_REQ, NDC | PEN},
    {I_SHUTDOWN, A_WARN | O_EXIT | O_RELEASE, RCV},
    {I_SHUTDOWN, A_WARN | A_SHUTDOWN_REQ, REL | TRA},
    {I_SHUTDOWN, A_WARN | O_EXIT, STA},
    {I_SHUTDOWN, A_LOG, STP | TER},
    {I_STOP, A_ERROR | O_RELEASE | O_EXIT, IDL | FIN | RCV | REL},
    {I_STOP, O_RELEASE | O_EXIT, ELE},
    {I_STOP, A_WARN | O_RELEASE | O_EXIT, INT | POL},
    {I_STOP, O_EXIT, NDC | STA | PEN | STP},
    {I_STOP, A_ERROR | A_EXIT_1, TER},
    {I_STOP, A_LOG | O_RELEASE | O_EXIT, TRA},
    {I_TERMINATE, A_ERROR | O_EXIT, IDL | ELE | INT | FIN | NDC | POL | RCV | REL | PEN | TRA},
    {I_TERMINATE, O_EXIT, STA | STP | TER},
    {I_STARTUP, A_WARN, IDL | ELE | INT | FIN | NDC | POL | RCV | REL | STP | TER | TRA},
    {I_STARTUP, A_LOG | A_STARTUP | A_CIB_START | A_LRM_CONNECT | A_HA_CONNECT | A_READCONFIG | A_STARTED,
        STA},
    {I_STARTUP, A_LOG, PEN},
    {I_PE_SUCCESS, A_LOG, IDL | REL | PEN | TRA},
    {I_PE_SUCCESS, A_WARN, ELE | INT | FIN},
    {I_PE_SUCCESS, A_TE_INVOKE, POL},
    {I_PE_SUCCESS, A_RECOVER | A_LOG, RCV},
    {I_PE_SUCCESS, A_ERROR, STA | STP | TER},
    {I_JOIN_OFFER, A_WARN | A_CL_JOIN_REQUEST, IDL | POL | TRA},
    {I_JOIN_OFFER, A_WARN | A_ELECTION_VOTE, ELE},
    {I_JOIN_OFFER, A_CL_JOIN_REQUEST, INT | FIN},
    {I_JOIN_OFFER, A_CL_JOIN_REQUEST | A_DC_TIMER_STOP, NDC | PEN},
    {I_JOIN_OFFER, A_WARN | A_CL_JOIN_REQUEST | A_DC_TIMER_STOP, RCV | REL},
    {I_JOIN_OFFER, A_LOG, STA | STP | TER},
    {I_JOIN_REQUEST, A_DC_JOIN_OFFER_ONE, IDL | FIN | POL | TRA},
    {I_JOIN_REQUEST, A_WARN, ELE | NDC | RCV | REL | STA | PEN | STP | TER},
    {I_JOIN_REQUEST, A_DC_JOIN_PROCESS_REQ, INT},
    {I_JOIN_RESULT, A_ERROR | A_TE_HALT | A_DC_JOIN_OFFER_ALL, IDL | POL | TRA},
    {I_JOIN_RESULT, A_LOG, ELE | RCV | REL},
    {I_JOIN_RESULT, A_LOG | A_CL_JOIN_RESULT | A_DC_JOIN_PROCESS_ACK, INT},
    {I_JOIN_RESULT, A_CL_JOIN_RESULT | A_DC_JOIN_PROCESS_ACK, FIN},
    {I_JOIN_RESULT, A_ERROR | A_CL_JOIN_ANNOUNCE, NDC},
    {I_JOIN_RESULT, A_ERROR, STA | STP | TER},
    {I_JOIN_RESULT, A_CL_JOIN_RESULT, PEN},
    {I_WAIT_FOR_EVENT, A_LOG, IDL | ELE | INT | FIN | NDC | POL | RCV | REL | STA | PEN | STP | TER | TRA},
    {I_PENDING, O_RELEASE | O_DC_TIMER_RESTART, IDL | ELE | INT | FIN | POL | TRA},
    {I_PENDING, A_LOG | O_DC_TIMER_RESTART, NDC | PEN},
    {I_PENDING, A_WARN, RCV | STP | TER},
    {I_PENDING, A_WARN | O_DC_TIMER_RESTART, REL},
    {I_PENDING, A_LOG | A_DC_TIMER_START | A_CL_JOIN_QUERY, STA},
};

enum fsa_state fsa_next_state(enum fsa_input input, enum fsa_state state)
{
    for (size_t i = 0; i < sizeof next_rules / sizeof next_rules[0]; i++) {
        if (next_rules[i].input == input && (next_rules[i].states & (1u << state))) {
            return next_rules[i].next;
        }
    }
    return state;
}

uint64_t fsa_input_actions(enum fsa_input input, enum fsa_state state)
{
    uint64_t actions = 0;

    for (size_t i = 0; i < sizeof action_rules / sizeof action_rules[0]; i++) {
        if (action_rules[i].input == input && (action_rules[i].states & (1u << state))) {
            actions |= action_rules[i].actions;
        }
    }
    return actions;
}

static const char *const state_names[S_COUNT] = {
    [S_IDLE] = "S_IDLE",
    [S_ELECTION] = "S_ELECTION",
    [S_INTEGRATION] = "S_INTEGRATION",
    [S_FINALIZE_JOIN] = "S_FINALIZE_JOIN",
    [S_NOT_DC] = "S_NOT_DC",
    [S_POLICY_ENGINE] = "S_POLICY_ENGINE",
    [S_RECOVERY] = "S_RECOVERY",
    [S_RELEASE_DC] = "S_RELEASE_DC",
    [S_STARTING] = "S_STARTING",
    [S_PENDING] = "S_PENDING",
    [S_STOPPING] = "S_STOPPING",
    [S_TERMINATE] = "S_TERMINATE",
    [S_TRANSITION_ENGINE] = "S_TRANSITION_ENGINE",
};

static const char *const input_names[I_COUNT] = {
    [I_NULL] = "I_NULL",
    [I_DC_TIMEOUT] = "I_DC_TIMEOUT",
    [I_ELECTION] = "I_ELECTION",
    [I_PE_CALC] = "I_PE_CALC",
    [I_RELEASE_DC] = "I_RELEASE_DC",
    [I_ELECTION_DC] = "I_ELECTION_DC",
    [I_ERROR] = "I_ERROR",
    [I_FAIL] = "I_FAIL",
    [I_INTEGRATED] = "I_INTEGRATED",
    [I_FINALIZED] = "I_FINALIZED",
    [I_NODE_JOIN] = "I_NODE_JOIN",
    [I_NOT_DC] = "I_NOT_DC",
    [I_RELEASE_SUCCESS] = "I_RELEASE_SUCCESS",
    [I_TE_SUCCESS] = "I_TE_SUCCESS",
    [I_ROUTER] = "I_ROUTER",
    [I_SHUTDOWN] = "I_SHUTDOWN",
    [I_STOP] = "I_STOP",
    [I_TERMINATE] = "I_TERMINATE",
    [I_STARTUP] = "I_STARTUP",
    [I_PE_SUCCESS] = "I_PE_SUCCESS",
    [I_JOIN_OFFER] = "I_JOIN_OFFER",
    [I_JOIN_REQUEST] = "I_JOIN_REQUEST",
    [I_JOIN_RESULT] = "I_JOIN_RESULT",
    [I_WAIT_FOR_EVENT] = "I_WAIT_FOR_EVENT",
    [I_PENDING] = "I_PENDING",
};

static const char *const cause_names[] = {
    [C_UNKNOWN] = "C_UNKNOWN",
    [C_STARTUP] = "C_STARTUP",
    [C_IPC_MESSAGE] = "C_IPC_MESSAGE",
    [C_HA_MESSAGE] = "C_HA_MESSAGE",
    [C_CRMD_STATUS_CALLBACK] = "C_CRMD_STATUS_CALLBACK",
    [C_LRM_OP_CALLBACK] = "C_LRM_OP_CALLBACK",
    [C_TIMER_POPPED] = "C_TIMER_POPPED",
    [C_SHUTDOWN] = "C_SHUTDOWN",
    [C_FSA_INTERNAL] = "C_FSA_INTERNAL",
};

const char *fsa_state_name(enum fsa_state state)
{
    return state < S_COUNT ? state_names[state] : "S_UNKNOWN";
}

const char *fsa_input_name(enum fsa_input input)
{
    return input < I_COUNT ? input_names[input] : "I_UNKNOWN";
}

const char *fsa_cause_name(enum fsa_cause cause)
{
    return cause <= C_FSA_INTERNAL ? cause_names[cause] : "C_UNKNOWN";
}
