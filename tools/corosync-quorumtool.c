/*
 * corosync-quorumtool: shows quorum, votes and members; changes votes and expected votes.
 */
#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <corosync/cfg.h>
#include <corosync/cmap.h>
#include <corosync/quorum.h>
#include <corosync/votequorum.h>

#include "tools/corosync_number.h"

#define NODES_MAX 384
#define NAME_MAX_LEN 1024
#define EXIT_NOT_QUORATE 2
#define PROVIDER_VOTEQUORUM "corosync_votequorum"

static const char usage[] =
    "usage: \n"
    "%s <options>\n"
    "\n"
    "  options:\n"
    "\n"
    "  -s             show quorum and votes (default)\n"
    "  -m             like -s, again at each change\n"
    "  -l             list the nodes\n"
    "  -a             show all names and addresses of each node\n"
    "  -p             with -s or -l: output for programs to read\n"
    "  -v <votes>     change the votes of a node (*)\n"
    "  -n <nodeid>    the node for -v, this one if not given\n"
    "  -e <expected>  change the expected votes of the cluster (*)\n"
    "  -H             show node ids in hexadecimal\n"
    "  -i             show addresses instead of names\n"
    "  -o <a|n|i>     order by [a] address (default), [n] name, [i] node id\n"
    "  -f             unregister the quorum device by force *DANGEROUS* (*)\n"
    "  -h             show this help\n"
    "  -V             show the version\n"
    "\n"
    "  (*) only if votequorum is the quorum provider\n"
    "\n";

struct view_node {
    uint32_t nodeid;
    bool have_info;
    struct votequorum_info info;
    char name[NAME_MAX_LEN];
};

static struct {
    char order; /* a, n or i */
    bool all_names;
    bool addresses;
    bool hexadecimal;
    bool machine;
} options = {.order = 'a'};

static cmap_handle_t cmap;
static corosync_cfg_handle_t cfg;
static quorum_handle_t quorum;
static votequorum_handle_t votequorum; /* 0 without votequorum */
static char *provider;
static uint32_t this_nodeid;
static uint32_t quorum_type;

/* What the notifications brought. */
static uint32_t view[NODES_MAX];
static uint32_t view_count;
static uint64_t view_seq;
static bool have_ring;
static votequorum_ring_id_t ring;

/* ---- connections ---- */

static void on_quorum(quorum_handle_t handle, uint32_t quorate, uint64_t ring_seq, uint32_t count,
                      uint32_t *list);

static void on_nodelist(votequorum_handle_t handle, uint64_t context, votequorum_ring_id_t ring_id,
                        uint32_t count,
                        uint32_t list[])
{
    ring = ring_id;
    have_ring = true;
}

/* True after all connections are made; otherwise a message was printed. */
static bool connect_to_daemon(void)
{
    quorum_callbacks_t quorum_callbacks = {.quorum_notify_fn = on_quorum};
    votequorum_callbacks_t votequorum_callbacks = {.votequorum_nodelist_notify_fn = on_nodelist};

    if (cmap_initialize(&cmap) != CS_OK) {
        fprintf(stderr, "Cannot initialize CMAP service\n");
        return false;
    }
    if (quorum_initialize(&quorum, &quorum_callbacks, &quorum_type) != CS_OK) {
        fprintf(stderr, "Cannot initialize QUORUM service\n");
        return false;
    }
    if (corosync_cfg_initialize(&cfg, NULL) != CS_OK) {
        fprintf(stderr, "Cannot initialise CFG service\n");
        return false;
    }
    cmap_get_string(cmap, "quorum.provider", &provider);
    if (provider == NULL || strcmp(provider, PROVIDER_VOTEQUORUM) != 0) {
        return true;
    }
    if (votequorum_initialize(&votequorum, &votequorum_callbacks) != CS_OK) {
        fprintf(stderr, "Cannot initialise VOTEQUORUM service\n");
        return false;
    }
    if (cmap_get_uint32(cmap, "runtime.votequorum.this_node_id", &this_nodeid) != CS_OK) {
        fprintf(stderr, "Unable to retrieve this_node_id\n");
        return false;
    }
    return true;
}

/* ---- names ---- */

