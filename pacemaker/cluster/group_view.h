/* What changes of a process group and of the membership mean for the peer cache: pure (messaging.md
 * §2.7). */
#ifndef PCMK_GROUP_VIEW_H
#define PCMK_GROUP_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <corosync/cpg.h>
#include "pacemaker/cluster/peers.h"

/* Seconds a node may be in our group while the membership has it lost. */
#define GROUP_FORCE_MEMBER_AFTER 60

/* Who looks, and with what. Strings are borrowed. */
struct group_view {
    const char *group;
    peers_t *peers;
    uint32_t own_id, own_pid;
    const char *own_name;
    char *(*name_of)(void *arg, uint32_t id);       /* configured name of a node, malloc'ed or NULL */
    void *arg;
    long long now;                                  /* epoch seconds */
};

/* A change of the group. False: we are not part of it any more. */
bool group_view_change(const struct group_view *view, const struct cpg_address *members, size_t member_count,
                       const struct cpg_address *left, size_t left_count, const struct cpg_address *joined,
                       size_t joined_count);
/* The members of the cluster: others are lost. */
void group_view_members(const struct group_view *view, const uint32_t *ids, size_t count, uint64_t ring_seq);

#endif
