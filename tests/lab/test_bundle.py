"""Bundles: replicas of a container with an address each and a promotable service inside, which are nodes of
the cluster (TAP)."""
import argparse
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import lab as L              # noqa: E402
from tap import expect, run_steps   # noqa: E402
from test_fencing import HERE, PORT_A, Fenced, configuration, device   # noqa: E402

NAME = "t-bundle"
ADDRESSES = ["10.77.0.120", "10.77.0.121"]
BUNDLE = """<bundle id="web"><podman image="lab:latest" replicas="2" promoted-max="1"/>
<network ip-range-start="10.77.0.120" host-interface="eth0" host-netmask="24"/>
<storage><storage-mapping id="web-data" source-dir-root="/srv/web" target-dir="/mnt" options="rw"/></storage>
<primitive id="st" class="ocf" provider="pacemaker" type="Stateful"><operations>
<op id="st-m" name="monitor" interval="2s" role="Promoted" timeout="20s"/>
<op id="st-s" name="monitor" interval="3s" role="Unpromoted" timeout="20s"/></operations></primitive>
</bundle>"""
PATIENT = '<op_defaults><meta_attributes id="patient">' \
    '<nvpair id="patient-timeout" name="timeout" value="40s"/></meta_attributes></op_defaults>'
STATE = "/run/Stateful-st.state"


