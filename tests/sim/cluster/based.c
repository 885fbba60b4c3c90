/* The CIB manager: the real core, a modelled disk, and the connections of its clients.
 *
 * The disk: one write at a time takes a moment; what it writes is the CIB when it began. A reply to a change
 * leaves when the change is on disk, as in cib/based_disk.c. When the power fails the last finished write is
 * what the next start finds. */
#include "tests/sim/cluster/cluster.h"

#include <errno.h>
#include "cib/cib_client.h"
#include "cib/version.h"
#include "pacemaker/common/results.h"

#define JOIN_RETRY_US (200 * SIM_MS)
#define LEAVE_LIMIT_US (10 * SIM_SECOND)
#define WRITE_MIN_US (1 * SIM_MS)
#define WRITE_SPREAD_US (30 * SIM_MS)

struct held_reply {
    char *client;
    xmlNode *reply;
    uint64_t change;
};

struct pending_call {
    struct daemon *client;          /* NULL: a tool */
    struct host *host;
    int id;
    cib_done_task done;
    tool_done tool;
    void *arg;
    GDestroyNotify free_arg;
    task_id timeout;
};

struct based {
    cib_core_t *core;
    struct cib_env env;
    task_id digest_timer;
    bool in_event, wanted, writing;
    bool leaving;
    uint64_t event_start, changes, in_writer;
    GQueue held;
    GHashTable *calls;              /* client text:id -> struct pending_call */
    int next_call;
};

static struct daemon *daemon_based(struct host *h)
{
    return daemon_of(h, BASED);
}

const xmlNode *based_cib(struct host *h)
{
    return h->based != NULL && h->based->core != NULL ? cib_core_cib(h->based->core) : NULL;
}

/* ---- answers ---- */

static void call_free(gpointer data)
{
    struct pending_call *call = data;

    task_cancel(call->timeout);
    if (call->free_arg != NULL) {
        call->free_arg(call->arg);
    }
    g_free(call);
}

static void call_over(struct host *h, const char *key, int rc, const xmlNode *output)
{
    struct based *b = h->based;
    gpointer own_key = NULL, value = NULL;

    if (b == NULL || !g_hash_table_steal_extended(b->calls, key, &own_key, &value)) {
        return;
    }
    struct pending_call *call = value;

    if (call->client != NULL && call->done != NULL) {
        call->done(call->client, call->id, rc, output, call->arg);
    } else if (call->tool != NULL) {
        call->tool(h, rc, output, call->arg);
    }
    g_free(own_key);
    call_free(call);
}

struct answer {
    char *key;
    xmlNode *reply;
};

static void answer_free(gpointer data)
{
    struct answer *answer = data;

    g_free(answer->key);
    xml_free(answer->reply);
    g_free(answer);
}

static void take_answer(struct host *h, const struct answer *answer)
{
    long long rc = -EPROTO;

    xml_get_int(answer->reply, "cib_rc", &rc);
    call_over(h, answer->key, (int)rc, xml_first(xml_first(answer->reply, "cib_calldata"), NULL));
}

static void daemon_answer(void *owner, void *data)
{
    take_answer(((struct daemon *)owner)->host, data);
}

static void tool_answer(void *owner, void *data)
{
    take_answer(owner, data);
}

/* A client's name: the number of its part and of its life. */
static struct daemon *client_daemon(struct host *h, const char *name)
{
    unsigned part = PARTS, life = 0;

    if (sscanf(name, "%u/%u", &part, &life) != 2 || part >= PARTS || h->daemon[part].life != life) {
        return NULL;
    }
    return &h->daemon[part];
}

static void deliver(struct host *h, const char *client, const xmlNode *reply)
{
    struct answer *answer = g_new(struct answer, 1);

    answer->key = g_strdup_printf("%s:%s", client, xml_get(reply, "cib_callid"));
    answer->reply = xml_copy(reply);
    if (strncmp(client, "tool", 4) == 0) {
        host_task(h, channel_delay(h, BASED, TOOL), tool_answer, answer, answer_free);
    } else if (client_daemon(h, client) != NULL) {
        daemon_post(client_daemon(h, client), BASED, daemon_answer, answer, answer_free);
    } else {
        answer_free(answer);
    }
}

