/* The state machine's timers (controller.md §1.7). */
#include "pacemaker/crmd/private.h"

struct timer_slot {
    const char *name;
    enum fsa_input input;
    unsigned period_ms;
    bool running;
};

static struct timer_slot *slot(const struct crmd *c, unsigned id)
{
    return id > 0 && id < CRMD_TIMER_DYNAMIC ? &c->timers[id] : NULL;
}

void fsa_timers_init(struct crmd *c)
{
    static const struct timer_slot initial[CRMD_TIMER_DYNAMIC] = {
        [CRMD_TIMER_ELECTION_TRIGGER] = {"Election Trigger", I_DC_TIMEOUT, 20 * 1000, false},
        [CRMD_TIMER_INTEGRATION] = {"Integration Timer", I_INTEGRATED, 180 * 1000, false},
        [CRMD_TIMER_FINALIZATION] = {"Finalization Timer", I_ELECTION, 1800 * 1000, false},
        [CRMD_TIMER_TRANSITION] = {"New Transition Timer", I_PE_CALC, 0, false},
        [CRMD_TIMER_ESCALATION] = {"Shutdown Escalation", I_STOP, 1200 * 1000, false},
        [CRMD_TIMER_WAIT] = {"Wait Timer", I_NULL, 2000, false},
        [CRMD_TIMER_RECHECK] = {"Cluster Recheck Timer", I_PE_CALC, 900 * 1000, false},
        [CRMD_TIMER_ELECTION] = {"Election", I_NULL, 60 * 1000, false},
        [CRMD_TIMER_SCHEDULER] = {"Scheduler reply", I_NULL, MAX_SCHEDULER_WAIT_MS, false},
        [CRMD_TIMER_FENCE_SYNC_SHORT] = {"Fence history sync (short)", I_NULL, 5000, false},
        [CRMD_TIMER_FENCE_SYNC_LONG] = {"Fence history sync (long)", I_NULL, 30000, false},
        [CRMD_TIMER_DELAYED_ABORT] = {"Delayed abort", I_NULL, 5000, false},
        [CRMD_TIMER_THROTTLE] = {"Throttle", I_NULL, 30000, false},
        [CRMD_TIMER_JOIN_QUERY] = {"Join query", I_NULL, 1000, false},
        [CRMD_TIMER_PE_QUERY] = {"Scheduler query", I_NULL, 1000, false},
    };

    c->timers = g_new(struct timer_slot, CRMD_TIMER_DYNAMIC);
    memcpy(c->timers, initial, sizeof initial);
    c->next_timer = CRMD_TIMER_DYNAMIC;
}

void fsa_timers_clear(struct crmd *c)
{
    g_free(c->timers);
    c->timers = NULL;
}

unsigned dynamic_timer(struct crmd *c)
{
    if (c->next_timer == UINT32_MAX) {
        c->next_timer = CRMD_TIMER_DYNAMIC;
    }
    return c->next_timer++;
}

void fsa_timers_set(struct crmd *c, unsigned id, unsigned period_ms)
{
    slot(c, id)->period_ms = period_ms;
}

unsigned fsa_timer_period(const struct crmd *c, unsigned id)
{
    return slot(c, id)->period_ms;
}

bool fsa_timer_running(const struct crmd *c, unsigned id)
{
    return slot(c, id)->running;
}

void fsa_timer_run_for(struct crmd *c, unsigned id, unsigned ms)
{
    struct timer_slot *timer = slot(c, id);

    if (ms == 0 || timer->running) {
        return;
    }
    timer->running = true;
    c->ops.timer_start(c->arg, id, ms);
}

void fsa_timer_run(struct crmd *c, unsigned id)
{
    fsa_timer_run_for(c, id, slot(c, id)->period_ms);
}

void fsa_timer_halt(struct crmd *c, unsigned id)
{
    struct timer_slot *timer = slot(c, id);

    if (timer->running) {
        timer->running = false;
        c->ops.timer_stop(c->arg, id);
    }
}

