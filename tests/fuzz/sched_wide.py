"""Changes of a recorded state that take several places at once to mean something: an agent or a parameter and
the digests of its history, migrations half done, promoted instances, connections with what ran behind them,
health, capacities, locks."""
import copy
import xml.etree.ElementTree as ET
from sched_mutations import BOOL, EMPTY, META, NOW, OP, ROLES, SCORES
from sched_mutations import fail_count, reference, set_key, transient

KEY = "1:%d:%s:11111111-2222-3333-4444-555555555555"


def histories(s):
    """(node_state, lrm_resource) of the whole status"""
    return [(n, x) for n in s.all("node_state") for x in n.iter("lrm_resource")]


def cluster_states(s):
    remote = {x.get("id") for x in s.all("primitive", under=s.conf) if x.get("type") == "remote"}
    return [n for n in s.all("node_state") if n.get("remote_node") is None and n.get("uname") and
            n.get("id") not in remote]


def entry_of(rsc, task, node, **more):
    """A history entry of a finished operation, with other attributes on top"""
    interval = more.get("interval", "0")
    attrs = {"id": "%s_last_0" % rsc if interval == "0" else "%s_%s_%s" % (rsc, task, interval),
             "operation": task,
             "operation_key": "%s_%s_%s" % (rsc, task, interval), "rc-code": "0", "op-status": "0",
             "interval": interval,
             "call-id": "50", "last-rc-change": str(NOW - 500), "crm_feature_set": "3.16.1", "on_node": node,
             "transition-key": KEY % (90, "0")}
    attrs.update(more)
    e = ET.Element("lrm_rsc_op", attrs)
    set_key(e)
    return e


def put(lr, e):
    """The entry takes the place of one with its id"""
    for x in lr.findall("lrm_rsc_op"):
        if x.get("id") == e.get("id"):
            lr.remove(x)
    lr.append(e)


def history_at(s, state, rsc, like=None):
    """The node's lrm_resource of that id, made after another one if it is missing"""
    for x in state.iter("lrm_resource"):
        if x.get("id") == rsc:
            return x
    lrm = state.find("lrm")
    lrm = ET.SubElement(state, "lrm", id=state.get("id")) if lrm is None else lrm
    rscs = lrm.find("lrm_resources")
    rscs = ET.SubElement(lrm, "lrm_resources") if rscs is None else rscs
    attrs = dict(like.attrib) if like is not None else {"class": "ocf", "provider": "pacemaker",
                                                        "type": "Dummy"}
    return ET.SubElement(rscs, "lrm_resource", dict(attrs, id=rsc))


def configured(s, rsc):
    name = rsc.split(":")[0]
    return next((x for x in s.resources("primitive") if x.get("id") == name), None)


# ---- definitions and parameters ----

def agent_change(s):
    """The history was made by another agent, its entries may tell nothing"""
    state, lr = s.pick(histories(s)) or (None, None)
    if lr is None:
        return False
    name = s.pick(["type", "class", "provider"])
    if name == "class":
        lr.set("class", "lsb" if lr.get("class") == "ocf" else "ocf")
        lr.attrib.pop("provider", None)
        if lr.get("class") == "ocf":
            lr.set("provider", "heartbeat")
    elif name == "type" or lr.get("provider") is None:
        lr.set("type", "Another")
    else:
        lr.set("provider", "elsewhere")
    if s.maybe(.4):
        kind = s.pick(["notify", "cancelled", "pending probe", "pending start"])
        for e in lr.findall("lrm_rsc_op"):
            if s.maybe(.8):
                lr.remove(e)
        rsc, node = lr.get("id"), state.get("uname")
        put(lr, {"notify": entry_of(rsc, "notify", node, id=rsc + "_pre_notify_start_0"),
                 "cancelled": entry_of(rsc, "monitor", node, **{"op-status": "1", "interval": "10000"}),
                 "pending probe": entry_of(rsc, "monitor", node,
                                           **{"op-status": "-1", "rc-code": "193", "call-id": "-1"}),
                 "pending start": entry_of(rsc, "start", node,
                                           **{"op-status": "-1", "rc-code": "193", "call-id": "-1"})}[kind])
    return True


