/* Inside of the attribute manager's core. */
#ifndef PCMK_ATTRD_PRIVATE_H
#define PCMK_ATTRD_PRIVATE_H

#include <glib.h>
#include "pacemaker/attrd/attrd_core.h"
#include "pacemaker/cluster/election.h"

struct value {
    char *node;                 /* name */
    char *current, *requested;  /* NULL = unset; requested: in the write under way */
    uint32_t node_id;           /* 0 = unknown */
    bool remote;
    bool seen;                  /* in the writer's last sync */
};

struct attribute {
    char *name, *set, *key, *user;      /* the last three NULL when not given */
    bool private;
    unsigned dampening;         /* ms */
    bool timer_running, retry_timer;
    bool changed, unknown_uuid, force_write;
    int call;                   /* CIB call under way, 0 = none */
    GTree *values;              /* node name, any case -> struct value */
};

struct attrd {
    peers_t *peers;
    uint32_t own_id;
    char *own_name;
    const attrd_ops_t *ops;
    void *arg;
    election_t *election;
    GTree *attributes;          /* name -> struct attribute */
    char *writer;               /* NULL = unknown */
    int last_call_done;
    int minimum_protocol;       /* of all managers that told theirs, -1 = none did */
    bool shutting_down;         /* this process */
    bool shutdown_requested;    /* attribute shutdown of this node is set */
};

/* attrd_values.c */
GTree *attributes_new(void);
struct attribute *attribute_find(const attrd_t *a, const char *name);
struct attribute *attribute_create(attrd_t *a, const xmlNode *msg);
struct value *value_find(const struct attribute *attribute, const char *node);
struct value *value_get(struct attribute *attribute, const char *node, bool remote);
bool same_value(const char *a, const char *b);
char *expand_value(const attrd_t *a, const char *attribute, const char *node, const char *text);
char *failure_pattern(const char *resource, const char *operation, const char *interval_spec);
GPtrArray *attributes_matching(const attrd_t *a, const char *pattern);
void value_to_xml(xmlNode *parent, const struct attribute *attribute, const struct value *value, bool force);
GPtrArray *node_names(const struct attribute *attribute);

/* attrd_write.c */
void write_or_elect(attrd_t *a, struct attribute *attribute);
void write_attribute(attrd_t *a, struct attribute *attribute, bool ignore_delay);
void write_attributes(attrd_t *a, bool all, bool ignore_delay);

/* attrd_peer.c */
void send_message(attrd_t *a, const char *to, xmlNode *msg);
void elect_if_needed(attrd_t *a);
void sync_values(attrd_t *a, const char *to);
void forget_node(attrd_t *a, const char *node, bool uncache);
void attrd_peer_changed(peers_t *peers, enum peer_change what, peer_t *peer, enum peer_state old_state,
                  uint32_t old_processes, void *arg);

/* attrd_update.c */
void apply_message(attrd_t *a, const peer_t *from, xmlNode *msg, bool filter);

#endif
