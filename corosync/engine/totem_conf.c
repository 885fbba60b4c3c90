/*
 * Reading totem's and the transports' configuration from cmap (totem_conf.h).
 */
#include "corosync/engine/totem_conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_PORT 5405
#define DEFAULT_NOZZLE_MAC "54:54:01:00:00:00"
#define DEFAULT_KEYFILE SYSCONFDIR "/corosync/authkey"

static int fail(char *err, size_t err_size, const char *format, ...) __attribute__((format(printf, 3, 4)));

static int fail(char *err, size_t err_size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(err, err_size, format, args);
    va_end(args);
    return -1;
}

static const char *get_string(const struct icmap *map, const char *key, const char *fallback)
{
    const char *value = icmap_get_string(map, key);

    return value != NULL ? value : fallback;
}

static void copy_word(char to[NET_WORD_MAX], const char *from)
{
    snprintf(to, NET_WORD_MAX, "%s", from);
}

/* ---- values of totem. ---- */

/* An explicit 0 means the default unless zero_allowed. */
static void read_u32(const struct icmap *map, const char *name, bool zero_allowed, uint32_t *value)
{
    char key[ICMAP_KEY_MAX + 1];
    uint32_t given;

    snprintf(key, sizeof(key), "totem.%s", name);
    if (icmap_get_u32(map, key, &given) == CS_OK && (given != 0 || zero_allowed)) {
        *value = given;
    }
}

static bool read_yes_no(const struct icmap *map, const char *key, bool fallback)
{
    const char *value = get_string(map, key, "");

    if (strcmp(value, "yes") == 0) {
        return true;
    }
    return strcmp(value, "no") == 0 ? false : fallback;
}

void totem_conf_read_values(const struct icmap *map, struct engine_conf *conf)
{
    struct totem_config *totem = &conf->totem;
    struct net_conf *net = &conf->net;
    uint32_t my_id = totem->my_id;
    uint32_t netmtu = totem->netmtu;

    totem_config_defaults(totem);
    totem->my_id = my_id;
    totem->netmtu = netmtu;
    totem->token_retransmit = totem->hold = totem->consensus = 0;
    read_u32(map, "token", false, &totem->token);
    read_u32(map, "token_coefficient", true, &totem->token_coefficient);
    read_u32(map, "token_warning", true, &totem->token_warning);
    read_u32(map, "token_retransmits_before_loss_const", false, &totem->token_retransmits_before_loss);
    read_u32(map, "token_retransmit", false, &totem->token_retransmit);
    read_u32(map, "hold", false, &totem->hold);
    read_u32(map, "join", false, &totem->join);
    read_u32(map, "send_join", true, &totem->send_join);
    read_u32(map, "consensus", false, &totem->consensus);
    read_u32(map, "merge", false, &totem->merge);
    read_u32(map, "downcheck", false, &totem->downcheck);
    read_u32(map, "fail_recv_const", false, &totem->fail_recv_const);
    read_u32(map, "seqno_unchanged_const", false, &totem->seqno_unchanged_const);
    read_u32(map, "heartbeat_failures_allowed", true, &totem->heartbeat_failures_allowed);
    read_u32(map, "max_network_delay", false, &totem->max_network_delay);
    read_u32(map, "window_size", false, &totem->window_size);
    read_u32(map, "max_messages", false, &totem->max_messages);
    read_u32(map, "miss_count_const", false, &totem->miss_count_const);
    totem->cancel_token_hold_on_retransmit = read_yes_no(map, "totem.cancel_token_hold_on_retransmit", false);
    net->downcheck = totem->downcheck;
    net->merge = totem->merge;
    net->block_unlisted_ips = read_yes_no(map, "totem.block_unlisted_ips", true);
    net->knet_pmtud_interval = 30;
    read_u32(map, "knet_pmtud_interval", false, &net->knet_pmtud_interval);
    net->knet_mtu = net->compression_threshold = 0;
    read_u32(map, "knet_mtu", true, &net->knet_mtu);
    read_u32(map, "knet_compression_threshold", true, &net->compression_threshold);
    net->compression_level = 0;
    (void)icmap_get_i32(map, "totem.knet_compression_level", &net->compression_level);
    copy_word(net->compression_model, get_string(map, "totem.knet_compression_model", "none"));
    net->knet_debug = strcmp(get_string(map, "logging.logger_subsys.KNET.debug", ""), "on") == 0 ||
                      strcmp(get_string(map, "logging.logger_subsys.KNET.debug", ""), "trace") == 0;
    net->knet_handle_fallback = read_yes_no(map, "system.allow_knet_handle_fallback", false);
}

