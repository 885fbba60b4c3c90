/* The virtual cluster behind the controller's tests. */
#include "tests/unit/crmd_cluster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cib/perform.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

#define CIB_LOCAL_OPS "cib_query cib_slave cib_master"
#define MAX_STEPS 200000

struct vnode {
    vcluster_t *vc;
    unsigned id;
    char name[16], uuid[16];
    crmd_t *core;
    peers_t *peers;
    xmlNode *cib;
    bool in_group, ended, leaving;
    int exit_status, group;
    bool fsa, graph;
    GHashTable *timers;         /* id -> virtual time */
    GHashTable *registered;     /* resources of the executor */
    GHashTable *recurring;      /* resource -> user data, call id of its monitor */
    int call_id, fence_call;
    xmlNode *client_reply;
    uint64_t seq;
};

enum kind {
    K_CPG,
    K_CIB_OP,
    K_CIB_REPLY,
    K_RESULT,
    K_GRAPH,
    K_CONFCHG,
    K_METADATA,
    K_FENCED,
    K_FENCER_UP,
    K_REMOTE
};

struct event {
    enum kind kind;
    long long at;               /* virtual ms before which it is not delivered */
    unsigned to, from;
    xmlNode *xml;
    struct crmd_cib_call call;
    char *op, *section, *host;
    int rc;
    /* executor */
    char *rsc, *action, *user_data;
    unsigned interval_ms, cookie;
    GHashTable *params;
};

struct outcome {
    int rc;
    unsigned delay_ms;
};

struct vcluster {
    unsigned n;
    struct vnode nodes[VC_MAX_NODES];
    long long now;
    GQueue *events;
    GString *story;
    char *next_graph;
    unsigned scheduler_calls, transition;
    GHashTable *outcomes;       /* "rsc op" -> struct outcome */
    GHashTable *attributes;     /* "node name" -> value */
    bool fencing_works, remote_up, configured;
    uint64_t seq;
    struct cib_env env;
};

static vcluster_t *current;
static struct vnode *speaking;

/* ---- narration ---- */

static bool worth_telling(const char *text)
{
    static const char *const starts[] = {
        "State transition",  "Initiating ",         "Result of ",      "Requesting fencing",
        "Too many failures", "Another DC detected", "Finalizing join", "Rejecting join",
    };

    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        if (strncmp(text, starts[i], strlen(starts[i])) == 0) {
            return strncmp(text, "Initiating controller", 21) != 0;
        }
    }
    return strncmp(text, "Transition ", 11) == 0 && !strstr(text, " status: ") && !strstr(text, "In-progress")
           && !strstr(text, ": Pending");
}

static void sink(const struct log_site *site, va_list args)
{
    char text[2000];
    char *bar;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vsnprintf(text, sizeof text, site->format, args);
#pragma GCC diagnostic pop
    if (getenv("CRMD_TEST_VERBOSE")) {
        fprintf(stderr, "# [%7lld] %s %d: %s\n", current ? current->now : 0,
                speaking ? speaking->name : "-", site->level, text);
    }
    if (current == NULL || speaking == NULL || !worth_telling(text)) {
        return;
    }
    if (strncmp(text, "State transition", 16) == 0) {
        char *input = strstr(text, "input=");
        char *end = input ? strchr(input, ' ') : NULL;
        char *arrow = strstr(text, " | ");

        if (input && end && arrow) {
            g_string_append_printf(current->story, "%s %.*s (%.*s)\n", speaking->name,
                                   (int)(arrow - text - 17), text + 17, (int)(end - input - 6), input + 6);
        }
        return;
    }
    bar = strstr(text, " | ");
    if (bar) {
        *bar = '\0';
    }
    g_string_append_printf(current->story, "%s %s\n", speaking->name, text);
}

/* ---- events ---- */

static struct event *event_new(vcluster_t *vc, enum kind kind, unsigned to, unsigned from)
{
    struct event *event = g_new0(struct event, 1);

    event->kind = kind;
    event->to = to;
    event->from = from;
    event->at = vc->now;
    return event;
}

static void event_free(struct event *event)
{
    xml_free(event->xml);
    g_free(event->op);
    g_free(event->section);
    g_free(event->host);
    g_free(event->rsc);
    g_free(event->action);
    g_free(event->user_data);
    if (event->params) {
        g_hash_table_unref(event->params);
    }
    g_free(event);
}

static void post(vcluster_t *vc, struct event *event)
{
    g_queue_push_tail(vc->events, event);
}

static bool reachable(const struct vnode *a, const struct vnode *b)
{
    return a->in_group && b->in_group && a->group == b->group;
}

/* ---- effects ---- */

static long long op_wall(void *arg)
{
    const struct vnode *node = arg;

    return 1700000000 + node->vc->now / 1000;
}

static long long op_mono(void *arg)
{
    const struct vnode *node = arg;

    return node->vc->now + 1000000;
}

static void op_cpu(void *arg, long long *sec, long long *usec)
{
    (void)arg;
    *sec = 0;
    *usec = 0;
}

