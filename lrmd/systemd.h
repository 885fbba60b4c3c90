/* systemd units over D-Bus (executor.md §8). */
#ifndef LRMD_SYSTEMD_H
#define LRMD_SYSTEMD_H

#include <stdbool.h>
#include "lrmd/services.h"

bool systemd_unit_exists(const char *agent);      /* LoadState loaded or masked */
char **systemd_list_units(void);                  /* sorted, g_strfreev(); never NULL */
char *systemd_metadata(const char *agent);        /* XML text, g_free(); NULL without a bus */

typedef struct systemd_op systemd_op_t;
typedef void (*systemd_done_fn)(systemd_op_t *op, svc_result_t *result, void *arg);

/* Start an action in the main loop; never fails (done is always called later). */
systemd_op_t *systemd_start(const svc_request_t *request, systemd_done_fn done, void *arg);
void systemd_abandon(systemd_op_t *op);           /* no callback */
/* The same, waiting. */
void systemd_run(const svc_request_t *request, svc_result_t *result);

#endif
