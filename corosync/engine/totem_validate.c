/*
 * Derived values, validation and publication of totem's configuration (config-and-tools.md 3.1-3.3, 4 stage
 * B).
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corosync/engine/totem_conf.h"

int totem_conf_derive(struct engine_conf *conf, char *err, size_t err_size)
{
    struct totem_config derived;

    if (totem_config_derive(&conf->totem, (unsigned)net_conf_members(&conf->net, 0), &derived, err,
                            err_size) != 0) {
        return -1;
    }
    conf->totem = derived;
    return 0;
}

void totem_conf_ping_defaults(struct net_conf *net, uint32_t token)
{
    for (unsigned number = 0; number < NET_LINKS; number++) {
        struct net_link *link = &net->links[number];

        if (!link->configured) {
            continue;
        }
        if (link->ping_timeout == 0) {
            link->ping_timeout = token / link->pong_count;
        }
        if (link->ping_interval == 0) {
            link->ping_interval = token / (2 * link->pong_count);
        }
    }
}

static int check_udp_link(const struct net_link *link, unsigned number, char *err, size_t err_size)
{
    bool broadcast =
        link->mcast.sa.sa_family == AF_INET && link->mcast.in.sin_addr.s_addr == INADDR_BROADCAST;

    if (!net_addr_set(&link->local) || broadcast) {
        return 0;
    }
    if (link->mcast.sa.sa_family != link->local.sa.sa_family) {
        snprintf(err, err_size,
                 "Multicast address family does not match bind address family for interface %u", number);
        return -1;
    }
    if (link->mcast.sa.sa_family == AF_INET ? !IN_MULTICAST(ntohl(link->mcast.in.sin_addr.s_addr))
                                            : !IN6_IS_ADDR_MULTICAST(&link->mcast.in6.sin6_addr)) {
        snprintf(err, err_size, "mcastaddr is not a correct multicast address for interface %u", number);
        return -1;
    }
    return 0;
}

static int check_link(const struct net_conf *net, unsigned number, char *err, size_t err_size)
{
    const struct net_link *link = &net->links[number];

    if (net->transport == NET_UDP && !net_addr_set(&link->mcast)) {
        snprintf(err, err_size, "No multicast address specified for interface %u", number);
        return -1;
    }
    if (link->port == 0) {
        snprintf(err, err_size, "No multicast port specified for interface %u", number);
        return -1;
    }
    if (link->ttl != 1 && net->transport != NET_UDP) {
        snprintf(err, err_size, "Can only set ttl on multicast transport types for interface %u", number);
        return -1;
    }
    if (link->priority != 1 && net->transport != NET_KNET) {
        snprintf(err, err_size, "Can only set link priority on knet transport type for interface %u", number);
        return -1;
    }
    if (link->local.sa.sa_family == AF_INET6 && net->nodeid == 0) {
        snprintf(err, err_size, "An IPV6 network requires that a node ID be specified for interface %u",
                 number);
        return -1;
    }
    return net->transport == NET_UDP ? check_udp_link(link, number, err, err_size) : 0;
}

/* All addresses of a link have one family. */
static int check_families(const struct net_conf *net, unsigned number, char *err, size_t err_size)
{
    const struct net_addr *first = NULL;

    for (size_t i = 0; i < net->node_count; i++) {
        const struct net_addr *addr = &net->nodes[i].addr[number];
        char text[NET_ADDR_TEXT], first_text[NET_ADDR_TEXT];

        if (!net_addr_set(addr)) {
            continue;
        }
        if (first == NULL) {
            first = addr;
        } else if (addr->sa.sa_family != first->sa.sa_family) {
            snprintf(err, err_size, "Nodes for link %u have different IP families (compared %s with %s)",
                     number, net_addr_text(addr, text), net_addr_text(first, first_text));
            return -1;
        }
    }
    return 0;
}

static unsigned configured_links(const struct net_conf *net)
{
    unsigned count = 0;

    for (unsigned number = 0; number < NET_LINKS; number++) {
        count += net->links[number].configured ? 1 : 0;
    }
    return count;
}

static int check_multi_link(const struct icmap *map, const struct net_conf *net, char *err, size_t err_size)
{
    size_t members = 0;
    bool first = true;

    for (unsigned number = 0; number < NET_LINKS; number++) {
        size_t count = net_conf_members(net, number);

        if (!net->links[number].configured) {
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            char key[ICMAP_KEY_MAX + 1];

            snprintf(key, sizeof(key), "nodelist.node.%zu.name", i);
            if (icmap_get_string(map, key) == NULL) {
                snprintf(err, err_size,
                         "for a multi-link configuration, all nodes must have a 'name' attribute");
                return -1;
            }
        }
        if (!first && count != members) {
            snprintf(err, err_size, "Not all nodes have the same number of links");
            return -1;
        }
        first = false;
        members = count;
    }
    return 0;
}

static int check_duplicates(const struct net_conf *net, char *err, size_t err_size)
{
    for (size_t i = 0; i < net->node_count; i++) {
        for (size_t j = i + 1; j < net->node_count; j++) {
            if (net->nodes[i].nodeid == net->nodes[j].nodeid) {
                snprintf(err, err_size, "Nodeid %u appears twice in corosync.conf", net->nodes[i].nodeid);
                return -1;
            }
        }
    }
    return 0;
}

