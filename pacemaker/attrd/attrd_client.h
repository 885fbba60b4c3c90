/* Client side of the attribute manager (messaging.md §5.2).
 *
 * One connection a process, made at the first call and remade after a loss. Calls wait for the
 * manager's acknowledgement (at most 5 s), which only says that the request was accepted; values
 * arrive in the CIB later. All return 0 or a negative errno: -ENOTCONN / -ECONNREFUSED manager not
 * running, -EINVAL bad arguments, -ETIMEDOUT no answer. */
#ifndef PCMK_ATTRD_CLIENT_H
#define PCMK_ATTRD_CLIENT_H

#include <stdbool.h>

enum attrd_flags {
    ATTRD_NONE = 0,
    ATTRD_REMOTE = 1,           /* node is a pacemaker-remote or guest node */
    ATTRD_PRIVATE = 2,          /* new attribute is never written to the CIB */
    ATTRD_BOTH = 4,             /* set the dampening together with the value (update-both) */
    ATTRD_DELAY = 8,            /* set only the dampening (update-delay) */
    ATTRD_PATTERN = 16,         /* name is an extended regular expression of existing attributes */
};

struct attrd_update {
    const char *node;           /* NULL = local node; with ATTRD_PATTERN: all nodes */
    const char *name;
    const char *value;          /* NULL = unset; "NAME++" style expansions are the manager's */
    const char *dampen;         /* time text or NULL; only with ATTRD_BOTH / ATTRD_DELAY */
    const char *set;            /* id of the instance_attributes, or NULL */
    const char *user;           /* acl user, or NULL */
    unsigned flags;
};

int attrd_client_update(const struct attrd_update *update);
/* The common case: value (NULL = unset) of name on node (NULL = local). */
int attrd_client_set(const char *node, const char *name, const char *value, unsigned flags);

/* Forget failures of resource (NULL = all) on node (NULL = all), of one operation with interval_spec when
 * operation is not NULL. */
int attrd_client_clear_failures(const char *node, const char *resource, const char *operation,
                                const char *interval_spec, const char *user, unsigned flags);

/* Forget all values of a node (by name) without touching the CIB. id 0 = unknown; name may be NULL when id is
 * given. */
int attrd_client_peer_remove(const char *name, unsigned id);

/* Write all values to the CIB now. */
int attrd_client_refresh(void);

/* Value(s) of an attribute as the manager knows them. node NULL = all nodes, "localhost" = the local one. fn
 * is called for each value (value NULL = unset). -ENXIO when the attribute is unknown. */
int attrd_client_query(const char *name, const char *node,
                       void (*fn)(const char *node, const char *name, const char *value, void *arg),
                       void *arg);

/* Close the connection; the next call makes a new one. */
void attrd_client_close(void);

/* Environment rules for a missing or "auto"/"localhost" node argument (§5.9); returns node or an environment
 * value. */
const char *attrd_default_node(const char *node);

#endif
