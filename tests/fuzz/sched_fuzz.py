#!/usr/bin/env python3
"""Differential fuzzer of the scheduler: cluster states made from nothing, decided by two crm_simulate.

usage: sched_fuzz.py --ours BINARY --oracle BINARY [--seeds FROM-TO] [--keep DIR] [--jobs N]

A state that the oracle refuses (invalid configuration) or fails on is skipped, but ours must still answer. Compared are what is
printed with -sS (status, scores, summary, execution, new status), the graph (-G) and the dot file (-D). Differing states are
kept in --keep as SEED.xml. sched_mutate.py does the same with recorded states."""
import argparse, concurrent.futures, os, sys
import xml.etree.ElementTree as ET
from sched_minimise import SCHEMAS, compare, environment
from sched_states import Gen


def one(seed, options, env):
    cib = Gen(seed).build()
    bad = compare(cib, ["-sS"], options, env)
    if bad and options.keep:
        os.makedirs(options.keep, exist_ok=True)
        ET.indent(cib)
        ET.ElementTree(cib).write(os.path.join(options.keep, "%d.xml" % seed))
    return seed, bad


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--ours", required=True)
    ap.add_argument("--oracle", required=True)
    ap.add_argument("--seeds", default="0-999")
    ap.add_argument("--keep")
    ap.add_argument("--jobs", type=int, default=2)
    options = ap.parse_args()
    first, last = (int(x) for x in options.seeds.split("-"))
    env = environment(SCHEMAS)
    agree = differ = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for seed, bad in pool.map(lambda x: one(x, options, env), range(first, last + 1)):
            if bad is None:
                skipped += 1
            elif not bad:
                agree += 1
            else:
                differ += 1
                print("%d: %s" % (seed, ", ".join(bad)), flush=True)
    print("%d agree, %d differ, %d skipped" % (agree, differ, skipped))
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
