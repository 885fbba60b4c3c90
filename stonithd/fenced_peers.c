/* pacemaker-fenced: messages of the fencers of other nodes (fencer.md §7). */
#include "config.h"
#include "stonithd/fenced.h"

#include <string.h>
#include <strings.h>

#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

xmlNode *fenced_new_reply(const xmlNode *request, const fence_result_t *result, const xmlNode *data)
{
    static const char *const copied[] = {
        "st_op", "st_callid", "st_clientid", "st_clientname", "st_remote_op", "st_callopt", "st_delegate",
    };
    xmlNode *reply = xml_new("st-reply");

    xml_set(reply, "st_origin", "fenced_new_reply");
    xml_set(reply, "t", "stonith-ng");
    fence_result_to_xml(reply, result);
    for (size_t i = 0; i < G_N_ELEMENTS(copied); i++) {
        xml_set(reply, copied[i], xml_get(request, copied[i]));
    }
    if (data != NULL) {
        message_add_child(reply, "st_calldata", data);
    }
    return reply;
}

xmlNode *fenced_new_notice(const char *type, const fence_result_t *result, const xmlNode *data)
{
    const fence_result_t ok = {.exit_status = CRM_EX_OK, .op_status = EXEC_DONE};
    xmlNode *msg = xml_new("notify");

    xml_set(msg, "t", "st_notify");
    xml_set(msg, "subt", type);
    xml_set(msg, "st_op", type);
    fence_result_to_xml(msg, result != NULL ? result : &ok);
    if (data != NULL) {
        message_add_child(msg, "st_calldata", data);
    }
    return msg;
}

static bool active_fencer(const peer_t *peer)
{
    return peer->name != NULL && (peer->processes & PEER_PROC_CPG) != 0;
}

static void count_peer(peer_t *peer, void *arg)
{
    *(unsigned *)arg += active_fencer(peer);
}

unsigned fenced_active_peers(void *arg)
{
    unsigned count = 0;

    (void)arg;
    if (fenced.peers != NULL) {
        peers_foreach(fenced.peers, count_peer, &count);
    }
    return count;
}

bool fenced_peer_active(void *arg, const char *node)
{
    const peer_t *peer = node != NULL && fenced.peers != NULL ? peers_find(fenced.peers, 0, node) : NULL;

    (void)arg;
    return peer != NULL && active_fencer(peer);
}

static void find_other(peer_t *peer, void *arg)
{
    const char **found = arg;

    if (*found == NULL && active_fencer(peer) && strcasecmp(peer->name, fenced.own_name) != 0) {
        *found = peer->name;
    }
}

const char *fenced_other_peer(void *arg)
{
    const char *found = NULL;

    (void)arg;
    if (fenced.peers != NULL) {
        peers_foreach(fenced.peers, find_other, &found);
    }
    return found;
}

void fenced_forget_node(const xmlNode *request)
{
    int id = xml_int_or(request, "id", 0);

    if (fenced.peers != NULL) {
        peers_reap(fenced.peers, id > 0 ? (uint32_t)id : 0, xml_get(request, "uname"));
    }
}

static bool is_reply(const xmlNode *msg)
{
    return xml_is(msg, "st-reply") || xml_find_below(msg, "st-reply", 8) != NULL;
}

static void send_history(const xmlNode *history)
{
    XML_AUTO xmlNode *msg = xml_new("stonith_command");

    xml_set(msg, "t", "stonith-ng");
    xml_set(msg, "subt", "broadcast");
    xml_set(msg, "st_op", "st_fence_history");
    xml_set_int(msg, "st_callopt", ST_OPT_BROADCAST | ST_OPT_DISCARD_REPLY);
    message_add_child(msg, "st_calldata", history);
    fenced_send(NULL, msg);
}

void fenced_broadcast_history(void)
{
    XML_AUTO xmlNode *history = xml_new("st_history");

    fencing_history_list(fenced.core, NULL, history, true);
    send_history(history);
}

static void peer_history(const char *from, const xmlNode *msg)
{
    unsigned options = (unsigned)xml_int_or(msg, "st_callopt", 0);
    const xmlNode *data = message_child(msg, "st_calldata");
    const xmlNode *history = xml_find_below(msg, "st_history", 4);

    if ((options & ST_OPT_CLEANUP) != 0) {
        fencing_history_clean(fenced.core, xml_get(data, "st_target"));
        return;
    }
    if ((options & ST_OPT_BROADCAST) == 0 || strcasecmp(from, fenced.own_name) == 0) {
        return;
    }
    fenced_notify(ST_NOTIFY_HISTORY_SYNCED, NULL, NULL);
    xmlNode *ours = fencing_history_merge(fenced.core, history);
    if (ours != NULL && !xml_get_true(history, "st_differential")) {
        xml_set(ours, "st_differential", "true");
        send_history(ours);
    }
    xml_free(ours);
}

/* A peer computed how long fencing may take; our client waits for it. */
static void forward_timeout(const xmlNode *msg)
{
    XML_AUTO xmlNode *update = xml_new("st-async-timeout-value");

    xml_set(update, "t", "st-async-timeout-value");
    xml_set(update, "st_callid", xml_get(msg, "st_callid"));
    xml_set(update, "st_timeout", xml_get(msg, "st_timeout"));
    fenced_reply_client(xml_get(msg, "st_clientid"), ST_OPT_NONE, update);
}

static void peer_request(const char *from, xmlNode *msg, const char *op)
{
    if (strcmp(op, "st_query") == 0) {
        fencing_on_query(fenced.core, msg);
        local_query(msg, from);
    } else if (strcmp(op, "st_fence") == 0) {
        local_fence(msg, from);
    } else if (strcmp(op, "st_relay") == 0) {
        fencing_on_relay(fenced.core, msg);
    } else if (strcmp(op, "st_timeout_update") == 0) {
        forward_timeout(msg);
    } else if (strcmp(op, "st_fence_history") == 0) {
        peer_history(from, msg);
    } else if (strcmp(op, "rm_node_cache") == 0) {
        fenced_forget_node(msg);
    } else if (strcmp(op, "poke") != 0) {
        log_warn("Ignoring unknown request '%s' of %s", op, from);
    }
}

static void peer_reply(const char *from, const xmlNode *msg, const char *op)
{
    if (strcmp(op, "st_notify") == 0) {
        fencing_on_broadcast(fenced.core, from, msg);
    } else if (strcmp(op, "st_query") == 0) {
        fencing_on_query_reply(fenced.core, from, msg);
    } else if (strcmp(op, "st_fence") == 0) {
        fencing_on_exec_reply(fenced.core, from, msg);
    } else {
        log_warn("Ignoring unknown reply '%s' of %s", op, from);
    }
}

void fenced_peer_message(peer_t *from, xmlNode *msg)
{
    const char *op = xml_get(msg, "st_op");

    if (from->name == NULL || op == NULL) {
        log_debug("Ignoring message of node %u: %s is unknown", from->id,
                  op == NULL ? "what it asks" : "its name");
        return;
    }
    xml_set(msg, "src", from->name);
    if (is_reply(msg)) {
        peer_reply(from->name, msg, op);
    } else {
        peer_request(from->name, msg, op);
    }
}