static void op_uuid(void *arg, char out[37])
{
    const struct vnode *node = arg;

    snprintf(out, 37, "%08u-0000-0000-0000-000000000000", node->id);
}

static void op_timestamp(void *arg, const char *format, char **text, long long *epoch, int *usec)
{
    (void)format;
    *text = strdup("now");
    *epoch = op_wall(arg);
    *usec = 0;
}

static void op_wake_fsa(void *arg)
{
    ((struct vnode *)arg)->fsa = true;
}

static void op_wake_graph(void *arg)
{
    ((struct vnode *)arg)->graph = true;
}

static void op_timer_start(void *arg, unsigned id, unsigned ms)
{
    struct vnode *node = arg;
    long long *at = g_new(long long, 1);

    *at = node->vc->now + ms;
    g_hash_table_replace(node->timers, GUINT_TO_POINTER(id), at);
}

static void op_timer_stop(void *arg, unsigned id)
{
    g_hash_table_remove(((struct vnode *)arg)->timers, GUINT_TO_POINTER(id));
}

static void membership_changed(vcluster_t *vc);

static int op_cluster_connect(void *arg)
{
    struct vnode *node = arg;

    crmd_set_identity(node->core, node->id, node->name, node->uuid);
    for (unsigned i = 0; i < node->vc->n; i++) {
        peers_get(node->peers, node->vc->nodes[i].id, node->vc->nodes[i].name)->configured =
            node->vc->configured;
    }
    node->in_group = true;
    membership_changed(node->vc);
    return 0;
}

static void op_cluster_disconnect(void *arg)
{
    struct vnode *node = arg;

    node->in_group = false;
    membership_changed(node->vc);
}

static unsigned group_size(const struct vnode *node)
{
    unsigned size = 0;

    for (unsigned i = 0; i < node->vc->n; i++) {
        size += reachable(node, &node->vc->nodes[i]);
    }
    return size;
}

static bool op_quorate(void *arg)
{
    const struct vnode *node = arg;

    return group_size(node) * 2 > node->vc->n;
}

static void op_send(void *arg, const char *to, enum cluster_msg_type type, const xmlNode *msg)
{
    struct vnode *node = arg;

    (void)type;
    for (unsigned i = 0; i < node->vc->n; i++) {
        struct vnode *other = &node->vc->nodes[i];

        if (reachable(node, other) && (to == NULL || strcmp(to, other->name) == 0)) {
            struct event *event = event_new(node->vc, K_CPG, i, node->id - 1);

            event->xml = xml_copy(msg);
            post(node->vc, event);
        }
    }
}

static char *op_cluster_name(void *arg)
{
    (void)arg;
    return strdup("test");
}

static bool op_no_watchdog(void *arg)
{
    (void)arg;
    return false;
}

static int op_ok(void *arg)
{
    (void)arg;
    return 0;
}

static void op_nothing(void *arg)
{
    (void)arg;
}

static void op_cib_call(void *arg, const struct crmd_cib_call *call)
{
    struct vnode *node = arg;
    struct event *event = event_new(node->vc, K_CIB_OP, node->id - 1, node->id - 1);

    event->call = *call;
    event->op = g_strdup(call->op);
    event->section = g_strdup(call->section);
    event->host = g_strdup(call->host);
    event->xml = call->data ? xml_copy(call->data) : NULL;
    post(node->vc, event);
}

static bool op_ipc_send(void *arg, const char *client, const xmlNode *msg)
{
    struct vnode *node = arg;

    if (strncmp(client, "client", 6) != 0) {
        return false;
    }
    xml_free(node->client_reply);
    node->client_reply = xml_copy(msg);
    return true;
}

static int op_rsc_info(void *arg, const char *remote, const char *id, struct crmd_rsc_info *info)
{
    struct vnode *node = arg;

    (void)remote;
    if (!g_hash_table_contains(node->registered, id)) {
        return -ENODEV;
    }
    *info = (struct crmd_rsc_info){
        .id = g_strdup(id),
        .class = g_strdup("ocf"),
        .provider = g_strdup("pacemaker"),
        .type = g_strdup("Dummy"),
    };
    return 0;
}

static int op_register(void *arg, const char *remote, const struct crmd_rsc_info *info)
{
    (void)remote;
    g_hash_table_add(((struct vnode *)arg)->registered, g_strdup(info->id));
    return 0;
}

static int op_unregister(void *arg, const char *remote, const char *id)
{
    (void)remote;
    g_hash_table_remove(((struct vnode *)arg)->registered, id);
    return 0;
}

static const struct outcome *outcome_of(vcluster_t *vc, const char *rsc, const char *op)
{
    char *key = g_strdup_printf("%s %s", rsc, op);
    const struct outcome *outcome = g_hash_table_lookup(vc->outcomes, key);

    g_free(key);
    return outcome;
}

