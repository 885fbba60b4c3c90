/*
 * The services in the order in which the engine loads them. Votequorum is loaded by quorum.
 */
#include "corosync/services/services.h"

struct service *const service_table[] = {
    &cmap_service, &cfg_service, &cpg_service, &pload_service, &mon_service,
    &wd_service,   &quorum_service, NULL,
};
