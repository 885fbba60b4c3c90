/*
 * Statistics (section 15).
 */
#include "internal.h"

static uint64_t stat_now(struct totem *t)
{
    return t->ops->stat_now == NULL ? 0 : t->ops->stat_now(t->ctx);
}

void stats_token_received(struct totem *t)
{
    uint64_t now = stat_now(t);

    if (t->busy) {
        rotation_measure(t, (uint32_t) (now - t->stats.last_token_rx));
    }
    t->busy = !t->token_held && t->state == TOTEM_OPERATIONAL;
    t->visit[t->visits % STATS_VISITS].rx = now;
    t->stats.last_token_rx = now;
}

void stats_token_sent(struct totem *t, uint32_t backlog)
{
    t->visit[t->visits % STATS_VISITS].tx = stat_now(t);
    t->visit[t->visits % STATS_VISITS].backlog = backlog;
    t->visits++;
    if (t->visits_valid < STATS_VISITS) {
        t->visits_valid++;
    }
}

static void means(const struct totem *t, struct totem_stats *stats)
{
    uint64_t work = 0, backlog = 0, first, last;
    uint32_t n = t->visits_valid;

    if (n == 0) {
        return;
    }
    for (uint32_t i = 1; i <= n; i++) {
        const uint32_t v = (t->visits - i) % STATS_VISITS;

        work += t->visit[v].tx - t->visit[v].rx;
        backlog += t->visit[v].backlog;
    }
    stats->avg_token_workload = (uint32_t) (work / n);
    stats->avg_backlog_calc = (uint32_t) (backlog / n);
    if (n > 1) {
        first = t->visit[(t->visits - n) % STATS_VISITS].rx;
        last = t->visit[(t->visits - 1) % STATS_VISITS].rx;
        stats->mtt_rx_token = (uint32_t) ((last - first) / (n - 1));
    }
}

void totem_stats(const struct totem *t, struct totem_stats *stats)
{
    *stats = t->stats;
    stats->msg_reserved = t->reserved;
    stats->msg_queue_avail = 0;
    means(t, stats);
}

void totem_stats_clear(struct totem *t)
{
    t->stats = (struct totem_stats) {.last_token_rx = t->stats.last_token_rx};
    t->visits_valid = 0;
}