/* ---- encryption ---- */

static int read_key_file(const char *path, struct net_crypto *crypto, char *err, size_t err_size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (fd < 0) {
        return fail(err, err_size, "Could not open %s: %s", path, strerror(errno));
    }
    got = read(fd, crypto->key, sizeof(crypto->key));
    if (got < 0) {
        fail(err, err_size, "Could not read %s: %s", path, strerror(errno));
        close(fd);
        return -1;
    }
    close(fd);
    if (got < NET_KEY_MIN) {
        return fail(err, err_size, "Could only read %zd bits of minimum %u bits from %s.", got * 8,
                    NET_KEY_MIN * 8, path);
    }
    crypto->key_len = (size_t)got;
    return 0;
}

static int read_key(const struct icmap *map, struct net_crypto *crypto, char *err, size_t err_size)
{
    const char *path = icmap_get_string(map, "totem.keyfile");
    struct icmap_value value;

    if (path == NULL && icmap_get(map, "totem.key", &value) == CS_OK) {
        if (value.len > sizeof(crypto->key)) {
            return fail(err, err_size, "key is too long");
        }
        if (value.len < NET_KEY_MIN) {
            return fail(err, err_size, "key is too short");
        }
        memcpy(crypto->key, value.data, value.len);
        crypto->key_len = value.len;
        return 0;
    }
    return read_key_file(path != NULL ? path : DEFAULT_KEYFILE, crypto, err, err_size);
}

int totem_conf_read_crypto(const struct icmap *map, struct net_crypto *crypto, char *err, size_t err_size)
{
    bool secauth = strcmp(get_string(map, "totem.secauth", ""), "on") == 0;

    memset(crypto, 0, sizeof(*crypto));
    copy_word(crypto->model, get_string(map, "totem.crypto_model", "nss"));
    copy_word(crypto->cipher, get_string(map, "totem.crypto_cipher", secauth ? "aes256" : "none"));
    copy_word(crypto->hash, get_string(map, "totem.crypto_hash", secauth ? "sha256" : "none"));
    if (strcmp(crypto->cipher, "none") != 0 && strcmp(crypto->hash, "none") == 0) {
        return fail(err, err_size, "crypto_cipher requires crypto_hash with value other than none");
    }
    return net_crypto_enabled(crypto) ? read_key(map, crypto, err, err_size) : 0;
}

/* ---- transport and addresses ---- */

static int read_transport(const struct icmap *map, struct net_conf *net, char *err, size_t err_size)
{
    const char *name = get_string(map, "totem.transport", "knet");

    if (strcmp(name, "knet") == 0) {
        net->transport = NET_KNET;
    } else if (strcmp(name, "udpu") == 0) {
        net->transport = NET_UDPU;
    } else if (strcmp(name, "udp") == 0) {
        net->transport = NET_UDP;
    } else {
        return fail(err, err_size, "Invalid transport type. Should be udpu, udp or knet");
    }
    return 0;
}

static enum net_ip_version read_ip_version(const struct icmap *map, enum net_transport transport)
{
    const char *text = get_string(map, "totem.ip_version", transport == NET_UDP ? "ipv4" : "ipv6-4");

    if (strcmp(text, "ipv4") == 0) {
        return NET_IPV4;
    }
    if (strcmp(text, "ipv6") == 0) {
        return NET_IPV6;
    }
    return strcmp(text, "ipv4-6") == 0 ? NET_IPV4_6 : NET_IPV6_4;
}

