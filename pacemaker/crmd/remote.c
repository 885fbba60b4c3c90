/* Connections to remote nodes, run as resources of the pseudo agent ocf:pacemaker:remote: its operations and
 * what they mean for the node behind the connection (controller.md §5.13). */
#include "pacemaker/crmd/private.h"

#define CONNECT_TIMEOUT_MS 10000u
#define MIN_RETRY_LEFT_MS 3000
#define RETRY_DELAY_MS 1000u
#define SOON_MS 1u

enum takeover { TAKEOVER_NONE, TAKEOVER_EXPECTED, TAKEOVER_COMPLETE };

/* One operation of the pseudo agent. */
struct remote_cmd {
    char *action, *user_data, *reason;
    unsigned interval_ms, timeout_ms;
    int call_id, rc, status;
    long long queued_ms;        /* monotonic time it was asked for */
    bool reported;              /* a success of this recurring monitor was told already */
    long long told_at;          /* wall seconds of that success, 0 = none */
    unsigned timer;             /* start delay or interval, 0 = none */
    GHashTable *params;
};

struct remote_conn {
    char *rsc_id;
    GList *queue, *recurring, *done;    /* of struct remote_cmd: waiting; between runs; results to report */
    struct remote_cmd *current;
    unsigned timer;             /* of the current command: retry, answer or takeover; 0 = none */
    unsigned wakeup;            /* soon: report results, take the next command */
    enum takeover takeover;
    bool active;                /* the connection is meant to be up */
    bool retrying;
    bool guest;                 /* the node lives in a resource of the cluster */
};

bool remote_agent(const struct crmd_rsc_info *info)
{
    return same_text(info->class, "ocf") && same_text(info->provider, "pacemaker")
           && same_text(info->type, "remote");
}

bool remote_is_connection(struct crmd *c, const char *rsc_id)
{
    return rsc_id && g_hash_table_contains(c->remotes, rsc_id);
}

static struct exec_node *remote_find(struct crmd *c, const char *name)
{
    return name ? g_hash_table_lookup(c->remotes, name) : NULL;
}

static void cmd_free(void *data)
{
    struct remote_cmd *cmd = data;

    g_free(cmd->action);
    g_free(cmd->user_data);
    g_free(cmd->reason);
    if (cmd->params) {
        g_hash_table_unref(cmd->params);
    }
    g_free(cmd);
}

static void arm(struct crmd *c, unsigned *timer, unsigned ms)
{
    if (*timer) {
        c->ops.timer_stop(c->arg, *timer);
    }
    *timer = dynamic_timer(c);
    c->ops.timer_start(c->arg, *timer, ms);
}

static void disarm(struct crmd *c, unsigned *timer)
{
    if (*timer) {
        c->ops.timer_stop(c->arg, *timer);
        *timer = 0;
    }
}

static void wake(struct crmd *c, struct remote_conn *conn)
{
    if (conn->wakeup == 0) {
        arm(c, &conn->wakeup, SOON_MS);
    }
}

static void drop_list(struct crmd *c, GList **list)
{
    for (GList *item = *list; item; item = item->next) {
        disarm(c, &((struct remote_cmd *)item->data)->timer);
    }
    g_list_free_full(*list, cmd_free);
    *list = NULL;
}

static void conn_free(struct crmd *c, struct remote_conn *conn)
{
    disarm(c, &conn->timer);
    disarm(c, &conn->wakeup);
    drop_list(c, &conn->queue);
    drop_list(c, &conn->recurring);
    drop_list(c, &conn->done);
    if (conn->current) {
        cmd_free(conn->current);
    }
    g_free(conn->rsc_id);
    g_free(conn);
}

/* ---- life of a connection resource ---- */

int remote_register(struct crmd *c, const struct crmd_rsc_info *info)
{
    struct exec_node *node = lrm_node_add(c, info->id);

    if (node->remote == NULL) {
        node->remote = g_new0(struct remote_conn, 1);
        node->remote->rsc_id = g_strdup(info->id);
    }
    return 0;
}

