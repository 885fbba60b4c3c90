"""Fencing with devices that really cut the power of lab hosts (TAP).

The service is one writer on storage that all hosts share (agents/Ledger): it notices a second writer by
itself, so that no step of this test can hide one; at the end the file must hold every number once.
"""
import argparse
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import lab as L              # noqa: E402
import cluster               # noqa: E402
from power import PowerSwitch   # noqa: E402
from tap import expect, run_steps   # noqa: E402

NAME = "t-fence"
HERE = os.path.dirname(os.path.realpath(__file__))
PORT_A, PORT_B = 7001, 7002
PATIENCE_A = 10             # seconds that the cluster waits for the first switch
OCF_FOLDER = "/usr/lib/ocf/resource.d/lab/"

DEVICE = """<primitive id="%(id)s" class="stonith" type="%(agent)s">
<instance_attributes id="%(id)s-ia">%(pairs)s</instance_attributes>
%(meta)s</primitive>"""
LEDGER = """<primitive id="ledger" class="ocf" provider="lab" type="Ledger"><meta_attributes id="ledger-ma">
<nvpair id="ledger-stay" name="resource-stickiness" value="1000"/>
<nvpair id="ledger-prio" name="priority" value="10"/>
</meta_attributes><operations>
<op id="ledger-start" name="start" interval="0" timeout="20s"/>
<op id="ledger-monitor" name="monitor" interval="5s" timeout="20s"/></operations></primitive>"""


def pairs(prefix, **values):
    return "".join('<nvpair id="%s-%s" name="%s" value="%s"/>' % (prefix, n, n.replace("__", "-"), v)
                   for n, v in values.items())


def device(name, agent="fence_lab", provides=None, **values):
    meta = ""
    if provides:
        meta = '<meta_attributes id="%s-ma">%s</meta_attributes>' % (
            name, pairs(name + "-ma", provides=provides))
    return DEVICE % {"id": name, "agent": agent, "pairs": pairs(name, **values), "meta": meta}


def configuration(resources, topology="", constraints="", **options):
    return '<configuration><crm_config><cluster_property_set id="cib-bootstrap-options">%s' \
        '</cluster_property_set></crm_config><resources>%s</resources>' \
        '<constraints>%s</constraints>%s</configuration>' % (
            pairs("option", **options), resources, constraints,
            topology and "<fencing-topology>%s</fencing-topology>" % topology)


