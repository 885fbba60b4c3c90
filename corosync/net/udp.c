/*
 * The udpu and udp transports: one link, no encryption, plain datagrams (totem.md 14.5, 14.6).
 *
 * udpu sends a multicast as one datagram to each member; udp sends it to a group and to itself through a
 * socket pair. While the interface is down everything goes to ourselves only.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "corosync/net/transport.h"

#define RECEIVE_BUFFER 136192           /* bytes of 384 nodes' worth of frames */
#define SOCKET_PRIORITY 6
#define FIRST_CHECK_NS (100 * 1000000ull)
#define BATCH 16                        /* datagrams read per wake-up */

struct net_udp {
    struct net net;
    bool multicast;                     /* udp, else udpu */
    bool up;                            /* the interface is there */
    bool reported;                      /* ready has been called */
    unsigned members;                   /* of the ring */
    struct net_addr local;              /* own address on the interface */
    unsigned ifindex;
    int group_fd;                       /* udp: receives multicasts; -1 otherwise */
    int token_fd;                       /* bound to the local address and port */
    int send_fd;                        /* sends multicasts */
    int self[2];                        /* what we send to ourselves: write [1], read [0] */
    qb_loop_timer_handle check_timer;
    unsigned char buffer[NET_FRAME_MAX];
};

static const struct net_link *link0(const struct net_udp *udp)
{
    return &udp->net.conf->links[0];
}

/* ---- interface ---- */

static bool in_network(const struct net_addr *addr, const struct sockaddr *mask,
                       const struct net_addr *wanted)
{
    const unsigned char *a, *m, *w;
    size_t len = addr->sa.sa_family == AF_INET ? 4 : 16;

    if (mask == NULL || addr->sa.sa_family != wanted->sa.sa_family) {
        return false;
    }
    if (addr->sa.sa_family == AF_INET) {
        a = (const unsigned char *)&addr->in.sin_addr;
        w = (const unsigned char *)&wanted->in.sin_addr;
        m = (const unsigned char *)&((const struct sockaddr_in *)mask)->sin_addr;
    } else {
        a = (const unsigned char *)&addr->in6.sin6_addr;
        w = (const unsigned char *)&wanted->in6.sin6_addr;
        m = (const unsigned char *)&((const struct sockaddr_in6 *)mask)->sin6_addr;
    }
    for (size_t i = 0; i < len; i++) {
        if ((a[i] & m[i]) != (w[i] & m[i])) {
            return false;
        }
    }
    return true;
}

/* The interface that has the configured address, else the first on its network. */
static bool find_interface(struct net_udp *udp, struct net_addr *found, unsigned *ifindex)
{
    const struct net_addr *wanted = &link0(udp)->local;
    struct ifaddrs *list = NULL;
    bool any = false;

    if (getifaddrs(&list) != 0) {
        return false;
    }
    for (const struct ifaddrs *item = list; item != NULL; item = item->ifa_next) {
        struct net_addr addr;

        if (item->ifa_addr == NULL || !(item->ifa_flags & IFF_UP) ||
            (item->ifa_addr->sa_family != AF_INET && item->ifa_addr->sa_family != AF_INET6)) {
            continue;
        }
        memset(&addr, 0, sizeof(addr));
        memcpy(&addr, item->ifa_addr,
               item->ifa_addr->sa_family == AF_INET ? sizeof(addr.in) : sizeof(addr.in6));
        if (net_addr_equal(&addr, wanted) || (!any && in_network(&addr, item->ifa_netmask, wanted))) {
            *found = addr;
            *ifindex = if_nametoindex(item->ifa_name);
            any = true;
            if (net_addr_equal(&addr, wanted)) {
                break;
            }
        }
    }
    freeifaddrs(list);
    return any;
}

/* ---- sockets ---- */

static int open_socket(struct net_udp *udp, const struct net_addr *addr, uint16_t port)
{
    struct net_addr bound = *addr;
    int fd = socket(addr->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1, priority = SOCKET_PRIORITY, size = RECEIVE_BUFFER;

    if (fd < 0) {
        return -1;
    }
    net_addr_set_port(&bound, port);
    (void)setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority));
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    (void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
    if ((udp->multicast && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) ||
        bind(fd, &bound.sa, net_addr_len(&bound)) != 0) {
        net_log(&udp->net, false, LOG_ERR, "bind to port %u failed: %s", port, strerror(errno));
        close(fd);
        return -1;
    }
    return fd;
}

