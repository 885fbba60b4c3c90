/* lrmd_check: does the cluster's stonith-watchdog-timeout leave this host's watchdog enough time? */
#include "config.h"
#include "lrmd/execd.h"

#include <stdlib.h>
#include <string.h>

#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/watchdog.h"
#include "pacemaker/common/xml.h"

/* "10", "10s", "500ms", "2min": milliseconds; 0 when it is none. */
static long long duration_ms(const char *text)
{
    static const struct {
        const char *unit;
        long long ms;
    } units[] = {{"", 1000}, {"s", 1000}, {"sec", 1000}, {"ms", 1}, {"msec", 1}, {"m", 60000}, {"min", 60000},
                 {"h", 3600000}, {"hr", 3600000}};
    char *end = NULL;
    long long value = strtoll(text, &end, 10);

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(end, units[i].unit) == 0 && value > 0 && value < 1000000000) {
            return value * units[i].ms;
        }
    }
    return 0;
}

void execd_check_watchdog(const xmlNode *request)
{
    const xmlNode *data = xml_first(xml_first(request, "lrmd_calldata"), NULL);
    const char *wanted = xml_get(data, "lrmd_watchdog");
    const char *local = getenv("SBD_WATCHDOG_TIMEOUT");
    long long wanted_ms = wanted != NULL ? duration_ms(wanted) : 0;
    long long local_ms = local != NULL ? duration_ms(local) : 0;

    if (wanted_ms <= 0) {
        return;                      /* not in use, or chosen by each host for itself */
    }
    if (local_ms <= 0 || sbd_pid() == 0) {
        log_crit("Ending: watchdog fencing is configured (stonith-watchdog-timeout %s), but sbd is not "
                 "active here",
                 wanted);
        daemon_exit(CRM_EX_FATAL);
    }
    if (wanted_ms <= local_ms) {
        log_crit("Ending: stonith-watchdog-timeout (%s) must be longer than SBD_WATCHDOG_TIMEOUT (%s s)",
                 wanted, local);
        daemon_exit(CRM_EX_FATAL);
    }
}
