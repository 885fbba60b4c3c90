/* The attribute manager: the real core, its CIB connection and its clients. */
#include "tests/sim/cluster/cluster.h"

#include <errno.h>
#include "cib/cib_client.h"
#include "pacemaker/common/results.h"

#define RETRY_US (200 * SIM_MS)
#define CIB_TIMEOUT_S 120u

struct attrd_shell {
    attrd_t *core;
    GHashTable *timers;             /* attribute -> task_id */
    task_id election;
};

static struct attrd_shell *shell_of(void *arg)
{
    return ((struct daemon *)arg)->host->attrd;
}

/* ---- effects of the core ---- */

static void on_send(void *arg, const char *to, const xmlNode *msg, bool election)
{
    group_send(arg, to, election ? CMSG_CRMD : CMSG_ATTRD, msg);
}

static void write_done(struct daemon *d, int call, int rc, const xmlNode *output, void *arg)
{
    attrd_written(d->host->attrd->core, arg, call, rc);
}

static int on_write(void *arg, const char *attribute, const xmlNode *update, bool mixed, const char *user)
{
    uint32_t options = CIB_OPT_QUORUM_OVERRIDE | (mixed ? CIB_OPT_MIXED_UPDATE | CIB_OPT_SCOPE_LOCAL : 0);

    return based_call(arg, CIB_OP_MODIFY, NULL, "status", update, options, CIB_TIMEOUT_S, write_done,
                      g_strdup(attribute), g_free);
}

static void timer(void *owner, void *data)
{
    g_hash_table_remove(shell_of(owner)->timers, data);
    attrd_timer_expired(shell_of(owner)->core, data);
}

static void on_cancel(void *arg, const char *attribute)
{
    task_cancel(GPOINTER_TO_SIZE(g_hash_table_lookup(shell_of(arg)->timers, attribute)));
    g_hash_table_remove(shell_of(arg)->timers, attribute);
}

static void on_arm(void *arg, const char *attribute, unsigned ms)
{
    on_cancel(arg, attribute);
    g_hash_table_insert(shell_of(arg)->timers, g_strdup(attribute),
                        GSIZE_TO_POINTER(daemon_task(arg, ms * SIM_MS, timer, g_strdup(attribute), g_free)));
}

static void election_timer(void *owner, void *data)
{
    shell_of(owner)->election = 0;
    attrd_election_timer_expired(shell_of(owner)->core);
}

static void on_cancel_election(void *arg)
{
    task_cancel(shell_of(arg)->election);
    shell_of(arg)->election = 0;
}

static void on_arm_election(void *arg, unsigned ms)
{
    on_cancel_election(arg);
    shell_of(arg)->election = daemon_task(arg, ms * SIM_MS, election_timer, NULL, NULL);
}

static void on_cpu_time(void *arg, long long *sec, long long *usec)
{
    *sec = 0;
    *usec = (long long)((struct daemon *)arg)->host->cpu_us;
}

static long long on_now(void *arg)
{
    return host_mono_ms(((struct daemon *)arg)->host) / 1000;
}

static const attrd_ops_t ops = {
    .send = on_send, .write = on_write, .arm = on_arm, .cancel = on_cancel, .arm_election = on_arm_election,
    .cancel_election = on_cancel_election, .cpu_time = on_cpu_time, .now = on_now,
};

/* ---- start and end ---- */

/* What an earlier life of this node left in the CIB is not true any more. */
static void erase_own_values(struct daemon *d)
{
    char path[100];

    snprintf(path, sizeof path, "//node_state[@uname='%s']/transient_attributes", d->host->name);
    based_call(d, CIB_OP_DELETE, NULL, path, NULL, CIB_OPT_XPATH | CIB_OPT_QUORUM_OVERRIDE, CIB_TIMEOUT_S,
               NULL, NULL, NULL);
}

static void begin(void *owner, void *data)
{
    struct daemon *d = owner;
    struct attrd_shell *a = d->host->attrd;

    if (!daemon_of(d->host, BASED)->serving || !group_ready(d->host) || !group_join(d, true)) {
        daemon_task(d, RETRY_US, begin, NULL, NULL);
        return;
    }
    a->core = attrd_new(d->peers, d->host->index + 1, d->host->name, &ops, d);
    erase_own_values(d);
    attrd_start(a->core);
    daemon_serves(d);
}

void attrd_shell_start(struct daemon *d)
{
    struct attrd_shell *a = d->host->attrd = g_new0(struct attrd_shell, 1);

    a->timers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    daemon_task(d, SIM_MS, begin, NULL, NULL);
}

void attrd_shell_stop(struct daemon *d)
{
    struct attrd_shell *a = d->host->attrd;

    if (a->core != NULL) {
        attrd_free(a->core);
    }
    if (d->peers != NULL) {
        peers_free(d->peers);
        d->peers = NULL;
    }
    g_hash_table_destroy(a->timers);
    g_free(a);
    d->host->attrd = NULL;
}

void attrd_terminate(struct daemon *d)
{
    if (d->host->attrd->core != NULL) {
        attrd_shut_down(d->host->attrd->core);
    }
    daemon_exit_soon(d, CRM_EX_OK);
}

/* ---- events ---- */

void attrd_message(struct daemon *d, peer_t *from, xmlNode *msg)
{
    if (d->host->attrd->core != NULL) {
        attrd_peer_message(d->host->attrd->core, from, msg);
    }
}

void attrd_cib_notify(struct daemon *d, const char *type, const xmlNode *message)
{
    long long sections = 0;

    if (strcmp(type, CIB_NOTIFY_REFRESH) != 0 || d->host->attrd->core == NULL) {
        return;
    }
    if (xml_get_int(message, "cib_change_section", &sections) != 0 || (sections & (1 | 4)) != 0) {
        attrd_cib_replaced(d->host->attrd->core);
    }
}

int attrd_call(struct host *h, xmlNode *request, xmlNode **reply)
{
    struct attrd_answer answer = {.kind = ATTRD_ANSWER_NONE};
    struct daemon *d = daemon_of(h, ATTRD), *caller = h->cluster->speaker;

    if (!d->serving || d->ending) {
        xml_free(request);
        return -ENOTCONN;
    }
    h->cluster->speaker = d;
    attrd_request(h->attrd->core, request, &answer);
    h->cluster->speaker = caller;
    xml_free(request);
    if (reply != NULL) {
        *reply = answer.kind == ATTRD_ANSWER_REPLY ? answer.reply : NULL;
    } else {
        xml_free(answer.reply);
    }
    return 0;
}
