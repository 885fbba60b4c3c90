/*
 * Hosts and links of the knet transport (totem.md 14.3): what is added, changed and removed.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "corosync/net/knet.h"

#define IPV6_SCOPE 2                    /* what the field's nodes use */

/*
 * A new link is pinged fast, and one answer is enough, until it is up: a cluster that starts forms its ring
 * at once. Only our own pings change, so peers see nothing of it.
 */
#define FAST_PING_INTERVAL 100u         /* ms */
#define FAST_PONG_COUNT 1
#define SETTLE_CHECK_NS (250 * 1000000ull)
#define SETTLE_CHECKS 20

static void complain(struct net_knet *knet, int result, const char *what, uint32_t nodeid, unsigned link)
{
    if (result != 0) {
        net_log(&knet->net, true, LOG_ERR, "%s for node %u link %u failed: %s", what, nodeid, link,
                strerror(errno));
    }
}

static bool same_peers(const struct net_knet_peers *a, const struct net_knet_peers *b)
{
    return a != NULL && a->count == b->count && memcmp(a->ids, b->ids, a->count * sizeof(a->ids[0])) == 0;
}

/* Publishes the list of other nodes for the filter; old lists stay until the end because threads may read
 * them. */
static void publish_peers(struct net_knet *knet, const struct net_conf *conf)
{
    struct net_knet_peers *peers = calloc(1, sizeof(*peers) + conf->node_count * sizeof(peers->ids[0]));
    struct net_knet_peers *current = atomic_load_explicit(&knet->peers, memory_order_relaxed);

    if (peers == NULL) {
        return;
    }
    for (size_t i = 0; i < conf->node_count; i++) {
        if (conf->nodes[i].nodeid != conf->nodeid) {
            peers->ids[peers->count++] = (knet_node_id_t)conf->nodes[i].nodeid;
        }
    }
    if (same_peers(current, peers)) {
        free(peers);
        return;
    }
    peers->retired = current;
    atomic_store_explicit(&knet->peers, peers, memory_order_release);
}

void knet_links_init(struct net_knet *knet)
{
    struct net_conf nobody;

    memset(&nobody, 0, sizeof(nobody));
    publish_peers(knet, &nobody);
}

void knet_links_free(struct net_knet *knet)
{
    struct net_knet_peers *peers = atomic_load(&knet->peers);

    while (peers != NULL) {
        struct net_knet_peers *next = peers->retired;

        free(peers);
        peers = next;
    }
    net_conf_free(&knet->applied);
}

static uint8_t policy(const char *mode)
{
    if (strcmp(mode, "active") == 0) {
        return KNET_LINK_POLICY_ACTIVE;
    }
    return strcmp(mode, "rr") == 0 ? KNET_LINK_POLICY_RR : KNET_LINK_POLICY_PASSIVE;
}

static void endpoint(const struct net_addr *addr, uint16_t port, struct sockaddr_storage *out)
{
    struct net_addr copy = *addr;

    net_addr_set_port(&copy, port);
    if (copy.sa.sa_family == AF_INET6) {
        copy.in6.sin6_scope_id = IPV6_SCOPE;
    }
    memset(out, 0, sizeof(*out));
    memcpy(out, &copy, net_addr_len(&copy));
}

static bool host_known(struct net_knet *knet, uint32_t nodeid)
{
    knet_node_id_t *hosts = calloc(KNET_MAX_HOST, sizeof(*hosts));
    size_t count = 0;
    bool known = false;

    if (hosts != NULL && knet_host_get_host_list(knet->handle, hosts, &count) == 0) {
        for (size_t i = 0; i < count; i++) {
            known = known || hosts[i] == nodeid;
        }
    }
    free(hosts);
    return known;
}

static void add_host(struct net_knet *knet, const struct net_conf *conf, uint32_t nodeid)
{
    knet_node_id_t id = (knet_node_id_t)nodeid;
    void *heap_end;

    if (host_known(knet, nodeid)) {
        return;
    }
    heap_end = net_heap_begin();
    complain(knet, knet_host_add(knet->handle, id), "knet_host_add", nodeid, 0);
    net_heap_end(heap_end);
    complain(knet, knet_host_set_policy(knet->handle, id, policy(conf->link_mode)), "knet_host_set_policy",
             nodeid, 0);
}

static void set_link_values(struct net_knet *knet, const struct net_link *link, uint32_t nodeid,
                            unsigned number)
{
    knet_node_id_t id = (knet_node_id_t)nodeid;
    uint8_t link_id = (uint8_t)number;
    bool fast = knet->settling && link->ping_interval > FAST_PING_INTERVAL;

    complain(knet, knet_link_set_priority(knet->handle, id, link_id, link->priority),
             "knet_link_set_priority", nodeid, number);
    complain(knet,
             knet_link_set_ping_timers(knet->handle, id, link_id,
                                       fast ? FAST_PING_INTERVAL : link->ping_interval, link->ping_timeout,
                                       link->ping_precision),
             "knet_link_set_ping_timers", nodeid, number);
    complain(knet, knet_link_set_pong_count(knet->handle, id, link_id,
                                            knet->settling ? FAST_PONG_COUNT : (uint8_t)link->pong_count),
             "knet_link_set_pong_count", nodeid, number);
}

