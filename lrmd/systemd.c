/* systemd units over the system bus with sd-bus (executor.md §8).
 *
 * An operation is a chain of asynchronous calls: LoadUnit, then what the action needs. The same chain
 * serves the executor (in the main loop) and the tools (pumped here until it ends). */
#include "config.h"
#include "lrmd/systemd.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <systemd/sd-bus.h>

#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

#define SYSTEMD_NAME    "org.freedesktop.systemd1"
#define SYSTEMD_PATH    "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"
#define SYSTEMD_UNIT    "org.freedesktop.systemd1.Unit"
#define OVERRIDE_ROOT   "/run/systemd/system"
#define EXTRA_TIME_MS   5000u         /* what an operation gets beyond its own timeout */
#define UNITS_MAX       100000u

struct systemd_op {
    char *agent, *action, *unit;
    unsigned timeout_ms;
    sd_bus_slot *slot;                /* the call in flight */
    guint timer;                      /* end of our patience, or the deferred report of a failure */
    bool finished;
    svc_result_t result;
    systemd_done_fn done;             /* NULL when pumped */
    void *arg;
};

static sd_bus *bus;                   /* shared connection, opened on demand */

/* ---- sd-bus in a GLib main loop ---- */

typedef struct {
    GSource source;
    GPollFD poll;
} bus_source_t;

static GSource *bus_source;

static gboolean bus_prepare(GSource *source, gint *timeout)
{
    uint64_t until = 0;
    int events = sd_bus_get_events(bus);
    int64_t now = g_get_monotonic_time();

    ((bus_source_t *)source)->poll.events = (gushort)(events > 0 ? events : POLLIN);
    *timeout = -1;
    if (sd_bus_get_timeout(bus, &until) >= 0 && until != UINT64_MAX) {
        int64_t left = (int64_t)until - now;
        *timeout = left <= 0 ? 0 : left > 3600000000LL ? 3600000 : (gint)(left / 1000 + 1);
    }
    return *timeout == 0;
}

static gboolean bus_check(GSource *source)
{
    uint64_t until = 0;

    if (((bus_source_t *)source)->poll.revents != 0) {
        return TRUE;
    }
    return sd_bus_get_timeout(bus, &until) >= 0 && until != UINT64_MAX
           && (int64_t)until <= g_get_monotonic_time();
}

static void bus_close(void)
{
    if (bus_source != NULL) {
        g_source_destroy(bus_source);
        g_source_unref(bus_source);
        bus_source = NULL;
    }
    bus = sd_bus_close_unref(bus);
}

static gboolean bus_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    int rc = 1;

    for (unsigned i = 0; rc > 0 && i < 64; i++) {
        rc = sd_bus_process(bus, NULL);
    }
    if (rc < 0) {
        log_warn("Connection to the system bus lost: %s", strerror(-rc));
        bus_close();
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs bus_source_funcs = {.prepare = bus_prepare, .check = bus_check, .dispatch = bus_dispatch};

static bool bus_open(void)
{
    if (bus != NULL && sd_bus_is_open(bus) > 0) {
        return true;
    }
    bus_close();
    int rc = sd_bus_open_system(&bus);
    if (rc < 0) {
        log_debug("No connection to the system bus: %s", strerror(-rc));
        bus = NULL;
        return false;
    }
    sd_bus_set_exit_on_disconnect(bus, 0);
    return true;
}

static void bus_attach(void)
{
    if (bus_source == NULL) {
        bus_source = g_source_new(&bus_source_funcs, sizeof(bus_source_t));
        ((bus_source_t *)bus_source)->poll.fd = sd_bus_get_fd(bus);
        ((bus_source_t *)bus_source)->poll.events = POLLIN;
        g_source_add_poll(bus_source, &((bus_source_t *)bus_source)->poll);
        g_source_attach(bus_source, NULL);
    }
}

/* ---- names ---- */

static const char *const suffixes[] = {".service", ".socket", ".mount", ".timer", ".path"};

static const char *unit_suffix(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        if (g_str_has_suffix(name, suffixes[i])) {
            return suffixes[i];
        }
    }
    return NULL;
}

/* Full unit name. A template gets an instance when asked for, or when the suffix is explicit. */
static char *unit_name(const char *agent, bool instance)
{
    const char *suffix = unit_suffix(agent);
    char *stem = suffix != NULL ? g_strndup(agent, strlen(agent) - strlen(suffix)) : g_strdup(agent);
    bool template = g_str_has_suffix(stem, "@") && (instance || suffix != NULL);
    char *name =
        g_strdup_printf("%s%s%s", stem, template ? "pacemaker" : "", suffix != NULL ? suffix : ".service");

    g_free(stem);
    return name;
}

/* ---- override drop-in ---- */

static char *override_dir(const char *agent)
{
    return g_strdup_printf("%s/%s.service.d", OVERRIDE_ROOT, agent);
}

