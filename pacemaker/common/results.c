/* Names, texts and exit codes of results (agents-and-tools.md B2, executor.md §7). */
#include "config.h"

#include "pacemaker/common/results.h"
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct code {
    int code;
    const char *name, *text;
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct code legacy_codes[] = {
    {PCMK_ERR_GENERIC, "pcmk_err_generic", "Error"},
    {PCMK_ERR_NO_QUORUM, "pcmk_err_no_quorum", "Operation requires quorum"},
    {PCMK_ERR_SCHEMA_VALIDATION, "pcmk_err_schema_validation",
     "Update does not conform to the configured schema"},
    {PCMK_ERR_TRANSFORM_FAILED, "pcmk_err_transform_failed", "Schema transform failed"},
    {PCMK_ERR_OLD_DATA, "pcmk_err_old_data", "Update was older than existing configuration"},
    {PCMK_ERR_DIFF_FAILED, "pcmk_err_diff_failed", "Application of update diff failed"},
    {PCMK_ERR_DIFF_RESYNC, "pcmk_err_diff_resync",
     "Application of update diff failed, requesting full refresh"},
    {PCMK_ERR_CIB_MODIFIED, "pcmk_err_cib_modified", "On-disk configuration was manually modified"},
    {PCMK_ERR_CIB_BACKUP, "pcmk_err_cib_backup", "Could not archive previous configuration"},
    {PCMK_ERR_CIB_SAVE, "pcmk_err_cib_save", "Could not save new configuration to disk"},
    {PCMK_ERR_SCHEMA_UNCHANGED, NULL, "Schema is already the latest available"},
    {PCMK_ERR_CIB_CORRUPT, "pcmk_err_cib_corrupt", "Could not parse on-disk configuration"},
    {PCMK_ERR_MULTIPLE, "pcmk_err_multiple", "Resource active on multiple nodes"},
    {PCMK_ERR_NODE_UNKNOWN, "pcmk_err_node_unknown", "Node not found"},
    {PCMK_ERR_ALREADY, "pcmk_err_already", "Already in requested state"},
    {PCMK_ERR_BAD_NVPAIR, "pcmk_err_bad_nvpair", "Bad name/value pair given"},
    {PCMK_ERR_UNKNOWN_FORMAT, "pcmk_err_unknown_format", "Unknown output format"},
};

/* Results only tools print and map; negative beyond all errno values. */
static const struct code standard_codes[] = {
    {-1001, "pcmk_rc_error", "Error"},
    {-1002, "pcmk_rc_unknown_format", "Unknown output format"},
    {-1003, "pcmk_rc_bad_nvpair", "Bad name/value pair given"},
    {-1004, "pcmk_rc_already", "Already in requested state"},
    {-1005, "pcmk_rc_node_unknown", "Node not found"},
    {-1006, "pcmk_rc_multiple", "Resource active on multiple nodes"},
    {-1007, "pcmk_rc_cib_corrupt", "Could not parse on-disk configuration"},
    {-1008, "pcmk_rc_cib_save", "Could not save new configuration to disk"},
    {-1009, "pcmk_rc_cib_backup", "Could not archive previous configuration"},
    {-1010, "pcmk_rc_cib_modified", "On-disk configuration was manually modified"},
    {-1011, "pcmk_rc_diff_resync", "Application of update diff failed, requesting full refresh"},
    {-1012, "pcmk_rc_diff_failed", "Application of update diff failed"},
    {-1013, "pcmk_rc_old_data", "Update was older than existing configuration"},
    {-1014, "pcmk_rc_transform_failed", "Schema transform failed"},
    {-1015, "pcmk_rc_schema_unchanged", "Schema is already the latest available"},
    {-1016, "pcmk_rc_schema_validation", "Update does not conform to the configured schema"},
    {-1017, "pcmk_rc_no_quorum", "Operation requires quorum"},
    {-1018, "pcmk_rc_ipc_unauthorized", "IPC server is blocked by unauthorized process"},
    {-1019, "pcmk_rc_ipc_unresponsive", "IPC server is unresponsive"},
    {-1020, "pcmk_rc_ipc_pid_only", "IPC server process is active but not accepting connections"},
    {-1021, "pcmk_rc_op_unsatisfied", "Not applicable under current conditions"},
    {-1022, "pcmk_rc_undetermined", "Result undetermined"},
    {-1023, "pcmk_rc_before_range", "Result occurs before given range"},
    {-1024, "pcmk_rc_within_range", "Result occurs within given range"},
    {-1025, "pcmk_rc_after_range", "Result occurs after given range"},
    {-1026, "pcmk_rc_no_output", "Output message produced no output"},
    {-1027, "pcmk_rc_no_input", "Input file not available"},
    {-1028, "pcmk_rc_underflow", "Value too small to be stored in data type"},
    {-1029, "pcmk_rc_dot_error", "Error writing dot(1) file"},
    {-1030, "pcmk_rc_graph_error", "Error writing graph file"},
    {-1031, "pcmk_rc_invalid_transition", "Cluster simulation produced invalid transition"},
    {-1032, "pcmk_rc_unpack_error", "Unable to parse CIB XML"},
    {-1033, "pcmk_rc_duplicate_id", "Two or more XML elements have the same ID"},
};

static const struct code errno_codes[] = {
    {EPERM, "EPERM", NULL},
    {ENOENT, "ENOENT", NULL},
    {ESRCH, "ESRCH", NULL},
    {EINTR, "EINTR", NULL},
    {EIO, "EIO", NULL},
    {ENXIO, "ENXIO", NULL},
    {E2BIG, "E2BIG", NULL},
    {ENOEXEC, "ENOEXEC", NULL},
    {EBADF, "EBADF", NULL},
    {ECHILD, "ECHILD", NULL},
    {EAGAIN, "EAGAIN", NULL},
    {ENOMEM, "ENOMEM", NULL},
    {EACCES, "EACCES", NULL},
    {EFAULT, "EFAULT", NULL},
    {ENOTBLK, "ENOTBLK", NULL},
    {EBUSY, "EBUSY", NULL},
    {EEXIST, "EEXIST", NULL},
    {EXDEV, "EXDEV", NULL},
    {ENODEV, "ENODEV", NULL},
    {ENOTDIR, "ENOTDIR", NULL},
    {EISDIR, "EISDIR", NULL},
    {EINVAL, "EINVAL", NULL},
    {ENFILE, "ENFILE", NULL},
    {EMFILE, "EMFILE", NULL},
    {ENOTTY, "ENOTTY", NULL},
    {ETXTBSY, "ETXTBSY", NULL},
    {EFBIG, "EFBIG", NULL},
    {ENOSPC, "ENOSPC", NULL},
    {ESPIPE, "ESPIPE", NULL},
    {EROFS, "EROFS", NULL},
    {EMLINK, "EMLINK", NULL},
    {EPIPE, "EPIPE", NULL},
    {EDOM, "EDOM", NULL},
    {ERANGE, "ERANGE", NULL},
    {EDEADLK, "EDEADLOCK", NULL},
    {ENAMETOOLONG, "ENAMETOOLONG", NULL},
    {ENOLCK, "ENOLCK", NULL},
    {ENOSYS, "ENOSYS", NULL},
    {ENOTEMPTY, "ENOTEMPTY", NULL},
    {ELOOP, "ELOOP", NULL},
    {ENOMSG, "ENOMSG", NULL},
    {EIDRM, "EIDRM", NULL},
    {ECHRNG, "ECHRNG", NULL},
    {EL2NSYNC, "EL2NSYNC", NULL},
    {EL3HLT, "EL3HLT", NULL},
    {EL3RST, "EL3RST", NULL},
    {EUNATCH, "EUNATCH", NULL},
    {EL2HLT, "EL2HLT", NULL},
    {EBADE, "EBADE", NULL},
    {EBADR, "EBADR", NULL},
    {EXFULL, "EXFULL", NULL},
    {EBADRQC, "EBADRQC", NULL},
    {EBADSLT, "EBADSLT", NULL},
    {ENOSTR, "ENOSTR", NULL},
    {ENODATA, "ENODATA", NULL},
    {ETIME, "ETIME", NULL},
    {ENOSR, "ENOSR", NULL},
    {ENONET, "ENONET", NULL},
    {ENOPKG, "ENOPKG", NULL},
    {EREMOTE, "EREMOTE", NULL},
    {ENOLINK, "ENOLINK", NULL},
    {ECOMM, "ECOMM", NULL},
    {EPROTO, "EPROTO", NULL},
    {EMULTIHOP, "EMULTIHOP", NULL},
    {EBADMSG, "EBADMSG", NULL},
    {EOVERFLOW, "EOVERFLOW", NULL},
    {ENOTUNIQ, "ENOTUNIQ", NULL},
    {EBADFD, "EBADFD", NULL},
    {EREMCHG, "EREMCHG", NULL},
    {ELIBACC, "ELIBACC", NULL},
    {ELIBBAD, "ELIBBAD", NULL},
    {ELIBSCN, "ELIBSCN", NULL},
    {ELIBMAX, "ELIBMAX", NULL},
    {ELIBEXEC, "ELIBEXEC", NULL},
    {EILSEQ, "EILSEQ", NULL},
    {ERESTART, "ERESTART", NULL},
    {ESTRPIPE, "ESTRPIPE", NULL},
    {EUSERS, "EUSERS", NULL},
    {ENOTSOCK, "ENOTSOCK", NULL},
    {EDESTADDRREQ, "EDESTADDRREQ", NULL},
    {EMSGSIZE, "EMSGSIZE", NULL},
    {EPROTOTYPE, "EPROTOTYPE", NULL},
    {ENOPROTOOPT, "ENOPROTOOPT", NULL},
    {EPROTONOSUPPORT, "EPROTONOSUPPORT", NULL},
    {ESOCKTNOSUPPORT, "ESOCKTNOSUPPORT", NULL},
    {EOPNOTSUPP, "EOPNOTSUPP", NULL},
    {EPFNOSUPPORT, "EPFNOSUPPORT", NULL},
    {EAFNOSUPPORT, "EAFNOSUPPORT", NULL},
    {EADDRINUSE, "EADDRINUSE", NULL},
    {EADDRNOTAVAIL, "EADDRNOTAVAIL", NULL},
    {ENETDOWN, "ENETDOWN", NULL},
    {ENETUNREACH, "ENETUNREACH", NULL},
    {ENETRESET, "ENETRESET", NULL},
    {ECONNABORTED, "ECONNABORTED", NULL},
    {ECONNRESET, "ECONNRESET", NULL},
    {ENOBUFS, "ENOBUFS", NULL},
    {EISCONN, "EISCONN", NULL},
    {ENOTCONN, "ENOTCONN", NULL},
    {ESHUTDOWN, "ESHUTDOWN", NULL},
    {ETIMEDOUT, "ETIMEDOUT", NULL},
    {ECONNREFUSED, "ECONNREFUSED", NULL},
    {EHOSTDOWN, "EHOSTDOWN", NULL},
    {EHOSTUNREACH, "EHOSTUNREACH", NULL},
    {EALREADY, "EALREADY", NULL},
    {EINPROGRESS, "EINPROGRESS", NULL},
    {ESTALE, "ESTALE", NULL},
    {EUCLEAN, "EUCLEAN", NULL},
    {EISNAM, "EISNAM", NULL},
    {EREMOTEIO, "EREMOTEIO", NULL},
    {EDQUOT, "EDQUOT", NULL},
    {ENOMEDIUM, "ENOMEDIUM", NULL},
    {EMEDIUMTYPE, "EMEDIUMTYPE", NULL},
    {ECANCELED, "ECANCELED", NULL},
    {ENOKEY, "ENOKEY", NULL},
    {EKEYEXPIRED, "EKEYEXPIRED", NULL},
    {EKEYREVOKED, "EKEYREVOKED", NULL},
    {EKEYREJECTED, "EKEYREJECTED", NULL},
};

static const struct code exit_codes[] = {
    {CRM_EX_OK, "CRM_EX_OK", "OK"},
    {CRM_EX_ERROR, "CRM_EX_ERROR", "Error occurred"},
    {CRM_EX_INVALID_PARAM, "CRM_EX_INVALID_PARAM", "Invalid parameter"},
    {CRM_EX_UNIMPLEMENT_FEATURE, "CRM_EX_UNIMPLEMENT_FEATURE", "Unimplemented"},
    {CRM_EX_INSUFFICIENT_PRIV, "CRM_EX_INSUFFICIENT_PRIV", "Insufficient privileges"},
    {CRM_EX_NOT_INSTALLED, "CRM_EX_NOT_INSTALLED", "Not installed"},
    {CRM_EX_NOT_CONFIGURED, "CRM_EX_NOT_CONFIGURED", "Not configured"},
    {CRM_EX_NOT_RUNNING, "CRM_EX_NOT_RUNNING", "Not running"},
    {CRM_EX_PROMOTED, "CRM_EX_PROMOTED", "Promoted"},
    {CRM_EX_FAILED_PROMOTED, "CRM_EX_FAILED_PROMOTED", "Failed in promoted role"},
    {CRM_EX_USAGE, "CRM_EX_USAGE", "Incorrect usage"},
    {CRM_EX_DATAERR, "CRM_EX_DATAERR", "Invalid data given"},
    {CRM_EX_NOINPUT, "CRM_EX_NOINPUT", "Input file not available"},
    {CRM_EX_NOUSER, "CRM_EX_NOUSER", "User does not exist"},
    {CRM_EX_NOHOST, "CRM_EX_NOHOST", "Host does not exist"},
    {CRM_EX_UNAVAILABLE, "CRM_EX_UNAVAILABLE", "Necessary service unavailable"},
    {CRM_EX_SOFTWARE, "CRM_EX_SOFTWARE", "Internal software bug"},
    {CRM_EX_OSERR, "CRM_EX_OSERR", "Operating system error occurred"},
    {CRM_EX_OSFILE, "CRM_EX_OSFILE", "System file not available"},
    {CRM_EX_CANTCREAT, "CRM_EX_CANTCREAT", "Cannot create output file"},
    {CRM_EX_IOERR, "CRM_EX_IOERR", "I/O error occurred"},
    {CRM_EX_TEMPFAIL, "CRM_EX_TEMPFAIL", "Temporary failure, try again"},
    {CRM_EX_PROTOCOL, "CRM_EX_PROTOCOL", "Protocol violated"},
    {CRM_EX_NOPERM, "CRM_EX_NOPERM", "Insufficient privileges"},
    {CRM_EX_CONFIG, "CRM_EX_CONFIG", "Invalid configuration"},
    {CRM_EX_FATAL, "CRM_EX_FATAL", "Fatal error occurred, will not respawn"},
    {CRM_EX_PANIC, "CRM_EX_PANIC", "System panic required"},
    {CRM_EX_DISCONNECT, "CRM_EX_DISCONNECT", "Not connected"},
    {CRM_EX_OLD, "CRM_EX_OLD", "Update was older than existing configuration"},
    {CRM_EX_DIGEST, "CRM_EX_DIGEST", "Digest mismatch"},
    {CRM_EX_NOSUCH, "CRM_EX_NOSUCH", "No such object"},
    {CRM_EX_QUORUM, "CRM_EX_QUORUM", "Quorum required"},
    {CRM_EX_UNSAFE, "CRM_EX_UNSAFE", "Operation not safe"},
    {CRM_EX_EXISTS, "CRM_EX_EXISTS", "Requested item already exists"},
    {CRM_EX_MULTIPLE, "CRM_EX_MULTIPLE", "Multiple items match request"},
    {CRM_EX_EXPIRED, "CRM_EX_EXPIRED", "Requested item has expired"},
    {CRM_EX_NOT_YET_IN_EFFECT, "CRM_EX_NOT_YET_IN_EFFECT", "Requested item is not yet in effect"},
    {CRM_EX_INDETERMINATE, "CRM_EX_INDETERMINATE", "Could not determine status"},
    {CRM_EX_UNSATISFIED, "CRM_EX_UNSATISFIED", "Not applicable under current conditions"},
    {CRM_EX_TIMEOUT, "CRM_EX_TIMEOUT", "Timeout occurred"},
    {CRM_EX_DEGRADED, "CRM_EX_DEGRADED", "Service is active but might fail soon"},
    {CRM_EX_DEGRADED_PROMOTED, "CRM_EX_DEGRADED_PROMOTED", "Service is promoted but might fail soon"},
    {CRM_EX_NONE, "CRM_EX_NONE", "No exit status available"},
};


static const struct code *find(const struct code *table, size_t n, int code)
{
    for (size_t i = 0; i < n; i++) {
        if (table[i].code == code) {
            return &table[i];
        }
    }
    return NULL;
}

/* The table row of a result of either sign: standard code, legacy code or errno. */
static const struct code *result_row(int rc)
{
    const struct code *row = find(standard_codes, COUNT(standard_codes), rc);

    rc = rc == -2147483647 - 1 ? 0 : abs(rc);
    if (row == NULL) {
        row = find(legacy_codes, COUNT(legacy_codes), rc);
    }
    return row != NULL ? row : find(errno_codes, COUNT(errno_codes), rc);
}

const char *pcmk_strerror(int rc)
{
    const struct code *row = result_row(rc);

    if (rc == 0) {
        return "OK";
    }
    if (row != NULL && row->text != NULL) {
        return row->text;
    }
    if (rc <= PCMK_RC_ERROR) {
        return "Error";
    }
    return strerror(rc < 0 ? -rc : rc);
}

const char *pcmk_rc_name(int rc)
{
    const struct code *row = result_row(rc);

    if (rc == 0) {
        return "pcmk_rc_ok";
    }
    return row != NULL && row->name != NULL ? row->name : "Unknown";
}

static crm_exit_t legacy_to_exit(int code)
{
    switch (code) {
        case PCMK_ERR_NO_QUORUM:
            return CRM_EX_QUORUM;
        case PCMK_ERR_SCHEMA_VALIDATION:
        case PCMK_ERR_TRANSFORM_FAILED:
            return CRM_EX_CONFIG;
        case PCMK_ERR_OLD_DATA:
            return CRM_EX_OLD;
        case PCMK_ERR_MULTIPLE:
            return CRM_EX_MULTIPLE;
        case PCMK_ERR_NODE_UNKNOWN:
        case PCMK_ERR_UNKNOWN_FORMAT:
            return CRM_EX_NOSUCH;
        case PCMK_ERR_ALREADY:
            return CRM_EX_EXISTS;
        case PCMK_ERR_BAD_NVPAIR:
            return CRM_EX_INVALID_PARAM;
        default:
            return CRM_EX_ERROR;
    }
}

static crm_exit_t standard_to_exit(int code)
{
    switch (code) {
        case PCMK_RC_WITHIN_RANGE:
            return CRM_EX_OK;
        case PCMK_RC_NO_QUORUM:
            return CRM_EX_QUORUM;
        case PCMK_RC_OLD_DATA:
            return CRM_EX_OLD;
        case PCMK_RC_SCHEMA_VALIDATION:
        case PCMK_RC_TRANSFORM_FAILED:
        case PCMK_RC_UNPACK_ERROR:
            return CRM_EX_CONFIG;
        case PCMK_RC_BAD_NVPAIR:
            return CRM_EX_INVALID_PARAM;
        case PCMK_RC_UNDERFLOW:
            return CRM_EX_SOFTWARE;
        case PCMK_RC_ALREADY:
            return CRM_EX_EXISTS;
        case PCMK_RC_NO_OUTPUT:
        case PCMK_RC_DOT_ERROR:
        case PCMK_RC_GRAPH_ERROR:
            return CRM_EX_IOERR;
        case PCMK_RC_MULTIPLE:
        case PCMK_RC_DUPLICATE_ID:
            return CRM_EX_MULTIPLE;
        case PCMK_RC_NODE_UNKNOWN:
        case PCMK_RC_UNKNOWN_FORMAT:
            return CRM_EX_NOSUCH;
        case PCMK_RC_OP_UNSATISFIED:
            return CRM_EX_UNSATISFIED;
        case PCMK_RC_BEFORE_RANGE:
            return CRM_EX_NOT_YET_IN_EFFECT;
        case PCMK_RC_AFTER_RANGE:
            return CRM_EX_EXPIRED;
        case PCMK_RC_UNDETERMINED:
            return CRM_EX_INDETERMINATE;
        case PCMK_RC_NO_INPUT:
            return CRM_EX_NOINPUT;
        default:
            return CRM_EX_ERROR;
    }
}

static crm_exit_t errno_to_exit(int code)
{
    switch (code) {
        case 0:
            return CRM_EX_OK;
        case EACCES:
            return CRM_EX_INSUFFICIENT_PRIV;
        case EBADF:
        case EINVAL:
        case EFAULT:
        case ENOSYS:
        case EOVERFLOW:
            return CRM_EX_SOFTWARE;
        case EBADMSG:
        case EMSGSIZE:
        case ENOMSG:
        case ENOPROTOOPT:
        case EPROTO:
        case EPROTONOSUPPORT:
        case EPROTOTYPE:
            return CRM_EX_PROTOCOL;
        case ECOMM:
        case ENOMEM:
            return CRM_EX_OSERR;
        case ECONNABORTED:
        case ECONNREFUSED:
        case ECONNRESET:
        case ENOTCONN:
            return CRM_EX_DISCONNECT;
        case EEXIST:
            return CRM_EX_EXISTS;
        case EIO:
            return CRM_EX_IOERR;
        case EOPNOTSUPP:
            return CRM_EX_UNIMPLEMENT_FEATURE;
        case ENOTUNIQ:
            return CRM_EX_MULTIPLE;
        case ENODEV:
        case ENOENT:
        case ENXIO:
            return CRM_EX_NOSUCH;
        case ETIME:
        case ETIMEDOUT:
            return CRM_EX_TIMEOUT;
        case EAGAIN:
        case EBUSY:
            return CRM_EX_UNSATISFIED;
        default:
            return CRM_EX_ERROR;
    }
}

crm_exit_t pcmk_rc_to_exit(int rc)
{
    if (rc <= PCMK_RC_ERROR) {
        return standard_to_exit(rc);
    }
    rc = abs(rc);
    return rc >= PCMK_ERR_GENERIC && rc <= PCMK_ERR_UNKNOWN_FORMAT ? legacy_to_exit(rc) : errno_to_exit(rc);
}

const char *crm_exit_str(crm_exit_t status)
{
    const struct code *row = find(exit_codes, COUNT(exit_codes), (int)status);

    if (row != NULL) {
        return row->text;
    }
    if (status == CRM_EX_MAX) {
        return "Error occurred";
    }
    return (int)status > 128 && status < CRM_EX_MAX ? "Interrupted by signal" : "Unknown exit status";
}

const char *crm_exit_name(crm_exit_t status)
{
    const struct code *row = find(exit_codes, COUNT(exit_codes), (int)status);

    return row != NULL ? row->name : "CRM_EX_UNKNOWN";
}

static const struct code ocf_texts[] = {
    {OCF_OK, NULL, "ok"},
    {OCF_UNKNOWN_ERROR, NULL, "error"},
    {OCF_INVALID_PARAM, NULL, "invalid parameter"},
    {OCF_UNIMPLEMENTED, NULL, "unimplemented feature"},
    {OCF_INSUFFICIENT_PRIV, NULL, "insufficient privileges"},
    {OCF_NOT_INSTALLED, NULL, "not installed"},
    {OCF_NOT_CONFIGURED, NULL, "not configured"},
    {OCF_NOT_RUNNING, NULL, "not running"},
    {OCF_RUNNING_PROMOTED, NULL, "promoted"},
    {OCF_FAILED_PROMOTED, NULL, "promoted (failed)"},
    {OCF_DEGRADED, NULL, "OCF_DEGRADED"},
    {OCF_DEGRADED_PROMOTED, NULL, "promoted (degraded)"},
};

const char *ocf_exit_str(int status)
{
    const struct code *row = find(ocf_texts, COUNT(ocf_texts), status);

    return row != NULL ? row->text : "unknown";
}

static const struct code exec_texts[] = {
    {EXEC_PENDING, NULL, "pending"},
    {EXEC_DONE, NULL, "complete"},
    {EXEC_CANCELLED, NULL, "Cancelled"},
    {EXEC_TIMEOUT, NULL, "Timed Out"},
    {EXEC_NOT_SUPPORTED, NULL, "NOT SUPPORTED"},
    {EXEC_ERROR, NULL, "Error"},
    {EXEC_ERROR_HARD, NULL, "Hard error"},
    {EXEC_ERROR_FATAL, NULL, "Fatal error"},
    {EXEC_NOT_INSTALLED, NULL, "Not installed"},
    {EXEC_NOT_CONNECTED, NULL, "Internal communication failure"},
    {EXEC_INVALID, NULL, "Cannot execute now"},
    {EXEC_NO_FENCE_DEVICE, NULL, "No fence device"},
    {EXEC_NO_SECRETS, NULL, "CIB secrets unavailable"},
};

const char *exec_status_str(int status)
{
    const struct code *row = find(exec_texts, COUNT(exec_texts), status);

    return row != NULL ? row->text : "UNKNOWN!";
}
