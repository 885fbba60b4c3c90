/* Requests to the controller and the launcher (controller_client.h). */
#include "config.h"

#include "tools/controller_client.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <glib.h>
#include <unistd.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/xml.h"

struct controller_client {
    ipc_conn_t *conn;
    output_t *out;
    char *name;
    const char *title;          /* of the daemon, for messages */
    const char *reference;      /* of the request under way */
    xmlNode *answer;
    unsigned messages;          /* received so far, answers of calls not counted */
};

static void event(ipc_conn_t *conn, xmlNode *msg, void *arg)
{
    controller_client_t *client = arg;
    const char *reference = xml_get(msg, "reference");

    if (client->answer == NULL && client->reference != NULL && reference != NULL &&
        strcmp(reference, client->reference) == 0) {
        client->answer = xml_copy(msg);
    } else if (xml_get(msg, "crm_task") != NULL) {
        client->messages++;
    }
}

static const ipc_conn_ops_t conn_ops = {.event = event};

static int say_hello(controller_client_t *client)
{
    XML_AUTO xmlNode *hello = controller_new_request(client, "hello", NULL, NULL);
    XML_AUTO xmlNode *options = xml_new("options");

    xml_set(options, "major_version", "1");
    xml_set(options, "minor_version", "0");
    xml_set(options, "client_name", client->name);
    xml_set_int(options, "client_uuid", getpid());
    message_add_child(hello, "crm_xml", options);
    return controller_tell(client, hello);
}

controller_client_t *controller_open(const char *service, const char *name, output_t *out, int *rc)
{
    controller_client_t *client = g_new0(controller_client_t, 1);
    bool controller = strcmp(service, SYS_CRMD) == 0;

    client->out = out;
    client->name = g_strdup(name);
    client->title = controller ? "controller" : "launcher";
    client->conn = ipc_connect(service, 0, &conn_ops, client, rc);
    if (client->conn == NULL) {
        if (*rc == -EREMOTEIO && !controller) {
            /* a remote node has no launcher */
            out_err(out, "error: Command failed: %s", pcmk_strerror(*rc));
        } else {
            out_err(out, "error: Could not connect to %s: %s", client->title, pcmk_strerror(*rc));
        }
        controller_close(client);
        return NULL;
    }
    *rc = controller ? say_hello(client) : 0;
    if (*rc < 0) {
        controller_close(client);
        return NULL;
    }
    return client;
}

void controller_close(controller_client_t *client)
{
    if (client != NULL) {
        ipc_disconnect(client->conn);
        xml_free(client->answer);
        g_free(client->name);
        g_free(client);
    }
}

xmlNode *controller_new_request(const controller_client_t *client, const char *task, const char *to_system,
                                const char *to_node)
{
    char uuid[16];

    snprintf(uuid, sizeof(uuid), "%d", (int)getpid());
    return message_request(task, NULL, to_node, to_system, client->name, uuid);
}

int controller_tell(controller_client_t *client, const xmlNode *request)
{
    XML_AUTO xmlNode *ack = NULL;
    long long status = 0;
    int rc = ipc_call(client->conn, request, 0, 0, &ack);

    if (rc == 0 && xml_get_int(ack, "status", &status) == 0 && status == CRM_EX_PROTOCOL) {
        rc = -EPROTO;
    }
    return rc;
}

/* Dispatch events until the answer is there. */
static int wait_for_answer(controller_client_t *client, int timeout_ms)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout_ms * 1000;

    while (client->answer == NULL) {
        struct pollfd poller = {.fd = ipc_conn_fd(client->conn), .events = POLLIN};
        gint64 left = (deadline - g_get_monotonic_time()) / 1000;

        if (left <= 0) {
            return -ETIMEDOUT;
        }
        if (poll(&poller, 1, left > 1000 ? 1000 : (int)left) < 0 && errno != EINTR) {
            return -errno;
        }
        int rc = ipc_conn_dispatch(client->conn);

        if (rc < 0 && client->answer == NULL) {
            return rc;
        }
    }
    return 0;
}

int controller_call(controller_client_t *client, const xmlNode *request, int timeout_ms, xmlNode **answer)
{
    int limit = timeout_ms > 0 ? timeout_ms : CONTROLLER_PATIENCE_MS;

    client->reference = xml_get(request, "reference");

    int rc = controller_tell(client, request);

    if (rc == 0) {
        rc = wait_for_answer(client, limit);
    }
    if (rc == -ETIMEDOUT) {
        out_err(client->out, "error: No reply received from %s before timeout (%dms)", client->title, limit);
    } else if (rc == -ENOTCONN) {
        out_err(client->out, "error: Lost connection to %s", client->title);
    }
    client->reference = NULL;
    *answer = client->answer;
    client->answer = NULL;
    return rc;
}

int controller_wait(controller_client_t *client, unsigned count, int timeout_ms,
                    void (*got)(unsigned missing, void *arg), void *arg)
{
    unsigned seen = 0;

    while (seen < count) {
        struct pollfd poller = {.fd = ipc_conn_fd(client->conn), .events = POLLIN};
        int rc = 0;

        if (seen == client->messages) {
            rc = poll(&poller, 1, timeout_ms);
            if (rc == 0 || (rc < 0 && errno != EINTR)) {
                return rc == 0 ? -ETIMEDOUT : -errno;
            }
            rc = ipc_conn_dispatch(client->conn);
        }
        for (; seen < client->messages && seen < count; seen++) {
            got(count - seen - 1, arg);
        }
        if (rc < 0 && seen < count) {
            return rc;
        }
    }
    return 0;
}

static char *ask_own_name(controller_client_t *client)
{
    XML_AUTO xmlNode *request = controller_new_request(client, "node-info", SYS_CRMD, NULL);
    XML_AUTO xmlNode *answer = NULL;
    int rc = controller_call(client, request, 0, &answer);

    return rc == 0 ? g_strdup(xml_get(message_data(answer), "uname")) : NULL;
}

char *controller_own_node_name(const char *client_name)
{
    output_t *silent = output_new("none", "none", NULL, NULL, &(int){0});
    int rc = 0;
    controller_client_t *client = controller_open(SYS_CRMD, client_name, silent, &rc);
    char *name = client != NULL ? ask_own_name(client) : NULL;

    controller_close(client);
    output_free(silent);
    return name;
}
