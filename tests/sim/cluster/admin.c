/* A simulated administrator at some node: changes of the configuration, attributes, standby, moves,
 * cleanup. */
#include "tests/sim/cluster/cluster.h"

#include "cib/cib_client.h"
#include "pacemaker/common/message.h"

static void acknowledged(struct host *h, int rc, const xmlNode *output, void *arg)
{
    struct change *change = arg;

    change->rc = rc;
    change->acked_at = h->cluster->sim->now;
    /* of two nodes, both may be quorate for a moment: the one that will be fenced does not count */
    change->counts = rc == 0 && change->settled && host_quorate(h)
                     && (h->cluster->n > 2 || h->node->installed->members.n == 2);
    change->ring = h->node->installed != NULL ? h->node->installed->ring : (struct totem_ring){0};
    note(h, "change %u: result %d", change->number, rc);
}

/* A change that can be found again in the CIB. */
static xmlNode *change_xml(unsigned number)
{
    xmlNode *set = xml_new("cluster_property_set");
    xmlNode *nvpair = xml_add(set, "nvpair");

    xml_set(set, "id", "changes");
    xml_setf(nvpair, "id", "change-%u", number);
    xml_setf(nvpair, "name", "change-%u", number);
    xml_setf(nvpair, "value", "%u", number);
    return set;
}

void admin_change(struct world *c, struct host *h)
{
    struct change *change = g_new0(struct change, 1);
    XML_AUTO xmlNode *set = NULL;

    change->number = c->changes->len + 1;
    change->host = h->index;
    /* before there is a DC copies are not equal yet, and one of them will replace the others */
    change->settled = controld_core(h) != NULL && crmd_dc(controld_core(h)) != NULL;
    g_ptr_array_add(c->changes, change);
    set = change_xml(change->number);
    if (based_tool_call(h, CIB_OP_MODIFY, "crm_config", set, CIB_OPT_CAN_CREATE, acknowledged, change)) {
        note(h, "administrator: change %u", change->number);
    }
}

static void modify(struct host *h, const char *section, const char *text)
{
    XML_AUTO xmlNode *xml = xml_parse(text, NULL);

    note(h, "administrator: %s", text);
    based_tool_call(h, CIB_OP_MODIFY, section, xml, CIB_OPT_CAN_CREATE, NULL, NULL);
}

void admin_standby(struct host *h, const char *node, bool on)
{
    struct host *target = host_find(h->cluster, node);
    char text[400];

    snprintf(text, sizeof text,
             "<node id='%s' uname='%s'><instance_attributes id='nodes-%s'><nvpair id='nodes-%s-standby' "
             "name='standby' value='%s'/></instance_attributes></node>",
             target->uuid, node, target->uuid, target->uuid, on ? "on" : "off");
    modify(h, "nodes", text);
}

void admin_attribute(struct host *h, const char *name, const char *value)
{
    xmlNode *request = xml_new("attrd_request");

    note(h, "administrator: attribute %s=%s", name, value != NULL ? value : "(none)");
    xml_set(request, "t", "attrd");
    xml_set(request, "task", "update");
    xml_set(request, "attr_name", name);
    xml_set(request, "attr_value", value);
    attrd_call(h, request, NULL);
}

void admin_move(struct host *h, const char *rsc, const char *node)
{
    char text[300];

    snprintf(text, sizeof text,
             "<rsc_location id='cli-prefer-%s' rsc='%s' role='Started' node='%s' score='INFINITY'/>", rsc,
             rsc, node);
    modify(h, "constraints", text);
}

static void remove_object(struct host *h, const char *xpath)
{
    note(h, "administrator: delete %s", xpath);
    based_tool_call(h, CIB_OP_DELETE, xpath, NULL, CIB_OPT_XPATH | CIB_OPT_MULTIPLE, NULL, NULL);
}

void admin_role(struct host *h, const char *rsc, const char *role)
{
    char text[300];

    snprintf(text, sizeof text,
             "<primitive id='%s'><meta_attributes id='%s-role'><nvpair id='%s-role-nvpair' "
             "name='target-role' value='%s'/></meta_attributes></primitive>", rsc, rsc, rsc, role);
    modify(h, "resources", text);
}

/* A resource that comes and goes. */
static void add_resource(struct host *h)
{
    modify(h, "resources",
           "<primitive id='extra' class='ocf' provider='pacemaker' type='Dummy'><operations>"
           "<op id='extra-monitor' name='monitor' interval='15s' timeout='20s'/></operations></primitive>");
}

void admin_tidy(struct host *h)
{
    remove_object(h, "//rsc_location[starts-with(@id,'cli-')]");
    remove_object(h, "//meta_attributes[contains(@id,'-role')]");
    remove_object(h, "//primitive[@id='extra']");
}

static const char *const replaced_sections[] = {"constraints", "resources", "nodes"};