def parameter_change(s):
    """A configured parameter has another value, or is gone"""
    e = s.pick(s.resources("primitive"))
    block = None if e is None else e.find("instance_attributes")
    pair = None if block is None else s.pick(block.iter("nvpair"))
    if pair is None:
        return False
    if s.maybe(.25):
        return s.remove(pair)
    pair.set("value", s.pick(["other", "1", "", "a b"]))
    return True


def digests(s):
    """Entries with digests of all kinds, right and wrong, and lists of real parameters"""
    state, lr = s.pick(histories(s)) or (None, None)
    rsc = None if lr is None else configured(s, lr.get("id"))
    if rsc is None:
        return False
    names = [p.get("name") for b in rsc.findall("instance_attributes") for p in b.iter("nvpair")
             if p.get("name")]
    for e in lr.findall("lrm_rsc_op"):
        if s.maybe(.5):
            listed = " %s " % " ".join(s.r.sample(names, s.r.randrange(len(names) + 1))) if names else "  "
            e.set(s.pick(["op-force-restart", "op-secure-params"]), listed)
            own = e.get("op-digest", EMPTY)
            e.set("op-restart-digest", s.pick([EMPTY, "0" * 32, own]))
            if s.maybe(.4):
                e.set("op-secure-digest", s.pick([EMPTY, "0" * 32, own]))
            if s.maybe(.4):
                e.set("op-digest", s.pick([EMPTY, "0" * 32]))
            if s.maybe(.3):
                e.set("crm_feature_set", s.pick(["3.0.9", "3.15.0", "3.16.0"]))
    return True


# ---- failures ----

def failure_near_timeout(s):
    """A failure as old as its failure timeout, give or take a second"""
    state, lr = s.pick(histories(s)) or (None, None)
    rsc = None if lr is None else configured(s, lr.get("id"))
    if rsc is None:
        return False
    now, timeout = int(s.cib.get("execution-date", NOW)), s.pick([10, 60, 600])
    holder = s.parent(rsc) if s.maybe(.3) and s.parent(rsc).tag in ("group", "clone") else rsc
    s.set_pair(holder, "meta_attributes", "failure-timeout", s.pick([str(timeout), "%ds" % timeout]))
    when = str(now - timeout + s.pick([-1, 0, 1, 5, -5, timeout]))
    task = s.pick(["monitor", "monitor", "start", "stop", "promote", "demote"])
    interval = s.pick(["10000", "0"]) if task == "monitor" else "0"
    own = [e.get("interval") for e in lr.findall("lrm_rsc_op") if e.get("operation") == "monitor" and
           e.get("interval") != "0"]
    if own and interval != "0":
        interval = own[0]
    e = entry_of(lr.get("id"), task, state.get("uname"), **{
        "id": lr.get("id") + "_last_failure_0", "interval": interval,
        "rc-code": s.pick(["1", "7", "5", "9", "8"]),
        "op-status": s.pick(["0", "4"]), "last-rc-change": when, "call-id": s.pick(["999", "3"]),
        "op-digest": EMPTY})
    put(lr, e)
    if s.maybe(.8):
        fail_count(s, e)
        pairs = [x for x in transient(s, state).iter("nvpair")
                 if x.get("name", "").startswith("last-failure-")]
        pairs[-1].set("value", when)
    return True


def on_fail_hit(s):
    """An operation with an on-fail of its own, failed where it ran"""
    op = s.pick(s.all("op", under=s.conf.find("resources")))
    rsc = None if op is None else next((x for x in s.resources("primitive")
                                        if any(y is op for y in x.iter())), None)
    found = [] if rsc is None else [x for x in histories(s) if x[1].get("id").split(":")[0] == rsc.get("id")]
    if not found:
        return False
    state, lr = s.pick(found)
    op.set("on-fail", s.pick(OP["on-fail"]))
    match = next((e for e in lr.findall("lrm_rsc_op") if e.get("operation") == op.get("name")), None)
    interval = match.get("interval", "0") if match is not None and op.get("name") == "monitor" else "0"
    put(lr, entry_of(lr.get("id"), op.get("name"), state.get("uname"), **{
        "id": lr.get("id") + "_last_failure_0", "interval": interval,
        "rc-code": s.pick(["1", "7", "9", "6", "8", "193"]),
        "op-status": s.pick(["4", "0", "2"]), "call-id": "998"}))
    return True