/* The configured name of a node, or NULL. The caller frees it. */
static char *configured_name(uint32_t nodeid)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];
    cmap_iter_handle_t iter;
    char *name = NULL;

    if (cmap_iter_init(cmap, "nodelist.node.", &iter) != CS_OK) {
        return NULL;
    }
    while (name == NULL && cmap_iter_next(cmap, iter, key, NULL, NULL) == CS_OK) {
        unsigned int position;
        char item[16];
        uint32_t id;

        if (sscanf(key, "nodelist.node.%u.%15s", &position, item) != 2 || strcmp(item, "nodeid") != 0 ||
            cmap_get_uint32(cmap, key, &id) != CS_OK || id != nodeid) {
            continue;
        }
        snprintf(key, sizeof(key), "nodelist.node.%u.name", position);
        cmap_get_string(cmap, key, &name);
    }
    cmap_iter_finalize(cmap, iter);
    return name;
}

static void name_append(char name[NAME_MAX_LEN], const char *text)
{
    size_t used = strlen(name);

    snprintf(name + used, NAME_MAX_LEN - used, "%s%s", used > 0 ? ", " : "", text);
}

/* A name as the options want it: configured name, or what the addresses resolve to. */
static void node_name(uint32_t nodeid, char name[NAME_MAX_LEN])
{
    corosync_cfg_node_address_t addrs[CFG_MAX_LINKS];
    char *configured = options.addresses ? NULL : configured_name(nodeid);
    int count = 0;
    int first = 0;

    name[0] = '\0';
    if (configured != NULL) {
        name_append(name, configured);
        free(configured);
        first = 1; /* the name stands for the first address */
        if (!options.all_names) {
            return;
        }
    }
    if (corosync_cfg_get_node_addrs(cfg, nodeid, CFG_MAX_LINKS, &count, addrs) != CS_OK) {
        count = 0;
    }
    for (int i = first; i < count && i < CFG_MAX_LINKS && (options.all_names || i == 0); i++) {
        char host[NI_MAXHOST];
        const struct sockaddr *address = (const struct sockaddr *)(const void *)addrs[i].address;

        if (address->sa_family != 0 &&
            getnameinfo(address, (socklen_t)addrs[i].address_length, host, sizeof(host), NULL, 0,
                        options.addresses ? NI_NUMERICHOST : 0) == 0) {
            name_append(name, host);
        }
    }
}

/* ---- members ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct view_node *)a)->name, ((const struct view_node *)b)->name);
}

static int compare_ids(const void *a, const void *b)
{
    uint32_t x = ((const struct view_node *)a)->nodeid;
    uint32_t y = ((const struct view_node *)b)->nodeid;

    return (x > y) - (x < y);
}

/* The members with names and votes, in the wanted order. The caller frees them. */
static struct view_node *nodes_read(void)
{
    struct view_node *nodes = calloc(view_count + 1, sizeof(*nodes));

    if (nodes == NULL) {
        fprintf(stderr, "No memory for %u nodes\n", view_count);
        exit(EXIT_FAILURE);
    }
    for (uint32_t i = 0; i < view_count; i++) {
        nodes[i].nodeid = view[i];
        node_name(view[i], nodes[i].name);
        nodes[i].have_info = votequorum != 0 && votequorum_getinfo(votequorum, view[i],
                                                                   &nodes[i].info) == CS_OK;
    }
    if (options.order == 'n') {
        qsort(nodes, view_count, sizeof(*nodes), compare_names);
    } else if (options.order == 'i') {
        qsort(nodes, view_count, sizeof(*nodes), compare_ids);
    }
    return nodes;
}

static bool has_device(const struct view_node *node)
{
    return node->have_info && (node->info.flags & VOTEQUORUM_INFO_QDEVICE_REGISTERED) != 0;
}

static void device_state_print(const struct view_node *node)
{
    char text[16] = "NR";

    if (has_device(node)) {
        snprintf(text, sizeof(text), "%s,%s,%s",
                 (node->info.flags & VOTEQUORUM_INFO_QDEVICE_ALIVE) != 0 ? "A" : "NA",
                 (node->info.flags & VOTEQUORUM_INFO_QDEVICE_CAST_VOTE) != 0 ? "V" : "NV",
                 (node->info.flags & VOTEQUORUM_INFO_QDEVICE_MASTER_WINS) != 0 ? "MW" : "NMW");
    }
    printf("%10s ", text);
}

