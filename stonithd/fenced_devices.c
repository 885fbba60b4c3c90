/* The fencer's table of devices: registration, replacement, metadata of agents (fencer.md §4.1, §4.2). */
#include "config.h"
#include "stonithd/fenced.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lrmd/lrmd_client.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"
#include "stonithd/fence_agents.h"

#define DEVICES_MAX 10000u
#define METADATA_TIMEOUT_S 10u
#define METADATA_RETRY_S 10u             /* doubling to ... */
#define METADATA_RETRY_MAX_S 160u

static GHashTable *table;                /* id -> device_t */
static GPtrArray *order;                 /* device_t */
static GHashTable *metadata_cache;       /* agent -> xmlNode */

/* A device whose agent did not tell its metadata yet. */
typedef struct {
    char *id;
    unsigned wait_s;
} retry_t;

static GHashTable *retries;              /* id -> source id */

static void free_cached(gpointer data)
{
    xml_free(data);
}

void devices_init(void)
{
    table = g_hash_table_new(g_str_hash, g_str_equal);
    order = g_ptr_array_new();
    metadata_cache = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_cached);
    retries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static void take_out(device_t *device)
{
    g_hash_table_remove(table, device->id);
    g_ptr_array_remove(order, device);
}

void devices_free(void)
{
    GHashTableIter iter;
    gpointer source;

    while (order->len > 0) {
        device_t *device = g_ptr_array_index(order, 0);
        take_out(device);
        commands_release_device(device, NULL);
    }
    g_hash_table_iter_init(&iter, retries);
    while (g_hash_table_iter_next(&iter, NULL, &source)) {
        g_source_remove(GPOINTER_TO_UINT(source));
    }
    g_hash_table_unref(retries);
    g_hash_table_unref(metadata_cache);
    g_ptr_array_unref(order);
    g_hash_table_unref(table);
}

unsigned devices_count(void)
{
    return order->len;
}

device_t *devices_find(const char *id)
{
    return id != NULL ? g_hash_table_lookup(table, id) : NULL;
}

void devices_foreach(void (*fn)(device_t *device, void *arg), void *arg)
{
    for (guint i = 0; i < order->len; i++) {
        fn(g_ptr_array_index(order, i), arg);
    }
}

/* ---- metadata ---- */

/* The agent's metadata, cached; NULL when it cannot be had now. */
static const xmlNode *agent_metadata(const char *agent)
{
    xmlNode *metadata = g_hash_table_lookup(metadata_cache, agent);
    char *text = NULL;

    if (metadata != NULL) {
        return metadata;
    }
    int rc = fence_agent_metadata(agent, METADATA_TIMEOUT_S, &text);
    if (rc == 0) {
        metadata = xml_parse(text, NULL);
    }
    free(text);
    if (metadata == NULL) {
        log_err("Could not get metadata of fence agent %s: %s", agent, strerror(rc < 0 ? -rc : EPROTO));
    } else {
        g_hash_table_replace(metadata_cache, g_strdup(agent), metadata);
    }
    return metadata;
}

static void load_metadata(device_t *device, unsigned wait_s);

static gboolean on_retry(gpointer data)
{
    retry_t *retry = data;
    device_t *device = devices_find(retry->id);

    g_hash_table_remove(retries, retry->id);
    if (device != NULL && !device->metadata_known) {
        unsigned next = retry->wait_s * 2;
        load_metadata(device, next > METADATA_RETRY_MAX_S ? METADATA_RETRY_MAX_S : next);
    }
    return G_SOURCE_REMOVE;
}

static void retry_free(gpointer data)
{
    retry_t *retry = data;

    g_free(retry->id);
    g_free(retry);
}

/* Complete the device with its agent's metadata, now or later. */
static void load_metadata(device_t *device, unsigned wait_s)
{
    const xmlNode *metadata =
        strcmp(device->agent, FENCE_WATCHDOG_AGENT) == 0 && !fence_agent_exists(device->agent)
            ? NULL
            : agent_metadata(device->agent);

    if (metadata != NULL) {
        device_apply_metadata(device, metadata);
    } else if (strcmp(device->agent, FENCE_WATCHDOG_AGENT) != 0
               && !g_hash_table_contains(retries, device->id)) {
        retry_t *retry = g_new0(retry_t, 1);

        retry->id = g_strdup(device->id);
        retry->wait_s = wait_s;
        guint source = g_timeout_add_seconds_full(G_PRIORITY_DEFAULT, wait_s, on_retry, retry, retry_free);
        g_hash_table_replace(retries, g_strdup(device->id), GUINT_TO_POINTER(source));
    }
}

/* ---- watchdog devices (§8.11) ---- */

/* Settle what a device named watchdog means here. 0: keep it; 1: nothing to keep on this node; else an error.
 */
