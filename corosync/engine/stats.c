/*
 * The statistics map (services.md 7.5): filled on demand and every 1500 ms while somebody tracks it.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corosync/engine/clock.h"
#include "corosync/engine/engine.h"

#define PERIOD_NS (1500 * 1000000ull)
#define SCHEDMISS_MAX 10
#define GATHER_ALARM 3                  /* more consecutive gathers than this */
#define SEND_FAILURE_ALARM 30

struct schedmiss {
    uint64_t timestamp;                 /* ms since the epoch */
    float delay;                        /* ms */
};

static struct {
    struct icmap *map;
    struct schedmiss misses[SCHEDMISS_MAX];     /* newest first */
    unsigned miss_count;
    struct clock_timer timer;
} stats;

static bool wanted(const char *prefix, const char *group)
{
    size_t len = prefix == NULL ? 0 : strlen(prefix);
    size_t group_len = strlen(group);

    return strncmp(prefix == NULL ? "" : prefix, group, len < group_len ? len : group_len) == 0;
}

static void put_u64(const char *group, const char *name, uint64_t value)
{
    char key[ICMAP_KEY_MAX + 1];

    snprintf(key, sizeof(key), "%s%s", group, name);
    (void)icmap_set_u64(stats.map, key, value);
}

static void put_u32(const char *group, const char *name, uint32_t value)
{
    char key[ICMAP_KEY_MAX + 1];

    snprintf(key, sizeof(key), "%s%s", group, name);
    (void)icmap_set_u32(stats.map, key, value);
}

static bool ring_faulty(const struct totem_stats *s)
{
    return s->continuous_gather > GATHER_ALARM || ring_send_failures() > SEND_FAILURE_ALARM;
}

static void update_srp(void)
{
    struct totem_stats s;
    uint64_t now = engine_monotonic_ns() / 1000000;
    const char *group = "stats.srp.";

    ring_totem_stats(&s);
    put_u32("stats.pg.", "msg_queue_avail", s.msg_queue_avail);
    put_u32("stats.pg.", "msg_reserved", s.msg_reserved);
#define PUT(name) put_u64(group, #name, s.name)
    PUT(orf_token_tx);
    PUT(orf_token_rx);
    PUT(memb_merge_detect_tx);
    PUT(memb_merge_detect_rx);
    PUT(memb_join_tx);
    PUT(memb_join_rx);
    PUT(mcast_tx);
    PUT(mcast_retx);
    PUT(mcast_rx);
    PUT(memb_commit_token_tx);
    PUT(memb_commit_token_rx);
    PUT(token_hold_cancel_tx);
    PUT(token_hold_cancel_rx);
    PUT(operational_entered);
    PUT(operational_token_lost);
    PUT(gather_entered);
    PUT(gather_token_lost);
    PUT(commit_entered);
    PUT(commit_token_lost);
    PUT(recovery_entered);
    PUT(recovery_token_lost);
    PUT(consensus_timeouts);
    PUT(rx_msg_dropped);
#undef PUT
    put_u64(group, "time_since_token_last_received", s.last_token_rx == 0 ? 0 : now - s.last_token_rx);
    put_u32(group, "continuous_gather", s.continuous_gather);
    put_u32(group, "continuous_sendmsg_failures", ring_send_failures());
    put_u32(group, "mtt_rx_token", s.mtt_rx_token);
    put_u32(group, "avg_token_workload", s.avg_token_workload);
    put_u32(group, "avg_backlog_calc", s.avg_backlog_calc);
    (void)icmap_set_u8(stats.map, "stats.srp.firewall_enabled_or_nic_failure", ring_faulty(&s) ? 1 : 0);
}

static void put_knet(void *ctx, const char *name, unsigned size, uint64_t value)
{
    char key[ICMAP_KEY_MAX + 1];

    snprintf(key, sizeof(key), "stats.knet.%s", name);
    if (size == 1) {
        (void)icmap_set_u8(stats.map, key, (uint8_t)value);
    } else if (size == 4) {
        (void)icmap_set_u32(stats.map, key, (uint32_t)value);
    } else {
        (void)icmap_set_u64(stats.map, key, value);
    }
}

static void put_connection(void *ctx, const struct ipc_conn_stats *s)
{
    char group[96], key[128];

    snprintf(group, sizeof(group), "stats.ipcs.service%u.%u.%p.", s->service, s->pid, s->pointer);
    snprintf(key, sizeof(key), "%sprocname", group);
    (void)icmap_set_string(stats.map, key, s->procname);
    put_u64(group, "invalid_request", s->invalid_request);
    put_u64(group, "overload", s->overload);
    put_u64(group, "requests", s->requests);
    put_u64(group, "responses", s->responses);
    put_u64(group, "dispatched", s->dispatched);
    put_u64(group, "send_retries", s->send_retries);
    put_u64(group, "recv_retries", s->recv_retries);
    put_u64(group, "flow_control_count", s->flow_control_count);
    put_u32(group, "queued", s->queued);
    put_u32(group, "sent", s->sent);
    put_u32(group, "flow_control", s->flow_control);
    snprintf(key, sizeof(key), "%squeueing", group);
    (void)icmap_set_i32(stats.map, key, s->queueing);
}

