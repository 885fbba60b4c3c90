/*
 * What the transports need to know: links, nodes, addresses, encryption. Filled from cmap by
 * corosync/engine/totem_conf.c, used by every transport. Specification: totem.md 2, 5, 14.
 */
#ifndef COROSYNC_NET_NET_CONF_H
#define COROSYNC_NET_NET_CONF_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_LINKS 8                     /* links 0..7 */
#define NET_NODES_MAX 384
#define NET_KEY_MAX 4096                /* bytes of key material */
#define NET_KEY_MIN 128
#define NET_WORD_MAX 64                 /* names of modes, models, ciphers, with NUL */
#define NET_PATH_MAX 4096               /* bytes of a path, with NUL */
#define NET_ADDR_TEXT 64                /* room for an address as text */

enum net_transport { NET_UDP = 0, NET_UDPU = 1, NET_KNET = 2 };

/* An address without port; family AF_UNSPEC (0) = none. */
struct net_addr {
    union {
        struct sockaddr sa;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    };
};

struct net_node {
    uint32_t nodeid;
    unsigned position;                  /* N of nodelist.node.N */
    struct net_addr addr[NET_LINKS];
};

struct net_link {
    bool configured;                    /* some node has an address on it, or an interface section exists */
    struct net_addr local;              /* own address, none when the local node is not on the link */
    uint16_t port;                      /* 0 = unknown */
    struct net_addr mcast;              /* udp only */
    uint8_t ttl;
    uint8_t priority;
    bool sctp;
    uint32_t ping_interval;             /* ms */
    uint32_t ping_timeout;              /* ms */
    uint32_t ping_precision;
    uint32_t pong_count;
};

struct net_crypto {
    char model[NET_WORD_MAX];
    char cipher[NET_WORD_MAX];          /* "none" and "none": no encryption, no key */
    char hash[NET_WORD_MAX];
    uint8_t key[NET_KEY_MAX];
    size_t key_len;
};

/* Texts as configured; an empty name = no device. */
struct net_nozzle {
    char name[NET_WORD_MAX];
    char ipaddr[NET_WORD_MAX];
    char ipprefix[NET_WORD_MAX];
    char macaddr[NET_WORD_MAX];
    char scripts[NET_PATH_MAX];         /* folder with pre-up.d, up.d, down.d, post-down.d */
};

struct net_conf {
    enum net_transport transport;
    uint32_t nodeid;                    /* own */
    int local_position;                 /* N of the own node, -1 = not found */
    char link_mode[NET_WORD_MAX];
    uint32_t netmtu;                    /* bytes */
    bool block_unlisted_ips;
    uint32_t downcheck;                 /* ms */
    uint32_t merge;                     /* ms */
    uint32_t knet_pmtud_interval;       /* s */
    uint32_t knet_mtu;                  /* bytes, 0 = automatic */
    char compression_model[NET_WORD_MAX];
    uint32_t compression_threshold;     /* bytes */
    int32_t compression_level;
    bool knet_debug;                    /* libknet logs at debug level */
    bool knet_handle_fallback;          /* system.allow_knet_handle_fallback */
    struct net_crypto crypto;
    struct net_nozzle nozzle;           /* knet only */
    struct net_link links[NET_LINKS];
    struct net_node *nodes;             /* in nodelist order, owned */
    size_t node_count;
};

void net_conf_free(struct net_conf *conf);
bool net_crypto_enabled(const struct net_crypto *crypto);

static inline bool net_addr_set(const struct net_addr *addr)
{
    return addr->sa.sa_family != AF_UNSPEC;
}
/* Same family and address; ports and scopes do not count. */
bool net_addr_equal(const struct net_addr *a, const struct net_addr *b);
/* Numeric text in out, which it returns. */
const char *net_addr_text(const struct net_addr *addr, char out[NET_ADDR_TEXT]);
socklen_t net_addr_len(const struct net_addr *addr);
void net_addr_set_port(struct net_addr *addr, uint16_t port);

enum net_ip_version { NET_IPV4, NET_IPV6, NET_IPV6_4, NET_IPV4_6 };
/* Resolve a name or numeric address by the rules of ip_version. 0 or -1. May block on DNS. */
int net_addr_resolve(const char *name, enum net_ip_version version, struct net_addr *addr);

const struct net_node *net_conf_node(const struct net_conf *conf, uint32_t nodeid);
/* Number of nodes with an address on the link. */
size_t net_conf_members(const struct net_conf *conf, unsigned link);

#endif
