/*
 * An empty service table, for tests of the engine alone.
 */
#include "corosync/engine/service.h"

struct service *const service_table[] = {NULL};