static void remote_remove(struct crmd *c, struct exec_node *node)
{
    if (node->connected) {
        c->ops.remote_disconnect(c->arg, node->name);
    }
    conn_free(c, node->remote);
    node->remote = NULL;
}

void remote_unregister(struct crmd *c, const char *rsc_id)
{
    struct exec_node *node = remote_find(c, rsc_id);

    if (node) {
        remote_remove(c, node);
        g_hash_table_remove(c->remotes, rsc_id);
    }
}

void remote_clear(struct crmd *c)
{
    GHashTableIter iter;
    gpointer node;

    g_hash_table_iter_init(&iter, c->remotes);
    while (g_hash_table_iter_next(&iter, NULL, &node)) {
        remote_remove(c, node);
    }
    g_hash_table_remove_all(c->remotes);
    proxy_clear(c);
}

/* ---- the node behind it ---- */

static void tell_dc(struct crmd *c, const char *node, bool up)
{
    xmlNode *msg XML_AUTO = NULL;

    if (c->dc == NULL) {
        log_warn("No DC to tell that remote node %s is %s", node, up ? "up" : "down");
        return;
    }
    msg = message_request("remote_state", NULL, c->dc, SYS_DC, SYS_CRMD, NULL);
    xml_set(msg, "id", node);
    xml_set_bool(msg, "in_ccm", up);
    c->ops.cluster_send(c->arg, c->dc, CMSG_CRMD, msg);
}

static void write_remote_state(struct crmd *c, const char *name, const char *fenced)
{
    xmlNode *status XML_AUTO = xml_new("status");
    xmlNode *state = node_state_add(c, status, peers_get_remote(c->peers, name), UPDATE_CLUSTER, __func__);

    if (state) {
        xml_set(state, "node_fenced", fenced);
        core_cib_call(c, "cib_modify", "status", status, CIB_QUORUM_OVERRIDE | CIB_CAN_CREATE, NULL, NULL,
                      NULL);
    }
}

static void set_remote_state(struct crmd *c, const char *name, enum peer_state state)
{
    peers_set_state(c->peers, peers_get_remote(c->peers, name), state, 0, c->ops.wall(c->arg));
}

static void remote_node_up(struct crmd *c, const char *name)
{
    bool locked = option_true(c, "shutdown-lock");
    struct crmd_attr probed = {"probe_complete", NULL};

    log_info("Announcing Pacemaker Remote node %s", name);
    c->ops.attr_purge(c->arg, name);
    erase_node_state(c, name, locked ? STATE_ALL_UNLOCKED : STATE_ALL, CIB_SCOPE_LOCAL);
    c->ops.attr_update(c->arg, name, true, &probed, 1);
    set_remote_state(c, name, PEER_MEMBER);
    tell_dc(c, name, true);
    write_remote_state(c, name, "0");
}

static void remote_node_down(struct crmd *c, const char *name, bool keep_history)
{
    log_info("Marking Pacemaker Remote node %s as down", name);
    c->ops.attr_purge(c->arg, name);
    erase_node_state(c, name, keep_history ? STATE_ATTRS : STATE_ALL, CIB_SCOPE_LOCAL);
    set_remote_state(c, name, PEER_LOST);
    tell_dc(c, name, false);
    write_remote_state(c, name, NULL);
}

void remote_guest_down(struct crmd *c, const char *node)
{
    remote_node_down(c, node, false);
}

void remote_state_message(struct crmd *c, const xmlNode *msg)
{
    const char *node = xml_get(msg, "id");

    if (node == NULL || xml_get(msg, "in_ccm") == NULL) {
        log_warn("Ignoring remote state message without %s", node ? "state" : "node");
        return;
    }
    set_remote_state(c, node, xml_get_true(msg, "in_ccm") ? PEER_MEMBER : PEER_LOST);
}

