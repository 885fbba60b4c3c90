"""The rarer kinds of things in a random cluster state: bundles, remote and guest nodes, templates, tags,
tickets, rules, fencing topology and unfencing, shutdown locks. Each state has a few of them
(self.features)."""
import re
import xml.etree.ElementTree as ET

NOW = 1700000100
EMPTY = "f2317cad3d54cec5d7d7aa7d0bf35cf8"
FEATURES = ("bundle", "remote", "guest", "template", "tag", "ticket", "rules", "capacity", "fencing",
            "health", "lock", "classes", "notify", "policies", "patterns", "opsets")
DATES = ("2023-11-14 22:13:00Z", "2023-11-14", "2024-01-01", "2023-01-01 00:00:00Z", "2023-W46-2", "2023-318")


def nvset(parent, tag, id_, pairs, at=None):
    """A block of name/value pairs below parent; nothing without pairs."""
    if not pairs:
        return None
    e = ET.Element(tag, id=id_)
    for k, v in pairs.items():
        ET.SubElement(e, "nvpair", id="%s-%s" % (id_, re.sub("[^A-Za-z0-9_.-]", "_", k)), name=k, value=v)
    if at is None:
        parent.append(e)
    else:
        parent.insert(at, e)
    return e


class Kinds:
    """Mixed into the generator, which has pick(), maybe(), uid(), primitive() and the lists of what
    exists."""

    def choose_features(self):
        self.features = {f for f in FEATURES if self.maybe(.2)}
        self.hosted = []                # (element of the history, node it is active on or None)
        self.users = {}                 # template: the primitives made from it; resource: what it contains
        self.guests = []                # (node name, leaves that may run there)
        self.bundles = []

    def has(self, feature):
        return feature in self.features

    # ---- resources ----

    def more_resources(self, res):
        for feature, make in (("bundle", self.bundle), ("remote", self.remote), ("guest", self.guest)):
            if self.has(feature):
                for _ in range(self.pick(1, 1, 2)):
                    make(res)
        if self.has("template"):
            self.templates(res)
        if self.has("classes"):
            self.other_classes(res)
        for p in list(res.iter("primitive")):
            if self.has("opsets") and self.maybe(.5):
                self.op_settings(p)
            if self.has("rules") and self.maybe(.4):
                self.ruled_values(p)
        for e in list(res):
            if self.has("notify") and e.tag == "clone":
                nvset(e, "meta_attributes", e.get("id") + "-nm", {"notify": "true"}, 0)

    def bundle(self, res):
        bid = self.uid("b")
        e = ET.SubElement(res, "bundle", id=bid)
        if self.maybe(.3):
            self.meta_of(e)
        replicas = self.pick(1, 2, 3)
        agent = self.pick("docker", "docker", "podman", "rkt")
        d = ET.SubElement(e, agent, image="img:latest", replicas=str(replicas))
        for name, values, p in (("replicas-per-host", ("1", "2"), .25), ("promoted-max", ("1", "2"), .4),
                                ("run-command", ("/bin/run",), .2), ("options", ("--log-driver=none",), .2),
                                ("network", ("host", "bridge0"), .2)):
            if self.maybe(p):
                d.set(name, self.r.choice(values))
        inner = self.maybe(.8)
        addressed = self.maybe(.7)
        if addressed or inner or self.maybe(.5):
            n = ET.SubElement(e, "network")
            if addressed:
                n.set("ip-range-start", "192.168.%d.%d" % (len(self.bundles), self.pick(131, 252)))
                if self.maybe(.4):
                    n.set("host-interface", "eth0")
                if self.maybe(.4):
                    n.set("host-netmask", "24")
                if self.maybe(.2):
                    n.set("add-host", self.pick("true", "false"))
            if (inner and not addressed) or self.maybe(.3):
                n.set("control-port", "3200")
            for k in range(self.r.randrange(3)):
                m = ET.SubElement(n, "port-mapping", id="%s-pm%d" % (bid, k))
                if self.maybe(.5):
                    m.set("port", str(80 + k))
                    if self.maybe(.4):
                        m.set("internal-port", "8080")
                else:
                    m.set("range", "2000-2010")
        if self.maybe(.5):
            s = ET.SubElement(e, "storage")
            for k in range(self.r.randrange(1, 3)):
                m = ET.SubElement(s, "storage-mapping",
                                  {"id": "%s-sm%d" % (bid, k), "target-dir": self.pick("/var/log", "/srv"),
                                                         self.pick("source-dir",
                                                                   "source-dir-root"): "/data/%d" % k})
                if self.maybe(.4):
                    m.set("options", "rw,Z")
        leaf = None
        if inner:
            leaf = self.primitive(e, d.get("promoted-max") is not None or self.maybe(.3))
            self.leaves.remove(leaf)
            if self.maybe(.15):
                nvset(leaf, "meta_attributes", leaf.get("id") + "-cat",
                      {"container-attribute-target": "host"}, 0)
        if d.get("promoted-max"):
            self.promotables.append(bid)
        self.tops.append(bid)
        self.bundles.append(bid)
        self.bundle_hosts(bid, agent, replicas, e.find("network"), leaf)

    def bundle_hosts(self, bid, agent, replicas, network, leaf):
        """Where the replicas run now."""
        start = network.get("ip-range-start") if network is not None else None
        for k in range(replicas):
            host = self.pick(*self.nodes, None) if self.maybe(.8) else None
            cid = "%s-%s-%d" % (bid, agent, k)
            self.hosted.append(({"id": cid, "class": "ocf", "provider": "heartbeat", "type": agent}, host))
            if start is not None:
                net, last = start.rsplit(".", 1)
                ip = "%s.%d" % (net, int(last) + k) if int(last) + k <= 254 else "none"
                self.hosted.append(({"id": "%s-ip-%s" % (bid, ip), "class": "ocf", "provider": "heartbeat",
                                     "type": "IPaddr2"},
                                    host if self.maybe(.95) else None))
            if leaf is not None:
                name = "%s-%d" % (bid, k)
                self.hosted.append(({"id": name, "class": "ocf", "provider": "pacemaker", "type": "remote",
                                     "container": cid},
                                    host if self.maybe(.95) else None))
                self.guests.append((name, [leaf]))

    def remote(self, res):
        rid = self.uid("remote")
        p = ET.SubElement(res, "primitive", {"id": rid, "class": "ocf", "provider": "pacemaker",
                                             "type": "remote"})
        nvset(p, "instance_attributes", rid + "-p", {"server": "10.0.0.1"} if self.maybe(.5) else
              {"reconnect_interval": self.pick("60", "10s")})
        meta = {}
        for name, values, prob in (("target-role", ("Stopped", "Started"), .1),
                                   ("is-managed", ("false", "true"), .1),
                                   ("allow-migrate", ("false", "true"), .1),
                                   ("failure-timeout", ("10s",), .1)):
            if self.maybe(prob):
                meta[name] = self.r.choice(values)
        nvset(p, "meta_attributes", rid + "-m", meta)
        ops = ET.SubElement(p, "operations")
        ET.SubElement(ops, "op", {"id": rid + "-mon", "name": "monitor", "interval": "60s"})
        if self.maybe(.2):
            ops[0].set("on-fail", self.pick("ignore", "restart", "stop", "block", "fence", "standby"))
        if self.maybe(.25):
            self.tops.append(rid)
        self.hosted.append(({"id": rid, "class": "ocf", "provider": "pacemaker", "type": "remote"},
                            self.pick(*self.nodes, None)))
        self.guests.append((rid, None))

    def guest(self, res):
        p = self.primitive(res)
        self.leaves.remove(p)
        self.tops.append(p.get("id"))
        name = self.uid("guest")
        meta = {"remote-node": name}
        for key, values, prob in (("remote-addr", ("10.0.0.2",), .3), ("remote-port", ("3333",), .2),
                                  ("remote-connect-timeout", ("30s",), .2),
                                  ("remote-allow-migrate", ("true", "false"), .2)):
            if self.maybe(prob):
                meta[key] = self.r.choice(values)
        nvset(p, "meta_attributes", p.get("id") + "-rn", meta, 0)
        host = self.pick(*self.nodes, None)
        self.hosted.append(({"id": p.get("id"), "class": "ocf", "provider": "pacemaker",
                             "type": p.get("type")}, host))
        self.hosted.append(({"id": name, "class": "ocf", "provider": "pacemaker", "type": "remote",
                             "container": p.get("id")}, host if self.maybe(.9) else None))
        self.guests.append((name, None))

    def templates(self, res):
        t = ET.Element("template", {"id": self.uid("t"), "class": "ocf", "provider": "pacemaker",
                                    "type": "Dummy"})
        nvset(t, "meta_attributes", t.get("id") + "-m",
              {self.pick("priority", "resource-stickiness"): self.pick("5", "20")})
        ops = ET.SubElement(t, "operations")
        ET.SubElement(ops, "op", {"id": t.get("id") + "-mon", "name": "monitor", "interval": "15s"})
        if self.maybe(.4):
            ET.SubElement(ops, "op", {"id": t.get("id") + "-st", "name": "start", "interval": "0",
                                      "timeout": "33s"})
        res.insert(0, t)
        for _ in range(self.pick(1, 2, 3)):
            p = self.primitive(res)
            for a in ("class", "provider", "type"):
                p.attrib.pop(a, None)
            p.set("template", t.get("id"))
            self.users.setdefault(t.get("id"), set()).add(p.get("id"))
            self.tops.append(p.get("id"))
            p.set("agent", "Dummy")                 # taken away in the end
        if self.maybe(.5):
            self.tops.append(t.get("id"))

    def other_classes(self, res):
        for _ in range(self.pick(1, 2)):
            p = self.primitive(res)
            p.set("class", self.pick("lsb", "systemd", "service"))
            p.attrib.pop("provider", None)
            p.set("type", "thing")
            self.tops.append(p.get("id"))

    def op_settings(self, p):
        """Timeouts, parameters and policies of operations."""
        for op in p.iter("op"):
            oid = op.get("id")
            if self.maybe(.25):
                op.set("on-fail", self.pick("ignore", "block", "stop", "restart", "standby", "fence",
                                            "demote",
                                            "restart-container"))
            if self.maybe(.15):
                nvset(op, "meta_attributes", oid + "-m", {self.pick("timeout", "on-fail",
                                                                    "role_after_failure"):
                                                          self.pick("44s", "block", "Stopped")})
            if self.maybe(.15):
                nvset(op, "instance_attributes", oid + "-p", {"OCF_CHECK_LEVEL": "10"})
            if op.get("name") == "monitor" and self.maybe(.15):
                op.set("start-delay", self.pick("10s", "0"))
            elif op.get("name") == "monitor" and self.maybe(.1):
                op.set("interval-origin", self.pick("2023-11-14 22:00:00Z", "2030-01-01"))

    # ---- rules ----

    def rule(self, parent, rid, score=None):
        r = ET.SubElement(parent, "rule", {"id": rid, "boolean-op": self.pick("and", "or")})
        if score is not None:
            r.set("score", score)
        for k in range(self.r.randrange(1, 3)):
            self.expression(r, "%s-x%d" % (rid, k))
        if self.maybe(.15):
            self.rule(r, rid + "-n", "0" if score is not None else None)
        return r

    def expression(self, r, xid):
        kind = self.r.random()
        if kind < .5:
            self.date_expression(r, xid)
        else:
            op = self.pick("eq", "ne", "lt", "lte", "gt", "gte", "defined", "not_defined")
            e = ET.SubElement(r, "expression", {"id": xid, "attribute": self.pick("#uname", "#kind", "a1",
                                                                                  "a2", "#id", "#is_dc"),
                                                "operation": op})
            if op not in ("defined", "not_defined"):
                e.set("value", self.pick(self.nodes[0], "1", "2", "1.5", "x", "cluster", "true"))
                if self.maybe(.3):
                    e.set("type", self.pick("string", "integer", "number", "version"))
            if e.get("type") == "version":      # the oracle never ends comparing versions that are no numbers
                e.set("attribute", "v")
                e.set("value", self.pick("1", "1.2", "1.10", "2.0.1"))

    def date_expression(self, r, xid):
        op = self.pick("gt", "lt", "in_range", "in_range", "date_spec", "date_spec")
        e = ET.SubElement(r, "date_expression", id=xid, operation=op)
        if op in ("gt", "in_range"):
            e.set("start", self.r.choice(DATES))
        if op == "lt":
            e.set("end", self.r.choice(DATES))
        if op == "in_range":
            if self.maybe(.5):
                e.set("end", self.r.choice(DATES))
            else:
                ET.SubElement(e, "duration", {"id": xid + "-d",
                                              self.pick("hours", "weeks", "months", "minutes"):
                                              str(self.r.randrange(1, 30))})
        if op == "date_spec":
            s = ET.SubElement(e, "date_spec", id=xid + "-s")
            for name, top in (("hours", 23), ("weekdays", 7), ("months", 12), ("monthdays", 31), ("years", 0),
                              ("weeks", 53), ("yeardays", 366), ("minutes", 59)):
                if self.maybe(.25):
                    low = self.r.randrange(1, top + 1) if top else 2022
                    s.set(name, self.pick(str(low), "%d-" % low, "%d-%d" % (low, low + 5)))

    def ruled_values(self, p):
        block = nvset(p, "meta_attributes", p.get("id") + "-rule", {
            "resource-stickiness": self.pick("7", "INFINITY"),
            "target-role": self.pick("Started", "Started", "Stopped")}, 0)
        if self.maybe(.4):
            block.set("score", "10")
        rule = self.rule(block, p.get("id") + "-rule-r", "INFINITY")
        block.remove(rule)
        block.insert(0, rule)

    def defaults(self, conf):
        """op_defaults and rsc_defaults with expressions about the operation and the resource."""
        for tag, values, extra in (("op_defaults", {"timeout": "17s"}, True),
                                   ("rsc_defaults", {"resource-stickiness": "3"}, False)):
            block = nvset(self.section(conf, tag), "meta_attributes", tag + "-rb", values)
            rule = ET.Element("rule", {"id": tag + "-rr", "score": "5", "boolean-op": self.pick("and", "or")})
            block.insert(0, rule)
            ET.SubElement(rule, "rsc_expression", {"id": tag + "-re", "class": "ocf", "provider": "pacemaker",
                                                   "type": self.pick("Dummy", "Stateful")})
            if extra:
                ET.SubElement(rule, "op_expression",
                              {"id": tag + "-oe", "name": self.pick("monitor", "start"),
                                                      "interval": self.pick("10s", "0", "20s")})

    # ---- constraints ----

    def more_constraints(self, conf, cons):
        if self.has("tag"):
            tags = ET.SubElement(conf, "tags")
            for _ in range(self.pick(1, 2)):
                t = ET.SubElement(tags, "tag", id=self.uid("tag"))
                members = self.r.sample(self.tops, min(len(self.tops), self.r.randrange(1, 4)))
                for x in members:
                    ET.SubElement(t, "obj_ref", id=x)
                self.tag_constraint(cons, t.get("id"), members)
        if self.has("ticket"):
            for _ in range(self.pick(1, 2)):
                self.ticket(cons)
        if self.has("rules"):
            self.defaults(conf)
            for _ in range(self.pick(1, 2)):
                c = ET.SubElement(cons, "rsc_location", id=self.uid("con"), rsc=self.ref())
                self.rule(c, c.get("id") + "-r", self.score())
        if self.has("patterns"):
            c = ET.SubElement(cons, "rsc_location",
                              {"id": self.uid("con"),
                               "rsc-pattern": self.pick("r[0-9]*[02468]$", "!^r", "^(c)(.*)", ".*")})
            if self.maybe(.6):
                c.set("node", self.r.choice(self.nodes))
                c.set("score", self.score())
            else:
                rule = ET.SubElement(c, "rule", id=c.get("id") + "-r", score=self.score())
                ET.SubElement(rule, "expression", id=c.get("id") + "-e", attribute=self.pick("a1", "x%1y"),
                              operation=self.pick("defined", "not_defined"))
            self.location_set(cons)

    def tag_constraint(self, cons, tag, members):
        # the oracle aborts when a resource is ordered with itself
        others = [x for x in self.tops if not any(self.overlap(x, m) for m in members)]
        kind = self.r.random() if others else 0
        other = self.r.choice(others or members)
        cid = self.uid("con")
        if kind < .35:
            ET.SubElement(cons, "rsc_location", id=cid, rsc=tag, node=self.r.choice(self.nodes),
                          score=self.score())
        elif kind < .65:
            a, b = self.pick((tag, other), (other, tag))
            ET.SubElement(cons, "rsc_colocation", {"id": cid, "rsc": a, "with-rsc": b, "score": self.score()})
        else:
            a, b = self.pick((tag, other), (other, tag))
            c = ET.SubElement(cons, "rsc_order", {"id": cid, "first": a, "then": b})
            if self.maybe(.3):
                c.set("kind", self.pick("Optional", "Serialize"))

    def location_set(self, cons):
        cid = self.uid("con")
        c = ET.SubElement(cons, "rsc_location", id=cid, node=self.r.choice(self.nodes), score=self.score())
        s = ET.SubElement(c, "resource_set", id=cid + "-s")
        for x in self.r.sample(self.tops, min(len(self.tops), 2)):
            ET.SubElement(s, "resource_ref", id=x)
        if self.maybe(.3):
            s.set("role", self.pick("Started", "Promoted", "Unpromoted"))

    def ticket(self, cons):
        rsc = self.ref()
        t = ET.SubElement(cons, "rsc_ticket", {"id": self.uid("con"), "rsc": rsc,
                                               "ticket": self.pick("T1", "T2", "T3")})
        if self.maybe(.7):
            t.set("loss-policy", self.pick("stop", "demote", "fence", "freeze"))
        if self.maybe(.4):
            t.set("rsc-role", self.role(rsc))

    # ---- options, nodes, fencing ----

    def more_options(self, options):
        if self.has("capacity"):
            options["placement-strategy"] = self.pick("utilization", "minimal", "balanced")
        if self.has("health"):
            options["node-health-strategy"] = self.pick("migrate-on-red", "only-green", "progressive",
                                                        "custom")
            options["node-health-base"] = self.pick("0", "10", "-10")
            options["node-health-yellow"] = self.pick("0", "-5")
        if self.has("lock"):
            options["shutdown-lock"] = "true"
            if self.maybe(.5):
                options["shutdown-lock-limit"] = self.pick("20", "3600")
        return options

    def capacity(self, res, nodes):
        for p in res.iter("primitive"):
            if p.find("utilization") is None and self.maybe(.7):
                nvset(p, "utilization", p.get("id") + "-u",
                      {"cpu": str(self.r.randrange(1, 4)), "mem": str(self.r.randrange(4))})
        for n in nodes:
            if n.find("utilization") is None:
                nvset(n, "utilization", n.get("uname") + "-u2",
                      {"cpu": str(self.r.randrange(1, 9)), "mem": str(self.r.randrange(9))})

    def fencing(self, res, conf):
        for k in range(self.pick(1, 2)):
            f = ET.SubElement(res, "primitive", {"id": "fence%d" % k, "class": "stonith",
                                                 "type": "fence_ipmilan"})
            nvset(f, "instance_attributes", f.get("id") + "-p",
                  {"pcmk_host_list": " ".join(self.nodes), "ipaddr": "1.2.3.%d" % k})
            if self.maybe(.5):
                nvset(f, "meta_attributes", f.get("id") + "-m",
                      {"provides": "unfencing"} if self.maybe(.5) else
                      {"requires": self.pick("unfencing", "nothing", "quorum", "fencing")})
            if self.maybe(.4):
                ET.SubElement(ET.SubElement(f, "operations"), "op",
                              {"id": f.get("id") + "-mon", "name": "monitor", "interval": "60s"})
            self.leaves.append(f)
            self.tops.append(f.get("id"))
        topology = ET.SubElement(conf, "fencing-topology")
        ET.SubElement(topology, "fencing-level", {"id": "fl", "target": self.nodes[0], "index": "1",
                                                  "devices": "fence0"})

    def node_attributes(self, attrs):
        if self.has("fencing"):
            if self.maybe(.5):
                attrs["#node-unfenced"] = self.pick("0", str(NOW - 500))
            if self.maybe(.4):
                attrs["#digests-all"] = "fence0:fence_ipmilan:%s," % EMPTY
                attrs["#digests-secure"] = self.pick("", "fence0:fence_ipmilan:%s," % EMPTY)
        if self.has("health") and self.maybe(.5):
            attrs[self.pick("#health", "#health-disk")] = self.pick("red", "yellow", "green", "-20", "15")
        if self.has("lock") and self.maybe(.3):
            attrs["shutdown"] = str(NOW - 40)
        if self.has("capacity") and self.maybe(.2):
            attrs["a2"] = self.pick("1", "2")

    # ---- status ----

    def hosted_history(self, lrm, node):
        """History of containers, addresses and connections on a cluster node."""
        for k, (attrs, host) in enumerate(self.hosted):
            if host != node and self.maybe(.5):
                continue
            lr = ET.SubElement(lrm, "lrm_resource", attrs)
            name, call = attrs["id"], 50 + 3 * k
            if host != node:
                self.op_entry(lr, name, "monitor", 0, 7, 7, call)
                continue
            x = self.r.random()
            if x < .06:
                self.op_entry(lr, name, "start", 0, self.pick(1, 5), 0, call)
                continue
            self.op_entry(lr, name, "start", 0, 0, 0, call)
            if self.maybe(.7):
                interval = {"remote": self.pick(30000, 60000)}.get(attrs["type"], 60000)
                self.op_entry(lr, name, "monitor", interval, self.r.choice([0] * 7 + [1, 7]), 0, call + 1)

    def lock_history(self, lrm):
        for lr in lrm:
            if self.has("lock") and self.maybe(.15):
                lr.set("shutdown-lock", str(NOW - self.pick(10, 1000)))

    def guest_states(self, status):
        for name, leaves in self.guests:
            if self.maybe(.2):
                continue
            ns = ET.SubElement(status, "node_state", {"id": name, "uname": name, "remote_node": "true",
                                                      "in_ccm": self.pick("true", "true", "false")})
            if self.maybe(.1):
                ns.set("node_fenced", "1")
            if self.maybe(.1):
                ns.set("node_in_maintenance", self.pick("0", "1"))
            transient = ET.SubElement(ns, "transient_attributes", id=name)
            lrm = ET.SubElement(ET.SubElement(ns, "lrm", id=name), "lrm_resources")
            some = leaves if leaves is not None else self.r.sample(self.leaves, min(len(self.leaves), 3))
            self.history(lrm, transient, name, some)

    def tickets(self, status):
        if not self.has("ticket"):
            return
        t = ET.SubElement(status, "tickets")
        for name in ("T1", "T2"):
            state = ET.SubElement(t, "ticket_state", {"id": name, "granted": self.pick("true", "false")})
            if self.maybe(.3):
                state.set("standby", self.pick("true", "false"))
            if self.maybe(.5):
                state.set("last-granted", str(NOW - 1000))
