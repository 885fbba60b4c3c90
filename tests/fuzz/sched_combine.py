"""Parts of a second recorded state put into a first: resources with their constraints and histories on the
first's nodes, or only its constraints, its options or what its nodes are."""
import copy, re
import xml.etree.ElementTree as ET
from sched_mutations import CONSTRAINTS, RESOURCES, State, transient

NODE_ID_HOLDERS = ("node_state", "node", "lrm", "transient_attributes")
NODE_NAMES = ("uname", "node", "on_node", "migrate_source", "migrate_target")
NAMED_AFTER = re.compile(r"^(master-|fail-count-|last-failure-)(.*)$")
OTHER_SECTIONS = ("crm_config", "rsc_defaults", "op_defaults")


def renamed(text, ids):
    """A key, an instance or an attribute's rest that begins with one of the ids"""
    m = re.match(r"^(.+?)((:\d+)?(#.*|_[a-z_-]+_\d+|_last_failure_0|_last_0)?)$", text)
    return ids[m.group(1)] + m.group(2) if m and m.group(1) in ids else text


def rename(root, ids, node_ids, node_names):
    """Other names for everything the second state has in common with the first"""
    for e in root.iter():
        for name, value in e.attrib.items():
            if e.tag in NODE_ID_HOLDERS and name == "id":
                e.set(name, node_ids.get(value, value))
            elif name in NODE_NAMES:
                e.set(name, node_names.get(value, value))
            elif name in ("class", "type", "provider", "operation"):
                continue
            elif e.tag in ("lrm_resource", "lrm_rsc_op") and name in ("id", "operation_key", "container"):
                e.set(name, renamed(value, ids))
            elif e.tag == "nvpair" and name == "name" and NAMED_AFTER.match(value):
                start, rest = NAMED_AFTER.match(value).groups()
                e.set(name, start + renamed(rest, ids))
            elif e.tag == "nvpair" and name == "name":
                continue
            elif e.tag == "expression" and name == "value" and e.get("attribute") == "#uname":
                e.set(name, node_names.get(value, value))
            elif not re.match(r"-?\d+$", value):
                e.set(name, ids.get(value, value))


def cluster_nodes(cib):
    nodes = cib.find("configuration/nodes")
    return [n for n in (nodes if nodes is not None else []) if n.get("type") != "remote" and n.get("uname")]


def second_state(s, other):
    """A copy of the second state in the first's names; its nodes beyond the first's stay nodes of their
    own"""
    other = copy.deepcopy(other)
    taken = {e.get("id") for e in s.conf.iter()} | {n.get("uname") for n in s.conf.iter("node")}
    ids = {i: "o-" + i for e in other.find("configuration").iter() for i in [e.get("id")] if i and i in taken}
    mine, theirs = cluster_nodes(s.cib), cluster_nodes(other)
    node_ids = {n.get("id"): "o-" + n.get("id") for n in theirs}
    node_names = {n.get("uname"): "o-" + n.get("uname") for n in theirs if n.get("uname") in taken}
    for m, t in zip(mine, theirs):
        node_ids[t.get("id")], node_names[t.get("uname")] = m.get("id"), m.get("uname")
    for old in list(ids):
        if old in node_names:
            ids.pop(old)
    # remote nodes are named as connections
    node_names.update({i: n for i, n in ids.items() if i not in node_names})
    rename(other, ids, node_ids, node_names)
    return other


def section(s, tag):
    e = s.conf.find(tag)
    return ET.SubElement(s.conf, tag) if e is None else e


def add_nodes(s, other):
    mine = {n.get("id") for n in section(s, "nodes")}
    for n in other.findall("configuration/nodes/node"):
        if n.get("id") not in mine:
            s.conf.find("nodes").append(n)