static int op_run(void *arg, const char *remote, const char *rsc, const char *action, const char *user_data,
                  unsigned interval_ms, unsigned timeout_ms, unsigned start_delay_ms, GHashTable *params)
{
    struct vnode *node = arg;
    const struct outcome *outcome = outcome_of(node->vc, rsc, action);
    struct event *event;

    (void)timeout_ms;
    (void)start_delay_ms;
    node->call_id++;
    if (interval_ms) {
        g_hash_table_replace(node->recurring, g_strdup(rsc),
                             g_strdup_printf("%d %u %s", node->call_id, interval_ms, user_data));
    }
    if (outcome && outcome->rc < 0) {
        return node->call_id;
    }
    event = event_new(node->vc, K_RESULT, node->id - 1, node->id - 1);
    event->rc = outcome ? outcome->rc : 0;
    event->at += outcome ? outcome->delay_ms : 20;
    event->host = g_strdup(remote);
    event->rsc = g_strdup(rsc);
    event->action = g_strdup(action);
    event->user_data = g_strdup(user_data);
    event->interval_ms = interval_ms;
    event->cookie = (unsigned)node->call_id;
    event->params = params ? g_hash_table_ref(params) : NULL;
    post(node->vc, event);
    return node->call_id;
}

static int op_cancel(void *arg, const char *remote, const char *rsc, const char *action, unsigned interval_ms)
{
    struct vnode *node = arg;
    const char *known = g_hash_table_lookup(node->recurring, rsc);
    struct event *event;

    (void)remote;
    if (known == NULL) {
        return -EOPNOTSUPP;
    }
    event = event_new(node->vc, K_RESULT, node->id - 1, node->id - 1);
    event->rc = -1;             /* cancelled */
    event->rsc = g_strdup(rsc);
    event->action = g_strdup(action);
    event->interval_ms = interval_ms;
    event->cookie = (unsigned)strtoul(known, NULL, 10);
    event->user_data = g_strdup(strrchr(known, ' ') + 1);
    post(node->vc, event);
    g_hash_table_remove(node->recurring, rsc);
    return 0;
}

static int op_alert(void *arg, const char *id, const char *path, unsigned timeout_ms, GHashTable *params)
{
    (void)path;
    (void)timeout_ms;
    g_string_append_printf(((struct vnode *)arg)->vc->story, "%s alert %s: %s %s\n",
                           ((struct vnode *)arg)->name, id,
                           (const char *)g_hash_table_lookup(params, "CRM_alert_kind"),
                           (const char *)g_hash_table_lookup(params, "CRM_alert_desc"));
    return 0;
}

static void op_metadata(void *arg, unsigned cookie, const struct crmd_rsc_info *info)
{
    struct vnode *node = arg;
    struct event *event = event_new(node->vc, K_METADATA, node->id - 1, node->id - 1);

    (void)info;
    event->cookie = cookie;
    post(node->vc, event);
}

static int op_sched_send(void *arg, const xmlNode *msg)
{
    struct vnode *node = arg;
    vcluster_t *vc = node->vc;
    struct event *event = event_new(vc, K_GRAPH, node->id - 1, node->id - 1);
    char *text = g_strdup_printf(
        "<transition_graph cluster-delay='60s' stonith-timeout='60s' failed-stop-offset='INFINITY' "
        "failed-start-offset='INFINITY' batch-limit='0' transition_id='%u'>%s</transition_graph>",
        vc->transition++, vc->next_graph ? vc->next_graph : "");
    xmlNode *graph = xml_parse(text, NULL);

    event->xml = message_reply(msg, graph);
    xml_set(event->xml, "crm-tgraph-in", "input");
    post(vc, event);
    vc->scheduler_calls++;
    xml_free(graph);
    g_free(text);
    g_clear_pointer(&vc->next_graph, g_free);
    return 0;
}

static void op_fencer_connect(void *arg)
{
    struct vnode *node = arg;

    post(node->vc, event_new(node->vc, K_FENCER_UP, node->id - 1, node->id - 1));
}

static int op_fence(void *arg, const char *target, const char *action, unsigned timeout_s, int delay_s,
                    bool suicide)
{
    struct vnode *node = arg;
    struct event *event = event_new(node->vc, K_FENCED, node->id - 1, node->id - 1);

    (void)timeout_s;
    (void)delay_s;
    (void)suicide;
    event->rsc = g_strdup(target);
    event->action = g_strdup(action);
    event->cookie = (unsigned)++node->fence_call;
    event->at += 1000;
    post(node->vc, event);
    return node->fence_call;
}

/* What the attribute manager would write. */
static void write_attribute(struct vnode *node, const char *target, const struct crmd_attr *attr)
{
    struct event *event = event_new(node->vc, K_CIB_OP, node->id - 1, node->id - 1);
    /* a cluster node's id is the number in its name, a remote node's its name */
    const char *id = g_str_has_prefix(target, "node") ? target + strlen("node") : target;
    char *text = g_strdup_printf(
        "<node_state id='%s' uname='%s'><transient_attributes id='%s'><instance_attributes "
        "id='status-%s'><nvpair id='status-%s-%u' name='%s' value='%s'/></instance_attributes>"
        "</transient_attributes></node_state>",
        id, target, id, id, id, g_str_hash(attr->name), attr->name, attr->value ? attr->value : "");

    event->op = g_strdup("cib_modify");
    event->section = g_strdup("status");
    event->call.options = CIB_CAN_CREATE;
    event->xml = xml_parse(text, NULL);
    event->at += 5;
    post(node->vc, event);
    g_free(text);
}

