/* What pacemakerd does to its host: directories, processes, corosync's map and shutdown tracking. */
#ifndef PCMK_PACEMAKERD_HOST_H
#define PCMK_PACEMAKERD_HOST_H

#include <stdbool.h>
#include <sys/types.h>
#include "pacemaker/pacemakerd/launcher.h"

/* Create the folders the daemons write to, owned by the daemon user. -ENOENT: there is no such user. */
int host_make_dirs(void);
void host_raise_core_limit(void);

/* Read what corosync's map says about debugging, and let the daemon group use corosync. tries: connection
 * attempts, a growing number of seconds apart. 0 or -ENOTCONN. */
int host_configure_from_map(unsigned tries);

/* Connect to corosync's configuration service and refuse its shutdowns from now on; lost is called (once)
 * when that connection ends. 0 or -ENOTCONN. */
int host_track_corosync(void (*lost)(void));
void host_untrack_corosync(void);
bool host_cluster_up(void);
void host_stop_corosync(void);              /* at once, without asking anybody */

pid_t host_start_child(unsigned child);     /* -1 on failure */
enum check_result host_check_child(unsigned child, pid_t *pid);

#endif
