#!/usr/bin/env python3
"""A cluster of three lab hosts with many resources, our stack and Debian's one after the other.

usage: cluster_table.py --build DIR [--groups N]      default: 60 groups of three resources

Prints seconds from starting the daemons to a complete cluster, from loading the configuration to all
resources running, from standby of one host to all running elsewhere; then CPU seconds (between loading and
the end) and memory (PSS, at the end) of each daemon, summed over the hosts. Needs root. Seconds depend on
what else the machine does; CPU seconds depend on it less."""
import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lab"))
import lab as L              # noqa: E402
import cluster               # noqa: E402

NAME = "bench"
DAEMONS = ["corosync", "pacemakerd", "pacemaker-based", "pacemaker-fenced", "pacemaker-execd",
           "pacemaker-attrd", "pacemaker-schedulerd", "pacemaker-controld"]
TICKS = os.sysconf("SC_CLK_TCK")


def configuration(groups):
    members = '<primitive id="d%d-%d" class="ocf" provider="pacemaker" type="Dummy"><operations>' \
              '<op id="d%d-%d-m" name="monitor" interval="10s"/></operations></primitive>'
    return "<configuration><resources>%s</resources></configuration>" % "".join(
        '<group id="g%d">%s</group>' % (g, "".join(members % (g, i, g, i) for i in range(3)))
        for g in range(groups))


class Run:
    def __init__(self, stack, args):
        self.lab, self.resources, self.groups = L.Lab(NAME), 3 * args.groups, args.groups
        self.lab.down()
        self.lab.create([stack] * 3, args.build)
        self.c = cluster.Cluster(self.lab)
        self.figures = {}

    def usage(self):
        """CPU seconds and PSS in kB of each daemon, summed over the hosts."""
        total = {}
        for h in self.c.hosts:
            for daemon in DAEMONS:
                for pid in h.pids(daemon):
                    stat = h.out("cat", "/proc/%d/stat" % pid).rsplit(")", 1)[1].split()
                    pss = int(h.sh("awk '/^Pss:/ { print $2 }' /proc/%d/smaps_rollup" % pid).stdout)
                    seconds, kb = total.get(daemon, (0, 0))
                    total[daemon] = (seconds + (int(stat[11]) + int(stat[12])) / TICKS, kb + pss)
        return total

    def running(self, without=None):
        text = self.c.mon(self.c.hosts[2])
        return text.count("Started node") >= self.resources and not (without and "Started " + without in text)

    def measure(self):
        self.c.configure()
        self.c.boot()
        self.c.start_stack(self.c.hosts)
        self.figures["cluster complete, s"] = self.c.wait_complete(timeout=120)
        host = self.c.hosts[2]
        host.run("crm_attribute", "-n", "stonith-enabled", "-v", "false")
        host.write("/root/many.xml", configuration(self.groups))
        before = self.usage()
        host.run("cibadmin", "-M", "-c", "-o", "configuration", "-x", "/root/many.xml")
        seconds = L.wait_until(self.running, 900, "all resources", 1)
        self.figures["%d resources run, s" % self.resources] = seconds
        host.run("crm_standby", "-v", "on", "-N", "node1")
        seconds = L.wait_until(lambda: self.running("node1"), 900, "the move", 1)
        self.figures["standby of one host, s"] = seconds
        for daemon, (seconds, kb) in self.usage().items():
            self.figures["CPU of %s, s" % daemon] = seconds - before.get(daemon, (0, 0))[0]
            self.figures["PSS of %s, MB" % daemon] = kb / 1024
        self.lab.down()
        return self.figures


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", required=True)
    ap.add_argument("--groups", type=int, default=60)
    args = ap.parse_args()
    try:
        ours, debian = (Run(stack, args).measure() for stack in ("ours", "debian"))
    finally:
        L.Lab(NAME).down()
    print("%-36s %10s %10s %8s" % ("", "ours", "Debian's", "ratio"))
    for what, value in sorted(ours.items()):
        other = debian.get(what, 0)
        ratio = "%.2f" % (value / other) if other > 0 else "-"
        print("%-36s %10.1f %10.1f %8s" % (what, value, other, ratio))


if __name__ == "__main__":
    main()
