"""How long a first start and a failover take, ours and Debian's in one run on lab hosts: a table.
Needs root.

usage: start_failover.py --build DIR [--stacks ours,debian] [--rounds N]

start-to-DC: from `systemctl start` on three cold hosts until crmadmin names a DC. start-to-service: until a
service that is in the configuration from before is up. failover: from the power cut of the active host until
the service is up elsewhere; the part of the membership is what corosync needs (token and consensus timeouts)
to tell that the host is gone.
"""
import argparse
import os
import re
import statistics
import sys
import time

LAB = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lab")
sys.path.insert(0, LAB)
import lab as L              # noqa: E402
import cluster               # noqa: E402

NAME = "b-start"
LIMIT = 120
FLAG = "/shared/active"
RESOURCE = """<configuration><crm_config><cluster_property_set id="cib-bootstrap-options">
<nvpair id="o-s" name="stonith-enabled" value="false"/></cluster_property_set></crm_config><resources>
<primitive id="flag" class="ocf" provider="lab" type="Flag"><operations>
<op id="flag-m" name="monitor" interval="10s"/></operations></primitive></resources></configuration>"""
AGENT = """#!/bin/sh
# A service that costs nothing: a mark on the host, and its owner on the disk the hosts share
mark=/run/lab-flag
case "$1" in
meta-data) cat <<END
<?xml version="1.0"?><resource-agent name="Flag"><version>1.1</version>
<longdesc>Flag</longdesc><shortdesc>Flag</shortdesc>
<parameters/><actions><action name="start" timeout="20s"/><action name="stop" timeout="20s"/>
<action name="monitor" timeout="20s" interval="10s"/><action name="meta-data" timeout="5s"/></actions>
</resource-agent>
END
;;
start) touch $mark; uname -n >%(flag)s ;;
stop) [ ! -e $mark ] || rm -f $mark %(flag)s ;;
monitor) [ -e $mark ] || exit 7 ;;
*) exit 3 ;;
esac
""" % {"flag": FLAG}


def seconds_until(condition, since):
    while not condition():
        if time.monotonic() - since > LIMIT:
            raise L.LabError("nothing happened in %d s" % LIMIT)
        time.sleep(0.02)
    return time.monotonic() - since


class Run:
    def __init__(self, stack, build):
        self.lab = L.Lab(NAME)
        self.lab.down()
        self.lab.create([stack] * 3, build)
        self.flag = os.path.join(self.lab.share_disk(), "active")
        self.c = cluster.Cluster(self.lab)
        L.configure_corosync(self.c.hosts)
        for h in self.c.hosts:
            h.write("/usr/lib/ocf/resource.d/lab/Flag", AGENT, 0o755)

    def owner(self):
        try:
            with open(self.flag) as f:
                return f.read().strip()
        except OSError:
            return ""

    def in_log(self, host, text):
        """Is that text in the host's Pacemaker log? (no process, so it does not disturb the measurement)"""
        try:
            return re.search(text, host.read("/var/log/pacemaker/pacemaker.log")) is not None
        except OSError:
            return False

    def cold_start(self):
        """Seconds until a DC, until the service."""
        for h in self.c.hosts:
            if h.running():
                h.power_off()
            h.write("/var/log/pacemaker/pacemaker.log", "")
        if os.path.exists(self.flag):
            os.unlink(self.flag)
        self.c.boot()
        begin = time.monotonic()
        self.c.start_stack(self.c.hosts)
        dc = seconds_until(lambda: any(self.in_log(h, "S_ELECTION -> S_INTEGRATION") for h in self.c.hosts),
                           begin)
        return dc, seconds_until(self.owner, begin) if self.configured else 0

    configured = False

    def first_start(self):
        dc, _ = self.cold_start()
        self.c.wait_complete(timeout=LIMIT)
        self.c.hosts[0].write("/root/flag.xml", RESOURCE)
        self.c.hosts[0].run("cibadmin", "-M", "-c", "-o", "configuration", "-x", "/root/flag.xml")
        seconds_until(self.owner, time.monotonic())
        self.configured = True
        return dc

    def failover(self):
        """Seconds until the membership has changed on a survivor, until the service is elsewhere."""
        seconds_until(lambda: self.c.complete(), time.monotonic())
        time.sleep(3)
        host = next(h for h in self.c.hosts if h.name == self.owner())
        rest = [h for h in self.c.hosts if h is not host]
        lost = "Node %s state is now lost|%s.*is now lost" % (host.name, host.name)
        for h in rest:
            h.write("/var/log/pacemaker/pacemaker.log", "")
        begin = time.monotonic()
        host.power_off()
        gone = seconds_until(lambda: any(self.in_log(h, lost) for h in rest), begin)
        return gone, seconds_until(lambda: self.owner() not in ("", host.name), begin)


def measure(stack, build, rounds):
    r = Run(stack, build)
    try:
        figures = {"first start to DC": [r.first_start()], "start to DC": [], "start to service": [],
                   "power cut to membership": [], "power cut to service": [], "membership to service": []}
        for _ in range(rounds):
            dc, service = r.cold_start()
            gone, moved = r.failover()
            found = {"start to DC": dc, "start to service": service, "power cut to membership": gone,
                     "power cut to service": moved, "membership to service": moved - gone}
            for name, value in found.items():
                figures[name].append(value)
        return figures
    finally:
        r.lab.down()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--build", required=True)
    ap.add_argument("--stacks", default="ours,debian")
    ap.add_argument("--rounds", type=int, default=3)
    args = ap.parse_args()
    stacks = args.stacks.split(",")
    results = {s: measure(s, args.build, args.rounds) for s in stacks}
    print("%-26s%s" % ("seconds (median)", "".join("%12s" % s for s in stacks)))
    for name in results[stacks[0]]:
        print("%-26s%s" % (name, "".join("%12.2f" % statistics.median(results[s][name]) for s in stacks)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
