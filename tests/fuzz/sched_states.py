"""Random cluster states for the differential fuzzer of the scheduler: Gen(seed).build() makes a CIB."""
import random
import xml.etree.ElementTree as ET
from sched_kinds import Kinds, NOW, nvset
from sched_forms import Forms
from sched_rare import Rare

UUID = "%08d-2222-3333-4444-555555555555"
SCORES = ["INFINITY", "-INFINITY", "100", "-100", "1", "0", "50", "1000", "-1", "5000"]


class Gen(Kinds, Rare, Forms):
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.n = 0

    def maybe(self, p):
        return self.r.random() < p

    def pick(self, *a):
        return self.r.choice(a)

    def uid(self, prefix):
        self.n += 1
        return "%s%d" % (prefix, self.n)

    @staticmethod
    def section(conf, tag):
        found = conf.find(tag)
        return ET.SubElement(conf, tag) if found is None else found

    def score(self):
        return self.r.choice(SCORES)

    # ---- configuration ----

    def options(self):
        o = {"stonith-enabled": self.pick("true", "true", "false")}
        for name, values, p in (
                ("no-quorum-policy", ("stop", "freeze", "ignore", "demote", "suicide"), .4),
                ("symmetric-cluster", ("true", "false"), .15), ("maintenance-mode", ("true", "false"), .05),
                ("start-failure-is-fatal", ("true", "false"), .2),
                ("enable-startup-probes", ("true", "false"), .1),
                ("stop-all-resources", ("true", "false"), .04),
                ("stop-orphan-resources", ("true", "false"), .2),
                ("stop-orphan-actions", ("true", "false"), .15),
                ("concurrent-fencing", ("true", "false"), .3),
                ("startup-fencing", ("true", "false"), .15), ("stonith-action", ("reboot", "off"), .2),
                ("placement-strategy", ("default", "utilization", "minimal", "balanced"), .25),
                ("priority-fencing-delay", ("15s", "60"), .15), ("remove-after-stop", ("true", "false"), .05),
                ("shutdown-lock", ("true", "false"), .15), ("node-health-strategy", ("none", "migrate-on-red",
                 "only-green", "progressive", "custom"), .12), ("have-watchdog", ("true", "false"), .1)):
            if self.maybe(p):
                o[name] = self.r.choice(values)
        return self.more_options(o)

    def primitive(self, parent, role_ops=False):
        rid = self.uid("r")
        p = ET.SubElement(parent, "primitive", {"id": rid, "class": "ocf", "provider": "pacemaker",
                                                "type": "Stateful" if role_ops else "Dummy"})
        meta = {}
        for name, values, prob in (
                ("priority", ("0", "5", "10", "100"), .15),
                ("resource-stickiness", ("0", "1", "100", "INFINITY"), .25),
                ("migration-threshold", ("1", "2", "3", "INFINITY"), .25),
                ("failure-timeout", ("10s", "600", "100000"), .15),
                ("is-managed", ("true", "false"), .07), ("target-role", ("Started", "Stopped"), .08),
                ("requires", ("nothing", "quorum", "fencing", "unfencing"), .12),
                ("allow-migrate", ("true", "false"), .25),
                ("multiple-active", ("stop_start", "stop_only", "block", "stop_unexpected"), .12),
                ("critical", ("true", "false"), .1), ("maintenance", ("true",), .03)):
            if self.maybe(prob):
                meta[name] = self.r.choice(values)
        nvset(p, "meta_attributes", rid + "-meta", meta)
        if self.maybe(.3):
            nvset(p, "instance_attributes", rid + "-params",
                  {"fake": str(self.r.randrange(3)), "state": "/run/" + rid})
        if self.maybe(.3):
            nvset(p, "utilization", rid + "-u", {"cpu": str(self.r.randrange(1, 4))})
        ops = ET.Element("operations")
        used = set()
        for k in range(self.r.randrange(4)):
            name = self.pick("monitor", "monitor", "monitor", "start", "stop", "promote", "demote")
            interval = self.pick("10s", "20s", "5", "60000ms") if name == "monitor" else "0"
            if (name, interval) in used:
                continue
            used.add((name, interval))
            op = {"id": "%s-%s-%s" % (rid, name, interval), "name": name, "interval": interval}
            if self.maybe(.4):
                op["timeout"] = self.pick("30", "20s", "1min")
            if self.maybe(.25):
                op["on-fail"] = self.pick("ignore", "block", "stop", "restart", "standby", "fence", "demote")
            if name == "monitor" and role_ops and self.maybe(.5):
                op["role"] = self.pick("Promoted", "Unpromoted")
            elif name == "monitor" and self.maybe(.1):
                op["role"] = self.pick("Started", "Stopped")
            if self.maybe(.06):
                op["enabled"] = "false"
            ET.SubElement(ops, "op", op)
        if len(ops):
            p.append(ops)
        self.leaves.append(p)
        return p

    def resources(self, res):
        for _ in range(self.r.randrange(1, 7)):
            kind = self.r.random()
            if kind < .45:
                self.tops.append(self.primitive(res).get("id"))
            elif kind < .65:
                g = ET.SubElement(res, "group", id=self.uid("g"))
                self.meta_of(g)
                for _ in range(self.r.randrange(1, 4)):
                    self.primitive(g)
                self.tops.append(g.get("id"))
            else:
                c = ET.SubElement(res, "clone", id=self.uid("c"))
                promotable = self.maybe(.45)
                if self.maybe(.25):
                    g = ET.SubElement(c, "group", id=self.uid("g"))
                    for _ in range(self.r.randrange(1, 4)):
                        self.primitive(g, promotable)
                else:
                    self.primitive(c, promotable)
                meta = {}
                if promotable:
                    meta["promotable"] = "true"
                for name, values, prob in (
                        ("clone-max", ("1", "2", "3", "5"), .35), ("clone-node-max", ("1", "2"), .2),
                        ("globally-unique", ("true", "false"), .2), ("interleave", ("true", "false"), .5),
                        ("ordered", ("true", "false"), .25), ("notify", ("true", "false"), .3),
                        ("promoted-max", ("1", "2"), .2 if promotable else 0), ("clone-min", ("1", "2"), .08),
                        ("target-role", ("Started", "Stopped") + (("Unpromoted",) if promotable else ()),
                         .08),
                        ("is-managed", ("true", "false"), .06), ("resource-stickiness", ("0", "10"), .1)):
                    if self.maybe(prob):
                        meta[name] = self.r.choice(values)
                nvset(c, "meta_attributes", c.get("id") + "-meta", meta)
                self.tops.append(c.get("id"))
                if promotable:
                    self.promotables.append(c.get("id"))

    def meta_of(self, e):
        meta = {}
        for name, values, prob in (("target-role", ("Started", "Stopped"), .07),
                                   ("is-managed", ("true", "false"), .06),
                                   ("resource-stickiness", ("0", "10", "100"), .2),
                                   ("priority", ("5", "10"), .1)):
            if self.maybe(prob):
                meta[name] = self.r.choice(values)
        nvset(e, "meta_attributes", e.get("id") + "-meta", meta)

    def ref(self):
        if self.maybe(.08):
            return self.r.choice(self.leaves).get("id")
        return self.r.choice(self.tops)

    def overlap(self, a, b):
        """Whether one reference stands for the other's resource, too: a template, or what contains it."""
        return a == b or b in self.users.get(a, ()) or a in self.users.get(b, ())

    def role(self, rsc):
        return self.pick("Started", "Promoted", "Unpromoted") if rsc in self.promotables else "Started"

    def constraints(self, cons):
        for _ in range(self.r.randrange(0, 7)):
            kind, cid = self.r.random(), self.uid("con")
            if kind < .3:
                c = ET.SubElement(cons, "rsc_location", id=cid, rsc=self.ref())
                if self.maybe(.7):
                    c.set("node", self.r.choice(self.nodes))
                    c.set("score", self.score())
                else:
                    rule = ET.SubElement(c, "rule", {"id": cid + "-r", "score": self.score(),
                                                     "boolean-op": self.pick("and", "or")})
                    if c.get("rsc") in self.promotables and self.maybe(.5):
                        rule.set("role", "Promoted")
                    for k in range(self.r.randrange(1, 3)):
                        ET.SubElement(rule, "expression", {
                            "id": "%s-e%d" % (cid, k), "attribute": self.pick("#uname", "a1", "a2"),
                            "operation": self.pick("eq", "ne", "lt", "gte", "defined", "not_defined"),
                            "value": self.pick(self.nodes[0], "1", "2", "x")})
                if self.maybe(.12):
                    c.set("resource-discovery", self.pick("always", "never", "exclusive"))
            elif kind < .62:
                a, b = self.ref(), self.ref()
                if a == b:
                    continue
                if self.maybe(.15):
                    self.sets(ET.SubElement(cons, "rsc_colocation", id=cid, score=self.score()), "role")
                    continue
                c = ET.SubElement(cons, "rsc_colocation",
                                  {"id": cid, "rsc": a, "with-rsc": b, "score": self.score()})
                if self.maybe(.4):
                    c.set("rsc-role", self.role(a))
                if self.maybe(.4):
                    c.set("with-rsc-role", self.role(b))
                if self.maybe(.1):
                    c.set("influence", self.pick("true", "false"))
                if self.maybe(.08):
                    c.set("node-attribute", "a1")
            else:
                a, b = self.ref(), self.ref()
                if self.overlap(a, b):
                    continue
                c = ET.SubElement(cons, "rsc_order", {"id": cid})
                if self.maybe(.2):
                    self.sets(c, "action")
                    if not len(c):
                        cons.remove(c)
                        continue
                else:
                    c.set("first", a)
                    c.set("then", b)
                    if self.maybe(.3):
                        c.set("first-action", self.pick("start", "stop", "promote", "demote"))
                    if self.maybe(.3):
                        c.set("then-action", self.pick("start", "stop", "promote", "demote"))
                if self.maybe(.35):
                    c.set("kind", self.pick("Optional", "Mandatory", "Serialize"))
                if self.maybe(.25):
                    c.set("symmetrical", self.pick("true", "false"))
                if self.maybe(.1) and c.get("first"):
                    c.set("require-all", self.pick("true", "false"))

    def sets(self, c, attr):
        refs = self.tops[:]
        self.r.shuffle(refs)
        for k in range(self.r.randrange(1, 3)):
            s = ET.SubElement(c, "resource_set", id="%s-s%d" % (c.get("id"), k))
            take = self.r.randrange(1, 4)
            part, refs = refs[:take], refs[take:]
            if not part:
                c.remove(s)
                continue
            for x in part:
                if attr == "role" or not any(self.overlap(x, y.get("id")) for y in c.iter("resource_ref")):
                    ET.SubElement(s, "resource_ref", id=x)
            if not len(s):
                c.remove(s)
                continue
            if self.maybe(.4):
                s.set("sequential", self.pick("true", "false"))
            if attr == "action" and self.maybe(.3):
                s.set("require-all", self.pick("true", "false"))
            if self.maybe(.25):
                s.set(attr, self.pick("start", "stop", "promote") if attr == "action" else
                      self.pick("Started", "Promoted", "Unpromoted"))

    # ---- status ----

    def op_entry(self, parent, rid, op, interval, rc, target, call, status=None):
        key = "%d:%d:%d:%s" % (call, self.r.randrange(3), target, UUID % 1)
        status = (0 if rc == target or op == "monitor" and interval == 0 else 4) if status is None else status
        name = "last_0" if interval == 0 else "monitor_%d" % interval
        if status in (2, 4) and self.maybe(.8):
            name = "last_failure_0"
        e = {"id": "%s_%s" % (rid, name), "operation_key": "%s_%s_%d" % (rid, op, interval), "operation": op,
             "crm_feature_set": "3.16.1", "transition-key": key,
             "transition-magic": "%d:%d;%s" % (status, rc, key),
             "call-id": str(-1 if status == -1 else call), "rc-code": str(193 if status == -1 else rc),
             "op-status": str(status), "interval": str(interval),
             "last-rc-change": str(NOW - self.r.choice([5, 50, 1000, 500000])), "exec-time": "1",
             "queue-time": "0"}
        if self.maybe(.85):
            e["op-digest"] = self.pick("f2317cad3d54cec5d7d7aa7d0bf35cf8", "4811cef7f7f94e3a35a70be7916cb2fd")
        if op in ("start", "monitor") and interval == 0 and self.maybe(.15):
            e["op-force-restart"] = " state "
            e["op-restart-digest"] = "f2317cad3d54cec5d7d7aa7d0bf35cf8"
        for old in parent.findall("lrm_rsc_op[@id='%s']" % e["id"]):
            parent.remove(old)          # ids are unique within a history
        ET.SubElement(parent, "lrm_rsc_op", e)
        return name == "last_failure_0"

    def history(self, lrm, transient, node, leaves=None):
        call = 1
        fails = {}
        for p in self.leaves if leaves is None else leaves:
            rid = p.get("id")
            unique = p.get("unique")
            names = ["%s:%d" % (rid, k) for k in range(2)] if unique else [rid]
            for name in names:
                x = self.r.random()
                if x < .12:
                    continue
                lr = ET.SubElement(lrm, "lrm_resource", {"id": name, "class": p.get("class", "ocf"),
                                                          "type": p.get("type", "Dummy")})
                if p.get("provider") or p.get("template"):
                    lr.set("provider", p.get("provider", "pacemaker"))
                failed = False
                active = self.r.random() < self.active_chance(rid)
                if not active:
                    if self.maybe(.3):
                        self.op_entry(lr, name, "stop", 0, 0, 0, call)
                    else:
                        rc = self.r.choice([7] * 12 + [5, 0, 8 if p.get("type") == "Stateful" else 0, 1, 2])
                        self.op_entry(lr, name, "monitor", 0, rc, 7, call)
                else:
                    y = self.r.random()
                    if y < .05:
                        failed = self.op_entry(lr, name, "start", 0, self.pick(1, 5, 6, 2, 3, 4), 0, call,
                                               self.pick(4, 4, 2, 5, 7))
                    elif y < .08:
                        self.op_entry(lr, name, "start", 0, 0, 0, call, -1)
                    elif y < .12:
                        failed = self.op_entry(lr, name, "stop", 0, self.pick(1, 1, 5, 6), 0, call,
                                               self.pick(4, 4, 2))
                    elif y < .17:
                        self.migration(lr, name, node, call)
                    else:
                        self.op_entry(lr, name, "start", 0, 0, 0, call)
                        call += 1
                        if p.get("type") == "Stateful" and self.maybe(.35):
                            failed = self.op_entry(lr, name,
                                                   self.pick("promote", "promote", "promote", "demote"), 0,
                                                   self.pick(0, 0, 0, 0, 1), 0, call)
                            call += 1
                        if self.maybe(.75):
                            failed = self.op_entry(lr, name, "monitor", self.pick(10000, 20000, 5000, 60000),
                                                   self.r.choice([0] * 9 + [7, 1]), 0, call) or failed
                call += 1
                if failed and self.maybe(.8):
                    op = lr[-1]
                    suffix = "%s#%s_%s" % (name, op.get("operation"), op.get("interval"))
                    fails["fail-count-" + suffix] = self.pick("1", "2", "INFINITY")
                    fails["last-failure-" + suffix] = op.get("last-rc-change")
        if self.maybe(.05):
            lr = ET.SubElement(lrm, "lrm_resource",
                               {"id": "orphan", "class": "ocf", "provider": "pacemaker", "type": "Dummy"})
            self.op_entry(lr, "orphan", "start", 0, 0, 0, call)
        attrs = dict(fails)
        for c in self.leaves:
            if c.get("type") == "Stateful" and self.maybe(.5):
                attrs["master-" + c.get("id")] = self.pick("5", "10", "100", "-INFINITY", "1")
        if self.maybe(.3):
            attrs["a1"] = self.pick("1", "2", "x")
        if self.has("rules") and self.maybe(.5):
            attrs["v"] = self.pick("1.2", "1.9", "1.2.0", "2")
        if self.maybe(.06):
            attrs["standby"] = "on"
        if self.maybe(.06):
            attrs["shutdown"] = str(NOW - 30)
        if self.maybe(.04):
            attrs["maintenance"] = "true"
        if self.maybe(.1):
            attrs["#health-x"] = self.pick("red", "yellow", "green", "-5")
        if self.maybe(.03):
            attrs["terminate"] = "true"
        self.node_attributes(attrs)
        nvset(transient, "instance_attributes", "status-" + node, attrs)

    def migration(self, lr, name, node, call):
        """A live migration from or to the node."""
        other = self.r.choice(self.nodes)
        task = self.pick("migrate_to", "migrate_to", "migrate_from")
        self.op_entry(lr, name, task, 0, self.pick(0, 0, 1), 0, call, self.pick(None, None, None, -1))
        lr[-1].set("migrate_source", node if task == "migrate_to" else other)
        lr[-1].set("migrate_target", other if task == "migrate_to" else node)
        if not lr[-1].get("id").endswith("failure_0"):
            lr[-1].set("id", "%s_%s_0" % (name, task))
        if self.maybe(.3):
            self.op_entry(lr, name, self.pick("stop", "start"), 0, 0, 0, call + 1)

    def active_chance(self, rid):
        return self.chance.setdefault(rid, self.pick(.1, .35, .35, .7, .95))

    def build(self):
        self.tops, self.leaves, self.promotables, self.chance = [], [], [], {}
        self.choose_features()
        self.nodes = ["node%d" % (k + 1) for k in range(self.r.randrange(1, 6))]
        cib = ET.Element("cib", {"crm_feature_set": "3.16.1", "validate-with": "pacemaker-3.9", "epoch": "1",
                                 "num_updates": "1", "admin_epoch": "0",
                                 "have-quorum": self.pick("1", "1", "1", "0"),
                                 "dc-uuid": "1", "execution-date": str(NOW)})
        conf = ET.SubElement(cib, "configuration")
        nvset(ET.SubElement(conf, "crm_config"), "cluster_property_set", "opts", self.options())
        nodes = ET.SubElement(conf, "nodes")
        for k, name in enumerate(self.nodes):
            n = ET.SubElement(nodes, "node", id=str(k + 1), uname=name)
            attrs = {}
            if self.maybe(.4):
                attrs["a1"] = self.pick("1", "2", "x")
            if self.maybe(.1):
                attrs["standby"] = self.pick("on", "off")
            nvset(n, "instance_attributes", "nodes-" + name, attrs)
            if self.maybe(.6):
                nvset(n, "utilization", "nodes-u-" + name, {"cpu": str(self.r.randrange(1, 10))})
        res = ET.SubElement(conf, "resources")
        if self.maybe(.7):
            f = ET.SubElement(res, "primitive", {"id": "Fencing", "class": "stonith", "type": "fence_xvm"})
            if self.maybe(.15):
                nvset(f, "meta_attributes", "Fencing-meta", {"provides": "unfencing"})
            self.leaves.append(f)
            self.tops.append("Fencing")
        self.resources(res)
        self.more_resources(res)
        if self.has("fencing"):
            self.fencing(res, conf)
        if self.has("capacity"):
            self.capacity(res, nodes)
        for c in res.iter("clone"):
            if c.find("meta_attributes/nvpair[@name='globally-unique'][@value='true']") is not None:
                for p in c.iter("primitive"):
                    p.set("unique", "1")
        for e in res:
            self.users.setdefault(e.get("id"), set()).update(x.get("id") for x in e.iter() if x is not e)
        cons = ET.SubElement(conf, "constraints")
        self.constraints(cons)
        self.more_constraints(conf, cons)
        if self.maybe(.2):
            nvset(self.section(conf, "rsc_defaults"), "meta_attributes", "rsc-d",
                  {"resource-stickiness": self.pick("1", "100")})
        if self.maybe(.15):
            nvset(self.section(conf, "op_defaults"), "meta_attributes", "op-d", {"timeout": "45s"})
        status = ET.SubElement(cib, "status")
        for k, name in enumerate(self.nodes):
            if self.maybe(.03):
                continue
            up = self.r.random()
            state = {"id": str(k + 1), "uname": name, "in_ccm": "true", "crmd": "online", "join": "member",
                     "expected": "member"}
            if up < .06:
                state.update(in_ccm="false", crmd="offline", join="down")
            elif up < .1:
                state.update(in_ccm="false", crmd="offline", join="down", expected="down")
            elif up < .13:
                state.update(join=self.pick("pending", "down", "banned"))
            elif up < .15:
                state.update(crmd="offline")
            ns = ET.SubElement(status, "node_state", state)
            transient = ET.SubElement(ns, "transient_attributes", id=str(k + 1))
            lrm = ET.SubElement(ET.SubElement(ns, "lrm", id=str(k + 1)), "lrm_resources")
            self.history(lrm, transient, name)
            self.hosted_history(lrm, name)
            self.lock_history(lrm)
        self.guest_states(status)
        self.tickets(status)
        self.rarities(cib)
        self.seldom(cib)
        for p in res.iter("primitive"):
            p.attrib.pop("unique", None)
            p.attrib.pop("agent", None)
        return cib
