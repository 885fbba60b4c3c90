/* crm_resource: parameters, meta-attributes, utilization, and deleting a resource. */
#include "config.h"
#include "tools/crm_resource.h"


#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/tree.h>

#include "pengine/pe.h"

static const char *set_tag(const struct res *r)
{
    return r->o.utilization ? "utilization" : r->o.meta ? "meta_attributes" : "instance_attributes";
}

/* Parameters of an instance are configured on the primitive; a clone's meta-attributes on the clone. */
static const pe_rsc *configured_on(const struct res *r)
{
    const pe_rsc *rsc = r->rsc;

    if (r->o.meta && !r->o.force) {
        const char *asked = r->o.resource;

        /* a member named without its clone: the clone carries the setting when it has one already */
        for (const pe_rsc *up = rsc->parent; up != NULL && strcmp(asked, rsc->id) == 0; up = up->parent) {
            if (up->variant == PE_CLONE && up->children.n > 0 && xml_id(rsc->xml) != NULL) {
                return up;
            }
        }
    }
    return rsc;
}

crm_exit_t res_cmd_get_parameter(struct res *r)
{
    const char *name = r->o.argument;
    const char *value =
        r->o.utilization ?
            pe_table_get(&r->rsc->utilization, name) :
        r->o.meta ?
            pe_meta(r->rsc, name) :
            pe_table_get(pe_params(r->s, r->rsc, r->rsc->running.n > 0 ? r->rsc->running.v[0] : NULL), name);

    if (value == NULL) {
        out_err(r->out, "Attribute '%s' not found for '%s'", name, r->o.resource);
        return CRM_EX_OK;
    }
    out_list_begin(r->out, NULL, NULL, "Attributes");
    out_list_item(r->out, name, "%s", value);
    out_list_end(r->out);
    return CRM_EX_OK;
}

/* The nvpair NAME of the resource's sets of that kind (of one set, of one id, when asked);
 * *set: the set to add it to. */
static xmlNode *find_nvpair(struct res *r, const xmlNode *rsc, const char *tag, const char *name,
                            xmlNode **set, unsigned *count)
{
    xmlNode *found = NULL;

    *set = NULL;
    *count = 0;
    xml_foreach(s, rsc, tag) {
        if (r->o.set != NULL && g_strcmp0(xml_id(s), r->o.set) != 0) {
            continue;
        }
        if (*set == NULL) {
            *set = s;
        }
        xml_foreach(nv, s, "nvpair") {
            if (g_strcmp0(xml_get(nv, "name"), name) == 0 &&
                (r->o.prop_id == NULL || g_strcmp0(xml_id(nv), r->o.prop_id) == 0)) {
                found = nv;
                (*count)++;
            }
        }
    }
    return found;
}

static int write_set(struct res *r, const xmlNode *rsc, const char *tag, const char *set_id,
                     const char *pair_id, const char *name, const char *value)
{
    xmlNode *top XML_AUTO = xml_new(xml_name(rsc));
    xmlNode *set, *pair;

    xml_set(top, "id", xml_id(rsc));
    set = xml_add(top, tag);
    xml_set(set, "id", set_id);
    pair = xml_add(set, "nvpair");
    xml_set(pair, "id", pair_id);
    xml_set(pair, "name", name);
    xml_set(pair, "value", value);
    return cib_modify(r->cib, "resources", top, CIB_OPT_CAN_CREATE);
}

/* The first of two ids that is known, else OWNER-SUFFIX. g_free(). */
static char *chosen_id(const char *first, const char *second, const char *owner, const char *suffix)
{
    const char *known = first != NULL ? first : second;

    return known != NULL ? g_strdup(known) : g_strdup_printf("%s-%s", owner, suffix);
}

