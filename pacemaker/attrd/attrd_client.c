/* Client side of the attribute manager (attrd_client.h). */
#include "config.h"

#include "pacemaker/attrd/attrd_client.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"

#define SERVICE "attrd"

static ipc_conn_t *conn;

void attrd_client_close(void)
{
    ipc_disconnect(conn);
    conn = NULL;
}

static xmlNode *new_request(const char *task, const char *user)
{
    xmlNode *request = xml_new("attrd_request");

    xml_set(request, "t", "attrd");
    xml_set(request, "src", program_name());
    xml_set(request, "task", task);
    xml_set(request, "attr_user", user);
    return request;
}

/* Send and wait for the answer, reconnecting once when the manager was restarted. Frees request. */
static int call(xmlNode *request, xmlNode **reply)
{
    int rc = -ENOTCONN;

    for (unsigned try = 0; try < 2 && rc == -ENOTCONN; try++) {
        if (conn != NULL && !ipc_conn_alive(conn)) {
            attrd_client_close();
        }
        if (conn == NULL) {
            conn = ipc_connect(SERVICE, 0, NULL, NULL, &rc);
        }
        if (conn == NULL) {
            break;
        }
        rc = ipc_call(conn, request, 0, 0, reply);
    }
    if (rc < 0) {
        log_debug("Request %s to the attribute manager failed: %s", xml_get(request, "task"),
                  pcmk_strerror(rc));
    }
    if (rc == -ENOTCONN || rc == -EALREADY || rc == -ETIMEDOUT) {
        attrd_client_close();
    }
    xml_free(request);
    return rc;
}

/* The result in an acknowledgement. */
static int call_acked(xmlNode *request)
{
    XML_AUTO xmlNode *reply = NULL;
    long long status = CRM_EX_INDETERMINATE;
    int rc = call(request, &reply);

    if (rc == 0 && xml_is(reply, "ack") && xml_get_int(reply, "status", &status) == 0 &&
        status == CRM_EX_PROTOCOL) {
        return -EPROTO;
    }
    return rc;
}

int attrd_client_update(const struct attrd_update *update)
{
    const char *task = (update->flags & ATTRD_BOTH) != 0    ? "update-both"
                       : (update->flags & ATTRD_DELAY) != 0 ? "update-delay"
                                                            : "update";

    if (update->name == NULL) {
        return -EINVAL;
    }
    xmlNode *request = new_request(task, update->user);

    xml_set(request, (update->flags & ATTRD_PATTERN) != 0 ? "attr_regex" : "attr_name", update->name);
    if ((update->flags & ATTRD_DELAY) == 0) {
        xml_set(request, "attr_value", update->value);
    }
    if ((update->flags & (ATTRD_BOTH | ATTRD_DELAY)) != 0) {
        xml_set(request, "attr_dampening", update->dampen);
    }
    xml_set(request, "attr_set", update->set);
    xml_set(request, "attr_host", update->node);
    xml_set_int(request, "attr_is_remote", (update->flags & ATTRD_REMOTE) != 0);
    xml_set_int(request, "attr_is_private", (update->flags & ATTRD_PRIVATE) != 0);
    return call_acked(request);
}

int attrd_client_set(const char *node, const char *name, const char *value, unsigned flags)
{
    const struct attrd_update update = {.node = node, .name = name, .value = value, .flags = flags};

    return attrd_client_update(&update);
}

int attrd_client_clear_failures(const char *node, const char *resource, const char *operation,
                                const char *interval_spec, const char *user, unsigned flags)
{
    xmlNode *request = new_request("clear-failure", user);

    xml_set(request, "attr_host", node);
    xml_set(request, "attr_resource", resource);
    xml_set(request, "attr_clear_operation", operation);
    xml_set(request, "attr_clear_interval", interval_spec);
    xml_set_int(request, "attr_is_remote", (flags & ATTRD_REMOTE) != 0);
    return call_acked(request);
}

int attrd_client_peer_remove(const char *name, unsigned id)
{
    if (name == NULL && id == 0) {
        return -EINVAL;
    }
    xmlNode *request = new_request("peer-remove", NULL);

    xml_set(request, "attr_host", name);
    if (id != 0) {
        xml_set_int(request, "attr_host_id", id);
    }
    return call_acked(request);
}

int attrd_client_refresh(void)
{
    return call_acked(new_request("refresh", NULL));
}

int attrd_client_query(const char *name, const char *node,
                       void (*fn)(const char *node, const char *name, const char *value, void *arg),
                       void *arg)
{
    xmlNode *request = new_request("query", NULL);
    XML_AUTO xmlNode *reply = NULL;

    xml_set(request, "attr_name", name);
    xml_set(request, "attr_host", node);

    int rc = call(request, &reply);

    if (rc < 0) {
        return rc;
    }
    if (xml_get(reply, "attr_name") == NULL) {
        return -ENXIO;
    }
    xml_foreach(entry, reply, "node") {
        fn(xml_get(entry, "attr_host"), name, xml_get(entry, "attr_value"), arg);
    }
    return 0;
}

const char *attrd_default_node(const char *node)
{
    const char *target = NULL, *found = NULL;

    if (node != NULL && strcmp(node, "auto") != 0 && strcmp(node, "localhost") != 0) {
        return node;
    }
    target = getenv("CRM_meta_container_attribute_target");
    if (target != NULL && strcmp(target, "host") == 0) {
        found = getenv("CRM_meta_physical_host");
    }
    if (found == NULL) {
        found = getenv("OCF_RESKEY_CRM_meta_on_node");
    }
    return found != NULL ? found : node;
}
