/*
 * corosync-notifyd: tells log, D-Bus and SNMP managers when nodes, quorum, programs and links
 * come and go.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include <corosync/cfg.h>
#include <corosync/cmap.h>
#include <corosync/quorum.h>

#include "tools/notifyd.h"

#define MEMBERS_PREFIX "runtime.members."
#define IPCS_PREFIX "stats.ipcs."
#define KNET_PREFIX "stats.knet."

static const char usage[] =
    "usage:\n"
    "        %s [option]\n"
    "          -f     : stay in the foreground\n"
    "          -l     : log all notifications\n"
    "          -o     : print all notifications (implies -l, needs -f)\n"
    "          -s     : send SNMP traps on all notifications\n"
    "          -m     : SNMP manager, localhost if not given (implies -s)\n"
    "          -c     : SNMP community, public if not given (implies -s)\n"
    "          -n     : no names from addresses\n"
    "          -d     : send D-Bus signals on all notifications\n"
    "          -h     : print this help\n";

static struct {
    bool foreground;
    bool log;
    bool print;
    bool dbus;
    bool snmp;
    bool no_names;
    const char *manager;
    const char *community;
} options = {.manager = "localhost", .community = "public"};

static cmap_handle_t icmap;
static cmap_handle_t stats;
static quorum_handle_t quorum;
static unsigned int local_nodeid;
static char local_name[HOST_NAME_MAX + 1];
static int last_quorate = -1;

/* ---- sending ---- */

static void text_of(const struct notification *n, char *text, size_t size)
{
    switch (n->kind) {
    case NOTIFY_NODE:
        snprintf(text, size, "%s[%u] ip:%s %s", n->name, n->nodeid, n->address, n->state);
        break;
    case NOTIFY_QUORUM:
        snprintf(text, size, "%s[%u] %s", n->name, n->nodeid,
                 strcmp(n->state, "quorate") == 0 ? "is now quorate" : "has lost quorum");
        break;
    case NOTIFY_APPLICATION:
        snprintf(text, size, "%s[%u] %s %s", n->name, n->nodeid, n->program,
                 strcmp(n->state, "connected") == 0 ? "is now connected to corosync"
                                                    : "is now disconnected from corosync");
        break;
    case NOTIFY_LINK:
        snprintf(text, size, "%s[%u] link %u to node %u is now %s", n->name, n->local_nodeid, n->link,
                 n->nodeid,
                 n->state);
        break;
    }
}

static void notify(const struct notification *notification)
{
    char text[1024];

    if (options.log) {
        text_of(notification, text, sizeof(text));
        syslog(LOG_NOTICE, "%s", text);
        if (options.print) {
            printf("[notice] %s\n", text);
            fflush(stdout);
        }
    }
    if (options.dbus) {
        notify_dbus(notification);
    }
    if (options.snmp) {
        notify_snmp(notification);
    }
}

/* ---- nodes ---- */

/* The text between the last "(" and the ")" that follows. */
static void address_extract(const char *text, char *address, size_t size)
{
    const char *begin = strrchr(text, '(');
    size_t length = begin == NULL ? 0 : strcspn(begin + 1, ")");

    snprintf(address, size, "%.*s", (int)length, begin == NULL ? "" : begin + 1);
}

static void name_resolve(const char *address, char *name, size_t size)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
    struct addrinfo *found;

    snprintf(name, size, "%s", address);
    if (options.no_names || getaddrinfo(address, NULL, &hints, &found) != 0) {
        return;
    }
    if (getnameinfo(found->ai_addr, found->ai_addrlen, name, (socklen_t)size, NULL, 0, 0) != 0) {
        snprintf(name, size, "%s", address);
    }
    freeaddrinfo(found);
}

static void on_member(cmap_handle_t handle, cmap_track_handle_t track, int32_t event, const char *key,
                      struct cmap_notify_value new_value, struct cmap_notify_value old_value,
                      void *user_data)
{
    char ip_key[CMAP_KEYNAME_MAXLEN + 1];
    char address[256] = "";
    char name[NI_MAXHOST];
    char *ip = NULL;
    unsigned int nodeid;
    int end = 0;

    if (sscanf(key, MEMBERS_PREFIX "%u.status%n", &nodeid, &end) != 1 || end == 0 || key[end] != '\0' ||
        new_value.type != CMAP_VALUETYPE_STRING) {
        return;
    }
    snprintf(ip_key, sizeof(ip_key), MEMBERS_PREFIX "%u.ip", nodeid);
    if (cmap_get_string(handle, ip_key, &ip) == CS_OK) {
        address_extract(ip, address, sizeof(address));
        free(ip);
    }
    name_resolve(address, name, sizeof(name));
    notify(&(struct notification){.kind = NOTIFY_NODE, .name = name, .nodeid = nodeid,
                                  .local_nodeid = local_nodeid, .address = address, .program = "",
                                  .state = new_value.data});
}

