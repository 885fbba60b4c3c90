/*
 * Status and counters of the knet transport (totem.md 14.7, 15).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corosync/net/knet.h"

static int compare_ids(const void *a, const void *b)
{
    knet_node_id_t left = *(const knet_node_id_t *)a;
    knet_node_id_t right = *(const knet_node_id_t *)b;

    return left < right ? -1 : left > right;
}

/* Known hosts ascending, malloc'ed; count may be 0. */
static knet_node_id_t *sorted_hosts(struct net_knet *knet, size_t *count)
{
    knet_node_id_t *hosts = malloc(KNET_MAX_HOST * sizeof(*hosts));

    *count = 0;
    if (hosts != NULL && knet_host_get_host_list(knet->handle, hosts, count) == 0) {
        qsort(hosts, *count, sizeof(*hosts), compare_ids);
    }
    return hosts;
}

static int link_status(struct net_knet *knet, uint32_t nodeid, unsigned number,
                       struct knet_link_status *status)
{
    memset(status, 0, sizeof(*status));
    status->size = sizeof(*status);
    return knet_link_get_status(knet->handle, (knet_node_id_t)nodeid, (uint8_t)number, status,
                                sizeof(*status));
}

static bool has_link(struct net_knet *knet, uint32_t nodeid, unsigned number)
{
    uint8_t links[KNET_MAX_LINK];
    size_t count = 0;

    if (knet_link_get_link_list(knet->handle, (knet_node_id_t)nodeid, links, &count) != 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (links[i] == number) {
            return true;
        }
    }
    return false;
}

int knet_node_status(struct net *net, uint32_t nodeid, struct net_node_status *status)
{
    struct net_knet *knet = (struct net_knet *)net;
    struct knet_host_status host;

    if (nodeid > UINT16_MAX || knet_host_get_status(knet->handle, (knet_node_id_t)nodeid, &host) != 0) {
        return -1;
    }
    status->reachable = host.reachable;
    status->remote = host.remote;
    status->external = host.external;
    for (unsigned number = 0; number < NET_LINKS; number++) {
        struct net_link_status *link = &status->links[number];
        struct knet_link_status knet_status;

        if (!has_link(knet, nodeid, number) || link_status(knet, nodeid, number, &knet_status) != 0) {
            continue;
        }
        link->configured = true;
        link->enabled = knet_status.enabled;
        link->connected = knet_status.connected;
        link->dynconnected = knet_status.dynconnected;
        link->mtu = knet_status.mtu;
        snprintf(link->src, sizeof(link->src), "%.63s", knet_status.src_ipaddr);
        snprintf(link->dst, sizeof(link->dst), "%.63s", knet_status.dst_ipaddr);
    }
    return 0;
}

void knet_link_text(struct net *net, unsigned link, char *text, size_t size)
{
    struct net_knet *knet = (struct net_knet *)net;
    size_t count;
    knet_node_id_t *hosts = sorted_hosts(knet, &count);
    size_t used = 0;

    for (size_t i = 0; hosts != NULL && i < count && used + 1 < size; i++) {
        struct knet_link_status status;

        if (hosts[i] == net->conf->nodeid) {
            text[used++] = 'n';
        } else if (!has_link(knet, hosts[i], link)) {
            text[used++] = 'd';
        } else if (link_status(knet, hosts[i], link, &status) != 0) {
            text[used++] = '?';
        } else {
            text[used++] = (char)('0' + (status.enabled | status.connected << 1 | status.dynconnected << 2));
        }
    }
    text[used] = '\0';
    free(hosts);
}

static void emit(net_stat_fn fn, void *ctx, const char *prefix, const char *name, unsigned size,
                 uint64_t value)
{
    char full[128];

    snprintf(full, sizeof(full), "%s%s", prefix, name);
    fn(ctx, full, size, value);
}

