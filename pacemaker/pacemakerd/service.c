/* What pacemakerd answers its clients (service.h). */
#include "config.h"

#include "pacemaker/pacemakerd/service.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/watchdog.h"
#include "pacemaker/common/xml.h"

static ipc_server_t *server;
static launcher_t *launcher;
static const service_ops_t *service_ops;
static char *sbd_client;            /* id of the client that has read "shutdown_complete" */
static bool waiting_for_sbd;

bool service_syncs_with_sbd(void)
{
    return crm_is_true(getenv("SBD_SYNC_RESOURCE_STARTUP")) && sbd_pid() > 0;
}

bool service_wait_for_sbd(void)
{
    waiting_for_sbd = service_syncs_with_sbd() && sbd_client == NULL;
    if (waiting_for_sbd) {
        log_notice("Waiting for SBD to pick up shutdown-complete-state");
    }
    return waiting_for_sbd;
}

static void reply(ipc_client_t *client, const xmlNode *request, const xmlNode *data)
{
    XML_AUTO xmlNode *msg = message_reply(request, data);

    ipc_send_event(client, msg);
}

static void handle_ping(ipc_client_t *client, const xmlNode *request)
{
    XML_AUTO xmlNode *data = xml_new("ping_response");
    enum launcher_state state = launcher_state(launcher);
    const char *from = xml_get(request, "crm_sys_from");
    bool sbd = from != NULL && strstr(from, "sbd") != NULL;

    xml_set(data, "crm_subsystem", xml_get(request, "crm_sys_to"));
    xml_set(data, "pacemakerd_state", launcher_state_text(state));
    xml_set_int(data, "crm-timestamp", launcher_progress(launcher));
    xml_set(data, "result", "ok");
    if (sbd && state == LAUNCHER_WAIT_PING) {
        service_ops->start();
    } else if (sbd && state == LAUNCHER_DOWN) {
        free(sbd_client);
        sbd_client = strdup(client->id);
    }
    reply(client, request, data);
}

static void handle_quit(ipc_client_t *client, const xmlNode *request)
{
    XML_AUTO xmlNode *data = xml_new("shutdown");

    xml_set_int(data, "op-status", client->privileged ? CRM_EX_OK : CRM_EX_INSUFFICIENT_PRIV);
    reply(client, request, data);
    if (client->privileged) {
        log_notice("Shutting down in response to IPC request %s from %s", xml_get(request, "reference"),
                   xml_get(request, "crm_sys_from"));
        service_ops->shut_down();
    } else {
        log_warn("Ignoring shutdown request from unprivileged client %s", client->id);
    }
}

static void handle_request(ipc_client_t *client, uint32_t id, uint32_t flags, xmlNode *msg)
{
    const char *task = msg != NULL ? xml_get(msg, "crm_task") : NULL;
    const char *to = msg != NULL ? xml_get(msg, "crm_sys_to") : NULL;
    bool for_us = to != NULL && strcmp(to, SYS_PACEMAKERD) == 0;

    if (msg == NULL) {
        ipc_ack(client, id, flags, "ack", CRM_EX_PROTOCOL);
    } else if (task != NULL && strcmp(task, "rm_node_cache") == 0) {
        ipc_ack(client, id, flags, "ack", CRM_EX_OK);
    } else if (task != NULL && for_us && strcmp(task, "ping") == 0) {
        ipc_ack(client, id, flags, "ack", CRM_EX_INDETERMINATE);
        handle_ping(client, msg);
    } else if (task != NULL && for_us && strcmp(task, "quit") == 0) {
        ipc_ack(client, id, flags, "ack", CRM_EX_INDETERMINATE);
        handle_quit(client, msg);
    } else {
        log_debug("Unknown request %s from client %s", task != NULL ? task : "without task", client->id);
        ipc_ack(client, id, flags, "ack", CRM_EX_INVALID_PARAM);
    }
}

static void client_closed(ipc_client_t *client)
{
    if (waiting_for_sbd && sbd_client != NULL && strcmp(client->id, sbd_client) == 0) {
        waiting_for_sbd = false;
        service_ops->sbd_done();
    }
}

int service_start(launcher_t *l, const service_ops_t *ops)
{
    static const ipc_server_ops_t server_ops = {.request = handle_request, .closed = client_closed};
    int rc = 0;

    launcher = l;
    service_ops = ops;
    server = ipc_server_new("pacemakerd", IPC_NATIVE, false, &server_ops, NULL, &rc);
    if (server == NULL) {
        log_crit("Could not serve 'pacemakerd': %s", pcmk_strerror(rc));
    }
    return rc;
}

void service_stop(void)
{
    ipc_server_free(server);
    server = NULL;
    free(sbd_client);
    sbd_client = NULL;
}