static void reload_units(void)
{
    sd_bus_call_method_async(bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Reload", NULL, NULL,
                             NULL);
}

static void write_override(const char *agent)
{
    char *dir = override_dir(agent);
    char *file = g_build_filename(dir, "50-pacemaker.conf", NULL);

    if (strchr(agent, '/') != NULL || g_mkdir_with_parents(dir, 0755) < 0) {
        log_warn("Could not create systemd override folder %s: %s", dir, strerror(errno));
    } else {
        mode_t mask = umask(S_IWGRP | S_IWOTH);
        FILE *stream = fopen(file, "w");

        umask(mask);
        if (stream == NULL) {
            log_warn("Could not write systemd override %s: %s", file, strerror(errno));
        } else {
            fprintf(stream, "[Unit]\nDescription=Cluster Controlled %s\n"
                            "Before=pacemaker.service pacemaker_remote.service\n\n"
                            "[Service]\nRestart=no\n\n", agent);
            if (fclose(stream) != 0) {
                log_warn("Could not write systemd override %s: %s", file, strerror(errno));
            }
        }
        reload_units();
    }
    g_free(file);
    g_free(dir);
}

static void remove_override(const char *agent)
{
    char *dir = override_dir(agent);
    char *file = g_build_filename(dir, "50-pacemaker.conf", NULL);

    if (strchr(agent, '/') == NULL && unlink(file) == 0) {
        (void)rmdir(dir);
        reload_units();
    }
    g_free(file);
    g_free(dir);
}

/* ---- one operation ---- */

static void op_free(systemd_op_t *op)
{
    sd_bus_slot_unref(op->slot);
    if (op->timer != 0) {
        g_source_remove(op->timer);
    }
    svc_result_clear(&op->result);
    g_free(op->agent);
    g_free(op->action);
    g_free(op->unit);
    g_free(op);
}

static gboolean report(gpointer data)
{
    systemd_op_t *op = data;

    op->timer = 0;
    op->done(op, &op->result, op->arg);
    op_free(op);
    return G_SOURCE_REMOVE;
}

/* The result is set: report it from the main loop, or let the pump see it. */
static void op_end(systemd_op_t *op)
{
    op->finished = true;
    op->slot = sd_bus_slot_unref(op->slot);
    if (op->timer != 0) {
        g_source_remove(op->timer);
        op->timer = 0;
    }
    if (op->done != NULL) {
        op->timer = g_idle_add_full(G_PRIORITY_DEFAULT, report, op, NULL);
    }
}

static void op_fail(systemd_op_t *op, int rc, int status, const char *reason)
{
    svc_result_set(&op->result, rc, status, reason);
    op_end(op);
}

static bool unit_missing(const char *error)
{
    return error != NULL
           && (strstr(error, "systemd1.InvalidName") != NULL || strstr(error, "systemd1.LoadFailed") != NULL
               || strstr(error, "systemd1.NoSuchUnit") != NULL);
}

/* Result of a method call that failed. */
static void op_method_error(systemd_op_t *op, const sd_bus_error *error)
{
    if (!unit_missing(error->name)) {
        log_err("systemd %s of %s failed: %s", op->action, op->unit,
                error->message != NULL ? error->message : error->name);
        op_fail(op, OCF_UNKNOWN_ERROR, EXEC_ERROR, "Unable to invoke systemd DBus method");
    } else if (strcasecmp(op->action, "stop") == 0) {
        op->result.poll = true;          /* the reference looks whether it has stopped even so */
        op_fail(op, OCF_OK, EXEC_DONE, NULL);
    } else {
        svc_result_setf(&op->result, OCF_NOT_INSTALLED, EXEC_NOT_INSTALLED, "systemd unit %s not found",
                        op->agent);
        op_end(op);
    }
}

static void set_unit_state(svc_result_t *result, const char *state)
{
    if (strcmp(state, "active") == 0 || strcmp(state, "reloading") == 0) {
        svc_result_set(result, OCF_OK, EXEC_DONE, NULL);
    } else if (strcmp(state, "activating") == 0 || strcmp(state, "deactivating") == 0) {
        svc_result_set(result, OCF_UNKNOWN, EXEC_PENDING, NULL);
    } else {
        svc_result_set(result, OCF_NOT_RUNNING, EXEC_DONE, state);
    }
}

static int on_state(sd_bus_message *reply, void *data, sd_bus_error *ret)
{
    systemd_op_t *op = data;
    const char *state = NULL;

    if (sd_bus_message_is_method_error(reply, NULL) || sd_bus_message_read(reply, "v", "s", &state) < 0) {
        svc_result_setf(&op->result, OCF_UNKNOWN_ERROR, EXEC_ERROR,
                        "Could not get state for unit %s from DBus", op->agent);
    } else {
        set_unit_state(&op->result, state);
    }
    op_end(op);
    return 1;
}

