/* Resource classes: what they are able to do, how they name actions, what their exit statuses mean
 * (executor.md §6, §7). */
#include "config.h"
#include "lrmd/services.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "lrmd/lrmd_client.h"
#include "lrmd/systemd.h"
#include "pacemaker/common/results.h"

static const struct {
    const char *name;
    rsc_class_t class;
    bool provider, params, unique, promotable, status;
} classes[] = {
    {"ocf",     CLASS_OCF,     .provider = true, .params = true, .unique = true, .promotable = true},
    {"lsb",     CLASS_LSB,     .status = true},
    {"systemd", CLASS_SYSTEMD, .status = true},
    {"service", CLASS_SERVICE, .status = true},
    {"nagios",  CLASS_NAGIOS,  .params = true},
    {"upstart", CLASS_UPSTART, .status = true},
    {"stonith", CLASS_STONITH, .params = true, .unique = true},
    {"alert",   CLASS_ALERT,   .params = false},
};

rsc_class_t rsc_class(const char *standard)
{
    for (size_t i = 0; standard != NULL && i < G_N_ELEMENTS(classes); i++) {
        if (strcasecmp(standard, classes[i].name) == 0) {
            return classes[i].class;
        }
    }
    return CLASS_UNKNOWN;
}

static size_t class_index(const char *standard)
{
    rsc_class_t class = rsc_class(standard);
    size_t i = 0;

    while (i < G_N_ELEMENTS(classes) && classes[i].class != class) {
        i++;
    }
    return i;
}

bool rsc_class_has_provider(const char *standard)
{
    size_t i = class_index(standard);
    return i < G_N_ELEMENTS(classes) && classes[i].provider;
}

bool rsc_class_has_params(const char *standard)
{
    size_t i = class_index(standard);
    return i < G_N_ELEMENTS(classes) && classes[i].params;
}

bool rsc_class_unique(const char *standard)
{
    size_t i = class_index(standard);
    return i < G_N_ELEMENTS(classes) && classes[i].unique;
}

bool rsc_class_promotable(const char *standard)
{
    size_t i = class_index(standard);
    return i < G_N_ELEMENTS(classes) && classes[i].promotable;
}

bool rsc_class_has_metadata(const char *standard)
{
    size_t i = class_index(standard);
    return i < G_N_ELEMENTS(classes) && classes[i].class != CLASS_ALERT && classes[i].class != CLASS_UPSTART;
}

bool rsc_class_uses_status(rsc_class_t class)
{
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
        if (classes[i].class == class) {
            return classes[i].status;
        }
    }
    return false;
}

const char *rsc_class_action(rsc_class_t class, const char *action)
{
    return rsc_class_uses_status(class) && strcasecmp(action, "monitor") == 0 ? "status" : action;
}

rsc_class_t rsc_class_resolve(rsc_class_t class, const char *agent)
{
    if (class != CLASS_SERVICE) {
        return class;
    }
    char *path = g_build_filename(LSB_DIR, agent, NULL);
    bool is_script = access(path, F_OK) == 0;

    g_free(path);
    return !is_script && systemd_unit_exists(agent) ? CLASS_SYSTEMD : CLASS_LSB;
}

static int lsb_status_exit(int status)
{
    switch (status) {
        case 0:
            return OCF_OK;
        case 1:         /* dead, pid file exists */
        case 2:         /* dead, lock file exists */
        case 3:         /* not running */
            return OCF_NOT_RUNNING;
        case 150:
            return OCF_NOT_INSTALLED;
        case 151:
            return OCF_INSUFFICIENT_PRIV;
        default:
            return OCF_UNKNOWN_ERROR;
    }
}

int rsc_class_exit(rsc_class_t class, const char *action, int status)
{
    switch (class) {
        case CLASS_OCF:
            return (status >= 0 && status <= 9) || status == OCF_DEGRADED || status == OCF_DEGRADED_PROMOTED
                   ? status : OCF_UNKNOWN_ERROR;
        case CLASS_LSB:
        case CLASS_SERVICE:
            if (strcasecmp(action, "status") == 0 || strcasecmp(action, "monitor") == 0) {
                return lsb_status_exit(status);
            }
            return status >= 0 && status <= 7 ? status : OCF_UNKNOWN_ERROR;
        case CLASS_NAGIOS:
            return status == 0 ? OCF_OK : status == 1 ? OCF_DEGRADED
                   : status == 100 ? OCF_INSUFFICIENT_PRIV : OCF_UNKNOWN_ERROR;
        default:
            return status;
    }
}

int rsc_spec_parse(const char *spec, char **standard, char **provider, char **type)
{
    const char *colon = strchr(spec, ':');

    if (colon == NULL || colon == spec || colon[1] == '\0') {
        return -EINVAL;
    }
    char *class_name = g_strndup(spec, (gsize)(colon - spec));
    const char *rest = colon + 1;
    const char *second = strchr(rest, ':');

    *provider = NULL;
    if (rsc_class_has_provider(class_name) != (second != NULL) || second == rest
        || (second != NULL && second[1] == '\0')) {
        g_free(class_name);
        return -EINVAL;
    }
    *standard = class_name;
    if (second != NULL) {
        *provider = g_strndup(rest, (gsize)(second - rest));
        rest = second + 1;
    }
    *type = g_strdup(rest);
    return 0;
}
