/* The hash under which GLib tables of names are visited in the order users of the reference know: where that
 * order shows (lists of tickets and attributes) or decides (ties between nodes), ours must be the same. */
#ifndef PCMK_TABLE_ORDER_H
#define PCMK_TABLE_ORDER_H

#include <glib.h>

static inline guint table_order_hash(gconstpointer name)
{
    guint32 h = 0;

    for (const signed char *p = name; *p != '\0'; p++) {
        h = h * 31 + (guint32)*p;
    }
    return h;
}

#endif
