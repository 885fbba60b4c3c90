"""The command line of tests that run the same steps in several mixes of our stack and Debian's."""
import argparse
import re

import lab as L
from tap import run_steps


def parser():
    ap = argparse.ArgumentParser()
    ap.add_argument("--build", required=True)
    ap.add_argument("--mix", type=int, help="0 to 3: one of the mixes; 3 is Debian's stack alone")
    ap.add_argument("--only", help="the first step and those whose name matches this")
    ap.add_argument("--keep", action="store_true", help="leave the hosts running at the end")
    return ap


def run(args, lab_name, mixes, usual):
    """Steps of the mixes, which have steps(), report() and down(); without --mix of the usual first ones.
    Exit status."""
    mixes = [mixes[args.mix]] if args.mix is not None else mixes[:usual]
    steps = [step for mix in mixes for step in mix.steps()]
    if args.only:
        steps = steps[:1] + [s for s in steps[1:] if re.search(args.only, s[0])]
    try:
        return run_steps(steps, lambda: "".join(m.report() for m in mixes))
    finally:
        if not args.keep:
            for mix in mixes:
                mix.down()
            L.Lab(lab_name).down()
