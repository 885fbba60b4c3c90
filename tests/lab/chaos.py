#!/usr/bin/env python3
"""Chaos: three lab hosts under a random sequence of faults drawn from a seed must always come to rest (TAP).

A burst is a few faults in quick succession: daemons killed or halted, cables pulled, packets lost, power cut,
the stack stopped and started, agents failing, an administrator busy. Then everything is mended (power,
cables, what was stopped) and the cluster must come to rest within --patience seconds: all nodes online, every
daemon running, one copy of each service, the same CIB and attributes on all hosts, no core file, no growing
daemon. Even seeds have fencing devices and a ledger on shared storage that never sees two writers; odd ones
have not.
"""
import argparse
import difflib
import os
import random
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import lab as L                             # noqa: E402
import test_fencing as F                    # noqa: E402
from power import SELF_TEST                 # noqa: E402
from tap import Failure, expect             # noqa: E402

NAME = "t-chaos"
DAEMONS = ["pacemaker-based", "pacemaker-fenced", "pacemaker-execd", "pacemaker-attrd",
           "pacemaker-schedulerd", "pacemaker-controld", "pacemakerd", "corosync"]
SINGLES = ["svc", "g1", "g2"]
SERVICES = SINGLES + ["cl", "pr"]
TOOL_LIMIT = 200        # seconds after which a command of the administrator counts as hanging
FLAGS = ["online", "standby", "unclean", "pending", "maintenance"]
FAULTS = "/run/chaos-faults"
# What a daemon may grow by between two rests since it was first looked at
GROWTH_FDS, GROWTH_KB = 24, 40000

PRIMITIVE = """<primitive id="%(id)s" class="ocf" provider="lab" type="Chaos"><meta_attributes id="%(id)s-ma">
<nvpair id="%(id)s-stay" name="resource-stickiness" value="100"/></meta_attributes><operations>
<op id="%(id)s-start" name="start" interval="0" timeout="30s"/>
<op id="%(id)s-stop" name="stop" interval="0" timeout="30s"/>
%(more)s</operations></primitive>"""
MONITOR = '<op id="%s-monitor" name="monitor" interval="2s" timeout="30s"/>'
ROLE_MONITORS = '<op id="pr-monitor" name="monitor" role="Unpromoted" interval="7s" timeout="30s"/>' \
    '<op id="pr-monitor-p" name="monitor" role="Promoted" interval="5s" timeout="30s"/>'


def primitive(name, monitors=None):
    return PRIMITIVE % {"id": name, "more": monitors or MONITOR % name}


def resources():
    return (primitive("svc") + '<group id="grp">' + primitive("g1") + primitive("g2") + "</group>"
            + '<clone id="cl-clone">' + primitive("cl") + "</clone>"
            + '<clone id="pr-clone"><meta_attributes id="pr-clone-ma">'
            '<nvpair id="pr-promotable" name="promotable" value="true"/></meta_attributes>'
            + primitive("pr", ROLE_MONITORS) + "</clone>")


# Who wrote the document last and when: not the same on all hosts, and not part of its digest
WRITTEN = re.compile(r' (cib-last-written|update-origin|update-client|update-user|origin)="[^"]*"')