/* "nodelist.node.<position>.<field>" in a static buffer. */
static const char *node_key(unsigned position, const char *field)
{
    static char key[ICMAP_KEY_MAX + 1];

    snprintf(key, sizeof(key), "nodelist.node.%u.%s", position, field);
    return key;
}

static const char *link_key(unsigned link, const char *field)
{
    static char key[ICMAP_KEY_MAX + 1];

    snprintf(key, sizeof(key), "totem.interface.%u.%s", link, field);
    return key;
}

/* field is exactly "ring<link>_addr" */
static bool is_ring_addr(const char *field, unsigned *link)
{
    char canonical[32];

    if (sscanf(field, "ring%u_addr", link) != 1) {
        return false;
    }
    snprintf(canonical, sizeof(canonical), "ring%u_addr", *link);
    return strcmp(canonical, field) == 0;
}

/* Own node's addresses replace configured bindnetaddr keys (start only). */
static void publish_local_addresses(struct icmap *map, int position, struct totem_conf_warnings *warnings)
{
    for (unsigned link = 0; link < NET_LINKS; link++) {
        char field[32];
        const char *addr;

        snprintf(field, sizeof(field), "ring%u_addr", link);
        addr = icmap_get_string(map, node_key((unsigned)position, field));
        if (addr == NULL) {
            continue;
        }
        if (icmap_get_string(map, link_key(link, "bindnetaddr")) != NULL) {
            warnings->bindnetaddr = true;
        }
        (void)icmap_set_string(map, link_key(link, "bindnetaddr"), addr);
    }
}

/* 16 bits from the cluster name (3.6). */
static uint16_t cluster_number(const char *name, unsigned link)
{
    uint32_t value = 0;

    for (; *name != '\0'; name++) {
        value = (value << 1) + (uint32_t)(int32_t)(signed char)*name;
    }
    return (uint16_t)((value & 0xffff) + link);
}

static void default_mcast(const struct icmap *map, struct net_link *link, unsigned number)
{
    const char *name = icmap_get_string(map, "totem.cluster_name");
    uint16_t id;
    char text[NET_ADDR_TEXT];

    if (name == NULL || !net_addr_set(&link->local)) {
        return;
    }
    id = cluster_number(name, number);
    if (link->local.sa.sa_family == AF_INET) {
        snprintf(text, sizeof(text), "239.192.%u.%u", id >> 8, id % 0xff);
        (void)net_addr_resolve(text, NET_IPV4, &link->mcast);
    } else {
        snprintf(text, sizeof(text), "ff15::%x", id);
        (void)net_addr_resolve(text, NET_IPV6, &link->mcast);
    }
}

static int read_mcast(struct icmap *map, bool reload, unsigned number, enum net_ip_version version,
                      struct net_link *link, char *err, size_t err_size)
{
    const char *text = icmap_get_string(map, link_key(number, "mcastaddr"));
    char numeric[NET_ADDR_TEXT];

    if (strcmp(get_string(map, link_key(number, "broadcast"), ""), "yes") == 0) {
        return net_addr_resolve("255.255.255.255", NET_IPV4, &link->mcast);
    }
    if (text != NULL) {
        if (net_addr_resolve(text, version, &link->mcast) != 0) {
            return fail(err, err_size, "failed to parse mcast address '%s'", text);
        }
        return 0;
    }
    default_mcast(map, link, number);
    if (!reload && net_addr_set(&link->mcast)) {
        (void)icmap_set_string(map, link_key(number, "mcastaddr"), net_addr_text(&link->mcast, numeric));
    }
    return 0;
}

static uint32_t ping_value(const struct icmap *map, unsigned number, const char *field, uint32_t fallback)
{
    uint32_t value;

    if (icmap_get_u32(map, link_key(number, field), &value) != CS_OK || value == 0 || value > INT32_MAX) {
        return fallback;
    }
    return value;
}

