/* Clients on remote nodes: their requests come through the connection we host (controller.md §5.13,
 * messaging.md §8.6). */
#include "pacemaker/crmd/private.h"

#define MAX_SESSIONS 10000u
#define RELAY_FLAG_RESPONSE 0x200u

struct proxy_session {
    char *node, *channel;
    char *last_id;              /* number of the last request that waits for a response, or NULL */
    bool own;                   /* served by this controller itself */
};

static void session_free(void *data)
{
    struct proxy_session *session = data;

    g_free(session->node);
    g_free(session->channel);
    g_free(session->last_id);
    g_free(session);
}

static struct proxy_session *session_find(struct crmd *c, const char *id)
{
    return c->remote_sessions && id ? g_hash_table_lookup(c->remote_sessions, id) : NULL;
}

static xmlNode *proxy_message(const char *op, const char *session)
{
    xmlNode *msg = xml_new("lrmd_ipc_proxy");

    xml_set(msg, "lrmd_ipc_op", op);
    xml_set(msg, "lrmd_ipc_session", session);
    return msg;
}

static void send_payload(struct crmd *c, const char *node, const char *id, const char *op, const char *msg_id,
                         const xmlNode *payload)
{
    xmlNode *msg XML_AUTO = proxy_message(op, id);

    xml_set(msg, "lrmd_ipc_msg_id", msg_id);
    if (payload) {
        xml_add_copy(xml_add(msg, "lrmd_ipc_msg"), payload);
    }
    c->ops.remote_send(c->arg, node, msg);
}

static void session_end(struct crmd *c, const char *id, bool tell)
{
    struct proxy_session *session = session_find(c, id);

    if (session == NULL) {
        return;
    }
    if (!session->own) {
        c->ops.proxy_close(c->arg, id);
    }
    if (tell) {
        send_payload(c, session->node, id, "destroy", NULL, NULL);
    }
    g_hash_table_remove(c->remote_sessions, id);
}

void proxy_clear(struct crmd *c)
{
    g_clear_pointer(&c->remote_sessions, g_hash_table_destroy);
}

void proxy_close_node(struct crmd *c, const char *node)
{
    GHashTableIter iter;
    gpointer id, value;

    if (c->remote_sessions == NULL) {
        return;
    }
    g_hash_table_iter_init(&iter, c->remote_sessions);
    while (g_hash_table_iter_next(&iter, &id, &value)) {
        const struct proxy_session *session = value;

        if (same_name(session->node, node)) {
            if (!session->own) {
                c->ops.proxy_close(c->arg, id);
            }
            g_hash_table_iter_remove(&iter);
        }
    }
}

static void session_new(struct crmd *c, const char *node, const char *id, const char *channel)
{
    struct proxy_session *session;
    bool own = same_text(channel, "crmd");

    if (c->remote_sessions == NULL) {
        c->remote_sessions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, session_free);
    }
    if (channel == NULL || g_hash_table_size(c->remote_sessions) >= MAX_SESSIONS
        || (!own && c->ops.proxy_open(c->arg, id, channel) < 0)) {
        log_err("Could not open a %s connection for a client on %s", text_or(channel, "nameless"), node);
        send_payload(c, node, id, "destroy", NULL, NULL);
        return;
    }
    session = g_new0(struct proxy_session, 1);
    session->node = g_strdup(node);
    session->channel = g_strdup(channel);
    session->own = own;
    g_hash_table_replace(c->remote_sessions, g_strdup(id), session);
    if (!remote_is_guest(c, node)) {
        c->ops.remote_check_watchdog(c->arg, node);
    }
}

static void send_ack(struct crmd *c, const struct proxy_session *session, const char *id, const char *msg_id,
                     const char *name, int rc)
{
    xmlNode *ack XML_AUTO = xml_new(name);

    xml_set(ack, "function", __func__);
    xml_set_int(ack, "line", __LINE__);
    if (rc) {
        xml_set_int(ack, "rc", rc);
    }
    send_payload(c, session->node, id, "response", msg_id, ack);
}

static void request_for_us(struct crmd *c, const struct proxy_session *session, const char *id,
                           const char *msg_id, long long flags, xmlNode *request)
{
    if (same_text(xml_get(request, "crm_task"), "node-info") && xml_get(request, "id") == NULL
        && xml_get(request, "uname") == NULL) {
        xml_set(request, "uname", session->node);
    }
    if (flags & RELAY_FLAG_RESPONSE) {
        send_ack(c, session, id, msg_id, "ack", 0);
    }
    crmd_ipc_request(c, id, request);
}

