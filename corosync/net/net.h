/*
 * The transports under totem: knet, udpu, udp. One instance, main thread, libqb loop (totem.md 14).
 *
 * Self-delivery: frames sent to all come back to the sender as a later event, except multicasts (frame type
 * 1), which the ring core has already stored when it sends them.
 */
#ifndef COROSYNC_NET_NET_H
#define COROSYNC_NET_NET_H

#include <qb/qbloop.h>

#include "corosync/net/net_conf.h"

#define NET_FRAME_MAX 65536             /* bytes */

/* Flags of a received frame, the same as totem's. */
#define NET_FRAME_FLUSH 0x2u            /* udp: read ahead of a token */

struct net;

struct net_callbacks {
    /* A datagram; valid until the callback returns. */
    void (*recv)(void *ctx, const void *frame, size_t len, unsigned flags);
    /* The links are set up; once, from the main loop. */
    void (*ready)(void *ctx);
    /* knet: another node has become reachable. */
    void (*peer_up)(void *ctx);
    /* udp, udpu: the interface came or went. */
    void (*iface_changed)(void *ctx);
    /* knet: a message of libknet; priority as in syslog.h. */
    void (*log)(void *ctx, bool knet, int priority, const char *text);
};

/* Counters of one link to one node, for stats.knet. (u64 or u32 by name, see stats.c). */
struct net_link_status {
    bool configured;
    bool enabled;
    bool connected;
    bool dynconnected;
    uint32_t mtu;
    char src[NET_ADDR_TEXT];
    char dst[NET_ADDR_TEXT];
};

struct net_node_status {
    bool reachable;
    bool remote;
    bool external;
    struct net_link_status links[NET_LINKS];
};

/* NULL with a text in err. conf must stay valid until replaced by net_reconfigure or net_free. */
struct net *net_new(const struct net_conf *conf, qb_loop_t *loop, const struct net_callbacks *callbacks,
                    void *ctx, char *err, size_t err_size);
/* Drains what was sent, then closes everything. */
void net_free(struct net *net);

/* To all nodes. Errors are ignored: the ring recovers. frame's target_nodeid is already 0. */
void net_send_all(struct net *net, const void *frame, size_t len);
/* To one node, possibly ourselves. */
void net_send_token(struct net *net, uint32_t nodeid, const void *frame, size_t len);
/* Throw away what waits in the receive sockets; returns whether there was something. */
bool net_flush(struct net *net);
/* Number of members of the ring being formed or formed; udp and udpu look at the interface while alone. */
void net_set_members(struct net *net, unsigned count);
void net_check_iface(struct net *net);

/* Node list, links and values changed (reload or key change): add and remove what differs. */
void net_reconfigure(struct net *net, const struct net_conf *conf);
/* Load new keys beside the old ones; then 1 = use them, 2 = forget the old ones. 0 or -1 with text in err. */
int net_crypto_prepare(struct net *net, const struct net_crypto *crypto, char *err, size_t err_size);
void net_crypto_phase(struct net *net, unsigned phase);

/* 0, or -1 when the node is unknown or the transport cannot tell. */
int net_node_status(struct net *net, uint32_t nodeid, struct net_node_status *status);
/* One text per configured local link as in 14.7. */
void net_link_text(struct net *net, unsigned link, char *text, size_t size);

/* Statistics as name/value pairs below "stats.knet."; size is 1, 4 or 8 bytes. */
typedef void (*net_stat_fn)(void *ctx, const char *name, unsigned size, uint64_t value);
void net_stats(struct net *net, net_stat_fn fn, void *ctx);
void net_stats_clear(struct net *net);
/* Consecutive failed sends (udp). */
uint32_t net_send_failures(const struct net *net);

/* libknet's choices, NULL-terminated static arrays. */
const char *const *net_crypto_models(void);
const char *const *net_compression_models(void);

#endif
