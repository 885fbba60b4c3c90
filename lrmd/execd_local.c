/* What the local executor has in place of pacemaker-remoted's connections with the cluster. */
#include "config.h"
#include "lrmd/execd.h"

#include <errno.h>

void execd_early(int argc, char **argv)
{
}

int execd_remote_start(void)
{
    return 0;
}

void execd_remote_stop(void)
{
}

bool execd_remote_shutdown(void)
{
    return false;
}

void execd_remote_notify(const char *client_id, const xmlNode *msg)
{
}

int execd_remote_set_provider(const execd_client_t *client)
{
    return -EPROTONOSUPPORT;
}

int execd_remote_forward(const execd_client_t *client, const xmlNode *request)
{
    return -EPROTONOSUPPORT;
}
