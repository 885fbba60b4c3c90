"""Changes of a cluster state: each function of MUTATIONS makes one meaningful random change of a CIB (an
ElementTree element) and says whether it found something to change."""
import copy, random, re
import xml.etree.ElementTree as ET

NOW = 1700000100
SCORES = ["INFINITY", "-INFINITY", "100", "-100", "1", "0", "50", "1000", "-1", "5000", "500001", "-500001"]
BOOL = ["true", "false"]
ROLES = ["Started", "Stopped", "Promoted", "Unpromoted", "Master", "Slave"]
EMPTY = "f2317cad3d54cec5d7d7aa7d0bf35cf8"
TIMES = ["0", "1s", "10s", "60", "5min", "1000000", "PT1M", "bad"]
OPTIONS = {
    "no-quorum-policy": ["stop", "freeze", "ignore", "demote", "suicide"], "symmetric-cluster": BOOL,
    "maintenance-mode": BOOL, "start-failure-is-fatal": BOOL, "enable-startup-probes": BOOL,
    "shutdown-lock": BOOL,
    "shutdown-lock-limit": ["0", "1min", "100000"], "stonith-enabled": BOOL,
    "stonith-action": ["reboot", "off", "poweroff"],
    "stonith-timeout": TIMES, "have-watchdog": BOOL, "concurrent-fencing": BOOL, "startup-fencing": BOOL,
    "priority-fencing-delay": ["0", "15s", "60"], "cluster-delay": TIMES, "batch-limit": ["0", "5", "-3"],
    "migration-limit": ["-1", "0", "2"], "stop-all-resources": BOOL, "stop-orphan-resources": BOOL,
    "stop-orphan-actions": BOOL, "remove-after-stop": BOOL,
    "node-health-strategy": ["none", "migrate-on-red", "only-green", "progressive", "custom"],
    "node-health-base": SCORES, "node-health-green": SCORES, "node-health-yellow": SCORES,
    "node-health-red": SCORES,
    "placement-strategy": ["default", "utilization", "minimal", "balanced"], "cluster-name": ["one", ""],
    "stonith-watchdog-timeout": ["0", "10s"], "default-resource-stickiness": ["0", "100", "INFINITY"],
    "is-managed-default": BOOL}
META = {
    "target-role": ROLES, "is-managed": BOOL, "resource-stickiness": ["0", "1", "100", "INFINITY", "-1"],
    "migration-threshold": ["0", "1", "2", "INFINITY", "-1"], "failure-timeout": TIMES,
    "multiple-active": ["stop_start", "stop_only", "block", "stop_unexpected"], "interleave": BOOL,
    "ordered": BOOL,
    "notify": BOOL, "clone-max": ["0", "1", "2", "3", "5"], "clone-node-max": ["0", "1", "2", "3"],
    "clone-min": ["1", "2"],
    "promoted-max": ["0", "1", "2", "3"], "promoted-node-max": ["1", "2"], "master-max": ["1", "2"],
    "critical": BOOL,
    "allow-migrate": BOOL, "priority": ["0", "5", "100", "-10", "INFINITY"], "maintenance": BOOL,
    "requires": ["nothing", "quorum", "fencing", "unfencing"], "allow-unhealthy-nodes": BOOL,
    "container-attribute-target": ["host", "node"], "globally-unique": BOOL, "promotable": BOOL,
    "resource-discovery": ["never"],
    "restart-type": ["restart", "ignore"], "collocated": BOOL, "remote-node": ["guest-x", "guest-y"],
    "provides": ["unfencing"],
    "description": ["words"]}
OP = {
    "on-fail": ["ignore", "block", "stop", "restart", "standby", "fence", "demote", "restart-container"],
    "enabled": BOOL,
    "interval": ["0", "10", "10s", "15s", "1min"], "timeout": ["10s", "1min", "90"], "role": ROLES,
    "name": ["monitor", "start", "stop", "promote", "demote", "migrate_to", "migrate_from", "notify"],
    "requires": ["nothing"],
    "start-delay": ["5s"], "interval-origin": ["2005-01-01"], "record-pending": BOOL}
CONSTRAINT = {
    "rsc_location": {"score": SCORES, "role": ROLES, "resource-discovery": ["always", "never", "exclusive"]},
    "rsc_colocation": {"score": SCORES, "rsc-role": ROLES, "with-rsc-role": ROLES, "influence": BOOL,
                       "node-attribute": ["a1", "#uname", "site"]},
    "rsc_order": {"kind": ["Optional", "Mandatory", "Serialize"], "symmetrical": BOOL, "require-all": BOOL,
                  "first-action": ["start", "stop", "promote", "demote"],
                  "then-action": ["start", "stop", "promote", "demote"]},
    "rsc_ticket": {"loss-policy": ["stop", "demote", "fence", "freeze"], "rsc-role": ROLES},
    "rule": {"score": SCORES, "boolean-op": ["and", "or"], "role": ROLES},
    "expression": {"operation": ["lt", "gt", "lte", "gte", "eq", "ne", "defined", "not_defined"],
                   "type": ["string", "integer", "number", "version"], "value": ["1", "2", "x", "1.5"]},
    "date_expression": {"operation": ["in_range", "gt", "lt"], "start": ["2005-020", "2030-01-01 10:00:00Z"],
                        "end": ["2005-021", "2031-01-01"]}}