/* ---- disk ---- */

static void held_free(gpointer data)
{
    struct held_reply *held = data;

    g_free(held->client);
    xml_free(held->reply);
    g_free(held);
}

static void start_writer(struct daemon *d);

static void written(void *owner, void *data)
{
    struct daemon *d = owner;
    struct based *b = d->host->based;
    struct held_reply *held;

    xml_free(d->host->disk);
    d->host->disk = xml_copy(data);
    b->writing = false;
    while ((held = g_queue_peek_head(&b->held)) != NULL && held->change <= b->in_writer) {
        deliver(d->host, held->client, held->reply);
        held_free(g_queue_pop_head(&b->held));
    }
    if (b->wanted) {
        start_writer(d);
    }
}

static void free_tree(gpointer data)
{
    xml_free(data);
}

static void start_writer(struct daemon *d)
{
    struct based *b = d->host->based;
    unsigned slow_ms = d->host->cluster->plan.disk_ms;

    b->wanted = false;
    b->writing = true;
    b->in_writer = b->changes;
    daemon_task(d, WRITE_MIN_US + sim_below(d->host->cluster->sim, WRITE_SPREAD_US + slow_ms * SIM_MS),
                written, xml_copy(cib_core_cib(b->core)), free_tree);
}

static void start_wanted(void *owner, void *data)
{
    struct daemon *d = owner;

    if (d->host->based->wanted && !d->host->based->writing) {
        start_writer(d);
    }
}

static void on_write(void *arg)
{
    struct daemon *d = arg;
    struct based *b = d->host->based;

    b->changes++;
    if (!b->wanted && !b->writing) {
        daemon_task(d, 0, start_wanted, NULL, NULL);
    }
    b->wanted = true;
}

/* ---- effects of the core ---- */

static void on_reply(void *arg, const char *client, const xmlNode *reply, bool sync)
{
    struct daemon *d = arg;
    struct based *b = d->host->based;
    struct held_reply *held;

    if (!b->in_event || b->changes == b->event_start) {
        deliver(d->host, client, reply);
        return;
    }
    held = g_new(struct held_reply, 1);
    *held = (struct held_reply){g_strdup(client), xml_copy(reply), b->changes};
    g_queue_push_tail(&b->held, held);
}

static int on_send(void *arg, const char *node, const xmlNode *message)
{
    struct daemon *d = arg;

    if (node != NULL) {
        peers_get(d->peers, 0, node);
    }
    group_send(d, node, CMSG_CIB, message);
    return 0;
}

struct notice {
    char *type;
    xmlNode *message;
};

static void notice_free(gpointer data)
{
    struct notice *notice = data;

    g_free(notice->type);
    xml_free(notice->message);
    g_free(notice);
}

static void take_notice(void *owner, void *data)
{
    struct daemon *d = owner;
    const struct notice *notice = data;

    if (d->part == CONTROLD) {
        controld_cib_notify(d, notice->type, notice->message);
    } else if (d->part == ATTRD) {
        attrd_cib_notify(d, notice->type, notice->message);
    } else if (d->part == FENCED) {
        fenced_cib_notify(d, notice->type, notice->message);
    }
}

static void on_notify(void *arg, const char *type, const xmlNode *message)
{
    static const enum part subscribers[] = {CONTROLD, ATTRD, FENCED};
    struct host *h = ((struct daemon *)arg)->host;

    for (size_t i = 0; i < G_N_ELEMENTS(subscribers); i++) {
        struct notice *notice;

        if (!h->daemon[subscribers[i]].running) {
            continue;
        }
        notice = g_new(struct notice, 1);
        *notice = (struct notice){g_strdup(type), xml_copy(message)};
        daemon_post(&h->daemon[subscribers[i]], BASED, take_notice, notice, notice_free);
    }
}

static void digest_timer(void *owner, void *data)
{
    struct daemon *d = owner;

    d->host->based->digest_timer = 0;
    cib_core_digest_timer(d->host->based->core);
}

