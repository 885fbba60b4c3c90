#!/usr/bin/env python3
"""Differential fuzzer of the scheduler: makes cluster states, and compares what two crm_simulate decide about them.

usage: sched_fuzz.py --ours BINARY --oracle BINARY [--seeds FROM-TO] [--cases DIR] [--keep DIR] [--jobs N]

Even seeds generate a cluster from nothing; odd ones mutate a recorded case of --cases (when given). A state that the
oracle refuses (invalid configuration) is skipped. Compared are what is printed with -sS (status, scores, summary,
execution, new status), the graph (-G) and the dot file (-D). Differing states are kept in --keep as SEED.xml."""
import argparse, concurrent.futures, glob, os, random, subprocess, sys, tempfile
import xml.etree.ElementTree as ET
from sched_states import Gen, NOW, SCORES
# ---- mutation of recorded states ----

VALUES = {"score": SCORES, "kind": ["Optional", "Mandatory", "Serialize"], "symmetrical": ["true", "false"],
          "rsc-role": ["Promoted", "Unpromoted", "Started"], "with-rsc-role": ["Promoted", "Unpromoted", "Started"],
          "first-action": ["start", "stop", "promote", "demote"], "then-action": ["start", "stop", "promote", "demote"],
          "sequential": ["true", "false"], "require-all": ["true", "false"], "influence": ["true", "false"],
          "in_ccm": ["true", "false"], "crmd": ["online", "offline"], "join": ["member", "down", "pending", "banned"],
          "expected": ["member", "down"], "rc-code": ["0", "1", "5", "7", "8", "9", "2"], "op-status": ["0", "4", "2", "-1"],
          "on-fail": ["ignore", "block", "stop", "restart", "standby", "fence", "demote"], "have-quorum": ["0", "1"],
          "loss-policy": ["stop", "demote", "fence", "freeze"], "granted": ["true", "false"], "standby": ["true", "false"],
          "op-digest": ["f2317cad3d54cec5d7d7aa7d0bf35cf8"], "interval": None}
NVPAIRS = {"interleave": ["true", "false"], "ordered": ["true", "false"], "notify": ["true", "false"],
           "globally-unique": ["true", "false"], "clone-max": ["1", "2", "3", "4"], "clone-node-max": ["1", "2"],
           "promoted-max": ["1", "2"], "master-max": ["1", "2"], "is-managed": ["true", "false"],
           "target-role": ["Started", "Stopped", "Promoted", "Unpromoted"], "resource-stickiness": ["0", "1", "100", "INFINITY"],
           "migration-threshold": ["1", "2", "INFINITY"], "failure-timeout": ["0", "10s", "1000000"],
           "multiple-active": ["stop_start", "stop_only", "block", "stop_unexpected"], "allow-migrate": ["true", "false"],
           "stonith-enabled": ["true", "false"], "no-quorum-policy": ["stop", "freeze", "ignore", "demote", "suicide"],
           "symmetric-cluster": ["true", "false"], "maintenance-mode": ["true", "false"], "standby": ["on", "off", "true"],
           "placement-strategy": ["default", "utilization", "minimal", "balanced"], "maintenance": ["true", "false"],
           "stop-all-resources": ["true", "false"], "stop-orphan-resources": ["true", "false"],
           "start-failure-is-fatal": ["true", "false"], "concurrent-fencing": ["true", "false"],
           "priority": ["0", "5", "100"], "requires": ["nothing", "quorum", "fencing", "unfencing"],
           "critical": ["true", "false"], "shutdown": ["0", str(NOW)], "terminate": ["true", "false"]}
LEGACY = ("rsc_location", "rsc_order", "rsc_colocation", "rsc_ticket")


def mutate(path, seed):
    r = random.Random(seed)
    cib = ET.parse(path).getroot()
    if cib.get("execution-date") is None:
        cib.set("execution-date", str(NOW))
    parents = {c: p for p in cib.iter() for c in p}
    conf = cib.find("configuration")
    for _ in range(r.randrange(1, 6)):
        kind = r.random()
        every = list(cib.iter())
        if kind < .3:
            cand = [(e, a) for e in every for a in e.attrib if VALUES.get(a)]
            if cand:
                e, a = r.choice(cand)
                if e.tag != "rule" or a == "score":
                    e.set(a, r.choice(VALUES[a]))
        elif kind < .5:
            cand = [e for e in every if e.tag == "nvpair" and e.get("name") in NVPAIRS and e.get("value") is not None]
            if cand:
                e = r.choice(cand)
                e.set("value", r.choice(NVPAIRS[e.get("name")]))
        elif kind < .62:
            cand = [e for e in every if e.tag in ("lrm_rsc_op", "lrm_resource", "transient_attributes", "node_state",
                    "rsc_location", "rsc_order", "rsc_colocation", "rsc_ticket", "op") and e in parents]
            if cand:
                e = r.choice(cand)
                try:
                    parents[e].remove(e)
                except ValueError:
                    pass
        elif kind < .8:
            targets = [e for e in conf.iter() if e.tag in ("primitive", "group", "clone", "master", "bundle")]
            if targets:
                e = r.choice(targets)
                name = r.choice(["target-role", "is-managed", "migration-threshold", "resource-stickiness", "priority",
                                 "allow-migrate", "multiple-active", "interleave", "ordered", "notify", "critical", "maintenance",
                                 "failure-timeout"])
                block = ET.Element("meta_attributes", id="fz-%d-%d" % (seed, r.randrange(10 ** 6)))
                ET.SubElement(block, "nvpair", id=block.get("id") + "-x", name=name, value=r.choice(NVPAIRS[name]))
                e.insert(0, block)
        else:
            tops = [e.get("id") for e in conf.find("resources") if e.tag in ("primitive", "group", "clone", "master", "bundle")]
            cons = conf.find("constraints")
            if len(tops) > 1 and cons is not None:
                a, b = r.sample(tops, 2)
                cid = "fzc-%d-%d" % (seed, r.randrange(10 ** 6))
                x = r.random()
                if x < .4:
                    e = ET.SubElement(cons, "rsc_colocation", {"id": cid, "rsc": a, "with-rsc": b, "score": r.choice(SCORES)})
                    if r.random() < .3:
                        e.set("with-rsc-role", "Promoted")
                elif x < .8:
                    e = ET.SubElement(cons, "rsc_order", {"id": cid, "first": a, "then": b})
                    if r.random() < .4:
                        e.set("kind", r.choice(VALUES["kind"]))
                    if r.random() < .3:
                        e.set("first-action", r.choice(VALUES["first-action"]))
                        e.set("then-action", r.choice(VALUES["then-action"]))
                else:
                    names = [n.get("uname") for n in conf.iter("node")]
                    if names:
                        ET.SubElement(cons, "rsc_location", {"id": cid, "rsc": a, "node": r.choice(names), "score": r.choice(SCORES)})
    return cib


