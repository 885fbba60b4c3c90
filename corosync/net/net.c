/*
 * The switch between transports (net.h).
 */
#include "corosync/net/net.h"

#include <libknet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "corosync/net/transport.h"

#define CHOICES_MAX 16

struct net *net_new(const struct net_conf *conf, qb_loop_t *loop, const struct net_callbacks *callbacks,
                    void *ctx, char *err, size_t err_size)
{
    struct net *net;

    if (conf->transport == NET_KNET) {
        net = net_knet_new(conf, loop, err, err_size);
    } else {
        net = net_udp_new(conf, loop, err, err_size);
    }
    if (net != NULL) {
        net->callbacks = *callbacks;
        net->ctx = ctx;
    }
    return net;
}

void net_free(struct net *net)
{
    if (net != NULL) {
        net->ops->free(net);
    }
}

void net_send_all(struct net *net, const void *frame, size_t len)
{
    net->ops->send_all(net, frame, len);
}

void net_send_token(struct net *net, uint32_t nodeid, const void *frame, size_t len)
{
    net->ops->send_token(net, nodeid, frame, len);
}

bool net_flush(struct net *net)
{
    return net->ops->flush != NULL && net->ops->flush(net);
}

void net_set_members(struct net *net, unsigned count)
{
    if (net->ops->set_members != NULL) {
        net->ops->set_members(net, count);
    }
}

void net_check_iface(struct net *net)
{
    if (net->ops->check_iface != NULL) {
        net->ops->check_iface(net);
    }
}

void net_reconfigure(struct net *net, const struct net_conf *conf)
{
    net->ops->reconfigure(net, conf);
    net->conf = conf;
}

int net_crypto_prepare(struct net *net, const struct net_crypto *crypto, char *err, size_t err_size)
{
    return net->ops->crypto_prepare == NULL ? 0 : net->ops->crypto_prepare(net, crypto, err, err_size);
}

void net_crypto_phase(struct net *net, unsigned phase)
{
    if (net->ops->crypto_phase != NULL) {
        net->ops->crypto_phase(net, phase);
    }
}

int net_node_status(struct net *net, uint32_t nodeid, struct net_node_status *status)
{
    memset(status, 0, sizeof(*status));
    return net->ops->node_status == NULL ? -1 : net->ops->node_status(net, nodeid, status);
}

void net_link_text(struct net *net, unsigned link, char *text, size_t size)
{
    net->ops->link_text(net, link, text, size);
}

void net_stats(struct net *net, net_stat_fn fn, void *ctx)
{
    if (net->ops->stats != NULL) {
        net->ops->stats(net, fn, ctx);
    }
}

void net_stats_clear(struct net *net)
{
    if (net->ops->stats_clear != NULL) {
        net->ops->stats_clear(net);
    }
}

uint32_t net_send_failures(const struct net *net)
{
    return net->send_failures;
}

void net_log(struct net *net, bool knet, int priority, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    net->callbacks.log(net->ctx, knet, priority, text);
}

const char *const *net_crypto_models(void)
{
    static const char *names[CHOICES_MAX + 1];
    struct knet_crypto_info list[CHOICES_MAX];
    size_t count = 0;

    if (names[0] == NULL && knet_get_crypto_list(NULL, &count) == 0 && count <= CHOICES_MAX &&
        knet_get_crypto_list(list, &count) == 0) {
        for (size_t i = 0; i < count; i++) {
            names[i] = list[i].name;
        }
    }
    return names;
}

const char *const *net_compression_models(void)
{
    static const char *names[CHOICES_MAX + 1];
    struct knet_compress_info list[CHOICES_MAX];
    size_t count = 0;

    if (names[0] == NULL && knet_get_compress_list(NULL, &count) == 0 && count <= CHOICES_MAX &&
        knet_get_compress_list(list, &count) == 0) {
        for (size_t i = 0; i < count; i++) {
            names[i] = list[i].name;
        }
    }
    return names;
}
