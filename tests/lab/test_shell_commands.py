"""Debian's crmsh and pcs on our stack and on Debian's: the commands people use most, in one row on both
clusters, end with the same status and print the same (TAP)."""
import argparse
import concurrent.futures
import difflib
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import lab as L              # noqa: E402
import cluster               # noqa: E402
from tap import expect, run_steps   # noqa: E402

# name of the row, commands
ROWS = (
    ("crm: options and properties", """
crm configure property stonith-enabled=false no-quorum-policy=stop
crm configure property maintenance-mode=true
crm configure property maintenance-mode=false
crm configure rsc_defaults resource-stickiness=10
crm configure show
crm configure property nonsense=1
crm configure verify"""),
    ("crm: resources and constraints", """
crm configure primitive d1 ocf:pacemaker:Dummy op monitor interval=10s
crm configure primitive d2 ocf:pacemaker:Dummy params fake=x meta target-role=Stopped
crm configure primitive d3 ocf:pacemaker:Dummy
crm configure group g d1 d2
crm configure clone c d3 meta interleave=true
crm configure primitive s ocf:pacemaker:Stateful op monitor interval=11s role=Master \
op monitor interval=12s role=Slave
crm configure ms m s meta promoted-max=1
crm configure location l1 g 50: node1
crm configure colocation co inf: g c
crm configure order o Mandatory: c g
crm configure show
crm configure show xml
crm configure primitive d1 ocf:pacemaker:Dummy
crm configure location bad nosuch 50: node1
crm configure rename l1 l2"""),
    ("crm: resources at run time", """
crm resource start d2
crm_resource --wait --timeout=240s
crm resource status g
crm resource param d2 set fake y
crm resource utilization d1 set cpu 2
crm resource stop d2
crm resource move d1 node2 force
crm resource clear d1"""),
    ("crm: nodes, files and templates", """
crm node show
crm node standby node2
crm node online node2
crm node attribute node1 set colour blue
crm configure save /root/saved
cat /root/saved
crm --force configure delete m s c d3 co o l2 d1 d2 g
crm configure show
crm configure nosuch"""),
    ("pcs: resources and constraints", """
pcs resource create p1 ocf:pacemaker:Dummy op monitor interval=10s --wait=240
pcs resource create p2 ocf:pacemaker:Dummy fake=x --group pg --disabled
pcs resource create p3 ocf:pacemaker:Dummy clone interleave=true
pcs resource update p1 fake=z
pcs resource op add p1 monitor interval=20s timeout=5s
pcs resource group add pg p1
pcs constraint location pg prefers node1=50
pcs constraint location p3-clone avoids node9=5 --force
pcs constraint order p3-clone then pg
pcs constraint colocation add pg with p3-clone 20
pcs constraint --full
pcs resource create px ocf:pacemaker:NoSuch
pcs resource enable p2 --wait=240
pcs resource disable p2 --wait=240
pcs resource defaults update migration-threshold=3
pcs resource op defaults update timeout=25s"""),
    ("pcs: properties, nodes and the rest", """
pcs property set start-failure-is-fatal=false
pcs property
pcs property set nonsense=1
pcs node attribute node1 colour=red
pcs node standby node2
pcs node unstandby node2 --wait=240
pcs resource move p3 node1
pcs resource ban pg node2
pcs resource clear pg
pcs resource cleanup
pcs alert create path=/bin/true id=al
pcs alert
pcs cluster verify
pcs constraint remove nosuch
pcs resource delete pg
pcs config show"""),
)
VOLATILE = (
    (re.compile(r'(Last (?:updated|change):).*'), r'\1'),
    (re.compile(r'(cib-last-written|epoch|num_updates|admin_epoch|update-[a-z]+|have-quorum|dc-uuid)='
                r'"[^"]*"'), r'\1=""'),
    (re.compile(r'(dc-version=|dc-version: |"dc-version" value=).*'), r'\1'),
    (re.compile(r'version [0-9.]+-[0-9a-f]+'), 'version'),
    (re.compile(r'(have-watchdog|last-lrm-refresh|last-refresh)([=: ]).*'), r'\1'),
    (re.compile(r'(last-rc-change=|exec-time=|exec=|queued=)\S+'), r'\1'),
    (re.compile(r'(Date|Ring ID|Current DC):.*'), r'\1'),
    (re.compile(r'\(\w+\) *\t(error|warning|notice)'), r'\1'),            # names of functions
    (re.compile(r'\d\d:\d\d:\d\d(\.\d+)?( [\d-]+)?'), 'TIME'),
    (re.compile(r'^waiting for .* to finish .*\n', re.MULTILINE),
     ''),    # crmsh's progress, if it finds the DC at work
)


def clean(text):
    for pattern, replacement in VOLATILE:
        text = pattern.sub(replacement, text)
    return text


class Pair:
    """A cluster of two hosts on each stack."""

    def __init__(self, build, rows):
        self.build, self.rows = build, rows
        self.labs = {"ours+shells": L.Lab("t-shell-o"), "debian": L.Lab("t-shell-d")}
        self.clusters = {}

    def start(self):
        for stack, lab in self.labs.items():
            lab.down()
            lab.create([stack] * 2, self.build)
            c = self.clusters[stack] = cluster.Cluster(lab)
            c.configure(cluster_name="shells")
            c.boot()
            c.start_stack(c.hosts)
        for c in self.clusters.values():
            c.wait_complete(timeout=150)
            c.wait_rest()
            # else they stand in the order in which they joined
            c.hosts[0].run("cibadmin", "-R", "-o", "nodes", "-X", "<nodes>%s</nodes>" % "".join(
                '<node id="%d" uname="%s"/>' % (h.number, h.name) for h in c.hosts))
            c.wait_rest()

    @staticmethod
    def answer(c, command):
        """What the command prints when the cluster is at rest: it must not matter when a client looks."""
        p = c.hosts[0].sh("cd /root; TERM=dumb LC_ALL=C timeout 400 %s </dev/null 2>&1" % command,
                          check=False)
        c.wait_rest()
        return clean("exit status %d\n%s" % (p.returncode, p.stdout)).splitlines()

    def row(self, commands):
        details = []
        with concurrent.futures.ThreadPoolExecutor(len(self.clusters)) as pool:
            for command in commands.strip().splitlines():
                ours, theirs = pool.map(lambda c, command=command: self.answer(c, command),
                                        self.clusters.values())
                if ours != theirs:
                    details += ["%s:" % command, *difflib.unified_diff(theirs, ours, "Debian's", "ours",
                                                                       lineterm="", n=1)]
        expect(not details, "\n".join(details))

    def stop(self):
        for lab in self.labs.values():
            lab.down()

    def steps(self):
        rows = [("%s, %d commands" % (name, len(commands.strip().splitlines())),
                 lambda commands=commands: self.row(commands))
                for name, commands in ROWS if self.rows in name]
        return [("two clusters", self.start), *rows, ("both end", self.stop)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", default="", help="only rows whose name contains this")
    parser.add_argument("--build", default=os.environ.get("top_builddir", "."))
    arguments = parser.parse_args()
    pair = Pair(os.path.abspath(arguments.build), arguments.rows)
    try:
        return run_steps(pair.steps())
    finally:
        pair.stop()


if __name__ == "__main__":
    sys.exit(main())
