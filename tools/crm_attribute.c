/* crm_attribute: query and change node attributes and cluster options (agents-and-tools.md B7, cib.md
 * §11.6). */
#include "config.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <glib.h>
#include "cib/cib_client.h"
#include "cib/schema.h"
#include "pacemaker/attrd/attrd_client.h"
#include "pacemaker/cluster/cluster.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/tool.h"
#include "pacemaker/common/xml.h"
#include "tools/controller_client.h"

#define FORMATS "text,xml"
#define VALUE_LETTERS "NUPdilnpstv"

enum command { COMMAND_QUERY, COMMAND_UPDATE, COMMAND_DELETE };

static struct {
    struct tool_args args;
    enum command command;
    char *name, *pattern, *id, *set, *value, *fallback, *lifetime, *node, *section, *promotion;
    gboolean utilization, promotion_given, ignored;
} opt;

/* What is worked on, after all defaults. */
struct target {
    const char *section;            /* crm_config, nodes, status, tickets, rsc_defaults, op_defaults */
    char *node_name, *node_id;      /* NULL for cluster options */
    bool remote;
    char *name;
    output_t *out;
    cib_t *cib;
};

/* ---- options ---- */

static gboolean take_command(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    const char *name = option + strspn(option, "-");

    (void)data;
    (void)error;
    if (*name == 'G' || strcmp(name, "query") == 0 || strcmp(name, "get-value") == 0) {
        opt.command = COMMAND_QUERY;
    } else if (*name == 'D' || strncmp(name, "delete", 6) == 0) {
        opt.command = COMMAND_DELETE;
    } else {
        opt.command = COMMAND_UPDATE;
    }
    if (value != NULL) {
        g_free(opt.value);
        opt.value = g_strdup(value);
    }
    return TRUE;
}

static gboolean take_promotion(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    (void)option;
    (void)data;
    (void)error;
    opt.promotion_given = TRUE;
    g_free(opt.promotion);
    opt.promotion = g_strdup(value);
    return TRUE;
}

