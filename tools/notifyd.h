/*
 * corosync-notifyd: where notifications go.
 */
#ifndef TOOLS_NOTIFYD_H
#define TOOLS_NOTIFYD_H

#include <stdbool.h>
#include <stdint.h>

/* What happened. Strings are never NULL. */
struct notification {
    enum {
        NOTIFY_NODE = 1, /* the numbers are those of the SNMP traps */
        NOTIFY_QUORUM = 2,
        NOTIFY_APPLICATION = 3,
        NOTIFY_LINK = 4,
    } kind;
    const char *name;    /* of the node it is about, or of this node */
    uint32_t nodeid;
    uint32_t local_nodeid;
    uint32_t link;       /* NOTIFY_LINK */
    const char *address; /* NOTIFY_NODE */
    const char *program; /* NOTIFY_APPLICATION */
    const char *state;   /* joined, left, quorate, ... */
};

/* D-Bus signals on the system bus. False after a message when there is no bus. */
bool notify_dbus_open(void);
void notify_dbus(const struct notification *notification);

/* SNMP traps, version 2c. False after a message when the manager's name does not resolve. */
bool notify_snmp_open(const char *manager, const char *community);
void notify_snmp(const struct notification *notification);

#endif
