/* Running fence agents: one queue a device, delays, limits, retries (fencer.md §6.2, §6.3). */
#include "config.h"
#include "stonithd/fenced.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "lrmd/proc.h"
#include "lrmd/services.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/time_format.h"
#include "pacemaker/common/watchdog.h"
#include "stonithd/fence_agents.h"

#define QUEUE_MAX 10000u                 /* commands of one device */
#define RETRY_PAUSE_S 1u
#define DEFAULT_TIMEOUT_S 60

struct command {
    device_t *device;
    char *action;                        /* as requested */
    char *target, *client_id;            /* or NULL */
    int timeout_s;
    unsigned nodeid;
    unsigned attempts;
    long long first_start_s;             /* monotonic */
    bool waiting;                        /* for its delay, or the pause before a retry */
    bool merged;
    guint timer;
    proc_t *proc;
    command_done_fn done;
    void *arg;
};

/* What device_t.data is. */
typedef struct {
    GQueue pending;                      /* command_t */
    unsigned active;                     /* commands out of pending, not done */
    bool released;                       /* not in the table any more */
    guint trigger;
} queue_t;

static long long now_s(void)
{
    return g_get_monotonic_time() / G_USEC_PER_SEC;
}

static queue_t *queue_of(device_t *device)
{
    if (device->data == NULL) {
        queue_t *queue = g_new0(queue_t, 1);
        g_queue_init(&queue->pending);
        device->data = queue;
    }
    return device->data;
}

static void command_free(command_t *command)
{
    if (command->timer != 0) {
        g_source_remove(command->timer);
    }
    g_free(command->action);
    g_free(command->target);
    g_free(command->client_id);
    g_free(command);
}

static void free_if_idle(device_t *device)
{
    queue_t *queue = queue_of(device);

    if (queue->released && queue->active == 0 && g_queue_is_empty(&queue->pending)) {
        if (queue->trigger != 0) {
            g_source_remove(queue->trigger);
        }
        g_free(queue);
        device_free(device);
    }
}

/* ---- end of a command ---- */

static void trigger(device_t *device);

static void log_result(const command_t *command, const fence_result_t *result)
{
    const char *target = command->target != NULL ? command->target : "";

    if (fence_result_ok(result)) {
        log_notice("Operation '%s'%s%s using %s returned %d", command->action,
                   target[0] != '\0' ? " targeting " : "", target, command->device->id, result->exit_status);
    } else {
        log_warn("Operation '%s'%s%s using %s returned %d (%s%s%s)", command->action,
                 target[0] != '\0' ? " targeting " : "", target, command->device->id, result->exit_status,
                 exec_status_str(result->op_status), result->exit_reason != NULL ? ": " : "",
                 result->exit_reason != NULL ? result->exit_reason : "");
    }
}

static void command_end(command_t *command, const fence_result_t *result)
{
    device_t *device = command->device;

    queue_of(device)->active--;
    log_result(command, result);
    if (fence_result_ok(result)
        && (strcmp(command->action, "list") == 0 || strcmp(command->action, "monitor") == 0
            || strcmp(command->action, "status") == 0)) {
        device->verified = true;
    }
    command->done(command, result, command->arg);
    command_free(command);
    if (queue_of(device)->released) {
        free_if_idle(device);
    } else {
        trigger(device);
    }
}

static void end_with(command_t *command, int exit_status, int op_status, const char *reason)
{
    fence_result_t result = {0};

    fence_result_set(&result, exit_status, op_status, reason);
    command_end(command, &result);
    fence_result_clear(&result);
}

/* ---- one run of the agent ---- */

static void run_agent(command_t *command, int timeout_s);

static gboolean on_retry(gpointer data)
{
    command_t *command = data;
    int left = command->timeout_s - (int)(now_s() - command->first_start_s);

    command->timer = 0;
    run_agent(command, left > 0 ? left : 1);
    return G_SOURCE_REMOVE;
}

/* Another attempt, if the configuration and the time left allow one. */
static bool retry(command_t *command)
{
    int max = device_retries(command->device, command->action);
    long long elapsed = now_s() - command->first_start_s;
    long long left = command->timeout_s - elapsed;

    if ((int)command->attempts >= max) {
        log_info("Attempted to execute agent %s (%s) the maximum number of times (%d) allowed",
                 command->device->agent, command->action, max);
        return false;
    }
    if (command->timeout_s > 0 && elapsed * 10 >= (long long)command->timeout_s * 7) {
        return false;
    }
    log_info("Attempt %u to execute %s (%s). remaining timeout is %lld", command->attempts + 1,
             command->device->agent, command->action, left);
    command->timer = g_timeout_add_seconds(RETRY_PAUSE_S, on_retry, command);
    return true;
}

