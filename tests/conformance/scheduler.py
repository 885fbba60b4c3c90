#!/usr/bin/env python3
"""Recorded cluster states: what crm_simulate decides about each must be what was recorded.
TAP, one test a state.

scheduler.tar.xz holds NAME.xml (a CIB) with NAME.summary (printed with -S), NAME.scores (-sSQ), NAME.dot and
NAME.exp (the graph), and args.json with extra arguments. The files in found are states that once were decided
differently (see sched_case.py; sched_record.py adds one). Compared without blanks; scores and dot as sorted
lines; the graph without the numbering of its actions."""
import glob, json, os, re, subprocess, sys, tarfile, tempfile
from sched_case import Case, environment, graph_lines, read, squeeze

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.path.join(os.environ.get("top_builddir", "."), "tools", "crm_simulate")
WORDS = [("ocf::", "ocf:"), ("Masters:", "Promoted:"), ("Slaves:", "Unpromoted:"),
         (" Slave ", " Unpromoted "), (r" Master(?= |\[|$)", " Promoted")]


def summary(text):
    for old, new in WORDS:
        text = re.sub(old, new, text, flags=re.M)
    return squeeze(text)


def check(cases, name, extra, env, tmp):
    base, dot, exp = os.path.join(cases, name), os.path.join(tmp, "dot"), os.path.join(tmp, "exp")
    for f in (dot, exp):
        if os.path.exists(f):
            os.unlink(f)
    run = dict(stdin=subprocess.DEVNULL, env=env, timeout=600, text=True, errors="replace")
    plain = subprocess.run([BINARY, "-x", base + ".xml", "-S"], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, **run)
    quiet = subprocess.run([BINARY, "-x", base + ".xml", "-D", dot, "-G", exp, "-sSQ"] + extra,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, **run)
    bad = []
    if quiet.returncode != 0:
        bad.append("exit status %d" % quiet.returncode)
    if summary(plain.stdout) != summary(read(base + ".summary")):
        bad.append("summary")
    if sorted(squeeze(quiet.stdout)) != sorted(squeeze(read(base + ".scores"))):
        bad.append("scores")
    if set(squeeze(read(dot))) != set(squeeze(read(base + ".dot"))):
        bad.append("dot")
    if graph_lines(read(exp)) != graph_lines(read(base + ".exp")):
        bad.append("graph")
    return bad


def report(number, name, bad):
    print("%s %d - %s%s" % ("not ok" if bad else "ok", number, name,
                            " # differs: " + ", ".join(bad) if bad else ""), flush=True)
    return bool(bad)


def main():
    schemas = os.environ.get("PCMK_schema_directory", os.path.join(os.path.dirname(BINARY), "..", "xml"))
    env = environment(schemas)
    found = sorted(glob.glob(os.path.join(HERE, "found", "*.case")))
    with tempfile.TemporaryDirectory() as tmp:
        with tarfile.open(os.path.join(HERE, "scheduler.tar.xz")) as archive:
            archive.extractall(tmp)
        cases = os.path.join(tmp, "scheduler")
        names = sorted(f[:-4] for f in os.listdir(cases) if f.endswith(".xml"))
        extra = json.loads(read(os.path.join(cases, "args.json")) or "{}")
        print("1..%d" % (len(names) + len(found)), flush=True)
        failed = 0
        for i, name in enumerate(names, 1):
            failed += report(i, name, check(cases, name, extra.get(name, []), env, tmp))
    for i, path in enumerate(found, len(names) + 1):
        failed += report(i, "found/" + os.path.basename(path)[:-5], Case.load(path).check(BINARY, env))
    return 1 if failed else 0


sys.exit(main())
