/* Groups: unpacking (scheduler input §7.3). */
#include "pengine/pe.h"

bool pe_unpack_group(pe_sched *s, pe_rsc *r)
{
    const char *value;

    r->group = pe_alloc(s, sizeof(*r->group));
    value = pe_meta(r, "ordered");
    r->group->ordered = value == NULL || bool_true(value);
    value = pe_meta(r, "collocated");
    r->group->colocated = value == NULL || bool_true(value);
    xml_foreach(xml, r->xml, "primitive") {
        pe_rsc *member = pe_unpack_rsc(s, xml, r, r->clone_number);

        if (member != NULL) {
            PE_PUSH(s, &r->children, member);
        }
    }
    if (r->children.n == 0) {
        pe_config_warn(s, "Group %s has no members", r->id);
    }
    return true;
}
