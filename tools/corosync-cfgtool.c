/*
 * corosync-cfgtool: status of links and nodes, reload, log files, shutdown, killing a node.
 */
#include "config.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <corosync/cfg.h>
#include <corosync/cmap.h>

#include "tools/corosync_number.h"

#define NODES_MAX 384
#define SHUTDOWN_RETRIES 30 /* one a second */

static const char usage[] =
    "corosync-cfgtool [[-i <interface ip>] [-b] -s] [-n] [-R] [-L] [-k nodeid] [-a nodeid] [-h]"
    " [-H [--force]]\n"
    "\n"
    "Shows and controls the cluster engine of this node.\n"
    "options:\n"
    "\t-s\tStatus of this node's links.\n"
    "\t-b\tWith -s: one character per node instead of one line.\n"
    "\t-i\tAccepted for compatibility, has no effect.\n"
    "\t-n\tStatus of the other nodes that are reachable, and their links.\n"
    "\t-R\tLet all nodes of the cluster read their corosync.conf again.\n"
    "\t-L\tClose and open the log files again.\n"
    "\t-k\tKill the node with the given id.\n"
    "\t-a\tAddresses of the node with the given id.\n"
    "\t-H\tShut corosync down on this node.\n"
    "\t\t--force shuts down even if a program objects.\n"
    "\t-h\tPrint this help.\n";

/* ---- nodes ---- */

struct nodes {
    uint32_t ids[NODES_MAX]; /* ascending */
    size_t count;
    unsigned int local;
    char transport[32];
};

static int compare_ids(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Ids from the keys nodelist.node.<position>.nodeid. */
static void nodes_read_ids(struct nodes *nodes, cmap_handle_t cmap)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];
    cmap_iter_handle_t iter;

    if (cmap_iter_init(cmap, "nodelist.node.", &iter) != CS_OK) {
        return;
    }
    while (nodes->count < NODES_MAX && cmap_iter_next(cmap, iter, key, NULL, NULL) == CS_OK) {
        unsigned int position;
        char item[16];

        if (sscanf(key, "nodelist.node.%u.%15s", &position, item) == 2 && strcmp(item, "nodeid") == 0 &&
            cmap_get_uint32(cmap, key, &nodes->ids[nodes->count]) == CS_OK) {
            nodes->count++;
        }
    }
    cmap_iter_finalize(cmap, iter);
    qsort(nodes->ids, nodes->count, sizeof(nodes->ids[0]), compare_ids);
}

static bool nodes_read(struct nodes *nodes, corosync_cfg_handle_t cfg, cmap_handle_t cmap)
{
    char *transport = NULL;
    cs_error_t error = corosync_cfg_local_get(cfg, &nodes->local);

    if (error != CS_OK) {
        fprintf(stderr, "Could not get the local node id, the error is: %u\n", error);
        return false;
    }
    nodes->count = 0;
    nodes_read_ids(nodes, cmap);
    if (nodes->count == 0) {
        fprintf(stderr, "No nodes found in nodelist\n");
        return false;
    }
    cmap_get_string(cmap, "totem.transport", &transport);
    snprintf(nodes->transport, sizeof(nodes->transport), "%s", transport == NULL ? "knet" : transport);
    free(transport);
    printf("Local node ID %u, transport %s\n", nodes->local, nodes->transport);
    return true;
}

/* "udp" or "sctp"; nothing for transports that have no choice. The caller frees it. */
static char *link_transport(const struct nodes *nodes, cmap_handle_t cmap, unsigned int link)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];
    char *transport = NULL;

    if (strcmp(nodes->transport, "knet") != 0) {
        return strdup("");
    }
    snprintf(key, sizeof(key), "totem.interface.%u.knet_transport", link);
    if (cmap_get_string(cmap, key, &transport) != CS_OK) {
        transport = strdup("udp");
    }
    return transport;
}

/* ---- status ---- */