class Fenced:
    """Hosts with power switches and the ledger."""

    def __init__(self, stacks, build, name=NAME, after_boot=cluster.Cluster.start_stack, members=None,
                 switch=PowerSwitch,
                 **corosync):
        """after_boot: starts the stack on hosts whose power is back; members: so many first hosts have
        corosync; switch: the class of the first switch."""
        self.lab = L.Lab(name)
        self.lab.down()
        self.lab.create(stacks, build)
        self.shared = self.lab.share_disk()
        self.c = cluster.Cluster(self.lab)
        L.configure_corosync(self.c.hosts[:members], extra_totem="    token: 1000\n    token_coefficient: "
                             "0\n", **corosync)
        for h in self.c.hosts:
            for agent, folder in (("fence_lab", "/usr/sbin/"), ("Ledger", OCF_FOLDER),
                                  ("VirtualHost", OCF_FOLDER)):
                with open(os.path.join(HERE, "agents", agent)) as f:
                    h.write(folder + agent, f.read(), 0o755)
            os.symlink("fence_lab", h.path("/usr/sbin/fence_lab_key"))
        self.a = switch(self.lab, PORT_A, after_boot)
        self.b = PowerSwitch(self.lab, PORT_B, after_boot)

    def down(self):
        for switch in (self.a, self.b):
            switch.close()
        self.lab.down()

    def start(self, resources, **more):
        self.c.boot()
        self.c.start_stack(self.c.hosts)
        self.c.wait_complete()
        one = self.c.hosts[0]
        one.write("/root/fencing.xml", configuration(resources, **more))
        one.run("cibadmin", "-M", "-c", "-o", "configuration", "-x", "/root/fencing.xml")
        self.wait_writer([h.name for h in self.c.hosts])
        self.c.wait_rest()
        devices = [line for line in self.c.mon().splitlines() if "(stonith:" in line]
        expect(devices and all(line.split()[3:4] == ["Started"] for line in devices),
               "the devices must run:\n" + self.c.mon())

    # ---- the ledger ----

    def text(self, name):
        try:
            with open(os.path.join(self.shared, name)) as f:
                return f.read()
        except OSError:
            return ""

    def text_list(self, folder):
        try:
            return os.listdir(os.path.join(self.shared, folder))
        except OSError:
            return []

    def newest(self):
        """Owner of the newest record and its age in seconds."""
        records = [line.split() for line in self.text("ledger").splitlines()]
        if not records or len(records[-1]) != 4:
            return None, 0
        return records[-1][1], time.monotonic() - int(records[-1][3]) / 1000

    def writer(self):
        owner, age = self.newest()
        return owner if age < 1 else None

    def wait_writer(self, names, timeout=60):
        return L.wait_until(lambda: self.writer() in names, timeout,
                            lambda: "the ledger to be written by %s; crm_mon says:\n%s" %
                            (" or ".join(names), self.c.mon()))

    def active(self):
        """The host that writes the ledger."""
        found = []

        def somebody():
            found[:] = [h for h in self.c.hosts if h.name == self.writer()]
            return found
        L.wait_until(somebody, 60, lambda: "somebody to write the ledger; crm_mon says:\n%s" % self.c.mon())
        return found[0]

    def by_name(self, name):
        return self.c.by_name(name)

    def others(self, host):
        return [h for h in self.c.hosts if h is not host]

    def settle(self, names=None):
        members = [h for h in self.c.hosts if h.name in (names or h.name)]
        L.wait_until(lambda: all(h.running() for h in members), 40, "all hosts to be on")
        self.c.wait_complete(names, 60)
        self.wait_writer(names or [h.name for h in self.c.hosts])
        self.c.wait_rest()
        self.one_writer()

    def one_writer(self):
        seen = self.text("violations")
        expect(not seen, "two writers at the same time:\n" + seen)

    def intact(self):
        """Every number once and in order, and every change of the writer announced."""
        number, owner = 0, None
        for line in self.text("ledger").splitlines():
            record = line.split()
            expect(len(record) == 4, "damaged record %r" % line)
            if record[0] == "begin":
                owner = record[1:3]
                continue
            expect(record[1:3] == owner, "record %r, but the last to begin was %s" % (line, owner))
            expect(int(record[0]) == number + 1, "record %r comes after number %d" % (line, number))
            number += 1
        expect(number > 20, "only %d records" % number)
        self.one_writer()

    # ---- fencing ----

    def history(self, host, target):
        return host.run("stonith_admin", "--verbose", "--history", target, check=False).stdout

    def report(self):
        hosts = self.c.up_hosts()
        text = "requests to the switches: %s %s\n%s\n" % (self.a.requests, self.b.requests,
                                                          self.text("violations"))
        text += "".join("%s:\n%s\n%s\n" % (h.name, self.c.mon(h), self.history(h, "*")) for h in hosts)
        for h in hosts:
            text += "%s log:\n%s\n" % (h.name, h.sh("tail -n 40 /var/log/pacemaker/pacemaker.log",
                                                    check=False).stdout)
        return text


