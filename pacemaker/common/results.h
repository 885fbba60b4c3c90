/* Result codes: functions return 0 or a negative errno / negative PCMK_ERR_*; these travel as
 * cib_rc, st_rc and lrmd_rc (agents-and-tools.md, rc tables). Processes exit with CRM_EX_*. */
#ifndef PCMK_RESULTS_H
#define PCMK_RESULTS_H

enum pcmk_err {                     /* used negated: -PCMK_ERR_OLD_DATA */
    PCMK_ERR_GENERIC = 201,
    PCMK_ERR_NO_QUORUM = 202,
    PCMK_ERR_SCHEMA_VALIDATION = 203,
    PCMK_ERR_TRANSFORM_FAILED = 204,
    PCMK_ERR_OLD_DATA = 205,
    PCMK_ERR_DIFF_FAILED = 206,
    PCMK_ERR_DIFF_RESYNC = 207,
    PCMK_ERR_CIB_MODIFIED = 208,
    PCMK_ERR_CIB_BACKUP = 209,
    PCMK_ERR_CIB_SAVE = 210,
    PCMK_ERR_SCHEMA_UNCHANGED = 211,
    PCMK_ERR_CIB_CORRUPT = 212,
    PCMK_ERR_MULTIPLE = 213,
    PCMK_ERR_NODE_UNKNOWN = 214,
    PCMK_ERR_ALREADY = 215,
    PCMK_ERR_BAD_NVPAIR = 216,
    PCMK_ERR_UNKNOWN_FORMAT = 217,
};

/* Results beyond errno that tools use ("standard" codes); as they are, negative. */
enum pcmk_rc {
    PCMK_RC_ERROR = -1001,
    PCMK_RC_UNKNOWN_FORMAT = -1002,
    PCMK_RC_BAD_NVPAIR = -1003,
    PCMK_RC_ALREADY = -1004,
    PCMK_RC_NODE_UNKNOWN = -1005,
    PCMK_RC_MULTIPLE = -1006,
    PCMK_RC_CIB_CORRUPT = -1007,
    PCMK_RC_CIB_SAVE = -1008,
    PCMK_RC_CIB_BACKUP = -1009,
    PCMK_RC_CIB_MODIFIED = -1010,
    PCMK_RC_DIFF_RESYNC = -1011,
    PCMK_RC_DIFF_FAILED = -1012,
    PCMK_RC_OLD_DATA = -1013,
    PCMK_RC_TRANSFORM_FAILED = -1014,
    PCMK_RC_SCHEMA_UNCHANGED = -1015,
    PCMK_RC_SCHEMA_VALIDATION = -1016,
    PCMK_RC_NO_QUORUM = -1017,
    PCMK_RC_IPC_UNAUTHORIZED = -1018,
    PCMK_RC_IPC_UNRESPONSIVE = -1019,
    PCMK_RC_IPC_PID_ONLY = -1020,
    PCMK_RC_OP_UNSATISFIED = -1021,
    PCMK_RC_UNDETERMINED = -1022,
    PCMK_RC_BEFORE_RANGE = -1023,
    PCMK_RC_WITHIN_RANGE = -1024,
    PCMK_RC_AFTER_RANGE = -1025,
    PCMK_RC_NO_OUTPUT = -1026,
    PCMK_RC_NO_INPUT = -1027,
    PCMK_RC_UNDERFLOW = -1028,
    PCMK_RC_DOT_ERROR = -1029,
    PCMK_RC_GRAPH_ERROR = -1030,
    PCMK_RC_INVALID_TRANSITION = -1031,
    PCMK_RC_UNPACK_ERROR = -1032,
    PCMK_RC_DUPLICATE_ID = -1033,
};

