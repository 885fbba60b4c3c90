/*
 * Inside the knet transport: its state, shared by knet.c (handle, data path, encryption), knet_links.c (hosts
 * and links) and knet_stats.c (status and counters).
 */
#ifndef COROSYNC_NET_KNET_H
#define COROSYNC_NET_KNET_H

#include <libknet.h>
#ifdef HAVE_LIBNOZZLE
#include <libnozzle.h>
#endif
#include <stdatomic.h>
#include <sys/socket.h>

#include "corosync/net/transport.h"

#define NET_KNET_BATCH 16               /* frames taken from the data socket per wake-up */

/* Immutable once published: the other nodes, read by libknet's threads in the filter. */
struct net_knet_peers {
    struct net_knet_peers *retired;     /* older lists, freed at the end */
    size_t count;
    knet_node_id_t ids[];
};

struct net_knet {
    struct net net;
    knet_handle_t handle;
    int fd;                             /* data socket, channel 0 */
    int log_pipe[2];
    qb_loop_timer_handle links_timer;
    bool started;                       /* links have been set up */
    int peer_event;                     /* eventfd: a host became reachable */
    qb_loop_timer_handle settle_timer;
    bool settling;                      /* new links are pinged fast until they are up */
    unsigned settle_checks;             /* left before settling ends anyway */
    bool dropping;                      /* the rest of the batch at hand is stale */
    uint64_t rejects;                   /* messages about rejected packets in the current period */
    uint64_t rejects_since;             /* monotonic ns, its begin */
    uint64_t drops;                     /* frames the data socket did not take */
    uint8_t crypto_slot;                /* 1 or 2 in use, 0 = never any */
    bool crypto_on;
    uint8_t next_slot;                  /* prepared, 0 = none */
    bool next_on;
    _Atomic(struct net_knet_peers *) peers;
#ifdef HAVE_LIBNOZZLE
    nozzle_t nozzle;                    /* NULL = no device */
    struct net_nozzle nozzle_conf;      /* what the device was made from */
#endif
    struct net_conf applied;            /* links and nodes as libknet has them */
    unsigned char *buffers;             /* NET_KNET_BATCH frames */
    struct mmsghdr batch[NET_KNET_BATCH];
    struct iovec iov[NET_KNET_BATCH];
};

void knet_links_init(struct net_knet *knet);
/* Add, change and remove hosts and links until libknet matches conf. */
void knet_links_apply(struct net_knet *knet, const struct net_conf *conf);
void knet_links_remove_all(struct net_knet *knet);
void knet_links_free(struct net_knet *knet);

int knet_node_status(struct net *net, uint32_t nodeid, struct net_node_status *status);
void knet_link_text(struct net *net, unsigned link, char *text, size_t size);
void knet_stats(struct net *net, net_stat_fn fn, void *ctx);
void knet_stats_clear(struct net *net);

#endif