static int op_attr_update(void *arg, const char *target, bool remote, const struct crmd_attr *attrs, size_t n)
{
    struct vnode *node = arg;

    (void)remote;
    for (size_t i = 0; i < n; i++) {
        write_attribute(node, target, &attrs[i]);
        g_hash_table_replace(node->vc->attributes, g_strdup_printf("%s %s", target, attrs[i].name),
                             g_strdup(attrs[i].value ? attrs[i].value : ""));
    }
    return 0;
}

static int op_attr_clear(void *arg, const char *target, bool remote, const char *rsc, const char *op,
                         const char *interval)
{
    struct vnode *node = arg;

    (void)remote;
    g_string_append_printf(node->vc->story, "%s clears failures of %s %s %s on %s\n", node->name, rsc,
                           op ? op : "-", interval ? interval : "-", target);
    return 0;
}

static int op_attr_purge(void *arg, const char *target)
{
    (void)arg;
    (void)target;
    return 0;
}

/* ---- remote nodes: up while the cluster says so ---- */

static void op_remote_connect(void *arg, const char *remote, const char *server, int port,
                              unsigned timeout_ms)
{
    struct vnode *node = arg;
    struct event *event = event_new(node->vc, K_REMOTE, node->id - 1, node->id - 1);

    (void)server;
    (void)port;
    (void)timeout_ms;
    event->rsc = g_strdup(remote);
    event->rc = node->vc->remote_up ? 0 : -ECONNREFUSED;
    post(node->vc, event);
}

static void op_remote_disconnect(void *arg, const char *remote)
{
    (void)arg;
    (void)remote;
}

static int op_remote_poke(void *arg, const char *remote)
{
    struct vnode *node = arg;
    struct event *event;

    if (!node->vc->remote_up) {
        return 0;
    }
    event = event_new(node->vc, K_REMOTE, node->id - 1, node->id - 1);
    event->rsc = g_strdup(remote);
    event->action = g_strdup("poke");
    post(node->vc, event);
    return 0;
}

static void op_remote_send(void *arg, const char *remote, const xmlNode *msg)
{
    struct vnode *node = arg;

    g_string_append_printf(node->vc->story, "%s tells %s: %s\n", node->name, remote,
                           xml_get(msg, "lrmd_ipc_op"));
}

static int op_proxy_open(void *arg, const char *session, const char *channel)
{
    (void)arg;
    (void)session;
    return strcmp(channel, "attrd") == 0 ? 0 : -ECONNREFUSED;
}

static void op_proxy_close(void *arg, const char *session)
{
    (void)arg;
    (void)session;
}

static int op_proxy_send(void *arg, const char *session, const xmlNode *msg, uint32_t flags, xmlNode **reply)
{
    struct vnode *node = arg;

    (void)session;
    (void)flags;
    g_string_append_printf(node->vc->story, "%s relays %s for %s\n", node->name, xml_get(msg, "task"),
                           xml_get(msg, "attr_host"));
    if (reply) {
        *reply = xml_new("ack");
    }
    return 0;
}

static void op_pe_core(void *arg, const xmlNode *cib)
{
    (void)arg;
    (void)cib;
}

static bool op_watchdog_ok(void *arg, const char *value)
{
    (void)arg;
    (void)value;
    return true;
}

static void op_panic(void *arg)
{
    struct vnode *node = arg;

    g_string_append_printf(node->vc->story, "%s panics\n", node->name);
}

static void op_quit(void *arg, int status)
{
    struct vnode *node = arg;

    node->ended = true;
    node->exit_status = status;
    g_string_append_printf(node->vc->story, "%s exits with %d\n", node->name, status);
}