static void node_print(const struct view_node *node, bool device_column)
{
    if (options.hexadecimal) {
        printf("0x%08" PRIx32 " ", node->nodeid);
    } else {
        printf("%10" PRIu32 " ", node->nodeid);
    }
    if (votequorum != 0) {
        if (node->have_info) {
            printf("%10u ", node->info.node_votes);
        } else {
            printf("%10s ", "?");
        }
        if (device_column) {
            device_state_print(node);
        }
    }
    printf("%s%s\n", node->name, node->nodeid == this_nodeid ? " (local)" : "");
}

/* The line of the device, when a listed node has one. */
static void device_print(void)
{
    struct votequorum_info info;

    if (votequorum_getinfo(votequorum, this_nodeid, &info) != CS_OK) {
        return;
    }
    bool casts = (info.flags & VOTEQUORUM_INFO_QDEVICE_CAST_VOTE) != 0;

    printf("%10u %10u %10s %s", VOTEQUORUM_QDEVICE_NODEID, casts ? info.qdevice_votes : 0, "",
           info.qdevice_name);
    if (!casts) {
        printf(" (votes %u)", info.qdevice_votes);
    }
    putchar('\n');
}

static void members_print(void)
{
    struct view_node *nodes = nodes_read();
    bool device = false;

    for (uint32_t i = 0; i < view_count; i++) {
        device |= has_device(&nodes[i]);
    }
    bool device_column = device || options.machine;

    printf("\nMembership information\n----------------------\n");
    printf("%10s ", "Nodeid");
    if (votequorum != 0) {
        printf("%10s ", "Votes");
        if (device_column) {
            printf("%10s ", "Qdevice");
        }
    }
    printf("Name\n");
    for (uint32_t i = 0; i < view_count; i++) {
        node_print(&nodes[i], device_column);
    }
    if (device) {
        device_print();
    }
    free(nodes);
}

/* ---- status ---- */

static void flags_print(uint32_t flags)
{
    static const struct {
        uint32_t flag;
        const char *word;
    } words[] = {
        {VOTEQUORUM_INFO_TWONODE, "2Node"},
        {VOTEQUORUM_INFO_QUORATE, "Quorate"},
        {VOTEQUORUM_INFO_WAIT_FOR_ALL, "WaitForAll"},
        {VOTEQUORUM_INFO_LAST_MAN_STANDING, "LastManStanding"},
        {VOTEQUORUM_INFO_AUTO_TIE_BREAKER, "AutoTieBreaker"},
        {VOTEQUORUM_INFO_ALLOW_DOWNSCALE, "AllowDownscale"},
        {VOTEQUORUM_INFO_QDEVICE_REGISTERED, "Qdevice"},
    };

    printf("Flags:            ");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if ((flags & words[i].flag) != 0) {
            printf("%s ", words[i].word);
        }
    }
    putchar('\n');
}

static void votes_print(void)
{
    struct votequorum_info info;

    if (votequorum_getinfo(votequorum, this_nodeid, &info) != CS_OK) {
        return;
    }
    printf("\nVotequorum information\n----------------------\n");
    printf("Expected votes:   %u\n", info.node_expected_votes);
    printf("Highest expected: %u\n", info.highest_expected);
    printf("Total votes:      %u\n", info.total_votes);
    printf("Quorum:           %u %s\n", info.quorum,
           (info.flags & VOTEQUORUM_INFO_QUORATE) != 0 ? " " : "Activity blocked");
    flags_print(info.flags);
}

