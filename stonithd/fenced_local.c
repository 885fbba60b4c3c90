/* What this node's devices can do for a target, and doing it on request of a client or a peer (fencer.md
 * §6.1, §6.4, §7.2, §7.3). */
#include "config.h"
#include "stonithd/fenced.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lrmd/lrmd_client.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

#define DATA_DEPTH 8u
#define QUERY_TIMEOUT_S 60

/* The node name a request is about; a corosync id is translated. g_free(), NULL = none. */
static char *request_target(const xmlNode *request)
{
    const xmlNode *data = xml_find_with(request, "st_target", DATA_DEPTH);
    const char *target = xml_get(data, "st_target");

    if (target != NULL && (xml_int_or(request, "st_callopt", 0) & (int)ST_OPT_CS_NODEID) != 0
        && fenced.peers != NULL) {
        const peer_t *peer = peers_find(fenced.peers, (uint32_t)strtoul(target, NULL, 10), NULL);
        if (peer != NULL && peer->name != NULL) {
            return g_strdup(peer->name);
        }
    }
    return g_strdup(target);
}

static unsigned target_id(const char *target)
{
    const peer_t *peer = target != NULL && fenced.peers != NULL ? peers_find(fenced.peers, 0, target) : NULL;

    return peer != NULL ? peer->id : 0;
}

/* ---- looking for devices ---- */

typedef void (*search_done_fn)(GPtrArray *ids, void *arg);

/* A search that may have to ask agents first. */
typedef struct {
    char *target, *action;               /* NULL = any */
    bool allow_suicide;
    int timeout_s;
    unsigned open;                       /* answers to come, and one while we go through the table */
    GPtrArray *capable;                  /* char *: ids */
    search_done_fn done;
    void *arg;
} search_t;

/* One device of a search. */
typedef struct {
    search_t *search;
    char *id;
} probe_t;

static void search_close(search_t *search)
{
    if (--search->open > 0) {
        return;
    }
    search->done(search->capable, search->arg);
    g_ptr_array_unref(search->capable);
    g_free(search->target);
    g_free(search->action);
    g_free(search);
}

static void judge(search_t *search, const char *id, bool capable)
{
    log_debug("Device %s is %s to '%s' %s", id, capable ? "able" : "not able",
              search->action != NULL ? search->action : "*", search->target != NULL ? search->target : "*");
    if (capable) {
        g_ptr_array_add(search->capable, g_strdup(id));
    }
}

static bool in_list(const device_t *device, const char *target)
{
    const char *alias = device_alias(device, target);

    return (alias != NULL && device_has_target(device, alias)) || device_has_target(device, target);
}

static void end_probe(probe_t *probe, bool capable)
{
    judge(probe->search, probe->id, capable);
    search_close(probe->search);
    g_free(probe->id);
    g_free(probe);
}

