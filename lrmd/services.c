/* Running actions of agents: preparation, environment, results (executor.md §6, §7). */
#include "config.h"
#include "lrmd/services.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lrmd/lrmd_client.h"
#include "lrmd/proc.h"
#include "lrmd/systemd.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/time_format.h"
#include "pacemaker/common/xml.h"

#define ENV_NAME_MAX 499u            /* longer names of environment variables are cut */
#define EXIT_REASON_MAX 128u
#define EXIT_REASON_PREFIX "ocf-exit-reason:"
#define NAGIOS_ARGS_MAX 255u
#define SECRET_MAX 254u
#define SECRET_MARK "lrm://"

struct svc {
    svc_result_t result;
    rsc_class_t class;               /* resolved */
    char *name;                      /* rsc_action_interval */
    char *action;
    char *path;                      /* executable, NULL for systemd */
    unsigned timeout_ms, interval_ms;
    proc_t *proc;
    systemd_op_t *systemd;
    guint deferred;                  /* report of an immediate result */
    svc_done_fn done;
    void *arg;
};

/* ---- results ---- */

void svc_result_set(svc_result_t *result, int rc, int status, const char *reason)
{
    char *copy = reason != NULL ? g_strdup(reason) : NULL;

    g_free(result->reason);
    result->rc = rc;
    result->status = status;
    result->reason = copy;
}

void svc_result_setf(svc_result_t *result, int rc, int status, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    svc_result_set(result, rc, status, text);
    g_free(text);
}

void svc_result_clear(svc_result_t *result)
{
    g_free(result->reason);
    g_free(result->out);
    g_free(result->err);
    *result = (svc_result_t){0};
}

char *svc_exit_reason(const char *err)
{
    const char *last = NULL;

    for (const char *p = err; p != NULL && (p = strstr(p, EXIT_REASON_PREFIX)) != NULL; p++) {
        last = p;
    }
    if (last == NULL) {
        return NULL;
    }
    last += strlen(EXIT_REASON_PREFIX);
    size_t length = strcspn(last, "\n");
    if (length > EXIT_REASON_MAX) {
        length = EXIT_REASON_MAX;
    }
    return length > 0 ? g_strndup(last, length) : NULL;
}

/* The error that kept us from running it, as the reference words it (§6.1). */
static void set_errno_result(svc_result_t *result, int error, const char *name)
{
    switch (error) {
        case ENOENT:
        case EISDIR:
        case ENOTDIR:
        case EINVAL:
        case ENOEXEC:
            svc_result_setf(result, OCF_NOT_INSTALLED, EXEC_NOT_INSTALLED, "%s: %s", name,
                            pcmk_strerror(error));
            break;
        case EACCES:
        case EPERM:
            svc_result_setf(result, OCF_INSUFFICIENT_PRIV, EXEC_ERROR, "%s: %s", name, pcmk_strerror(error));
            break;
        default:
            svc_result_set(result, OCF_UNKNOWN_ERROR, EXEC_ERROR, pcmk_strerror(error));
            break;
    }
}

/* ---- secrets ---- */

/* First line of a small file, trailing blanks removed; false when it cannot be read. */
static bool read_secret_line(const char *path, char buffer[SECRET_MAX + 1])
{
    FILE *file = fopen(path, "re");
    bool ok = false;

    if (file != NULL) {
        ok = fgets(buffer, SECRET_MAX + 1, file) != NULL;
        fclose(file);
    }
    if (ok) {
        buffer[strcspn(buffer, "\n")] = '\0';
        g_strchomp(buffer);
    }
    return ok;
}

static char *load_secret(const char *rsc_id, const char *name)
{
    char value[SECRET_MAX + 1], signature[SECRET_MAX + 1];
    char *path = g_strdup_printf("%s/%s/%s", SECRETS_DIR, rsc_id, name);
    char *sign_path = g_strdup_printf("%s.sign", path);
    char *digest = NULL, *result = NULL;

    if (strchr(name, '/') == NULL && strchr(rsc_id, '/') == NULL && read_secret_line(path, value)
        && read_secret_line(sign_path, signature)) {
        digest = md5_hex(value, strlen(value));
        if (strcasecmp(digest, signature) == 0) {
            result = g_strdup(value);
        }
    }
    if (result == NULL) {
        log_err("Cannot load secret %s of resource %s from %s", name, rsc_id, path);
    }
    free(digest);
    g_free(sign_path);
    g_free(path);
    return result;
}

