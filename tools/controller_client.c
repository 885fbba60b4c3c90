/* Requests to the controller. */
#include "config.h"
#include "tools/controller_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/xml.h"

struct controller_client {
    ipc_conn_t *conn;
    unsigned expected;
    char pid[16];
};

static void event(ipc_conn_t *conn, xmlNode *msg, void *arg)
{
    controller_client_t *c = arg;

    (void)conn;
    if (xml_get(msg, "crm_task") != NULL && c->expected > 0) {
        c->expected--;
    }
}

static int hello(controller_client_t *c)
{
    xmlNode *options XML_AUTO = xml_new("options");
    xmlNode *msg XML_AUTO = NULL;

    xml_set(options, "major_version", "1");
    xml_set(options, "minor_version", "0");
    xml_set(options, "client_name", program_name());
    xml_set(options, "client_uuid", c->pid);
    msg = message_request("hello", options, NULL, NULL, program_name(), c->pid);
    return ipc_call(c->conn, msg, 0, 0, NULL);
}

controller_client_t *controller_connect(int *rc)
{
    static const ipc_conn_ops_t ops = {.event = event};
    controller_client_t *c = calloc(1, sizeof(*c));

    if (c == NULL) {
        *rc = -ENOMEM;
        return NULL;
    }
    snprintf(c->pid, sizeof(c->pid), "%d", (int)getpid());
    c->conn = ipc_connect("crmd", 0, &ops, c, rc);
    if (c->conn != NULL) {
        *rc = hello(c);
    }
    if (*rc != 0) {
        controller_disconnect(c);
        return NULL;
    }
    return c;
}

void controller_disconnect(controller_client_t *c)
{
    if (c != NULL) {
        if (c->conn != NULL) {
            ipc_disconnect(c->conn);
        }
        free(c);
    }
}

static int resource_request(controller_client_t *c, const char *task, const char *node, const char *router,
                            const struct controller_rsc *rsc, int cib_only, int reply)
{
    xmlNode *data XML_AUTO = xml_new("rsc_op"), *msg XML_AUTO = NULL;
    xmlNode *primitive, *attributes;
    int rc;

    xml_setf(data, "transition-key", "0:%s:0:xxxxxxxx-xrsc-opxx-xcrm-resourcexxxx", c->pid);
    xml_set(data, "on_node", node);
    if (router != NULL && g_ascii_strcasecmp(router, node) != 0) {
        xml_set(data, "router_node", router);
    }
    if (cib_only) {
        xml_set(data, "mode", "cib");
    }
    primitive = xml_add(data, "primitive");
    xml_set(primitive, "id", rsc->id);
    xml_set(primitive, "long-id", rsc->long_id);
    xml_set(primitive, "class", rsc->standard);
    xml_set(primitive, "provider", rsc->provider);
    xml_set(primitive, "type", rsc->type);
    attributes = xml_add(data, "attributes");
    xml_set(attributes, "crm_feature_set", CRM_FEATURE_SET);
    xml_set(attributes, "CRM_meta_timeout", "60000");
    msg = message_request(task, data, router != NULL ? router : node, SYS_CRMD, program_name(), c->pid);
    rc = ipc_call(c->conn, msg, 0, 0, NULL);
    if (rc == 0 && reply) {
        c->expected++;
    }
    return rc;
}

int controller_forget(controller_client_t *c, const char *node, const char *router, const struct controller_rsc *rsc, int cib_only)
{
    return resource_request(c, "lrm_delete", node, router, rsc, cib_only, 1);
}

int controller_fail(controller_client_t *c, const char *node, const char *router, const struct controller_rsc *rsc)
{
    return resource_request(c, "lrm_fail", node, router, rsc, 0, 1);
}

int controller_reprobe(controller_client_t *c, const char *node, const char *router)
{
    xmlNode *data XML_AUTO = xml_new("data_for_probe_again"), *msg XML_AUTO = NULL;
    int rc;

    xml_set(data, "on_node", node);
    if (router != NULL && (node == NULL || g_ascii_strcasecmp(router, node) != 0)) {
        xml_set(data, "router_node", router);
    }
    msg = message_request("probe_again", data, router, SYS_CRMD, program_name(), c->pid);
    rc = ipc_call(c->conn, msg, 0, 0, NULL);
    if (rc == 0) {
        c->expected++;
    }
    return rc;
}

unsigned controller_replies_expected(const controller_client_t *c)
{
    return c->expected;
}

int controller_wait(controller_client_t *c, int timeout_ms, void (*got)(unsigned, void *), void *arg)
{
    while (c->expected > 0) {
        struct pollfd fd = {.fd = ipc_conn_fd(c->conn), .events = POLLIN};
        unsigned before = c->expected;
        int rc;

        if (poll(&fd, 1, timeout_ms) <= 0) {
            return -ETIME;
        }
        rc = ipc_conn_dispatch(c->conn);
        if (rc < 0) {
            return rc;
        }
        while (before > c->expected) {
            before--;
            got(before, arg);
        }
    }
    return 0;
}