static int on_job(sd_bus_message *reply, void *data, sd_bus_error *ret)
{
    systemd_op_t *op = data;

    if (sd_bus_message_is_method_error(reply, NULL)) {
        op_method_error(op, sd_bus_message_get_error(reply));
    } else {
        svc_result_set(&op->result, OCF_OK, EXEC_DONE, NULL);
        op->result.poll = true;
        op_end(op);
    }
    return 1;
}

/* Send a call with the operation's timeout as the call's. */
static int op_call(systemd_op_t *op, sd_bus_message *call, sd_bus_message_handler_t handler)
{
    op->slot = sd_bus_slot_unref(op->slot);
    int rc = sd_bus_call_async(bus, &op->slot, call, handler, op,
                               op->timeout_ms != 0 ? (uint64_t)op->timeout_ms * 1000 : UINT64_MAX);
    sd_bus_message_unref(call);
    return rc;
}

static int op_query_state(systemd_op_t *op, const char *path)
{
    sd_bus_message *call = NULL;
    int rc = sd_bus_message_new_method_call(bus, &call, SYSTEMD_NAME, path, "org.freedesktop.DBus.Properties",
                                            "Get");

    if (rc >= 0) {
        rc = sd_bus_message_append(call, "ss", SYSTEMD_UNIT, "ActiveState");
    }
    return rc >= 0 ? op_call(op, call, on_state) : rc;
}

static int op_queue_job(systemd_op_t *op, const char *method)
{
    sd_bus_message *call = NULL;
    int rc = sd_bus_message_new_method_call(bus, &call, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, method);

    if (rc >= 0) {
        rc = sd_bus_message_append(call, "ss", op->unit, "replace");
    }
    return rc >= 0 ? op_call(op, call, on_job) : rc;
}

static int op_continue(systemd_op_t *op, const char *path)
{
    if (strcasecmp(op->action, "status") == 0 || strcasecmp(op->action, "monitor") == 0) {
        return op_query_state(op, path);
    }
    if (strcasecmp(op->action, "start") == 0) {
        write_override(op->agent);
        return op_queue_job(op, "StartUnit");
    }
    if (strcasecmp(op->action, "stop") == 0) {
        remove_override(op->agent);
        return op_queue_job(op, "StopUnit");
    }
    if (strcasecmp(op->action, "restart") == 0) {
        return op_queue_job(op, "RestartUnit");
    }
    svc_result_setf(&op->result, OCF_UNIMPLEMENTED, EXEC_ERROR,
                    "Action %s not implemented for systemd resources", op->action);
    op_end(op);
    return 0;
}

static int on_unit_loaded(sd_bus_message *reply, void *data, sd_bus_error *ret)
{
    systemd_op_t *op = data;
    const char *path = NULL;

    if (sd_bus_message_is_method_error(reply, NULL) || sd_bus_message_read(reply, "o", &path) < 0) {
        svc_result_setf(&op->result, OCF_UNKNOWN_ERROR, EXEC_ERROR,
                        "No DBus object found for systemd unit %s", op->agent);
        op_end(op);
    } else if (op_continue(op, path) < 0) {
        op_fail(op, OCF_UNKNOWN_ERROR, EXEC_ERROR, "Unable to invoke systemd DBus method");
    }
    return 1;
}

static gboolean on_time_limit(gpointer data)
{
    systemd_op_t *op = data;

    op->timer = 0;
    svc_result_setf(&op->result, OCF_UNKNOWN_ERROR, EXEC_TIMEOUT,
                    "%s action for systemd unit %s did not complete in time", op->action, op->agent);
    op_end(op);
    return G_SOURCE_REMOVE;
}

static systemd_op_t *op_new(const svc_request_t *request, systemd_done_fn done, void *arg)
{
    systemd_op_t *op = g_new0(systemd_op_t, 1);

    op->agent = g_strdup(request->agent);
    op->action = g_strdup(rsc_class_action(CLASS_SYSTEMD, request->action));
    op->unit = unit_name(request->agent, false);
    op->timeout_ms = request->timeout_ms;
    op->done = done;
    op->arg = arg;
    return op;
}

static void op_begin(systemd_op_t *op)
{
    sd_bus_message *call = NULL;

    if (!bus_open()) {
        op_fail(op, OCF_UNKNOWN_ERROR, EXEC_ERROR, "No DBus connection");
        return;
    }
    if (sd_bus_message_new_method_call(bus, &call, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "LoadUnit")
            < 0
        || sd_bus_message_append(call, "s", op->unit) < 0 || op_call(op, call, on_unit_loaded) < 0) {
        op_fail(op, OCF_UNKNOWN_ERROR, EXEC_ERROR, "Unable to invoke systemd DBus method");
    }
}