SET = {"sequential": BOOL, "require-all": BOOL, "ordering": ["group", "listed"], "score": SCORES,
       "kind": ["Optional", "Mandatory"],
       "role": ROLES, "action": ["start", "stop", "promote", "demote"], "symmetrical": BOOL}
STATE = {"in_ccm": ["true", "false", None], "crmd": ["online", "offline", None],
         "join": ["member", "down", "pending", "banned", None], "expected": ["member", "down", None],
         "node_fenced": ["0", "1"], "node_in_maintenance": BOOL}
NODE_ATTRIBUTES = {
    "standby": ["on", "off", "true"], "maintenance": BOOL, "shutdown": ["0", str(NOW - 60)],
    "terminate": ["true", "1", "false"],
    "#health-x": ["red", "yellow", "green", "-10", "5"], "#health-y": ["red", "green", "100"],
    "probe_complete": BOOL,
    "resource-discovery-enabled": BOOL, "a1": ["1", "2", "x"], "site": ["A", "B"],
    "pingd": ["0", "100", "1000"],
    "#node-unfenced": ["0", "1"], "#digests-all": [""], "no-quorum-panic": ["1"]}
RC = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "190", "191", "193", "196", "198"]
RESOURCES = ("primitive", "group", "clone", "master", "bundle")
CONSTRAINTS = ("rsc_location", "rsc_order", "rsc_colocation", "rsc_ticket")


class State:
    """A CIB with what the mutations need to know about it."""
    def __init__(self, cib, seed, prefix="fz"):
        self.cib, self.r, self.n, self.seed, self.prefix = cib, random.Random(seed), 0, seed, prefix
        self.conf, self.status = cib.find("configuration"), cib.find("status")
        if self.status is None:
            self.status = ET.SubElement(cib, "status")

    def maybe(self, p):
        return self.r.random() < p

    def pick(self, items):
        items = list(items)
        return self.r.choice(items) if items else None

    def uid(self):
        self.n += 1
        return "%s-%d" % (self.prefix, self.n)

    def all(self, *tags, under=None):
        return [e for e in (self.cib if under is None else under).iter() if e.tag in tags]

    def parent(self, child):
        return next((p for p in self.cib.iter() if any(c is child for c in p)), None)

    def remove(self, e):
        p = self.parent(e) if e is not None else None
        if p is None:
            return False
        p.remove(e)
        return True

    def set_pair(self, e, block_tag, name, value):
        """Sets an nvpair in the first block of that kind, or in a new block"""
        for block in e.findall(block_tag):
            for pair in block.iter("nvpair"):
                if pair.get("name") == name:
                    pair.set("value", value)
                    return True
        block = e.find(block_tag)
        if block is None or block.get("id-ref") or self.maybe(.1):
            block = ET.Element(block_tag, id=self.uid())
            e.insert(0 if block_tag != "instance_attributes" else len(e), block)
            if e.tag == "op" or e.tag == "node":
                pass
        holder = block.find("attributes")
        ET.SubElement(block if holder is None else holder, "nvpair", id=self.uid(), name=name, value=value)
        return True

    def resources(self, *tags):
        return [e for e in self.all(*(tags or RESOURCES), under=self.conf.find("resources")) if e.get("id")]

    def node_names(self):
        return [n.get("uname") for n in self.all("node", under=self.conf.find("nodes"))]

    def name_of(self, e):
        return e.get("id")


def node_state(s):
    e = s.pick(s.all("node_state"))
    if e is None:
        return False
    kind = s.r.random()
    if kind < .25:
        e.attrib.update({"in_ccm": "false", "crmd": "offline", "join": "down",
                         "expected": s.pick(["down", "member"])})
    elif kind < .4:
        e.attrib.update({"in_ccm": "true", "crmd": "online", "join": "member", "expected": "member"})
    elif kind < .5:
        e.attrib.update({"in_ccm": "true", "crmd": "online", "join": "pending",
                         "expected": s.pick(["down", "member"])})
    elif kind < .55:
        return s.remove(e)
    elif kind < .6:
        lrm = e.find("lrm")
        if lrm is None:
            return False
        e.remove(lrm)
    else:
        name = s.pick(STATE)
        value = s.pick(STATE[name])
        if value is None:
            e.attrib.pop(name, None)
        else:
            e.set(name, value)
    return True


def transient(s, e):
    """The block of transient attributes of a node_state"""
    t = e.find("transient_attributes")
    if t is None:
        t = ET.SubElement(e, "transient_attributes", id=e.get("id", "x"))
    if t.find("instance_attributes") is None:
        ET.SubElement(t, "instance_attributes", id=s.uid())
    return t


def node_attribute(s):
    name = s.pick(NODE_ATTRIBUTES)
    value = s.pick(NODE_ATTRIBUTES[name])
    e = s.pick(s.all("node_state") if s.maybe(.6) else s.all("node", under=s.conf.find("nodes")))
    if e is None:
        return False
    if e.tag == "node":
        return s.set_pair(e, "instance_attributes", name, value)
    return s.set_pair(transient(s, e), "instance_attributes", name, value)


