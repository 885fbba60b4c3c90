/* Client of the cluster information base: what daemons and tools use to read and change it (cib.md §3, §8,
 * §11.1).
 *
 * One object is one connection: to the local daemon, to a file (CIB_file) or to a shadow copy (CIB_shadow).
 * File and shadow connections execute operations in the process itself and have no notifications. Works
 * standalone (blocking calls) and, after cib_attach(), in the default GLib main loop (asynchronous calls and
 * notifications).
 *
 * Results are 0 or negative (errno, or -PCMK_ERR_*; pacemaker/common/results.h). Every XML result belongs to
 * the caller unless said otherwise; every XML argument stays the caller's and is copied. Not thread-safe. */
#ifndef CIB_CLIENT_H
#define CIB_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <libxml/tree.h>

/* Call options (cib.md §3.2). */
enum cib_call_option {
    CIB_OPT_NONE            = 0,
    CIB_OPT_VERBOSE         = 0x00000001,
    CIB_OPT_XPATH           = 0x00000002,  /* section is an XPath expression */
    CIB_OPT_MULTIPLE        = 0x00000004,  /* act on every match */
    CIB_OPT_CAN_CREATE      = 0x00000008,  /* modify may insert */
    CIB_OPT_DISCARD_REPLY   = 0x00000010,  /* send and forget */
    CIB_OPT_NO_CHILDREN     = 0x00000020,  /* query: element and attributes only */
    CIB_OPT_XPATH_ADDRESS   = 0x00000040,  /* query: paths instead of elements */
    CIB_OPT_MIXED_UPDATE    = 0x00000080,  /* modify: delete elements marked __delete__ */
    CIB_OPT_SCOPE_LOCAL     = 0x00000100,
    CIB_OPT_DRYRUN          = 0x00000200,
    CIB_OPT_SYNC_CALL       = 0x00001000,  /* set by cib_call() */
    CIB_OPT_NO_MTIME        = 0x00002000,
    CIB_OPT_ZERO_COPY       = 0x00004000,  /* internal */
    CIB_OPT_INHIBIT_NOTIFY  = 0x00010000,
    CIB_OPT_QUORUM_OVERRIDE = 0x00100000,
    CIB_OPT_INHIBIT_BCAST   = 0x01000000,
    CIB_OPT_FORCE_DIFF      = 0x10000000,  /* internal */
};

/* Operations: values of the attribute cib_op (cib.md §3.5). */
#define CIB_OP_QUERY        "cib_query"
#define CIB_OP_CREATE       "cib_create"
#define CIB_OP_MODIFY       "cib_modify"
#define CIB_OP_REPLACE      "cib_replace"
#define CIB_OP_DELETE       "cib_delete"
#define CIB_OP_DELETE_ALT   "cib_delete_alt"
#define CIB_OP_APPLY_DIFF   "cib_apply_diff"
#define CIB_OP_BUMP         "cib_bump"
#define CIB_OP_ERASE        "cib_erase"
#define CIB_OP_UPGRADE      "cib_upgrade"
#define CIB_OP_SYNC         "cib_sync"          /* host's CIB (own when NULL) to all nodes */
#define CIB_OP_SYNC_ONE     "cib_sync_one"
#define CIB_OP_PRIMARY      "cib_master"        /* become primary: the controller that becomes DC */
#define CIB_OP_SECONDARY    "cib_slave"
#define CIB_OP_SECONDARY_ALL "cib_slave_all"
#define CIB_OP_IS_PRIMARY   "cib_ismaster"      /* 0 or -EPERM */
#define CIB_OP_NOOP         "noop"
#define CIB_OP_PING         "ping"
#define CIB_OP_SHUTDOWN     "cib_shutdown_req"

/* Notifications (cib.md §8). */
#define CIB_NOTIFY_DIFF     "cib_diff_notify"
#define CIB_NOTIFY_REFRESH  "cib_refresh_notify"
#define CIB_NOTIFY_PRE      "cib_pre_notify"
#define CIB_NOTIFY_POST     "cib_post_notify"
#define CIB_NOTIFY_CONFIRM  "cib_update_confirmation"

/* Seconds a call waits for its reply when the caller says 0. */
#define CIB_DEFAULT_TIMEOUT 120u

/* Which service of the local daemon. */
enum cib_channel { CIB_CHANNEL_RO, CIB_CHANNEL_RW, CIB_CHANNEL_SHM };

typedef struct cib cib_t;

/* ---- connection ---- */