/* What may change while the link is in use. */
static void read_link_values(const struct icmap *map, unsigned number, struct net_link *link)
{
    link->priority = 1;
    (void)icmap_get_u8(map, link_key(number, "knet_link_priority"), &link->priority);
    link->ping_interval = ping_value(map, number, "knet_ping_interval", 0);
    link->ping_timeout = ping_value(map, number, "knet_ping_timeout", 0);
    link->ping_precision = ping_value(map, number, "knet_ping_precision", 2048);
    link->pong_count = ping_value(map, number, "knet_pong_count", 2);
}

void totem_conf_read_links(const struct icmap *map, struct net_conf *net)
{
    for (unsigned number = 0; number < NET_LINKS; number++) {
        if (net->links[number].configured) {
            read_link_values(map, number, &net->links[number]);
        }
    }
}

static int read_link(struct icmap *map, bool reload, unsigned number, enum net_ip_version version,
                     struct net_conf *net, char *err, size_t err_size)
{
    struct net_link *link = &net->links[number];
    const char *transport = get_string(map, link_key(number, "knet_transport"), "udp");
    bool broadcast = strcmp(get_string(map, link_key(number, "broadcast"), ""), "yes") == 0;
    const char *bind_text = icmap_get_string(map, link_key(number, "bindnetaddr"));

    link->configured = true;
    link->ttl = 1;
    if (bind_text != NULL && net_addr_resolve(bind_text, version, &link->local) != 0) {
        return fail(err, err_size, "failed to parse bindnet address '%s'", bind_text);
    }
    if (read_mcast(map, reload || net->transport != NET_UDP, number, version, link, err, err_size) != 0) {
        return -1;
    }
    if (icmap_get_u16(map, link_key(number, "mcastport"), &link->port) != CS_OK || link->port == 0) {
        link->port = (uint16_t)(DEFAULT_PORT + (broadcast ? 2 * number : number));
        if (!net_addr_set(&link->local)) {
            link->port = 0;
        } else if (net->transport == NET_UDP && !reload) {
            (void)icmap_set_u16(map, link_key(number, "mcastport"), link->port);
        }
    }
    (void)icmap_get_u8(map, link_key(number, "ttl"), &link->ttl);
    read_link_values(map, number, link);
    if (strcmp(transport, "sctp") == 0) {
        link->sctp = true;
    } else if (strcmp(transport, "udp") != 0) {
        return fail(err, err_size, "Unrecognised knet_transport. expected 'udp' or 'sctp'");
    }
    return 0;
}

/* Members of the interface section: only used to complain. */
static int check_member(const struct icmap *map, const char *key, const char *text,
                        enum net_ip_version version, struct totem_conf_warnings *warnings, char *err,
                        size_t err_size)
{
    struct net_addr addr;

    if (icmap_get_string(map, "nodelist.node.0.ring0_addr") != NULL) {
        warnings->members_ignored = true;
        return 0;
    }
    warnings->members_deprecated = true;
    if (net_addr_resolve(text, version, &addr) != 0) {
        return fail(err, err_size, "failed to parse node address '%s'", text);
    }
    return 0;
}

static int read_interfaces(struct icmap *map, bool reload, enum net_ip_version version, struct net_conf *net,
                           struct totem_conf_warnings *warnings, char *err, size_t err_size)
{
    struct icmap_iter iter;
    struct icmap_value value;
    const char *key;