def cluster_option(s):
    crm = s.conf.find("crm_config")
    name = s.pick(OPTIONS)
    if crm is None:
        return False
    if s.maybe(.15):
        return s.remove(s.pick(crm.iter("nvpair")))
    return s.set_pair(crm, "cluster_property_set", name, s.pick(OPTIONS[name]))


def quorum(s):
    if s.maybe(.2):
        s.cib.set("dc-uuid", s.pick([e.get("id", "") for e in s.all("node_state")]) or "none")
    else:
        s.cib.set("have-quorum", s.pick(["0", "1", "false", "true"]))
    return True


def meta_attribute(s):
    e = s.pick(s.resources())
    if e is None:
        return False
    if s.maybe(.12):
        return s.remove(s.pick(x for b in e.iter("meta_attributes") for x in b.iter("nvpair")))
    name = s.pick(META)
    return s.set_pair(e, "meta_attributes", name, s.pick(META[name]))


def clone_meta(s):
    e = s.pick(s.resources("clone", "master"))
    if e is None:
        return False
    name = s.pick(["interleave", "ordered", "notify", "clone-max", "clone-node-max", "clone-min",
                   "promoted-max", "promoted-node-max", "globally-unique", "promotable", "target-role",
                   "is-managed", "maintenance"])
    return s.set_pair(e, "meta_attributes", name, s.pick(META[name]))


def defaults(s):
    tag = s.pick(["rsc_defaults", "op_defaults"])
    e = s.conf.find(tag)
    if e is None:
        e = ET.SubElement(s.conf, tag)
    if tag == "rsc_defaults":
        name = s.pick(["target-role", "is-managed", "resource-stickiness", "migration-threshold",
                       "failure-timeout", "requires", "allow-migrate", "multiple-active", "priority",
                       "interleave", "notify"])
        return s.set_pair(e, "meta_attributes", name, s.pick(META[name]))
    name = s.pick(["on-fail", "timeout", "enabled", "record-pending", "interval"])
    return s.set_pair(e, "meta_attributes", name, s.pick(OP[name]))


def parameter(s):
    e = s.pick(s.resources("primitive"))
    if e is None:
        return False
    return s.set_pair(e, "instance_attributes", s.pick(["state", "fake", "passwd", "addr",
                                                        "reconnect_interval", "ip", "0digit"]),
                      s.pick(["1", "two", "10s", ""]))


def utilization(s):
    e = s.pick(s.resources("primitive") if s.maybe(.6) else s.all("node", under=s.conf.find("nodes")))
    if e is None:
        return False
    return s.set_pair(e, "utilization", s.pick(["cpu", "memory"]), s.pick(["0", "1", "2", "4", "8", "-1"]))


def operation(s):
    e = s.pick(s.all("op", under=s.conf))
    if e is None or s.maybe(.15):
        p = s.pick(s.resources("primitive"))
        if p is None or p.get("template"):
            return False
        ops = p.find("operations")
        if ops is None:
            ops = ET.SubElement(p, "operations")
        if ops.get("id-ref"):
            return False
        e = ET.SubElement(ops, "op", id=s.uid(), name="monitor", interval=s.pick(OP["interval"]))
        if s.maybe(.3):
            e.set("role", s.pick(ROLES))
        return True
    if s.maybe(.15):
        return s.remove(e)
    if s.maybe(.1):
        return s.set_pair(e, s.pick(["meta_attributes", "instance_attributes"]),
                          s.pick(["on-fail", "timeout", "state"]),
                          s.pick(["block", "30s", "standby"]))
    name = s.pick(["on-fail"] * 5 + list(OP))
    e.set(name, s.pick(OP[name]))
    return True


def reference(s):
    return s.pick(s.resources()).get("id") if s.resources() else "none"


def constraint_attribute(s):
    e = s.pick(s.all(*CONSTRAINT, under=s.conf.find("constraints")))
    if e is None:
        return False
    options = CONSTRAINT[e.tag]
    name = s.pick(options)
    if e.find("resource_set") is not None and name in ("first-action", "then-action", "rsc-role",
                                                       "with-rsc-role"):
        return False
    if name == "role" and e.tag == "rsc_location" and e.find("rule") is not None:
        return False
    if name == "score" and e.get("score-attribute"):
        e.attrib.pop("score-attribute")
    if s.maybe(.15) and name not in ("operation", "score"):
        e.attrib.pop(name, None)
    else:
        e.set(name, s.pick(options[name]))
    return True


def constraint_target(s):
    e = s.pick(s.all(*CONSTRAINTS, under=s.conf.find("constraints")))
    if e is None:
        return False
    name = s.pick(x for x in e.attrib if x in ("rsc", "with-rsc", "first", "then", "node", "ticket"))
    if name is None:
        return False
    e.set(name, s.pick(s.node_names()) or "x" if name == "node" else "ticketX"
          if name == "ticket" else reference(s))
    return True


def constraint_remove(s):
    return s.remove(s.pick(s.all(*CONSTRAINTS, under=s.conf.find("constraints"))))