static const struct crmd_ops virtual_ops = {
    .wall = op_wall,
    .mono_ms = op_mono,
    .cpu_time = op_cpu,
    .uuid = op_uuid,
    .timestamp = op_timestamp,
    .wake_fsa = op_wake_fsa,
    .wake_graph = op_wake_graph,
    .timer_start = op_timer_start,
    .timer_stop = op_timer_stop,
    .cluster_connect = op_cluster_connect,
    .cluster_disconnect = op_cluster_disconnect,
    .cluster_quorate = op_quorate,
    .cluster_send = op_send,
    .cluster_name = op_cluster_name,
    .have_watchdog = op_no_watchdog,
    .cib_connect = op_ok,
    .cib_disconnect = op_nothing,
    .cib_call = op_cib_call,
    .ipc_open = op_ok,
    .ipc_close = op_nothing,
    .ipc_send = op_ipc_send,
    .exec_connect = op_ok,
    .exec_disconnect = op_nothing,
    .exec_rsc_info = op_rsc_info,
    .exec_register = op_register,
    .exec_unregister = op_unregister,
    .exec_run = op_run,
    .exec_cancel = op_cancel,
    .exec_alert = op_alert,
    .metadata = op_metadata,
    .sched_connect = op_ok,
    .sched_disconnect = op_nothing,
    .sched_send = op_sched_send,
    .fencer_connect = op_fencer_connect,
    .fencer_disconnect = op_nothing,
    .fencer_fence = op_fence,
    .fencer_sync_history = op_nothing,
    .attr_update = op_attr_update,
    .attr_clear_failure = op_attr_clear,
    .attr_purge = op_attr_purge,
    .attr_refresh = op_ok,
    .remote_connect = op_remote_connect,
    .remote_disconnect = op_remote_disconnect,
    .remote_poke = op_remote_poke,
    .remote_send = op_remote_send,
    .remote_check_watchdog = op_remote_disconnect,
    .proxy_open = op_proxy_open,
    .proxy_close = op_proxy_close,
    .proxy_send = op_proxy_send,
    .write_pe_core = op_pe_core,
    .check_watchdog_timeout = op_watchdog_ok,
    .panic = op_panic,
    .quit = op_quit,
};

/* ---- delivery ---- */

static void deliver_confchg(struct vnode *node)
{
    vcluster_t *vc = node->vc;
    bool member[VC_MAX_NODES];

    for (unsigned i = 0; i < vc->n; i++) {
        member[i] = reachable(node, &vc->nodes[i]);
        peer_t *peer = peers_get(node->peers, vc->nodes[i].id, vc->nodes[i].name);

        if (!member[i]) {
            peers_set_processes(node->peers, peer, peer->processes & ~PEER_PROC_CPG);
        }
    }
    for (unsigned i = 0; i < vc->n; i++) {
        peer_t *peer = peers_get(node->peers, vc->nodes[i].id, vc->nodes[i].name);

        if (member[i]) {
            peers_set_processes(node->peers, peer, peer->processes | PEER_PROC_CPG);
        }
    }
    for (unsigned i = 0; i < vc->n; i++) {
        peer_t *peer = peers_get(node->peers, vc->nodes[i].id, vc->nodes[i].name);

        if (member[i]) {
            peers_set_state(node->peers, peer, PEER_MEMBER, vc->seq, 0);
        } else if (peer->state != PEER_UNKNOWN) {
            peers_set_state(node->peers, peer, PEER_LOST, vc->seq, op_wall(node));
        }
    }
    crmd_quorum(node->core, op_quorate(node), vc->seq);
}

static void membership_changed(vcluster_t *vc)
{
    vc->seq += 4;
    for (unsigned i = 0; i < vc->n; i++) {
        if (vc->nodes[i].in_group) {
            post(vc, event_new(vc, K_CONFCHG, i, i));
        }
    }
}

static void notify_diff(struct vnode *node, const struct cib_result *result)
{
    if (result->patch && node->core && !node->ended) {
        crmd_cib_diff(node->core, result->rc, result->patch);
    }
}

/* Execute one operation on one replica. */
static int perform(struct vnode *node, const struct event *event, xmlNode **output)
{
    struct cib_change change = {
        .op = event->op,
        .section = event->section,
        .options = (uint32_t)event->call.options,
        .privileged = true,
        .count_versions = true,
        .input = event->xml,
        .origin = "test",
        .client = "crmd",
    };
    struct cib_result result = {0};
    int rc;

    cib_perform(&node->vc->env, &change, node->cib, &result);
    rc = result.rc;
    if (rc == 0 && result.cib) {
        xmlNode *old = node->cib;

        node->cib = result.cib;
        result.cib = NULL;
        if (old != node->cib) {
            xml_free(old);
        }
    }
    notify_diff(node, &result);
    *output = result.output ? xml_copy(result.output) : NULL;
    cib_result_clear(&result);
    return rc;
}

static void sync_from(struct vnode *requester, const char *host)
{
    vcluster_t *vc = requester->vc;
    struct vnode *source = requester;

    for (unsigned i = 0; i < vc->n; i++) {
        if (host && strcmp(vc->nodes[i].name, host) == 0) {
            source = &vc->nodes[i];
        }
    }
    for (unsigned i = 0; i < vc->n; i++) {
        if (&vc->nodes[i] != source && reachable(requester, &vc->nodes[i])) {
            xml_free(vc->nodes[i].cib);
            vc->nodes[i].cib = xml_copy(source->cib);
        }
    }
}