void remote_record_maintenance(struct crmd *c, const xmlNode *action)
{
    xml_foreach(element, xml_first(action, "maintenance"), "node") {
        struct exec_node *node = remote_find(c, xml_id(element));
        xmlNode *status XML_AUTO = xml_new("status");
        xmlNode *state;

        if (node == NULL || node->remote == NULL || !node->remote->active) {
            continue;
        }
        node->in_maintenance = xml_get_true(element, "node_in_maintenance");
        state = node_state_add(c, status, peers_get_remote(c->peers, node->name), 0, __func__);
        if (state) {
            xml_set(state, "node_in_maintenance", node->in_maintenance ? "1" : "0");
            core_cib_call(c, "cib_modify", "status", status, CIB_QUORUM_OVERRIDE | CIB_CAN_CREATE, NULL,
                          NULL, NULL);
        }
    }
}

/* ---- results ---- */

static void node_effect(struct crmd *c, struct exec_node *node, const struct remote_cmd *cmd)
{
    if (cmd->rc != OCF_OK || cmd->status != EXEC_DONE) {
        return;
    }
    if (strcmp(cmd->action, "start") == 0) {
        remote_node_up(c, node->name);
    } else if (strcmp(cmd->action, "migrate_from") == 0) {
        set_remote_state(c, node->name, PEER_MEMBER);
    } else if (strcmp(cmd->action, "stop") == 0) {
        if (node->remote->takeover == TAKEOVER_NONE) {
            remote_node_down(c, node->name, true);
        } else if (!crmd_has(c, F_THE_DC)) {
            peers_forget_remote(c->peers, node->name);
        }
        node->remote->takeover = TAKEOVER_NONE;
    }
}

/* Success and failure of a recurring monitor have one call number, and the scheduler orders
 * them by whole seconds: a failure in the second of the success would be taken for the older
 * of the two and never be acted on. */
static long long result_time(struct crmd *c, const struct remote_cmd *cmd)
{
    long long now = c->ops.wall(c->arg);

    return cmd->rc != OCF_OK && cmd->told_at >= now ? cmd->told_at + 1 : now;
}

static void report(struct crmd *c, struct exec_node *node, const struct remote_cmd *cmd)
{
    long long now = result_time(c, cmd);
    long long spent = c->ops.mono_ms(c->arg) - cmd->queued_ms;
    struct crmd_exec_event event = {
        .rsc_id = node->name,
        .op_type = cmd->action,
        .user_data = cmd->user_data,
        .exit_reason = cmd->reason,
        .interval_ms = cmd->interval_ms,
        .timeout_ms = cmd->timeout_ms,
        .call_id = cmd->call_id,
        .rc = cmd->rc,
        .status = cmd->status,
        .run_time = now,
        .rcchange_time = now,
        .exec_time_ms = spent > 0 && spent < UINT32_MAX ? (unsigned)spent : 0,
        .params = cmd->params,
    };

    node_effect(c, node, cmd);
    lrm_handle_result(c, c->local, &event, NULL);
}

static void set_result(struct remote_cmd *cmd, int rc, int status, const char *reason)
{
    cmd->rc = rc;
    cmd->status = status;
    replace_text(&cmd->reason, reason);
}

/* The command has its result; it is reported soon. A recurring one that may continue is kept. */
static void finish(struct crmd *c, struct remote_conn *conn, int rc, int status, const char *reason)
{
    struct remote_cmd *cmd = conn->current;

    disarm(c, &conn->timer);
    conn->current = NULL;
    conn->retrying = false;
    set_result(cmd, rc, status, reason);
    conn->done = g_list_append(conn->done, cmd);
    wake(c, conn);
}

static struct remote_cmd *cmd_copy(const struct remote_cmd *cmd)
{
    struct remote_cmd *copy = g_new0(struct remote_cmd, 1);

    *copy = *cmd;
    copy->action = g_strdup(cmd->action);
    copy->user_data = g_strdup(cmd->user_data);
    copy->reason = g_strdup(cmd->reason);
    copy->params = cmd->params ? g_hash_table_ref(cmd->params) : NULL;
    copy->timer = 0;
    return copy;
}

