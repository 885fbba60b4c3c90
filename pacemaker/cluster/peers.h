/* The peer cache: pure. Who the other nodes are, whether they are members, and whether the same
 * daemon runs there (messaging.md §2.7). */
#ifndef PCMK_PEERS_H
#define PCMK_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEER_PROC_CPG 0x04000000u    /* the same daemon on that node is in our process group */

enum peer_state { PEER_UNKNOWN, PEER_MEMBER, PEER_LOST };

typedef struct peer {
    uint32_t id;                 /* corosync node id, 0 for remote nodes or while unknown */
    char *name;                  /* node name or NULL while unknown */
    char *uuid;                  /* decimal id, or the name of a remote node; NULL while unknown */
    enum peer_state state;
    bool remote;
    bool configured;             /* in corosync's node list */
    uint32_t processes;          /* PEER_PROC_* */
    uint64_t last_seen;          /* membership sequence */
    long long when_lost;         /* epoch seconds, 0 = not lost */
    int join_phase;              /* controld's own (crmd/join.h) */
    char *expected;              /* controld: expected state text or NULL */
    void *data;                  /* owner's; freed through peers_new()'s free_data */
} peer_t;

typedef struct peers peers_t;

enum peer_change { PEER_NAME, PEER_STATE, PEER_PROCESSES, PEER_REMOVED };
/* old_processes/old_state: value before. Called after the entry changed; PEER_REMOVED before it is freed. */
typedef void (*peer_changed_fn)(peers_t *peers, enum peer_change what, peer_t *peer,
                                enum peer_state old_state, uint32_t old_processes, void *arg);

/* autoreap: cpg bit drives the state, lost entries are removed (on in based, attrd, fenced; off in controld).
 */
peers_t *peers_new(bool autoreap, void (*free_data)(void *));
void peers_free(peers_t *peers);
void peers_on_change(peers_t *peers, peer_changed_fn fn, void *arg);

peer_t *peers_get(peers_t *peers, uint32_t id, const char *name); /* find or create; conflict rules of §2.7 */
peer_t *peers_find(const peers_t *peers, uint32_t id,
                   const char *name); /* cluster nodes; id 0 / name NULL = not compared */
peer_t *peers_find_uuid(const peers_t *peers, const char *uuid);           /* cluster and remote nodes */
peer_t *peers_get_remote(peers_t *peers, const char *name);                /* find or create a remote node */
peer_t *peers_find_remote(const peers_t *peers, const char *name);
void peers_forget_remote(peers_t *peers, const char *name);
/* Remove inactive entries with that id, or with that name when id is 0; returns how many. */
unsigned peers_reap(peers_t *peers, uint32_t id, const char *name);
void peers_set_state(peers_t *peers, peer_t *peer, enum peer_state state, uint64_t membership, long long now);
void peers_set_processes(peers_t *peers, peer_t *peer, uint32_t processes);
bool peer_active(const peer_t *peer);             /* not remote, member, cpg bit */
unsigned peers_active_count(const peers_t *peers);
unsigned peers_count(const peers_t *peers, bool remote);
void peers_foreach(peers_t *peers, void (*fn)(peer_t *peer, void *arg), void *arg);   /* cluster nodes */
void peers_foreach_remote(peers_t *peers, void (*fn)(peer_t *peer, void *arg), void *arg);

#endif