/* Prints all. Whether the node is quorate. */
static bool status_print(bool quorate)
{
    time_t now = time(NULL);

    printf("Quorum information\n------------------\n");
    printf("Date:             %s", ctime(&now));
    printf("Quorum provider:  %s\n", provider == NULL ? "Not configured" : provider);
    printf("Nodes:            %u\n", view_count);
    printf(options.hexadecimal ? "Node ID:          0x%08" PRIx32 "\n" : "Node ID:          %" PRIu32 "\n",
           this_nodeid);
    if (have_ring) {
        printf("Ring ID:          %" PRIx32 ".%" PRIx64 "\n", ring.nodeid, ring.seq);
    } else {
        printf("Ring ID:          %" PRIx64 "\n", view_seq);
    }
    printf("Quorate:          %s\n", quorate ? "Yes" : "No");
    if (votequorum != 0) {
        votes_print();
    }
    members_print();
    return quorate;
}

static bool monitoring;

static bool ring_read(void)
{
    have_ring = false;
    cs_error_t error = votequorum_trackstart(votequorum, 0, CS_TRACK_CURRENT);

    if (error != CS_OK) {
        fprintf(stderr, "Unable to start votequorum status tracking: %s\n", cs_strerror(error));
        return false;
    }
    while (!have_ring) {
        error = votequorum_dispatch(votequorum, CS_DISPATCH_ONE);
        if (error != CS_OK) {
            fprintf(stderr, "Unable to dispatch votequorum status: %s\n", cs_strerror(error));
            return false;
        }
    }
    votequorum_trackstop(votequorum); /* the tracking ended with the first answer */
    votequorum_dispatch(votequorum, CS_DISPATCH_ALL);
    return true;
}

static void on_quorum(quorum_handle_t handle, uint32_t quorate, uint64_t ring_seq, uint32_t count,
                      uint32_t *list)
{
    view_count = count < NODES_MAX ? count : NODES_MAX;
    memcpy(view, list, view_count * sizeof(view[0]));
    view_seq = ring_seq;
    if (monitoring) {
        if (!ring_read()) {
            exit(EXIT_FAILURE);
        }
        status_print(quorate != 0);
        putchar('\n');
        fflush(stdout);
    }
}

/* Fills the view and, when asked, the ring and whether the node is quorate. */
static bool view_read(int *quorate, bool with_ring)
{
    cs_error_t error = quorum_getquorate(quorum, quorate);

    if (error != CS_OK) {
        fprintf(stderr, "Unable to get cluster quorate status: %s\n", cs_strerror(error));
        return false;
    }
    if (with_ring && !ring_read()) {
        return false;
    }
    error = quorum_trackstart(quorum, CS_TRACK_CURRENT);
    if (error != CS_OK) {
        fprintf(stderr, "Unable to start quorum status tracking: %s\n", cs_strerror(error));
        return false;
    }
    error = quorum_dispatch(quorum, CS_DISPATCH_ONE);
    if (error != CS_OK) {
        fprintf(stderr, "Unable to dispatch quorum status: %s\n", cs_strerror(error));
        return false;
    }
    error = quorum_trackstop(quorum);
    if (error != CS_OK) {
        fprintf(stderr, "Unable to stop quorum status tracking: %s\n", cs_strerror(error));
        return false;
    }
    return true;
}

static int show_status(void)
{
    int quorate = 0;

    if (!view_read(&quorate, true)) {
        return EXIT_FAILURE;
    }
    return status_print(quorate != 0) ? EXIT_SUCCESS : EXIT_NOT_QUORATE;
}

static int show_nodes(void)
{
    int quorate = 0;

    if (!view_read(&quorate, false)) {
        return EXIT_FAILURE;
    }
    members_print();
    return EXIT_SUCCESS;
}