/* ---- running commands ---- */

static long long time_left(struct crmd *c, const struct remote_cmd *cmd)
{
    return cmd->queued_ms + cmd->timeout_ms - c->ops.mono_ms(c->arg);
}

static void connect_now(struct crmd *c, struct exec_node *node)
{
    const struct remote_cmd *cmd = node->remote->current;
    const char *server = g_hash_table_lookup(cmd->params, "addr");
    long long left = time_left(c, cmd);
    unsigned ms = left < 1 ? 1 : left > CONNECT_TIMEOUT_MS ? CONNECT_TIMEOUT_MS : (unsigned)left;

    if (server == NULL) {
        server = g_hash_table_lookup(cmd->params, "server");
    }
    node->remote->retrying = false;
    c->ops.remote_connect(c->arg, node->name, text_or(server, node->name),
                          (int)int_parse(g_hash_table_lookup(cmd->params, "port"), 0), ms);
}

static void forget_history(struct exec_node *node)
{
    g_hash_table_remove_all(node->history);
    g_hash_table_remove_all(node->pending);
    g_hash_table_remove_all(node->deletions);
}

static void disconnect(struct crmd *c, struct exec_node *node)
{
    if (node->connected) {
        node->connected = false;
        c->ops.remote_disconnect(c->arg, node->name);
    }
}

static void stop_now(struct crmd *c, struct exec_node *node)
{
    struct remote_conn *conn = node->remote;

    if (conn->takeover == TAKEOVER_COMPLETE) {
        forget_history(node);
    } else {
        lrm_drop_pending(c, node);
    }
    disconnect(c, node);
    conn->active = false;
    drop_list(c, &conn->queue);
    drop_list(c, &conn->recurring);
    finish(c, conn, OCF_OK, EXEC_DONE, NULL);
}

static void run_monitor(struct crmd *c, struct exec_node *node)
{
    struct remote_conn *conn = node->remote;

    if (!node->connected) {
        finish(c, conn, OCF_NOT_RUNNING, EXEC_DONE, "Remote connection inactive");
    } else if (c->ops.remote_poke(c->arg, node->name) < 0) {
        finish(c, conn, OCF_UNKNOWN_ERROR, EXEC_ERROR, "Could not send to the remote executor");
    } else {
        arm(c, &conn->timer, conn->current->timeout_ms ? conn->current->timeout_ms : 20000);
    }
}

static void run_stop(struct crmd *c, struct exec_node *node)
{
    struct remote_conn *conn = node->remote;

    if (conn->takeover == TAKEOVER_EXPECTED) {
        arm(c, &conn->timer, conn->current->timeout_ms / 2 + 1);
    } else {
        stop_now(c, node);
    }
}

static void run_command(struct crmd *c, struct exec_node *node)
{
    struct remote_conn *conn = node->remote;
    const char *action = conn->current->action;

    if (strcmp(action, "start") == 0 || strcmp(action, "migrate_from") == 0) {
        conn->takeover = TAKEOVER_NONE;
        conn->guest = g_hash_table_lookup(conn->current->params, "CRM_meta_container") != NULL;
        connect_now(c, node);
    } else if (strcmp(action, "monitor") == 0) {
        run_monitor(c, node);
    } else if (strcmp(action, "stop") == 0) {
        run_stop(c, node);
    } else {
        if (strcmp(action, "migrate_to") == 0) {
            conn->takeover = TAKEOVER_EXPECTED;
        }
        finish(c, conn, OCF_OK, EXEC_DONE, NULL);
    }
}

/* Report what is done, then take the next command. */
static void work(struct crmd *c, struct exec_node *node)
{
    struct remote_conn *conn = node->remote;

    while (conn->done) {
        struct remote_cmd *cmd = conn->done->data;

        conn->done = g_list_delete_link(conn->done, conn->done);
        report(c, node, cmd);
        cmd_free(cmd);
    }
    if (conn->current == NULL && conn->queue) {
        conn->current = conn->queue->data;
        conn->queue = g_list_delete_link(conn->queue, conn->queue);
        run_command(c, node);
    }
}

