"""Power switches of a lab: on the hub's network, they cut and give power as the fence agent fence_lab asks."""
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
            raise L.LabError("cannot enter the network namespace %s: %s" % (netns, os.strerror(ctypes.get_errno())))
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
            with self.lock:
                host.power_off()
        if action in ("on", "reboot") and not host.running():
            self.booting = [t for t in self.booting if t.is_alive()]
            self.booting.append(threading.Thread(target=self.boot, args=(host,)))
            self.booting[-1].start()
        return "ok"

    def boot(self, host):
        time.sleep(SELF_TEST)
        with self.lock:
            if not host.running():
                host.boot()
                self.after_boot([host])

    def count(self, action, name, since=0):
        return sum(1 for t, a, n in self.requests if (a, n) == (action, name) and t >= since)
