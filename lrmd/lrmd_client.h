/* Client of the executor (executor.md §2; messaging.md §3.7, §8): the local one over IPC or a
 * remote one over TLS. Used by the controller, crm_resource and tests. GLib main loop.
 *
 * Also lists agents and reads their metadata: in this protocol that is the client's own work (§9).
 * Functions return 0 (lrmd_exec: the call id, > 0) or a negative errno unless said otherwise. */
#ifndef LRMD_CLIENT_H
#define LRMD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <glib.h>
#include <libxml/tree.h>

#define LRMD_PROTOCOL_VERSION "1.1"
#define LRMD_DEFAULT_PORT 3121

/* Call options (lrmd_callopt). */
#define LRMD_OPT_NONE                0u
#define LRMD_OPT_NOTIFY_ORIG_ONLY    2u    /* exec: result event to this client only */
#define LRMD_OPT_DROP_RECURRING      3u    /* register: cancel our recurring operations when we disconnect */
#define LRMD_OPT_NOTIFY_CHANGES_ONLY 4u    /* recurring: first result and changes only */

typedef struct lrmd_client lrmd_client_t;

enum lrmd_event_type {
    LRMD_EVENT_REGISTER,      /* rsc_id was registered */
    LRMD_EVENT_UNREGISTER,    /* rsc_id was removed */
    LRMD_EVENT_EXEC_COMPLETE, /* result of an operation (all fields) */
    LRMD_EVENT_DISCONNECT, /* connection lost; the client object stays, lrmd_connect() may be called again */
    LRMD_EVENT_CONNECT,    /* end of lrmd_connect_async(): connection_rc */
    LRMD_EVENT_POKE,       /* answer to lrmd_poke() */
    LRMD_EVENT_NEW_CLIENT, /* somebody else connected */
};

/* One event; everything is valid only during the callback. Strings may be NULL. */
typedef struct {
    enum lrmd_event_type type;
    const char *remote_node; /* node name given to lrmd_client_new_remote(), NULL for the local executor */
    const char *rsc_id;
    const char *action;           /* as requested */
    const char *user_data;        /* transition key given to lrmd_exec() */
    int call_id;                  /* of the (latest merged) lrmd_exec() */
    int connection_rc;            /* LRMD_EVENT_CONNECT: 0 or negative errno */
    int rc;                       /* LRMD_EVENT_REGISTER.. : lrmd_rc; exec: enum ocf_exit */
    int op_status;                /* enum exec_status */
    unsigned timeout_ms;
    unsigned interval_ms;
    unsigned start_delay_ms;
    bool rsc_deleted;
    long long run_time;           /* epoch seconds, 0 = not applicable */
    long long rcchange_time;      /* epoch seconds, 0 = never changed */
    unsigned exec_time_ms;
    unsigned queue_time_ms;
    const char *exit_reason;
    const char *output;
    GHashTable *params;           /* char * -> char *; parameters as passed, NULL for other events */
    const xmlNode *xml;           /* the notification itself, NULL for CONNECT and DISCONNECT */
} lrmd_event_t;

typedef void (*lrmd_event_fn)(lrmd_client_t *client, const lrmd_event_t *event, void *arg);

/* A client of the local executor, not yet connected. event may be NULL. */
lrmd_client_t *lrmd_client_new(lrmd_event_fn event, void *arg);
/* A client of pacemaker-remoted on server:port (0 = LRMD_DEFAULT_PORT), called node in events. */
lrmd_client_t *lrmd_client_new_remote(const char *node, const char *server, int port, lrmd_event_fn event,
                                      void *arg);
void lrmd_client_free(lrmd_client_t *client); /* disconnects; NULL allowed; not from inside its callback */

/* Connect and register as name, waiting. timeout_ms: remote connection and handshake (0 = 10000). */
int lrmd_connect(lrmd_client_t *client, const char *name, unsigned timeout_ms);
/* Remote clients: the same without waiting; ends with LRMD_EVENT_CONNECT. Local clients connect at once and
 * get the event before the call returns. */
int lrmd_connect_async(lrmd_client_t *client, const char *name, unsigned timeout_ms);
void lrmd_disconnect(lrmd_client_t *client);               /* no event */
bool lrmd_connected(const lrmd_client_t *client);