bool svc_load_secrets(const char *rsc_id, GHashTable *params)
{
    GHashTableIter iter;
    gpointer name, value;
    bool ok = true;

    if (params == NULL) {
        return true;
    }
    g_hash_table_iter_init(&iter, params);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        char *secret = strcmp(value, SECRET_MARK) == 0 ? load_secret(rsc_id, name) : NULL;

        if (secret != NULL) {
            g_hash_table_iter_replace(&iter, secret);
        } else if (strcmp(value, SECRET_MARK) == 0) {
            ok = false;
        }
    }
    return ok;
}

/* ---- environment and arguments ---- */

static char **set_env(char **env, const char *name, const char *value)
{
    char *cut = g_strndup(name, ENV_NAME_MAX);

    if (cut[0] != '\0' && strchr(cut, '=') == NULL) {
        env = g_environ_setenv(env, cut, value, TRUE);
    }
    g_free(cut);
    return env;
}

static char **ocf_environment(const svc_request_t *req, GHashTable *params)
{
    char **env = g_get_environ();
    GHashTableIter iter;
    gpointer name, value;

    if (params != NULL) {
        g_hash_table_iter_init(&iter, params);
        while (g_hash_table_iter_next(&iter, &name, &value)) {
            char *variable = strcmp(name, "OCF_CHECK_LEVEL") == 0
                                 ? g_strdup(name)
                                 : g_strdup_printf("OCF_RESKEY_%s", (char *)name);
            env = set_env(env, variable, value);
            g_free(variable);
        }
    }
    env = set_env(env, "OCF_RA_VERSION_MAJOR", "1");
    env = set_env(env, "OCF_RA_VERSION_MINOR", "1");
    env = set_env(env, "OCF_ROOT", OCF_ROOT);
    env = set_env(env, "OCF_EXIT_REASON_PREFIX", EXIT_REASON_PREFIX);
    env = set_env(env, "OCF_RESOURCE_INSTANCE", req->rsc_id);
    env = set_env(env, "OCF_RESOURCE_TYPE", req->agent);
    env = set_env(env, "OCF_RESOURCE_PROVIDER", req->provider);
    return env;
}

/* Arguments of a nagios plug-in; NULL with E2BIG when there are too many. */
static char **nagios_arguments(const svc_request_t *req, const char *path, int *error)
{
    GPtrArray *args = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer name, value;

    g_ptr_array_add(args, g_strdup(path));
    if (strcasecmp(req->action, "monitor") == 0 && req->interval_ms == 0) {
        g_ptr_array_add(args, g_strdup("--version"));
    } else if (req->params != NULL) {
        g_hash_table_iter_init(&iter, req->params);
        while (g_hash_table_iter_next(&iter, &name, &value)) {
            if (strcmp(name, "crm_feature_set") != 0 && strstr(name, "CRM_meta_") == NULL) {
                g_ptr_array_add(args, g_strdup_printf("--%s", (char *)name));
                g_ptr_array_add(args, g_strdup(value));
            }
        }
    }
    if (args->len > NAGIOS_ARGS_MAX) {
        g_ptr_array_unref(args);
        *error = E2BIG;
        return NULL;
    }
    g_ptr_array_add(args, NULL);
    return (char **)g_ptr_array_free(args, FALSE);
}

/* Executable of an agent, g_free(); NULL for classes without one. */
static char *agent_path(rsc_class_t class, const char *provider, const char *agent)
{
    switch (class) {
        case CLASS_OCF:
            return g_build_filename(OCF_RESOURCE_PATH, provider, agent, NULL);
        case CLASS_LSB:
            return agent[0] == '/' ? g_strdup(agent) : g_build_filename(LSB_DIR, agent, NULL);
        case CLASS_NAGIOS:
            return g_build_filename(NAGIOS_DIR, agent, NULL);
        default:
            return NULL;
    }
}