def constraint_set(s):
    e = s.pick(s.all("resource_set", under=s.conf.find("constraints")))
    if e is None:
        return False
    if s.maybe(.2) and len(e) > 1:
        e.remove(s.pick(e))
    elif s.maybe(.2):
        kids = list(e)
        s.r.shuffle(kids)
        e[:] = kids
    else:
        owner = s.parent(e)
        allowed = {"rsc_order": ["sequential", "require-all", "action", "kind", "symmetrical"],
                   "rsc_colocation": ["sequential", "ordering", "score", "role"]}.get(owner.tag, ["role"])
        name = s.pick(allowed)
        if s.maybe(.15):
            e.attrib.pop(name, None)
        else:
            e.set(name, s.pick(SET[name]))
    return True


def constraint_add(s):
    cons = s.conf.find("constraints")
    if cons is None or len(s.resources()) < 2:
        return False
    a, b = reference(s), reference(s)
    kind, cid = s.r.random(), s.uid()
    if kind < .25:
        e = ET.SubElement(cons, "rsc_location", {"id": cid, "rsc": a})
        if s.maybe(.7):
            e.set("node", s.pick(s.node_names()) or "x")
            e.set("score", s.pick(SCORES))
            if s.maybe(.2):
                e.set("role", s.pick(ROLES))
        else:
            rule = ET.SubElement(e, "rule", {"id": cid + "-r", "score": s.pick(SCORES)})
            if s.maybe(.3):
                rule.set("role", s.pick(ROLES))
            ET.SubElement(rule, "expression", {"id": cid + "-e",
                                               "attribute": s.pick(["#uname", "a1", "site", "#kind"]),
                                               "operation": s.pick(CONSTRAINT["expression"]["operation"]),
                                               "value": s.pick(s.node_names() + ["1", "A", "remote"])})
        if s.maybe(.15):
            e.set("resource-discovery", s.pick(["always", "never", "exclusive"]))
    elif kind < .55:
        e = ET.SubElement(cons, "rsc_colocation", {"id": cid, "score": s.pick(SCORES)})
        if s.maybe(.15):
            sets(s, e, "rsc_colocation")
        else:
            e.set("rsc", a)
            e.set("with-rsc", b)
            for name in ("rsc-role", "with-rsc-role", "influence", "node-attribute"):
                if s.maybe(.2):
                    e.set(name, s.pick(CONSTRAINT["rsc_colocation"][name]))
    elif kind < .9:
        e = ET.SubElement(cons, "rsc_order", {"id": cid})
        if s.maybe(.15):
            sets(s, e, "rsc_order")
        else:
            e.set("first", a)
            e.set("then", b)
            for name in ("first-action", "then-action", "require-all"):
                if s.maybe(.2):
                    e.set(name, s.pick(CONSTRAINT["rsc_order"][name]))
        for name in ("kind", "symmetrical"):
            if s.maybe(.3):
                e.set(name, s.pick(CONSTRAINT["rsc_order"][name]))
    else:
        e = ET.SubElement(cons, "rsc_ticket", {"id": cid, "rsc": a, "ticket": s.pick(["ticketA", "ticketB"])})
        for name in ("loss-policy", "rsc-role"):
            if s.maybe(.5):
                e.set(name, s.pick(CONSTRAINT["rsc_ticket"][name]))
    return True


def sets(s, e, kind):
    ids = [x.get("id") for x in s.resources()]
    s.r.shuffle(ids)
    for _ in range(s.r.randrange(1, 4)):
        part, ids = ids[:s.r.randrange(1, 4)], ids[3:]
        if part:
            rs = ET.SubElement(e, "resource_set", id=s.uid())
            for x in part:
                ET.SubElement(rs, "resource_ref", id=x)
            for name in ("sequential", "require-all", "action") if kind == "rsc_order" else ("sequential",
                                                                                             "score", "role"):
                if s.maybe(.25):
                    rs.set(name, s.pick(SET[name]))


def resource_remove(s):
    """Its history stays: an orphan. Constraints that name it go."""
    e = s.pick(s.resources())
    p = s.parent(e) if e is not None else None
    if p is None or p.tag in ("clone", "master", "bundle"):
        return False
    p.remove(e)
    if p.tag == "group" and p.find("primitive") is None:
        p.append(e)
        return False
    gone = {x.get("id") for x in s.all(*RESOURCES, under=e)}
    for c in s.all(*CONSTRAINTS, under=s.conf):
        if gone & {c.get(x) for x in ("rsc", "with-rsc", "first",
                                      "then")} or gone & {x.get("id") for x in c.iter("resource_ref")}:
            s.remove(c)
    for t in s.all("tag", under=s.conf):
        if gone & {x.get("id") for x in t.iter("obj_ref")}:
            s.remove(t)
    return True


def node_remove(s):
    return s.remove(s.pick(s.all("node", under=s.conf.find("nodes"))))


# ---- history ----

def entry(s):
    return s.pick(s.all("lrm_rsc_op"))


def set_key(e, target=None, node=None):
    """Gives transition-key and -magic the entry's own results"""
    key = e.get("transition-key") or "1:1:0:11111111-2222-3333-4444-555555555555"
    parts = key.split(":")
    if target is not None and len(parts) == 4:
        parts[2] = target
    key = ":".join(parts)
    e.set("transition-key", key)
    e.set("transition-magic", "%s:%s;%s" % (e.get("op-status", "0"), e.get("rc-code", "0"), key))


