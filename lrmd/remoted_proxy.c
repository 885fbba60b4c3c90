/* The IPC proxy of pacemaker-remoted: serves the cluster daemons' names and hands everything to the cluster
 * (executor.md §13.1). */
#include "config.h"
#include "lrmd/remoted.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <glib.h>

#include "lrmd/execd.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

/* A program of this host that talks to a daemon of the cluster. */
typedef struct {
    remote_peer_t *provider;         /* NULL once it is gone */
} session_t;

static const struct {
    const char *name;
    enum ipc_kind kind;
} services[] = {
    {"cib_ro", IPC_NATIVE},     {"cib_rw", IPC_NATIVE}, {"cib_shm", IPC_SHM},       {"attrd", IPC_NATIVE},
    {"stonith-ng", IPC_NATIVE}, {"crmd", IPC_NATIVE},   {"pacemakerd", IPC_NATIVE},
};

static ipc_server_t *servers[G_N_ELEMENTS(services)];
static bool stopping;

static xmlNode *new_message(const char *op, const char *session)
{
    xmlNode *msg = xml_new("lrmd_ipc_proxy");

    xml_set(msg, "lrmd_ipc_op", op);
    xml_set(msg, "lrmd_ipc_session", session);
    return msg;
}

/* ---- from here to the cluster ---- */

static int on_accept(ipc_server_t *server, uid_t uid, gid_t gid)
{
    if (remoted_provider() == NULL || strcmp(ipc_server_name(server), "pacemakerd") == 0) {
        return -EREMOTEIO;
    }
    return 0;
}

static void on_connected(ipc_client_t *client)
{
    session_t *session = g_new0(session_t, 1);
    XML_AUTO xmlNode *msg = xml_new("lrmd_ipc_proxy");
    char name[128];

    client->data = session;
    session->provider = remoted_provider();
    snprintf(name, sizeof(name), "proxy-%s-%u-%.8s", ipc_server_name(client->server), (unsigned)client->pid,
             client->id);
    ipc_client_set_name(client, name);
    xml_set(msg, "lrmd_ipc_op", "new");
    xml_set(msg, "lrmd_ipc_server", ipc_server_name(client->server));
    xml_set(msg, "lrmd_ipc_session", client->id);
    if (session->provider == NULL || remoted_notify_peer(session->provider, msg) < 0) {
        log_err("No connection with the cluster for %s", client->name);
    }
}

static void on_request(ipc_client_t *client, uint32_t id, uint32_t flags, xmlNode *msg)
{
    session_t *session = client->data;

    if (msg == NULL || session->provider == NULL) {
        return;
    }
    XML_AUTO xmlNode *out = new_message("request", client->id);
    xml_set(out, "lrmd_ipc_client", client->name);
    xml_set(out, "lrmd_ipc_user", client->user);
    xml_set_int(out, "lrmd_ipc_msg_id", id);
    xml_set_int(out, "lrmd_ipc_msg_flags", flags | IPC_FLAG_PROXIED);
    xml_add_copy(xml_add(out, "lrmd_ipc_msg"), msg);
    remoted_notify_peer(session->provider, out);
}

static void on_closed(ipc_client_t *client)
{
    session_t *session = client->data;

    if (session != NULL && session->provider != NULL && !stopping) {
        XML_AUTO xmlNode *msg = new_message("destroy", client->id);
        remoted_notify_peer(session->provider, msg);
    }
    g_free(session);
    client->data = NULL;
}

static const ipc_server_ops_t ops = {
    .accept = on_accept, .connected = on_connected, .request = on_request, .closed = on_closed,
};

/* ---- from the cluster to here ---- */

static ipc_client_t *find_session(const char *id)
{
    ipc_client_t *client = NULL;

    for (size_t i = 0; id != NULL && client == NULL && i < G_N_ELEMENTS(servers); i++) {
        client = servers[i] != NULL ? ipc_server_find(servers[i], id) : NULL;
    }
    return client;
}

