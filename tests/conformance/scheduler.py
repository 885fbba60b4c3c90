#!/usr/bin/env python3
"""Recorded cluster states: what crm_simulate decides about each must be what was recorded. TAP, one test a state.

scheduler.tar.xz holds NAME.xml (a CIB) with NAME.summary (printed with -S), NAME.scores (-sSQ), NAME.dot and NAME.exp (the
graph), and args.json with extra arguments. Compared without blanks; scores and dot as sorted lines; the graph without the
numbering of its actions."""
import json, os, re, subprocess, sys, tarfile, tempfile
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.path.join(os.environ.get("top_builddir", "."), "tools", "crm_simulate")
WORDS = [("ocf::", "ocf:"), ("Masters:", "Promoted:"), ("Slaves:", "Unpromoted:"), (" Slave ", " Unpromoted "),
         (r" Master(?= |\[|$)", " Promoted")]


def squeeze(text):
    return [x for x in (re.sub(r"\s+", "", line) for line in text.splitlines()) if x]


def summary(text):
    for old, new in WORDS:
        text = re.sub(old, new, text, flags=re.M)
    return squeeze(text)


def graph(text):
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        return [str(error)]
    names = {}
    for e in root.iter():
        if e.tag in ("rsc_op", "pseudo_event", "crm_event") and e.get("operation"):
            names[e.get("id")] = "%s %s %s" % (e.tag, e.get("operation_key"), e.get("on_node"))

    def show(e, whole=True):
        skip = ("crm_feature_set", "batch-limit") + (() if whole else ("id",))
        attrs = sorted((k, v) for k, v in e.attrib.items() if k not in skip)
        return "%s%s%s" % (e.tag, attrs, sorted(show(x) for x in e))

    out = ["graph %s" % sorted((k, v) for k, v in root.attrib.items() if k != "batch-limit")]
    for s in root.findall("synapse"):
        out.append("%s %s <- %s" % (s.get("priority"), [show(a, False) for a in s.find("action_set")],
                                    sorted(names.get(a.get("id"), "?") for t in s.findall("inputs/trigger") for a in t)))
    return sorted(out)


def read(path):
    try:
        with open(path, errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def check(cases, name, extra, env, tmp):
    base, dot, exp = os.path.join(cases, name), os.path.join(tmp, "dot"), os.path.join(tmp, "exp")
    for f in (dot, exp):
        if os.path.exists(f):
            os.unlink(f)
    run = dict(stdin=subprocess.DEVNULL, env=env, timeout=120, text=True, errors="replace")
    plain = subprocess.run([BINARY, "-x", base + ".xml", "-S"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **run)
    quiet = subprocess.run([BINARY, "-x", base + ".xml", "-D", dot, "-G", exp, "-sSQ"] + extra, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, **run)
    bad = []
    if quiet.returncode != 0:
        bad.append("exit status %d" % quiet.returncode)
    if summary(plain.stdout) != summary(read(base + ".summary")):
        bad.append("summary")
    if sorted(squeeze(quiet.stdout)) != sorted(squeeze(read(base + ".scores"))):
        bad.append("scores")
    if set(squeeze(read(dot))) != set(squeeze(read(base + ".dot"))):
        bad.append("dot")
    if graph(read(exp)) != graph(read(base + ".exp")):
        bad.append("graph")
    return bad


def main():
    env = dict(os.environ, LC_ALL="C", TZ="UTC")
    if not os.path.isdir(env.get("PCMK_schema_directory", "/nonexistent")):
        env["PCMK_schema_directory"] = os.path.join(os.environ.get("top_srcdir", os.path.join(HERE, "..", "..")), "cib", "schemas")
    with tempfile.TemporaryDirectory() as tmp:
        with tarfile.open(os.path.join(HERE, "scheduler.tar.xz")) as archive:
            archive.extractall(tmp)
        cases = os.path.join(tmp, "scheduler")
        names = sorted(f[:-4] for f in os.listdir(cases) if f.endswith(".xml"))
        extra = json.loads(read(os.path.join(cases, "args.json")) or "{}")
        print("1..%d" % len(names), flush=True)
        failed = 0
        for i, name in enumerate(names, 1):
            bad = check(cases, name, extra.get(name, []), env, tmp)
            failed += bool(bad)
            print("%s %d - %s%s" % ("not ok" if bad else "ok", i, name, " # differs: " + ", ".join(bad) if bad else ""), flush=True)
    return 1 if failed else 0


sys.exit(main())
