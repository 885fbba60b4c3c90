/*
 * Timers (section 7): arming, and what their expiry does.
 */
#include "internal.h"

void arm_timer(struct totem *t, enum totem_timer timer, uint32_t ms)
{
    t->ops->arm(t->ctx, timer, ms);
}

void cancel_timer(struct totem *t, enum totem_timer timer)
{
    t->ops->cancel(t->ctx, timer);
}

void arm_token(struct totem *t)
{
    arm_timer(t, TOTEM_TIMER_TOKEN, t->cfg.token);
    if (t->cfg.warning > 0) {
        arm_timer(t, TOTEM_TIMER_WARN, t->cfg.warning);
    }
}

void cancel_token(struct totem *t)
{
    cancel_timer(t, TOTEM_TIMER_TOKEN);
    cancel_timer(t, TOTEM_TIMER_WARN);
}

void arm_retrans(struct totem *t)
{
    t->retrans_wait = t->cfg.token_retransmit;
    arm_timer(t, TOTEM_TIMER_RETRANS, t->retrans_wait);
}

/* The same after a token has passed: sooner when it should be back soon. */
void arm_retrans_busy(struct totem *t)
{
    t->retrans_wait = rotation_patience(t);
    arm_timer(t, TOTEM_TIMER_RETRANS, t->retrans_wait);
}

/* Also the expiry of HEARTBEAT, and a forced gather. 8.2, first row. */
static void token_lost(struct totem *t)
{
    switch (t->state) {
    case TOTEM_OPERATIONAL:
        totem_log(t, LOG_NOTICE, "A processor failed, forming new configuration: token timed out (%ums), "
                  "waiting %ums for consensus.", t->cfg.token, t->cfg.consensus);
        if (t->ops->check_iface != NULL) {
            t->ops->check_iface(t->ctx);
        }
        enter_gather(t, GATHER_TOKEN_LOST);
        t->stats.operational_token_lost++;
        break;
    case TOTEM_GATHER:
        consensus_expired(t);
        enter_gather(t, GATHER_CONSENSUS_EXPIRED);
        t->stats.gather_token_lost++;
        break;
    case TOTEM_COMMIT:
        enter_gather(t, GATHER_COMMIT_LOST);
        t->stats.commit_token_lost++;
        break;
    case TOTEM_RECOVERY:
        abandon_recovery(t);
        enter_gather(t, GATHER_RECOVERY_LOST);
        break;
    }
}

static void retrans_expired(struct totem *t)
{
    if (t->state == TOTEM_GATHER) {
        return;
    }
    send_saved_token(t);
    t->retrans_wait *= 2;
    if (t->retrans_wait > t->cfg.token_retransmit) {
        t->retrans_wait = t->cfg.token_retransmit;
    }
    arm_timer(t, TOTEM_TIMER_RETRANS, t->retrans_wait);
}

static void hold_expired(struct totem *t)
{
    if (t->state == TOTEM_OPERATIONAL || t->state == TOTEM_RECOVERY) {
        send_saved_token(t);
    }
}

static void merge_expired(struct totem *t)
{
    t->merge_running = false;
    if (t->state == TOTEM_OPERATIONAL && is_rep(t)) {
        send_merge_detect(t);
    }
}

static void join_expired(struct totem *t)
{
    if (t->state == TOTEM_GATHER) {
        send_join(t);
        arm_timer(t, TOTEM_TIMER_JOIN, t->cfg.join);
    }
}

static void warn_expired(struct totem *t)
{
    totem_log(t, LOG_NOTICE, "Token has not been received in %u ms ", t->cfg.warning);
    if (t->cfg.warning > 0) {
        arm_timer(t, TOTEM_TIMER_WARN, t->cfg.warning);
    }
}

void totem_timer_expired(struct totem *t, enum totem_timer timer)
{
    if (!t->started) {
        return;
    }
    switch (timer) {
    case TOTEM_TIMER_TOKEN:
    case TOTEM_TIMER_HEARTBEAT:
        token_lost(t);
        break;
    case TOTEM_TIMER_WARN:
        warn_expired(t);
        break;
    case TOTEM_TIMER_RETRANS:
        retrans_expired(t);
        break;
    case TOTEM_TIMER_HOLD:
        hold_expired(t);
        break;
    case TOTEM_TIMER_MERGE:
        merge_expired(t);
        break;
    case TOTEM_TIMER_JOIN:
        join_expired(t);
        break;
    case TOTEM_TIMER_CONSENSUS:
        if (t->state == TOTEM_GATHER) {
            consensus_expired(t);
        }
        break;
    case TOTEM_TIMER_COUNT:
        break;
    }
}

void totem_force_gather(struct totem *t)
{
    if (t->started) {
        token_lost(t);
    }
}
