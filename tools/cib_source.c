/* Reading a CIB (cib_source.h). */
#include "config.h"
#include "tools/cib_source.h"

#include "cib/cib_client.h"

xmlNode *source_live_cib(const char *program, int *rc)
{
    cib_t *cib = cib_new();
    xmlNode *xml = NULL;

    *rc = cib_connect(cib, program, CIB_CHANNEL_RW);
    if (*rc == 0) {
        *rc = cib_query(cib, NULL, CIB_OPT_SCOPE_LOCAL, &xml);
    }
    cib_free(cib);
    return xml;
}