class Bundle:
    """Two hosts of one stack."""

    def __init__(self, stack, build):
        self.stack, self.build, self.f = stack, build, None

    def down(self):
        if self.f:
            self.f.down()
            self.f = None

    def start(self):
        f = self.f = Fenced([self.stack] * 2, self.build, name=NAME, extra_quorum="    two_node: 1\n")
        key = os.urandom(256)
        for h in f.c.hosts:
            h.write("/etc/pacemaker/authkey", key, 0o640)
            L.run("chroot", h.root, "chgrp", "haclient", "/etc/pacemaker/authkey")
            with open(os.path.join(HERE, "agents", "podman")) as script:
                h.write("/usr/local/bin/podman", script.read(), 0o755)
            if self.stack == "debian":      # what a container's image has, as the hosts' package excludes it
                with open(f.lab.package_layer("debian-remote", lambda text: None) +
                          "/usr/sbin/pacemaker-remoted", "rb") as binary:
                    h.write("/usr/sbin/pacemaker-remoted", binary.read(), 0o755)
        f.c.boot()
        f.c.start_stack(f.c.hosts)
        f.c.wait_complete()
        one = f.c.hosts[0]
        one.write("/root/bundle.xml", configuration(
            device("pdu-a", ipport=PORT_A, pcmk_host_list="node1 node2") + BUNDLE, constraints=PATIENT,
            stonith__enabled="true", stonith__timeout="20s").replace(PATIENT + "</constraints>",
                                                                     "</constraints>" + PATIENT))
        one.run("cibadmin", "-M", "-c", "-o", "configuration", "-x", "/root/bundle.xml")
        self.wait_replicas(2)

    # ---- what is seen ----

    def replicas(self):
        """Name of a replica -> (role, host) as crm_mon says it."""
        found = {}
        for line in self.f.c.mon().splitlines():
            words = line.split()
            if "(ocf:pacemaker:Stateful):" in words and "Stopped" not in words:
                found[words[1]] = tuple(words[-2:])
        return found

    def wait_replicas(self, count):
        """So many replicas run, one of them promoted, on different hosts, and everybody is at rest."""
        L.wait_until(lambda: all(h.running() for h in self.f.c.hosts) or count < 2, 60, "all hosts to be on")
        L.wait_until(lambda: sorted(r for r, _ in self.replicas().values()) == ["Promoted",
                                                                                "Unpromoted"][:count], 120,
                     lambda: "%d replicas, one promoted:\n%s" % (count, self.f.c.mon()))
        self.f.c.wait_rest()
        seen = self.replicas()
        expect(len({host for _, host in seen.values()}) == count, "replicas on one host: %s" % seen)
        text = self.f.c.mon()
        expect("GuestOnline: [ %s ]" % " ".join(sorted(seen)) in text, "the replicas as nodes:\n" + text)
        for name, (role, host) in seen.items():
            state = self.inside(host, name, "cat", STATE).stdout.strip()
            expect(state.capitalize() in {"Promoted": ("Promoted", "Master"),
                                          "Unpromoted": ("Unpromoted", "Slave")}[role],
                   "%s is %s, and %r inside" % (name, role, state))
            expect(ADDRESSES[int(name[-1])] + "/24" in self.f.by_name(host).out("ip", "-o", "-4", "addr",
                                                                                "show", "dev", "eth0"),
                   "address of %s on %s" % (name, host))

    def inside(self, host, replica, *command, check=False):
        return self.f.by_name(host).run("podman", "exec", replica.replace("web-", "web-podman-"), *command,
                                        check=check)

    def promoted(self):
        return next((name, host) for name, (role, host) in self.replicas().items() if role == "Promoted")

    # ---- steps ----

    def nodes_inside(self):
        """A container is a node: its programs reach the cluster, its file systems are the replica's."""
        name, host = self.promoted()
        uname = self.inside(host, name, "uname", "-n").stdout.strip()
        expect(uname == name, "host name inside: " + uname)
        if self.stack == "ours":
            expect(self.inside(host, name, "crm_node", "-n").stdout.strip() == name, "crm_node -n inside")
        self.inside(host, name, "sh", "-c", "hostname > /mnt/who", check=True)
        expect(self.f.by_name(host).out("cat", "/srv/web/%s/who" % name).strip() == name,
               "the replica's folder")
        log = self.f.by_name(host).out("ls", "/var/log/pacemaker/bundles/" + name)
        expect("pcmk-init.log" in log, "log of number 1 in the container: " + log)

    def service_fails(self):
        """The service in the promoted replica ends:
        as it cannot be demoted either, its container is started anew."""
        name, host = self.promoted()
        first = self.inside(host, name, "stat", "-c", "%Y %i", "/run").stdout
        self.inside(host, name, "rm", STATE, check=True)
        self.renewed(name, first, time.monotonic())

    def no_fencing(self, since):
        expect(not [r for r in self.f.a.requests if r[0] >= since],
               "somebody was fenced: %s" % self.f.a.requests)

    def container_dies(self):
        since = time.monotonic()
        name, host = self.promoted()
        first = self.inside(host, name, "stat", "-c", "%Y %i", "/run").stdout
        self.f.by_name(host).run("podman", "kill", name.replace("web-", "web-podman-"))
        self.renewed(name, first, since)

    def renewed(self, name, first, since):
        L.wait_until(lambda: "Failed Resource Actions" in self.f.c.mon() and self.changed(name, first), 60,
                     lambda: "the container to be started again:\n" + self.f.c.mon())
        self.wait_replicas(2)
        self.no_fencing(since)

    def changed(self, name, first):
        host = dict((n, h) for n, (_, h) in self.replicas().items()).get(name)
        now = host and self.inside(host, name, "stat", "-c", "%Y %i", "/run").stdout
        return now and "cannot" not in now and now != first

    def host_dies(self):
        """Power failure of the host with the promoted replica:
        the other is promoted; the first one comes back."""
        name, host = self.promoted()
        since = time.monotonic()
        self.f.by_name(host).power_off()
        L.wait_until(lambda: self.f.a.count("reboot", host, since), 40, "%s to be fenced" % host)
        L.wait_until(lambda: [r for n, (r, h) in self.replicas().items() if n != name] == ["Promoted"], 60,
                     lambda: "the other replica to be promoted:\n" + self.f.c.mon())
        self.wait_replicas(2)

    def stop_and_start(self):
        one = self.f.c.hosts[0]
        one.run("crm_resource", "-r", "web", "-m", "-p", "target-role", "-v", "Stopped")
        L.wait_until(lambda: not any("web-podman" in h.out("podman", "ps") for h in self.f.c.hosts), 120,
                     lambda: "no container to run:\n" + self.f.c.mon())
        self.f.c.wait_rest()
        for h in self.f.c.hosts:
            expect("10.77.0.12" not in h.out("ip", "-o", "-4", "addr", "show", "dev", "eth0"),
                   "an address is left on " + h.name)
        text = self.f.c.mon()
        expect("Guest" not in text, "crm_mon without replicas:\n" + text)
        one.run("crm_resource", "-r", "web", "-m", "-d", "target-role")
        self.wait_replicas(2)

    def standby(self):
        """A host is told to rest: its replica stops, the other serves."""
        name, host = self.promoted()
        since = time.monotonic()
        self.f.c.hosts[0].run("crm_standby", "-v", "on", "-N", host)
        self.wait_replicas(1)
        expect(self.promoted()[1] != host, "the promoted replica left the host")
        self.f.c.hosts[0].run("crm_standby", "-D", "-N", host)
        self.wait_replicas(2)
        self.no_fencing(since)

    def end(self):
        text = self.f.c.hosts[0].out("cibadmin", "-Q", "-o", "status")
        expect('uname="web-0"' in text, "the replicas' states in the CIB:\n" + text)
        self.down()

    def steps(self):
        return [("two replicas with addresses, one promoted", self.start),
                ("a container is a node", self.nodes_inside),
                ("the service inside fails", self.service_fails), ("a container dies", self.container_dies),
                ("power failure of the host with the promoted replica", self.host_dies),
                ("standby of a host", self.standby),
                ("the bundle is stopped and started", self.stop_and_start), ("the end", self.end)]

    def report(self):
        if not self.f:
            return ""
        logs = [h.out("cat", "/var/log/lab-container.log") for h in self.f.c.up_hosts()
                if os.path.exists(h.path("/var/log/lab-container.log"))]
        return self.f.report() + "".join(logs)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--build", required=True)
    ap.add_argument("--stack", default="ours", choices=["ours", "debian"])
    ap.add_argument("--only", help="the first step and those whose name matches this")
    ap.add_argument("--keep", action="store_true", help="leave the hosts running at the end")
    args = ap.parse_args()
    bundle = Bundle(args.stack, args.build)
    steps = bundle.steps()
    if args.only:
        steps = steps[:1] + [s for s in steps[1:] if re.search(args.only, s[0])]
    try:
        return run_steps(steps, bundle.report)
    finally:
        if not args.keep:
            bundle.down()
            L.Lab(NAME).down()


if __name__ == "__main__":
    sys.exit(main())
