/*
 * Life of a core, configuration and views.
 */
#include "internal.h"

#include <stdlib.h>

#define LARGEST_APP_DATA    (4u * 1048576u)     /* bytes the queue slots are made for, 2.3 */

struct totem *totem_new(const struct totem_config *config, const struct totem_ops *ops, void *ctx)
{
    struct totem *t = calloc(1, sizeof(*t));

    if (t == NULL) {
        return NULL;
    }
    assert(config->my_id != 0 && config->token > 0 && config->netmtu > 2 * MCAST_SIZE + 64);
    assert(config->netmtu <= TOTEM_MAX_FRAME);
    t->cfg = *config;
    t->ops = ops;
    t->ctx = ctx;
    t->my_id = config->my_id;
    t->state = TOTEM_OPERATIONAL;
    t->token_seq = UINT32_MAX;
    t->received_flg = 1;
    t->waiting_trans_ack = t->waiting_trans_ack_recv = true;
    t->token_discard = true;
    t->mtu = config->netmtu - 2 * MCAST_SIZE;
    t->room = t->mtu - PG_SIZE;
    t->slots = LARGEST_APP_DATA / t->mtu;
    t->reserved = 1;
    t->level = TOTEM_LEVEL_GOOD;
    pace_reset(t);
    return t;
}

void totem_free(struct totem *t)
{
    if (t == NULL) {
        return;
    }
    sort_queue_reset(&t->regular_q, 0);
    sort_queue_reset(&t->recovery_q, 0);
    frame_fifo_clear(&t->retrans_q);
    pg_send_free(t);
    pg_recv_free(t);
    free(t);
}

void totem_start(struct totem *t, uint64_t stored_ring_seq)
{
    assert(!t->started);
    t->started = true;
    t->ring = (struct totem_ring) {.rep = t->my_id, .seq = stored_ring_seq + 1};
    t->max_seq_seen = t->ring.seq;
    enter_gather(t, GATHER_INTERFACE);
}

void totem_set_config(struct totem *t, const struct totem_config *config)
{
    uint32_t netmtu = t->cfg.netmtu;

    t->cfg = *config;
    t->cfg.my_id = t->my_id;
    t->cfg.netmtu = netmtu;
    pace_reset(t);
}

void totem_leave(struct totem *t)
{
    if (t->started) {
        send_leave(t);
    }
}

void totem_iface_changed(struct totem *t)
{
    if (!t->started) {
        return;
    }
    if (t->state == TOTEM_RECOVERY) {
        abandon_recovery(t);
    }
    enter_gather(t, GATHER_INTERFACE);
}

enum totem_state totem_state(const struct totem *t)
{
    return t->state;
}

struct totem_ring totem_ring(const struct totem *t)
{
    return t->ring;
}

unsigned totem_members(const struct totem *t, const uint32_t **members)
{
    *members = t->memb.id;
    return t->memb.n;
}

bool totem_waiting_trans_ack(const struct totem *t)
{
    return t->waiting_trans_ack;
}

enum totem_level totem_level(const struct totem *t)
{
    return t->level;
}

uint32_t totem_idle_rotations(const struct totem *t)
{
    return t->state == TOTEM_OPERATIONAL && t->settled && is_rep(t) ? t->seq_unchanged : 0;
}

const char *totem_state_name(enum totem_state state)
{
    static const char *const names[] = {"?", "OPERATIONAL", "GATHER", "COMMIT", "RECOVERY"};

    return state >= TOTEM_OPERATIONAL && state <= TOTEM_RECOVERY ? names[state] : names[0];
}