static void deliver_cib_op(struct vnode *node, struct event *event)
{
    struct event *reply = event_new(node->vc, K_CIB_REPLY, event->to, event->from);
    xmlNode *output = NULL, *ignored = NULL;

    reply->call = event->call;
    if (strcmp(event->op, "cib_sync") == 0) {
        sync_from(node, event->host);
    } else if (strcmp(event->op, "cib_query") == 0) {
        reply->rc = perform(node, event, &output);
    } else if (strstr(CIB_LOCAL_OPS, event->op) == NULL) {
        for (unsigned i = 0; i < node->vc->n; i++) {
            struct vnode *other = &node->vc->nodes[i];

            if (other == node || (reachable(node, other) && other->core)) {
                speaking = other;
                int rc = perform(other, event, other == node ? &output : &ignored);

                xml_free(ignored);
                ignored = NULL;
                reply->rc = other == node ? rc : reply->rc;
            }
        }
    }
    reply->xml = output;
    post(node->vc, reply);
}

static void deliver_result(struct vnode *node, const struct event *event)
{
    struct crmd_exec_event result = {
        .node = event->host,
        .rsc_id = event->rsc,
        .op_type = event->action,
        .user_data = event->user_data,
        .interval_ms = event->interval_ms,
        .call_id = (int)event->cookie,
        .rc = event->rc < 0 ? 0 : event->rc,
        .params = event->params,
        .status = event->rc < 0 ? EXEC_CANCELLED : EXEC_DONE,
        .run_time = op_wall(node),
        .rcchange_time = op_wall(node),
        .exec_time_ms = 20,
    };

    crmd_exec_result(node->core, &result);
}

static void deliver_fenced(struct vnode *node, const struct event *event)
{
    vcluster_t *vc = node->vc;
    bool works = vc->fencing_works;
    struct crmd_fence_event notice = {
        .target = event->rsc,
        .action = event->action,
        .executioner = node->name,
        .client = "pacemaker-controld.1",
        .origin = node->name,
        .id = "id",
        .operation = "st_notify_fence",
        .exit_status = works ? 0 : 1,
        .status = works ? EXEC_DONE : EXEC_NO_FENCE_DEVICE,
    };

    for (unsigned i = 0; works && i < vc->n; i++) {
        if (strcmp(vc->nodes[i].name, event->rsc) == 0) {
            vc_crash(vc, i + 1);
        }
    }
    speaking = node;
    crmd_fence_result(node->core, (int)event->cookie, notice.exit_status, notice.status,
                      works ? NULL : "none");
    for (unsigned i = 0; i < vc->n; i++) {
        if (vc->nodes[i].core && !vc->nodes[i].ended) {
            speaking = &vc->nodes[i];
            crmd_fence_notify(vc->nodes[i].core, &notice);
        }
    }
}

static void deliver(vcluster_t *vc, struct event *event)
{
    static const char metadata[] =
        "<resource-agent name='Dummy'><version>1.1</version><parameters><parameter name='state' "
        "reloadable='1'/>"
        "<parameter name='passwd' private='1'/><parameter name='fake'/></parameters>"
        "<actions><action name='reload-agent'/></actions></resource-agent>";
    struct vnode *node = &vc->nodes[event->to];

    if (node->core == NULL || node->ended) {
        return;
    }
    speaking = node;
    switch (event->kind) {
        case K_CPG:
            if (reachable(node, &vc->nodes[event->from]) || event->from == event->to) {
                crmd_cluster_message(node->core, vc->nodes[event->from].name, event->xml);
            }
            break;
        case K_CIB_OP: deliver_cib_op(node, event); break;
        case K_CIB_REPLY: crmd_cib_reply(node->core, event->call.id, event->rc, event->xml); break;
        case K_RESULT: deliver_result(node, event); break;
        case K_GRAPH: crmd_sched_reply(node->core, event->xml); break;
        case K_CONFCHG: deliver_confchg(node); break;
        case K_METADATA: crmd_metadata_done(node->core, event->cookie, metadata); break;
        case K_FENCED: deliver_fenced(node, event); break;
        case K_FENCER_UP: crmd_fencer_connected(node->core); break;
        case K_REMOTE:
            if (event->action) {
                crmd_remote_poked(node->core, event->rsc);
            } else {
                crmd_remote_connected(node->core, event->rsc, event->rc);
            }
            break;
    }
}

/* ---- time ---- */

static bool run_fsas(vcluster_t *vc)
{
    bool any = false;

    for (unsigned i = 0; i < vc->n; i++) {
        struct vnode *node = &vc->nodes[i];

        if (node->fsa && node->core && !node->ended) {
            node->fsa = false;
            speaking = node;
            crmd_run_fsa(node->core);
            any = true;
        }
    }
    return any;
}

static bool deliver_next(vcluster_t *vc)
{
    for (GList *item = vc->events->head; item; item = item->next) {
        struct event *event = item->data;

        if (event->at <= vc->now) {
            g_queue_delete_link(vc->events, item);
            deliver(vc, event);
            event_free(event);
            return true;
        }
    }
    return false;
}

static bool run_graphs(vcluster_t *vc)
{
    bool any = false;

    for (unsigned i = 0; i < vc->n; i++) {
        struct vnode *node = &vc->nodes[i];

        if (node->graph && node->core && !node->ended) {
            node->graph = false;
            speaking = node;
            crmd_run_graph(node->core);
            any = true;
        }
    }
    return any;
}

