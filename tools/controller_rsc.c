/* Requests to the controller about one resource's history. */
#include "config.h"
#include "tools/controller_rsc.h"

#include <glib.h>
#include <unistd.h>

#include "pacemaker/common/message.h"
#include "pacemaker/common/xml.h"

static int send_with(controller_client_t *client, const char *task, const char *router, const xmlNode *data)
{
    xmlNode *request XML_AUTO = controller_new_request(client, task, SYS_CRMD, router);

    message_add_child(request, "crm_xml", data);
    return controller_tell(client, request);
}

static int resource_request(controller_client_t *client, const char *task, const char *node,
                            const char *router, const struct controller_rsc *rsc)
{
    xmlNode *data XML_AUTO = xml_new("rsc_op");
    xmlNode *primitive, *attributes;

    xml_setf(data, "transition-key", "0:%d:0:xxxxxxxx-xrsc-opxx-xcrm-resourcexxxx", (int)getpid());
    xml_set(data, "on_node", node);
    if (g_ascii_strcasecmp(router, node) != 0) {
        xml_set(data, "router_node", router);
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
    return send_with(client, task, router, data);
}

int controller_forget(controller_client_t *client, const char *node, const char *router,
                      const struct controller_rsc *rsc)
{
    return resource_request(client, "lrm_delete", node, router, rsc);
}

int controller_fail(controller_client_t *client, const char *node, const char *router,
                    const struct controller_rsc *rsc)
{
    return resource_request(client, "lrm_fail", node, router, rsc);
}

int controller_reprobe(controller_client_t *client, const char *node, const char *router)
{
    xmlNode *data XML_AUTO = xml_new("data_for_probe_again");

    xml_set(data, "on_node", node);
    if (router != NULL && node != NULL && g_ascii_strcasecmp(router, node) != 0) {
        xml_set(data, "router_node", router);
    }
    return send_with(client, "probe_again", router, data);
}