static long long epoch(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

static void on_listed(command_t *command, const fence_result_t *result, void *arg)
{
    probe_t *probe = arg;
    device_t *device = devices_find(probe->id);

    if (device == NULL) {
        end_probe(probe, false);
        return;
    }
    if (fence_result_ok(result)) {
        device_set_targets(device, result->output, epoch());
    } else if (device->targets_age == 0 && device_param(device, "pcmk_host_check") == NULL) {
        log_notice("Switching to 'status' for fence device %s: it cannot list its targets", device->id);
        device->dynamic_to_status = true;
    }
    end_probe(probe, probe->search->target == NULL || in_list(device, probe->search->target));
}

static void on_status(command_t *command, const fence_result_t *result, void *arg)
{
    bool known = result->op_status == EXEC_DONE && (result->exit_status == 0 || result->exit_status == 2);

    end_probe(arg, known);
}

static void ask_agent(search_t *search, device_t *device, const char *action, command_done_fn done)
{
    probe_t *probe = g_new0(probe_t, 1);
    command_spec_t spec = {.action = action, .timeout_s = search->timeout_s, .delay_s = -1};

    if (strcmp(action, "status") == 0) {
        spec.target = search->target;
        spec.nodeid = target_id(search->target);
    }
    *probe = (probe_t){search, g_strdup(device->id)};
    search->open++;
    command_start(device, &spec, done, probe);
}

static void look_at(device_t *device, void *arg)
{
    search_t *search = arg;
    const char *check = device_host_check(device);

    if (search->target == NULL) {
        judge(search, device->id, true);
    } else if (search->action != NULL && strcmp(search->action, "on") == 0 && device->metadata_known
               && (device->flags & DEVICE_ON) == 0) {
        judge(search, device->id, false);
    } else if (!device_may_do(device, search->action, search->target, fenced.own_name,
                              search->allow_suicide)) {
        judge(search, device->id, false);
    } else if (strcmp(check, "none") == 0) {
        judge(search, device->id, true);
    } else if (strcmp(check, "static-list") == 0) {
        judge(search, device->id,
              device_has_target(device, search->target)
                  || (device_param(device, "pcmk_host_map") != NULL
                      && device_alias(device, search->target) != NULL));
    } else if (strcmp(check, "dynamic-list") == 0) {
        if (device->targets_age == 0 || device->targets_age + DYNAMIC_LIST_AGE_S < epoch()) {
            ask_agent(search, device, "list", on_listed);
        } else {
            judge(search, device->id, in_list(device, search->target));
        }
    } else if (strcmp(check, "status") == 0) {
        ask_agent(search, device, "status", on_status);
    } else {
        log_err("Device %s: pcmk_host_check has the invalid value '%s'", device->id, check);
        judge(search, device->id, false);
    }
}

/* Find the devices for action on target (either may be NULL); done may be called before this returns. */
static void search_start(const char *target, const char *action, bool allow_suicide, int timeout_s,
                         search_done_fn done, void *arg)
{
    search_t *search = g_new0(search_t, 1);

    *search = (search_t){
        .target = g_strdup(target), .action = g_strdup(action), .allow_suicide = allow_suicide,
        .timeout_s = timeout_s > 0 ? timeout_s : QUERY_TIMEOUT_S, .open = 1,
        .capable = g_ptr_array_new_with_free_func(g_free), .done = done, .arg = arg,
    };
    devices_foreach(look_at, search);
    search_close(search);
}

/* ---- query ---- */

typedef struct {
    xmlNode *request;
    char *from;                          /* peer, or NULL: a client of ours */
    char *target, *action;
} query_t;

static void query_free(query_t *query)
{
    xml_free(query->request);
    g_free(query->from);
    g_free(query->target);
    g_free(query->action);
    g_free(query);
}

/* What goes for one action on that device. */
static void add_action_info(xmlNode *node, const device_t *device, const char *action, const char *target,
                            bool allow_suicide)
{
    int timeout_s = 0;

    if (device_requires_on(device, action)) {
        xml_set_int(node, "st_required", 1);
    }
    if (device_has_action_timeout(device, action, &timeout_s) && timeout_s > 0) {
        xml_set_int(node, "st_action_timeout", timeout_s);
    }
    /* the reference divides the seconds by 1000 before it sends them; equal totals in mixed clusters need the
     * same */
    if (device_delay_max(device, action) > 0) {
        xml_set_int(node, "st_delay_max", device_delay_max(device, action) / 1000);
    }
    if (device_delay_base(device, action, target) > 0) {
        xml_set_int(node, "st_delay_base", device_delay_base(device, action, target) / 1000);
    }
    if (!device_may_do_alone(device, action, target, fenced.own_name, allow_suicide)) {
        xml_set(node, "st_action_disallowed", "true");
    }
}

static void add_device(xmlNode *list, const device_t *device, const query_t *query, bool allow_suicide)
{
    xmlNode *node = xml_add(list, "st_device_id");
    const char *action = query->action;

    xml_set(node, "id", device->id);
    xml_set(node, "namespace", device->name_space);
    xml_set(node, "agent", device->agent);
    xml_set_int(node, "st_monitor_verified", device->verified);
    xml_set_int(node, "st_device_support_flags", device->flags);
    if (action != NULL) {
        add_action_info(node, device, device_real_action(device, action), query->target, allow_suicide);
    }
    if (action != NULL && strcmp(action, "reboot") == 0) {
        static const char *const parts[] = {"off", "on"};

        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
            xmlNode *part = xml_add(node, "st_device_action");
            xml_set(part, "id", parts[i]);
            add_action_info(part, device, parts[i], query->target, allow_suicide && i == 0);
        }
    }
    if (query->target == NULL) {
        lrmd_params_to_xml(node, device->params);
    }
}