# ---- comparison ----

def run(binary, path, tmp, env):
    g, d = os.path.join(tmp, "g"), os.path.join(tmp, "d")
    for f in (g, d):
        if os.path.exists(f):
            os.unlink(f)
    try:
        p = subprocess.run([binary, "-x", path, "-sS", "-G", g, "-D", d], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, env=env, timeout=60, errors="replace", text=True)
    except subprocess.TimeoutExpired:
        return "timeout", [], "", [], ""
    read = lambda f: open(f, errors="replace").read() if os.path.exists(f) else ""
    lines = [" ".join(x.split()) for x in p.stdout.splitlines() if x.strip()]
    return p.returncode, lines, read(g), sorted(set(read(d).splitlines())), p.stderr


def plain(graph):
    """The graph without the numbering of its actions."""
    label, out = {}, []
    try:
        root = ET.fromstring(graph)
    except ET.ParseError:
        return [graph]
    for a in root.iter():
        if a.tag in ("rsc_op", "pseudo_event", "crm_event"):
            label[a.get("id")] = "%s@%s" % (a.get("operation_key"), a.get("on_node", ""))
    for s in root.findall("synapse"):
        acts = []
        for a in s.find("action_set"):
            x = ET.fromstring(ET.tostring(a))
            x.attrib.pop("id", None)
            acts.append(ET.tostring(x, encoding="unicode"))
        out.append("%s %s <- %s" % (s.get("priority"), " ".join(acts),
                                    " ".join(sorted(label.get(t[0].get("id"), "?") for t in s.findall("inputs/trigger")))))
    return sorted(out)


def one(seed, args):
    if seed % 2 == 0 or not args.cases:
        cib = Gen(seed).build()
    else:
        names = sorted(glob.glob(os.path.join(args.cases, "*.xml")))
        cib = mutate(names[random.Random(seed * 7919).randrange(len(names))], seed)
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "in.xml")
        ET.ElementTree(cib).write(path)
        env = dict(os.environ, LC_ALL="C", TZ="UTC", CIB_shadow_dir=tmp)
        rc, lines, graph, dot, log = run(args.oracle, path, tmp, env)
        if (rc != 0 and not lines) or rc == "timeout" or rc < 0 or "assertion" in log:   # the oracle's own failure
            return seed, "skipped", ""
        rc2, lines2, graph2, dot2, _ = run(args.ours, path, tmp, env)
        verdict = []
        if rc2 != rc:
            verdict.append("exit %s instead of %s" % (rc2, rc))
        scores = lambda v: sorted(x for x in v if " score on " in x)
        rest = lambda v: [x for x in v if " score on " not in x and "'private' parameters" not in x]
        if scores(lines) != scores(lines2):
            verdict.append("scores")
        if rest(lines) != rest(lines2):
            verdict.append("summary")
        if dot != dot2:
            verdict.append("dot")
        if plain(graph) != plain(graph2):
            verdict.append("graph")
        elif graph != graph2:
            verdict.append("numbering")
        if verdict and args.keep and verdict != ["numbering"]:
            os.makedirs(args.keep, exist_ok=True)
            ET.indent(cib)
            ET.ElementTree(cib).write(os.path.join(args.keep, "%d.xml" % seed))
        return seed, " ".join(verdict), ""


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--ours", required=True)
    ap.add_argument("--oracle", required=True)
    ap.add_argument("--cases")
    ap.add_argument("--seeds", default="0-999")
    ap.add_argument("--keep")
    ap.add_argument("--jobs", type=int, default=2)
    args = ap.parse_args()
    first, last = (int(x) for x in args.seeds.split("-"))
    counts = {"agree": 0, "differ": 0, "numbering": 0, "skipped": 0}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for seed, verdict, _ in pool.map(lambda s: one(s, args), range(first, last + 1)):
            if verdict == "skipped":
                counts["skipped"] += 1
            elif not verdict:
                counts["agree"] += 1
            elif verdict == "numbering":
                counts["numbering"] += 1
            else:
                counts["differ"] += 1
                print("%d: %s" % (seed, verdict), flush=True)
    print("%(agree)d agree, %(differ)d differ, %(numbering)d only in numbering, %(skipped)d skipped" % counts)
    return 1 if counts["differ"] else 0


if __name__ == "__main__":
    sys.exit(main())