static void set_result(const command_t *command, const proc_result_t *run, int timeout_s,
                       fence_result_t *result)
{
    char text[64], reason[128];

    if (run->timed_out) {
        g_snprintf(reason, sizeof(reason), "Fence agent did not complete within %s",
                   interval_text((unsigned long long)timeout_s * 1000, text, sizeof(text)));
        fence_result_set(result, CRM_EX_ERROR, EXEC_TIMEOUT, reason);
    } else if (run->signo != 0) {
        g_snprintf(reason, sizeof(reason), "Fence agent interrupted by %s signal", strsignal(run->signo));
        fence_result_set(result, CRM_EX_ERROR, EXEC_ERROR, reason);
    } else {
        fence_result_set(result, run->exit_status, EXEC_DONE, NULL);
    }
    result->output = run->out[0] != '\0' ? strdup(run->out) : NULL;
}

static void on_agent_done(proc_t *proc, proc_result_t *run, void *arg)
{
    command_t *command = arg;
    fence_result_t result = {0};

    command->proc = NULL;
    set_result(command, run, command->timeout_s, &result);
    if (run->err[0] != '\0') {
        log_info("%s[%d] stderr: %s", command->device->agent, (int)proc_pid(proc), run->err);
    }
    if (fence_result_ok(&result) || run->timed_out || !retry(command)) {
        command_end(command, &result);
    }
    fence_result_clear(&result);
}

static bool agent_is_watchdog(const device_t *device)
{
    return strcmp(device->agent, FENCE_WATCHDOG_AGENT) == 0 || strcmp(device->agent, "#watchdog") == 0;
}

/* Start the agent, or end the command when that is impossible. */
static void run_agent(command_t *command, int timeout_s)
{
    device_t *device = command->device;
    const char *action = device_real_action(device, command->action);
    const char *host_arg = (device->flags & DEVICE_PORT) != 0   ? "port"
                           : (device->flags & DEVICE_PLUG) != 0 ? "plug"
                                                                : "port";
    const char *alias = command->target != NULL ? device_alias(device, command->target) : NULL;
    GHashTable *params = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    GHashTableIter iter;
    gpointer name, value;
    int error = 0;

    g_hash_table_iter_init(&iter, device->params);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        g_hash_table_insert(params, g_strdup(name), g_strdup(value));
    }
    if (!svc_load_secrets(device->id, params)) {
        g_hash_table_unref(params);
        end_with(command, CRM_EX_ERROR, EXEC_NO_SECRETS, "Failed to get CIB secrets");
        return;
    }
    if (device->wants_nodeid && command->nodeid > 0) {
        log_info("Passing '%u' as nodeid with fence action '%s' targeting %s", command->nodeid, action,
                 command->target);
    }
    char *input = fence_agent_input(device->agent, action, command->target, alias, host_arg,
                                    device->wants_nodeid ? command->nodeid : 0, params);
    char *path = fence_agent_path(device->agent);
    proc_spec_t spec = {
        .name = device->agent, .path = path, .input = input, .timeout_ms = (unsigned)timeout_s * 1000};
    struct stat st;
    command->attempts++;
    command->proc =
        stat(path, &st) < 0 ? (error = errno, NULL) : proc_start(&spec, on_agent_done, command, &error);
    if (command->proc == NULL) {
        char *reason = g_strdup_printf("%s: %s", path, pcmk_strerror(error));
        bool missing = error == ENOENT || error == ENOTDIR || error == EISDIR;

        end_with(command,
                 missing           ? CRM_EX_NOT_INSTALLED
                 : error == EACCES ? CRM_EX_INSUFFICIENT_PRIV
                                   : CRM_EX_ERROR,
                 missing ? EXEC_NOT_INSTALLED : EXEC_ERROR, reason);
        g_free(reason);
    } else {
        log_debug("Operation '%s' using %s runs as process %d for %ds", command->action, device->id,
                  (int)proc_pid(command->proc), timeout_s);
    }
    g_free(path);
    g_free(input);
    g_hash_table_unref(params);
}

static bool is_fencing(const char *action)
{
    return strcmp(action, "off") == 0 || strcmp(action, "reboot") == 0 || strcmp(action, "poweroff") == 0;
}

static void begin(command_t *command)
{
    command->first_start_s = now_s();
    if (agent_is_watchdog(command->device)) {
        if (!is_fencing(command->action)) {
            end_with(command, CRM_EX_OK, EXEC_DONE, NULL);
            return;
        }
        if (fenced_watchdog_covers(fenced.own_name)) {
            log_crit("Watchdog self-fencing (%s) of this node", command->action);
            node_panic("fencer");
        }
    }
    run_agent(command, command->timeout_s);
}

/* ---- queue ---- */

static gboolean run_queue(gpointer data)
{
    device_t *device = data;
    queue_t *queue = queue_of(device);
    int limit = device_action_limit(device);

    queue->trigger = 0;
    for (GList *item = queue->pending.head; item != NULL && (limit < 0 || queue->active < (unsigned)limit);) {
        command_t *command = item->data;

        if (command->waiting) {
            item = item->next;
            continue;
        }
        g_queue_delete_link(&queue->pending, item);
        queue->active++;
        begin(command);
        item = queue->pending.head;      /* beginning may have ended others */
    }
    return G_SOURCE_REMOVE;
}