    icmap_iter_init(&iter, map, "totem.interface.");
    while ((key = icmap_iter_next(&iter, &value)) != NULL) {
        char field[ICMAP_KEY_MAX + 1];
        unsigned number;

        if (sscanf(key, "totem.interface.%u.%255s", &number, field) != 2) {
            continue;
        }
        if (number >= NET_LINKS) {
            return fail(err, err_size,
                        "parse error in config: interface ring number %u is bigger than allowed "
                        "maximum %u",
                        number, NET_LINKS - 1);
        }
        if (!net->links[number].configured &&
            read_link(map, reload, number, version, net, err, err_size) != 0) {
            return -1;
        }
        if (strncmp(field, "member.", strlen("member.")) == 0 && value.type == ICMAP_STRING &&
            check_member(map, key, value.data, version, warnings, err, err_size) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- nodes ---- */

/* IPv4 address in host order, as udp and udpu number nodes without nodeid. */
static int generate_nodeid(struct icmap *map, unsigned position, uint32_t *nodeid)
{
    const char *text = icmap_get_string(map, node_key(position, "ring0_addr"));
    struct net_addr addr;

    if (text == NULL || net_addr_resolve(text, NET_IPV4, &addr) != 0) {
        return -1;
    }
    *nodeid = ntohl(addr.in.sin_addr.s_addr);
    if (strcmp(get_string(map, "totem.clear_node_high_bit", ""), "yes") == 0) {
        *nodeid &= 0x7fffffffu;
    }
    return icmap_set_u32(map, node_key(position, "nodeid"), *nodeid) == CS_OK ? 0 : -1;
}

static int read_local_nodeid(struct icmap *map, struct net_conf *net, char *err, size_t err_size)
{
    if (net->local_position < 0) {
        return 0;
    }
    (void)icmap_get_u32(map, node_key((unsigned)net->local_position, "nodeid"), &net->nodeid);
    if (net->nodeid != 0) {
        return 0;
    }
    if (net->transport == NET_KNET) {
        return fail(err, err_size, "Knet requires an explicit nodeid for the local node");
    }
    if (generate_nodeid(map, (unsigned)net->local_position, &net->nodeid) != 0) {
        return fail(err, err_size, "An IPV6 network requires that a node ID be specified");
    }
    return 0;
}

static struct net_node *add_node(struct net_conf *net, unsigned position)
{
    struct net_node *nodes;

    for (size_t i = 0; i < net->node_count; i++) {
        if (net->nodes[i].position == position) {
            return &net->nodes[i];
        }
    }
    if (net->node_count >= NET_NODES_MAX) {
        return NULL;
    }
    nodes = reallocarray(net->nodes, net->node_count + 1, sizeof(*nodes));
    if (nodes == NULL) {
        return NULL;
    }
    net->nodes = nodes;
    memset(&nodes[net->node_count], 0, sizeof(*nodes));
    nodes[net->node_count].position = position;
    return &nodes[net->node_count++];
}

static int read_node_addr(struct icmap *map, unsigned position, unsigned link, const char *text,
                          enum net_ip_version version, struct net_conf *net, char *err, size_t err_size)
{
    struct net_node *node;
    uint32_t nodeid = 0;

    if (link >= NET_LINKS) {
        return fail(err, err_size,
                    "parse error in config: interface ring number %u is bigger than allowed maximum "
                    "%u",
                    link, NET_LINKS - 1);
    }
    (void)icmap_get_u32(map, node_key(position, "nodeid"), &nodeid);
    if (nodeid == 0 && net->transport == NET_KNET) {
        return fail(err, err_size, "Knet requires an explicit nodeid to be specified for address '%s'.",
                    text);
    }
    if (nodeid == 0 && generate_nodeid(map, position, &nodeid) != 0) {
        return fail(err, err_size, "An IPV6 network requires that a node ID be specified for address '%s'.",
                    text);
    }
    if (net->transport == NET_KNET && nodeid > UINT16_MAX) {
        return fail(err, err_size, "Knet requires nodeid to be less than 65536 for address '%s'.", text);
    }
    node = add_node(net, position);
    if (node == NULL) {
        return fail(err, err_size, "more than %u nodes in nodelist", NET_NODES_MAX);
    }
    node->nodeid = nodeid;
    if (net_addr_resolve(text, version, &node->addr[link]) != 0) {
        return fail(err, err_size, "failed to parse node address '%s'", text);
    }
    if ((int)position == net->local_position) {
        net->links[link].local = node->addr[link];
    }
    net->links[link].configured = true;
    return 0;
}

static int read_nodes(struct icmap *map, enum net_ip_version version, struct net_conf *net, char *err,
                      size_t err_size)
{
    struct icmap_iter iter;
    struct icmap_value value;
    const char *key;

    icmap_iter_init(&iter, map, "nodelist.node.");
    while ((key = icmap_iter_next(&iter, &value)) != NULL) {
        char field[ICMAP_KEY_MAX + 1];
        unsigned position, link;

        if (value.type == ICMAP_STRING && sscanf(key, "nodelist.node.%u.%255s", &position, field) == 2 &&
            is_ring_addr(field, &link) &&
            read_node_addr(map, position, link, value.data, version, net, err, err_size) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Links of the nodelist without an interface section get defaults when the own node is on them. */
static void default_links(struct net_conf *net)
{
    for (unsigned number = 0; number < NET_LINKS; number++) {
        struct net_link *link = &net->links[number];

        if (!link->configured || link->pong_count != 0) {
            continue;
        }
        link->ttl = link->priority = 1;
        link->ping_precision = 2048;
        link->pong_count = 2;
        link->port = net_addr_set(&link->local) ? (uint16_t)(DEFAULT_PORT + number) : 0;
    }
}

static void read_nozzle(const struct icmap *map, struct net_nozzle *nozzle)
{
    copy_word(nozzle->name, get_string(map, "nozzle.name", ""));
    copy_word(nozzle->ipaddr, get_string(map, "nozzle.ipaddr", ""));
    copy_word(nozzle->ipprefix, get_string(map, "nozzle.ipprefix", ""));
    copy_word(nozzle->macaddr, get_string(map, "nozzle.macaddr", DEFAULT_NOZZLE_MAC));
}

void totem_conf_find_scripts(const char *config_path, struct net_conf *net)
{
    const char *slash = strrchr(config_path, '/');
    int folder = slash == NULL ? 0 : (int)(slash + 1 - config_path);

    snprintf(net->nozzle.scripts, sizeof(net->nozzle.scripts), "%.*supdown.d", folder, config_path);
}

int totem_conf_read(struct icmap *map, bool reload, struct engine_conf *conf,
                    struct totem_conf_warnings *warnings, char *err, size_t err_size)
{
    struct net_conf *net = &conf->net;
    const char *mode = get_string(map, "totem.link_mode", "passive");
    enum net_ip_version version;
    uint32_t unused;

    memset(conf, 0, sizeof(*conf));
    memset(warnings, 0, sizeof(*warnings));
    net->local_position = -1;
    if (read_transport(map, net, err, err_size) != 0) {
        return -1;
    }
    if (!reload && totem_conf_read_crypto(map, &net->crypto, err, err_size) != 0) {
        return -1;
    }
    if (strlen(mode) >= NET_WORD_MAX) {
        return fail(err, err_size, "totem.link_mode is too long");
    }
    copy_word(net->link_mode, mode);
    warnings->nodeid = icmap_get_u32(map, "totem.nodeid", &unused) == CS_OK;
    version = read_ip_version(map, net->transport);
    net->local_position = totem_conf_find_local(map);
    if (net->local_position >= 0) {
        (void)icmap_set_u32(map, "nodelist.local_node_pos", (uint32_t)net->local_position);
        if (!reload) {
            publish_local_addresses(map, net->local_position, warnings);
        }
    }
    /* at reload a bad interface section only ends the reading of these sections */
    if (read_interfaces(map, reload, version, net, warnings, err, err_size) != 0 && !reload) {
        return -1;
    }
    if (read_local_nodeid(map, net, err, err_size) != 0 ||
        read_nodes(map, version, net, err, err_size) != 0) {
        return -1;
    }
    default_links(net);
    read_nozzle(map, &net->nozzle);
    net->netmtu = 0;
    (void)icmap_get_u32(map, "totem.netmtu", &net->netmtu);
    if (net->netmtu == 0) {
        net->netmtu = net->transport == NET_KNET ? 65536 : 1500;
    }
    conf->totem.my_id = net->nodeid;
    conf->totem.netmtu = net->netmtu;
    totem_conf_read_values(map, conf);
    return 0;
}
