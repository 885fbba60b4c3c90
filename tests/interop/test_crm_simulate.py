#!/usr/bin/env python3
"""Our crm_simulate and crm_verify beside Debian's: each option on recorded states; what they print and write
and their exit status must be equal. Speaks TAP.

usage: test_crm_simulate.py [--all]      --all: every option on every state"""
import os, re, shlex, subprocess, sys, tarfile, tempfile
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("top_builddir", "."))
STATES = ("bundle-order-startup", "bundle-probe-remotes", "group15", "guest-node-cleanup", "migrate-fencing",
          "notify-1", "on_fail_demote2", "ticket-primitive-10", "failcount", "utilization-order4",
          "anon-instance-pending")
# {node} {other} {rsc}: the first two nodes and the first primitive of the state
EVERYWHERE = ("", "-S", "-sS", "-R -U", "-S --output-as=xml", "-sU --output-as=xml", "-A -c", "-SQ")
SOMEWHERE = (
    "-R", "-s", "-U", "-sU", "-A", "-c", "-A -c -S", "-a -D dot", "-D dot", "-S -G graph -D dot",
    "-I in -O out -S", "-S --show-attrs --output-as=xml", "-c --output-as=xml",
    "--show-scores --show-failcounts", "-Q", "-sQ", "-UQ", "-u {node} -R", "-d {node} -S", "-f {node} -S",
    "-d {node} -d {other} -S", "-u nowhere", "-q 0 -S", "-q 1", "-q true -S --output-as=xml", "-w 1 -S",
    "-w false --output-as=xml", "-g T -S", "-r T -S", "-b T -S", "-e T", "-g T -b T2 --output-as=xml",
    "-i {rsc}_monitor_10000@{node}=7 -S", "-i {rsc}_start_0@{node}=1 -S -O out",
    "-i {rsc}_monitor_0@{node}=0 -s", "-i {rsc}_stop_0@{node}=1 --output-as=xml -S", "-i nonsense",
    "-i {rsc}_start_0@{node}", "-i unknown_start_0@{node}=1 -S", "-F {rsc}_start_0@{node}=1 -S",
    "-F {rsc}_stop_0@{other}=1 -S --output-as=xml -O out", "-t 2030-01-01 -S", "-t '2023-11-14 22:00:00Z'",
    "-t nonsense", "-t 2030-W01-1 -s --output-as=xml", "-S --text-fancy",
    "-d {node} -u {node} -q 0 -S --output-as=xml", "-X -S", "--output-as=none -S", "--nonsense", "-j -S",
    "-S --output-to=text", "-d {node} -A -c -S --output-as=xml", "-s -d {node}",
    "-i {rsc}_monitor_10000@{node}=0 -c -A")
# not here: where Debian's aborts (files that are missing or no CIB, -d or -f or -i with unknown nodes)
ALONE = ("-L", "-L -S --output-as=xml", "--version", "-P folder", "-P folder -N 2",
         "-P folder --output-as=xml", "-p", "-x - -S", "--xml-pipe -S", "-P missing", "-P good.xml",
         "-P missing --output-as=xml", "-x numbers.xml -S -O out -G graph", "-x bad.xml -S",
         "-x bad.xml -O out -I in -G graph -D dot", "-x bad.xml --output-as=xml", "-x bad-old.xml",
         "-x odd-nameless.xml -S", "-x nameless.xml -S", "-x bad-none.xml -Q", "-x unknown.xml -S",
         "-x case.xml", "-x references.xml -S", "-x warn.xml -S", "-x old.xml -S", "-x next.xml -S",
         "-x bad-next.xml --output-as=xml -S")
VERIFY = ("-x missing.xml", "-x nothing.xml", "-x other.xml", "-x bad.xml", "-x warn.xml", "-x good.xml",
          "-V -x good.xml", "", "-X nonsense", "-L", "-x good.xml -S saved", "-x good.xml --output-as=xml",
          "-x bad.xml --output-as=xml", "-p", "-x old.xml", "-x bad-old.xml", "-x bad-nameless.xml",
          "-x nameless.xml", "-x bad-none.xml", "-x references.xml", "-x case.xml")
