/*
 * Configuration: defaults, derived values and checks (section 2.2).
 */
#include "internal.h"

#include <stdio.h>

#define TICK_MS         10          /* 1000 / HZ of the formulas */
#define MIN_TIMEOUT     30          /* ms */
#define MIN_HOLD        14          /* ms */

void totem_config_defaults(struct totem_config *config)
{
    *config = (struct totem_config) {
        .netmtu = TOTEM_MAX_FRAME,
        .token = 3000,
        .token_coefficient = 650,
        .token_warning = 75,
        .token_retransmits_before_loss = 4,
        .join = 50,
        .merge = 200,
        .downcheck = 1000,
        .fail_recv_const = 2500,
        .seqno_unchanged_const = 30,
        .max_network_delay = 50,
        .window_size = 50,
        .max_messages = 17,
        .miss_count_const = 5,
    };
}

static void or_default(uint32_t *value, uint32_t standard)
{
    if (*value == 0) {
        *value = standard;
    }
}

/* Values that may not be 0. */
static void replace_zeros(struct totem_config *c)
{
    struct totem_config d;

    totem_config_defaults(&d);
    or_default(&c->token, d.token);
    or_default(&c->token_retransmits_before_loss, d.token_retransmits_before_loss);
    or_default(&c->join, d.join);
    or_default(&c->merge, d.merge);
    or_default(&c->downcheck, d.downcheck);
    or_default(&c->fail_recv_const, d.fail_recv_const);
    or_default(&c->seqno_unchanged_const, d.seqno_unchanged_const);
    or_default(&c->max_network_delay, d.max_network_delay);
    or_default(&c->window_size, d.window_size);
    or_default(&c->max_messages, d.max_messages);
    or_default(&c->miss_count_const, d.miss_count_const);
    or_default(&c->netmtu, d.netmtu);
}

static uint32_t clamp_u32(double v)
{
    return v < 0 ? 0 : v > UINT32_MAX ? UINT32_MAX : (uint32_t) v;
}

static void derive(struct totem_config *c, unsigned nodes)
{
    uint64_t heartbeat;

    if (nodes > 2) {
        c->token = clamp_u32(c->token + (double) (nodes - 2) * c->token_coefficient);
    }
    if (c->token_retransmit == 0) {
        c->token_retransmit = clamp_u32(c->token / (c->token_retransmits_before_loss + 0.2));
    }
    if (c->hold == 0) {
        c->hold = clamp_u32(c->token_retransmit * 0.8 - TICK_MS);
    }
    if (c->consensus == 0) {
        c->consensus = clamp_u32((float) (c->token * 1.2));
    }
    c->warning = (uint32_t) ((uint64_t) c->token_warning * c->token / 100);
    heartbeat = (uint64_t) c->heartbeat_failures_allowed * c->token_retransmit + c->max_network_delay;
    c->heartbeat = c->heartbeat_failures_allowed > 0 && heartbeat < c->token ? (uint32_t) heartbeat : 0;
}

static bool at_least(uint32_t value, uint32_t min, const char *name, char *err, size_t err_size)
{
    if (value >= min) {
        return true;
    }
    snprintf(err, err_size, "The %s parameter (%u ms) may not be less than (%u ms).", name, value, min);
    return false;
}

static bool retransmit_valid(const struct totem_config *in, const struct totem_config *c, char *err,
                             size_t err_size)
{
    if (in->token_retransmit != 0) {
        return at_least(c->token_retransmit, MIN_TIMEOUT, "token retransmit timeout", err, err_size);
    }
    if (c->token_retransmit >= MIN_TIMEOUT) {
        return true;
    }
    snprintf(err, err_size, "Not appropriate token or token_retransmits_before_loss_const value set");
    return false;
}

static bool percentage_valid(const struct totem_config *c, char *err, size_t err_size)
{
    if (c->token_warning <= 100) {
        return true;
    }
    snprintf(err, err_size, "The token warning parameter (%u%%) must be between 0 (disabled) and 100.",
             c->token_warning);
    return false;
}

static bool consensus_valid(const struct totem_config *c, char *err, size_t err_size)
{
    if (c->consensus >= c->join) {
        return true;
    }
    snprintf(err, err_size,
             "The consensus timeout parameter (%u ms) may not be less than join timeout (%u ms).",
             c->consensus, c->join);
    return false;
}

int totem_config_derive(const struct totem_config *in, unsigned nodes_on_link0, struct totem_config *out,
                        char *err, size_t err_size)
{
    struct totem_config c = *in;
    bool ok;

    replace_zeros(&c);
    derive(&c, nodes_on_link0);
    ok = at_least(c.max_network_delay, MIN_TIMEOUT, "max_network_delay", err, err_size) &&
         at_least(c.token, MIN_TIMEOUT, "token timeout", err, err_size) &&
         percentage_valid(&c, err, err_size) &&
         retransmit_valid(in, &c, err, err_size) &&
         at_least(c.hold, MIN_HOLD, "token hold timeout", err, err_size) &&
         at_least(c.join, MIN_TIMEOUT, "join timeout", err, err_size) &&
         at_least(c.consensus, MIN_TIMEOUT, "consensus timeout", err, err_size) &&
         consensus_valid(&c, err, err_size) &&
         at_least(c.merge, MIN_TIMEOUT, "merge timeout", err, err_size) &&
         at_least(c.downcheck, MIN_TIMEOUT, "downcheck timeout", err, err_size);
    if (!ok) {
        return -1;
    }
    *out = c;
    return 0;
}
