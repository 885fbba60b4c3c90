/* Client of the CIB: connection objects, calls, callbacks and subscriptions, whatever they are connected
 * to. */
#include "config.h"
#include "cib/client_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cib/ops.h"
#include "cib/store.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

/* ---- objects ---- */

static void subscription_free(void *data)
{
    struct subscription *subscription = data;

    g_free(subscription->event);
    g_free(subscription);
}

static void pending_free(void *data)
{
    struct pending *pending = data;

    if (pending->timer != 0) {
        g_source_remove(pending->timer);
    }
    if (pending->free_arg != NULL) {
        pending->free_arg(pending->arg);
    }
    g_free(pending);
}

static cib_t *new_object(enum cib_kind kind)
{
    cib_t *cib = g_new0(cib_t, 1);

    cib->kind = kind;
    cib->next_call = 1;
    cib->user = g_strdup(getenv("CIB_user"));
    cib->subscriptions = g_ptr_array_new_with_free_func(subscription_free);
    cib->pending = g_hash_table_new_full(NULL, NULL, NULL, pending_free);
    return cib;
}

cib_t *cib_new_daemon(void)
{
    return new_object(CIB_KIND_DAEMON);
}

cib_t *cib_new_file(const char *path)
{
    cib_t *cib = new_object(CIB_KIND_FILE);

    cib->path = g_strdup(path);
    return cib;
}

static bool is_daemon_user(void)
{
    uid_t uid;
    gid_t gid;

    return geteuid() == 0 || (daemon_user_ids(&uid, &gid) == 0 && uid == geteuid());
}

char *cib_shadow_path(const char *name)
{
    const char *dir = getenv("CIB_shadow_dir");
    char *home = NULL, *path;

    if (dir == NULL && is_daemon_user()) {
        dir = CIB_DIR;
    } else if (dir == NULL) {
        home = g_strdup_printf("%s/.cib", g_get_home_dir());
        if (mkdir(home, 0700) != 0 && errno != EEXIST) {
            log_err("Could not create %s: %s", home, strerror(errno));
            dir = g_get_tmp_dir();
        } else {
            dir = home;
        }
    }
    path = g_strdup_printf("%s/shadow.%s", dir, name);
    g_free(home);
    return path;
}

cib_t *cib_new_shadow(const char *name)
{
    cib_t *cib = new_object(CIB_KIND_FILE);

    cib->path = cib_shadow_path(name);
    return cib;
}

cib_t *cib_new(void)
{
    const char *shadow = getenv("CIB_shadow"), *file = getenv("CIB_file");

    if (shadow != NULL && *shadow != '\0') {
        return cib_new_shadow(shadow);
    }
    return file != NULL ? cib_new_file(file) : cib_new_daemon();
}

static void destroy(cib_t *cib)
{
    g_ptr_array_free(cib->subscriptions, TRUE);
    g_hash_table_destroy(cib->pending);
    g_free(cib->name);
    g_free(cib->user);
    g_free(cib->path);
    g_free(cib);
}

void cib_free(cib_t *cib)
{
    if (cib == NULL) {
        return;
    }
    cib_disconnect(cib);
    cib->doomed = true;
    if (cib->depth == 0) {
        destroy(cib);
    }
}

void cib_enter(cib_t *cib)
{
    cib->depth++;
}

void cib_leave(cib_t *cib)
{
    if (--cib->depth == 0 && cib->doomed) {
        destroy(cib);
    }
}

int cib_connect(cib_t *cib, const char *name, enum cib_channel channel)
{
    int rc;

    if (cib->connected) {
        return 0;
    }
    g_free(cib->name);
    cib->name = g_strdup(name);
    rc = (cib->kind == CIB_KIND_FILE) ? file_connect(cib) : daemon_connect(cib, channel);
    cib->connected = (rc == 0);
    return rc;
}

int cib_disconnect(cib_t *cib)
{
    int rc = 0;

    if (!cib->connected) {
        return 0;
    }
    cib->connected = false;
    if (cib->kind == CIB_KIND_FILE) {
        rc = file_disconnect(cib);
    } else {
        daemon_disconnect(cib);
    }
    cib_cancel_all(cib);
    g_ptr_array_set_size(cib->subscriptions, 0);
    return rc;
}

bool cib_connected(const cib_t *cib)
{
    return cib->connected;
}

bool cib_is_daemon(const cib_t *cib)
{
    return cib->kind == CIB_KIND_DAEMON;
}

void cib_on_lost(cib_t *cib, void (*fn)(cib_t *cib, void *arg), void *arg)
{
    cib->lost = fn;
    cib->lost_arg = arg;
}

void cib_set_user(cib_t *cib, const char *user)
{
    g_free(cib->user);
    cib->user = g_strdup(user != NULL ? user : getenv("CIB_user"));
}

/* ---- calls ---- */

