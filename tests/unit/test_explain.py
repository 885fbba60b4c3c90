#!/usr/bin/env python3
"""crm_simulate --explain on recorded states: the contributions lead without a gap from 0 to the score that -s
prints, the node that is named is the one of the transition summary, and each required action says why and
what it waits for. TAP."""
import os, re, subprocess, sys, tarfile, tempfile
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.path.join(os.environ.get("top_builddir", "."), "tools", "crm_simulate")
# state and resource: of a group, a clone, a promotable clone, a bundle, alone
CASES = (("group15", "bar"), ("clone-order-primitive", "clone"), ("promoted-7", "master_rsc_1"),
         ("promoted-7", "rsc_c001n01"), ("bundle-order-startup", "galera-bundle"),
         ("migrate-fencing", "migrator"), ("colocated-utilization-group", "group2"))


def run(path, *args):
    env = dict(os.environ, LC_ALL="C", TZ="UTC")
    return subprocess.run([BINARY, "-x", path] + list(args), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True, env=env).stdout


def explained(text):
    """{(resource, node): (score, [(before, after)])}, {resource: node}, {action: [what it waits for]}"""
    scores, places, actions, current = {}, {}, {}, None
    for line in text[text.index("Explanation of"):].splitlines():
        score = re.match(r"  \* Score of (\S+) on (\S+): (not considered|\S+?)( \(.*\))?:$", line)
        step = re.match(r"    \* (\S+) -> (\S+): .+", line)
        place = re.match(r"  \* (\S+) is placed on (\S+) with score", line)
        action = re.match(r"  \* Action (\S+)( on (\S+))?: (.+):$", line)
        if score:
            current = scores[score.group(1), score.group(2)] = (score.group(3), [])
        elif step and current:
            current[1].append((step.group(1), step.group(2)))
        elif place:
            places[place.group(1)] = place.group(2)
        elif action:
            waits = actions[action.group(1), action.group(3)] = []
        elif line.startswith("    * waits for "):
            waits.append(line[16:])
    return scores, places, actions


def problems(path, rsc):
    text = run(path, "--explain", rsc)
    if "Explanation of " + rsc not in text or "No resource is named" in text:
        return ["it is not explained"]
    scores, places, actions = explained(text)
    bad = [] if scores and (places or "runs nowhere" in text) else ["nothing is said of scores or places"]
    for (name, node), (score, steps) in scores.items():
        at = "0"
        for before, after in steps:
            if before != at:
                bad.append("%s on %s: a step from %s follows %s" % (name, node, before, at))
            at = after
        if score != "not considered" and at != score:
            bad.append("%s on %s: the steps lead to %s, not %s" % (name, node, at, score))
    summary = text[text.index("Transition Summary"):text.index("Explanation of")]
    for verb, name, details in re.findall(r"  \* (Start|Move|Migrate) +(\S+) +\( (.*) \)", summary):
        if name in places and places[name] not in details:
            bad.append("%s: placed on %s, but the summary says %s" % (name, places[name], details))
        if name in places and verb == "Start" and not any(key.endswith("_start_0") for key, _ in actions):
            bad.append("%s: its start is not explained" % name)
    return bad


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as tmp:
        with tarfile.open(os.path.join(HERE, "..", "conformance", "scheduler.tar.xz")) as archive:
            archive.extractall(tmp)
        todo = []
        for state, rsc in CASES:
            path = os.path.join(tmp, "scheduler", state + ".xml")
            if os.path.exists(path):
                ids = {e.get("id") for e in ET.parse(path).getroot().find("configuration/resources").iter()}
                todo.append((path, rsc if rsc in ids else sorted(x for x in ids if x)[0], state))
        print("1..%d" % (len(todo) + 1))
        for k, (path, rsc, state) in enumerate(todo, 1):
            bad = problems(path, rsc)
            failed += bool(bad)
            print("%s %d - %s of %s" % ("not ok" if bad else "ok", k, rsc, state))
            for line in bad[:10]:
                print("#   " + line)
        unknown = "No resource is named nobody" in run(todo[0][0], "--explain", "nobody")
        print("%s %d - an unknown resource is named" % ("ok" if unknown else "not ok", len(todo) + 1))
    return 1 if failed or not unknown else 0


sys.exit(main())