static int monitor(void)
{
    if (quorum_type == QUORUM_FREE) {
        printf("\nQuorum is not configured - cannot monitor\n");
        return show_status();
    }
    monitoring = true;
    cs_error_t error = quorum_trackstart(quorum, CS_TRACK_CURRENT | CS_TRACK_CHANGES);

    if (error != CS_OK) {
        fprintf(stderr, "Unable to start quorum status tracking: %s\n", cs_strerror(error));
        return EXIT_FAILURE;
    }
    error = quorum_dispatch(quorum, CS_DISPATCH_BLOCKING);
    if (error != CS_OK) {
        fprintf(stderr, "Unable to dispatch quorum status: %s\n", cs_strerror(error));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

/* ---- changes ---- */

static int need_votequorum(const char *what)
{
    fprintf(stderr, "You cannot %s, corosync is not using votequorum\n", what);
    return EXIT_FAILURE;
}

static int set_votes(uint32_t nodeid, unsigned int votes)
{
    if (votequorum == 0) {
        return need_votequorum("change node votes");
    }
    if (nodeid == 0) {
        nodeid = this_nodeid;
    }
    cs_error_t error = votequorum_setvotes(votequorum, nodeid, votes);

    if (error != CS_OK) {
        fprintf(stderr, "Unable to set votes %u for nodeid: %u: %s\n", votes, nodeid, cs_strerror(error));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

static int set_expected(unsigned int expected)
{
    if (votequorum == 0) {
        return need_votequorum("change expected votes");
    }
    cs_error_t error = votequorum_setexpected(votequorum, expected);

    if (error != CS_OK) {
        fprintf(stderr, "Unable to set expected votes: %s\n", cs_strerror(error));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

static int unregister_device(void)
{
    struct votequorum_info info;

    if (votequorum == 0) {
        return need_votequorum("unregister quorum device");
    }
    if (votequorum_getinfo(votequorum, this_nodeid, &info) != CS_OK ||
        (info.flags & VOTEQUORUM_INFO_QDEVICE_REGISTERED) == 0) {
        return EXIT_SUCCESS;
    }
    cs_error_t error = votequorum_qdevice_unregister(votequorum, info.qdevice_name);

    if (error != CS_OK) {
        fprintf(stderr, "Unable to unregister quorum device: %s\n", cs_strerror(error));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

/* ---- command line ---- */

struct request {
    int action; /* option letter */
    long long votes;
    long long expected;
    long long nodeid;
};

static void __attribute__((noreturn)) reject(const char *message)
{
    fprintf(stderr, "%s\n", message);
    exit(EXIT_FAILURE);
}

static void request_parse(struct request *request, int argc, char **argv)
{
    int option;

    while ((option = getopt(argc, argv, "VHaslpmfe:v:hin:o:")) != -1) {
        switch (option) {
        case 's':
        case 'm':
        case 'l':
        case 'f':
            request->action = option;
            break;
        case 'H':
            options.hexadecimal = true;
            break;
        case 'a':
            options.all_names = true;
            break;
        case 'i':
            options.addresses = true;
            break;
        case 'p':
            options.machine = true;
            break;
        case 'o':
            options.order = optarg[0];
            if (strcmp(optarg, "a") != 0 && strcmp(optarg, "i") != 0 && strcmp(optarg, "n") != 0) {
                reject("Invalid ordering option. valid orders are a(address), i(node ID) or n(name)");
            }
            break;
        case 'e':
            if (!number_parse(optarg, 1, INT_MAX, &request->expected)) {
                reject("New expected votes value was not valid, try a positive number");
            }
            request->action = option;
            break;
        case 'v':
            if (!number_parse(optarg, 0, INT_MAX, &request->votes)) {
                reject("New votes value was not valid, try a positive number or zero");
            }
            request->action = option;
            break;
        case 'n':
            if (!number_parse(optarg, 1, UINT32_MAX, &request->nodeid)) {
                reject("The nodeid was not valid, try a positive number");
            }
            break;
        case 'V':
            printf("corosync-quorumtool version: " COROSYNC_VERSION "\n");
            exit(EXIT_SUCCESS);
        case 'h':
            printf(usage, argv[0]);
            exit(EXIT_SUCCESS);
        default:
            printf(usage, argv[0]);
            exit(EXIT_FAILURE);
        }
    }
}

static int act(const struct request *request)
{
    switch (request->action) {
    case 'm':
        return monitor();
    case 'l':
        return show_nodes();
    case 'v':
        return set_votes((uint32_t)request->nodeid, (unsigned int)request->votes);
    case 'e':
        return set_expected((unsigned int)request->expected);
    case 'f':
        return unregister_device();
    default:
        return show_status();
    }
}

int main(int argc, char **argv)
{
    struct request request = {.action = 's'};
    int status = EXIT_FAILURE;

    request_parse(&request, argc, argv);
    if (connect_to_daemon()) {
        status = act(&request);
    }
    free(provider);
    return status;
}