FILES = {
    "nothing.xml": "", "broken.xml": "<cib><configuration>", "other.xml": "<status/>",
    "good.xml":
        "<cib crm_feature_set='3.16.1' validate-with='pacemaker-3.9' epoch='1' num_updates='0' "
        "admin_epoch='0'><configuration><crm_config><cluster_property_set id='o'>"
        "<nvpair id='s' name='stonith-enabled' value='false'/></cluster_property_set></crm_config><nodes/>"
        "<resources/><constraints/></configuration><status/></cib>"}
FILES["bad.xml"] = FILES["good.xml"].replace(
    "<resources/>", "<resources><primitive id='x'/><nonsense/></resources>")
FILES["warn.xml"] = FILES["good.xml"].replace("'false'", "'true'").replace(
    "<resources/>", "<resources><primitive id='x' class='ocf' provider='p' type='t'/></resources>").replace(
    "<constraints/>", "<constraints><rsc_order id='o1' first='x' then='y'/></constraints>")
FILES["numbers.xml"] = FILES["good.xml"].replace(
    "<nodes/>", "<nodes><node id='1' uname='a'/></nodes>").replace(
    "<resources/>",
    "<resources><primitive id='x' class='ocf' provider='pacemaker' type='Dummy'><instance_attributes id='i'>"
    "<nvpair id='i1' name='10' value='v'/><nvpair id='i2' name='a' value='w'/>"
    "<nvpair id='i3' name='9b' value='u'/></instance_attributes></primitive></resources>").replace(
    "<status/>",
    "<status><node_state id='1' uname='a' in_ccm='true' crmd='online' join='member' expected='member'/>"
    "</status>")
for name, schema in {"old": "pacemaker-1.2", "none": "NONE", "unknown": "bogus", "case": "Pacemaker-3.9",
                     "next": "pacemaker-next"}.items():
    FILES[name + ".xml"] = FILES["good.xml"].replace("pacemaker-3.9", schema)
    FILES["bad-" + name + ".xml"] = FILES["bad.xml"].replace("pacemaker-3.9", schema)
for name in "", "bad-":
    FILES[name + "nameless.xml"] = FILES[name + "none.xml"].replace(" validate-with='NONE'", "")
FILES["odd-nameless.xml"] = FILES["nameless.xml"].replace(
    "<nodes/>", "<nodes><node id='1' uname='a' odd='1'/></nodes>")
FILES["references.xml"] = FILES["warn.xml"].replace("then='y'", "then='y' kind='Optional'").replace(
    "<nodes/>", "<nodes><node id='1' uname='a'/><node id='1' uname='b'/></nodes>")


def names_of(path):
    """What the placeholders stand for in a state"""
    root = ET.parse(path).getroot()
    nodes = [n.get("uname") for n in root.iter("node") if n.get("uname")] or ["n1"]
    rscs = [p.get("id") for p in root.iter("primitive") if p.get("class") != "stonith"] or ["r"]
    return {"node": nodes[0], "other": nodes[-1], "rsc": rscs[0]}


class Side:
    def __init__(self, prefix, env, root):
        self.prefix, self.env, self.root = prefix, env, root

    def run(self, program, args, files):
        """Exit status, output, messages, and the files it left in a folder that held files"""
        with tempfile.TemporaryDirectory(dir=self.root) as work:
            os.mkdir(os.path.join(work, "folder"))
            for name, text in files.items():
                with open(os.path.join(work, name), "w") as f:
                    f.write(text)
            with open(os.path.join(work, "input.xml") if "input.xml" in files else os.devnull) as stdin:
                p = subprocess.run(self.prefix + [program] + args if len(self.prefix) > 1 else
                                   [os.path.join(self.prefix[0], program)] + args,
                                   cwd=work, env=dict(self.env, CIB_shadow_dir=work), stdin=stdin,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   errors="replace", timeout=600)
            left = {}
            for name in sorted(os.listdir(work)):
                if os.path.isfile(os.path.join(work, name)):
                    with open(os.path.join(work, name), errors="replace") as f:
                        text = f.read()
                    if text != files.get(name):
                        left[name] = self.plain(text, program, name)
            return p.returncode, self.plain(p.stdout, program), self.plain(p.stderr, program), left

    @staticmethod
    def plain(text, program, name=""):
        """Without what differs from run to run: times of now, paths, durations"""
        text = re.sub(r"request=\"\S*" + program, 'request="' + program, text)
        text = re.sub(r"\S*/" + program, program, text)
        text = re.sub(r"[0-9.]+ secs", "N secs", text)
        text = re.sub(r'duration="[0-9.]+"', 'duration="N"', text)
        text = re.sub(r'(last-failure-[^"]*" value=|last-failure-\S*=)"?\d+"?', r"\1T", text)
        text = re.sub(r'(last-rc-change|last-granted|cib-last-written|execution-date)="[^"]*"', r'\1="T"',
                      text)
        text = re.sub(r"last-rc-change='[^']*'", "last-rc-change='T'", text)
        # how often a step writes is its own affair
        text = re.sub(r'num_updates="[^"]*"', 'num_updates="N"', text)
        # marks on failed operations of its own use
        text = re.sub(r' uname="[^"]*" rsc-id="[^"]*"/>', "/>", text)
        # ours: why a text cannot be parsed
        text = re.sub(r"(?m)^(line \d+: .*|no text)\n", "", text)
        if name == "dot":
            text = "\n".join(sorted(text.splitlines()))
        return text


