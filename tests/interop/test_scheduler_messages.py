#!/usr/bin/env python3
"""What the scheduler says of a cluster, beside Debian's: crm_verify's exit status, verdict and messages, the
messages of crm_simulate -S, and what the daemon answers (errors, warnings) and where it saves its input; for
recorded states and for small clusters with one thing wrong each. Repetitions of a line and the order of lines
are not compared. Speaks TAP.

usage: test_scheduler_messages.py [--all]

--all: every recorded state; else a sample and the states that say most"""
import os, re, subprocess, sys, tarfile, tempfile

from scheduler_bad_input import INPUTS

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("top_builddir", "."))
EVERY = 24
# each kind of message: unclean and fenced nodes, orphans, failures of all sorts, thresholds, deprecations,
# bad values
STATES = """
    797 bug-1822 bug-5028 bug-cl-5212 bug-cl-5219 cancel-behind-moving-remote clone-require-all-1
    colocation-influence comments container-3 container-is-remote-node dc-fence-ordering intervals
    multi1 notify-1 order-expired-failure order-serialize-set order-wrong-kind orphan-0 params-3
    probe-4 promoted-group remote-orphaned2 rsc-discovery-per-node rule-dbl-as-integer-no-match
    stop-failure-no-fencing suicide-needed-inquorate target-1 template-coloc-3 ticket-clone-21
    whitebox-start
""".split()
VERIFY = ("crm_verify", ["-VV"])
MESSAGE = re.compile(r"^\(\w+\) \t(crit|error|warning|notice): |^crm_verify: |^-V may|"
                     r"^Schema validation|^Resource ")


def skip(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


def run(command, env):
    p = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE, text=True, errors="replace", timeout=600)
    return p.returncode, sorted({line for line in p.stderr.splitlines() if MESSAGE.match(line)})


def compare(ours, theirs):
    out = [] if ours[0] == theirs[0] else ["exit status %s, Debian's %s" % (ours[0], theirs[0])]
    out += ["- " + x for x in theirs[1] if x not in ours[1]]
    return out + ["+ " + x for x in ours[1] if x not in theirs[1]]


def daemon(kind, files):
    """What the daemon answers to each file, in namespaces of its own; None when that is not possible"""
    start = os.path.join(BUILD, "pacemaker-schedulerd") if kind == "ours" else \
        "bash " + os.path.join(HERE, "oracle.sh") + " --run ../lib/pacemaker/pacemaker-schedulerd"
    script = """saved=/var/lib/pacemaker/pengine
        mkdir -p $saved && chown hacluster:haclient $saved || exit 77
        export PCMK_logfile=none
        %s >/dev/null 2>&1 & daemon=$!
        for i in $(seq 600); do "$0" 2>/dev/null && break; sleep 0.1; done
        "$0" "$@"; kill $daemon; wait $daemon""" % start
    p = subprocess.run(["bash", os.path.join(HERE, "private.sh"), "bash", "-c", script,
                        os.path.join(BUILD, "tests", "interop", "sched_probe")] + files,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                       text=True, timeout=1200,
                       env=dict(os.environ, PCMK_schema_directory=os.path.join(BUILD, "xml")))
    return None if p.returncode == 77 else [line.split(" ")[1:] for line in p.stdout.splitlines()]


class Report:
    def __init__(self):
        self.number = self.failed = 0

    def row(self, name, bad):
        self.number += 1
        self.failed += bool(bad)
        print("%s %d - %s" % ("not ok" if bad else "ok", self.number, name))
        for line in bad:
            print("#   " + line)
        sys.stdout.flush()


def tools(report, cases, names, programs):
    oracle = ["bash", os.path.join(HERE, "oracle.sh"), "--run"]
    env = dict(os.environ, LC_ALL="C", TZ="UTC", CIB_shadow_dir=cases)
    schemas = os.environ.get("PCMK_schema_directory", os.path.join(BUILD, "xml"))
    mine = dict(env, PCMK_schema_directory=schemas)
    for name in names:
        path = os.path.join(cases, name + ".xml")
        for program, options in programs:
            args = [program, "-x", path] + options
            ours = run([os.path.join(BUILD, "tools", program)] + args[1:], mine)
            theirs = run(oracle + args, env)
            report.row("%s %s %s" % (program, " ".join(options), name), compare(ours, theirs))


def daemons(report, cases, names):
    files = [os.path.join(cases, name + ".xml") for name in names]
    ours, theirs = daemon("ours", files), daemon("debian", files)
    if ours is None or theirs is None:
        report.row("the daemons # SKIP needs root and namespaces", [])
        return
    words = "graph errors, graph warnings, configuration errors, configuration warnings, input saved as"
    report.row("each input is answered", [] if len(ours) == len(theirs) == len(files) else
               ["%d inputs, ours %d, Debian's %d" % (len(files), len(ours), len(theirs))])
    report.row("the daemons agree on " + words,
               ["%s: ours %s, Debian's %s" % (n, a, b) for n, a, b in zip(names, ours, theirs) if a != b])


def main():
    if subprocess.run(["bash", os.path.join(HERE, "oracle.sh")], stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL).returncode != 0:
        skip("Debian's packages are not available")
    report = Report()
    with tempfile.TemporaryDirectory() as tmp:
        with tarfile.open(os.path.join(TOP, "tests", "conformance", "scheduler.tar.xz")) as archive:
            archive.extractall(tmp)
        cases = os.path.join(tmp, "scheduler")
        every = sorted(f[:-4] for f in os.listdir(cases) if f.endswith(".xml"))
        some = set(every[::EVERY]) | {n for n in STATES if n in every}
        sample = every if "--all" in sys.argv else sorted(some)
        for name, text in INPUTS.items():
            with open(os.path.join(cases, name + ".xml"), "w") as f:
                f.write(text)
        print("1..%d" % (2 * len(sample) + len(INPUTS) + (2 if os.geteuid() == 0 else 1)), flush=True)
        tools(report, cases, sample, (VERIFY, ("crm_simulate", ["-S", "-VVV"])))
        tools(report, cases, list(INPUTS), (VERIFY,))
        daemons(report, cases, (every if "--all" in sys.argv else every[::2]) + list(INPUTS))
    return 1 if report.failed else 0


sys.exit(main())