static bool is_broadcast(const struct net_addr *addr)
{
    return addr->sa.sa_family == AF_INET && addr->in.sin_addr.s_addr == INADDR_BROADCAST;
}

static int join_group(struct net_udp *udp, int fd)
{
    const struct net_addr *group = &link0(udp)->mcast;

    if (is_broadcast(group)) {
        return 0;
    }
    if (group->sa.sa_family == AF_INET) {
        struct ip_mreqn request = {.imr_multiaddr = group->in.sin_addr, .imr_address = udp->local.in.sin_addr,
                                   .imr_ifindex = (int)udp->ifindex};

        return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request));
    } else {
        struct ipv6_mreq request = {.ipv6mr_multiaddr = group->in6.sin6_addr,
                                    .ipv6mr_interface = udp->ifindex};

        return setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &request, sizeof(request));
    }
}

static void set_multicast_options(struct net_udp *udp, int fd)
{
    int off = 0, ttl = link0(udp)->ttl, ifindex = (int)udp->ifindex;

    if (udp->local.sa.sa_family == AF_INET) {
        struct ip_mreqn interface = {.imr_address = udp->local.in.sin_addr, .imr_ifindex = ifindex};

        (void)setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof(off));
        (void)setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl));
        (void)setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof(interface));
    } else {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof(off));
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &ttl, sizeof(ttl));
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &ifindex, sizeof(ifindex));
    }
}

static void close_fd(struct net_udp *udp, int *fd)
{
    if (*fd >= 0) {
        (void)qb_loop_poll_del(udp->net.loop, *fd);
        close(*fd);
        *fd = -1;
    }
}

static void close_sockets(struct net_udp *udp)
{
    close_fd(udp, &udp->group_fd);
    close_fd(udp, &udp->token_fd);
    close_fd(udp, &udp->send_fd);
}

/* ---- receiving ---- */

static bool allowed(const struct net_udp *udp, const struct net_addr *source)
{
    const struct net_conf *conf = udp->net.conf;

    if (!conf->block_unlisted_ips) {
        return true;
    }
    for (size_t i = 0; i < conf->node_count; i++) {
        if (net_addr_equal(&conf->nodes[i].addr[0], source)) {
            return true;
        }
    }
    return false;
}

/* One datagram to the ring; false when there is none. */
static bool receive_one(struct net_udp *udp, int fd, unsigned flags)
{
    struct net_addr source;
    struct iovec iov = {udp->buffer, sizeof(udp->buffer)};
    struct msghdr message = {
        .msg_name = &source, .msg_namelen = sizeof(source), .msg_iov = &iov, .msg_iovlen = 1};
    ssize_t len;

    memset(&source, 0, sizeof(source));
    len = recvmsg(fd, &message, MSG_DONTWAIT);
    if (len < 0) {
        return false;
    }
    if ((message.msg_flags & MSG_TRUNC) == 0 && len > 0 && (fd == udp->self[0] || allowed(udp, &source))) {
        udp->net.callbacks.recv(udp->net.ctx, udp->buffer, (size_t)len, flags);
    }
    return true;
}

static int on_datagram(int32_t fd, int32_t revents, void *data)
{
    struct net_udp *udp = data;

    for (int i = 0; i < BATCH && receive_one(udp, fd, 0); i++) {
        /* an interface change may have closed the socket */
        if (fd != udp->self[0] && fd != udp->group_fd && fd != udp->token_fd) {
            return -1;
        }
    }
    return 0;
}

/* udp: multicasts that were sent before the token are handled before it. */
static int on_token(int32_t fd, int32_t revents, void *data)
{
    struct net_udp *udp = data;

    while (udp->group_fd >= 0 && receive_one(udp, udp->group_fd, NET_FRAME_FLUSH)) {
    }
    (void)receive_one(udp, fd, 0);
    return 0;
}

