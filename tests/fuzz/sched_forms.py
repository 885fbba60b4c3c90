"""Seldom used forms in a random cluster state: attributes of constraints and sets that have a better way,
references in place of elements, blocks with scores, old histories, odd sizes of clones, nodes that share an
id."""
import copy
import xml.etree.ElementTree as ET
from sched_kinds import NOW, nvset

SIZES = (("clone-max", ("0", "1", "4")), ("clone-node-max", ("2", "3")), ("promoted-max", ("0", "2", "3")),
         ("promoted-node-max", ("1", "2")), ("interleave", ("true",)), ("clone-min", ("1", "2")),
         ("globally-unique", ("true",)), ("ordered", ("true",)))


class Forms:
    """Mixed into the generator."""

    def seldom(self, cib):
        conf, status = cib.find("configuration"), cib.find("status")
        for share, change in ((.06, self.location_roles), (.08, self.set_forms), (.06, self.group_forms),
                              (.1, self.sizes), (.06, self.references), (.08, self.scored_blocks),
                              (.06, self.old_histories), (.05, self.value_sources), (.04, self.lifetimes),
                              (.05, self.other_operations), (.03, self.moved_members),
                              (.02, self.shared_ids)):
            if self.maybe(share):
                change(conf, status)

    def location_roles(self, conf, status):
        for c in self.some(conf.find("constraints").findall("rsc_location")):
            c.set("role", self.pick("Started", "Promoted", "Unpromoted", "Stopped"))

    def set_forms(self, conf, status):
        for s in self.some(conf.find("constraints").iter("resource_set")):
            name, values = self.pick(("ordering", ("group", "listed")), ("score", ("INFINITY", "-50", "0")),
                                     ("sequential", ("true", "false")), ("require-all", ("false",)))
            s.set(name, self.r.choice(values))

    def group_forms(self, conf, status):
        for g in self.some(conf.find("resources").iter("group")):
            nvset(g, "meta_attributes", g.get("id") + "-form", {
                self.pick("collocated", "ordered"): self.pick("false", "true")}, 0)

    def sizes(self, conf, status):
        for c in self.some(conf.find("resources").iter("clone")):
            name, values = self.r.choice(SIZES)
            nvset(c, "meta_attributes", c.get("id") + "-size", {name: self.r.choice(values)}, 0)

    def references(self, conf, status):
        """Blocks and operations of one resource that another one refers to."""
        plain = [p for p in conf.find("resources").iter("primitive") if not p.get("template")]
        for p in self.some(plain):
            for tag in ("meta_attributes", "operations"):
                other = self.r.choice(plain).find(tag)
                if other is None or other.get("id-ref") or p.find(tag) is not None and tag == "operations":
                    continue
                if other.get("id") is None:
                    other.set("id", self.uid("ops"))
                ET.SubElement(p, tag, {"id-ref": other.get("id")})

    def scored_blocks(self, conf, status):
        for e in self.some((x for x in conf.iter() if x.tag in ("primitive", "group", "clone", "node", "op")),
                           3):
            tag = self.pick("meta_attributes", "instance_attributes")
            pairs = {"a1": self.pick("1", "2"), "standby": self.pick("on", "off")} if e.tag == "node" else {
                self.pick("fake", "state", "resource-stickiness", "priority", "timeout"): self.pick("3", "4")}
            for k in range(2):
                block = nvset(e, "instance_attributes" if e.tag == "node" else tag,
                              "%s-sc%d" % (e.get("id"), k), pairs, 0)
                if self.maybe(.6):
                    block.set("score", self.pick("1", "5", "INFINITY"))

    def old_histories(self, conf, status):
        """Entries as earlier versions wrote them, and results that mean nothing."""
        for op in self.some(status.iter("lrm_rsc_op"), 3):
            kind = self.pick("digest", "times", "key", "cancelled", "feature", "task")
            if kind == "cancelled":
                op.set("op-status", "1")
            elif kind == "feature":
                op.set("crm_feature_set", self.pick("3.0.1", "3.0.9", "3.1.0", "3.15.0"))
            elif kind == "task":
                op.set("operation", self.pick("notify", "asyncmon", "meta-data"))
            else:
                for name in {"digest": ("op-digest",), "times": ("last-rc-change", "exec-time", "queue-time"),
                             "key": ("operation_key",)}[kind]:
                    op.attrib.pop(name, None)

    def value_sources(self, conf, status):
        c = ET.SubElement(conf.find("constraints"), "rsc_location", {
            "id": self.uid("con"), "rsc-pattern": self.pick("^(r)(.*)", "(.)[0-9]+")})
        rule = ET.SubElement(c, "rule", id=c.get("id") + "-r", score=self.score())
        ET.SubElement(rule, "expression", {
            "id": c.get("id") + "-e", "attribute": self.pick("a1", "a%1", "#uname"),
            "operation": self.pick("eq", "ne", "lt"),
            "value": self.pick("fake", "priority", "resource-stickiness"),
            "value-source": self.pick("param", "meta", "literal")})

    def lifetimes(self, conf, status):
        for c in self.some(x for x in conf.find("constraints") if x.find("rule") is None):
            life = ET.Element("lifetime")
            c.insert(0, life)
            self.rule(life, self.uid("life"))

    def other_operations(self, conf, status):
        for p in self.some(conf.find("resources").iter("primitive")):
            ops = p.find("operations")
            if ops is None:
                ops = ET.SubElement(p, "operations")
            name = self.pick("migrate_to", "migrate_from", "notify", "reload-agent", "demote")
            ET.SubElement(ops, "op", {"id": self.uid("op"), "name": name, "interval": "0", "timeout": "77s",
                                      "on-fail": self.pick("block", "stop", "ignore", "fence", "restart")})
            ET.SubElement(ops, "op", {"id": self.uid("op"), "name": "monitor",
                                      "interval": self.pick("P10S", "0"),
                                      "role": self.pick("Started", "Promoted", "Unpromoted", "Stopped")})

    def moved_members(self, conf, status):
        """A connection, fence device or guest as a group's member or a clone's child."""
        res = conf.find("resources")
        movable = [p for p in res.findall("primitive") if p.get("type") in ("remote", "fence_xvm", "Dummy")]
        for p in self.some(movable, 1):
            at = list(res).index(p)
            res.remove(p)
            holder = ET.Element(self.pick("group", "clone"), id=self.uid("h"))
            holder.append(p)
            if holder.tag == "group":
                q = copy.deepcopy(self.r.choice([x for x in res.iter("primitive")] or [p]))
                q.clear()
                q.attrib.update({"id": self.uid("r"), "class": "ocf", "provider": "pacemaker",
                                 "type": "Dummy"})
                holder.insert(self.pick(0, 1), q)
            res.insert(at, holder)

    def shared_ids(self, conf, status):
        """A cluster node whose id is a guest's name."""
        guests = [name for name, _ in self.guests if name.startswith("guest")]
        if not guests:
            return
        node, name = self.r.choice(list(conf.find("nodes"))), self.r.choice(guests)
        for e in status.findall("node_state[@id='%s']" % node.get("id")):
            e.set("id", name)
            e.set("crm-debug-origin", "at %d" % NOW)
        node.set("id", name)
