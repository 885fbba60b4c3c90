#!/usr/bin/env python3
"""Makes a cluster state that two crm_simulate decide differently as small as possible.

usage: sched_minimise.py --ours BINARY --oracle BINARY INPUT.xml OUTPUT.xml [ARGS]

ARGS: the options of the run in one text ('-sS' when not given). Elements and attributes are left out as long
as the same parts of the result differ."""
import argparse, os, shlex, sys, tempfile, time
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "conformance"))
from sched_case import environment, simulate    # noqa: E402

SANE = set(range(0, 128)) - {70}        # 70: an internal error


def schemas_of(binary):
    """The schemas of the build a program belongs to"""
    return os.path.join(os.path.dirname(os.path.abspath(binary)), "..", "xml")


def judge(cib, args, options, env):
    """(verdict, what): "agree"; "differ" with the parts that do; "refused" when the oracle calls the
    configuration invalid; "crash" or "timeout" when the oracle does not survive it, with its last words"""
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "in.xml")
        ET.ElementTree(cib).write(path)
        wanted = simulate(options.oracle, path, args, dict(env, CIB_shadow_dir=tmp), 30)
        got = simulate(options.ours, path, args, dict(env, CIB_shadow_dir=tmp), 30)
    if got.status not in SANE or "Sanitizer" in got.text or "runtime error" in got.text:
        return "differ", ["ours fails: exit status %s" % got.status]
    if wanted.status == "timeout":
        return "timeout", []
    if wanted.status not in SANE:
        return "crash", [x for x in wanted.text.splitlines()
                         if "assertion" in x][-1:] or ["exit status %s" % wanted.status]
    if "validity error" in wanted.text or (wanted.status != 0 and not wanted.graph):
        return "refused", ["exit status %s, ours %s" % (wanted.status, got.status)]
    bad = got.differs(wanted)
    return ("differ", bad) if bad else ("agree", [])


def compare(cib, args, options, env):
    """None: the oracle refuses the state or does not survive it; else what differs"""
    verdict, what = judge(cib, args, options, env)
    return what if verdict in ("agree", "differ") else None


def minimise(cib, args, options, env, wanted, seconds=150):
    """Leaves out elements, then attributes, as long as the same kind of difference stays"""
    end = time.monotonic() + seconds
    key = {x.split()[0] for x in wanted}

    def still():
        got = compare(cib, args, options, env)
        return bool(got) and key <= {x.split()[0] for x in got}

    def shrink(parent):
        changed = False
        size = len(parent)
        chunk = max(1, len(parent) // 2)
        while chunk >= 1 and time.monotonic() < end:
            k = 0
            while k < len(parent) and time.monotonic() < end:
                saved = list(parent)
                parent[k:k + chunk] = []
                if still():
                    changed = True
                else:
                    parent[:] = saved
                    k += chunk
            chunk //= 2
        return changed or size != len(parent)

    sections = ["status", "configuration/resources", "configuration/constraints", "configuration/nodes",
                "configuration/crm_config"]
    for _ in range(3):
        again = False
        queue = [e for path in sections for e in cib.findall(path)]
        conf = cib.find("configuration")
        for tag in ("rsc_defaults", "op_defaults", "tags", "alerts", "fencing-topology", "acls"):
            e = conf.find(tag)
            if e is not None:
                conf.remove(e)
                if not still():
                    conf.append(e)
                    queue.append(e)
        while queue and time.monotonic() < end:
            e = queue.pop(0)
            if len(e):
                again = shrink(e) or again
            queue += [x for x in e if len(x)]
        if not again:
            break
    return cib


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--ours", required=True)
    ap.add_argument("--oracle", required=True)
    ap.add_argument("input")
    ap.add_argument("output")
    ap.add_argument("args", nargs="?", default=None)
    options, rest = ap.parse_known_args()
    args = shlex.split(options.args or " ".join(rest) or "-sS")
    cib, env = ET.parse(options.input).getroot(), environment(schemas_of(options.ours))
    bad = compare(cib, args, options, env)
    if not bad:
        sys.exit("no difference")
    minimise(cib, args, options, env, bad, 600)
    ET.indent(cib)
    ET.ElementTree(cib).write(options.output)
    print(", ".join(bad))


if __name__ == "__main__":
    main()
