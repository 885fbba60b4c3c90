/* crm_node: nodes as the membership layer sees them (agents-and-tools.md B12). */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>
#include "cib/cib_client.h"
#include "pacemaker/attrd/attrd_client.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/tool.h"
#include "pacemaker/common/xml.h"
#include "tools/controller_client.h"

static struct {
    struct tool_args common;
    char command;               /* option letter, 0 = none */
    int id;
    char *target;
    gboolean force, corosync;
} options;

static output_t *out;

static gboolean take_command(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    static const char *const names[][2] = {
        {"--cluster-id", "i"}, {"--list", "l"},        {"--name", "n"},   {"--partition", "p"},
        {"--quorum", "q"},     {"--name-for-id", "N"}, {"--remove", "R"},
    };

    options.command = option[1];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(option, names[i][0]) == 0) {
            options.command = names[i][1][0];
        }
    }
    if (options.command == 'N') {
        options.id = (int)strtol(value, NULL, 10);
    } else if (options.command == 'R') {
        g_free(options.target);
        options.target = g_strdup(value);
    }
    return TRUE;
}

static void add_options(GOptionContext *context)
{
    const GOptionEntry commands[] = {
        {"cluster-id", 'i', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command,
         "Display this node's cluster id", NULL},
        {"list", 'l', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command,
         "Display all known members (past and present) of this cluster", NULL},
        {"name", 'n', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command,
         "Display the name used by the cluster for this node", NULL},
        {"partition", 'p', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command,
         "Display the members of this partition", NULL},
        {"quorum", 'q', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command,
         "Display a 1 if our partition has quorum, 0 if not", NULL},
        {"name-for-id", 'N', 0, G_OPTION_ARG_CALLBACK, take_command,
         "Display the name used by the cluster for the node with the specified ID", "ID"},
        {"remove", 'R', 0, G_OPTION_ARG_CALLBACK, take_command,
         "(Advanced) Remove the (stopped) node with the specified name from Pacemaker's\n"
         "                           configuration and caches (the node must already have been removed from\n"
         "                           the underlying cluster stack configuration",
         "NAME"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    const GOptionEntry additional[] = {
        {"force", 'f', 0, G_OPTION_ARG_NONE, &options.force, NULL, NULL},
        {"corosync", 'C', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &options.corosync, NULL, NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };

    tool_add_group(context, "commands", "Commands:", "Show command help", commands);
    tool_add_group(context, "additional", "Additional Options:", "Show additional options", additional);
}

/* ---- questions to the controller ---- */

/* Ask the controller; *data points into *answer, the caller's. */
static crm_exit_t ask(const char *task, int id, const char *expected, xmlNode **answer, xmlNode **data)
{
    XML_AUTO xmlNode *request = NULL;
    int rc = 0;
    controller_client_t *client = controller_open(SYS_CRMD, "crm_node", out, &rc);

    if (client == NULL) {
        return CRM_EX_DISCONNECT;
    }
    request = controller_new_request(client, task, SYS_CRMD, NULL);
    if (id > 0) {
        xml_set_int(request, "id", id);
    }
    rc = controller_call(client, request, 0, answer);
    controller_close(client);
    if (rc < 0) {
        return pcmk_rc_to_exit(rc);
    }
    *data = message_data(*answer);
    if (!xml_is(*data, expected)) {
        out_err(out, "error: Bad reply from controller: %s", pcmk_strerror(-ENOMSG));
        return CRM_EX_PROTOCOL;
    }
    return CRM_EX_OK;
}

static crm_exit_t show_own(const char *attribute)
{
    XML_AUTO xmlNode *answer = NULL;
    xmlNode *data = NULL;
    crm_exit_t rc = ask("node-info", 0, "node", &answer, &data);

    if (rc != CRM_EX_OK) {
        return rc;
    }
    const char *text = xml_get(data, attribute);

    if (text == NULL) {
        out_err(out, "Node is not known to cluster");
        return CRM_EX_NOHOST;
    }
    printf("%s\n", text);
    return CRM_EX_OK;
}

static crm_exit_t show_quorum(void)
{
    XML_AUTO xmlNode *answer = NULL;
    xmlNode *data = NULL;
    crm_exit_t rc = ask("node-info", 0, "node", &answer, &data);

    if (rc != CRM_EX_OK) {
        return rc;
    }
    bool quorum = xml_get_true(data, "have-quorum");

    printf("%d\n", quorum ? 1 : 0);
    return quorum ? CRM_EX_OK : CRM_EX_QUORUM;
}

static crm_exit_t show_name_of_id(void)
{
    XML_AUTO xmlNode *answer = NULL;
    xmlNode *data = NULL;
    crm_exit_t rc = ask("node-info", options.id, "node", &answer, &data);

    if (rc != CRM_EX_OK) {
        return rc;
    }
    if (xml_get(data, "uname") == NULL) {
        out_err(out, "Node is not known to cluster");
        return CRM_EX_NOHOST;
    }
    printf("%s\n", xml_get(data, "uname"));
    return CRM_EX_OK;
}

/* Case-insensitive, with runs of digits compared as numbers. */
static int compare_natural(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            char *end_a = NULL, *end_b = NULL;
            unsigned long long left = strtoull(a, &end_a, 10), right = strtoull(b, &end_b, 10);

            if (left != right) {
                return left < right ? -1 : 1;
            }
            a = end_a;
            b = end_b;
        } else {
            int left = tolower((unsigned char)*a++), right = tolower((unsigned char)*b++);

            if (left != right) {
                return left < right ? -1 : 1;
            }
        }
    }
    return *a == *b ? 0 : *a == '\0' ? -1 : 1;
}

static gint compare_nodes(gconstpointer a, gconstpointer b)
{
    const char *left = xml_get(a, "uname"), *right = xml_get(b, "uname");

    return compare_natural(left != NULL ? left : "", right != NULL ? right : "");
}

static crm_exit_t list_nodes(bool partition)
{
    XML_AUTO xmlNode *answer = NULL;
    xmlNode *data = NULL;
    GList *nodes = NULL;
    crm_exit_t rc = ask("list-nodes", 0, "nodes", &answer, &data);

    if (rc != CRM_EX_OK) {
        return rc;
    }
    xml_foreach(node, data, "node") {
        nodes = g_list_insert_sorted(nodes, node, compare_nodes);
    }
    for (GList *item = nodes; item != NULL; item = item->next) {
        const char *name = xml_get(item->data, "uname"), *state = xml_get(item->data, "in_ccm");

        if (!partition) {
            printf("%s %s %s\n", xml_get(item->data, "id"), name != NULL ? name : "",
                   state != NULL ? state : "");
        } else if (state != NULL && strcmp(state, "member") == 0) {
            printf("%s ", name != NULL ? name : "");
        }
    }
    if (partition) {
        printf("\n");
    }
    g_list_free(nodes);
    return CRM_EX_OK;
}

/* ---- removal ---- */

/* The id and the name the target gives, one of which is known: id 0 or name NULL. */
static void target_parts(int *id, const char **name)
{
    char *end = NULL;
    long number = strtol(options.target, &end, 10);

    *id = *end == '\0' && number > 0 && number < INT32_MAX ? (int)number : 0;
    *name = *id > 0 ? NULL : options.target;
}

static int forget_in_controller(int id, const char *name)
{
    XML_AUTO xmlNode *request = NULL;
    int rc = 0;
    controller_client_t *client = controller_open(SYS_CRMD, "crm_node", out, &rc);

    if (client == NULL) {
        return rc;
    }
    request = controller_new_request(client, "rm_node_cache", SYS_CRMD, NULL);
    if (id > 0) {
        xml_set_int(request, "id", id);
    }
    xml_set(request, "uname", name);
    rc = controller_tell(client, request);
    controller_close(client);
    return rc;
}

static int forget_in_daemon(const char *service, int id, const char *name)
{
    int rc = 0;
    ipc_conn_t *conn = ipc_connect(service, 0, NULL, NULL, &rc);
    char uuid[16];

    if (conn == NULL) {
        return rc;
    }
    snprintf(uuid, sizeof(uuid), "%d", (int)getpid());

    XML_AUTO xmlNode *request = message_request("rm_node_cache", NULL, NULL, service, "crm_node", uuid);

    if (id > 0) {
        xml_set_int(request, "id", id);
    }
    xml_set(request, "uname", name);
    rc = ipc_send(conn, request, 0);
    ipc_disconnect(conn);
    return rc;
}

static int delete_entry(cib_t *cib, const char *section, const char *element, int id, const char *name)
{
    XML_AUTO xmlNode *node = xml_new(element);

    if (id > 0) {
        xml_set_int(node, "id", id);
    }
    xml_set(node, "uname", name);

    int rc = cib_delete(cib, section, node, 0);

    return rc == -ENXIO ? 0 : rc;
}

static int delete_from_cib(int id, const char *name)
{
    cib_t *cib = cib_new();
    int rc = cib_connect(cib, program_name(), CIB_CHANNEL_RW);
    char label[16] = "";

    if (rc == 0) {
        rc = delete_entry(cib, "nodes", "node", id, name);
    }
    if (rc == 0) {
        rc = delete_entry(cib, "status", "node_state", id, name);
    }
    cib_free(cib);
    if (rc < 0) {
        if (id > 0) {
            snprintf(label, sizeof(label), "[%d]", id);
        }
        out_err(out, "Could not remove %s%s from nodes: %s", name != NULL ? name : "", label,
                pcmk_strerror(rc));
    }
    return rc;
}

static crm_exit_t remove_node(void)
{
    static const char *const services[] = {SYS_STONITH, "attrd", SYS_PACEMAKERD};
    const char *name = NULL;
    int id = 0;
    crm_exit_t status = CRM_EX_OK;

    if (!options.force) {
        out_err(out, "The supplied command is considered dangerous.  To prevent accidental destruction of "
                     "the cluster, "
                     "the --force flag is required in order to proceed.");
        return CRM_EX_USAGE;
    }
    target_parts(&id, &name);

    int rc = forget_in_controller(id, name);

    if (rc < 0) {
        return pcmk_rc_to_exit(rc);
    }
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        if (strcmp(services[i], "attrd") == 0) {
            rc = attrd_client_peer_remove(name, (unsigned)id);
        } else {
            rc = forget_in_daemon(services[i], id, name);
        }
        if (rc < 0) {
            out_err(out, "Failed to contact %s: %s", services[i], pcmk_strerror(rc));
            status = CRM_EX_ERROR;
        } else if (delete_from_cib(id, name) < 0) {
            status = CRM_EX_ERROR;
        }
    }
    attrd_client_close();
    return status;
}

