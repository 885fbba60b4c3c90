/* Giving up the whole node, and the watchdog daemon sbd (messaging.md §6.6, §6.7). */
#ifndef PCMK_WATCHDOG_H
#define PCMK_WATCHDOG_H

#include <sys/types.h>

/* Process id of a running sbd, 0 if there is none. */
pid_t sbd_pid(void);

/* Make this node stop at once in a way that cannot fail to be noticed: by sbd's watchdog if sbd runs, else by
 * the kernel as PCMK_panic_action says (root), else by telling pacemakerd. Ends the process when it returns
 * from that. */
_Noreturn void node_panic(const char *origin);

#endif
