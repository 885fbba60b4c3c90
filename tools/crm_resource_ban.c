/* crm_resource: moving a resource with location constraints (--move, --ban, --clear). */
#include "config.h"
#include "tools/crm_resource.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define CLI_PREFIX "cli-"

/* --lifetime as the time it ends; false when it cannot be read. */
static bool lifetime_end(struct res *r, char out[48])
{
    struct iso_duration d;
    struct iso_time end;

    if (!iso_duration_parse(r->o.lifetime, &d)) {
        out_tool_err(r->out,
                     "Invalid duration specified: %s (an ISO 8601 period such as PT30M or P1D is expected)",
                     r->o.lifetime);
        return false;
    }
    end = iso_from_epoch(time(NULL), 0);
    end = iso_add(&end, &d);
    iso_text(&end, out);
    out_info(r->out, "Migration will take effect until: %s", out);
    return true;
}

static const char *constraint_role(const struct res *r)
{
    return r->o.promoted ? "Promoted" : "Started";
}

static xmlNode *constraint(const struct res *r, const char *prefix, const char *suffix)
{
    xmlNode *top = xml_new("constraints");
    xmlNode *location = xml_add(top, "rsc_location");

    xml_setf(location, "id", "%s%s%s", prefix, r->o.resource, suffix);
    xml_set(location, "rsc", r->o.resource);
    xml_set(location, "role", constraint_role(r));
    return location;
}

/* A rule that holds until the lifetime is over. ids: the ids of rule, expression and date expression. */
static void timed_rule(xmlNode *location, const char *const ids[3], const char *score, const char *node,
                       const char *end)
{
    xmlNode *rule = xml_add(location, "rule"), *e;

    xml_set(rule, "id", ids[0]);
    xml_set(rule, "score", score);
    xml_set(rule, "boolean-op", "and");
    e = xml_add(rule, "expression");
    xml_set(e, "id", ids[1]);
    xml_set(e, "attribute", "#uname");
    xml_set(e, "operation", "eq");
    xml_set(e, "value", node);
    xml_set(e, "type", "string");
    e = xml_add(rule, "date_expression");
    xml_set(e, "id", ids[2]);
    xml_set(e, "operation", "lt");
    xml_set(e, "end", end);
}

static int write_constraint(struct res *r, xmlNode *location)
{
    return cib_modify(r->cib, "constraints", location->parent, CIB_OPT_CAN_CREATE);
}

static int prefer(struct res *r, const char *node)
{
    xmlNode *location = constraint(r, "cli-prefer-", ""), *top = location->parent;
    char end[48];
    int rc;

    if (r->o.lifetime != NULL) {
        char *ids[3] = {g_strdup_printf("cli-prefer-rule-%s", r->o.resource),
                        g_strdup_printf("cli-prefer-expr-%s", r->o.resource),
                        g_strdup_printf("cli-prefer-lifetime-end-%s", r->o.resource)};

        if (!lifetime_end(r, end)) {
            rc = -EINVAL;
        } else {
            timed_rule(location, (const char *const *)ids, "INFINITY", node, end);
            rc = write_constraint(r, location);
        }
        for (int i = 0; i < 3; i++) {
            g_free(ids[i]);
        }
    } else {
        xml_set(location, "node", node);
        xml_set(location, "score", "INFINITY");
        rc = write_constraint(r, location);
    }
    xml_free(top);
    return rc;
}

static void ban_warning(struct res *r, const char *id, const char *node)
{
    const char *what = r->o.promoted ? "being promoted" : "running";

    out_info(r->out,
             "WARNING: Creating rsc_location constraint '%s' with a score of -INFINITY for resource %s on "
             "%s.\n"
             "\tThis will prevent %s from %s on %s until the constraint is removed using the clear option or "
             "by editing the CIB with an appropriate tool\n"
             "\tThis will be the case even if %s is the last node in the cluster",
             id, r->o.resource, node, r->o.resource, what, node, node);
}