systemd_op_t *systemd_start(const svc_request_t *request, systemd_done_fn done, void *arg)
{
    systemd_op_t *op = op_new(request, done, arg);

    op_begin(op);
    if (!op->finished) {
        bus_attach();
        if (op->timeout_ms != 0) {
            op->timer = g_timeout_add(op->timeout_ms + EXTRA_TIME_MS, on_time_limit, op);
        }
    }
    return op;
}

void systemd_abandon(systemd_op_t *op)
{
    op_free(op);
}

void systemd_run(const svc_request_t *request, svc_result_t *result)
{
    systemd_op_t *op = op_new(request, NULL, NULL);
    int64_t limit = g_get_monotonic_time() + ((int64_t)op->timeout_ms + EXTRA_TIME_MS) * 1000;

    op_begin(op);
    while (!op->finished) {
        int rc = sd_bus_process(bus, NULL);

        if (rc == 0) {
            rc = sd_bus_wait(bus, 100000);
        }
        if (rc < 0 && rc != -EINTR && !op->finished) {
            op_fail(op, OCF_UNKNOWN_ERROR, EXEC_ERROR, "No DBus connection");
        } else if (!op->finished && op->timeout_ms != 0 && g_get_monotonic_time() > limit) {
            on_time_limit(op);
        }
    }
    *result = op->result;
    op->result = (svc_result_t){0};
    op_free(op);
}

/* ---- questions, waiting ---- */

/* A string property of a unit; g_free(), NULL when it cannot be had. */
static char *unit_property(const char *agent, const char *property)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    const char *path = NULL;
    char *text = NULL, *value = NULL;
    char *unit = unit_name(agent, true);

    if (bus_open()
        && sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "LoadUnit", &error, &reply,
                              "s", unit)
               >= 0
        && sd_bus_message_read(reply, "o", &path) >= 0
        && sd_bus_get_property_string(bus, SYSTEMD_NAME, path, SYSTEMD_UNIT, property, NULL, &text) >= 0) {
        value = g_strdup(text);
    }
    free(text);
    sd_bus_error_free(&error);
    sd_bus_message_unref(reply);
    g_free(unit);
    return value;
}

bool systemd_unit_exists(const char *agent)
{
    char *state = unit_property(agent, "LoadState");
    bool exists = state != NULL && (strcmp(state, "loaded") == 0 || strcmp(state, "masked") == 0);

    g_free(state);
    return exists;
}

static gint compare_nocase(gconstpointer a, gconstpointer b)
{
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

static char *listed_name(const char *file)
{
    char *name = g_path_get_basename(file);

    if (unit_suffix(name) == NULL) {
        g_free(name);
        return NULL;
    }
    if (g_str_has_suffix(name, ".service")) {
        name[strlen(name) - strlen(".service")] = '\0';
    }
    return name;
}

char **systemd_list_units(void)
{
    GPtrArray *names = g_ptr_array_new();
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    const char *file, *state;

    if (bus_open()
        && sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "ListUnitFiles", &error,
                              &reply, NULL)
               >= 0
        && sd_bus_message_enter_container(reply, 'a', "(ss)") >= 0) {
        while (names->len < UNITS_MAX && sd_bus_message_read(reply, "(ss)", &file, &state) > 0) {
            char *name = listed_name(file);
            if (name != NULL) {
                g_ptr_array_add(names, name);
            }
        }
    }
    sd_bus_error_free(&error);
    sd_bus_message_unref(reply);
    g_ptr_array_sort(names, compare_nocase);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

char *systemd_metadata(const char *agent)
{
    char *description = unit_property(agent, "Description");
    char *fallback = g_strdup_printf("Systemd unit file for %s", agent);
    char *text = g_markup_printf_escaped(
        "<?xml version=\"1.0\"?>\n"
        "<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">\n"
        "<resource-agent name=\"%s\" version=\"0.1\">\n"
        "  <version>1.1</version>\n"
        "  <longdesc lang=\"en\">\n    %s\n  </longdesc>\n"
        "  <shortdesc lang=\"en\">systemd unit file for %s</shortdesc>\n"
        "  <parameters/>\n"
        "  <actions>\n"
        "    <action name=\"start\"     timeout=\"100\" />\n"
        "    <action name=\"stop\"      timeout=\"100\" />\n"
        "    <action name=\"status\"    timeout=\"100\" />\n"
        "    <action name=\"monitor\"   timeout=\"100\" interval=\"60\"/>\n"
        "    <action name=\"meta-data\" timeout=\"5\"   />\n"
        "  </actions>\n"
        "  <special tag=\"systemd\"/>\n"
        "</resource-agent>\n",
        agent, description != NULL && description[0] != '\0' ? description : fallback, agent);

    g_free(fallback);
    g_free(description);
    return text;
}
