/*
 * One-shot timers of the services over libqb's (service.h).
 */
#include "config.h"

#include <stdlib.h>

#include "corosync/engine/engine.h"

struct service_timer {
    struct service_timer *next;
    engine_timer id;
    qb_loop_timer_handle handle;
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

    if (timer == NULL || qb_loop_timer_add(engine.loop, QB_LOOP_MED, ms * 1000000ull, timer, on_expiry,
                                           &timer->handle) != 0) {
        log_msg(SUBSYS_MAIN, LOG_CRIT, "no memory for a timer");
        ENGINE_FAIL(ENGINE_EXIT_FATAL);
    }
    timer->fn = fn;
    timer->data = data;
    timer->id = ++last_id;
    timer->next = timers;
    timers = timer;
    return timer->id;
}

void engine_timer_delete(engine_timer id)
{
    for (struct service_timer *timer = timers; timer != NULL; timer = timer->next) {
        if (timer->id == id) {
            qb_loop_timer_del(engine.loop, timer->handle);
            unlink_timer(timer);
            free(timer);
            return;
        }
    }
}