class View:
    """What one host shows at one moment."""

    SCRIPT = """
for d in %s; do echo "$d:" $(pidof $d); done
for d in %s; do
    for p in $(pidof $d); do
        echo "use $d $p $(ls /proc/$p/fd | wc -l) $(awk '/^RssAnon/ {print $2}' /proc/$p/status)"
    done
done
echo "dc: $(timeout 20 crmadmin -D -q)"
echo "state: $(timeout 20 crmadmin -S $(uname -n))"
echo "fencer: $(timeout 20 stonith_admin -L >/dev/null 2>&1; echo $?)"
for f in /run/chaos/*; do [ -e "$f" ] && echo "service $(basename $f) $(cat $f)"; done
echo "attribute: $(timeout 20 attrd_updater -QA -n chaos 2>/dev/null | sort | tr '\\n' ' ')"
cores=$(find /var/lib/pacemaker/cores /var/lib/corosync -name 'core*' -type f 2>/dev/null)
echo "cores:" $cores
echo ==mon
timeout 20 crm_mon -1 --output-as=xml
echo ==cib
timeout 20 cibadmin -Q -l
""" % ((" ".join(DAEMONS),) * 2)

    def __init__(self, host):
        self.host = host.name
        text = host.sh(self.SCRIPT, check=False).stdout
        head, _, rest = text.partition("==mon\n")
        mon, _, cib = rest.partition("==cib\n")
        self.cib = WRITTEN.sub("", cib, count=5)
        words = [line.split() for line in head.splitlines()]
        self.use = [w[1:] for w in words if w[:1] == ["use"] and len(w) == 5]
        self.services = dict(w[1:] for w in words if w[:1] == ["service"] and len(w) == 3)
        self.facts = {w[0].rstrip(":"): " ".join(w[1:]) for w in words if w and w[0].endswith(":")}
        self.mon, self.doc = self.parse(mon), self.parse(cib)

    @staticmethod
    def parse(text):
        try:
            return ET.fromstring(text.encode())
        except ET.ParseError:
            return None

    def nodes(self):
        return {n.get("name"): n for n in self.mon.findall("./nodes/node")}

    def placed(self):
        """Resource -> sorted (role, node, blocked, failed) of its active copies as crm_mon shows them."""
        where = {}
        for r in self.mon.find("resources").iter("resource"):
            for n in r.findall("node"):
                copy = (r.get("role"), n.get("name"), r.get("blocked"), r.get("failed"))
                where.setdefault(r.get("id").split(":")[0], []).append(copy)
        return {k: sorted(v) for k, v in where.items()}


