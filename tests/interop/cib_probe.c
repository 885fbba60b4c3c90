/* Sends one operation to the local CIB daemon, for tests of what no tool asks for:
 *  cib_probe OPERATION [HOST] */
#include "config.h"

#include <stdio.h>

#include "cib/cib_client.h"
#include "pacemaker/common/results.h"

int main(int argc, char **argv)
{
    cib_t *cib = cib_new_daemon();
    int rc = argc < 2 ? -1 : cib_connect(cib, "cib_probe", CIB_CHANNEL_SHM);

    if (rc == 0) {
        rc = cib_call(cib, argv[1], argc > 2 ? argv[2] : NULL, NULL, NULL, 0, 10, NULL);
    }
    printf("%d %s\n", rc, pcmk_strerror(rc));
    cib_free(cib);
    return rc != 0;
}
