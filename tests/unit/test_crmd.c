/* Stories of controllers: start, join, failure of the DC and of members, partition, shutdown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/crmd_cluster.h"

int main(void)
{
    vcluster_t *vc = vc_new(3, NULL);
    char *s;
    vc_start(vc, 1);
    vc_run(vc, 60000);
    s = vc_story(vc); printf("--- start alone\n%s", s); free(s);
    vc_start(vc, 2);
    vc_start(vc, 3);
    vc_run(vc, 60000);
    s = vc_story(vc); printf("--- two join\n%s", s); free(s);
    vc_crash(vc, 1);
    vc_run(vc, 60000);
    s = vc_story(vc); printf("--- dc dies\n%s", s); free(s);
    vc_free(vc);
    return 0;
}
