/*
 * The nozzle device (nozzle.h). Its Ethernet address ends in the node id, so that the receiver of a frame
 * follows from the frame alone; its IP address is the configured network with the node id as host part.
 */
#include "config.h"

#include "corosync/net/nozzle.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define MAC_LENGTH 17                   /* characters of an Ethernet address */
#define MAC_OFFSET_NODE 4               /* bytes: the last two are the node id */
#define PREFIX_MIN 8
#define PREFIX_MAX_IPV4 30
#define PREFIX_MAX_IPV6 64

int nozzle_destination(const unsigned char *frame, ssize_t len, knet_node_id_t *host)
{
    static const unsigned char nobody[6];

    if (len < (ssize_t)sizeof(nobody) || memcmp(frame, nobody, sizeof(nobody)) == 0) {
        return -1;
    }
    if ((frame[0] & 1) != 0) {
        return 1;
    }
    *host = (knet_node_id_t)(frame[MAC_OFFSET_NODE] << 8 | frame[MAC_OFFSET_NODE + 1]);
    return 0;
}

#ifdef HAVE_LIBNOZZLE

static void problem(struct net_knet *knet, const char *what, const char *device, const char *reason)
{
    net_log(&knet->net, false, LOG_ERR, "%s nozzle device %s: %s", what, device, reason);
}

/* ---- addresses ---- */

static int local_mac(struct net_knet *knet, const char *configured, char mac[NET_WORD_MAX])
{
    if (strlen(configured) != MAC_LENGTH) {
        net_log(&knet->net, false, LOG_ERR, "macaddr for nozzle device is not in the correct format '%s'",
                configured);
        return -1;
    }
    snprintf(mac, NET_WORD_MAX, "%.12s%02x:%02x", configured, knet->net.conf->nodeid >> 8 & 0xff,
             knet->net.conf->nodeid & 0xff);
    net_log(&knet->net, false, LOG_INFO, "Local nozzle MAC address is %s", mac);
    return 0;
}

/* The node id goes behind the "::". */
static int local_ipv6(struct net_knet *knet, const char *network, char address[NET_WORD_MAX])
{
    const char *end = strstr(network, "::");
    char text[NET_WORD_MAX + 16];
    struct in6_addr parsed;

    snprintf(text, sizeof(text), "%.*s%x", (int)(end + 2 - network), network, knet->net.conf->nodeid);
    if (inet_pton(AF_INET6, text, &parsed) != 1) {
        net_log(&knet->net, false, LOG_ERR, "Failed to parse IPv6 nozzle IP address");
        return -1;
    }
    snprintf(address, NET_WORD_MAX, "%.*s", NET_WORD_MAX - 1, text);
    return 0;
}

/* The host part becomes the node id. */
static int local_ipv4(struct net_knet *knet, const char *network, unsigned prefix, char address[NET_WORD_MAX])
{
    uint32_t host_mask = UINT32_MAX >> prefix;
    struct in_addr parsed;

    if (inet_pton(AF_INET, network, &parsed) != 1) {
        net_log(&knet->net, false, LOG_ERR, "Failed to parse IPv4 nozzle IP address");
        return -1;
    }
    parsed.s_addr = htonl((ntohl(parsed.s_addr) & ~host_mask) | (knet->net.conf->nodeid & host_mask));
    (void)inet_ntop(AF_INET, &parsed, address, NET_WORD_MAX);
    return 0;
}

static int local_address(struct net_knet *knet, const struct net_nozzle *conf, char address[NET_WORD_MAX])
{
    bool ipv6 = strstr(conf->ipaddr, "::") != NULL;
    long prefix_max = ipv6 ? PREFIX_MAX_IPV6 : PREFIX_MAX_IPV4;
    char *end;
    long prefix = strtol(conf->ipprefix, &end, 10);
    int result;

    if (*end != '\0' || prefix < PREFIX_MIN || prefix > prefix_max) {
        net_log(&knet->net, false, LOG_ERR, "nozzle IP address prefix must be >= %d and <= %ld (got %s)",
                PREFIX_MIN, prefix_max, conf->ipprefix);
        return -1;
    }
    result = ipv6 ? local_ipv6(knet, conf->ipaddr, address)
                  : local_ipv4(knet, conf->ipaddr, (unsigned)prefix, address);
    if (result == 0) {
        net_log(&knet->net, false, LOG_INFO, "Local nozzle IP address is %s / %ld", address, prefix);
    }
    return result;
}

/* ---- the device ---- */

static void run_scripts(struct net_knet *knet, uint8_t action, const char *name)
{
    char *output = NULL;

    if (nozzle_run_updown(knet->nozzle, action, &output) != 0 && output != NULL) {
        net_log(&knet->net, false, LOG_INFO, "exec nozzle %s script failed: %s", name, output);
    }
    free(output);
}