static void on_query_done(GPtrArray *ids, void *arg)
{
    query_t *query = arg;
    bool allow_suicide = (xml_int_or(query->request, "st_callopt", 0) & (int)ST_OPT_ALLOW_SUICIDE) != 0;
    fence_result_t ok = {.exit_status = CRM_EX_OK, .op_status = EXEC_DONE};
    XML_AUTO xmlNode *list = xml_new("stonith_query_capable_device_cb");
    unsigned count = 0;

    xml_set(list, "st_target", query->target);
    for (guint i = 0; i < ids->len; i++) {
        const device_t *device = devices_find(g_ptr_array_index(ids, i));
        if (device != NULL) {
            count++;
            add_device(list, device, query, allow_suicide);
        }
    }
    xml_set_int(list, "st-available-devices", count);
    log_debug("Found %u matching device%s for '%s' targeting %s", count, count == 1 ? "" : "s",
              query->action != NULL ? query->action : "*", query->target != NULL ? query->target : "*");
    XML_AUTO xmlNode *reply = fenced_new_reply(query->request, &ok, list);
    if (query->from != NULL) {
        fenced_send(query->from, reply);
    } else {
        fenced_reply_client(xml_get(query->request, "st_clientid"),
                            (unsigned)xml_int_or(query->request, "st_callopt", 0), reply);
    }
    query_free(query);
}

void local_query(const xmlNode *request, const char *from)
{
    query_t *query = g_new0(query_t, 1);
    const xmlNode *data = xml_find_with(request, "st_device_action", DATA_DEPTH);
    bool allow_suicide = (xml_int_or(request, "st_callopt", 0) & (int)ST_OPT_ALLOW_SUICIDE) != 0;

    *query = (query_t){
        .request = xml_copy(request), .from = g_strdup(from), .target = request_target(request),
        .action = g_strdup(xml_get(data, "st_device_action")),
    };
    search_start(query->target, query->action, allow_suicide, xml_int_or(request, "st_timeout", 0),
                 on_query_done, query);
}

/* ---- executing ---- */

/* A request being carried out: device after device. */
typedef struct {
    xmlNode *request;
    char *from;                          /* peer that asked, or NULL: a client of ours, or stand-alone */
    char *op;                            /* st_execute or st_fence */
    char *target, *action, *client_name;
    int timeout_s, delay_s;
    GPtrArray *devices;                  /* char *: ids to try */
    guint next;
} job_t;

static void job_free(job_t *job)
{
    xml_free(job->request);
    g_ptr_array_unref(job->devices);
    g_free(job->from);
    g_free(job->op);
    g_free(job->target);
    g_free(job->action);
    g_free(job->client_name);
    g_free(job);
}

static job_t *job_new(const xmlNode *request, const char *from, const char *op)
{
    job_t *job = g_new0(job_t, 1);
    const xmlNode *data = xml_find_with(request, "st_device_action", DATA_DEPTH);

    *job = (job_t){
        .request = xml_copy(request),
        .from = g_strdup(from),
        .op = g_strdup(op),
        .target = request_target(request),
        .action = g_strdup(xml_get(data, "st_device_action")),
        .client_name = g_strdup(xml_get(request, "st_clientname")),
        .timeout_s = xml_int_or(request, "st_timeout", 0),
        .delay_s = xml_int_or(request, "st_delay", -1),
        .devices = g_ptr_array_new_with_free_func(g_free),
    };
    return job;
}

static bool is_fencing(const char *action)
{
    return strcmp(action, "off") == 0 || strcmp(action, "reboot") == 0 || strcmp(action, "poweroff") == 0;
}

