/*
 * runtime.members.: who has joined and left, with addresses (services.md 2.3, 7.4); addresses for cfg.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "corosync/engine/engine.h"

static void set_status(uint32_t nodeid, const char *status)
{
    char key[ICMAP_KEY_MAX + 1];

    snprintf(key, sizeof(key), "runtime.members.%u.status", nodeid);
    (void)icmap_set_string(engine.map, key, status);
}

/* "r(0) ip(10.0.0.1) r(1) ip(10.1.0.1) " */
static void addresses_text(uint32_t nodeid, char *text, size_t size)
{
    const struct net_node *node = net_conf_node(&engine.conf->net, nodeid);
    unsigned index = 0;
    size_t used = 0;

    text[0] = '\0';
    for (unsigned link = 0; node != NULL && link < NET_LINKS; link++) {
        char addr[NET_ADDR_TEXT];

        if (net_addr_set(&node->addr[link])) {
            used += (size_t)snprintf(text + used, size - used, "r(%u) ip(%s) ", index++,
                                     net_addr_text(&node->addr[link], addr));
        }
    }
}

static void member_joined(uint32_t nodeid)
{
    char key[ICMAP_KEY_MAX + 1];
    char text[NET_LINKS * (NET_ADDR_TEXT + 16)];
    uint32_t count;

    snprintf(key, sizeof(key), "runtime.members.%u.join_count", nodeid);
    if (icmap_get_u32(engine.map, key, &count) == CS_OK) {
        (void)icmap_set_u32(engine.map, key, count + 1);
        set_status(nodeid, "joined");
        return;
    }
    addresses_text(nodeid, text, sizeof(text));
    snprintf(key, sizeof(key), "runtime.members.%u.ip", nodeid);
    (void)icmap_set_string(engine.map, key, text);
    snprintf(key, sizeof(key), "runtime.members.%u.join_count", nodeid);
    (void)icmap_set_u32(engine.map, key, 1);
    set_status(nodeid, "joined");
    log_msg(SUBSYS_MAIN, LOG_DEBUG, "Member joined: %s", text);
}

void members_update(const uint32_t *left, size_t left_count, const uint32_t *joined, size_t joined_count)
{
    for (size_t i = 0; i < left_count; i++) {
        set_status(left[i], "left");
    }
    for (size_t i = 0; i < joined_count; i++) {
        member_joined(joined[i]);
    }
}

size_t engine_node_addrs(uint32_t nodeid, struct sockaddr_storage *addrs, size_t max)
{
    const struct net_node *node = net_conf_node(&engine.conf->net, nodeid);
    size_t count = 0;

    for (unsigned link = 0; node != NULL && link < NET_LINKS && count < max; link++) {
        if (net_addr_set(&node->addr[link])) {
            memset(&addrs[count], 0, sizeof(addrs[count]));
            memcpy(&addrs[count++], &node->addr[link], net_addr_len(&node->addr[link]));
        }
    }
    return count;
}

cs_error_t engine_node_status(uint32_t nodeid, struct engine_node_status *out)
{
    struct net_node_status status;

    memset(out, 0, sizeof(*out));
    if (ring_node_status(nodeid, &status) != 0) {
        return CS_ERR_FAILED_OPERATION;
    }
    out->nodeid = nodeid;
    out->reachable = status.reachable;
    out->remote = status.remote;
    out->external = status.external;
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++) {
        const struct net_link_status *from = &status.links[i];
        struct engine_link_status *to = &out->links[i];

        to->configured = from->configured;
        to->enabled = from->enabled;
        to->connected = from->connected;
        to->dynconnected = from->dynconnected;
        to->mtu = from->mtu;
        memcpy(to->src, from->src, sizeof(to->src));
        memcpy(to->dst, from->dst, sizeof(to->dst));
    }
    return CS_OK;
}

size_t engine_ring_status(struct engine_ring_status *out, size_t max)
{
    size_t count = 0;

    for (unsigned link = 0; link < NET_LINKS && count < max; link++) {
        const struct net_link *conf = &engine.conf->net.links[link];
        char addr[NET_ADDR_TEXT];

        if (conf->configured && net_addr_set(&conf->local)) {
            snprintf(out[count].name, sizeof(out[count].name), "%u %s", link,
                     net_addr_text(&conf->local, addr));
            ring_link_text(link, out[count].status, sizeof(out[count].status));
            count++;
        }
    }
    return count;
}
