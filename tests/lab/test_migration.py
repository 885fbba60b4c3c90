"""A running cluster of Debian's moves to our stack node by node; the web service goes on all the while
(TAP)."""
import argparse
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import lab as L              # noqa: E402
import cluster               # noqa: E402
from tap import expect, run_steps   # noqa: E402

NAME = "t-migrate"


class User(threading.Thread):
    """Someone who reloads the page all the time and notes how long it was away at a stretch."""

    def __init__(self, c):
        super().__init__(daemon=True)
        self.c, self.longest, self.answers, self.end = c, 0.0, 0, threading.Event()

    def run(self):
        last = time.monotonic()
        while not self.end.wait(0.2):
            if self.c.page():
                self.answers += 1
                last = time.monotonic()
            self.longest = max(self.longest, time.monotonic() - last)


class Migration:
    def __init__(self, build):
        self.build, self.lab, self.c, self.user, self.before = build, L.Lab(NAME), None, None, None

    def start(self):
        self.lab.down()
        self.lab.create(["debian"] * 3, self.build)
        self.c = cluster.Cluster(self.lab)
        self.c.configure()
        self.c.boot()
        self.c.start_stack(self.c.hosts)
        self.c.wait_complete(timeout=120)
        self.c.load_example(self.c.hosts[1])
        self.c.wait_page(["node1"])
        self.before = self.configuration()
        self.user = User(self.c)
        self.user.start()

    def configuration(self):
        """Resources and constraints, the same on every node."""
        texts = {h.out("cibadmin", "-Q", "-l", "-o", "resources") +
                 h.out("cibadmin", "-Q", "-l", "-o", "constraints")
                 for h in self.c.hosts}
        expect(len(texts) == 1, "the nodes' configurations differ: %s" % texts)
        return texts.pop()

    def move(self, host):
        others = [h.name for h in self.c.hosts if h is not host]
        host.run("crm_standby", "-v", "on", "-N", host.name)
        L.wait_until(lambda: all(host.name not in names for names in self.c.copies()), 60,
                     "the service to leave " + host.name)
        self.c.wait_page(others)
        host.run("systemctl", "stop", "pacemaker", "corosync")
        host.replace_debian_stack(self.build)
        host.run("systemctl", "start", "corosync", "pacemaker")
        L.wait_until(lambda: "Node %s: standby" % host.name in self.c.mon(host), 90, lambda: self.c.mon(host))
        host.run("crm_standby", "-D", "-N", host.name)
        self.c.wait_complete(timeout=90)
        expect(self.configuration() == self.before, "the configuration changed on the way")

    def service_went_on(self):
        self.user.end.set()
        self.user.join()
        self.c.wait_page(["node1"])
        L.wait_until(lambda: self.c.copies() == (["node1"], ["node1"]), 60,
                     lambda: "one copy, have %s" % (self.c.copies(),))
        expect(self.user.answers > 0, "the page was never served")
        print("# the page was away for %.1f s at most, %d answers" % (self.user.longest, self.user.answers))

    def power_cycle(self):
        for h in self.c.hosts:
            h.power_off()
        self.c.boot()
        self.c.start_stack(self.c.hosts)
        self.c.wait_complete(timeout=120)
        self.c.wait_page(["node1"])
        expect(self.configuration() == self.before, "the configuration changed when all hosts lost power")

    def steps(self):
        return [("three hosts of Debian's run the web service", self.start)] + \
               [("node%d moves to our stack" % n, lambda n=n: self.move(self.c.hosts[n - 1]))
                for n in (1, 2, 3)] + \
               [("the page was served all the while", self.service_went_on),
                ("all hosts lose power and come back with the same configuration", self.power_cycle)]

    def report(self):
        return "".join("%s:\n%s\n" % (h.name, self.c.mon(h)) for h in self.c.up_hosts()) if self.c else ""


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--build", required=True)
    migration = Migration(ap.parse_args().build)
    try:
        return run_steps(migration.steps(), migration.report)
    finally:
        migration.lab.down()


if __name__ == "__main__":
    sys.exit(main())
