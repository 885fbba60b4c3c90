/*
 * The services of the engine, one file each, and what they have in common.
 */
#ifndef COROSYNC_SERVICES_SERVICES_H
#define COROSYNC_SERVICES_SERVICES_H

#include "corosync/engine/service.h"

extern struct service cmap_service;
extern struct service cfg_service;
extern struct service cpg_service;
extern struct service quorum_service;
extern struct service pload_service;
extern struct service votequorum_service;
extern struct service mon_service;
extern struct service wd_service;

/* A text that a pure core logs. */
static inline void service_log_text(enum log_subsys subsys, int priority, const char *text)
{
    qb_log_from_external_source(__func__, __FILE__, "%s", (uint8_t)priority, __LINE__, subsys, text);
}

/* Warns of a dangerous configuration of votequorum, if that is the provider (votequorum_read.c). */
void vq_config_check(void);

/* The quorum provider reports: who is in the partition and whether it is quorate (quorum.c). */
void quorum_report(bool quorate, const uint32_t *members, size_t count, const struct totem_ring *ring);

#endif