# ---- migrations, promotion ----

def migration_half_done(s):
    """A live migration in one of its stages: each half absent, pending, done or failed, with what came
    after"""
    pairs = [x for x in histories(s) if x[0] in cluster_states(s) and
             configured(s, x[1].get("id")) is not None]
    source, lr = s.pick(pairs) or (None, None)
    target = s.pick(n for n in cluster_states(s) if n is not source)
    if lr is None or target is None:
        return False
    rsc, names = lr.get("id"), {"migrate_source": source.get("uname"), "migrate_target": target.get("uname")}
    s.set_pair(configured(s, rsc), "meta_attributes", "allow-migrate", s.pick(["true", "true", "false"]))
    results = {"done": {}, "failed": {"rc-code": "1", "op-status": "4"},
               "pending": {"rc-code": "193", "op-status": "-1", "call-id": "-1"}}
    first, second = s.pick(sorted(results)), s.pick(["absent"] + sorted(results))
    put(lr, entry_of(rsc, "migrate_to", names["migrate_source"],
                     **dict({"id": rsc + "_migrate_to_0", "call-id": "60"}, **names, **results[first])))
    if second != "absent":
        other = history_at(s, target, rsc, lr)
        put(other, entry_of(rsc, "migrate_from", names["migrate_target"],
                            **dict({"id": rsc + "_migrate_from_0", "call-id": "61"}, **names,
                                   **results[second])))
    if s.maybe(.3):
        where, task = s.pick([(lr, "stop"), (history_at(s, target, rsc, lr),
                                             s.pick(["stop", "start", "monitor"]))])
        put(where, entry_of(rsc, task, "", **{"call-id": s.pick(["70", "2"]),
                                              "last-rc-change": str(NOW - 400)}))
    return True


def make_promotable(s):
    """A clone becomes promotable: scores for some nodes, some instances promoted"""
    clone = s.pick(s.resources("clone"))
    child = None if clone is None else clone.find(".//primitive")
    if child is None or child.get("class") != "ocf":
        return False
    s.set_pair(clone, "meta_attributes", "promotable", "true")
    for name in s.r.sample(["promoted-max", "promoted-node-max", "interleave", "notify", "ordered",
                            "clone-max", "clone-node-max", "globally-unique",
                            "target-role"], s.r.randrange(3)):
        s.set_pair(clone, "meta_attributes", name, s.pick(META[name]))
    for state in s.all("node_state"):
        if s.maybe(.6):
            s.set_pair(transient(s, state), "instance_attributes", "master-" + child.get("id"),
                       s.pick(["1", "5", "10", "100"]))
    for state, lr in histories(s):
        if lr.get("id").split(":")[0] == child.get("id") and s.maybe(.3):
            put(lr, entry_of(lr.get("id"), "promote", state.get("uname"), **{"call-id": "80"}))
    if s.maybe(.5):
        kind = s.pick(["rsc_colocation", "rsc_order"])
        other, attrs = reference(s), {"id": s.uid()}
        if kind == "rsc_order":
            attrs.update({"first": clone.get("id"), "first-action": "promote", "then": other,
                          "then-action": s.pick(["start", "promote"])})
        else:
            attrs.update({"rsc": other, "with-rsc": clone.get("id"), "with-rsc-role": s.pick(ROLES),
                          "score": s.pick(SCORES)})
        cons = s.conf.find("constraints")
        if cons is not None and other != clone.get("id"):
            ET.SubElement(cons, kind, attrs)
    return True


# ---- remote and guest nodes ----

def add_node_behind(s, name, node_id=None):
    """A node_state of a remote or guest node, with histories taken from another node"""
    state = ET.SubElement(s.status, "node_state",
                          {"id": node_id or name, "uname": name, "remote_node": "true"})
    if s.maybe(.8):
        state.set("in_ccm", s.pick(["true", "true", "false"]))
    if s.maybe(.3):
        state.set("node_fenced", s.pick(["0", "1"]))
    if s.maybe(.3):
        state.set("node_in_maintenance", s.pick(["0", "1"]))
    donor = s.pick(x for x in s.all("lrm_resources") if len(x))
    if donor is not None and s.maybe(.7):
        rscs = ET.SubElement(ET.SubElement(state, "lrm", id=name), "lrm_resources")
        for lr in s.r.sample(list(donor), min(len(donor), s.r.randrange(1, 4))):
            rscs.append(copy.deepcopy(lr))
            if s.maybe(.6):
                donor.remove(lr)