static void trigger(device_t *device)
{
    queue_t *queue = queue_of(device);

    if (queue->trigger == 0) {
        queue->trigger = g_idle_add_full(G_PRIORITY_DEFAULT, run_queue, device, NULL);
    }
}

static gboolean on_delay_over(gpointer data)
{
    command_t *command = data;

    command->timer = 0;
    command->waiting = false;
    trigger(command->device);
    return G_SOURCE_REMOVE;
}

/* Delay before the action, seconds (§6.2). */
static unsigned choose_delay(const device_t *device, const command_spec_t *spec, const command_t *command)
{
    int max = device_delay_max(device, spec->action);
    int base = device_delay_base(device, spec->action, spec->target);

    if (spec->delay_s < 0 || !is_fencing(spec->action)) {
        return 0;
    }
    if (max == 0) {
        max = base;
    }
    if (max < base) {
        log_warn("Base delay (%ds) is larger than maximum delay (%ds) for %s using %s", base, max,
                 spec->action, device->id);
        base = max;
    }
    int delay = spec->delay_s + base + (max != base ? g_random_int_range(0, max - base) : 0);
    if (delay > 0) {
        log_notice("Delaying '%s' action targeting %s using %s for %ds | timeout=%ds requested_delay=%ds "
                   "base=%ds max=%ds",
                   spec->action, spec->target != NULL ? spec->target : "(none)", device->id, delay,
                   command->timeout_s, spec->delay_s, base, max);
    }
    return (unsigned)delay;
}

typedef struct {
    command_t *command;
    const char *reason;
} refusal_t;

static gboolean on_refused(gpointer data)
{
    refusal_t *refusal = data;

    end_with(refusal->command, CRM_EX_ERROR, EXEC_ERROR, refusal->reason);
    g_free(refusal);
    return G_SOURCE_REMOVE;
}

command_t *command_start(device_t *device, const command_spec_t *spec, command_done_fn done, void *arg)
{
    command_t *command = g_new0(command_t, 1);
    queue_t *queue = queue_of(device);

    *command = (command_t){
        .device = device, .action = g_strdup(spec->action), .target = g_strdup(spec->target),
        .client_id = g_strdup(spec->client_id), .nodeid = spec->nodeid, .done = done, .arg = arg,
    };
    command->timeout_s = device_action_timeout(device, spec->action,
                                               spec->timeout_s > 0 ? spec->timeout_s : DEFAULT_TIMEOUT_S);
    if (g_queue_get_length(&queue->pending) >= QUEUE_MAX) {
        refusal_t *refusal = g_new0(refusal_t, 1);

        *refusal = (refusal_t){command, "Too many commands wait for the device"};
        queue->active++;
        g_idle_add(on_refused, refusal);
        return command;
    }
    unsigned delay = choose_delay(device, spec, command);
    if (delay > 0) {
        command->waiting = true;
        command->timer = g_timeout_add_seconds(delay, on_delay_over, command);
    }
    g_queue_push_tail(&queue->pending, command);
    trigger(device);
    return command;
}

const char *command_device(const command_t *command)
{
    return command->device->id;
}

bool command_was_merged(const command_t *command)
{
    return command->merged;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcasecmp(a, b) == 0);
}

void commands_merge(const command_t *command, const fence_result_t *result)
{
    queue_t *queue = queue_of(command->device);
    GList *copies = g_list_copy(queue->pending.head);

    for (GList *item = copies; item != NULL; item = item->next) {
        command_t *other = item->data;

        if (!fence_result_ok(result) || command->client_id == NULL || other->client_id == NULL
            || same(command->client_id, other->client_id) || !same(command->target, other->target)
            || strcmp(command->action, other->action) != 0) {
            continue;
        }
        log_notice("Merging fencing action '%s' targeting %s originating from client %s with identical "
                   "fencing request",
                   other->action, other->target != NULL ? other->target : "(none)", other->client_id);
        g_queue_remove(&queue->pending, other);
        queue->active++;
        other->merged = true;
        command_end(other, result);
    }
    g_list_free(copies);
}

void commands_release_device(device_t *device, device_t *replacement)
{
    queue_t *queue = queue_of(device);
    command_t *command;

    queue->released = true;
    if (queue->trigger != 0) {
        g_source_remove(queue->trigger);
        queue->trigger = 0;
    }
    queue->active++;                     /* keeps the device until we are through */
    while ((command = g_queue_pop_head(&queue->pending)) != NULL) {
        if (replacement != NULL) {
            command->device = replacement;
            g_queue_push_tail(&queue_of(replacement)->pending, command);
            trigger(replacement);
        } else {
            queue->active++;
            end_with(command, CRM_EX_ERROR, EXEC_NO_FENCE_DEVICE,
                     "Device was removed before action could be executed");
        }
    }
    queue->active--;
    free_if_idle(device);
}
