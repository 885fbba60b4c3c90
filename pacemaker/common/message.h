/* The common envelope of messages between pacemaker systems (messaging.md §3.1). */
#ifndef PCMK_MESSAGE_H
#define PCMK_MESSAGE_H

#include <libxml/tree.h>

#define SYS_DC "dc"
#define SYS_CRMD "crmd"
#define SYS_TENGINE "tengine"
#define SYS_LRMD "lrmd"
#define SYS_PENGINE "pengine"
#define SYS_CIB "cib"
#define SYS_PACEMAKERD "pacemakerd"
#define SYS_STONITH "stonith-ng"

/* New request; data (may be NULL) is copied into crm_xml. uuid: see crm_sys_from. host NULL or "" = omitted.
 */
xmlNode *message_request(const char *task, const xmlNode *data, const char *host_to, const char *sys_to,
                         const char *sys_from, const char *uuid);
/* Reply to request carrying a copy of data (may be NULL). */
xmlNode *message_reply(const xmlNode *request, const xmlNode *data);
/* The payload element of a message, NULL when there is none. Owned by the message. */
xmlNode *message_data(const xmlNode *message);
/* Wrap data under <NAME> of message (crm_xml, cib_calldata, st_calldata, lrmd_calldata...). */
void message_add_child(xmlNode *message, const char *name, const xmlNode *data);
xmlNode *message_child(const xmlNode *message, const char *name);  /* inner element of the wrapper */

/* The wall clock for references, installed by the program (0 in tests). */
void message_set_clock(long long (*epoch_seconds)(void));

#endif
