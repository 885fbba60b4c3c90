/*
 * One-shot timers of the services by number (service.h).
 */
#include "config.h"

#include <stdlib.h>

#include "corosync/engine/clock.h"
#include "corosync/engine/engine.h"

struct service_timer {
    struct service_timer *next;
    engine_timer id;
    struct clock_timer clock;
    void (*fn)(void *data);
    void *data;
};

static struct service_timer *timers;
static engine_timer last_id;

static void unlink_timer(struct service_timer *timer)
{
    struct service_timer **link = &timers;

    while (*link != timer) {
        link = &(*link)->next;
    }
    *link = timer->next;
}

static void on_expiry(void *data)
{
    struct service_timer *timer = data;
    void (*fn)(void *) = timer->fn;
    void *fn_data = timer->data;

    unlink_timer(timer);
    free(timer);
    fn(fn_data);
}

engine_timer engine_timer_add(uint32_t ms, void (*fn)(void *data), void *data)
{
    struct service_timer *timer = calloc(1, sizeof(*timer));

    if (timer == NULL) {
        log_msg(SUBSYS_MAIN, LOG_CRIT, "no memory for a timer");
        ENGINE_FAIL(ENGINE_EXIT_FATAL);
    }
    timer->fn = fn;
    timer->data = data;
    timer->id = ++last_id;
    timer->next = timers;
    timers = timer;
    timer->clock = (struct clock_timer){.fn = on_expiry, .data = timer};
    clock_arm(&timer->clock, ms * 1000000ull);
    return timer->id;
}

void engine_timer_delete(engine_timer id)
{
    for (struct service_timer *timer = timers; timer != NULL; timer = timer->next) {
        if (timer->id == id) {
            clock_cancel(&timer->clock);
            unlink_timer(timer);
            free(timer);
            return;
        }
    }
}