static void query_done(struct host *h, int rc, const xmlNode *output, void *arg)
{
    if (rc == 0 && output != NULL) {
        note(h, "administrator: replaces section %s by what it is", (const char *)arg);
        based_tool_call(h, CIB_OP_REPLACE, arg, output, CIB_OPT_NONE, NULL, NULL);
    }
}

static void replace_section(struct host *h)
{
    const char *section = replaced_sections[sim_below(h->cluster->sim, G_N_ELEMENTS(replaced_sections))];

    based_tool_call(h, CIB_OP_QUERY, section, NULL, CIB_OPT_SCOPE_LOCAL, query_done,
                    (void *)(uintptr_t)section);
}

/* ---- cleanup: forget failures and history, as crm_resource -C without a resource ---- */

static void clear_failures(struct host *h)
{
    xmlNode *request = xml_new("attrd_request");

    xml_set(request, "t", "attrd");
    xml_set(request, "task", "clear-failure");
    xml_set_int(request, "attr_is_remote", 0);
    attrd_call(h, request, NULL);
}

static void forget_resource(struct host *h, const char *node, const xmlNode *lrm_resource)
{
    XML_AUTO xmlNode *data = xml_new("rsc_op");
    xmlNode *msg = message_request("lrm_delete", NULL, node, "crmd", "crm_resource", "1");
    xmlNode *rsc, *attributes;

    xml_set(data, "transition-key", "0:1:0:xxxxxxxx-xrsc-opxx-xcrm-resourcexxxx");
    xml_set(data, "on_node", node);
    rsc = xml_add(data, "primitive");
    xml_set(rsc, "id", xml_id(lrm_resource));
    xml_set(rsc, "class", xml_get(lrm_resource, "class"));
    xml_set(rsc, "provider", xml_get(lrm_resource, "provider"));
    xml_set(rsc, "type", xml_get(lrm_resource, "type"));
    attributes = xml_add(data, "attributes");
    xml_set(attributes, "crm_feature_set", CRM_FEATURE_SET);
    xml_set(attributes, "CRM_meta_timeout", "60000");
    message_add_child(msg, "crm_xml", data);
    controld_request(h, msg);
}

static bool has_failure(const xmlNode *lrm_resource)
{
    xml_foreach (op, lrm_resource, "lrm_rsc_op") {
        const char *rc = xml_get(op, "rc-code"), *id = xml_id(op);

        if (id != NULL && strstr(id, "_last_failure_0") != NULL) {
            return true;
        }
        if (rc != NULL && strcmp(rc, "0") != 0 && strcmp(rc, "7") != 0 && strcmp(rc, "8") != 0
            && strcmp(rc, "193") != 0) {
            return true;
        }
    }
    return false;
}

void admin_cleanup(struct world *c, struct host *h)
{
    const xmlNode *cib = based_cib(h);

    if (cib == NULL || controld_core(h) == NULL) {
        return;
    }
    note(h, "administrator: cleanup");
    clear_failures(h);
    xml_foreach (state, xml_first(cib, "status"), "node_state") {
        xml_foreach (lrm, state, "lrm") {
            xml_foreach (rsc, xml_first(lrm, "lrm_resources"), "lrm_resource") {
                if (has_failure(rsc)) {
                    forget_resource(h, xml_get(state, "uname"), rsc);
                }
            }
        }
    }
}

/* ---- at random ---- */

static struct host *some_host(struct world *c)
{
    return &c->host[sim_below(c->sim, c->n)];
}

void admin_act(struct world *c)
{
    struct host *h = some_host(c);
    char rsc[24], name[32], value[16];

    if (!host_quorate(h) || h->node->paused_until > c->sim->now || !daemon_of(h, BASED)->serving) {
        return;                     /* who changes a part without quorum asks for conflicts */
    }
    snprintf(rsc, sizeof rsc, "single%u", (unsigned)(1 + sim_below(c->sim, c->plan.singles)));
    switch (sim_below(c->sim, 15)) {
    case 0:
        admin_standby(h, some_host(c)->name, true);
        break;
    case 1:
        admin_standby(h, some_host(c)->name, false);
        break;
    case 2:
        admin_move(h, rsc, some_host(c)->name);
        break;
    case 3:
        admin_tidy(h);
        break;
    case 4:
        admin_cleanup(c, h);
        break;
    case 5:
    case 6:
        snprintf(name, sizeof name, "attribute%u", (unsigned)sim_below(c->sim, 3));
        snprintf(value, sizeof value, "%u", (unsigned)sim_below(c->sim, 1000));
        admin_attribute(h, name, sim_chance(c->sim, 20) ? NULL : value);
        break;
    case 7:
        replace_section(h);
        break;
    case 8:
        admin_role(h, rsc, sim_chance(c->sim, 50) ? "Stopped" : "Started");
        break;
    case 9:
        add_resource(h);
        break;
    case 10:
        remove_object(h, "//primitive[@id='extra']");
        break;
    default:
        admin_change(c, h);
        break;
    }
}