/* The answer to who asked (§3 "async command reply"). */
static xmlNode *job_reply(const job_t *job, const char *device, const fence_result_t *result, bool merged)
{
    xmlNode *reply = xml_new("st-reply");

    xml_set(reply, "st_origin", job->from != NULL ? job->from : "fenced_local");
    xml_set(reply, "t", "stonith-ng");
    xml_set(reply, "st_op", job->op);
    xml_set(reply, "st_device_id", device);
    xml_set(reply, "st_remote_op", xml_get(job->request, "st_remote_op"));
    xml_set(reply, "st_clientid", xml_get(job->request, "st_clientid"));
    xml_set(reply, "st_clientname", job->client_name);
    xml_set(reply, "st_target", job->target);
    xml_set(reply, "st_device_action", job->op);
    xml_set(reply, "st_callid", xml_get(job->request, "st_callid"));
    xml_set(reply, "st_callopt", xml_get(job->request, "st_callopt"));
    fence_result_to_xml(reply, result);
    if (merged) {
        xml_set(reply, "st_op_merged", "true");
    }
    return reply;
}

static void notify_stand_alone(const job_t *job, const fence_result_t *result)
{
    XML_AUTO xmlNode *data = xml_new(ST_NOTIFY_FENCE);

    xml_set_int(data, "state", fence_result_ok(result) ? FENCING_DONE : FENCING_FAILED);
    xml_set(data, "st_target", job->target);
    xml_set(data, "st_device_action", job->action);
    xml_set(data, "st_delegate", "localhost");
    xml_set(data, "st_remote_op", xml_get(job->request, "st_remote_op"));
    xml_set(data, "st_clientid", xml_get(job->request, "st_clientid"));
    xml_set(data, "st_clientname", job->client_name);
    fenced_notify(ST_NOTIFY_FENCE, result, data);
    fenced_notify(ST_NOTIFY_HISTORY, NULL, NULL);
}

static void job_end(job_t *job, const char *device, const fence_result_t *result, bool merged)
{
    XML_AUTO xmlNode *reply = job_reply(job, device, result, merged);
    bool self = job->from != NULL && job->target != NULL && strcasecmp(job->from, job->target) == 0;

    if (self && is_fencing(job->action)) {
        log_debug("Broadcasting result of '%s' for %s: who asked is the target", job->action, job->target);
        xml_set(reply, "subt", "broadcast");
        xml_set(reply, "st_op", "st_notify");
        fenced_send(NULL, reply);
    } else if (job->from != NULL) {
        fenced_send(job->from, reply);
    } else {
        fenced_reply_client(xml_get(job->request, "st_clientid"),
                            (unsigned)xml_int_or(job->request, "st_callopt", 0), reply);
    }
    if (fenced.stand_alone) {
        notify_stand_alone(job, result);
    }
    job_free(job);
}

static void job_fail(job_t *job, int exit_status, int op_status, const char *reason)
{
    fence_result_t result = {0};

    fence_result_set(&result, exit_status, op_status, reason);
    job_end(job, NULL, &result, false);
    fence_result_clear(&result);
}

static bool job_run_next(job_t *job);

static void on_job_done(command_t *command, const fence_result_t *result, void *arg)
{
    job_t *job = arg;
    const device_t *device = devices_find(command_device(command));
    bool ok = fence_result_ok(result), merged = command_was_merged(command);
    bool go_on = false;

    if (!merged && ok) {
        /* unfencing needs every device that asks for it */
        while (job->next < job->devices->len) {
            const device_t *next = devices_find(g_ptr_array_index(job->devices, job->next));
            if (next != NULL && device_requires_on(next, job->action)) {
                go_on = true;
                break;
            }
            job->next++;
        }
    } else if (!merged) {
        go_on = job->next < job->devices->len && !(device != NULL && device_requires_on(device, job->action));
    }
    if (go_on && job_run_next(job)) {
        return;
    }
    if (!merged) {
        commands_merge(command, result);
    }
    job_end(job, command_device(command), result, merged);
}

