/*
 * The list of armed timers and the timerfd behind it (clock.h).
 */
#include "config.h"

#include "corosync/engine/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ull

static struct {
    int fd;
    struct clock_timer *first;
    uint64_t programmed;                /* when the timerfd fires, 0 = never */
} timers = {.fd = -1};

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void program(uint64_t deadline)
{
    struct itimerspec when = {.it_value = {(time_t)(deadline / NS_PER_S), (long)(deadline % NS_PER_S)}};

    timers.programmed = deadline;
    (void)timerfd_settime(timers.fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void unlink_timer(struct clock_timer *timer)
{
    struct clock_timer **link = &timers.first;

    while (*link != timer) {
        link = &(*link)->next;
    }
    *link = timer->next;
    timer->armed = false;
}

static void insert(struct clock_timer *timer)
{
    struct clock_timer **link = &timers.first;

    while (*link != NULL && (*link)->deadline <= timer->deadline) {
        link = &(*link)->next;
    }
    timer->next = *link;
    *link = timer;
    timer->armed = true;
}

static void program_earliest(void)
{
    if (timers.first == NULL) {
        timers.programmed = 0;
    } else if (timers.programmed == 0 || timers.first->deadline < timers.programmed) {
        program(timers.first->deadline);
    }
}

/* Runs what is due; the wake-up may be for a timer that has been moved since. */
static int32_t on_wake_up(int32_t fd, int32_t revents, void *data)
{
    uint64_t count;
    uint64_t now = now_ns();

    if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN) {
        return 0;
    }
    timers.programmed = 0;
    while (timers.first != NULL && timers.first->deadline <= now) {
        struct clock_timer *timer = timers.first;

        unlink_timer(timer);
        timer->fn(timer->data);
    }
    program_earliest();
    return 0;
}

int clock_init(qb_loop_t *loop)
{
    timers.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (timers.fd < 0) {
        return -errno;
    }
    return qb_loop_poll_add(loop, QB_LOOP_HIGH, timers.fd, POLLIN, NULL, on_wake_up);
}

void clock_arm(struct clock_timer *timer, uint64_t delay_ns)
{
    if (timer->armed) {
        unlink_timer(timer);
    }
    timer->deadline = now_ns() + delay_ns;
    insert(timer);
    program_earliest();
}

void clock_cancel(struct clock_timer *timer)
{
    if (timer->armed) {
        unlink_timer(timer);
    }
}
