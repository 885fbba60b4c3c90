/* Client of the fencer (fencer.md §3, §9-§11): used by the controller, the executor, pacemakerd's tools and
 * stonith_admin. GLib main loop.
 *
 * Functions return 0 or a negative errno / -PCMK_ERR_* unless said otherwise; a result of the fencer that
 * is not success comes back as its legacy code. */
#ifndef STONITH_CLIENT_H
#define STONITH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <glib.h>
#include <libxml/tree.h>

/* Call options (st_callopt, fencer.md §2). */
#define ST_OPT_NONE             0x0u
#define ST_OPT_VERBOSE          0x1u
#define ST_OPT_ALLOW_SUICIDE    0x2u
#define ST_OPT_MANUAL_ACK       0x8u
#define ST_OPT_DISCARD_REPLY    0x10u
#define ST_OPT_TOPOLOGY         0x40u
#define ST_OPT_SCOPE_LOCAL      0x100u
#define ST_OPT_CS_NODEID        0x200u
#define ST_OPT_SYNC_CALL        0x1000u
#define ST_OPT_TIMEOUT_UPDATES  0x2000u
#define ST_OPT_REPORT_SUCCESS   0x4000u
#define ST_OPT_CLEANUP          0x80000u
#define ST_OPT_BROADCAST        0x100000u

/* Notification types. */
#define ST_NOTIFY_DISCONNECT     "st_notify_disconnect"
#define ST_NOTIFY_FENCE          "st_notify_fence"
#define ST_NOTIFY_HISTORY        "st_notify_history"
#define ST_NOTIFY_HISTORY_SYNCED "st_notify_history_synced"
#define ST_NOTIFY_DEVICE_REGISTER "st_device_register"
#define ST_NOTIFY_DEVICE_REMOVE  "st_device_remove"
#define ST_NOTIFY_LEVEL_ADD      "st_level_add"
#define ST_NOTIFY_LEVEL_REMOVE   "st_level_remove"

/* How a fencing command ended (fencer.md §3 "result attributes"). Strings are malloc'ed or NULL. */
typedef struct {
    int exit_status;              /* rc-code: crm_exit_t or the agent's exit status */
    int op_status;                /* enum exec_status */
    char *exit_reason;
    char *output;
} fence_result_t;

void fence_result_set(fence_result_t *result, int exit_status, int op_status, const char *exit_reason);
void fence_result_copy(fence_result_t *target, const fence_result_t *source);
void fence_result_clear(fence_result_t *result);            /* frees the strings, success again */
bool fence_result_ok(const fence_result_t *result);
void fence_result_to_xml(xmlNode *node, const fence_result_t *result);    /* all attributes, st_rc included */
/* From the first element at or below node with rc-code (else st_rc). false: neither there, result is an
 * error. */
bool fence_result_from_xml(const xmlNode *node, fence_result_t *result);
int fence_result_legacy(const fence_result_t *result);      /* 0 or negative errno (st_rc) */

typedef struct stonith_client stonith_client_t;

/* A notification; everything is valid only during the callback. Strings may be NULL. */
typedef struct {
    const char *type;             /* ST_NOTIFY_* */
    const char *operation_id;     /* UUID of the fencing operation */
    const char *target, *action, *executioner, *origin, *client_origin;
    const char *device;           /* device and level notifications: id */
    int state;                    /* enum fencing_state */
    const fence_result_t *result;
    const xmlNode *xml;           /* the notification, NULL for DISCONNECT */
} stonith_event_t;

typedef void (*stonith_event_fn)(stonith_client_t *client, const stonith_event_t *event, void *arg);

stonith_client_t *stonith_client_new(stonith_event_fn event, void *arg);    /* event may be NULL */
/* Disconnects; NULL allowed; not from inside its callbacks. */
void stonith_client_free(stonith_client_t *client);
/* Connect and register as name. attach: dispatch events from the default main context; without it only calls
 * that wait work, or stonith_dispatch(). */
int stonith_connect(stonith_client_t *client, const char *name, bool attach);
/* 2 s apart, attached. */
int stonith_connect_retry(stonith_client_t *client, const char *name,
                          unsigned attempts);
void stonith_disconnect(stonith_client_t *client); /* no event; outstanding calls end with -ENOTCONN */
bool stonith_connected(const stonith_client_t *client);
int stonith_fd(const stonith_client_t *client); /* of an unattached connection: poll for input, then */
int stonith_dispatch(stonith_client_t *client);             /* handle what is there */
/* Ask for a notification type (ST_NOTIFY_DISCONNECT needs no asking). */
int stonith_subscribe(stonith_client_t *client, const char *type, bool on);

/* ---- calls without ST_OPT_SYNC_CALL: the result of call id comes through this callback ---- */