struct due {
    long long at;
    struct vnode *node;
    unsigned id;
};

static struct due next_timer(vcluster_t *vc)
{
    struct due due = {INT64_MAX, NULL, 0};

    for (unsigned i = 0; i < vc->n; i++) {
        GHashTableIter iter;
        gpointer id, at;

        if (vc->nodes[i].core == NULL || vc->nodes[i].ended) {
            continue;
        }
        g_hash_table_iter_init(&iter, vc->nodes[i].timers);
        while (g_hash_table_iter_next(&iter, &id, &at)) {
            long long when = *(long long *)at;

            if (when < due.at
                || (when == due.at && due.node == &vc->nodes[i] && GPOINTER_TO_UINT(id) < due.id)) {
                due = (struct due){when, &vc->nodes[i], GPOINTER_TO_UINT(id)};
            }
        }
    }
    return due;
}

static long long next_event(vcluster_t *vc)
{
    long long at = INT64_MAX;

    for (GList *item = vc->events->head; item; item = item->next) {
        long long when = ((struct event *)item->data)->at;

        at = when < at ? when : at;
    }
    return at;
}

/* Let time pass to whatever comes next; false when nothing comes until the end. */
static bool advance(vcluster_t *vc, long long end)
{
    struct due due = next_timer(vc);
    long long event = next_event(vc);

    if (event <= due.at && event <= end) {
        vc->now = event;
        return true;
    }
    if (due.at > end) {
        return false;
    }
    vc->now = due.at > vc->now ? due.at : vc->now;
    g_hash_table_remove(due.node->timers, GUINT_TO_POINTER(due.id));
    speaking = due.node;
    crmd_timer(due.node->core, due.id);
    return true;
}

void vc_run(vcluster_t *vc, unsigned ms)
{
    long long end = vc->now + ms;
    unsigned steps = 0;

    while (steps++ < MAX_STEPS) {
        if (!run_fsas(vc) && !deliver_next(vc) && !run_graphs(vc) && !advance(vc, end)) {
            vc->now = end;
            return;
        }
    }
    fprintf(stderr, "# the virtual cluster does not come to rest\n%s", vc->story->str);
    abort();
}

/* ---- what tests do ---- */

void vc_configure(vcluster_t *vc)
{
    vc->configured = true;
}

vcluster_t *vc_new(unsigned n, const char *cib)
{
    static const char empty[] =
        "<cib crm_feature_set='3.16.1' validate-with='pacemaker-3.9' epoch='1' num_updates='0' "
        "admin_epoch='0'><configuration><crm_config/><nodes/><resources/><constraints/>"
        "</configuration><status/></cib>";
    vcluster_t *vc = g_new0(vcluster_t, 1);

    vc->n = n;
    vc->events = g_queue_new();
    vc->story = g_string_new(NULL);
    vc->outcomes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    vc->attributes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    vc->fencing_works = true;
    for (unsigned i = 0; i < n; i++) {
        struct vnode *node = &vc->nodes[i];

        node->vc = vc;
        node->id = i + 1;
        node->exit_status = -1;
        snprintf(node->name, sizeof node->name, "node%u", i + 1);
        snprintf(node->uuid, sizeof node->uuid, "%u", i + 1);
        node->cib = xml_parse(cib ? cib : empty, NULL);
    }
    current = vc;
    log_set_sink(sink);
    return vc;
}

static void node_drop(struct vnode *node)
{
    crmd_free(node->core);
    node->core = NULL;
    if (node->peers) {
        peers_free(node->peers);
        g_hash_table_destroy(node->timers);
        g_hash_table_destroy(node->registered);
        g_hash_table_destroy(node->recurring);
        node->peers = NULL;
    }
}

void vc_free(vcluster_t *vc)
{
    struct event *event;

    current = NULL;
    log_set_sink(NULL);
    for (unsigned i = 0; i < vc->n; i++) {
        node_drop(&vc->nodes[i]);
        xml_free(vc->nodes[i].cib);
        xml_free(vc->nodes[i].client_reply);
    }
    while ((event = g_queue_pop_head(vc->events)) != NULL) {
        event_free(event);
    }
    g_queue_free(vc->events);
    g_string_free(vc->story, TRUE);
    g_free(vc->next_graph);
    g_hash_table_destroy(vc->outcomes);
    g_hash_table_destroy(vc->attributes);
    g_free(vc);
}

void vc_start(vcluster_t *vc, unsigned number)
{
    struct vnode *node = &vc->nodes[number - 1];
    struct crmd_settings settings = {.cib_timeout_s = 30, .cores = 4, .pid = 1};

    node_drop(node);
    node->ended = node->leaving = false;
    node->exit_status = -1;
    node->call_id = 0;
    node->timers = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    node->registered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    node->recurring = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    node->peers = peers_new(false, NULL);
    node->core = crmd_new(&settings, node->peers, &virtual_ops, node);
    speaking = node;
    crmd_start(node->core);
}