/* ---- requests ---- */

static bool supported(const char *action)
{
    static const char *const actions[] = {
        "start", "stop", "monitor", "migrate_to", "migrate_from", "reload", "reload-agent",
    };

    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(action, actions[i]) == 0) {
            return true;
        }
    }
    return false;
}

static struct remote_cmd *find_monitor(GList *list, const char *action, unsigned interval_ms)
{
    for (GList *item = list; item; item = item->next) {
        struct remote_cmd *cmd = item->data;

        if (cmd->interval_ms == interval_ms && strcmp(cmd->action, action) == 0) {
            return cmd;
        }
    }
    return NULL;
}

/* The same recurring monitor again: it goes on under the new key. */
static int merge_monitor(struct crmd *c, struct remote_conn *conn, struct remote_cmd *cmd,
                         const char *user_data)
{
    replace_text(&cmd->user_data, user_data);
    if (cmd->reported) {
        cmd->reported = false;
        cmd->call_id = ++c->remote_call_id;
    }
    if (g_list_find(conn->recurring, cmd)) {
        disarm(c, &cmd->timer);
        conn->recurring = g_list_remove(conn->recurring, cmd);
        cmd->queued_ms = c->ops.mono_ms(c->arg);
        conn->queue = g_list_append(conn->queue, cmd);
        wake(c, conn);
    }
    return cmd->call_id;
}

int remote_exec(struct crmd *c, const char *rsc_id, const char *action, const char *user_data,
                unsigned interval_ms, unsigned timeout_ms, unsigned start_delay_ms, GHashTable *params)
{
    struct exec_node *node = remote_find(c, rsc_id);
    struct remote_cmd *cmd;

    if (node == NULL || node->remote == NULL) {
        return -EINVAL;
    }
    if (!supported(action)) {
        return -EOPNOTSUPP;
    }
    cmd = interval_ms ? find_monitor(node->remote->recurring, action, interval_ms) : NULL;
    if (cmd == NULL && interval_ms) {
        cmd = find_monitor(node->remote->queue, action, interval_ms);
    }
    if (cmd) {
        return merge_monitor(c, node->remote, cmd, user_data);
    }
    cmd = g_new0(struct remote_cmd, 1);
    cmd->action = g_strdup(action);
    cmd->user_data = g_strdup(user_data);
    cmd->interval_ms = interval_ms;
    cmd->timeout_ms = timeout_ms;
    cmd->call_id = ++c->remote_call_id;
    cmd->queued_ms = c->ops.mono_ms(c->arg) + start_delay_ms;
    cmd->params = params ? g_hash_table_ref(params) : g_hash_table_new(g_str_hash, g_str_equal);
    if (start_delay_ms) {
        node->remote->recurring = g_list_append(node->remote->recurring, cmd);
        arm(c, &cmd->timer, start_delay_ms);
    } else {
        node->remote->queue = g_list_append(node->remote->queue, cmd);
        wake(c, node->remote);
    }
    return cmd->call_id;
}

int remote_cancel(struct crmd *c, const char *rsc_id, const char *action, unsigned interval_ms)
{
    struct exec_node *node = remote_find(c, rsc_id);
    struct remote_conn *conn = node ? node->remote : NULL;
    GList **lists[] = {conn ? &conn->recurring : NULL, conn ? &conn->queue : NULL};

    if (conn == NULL) {
        return -EINVAL;
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct remote_cmd *cmd = find_monitor(*lists[i], action, interval_ms);

        if (cmd) {
            disarm(c, &cmd->timer);
            *lists[i] = g_list_remove(*lists[i], cmd);
            set_result(cmd, OCF_OK, EXEC_CANCELLED, NULL);
            conn->done = g_list_append(conn->done, cmd);
            wake(c, conn);
            return 0;
        }
    }
    if (conn->current && conn->current->interval_ms == interval_ms
        && strcmp(conn->current->action, action) == 0) {
        finish(c, conn, OCF_OK, EXEC_CANCELLED, NULL);
        return 0;
    }
    return -EOPNOTSUPP;
}