def history_result(s):
    e = entry(s)
    if e is None:
        return False
    rc = s.pick(RC)
    e.set("rc-code", rc)
    e.set("op-status", s.pick(["0", "0", "4", "4", "2", "-1", "1", "3", "5", "7", "8", "6", "9", "10", "11",
                               "12"]))
    if e.get("op-status") == "-1":
        e.set("call-id", s.pick(["-1", e.get("call-id", "1")]))
    set_key(e)
    if rc != "0" and s.maybe(.5):
        fail_count(s, e)
    return True


def fail_count(s, e):
    """A fail count that belongs to an entry"""
    state = next((x for x in s.all("node_state") if any(y is e for y in x.iter())), None)
    if state is None:
        return
    key = e.get("operation_key", "")
    m = re.match(r"(.*)_([a-z]+(?:_to|_from)?)_([0-9]+)$", key)
    if not m:
        return
    name = m.group(1).split(":")[0] if s.maybe(.7) else m.group(1)
    t = transient(s, state)
    s.set_pair(t, "instance_attributes", "fail-count-%s#%s_%s" % (name, m.group(2), m.group(3)),
               s.pick(["1", "2", "INFINITY"]))
    s.set_pair(t, "instance_attributes", "last-failure-%s#%s_%s" % (name, m.group(2), m.group(3)),
               s.pick([str(NOW - 5), str(NOW - 5000), e.get("last-rc-change", "1")]))


def history_attribute(s):
    e = entry(s)
    if e is None:
        return False
    name = s.pick(["interval", "last-rc-change", "last-run", "target", "call-id", "exit-reason", "op-digest",
                   "op-force-restart", "op-restart-digest", "op-secure-params", "crm_feature_set",
                   "operation", "on_node", "id", "drop"])
    if name == "interval":
        e.set("interval", s.pick(["0", "10000", "15000", "60000"]))
    elif name in ("last-rc-change", "last-run"):
        e.set("last-rc-change", s.pick([str(NOW - 5), str(NOW - 100000), "1", str(NOW + 1000)]))
    elif name == "target":
        set_key(e, target=s.pick(["0", "7", "8", "5"]))
    elif name == "call-id":
        e.set("call-id", s.pick(["-1", "0", "1", "5", "1000"]))
    elif name == "exit-reason":
        e.set("exit-reason", "it broke")
    elif name in ("op-digest", "op-restart-digest"):
        e.set(name, s.pick([EMPTY, "0123456789abcdef0123456789abcdef"]))
    elif name == "op-force-restart":
        e.set(name, " state fake ")
        e.set("op-restart-digest", s.pick([EMPTY, "0123456789abcdef0123456789abcdef"]))
    elif name == "op-secure-params":
        e.set(name, " passwd state ")
        e.set("op-secure-digest", s.pick([EMPTY, "0123456789abcdef0123456789abcdef"]))
    elif name == "crm_feature_set":
        e.set(name, s.pick(["3.0.1", "3.0.14", "3.16.1"]))
    elif name == "operation":
        task = s.pick(["start", "stop", "monitor", "promote", "demote", "migrate_to", "migrate_from",
                       "notify", "meta-data"])
        m = re.match(r"(.*)_([a-z]+(?:_to|_from)?)_([0-9]+)$", e.get("operation_key", e.get("id", "")))
        e.set("operation", task)
        if m:
            e.set("operation_key", "%s_%s_%s" % (m.group(1), task, e.get("interval", "0")))
        if task.startswith("migrate"):
            nodes = s.node_names()
            if nodes:
                e.set("migrate_source", s.pick(nodes))
                e.set("migrate_target", s.pick(nodes))
    elif name == "on_node":
        e.set("on_node", s.pick(s.node_names()) or "x")
    elif name == "id":
        if e.get("operation") in ("start", "stop", "monitor"):
            rsc = re.sub(r"_[a-z]+(_to|_from)?_[0-9]+$", "", e.get("operation_key", e.get("id")))
            new = rsc + s.pick(["_last_failure_0", "_last_0"])
            p = s.parent(e)
            if any(x.get("id") == new for x in p):
                return False
            e.set("id", new)
    else:
        e.attrib.pop(s.pick(["op-digest", "last-rc-change", "operation_key", "transition-key",
                             "transition-magic", "on_node", "op-restart-digest", "op-force-restart",
                             "exit-reason", "call-id", "interval"]), None)
    return True


def history_remove(s):
    return s.remove(entry(s) if s.maybe(.7) else s.pick(s.all("lrm_resource")))


def history_move(s):
    """The history of a resource on one node becomes (also) another node's"""
    e = s.pick(s.all("lrm_resource"))
    lists = s.all("lrm_resources")
    if e is None or len(lists) < 2:
        return False
    to = s.pick(lists)
    for x in list(to):
        if x.get("id") == e.get("id"):
            to.remove(x)
    new = copy.deepcopy(e)
    to.append(new)
    if s.maybe(.5):
        for x in lists:
            if x is not to and any(y is e for y in x):
                x.remove(e)
    return True


