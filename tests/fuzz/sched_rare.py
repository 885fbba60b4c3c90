"""Rarities strewn over a random cluster state that is otherwise complete: whole live migrations with both
halves, containers of ordinary resources, odd node entries, orphans of every kind, meta attributes where they
are seldom set, odd results and times in histories."""
import xml.etree.ElementTree as ET
from sched_kinds import NOW, nvset

META = (("maintenance", ("true", "false")), ("priority", ("-5", "7", "INFINITY")),
        ("migration-threshold", ("1", "3")),
        ("failure-timeout", ("30", "1h")), ("multiple-active", ("block", "stop_only", "stop_unexpected")),
        ("resource-stickiness", ("-10", "INFINITY")), ("allow-unhealthy-nodes", ("true",)),
        ("critical", ("false",)),
        ("allow-migrate", ("true",)), ("requires", ("nothing", "quorum")), ("is-managed", ("default",)),
        ("target-role", ("default", "started")), ("container-attribute-target", ("host",)))
OPTIONS = (("cluster-delay", "90s"), ("batch-limit", "5"), ("migration-limit", "2"),
           ("stonith-timeout", "2min"), ("cluster-name", "c1"), ("stonith-action", "poweroff"),
           ("no-quorum-policy", "suicide"), ("priority-fencing-delay", "20s"), ("node-health-base", "5"),
           ("stop-all-resources", "yes"))