/* ---- events of the connection ---- */

static bool is_connecting(const struct remote_conn *conn)
{
    return conn->current
           && (strcmp(conn->current->action, "start") == 0
               || strcmp(conn->current->action, "migrate_from") == 0);
}

void crmd_remote_connected(crmd_t *c, const char *name, int rc)
{
    struct exec_node *node = remote_find(c, name);
    struct remote_conn *conn = node ? node->remote : NULL;

    if (c->stopped || conn == NULL || !is_connecting(conn)) {
        return;
    }
    if (rc == 0) {
        forget_history(node);
        node->connected = true;
        conn->active = true;
        finish(c, conn, OCF_OK, EXEC_DONE, NULL);
    } else if (rc == -ENOKEY || rc == -EKEYREJECTED) {
        finish(c, conn, OCF_INVALID_PARAM, EXEC_ERROR, pcmk_strerror(rc));
    } else if (time_left(c, conn->current) > MIN_RETRY_LEFT_MS) {
        log_info("Could not connect to Pacemaker Remote node %s, will retry: %s", name, pcmk_strerror(rc));
        conn->retrying = true;
        arm(c, &conn->timer, RETRY_DELAY_MS);
    } else {
        char *reason = g_strdup_printf("%s without enough time to retry", pcmk_strerror(rc));

        finish(c, conn, OCF_UNKNOWN_ERROR, EXEC_TIMEOUT, reason);
        g_free(reason);
    }
}

/* The monitor's answer: told the first time, then silently repeated. */
void crmd_remote_poked(crmd_t *c, const char *name)
{
    struct exec_node *node = remote_find(c, name);
    struct remote_conn *conn = node ? node->remote : NULL;
    struct remote_cmd *cmd = conn ? conn->current : NULL;

    if (c->stopped || cmd == NULL || strcmp(cmd->action, "monitor") != 0) {
        return;
    }
    disarm(c, &conn->timer);
    if (cmd->interval_ms == 0) {
        finish(c, conn, OCF_OK, EXEC_DONE, NULL);
        return;
    }
    conn->current = NULL;
    if (!cmd->reported) {
        struct remote_cmd *first = cmd_copy(cmd);

        cmd->reported = true;
        cmd->told_at = c->ops.wall(c->arg);
        set_result(first, OCF_OK, EXEC_DONE, NULL);
        conn->done = g_list_append(conn->done, first);
    }
    conn->recurring = g_list_append(conn->recurring, cmd);
    arm(c, &cmd->timer, cmd->interval_ms);
    wake(c, conn);
}

void crmd_remote_new_client(crmd_t *c, const char *name)
{
    struct exec_node *node = remote_find(c, name);
    struct remote_conn *conn = node ? node->remote : NULL;

    if (c->stopped || conn == NULL || !node->connected) {
        return;
    }
    if (conn->takeover != TAKEOVER_EXPECTED) {
        log_err("Disconnecting from Pacemaker Remote node %s due to unexpected client takeover", name);
        disconnect(c, node);
        remote_lost(c, name);
        return;
    }
    conn->takeover = TAKEOVER_COMPLETE;
    if (conn->current && strcmp(conn->current->action, "stop") == 0) {
        stop_now(c, node);
    }
}

/* Every recurring monitor of the connection fails. */
static void fail_monitors(struct crmd *c, struct remote_conn *conn, const char *reason)
{
    while (conn->recurring) {
        struct remote_cmd *cmd = conn->recurring->data;

        conn->recurring = g_list_delete_link(conn->recurring, conn->recurring);
        disarm(c, &cmd->timer);
        set_result(cmd, OCF_UNKNOWN_ERROR, EXEC_ERROR, reason);
        conn->done = g_list_append(conn->done, cmd);
    }
    wake(c, conn);
}

