/*
 * Addresses and look-ups in the transports' configuration (net_conf.h).
 */
#include "corosync/net/net_conf.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void net_conf_free(struct net_conf *conf)
{
    free(conf->nodes);
    explicit_bzero(conf->crypto.key, sizeof(conf->crypto.key));
    conf->nodes = NULL;
    conf->node_count = 0;
}

bool net_crypto_enabled(const struct net_crypto *crypto)
{
    return strcmp(crypto->cipher, "none") != 0 || strcmp(crypto->hash, "none") != 0;
}

bool net_addr_equal(const struct net_addr *a, const struct net_addr *b)
{
    if (a->sa.sa_family != b->sa.sa_family) {
        return false;
    }
    if (a->sa.sa_family == AF_INET) {
        return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
    }
    if (a->sa.sa_family == AF_INET6) {
        return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr)) == 0;
    }
    return true;
}

const char *net_addr_text(const struct net_addr *addr, char out[NET_ADDR_TEXT])
{
    const void *bytes = addr->sa.sa_family == AF_INET ? (const void *)&addr->in.sin_addr
                                                      : (const void *)&addr->in6.sin6_addr;

    if (!net_addr_set(addr) || inet_ntop(addr->sa.sa_family, bytes, out, NET_ADDR_TEXT) == NULL) {
        snprintf(out, NET_ADDR_TEXT, "%s", "");
    }
    return out;
}

socklen_t net_addr_len(const struct net_addr *addr)
{
    return addr->sa.sa_family == AF_INET ? sizeof(addr->in) : sizeof(addr->in6);
}

void net_addr_set_port(struct net_addr *addr, uint16_t port)
{
    if (addr->sa.sa_family == AF_INET) {
        addr->in.sin_port = htons(port);
    } else {
        addr->in6.sin6_port = htons(port);
    }
}

/* The first result of the preferred family, else of the other one. */
static const struct addrinfo *choose(const struct addrinfo *list, enum net_ip_version version)
{
    int preferred = version == NET_IPV6 || version == NET_IPV6_4 ? AF_INET6 : AF_INET;
    const struct addrinfo *other = NULL;

    for (; list != NULL; list = list->ai_next) {
        if (list->ai_family == preferred) {
            return list;
        }
        if (other == NULL && (list->ai_family == AF_INET || list->ai_family == AF_INET6)) {
            other = list;
        }
    }
    return other;
}

int net_addr_resolve(const char *name, enum net_ip_version version, struct net_addr *addr)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_protocol = IPPROTO_UDP};
    struct addrinfo *list = NULL;
    const struct addrinfo *chosen;

    hints.ai_family = version == NET_IPV4 ? AF_INET : version == NET_IPV6 ? AF_INET6 : AF_UNSPEC;
    if (name[0] == '\0' || getaddrinfo(name, NULL, &hints, &list) != 0) {
        return -1;
    }
    chosen = choose(list, version);
    if (chosen == NULL || chosen->ai_addrlen > sizeof(*addr)) {
        freeaddrinfo(list);
        return -1;
    }
    memset(addr, 0, sizeof(*addr));
    memcpy(addr, chosen->ai_addr, chosen->ai_addrlen);
    freeaddrinfo(list);
    return 0;
}

const struct net_node *net_conf_node(const struct net_conf *conf, uint32_t nodeid)
{
    for (size_t i = 0; i < conf->node_count; i++) {
        if (conf->nodes[i].nodeid == nodeid) {
            return &conf->nodes[i];
        }
    }
    return NULL;
}

size_t net_conf_members(const struct net_conf *conf, unsigned link)
{
    size_t count = 0;

    for (size_t i = 0; i < conf->node_count; i++) {
        count += net_addr_set(&conf->nodes[i].addr[link]) ? 1 : 0;
    }
    return count;
}
