/* Local IPC of the pacemaker daemons, both ends (messaging.md §1). GLib main loop on the server side;
 * a client may live in a main loop or poll by itself. */
#ifndef PCMK_IPC_H
#define PCMK_IPC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <libxml/tree.h>

#define IPC_FLAG_COMPRESSED      0x00000001u
#define IPC_FLAG_PROXIED         0x00000100u
#define IPC_FLAG_CLIENT_RESPONSE 0x00000200u
#define IPC_FLAG_SERVER_EVENT    0x00010000u
#define IPC_FLAG_PROXIED_RELAY   0x00040000u

/* ---- server ---- */

typedef struct ipc_server ipc_server_t;

/* A connected client. Fields are read-only for the daemon unless noted. */
typedef struct ipc_client {
    char *id;                   /* random UUID */
    char *name;                 /* set by the daemon through ipc_client_set_name(), or NULL */
    char *user;                 /* login name of uid, "#unprivileged" when unknown */
    uid_t uid;
    gid_t gid;
    pid_t pid;                  /* 0 when unknown */
    bool privileged;            /* root or the daemon user */
    bool proxied;               /* set once a request carried IPC_FLAG_PROXIED: responses become events */
    unsigned queue_limit;       /* daemon may set: events that may wait before eviction (0 = default 500) */
    ipc_server_t *server;
    void *data;                 /* daemon's own; freed by the daemon in closed() */
    struct ipc_client_private *priv;
} ipc_client_t;

typedef struct {
    /* 0 or negative errno to refuse; may be NULL */
    int (*accept)(ipc_server_t *server, uid_t uid, gid_t gid);
    void (*connected)(ipc_client_t *client);                       /* may be NULL */
    /* One request. msg NULL = unparsable (daemon answers ack/nack with CRM_EX_PROTOCOL or drops it).
     * The message belongs to the caller and is freed after the call. */
    void (*request)(ipc_client_t *client, uint32_t id, uint32_t flags, xmlNode *msg);
    void (*closed)(ipc_client_t *client);                          /* may be NULL; client is freed after */
} ipc_server_ops_t;

enum ipc_kind { IPC_NATIVE, IPC_SHM };

/* Start serving; NULL and *rc (negative errno) on failure. */
ipc_server_t *ipc_server_new(const char *service, enum ipc_kind kind, bool high_priority,
                             const ipc_server_ops_t *ops, void *data, int *rc);
void ipc_server_free(ipc_server_t *server);      /* disconnects all clients */
void ipc_server_stop_accepting(ipc_server_t *server);
void *ipc_server_data(const ipc_server_t *server);
const char *ipc_server_name(const ipc_server_t *server);
unsigned ipc_server_clients(const ipc_server_t *server);
ipc_client_t *ipc_server_find(const ipc_server_t *server, const char *client_id);
void ipc_server_foreach(ipc_server_t *server, void (*fn)(ipc_client_t *, void *), void *arg);
void ipc_client_set_name(ipc_client_t *client, const char *name);
void ipc_client_disconnect(ipc_client_t *client);

/* Exactly one response per request that carries IPC_FLAG_CLIENT_RESPONSE (a proxied client gets it as event).
 */
int ipc_respond(ipc_client_t *client, uint32_t id, uint32_t flags, const xmlNode *msg);
/* Queue an event; evicts a client that does not read (messaging.md §1.7). */
int ipc_send_event(ipc_client_t *client, const xmlNode *msg);
/* <name function= line= status=/>, only if flags carry IPC_FLAG_CLIENT_RESPONSE; name "ack" or "nack". */
void ipc_ack(ipc_client_t *client, uint32_t id, uint32_t flags, const char *name, int status);
/* An ack in any case, with ipc-protocol-version when it is not NULL (attrd). */
void ipc_ack_full(ipc_client_t *client, uint32_t id, uint32_t flags, const char *name, int status,
                  const char *protocol_version);
/* Stamp acl_target and the legacy field (e.g. "crm_user") on a request (§1.5); returns the effective user. */
const char *ipc_stamp_user(ipc_client_t *client, xmlNode *msg, const char *legacy_field);

/* ---- client ---- */

typedef struct ipc_conn ipc_conn_t;

typedef struct {
    void (*event)(ipc_conn_t *conn, xmlNode *msg, void *arg);     /* msg freed after the call */
    void (*closed)(ipc_conn_t *conn, void *arg);                  /* peer went away; conn still to be freed */
} ipc_conn_ops_t;

/* Connect and check the server's credentials. buffer: minimum bytes wanted, 0 = default.
 * NULL and *rc: -ECONNREFUSED not running, -EAGAIN busy, -EACCES, -ECONNABORTED not our daemon. */
ipc_conn_t *ipc_connect(const char *service, size_t buffer, const ipc_conn_ops_t *ops, void *arg, int *rc);
/* The process that serves, if it is ours to trust: does it answer within limit_ms? 0, or -EAGAIN,
 * with its id in *pid and its user in *uid; or another errno of ipc_connect(). */
int ipc_probe(const char *service, int limit_ms, pid_t *pid, uid_t *uid);
void ipc_disconnect(ipc_conn_t *conn);                 /* frees; no closed() callback */
int ipc_conn_attach(ipc_conn_t *conn); /* dispatch events from the default GLib main context */
int ipc_conn_fd(const ipc_conn_t *conn);               /* poll for input, then ipc_conn_dispatch() */
int ipc_conn_dispatch(ipc_conn_t *conn); /* all pending events; -ENOTCONN when the peer is gone */
bool ipc_conn_alive(const ipc_conn_t *conn);
/* Process id of the server, 0 if unknown. */
pid_t ipc_conn_server_pid(const ipc_conn_t *conn);
/* Send without waiting (flags without CLIENT_RESPONSE). 0 or negative errno. */
int ipc_send(ipc_conn_t *conn, const xmlNode *msg, uint32_t flags);
/* Send with CLIENT_RESPONSE and wait; timeout_ms 0 = 5000, -1 = forever. *reply (may be NULL pointer) is the
 * caller's. */
int ipc_call(ipc_conn_t *conn, const xmlNode *msg, uint32_t flags, int timeout_ms, xmlNode **reply);

#endif