def history_swap(s):
    """The histories of a resource on two nodes change places"""
    lists = [x for x in s.all("lrm_resources") if len(x)]
    if len(lists) < 2:
        return False
    a, b = s.r.sample(lists, 2)
    ids = [x.get("id") for x in a if any(y.get("id") == x.get("id") for y in b)]
    rsc = s.pick(ids)
    if rsc is None:
        return False
    xa, xb = (next(x for x in l if x.get("id") == rsc) for l in (a, b))
    a.remove(xa), b.remove(xb)
    a.append(xb), b.append(xa)
    return True


def history_failure(s):
    """A new failed operation with its fail count"""
    lr = s.pick(s.all("lrm_resource"))
    if lr is None:
        return False
    name, task = lr.get("id"), s.pick(["monitor", "monitor", "start", "stop", "promote", "demote"])
    interval = s.pick(["10000", "0"]) if task == "monitor" else "0"
    for x in list(lr):
        if x.get("id") == name + "_last_failure_0":
            lr.remove(x)
    e = ET.SubElement(lr, "lrm_rsc_op", {
        "id": name + "_last_failure_0", "operation": task,
        "operation_key": "%s_%s_%s" % (name, task, interval),
        "rc-code": s.pick(RC), "op-status": s.pick(["4", "0", "2"]), "interval": interval,
        "call-id": s.pick(["999", "2"]),
        "last-rc-change": str(NOW - s.r.randrange(1000)), "crm_feature_set": "3.16.1", "op-digest": EMPTY,
        "transition-key": "1:1:%s:11111111-2222-3333-4444-555555555555" % s.pick(["0", "0", "7", "8"]),
        "exit-reason": "why"})
    set_key(e)
    if s.maybe(.7):
        fail_count(s, e)
    return True


def history_pending(s):
    """An operation that has no result yet"""
    lr = s.pick(s.all("lrm_resource"))
    if lr is None:
        return False
    name = lr.get("id")
    task = s.pick(["start", "stop", "monitor", "promote", "demote", "migrate_to", "migrate_from"])
    attrs = {"id": name + ("_%s_0" % task if task.startswith("migrate") else "_last_0"), "operation": task,
             "operation_key": "%s_%s_0" % (name, task), "rc-code": "193", "op-status": "-1", "interval": "0",
             "call-id": "-1",
             "last-rc-change": str(NOW - 2), "crm_feature_set": "3.16.1", "op-digest": EMPTY,
             "transition-key": "1:99:0:11111111-2222-3333-4444-555555555555"}
    for x in list(lr):
        if x.get("id") == attrs["id"]:
            lr.remove(x)
    if task.startswith("migrate"):
        nodes = s.node_names()
        if not nodes:
            return False
        attrs["migrate_source"], attrs["migrate_target"] = s.pick(nodes), s.pick(nodes)
    e = ET.SubElement(lr, "lrm_rsc_op", attrs)
    set_key(e)
    return True


def promotion_score(s):
    state = s.pick(s.all("node_state"))
    name = s.pick(x.get("id") for x in s.resources("primitive"))
    if state is None or name is None:
        return False
    return s.set_pair(transient(s, state), "instance_attributes", "master-" + name,
                      s.pick(["5", "10", "100", "-INFINITY", "INFINITY", "1"]))


def attribute_remove(s):
    return s.remove(s.pick(x for t in s.all("transient_attributes") for x in t.iter("nvpair")))


def attribute_value(s):
    e = s.pick(x for t in s.all("transient_attributes") for x in t.iter("nvpair"))
    if e is None:
        return False
    e.set("value", s.pick(["0", "1", "5", "INFINITY", "-INFINITY", "true", str(NOW)]))
    return True


def ticket(s):
    tickets = s.status.find("tickets")
    if tickets is None:
        tickets = ET.SubElement(s.status, "tickets")
    names = [x.get("ticket") for x in s.all("rsc_ticket")] or ["ticketA"]
    name = s.pick(names)
    e = next((x for x in tickets if x.get("id") == name), None)
    if e is None:
        e = ET.SubElement(tickets, "ticket_state", id=name)
    e.set("granted", s.pick(BOOL))
    if s.maybe(.4):
        e.set("standby", s.pick(BOOL))
    if s.maybe(.3):
        e.set("last-granted", str(NOW - 100))
    return True


def the_time(s):
    s.cib.set("execution-date", str(int(s.cib.get("execution-date", NOW)) +
                                    s.pick([-100000, 60, 700, 100000, 10 ** 8])))
    return True


def wrap(s):
    """A primitive or group becomes a clone, or a clone's child a resource of its own"""
    res = s.conf.find("resources")
    e = s.pick(x for x in res if x.tag in ("primitive", "group"))
    if e is None or e.get("class") == "stonith" or e.get("type") == "remote":
        return False
    where = list(res).index(e)
    res.remove(e)
    c = ET.Element("clone", id="%s-cl" % e.get("id"))
    if s.maybe(.3):
        s.set_pair(c, "meta_attributes", "promotable", "true")
    c.append(e)
    res.insert(where, c)
    for x in s.all("rsc_location", "rsc_order", "rsc_colocation", "rsc_ticket", under=s.conf):
        for name in ("rsc", "with-rsc", "first", "then"):
            if x.get(name) == e.get("id"):
                x.set(name, c.get("id"))
    return True


