/*
 * The nozzle device: a tap device whose Ethernet frames travel over the knet links, as data channel 1
 * (config-and-tools.md 2.7, totem.md 14.2).
 */
#ifndef COROSYNC_NET_NOZZLE_H
#define COROSYNC_NET_NOZZLE_H

#include <sys/types.h>

#include "corosync/net/knet.h"

#define NOZZLE_CHANNEL 1

/* Make, replace or remove the device until it is as conf wants it. Failures are logged and nothing else. */
void nozzle_apply(struct net_knet *knet, const struct net_nozzle *conf);
/* The daemon ends: the device goes without its scripts, as when the process dies. */
void nozzle_drop(struct net_knet *knet);

/*
 * For libknet's filter: who gets this Ethernet frame. 0 = the host in *host, 1 = all hosts, -1 = nobody.
 * Called in libknet's threads.
 */
int nozzle_destination(const unsigned char *frame, ssize_t len, knet_node_id_t *host);

#endif
