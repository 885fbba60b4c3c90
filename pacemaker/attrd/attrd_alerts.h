/* Telling administrators' agents of changed attributes (controller.md §7): alerts of the CIB, run by the
 * local executor. */
#ifndef PCMK_ATTRD_ALERTS_H
#define PCMK_ATTRD_ALERTS_H

#include <stdint.h>
#include <libxml/tree.h>

/* Replace the known alerts by those of a CIB's <alerts> (NULL = none). */
void attrd_alerts_read(xmlNode *alerts);
void attrd_alerts_send(const char *node, uint32_t node_id, const char *attribute, const char *value);
void attrd_alerts_free(void);       /* and disconnect from the executor */

#endif
