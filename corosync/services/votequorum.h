/*
 * Inside of the votequorum service.
 */
#ifndef COROSYNC_SERVICES_VOTEQUORUM_H
#define COROSYNC_SERVICES_VOTEQUORUM_H

#include "corosync/services/votequorum_core.h"

#define VQ_BARRIER_FILE "ev_tracking" /* in the state directory: 4 bytes, a native u32 */

/* What the live map (and the barrier's file) say now. Strings are borrowed from the map. */
void vq_config_read(struct vq_config *config);

#endif