/* Queue the job on its next device; false when none is left. */
static bool job_run_next(job_t *job)
{
    while (job->next < job->devices->len) {
        device_t *device = devices_find(g_ptr_array_index(job->devices, job->next++));
        command_spec_t spec = {
            .action = job->action,
            .target = job->target,
            .timeout_s = job->timeout_s,
            .delay_s = job->delay_s,
            .client_id = job->client_name,
            .nodeid = target_id(job->target),
        };

        if (device != NULL) {
            command_start(device, &spec, on_job_done, job);
            return true;
        }
    }
    return false;
}

static void execute_watchdog(const char *action, fence_result_t *result)
{
    if (fenced.watchdog_ms == 0) {
        fence_result_set(result, CRM_EX_ERROR, EXEC_NO_FENCE_DEVICE, "Watchdog fence device not configured");
        return;
    }
    fence_result_set(result, CRM_EX_OK, EXEC_DONE, NULL);
    if (strcmp(action, "list") == 0) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < fenced.watchdog_targets->len; i++) {
            g_string_append_printf(text, "%s\n", (char *)g_ptr_array_index(fenced.watchdog_targets, i));
        }
        result->output = strdup(text->str);
        g_string_free(text, TRUE);
    }
}

void local_execute(const xmlNode *request, fence_result_t *result, bool *answered)
{
    const xmlNode *data = xml_find_with(request, "st_device_id", DATA_DEPTH);
    const char *id = xml_get(data, "st_device_id"), *action = xml_get(data, "st_device_action");
    const device_t *device = devices_find(id);
    char *reason = NULL;

    *answered = false;
    if (id == NULL || action == NULL) {
        fence_result_set(result, CRM_EX_PROTOCOL, EXEC_INVALID,
                         "Fencer API request missing required information (bug?)");
    } else if (strcmp(id, WATCHDOG_DEVICE) == 0
               && (strcmp(action, "list") == 0 || strcmp(action, "monitor") == 0)) {
        execute_watchdog(action, result);
    } else if (device == NULL) {
        reason = g_strdup_printf("'%s' not found", id);
    } else if (!device->api_registered && strcmp(action, "monitor") == 0) {
        reason = g_strdup_printf("'%s' not active", id);
    } else {
        job_t *job = job_new(request, NULL, "st_execute");
        g_ptr_array_add(job->devices, g_strdup(id));
        job_run_next(job);
        *answered = true;
    }
    if (reason != NULL) {
        fence_result_set(result, CRM_EX_ERROR, EXEC_NO_FENCE_DEVICE, reason);
        g_free(reason);
    }
}

static void on_devices_found(GPtrArray *ids, void *arg)
{
    job_t *job = arg;

    for (guint i = 0; i < ids->len; i++) {
        g_ptr_array_add(job->devices, g_strdup(g_ptr_array_index(ids, i)));
    }
    if (!job_run_next(job)) {
        char *reason = g_strdup_printf("No device configured for target '%s'", job->target);
        job_fail(job, CRM_EX_ERROR, EXEC_NO_FENCE_DEVICE, reason);
        g_free(reason);
    }
}

void local_fence(const xmlNode *request, const char *from)
{
    job_t *job = job_new(request, from, "st_fence");
    const char *id = xml_get(xml_find_with(request, "st_device_id", DATA_DEPTH), "st_device_id");

    if (job->target == NULL || job->action == NULL) {
        job_fail(job, CRM_EX_PROTOCOL, EXEC_INVALID,
                 "Fencer API request missing required information (bug?)");
    } else if (id != NULL && devices_find(id) == NULL) {
        char *reason = g_strdup_printf("Requested device '%s' not found", id);
        log_err("Requested device '%s' is not available", id);
        job_fail(job, CRM_EX_ERROR, EXEC_NO_FENCE_DEVICE, reason);
        g_free(reason);
    } else if (id != NULL) {
        g_ptr_array_add(job->devices, g_strdup(id));
        job_run_next(job);
    } else {
        search_start(job->target, job->action, true, job->timeout_s, on_devices_found, job);
    }
}