/* What the child does when exec fails; runs between fork and exec. */
static int child_exec_failed(int error, void *arg)
{
    const svc_t *svc = arg;
    svc_result_t result = {0};

    if (svc->class == CLASS_OCF) {
        const char text[] = EXIT_REASON_PREFIX "Child process was unable to execute file\n";
        ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);
        (void)ignored;
    }
    set_errno_result(&result, error, "");
    int rc = result.rc;
    if (svc->class == CLASS_LSB && strcasecmp(svc->action, "status") == 0) {
        rc = rc == OCF_NOT_INSTALLED ? 150 : rc == OCF_INSUFFICIENT_PRIV ? 151 : 4;
    }
    return rc;
}

/* ---- running ---- */

static bool request_complete(const svc_request_t *req)
{
    return req->rsc_id != NULL && req->standard != NULL && req->agent != NULL && req->action != NULL
           && (!rsc_class_has_provider(req->standard) || req->provider != NULL);
}

/* Fill in svc->path, or its result when it cannot run; true = go on. */
static bool svc_prepare(svc_t *svc, const svc_request_t *req)
{
    struct stat st;

    if (!request_complete(req)) {
        svc_result_set(&svc->result, OCF_UNKNOWN_ERROR, EXEC_ERROR_FATAL,
                       "Required agent or action information missing");
        return false;
    }
    svc->class = rsc_class_resolve(rsc_class(req->standard), req->agent);
    svc->action = g_strdup(rsc_class_action(svc->class, req->action));
    svc->name = g_strdup_printf("%s_%s_%u", req->rsc_id, req->action, req->interval_ms);
    if (svc->class == CLASS_SYSTEMD) {
        return true;
    }
    if (svc->class == CLASS_NAGIOS && strcasecmp(req->action, "stop") == 0) {
        svc_result_set(&svc->result, OCF_OK, EXEC_DONE, NULL);
        return false;
    }
    svc->path = agent_path(svc->class, req->provider, req->agent);
    if (svc->path != NULL && stat(svc->path, &st) == 0) {
        return true;
    }
    svc->result.unprepared = svc->path == NULL || svc->class == CLASS_OCF;
    set_errno_result(&svc->result, svc->path == NULL ? ENOENT : errno,
                     svc->result.unprepared ? req->agent : svc->path);
    if (svc->class == CLASS_NAGIOS) {
        svc->result.poll = true;
        svc->result.rc = OCF_UNKNOWN_ERROR;         /* a missing plug-in is "state unknown" for this class */
    }
    return false;
}

static bool on_fail_is_block(const svc_request_t *req)
{
    const char *on_fail = req->params != NULL ? g_hash_table_lookup(req->params, "CRM_meta_on_fail") : NULL;

    return on_fail != NULL && strcmp(on_fail, "block") == 0;
}

/* Build the command in spec (what it points to is released with free_spec()). 0 or errno. */
static int build_spec(svc_t *svc, const svc_request_t *req, proc_spec_t *spec)
{
    int error = 0;

    *spec = (proc_spec_t){
        .name = svc->name,
        .path = svc->path,
        .timeout_ms = req->timeout_ms,
        .kill_child_only = on_fail_is_block(req),
        .exec_failed = child_exec_failed,
        .exec_failed_arg = svc,
    };
    if (svc->class == CLASS_NAGIOS) {
        spec->argv = nagios_arguments(req, svc->path, &error);
        return error;
    }
    char *const argv[] = {svc->path, svc->action, NULL};
    spec->argv = g_strdupv((char **)argv);
    if (svc->class == CLASS_OCF) {
        spec->envp = ocf_environment(req, req->params);
    }
    return 0;
}

static void free_spec(proc_spec_t *spec)
{
    g_strfreev((char **)spec->argv);
    g_strfreev((char **)spec->envp);
}

static void log_streams(const svc_t *svc, const proc_result_t *run)
{
    if (run->err[0] != '\0') {
        log_info("%s stderr: %s", svc->name, run->err);
    }
    if (run->out[0] != '\0') {
        log_debug("%s stdout: %s", svc->name, run->out);
    }
}

