"""Guest nodes: a virtual machine that the cluster runs is itself a node, with ours and Debian's mixed
(TAP)."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import lab as L              # noqa: E402
import mixes                 # noqa: E402
from power import Hypervisor   # noqa: E402
from tap import expect   # noqa: E402
from test_fencing import LEDGER, PORT_A, Fenced, configuration, device   # noqa: E402

NAME = "t-guest"
# the machine's name as a node of the cluster, and as a host of the lab
GUEST, MACHINE = "guest1", "node3"
VM = """<primitive id="vm" class="ocf" provider="lab" type="VirtualHost">
<instance_attributes id="vm-ia"><nvpair id="vm-machine" name="machine" value="node3"/></instance_attributes>
<meta_attributes id="vm-ma"><nvpair id="vm-guest" name="remote-node" value="guest1"/>
<nvpair id="vm-addr" name="remote-addr" value="10.77.0.3"/>
<nvpair id="vm-port" name="remote-port" value="3121"/>
<nvpair id="vm-connect" name="remote-connect-timeout" value="40s"/>
<nvpair id="vm-stay" name="resource-stickiness" value="100"/>
<nvpair id="vm-live" name="allow-migrate" value="true"/></meta_attributes>
<operations><op id="vm-start" name="start" interval="0" timeout="40s"/>
<op id="vm-monitor" name="monitor" interval="3s" timeout="20s"/></operations></primitive>"""
PREFER = '<rsc_location id="prefer" rsc="ledger" node="guest1" score="5000"/>'


class Guest:
    """Two cluster nodes of one stack and a machine with a remote executor of this or another; the ledger
    prefers the guest."""

    def __init__(self, what, stacks, build, full, slow):
        self.what, self.stacks, self.build = what, stacks, build
        self.full, self.slow, self.f = full, slow, None

    def down(self):
        if self.f:
            self.f.down()
            self.f = None

    @staticmethod
    def start_stack(hosts):
        for h in hosts:
            units = ["pacemaker_remote"] if h.name == MACHINE else ["corosync", "pacemaker"]
            h.run("systemctl", "start", "--no-block", *units)

    def start(self):
        f = self.f = Fenced(self.stacks, self.build, name=NAME, after_boot=self.start_stack, members=2,
                            switch=Hypervisor,
                            extra_quorum="    two_node: 1\n")
        self.members, self.machine = f.c.hosts[:2], f.c.hosts[2]
        key = os.urandom(256)
        for h in f.c.hosts:
            h.write("/etc/pacemaker/authkey", key, 0o640)
            run_in_root(h, "chgrp", "haclient", "/etc/pacemaker/authkey")
        f.c.hosts = self.members            # who is asked about the cluster
        f.c.boot()
        self.start_stack(self.members)
        f.c.wait_complete()
        one = self.members[0]
        one.write("/root/guest.xml", configuration(
            device("pdu-a", ipport=PORT_A, pcmk_host_list="node1 node2") + VM + LEDGER,
            constraints=PREFER, stonith__enabled="true", stonith__timeout="20s"))
        one.run("cibadmin", "-M", "-c", "-o", "configuration", "-x", "/root/guest.xml")
        self.wait_back()

    def wait_back(self):
        """The guest is online for both members, and the ledger is written there."""
        for h in self.members:
            L.wait_until(h.running, 40, "%s to be on" % h.name)
        L.wait_until(lambda: all("GuestOnline: [ %s ]" % GUEST in self.f.c.mon(h) for h in self.members), 90,
                     lambda: "the guest online; crm_mon says:\n%s" % self.f.c.mon())
        self.f.c.wait_complete()
        self.f.wait_writer([MACHINE], 60)
        self.f.c.wait_rest()
        self.f.one_writer()
        expect(not self.f.a.violations, "the machine ran twice: %s" % self.f.a.violations)

    def place(self, resource="vm"):
        """Name of the member that runs the machine."""
        for line in self.f.c.mon().splitlines():
            words = line.split()
            if words[1:2] == [resource] and "Started" in words:
                return words[words.index("Started") + 1]
        return None

    def carrier(self):
        name = self.place()
        if name is None:
            raise L.LabError("nobody runs the machine:\n" + self.f.c.mon())
        return self.f.by_name(name)

    def writer_pid(self):
        return self.machine.out("cat", "/run/lab-ledger.pid")

    def attribute(self, name):
        return self.members[0].run("cibadmin", "-Q", "--xpath",
                                   "//node_state[@uname='%s']//nvpair[@name='%s']" % (GUEST, name),
                                   check=False).stdout

    # ---- steps ----

    def clients(self):
        """Programs in the guest reach the cluster's daemons through the connection."""
        vm, one = self.machine, self.members[0]
        if vm.stack == "ours":              # Debian's package of remote nodes lacks it
            expect(vm.out("crm_node", "-n").strip() == GUEST, "crm_node -n: " + vm.out("crm_node", "-n"))
        text = vm.out("crm_mon", "-1")
        expect("GuestOnline: [ %s ]" % GUEST in text and "Online: [ node1 node2 ]" in text,
               "crm_mon there:\n" + text)
        vm.run("crm_attribute", "-n", "here", "-v", "5", "-l", "reboot")
        vm.run("attrd_updater", "-n", "level", "-U", "7")
        for name, value in (("here", "5"), ("level", "7")):
            L.wait_until(lambda n=name, v=value: 'value="%s"' % v in self.attribute(n), 20,
                         lambda n=name: "attribute %s of the guest:\n%s" %
                         (n, one.out("cibadmin", "-Q", "-o", "status")))
        expect('uname="%s"' % GUEST in vm.out("cibadmin", "-Q", "-o", "status"), "cibadmin -Q in the guest")

    def migrates(self):
        """The machine moves while it runs, and its connection with it; the service inside is left alone."""
        pid, host = self.writer_pid(), self.carrier()
        host.run("crm_standby", "-v", "on", "-N", host.name)
        L.wait_until(lambda: self.place() not in (None, host.name), 60,
                     lambda: "the machine to move:\n" + self.f.c.mon())
        host.run("crm_standby", "-D", "-N", host.name)
        self.wait_back()
        expect(self.writer_pid() == pid, "the service in the guest was restarted")
        expect(self.f.a.starts(MACHINE) == 1, "the machine was started anew: %s" % self.f.a.machine_requests)

    def machine_crashes(self):
        """The machine's end: all that ran in it is known to be gone, without a fencing device."""
        since = time.monotonic()
        self.f.a.crash(MACHINE)
        self.recovered(since)
        expect("5" not in self.attribute("here"),
               "a transient attribute outlived the guest:\n" + self.attribute("here"))

    def recovered(self, since):
        L.wait_until(lambda: self.f.a.starts(MACHINE, since), 100, lambda: "the machine to be started "
                     "again:\n" + self.f.c.mon())
        self.wait_back()
        expect(not [r for r in self.f.a.requests if r[0] >= since],
               "somebody was fenced: %s" % self.f.a.requests)

    def executor_dies(self):
        """kill -9 of the remote executor: the machine is started anew."""
        since = time.monotonic()
        self.machine.run("kill", "-9", *[str(p) for p in self.machine.pids("pacemaker-remoted")])
        self.recovered(since)

    def connection_lost(self):
        since = time.monotonic()
        self.machine.cut()
        self.recovered(since)

    def carrier_dies(self):
        """Power failure of the member that runs the machine:
        it is fenced, and the other starts the machine."""
        host, since = self.carrier(), time.monotonic()
        self.f.a.cut_power(host)
        L.wait_until(lambda: self.f.a.count("reboot", host.name, since), 40, "%s to be fenced" % host.name)
        L.wait_until(lambda: self.f.a.starts(MACHINE, since), 60, "the machine to be started again")
        self.wait_back()

    def dc_changes(self):
        """The DC leaves: the guest and its resources do not notice."""
        pid, dc = self.writer_pid(), self.f.by_name(self.f.c.dc())
        dc.run("systemctl", "stop", "pacemaker", timeout=120)
        other = next(h for h in self.members if h is not dc)
        L.wait_until(lambda: self.f.c.dc(other) == other.name, 40, "another DC")
        expect("GuestOnline: [ %s ]" % GUEST in self.f.c.mon(other),
               "the guest without the DC:\n" + self.f.c.mon(other))
        dc.run("systemctl", "start", "pacemaker")
        self.wait_back()
        expect(self.writer_pid() == pid, "the service in the guest was restarted")

    def stop_and_start(self):
        """The machine is told to stop: the service moves first, and returns with the guest."""
        one, since = self.members[0], time.monotonic()
        one.run("crm_resource", "-r", "vm", "-m", "-p", "target-role", "-v", "Stopped")
        self.f.wait_writer(["node1", "node2"])
        L.wait_until(lambda: not self.machine.running(), 40, "the machine to be off")
        self.f.c.wait_rest()
        expect("Guest" not in self.f.c.mon(), "crm_mon without guest:\n" + self.f.c.mon())
        one.run("crm_resource", "-r", "vm", "-m", "-d", "target-role")
        self.recovered(since)

    def executor_leaves(self):
        """The remote executor is stopped in the guest: the service moves, and the machine goes on as a mere
        resource. A refresh makes it a node again when the executor is back."""
        since = time.monotonic()
        self.machine.run("systemctl", "stop", "pacemaker_remote", timeout=120)
        self.f.wait_writer(["node1", "node2"])
        L.wait_until(self.f.c.idle, 60,
                     "an idle DC (it would start the executor again, but nobody tells it to)")
        expect(self.machine.running() and not self.f.a.starts(MACHINE, since), "the machine was restarted")
        self.machine.run("systemctl", "start", "pacemaker_remote")
        L.wait_until(lambda: self.machine.pids("pacemaker-remoted"), 20, "pacemaker-remoted to run")
        self.members[0].run("crm_resource", "--refresh")
        self.wait_back()
        expect(not [r for r in self.f.a.requests if r[0] >= since],
               "somebody was fenced: %s" % self.f.a.requests)

    def intact(self):
        self.f.intact()
        self.down()

    def steps(self):
        steps = [("start", self.start), ("clients in the guest", self.clients),
                 ("the machine migrates", self.migrates),
                 ("the machine crashes", self.machine_crashes), ("power failure of the member with the "
                                                                 "machine", self.carrier_dies)]
        if self.full:
            steps += [("kill -9 pacemaker-remoted", self.executor_dies), ("the DC changes", self.dc_changes),
                      ("the machine is stopped and started", self.stop_and_start),
                      ("the executor in the guest is stopped", self.executor_leaves)]
        # the monitor of such a connection comes every 30 s, and waits as long
        if self.slow:
            steps += [("the connection is lost", self.connection_lost)]
        return [(self.what + ": " + name, step) for name,
                step in steps + [("the ledger is whole", self.intact)]]

    def report(self):
        if not self.f:
            return ""
        log = ""
        if self.machine.running():
            log = self.machine.run("tail", "-n", "40", "/var/log/pacemaker/pacemaker.log", check=False).stdout
        return "%smachine: %s\n%s log:\n%s" % (self.f.report(), self.f.a.machine_requests, MACHINE, log)


def run_in_root(host, *argv):
    """A command on the disk of a host, whether it runs or not."""
    L.run("chroot", host.root, *argv)


def main():
    ap = mixes.parser()
    ap.add_argument("--slow", action="store_true", help="also what takes a minute and more")
    args = ap.parse_args()
    return mixes.run(args, NAME, [Guest("ours", ["ours"] * 3, args.build, True, args.slow),
                                  Guest("Debian's guest", ["ours", "ours", "debian-remote"], args.build,
                                        False, args.slow),
                                  Guest("Debian's cluster", ["debian", "debian", "ours"], args.build, False,
                                        args.slow),
                                  Guest("all Debian's", ["debian", "debian", "debian-remote"], args.build,
                                        True, args.slow)], 1)


if __name__ == "__main__":
    sys.exit(main())
