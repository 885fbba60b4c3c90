/* GLib glue shared by the IPC server and the signal handling; private to pacemaker/common. */
#ifndef PCMK_MAINLOOP_H
#define PCMK_MAINLOOP_H

#include <qb/qbipcs.h>

/* libqb's poll handlers on the default GLib context; high = above normal priority. */
struct qb_ipcs_poll_handlers mainloop_poll_handlers(void);

#endif
