/* pacemaker-based: the configuration on disk. A child process writes, one at a time, while the daemon goes
 * on; replies to changes of the configuration wait until they are written, so that no acknowledged change is
 * lost with the power. */
#include "config.h"
#include "cib/based.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cib/schema.h"
#include "cib/store.h"
#include "cib/version.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

/* A disk slower than this no longer holds up replies. */
#define HOLD_LIMIT_MS 5000u
#define MAX_HELD_REPLIES 10000u

struct held_reply {
    char *client_id;
    xmlNode *reply;
    bool sync;
    unsigned long long change;      /* may go out when this one is written */
};

static bool disabled;
static bool wanted;                 /* something to write that the running child does not have */
static pid_t writer;                /* 0 = none */
static unsigned long long changes, in_writer, written;
static bool in_event;
static unsigned long long event_start;      /* value of changes when the present event began */
static GQueue held = G_QUEUE_INIT;
static guint hold_timer;

/* ---- replies that wait ---- */

static void held_free(struct held_reply *reply)
{
    g_free(reply->client_id);
    xml_free(reply->reply);
    g_free(reply);
}

static void release_replies(unsigned long long up_to)
{
    struct held_reply *reply;

    while ((reply = g_queue_peek_head(&held)) != NULL && reply->change <= up_to) {
        g_queue_pop_head(&held);
        based_ipc_deliver(reply->client_id, reply->reply, reply->sync);
        held_free(reply);
    }
    if (held.length == 0 && hold_timer != 0) {
        g_source_remove(hold_timer);
        hold_timer = 0;
    }
}

static gboolean hold_timed_out(gpointer data)
{
    (void)data;
    hold_timer = 0;
    log_warn("The disk is slow: %u replies go out before their changes are written", held.length);
    release_replies(changes);
    return G_SOURCE_REMOVE;
}

void based_disk_begin_event(void)
{
    in_event = true;
    event_start = changes;
}

void based_disk_end_event(void)
{
    in_event = false;
}

bool based_disk_hold_reply(const char *client_id, const xmlNode *reply, bool sync)
{
    struct held_reply *waiting;

    if (!in_event || changes == event_start || disabled || held.length >= MAX_HELD_REPLIES) {
        return false;
    }
    waiting = g_new0(struct held_reply, 1);
    waiting->client_id = g_strdup(client_id);
    waiting->reply = xml_copy(reply);
    waiting->sync = sync;
    waiting->change = changes;
    g_queue_push_tail(&held, waiting);
    if (hold_timer == 0) {
        hold_timer = g_timeout_add(HOLD_LIMIT_MS, hold_timed_out, NULL);
    }
    return true;
}

/* ---- writing ---- */

static int exit_code(int rc)
{
    switch (rc) {
    case 0: return CRM_EX_OK;
    case -PCMK_ERR_CIB_MODIFIED: return CRM_EX_DIGEST;
    case -PCMK_ERR_CIB_BACKUP:
    case -PCMK_ERR_CIB_SAVE: return CRM_EX_CANTCREAT;
    default: return CRM_EX_ERROR;
    }
}

void based_disk_disable(const char *why)
{
    if (!disabled) {
        log_err("Configuration changes are no longer written to disk: %s (SIGPIPE resumes)", why);
    }
    disabled = true;
    wanted = false;
    release_replies(changes);
}

static void start_writer(void);

static void writer_ended(pid_t pid, int exit_status, int signo, bool timed_out, void *arg)
{
    (void)pid;
    (void)timed_out;
    (void)arg;
    writer = 0;
    if (signo != 0 || exit_status != 0) {
        char why[64];

        g_snprintf(why, sizeof(why),
                   signo != 0 ? "the writer was killed by signal %d" : "the writer failed with status %d",
                   signo != 0 ? signo : exit_status);
        based_disk_disable(why);
        return;
    }
    written = in_writer;
    release_replies(written);
    if (wanted) {
        start_writer();
    }
}

static void start_writer(void)
{
    pid_t pid;

    wanted = false;
    in_writer = changes;
    pid = fork();
    if (pid == 0) {
        /* only files from here on: connections belong to the parent */
        _exit(exit_code(store_write(based.dir, cib_core_cib(based.core))));
    }
    if (pid < 0) {
        based_disk_disable(strerror(errno));
        return;
    }
    writer = pid;
    child_watch(pid, 0, false, "CIB writer", writer_ended, NULL);
}

static gboolean start_wanted(gpointer data)
{
    (void)data;
    if (wanted && writer == 0 && !disabled) {
        start_writer();
    }
    return G_SOURCE_REMOVE;
}

void based_disk_write(void *arg)
{
    (void)arg;
    changes++;
    if (disabled) {
        return;
    }
    if (!wanted && writer == 0) {
        g_idle_add_full(G_PRIORITY_HIGH, start_wanted, NULL, NULL);
    }
    wanted = true;
}

void based_disk_enable(void)
{
    log_notice("(Re)enabling disk writes");
    disabled = false;
    based_disk_write(NULL);
}

void based_disk_finish(void)
{
    int status;

    if (writer != 0 && waitpid(writer, &status, 0) == writer) {
        wanted = wanted || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    }
    if (wanted && !disabled && based.core != NULL && store_write(based.dir, cib_core_cib(based.core)) != 0) {
        log_err("The last changes of the configuration could not be written");
    }
    if (hold_timer != 0) {
        g_source_remove(hold_timer);
        hold_timer = 0;
    }
    while (held.length > 0) {
        held_free(g_queue_pop_head(&held));
    }
}

/* ---- reading ---- */

static void complete(xmlNode *cib)
{
    static const char *const versions[] = {"admin_epoch", "epoch", "num_updates"};
    xmlNode *status;

    while (!based.alone && (status = xml_first(cib, "status")) != NULL) {
        xml_free(status);
    }
    if (xml_first(cib, "status") == NULL) {
        xml_add(cib, "status");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(versions); i++) {
        if (xml_get(cib, versions[i]) == NULL) {
            xml_set(cib, versions[i], "0");
        }
    }
    xml_unset(cib, "dc-uuid");
}

xmlNode *based_disk_load(int *status)
{
    struct store_start start;
    xmlNode *cib;

    *status = store_load(based.dir, &start);
    if (start.disable_writes) {
        based_disk_disable("the damaged configuration is still in place");
    }
    cib = start.cib;
    if (cib == NULL) {
        log_warn("Continuing with an empty configuration");
        cib = cib_empty(0);
    }
    complete(cib);
    if (*status == 0) {
        *status = schema_validate(cib, NULL, NULL);
        if (*status != 0) {
            log_err("The configuration does not conform to its schema %s: it cannot be used",
                    xml_get(cib, "validate-with"));
        }
    }
    return cib;
}
