#!/usr/bin/env python3
"""Differential fuzzer of the scheduler: cluster states made from nothing, decided by two crm_simulate.

usage: sched_fuzz.py --ours BINARY --oracle BINARY [--seeds FROM-TO] [--mutate SHARE] [--options SHARE]
[--keep DIR] [--jobs N]

A share of the states is changed in a few more places, and a share run with more options than -S, as
sched_mutate.py does with recorded states.

States that the oracle refuses (the schema) or does not survive (it aborts, or is not done after 30 s) are
named and counted; ours must still answer. Compared are what is printed with -sS (status, scores, summary,
execution, new status), the graph (-G) and the dot file (-D). Differing states are kept in --keep as SEED.xml
beside SEED.args."""
import argparse, collections, concurrent.futures, os, random, shlex, sys
import xml.etree.ElementTree as ET
import sched_mutate, sched_mutations
from sched_minimise import environment, judge, schemas_of
from sched_states import Gen


def one(seed, options, env):
    cib = Gen(seed).build()
    r = random.Random(seed)
    if r.random() < options.mutate:
        sched_mutations.mutate(cib, seed)
    args = sched_mutate.arguments(r, cib, options.options) if options.options else ["-sS"]
    verdict, what = judge(cib, args, options, env)
    if verdict == "crash" and args == ["-sS"]:              # perhaps only in the simulated execution
        args = ["-s"]
        verdict, what = judge(cib, args, options, env)
    if verdict == "differ" and options.keep:
        os.makedirs(options.keep, exist_ok=True)
        ET.indent(cib)
        ET.ElementTree(cib).write(os.path.join(options.keep, "%d.xml" % seed))
        with open(os.path.join(options.keep, "%d.args" % seed), "w") as f:
            f.write(shlex.join(args) + "\n")
    return seed, verdict, what


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--ours", required=True)
    ap.add_argument("--oracle", required=True)
    ap.add_argument("--seeds", default="0-999")
    ap.add_argument("--mutate", type=float, default=0)
    ap.add_argument("--options", type=float, default=0)
    ap.add_argument("--keep")
    ap.add_argument("--jobs", type=int, default=2)
    options = ap.parse_args()
    first, last = (int(x) for x in options.seeds.split("-"))
    env = environment(schemas_of(options.ours))
    counts = collections.Counter()
    run = longest = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for seed, verdict, what in pool.map(lambda x: one(x, options, env), range(first, last + 1)):
            counts[verdict] += 1
            run = run + 1 if verdict == "agree" else 0 if verdict == "differ" else run
            longest = max(longest, run)
            if verdict != "agree":
                print("%d: %s %s" % (seed, verdict, ", ".join(what)), flush=True)
            if sum(counts.values()) % 500 == 0:
                print("%d states, the last %d without a difference" % (sum(counts.values()), run), flush=True)
    print("%s; longest run of agreeing states: %d" %
          (", ".join("%d %s" % (n, v) for v, n in sorted(counts.items())), longest))
    return 1 if counts["differ"] else 0


if __name__ == "__main__":
    sys.exit(main())
