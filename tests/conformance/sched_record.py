#!/usr/bin/env python3
"""Adds a state to tests/conformance/found: what the reference's crm_simulate decides about it, and what it
taught.

usage: sched_record.py --oracle BINARY NAME INPUT.xml LESSON [ARGS ...]

Each of ARGS is the options of one run in one text ('-sS' when there is none), for example
'-sS' '-S -d node1 -t "2024-01-01"'. Writes found/NAME.case."""
import argparse, os, shlex, sys
from sched_case import Case, environment, read, simulate

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--oracle", required=True)
    ap.add_argument("name")
    ap.add_argument("input")
    ap.add_argument("lesson")
    ap.add_argument("args", nargs="*")
    options, rest = ap.parse_known_args()
    env = environment()
    runs = []
    for text in (options.args + rest) or ["-sS"]:
        args = shlex.split(text)
        runs.append((args, simulate(options.oracle, options.input, args, env)))
        if not runs[-1][1].graph:
            sys.exit("the reference decides nothing: %s" % runs[-1][1].text)
    path = os.path.join(HERE, "found", options.name + ".case")
    Case(options.lesson, read(options.input), runs).save(path)


main()
