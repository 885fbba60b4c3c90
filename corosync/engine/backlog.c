/*
 * Clients that read their events more slowly than the ring delivers them. What they have not read waits in
 * memory (ipc.c); when it gets much, this node slows the ring down until they have caught up. A client that
 * does not read at all is none of the ring's business: its events wait up to the limit of ipc.c.
 */
#include "config.h"

#include "corosync/engine/clock.h"
#include "corosync/engine/engine.h"

#define NS_PER_MS 1000000ull
#define MIB (1024u * 1024u)
#define SLOW_FROM (64u * MIB)           /* bytes one client is behind when the ring is slowed down ... */
#define SLOW_UNTIL (32u * MIB)          /* ... and when it goes on at full speed */
#define LET_THROUGH 10u                 /* frames of all nodes together in a period */
#define PERIOD_MIN_MS 10u
#define PERIOD_MAX_MS 500u
#define MS_PER_MIB 3u                   /* a period grows by, for each MiB above SLOW_UNTIL */

static void on_period_over(void *data);

static struct clock_timer timer = {.fn = on_period_over};

static uint64_t period_ms(size_t bytes)
{
    uint64_t ms = PERIOD_MIN_MS + (bytes - SLOW_UNTIL) / MIB * MS_PER_MIB;

    return ms < PERIOD_MAX_MS ? ms : PERIOD_MAX_MS;
}

static void on_period_over(void *data)
{
    size_t bytes = ipc_backlog();

    if (!ring_is_up()) {
        return;
    }
    if (bytes <= SLOW_UNTIL) {
        ring_hold_back(false, 0);
        log_msg(SUBSYS_MAIN, LOG_DEBUG, "clients have caught up: the ring runs at full speed");
        return;
    }
    ring_hold_back(true, LET_THROUGH);
    clock_arm(&timer, period_ms(bytes) * NS_PER_MS);
}

void backlog_grew(size_t bytes, const char *procname, uint32_t pid)
{
    if (bytes > SLOW_FROM && !timer.armed && ipc_backlog() > SLOW_UNTIL) {
        log_msg(SUBSYS_MAIN, LOG_NOTICE, "%s[%u] has %zu MiB of events to read: slowing down the ring",
                procname, pid, bytes / MIB);
        on_period_over(NULL);
    }
}

void backlog_stop(void)
{
    clock_cancel(&timer);
}