static void on_arm_digest_timer(void *arg, unsigned ms)
{
    struct daemon *d = arg;

    task_cancel(d->host->based->digest_timer);
    d->host->based->digest_timer = daemon_task(d, ms * SIM_MS, digest_timer, NULL, NULL);
}

static void on_options_changed(void *arg)
{
}

static void on_may_leave(void *arg)
{
    daemon_exit_soon(arg, CRM_EX_OK);
}

static const struct cib_core_ops ops = {
    .reply = on_reply, .send = on_send, .notify = on_notify, .write = on_write,
    .arm_digest_timer = on_arm_digest_timer, .options_changed = on_options_changed, .may_leave = on_may_leave,
};

/* ---- the world as operations see it ---- */

static void time_text(void *arg, char *out, size_t size)
{
    snprintf(out, size, "second %lld", host_wall(((struct daemon *)arg)->host));
}

static long long monotonic_seconds(void *arg)
{
    return host_mono_ms(((struct daemon *)arg)->host) / 1000;
}

/* ---- start and end ---- */

/* What a start does to the document from disk (cib/based_disk.c). */
static xmlNode *load(struct host *h)
{
    xmlNode *cib = h->disk != NULL ? xml_copy(h->disk) : cib_empty(0);
    xmlNode *status;

    while ((status = xml_first(cib, "status")) != NULL) {
        xml_free(status);
    }
    xml_add(cib, "status");
    xml_unset(cib, "dc-uuid");
    return cib;
}

static void begin(void *owner, void *data)
{
    struct daemon *d = owner;
    struct based *b = d->host->based;

    if (!group_ready(d->host) || !group_join(d, true)) {
        daemon_task(d, JOIN_RETRY_US, begin, NULL, NULL);
        return;
    }
    note(d->host, "its disk holds CIB %s.%s.%s", xml_get(d->host->disk, "admin_epoch"),
         xml_get(d->host->disk, "epoch"), xml_get(d->host->disk, "num_updates"));
    b->core = cib_core_new(d->host->name, &ops, d, &b->env, load(d->host), 0);
    on_write(d);
    daemon_serves(d);
}

static void on_peer_change(peers_t *peers, enum peer_change what, peer_t *peer, enum peer_state old_state,
                           uint32_t old_processes, void *arg)
{
    struct daemon *d = arg;

    if (what == PEER_PROCESSES && d->host->based->leaving && peers_active_count(peers) < 2) {
        daemon_exit_soon(d, CRM_EX_OK);
    }
}

void based_start(struct daemon *d)
{
    struct based *b = d->host->based = g_new0(struct based, 1);

    b->env = (struct cib_env){.arg = d, .time_text = time_text, .monotonic_seconds = monotonic_seconds};
    b->calls = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, call_free);
    d->peers = peers_new(true, NULL);
    peers_on_change(d->peers, on_peer_change, d);
    daemon_task(d, SIM_MS, begin, NULL, NULL);
}

void based_stop(struct daemon *d)
{
    struct based *b = d->host->based;

    g_hash_table_destroy(b->calls);
    g_queue_clear_full(&b->held, held_free);
    if (b->core != NULL) {
        cib_core_free(b->core);
    }
    peers_free(d->peers);
    d->peers = NULL;
    g_free(b);
    d->host->based = NULL;
}

static void leave_expired(void *owner, void *data)
{
    daemon_exit_soon(owner, CRM_EX_ERROR);
}

void based_terminate(struct daemon *d)
{
    struct based *b = d->host->based;

    d->serving = false;
    b->leaving = true;
    /* what is not written yet is written before the end */
    if (b->core != NULL && (b->wanted || b->writing)) {
        xml_free(d->host->disk);
        d->host->disk = xml_copy(cib_core_cib(b->core));
    }
    if (b->core == NULL || peers_active_count(d->peers) < 2 || cib_core_leave(b->core) != 0) {
        daemon_exit_soon(d, CRM_EX_OK);
        return;
    }
    daemon_task(d, LEAVE_LIMIT_US, leave_expired, NULL, NULL);
}

/* ---- events ---- */

