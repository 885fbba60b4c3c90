/* The engine of the state machine: queue, pending actions, stalls and what happens on entering a
 * state (controller.md §1.4-§1.6). */
#include "pacemaker/crmd/private.h"

static const struct {
    unsigned bit;
    fsa_action_fn run;
} handlers[] = {
    {AB_EXIT_1, act_exit_1},
    {AB_STARTUP, act_startup},
    {AB_CIB_START, act_cib_start},
    {AB_HA_CONNECT, act_ha_connect},
    {AB_READCONFIG, act_read_config},
    {AB_LRM_CONNECT, act_lrm_connect},
    {AB_TE_START, act_te_start},
    {AB_PE_START, act_pe_start},
    {AB_DC_TIMER_START, act_dc_timer_start},
    {AB_MSG_ROUTE, act_route},
    {AB_RECOVER, act_recover},
    {AB_CL_JOIN_RESULT, act_join_result},
    {AB_CL_JOIN_REQUEST, act_join_request},
    {AB_SHUTDOWN_REQ, act_shutdown_req},
    {AB_ELECTION_VOTE, act_election_vote},
    {AB_ELECTION_START, act_election_vote},
    {AB_ELECTION_COUNT, act_election_count},
    {AB_ELECTION_CHECK, act_election_check},
    {AB_STARTED, act_started},
    {AB_CL_JOIN_QUERY, act_join_query},
    {AB_DC_TAKEOVER, act_dc_takeover},
    {AB_DC_RELEASE, act_dc_release},
    {AB_DC_RELEASED, act_dc_released},
    {AB_DC_JOIN_FINAL, act_join_final},
    {AB_DC_JOIN_OFFER_ALL, act_join_offer_all},
    {AB_DC_JOIN_OFFER_ONE, act_join_offer_one},
    {AB_DC_JOIN_PROCESS_REQ, act_join_process_req},
    {AB_DC_JOIN_PROCESS_ACK, act_join_process_ack},
    {AB_DC_JOIN_FINALIZE, act_join_finalize},
    {AB_CL_JOIN_ANNOUNCE, act_join_announce},
    {AB_TE_HALT, act_te_halt},
    {AB_TE_CANCEL, act_te_cancel},
    {AB_PE_INVOKE, act_pe_invoke},
    {AB_TE_INVOKE, act_te_invoke},
    {AB_PE_STOP, act_pe_stop},
    {AB_TE_STOP, act_te_stop},
    {AB_SHUTDOWN, act_shutdown},
    {AB_LRM_DISCONNECT, act_lrm_disconnect},
    {AB_HA_DISCONNECT, act_ha_disconnect},
    {AB_CIB_STOP, act_cib_stop},
    {AB_STOP, act_stop},
    {AB_EXIT_0, act_exit_0},
};

/* Actions that make no sense any more once we are stopping. */
#define STARTUP_ACTIONS                                                                            \
    (A_STARTUP | A_CIB_START | A_LRM_CONNECT | A_HA_CONNECT | A_READCONFIG | A_STARTED | A_CL_JOIN_QUERY)

static struct fsa_entry *entry_new(enum fsa_cause cause, enum fsa_input input, const xmlNode *msg,
                                   const char *origin)
{
    struct fsa_entry *entry = g_new0(struct fsa_entry, 1);

    entry->cause = cause;
    entry->input = input;
    entry->origin = origin;
    entry->msg = msg ? xml_copy(msg) : NULL;
    return entry;
}

static void entry_free(struct fsa_entry *entry)
{
    xml_free(entry->msg);
    g_free(entry);
}

static void wake(struct crmd *c)
{
    if (!c->stopped) {
        c->ops.wake_fsa(c->arg);
    }
}

static bool queue_full(struct crmd *c, const struct fsa_entry *entry)
{
    if (g_queue_get_length(c->queue) < MAX_QUEUE) {
        return false;
    }
    log_err("Dropping input %s from %s: %u inputs are waiting", fsa_input_name(entry->input), entry->origin,
            MAX_QUEUE);
    return true;
}

void fsa_append(struct crmd *c, enum fsa_cause cause, enum fsa_input input, const xmlNode *msg,
                const char *origin)
{
    fsa_append_actions(c, cause, 0, msg, origin);
    struct fsa_entry *entry = g_queue_peek_tail(c->queue);

    if (entry) {
        entry->input = input;
    }
}

void fsa_append_actions(struct crmd *c, enum fsa_cause cause, uint64_t actions, const xmlNode *msg,
                        const char *origin)
{
    struct fsa_entry *entry = entry_new(cause, I_NULL, msg, origin);

    entry->actions = actions;
    if (queue_full(c, entry)) {
        entry_free(entry);
        return;
    }
    g_queue_push_tail(c->queue, entry);
    wake(c);
}

