/* One operation from request to result: permission, working copy, execution, guards, versions, patch,
 * validation (cib.md §3.4). Pure; what it needs from outside comes through struct cib_env. */
#ifndef CIB_PERFORM_H
#define CIB_PERFORM_H

#include "cib/ops.h"

/* The world as operations see it. All hooks but arg may be NULL. */
struct cib_env {
    void *arg;
    /* 0 or -PCMK_ERR_SCHEMA_VALIDATION; may set validate-with of a tree without it. */
    int (*validate)(void *arg, xmlNode *cib);
    /* Upgrade cib in place, or put the result into *fresh, up to schema max (NULL = latest): 0,
     * -PCMK_ERR_SCHEMA_UNCHANGED, -PCMK_ERR_SCHEMA_VALIDATION, -PCMK_ERR_TRANSFORM_FAILED. */
    int (*upgrade)(void *arg, xmlNode *cib, const char *max, xmlNode **fresh);
    /* Is the schema of that name at least the other one? */
    bool (*schema_at_least)(void *arg, const char *name, const char *least);
    /* ctime() text of now without newline. */
    void (*time_text)(void *arg, char *out, size_t size);
    long long (*monotonic_seconds)(void *arg);
    /* Is user a supplementary member of group? */
    bool (*user_in_group)(void *arg, const char *user, const char *group);
    long long last_digest;      /* when a patch last got a digest, monotonic seconds; 0 = never */
};

struct cib_change {
    const char *op, *section;
    uint32_t options;
    const char *user;           /* NULL, "" = nobody in particular: no access control */
    bool privileged;            /* may execute privileged operations */
    bool count_versions;        /* false for synchronisation between daemons */
    const xmlNode *message;     /* the request; NULL for none */
    const xmlNode *input;
    const char *origin, *client;    /* for update-origin and update-client */
};

struct cib_result {
    int rc;
    xmlNode *cib;               /* the tree after the operation, owned by the caller; NULL when unchanged */
    bool in_place;              /* the current tree itself was edited */
    xmlNode *output, *patch;    /* owned by the caller; may be NULL */
    bool config_changed;
};

/* Execute a query or change on current. The caller decides what to do with the new tree (dry runs
 * included). */
void cib_perform(struct cib_env *env, const struct cib_change *change, xmlNode *current,
                 struct cib_result *result);
void cib_result_clear(struct cib_result *result);

#endif
