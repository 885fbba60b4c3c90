/*
 * Log subsystems and the one macro to log with. Messages go through libqb (config-and-tools.md 8).
 * Priorities are syslog's plus LOG_TRACE of libqb. Cheap when nobody listens.
 */
#ifndef COROSYNC_ENGINE_LOG_H
#define COROSYNC_ENGINE_LOG_H

#include <syslog.h>

#include <qb/qblog.h>

/* The number is the libqb tag of the subsystem's messages. */
enum log_subsys {
    SUBSYS_NONE = 0,
    SUBSYS_MAIN,
    SUBSYS_TOTEM,
    SUBSYS_KNET,
    SUBSYS_CFG,
    SUBSYS_CMAP,
    SUBSYS_CPG,
    SUBSYS_QUORUM,
    SUBSYS_VOTEQ,
    SUBSYS_SERV,
    SUBSYS_SYNC,
    SUBSYS_STATS,
    SUBSYS_QB,
    SUBSYS_PLOAD,
    SUBSYS_MON,
    SUBSYS_WD,
    SUBSYS_APIDEF,
    SUBSYS_YKD,
    SUBSYS_COUNT
};

/* log_msg(SUBSYS_CPG, LOG_NOTICE, "format", ...): the format must be a literal. */
#define log_msg(subsys, priority, ...) qb_logt((priority), (subsys), __VA_ARGS__)

#endif