int cib_next_call(cib_t *cib)
{
    int id = cib->next_call;

    cib->next_call = (id == INT_MAX) ? 1 : id + 1;
    return id;
}

xmlNode *cib_request_new(cib_t *cib, int call_id, const struct cib_call_args *args)
{
    xmlNode *request = xml_new("cib_command");

    xml_set(request, "__name__", "cib_command");
    xml_set(request, "t", "cib");
    xml_set(request, "cib_async_id", cib->token);
    xml_set(request, "cib_op", args->op);
    xml_set(request, "cib_host", args->host);
    xml_set(request, "cib_section", args->section);
    xml_set_int(request, "cib_callid", call_id);
    xml_set_int(request, "cib_callopt", (int)args->options);
    if (cib->user != NULL && *cib->user != '\0') {
        xml_set(request, "acl_target", cib->user);
        xml_set(request, "cib_user", cib->user);
    }
    if (args->data != NULL) {
        xml_add_copy(xml_add(request, "cib_calldata"), args->data);
    }
    return request;
}

/* The library refuses what no client should ask for. */
static int check_call(const cib_t *cib, const struct cib_call_args *args)
{
    if (!cib->connected) {
        return -ENOTCONN;
    }
    if (args->op == NULL || cib_op_find(args->op) == NULL) {
        return -EPROTONOSUPPORT;
    }
    return strcmp(args->op, CIB_OP_SECONDARY_ALL) == 0 ? -EPROTONOSUPPORT : 0;
}

int cib_call(cib_t *cib, const char *op, const char *host, const char *section, const xmlNode *data,
             uint32_t options, unsigned timeout, xmlNode **output)
{
    struct cib_call_args args = {
        op, host, section, data, options | CIB_OPT_SYNC_CALL, timeout != 0 ? timeout : CIB_DEFAULT_TIMEOUT,
    };
    xmlNode *result = NULL;
    int rc = check_call(cib, &args);

    if (rc == 0 && cib->kind == CIB_KIND_FILE) {
        rc = file_call(cib, &args, &result);
    } else if (rc == 0) {
        rc = daemon_call(cib, &args, &result);
    }
    if (output != NULL) {
        *output = result;
    } else {
        xml_free(result);
    }
    /* the daemon asks for a fresh copy by itself */
    return rc == -PCMK_ERR_DIFF_RESYNC ? 0 : rc;
}

static gboolean call_timed_out(gpointer data)
{
    struct pending *pending = data;

    pending->timer = 0;
    cib_call_over(pending->cib, pending->call_id, -ETIME, NULL);
    return G_SOURCE_REMOVE;
}

static void add_pending(cib_t *cib, int call_id, unsigned timeout, cib_done_fn done, void *arg,
                        void (*free_arg)(void *))
{
    struct pending *pending = g_new0(struct pending, 1);

    pending->cib = cib;
    pending->call_id = call_id;
    pending->done = done;
    pending->arg = arg;
    pending->free_arg = free_arg;
    pending->deadline = g_get_monotonic_time() + (gint64)timeout * G_USEC_PER_SEC;
    if (cib->attached) {
        pending->timer = g_timeout_add_seconds(timeout, call_timed_out, pending);
    }
    g_hash_table_insert(cib->pending, GINT_TO_POINTER(call_id), pending);
}

void cib_call_over(cib_t *cib, int call_id, int rc, xmlNode *output)
{
    struct pending *pending = g_hash_table_lookup(cib->pending, GINT_TO_POINTER(call_id));

    if (pending == NULL) {
        log_trace("Reply to call %d, for which nobody waits", call_id);
        return;
    }
    g_hash_table_steal(cib->pending, GINT_TO_POINTER(call_id));
    if (pending->timer != 0) {
        g_source_remove(pending->timer);
        pending->timer = 0;
    }
    cib_enter(cib);
    if (pending->done != NULL) {
        pending->done(cib, call_id, rc == -PCMK_ERR_DIFF_RESYNC ? 0 : rc, output, pending->arg);
    }
    pending_free(pending);
    cib_leave(cib);
}

int cib_send(cib_t *cib, const char *op, const char *host, const char *section, const xmlNode *data,
             uint32_t options, unsigned timeout, cib_done_fn done, void *arg, void (*free_arg)(void *))
{
    struct cib_call_args args = {
        op, host, section, data, options & ~(uint32_t)CIB_OPT_SYNC_CALL,
        timeout != 0 ? timeout : CIB_DEFAULT_TIMEOUT,
    };
    XML_AUTO xmlNode *output = NULL;
    int rc = check_call(cib, &args), call_id, result = 0;

    if (rc == 0 && g_hash_table_size(cib->pending) >= CIB_MAX_PENDING) {
        rc = -EAGAIN;
    }
    call_id = (rc == 0) ? cib_next_call(cib) : 0;
    if (rc == 0 && cib->kind == CIB_KIND_FILE) {
        result = file_call(cib, &args, &output);
    } else if (rc == 0) {
        rc = daemon_send(cib, &args, call_id);
    }
    if (rc != 0) {
        if (free_arg != NULL) {
            free_arg(arg);
        }
        return rc;
    }
    if (cib->kind == CIB_KIND_FILE || (options & CIB_OPT_DISCARD_REPLY) == 0) {
        add_pending(cib, call_id, args.timeout, done, arg, free_arg);
    } else if (free_arg != NULL) {
        free_arg(arg);
    }
    if (cib->kind == CIB_KIND_FILE) {
        cib_call_over(cib, call_id, result, output);
    }
    return call_id;
}