static int ban(struct res *r, const char *node, bool tell)
{
    char *suffix = g_strdup_printf("-on-%s", node);
    xmlNode *location = constraint(r, "cli-ban-", suffix), *top = location->parent;
    const char *id = xml_id(location);
    char end[48];
    int rc = 0;

    if (r->o.lifetime != NULL) {
        char *ids[3] = {g_strdup_printf("%s-rule", id), g_strdup_printf("%s-expr", id),
                        g_strdup_printf("%s-lifetime", id)};

        if (lifetime_end(r, end)) {
            if (tell) {
                ban_warning(r, id, node);
            }
            timed_rule(location, (const char *const *)ids, "-INFINITY", node, end);
        } else {
            rc = -EINVAL;
        }
        for (int i = 0; i < 3; i++) {
            g_free(ids[i]);
        }
    } else {
        if (tell) {
            ban_warning(r, id, node);
        }
        xml_set(location, "node", node);
        xml_set(location, "score", "-INFINITY");
    }
    if (rc == 0) {
        rc = write_constraint(r, location);
    }
    xml_free(top);
    g_free(suffix);
    return rc;
}

/* ---- clear ---- */

static bool rule_expired(struct res *r, const xmlNode *location)
{
    xml_foreach(rule, location, "rule") {
        xml_foreach(date, rule, "date_expression") {
            struct iso_time end;
            const char *text = xml_get(date, "end");

            if (text != NULL && iso_parse(text, &r->s->now, &end) && iso_epoch(&end) < r->s->now.epoch) {
                return true;
            }
        }
    }
    return false;
}