/* False when the link could not be made, for example with a protocol the kernel has not. */
static bool link_exists(struct net_knet *knet, uint32_t nodeid, unsigned number)
{
    uint8_t links[KNET_MAX_LINK];
    size_t count = 0;

    if (knet_link_get_link_list(knet->handle, (knet_node_id_t)nodeid, links, &count) != 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (links[i] == number) {
            return true;
        }
    }
    return false;
}

static void check_settled(void *data);

static void start_settling(struct net_knet *knet)
{
    knet->settling = true;
    knet->settle_checks = SETTLE_CHECKS;
    if (knet->settle_timer == 0) {
        qb_loop_timer_add(knet->net.loop, QB_LOOP_LOW, SETTLE_CHECK_NS, knet, check_settled,
                          &knet->settle_timer);
    }
}

static void add_link(struct net_knet *knet, const struct net_conf *conf, const struct net_node *node,
                     unsigned number)
{
    const struct net_link *link = &conf->links[number];
    struct sockaddr_storage src, dst;
    uint8_t transport = link->sctp ? KNET_TRANSPORT_SCTP : KNET_TRANSPORT_UDP;

    start_settling(knet);
    add_host(knet, conf, node->nodeid);
    endpoint(&link->local, link->port, &src);
    endpoint(&node->addr[number], link->port, &dst);
    if (knet_link_set_config(knet->handle, (knet_node_id_t)node->nodeid, (uint8_t)number, transport, &src,
                             &dst, KNET_LINK_FLAG_TRAFFICHIPRIO) != 0) {
        bool no_sctp = link->sctp && errno == EPROTONOSUPPORT;

        complain(knet, -1, "knet_link_set_config", node->nodeid, number);
        if (no_sctp) {
            net_log(&knet->net, false, LOG_ERR, "Link %u cannot be used: this kernel has no SCTP "
                    "(totem.interface.%u.knet_transport)", number, number);
        }
        return;
    }
    set_link_values(knet, link, node->nodeid, number);
    complain(knet, knet_link_set_enable(knet->handle, (knet_node_id_t)node->nodeid, (uint8_t)number, 1),
             "knet_link_set_enable", node->nodeid, number);
}

static void add_loopback(struct net_knet *knet, const struct net_conf *conf)
{
    struct sockaddr_storage any;
    struct net_addr addr = {.in = {.sin_family = AF_INET}};
    knet_node_id_t id = (knet_node_id_t)conf->nodeid;

    if (host_known(knet, conf->nodeid)) {
        return;
    }
    addr.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    endpoint(&addr, conf->links[0].port, &any);
    add_host(knet, conf, conf->nodeid);
    complain(knet, knet_link_set_config(knet->handle, id, 0, KNET_TRANSPORT_LOOPBACK, &any, &any, 0),
             "knet_link_set_config", conf->nodeid, 0);
    complain(knet, knet_link_set_enable(knet->handle, id, 0, 1), "knet_link_set_enable", conf->nodeid, 0);
}

static void remove_link(struct net_knet *knet, uint32_t nodeid, unsigned number)
{
    knet_node_id_t id = (knet_node_id_t)nodeid;
    uint8_t link_id = (uint8_t)number;

    complain(knet, knet_link_set_enable(knet->handle, id, link_id, 0), "knet_link_set_enable", nodeid,
             number);
    complain(knet, knet_link_clear_config(knet->handle, id, link_id), "knet_link_clear_config", nodeid,
             number);
}

static void remove_host_without_links(struct net_knet *knet, uint32_t nodeid)
{
    uint8_t links[KNET_MAX_LINK];
    size_t count = 0;

    if (knet_link_get_link_list(knet->handle, (knet_node_id_t)nodeid, links, &count) == 0 && count == 0) {
        complain(knet, knet_host_remove(knet->handle, (knet_node_id_t)nodeid), "knet_host_remove", nodeid, 0);
    }
}

/* The address the node has on the link, NULL when it is not on it or the link is not ours. */
static const struct net_addr *wanted(const struct net_conf *conf, uint32_t nodeid, unsigned number)
{
    const struct net_node *node = net_conf_node(conf, nodeid);

    if (node == NULL || !net_addr_set(&conf->links[number].local) || !net_addr_set(&node->addr[number])) {
        return NULL;
    }
    return &node->addr[number];
}

