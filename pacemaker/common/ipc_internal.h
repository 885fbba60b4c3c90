/* Shared by the two ends of local IPC; private to pacemaker/common. */
#ifndef PCMK_IPC_INTERNAL_H
#define PCMK_IPC_INTERNAL_H

#include <stddef.h>
#include <sys/types.h>
#include <qb/qbipcs.h>

/* Size of a message buffer in this process, bytes: default or PCMK_ipc_buffer (messaging.md §1.2). */
size_t ipc_buffer_size(void);

#endif