/* ---- main ---- */

static crm_exit_t show_own_name(void)
{
    const char *name = getenv("OCF_RESKEY_CRM_meta_on_node");

    if (name != NULL) {
        printf("%s\n", name);
        return CRM_EX_OK;
    }
    return show_own("uname");
}

static crm_exit_t run(GOptionContext *context)
{
    if (options.common.version) {
        out_version(out, false);
        return CRM_EX_OK;
    }
    switch (options.command) {
        case 'i':
            return show_own("id");
        case 'n':
            return show_own_name();
        case 'l':
            return list_nodes(false);
        case 'p':
            return list_nodes(true);
        case 'q':
            return show_quorum();
        case 'N':
            return show_name_of_id();
        case 'R':
            return remove_node();
        default:
            tool_usage(context);
            return CRM_EX_USAGE;
    }
}

static long long epoch_seconds(void)
{
    return (long long)time(NULL);
}

int main(int argc, char **argv)
{
    GOptionContext *context = tool_context(&options.common, NULL, NULL,
                                           "crm_node - Tool for displaying low-level node information", 'Q');

    add_options(context);

    crm_exit_t rc = tool_parse(context, &options.common, argc, argv, "NR", NULL);

    if (rc == CRM_EX_OK) {
        message_set_clock(epoch_seconds);
        out = tool_output(&options.common, NULL);
        rc = run(context);
        output_finish(out, rc, true);
        output_free(out);
    }
    g_option_context_free(context);
    return (int)rc;
}