void vc_crash(vcluster_t *vc, unsigned number)
{
    struct vnode *node = &vc->nodes[number - 1];

    if (node->core) {
        node->ended = true;
        node->exit_status = 255;
        node->in_group = false;
        membership_changed(vc);
    }
}

bool vc_is_leaving(vcluster_t *vc, unsigned node)
{
    return vc->nodes[node - 1].leaving && !vc->nodes[node - 1].ended;
}

void vc_shutdown(vcluster_t *vc, unsigned number)
{
    vc->nodes[number - 1].leaving = true;
    speaking = &vc->nodes[number - 1];
    crmd_shutdown_signal(vc->nodes[number - 1].core);
}

void vc_partition(vcluster_t *vc, const int *groups)
{
    for (unsigned i = 0; i < vc->n; i++) {
        vc->nodes[i].group = groups[i];
    }
    membership_changed(vc);
}

crmd_t *vc_core(vcluster_t *vc, unsigned node)
{
    return vc->nodes[node - 1].ended ? NULL : vc->nodes[node - 1].core;
}

int vc_exit_status(vcluster_t *vc, unsigned node)
{
    return vc->nodes[node - 1].exit_status;
}

xmlNode *vc_cib(vcluster_t *vc, unsigned node)
{
    return vc->nodes[node - 1].cib;
}

const char *vc_cib_get(vcluster_t *vc, unsigned node, const char *xpath, const char *attribute)
{
    xpath_result_t *found = xpath_eval(vc_cib(vc, node), xpath, NULL);
    const char *value = found && xpath_count(found) ? xml_get(xpath_get(found, 0), attribute) : NULL;

    xpath_free(found);
    return value;
}

void vc_cib_modify(vcluster_t *vc, unsigned number, const char *section, const char *text)
{
    struct event *event = event_new(vc, K_CIB_OP, number - 1, number - 1);

    event->op = g_strdup("cib_modify");
    event->section = g_strdup(section);
    event->call.options = CIB_CAN_CREATE;
    event->xml = xml_parse(text, NULL);
    post(vc, event);
}

void vc_next_graph(vcluster_t *vc, const char *synapses)
{
    g_free(vc->next_graph);
    vc->next_graph = g_strdup(synapses);
}

void vc_operation(vcluster_t *vc, const char *rsc, const char *op, int rc, unsigned delay_ms)
{
    struct outcome *outcome = g_new0(struct outcome, 1);

    outcome->rc = rc;
    outcome->delay_ms = delay_ms;
    g_hash_table_replace(vc->outcomes, g_strdup_printf("%s %s", rsc, op), outcome);
}

void vc_monitor_result(vcluster_t *vc, unsigned number, const char *rsc, int rc)
{
    struct vnode *node = &vc->nodes[number - 1];
    const char *known = g_hash_table_lookup(node->recurring, rsc);
    struct event *event;
    unsigned call = 0, interval = 0;

    if (known == NULL || sscanf(known, "%u %u", &call, &interval) != 2) {
        return;
    }
    event = event_new(vc, K_RESULT, number - 1, number - 1);
    event->rc = rc;
    event->rsc = g_strdup(rsc);
    event->action = g_strdup("monitor");
    event->interval_ms = interval;
    event->cookie = call;
    event->user_data = g_strdup(strrchr(known, ' ') + 1);
    post(vc, event);
}

void vc_fencing(vcluster_t *vc, bool works)
{
    vc->fencing_works = works;
}

void vc_remote(vcluster_t *vc, bool up)
{
    vc->remote_up = up;
}

void vc_remote_message(vcluster_t *vc, unsigned number, const char *remote, const char *text)
{
    xmlNode *msg = xml_parse(text, NULL);

    speaking = &vc->nodes[number - 1];
    crmd_remote_proxy(speaking->core, remote, msg);
    xml_free(msg);
}

char *vc_story(vcluster_t *vc)
{
    char *text = strdup(vc->story->str);

    g_string_truncate(vc->story, 0);
    return text;
}

void vc_forget(vcluster_t *vc)
{
    g_string_truncate(vc->story, 0);
}

unsigned vc_scheduler_calls(const vcluster_t *vc)
{
    return vc->scheduler_calls;
}

const char *vc_attribute(vcluster_t *vc, const char *node, const char *name)
{
    char *key = g_strdup_printf("%s %s", node, name);
    const char *value = g_hash_table_lookup(vc->attributes, key);

    g_free(key);
    return value;
}

void vc_inject(vcluster_t *vc, unsigned number, const char *sender, const char *text)
{
    struct vnode *node = &vc->nodes[number - 1];
    xmlNode *msg = xml_parse(text, NULL);

    speaking = node;
    if (sender) {
        crmd_cluster_message(node->core, sender, msg);
    } else {
        crmd_ipc_request(node->core, "client-1", msg);
    }
    xml_free(msg);
}

const xmlNode *vc_client_reply(vcluster_t *vc, unsigned node)
{
    return vc->nodes[node - 1].client_reply;
}
