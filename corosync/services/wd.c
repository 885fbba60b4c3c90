/*
 * The watchdog service: keeps the hardware watchdog quiet as long as all supervised resources
 * are well, and acts on those that are not (services.md 7.6).
 *
 * A resource is any resources.<type>.<name>. that has the keys `state` and `recovery`.
 */
#include "corosync/services/services.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/reboot.h>
#include <linux/watchdog.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/queue.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICE_KEY "resources.watchdog_device"
#define TIMEOUT_KEY "resources.watchdog_timeout"
#define TIMEOUT_DEFAULT_S 6
#define TIMEOUT_MIN_S 2
#define TIMEOUT_MAX_S 120
#define PERIOD_DEFAULT_MS 6000
#define PERIOD_MIN_MS 500
#define PERIOD_MAX_MS 120000
#define FIRST_CHECK_MIN_MS 6000
#define RESOURCES_MAX 1024
#define MS_TO_NS UINT64_C(1000000)

struct resource {
    LIST_ENTRY(resource) entry;
    char prefix[ICMAP_KEY_MAX + 1]; /* ends in a dot */
    engine_timer timer;
};

static LIST_HEAD(, resource) resources = LIST_HEAD_INITIALIZER(resources);
static unsigned resource_count;
static int device = -1;
static uint32_t device_timeout = TIMEOUT_DEFAULT_S; /* s */
static engine_timer kick_timer;
static bool all_is_well = true;

/* ---- the device ---- */

static void device_kick(void *data)
{
    int dummy;

    kick_timer = 0;
    if (device < 0 || !all_is_well) {
        return;
    }
    ioctl(device, WDIOC_KEEPALIVE, &dummy);
    kick_timer = engine_timer_add(device_timeout * 1000 / 2, device_kick, NULL);
}

static void device_timeout_set(void)
{
    int timeout = (int)device_timeout;

    if (device >= 0 && ioctl(device, WDIOC_SETTIMEOUT, &timeout) != 0) {
        log_msg(SUBSYS_WD, LOG_WARNING, "Can't set the timeout of the watchdog to %u s: %s", device_timeout,
                strerror(errno));
    }
    engine_timer_delete(kick_timer);
    device_kick(NULL);
}

static void timeout_read(void)
{
    uint32_t timeout = TIMEOUT_DEFAULT_S;

    icmap_get_u32(engine_map(), TIMEOUT_KEY, &timeout);
    if (timeout < TIMEOUT_MIN_S || timeout > TIMEOUT_MAX_S) {
        log_msg(SUBSYS_WD, LOG_WARNING,
                "Value %u of " TIMEOUT_KEY " is not in the range %u..%u s, %u is used",
                timeout, TIMEOUT_MIN_S, TIMEOUT_MAX_S, TIMEOUT_DEFAULT_S);
        timeout = TIMEOUT_DEFAULT_S;
    }
    device_timeout = timeout;
    icmap_set_u32(engine_map(), TIMEOUT_KEY, timeout);
}

static void on_timeout_change(int event, const char *key, const struct icmap_value *new_value,
                              const struct icmap_value *old_value, void *user_data)
{
    uint32_t timeout = TIMEOUT_DEFAULT_S;

    icmap_get_u32(engine_map(), TIMEOUT_KEY, &timeout);
    if (timeout != device_timeout) {
        timeout_read();
        device_timeout_set();
    }
}

/* The magic close writes to the device: that must not hit a file somebody named by mistake. */
static bool is_watchdog(int fd, const char *path)
{
    struct watchdog_info info;
    struct stat status;

    if (fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && ioctl(fd, WDIOC_GETSUPPORT, &info) == 0) {
        return true;
    }
    log_msg(SUBSYS_WD, LOG_ERR, "%s (" DEVICE_KEY ") is not a watchdog: going on without one", path);
    return false;
}

static void device_open(void)
{
    const char *path = icmap_get_string(engine_map(), DEVICE_KEY);

    if (path == NULL || path[0] == '\0' || strcmp(path, "off") == 0) {
        log_msg(SUBSYS_WD, LOG_WARNING, "Watchdog not enabled by configuration");
        return;
    }
    device = open(path, O_WRONLY | O_CLOEXEC);
    if (device < 0) {
        log_msg(SUBSYS_WD, LOG_WARNING, "Can't open the watchdog %s: %s", path, strerror(errno));
        return;
    }
    if (!is_watchdog(device, path)) {
        close(device);
        device = -1;
        return;
    }
    device_timeout_set();
}

static void device_close(void)
{
    engine_timer_delete(kick_timer);
    kick_timer = 0;
    if (device >= 0) {
        if (all_is_well && write(device, "V", 1) != 1) {
            log_msg(SUBSYS_WD, LOG_ERR, "Can't disarm the watchdog: %s", strerror(errno));
        }
        close(device);
        device = -1;
    }
}

/* ---- resources ---- */

static const char *resource_string(const struct resource *resource, const char *item)
{
    char key[2 * ICMAP_KEY_MAX];

    snprintf(key, sizeof(key), "%s%s", resource->prefix, item);
    return icmap_get_string(engine_map(), key);
}