# ---- rules, patterns, tags, templates ----

def date_spec(s, parent):
    fields = {"hours": ["0-12", "9-17", "22", "5-"], "monthdays": ["1-20", "14", "-10"],
              "weekdays": ["1-5", "2", "6-7"],
              "yeardays": ["1-200", "318"], "months": ["11", "1-6", "-11"], "weeks": ["46", "1-20"],
              "years": ["2023", "2005-2010", "2009-"],
              "weekyears": ["2023-2024", "2011"], "moon": ["0", "1-4"], "minutes": ["0-30"],
              "seconds": ["0-30"]}
    spec = ET.SubElement(parent, "date_spec", id=s.uid())
    for name in s.r.sample(sorted(fields), s.r.randrange(1, 3)):
        spec.set(name, s.pick(fields[name]))


def date_expression(s, rule):
    e = ET.SubElement(rule, "date_expression", id=s.uid(),
                      operation=s.pick(["in_range", "gt", "lt", "date_spec"]))
    times = ["2005-001", "2023-11-14T22:15:00Z", "2023-11-14 22:20:00Z", "2023-318", "2023-W46-2",
             "20231201T000000", "2030-01-01"]
    if e.get("operation") == "date_spec":
        date_spec(s, e)
    elif e.get("operation") == "gt":
        e.set("start", s.pick(times))
    elif e.get("operation") == "lt":
        e.set("end", s.pick(times))
    else:
        e.set("start", s.pick(times))
        if s.maybe(.4):
            duration = ET.SubElement(e, "duration", id=s.uid())
            name = s.pick(["hours", "months", "years", "weeks", "days", "minutes", "seconds"])
            duration.set(name, s.pick(["1", "5", "100"]))
        elif s.maybe(.7):
            e.set("end", s.pick(times))


def expressions(s, rule, kinds):
    for _ in range(s.r.randrange(1, 3)):
        kind = s.pick(kinds)
        if kind == "date":
            date_expression(s, rule)
        elif kind == "attribute":
            e = ET.SubElement(rule, "expression", id=s.uid(),
                              attribute=s.pick(["#uname", "#id", "#kind", "#is_dc", "a1", "site", "pingd"]),
                              operation=s.pick(CONSTRAINT["expression"]["operation"]))
            if not e.get("operation").endswith("defined"):
                e.set("value", s.pick(s.node_names() +
                                      ["1", "true", "remote", "container", "cluster", "1.5"]))
            if s.maybe(.3):
                e.set("type", s.pick(CONSTRAINT["expression"]["type"]))
        elif kind == "rsc":
            e = ET.SubElement(rule, "rsc_expression", id=s.uid())
            for name, value in (("class", "ocf"), ("provider", s.pick(["heartbeat", "pacemaker"])),
                                ("type", "Dummy")):
                if s.maybe(.5):
                    e.set(name, value)
        else:
            e = ET.SubElement(rule, "op_expression", id=s.uid(), name=s.pick(["monitor", "start", "stop"]))
            if s.maybe(.3):
                e.set("interval", s.pick(["10s", "60s", "0"]))
    if s.maybe(.3):
        rule.set("boolean-op", s.pick(["and", "or"]))


def rule_location(s):
    cons = s.conf.find("constraints")
    if cons is None or not s.resources():
        return False
    e = ET.SubElement(cons, "rsc_location", id=s.uid())
    if s.maybe(.3):
        e.set("rsc-pattern", s.pick([reference(s)[:4], "(.*)", "^(r)sc", "!^a", "-([0-9]+)$"]))
    else:
        e.set("rsc", reference(s))
    for _ in range(1 if s.maybe(.7) else 2):
        rule = ET.SubElement(e, "rule", id=s.uid())
        if s.maybe(.2):
            rule.set("score-attribute", s.pick(["pingd", "a1", "%1", "#id"]))
        else:
            rule.set("score", s.pick(SCORES))
        if s.maybe(.2):
            rule.set("role", s.pick(ROLES))
        expressions(s, rule, ["date", "attribute", "attribute"])
    return True


def rule_block(s):
    """Name/value blocks with rules: of resources, defaults, operations, options"""
    kind = s.pick(["resource", "resource", "rsc_defaults", "op_defaults", "op", "crm_config", "instance"])
    tag, kinds = "meta_attributes", ["date"]
    if kind in ("resource", "instance"):
        e, pool = s.pick(s.resources()), META
        if kind == "instance":
            e, tag, kinds = s.pick(s.resources("primitive")), "instance_attributes", ["date", "attribute"]
            pool = {"state": ["1", "2"], "fake": ["x"], "ip": ["10.0.0.1"]}
    elif kind in ("rsc_defaults", "op_defaults"):
        e = s.conf.find(kind)
        e = ET.SubElement(s.conf, kind) if e is None else e
        pool = {x: META[x] for x in ("resource-stickiness", "is-managed", "target-role",
                                     "migration-threshold", "failure-timeout")}
        kinds = ["date", "rsc"]
        if kind == "op_defaults":
            pool, kinds = {"timeout": ["10s", "99"], "on-fail": OP["on-fail"],
                           "enabled": BOOL}, ["date", "rsc", "op"]
    elif kind == "op":
        e, pool = s.pick(s.all("op", under=s.conf)), {"timeout": ["10s", "99"], "on-fail": OP["on-fail"],
                                                      "enabled": BOOL}
    else:
        e, tag, pool = s.conf.find("crm_config"), "cluster_property_set", OPTIONS
    if e is None:
        return False
    block = ET.Element(tag, id=s.uid())
    if s.maybe(.4):
        block.set("score", s.pick(["1", "10", "INFINITY", "-5"]))
    expressions(s, ET.SubElement(block, "rule", id=s.uid(), score="0"), kinds)
    name = s.pick(pool)
    ET.SubElement(block, "nvpair", id=s.uid(), name=name, value=s.pick(pool[name]))
    e.insert(s.r.randrange(2), block)
    return True