void remote_fenced(struct crmd *c, const char *name)
{
    struct exec_node *node = remote_find(c, name);

    if (node && node->remote && node->remote->active) {
        fail_monitors(c, node->remote, "Lost connection to remote executor");
    }
}

static void lost_in_maintenance(struct crmd *c, struct exec_node *node)
{
    struct remote_conn *conn = node->remote;
    struct crmd_exec_event event = {
        .rsc_id = node->name,
        .op_type = "stop",
        .run_time = c->ops.wall(c->arg),
        .rcchange_time = c->ops.wall(c->arg),
        .call_id = ++c->remote_call_id,
    };

    lrm_drop_pending(c, node);
    conn->active = false;
    drop_list(c, &conn->queue);
    drop_list(c, &conn->recurring);
    remote_node_down(c, node->name, true);
    lrm_handle_result(c, c->local, &event, NULL);
}

void remote_lost(struct crmd *c, const char *name)
{
    struct exec_node *node = remote_find(c, name);
    struct remote_conn *conn = node ? node->remote : NULL;

    if (conn == NULL) {
        return;
    }
    node->connected = false;
    proxy_close_node(c, name);
    if (conn->current && strcmp(conn->current->action, "monitor") == 0) {
        finish(c, conn, OCF_UNKNOWN_ERROR, EXEC_ERROR,
               "Remote connection unexpectedly dropped during monitor");
        return;
    }
    if (conn->current || !conn->active) {
        return;
    }
    if (node->in_maintenance) {
        lost_in_maintenance(c, node);
    } else {
        log_err("Lost connection to Pacemaker Remote node %s", name);
        fail_monitors(c, conn, "Lost connection to remote executor");
    }
}

bool remote_is_guest(struct crmd *c, const char *name)
{
    const struct exec_node *node = remote_find(c, name);

    return node && node->remote && node->remote->guest;
}

/* Results that a former host's operations still produce after the connection moved. */
bool remote_ignores_results(const struct exec_node *node)
{
    return node->remote && node->remote->takeover == TAKEOVER_COMPLETE;
}

/* ---- timers ---- */

static void command_timer(struct crmd *c, struct exec_node *node)
{
    struct remote_conn *conn = node->remote;

    conn->timer = 0;
    if (conn->current == NULL) {
        return;
    }
    if (conn->retrying) {
        connect_now(c, node);
    } else if (strcmp(conn->current->action, "stop") == 0) {
        log_warn("No other node took over the connection to %s", node->name);
        conn->takeover = TAKEOVER_NONE;
        stop_now(c, node);
    } else if (strcmp(conn->current->action, "monitor") == 0) {
        finish(c, conn, OCF_UNKNOWN_ERROR, EXEC_TIMEOUT, "Remote executor did not respond");
        disconnect(c, node);
    }
}

static bool interval_timer(struct crmd *c, struct remote_conn *conn, unsigned id)
{
    for (GList *item = conn->recurring; item; item = item->next) {
        struct remote_cmd *cmd = item->data;

        if (cmd->timer == id) {
            cmd->timer = 0;
            cmd->queued_ms = c->ops.mono_ms(c->arg);
            conn->recurring = g_list_delete_link(conn->recurring, item);
            conn->queue = g_list_append(conn->queue, cmd);
            wake(c, conn);
            return true;
        }
    }
    return false;
}

bool remote_timer(struct crmd *c, unsigned id)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, c->remotes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct exec_node *node = value;
        struct remote_conn *conn = node->remote;

        if (conn == NULL) {
            continue;
        }
        if (conn->wakeup == id) {
            conn->wakeup = 0;
            work(c, node);
            return true;
        }
        if (conn->timer == id) {
            command_timer(c, node);
            return true;
        }
        if (interval_timer(c, conn, id)) {
            return true;
        }
    }
    return false;
}
