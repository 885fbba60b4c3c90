/* What pacemakerd answers its clients, and how it works together with sbd (messaging.md §3.2, §6.6). */
#ifndef PCMK_PACEMAKERD_SERVICE_H
#define PCMK_PACEMAKERD_SERVICE_H

#include <stdbool.h>
#include "pacemaker/pacemakerd/launcher.h"

typedef struct {
    void (*start)(void);            /* sbd allows the daemons to start */
    void (*shut_down)(void);        /* a client asks for it */
    void (*sbd_done)(void);         /* sbd has seen that everything is down */
} service_ops_t;

/* Serve "pacemakerd"; 0 or a negative errno. */
int service_start(launcher_t *launcher, const service_ops_t *ops);
void service_stop(void);

bool service_syncs_with_sbd(void);  /* SBD_SYNC_RESOURCE_STARTUP is set and sbd runs */
/* Everything is down: true when sbd must hear that first; sbd_done() follows. */
bool service_wait_for_sbd(void);

#endif