/* data: st_calldata's element or NULL; all valid only during the callback. */
typedef void (*stonith_done_fn)(stonith_client_t *client, int call_id, const fence_result_t *result,
                                const xmlNode *data, void *arg);
/* Without an answer in timeout_s the callback gets a timeout result; timeout 0 = wait for ever. With
 * options ST_OPT_TIMEOUT_UPDATES the fencer's own estimate replaces it. free_arg may be NULL. */
int stonith_on_done(stonith_client_t *client, int call_id, unsigned timeout_s, unsigned options, void *arg,
                    stonith_done_fn fn, void (*free_arg)(void *));

/* Fence target by action ("off", "reboot", "on"): returns the call id (> 0) unless ST_OPT_SYNC_CALL.
 * delay_s -1 = no delays at all. tolerance_s: an equal success within that time counts. */
int stonith_fence(stonith_client_t *client, unsigned options, const char *target, const char *action,
                  unsigned timeout_s, unsigned tolerance_s, int delay_s);
/* A human says it is down. */
int stonith_confirm(stonith_client_t *client, unsigned options,
                    const char *target);

/* One device: actions list, status, monitor. Call id unless sync; sync: output (may be NULL) gets malloc'ed
 * stdout. */
int stonith_list(stonith_client_t *client, unsigned options, const char *device, unsigned timeout_s,
                 char **output);
int stonith_monitor(stonith_client_t *client, unsigned options, const char *device, unsigned timeout_s);
int stonith_status(stonith_client_t *client, unsigned options, const char *device, const char *port,
                   unsigned timeout_s);

/* Ids of devices that can fence target (NULL = all registered), NULL-terminated in *devices (g_strfreev()).
 * Returns how many, or negative errno. Waits. */
int stonith_query(stonith_client_t *client, const char *target, unsigned timeout_s, char ***devices);

int stonith_register_device(stonith_client_t *client, unsigned options, const char *id,
                            const char *name_space, const char *agent, GHashTable *params);
int stonith_remove_device(stonith_client_t *client, unsigned options, const char *id);
/* Exactly one of node, pattern, or attr and value. devices: NULL-terminated ids. */
int stonith_register_level(stonith_client_t *client, unsigned options, const char *node, const char *pattern,
                           const char *attr, const char *value, int level, const char *const *devices);
int stonith_remove_level(stonith_client_t *client, unsigned options, const char *node, const char *pattern,
                         const char *attr, const char *value, int level);

/* ---- history ---- */

enum fencing_state {
    FENCING_QUERY = 0,
    FENCING_EXEC = 1,
    FENCING_DONE = 2,
    FENCING_DUPLICATE = 3,
    FENCING_FAILED = 4
};

typedef struct {
    char *target, *action, *origin, *delegate, *client;
    long long completed;          /* epoch seconds, 0 while pending */
    long completed_nsec;
    int state;                    /* enum fencing_state */
    fence_result_t result;
} stonith_history_t;

/* Events of target (NULL = all) as the fencer lists them into *list (GPtrArray of stonith_history_t,
 * g_ptr_array_unref()). ST_OPT_CLEANUP deletes, ST_OPT_BROADCAST synchronises; list may be NULL then. */
int stonith_history(stonith_client_t *client, unsigned options, const char *target, unsigned timeout_s,
                    GPtrArray **list);
/* Let all fencers exchange their histories. Does not wait: ST_NOTIFY_HISTORY_SYNCED tells when they do. */
int stonith_sync_history(stonith_client_t *client, unsigned timeout_s);
void stonith_history_sort(GPtrArray *list);                          /* pending first, then newest first */
/* Name for "a later attempt from X succeeded", or NULL (fencer.md §10). list sorted. */
const char *stonith_later_success(const stonith_history_t *event, const GPtrArray *list);
const char *stonith_action_text(const char *action);                 /* "unfencing", "turning off", ... */
const char *stonith_state_text(int state);                           /* "pending", "failed", "successful" */

/* ---- agents (no connection needed) ---- */

char **stonith_list_agents(void); /* sorted, NULL-terminated, g_strfreev(); never NULL */
bool stonith_agent_exists(const char *agent);
/* Metadata text, malloc'ed; timeout_s 0 = 120. */
int stonith_metadata(const char *agent, unsigned timeout_s, char **output);
/* Run validate-all. rsc_id may be NULL. *output, *error_output (may be NULL) are malloc'ed. */
int stonith_validate(const char *rsc_id, const char *agent, GHashTable *params, unsigned timeout_s,
                     char **output, char **error_output);

/* Drop a node from the caches of all fencers. */
int stonith_forget_node(stonith_client_t *client, uint32_t id, const char *name);

#endif