static const GOptionEntry selecting[] = {
    {"id", 'i', 0, G_OPTION_ARG_STRING, &opt.id, "(Advanced) Work on the instance with this XML ID",
     "XML_ID"},
    {"name", 'n', 0, G_OPTION_ARG_STRING, &opt.name,
     "Attribute or option to work on (optional for queries: all that match)", "NAME"},
    {"pattern", 'P', 0, G_OPTION_ARG_STRING, &opt.pattern,
     "All attributes that match (with -G, or with -v/-D and -l reboot)", "PATTERN"},
    {"promotion", 'p', G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, take_promotion,
     "Promotion score of this resource, or of the one in OCF_RESOURCE_INSTANCE; lifetime defaults to reboot",
     "RESOURCE"},
    {"set-name", 's', 0, G_OPTION_ARG_STRING, &opt.set, "(Advanced) Work on the set with this XML ID",
     "NAME"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry commands[] = {
    {"delete", 'D', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command, "Delete the attribute/option",
     NULL},
    {"query", 'G', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command,
     "Query the current value of the attribute/option (default)", NULL},
    {"update", 'v', 0, G_OPTION_ARG_CALLBACK, take_command, "Update the value of the attribute/option",
     "VALUE"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry additional[] = {
    {"default", 'd', 0, G_OPTION_ARG_STRING, &opt.fallback, "(Advanced) Value to show when there is none",
     "VALUE"},
    {"lifetime", 'l', 0, G_OPTION_ARG_STRING, &opt.lifetime,
     "Lifetime of the node attribute: reboot, forever", "LIFETIME"},
    {"node", 'N', 0, G_OPTION_ARG_STRING, &opt.node, "Node whose attribute it is (else a cluster option)",
     "NODE"},
    {"type", 't', 0, G_OPTION_ARG_STRING, &opt.section,
     "Part of the configuration: crm_config, rsc_defaults, op_defaults, tickets", "SECTION"},
    {"utilization", 'z', 0, G_OPTION_ARG_NONE, &opt.utilization, "A utilization attribute of the node", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* Names of earlier versions; accepted, not shown. */
static const GOptionEntry legacy[] = {
    {"attr-id", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &opt.id, NULL, NULL},
    {"attr-name", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &opt.name, NULL, NULL},
    {"attr-value", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_CALLBACK, take_command, NULL, NULL},
    {"delete-attr", 0, G_OPTION_FLAG_HIDDEN | G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command, NULL,
     NULL},
    {"get-value", 0, G_OPTION_FLAG_HIDDEN | G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command, NULL,
     NULL},
    {"node-uname", 'U', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &opt.node, NULL, NULL},
    {"quiet", 'Q', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &opt.args.quiet, NULL, NULL},
    {"inhibit-policy-engine", '!', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &opt.ignored, NULL, NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* ---- what to work on ---- */

static bool is_option_section(const struct target *target)
{
    return strcmp(target->section, "crm_config") == 0 || strcmp(target->section, "tickets") == 0;
}

static const char *choose_section(void)
{
    if (opt.lifetime != NULL && strcmp(opt.lifetime, "reboot") == 0) {
        return "status";
    }
    if (opt.lifetime != NULL && strcmp(opt.lifetime, "forever") == 0) {
        return "nodes";
    }
    if (opt.section != NULL || opt.lifetime != NULL) {
        return opt.section != NULL ? opt.section : opt.lifetime;
    }
    if (opt.utilization) {
        return "nodes";
    }
    if (opt.promotion_given) {
        return "status";
    }
    return opt.node != NULL ? "nodes" : "crm_config";
}

static char *local_node(void)
{
    const char *given = attrd_default_node(NULL);
    char *name, *copy;

    if (given != NULL) {
        return g_strdup(given);
    }
    if (getenv("CIB_file") != NULL) {
        return g_strdup(g_get_host_name());
    }
    copy = controller_own_node_name("crm_attribute");
    if (copy != NULL) {
        return copy;
    }
    name = cluster_node_name(0);
    copy = g_strdup(name);
    free(name);
    return copy;
}

static bool same_name(const xmlNode *node, const char *attr, const char *name)
{
    const char *value = xml_get(node, attr);

    return value != NULL && strcasecmp(value, name) == 0;
}

/* Is there a resource that makes name a remote or guest node? */
static bool is_remote_resource(const xmlNode *node, const char *name)
{
    xml_foreach(child, node, NULL) {
        if (xml_is(child, "primitive") && same_name(child, "id", name) && same_name(child, "type", "remote")
            && same_name(child, "provider", "pacemaker")) {
            return true;
        }
        if (xml_is(child, "nvpair") && same_name(child, "name", "remote-node")
            && same_name(child, "value", name)) {
            return true;
        }
        if (is_remote_resource(child, name)) {
            return true;
        }
    }
    return false;
}

/* The node's id from its name. */
static int find_node(struct target *target)
{
    XML_AUTO xmlNode *cib = NULL;
    int rc = cib_query(target->cib, NULL, CIB_OPT_SCOPE_LOCAL, &cib);
    const xmlNode *configuration = xml_first(cib, "configuration");

    if (rc != 0) {
        return rc;
    }
    xml_foreach(node, xml_first(configuration, "nodes"), "node") {
        if (same_name(node, "uname", target->node_name)) {
            target->remote = same_name(node, "type", "remote");
            target->node_id = g_strdup(target->remote ? target->node_name : xml_id(node));
            return 0;
        }
    }
    target->remote = is_remote_resource(xml_first(configuration, "resources"), target->node_name);
    xml_foreach(state, xml_first(cib, "status"), "node_state") {
        if (target->remote || !same_name(state, "uname", target->node_name)) {
            continue;
        }
        target->remote = xml_get_true(state, "remote_node");
        target->node_id = g_strdup(xml_id(state));
    }
    if (target->remote) {
        g_free(target->node_id);
        target->node_id = g_strdup(target->node_name);
    }
    return target->node_id != NULL ? 0 : -ENXIO;
}

/* ---- finding attributes ---- */

/* The element type of sets in the section, and in *base the path to where they are. */
static const char *set_type(const struct target *target, GString *base)
{
    if (strcmp(target->section, "crm_config") == 0) {
        g_string_assign(base, "/cib/configuration/crm_config");
        return "cluster_property_set";
    }
    if (strcmp(target->section, "tickets") == 0) {
        g_string_assign(base, "/cib/status/tickets");
        return "instance_attributes";
    }
    if (target->node_id != NULL && strcmp(target->section, "status") == 0) {
        g_string_printf(base, "/cib/status/node_state[@id='%s']/transient_attributes", target->node_id);
        return opt.utilization ? "utilization" : "instance_attributes";
    }
    if (target->node_id != NULL && strcmp(target->section, "nodes") == 0) {
        g_string_printf(base, "/cib/configuration/nodes/node[@id='%s']", target->node_id);
        return opt.utilization ? "utilization" : "instance_attributes";
    }
    g_string_printf(base, "/cib/configuration/%s", target->section);
    return "meta_attributes";
}

static bool wanted(const struct target *target, const xmlNode *nvpair, const regex_t *pattern)
{
    const char *name = xml_get(nvpair, "name");

    if (pattern != NULL) {
        return name != NULL && regexec(pattern, name, 0, NULL, 0) == 0;
    }
    if (opt.id != NULL && g_strcmp0(opt.id, xml_id(nvpair)) != 0) {
        return false;
    }
    return target->name == NULL || g_strcmp0(target->name, name) == 0;
}

static void collect(const struct target *target, xmlNode *set, const char *type, const regex_t *pattern,
                    GPtrArray *found)
{
    if (!xml_is(set, type)) {
        xml_foreach(child, set, NULL) {
            collect(target, child, type, pattern, found);
        }
        return;
    }
    if (opt.set != NULL && g_strcmp0(opt.set, xml_id(set)) != 0) {
        return;
    }
    xml_foreach(nvpair, set, "nvpair") {
        if (wanted(target, nvpair, pattern)) {
            g_ptr_array_add(found, nvpair);
        }
    }
}

/* Attributes that match, in document order; they live in *tree. */
static int find_attributes(const struct target *target, xmlNode **tree, GPtrArray *found)
{
    GString *base = g_string_new(NULL);
    const char *type = set_type(target, base);
    regex_t pattern;
    int rc = 0;

    if (opt.pattern != NULL && regcomp(&pattern, opt.pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        g_string_free(base, TRUE);
        return -EINVAL;
    }
    rc = cib_query(target->cib, base->str, CIB_OPT_XPATH | CIB_OPT_SCOPE_LOCAL, tree);
    if (rc == 0) {
        xml_foreach(child, *tree, NULL) {
            collect(target, child, type, opt.pattern != NULL ? &pattern : NULL, found);
        }
    }
    if (opt.pattern != NULL) {
        regfree(&pattern);
    }
    g_string_free(base, TRUE);
    return rc == 0 && found->len == 0 ? -ENXIO : rc;
}

/* ---- output ---- */

static void print_attribute(const struct target *target, const char *name, const char *value)
{
    const char *id = opt.id != NULL ? opt.id : NULL;

    if (target->out->kind == OUTPUT_XML) {
        out_xml(target->out, "attribute", "name", name, "value", value, "scope", target->section, "id", id,
                NULL);
    } else if (target->out->kind == OUTPUT_NONE) {
        return;
    } else if (opt.args.quiet) {
        fprintf(target->out->dest, "%s\n", value != NULL ? value : "");
    } else {
        fprintf(target->out->dest, "scope=%s %s%s name=%s value=%s\n", target->section,
                id != NULL ? "id=" : "", id != NULL ? id : "", name != NULL ? name : "(null)",
                value != NULL ? value : "");
    }
}

/* ---- commands ---- */

static int query(const struct target *target)
{
    XML_AUTO xmlNode *tree = NULL;
    GPtrArray *found = g_ptr_array_new();
    int rc = find_attributes(target, &tree, found);

    if (rc == -ENXIO && opt.fallback != NULL) {
        print_attribute(target, target->name, opt.fallback);
        rc = 0;
    }
    for (guint i = 0; i < found->len; i++) {
        print_attribute(target, xml_get(found->pdata[i], "name"), xml_get(found->pdata[i], "value"));
    }
    g_ptr_array_free(found, TRUE);
    return rc;
}

static void print_matches(const struct target *target, const GPtrArray *found)
{
    printf("Multiple attributes match name=%s\n", target->name);
    for (guint i = 0; i < found->len; i++) {
        const char *value = xml_get(found->pdata[i], "value");

        printf("  Value: %s \t(id=%s)\n", value != NULL ? value : "", xml_id(found->pdata[i]));
    }
}

/* The one attribute to change: its id in *id, NULL when it does not exist yet. */
static int find_one(const struct target *target, char **id)
{
    XML_AUTO xmlNode *tree = NULL;
    GPtrArray *found = g_ptr_array_new();
    int rc = find_attributes(target, &tree, found);

    *id = NULL;
    if (found->len > 1) {
        print_matches(target, found);
        rc = -ENOTUNIQ;
    } else if (found->len == 1) {
        *id = g_strdup(xml_id(found->pdata[0]));
    } else if (rc == -ENXIO) {
        rc = 0;
    }
    g_ptr_array_free(found, TRUE);
    return rc;
}

static char *default_set_id(const struct target *target)
{
    if (strcmp(target->section, "crm_config") == 0) {
        return g_strdup("cib-bootstrap-options");
    }
    if (strcmp(target->section, "tickets") == 0) {
        return g_strdup("status-tickets");
    }
    if (strcmp(target->section, "nodes") != 0 && strcmp(target->section, "status") != 0) {
        return g_strdup_printf("%s-options", target->section);
    }
    return g_strdup_printf("%s-%s%s", target->section, target->node_id,
                           opt.utilization ? "-utilization" : "");
}

/* The elements around a new attribute; *inner is where the nvpair goes. */
static xmlNode *new_structure(const struct target *target, const char *set_id, xmlNode **inner)
{
    GString *base = g_string_new(NULL);
    const char *type = set_type(target, base);
    xmlNode *top;

    g_string_free(base, TRUE);
    if (strcmp(target->section, "nodes") == 0 && target->remote) {
        top = xml_new("nodes");
        *inner = xml_add(top, "node");
        xml_set(*inner, "type", "remote");
        xml_set(*inner, "id", target->node_id);
        xml_set(*inner, "uname", target->node_id);
    } else if (strcmp(target->section, "nodes") == 0) {
        top = *inner = xml_new("node");
        xml_set(top, "id", target->node_id);
    } else if (strcmp(target->section, "status") == 0) {
        top = xml_new("node_state");
        xml_set(top, "id", target->node_id);
        *inner = xml_add(top, "transient_attributes");
        xml_set(*inner, "id", target->node_id);
    } else if (strcmp(target->section, "tickets") == 0) {
        top = xml_new("status");
        *inner = xml_add(top, "tickets");
    } else {
        top = *inner = xml_new(target->section);
    }
    *inner = xml_add(*inner, type);
    xml_set(*inner, "id", set_id);
    return top;
}

static xmlNode *new_attribute(const struct target *target, const char *set_id)
{
    xmlNode *inner = NULL, *top = new_structure(target, set_id, &inner), *nvpair = xml_add(inner, "nvpair");
    char *id = g_strdup(opt.id);

    if (id == NULL) {
        id = g_strdup_printf("%s-%s", set_id, target->name);
        g_strdelimit(id, ":#", '.');
    }
    xml_set(nvpair, "id", id);
    xml_set(nvpair, "name", target->name);
    xml_set(nvpair, "value", opt.value);
    g_free(id);
    return top;
}

static int write_value(const struct target *target)
{
    const char *section = strcmp(target->section, "tickets") == 0 ? "status" : target->section;
    char *id = NULL, *set_id;
    int rc = find_one(target, &id);
    XML_AUTO xmlNode *update = NULL;

    if (rc == 0 && target->name == NULL) {
        rc = -ENXIO;        /* a pattern names nothing to create */
    }
    if (rc != 0) {
        g_free(id);
        return rc;
    }
    set_id = opt.set != NULL ? g_strdup(opt.set) : default_set_id(target);
    if (id != NULL) {
        update = xml_new("nvpair");
        xml_set(update, "id", id);
        xml_set(update, "name", target->name);
        xml_set(update, "value", opt.value);
    } else {
        update = new_attribute(target, set_id);
    }
    rc = cib_modify(target->cib, section, update, CIB_OPT_QUORUM_OVERRIDE);
    if (rc != 0) {
        out_err(target->out, "Error setting %s=%s (section=%s, set=%s): %s", target->name, opt.value, section,
                set_id, pcmk_strerror(rc));
    }
    g_free(set_id);
    g_free(id);
    return rc;
}

static int delete_value(const struct target *target)
{
    const char *section = strcmp(target->section, "tickets") == 0 ? "status" : target->section;
    char *id = NULL;
    int rc = find_one(target, &id);

    if (rc == 0 && id != NULL) {
        XML_AUTO xmlNode *nvpair = xml_new("nvpair");

        xml_set(nvpair, "id", id);
        xml_set(nvpair, "name", target->name);
        rc = cib_delete(target->cib, section, nvpair, CIB_OPT_QUORUM_OVERRIDE);
        if (rc == 0) {
            out_info(target->out, "Deleted %s %s: id=%s%s%s name=%s", target->section,
                     target->node_name != NULL ? "attribute" : "option", id, opt.set != NULL ? " set=" : "",
                     opt.set != NULL ? opt.set : "", target->name);
        }
    }
    g_free(id);
    return rc == -ENOTUNIQ ? 0 : rc;
}

/* Attributes that last until reboot are the attribute manager's. */
static bool goes_to_manager(const struct target *target)
{
    return opt.command != COMMAND_QUERY && strcmp(target->section, "status") == 0
           && getenv("CIB_file") == NULL && getenv("CIB_shadow") == NULL;
}

static int tell_manager(const struct target *target)
{
    const struct attrd_update update = {
        .node = target->node_name,
        .name = opt.pattern != NULL ? opt.pattern : target->name,
        .value = opt.command == COMMAND_DELETE ? NULL : opt.value,
        .set = opt.set,
        .flags = (opt.pattern != NULL ? ATTRD_PATTERN : 0) | (target->remote ? ATTRD_REMOTE : 0),
    };

    return attrd_client_update(&update);
}

static int run_command(struct target *target)
{
    if (goes_to_manager(target) && tell_manager(target) == 0) {
        return 0;
    }
    switch (opt.command) {
    case COMMAND_UPDATE:
        return write_value(target);
    case COMMAND_DELETE:
        return delete_value(target);
    default:
        return query(target);
    }
}

/* ---- main ---- */

static crm_exit_t fail(output_t *out, crm_exit_t status, const char *text)
{
    out_tool_err(out, "%s", text);
    return status;
}

static crm_exit_t check_options(struct target *target)
{
    if (opt.promotion_given) {
        const char *resource = opt.promotion != NULL ? opt.promotion : getenv("OCF_RESOURCE_INSTANCE");

        if (resource == NULL || *resource == '\0') {
            return fail(target->out, CRM_EX_USAGE,
                        "-p/--promotion must be called from an OCF resource agent or with a "
                        "resource ID specified");
        }
        target->name = g_strdup_printf("master-%s", resource);
    } else {
        target->name = g_strdup(opt.name);
    }
    target->section = choose_section();
    if (opt.pattern != NULL && opt.command != COMMAND_QUERY && strcmp(target->section, "status") != 0) {
        return fail(target->out, CRM_EX_USAGE,
                    "Error: pattern can only be used with query, or with till-reboot update "
                    "or delete");
    }
    if (opt.pattern == NULL && target->name == NULL && opt.command != COMMAND_QUERY) {
        return fail(target->out, CRM_EX_USAGE, opt.command == COMMAND_DELETE
                    ? "Error: must specify attribute name or pattern to delete"
                    : "Error: must specify attribute name or pattern to update");
    }
    return CRM_EX_OK;
}

static crm_exit_t resolve_node(struct target *target)
{
    char *text;
    int rc;

    if (is_option_section(target)) {
        return CRM_EX_OK;
    }
    target->node_name = opt.node != NULL && attrd_default_node(opt.node) != NULL
        ? g_strdup(attrd_default_node(opt.node)) : local_node();
    if (target->node_name == NULL) {
        return fail(target->out, CRM_EX_NOHOST, "Could not determine the name of the local node");
    }
    rc = find_node(target);
    if (rc == 0) {
        return CRM_EX_OK;
    }
    text = g_strdup_printf("Could not map name=%s to a UUID", target->node_name);
    fail(target->out, CRM_EX_OK, text);
    g_free(text);
    return pcmk_rc_to_exit(rc);
}

static crm_exit_t report(const struct target *target, int rc)
{
    char *text;

    if (rc == 0) {
        return CRM_EX_OK;
    }
    if (rc == -ENOTUNIQ) {
        fail(target->out, CRM_EX_OK,
             "Please choose from one of the matches below and supply the 'id' with --attr-id");
        return CRM_EX_MULTIPLE;
    }
    text = g_strdup_printf("Error performing operation: %s", pcmk_strerror(rc));
    fail(target->out, CRM_EX_OK, text);
    g_free(text);
    return pcmk_rc_to_exit(rc);
}

static crm_exit_t run(struct target *target)
{
    crm_exit_t status = check_options(target);
    int rc, written;

    if (status != CRM_EX_OK) {
        return status;
    }
    target->cib = cib_new();
    rc = cib_connect(target->cib, program_name(), CIB_CHANNEL_RW);
    if (rc != 0) {
        char *text = g_strdup_printf("Could not connect to the CIB: %s", pcmk_strerror(rc));

        fail(target->out, CRM_EX_OK, text);
        g_free(text);
        return pcmk_rc_to_exit(rc);
    }
    status = resolve_node(target);
    if (status == CRM_EX_OK) {
        status = report(target, run_command(target));
    }
    written = cib_disconnect(target->cib);
    return written != 0 && status == CRM_EX_OK ? pcmk_rc_to_exit(written) : status;
}

int main(int argc, char **argv)
{
    GOptionContext *context =
        tool_context(&opt.args, FORMATS, NULL,
                     "crm_attribute - query and update Pacemaker cluster options and node attributes", 'q');
    struct target target = {0};
    crm_exit_t status;

    tool_add_group(context, "selections", "Selecting attributes:", "Show selecting options", selecting);
    tool_add_group(context, "command", "Commands:", "Show command options", commands);
    tool_add_group(context, "additional", "Additional options:", "Show additional options", additional);
    tool_add_group(context, "legacy", "Legacy options:", "", legacy);
    status = tool_parse(context, &opt.args, argc, argv, VALUE_LETTERS, NULL);
    g_option_context_free(context);
    if (status != CRM_EX_OK) {
        return status;
    }
    target.out = tool_output(&opt.args, FORMATS);
    if (opt.args.version) {
        out_version(target.out, false);
    } else {
        target.out->quiet = opt.args.quiet;
        status = run(&target);
    }
    output_finish(target.out, status, true);
    output_free(target.out);
    cib_free(target.cib);
    attrd_client_close();
    g_free(target.name);
    g_free(target.node_name);
    g_free(target.node_id);
    tool_args_clear(&opt.args);
    schema_cleanup();
    daemon_exit(status);
}