/* ---- quorum ---- */

static void on_quorum(quorum_handle_t handle, uint32_t quorate, uint64_t ring_seq, uint32_t count,
                      uint32_t *list)
{
    if (last_quorate == (int)quorate) {
        return;
    }
    last_quorate = (int)quorate;
    notify(&(struct notification){.kind = NOTIFY_QUORUM, .name = local_name, .nodeid = local_nodeid,
                                  .local_nodeid = local_nodeid, .address = "", .program = "",
                                  .state = quorate ? "quorate" : "not quorate"});
}

/* ---- programs ---- */

static void on_connection(cmap_handle_t handle, cmap_track_handle_t track, int32_t event, const char *key,
                          struct cmap_notify_value new_value, struct cmap_notify_value old_value,
                          void *user_data)
{
    const struct cmap_notify_value *value = event == CMAP_TRACK_DELETE ? &old_value : &new_value;
    char pointer[64];
    char program[256];
    char item[32];
    unsigned int service;
    unsigned int pid;

    if (sscanf(key, IPCS_PREFIX "service%u.%u.%63[^.].%31s", &service, &pid, pointer, item) != 4 ||
        strcmp(item, "procname") != 0 || value->type != CMAP_VALUETYPE_STRING) {
        return;
    }
    snprintf(program, sizeof(program), "%s.%u.%.*s", pointer, pid, (int)value->len,
             (const char *)value->data);
    notify(&(struct notification){.kind = NOTIFY_APPLICATION, .name = local_name, .nodeid = local_nodeid,
                                  .local_nodeid = local_nodeid, .address = "", .program = program,
                                  .state = event == CMAP_TRACK_DELETE ? "disconnected" : "connected"});
}

/* ---- links ---- */

static void on_link(cmap_handle_t handle, cmap_track_handle_t track, int32_t event, const char *key,
                    struct cmap_notify_value new_value, struct cmap_notify_value old_value,
                    void *user_data)
{
    unsigned int nodeid;
    unsigned int link;

    if (sscanf(key, KNET_PREFIX "node%u.link%u.", &nodeid, &link) != 2 ||
        new_value.type != CMAP_VALUETYPE_UINT8) {
        return;
    }
    notify(&(struct notification){.kind = NOTIFY_LINK, .name = local_name, .nodeid = nodeid,
                                  .local_nodeid = local_nodeid, .link = link, .address = "", .program = "",
                                  .state = *(const uint8_t *)new_value.data ? "operational"
                                                                            : "disconnected"});
}

/* Watches the state of a link whose key is `key`. */
static void link_track(const char *key)
{
    const char *item = strrchr(key, '.');
    cmap_track_handle_t track;

    if (item != NULL && strcmp(item, ".connected") == 0) {
        cmap_track_add(stats, key, CMAP_TRACK_MODIFY, on_link, NULL, &track);
    }
}

static void on_link_added(cmap_handle_t handle, cmap_track_handle_t track, int32_t event, const char *key,
                          struct cmap_notify_value new_value, struct cmap_notify_value old_value,
                          void *user_data)
{
    if (event == CMAP_TRACK_ADD) {
        link_track(key);
    }
}

static void links_track_present(void)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];
    cmap_iter_handle_t iter;

    if (cmap_iter_init(stats, KNET_PREFIX, &iter) != CS_OK) {
        return;
    }
    while (cmap_iter_next(stats, iter, key, NULL, NULL) == CS_OK) {
        link_track(key);
    }
    cmap_iter_finalize(stats, iter);
}

/* ---- start ---- */

static void __attribute__((noreturn)) fail(const char *what, cs_error_t error)
{
    syslog(LOG_ERR, "%s: %s", what, cs_strerror(error));
    fprintf(stderr, "%s: %s\n", what, cs_strerror(error));
    exit(EXIT_FAILURE);
}

static void must(const char *what, cs_error_t error)
{
    if (error != CS_OK) {
        fail(what, error);
    }
}