static bool status_get(corosync_cfg_handle_t cfg, uint32_t nodeid, struct corosync_cfg_node_status_v1 *status)
{
    cs_error_t error = corosync_cfg_node_status_get(cfg, nodeid, CFG_NODE_STATUS_V1, status);

    if (error != CS_OK) {
        fprintf(stderr, "Could not get the node status for nodeid %u, the error is: %u\n", nodeid, error);
        memset(status, 0, sizeof(*status));
    }
    return error == CS_OK;
}

static void link_print_brief(const struct nodes *nodes, const struct corosync_cfg_node_status_v1 *status,
                             unsigned int link)
{
    printf("\tstatus\t= ");
    for (size_t i = 0; i < nodes->count; i++) {
        const struct corosync_knet_link_status_v1 *at = &status[i].link_status[link];

        if (nodes->ids[i] == nodes->local) {
            putchar('n');
        } else {
            printf("%d", (at->enabled != 0) + 2 * (at->connected != 0));
        }
    }
    putchar('\n');
}

static void link_print(const struct nodes *nodes, const struct corosync_cfg_node_status_v1 *status,
                       unsigned int link)
{
    printf("\tstatus:\n");
    for (size_t i = 0; i < nodes->count; i++) {
        const char *state = status[i].link_status[link].connected ? "connected" : "disconnected";

        printf("\t\tnodeid: %10u:\t%s\n", nodes->ids[i], nodes->ids[i] == nodes->local ? "localhost" : state);
    }
}

/* Links are those that are enabled towards the last node that is not this one. */
static size_t probe_index(const struct nodes *nodes)
{
    for (size_t i = nodes->count; i-- > 0;) {
        if (nodes->ids[i] != nodes->local) {
            return i;
        }
    }
    return 0;
}

static int show_links(corosync_cfg_handle_t cfg, cmap_handle_t cmap, bool brief)
{
    struct nodes nodes;

    if (!nodes_read(&nodes, cfg, cmap)) {
        return EXIT_FAILURE;
    }
    struct corosync_cfg_node_status_v1 *status = calloc(nodes.count, sizeof(*status));

    if (status == NULL) {
        fprintf(stderr, "No memory for the status of %zu nodes\n", nodes.count);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < nodes.count; i++) {
        status_get(cfg, nodes.ids[i], &status[i]);
    }
    const struct corosync_cfg_node_status_v1 *probe = &status[probe_index(&nodes)];

    for (unsigned int link = 0; link < CFG_MAX_LINKS; link++) {
        if (!probe->link_status[link].enabled) {
            continue;
        }
        char *transport = link_transport(&nodes, cmap, link);

        printf("LINK ID %u %s\n\taddr\t= %s\n", link, transport == NULL ? "" : transport,
               probe->link_status[link].src_ipaddr);
        free(transport);
        (brief ? link_print_brief : link_print)(&nodes, status, link);
    }
    free(status);
    return EXIT_SUCCESS;
}

static void node_link_print(const struct nodes *nodes, cmap_handle_t cmap, unsigned int link,
                            const struct corosync_knet_link_status_v1 *status)
{
    char *transport = link_transport(nodes, cmap, link);

    printf("   LINK: %u %s ", link, transport == NULL ? "" : transport);
    if (strcmp(nodes->transport, "knet") == 0) {
        printf("(%s->%s) ", status->src_ipaddr, status->dst_ipaddr);
    } else {
        printf("(%s) ", status->src_ipaddr);
    }
    printf("enabled%s%s mtu: %u\n", status->connected ? " connected" : "",
           status->dynconnected ? " dynconnected" : "", status->mtu);
    free(transport);
}