def skip(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


def sides(tmp):
    oracle = os.path.join(HERE, "oracle.sh")
    if subprocess.run(["bash", oracle], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
        skip("Debian's packages are not available")
    env = {k: v for k, v in os.environ.items() if k not in ("CIB_file", "CIB_shadow", "CIB_user")}
    env.update(LC_ALL="C", TZ="UTC")
    ours = dict(env)
    ours.setdefault("PCMK_schema_directory", os.path.join(BUILD, "xml"))
    return Side([os.path.join(BUILD, "tools")], ours, tmp), Side(["bash", oracle, "--run"], env, tmp)


def lines_apart(ours, theirs, most):
    missing = ["- " + x for x in theirs if x not in ours]
    return missing[:most] + ["+ " + x for x in ours if x not in theirs][:most]


def difference(ours, theirs):
    """Lines that tell the two results apart; none when they are equal"""
    out = []
    for what, a, b in zip(("exit status", "output", "messages"), ours, theirs):
        if a != b:
            a, b = str(a).splitlines(), str(b).splitlines()
            out += ["%s: ours %d lines, Debian's %d" % (what, len(a), len(b))]
            out += lines_apart(a, b, 6)
    for name in sorted(set(ours[3]) | set(theirs[3])):
        if ours[3].get(name) != theirs[3].get(name):
            a, b = (ours[3].get(name) or "").splitlines(), (theirs[3].get(name) or "").splitlines()
            out += ["file %s" % name] + lines_apart(a, b, 5)
    return out


def plan(cases, everything):
    """(program, options, files) of each comparison"""
    for k, state in enumerate(STATES):
        path = os.path.join(cases, state + ".xml")
        if not os.path.exists(path):
            continue
        with open(path, errors="replace") as f:
            text = f.read()
        for j, options in enumerate(EVERYWHERE + SOMEWHERE):
            if everything or j < len(EVERYWHERE) or j % len(STATES) in (k, (k + 5) % len(STATES)):
                arguments = "-x input.xml " + options.format(**names_of(path))
                yield "crm_simulate", arguments, {"input.xml": text}, state
    small = {**FILES, "input.xml": FILES["good.xml"], "folder/a.xml": FILES["good.xml"],
             "folder/b.xml": FILES["good.xml"]}
    for options in ALONE:
        yield "crm_simulate", options, small, ""
    for options in VERIFY:
        yield "crm_verify", options, small, ""


def main():
    number = failed = 0
    with tempfile.TemporaryDirectory() as tmp:
        ours, theirs = sides(tmp)
        with tarfile.open(os.path.join(TOP, "tests", "conformance", "scheduler.tar.xz")) as archive:
            archive.extractall(tmp)
        todo = list(plan(os.path.join(tmp, "scheduler"), "--all" in sys.argv))
        print("1..%d" % len(todo), flush=True)
        for program, options, files, state in todo:
            args = shlex.split(options)
            bad = difference(ours.run(program, args, files), theirs.run(program, args, files))
            number += 1
            failed += bool(bad)
            result = "not ok" if bad else "ok"
            print("%s %d - %s %s %s" % (result, number, program, options.replace("#", ""), state))
            for line in bad:
                print("#   " + line)
            sys.stdout.flush()
    return 1 if failed else 0


sys.exit(main())