/* A registered resource. */
typedef struct {
    char *id, *standard, *provider, *type;                 /* provider NULL when the class has none */
} lrmd_rsc_info_t;
void lrmd_rsc_info_free(lrmd_rsc_info_t *info);

int lrmd_register_rsc(lrmd_client_t *client, const char *rsc_id, const char *standard, const char *provider,
                      const char *type, unsigned options);
/* -EINPROGRESS: an operation is in flight. */
int lrmd_unregister_rsc(lrmd_client_t *client,
                        const char *rsc_id);
/* -ENODEV unknown. */
int lrmd_get_rsc_info(lrmd_client_t *client, const char *rsc_id,
                      lrmd_rsc_info_t **info);
/* Run action; params char * -> char * (may be NULL, stays the caller's). Returns the call id. */
int lrmd_exec(lrmd_client_t *client, const char *rsc_id, const char *action, const char *user_data,
              unsigned interval_ms, unsigned timeout_ms, unsigned start_delay_ms, unsigned options,
              GHashTable *params);
/* -EOPNOTSUPP: none. */
int lrmd_cancel(lrmd_client_t *client, const char *rsc_id, const char *action,
                unsigned interval_ms);
int lrmd_exec_alert(lrmd_client_t *client, const char *alert_id, const char *path, unsigned timeout_ms,
                    GHashTable *params);
int lrmd_poke(lrmd_client_t *client); /* keep-alive; never waits on a remote connection */
/* Hand stonith-watchdog-timeout to a remote executor for its own check; never answered. */
int lrmd_check_watchdog(lrmd_client_t *client, const char *watchdog_timeout);

typedef struct {
    char *rsc_id, *action;
    unsigned interval_ms, timeout_ms;
} lrmd_recurring_t;
/* Recurring operations of rsc_id (NULL = all). *list: GPtrArray of lrmd_recurring_t, freed with
 * g_ptr_array_unref(). */
int lrmd_get_recurring(lrmd_client_t *client, const char *rsc_id, GPtrArray **list);

/* ---- IPC proxy of a remote node (executor.md §13.1) ---- */

/* Announce ourselves as IPC provider at the next connect; proxy gets each lrmd_ipc_proxy element (freed
 * after). */
typedef void (*lrmd_proxy_fn)(lrmd_client_t *client, xmlNode *msg, void *arg);
void lrmd_set_proxy(lrmd_client_t *client, lrmd_proxy_fn proxy, void *arg);
/* Send an lrmd_ipc_proxy element to the remote executor without waiting. */
int lrmd_forward(lrmd_client_t *client, const xmlNode *proxy_msg);

/* ---- parameters ---- */

GHashTable *lrmd_params_new(void); /* frees keys and values; case-sensitive */
GHashTable *
lrmd_params_from_xml(const xmlNode *attributes); /* "attributes" element; NULL gives an empty table */
xmlNode *lrmd_params_to_xml(xmlNode *parent, GHashTable *params);   /* appends <attributes>, names sorted */

/* ---- agents (no connection needed) ---- */

bool rsc_class_has_provider(const char *standard);         /* class needs a provider */
bool rsc_class_has_params(const char *standard);           /* class passes parameters to its agents */
bool rsc_class_unique(const char *standard);               /* clone instances can differ */
bool rsc_class_promotable(const char *standard);
bool rsc_class_has_metadata(const char *standard);
bool rsc_agent_exists(const char *standard, const char *provider, const char *type);
/* Split "class:provider:type" or "class:type"; parts are malloc'ed. -EINVAL with nothing set. */
int rsc_spec_parse(const char *spec, char **standard, char **provider, char **type);

/* Each list is malloc'ed, NULL-terminated, in the order of executor.md §9; free with g_strfreev(). Never
 * NULL. */
char **lrmd_list_standards(void);
char **lrmd_list_providers(const char *agent); /* agent NULL = all OCF providers, else those that have it */
char **lrmd_list_agents(const char *standard, const char *provider);   /* standard NULL = every class */

/* Metadata XML text of an agent into *output (malloc'ed); timeout_ms 0 = 30000. params (may be NULL) are
 * passed to OCF agents. -EINVAL missing parts, -ENOENT no such agent, -ETIME, -EIO agent failed. */
int lrmd_get_metadata(const char *standard, const char *provider, const char *type, GHashTable *params,
                      unsigned timeout_ms, char **output);

#endif