class Three:
    def __init__(self, stack, build):
        self.stack, self.build, self.f = stack, build, None

    def start(self):
        f = self.f = Fenced([self.stack] * 3, self.build)
        hosts = " ".join(h.name for h in f.c.hosts)
        f.start(device("pdu-a", ipport=PORT_A, pcmk_host_list=hosts, pcmk_reboot_timeout="%ds" % PATIENCE_A)
                + device("pdu-b", ipport=PORT_B) + LEDGER,
                topology='<fencing-level id="l1" target-pattern="node.*" index="1" devices="pdu-a"/>'
                         '<fencing-level id="l2" target-pattern="node.*" index="2" devices="pdu-b"/>',
                stonith__enabled="true", stonith__timeout="20s")
        one = f.c.hosts[0]
        for text in ("pdu-a", "pdu-b", "2 fence devices found"):
            L.wait_until(lambda text=text: text in one.out("stonith_admin", "-l", "node2"), 20,
                         lambda text=text: "%r in stonith_admin -l node2:\n%s" %
                         (text, one.out("stonith_admin", "-l", "node2")))
        f.settle()

    def power_failure(self):
        host, since = self.f.active(), time.monotonic()
        host.power_off()
        self.f.wait_writer([h.name for h in self.f.others(host)])
        expect(self.f.a.count("reboot", host.name, since) == 1,
               "one reboot by the first switch, had %s" % self.f.a.requests)
        self.f.settle()
        for h in self.f.c.hosts:
            L.wait_until(lambda h=h: "reboot of %s successful" % host.name in self.f.history(h, host.name),
                         30,
                         lambda h=h: "the fencing in the history of %s:\n%s" %
                         (h.name, self.f.history(h, host.name)))

    def hung_host(self):
        """corosync stops, everything else goes on: the writer writes until the power is cut."""
        host = self.f.active()
        for pid in host.pids("corosync"):
            host.run("kill", "-STOP", str(pid))
        self.f.wait_writer([h.name for h in self.f.others(host)])
        self.f.settle()

    def split(self):
        host, since = self.f.active(), time.monotonic()
        host.cut()
        self.f.wait_writer([h.name for h in self.f.others(host)])
        expect(self.f.a.count("reboot", host.name, since) == 1,
               "the majority must fence the lone host: %s" % self.f.a.requests)
        self.f.settle()

    def first_level_fails(self):
        victim, since = self.spare(), time.monotonic()
        self.f.a.mode = "refuses"
        self.f.active().run("stonith_admin", "--reboot", victim.name)
        self.f.a.mode = "works"
        expect(self.f.a.count("reboot", victim.name, since) == 2,
               "two attempts at the first switch: %s" % self.f.a.requests)
        expect(self.f.b.count("reboot", victim.name, since) == 1,
               "then the second switch: %s" % self.f.b.requests)
        self.f.settle()

    def first_level_hangs(self):
        victim, since = self.spare(), time.monotonic()
        self.f.a.mode = "hangs"
        self.f.active().run("stonith_admin", "--reboot", victim.name)
        self.f.a.mode = "works"
        expect(time.monotonic() - since >= PATIENCE_A, "the first level has %d s" % PATIENCE_A)
        expect(self.f.b.count("reboot", victim.name, since) == 1,
               "then the second switch: %s" % self.f.b.requests)
        self.f.settle()

    def spare(self):
        """A host without the service."""
        self.f.settle()
        return self.f.others(self.f.active())[0]

    def no_device_works(self):
        """Nothing starts elsewhere before somebody says that the host is down."""
        host = self.f.active()
        rest = self.f.others(host)
        self.f.a.mode = self.f.b.mode = "refuses"
        host.power_off()
        L.wait_until(lambda: "failed" in self.f.history(rest[0], host.name), 40,
                     "a failed attempt in the history")
        seen = self.f.text("ledger")
        time.sleep(5)
        expect(self.f.text("ledger") == seen, "the service was started without fencing")
        L.wait_until(lambda: "UNCLEAN" in self.f.c.mon(rest[0]), 20,
                     lambda: "crm_mon to show the host unclean:\n" + self.f.c.mon(rest[0]))
        rest[0].run("stonith_admin", "--confirm", host.name)
        self.f.wait_writer([h.name for h in rest])
        L.wait_until(lambda: "a human" in self.f.history(rest[1], host.name), 20,
                     "the confirmation in the history")
        self.f.a.mode = self.f.b.mode = "works"
        self.f.a.act("on", host.name)       # an attempt that still goes on may do the same
        self.f.settle()

    def off_and_on(self):
        victim = self.spare()
        active = self.f.active()
        active.run("stonith_admin", "--fence", victim.name)
        expect(not victim.running(), "%s is still on" % victim.name)
        L.wait_until(lambda: victim.name not in self.f.c.online(active), 20, "crm_mon to show it offline")
        active.run("stonith_admin", "--unfence", victim.name)
        L.wait_until(victim.running, 20, "%s to be on" % victim.name)
        self.f.settle()

    def delay(self):
        victim = self.spare()
        for name, value in (("pcmk_delay_base", "node9:9;%s:3" % victim.name), ("pcmk_delay_max", "4s")):
            self.f.active().run("crm_resource", "-r", "pdu-a", "-p", name, "-v", value)
        self.f.settle()                     # the device is restarted with them
        since = time.monotonic()
        self.f.active().run("stonith_admin", "--reboot", victim.name)
        sent = [t for t, action, name in self.f.a.requests if name == victim.name and t > since]
        expect(len(sent) == 1 and 2 < sent[0] - since,
               "cut after 3 s or more (whole-second timers): %s" % [t - since for t in sent])
        for name in ("pcmk_delay_base", "pcmk_delay_max"):
            self.f.active().run("crm_resource", "-r", "pdu-a", "-d", name)
        self.f.settle()

    def unfencing(self):
        """A level of two devices: the key to the disk is taken and the power cut; a host gets its key before
        it runs anything."""
        f, host = self.f, self.f.active()
        f.by_name("node1").write("/root/key.xml", "<resources>%s</resources>" % device(
            "key", agent="fence_lab_key", provides="unfencing", pcmk_host_list="node1 node2 node3",
            pcmk_host_check="static-list"))
        f.by_name("node1").run("cibadmin", "-M", "-c", "-o", "resources", "-x", "/root/key.xml")
        L.wait_until(lambda: sorted(f.text_list("keys")) == ["node1", "node2", "node3"], 60,
                     lambda: "all keys, have %s" % f.text_list("keys"))
        f.settle()
        host.run("cibadmin", "-M", "-o", "fencing-topology", "-X",
                 '<fencing-level id="l1" target-pattern="node.*" index="1" devices="key,pdu-a"/>')
        host.run("crm_resource", "-r", "ledger", "-p", "key", "-v", "true")
        f.settle()
        host, since = f.active(), time.monotonic()
        host.power_off()
        f.wait_writer([h.name for h in f.others(host)])
        expect(host.name not in f.text_list("keys") or f.a.count("on", host.name, since),
               "the key is still there")
        expect(f.a.count("off", host.name, since) == 1 and f.a.count("reboot", host.name, since) == 0,
               "a reboot by two devices is an off by each, then an on: %s" % f.a.requests)
        L.wait_until(lambda: f.a.count("on", host.name, since) == 1, 20,
                     lambda: "power on again: %s" % f.a.requests)
        f.settle()
        L.wait_until(lambda: host.name in f.text_list("keys"), 40, "its key back")

    def steps(self):
        return [("three hosts with two power switches", self.start),
                ("power failure: fenced, then moved", self.power_failure),
                ("a hung host is fenced while its service still runs", self.hung_host),
                ("a host cut off is fenced by the majority", self.split),
                ("a switch that refuses: retry, then the second level", self.first_level_fails),
                ("a switch that hangs: timeout, then the second level", self.first_level_hangs),
                ("no switch works: nothing starts until a human confirms", self.no_device_works),
                ("stonith_admin turns a host off and on", self.off_and_on),
                ("delays of a device", self.delay),
                ("two devices in a level, and unfencing", self.unfencing),
                ("every number of the ledger once", self.f_intact)]

    def f_intact(self):
        self.f.intact()
        self.f.down()