typedef enum crm_exit {
    CRM_EX_OK = 0,
    CRM_EX_ERROR = 1,
    CRM_EX_INVALID_PARAM = 2,
    CRM_EX_UNIMPLEMENT_FEATURE = 3,
    CRM_EX_INSUFFICIENT_PRIV = 4,
    CRM_EX_NOT_INSTALLED = 5,
    CRM_EX_NOT_CONFIGURED = 6,
    CRM_EX_NOT_RUNNING = 7,
    CRM_EX_PROMOTED = 8,
    CRM_EX_FAILED_PROMOTED = 9,
    CRM_EX_USAGE = 64,
    CRM_EX_DATAERR = 65,
    CRM_EX_NOINPUT = 66,
    CRM_EX_NOUSER = 67,
    CRM_EX_NOHOST = 68,
    CRM_EX_UNAVAILABLE = 69,
    CRM_EX_SOFTWARE = 70,
    CRM_EX_OSERR = 71,
    CRM_EX_OSFILE = 72,
    CRM_EX_CANTCREAT = 73,
    CRM_EX_IOERR = 74,
    CRM_EX_TEMPFAIL = 75,
    CRM_EX_PROTOCOL = 76,
    CRM_EX_NOPERM = 77,
    CRM_EX_CONFIG = 78,
    CRM_EX_FATAL = 100,
    CRM_EX_PANIC = 101,
    CRM_EX_DISCONNECT = 102,
    CRM_EX_OLD = 103,
    CRM_EX_DIGEST = 104,
    CRM_EX_NOSUCH = 105,
    CRM_EX_QUORUM = 106,
    CRM_EX_UNSAFE = 107,
    CRM_EX_EXISTS = 108,
    CRM_EX_MULTIPLE = 109,
    CRM_EX_EXPIRED = 110,
    CRM_EX_NOT_YET_IN_EFFECT = 111,
    CRM_EX_INDETERMINATE = 112,
    CRM_EX_UNSATISFIED = 113,
    CRM_EX_TIMEOUT = 124,
    CRM_EX_DEGRADED = 190,
    CRM_EX_DEGRADED_PROMOTED = 191,
    CRM_EX_NONE = 193,
    CRM_EX_MAX = 255,
} crm_exit_t;

/* What an agent's exit status means (executor.md). */
enum ocf_exit {
    OCF_OK = 0,
    OCF_UNKNOWN_ERROR = 1,
    OCF_INVALID_PARAM = 2,
    OCF_UNIMPLEMENTED = 3,
    OCF_INSUFFICIENT_PRIV = 4,
    OCF_NOT_INSTALLED = 5,
    OCF_NOT_CONFIGURED = 6,
    OCF_NOT_RUNNING = 7,
    OCF_RUNNING_PROMOTED = 8,
    OCF_FAILED_PROMOTED = 9,
    OCF_DEGRADED = 190,
    OCF_DEGRADED_PROMOTED = 191,
    OCF_UNKNOWN = 193,
};

/* How an operation's execution ended (op-status). */
enum exec_status {
    EXEC_UNKNOWN = -2, EXEC_PENDING = -1, EXEC_DONE = 0, EXEC_CANCELLED = 1, EXEC_TIMEOUT = 2,
    EXEC_NOT_SUPPORTED = 3, EXEC_ERROR = 4, EXEC_ERROR_HARD = 5, EXEC_ERROR_FATAL = 6, EXEC_NOT_INSTALLED = 7,
    EXEC_NOT_CONNECTED = 8, EXEC_INVALID = 9, EXEC_NO_FENCE_DEVICE = 10, EXEC_NO_SECRETS = 11,
};

/* Any result: negative errno, negative PCMK_ERR_* (both also positive) or PCMK_RC_*. */
const char *pcmk_strerror(int rc);            /* text the reference prints for it */
const char *pcmk_rc_name(int rc);             /* symbolic name, e.g. "ENXIO", "pcmk_err_old_data" */
crm_exit_t pcmk_rc_to_exit(int rc);
const char *crm_exit_str(crm_exit_t status);  /* e.g. "Not found" */
const char *crm_exit_name(crm_exit_t status); /* e.g. "CRM_EX_NOSUCH" */
const char *ocf_exit_str(int status);         /* e.g. "not running" */
const char *exec_status_str(int status);      /* e.g. "complete" */

#endif