def add_status(s, other):
    """The second state's histories and attributes; where a node has no entry yet, the whole entry"""
    for state in other.findall("status/node_state"):
        mine = next((x for x in s.status.findall("node_state") if x.get("id") == state.get("id")), None)
        if mine is None:
            s.status.append(state)
            continue
        histories = state.findall("lrm/lrm_resources/lrm_resource")
        to = mine.find("lrm/lrm_resources")
        if histories and to is None:
            lrm = mine.find("lrm")
            lrm = ET.SubElement(mine, "lrm", id=mine.get("id")) if lrm is None else lrm
            to = ET.SubElement(lrm, "lrm_resources")
        known = {x.get("id") for x in to} if to is not None else set()
        for x in histories:
            if x.get("id") not in known:
                to.append(x)
        for pair in state.findall("transient_attributes/instance_attributes/nvpair"):
            if NAMED_AFTER.match(pair.get("name", "")):
                s.set_pair(transient(s, mine), "instance_attributes", pair.get("name"), pair.get("value", ""))


def everything(s, other):
    for tag in ("resources", "constraints", "tags"):
        part = other.find("configuration/" + tag)
        if part is not None and len(part):
            section(s, tag).extend(list(part))
    add_nodes(s, other)
    add_status(s, other)


def foreign_constraints(s, other):
    """Its constraints, about resources of the first state"""
    mine = [x.get("id") for x in s.resources()]
    part = other.find("configuration/constraints")
    if part is None or not mine:
        return
    theirs = [x.get("id") for x in other.find("configuration/resources").iter() if x.tag in RESOURCES]
    stands_for = {x: s.pick(mine) for x in theirs}
    for c in [x for x in part if x.tag in CONSTRAINTS][:12]:
        for e in c.iter():
            names = ["id"] if e.tag == "resource_ref" else ["rsc", "with-rsc", "first", "then"]
            for name in names:
                if e.get(name) in stands_for:
                    e.set(name, stands_for[e.get(name)])
        section(s, "constraints").append(c)


def foreign_options(s, other):
    for tag in OTHER_SECTIONS:
        part = other.find("configuration/" + tag)
        if part is not None and len(part) and s.maybe(.7):
            section(s, tag)[:] = list(part)
    for name in ("have-quorum", "dc-uuid"):
        if other.get(name) and s.maybe(.4):
            s.cib.set(name, other.get(name))


def foreign_node_states(s, other):
    """What its nodes are, and their attributes, for the nodes of the first state"""
    for state in other.findall("status/node_state"):
        mine = next((x for x in s.status.findall("node_state") if x.get("id") == state.get("id")), None)
        if mine is None:
            continue
        for name in ("in_ccm", "crmd", "join", "expected", "ha", "shutdown"):
            mine.attrib.pop(name, None)
            if state.get(name) is not None:
                mine.set(name, state.get(name))
        for pair in state.findall("transient_attributes/instance_attributes/nvpair"):
            s.set_pair(transient(s, mine), "instance_attributes", pair.get("name"), pair.get("value", ""))
    for n in other.findall("configuration/nodes/node"):
        mine = next((x for x in s.conf.findall("nodes/node") if x.get("id") == n.get("id")), None)
        for pair in n.findall("instance_attributes/nvpair") if mine is not None else []:
            s.set_pair(mine, "instance_attributes", pair.get("name"), pair.get("value", ""))


COMBINATIONS = [(everything, 6), (foreign_constraints, 3), (foreign_options, 2), (foreign_node_states, 3)]


def combine(cib, other, seed):
    """Puts parts of the second state into the first; returns their names.
    Old schemas know other elements: left alone."""
    if not all(x.get("validate-with", "").startswith("pacemaker-3") for x in (cib, other)):
        return []
    s = State(cib, seed ^ 0x5eed, "co")
    functions, weights = [f for f, _ in COMBINATIONS], [w for _, w in COMBINATIONS]
    done = []
    for f in sorted(set(s.r.choices(functions, weights, k=s.r.randrange(1, 3))), key=lambda x: x.__name__):
        f(s, second_state(s, other))
        done.append(f.__name__)
    return done
