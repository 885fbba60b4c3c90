/* A fence device: what its configuration and its agent's metadata say about it (fencer.md §4, §6). Pure. */
#ifndef STONITHD_DEVICE_H
#define STONITHD_DEVICE_H

#include <stdbool.h>
#include <glib.h>
#include <libxml/tree.h>

#define DEVICE_TARGETS_MAX 10000u        /* names in one target list */
#define DYNAMIC_LIST_AGE_S 60            /* older lists are asked for again */

/* st_device_support_flags */
#define DEVICE_LIST   0x01u
#define DEVICE_STATUS 0x02u
#define DEVICE_REBOOT 0x04u
#define DEVICE_PLUG   0x08u
#define DEVICE_PORT   0x10u
#define DEVICE_ON     0x20u

typedef struct device {
    char *id, *agent, *name_space;       /* name_space NULL = unknown */
    GHashTable *params;
    GHashTable *aliases;                 /* lower-case node -> port (pcmk_host_map) */
    GPtrArray *targets;                  /* char * */
    long long targets_age;               /* epoch seconds of a dynamic list, 0 = none yet */
    bool dynamic_to_status;              /* its list never worked */
    bool api_registered, cib_registered, verified;
    unsigned flags;                      /* DEVICE_* */
    bool metadata_known;
    bool automatic_unfencing;
    bool wants_nodeid;
    GPtrArray *on_target_actions;        /* char *: run on the target only */
    void *data;                          /* the fencer's queue */
} device_t;

/* params is taken. automatic_unfencing: rsc_provides said so. */
device_t *device_new(const char *id, const char *agent, const char *name_space, GHashTable *params,
                     bool automatic_unfencing);
void device_free(device_t *device);
void device_apply_metadata(device_t *device, const xmlNode *metadata);
/* The same device with the same configuration? */
bool device_equal(const device_t *a, const device_t *b);

const char *device_param(const device_t *device, const char *name);
const char *device_alias(const device_t *device, const char *node);      /* NULL = none */
/* "static-list", "dynamic-list", "status", "none", or what is configured. */
const char *device_host_check(const device_t *device);
bool device_has_target(const device_t *device, const char *name);
void device_set_targets(device_t *device, const char *list, long long now);

/* May this node do action on target with it? (§4.3) */
bool device_may_do(const device_t *device, const char *action, const char *target, const char *own_name,
                   bool allow_suicide);
/* The same for that action alone; above a reboot may also be done as off and on. */
bool device_may_do_alone(const device_t *device, const char *action, const char *target, const char *own_name,
                         bool allow_suicide);
/* What really runs: reboot becomes off on agents without it. */
const char *device_real_action(const device_t *device, const char *action);
bool device_requires_on(const device_t *device, const char *action);      /* must unfence in any case */

int device_action_timeout(const device_t *device, const char *action, int fallback_s);  /* seconds */
bool device_has_action_timeout(const device_t *device, const char *action, int *timeout_s);
int device_action_limit(const device_t *device);                          /* < 0 = unlimited */
int device_retries(const device_t *device, const char *action);           /* attempts in all */
/* Configured delays of fencing target, seconds. */
int device_delay_max(const device_t *device, const char *action);
int device_delay_base(const device_t *device, const char *action, const char *target);

/* Names of a target list or of an agent's "list" output into names (char *, §4.4). */
void parse_target_list(const char *text, GPtrArray *names);

#endif