static void update_schedmiss(void)
{
    for (unsigned i = 0; i < stats.miss_count; i++) {
        char key[64];

        snprintf(key, sizeof(key), "stats.schedmiss.%u.timestamp", i);
        (void)icmap_set_u64(stats.map, key, stats.misses[i].timestamp);
        snprintf(key, sizeof(key), "stats.schedmiss.%u.delay", i);
        (void)icmap_set_float(stats.map, key, stats.misses[i].delay);
    }
}

/* Collects what exists now into a second map, then deletes what is no longer there. */
static void update_group(const char *group, void (*update)(void))
{
    struct icmap *old = stats.map;
    struct icmap *now = icmap_new();
    struct icmap_iter iter;
    struct icmap_value value;
    const char *key;

    if (now == NULL) {
        return;
    }
    stats.map = now;
    update();
    stats.map = old;
    icmap_iter_init(&iter, old, group);
    while ((key = icmap_iter_next(&iter, NULL)) != NULL) {
        if (icmap_get(now, key, &value) != CS_OK) {
            (void)icmap_delete(old, key);
        }
    }
    icmap_iter_init(&iter, now, group);
    while ((key = icmap_iter_next(&iter, &value)) != NULL) {
        (void)icmap_set(old, key, value.type, value.data, value.len);
    }
    icmap_free(now);
}

static void update_knet(void)
{
    ring_stats(put_knet, NULL);
}

static void update_ipcs(void)
{
    uint64_t active, closed;

    ipc_stats(put_connection, NULL, &active, &closed);
    put_u64("stats.ipcs.global.", "active", active);
    put_u64("stats.ipcs.global.", "closed", closed);
}

struct icmap *engine_stats_map(const char *prefix)
{
    if (!ring_is_up()) {
        return stats.map;
    }
    if (wanted(prefix, "stats.srp.") || wanted(prefix, "stats.pg.")) {
        update_srp();
    }
    if (wanted(prefix, "stats.knet.")) {
        update_group("stats.knet.", update_knet);
    }
    if (wanted(prefix, "stats.ipcs.")) {
        update_group("stats.ipcs.", update_ipcs);
    }
    if (wanted(prefix, "stats.schedmiss.")) {
        update_group("stats.schedmiss.", update_schedmiss);
    }
    return stats.map;
}

static bool clears(const char *key, const char *what)
{
    char prefix[64];

    snprintf(prefix, sizeof(prefix), "stats.clear.%s", what);
    return strncmp(key, prefix, strlen(prefix)) == 0;
}

cs_error_t engine_stats_clear(const char *key)
{
    bool all = clears(key, "all");
    bool knet = clears(key, "knet");
    bool ipc = clears(key, "ipc");
    bool totem = clears(key, "totem");
    bool schedmiss = clears(key, "schedmiss");

    if (knet || all) {
        ring_stats_clear();
    }
    if (totem || knet || all) {
        ring_totem_stats_clear();
    }
    if (ipc || all) {
        ipc_stats_clear();
    }
    if (schedmiss || all) {
        stats.miss_count = 0;
    }
    return all || knet || ipc || totem || schedmiss ? CS_OK : CS_ERR_NOT_SUPPORTED;
}

void stats_schedmiss(uint64_t timestamp_ms, float delay_ms)
{
    memmove(&stats.misses[1], &stats.misses[0], sizeof(stats.misses) - sizeof(stats.misses[0]));
    stats.misses[0] = (struct schedmiss){timestamp_ms, delay_ms};
    if (stats.miss_count < SCHEDMISS_MAX) {
        stats.miss_count++;
    }
}

static void on_period(void *data)
{
    struct totem_stats s;

    if (!ring_is_up()) {
        return;
    }
    ring_totem_stats(&s);
    if (ring_faulty(&s)) {
        log_msg(
            SUBSYS_MAIN, LOG_WARNING,
            "Totem is unable to form a cluster because of an operating system or "
            "network fault (reason: %s). The most common cause of this message is that the local firewall is "
            "configured improperly.",
            s.continuous_gather > GATHER_ALARM ? "totem is continuously in gather state"
                                               : "totemudp sendmsg is failing");
    }
    if (icmap_has_tracks(stats.map)) {
        (void)engine_stats_map(NULL);
    }
    clock_arm(&stats.timer, PERIOD_NS);
}

int stats_init(void)
{
    stats.map = icmap_new();
    return stats.map == NULL ? -1 : 0;
}

void stats_run(void)
{
    stats.timer.fn = on_period;
    on_period(NULL);
}