static int show_nodes(corosync_cfg_handle_t cfg, cmap_handle_t cmap)
{
    struct nodes nodes;

    if (!nodes_read(&nodes, cfg, cmap)) {
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < nodes.count; i++) {
        struct corosync_cfg_node_status_v1 status;

        if (nodes.ids[i] == nodes.local || !status_get(cfg, nodes.ids[i], &status) || !status.reachable) {
            continue;
        }
        printf("nodeid: %u reachable%s%s\n", nodes.ids[i], status.remote ? " remote" : "",
               status.external ? " external" : "");
        for (unsigned int link = 0; link < CFG_MAX_LINKS; link++) {
            if (status.link_status[link].enabled) {
                node_link_print(&nodes, cmap, link, &status.link_status[link]);
            }
        }
        putchar('\n');
    }
    return EXIT_SUCCESS;
}

static int show_status(corosync_cfg_handle_t cfg, bool links, bool brief)
{
    cmap_handle_t cmap;
    cs_error_t error = cmap_initialize(&cmap);

    if (error != CS_OK) {
        fprintf(stderr, "Could not initialize corosync cmap API error %u\n", error);
        return EXIT_FAILURE;
    }
    int status = links ? show_links(cfg, cmap, brief) : show_nodes(cfg, cmap);

    cmap_finalize(cmap);
    return status;
}

/* ---- actions ---- */

static int reload(void)
{
    corosync_cfg_handle_t cfg;

    printf("Reloading corosync.conf...\n");
    fflush(stdout);
    cs_error_t error = corosync_cfg_initialize(&cfg, NULL);

    if (error != CS_OK) {
        fprintf(stderr, "Could not initialize corosync configuration API error %s\n", cs_strerror(error));
        return EXIT_FAILURE;
    }
    error = corosync_cfg_reload_config(cfg);
    corosync_cfg_finalize(cfg);
    if (error != CS_OK) {
        fprintf(stderr, "Could not reload configuration. Error %s\n", cs_strerror(error));
        return (int)error;
    }
    printf("Done\n");
    return EXIT_SUCCESS;
}

static int reopen_log_files(void)
{
    corosync_cfg_handle_t cfg;
    cs_error_t error = corosync_cfg_initialize(&cfg, NULL);

    if (error != CS_OK) {
        fprintf(stderr, "Could not initialize corosync configuration API error %s\n", cs_strerror(error));
        return EXIT_FAILURE;
    }
    error = corosync_cfg_reopen_log_files(cfg);
    corosync_cfg_finalize(cfg);
    if (error != CS_OK) {
        fprintf(stderr, "Could not reopen corosync logging files. Error %s\n", cs_strerror(error));
        return (int)error;
    }
    return EXIT_SUCCESS;
}

static int kill_node(corosync_cfg_handle_t cfg, unsigned int nodeid)
{
    printf("Killing node %u\n", nodeid);
    cs_error_t error = corosync_cfg_kill_node(cfg, nodeid, "Killed by corosync-cfgtool");

    if (error != CS_OK) {
        fprintf(stderr, "Could not kill node (error = %s)\n", cs_strerror(error));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

static int shut_down(corosync_cfg_handle_t cfg, corosync_cfg_shutdown_flags_t flags)
{
    cs_error_t error;

    printf("Shutting down corosync\n");
    fflush(stdout);
    error = corosync_cfg_try_shutdown(cfg, flags);
    for (int i = 0; error == CS_ERR_TRY_AGAIN && i < SHUTDOWN_RETRIES; i++) {
        sleep(1);
        error = corosync_cfg_try_shutdown(cfg, flags);
    }
    if (error != CS_OK) {
        fprintf(stderr, "Could not shutdown (error = %u)\n", error);
    }
    return EXIT_SUCCESS;
}

static int show_addresses(corosync_cfg_handle_t cfg, unsigned int nodeid)
{
    corosync_cfg_node_address_t addrs[CFG_MAX_LINKS];
    int count = 0;

    if (corosync_cfg_get_node_addrs(cfg, nodeid, CFG_MAX_LINKS, &count, addrs) != CS_OK) {
        fprintf(stderr, "Could not get node address for nodeid %u\n", nodeid);
        return EXIT_FAILURE;
    }
    for (int i = 0; i < count && i < CFG_MAX_LINKS; i++) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)addrs[i].address;
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)addrs[i].address;
        char text[INET6_ADDRSTRLEN] = "";

        if (in->sin_family == AF_INET6) {
            inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
        } else {
            inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
        }
        printf("%s%s", i > 0 ? " " : "", text);
    }
    putchar('\n');
    return EXIT_SUCCESS;
}

