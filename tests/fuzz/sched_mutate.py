#!/usr/bin/env python3
"""Differential fuzzer of the scheduler: recorded cluster states, changed in a few places, decided by two
crm_simulate.

usage: sched_mutate.py --ours BINARY --oracle BINARY --cases DIR [--seeds FROM-TO] [--keep DIR] [--minimise]
                       [--options SHARE] [--combine SHARE] [--wide] [--only NAMES] [--jobs N]

A state the oracle refuses (invalid configuration) or fails on is skipped, but ours must still answer. A
differing state is kept in --keep as SEED.xml (with --minimise made as small as possible while it still
differs) beside SEED.args."""
import argparse, concurrent.futures, glob, os, random, shlex, sys
import xml.etree.ElementTree as ET
import sched_mutations
from sched_combine import combine
from sched_minimise import compare, environment, minimise, schemas_of
from sched_wide import WIDE


def arguments(r, cib, share):
    """Options of the run: the plain ones, and for a share of the seeds one of the others"""
    args = [r.choice(["-sS", "-sS", "-S"])]
    names = [n.get("uname") for n in cib.iter("node_state") if n.get("uname")]
    tickets = [t.get("ticket") for t in cib.iter("rsc_ticket")]
    ops = [(o.get("operation_key"), o.get("operation")) for o in cib.iter("lrm_rsc_op")
           if o.get("operation_key")]
    if r.random() >= share:
        return args
    x = r.random()
    if x < .3 and names:
        args += [r.choice(["-u", "-d", "-f"]), r.choice(names)]
    elif x < .38:
        args += ["-q", r.choice(["true", "false", "0"])]
    elif x < .6 and names and ops:
        args += [r.choice(["-i", "-F"]), "%s@%s=%s" %
                 (r.choice(ops)[0], r.choice(names), r.choice(["0", "1", "5", "7", "8", "9"]))]
    elif x < .75 and tickets:
        args += [r.choice(["-g", "-r", "-b", "-e"]), r.choice(tickets)]
    elif x < .82:
        args += ["-t", r.choice(["2005-020", "2024-05-05 10:00:00Z", "2023-11-14 22:35:00Z"])]
    elif x < .9:
        args += ["-U"]
    elif x < .95:
        args += ["-w", r.choice(["true", "false"])]
    else:
        args += [r.choice(["-a", "-n"])]
    return args


def state_of(seed, cases, options):
    r = random.Random(seed * 7919 + 1)
    name = cases[r.randrange(len(cases))]
    cib, changes = ET.parse(name).getroot(), []
    if r.random() < options.combine:
        second = cases[r.randrange(len(cases))]
        changes = [x + ":" + os.path.basename(second) for x in combine(cib, ET.parse(second).getroot(), seed)]
    changes += sched_mutations.mutate(cib, seed, options.only and options.only.split(","),
                                      WIDE if options.wide else ())
    return cib, arguments(r, cib, options.options), "%s %s" % (os.path.basename(name), "+".join(changes))


def one(seed, cases, options, env):
    cib, args, origin = state_of(seed, cases, options)
    bad = compare(cib, args, options, env)
    if bad and options.keep:
        os.makedirs(options.keep, exist_ok=True)
        base = os.path.join(options.keep, str(seed))
        if options.minimise:
            minimise(cib, args, options, env, bad)
        ET.indent(cib)
        ET.ElementTree(cib).write(base + ".xml")
        with open(base + ".args", "w") as f:
            f.write(shlex.join(args) + "\n")
    return seed, bad, args, origin


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--ours", required=True)
    ap.add_argument("--oracle", required=True)
    ap.add_argument("--cases", required=True)
    ap.add_argument("--seeds", default="0-999")
    ap.add_argument("--options", type=float, default=0, help="share of the runs with more options than -S")
    ap.add_argument("--combine", type=float, default=0, help="share of the states that get parts of a second "
                    "one")
    ap.add_argument("--wide", action="store_true", help="also changes that take several places")
    ap.add_argument("--only", help="names of mutations, separated by commas")
    ap.add_argument("--keep")
    ap.add_argument("--minimise", action="store_true")
    ap.add_argument("--jobs", type=int, default=2)
    options = ap.parse_args()
    first, last = (int(x) for x in options.seeds.split("-"))
    cases, env = sorted(glob.glob(os.path.join(options.cases,
                                               "*.xml"))), environment(schemas_of(options.ours))
    agree = differ = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for seed, bad, args, origin in pool.map(lambda x: one(x, cases, options, env),
                                                range(first, last + 1)):
            if bad is None:
                skipped += 1
            elif not bad:
                agree += 1
            else:
                differ += 1
                print("%d: %s [%s] %s" % (seed, ", ".join(bad), shlex.join(args), origin), flush=True)
    print("%d agree, %d differ, %d skipped" % (agree, differ, skipped))
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
