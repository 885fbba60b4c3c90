/* Changes of a process group and of the membership in the peer cache (group_view.h). */
#include "config.h"

#include "pacemaker/cluster/group_view.h"
#include <stdlib.h>
#include <string.h>
#include "pacemaker/common/log.h"

/* ---- the process group ---- */

static bool node_in(const struct cpg_address *list, size_t count, uint32_t nodeid)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].nodeid == nodeid) {
            return true;
        }
    }
    return false;
}

static void process_left(const struct group_view *view, const struct cpg_address *who,
                         const struct cpg_address *members, size_t count)
{
    peer_t *peer = peers_find(view->peers, who->nodeid, NULL);

    log_info("Group %s: node %u process %u left | reason=%u", view->group, (unsigned)who->nodeid,
             (unsigned)who->pid, (unsigned)who->reason);
    if (peer == NULL) {
        return;
    }
    if (node_in(members, count, who->nodeid)) {
        log_warn("Group %s: another process of node %u is still a member", view->group,
                 (unsigned)who->nodeid);
        return;
    }
    peers_set_processes(view->peers, peer, peer->processes & ~PEER_PROC_CPG);
}

/* Create the entry with its configured name, if it has one. */
static peer_t *named_peer(const struct group_view *view, uint32_t nodeid)
{
    peer_t *peer = peers_find(view->peers, nodeid, NULL);

    if (peer != NULL && peer->name != NULL) {
        return peer;
    }
    char *name = nodeid == view->own_id ? strdup(view->own_name) : view->name_of(view->arg, nodeid);

    peer = peers_get(view->peers, nodeid, name);
    free(name);
    return peer;
}

static void process_present(const struct group_view *view, const struct cpg_address *who)
{
    if (who->nodeid == view->own_id && who->pid != view->own_pid) {
        log_warn("Group %s: process %u of this node is a member, too", view->group, (unsigned)who->pid);
        return;
    }
    peer_t *peer = named_peer(view, who->nodeid);

    if (peer == NULL) {
        return;
    }
    peers_set_processes(view->peers, peer, peer->processes | PEER_PROC_CPG);
    peer = peers_find(view->peers, who->nodeid, NULL);
    if (peer == NULL || peer->state != PEER_LOST) {
        return;
    }
    if (peer->when_lost == 0) {
        peer->when_lost = view->now;
    } else if (view->now > peer->when_lost + GROUP_FORCE_MEMBER_AFTER) {
        log_warn("Node %u is in group %s but lost for the membership since more than %d s: "
                 "taking it as member",
                 (unsigned)who->nodeid, view->group, GROUP_FORCE_MEMBER_AFTER);
        peers_set_state(view->peers, peer, PEER_MEMBER, 0, view->now);
    }
}

bool group_view_change(const struct group_view *view, const struct cpg_address *members, size_t member_count,
                       const struct cpg_address *left, size_t left_count, const struct cpg_address *joined,
                       size_t joined_count)
{
    for (size_t i = 0; i < left_count; i++) {
        process_left(view, &left[i], members, member_count);
    }
    for (size_t i = 0; i < joined_count; i++) {
        log_info("Group %s: node %u process %u joined | reason=%u", view->group, (unsigned)joined[i].nodeid,
                 (unsigned)joined[i].pid, (unsigned)joined[i].reason);
    }
    for (size_t i = 0; i < member_count; i++) {
        process_present(view, &members[i]);
    }
    if (node_in(members, member_count, view->own_id)) {
        return true;
    }
    log_err("This node is no longer part of group %s", view->group);
    return false;
}

/* ---- the membership ---- */

struct members {
    const struct group_view *view;
    const uint32_t *ids;
    size_t count;
};

static void mark_lost(peer_t *peer, void *arg)
{
    const struct members *members = arg;

    for (size_t i = 0; i < members->count; i++) {
        if (members->ids[i] == peer->id) {
            return;
        }
    }
    peer->last_seen = 0;
    if (peer->state != PEER_UNKNOWN) {
        peers_set_state(members->view->peers, peer, PEER_LOST, 0, members->view->now);
    }
}

void group_view_members(const struct group_view *view, const uint32_t *ids, size_t count, uint64_t ring_seq)
{
    struct members members = {.view = view, .ids = ids, .count = count};

    for (size_t i = 0; i < count; i++) {
        peer_t *peer = named_peer(view, ids[i]);

        if (peer != NULL) {
            peers_set_state(view->peers, peer, PEER_MEMBER, ring_seq, view->now);
        }
    }
    peers_foreach(view->peers, mark_lost, &members);
}