static bool drain(int fd)
{
    char byte;
    bool any = false;

    while (fd >= 0 && recv(fd, &byte, 1, MSG_DONTWAIT | MSG_TRUNC) >= 0) {
        any = true;
    }
    return any;
}

static bool udp_flush(struct net *net)
{
    struct net_udp *udp = (struct net_udp *)net;
    bool group = drain(udp->group_fd);
    bool token = drain(udp->token_fd);

    return group || token;
}

static int open_sockets(struct net_udp *udp)
{
    uint16_t port = link0(udp)->port;

    udp->token_fd = open_socket(udp, &udp->local, port);
    udp->send_fd = open_socket(udp, &udp->local, udp->multicast ? (uint16_t)(port - 1) : 0);
    if (udp->multicast) {
        udp->group_fd = open_socket(udp, &link0(udp)->mcast, port);
        if (udp->group_fd < 0 || join_group(udp, udp->group_fd) != 0) {
            net_log(&udp->net, false, LOG_ERR, "joining the multicast group failed: %s", strerror(errno));
            close_sockets(udp);
            return -1;
        }
        set_multicast_options(udp, udp->send_fd);
        qb_loop_poll_add(udp->net.loop, QB_LOOP_MED, udp->group_fd, POLLIN, udp, on_datagram);
    }
    if (udp->token_fd < 0 || udp->send_fd < 0) {
        close_sockets(udp);
        return -1;
    }
    qb_loop_poll_add(udp->net.loop, QB_LOOP_MED, udp->token_fd, POLLIN, udp,
                     udp->multicast ? on_token : on_datagram);
    return 0;
}

/* ---- sending ---- */

