"""Power switches of a lab: on the hub's network, they cut and give power as the fence agent fence_lab asks.

A hypervisor also runs hosts of the lab as virtual machines of others, as the OCF agent VirtualHost asks.
"""
import contextlib
import ctypes
import os
import socket
import threading
import time

import lab as L

CLONE_NEWNET = 0x40000000
# Seconds before a host boots: the others must have noticed its end by then, as with real machines
SELF_TEST = 4


def listen_in(netns, address, port):
    """A listening socket in another network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net") as home, open("/run/netns/" + netns) as there:
        if libc.setns(there.fileno(), CLONE_NEWNET) != 0:
            raise L.LabError("cannot enter the network namespace %s: %s" %
                             (netns, os.strerror(ctypes.get_errno())))
        try:
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((address, port))
            s.listen(16)
            return s
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)


class PowerSwitch:
    """One switch with a plug for every host. mode: "works", "refuses" or "hangs"."""

    lock = threading.Lock()         # hosts are shared by the switches of a lab

    def __init__(self, lab, port, after_boot):
        self.lab, self.after_boot, self.mode = lab, after_boot, "works"
        self.requests = []          # (monotonic seconds, action, host)
        self.booting = []           # threads
        self.socket = listen_in(lab.hub, "%s.%d" % (L.NET[0], L.HUB_OCTET), port)
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for t in self.booting:
            t.join()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        with connection, contextlib.suppress(OSError):
            words = connection.makefile().readline().split()
            action, name = words[0], words[1] if len(words) > 1 else ""
            if action.startswith("vm-"):
                connection.sendall((self.act_on_machine(action[3:], *words[1:]) + "\n").encode())
                return
            if action not in ("status", "monitor", "list"):
                self.requests.append((time.monotonic(), action, name))
            if self.mode == "hangs":
                connection.makefile().read()        # until the agent is killed
            elif self.mode == "refuses":
                connection.sendall(b"error: the switch refuses\n")
            else:
                connection.sendall((self.act(action, name) + "\n").encode())

    def act(self, action, name):
        hosts = {h.name: h for h in self.lab.hosts()}
        if action in ("monitor", "list"):
            return "\n".join(hosts if action == "list" else []) + "\nok"
        if name not in hosts:
            return "error: there is no plug %r" % name
        host = hosts[name]
        if action == "status":
            return "ok" if host.running() else "off"
        if action in ("off", "reboot"):
            self.cut_power(host)
        if action in ("on", "reboot") and not host.running():
            self.booting = [t for t in self.booting if t.is_alive()]
            self.booting.append(threading.Thread(target=self.boot, args=(host,)))
            self.booting[-1].start()
        return "ok"

    def cut_power(self, host):
        with self.lock:
            host.power_off()

    def act_on_machine(self, action, *words):
        return "error: a power switch has no machines: %s %s" % (action, " ".join(words))

    def boot(self, host):
        time.sleep(SELF_TEST)
        with self.lock:
            if not host.running():
                host.boot()
                self.after_boot([host])

    def count(self, action, name, since=0):
        return sum(1 for t, a, n in self.requests if (a, n) == (action, name) and t >= since)


class Hypervisor(PowerSwitch):
    """A power switch whose hosts can run others as virtual machines; a machine ends with the host it runs
    on."""

    def __init__(self, lab, port, after_boot):
        self.carriers = {}          # name of a machine -> name of the host it runs on
        self.machine_requests = []  # (monotonic seconds, action, machine, host)
        self.violations = []        # a machine was started while it ran elsewhere
        super().__init__(lab, port, after_boot)

    def cut_power(self, host):
        """Power failure of a host and of the machines on it."""
        super().cut_power(host)
        for machine, carrier in list(self.carriers.items()):
            if carrier == host.name:
                self.end(machine)

    def end(self, machine):
        with self.lock:
            self.carriers.pop(machine, None)
            self.by_name(machine).power_off()

    def crash(self, machine):
        """The machine is gone; who ran it still thinks of it as its own."""
        with self.lock:
            self.by_name(machine).power_off()

    def by_name(self, name):
        return next(h for h in self.lab.hosts() if h.name == name)

    def act_on_machine(self, action, *words):
        machine, host, target = (list(words) + [None])[:3]
        if action != "monitor":
            self.machine_requests.append((time.monotonic(), action, machine, host))
        runs = self.by_name(machine).running()
        if self.carriers.get(machine) != host:
            if action == "start" and runs:
                self.violations.append("%s starts %s, which runs on %s" %
                                       (host, machine, self.carriers[machine]))
            if action == "migrate":
                return "%s does not run on %s" % (machine, host)
            runs = False
        return getattr(self, "machine_" + action)(machine, host, target, runs)

    def machine_monitor(self, machine, host, target, runs):
        return "ok" if runs else "off"

    def machine_start(self, machine, host, target, runs):
        if not runs:
            with self.lock:
                self.carriers[machine] = host
                vm = self.by_name(machine)
                vm.power_off()
                vm.boot()
            self.after_boot([vm])
        return "ok"

    def machine_stop(self, machine, host, target, runs):
        if runs:
            self.end(machine)
        return "ok"

    def machine_migrate(self, machine, host, target, runs):
        if not runs:
            return "%s is off" % machine
        self.carriers[machine] = target
        return "ok"

    def starts(self, machine, since=0):
        return sum(1 for t, action, name, host in self.machine_requests
                   if (action, name) == ("start", machine) and t >= since)