/* The period is the interval, or the time until the scheduler wants to look again when that is sooner. */
void recheck_timer_run(struct crmd *c)
{
    unsigned ms = fsa_timer_period(c, CRMD_TIMER_RECHECK);

    if (c->recheck_by > 0 && ms > 0) {
        long long left = (c->recheck_by - c->ops.wall(c->arg)) * 1000;

        if (left < 500) {
            left = 500;
        }
        ms = left < (long long)ms ? (unsigned)left : ms;
    }
    fsa_timer_run_for(c, CRMD_TIMER_RECHECK, ms);
}

static void log_pop(const struct crmd *c, unsigned id, const struct timer_slot *timer)
{
    const char *input = fsa_input_name(timer->input);

    if (id == CRMD_TIMER_INTEGRATION || id == CRMD_TIMER_ESCALATION) {
        log_err("%s just popped in state %s | input=%s time=%ums", timer->name, fsa_state_name(c->state),
                input, timer->period_ms);
    } else {
        log_info("%s just popped | input=%s time=%ums", timer->name, input, timer->period_ms);
    }
}

static void integration_popped(struct crmd *c)
{
    if (join_count(c, JOIN_WELCOMED) == 0) {
        fsa_error(c, C_TIMER_POPPED, I_ELECTION, NULL, __func__);
    } else {
        fsa_prepend(c, C_TIMER_POPPED, I_INTEGRATED, NULL, __func__);
    }
}

static void election_trigger_popped(struct crmd *c)
{
    if (++c->election_pops > 5) {
        log_notice("We appear to be in an election loop, something may be wrong");
        c->election_pops = 0;
    }
    fsa_append(c, C_TIMER_POPPED, I_DC_TIMEOUT, NULL, __func__);
}

static void raise_timer_input(struct crmd *c, unsigned id)
{
    enum fsa_input input = slot(c, id)->input;

    if (id == CRMD_TIMER_FINALIZATION && c->state != S_FINALIZE_JOIN) {
        return;
    }
    if (id == CRMD_TIMER_RECHECK && c->state != S_IDLE) {
        return;
    }
    fsa_append(c, C_TIMER_POPPED, input, NULL, __func__);
}

static void fsa_timer_popped(struct crmd *c, unsigned id)
{
    log_pop(c, id, slot(c, id));
    switch (id) {
        case CRMD_TIMER_INTEGRATION: integration_popped(c); break;
        case CRMD_TIMER_ELECTION_TRIGGER: election_trigger_popped(c); break;
        case CRMD_TIMER_WAIT: c->ops.wake_fsa(c->arg); break;
        default: raise_timer_input(c, id); break;
    }
}

static void scheduler_reply_missing(struct crmd *c)
{
    if (crmd_has(c, F_THE_DC)) {
        log_crit("The scheduler did not answer within %d s, giving up", MAX_SCHEDULER_WAIT_MS / 1000);
        crmd_quit(c, CRM_EX_FATAL);
    }
}

static void other_timer_popped(struct crmd *c, unsigned id)
{
    switch (id) {
        case CRMD_TIMER_ELECTION: election_timer_expired(c->election); break;
        case CRMD_TIMER_SCHEDULER: scheduler_reply_missing(c); break;
        case CRMD_TIMER_FENCE_SYNC_SHORT:
        case CRMD_TIMER_FENCE_SYNC_LONG:
            c->ops.fencer_sync_history(c->arg);
            break;
        case CRMD_TIMER_DELAYED_ABORT: te_delayed_abort_fire(c); break;
        case CRMD_TIMER_THROTTLE: fsa_timer_run(c, id); break;
        case CRMD_TIMER_JOIN_QUERY: join_query_now(c); break;
        case CRMD_TIMER_PE_QUERY: pe_query_retry(c); break;
        default: break;
    }
}

void crmd_timer(crmd_t *c, unsigned id)
{
    if (c->stopped) {
        return;
    }
    if (id >= CRMD_TIMER_DYNAMIC) {
        if (!remote_timer(c, id)) {
            te_action_timeout(c, id);
        }
        return;
    }
    if (slot(c, id) == NULL || !slot(c, id)->running) {
        return;
    }
    slot(c, id)->running = false;
    if (id <= CRMD_TIMER_RECHECK) {
        fsa_timer_popped(c, id);
    } else {
        other_timer_popped(c, id);
    }
}
