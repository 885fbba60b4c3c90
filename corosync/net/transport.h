/*
 * Inside corosync/net: the table of functions each transport fills in. Missing ones are NULL and do nothing.
 */
#ifndef COROSYNC_NET_TRANSPORT_H
#define COROSYNC_NET_TRANSPORT_H

#include "corosync/net/net.h"

struct net_transport_ops {
    void (*free)(struct net *net);
    void (*send_all)(struct net *net, const void *frame, size_t len);
    void (*send_token)(struct net *net, uint32_t nodeid, const void *frame, size_t len);
    bool (*flush)(struct net *net);
    void (*set_members)(struct net *net, unsigned count);
    void (*check_iface)(struct net *net);
    void (*reconfigure)(struct net *net, const struct net_conf *conf);
    int (*crypto_prepare)(struct net *net, const struct net_crypto *crypto, char *err, size_t err_size);
    void (*crypto_phase)(struct net *net, unsigned phase);
    int (*node_status)(struct net *net, uint32_t nodeid, struct net_node_status *status);
    void (*link_text)(struct net *net, unsigned link, char *text, size_t size);
    void (*stats)(struct net *net, net_stat_fn fn, void *ctx);
    void (*stats_clear)(struct net *net);
};

/* First member of every transport's own structure. */
struct net {
    const struct net_transport_ops *ops;
    const struct net_conf *conf;
    qb_loop_t *loop;
    struct net_callbacks callbacks;
    void *ctx;
    uint32_t send_failures;
};

struct net *net_knet_new(const struct net_conf *conf, qb_loop_t *loop, char *err, size_t err_size);
struct net *net_udp_new(const struct net_conf *conf, qb_loop_t *loop, char *err, size_t err_size);

/* knet: set as LOG_* priority; text without newline. */
void net_log(struct net *net, bool knet, int priority, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Give back what libknet filled but does not use (spare_pages.c). Only while no other thread uses the heap.
 */
void net_spare_pages(void);

/*
 * The same for what libknet allocates between two calls, while other threads run but do not
 * use it yet. begin puts it at the end of the heap and returns where that was; end wants that
 * and gives back long rows of zeros.
 */
void *net_heap_begin(void);
void net_heap_end(void *heap_end);

/* Frame header fields the transports look at (totem.md 3.2). */
#define NET_OFF_TYPE 3
#define NET_OFF_TARGET 9
#define NET_TYPE_MCAST 1

#endif