void fsa_prepend(struct crmd *c, enum fsa_cause cause, enum fsa_input input, const xmlNode *msg,
                 const char *origin)
{
    g_queue_push_head(c->queue, entry_new(cause, input, msg, origin));
    wake(c);
}

void fsa_error(struct crmd *c, enum fsa_cause cause, enum fsa_input input, const xmlNode *msg,
               const char *origin)
{
    if (c->actions) {
        struct fsa_entry *saved = entry_new(cause, I_NULL, c->current ? c->current->msg : NULL, origin);

        saved->actions = c->actions;
        c->actions = 0;
        g_queue_push_head(c->queue, saved);
    }
    fsa_prepend(c, cause, input, msg, origin);
}

void fsa_add_actions(struct crmd *c, uint64_t actions)
{
    c->actions |= actions;
    wake(c);
}

void fsa_stall(struct crmd *c, const struct fsa_entry *entry, uint64_t action)
{
    c->stall = true;
    c->actions |= action;
    if (entry == NULL || entry->msg == NULL) {
        return;
    }

    struct fsa_entry *waiting = entry_new(entry->cause, I_WAIT_FOR_EVENT, entry->msg, entry->origin);

    waiting->actions = c->actions;
    c->actions = 0;
    g_queue_push_tail(c->queue, waiting);
}

void fsa_clear(struct crmd *c)
{
    struct fsa_entry *entry;

    while ((entry = g_queue_pop_head(c->queue)) != NULL) {
        entry_free(entry);
    }
    c->actions = 0;
}

static void log_input(const struct crmd *c, uint64_t actions, const struct fsa_entry *entry)
{
    const char *input = fsa_input_name(entry->input);
    const char *state = fsa_state_name(c->state);

    if (actions & A_ERROR) {
        log_err("Input %s received in state %s from %s", input, state, entry->origin);
    }
    if (actions & A_WARN) {
        log_warn("Input %s received in state %s from %s", input, state, entry->origin);
    }
    if (actions & A_LOG) {
        log_info("Input %s received in state %s from %s", input, state, entry->origin);
    }
}

static void log_transition(enum fsa_state from, enum fsa_state to, const struct fsa_entry *entry)
{
    const char *a = fsa_state_name(from);
    const char *b = fsa_state_name(to);
    const char *input = fsa_input_name(entry->input);
    const char *cause = fsa_cause_name(entry->cause);

#define TRANSITION_FORMAT "State transition %s -> %s | input=%s cause=%s origin=%s"
    if (to == S_RECOVERY) {
        log_warn(TRANSITION_FORMAT, a, b, input, cause, entry->origin);
    } else if (from == S_IDLE || to == S_IDLE || from == S_NOT_DC || to == S_NOT_DC || from == S_ELECTION
               || from == S_STARTING) {
        log_notice(TRANSITION_FORMAT, a, b, input, cause, entry->origin);
    } else {
        log_info(TRANSITION_FORMAT, a, b, input, cause, entry->origin);
    }
#undef TRANSITION_FORMAT
}

/* Timers and actions that depend on which state was left and entered (§1.6, row "any"). */
static void enter_any_state(struct crmd *c, enum fsa_state from, enum fsa_state to)
{
    if (c->election && to != S_ELECTION && from != S_RELEASE_DC) {
        election_stop_timer(c->election);
    }
    c->actions |= to == S_INTEGRATION ? A_INTEGRATE_TIMER_START : A_INTEGRATE_TIMER_STOP;
    c->actions |= to == S_FINALIZE_JOIN ? A_FINALIZE_TIMER_START : A_FINALIZE_TIMER_STOP;
    if (to != S_PENDING) {
        c->actions |= A_DC_TIMER_STOP;
    }
    if (to != S_IDLE) {
        fsa_timer_halt(c, CRMD_TIMER_RECHECK);
    }
    if (from == S_FINALIZE_JOIN && to == S_POLICY_ENGINE) {
        write_node_states(c, UPDATE_ALL, __func__);
    }
    if (to != S_RECOVERY && to != S_PENDING) {
        c->actions &= ~A_RECOVER;
    }
}

