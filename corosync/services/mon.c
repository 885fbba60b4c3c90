/*
 * Resource monitoring: memory in use and load, published under resources.system. and compared
 * with a maximum where one is set (services.md 7.6).
 */
#include "corosync/services/services.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PERIOD_DEFAULT_MS 3000
#define PERIOD_MIN_MS 500
#define PERIOD_MAX_MS 120000
#define PREFIX "resources.system."

struct monitor {
    const char *name;
    bool (*read)(double *value);
    bool is_load;     /* published as a double, otherwise as an integer */
    bool running;
    double max;
    uint32_t period;  /* ms */
    engine_timer timer;
};

/* Percent of memory and swap that is not free. */
static bool read_memory_used(double *value)
{
    FILE *file = fopen("/proc/meminfo", "re");
    uint64_t total = 0;
    uint64_t available = 0;
    char line[128];

    if (file == NULL) {
        return false;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        uint64_t kilobytes;

        if (sscanf(line, "MemTotal: %" SCNu64, &kilobytes) == 1 ||
            sscanf(line, "SwapTotal: %" SCNu64, &kilobytes) == 1) {
            total += kilobytes;
        } else if (sscanf(line, "MemFree: %" SCNu64, &kilobytes) == 1 ||
                   sscanf(line, "SwapFree: %" SCNu64, &kilobytes) == 1) {
            available += kilobytes;
        }
    }
    fclose(file);
    if (total == 0 || available > total) {
        return false;
    }
    *value = (double)(100 * (total - available) / total);
    return true;
}

static bool read_load(double *value)
{
    double loads[3];

    if (getloadavg(loads, 3) != 3) {
        return false;
    }
    *value = loads[2];
    return true;
}

static struct monitor monitors[] = {
    {.name = "memory_used", .read = read_memory_used, .period = PERIOD_DEFAULT_MS},
    {.name = "load_15min", .read = read_load, .is_load = true, .period = PERIOD_DEFAULT_MS},
};

#define MONITOR_COUNT (sizeof(monitors) / sizeof(monitors[0]))

static void key_of(char key[ICMAP_KEY_MAX + 1], const struct monitor *monitor, const char *item)
{
    snprintf(key, ICMAP_KEY_MAX + 1, PREFIX "%s.%s", monitor->name, item);
}

static void state_set(const struct monitor *monitor, const char *state)
{
    char key[ICMAP_KEY_MAX + 1];

    key_of(key, monitor, "state");
    icmap_set_string(engine_map(), key, state);
}

/* The first value is an i32, later ones are u32, as clients know it. */
static void current_set(const struct monitor *monitor, double value, bool first)
{
    char key[ICMAP_KEY_MAX + 1];

    key_of(key, monitor, "current");
    if (monitor->is_load) {
        icmap_set_double(engine_map(), key, value);
    } else if (first) {
        icmap_set_i32(engine_map(), key, (int32_t)value);
    } else {
        icmap_set_u32(engine_map(), key, (uint32_t)value);
    }
}

static void poll_value(void *data)
{
    struct monitor *monitor = data;
    char key[ICMAP_KEY_MAX + 1];
    double value = 0;

    monitor->timer = engine_timer_add(monitor->period, poll_value, monitor);
    if (!monitor->read(&value)) {
        return;
    }
    current_set(monitor, value, false);
    key_of(key, monitor, "last_updated");
    icmap_set_u64(engine_map(), key, engine_monotonic_ns());
    if (value > monitor->max) {
        log_msg(SUBSYS_MON, LOG_ERR, "Resource %s is %.2f, more than the maximum %.2f", monitor->name, value,
                monitor->max);
        state_set(monitor, "failed");
        engine_timer_delete(monitor->timer);
        monitor->timer = 0;
        monitor->running = false;
    }
}

/* A maximum starts the monitor. */
static void max_read(struct monitor *monitor)
{
    char key[ICMAP_KEY_MAX + 1];

    key_of(key, monitor, "max");
    const char *text = icmap_get_string(engine_map(), key);
    char *end = NULL;
    double max = text == NULL ? 0 : strtod(text, &end);

    if (text == NULL) {
        return;
    }
    if (end == text || *end != '\0') {
        log_msg(SUBSYS_MON, LOG_ERR, "Value \"%s\" of %s is not a number", text, key);
        return;
    }
    monitor->max = max;
    if (!monitor->running) {
        monitor->running = true;
        state_set(monitor, "running");
        poll_value(monitor);
    }
}

static void period_read(struct monitor *monitor)
{
    char key[ICMAP_KEY_MAX + 1];
    uint64_t period;

    key_of(key, monitor, "poll_period");
    if (icmap_get_u64(engine_map(), key, &period) != CS_OK) {
        return;
    }
    if (period < PERIOD_MIN_MS || period > PERIOD_MAX_MS) {
        log_msg(SUBSYS_MON, LOG_WARNING, "Value %" PRIu64 " of %s is not in the range %u..%u ms", period, key,
                PERIOD_MIN_MS, PERIOD_MAX_MS);
        return;
    }
    monitor->period = (uint32_t)period;
}

static void on_change(int event, const char *key, const struct icmap_value *new_value,
                      const struct icmap_value *old_value, void *user_data)
{
    const char *item = strrchr(key, '.') + 1;

    if (strcmp(item, "max") == 0) {
        max_read(user_data);
    } else if (strcmp(item, "poll_period") == 0) {
        period_read(user_data);
    }
}

static void monitor_start(struct monitor *monitor)
{
    char key[ICMAP_KEY_MAX + 1];
    struct icmap_track *track;
    struct icmap_value value;

    key_of(key, monitor, "poll_period");
    icmap_set_u64(engine_map(), key, PERIOD_DEFAULT_MS);
    key_of(key, monitor, "last_updated");
    icmap_set_u64(engine_map(), key, 0);
    current_set(monitor, 0, true);
    state_set(monitor, "stopped");
    key_of(key, monitor, "max");
    if (icmap_get(engine_map(), key, &value) == CS_OK) {
        max_read(monitor);
    }
    snprintf(key, sizeof(key), PREFIX "%s.", monitor->name);
    icmap_track_add(engine_map(), key, ICMAP_TRACK_MODIFY | ICMAP_TRACK_PREFIX, on_change, monitor, &track);
}

static const char *exec_init(void)
{
    for (size_t i = 0; i < MONITOR_COUNT; i++) {
        monitor_start(&monitors[i]);
    }
    return NULL;
}

static int exec_exit(void)
{
    for (size_t i = 0; i < MONITOR_COUNT; i++) {
        engine_timer_delete(monitors[i].timer);
        monitors[i].timer = 0;
    }
    return 0;
}

struct service mon_service = {
    .id = 6,
    .priority = 1,
    .name = "corosync_mon",
    .display_name = "corosync resource monitoring service",
    .exec_init = exec_init,
    .exec_exit = exec_exit,
};
