/* Groups: unpacking (scheduler input §7.3). */
#include "pengine/pe.h"

static const char *group_flag(pe_sched *s, const pe_rsc *r, const char *name, enum pe_once once)
{
    const char *value = pe_meta(r, name);

    if (value != NULL && !bool_true(value)) {
        pe_warn_once(s, once, "set_group_flag", "Support for the '%s' group meta-attribute is deprecated and "
                     "will be removed in a future release (use a resource set instead)", name);
    }
    return value;
}

bool pe_unpack_group(pe_sched *s, pe_rsc *r)
{
    const char *value;

    r->group = pe_alloc(s, sizeof(*r->group));
    value = group_flag(s, r, "ordered", PE_ONCE_GROUP_ORDERED);
    r->group->ordered = value == NULL || bool_true(value);
    value = group_flag(s, r, "collocated", PE_ONCE_GROUP_COLOCATED);
    r->group->colocated = value == NULL || bool_true(value);
    xml_foreach(xml, r->xml, "primitive") {
        pe_rsc *member;

        if (r->children.n >= PE_MAX_MEMBERS) {
            pe_config_error(s, __func__, "Group %s: its members from the %uth on (%s) are ignored", r->id,
                            PE_MAX_MEMBERS + 1, xml_id(xml) != NULL ? xml_id(xml) : "without id");
            break;
        }
        member = pe_unpack_rsc(s, xml, r, r->clone_number);
        if (member != NULL) {
            PE_PUSH(s, &r->children, member);
        }
    }
    if (r->children.n == 0) {
        pe_config_warn(s, "group_unpack", "Group %s will be ignored because it does not have any members",
                       r->id);
    }
    return true;
}
