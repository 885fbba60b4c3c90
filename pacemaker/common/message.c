/* The common envelope of messages between pacemaker systems (message.h). */
#include "config.h"

#include "pacemaker/common/message.h"
#include <string.h>
#include "pacemaker/common/xml.h"

static long long (*clock_fn)(void);
static unsigned next_reference;

void message_set_clock(long long (*epoch_seconds)(void))
{
    clock_fn = epoch_seconds;
}

static const char *or_empty(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : "_empty_";
}

void message_add_child(xmlNode *message, const char *name, const xmlNode *data)
{
    if (data != NULL) {
        xml_add_copy(xml_add(message, name), data);
    }
}

xmlNode *message_child(const xmlNode *message, const char *name)
{
    return xml_first(xml_first(message, name), NULL);
}

xmlNode *message_data(const xmlNode *message)
{
    return message_child(message, "crm_xml");
}

xmlNode *message_request(const char *task, const xmlNode *data, const char *host_to, const char *sys_to,
                         const char *sys_from, const char *uuid)
{
    xmlNode *message = xml_new("create_request_adv");

    xml_set(message, "origin", __func__);
    xml_set(message, "t", "crmd");
    xml_set(message, "version", CRM_FEATURE_SET);
    xml_set(message, "subt", "request");
    xml_setf(message, "reference", "%s-%s-%lld-%u", or_empty(task), or_empty(sys_from),
             clock_fn != NULL ? clock_fn() : 0, next_reference++);
    xml_set(message, "crm_task", task);
    xml_set(message, "crm_sys_to", sys_to);
    if (uuid != NULL) {
        xml_setf(message, "crm_sys_from", "%s_%s", uuid, sys_from != NULL ? sys_from : "none");
    } else {
        xml_set(message, "crm_sys_from", sys_from);
    }
    if (host_to != NULL && host_to[0] != '\0') {
        xml_set(message, "crm_host_to", host_to);
    }
    message_add_child(message, "crm_xml", data);
    return message;
}

xmlNode *message_reply(const xmlNode *request, const xmlNode *data)
{
    const char *host = xml_get(request, "src");
    xmlNode *message = xml_new("create_reply_adv");

    xml_set(message, "origin", __func__);
    xml_set(message, "t", "crmd");
    xml_set(message, "version", CRM_FEATURE_SET);
    xml_set(message, "subt", "response");
    xml_set(message, "reference", xml_get(request, "reference"));
    xml_set(message, "crm_task", xml_get(request, "crm_task"));
    xml_set(message, "crm_sys_to", xml_get(request, "crm_sys_from"));
    xml_set(message, "crm_sys_from", xml_get(request, "crm_sys_to"));
    if (host != NULL && host[0] != '\0') {
        xml_set(message, "crm_host_to", host);
    }
    message_add_child(message, "crm_xml", data);
    return message;
}