int res_write_nvpair(struct res *r, const pe_rsc *rsc, const char *tag, const char *name, const char *value,
                     bool quiet)
{
    xmlNode *set, *pair;
    unsigned count;
    int rc;

    pair = find_nvpair(r, rsc->xml, tag, name, &set, &count);
    if (count > 1 && r->o.prop_id == NULL) {
        out_info(r->out, "Multiple attributes match name=%s", name);
        out_info(r->out, "A value for '%s' already exists in several sets; "
                 "choose one with --set-name or --nvpair", name);
        return -ENOTUNIQ;
    }
    if (value == NULL) {
        xmlNode *gone XML_AUTO = NULL;
        char *id;

        if (pair == NULL) {
            return 0;
        }
        id = g_strdup(xml_id(pair));
        gone = xml_new("nvpair");
        xml_set(gone, "id", id);
        rc = cib_delete(r->cib, "resources", gone, 0);
        if (rc == 0 && !quiet) {
            out_info(r->out, "Deleted '%s' option: id=%s%s%s name=%s", xml_id(rsc->xml), id,
                     r->o.set != NULL ? " set=" : "", r->o.set != NULL ? r->o.set : "", name);
        }
        g_free(id);
        return rc;
    } else {
        char *set_id = chosen_id(r->o.set, set != NULL ? xml_id(set) : NULL, xml_id(rsc->xml), tag);
        char *pair_id = chosen_id(pair != NULL ? xml_id(pair) : NULL, r->o.prop_id, set_id, name);

        if (pair != NULL) {
            g_free(set_id);
            set_id = g_strdup(xml_id(pair->parent));
        }
        rc = write_set(r, rsc->xml, tag, set_id, pair_id, name, value);
        if (rc == 0 && !quiet) {
            /* the set is worth a word when it was chosen now */
            bool named = pair == NULL || r->o.set != NULL;

            out_info(r->out, "Set '%s' option: id=%s%s%s name=%s value=%s", xml_id(rsc->xml), pair_id,
                     named ? " set=" : "", named ? set_id : "", name, value);
        }
        g_free(set_id);
        g_free(pair_id);
    }
    return rc;
}

/* With --recursive: the same change to everything that must be where this is. */
static int write_recursive(struct res *r, const pe_rsc *rsc, const char *value, GHashTable *seen)
{
    int rc;

    if (!g_hash_table_add(seen, (gpointer)rsc)) {
        return 0;
    }
    rc = res_write_nvpair(r, rsc, set_tag(r), r->o.argument, value, false);
    for (uint32_t i = 0; rc == 0 && r->o.recursive && r->o.meta && i < rsc->with_this.n; i++) {
        const pe_colocation *c = rsc->with_this.v[i];

        if (c->score > 0) {
            rc = write_recursive(r, c->dependent, value, seen);
        }
    }
    return rc;
}

static crm_exit_t write_parameter(struct res *r, const char *value)
{
    GHashTable *seen = g_hash_table_new(NULL, NULL);
    int rc;

    if (r->o.recursive) {
        pe_unpack_constraints(r->s);
    }
    rc = write_recursive(r, configured_on(r), value, seen);
    g_hash_table_unref(seen);
    return pcmk_rc_to_exit(rc);
}

crm_exit_t res_cmd_set_parameter(struct res *r)
{
    if (r->o.value == NULL || *r->o.value == '\0') {
        out_tool_err(r->out, "You need to supply a value with the -v option");
        return CRM_EX_USAGE;
    }
    return write_parameter(r, r->o.value);
}

crm_exit_t res_cmd_delete_parameter(struct res *r)
{
    return write_parameter(r, NULL);
}

/* ---- attributes of the resource's element ---- */

crm_exit_t res_cmd_get_property(struct res *r)
{
    const char *value = xml_get(r->rsc->xml, r->o.argument);

    if (value == NULL) {
        return CRM_EX_OK;
    }
    if (r->out->kind == OUTPUT_XML) {
        out_list_begin(r->out, NULL, NULL, "properties");
        out_list_item(r->out, r->o.argument, "%s", value);
        out_list_end(r->out);
    } else {
        out_indented(r->out, "%s\n", value);
    }
    return CRM_EX_OK;
}

crm_exit_t res_cmd_set_property(struct res *r)
{
    xmlNode *top XML_AUTO = NULL;

    if (r->o.element == NULL) {
        out_tool_err(r->out, "Must specify -t with resource type");
        return CRM_EX_NOSUCH;
    }
    if (r->o.value == NULL || *r->o.value == '\0') {
        out_tool_err(r->out, "Must supply -v with new value");
        return CRM_EX_NOSUCH;
    }
    if (xmlValidateName(BAD_CAST r->o.argument, 0) != 0 || xmlValidateName(BAD_CAST r->o.element, 0) != 0) {
        return CRM_EX_CONFIG;
    }
    top = xml_new(r->o.element);
    xml_set(top, "id", r->o.resource);
    xml_set(top, r->o.argument, r->o.value);
    return pcmk_rc_to_exit(cib_modify(r->cib, "resources", top, 0));
}

crm_exit_t res_cmd_delete(struct res *r)
{
    xmlNode *gone XML_AUTO = NULL;

    if (r->rsc == NULL) {
        out_tool_err(r->out, "Resource '%s' not found", r->o.resource);
        return CRM_EX_NOSUCH;
    }
    if (r->o.element == NULL) {
        out_tool_err(r->out, "You need to specify a resource type with -t");
        return CRM_EX_NOSUCH;
    }
    gone = xml_new(r->o.element);
    xml_set(gone, "id", r->o.resource);
    return pcmk_rc_to_exit(cib_delete(r->cib, "resources", gone, 0));
}