/* Turn the end of the process into a result. */
static void set_run_result(svc_t *svc, proc_result_t *run)
{
    char text[64];

    log_streams(svc, run);
    if (run->timed_out) {
        svc_result_setf(&svc->result, OCF_UNKNOWN_ERROR, EXEC_TIMEOUT,
                        "Resource agent did not complete within %s",
                        interval_text(svc->timeout_ms, text, sizeof(text)));
    } else if (run->signo != 0) {
        svc_result_setf(&svc->result, OCF_UNKNOWN_ERROR, EXEC_ERROR,
                        "Resource agent interrupted by %s signal", strsignal(run->signo));
    } else {
        int rc = rsc_class_exit(svc->class, svc->action, run->exit_status);
        char *reason = svc->class == CLASS_OCF ? svc_exit_reason(run->err) : NULL;

        svc_result_set(&svc->result, rc, EXEC_DONE, reason);
        g_free(reason);
    }
    if (run->out[0] != '\0') {
        svc->result.out = run->out;
        run->out = NULL;
    }
    if (run->err[0] != '\0') {
        svc->result.err = run->err;
        run->err = NULL;
    }
}

/* A nagios probe only shows that the plug-in is there; a start fails until what it looks at has come up. */
static void adjust_nagios(svc_t *svc)
{
    svc->result.poll = svc->class == CLASS_NAGIOS && svc->result.rc != OCF_OK;
    if (svc->class == CLASS_NAGIOS && svc->result.status == EXEC_DONE && svc->result.rc == OCF_OK
        && svc->interval_ms == 0 && strcasecmp(svc->action, "monitor") == 0) {
        svc->result.rc = OCF_NOT_RUNNING;
    }
}

static void svc_free(svc_t *svc)
{
    if (svc->deferred != 0) {
        g_source_remove(svc->deferred);
    }
    svc_result_clear(&svc->result);
    g_free(svc->name);
    g_free(svc->action);
    g_free(svc->path);
    g_free(svc);
}

static void svc_finish(svc_t *svc)
{
    svc->done(svc, &svc->result, svc->arg);
    svc_free(svc);
}

static gboolean on_deferred(gpointer data)
{
    svc_t *svc = data;

    svc->deferred = 0;
    svc_finish(svc);
    return G_SOURCE_REMOVE;
}

static void svc_defer(svc_t *svc)
{
    svc->deferred = g_idle_add_full(G_PRIORITY_DEFAULT, on_deferred, svc, NULL);
}

static void on_proc_done(proc_t *proc, proc_result_t *run, void *arg)
{
    svc_t *svc = arg;

    svc->proc = NULL;
    set_run_result(svc, run);
    adjust_nagios(svc);
    svc_finish(svc);
}

static void on_systemd_done(systemd_op_t *op, svc_result_t *result, void *arg)
{
    svc_t *svc = arg;

    svc->systemd = NULL;
    svc->result = *result;
    *result = (svc_result_t){0};
    svc_finish(svc);
}

/* The request with secrets in place of marks. false: result set, do not run. */
static bool resolve_secrets(svc_t *svc, svc_request_t *req, GHashTable **copy)
{
    GHashTableIter iter;
    gpointer name, value;

    *copy = NULL;
    if (req->params == NULL) {
        return true;
    }
    *copy = lrmd_params_new();
    g_hash_table_iter_init(&iter, req->params);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        g_hash_table_insert(*copy, g_strdup(name), g_strdup(value));
    }
    req->params = *copy;
    if (!svc_load_secrets(req->rsc_id, *copy) && strcasecmp(req->action, "stop") != 0) {
        svc_result_set(&svc->result, OCF_INVALID_PARAM, EXEC_DONE, "Unable to load CIB secrets");
        return false;
    }
    return true;
}

static void start_program(svc_t *svc, const svc_request_t *original)
{
    svc_request_t req = *original;
    GHashTable *params = NULL;
    proc_spec_t spec = {0};
    int error = 0;

    if (!resolve_secrets(svc, &req, &params)) {
        svc_defer(svc);
    } else {
        error = build_spec(svc, &req, &spec);
        if (error == 0) {
            svc->proc = proc_start(&spec, on_proc_done, svc, &error);
        }
        if (svc->proc == NULL) {
            set_errno_result(&svc->result, error, svc->path);
            svc_defer(svc);
        }
        free_spec(&spec);
    }
    if (params != NULL) {
        g_hash_table_unref(params);
    }
}