class Chaos:
    def __init__(self, args, seed):
        self.args, self.seed = args, seed
        self.random = random.Random(seed)
        self.fenced = args.fencing == "yes" or args.fencing == "by-seed" and seed % 2 == 0
        self.story, self.begin = [], time.monotonic()
        self.tools = []                     # (description, Popen) of the administrator's running commands
        self.stopped = set()                # hosts whose stack was stopped by systemctl
        self.hogs = []
        self.base = {}                      # (host, daemon, pid) -> (descriptors, kB) at the first rest
        self.longest = 0
        self.f = F.Fenced([args.stack] * 3, args.build, name=args.name)
        self.hosts, self.c = self.f.c.hosts, self.f.c
        with open(os.path.join(F.HERE, "agents", "Chaos")) as f:
            agent = f.read()
        for h in self.hosts:
            h.write("/usr/lib/ocf/resource.d/lab/Chaos", agent, 0o755)

    def down(self):
        self.end_hogs()
        for _, p in self.tools:
            p.kill()
            p.wait()
        self.f.down()

    def note(self, text):
        self.story.append("%7.1f  %s" % (time.monotonic() - self.begin, text))
        if self.args.verbose:
            print("# " + self.story[-1], flush=True)

    # ---- start ----

    def start(self):
        self.c.boot()
        self.c.start_stack(self.hosts)
        self.c.wait_complete()
        extra = F.LEDGER + F.device("pdu", ipport=F.PORT_A) if self.fenced else ""
        text = F.configuration(resources() + extra, stonith__enabled="true" if self.fenced else "false",
                               stonith__timeout="30s", have__watchdog="false",
                               cluster__recheck__interval="60s")
        self.hosts[0].write("/root/chaos.xml", text)
        self.hosts[0].run("cibadmin", "-M", "-c", "-o", "configuration", "-x", "/root/chaos.xml")
        self.rest()

    # ---- faults: each says what it does and returns at once ----

    def running(self):
        up = [h for h in self.hosts if h.running()]
        return self.random.choice(up) if up else None

    def in_host(self, host, script):
        """Run a script on the host without waiting for what it leaves in the background."""
        try:
            host.sh(script + " >/dev/null 2>&1", check=False, timeout=60)
        except L.LabError:
            pass                            # it has lost its power meanwhile

    def tool(self, host, *argv):
        self.note("%s: %s" % (host.name, " ".join(argv)))
        try:
            null = subprocess.DEVNULL
            p = subprocess.Popen(host.argv("timeout", "-s", "KILL", str(TOOL_LIMIT), *argv),
                                 stdin=null, stdout=null, stderr=null)
            self.tools.append(("%s on %s" % (" ".join(argv), host.name), p))
        except L.LabError:
            pass

    def kill(self, host):
        daemons = self.random.sample(DAEMONS, self.random.choice([1, 1, 1, 2, 3, len(DAEMONS)]))
        twice = self.random.random() < 0.3
        pause = self.random.uniform(0.05, 1)
        command = "kill -9 $(pidof %s)" % " ".join(daemons)
        self.note("%s: kill -9 %s%s" % (host.name, " ".join(daemons),
                                        ", again after %.2f s" % pause if twice else ""))
        self.in_host(host, command + ("; sleep %.2f; %s" % (pause, command) if twice else ""))

    def halt(self, host):
        daemon = self.random.choice(DAEMONS)
        seconds = self.random.uniform(0.5, 15)
        self.note("%s: SIGSTOP %s for %.1f s" % (host.name, daemon, seconds))
        self.in_host(host, 'p=$(pidof %s); kill -STOP $p; (sleep %.1f; kill -CONT $p) &' % (daemon, seconds))

    def cut(self, host):
        link = self.random.choice([0, 1, None, None])
        self.note("%s: link %s cut" % (host.name, "0 and 1" if link is None else link))
        self.set_links(host, [0, 1] if link is None else [link], "down")

    def set_links(self, host, links, state):
        for i in links:                     # a host without power has none
            L.run("ip", "-n", self.f.lab.hub, "link", "set", host.leg(i), state, check=False)

    def heal_links(self, host):
        self.note("%s: links healed" % host.name)
        self.set_links(host, [0, 1], "up")

    def loss(self, host):
        percent = self.random.choice([0, 2, 5, 15])
        self.note("%s: %d %% of its packets lost" % (host.name, percent))
        self.set_loss(host, percent)

    def set_loss(self, host, percent):
        try:
            host.packet_loss(percent)
        except L.LabError:
            pass

    def power(self, host):
        self.note("%s: power cut" % host.name)
        with self.f.a.lock:
            host.power_off()
        self.stopped.discard(host)

    def service(self, host):
        verb = self.random.choice(["stop", "restart", "start"])
        units = self.random.choice([["pacemaker"], ["corosync"], ["pacemaker", "corosync"]])
        self.note("%s: systemctl %s %s" % (host.name, verb, " ".join(units)))
        self.in_host(host, "systemctl %s --no-block %s" % (verb, " ".join(units)))
        self.stopped.add(host)

    def standby(self, host):
        target = self.random.choice(self.hosts).name
        change = self.random.choice([["-v", "on"], ["-v", "on"], ["-D"]])
        self.tool(host, "crm_standby", "-N", target, *change)

    def maintenance(self, host):
        change = self.random.choice([["-v", "true"], ["-D"]])
        self.tool(host, "crm_attribute", "-t", "crm_config", "-n", "maintenance-mode", *change)

    def move(self, host):
        name = self.random.choice(["svc", "grp"])
        target = self.random.choice(self.hosts).name
        self.tool(host, "crm_resource", *self.random.choice([
            ["--move", "-r", name, "-N", target], ["--ban", "-r", name, "-N", target],
            ["--clear", "-r", name], ["--cleanup", "-r", name], ["--refresh", "-r", name],
            ["--refresh"], ["--cleanup"],
            ["--restart", "-r", "svc"], ["--wait", "--timeout", "30"]]))

    def agent(self, host):
        name = self.random.choice(SERVICES)
        action = self.random.choice(["start", "monitor", "monitor", "promote", "stop"])
        slow = action == "stop" or self.random.random() < 0.5
        kind = "slow %d" % self.random.randrange(1, 9) if slow else "fail"
        self.note("%s: next %s of %s: %s" % (host.name, action, name, kind))
        self.in_host(host, "mkdir -p %s; echo %s >%s/%s.%s" % (FAULTS, kind, FAULTS, name, action))

    def dies(self, host):
        name = self.random.choice(SERVICES)
        self.note("%s: service %s dies" % (host.name, name))
        self.in_host(host, "rm -f /run/chaos/%s" % name)

    def configure(self, host):
        pick = self.random.randrange(4)
        value = str(self.random.randrange(1000))
        if pick == 0:
            name = self.random.choice(SERVICES)
            self.tool(host, "crm_resource", "-r", name, "-p", "colour", "-v", "c" + value)
        elif pick == 1:
            limit = str(2 + int(value) % 20)
            self.tool(host, "crm_attribute", "-t", "crm_config", "-n", "batch-limit", "-v", limit)
        elif pick == 2:
            self.tool(host, "attrd_updater", "-n", "chaos", "-U", value, "-d", "0")
        else:
            target = self.random.choice(self.hosts).name
            self.tool(host, "crm_attribute", "-N", target, "-n", "rack", "-v", value)

    def fence(self, host):
        if self.fenced:
            target = self.random.choice(self.hosts).name
            self.tool(host, "stonith_admin", "--reboot", target, "--timeout", "40")

    def hog(self, host):
        self.note("two CPU hogs")
        for _ in range(2):
            self.hogs.append(subprocess.Popen([sys.executable, "-c", "while True: pass"]))

    def end_hogs(self):
        for p in self.hogs:
            p.kill()
            p.wait()
        self.hogs = []

    WEIGHTS = {"kill": 10, "halt": 4, "cut": 3, "heal_links": 2, "loss": 2, "power": 2, "service": 4,
               "standby": 3, "maintenance": 1, "move": 5, "agent": 5, "dies": 3, "configure": 4,
               "fence": 1, "hog": 1}

    def burst(self):
        for _ in range(self.random.choice([1, 1, 2, 3, 4, 6])):
            name = self.random.choices(list(self.WEIGHTS), self.WEIGHTS.values())[0]
            if self.args.only and name not in self.args.only.split(","):
                continue
            host = self.running()
            if host is None:
                break
            getattr(self, name)(host)
            time.sleep(self.random.choice([0, 0, 0.2, 1, 3]))

    # ---- mending and rest ----

    def power_on(self):
        """Also what a fencing device is about to boot comes back here, if it takes long."""
        off = [h for h in self.hosts if not h.running()]
        if off:
            time.sleep(SELF_TEST)           # the others have noticed its end by then, as with real machines
        with self.f.a.lock:
            for h in off:
                if not h.running():
                    self.note("%s: power on" % h.name)
                    h.boot()
                    self.c.start_stack([h])

    def mend(self):
        self.note("mend")
        self.end_hogs()
        for h in self.hosts:
            self.set_links(h, [0, 1], "up")
            if h.running():
                self.set_loss(h, 0)
                self.in_host(h, "kill -CONT $(pidof %s); rm -rf %s" % (" ".join(DAEMONS), FAULTS))
        if not self.fenced:
            self.power_on()
        for h in list(self.stopped):
            if h.running():
                self.in_host(h, "systemctl start --no-block corosync pacemaker")
        self.stopped.clear()
        self.end_tools()
        if self.fenced:                     # fencing may be under way: what it cut comes back by itself
            L.wait_until(self.all_on, 60, "all hosts to be on")

    def all_on(self):
        self.power_on()
        return all(h.running() for h in self.hosts)

    def end_tools(self):
        tools, self.tools = self.tools, []
        for text, p in tools:
            if p.wait() in (-9, 137):
                host = next(h for h in self.hosts if text.endswith(" on " + h.name))
                expect(not host.running() or "--wait" in text or "--restart" in text, "hangs: " + text)

    def tidy(self):
        """Take back what the administrator did; the tools must work again."""
        host = self.hosts[self.random.randrange(3)]
        for h in self.hosts:
            host.run("crm_standby", "-D", "-N", h.name)
        host.run("crm_attribute", "-t", "crm_config", "-n", "maintenance-mode", "-D")
        for name in ("svc", "grp"):
            host.run("crm_resource", "--clear", "-r", name)
        host.run("crm_resource", "--cleanup")

    def complaint(self):
        """The first thing that is not at rest, or None."""
        off = [h.name for h in self.hosts if not h.running()]
        if off:
            return "no power: %s" % off
        try:
            views = [View(h) for h in self.hosts]
        except L.LabError as err:
            return str(err)
        return self.daemons_down(views) or self.not_idle(views) or self.misplaced(views) or self.apart(views)

    @staticmethod
    def daemons_down(views):
        for v in views:
            for d in DAEMONS:
                if len(v.facts.get(d, "").split()) != 1:
                    return "%s on %s has pids [%s]" % (d, v.host, v.facts.get(d))
            if v.mon is None or v.doc is None:
                return "crm_mon or cibadmin gets no answer on %s" % v.host
            if v.facts.get("fencer") != "0":
                return "stonith_admin -L fails on %s" % v.host
        return None

    @staticmethod
    def not_idle(views):
        dc = views[0].facts["dc"]
        for v in views:
            if not dc or v.facts["dc"] != dc:
                return "DC is %r on %s, %r on %s" % (dc, views[0].host, v.facts["dc"], v.host)
            if ("S_IDLE" if v.host == dc else "S_NOT_DC") not in v.facts["state"]:
                return "%s says %r, the DC is %s" % (v.host, v.facts["state"], dc)
            if v.mon.find("./summary/current_dc").get("with_quorum") != "true":
                return "no quorum on %s" % v.host
            for name, n in v.nodes().items():
                flags = [k for k in FLAGS if n.get(k) == "true"]
                if flags != ["online"]:
                    return "%s shows %s as %s" % (v.host, name, flags)
            if len(v.nodes()) != len(views):
                return "%s shows the nodes %s" % (v.host, sorted(v.nodes()))
        return None

    @staticmethod
    def expected(placed, names):
        """Complaint about the places of the services, or None."""
        def roles(name):
            return sorted(role for role, _, _, _ in placed.get(name, []))

        for name in SINGLES:
            if roles(name) != ["Started"]:
                return "%s is %s" % (name, placed.get(name))
        if roles("cl") != ["Started"] * names or roles("pr") != ["Promoted"] + ["Unpromoted"] * (names - 1):
            return "clones are %s and %s" % (placed.get("cl"), placed.get("pr"))
        for name, copies in placed.items():
            if any(blocked != "false" or failed != "false" for _, _, blocked, failed in copies):
                return "%s is %s" % (name, copies)
        return None

    def misplaced(self, views):
        placed = views[0].placed()
        problem = self.expected(placed, len(views))
        if problem:
            return problem
        for v in views:
            if v.placed() != placed:
                return "%s shows %s, %s shows %s" % (views[0].host, placed, v.host, v.placed())
            here = {name: "Promoted" if role == "Promoted" else "Started" for name in SERVICES
                    for role, node, _, _ in placed[name] if node == v.host}
            if v.services != here:
                return "on %s run %s, the cluster thinks %s" % (v.host, v.services, here)
        if self.fenced and not self.f.writer():
            return "nobody writes the ledger; the cluster thinks %s" % placed.get("ledger")
        return None

    @staticmethod
    def apart(views):
        for v in views:
            if v.cib != views[0].cib:
                texts = [w.cib.splitlines(True) for w in (views[0], v)]
                return "CIBs differ:\n" + "".join(difflib.unified_diff(*texts, views[0].host, v.host))
            if v.facts["attribute"] != views[0].facts["attribute"]:
                return "attributes differ: %s" % [(w.host, w.facts["attribute"]) for w in views]
        in_cib = {}
        for state in views[0].doc.iter("node_state"):
            for pair in state.iter("nvpair"):
                if pair.get("name") == "chaos":
                    in_cib[state.get("uname")] = pair.get("value")
        for name, value in in_cib.items():
            if 'host="%s" value="%s"' % (name, value) not in views[0].facts["attribute"]:
                return "the CIB has chaos=%s of %s, the attribute managers %s" % (
                    value, name, views[0].facts["attribute"])
        for v in views:
            if v.facts["cores"]:
                raise Failure("core files on %s: %s" % (v.host, v.facts["cores"]))
        return None

    def wait_rest(self):
        """Two looks a moment apart find nothing to complain about."""
        last = ["nothing was looked at"]

        def quiet():
            last[0] = self.complaint()
            if last[0] is None:
                time.sleep(0.5)
                last[0] = self.complaint()
            return last[0] is None

        def settled():
            """Different documents of one version would only be found out, and mended, by their digests."""
            if quiet():
                return True
            if last[0].startswith("CIBs differ") and "num_updates=" not in last[0]:
                time.sleep(0.3)
                again = self.complaint()
                expect(again != last[0], again)
            return False

        took = L.wait_until(settled, self.args.patience, lambda: "rest: " + str(last[0]), interval=0.5)
        self.longest = max(self.longest, took)
        return took

    def grown(self):
        for h in self.hosts:
            for daemon, pid, fds, kilobytes in View(h).use:
                now = int(fds), int(kilobytes)
                base = self.base.setdefault((h.name, daemon, pid), now)
                expect(now[0] <= base[0] + GROWTH_FDS and now[1] <= base[1] + GROWTH_KB,
                       "%s[%s] on %s grew from %s to %s descriptors, kB" % (daemon, pid, h.name, base, now))

    def crashed(self):
        for h in self.hosts:
            lines = h.sh("cd /var/log; grep -hE 'terminated with signal (4|6|7|8|11) |assert' "
                         "pacemaker/pacemaker.log corosync/corosync.log", check=False).stdout
            expect(not lines, "a daemon of %s crashed:\n%s" % (h.name, lines))

    def rest(self):
        took = self.wait_rest()
        self.grown()
        self.crashed()
        if self.fenced:
            self.f.one_writer()
        return took

    def round(self):
        self.burst()
        self.mend()
        # nodes and daemons come back by themselves; only then can the administrator tidy up
        L.wait_until(lambda: self.members_complaint() is None, self.args.patience,
                     lambda: "the nodes and daemons: " + str(self.members_complaint()), interval=0.5)
        self.tidy()
        took = self.rest()
        self.note("at rest after %.1f s" % took)

    def members_complaint(self):
        try:
            if not all(h.running() for h in self.hosts):
                return "not all hosts are on"
            views = [View(h) for h in self.hosts]
        except L.LabError as err:
            return str(err)
        bad = self.daemons_down(views)
        if bad:
            return bad
        for v in views:
            if not v.facts["dc"] or v.facts["dc"] != views[0].facts["dc"]:
                return "DC: %s" % [(w.host, w.facts["dc"]) for w in views]
            for name, n in v.nodes().items():
                if n.get("online") != "true" or n.get("unclean") != "false" or n.get("pending") != "false":
                    return "%s shows %s as %s" % (v.host, name, n.attrib)
        return None

    # ---- report ----

    def save_logs(self, folder):
        os.makedirs(folder, exist_ok=True)
        for h in self.hosts:
            for path in ("/var/log/pacemaker/pacemaker.log", "/var/log/corosync/corosync.log"):
                try:
                    with open(os.path.join(folder, h.name + "-" + os.path.basename(path)), "w") as f:
                        f.write(h.read(path))
                except OSError:
                    pass
        with open(os.path.join(folder, "story"), "w") as f:
            f.write("\n".join(self.story) + "\n" + self.state())

    def state(self):
        text = ""
        for h in self.hosts:
            if h.running():
                script = "timeout 20 crm_mon -1rfA; systemctl is-active corosync pacemaker; " \
                    "ps -eo pid,stat,etimes,args | grep -E '[c]orosync|[p]acemaker'"
                text += "%s:\n%s\n" % (h.name, h.sh(script, check=False).stdout)
        return text

    def report(self):
        text = "seed %d, %s fencing; repeat with --seed %d\n%s\n%s" % (
            self.seed, "with" if self.fenced else "without", self.seed, "\n".join(self.story), self.state())
        for h in self.hosts:
            try:
                lines = h.read("/var/log/pacemaker/pacemaker.log").splitlines(True)
                lines = [line for line in lines if "onitor of" not in line and "ping state" not in line]
                text += "%s log:\n%s" % (h.name, "".join(lines[-40:]))
            except OSError:
                pass
        return text