def run_somewhere(s, rsc, attrs):
    state = s.pick(cluster_states(s))
    if state is not None:
        lr = history_at(s, state, rsc, None)
        lr.attrib.update(attrs)
        put(lr, entry_of(rsc, "start", state.get("uname"),
                         **s.pick([{}, {}, {"rc-code": "1", "op-status": "4"},
                                                                  {"rc-code": "193", "op-status": "-1",
                                                                   "call-id": "-1"}])))
        if s.maybe(.4):
            put(lr, entry_of(rsc, "monitor", state.get("uname"), **{
                "interval": "30000", "call-id": "55", "rc-code": s.pick(["0", "0", "1", "7"])}))


def remote_node(s):
    """A connection to a remote node, running or not, and what ran on the node"""
    name = s.pick(["far", "remote-x"])
    if name in {x.get("id") for x in s.conf.iter()}:
        return False
    p = ET.SubElement(s.conf.find("resources"), "primitive",
                      {"id": name, "class": "ocf", "provider": "pacemaker", "type": "remote"})
    if s.maybe(.4):
        s.set_pair(p, "instance_attributes", "reconnect_interval", s.pick(["60", "10s", "0"]))
    if s.maybe(.4):
        s.set_pair(p, "instance_attributes", "server", "far.example")
    ops = ET.SubElement(p, "operations")
    ET.SubElement(ops, "op", {"id": s.uid(), "name": "monitor", "interval": s.pick(["30s", "60s"]),
                              "timeout": "30s"})
    if s.maybe(.7):
        run_somewhere(s, name, {"class": "ocf", "provider": "pacemaker", "type": "remote"})
    if s.maybe(.85):
        add_node_behind(s, name)
    return True


def guest_node(s):
    """A primitive carries a guest node"""
    e = s.pick(x for x in s.conf.find("resources") if x.tag in ("primitive", "group") and
               x.get("type") != "remote")
    if e is None or e.get("class") == "stonith":
        return False
    if e.tag == "group":
        e = e.find("primitive")
    name = s.pick(["inside", "guest-v"])
    if e is None or name in {x.get("value") for x in s.conf.iter("nvpair")} or e.get("template"):
        return False
    s.set_pair(e, "meta_attributes", "remote-node", name)
    if s.maybe(.3):
        s.set_pair(e, "meta_attributes", s.pick(["remote-addr", "remote-port", "remote-connect-timeout",
                                                 "remote-allow-migrate"]),
                   s.pick(["10", "true", "20s"]))
    if s.maybe(.7):
        run_somewhere(s, name, {"class": "ocf", "provider": "pacemaker", "type": "remote",
                                "container": e.get("id")})
    if s.maybe(.85):
        add_node_behind(s, name)
    return True


# ---- nodes ----

def health(s):
    crm = s.conf.find("crm_config")
    if crm is None:
        return False
    s.set_pair(crm, "cluster_property_set", "node-health-strategy",
               s.pick(["migrate-on-red", "only-green", "progressive", "custom", "none"]))
    for name in s.r.sample(["base", "green", "yellow", "red"], s.r.randrange(3)):
        s.set_pair(crm, "cluster_property_set", "node-health-" + name, s.pick(SCORES))
    for state in s.all("node_state"):
        for name in s.r.sample(["#health-a", "#health-b", "#health"], s.r.randrange(3)):
            s.set_pair(transient(s, state), "instance_attributes", name,
                       s.pick(["red", "yellow", "green", "-5", "10", "GREEN"]))
    if s.maybe(.3) and s.resources():
        s.set_pair(s.pick(s.resources()), "meta_attributes", "allow-unhealthy-nodes", s.pick(BOOL))
    return True


