"""Three lab hosts keep a web service alive through every failure the first cluster must survive (TAP)."""
import argparse
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import lab as L              # noqa: E402
import cluster               # noqa: E402
from tap import expect, run_steps   # noqa: E402

NAME = "t-first"
DAEMONS = ["pacemaker-based", "pacemaker-fenced", "pacemaker-execd", "pacemaker-attrd",
           "pacemaker-schedulerd", "pacemaker-controld", "pacemakerd", "corosync"]


class Scenario:
    def __init__(self, the_lab):
        self.lab = the_lab
        self.c = cluster.Cluster(the_lab)
        self.one, self.two, self.three = self.c.hosts

    # ---- helpers ----

    def active(self):
        addresses, servers = self.c.copies()
        expect(len(addresses) == 1 and addresses == servers,
               "one host must have both address and web server; address on %s, web server on %s" %
               (addresses, servers))
        return self.c.by_name(addresses[0])

    def settle(self, names=None, page_from=None, timeout=120):
        """Wait until the members agree, the page comes (from one of page_from) and exactly one copy runs."""
        self.c.wait_complete(names, timeout)
        members = names or [h.name for h in self.c.hosts]
        self.c.wait_page(page_from or members, timeout)
        L.wait_until(self.one_copy, 60, lambda: "exactly one copy of the service, have %s" %
                     (self.c.copies(),))
        self.c.wait_rest(timeout)

    def one_copy(self):
        addresses, servers = self.c.copies()
        return len(addresses) == 1 and addresses == servers

    def cib(self, host, *options):
        return host.out("cibadmin", "-Q", *options)

    def report(self):
        hosts = self.c.up_hosts()
        text = "".join("%s: %s\n%s\n" % (h.name, "running", self.c.mon(h)) for h in hosts)
        for h in hosts:
            text += "%s log:\n%s\n" % (h.name, h.sh("tail -n 25 /var/log/pacemaker/pacemaker.log; "
                                                   "tail -n 8 /var/log/corosync/corosync.log",
                                                   check=False).stdout)
        return text

    # ---- steps ----

    def first_start(self):
        self.c.configure()
        self.c.boot()
        self.c.start_stack(self.c.hosts)
        self.c.wait_complete()

    def configure(self):
        self.c.load_example(self.two)
        self.settle(page_from=["node1"])
        for line in ("* vip\t(ocf:heartbeat:IPaddr2):\t Started node1",
                     "* web\t(ocf:heartbeat:apache):\t Started node1", "* Started: [ node1 node2 node3 ]"):
            L.wait_until(lambda line=line: line in self.c.mon(self.two), 30,
                         lambda line=line: "%r in crm_mon -1:\n%s" % (line, self.c.mon(self.two)))

    def power_failure(self):
        self.one.power_off()
        self.c.wait_page(["node2", "node3"])
        L.wait_until(lambda: self.c.online(self.two) == ["node2", "node3"], 30, "node1 shown offline")
        self.one.boot()
        self.c.start_stack([self.one])
        self.settle(page_from=["node1"])

    def kill_daemon(self, daemon):
        host = self.active()
        before = self.wait_one(host, daemon, [])
        host.run("kill", "-9", str(before[0]))
        self.wait_one(host, daemon, before)
        self.settle()

    @staticmethod
    def wait_one(host, daemon, before):
        """The process of a daemon, another than before; a child that is about to become an agent has its
        name, too."""
        seen = []

        def one():
            seen[:] = host.pids(daemon)
            return len(seen) == 1 and seen != before
        L.wait_until(one, 60, lambda: "one %s on %s other than %s, have %s" %
                     (daemon, host.name, before, seen))
        return seen

    def cut_off(self):
        host = self.active()
        others = [h.name for h in self.c.hosts if h is not host]
        host.cut()
        self.c.wait_page(others, 60)
        L.wait_until(lambda: self.stopped_on(host), 60, "%s to stop its resources without quorum" % host.name)
        addresses, servers = self.c.copies()
        expect(len(addresses) == 1 and len(servers) == 1,
               "one copy while split, have %s %s" % (addresses, servers))
        L.wait_until(lambda: "WITHOUT quorum" in self.c.mon(host), 30,
                     lambda: "the cut-off host to say that it has no quorum:\n" + self.c.mon(host))
        host.heal()
        self.settle()

    def stopped_on(self, host):
        addresses, servers = self.c.copies()
        return host.name not in addresses and host.name not in servers

    def standby(self):
        host = self.active()
        host.run("crm_standby", "-v", "on", "-N", host.name)
        others = [h.name for h in self.c.hosts if h is not host]
        self.c.wait_page(others)
        L.wait_until(lambda: "Node %s: standby" % host.name in self.c.mon(), 30,
                     "crm_mon to show the standby")
        host.run("crm_standby", "-D", "-N", host.name)
        self.settle()

    def orderly_stop_of_dc(self):
        self.settle(page_from=["node1"])
        dc = self.c.by_name(self.c.dc())
        before = self.cib(dc, "-o", "configuration")
        dc.run("systemctl", "stop", "pacemaker", "corosync", timeout=120)
        for program in DAEMONS:
            expect(not dc.pids(program), "%s still runs after systemctl stop" % program)
        expect(not dc.pids("apache2"), "the web server still runs on the stopped node")
        rest = [h.name for h in self.c.hosts if h is not dc]
        L.wait_until(lambda: self.c.online(self.c.by_name(rest[0])) == rest, 60, "the others to see it gone")
        self.c.wait_page(rest)
        after = self.cib(self.c.by_name(rest[0]), "-o", "configuration")
        expect(before == after, "the configuration changed:\n%s\n%s" % (before, after))
        self.settle(rest)                   # the page comes before the result of the start
        history = self.cib(self.c.by_name(rest[0]), "-o", "status")
        expect('operation_key="web_start_0"' in history, "no history of the start:\n" + history)
        self.c.start_stack([dc])
        self.settle()

    def all_power_cycled(self):
        marker = "all-%d" % int(time.time())
        self.two.run("crm_attribute", "-n", "lab-marker", "-v", marker, "-t", "crm_config")
        before = self.cib(self.two, "-o", "configuration")
        expect(marker in before, "the marker is not in the configuration:\n" + before)
        for h in self.c.hosts:
            h.power_off()
        self.c.boot()
        self.c.start_stack(self.c.hosts)
        self.settle(page_from=["node1"], timeout=120)
        after = self.cib(self.two, "-o", "configuration")
        expect(before == after, "the configuration changed:\n%s\n%s" % (before, after))

    def debian_clients(self):
        oracle = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "interop", "oracle.sh")
        root = L.run(oracle).stdout.strip().splitlines()[-1]
        L.run("cp", "-a", "--no-target-directory", os.path.realpath(root), self.two.path("/opt/debian"))
        multiarch = L.run("gcc", "-print-multiarch").stdout.strip()
        libs = ":".join("/opt/debian" + d for d in ("/usr/lib/" + multiarch, "/lib/" + multiarch, "/usr/lib"))

        def debian(*argv):
            return self.two.run("env", "LD_LIBRARY_PATH=" + libs,
                                "PCMK_schema_directory=/opt/debian/usr/share/pacemaker",
                                "/opt/debian/usr/sbin/" + argv[0], *argv[1:]).stdout

        def shows(text, *argv):
            L.wait_until(lambda: text in debian(*argv), 5,
                         lambda: "%r in the output of Debian's `%s`:\n%s" %
                         (text, " ".join(argv), debian(*argv)))

        shows("* Online: [ node1 node2 node3 ]", "crm_mon", "-1")
        shows("vip", "cibadmin", "-Q")
        debian("cibadmin", "-M", "-c", "-o", "crm_config", "-X",
               '<cluster_property_set id="cib-bootstrap-options">'
               '<nvpair id="deb-1" name="deb-client" value="7"/></cluster_property_set>')
        shows('value="7"', "cibadmin", "-Q", "-o", "crm_config")
        shows("value=7", "crm_attribute", "-t", "crm_config", "-n", "deb-client", "-G")
        debian("attrd_updater", "-n", "deb-attr", "-U", "42", "-d", "0")
        L.wait_until(lambda: 'value="42"' in debian("attrd_updater", "-n", "deb-attr", "-Q"), 20,
                     "attrd_updater's value")
        shows("2 node2 member", "crm_node", "-l")
        shows("Designated Controller is: %s" % self.c.dc(), "crmadmin", "-D")
        shows("Quorate:          Yes", "corosync-quorumtool")
        shows("nodelist.node.0.name (str) = node1", "corosync-cmapctl")
        shows("nodeid: 1 reachable", "corosync-cfgtool", "-n")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--build", required=True)
    ap.add_argument("--stack", default="ours", choices=sorted(L.STACK_PACKAGES))
    ap.add_argument("--only", help="run the steps whose name contains this (the first two always run)")
    ap.add_argument("--keep", action="store_true", help="leave the hosts running")
    args = ap.parse_args()
    the_lab = L.Lab(NAME)
    the_lab.down()
    try:
        the_lab.create([args.stack] * 3, args.build)
        s = Scenario(the_lab)
        steps = [("three hosts start and form a cluster", s.first_start),
                 ("the web service runs on its preferred host", s.configure),
                 ("a power failure moves it, the host returns and it comes back", s.power_failure)]
        steps += [("kill -9 %s on the active host" % d, lambda d=d: s.kill_daemon(d)) for d in DAEMONS]
        steps += [("a host cut off from both networks stops, the others run", s.cut_off),
                  ("standby and back", s.standby),
                  ("Debian's clients work against our daemons", s.debian_clients),
                  ("orderly stop of the DC moves the service", s.orderly_stop_of_dc),
                  ("all power-cycled at once come back with the last configuration", s.all_power_cycled)]
        if args.only:
            steps = steps[:2] + [x for x in steps[2:] if args.only in x[0]]
        return run_steps(steps, s.report)
    finally:
        if not args.keep:
            the_lab.down()


if __name__ == "__main__":
    sys.exit(main())
