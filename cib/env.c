/* The real world for struct cib_env. */
#include "config.h"
#include "cib/env.h"

#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "cib/schema.h"
#include "pacemaker/common/results.h"

static schema_report_fn reporter(void *arg)
{
    return arg != NULL ? schema_print : NULL;
}

static int validate(void *arg, xmlNode *cib)
{
    return schema_validate(cib, reporter(arg), NULL);
}

static int upgrade(void *arg, xmlNode *cib, const char *max, xmlNode **fresh)
{
    int start = schema_index(xml_get(cib, "validate-with")), best = -1;
    int rc = schema_upgrade(cib, max, true, &best, reporter(arg), NULL);

    (void)fresh;
    if (best > start) {
        return 0;
    }
    return rc != 0 ? rc : -PCMK_ERR_SCHEMA_UNCHANGED;
}

static bool at_least(void *arg, const char *name, const char *least)
{
    (void)arg;
    return schema_at_least(name, least);
}

static void time_text(void *arg, char *out, size_t size)
{
    time_t now = time(NULL);
    char text[32] = "";

    (void)arg;
    if (ctime_r(&now, text) != NULL) {
        g_strlcpy(out, g_strchomp(text), size);
    }
}

static long long monotonic_seconds(void *arg)
{
    (void)arg;
    return g_get_monotonic_time() / G_USEC_PER_SEC;
}

static bool user_in_group(void *arg, const char *user, const char *group)
{
    const struct group *entry = getgrnam(group);

    (void)arg;
    for (char **member = (entry == NULL) ? NULL : entry->gr_mem; member != NULL && *member != NULL;
         member++) {
        if (strcmp(*member, user) == 0) {
            return true;
        }
    }
    return false;
}

void cib_env_init(struct cib_env *env, bool verbose)
{
    static char verbose_mark;

    memset(env, 0, sizeof(*env));
    env->arg = verbose ? &verbose_mark : NULL;
    env->validate = validate;
    env->upgrade = upgrade;
    env->schema_at_least = at_least;
    env->time_text = time_text;
    env->monotonic_seconds = monotonic_seconds;
    env->user_in_group = user_in_group;
}