def capacities(s):
    crm, nodes = s.conf.find("crm_config"), s.conf.find("nodes")
    if crm is None or nodes is None:
        return False
    s.set_pair(crm, "cluster_property_set", "placement-strategy", s.pick(["utilization", "minimal",
                                                                          "balanced", "balanced"]))
    names = s.pick([["cpu"], ["cpu", "memory"], ["memory", "disk", "cpu"]])
    for e in list(nodes) + s.resources("primitive"):
        if s.maybe(.7):
            for name in names:
                most = 12 if e.tag == "node" else 4
                s.set_pair(e, "utilization", name, str(s.r.randrange(most)))
    return True


def priorities(s):
    """One node is lost, and the more valuable side of the cluster is to live"""
    crm, state = s.conf.find("crm_config"), s.pick(cluster_states(s))
    if crm is None or state is None:
        return False
    s.set_pair(crm, "cluster_property_set", "priority-fencing-delay", s.pick(["15s", "60", "PT1M", "0"]))
    s.set_pair(crm, "cluster_property_set", "stonith-enabled", "true")
    if s.maybe(.5):
        s.set_pair(crm, "cluster_property_set", "have-watchdog", "true")
    state.attrib.update({"in_ccm": "false", "crmd": s.pick(["offline", "online"]),
                         "join": s.pick(["down", "member"]), "expected": "member"})
    for e in s.r.sample(s.resources(), min(len(s.resources()), 4)):
        s.set_pair(e, "meta_attributes", "priority", s.pick(["1", "5", "10", "-3", "INFINITY"]))
    return True


def shutdown_locks(s):
    """Resources that wait for the node they ran on"""
    crm, state = s.conf.find("crm_config"), s.pick(cluster_states(s))
    if crm is None or state is None:
        return False
    now = int(s.cib.get("execution-date", NOW))
    s.set_pair(crm, "cluster_property_set", "shutdown-lock", s.pick(["true", "true", "false"]))
    if s.maybe(.5):
        s.set_pair(crm, "cluster_property_set", "shutdown-lock-limit", s.pick(["0", "60", "10min", "PT1H"]))
    if s.maybe(.5):
        s.set_pair(transient(s, state), "instance_attributes", "shutdown", str(now - s.pick([5, 60, 599])))
    else:
        state.attrib.update({"in_ccm": "false", "crmd": "offline", "join": "down", "expected": "down"})
    for lr in state.iter("lrm_resource"):
        if s.maybe(.5):
            lr.set("shutdown-lock", str(now - s.pick([5, 60, 61, 599, 601, now])))
            if s.maybe(.3):
                lr[:] = []
    return True


def tickets(s):
    """Several resources depend on tickets in different states"""
    cons = s.conf.find("constraints")
    ids = [x.get("id") for x in s.resources()]
    if cons is None or not ids:
        return False
    holder = s.status.find("tickets")
    holder = ET.SubElement(s.status, "tickets") if holder is None else holder
    for rsc in s.r.sample(ids, min(len(ids), s.r.randrange(1, 4))):
        name = s.pick(["ticketA", "ticketB"])
        e = ET.SubElement(cons, "rsc_ticket", {"id": s.uid(), "ticket": name})
        if s.maybe(.8):
            e.set("rsc", rsc)
            if s.maybe(.5):
                e.set("rsc-role", s.pick(ROLES))
        else:
            rs = ET.SubElement(e, "resource_set", id=s.uid())
            ET.SubElement(rs, "resource_ref", id=rsc)
            if s.maybe(.5):
                rs.set("role", s.pick(ROLES))
        if s.maybe(.7):
            e.set("loss-policy", s.pick(["stop", "demote", "fence", "freeze"]))
        if s.maybe(.6) and not any(x.get("id") == name for x in holder):
            t = ET.SubElement(holder, "ticket_state", id=name, granted=s.pick(BOOL))
            if s.maybe(.5):
                t.set("standby", s.pick(BOOL))
    return True


WIDE = [(agent_change, 6), (parameter_change, 5), (digests, 6), (failure_near_timeout, 6), (on_fail_hit, 8),
        (migration_half_done, 8),
        (make_promotable, 8), (remote_node, 6), (guest_node, 6), (health, 4), (capacities, 6),
        (priorities, 4),
        (shutdown_locks, 5), (tickets, 4)]
