/* Inside the fencer's client library. */
#ifndef STONITHD_STONITH_INTERNAL_H
#define STONITHD_STONITH_INTERNAL_H

#include "stonithd/stonith_client.h"

/* Call op with data (may be NULL). With ST_OPT_SYNC_CALL: the result's legacy code, reply (may be NULL) gets
 * the answer. Otherwise the call id. Negative errno when it could not be sent. */
int stonith_call(stonith_client_t *client, const char *op, const xmlNode *data, unsigned options,
                 unsigned timeout_s, xmlNode **reply);

#endif
