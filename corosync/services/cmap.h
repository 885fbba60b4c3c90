/*
 * Inside of the cmap service: the exchange of configuration versions between nodes.
 */
#ifndef COROSYNC_SERVICES_CMAP_H
#define COROSYNC_SERVICES_CMAP_H

#include "corosync/engine/service.h"

#define CMAP_VERSION_MESSAGE_MIN 48 /* bytes of a message without items */

const char *cmap_version_init(void);
void cmap_version_receive(const void *msg, size_t size, uint32_t nodeid);
void cmap_version_sync_init(const uint32_t *trans, size_t trans_count, const uint32_t *members,
                            size_t member_count, const struct totem_ring *ring);
int cmap_version_sync_process(void);
void cmap_version_sync_activate(void);
void cmap_version_sync_abort(void);

#endif
