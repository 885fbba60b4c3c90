"""A list of named steps run in order, reported as TAP."""
import sys
import traceback

import lab as L


class Failure(Exception):
    """A step's expectation does not hold; the text says what was seen instead."""


def expect(condition, text):
    if not condition:
        raise Failure(text)


def run_steps(steps, on_failure=lambda: ""):
    """steps: (name, function) in order; a failing step does not keep the next from running.
    Exit status for main()."""
    print("1..%d" % len(steps), flush=True)
    failed = 0
    for number, (name, step) in enumerate(steps, 1):
        try:
            step()
            print("ok %d - %s" % (number, name), flush=True)
        except Exception as err:        # a test must report whatever went wrong and go on
            failed += 1
            print("not ok %d - %s" % (number, name))
            text = str(err) if isinstance(err, (Failure, L.LabError)) else traceback.format_exc()
            for line in (text + "\n" + on_failure()).splitlines():
                print("# " + line)
            sys.stdout.flush()
    return 1 if failed else 0