static void local_node_read(void)
{
    corosync_cfg_handle_t cfg;

    must("Failed to initialize the cfg API", corosync_cfg_initialize(&cfg, NULL));
    must("Failed to get the local node id", corosync_cfg_local_get(cfg, &local_nodeid));
    corosync_cfg_finalize(cfg);
    gethostname(local_name, sizeof(local_name) - 1);
}

static void watch_everything(void)
{
    const int32_t come_and_go = CMAP_TRACK_ADD | CMAP_TRACK_DELETE | CMAP_TRACK_PREFIX;
    quorum_callbacks_t callbacks = {.quorum_notify_fn = on_quorum};
    cmap_track_handle_t track;
    uint32_t type;

    must("Failed to initialize the cmap API", cmap_initialize(&icmap));
    must("Failed to track members",
         cmap_track_add(icmap, MEMBERS_PREFIX, CMAP_TRACK_ADD | CMAP_TRACK_MODIFY | CMAP_TRACK_PREFIX,
                        on_member,
                        NULL, &track));
    must("Failed to initialize the cmap API of statistics", cmap_initialize_map(&stats, CMAP_MAP_STATS));
    must("Failed to track connections",
         cmap_track_add(stats, IPCS_PREFIX, come_and_go, on_connection, NULL, &track));
    must("Failed to track links", cmap_track_add(stats, KNET_PREFIX, come_and_go, on_link_added, NULL,
                                                 &track));
    links_track_present();
    must("Failed to initialize the quorum API", quorum_initialize(&quorum, &callbacks, &type));
    must("Failed to track quorum", quorum_trackstart(quorum, CS_TRACK_CHANGES));
}

static void run(void)
{
    struct pollfd fds[3] = {{.events = POLLIN}, {.events = POLLIN}, {.events = POLLIN}};

    must("No descriptor", cmap_fd_get(icmap, &fds[0].fd));
    must("No descriptor", cmap_fd_get(stats, &fds[1].fd));
    must("No descriptor", quorum_fd_get(quorum, &fds[2].fd));
    for (;;) {
        if (poll(fds, 3, -1) < 0 && errno != EINTR) {
            fail("poll", CS_ERR_LIBRARY);
        }
        must("Failed to dispatch the map", cmap_dispatch(icmap, CS_DISPATCH_ALL));
        must("Failed to dispatch statistics", cmap_dispatch(stats, CS_DISPATCH_ALL));
        must("Failed to dispatch quorum", quorum_dispatch(quorum, CS_DISPATCH_ALL));
    }
}

static void options_parse(int argc, char **argv)
{
    int option;

    while ((option = getopt(argc, argv, "c:dfhlm:nos")) != -1) {
        switch (option) {
        case 'f':
            options.foreground = true;
            break;
        case 'l':
            options.log = true;
            break;
        case 'o':
            options.log = true;
            options.print = true;
            break;
        case 'd':
            options.dbus = true;
            break;
        case 'n':
            options.no_names = true;
            break;
        case 's':
            options.snmp = true;
            break;
        case 'm':
            options.manager = optarg;
            options.snmp = true;
            break;
        case 'c':
            options.community = optarg;
            options.snmp = true;
            break;
        default:
            fprintf(stderr, usage, argv[0]);
            exit(EXIT_FAILURE);
        }
    }
    if (options.print && !options.foreground) {
        fprintf(stderr, "-o needs -f\n");
        exit(EXIT_FAILURE);
    }
    if (!options.log && !options.dbus && !options.snmp) {
        fprintf(stderr, "No output was chosen\n");
        fprintf(stderr, usage, argv[0]);
        exit(EXIT_FAILURE);
    }
}

static void on_signal(int number)
{
    _exit(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
    options_parse(argc, argv);
    openlog("notifyd", LOG_PID, LOG_DAEMON);
    if (!options.foreground && daemon(0, 0) != 0) {
        perror("daemon");
        return EXIT_FAILURE;
    }
    signal(SIGINT, on_signal);
    signal(SIGQUIT, on_signal);
    signal(SIGTERM, on_signal);
    if ((options.dbus && !notify_dbus_open()) || (options.snmp && !notify_snmp_open(options.manager,
                                                                                    options.community))) {
        return EXIT_FAILURE;
    }
    local_node_read();
    watch_everything();
    sd_notify(0, "READY=1");
    run();
}
