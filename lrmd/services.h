/* Running one action of an agent of any resource class (executor.md §6-§8, §11); below the executor's queue.
 *
 * Class stonith is not here: the executor hands it to the fencer. */
#ifndef LRMD_SERVICES_H
#define LRMD_SERVICES_H

#include <stdbool.h>
#include <glib.h>

#define OCF_RESOURCE_PATH OCF_ROOT "/resource.d"
#define LSB_DIR "/etc/init.d"
#define NAGIOS_DIR "/usr/lib/nagios/plugins"
#define NAGIOS_METADATA_DIR "/usr/share/nagios/plugins-metadata"
#define SECRETS_DIR LOCALSTATEDIR "/lib/pacemaker/lrm/secrets"

/* Resource class by its name, in any case. */
typedef enum {
    CLASS_UNKNOWN, CLASS_OCF, CLASS_LSB, CLASS_SYSTEMD, CLASS_SERVICE, CLASS_NAGIOS, CLASS_UPSTART,
    CLASS_STONITH, CLASS_ALERT,
} rsc_class_t;

rsc_class_t rsc_class(const char *standard);
bool rsc_class_uses_status(rsc_class_t class);      /* "monitor" is called "status" there */
const char *rsc_class_action(rsc_class_t class, const char *action);
/* What "service" means for this agent now: CLASS_LSB or CLASS_SYSTEMD. Other classes unchanged. */
rsc_class_t rsc_class_resolve(rsc_class_t class, const char *agent);
/* What an agent's exit status means (§7.3). class resolved; action as requested. */
int rsc_class_exit(rsc_class_t class, const char *action, int status);

/* Result of one run. */
typedef struct {
    int rc;                      /* enum ocf_exit */
    int status;                  /* enum exec_status */
    char *reason;                /* NULL = none */
    char *out, *err;             /* NULL = none */
    bool poll;                   /* accepted, but its completion must be watched with monitors (§8.3) */
    bool unprepared;             /* there is no such agent, nothing was tried */
} svc_result_t;

void svc_result_set(svc_result_t *result, int rc, int status, const char *reason);
void svc_result_setf(svc_result_t *result, int rc, int status, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void svc_result_clear(svc_result_t *result);

typedef struct {
    const char *rsc_id;
    const char *standard;
    const char *provider;        /* NULL unless the class has one */
    const char *agent;
    const char *action;          /* as requested: "monitor" also where the class says "status" */
    unsigned interval_ms;
    unsigned timeout_ms;         /* 0 = no limit */
    GHashTable *params;          /* may be NULL */
} svc_request_t;

typedef struct svc svc_t;
/* Called once, always from the main loop; the callee may take strings out of result. svc is freed after. */
typedef void (*svc_done_fn)(svc_t *svc, svc_result_t *result, void *arg);

/* Never fails: what cannot be started ends with a result that says why. */
svc_t *svc_start(const svc_request_t *request, svc_done_fn done, void *arg);
/* Kill or abandon; no callback. */
void svc_cancel(svc_t *svc);
/* The same without a main loop, for tools. */
void svc_run(const svc_request_t *request, svc_result_t *result);

/* Alert agent (§11): path is run as the daemon user with env as environment variables; the result is only
 * logged. */
typedef struct svc_alert svc_alert_t;
int svc_alert_start(const char *id, const char *path, unsigned timeout_ms, GHashTable *env,
                    void (*done)(void *arg), void *arg);

/* Replace parameters whose value is "lrm://" by the secret stored on this node (§6.4). false: not all
 * could be loaded. */
bool svc_load_secrets(const char *rsc_id, GHashTable *params);

/* Last exit reason an agent wrote to stderr; malloc'ed, NULL = none (§6.7). */
char *svc_exit_reason(const char *err);

#endif