static void enter_state(struct crmd *c, enum fsa_state to, const struct fsa_entry *entry)
{
    switch (to) {
        case S_PENDING:
            elect_local_secondary(c);
            set_dc(c, NULL, NULL);
            break;
        case S_ELECTION:
            set_dc(c, NULL, NULL);
            break;
        case S_NOT_DC:
            c->election_pops = 0;
            fence_cleanup_purge(c);
            c->actions |= crmd_has(c, F_SHUTDOWN) ? A_SHUTDOWN_REQ : 0;
            break;
        case S_POLICY_ENGINE:
            c->election_pops = 0;
            join_count_check(c);
            break;
        case S_FINALIZE_JOIN:
            if (entry->cause == C_TIMER_POPPED) {
                log_warn("Progressed to state S_FINALIZE_JOIN after a timer expired");
            }
            join_log_unfinished(c);
            break;
        case S_STOPPING:
        case S_TERMINATE:
            crmd_set_flag(c, F_SHUTDOWN);
            break;
        case S_IDLE:
            c->actions |= crmd_has(c, F_SHUTDOWN) ? A_SHUTDOWN_REQ : 0;
            recheck_timer_run(c);
            break;
        case S_RECOVERY:
            c->actions |= A_RECOVER;
            break;
        default:
            break;
    }
}

static void change_state(struct crmd *c, const struct fsa_entry *entry)
{
    enum fsa_state from = c->state;
    enum fsa_state to = fsa_next_state(entry->input, from);

    c->state = to;
    if (to == S_STOPPING || crmd_has(c, F_SHUTDOWN)) {
        c->actions &= ~STARTUP_ACTIONS;
    }
    if (to == from) {
        return;
    }
    log_transition(from, to, entry);
    enter_any_state(c, from, to);
    enter_state(c, to, entry);
}

static bool run_timer_action(struct crmd *c, unsigned bit)
{
    switch (bit) {
        case AB_DC_TIMER_STOP: fsa_timer_halt(c, CRMD_TIMER_ELECTION_TRIGGER); return true;
        case AB_INTEGRATE_TIMER_STOP: fsa_timer_halt(c, CRMD_TIMER_INTEGRATION); return true;
        case AB_INTEGRATE_TIMER_START: fsa_timer_run(c, CRMD_TIMER_INTEGRATION); return true;
        case AB_FINALIZE_TIMER_STOP: fsa_timer_halt(c, CRMD_TIMER_FINALIZATION); return true;
        case AB_FINALIZE_TIMER_START: fsa_timer_run(c, CRMD_TIMER_FINALIZATION); return true;
        default: return false;
    }
}

static void run_action(struct crmd *c, unsigned bit, const struct fsa_entry *entry)
{
    if (bit <= AB_LOG || run_timer_action(c, bit)) {
        return;
    }
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        if (handlers[i].bit == bit) {
            handlers[i].run(c, entry);
            return;
        }
    }
}

/* Reconnections are asked for by both bits of a pair and run before anything else. */
static bool run_reconnects(struct crmd *c, const struct fsa_entry *entry)
{
    if ((c->actions & A_EXIT_1) || (c->actions & O_LRM_RECONNECT) != O_LRM_RECONNECT) {
        return false;
    }
    c->actions &= ~O_LRM_RECONNECT;
    act_lrm_disconnect(c, entry);
    if (!c->stall) {
        act_lrm_connect(c, entry);
    }
    return true;
}

static void run_pending_actions(struct crmd *c, const struct fsa_entry *entry)
{
    while (c->actions && !c->stall && !c->stopped) {
        if (run_reconnects(c, entry)) {
            continue;
        }
        unsigned bit = (unsigned)__builtin_ctzll(c->actions);

        c->actions &= ~(UINT64_C(1) << bit);
        run_action(c, bit, entry);
    }
}

static void run_entry(struct crmd *c, struct fsa_entry *entry)
{
    uint64_t actions = fsa_input_actions(entry->input, c->state);

    c->current = entry;
    c->actions |= entry->actions | actions;
    log_input(c, c->actions, entry);
    c->actions &= ~(A_ERROR | A_WARN | A_LOG);
    change_state(c, entry);
    run_pending_actions(c, entry);
    c->current = NULL;
    entry_free(entry);
}

void crmd_run_fsa(struct crmd *c)
{
    if (c->in_fsa || c->stopped) {
        return;
    }
    c->in_fsa = true;
    c->stall = false;
    g_hash_table_remove_all(c->gone);
    if (g_queue_is_empty(c->queue) && c->actions) {
        g_queue_push_tail(c->queue, entry_new(C_FSA_INTERNAL, I_NULL, NULL, __func__));
    }
    while (!c->stall && !c->stopped) {
        struct fsa_entry *entry = g_queue_pop_head(c->queue);

        if (entry == NULL) {
            break;
        }
        run_entry(c, entry);
    }
    c->in_fsa = false;
}