def run_seed(args, seed, number):
    """One lab, --bursts bursts; a TAP line."""
    chaos = Chaos(args, seed)
    try:
        chaos.start()
        end = time.monotonic() + args.minutes * 60
        done = 0
        while done < args.bursts or time.monotonic() < end:
            chaos.round()
            done += 1
        print("ok %d - seed %d: %d bursts %s fencing, longest way to rest %.0f s" % (
            number, seed, done, "with" if chaos.fenced else "without", chaos.longest), flush=True)
        return True
    except (Failure, L.LabError, subprocess.TimeoutExpired) as err:
        print("not ok %d - seed %d %s fencing" % (number, seed, "with" if chaos.fenced else "without"))
        for line in (str(err) + "\n" + chaos.report()).splitlines():
            print("# " + line)
        sys.stdout.flush()
        if args.logs:
            chaos.save_logs(os.path.join(args.logs, "seed-%d" % seed))
        return False
    finally:
        if not args.keep:
            chaos.down()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", required=True)
    ap.add_argument("--stack", default="ours", choices=sorted(L.STACK_PACKAGES))
    ap.add_argument("--seed", type=int, default=3, help="the first seed")
    ap.add_argument("--seeds", type=int, default=2, help="so many seeds, a new lab for each")
    ap.add_argument("--bursts", type=int, default=2, help="at least so many bursts a seed")
    ap.add_argument("--minutes", type=float, default=0, help="go on with new bursts so long (each seed)")
    ap.add_argument("--patience", type=int, default=60,
                    help="seconds the cluster may take to come to rest on a machine to itself (see "
                    "lab.PATIENCE)")
    ap.add_argument("--fencing", choices=["yes", "no", "by-seed"], default="by-seed")
    ap.add_argument("--only", help="these faults alone, comma separated: " + " ".join(Chaos.WEIGHTS))
    ap.add_argument("--logs", help="folder for the hosts' logs of failed seeds")
    ap.add_argument("--name", default=NAME, help="name of the lab")
    ap.add_argument("--keep", action="store_true", help="leave the hosts running (one seed)")
    ap.add_argument("--verbose", action="store_true", help="tell each fault when it happens")
    args = ap.parse_args()
    print("1..%d" % args.seeds, flush=True)
    return 0 if all([run_seed(args, args.seed + i, i + 1) for i in range(args.seeds)]) else 1


if __name__ == "__main__":
    sys.exit(main())