static void send_self(struct net_udp *udp, const void *frame, size_t len)
{
    (void)send(udp->self[1], frame, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool is_mcast_frame(const void *frame, size_t len)
{
    return len > NET_OFF_TYPE && ((const unsigned char *)frame)[NET_OFF_TYPE] == NET_TYPE_MCAST;
}

static int send_to(int fd, const struct net_addr *addr, uint16_t port, const void *frame, size_t len)
{
    struct net_addr to = *addr;

    net_addr_set_port(&to, port);
    return sendto(fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL, &to.sa, net_addr_len(&to)) < 0 ? -1 : 0;
}

static void send_group(struct net_udp *udp, const void *frame, size_t len)
{
    if (send_to(udp->send_fd, &link0(udp)->mcast, link0(udp)->port, frame, len) != 0) {
        udp->net.send_failures++;
    } else {
        udp->net.send_failures = 0;
    }
}

static void send_members(struct net_udp *udp, const void *frame, size_t len)
{
    const struct net_conf *conf = udp->net.conf;

    for (size_t i = 0; i < conf->node_count; i++) {
        if (conf->nodes[i].nodeid != conf->nodeid && net_addr_set(&conf->nodes[i].addr[0])) {
            (void)send_to(udp->send_fd, &conf->nodes[i].addr[0], link0(udp)->port, frame, len);
        }
    }
}

static void udp_send_all(struct net *net, const void *frame, size_t len)
{
    struct net_udp *udp = (struct net_udp *)net;

    if (!is_mcast_frame(frame, len)) {
        send_self(udp, frame, len);
    }
    if (udp->up && udp->multicast) {
        send_group(udp, frame, len);
    } else if (udp->up) {
        send_members(udp, frame, len);
    }
}

static void udp_send_token(struct net *net, uint32_t nodeid, const void *frame, size_t len)
{
    struct net_udp *udp = (struct net_udp *)net;
    const struct net_node *node = net_conf_node(net->conf, nodeid);

    if (nodeid == net->conf->nodeid) {
        send_self(udp, frame, len);
    } else if (udp->up && node != NULL && net_addr_set(&node->addr[0])) {
        (void)send_to(udp->token_fd, &node->addr[0], link0(udp)->port, frame, len);
    }
}

/* ---- interface checks ---- */

static void check_interface(void *data)
{
    struct net_udp *udp = data;
    struct net_addr found;
    char text[NET_ADDR_TEXT];
    bool up = find_interface(udp, &found, &udp->ifindex);
    bool changed = false;

    udp->check_timer = 0;
    if (up && (!udp->up || !net_addr_equal(&found, &udp->local))) {
        close_sockets(udp);
        udp->local = found;
        udp->up = open_sockets(udp) == 0;
        changed = udp->up;
        if (changed) {
            net_log(&udp->net, false, LOG_NOTICE, "The network interface [%s] is now up.",
                    net_addr_text(&found, text));
        }
    } else if (!up && udp->up) {
        net_log(&udp->net, false, LOG_NOTICE, "The network interface is down.");
        close_sockets(udp);
        udp->up = false;
        changed = true;
    }
    if (!udp->up || udp->members <= 1) {
        qb_loop_timer_add(udp->net.loop, QB_LOOP_MED, udp->net.conf->downcheck * 1000000ull, udp,
                          check_interface, &udp->check_timer);
    }
    if (!udp->reported) {
        udp->reported = true;
        udp->net.callbacks.ready(udp->net.ctx);
    } else if (changed) {
        udp->net.callbacks.iface_changed(udp->net.ctx);
    }
}

static void udp_set_members(struct net *net, unsigned count)
{
    struct net_udp *udp = (struct net_udp *)net;

    udp->members = count;
    if (count <= 1 && udp->check_timer == 0) {
        qb_loop_timer_add(net->loop, QB_LOOP_MED, net->conf->downcheck * 1000000ull, udp, check_interface,
                          &udp->check_timer);
    }
}

static void udp_check_iface(struct net *net)
{
    struct net_udp *udp = (struct net_udp *)net;

    if (udp->check_timer != 0) {
        qb_loop_timer_del(net->loop, udp->check_timer);
    }
    /* from the main loop: the caller is inside the ring */
    qb_loop_timer_add(net->loop, QB_LOOP_MED, 0, udp, check_interface, &udp->check_timer);
}

/* ---- the rest ---- */

static void udp_reconfigure(struct net *net, const struct net_conf *conf)
{
    /* members are looked up in the configuration at every send; the link itself does not change */
}

static int udp_node_status(struct net *net, uint32_t nodeid, struct net_node_status *status)
{
    const struct net_node *node = net_conf_node(net->conf, nodeid);
    struct net_link_status *link = &status->links[0];

    if (node == NULL) {
        return -1;
    }
    status->reachable = true;
    link->configured = link->enabled = link->connected = true;
    link->mtu = net->conf->netmtu - 90;
    net_addr_text(&node->addr[0], link->src);
    return 0;
}

static void udp_link_text(struct net *net, unsigned link, char *text, size_t size)
{
    snprintf(text, size, "%s", "OK");
}

static void udp_free(struct net *net)
{
    struct net_udp *udp = (struct net_udp *)net;

    if (udp->check_timer != 0) {
        qb_loop_timer_del(net->loop, udp->check_timer);
    }
    close_sockets(udp);
    close_fd(udp, &udp->self[0]);
    if (udp->self[1] >= 0) {
        close(udp->self[1]);
    }
    free(udp);
}

static const struct net_transport_ops udp_ops = {
    .free = udp_free, .send_all = udp_send_all, .send_token = udp_send_token, .flush = udp_flush,
    .set_members = udp_set_members, .check_iface = udp_check_iface, .reconfigure = udp_reconfigure,
    .node_status = udp_node_status, .link_text = udp_link_text,
};

struct net *net_udp_new(const struct net_conf *conf, qb_loop_t *loop, char *err, size_t err_size)
{
    struct net_udp *udp = calloc(1, sizeof(*udp));

    if (udp == NULL) {
        snprintf(err, err_size, "out of memory");
        return NULL;
    }
    udp->net.ops = &udp_ops;
    udp->net.conf = conf;
    udp->net.loop = loop;
    udp->multicast = conf->transport == NET_UDP;
    udp->group_fd = udp->token_fd = udp->send_fd = -1;
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, udp->self) != 0) {
        snprintf(err, err_size, "socketpair: %s", strerror(errno));
        free(udp);
        return NULL;
    }
    qb_loop_poll_add(loop, QB_LOOP_MED, udp->self[0], POLLIN, udp, on_datagram);
    qb_loop_timer_add(loop, QB_LOOP_MED, FIRST_CHECK_NS, udp, check_interface, &udp->check_timer);
    return &udp->net;
}
