/* Sections of the CIB and the payload of requests (cib.md §3.1, §3.3). Pure. */
#include "cib/ops.h"

#include <string.h>

static bool is_root_section(const char *section)
{
    return section == NULL || strcmp(section, "cib") == 0 || strcmp(section, "all") == 0;
}

static bool in_configuration(const char *section)
{
    static const char *const names[] = {
        "crm_config", "nodes", "resources", "constraints", "op_defaults", "rsc_defaults", "acls",
        "fencing-topology", "tags", "alerts",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(section, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static xmlNode *only_child(xmlNode *parent, const char *name)
{
    xmlNode *child = (parent == NULL) ? NULL : xml_first(parent, name);

    return (child != NULL && xml_next(child, name) == NULL) ? child : NULL;
}

xmlNode *section_parent(xmlNode *cib, const char *section)
{
    if (is_root_section(section)) {
        return NULL;
    }
    if (strcmp(section, "status") == 0 || strcmp(section, "configuration") == 0) {
        return cib;
    }
    return in_configuration(section) ? only_child(cib, "configuration") : NULL;
}

xmlNode *section_find(xmlNode *cib, const char *section)
{
    if (is_root_section(section)) {
        return cib;
    }
    if (strcmp(section, "status") == 0 || strcmp(section, "configuration") == 0) {
        return only_child(cib, section);
    }
    return in_configuration(section) ? only_child(only_child(cib, "configuration"), section) : cib;
}

const xmlNode *cib_input_of(const xmlNode *payload, const char *section)
{
    static const char *const wrappers[] = {"cib_fragment", "crm_xml", "cib_calldata"};

    for (size_t i = 0; i < G_N_ELEMENTS(wrappers); i++) {
        if (xml_is(payload, wrappers[i])) {
            payload = xml_first(payload, "cib");
            break;
        }
    }
    if (section != NULL && xml_is(payload, "cib")) {
        return section_find((xmlNode *)payload, section);
    }
    return payload;
}

const xmlNode *cib_request_input(const xmlNode *message)
{
    const char *op = xml_get(message, "cib_op");
    bool update = xml_get_true(message, "cib_update");
    bool old_diff = update && op != NULL && strcmp(op, "cib_apply_diff") == 0;
    const xmlNode *wrapper = xml_first(message, old_diff ? "cib_update_diff" : "cib_calldata");

    return cib_input_of(wrapper == NULL ? NULL : tree_first(wrapper), xml_get(message, "cib_section"));
}