static int check_start(const struct icmap *map, const struct net_conf *net, char *err, size_t err_size)
{
    uint32_t version = 0;

    if (configured_links(net) == 0) {
        snprintf(err, err_size, "No interfaces defined");
        return -1;
    }
    if (net->local_position < 0) {
        snprintf(err, err_size, "No valid name found for local host");
        return -1;
    }
    for (unsigned number = 0; number < NET_LINKS; number++) {
        if (net->links[number].configured && check_link(net, number, err, err_size) != 0) {
            return -1;
        }
    }
    (void)icmap_get_u32(map, "totem.version", &version);
    if (version != 2) {
        snprintf(err, err_size, "This totem parser can only parse version 2 configurations.");
        return -1;
    }
    return 0;
}

int totem_conf_validate(const struct icmap *map, bool reload, struct engine_conf *conf, bool *plain,
                        char *err, size_t err_size)
{
    const struct net_conf *net = &conf->net;

    *plain = false;
    if (!reload && check_start(map, net, err, err_size) != 0) {
        return -1;
    }
    if (totem_conf_derive(conf, err, err_size) != 0) {
        return -1;
    }
    if (configured_links(net) > 1 && check_multi_link(map, net, err, err_size) != 0) {
        return -1;
    }
    for (unsigned number = 0; number < NET_LINKS; number++) {
        if (check_families(net, number, err, err_size) != 0) {
            return -1;
        }
    }
    /* Debian's daemon accepts duplicates at reload, and then cannot be reloaded any more */
    if (check_duplicates(net, err, err_size) != 0) {
        *plain = true;
        return -1;
    }
    if (reload) {
        return 0;
    }
    if (strcmp(net->link_mode, "active") != 0 && strcmp(net->link_mode, "passive") != 0 &&
        strcmp(net->link_mode, "rr") != 0) {
        snprintf(err, err_size,
                 "The Knet link mode \"%s\" specified is invalid.  It must be active, passive or rr.",
                 net->link_mode);
        return -1;
    }
    if (net->transport != NET_KNET && configured_links(net) > 1) {
        snprintf(err, err_size, "%u is too many configured interfaces for non-Knet transport.",
                 configured_links(net));
        return -1;
    }
    if (net->transport != NET_KNET && net_crypto_enabled(&net->crypto)) {
        snprintf(err, err_size, "crypto_cipher & crypto_hash are only valid for the Knet transport.");
        return -1;
    }
    return 0;
}

void totem_conf_publish_pings(struct icmap *map, const struct net_conf *net)
{
    for (unsigned number = 0; number < NET_LINKS; number++) {
        const struct net_link *link = &net->links[number];
        char key[ICMAP_KEY_MAX + 1];

        if (!link->configured) {
            continue;
        }
        snprintf(key, sizeof(key), "runtime.config.totem.interface.%u.knet_ping_timeout", number);
        (void)icmap_set_u32(map, key, link->ping_timeout);
        snprintf(key, sizeof(key), "runtime.config.totem.interface.%u.knet_ping_interval", number);
        (void)icmap_set_u32(map, key, link->ping_interval);
    }
}

void totem_conf_publish(struct icmap *map, const struct engine_conf *conf)
{
    const struct totem_config *totem = &conf->totem;
    const struct net_conf *net = &conf->net;
    const struct {
        const char *name;
        uint32_t value;
    } values[] = {
        {"token", totem->token}, {"token_warning", totem->token_warning},
        {"token_retransmit", totem->token_retransmit},
        {"token_retransmits_before_loss_const", totem->token_retransmits_before_loss}, {"hold", totem->hold},
        {"join", totem->join}, {"send_join", totem->send_join}, {"consensus", totem->consensus},
        {"merge", totem->merge}, {"downcheck", totem->downcheck}, {"fail_recv_const", totem->fail_recv_const},
        {"seqno_unchanged_const", totem->seqno_unchanged_const},
        {"heartbeat_failures_allowed", totem->heartbeat_failures_allowed},
        {"max_network_delay", totem->max_network_delay}, {"window_size", totem->window_size},
        {"max_messages", totem->max_messages}, {"miss_count_const", totem->miss_count_const},
        {"cancel_token_hold_on_retransmit", totem->cancel_token_hold_on_retransmit},
        {"block_unlisted_ips", net->block_unlisted_ips}, {"knet_pmtud_interval", net->knet_pmtud_interval},
        {"knet_mtu", net->knet_mtu}, {"knet_compression_threshold", net->compression_threshold},
    };
    char key[ICMAP_KEY_MAX + 1];

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        snprintf(key, sizeof(key), "runtime.config.totem.%s", values[i].name);
        (void)icmap_set_u32(map, key, values[i].value);
    }
    (void)icmap_set_i32(map, "runtime.config.totem.knet_compression_level", net->compression_level);
    (void)icmap_set_string(map, "runtime.config.totem.knet_compression_model", net->compression_model);
}