static void forward_event(ipc_client_t *client, const xmlNode *payload)
{
    int rc = payload != NULL ? ipc_send_event(client, payload) : -EBADMSG;

    if (rc < 0) {
        log_warn("Could not pass an event to %s: %s", client->name, pcmk_strerror(rc));
    }
}

static void forward_response(ipc_client_t *client, const xmlNode *msg, const xmlNode *payload)
{
    long long id = 0;
    int rc = -EBADMSG;

    if (payload != NULL && xml_get_int(msg, "lrmd_ipc_msg_id", &id) == 0 && id > 0 && id <= INT32_MAX) {
        rc = ipc_respond(client, (uint32_t)id, IPC_FLAG_CLIENT_RESPONSE, payload);
    }
    if (rc < 0) {
        log_warn("Could not pass a response to %s: %s", client->name, pcmk_strerror(rc));
    }
}

int execd_remote_forward(const execd_client_t *from, const xmlNode *msg)
{
    const char *op = xml_get(msg, "lrmd_ipc_op"), *id = xml_get(msg, "lrmd_ipc_session");
    const xmlNode *payload = xml_first(xml_first(msg, "lrmd_ipc_msg"), NULL);

    if (op == NULL) {
        return -EINVAL;
    }
    if (strcmp(op, "shutdown_ack") == 0 || strcmp(op, "shutdown_nack") == 0) {
        remoted_shutdown_answer(strcmp(op, "shutdown_ack") == 0);
        return 0;
    }
    ipc_client_t *client = find_session(id);
    if (client == NULL) {
        if (from->remote != NULL && id != NULL) {
            XML_AUTO xmlNode *destroy = new_message("destroy", id);
            remoted_notify_peer(from->remote, destroy);
        }
        return 0;
    }
    if (strcmp(op, "event") == 0) {
        forward_event(client, payload);
    } else if (strcmp(op, "response") == 0) {
        forward_response(client, msg, payload);
    } else if (strcmp(op, "destroy") == 0) {
        ipc_client_disconnect(client);
    } else {
        log_warn("Ignoring unknown proxy message '%s'", op);
    }
    return 0;
}

/* ---- start and end ---- */

int remoted_proxy_start(void)
{
    int rc = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
        servers[i] = ipc_server_new(services[i].name, services[i].kind, false, &ops, NULL, &rc);
        if (servers[i] == NULL) {
            log_err("Could not create IPC server '%s': %s", services[i].name, pcmk_strerror(rc));
            return rc;
        }
    }
    return 0;
}

void remoted_proxy_stop(void)
{
    stopping = true;
    for (size_t i = 0; i < G_N_ELEMENTS(servers); i++) {
        if (servers[i] != NULL) {
            ipc_server_free(servers[i]);
            servers[i] = NULL;
        }
    }
}

typedef struct {
    remote_peer_t *provider;
    GPtrArray *ids;                  /* char *: clients to disconnect */
} collect_t;

static void collect_client(ipc_client_t *client, void *arg)
{
    collect_t *collect = arg;
    session_t *session = client->data;

    if (session != NULL && session->provider == collect->provider) {
        session->provider = NULL;
        g_ptr_array_add(collect->ids, g_strdup(client->id));
    }
}

void remoted_proxy_provider_lost(remote_peer_t *peer)
{
    for (size_t i = 0; i < G_N_ELEMENTS(servers); i++) {
        collect_t collect = {peer, g_ptr_array_new_with_free_func(g_free)};

        if (servers[i] != NULL) {
            ipc_server_foreach(servers[i], collect_client, &collect);
        }
        for (guint n = 0; n < collect.ids->len; n++) {
            ipc_client_t *client = ipc_server_find(servers[i], g_ptr_array_index(collect.ids, n));
            if (client != NULL) {
                ipc_client_disconnect(client);
            }
        }
        g_ptr_array_unref(collect.ids);
    }
}