static int settle_watchdog(device_t *device)
{
    bool is_agent = strcmp(device->agent, FENCE_WATCHDOG_AGENT) == 0;
    bool is_id = strcmp(device->id, WATCHDOG_DEVICE) == 0;

    if (!is_agent && !is_id) {
        return 0;
    }
    if (!is_agent || !is_id || fenced.watchdog_ms == 0) {
        log_err("Device %s with agent %s is invalid: watchdog fencing %s", device->id, device->agent,
                fenced.watchdog_ms == 0 ? "is disabled"
                                        : "needs id watchdog and agent " FENCE_WATCHDOG_AGENT);
        return -ENODEV;
    }
    g_ptr_array_set_size(fenced.watchdog_targets, 0);
    for (guint i = 0; i < device->targets->len; i++) {
        g_ptr_array_add(fenced.watchdog_targets, g_strdup(g_ptr_array_index(device->targets, i)));
    }
    if (!fenced_watchdog_covers(fenced.own_name)) {
        return 1;
    }
    g_hash_table_replace(device->params, g_strdup("pcmk_host_list"), g_strdup(fenced.own_name));
    device_set_targets(device, fenced.own_name, 0);
    return 0;
}

/* ---- the table ---- */

static void insert(device_t *device)
{
    g_hash_table_replace(table, device->id, device);
    g_ptr_array_add(order, device);
}

static void keep(device_t *device, bool from_cib)
{
    if (from_cib) {
        device->cib_registered = true;
    } else {
        device->api_registered = true;
    }
}

int devices_add(device_t *device, bool from_cib)
{
    int rc = settle_watchdog(device);
    device_t *old = devices_find(device->id);

    if (rc != 0) {
        devices_remove(device->id, from_cib);
        device_free(device);
        return rc > 0 ? 0 : rc;
    }
    if (old != NULL && device_equal(old, device)) {
        log_info("Device '%s' already in device list (%u active devices)", old->id, devices_count());
        keep(old, from_cib);
        device_free(device);
        return 0;
    }
    if (old == NULL && devices_count() >= DEVICES_MAX) {
        log_err("Cannot add device '%s': there are %u already", device->id, DEVICES_MAX);
        device_free(device);
        return -ENOSPC;
    }
    keep(device, from_cib);
    if (old != NULL) {
        bool inherit = from_cib && old->api_registered;

        device->api_registered = device->api_registered || inherit;
        take_out(old);
        insert(device);
        commands_release_device(old, inherit ? device : NULL);
    } else {
        insert(device);
    }
    load_metadata(device, METADATA_RETRY_S);
    log_info("Added '%s' to device list (%u active device%s)", device->id, devices_count(),
             devices_count() == 1 ? "" : "s");
    return 0;
}

int devices_register(const xmlNode *definition, bool from_cib)
{
    const char *id = xml_id(definition), *agent = xml_get(definition, "agent");
    const char *provides = xml_get(definition, "rsc_provides");

    if (id == NULL || agent == NULL) {
        return -EPROTO;
    }
    GHashTable *params = lrmd_params_from_xml(xml_first(definition, "attributes"));
    device_t *device = device_new(id, agent, xml_get(definition, "namespace"), params,
                                  provides != NULL && strcasecmp(provides, "unfencing") == 0);
    return devices_add(device, from_cib);
}

static void drop_if_unused(device_t *device)
{
    if (!device->api_registered && !device->cib_registered) {
        take_out(device);
        log_info("Removed '%s' from device list (%u active device%s)", device->id, devices_count(),
                 devices_count() == 1 ? "" : "s");
        commands_release_device(device, NULL);
    }
}

void devices_remove(const char *id, bool from_cib)
{
    device_t *device = devices_find(id);

    if (device == NULL) {
        log_info("Device '%s' not found (%u active devices)", id != NULL ? id : "", devices_count());
        return;
    }
    if (from_cib) {
        device->cib_registered = false;
    } else {
        device->api_registered = false;
        device->verified = false;
    }
    drop_if_unused(device);
}

static GPtrArray *before_update;         /* ids registered by the CIB */

void devices_begin_cib_update(void)
{
    before_update = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < order->len; i++) {
        device_t *device = g_ptr_array_index(order, i);

        if (device->cib_registered) {
            g_ptr_array_add(before_update, g_strdup(device->id));
            device->cib_registered = false;
        }
    }
}

void devices_end_cib_update(void)
{
    for (guint i = 0; i < before_update->len; i++) {
        device_t *device = devices_find(g_ptr_array_index(before_update, i));

        if (device != NULL && !device->cib_registered) {
            device->api_registered = false;     /* the configuration does not have it any more */
            drop_if_unused(device);
        }
    }
    g_ptr_array_unref(before_update);
    before_update = NULL;
}
