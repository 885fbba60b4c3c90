"""Remote nodes: hosts without corosync whose executor the cluster reaches over TLS, ours and Debian's mixed
(TAP)."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import lab as L              # noqa: E402
import mixes                 # noqa: E402
from tap import expect   # noqa: E402
from test_fencing import LEDGER, PORT_A, Fenced, configuration, device   # noqa: E402

NAME = "t-remote"
REMOTE = "remote3"           # the third host's name as a node
CONNECTION = """<primitive id="remote3" class="ocf" provider="pacemaker" type="remote">
<instance_attributes id="remote3-ia"><nvpair id="remote3-server" name="server" value="10.77.0.3"/>
<nvpair id="remote3-reconnect" name="reconnect_interval" value="5s"/></instance_attributes>
<operations><op id="remote3-monitor" name="monitor" interval="3s" timeout="20s"/></operations></primitive>"""
PREFER = '<rsc_location id="prefer" rsc="ledger" node="remote3" score="5000"/>'


class Remote:
    """Two cluster nodes of one stack and a remote node of this or another; the ledger prefers the remote
    node."""

    def __init__(self, what, stacks, build, full):
        self.what, self.stacks, self.build, self.full, self.f = what, stacks, build, full, None

    def down(self):
        if self.f:
            self.f.down()
            self.f = None

    def start_stack(self, hosts):
        for h in hosts:
            units = ["pacemaker_remote"] if h is self.third or h.name == self.third.name else ["corosync",
                                                                                               "pacemaker"]
            h.run("systemctl", "start", "--no-block", *units)

    def start(self):
        f = self.f = Fenced(self.stacks, self.build, name=NAME, after_boot=self.start_stack, members=2,
                            extra_quorum="    two_node: 1\n")
        self.members, self.third = f.c.hosts[:2], f.c.hosts[2]
        key = os.urandom(256)
        for h in f.c.hosts:
            h.write("/etc/pacemaker/authkey", key, 0o640)
        f.c.hosts = self.members            # who is asked about the cluster
        for h in self.members + [self.third]:
            h.start()
        for h in self.members + [self.third]:
            h.wait_booted()
            h.run("chgrp", "haclient", "/etc/pacemaker/authkey", check=False)
        self.start_stack(self.members + [self.third])
        f.c.wait_complete()
        one = self.members[0]
        one.write("/root/remote.xml", configuration(
            device("pdu-a", ipport=PORT_A, pcmk_host_map="node1:node1;node2:node2;remote3:node3") +
            CONNECTION + LEDGER,
            constraints=PREFER, stonith__enabled="true", stonith__timeout="20s"))
        one.run("cibadmin", "-M", "-c", "-o", "configuration", "-x", "/root/remote.xml")
        self.wait_back()

    def wait_back(self):
        """The remote node is online for both members, and the ledger is written there."""
        for h in self.members:
            L.wait_until(h.running, 40, "%s to be on" % h.name)
            L.wait_until(lambda h=h: "RemoteOnline: [ %s ]" % REMOTE in self.f.c.mon(h), 90,
                         lambda h=h: "the remote node online; crm_mon on %s says:\n%s" %
                         (h.name, self.f.c.mon(h)))
        self.f.c.wait_complete()
        self.f.wait_writer(["node3"], 60)
        self.f.c.wait_rest()
        self.f.one_writer()

    def carrier(self):
        """The member whose controller holds the connection."""
        for line in self.f.c.mon().splitlines():
            if "ocf:pacemaker:remote" in line and "Started" in line:
                return self.f.by_name(line.split("Started")[1].split()[0])
        raise L.LabError("no member holds the connection:\n" + self.f.c.mon())

    def writer_pid(self):
        return self.third.out("cat", "/run/lab-ledger.pid")

    # ---- steps ----

    def clients(self):
        """Programs on the remote node reach the cluster's daemons through the connection."""
        three = self.third
        if three.stack == "ours":           # Debian's package of remote nodes lacks it
            expect(three.out("crm_node", "-n").strip() == REMOTE,
                   "crm_node -n: " + three.out("crm_node", "-n"))
        text = three.out("crm_mon", "-1")
        expect("RemoteOnline: [ %s ]" % REMOTE in text and "Online: [ node1 node2 ]" in text,
               "crm_mon there:\n" + text)
        three.run("crm_attribute", "-n", "here", "-v", "5", "-l", "reboot")
        three.run("attrd_updater", "-n", "level", "-U", "7")
        one = self.members[0]
        for name, value in (("here", "5"), ("level", "7")):
            L.wait_until(lambda n=name, v=value: 'name="%s" value="%s"' % (n, v) in one.out(
                "cibadmin", "-Q", "--xpath", "//node_state[@uname='%s']/transient_attributes" % REMOTE), 20,
                lambda n=name: "attribute %s of the remote node in the CIB:\n%s" %
                (n, one.out("cibadmin", "-Q", "-o", "status")))
        expect('uname="%s"' % REMOTE in three.out("cibadmin", "-Q", "-o", "status"),
               "cibadmin -Q on the remote node")
        three.run("cibadmin", "-M", "-c", "-o", "crm_config", "-X",
                  '<cluster_property_set id="cib-bootstrap-options">'
                  '<nvpair id="from-remote" name="from-remote" value="9"/></cluster_property_set>')
        L.wait_until(lambda: 'value="9"' in one.out("cibadmin", "-Q", "-o", "crm_config"), 5,
                     "a change made on the remote node")
        text = three.out("stonith_admin", "-L")
        expect("pdu-a" in text, "stonith_admin -L on the remote node:\n" + text)

    def connection_moves(self):
        """The connection moves to the other member; what runs on the remote node is left alone."""
        pid, host = self.writer_pid(), self.carrier()
        host.run("crm_standby", "-v", "on", "-N", host.name)
        L.wait_until(lambda: "Node %s: standby" % host.name in self.f.c.mon() and
                     self.carrier_name() not in (None, host.name), 60,
                     lambda: "the connection on the other member:\n" + self.f.c.mon())
        host.run("crm_standby", "-D", "-N", host.name)
        self.wait_back()
        expect(self.writer_pid() == pid, "the service on the remote node was restarted")

    def carrier_name(self):
        try:
            return self.carrier().name
        except (L.LabError, StopIteration):
            return None

    def carrier_dies(self):
        """Power failure of the member with the connection:
        fenced, the other takes it over, the service runs on."""
        pid, host, since = self.writer_pid(), self.carrier(), time.monotonic()
        host.power_off()
        L.wait_until(lambda: self.f.a.count("reboot", host.name, since), 40, "%s to be fenced" % host.name)
        self.wait_back()
        expect(self.writer_pid() == pid, "the service on the remote node was restarted")
        expect(self.f.a.count("reboot", "node3", since) == 0,
               "the remote node was fenced: %s" % self.f.a.requests)

    def move_fails(self):
        """The member that is to get the connection loses its power at that moment: the other takes it back.
        When it was given away already the remote node is fenced, as nobody knows what the lost member did
        there (Debian's decides the same)."""
        host, since = self.carrier(), time.monotonic()
        other = self.f.others(host)[0]
        host.run("crm_standby", "-v", "on", "-N", host.name)
        other.power_off()
        host.run("crm_standby", "-D", "-N", host.name)
        L.wait_until(lambda: self.f.a.count("reboot", other.name, since), 40, "%s to be fenced" % other.name)
        self.wait_back()

    def executor_dies(self):
        """kill -9 of pacemaker-remoted: nobody knows what runs there, so the host is fenced and comes
        back."""
        since = time.monotonic()
        self.third.run("kill", "-9", *[str(p) for p in self.third.pids("pacemaker-remoted")])
        L.wait_until(lambda: self.f.a.count("reboot", "node3", since), 60, "the remote node to be fenced")
        L.wait_until(self.third.running, 40, "node3 to be on")
        self.wait_back()

    def power_failure(self):
        since = time.monotonic()
        self.third.power_off()
        L.wait_until(lambda: self.f.a.count("reboot", "node3", since), 60, "the remote node to be fenced")
        L.wait_until(self.third.running, 40, "node3 to be on")
        self.wait_back()

    def orderly_stop(self):
        """pacemaker-remoted asks to leave: its resources move, it is not fenced. Nothing tells the cluster of
        its return (Debian's DC waits for its recheck timer as well): a refresh connects it again."""
        since = time.monotonic()
        self.third.run("systemctl", "stop", "pacemaker_remote", timeout=120)
        self.f.wait_writer(["node1", "node2"])
        expect(not self.third.pids("pacemaker-remoted"), "pacemaker-remoted still runs")
        time.sleep(5)
        expect(self.f.a.count("reboot", "node3", since) == 0, "it was fenced: %s" % self.f.a.requests)
        self.third.run("systemctl", "start", "pacemaker_remote")
        L.wait_until(lambda: self.third.pids("pacemaker-remoted"), 20, "pacemaker-remoted to run")
        self.members[0].run("crm_resource", "--refresh", "-r", REMOTE)
        self.wait_back()

    def intact(self):
        self.f.intact()
        self.down()

    def steps(self):
        steps = [("start", self.start), ("clients on the remote node", self.clients),
                 ("the connection moves", self.connection_moves),
                 ("power failure of the remote host", self.power_failure)]
        if self.full:
            steps += [("power failure of the member with the connection", self.carrier_dies),
                      ("power failure while the connection moves", self.move_fails),
                      ("kill -9 pacemaker-remoted", self.executor_dies),
                      ("orderly stop of the remote node", self.orderly_stop)]
        return [(self.what + ": " + name, step) for name,
                step in steps + [("the ledger is whole", self.intact)]]

    def report(self):
        if not self.f:
            return ""
        log = self.third.run("tail", "-n", "40", "/var/log/pacemaker/pacemaker.log",
                             check=False).stdout if self.third.running() else ""
        return self.f.report() + "node3 log:\n" + log


def main():
    args = mixes.parser().parse_args()
    return mixes.run(args, NAME, [Remote("ours", ["ours"] * 3, args.build, True),
                                  Remote("Debian's remote node", ["ours", "ours", "debian-remote"],
                                         args.build, False),
                                  Remote("Debian's cluster", ["debian", "debian", "ours"], args.build, False),
                                  Remote("all Debian's", ["debian", "debian", "debian-remote"], args.build,
                                         True)], 3)


if __name__ == "__main__":
    sys.exit(main())