class Rare:
    """Mixed into the generator."""

    def rarities(self, cib):
        conf, status = cib.find("configuration"), cib.find("status")
        for share, change in ((.25, self.whole_migrations), (.06, self.containers), (.12, self.odd_nodes),
                              (.12, self.orphans),
                              (.25, self.odd_meta), (.15, self.odd_options), (.25, self.odd_history),
                              (.1, self.node_states),
                              (.08, self.discovery), (.12, self.odd_rules), (.08, self.tickets_of_sets)):
            if self.maybe(share):
                change(conf, status)

    def some(self, elements, most=2):
        elements = list(elements)
        return self.r.sample(elements, min(len(elements), self.r.randrange(1, most + 1)))

    # ---- configuration ----

    def containers(self, conf, status):
        plain = [p for p in conf.find("resources").findall("primitive") if p.get("type") == "Dummy"]
        if len(plain) > 1:
            inner, outer = self.r.sample(plain, 2)
            nvset(inner, "meta_attributes", inner.get("id") + "-cont", {"container": outer.get("id")}, 0)

    def odd_nodes(self, conf, status):
        nodes = conf.find("nodes")
        kind = self.pick("score", "ping", "remote", "site")
        if kind == "score":
            self.r.choice(list(nodes)).set("score", self.pick("10", "-10", "-INFINITY"))
        elif kind == "site":
            e = self.r.choice(list(nodes))
            nvset(e, "instance_attributes", "site-" + e.get("uname"),
                  {self.pick("site-name", "#site-name", "maintenance"): "true"})
        else:
            name = self.guests[0][0] if self.guests and kind == "remote" else "extra"
            e = ET.SubElement(nodes, "node", id=name, uname=name, type=kind)
            nvset(e, "instance_attributes", "extra-a", {"a1": "1", "standby": self.pick("on", "off")})

    def odd_meta(self, conf, status):
        for e in self.some((x for x in conf.find("resources").iter()
                            if x.tag in ("primitive", "group", "clone", "bundle")), 3):
            name, values = self.r.choice(META)
            nvset(e, "meta_attributes", e.get("id") + "-odd", {name: self.r.choice(values)}, 0)

    def odd_options(self, conf, status):
        crm = conf.find("crm_config")
        block = nvset(crm, "cluster_property_set", "odd", dict(self.some(OPTIONS)))
        if self.maybe(.3):
            block.set("score", "100")

    def odd_rules(self, conf, status):
        cons = conf.find("constraints")
        c = ET.SubElement(cons, "rsc_location", id=self.uid("con"), rsc=self.ref())
        rule = ET.SubElement(c, "rule", {"id": c.get("id") + "-r", "boolean-op": self.pick("and", "or")})
        rule.set(*self.pick(("score", self.score()), ("score-attribute", self.pick("a1", "v", "#health-x"))))
        if self.maybe(.3):
            rule.set("role", self.pick("Promoted", "Unpromoted", "Started", "Stopped"))
        ET.SubElement(rule, "expression", id=c.get("id") + "-e", attribute=self.pick("a1", "#kind", "#uname"),
                      operation=self.pick("defined", "not_defined"))
        if self.maybe(.4):
            c.set("resource-discovery", self.pick("always", "never", "exclusive"))

    def tickets_of_sets(self, conf, status):
        c = ET.SubElement(conf.find("constraints"), "rsc_ticket", id=self.uid("con"),
                          ticket=self.pick("T1", "T4"))
        c.set("loss-policy", self.pick("stop", "demote", "fence", "freeze"))
        for k in range(self.pick(1, 2)):
            s = ET.SubElement(c, "resource_set", id="%s-s%d" % (c.get("id"), k))
            for x in self.some(self.tops):
                ET.SubElement(s, "resource_ref", id=x)
            if self.maybe(.4):
                s.set("role", self.pick("Promoted", "Started", "Unpromoted"))

    # ---- status ----

    def transient(self, state):
        t = state.find("transient_attributes")
        return t if t is not None else ET.SubElement(state, "transient_attributes", id=state.get("id"))

    def node_states(self, conf, status):
        for state in self.some(status.findall("node_state")):
            name, value = self.pick(("join", None), ("expected", None), ("expected", "down"),
                                    ("in_ccm", None), ("crmd", None),
                                    ("join", "banned"), ("join", "pending"), ("in_ccm", "yes"))
            if value is None:
                state.attrib.pop(name, None)
            else:
                state.set(name, value)

    def discovery(self, conf, status):
        for state in self.some(status.findall("node_state")):
            nvset(self.transient(state), "instance_attributes", "odd-" + state.get("id"),
                  {self.pick("resource-discovery-enabled", "probe_complete", "terminate", "standby"):
                   self.pick("true", "false", "1", str(NOW - 9))})

    def lrm_of(self, state):
        return state.find("lrm/lrm_resources")

    def forget(self, lrm, name):
        for lr in lrm.findall("lrm_resource[@id='%s']" % name):
            lrm.remove(lr)
        return ET.SubElement(lrm, "lrm_resource",
                             {"id": name, "class": "ocf", "provider": "pacemaker", "type": "Dummy"})

    def whole_migrations(self, conf, status):
        """Migrations with what both hosts recorded, broken off at some point."""
        states = [s for s in status.findall("node_state") if self.lrm_of(s) is not None and
                  not s.get("remote_node")]
        plain = [p for p in conf.find("resources").iter("primitive") if p.get("type") == "Dummy" and
                 not p.get("template")]
        if len(states) < 2 or not plain:
            return
        for p in self.some(plain):
            source, target = self.r.sample(states, 2)
            name = p.get("id")
            if self.maybe(.8):
                nvset(p, "meta_attributes", name + "-mig", {"allow-migrate": "true"}, 0)
            a, b = (self.forget(self.lrm_of(s), name) for s in (source, target))
            if self.maybe(.5):
                self.op_entry(a, name, "start", 0, 0, 0, 60)
                a[-1].set("id", name + "_start_0")
            self.half(a, name, "migrate_to", source, target, 61)
            if self.maybe(.7):
                self.half(b, name, "migrate_from", source, target, 62)
            elif self.maybe(.3):
                self.op_entry(b, name, "monitor", 0, 7, 7, 62)
            if self.maybe(.3):
                self.op_entry(a, name, self.pick("stop", "start"), 0, self.pick(0, 0, 1), 0, 63)
            if self.maybe(.3):
                self.op_entry(b, name, self.pick("monitor", "stop"), self.pick(10000, 0), 0, 0, 64)

    def half(self, lr, name, task, source, target, call):
        self.op_entry(lr, name, task, 0, self.pick(0, 0, 0, 1), 0, call, self.pick(None, None, None, -1, 2))
        op = lr[-1]
        op.set("migrate_source", source.get("uname"))
        op.set("migrate_target", target.get("uname"))
        if self.maybe(.6):
            op.set("id", "%s_%s_0" % (name, task))

    def orphans(self, conf, status):
        for state in self.some(s for s in status.findall("node_state") if self.lrm_of(s) is not None):
            lrm = self.lrm_of(state)
            leaf = self.r.choice(self.leaves).get("id")
            name, kind, extra = self.pick(("gone", "Dummy", {}), (leaf + ":7", "Dummy", {}),
                                          ("oldremote", "remote", {}),
                                          ("inside", "Dummy", {"container": "gone"}),
                                          ("gone", "Stateful", {}),
                                          ("oldguest", "remote", {"container": "gone"}),
                                          (leaf + ":0", "Stateful", {}))
            lr = self.forget(lrm, name)
            lr.set("type", kind)
            lr.attrib.update(extra)
            self.op_entry(lr, name, "start", 0, self.pick(0, 0, 1), 0, 70)
            if self.maybe(.5):
                self.op_entry(lr, name, "monitor", 10000, self.pick(0, 0, 7), 0, 71)
            if self.maybe(.4):
                nvset(self.transient(state), "instance_attributes", "gone-" + state.get("id"),
                      {"fail-count-%s#monitor_10000" % name: "1"})

    def odd_history(self, conf, status):
        for op in self.some(status.iter("lrm_rsc_op"), 3):
            kind = self.pick("result", "result", "on_node", "agent", "time", "digest", "reason")
            if kind == "result":
                rc, state = self.pick((190, 0), (191, 0), (193, -1), (9, 0), (9, 4), (8, 0), (5, 7), (1, 8),
                                      (1, 9), (1, 10),
                                      (1, 11), (0, 1), (1, 3), (6, 6), (3, 3), (5, 5), (7, 0))
                op.set("rc-code", str(rc))
                op.set("op-status", str(state))
                op.set("transition-magic", "%d:%d;%s" % (state, rc, op.get("transition-key")))
            elif kind == "on_node":
                op.set("on_node", self.pick(*self.nodes))
            elif kind == "agent":
                for lr in status.iter("lrm_resource"):
                    if op in list(lr):
                        lr.set("type", "Other")
            elif kind == "time":
                op.set("last-rc-change", str(NOW - self.pick(0, 9, 11, 599, 86400)))
            elif kind == "digest":
                op.set("op-digest", "0" * 32)
                op.set("op-secure-params", self.pick(" passwd ", " fake "))
                op.set("op-secure-digest", self.pick("0" * 32, "f2317cad3d54cec5d7d7aa7d0bf35cf8"))
            else:
                op.set("exit-reason", "odd")
                op.set("queue-time", "7")