void based_message(struct daemon *d, peer_t *from, xmlNode *msg)
{
    struct based *b = d->host->based;

    if (b->core == NULL) {
        return;
    }
    b->in_event = true;
    b->event_start = b->changes;
    cib_core_peer_message(b->core, from->name, msg);
    b->in_event = false;
}

static void take_request(void *owner, void *data)
{
    struct daemon *d = owner;
    struct based *b = d->host->based;

    if (b->core == NULL || !d->serving) {
        return;
    }
    b->in_event = true;
    b->event_start = b->changes;
    cib_core_request(b->core, data, true);
    b->in_event = false;
}

struct late {
    struct host *host;
    char *key;
};

static void late_free(gpointer data)
{
    g_free(((struct late *)data)->key);
    g_free(data);
}

static void call_timed_out(void *owner, void *data)
{
    struct late *late = data;
    struct pending_call *call =
        late->host->based != NULL ? g_hash_table_lookup(late->host->based->calls, late->key) : NULL;

    if (call != NULL) {
        call->timeout = 0;
        call_over(late->host, late->key, -ETIME, NULL);
    }
}

static xmlNode *request_new(const char *client, int id, const char *op, const char *host, const char *section,
                            const xmlNode *data, uint32_t options)
{
    xmlNode *request = xml_new("cib_command");

    xml_set(request, "__name__", "cib_command");
    xml_set(request, "t", "cib");
    xml_set(request, "cib_op", op);
    xml_set(request, "cib_host", host);
    xml_set(request, "cib_section", section);
    xml_set_int(request, "cib_callid", id);
    xml_set_int(request, "cib_callopt", (int)options);
    xml_set(request, "cib_clientid", client);
    if (data != NULL) {
        xml_add_copy(xml_add(request, "cib_calldata"), data);
    }
    return request;
}

int based_call(struct daemon *client, const char *op, const char *host, const char *section,
               const xmlNode *data, uint32_t options, unsigned timeout_s, cib_done_task done, void *arg,
               GDestroyNotify free_arg)
{
    struct host *h = client->host;
    struct based *b = h->based;
    char name[32], *key;
    xmlNode *request;
    struct pending_call *call;

    if (b == NULL || !daemon_based(h)->serving) {
        if (free_arg != NULL) {
            free_arg(arg);
        }
        return -ENOTCONN;
    }
    snprintf(name, sizeof name, "%u/%u", (unsigned)client->part, client->life);
    call = g_new(struct pending_call, 1);
    *call = (struct pending_call){
        .client = client, .host = h, .id = ++b->next_call, .done = done, .arg = arg, .free_arg = free_arg,
    };
    key = g_strdup_printf("%s:%d", name, call->id);
    if (timeout_s > 0) {
        struct late *late = g_new(struct late, 1);

        *late = (struct late){h, g_strdup(key)};
        call->timeout = daemon_task(client, timeout_s * SIM_SECOND, call_timed_out, late, late_free);
    }
    g_hash_table_insert(b->calls, key, call);
    request = request_new(name, call->id, op, host, section, data, options);
    xml_set(request, "cib_clientname", client->part == CONTROLD ? "crmd" : part_name((int)client->part));
    daemon_post(daemon_based(h), (int)client->part, take_request, request, free_tree);
    return call->id;
}

bool based_tool_call(struct host *h, const char *op, const char *section, const xmlNode *data,
                     uint32_t options, tool_done done, void *arg)
{
    struct based *b = h->based;
    struct pending_call *call;
    char name[32];
    xmlNode *request;

    if (b == NULL || !daemon_based(h)->serving) {
        return false;
    }
    snprintf(name, sizeof name, "tool%u", ++h->cluster->next_tool);
    call = g_new(struct pending_call, 1);
    *call = (struct pending_call){.host = h, .id = ++b->next_call, .tool = done, .arg = arg};
    g_hash_table_insert(b->calls, g_strdup_printf("%s:%d", name, call->id), call);
    request = request_new(name, call->id, op, NULL, section, data, options | CIB_OPT_SYNC_CALL);
    xml_set(request, "cib_clientname", "cibadmin");
    daemon_post(daemon_based(h), TOOL, take_request, request, free_tree);
    return true;
}
