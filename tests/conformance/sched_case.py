"""Running a crm_simulate over a cluster state and comparing two results; files of tests/conformance/found.

A case file is text: first what the case taught, then sections that begin with a line `--- NAME`:

    --- input                 the CIB
    --- run ARGS              what `crm_simulate -x INPUT ARGS -G GRAPH -D DOT` printed,
                              then `exit status N` when it is not 0
    --- dot                   the dot file of that run (absent: not written)
    --- graph                 its graph
    ... more runs of the same input, each with its dot and graph

Messages of the reference's log, which it mixes into its output, are left out. Everything is compared without
blanks; dot as a set of lines, lines with scores as a sorted list. A graph that differs only in the numbers
and the order of its actions is told apart."""
import os, re, shlex, subprocess, tempfile
import xml.etree.ElementTree as ET

ACTIONS = ("rsc_op", "pseudo_event", "crm_event")
LOGGED = re.compile(r"^\(\w+(@[\w.]+:\d+)?\)\s+(crit|error|warning|notice|info)\w*: ")


def squeeze(text):
    return [x for x in (re.sub(r"\s+", "", line) for line in text.splitlines()) if x]


def without_log(text):
    return "".join(x for x in text.splitlines(keepends=True) if not LOGGED.match(x))


def read(path):
    try:
        with open(path, errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def graph_lines(text):
    """One line a synapse: its actions and what it waits for, without the numbering of the actions."""
    if not text.strip():
        return []
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        return [str(error)]
    names = {}
    for e in root.iter():
        if e.tag in ACTIONS and e.get("operation"):
            names[e.get("id")] = "%s %s %s" % (e.tag, e.get("operation_key"), e.get("on_node"))

    def show(e, whole=True):
        skip = ("crm_feature_set", "batch-limit") + (() if whole else ("id",))
        attrs = sorted((k, v) for k, v in e.attrib.items() if k not in skip)
        return "%s%s%s" % (e.tag, attrs, sorted(show(x) for x in e))

    out = ["graph %s" % sorted((k, v) for k, v in root.attrib.items() if k != "batch-limit")]
    for s in root.findall("synapse"):
        out.append("%s %s <- %s" % (s.get("priority"), [show(a, False) for a in s.find("action_set")],
                                    sorted(names.get(a.get("id"), "?") for t in s.findall("inputs/trigger")
                                           for a in t)))
    return sorted(out)


class Result:
    """What one run printed and wrote."""
    def __init__(self, text, dot, graph, status=0, log=""):
        self.text, self.dot, self.graph, self.status, self.log = text, dot, graph, status, log

    def differs(self, other):
        """Names of the parts that are not equal"""
        scores = lambda t: sorted(x for x in squeeze(t) if "scoreon" in x)
        rest = lambda t: [x for x in squeeze(without_log(t)) if "scoreon" not in x]
        bad = [] if self.status == other.status else ["exit status %s, not %s" % (self.status, other.status)]
        if scores(self.text) != scores(other.text):
            bad.append("scores")
        if rest(self.text) != rest(other.text):
            bad.append("summary")
        if self.dot != other.dot and set(squeeze(self.dot)) != set(squeeze(other.dot)):
            bad.append("dot")
        if squeeze(self.graph) != squeeze(other.graph):
            bad.append("graph" if graph_lines(self.graph) != graph_lines(other.graph) else "numbering")
        return bad


def environment(schemas=None):
    env = dict(os.environ, LC_ALL="C", TZ="UTC")
    if schemas:
        env["PCMK_schema_directory"] = schemas
    return env


def simulate(binary, path, args, env, seconds=120):
    """Runs BINARY -x PATH ARGS -G -D; the text is what it prints on both channels"""
    with tempfile.TemporaryDirectory() as tmp:
        graph, dot = os.path.join(tmp, "graph"), os.path.join(tmp, "dot")
        try:
            p = subprocess.run([binary, "-x", path, "-G", graph, "-D", dot] + args, env=env, timeout=seconds,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace")
        except subprocess.TimeoutExpired:
            return Result("", "", "", "timeout")
        # names of the files of this run and the time it was made are no part of the result
        text = p.stdout.replace(tmp, "TMP").replace(os.path.basename(path), "INPUT")
        text = re.sub(r"(last-failure-\S+=)\d+", r"\1TIME", text)
        wanted = read(graph)
        if "-i" in args or "-F" in args:        # failures of just now
            wanted = re.sub(r'recheck-by="\d+"', 'recheck-by="TIME"', wanted)
        return Result(text, read(dot), wanted, p.returncode)


class Case:
    def __init__(self, lesson, cib, runs):
        self.lesson, self.cib, self.runs = lesson, cib, runs    # runs: list of (ARGS as a list, Result)

    @staticmethod
    def load(path):
        parts = re.split(r"^--- (.*)\n", read(path), flags=re.M)
        case = Case(parts[0].strip(), "", [])
        for name, body in zip(parts[1::2], parts[2::2]):
            if name == "input":
                case.cib = body
            elif name.startswith("run"):
                status = re.search(r"^exit status (\S+)\n\Z", body, flags=re.M)
                text = body[:status.start()] if status else body
                case.runs.append((shlex.split(name[3:]),
                                  Result(text, "", "", int(status.group(1)) if status else 0)))
            elif name in ("dot", "graph"):
                setattr(case.runs[-1][1], name, body)
            else:
                raise ValueError("%s: unknown section %s" % (path, name))
        return case

    def save(self, path):
        line = lambda text: text if not text or text.endswith("\n") else text + "\n"
        with open(path, "w") as f:
            f.write("%s\n--- input\n%s" % (self.lesson.strip(), line(self.cib)))
            for args, result in self.runs:
                f.write("--- run %s\n%s" % (shlex.join(args), line(without_log(result.text))))
                if result.status != 0:
                    f.write("exit status %s\n" % result.status)
                for name in ("dot", "graph"):
                    if getattr(result, name):
                        f.write("--- %s\n%s" % (name, line(getattr(result, name))))

    def check(self, binary, env):
        """What differs from the recorded results, as a list of texts"""
        bad = []
        with tempfile.TemporaryDirectory() as tmp:
            path = os.path.join(tmp, "input.xml")
            with open(path, "w") as f:
                f.write(self.cib)
            for args, wanted in self.runs:
                bad += ["%s: %s" % (shlex.join(args), x)
                        for x in simulate(binary, path, args, env).differs(wanted)]
        return bad