static bool rule_names_node(const xmlNode *location, const char *node)
{
    xml_foreach(rule, location, "rule") {
        xml_foreach(e, rule, "expression") {
            if (g_strcmp0(xml_get(e, "attribute"), "#uname") == 0 && xml_get(e, "value") != NULL &&
                strcasecmp(xml_get(e, "value"), node) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool is_ours(struct res *r, const xmlNode *location, const char *rsc, const char *node)
{
    const char *id = xml_id(location);
    bool prefers;
    const char *at = xml_get(location, "node");

    if (id == NULL || !g_str_has_prefix(id, CLI_PREFIX)) {
        return false;
    }
    prefers = g_str_has_prefix(id, "cli-prefer-");
    if (!prefers && !g_str_has_prefix(id, "cli-ban-")) {
        return false;
    }
    if (rsc != NULL && g_strcmp0(xml_get(location, "rsc"), rsc) != 0) {
        return false;
    }
    if (r->o.expired && !rule_expired(r, location)) {
        return false;
    }
    return node == NULL || (at != NULL ? strcasecmp(at, node) == 0 : rule_names_node(location, node));
}

/* Removes constraints this tool made; returns how many, or a negative result. */
static int clear(struct res *r, const char *rsc, const char *node, bool prefers_too, bool tell)
{
    int removed = 0;

    xml_foreach(location, xml_first(xml_first(r->doc, "configuration"), "constraints"), "rsc_location") {
        xmlNode *gone XML_AUTO = NULL;
        int rc;

        if (!is_ours(r, location, rsc, node) ||
            (!prefers_too && g_str_has_prefix(xml_id(location), "cli-prefer-"))) {
            continue;
        }
        gone = xml_new("rsc_location");
        xml_set(gone, "id", xml_id(location));
        rc = cib_delete(r->cib, "constraints", gone, 0);
        if (rc != 0) {
            return rc;
        }
        removed++;
        if (tell) {
            out_info(r->out, "Removing constraint: %s", xml_id(location));
        }
    }
    return removed;
}

crm_exit_t res_cmd_clear(struct res *r)
{
    int rc;

    if (r->o.node != NULL && r->node == NULL) {
        out_tool_err(r->out, "Node '%s' not found", r->o.node);
        return CRM_EX_NOSUCH;
    }
    rc = clear(r, r->o.resource, r->node != NULL ? r->node->name : NULL, true, true);
    return rc < 0 ? pcmk_rc_to_exit(rc) : CRM_EX_OK;
}

int res_let_back(struct res *r, const char *node)
{
    int rc = clear(r, r->o.resource, node, false, false);

    return rc < 0 ? rc : 0;
}

/* ---- move, ban ---- */

int res_keep_off(struct res *r, const char *node)
{
    return ban(r, node, false);
}

static pe_node *only_active_node(const struct res *r, unsigned *count)
{
    pe_node *found = NULL;
    const pe_rsc *rsc = r->rsc;

    *count = 0;
    if (rsc->variant == PE_CLONE && r->o.promoted) {
        for (uint32_t i = 0; i < rsc->children.n; i++) {
            if (pe_state(rsc->children.v[i], true) == ROLE_PROMOTED && rsc->children.v[i]->running.n > 0) {
                found = rsc->children.v[i]->running.v[0];
                (*count)++;
            }
        }
        return found;
    }
    for (uint32_t i = 0; i < rsc->running.n; i++) {
        bool seen = false;

        for (uint32_t k = 0; k < i; k++) {
            seen = seen || rsc->running.v[k] == rsc->running.v[i];
        }
        if (!seen) {
            found = rsc->running.v[i];
            (*count)++;
        }
    }
    return found;
}

crm_exit_t res_cmd_ban(struct res *r)
{
    unsigned count;
    pe_node *node = r->node;

    if (r->o.node != NULL && node == NULL) {
        out_tool_err(r->out, "Node '%s' not found", r->o.node);
        return CRM_EX_NOSUCH;
    }
    if (node == NULL) {
        node = only_active_node(r, &count);
        if (count != 1) {
            out_tool_err(r->out,
                         "Resource '%s' not moved: active in %u locations%s.\n"
                         "To prevent '%s' from %s on a specific location, specify a node.",
                         r->o.resource, count, r->o.promoted ? " (promoted)" : "",
                         r->o.resource, r->o.promoted ? "being promoted" : "running");
            return CRM_EX_USAGE;
        }
    }
    return pcmk_rc_to_exit(ban(r, node->name, true));
}

static crm_exit_t move_to(struct res *r, pe_node *target)
{
    unsigned count;
    pe_node *now = only_active_node(r, &count);
    int rc;

    if (count == 1 && now == target && !r->o.force) {
        return CRM_EX_EXISTS;
    }
    rc = clear(r, r->o.resource, target->name, false, false);
    if (rc >= 0) {
        rc = prefer(r, target->name);
    }
    if (rc == 0 && r->o.force) {
        if (count == 1 && now != target) {
            rc = ban(r, now->name, true);
        } else if (count > 1) {
            out_info(r->out, "Resource '%s' is currently %s in %u locations. One may now move to %s",
                     r->o.resource, r->o.promoted ? "promoted" : "active", count, target->name);
            out_info(r->out, "To prevent '%s' from being %s at a specific location, specify a node.",
                     r->o.resource, r->o.promoted ? "promoted" : "active");
        }
    }
    return pcmk_rc_to_exit(rc);
}

crm_exit_t res_cmd_move(struct res *r)
{
    if (r->o.node == NULL) {
        return res_cmd_ban(r);
    }
    if (r->node == NULL) {
        out_tool_err(r->out, "Node '%s' not found", r->o.node);
        return CRM_EX_NOSUCH;
    }
    if (r->o.promoted && !(r->rsc->variant == PE_CLONE && r->rsc->promotable)) {
        if (pe_top(r->rsc)->promotable && r->rsc->variant == PE_PRIMITIVE) {
            r->rsc = pe_top(r->rsc);
            g_free(r->o.resource);
            r->o.resource = g_strdup(r->rsc->id);
        } else {
            out_info(r->out, "Ignoring --promoted option: %s is not promotable", r->o.resource);
            r->o.promoted = FALSE;
        }
    }
    return move_to(r, r->node);
}