static uint64_t resource_u64(const struct resource *resource, const char *item, uint64_t missing)
{
    char key[2 * ICMAP_KEY_MAX];
    uint64_t value = missing;

    snprintf(key, sizeof(key), "%s%s", resource->prefix, item);
    icmap_get_u64(engine_map(), key, &value);
    return value;
}

static uint32_t resource_period(const struct resource *resource)
{
    uint64_t period = resource_u64(resource, "poll_period", PERIOD_DEFAULT_MS);

    return period < PERIOD_MIN_MS || period > PERIOD_MAX_MS ? PERIOD_DEFAULT_MS : (uint32_t)period;
}

/* NULL when the resource is well, otherwise what is wrong. */
static const char *resource_failure(const struct resource *resource, const char *state)
{
    uint64_t updated = resource_u64(resource, "last_updated", 0);

    if (strcmp(state, "failed") == 0 || strcmp(state, "disabled") == 0) {
        return "has failed";
    }
    if (updated != 0 && strcmp(state, "stopped") != 0 &&
        engine_monotonic_ns() > updated + resource_period(resource) * MS_TO_NS * 3 / 2) {
        return "has not been updated in time";
    }
    return NULL;
}

static void recover(const struct resource *resource, const char *recovery, const char *failure)
{
    log_msg(SUBSYS_WD, LOG_ERR, "Resource %s %s, recovery is %s", resource->prefix, failure, recovery);
    if (strcmp(recovery, "reboot") == 0) {
        reboot(LINUX_REBOOT_CMD_RESTART);
    } else if (strcmp(recovery, "shutdown") == 0) {
        reboot(LINUX_REBOOT_CMD_POWER_OFF);
    } else if (strcmp(recovery, "watchdog") == 0 || strcmp(recovery, "quit") == 0) {
        all_is_well = false;
    }
}

static void resource_forget(struct resource *resource)
{
    engine_timer_delete(resource->timer);
    LIST_REMOVE(resource, entry);
    resource_count--;
    free(resource);
}

static void resource_check(void *data)
{
    struct resource *resource = data;
    const char *state = resource_string(resource, "state");
    const char *recovery = resource_string(resource, "recovery");

    resource->timer = 0;
    if (state == NULL || recovery == NULL) {
        resource_forget(resource);
        return;
    }
    const char *failure = resource_failure(resource, state);

    if (failure != NULL) {
        recover(resource, recovery, failure);
    }
    resource->timer = engine_timer_add(resource_period(resource), resource_check, resource);
}

static bool resource_known(const char *prefix)
{
    const struct resource *resource;

    LIST_FOREACH(resource, &resources, entry) {
        if (strcmp(resource->prefix, prefix) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether the key is resources.<type>.<name>.<item>; prefix gets all but the item. */
static bool resource_prefix(char prefix[ICMAP_KEY_MAX + 1], const char *key)
{
    unsigned dots = 0;
    size_t length = 0;

    for (size_t i = 0; key[i] != '\0' && i < ICMAP_KEY_MAX; i++) {
        if (key[i] == '.') {
            dots++;
            length = i + 1;
        }
    }
    if (dots != 3) {
        return false;
    }
    memcpy(prefix, key, length);
    prefix[length] = '\0';
    return true;
}

static void resource_add_if_complete(const char *key)
{
    char prefix[ICMAP_KEY_MAX + 1];

    if (!resource_prefix(prefix, key) || resource_known(prefix) || resource_count >= RESOURCES_MAX) {
        return;
    }
    struct resource *resource = calloc(1, sizeof(*resource));

    if (resource == NULL) {
        return;
    }
    memcpy(resource->prefix, prefix, sizeof(prefix));
    if (resource_string(resource, "state") == NULL || resource_string(resource, "recovery") == NULL) {
        free(resource);
        return;
    }
    uint32_t first = 2 * resource_period(resource);

    resource->timer = engine_timer_add(first < FIRST_CHECK_MIN_MS ? FIRST_CHECK_MIN_MS : first,
                                       resource_check,
                                       resource);
    LIST_INSERT_HEAD(&resources, resource, entry);
    resource_count++;
}

static void on_resource_key(int event, const char *key, const struct icmap_value *new_value,
                            const struct icmap_value *old_value, void *user_data)
{
    resource_add_if_complete(key);
}

static void resources_scan(void)
{
    struct icmap_iter iter;
    const char *key;

    icmap_iter_init(&iter, engine_map(), "resources.");
    while ((key = icmap_iter_next(&iter, NULL)) != NULL) {
        resource_add_if_complete(key);
    }
}

static const char *exec_init(void)
{
    struct icmap_track *track;

    timeout_read();
    device_open();
    resources_scan();
    icmap_track_add(engine_map(), "resources.", ICMAP_TRACK_ADD | ICMAP_TRACK_PREFIX, on_resource_key, NULL,
                    &track);
    icmap_track_add(engine_map(), TIMEOUT_KEY, ICMAP_TRACK_MODIFY, on_timeout_change, NULL, &track);
    return NULL;
}

static int exec_exit(void)
{
    while (!LIST_EMPTY(&resources)) {
        resource_forget(LIST_FIRST(&resources));
    }
    device_close();
    return 0;
}

struct service wd_service = {
    .id = 7,
    .priority = 1,
    .name = "corosync_wd",
    .display_name = "corosync watchdog service",
    .exec_init = exec_init,
    .exec_exit = exec_exit,
};