/* ---- command line ---- */

enum action {
    ACTION_NONE,
    ACTION_LINKS = 's',
    ACTION_NODES = 'n',
    ACTION_RELOAD = 'R',
    ACTION_REOPEN = 'L',
    ACTION_KILL = 'k',
    ACTION_ADDRESSES = 'a',
    ACTION_SHUTDOWN = 'H',
};

struct request {
    enum action action;
    bool brief;
    corosync_cfg_shutdown_flags_t flags;
    unsigned int nodeid;
};

/* False after a message when an argument is wrong. */
static bool request_parse(struct request *request, int argc, char **argv)
{
    static const struct option options[] = {
        {"if", required_argument, NULL, 'i'},     {"status", no_argument, NULL, 's'},
        {"nodes", no_argument, NULL, 'n'},        {"brief", no_argument, NULL, 'b'},
        {"reload", no_argument, NULL, 'R'},       {"reopen", no_argument, NULL, 'L'},
        {"kill", required_argument, NULL, 'k'},   {"address", required_argument, NULL, 'a'},
        {"shutdown", no_argument, NULL, 'H'},     {"force", no_argument, NULL, 'f'},
        {NULL, 0, NULL, 0},
    };
    long long number;
    int option;

    while ((option = getopt_long(argc, argv, "i:snbrRLk:a:hH", options, NULL)) != -1) {
        switch (option) {
        case 's':
        case 'n':
        case 'R':
        case 'L':
        case 'H':
            request->action = (enum action)option;
            break;
        case 'k':
        case 'a':
            if (!number_parse(optarg, 1, UINT_MAX, &number)) {
                fprintf(stderr, "The nodeid was not valid, try a positive number\n");
                return false;
            }
            request->nodeid = (unsigned int)number;
            request->action = (enum action)option;
            break;
        case 'b':
            request->brief = true;
            break;
        case 'f':
            request->flags = COROSYNC_CFG_SHUTDOWN_FLAG_REGARDLESS;
            break;
        case 'i':
        case 'h':
        case 'r':
            break;
        default:
            return false;
        }
    }
    return true;
}

static int act(const struct request *request)
{
    corosync_cfg_handle_t cfg;
    int status = EXIT_FAILURE;

    if (request->action == ACTION_RELOAD) {
        return reload();
    }
    if (request->action == ACTION_REOPEN) {
        return reopen_log_files();
    }
    cs_error_t error = corosync_cfg_initialize(&cfg, NULL);

    if (error != CS_OK) {
        fprintf(stderr, "Could not initialize corosync configuration API error %u\n", error);
        return EXIT_FAILURE;
    }
    if (request->action == ACTION_LINKS || request->action == ACTION_NODES) {
        status = show_status(cfg, request->action == ACTION_LINKS, request->brief);
    } else if (request->action == ACTION_KILL) {
        status = kill_node(cfg, request->nodeid);
    } else if (request->action == ACTION_SHUTDOWN) {
        status = shut_down(cfg, request->flags);
    } else {
        status = show_addresses(cfg, request->nodeid);
    }
    corosync_cfg_finalize(cfg);
    return status;
}

int main(int argc, char **argv)
{
    struct request request = {.action = ACTION_NONE};

    if (!request_parse(&request, argc, argv)) {
        return EXIT_FAILURE;
    }
    if (request.action == ACTION_NONE) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    return act(&request);
}
