/* How a fencing command ended, in its three notations: agent's exit status, execution status, legacy code
 * (fencer.md §3). Pure. */
#include "config.h"
#include "stonithd/stonith_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

static char *copy(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

void fence_result_clear(fence_result_t *result)
{
    free(result->exit_reason);
    free(result->output);
    *result = (fence_result_t){0};
}

void fence_result_set(fence_result_t *result, int exit_status, int op_status, const char *exit_reason)
{
    char *reason = copy(exit_reason);

    fence_result_clear(result);
    *result = (fence_result_t){.exit_status = exit_status, .op_status = op_status, .exit_reason = reason};
}

void fence_result_copy(fence_result_t *target, const fence_result_t *source)
{
    if (target != source) {
        fence_result_set(target, source->exit_status, source->op_status, source->exit_reason);
        target->output = copy(source->output);
    }
}

bool fence_result_ok(const fence_result_t *result)
{
    return result->op_status == EXEC_DONE && result->exit_status == CRM_EX_OK;
}

/* An agent's failure tells by its exit status or by what it printed. */
static int legacy_of_failure(const fence_result_t *result)
{
    switch (result->exit_status) {
        case CRM_EX_INVALID_PARAM:
            return -EINVAL;
        case CRM_EX_INSUFFICIENT_PRIV:
            return -EACCES;
        case CRM_EX_PROTOCOL:
            return -EPROTO;
        case CRM_EX_EXPIRED:
            return -EHOSTUNREACH;
        default:
            break;
    }
    const char *text = result->output;
    if (text == NULL) {
        return -ENODATA;
    }
    if (strstr(text, "timed out") != NULL || strstr(text, "timeout") != NULL) {
        return -ETIME;
    }
    if (strstr(text, "unrecognised action") != NULL || strstr(text, "unrecognized action") != NULL
        || strstr(text, "unsupported action") != NULL) {
        return -EOPNOTSUPP;
    }
    return -PCMK_ERR_GENERIC;
}

int fence_result_legacy(const fence_result_t *result)
{
    if (fence_result_ok(result)) {
        return 0;
    }
    switch (result->op_status) {
        case EXEC_PENDING:
            return -EINPROGRESS;
        case EXEC_CANCELLED:
            return -ECANCELED;
        case EXEC_TIMEOUT:
            return -ETIME;
        case EXEC_NOT_INSTALLED:
            return -ENOENT;
        case EXEC_NOT_SUPPORTED:
            return -EOPNOTSUPP;
        case EXEC_NOT_CONNECTED:
            return -ENOTCONN;
        case EXEC_NO_FENCE_DEVICE:
            return -ENODEV;
        case EXEC_NO_SECRETS:
            return -EACCES;
        default:
            return legacy_of_failure(result);
    }
}

static int status_of_legacy(int rc)
{
    switch (rc >= 0 ? 0 : -rc) {
        case 0:
            return EXEC_DONE;
        case EACCES:
            return EXEC_NO_SECRETS;
        case ECANCELED:
            return EXEC_CANCELLED;
        case EHOSTUNREACH:
        case EPROTO:
            return EXEC_INVALID;
        case EINPROGRESS:
            return EXEC_PENDING;
        case ENODEV:
            return EXEC_NO_FENCE_DEVICE;
        case ENOENT:
            return EXEC_NOT_INSTALLED;
        case ENOTCONN:
            return EXEC_NOT_CONNECTED;
        case EOPNOTSUPP:
        case EPROTONOSUPPORT:
            return EXEC_NOT_SUPPORTED;
        case ETIME:
        case ETIMEDOUT:
            return EXEC_TIMEOUT;
        default:
            return EXEC_ERROR;
    }
}

void fence_result_to_xml(xmlNode *node, const fence_result_t *result)
{
    xml_set_int(node, "op-status", result->op_status);
    xml_set_int(node, "rc-code", result->exit_status);
    xml_set(node, "exit-reason", result->exit_reason);
    xml_set(node, "st_output", result->output);
    xml_set_int(node, "st_rc", fence_result_legacy(result));
}

#define SEARCH_DEPTH_MAX 32u

bool fence_result_from_xml(const xmlNode *node, fence_result_t *result)
{
    const xmlNode *match = xml_find_with(node, "rc-code", SEARCH_DEPTH_MAX);
    long long exit_status = CRM_EX_ERROR, op_status = EXEC_ERROR, legacy = 0;
    bool found = true;

    if (match != NULL && xml_get_int(match, "rc-code", &exit_status) == 0
        && xml_get_int(match, "op-status", &op_status) == 0) {
        /* all there */
    } else if ((match = xml_find_with(node, "st_rc", SEARCH_DEPTH_MAX)) != NULL
               && xml_get_int(match, "st_rc", &legacy) == 0 && legacy >= -4095 && legacy <= INT32_MAX) {
        exit_status = legacy == 0 || legacy == -EINPROGRESS ? CRM_EX_OK : CRM_EX_ERROR;
        op_status = status_of_legacy((int)legacy);
    } else {
        exit_status = CRM_EX_ERROR;
        op_status = EXEC_ERROR;
        found = false;
    }
    fence_result_set(result, (int)exit_status, (int)op_status, xml_get(match, "exit-reason"));
    result->output = copy(xml_get(match, "st_output"));
    return found;
}
