/*
 * The contract between the engine and its services.
 *
 * A service is a static `struct service`; corosync/services/libservices.la defines `service_table`, which the
 * engine walks at start. The engine calls the service's hooks, the service calls the engine_ and ipc_
 * functions below. Everything happens in the main thread. Specification: services.md.
 *
 * Alignment: inter-node messages are NOT aligned in memory (they sit in the middle of a frame). Read them
 * through packed structs or memcpy. IPC requests are 8-byte aligned.
 */
#ifndef COROSYNC_ENGINE_SERVICE_H
#define COROSYNC_ENGINE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <corosync/corotypes.h>

#include "corosync/engine/icmap.h"
#include "corosync/engine/log.h"
#include "corosync/totem/totem.h"

#define SERVICE_ID_MAX 64               /* ids are 0..63 */
#define SERVICE_HANDLERS_MAX 64         /* functions per service */
#define ENGINE_NODES_MAX 384            /* members of any list */
#define ENGINE_LINKS_MAX 8
#define ENGINE_ADDR_TEXT 64             /* room for a numeric address as text */
#define ENGINE_MESSAGE_MAX 1048576      /* bytes, largest message and IPC request */

/* Request header, 16 bytes; first thing in every inter-node message and IPC request. */
struct req_header {
    int32_t id;                         /* inter-node: service id << 16 | function; IPC: function */
    int32_t pad0;
    int32_t size;                       /* whole message with header, bytes */
    int32_t pad1;
};

/* Response and event header, 24 bytes. */
struct res_header {
    int32_t id;
    int32_t pad0;
    int32_t size;
    int32_t pad1;
    int32_t error;                      /* cs_error_t; CS_OK is 1 */
    int32_t pad2;
};

#define SERVICE_EXEC_ID(service, function) ((int32_t)(((uint32_t)(service) << 16) | (uint32_t)(function)))

struct ipc_conn;                        /* a client's connection to one service */

/* A handler of inter-node messages. The engine has checked header.size == size >= min_size. */
struct exec_handler {
    void (*fn)(const void *msg, size_t size, uint32_t nodeid);
    size_t min_size;                    /* bytes with header */
};

/* A handler of IPC requests. The engine has checked header.size == size, min_size <= size <= max_size. */
struct lib_handler {
    void (*fn)(struct ipc_conn *conn, const void *msg, size_t size);
    size_t min_size;                    /* bytes with header */
    size_t max_size;                    /* 0 = ENGINE_MESSAGE_MAX */
    bool flow_control;                  /* needs room in the send queue and no sync in progress */
    bool one_way;                       /* never answered, not even on error (cpg mcast) */
};

struct service {
    uint16_t id;
    uint8_t priority;                   /* unload order, highest number first */
    const char *name; /* in cmap: "corosync_cpg"; runtime.services.<name without corosync_> */
    const char *ipc_name;               /* socket name, NULL = no IPC */
    const char *display_name;
    size_t conn_private_size;           /* bytes of zeroed per-connection data, see ipc_conn_private() */
    bool ipc_during_sync;               /* requests are read during sync (votequorum) */

    const struct exec_handler *exec_handlers;
    unsigned exec_handler_count;
    const struct lib_handler *lib_handlers;
    unsigned lib_handler_count;

    /* NULL or an error text (static) that makes the daemon exit with status 20. May be NULL itself. */
    const char *(*exec_init)(void);
    /* Logs what is unwise in the configuration, without being loaded (corosync -t). May be NULL. */
    void (*check)(void);
    /* 0 = done, -1 = call again later. May be NULL. */
    int (*exec_exit)(void);
    /* State to the log on SIGUSR2 or runtime.blackbox.dump_state. May be NULL. */
    void (*exec_dump)(void);

    /* A client connected (0 = accept, -1 = refuse) / is gone (called once; no event may be sent any more). */
    int (*lib_init)(struct ipc_conn *conn);
    void (*lib_exit)(struct ipc_conn *conn);

    /* Every totem configuration change, before sync. May be NULL. */
    void (*confchg)(bool transitional, const uint32_t *members, size_t member_count, const uint32_t *left,
                    size_t left_count, const uint32_t *joined, size_t joined_count,
                    const struct totem_ring *ring);

    /* All four or none; services without sync_init take no part in sync. services.md 2. */
    void (*sync_init)(const uint32_t *trans, size_t trans_count, const uint32_t *members, size_t member_count,
                      const struct totem_ring *ring);
    int (*sync_process)(void);          /* 0 = done, other = call again on the next token */
    void (*sync_activate)(void);
    void (*sync_abort)(void);
};

/* In load order, ends with NULL: cmap, cfg, cpg, pload, mon, wd, quorum. Defined by libservices.la.
 * votequorum is not in it: quorum's exec_init calls engine_service_load(&votequorum_service). */
extern struct service *const service_table[];

/* ---- services ---- */

/* Load a service now (init hook, cmap keys, log line, socket). NULL or the init hook's error text. */
const char *engine_service_load(struct service *service);
bool engine_service_loaded(uint16_t id);

/* ---- messages ---- */

