/*
 * corosync-notifyd: signals on the system bus.
 */
#include "tools/notifyd.h"

#include <string.h>
#include <syslog.h>

#include <systemd/sd-bus.h>

#define BUS_PATH "/org/corosync"
#define BUS_INTERFACE "org.corosync"
#define BUS_NAME "org.corosync"

static sd_bus *bus;

static bool bus_connect(void)
{
    int error = sd_bus_open_system(&bus);

    if (error < 0) {
        bus = NULL;
        syslog(LOG_ERR, "Can't connect to the system bus: %s", strerror(-error));
        return false;
    }
    error = sd_bus_request_name(bus, BUS_NAME, 0);
    if (error < 0) {
        syslog(LOG_WARNING, "Can't have the name " BUS_NAME " on the system bus: %s", strerror(-error));
    }
    return true;
}

bool notify_dbus_open(void)
{
    return bus_connect();
}

static int signal_send(const struct notification *n)
{
    switch (n->kind) {
    case NOTIFY_NODE:
        return sd_bus_emit_signal(bus, BUS_PATH, BUS_INTERFACE, "NodeStateChange", "suss", n->name, n->nodeid,
                                  n->address, n->state);
    case NOTIFY_QUORUM:
        return sd_bus_emit_signal(bus, BUS_PATH, BUS_INTERFACE, "QuorumStateChange", "sus", n->name,
                                  n->nodeid,
                                  n->state);
    case NOTIFY_APPLICATION:
        return sd_bus_emit_signal(bus, BUS_PATH, BUS_INTERFACE, "ConnectionStateChange", "suss", n->name,
                                  n->nodeid, n->program, n->state);
    default: /* links use the quorum signal's name: programs know it so */
        return sd_bus_emit_signal(bus, BUS_PATH, BUS_INTERFACE, "QuorumStateChange", "suuus", n->name,
                                  n->local_nodeid, n->nodeid, n->link, n->state);
    }
}

void notify_dbus(const struct notification *notification)
{
    if (bus == NULL && !bus_connect()) {
        return;
    }
    int error = signal_send(notification);

    if (error >= 0) {
        error = sd_bus_flush(bus);
    }
    if (error < 0) { /* the next notification tries a new connection */
        syslog(LOG_ERR, "Can't send to the system bus: %s", strerror(-error));
        sd_bus_unref(bus);
        bus = NULL;
    }
}