svc_t *svc_start(const svc_request_t *request, svc_done_fn done, void *arg)
{
    svc_t *svc = g_new0(svc_t, 1);

    svc->done = done;
    svc->arg = arg;
    svc->timeout_ms = request->timeout_ms;
    svc->interval_ms = request->interval_ms;
    if (!svc_prepare(svc, request)) {
        svc_defer(svc);
    } else if (svc->class == CLASS_SYSTEMD) {
        svc->systemd = systemd_start(request, on_systemd_done, svc);
    } else {
        start_program(svc, request);
    }
    return svc;
}

void svc_cancel(svc_t *svc)
{
    if (svc->proc != NULL) {
        proc_kill(svc->proc);
    }
    if (svc->systemd != NULL) {
        systemd_abandon(svc->systemd);
    }
    svc_free(svc);
}

static void run_program(svc_t *svc, const svc_request_t *original)
{
    svc_request_t req = *original;
    GHashTable *params = NULL;
    proc_spec_t spec = {0};
    proc_result_t run = {0};

    if (resolve_secrets(svc, &req, &params)) {
        int error = build_spec(svc, &req, &spec);

        if (error == 0) {
            error = proc_run(&spec, &run);
        }
        if (error != 0) {
            set_errno_result(&svc->result, error, svc->path);
        } else {
            set_run_result(svc, &run);
            adjust_nagios(svc);
        }
        free_spec(&spec);
    }
    proc_result_clear(&run);
    if (params != NULL) {
        g_hash_table_unref(params);
    }
}

void svc_run(const svc_request_t *request, svc_result_t *result)
{
    svc_t *svc = g_new0(svc_t, 1);

    svc->timeout_ms = request->timeout_ms;
    svc->interval_ms = request->interval_ms;
    if (svc_prepare(svc, request)) {
        if (svc->class == CLASS_SYSTEMD) {
            systemd_run(request, &svc->result);
        } else {
            run_program(svc, request);
        }
    }
    *result = svc->result;
    svc->result = (svc_result_t){0};
    svc_free(svc);
}

/* ---- alerts ---- */

struct svc_alert {
    char *id;
    unsigned timeout_ms;
    void (*done)(void *arg);
    void *arg;
};

static void on_alert_done(proc_t *proc, proc_result_t *run, void *arg)
{
    svc_alert_t *alert = arg;

    if (run->timed_out) {
        log_warn("Alert agent %s did not complete within %ums", alert->id, alert->timeout_ms);
    } else if (run->signo != 0) {
        log_warn("Alert agent %s interrupted by %s signal", alert->id, strsignal(run->signo));
    } else {
        log_debug("Alert agent %s ended with status %d", alert->id, run->exit_status);
    }
    if (run->err[0] != '\0') {
        log_info("%s stderr: %s", alert->id, run->err);
    }
    if (alert->done != NULL) {
        alert->done(alert->arg);
    }
    g_free(alert->id);
    g_free(alert);
}

int svc_alert_start(const char *id, const char *path, unsigned timeout_ms, GHashTable *env,
                    void (*done)(void *arg), void *arg)
{
    proc_spec_t spec = {.name = id, .path = path, .timeout_ms = timeout_ms, .as_user = getuid() == 0};
    GHashTableIter iter;
    gpointer name, value;
    struct stat st;
    int rc = stat(path, &st) < 0 ? -errno : 0;

    if (rc == 0 && spec.as_user) {
        rc = daemon_user_ids(&spec.uid, &spec.gid);
    }
    if (rc < 0) {
        log_warn("Cannot run alert agent %s (%s): %s", id, path, strerror(-rc));
        return rc;
    }
    char **variables = g_get_environ();
    g_hash_table_iter_init(&iter, env);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        variables = set_env(variables, name, value);
    }
    spec.envp = variables;
    svc_alert_t *alert = g_new0(svc_alert_t, 1);
    *alert = (svc_alert_t){.id = g_strdup(id), .timeout_ms = timeout_ms, .done = done, .arg = arg};
    if (proc_start(&spec, on_alert_done, alert, &rc) == NULL) {
        log_warn("Cannot run alert agent %s (%s): %s", id, path, strerror(rc));
        g_free(alert->id);
        g_free(alert);
        rc = -rc;
    } else {
        rc = 0;
    }
    g_strfreev(variables);
    return rc;
}
