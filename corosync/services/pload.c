/*
 * Profile loading: a load generator of old. Its two functions exist, so that their counters do,
 * and do nothing (services.md 3.6).
 */
#include "corosync/client/proto.h"
#include "corosync/services/services.h"

static void ignore(const void *msg, size_t size, uint32_t nodeid)
{
}

static const struct exec_handler handlers[] = {
    {.fn = ignore, .min_size = sizeof(proto_request)},
    {.fn = ignore, .min_size = sizeof(proto_request)},
};

struct service pload_service = {
    .id = 4,
    .priority = 1,
    .name = "corosync_pload",
    .display_name = "corosync profile loading service",
    .exec_handlers = handlers,
    .exec_handler_count = sizeof(handlers) / sizeof(handlers[0]),
};