static void emit_link(net_stat_fn fn, void *ctx, const char *prefix, const struct knet_link_status *status)
{
    const struct knet_link_stats *s = &status->stats;
    const struct {
        const char *name;
        unsigned size;
        uint64_t value;
    } values[] = {
        {"enabled", 1, status->enabled},
        {"connected", 1, status->connected},
        {"mtu", 4, status->mtu},
        {"tx_data_packets", 8, s->tx_data_packets},
        {"rx_data_packets", 8, s->rx_data_packets},
        {"tx_data_bytes", 8, s->tx_data_bytes},
        {"rx_data_bytes", 8, s->rx_data_bytes},
        {"tx_ping_packets", 8, s->tx_ping_packets},
        {"rx_ping_packets", 8, s->rx_ping_packets},
        {"tx_ping_bytes", 8, s->tx_ping_bytes},
        {"rx_ping_bytes", 8, s->rx_ping_bytes},
        {"tx_pong_packets", 8, s->tx_pong_packets},
        {"rx_pong_packets", 8, s->rx_pong_packets},
        {"tx_pong_bytes", 8, s->tx_pong_bytes},
        {"rx_pong_bytes", 8, s->rx_pong_bytes},
        {"tx_pmtu_packets", 8, s->tx_pmtu_packets},
        {"rx_pmtu_packets", 8, s->rx_pmtu_packets},
        {"tx_pmtu_bytes", 8, s->tx_pmtu_bytes},
        {"rx_pmtu_bytes", 8, s->rx_pmtu_bytes},
        {"tx_total_packets", 8, s->tx_total_packets},
        {"rx_total_packets", 8, s->rx_total_packets},
        {"tx_total_bytes", 8, s->tx_total_bytes},
        {"rx_total_bytes", 8, s->rx_total_bytes},
        {"tx_total_errors", 8, s->tx_total_errors},
        {"rx_total_retries", 8, s->tx_total_retries},
        {"tx_pmtu_errors", 4, s->tx_pmtu_errors},
        {"tx_pmtu_retries", 4, s->tx_pmtu_retries},
        {"tx_ping_errors", 4, s->tx_ping_errors},
        {"tx_ping_retries", 4, s->tx_ping_retries},
        {"tx_pong_errors", 4, s->tx_pong_errors},
        {"tx_pong_retries", 4, s->tx_pong_retries},
        {"tx_data_errors", 4, s->tx_data_errors},
        {"tx_data_retries", 4, s->tx_data_retries},
        {"latency_min", 4, s->latency_min},
        {"latency_max", 4, s->latency_max},
        {"latency_ave", 4, s->latency_ave},
        {"latency_samples", 4, s->latency_samples},
        {"down_count", 4, s->down_count},
        {"up_count", 4, s->up_count},
    };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        emit(fn, ctx, prefix, values[i].name, values[i].size, values[i].value);
    }
}

static void emit_handle(net_stat_fn fn, void *ctx, const struct knet_handle_stats *s)
{
    const struct {
        const char *name;
        uint64_t value;
    } values[] = {
        {"tx_uncompressed_packets", s->tx_uncompressed_packets},
        {"tx_compressed_packets", s->tx_compressed_packets},
        {"tx_compressed_original_bytes", s->tx_compressed_original_bytes},
        {"tx_compressed_size_bytes", s->tx_compressed_size_bytes},
        {"tx_compress_time_min", s->tx_compress_time_min},
        {"tx_compress_time_max", s->tx_compress_time_max},
        {"tx_compress_time_ave", s->tx_compress_time_ave},
        {"rx_compressed_packets", s->rx_compressed_packets},
        {"rx_compressed_original_bytes", s->rx_compressed_original_bytes},
        {"rx_compressed_size_bytes", s->rx_compressed_size_bytes},
        {"rx_compress_time_min", s->rx_compress_time_min},
        {"rx_compress_time_max", s->rx_compress_time_max},
        {"rx_compress_time_ave", s->rx_compress_time_ave},
        {"tx_crypt_packets", s->tx_crypt_packets},
        {"tx_crypt_byte_overhead", s->tx_crypt_byte_overhead},
        {"tx_crypt_time_min", s->tx_crypt_time_min},
        {"tx_crypt_time_max", s->tx_crypt_time_max},
        {"tx_crypt_time_ave", s->tx_crypt_time_ave},
        {"rx_crypt_packets", s->rx_crypt_packets},
        {"rx_crypt_time_min", s->rx_crypt_time_min},
        {"rx_crypt_time_max", s->rx_crypt_time_max},
        {"rx_crypt_time_ave", s->rx_crypt_time_ave},
    };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        emit(fn, ctx, "handle.", values[i].name, 8, values[i].value);
    }
}

void knet_stats(struct net *net, net_stat_fn fn, void *ctx)
{
    struct net_knet *knet = (struct net_knet *)net;
    struct knet_handle_stats handle_stats;
    size_t count;
    knet_node_id_t *hosts = sorted_hosts(knet, &count);

    for (size_t i = 0; hosts != NULL && i < count; i++) {
        uint8_t links[KNET_MAX_LINK];
        size_t link_count = 0;

        if (knet_link_get_link_list(knet->handle, hosts[i], links, &link_count) != 0) {
            continue;
        }
        for (size_t j = 0; j < link_count; j++) {
            struct knet_link_status status;
            char prefix[64];

            if (link_status(knet, hosts[i], links[j], &status) == 0) {
                snprintf(prefix, sizeof(prefix), "node%u.link%u.", hosts[i], links[j]);
                emit_link(fn, ctx, prefix, &status);
            }
        }
    }
    free(hosts);
    memset(&handle_stats, 0, sizeof(handle_stats));
    handle_stats.size = sizeof(handle_stats);
    if (knet_handle_get_stats(knet->handle, &handle_stats, sizeof(handle_stats)) == 0) {
        emit_handle(fn, ctx, &handle_stats);
    }
}

void knet_stats_clear(struct net *net)
{
    struct net_knet *knet = (struct net_knet *)net;

    (void)knet_handle_clear_stats(knet->handle, KNET_CLEARSTATS_HANDLE_AND_LINK);
}
