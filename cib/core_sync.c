/* Keeping the copies equal: synchronisation, digest comparison, leaving (cib.md §7). Pure. */
#include "config.h"
#include "cib/core_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "cib/cib_client.h"
#include "cib/version.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

static void copy_routing(xmlNode *to, const xmlNode *request)
{
    static const char *const names[] = {
        "__name__",           "t",
        "cib_clientid",       "cib_callopt",
        "cib_callid",         "cib_op",
        "cib_isreplyto",      "cib_section",
        "cib_host",           "cib_rc",
        "cib_delegated_from", "cib_object",
        "cib_object_type",    "cib_existing_object",
        "cib_seen",           "cib_timeout",
        "cib_async_id",       "cib_update",
        "cib_clientname",     "cib_user",
        "cib_notify_type",    "cib_notify_activate",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        xml_set(to, names[i], xml_get(request, names[i]));
    }
}

int core_sync(cib_core_t *core, const xmlNode *request, bool to_all)
{
    const char *requester = xml_get(request, "src");
    XML_AUTO xmlNode *message = xml_new("copy");
    char *digest;
    int rc;

    if (core->alone) {
        return 0;
    }
    copy_routing(message, request);
    xml_set(message, "cib_isreplyto", requester);
    if (to_all) {
        xml_unset(message, "cib_host");
    }
    xml_set(message, "cib_op", CIB_OP_REPLACE);
    xml_set(message, "original_cib_op", xml_get(request, "cib_op"));
    xml_set(message, "cib_update", "true");
    xml_set(message, "crm_feature_set", CRM_FEATURE_SET);
    digest = cib_digest(core->cib, CRM_FEATURE_SET);
    xml_set(message, "digest", digest);
    free(digest);
    xml_add_copy(xml_add(message, "cib_calldata"), core->cib);
    log_info("Sending our configuration to %s", to_all || requester == NULL ? "all nodes" : requester);
    rc = core->ops.send(core->arg, to_all ? NULL : requester, message);
    return rc == 0 ? 0 : -ENOTCONN;
}

#define OVERTAKEN_MAX 5u

/* A change that was under way when we sent our copy comes before it. Every node has made that change on what
 * it had, and refuses our copy as older: their documents would differ under one version. */
void core_sync_done(cib_core_t *core, const xmlNode *message, int rc)
{
    const char *original = xml_get(message, "original_cib_op");

    if (original == NULL || strcmp(original, CIB_OP_SYNC) != 0) {
        return;
    }
    if (rc != -PCMK_ERR_OLD_DATA || core->overtaken >= OVERTAKEN_MAX) {
        core->overtaken = 0;
        return;
    }
    XML_AUTO xmlNode *request = xml_copy(message);

    core->overtaken++;
    xml_set(request, "cib_op", original);
    core_sync(core, request, true);
}

void core_ask_for_sync(cib_core_t *core)
{
    XML_AUTO xmlNode *message = xml_new("sync-me");

    log_info("Asking for the present configuration");
    xml_set(message, "t", "cib");
    xml_set(message, "cib_op", CIB_OP_SYNC_ONE);
    xml_set(message, "cib_delegated_from", core->own_name);
    core->ops.send(core->arg, NULL, message);
}

/* ---- digests ---- */

void cib_core_digest_timer(cib_core_t *core)
{
    XML_AUTO xmlNode *ping = NULL;

    if (!core->primary || core->alone) {
        return;
    }
    ping = xml_new("ping");
    core->ping_sequence++;
    core->ping_changes = core->changes;
    xml_set(ping, "t", "cib");
    xml_set(ping, "cib_op", CIB_OP_PING);
    xml_set_int(ping, "cib_ping_id", core->ping_sequence);
    xml_set(ping, "crm_feature_set", CRM_FEATURE_SET);
    core->ops.send(core->arg, NULL, ping);
}

xmlNode *core_ping_response(const cib_core_t *core, const xmlNode *request)
{
    xmlNode *response = xml_new("ping_response");
    char *digest = cib_digest(core->cib, CRM_FEATURE_SET);

    xml_set(response, "crm_feature_set", CRM_FEATURE_SET);
    xml_set(response, "digest", digest);
    xml_set(response, "cib_ping_id", xml_get(request, "cib_ping_id"));
    xml_copy_attrs(xml_add(xml_add(response, "cib_calldata"), "cib"), core->cib);
    free(digest);
    return response;
}

static void log_difference(const cib_core_t *core, const char *node, const xmlNode *response)
{
    const xmlNode *remote = xml_first(xml_first(response, "cib_calldata"), NULL);
    struct cib_version own = cib_version_of(core->cib, 0), other = cib_version_of(remote, 0);

    log_notice("Configuration %lld.%lld.%lld of node %s differs from ours, %lld.%lld.%lld: sending it a copy",
               other.admin_epoch, other.epoch, other.num_updates, node != NULL ? node : "(unknown)",
               own.admin_epoch, own.epoch, own.num_updates);
}

void core_ping_result(cib_core_t *core, const xmlNode *message)
{
    const char *node = xml_get(message, "src");
    const xmlNode *response = xml_first(xml_first(message, "cib_calldata"), NULL);
    const char *digest = xml_get(response, "digest");
    long long sequence = 0;
    char *own;

    if (digest == NULL || xml_get_int(response, "cib_ping_id", &sequence) != 0
        || sequence != core->ping_sequence || core->changes != core->ping_changes) {
        return;
    }
    own = cib_digest(core->cib, xml_get(response, "crm_feature_set"));
    if (strcasecmp(own, digest) != 0) {
        log_difference(core, node, response);
        core_sync(core, message, false);
    }
    free(own);
}

/* ---- leaving ---- */

int cib_core_leave(cib_core_t *core)
{
    XML_AUTO xmlNode *message = xml_new("exit-notification");

    xml_set(message, "t", "cib");
    xml_set(message, "cib_op", CIB_OP_SHUTDOWN);
    core->leaving = true;
    return core->ops.send(core->arg, NULL, message);
}
