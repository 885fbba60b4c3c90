/*
 * Timers of the engine on one timerfd. libqb's own timers count whole milliseconds and spin through the last
 * one; these wake up once, and arming one later than before costs no system call (the token's timers move
 * with every token and hardly ever expire).
 */
#ifndef COROSYNC_ENGINE_CLOCK_H
#define COROSYNC_ENGINE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <qb/qbloop.h>

/* Owned by the caller, zeroed before first use except fn and data. */
struct clock_timer {
    void (*fn)(void *data);
    void *data;
    uint64_t deadline;                  /* monotonic ns, while armed */
    struct clock_timer *next;           /* armed timers, earliest first */
    bool armed;
};

/* 0 or -errno. */
int clock_init(qb_loop_t *loop);
/* One shot, runs from the main loop; arming an armed timer moves it. */
void clock_arm(struct clock_timer *timer, uint64_t delay_ns);
void clock_cancel(struct clock_timer *timer);

#endif
