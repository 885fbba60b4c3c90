/* The fencer as client of the CIB: keeps a copy, and devices and topology as it says (fencer.md §4.5).
 *
 * A change that may matter makes us fetch the CIB anew rather than patch our copy: such changes are rare, and
 * a fetched copy cannot be wrong. */
#include "config.h"
#include "stonithd/fenced.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cib/cib_client.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/xml.h"
#include "stonithd/cib_devices.h"
#include "stonithd/fence_agents.h"

#define CONNECT_ATTEMPTS 5u
#define QUERY_TIMEOUT_S 120u

static cib_t *cib;
static bool querying, again;             /* a query is under way; the CIB has changed since */

/* ---- what follows from a new CIB ---- */

static void update_watchdog(void)
{
    const char *text = cib_option(fenced.cib, "stonith-watchdog-timeout");
    long long ms = text != NULL ? msec_parse(text) : 0;

    if (text != NULL && text[0] == '-') {
        const char *local = getenv("SBD_WATCHDOG_TIMEOUT");
        ms = local != NULL ? 2 * msec_parse(local) : 0;
    }
    if (ms < 0) {
        ms = 0;
    }
    if (ms != fenced.watchdog_ms) {
        log_notice("New watchdog timeout %llds (was %llds)", ms / 1000, fenced.watchdog_ms / 1000);
        fenced.watchdog_ms = ms;
        if (ms == 0) {
            g_ptr_array_set_size(fenced.watchdog_targets, 0);
            devices_remove(WATCHDOG_DEVICE, true);
        }
    }
}

static void add_device(device_t *device, void *arg)
{
    bool *has_watchdog = arg;

    if (strcmp(device->id, WATCHDOG_DEVICE) == 0) {
        *has_watchdog = true;
        if (fenced.watchdog_ms == 0) {
            device_free(device);
            return;
        }
    }
    if (!fence_agent_exists(device->agent)) {
        g_free(device->name_space);
        device->name_space = NULL;
    }
    devices_add(device, true);
}

static struct iso_now current_time(void)
{
    time_t now = time(NULL);
    struct tm local;

    localtime_r(&now, &local);
    return (struct iso_now){.epoch = now, .offset = (int32_t)local.tm_gmtoff};
}

/* The device that stands for every node's watchdog, when none is configured. */
static void add_implicit_watchdog(void)
{
    GHashTable *params = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    g_hash_table_insert(params, g_strdup("pcmk_host_list"), g_strdup(fenced.own_name));
    device_t *device = device_new(WATCHDOG_DEVICE, FENCE_WATCHDOG_AGENT, "internal", params, false);
    devices_add(device, true);
    g_ptr_array_set_size(fenced.watchdog_targets, 0);    /* every node */
}

static void update_devices(void)
{
    bool has_watchdog = false;

    devices_begin_cib_update();
    cib_devices(fenced.cib, fenced.own_name, current_time(), add_device, &has_watchdog);
    if (!has_watchdog && fenced.watchdog_ms > 0) {
        add_implicit_watchdog();
    }
    devices_end_cib_update();
}

static void notify_level(const char *desc, const fence_result_t *result)
{
    XML_AUTO xmlNode *data = xml_new(ST_NOTIFY_LEVEL_ADD);

    xml_set(data, "st_device_id", desc);
    xml_set_int(data, "st_active", topology_size(fencing_topology(fenced.core)));
    fenced_notify(ST_NOTIFY_LEVEL_ADD, result, data);
}

static void update_topology(void)
{
    topology_t *topology = fencing_topology(fenced.core);

    topology_clear(topology);
    xml_foreach (level, cib_section(fenced.cib, "fencing-topology"), "fencing-level") {
        fence_result_t result = {0};
        char *desc = NULL;

        topology_add(topology, level, &result, &desc);
        notify_level(desc, &result);
        fence_result_clear(&result);
        g_free(desc);
    }
}

bool fenced_node_has_attribute(const char *node, const char *attribute, const char *value)
{
    return fenced.cib != NULL && cib_node_has_attribute(fenced.cib, node, attribute, value);
}

/* ---- fetching ---- */

static char *last_topology;              /* text of the topology section in effect */

static bool topology_changed(void)
{
    const xmlNode *section = cib_section(fenced.cib, "fencing-topology");
    char *text = section != NULL ? xml_text(section) : NULL;
    bool changed = (text == NULL) != (last_topology == NULL)
                   || (text != NULL && strcmp(text, last_topology) != 0);

    free(last_topology);
    last_topology = text;
    return changed;
}

static void fetch(void);

static void on_fetched(cib_t *client, int call_id, int rc, xmlNode *output, void *arg)
{
    querying = false;
    if (rc < 0 || output == NULL) {
        log_err("Cannot read the CIB: %s", pcmk_strerror(rc));
    } else {
        xml_free(fenced.cib);
        fenced.cib = xml_copy(output);
        update_watchdog();
        if (topology_changed()) {
            update_topology();
        }
        update_devices();
    }
    if (again) {
        fetch();
    }
}

static void fetch(void)
{
    again = querying;
    if (querying) {
        return;
    }
    int rc = cib_send(cib, CIB_OP_QUERY, NULL, NULL, NULL, CIB_OPT_SCOPE_LOCAL, QUERY_TIMEOUT_S, on_fetched,
                      NULL, NULL);
    if (rc < 0) {
        log_err("Cannot ask for the CIB: %s", pcmk_strerror(rc));
    } else {
        querying = true;
    }
}

static void on_change(cib_t *client, const char *event, xmlNode *msg, void *arg)
{
    int rc = 0;
    const xmlNode *patch = cib_notify_patch(msg, &rc);

    if (rc >= 0 && cib_patch_matters(patch)) {
        fetch();
    }
}

static void on_lost(cib_t *client, void *arg)
{
    if (!fenced.stopping) {
        log_crit("Lost connection to the CIB manager, ending");
        fenced_quit(CRM_EX_OK);
    }
}

int fenced_cib_start(void)
{
    int rc = -ENOTCONN;

    cib = cib_new_daemon();
    for (unsigned i = 0; rc < 0 && i < CONNECT_ATTEMPTS && mainloop_pause(i * 1000); i++) {
        rc = cib_connect(cib, "stonithd", CIB_CHANNEL_RW);
    }
    if (rc >= 0) {
        rc = cib_attach(cib);
    }
    if (rc >= 0) {
        rc = cib_subscribe(cib, CIB_NOTIFY_DIFF, on_change, NULL);
    }
    if (rc < 0) {
        log_err("Could not connect to the CIB manager: %s", pcmk_strerror(rc));
        return rc;
    }
    cib_on_lost(cib, on_lost, NULL);
    fetch();
    return 0;
}

void fenced_cib_stop(void)
{
    cib_free(cib);
    cib = NULL;
    xml_free(fenced.cib);
    fenced.cib = NULL;
    free(last_topology);
    last_topology = NULL;
}