static bool is_attr_update(const xmlNode *request)
{
    const char *task = xml_get(request, "task");

    return same_text(task, "update") || same_text(task, "update-both") || same_text(task, "update-delay");
}

static void request_relay(struct crmd *c, struct proxy_session *session, const char *id, const char *msg_id,
                          long long flags, xmlNode *request)
{
    xmlNode *reply = NULL;
    bool wants = (flags & RELAY_FLAG_RESPONSE) != 0;
    int rc;

    if (same_text(session->channel, "attrd") && is_attr_update(request)
        && xml_get(request, "attr_host") == NULL) {
        xml_set(request, "attr_host", session->node);
        xml_set(request, "attr_host_id", "0");
    }
    rc = c->ops.proxy_send(c->arg, id, request, (uint32_t)flags, wants ? &reply : NULL);
    if (rc < 0) {
        log_err("Could not relay a request of a client on %s: %s", session->node, pcmk_strerror(rc));
        if (wants) {
            send_ack(c, session, id, msg_id, "nack", rc);
        }
    } else if (reply) {
        send_payload(c, session->node, id, "response", msg_id, reply);
    } else if (wants) {
        replace_text(&session->last_id, msg_id);
    }
    xml_free(reply);
}

static void session_request(struct crmd *c, const char *node, const char *id, const xmlNode *msg)
{
    struct proxy_session *session = session_find(c, id);
    const xmlNode *payload = xml_first(xml_first(msg, "lrmd_ipc_msg"), NULL);
    const char *msg_id = xml_get(msg, "lrmd_ipc_msg_id");
    const char *user = xml_get(msg, "lrmd_ipc_user");
    long long flags = int_parse(xml_get(msg, "lrmd_ipc_msg_flags"), 0);
    xmlNode *request XML_AUTO = payload ? xml_copy(payload) : NULL;

    if (session == NULL) {
        send_payload(c, node, id, "destroy", NULL, NULL);
        return;
    }
    if (request == NULL) {
        log_warn("Ignoring empty request of a client on %s", node);
        return;
    }
    xml_set(request, "acl_role", "pacemaker-remote");
    xml_set(request, "acl_target", user);
    if (session->own) {
        xml_set(request, "crm_user", user);
        request_for_us(c, session, id, msg_id, flags, request);
    } else {
        request_relay(c, session, id, msg_id, flags, request);
    }
}

static void shutdown_request(struct crmd *c, const char *name)
{
    const struct exec_node *node = lrm_node_find(c, name);
    bool refuse = node == NULL || node->in_maintenance;

    log_info("Pacemaker Remote node %s asks to be shut down%s", name, refuse ? " while in maintenance" : "");
    if (!refuse) {
        peers_get_remote(c->peers, name);
        update_attr_shutdown(c, name);
    }
    send_payload(c, name, "0", refuse ? "shutdown_nack" : "shutdown_ack", NULL, NULL);
}

void crmd_remote_proxy(crmd_t *c, const char *node, xmlNode *msg)
{
    const char *op = xml_get(msg, "lrmd_ipc_op");
    const char *id = xml_get(msg, "lrmd_ipc_session");

    if (c->stopped || op == NULL || id == NULL) {
        return;
    }
    if (same_text(op, "shutdown_req")) {
        shutdown_request(c, node);
    } else if (same_text(op, "new")) {
        session_new(c, node, id, xml_get(msg, "lrmd_ipc_server"));
    } else if (same_text(op, "request")) {
        session_request(c, node, id, msg);
    } else if (same_text(op, "destroy")) {
        session_end(c, id, false);
    } else {
        log_warn("Ignoring unknown proxy operation '%s' from %s", op, node);
    }
}

/* A server's message for a proxied client. */
void crmd_proxy_event(crmd_t *c, const char *id, const xmlNode *msg)
{
    struct proxy_session *session = session_find(c, id);

    if (!c->stopped && session) {
        send_payload(c, session->node, id, "event", NULL, msg);
    }
}

void crmd_proxy_closed(crmd_t *c, const char *id)
{
    if (!c->stopped) {
        session_end(c, id, true);
    }
}

/* Our own answer to a proxied client; false when there is no such session. */
bool remote_proxy_reply(struct crmd *c, const char *id, const xmlNode *msg)
{
    struct proxy_session *session = session_find(c, id);

    if (session == NULL) {
        return false;
    }
    send_payload(c, session->node, id, "event", NULL, msg);
    return true;
}