def tag_add(s):
    ids = [x.get("id") for x in s.resources()]
    cons = s.conf.find("constraints")
    if len(ids) < 2 or cons is None:
        return False
    tags = s.conf.find("tags")
    if tags is None:
        tags = ET.SubElement(s.conf, "tags")
    tag = ET.SubElement(tags, "tag", id=s.uid())
    for x in s.r.sample(ids, min(len(ids), s.r.randrange(1, 4))):
        ET.SubElement(tag, "obj_ref", id=x)
    kind = s.pick(["rsc_location", "rsc_order", "rsc_colocation", "rsc_ticket"])
    e = ET.SubElement(cons, kind, id=s.uid())
    if kind == "rsc_location":
        e.attrib.update(rsc=tag.get("id"), node=s.pick(s.node_names()) or "x", score=s.pick(SCORES))
    elif kind == "rsc_ticket":
        e.attrib.update(rsc=tag.get("id"), ticket="ticketA")
    else:
        pair = [tag.get("id"), reference(s)]
        s.r.shuffle(pair)
        first, then = ("first", "then") if kind == "rsc_order" else ("rsc", "with-rsc")
        e.attrib.update({first: pair[0], then: pair[1]})
        if kind == "rsc_colocation":
            e.set("score", s.pick(SCORES))
    return True


def template_add(s):
    """A primitive's definition moves to a template"""
    p = s.pick(x for x in s.resources("primitive") if x.get("class") and not x.get("template"))
    if p is None:
        return False
    template = ET.Element("template", {"id": s.uid(), "class": p.get("class"), "type": p.get("type")})
    if p.get("provider"):
        template.set("provider", p.get("provider"))
    for name in ("class", "type", "provider"):
        p.attrib.pop(name, None)
    p.set("template", template.get("id"))
    for x in list(p):
        if s.maybe(.6):
            p.remove(x)
            template.append(x)
    s.conf.find("resources").insert(0, template)
    if s.maybe(.5) and s.conf.find("constraints") is not None:
        ET.SubElement(s.conf.find("constraints"), "rsc_colocation",
                      {"id": s.uid(), "rsc": template.get("id"), "with-rsc": reference(s),
                                                                     "score": s.pick(SCORES)})
    return True


def origin(s):
    e = s.pick(s.all("op", under=s.conf))
    if e is None:
        return False
    e.set("interval", s.pick(["1h", "P1D", "600", "10s"]))
    e.set(*s.pick([("interval-origin", s.pick(["2005-01-01", "2023-11-14 10:00:00Z", "2030-01-01"])),
                   ("start-delay", "5s")]))
    return True


MUTATIONS = [(node_state, 12), (node_attribute, 8), (cluster_option, 9), (quorum, 3), (meta_attribute, 14),
             (clone_meta, 5),
             (defaults, 2), (parameter, 2), (utilization, 3), (operation, 6), (constraint_attribute, 8),
             (constraint_target, 2),
             (constraint_remove, 2), (constraint_set, 3), (constraint_add, 8), (resource_remove, 2),
             (node_remove, 1),
             (history_result, 9), (history_attribute, 7), (history_remove, 3), (history_move, 5),
             (history_swap, 3),
             (history_failure, 6), (history_pending, 4), (promotion_score, 3), (attribute_remove, 2),
             (attribute_value, 2),
             (ticket, 3), (the_time, 1), (wrap, 2), (rule_location, 5), (rule_block, 5), (tag_add, 3),
             (template_add, 2),
             (origin, 1)]


def mutate(cib, seed, names=None, more=()):
    """Changes a CIB in 1 to 4 places (by the named functions only), by the functions of more as well; returns
    the names of the changes"""
    s = State(cib, seed)
    if cib.get("execution-date") is None:
        cib.set("execution-date", str(NOW))
    if cib.get("validate-with", "").startswith("pacemaker-3"):
        cib.set("validate-with", "pacemaker-3.9")       # what a change needs may be newer than the state
    chosen = [m for m in MUTATIONS + list(more) if not names or m[0].__name__ in names]
    functions, weights = [m[0] for m in chosen], [m[1] for m in chosen]
    done = []
    wanted = s.r.randrange(1, 5)
    for _ in range(20):
        if len(done) == wanted:
            break
        f = s.r.choices(functions, weights)[0]
        if f(s):
            done.append(f.__name__)
    return done