static void remove_stale(struct net_knet *knet, const struct net_conf *conf)
{
    const struct net_conf *old = &knet->applied;

    for (size_t i = 0; i < old->node_count; i++) {
        uint32_t nodeid = old->nodes[i].nodeid;

        if (nodeid == conf->nodeid) {
            continue;
        }
        for (unsigned number = 0; number < NET_LINKS; number++) {
            if (wanted(old, nodeid, number) != NULL && wanted(conf, nodeid, number) == NULL &&
                link_exists(knet, nodeid, number)) {
                remove_link(knet, nodeid, number);
            }
        }
        remove_host_without_links(knet, nodeid);
    }
}

static void add_or_update(struct net_knet *knet, const struct net_conf *conf, const struct net_node *node)
{
    for (unsigned number = 0; number < NET_LINKS; number++) {
        if (wanted(conf, node->nodeid, number) == NULL) {
            continue;
        }
        if (wanted(&knet->applied, node->nodeid, number) == NULL ||
            !link_exists(knet, node->nodeid, number)) {
            add_link(knet, conf, node, number);
        } else {
            set_link_values(knet, &conf->links[number], node->nodeid, number);
        }
    }
}

static bool all_connected(struct net_knet *knet)
{
    const struct net_conf *conf = &knet->applied;

    for (size_t i = 0; i < conf->node_count; i++) {
        for (unsigned number = 0; number < NET_LINKS; number++) {
            struct knet_link_status status = {.size = sizeof(status)};
            knet_node_id_t id = (knet_node_id_t)conf->nodes[i].nodeid;

            if (conf->nodes[i].nodeid == conf->nodeid ||
                wanted(conf, conf->nodes[i].nodeid, number) == NULL ||
                !link_exists(knet, conf->nodes[i].nodeid, number)) {
                continue;
            }
            if (knet_link_get_status(knet->handle, id, (uint8_t)number, &status, sizeof(status)) == 0 &&
                !status.connected) {
                return false;
            }
        }
    }
    return true;
}

static void end_settling(struct net_knet *knet)
{
    const struct net_conf *conf = &knet->applied;

    knet->settling = false;
    for (size_t i = 0; i < conf->node_count; i++) {
        for (unsigned number = 0; number < NET_LINKS; number++) {
            if (conf->nodes[i].nodeid != conf->nodeid &&
                wanted(conf, conf->nodes[i].nodeid, number) != NULL &&
                link_exists(knet, conf->nodes[i].nodeid, number)) {
                set_link_values(knet, &conf->links[number], conf->nodes[i].nodeid, number);
            }
        }
    }
}

static void check_settled(void *data)
{
    struct net_knet *knet = data;

    knet->settle_timer = 0;
    if (--knet->settle_checks == 0 || all_connected(knet)) {
        end_settling(knet);
        return;
    }
    qb_loop_timer_add(knet->net.loop, QB_LOOP_LOW, SETTLE_CHECK_NS, knet, check_settled, &knet->settle_timer);
}

static void remember(struct net_knet *knet, const struct net_conf *conf)
{
    struct net_node *nodes = calloc(conf->node_count, sizeof(*nodes));

    if (nodes == NULL) {
        return;
    }
    memcpy(nodes, conf->nodes, conf->node_count * sizeof(*nodes));
    net_conf_free(&knet->applied);
    memcpy(knet->applied.links, conf->links, sizeof(conf->links));
    knet->applied.nodeid = conf->nodeid;
    knet->applied.nodes = nodes;
    knet->applied.node_count = conf->node_count;
}

void knet_links_apply(struct net_knet *knet, const struct net_conf *conf)
{
    for (unsigned number = 0; number < NET_LINKS; number++) {
        const struct net_link *link = &conf->links[number];
        char text[NET_ADDR_TEXT];

        if (link->configured && net_addr_set(&link->local)) {
            net_log(&knet->net, false, LOG_INFO, "Configuring link %u", number);
            net_log(&knet->net, false, LOG_INFO, "Configured link number %u: local addr: %s, port=%u", number,
                    net_addr_text(&link->local, text), link->port);
        }
    }
    remove_stale(knet, conf);
    add_loopback(knet, conf);
    for (size_t i = 0; i < conf->node_count; i++) {
        if (conf->nodes[i].nodeid != conf->nodeid) {
            add_or_update(knet, conf, &conf->nodes[i]);
        }
    }
    publish_peers(knet, conf);
    remember(knet, conf);
}

void knet_links_remove_all(struct net_knet *knet)
{
    knet_node_id_t *hosts = calloc(KNET_MAX_HOST, sizeof(*hosts));
    size_t host_count = 0;

    if (hosts == NULL || knet_host_get_host_list(knet->handle, hosts, &host_count) != 0) {
        free(hosts);
        return;
    }
    for (size_t i = 0; i < host_count; i++) {
        uint8_t links[KNET_MAX_LINK];
        size_t link_count = 0;

        if (knet_link_get_link_list(knet->handle, hosts[i], links, &link_count) != 0) {
            continue;
        }
        for (size_t j = 0; j < link_count; j++) {
            remove_link(knet, hosts[i], links[j]);
        }
        (void)knet_host_remove(knet->handle, hosts[i]);
    }
    free(hosts);
}