/*
 * Multicast one message to the same service on all members, ourselves included (it comes back through the
 * ring). iov[0] must begin with a complete req_header whose id names a service and whose size is the sum. The
 * data is copied before return. 0, or -1 when the send queue has no room now (try again later) or the message
 * is too big.
 */
int engine_mcast(const struct iovec *iov, unsigned iov_count);

/* Between a transitional configuration and the completion of the sync that follows it. */
bool engine_sync_in_progress(void);

/* Recompute IPC flow control; the quorum service calls it when quorum changes. */
void engine_flow_control_update(void);

/* ---- IPC ---- */

/* Per-connection data of conn_private_size bytes, zeroed at connect, 16-byte aligned. */
void *ipc_conn_private(struct ipc_conn *conn);

/* A process-wide unique, never reused number of the connection, and the way back (NULL when it is gone).
 * Keep the number, not the pointer, across anything that returns to the main loop. */
uint64_t ipc_conn_id(const struct ipc_conn *conn);
struct ipc_conn *ipc_conn_find(uint64_t id);

/* Credentials of the peer at connect. */
uint32_t ipc_conn_pid(const struct ipc_conn *conn);

/* Answer the request at hand. Exactly one response per request unless the handler is one_way; it may come
 * after the handler returned. The message begins with res_header. */
void ipc_response_send(struct ipc_conn *conn, const void *msg, size_t size);
void ipc_response_sendv(struct ipc_conn *conn, const struct iovec *iov, unsigned iov_count);
/* The common response that is only a header: {id, 24, error}. */
void ipc_response_error(struct ipc_conn *conn, int32_t id, cs_error_t error);

/* Send an event; when the client's ring is full it is queued in memory, in order. Begins with res_header. */
void ipc_event_send(struct ipc_conn *conn, const void *msg, size_t size);
void ipc_event_sendv(struct ipc_conn *conn, const struct iovec *iov, unsigned iov_count);

/* ---- time ---- */

typedef uint64_t engine_timer;          /* 0 = none */

/* One shot. The callback runs from the main loop. Never returns 0. */
engine_timer engine_timer_add(uint32_t ms, void (*fn)(void *data), void *data);
/* Deleting 0 or an expired timer is harmless. */
void engine_timer_delete(engine_timer timer);
uint64_t engine_monotonic_ns(void);

/* ---- cluster ---- */

uint32_t engine_nodeid(void);
/* Ring id of the last totem configuration. */
struct totem_ring engine_ring_id(void);

/* Addresses of a configured node's links in link order (port 0). Returns the count, at most max; 0 = unknown
 * node. */
size_t engine_node_addrs(uint32_t nodeid, struct sockaddr_storage *addrs, size_t max);

struct engine_link_status {
    bool configured;
    bool enabled;
    bool connected;
    bool dynconnected;
    uint32_t mtu;                       /* bytes */
    char src[ENGINE_ADDR_TEXT];         /* numeric address */
    char dst[ENGINE_ADDR_TEXT];
};

struct engine_node_status {
    uint32_t nodeid;
    bool reachable;
    bool remote;
    bool external;
    uint8_t onwire_min, onwire_max, onwire_ver;
    struct engine_link_status links[ENGINE_LINKS_MAX];
};

/* CS_OK; CS_ERR_FAILED_OPERATION when the transport does not know the node or cannot tell. */
cs_error_t engine_node_status(uint32_t nodeid, struct engine_node_status *out);

/* ring_status_get of cfg: one entry per configured local link: name "<link id> <ip>", status per
 * totem.md 14.7. */
struct engine_ring_status {
    char name[128];
    char status[512];
};
/* Returns the number of entries filled, at most max. */
size_t engine_ring_status(struct engine_ring_status *out, size_t max);

/* Loss of memory of all rings: force totem into gather. */
void engine_force_gather(void);

/* ---- daemon ---- */

/* The live map and the statistics map. */
struct icmap *engine_map(void);

/*
 * The statistics map with the keys that begin with prefix (NULL = all) brought up to date; added, changed and
 * deleted keys notify its trackers. The engine itself refreshes it every 1500 ms while it has trackers.
 * The services read and track it with the icmap_ functions and never write to it.
 */
struct icmap *engine_stats_map(const char *prefix);
/* stats.clear.{knet,ipc,totem,schedmiss,all}: CS_OK, else CS_ERR_NOT_SUPPORTED. key is the whole key. */
cs_error_t engine_stats_clear(const char *key);

/* Re-read the configuration (services.md 3.2.1 steps 1 to 8); sets config.reload_status.
 * *crypto_changed: the caller has to multicast crypto_reconfig phase 1. */
cs_error_t engine_reload(uint32_t requested_by, bool *crypto_changed);
/* Phase 1 activates the new keys, 2 forgets the old ones. */
void engine_crypto_reconfig(uint32_t phase);
void engine_reopen_logs(void);

/* Orderly shutdown (services.md 7.3); repeated calls are ignored. */
void engine_shutdown(void);
/* Leave at once, without telling anybody (cfg kill: status 255). */
void engine_exit(int status) __attribute__((noreturn));

/* Directory of persistent files, without trailing slash; also the working directory. */
const char *engine_state_dir(void);

#endif
