"""Our parts among Debian's: Debian's pacemaker on our corosync, and a cluster of our nodes and Debian's
(TAP)."""
import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import lab as L              # noqa: E402
import cluster               # noqa: E402
from tap import expect, run_steps   # noqa: E402

NAME = "t-debian"


class Mix:
    """Three hosts with these stacks keep the web service through a power failure and a standby."""

    def __init__(self, what, stacks, build):
        self.what, self.stacks, self.build = what, stacks, build
        self.lab, self.c = L.Lab(NAME), None
        self.extra = []

    def start(self):
        self.lab.down()
        self.lab.create(self.stacks, self.build)
        self.c = cluster.Cluster(self.lab)
        self.c.configure()
        self.c.boot()
        self.c.start_stack(self.c.hosts)
        self.c.wait_complete(timeout=120)

    def service(self):
        """Configured through `crm configure` on a host that has Debian's tools."""
        self.c.load_example_with_crmsh(next(h for h in self.c.hosts if h.stack != "ours"))
        self.c.wait_page(["node1"])
        L.wait_until(lambda: self.c.copies() == (["node1"], ["node1"]), 60,
                     lambda: "one copy, have %s" % (self.c.copies(),))

    def power_failure(self):
        one = self.c.hosts[0]
        one.power_off()
        self.c.wait_page(["node2", "node3"])
        one.boot()
        self.c.start_stack([one])
        self.c.wait_complete(timeout=120)
        self.c.wait_page(["node1"])

    def standby(self):
        one = self.c.hosts[0]
        one.run("crm_standby", "-v", "on", "-N", one.name)
        self.c.wait_page(["node2", "node3"])
        one.run("crm_standby", "-D", "-N", one.name)
        self.c.wait_page(["node1"])

    def saved_inputs(self):
        """The scheduler's inputs are saved where Debian's crm_simulate reads them, and replay to what was
        decided."""
        self.c.wait_rest()
        dc = self.c.by_name(self.c.dc())
        series = "/var/lib/pacemaker/pengine"
        names = dc.sh("ls -t %s/pe-input-*.bz2" % series).stdout.split()
        expect(len(names) >= 3, "%s has %s in %s" % (dc.name, names, series))
        for name in names:
            text = dc.run("crm_simulate", "-S", "-x", name, check=False)
            expect(text.returncode == 0 and "Revised Cluster Status" in text.stdout,
                   "crm_simulate -S -x %s:\n%s" % (name, text.stdout))
        last = dc.sh("grep -o 'saving inputs in .*pe-input-[0-9]*' /var/log/pacemaker/pacemaker.log |"
                     " tail -1").stdout
        expect(last.strip() != "", "pacemaker.log on %s names no saved input" % dc.name)

    def memory(self):
        """Our corosync needs a third of the memory of Debian's in the same cluster: 0.32 of it, and a little
        more or less by how far clients' buffers have been filled."""
        def sizes():
            return {h.stack: int(h.sh("awk '/^Pss:/ { print $2 }' /proc/$(cat "
                                      "/run/corosync.pid)/smaps_rollup").stdout)
                    for h in self.c.hosts}

        L.wait_until(lambda: sizes()["ours"] <= 0.36 * sizes()["debian"], 60,
                     lambda: "about a third, have %s kB" % sizes())

    def same_everywhere(self):
        texts = {h.name: h.out("cibadmin", "-Q", "-l", "-o", "configuration") for h in self.c.hosts}
        expect(len(set(texts.values())) == 1, "the nodes' configurations differ:\n%s" % texts)
        self.lab.down()

    def steps(self):
        return [(self.what + ": " + name, step) for name, step in (
            ("form a cluster", self.start), ("run the web service", self.service),
            ("survive a power failure", self.power_failure),
            ("move on standby and back", self.standby), *self.extra,
            ("hold the same configuration", self.same_everywhere))]

    def report(self):
        return "".join("%s:\n%s\n" % (h.name, self.c.mon(h)) for h in self.c.up_hosts()) if self.c else ""


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--build", required=True)
    args = ap.parse_args()
    mixes = [Mix("Debian's pacemaker on our corosync", ["ours-corosync"] * 3, args.build),
             Mix("one of our nodes among Debian's", ["ours", "debian", "debian"], args.build),
             Mix("a Debian node among ours", ["ours", "ours", "debian"], args.build)]
    ours = Mix("our scheduler daemon in Debian's cluster", ["debian+schedulerd"] * 3, args.build)
    ours.extra = [("have saved its inputs", ours.saved_inputs)]
    mixes[2].extra = [("use a third of the memory", mixes[2].memory)]
    mixes.append(ours)
    try:
        return run_steps([step for mix in mixes for step in mix.steps()],
                         lambda: "\n".join(mix.report() for mix in mixes if mix.lab.exists()))
    finally:
        L.Lab(NAME).down()


if __name__ == "__main__":
    sys.exit(main())