static void remove_device(struct net_knet *knet)
{
    const char *name = knet->nozzle_conf.name;

    if (knet->nozzle == NULL) {
        return;
    }
    run_scripts(knet, NOZZLE_DOWN, "down");
    if (nozzle_set_down(knet->nozzle) != 0) {
        problem(knet, "Can't set down", name, strerror(errno));
    }
    run_scripts(knet, NOZZLE_POSTDOWN, "post-down");
    if (knet_handle_remove_datafd(knet->handle, nozzle_get_fd(knet->nozzle)) != 0) {
        problem(knet, "Can't take off the links", name, strerror(errno));
    }
    if (nozzle_close(knet->nozzle) != 0) {
        problem(knet, "Can't close", name, strerror(errno));
    }
    knet->nozzle = NULL;
    net_log(&knet->net, false, LOG_INFO, "Removed nozzle device");
}

void nozzle_drop(struct net_knet *knet)
{
    if (knet->nozzle != NULL) {
        (void)knet_handle_remove_datafd(knet->handle, nozzle_get_fd(knet->nozzle));
        (void)nozzle_close(knet->nozzle);
        knet->nozzle = NULL;
    }
}

/* 0, or -1 after logging. */
static int set_up_device(struct net_knet *knet, const struct net_nozzle *conf, const char *mac,
                         const char *address)
{
    int8_t channel = NOZZLE_CHANNEL;
    int fd = nozzle_get_fd(knet->nozzle);

    if (nozzle_set_mac(knet->nozzle, mac) != 0) {
        problem(knet, "Unable to set the MAC address of", conf->name, strerror(errno));
        return -1;
    }
    if (nozzle_add_ip(knet->nozzle, address, conf->ipprefix) != 0) {
        problem(knet, "Unable to set the IP address of", conf->name, strerror(errno));
        return -1;
    }
    run_scripts(knet, NOZZLE_PREUP, "pre-up");
    if (nozzle_set_up(knet->nozzle) != 0) {
        problem(knet, "Unable to set up", conf->name, strerror(errno));
        return -1;
    }
    run_scripts(knet, NOZZLE_UP, "up");
    if (knet_handle_add_datafd(knet->handle, &fd, &channel) != 0) {
        problem(knet, "Unable to connect to the links", conf->name, strerror(errno));
        return -1;
    }
    net_log(&knet->net, false, LOG_INFO, "Opened '%s' on fd %d", conf->name, fd);
    return 0;
}

static void create_device(struct net_knet *knet, const struct net_nozzle *conf, const char *mac)
{
    char name[NET_WORD_MAX] = "";
    char address[NET_WORD_MAX];

    net_log(&knet->net, false, LOG_INFO, "nozzle script dir is %s", conf->scripts);
    if (local_address(knet, conf, address) != 0) {
        return;
    }
    if (strlen(conf->name) >= IFNAMSIZ) {
        problem(knet, "Unable to open", conf->name, "the name is too long");
        return;
    }
    snprintf(name, sizeof(name), "%s", conf->name);
    knet->nozzle = nozzle_open(name, IFNAMSIZ, conf->scripts);
    if (knet->nozzle == NULL) {
        problem(knet, "Unable to open", conf->name, strerror(errno));
    } else if (set_up_device(knet, conf, mac, address) != 0) {
        nozzle_drop(knet);
    }
}

static bool same_device(const struct net_nozzle *a, const struct net_nozzle *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->ipaddr, b->ipaddr) == 0 &&
           strcmp(a->ipprefix, b->ipprefix) == 0 && strcmp(a->macaddr, b->macaddr) == 0;
}

static int check_texts(struct net_knet *knet, const struct net_nozzle *conf)
{
    if (conf->ipaddr[0] == '\0') {
        net_log(&knet->net, false, LOG_ERR, "No IP address supplied for Nozzle device");
        return -1;
    }
    if (conf->ipprefix[0] == '\0') {
        net_log(&knet->net, false, LOG_ERR, "No prefix supplied for Nozzle IP address");
        return -1;
    }
    return 0;
}

void nozzle_apply(struct net_knet *knet, const struct net_nozzle *conf)
{
    char mac[NET_WORD_MAX];

    bool wanted = conf->name[0] != '\0';

    if (knet->nozzle != NULL && same_device(&knet->nozzle_conf, conf)) {
        net_log(&knet->net, false, LOG_DEBUG, "Nozzle device info not changed");
        return;
    }
    /* a bad value of these leaves the old device as it is */
    if (wanted && (check_texts(knet, conf) != 0 || local_mac(knet, conf->macaddr, mac) != 0)) {
        return;
    }
    remove_device(knet);
    knet->nozzle_conf = *conf;
    if (wanted) {
        create_device(knet, conf, mac);
    }
}

#else

void nozzle_apply(struct net_knet *knet, const struct net_nozzle *conf)
{
    if (conf->name[0] != '\0') {
        net_log(&knet->net, false, LOG_WARNING,
                "The nozzle section is ignored: this daemon was built without libnozzle.");
    }
}

void nozzle_drop(struct net_knet *knet)
{
}

#endif