class Two:
    """Two hosts: each would be quorate alone."""

    def __init__(self, stack, build):
        self.stack, self.build, self.f = stack, build, None

    def start(self):
        f = self.f = Fenced([self.stack] * 2, self.build, extra_quorum="    two_node: 1\n")
        f.start(device("pdu-a", ipport=PORT_A) + LEDGER,
                stonith__enabled="true", priority__fencing__delay="10s", stonith__timeout="20s")

    def split(self):
        """Both want to fence the other; the host with the service is first, and the other waits for it when
        it is back."""
        host = self.f.active()
        other = self.f.others(host)[0]
        host.part_from([other])
        L.wait_until(lambda: self.f.a.count("reboot", other.name) + self.f.a.count("reboot", host.name), 40,
                     "one fences the other")
        expect(self.f.a.count("reboot", host.name) == 0,
               "the host with the service was fenced: %s" % self.f.a.requests)
        L.wait_until(lambda: other.running() and other.run("pidof", "pacemaker-controld",
                                                           check=False).returncode == 0, 40,
                     "%s to be back" % other.name)
        # still parted: alone after a start it has no quorum (wait_for_all)
        time.sleep(4)
        expect(self.f.active() is host, "the service moved")
        expect(self.f.a.count("reboot", host.name) == 0,
               "the host that came back fenced the other: %s" % self.f.a.requests)
        host.part_from([])
        self.f.settle()

    def power_failure(self):
        host = self.f.active()
        host.power_off()
        self.f.wait_writer([h.name for h in self.f.others(host)])
        self.f.settle()

    def alone_after_a_start(self):
        one, two = self.f.c.hosts
        since = time.monotonic()
        for h in (one, two):
            h.power_off()
        seen = self.f.text("ledger")
        two.boot()
        self.f.c.start_stack([two])
        L.wait_until(lambda: two.run("crm_mon", "-1", check=False).returncode == 0, 40,
                     "node2's cluster to answer")
        time.sleep(6)
        expect(self.f.text("ledger") == seen, "node2 started the service without ever having seen node1")
        expect(not self.f.a.count("reboot", "node1", since), "node2 fenced without quorum")
        one.boot()
        self.f.c.start_stack([one])
        self.f.settle()
        self.f.intact()
        self.f.down()

    def steps(self):
        return [("two hosts with a power switch", self.start),
                ("a split: the host with the service survives", self.split),
                ("power failure of one of two", self.power_failure),
                ("alone after a start: wait_for_all", self.alone_after_a_start)]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--build", required=True)
    ap.add_argument("--stack", default="ours", choices=sorted(L.STACK_PACKAGES))
    ap.add_argument("--only", help="run the first step and those whose name contains this")
    ap.add_argument("--two", action="store_true", help="only the cluster of two hosts")
    args = ap.parse_args()
    three, two = Three(args.stack, args.build), Two(args.stack, args.build)
    steps = [] if args.two else three.steps()
    if args.only:
        steps = steps[:1] + [s for s in steps[1:] if args.only in s[0]]
    else:
        steps += two.steps()
    try:
        return run_steps(steps, lambda: (two.f or three.f).report() if L.Lab(NAME).exists() else "")
    finally:
        for x in (three, two):
            if x.f:
                x.f.down()
        L.Lab(NAME).down()


if __name__ == "__main__":
    sys.exit(main())