void cib_cancel_all(cib_t *cib)
{
    g_hash_table_remove_all(cib->pending);
}

void cib_cancel(cib_t *cib, int call_id)
{
    g_hash_table_remove(cib->pending, GINT_TO_POINTER(call_id));
}

unsigned cib_pending(const cib_t *cib)
{
    return g_hash_table_size(cib->pending);
}

int cib_query(cib_t *cib, const char *section, uint32_t options, xmlNode **output)
{
    return cib_call(cib, CIB_OP_QUERY, NULL, section, NULL, options, 0, output);
}

int cib_modify(cib_t *cib, const char *section, const xmlNode *data, uint32_t options)
{
    return cib_call(cib, CIB_OP_MODIFY, NULL, section, data, options, 0, NULL);
}

int cib_create(cib_t *cib, const char *section, const xmlNode *data, uint32_t options)
{
    return cib_call(cib, CIB_OP_CREATE, NULL, section, data, options, 0, NULL);
}

int cib_replace(cib_t *cib, const char *section, const xmlNode *data, uint32_t options)
{
    return cib_call(cib, CIB_OP_REPLACE, NULL, section, data, options, 0, NULL);
}

int cib_delete(cib_t *cib, const char *section, const xmlNode *data, uint32_t options)
{
    return cib_call(cib, CIB_OP_DELETE, NULL, section, data, options, 0, NULL);
}

/* ---- notifications ---- */

static bool subscribed(const cib_t *cib, const char *event)
{
    for (guint i = 0; i < cib->subscriptions->len; i++) {
        const struct subscription *subscription = cib->subscriptions->pdata[i];

        if (strcmp(subscription->event, event) == 0) {
            return true;
        }
    }
    return false;
}

int cib_subscribe(cib_t *cib, const char *event, cib_notify_fn fn, void *arg)
{
    struct subscription *subscription;
    int rc = 0;

    if (cib->kind == CIB_KIND_FILE) {
        return -EPROTONOSUPPORT;
    }
    if (!subscribed(cib, event)) {
        rc = daemon_set_notify(cib, event, true);
    }
    if (rc == 0) {
        subscription = g_new0(struct subscription, 1);
        subscription->event = g_strdup(event);
        subscription->fn = fn;
        subscription->arg = arg;
        g_ptr_array_add(cib->subscriptions, subscription);
    }
    return rc;
}

int cib_unsubscribe(cib_t *cib, const char *event, cib_notify_fn fn, void *arg)
{
    for (guint i = 0; i < cib->subscriptions->len; i++) {
        const struct subscription *subscription = cib->subscriptions->pdata[i];

        if (strcmp(subscription->event, event) == 0 && subscription->fn == fn && subscription->arg == arg) {
            g_ptr_array_remove_index(cib->subscriptions, i);
            return subscribed(cib, event) ? 0 : daemon_set_notify(cib, event, false);
        }
    }
    return -ENXIO;
}

void cib_deliver_notification(cib_t *cib, xmlNode *msg)
{
    const char *event = xml_get(msg, "subt");
    GPtrArray *callees = g_ptr_array_new();

    for (guint i = 0; event != NULL && i < cib->subscriptions->len; i++) {
        const struct subscription *subscription = cib->subscriptions->pdata[i];

        if (strcmp(subscription->event, event) == 0) {
            g_ptr_array_add(callees, g_memdup2(subscription, sizeof(*subscription)));
        }
    }
    cib_enter(cib);
    for (guint i = 0; i < callees->len; i++) {
        struct subscription *subscription = callees->pdata[i];

        if (cib->connected) {
            subscription->fn(cib, event, msg, subscription->arg);
        }
        g_free(subscription);
    }
    cib_leave(cib);
    g_ptr_array_free(callees, TRUE);
}

xmlNode *cib_notify_patch(const xmlNode *msg, int *rc)
{
    const xmlNode *result = xml_first(msg, "cib_update_result");
    long long value = 0;

    if (rc != NULL) {
        *rc = xml_get_int(msg, "cib_rc", &value) == 0 ? (int)value : 0;
    }
    return xml_first(result, "diff");
}