/* The environment decides (CIB_shadow, CIB_file, CIB_port, else the local daemon). Never NULL. */
cib_t *cib_new(void);
cib_t *cib_new_daemon(void);
cib_t *cib_new_file(const char *path);              /* plain, or .bz2 */
cib_t *cib_new_shadow(const char *name);
/* Path of shadow copy name, malloc'ed; creates the user's directory when needed. */
char *cib_shadow_path(const char *name);

/* name: our client name (program name). -ENOTCONN daemon not running, -ENXIO missing file,
 * -PCMK_ERR_SCHEMA_VALIDATION unusable file. Connecting a connected object does nothing. */
int cib_connect(cib_t *cib, const char *name, enum cib_channel channel);
/* Write a changed file back, drop the connection; calls under way end with -ENOTCONN without callback. */
int cib_disconnect(cib_t *cib);
void cib_free(cib_t *cib);                          /* disconnects; NULL allowed */
bool cib_connected(const cib_t *cib);
bool cib_is_daemon(const cib_t *cib);               /* neither file nor shadow */

/* Dispatch replies and notifications from the default GLib main context (daemon connections). */
int cib_attach(cib_t *cib);
/* Standalone use without GLib: poll the descriptor for input, then dispatch. */
int cib_fd(const cib_t *cib);
int cib_dispatch(cib_t *cib);
/* The daemon went away (called once a connection, from the main loop or cib_dispatch()). The callee may call
 * cib_disconnect() and later cib_connect() again, or cib_free(). */
void cib_on_lost(cib_t *cib, void (*fn)(cib_t *cib, void *arg), void *arg);
/* The user whose permissions apply to following calls (root and the daemon user only); NULL = own. */
void cib_set_user(cib_t *cib, const char *user);

/* ---- calls ---- */

/* Blocking call. host NULL: whoever must do it; section: name or XPath, NULL = all; data: payload or NULL;
 * timeout in seconds, 0 = CIB_DEFAULT_TIMEOUT. *output (may be NULL) receives the reply's data or NULL, on
 * errors too. -ETIME no reply in time, -ENOTCONN, -ENOMSG. Do not use in a main loop callback of a daemon
 * that the CIB daemon may wait for. */
int cib_call(cib_t *cib, const char *op, const char *host, const char *section, const xmlNode *data,
             uint32_t options, unsigned timeout, xmlNode **output);

/* End of an asynchronous call. output is the reply's data or NULL, freed after the callback. */
typedef void (*cib_done_fn)(cib_t *cib, int call_id, int rc, xmlNode *output, void *arg);

/* Asynchronous call: returns the positive call id at once, or a negative result (then no callback). done may
 * be NULL. After timeout seconds without a reply done gets -ETIME. free_arg (may be NULL) is called once on
 * arg when the call is over in any way, also when sending failed. On a file the callback runs before
 * cib_send() returns. */
int cib_send(cib_t *cib, const char *op, const char *host, const char *section, const xmlNode *data,
             uint32_t options, unsigned timeout, cib_done_fn done, void *arg, void (*free_arg)(void *));
/* Forget callbacks: all of them, or of one call. free_arg is called, done is not. */
void cib_cancel_all(cib_t *cib);
void cib_cancel(cib_t *cib, int call_id);
unsigned cib_pending(const cib_t *cib);             /* asynchronous calls waiting for a reply */

/* Frequent calls; blocking. */
int cib_query(cib_t *cib, const char *section, uint32_t options, xmlNode **output);
int cib_modify(cib_t *cib, const char *section, const xmlNode *data, uint32_t options);
int cib_create(cib_t *cib, const char *section, const xmlNode *data, uint32_t options);
int cib_replace(cib_t *cib, const char *section, const xmlNode *data, uint32_t options);
int cib_delete(cib_t *cib, const char *section, const xmlNode *data, uint32_t options);

/* ---- notifications ---- */

/* msg is freed after the callback. Several callbacks for one event are called in the order of
 * subscription. */
typedef void (*cib_notify_fn)(cib_t *cib, const char *event, xmlNode *msg, void *arg);

/* event: CIB_NOTIFY_*. -EPROTONOSUPPORT on files. Subscriptions end with the connection. */
int cib_subscribe(cib_t *cib, const char *event, cib_notify_fn fn, void *arg);
int cib_unsubscribe(cib_t *cib, const char *event, cib_notify_fn fn, void *arg);

/* The <diff> of a cib_diff_notify message, owned by msg; NULL when absent. *rc: the operation's result; a
 * negative one means the change did not happen and must be ignored. */
xmlNode *cib_notify_patch(const xmlNode *msg, int *rc);

#endif
